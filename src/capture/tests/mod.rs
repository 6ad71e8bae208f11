//! Tests the reader on captures built here, byte by byte.

mod build;
mod damage;
mod files;
mod input;
mod pcap;
mod pcapng;
mod properties;

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::{OpenError, Problem, Reader};

/// A packet as returned, to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    time_ns: i64,
    original: u32,
    link_type: u16,
    data: Vec<u8>,
}

/// Returns a file with these bytes, which is deleted afterwards.
fn file(bytes: &[u8]) -> File {
    let file = tempfile::tempfile().unwrap();
    file.write_all_at(bytes, 0).unwrap();
    file
}

fn open(bytes: &[u8]) -> Result<Reader, OpenError> {
    Reader::from_file(file(bytes), "test")
}

/// Returns all packets, each compared with the bytes at its offset.
fn all(reader: &mut Reader) -> Vec<Seen> {
    let bytes = reader.bytes();
    let (mut seen, mut again, mut interfaces) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(packet) = reader.next() {
        assert_eq!(packet.captured as usize, packet.data.len());
        bytes
            .read_at(packet.offset, packet.captured, &mut again)
            .unwrap();
        assert!(
            again == packet.data,
            "another packet at offset {}",
            packet.offset
        );
        interfaces.push(usize::from(packet.interface));
        let (time_ns, original, data) = (packet.time_ns, packet.original, packet.data.to_vec());
        seen.push(Seen {
            time_ns,
            original,
            link_type: 0,
            data,
        });
    }
    for (seen, interface) in seen.iter_mut().zip(interfaces) {
        let on = reader.interfaces().get(interface);
        seen.link_type = on.map_or(interface as u16, |on| on.link_type);
    }
    assert_eq!(reader.packets(), seen.len() as u64);
    assert!(reader.next().is_none());
    seen
}

/// Reads a capture without errors.
fn good(bytes: &[u8]) -> (Vec<Seen>, Reader) {
    let mut reader = open(bytes).unwrap();
    let seen = all(&mut reader);
    assert_eq!(reader.diagnostics(), []);
    (seen, reader)
}

/// Reads a capture with errors; returns their kinds.
fn bad(bytes: &[u8]) -> (Vec<Seen>, Vec<Problem>, Reader) {
    let mut reader = open(bytes).unwrap();
    let seen = all(&mut reader);
    let problems = reader
        .diagnostics()
        .iter()
        .map(|diagnostic| diagnostic.kind)
        .collect();
    (seen, problems, reader)
}

/// Returns the data of the packets.
fn data(seen: &[Seen]) -> Vec<&[u8]> {
    seen.iter().map(|seen| &seen.data[..]).collect()
}

#[test]
fn the_reader_and_its_bytes_can_go_to_other_threads() {
    fn goes<T: Send>() {}
    fn is_shared<T: Send + Sync>() {}
    goes::<Reader>();
    is_shared::<super::Bytes>();
}
