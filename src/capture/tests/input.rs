//! The sources of captures: compressed files, pipes, files that grow; and files that are not captures.

use std::io::{PipeWriter, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::super::Compression;
use super::build::*;
use super::*;

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstandard(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

pub fn lz4(bytes: &[u8]) -> Vec<u8> {
    let about = lz4_flex::frame::FrameInfo::new()
        .block_size(lz4_flex::frame::BlockSize::Max64KB)
        .block_checksums(true)
        .content_checksum(true);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(about, Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

type Compress = fn(&[u8]) -> Vec<u8>;
const COMPRESSIONS: [(Compression, Compress); 3] = [
    (Compression::Gzip, gzip),
    (Compression::Zstandard, zstandard),
    (Compression::Lz4, lz4),
];

/// A capture of 1.5 MB that does not compress to nothing.
fn large() -> (Vec<u8>, usize) {
    let mut file = Pcap::usual();
    let mut state = 1u32;
    for number in 0..2000u32 {
        let data: Vec<u8> = (0..700)
            .map(|index| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if index % 3 == 0 {
                    (state >> 24) as u8
                } else {
                    index as u8
                }
            })
            .collect();
        file.packet(SECONDS + number, 0, &data);
    }
    (file.bytes, 2000)
}

#[test]
fn compressed_captures_are_told_by_their_first_bytes() {
    let (bytes, count) = large();
    let plain = good(&bytes).0;
    for (compression, compress) in COMPRESSIONS {
        let compressed = compress(&bytes);
        let (seen, reader) = good(&compressed);
        assert!(seen.len() == count && seen == plain, "{compression:?}");
        assert_eq!(reader.format().compression, compression);
        let size = compressed.len() as u64;
        assert_eq!(
            (reader.position(), reader.total()),
            (size, Some(size)),
            "{compression:?}"
        );
        let mut file = Pcapng::usual();
        assert_eq!(good(&compress(&file.packets(0, 3).bytes)).0.len(), 3);
    }
}

#[test]
fn several_members_in_a_row() {
    let (bytes, count) = large();
    for (compression, compress) in COMPRESSIONS {
        let mut compressed: Vec<u8> = bytes.chunks(300_000).flat_map(compress).collect();
        assert_eq!(good(&compressed).0.len(), count, "{compression:?}");
        // Padding.
        compressed.extend([0; 1024]);
        assert_eq!(good(&compressed).0.len(), count, "{compression:?}");
        compressed.extend(b"and something else");
        let (seen, problems, _) = bad(&compressed);
        assert_eq!(
            (seen.len(), problems),
            (count, vec![Problem::Unreadable]),
            "{compression:?}"
        );
    }
}

#[test]
fn skippable_frames() {
    let (bytes, count) = large();
    for compress in [zstandard, lz4] {
        let skippable = b"\x53\x2a\x4d\x18\x05\0\0\0other";
        let compressed = [&skippable[..], &compress(&bytes), skippable].concat();
        assert_eq!(good(&compressed).0.len(), count);
    }
}

#[test]
fn a_gzip_header_with_everything() {
    let mut file = Pcap::usual();
    let plain = gzip(&file.packets(0, 3).bytes);
    let mut full = plain[..10].to_vec();
    full[3] = 2 | 4 | 8 | 16;
    full.extend(b"\x05\0extraname.pcap\0a comment\0\x12\x34");
    full.extend(&plain[10..]);
    assert_eq!(good(&full).0.len(), 3);
}

#[test]
fn a_compressed_capture_cut_short_gives_what_is_before() {
    let (bytes, count) = large();
    for (compression, compress) in COMPRESSIONS {
        let compressed = compress(&bytes);
        let (seen, problems, reader) = bad(&compressed[..compressed.len() / 2]);
        assert!(
            (count / 4..count).contains(&seen.len()),
            "{compression:?}: {}",
            seen.len()
        );
        assert!(
            problems.contains(&Problem::Unreadable),
            "{compression:?}: {problems:?}"
        );
        let message = reader
            .diagnostics()
            .iter()
            .map(|d| d.message.as_str())
            .collect::<String>();
        assert!(
            message.contains("the compressed data is cut short"),
            "{compression:?}: {message}"
        );
        assert!(reader.damaged());
    }
}

#[test]
fn a_damaged_compressed_capture_gives_what_is_before() {
    let (bytes, _) = large();
    for (compression, compress) in COMPRESSIONS {
        let mut compressed = compress(&bytes);
        let middle = compressed.len() / 2;
        for byte in &mut compressed[middle..middle + 400] {
            *byte ^= 0xa5;
        }
        let (seen, problems, _) = bad(&compressed);
        assert!(seen.len() > 400, "{compression:?}: {}", seen.len());
        assert!(
            problems.contains(&Problem::Unreadable),
            "{compression:?}: {problems:?}"
        );
    }
}

fn pipe() -> (File, PipeWriter) {
    let (from, to) = std::io::pipe().unwrap();
    (File::from(OwnedFd::from(from)), to)
}

#[test]
fn a_pipe_is_read_again_like_a_file() {
    let (bytes, count) = large();
    for bytes in [bytes.clone(), gzip(&bytes), lz4(&bytes), zstandard(&bytes)] {
        let (from, mut to) = pipe();
        let writer = std::thread::spawn(move || to.write_all(&bytes));
        let mut reader = Reader::from_file(from, "a pipe").unwrap();
        assert_eq!(reader.total(), None);
        assert_eq!(all(&mut reader).len(), count);
        assert_eq!(reader.diagnostics(), []);
        writer.join().unwrap().unwrap();
    }
}

/// As with `tcpdump -U -w - | wiretalk -`: packets are returned without waiting for a full buffer.
#[test]
fn a_slow_pipe_gives_each_packet_as_it_comes() {
    let mut pcap = Pcap::usual();
    let mut pcapng = Pcapng::usual();
    pcapng.packets(0, 0);
    let mut steps = vec![
        vec![pcap.bytes.split_off(0)],
        vec![pcapng.bytes.split_off(0)],
    ];
    for number in 0..5 {
        steps[0].push(pcap.packets(number, 1).bytes.split_off(0));
        steps[1].push(pcapng.packets(number, 1).bytes.split_off(0));
    }
    for steps in steps {
        let (from, mut to) = pipe();
        let (send, came) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut reader = Reader::from_file(from, "a pipe").unwrap();
            while let Some(packet) = reader.next() {
                send.send(packet.data.to_vec()).unwrap();
            }
            assert_eq!(reader.diagnostics(), []);
        });
        to.write_all(&steps[0]).unwrap();
        for (number, step) in steps[1..].iter().enumerate() {
            // In two parts, the first of which is not a whole packet.
            to.write_all(&step[..30]).unwrap();
            assert!(came.recv_timeout(Duration::from_millis(20)).is_err());
            to.write_all(&step[30..]).unwrap();
            let data = came.recv_timeout(Duration::from_secs(10)).unwrap();
            assert_eq!(data, payloads(number as u8, 1)[0]);
        }
        drop(to);
        thread.join().unwrap();
    }
}

/// Buffered packets need no read, and a pipe that is not waited for returns none if there is none so far.
#[test]
fn a_pipe_need_not_be_waited_for() {
    let mut pcap = Pcap::usual();
    pcap.packets(0, 4);
    let mut pcapng = Pcapng::usual();
    pcapng.packets(0, 4);
    for bytes in [pcap.bytes, pcapng.bytes] {
        let (from, mut to) = pipe();
        to.write_all(&bytes[..bytes.len() - 1]).unwrap();
        let mut reader = Reader::from_file(from, "a pipe").unwrap();
        reader.set_blocking(false);
        // Reading has not begun, or the section's description comes first.
        assert!(reader.next().is_some());
        for _ in 1..3 {
            assert!(reader.next_buffered().is_some());
        }
        assert!(reader.next_buffered().is_none());
        assert!(reader.next().is_none() && !reader.has_ended());
        reader.wait(Duration::from_millis(5));
        assert!(reader.next().is_none() && !reader.has_ended());
        to.write_all(&bytes[bytes.len() - 1..]).unwrap();
        assert!(reader.next_buffered().is_none(), "it was not read");
        reader.wait(Duration::from_secs(10));
        assert!(reader.next().is_some());
        assert!(reader.next().is_none() && !reader.has_ended());
        drop(to);
        reader.wait(Duration::from_secs(10));
        assert!(reader.next().is_none() && reader.has_ended());
        assert_eq!(reader.diagnostics(), []);
    }
}

/// The result of damage does not depend on how much of a pipe has come, nor on how it is read.
#[test]
fn damage_in_a_pipe_is_read_as_in_a_file() {
    let mut pcap = Pcap::usual();
    pcap.packets(0, 30);
    let mut pcapng = Pcapng::usual();
    pcapng
        .packets(0, 15)
        .block(0xbeef, &[1; 400])
        .packets(15, 15);
    for whole in [pcap.bytes, pcapng.bytes] {
        for damage in (40..whole.len()).step_by(29) {
            let mut bytes = whole[..whole.len() - 3].to_vec();
            let end = bytes.len().min(damage + 21);
            bytes[damage.min(end)..end].fill(0xff);
            let read = |mut reader: Reader, buffered: bool| {
                let mut seen = Vec::new();
                while !reader.has_ended() {
                    reader.wait(Duration::from_secs(10));
                    while let Some(packet) = reader.next() {
                        seen.push((packet.offset, packet.data.to_vec()));
                        while buffered && let Some(record) = reader.next_buffered() {
                            let packet = record.packet(reader.buffer());
                            seen.push((packet.offset, packet.data.to_vec()));
                        }
                    }
                }
                (seen, reader.diagnostics().to_vec(), reader.damaged())
            };
            let of_file = |buffered| {
                let reader = Reader::from_file(super::file(&bytes), "a file").unwrap();
                read(reader, buffered)
            };
            let expected = of_file(false);
            assert_eq!(of_file(true), expected, "{damage}");
            let (from, mut to) = pipe();
            let parts = bytes.clone();
            let writer = std::thread::spawn(move || {
                for part in parts.chunks(97) {
                    to.write_all(part).unwrap();
                    std::thread::yield_now();
                }
            });
            let mut reader = Reader::from_file(from, "a pipe").unwrap();
            reader.set_blocking(false);
            assert_eq!(read(reader, true), expected, "{damage}");
            writer.join().unwrap();
        }
    }
}

/// A compressed pipe returns what has come, and is not waited for either.
#[test]
fn a_compressed_pipe_need_not_be_waited_for() {
    let mut pcap = Pcap::usual();
    pcap.packets(0, 50);
    let (head, tail) = pcap.bytes.split_at(24 + 30 * (16 + 60));
    let (from, mut to) = pipe();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(head).unwrap();
    encoder.flush().unwrap();
    let sent = encoder.get_ref().len();
    to.write_all(encoder.get_ref()).unwrap();
    let mut reader = Reader::from_file(from, "a pipe").unwrap();
    reader.set_blocking(false);
    let mut data = Vec::new();
    let mut read = |reader: &mut Reader| {
        while let Some(packet) = reader.next() {
            data.push(packet.data.to_vec());
        }
        data.len()
    };
    let before = read(&mut reader);
    assert!((1..50).contains(&before) && !reader.has_ended());
    encoder.write_all(tail).unwrap();
    let compressed = encoder.finish().unwrap();
    to.write_all(&compressed[sent..]).unwrap();
    drop(to);
    // Another thread decompresses it.
    while read(&mut reader) < 50 && !reader.has_ended() {
        reader.wait(Duration::from_secs(10));
    }
    reader.wait(Duration::from_secs(10));
    assert_eq!(read(&mut reader), 50);
    assert_eq!(data, payloads(0, 50));
    assert!(reader.has_ended());
    assert_eq!(reader.diagnostics(), []);
}

#[test]
fn a_file_that_grows_is_followed() {
    let mut pcap = Pcap::usual();
    pcap.packets(0, 20);
    let mut pcapng = Pcapng::usual();
    pcapng
        .packets(0, 20)
        .block(0xbeef, &[1; 400])
        .packets(20, 1);
    for (bytes, begin, count) in [(pcap.bytes, 24, 20), (pcapng.bytes, 28, 21)] {
        let file = file(&bytes[..begin]);
        let mut reader = Reader::from_file(file.try_clone().unwrap(), "a growing file").unwrap();
        reader.set_growing(true);
        let mut seen = Vec::new();
        for (index, part) in bytes[begin..].chunks(13).enumerate() {
            file.write_all_at(part, (begin + index * 13) as u64)
                .unwrap();
            while let Some(packet) = reader.next() {
                seen.push(packet.data.to_vec());
            }
        }
        assert_eq!(seen, payloads(0, count));
        reader.set_growing(false);
        assert!(reader.next().is_none());
        assert_eq!(reader.diagnostics(), []);
        assert_eq!(reader.position(), bytes.len() as u64);
    }
}

#[test]
fn a_growing_file_that_ends_cut_short() {
    let mut pcap = Pcap::usual();
    pcap.packets(0, 2);
    let file = file(&pcap.bytes[..150]);
    let mut reader = Reader::from_file(file, "a growing file").unwrap();
    reader.set_growing(true);
    assert!(reader.next().is_some() && reader.next().is_none() && reader.diagnostics().is_empty());
    reader.set_growing(false);
    assert!(reader.next().is_none());
    assert_eq!(reader.diagnostics()[0].kind, Problem::CutShort);
}

/// Only the last megabytes of a file of 5 GiB take room on the disk.
#[test]
fn files_of_more_than_4_gib() {
    let mut file = Pcapng::usual();
    let begin = file.bytes.len() as u64;
    let handle = super::file(&file.packets(0, 1).bytes);
    let mut at = handle.metadata().unwrap().len();
    assert!(at > begin);
    for _ in 0..2 {
        let length = 0x9000_0000u32;
        handle
            .write_all_at(
                &[&0xbeefu32.to_le_bytes()[..], &length.to_le_bytes()].concat(),
                at,
            )
            .unwrap();
        at += u64::from(length);
        handle.write_all_at(&length.to_le_bytes(), at - 4).unwrap();
    }
    let mut last = Pcapng {
        order: Little,
        bytes: Vec::new(),
    };
    handle.write_all_at(&last.packets(1, 1).bytes, at).unwrap();
    let mut reader = Reader::from_file(handle, "a large file").unwrap();
    let bytes = reader.bytes();
    assert_eq!(data(&all(&mut reader)), payloads(0, 2));
    assert_eq!(reader.diagnostics(), []);
    let mut again = Vec::new();
    bytes.read_at(at + 28, 61, &mut again).unwrap();
    assert_eq!(again, payloads(1, 1)[0]);
    assert!(at > 1 << 32);
}

#[test]
fn reading_again_from_other_threads_and_past_the_end() {
    let mut file = Pcap::usual();
    file.packets(0, 3);
    let (_, reader) = good(&file.bytes);
    let bytes = reader.bytes();
    drop(reader);
    let again = std::thread::spawn(move || {
        let mut into = vec![9; 3];
        bytes.read_at(40, 60, &mut into).unwrap();
        let whole = into.clone();
        let end = bytes.read_at(40, u32::MAX, &mut into).unwrap_err();
        assert!(bytes.read_at(u64::MAX, 1, &mut into).is_err());
        (whole, end.kind())
    });
    assert_eq!(
        again.join().unwrap(),
        (payloads(0, 1)[0].clone(), std::io::ErrorKind::UnexpectedEof)
    );
}

fn message(bytes: &[u8]) -> String {
    open(bytes).err().unwrap().to_string()
}

#[test]
fn what_is_not_a_capture_is_named() {
    for (bytes, says) in [
        (&b""[..], "test: is empty, not a capture file"),
        (b"snoop\0\0\0\0\0\0\x02\0\0\0\x04", "Solaris snoop"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG image"),
        (b"%PDF-1.7\n", "PDF document"),
        (b"{\"a\": 1}", "JSON"),
        (b"  [1, 2]", "JSON"),
        (b"<?xml version='1.0'?>", "XML or HTML"),
        (b"hello, this is text\n", "plain text"),
        ("그리고 한글".as_bytes(), "plain text"),
        (b"\n \n", "blank text"),
        (b"PK\x03\x04....", "ZIP archive"),
        (b"\xfd7zXZ\0\0", "xz file"),
        (b"\x7fELF\x02\x01\x01", "program"),
        (&[0; 100], "begins with zeros"),
        (
            b"\0\0\0\0\x53\x70\x65\x65\x02\x04\0\x54\0\0\0\x3c\0\0",
            "ERF",
        ),
        (
            b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x01\x02\x03\x04",
            "section header is damaged",
        ),
        (b"\x01\x02\x03\x04\xff\xfe", "not those of a known format"),
        (
            b"\xd4\xc3\xb2\xa1\x02\0",
            "cut short in its file header: it has 6 of 24 bytes",
        ),
        (b"\xd4\xc3", "first bytes"),
    ] {
        let message = message(bytes);
        assert!(message.contains(says), "{message}");
        assert!(message.starts_with("test: "), "{message}");
    }
    assert!(message(&gzip(b"some text")).contains("plain text, compressed with gzip"));
    assert!(message(&lz4(b"{}")).contains("JSON, compressed with LZ4"));
    assert!(message(&gzip(b"")).contains("it holds nothing, compressed with gzip"));
    assert!(message(&gzip(&gzip(b"x"))).contains("gzip file, compressed with gzip"));
    assert!(message(&zstandard(b"some text")[..7]).contains("cannot be read"));
}

#[test]
fn what_cannot_be_opened_is_named() {
    let error = |path: &Path| Reader::open(path).err().unwrap();
    let missing = error(Path::new("/nowhere/at\x1ball.pcap"));
    assert!(matches!(missing, OpenError::NotFound { .. }));
    assert_eq!(
        missing.to_string(),
        "/nowhere/at\u{fffd}all.pcap: there is no such file"
    );
    assert!(matches!(error(Path::new("/")), OpenError::Directory { .. }));
}

#[test]
fn names_that_are_not_utf8_open() {
    use std::os::unix::ffi::OsStrExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory
        .path()
        .join(std::ffi::OsStr::from_bytes(b"\xff.pcap"));
    std::fs::write(&path, &Pcap::usual().packets(0, 1).bytes).unwrap();
    assert!(Reader::open(&path).unwrap().next().is_some());
}
