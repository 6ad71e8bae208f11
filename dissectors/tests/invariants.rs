//! The invariant over random bytes, over real packets that were damaged, and over every cut and every changed byte of
//! some small ones.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use dissectors::{LinkType, Packet, invariants};
use proptest::{collection::vec, prelude::*, sample::select};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
    digits
        .chunks_exact(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

const ETHERNET_IPV4: &str = "02000a000002 02000a000001 0800";
const ETHERNET_IPV6: &str = "02000a000002 02000a000001 86dd";
const IPV6: &str =
    "60000000 0028 06 40 20010db8000000000000000000000001 20010db8000000000000000000000002";
const IPV4_TCP: &str = "4500003c abcd4000 40060000 0a000001 0a000002";
const SYN: &str =
    "c0010050 00001000 00000000 a002faf0 abcd0000 020405b4 0402080a 0000000100000000 01030307";

/// IP packets, to follow Ethernet or anything else.
fn packets() -> Vec<Vec<u8>> {
    let list = [
        // TCP: a SYN, a segment with SACK and data, one with Multipath TCP.
        format!("{IPV4_TCP} {SYN}"),
        format!("{IPV6} {SYN}"),
        "45000042abcd400040060000 0a000001 0a000002 c0010050 0000100000002000 b0100200 abcd0000 \
         0101050a 0000200100002010 00000000 68656c6c6f2c20776f726c64"
            .to_owned(),
        "45000048abcd400040060000 0a000001 0a000002 c0010050 0000100000002000 d0100200 abcd0000 \
         1e1c201f 0102030405060708 1112131415161718 00000001 0005abcd 00000000"
            .to_owned(),
        // A TLS client's hello with three extensions, followed by a server's messages; SSH lists of algorithms.
        "45000085abcd400040060000 0a000001 0a000002 c00101bb 0000100000002000 50180200 abcd0000 \
         16 0301 0058 01 000054 0303 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f \
         00 0006 0a0a c02b 002f 01 00 0025 0000 000e 000c 00 0009 6c6f63616c686f7374 \
         000a 0004 0002 001d 0033 0007 0005 001d 0001 00"
            .to_owned(),
        "45000081abcd400040060000 0a000001 0a000002 01bbc001 0000100000002000 50180200 abcd0000 \
         16 0303 0054 02 000026 0303 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f \
         00 c02b 00 0b 00000a 000007 000004 30023000 0c 00000c 03 001d 01 aa 0403 0003 aabbcc \
         0d 000004 01 40 0000 0e 000000"
            .to_owned(),
        "45000078abcd400040060000 0a000001 0a000002 c0010016 0000100000002000 50180200 abcd0000 \
         0000004c 05 14 000102030405060708090a0b0c0d0e0f 00000001 61 00000001 62 00000001 63 \
         00000001 64 00000001 65 00000001 66 00000001 67 00000001 68 00000000 00000000 00 00000000 \
         0000000000"
            .to_owned(),
        // Timestamps alone in the options, as in nearly all segments.
        "45000039abcd400040060000 0a000001 0a000002 c0010050 0000100000002000 80180200 abcd0000 \
         0101080a 0000000100000002 68656c6c6f"
            .to_owned(),
        // UDP with a question about a name, UDP-Lite.
        "45000037abcd400040110000 0a000001 0a000002 c0010035 0023abcd 1234 0100 0001 0000 0000 0000 \
         07 6578616d706c65 03 636f6d 00 0001 0001"
            .to_owned(),
        "45000021abcd400040880000 0a000001 0a000002 c001c002 0008abcd 68656c6c6f".to_owned(),
        // An ICMP error that quotes a TCP segment, and an echo request.
        format!("45000058abcd400040010000 0a000002 0a000001 0303abcd 00000000 {IPV4_TCP} {SYN}"),
        "45000020abcd400040010000 0a000001 0a000002 0800abcd 00010002 61626364".to_owned(),
        // A first and a last fragment.
        "4500001cabcd200040110000 0a000001 0a000002 c0010035 0023abcd".to_owned(),
        "4500001cabcd000140110000 0a000001 0a000002 c0010035 0023abcd".to_owned(),
        // IPv4 in IPv4 in IPv6 in IPv4, and GRE.
        format!("45000050abcd400040040000 0a000001 0a000002 {IPV4_TCP} {SYN}"),
        format!("45000064abcd400040290000 0a000001 0a000002 {IPV6} {SYN}"),
        format!("45000054abcd4000402f0000 0a000001 0a000002 00000800 {IPV4_TCP} {SYN}"),
        // IPv6 with a hop-by-hop header and a fragment header.
        "60000000 0020 00 40 20010db8000000000000000000000001 20010db8000000000000000000000002 \
         2c00010400000000 1100 0001 00000007 c0010035 0010abcd 0102030405060708"
            .to_owned(),
    ];
    list.iter().map(|hex| bytes(hex)).collect()
}

/// The bytes before an IP packet: none, Ethernet, VLAN tags, SLL, PPPoE, or anything.
fn headers() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "",
        ETHERNET_IPV4,
        ETHERNET_IPV6,
        "02000a000002 02000a000001 8100 0064 0800",
        "02000a000002 02000a000001 88a8 0064 8100 00c8 86dd",
        "02000a000002 02000a000001 8864 1100 0001 0040 0021",
        "02000a000002 02000a000001 8847 00010140",
        "0000 0001 0006 02000a000001 0000 0800",
        "0800 0000 00000002 0001 00 06 02000a0000010000",
        "02000000",
        "0000001e",
        "0021",
        "ff030021",
    ];
    let known: Vec<_> = known.iter().map(|hex| bytes(hex)).collect();
    prop_oneof![4 => select(known), 1 => vec(any::<u8>(), 0..24)]
}

#[derive(Clone, Debug)]
enum Damage {
    Cut(usize),
    Set(usize, u8),
    Flip(usize, u8),
    Insert(usize, Vec<u8>),
    Repeat(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = 0_usize..160;
    prop_oneof![
        at.clone().prop_map(Damage::Cut),
        (at.clone(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (at.clone(), 0_u8..8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        (at.clone(), vec(any::<u8>(), 1..16)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (at.clone(), at).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

fn apply(damage: &Damage, packet: &mut Vec<u8>) {
    let length = packet.len();
    match damage {
        Damage::Cut(at) => packet.truncate(*at),
        Damage::Set(at, byte) => packet.iter_mut().skip(*at).take(1).for_each(|b| *b = *byte),
        Damage::Flip(at, bit) => packet
            .iter_mut()
            .skip(*at)
            .take(1)
            .for_each(|b| *b ^= 1 << bit),
        Damage::Insert(at, bytes) => {
            let at = (*at).min(length);
            packet.splice(at..at, bytes.iter().copied());
        }
        // Repeats a part of the packet inside itself.
        Damage::Repeat(from, to) => {
            let part = packet[(*from).min(length)..].to_vec();
            let to = (*to).min(length);
            packet.splice(to..to, part);
        }
    }
}

fn holds(link_type: u16, bytes: &[u8], missing: u32) -> Result<(), String> {
    let original = bytes.len() as u32 + missing;
    invariants::check(Packet::new(LinkType(link_type), bytes, original))
}

/// The outermost layer is shown even if nothing of it was captured.
#[test]
fn nothing_captured() {
    for link_type in invariants::link_types() {
        assert_eq!(holds(link_type, &[], 1), Ok(()), "{link_type}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(
        link_type in select(invariants::link_types()),
        bytes in vec(any::<u8>(), 0..300),
        missing in prop_oneof![Just(0_u32), 1_u32..2000],
    ) {
        prop_assert_eq!(holds(link_type, &bytes, missing), Ok(()));
    }

    #[test]
    fn damaged_packets(
        link_type in select(invariants::link_types()),
        header in headers(),
        packet in select(packets()),
        tail in prop_oneof![3 => Just(Vec::new()), 1 => vec(any::<u8>(), 0..40)],
        damages in vec(damage(), 0..6),
        missing in prop_oneof![3 => Just(0_u32), 1 => 1_u32..2000],
    ) {
        let mut whole = header;
        whole.extend(packet);
        whole.extend(tail);
        for damage in &damages {
            apply(damage, &mut whole);
        }
        prop_assert_eq!(holds(link_type, &whole, missing), Ok(()));
    }
}

/// Each packet after the right Ethernet header.
fn ethernet_packets() -> Vec<Vec<u8>> {
    let header = |packet: &[u8]| match packet[0] >> 4 {
        6 => bytes(ETHERNET_IPV6),
        _ => bytes(ETHERNET_IPV4),
    };
    packets()
        .into_iter()
        .map(|packet| [header(&packet), packet].concat())
        .collect()
}

#[test]
fn every_cut() {
    for packet in ethernet_packets() {
        for length in 0..packet.len() {
            let missing = (packet.len() - length) as u32;
            holds(1, &packet[..length], missing).unwrap();
            holds(1, &packet[..length], 0).unwrap();
        }
    }
}

#[test]
fn every_changed_byte() {
    for packet in ethernet_packets() {
        for at in 0..packet.len() {
            // Each bit alone, and the ends of the range.
            for byte in [
                0x00, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x7f, 0xff,
            ] {
                let mut changed = packet.clone();
                changed[at] ^= byte;
                holds(1, &changed, 0).unwrap();
                changed[at] = byte;
                holds(1, &changed, 0).unwrap();
            }
        }
    }
}

/// A frame longer than 65535 bytes, as segmentation offload makes them: its total length is 0.
#[test]
fn a_packet_longer_than_its_header_can_say() {
    let packet = bytes("45000000 00010000 40110000 0a000001 0a000002 c0010007");
    let packet = Packet::new(LinkType::IPV4, &packet, 65_555);
    invariants::check(packet).unwrap();
}
