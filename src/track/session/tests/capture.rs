//! The same for whole captures: what is shown of conversations, and the files in them, do not depend on segments.

use super::*;
use crate::{
    harness::exchanges,
    report::Selection,
    track::{ConversationId, outcome},
};
use std::{collections::BTreeMap, fmt::Write as _, fs, net::IpAddr};

/// A conversation, and when each turn began.
struct Talk {
    client: (IpAddr, u16),
    server: (IpAddr, u16),
    turns: Vec<(u32, Side, Vec<u8>)>,
}

/// Conversations with more bytes are not sent byte by byte.
const MAX_SMALL: usize = 6_000;

/// Returns the conversations over TCP of a sample, which are complete and have messages.
fn of_capture(name: &str) -> Vec<Talk> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let store = report::load(Reader::open(&path.join(name)).unwrap(), DecodeAs::default());
    let contents = store.read();
    let mut viewer = Viewer::new(store.clone());
    let mut talks = Vec::new();
    for (id, conversation) in contents.tracker.conversations() {
        let payload: u64 = conversation.sides.iter().map(|side| side.payload).sum();
        let is_ipv4 = conversation.client.address.is_ipv4();
        if conversation.protocol != Protocol::Tcp
            || conversation.application().is_none()
            || !is_ipv4
            || !(1..60_000).contains(&payload)
        {
            continue;
        }
        let dialogue = Dialogue::read(&mut viewer, id).unwrap();
        let mut turns: Vec<(u32, Side, Vec<u8>)> = Vec::new();
        let mut is_whole = true;
        for (packet, turn) in dialogue.turns() {
            let Turn::Said(from, piece) = turn else {
                is_whole = false;
                break;
            };
            if turns.last().is_none_or(|(_, last, _)| *last != from) {
                turns.push((packet, from, Vec::new()));
            }
            let (.., bytes) = turns.last_mut().unwrap();
            viewer.read_piece(&piece, bytes).unwrap();
        }
        if is_whole {
            talks.push(Talk {
                client: (conversation.client.address, conversation.client.port),
                server: (conversation.server.address, conversation.server.port),
                turns,
            });
        }
    }
    talks
}

/// Returns a conversation that is written down: lines of the client and the server in turn, the server's first.
fn written(port: u16, turns: &[(Side, &[u8])]) -> Talk {
    Talk {
        client: ([10, 0, 0, 1].into(), 50_000 + port),
        server: ([10, 0, 0, 2].into(), port),
        turns: turns
            .iter()
            .enumerate()
            .map(|(at, (side, bytes))| (at as u32, *side, bytes.to_vec()))
            .collect(),
    }
}

fn all_written() -> Vec<Talk> {
    use Side::{Client, Server};
    vec![
        written(
            110,
            &[
                (Server, b"+OK POP3 ready\r\n"),
                (Client, b"USER kim\r\n"),
                (Server, b"+OK\r\n"),
                (Client, b"PASS hush\r\n"),
                (Server, b"+OK\r\n"),
                (Client, b"RETR 1\r\n"),
                (
                    Server,
                    b"+OK\r\nSubject: \xc8\xb8\xc0\xc7\r\n\r\n..hi\r\n\r\n.\r\n",
                ),
                (Client, b"QUIT\r\n"),
                (Server, b"+OK\r\n"),
            ],
        ),
        written(
            143,
            &[
                (Server, b"* OK IMAP4rev1 ready\r\n"),
                (Client, b"a LOGIN {3}\r\n"),
                (Server, b"+ go\r\n"),
                (Client, b"kim {4}\r\n"),
                (Server, b"+ go\r\n"),
                (Client, b"hush\r\n"),
                (Server, b"a OK\r\n"),
                (Client, b"b FETCH 1 BODY[]\r\n"),
                (
                    Server,
                    b"* 1 FETCH (BODY[] {19}\r\nSubject: a\r\n\r\nhi\r\n\r\n)\r\nb OK done\r\n",
                ),
                (Client, b"c LOGOUT\r\n"),
                (Server, b"* BYE\r\nc OK\r\n"),
            ],
        ),
        written(
            8080,
            &[
                (
                    Client,
                    b"GET /chat HTTP/1.1\r\nHost: x.example\r\nUpgrade: websocket\r\n\
                      Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                      Sec-WebSocket-Version: 13\r\n\r\n",
                ),
                (
                    Server,
                    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                      Connection: Upgrade\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x05Hello",
                ),
                (Client, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
                (Server, b"\x88\x02\x03\xe8"),
            ],
        ),
        written(
            3128,
            &[
                (Client, b"CONNECT h:25 HTTP/1.1\r\nHost: h:25\r\n\r\n"),
                (Server, b"HTTP/1.1 200 OK\r\n\r\n"),
                (Server, b"220-a\r\n220 b\r\n"),
                (Client, b"EHLO c\r\n"),
                (Server, b"250-b\r\n250 AUTH LOGIN\r\n"),
                (Client, b"AUTH LOGIN\r\n"),
                (Server, b"334 VXNlcm5hbWU6\r\n"),
                (Client, b"a2lt\r\n"),
                (Server, b"334 UGFzc3dvcmQ6\r\n"),
                (Client, b"aHVzaA==\r\n"),
                (Server, b"235 2.7.0 welcome\r\n"),
                (Client, b"QUIT\r\n"),
                (Server, b"221 bye\r\n"),
            ],
        ),
        written(
            80,
            &[
                (Client, b"GET /a%EC%9E%90 HTTP/1.1\r\nHost: x.example\r\nRange: bytes=0-4\r\n\r\n"),
                (
                    Server,
                    b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/10\r\n\
                      Content-Length: 5\r\n\r\nhello",
                ),
                (Client, b"GET /a%EC%9E%90 HTTP/1.1\r\nHost: x.example\r\nRange: bytes=3-9\r\n\r\n"),
                (
                    Server,
                    b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 3-9/10\r\n\
                      Content-Length: 7\r\n\r\nlo all!",
                ),
                (Client, b"GET /b HTTP/1.1\r\nHost: x.example\r\nAuthorization: Basic a2ltOmh1c2g=\r\n\r\n"),
                (
                    Server,
                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
                ),
            ],
        ),
        written(
            53,
            &[
                (
                    Client,
                    b"\x00\x21\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\
                      \x03www\x07example\x03com\x00\x00\x01\x00\x01\x00\x21\x12\x35\x01\x00\x00\x01\
                      \x00\x00\x00\x00\x00\x00\x03ftp\x07example\x03com\x00\x00\x01\x00\x01",
                ),
                (
                    Server,
                    b"\x00\x21\x12\x35\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00\
                      \x03ftp\x07example\x03com\x00\x00\x01\x00\x01",
                ),
            ],
        ),
    ]
}

/// How a capture is cut into segments.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cut {
    Straight,
    EachByte,
    AtRandom,
    Swapped,
    Twice,
    Overlapping,
    /// The server's segments come before the client's that they acknowledge.
    Early,
}

/// Returns a number below `bound` that depends on `state`, which changes.
fn random(state: &mut u32, bound: usize) -> usize {
    *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    (*state >> 8) as usize % bound
}

/// A packet before it is written.
struct Sent {
    talk: usize,
    side: Side,
    seq: u32,
    ack: u32,
    flags: u8,
    bytes: Vec<u8>,
}

/// Returns the segments of all conversations.
fn segments(talks: &[Talk], cut: Cut) -> Vec<Sent> {
    let mut turns = Vec::new();
    for (talk, it) in talks.iter().enumerate() {
        let last = it.turns.len() - 1;
        let ends = |number: usize| (number == 0, number == last);
        turns.extend(
            it.turns
                .iter()
                .enumerate()
                .map(|(at, turn)| (turn.0, talk, turn, ends(at))),
        );
    }
    turns.sort_by_key(|(packet, talk, ..)| (*packet, *talk));
    let mut next: Vec<PerSide<u32>> = talks
        .iter()
        .map(|_| PerSide::new(u32::MAX - 300, 900))
        .collect();
    let mut all = Vec::new();
    let mut state = 7;
    for (_, talk, (_, side, bytes), (first, last)) in turns {
        let (side, numbers) = (*side, &mut next[talk]);
        let control = |side: Side, numbers: &mut PerSide<u32>, flags: u8| {
            let sent = Sent {
                talk,
                side,
                seq: numbers[side],
                ack: if flags == 2 { 0 } else { numbers[side.other()] },
                flags,
                bytes: Vec::new(),
            };
            numbers[side] = numbers[side].wrapping_add(u32::from(flags & 3 != 0));
            sent
        };
        if first {
            all.push(control(Side::Client, numbers, 0x02));
            all.push(control(Side::Server, numbers, 0x12));
            all.push(control(Side::Client, numbers, 0x10));
        }
        let small = talks[talk]
            .turns
            .iter()
            .map(|(.., it)| it.len())
            .sum::<usize>()
            < MAX_SMALL;
        let mut cuts = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let length = match cut {
                Cut::EachByte if small => 1,
                Cut::Straight => 1460,
                _ => 1 + random(&mut state, 200),
            };
            let end = (at + length).min(bytes.len());
            cuts.push((at, end));
            at = end;
        }
        match cut {
            Cut::Swapped => {
                for pair in cuts.chunks_mut(2) {
                    pair.reverse();
                }
            }
            Cut::Twice => cuts = cuts.into_iter().flat_map(|it| [it, it]).collect(),
            Cut::Overlapping => {
                for (at, _) in &mut cuts {
                    *at = at.saturating_sub(9);
                }
            }
            _ => {}
        }
        let begin = all.len();
        for (from, to) in cuts {
            all.push(Sent {
                talk,
                side,
                seq: numbers[side].wrapping_add(from as u32),
                ack: numbers[side.other()],
                flags: 0x18,
                bytes: bytes[from..to].to_vec(),
            });
        }
        // One segment of the server overtakes one of the client.
        if cut == Cut::Early
            && side == Side::Server
            && begin > 0
            && let [.., before, _] = &all[..=begin]
            && (before.talk, before.side) == (talk, Side::Client)
            && !before.bytes.is_empty()
        {
            all.swap(begin - 1, begin);
        }
        numbers[side] = numbers[side].wrapping_add(bytes.len() as u32);
        if last {
            all.push(control(Side::Client, numbers, 0x11));
            all.push(control(Side::Server, numbers, 0x11));
            all.push(control(Side::Client, numbers, 0x10));
        }
    }
    all
}

/// Returns a capture file of raw IPv4.
fn file(talks: &[Talk], sent: &[Sent]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 0x4_0000, 228] {
        file.extend(word.to_le_bytes());
    }
    for (number, it) in sent.iter().enumerate() {
        let talk = &talks[it.talk];
        let (from, to) = match it.side {
            Side::Client => (talk.client, talk.server),
            Side::Server => (talk.server, talk.client),
        };
        let length = 40 + it.bytes.len() as u32;
        let micros = 1_000_000 + number as u32 * 20;
        for word in [micros / 1_000_000, micros % 1_000_000, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend([0x45, 0]);
        file.extend((length as u16).to_be_bytes());
        file.extend((number as u16).to_be_bytes());
        file.extend([0, 0, 64, 6, 0, 0]);
        for address in [from.0, to.0] {
            let IpAddr::V4(address) = address else {
                panic!("{address} is not of version 4");
            };
            file.extend(address.octets());
        }
        file.extend(from.1.to_be_bytes());
        file.extend(to.1.to_be_bytes());
        file.extend(it.seq.to_be_bytes());
        file.extend(it.ack.to_be_bytes());
        file.extend([0x50, it.flags, 0xff, 0xff, 0, 0, 0, 0]);
        file.extend(&it.bytes);
    }
    file
}

/// Describes what is shown of a capture.
fn shown(talks: &[Talk], cut: Cut) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.pcap");
    fs::write(&path, file(talks, &segments(talks, cut))).unwrap();
    let store = report::load(Reader::open(&path).unwrap(), DecodeAs::default());
    let mut viewer = Viewer::new(store.clone());
    let mut text = String::new();
    let ids: Vec<ConversationId> = {
        let contents = store.read();
        contents.tracker.conversations().map(|(id, _)| id).collect()
    };
    for id in ids {
        let contents = store.read();
        let conversation = contents.tracker.get(id).unwrap();
        let application = conversation.application().map(|it| it.name);
        let (words, summary) = (outcome(conversation).words(), contents.tracker.summary(id));
        let credentials = conversation.credentials();
        let _ = writeln!(
            text,
            "{} {words} {application:?} {summary} {credentials}",
            conversation.id()
        );
        drop(contents);
        for exchange in exchanges(&store, id).unwrap() {
            let sent = [exchange.asked, exchange.answered];
            let sent = sent.map(|it| it.map(|it| (it.bytes, it.complete)));
            let _ = writeln!(
                text,
                "  {} → {:?} {:?} {sent:?} {}",
                exchange.request, exchange.answer, exchange.class, exchange.lost
            );
        }
        let messages = viewer.messages(id).unwrap().unwrap();
        for side in Side::BOTH {
            let secrets: Vec<_> = messages.secrets_between(side, 0..u64::MAX).collect();
            let _ = writeln!(text, "  {:?} {secrets:?}", messages.places()[side]);
        }
        // Adjacent messages are joined: some protocols take the data of a segment for a message.
        let mut joined: BTreeMap<_, Vec<(u64, u64, bool)>> = BTreeMap::new();
        let mut behind = 0;
        loop {
            let packets = viewer.pages(id).completing(behind);
            let Some(last) = packets.last().copied() else {
                break;
            };
            for packet in packets {
                for message in viewer.pages(id).completed_in(packet) {
                    let name = viewer.messages_of(id).unwrap().dissector_of(&message).name;
                    let whole = message.complete && message.missing == 0;
                    let parts = joined
                        .entry((message.side == Side::Client, name))
                        .or_default();
                    parts.push((message.at, message.end(), whole));
                }
            }
            behind = last;
        }
        for (key, mut parts) in joined {
            parts.sort_unstable();
            parts.dedup_by(|next, last| {
                let joins = next.0 == last.1 && next.2 == last.2;
                last.1 = if joins { next.1 } else { last.1 };
                joins
            });
            let _ = writeln!(text, "  {key:?} {parts:?}");
        }
    }
    let mut out = Vec::new();
    let objects = folder.path().join("objects");
    report::objects(&store, &Selection::default(), &objects, false, &mut out).unwrap();
    let lines = String::from_utf8(out).unwrap();
    let lines = lines.lines().map(|line| {
        let (line, packet) = line.rsplit_once(", packet ").unwrap_or((line, ""));
        format!(
            "{line}{}",
            packet.trim_start_matches(|it: char| it.is_ascii_digit())
        )
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    text + &lines.join("\n")
}

#[test]
fn captures_show_the_same_whichever_way_they_are_cut() {
    let samples = [
        "web-uploads.pcap",
        "web-keepalive.pcap",
        "web-korean.pcap",
        "everyday.pcapng",
        "ftp-active.pcap",
        "ftp-passive.pcap",
        "smtp-plain.pcap",
        "smtp-starttls.pcap",
        "smtp-starttls-unused.pcap",
        "tls.pcap",
        "dns.pcap",
    ];
    let mut all: Vec<(&str, Vec<Talk>)> = vec![("written", all_written())];
    all.extend(samples.map(|name| (name, of_capture(name))));
    for (name, talks) in all {
        assert!(!talks.is_empty(), "{name}");
        let wanted = shown(&talks, Cut::Straight);
        for cut in [
            Cut::EachByte,
            Cut::AtRandom,
            Cut::Swapped,
            Cut::Twice,
            Cut::Overlapping,
            Cut::Early,
        ] {
            let shown = shown(&talks, cut);
            let differs = shown.lines().zip(wanted.lines()).find(|(a, b)| a != b);
            assert!(shown == wanted, "{name} {cut:?}: {differs:#?}");
        }
        if name == "written" {
            insta::assert_snapshot!(wanted);
        }
    }
}

/// Protocols on ports that say nothing about them are recognized whichever way their bytes are cut.
#[test]
fn protocols_on_other_ports_are_recognized_whichever_way_they_are_cut() {
    use Side::{Client, Server};
    let mut talks = all_written();
    talks.retain(|talk| talk.server.1 != 53);
    for name in ["web-korean.pcap", "ftp-active.pcap", "smtp-plain.pcap"] {
        talks.extend(
            of_capture(name)
                .into_iter()
                .filter(|talk| talk.server.1 != 53)
                .take(3),
        );
    }
    talks.push(written(
        1,
        &[
            (Server, b"220 ready for new users of this server\r\n"),
            (Client, b"USER anonymous\r\n"),
            (Server, b"331 send the address of your mailbox\r\n"),
            (Client, b"PASS hush\r\n"),
            (Server, b"230 welcome, the time is late\r\n"),
            (Client, b"SYST\r\n"),
            (Server, b"215 UNIX Type: L8\r\n"),
            (Client, b"QUIT\r\n"),
            (Server, b"221 bye\r\n"),
        ],
    ));
    talks.push(written(
        2,
        &[
            (Client, b"\x05\x01\x00"),
            (Server, b"\x05\x00"),
            (Client, b"\x05\x01\x00\x03\x09x.example\x00\x50"),
            (Server, b"\x05\x00\x00\x01\x0a\x00\x00\x01\x00\x50"),
            (Client, b"GET /a HTTP/1.1\r\nHost: x.example\r\n\r\n"),
            (Server, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
        ],
    ));
    for (number, talk) in talks.iter_mut().enumerate() {
        talk.client.1 = 50_000 + number as u16;
        talk.server.1 = 9_900 + number as u16;
    }
    let wanted = shown(&talks, Cut::Straight);
    for exchange in [
        "  SYST → Some(\"215 UNIX Type: L8\") Ok",
        "  GET x.example/a → Some(\"200 OK\") Ok",
    ] {
        assert!(wanted.contains(exchange), "{wanted}");
    }
    for cut in [Cut::EachByte, Cut::AtRandom, Cut::Swapped, Cut::Early] {
        let shown = shown(&talks, cut);
        let differs = shown.lines().zip(wanted.lines()).filter(|(a, b)| a != b);
        let differs: Vec<_> = differs.collect();
        assert!(shown == wanted, "{cut:?}: {differs:#?}");
    }
}

/// Short lines of no known protocol are messages of their own: the turns of a chat are not joined.
#[test]
fn turns_of_an_unknown_protocol_are_not_joined() {
    use Side::{Client, Server};
    let turns: [(Side, &[u8]); 6] = [
        (Client, b"hi\n"),
        (Server, b"yo\n"),
        (Client, b"well?\n"),
        (Server, b"fine\n"),
        (Client, b"bye\n"),
        (Server, b"bye\n"),
    ];
    let talks = [written(4321, &turns)];
    for cut in [Cut::Straight, Cut::EachByte] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chat.pcap");
        fs::write(&path, file(&talks, &segments(&talks, cut))).unwrap();
        let store = report::load(Reader::open(&path).unwrap(), DecodeAs::default());
        let mut viewer = Viewer::new(store.clone());
        let id = ConversationId(0);
        let messages = viewer.messages(id).unwrap().unwrap();
        assert!(messages.is_over());
        let mut found = Vec::new();
        for packet in viewer.pages(id).completing(0) {
            for message in viewer.pages(id).completed_in(packet) {
                found.push((message.side, message.length));
            }
        }
        let wanted = turns.map(|(side, bytes)| (side, bytes.len() as u64));
        assert_eq!(found, wanted, "{cut:?}");
    }
}
