//! The index of a capture: about 32 bytes per packet and one record per conversation, one writer and many readers.

mod ahead;
pub mod comments;
mod listener;
mod packet;

pub use ahead::Window;
pub use listener::Listener;
pub use packet::{Location, PacketPlan, PacketReader};

use crate::{
    capture::{self, Bytes, Interface, Secrets, Section},
    findings::Settings,
    lang::text,
    observed::Observed,
    retention::{Evicted, Keep},
    statistics::Statistics,
    track::{Conversation, ConversationId, Side, Tracked, Tracker},
};
use dissectors::{AnalysisFlags, Flow, Part, Reassembled};
use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// The stored data of a packet; everything else is read and dissected again.
#[derive(Clone, Copy, Debug)]
pub struct PacketRecord {
    /// Its place in time, nanoseconds since the epoch: when it was captured or, of a packet without a time, that of the packet
    /// before it. It orders packets; [`PacketRecord::time_ns`] is what may be shown.
    pub order_ns: i64,
    /// The offset of its bytes in the capture (47 bits), whether it has no time (1 bit), and its interface (16 bits).
    place: u64,
    /// Its captured length, bytes.
    pub captured: u32,
    /// Its length on the wire, bytes.
    pub original: u32,
    /// Its conversation and, in the highest bits, its direction and whether it was captured twice.
    conversation: u32,
    /// The next packet of the same conversation; 0 if there is none.
    next: u32,
}

/// The bits of the record's field that hold the offset: 128 TB.
const OFFSET: u64 = TIMELESS - 1;
const TIMELESS: u64 = 1 << 47;

const NO_CONVERSATION: u32 = u32::MAX;
const FROM_SERVER: u32 = 1 << 31;
const DUPLICATE: u32 = 1 << 30;

/// The bits of the record's field that hold the conversation.
const CONVERSATION: u32 = DUPLICATE - 1;

/// Packs a conversation, a direction and whether the packet was captured twice into the record's field.
fn packed(tracked: Tracked) -> u32 {
    let from = match tracked.direction {
        Side::Client => 0,
        Side::Server => FROM_SERVER,
    };
    let twice = if tracked.is_duplicate { DUPLICATE } else { 0 };
    tracked.id.0 | from | twice
}

/// Unpacks the conversation and the direction.
fn unpacked(conversation: u32) -> (ConversationId, Side) {
    let direction = match conversation & FROM_SERVER {
        0 => Side::Client,
        _ => Side::Server,
    };
    (ConversationId(conversation & CONVERSATION), direction)
}

impl PacketRecord {
    #[inline]
    fn new(packet: &capture::Packet, tracked: Option<Tracked>) -> Self {
        PacketRecord {
            order_ns: packet.time_ns,
            place: packet.offset & OFFSET
                | u64::from(packet.interface) << 48
                | if packet.has_time { 0 } else { TIMELESS },
            captured: packet.captured,
            original: packet.original,
            conversation: tracked.map_or(NO_CONVERSATION, packed),
            next: 0,
        }
    }

    /// Returns one without a conversation, for tests.
    #[cfg(test)]
    pub(crate) fn made(time_ns: i64, length: u32) -> Self {
        PacketRecord {
            order_ns: time_ns,
            place: 0,
            captured: length,
            original: length,
            conversation: NO_CONVERSATION,
            next: 0,
        }
    }

    /// Returns the offset of its bytes in the capture.
    pub fn offset(&self) -> u64 {
        self.place & OFFSET
    }

    /// Returns when it was captured, nanoseconds since the epoch. None where the capture does not say it, as in Simple Packet
    /// Blocks of pcapng.
    pub fn time_ns(&self) -> Option<i64> {
        (self.place & TIMELESS == 0).then_some(self.order_ns)
    }

    /// Returns the time from which Wireshark counts those of other packets, nanoseconds since the epoch: 0 for a packet
    /// without one, but not for a block of another kind.
    pub fn origin_ns(&self) -> i64 {
        let counts =
            self.time_ns().is_some() || usize::from(self.interface()) >= capture::MAX_INTERFACES;
        if counts { self.order_ns } else { 0 }
    }

    /// Returns its interface, an index in [`Contents::interfaces`].
    pub fn interface(&self) -> u16 {
        (self.place >> 48) as u16
    }

    /// Returns the innermost conversation that it belongs to, and its sender.
    pub fn conversation(&self) -> Option<(ConversationId, Side)> {
        (self.conversation != NO_CONVERSATION).then(|| unpacked(self.conversation))
    }

    /// Whether it is a captured copy of another packet of that conversation, without content of its own.
    pub fn is_duplicate(&self) -> bool {
        self.conversation != NO_CONVERSATION && self.conversation & DUPLICATE != 0
    }
}

/// Packets are stored in chunks of this many, so that adding one never copies the others, and the oldest can be freed:
/// half a megabyte.
const PIECE: usize = 1 << 14;

/// Packets are numbered with 32 bits; the highest number is not used.
pub(crate) const MAX_PACKETS: usize = u32::MAX as usize - 1;

/// Conversations have 30 bits in the record; no packet begins more than a few at once.
pub(crate) const MAX_CONVERSATIONS: usize = (DUPLICATE - 64) as usize;

/// The packets of a capture, numbered from 1. A packet keeps its number when those before it are evicted.
#[derive(Default)]
pub struct Packets {
    pieces: VecDeque<Vec<PacketRecord>>,
    /// Number of chunks that were freed.
    left: usize,
    /// Number of packets that were evicted: some of them may still be in the first chunk.
    evicted: u32,
}

impl Packets {
    /// Returns how many there were, including those that were evicted: the number of the last one.
    pub fn len(&self) -> usize {
        let newest = self.pieces.back().map_or(PIECE, Vec::len);
        (self.left + self.pieces.len()) * PIECE + newest - PIECE
    }

    /// Whether there were none.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Returns the number of the first one that is still there, or that would be.
    pub fn first(&self) -> u32 {
        self.evicted + 1
    }

    /// Returns the packet with this number, from 1; none if it was evicted.
    #[inline]
    pub fn get(&self, number: u32) -> Option<&PacketRecord> {
        let (piece, at) = self.place(number)?;
        self.pieces.get(piece)?.get(at)
    }

    /// Returns the packets with these numbers that are still there, with their numbers.
    pub fn range(
        &self,
        first: u32,
        last: u32,
    ) -> impl DoubleEndedIterator<Item = (u32, &PacketRecord)> {
        let there = first.max(self.first())..=last.min(self.len() as u32);
        there.filter_map(|number| Some((number, self.get(number)?)))
    }

    #[inline]
    fn get_mut(&mut self, number: u32) -> Option<&mut PacketRecord> {
        let (piece, at) = self.place(number)?;
        self.pieces.get_mut(piece)?.get_mut(at)
    }

    /// Returns its chunk, and its index there.
    #[inline]
    fn place(&self, number: u32) -> Option<(usize, usize)> {
        if number <= self.evicted {
            return None;
        }
        let at = number as usize - 1;
        Some((at / PIECE - self.left, at % PIECE))
    }

    fn push(&mut self, record: PacketRecord) {
        match self.pieces.back_mut() {
            Some(last) if last.len() < PIECE => last.push(record),
            _ => {
                // A small capture does not allocate a full chunk; a large one does not copy.
                let room = if self.pieces.is_empty() { 1024 } else { PIECE };
                let mut piece = Vec::with_capacity(room);
                piece.push(record);
                self.pieces.push_back(piece);
            }
        }
    }

    /// Evicts the packets before this one.
    fn evict_before(&mut self, first: u32) {
        self.evicted = first.saturating_sub(1);
        // The last chunk stays: the next packet is pushed there.
        while self.pieces.len() > 1 && (self.left + 1) * PIECE <= self.evicted as usize {
            self.pieces.pop_front();
            self.left += 1;
        }
    }
}

/// The whole index of a capture.
#[derive(Default)]
pub struct Contents {
    /// The packets.
    pub packets: Packets,
    /// The conversations.
    pub tracker: Tracker,
    /// The bytes of the packets, in one file or several.
    pub(crate) bytes: Bytes,
    /// The interfaces that packets were captured on.
    pub interfaces: Vec<Interface>,
    /// The packets' comments, by their number.
    pub comments: BTreeMap<u32, Vec<String>>,
    /// Its data besides packets, once everything was read.
    pub about: About,
    /// The errors in the file.
    pub problems: Vec<String>,
    /// Whether an error prevented some of it from being read.
    pub damaged: bool,
    /// How much of the file has been read, bytes.
    pub read: u64,
    /// How large the file is, bytes; unknown of a pipe.
    pub size: Option<u64>,
    /// What was noticed of single packets.
    pub observed: Observed,
    /// What is counted of all packets.
    pub statistics: Statistics,
    /// How its conversations are judged.
    pub judging: Settings,
    /// Whether everything was read.
    pub finished: bool,
    /// The conversations that are read again after a change of decode-as.
    pub rereading: Rereading,
    pub(crate) evicted: Evicted,
    /// When the very first packet was captured.
    began_ns: i64,
    /// The times of the earliest and the latest packet.
    earliest_ns: i64,
    latest_ns: i64,
    /// The offset of the first packet that is still there, and its time.
    pub(crate) oldest: (u64, i64),
    /// The marks of TCP segments that have some, in the order of packets.
    marks: VecDeque<(u32, AnalysisFlags)>,
    /// Outer conversations of packets in tunnels: packet, conversation; in the order of packets.
    outer: VecDeque<(u32, u32)>,
    /// Datagrams reassembled from fragments, by the packet that completed them.
    datagrams: BTreeMap<u32, Vec<Vec<Part>>>,
    /// The packet that completed a fragment's datagram.
    reassembled_in: BTreeMap<u32, u32>,
    /// Echo requests and replies, each with its counterpart.
    echoes: BTreeMap<u32, u32>,
    /// ICMP errors and the conversations that they are about.
    errors: BTreeSet<(u32, u32)>,
    /// How many parts `datagrams` has.
    parts: usize,
    /// The length of all comments, bytes.
    comments_length: usize,
    /// The limits of what is kept.
    pub(crate) keep: Keep,
    /// Who wants to know what has ended.
    listener: Option<Arc<dyn Listener>>,
}

/// What an entry of a tree takes, which is half full.
const fn entry_weight<T>() -> u64 {
    2 * (size_of::<T>() as u64 + 4)
}

/// What a packet takes, with its entries in lists of packets.
const PACKET_WEIGHT: u64 = size_of::<PacketRecord>() as u64 + 8;

/// The conversations that are read again after a change of decode-as. A cache of conversation data keeps a copy to
/// compare: everything cached is invalid once it differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rereading {
    /// Changes of decode-as rules so far.
    pub changes: u64,
    /// Conversations that were read again since the capture was opened.
    pub done: u64,
    /// Conversations that are still to be read again.
    pub left: usize,
}

/// The data of a capture besides its packets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Its sections.
    pub sections: Vec<Section>,
    /// Names of addresses.
    pub names: BTreeMap<IpAddr, String>,
    /// Keys for its encrypted data.
    pub secrets: Vec<Secrets>,
}

/// The methods by which the index writes.
impl Contents {
    /// Appends a packet to those of the capture and to its conversation's.
    #[inline]
    pub(crate) fn push(&mut self, packet: &capture::Packet, tracked: Option<Tracked>) {
        let count = self.packets.len();
        if let Some(Tracked { id, before, .. }) = tracked
            && before > 0
            && let Some(record) = self.packets.get_mut(before)
            && record.conversation & CONVERSATION == id.0
        {
            record.next = count as u32 + 1;
        }
        if let Some(Tracked { marks, .. }) = tracked
            && marks != AnalysisFlags::default()
        {
            self.marks.push_back((count as u32 + 1, marks));
        }
        self.packets.push(PacketRecord::new(packet, tracked));
        self.latest_ns = self.latest_ns.max(packet.time_ns);
        self.earliest_ns = self.earliest_ns.min(packet.time_ns);
        if count == 0 {
            self.began_ns = packet.time_ns;
            self.latest_ns = packet.time_ns;
            self.earliest_ns = packet.time_ns;
            self.oldest = (packet.offset, packet.time_ns);
        }
    }

    /// Records that a packet of this conversation carries another one.
    pub(crate) fn add_outer(&mut self, number: u32, outer: Tracked) {
        self.tracker.scatter(outer.id);
        self.outer.push_back((number, packed(outer)));
    }

    /// Records that a packet is an ICMP error about a conversation.
    pub(crate) fn add_error(&mut self, number: u32, about: ConversationId) {
        self.errors.insert((number, about.0));
    }

    /// Records that a packet completes a datagram of these parts.
    pub(crate) fn add_datagram(&mut self, number: u32, parts: Vec<Part>) {
        let first = u64::from(self.packets.first());
        for part in parts.iter().filter(|part| part.packet >= first) {
            self.reassembled_in.insert(part.packet as u32, number);
        }
        self.parts += parts.len();
        self.datagrams.entry(number).or_default().push(parts);
    }

    /// Sets the limits of what is kept.
    pub(crate) fn limit(&mut self, keep: Keep) {
        self.keep = keep;
        self.tracker.limit(keep.names());
    }

    /// Returns how much memory it takes, at least approximately, if conversations were weighed.
    pub(crate) fn weight(&self) -> u64 {
        let packets = self.packets.len() as u64 + 1 - u64::from(self.packets.first());
        let of = |count: usize, each: u64| count as u64 * each;
        packets * PACKET_WEIGHT
            + self.tracker.weight()
            + self.statistics.weight()
            + of(self.outer.len(), 2 * size_of::<(u32, u32)>() as u64)
            + of(
                self.marks.len(),
                2 * size_of::<(u32, AnalysisFlags)>() as u64,
            )
            + of(self.datagrams.len(), entry_weight::<(u64, [u64; 6])>())
            + of(self.parts, 2 * size_of::<Part>() as u64)
            + of(self.reassembled_in.len(), entry_weight::<u64>())
            + of(self.echoes.len(), entry_weight::<u64>())
            + of(self.errors.len(), entry_weight::<u64>())
            + of(self.comments.len(), entry_weight::<[u64; 4]>())
            + self.comments_length as u64
    }

    /// Records that an echo request was answered; at most `most` exchanges are kept.
    pub(crate) fn add_echo(&mut self, request: u32, reply: u32, most: usize) {
        if self.echoes.len() < 2 * most {
            self.echoes.insert(request, reply);
            self.echoes.insert(reply, request);
        }
    }

    /// Evicts the first packet that is still there from its conversations.
    pub(crate) fn leave_conversations(&mut self, number: u32, record: &PacketRecord) {
        let is_report = self.is_report(number);
        self.statistics.evict_packet(number, record, is_report);
        while let Some((_, id)) = self.outer.pop_front_if(|(packet, _)| *packet <= number) {
            self.leave(id, number, None);
        }
        if record.conversation != NO_CONVERSATION {
            let next = (record.next > 0).then_some(record.next);
            self.leave(record.conversation, number, next);
        }
    }

    fn leave(&mut self, id: u32, packet: u32, next: Option<u32>) {
        let id = ConversationId(id & CONVERSATION);
        let ends = |conversation: Conversation| conversation.last_packet <= packet;
        if self.tracker.get(id).is_some_and(ends) {
            self.tell_departure(id);
        }
        if let Some(conversation) = self.tracker.get(id).filter(|it| ends(*it)) {
            self.statistics.evict_conversation(conversation);
        }
        self.evicted.conversations += u64::from(self.tracker.evict(id, packet, next));
    }

    /// Drops the packets before this one, and the data that belongs to them.
    pub(crate) fn drop_before(&mut self, first: u32) {
        fn drop_before<T>(map: &mut BTreeMap<u32, T>, first: u32, mut on_drop: impl FnMut(T)) {
            while let Some(entry) = map.first_entry()
                && *entry.key() < first
            {
                on_drop(entry.remove());
            }
        }
        self.packets.evict_before(first);
        if self.outer.capacity() > 4 * self.outer.len() {
            self.outer.shrink_to(2 * self.outer.len());
        }
        while self
            .marks
            .pop_front_if(|(packet, _)| *packet < first)
            .is_some()
        {}
        if self.marks.capacity() > 4 * self.marks.len() {
            self.marks.shrink_to(2 * self.marks.len());
        }
        drop_before(&mut self.comments, first, |texts| {
            let lengths = texts.iter().map(comments::weight);
            self.comments_length -= lengths.sum::<usize>();
        });
        drop_before(&mut self.datagrams, first, |datagrams| {
            self.parts -= datagrams.iter().map(Vec::len).sum::<usize>();
        });
        drop_before(&mut self.reassembled_in, first, |_| ());
        drop_before(&mut self.echoes, first, |_| ());
        let is_before = |(packet, _): &(u32, u32)| *packet < first;
        while self.errors.first().is_some_and(is_before) {
            self.errors.pop_first();
        }
        self.tracker.settle(first);
    }
}

impl Contents {
    /// Returns what was evicted so far.
    pub fn evicted_by_now(&self) -> &Evicted {
        &self.evicted
    }

    /// Returns the error for a packet that is not there.
    pub fn no_packet(&self, number: u32) -> io::Error {
        io::Error::other(match number > 0 && number < self.packets.first() {
            true => text!("no-packet-evicted", number),
            false => text!("no-packet", number),
        })
    }

    /// Returns the name of the file that a packet is in, if the capture has several.
    pub fn file_of(&self, record: &PacketRecord) -> Option<Arc<str>> {
        self.bytes.file_of(record.offset())
    }

    /// Returns the offset below which the capture is not read again.
    pub fn lowest_offset(&self) -> u64 {
        self.oldest.0
    }

    /// Returns the marks of a packet's TCP segment, as far as the packets before it show them: those of its innermost
    /// conversation.
    pub fn marks_of(&self, number: u32) -> AnalysisFlags {
        let found = self
            .marks
            .binary_search_by_key(&number, |(packet, _)| *packet);
        let found = found.ok().and_then(|at| self.marks.get(at));
        found.map_or(AnalysisFlags::default(), |(_, marks)| *marks)
    }

    /// Returns when the very first packet was captured, from which time is counted, even if it was evicted. Nanoseconds
    /// since the epoch.
    pub fn began_ns(&self) -> i64 {
        self.began_ns
    }

    /// Returns the time from the earliest packet to the latest, nanoseconds: the times of packets may go backwards.
    pub fn lasted_ns(&self) -> i64 {
        self.latest_ns.saturating_sub(self.earliest_ns)
    }

    /// Returns the link type of a packet's interface; data without one has its own value ([`capture::CUSTOM_BLOCK`]).
    pub fn link_type(&self, record: &PacketRecord) -> u16 {
        self.interfaces
            .get(usize::from(record.interface()))
            .map_or(record.interface(), |i| i.link_type)
    }

    /// Returns the conversations that a packet belongs to, outermost first.
    pub fn conversations_of(&self, number: u32) -> Vec<(ConversationId, Side)> {
        self.packed_of(number).map(unpacked).collect()
    }

    /// Whether a packet is a captured copy of another one of this conversation.
    pub fn is_duplicate(&self, number: u32, id: ConversationId) -> bool {
        self.packed_of(number)
            .any(|packed| packed & CONVERSATION == id.0 && packed & DUPLICATE != 0)
    }

    fn packed_of(&self, number: u32) -> impl Iterator<Item = u32> {
        let from = self.outer.partition_point(|(packet, _)| *packet < number);
        let outer = self.outer.range(from..);
        let outer = outer.take_while(move |(packet, _)| *packet == number);
        let inner = self.packets.get(number).map(|record| record.conversation);
        let all = outer.map(|(_, id)| *id).chain(inner);
        all.filter(|id| *id != NO_CONVERSATION)
    }

    /// Whether some packets belong to more than one conversation.
    pub fn has_tunnels(&self) -> bool {
        !self.outer.is_empty()
    }

    /// Whether a packet belongs to a conversation, even as the outer one of a tunnel.
    pub fn belongs(&self, number: u32, record: &PacketRecord, id: ConversationId) -> bool {
        match record.conversation() {
            Some((inner, _)) if inner == id => true,
            Some(_) if !self.outer.is_empty() => self
                .conversations_of(number)
                .iter()
                .any(|(outer, _)| *outer == id),
            _ => false,
        }
    }

    /// Returns the packets of a conversation that are still there, in order.
    pub fn packets_of(&self, id: ConversationId) -> Vec<u32> {
        std::iter::successors(self.first_of(id), |number| self.next_in(id, *number)).collect()
    }

    /// Returns the first packet of a conversation that is still there.
    pub fn first_of(&self, id: ConversationId) -> Option<u32> {
        let conversation = self.tracker.get(id)?;
        let from = conversation.kept_from();
        let mut later = self.packets.range(from, conversation.last_packet);
        later
            .find(|(number, record)| self.belongs(*number, record, id))
            .map(|(number, _)| number)
    }

    /// Whether a packet is an ICMP error about a conversation, rather than one of its own.
    pub fn is_about(&self, number: u32, id: ConversationId) -> bool {
        self.errors.contains(&(number, id.0))
    }

    /// Whether the capture gives a packet a time, as far as that is still known.
    pub fn has_time(&self, number: u32) -> bool {
        let record = self.packets.get(number);
        record.is_none_or(|record| record.time_ns().is_some())
    }

    /// Whether a packet is an ICMP error about a conversation.
    pub fn is_report(&self, number: u32) -> bool {
        let about = (number, 0)..=(number, u32::MAX);
        !self.errors.is_empty() && self.errors.range(about).next().is_some()
    }

    /// Returns the packet of a conversation before this one.
    pub fn previous_in(&self, id: ConversationId, number: u32) -> Option<u32> {
        let first = self.tracker.get(id)?.kept_from();
        let mut earlier = self.packets.range(first, number.checked_sub(1)?).rev();
        earlier
            .find(|(number, record)| self.belongs(*number, record, id))
            .map(|(number, _)| number)
    }

    /// Returns the packet of a conversation after this one, which may have been evicted.
    pub fn next_in(&self, id: ConversationId, number: u32) -> Option<u32> {
        let conversation = self.tracker.get(id)?;
        if number < self.packets.first() {
            return self.first_of(id);
        }
        if !conversation.scattered {
            let next = self.packets.get(number)?.next;
            return (next > 0).then_some(next);
        }
        let last = conversation.last_packet;
        let mut later = self.packets.range(number.checked_add(1)?, last);
        later
            .find(|(number, record)| self.belongs(*number, record, id))
            .map(|(number, _)| number)
    }

    /// Returns the parts of the datagrams that a packet completes, outermost first.
    pub fn datagrams_of(&self, number: u32) -> &[Vec<Part>] {
        self.datagrams.get(&number).map_or(&[], Vec::as_slice)
    }

    /// Returns the packet that completed a fragment's datagram.
    pub fn reassembled_in(&self, number: u32) -> Option<u32> {
        self.reassembled_in.get(&number).copied()
    }

    /// Returns the counterpart of an echo request or reply.
    pub fn echo_of(&self, number: u32) -> Option<u32> {
        self.echoes.get(&number).copied()
    }
}

/// Returns the bytes of a transport layer's payload.
pub fn payload<'a>(flow: &Flow, packet: &'a [u8], whole: &'a [Reassembled]) -> &'a [u8] {
    let source = match usize::from(flow.payload.source).checked_sub(1) {
        None => Some(packet),
        Some(place) => whole.get(place).map(|whole| &*whole.bytes),
    };
    source
        .and_then(|source| flow.payload.of(source))
        .unwrap_or_default()
}

/// One capture, shared between the index that writes it and its readers.
#[derive(Clone)]
pub struct Store {
    contents: Arc<RwLock<Contents>>,
    /// How many readers wait.
    waiting: Arc<AtomicU32>,
    bytes: Bytes,
}

impl Store {
    /// Returns an empty store over the bytes of a capture, with the handle that writes it.
    #[allow(
        clippy::new_ret_no_self,
        reason = "who writes it gives it to the others"
    )]
    pub(crate) fn new(bytes: Bytes) -> Writer {
        let contents = Contents {
            bytes: bytes.clone(),
            ..Contents::default()
        };
        Writer(Store {
            contents: Arc::new(RwLock::new(contents)),
            waiting: Arc::default(),
            bytes,
        })
    }

    /// Locks the contents for reading. Hold the lock only to copy what is needed or to format it, since the index
    /// waits, and read no file meanwhile.
    ///
    /// A holder of the lock may lock it again, or wait for a thread that does: a reader never waits for a waiting
    /// writer.
    pub fn read(&self) -> RwLockReadGuard<'_, Contents> {
        if let Some(contents) = self.contents.try_read_recursive() {
            return contents;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let contents = self.contents.read_recursive();
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        contents
    }

    /// Whether a reader waits, or is about to.
    pub(crate) fn is_awaited(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Returns the capture's bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// The only handle through which a store is written, held by the index.
pub(crate) struct Writer(Store);

impl Writer {
    /// Returns the store, for its readers.
    pub fn store(&self) -> &Store {
        &self.0
    }

    /// Locks the contents for reading.
    pub fn read(&self) -> RwLockReadGuard<'_, Contents> {
        self.0.read()
    }

    /// Locks the contents for writing; readers wait.
    pub fn write(&mut self) -> RwLockWriteGuard<'_, Contents> {
        self.0.contents.write()
    }
}

#[cfg(test)]
mod tests;
