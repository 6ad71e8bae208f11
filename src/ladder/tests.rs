//! The ladders of the samples.

mod agreement;

use super::*;
use crate::track::DecodeAs;
use crate::{
    capture::Reader,
    index::{self, Index},
    report,
    retention::Keep,
    store::Store,
    track::Protocol,
};
use std::path::{Path, PathBuf};

fn sample(name: &str) -> Store {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(name);
    report::load(Reader::open(&path).unwrap(), DecodeAs::default())
}

/// Reads all of a TCP conversation, `budget` packets at a time.
fn ladder_of(store: &Store, stream: u32, budget: usize) -> (Ladder, Viewer) {
    let contents = store.read();
    let (id, _) = contents
        .tracker
        .conversations()
        .find(|(_, c)| c.protocol == Protocol::Tcp && c.stream() == Some(stream))
        .unwrap();
    let mut ladder = Ladder::new(id);
    let mut viewer = Viewer::new(store.clone());
    while ladder.read(&mut viewer, budget) {}
    (ladder, viewer)
}

/// Returns every row as a line of text, with the lines below it.
fn text((ladder, viewer): &mut (Ladder, Viewer), store: &Store) -> String {
    let contents = store.read();
    let mut text = String::new();
    for row in 0..ladder.len() {
        let row = ladder.row(row).unwrap();
        let said = RowDetail {
            info: None,
            message: match row {
                LadderRow::Run(run) => ladder.message(viewer, run),
                LadderRow::Step(..) => None,
            },
            analysis: ladder.analysis(viewer, row).unwrap(),
        };
        let words = ladder.label(&contents, row, &said, false).unwrap();
        let (explained, tag) = ladder.explain(&contents, row, &said, false).unwrap();
        assert!(!explained.is_empty() && !tag.is_empty());
        let arrow = match words.from {
            Side::Client => "->",
            Side::Server => "<-",
        };
        let parts: Vec<_> = words.parts.iter().map(|p| p.text.as_str()).collect();
        text.push_str(&format!(
            "{arrow} {} | {}\n",
            parts.join("  "),
            words.status.0
        ));
        for note in &words.notes {
            let parts: Vec<_> = note.iter().map(|(text, _)| text.as_str()).collect();
            text.push_str(&format!("     {}\n", parts.join(" · ")));
        }
    }
    text
}

fn of(name: &str, stream: u32) -> String {
    let store = sample(name);
    text(&mut ladder_of(&store, stream, 1000), &store)
}

#[test]
fn the_arithmetic_of_handshake_and_end_is_said() {
    let text = of("half-close.pcap", 0);
    for line in [
        "-> SYN  seq 0 | ① 1/3",
        "ack 668949424 = client ISN 668949423 + 1 ✓",
        "ack 2610949522 = server ISN 2610949521 + 1 ✓ · seq 668949424 = client ISN + 1 ✓",
        "seq 15: the client is done; the FIN counts as one byte",
        "ack 16 = client FIN 15 + 1 ✓ · half closed: the server sends 10 B more",
        "<- 5 segments  + 5 ACKs  longest pause 300 ms | ▸ 10 B",
        "-> ACK  seq 16 ack 12 | ✓ closed",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn what_goes_wrong_is_said() {
    let text = of("refused.pcap", 0);
    assert!(text.contains("| ✗ refused"), "{text}");
    let text = of("unanswered.pcap", 0);
    assert!(
        text.contains("SYN again, 2.02 s later: no answer yet"),
        "{text}"
    );
    let text = of("reset-in-the-middle.pcap", 0);
    assert!(
        text.contains("the server breaks off after 82 B from the client, 8,042 B from the server"),
        "{text}"
    );
    let text = of("icmp-unreachable.pcap", 1);
    assert!(
        text.contains("<- ICMP communication administratively filtered  192.0.2.1 | ✗ ICMP 3/13"),
        "{text}"
    );
    let text = of("mid-stream.pcap", 0);
    assert!(text.contains("the handshake was not captured"), "{text}");
}

#[test]
fn unusual_openings_are_told() {
    let text = of("simultaneous-open.pcap", 0);
    assert!(text.contains("a simultaneous open"), "{text}");
    assert!(text.contains("④ open"), "{text}");
    let text = of("tcp-fast-open.pcap", 1);
    assert!(text.contains("+ 1 + 71 B ✓"), "{text}");
    let text = of("port-reuse.pcap", 1);
    assert!(
        text.contains("these ports were used before: tcp/0"),
        "{text}"
    );
}

#[test]
fn lost_and_late_segments_are_counted() {
    let text = of("lossy-reordering.pcap", 0);
    let counts = "3 retransmissions  5 out of order  4 gaps  29 dup ACKs  1 captured twice";
    assert!(text.contains(counts), "{text}");
    let text = of("zero-window.pcap", 0);
    assert!(text.contains("-> zero window  3 window probes"), "{text}");
    let text = of("keepalive-probes.pcap", 0);
    assert!(text.contains("4 keep-alive probes  4 answered"), "{text}");
    let text = of("ecn.pcap", 0);
    assert!(text.contains("<- 31 segments  + 27 ACKs  1 CE |"), "{text}");
}

#[test]
fn slices_make_the_same_ladder() {
    let store = sample("lossy-reordering.pcap");
    let whole = text(&mut ladder_of(&store, 0, 10_000), &store);
    for budget in [1, 7] {
        assert_eq!(text(&mut ladder_of(&store, 0, budget), &store), whole);
    }
}

#[test]
fn every_packet_is_found_folded_and_unfolded() {
    let store = sample("lossy-reordering.pcap");
    let (mut ladder, mut viewer) = ladder_of(&store, 0, 1000);
    let folded = ladder.len();
    let packets: Vec<u32> = ladder.steps.iter().map(|step| step.packet).collect();
    for packet in &packets {
        let (row, hidden) = ladder.find(&mut viewer, *packet).unwrap();
        if let Some(run) = hidden {
            ladder.unfold(run, true);
            let (row, hidden) = ladder.find(&mut viewer, *packet).unwrap();
            assert_eq!(hidden, None);
            let row = ladder.row(row).unwrap();
            assert_eq!(ladder.packet_of(&mut viewer, row), Some(*packet));
            ladder.unfold(run, false);
        } else {
            let row = ladder.row(row).unwrap();
            assert_eq!(ladder.packet_of(&mut viewer, row), Some(*packet));
        }
    }
    assert_eq!(ladder.len(), folded);
    ladder.unfold_all(true);
    let runs = ladder.runs.iter().filter(|run| run.count > 1).count();
    assert_eq!(ladder.len(), packets.len() + runs);
    assert_eq!(ladder.find(&mut viewer, 2), None);
    assert_eq!(ladder.row(ladder.len()), None);
}

/// Returns the text of the rows with messages.
fn told(name: &str) -> String {
    text(&mut ladder_of(&sample(name), 0, 1000), &sample(name))
}

#[test]
fn a_message_that_is_broken_off_says_so() {
    let text = told("reset-in-the-middle.pcap");
    assert!(
        text.contains("<- 6 segments  + 6 ACKs  broken off |"),
        "{text}"
    );
}

/// A run is a message, though the other side sends in between.
#[test]
fn messages_are_told_apart() {
    let store = sample("web-uploads.pcap");
    let (ladder, mut viewer) = ladder_of(&store, 0, 1000);
    let messages: Vec<Message> = (0..ladder.runs.len())
        .filter_map(|run| ladder.message(&mut viewer, run))
        .collect();
    let parts: Vec<_> = messages
        .iter()
        .map(|message| {
            (
                message.packet,
                message.segments,
                message.begins,
                message.ends,
            )
        })
        .collect();
    // The request's head, which waits for 100 Continue; 100 Continue; the rest of the request; the response.
    assert_eq!(
        parts,
        [
            (13, 5, true, false),
            (8, 1, true, true),
            (13, 5, false, true),
            (14, 1, true, true),
        ]
    );
}

/// A capture that grows while it is viewed gives the same result.
#[test]
fn packets_may_come_one_by_one() {
    for name in [
        "web-uploads.pcap",
        "lossy-reordering.pcap",
        "reset-in-the-middle.pcap",
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("samples")
            .join(name);
        let reader = Reader::open(&path).unwrap();
        let (mut index, _) = Index::of_file(reader, &DecodeAs::default(), Keep::ALL);
        let store = index.store().clone();
        let mut ladder = Ladder::new(ConversationId(0));
        let mut viewer = Viewer::new(store.clone());
        while index.read_packets(1) > 0 {
            ladder.read(&mut viewer, 1000);
        }
        index.end();
        ladder.read(&mut viewer, 1000);
        let whole = sample(name);
        let expected = text(&mut ladder_of(&whole, 0, 1000), &whole);
        assert_eq!(text(&mut (ladder, viewer), &store), expected, "{name}");
    }
}

/// After the deadline nothing is read, and nothing is lost.
#[test]
fn reading_waits_for_hearing() {
    let store = sample("web-uploads.pcap");
    let mut ladder = Ladder::new(ConversationId(0));
    let mut viewer = Viewer::new(store.clone());
    viewer.patience = Some(std::time::Instant::now());
    assert!(ladder.read(&mut viewer, 1000));
    assert!(ladder.is_empty());
    viewer.patience = None;
    assert!(!ladder.read(&mut viewer, 1000));
    let whole = text(&mut ladder_of(&store, 0, 1000), &store);
    assert_eq!(text(&mut (ladder, viewer), &store), whole);
}

/// Steps are removed with their packets, whatever run they are in; the rest is unchanged.
#[test]
fn steps_leave_with_their_packets() {
    for name in ["web-uploads.pcap", "lossy-reordering.pcap"] {
        let (mut index, _) = index::tests::sample(name);
        let store = index.store().clone();
        let (whole, _) = ladder_of(&store, 0, 1000);
        let (mut ladder, mut viewer) = ladder_of(&store, 0, 1000);
        ladder.unfold_all(true);
        ladder.unfold(ladder.runs.len() / 2, false);
        let packets = store.read().packets_of(ladder.id());
        for (gone, number) in packets.iter().enumerate().skip(1).step_by(7) {
            index.evict_packets(number - 1);
            let contents = store.read();
            let rows = ladder.len();
            let left = ladder.evict(contents.packets.first());
            assert_eq!(ladder.len(), rows - left);
            assert_eq!(ladder.evict(contents.packets.first()), 0, "only once");
            let (marker, steps) = ladder.steps.split_first().unwrap();
            assert_eq!(marker.kind, StepKind::Evicted);
            let expected = whole.steps.iter().filter(|step| step.packet >= *number);
            assert!(steps.iter().eq(expected), "{name} from packet {number}");
            let mut first = 0;
            for run in &ladder.runs {
                assert_eq!(run.first, first);
                first += run.count;
                let steps = &ladder.steps[run.first as usize..first as usize];
                let sent = steps.iter().filter(|step| step.kind != StepKind::Duplicate);
                let payload = |step: &Step| u64::from(step.payload);
                assert_eq!(run.bytes, sent.map(payload).sum::<u64>());
                assert_eq!(run.count, run.segments + run.acks + run.captured_twice);
            }
            assert_eq!(first as usize, ladder.steps.len());
            let rows: usize = ladder.runs.iter().map(Run::rows).sum();
            assert_eq!(ladder.len(), rows);
            // A ladder that is opened only now shows the same.
            let mut fresh = Ladder::new(ladder.id());
            while fresh.read(&mut viewer, 1000) {}
            assert_eq!(fresh.steps.len(), ladder.steps.len());
            let said = RowDetail::default();
            let words = fresh.label(&contents, fresh.row(0).unwrap(), &said, false);
            let were = if gone == 1 {
                "packet before this was"
            } else {
                "packets before this were"
            };
            assert_eq!(
                words.unwrap().parts[0].text,
                format!("{gone} {were} evicted")
            );
        }
    }
}

/// Each packet of a conversation has a step, the ICMP errors about it included.
#[test]
fn every_icmp_error_has_a_step() {
    for name in ["icmp-unreachable.pcap", "path-mtu.pcap"] {
        let store = sample(name);
        let contents = store.read();
        let all: Vec<_> = contents.tracker.conversations().collect();
        for (id, conversation) in all {
            let mut ladder = Ladder::new(id);
            let mut viewer = Viewer::new(store.clone());
            while ladder.read(&mut viewer, 100) {}
            let is_kind = |kind| move |step: &&Step| step.kind == kind;
            let errors = ladder.steps.iter().filter(is_kind(StepKind::Icmp));
            assert_eq!(errors.count(), conversation.errors() as usize);
            assert_eq!(ladder.steps.len() as u64, conversation.packets());
            assert!(
                !ladder
                    .steps
                    .iter()
                    .any(|step| step.kind == StepKind::Unread)
            );
        }
    }
    // After the first one they are counted where they came.
    let text = of("path-mtu.pcap", 0);
    assert!(text.contains("ICMP fragmentation needed"), "{text}");
    assert!(text.contains(" ICMP errors"), "{text}");
}
