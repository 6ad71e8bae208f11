//! All contents of pcapng files.

use std::net::IpAddr;

use super::super::{CUSTOM_BLOCK, FileType, JOURNAL_ENTRY, SYSDIG_EVENT, Secrets};
use super::build::*;
use super::*;

const START: u64 = 1_700_000_000_000_000;

#[test]
fn both_byte_orders() {
    for order in [Little, Big] {
        let mut file = Pcapng::new(order);
        file.interface(1, 65_535, &[(2, b"eth0"), (9, &[6])])
            .packet(0, START + 5, &payload(1, 61));
        let (seen, reader) = good(&file.bytes);
        let time_ns = (START as i64 + 5) * 1000;
        assert_eq!(
            seen,
            [Seen {
                time_ns,
                original: 61,
                link_type: 1,
                data: payload(1, 61)
            }]
        );
        assert_eq!(reader.format().file_type, FileType::Pcapng);
        assert_eq!(reader.interfaces()[0].name.as_deref(), Some("eth0"));
    }
}

#[test]
fn sections_of_both_byte_orders_each_with_its_interfaces() {
    let mut file = Pcapng::new(Little);
    file.interface(1, 100, &[(2, b"a")])
        .interface(101, 0, &[(2, b"b")])
        .packet(1, START, b"\x45one");
    let length = {
        let mut second = Pcapng::new(Big);
        second.interface(113, 0, &[]).packet(0, START, b"two");
        second.bytes.len() as u64 - 28
    };
    file.section(Big, length, &[])
        .interface(113, 0, &[(2, b"c")])
        .packet(0, START, b"two");
    file.section(Little, u64::MAX, &[]);
    file.section(Little, 0, &[])
        .interface(0, 0, &[])
        .interface(1, 0, &[])
        .packet(1, START, b"three");
    let (seen, reader) = good(&file.bytes);
    assert_eq!(data(&seen), [&b"\x45one"[..], b"two", b"three"]);
    assert_eq!(
        seen.iter().map(|seen| seen.link_type).collect::<Vec<_>>(),
        [101, 113, 1]
    );
    assert_eq!(reader.interfaces().len(), 5);
    assert_eq!(
        reader
            .sections()
            .iter()
            .map(|section| section.packets_before)
            .collect::<Vec<_>>(),
        [0, 1, 2, 2]
    );
}

/// Different link types, snapshot lengths and units of time in one section, which libpcap cannot read.
#[test]
fn interfaces_that_differ_in_everything() {
    let mut file = Pcapng::new(Little);
    file.interface(1, 65_535, &[])
        .interface(113, 96, &[(9, &[9])])
        .interface(101, 0, &[(9, &[0x80 | 20])])
        .interface(1, 64, &[(9, &[12]), (14, &1_700_000_000u64.to_le_bytes())])
        .interface(1, 64, &[(9, &[0x80 | 63])])
        .interface(1, 64, &[(9, &[3])]);
    let start = 1_700_000_000_000_000_000;
    file.packet(0, START, b"a")
        .packet(1, start as u64 + 1, b"b")
        .packet(2, (1_700_000_000 << 20) + (1 << 18), b"c")
        .packet(3, 5_000_000_000_123, b"d")
        .packet(4, 3 << 62, b"e")
        .packet(5, 1_700_000_000_001, b"f");
    let (seen, _) = good(&file.bytes);
    assert_eq!(data(&seen), [b"a", b"b", b"c", b"d", b"e", b"f"]);
    let times: Vec<i64> = seen.iter().map(|seen| seen.time_ns).collect();
    let expected = [
        start,
        start + 1,
        start + 250_000_000,
        start + 5_000_000_000,
        1_500_000_000,
        start + 1_000_000,
    ];
    assert_eq!(times, expected);
}

#[test]
fn time_offsets_of_either_sign_in_both_byte_orders() {
    for order in [Little, Big] {
        for offset in [1000i64, -1000] {
            let mut file = Pcapng::new(order);
            file.interface(1, 0, &[(14, &order.u64(offset as u64))])
                .packet(0, START, b"x");
            let (seen, _) = good(&file.bytes);
            assert_eq!(seen[0].time_ns, (START as i64 + offset * 1_000_000) * 1000);
        }
    }
}

#[test]
fn times_that_do_not_fit_are_the_nearest() {
    let mut file = Pcapng::usual();
    file.packet(0, u64::MAX / 2, b"x");
    assert_eq!(good(&file.bytes).0[0].time_ns, i64::MAX);
}

#[test]
fn simple_packets() {
    let mut file = Pcapng::new(Big);
    file.interface(1, 10, &[]).interface(101, 0, &[]);
    file.simple(3, b"abc")
        .packet(1, START, b"timed")
        .simple(100, b"0123456789")
        .simple(9, b"012345678");
    let (seen, _) = good(&file.bytes);
    assert_eq!(
        data(&seen),
        [&b"abc"[..], b"timed", b"0123456789", b"012345678"]
    );
    assert_eq!(seen[0].time_ns, 0);
    assert_eq!(
        seen[2].time_ns,
        START as i64 * 1000,
        "the time of the packet before"
    );
    let mut reader = open(&file.bytes).unwrap();
    for has_time in [false, true, false, false] {
        assert_eq!(reader.next().unwrap().has_time, has_time);
    }
    assert_eq!((seen[2].original, seen[2].link_type), (100, 1));
    // Without a limit, the length of the block is used.
    let mut file = Pcapng::new(Big);
    file.interface(1, 0, &[]).simple(100, b"01234567");
    assert_eq!(data(&good(&file.bytes).0), [b"01234567"]);
}

#[test]
fn old_packets() {
    for order in [Little, Big] {
        let mut file = Pcapng::new(order);
        file.interface(1, 0, &[])
            .interface(101, 0, &[])
            .old(1, START, 99, b"hello")
            .packet(0, START, b"new");
        let (seen, _) = good(&file.bytes);
        let first = Seen {
            time_ns: START as i64 * 1000,
            original: 99,
            link_type: 101,
            data: b"hello".to_vec(),
        };
        assert_eq!((&seen[0], seen.len()), (&first, 2));
    }
}

#[test]
fn captured_more_than_the_interfaces_snaplen() {
    let mut file = Pcapng::new(Little);
    file.interface(1, 16, &[])
        .packet(0, START, &payload(1, 500));
    assert_eq!(good(&file.bytes).0[0].data.len(), 500);
}

#[test]
fn captured_more_than_the_original_length() {
    let mut file = Pcapng::usual();
    let body = file.enhanced_body(0, START, 8, 4, b"01234567");
    let (seen, _) = good(&file.block(6, &body).bytes);
    assert_eq!((seen[0].original, &seen[0].data[..]), (4, &b"01234567"[..]));
}

#[test]
fn names_statistics_and_secrets() {
    for order in [Little, Big] {
        let mut file = Pcapng::new(order);
        file.interface(1, 0, &[]);
        let mut names = Vec::new();
        let mut record = |kind: u16, value: &[u8]| {
            names.extend(order.u16(kind));
            names.extend(order.u16(value.len() as u16));
            names.extend(value);
            names.resize(names.len().next_multiple_of(4), 0);
        };
        record(1, b"\x0a\0\0\x01gateway\0router\0");
        record(
            2,
            &[
                &[0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9][..],
                b"f\xffo",
            ]
            .concat(),
        );
        record(3, b"\0\0\0\0\0\0mac\0");
        record(1, b"\x01");
        record(0, b"");
        file.block(4, &names);
        let mut secrets = [order.u32(Secrets::TLS_KEY_LOG), order.u32(7)].concat();
        secrets.extend(b"CLIENT_");
        file.block(10, &secrets);
        let statistics = |received: u64, lost: u64| {
            let mut body = [order.u32(0), order.u32(0), order.u32(0)].concat();
            let (received, lost) = (order.u64(received), order.u64(lost));
            body.extend(Pcapng::options(
                order,
                &[(4, &received), (5, &lost), (7, &lost)],
            ));
            body
        };
        file.block(5, &statistics(10, 1))
            .block(5, &statistics(20, 3))
            .packets(0, 1);
        let (seen, reader) = good(&file.bytes);
        assert_eq!(seen.len(), 1);
        let names: Vec<(String, &str)> = reader
            .names()
            .iter()
            .map(|(address, name)| (address.to_string(), name.as_str()))
            .collect();
        assert_eq!(
            names,
            [
                ("10.0.0.1".to_owned(), "gateway"),
                ("fe80::9".to_owned(), "f\u{fffd}o")
            ]
        );
        assert!(
            reader
                .names()
                .contains_key(&"10.0.0.1".parse::<IpAddr>().unwrap())
        );
        assert_eq!(
            reader.secrets(),
            [Secrets {
                kind: Secrets::TLS_KEY_LOG,
                data: b"CLIENT_".to_vec()
            }]
        );
        assert_eq!(
            (
                reader.interfaces()[0].received,
                reader.interfaces()[0].drops
            ),
            (Some(20), Some(6))
        );

        // There is room for one name, and for no secret.
        let mut reader = open(&file.bytes).unwrap();
        reader.limit(6 + 250);
        let mut small = open(&file.bytes).unwrap();
        small.limit(6);
        for (reader, names, secrets) in [(&mut reader, 1, 1), (&mut small, 0, 0)] {
            assert_eq!(all(reader).len(), 1);
            assert_eq!(reader.names().len(), names);
            assert_eq!(reader.secrets().len(), secrets);
            let problems = reader.diagnostics().iter();
            assert!(problems.clone().all(|it| it.kind == Problem::TooMany));
            assert_eq!(problems.count(), 2 - secrets);
        }
    }
}

#[test]
fn comments_and_what_interfaces_say() {
    let mut file = Pcapng::new(Little);
    file.section(
        Little,
        u64::MAX,
        &[
            (1, b"first"),
            (1, b"second"),
            (2, b"PC"),
            (3, b"Linux"),
            (4, b"dumpcap"),
        ],
    );
    file.interface(
        1,
        0,
        &[
            (2, b"eth0\0"),
            (3, b"\xea\xb0\x80"),
            (11, b"\0tcp port 80"),
            (12, b"Linux"),
            (13, &[4]),
            (15, b"e1000"),
            (1, b"c"),
        ],
    );
    file.interface(1, 0, &[(11, b"\x01\0\0\0\0\0\0\0\0"), (2, b"")])
        .interface(1, 0, &[(11, b"udp"), (9, b""), (14, b"")]);
    file.packet(0, START, b"no").packet_with(
        0,
        START,
        b"yes",
        &[(2, &[0; 4]), (1, b"look \xff here"), (1, b"again")],
    );
    let (_, reader) = good(&file.bytes);
    assert_eq!(
        reader.packet_comments(),
        [
            (2, "look \u{fffd} here".to_owned()),
            (2, "again".to_owned())
        ],
        "also those that are not UTF-8"
    );
    let section = &reader.sections()[1];
    assert_eq!(section.comments, ["first", "second"]);
    assert_eq!(
        (section.hardware.as_deref(), section.os.as_deref()),
        (Some("PC"), Some("Linux"))
    );
    assert_eq!(section.application.as_deref(), Some("dumpcap"));
    let [eth0, code, udp] = reader.interfaces() else {
        panic!()
    };
    assert_eq!(
        (eth0.name.as_deref(), eth0.description.as_deref()),
        (Some("eth0"), Some("가"))
    );
    assert_eq!(
        (eth0.filter.as_deref(), eth0.hardware.as_deref()),
        (Some("tcp port 80"), Some("e1000"))
    );
    assert_eq!(
        (eth0.fcs_length, eth0.os.as_deref(), &eth0.comments[..]),
        (Some(4), Some("Linux"), &["c".to_owned()][..])
    );
    assert_eq!(
        (&code.filter, &code.name, udp.filter.as_deref()),
        (&None, &None, Some("udp"))
    );
}

#[test]
fn text_that_is_not_utf8() {
    let mut file = Pcapng::new(Little);
    file.interface(1, 0, &[(2, b"\xff\xfe"), (3, b"a\xc3")])
        .packet_with(0, START, b"x", &[(1, b"\xff")]);
    let (_, reader) = good(&file.bytes);
    assert_eq!(
        reader.interfaces()[0].name.as_deref(),
        Some("\u{fffd}\u{fffd}")
    );
}

#[test]
fn blocks_of_others_are_passed_over_whatever_their_size() {
    let mut file = Pcapng::usual();
    for kind in [7, 8, 0xbeef, 0x8000_0001, 0x201, 0x208, 0] {
        file.block(kind, &[0x55; 100]);
    }
    file.packets(0, 1)
        .block(0xbeef, &vec![0x55; 20_000_000])
        .packets(1, 1);
    let (seen, _) = good(&file.bytes);
    assert_eq!(seen.len(), 2);
}

/// Which blocks Wireshark numbers, and what it takes for their data, was tested with tshark 4.0 block by block.
#[test]
fn blocks_without_a_packet_that_are_numbered() {
    for order in [Little, Big] {
        let mut file = Pcapng::new(order);
        // Before any interface, too.
        let pen = order.u32(32_473);
        file.block(0xbad, &[&pen[..], b"mine\0\0\0\0"].concat())
            .interface(1, 0, &[])
            .packet(0, START, b"one")
            .block(0x4000_0bad, &pen)
            .block(9, b"A=b\n__REALTIME_TIMESTAMP=1700000009000000\nC=d\n")
            .block(9, b"MESSAGE=when?\n");
        let mut event = order.u16(3).to_vec();
        event.extend(order.u64(START * 1000 + 7));
        event.extend(order.u64(77));
        event.extend(order.u32(36));
        event.extend(order.u16(6));
        event.extend(order.u32(1));
        event.extend(b"abcdef");
        file.block(0x204, &event)
            .block(0x216, &event)
            .block(0x221, &event)
            .packet(0, START, b"two");
        let (seen, reader) = good(&file.bytes);
        let seen = seen.iter().map(|seen| {
            let after = (seen.time_ns - START as i64 * 1000) / 1000;
            (
                seen.link_type,
                after.max(-1),
                seen.original,
                seen.data.as_slice(),
            )
        });
        let no_time = -1;
        let parameters = [&order.u32(1)[..], b"abcdef"].concat();
        assert_eq!(
            seen.collect::<Vec<_>>(),
            [
                (CUSTOM_BLOCK, no_time, 8, &b"mine\0\0\0\0"[..]),
                (1, 0, 3, b"one"),
                (CUSTOM_BLOCK, 0, 0, b""),
                (
                    JOURNAL_ENTRY,
                    9_000_000,
                    46,
                    b"A=b\n__REALTIME_TIMESTAMP=1700000009000000\nC=d\n"
                ),
                (JOURNAL_ENTRY, 9_000_000, 14, b"MESSAGE=when?\n"),
                (SYSDIG_EVENT, 0, 36, &[&parameters[..], b"\0\0"].concat()),
                (SYSDIG_EVENT, 0, 36, b"abcdef\0\0"),
                (SYSDIG_EVENT, 0, 36, b"abcdef\0\0"),
                (1, 0, 3, b"two"),
            ]
        );
        assert_eq!((reader.packets(), reader.interfaces().len()), (9, 1));
    }
}

#[test]
fn a_packet_larger_than_the_buffer() {
    let mut file = Pcapng::usual();
    file.packet(0, START, &payload(7, 5_000_000)).packets(0, 2);
    let (seen, _) = good(&file.bytes);
    assert!(seen[0].data == payload(7, 5_000_000));
    assert_eq!(seen.len(), 3);
}

#[test]
fn no_packets_at_all() {
    assert_eq!(good(&Pcapng::new(Big).bytes).0, []);
    assert_eq!(good(&Pcapng::usual().bytes).0, []);
}

#[test]
fn a_packet_of_an_unknown_interface_is_left_out() {
    let mut file = Pcapng::usual();
    file.packets(0, 1)
        .packet(1, START, b"no")
        .packet(u32::MAX, START, b"no")
        .old(9, START, 2, b"no")
        .packets(1, 1);
    file.section(Little, u64::MAX, &[])
        .simple(3, b"abc")
        .packet(0, START, b"no");
    let (seen, problems, reader) = bad(&file.bytes);
    assert_eq!(data(&seen), payloads(0, 2));
    assert_eq!(problems, [Problem::BadInterface; 5]);
    assert_eq!(reader.diagnostics()[0].packet, 1);
}

#[test]
fn options_longer_than_their_block() {
    let mut file = Pcapng::new(Little);
    file.interface(1, 0, &[]);
    let mut body = file.enhanced_body(0, START, 4, 4, b"data");
    body.extend([1, 0, 2, 0, b'o', b'k', 0, 0, 1, 0, 200, 0, b'n', b'o', 0, 0]);
    file.block(6, &body).packets(0, 1);
    let (seen, problems, reader) = bad(&file.bytes);
    assert_eq!((seen.len(), problems), (2, vec![Problem::BadBlock]));
    assert_eq!(reader.packet_comments(), [(1, "ok".to_owned())]);
}

#[test]
fn a_captured_length_beyond_the_block() {
    let mut file = Pcapng::usual();
    let body = file.enhanced_body(0, START, 1000, 1000, b"01234567");
    file.block(6, &body).packets(0, 1);
    let (seen, problems, _) = bad(&file.bytes);
    assert_eq!((&seen[0].data[..], seen.len()), (&b"01234567"[..], 2));
    assert_eq!(problems, [Problem::BadBlock]);
}

#[test]
fn blocks_too_short_for_what_they_are() {
    let mut file = Pcapng::usual();
    file.block(6, &[0; 12])
        .block(3, &[])
        .block(2, &[0; 16])
        .block(1, &[0; 4])
        .block(5, &[])
        .block(4, &[])
        .block(10, &[])
        .block(0xbad, &[])
        .block(0x204, &[0; 20]);
    file.packets(0, 1);
    let (seen, problems, _) = bad(&file.bytes);
    assert_eq!((seen.len(), problems), (1, vec![Problem::BadBlock; 6]));
}

#[test]
fn the_two_lengths_of_a_block_differ() {
    let mut file = Pcapng::usual();
    file.packets(0, 2);
    let at = file.bytes.len() - 4;
    file.bytes[at..].copy_from_slice(&77u32.to_le_bytes());
    let last = bad(&file.bytes);
    assert_eq!(
        (data(&last.0), last.1),
        (
            payloads(0, 2).iter().map(Vec::as_slice).collect(),
            vec![Problem::BadBlock]
        )
    );
    file.packets(2, 2);
    let (seen, problems, _) = bad(&file.bytes);
    assert_eq!(
        (data(&seen), problems),
        (
            payloads(0, 4).iter().map(Vec::as_slice).collect(),
            vec![Problem::BadBlock]
        )
    );
}

#[test]
fn a_length_that_leaves_out_the_padding() {
    for trailing in [43u32, 44] {
        let mut file = Pcapng::usual();
        let body = file.enhanced_body(0, START, 11, 11, b"hello world");
        file.bytes.extend(6u32.to_le_bytes());
        file.bytes.extend(43u32.to_le_bytes());
        file.bytes.extend(&body);
        file.bytes.extend(trailing.to_le_bytes());
        file.packets(0, 1);
        let (seen, _) = good(&file.bytes);
        assert_eq!((&seen[0].data[..], seen.len()), (&b"hello world"[..], 2));
    }
    // And a writer that does not pad at all.
    let mut file = Pcapng::usual();
    let body = file.enhanced_body(0, START, 11, 11, b"hello world");
    file.bytes.extend(6u32.to_le_bytes());
    file.bytes.extend(43u32.to_le_bytes());
    file.bytes.extend(&body[..31]);
    file.bytes.extend(43u32.to_le_bytes());
    file.packets(0, 1);
    assert_eq!(good(&file.bytes).0.len(), 2);
}
