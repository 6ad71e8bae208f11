//! The statistics of the capture that is on the screen, while they are shown. A thread adds them up, at most once a
//! second while the capture grows, and once when it has been read.

use crate::{
    statistics::{Overview, Summing, Timeline},
    store::{Contents, Rereading, Store},
};
use std::{
    sync::{
        Arc,
        mpsc::{Receiver, TryRecvError, sync_channel},
    },
    time::{Duration, Instant},
};

/// The minimum interval of sums while the capture grows.
const INTERVAL: Duration = Duration::from_secs(1);

/// They take at most one part in this many of the time.
const SHARE: u32 = 10;

/// How long the store is locked at once.
const TURN: Duration = Duration::from_millis(3);

/// The clock is read after this many conversations, and after this many packets.
const CONVERSATIONS: usize = 256;
const PACKETS: u32 = 1 << 14;

/// What was added up.
pub struct Sums {
    /// Protocols, endpoints, services.
    pub overview: Overview,
    /// Packets and bytes over all of the time.
    pub timeline: Timeline,
    /// The same over a part of it, given by its first and its last time, if one was wanted.
    pub part: Option<((i64, i64), Timeline)>,
    /// How long it took.
    took: Duration,
}

/// The state of the capture that sums were begun for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    packets: usize,
    finished: bool,
    rereading: Rereading,
    part: Option<(i64, i64)>,
}

/// The statistics by now.
#[derive(Default)]
pub struct LiveStatistics {
    sums: Option<Arc<Sums>>,
    summing: Option<Receiver<Sums>>,
    begun_for: Option<(State, Instant)>,
    /// The part of the time that is wanted besides.
    part: Option<(i64, i64)>,
}

impl LiveStatistics {
    /// Returns the latest sums; none before the first.
    pub fn sums(&self) -> Option<&Arc<Sums>> {
        self.sums.as_ref()
    }

    /// Whether they are being added up.
    pub fn is_busy(&self) -> bool {
        self.summing.is_some()
    }

    /// Sets the part of the time that is wanted besides all of it.
    pub fn want(&mut self, part: Option<(i64, i64)>) {
        self.part = part;
    }

    /// Takes over what was added up, and begins again if that is due.
    pub fn sync(&mut self, store: &Store) {
        if let Some(summing) = &self.summing {
            match summing.try_recv() {
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {}
                Ok(sums) => self.sums = Some(Arc::new(sums)),
            }
            self.summing = None;
        }
        let state = {
            let contents = store.read();
            State {
                packets: contents.packets.len(),
                finished: contents.finished,
                rereading: contents.rereading,
                part: self.part,
            }
        };
        if self.is_due(&state) {
            self.begin(store.clone(), state);
        }
    }

    fn is_due(&self, state: &State) -> bool {
        let Some((before, begun)) = &self.begun_for else {
            return true;
        };
        let took = self.sums.as_ref().map_or(Duration::ZERO, |it| it.took);
        let is_other_part = before.part != state.part;
        let has_ended = state.finished && state.rereading.left == 0;
        let is_over = begun.elapsed() >= INTERVAL.max(took * SHARE);
        before != state && (has_ended || is_other_part || is_over)
    }

    fn begin(&mut self, store: Store, state: State) {
        self.begun_for = Some((state, Instant::now()));
        let before = self.sums.clone();
        let (sender, result) = sync_channel(1);
        let thread = std::thread::Builder::new().name("statistics".to_owned());
        let begun = thread.spawn(move || {
            // A screen that is gone needs no sums.
            let _ = sender.send(sum(&store, before.as_deref(), state.part));
        });
        self.summing = begun.is_ok().then_some(result);
    }
}

/// Calls `step` until there is no more, in turns in which the store is locked.
fn in_turns(store: &Store, mut step: impl FnMut(&Contents) -> bool) {
    let mut more = true;
    while more {
        let contents = store.read();
        let began = Instant::now();
        while more && began.elapsed() < TURN {
            more = step(&contents);
        }
    }
}

/// Adds up a capture as far as it is read. What was counted before is taken over.
fn sum(store: &Store, before: Option<&Sums>, part: Option<(i64, i64)>) -> Sums {
    let began = Instant::now();
    let mut timeline = before.map_or_else(Timeline::default, |it| it.timeline.clone());
    in_turns(store, |contents| timeline.go_on(contents, PACKETS));
    let known = before.and_then(|it| it.part.clone());
    let part = part.map(|part| {
        let known = known.filter(|(of, _)| *of == part);
        let mut timeline = match known {
            Some((_, timeline)) => timeline,
            None => Timeline::between(part.0, part.1),
        };
        in_turns(store, |contents| timeline.go_on(contents, PACKETS));
        (part, timeline)
    });
    let mut summing = Summing::default();
    in_turns(store, |contents| summing.advance(contents, CONVERSATIONS));
    let overview = summing.finish(&store.read());
    Sums {
        overview,
        timeline,
        part,
        took: began.elapsed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index;

    /// What is added up in turns, with the timeline taken over, is what is added up at once.
    #[test]
    fn in_turns_and_at_once() {
        let (index, _) = index::tests::sample("everyday.pcapng");
        let store = index.store();
        let at_once = Overview::of(&store.read());
        let mut live = LiveStatistics::default();
        assert!(live.sums().is_none() && !live.is_busy());
        let wait = |live: &mut LiveStatistics| {
            live.sync(store);
            assert!(live.is_busy());
            while live.is_busy() {
                live.sync(store);
            }
        };
        wait(&mut live);
        let all = Arc::clone(live.sums().unwrap());
        assert_eq!(all.overview.endpoints, at_once.endpoints);
        assert_eq!(all.overview.layers, at_once.layers);
        assert_eq!(all.timeline.packets(), 964);
        let begin = all.timeline.begin_ns();
        live.want(Some((begin, begin + 1_000_000_000)));
        wait(&mut live);
        let part = live.sums().unwrap();
        assert_eq!(part.timeline.packets(), 964);
        assert_eq!(part.part.as_ref().unwrap().1.packets(), 149);
        live.sync(store);
        assert!(!live.is_busy(), "nothing has changed");
    }
}
