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
        let weights = transcripts.all.values().map(|it| it.weight());
        assert_eq!(transcripts.weight, weights.sum::<usize>());
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
        let rules = &mut contents.tracker.decode_as;
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
