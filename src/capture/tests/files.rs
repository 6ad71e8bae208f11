//! Several files as one capture.

use super::super::{Buffer, Files, Packet};
use super::build::*;
use super::input::{gzip, lz4, zstandard};
use super::*;
use proptest::prelude::*;
use std::path::PathBuf;
use tempfile::TempDir;

/// Writes files to a directory; returns their names.
fn files(folder: &TempDir, contents: &[Vec<u8>]) -> Vec<PathBuf> {
    let write = |(at, bytes): (usize, &Vec<u8>)| {
        let path = folder.path().join(format!("{at:05}.pcap"));
        std::fs::write(&path, bytes).unwrap();
        path
    };
    contents.iter().enumerate().map(write).collect()
}

fn read_all(names: &[PathBuf]) -> (Vec<Seen>, Reader) {
    let mut reader = Files::find(names).unwrap().open().unwrap();
    let seen = all(&mut reader);
    assert!(reader.has_ended());
    assert_eq!(Some(reader.position()), reader.total());
    (seen, reader)
}

/// A packet at a time, in seconds, whose data tells it from others.
fn packet(file: &mut Pcap, seconds: u32, name: u8) {
    file.packet(seconds, 0, &payload(name, 60 + usize::from(name)));
}

#[test]
fn a_ring_is_read_in_the_order_of_time() {
    let folder = TempDir::new().unwrap();
    // By their names they would be in another order.
    let rings = [(20, 5), (0, 10), (10, 10)].map(|(first, count)| {
        let mut file = Pcap::usual();
        file.packets(first, count);
        file.bytes
    });
    let names = files(&folder, &rings);
    let (seen, reader) = read_all(&names);
    assert_eq!(data(&seen), payloads(0, 25));
    assert_eq!(reader.diagnostics(), []);
    assert_eq!(reader.interfaces().len(), 1, "the same one in all files");
    // A directory is its files.
    let (again, _) = read_all(&[folder.path().to_owned()]);
    assert_eq!(again, seen);
    // Every packet knows its file.
    let bytes = reader.bytes();
    let name = bytes.file_of(24 + 16).unwrap();
    assert!(name.ends_with("00001.pcap"), "{name}");
}

#[test]
fn the_packets_of_files_that_overlap_alternate() {
    let folder = TempDir::new().unwrap();
    let mut parts = [Pcap::usual(), Pcap::usual(), Pcap::usual()];
    for second in 0..60_u8 {
        let part = &mut parts[usize::from(second) * 7 % 3];
        packet(part, 1_000 + u32::from(second), second);
    }
    let names = files(&folder, &parts.map(|part| part.bytes));
    let (seen, _) = read_all(&names);
    assert_eq!(data(&seen), payloads(0, 60));
}

#[test]
fn compressed_files_are_read_among_others() {
    let folder = TempDir::new().unwrap();
    let part = |first, count| {
        let mut file = Pcap::usual();
        file.packets(first, count);
        file.bytes
    };
    let contents = [
        gzip(&part(0, 20)),
        part(20, 20),
        zstandard(&part(40, 20)),
        lz4(&part(60, 20)),
    ];
    let names = files(&folder, &contents);
    let (seen, reader) = read_all(&names);
    assert_eq!(data(&seen), payloads(0, 80));
    assert_eq!(reader.diagnostics(), []);
}

#[test]
fn what_is_no_capture_does_not_stop_the_others() {
    let folder = TempDir::new().unwrap();
    let mut good = Pcap::usual();
    good.packets(0, 10);
    let mut short = Pcap::usual();
    short.packets(10, 5);
    short.bytes.truncate(short.bytes.len() - 3);
    let contents = [good.bytes, b"no capture".to_vec(), Vec::new(), short.bytes];
    let mut names = files(&folder, &contents);
    let (seen, reader) = read_all(&names);
    assert_eq!(seen.len(), 14);
    let said: Vec<String> = reader
        .diagnostics()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(reader.damaged());
    assert_eq!(said.len(), 3, "{said:?}");
    for (said, name) in said.iter().zip(["00001", "00002", "00003"]) {
        assert!(said.contains(name), "{said}");
    }
    // In a directory there may be others.
    std::fs::remove_file(&names[2]).unwrap();
    std::fs::remove_file(&names[3]).unwrap();
    let (seen, reader) = read_all(&[folder.path().to_owned()]);
    assert_eq!(seen.len(), 10);
    assert!(!reader.damaged());
    assert_eq!(reader.diagnostics().len(), 1);
    // The same file twice, one that is not there, and what is no file.
    names[1] = names[0].clone();
    names.truncate(3);
    let (seen, reader) = read_all(&names);
    assert_eq!(seen.len(), 10);
    assert!(reader.damaged());
    assert_eq!(reader.diagnostics().len(), 2);
    let device = PathBuf::from("/dev/null");
    assert!(matches!(
        Files::find(&[names[0].clone(), device]),
        Err(OpenError::NotAFile { .. })
    ));
    let empty = TempDir::new().unwrap();
    assert!(matches!(
        Files::find(&[empty.path().to_owned()]),
        Err(OpenError::NoFiles { .. })
    ));
}

#[test]
fn everything_besides_packets_is_taken_over() {
    let folder = TempDir::new().unwrap();
    let part = |first: u8, name: &[u8], dropped: u8| {
        let mut file = Pcapng::new(Order::Little);
        file.interface(1, 0, &[(2, name)]);
        let comment = [b'c', b'0' + first];
        let units = (u64::from(SECONDS) + u64::from(first)) * 1_000_000;
        file.packet_with(0, units, &payload(first, 60), &[(1, &comment)]);
        file.packet(0, units + 1, &payload(first + 1, 61));
        let mut statistics = file.numbers(&[0, 0, 0]);
        let drops = u64::from(dropped).to_le_bytes();
        let received = 1_000_u64.to_le_bytes();
        statistics.extend(Pcapng::options(
            Order::Little,
            &[(4, &received), (5, &drops)],
        ));
        file.block(5, &statistics);
        file.bytes
    };
    let names = files(
        &folder,
        &[
            part(0, b"eth0", 7),
            part(4, b"eth1", 1),
            part(8, b"eth0", 3),
        ],
    );
    let (_, reader) = read_all(&names);
    let interfaces = reader.interfaces();
    let named: Vec<_> = interfaces.iter().map(|at| at.name.as_deref()).collect();
    assert_eq!(named, [Some("eth0"), Some("eth1")]);
    assert_eq!(
        interfaces[0].drops,
        Some(10),
        "counted anew in the third file"
    );
    assert_eq!(interfaces[1].drops, Some(1));
    let comments = reader.packet_comments();
    let of = |number, text: &str| (number, text.to_owned());
    assert_eq!(comments, [of(1, "c0"), of(3, "c4"), of(5, "c8")]);
    assert_eq!(reader.sections().len(), 1);
}

#[test]
fn more_files_than_may_be_open_are_read_again() {
    let folder = TempDir::new().unwrap();
    let one = |number: u16| {
        let mut file = Pcap::usual();
        packet(&mut file, 1_000 + u32::from(number), number as u8);
        file.bytes
    };
    let contents: Vec<_> = (0..400).map(one).collect();
    let names = files(&folder, &contents);
    // Reads each packet again.
    let (seen, reader) = read_all(&names);
    assert_eq!(seen.len(), 400);
    // A file that was replaced is not taken for the one that was read.
    let last = names.last().unwrap();
    std::fs::remove_file(last).unwrap();
    std::fs::write(last, one(1)).unwrap();
    let mut bytes = Vec::new();
    let begin = contents[..399]
        .iter()
        .map(|file| file.len() as u64)
        .sum::<u64>();
    // The files before it are read, so that it is not open any more.
    for at in 250..399 {
        let begin = contents[..at]
            .iter()
            .map(|file| file.len() as u64)
            .sum::<u64>();
        reader.bytes().read_at(begin + 40, 60, &mut bytes).unwrap();
    }
    assert!(reader.bytes().read_at(begin + 40, 60, &mut bytes).is_err());
}

/// Reads as the index does: buffer by buffer.
fn in_blocks(mut reader: Reader) -> Vec<Vec<u8>> {
    let mut seen = Vec::new();
    let mut spare = Buffer::default();
    loop {
        let mut next = reader.next_record();
        let mut records = Vec::new();
        while let Some(record) = next {
            records.push(record);
            next = reader.next_buffered();
        }
        reader.exchange_buffer(&mut spare);
        if records.is_empty() {
            return seen;
        }
        for record in records {
            let Packet { data, .. } = record.packet(&spare);
            seen.push(data.to_vec());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_files_are_merged_by_time(
        packets in proptest::collection::vec((0_usize..5, 0_u32..40, 1_u8..250), 1..300),
        large in 0_usize..300,
    ) {
        let folder = TempDir::new().unwrap();
        let mut parts = vec![Vec::new(); 5];
        for (at, (part, seconds, name)) in packets.iter().enumerate() {
            let length = match at == large {
                true => 200_000,
                false => usize::from(*name) + 1,
            };
            parts[*part].push((*seconds, payload(*name, length)));
        }
        let mut expected: Vec<(u32, (u32, usize), Vec<u8>)> = Vec::new();
        let mut contents = Vec::new();
        for (at, part) in parts.iter_mut().enumerate() {
            part.sort_by_key(|(seconds, _)| *seconds);
            let mut file = Pcap::usual();
            for (seconds, data) in &*part {
                file.packet(1_000 + seconds, 0, data);
                let began = part.first().map_or(0, |(seconds, _)| *seconds);
                expected.push((*seconds, (began, at), data.clone()));
            }
            contents.push(file.bytes);
        }
        expected.sort_by_key(|(seconds, at, _)| (*seconds, *at));
        let expected: Vec<_> = expected.into_iter().map(|(_, _, data)| data).collect();
        let names = files(&folder, &contents);
        let (seen, _) = read_all(&names);
        prop_assert!(data(&seen) == expected);
        let reader = Files::find(&names).unwrap().open().unwrap();
        prop_assert!(in_blocks(reader) == expected);
    }
}

#[test]
fn many_interfaces_are_numbered_at_once() {
    let folder = TempDir::new().unwrap();
    let part = |first: u8| {
        let mut file = Pcapng::new(Order::Little);
        for _ in 0..20_000 {
            file.interface(1, 0, &[]);
        }
        file.packets(first, 1);
        file.bytes
    };
    let names = files(&folder, &[part(0), part(1), part(2)]);
    let (seen, reader) = read_all(&names);
    assert_eq!(data(&seen), payloads(0, 3));
    assert_eq!(reader.interfaces().len(), 20_000);
    assert!(!reader.damaged());
}

#[test]
fn packets_of_interfaces_that_cannot_be_numbered_are_counted() {
    let folder = TempDir::new().unwrap();
    let part = |first: u8| {
        let mut file = Pcapng::new(Order::Little);
        for number in 0..40_000_u32 {
            let name = [&[b'a' + first][..], &number.to_le_bytes()].concat();
            file.interface(1, 0, &[(2, &name)]);
        }
        let units = (u64::from(SECONDS) + u64::from(first)) * 1_000_000;
        file.packet(39_999, units, &payload(first, 60 + usize::from(first)));
        file.bytes
    };
    let names = files(&folder, &[part(0), part(1)]);
    let (seen, reader) = read_all(&names);
    assert_eq!(data(&seen), payloads(0, 1));
    assert!(reader.damaged());
    let said: Vec<String> = reader
        .diagnostics()
        .iter()
        .map(ToString::to_string)
        .collect();
    let counted =
        |said: &&String| said.contains("00001.pcap") && said.contains("1 packet left out");
    assert_eq!(said.iter().filter(counted).count(), 1, "{said:?}");
}
