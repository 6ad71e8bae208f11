//! The messages that a packet completes in its conversation, reassembled for their dissectors.

use super::Viewer;
use crate::track::{Conversation, ConversationId, Made, MessageRecord, Piece, Protocol};
use dissectors::{
    Carried, DATA, Dissector, Message, MessageBytes, MessageContext, Part, Reassembled, Side,
};
use std::{borrow::Cow, io, ops::Range};

/// The purpose that a message is reassembled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// Its line in the list.
    Line,
    /// Its tree.
    Tree,
    /// The file that it carries.
    File,
}

impl Whole {
    /// Returns how many bytes of it are reassembled; fewer for a tree with a deadline, and where memory is limited: what
    /// is made of a tree takes several times as much.
    fn limit(self, patient: bool, memory: Option<u64>) -> u64 {
        let (most, part) = match self {
            Whole::Line => (64 << 10, 16),
            Whole::Tree if patient => (32 << 20, 16),
            Whole::Tree => (2 << 20, 16),
            Whole::File => (192 << 20, 4),
        };
        memory.map_or(most, |memory| most.min(memory / part))
    }
}

/// A conversation with more packets is not read only to show its length.
const MAX_CARRIED: u64 = 1 << 20;

/// The messages of a packet.
#[derive(Default)]
pub(super) struct PacketMessages {
    pub messages: Vec<PacketMessage>,
    pub part_of: Option<Option<u64>>,
}

/// One message.
pub(super) struct PacketMessage {
    dissector: &'static Dissector,
    side: Side,
    place: MessagePlace,
    missing: u64,
    complete: bool,
    /// The capture lacks some of it.
    is_partial: bool,
    known: Option<MessageContext>,
    gathered: Option<(Vec<u8>, Vec<Part>)>,
    /// The protocol that opened the tunnel that it was sent through.
    tunnel: Option<(&'static Dissector, MessageContext)>,
    carried: Option<Carried>,
    /// Not all of it was reassembled, because it is too long.
    pub is_cut: bool,
}

/// A message before its bytes are read.
struct Completed {
    message: MessageRecord,
    known: Option<MessageContext>,
    asked_for: Option<u32>,
    /// The parts of the source that it completes.
    source: Option<Vec<Made>>,
}

/// Whether a message of these pieces is contained in this one packet.
pub(super) fn lies_within(pieces: &[Piece], packet: u32) -> bool {
    matches!(pieces, [piece] if piece.packet == packet)
}

enum MessagePlace {
    Within(u32, u32),
    Joined(Vec<u8>, Vec<Part>),
}

impl PacketMessage {
    pub fn message(&self) -> Message<'_> {
        Message {
            dissector: self.dissector,
            side: self.side,
            bytes: match &self.place {
                MessagePlace::Within(from, to) => MessageBytes::Within(*from, *to),
                MessagePlace::Joined(bytes, parts) => {
                    MessageBytes::Joined(reassembled(bytes, parts))
                }
            },
            missing: self.missing,
            complete: self.complete,
            is_partial: self.is_partial,
            context: self.known.as_ref(),
            carried: self.carried,
            gathered: self
                .gathered
                .as_ref()
                .map(|(bytes, parts)| reassembled(bytes, parts)),
            tunnel: self
                .tunnel
                .as_ref()
                .map(|(dissector, known)| (*dissector, known)),
        }
    }
}

/// Reassembled bytes, and where they came from.
struct Joined {
    bytes: Vec<u8>,
    parts: Vec<Part>,
    limit: u64,
}

impl Joined {
    fn up_to(limit: u64) -> Self {
        Joined {
            bytes: Vec::new(),
            parts: Vec::new(),
            limit,
        }
    }
}

fn reassembled<'a>(bytes: &'a [u8], parts: &[Part]) -> Reassembled<'a> {
    Reassembled {
        bytes: Cow::Borrowed(bytes),
        parts: parts.to_vec(),
    }
}

impl Viewer {
    /// Returns the messages of a packet in its innermost conversation.
    pub(super) fn messages_in(
        &mut self,
        number: u32,
        whole: Whole,
    ) -> io::Result<Option<PacketMessages>> {
        let Some((id, side, protocol)) = self.speaks(number) else {
            return Ok(None);
        };
        // A datagram that was captured twice is independent, as any other is.
        if protocol == Protocol::Udp && self.is_duplicate(number) {
            return Ok(None);
        }
        self.read_for(id, side, number)?;
        let announced = self.announced(id)?;
        // If the deadline came first, the part read so far is used: later parts may add to it.
        let transcript = self.transcripts.get(id);
        if transcript.is_none_or(|transcript| transcript.last() < number) {
            return Ok(None);
        }
        let mut pages = self.pages(id);
        let own = pages.pieces_of(number, side);
        let repeats = own.is_empty();
        let part_of = own
            .last()
            .and_then(|piece| match pages.message_at(side, piece.end() - 1) {
                Some(message) if message.packet == number => None,
                Some(message) => Some(Some(message.packet.into())),
                None => Some(None),
            });
        let completed = self.completed_by(id, side, number);
        let flows = self.facts(number)?.flows();
        let payload = flows.last().map(|flow| flow.payload);
        let payload_start = payload.map_or(0, |payload| payload.start);
        let mut announced = announced;
        let mut said = Vec::new();
        for completed in completed {
            let (place, missing) =
                self.place_of(id, &completed.message, number, payload_start, whole)?;
            said.push(self.said(id, completed, (place, missing), whole, &mut announced)?);
        }
        // A repeated single byte is a keep-alive (RFC 9293, section 3.8.4): it is not part of a message.
        let repeats = repeats && payload.is_some_and(|payload| payload.len() == 1);
        if repeats && protocol == Protocol::Tcp {
            said.push(PacketMessage {
                dissector: DATA,
                side,
                place: MessagePlace::Within(0, 1),
                missing: 0,
                complete: true,
                is_partial: false,
                carried: None,
                known: None,
                gathered: None,
                tunnel: None,
                is_cut: false,
            });
        }
        Ok(Some(PacketMessages {
            messages: said,
            part_of,
        }))
    }

    /// Returns the protocols of the messages that a packet completes in its conversation, and of their tunnels; none if it is independent, or
    /// the deadline came first.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn completes(&mut self, number: u32) -> io::Result<Option<Vec<&'static Dissector>>> {
        self.unheard = false;
        let Some((id, side, protocol)) = self.speaks(number) else {
            return Ok(None);
        };
        if protocol == Protocol::Udp && self.is_duplicate(number)
            || !self.read_for(id, side, number)?
        {
            return Ok(None);
        }
        let completed = self.pages(id).completed_in(number).into_iter();
        let own = completed.filter(|message| message.side == side);
        let messages = self.messages_of(id);
        let mut found = Vec::new();
        for message in own {
            found.push(messages.map_or(DATA, |it| it.dissector_of(&message)));
            let tunnel = messages.and_then(|it| it.tunnel_of(&message));
            found.extend(tunnel.map(|(dissector, _)| dissector));
        }
        Ok(Some(found))
    }

    /// Returns how many bytes of a message are reassembled.
    fn limit_of(&self, whole: Whole) -> u64 {
        whole.limit(self.patience.is_none(), self.store().read().keep.memory)
    }

    /// Returns the messages of a side that a packet completes.
    fn completed_by(&mut self, id: ConversationId, side: Side, packet: u32) -> Vec<Completed> {
        let mut pages = self.pages(id);
        let own = pages.completed_in(packet).into_iter();
        own.filter(|message| message.side == side)
            .map(|message| {
                let known = pages.known(&message);
                Completed {
                    message,
                    known: known.context,
                    asked_for: known.asked_for,
                    source: known
                        .completes
                        .map(|source| pages.parts_of(source, &message)),
                }
            })
            .collect()
    }

    /// Returns where the bytes of a message are, in the packet that completes it or reassembled from several, and how
    /// many are missing.
    fn place_of(
        &mut self,
        id: ConversationId,
        message: &MessageRecord,
        packet: u32,
        payload_start: u32,
        whole: Whole,
    ) -> io::Result<(MessagePlace, u64)> {
        let range = message.at..message.end();
        let pieces = self.pages(id).pieces_between(message.side, range.clone());
        if let [piece] = pieces.as_slice()
            && lies_within(&pieces, packet)
        {
            let before = message.at.saturating_sub(piece.at) as u32;
            let start = piece.start - payload_start + before;
            let end = message.end().min(piece.end());
            let length = end.saturating_sub(message.at.max(piece.at));
            let place = MessagePlace::Within(start, start.saturating_add(length as u32));
            return Ok((place, message.length - length));
        }
        let mut joined = Joined::up_to(self.limit_of(whole));
        self.join(id, message.side, range, &mut joined)?;
        let missing = message.length - joined.bytes.len() as u64;
        Ok((MessagePlace::Joined(joined.bytes, joined.parts), missing))
    }

    /// Returns a message with the context for its dissector. An announcement of this conversation by another one
    /// applies to the first message of that protocol.
    fn said(
        &mut self,
        id: ConversationId,
        completed: Completed,
        (place, missing): (MessagePlace, u64),
        whole: Whole,
        announced: &mut Option<(&'static Dissector, MessageContext)>,
    ) -> io::Result<PacketMessage> {
        let message = completed.message;
        let dissector = self
            .messages_of(id)
            .map_or(DATA, |it| it.dissector_of(&message));
        let carried = match completed.asked_for {
            Some(expected) if whole == Whole::Tree => self.carried(id, expected)?,
            _ => None,
        };
        let limit = self.limit_of(whole);
        let parts = completed.source.iter().flatten();
        let length: u64 = parts.map(|made| made.of.end - made.of.start).sum();
        let is_joined = matches!(place, MessagePlace::Joined(..));
        let is_cut = is_joined && message.length > limit || length > limit;
        let mut gathered = Joined::up_to(limit);
        for made in completed.source.iter().flatten() {
            self.join(id, message.side, made.of.clone(), &mut gathered)?;
        }
        let known = completed.known.or_else(|| {
            let is_its = |(of, _): &mut (&Dissector, _)| *of == dissector;
            Some(announced.take_if(is_its)?.1)
        });
        Ok(PacketMessage {
            dissector,
            side: message.side,
            place,
            missing,
            complete: message.complete,
            is_partial: !message.complete || message.missing > 0,
            carried,
            known,
            gathered: completed.source.map(|_| (gathered.bytes, gathered.parts)),
            tunnel: self
                .messages_of(id)
                .and_then(|messages| messages.tunnel_of(&message)),
            is_cut,
        })
    }

    /// Returns the conversation, the side and the protocol of a packet's payload: none if it is independent.
    pub(super) fn speaks(&self, number: u32) -> Option<(ConversationId, Side, Protocol)> {
        let contents = self.store().read();
        let (id, direction) = contents.packets.get(number)?.conversation()?;
        let conversation = contents.tracker.get(id)?;
        let speaks = conversation.has_session() && !contents.is_about(number, id);
        speaks.then_some((id, direction, conversation.protocol))
    }

    fn is_duplicate(&self, number: u32) -> bool {
        let contents = self.store().read();
        let record = contents.packets.get(number);
        record.is_some_and(|record| record.is_duplicate())
    }

    /// Returns what the conversation that announced this one knows of it, for this dissector.
    fn announced(
        &mut self,
        id: ConversationId,
    ) -> io::Result<Option<(&'static Dissector, MessageContext)>> {
        let announced = {
            let contents = self.store().read();
            let conversation = contents.tracker.get(id);
            let expectation = conversation.and_then(|it| contents.tracker.expectation_of(it));
            expectation.map(|it| (it.by, it.number, it.dissector))
        };
        let Some((by, number, dissector)) = announced else {
            return Ok(None);
        };
        self.read_messages_to(by, u32::MAX)?;
        let context = self
            .messages_of(by)
            .and_then(|messages| messages.expected(number));
        Ok(context.map(|context| (dissector, context)))
    }

    /// Returns what a connection that a conversation announced carried.
    fn carried(&mut self, by: ConversationId, number: u32) -> io::Result<Option<Carried>> {
        let carrier = {
            let contents = self.store().read();
            let expectation = contents.tracker.application.expectations.find(by, number);
            let id = expectation.and_then(|expectation| expectation.used_by);
            let short = |conversation: Conversation| conversation.packets() <= MAX_CARRIED;
            id.filter(|id| contents.tracker.get(*id).is_none_or(short))
        };
        let Some(id) = carrier else {
            return Ok(None);
        };
        if !self.read_messages_to(id, u32::MAX)? {
            return Ok(None);
        }
        let Some(messages) = self.messages_of(id) else {
            return Ok(None);
        };
        let contents = self.store().read();
        let totals = messages.totals();
        let end = |packet: u32| {
            let time_ns = contents.packets.get(packet)?.order_ns;
            Some((u64::from(packet), time_ns))
        };
        let ends = totals.ends.map(|ends| ends.map(end));
        Ok(Some(Carried {
            messages: totals.messages,
            bytes: totals.bytes,
            ends: ends.and_then(|[first, last]| Some([first?, last?])),
        }))
    }

    /// Appends the bytes between two offsets of a side's stream, up to their first gap, with secrets masked.
    fn join(
        &mut self,
        id: ConversationId,
        side: Side,
        between: Range<u64>,
        joined: &mut Joined,
    ) -> io::Result<()> {
        let left = joined.limit.saturating_sub(joined.bytes.len() as u64);
        let end = between.end.min(between.start.saturating_add(left));
        let begin = joined.bytes.len();
        let mut wanted = between.start;
        'pages: while wanted < end {
            let pieces = self.pages(id).pieces_between(side, wanted..end);
            // After a gap the offsets would be wrong.
            if pieces.is_empty() {
                break;
            }
            for piece in pieces {
                let part = piece.between(wanted..end);
                if part.at != wanted {
                    break 'pages;
                }
                self.join_piece(&part, joined)?;
                wanted = part.end();
            }
        }
        let bytes = joined.bytes.get_mut(begin..).unwrap_or_default();
        self.mask(id, side, between.start, bytes)
    }

    fn join_piece(&mut self, piece: &Piece, joined: &mut Joined) -> io::Result<()> {
        let start = joined.bytes.len() as u32;
        self.read_piece(piece, &mut joined.bytes)?;
        match joined.parts.last_mut() {
            Some(last) if last.packet == u64::from(piece.packet) => last.length += piece.length,
            _ => joined.parts.push(Part {
                packet: piece.packet.into(),
                start,
                length: piece.length,
                overlap: false,
                conflict: false,
            }),
        }
        Ok(())
    }
}
