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
use dissectors::{Dissector, PerSide, Transport, sack_blocks};
use foldhash::fast::FixedState;
use std::{
    collections::{HashMap, VecDeque},
    io,
    time::Instant,
};

/// Packets per page.
pub const PAGE: usize = 4096;

/// The memory of all transcripts together, bytes; beyond it the contents of pages that were not used lately are
/// evicted.
const MAX_WEIGHT: usize = 48 << 20;

/// Beyond this many times that memory, whole transcripts are evicted: with many conversations side by side, each would
/// be read from its first packet again on every use.
const WHOLE: usize = 4;

/// Packets that are copied from the store at a time: it is locked for some microseconds.
const BATCH: usize = 256;

/// The clock is read after this many packets.
const BETWEEN_CLOCKS: usize = 32;

/// The maximum number of messages whose data became known after their page had ended.
const MAX_LATE: usize = 1 << 16;

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
    fn of(conversation: &Conversation) -> Self {
        Whole {
            tcp: conversation.tcp().into_owned(),
            reuses: conversation.reuses().is_some(),
            has_messages: has_messages(conversation),
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
    fn of(contents: &Contents, conversation: &Conversation) -> State {
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
    /// How many messages each side completed before it, and how many each protocol had.
    counts: PerSide<u64>,
    numbers: Vec<usize>,
    /// The reading state before it; none for the first page, and where it is read again from an earlier one.
    before: Option<State>,
    /// None while it is evicted.
    content: Option<Content>,
    /// When it was used last, by the count of [`Transcripts`].
    used: u64,
    /// Memory at the last count, bytes.
    weight: usize,
}

/// A conversation, read from its first packet on.
pub struct Transcript {
    /// The protocol set by the user or by another conversation.
    decoded_as: Option<&'static Dissector>,
    /// Whether its messages are read, not only its transport layer.
    has_messages: bool,
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
    /// Memory of the pages that have ended, bytes.
    weight: usize,
    /// The connection's initial round-trip time as known to the index at the last reading, nanoseconds.
    initial_rtt: Option<i64>,
    /// Packets that brought bytes or completed messages only in a later page, because something was missing before them;
    /// with the first packet of that page.
    waited: Vec<(u32, u32)>,
    /// For each protocol: the contexts of its messages before this number are in the pages.
    settled: Vec<usize>,
    /// Messages of pages that have ended whose context may still change.
    unsettled: Vec<MessageRecord>,
    /// Data of such messages that became known later, by protocol and number.
    late: HashMap<(usize, usize), Known>,
}

impl Transcript {
    fn new(contents: &Contents, conversation: &Conversation) -> Self {
        Transcript {
            decoded_as: contents.tracker.decoded_as(conversation),
            has_messages: has_messages(conversation),
            state: State::of(contents, conversation),
            pages: VecDeque::new(),
            first: 0,
            last: 0,
            ended: false,
            used: 0,
            weight: 0,
            initial_rtt: None,
            waited: Vec::new(),
            settled: Vec::new(),
            unsettled: Vec::new(),
            late: HashMap::new(),
        }
    }

    /// Whether reading it now would give the same result.
    fn is_current(&self, contents: &Contents, conversation: &Conversation) -> bool {
        self.decoded_as == contents.tracker.decoded_as(conversation)
            && self.has_messages == has_messages(conversation)
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

    fn weight(&self) -> usize {
        let last = self.pages.back().and_then(|page| page.content.as_ref());
        let late = self.late.len() * 2 * size_of::<Known>();
        let unsettled = self.unsettled.capacity() * size_of::<MessageRecord>();
        size_of::<Self>()
            + self.state.weight()
            + self.weight
            + self.pages.capacity() * size_of::<Page>()
            + last.map_or(0, Content::weight)
            + self.waited.capacity() * size_of::<(u32, u32)>()
            + late
            + unsettled
    }

    /// Adds the next packet.
    fn add(
        &mut self,
        reader: &mut PacketReader,
        planned: &Planned,
        whole: &Whole,
        (asked, full): (u64, usize),
    ) {
        let number = planned.plan.number;
        if self.first == 0 {
            self.first = number;
        }
        self.last = number;
        let is_full = |page: &Page| page.count >= full;
        if self.pages.back().is_none_or(is_full) {
            self.end_page();
            let messages = &self.state.messages;
            self.pages.push_back(Page {
                first: number,
                last: number,
                count: 0,
                places: messages.places(),
                counts: messages.counts(),
                numbers: messages.numbers().collect(),
                before: (number != self.first).then(|| self.state.checkpoint()),
                content: Some(Content::default()),
                used: 0,
                weight: 0,
            });
        }
        let packed = self.state.read(reader, planned, whole);
        if let Some(page) = self.pages.back_mut() {
            page.last = number;
            page.count += 1;
            // The requested page is more recent than those that were read on the way to it.
            page.used = asked - 1;
            if let Some(content) = &mut page.content {
                content.push(packed);
            }
        }
    }

    /// Ends the last page, which is full: the session's results move into it.
    fn end_page(&mut self) {
        let messages = self.state.messages.take_page();
        let Some(page) = self.pages.back_mut() else {
            return;
        };
        let first = page.first;
        self.waited
            .extend(messages.early_packets(first).map(|packet| (packet, first)));
        self.waited.sort_unstable();
        self.waited.dedup();
        let settled: Vec<usize> = self.state.messages.settled().collect();
        let is_settled = |message: &MessageRecord| {
            let stage = message.stage().and_then(|stage| settled.get(stage));
            stage.is_none_or(|settled| message.number() < *settled)
        };
        let (known, late) = (&self.state.messages, &mut self.late);
        self.unsettled.retain(|message| {
            let is_settled = is_settled(message);
            if let Some(stage) = message.stage()
                && is_settled
                && late.len() < MAX_LATE
            {
                late.insert((stage, message.number()), known.known(message));
            }
            !is_settled
        });
        self.unsettled
            .extend(messages.all().filter(|message| !is_settled(message)));
        for (stage, settled) in settled.iter().enumerate() {
            self.state.messages.evict(stage, *settled);
        }
        self.settled = settled;
        if let Some(content) = &mut page.content {
            content.entries.shrink_to_fit();
            content.messages = messages;
        }
        let content = page.content.as_ref().map_or(0, Content::weight);
        page.weight = page.before.as_ref().map_or(0, State::weight) + content;
        self.weight += page.weight;
    }

    /// Returns the page that holds a packet.
    fn page_of(&self, packet: u32) -> Option<usize> {
        let at = self.pages.partition_point(|page| page.last < packet);
        let page = self.pages.get(at)?;
        (page.first <= packet).then_some(at)
    }

    /// Evicts the contents of a page. Those of the last one are needed to go on.
    fn evict_content(&mut self, at: usize) -> usize {
        let Some(page) = self.pages.get_mut(at) else {
            return 0;
        };
        let weight = page.content.take().map_or(0, |content| content.weight());
        page.weight = page.weight.saturating_sub(weight);
        self.weight = self.weight.saturating_sub(weight);
        weight
    }

    /// Evicts every second checkpoint: the pages after them are read again from the previous ones.
    fn thin_out(&mut self) -> usize {
        let mut weight = 0;
        let known = self.pages.iter_mut().skip(1);
        let known = known.filter(|page| page.before.is_some());
        for page in known.step_by(2) {
            let own = page.before.take().map_or(0, |before| before.weight());
            page.weight = page.weight.saturating_sub(own);
            weight += own;
        }
        self.weight = self.weight.saturating_sub(weight);
        weight
    }

    /// Drops the pages whose packets were all evicted from the capture. Returns whether the others can be read again.
    fn evict_before(&mut self, first_packet: u32) -> bool {
        let is_gone = |page: &Page| page.last < first_packet;
        while self.pages.len() > 1 && self.pages.front().is_some_and(is_gone) {
            let page = self.pages.pop_front();
            self.weight = self
                .weight
                .saturating_sub(page.map_or(0, |page| page.weight));
        }
        let Some(front) = self.pages.front() else {
            return true;
        };
        self.waited.retain(|(packet, _)| *packet >= first_packet);
        self.late.retain(|(stage, number), _| {
            let before = front.numbers.get(*stage);
            before.is_none_or(|before| number >= before)
        });
        front.before.is_some() || front.first == self.first || self.pages.len() == 1
    }
}

/// Whether the payload of a conversation is read: independent datagrams need not be.
fn has_messages(conversation: &Conversation) -> bool {
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
    weight: usize,
    /// How often a transcript was requested.
    asked: u64,
    /// The deadline for reading packets before something must be shown; none for no limit.
    pub deadline: Option<Instant>,
    batch: Vec<Planned>,
    /// Packets per page, and the memory limit: smaller in tests.
    page: usize,
    room: usize,
    /// While the total memory is at most this, there is nothing to evict, as the last search found.
    tried: usize,
}

impl Default for Transcripts {
    fn default() -> Self {
        Transcripts {
            all: HashMap::default(),
            weight: 0,
            asked: 0,
            deadline: None,
            batch: Vec::with_capacity(BATCH),
            page: PAGE,
            room: MAX_WEIGHT,
            tried: 0,
        }
    }
}

impl Transcripts {
    /// Returns an instance that takes at most this much memory, whole transcripts included.
    pub fn within(most: u64) -> Self {
        Transcripts {
            room: MAX_WEIGHT.min(most as usize / WHOLE),
            ..Transcripts::default()
        }
    }

    /// Returns an instance with this many packets per page, and this much memory.
    #[cfg(test)]
    pub(crate) fn with_pages(page: usize, room: usize) -> Self {
        Transcripts {
            page,
            room,
            ..Transcripts::default()
        }
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
        self.asked += 1;
        let store = reader.store().clone();
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
                None => (Some(Transcript::new(&contents, conversation)), true),
            }
        };
        if let Some(anew) = anew {
            self.remove(id);
            self.weight += anew.weight();
            self.all.insert(id, Box::new(anew));
        }
        let Some(mut transcript) = self.all.remove(&id) else {
            return Ok(false);
        };
        self.weight = self.weight.saturating_sub(transcript.weight());
        transcript.used = self.asked;
        let mut done = true;
        while left && done {
            left = gather(&store, id, transcript.last, to, &mut self.batch);
            done = self.read_batch(reader, &store, id, &mut transcript);
        }
        if done && to == u32::MAX && !transcript.ended && store.read().finished {
            transcript.ended = true;
            transcript.state.messages.end();
        }
        self.weight += transcript.weight();
        self.all.insert(id, transcript);
        self.make_room(id);
        Ok(done)
    }

    /// Reads the packets that were copied from the store. Returns whether all of them were read before the deadline.
    fn read_batch(
        &mut self,
        reader: &mut PacketReader,
        store: &Store,
        id: ConversationId,
        transcript: &mut Transcript,
    ) -> bool {
        if self.batch.is_empty() {
            return true;
        }
        let whole = store.read().tracker.get(id).map(Whole::of);
        let Some(whole) = whole else { return true };
        transcript.initial_rtt = whole.tcp.handshake.rtt_ns();
        for (at, planned) in self.batch.iter().enumerate() {
            if at % BETWEEN_CLOCKS == 0 && self.deadline.is_some_and(|at| Instant::now() >= at) {
                return false;
            }
            transcript.add(reader, planned, &whole, (self.asked, self.page));
        }
        // A long conversation is read in one go: its pages are evicted on the way.
        while self.weight + transcript.weight > self.room {
            let mut pages = transcript.pages.iter();
            match pages.position(|page| page.content.is_some()) {
                Some(at) if at + 1 < transcript.pages.len() => transcript.evict_content(at),
                _ => break,
            };
        }
        true
    }

    fn remove(&mut self, id: ConversationId) {
        if let Some(transcript) = self.all.remove(&id) {
            self.weight = self.weight.saturating_sub(transcript.weight());
        }
    }

    /// Reads an evicted page again.
    fn restore(&mut self, reader: &mut PacketReader, id: ConversationId, at: usize) {
        let store = reader.store().clone();
        let Some(known) = self.all.get(&id).filter(|known| at < known.pages.len()) else {
            return;
        };
        // It is read from the nearest checkpoint before it, or from the beginning.
        let mut pages = known.pages.range(..=at).rev();
        let begin = pages.find(|page| page.before.is_some() || page.first == known.first);
        let (Some(begin), Some(page)) = (begin, known.pages.get(at)) else {
            return;
        };
        let state = match &begin.before {
            Some(before) => Some(before.checkpoint()),
            None => {
                let contents = store.read();
                let conversation = contents.tracker.get(id);
                conversation.map(|conversation| State::of(&contents, conversation))
            }
        };
        let Some(mut state) = state else { return };
        let (first, last) = (page.first, page.last);
        let mut content = Content {
            entries: Vec::with_capacity(page.count),
            ..Content::default()
        };
        let mut to = begin.first;
        self.batch.clear();
        self.batch.extend(planned(&store.read(), id, to));
        let mut more = true;
        while more {
            more = match self.batch.is_empty() {
                true => gather(&store, id, to, last, &mut self.batch),
                false => to < last,
            };
            let whole = store.read().tracker.get(id).map(Whole::of);
            let Some(whole) = whole else { break };
            for planned in &self.batch {
                if planned.plan.number >= first && content.entries.is_empty() {
                    // Results on the way belong to the pages before.
                    state.messages.take_page();
                }
                let packed = state.read(reader, planned, &whole);
                to = planned.plan.number;
                if to >= first {
                    content.push(packed);
                }
            }
            self.batch.clear();
        }
        content.messages = state.messages.take_page();
        self.asked += 1;
        let weight = content.weight();
        if let Some(transcript) = self.all.get_mut(&id)
            && let Some(page) = transcript.pages.get_mut(at)
        {
            page.content = Some(content);
            page.used = self.asked;
            page.weight += weight;
            transcript.weight += weight;
            self.weight += weight;
        }
        self.make_room(id);
    }

    /// Evicts what was not used lately until an eighth of the memory is free, once there is too much: first the
    /// contents of pages, then whole transcripts, but neither this one nor the one used before it, such as that of the
    /// control connection of a data connection.
    fn make_room(&mut self, current: ConversationId) {
        if self.weight <= self.room.max(self.tried) {
            return;
        }
        self.evict_some(current);
        // The remaining data is not searched again before there is more of it.
        self.tried = match self.weight > self.room {
            true => self.weight + self.room / 8,
            false => 0,
        };
    }

    fn evict_some(&mut self, current: ConversationId) {
        let mut pages = Vec::new();
        for (id, transcript) in &self.all {
            // The last page grows.
            let ended = transcript.pages.iter().rev().skip(1);
            let held = ended.filter(|page| page.content.is_some() && page.used != self.asked);
            pages.extend(held.map(|page| (page.used, *id, page.first)));
        }
        pages.sort_unstable();
        for (_, id, first) in pages {
            if self.has_room() {
                return;
            }
            if let Some(transcript) = self.all.get_mut(&id)
                && let Some(at) = transcript.page_of(first)
            {
                self.weight = self.weight.saturating_sub(transcript.evict_content(at));
            }
        }
        if self.weight <= self.room * WHOLE {
            return;
        }
        let enough = self.room * WHOLE - self.room / 2;
        let others = self.all.iter().filter(|(id, _)| **id != current);
        let mut others: Vec<_> = others
            .map(|(id, transcript)| (transcript.used, *id))
            .collect();
        others.sort_unstable();
        let before = others.pop().map(|(_, id)| id);
        for (_, id) in others {
            if self.weight <= enough {
                return;
            }
            self.remove(id);
        }
        for id in before.into_iter().chain([current]) {
            let Some(transcript) = self.all.get_mut(&id) else {
                continue;
            };
            while self.weight > enough {
                match transcript.thin_out() {
                    0 => break,
                    weight => self.weight = self.weight.saturating_sub(weight),
                }
            }
        }
    }

    fn has_room(&self) -> bool {
        self.weight <= self.room - self.room / 8
    }

    /// Drops the data of packets that were evicted from the capture.
    pub fn evict(&mut self, contents: &Contents) {
        let first = contents.packets.first();
        if first == 1 {
            return;
        }
        let mut weight = 0;
        self.all.retain(|id, transcript| {
            let stays = contents.tracker.get(*id).is_some() && transcript.evict_before(first);
            weight += if stays { transcript.weight() } else { 0 };
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
        self.weight = 0;
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
mod tests;
