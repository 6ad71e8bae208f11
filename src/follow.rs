//! What was said in a conversation: both directions put back in order, read from the capture as they are needed.

use crate::{
    store::Contents,
    track::{Arrival, Assembler, ConversationId, Direction, Piece, Stream},
    view::Viewer,
};
use dissectors::Transport;
use std::io;

/// A turn in a conversation: bytes of one direction, or a gap in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Bytes that were captured.
    Said(Direction, Piece),
    /// So many bytes that were not.
    Missing(Direction, u64),
}

/// Both directions of a conversation.
#[derive(Clone, Debug, Default)]
pub struct Dialogue {
    /// The client's and the server's bytes.
    pub streams: [Stream; 2],
}

impl Dialogue {
    /// Goes through all packets of a conversation.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub fn read(contents: &Contents, viewer: &mut Viewer, id: ConversationId) -> io::Result<Self> {
        let mut sides = [Assembler::default(), Assembler::default()];
        // Datagrams have no numbers: they stand in the order in which they came.
        let mut sent = [0_u32; 2];
        for number in contents.packets_of(id) {
            let ids = contents.conversations_of(number);
            let Some(index) = ids.iter().position(|(other, _)| *other == id) else {
                continue;
            };
            let Some((_, direction)) = ids.get(index) else {
                continue;
            };
            let side = *direction as usize;
            let facts = viewer.facts(contents, number)?;
            let Some(flow) = facts.flows().get(index) else {
                continue;
            };
            let payload = flow.payload;
            let length = payload.len() as u32;
            let (seq, syn) = match &flow.transport {
                Transport::Tcp(segment) => (segment.seq, segment.flags.syn()),
                Transport::Udp => (sent[side], false),
            };
            sent[side] = sent[side].wrapping_add(length);
            if length == 0 && !syn {
                continue;
            }
            let (start, source) = (payload.start, payload.source);
            sides[side].add(Arrival {
                packet: number,
                seq,
                syn,
                start,
                source,
                length,
            });
        }
        Ok(Dialogue {
            streams: sides.map(Assembler::finish),
        })
    }

    /// The turns in the order in which they could be read: what came too early waits for what was missing.
    pub fn turns(&self) -> Vec<Turn> {
        let mut turns: Vec<(u32, Turn)> = Vec::new();
        for (stream, direction) in self
            .streams
            .iter()
            .zip([Direction::FromClient, Direction::FromServer])
        {
            let mut ready = 0;
            for (index, piece) in stream.pieces.iter().enumerate() {
                ready = ready.max(piece.packet);
                match stream.gap_before(index) {
                    0 => {}
                    gap => turns.push((ready, Turn::Missing(direction, gap))),
                }
                turns.push((ready, Turn::Said(direction, *piece)));
            }
        }
        turns.sort_by_key(|(ready, _)| *ready);
        turns.into_iter().map(|(_, turn)| turn).collect()
    }
}

/// How many of the bytes that came again were not what had come before: the packets of the later copy.
///
/// # Errors
///
/// The capture can no longer be read.
pub fn conflicts(
    contents: &Contents,
    viewer: &mut Viewer,
    stream: &Stream,
) -> io::Result<Vec<u32>> {
    let mut packets = Vec::new();
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for overlap in &stream.overlaps {
        first.clear();
        again.clear();
        viewer.read_piece(contents, &overlap.first, &mut first)?;
        viewer.read_piece(contents, &overlap.again, &mut again)?;
        // A keep-alive repeats one byte, whatever it is: RFC 9293, section 3.8.4.
        if first != again && again.len() > 1 {
            packets.push(overlap.again.packet);
        }
    }
    packets.dedup();
    Ok(packets)
}
