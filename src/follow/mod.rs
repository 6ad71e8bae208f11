//! The content of a conversation: both directions in their original order, read from the capture as they are needed.

pub mod charset;
pub mod script;

use crate::{
    store::Contents,
    track::{
        Conversation, ConversationId, Overlap, PerSide, Piece, Protocol, Reassembler, Side, Stream,
    },
    transcript::{Entry, EntryKind, PAGE},
    view::Viewer,
};
use std::{io, iter};

/// A turn in a conversation: bytes of one direction, or a gap in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Bytes that were captured.
    Said(Side, Piece),
    /// This many bytes that were not captured.
    Missing(Side, u64),
}

/// Both directions of a conversation.
#[derive(Clone, Debug, Default)]
pub struct Dialogue {
    /// The client's and the server's bytes.
    pub streams: PerSide<Stream>,
    /// The first packet that was read: offsets are counted from there.
    pub first: u32,
}

impl Dialogue {
    /// Reads all packets of a conversation.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn read(viewer: &mut Viewer, id: ConversationId) -> io::Result<Self> {
        let mut reading = Reading::new(id);
        while reading.read(viewer, PAGE)? {}
        Ok(reading.dialogue())
    }

    /// Returns the turns in the order in which they became readable, each with the packet that made it readable: data
    /// that came too early waits for what was missing.
    pub fn turns(&self) -> impl Iterator<Item = (u32, Turn)> {
        let PerSide { client, server } = &self.streams;
        let mut client = turns_of(client, Side::Client).peekable();
        let mut server = turns_of(server, Side::Server).peekable();
        iter::from_fn(move || {
            let client_first = match (client.peek(), server.peek()) {
                (Some((client, _)), Some((server, _))) => client <= server,
                (client, _) => client.is_some(),
            };
            match client_first {
                true => client.next(),
                false => server.next(),
            }
        })
    }
}

fn turns_of(stream: &Stream, from: Side) -> impl Iterator<Item = (u32, Turn)> {
    let (mut ready, mut end) = (0, 0);
    stream.pieces.iter().flat_map(move |piece| {
        ready = ready.max(piece.packet);
        let gap = piece.at.saturating_sub(end);
        end = piece.end();
        let missing = (gap > 0).then_some((ready, Turn::Missing(from, gap)));
        missing
            .into_iter()
            .chain([(ready, Turn::Said(from, *piece))])
    })
}

/// A conversation while its packets are read, a few at a time: there may be millions, and more may come.
pub struct Reading {
    id: ConversationId,
    /// The packet to read next.
    next: u32,
    /// Packets after this one are not read.
    limit: u32,
    sides: PerSide<Reassembler>,
    /// Datagrams have no sequence numbers: they are kept in the order in which they came.
    sent: PerSide<u32>,
    count: u64,
    /// The first packet that was read.
    first: u32,
    /// The data of packets before this one was dropped.
    evicted_to: u32,
    /// Bytes were evicted since the last call.
    evicted: bool,
}

impl Reading {
    /// Returns a reading that has read nothing so far.
    pub fn new(id: ConversationId) -> Self {
        Reading {
            id,
            next: 0,
            limit: u32::MAX,
            sides: PerSide::from_fn(|_| Reassembler::following()),
            sent: PerSide::default(),
            count: 0,
            first: 0,
            evicted_to: 0,
            evicted: false,
        }
    }

    /// Returns how many packets of the conversation have been read.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns what is known so far.
    pub fn dialogue(&mut self) -> Dialogue {
        self.evicted = false;
        Dialogue {
            streams: self.sides.as_ref().map(Reassembler::stream),
            first: self.first,
        }
    }

    /// Whether bytes were evicted that were known at the last call of [`Reading::dialogue`].
    pub fn has_evicted(&self) -> bool {
        self.evicted
    }

    /// Sets the last packet to be read.
    pub fn read_no_further_than(&mut self, limit: u32) {
        self.limit = limit;
    }

    /// Whether every packet of the conversation that there is by now has been read.
    pub fn is_at_end(&self, contents: &Contents) -> bool {
        let conversation = contents.tracker.get(self.id);
        conversation.is_none_or(|conversation| self.next > conversation.last_packet)
    }

    /// Reads on, at most `most` packets; returns whether there are more by now.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn read(&mut self, viewer: &mut Viewer, most: usize) -> io::Result<bool> {
        let last = {
            let contents = viewer.store().read();
            let Some(conversation) = contents.tracker.get(self.id) else {
                return Ok(false);
            };
            self.begin(&contents, conversation);
            conversation.last_packet.min(self.limit)
        };
        let behind = self.next.saturating_sub(1);
        let (entries, all) = viewer.entries(self.id, behind, last, most)?;
        for entry in entries {
            self.next = entry.packet + 1;
            self.count += 1;
            self.add(viewer, &entry)?;
        }
        if all {
            self.next = self.next.max(last.saturating_add(1));
        }
        Ok(!all)
    }

    /// Finds the first packet, and drops what was evicted from the capture meanwhile.
    fn begin(&mut self, contents: &Contents, conversation: Conversation) {
        let (first, from) = (contents.packets.first(), conversation.kept_from());
        if self.first == 0 {
            self.first = contents.first_of(self.id).unwrap_or(from);
        } else if self.evicted_to < first {
            self.evicted_to = first;
            for side in self.sides.iter_mut() {
                self.evicted |= side.evict(first);
            }
        }
        self.start(conversation);
        self.next = self.next.max(from);
    }

    fn add(&mut self, viewer: &mut Viewer, entry: &Entry) -> io::Result<()> {
        let is_segment = match entry.kind {
            _ if entry.is_duplicate => return Ok(()),
            EntryKind::Segment => true,
            EntryKind::Datagram => false,
            EntryKind::Error => return Ok(()),
            EntryKind::Unreadable => {
                // It may have been evicted meanwhile.
                let read = viewer.facts(entry.packet).map(|_| ());
                return match is_gone(viewer, entry.packet) {
                    true => Ok(()),
                    false => read,
                };
            }
        };
        let side = entry.from;
        let seq = if is_segment {
            if entry.flags.ack() {
                self.sides[side.other()].acknowledge(entry.packet, entry.ack);
            }
            let first = entry.seq.wrapping_add(u32::from(entry.flags.syn()));
            if entry.flags.syn() {
                self.sides[side].syn(first);
            }
            first
        } else {
            self.sent[side]
        };
        // The bytes cut off a datagram were sent too.
        let whole = entry.captured.max(entry.payload);
        self.sent[side] = self.sent[side].wrapping_add(whole);
        let piece = entry.piece();
        match piece.length {
            0 => self.sides[side].begin(seq),
            _ => self.sides[side].add(seq, piece),
        }
        Ok(())
    }

    /// Sets where the streams begin, as far as that is known by now.
    fn start(&mut self, conversation: Conversation) {
        if conversation.protocol == Protocol::Tcp && conversation.evicted == 0 {
            for direction in Side::BOTH {
                let start = conversation.tcp().start(direction);
                self.sides[direction].start(start);
            }
        }
    }
}

/// Whether a packet is not in the capture any more.
fn is_gone(viewer: &Viewer, packet: u32) -> bool {
    viewer.store().read().packets.get(packet).is_none()
}

/// Whether repeated bytes differ from the first ones.
///
/// # Errors
///
/// Fails if the capture can no longer be read.
pub fn is_conflict(viewer: &mut Viewer, overlap: &Overlap) -> io::Result<bool> {
    let (first, again) = (overlap.first.packet, overlap.again.packet);
    // A keep-alive repeats one byte, whatever it is: RFC 9293, section 3.8.4.
    if overlap.again.length <= 1 || is_gone(viewer, first) || is_gone(viewer, again) {
        return Ok(false);
    }
    let (mut first, mut again) = (Vec::new(), Vec::new());
    viewer.read_piece(&overlap.first, &mut first)?;
    viewer.read_piece(&overlap.again, &mut again)?;
    Ok(first != again)
}

/// Returns the packets that sent other bytes for ranges that had already been sent.
///
/// # Errors
///
/// Fails if the capture can no longer be read.
pub fn conflicts(viewer: &mut Viewer, stream: &Stream) -> io::Result<Vec<u32>> {
    let mut packets = Vec::new();
    for overlap in &stream.overlaps {
        if is_conflict(viewer, overlap)? {
            packets.push(overlap.again.packet);
        }
    }
    packets.dedup();
    Ok(packets)
}
