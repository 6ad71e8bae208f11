//! What holds for any input: no panic, no endless loop, and each packet can be read again.

use proptest::prelude::*;
use proptest::sample::Index;

use super::build::*;
use super::input::{gzip, lz4, zstandard};
use super::*;

/// Returns one capture of each kind, with all kinds of blocks in it.
fn captures() -> Vec<Vec<u8>> {
    let mut captures = Vec::new();
    for order in [Little, Big] {
        for magic in [MICROSECONDS, NANOSECONDS, MODIFIED] {
            captures.push(
                Pcap::new(order, magic, 65_535, 1)
                    .packets(0, 8)
                    .bytes
                    .clone(),
            );
        }
        let mut file = Pcapng::new(order);
        let offset = order.u64(77);
        file.interface(
            1,
            0,
            &[(2, b"eth0"), (9, &[9]), (14, &offset), (11, b"\0tcp")],
        )
        .interface(101, 64, &[(9, &[0x80 | 40])])
        .packets(0, 3)
        .packet_with(1, 5, b"x", &[(1, b"comment"), (2, &[0; 4])])
        .simple(5, b"hello")
        .old(1, 7, 9, b"old");
        let names = [&order.u16(1)[..], &order.u16(6), b"\x0a\0\0\x01a\0"].concat();
        let statistics = [&[0; 12][..], &order.u16(5), &order.u16(8), &order.u64(3)].concat();
        let secrets = [order.u32(1), order.u32(4), order.u32(5)].concat();
        file.block(4, &names)
            .block(5, &statistics)
            .block(10, &secrets)
            .block(0xbad, &[1; 9])
            .block(9, b"A=b");
        let other = if order == Big { Little } else { Big };
        file.section(other, u64::MAX, &[(1, b"again")])
            .interface(113, 0, &[])
            .packets(3, 3);
        captures.push(file.bytes);
    }
    captures
}

/// A change to a file.
#[derive(Clone, Debug)]
enum Change {
    Set(Index, Vec<u8>),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Copy(Index, Index, usize),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let telling = prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        any::<u32>().prop_map(|number| number.to_le_bytes().to_vec()),
        (0u32..100).prop_map(|number| number.to_le_bytes().to_vec()),
        Just(vec![0xff; 4]),
        Just(vec![0; 16]),
        Just(vec![0xff, 0xff, 0xff, 0x7f]),
    ];
    let bytes = prop::collection::vec(any::<u8>(), 0..60);
    prop_oneof![
        4 => (any::<Index>(), telling).prop_map(|(at, bytes)| Change::Set(at, bytes)),
        1 => (any::<Index>(), bytes).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => (any::<Index>(), 1usize..60).prop_map(|(at, count)| Change::Remove(at, count)),
        1 => (any::<Index>(), any::<Index>(), 1usize..200).prop_map(|(from, to, count)| Change::Copy(from, to, count)),
        1 => any::<Index>().prop_map(Change::Cut),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match change {
        Change::Set(at, new) => {
            let at = at.index(length);
            for (to, from) in bytes[at..].iter_mut().zip(new) {
                *to = *from;
            }
        }
        Change::Insert(at, new) => {
            let at = at.index(length);
            bytes.splice(at..at, new.iter().copied());
        }
        Change::Remove(at, count) => {
            let at = at.index(length);
            bytes.drain(at..(at + count).min(length));
        }
        Change::Copy(from, to, count) => {
            let (from, to) = (from.index(length), to.index(length));
            let part = bytes[from..(from + count).min(length)].to_vec();
            bytes.splice(to..to, part);
        }
        Change::Cut(at) => bytes.truncate(at.index(length)),
    }
}

/// Reads everything there is; the comparisons are in `all`.
fn survives(bytes: &[u8]) {
    if let Ok(mut reader) = open(bytes) {
        // Each packet takes 8 bytes of the file at least.
        let most = 8 + 100 * bytes.len();
        let seen = all(&mut reader);
        assert!(seen.len() <= most);
        for diagnostic in reader.diagnostics() {
            assert!(!diagnostic.to_string().is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_damage_to_any_format(which in any::<Index>(), changes in prop::collection::vec(change(), 1..6)) {
        let captures = captures();
        let mut bytes = which.get(&captures).clone();
        for change in &changes {
            apply(&mut bytes, change);
        }
        survives(&bytes);
    }

    #[test]
    fn any_damage_to_compressed_captures(
        which in any::<Index>(),
        how in 0..3,
        inner in prop::collection::vec(change(), 0..2),
        outer in prop::collection::vec(change(), 0..3),
    ) {
        let captures = captures();
        let mut bytes = which.get(&captures).clone();
        for change in &inner {
            apply(&mut bytes, change);
        }
        let mut bytes = match how { 0 => gzip(&bytes), 1 => zstandard(&bytes), _ => lz4(&bytes) };
        for change in &outer {
            apply(&mut bytes, change);
        }
        survives(&bytes);
    }

    #[test]
    fn any_bytes_after_a_header(which in 0usize..8, bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut file = captures().swap_remove(which);
        file.truncate(28);
        file.extend(bytes);
        survives(&file);
    }
}
