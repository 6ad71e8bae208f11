//! A packet that is read without its conversation has the same content as in it, unless it depends on earlier packets.

use dissectors::{
    Context, DATA, Decoded, Facts, Field, FieldKind, Flow, LinkType, Output, Packet, Selector,
    Side, Summary, Transport, Tree, by_name, dissect, recognise,
};
use std::{collections::BTreeMap, io::Seek};
use wiretalk::{
    capture::{Reader, SavedPacket, Writer},
    report, samples,
    store::Contents,
    track::{ConversationId, DecodeAs, MessageRecord, Protocol},
    view::Viewer,
};

/// A packet with TCP, in a conversation that is followed.
struct Segment {
    number: u32,
    id: ConversationId,
    side: Side,
    flow: Flow,
}

fn segment(contents: &Contents, viewer: &mut Viewer, number: u32) -> Option<Segment> {
    let (id, direction) = contents.packets.get(number)?.conversation()?;
    let flow = *viewer.facts(number).unwrap().flows().last()?;
    let is_tcp = matches!(flow.transport, Transport::Tcp(_));
    // A reassembled datagram is not a packet on its own.
    let alone = contents.datagrams_of(number).is_empty() && !contents.is_about(number, id);
    (is_tcp && alone && !flow.payload.is_empty()).then_some(Segment {
        number,
        id,
        side: direction,
        flow,
    })
}

/// Returns the messages of a segment that begins and ends with them.
fn whole_messages(viewer: &mut Viewer, segment: &Segment) -> Vec<MessageRecord> {
    viewer.messages(segment.id).unwrap().unwrap();
    let mut pages = viewer.pages(segment.id);
    let pieces = pages.pieces_of(segment.number, segment.side);
    let [piece] = pieces.as_slice() else {
        return Vec::new();
    };
    let completed = pages.completed_in(segment.number).into_iter();
    let own: Vec<_> = completed
        .filter(|message| message.side == segment.side)
        .collect();
    let whole = piece.length as usize == segment.flow.payload.len()
        && own.first().is_some_and(|first| first.at == piece.at)
        && own.last().is_some_and(|last| last.end() == piece.end())
        && own
            .iter()
            .all(|message| message.complete && message.missing == 0);
    if whole { own } else { Vec::new() }
}

fn read_alone(bytes: &[u8], link_type: u16, original: u32) -> Tree {
    let decoded = Decoded::default();
    let context = Context {
        show_secrets: true,
        decoded: Some(&decoded),
        ..Context::default()
    };
    let (mut tree, mut summary) = (Tree::default(), Summary::default());
    let output = Output {
        tree: Some(&mut tree),
        summary: Some(&mut summary),
        objects: None,
    };
    let packet = Packet::new(LinkType(link_type), bytes, original);
    dissect(packet, &context, &mut Facts::default(), output);
    tree
}

/// Returns the rows of TCP's payload that are in the packet's own bytes. Derived rows also depend on other packets.
fn rows(tree: &Tree) -> Vec<&Field> {
    let carries = |row: &&Field| match row.kind {
        FieldKind::Layer(layer) => layer.osi.carries(),
        _ => true,
    };
    let inside = tree.fields.iter().skip_while(carries);
    let stands = |row: &&Field| row.bytes.source == 0 && !row.bytes.is_empty();
    let is_read = |row: &&Field| matches!(row.kind, FieldKind::Field | FieldKind::Layer(_));
    inside.filter(stands).filter(is_read).collect()
}

/// Whether a segment can only be read with earlier ones.
fn needs_earlier(
    rows: &[&Field],
    first: &MessageRecord,
    flow: &Flow,
    payload: &[u8],
    side: Side,
) -> bool {
    let has = |name: &str| rows.iter().any(|row| row.name.starts_with(name));
    let protocol = rows.first().map_or(DATA.name, |row| row.name);
    // Another protocol than that of its port: this requires earlier packets, or another conversation.
    let ports = [flow.source_port, flow.destination_port];
    let found = recognise(Selector::TcpPort, ports, side, payload).unwrap_or(DATA);
    found.name != protocol
        // The options that both sides agree on determine how the rest is read.
        || matches!(protocol, "tls" | "ssh") && first.at > 0
        // Answers to the server's questions have no recognisable form.
        || has("smtp.auth.") && !has("smtp.req.")
        // The answer to HEAD has no body, whatever its Content-Length.
        || has("http.content_length") && has("http.response") && !has("http.file_data")
}

/// Stateless protocols are not followed: each packet is read alone.
#[test]
fn a_packet_alone_is_of_the_protocol_that_its_port_is_said_to_speak() {
    let samples = samples::all();
    let sample = samples
        .iter()
        .find(|sample| sample.name == "everyday.pcapng");
    let sample = sample.unwrap();
    let mut decode_as = DecodeAs::default();
    decode_as.set(Protocol::Udp, 53, by_name("rip").unwrap());
    let reader = Reader::from_file(sample.open().unwrap(), sample.name).unwrap();
    let store = report::load(reader, decode_as);
    let mut viewer = Viewer::new(store.clone());
    // A query to a name server.
    let details = viewer.details(3).unwrap();
    assert_eq!(details.summary.protocol, "RIP");
    assert_eq!(rows(&details.tree)[0].name, "rip");
}

/// Bytes that were cut off a datagram are missing, with its conversation and without.
#[test]
fn a_datagram_that_was_cut_is_not_malformed() {
    let samples = samples::all();
    let sample = samples
        .iter()
        .find(|sample| sample.name == "everyday.pcapng");
    let reader = Reader::from_file(sample.unwrap().open().unwrap(), "everyday").unwrap();
    let store = report::load(reader, DecodeAs::default());
    let mut viewer = Viewer::new(store.clone());
    // A query to a name server.
    let whole = viewer.details(3).unwrap();
    let bytes = &whole.sources[0].bytes;
    let mut file = tempfile::tempfile().unwrap();
    let mut writer = Writer::pcap(file.try_clone().unwrap(), 1).unwrap();
    let saved = SavedPacket {
        time_ns: 0,
        interface: 0,
        original: bytes.len() as u32,
        data: &bytes[..60],
        is_timeless: false,
        comments: &[],
    };
    writer.packet(&saved).unwrap();
    drop(writer);
    file.rewind().unwrap();
    let store = report::load(Reader::from_file(file, "cut").unwrap(), DecodeAs::default());
    let mut viewer = Viewer::new(store.clone());
    let within = viewer.details(1).unwrap().tree.to_string();
    let alone = read_alone(&bytes[..60], 1, bytes.len() as u32).to_string();
    for tree in [within, alone] {
        let note = "cut by the capture's size limit inside dns.qry.name";
        assert!(tree.contains(note), "{tree}");
    }
}

#[test]
fn a_packet_alone_says_what_it_says_in_its_conversation() {
    let mut compared = BTreeMap::new();
    for sample in samples::all() {
        let reader = Reader::from_file(sample.open().unwrap(), sample.name).unwrap();
        let store = report::load(reader, DecodeAs::default());
        let contents = store.read();
        let mut viewer = Viewer::new(store.clone());
        viewer.show_secrets = true;
        for number in 1..=contents.packets.len() as u32 {
            let Some(segment) = segment(&contents, &mut viewer, number) else {
                continue;
            };
            let record = contents.packets.get(number).unwrap();
            let details = viewer.details(number).unwrap();
            let bytes = &details.sources[0].bytes;
            let alone = read_alone(bytes, contents.link_type(record), record.original);
            let messages = whole_messages(&mut viewer, &segment);
            let Some(first) = messages.first() else {
                continue;
            };
            let (within, alone) = (rows(&details.tree), rows(&alone));
            let Segment { flow, side, .. } = segment;
            let payload = flow.payload.of(bytes).unwrap();
            if needs_earlier(&within, first, &flow, payload, side) {
                continue;
            }
            let said = |rows: &[&Field]| -> Vec<_> {
                let said = |row: &&Field| (row.name, row.value.clone(), row.bytes);
                rows.iter().map(said).collect()
            };
            assert_eq!(said(&alone), said(&within), "{} {number}", sample.name);
            *compared.entry(within[0].name).or_insert(0) += messages.len();
        }
    }
    for protocol in ["data", "dns", "ftp", "http", "smtp", "ssh", "tls"] {
        assert!(compared.contains_key(protocol), "{protocol}: {compared:?}");
    }
    assert!(compared.values().sum::<usize>() > 500, "{compared:?}");
}
