//! Commands at any time; and the index of a sample for other tests.

use super::*;
use crate::{services, track::Protocol};
use parking_lot::RwLockWriteGuard;
use std::{
    io::Write,
    os::{fd::OwnedFd, unix::fs::FileExt},
    path::{Path, PathBuf},
    sync::mpsc::channel,
    thread::JoinHandle,
};

/// Returns an index that has read a capture to its end.
pub(crate) fn load(path: &Path) -> (Index, Handle) {
    let reader = Reader::open(path).unwrap();
    let (mut index, handle) = Index::of_file(reader, &DecodeAs::default(), Keep::ALL);
    index.read_to_end(&AtomicBool::new(false));
    (index, handle)
}

/// Returns an index that has read a sample to its end.
pub(crate) fn sample(name: &str) -> (Index, Handle) {
    load(&path(name))
}

fn path(name: &str) -> PathBuf {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    samples.join(name)
}

/// Lets other tests run an index step by step.
impl Index {
    /// Reads `count` packets; returns how many there were.
    pub(crate) fn read_packets(&mut self, count: usize) -> usize {
        let before = self.store().read().packets.len();
        let mut read = 0;
        while read < count {
            let mut block = Block::default();
            if !self.gatherer.fill_up_to(&mut block, count - read) {
                break;
            }
            self.appender.append(&mut block);
            read = self.store().read().packets.len() - before;
        }
        read
    }

    /// Finishes after everything was read.
    pub(crate) fn end(&mut self) {
        let contents = &mut self.appender.writer.write();
        self.appender.pipeline.end(contents);
        Published::end(self.gatherer.reader(), contents);
    }

    /// Evicts the packets that begin before this offset.
    pub(crate) fn evict(&mut self, before: u64) {
        let contents = &mut self.appender.writer.write();
        self.appender.pipeline.evict(contents, before);
    }

    /// Evicts `count` packets, counted from the first of the capture.
    pub(crate) fn evict_packets(&mut self, count: u32) {
        let first = self.appender.writer.read().packets.get(count + 1).copied();
        self.evict(first.unwrap().offset());
    }

    /// Returns its contents, to be changed.
    pub(crate) fn contents(&mut self) -> RwLockWriteGuard<'_, Contents> {
        self.appender.writer.write()
    }

    /// Executes the commands that were sent.
    fn obey(&mut self) {
        while let Some(command) = self.appender.commands.next() {
            self.appender.carry_out(command);
        }
    }
}

fn decode_as((protocol, port): (Protocol, u16), name: Option<&str>) -> Command {
    Command::DecodeAs {
        protocol,
        port,
        dissector: name.map(|name| services::spoken(name).unwrap()),
    }
}

fn rule((protocol, port): (Protocol, u16), name: &str) -> DecodeAs {
    let mut rules = DecodeAs::default();
    rules.set(protocol, port, services::spoken(name).unwrap());
    rules
}

/// Returns the state and summary of every conversation, and the outcome of its announcements.
fn conversations(store: &Store) -> Vec<String> {
    let contents = store.read();
    let all = contents.tracker.conversations();
    let words = all.map(|(id, c)| {
        let parent = contents.tracker.parent_of(id);
        let summary = contents.tracker.summary(id);
        format!(
            "{} {} {summary} {} {parent:?}",
            c.id(),
            services::name(c),
            c.credentials()
        )
    });
    words.collect()
}

/// Returns the conversations of a capture that is read with rules from the beginning.
fn read_with(name: &str, rules: &DecodeAs) -> Vec<String> {
    let reader = Reader::open(&path(name)).unwrap();
    let (mut index, _) = Index::of_file(reader, rules, Keep::ALL);
    index.read_to_end(&AtomicBool::new(false));
    conversations(index.store())
}

fn start(index: Index) -> (Store, JoinHandle<()>) {
    let store = index.store().clone();
    let thread = std::thread::spawn(move || index.run(&AtomicBool::new(false)));
    (store, thread)
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn wait_for_commands(handle: &Handle, store: &Store) {
    wait_until("commands are carried out", || {
        !handle.is_pending() && store.read().rereading.left == 0
    });
}

const WEB: (Protocol, u16) = (Protocol::Tcp, 80);

/// A conversation of 155 packets at this port.
const LONG: &str = "lossy-reordering.pcap";

/// Samples with a port, and the protocol to read it as: long ones, ones that begin in the middle, ones in tunnels,
/// fragmented ones, ones that announce other connections.
const CASES: [(&str, (Protocol, u16), &str); 9] = [
    ("web-uploads.pcap", (Protocol::Tcp, 80), "smtp"),
    ("everyday.pcapng", (Protocol::Tcp, 80), "ftp"),
    ("everyday.pcapng", (Protocol::Tcp, 443), "http"),
    ("everyday.pcapng", (Protocol::Udp, 53), "ntp"),
    ("mid-stream.pcap", (Protocol::Tcp, 80), "smtp"),
    ("tunnel-gre.pcap", (Protocol::Tcp, 80), "smtp"),
    ("tunnel-vxlan.pcap", (Protocol::Tcp, 80), "smtp"),
    ("fragments.pcap", (Protocol::Udp, 53), "ntp"),
    ("ftp-passive.pcap", (Protocol::Tcp, 21), "smtp"),
];

/// A connection that was announced keeps its protocol when the announcement is read as another one.
const ANNOUNCES: &str = "ftp-passive.pcap";

/// The result is as if the capture had been read with the rule from the beginning.
#[test]
fn a_late_rule_is_as_good_as_an_early_one() {
    for (name, port, protocol) in CASES {
        let (index, handle) = sample(name);
        let (store, thread) = start(index);
        let before = conversations(&store);
        let early = read_with(name, &rule(port, protocol));
        assert_ne!(before, early, "{name}");
        let count = {
            let contents = store.read();
            contents.tracker.with_port(port.0, port.1).len() as u64
        };
        assert!(handle.send(decode_as(port, Some(protocol))));
        wait_for_commands(&handle, &store);
        if name != ANNOUNCES {
            assert_eq!(conversations(&store), early, "{name}");
        }
        let rereading = store.read().rereading;
        assert_eq!((rereading.changes, rereading.left), (1, 0));
        assert!(rereading.done >= count, "{name}: {rereading:?}");
        assert!(handle.send(decode_as(port, None)));
        wait_for_commands(&handle, &store);
        assert_eq!(conversations(&store), before, "{name}");
        drop(handle);
        thread.join().unwrap();
    }
}

/// Announcements that are recognised only after a rule are matched with the existing connections.
#[test]
fn a_late_rule_finds_what_was_announced() {
    let before = read_with(ANNOUNCES, &DecodeAs::default());
    assert!(before.iter().any(|words| words.contains("Some(")));
    let (index, handle) = Index::of_file(
        Reader::open(&path(ANNOUNCES)).unwrap(),
        &rule((Protocol::Tcp, 21), "smtp"),
        Keep::ALL,
    );
    let (store, thread) = start(index);
    wait_until("it is read", || store.read().finished);
    assert!(
        conversations(&store)
            .iter()
            .all(|words| !words.contains("Some("))
    );
    assert!(handle.send(decode_as((Protocol::Tcp, 21), None)));
    wait_for_commands(&handle, &store);
    assert_eq!(conversations(&store), before);
    drop(handle);
    thread.join().unwrap();
}

/// A rule that is set while packets come applies to earlier and later packets.
#[test]
fn a_rule_while_the_capture_grows() {
    for (name, port, protocol) in CASES {
        if name == ANNOUNCES {
            continue;
        }
        let bytes = std::fs::read(path(name)).unwrap();
        let early = read_with(name, &rule(port, protocol));
        let before = read_with(name, &DecodeAs::default());
        for percent in [5, 30, 50, 80] {
            let file = tempfile::tempfile().unwrap();
            let (first, rest) = bytes.split_at((bytes.len() * percent / 100).max(48));
            file.write_all_at(first, 0).unwrap();
            let growing = capture::Growing {
                valid: std::sync::Arc::new(true.into()),
                free: None,
            };
            let reader = Reader::from_growing(file.try_clone().unwrap(), name, growing).unwrap();
            let (sender, segments) = channel();
            let rules = DecodeAs::default();
            let (index, handle) = Index::of_live(reader, segments, &rules, Keep::ALL);
            let (store, thread) = start(index);
            assert!(handle.send(decode_as(port, Some(protocol))));
            let mut at = first.len() as u64;
            for part in rest.chunks(rest.len().div_ceil(20)) {
                file.write_all_at(part, at).unwrap();
                at += part.len() as u64;
                std::thread::yield_now();
            }
            drop(sender);
            wait_until("it ends", || store.read().finished);
            wait_for_commands(&handle, &store);
            assert_eq!(conversations(&store), early, "{name} from {percent} %");
            // Commands are executed after the end too.
            assert!(handle.send(decode_as(port, None)));
            wait_for_commands(&handle, &store);
            assert_eq!(conversations(&store), before, "{name} from {percent} %");
            drop(handle);
            thread.join().unwrap();
        }
    }
}

/// Packets come between the steps of reading a conversation again.
#[test]
fn packets_between_the_steps_of_a_rereading() {
    let early = read_with(LONG, &rule(WEB, "smtp"));
    let reader = Reader::open(&path(LONG)).unwrap();
    let (mut index, handle) = Index::of_file(reader, &DecodeAs::default(), Keep::ALL);
    index.appender.reread.lookup = 10;
    index.read_packets(30);
    assert!(handle.send(decode_as(WEB, Some("smtp"))));
    index.obey();
    while index.read_packets(9) > 0 {
        index.appender.reread.go_on(&mut index.appender.writer);
    }
    while index.appender.reread.left() > 0 {
        index.appender.reread.go_on(&mut index.appender.writer);
    }
    index.end();
    assert_eq!(conversations(index.store()), early);
}

/// A pipe that is silent does not delay commands.
#[test]
fn a_rule_while_a_pipe_is_quiet() {
    let name = "web-uploads.pcap";
    let bytes = std::fs::read(path(name)).unwrap();
    let (from, mut to) = std::io::pipe().unwrap();
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    to.write_all(first).unwrap();
    let reader = Reader::from_file(OwnedFd::from(from).into(), name).unwrap();
    let (index, handle) = Index::of_file(reader, &DecodeAs::default(), Keep::ALL);
    let (store, thread) = start(index);
    wait_until("it is read", || !store.read().packets.is_empty());
    assert!(handle.send(decode_as(WEB, Some("smtp"))));
    wait_for_commands(&handle, &store);
    let rereading = store.read().rereading;
    assert!(rereading.changes == 1 && rereading.done > 0);
    assert!(!store.read().finished);
    to.write_all(rest).unwrap();
    drop(to);
    wait_until("it ends", || store.read().finished);
    assert_eq!(conversations(&store), read_with(name, &rule(WEB, "smtp")));
    drop(handle);
    thread.join().unwrap();
}

/// The number of remaining conversations goes down to 0, and a rule for another port does not drop them.
#[test]
fn progress() {
    let (mut index, handle) = sample("everyday.pcapng");
    let store = index.store().clone();
    let with_port = |port| store.read().tracker.with_port(Protocol::Tcp, port).len();
    let (web, tls) = (with_port(80), with_port(443));
    assert!(web > 1 && tls > 1);
    assert!(handle.send(decode_as(WEB, Some("smtp"))));
    assert!(handle.is_pending());
    index.obey();
    assert!(!handle.is_pending());
    assert_eq!(store.read().rereading.left, web);
    index.appender.reread.go_on(&mut index.appender.writer);
    let left = store.read().rereading.left;
    assert!(left < web);
    assert!(handle.send(decode_as((Protocol::Tcp, 443), Some("http"))));
    index.obey();
    assert_eq!(store.read().rereading.left, left + tls);
    let mut left = left + tls;
    while left > 0 {
        index.appender.reread.go_on(&mut index.appender.writer);
        let rereading = store.read().rereading;
        assert_eq!(rereading.left, index.appender.reread.left());
        assert!(rereading.left <= left);
        left = rereading.left;
    }
    let rereading = store.read().rereading;
    assert_eq!((rereading.changes, rereading.done), (2, (web + tls) as u64));
    let mut rules = rule(WEB, "smtp");
    let http = services::spoken("http").unwrap();
    rules.set(Protocol::Tcp, 443, http);
    assert_eq!(conversations(&store), read_with("everyday.pcapng", &rules));
}

/// Conversations queued under an earlier rule, also for another port, are not lost.
#[test]
fn a_rule_while_another_is_carried_out() {
    let (mut index, handle) = sample(LONG);
    index.appender.reread.lookup = 10;
    assert!(handle.send(decode_as(WEB, Some("smtp"))));
    index.obey();
    index.appender.reread.go_on(&mut index.appender.writer);
    assert!(
        index.appender.reread.current.is_some(),
        "it takes several steps"
    );
    assert!(handle.send(decode_as((Protocol::Tcp, 9), Some("http"))));
    index.obey();
    assert_eq!(index.appender.reread.left(), 1);
    while index.appender.reread.left() > 0 {
        index.appender.reread.go_on(&mut index.appender.writer);
    }
    let expected = read_with(LONG, &rule(WEB, "smtp"));
    assert_eq!(conversations(index.store()), expected);
}

/// An index that ends while a command is executed leaves whole conversations, and blocks no handle.
#[test]
fn stopped_while_a_command_is_carried_out() {
    let (mut index, handle) = sample("everyday.pcapng");
    let store = index.store().clone();
    let before = conversations(&store);
    let after = read_with("everyday.pcapng", &rule(WEB, "smtp"));
    assert!(handle.send(decode_as(WEB, Some("smtp"))));
    index.obey();
    index.appender.reread.go_on(&mut index.appender.writer);
    index.appender.reread.go_on(&mut index.appender.writer);
    assert!(index.appender.reread.left() > 0);
    let stop = AtomicBool::new(true);
    index.run(&stop);
    let now = conversations(&store);
    let is_one = |((now, before), after)| now == before || now == after;
    assert!(now.iter().zip(&before).zip(&after).all(is_one));
    assert!(now != before && now != after);
    assert_eq!(store.read().rereading.left, 0);
    assert!(!handle.is_pending());
    assert!(!handle.send(decode_as(WEB, None)));
    assert!(!handle.is_pending());
}

/// Without handles the index does not wait.
#[test]
fn the_index_ends_with_its_last_handle() {
    let (index, handle) = sample("everyday.pcapng");
    let (store, thread) = start(index);
    let other = handle.clone();
    assert!(handle.send(decode_as(WEB, Some("smtp"))));
    drop(handle);
    wait_for_commands(&other, &store);
    assert!(!thread.is_finished());
    drop(other);
    thread.join().unwrap();
}

/// Packets that are evicted while a conversation is read again are left out.
#[test]
fn evicted_while_it_is_read_again() {
    let (mut index, handle) = sample(LONG);
    index.appender.reread.lookup = 10;
    let last = index.store().read().packets.len() as u32;
    for evicted in [4, 40, last - 1] {
        assert!(handle.send(decode_as(WEB, Some("smtp"))));
        index.obey();
        index.appender.reread.go_on(&mut index.appender.writer);
        index.evict_packets(evicted);
        while index.appender.reread.left() > 0 {
            index.appender.reread.go_on(&mut index.appender.writer);
        }
        assert_eq!(index.store().read().rereading.left, 0);
    }
}
