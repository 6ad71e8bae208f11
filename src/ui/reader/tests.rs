//! The reader's answers, their order, and its errors.

use super::*;
use crate::{
    track::ConversationId,
    ui::color_rules::LineKind,
    ui::panes::packets::tests::{sample, sample_with_index},
};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Work that reports when it is advanced, and continues when it is allowed to.
struct Gate {
    looked_at: Sender<()>,
    go_on: Receiver<Progress>,
}

impl Work for Gate {
    fn advance(&mut self, _viewer: &mut Viewer, _until: Instant) -> Progress {
        self.looked_at.send(()).unwrap();
        self.go_on.recv().unwrap_or_default()
    }

    fn fail(&mut self, _reason: &str) {}
}

/// Work that never ends, as in a conversation without end.
struct Endless;

impl Work for Endless {
    fn advance(&mut self, _viewer: &mut Viewer, until: Instant) -> Progress {
        std::thread::sleep(until.saturating_duration_since(Instant::now()));
        Progress {
            changed: true,
            more: true,
            grows: false,
        }
    }

    fn fail(&mut self, _reason: &str) {}
}

/// Work that panics, and keeps the reason.
struct Broken(Arc<Mutex<Vec<String>>>);

impl Work for Broken {
    fn advance(&mut self, _viewer: &mut Viewer, _until: Instant) -> Progress {
        panic!("out of paper");
    }

    fn fail(&mut self, reason: &str) {
        self.0.lock().push(reason.to_owned());
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn numbers(reader: &Reader) -> Vec<u32> {
    let lines = reader.take_lines();
    lines.into_iter().map(|answer| answer.number).collect()
}

#[test]
fn lines_and_details_come() {
    let shared = sample("everyday.pcapng");
    let reader = &shared.reader;
    let made_for = MadeFor::new(&shared.settings, true);
    assert!(!reader.wait(soon()), "there is nothing to wait for");
    let before = reader.news();
    reader.lines(vec![5, 7], made_for, Extras::default());
    reader.details(5, made_for, false);
    reader.wait(soon());
    assert!(reader.news() > before);
    let mut lines = reader.take_lines();
    lines.sort_by_key(|answer| answer.number);
    let found: Vec<_> = lines
        .iter()
        .map(|answer| (answer.number, answer.line.protocol, answer.made_for))
        .collect();
    assert_eq!(found, [(5, "TCP", made_for), (7, "TCP", made_for)]);
    let answer = reader.take_details().unwrap();
    assert_eq!((answer.number, answer.made_for), (5, made_for));
    assert!(!answer.details.unwrap().tree.fields.is_empty());
    reader.settle();
    assert!(!reader.is_busy());
    // The answer for a missing packet is the reason.
    reader.lines(vec![100_000], made_for, Extras::default());
    reader.details(100_000, made_for, false);
    reader.wait(soon());
    let line = reader.take_lines().pop().unwrap().line;
    assert_eq!(line.kind, LineKind::Bad);
    assert!(line.info.contains("there is no packet 100000"), "{line:?}");
    assert!(reader.take_details().unwrap().details.is_err());
}

/// Packets that were scrolled past are not read.
#[test]
fn the_newest_request_counts() {
    let shared = sample("everyday.pcapng");
    let reader = &shared.reader;
    let made_for = MadeFor::default();
    let (looked_at, looks) = channel();
    let (goes_on, go_on) = channel();
    let gate = reader.begin(Box::new(Gate { looked_at, go_on }));
    gate.wake();
    looks.recv().unwrap();
    // The thread is working meanwhile.
    for first in 1..50 {
        reader.lines((first..first + 10).collect(), made_for, Extras::default());
        reader.details(first, made_for, false);
    }
    assert!(reader.is_busy());
    goes_on.send(Progress::default()).unwrap();
    reader.settle();
    let mut read = numbers(reader);
    // A slow machine shows a line before its conversation is read, and again after that.
    read.sort_unstable();
    read.dedup();
    assert_eq!(read, (49..59).collect::<Vec<u32>>());
    assert_eq!(reader.take_details().unwrap().number, 49);
}

/// A conversation without end delays no other request, and is abandoned when its pane is.
#[test]
fn requests_are_answered_between_slices() {
    let shared = sample("everyday.pcapng");
    let reader = &shared.reader;
    let endless = reader.begin(Box::new(Endless));
    endless.wake();
    for number in 1..20 {
        reader.lines(vec![number], MadeFor::default(), Extras::default());
        let until = soon();
        while !numbers(reader).contains(&number) {
            assert!(Instant::now() < until, "line {number} never comes");
            reader.wait(until);
        }
        assert!(reader.is_busy());
    }
    drop(endless);
    reader.settle();
}

/// Only the work of the pane on the screen is done.
#[test]
fn other_panes_wait() {
    let shared = sample("everyday.pcapng");
    let (looked_at, looks) = channel();
    let (goes_on, go_on) = channel();
    let hidden = shared.reader.begin(Box::new(Gate { looked_at, go_on }));
    let shown = shared.reader.begin(Box::new(Endless));
    hidden.wake();
    looks.recv().unwrap();
    shown.wake();
    let more = Progress {
        more: true,
        ..Progress::default()
    };
    goes_on.send(more).unwrap();
    assert!(looks.recv_timeout(Duration::from_millis(50)).is_err());
    drop(shown);
    hidden.wake();
    looks.recv().unwrap();
    drop(goes_on);
}

/// A panic is an error for its request, and everything else continues.
#[test]
fn what_breaks_is_shown() {
    let shared = sample("everyday.pcapng");
    let reader = &shared.reader;
    let reasons = Arc::default();
    let broken = reader.begin(Box::new(Broken(Arc::clone(&reasons))));
    let before = reader.news();
    broken.wake();
    reader.settle();
    assert_eq!(*reasons.lock(), ["the reader failed: out of paper"]);
    assert!(reader.news() > before);
    // It is not called again.
    broken.wake();
    reader.settle();
    assert_eq!(reasons.lock().len(), 1);
    reader.lines(vec![3], MadeFor::default(), Extras::default());
    reader.wait(soon());
    assert!(numbers(reader).contains(&3));
    assert_eq!(reader.trouble(), None);
}

/// If the thread cannot continue, no caller waits for it.
#[test]
fn a_dead_thread_is_told_of() {
    /// Work that panics even in `fail`.
    struct Hopeless;
    impl Work for Hopeless {
        fn advance(&mut self, _viewer: &mut Viewer, _until: Instant) -> Progress {
            panic!("once");
        }
        fn fail(&mut self, _reason: &str) {
            panic!("twice");
        }
    }
    let shared = sample("everyday.pcapng");
    let reader = &shared.reader;
    let hopeless = reader.begin(Box::new(Hopeless));
    hopeless.wake();
    reader.settle();
    let words = reader.trouble().unwrap();
    assert!(words.contains("twice"), "{words}");
    assert!(!reader.is_busy());
    reader.lines(vec![3], MadeFor::default(), Extras::default());
    assert!(!reader.wait(soon()) && !reader.is_busy());
}

#[test]
fn what_was_forgotten_is_not_answered() {
    let shared = sample("everyday.pcapng");
    let reader = &shared.reader;
    reader.lines(vec![3], MadeFor::default(), Extras::default());
    reader.details(3, MadeFor::default(), false);
    reader.settle();
    reader.forget();
    assert!(reader.take_lines().is_empty());
    assert!(reader.take_details().is_none());
    reader.settle();
}

/// Dropping the reader ends the thread: the store is then no longer referenced.
#[test]
fn the_thread_ends_with_the_reader() {
    let shared = sample("everyday.pcapng");
    let dropped = Arc::new(());
    /// Work that continues for ever.
    struct Held {
        _until_dropped: Arc<()>,
    }
    impl Work for Held {
        fn advance(&mut self, _viewer: &mut Viewer, _until: Instant) -> Progress {
            Progress {
                more: true,
                ..Progress::default()
            }
        }
        fn fail(&mut self, _reason: &str) {}
    }
    let handle = shared.reader.begin(Box::new(Held {
        _until_dropped: Arc::clone(&dropped),
    }));
    handle.wake();
    drop(shared);
    assert_eq!(Arc::strong_count(&dropped), 1);
    // The work can still be woken once the thread has ended.
    handle.wake();
}

/// Reading files does not make the index wait, however long a conversation is.
#[test]
fn the_store_is_free_while_packets_are_read() {
    let (shared, mut index) = sample_with_index("everyday.pcapng");
    let id = ConversationId(0);
    let ladder = crate::ui::panes::ladder::LadderPane::new(id, &shared.reader);
    ladder.read_up_to(u32::MAX, MadeFor::default());
    for _ in 0..200 {
        drop(index.contents());
    }
    shared.reader.settle();
}

/// A search proceeds beside the work of a pane, requests are answered meanwhile, and it ends with its handle.
#[test]
fn a_search_proceeds_whatever_is_on_the_screen() {
    let shared = sample("everyday.pcapng");
    let reader = &shared.reader;
    let made_for = MadeFor::new(&shared.settings, true);
    let pane = reader.begin(Box::new(Endless));
    pane.wake();
    let (looked_at, is_looked_at) = channel();
    let (go_on, goes_on) = channel();
    let search = reader.search(Box::new(Gate {
        looked_at,
        go_on: goes_on,
    }));
    let more = Progress {
        more: true,
        ..Progress::default()
    };
    for _ in 0..3 {
        is_looked_at.recv_timeout(Duration::from_secs(20)).unwrap();
        reader.lines(vec![5], made_for, Extras::default());
        go_on.send(more).unwrap();
        reader.wait(soon());
        // A first answer may be followed by a better one.
        assert!(numbers(reader).contains(&5));
    }
    // Another pane's work does not end it.
    let other = reader.begin(Box::new(Endless));
    other.wake();
    is_looked_at.recv_timeout(Duration::from_secs(20)).unwrap();
    drop((pane, other));
    // It is asked again when there may be more.
    go_on
        .send(Progress {
            grows: true,
            ..Progress::default()
        })
        .unwrap();
    is_looked_at.recv_timeout(Duration::from_secs(20)).unwrap();
    drop(search);
    go_on.send(more).unwrap();
    reader.settle();
    assert!(is_looked_at.recv_timeout(Duration::from_secs(20)).is_err());
}
