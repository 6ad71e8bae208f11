//! The description of a packet is the same in the list of packets, on the ladder, among the packet's fields, and in the
//! JSON.

use super::*;
use crate::{
    ports::Ports,
    report::{Format, PacketOptions, Packets},
};
use dissectors::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Each mark in its four forms, written out here and not taken from the program: the JSON's field, the prefix in the
/// list, and the words of the ladder and of the packet's fields.
const MARKS: [(&str, &str, &str); 15] = [
    (
        "reused_ports",
        "TCP Port numbers reused",
        "port numbers reused",
    ),
    ("retransmission", "TCP Retransmission", "retransmission"),
    (
        "fast_retransmission",
        "TCP Fast Retransmission",
        "fast retransmission",
    ),
    (
        "spurious_retransmission",
        "TCP Spurious Retransmission",
        "spurious retransmission",
    ),
    ("out_of_order", "TCP Out-Of-Order", "out of order"),
    (
        "lost_segment",
        "TCP Previous segment not captured",
        "previous segment not captured",
    ),
    (
        "ack_lost_segment",
        "TCP ACKed unseen segment",
        "ACKed unseen segment",
    ),
    ("window_update", "TCP Window Update", "window update"),
    ("window_full", "TCP Window Full", "window full"),
    ("keep_alive", "TCP Keep-Alive", "keep-alive"),
    ("keep_alive_ack", "TCP Keep-Alive ACK", "keep-alive ACK"),
    ("duplicate_ack", "TCP Dup ACK", "dup ACK"),
    ("zero_window_probe", "TCP ZeroWindowProbe", "window probe"),
    ("zero_window", "TCP ZeroWindow", "zero window"),
    (
        "zero_window_probe_ack",
        "TCP ZeroWindowProbeAck",
        "window probe ACK",
    ),
];

/// Probes without a new byte, for which Wireshark has no mark, by the row among the packet's fields that shows them.
const PROBES: [(&str, &str); 2] = [
    ("Window probe", "window probe"),
    ("Window probe ACK", "window probe ACK"),
];

/// Returns the names of the samples.
fn samples() -> Vec<String> {
    let all = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")).unwrap();
    let names = all.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.ends_with(".pcap") || name.ends_with(".pcapng"))
        .collect()
}

/// Returns the lines of `packets --json`.
fn json(store: &Store) -> Vec<serde_json::Value> {
    let options = PacketOptions {
        format: Format::Json,
        detail: false,
        filters: Vec::new(),
        count: None,
        tshark: None,
        ports: Ports::default(),
        selected: None,
        threads: 0,
        absolute_seq: false,
        show_secrets: false,
        columns: None,
        time: Default::default(),
    };
    let mut written = Vec::new();
    Packets::new(store, options)
        .go_on(store, &mut written)
        .unwrap();
    let text = String::from_utf8(written).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Returns the ladders' text of every TCP packet that has one: the parts of its arrow.
fn arrows(store: &Store) -> BTreeMap<(ConversationId, u32), Vec<String>> {
    let contents = store.read();
    let mut arrows = BTreeMap::new();
    let ids = contents.tracker.conversations();
    for (id, _) in ids.filter(|(_, conversation)| conversation.protocol == Protocol::Tcp) {
        let mut viewer = Viewer::new(store.clone());
        let mut ladder = Ladder::new(id);
        while ladder.read(&mut viewer, 1000) {}
        for (at, step) in ladder.steps.iter().enumerate() {
            if !step.kind.is_packet() || step.kind == StepKind::Icmp {
                continue;
            }
            let row = LadderRow::Step(at, true);
            let said = RowDetail {
                analysis: ladder.analysis(&mut viewer, row).unwrap(),
                ..RowDetail::default()
            };
            let words = ladder.label(&contents, row, &said, false).unwrap();
            let parts = words.parts.into_iter().map(|part| part.text);
            arrows.insert((id, step.packet), parts.collect());
        }
    }
    arrows
}

/// Returns the leading texts in brackets.
fn prefixes(mut info: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    while let Some((prefix, rest)) = info
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
    {
        found.insert(prefix.to_owned());
        info = rest;
    }
    found
}

#[test]
fn list_ladder_fields_and_json_say_the_same() {
    let mut seen = BTreeSet::new();
    let mut compared = 0;
    for name in samples() {
        let store = sample(&name);
        let arrows = arrows(&store);
        let contents = store.read();
        let mut viewer = Viewer::new(store.clone());
        for line in json(&store) {
            let number = line["number"].as_u64().unwrap() as u32;
            let place = format!("{name}, packet {number}");
            let details = viewer.details(number).unwrap();
            let said = line["analysis"].as_array().unwrap().iter();
            let said: BTreeSet<_> = said
                .map(|field| field.as_str().unwrap())
                .map(|field| field.strip_prefix("tcp.analysis.").unwrap())
                .collect();
            // Two kinds of retransmission also carry the general mark.
            let special = ["fast_retransmission", "spurious_retransmission"];
            let special = special.iter().any(|field| said.contains(field));
            let expected = MARKS.iter().filter(|(field, ..)| {
                said.contains(field) && !(special && *field == "retransmission")
            });
            let expected: Vec<_> = expected.collect();
            seen.extend(expected.iter().map(|(field, ..)| *field));

            // The rows of TCP's fields: remarks, and derived values.
            let fields = &details.tree.fields;
            let shown = |label: &str| fields.iter().any(|field| field.label == label);
            let times = fields.iter().find_map(|field| match field.value {
                Value::Number(times, _) => {
                    (field.name == "tcp.analysis.duplicate_ack_num").then_some(times)
                }
                _ => None,
            });
            let remarks = fields
                .iter()
                .filter(|field| matches!(field.kind, dissectors::FieldKind::Note(..)));
            let remarks: BTreeSet<String> = remarks
                .filter_map(|field| {
                    let text = field.value.to_string();
                    Some(text.split_once(": ")?.0.to_owned())
                })
                .filter(|term| MARKS.iter().any(|(.., word)| word == term))
                .collect();
            let words: BTreeSet<_> = expected.iter().map(|(.., word)| word.to_string()).collect();
            assert_eq!(remarks, words, "{place}: fields");

            // The list and the ladder show a copy as one, without what Wireshark calls it.
            let (expected, words) = match details.is_duplicate {
                true => (Vec::new(), BTreeSet::new()),
                false => (expected, words),
            };

            // The list, with the count of an acknowledgment so far and where it came first.
            let list: BTreeSet<_> = prefixes(&details.summary.info)
                .into_iter()
                .filter(|prefix| prefix.starts_with("TCP "))
                .collect();
            let numbered = |prefix: &str| match times {
                Some(times) if prefix == "TCP Dup ACK" => list
                    .iter()
                    .find(|said| said.starts_with(prefix) && said.ends_with(&format!("#{times}")))
                    .cloned(),
                _ => Some(prefix.to_owned()),
            };
            let titles: Option<BTreeSet<_>> = expected
                .iter()
                .map(|(_, prefix, _)| numbered(prefix))
                .collect();
            assert_eq!(Some(&list), titles.as_ref(), "{place}: list");
            assert_eq!(line["info"], details.summary.info, "{place}: JSON");

            // The ladder.
            let record = contents.packets.get(number).unwrap();
            let Some((id, _)) = record.conversation() else {
                continue;
            };
            let Some(parts) = arrows.get(&(id, number)) else {
                continue;
            };
            let mut words: BTreeSet<_> = words
                .into_iter()
                .map(|word| match times {
                    Some(times) if word == "dup ACK" => format!("dup ACK #{times}"),
                    _ => word,
                })
                .collect();
            for (label, word) in PROBES {
                if shown(label) {
                    words.insert(word.to_owned());
                }
            }
            let known = |part: &&String| {
                MARKS.iter().any(|(.., word)| *word == part.as_str()) || part.starts_with("dup ACK")
            };
            let ladder: BTreeSet<_> = parts.iter().filter(known).cloned().collect();
            assert_eq!(ladder, words, "{place}: ladder");
            compared += 1;
        }
    }
    assert!(compared > 2000, "{compared}");
    assert!(seen.len() >= 11, "{seen:?}");
}

/// A packet of a sample, the text of its arrow, and its explanation.
const CHOSEN: &[(&str, u32, &[&str], &str)] = &[
    // Their successors came less than a round trip before, which is Wireshark's criterion, and so the only one here.
    // That they are second copies, of 52 and 58, is known as well.
    (
        "lossy-reordering.pcap",
        80,
        &["out of order"],
        "It is a second copy",
    ),
    (
        "lossy-reordering.pcap",
        82,
        &["out of order"],
        "It is a second copy",
    ),
    // Overtaken on the way, and reported missing by 46 before.
    (
        "lossy-reordering.pcap",
        52,
        &["out of order"],
        "too soon for this to be a retransmission. It fills 1,448 B of the gap before #46",
    ),
    (
        "lossy-reordering.pcap",
        34,
        &["previous segment not captured"],
        "",
    ),
    ("lossy-reordering.pcap", 39, &["dup ACK #3"], ""),
    // Requested by duplicate ACKs, and missing since 34.
    (
        "lossy-reordering.pcap",
        74,
        &["fast retransmission"],
        "gap before #34",
    ),
    // After a timeout, when most of it is acknowledged.
    (
        "lossy-reordering.pcap",
        125,
        &["retransmission"],
        "gap before #105",
    ),
    ("zero-window.pcap", 17, &["window full"], ""),
    ("zero-window.pcap", 18, &["zero window"], ""),
    // Linux probes without a new byte, which is a keep-alive to Wireshark; its purpose is known from 18.
    (
        "zero-window.pcap",
        19,
        &["window probe", "keep-alive"],
        "#18 closed it",
    ),
    (
        "zero-window.pcap",
        20,
        &["window probe ACK", "zero window"],
        "probe #19",
    ),
    (
        "zero-window.pcap",
        21,
        &["window probe", "keep-alive"],
        "#18 closed it",
    ),
    (
        "zero-window.pcap",
        22,
        &["window probe", "keep-alive"],
        "#18 closed it",
    ),
    (
        "zero-window.pcap",
        23,
        &["window probe ACK", "zero window"],
        "probe #22",
    ),
    (
        "zero-window.pcap",
        24,
        &["window update"],
        "after #18 closed it",
    ),
    // The same segments where no window is 0.
    ("keepalive-probes.pcap", 8, &["keep-alive"], ""),
    ("keepalive-probes.pcap", 9, &["keep-alive ACK"], ""),
    ("unanswered.pcap", 4, &["retransmission"], "sends it again"),
    // Its sender's SYN is part of it, and it answers the other's.
    (
        "simultaneous-open.pcap",
        7,
        &["retransmission"],
        "the answer itself is new",
    ),
    ("port-reuse.pcap", 11, &["port numbers reused"], ""),
    // A router marked it, which is no mark of the analysis; the next one reports it.
    ("ecn.pcap", 36, &["CE"], "A congested router marked"),
    ("ecn.pcap", 37, &[], "the last one #36"),
    ("half-close.pcap", 20, &[], "before, with #7"),
    ("keepalive-probes.pcap", 8, &["keep-alive"], "sends no data"),
];

/// The ladder's text for packets that two parts of the program once described differently, and for similar ones.
#[test]
fn words_of_chosen_packets() {
    for (name, packet, expected, sentence) in CHOSEN {
        let store = sample(name);
        let contents = store.read();
        let (id, _) = contents
            .packets
            .get(*packet)
            .unwrap()
            .conversation()
            .unwrap();
        let mut viewer = Viewer::new(store.clone());
        let mut ladder = Ladder::new(id);
        while ladder.read(&mut viewer, 1000) {}
        let at = ladder.steps.iter().position(|step| step.packet == *packet);
        let row = LadderRow::Step(at.unwrap(), true);
        let said = RowDetail {
            analysis: ladder.analysis(&mut viewer, row).unwrap(),
            ..RowDetail::default()
        };
        let words = ladder.label(&contents, row, &said, false).unwrap();
        // The flags and the numbers come first.
        let parts: Vec<_> = words.parts.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(&parts[2..], *expected, "{name}, packet {packet}");
        let (text, _) = ladder.explain(&contents, row, &said, false).unwrap();
        assert!(text.contains(sentence), "{name}, packet {packet}: {text}");
    }
}
