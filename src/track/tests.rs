//! Whole conversations, packet by packet: the results of the index, and that following them has the same results.

use super::{
    application::{MAX_RESETS, RESET_HOLDS_NS},
    *,
};
use crate::{capture::Reader, follow::Dialogue, report, store::Store, view::Viewer};
use dissectors::{TcpFlags, checksum};

const FIN: u16 = TcpFlags::FIN;
const SYN: u16 = TcpFlags::SYN;
const RST: u16 = TcpFlags::RST;
const PSH: u16 = TcpFlags::PSH;
const ACK: u16 = TcpFlags::ACK;

const MS: i64 = 1_000_000;

/// The link and network layers of a packet.
#[derive(Clone, Copy)]
struct Network {
    v6: bool,
    ttl: u8,
    id: u16,
    vlan: Option<u16>,
    mac: u8,
}

impl Network {
    /// Returns the sender and the receiver.
    fn hosts(&self, client: bool) -> (IpAddr, IpAddr) {
        let address = |host: u8| match self.v6 {
            true => IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(host)]),
            false => IpAddr::from([10, 0, 0, host]),
        };
        match client {
            true => (address(1), address(2)),
            false => (address(2), address(1)),
        }
    }
}

const PLAIN: Network = Network {
    v6: false,
    ttl: 64,
    id: 0,
    vlan: None,
    mac: 1,
};

/// A capture that is built packet by packet, of Ethernet frames: a client at 10.0.0.1, a server at 10.0.0.2.
#[derive(Default)]
struct Capture {
    packets: Vec<(i64, Vec<u8>)>,
    time_ns: i64,
    ids: u16,
    port: u16,
}

impl Capture {
    fn new() -> Self {
        Capture {
            ids: 100,
            port: 40_000,
            ..Capture::default()
        }
    }

    /// Adds a segment, a millisecond after the previous one, with an IP identification of its own.
    fn segment(&mut self, client: bool, (seq, ack): (u32, u32), flags: u16, data: &[u8]) {
        self.ids += 1;
        let network = Network {
            id: self.ids,
            ..PLAIN
        };
        self.on(network, client, (seq, ack), flags, data);
    }

    fn on(
        &mut self,
        network: Network,
        client: bool,
        (seq, ack): (u32, u32),
        flags: u16,
        data: &[u8],
    ) {
        let mut tcp = Vec::new();
        let ports = match client {
            true => [self.port, 80],
            false => [80, self.port],
        };
        tcp.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
        tcp.extend(seq.to_be_bytes());
        tcp.extend(ack.to_be_bytes());
        tcp.extend((5 << 12 | flags).to_be_bytes());
        tcp.extend([0xfa, 0xf0, 0, 0, 0, 0]);
        tcp.extend(data);
        let hosts = network.hosts(client);
        let pseudo = checksum::pseudo_header(hosts, 6, tcp.len());
        let sum = !checksum::sum(&[&pseudo, &tcp]);
        tcp[16..18].copy_from_slice(&sum.to_be_bytes());
        self.packet(network, 6, client, &tcp);
    }

    fn datagram(&mut self, network: Network, client: bool, data: &[u8]) {
        let mut udp = Vec::new();
        let ports = match client {
            true => [self.port, 9999],
            false => [9999, self.port],
        };
        udp.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
        udp.extend((8 + data.len() as u16).to_be_bytes());
        udp.extend([0, 0]);
        udp.extend(data);
        self.packet(network, 17, client, &udp);
    }

    fn packet(&mut self, network: Network, protocol: u8, client: bool, inside: &[u8]) {
        let mut packet = vec![2, 0, 0, 0, 0, network.mac, 2, 0, 0, 0, 1, network.mac];
        if let Some(vlan) = network.vlan {
            packet.extend([0x81, 0]);
            packet.extend(vlan.to_be_bytes());
        }
        match network.hosts(client) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                packet.extend([8, 0, 0x45, 0]);
                packet.extend((20 + inside.len() as u16).to_be_bytes());
                packet.extend(network.id.to_be_bytes());
                packet.extend([0x40, 0, network.ttl, protocol, network.ttl, 0]);
                packet.extend([from.octets(), to.octets()].concat());
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                packet.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
                packet.extend((inside.len() as u16).to_be_bytes());
                packet.extend([protocol, network.ttl]);
                packet.extend([from.octets(), to.octets()].concat());
            }
            _ => unreachable!(),
        }
        packet.extend(inside);
        self.time_ns += MS;
        self.packets.push((self.time_ns, packet));
    }

    fn client(&mut self, numbers: (u32, u32), flags: u16, data: &[u8]) {
        self.segment(true, numbers, flags, data);
    }

    fn server(&mut self, numbers: (u32, u32), flags: u16, data: &[u8]) {
        self.segment(false, numbers, flags, data);
    }

    /// Adds the three-way handshake: the client's first byte is 1001, the server's 5001.
    fn handshake(&mut self) {
        self.client((1000, 0), SYN, b"");
        self.server((5000, 1001), SYN | ACK, b"");
        self.client((1001, 5001), ACK, b"");
    }

    /// Adds an exchange that begins at these sequence numbers, and its close.
    fn exchange(&mut self, client: u32, server: u32) {
        let (request, response) = (
            client + REQUEST.len() as u32,
            server + RESPONSE.len() as u32,
        );
        self.client((client, server), PSH | ACK, REQUEST);
        self.server((server, request), ACK, b"");
        self.server((server, request), PSH | ACK, RESPONSE);
        self.client((request, response), ACK, b"");
        self.close(request, response);
    }

    fn close(&mut self, client: u32, server: u32) {
        self.client((client, server), FIN | ACK, b"");
        self.server((server, client + 1), FIN | ACK, b"");
        self.client((client + 1, server + 1), ACK, b"");
    }

    fn store(&self) -> Store {
        let mut file = Vec::new();
        file.extend(0xa1b2_3c4d_u32.to_le_bytes());
        file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
        for (time_ns, packet) in &self.packets {
            file.extend((1_700_000_000 + (time_ns / 1_000_000_000) as u32).to_le_bytes());
            file.extend(((time_ns % 1_000_000_000) as u32).to_le_bytes());
            file.extend((packet.len() as u32).to_le_bytes());
            file.extend((packet.len() as u32).to_le_bytes());
            file.extend(packet);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made.pcap");
        std::fs::write(&path, file).unwrap();
        report::load(Reader::open(&path).unwrap(), DecodeAs::default())
    }

    /// Returns the texts of its last conversation.
    fn said(&self) -> Words {
        let store = self.store();
        let contents = store.read();
        let (id, conversation) = contents.tracker.conversations().last().unwrap();
        let mut viewer = Viewer::new(store.clone());
        let messages = viewer.messages(id).unwrap().unwrap();
        let summary = conversation.summary();
        assert_eq!(messages.summary(), summary, "read again");
        assert_eq!(messages.credentials(), conversation.credentials());
        viewer.show_secrets = true;
        let dialogue = Dialogue::read(&mut viewer, id).unwrap();
        let streams = dialogue.streams.map(|stream| {
            let mut bytes = Vec::new();
            for piece in &stream.pieces {
                bytes.resize(piece.at as usize, b'.');
                viewer.read_piece(piece, &mut bytes).unwrap();
            }
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Words {
            state: conn_state(conversation),
            outcome: outcome(conversation),
            verdict: verdict(conversation),
            summary,
            credentials: conversation.credentials(),
            duplicates: conversation.duplicates(),
            packets: conversation.packets(),
            history: conversation.history(),
            streams,
        }
    }
}

#[derive(Debug)]
struct Words {
    state: &'static str,
    outcome: Outcome,
    verdict: String,
    summary: String,
    credentials: bool,
    duplicates: u32,
    packets: u64,
    history: String,
    streams: PerSide<String>,
}

const REQUEST: &[u8] = b"GET /a HTTP/1.1\r\nHost: x.example\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const SUMMARY: &str = "GET x.example/a → 200 OK, 2 bytes";

const CLOSED: Outcome = Outcome::Closed(Side::Client);

fn is_closed(said: &Words) {
    assert_eq!((said.state, said.outcome), ("SF", CLOSED), "{said:#?}");
    assert_eq!(said.summary, SUMMARY, "{said:#?}");
    let PerSide { client, server } = &said.streams;
    assert_eq!(client.as_bytes(), REQUEST);
    assert_eq!(server.as_bytes(), RESPONSE);
}

#[test]
fn an_exchange() {
    let mut capture = Capture::new();
    capture.handshake();
    capture.exchange(1001, 5001);
    let said = capture.said();
    is_closed(&said);
    assert_eq!(said.history, "ShADadFf");
}

/// Zeek's letters for what is missing at the end, and for a conversation whose first packet the server sent.
#[test]
fn a_history_with_data_missing_at_its_end() {
    let mut capture = Capture::new();
    capture.handshake();
    // The capture lacks the request, which is acknowledged twice.
    capture.server((5001, 1101), ACK, b"");
    capture.server((5001, 1101), ACK, b"");
    // It lacks what the server said before its FIN.
    capture.server((5101, 1101), FIN | ACK, b"");
    assert_eq!(capture.said().history, "ShAGafg");

    let mut capture = Capture::new();
    capture.server((5000, 1001), SYN | ACK, b"");
    capture.client((1001, 5001), ACK, b"");
    assert_eq!(capture.said().history, "^hA");
}

/// Zeek's letter for a wrong checksum; one that the network card computes later is none.
#[test]
fn a_history_with_wrong_checksums() {
    const AT: usize = 50;
    let mut capture = Capture::new();
    let change = |capture: &mut Capture, change: fn(&mut [u8])| {
        let (_, packet) = capture.packets.last_mut().unwrap();
        change(&mut packet[AT..AT + 2]);
    };
    let damage = |capture: &mut Capture| change(capture, |sum| sum[0] ^= 0x5a);
    capture.client((1000, 0), SYN, b"");
    damage(&mut capture);
    capture.client((1000, 0), SYN, b"");
    capture.server((5000, 1001), SYN | ACK, b"");
    change(&mut capture, |sum| sum.fill(0));
    capture.client((1001, 5001), ACK, b"");
    for (at, byte) in b"0123456789a".iter().enumerate() {
        capture.server((5001 + at as u32, 1001), ACK, &[*byte]);
        damage(&mut capture);
    }
    assert_eq!(capture.said().history, "CShAcdc");

    let mut capture = Capture::new();
    for client in [true, false, false] {
        capture.datagram(PLAIN, client, b"a datagram");
        let (_, packet) = capture.packets.last_mut().unwrap();
        packet[40..42].fill(0x77);
    }
    let store = capture.store();
    let history = |it: (_, Conversation)| it.1.history();
    let histories: Vec<_> = store.read().tracker.conversations().map(history).collect();
    assert_eq!(histories, ["CDcd"]);
}

/// RFC 9293, section 3.5.1: the server has an older connection and acknowledges that; the client resets it, and opens
/// its own.
#[test]
fn a_half_open_connection_is_recovered() {
    for old in [(70_000, 30_000), (5_500, 900), (4_000_000_000, 1_002)] {
        let mut capture = Capture::new();
        capture.client((1000, 0), SYN, b"");
        capture.server(old, ACK, b"");
        capture.client((old.1, 0), RST, b"");
        capture.client((1000, 0), SYN, b"");
        capture.server((5000, 1001), SYN | ACK, b"");
        capture.client((1001, 5001), ACK, b"");
        capture.exchange(1001, 5001);
        let said = capture.said();
        is_closed(&said);
        assert!(said.verdict.ends_with("2 SYNs were needed to open it"));
    }
}

/// Without another SYN there is no answer.
#[test]
fn an_old_acknowledgment_is_no_answer() {
    let mut capture = Capture::new();
    capture.client((1000, 0), SYN, b"");
    capture.server((70_000, 30_000), ACK, b"");
    capture.client((30_000, 0), RST, b"");
    let said = outcome_of(&capture);
    assert_eq!(said.0, Outcome::NoAnswer);
    assert_eq!(
        said.1,
        "no answer: 1 SYN over 2.00 ms to 10.0.0.2:80 and nothing came back that answers"
    );
}

/// Returns the outcome of a conversation without data.
fn outcome_of(capture: &Capture) -> (Outcome, String) {
    let store = capture.store();
    let contents = store.read();
    let (_, conversation) = contents.tracker.conversations().last().unwrap();
    (outcome(conversation), verdict(conversation))
}

/// RFC 9293, section 3.10.7.3: in SYN-SENT a RST counts if it acknowledges the SYN.
#[test]
fn a_refusal_acknowledges_the_syn() {
    let refused = |numbers, flags| {
        let mut capture = Capture::new();
        capture.client((1000, 0), SYN, b"");
        capture.server(numbers, flags, b"");
        outcome_of(&capture).0
    };
    assert_eq!(refused((0, 1001), RST | ACK), Outcome::Refused);
    assert_eq!(refused((0, 1000), RST | ACK), Outcome::NoAnswer);
    assert_eq!(refused((0, 1002), RST | ACK), Outcome::NoAnswer);
    assert_eq!(refused((5068, 1001), RST), Outcome::NoAnswer);
    let mut capture = Capture::new();
    capture.client((1000, 0), SYN, b"");
    capture.client((1001, 0), RST, b"");
    assert_eq!(outcome_of(&capture).0, Outcome::GaveUp);
    // The server listens when the same SYN comes again.
    let mut capture = Capture::new();
    capture.client((1000, 0), SYN, b"");
    capture.server((0, 1001), RST | ACK, b"");
    capture.handshake();
    capture.exchange(1001, 5001);
    is_closed(&capture.said());
}

/// A RST of the previous connection comes when the ports are in use again, at any time.
#[test]
fn a_late_reset_of_the_connection_before() {
    for (at, client, flags) in [
        (1, false, RST),
        (1, false, RST | ACK),
        (2, false, RST),
        (3, true, RST),
        (3, false, RST | ACK),
        (5, true, RST | ACK),
        (6, false, RST),
    ] {
        let mut capture = Capture::new();
        capture.handshake();
        capture.exchange(1001, 5001);
        let (mut again, late) = (
            Capture::new(),
            if client { (1040, 5100) } else { (5068, 1040) },
        );
        again.client((900_000, 0), SYN, b"");
        again.server((800_000, 900_001), SYN | ACK, b"");
        again.client((900_001, 800_001), ACK, b"");
        again.exchange(900_001, 800_001);
        let mut packets = again.packets;
        again.packets = Vec::new();
        again.ids += 100;
        again.segment(client, late, flags, b"");
        packets.insert(at, again.packets.remove(0));
        for (number, (time_ns, packet)) in packets.into_iter().enumerate() {
            capture
                .packets
                .push((100 * MS + number as i64 * MS, packet));
            let _ = time_ns;
        }
        is_closed(&capture.said());
    }
}

/// RFC 9293, section 3.10.7.4: a RST outside the window is dropped. The window is 64,240 bytes.
#[test]
fn a_reset_outside_of_the_window_ends_nothing() {
    for (client, seq) in [
        (true, 1001 + 64_241 + 100),
        (true, 1000),
        (true, 1001_u32.wrapping_sub(1 << 30)),
        (false, 5001 + 70_000),
        (false, 4999),
    ] {
        let mut capture = Capture::new();
        capture.handshake();
        let ack = if client { 5001 } else { 1001 };
        capture.segment(client, (seq, ack), RST, b"");
        let open = outcome_of(&capture);
        assert_eq!(open.0, Outcome::Open, "{seq}: {}", open.1);
        capture.exchange(1001, 5001);
        is_closed(&capture.said());
    }
}

/// A RST that could be valid, after which its sender goes on: it was not received, or it was forged.
#[test]
fn a_conversation_that_goes_on_after_a_reset_goes_on() {
    let request = 1001 + REQUEST.len() as u32;
    let response = 5001 + RESPONSE.len() as u32;
    // Where it comes: before the request, before the response, within it, after it.
    for (at, client, seq) in [
        (3, false, 5001),
        (3, true, 1001),
        (4, true, request),
        (5, false, 5001),
        (6, false, 5011),
        (7, false, response),
        (7, true, request),
    ] {
        let mut capture = Capture::new();
        capture.handshake();
        capture.client((1001, 5001), PSH | ACK, REQUEST);
        capture.server((5001, request), ACK, b"");
        let (first, second) = RESPONSE.split_at(10);
        capture.server((5001, request), PSH | ACK, first);
        capture.server((5011, request), PSH | ACK, second);
        capture.client((request, response), ACK, b"");
        capture.close(request, response);
        capture.segment(client, (seq, 0), RST, b"");
        let reset = capture.packets.pop().unwrap();
        let (before, _) = capture.packets[at - 1];
        capture.packets.insert(at, (before + 1, reset.1));
        is_closed(&capture.said());
    }
}

/// Data under way when the RST came does not count, neither in the index nor when the conversation is followed.
#[test]
fn a_reset_with_data_under_way() {
    let request = 1001 + REQUEST.len() as u32;
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    let mut capture = Capture::new();
    capture.handshake();
    capture.client((1001, 5001), PSH | ACK, REQUEST);
    capture.server((5001, request), PSH | ACK, head);
    let next = 5001 + head.len() as u32;
    capture.server((next, request), ACK, &[b'x'; 100]);
    capture.client((request, next), RST | ACK, b"");
    for number in 1..60 {
        capture.server((next + 100 * number, request), ACK, &[b'x'; 100]);
    }
    let said = capture.said();
    assert_eq!(said.outcome, Outcome::Reset(Side::Client));
    assert_eq!(said.state, "RSTO");
    assert!(said.verdict.contains("(packet 7)"), "{}", said.verdict);
    assert!(said.summary.contains("100 bytes"), "{}", said.summary);
}

/// Reset conversations are closed after a while, and only a limited number may go on.
#[test]
fn resets_are_settled() {
    let mut capture = Capture::new();
    for number in 0..3 * MAX_RESETS as u16 {
        capture.port = 20_000 + number;
        capture.handshake();
        capture.client((1001, 5001), PSH | ACK, REQUEST);
        capture.client((1001 + REQUEST.len() as u32, 5001), RST, b"");
        if number == 400 {
            capture.time_ns += 3 * RESET_HOLDS_NS;
        }
    }
    let mut tracker = Tracker::default();
    for (number, (time_ns, packet)) in capture.packets.iter().enumerate() {
        let mut facts = dissectors::Facts::default();
        let packet =
            dissectors::Packet::new(dissectors::LinkType::ETHERNET, packet, packet.len() as u32);
        let (context, output) = (
            dissectors::Context::default(),
            dissectors::Output::default(),
        );
        dissectors::dissect(packet, &context, &mut facts, output);
        let frame = Frame {
            number: number as u32 + 1,
            time_ns: *time_ns,
            length: packet.original,
        };
        let flow = facts.flows()[0];
        let payload = flow.payload.of(packet.bytes);
        let print = tracker.fingerprints().of(&flow, packet.bytes);
        tracker.track(frame, &flow, print, packet.bytes, payload);
        assert!(tracker.application.resets.len() <= MAX_RESETS);
        assert!(tracker.application.live as usize <= MAX_RESETS + 1);
        if number == 401 * 5 {
            // A conversation began long after the previous ones.
            assert!(tracker.application.resets.is_empty());
        }
    }
    tracker.finish();
    assert_eq!(tracker.application.live, 0);
    assert!(tracker.application.resets.is_empty());
}

/// A capture may lack packets, the handshake, one direction: then the RST or FIN is accepted.
#[test]
fn in_doubt_an_end_is_believed() {
    let request = 1001 + REQUEST.len() as u32;
    // Neither the handshake nor the window scale is known.
    let mut capture = Capture::new();
    capture.client((1001, 5001), PSH | ACK, REQUEST);
    capture.server((5001, request), ACK, b"");
    capture.server((5001 + 1_000_000, request), RST | ACK, b"");
    assert_eq!(outcome_of(&capture).0, Outcome::Reset(Side::Server));
    // Nothing from the other side was captured.
    let mut capture = Capture::new();
    capture.client((1000, 0), SYN, b"");
    capture.client((1001, 5001), ACK, b"");
    capture.client((2_000_000, 5001), RST | ACK, b"");
    assert_eq!(outcome_of(&capture).0, Outcome::GaveUp);
    // The capture lacks the earlier data.
    let mut capture = Capture::new();
    capture.handshake();
    capture.server((5001, 1001), ACK, b"abc");
    capture.server((105_001, 1001), ACK, b"abc");
    capture.server((205_001, 1001), FIN | ACK, b"");
    let half = Outcome::HalfClosed(Side::Server);
    assert_eq!(outcome_of(&capture).0, half);
    capture.server((305_001, 1001), RST | ACK, b"");
    assert_eq!(outcome_of(&capture).0, Outcome::Reset(Side::Server));
    // It lacks the last data, which was acknowledged.
    let mut capture = Capture::new();
    capture.handshake();
    capture.client((1001, 105_001), ACK, b"");
    capture.server((5001, 1001), RST | ACK, b"");
    assert_eq!(outcome_of(&capture).0, Outcome::Reset(Side::Server));
}

/// A FIN takes effect at its sequence number.
#[test]
fn a_fin_in_the_wrong_place_closes_nothing() {
    let request = 1001 + REQUEST.len() as u32;
    for (at, client, seq) in [
        (3, true, 800_000_000),
        (3, true, 500),
        (3, true, 1001 + 64_241),
        (3, false, 4_000_000_000),
        (4, true, 1010),
        (5, true, request - 1),
        (6, false, 5010),
        (7, true, request + 100_000),
    ] {
        let mut capture = Capture::new();
        capture.handshake();
        capture.exchange(1001, 5001);
        let ack = if client { 5001 } else { request };
        capture.segment(client, (seq, ack), FIN | ACK, b"");
        let stray = capture.packets.pop().unwrap();
        let (before, _) = capture.packets[at - 1];
        capture.packets.insert(at, (before + 1, stray.1));
        let said = capture.said();
        is_closed(&said);
        assert!(!said.verdict.contains("more before"), "{}", said.verdict);
    }
}

/// A FIN that came before the data that precedes it takes effect once that has come.
#[test]
fn a_fin_before_its_data() {
    let request = 1001 + REQUEST.len() as u32;
    let response = b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nuntil the end";
    let end = 5001 + response.len() as u32;
    for lost in [false, true] {
        let mut capture = Capture::new();
        capture.handshake();
        capture.client((1001, 5001), PSH | ACK, REQUEST);
        capture.server((5001, request), ACK, &response[..39]);
        capture.server((end, request), FIN | ACK, b"");
        if !lost {
            capture.server((5040, request), PSH | ACK, &response[39..]);
        }
        capture.client((request, end + 1), FIN | ACK, b"");
        capture.server((end + 1, request + 1), ACK, b"");
        let said = capture.said();
        assert_eq!(said.outcome, Outcome::Closed(Side::Server));
        // The FIN shows how much is missing.
        assert!(
            said.summary.ends_with("200 OK, 13 bytes"),
            "{}",
            said.summary
        );
    }
}

/// The first segment of a side comes late, or is sent again, or its handshake was not captured whole.
#[test]
fn bytes_begin_behind_the_syn() {
    let secret = b"GET /a HTTP/1.1\r\nHost: x.example\r\nAuthorization: Basic dXNlcjpwYXNz\r\n\r\n";
    let request = 1001 + secret.len() as u32;
    let response = 5001 + RESPONSE.len() as u32;
    for lost in [None, Some(0), Some(1)] {
        let mut capture = Capture::new();
        capture.handshake();
        capture.client((1041, 5001), PSH | ACK, &secret[40..]);
        capture.client((1001, 5001), ACK, &secret[..40]);
        capture.server((5030, request), PSH | ACK, &RESPONSE[29..]);
        capture.server((5001, request), ACK, &RESPONSE[..29]);
        capture.client((request, response), ACK, b"");
        capture.close(request, response);
        if let Some(lost) = lost {
            capture.packets.remove(lost);
        }
        let said = capture.said();
        assert_eq!(said.summary, SUMMARY, "without {lost:?}");
        assert!(said.credentials);
        assert_eq!(said.outcome, CLOSED);
        assert_eq!(said.streams.client.as_bytes(), secret);
        assert_eq!(said.streams.server.as_bytes(), RESPONSE);
    }
}

/// The handshake was captured, and the first segment was not: the following bytes have the right offsets.
#[test]
fn a_first_segment_that_was_not_captured() {
    let mut capture = Capture::new();
    capture.handshake();
    capture.client((1021, 5001), PSH | ACK, &REQUEST[20..]);
    capture.server((5001, 1001 + REQUEST.len() as u32), ACK, b"");
    let said = capture.said();
    assert!(said.streams.client.starts_with("...................."));
    assert!(said.streams.client.ends_with("x.example\r\n\r\n"));
}

/// A capture that begins in the middle begins with its first segment; a keep-alive before it does not belong to it.
#[test]
fn a_capture_that_begins_in_the_middle() {
    let request = 1001 + REQUEST.len() as u32;
    for keep_alive in [None, Some(&b""[..]), Some(b"\0")] {
        let mut capture = Capture::new();
        match keep_alive {
            Some(data) => capture.client((1000, 5001), ACK, data),
            None => capture.client((1001, 5001), ACK, b""),
        }
        capture.client((1021, 5001), PSH | ACK, &REQUEST[20..]);
        capture.client((1001, 5001), ACK, &REQUEST[..20]);
        capture.server((5001, request), PSH | ACK, RESPONSE);
        let said = capture.said();
        if keep_alive.is_none() {
            assert_eq!(said.streams.client.as_bytes(), REQUEST);
            assert_eq!(said.summary, SUMMARY);
        }
        let mut capture = Capture::new();
        if let Some(data) = keep_alive {
            capture.client((1000, 5001), ACK, data);
        }
        capture.client((1001, 5001), ACK, REQUEST);
        capture.server((5001, request), PSH | ACK, RESPONSE);
        let said = capture.said();
        // The bytes of a conversation are all that were captured.
        let begin = keep_alive.unwrap_or_default();
        assert_eq!(said.streams.client.as_bytes(), [begin, REQUEST].concat());
        assert_eq!(said.summary, SUMMARY);
    }
}

/// A stray SYN-ACK comes before the one that answers: the server's bytes are counted from the right one.
#[test]
fn an_old_syn_ack_before_the_right_one() {
    let mut capture = Capture::new();
    capture.client((1000, 0), SYN, b"");
    capture.server((77_000, 500), SYN | ACK, b"");
    capture.client((500, 0), RST, b"");
    capture.server((5000, 1001), SYN | ACK, b"");
    capture.client((1001, 5001), ACK, b"");
    let request = 1001 + REQUEST.len() as u32;
    capture.client((1001, 5001), PSH | ACK, REQUEST);
    capture.server((5021, request), PSH | ACK, &RESPONSE[20..]);
    capture.server((5001, request), PSH | ACK, &RESPONSE[..20]);
    capture.close(request, 5001 + RESPONSE.len() as u32);
    is_closed(&capture.said());
}

/// Adds a copy of each packet after it, this much later.
fn twice(capture: &mut Capture, later_ns: i64, change: impl Fn(&mut Vec<u8>)) {
    let packets = std::mem::take(&mut capture.packets);
    for (time_ns, packet) in packets {
        let mut copy = packet.clone();
        change(&mut copy);
        capture.packets.push((time_ns, packet));
        capture.packets.push((time_ns + later_ns, copy));
    }
}

#[test]
fn every_packet_is_captured_twice() {
    let hops = |packet: &mut Vec<u8>| {
        // Another MAC address and a VLAN tag, a lower TTL and so another checksum.
        packet[5] = 9;
        packet.splice(12..12, [0x81, 0, 0, 7]);
        packet[26] -= 1;
        packet[28] ^= 0x55;
    };
    for (later_ns, change) in [
        (10_000, &(|_: &mut Vec<u8>| ()) as &dyn Fn(&mut Vec<u8>)),
        (10_000, &hops),
        (900_000, &hops),
    ] {
        let mut capture = Capture::new();
        capture.handshake();
        capture.exchange(1001, 5001);
        let packets = capture.packets.len();
        twice(&mut capture, later_ns, change);
        let said = capture.said();
        is_closed(&said);
        assert_eq!(said.history, "ShADadFf");
        assert_eq!(said.duplicates as usize, packets);
        assert_eq!(said.packets as usize, 2 * packets);
        assert!(said.verdict.ends_with("; 10 packets were captured twice"));
    }
}

#[test]
fn without_an_identification_a_copy_comes_within_a_millisecond() {
    let count = |network: Network, second: Network, later_ns: i64, second_data: &[u8]| {
        let mut capture = Capture::new();
        capture.on(network, true, (1001, 5001), PSH | ACK, b"some data");
        capture.time_ns += later_ns - MS;
        capture.on(second, true, (1001, 5001), PSH | ACK, second_data);
        capture.said().duplicates
    };
    let v6 = Network { v6: true, ..PLAIN };
    let v6_hop = Network { ttl: 63, ..v6 };
    let hop = Network { ttl: 63, ..PLAIN };
    let id = Network { id: 7, ..PLAIN };
    let other = Network { id: 8, ..PLAIN };
    let data = b"some data";
    assert_eq!(count(v6, v6, 500_000, data), 1);
    assert_eq!(count(v6, v6_hop, 500_000, data), 1);
    assert_eq!(count(v6, v6, 1_500_000, data), 0);
    assert_eq!(count(PLAIN, hop, 1_000_000, data), 1);
    assert_eq!(count(PLAIN, hop, 1_500_000, data), 0);
    assert_eq!(count(id, id, 20_000_000, data), 1);
    // A retransmission has another identification. Other data over the same bytes is another packet too.
    assert_eq!(count(id, other, 10_000, data), 0);
    assert_eq!(count(PLAIN, PLAIN, 10_000, b"same size"), 0);
    // No copy comes this late.
    assert_eq!(count(id, id, 1_000_000_000, data), 0);
}

/// Datagrams have no sequence numbers: two identical ones may have been sent twice.
#[test]
fn datagrams_that_are_captured_twice() {
    let tagged = Network {
        vlan: Some(7),
        id: 9,
        ttl: 60,
        ..PLAIN
    };
    let plain = Network {
        vlan: None,
        ttl: 64,
        ..tagged
    };
    let mut capture = Capture::new();
    capture.datagram(plain, true, b"question 1");
    capture.datagram(tagged, true, b"question 1");
    capture.datagram(plain, true, b"question 2");
    capture.datagram(Network { id: 10, ..plain }, true, b"question 1");
    let (outcome, verdict) = outcome_of(&capture);
    assert_eq!(outcome, Outcome::OneWay);
    assert_eq!(
        verdict,
        "3 datagrams from 10.0.0.1 and none back; a packet was captured twice"
    );
}

/// A packet shows that it is a copy, and of which; its payload is not shown again, nor any secret in it.
#[test]
fn a_copy_is_shown_as_one() {
    let mut capture = Capture::new();
    capture.handshake();
    let secret = b"GET /a HTTP/1.1\r\nHost: x.example\r\nAuthorization: Basic dXNlcjpwYXNz\r\n\r\n";
    capture.client((1001, 5001), PSH | ACK, secret);
    let (time_ns, packet) = capture.packets[3].clone();
    capture.server((5001, 1001 + secret.len() as u32), ACK, b"");
    capture.packets.push((time_ns + 2 * MS, packet));
    let store = capture.store();
    let contents = store.read();
    let mut viewer = Viewer::new(store.clone());
    let id = ConversationId(0);
    let copies: Vec<u32> = (1..=6)
        .filter(|number| contents.is_duplicate(*number, id))
        .collect();
    assert_eq!(copies, [6]);
    let details = viewer.details(6).unwrap();
    assert!(details.summary.info.starts_with("[Duplicate of packet 4] "));
    assert!(details.is_duplicate);
    // Wireshark calls it a retransmission; nothing is counted as one.
    let flags = details.analysis.unwrap().flags;
    assert!(flags.any(dissectors::AnalysisFlags::RETRANSMITTED));
    let bytes = &details.sources[0].bytes;
    let has = |word: &[u8]| bytes.windows(word.len()).any(|some| some == word);
    assert!(has(b"x.example") && !has(b"dXNlcjpwYXNz"));
}

/// The round trip is known from the client's packets alone, and from no server's.
#[test]
fn the_initial_rtt_needs_no_syn_ack() {
    let rtt = |sides: &[bool]| {
        let mut capture = Capture::new();
        for (client, numbers, flags, data) in [
            (true, (1000, 0), SYN, &b""[..]),
            (false, (5000, 1001), SYN | ACK, b""),
            (true, (1001, 5001), ACK, b""),
            (true, (1001, 5001), PSH | ACK, REQUEST),
        ] {
            match sides.contains(&client) {
                true => capture.segment(client, numbers, flags, data),
                false => capture.time_ns += MS,
            }
        }
        let store = capture.store();
        let contents = store.read();
        let (_, conversation) = contents.tracker.conversations().last().unwrap();
        let handshake = &conversation.tcp().handshake;
        (handshake.rtt_ns(), handshake.ack)
    };
    assert_eq!(rtt(&[true, false]), (Some(2 * MS), Some(3)));
    assert_eq!(rtt(&[true]), (Some(2 * MS), None));
    assert_eq!(rtt(&[false]), (None, None));
}

/// Data in a SYN that is refused was not received.
#[test]
fn a_refused_syn_with_data() {
    let mut capture = Capture::new();
    capture.segment(true, (1000, 0), SYN, b"GET / H");
    capture.segment(false, (0, 1008), RST | ACK, b"");
    let store = capture.store();
    let contents = store.read();
    let (_, conversation) = contents.tracker.conversations().last().unwrap();
    assert_eq!(outcome(conversation), Outcome::Refused);
}

/// As in Wireshark, the first ACK ends it, such as that of a refusal, unless no time has passed.
#[test]
fn the_initial_rtt_of_a_refusal() {
    let refused = |after_ns: i64| {
        let mut capture = Capture::new();
        capture.segment(true, (1000, 0), SYN, b"");
        capture.time_ns += after_ns - MS;
        capture.segment(false, (0, 1001), RST | ACK, b"");
        let store = capture.store();
        let contents = store.read();
        let (_, conversation) = contents.tracker.conversations().last().unwrap();
        let handshake = &conversation.tcp().handshake;
        (handshake.rtt_ns(), handshake.initial_rtt_ns())
    };
    assert_eq!(refused(3 * MS), (None, Some(3 * MS)));
    assert_eq!(refused(0), (None, None));
}

/// As in Wireshark, an ICMP error about a connection that was not captured takes no number of a stream where it quotes
/// less than a TCP header.
#[test]
fn a_short_quote_takes_no_number() {
    let address = |last: u8| IpAddr::from([10, 0, 0, last]);
    let quoted = |port: u16, has_header: bool| dissectors::Quoted {
        v6: false,
        kind: 3,
        code: 1,
        reporter: address(9),
        source: address(1),
        destination: address(2),
        protocol: 6,
        ports: Some((port, 80)),
        has_header,
        mtu: None,
    };
    let mut tracker = Tracker::default();
    let mut number = 0;
    let mut frame = || {
        number += 1;
        Frame {
            number,
            time_ns: i64::from(number) * MS,
            length: 60,
        }
    };
    let opens = |tracker: &mut Tracker, frame: Frame, port: u16| {
        let flow = Flow {
            source: address(1),
            destination: address(2),
            source_port: port,
            destination_port: 80,
            transport: dissectors::Transport::Tcp(dissectors::Segment {
                flags: TcpFlags(SYN),
                ..dissectors::Segment::default()
            }),
            payload: dissectors::ByteRange::default(),
            payload_length: 0,
            ecn: 0,
        };
        let print = tracker.fingerprints().of(&flow, &[]);
        tracker.track(frame, &flow, print, &[], Some(&[])).id
    };
    let lost = tracker.quoted(frame(), &quoted(1000, false)).unwrap().id;
    let other = tracker.quoted(frame(), &quoted(2000, false)).unwrap().id;
    let whole = tracker.quoted(frame(), &quoted(2500, true)).unwrap().id;
    let opened = opens(&mut tracker, frame(), 3000);
    let id = |tracker: &Tracker, id| tracker.get(id).unwrap().id();
    assert_eq!(id(&tracker, lost), "icmp/0");
    assert_eq!(id(&tracker, other), "icmp/1");
    assert_eq!(id(&tracker, whole), "tcp/0");
    assert_eq!(id(&tracker, opened), "tcp/1");
    // Its own packets give it a number, and so does a longer quote.
    assert_eq!(opens(&mut tracker, frame(), 1000), lost);
    assert_eq!(id(&tracker, lost), "tcp/2");
    assert_eq!(tracker.get(other).unwrap().stream(), None);
    tracker.quoted(frame(), &quoted(2000, true));
    assert_eq!(id(&tracker, other), "tcp/3");
}
