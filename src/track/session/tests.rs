//! The network may cut a stream anywhere, and swap, duplicate and overlap its segments: the messages are the same.

mod capture;

use super::*;
use crate::{
    capture::Reader,
    follow::{Dialogue, Turn},
    report,
    track::{DecodeAs, FrameLayers, Payload, Protocol, Start},
    view::Viewer,
};
use dissectors::{Event, Exchange, PerSide, Segment, TcpFlags};
use proptest::prelude::*;
use std::{path::Path, sync::OnceLock};

/// Longer conversations cover nothing that shorter ones do not.
const MAX_BYTES: usize = 200_000;

/// Bytes of a turn that show the protocol.
const TELLING: usize = 16;

/// The data that each side sent before the other one did.
type Turns = Vec<(Side, Vec<u8>)>;

/// A conversation of a sample.
struct Spoken {
    name: String,
    setting: Setting,
    turns: Turns,
}

/// Returns the conversations of samples in which messages are cut out of streams.
fn spoken() -> &'static [Spoken] {
    static ALL: OnceLock<Vec<Spoken>> = OnceLock::new();
    ALL.get_or_init(|| {
        let names = [
            "web-keepalive.pcap",
            "web-uploads.pcap",
            "web-korean.pcap",
            "ftp-active.pcap",
            "ftp-passive.pcap",
            "smtp-plain.pcap",
            "smtp-starttls.pcap",
            "ssh-login.pcap",
            "tls.pcap",
        ];
        names.into_iter().flat_map(of_sample).collect()
    })
}

fn of_sample(name: &str) -> Vec<Spoken> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let store = report::load(Reader::open(&path.join(name)).unwrap(), DecodeAs::default());
    let contents = store.read();
    let mut viewer = Viewer::new(store.clone());
    let mut all = Vec::new();
    for (id, conversation) in contents.tracker.conversations() {
        let payload: u64 = conversation.sides.iter().map(|side| side.payload).sum();
        // In others each segment is a message.
        let talks = conversation
            .application()
            .is_some_and(|it| it.session.is_some());
        let fits = (1..MAX_BYTES as u64).contains(&payload);
        if conversation.protocol != Protocol::Tcp || !talks || !fits {
            continue;
        }
        let dialogue = Dialogue::read(&mut viewer, id).unwrap();
        let mut turns = Turns::new();
        for (_, turn) in dialogue.turns() {
            let Turn::Said(from, piece) = turn else {
                panic!("{name} lacks bytes");
            };
            if turns.last().is_none_or(|(last, _)| *last != from) {
                turns.push((from, Vec::new()));
            }
            let (_, bytes) = turns.last_mut().unwrap();
            viewer.read_piece(&piece, bytes).unwrap();
        }
        let (client, server) = (conversation.client, conversation.server);
        all.push(Spoken {
            name: format!("{name} {}", conversation.id()),
            setting: Setting {
                client: (client.address, client.port),
                server: (server.address, server.port),
                keeps: true,
                exchanges: dissectors::Exchanges::All,
                undeclared: Default::default(),
            },
            turns,
        });
    }
    assert!(!all.is_empty(), "{name}");
    all
}

/// How the network delivers the segments of a turn.
#[derive(Clone, Debug)]
struct Way {
    /// Where the stream is cut: lengths, taken in turn.
    lengths: Vec<usize>,
    /// How much later than in order each segment comes.
    delays: Vec<usize>,
    /// Which segments come twice, and how many preceding bytes they repeat.
    again: Vec<Option<usize>>,
    /// By how many segments the data of one side comes earlier than it was sent, with regard to the other side.
    ahead: Option<(Side, usize)>,
}

fn way() -> impl Strategy<Value = Way> {
    let lengths = proptest::collection::vec(1_usize..1460, 1..20);
    let delays = proptest::collection::vec(0_usize..6, 1..20);
    let again = prop_oneof![3 => Just(None), 1 => (0_usize..200).prop_map(Some)];
    let again = proptest::collection::vec(again, 1..20);
    (lengths, delays, again).prop_map(|(lengths, delays, again)| Way {
        lengths,
        delays,
        again,
        ahead: None,
    })
}

/// The directions are captured with different delays, each in order.
fn skewed() -> impl Strategy<Value = Way> {
    let lengths = proptest::collection::vec(1_usize..1460, 1..20);
    let side = prop_oneof![Just(Side::Client), Just(Side::Server)];
    (lengths, side, 1_usize..8).prop_map(|(lengths, side, by)| Way {
        lengths,
        ahead: Some((side, by)),
        ..Way::straight()
    })
}

impl Way {
    /// All segments in order, each turn at once.
    fn straight() -> Self {
        Way {
            lengths: vec![usize::MAX],
            delays: vec![0],
            again: vec![None],
            ahead: None,
        }
    }

    /// Returns the segments of a turn in the order in which they come: from, and to before.
    fn segments(&self, length: usize) -> Vec<(usize, usize)> {
        let mut segments = Vec::new();
        let mut at = 0;
        for number in 0.. {
            if at >= length {
                break;
            }
            let of = |list: &[usize]| list[number % list.len()];
            // At most as many segments as may wait, and at first enough bytes to recognise the protocol.
            let least = if at == 0 { TELLING } else { length / 300 + 1 };
            let cut = of(&self.lengths).max(least);
            let end = at.saturating_add(cut).min(length);
            segments.push((number + of(&self.delays), (at, end)));
            if let Some(before) = self.again[number % self.again.len()] {
                segments.push((number + 3, (at.saturating_sub(before), end)));
            }
            at = end;
        }
        segments.sort_by_key(|(order, _)| *order);
        segments.into_iter().map(|(_, segment)| segment).collect()
    }
}

/// The messages of one side in one protocol.
#[derive(Debug, PartialEq)]
struct Part {
    side: Side,
    dissector: &'static str,
    at: u64,
    end: u64,
    /// Whether it is complete.
    whole: bool,
}

/// The result of a conversation.
#[derive(Debug, PartialEq)]
struct Outcome {
    summary: String,
    credentials: bool,
    parts: Vec<Part>,
    /// Requests and their answers.
    exchanges: Vec<(Box<str>, Option<Box<str>>)>,
}

/// Returns the result of a conversation that was delivered in this way.
fn come(spoken: &Spoken, way: &Way) -> Outcome {
    let mut messages = Messages::new(spoken.setting, Selector::TcpPort, None);
    // The client's sequence numbers wrap within its data.
    let mut next = PerSide::new(u32::MAX - 500, 7_000);
    for (stream, first) in messages.streams.iter_mut().zip(next) {
        stream.reassembler.start(Some(Start {
            seq: first,
            exact: true,
        }));
    }
    let mut packet = 0;
    let mut exchanges = Vec::new();
    let mut send = |side: Side, seq, ack, flags, bytes: &[u8]| {
        packet += 1;
        let segment = Segment {
            seq,
            ack,
            flags: TcpFlags(TcpFlags::ACK | flags),
            ..Segment::default()
        };
        let payload = Payload {
            packet,
            time_ns: packet.into(),
            bytes,
            length: bytes.len() as u32,
            start: 0,
            source: 0,
            layers: FrameLayers::default(),
        };
        messages.segment(side, &segment, &payload, &mut into(&mut exchanges));
    };
    let mut sent = Vec::new();
    for (side, bytes) in &spoken.turns {
        let (own, other) = (*side, side.other());
        for (from, to) in way.segments(bytes.len()) {
            let seq = next[own].wrapping_add(from as u32);
            sent.push((own, seq, next[other], &bytes[from..to]));
        }
        next[own] = next[own].wrapping_add(bytes.len() as u32);
    }
    let mut order: Vec<usize> = (0..sent.len()).collect();
    order.sort_by_key(|at| match way.ahead {
        Some((side, by)) if side == sent[*at].0 => (*at).saturating_sub(by),
        _ => *at,
    });
    for (side, seq, ack, bytes) in order.into_iter().map(|at| sent[at]) {
        send(side, seq, ack, 0, bytes);
    }
    let PerSide { client, server } = next;
    send(Side::Client, client, server, TcpFlags::FIN, b"");
    send(
        Side::Server,
        server,
        client.wrapping_add(1),
        TcpFlags::FIN,
        b"",
    );
    assert!(messages.is_over() && !messages.waits());
    // Some protocols take the data of one segment for one message, so adjacent messages are joined.
    let mut all: Vec<Part> = Vec::new();
    let page = messages.page().unwrap();
    let sides = [Side::Client, Side::Server];
    for message in sides.into_iter().flat_map(|side| page.by_side(side)) {
        let MessageRecord {
            side, at, length, ..
        } = *message;
        let dissector = messages.dissector_of(message).name;
        let whole = message.complete && message.missing == 0;
        match all.last_mut() {
            Some(last)
                if (last.side, last.dissector, last.end, last.whole)
                    == (side, dissector, at, whole) =>
            {
                last.end = at + length;
            }
            _ => all.push(Part {
                side,
                dissector,
                at,
                end: at + length,
                whole,
            }),
        }
    }
    let exchanges = in_order(exchanges).into_iter();
    let exchanges = exchanges.map(|exchange| (exchange.request, exchange.answer));
    Outcome {
        summary: messages.summary(),
        credentials: messages.credentials(),
        parts: all,
        exchanges: exchanges.collect(),
    }
}

/// MySQL's client goes on with ClientHello at once, PostgreSQL's after an answer.
#[test]
fn tls_within_other_protocols() {
    let is_tls = |it: &&Spoken| come(it, &Way::straight()).summary.starts_with("TLS 1.3");
    let tls = spoken().iter().find(is_tls).unwrap();
    let words = come(tls, &Way::straight()).summary;
    let greeting = b"\x13\0\0\0\x0a8.0.36\0salt-and-more".to_vec();
    let mut request = vec![32, 0, 0, 1, 0x85, 0xae, 0xff, 0x19, 0, 0, 0, 1, 0xff];
    request.resize(36, 0);
    let with = |before: Vec<(Side, Vec<u8>)>, lengths: Vec<usize>| {
        let mut turns = before;
        for (side, bytes) in &tls.turns {
            match turns.last_mut() {
                Some((last, known)) if last == side => known.extend(bytes),
                _ => turns.push((*side, bytes.clone())),
            }
        }
        let setting = Setting {
            server: (tls.setting.server.0, 7777),
            ..tls.setting
        };
        let (name, way) = (tls.name.clone(), Way::straight());
        let spoken = Spoken {
            name,
            setting,
            turns,
        };
        come(&spoken, &Way { lengths, ..way }).summary
    };
    let mysql = |request: &[u8], lengths: &[usize]| {
        let before = vec![
            (Side::Server, greeting.clone()),
            (Side::Client, request.to_vec()),
        ];
        with(before, lengths.to_vec())
    };
    let expected = format!("MySQL, then {words}");
    for lengths in [&[usize::MAX][..], &[36], &[100]] {
        assert_eq!(mysql(&request, lengths), expected);
    }
    // It requests no TLS.
    request[5] = 0xa6;
    assert!(!mysql(&request, &[usize::MAX]).contains("MySQL"));
    let postgres = |answer: &[u8]| {
        let request = b"\0\0\0\x08\x04\xd2\x16\x2f".to_vec();
        let before = vec![(Side::Client, request), (Side::Server, answer.to_vec())];
        with(before, vec![usize::MAX])
    };
    assert_eq!(postgres(b"S"), format!("PostgreSQL, then {words}"));
    assert!(!postgres(b"N").contains("PostgreSQL"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn messages_are_the_same_whichever_way_they_come(
        which in any::<prop::sample::Index>(),
        way in prop_oneof![3 => way(), 1 => skewed()],
    ) {
        let spoken = which.get(spoken());
        let (come, wanted) = (come(spoken, &way), come(spoken, &Way::straight()));
        prop_assert_eq!(come, wanted, "{}", &spoken.name);
    }
}

/// Collects the exchanges among the events of a session.
fn into(exchanges: &mut Vec<Exchange>) -> impl FnMut(Event) {
    |event| {
        if let Event::Exchange(exchange) = event {
            exchanges.push(*exchange);
        }
    }
}

/// Returns exchanges in the order in which they began.
fn in_order(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    exchanges.sort_by_key(|exchange| (exchange.first_packet(), exchange.number));
    exchanges
}

/// An HTTP conversation over a connection whose both sides begin at 0.
struct Http {
    messages: Messages,
    packet: u32,
    exchanges: Vec<Exchange>,
}

impl Http {
    fn new() -> Self {
        let setting = Setting {
            client: ([10, 0, 0, 1].into(), 49152),
            server: ([10, 0, 0, 2].into(), 80),
            keeps: true,
            exchanges: dissectors::Exchanges::All,
            undeclared: Default::default(),
        };
        let mut messages = Messages::new(setting, Selector::TcpPort, None);
        for stream in &mut messages.streams {
            let start = Start {
                seq: 0,
                exact: true,
            };
            stream.reassembler.start(Some(start));
        }
        Http {
            messages,
            packet: 0,
            exchanges: Vec::new(),
        }
    }

    fn send(&mut self, side: Side, seq: usize, ack: usize, bytes: &[u8]) {
        self.packet += 1;
        let segment = Segment {
            seq: seq as u32,
            ack: ack as u32,
            flags: TcpFlags(TcpFlags::ACK),
            ..Segment::default()
        };
        let payload = Payload {
            packet: self.packet,
            time_ns: i64::from(self.packet) * 1_000_000,
            bytes,
            length: bytes.len() as u32,
            start: 0,
            source: 0,
            layers: FrameLayers::default(),
        };
        let emit = &mut into(&mut self.exchanges);
        self.messages.segment(side, &segment, &payload, emit);
    }

    /// Returns requests and answers by now.
    fn exchanges(&self) -> Vec<String> {
        let shown = |exchange: Exchange| {
            let answer = exchange.answer.as_deref().unwrap_or("-");
            format!("{} {answer}", exchange.request)
        };
        let all = in_order(self.exchanges.clone());
        all.into_iter().map(shown).collect()
    }
}

const ONE: &[u8] = b"GET /1 HTTP/1.1\r\n\r\n";
const TWO: &[u8] = b"GET /2 HTTP/1.1\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const NO: &[u8] = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n";

#[test]
fn an_answer_that_comes_before_its_request() {
    use Side::{Client, Server};
    let mut http = Http::new();
    http.send(Server, 0, ONE.len(), OK);
    assert!(http.exchanges().is_empty() && http.messages.waits());
    http.send(Client, 0, 0, ONE);
    assert_eq!(http.exchanges(), ["GET /1 200 OK"]);
    assert!(!http.messages.waits());
    // Both answers before both requests, the second of which comes first.
    let (one, both) = (ONE.len(), ONE.len() + TWO.len());
    let mut http = Http::new();
    http.send(Server, 0, one, OK);
    http.send(Server, OK.len(), both, NO);
    http.send(Client, one, 0, TWO);
    http.send(Client, 0, 0, ONE);
    assert_eq!(http.exchanges(), ["GET /1 200 OK", "GET /2 404 No"]);
    // An acknowledgment of a segment that follows.
    let mut http = Http::new();
    http.send(Client, 5, 0, &ONE[5..]);
    http.send(Server, 0, one, b"");
    http.send(Client, 0, 0, &ONE[..5]);
    http.send(Server, 0, one, OK);
    assert_eq!(http.exchanges(), ["GET /1 200 OK"]);
    assert_eq!(http.messages.page().unwrap().all().count(), 2);
}

#[test]
fn an_answer_whose_request_is_lost() {
    use Side::{Client, Server};
    let (one, both) = (ONE.len(), ONE.len() + TWO.len());
    let mut http = Http::new();
    http.send(Server, 0, one, OK);
    http.send(Client, one, OK.len(), TWO);
    http.send(Server, OK.len(), both, NO);
    assert!(http.messages.waits());
    http.send(Client, both, 2 * OK.len(), b"");
    http.send(Client, both, 2 * OK.len(), b"");
    assert!(!http.messages.waits());
    assert_eq!(http.exchanges(), [" 200 OK", "GET /2 404 No"]);
    // Nothing is waited for a second time where nothing comes.
    let mut http = Http::new();
    http.send(Server, 0, one, OK);
    for _ in 0..3 {
        http.send(Client, one, OK.len(), b"");
    }
    assert_eq!(http.exchanges(), [" 200 OK"]);
    http.send(Server, OK.len(), both, NO);
    assert_eq!(http.exchanges().len(), 2);
    // Nor at the end of the capture, nor for long.
    let mut http = Http::new();
    http.send(Server, 0, one, OK);
    http.messages.end(&mut into(&mut http.exchanges));
    assert_eq!(http.exchanges(), [" 200 OK"]);
    let mut http = Http::new();
    http.send(Server, 0, one, OK);
    http.packet += 2000;
    http.send(Server, OK.len(), one, NO);
    assert_eq!(http.exchanges().len(), 2);
    // What is held back is bounded.
    let mut http = Http::new();
    let body = [0; 60_000];
    for at in 0..40 {
        http.send(Server, at * body.len(), one, &body);
        assert!(http.messages.weight() < 8 << 20);
    }
    assert!(http.messages.held.is_none());
}
