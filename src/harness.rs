//! Reads and shows an artificial conversation, or applies a filter to a packet, and returns what is wrong. The tests and the
//! fuzz targets call the same functions.

use crate::{
    capture::Reader,
    filter::{Filter, FrameData, Occurrences},
    index::Index,
    report::{self, ConversationOptions, FindingOptions, Format, Selection},
    retention::Keep,
    store::{PacketPlan, PacketReader, Store},
    track::{ConversationId, DecodeAs, FrameLayers, MessagePage, Messages, Payload},
    view::Details,
};
use dissectors::{
    ALL, Carried, Class, Context, Decoded, Dissector, Event, Exchange, Exchanges, Facts,
    FlowContext, LinkType, Message, MessageBytes, Output, Packet, Part, PerSide, Reassembled,
    Segment, Selector, Setting, Side, Source, Spoken, TcpFlags, Tree, dissect, invariants,
};
use std::{
    borrow::Cow, collections::BTreeMap, io, net::Ipv4Addr, ops::Range, path::Path,
    sync::atomic::AtomicBool,
};

/// Applies whatever is typed as a filter to a packet: it is refused with a place within it, or the fields that it needs
/// decide as all fields do.
///
/// # Errors
///
/// Returns what is wrong.
pub fn filter(text: &str, packet: Packet) -> Result<(), String> {
    let filter: Filter = match text.parse::<Filter>() {
        Ok(filter) => filter,
        Err(error) => {
            let _ = error.marked();
            return match text.get(error.place.clone()) {
                Some(_) => Ok(()),
                None => Err(format!("{:?} is not within {text}", error.place)),
            };
        }
    };
    let needs = filter.needs().into_iter().chain(["ip.len", "ipv6.plen"]);
    let holds = [Tree::default(), Tree::of_fields(needs)].map(|mut tree| {
        let output = Output {
            tree: Some(&mut tree),
            ..Output::default()
        };
        let decoded = Decoded::default();
        let context = Context {
            show_secrets: true,
            decoded: Some(&decoded),
            ..Context::default()
        };
        dissect(packet, &context, &mut Facts::default(), output);
        let mut sources = vec![Source {
            name: "",
            bytes: packet.bytes.to_vec(),
        }];
        sources.append(&mut tree.sources);
        let is_cut = tree.left_out > 0;
        let details = Details {
            tree,
            sources,
            ..Details::default()
        };
        let frame = FrameData::default();
        let found = Occurrences::of(&filter, &details, &frame);
        // `${…}` may refer to the same packet.
        let holds = [None, Some(&found)].map(|chosen| filter.holds(&found, chosen));
        (!is_cut).then_some(holds)
    });
    match holds {
        [Some(all), Some(some)] if all != some => Err(format!(
            "{text}: {all:?} with all fields, {some:?} with those needed"
        )),
        _ => Ok(()),
    }
}

/// Reads a capture on one thread, and in small blocks on two and three: its conversations and its findings are the same.
/// What is no capture is not read.
///
/// # Errors
///
/// Returns what is wrong.
pub fn capture(path: &Path) -> Result<(), String> {
    let said = |threads, block| {
        let (mut index, _) =
            Index::of_file(Reader::open(path).ok()?, &DecodeAs::default(), Keep::ALL);
        index.set_threads(threads);
        index.set_block(block);
        index.read_to_end(&AtomicBool::new(false));
        let store = index.store();
        let options = ConversationOptions {
            format: Format::Json,
            width: None,
            columns: None,
        };
        let mut said = Vec::new();
        report::conversations(store, &options, &Selection::default(), &mut said).ok()?;
        let options = FindingOptions {
            json: true,
            ..FindingOptions::default()
        };
        report::findings(store, &options, &mut said).ok()?;
        Some(said)
    };
    let expected = said(1, usize::MAX);
    for threads in [2, 3] {
        if said(threads, 3) != expected {
            return Err(format!("{threads} threads read something else than one"));
        }
    }
    Ok(())
}

/// LINKTYPE_IPV4: a packet begins with its IP header.
const LINK_TYPE: u16 = 228;

const CLIENT: (Ipv4Addr, u16) = (Ipv4Addr::new(10, 0, 0, 1), 49152);
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// One packet: its sender, what the network does with it, its payload.
struct Chunk<'a> {
    side: Side,
    fate: Fate,
    bytes: &'a [u8],
}

/// What the network does with a packet.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Comes,
    /// It is not captured.
    Lost,
    /// It comes after the next one.
    Late,
    /// It comes twice.
    Again,
}

/// Parses a script: for each packet a byte (side, fate, FIN), two of length, the payload.
fn chunks(mut script: &[u8]) -> Vec<Chunk<'_>> {
    /// More packets cover nothing new.
    const MOST: usize = 256;
    let mut chunks = Vec::new();
    while let [kind, low, high, rest @ ..] = script
        && chunks.len() < MOST
    {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (bytes, behind) = rest.split_at(length);
        script = behind;
        chunks.push(Chunk {
            side: if kind & 1 == 0 {
                Side::Client
            } else {
                Side::Server
            },
            fate: match kind >> 1 & 15 {
                1 => Fate::Lost,
                2 => Fate::Late,
                3 => Fate::Again,
                _ => Fate::Comes,
            },
            bytes,
        });
    }
    chunks
}

/// Returns the protocols that conversations may use, by name.
pub fn protocols() -> Vec<&'static Dissector> {
    let mut protocols = ALL.to_vec();
    protocols.retain(|dissector| !dissector.layer.carries());
    protocols.sort_by_key(|dissector| dissector.name);
    protocols
}

/// Checks the conversation of a script in the protocol that its first byte selects from [`protocols`].
///
/// # Errors
///
/// Fails with a description of what is wrong.
pub fn check(script: &[u8]) -> Result<(), String> {
    let Some((which, script)) = script.split_first() else {
        return Ok(());
    };
    let protocols = protocols();
    match protocols.get(usize::from(*which) % protocols.len()) {
        Some(dissector) => converse(dissector, script),
        None => Ok(()),
    }
}

/// Returns the scripts of all conversations of a capture whose protocol is known, for [`check`]: a fuzzing corpus.
///
/// # Errors
///
/// Fails if the capture cannot be read.
pub fn scripts(store: &Store) -> io::Result<Vec<Vec<u8>>> {
    let protocols = protocols();
    let mut reader = PacketReader::new(store.clone());
    let mut scripts: BTreeMap<ConversationId, Vec<u8>> = BTreeMap::new();
    let count = store.read().packets.len() as u32;
    for number in 1..=count {
        let (plan, id, side, dissector) = {
            let contents = store.read();
            let record = contents.packets.get(number);
            let Some((id, side)) = record.and_then(|record| record.conversation()) else {
                continue;
            };
            let conversation = contents.tracker.get(id);
            let plan = PacketPlan::of(&contents, number);
            let application = conversation.and_then(|conversation| conversation.application());
            let (Some(plan), Some(dissector)) = (plan, application) else {
                continue;
            };
            (plan, id, side, dissector)
        };
        let Some(flow) = reader.facts(&plan)?.flows().last().copied() else {
            continue;
        };
        let place = protocols.iter().position(|known| *known == dissector);
        let Some(place) = place.and_then(|place| u8::try_from(place).ok()) else {
            continue;
        };
        let payload = reader.payload(&flow);
        let (payload, _) = payload.split_at(payload.len().min(u16::MAX.into()));
        let script = scripts.entry(id).or_insert_with(|| vec![place]);
        if !payload.is_empty() {
            script.push(side as u8);
            script.extend((payload.len() as u16).to_le_bytes());
            script.extend(payload);
        }
    }
    Ok(scripts.into_values().collect())
}

/// Returns the exchanges of a conversation, in the order in which they began.
///
/// # Errors
///
/// Fails if the capture cannot be read.
pub fn exchanges(store: &Store, id: ConversationId) -> io::Result<Vec<Exchange>> {
    let contents = store.read();
    let mut exchanges = Vec::new();
    let Some(conversation) = contents.tracker.get(id) else {
        return Ok(exchanges);
    };
    let mut emit = |event| collect(event, &mut exchanges);
    let mut messages = contents.tracker.listen(conversation, true);
    messages.report_exchanges();
    let mut reader = PacketReader::new(store.clone());
    for number in contents.packets_of(id) {
        let record = contents.packets.get(number);
        let record = record.filter(|record| !record.is_duplicate());
        let inner = record.and_then(|record| record.conversation());
        // Its payload is part of the innermost conversation only, and not of one that an ICMP error is about.
        let inner = inner.filter(|(inner, _)| *inner == id && !contents.is_about(number, id));
        if let (Some((_, side)), Some(plan)) = (inner, PacketPlan::of(&contents, number)) {
            reader.hand_to(&mut messages, &plan, side, &conversation.tcp(), &mut emit)?;
        }
    }
    messages.end(&mut emit);
    exchanges.sort_by_key(began);
    Ok(exchanges)
}

/// Takes an event's exchange.
fn collect(event: Event, exchanges: &mut Vec<Exchange>) {
    if let Event::Exchange(exchange) = event {
        exchanges.push(*exchange);
    }
}

/// Exchanges are ordered by where they begin.
fn began(exchange: &Exchange) -> (u64, u32) {
    (exchange.first_packet(), exchange.number)
}

/// Reads and shows, with `dissector`, the conversation of a script, over TCP or UDP, at a port of its own.
///
/// # Errors
///
/// Fails with a description of what is wrong.
pub fn converse(dissector: &'static Dissector, script: &[u8]) -> Result<(), String> {
    let tcp_port = dissector
        .selectors
        .iter()
        .find_map(|selector| match selector {
            Selector::TcpPort(port) => Some((true, *port)),
            Selector::UdpPort(port) => Some((false, *port)),
            _ => None,
        });
    let (tcp, port) = tcp_port.unwrap_or((true, 7));
    let chunks = chunks(script);
    let setting = |keeps| Setting {
        client: (CLIENT.0.into(), CLIENT.1),
        server: (SERVER.into(), port),
        keeps,
        exchanges: match keeps {
            true => Exchanges::All,
            false => Exchanges::None,
        },
        undeclared: Default::default(),
    };
    let selector = if tcp {
        Selector::TcpPort
    } else {
        Selector::UdpPort
    };
    let read = |keeps, forced| {
        let mut messages = Messages::new(setting(keeps), selector, forced);
        let exchanges = tell(&mut messages, &chunks, tcp);
        (messages, exchanges)
    };
    let (kept, exchanges) = read(true, Some(dissector));
    let (plain, _) = read(false, Some(dissector));
    if kept.summary() != plain.summary() || kept.credentials() != plain.credentials() {
        let (kept, plain) = (kept.summary(), plain.summary());
        return Err(format!("who keeps reads {kept:?}, who does not {plain:?}"));
    }
    // Recognition must not fail on it, and each packet must be readable without the others.
    read(false, None);
    for chunk in &chunks {
        let packet = packet(chunk, port, tcp);
        let packet = Packet::new(LinkType(LINK_TYPE), &packet, packet.len() as u32);
        invariants::check(packet)?;
        let decoded = Decoded::default();
        let masked = Context {
            decoded: Some(&decoded),
            ..Context::default()
        };
        invariants::check_with(packet, &masked)?;
    }
    check_exchanges(exchanges, chunks.len())?;
    secrets(&kept)?;
    show(&kept, &chunks, port, tcp)
}

/// Checks that no exchange is reported twice, that each is either answered or not, and that all of it came in existing
/// packets.
fn check_exchanges(mut exchanges: Vec<Exchange>, packets: usize) -> Result<(), String> {
    exchanges.sort_by_key(began);
    if !exchanges.is_sorted_by(|a, b| began(a) < began(b)) {
        return Err("an exchange is reported twice".to_owned());
    }
    for exchange in exchanges {
        let transmissions = [exchange.asked, exchange.answered];
        let captured = exchange.first_packet() > 0;
        let captured = captured
            && transmissions.iter().flatten().all(|transmission| {
                let (first, last) = (transmission.first.packet, transmission.last.packet);
                1 <= first && first <= last && last <= packets as u64
            });
        let answered = exchange.class != Class::None;
        if !captured || answered != exchange.answer.is_some() {
            return Err(format!("{exchange:?}"));
        }
    }
    Ok(())
}

/// Checks that secrets are in order, and within what was read.
fn secrets(messages: &Messages) -> Result<(), String> {
    for side in Side::BOTH {
        let (read, _) = messages.places()[side];
        let secrets: Vec<_> = messages.secrets_between(side, 0..u64::MAX).collect();
        let stands = |secret: &Range<u64>| secret.start < secret.end && secret.end <= read;
        if !secrets.iter().all(stands) || !secrets.is_sorted_by(|a, b| a.end < b.start) {
            return Err(format!("{secrets:?} of {read} bytes"));
        }
    }
    Ok(())
}

/// Sends the packets. Returns the exchanges that they show.
fn tell(messages: &mut Messages, chunks: &[Chunk], tcp: bool) -> Vec<Exchange> {
    let mut exchanges = Vec::new();
    let mut emit = |event| collect(event, &mut exchanges);
    let mut next = PerSide::new(1000_u32, u32::MAX - 2000);
    let mut late: Option<(usize, u32)> = None;
    let mut deliver = |messages: &mut Messages, at: usize, seq: u32, ack: u32| {
        let Some(chunk) = chunks.get(at) else { return };
        let payload = Payload {
            packet: at as u32 + 1,
            time_ns: at as i64 * 1_000_000,
            bytes: chunk.bytes,
            length: chunk.bytes.len() as u32,
            start: 40,
            source: 0,
            layers: FrameLayers::default(),
        };
        if !tcp {
            if !chunk.bytes.is_empty() {
                messages.datagram(chunk.side, &payload, &mut emit);
            }
            return;
        }
        let fin = chunk.bytes.is_empty();
        let segment = Segment {
            seq,
            ack,
            flags: TcpFlags(TcpFlags::ACK | if fin { TcpFlags::FIN } else { 0 }),
            ..Segment::default()
        };
        messages.segment(chunk.side, &segment, &payload, &mut emit);
    };
    for (at, chunk) in chunks.iter().enumerate() {
        let seq = next[chunk.side];
        let ack = next[chunk.side.other()];
        next[chunk.side] = seq.wrapping_add(chunk.bytes.len() as u32);
        match chunk.fate {
            Fate::Lost => {}
            Fate::Late if late.is_none() => late = Some((at, seq)),
            fate => {
                deliver(messages, at, seq, ack);
                if fate == Fate::Again {
                    deliver(messages, at, seq, ack);
                }
                if let Some((at, seq)) = late.take() {
                    deliver(messages, at, seq, ack);
                }
            }
        }
    }
    messages.end(&mut emit);
    exchanges
}

/// Shows every message in the packet that completes it.
fn show(messages: &Messages, chunks: &[Chunk], port: u16, tcp: bool) -> Result<(), String> {
    let Some(page) = messages.page() else {
        return Err("nothing is kept".to_owned());
    };
    for record in page.all() {
        let Some(chunk) = (record.packet as usize)
            .checked_sub(1)
            .and_then(|at| chunks.get(at))
        else {
            return Err(format!("{record:?} is completed by no packet"));
        };
        let (bytes, parts) = join(page, record.side, record.at..record.end(), chunks);
        let mut masked = bytes.clone();
        for secret in messages.secrets_between(record.side, record.at..record.end()) {
            let part = (secret.start - record.at) as usize..(secret.end - record.at) as usize;
            if let Some(part) = masked.get_mut(part) {
                part.fill(b'*');
            }
        }
        let known = messages.known(record);
        let tunnel = messages.tunnel_of(record);
        let tunnel = tunnel
            .as_ref()
            .map(|(dissector, known)| (*dissector, known));
        let missing = record.length.saturating_sub(bytes.len() as u64);
        let (mut whole, mut whole_parts) = (Vec::new(), Vec::new());
        let source = known.completes.into_iter();
        for part in source.flat_map(|source| page.parts_of(source)) {
            let (bytes, parts) = join(page, record.side, part.of.clone(), chunks);
            whole_parts.extend(parts.into_iter().map(|part| Part {
                start: part.start + whole.len() as u32,
                ..part
            }));
            whole.extend(bytes);
        }
        let message = |bytes| Message {
            dissector: messages.dissector_of(record),
            side: record.side,
            bytes: MessageBytes::Joined(Reassembled {
                bytes: Cow::Borrowed(bytes),
                parts: parts.clone(),
            }),
            missing,
            complete: record.complete,
            is_partial: !record.complete || record.missing > 0,
            context: known.context.as_ref(),
            carried: known.asked_for.map(|_| Carried::default()),
            gathered: known.completes.is_some().then_some(Reassembled {
                bytes: Cow::Borrowed(&whole),
                parts: whole_parts.clone(),
            }),
            tunnel,
        };
        let flow = FlowContext::default();
        for (show_secrets, bytes) in [(true, &bytes), (false, &masked)] {
            let message = message(bytes);
            let decoded = Decoded::default();
            let context = Context {
                number: record.packet.into(),
                flows: &[flow],
                spoken: Some(Spoken {
                    messages: std::slice::from_ref(&message),
                    part_of: None,
                }),
                show_secrets,
                decoded: Some(&decoded),
                ..Context::default()
            };
            let packet = packet(chunk, port, tcp);
            let packet = Packet::new(LinkType(LINK_TYPE), &packet, packet.len() as u32);
            invariants::check_with(packet, &context)
                .map_err(|error| format!("{}: {error}", message.dissector.name))?;
        }
    }
    Ok(())
}

/// Returns the bytes between two offsets of what a side sends, up to their first gap.
fn join(
    page: &MessagePage,
    side: Side,
    between: Range<u64>,
    chunks: &[Chunk],
) -> (Vec<u8>, Vec<Part>) {
    let (mut bytes, mut parts) = (Vec::new(), Vec::new());
    for piece in page.pieces_between(side, between.clone()) {
        let from = between.start.max(piece.at);
        let to = between.end.min(piece.end());
        let chunk = (piece.packet as usize)
            .checked_sub(1)
            .and_then(|at| chunks.get(at));
        let (Some(chunk), true) = (
            chunk,
            from == between.start + bytes.len() as u64 && from < to,
        ) else {
            break;
        };
        let start = (piece.start - 40) as usize + (from - piece.at) as usize;
        let part = chunk
            .bytes
            .get(start..start + (to - from) as usize)
            .unwrap_or_default();
        parts.push(Part {
            packet: piece.packet.into(),
            start: bytes.len() as u32,
            length: part.len() as u32,
            overlap: false,
            conflict: false,
        });
        bytes.extend_from_slice(part);
    }
    (bytes, parts)
}

/// Returns an IPv4 packet around a payload.
fn packet(chunk: &Chunk, port: u16, tcp: bool) -> Vec<u8> {
    let (header, protocol) = if tcp { (40, 6) } else { (28, 17) };
    let length = (header + chunk.bytes.len()).min(usize::from(u16::MAX)) as u16;
    let mut packet = vec![0x45, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([0, 1, 0, 0, 64, protocol, 0, 0]);
    let (source, destination) = match chunk.side {
        Side::Client => ((CLIENT.0, CLIENT.1), (SERVER, port)),
        Side::Server => ((SERVER, port), (CLIENT.0, CLIENT.1)),
    };
    packet.extend(source.0.octets());
    packet.extend(destination.0.octets());
    packet.extend(source.1.to_be_bytes());
    packet.extend(destination.1.to_be_bytes());
    if tcp {
        packet.extend([0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    } else {
        packet.extend((length - 20).to_be_bytes());
        packet.extend([0, 0]);
    }
    packet.extend(chunk.bytes);
    packet.truncate(usize::from(length));
    packet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{capture::Reader, report, samples, track::DecodeAs};
    use proptest::prelude::*;
    use std::{fs, io::Read, path::Path};

    /// Returns the scripts of all samples, each with a unique name.
    fn corpus() -> Vec<(String, Vec<u8>)> {
        let mut corpus = Vec::new();
        for sample in samples::all() {
            let reader = Reader::from_file(sample.open().unwrap(), sample.name).unwrap();
            let scripts = scripts(&report::load(reader, DecodeAs::default())).unwrap();
            let named = scripts.into_iter().enumerate();
            corpus.extend(named.map(|(at, script)| (format!("{}-{at}", sample.name), script)));
        }
        corpus
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// A damaged capture is read the same on any number of threads.
        #[test]
        fn damage_is_the_same_on_any_number_of_threads(
            which in any::<prop::sample::Index>(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
            end in any::<prop::sample::Index>(),
        ) {
            let all = samples::all();
            let sample = which.get(&all).open().unwrap();
            let mut bytes = Vec::new();
            sample.take(40_000).read_to_end(&mut bytes).unwrap();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(bytes.len() - end.index(bytes.len() / 4));
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("damaged");
            fs::write(&path, bytes).unwrap();
            prop_assert_eq!(capture(&path), Ok(()));
        }
    }

    /// The corpus of the fuzz target `conversation`. Each packet is also lost, late, and repeated.
    #[test]
    fn the_corpus_of_the_samples_holds() {
        let mut protocols = std::collections::BTreeSet::new();
        for (name, script) in corpus() {
            protocols.insert(script[0]);
            for fate in 0..4 {
                let mut script = script.clone();
                let mut at = 1;
                let mut number = 0;
                while let Some(&[kind, low, high]) =
                    script.get(at..).and_then(|it| it.first_chunk())
                {
                    number += 1;
                    if number % 5 == 2 {
                        script[at] = kind | fate << 1;
                    }
                    at += 3 + usize::from(u16::from_le_bytes([low, high]));
                }
                assert_eq!(check(&script), Ok(()), "{name}, fate {fate}");
            }
        }
        assert!(protocols.len() >= 7, "the samples hold only {protocols:?}");
    }

    /// `cargo test --lib write_the_corpus -- --ignored` writes the corpus.
    #[test]
    #[ignore = "writes to fuzz/corpus"]
    fn write_the_corpus() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/conversation");
        fs::create_dir_all(&folder).unwrap();
        for (name, script) in corpus() {
            fs::write(folder.join(name), script).unwrap();
        }
    }

    /// Text that looks like a head without secrets is searched like other text, whoever reads it.
    #[test]
    fn text_before_a_login_is_searched_alike() {
        const TEXT: &[u8] = b"Subject: a\r\nContent-Type: text/plain\r\n\r\nbody";
        let chunk = |bytes: &[u8]| [&[1][..], &(bytes.len() as u16).to_le_bytes(), bytes].concat();
        let apart = [chunk(TEXT), chunk(b"USER kim\r\nPASS secret\r\n")].concat();
        let together = chunk(&[TEXT, b"a1 LOGIN kim secret\r\n"].concat());
        for dissector in protocols() {
            for script in [&apart, &together] {
                assert_eq!(converse(dissector, script), Ok(()), "{}", dissector.name);
            }
        }
    }

    /// Strings that protocols recognise, so that random input gets further.
    const WORDS: &[&[u8]] = &[
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"5\r\nhello\r\n0\r\n\r\n",
        b"Content-Length: 9223372036854775808\r\n",
        b"220 mail.example.kr ESMTP\r\n",
        b"EHLO a\r\n",
        b"AUTH LOGIN\r\n",
        b"DATA\r\n",
        b"Subject: =?EUC-KR?B?sKGzqg==?=\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n--x--",
        b"\r\n.\r\n",
        b"USER kim\r\nPASS secret\r\n",
        b"227 Entering Passive Mode (10,0,0,2,4,1)\r\n",
        b"a1 LOGIN kim secret\r\n",
        b"a1 LOGIN kim {6}\r\n",
        b"AUTH PLAIN AGtpbQBzZWNyZXQ=\r\n",
        b"POST /?pwd=a HTTP/1.1\r\nContent-Type: text/json\r\nContent-Length: 40\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"{\"password\":\"hush\"",
        b"7\r\npwd=abc\r\n",
        b"Password: ",
        b"+OK\r\n",
        b"login: ",
        b"\xff\xfb\x01\xff\xfa\x18\x00xterm\xff\xf0",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        b"\x00\x1c\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\xc0\x0c\x00\x01\x00\x01",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x13\x04",
        b"\0\x1b[2J\x07",
    ];

    fn script() -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            3 => proptest::sample::select(WORDS).prop_map(<[u8]>::to_vec),
            1 => proptest::collection::vec(any::<u8>(), 0..40),
        ];
        let chunk =
            (any::<u8>(), proptest::collection::vec(word, 0..3)).prop_map(|(kind, words)| {
                let bytes = words.concat();
                let mut chunk = vec![kind];
                chunk.extend((bytes.len() as u16).to_le_bytes());
                chunk.extend(bytes);
                chunk
            });
        proptest::collection::vec(chunk, 0..12).prop_map(|chunks| chunks.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn no_conversation_does_harm(which in 0..ALL.len(), script in script()) {
            let protocols = protocols();
            let dissector = protocols[which % protocols.len()];
            prop_assert_eq!(converse(dissector, &script), Ok(()));
        }
    }
}
