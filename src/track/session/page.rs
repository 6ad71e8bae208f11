//! The results of a session for some packets of a conversation: where every message is, and every byte.
//!
//! A conversation that is viewed is kept in pages of packets. The session goes on from one page to the next; its
//! results since the page began are in its [`MessagePage`], which is taken from it when the page is full.

use super::{Made, MessageRecord, Messages, NO_STAGE, ReadMessage, SourceId, Stage};
use crate::track::{Payload, Piece};
use dissectors::{DATA, Dissector, MAX_UNSETTLED, MessageContext, PerSide, Secrets, Side};
use std::ops::Range;

/// What a session knows of a message besides its bytes.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The context for its dissector.
    pub context: Option<MessageContext>,
    /// The expected connection that carries what it requested.
    pub asked_for: Option<u32>,
    /// The source that it completes.
    pub completes: Option<SourceId>,
}

impl Known {
    fn is_nothing(&self) -> bool {
        self.context.is_none() && self.asked_for.is_none() && self.completes.is_none()
    }

    /// Returns its size in memory, bytes.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.context.as_ref().map_or(0, MessageContext::weight)
    }
}

/// The messages and the bytes of some packets.
#[derive(Default)]
pub struct MessagePage {
    /// Each side's messages, in the order of its stream.
    messages: PerSide<Vec<MessageRecord>>,
    /// All of them in the order of the packets that completed them: that packet, the side, the index among its
    /// messages.
    order: Vec<(u32, Side, u32)>,
    /// Where each side's bytes are, in order.
    pieces: PerSide<Vec<Piece>>,
    /// Packet and index in `pieces`, in the order of the packets.
    packets: PerSide<Vec<(u32, u32)>>,
    /// The parts of sources that sessions opened, in the order in which they were added.
    made: Vec<Made>,
    /// What the session knows of each side's messages, once the page has ended; empty if that is nothing.
    known: PerSide<Vec<Known>>,
    /// The memory that it takes, bytes.
    known_weight: usize,
}

impl MessagePage {
    /// Adds new bytes at this offset of their side's stream.
    fn add_piece(&mut self, side: Side, at: u64, payload: &Payload) {
        let pieces = &mut self.pieces[side];
        let index = pieces.len() as u32;
        pieces.push(Piece {
            at,
            length: payload.bytes.len() as u32,
            packet: payload.packet,
            start: payload.start,
            source: payload.source,
        });
        let packets = &mut self.packets[side];
        let behind = packets.partition_point(|(packet, _)| *packet <= payload.packet);
        packets.insert(behind, (payload.packet, index));
    }

    /// Adds a message that has ended.
    fn add_message(&mut self, message: MessageRecord) {
        let packet = message.packet;
        let behind = self.order.partition_point(|(known, ..)| *known <= packet);
        let ours = &mut self.messages[message.side];
        self.order
            .insert(behind, (packet, message.side, ours.len() as u32));
        ours.push(message);
    }

    /// Returns a side's messages in the order of its stream.
    pub fn by_side(&self, side: Side) -> &[MessageRecord] {
        &self.messages[side]
    }

    /// Returns the messages that a packet completes, in order.
    pub fn completed_in(&self, packet: u32) -> impl Iterator<Item = &MessageRecord> {
        let from = self.order.partition_point(|(known, ..)| *known < packet);
        let to = self.order.partition_point(|(known, ..)| *known <= packet);
        self.in_order(from..to)
    }

    /// Returns all messages, in the order of the packets that completed them.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &MessageRecord> {
        self.in_order(0..self.order.len())
    }

    /// Returns messages in the order of the packets that completed them: from, and to before.
    fn in_order(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = &MessageRecord> {
        let order = self.order.get(range).unwrap_or_default();
        order
            .iter()
            .filter_map(|(_, side, at)| self.messages[*side].get(*at as usize))
    }

    /// Returns the new bytes that a packet brought to a side's stream.
    pub fn pieces_of(&self, packet: u32, side: Side) -> impl Iterator<Item = &Piece> {
        let packets = &self.packets[side];
        let from = packets.partition_point(|(known, _)| *known < packet);
        packets
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(move |(known, _)| *known == packet)
            .filter_map(move |(_, at)| self.pieces[side].get(*at as usize))
    }

    /// Returns the pieces between two offsets of a side's stream: from, and to before.
    pub fn pieces_between(&self, side: Side, between: Range<u64>) -> &[Piece] {
        let pieces = &self.pieces[side];
        let from = pieces.partition_point(|piece| piece.end() <= between.start);
        let to = pieces.partition_point(|piece| piece.at < between.end);
        pieces.get(from..to.max(from)).unwrap_or_default()
    }

    /// Returns the parts of a source that a session opened, in the order in which they were added.
    pub fn parts_of(&self, source: SourceId) -> impl DoubleEndedIterator<Item = &Made> {
        self.made.iter().filter(move |made| made.source == source)
    }

    /// Returns the packets before `first` that brought bytes or completed messages of this page: they waited for what
    /// was missing before them.
    pub fn early_packets(&self, first: u32) -> impl Iterator<Item = u32> {
        let pieces = self.packets.iter().flatten().map(|(packet, _)| *packet);
        let messages = self.order.iter().map(|(packet, ..)| *packet);
        pieces.chain(messages).filter(move |packet| *packet < first)
    }

    /// Returns the index of a message among those of its side.
    fn index_of(&self, message: &MessageRecord) -> usize {
        self.messages[message.side].partition_point(|known| known.at < message.at)
    }

    /// Returns what the session knew of a message when the page ended, or later.
    pub fn known(&self, message: &MessageRecord) -> Option<&Known> {
        self.known[message.side].get(self.index_of(message))
    }

    /// Keeps what the session knows of all messages by now.
    pub fn learn(&mut self, session: &Messages) {
        self.known_weight = 0;
        for side in Side::BOTH {
            let ours = self.messages[side].iter();
            let known: Vec<Known> = ours.map(|message| session.known(message)).collect();
            // Most protocols keep nothing about their messages.
            self.known[side] = match known.iter().all(Known::is_nothing) {
                true => Vec::new(),
                false => known,
            };
            self.known_weight += self.known[side].iter().map(Known::weight).sum::<usize>();
        }
    }

    /// Keeps what became known of a message after the page had ended.
    pub fn learn_later(&mut self, message: &MessageRecord, later: Known) {
        let at = self.index_of(message);
        let known = &mut self.known[message.side];
        if known.is_empty() && !later.is_nothing() {
            *known = vec![Known::default(); self.messages[message.side].len()];
            self.known_weight += known.len() * size_of::<Known>();
        }
        if let Some(known) = known.get_mut(at) {
            self.known_weight += later.weight();
            self.known_weight -= std::mem::replace(known, later).weight();
        }
    }

    /// Returns its approximate size in memory, bytes.
    pub fn weight(&self) -> usize {
        let pieces = self.pieces.iter().map(Vec::capacity).sum::<usize>();
        let packets = self.packets.iter().map(Vec::capacity).sum::<usize>();
        let messages = self.messages.iter().map(Vec::capacity).sum::<usize>();
        pieces * size_of::<Piece>()
            + packets * size_of::<(u32, u32)>()
            + messages * size_of::<MessageRecord>()
            + self.order.capacity() * size_of::<(u32, Side, u32)>()
            + self.made.capacity() * size_of::<Made>()
            + self.known_weight
    }

    /// Gives back the memory that its lists do not need.
    pub fn shrink(&mut self) {
        for side in Side::BOTH {
            self.messages[side].shrink_to_fit();
            self.pieces[side].shrink_to_fit();
            self.packets[side].shrink_to_fit();
        }
        self.order.shrink_to_fit();
        self.made.shrink_to_fit();
    }
}

/// The data of a conversation that is kept for a view.
#[derive(Default)]
pub struct Kept {
    /// The results since the page began.
    page: MessagePage,
    /// The ranges of secrets in each side's stream.
    pub secrets: PerSide<Secrets>,
    /// How many messages each side has completed.
    counts: PerSide<u64>,
    /// Their total length in bytes.
    bytes: u64,
    /// The packets that completed the first and the last of them.
    ends: Option<[u32; 2]>,
}

impl Kept {
    /// Adds new bytes at this offset of their side's stream.
    pub fn add_piece(&mut self, side: Side, at: u64, payload: &Payload) {
        if !payload.bytes.is_empty() {
            self.page.add_piece(side, at, payload);
        }
    }

    /// Adds a message that has ended.
    pub fn add_message(&mut self, message: MessageRecord) {
        self.counts[message.side] += 1;
        self.bytes += message.length;
        let [first, last] = self.ends.unwrap_or([message.packet; 2]);
        self.ends = Some([first.min(message.packet), last.max(message.packet)]);
        self.page.add_message(message);
    }

    /// Adds bytes of a source that a session opened.
    pub fn add_made(&mut self, made: Made) {
        self.page.made.push(made);
    }
}

/// Totals of all messages of a conversation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// How many there are.
    pub messages: u64,
    /// Their total length in bytes.
    pub bytes: u64,
    /// The packets that completed the first and the last of them.
    pub ends: Option<[u32; 2]>,
}

impl Messages {
    /// Returns a copy of the state from which a page can be read again. It has no data of the messages before.
    pub fn checkpoint(&self) -> Messages {
        let mut stages = self.stages.clone();
        for stage in &mut stages {
            stage.session.evict(stage.messages);
        }
        let kept = self.kept.as_deref().map(|kept| Kept {
            counts: kept.counts,
            ..Kept::default()
        });
        Messages {
            kept: kept.map(Box::new),
            stages,
            first_bytes: self.first_bytes.clone(),
            counts: false,
            read: None,
            more_read: Vec::new(),
            streams: self.streams.clone(),
            held: self.held.clone(),
            after_reset: self.after_reset.clone(),
            events: Vec::new(),
            called: None,
            ..*self
        }
    }

    /// Returns the results since the page began, if they are kept.
    pub fn page(&self) -> Option<&MessagePage> {
        self.kept.as_deref().map(|kept| &kept.page)
    }

    /// Takes the results since the page began, and begins a new page.
    pub fn take_page(&mut self) -> MessagePage {
        let page = self.kept.as_deref_mut().map(|kept| &mut kept.page);
        page.map(std::mem::take).unwrap_or_default()
    }

    /// Drops all results and the contexts of all messages by now, which are not needed.
    pub fn drop_results(&mut self) {
        self.take_page();
        for stage in &mut self.stages {
            stage.session.evict(stage.messages);
        }
    }

    /// Returns what is known of a message by now, unless it was evicted.
    pub fn known(&self, message: &MessageRecord) -> Known {
        Known {
            context: self.context(message),
            asked_for: self.asked_for(message),
            completes: self.completes(message),
        }
    }

    /// Returns, for each protocol of the conversation, the number of its first message whose context may still change.
    /// [`MAX_UNSETTLED`] messages of the protocols that follow settle those of an earlier one.
    pub fn settled(&self) -> impl Iterator<Item = usize> {
        let stages = self.stages.iter().enumerate();
        stages.map(|(at, stage)| {
            let later = self.stages.iter().skip(at + 1);
            let later: usize = later.map(|stage| stage.messages).sum();
            match later >= MAX_UNSETTLED {
                true => stage.messages,
                false => stage.session.settled(stage.messages),
            }
        })
    }

    /// Returns, for each protocol of the conversation, how many messages it has had.
    pub fn numbers(&self) -> impl Iterator<Item = usize> {
        self.stages.iter().map(|stage| stage.messages)
    }

    /// Drops the contexts of a protocol's messages before this number, which are no longer needed.
    pub fn evict(&mut self, stage: usize, before: usize) {
        if let Some(stage) = self.stages.get_mut(stage) {
            stage.session.evict(before);
        }
    }

    /// Returns how many messages each side has completed, if they are kept.
    pub fn counts(&self) -> PerSide<u64> {
        self.kept
            .as_ref()
            .map_or_else(PerSide::default, |kept| kept.counts)
    }

    /// Returns, for each side's stream, the current offset and the offset at which the current message began.
    pub fn places(&self) -> PerSide<(u64, u64)> {
        self.streams
            .as_ref()
            .map(|stream| (stream.place, stream.message))
    }

    /// Returns the totals of all messages, if they are kept.
    pub fn totals(&self) -> Totals {
        self.kept.as_deref().map_or_else(Totals::default, |kept| {
            let PerSide { client, server } = kept.counts;
            Totals {
                messages: client + server,
                bytes: kept.bytes,
                ends: kept.ends,
            }
        })
    }

    /// Returns a side's message that has begun and not ended, as far as it was read, if messages are kept.
    pub fn unfinished(&self, side: Side) -> Option<MessageRecord> {
        let stream = &self.streams[side];
        let length = stream.place.saturating_sub(stream.message);
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
            number: stage.map_or(0, |stage| stage.messages as u32),
            at: stream.message,
            length,
            packet: stream.last.0,
            first_packet: stream.first_packet,
            segments: stream.segments,
            missing: u32::try_from(stream.missing).unwrap_or(u32::MAX),
            complete: false,
        })
    }

    /// Whether a side's stream contains secrets, if they are kept.
    pub fn has_secrets(&self) -> bool {
        let secrets = self.kept.iter().flat_map(|kept| &kept.secrets);
        secrets.into_iter().any(|secrets| !secrets.is_empty())
    }

    /// Returns the secrets between two offsets of a side's stream, including those of a message that has not ended, if
    /// they are kept.
    pub fn secrets_between(
        &self,
        side: Side,
        between: Range<u64>,
    ) -> impl Iterator<Item = Range<u64>> {
        let secrets = self.kept.as_ref().map(|kept| &kept.secrets[side]);
        secrets
            .into_iter()
            .flat_map(move |secrets| secrets.between(between.clone()))
    }

    /// Returns the offset of a sequence number in a side's stream: negative for data sent before the first byte that
    /// was read. Sequence numbers wrap every 4 GiB, so the offset nearest to `near` is returned.
    pub fn place_of(&self, side: Side, seq: u32, near: u64) -> Option<i64> {
        let first = self.streams[side].reassembler.first_seq()?;
        let ahead = seq.wrapping_sub(first.wrapping_add(near as u32)) as i32;
        Some(near as i64 + i64::from(ahead))
    }

    /// Returns the dissector of a message.
    pub fn dissector_of(&self, message: &MessageRecord) -> &'static Dissector {
        let stage = self.stages.get(usize::from(message.stage));
        stage.map_or(DATA, |stage| stage.dissector)
    }

    /// Returns the context for a message's dissector.
    pub fn context(&self, message: &MessageRecord) -> Option<MessageContext> {
        let stage = self.stages.get(usize::from(message.stage))?;
        stage.session.context(message.number as usize)
    }

    /// Returns the expected connection that carries what a message requested.
    pub fn asked_for(&self, message: &MessageRecord) -> Option<u32> {
        let stage = self.stages.get(usize::from(message.stage))?;
        stage.session.asked_for(message.number as usize)
    }

    /// Returns the source that a message completes.
    fn completes(&self, message: &MessageRecord) -> Option<SourceId> {
        let stage = self.stages.get(usize::from(message.stage))?;
        let number = stage.session.completes(message.number as usize)?;
        Some(SourceId::Opened {
            side: message.side,
            stage: message.stage,
            number,
        })
    }

    /// Returns the context for the dissector of a connection that this conversation announced.
    pub fn expected(&self, number: u32) -> Option<MessageContext> {
        self.stages
            .iter()
            .find_map(|stage| stage.session.expected(number))
    }

    /// Returns its approximate size in memory, bytes.
    pub fn weight(&self) -> usize {
        let kept = self.kept.as_ref().map_or(0, |kept| {
            let secrets = kept.secrets.iter().map(Secrets::weight);
            kept.page.weight() + secrets.sum::<usize>()
        });
        let stages = self.stages.iter().map(|stage| stage.session.weight());
        let after_reset = self.after_reset.as_ref().map_or(0, |after| after.weight());
        let first_bytes = self.first_bytes.as_ref().map_or(0, |first| first.weight());
        let held = self.held.as_ref().map_or(0, |held| held.weight());
        size_of::<Self>()
            + self.stages.capacity() * size_of::<Stage>()
            + self.more_read.capacity() * size_of::<ReadMessage>()
            + stages.sum::<usize>()
            + self.waiting()
            + after_reset
            + first_bytes
            + held
            + kept
    }

    /// Returns what the bytes take that wait for what is missing before them, or for the end of their unit.
    fn waiting(&self) -> usize {
        let streams = self.streams.iter();
        streams
            .map(|stream| stream.cutter.pending.capacity() + stream.reassembler.weight())
            .sum()
    }
}
