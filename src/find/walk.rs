//! Searches the bytes of packets as they were captured, on several threads, a little at a time: from one packet on to the
//! others, in either direction, or from one conversation to the others.

use super::Pattern;
use crate::{
    filter::{on_threads, thread_count},
    save::Choice,
    store::{Contents, Store},
    track::ConversationId,
};
use parking_lot::Mutex;
use std::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

/// What a thread reads at once, bytes: packets that are behind each other in the capture.
const RUN: u64 = 256 * 1024;

/// Between two packets that are read together there are at most this many other bytes.
const GAP: u64 = 4096;

/// What is planned together, bytes, and packets: a few milliseconds of work.
const PLANNED: u64 = 16 * RUN;
const MAX_PLANNED: usize = 1 << 16;

/// The order in which packets are searched. The one that the cursor is on comes last.
pub enum Order {
    /// Those of these packets that are chosen, in ascending order or, if it is not `forward`, in descending order.
    Packets {
        /// Which packets.
        choice: Choice,
        /// Their numbers, in the order of the search.
        ranges: Vec<Range<u32>>,
        /// In ascending order.
        forward: bool,
    },
    /// The packets of these conversations.
    Conversations(Vec<ConversationId>),
}

/// Where a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// In a packet.
    Packet(u32),
    /// In a packet of a conversation.
    Conversation(ConversationId),
}

impl Order {
    /// Returns the order of all packets that are chosen, from the one after `from` on, or from the one before it; at the
    /// end of the capture it continues at the other end.
    pub fn of_packets(
        contents: &Contents,
        choice: Choice,
        from: Option<u32>,
        forward: bool,
    ) -> Self {
        let (first, end) = (contents.packets.first(), contents.packets.len() as u32 + 1);
        let from = from.unwrap_or(if forward { first - 1 } else { end });
        let (before, after) = (first..from.max(first), (from + 1).min(end)..end);
        let own = from.max(first)..(from + 1).min(end);
        let ranges = match forward {
            true => vec![after, before, own],
            false => vec![before, after, own],
        };
        Order::Packets {
            choice,
            ranges,
            forward,
        }
    }
}

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// This is the next match.
    Found(Found),
    /// There is more to search.
    More,
    /// There is no match.
    End,
}

/// A search through packets.
pub struct Walk {
    store: Store,
    order: Order,
    at: Place,
    buffers: Vec<Mutex<Vec<u8>>>,
}

/// A position in the order: an index of its ranges or conversations, and the next packet; 0 at the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Place {
    index: usize,
    packet: u32,
}

/// A packet that is to be searched.
#[derive(Clone, Copy)]
struct Candidate {
    place: Place,
    offset: u64,
    length: u32,
}

impl Candidate {
    fn end(&self) -> u64 {
        self.offset + u64::from(self.length)
    }
}

impl Walk {
    /// Returns a search in this order, on this many threads; 0 chooses by the number of processors.
    pub fn new(store: &Store, order: Order, threads: usize) -> Self {
        let buffers = (0..thread_count(threads)).map(|_| Mutex::default());
        Walk {
            store: store.clone(),
            order,
            at: Place::default(),
            buffers: buffers.collect(),
        }
    }

    /// Returns how far the search is, in percent.
    pub fn percent(&self) -> u64 {
        let Place { index, packet } = self.at;
        let (done, all) = match &self.order {
            Order::Packets {
                ranges, forward, ..
            } => {
                let length = |range: &Range<u32>| range.len() as u64;
                let before: u64 = ranges.iter().take(index).map(length).sum();
                let inside = match (packet, ranges.get(index)) {
                    (1.., Some(range)) if *forward => packet.saturating_sub(range.start),
                    (1.., Some(range)) => range.end.saturating_sub(packet + 1),
                    _ => 0,
                };
                let all: u64 = ranges.iter().map(length).sum();
                (before + u64::from(inside), all)
            }
            Order::Conversations(ids) => (index as u64, ids.len() as u64),
        };
        (done * 100 / all.max(1)).min(100)
    }

    /// Takes the next packets of the order, to be searched by other means; none after the last one.
    pub fn take(&mut self, most: usize) -> Vec<u32> {
        loop {
            let (candidates, next) = self.plan(most);
            let ended = next == self.at;
            self.at = next;
            if ended || !candidates.is_empty() {
                return candidates.iter().map(|one| one.place.packet).collect();
            }
        }
    }

    /// Continues until a time, or until something is found.
    pub fn step(&mut self, pattern: &Pattern, until: Instant) -> Step {
        loop {
            let (candidates, next) = self.plan(MAX_PLANNED);
            if candidates.is_empty() && next == self.at {
                return Step::End;
            }
            let runs = runs(&candidates);
            let (examined, found) = self.search(pattern, &candidates, &runs, until);
            if let Some(place) = found {
                return Step::Found(self.found(place));
            }
            // What was not reached is planned again.
            match runs.get(examined).and_then(|run| candidates.get(run.start)) {
                Some(first) => self.at = first.place,
                None => self.at = next,
            }
            if Instant::now() >= until {
                return Step::More;
            }
        }
    }

    fn found(&self, place: Place) -> Found {
        match &self.order {
            Order::Conversations(ids) if place.index < ids.len() => {
                Found::Conversation(ids[place.index])
            }
            _ => Found::Packet(place.packet),
        }
    }

    /// Returns the next packets, and the position after them.
    fn plan(&self, most: usize) -> (Vec<Candidate>, Place) {
        let contents = self.store.read();
        let mut planned = Planned::default();
        let mut place = self.at;
        match &self.order {
            Order::Packets {
                choice,
                ranges,
                forward,
            } => {
                while let Some(range) = ranges.get(place.index) {
                    let rest = match (place.packet, *forward) {
                        (0, _) => range.clone(),
                        (from, true) => from..range.end,
                        (from, false) => range.start..from + 1,
                    };
                    let mut numbers = contents
                        .packets
                        .range(rest.start, rest.end.saturating_sub(1));
                    let mut next = || match forward {
                        true => numbers.next(),
                        false => numbers.next_back(),
                    };
                    while let Some((packet, record)) = next() {
                        place.packet = packet;
                        if planned.is_full(most) {
                            return (planned.candidates, place);
                        }
                        planned.passed += 1;
                        if choice.wants(&contents, packet, record) {
                            planned.add(&contents, place);
                        }
                    }
                    place = Place {
                        index: place.index + 1,
                        packet: 0,
                    };
                }
            }
            Order::Conversations(ids) => {
                while let Some(id) = ids.get(place.index) {
                    let first = match place.packet {
                        0 => contents.first_of(*id),
                        packet => Some(packet),
                    };
                    let mut packet = first;
                    while let Some(number) = packet {
                        place.packet = number;
                        if planned.is_full(most) {
                            return (planned.candidates, place);
                        }
                        planned.passed += 1;
                        planned.add(&contents, place);
                        packet = contents.next_in(*id, number);
                    }
                    place = Place {
                        index: place.index + 1,
                        packet: 0,
                    };
                }
            }
        }
        (planned.candidates, place)
    }

    /// Searches runs of packets in their order. Returns how many were searched, and the first packet with a match.
    fn search(
        &self,
        pattern: &Pattern,
        candidates: &[Candidate],
        runs: &[Range<usize>],
        until: Instant,
    ) -> (usize, Option<Place>) {
        let next = AtomicUsize::new(0);
        // The first run with a match, and the packet: runs after it need not be searched.
        let best: Mutex<Option<(usize, Place)>> = Mutex::new(None);
        let stop = AtomicUsize::new(runs.len());
        let work = |buffer: &Mutex<Vec<u8>>| {
            let mut buffer = buffer.lock();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(run) = runs.get(at).filter(|_| at < stop.load(Ordering::Relaxed)) else {
                    next.fetch_sub(1, Ordering::Relaxed);
                    return;
                };
                if let Some(place) = self.in_run(pattern, &candidates[run.clone()], &mut buffer) {
                    stop.fetch_min(at, Ordering::Relaxed);
                    let mut best = best.lock();
                    if best.is_none_or(|(before, _)| at < before) {
                        *best = Some((at, place));
                    }
                }
                if Instant::now() >= until {
                    stop.fetch_min(at + 1, Ordering::Relaxed);
                    return;
                }
            }
        };
        match runs.len() {
            0 | 1 => work(&self.buffers[0]),
            _ => on_threads(self.buffers.iter(), work),
        }
        // Runs are taken in order, and a run that was taken is searched.
        let examined = next.into_inner().min(runs.len());
        (examined, best.into_inner().map(|(_, place)| place))
    }

    /// Returns the first packet of a run, in the order of the search, that holds a match.
    fn in_run(&self, pattern: &Pattern, run: &[Candidate], buffer: &mut Vec<u8>) -> Option<Place> {
        let (first, last) = (run.first()?, run.last()?);
        let is_ascending = first.offset <= last.offset;
        let (from, to) = match is_ascending {
            true => (first.offset, last.end()),
            false => (last.offset, first.end()),
        };
        // What cannot be read was evicted meanwhile, or the capture has been damaged since.
        let _ = self.store.bytes().read_at(from, (to - from) as u32, buffer);
        let bytes_of = |one: &Candidate| {
            let start = (one.offset - from) as usize;
            buffer.get(start..start + one.length as usize)
        };
        let holds = |one: &&Candidate| bytes_of(one).is_some_and(|bytes| pattern.is_in(bytes));
        if pattern.is_regex() {
            return run.iter().find(holds).map(|one| one.place);
        }
        // All packets at once; a match may begin in what is between them.
        let mut found = None;
        let mut at = 0;
        while let Some(hit) = pattern.find(buffer, at) {
            let offset = from + hit.start as u64;
            let index = match is_ascending {
                true => run.partition_point(|one| one.end() <= offset),
                false => run.partition_point(|one| one.offset > offset),
            };
            let one = run.get(index);
            let inside = one.filter(|one| (one.offset..one.end()).contains(&offset));
            match inside {
                Some(one) if holds(&one) => {
                    found = Some(one.place);
                    if is_ascending {
                        return found;
                    }
                    at = (one.end() - from) as usize;
                }
                // Nothing that begins later in this packet is a match.
                Some(one) => at = (one.end() - from) as usize,
                None => at = hit.start + 1,
            }
        }
        found
    }
}

/// Packets that are being planned.
#[derive(Default)]
struct Planned {
    candidates: Vec<Candidate>,
    bytes: u64,
    /// How many packets were considered.
    passed: usize,
}

impl Planned {
    fn is_full(&self, most: usize) -> bool {
        self.bytes >= PLANNED || self.passed >= most
    }

    fn add(&mut self, contents: &Contents, place: Place) {
        if let Some(record) = contents.packets.get(place.packet) {
            self.bytes += u64::from(record.captured);
            self.candidates.push(Candidate {
                place,
                offset: record.offset(),
                length: record.captured,
            });
        }
    }
}

/// Divides packets into those that are read at once: each is behind the one before it in the capture, or each before it.
fn runs(candidates: &[Candidate]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for end in 1..=candidates.len() {
        let next = candidates.get(end);
        if !next.is_some_and(|next| joins(&candidates[start..end], next)) {
            runs.push(start..end);
            start = end;
        }
    }
    runs
}

fn joins(run: &[Candidate], next: &Candidate) -> bool {
    let (Some(first), Some(last)) = (run.first(), run.last()) else {
        return false;
    };
    let is_near = |gap: Option<u64>| gap.is_some_and(|gap| gap <= GAP);
    let behind = first.offset <= last.offset
        && is_near(next.offset.checked_sub(last.end()))
        && next.end() - first.offset <= RUN;
    let before = first.offset >= last.offset
        && is_near(last.offset.checked_sub(next.end()))
        && first.end() - next.offset <= RUN;
    behind || before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{find::Kind, index::tests::sample};
    use std::time::Duration;

    /// The result of one packet after another is that of looking at each alone, in either direction, from any packet, on
    /// any number of threads, however little time there is.
    #[test]
    fn the_next_match_is_found_from_anywhere() {
        let (index, _) = sample("everyday.pcapng");
        let store = index.store().clone();
        for (words, kind) in [
            ("http", Kind::Text),
            ("00 50", Kind::Hex),
            ("h.{2}p/1", Kind::Regex),
        ] {
            let pattern = Pattern::new(words, kind).unwrap();
            let last = store.read().packets.len() as u32;
            let holds = |number: u32| {
                let (offset, length) = {
                    let contents = store.read();
                    let record = contents.packets.get(number).unwrap();
                    (record.offset(), record.captured)
                };
                let mut bytes = Vec::new();
                store.bytes().read_at(offset, length, &mut bytes).unwrap();
                pattern.is_in(&bytes)
            };
            let all: Vec<u32> = (1..=last).filter(|number| holds(*number)).collect();
            assert!(all.len() > 10, "{words}");
            for (from, forward) in [
                (1, true),
                (1, false),
                (last, true),
                (last / 2, true),
                (last / 2, false),
            ] {
                for threads in [1, 3] {
                    let choice = Choice::Everything;
                    let order = Order::of_packets(&store.read(), choice, Some(from), forward);
                    let mut walk = Walk::new(&store, order, threads);
                    let until =
                        Instant::now() + Duration::from_micros(threads as u64 % 2 * 100_000);
                    let found = loop {
                        match walk.step(&pattern, until) {
                            Step::Found(Found::Packet(number)) => break number,
                            Step::More => {}
                            step => panic!("{step:?}"),
                        }
                    };
                    let after = all.iter().find(|number| **number > from).or(all.first());
                    let before = all.iter().rfind(|number| **number < from).or(all.last());
                    let expected = if forward { after } else { before };
                    assert_eq!(Some(&found), expected, "{words} {from} {forward} {threads}");
                }
            }
        }
    }

    #[test]
    fn a_search_without_a_match_ends() {
        let (index, _) = sample("everyday.pcapng");
        let store = index.store().clone();
        let pattern = Pattern::new("nothing has this", Kind::Text).unwrap();
        let ids: Vec<_> = store
            .read()
            .tracker
            .conversations()
            .map(|(id, _)| id)
            .collect();
        let packets = Order::of_packets(&store.read(), Choice::Everything, None, false);
        for order in [
            packets,
            Order::Conversations(ids),
            Order::Conversations(Vec::new()),
        ] {
            let mut walk = Walk::new(&store, order, 2);
            let until = Instant::now() + Duration::from_secs(60);
            assert_eq!(walk.step(&pattern, until), Step::End);
        }
    }
}
