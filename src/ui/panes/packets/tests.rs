//! What the list of packets looks like, and what keys do to it.

use super::*;
use crate::confine::Confinement;
use crate::track::DecodeAs;
use crate::{capture::Reader, report};
use insta::assert_snapshot;
use ratatui::{Terminal, backend::TestBackend};
use std::path::Path;

use crate::ui::theme::Look;

/// A sample, read to its end.
pub(crate) fn sample(name: &str) -> Shared {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(name);
    let store = report::load(Reader::open(&path).unwrap(), DecodeAs::default());
    let settings = Settings {
        // Times have to be the same wherever the test runs.
        zone: chrono::FixedOffset::east_opt(9 * 3600).unwrap(),
        ..Settings::default()
    };
    Shared {
        store,
        name: name.to_owned(),
        theme: Theme::new(Look::Plain),
        settings,
        ports: Default::default(),
        confinement: Confinement::whole(),
        marks: Default::default(),
        live: None,
        vendors: Default::default(),
        lookups: None,
        pulse: Default::default(),
    }
}

/// A screen of this size without its colours.
pub(crate) fn screen(width: u16, height: u16, draw: impl FnOnce(&mut Frame)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(draw).unwrap();
    terminal.backend().to_string()
}

fn drawn(pane: &mut PacketsPane, shared: &Shared, width: u16, height: u16) -> String {
    let contents = shared.store.read();
    loop {
        pane.sync(&contents, shared);
        let words = screen(width, height, |frame| {
            let area = frame.area();
            pane.draw(&contents, shared, frame, area, true);
        });
        if !pane.is_searching() {
            return words;
        }
    }
}

fn at(shared: &Shared, number: u32) -> PacketsPane {
    let mut pane = PacketsPane::new(shared.store.bytes().clone());
    pane.sync(&shared.store.read(), shared);
    pane.go_to(number);
    pane
}

#[test]
fn a_conversation_among_others() {
    let shared = sample("everyday.pcapng");
    assert_snapshot!(drawn(&mut at(&shared, 171), &shared, 150, 42));
}

#[test]
fn narrow() {
    let shared = sample("refused.pcap");
    assert_snapshot!(drawn(&mut at(&shared, 4), &shared, 80, 24));
}

#[test]
fn a_comment_and_long_addresses() {
    let mut shared = sample("multi-interface.pcapng");
    shared.settings.time = TimeFormat::Utc;
    let words = drawn(&mut at(&shared, 1), &shared, 80, 3);
    assert!(
        words.contains("2026-11-22T08:41:53.982467Z") && words.contains("✎ "),
        "{words}"
    );
    let shared = sample("tunnel-6in4.pcap");
    for width in [60, 80] {
        let words = drawn(&mut at(&shared, 5), &shared, width, 16);
        assert!(
            words.contains("Source") && words.contains("Info"),
            "{words}"
        );
    }
}

#[test]
fn only_wanted_ports() {
    let mut shared = sample("everyday.pcapng");
    let mut pane = at(&shared, 290);
    shared.ports = "80".parse().unwrap();
    pane.refilter();
    let contents = shared.store.read();
    pane.sync(&contents, &shared);
    assert_eq!(pane.packet(&contents), Some(290));
    pane.go_to(300);
    let near = pane.packet(&contents).unwrap();
    assert!((280..320).contains(&near) && near != 300, "{near}");
    let (id, _) = contents.packets.get(near).unwrap().conversation().unwrap();
    assert_eq!(contents.tracker.get(id).unwrap().server.port, 80);
    let before = pane.rows.len();
    assert!(before > 10 && before < contents.packets.len());

    drop(contents);
    shared.ports = "9".parse().unwrap();
    pane.refilter();
    let words = drawn(&mut pane, &shared, 80, 5);
    assert!(words.contains("None of the 964 packets"), "{words}");
    assert_eq!(pane.packet(&shared.store.read()), None);

    shared.ports = Default::default();
    pane.refilter();
    let contents = shared.store.read();
    pane.sync(&contents, &shared);
    assert_eq!(pane.rows.len(), contents.packets.len());
}

#[test]
fn keys_and_clicks() {
    let shared = sample("refused.pcap");
    let mut pane = at(&shared, 1);
    drawn(&mut pane, &shared, 80, 24);
    let contents = shared.store.read();
    assert_eq!(pane.act(Action::Down, &contents), Reply::Done);
    assert_eq!(pane.packet(&contents), Some(2));
    assert_eq!(pane.click(Position::new(5, 4), &contents), Reply::Done);
    assert_eq!(pane.packet(&contents), Some(4));
    let open = pane.click(Position::new(5, 4), &contents);
    assert_eq!(open, Reply::OpenPacket(4));
    let Reply::Copy(line) = pane.act(Action::Copy, &contents) else {
        panic!("nothing was copied");
    };
    assert!(line.starts_with("4\t") && line.contains("RST"), "{line}");
    assert_eq!(pane.act(Action::SortNext, &contents), Reply::Ignored);
}

#[test]
fn any_size() {
    let shared = sample("ipv6.pcap");
    for width in (1..30).chain([59, 60, 79, 80, 99, 100, 250]) {
        for height in [1, 2, 3, 16, 70] {
            drawn(&mut at(&shared, 7), &shared, width, height);
        }
    }
}
