use super::*;
use crate::{
    capture::Reader,
    index::{self, Index, Pipeline},
    retention::{DECIDED_EVERY, Evicted, Keep},
    track::{Conversation, DecodeAs, outcome, verdict},
};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A million packets must fit into 32 MB.
#[test]
fn a_packet_takes_32_bytes() {
    assert_eq!(size_of::<PacketRecord>(), 32);
}

/// LINKTYPE_IPV4: a packet begins with its IP header.
const LINK_TYPE: u16 = 228;

/// The length of a record header in a pcap file.
const HEADER: u64 = 16;

const SECOND: i64 = 1_000_000_000;

fn ipv4(protocol: u8, [source, destination]: [u8; 2], fragment: u16, inside: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x45, 0];
    packet.extend((20 + inside.len() as u16).to_be_bytes());
    packet.extend([0, 7]);
    packet.extend(fragment.to_be_bytes());
    packet.extend([64, protocol, 0, 0]);
    packet.extend([10, 0, 0, source, 10, 0, 0, destination]);
    packet.extend(inside);
    packet
}

const SYN: u8 = 2;
const SYN_ACK: u8 = 0x12;
const ACK: u8 = 0x10;
const FIN: u8 = 0x11;

fn tcp(hosts: [u8; 2], ports: [u16; 2], seq: u32, ack: u32, flags: u8, data: &[u8]) -> Vec<u8> {
    let mut segment = Vec::new();
    segment.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    segment.extend(seq.to_be_bytes());
    segment.extend(ack.to_be_bytes());
    segment.extend([0x50, flags, 0x20, 0, 0, 0, 0, 0]);
    segment.extend(data);
    ipv4(6, hosts, 0, &segment)
}

fn udp(hosts: [u8; 2], ports: [u16; 2], data: &[u8]) -> Vec<u8> {
    let mut datagram = Vec::new();
    datagram.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    datagram.extend((8 + data.len() as u16).to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(data);
    ipv4(17, hosts, 0, &datagram)
}

fn echo(hosts: [u8; 2], kind: u8, seq: u16) -> Vec<u8> {
    let mut message = vec![kind, 0, 0, 0, 0, 1];
    message.extend(seq.to_be_bytes());
    ipv4(1, hosts, 0, &message)
}

/// Returns a port unreachable error about another packet.
fn unreachable(hosts: [u8; 2], about: &[u8]) -> Vec<u8> {
    let mut message = vec![3, 3, 0, 0, 0, 0, 0, 0];
    message.extend(about);
    ipv4(1, hosts, 0, &message)
}

/// A capture that is built packet by packet, as in a file.
struct Made {
    contents: Contents,
    pipeline: Pipeline,
    offset: u64,
    time_ns: i64,
}

impl Made {
    fn keeping(keep: Keep) -> Self {
        let mut contents = Contents::default();
        contents.limit(keep);
        contents.interfaces.push(Interface {
            link_type: LINK_TYPE,
            ..Interface::default()
        });
        let mut pipeline = Pipeline::new(keep);
        pipeline.decided_every = 1;
        Made {
            contents,
            pipeline,
            offset: 24,
            time_ns: 1_000 * SECOND,
        }
    }

    fn add(&mut self, packet: &[u8]) {
        let captured = capture::Packet {
            time_ns: self.time_ns,
            has_time: true,
            offset: self.offset + HEADER,
            captured: packet.len() as u32,
            original: packet.len() as u32,
            interface: 0,
            link_type: LINK_TYPE,
            data: packet,
        };
        self.pipeline
            .append_dissected(&mut self.contents, &captured);
        self.offset += HEADER + packet.len() as u64;
        self.time_ns += SECOND / 1000;
    }

    fn evict(&mut self, before: u64) {
        self.pipeline.evict(&mut self.contents, before);
    }

    /// A whole TCP connection: 8 packets.
    fn connection(&mut self, hosts: [u8; 2], ports: [u16; 2]) {
        for packet in connection(hosts, ports) {
            self.add(&packet);
        }
    }
}

fn connection([c, s]: [u8; 2], [from, to]: [u16; 2]) -> [Vec<u8>; 8] {
    let client = |seq, ack, flags, data: &[u8]| tcp([c, s], [from, to], seq, ack, flags, data);
    let server = |seq, ack, flags, data: &[u8]| tcp([s, c], [to, from], seq, ack, flags, data);
    [
        client(100, 0, SYN, b""),
        server(500, 101, SYN_ACK, b""),
        client(101, 501, ACK, b""),
        client(101, 501, ACK, b"GET / HTTP/1.1\r\n\r\n"),
        server(501, 119, ACK, b"HTTP/1.1 204 No Content\r\n\r\n"),
        client(119, 528, FIN, b""),
        server(528, 120, FIN, b""),
        client(120, 529, ACK, b""),
    ]
}

fn bytes(bytes: u64) -> Keep {
    Keep {
        bytes: Some(bytes),
        ..Keep::ALL
    }
}

fn span(seconds: u64) -> Keep {
    Keep {
        span_ns: Some(seconds * SECOND as u64),
        ..Keep::ALL
    }
}

/// Checks what must hold whatever was evicted.
fn check(made: &Made) {
    let contents = &made.contents;
    let (first, last) = (contents.packets.first(), contents.packets.len() as u32);
    let tracker = &contents.tracker;
    for number in (1..=last).filter(|number| *number < first + 5 || *number > last - 5) {
        assert_eq!(contents.packets.get(number).is_some(), number >= first);
    }
    let mut of: BTreeMap<ConversationId, Vec<u32>> = BTreeMap::new();
    for number in first..=last {
        let mut of_packet = contents.conversations_of(number);
        // A tunnel may lead into itself.
        of_packet.dedup_by_key(|(id, _)| *id);
        for (id, _) in of_packet {
            of.entry(id).or_default().push(number);
        }
    }
    let there: Vec<ConversationId> = tracker.conversations().map(|(id, _)| id).collect();
    assert!(there.is_sorted());
    assert_eq!(there.len(), tracker.count());
    assert_eq!(
        there,
        of.keys().copied().collect::<Vec<_>>(),
        "a conversation is there as long as one of its packets"
    );
    for (id, conversation) in tracker.conversations() {
        let packets = &of[&id];
        assert_eq!(&contents.packets_of(id), packets, "{id:?} from {first}");
        assert_eq!(contents.first_of(id), packets.first().copied());
        assert_eq!(packets.last(), Some(&conversation.last_packet));
        let whole = u64::from(conversation.evicted) + packets.len() as u64;
        if !conversation.scattered {
            assert_eq!(whole, conversation.packets(), "{id:?}");
        }
        for pair in packets.windows(2) {
            assert_eq!(contents.previous_in(id, pair[1]), Some(pair[0]));
            assert_eq!(contents.next_in(id, pair[0]), Some(pair[1]));
        }
        assert_eq!(contents.previous_in(id, packets[0]), None);
        if first > 1 {
            assert_eq!(contents.next_in(id, first - 1), Some(packets[0]));
        }
    }
    let lowest = contents.packets.get(first).map_or(0, PacketRecord::offset);
    assert_eq!(contents.lowest_offset(), lowest);
    let evicted = contents.evicted_by_now();
    assert_eq!(evicted.packets, u64::from(first - 1));
    assert_eq!(
        evicted.conversations as usize + tracker.count(),
        tracker.began()
    );
    let maps = [
        contents.comments.keys().next(),
        contents.datagrams.keys().next(),
        contents.reassembled_in.keys().next(),
        contents.echoes.keys().next(),
        contents.errors.first().map(|(packet, _)| packet),
        contents.outer.front().map(|(packet, _)| packet),
        made.pipeline.echo_requests.values().min(),
    ];
    assert!(maps.into_iter().flatten().all(|packet| *packet >= first));
}

#[test]
fn packets_keep_their_numbers() {
    let mut made = Made::keeping(bytes(4000));
    let datagram = udp([1, 2], [4000, 53], &[0; 84]);
    for _ in 0..1000 {
        made.add(&datagram);
    }
    let contents = &made.contents;
    check(&made);
    assert_eq!(contents.packets.len(), 1000);
    // 128 bytes each with their header, and a 32nd of the limit is evicted in one go.
    let there = contents.packets.len() as u32 + 1 - contents.packets.first();
    assert!((29..=31).contains(&there), "{there}");
    assert!(contents.packets.get(contents.packets.first() - 1).is_none());
    let last = contents.packets.get(1000).unwrap();
    assert_eq!(last.order_ns, (1000 * 1000 + 999) * SECOND / 1000);
    assert_eq!(
        contents.began_ns(),
        1000 * SECOND,
        "time is counted from the very first"
    );
    assert_eq!(contents.lasted_ns(), 999 * SECOND / 1000);
    let evicted = contents.evicted_by_now();
    assert_eq!(evicted.bytes, evicted.packets * 128);
    assert_eq!(evicted.conversations, 0);
    let first = contents.packets.get(contents.packets.first()).unwrap();
    assert_eq!(evicted.until_ns, first.order_ns);
}

#[test]
fn a_limit_of_time() {
    let mut made = Made::keeping(span(1));
    let datagram = udp([1, 2], [4000, 53], b"?");
    for _ in 0..5000 {
        made.add(&datagram);
    }
    check(&made);
    let there = made.contents.packets.len() as u32 + 1 - made.contents.packets.first();
    assert!((960..=1001).contains(&there), "{there}");
    // After a pause only the newest is left.
    made.time_ns += 3600 * SECOND;
    made.add(&datagram);
    check(&made);
    assert_eq!(made.contents.packets.first(), 5001);
    // A clock that is set back: packets with later times are far away too.
    made.time_ns -= 24 * 3600 * SECOND;
    for _ in 0..10 {
        made.add(&datagram);
    }
    check(&made);
    assert_eq!(made.contents.packets.first(), 5002);
}

/// A limit of less than one packet still keeps the newest.
#[test]
fn the_newest_packet_stays() {
    let mut made = Made::keeping(bytes(1));
    for port in 0..100 {
        made.connection([1, 2], [5000 + port, 80]);
    }
    check(&made);
    assert_eq!(made.contents.packets.first(), 800);
    assert_eq!(made.contents.tracker.count(), 1);
}

/// The verdict of a live conversation is derived from all of its packets, including those that were evicted.
#[test]
fn what_lives_stays_what_it_is() {
    let mut made = Made::keeping(bytes(10_000));
    let mut all = Made::keeping(Keep::ALL);
    for made in [&mut made, &mut all] {
        let packets = connection([1, 2], [4000, 80]);
        for packet in &packets[..5] {
            made.add(packet);
        }
        for port in 0..100 {
            made.connection([3, 4], [5000 + port, 80]);
            made.add(&tcp([1, 2], [4000, 80], 119, 528, ACK, b""));
        }
        for packet in &packets[5..] {
            made.add(packet);
        }
    }
    check(&made);
    let id = ConversationId(0);
    let known = made.contents.tracker.get(id).unwrap();
    let wanted = all.contents.tracker.get(id).unwrap();
    assert!(known.evicted > 50 && known.evicted < 100);
    assert_eq!(verdict(known), verdict(wanted));
    assert_eq!(outcome(known), outcome(wanted));
    assert_eq!(known.summary(), "GET / → 204 No Content");
    assert_eq!(known.tcp().completeness, 31);
}

/// An idle conversation is evicted with its last packet; a later packet of it begins another one.
#[test]
fn what_is_idle_ages_out() {
    let mut made = Made::keeping(bytes(3000));
    let alive = udp([1, 2], [4000, 53], b"?");
    made.add(&alive);
    for port in 0..100 {
        made.add(&udp([3, 4], [5000 + port, 53], b"?"));
    }
    assert!(made.contents.tracker.get(ConversationId(0)).is_none());
    made.add(&alive);
    check(&made);
    let (id, direction) = made
        .contents
        .packets
        .get(102)
        .unwrap()
        .conversation()
        .unwrap();
    assert_eq!((id.0, direction), (101, Side::Client));
    let again = made.contents.tracker.get(id).unwrap();
    assert_eq!((again.stream(), again.reuses()), (Some(101), None));
}

#[test]
fn a_later_conversation_between_the_same_ports_is_found_when_the_earlier_one_is_evicted() {
    let mut made = Made::keeping(bytes(2000));
    made.connection([1, 2], [4000, 80]);
    // Another initial sequence number: another connection.
    made.add(&tcp([1, 2], [4000, 80], 9000, 0, SYN, b""));
    for _ in 0..40 {
        made.add(&tcp([2, 1], [80, 4000], 7000, 9001, SYN_ACK, b""));
    }
    check(&made);
    assert_eq!(made.contents.tracker.count(), 1);
    assert_eq!(made.contents.tracker.began(), 2);
}

/// The data of fragments, pings, errors and tunnels is dropped with their packets.
#[test]
fn what_belongs_to_packets_goes_with_them() {
    let mut made = Made::keeping(bytes(20_000));
    let mut most = 0;
    for round in 0..500_u16 {
        let question = udp([1, 2], [4000 + round % 7, 53], &[1; 40]);
        let (_, datagram) = question.split_at(20);
        let (head, tail) = datagram.split_at(24);
        made.add(&ipv4(17, [1, 2], 0x2000, head));
        made.add(&ipv4(17, [1, 2], 3, tail));
        made.add(&echo([1, 2], 8, round));
        made.add(&echo([1, 2], 8, 5000 + round));
        made.add(&echo([2, 1], 0, round));
        made.add(&unreachable([2, 1], &question));
        made.add(&ipv4(4, [8, 9], 0, &question));
        // VXLAN-like: one transport layer inside another.
        let mut inner = vec![8, 0, 0, 0, 0, 0, 1, 0];
        inner.extend([0; 12]);
        inner.extend([8, 0]);
        inner.extend(&question);
        made.add(&udp([1, 2], [4789, 4789], &inner));
        let number = made.contents.packets.len() as u32;
        made.contents.add_comment(number, "seen".to_owned());
        let contents = &made.contents;
        let all = contents.comments.len()
            + contents.datagrams.len()
            + contents.reassembled_in.len()
            + contents.echoes.len()
            + made.pipeline.echo_requests.len()
            + contents.errors.len()
            + contents.outer.len();
        most = most.max(all);
    }
    let contents = &made.contents;
    for there in [
        contents.comments.len(),
        contents.datagrams.len(),
        contents.reassembled_in.len(),
        contents.echoes.len(),
        made.pipeline.echo_requests.len(),
        contents.errors.len(),
        contents.outer.len(),
    ] {
        assert!(there > 10, "the test must fill all of them");
    }
    check(&made);
    let there = contents.packets.len() as u32 + 1 - contents.packets.first();
    assert!(most <= 2 * there as usize, "{most} for {there} packets");
}

#[test]
fn a_file_that_is_gone_takes_its_packets_along() {
    let mut made = Made::keeping(Keep::ALL);
    for port in 0..10 {
        made.connection([1, 2], [5000 + port, 80]);
    }
    let record = *made.contents.packets.get(33).unwrap();
    made.evict(record.offset());
    check(&made);
    assert_eq!(made.contents.packets.first(), 33);
    assert_eq!(made.contents.tracker.count(), 6);
    // An offset after the end evicts all but the newest packet.
    made.evict(u64::MAX);
    check(&made);
    assert_eq!(made.contents.packets.first(), 80);
}

/// Packets beyond the last number are refused; no number is used twice.
#[test]
fn numbers_run_out_with_a_word() {
    let mut made = Made::keeping(bytes(1000));
    made.connection([1, 2], [4000, 80]);
    let left = (MAX_PACKETS - 8) / PIECE;
    let pieces = &mut made.contents.packets;
    pieces.left = left;
    pieces.evicted += (left * PIECE) as u32;
    let datagram = udp([1, 2], [4000, 53], b"?");
    for _ in 0..2 * PIECE {
        made.add(&datagram);
    }
    assert_eq!(made.contents.packets.len(), MAX_PACKETS);
    assert!(made.contents.packets.get(MAX_PACKETS as u32).is_some());
    assert!(made.contents.packets.get(u32::MAX).is_none());
    assert_eq!(made.contents.problems.len(), 1);
}

/// Hundreds of thousands of conversations in little memory, and what is kept equals a store without a limit.
#[test]
fn tables_stay_bounded_over_a_long_capture() {
    const ROUNDS: u32 = 60_000;
    let keep = 1 << 20;
    let mut made = Made::keeping(bytes(keep));
    let mut all = Made::keeping(Keep::ALL);
    let (mut packets, mut conversations, mut memory) = (0, 0, 0);
    for round in 0..ROUNDS {
        for made in [&mut made, &mut all] {
            let [_, _, low, high] = round.to_le_bytes().map(|byte| byte % 200);
            made.connection([low, 201 + high % 50], [(round % 60_000) as u16 + 1024, 80]);
            made.add(&udp([1, 2], [(round / 100) as u16, 53], b"?"));
            // One that is alive all the time.
            made.add(&tcp([251, 252], [4000, 22], 101 + round, 501, ACK, b"x"));
            // Others begin now and then, and continue.
            let port = round % 40;
            if round > 500 * port {
                let ports = [10_000 + port as u16, 22];
                made.add(&tcp([251, 252], ports, 101 + round, 501, ACK, b"x"));
            }
            if round % 10 == 0 {
                made.add(&echo([1, 2], 8, round as u16));
            }
        }
        let contents = &made.contents;
        packets = packets.max(contents.packets.len() as u32 + 1 - contents.packets.first());
        conversations = conversations.max(contents.tracker.count());
        memory = memory.max(contents.packets.pieces.len());
    }
    let contents = &made.contents;
    check(&made);
    assert!(
        packets < 20_000 && conversations < 4_000,
        "{packets} {conversations}"
    );
    assert!(memory <= 3, "pieces of packets: {memory}");
    let memory = contents.tracker.memory();
    assert!(memory < 4 * conversations, "{memory} for {conversations}");
    assert!(made.pipeline.echo_requests.len() < 4_000);
    // What is kept is the same as without a limit.
    let first = contents.packets.first();
    for (number, record) in contents.packets.range(first, u32::MAX) {
        let wanted = all.contents.packets.get(number).unwrap();
        assert_eq!(format!("{record:?}"), format!("{wanted:?}"));
    }
    let living: BTreeSet<u32> = (all.contents.tracker.conversations())
        .filter(|(_, c)| c.last_packet >= first)
        .map(|(id, _)| id.0)
        .collect();
    let there = contents.tracker.conversations();
    assert_eq!(there.map(|(id, _)| id.0).collect::<BTreeSet<_>>(), living);
    for (id, known) in contents.tracker.conversations() {
        let wanted = all.contents.tracker.get(id).unwrap();
        let facts = |c: Conversation| {
            let (sides, tcp) = (&c.sides, c.tcp());
            let counts = (c.packets(), c.first_packet, c.start_ns, c.stream());
            format!(
                "{sides:?} {tcp:?} {counts:?} {} {}",
                verdict(c),
                c.summary()
            )
        };
        assert_eq!(facts(known), facts(wanted));
        let kept: Vec<u32> = all.contents.packets_of(id);
        let kept = kept.into_iter().filter(|number| *number >= first);
        assert_eq!(contents.packets_of(id), kept.collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any packets in any order, also with times that go back, under any limit.
    #[test]
    fn whatever_comes(
        limit in 1_u64..6000,
        seconds in 1_u64..4,
        packets in proptest::collection::vec((0_u8..9, 0_u8..3, 0_u16..4, -200_i64..600), 1..400),
    ) {
        let mut made = Made::keeping(bytes(limit).and(span(seconds)));
        for (kind, host, port, pause) in packets {
            let (hosts, ports) = ([host, 9], [4000 + port, 80]);
            let question = udp(hosts, [ports[0], 53], b"?");
            let packet = match kind {
                0 => tcp(hosts, ports, u32::from(port) * 1000, 0, SYN, b""),
                1 => tcp([9, host], [80, 4000 + port], 500, u32::from(port) * 1000 + 1, SYN_ACK, b""),
                2 => tcp(hosts, ports, u32::from(port) * 1000 + 1, 501, ACK, b"GET / HTTP/1.1\r\n\r\n"),
                3 => tcp(hosts, ports, u32::from(port) * 1000 + 19, 501, FIN, b""),
                4 => question,
                5 => unreachable([9, host], &question),
                6 => echo(hosts, 8 * (port as u8 % 2), 1),
                7 => ipv4(17, hosts, if port % 2 == 0 { 0x2000 } else { 1 }, &[0; 8]),
                _ => {
                    let mut inner = vec![8, 0, 0, 0, 0, 0, 1, 0];
                    inner.extend([0; 12]);
                    inner.extend([8, 0]);
                    inner.extend(&question);
                    udp([host, 9], [4789, 4789], &inner)
                }
            };
            made.add(&packet);
            made.time_ns += pause * SECOND / 1000;
            check(&made);
        }
    }
}

/// Returns the packet with this number, from 0.
type PacketOf = fn(u32) -> Vec<u8>;

/// Captures that are meant to fill memory.
const ATTACKS: [(&str, PacketOf); 9] = [
    ("SYNs", |number| {
        tcp(hosts(number), [port(number), 80], number, 0, SYN, b"")
    }),
    ("connections reset at once", |number| {
        let flags = [SYN, 4][number as usize % 2];
        let pair = number / 2;
        tcp(
            hosts(pair),
            [port(pair), 81],
            pair + number % 2,
            0,
            flags,
            b"",
        )
    }),
    ("datagrams", |number| {
        udp(hosts(number), [port(number), 53], &[0; 12])
    }),
    ("HTTP heads without end", |number| {
        let (of, part) = (number / 16, number % 16);
        let head = [&b"GET / HTTP/1.1\r\nX: "[..], &[b'a'; 1380]].concat();
        let data = if part == 0 {
            &head[..]
        } else {
            &head[19..1399]
        };
        let seq = 1 + part * 1380 + if part == 0 { 0 } else { 19 };
        tcp(hosts(of), [port(of), 80], seq, 1, ACK, data)
    }),
    ("segments after a hole", |number| {
        let (of, part) = (number / 16, number % 16);
        let data = [b'a'; 1400];
        let seq = if part == 0 { 1 } else { 5000 + 1401 * part };
        tcp(hosts(of), [port(of), 80], seq, 1, ACK, &data)
    }),
    ("fragments", |number| {
        let mut packet = ipv4(17, hosts(number), 0x2001, &[0; 8]);
        packet[4..6].copy_from_slice(&(number as u16).to_be_bytes());
        packet
    }),
    ("names", |number| {
        let name = format!("\x0fhost{number:011}\x07example\0");
        let mut answer = vec![number as u8, 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
        answer.extend(name.bytes());
        answer.extend([0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        answer.extend(number.to_be_bytes());
        udp([2, 1], [53, 4000], &answer)
    }),
    ("echo requests and replies", |number| {
        let mut packet = echo(hosts(number / 2), 8 * (number as u8 % 2), 0);
        packet[26..28].copy_from_slice(&((number / 2) as u16).to_be_bytes());
        packet
    }),
    ("tunnels", |number| {
        let inner = udp(hosts(number), [port(number), 53], b"?");
        let mut outer = vec![8, 0, 0, 0, 0, 0, 1, 0];
        outer.extend([0; 12]);
        outer.extend([8, 0]);
        outer.extend(&inner);
        udp(hosts(number), [port(number), 4789], &outer)
    }),
];

fn hosts(number: u32) -> [u8; 2] {
    [(number / 50_000) as u8, 9]
}

fn port(number: u32) -> u16 {
    (number % 50_000) as u16 + 1024
}

fn memory(bytes: u64) -> Keep {
    Keep {
        memory: Some(bytes),
        ..Keep::ALL
    }
}

/// What is kept stays below the limit, whatever comes.
#[test]
fn memory_is_limited() {
    const MOST: u64 = 4 << 20;
    for (name, packet) in ATTACKS {
        let mut made = Made::keeping(memory(MOST));
        made.pipeline.decided_every = DECIDED_EVERY;
        let mut highest = 0;
        for number in 0..100_000 {
            made.add(&packet(number));
            if (number + 1) % DECIDED_EVERY == 0 {
                highest = highest.max(made.contents.weight() + made.pipeline.weight());
            }
        }
        check(&made);
        assert!(highest <= MOST, "{name}: {highest}");
        assert!(highest > MOST / 4, "{name}: {highest}");
        let evicted = made.contents.evicted_by_now();
        assert!(!evicted.is_nothing(), "{name}");
        // The sums are what the conversations weigh.
        made.contents.tracker.weigh();
        made.contents.tracker.check_weights();
    }
}

/// The session that was idle longest ends first, and what it has read stays.
#[test]
fn sessions_end_before_packets_are_evicted() {
    let mut made = Made::keeping(memory(4 << 20));
    made.pipeline.decided_every = DECIDED_EVERY;
    let (_, heads) = ATTACKS[3];
    let last = 70 * 16;
    for number in 0..last {
        made.add(&heads(number));
    }
    made.pipeline.end(&mut made.contents);
    check(&made);
    let evicted = *made.contents.evicted_by_now();
    assert!(evicted.packets == 0 && evicted.sessions > 0, "{evicted:?}");
    let active: Vec<bool> = (made.contents.tracker.conversations())
        .map(|(_, conversation)| conversation.is_active())
        .collect();
    assert!(active.is_sorted() && active.contains(&true));
    let ended = active.iter().filter(|active| !**active).count();
    assert_eq!(evicted.sessions, ended as u64);
    // Zeek's sign for it.
    for (_, conversation) in made.contents.tracker.conversations() {
        let is_partial = conversation.history().ends_with('x');
        assert_ne!(is_partial, conversation.is_active());
    }
    assert!(evicted.words().contains("not read to their end"));
    // An idle session that has read everything is not counted before more comes.
    let mut made = Made::keeping(memory(3 << 19));
    let get = |number: u32| {
        let hosts = hosts(number);
        tcp(
            hosts,
            [port(number), 80],
            1,
            1,
            ACK,
            b"GET / HTTP/1.1\r\n\r\n",
        )
    };
    for number in 0..400 {
        made.add(&get(number));
    }
    let evicted = *made.contents.evicted_by_now();
    let idle = made.contents.tracker.get(ConversationId(0)).unwrap();
    assert!(!idle.is_active() && evicted.is_nothing(), "{evicted:?}");
    assert!(!idle.history().contains('x'));
    for seq in [19, 20] {
        made.add(&tcp(hosts(0), [port(0), 80], seq, 1, ACK, b"x"));
    }
    assert_eq!(made.contents.evicted_by_now().sessions, 1);
    let idle = made.contents.tracker.get(ConversationId(0)).unwrap();
    assert!(idle.history().ends_with('x'));
}

/// What is evicted does not depend on how many packets arrive at once.
#[test]
fn evictions_do_not_depend_on_batches() {
    let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
    file.extend([0; 8]);
    file.extend(65_535_u32.to_le_bytes());
    file.extend(u32::from(LINK_TYPE).to_le_bytes());
    for number in 0..30_000_u32 {
        let (_, packet) = ATTACKS[number as usize % ATTACKS.len()];
        let packet = packet(number / ATTACKS.len() as u32);
        let length = packet.len() as u32;
        for word in [number / 1000, number % 1000, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(packet);
    }
    let read = |batch: Option<usize>| -> (Evicted, u32, Vec<(u32, String)>) {
        let saved = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(saved.path(), &file).unwrap();
        let keep = Keep {
            bytes: Some(1 << 20),
            ..memory(2 << 20)
        };
        let reader = Reader::open(saved.path()).unwrap();
        let (mut index, _) = Index::of_file(reader, &DecodeAs::default(), keep);
        match batch {
            Some(batch) => {
                while index.read_packets(batch) > 0 {}
                index.end();
            }
            // On two threads.
            None => {
                index.set_threads(2);
                index.read_to_end(&std::sync::atomic::AtomicBool::new(false));
            }
        }
        let contents = index.store().read();
        let conversations = contents.tracker.conversations();
        let conversations = conversations.map(|(id, c)| (id.0, format!("{} {c:?}", c.summary())));
        (
            *contents.evicted_by_now(),
            contents.packets.first(),
            conversations.collect(),
        )
    };
    let one = read(Some(1));
    assert!(one.0.packets > 10_000 && one.0.sessions > 0, "{:?}", one.0);
    for batch in [Some(7), Some(512), None] {
        let other = read(batch);
        assert_eq!((one.0, one.1), (other.0, other.1), "{batch:?}");
        assert!(one.2 == other.2, "{batch:?}");
    }
}

/// The position of a password is derived from earlier messages; it stays hidden when they are evicted.
#[test]
fn secrets_stay_hidden() {
    use crate::{follow::Reading, view::Viewer};
    let (mut index, _) = index::tests::sample("ftp-passive.pcap");
    let store = index.store().clone();
    let mut viewer = Viewer::new(store.clone());
    let id = ConversationId(0);
    viewer.show_secrets = true;
    let packets = store.read().packets_of(id);
    let secret = packets.iter().find_map(|number| {
        let summary = viewer.summary(*number).unwrap();
        let info = summary.info.split_once("PASS ")?.1.to_owned();
        Some((*number, info))
    });
    let (said_in, password) = secret.unwrap();
    let password = password.trim();
    assert!(password.len() > 3);
    let mut reading = Reading::new(id);
    let mut early = Viewer::new(store.clone());
    reading.read(&mut early, 4).unwrap();
    for number in packets.iter().filter(|number| **number <= said_in) {
        index.evict_packets(number - 1);
        for viewer in [&mut early, &mut Viewer::new(store.clone())] {
            let details = viewer.details(said_in).unwrap();
            assert!(!details.summary.info.contains(password), "from {number}");
            let bytes = &details.sources[0].bytes;
            let has = bytes
                .windows(password.len())
                .any(|some| some == password.as_bytes());
            assert!(!has, "from {number}");
        }
    }
}
