//! A conversation read again, packet by packet: the one source of its history.
//!
//! One loop runs facts → TCP analysis → reassembly → session over the packets of a conversation and keeps an [`Entry`]
//! for each, where every byte is, and every message. The list of packets, the ladder, the details, followed content,
//! objects and JSON take their data from here, so they cannot disagree.
//!
//! It is stored in pages of [`PAGE`] packets, each with a checkpoint of the analyzer, the reassembly and the session.
//! Pages that are not used are evicted, and read again from their checkpoints when needed: [`Pages`] gives access to
//! them. A transcript grows at its end while its capture does, and loses the pages whose packets were evicted from the
//! capture at its front. Results that depend on the end of the conversation are provisional until then.

mod entry;
mod pages;

use entry::Packed;
pub use entry::{Entry, EntryKind};
pub use pages::Pages;

use crate::{
    store::{Contents, PacketPlan, PacketReader, Store},
    track::{
        Conversation, ConversationId, Frame, Known, MessagePage, MessageRecord, Messages, Protocol,
        Side, Tcp, TcpAnalyzer,
    },
};
use dissectors::{Dissector, PerSide, Transport, Undeclared, sack_blocks};
use foldhash::fast::FixedState;
use std::{
    collections::{HashMap, VecDeque},
    io,
    time::Instant,
};

/// Packets per page.
pub const PAGE: usize = 4096;

/// The room: the memory of the contents of pages that have ended, of all transcripts together, bytes. Beyond it the
/// contents that were not used lately are evicted.
const MAX_WEIGHT: usize = 48 << 20;

/// Beyond this many times the room, whole transcripts are evicted: with many conversations side by side, each would be
/// read from its first packet again on every use.
const WHOLE: usize = 4;

/// A page ends once it takes this fraction of the room and none of its messages waits for a later one; in any case once
/// it takes `MAX_PAGE` times as much.
const PAGES: usize = 16;
const MAX_PAGE: usize = 4;

/// A smaller page is not worth its checkpoint, bytes.
const MIN_PAGE: usize = 64 << 10;

/// The part of the room that messages of pages that have ended may take while their contexts may still change.
const UNSETTLED: usize = 2;

/// The last page is weighed after this many bytes were read and kept, a packet counting as `PACKET` bytes more: weighing
/// it takes time for each of its messages.
const WEIGHED_EVERY: usize = 64 << 10;
const PACKET: usize = 256;

/// Packets that are copied from the store at a time: it is locked for some microseconds.
const BATCH: usize = 256;

/// How many packets and messages of a conversation are read ahead of what is needed at least: reading on costs time for
/// all messages that wait for a later one.
const AHEAD: u64 = 1 << 14;

/// The clock is read after this many packets.
const BETWEEN_CLOCKS: usize = 32;

/// A packet of a conversation before it is read.
struct Planned {
    plan: PacketPlan,
    from: Side,
    /// The index of the transport layer that belongs to the conversation; none for an ICMP error about it.
    flow: Option<usize>,
    /// Whether that one is the innermost: its payload is part of the conversation.
    innermost: bool,
    /// It is a captured copy of an earlier packet.
    is_duplicate: bool,
}

/// The state of the whole conversation.
struct Whole {
    tcp: Tcp,
    reuses: bool,
    /// Whether its messages are read, not only its transport layer.
    has_messages: bool,
}

impl Whole {
    fn of(conversation: Conversation, only_transport: bool) -> Self {
        Whole {
            tcp: conversation.tcp().into_owned(),
            reuses: conversation.reuses().is_some(),
            has_messages: !only_transport && has_messages(conversation),
        }
    }
}

/// The state of reading a conversation, between two of its packets.
struct State {
    analyzer: TcpAnalyzer,
    messages: Messages,
}

impl State {
    /// Returns the state before the first packet of a conversation.
    fn of(contents: &Contents, conversation: Conversation) -> State {
        State {
            analyzer: TcpAnalyzer::default(),
            messages: contents.tracker.listen(conversation, true),
        }
    }

    fn checkpoint(&self) -> State {
        State {
            analyzer: self.analyzer.clone(),
            messages: self.messages.checkpoint(),
        }
    }

    /// Reads the next packet. The session's results are in the session's page.
    fn read(&mut self, reader: &mut PacketReader, planned: &Planned, whole: &Whole) -> Packed {
        let entry = read_entry(reader, planned, whole, &mut self.analyzer);
        if whole.has_messages && planned.innermost && !planned.is_duplicate {
            let (plan, from) = (&planned.plan, planned.from);
            // An unreadable packet has no bytes: its entry shows that.
            let _ = reader.hand_to(&mut self.messages, plan, from, &whole.tcp, &mut |_| ());
        }
        Packed::from(&entry)
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + self.messages.weight() + self.analyzer.weight()
    }
}

/// The contents of a page. Those of the last page, which grows, are in the session.
#[derive(Default)]
struct Content {
    entries: Vec<Packed>,
    /// Memory of the entries that is stored separately, bytes.
    apart: usize,
    messages: MessagePage,
}

impl Content {
    fn push(&mut self, entry: Packed) {
        self.apart += entry.apart();
        self.entries.push(entry);
    }

    /// Returns its memory, bytes.
    fn weight(&self) -> usize {
        self.entries.capacity() * size_of::<Packed>() + self.apart + self.messages.weight()
    }
}

/// Some packets of a conversation, in order.
struct Page {
    /// Its first packet and its last.
    first: u32,
    last: u32,
    /// How many there are.
    count: usize,
    /// The offset in each side's stream at which it begins, and that of the message that is read then.
    places: PerSide<(u64, u64)>,
    /// How many messages each side completed before it.
    counts: PerSide<u64>,
    /// The packet with which the contexts of its messages became final, if that is not one of its own.
    settled_in: u32,
    /// The reading state before it; none for the first page, and where it is read again from an earlier one.
    before: Option<State>,
    /// None while it is evicted.
    content: Option<Content>,
    /// When it was used last, by the count of [`Transcripts`].
    used: u64,
}

/// The memory of transcripts, bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weight {
    /// The contents of pages that have ended.
    contents: usize,
    /// Everything else.
    others: usize,
}

impl Weight {
    fn add(&mut self, other: Weight) {
        self.contents += other.contents;
        self.others += other.others;
    }

    fn remove(&mut self, other: Weight) {
        self.contents = self.contents.saturating_sub(other.contents);
        self.others = self.others.saturating_sub(other.others);
    }

    fn all(self) -> usize {
        self.contents + self.others
    }
}

/// The limits of pages.
#[derive(Clone, Copy)]
struct Limits {
    /// Packets per page.
    packets: usize,
    /// The room for contents, bytes.
    room: usize,
}

/// A conversation, read from its first packet on.
pub struct Transcript {
    /// The protocol set by the user or by another conversation.
    decoded_as: Option<&'static Dissector>,
    /// The character set of its text that declares none, as the index knew it.
    undeclared: Undeclared,
    /// Whether its messages are read, not only its transport layer.
    has_messages: bool,
    /// Whether nothing but transport layers is read.
    only_transport: bool,
    /// The reading state after the last page.
    state: State,
    pages: VecDeque<Page>,
    /// The first packet that was read; 0 for none.
    first: u32,
    /// The last packet that was read; 0 for none.
    last: u32,
    /// Whether the end of the capture was read too.
    ended: bool,
    /// When it was used last, by the count of [`Transcripts`].
    used: u64,
    /// Memory at the last count.
    weight: Weight,
    /// Memory of the contents of pages that have ended, and of checkpoints, bytes.
    contents: usize,
    checkpoints: usize,
    /// Memory of the state when the last page began, bytes.
    begun_with: usize,
    /// What was read and kept since the last page was weighed, bytes, and the memory of the session's page by now.
    unweighed: usize,
    paged: usize,
    /// The last page takes enough memory to end.
    is_heavy: bool,
    /// The state after the page that was read again last, and the first packet of the next page, which has no
    /// checkpoint: pages are mostly read in order.
    cursor: Option<(u32, State)>,
    /// The connection's initial round-trip time as known to the index at the last reading, nanoseconds.
    initial_rtt: Option<i64>,
    /// Packets that brought bytes or completed messages only in a later page, because something was missing before them;
    /// with the first packet of that page.
    waited: Vec<(u32, u32)>,
    /// For each protocol: the contexts of its messages before this number are in the pages.
    settled: Vec<usize>,
    /// Messages of pages that have ended whose context may still change, with the memory that each takes.
    unsettled: Vec<(MessageRecord, usize)>,
}

impl Transcript {
    fn new(contents: &Contents, conversation: Conversation, only_transport: bool) -> Self {
        Transcript {
            decoded_as: contents.tracker.decoded_as(conversation),
            undeclared: contents.tracker.undeclared(conversation),
            has_messages: !only_transport && has_messages(conversation),
            only_transport,
            state: State::of(contents, conversation),
            pages: VecDeque::new(),
            first: 0,
            last: 0,
            ended: false,
            used: 0,
            weight: Weight::default(),
            contents: 0,
            checkpoints: 0,
            begun_with: 0,
            unweighed: 0,
            paged: 0,
            is_heavy: false,
            cursor: None,
            initial_rtt: None,
            waited: Vec::new(),
            settled: Vec::new(),
            unsettled: Vec::new(),
        }
    }

    /// Whether reading it now would give the same result.
    fn is_current(&self, contents: &Contents, conversation: Conversation) -> bool {
        self.decoded_as == contents.tracker.decoded_as(conversation)
            && self.undeclared == contents.tracker.undeclared(conversation)
            && self.has_messages == (!self.only_transport && has_messages(conversation))
    }

    /// Returns the first packet that was read; 0 for none. Offsets in the streams are counted from there.
    pub fn first(&self) -> u32 {
        self.first
    }

    /// Returns the last packet that was read; 0 for none.
    pub fn last(&self) -> u32 {
        self.last
    }

    /// Returns the state of its session. It has only the messages and bytes of the last page.
    pub fn messages(&self) -> &Messages {
        &self.state.messages
    }

    /// Returns how many packets and messages were read.
    fn progress(&self) -> u64 {
        let packets: usize = self.pages.iter().map(|page| page.count).sum();
        self.messages().totals().messages + packets as u64
    }

    /// Computes its memory.
    fn weigh(&self) -> Weight {
        let cursor = self.cursor.as_ref().map_or(0, |(_, state)| state.weight());
        let others = size_of::<Self>()
            + self.last_weight()
            + self.checkpoints
            + cursor
            + self.pages.capacity() * size_of::<Page>()
            + self.waited.capacity() * size_of::<(u32, u32)>()
            + self.unsettled.capacity() * size_of::<(MessageRecord, usize)>();
        Weight {
            contents: self.contents,
            others,
        }
    }

    /// Returns the memory of the state and of the last page, bytes.
    fn last_weight(&self) -> usize {
        let last = self.pages.back().and_then(|page| page.content.as_ref());
        self.state.weight() + last.map_or(0, Content::weight)
    }

    /// Whether the last page takes enough memory to end.
    fn has_heavy_page(&self, limits: Limits) -> bool {
        let enough = (limits.room / PAGES).max(MIN_PAGE);
        let weight = self.last_weight().saturating_sub(self.begun_with);
        let messages = &self.state.messages;
        weight > MAX_PAGE * enough || weight > enough && messages.settled().eq(messages.numbers())
    }

    /// Adds the next packet.
    fn add(
        &mut self,
        reader: &mut PacketReader,
        planned: &Planned,
        whole: &Whole,
        (asked, limits): (u64, Limits),
    ) {
        let number = planned.plan.number;
        if self.first == 0 {
            self.first = number;
        }
        self.last = number;
        let is_full = |page: &Page| page.count >= limits.packets;
        if self.is_heavy || self.pages.back().is_none_or(is_full) {
            self.end_page(limits.room);
            let before = (number != self.first).then(|| self.state.checkpoint());
            self.checkpoints += before.as_ref().map_or(0, State::weight);
            self.thin_out(limits.room);
            let messages = &self.state.messages;
            self.pages.push_back(Page {
                first: number,
                last: number,
                count: 0,
                places: messages.places(),
                counts: messages.counts(),
                settled_in: 0,
                before,
                content: Some(Content::default()),
                used: 0,
            });
            self.begun_with = self.state.weight();
        }
        let packed = self.state.read(reader, planned, whole);
        let paged = self.state.messages.page().map_or(0, MessagePage::weight);
        self.unweighed += PACKET + packed.payload() + paged.saturating_sub(self.paged);
        self.paged = paged;
        if let Some(page) = self.pages.back_mut() {
            page.last = number;
            page.count += 1;
            // The requested page is more recent than those that were read on the way to it.
            page.used = asked - 1;
            if let Some(content) = &mut page.content {
                content.push(packed);
            }
        }
        if self.unweighed >= WEIGHED_EVERY {
            self.unweighed = 0;
            self.is_heavy = self.has_heavy_page(limits);
        }
    }

    /// Ends the last page, which is full: the session's results move into it.
    fn end_page(&mut self, room: usize) {
        self.is_heavy = false;
        let mut messages = self.state.messages.take_page();
        let Some(page) = self.pages.back_mut() else {
            return;
        };
        messages.learn(&self.state.messages);
        messages.shrink();
        let (first, last) = (page.first, page.last);
        self.wait(messages.early_packets(first).map(|packet| (packet, first)));
        self.settle(&messages, last, room);
        if let Some(content) = self.pages.back_mut().and_then(|page| page.content.as_mut()) {
            content.entries.shrink_to_fit();
            content.messages = messages;
            self.contents += content.weight();
        }
    }

    /// Notes packets that waited for what was missing before them.
    fn wait(&mut self, waited: impl Iterator<Item = (u32, u32)>) {
        let known = self.waited.len();
        self.waited.extend(waited);
        let earliest = self.waited.get(known..).and_then(|new| new.iter().min());
        let Some(earliest) = earliest.copied() else {
            return;
        };
        // The new ones are near the end.
        let from = self.waited.get(..known).unwrap_or_default();
        let from = from.partition_point(|waited| *waited < earliest);
        if let Some(unsorted) = self.waited.get_mut(from..) {
            unsorted.sort_unstable();
        }
        self.waited.dedup();
    }

    /// Takes over from the session what is final by now, with the last packet of the page that ends: the contexts of
    /// settled messages, and of all messages while those that are not settled take too much memory.
    fn settle(&mut self, ending: &MessagePage, last: u32, room: usize) {
        let mut settled: Vec<usize> = self.state.messages.settled().collect();
        let is_settled = |settled: &[usize], message: &MessageRecord| {
            let stage = message.stage().and_then(|stage| settled.get(stage));
            stage.is_none_or(|settled| message.number() < *settled)
        };
        let open = |message: &&MessageRecord| !is_settled(&settled, message);
        let known = |message| ending.known(message).map_or(0, Known::weight);
        let weight = |message| size_of::<(MessageRecord, usize)>() + known(message);
        let open = ending.all().filter(open);
        let mut unsettled: Vec<_> = open.map(|message| (*message, weight(message))).collect();
        let all = self.unsettled.iter().chain(&unsettled);
        if all.map(|(_, weight)| weight).sum::<usize>() > (room / UNSETTLED).max(MIN_PAGE) {
            settled = self.state.messages.numbers().collect();
            unsettled.clear();
        }
        for (message, _) in &self.unsettled {
            let page = self
                .pages
                .partition_point(|page| page.places[message.side].1 <= message.at);
            let page = page
                .checked_sub(1)
                .and_then(|page| self.pages.get_mut(page));
            if is_settled(&settled, message)
                && let Some(page) = page
            {
                page.settled_in = last;
                if let Some(content) = &mut page.content {
                    self.contents -= content.weight();
                    let known = self.state.messages.known(message);
                    content.messages.learn_later(message, known);
                    self.contents += content.weight();
                }
            }
        }
        self.unsettled
            .retain(|(message, _)| !is_settled(&settled, message));
        self.unsettled.extend(unsettled);
        for (stage, settled) in settled.iter().enumerate() {
            self.state.messages.evict(stage, *settled);
        }
        self.settled = settled;
    }

    /// Returns the page that holds a packet.
    fn page_of(&self, packet: u32) -> Option<usize> {
        let at = self.pages.partition_point(|page| page.last < packet);
        let page = self.pages.get(at)?;
        (page.first <= packet).then_some(at)
    }

    /// Evicts the contents of a page that has ended. Returns the memory that it took, bytes.
    fn evict_content(&mut self, at: usize) -> usize {
        let content = self.pages.get_mut(at).and_then(|page| page.content.take());
        let weight = content.map_or(0, |content| content.weight());
        self.contents = self.contents.saturating_sub(weight);
        weight
    }

    /// Evicts every second checkpoint while they take more than the room: the pages after them are read again from the
    /// previous ones.
    fn thin_out(&mut self, room: usize) {
        while self.checkpoints > room {
            let known = self.pages.iter_mut();
            let known = known.filter(|page| page.before.is_some());
            let mut weight = 0;
            for page in known.step_by(2) {
                weight += page.before.take().map_or(0, |before| before.weight());
            }
            self.checkpoints = self.checkpoints.saturating_sub(weight);
            if weight == 0 {
                break;
            }
        }
    }

    /// Drops the pages whose packets were all evicted from the capture. Returns whether the others can be read again.
    fn evict_before(&mut self, first_packet: u32) -> bool {
        let is_gone = |page: &Page| page.last < first_packet;
        while self.pages.len() > 1 && self.pages.front().is_some_and(is_gone) {
            self.evict_content(0);
            let before = self.pages.pop_front().and_then(|page| page.before);
            let before = before.map_or(0, |before| before.weight());
            self.checkpoints = self.checkpoints.saturating_sub(before);
        }
        let Some(front) = self.pages.front() else {
            return true;
        };
        self.waited.retain(|(packet, _)| *packet >= first_packet);
        let (cursor, places) = (&mut self.cursor, front.places);
        cursor.take_if(|(first, _)| *first < front.first);
        self.unsettled
            .retain(|(message, _)| message.at >= places[message.side].1);
        front.before.is_some() || front.first == self.first || self.pages.len() == 1
    }
}

/// Whether the payload of a conversation is read: independent datagrams need not be.
fn has_messages(conversation: Conversation) -> bool {
    conversation.protocol == Protocol::Tcp || conversation.has_session()
}

/// Reads the transport layer of a packet and analyzes it.
fn read_entry(
    reader: &mut PacketReader,
    planned: &Planned,
    whole: &Whole,
    analyzer: &mut TcpAnalyzer,
) -> Entry {
    let Planned {
        plan, from, flow, ..
    } = planned;
    let number = plan.number;
    let Some(at) = *flow else {
        return Entry::new(number, *from, EntryKind::Error);
    };
    let flow = reader.facts(plan).ok();
    let Some(flow) = flow.and_then(|facts| facts.flows().get(at).copied()) else {
        return Entry::new(number, *from, EntryKind::Unreadable);
    };
    let Transport::Tcp(segment) = &flow.transport else {
        return Entry {
            is_duplicate: planned.is_duplicate,
            ..Entry::datagram(number, *from, &flow)
        };
    };
    let mut entry = Entry::segment(number, *from, &flow, segment);
    entry.is_duplicate = planned.is_duplicate;
    if !segment.short {
        let options = match segment.options.sack_blocks {
            true => reader.options(&flow),
            false => &[],
        };
        let frame = Frame {
            number,
            time_ns: plan.time_ns,
            length: 0,
        };
        let segment = (segment, flow.payload_length);
        let analysis = match planned.is_duplicate {
            true => analyzer.analyze_copy(frame, *from, segment, &whole.tcp),
            false => {
                let blocks = sack_blocks(options);
                analyzer.analyze(frame, *from, segment, blocks, &whole.tcp, whole.reuses)
            }
        };
        entry.analysis = (!analysis.is_nothing()).then_some(analysis);
    }
    entry
}

/// The transcripts of the conversations in use, within `MAX_WEIGHT`.
pub struct Transcripts {
    all: HashMap<ConversationId, Box<Transcript>, FixedState>,
    weight: Weight,
    /// How often a transcript was requested.
    asked: u64,
    /// The deadline for reading packets before something must be shown; none for no limit.
    pub deadline: Option<Instant>,
    batch: Vec<Planned>,
    /// Packets per page, and the memory limit: smaller in tests.
    page: usize,
    room: usize,
    /// How many packets and messages are read ahead: [`AHEAD`], all where memory is limited, fewer in tests.
    ahead: u64,
    /// Nothing but transport layers is read.
    pub only_transport: bool,
    /// While contents take at most this, there is nothing to evict, as the last search found.
    tried: usize,
    #[cfg(test)]
    counted: tests::Counted,
}

impl Default for Transcripts {
    fn default() -> Self {
        Transcripts {
            all: HashMap::default(),
            weight: Weight::default(),
            asked: 0,
            deadline: None,
            batch: Vec::with_capacity(BATCH),
            page: PAGE,
            room: MAX_WEIGHT,
            ahead: AHEAD,
            only_transport: false,
            tried: 0,
            #[cfg(test)]
            counted: tests::Counted::default(),
        }
    }
}

impl Transcripts {
    /// Returns an instance that takes at most this much memory, whole transcripts included.
    pub fn within(most: u64) -> Self {
        let room = MAX_WEIGHT.min(most as usize / WHOLE);
        Transcripts {
            room,
            // Checkpoints are few in a small room: reading on and reading again by turns would begin at the same one each
            // time.
            ahead: match room < MAX_WEIGHT {
                true => u64::MAX,
                false => AHEAD,
            },
            ..Transcripts::default()
        }
    }

    /// Returns an instance with this many packets per page, and this much memory.
    #[cfg(test)]
    pub(crate) fn with_pages(page: usize, room: usize) -> Self {
        Transcripts {
            page,
            room,
            ahead: page as u64,
            ..Transcripts::default()
        }
    }

    /// Returns what reading has cost.
    #[cfg(test)]
    pub(crate) fn counted(&self) -> tests::Counted {
        self.counted
    }

    /// Returns a transcript, as far as it was read.
    pub fn get(&self, id: ConversationId) -> Option<&Transcript> {
        self.all.get(&id).map(Box::as_ref)
    }

    /// Returns access to the pages of a conversation, as far as it was read.
    pub fn pages<'t>(&'t mut self, reader: &'t mut PacketReader, id: ConversationId) -> Pages<'t> {
        Pages::new(self, reader, id)
    }

    /// Reads a conversation on, up to a packet. Returns whether all of it has been read; not if the deadline came
    /// first.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn read(
        &mut self,
        reader: &mut PacketReader,
        id: ConversationId,
        to: u32,
    ) -> io::Result<bool> {
        self.read_at_most(reader, id, to, u64::MAX)
    }

    /// Reads a conversation on, up to a packet and at most about a batch of packets more.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn read_some(
        &mut self,
        reader: &mut PacketReader,
        id: ConversationId,
        to: u32,
    ) -> io::Result<()> {
        let last = |known: &Self| known.get(id).map_or(0, Transcript::last);
        while last(self) < to {
            let before = last(self);
            let done = self.read_at_most(reader, id, u32::MAX, BATCH as u64)?;
            if done || last(self) == before {
                break;
            }
        }
        Ok(())
    }

    /// Reads a conversation on, but not much more than `AHEAD`. Returns whether all of it has been read.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn read_ahead(
        &mut self,
        reader: &mut PacketReader,
        id: ConversationId,
    ) -> io::Result<bool> {
        self.read_at_most(reader, id, u32::MAX, self.ahead)
    }

    /// Reads a conversation on, up to a packet, but no more once `most` packets and messages have been read. Returns
    /// whether all of it has been read.
    fn read_at_most(
        &mut self,
        reader: &mut PacketReader,
        id: ConversationId,
        to: u32,
        most: u64,
    ) -> io::Result<bool> {
        self.asked += 1;
        let store = reader.store().clone();
        let only_transport = self.only_transport;
        let (anew, mut left) = {
            let contents = store.read();
            let Some(conversation) = contents.tracker.get(id) else {
                // It was evicted: nothing is left to read.
                drop(contents);
                self.remove(id);
                return Ok(true);
            };
            let known = self.all.get_mut(&id);
            let known = known.filter(|known| known.is_current(&contents, conversation));
            let last = conversation.last_packet.min(to);
            match known {
                Some(known) => {
                    known.used = self.asked;
                    let left = last > known.last;
                    if !left && (known.ended || to != u32::MAX || !contents.finished) {
                        return Ok(true);
                    }
                    (None, left)
                }
                None => (
                    Some(Transcript::new(&contents, conversation, only_transport)),
                    true,
                ),
            }
        };
        if let Some(anew) = anew {
            self.remove(id);
            self.all.insert(id, Box::new(anew));
        }
        let Some(mut transcript) = self.all.remove(&id) else {
            return Ok(false);
        };
        self.weight.remove(transcript.weight);
        transcript.used = self.asked;
        let most = transcript.progress().saturating_add(most);
        let mut done = true;
        while left && done {
            left = gather(&store, id, transcript.last, to, &mut self.batch);
            done = self.read_batch(reader, &store, id, &mut transcript, most);
        }
        if done && to == u32::MAX && !transcript.ended && store.read().finished {
            transcript.ended = true;
            transcript.state.messages.end(&mut |_| ());
        }
        transcript.weight = transcript.weigh();
        self.weight.add(transcript.weight);
        self.all.insert(id, transcript);
        self.make_room(id);
        Ok(done)
    }

    /// Reads the packets that were copied from the store. Returns whether all of them were read before the deadline, and
    /// before `most` packets and messages were read in all.
    fn read_batch(
        &mut self,
        reader: &mut PacketReader,
        store: &Store,
        id: ConversationId,
        transcript: &mut Transcript,
        most: u64,
    ) -> bool {
        if self.batch.is_empty() {
            return true;
        }
        let whole = store
            .read()
            .tracker
            .get(id)
            .map(|it| Whole::of(it, self.only_transport));
        let Some(whole) = whole else { return true };
        transcript.initial_rtt = whole.tcp.handshake.initial_rtt_ns();
        let limits = Limits {
            packets: self.page,
            room: self.room,
        };
        let packets = transcript.progress() - transcript.messages().totals().messages;
        for (at, planned) in self.batch.iter().enumerate() {
            if packets + at as u64 + transcript.messages().totals().messages >= most {
                return false;
            }
            if at % BETWEEN_CLOCKS == 0 && self.deadline.is_some_and(|at| Instant::now() >= at) {
                return false;
            }
            transcript.add(reader, planned, &whole, (self.asked, limits));
            // A long conversation is read in one go: its pages are evicted on the way.
            while self.weight.contents + transcript.contents > self.room {
                let mut pages = transcript.pages.iter();
                match pages.position(|page| page.content.is_some()) {
                    Some(at) if at + 1 < transcript.pages.len() => transcript.evict_content(at),
                    _ => break,
                };
            }
            #[cfg(test)]
            self.counted
                .add(self.weight.all() + transcript.weigh().all());
        }
        true
    }

    fn remove(&mut self, id: ConversationId) {
        if let Some(transcript) = self.all.remove(&id) {
            self.weight.remove(transcript.weight);
        }
    }

    /// Reads an evicted page again, and on until the contexts of its messages are final.
    fn restore(&mut self, reader: &mut PacketReader, id: ConversationId, at: usize) {
        let store = reader.store().clone();
        let Some(known) = self.all.get_mut(&id) else {
            return;
        };
        let Some(page) = known.pages.get(at) else {
            return;
        };
        let (first, last) = (page.first, page.last);
        let (settled_in, count) = (page.settled_in.max(last), page.count);
        let next = known.pages.get(at + 1);
        let next = next
            .filter(|next| next.before.is_none())
            .map(|next| next.first);
        // It is read from the nearest state before it, or from the beginning.
        let cursor = known.cursor.take_if(|(begin, _)| *begin <= first);
        let mut pages = known.pages.range(..=at).rev();
        let begin = pages.find(|page| page.before.is_some() || page.first == known.first);
        let begin = begin.map(|page| (page.first, page.before.as_ref().map(State::checkpoint)));
        let begin = match (begin, cursor) {
            (Some((begin, _)), Some((cursor, state))) if cursor > begin => (cursor, Some(state)),
            (Some(begin), _) => begin,
            (None, Some((cursor, state))) => (cursor, Some(state)),
            (None, None) => return,
        };
        let state = begin.1.or_else(|| {
            let contents = store.read();
            let conversation = contents.tracker.get(id);
            conversation.map(|conversation| State::of(&contents, conversation))
        });
        let Some(mut state) = state else { return };
        let mut content = Content {
            entries: Vec::with_capacity(count),
            ..Content::default()
        };
        let mut cursor = None;
        let mut to = begin.0;
        self.batch.clear();
        self.batch.extend(planned(&store.read(), id, to));
        let mut more = true;
        while more {
            more = match self.batch.is_empty() {
                true => gather(&store, id, to, settled_in, &mut self.batch),
                false => to < settled_in,
            };
            let whole = store
                .read()
                .tracker
                .get(id)
                .map(|it| Whole::of(it, self.only_transport));
            let Some(whole) = whole else { break };
            for planned in &self.batch {
                let number = planned.plan.number;
                if number >= first && content.entries.is_empty() {
                    // Results on the way belong to the pages before.
                    state.messages.take_page();
                }
                let packed = state.read(reader, planned, &whole);
                to = number;
                if (first..=last).contains(&number) {
                    content.push(packed);
                }
                if number == last {
                    content.messages = state.messages.take_page();
                    cursor = next.map(|next| (next, state.checkpoint()));
                }
                let results = state.messages.page().map_or(0, MessagePage::weight);
                if results > MIN_PAGE && number < first {
                    state.messages.drop_results();
                } else if results > MIN_PAGE && number > last {
                    state.messages.take_page();
                }
                #[cfg(test)]
                self.counted
                    .add(self.weight.all() + state.weight() + content.weight());
            }
            self.batch.clear();
        }
        content.messages.learn(&state.messages);
        content.messages.shrink();
        self.asked += 1;
        let asked = self.asked;
        self.change(id, |transcript| {
            transcript.cursor = cursor;
            if let Some(page) = transcript.pages.get_mut(at) {
                transcript.contents += content.weight();
                page.content = Some(content);
                page.used = asked;
            }
        });
        self.make_room(id);
    }

    /// Changes the pages of a transcript.
    fn change(&mut self, id: ConversationId, change: impl FnOnce(&mut Transcript)) {
        if let Some(transcript) = self.all.get_mut(&id) {
            self.weight.remove(transcript.weight);
            change(transcript);
            transcript.weight = transcript.weigh();
            self.weight.add(transcript.weight);
        }
    }

    /// Evicts what was not used lately until an eighth of the room is free, once there is too much: the contents of
    /// pages, and whole transcripts, but neither this one nor the one used before it, such as that of the control
    /// connection of a data connection.
    fn make_room(&mut self, current: ConversationId) {
        if self.weight.contents > self.room.max(self.tried) {
            self.evict_contents();
            // The remaining contents are not searched again before there are more of them.
            self.tried = match self.weight.contents > self.room {
                true => self.weight.contents + self.room / 8,
                false => 0,
            };
        }
        if self.weight.all() > self.room * WHOLE {
            self.evict_transcripts(current);
        }
    }

    fn evict_contents(&mut self) {
        let mut pages = Vec::new();
        for (id, transcript) in &self.all {
            // The last page grows.
            let ended = transcript.pages.iter().rev().skip(1);
            let held = ended.filter(|page| page.content.is_some() && page.used != self.asked);
            pages.extend(held.map(|page| (page.used, *id, page.first)));
        }
        pages.sort_unstable();
        for (_, id, first) in pages {
            if self.weight.contents <= self.room - self.room / 8 {
                return;
            }
            let Some(transcript) = self.all.get_mut(&id) else {
                continue;
            };
            if let Some(at) = transcript.page_of(first) {
                let contents = transcript.evict_content(at);
                let evicted = Weight {
                    contents,
                    others: 0,
                };
                transcript.weight.remove(evicted);
                self.weight.remove(evicted);
            }
        }
    }

    fn evict_transcripts(&mut self, current: ConversationId) {
        let enough = self.room * WHOLE - self.room / 2;
        let others = self.all.iter().filter(|(id, _)| **id != current);
        let mut others: Vec<_> = others
            .map(|(id, transcript)| (transcript.used, *id))
            .collect();
        others.sort_unstable();
        others.pop();
        for (_, id) in others {
            if self.weight.all() <= enough {
                return;
            }
            self.remove(id);
        }
    }

    /// Drops the data of packets that were evicted from the capture.
    pub fn evict(&mut self, contents: &Contents) {
        let first = contents.packets.first();
        if first == 1 {
            return;
        }
        let mut weight = Weight::default();
        self.all.retain(|id, transcript| {
            let stays = contents.tracker.get(*id).is_some() && transcript.evict_before(first);
            if stays {
                transcript.weight = transcript.weigh();
                weight.add(transcript.weight);
            }
            stays
        });
        self.weight = weight;
    }

    /// Drops one. It is read again when it is needed.
    pub fn forget(&mut self, id: ConversationId) {
        self.remove(id);
    }

    /// Drops all of them.
    pub fn clear(&mut self) {
        self.all.clear();
        self.weight = Weight::default();
    }
}

/// Copies from the store the data of the next packets of a conversation after `last`, up to `to`. Returns whether there
/// are more.
fn gather(store: &Store, id: ConversationId, last: u32, to: u32, batch: &mut Vec<Planned>) -> bool {
    batch.clear();
    let contents = store.read();
    let mut at = last;
    while batch.len() < BATCH {
        let next = match at {
            0 => contents.first_of(id),
            at => contents.next_in(id, at),
        };
        let Some(number) = next.filter(|number| *number <= to) else {
            return false;
        };
        at = number;
        batch.extend(planned(&contents, id, number));
    }
    true
}

/// Copies from the store the data of a packet of a conversation.
fn planned(contents: &Contents, id: ConversationId, number: u32) -> Option<Planned> {
    let record = contents.packets.get(number)?;
    let (inner, direction) = record.conversation()?;
    let plan = PacketPlan::of(contents, number)?;
    if contents.is_about(number, id) {
        return Some(Planned {
            plan,
            from: direction,
            flow: None,
            innermost: false,
            is_duplicate: false,
        });
    }
    let (at, from, innermost) = match contents.has_tunnels() {
        // One transport layer for each conversation that the packet belongs to, both from the outside in.
        true => {
            let all = contents.conversations_of(number);
            let at = all.iter().rposition(|(other, _)| *other == id)?;
            (at, all.get(at)?.1, inner == id)
        }
        false => (0, direction, true),
    };
    Some(Planned {
        plan,
        from,
        flow: Some(at),
        innermost,
        is_duplicate: contents.is_duplicate(number, id),
    })
}

#[cfg(test)]
pub(crate) mod tests;
