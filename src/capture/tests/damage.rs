//! Captures that are cut, or contain garbage.

use super::super::{Diagnostic, MAX_DIAGNOSTICS, Severity};
use super::build::*;
use super::*;

#[test]
fn every_cut_of_a_pcap_gives_the_whole_packets_before() {
    let mut file = Pcap::usual();
    file.packets(0, 3);
    let ends = [24, 24 + 16 + 60, 24 + 2 * 16 + 60 + 61, file.bytes.len()];
    for cut in 24..file.bytes.len() {
        let (seen, problems, _) = bad(&file.bytes[..cut]);
        let whole = ends.iter().filter(|end| cut >= **end).count() - 1;
        assert_eq!(seen.len(), whole, "cut at {cut}");
        let expected: &[Problem] = if ends.contains(&cut) {
            &[]
        } else {
            &[Problem::CutShort]
        };
        assert_eq!(problems, expected, "cut at {cut}");
    }
}

#[test]
fn every_cut_of_a_pcapng_gives_the_whole_packets_before() {
    let mut file = Pcapng::usual();
    let mut ends = vec![28, file.bytes.len()];
    for number in 0..3 {
        file.packets(number, 1);
        ends.push(file.bytes.len());
    }
    for cut in 12..file.bytes.len() {
        let (seen, problems, _) = bad(&file.bytes[..cut]);
        assert_eq!(
            seen.len(),
            ends.iter().skip(2).filter(|end| cut >= **end).count(),
            "cut at {cut}"
        );
        let expected: &[Problem] = if ends.contains(&cut) {
            &[]
        } else {
            &[Problem::CutShort]
        };
        assert_eq!(problems, expected, "cut at {cut}");
    }
}

#[test]
fn a_cut_says_where_and_how_much() {
    let mut file = Pcap::usual();
    file.packets(0, 2);
    let (_, _, reader) = bad(&file.bytes[..file.bytes.len() - 20]);
    let diagnostic = &reader.diagnostics()[0];
    assert_eq!(
        (diagnostic.offset, diagnostic.packet, diagnostic.severity()),
        (100, 1, Severity::Error)
    );
    assert_eq!(
        diagnostic.to_string(),
        "after packet 1, at offset 0x64: cut short in packet 2: its header says 61 bytes, the file has 41"
    );
    let mut file = Pcapng::usual();
    file.packets(0, 1);
    let (_, _, reader) = bad(&file.bytes[..file.bytes.len() - 20]);
    assert_eq!(
        reader.diagnostics()[0].to_string(),
        "at offset 0x30: cut short in packet 1: its block says 92 bytes, the file has 72"
    );
}

#[test]
fn numbers_have_commas() {
    let diagnostic = Diagnostic {
        offset: 0x1_f3a4,
        packet: 1_234_567,
        kind: Problem::Odd,
        message: "so".to_owned(),
        file: None,
    };
    assert_eq!(
        diagnostic.to_string(),
        "after packet 1,234,567, at offset 0x1f3a4: so"
    );
    assert_eq!(diagnostic.severity(), Severity::Information);
}

/// Returns garbage to insert into captures.
fn garbage() -> Vec<Vec<u8>> {
    let noise = |length: usize| {
        let mut state = 88_172_645_463_325_252u64;
        (0..length)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state as u8
            })
            .collect::<Vec<u8>>()
    };
    vec![
        b"tcpdump: listening on eth0, link-type EN10MB (Ethernet)\n".to_vec(),
        vec![0; 4096],
        vec![0; 15],
        vec![0xff; 1000],
        noise(1),
        noise(7),
        noise(333),
        noise(700_000),
        vec![b'x'; 1_000_001],
    ]
}

#[test]
fn garbage_between_records_is_skipped() {
    for order in [Little, Big] {
        for garbage in garbage() {
            let mut file = Pcap::new(order, MICROSECONDS, 65_535, 1);
            file.packets(0, 4);
            let at = file.bytes.len() as u64;
            file.bytes.extend(&garbage);
            file.packets(4, 5);
            let (seen, problems, reader) = bad(&file.bytes);
            assert_eq!(
                data(&seen),
                payloads(0, 9),
                "{} bytes of garbage",
                garbage.len()
            );
            assert_eq!(problems, [Problem::Garbage]);
            let diagnostic = &reader.diagnostics()[0];
            assert_eq!((diagnostic.offset, diagnostic.packet), (at, 4));
            assert!(diagnostic.message.starts_with("skipped "), "{diagnostic}");
        }
    }
}

#[test]
fn garbage_before_the_last_record() {
    let mut file = Pcap::usual();
    file.packets(0, 4)
        .bytes
        .extend(b"some text in the middle of it");
    file.packets(4, 1);
    assert_eq!(data(&bad(&file.bytes).0), payloads(0, 5));
}

#[test]
fn garbage_between_blocks_is_skipped() {
    for order in [Little, Big] {
        for garbage in garbage() {
            let mut file = Pcapng::new(order);
            file.interface(1, 0, &[]).packets(0, 4);
            let at = file.bytes.len() as u64;
            file.bytes.extend(&garbage);
            // The builder pads by position.
            let mut rest = Pcapng {
                order,
                bytes: Vec::new(),
            };
            file.bytes.extend(&rest.packets(4, 5).bytes);
            let (seen, problems, reader) = bad(&file.bytes);
            assert_eq!(
                data(&seen),
                payloads(0, 9),
                "{} bytes of garbage",
                garbage.len()
            );
            assert_eq!(
                (problems, reader.diagnostics()[0].offset),
                (vec![Problem::Garbage], at)
            );
            assert_eq!(
                reader.diagnostics()[0].message,
                match garbage.len() as u64 {
                    1 => "skipped 1 byte of garbage".to_owned(),
                    more => format!("skipped {} bytes of garbage", crate::format::grouped(more)),
                }
            );
        }
    }
}

#[test]
fn garbage_to_the_end() {
    for garbage in [
        vec![0; 5000],
        b"and then there was only text, and no packet".to_vec(),
        vec![0xff; 300_000],
    ] {
        let mut file = Pcap::usual();
        file.packets(0, 4).bytes.extend(&garbage);
        let (seen, problems, _) = bad(&file.bytes);
        assert_eq!((seen.len(), problems), (4, vec![Problem::Garbage]));
        let mut file = Pcapng::usual();
        file.packets(0, 4).bytes.extend(&garbage);
        let (seen, problems, _) = bad(&file.bytes);
        assert_eq!((seen.len(), problems.len()), (4, 1));
    }
}

#[test]
fn a_damaged_length_in_the_middle() {
    let mut file = Pcap::usual();
    file.packets(0, 2);
    let at = file.bytes.len() + 8;
    file.packets(2, 8);
    for (wrong, lost) in [(0x7fff_ffffu32, 1), (0x0010_0000, 1), (300, 4)] {
        let mut bytes = file.bytes.clone();
        bytes[at..at + 4].copy_from_slice(&wrong.to_le_bytes());
        let (seen, problems, _) = bad(&bytes);
        assert!(
            seen.len() >= 10 - lost,
            "{wrong:#x}: {} packets",
            seen.len()
        );
        assert_eq!(problems, [Problem::Garbage], "{wrong:#x}");
    }
    let mut file = Pcapng::usual();
    file.packets(0, 2);
    let at = file.bytes.len() + 4;
    file.packets(2, 8);
    for wrong in [0u32, 3, 11, 13, 0x7fff_fffc, u32::MAX, 0x0010_0000] {
        let mut bytes = file.bytes.clone();
        bytes[at..at + 4].copy_from_slice(&wrong.to_le_bytes());
        let (seen, problems, _) = bad(&bytes);
        assert_eq!(
            (seen.len(), problems),
            (9, vec![Problem::Garbage]),
            "{wrong:#x}"
        );
    }
}

#[test]
fn a_section_after_garbage_is_found_in_its_own_byte_order() {
    let mut file = Pcapng::usual();
    file.packets(0, 2).bytes.extend([b'#'; 400]);
    file.section(Big, u64::MAX, &[])
        .interface(101, 0, &[])
        .packets(2, 2);
    let (seen, problems, _) = bad(&file.bytes);
    assert_eq!(
        (data(&seen), problems),
        (
            payloads(0, 4).iter().map(Vec::as_slice).collect(),
            vec![Problem::Garbage]
        )
    );
    assert_eq!(seen[3].link_type, 101);
}

#[test]
fn diagnostics_are_bounded() {
    let mut file = Pcapng::usual();
    for _ in 0..MAX_DIAGNOSTICS + 10 {
        file.packet(7, 0, b"");
    }
    let (_, problems, reader) = bad(&file.bytes);
    assert_eq!(
        (problems.len(), reader.more_diagnostics()),
        (MAX_DIAGNOSTICS, 10)
    );
}

#[test]
fn interfaces_beyond_the_limit() {
    let mut file = Pcapng::new(Little);
    for _ in 0..70_000 {
        file.interface(1, 0, &[]);
    }
    file.packet(0xffef, 0, b"last").packet(69_999, 0, b"no");
    let (seen, problems, _) = bad(&file.bytes);
    assert_eq!(
        (data(&seen), problems),
        (
            vec![&b"last"[..]],
            vec![Problem::TooMany, Problem::BadInterface]
        )
    );
}
