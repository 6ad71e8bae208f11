//! A conversation read again, packet by packet: the one place where it is told what happened in it.
//!
//! One loop runs facts → TCP analysis → reassembly → session over the packets of a conversation and keeps an [`Entry`]
//! for each, and every message. The list of packets, the ladder, the details, what is followed, objects and JSON take
//! what they show from here, so they cannot disagree.
//!
//! Entries stand in pages of [`PAGE`] packets, each with a checkpoint of the analyzer. Pages that are not asked for are
//! evicted, and read again from their checkpoint when they are. A transcript grows at its end while its capture does:
//! what depends on the end of the conversation is provisional until then.

mod entry;
mod packet;

use entry::Packed;
pub use entry::{Entry, EntryKind};
pub use packet::{PacketPlan, PacketReader};

use crate::{
    store::{Contents, Store},
    track::{
        Conversation, ConversationId, Direction, Frame, Messages, Payload, Protocol, Tcp,
        TcpAnalyzer,
    },
    view::Secrets,
};
use dissectors::{Dissector, Segment, Transport, sack_blocks};
use std::{
    collections::{HashMap, VecDeque},
    io,
    time::Instant,
};

/// Packets of a page.
pub const PAGE: usize = 4096;

/// Memory of all transcripts together, bytes; beyond it those that were not asked for lately are evicted.
const MAX_WEIGHT: usize = 64 << 20;

/// Packets that are taken from the store at a time: it is locked for some microseconds.
const BATCH: usize = 256;

/// After so many packets the clock is looked at.
const BETWEEN_CLOCKS: usize = 32;

/// From this weight on, bytes, a transcript is read anew once most of its packets were evicted from the capture.
const WORTH_READING_ANEW: usize = 8 << 20;

/// A packet of a conversation before it is read.
struct Planned {
    plan: PacketPlan,
    from: Direction,
    /// Which of its transport layers belongs to the conversation; none of an ICMP error about it.
    flow: Option<usize>,
    /// That one is the innermost: what it carries is part of the conversation.
    innermost: bool,
    /// It is an earlier packet captured once more.
    is_duplicate: bool,
}

/// What is known of the whole conversation.
struct Whole {
    tcp: Tcp,
    reuses: bool,
}

impl Whole {
    fn of(conversation: &Conversation) -> Self {
        Whole {
            tcp: conversation.tcp,
            reuses: conversation.reuses.is_some(),
        }
    }
}

/// Some packets of a conversation, in order.
#[derive(Default)]
struct Page {
    /// Its first packet and its last.
    first: u32,
    last: u32,
    /// How many there are.
    count: usize,
    /// The analyzer before its first packet.
    before: TcpAnalyzer,
    /// None while it is evicted.
    entries: Option<Vec<Packed>>,
    /// When it was asked for last, by the count of [`Transcripts`].
    used: u64,
}

/// A conversation, read from its first packet on.
pub struct Transcript {
    /// What the user or another conversation says that it speaks.
    decoded_as: Option<&'static Dissector>,
    /// Its messages are read, not only its transport layer.
    has_messages: bool,
    analyzer: TcpAnalyzer,
    messages: Messages,
    pages: VecDeque<Page>,
    /// The first packet that was read; 0 for none.
    first: u32,
    /// The last packet that was read; 0 for none.
    last: u32,
    /// The end of the capture was read too.
    ended: bool,
    /// Where secrets stand, as far as somebody has looked.
    pub(crate) secrets: Secrets,
    /// When it was asked for last, by the count of [`Transcripts`].
    used: u64,
    /// Memory of the entries, bytes.
    entries: usize,
    /// The connection's initial round-trip time as far as the index knew it when this was read last, nanoseconds.
    initial_rtt: Option<i64>,
}

/// Memory of a page's entries, bytes.
fn weight_of(entries: &Vec<Packed>) -> usize {
    entries.capacity() * size_of::<Packed>() + entries.iter().map(Packed::apart).sum::<usize>()
}

impl Transcript {
    fn new(contents: &Contents, conversation: &Conversation) -> Self {
        Transcript {
            decoded_as: contents.tracker.decoded_as(conversation),
            has_messages: has_messages(conversation),
            analyzer: TcpAnalyzer::default(),
            messages: contents.tracker.listen(conversation, true),
            pages: VecDeque::new(),
            first: 0,
            last: 0,
            ended: false,
            secrets: Secrets::default(),
            used: 0,
            entries: 0,
            initial_rtt: None,
        }
    }

    /// Whether it would be the same if it was read now.
    fn is_current(&self, contents: &Contents, conversation: &Conversation) -> bool {
        self.decoded_as == contents.tracker.decoded_as(conversation)
            && self.has_messages == has_messages(conversation)
    }

    /// The first packet that was read; 0 for none. Places in the streams are counted from there.
    pub fn first(&self) -> u32 {
        self.first
    }

    /// The last packet that was read; 0 for none.
    pub fn last(&self) -> u32 {
        self.last
    }

    /// Its messages, as far as it was read.
    pub fn messages(&self) -> &Messages {
        &self.messages
    }

    fn weight(&self) -> usize {
        let pages = self.pages.capacity() * size_of::<Page>();
        size_of::<Self>() + self.messages.weight() + pages + self.entries
    }

    /// Takes the next packet up.
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
            self.pages.push_back(Page {
                first: number,
                before: self.analyzer.clone(),
                entries: Some(Vec::new()),
                ..Page::default()
            });
        }
        let entry = read_entry(reader, planned, whole, &mut self.analyzer);
        if let Some(page) = self.pages.back_mut() {
            page.last = number;
            page.count += 1;
            // The page that is asked for is told from those that were read on the way to it.
            page.used = asked - 1;
            if let Some(entries) = &mut page.entries {
                let packed = Packed::from(&entry);
                let room = entries.capacity();
                self.entries += packed.apart();
                entries.push(packed);
                self.entries += (entries.capacity() - room) * size_of::<Packed>();
            }
        }
        if self.has_messages && planned.innermost && !planned.is_duplicate {
            feed(reader, &mut self.messages, planned, whole);
        }
    }

    /// The page that holds a packet.
    fn page_of(&self, packet: u32) -> Option<usize> {
        let at = self.pages.partition_point(|page| page.last < packet);
        let page = self.pages.get(at)?;
        (page.first <= packet).then_some(at)
    }

    /// Forgets the pages whose packets were all evicted from the capture.
    fn evict_before(&mut self, first_packet: u32) {
        while self
            .pages
            .front()
            .is_some_and(|page| page.last < first_packet)
            && self.pages.len() > 1
        {
            let page = self.pages.pop_front();
            let entries = page.and_then(|page| page.entries);
            self.entries -= entries.as_ref().map_or(0, weight_of);
        }
    }
}

/// Whether what a conversation carries is read: datagrams that stand for themselves need not be.
fn has_messages(conversation: &Conversation) -> bool {
    conversation.protocol == Protocol::Tcp || conversation.is_heard()
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
    let payload = flow.payload_length;
    let Transport::Tcp(segment) = &flow.transport else {
        return Entry {
            payload,
            is_duplicate: planned.is_duplicate,
            ..Entry::new(number, *from, EntryKind::Datagram)
        };
    };
    let mut entry = Entry::segment(number, *from, segment, payload);
    entry.is_duplicate = planned.is_duplicate;
    if !segment.short && !planned.is_duplicate {
        let options = match segment.options.sack_blocks {
            true => reader.options(&flow),
            false => &[],
        };
        let frame = Frame {
            number,
            time_ns: plan.time_ns,
            length: 0,
        };
        let segment = (segment, payload);
        let blocks = sack_blocks(options);
        let analysis = analyzer.analyze(frame, *from, segment, blocks, &whole.tcp, whole.reuses);
        entry.analysis = (!analysis.is_nothing()).then_some(analysis);
    }
    entry
}

/// Hands the payload of a packet to the session.
fn feed(reader: &mut PacketReader, messages: &mut Messages, planned: &Planned, whole: &Whole) {
    let Planned { plan, from, .. } = planned;
    let Ok(facts) = reader.facts(plan) else {
        return;
    };
    let Some(flow) = facts.flows().last().copied() else {
        return;
    };
    let bytes = reader.payload(&flow);
    let payload = Payload {
        packet: plan.number,
        time_ns: plan.time_ns,
        bytes,
        length: flow.payload_length,
        start: flow.payload.start,
        source: flow.payload.source,
    };
    let side = (*from).into();
    match &flow.transport {
        Transport::Tcp(segment) => {
            let tcp = &whole.tcp;
            let flags = tcp.counted_flags(plan.number, *from, segment, flow.payload_length);
            let segment = Segment { flags, ..*segment };
            messages.segment(side, &segment, &payload, &mut |_| ());
        }
        Transport::Udp if bytes.is_empty() => {}
        Transport::Udp => messages.datagram(side, &payload, &mut |_| ()),
    }
}

/// The transcripts of the conversations that are looked at, within [`MAX_WEIGHT`].
pub struct Transcripts {
    all: HashMap<ConversationId, Box<Transcript>>,
    weight: usize,
    /// How often one was asked for.
    asked: u64,
    /// Until when packets may be read before something must be shown; without it as long as it takes.
    pub deadline: Option<Instant>,
    batch: Vec<Planned>,
    /// Packets of a page, and how much memory there is: smaller in tests.
    page: usize,
    room: usize,
}

impl Default for Transcripts {
    fn default() -> Self {
        Transcripts {
            all: HashMap::new(),
            weight: 0,
            asked: 0,
            deadline: None,
            batch: Vec::with_capacity(BATCH),
            page: PAGE,
            room: MAX_WEIGHT,
        }
    }
}

impl Transcripts {
    /// A transcript, as far as it was read.
    pub fn get(&self, id: ConversationId) -> Option<&Transcript> {
        self.all.get(&id).map(Box::as_ref)
    }

    /// The same, to note where secrets stand.
    pub(crate) fn get_mut(&mut self, id: ConversationId) -> Option<&mut Transcript> {
        self.all.get_mut(&id).map(Box::as_mut)
    }

    /// Reads a conversation on, up to a packet. Whether all of that has been read by now; not where the deadline came
    /// first.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub fn read(
        &mut self,
        reader: &mut PacketReader,
        store: &Store,
        id: ConversationId,
        to: u32,
    ) -> io::Result<bool> {
        self.asked += 1;
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
            left = gather(store, id, transcript.last, to, &mut self.batch);
            done = self.read_batch(reader, store, id, &mut transcript);
        }
        if done && to == u32::MAX && !transcript.ended && store.read().finished {
            transcript.ended = true;
            transcript.messages.end();
        }
        self.weight += transcript.weight();
        self.all.insert(id, transcript);
        if self.weight > self.room {
            self.make_room(id);
        }
        Ok(done)
    }

    /// Reads the packets that were taken from the store. Whether the deadline let all of them be read.
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
        true
    }

    fn remove(&mut self, id: ConversationId) {
        if let Some(transcript) = self.all.remove(&id) {
            self.weight = self.weight.saturating_sub(transcript.weight());
        }
    }

    /// The entry of a packet; none where the deadline came before it was read, or where it is none of the conversation.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub fn entry(
        &mut self,
        reader: &mut PacketReader,
        store: &Store,
        id: ConversationId,
        packet: u32,
    ) -> io::Result<Option<Entry>> {
        self.read(reader, store, id, packet)?;
        let Some(at) = self.all.get(&id).and_then(|known| known.page_of(packet)) else {
            return Ok(None);
        };
        let (entries, rtt) = self.page(reader, store, id, at)?;
        let found = entries.binary_search_by_key(&packet, Packed::packet);
        let found = found.ok().and_then(|at| entries.get(at));
        Ok(found.map(|packed| packed.entry(rtt)))
    }

    /// The entries behind a packet, up to another, and no more than so many: as many as the deadline lets be read. Whether
    /// these are all up to there.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub fn entries(
        &mut self,
        reader: &mut PacketReader,
        store: &Store,
        id: ConversationId,
        (behind, to): (u32, u32),
        most: usize,
    ) -> io::Result<(Vec<Entry>, bool)> {
        let done = self.read(reader, store, id, to)?;
        let mut found = Vec::new();
        let pages = |all: &Self| all.all.get(&id).map_or(0, |known| known.pages.len());
        let first = self.all.get(&id).map(|known| &known.pages);
        let first = first.map_or(0, |pages| pages.partition_point(|page| page.last <= behind));
        for at in first..pages(self) {
            let (entries, rtt) = self.page(reader, store, id, at)?;
            let from = entries.partition_point(|entry| entry.packet() <= behind);
            let until = entries.partition_point(|entry| entry.packet() <= to);
            let wanted = entries.get(from..until).unwrap_or_default();
            let left = most - found.len();
            found.extend(wanted.iter().take(left).map(|packed| packed.entry(rtt)));
            if wanted.len() > left {
                return Ok((found, false));
            }
        }
        Ok((found, done))
    }

    /// The entries of a page, which are read again where it was evicted.
    fn page(
        &mut self,
        reader: &mut PacketReader,
        store: &Store,
        id: ConversationId,
        at: usize,
    ) -> io::Result<(&[Packed], Option<i64>)> {
        let asked = self.asked;
        let page = self.all.get(&id).and_then(|known| known.pages.get(at));
        let again = page.filter(|page| page.entries.is_none());
        if let Some(page) = again {
            let (first, last, mut analyzer) = (page.first, page.last, page.before.clone());
            let mut entries = Vec::with_capacity(page.count);
            let mut to = first;
            let mut begins = true;
            let mut more = true;
            while more {
                more = match std::mem::take(&mut begins) {
                    true => {
                        self.batch.clear();
                        self.batch.extend(planned(&store.read(), id, first));
                        first < last
                    }
                    false => gather(store, id, to, last, &mut self.batch),
                };
                let whole = store.read().tracker.get(id).map(Whole::of);
                let Some(whole) = whole else { break };
                for planned in &self.batch {
                    let entry = read_entry(reader, planned, &whole, &mut analyzer);
                    entries.push(Packed::from(&entry));
                    to = planned.plan.number;
                }
            }
            let weight = weight_of(&entries);
            self.weight += weight;
            if let Some(transcript) = self.all.get_mut(&id)
                && let Some(page) = transcript.pages.get_mut(at)
            {
                transcript.entries += weight;
                page.entries = Some(entries);
                page.used = asked;
            }
            if self.weight > self.room {
                self.make_room(id);
            }
        }
        let Some(transcript) = self.all.get_mut(&id) else {
            return Ok((&[], None));
        };
        let Some(page) = transcript.pages.get_mut(at) else {
            return Ok((&[], None));
        };
        page.used = asked;
        let entries = page.entries.as_deref().unwrap_or_default();
        Ok((entries, transcript.initial_rtt))
    }

    /// Evicts what was not asked for lately until an eighth of the memory is free: whole transcripts first, but not this one;
    /// of this one pages.
    fn make_room(&mut self, kept: ConversationId) {
        let mut others: Vec<(u64, ConversationId)> = self
            .all
            .iter()
            .filter(|(id, _)| **id != kept)
            .map(|(id, transcript)| (transcript.used, *id))
            .collect();
        others.sort_unstable();
        for (_, id) in others {
            if self.weight <= self.room - self.room / 8 {
                return;
            }
            self.remove(id);
        }
        let Some(transcript) = self.all.get_mut(&kept) else {
            return;
        };
        let asked = self.asked;
        let mut pages: Vec<&mut Page> = transcript.pages.iter_mut().collect();
        // The last one grows.
        pages.pop();
        pages.sort_unstable_by_key(|page| page.used);
        for page in pages {
            if self.weight <= self.room - self.room / 8 || page.used == asked {
                return;
            }
            if let Some(entries) = page.entries.take() {
                let weight = weight_of(&entries);
                self.weight = self.weight.saturating_sub(weight);
                transcript.entries -= weight;
            }
        }
    }

    /// Forgets what belongs to packets that were evicted from the capture; whether a transcript is to be read anew
    /// because little of it is left: places in it are then counted from another packet.
    pub fn evict(&mut self, contents: &Contents) -> bool {
        let first = contents.packets.first();
        if first == 1 {
            return false;
        }
        let before = self.all.len();
        let mut weight = 0;
        self.all.retain(|id, transcript| {
            transcript.evict_before(first);
            let gone = first.saturating_sub(transcript.first);
            let left = transcript.last.saturating_sub(first);
            let own = transcript.weight();
            let is_there = contents.tracker.get(*id).is_some();
            let keeps = is_there && (gone <= left || own < WORTH_READING_ANEW);
            weight += if keeps { own } else { 0 };
            keeps
        });
        self.weight = weight;
        self.all.len() < before
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.all.clear();
        self.weight = 0;
    }
}

/// Takes from the store what is known of the next packets of a conversation behind `last`, up to `to`. Whether there
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

/// Takes from the store what is known of a packet of a conversation.
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
