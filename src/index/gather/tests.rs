//! The result is the same on any number of threads, in blocks of any size.

use crate::{
    capture::{Files, Reader},
    index::Index,
    ports::Ports,
    report::{self, FindingOptions, Format, PacketOptions, Packets, Selection},
    retention::Keep,
    samples,
    store::Store,
    track::DecodeAs,
};
use std::{
    fs::{self, File},
    io::{Read, Seek, Write},
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// How many tests need pauses.
static PAUSES: AtomicU64 = AtomicU64::new(0);

/// Waits for a while that differs from time to time, while a test needs it.
pub(super) fn pause() {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    if PAUSES.load(Ordering::Relaxed) == 0 {
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
fn reported(store: &Store) -> String {
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
        selected: None,
        threads: 0,
        absolute_seq: false,
        show_secrets: true,
        columns: None,
        time: Default::default(),
    };
    Packets::new(store, options).go_on(store, &mut out).unwrap();
    report::stats(store, true, false, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Returns that, and what the index found besides packets.
fn written(store: &Store) -> String {
    let contents = store.read();
    let evicted = contents.evicted_by_now().words();
    let rest = (
        &contents.problems,
        &contents.comments,
        &contents.interfaces,
        contents.read,
    );
    format!("{} {rest:?} {evicted}", reported(store))
}

fn read(reader: Reader, keep: Keep, threads: usize, most: usize) -> String {
    written(&load(reader, keep, threads, most))
}

fn load(reader: Reader, keep: Keep, threads: usize, most: usize) -> Store {
    let (mut index, _) = Index::of_file(reader, &DecodeAs::default(), keep);
    index.set_threads(threads);
    index.set_block(most);
    index.read_to_end(&AtomicBool::new(false));
    index.store().clone()
}

#[test]
fn every_sample_is_read_the_same() {
    PAUSES.fetch_add(1, Ordering::Relaxed);
    let small = Keep {
        memory: Some(100_000),
        ..Keep::ALL
    };
    for sample in samples::all() {
        let open = || Reader::from_file(sample.open().unwrap(), sample.name).unwrap();
        for keep in [Keep::ALL, small] {
            let expected = read(open(), keep, 1, usize::MAX);
            for (threads, most) in [
                (1, 1),
                (1, 64),
                (2, usize::MAX),
                (2, 64),
                (2, 7),
                (3, usize::MAX),
                (3, 64),
                (3, 7),
                (8, 1),
            ] {
                let got = read(open(), keep, threads, most);
                assert!(
                    got == expected,
                    "{}: {threads} threads, {most} packets",
                    sample.name
                );
            }
        }
    }
    PAUSES.fetch_sub(1, Ordering::Relaxed);
}

/// Writes the Ethernet packets of all samples to one capture, in turns, and twice: so conversations are interleaved,
/// their ports are used again, and everything comes across the borders of blocks.
fn mixed() -> File {
    let mut samples = Vec::new();
    for sample in samples::all() {
        let mut reader = Reader::from_file(sample.open().unwrap(), sample.name).unwrap();
        let mut packets = Vec::new();
        while let Some(packet) = reader.next() {
            if packet.link_type == 1 {
                packets.push((packet.original, packet.data.to_vec()));
            }
        }
        samples.push(packets);
    }
    let mut bytes = Vec::new();
    let mut word = |value: u32| bytes.extend(value.to_le_bytes());
    // The header of a capture with times in nanoseconds.
    for value in [0xa1b2_3c4d, 0x0004_0002, 0, 0, 0x0004_0000, 1] {
        word(value);
    }
    let most = samples.iter().map(Vec::len).max().unwrap_or(0);
    let mut time_ns: u64 = 1_764_000_000_000_000_000;
    for at in (0..most).chain(0..most) {
        for packets in &samples {
            let Some((original, data)) = packets.get(at) else {
                continue;
            };
            time_ns += 70_000;
            let seconds = (time_ns / 1_000_000_000) as u32;
            let rest = (time_ns % 1_000_000_000) as u32;
            for value in [seconds, rest, data.len() as u32, *original] {
                bytes.extend(value.to_le_bytes());
            }
            bytes.extend(data);
        }
    }
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    file.rewind().unwrap();
    file
}

#[test]
fn interleaved_samples_are_read_the_same() {
    PAUSES.fetch_add(1, Ordering::Relaxed);
    let file = mixed();
    let open = || {
        let mut file = file.try_clone().unwrap();
        file.rewind().unwrap();
        Reader::from_file(file, "mixed").unwrap()
    };
    let expected = read(open(), Keep::ALL, 1, usize::MAX);
    assert!(expected.len() > 1_000_000);
    for (threads, most) in [(1, 64), (2, 64), (3, usize::MAX), (3, 64), (3, 3), (8, 256)] {
        let got = read(open(), Keep::ALL, threads, most);
        assert!(got == expected, "{threads} threads, {most} packets");
    }
    PAUSES.fetch_sub(1, Ordering::Relaxed);
}

/// Deals the packets of a classic capture out to files: stretches of them, so that some files overlap in time.
fn dealt(whole: &[u8], folder: &TempDir) -> Vec<PathBuf> {
    let (header, mut rest) = whole.split_at(24);
    let mut parts = vec![header.to_vec(); 40];
    let mut number = 0;
    while let Some((record, _)) = rest.split_at_checked(16) {
        let length = u32::from_le_bytes(record[8..12].try_into().unwrap()) as usize;
        let (packet, others) = rest.split_at(16 + length);
        // In turns to two of them, and to the next two after a while.
        parts[(number / 500 * 2 + number % 2) % 40].extend(packet);
        (rest, number) = (others, number + 1);
    }
    let write = |(at, bytes): (usize, Vec<u8>)| {
        let path = folder.path().join(format!("{at:02}.pcap"));
        fs::write(&path, bytes).unwrap();
        path
    };
    parts.into_iter().enumerate().map(write).collect()
}

/// Removes the name of a packet's file.
fn without_file(line: &str) -> String {
    let named = line.split_once("\"file\": ");
    let parts = named.and_then(|(before, after)| Some((before, after.split_once(", ")?.1)));
    parts.map_or(line.to_owned(), |(before, after)| {
        format!("{before}{after}")
    })
}

#[test]
fn files_are_read_as_one_capture() {
    PAUSES.fetch_add(1, Ordering::Relaxed);
    let mut whole = Vec::new();
    mixed().read_to_end(&mut whole).unwrap();
    let folder = TempDir::new().unwrap();
    let names = dealt(&whole, &folder);
    let reader = || Files::find(&names).unwrap().open().unwrap();
    let mut single = mixed();
    single.rewind().unwrap();
    let single = Reader::from_file(single, "mixed").unwrap();
    // Only the names of the files tell them apart.
    let expected = reported(&load(single, Keep::ALL, 1, usize::MAX));
    for (threads, most) in [(1, usize::MAX), (2, 64), (3, usize::MAX), (3, 7)] {
        let got = reported(&load(reader(), Keep::ALL, threads, most));
        let got: String = got.split_inclusive('\n').map(without_file).collect();
        assert!(got == expected, "{threads} threads, {most} packets");
    }
    PAUSES.fetch_sub(1, Ordering::Relaxed);
}
