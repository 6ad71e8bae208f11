use super::*;
use crate::{
    capture,
    index::{self, Index},
    report,
    retention::Keep,
    track::DecodeAs,
    view::Viewer,
};
use std::path::Path;

fn sample(name: &str) -> Store {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let reader = capture::Reader::open(&samples.join(name)).unwrap();
    report::load(reader, DecodeAs::default())
}

/// Returns the entries of a conversation's packets, in the order of `packets`.
fn entries(
    transcripts: &mut Transcripts,
    store: &Store,
    id: ConversationId,
    packets: impl Iterator<Item = u32>,
) -> Vec<String> {
    let mut reader = PacketReader::new(store.clone());
    transcripts.read(&mut reader, id, u32::MAX).unwrap();
    let mut entry = |packet| transcripts.pages(&mut reader, id).entry(packet);
    packets
        .map(|packet| format!("{:?}", entry(packet)))
        .collect()
}

/// Evicted pages that are read again from their checkpoints have the same content as before, in whatever order they are
/// requested.
#[test]
fn evicted_pages_are_read_again() {
    let store = sample("lossy-reordering.pcap");
    let id = ConversationId(0);
    let packets = store.read().packets_of(id);
    let whole = entries(
        &mut Transcripts::default(),
        &store,
        id,
        packets.iter().copied(),
    );
    assert!(whole.iter().all(|entry| entry.starts_with("Some(")));
    let mut small = Transcripts {
        page: 7,
        room: 1,
        ..Transcripts::default()
    };
    let mut backwards = entries(&mut small, &store, id, packets.iter().rev().copied());
    backwards.reverse();
    assert_eq!(backwards, whole);
    let transcript = small.get(id).unwrap();
    assert_eq!(transcript.pages.len(), packets.len().div_ceil(7));
    let evicted = transcript
        .pages
        .iter()
        .filter(|page| page.content.is_none());
    assert!(evicted.count() >= transcript.pages.len() - 2);
    let forwards = entries(&mut small, &store, id, packets.iter().copied());
    assert_eq!(forwards, whole);
}

/// The memory of all transcripts is counted as they grow, and freed.
#[test]
fn what_was_not_asked_for_lately_is_evicted() {
    let store = sample("everyday.pcapng");
    let ids: Vec<_> = store
        .read()
        .tracker
        .conversations()
        .map(|(id, _)| id)
        .collect();
    let mut reader = PacketReader::new(store.clone());
    let mut transcripts = Transcripts {
        room: 64 << 10,
        ..Transcripts::default()
    };
    for id in &ids {
        assert!(transcripts.read(&mut reader, *id, u32::MAX).unwrap());
        let mut weight = Weight::default();
        for transcript in transcripts.all.values() {
            weight.add(transcript.weigh());
        }
        assert_eq!(transcripts.weight, weight);
    }
    assert!(transcripts.all.len() < ids.len() / 2);
    assert!(
        transcripts.get(*ids.last().unwrap()).is_some(),
        "the last one stays"
    );
}

/// After a change of a port's protocol the transcript is read again.
#[test]
fn it_knows_what_it_was_decoded_as() {
    let (mut index, _) = index::tests::sample("web-uploads.pcap");
    let store = index.store().clone();
    let id = ConversationId(0);
    let mut reader = PacketReader::new(store.clone());
    let mut transcripts = Transcripts::default();
    let mut protocol = || {
        transcripts.read(&mut reader, id, u32::MAX).unwrap();
        let messages = transcripts.get(id).unwrap().messages();
        messages.dissector().map(|dissector| dissector.name)
    };
    assert_eq!(protocol(), Some("http"));
    let smtp = dissectors::by_name("smtp").unwrap();
    let mut rules = |dissector| {
        let mut contents = index.contents();
        let rules = &mut contents.tracker.application.decode_as;
        match dissector {
            Some(dissector) => rules.set(Protocol::Tcp, 80, dissector),
            None => rules.clear(Protocol::Tcp, 80),
        }
    };
    rules(Some(smtp));
    assert_eq!(protocol(), Some("smtp"));
    rules(None);
    assert_eq!(protocol(), Some("http"));
}

/// A transcript that grows with its capture equals one that is read at once.
#[test]
fn it_grows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/lossy-reordering.pcap");
    let source = capture::Reader::open(&path).unwrap();
    let (mut index, _) = Index::of_file(source, &DecodeAs::default(), Keep::ALL);
    let store = index.store().clone();
    let mut reader = PacketReader::new(store.clone());
    let id = ConversationId(0);
    let mut transcripts = Transcripts {
        page: 16,
        ..Transcripts::default()
    };
    while index.read_packets(1) > 0 {
        transcripts.read(&mut reader, id, u32::MAX).unwrap();
    }
    let packets = store.read().packets_of(id);
    let mut strikes = |transcripts: &mut Transcripts| {
        transcripts.read(&mut reader, id, u32::MAX).unwrap();
        let mut entry = |packet| transcripts.pages(&mut reader, id).entry(packet);
        let analysis = packets
            .iter()
            .map(|packet| entry(*packet).unwrap().analysis);
        analysis.map(|it| it.map(|it| it.flags)).collect::<Vec<_>>()
    };
    let grown = strikes(&mut transcripts);
    assert_eq!(grown, strikes(&mut Transcripts::default()));
    let completing = transcripts.pages(&mut reader, id).completing(0);
    let completed = transcripts
        .pages(&mut reader, id)
        .completed_in(completing[0]);
    assert!(completed.iter().all(|message| message.is_known()));
}

/// Returns everything that a viewer shows of these packets.
fn shown(viewer: &mut Viewer, packets: impl Iterator<Item = u32>) -> Vec<String> {
    let mut show = |packet| {
        let details = viewer.details(packet).unwrap();
        let objects = viewer.objects(packet).unwrap();
        format!(
            "{packet} {:?} {:?} {:?} {objects:?}",
            details.summary, details.tree.fields, details.sources
        )
    };
    packets.map(&mut show).collect()
}

/// Whatever the size of pages and however often they are evicted, packets are shown as if all pages were kept.
#[test]
fn pages_do_not_change_what_is_shown() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut names: Vec<_> = std::fs::read_dir(samples)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.contains(".pcap"))
        .collect();
    names.sort();
    for name in names {
        let store = sample(&name);
        let last = store.read().packets.len().min(1500) as u32;
        let whole = shown(&mut Viewer::new(store.clone()), 1..=last);
        for (page, room) in [(1, 0), (5, 1), (16, 100 << 10)] {
            let mut viewer = Viewer::with_pages(store.clone(), page, room);
            let mut backwards = shown(&mut viewer, (1..=last).rev());
            backwards.reverse();
            for (now, before) in backwards.iter().zip(&whole) {
                let other = now.bytes().zip(before.bytes()).position(|(a, b)| a != b);
                let at = other.unwrap_or(0).saturating_sub(100);
                let (now, before) = (now.get(at..at + 200), before.get(at..at + 200));
                assert!(
                    other.is_none(),
                    "{name}, pages of {page}: {now:?} {before:?}"
                );
            }
        }
    }
}

/// What reading has cost.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counted {
    /// Packets that were read, also again.
    packets: usize,
    /// The highest memory by now, bytes.
    memory: usize,
}

impl Counted {
    /// Counts a packet, after which transcripts take this much memory.
    pub(super) fn add(&mut self, memory: usize) {
        self.packets += 1;
        self.memory = self.memory.max(memory);
    }
}

/// Sends the data of one side.
type Send<'s> = &'s mut dyn FnMut(Side, &[u8]);

/// Sends what belongs to a number.
type Say = fn(u32, Send);

/// Conversations that are meant to fill memory: the port of the server, and what is sent for each number.
const ATTACKS: [(&str, u16, Say); 8] = [
    ("WebSocket frames", 80, |number, send| match number {
        0 => {
            let head = "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
            let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{head}");
            send(Side::Client, request.as_bytes());
            send(
                Side::Server,
                format!("HTTP/1.1 101 OK\r\n{head}").as_bytes(),
            );
        }
        _ => send(Side::Server, &b"\x01\x05hello".repeat(200)),
    }),
    ("requests without an answer", 80, |_, send| {
        send(Side::Client, &b"GET / HTTP/1.1\r\n\r\n".repeat(200));
    }),
    ("long requests without an answer", 80, |_, send| {
        let request = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(1300));
        send(Side::Client, request.as_bytes());
    }),
    ("requests and answers", 80, |_, send| {
        send(Side::Client, &b"GET / HTTP/1.1\r\n\r\n".repeat(50));
        send(Side::Server, &b"HTTP/1.1 204 No\r\n\r\n".repeat(50));
    }),
    ("mails", 25, |number, send| {
        if number == 0 {
            send(Side::Server, b"220 hi\r\n");
        }
        send(Side::Client, b"MAIL FROM:<a@b>\r\n");
        send(Side::Server, b"250 ok\r\n");
        send(Side::Client, &b"RCPT TO:<c@d>\r\n".repeat(20));
        send(Side::Server, &b"250 ok\r\n".repeat(20));
        send(Side::Client, b"DATA\r\n");
        send(Side::Server, b"354 go\r\n");
        send(Side::Client, b"Subject: a\r\n\r\nhi\r\n.\r\n");
        send(Side::Server, b"250 ok\r\n");
    }),
    ("IMAP commands without an answer", 143, |number, send| {
        if number == 0 {
            send(Side::Server, b"* OK\r\n");
        }
        send(Side::Client, &b"a NOOP\r\n".repeat(150));
    }),
    ("Redis commands without an answer", 6379, |_, send| {
        send(Side::Client, &b"*1\r\n$4\r\nPING\r\n".repeat(90));
    }),
    ("DNS queries without an answer", 53, |number, send| {
        let mut query = vec![0, 20, (number >> 8) as u8, number as u8, 1, 0, 0, 1, 0, 0];
        query.extend([0, 0, 0, 0, 3, b'a', b'b', b'c', 0, 0, 1, 0, 1]);
        query[1] = query.len() as u8 - 2;
        send(Side::Client, &query);
    }),
];

/// Loads a capture of one of these conversations, with a limit of memory.
fn attack(port: u16, send: Say, count: u32, memory: Option<u64>) -> Store {
    let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
    file.extend([0; 8]);
    // LINKTYPE_IPV4: a packet begins with its IP header.
    for word in [65_535, 228_u32] {
        file.extend(word.to_le_bytes());
    }
    let mut seq = PerSide::new(1, 1_u32);
    let mut time = 0_u32;
    let mut packet = |side: Side, data: &[u8]| {
        let mut bytes = vec![0x45, 0];
        bytes.extend((40 + data.len() as u16).to_be_bytes());
        bytes.extend([0, 0, 0, 0, 64, 6, 0, 0]);
        let (hosts, ports) = match side {
            Side::Client => ([1, 2], [40_000, port]),
            Side::Server => ([2, 1], [port, 40_000]),
        };
        bytes.extend(hosts.iter().flat_map(|host| [10, 0, 0, *host]));
        bytes.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
        bytes.extend(seq[side].to_be_bytes());
        bytes.extend(seq[side.other()].to_be_bytes());
        bytes.extend([0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
        bytes.extend(data);
        seq[side] += data.len() as u32;
        time += 1;
        let length = bytes.len() as u32;
        for word in [time / 1000, time % 1000, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(bytes);
    };
    for number in 0..count {
        send(number, &mut packet);
    }
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), &file).unwrap();
    let source = capture::Reader::open(path.path()).unwrap();
    let keep = Keep {
        memory,
        ..Keep::ALL
    };
    let (mut index, _) = Index::of_file(source, &DecodeAs::default(), keep);
    while index.read_packets(BATCH) > 0 {}
    index.end();
    index.store().clone()
}

/// A file that is too long for the memory is cut, and called incomplete.
#[test]
fn a_file_that_is_cut_is_incomplete() {
    const LENGTH: usize = 1_000_000;
    let download = |number: u32, send: Send| match number {
        0 => {
            send(Side::Client, b"GET /a.bin HTTP/1.1\r\nHost: a\r\n\r\n");
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n");
            send(Side::Server, head.as_bytes());
        }
        _ => send(Side::Server, &[b'a'; LENGTH / 100]),
    };
    for (memory, is_whole) in [(None, true), (Some(2_000_000), false)] {
        let store = attack(80, download, 101, memory);
        let last = store.read().packets.len() as u32;
        let objects = Viewer::new(store).objects(last).unwrap();
        let [file] = objects.as_slice() else {
            panic!("{objects:?}");
        };
        assert_eq!(
            (file.complete, file.bytes.len() == LENGTH),
            (is_whole, is_whole)
        );
    }
}

/// A long conversation takes no more memory than it may, and each packet is read a few times only, whatever it is.
#[test]
fn a_long_conversation_takes_little_memory_and_time() {
    const MOST: usize = 4 << 20;
    // The requests that a session lets wait have a limit of their own: some are in the state, a checkpoint, the cursor.
    const WAITING: usize = 6 << 20;
    for (name, port, send) in ATTACKS {
        let store = attack(port, send, 3000, None);
        let last = store.read().packets.len() as u32;
        let mut viewer = Viewer::within(store.clone(), MOST as u64);
        for number in 1..=last {
            viewer.summary(number).unwrap();
        }
        let Counted { packets, memory } = viewer.transcripts_counted();
        assert!(memory <= MOST + WAITING, "{name}: {memory} bytes");
        assert!(packets <= 6 * last as usize, "{name}: {packets} of {last}");
    }
}

/// What is shown of a packet does not depend on how far its conversation was read before.
#[test]
fn reading_ahead_does_not_change_what_is_shown() {
    for (name, port, send) in ATTACKS {
        let store = attack(port, send, 60, None);
        let last = store.read().packets.len() as u32;
        let mut ahead = Viewer::with_pages(store.clone(), 8, 16 << 20);
        let mut whole = Viewer::new(store.clone());
        assert!(whole.messages(ConversationId(0)).unwrap().is_some());
        for number in 1..=last {
            let [one, other] =
                [&mut ahead, &mut whole].map(|viewer| shown(viewer, [number].into_iter()));
            assert_eq!(one, other, "{name}: packet {number}");
        }
        let read = ahead.transcripts_counted().packets;
        assert_eq!(read, last as usize, "{name}");
    }
}

/// A conversation is read ahead as far as necessary: to the answer, and not to its end.
#[test]
fn a_conversation_is_read_as_far_as_necessary() {
    let ask = |number: u32, send: Send| match number % 10 {
        9 => send(Side::Server, &b"+PONG\r\n".repeat(9)),
        _ => send(Side::Client, b"*1\r\n$4\r\nPING\r\n"),
    };
    let store = attack(6379, ask, 1000, None);
    let mut viewer = Viewer::with_pages(store, 8, 16 << 20);
    for (number, read) in [(1, 9..30), (9, 9..30), (501, 509..530)] {
        let info = viewer.summary(number).unwrap().info;
        assert!(info.contains("PING"), "{info}");
        let packets = viewer.transcripts_counted().packets;
        assert!(read.contains(&packets), "{packets} for {number}");
    }
}

/// What is shown of a long conversation does not depend on the memory.
#[test]
fn memory_does_not_change_what_is_shown() {
    for (name, port, send) in ATTACKS {
        let store = attack(port, send, 300, None);
        let last = store.read().packets.len() as u32;
        let mut shown = [u64::MAX, 16 << 20].map(|most| {
            let mut viewer = Viewer::within(store.clone(), most);
            let numbers = (1..=last).step_by(7).chain([last]);
            shown(&mut viewer, numbers)
        });
        let [whole, limited] = &mut shown;
        let differs = whole.iter().zip(limited.iter()).position(|(a, b)| a != b);
        assert!(
            differs.is_none(),
            "{name}: the packet shown as number {differs:?}"
        );
    }
}
