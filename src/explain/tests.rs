//! The explanations of the samples: chosen sentences, where their numbers come from, and that they follow the packet.

use super::*;
use crate::{
    capture::Reader,
    format::{duration, size},
    report,
    samples::{self, Sample},
    store::Store,
    track::DecodeAs,
};
use dissectors::TcpFlags;
use std::{
    collections::BTreeSet,
    io::{Read, Seek, Write},
};

/// Returns the bytes of a sample.
fn bytes_of(sample: &Sample) -> Vec<u8> {
    let mut bytes = Vec::new();
    sample.open().unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// Reads a capture.
fn load(bytes: &[u8]) -> Store {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    report::load(
        Reader::from_file(file, "test").unwrap(),
        DecodeAs::default(),
    )
}

fn sample(name: &str) -> Sample {
    let mut all = samples::all().into_iter();
    all.find(|sample| sample.name == name).unwrap()
}

/// Returns all captures of packets that the tests examine.
fn all_samples() -> Vec<Sample> {
    samples::all()
}

fn explained(store: &Store, number: u32) -> Vec<Paragraph> {
    let mut viewer = Viewer::new(store.clone());
    let details = viewer.details(number).unwrap();
    packet(&mut viewer, number, &details)
}

fn text_of(paragraphs: &[Paragraph]) -> String {
    let texts: Vec<String> = paragraphs.iter().map(Paragraph::text).collect();
    texts.join("\n")
}

/// Returns the sentences about TCP in a sample's packet.
fn tcp(name: &str, number: u32) -> String {
    let store = load(&bytes_of(&sample(name)));
    let paragraphs = explained(&store, number);
    let found = paragraphs.iter().rfind(|one| one.protocol == "TCP");
    found.unwrap().text()
}

#[test]
fn each_layer_has_a_heading_with_both_names() {
    let store = load(&bytes_of(&sample("tls.pcap")));
    let headings: Vec<_> = explained(&store, 6)
        .iter()
        .map(Paragraph::heading)
        .collect();
    assert_eq!(
        headings,
        [
            "L2 data link · link layer · Ethernet",
            "L3 network · internet layer · IPv4",
            "L4 transport · transport layer · TCP",
            "L6 presentation · application layer · TLS",
        ]
    );
}

/// A sample, a packet, parts of the sentences about its segment, and what they do not contain.
const CHOSEN: &[(&str, u32, &[&str], &[&str])] = &[
    // A simultaneous open: the first SYN-ACKs are answers, and no repetitions.
    (
        "simultaneous-open.pcap",
        7,
        &[
            "The client 10.0.0.1 answers the server's SYN",
            "Its own SYN #5 is part of this answer",
            "It acknowledges 2556236075, the server's ISN + 1",
        ],
        &["SYN-ACK again", "repeat"],
    ),
    (
        "simultaneous-open.pcap",
        8,
        &["The server 10.0.0.2 answers the client's SYN"],
        &["SYN-ACK again", "repeat"],
    ),
    // Data in the SYN is acknowledged with it.
    (
        "tcp-fast-open.pcap",
        14,
        &["It acknowledges 280294660: the client's ISN + 1 + 71 bytes"],
        &["ISN + 1, so it answers"],
    ),
    ("tcp-fast-open.pcap", 11, &["71 B of data already"], &[]),
    ("tcp-fast-open.pcap", 4, &["a cookie of 8 bytes"], &[]),
    // Without a byte there is none to repeat.
    (
        "keepalive-probes.pcap",
        8,
        &[
            "sends no data, under the sequence number 6",
            "the next would be 7",
        ],
        &["repeats"],
    ),
    ("keepalive-probes.pcap", 9, &["still waits for 7"], &[]),
    // The FINs of both sides.
    (
        "half-close.pcap",
        7,
        &["stays open until the server sends a FIN too, which is #20"],
        &[],
    ),
    (
        "half-close.pcap",
        9,
        &[
            "the client's FIN #7",
            "half closed: the server may still send, and sends 10 B more",
        ],
        &[],
    ),
    (
        "half-close.pcap",
        20,
        &[
            "The client closed its direction before, with #7",
            "the connection is over",
        ],
        &["stays open"],
    ),
    (
        "half-close.pcap",
        21,
        &["Both FINs are acknowledged now"],
        &["half closed"],
    ),
    (
        "keepalive-probes.pcap",
        19,
        &[
            "The server closed its direction before, with #18",
            "the server's FIN #18",
        ],
        &["stays open"],
    ),
    // Congestion.
    ("ecn.pcap", 3, &["ECE and CWR in a SYN offer ECN"], &[]),
    (
        "ecn.pcap",
        4,
        &["accepts the ECN that the client offered"],
        &[],
    ),
    (
        "ecn.pcap",
        36,
        &["A congested router marked this packet"],
        &[],
    ),
    (
        "ecn.pcap",
        37,
        &["a packet that a router had marked CE, the last one #36, 21.0 µs before"],
        &[],
    ),
    (
        "ecn.pcap",
        67,
        &["as the client asked with ECE in #66"],
        &[],
    ),
    // What is repeated, and why it is called so.
    (
        "lossy-reordering-at-sender.pcap",
        62,
        &["A fast retransmission: duplicate ACKs", "It repeats #"],
        &[],
    ),
    (
        "lossy-reordering.pcap",
        34,
        &["2,896 B before it in the stream, bytes 18825 to 21720, have not come"],
        &[],
    ),
    (
        "lossy-reordering.pcap",
        52,
        &["#50, further on in the stream"],
        &[],
    ),
    (
        "lossy-reordering.pcap",
        62,
        &["SACK of a duplicate: bytes 41993 to 43440"],
        &[],
    ),
    (
        "zero-window.pcap",
        17,
        &["#16 acknowledged 8749 and allowed 1,448 bytes from there, up to 10196"],
        &[],
    ),
    (
        "zero-window.pcap",
        18,
        &["Window 0: the server may send nothing"],
        &[],
    ),
    // The window, and the acknowledgment.
    (
        "web-keepalive.pcap",
        7,
        &["64 × 1024 (window scale 10 of its SYN) = 65,536 bytes"],
        &[],
    ),
    (
        "web-keepalive.pcap",
        9,
        &["so this is the one that it expects next"],
        &[],
    ),
    (
        "mid-stream.pcap",
        1,
        &["times a scale that only the SYNs show"],
        &[],
    ),
    (
        "unanswered.pcap",
        5,
        &["has had no answer 2.02 s after its SYN #4"],
        &[],
    ),
    ("refused.pcap", 4, &["the client's ISN + 1"], &[]),
    (
        "reset-in-the-middle.pcap",
        20,
        &["exactly what the client expects, as #19 says"],
        &[],
    ),
    ("port-reuse.pcap", 11, &["were used before, by tcp/0"], &[]),
];

#[test]
fn sentences_about_chosen_segments() {
    for (name, number, expected, not) in CHOSEN {
        let text = tcp(name, *number);
        for part in *expected {
            assert!(text.contains(part), "{name} #{number}: {part}\n{text}");
        }
        for part in *not {
            assert!(!text.contains(part), "{name} #{number}: {part}\n{text}");
        }
    }
}

/// Returns the sentences about TCP in a packet of a sample after changes: of each the packet, the row, and its new value.
/// The row `tcp.flags` has the flags and the header's length.
fn tcp_changed(name: &str, number: u32, changes: &[(u32, &str, u32)]) -> String {
    let mut bytes = bytes_of(&sample(name));
    let store = load(&bytes);
    let mut viewer = Viewer::new(store.clone());
    for (packet, name, value) in changes {
        let details = viewer.details(*packet).unwrap();
        let layers = layers(&details.tree.fields);
        let tcp = layers
            .iter()
            .rfind(|layer| layer.info.name == "tcp")
            .unwrap();
        let row = match *name {
            "tcp.flags" => "tcp.window_size_value",
            name => name,
        };
        let at = tcp.find(row).unwrap().bytes;
        let offset = store.read().packets.get(*packet).unwrap().offset() as usize;
        let mut at = offset + at.start as usize..offset + at.end as usize;
        let mut value = *value;
        if *name == "tcp.flags" {
            at = at.start - 2..at.start;
            value |= u32::from(bytes[at.start] & 0xf0) << 8;
        }
        let width = at.len();
        bytes[at].copy_from_slice(&value.to_be_bytes()[4 - width..]);
    }
    let store = load(&bytes);
    about_tcp(&explained(&store, number)).unwrap()
}

/// What the samples do not contain: made of them by changing numbers and flags.
#[test]
fn sentences_about_rare_segments() {
    let fast_open = |ack| tcp_changed("tcp-fast-open.pcap", 14, &[(14, "tcp.ack_raw", ack)]);
    let isn = 280_294_588;
    let text = fast_open(isn + 1);
    assert!(text.contains("the SYN, but not its 71 B of data"), "{text}");
    let text = fast_open(isn + 1 + 30);
    assert!(text.contains("ISN + 1 + 30 of the 71 B"), "{text}");
    let text = fast_open(isn + 1 + 72);
    assert!(text.contains("this answers another connection"), "{text}");

    // A SYN-ACK that is sent again, in a simultaneous open and in any other.
    let flags = u32::from(TcpFlags::SYN | TcpFlags::ACK);
    let again = [(9, "tcp.seq", 40_336_347), (9, "tcp.flags", flags)];
    let text = tcp_changed("simultaneous-open.pcap", 9, &again);
    assert!(
        text.contains("sends its SYN-ACK again, 100 ms after #7"),
        "{text}"
    );

    // A simultaneous close; then a RST whose sequence number is not the expected one.
    let seq = number_of("keepalive-probes.pcap", 18, "tcp.seq_raw");
    let text = tcp_changed("keepalive-probes.pcap", 19, &[(19, "tcp.ack_raw", seq)]);
    assert!(
        text.contains("both sides close at about the same time"),
        "{text}"
    );
    let seq = number_of("reset-in-the-middle.pcap", 20, "tcp.seq_raw");
    let text = tcp_changed(
        "reset-in-the-middle.pcap",
        20,
        &[(20, "tcp.seq", seq + 100)],
    );
    assert!(
        text.contains("is 8143, while the client expected 8043, as #19 says"),
        "{text}"
    );

    // Without ACK.
    let text = tcp_changed("half-close.pcap", 11, &[(11, "tcp.flags", 0)]);
    assert!(text.contains("a segment without ACK"), "{text}");
    assert!(text.contains("means nothing: ACK is not set"), "{text}");
    // Data, and no room for any.
    let text = tcp_changed("half-close.pcap", 6, &[(6, "tcp.window_size_value", 0)]);
    assert!(text.contains("Its own window is 0"), "{text}");
}

/// Accurate ECN, and offers that are declined or wrong: RFC 9768 and RFC 3168.
#[test]
fn sentences_about_congestion() {
    let [ece, cwr, ae] = [TcpFlags::ECE, TcpFlags::CWR, TcpFlags::AE].map(u32::from);
    let syn = u32::from(TcpFlags::SYN);
    let syn_ack = syn | u32::from(TcpFlags::ACK);
    let ack = u32::from(TcpFlags::ACK);
    let text = |number, flags: &[(u32, u32)]| {
        let changes: Vec<_> = flags
            .iter()
            .map(|(packet, flags)| (*packet, "tcp.flags", *flags))
            .collect();
        tcp_changed("ecn.pcap", number, &changes)
    };
    let offer = (3, syn | ece | cwr | ae);
    let accepts = (4, syn_ack | cwr);
    for (number, flags, expected) in [
        (3, vec![offer], "offer Accurate ECN"),
        (
            4,
            vec![offer, accepts],
            "accept the Accurate ECN that the client offered",
        ),
        (
            37,
            vec![offer, accepts, (37, ack | ae | ece)],
            "it is 5, from which",
        ),
        (37, vec![offer, accepts, (37, ack)], "it is 0, from which"),
        // An accurate offer is accepted as a classic one.
        (4, vec![offer], "ECE without CWR in a SYN-ACK accepts"),
        (3, vec![(3, syn | ece)], "no valid offer"),
        (4, vec![(4, syn_ack)], "this answer declines it"),
        (4, vec![(3, syn)], "an offer that the client did not make"),
        (
            4,
            vec![(4, syn_ack | ece | cwr)],
            "these flags do not accept it",
        ),
        (37, vec![(4, syn_ack)], "the SYNs did not agree on ECN"),
    ] {
        let text = text(number, &flags);
        assert!(
            text.contains(expected),
            "#{number} {flags:?}: {expected}\n{text}"
        );
    }
    // Without flags there is no sentence.
    let text = text(3, &[(3, syn)]);
    assert!(!text.contains("EC"), "{text}");
}

/// Returns the number in a row of a sample's packet.
fn number_of(name: &str, number: u32, field: &str) -> u32 {
    let store = load(&bytes_of(&sample(name)));
    let details = Viewer::new(store).details(number).unwrap();
    value(&details, field).unwrap() as u32
}

/// Whatever the bytes, there is an explanation, and no panic.
#[test]
fn any_bytes_are_explained() {
    let mut random = 88_172_645_463_325_252_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below.max(1) as u64) as usize
    };
    for sample in all_samples() {
        let bytes = bytes_of(&sample);
        let store = load(&bytes);
        for _ in 0..4 {
            let mut bytes = bytes.clone();
            let contents = store.read();
            let all = contents.packets.range(1, contents.packets.len() as u32);
            for (_, record) in all {
                // In the headers, mostly.
                let length = (record.captured as usize).min(80);
                for _ in 0..2 {
                    let at = record.offset() as usize + next(length);
                    bytes[at] ^= 1 << next(8);
                }
            }
            drop(contents);
            let store = load(&bytes);
            let count = store.read().packets.len() as u32;
            let mut viewer = Viewer::new(store);
            for number in 1..=count {
                let details = viewer.details(number).unwrap();
                let paragraphs = packet(&mut viewer, number, &details);
                assert!(!paragraphs.is_empty(), "{} #{number}", sample.name);
            }
        }
    }
}

#[test]
fn sentences_about_other_layers() {
    for (name, number, expected) in [
        (
            "arp-icmp.pcap",
            1,
            "asks all on this link which card has the address 192.0.2.1",
        ),
        ("arp-icmp.pcap", 2, "192.0.2.1 is at card 02:00:00:00:00:02"),
        (
            "arp-icmp.pcap",
            3,
            "192.0.2.10 asks 198.51.100.20 for an answer",
        ),
        ("arp-icmp.pcap", 4, "so 1 router has passed it on"),
        ("arp-icmp.pcap", 4, "It answers #3, after 20.87 ms"),
        ("arp-icmp.pcap", 13, "TTL 1: each router takes 1 off"),
        ("arp-icmp.pcap", 14, "It quotes the packet that it is about"),
        ("icmp-unreachable.pcap", 6, "That packet belongs to tcp/"),
        ("path-mtu.pcap", 15, "at most 1,280 bytes"),
        (
            "ipv6.pcap",
            14,
            "2001:db8::1 asks which card has 2001:db8::2",
        ),
        ("fragments.pcap", 3, "bytes 0 to 1479 of a datagram"),
        ("vlan.pcap", 3, "Tagged for VLAN 100"),
        ("ecn.pcap", 36, "ECN bits CE, congestion experienced"),
        ("ecn.pcap", 8, "ECN bits ECT(0)"),
        ("dns.pcap", 3, "DNS: names become addresses"),
        (
            "tunnel-vxlan.pcap",
            10,
            "a whole Ethernet frame travels inside",
        ),
        ("tls.pcap", 6, "It holds a handshake record"),
    ] {
        let store = load(&bytes_of(&sample(name)));
        let text = text_of(&explained(&store, number));
        assert!(
            text.contains(expected),
            "{name} #{number}: {expected}\n{text}"
        );
    }
}

/// Returns a capture of one packet of IPv6 with a header of options, after which nothing follows.
fn with_options(next: u8, options: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0, 0, options.len() as u8 + 2, next, 64];
    for last in [1, 2] {
        packet.extend([
            0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last,
        ]);
    }
    packet.extend([59, (options.len() / 8) as u8]);
    packet.extend(options);
    let length = (packet.len() as u32).to_le_bytes();
    let head = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 229, 1, 0];
    let head = head.into_iter().flat_map(u32::to_le_bytes);
    head.chain(length).chain(length).chain(packet).collect()
}

#[test]
fn options_of_ipv6() {
    const HOP_BY_HOP: u8 = 0;
    const DESTINATION: u8 = 60;
    let home = [
        0xc9, 16, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 0, 0,
    ];
    for (next, options, expected) in [
        (
            HOP_BY_HOP,
            &[5, 2, 0, 0, 1, 0][..],
            "Options for every router on the way. Router Alert, MLD: routers",
        ),
        (HOP_BY_HOP, &[5, 2, 0, 0, 1, 0], "2 B of padding"),
        (HOP_BY_HOP, &[5, 2, 0, 1, 0, 0], "RSVP: routers on the way"),
        (HOP_BY_HOP, &[5, 2, 0, 9, 0, 0], "Router Alert 9: routers"),
        (
            HOP_BY_HOP,
            &[0xc2, 4, 0, 1, 0x11, 0x70],
            "the payload of 70",
        ),
        (DESTINATION, &[4, 1, 4, 1, 1, 0], "at most 4 more tunnels,"),
        (DESTINATION, &[4, 1, 1, 1, 1, 0], "at most 1 more tunnel,"),
        (DESTINATION, &[4, 1, 0, 1, 1, 0], "limit 0: a router"),
        (DESTINATION, &home, "comes from 2001:db8::7,"),
        (
            DESTINATION,
            &[0x3e, 4, 0, 0, 0, 0],
            "0x3e; who does not know it skips it",
        ),
        (
            DESTINATION,
            &[0x7e, 4, 0, 0, 0, 0],
            "0x7e; who does not know it drops the packet.",
        ),
        (
            DESTINATION,
            &[0xbe, 4, 0, 0, 0, 0],
            "drops the packet and reports that",
        ),
        // Cut short.
        (
            DESTINATION,
            &[0xc9, 4, 0, 0, 0, 0],
            "Options for the receiver alone",
        ),
    ] {
        let text = text_of(&explained(&load(&with_options(next, options)), 1));
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

/// Every packet of every sample has a paragraph for each of its layers, with something in it.
#[test]
fn no_layer_is_left_out() {
    for sample in all_samples() {
        let store = load(&bytes_of(&sample));
        let mut viewer = Viewer::new(store.clone());
        let count = store.read().packets.len() as u32;
        for number in 1..=count {
            let details = viewer.details(number).unwrap();
            let paragraphs = packet(&mut viewer, number, &details);
            let place = format!("{} #{number}", sample.name);
            let own = layers(&details.tree.fields);
            let own = own.iter().filter(|layer| !layer.info.quoted);
            assert!(own.count() >= paragraphs.len(), "{place}");
            assert!(!paragraphs.is_empty(), "{place}");
            for paragraph in paragraphs {
                assert!(paragraph.text().len() > 10, "{place}: {paragraph:?}");
                // A text that lacks a variable is replaced by its name.
                assert!(
                    !paragraph.text().contains("explain-"),
                    "{place}: {paragraph:?}"
                );
            }
        }
    }
}

/// Returns the numbers in a text, without the commas of thousands; digits inside of words are none.
fn numbers(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        let inside = at > 0 && letters[at - 1].is_alphanumeric();
        if !letters[at].is_ascii_digit() || inside {
            at += 1;
            continue;
        }
        let mut number = String::new();
        while at < letters.len() {
            let is_comma = letters[at] == ','
                && letters.get(at + 1).is_some_and(char::is_ascii_digit)
                && !number.is_empty();
            match letters[at] {
                digit if digit.is_ascii_digit() => number.push(digit),
                _ if is_comma => {}
                _ => break,
            }
            at += 1;
        }
        // Hexadecimal digits of addresses are compared as they are.
        found.insert(number);
    }
    found
}

/// Returns the numbers after `#`: the packets that a text names.
fn named(text: &str) -> BTreeSet<u32> {
    let parts = text.split('#').skip(1);
    let digits = parts.map(|part| {
        let end = part.find(|letter: char| !letter.is_ascii_digit());
        part[..end.unwrap_or(part.len())].to_owned()
    });
    digits.filter_map(|digits| digits.parse().ok()).collect()
}

/// Numbers that sentences contain whatever the packet: "ISN + 1", "window of 0", TLS 1.3, a ping's type.
const CONSTANT: [&str; 3] = ["0", "1", "3"];

/// Checks that every number of an explanation is of the packet, of a packet that it names, or of its conversation.
fn check_numbers(viewer: &mut Viewer, number: u32, place: &str) {
    let details = viewer.details(number).unwrap();
    let text = text_of(&packet(viewer, number, &details));
    let mut allowed: BTreeSet<String> = CONSTANT.iter().map(|one| (*one).to_owned()).collect();
    let store = viewer.store().clone();
    let mut packets = named(&text);
    let in_segment = about_tcp(&packet(viewer, number, &details)).map(|text| named(&text));
    let mut phrases: Vec<String> = Vec::new();
    let conversations = store.read().conversations_of(number);
    for (id, _) in &conversations {
        let contents = store.read();
        let Some(conversation) = contents.tracker.get(*id) else {
            continue;
        };
        for packet in in_segment.iter().flatten() {
            let record = contents.packets.get(*packet);
            let record = record.unwrap_or_else(|| panic!("{place} names #{packet}\n{text}"));
            let is_own = contents.belongs(*packet, record, *id);
            assert!(
                is_own || conversations.len() > 1,
                "{place} names #{packet}\n{text}"
            );
        }
        let tcp = conversation.tcp();
        let handshake = &tcp.handshake;
        let times = [
            handshake.rtt_ns(),
            handshake.syn_to_syn_ack_ns(),
            handshake.syn_ack_to_ack_ns(),
        ];
        phrases.extend(times.into_iter().flatten().map(duration));
        for side in tcp.sides.iter() {
            phrases.push(size(side.after_peer_fin));
            allowed.extend(side.isn.map(|isn| isn.wrapping_add(1).to_string()));
            allowed.extend(side.base_seq.map(|base| base.to_string()));
        }
        phrases.push(size(handshake.syn_data.into()));
        if let Some(earlier) = conversation
            .reuses()
            .and_then(|id| contents.tracker.get(id))
        {
            allowed.extend(numbers(&earlier.id().to_string()));
        }
        packets.extend([handshake.syn, handshake.syn_ack].into_iter().flatten());
    }
    let time = |packet: u32| store.read().packets.get(packet).unwrap().order_ns;
    phrases.extend(
        packets
            .iter()
            .map(|other| duration(time(number) - time(*other))),
    );
    if let Some(found) = details.analysis {
        phrases.push(size(found.missing_before.into()));
        phrases.push(size(found.selectively_acked.into()));
        phrases.extend(found.fills.map(|gap| size(gap.bytes.into())));
        let first = |field: &str| value(&details, field).unwrap_or_default();
        let begin = first("tcp.seq").wrapping_sub(found.missing_before.into());
        allowed.insert((begin as u32).to_string());
        allowed.extend(found.duplicate_ack.map(|(times, _)| times.to_string()));
    }
    packets.insert(number);
    allowed.extend(packets.iter().map(u32::to_string));
    for other in packets {
        let details = viewer.details(other).unwrap();
        allowed.extend(numbers(&details.tree.to_string()));
        allowed.extend(numbers(&details.summary.info));
        derive(&details, &mut allowed, &mut phrases);
        viewer.absolute_seq = true;
        let details = viewer.details(other).unwrap();
        viewer.absolute_seq = false;
        derive(&details, &mut allowed, &mut phrases);
    }
    let mut rest = text.clone();
    phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
    for phrase in phrases {
        rest = rest.replace(&phrase, " ");
    }
    let unknown: Vec<_> = numbers(&rest).difference(&allowed).cloned().collect();
    assert!(unknown.is_empty(), "{place}: {unknown:?}\n{text}");
}

/// Returns the number in the last row of this name outside of quoted layers.
fn value(details: &Details, name: &str) -> Option<u64> {
    let layers = layers(&details.tree.fields);
    let mut own = layers.iter().rev().filter(|layer| !layer.info.quoted);
    own.find_map(|layer| layer.number(name))
}

/// Adds what follows from a packet's fields by the arithmetic of TCP and IP.
fn derive(details: &Details, allowed: &mut BTreeSet<String>, phrases: &mut Vec<String>) {
    let mut add = |number: u64| {
        allowed.insert(number.to_string());
    };
    for name in ["ip.ttl", "ipv6.hlim"] {
        for first in [64, 128, 255] {
            let hops = value(details, name).unwrap_or(first);
            add(first);
            add(u64::abs_diff(first, hops));
        }
    }
    if let Some(offset) = value(details, "ip.frag_offset") {
        let length = value(details, "ip.len").unwrap_or(0);
        let header = value(details, "ip.hdr_len").unwrap_or(0);
        add(8 * offset);
        add((8 * offset + length).saturating_sub(header + 1));
    }
    if let Some(length) = value(details, "ipv6.opt.length") {
        // Padding, with its type and its length.
        phrases.push(size(length + 2));
    }
    if let Some(length) = value(details, "udp.length") {
        phrases.push(size(length.saturating_sub(8)));
    }
    phrases.extend(value(details, "data.len").map(size));
    let names = ["tcp.seq", "tcp.ack", "tcp.len", "tcp.window_size_value"];
    let [Some(seq), Some(ack), Some(length), Some(window)] = names.map(|name| value(details, name))
    else {
        return;
    };
    let wrapped = |number: u64| u64::from(number as u32);
    let raw = value(details, "tcp.seq_raw").unwrap_or(seq);
    add(wrapped(raw.wrapping_sub(seq)));
    for end in [seq + length, seq + length + 1] {
        for number in [end, end.wrapping_sub(1)] {
            add(wrapped(number));
        }
    }
    add(wrapped(seq + 1));
    add(wrapped(seq.wrapping_sub(1)));
    let raw_end = raw + length + 1;
    add(wrapped(raw_end));
    add(wrapped(ack.wrapping_sub(1)));
    let raw_ack = value(details, "tcp.ack_raw").unwrap_or(ack);
    add(raw_ack);
    phrases.push(size(length));
    for shift in 0..=14 {
        let is_scale = value(details, "tcp.window_size") == Some(window << shift);
        if shift == 0 || is_scale {
            let bytes = window << shift;
            add(bytes);
            add(wrapped((ack + bytes).wrapping_sub(1)));
            phrases.push(size(bytes));
        }
        let own = value(details, "tcp.options.wscale.shift");
        if own == Some(shift) {
            add(1 << shift);
        }
    }
    let layers = layers(&details.tree.fields);
    for layer in &layers {
        for row in layer
            .rows
            .iter()
            .filter(|row| row.name == "tcp.options.sack_re")
        {
            add(wrapped(rows::number(row).unwrap_or(0).wrapping_sub(1)));
        }
        for row in layer
            .rows
            .iter()
            .filter(|row| row.name == "tcp.options.tfo.cookie")
        {
            add(row.bytes.len() as u64);
        }
        for row in layer
            .rows
            .iter()
            .filter(|row| row.name == "tcp.options.unknown")
        {
            let kind = row.value.to_string();
            allowed_kind(&kind, &mut add);
        }
    }
}

/// Adds the digits of an unknown option's kind.
fn allowed_kind(kind: &str, add: &mut impl FnMut(u64)) {
    for number in numbers(&format!("0x{}", kind.get(..2).unwrap_or_default())) {
        add(number.parse().unwrap_or(0));
    }
}

#[test]
fn every_number_is_of_the_packet_or_its_conversation() {
    for sample in all_samples() {
        let store = load(&bytes_of(&sample));
        let mut viewer = Viewer::new(store.clone());
        let count = store.read().packets.len() as u32;
        for number in 1..=count {
            let place = format!("{} #{number}", sample.name);
            check_numbers(&mut viewer, number, &place);
        }
    }
}

/// How many packets of each sample are changed, unless `WIRETALK_TEST_EVERY_PACKET` is set: then all are, which takes minutes.
const CHANGED: usize = 5;

/// A change of a packet's bytes.
struct Change {
    /// What is changed, and the row with the new number, which the explanation must contain.
    name: &'static str,
    /// Where it is in the packet.
    at: std::ops::Range<usize>,
    /// The bits that are inverted there.
    bits: u32,
}

/// Returns the changes of a TCP packet: numbers, flags, and values of options.
fn changes(details: &Details) -> Vec<Change> {
    let layers = layers(&details.tree.fields);
    let own = layers.iter().filter(|layer| !layer.info.quoted);
    let Some(tcp) = own.rev().find(|layer| layer.info.name == "tcp") else {
        return Vec::new();
    };
    let fields: [(&'static str, u32); 8] = [
        ("tcp.seq", 0x0000_0140),
        ("tcp.ack_raw", 0x0000_0230),
        ("tcp.window_size_value", 0x0154),
        ("tcp.options.mss_val", 0x0030),
        ("tcp.options.wscale.shift", 0x03),
        ("tcp.options.timestamp.tsval", 0x0000_0550),
        ("tcp.options.timestamp.tsecr", 0x0000_0550),
        ("tcp.options.sack_re", 0x0000_0009),
    ];
    let mut changes = Vec::new();
    for (name, bits) in fields {
        let row = tcp.rows.iter().find(|row| row.name == name);
        if let Some(row) = row.filter(|row| row.bytes.source == 0) {
            let at = row.bytes.start as usize..row.bytes.end as usize;
            changes.push(Change { name, at, bits });
        }
    }
    let flags = tcp
        .rows
        .iter()
        .find(|row| row.name == "tcp.window_size_value");
    if let Some(window) = flags.filter(|row| row.bytes.source == 0) {
        // The flags are the two bytes before the window.
        let end = window.bytes.start as usize;
        for (name, bits) in [
            ("FIN", TcpFlags::FIN),
            ("SYN", TcpFlags::SYN),
            ("RST", TcpFlags::RST),
            ("PSH", TcpFlags::PSH),
            ("ACK", TcpFlags::ACK),
            ("URG", TcpFlags::URG),
            ("ECE", TcpFlags::ECE),
            ("CWR", TcpFlags::CWR),
            ("AE", TcpFlags::AE),
        ] {
            let (at, bits) = (end - 2..end, bits.into());
            changes.push(Change { name, at, bits });
        }
    }
    changes
}

/// Returns the sentences about the innermost TCP segment.
fn about_tcp(paragraphs: &[Paragraph]) -> Option<String> {
    let found = paragraphs.iter().rfind(|one| one.protocol == "TCP");
    found.map(Paragraph::text)
}

/// The sentences follow every change of a packet: of its numbers, its flags, its options.
#[test]
fn sentences_follow_the_packet() {
    let all = std::env::var_os("WIRETALK_TEST_EVERY_PACKET").is_some();
    let mut changed = 0;
    for sample in all_samples() {
        let bytes = bytes_of(&sample);
        let store = load(&bytes);
        let mut viewer = Viewer::new(store.clone());
        let count = store.read().packets.len() as u32;
        let tcp: Vec<u32> = (1..=count)
            .filter(|number| !changes(&viewer.details(*number).unwrap()).is_empty())
            .collect();
        let step = if all { 1 } else { (tcp.len() / CHANGED).max(1) };
        for number in tcp.into_iter().step_by(step) {
            let details = viewer.details(number).unwrap();
            let before = about_tcp(&packet(&mut viewer, number, &details)).unwrap();
            let offset = store.read().packets.get(number).unwrap().offset() as usize;
            for change in changes(&details) {
                let place = format!("{} #{number}, {}", sample.name, change.name);
                let mut bytes = bytes.clone();
                let width = change.at.len();
                let field = &mut bytes[offset + change.at.start..offset + change.at.end];
                for (byte, bits) in field
                    .iter_mut()
                    .zip(&change.bits.to_be_bytes()[4 - width..])
                {
                    *byte ^= bits;
                }
                let store = load(&bytes);
                let mut viewer = Viewer::new(store);
                let details = viewer.details(number).unwrap();
                let after = about_tcp(&packet(&mut viewer, number, &details)).unwrap();
                assert_ne!(before, after, "{place}");
                match value(&details, change.name) {
                    // Relative or as on the wire.
                    Some(value) => {
                        let raw = value_of_seq(&details, change.name).unwrap_or(value);
                        let last = (value as u32).wrapping_sub(1);
                        let shown = numbers(&after);
                        let is_shown = [value, raw, last.into()]
                            .iter()
                            .any(|number| shown.contains(&number.to_string()));
                        assert!(is_shown, "{place}: {value}\n{after}");
                    }
                    None => {
                        let letters = after.split(':').next().unwrap_or_default();
                        let was = before.split(':').next().unwrap_or_default();
                        let has =
                            |letters: &str| letters.split(' ').any(|flag| flag == change.name);
                        assert_ne!(has(letters), has(was), "{place}\n{after}");
                    }
                }
                check_numbers(&mut viewer, number, &place);
                changed += 1;
            }
        }
    }
    assert!(changed > 1000, "{changed}");
}

/// Returns a number as on the wire, or the relative one of what is given as on the wire.
fn value_of_seq(details: &Details, name: &str) -> Option<u64> {
    match name {
        "tcp.seq" => value(details, "tcp.seq_raw"),
        "tcp.ack_raw" => value(details, "tcp.ack"),
        _ => None,
    }
}
