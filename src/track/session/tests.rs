//! The network may cut a stream anywhere, and swap, duplicate and overlap its segments: the messages are the same.

use super::*;
use crate::{
    capture::Reader,
    follow::{Dialogue, Turn},
    report,
    track::{DecodeAs, Payload, Protocol, Start},
    view::Viewer,
};
use dissectors::{PerSide, Segment, TcpFlags};
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
    })
}

impl Way {
    /// All segments in order, each turn at once.
    fn straight() -> Self {
        Way {
            lengths: vec![usize::MAX],
            delays: vec![0],
            again: vec![None],
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

/// Returns the result of a conversation that was delivered in this way.
fn come(spoken: &Spoken, way: &Way) -> (String, bool, Vec<Part>) {
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
        };
        messages.segment(side, &segment, &payload, &mut |_| ());
    };
    for (side, bytes) in &spoken.turns {
        let (own, other) = (*side, side.other());
        for (from, to) in way.segments(bytes.len()) {
            let seq = next[own].wrapping_add(from as u32);
            send(*side, seq, next[other], 0, &bytes[from..to]);
        }
        next[own] = next[own].wrapping_add(bytes.len() as u32);
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
    (messages.summary(), messages.credentials(), all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn messages_are_the_same_whichever_way_they_come(which in any::<prop::sample::Index>(), way in way()) {
        let spoken = which.get(spoken());
        let (summary, credentials, messages) = come(spoken, &way);
        let (straight, secrets, wanted) = come(spoken, &Way::straight());
        prop_assert_eq!(summary, straight, "{}", &spoken.name);
        prop_assert_eq!(credentials, secrets, "{}", &spoken.name);
        prop_assert_eq!(messages, wanted, "{}", &spoken.name);
    }
}
