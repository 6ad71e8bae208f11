//! What is kept of a conversation that somebody looks at: where every message is, and every byte.

use super::{MessageRecord, Messages, NO_STAGE};
use crate::track::{Payload, Piece};
use dissectors::{DATA, Dissector, Exchange, MessageContext, Side};
use std::ops::Range;

/// About how many bytes a session keeps for a message.
const SESSION: usize = 64;

/// Exchanges of one conversation that are kept, at most: some 10 MB of them. The first ones stay.
const MAX_EXCHANGES: usize = 1 << 16;

/// What is kept for showing.
#[derive(Default)]
pub struct Kept {
    /// Each side's messages, in the order of its stream.
    messages: [Vec<MessageRecord>; 2],
    /// All of them in the order of the packets that completed them: that packet, the side, the place among its messages.
    order: Vec<(u32, Side, u32)>,
    /// Where each side's bytes are, in order.
    pieces: [Vec<Piece>; 2],
    /// Packet and place in `pieces`, in the order of the packets.
    packets: [Vec<(u32, u32)>; 2],
    /// In the order in which they began.
    exchanges: Vec<Exchange>,
}

impl Kept {
    /// New bytes came, which stand here in their side's stream.
    pub fn add_piece(&mut self, side: Side, at: u64, payload: &Payload) {
        if payload.bytes.is_empty() {
            return;
        }
        let pieces = &mut self.pieces[side as usize];
        let index = pieces.len() as u32;
        pieces.push(Piece {
            at,
            length: payload.bytes.len() as u32,
            packet: payload.packet,
            start: payload.start,
            source: payload.source,
        });
        let packets = &mut self.packets[side as usize];
        let behind = packets.partition_point(|(packet, _)| *packet <= payload.packet);
        packets.insert(behind, (payload.packet, index));
    }

    /// Each side's messages in the order of its stream.
    #[cfg(test)]
    pub fn by_place(&self) -> &[Vec<MessageRecord>; 2] {
        &self.messages
    }

    /// A message has ended.
    pub fn add_message(&mut self, message: MessageRecord) {
        let packet = message.packet;
        let behind = self.order.partition_point(|(known, ..)| *known <= packet);
        let ours = &mut self.messages[message.side as usize];
        self.order
            .insert(behind, (packet, message.side, ours.len() as u32));
        ours.push(message);
    }

    /// Messages in the order of the packets that completed them: from, and to before.
    fn in_order(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = &MessageRecord> {
        let order = self.order.get(range).unwrap_or_default();
        order
            .iter()
            .filter_map(|(_, side, at)| self.messages[*side as usize].get(*at as usize))
    }

    /// An exchange has ended. Others that began before it may end later.
    pub fn add_exchange(&mut self, exchange: Exchange) {
        if self.exchanges.len() < MAX_EXCHANGES {
            let began = |exchange: &Exchange| (exchange.first_packet(), exchange.number);
            let place = began(&exchange);
            let behind = self
                .exchanges
                .partition_point(|known| began(known) <= place);
            self.exchanges.insert(behind, exchange);
        }
    }
}

impl Messages {
    /// The messages that a packet completes, in order. Only of what was kept.
    pub fn completed_in(&self, packet: u32) -> impl Iterator<Item = &MessageRecord> {
        let kept = self.kept.iter();
        kept.flat_map(move |kept| {
            let from = kept.order.partition_point(|(known, ..)| *known < packet);
            let to = kept.order.partition_point(|(known, ..)| *known <= packet);
            kept.in_order(from..to)
        })
    }

    /// All messages, in the order of the packets that completed them. Only of what was kept.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &MessageRecord> {
        let kept = self.kept.iter();
        kept.flat_map(|kept| kept.in_order(0..kept.order.len()))
    }

    /// How many messages there are, and how many bytes they have. Only of what was kept.
    pub fn total(&self) -> (u64, u64) {
        let messages = self.kept.iter().flat_map(|kept| &kept.messages).flatten();
        messages.fold((0, 0), |(count, bytes), message| {
            (count + 1, bytes + message.length)
        })
    }

    /// The exchanges in the order in which they began: those that were answered, and once the conversation is over those
    /// that were not. Only of what was kept.
    pub fn exchanges(&self) -> &[Exchange] {
        self.kept.as_ref().map_or(&[], |kept| &kept.exchanges)
    }

    /// The new bytes that a packet brought to a side's stream. Only of what was kept.
    pub fn pieces_of(&self, packet: u32, side: Side) -> impl Iterator<Item = &Piece> {
        let kept = self.kept.as_deref();
        let packets = kept.map_or(&[][..], |kept| &kept.packets[side as usize]);
        let from = packets.partition_point(|(known, _)| *known < packet);
        packets
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(move |(known, _)| *known == packet)
            .filter_map(move |(_, at)| kept?.pieces[side as usize].get(*at as usize))
    }

    /// Where the bytes of a message are. Only of what was kept.
    pub fn pieces_in(&self, message: &MessageRecord) -> &[Piece] {
        self.pieces_between(message.side, message.at..message.end())
    }

    /// Where the bytes between two places of a side's stream are: from, and to before. Only of what was kept.
    pub fn pieces_between(&self, side: Side, between: Range<u64>) -> &[Piece] {
        let Some(kept) = &self.kept else { return &[] };
        let pieces = &kept.pieces[side as usize];
        let from = pieces.partition_point(|piece| piece.end() <= between.start);
        let to = pieces.partition_point(|piece| piece.at < between.end);
        pieces.get(from..to.max(from)).unwrap_or_default()
    }

    /// How many messages of a side end before a byte of its stream: the place of the one that it belongs to, which may
    /// not have ended yet.
    pub fn place_at(&self, side: Side, at: u64) -> usize {
        self.kept.as_ref().map_or(0, |kept| {
            kept.messages[side as usize].partition_point(|known| known.end() <= at)
        })
    }

    /// The message at this place among those of a side, in the order of its stream.
    pub fn at_place(&self, side: Side, place: usize) -> Option<&MessageRecord> {
        self.kept.as_ref()?.messages[side as usize].get(place)
    }

    /// The message that a byte of a side's stream belongs to, if its end is known by now.
    pub fn message_at(&self, side: Side, at: u64) -> Option<&MessageRecord> {
        let messages = &self.kept.as_ref()?.messages[side as usize];
        let found = messages.partition_point(|known| known.end() <= at);
        messages.get(found).filter(|known| known.at <= at)
    }

    /// The message of a side that has begun and not ended, as far as it was heard. Only of what was kept.
    pub fn unfinished(&self, side: Side) -> Option<MessageRecord> {
        let line = &self.lines[side as usize];
        let length = line.place.saturating_sub(line.message);
        if self.kept.is_none() || length == 0 {
            return None;
        }
        let stage = self.stages.last();
        Some(MessageRecord {
            side,
            stage: match stage {
                Some(_) => self.stages.len().wrapping_sub(1) as u16,
                None => NO_STAGE,
            },
            number: stage.map_or(0, |stage| stage.heard as u32),
            at: line.message,
            length,
            packet: line.last.0,
            missing: u32::try_from(line.missing).unwrap_or(u32::MAX),
            complete: false,
        })
    }

    /// Whether the message of a side that has not ended waits for more of what cannot be read piece by piece.
    pub fn is_pending(&self, side: Side) -> bool {
        !self.lines[side as usize].pending.is_empty()
    }

    /// Where the byte of a side's stream with this sequence number stands in it, as a packet says it: before 0 where it
    /// was sent before the first that was heard. Numbers come round every 4 GiB, so it is counted from what was near.
    /// Only of what was kept.
    pub fn place_of(&self, packet: u32, side: Side, seq: u32) -> Option<i64> {
        let line = &self.lines[side as usize];
        let first = line.reassembler.first_seq()?;
        let kept = self.kept.as_deref()?;
        let packets = &kept.packets[side as usize];
        let behind = packets.partition_point(|(known, _)| *known <= packet);
        let near = behind.checked_sub(1).and_then(|before| packets.get(before));
        let near = near.and_then(|(_, at)| kept.pieces[side as usize].get(*at as usize));
        let near = near.map_or(0, |piece| piece.at);
        let ahead = seq.wrapping_sub(first.wrapping_add(near as u32)) as i32;
        Some(near as i64 + i64::from(ahead))
    }

    /// Who reads a message.
    pub fn dissector_of(&self, message: &MessageRecord) -> &'static Dissector {
        let stage = self.stages.get(usize::from(message.stage));
        stage.map_or(DATA, |stage| stage.dissector)
    }

    /// What its dissector must know.
    pub fn context(&self, message: &MessageRecord) -> Option<MessageContext> {
        let stage = self.stages.get(usize::from(message.stage))?;
        stage.session.context(message.number as usize)
    }

    /// The expected connection that a message asked for something to be carried over.
    pub fn asked_for(&self, message: &MessageRecord) -> Option<u32> {
        let stage = self.stages.get(usize::from(message.stage))?;
        stage.session.asked_for(message.number as usize)
    }

    /// The messages whose bytes this one completes to something whole, in order.
    pub fn gathered(&self, message: &MessageRecord) -> Vec<MessageRecord> {
        let numbers = match self.stages.get(usize::from(message.stage)) {
            Some(stage) => stage.session.gathers(message.number as usize),
            None => Vec::new(),
        };
        let (Some(kept), false) = (&self.kept, numbers.is_empty()) else {
            return Vec::new();
        };
        // A side's messages are numbered in the order of its stream.
        let ours = &kept.messages[message.side as usize];
        let mut wanted = numbers.into_iter().peekable();
        ours.iter()
            .filter(|known| known.stage == message.stage)
            .filter(|known| wanted.next_if_eq(&(known.number as usize)).is_some())
            .copied()
            .collect()
    }

    /// What the dissector of a connection must know that this conversation announced.
    pub fn expected(&self, number: u32) -> Option<MessageContext> {
        self.stages
            .iter()
            .find_map(|stage| stage.session.expected(number))
    }

    /// About how many bytes of memory this takes.
    pub fn weight(&self) -> usize {
        let kept = self.kept.as_ref().map_or(0, |kept| {
            let pieces: usize = kept.pieces.iter().map(Vec::len).sum();
            let message = size_of::<MessageRecord>() + size_of::<(u32, Side, u32)>();
            pieces * (size_of::<Piece>() + 8)
                + kept.order.len() * (message + SESSION)
                + kept.exchanges.len() * 2 * size_of::<Exchange>()
        });
        size_of::<Self>() + kept
    }
}
