//! The variants of the classic format.

use super::super::{FileType, MAX_PACKET};
use super::build::*;
use super::*;

#[test]
fn every_magic_in_both_byte_orders() {
    for order in [Little, Big] {
        for (magic, unit, nanoseconds, modified) in [
            (MICROSECONDS, 1000, false, false),
            (NANOSECONDS, 1, true, false),
            (MODIFIED, 1000, false, true),
        ] {
            let mut file = Pcap::new(order, magic, 65_535, 1);
            file.packet(SECONDS, 999_999, &payload(1, 60)).record(
                (SECONDS + 1, 7),
                5,
                90,
                b"hello",
            );
            let (seen, reader) = good(&file.bytes);
            let start = i64::from(SECONDS) * 1_000_000_000;
            assert_eq!(
                seen,
                [
                    Seen {
                        time_ns: start + 999_999 * unit,
                        original: 60,
                        link_type: 1,
                        data: payload(1, 60)
                    },
                    Seen {
                        time_ns: start + 1_000_000_000 + 7 * unit,
                        original: 90,
                        link_type: 1,
                        data: b"hello".to_vec()
                    },
                ]
            );
            let big_endian = order == Big;
            assert_eq!(
                reader.format().file_type,
                FileType::Pcap {
                    nanoseconds,
                    modified,
                    big_endian
                }
            );
            assert_eq!(reader.interfaces()[0].snaplen, 65_535);
        }
    }
}

#[test]
fn no_packets_at_all() {
    let (seen, reader) = good(&Pcap::usual().bytes);
    assert!(seen.is_empty());
    assert_eq!((reader.position(), reader.total()), (24, Some(24)));
}

#[test]
fn captured_more_than_the_snaplen() {
    let mut file = Pcap::new(Little, MICROSECONDS, 64, 1);
    file.packets(0, 5).packet(SECONDS, 0, &payload(9, 3000));
    assert_eq!(good(&file.bytes).0.len(), 6);
}

#[test]
fn captured_more_than_the_original_length() {
    let mut file = Pcap::usual();
    file.record((SECONDS, 0), 60, 20, &payload(1, 60))
        .record((SECONDS, 0), 60, 0, &payload(2, 60))
        .packets(3, 2);
    let (seen, _) = good(&file.bytes);
    assert_eq!(
        seen.iter().map(|seen| seen.original).collect::<Vec<_>>(),
        [20, 0, 63, 64]
    );
    assert_eq!(seen[1].data, payload(2, 60));
}

#[test]
fn seconds_after_2038_are_not_negative() {
    let mut file = Pcap::usual();
    file.packet(4_200_000_000, 1, b"late")
        .packet(u32::MAX, 0, b"last");
    let (seen, _) = good(&file.bytes);
    assert_eq!(seen[0].time_ns, 4_200_000_000_000_001_000);
    assert_eq!(seen[1].time_ns, 4_294_967_295_000_000_000);
}

#[test]
fn a_fraction_of_more_than_a_second() {
    let mut file = Pcap::usual();
    file.packet(SECONDS, 1_500_000, b"a")
        .packet(SECONDS, u32::MAX, b"b")
        .packet(SECONDS, 3, b"c");
    let (seen, _) = good(&file.bytes);
    assert_eq!(data(&seen), [b"a", b"b", b"c"]);
    assert_eq!(
        seen[0].time_ns,
        i64::from(SECONDS) * 1_000_000_000 + 1_500_000_000
    );
}

#[test]
fn times_that_jump_by_years() {
    let mut file = Pcap::usual();
    file.packet(SECONDS, 0, b"now")
        .packet(0, 0, b"1970")
        .packet(3, 0, b"1970")
        .packet(4_000_000_000, 0, b"2096");
    assert_eq!(good(&file.bytes).0.len(), 4);
}

#[test]
fn empty_packets() {
    let mut file = Pcap::usual();
    file.packet(SECONDS, 0, b"")
        .packet(SECONDS, 0, b"")
        .record((SECONDS, 1), 0, 60, b"")
        .packets(1, 1);
    assert_eq!(good(&file.bytes).0.len(), 4);
    let mut file = Pcap::usual();
    file.packet(SECONDS, 0, b"");
    assert_eq!(good(&file.bytes).0.len(), 1);
}

#[test]
fn packets_larger_than_everybodys_limit() {
    let mut file = Pcap::usual();
    let large = payload(1, 3_000_000);
    file.packet(SECONDS, 0, &large)
        .packet(SECONDS, 0, &payload(2, 262_145))
        .packet(SECONDS, 0, &large)
        .packets(3, 1);
    let (seen, _) = good(&file.bytes);
    assert_eq!(
        seen.iter().map(|seen| seen.data.len()).collect::<Vec<_>>(),
        [3_000_000, 262_145, 3_000_000, 63]
    );
    assert!(seen[2].data == large);
}

#[test]
fn a_length_that_cannot_be_does_not_allocate() {
    let mut file = Pcap::usual();
    file.packets(0, 2)
        .record((SECONDS, 0), MAX_PACKET + 1, u32::MAX, b"no")
        .record((SECONDS, 0), u32::MAX, u32::MAX, b"");
    let (seen, problems, reader) = bad(&file.bytes);
    assert_eq!((seen.len(), problems), (2, vec![Problem::Garbage]));
    assert!(reader.damaged());
}

#[test]
fn the_link_type_is_the_lower_half() {
    let mut file = Pcap::new(Big, MICROSECONDS, 0, 0x2400_0001);
    file.packets(0, 1);
    let (seen, reader) = good(&file.bytes);
    assert_eq!(seen[0].link_type, 1);
    assert_eq!(reader.interfaces()[0].fcs_length, Some(4));
    assert_eq!(
        good(&Pcap::new(Little, MICROSECONDS, 0, 239).bytes)
            .1
            .interfaces()[0]
            .link_type,
        239
    );
}

#[test]
fn older_versions_and_their_swapped_lengths() {
    for version in [(2, 0), (2, 1), (2, 2), (2, 3)] {
        let mut file = Pcap::version(Big, MICROSECONDS, version, 68, 1);
        file.record((SECONDS, 0), 500, 5, b"12345")
            .record((SECONDS, 0), 5, 500, b"67890");
        let (seen, _) = good(&file.bytes);
        assert_eq!(data(&seen), [b"12345", b"67890"]);
        assert_eq!((seen[0].original, seen[1].original), (500, 500));
    }
    for version in [(2, 5), (2, 99), (3, 0), (543, 0)] {
        let mut file = Pcap::version(Little, MICROSECONDS, version, 68, 1);
        assert_eq!(good(&file.packets(0, 3).bytes).0.len(), 3);
    }
}

#[test]
fn more_packets_than_one_buffer_holds() {
    let mut file = Pcap::usual();
    let lengths: Vec<usize> = (0..2000).map(|index| (index * 37) % 1500 + 1).collect();
    for (index, length) in lengths.iter().enumerate() {
        file.packet(SECONDS, index as u32, &payload(index as u8, *length));
    }
    let (seen, _) = good(&file.bytes);
    assert_eq!(seen.len(), 2000);
    for (index, (seen, length)) in seen.iter().zip(lengths).enumerate() {
        assert!(seen.data == payload(index as u8, length), "packet {index}");
    }
}
