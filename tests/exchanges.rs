//! The requests in the conversations of every sample, and their results, compared with reviewed ones.

use dissectors::Exchange;
use std::{fmt::Write as _, fs, path::Path};
use wiretalk::{capture::Reader, harness, report, track::DecodeAs};

/// Formats class and code, request and answer, the packets of both, the time from the request's end to the first byte
/// of the answer.
fn line(exchange: &Exchange) -> String {
    let mut line = exchange.class.name().to_owned();
    if let Some(code) = exchange.code {
        let _ = write!(line, " {code}");
    }
    let answer = exchange.answer.as_deref().unwrap_or("-");
    let _ = write!(line, " | {} → {answer} |", exchange.request);
    for (arrow, part) in [("→", exchange.asked), ("←", exchange.answered)] {
        match part {
            Some(part) => {
                let (first, last, bytes) = (part.first.packet, part.last.packet, part.bytes);
                let cut = if part.complete { "" } else { " cut" };
                let _ = write!(line, " {arrow} {first}-{last}, {bytes} B{cut}");
            }
            None => {
                let _ = write!(line, " {arrow} none");
            }
        }
    }
    if let Some(first_byte) = exchange.first_byte_ns() {
        let _ = write!(line, " | {} µs", first_byte / 1000);
    }
    if exchange.lost {
        line.push_str(" | lost");
    }
    line
}

/// Returns the exchanges of a capture, conversation by conversation.
fn exchanges(path: &Path) -> String {
    let store = report::load(Reader::open(path).unwrap(), DecodeAs::default());
    let contents = store.read();
    let mut text = String::new();
    for (id, conversation) in contents.tracker.conversations() {
        for exchange in harness::exchanges(&store, id).unwrap() {
            let (id, protocol) = (conversation.id(), exchange.protocol);
            let purpose = exchange.purpose;
            let _ = writeln!(text, "{id} {protocol} {purpose:?} {}", line(&exchange));
        }
    }
    text
}

#[test]
fn the_exchanges_of_every_sample() {
    let mut paths: Vec<_> = fs::read_dir("samples")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            matches!(extension, Some("pcap" | "pcapng"))
        })
        .collect();
    paths.sort();
    assert!(paths.len() > 30);
    let mut text = String::new();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy();
        let _ = writeln!(text, "{name}\n{}", exchanges(&path));
    }
    insta::assert_snapshot!("exchanges", text);
}
