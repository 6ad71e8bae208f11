//! The findings of the capture that is on the screen. A thread looks for them while the capture grows, at most once a
//! second, and once when it has been read.

use crate::{
    findings::{Findings, Search, Severity},
    store::{Contents, Rereading, Store},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, TryRecvError, sync_channel},
    },
    time::{Duration, Instant},
};

/// The minimum interval of searches while the capture grows.
const INTERVAL: Duration = Duration::from_secs(1);

/// Searches take at most one part in this many of the time.
const SHARE: u32 = 10;

/// How long a search keeps the index from writing at once.
const TURN: Duration = Duration::from_millis(3);

/// The clock is read after this many conversations.
const STEP: usize = 64;

/// Everything that was found, and how much.
#[derive(Default)]
pub struct Found {
    /// The findings.
    pub findings: Findings,
    /// How many of each severity there are, the least first.
    counts: [u64; Severity::ALL.len()],
    /// How long the search took, without waiting.
    took: Duration,
}

impl Found {
    fn new(findings: Findings, took: Duration) -> Self {
        let mut counts = [0; Severity::ALL.len()];
        for row in findings.rows() {
            counts[row.severity() as usize] += 1;
        }
        Found {
            findings,
            counts,
            took,
        }
    }

    /// Returns how many findings of a severity there are.
    pub fn count(&self, severity: Severity) -> u64 {
        self.counts[severity as usize]
    }

    /// Returns how many findings of warning or above there are.
    pub fn problems(&self) -> u64 {
        self.count(Severity::Warning) + self.count(Severity::Error)
    }
}

/// The state of the capture that a search was begun for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    packets: usize,
    first: u32,
    finished: bool,
    rereading: Rereading,
    problems: usize,
}

impl State {
    fn of(contents: &Contents) -> Self {
        State {
            packets: contents.packets.len(),
            first: contents.packets.first(),
            finished: contents.finished,
            rereading: contents.rereading,
            problems: contents.problems.len(),
        }
    }
}

/// A search under way.
struct Searching {
    result: Receiver<Found>,
    percent: Arc<AtomicU64>,
}

/// The findings by now.
#[derive(Default)]
pub struct LiveFindings {
    found: Option<Arc<Found>>,
    /// How many searches have ended.
    version: u64,
    searching: Option<Searching>,
    /// What the latest search was begun for, and when.
    begun_for: Option<(State, Instant)>,
}

impl LiveFindings {
    /// Returns what was found by the latest search that has ended; nothing before the first.
    pub fn found(&self) -> Option<&Arc<Found>> {
        self.found.as_ref()
    }

    /// Returns a number that differs after each search.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns how far the first search is, in percent; none once it has ended.
    pub fn progress(&self) -> Option<u64> {
        let percent = |search: &Searching| search.percent.load(Ordering::Relaxed);
        match &self.found {
            Some(_) => None,
            None => Some(self.searching.as_ref().map_or(0, percent)),
        }
    }

    /// Whether a search is under way.
    pub fn is_searching(&self) -> bool {
        self.searching.is_some()
    }

    /// Takes over what was found, and begins a search if one is due. Returns whether there is something new.
    pub fn sync(&mut self, store: &Store) -> bool {
        let is_new = self.take_over();
        if self.searching.is_none() {
            let state = State::of(&store.read());
            if self.is_due(&state) {
                self.begin(store.clone(), state);
            }
        }
        is_new
    }

    fn take_over(&mut self) -> bool {
        let Some(searching) = &self.searching else {
            return false;
        };
        let found = match searching.result.try_recv() {
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Disconnected) => None,
            Ok(found) => Some(Arc::new(found)),
        };
        self.searching = None;
        self.version += 1;
        self.found = found.or(self.found.take());
        true
    }

    fn is_due(&self, state: &State) -> bool {
        let Some((before, begun)) = &self.begun_for else {
            return state.packets > 0 || state.finished;
        };
        let took = self.found.as_ref().map_or(Duration::ZERO, |it| it.took);
        let interval = INTERVAL.max(took * SHARE);
        let has_ended = state.finished && state.rereading.left == 0;
        before != state && (has_ended || begun.elapsed() >= interval)
    }

    fn begin(&mut self, store: Store, state: State) {
        self.begun_for = Some((state, Instant::now()));
        let (sender, result) = sync_channel(1);
        let percent = Arc::new(AtomicU64::new(0));
        let progress = Arc::clone(&percent);
        let thread = std::thread::Builder::new().name("findings".to_owned());
        let begun = thread.spawn(move || {
            // A screen that is gone needs no findings.
            let _ = sender.send(search(&store, &progress));
        });
        self.searching = begun.is_ok().then_some(Searching { result, percent });
    }
}

/// Looks for the findings of a capture as far as it is read.
fn search(store: &Store, progress: &AtomicU64) -> Found {
    let settings = &store.read().judging.clone();
    let mut search = Search::default();
    let mut took = Duration::ZERO;
    let mut more = true;
    while more {
        let contents = store.read();
        let began = Instant::now();
        while more && began.elapsed() < TURN {
            more = search.advance(&contents, settings, STEP);
        }
        progress.store(search.percent(&contents), Ordering::Relaxed);
        drop(contents);
        search.count_hosts();
        took += began.elapsed();
    }
    search.add_capture(&store.read());
    let began = Instant::now();
    let findings = search.finish(settings);
    let mut found = Found::new(findings, took);
    found.took += began.elapsed();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{findings::Settings, index};

    /// A search in steps finds what a search at once does.
    #[test]
    fn steps_find_the_same() {
        for name in ["everyday.pcapng", "refused.pcap", "dns.pcap"] {
            let (index, _) = index::tests::sample(name);
            let store = index.store();
            let settings = Settings::default();
            let at_once = Findings::of(&store.read(), &settings);
            let mut search = Search::default();
            let mut steps = 0;
            while search.advance(&store.read(), &settings, 1) {
                steps += 1;
                assert!(search.percent(&store.read()) <= 100);
            }
            assert!(steps >= store.read().tracker.count(), "{name}");
            search.add_capture(&store.read());
            let in_steps = search.finish(&settings);
            let rows = |findings: &Findings| format!("{:?}", findings.rows().collect::<Vec<_>>());
            assert_eq!(rows(&in_steps), rows(&at_once), "{name}");
            assert_eq!(in_steps.conversations(), at_once.conversations(), "{name}");
        }
    }

    #[test]
    fn what_was_found_is_counted() {
        let (index, _) = index::tests::sample("everyday.pcapng");
        let mut findings = LiveFindings::default();
        assert_eq!(findings.progress(), Some(0));
        assert!(!findings.sync(index.store()), "it has only begun");
        while !findings.sync(index.store()) {}
        assert!(!findings.is_searching() && findings.progress().is_none());
        let found = Arc::clone(findings.found().unwrap());
        let all: u64 = Severity::ALL.map(|it| found.count(it)).iter().sum();
        assert_eq!(all, found.findings.len() as u64);
        assert!(found.count(Severity::Note) > 0 && found.problems() > 0);
        assert!(found.findings.conversations().is_sorted());
        // Nothing has changed, so that nothing is looked for.
        assert!(!findings.sync(index.store()) && !findings.is_searching());
    }
}
