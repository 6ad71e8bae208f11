//! The result is the same on any number of threads, in blocks of any size.

use crate::{
    capture::Reader,
    index::Index,
    ports::Ports,
    report::{self, FindingOptions, Format, PacketOptions, Packets, Selection},
    retention::Keep,
    samples,
    store::Store,
    track::DecodeAs,
};
use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

static PAUSES: AtomicBool = AtomicBool::new(false);

/// Waits for a while that differs from time to time, while a test needs it.
pub(super) fn pause() {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    if !PAUSES.load(Ordering::Relaxed) {
        return;
    }
    let random = COUNT
        .fetch_add(1, Ordering::Relaxed)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        >> 60;
    match random {
        0..8 => {}
        8..14 => thread::yield_now(),
        _ => thread::sleep(Duration::from_micros(random * 10)),
    }
}

/// Returns everything that the pipe writes about a capture.
fn written(store: &Store) -> String {
    let mut out = Vec::new();
    let all = Selection::default();
    let options = report::ConversationOptions {
        format: Format::Json,
        width: None,
        columns: None,
    };
    report::conversations(store, &options, &all, &mut out).unwrap();
    let options = FindingOptions {
        json: true,
        ..FindingOptions::default()
    };
    report::findings(store, &options, &mut out).unwrap();
    let options = PacketOptions {
        format: Format::Json,
        detail: false,
        filters: Vec::new(),
        count: None,
        tshark: None,
        ports: Ports::default(),
        threads: 0,
        absolute_seq: false,
        show_secrets: true,
        columns: None,
    };
    Packets::new(store, options).go_on(store, &mut out).unwrap();
    let contents = store.read();
    let evicted = contents.evicted_by_now().words();
    let rest = (
        &contents.problems,
        &contents.comments,
        &contents.interfaces,
        contents.read,
    );
    format!("{} {rest:?} {evicted}", String::from_utf8(out).unwrap())
}

fn read(reader: Reader, keep: Keep, threads: usize, most: usize) -> String {
    let (mut index, _) = Index::of_file(reader, &DecodeAs::default(), keep);
    index.set_threads(threads);
    index.gatherer.most = most;
    index.read_to_end(&AtomicBool::new(false));
    written(index.store())
}

#[test]
fn every_sample_is_read_the_same() {
    PAUSES.store(true, Ordering::Relaxed);
    let small = Keep {
        memory: Some(100_000),
        ..Keep::ALL
    };
    for sample in samples::all() {
        let open = || Reader::from_file(sample.open().unwrap(), sample.name).unwrap();
        for keep in [Keep::ALL, small] {
            let expected = read(open(), keep, 1, usize::MAX);
            for (threads, most) in [(1, 1), (1, 64), (2, usize::MAX), (2, 64), (2, 7), (8, 1)] {
                let got = read(open(), keep, threads, most);
                assert!(
                    got == expected,
                    "{}: {threads} threads, {most} packets",
                    sample.name
                );
            }
        }
    }
    PAUSES.store(false, Ordering::Relaxed);
}
