//! A filter and all packets of a capture, on several threads: each reads other conversations, and the result is the same as
//! that of one.

use super::{Filter, Matcher, Matches};
use crate::{store::Store, track::ConversationId};
use parking_lot::Mutex;
use std::{collections::BTreeSet, io, thread};

/// More threads than this are of no use.
const MAX_THREADS: usize = 16;

/// Fewer packets are not shared among threads.
const MIN_SHARED: usize = if cfg!(test) { 8 } else { 256 };

/// The packets that are tested together at first, and at most: the first results come at once.
const FIRST_BATCH: usize = 512;
const MAX_BATCH: usize = 1 << 15;

/// Applies a filter to the packets of a capture in their order.
pub struct Search {
    store: Store,
    matchers: Vec<Matcher>,
    batch: usize,
}

/// A packet that is to be tested.
#[derive(Clone, Copy)]
struct Asked {
    number: u32,
    /// Its innermost conversation.
    conversation: Option<ConversationId>,
    /// No packet of the conversation follows.
    ends: bool,
}

impl Search {
    /// Returns a search on this many threads; 0 chooses by the number of processors.
    pub fn new(store: &Store, filter: Filter, threads: usize) -> Self {
        let first = Matcher::new(store, filter.clone());
        let others = match first.is_sequential() {
            true => 0,
            false => thread_count(threads) - 1,
        };
        let mut matchers = vec![first];
        matchers.extend((0..others).map(|_| Matcher::new(store, filter.clone())));
        Search {
            store: store.clone(),
            matchers,
            batch: FIRST_BATCH,
        }
    }

    /// Makes `${…}` refer to this packet.
    pub fn refer_to(&mut self, number: Option<u32>) {
        for matcher in &mut self.matchers {
            matcher.refer_to(number);
        }
    }

    /// Returns how many packets are to be tested together next.
    pub fn batch(&mut self) -> usize {
        let batch = self.batch;
        self.batch = (2 * batch).min(MAX_BATCH);
        batch
    }

    /// Returns for each of these packets whether the filter holds for it, or why it can no longer be read. The numbers
    /// ascend, also from one call to the next.
    pub fn holds(&mut self, numbers: &[u32]) -> Vec<io::Result<bool>> {
        let asked = self.asked(numbers);
        let count = self.matchers.len();
        let mut results = vec![None; numbers.len()];
        if count > 1 && numbers.len() >= MIN_SHARED {
            let share = numbers.len().div_ceil(count);
            let parts = numbers.chunks(share).zip(results.chunks_mut(share));
            on_threads(self.matchers.iter_mut().zip(parts), |(matcher, part)| {
                matcher.all_by_headers(part.0, part.1);
            });
        }
        let mut lists: Vec<Vec<_>> = self.matchers.iter().map(|_| Vec::new()).collect();
        let jobs = self.matchers.iter_mut().zip(&mut lists).enumerate();
        let (asked, known) = (&asked, &results);
        let run = |(own, (matcher, list)): (usize, (&mut Matcher, &mut Vec<_>))| {
            for (at, (asked, known)) in asked.iter().zip(known).enumerate() {
                let key = asked.conversation.map_or(asked.number, |id| id.0);
                if key as usize % count != own {
                    continue;
                }
                if known.is_none() {
                    list.push((at, matcher.holds(asked.number)));
                }
                if let Some(id) = asked.conversation.filter(|_| asked.ends) {
                    matcher.forget_conversation(id);
                }
            }
        };
        match numbers.len() >= MIN_SHARED {
            true => on_threads(jobs, run),
            false => jobs.for_each(run),
        }
        let mut all: Vec<_> = results.into_iter().map(|it| Ok(it == Some(true))).collect();
        for (at, result) in lists.into_iter().flatten() {
            if let Some(place) = all.get_mut(at) {
                *place = result;
            }
        }
        all
    }

    fn asked(&self, numbers: &[u32]) -> Vec<Asked> {
        let contents = self.store.read();
        let asked = numbers.iter().map(|number| {
            let record = contents.packets.get(*number);
            let conversation = record.and_then(|record| record.conversation());
            let conversation = conversation.map(|(id, _)| id);
            let known = conversation.and_then(|id| contents.tracker.get(id));
            Asked {
                number: *number,
                conversation,
                ends: known.is_some_and(|it| it.last_packet <= *number),
            }
        });
        asked.collect()
    }

    /// Returns the conversations of which the filter holds for a packet.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn conversations(&mut self) -> io::Result<BTreeSet<ConversationId>> {
        let mut found = BTreeSet::new();
        let mut next = 1;
        while let Some(packets) = self.next_packets(&mut next, &found) {
            for (_, ids, holds) in packets {
                if holds? {
                    found.extend(ids);
                }
            }
        }
        Ok(found)
    }

    /// Returns the conversation of the first packet in one for which the filter holds, if there is such a packet.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn first_conversation(&mut self) -> io::Result<Option<ConversationId>> {
        let mut next = 1;
        while let Some(packets) = self.next_packets(&mut next, &BTreeSet::new()) {
            for (_, ids, holds) in packets {
                if holds? && let Some(innermost) = ids.last() {
                    return Ok(Some(*innermost));
                }
            }
        }
        Ok(None)
    }

    /// Returns the packets for which the filter holds, and their conversations.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn matches(&mut self) -> io::Result<Matches> {
        let matches = Matches::default();
        let mut next = 1;
        while let Some(packets) = self.next_packets(&mut next, &BTreeSet::new()) {
            for (number, ids, holds) in packets {
                matches.add(number, holds?, ids);
            }
        }
        Ok(matches)
    }

    /// Tests the next packets, and returns for each its number, its conversations, outermost first, and the result.
    /// Packets of these conversations alone are left out. None after the last packet.
    fn next_packets(
        &mut self,
        next: &mut u32,
        without: &BTreeSet<ConversationId>,
    ) -> Option<Vec<Tested>> {
        let batch = self.batch();
        let store = self.store.clone();
        let (mut numbers, mut of) = (Vec::new(), Vec::new());
        {
            let contents = store.read();
            let last = contents.packets.len() as u32;
            let from = (*next).max(contents.packets.first());
            if from > last {
                return None;
            }
            for (number, _) in contents.packets.range(from, last).take(batch) {
                *next = number + 1;
                let ids = contents.conversations_of(number);
                let ids: Vec<_> = ids.into_iter().map(|(id, _)| id).collect();
                if without.is_empty() || ids.iter().any(|id| !without.contains(id)) {
                    numbers.push(number);
                    of.push(ids);
                }
            }
        }
        let results = self.holds(&numbers);
        let tested = numbers.into_iter().zip(of).zip(results);
        Some(
            tested
                .map(|((number, ids), holds)| (number, ids, holds))
                .collect(),
        )
    }
}

/// The number of a packet, its conversations, and whether the filter holds for it.
type Tested = (u32, Vec<ConversationId>, io::Result<bool>);

/// Returns on how many threads to search; 0 chooses by the number of processors.
pub fn thread_count(threads: usize) -> usize {
    let threads = match threads {
        0 => thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    threads.clamp(1, MAX_THREADS)
}

/// Runs jobs on as many threads, or on fewer where there can be no more.
pub fn on_threads<J: Send>(jobs: impl Iterator<Item = J>, run: impl Fn(J) + Sync) {
    let jobs: Vec<J> = jobs.collect();
    let count = jobs.len();
    let jobs = Mutex::new(jobs);
    let next = || jobs.lock().pop();
    let work = || {
        while let Some(job) = next() {
            run(job);
        }
    };
    thread::scope(|scope| {
        for _ in 1..count {
            let builder = thread::Builder::new().name("search".to_owned());
            if builder.spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
}
