//! The appearance of the list of packets, and the effect of keys on it.

use super::*;
use crate::{
    confine::Confinement,
    index::{self, Handle, Index},
    store::Store,
    ui::{
        color_rules::LineKind,
        display_name,
        reader::Reader,
        text,
        theme::{ColorDepth, Look, Theme},
    },
    view::{Details, Viewer},
};
use insta::assert_snapshot;
use ratatui::{Terminal, backend::TestBackend, style::Style};
use std::sync::atomic::AtomicBool;

/// Returns a sample, read to its end. Its index executes commands.
pub(crate) fn sample(name: &str) -> Shared {
    let (shared, index) = sample_with_index(name);
    std::thread::spawn(move || index.run(&AtomicBool::new(false)));
    shared
}

/// Returns a sample, with its index.
pub(crate) fn sample_with_index(name: &str) -> (Shared, Index) {
    let (index, handle) = index::tests::sample(name);
    let settings = Settings {
        // Times must be the same wherever the test runs.
        zone: chrono::FixedOffset::east_opt(9 * 3600).unwrap(),
        ..Settings::default()
    };
    let store = index.store().clone();
    (shared(store, handle, name, settings), index)
}

/// Returns the shared data of the panes for this capture.
pub(crate) fn shared(store: Store, index: Handle, name: &str, settings: Settings) -> Shared {
    Shared {
        reader: Reader::start(store.clone()).unwrap(),
        store,
        index,
        name: name.to_owned(),
        tabs: Default::default(),
        look: Look::Dark,
        depth: ColorDepth::Rgb,
        colors: Default::default(),
        theme: Theme::new(Look::Plain),
        settings,
        columns: Default::default(),
        ports: Default::default(),
        display: Default::default(),
        kept: Default::default(),
        kept_columns: Default::default(),
        tcp_only: false,
        with_findings: false,
        confinement: Confinement::whole(),
        marks: Default::default(),
        references: Default::default(),
        live: None,
        vendors: Default::default(),
        lookups: None,
        rates: Default::default(),
        findings: Default::default(),
    }
}

/// Returns a screen of this size without its colours.
pub(crate) fn screen(width: u16, height: u16, draw: impl FnOnce(&mut Frame)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(draw).unwrap();
    terminal.backend().to_string()
}

fn drawn(pane: &mut PacketsPane, shared: &Shared, width: u16, height: u16) -> String {
    let mut draw = || {
        pane.sync(shared);
        screen(width, height, |frame| {
            let area = frame.area();
            pane.draw(shared, frame, PaneArea::focused(area));
        })
    };
    draw();
    shared.reader.settle();
    draw()
}

fn at(shared: &Shared, number: u32) -> PacketsPane {
    let mut pane = PacketsPane::default();
    pane.sync(shared);
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

/// Names are in the columns, addresses in what is copied.
#[test]
fn who_has_a_name_is_called_by_it() {
    let mut shared = sample("everyday.pcapng");
    let number = {
        let contents = shared.store.read();
        let conversations = contents.tracker.conversations();
        let mut first =
            conversations.filter(|(_, one)| one.server.to_string() == "198.51.100.22:22");
        first.next().unwrap().1.first_packet
    };
    let mut pane = at(&shared, number);
    let named = drawn(&mut pane, &shared, 150, 12);
    assert!(named.contains("  git.example.kr  "), "{named}");
    assert!(!named.contains("  198.51.100.22 "), "{named}");
    let Reply::Copy(line) = pane.act(Action::Copy, &shared) else {
        panic!("nothing was copied");
    };
    assert!(line.contains("\t198.51.100.22\t"), "{line}");
    shared.settings.names = false;
    let words = drawn(&mut pane, &shared, 150, 12);
    assert!(words.contains("  198.51.100.22  "), "{words}");
    assert!(!words.contains("  git.example.kr  "), "{words}");
}

/// No name pushes a column aside: wide ones, long ones, and malicious ones.
#[test]
fn names_keep_to_their_columns() {
    let long = format!("{}.example", "회의".repeat(40));
    for (name, shown) in [
        ("xn--3e0b707e.kr", "한국.kr"),
        (long.as_str(), "회의.example"),
        ("evil\x1b[2J\u{9b}1m.kr", "evil␛[2j\u{fffd}1m.kr"),
    ] {
        let (shared, mut index) = sample_with_index("refused.pcap");
        let (client, row) = {
            let contents = shared.store.read();
            let first = contents.tracker.get(ConversationId(0)).unwrap();
            (first.client.address, first.first_packet)
        };
        index
            .contents()
            .tracker
            .application
            .names
            .in_file(client, name);
        for width in [40, 60, 80, 100, 150, 200] {
            let words = drawn(&mut at(&shared, row), &shared, width, 12);
            assert!(!words.contains(['\x1b', '\u{9b}']));
            assert!(width < 80 || words.contains(shown), "{words}");
            let before = words.lines().filter_map(|line| line.split_once(" TCP "));
            let columns: Vec<usize> = before.map(|(before, _)| text::width(before)).collect();
            assert!(!columns.is_empty(), "{words}");
            assert!(columns.windows(2).all(|pair| pair[0] == pair[1]), "{words}");
        }
    }
}

/// A packet without a conversation shows the names of its addresses.
#[test]
fn names_beside_conversations() {
    let (shared, mut index) = sample_with_index("everyday.pcapng");
    let (number, source) = {
        let contents = shared.store.read();
        let mut viewer = Viewer::new(shared.store.clone());
        let (number, source) = (1..=contents.packets.len() as u32)
            .find_map(|number| {
                let record = contents.packets.get(number)?;
                let summary = viewer.summary(number).ok()?;
                let alone = record.conversation().is_none();
                let source: std::net::IpAddr = summary.source.parse().ok()?;
                alone.then_some((number, source))
            })
            .unwrap();
        (number, source)
    };
    let names = |shared: &Shared| {
        let contents = shared.store.read();
        let addresses = [&source.to_string(), "192.0.2.77"];
        display_name::of_packet(&contents, shared, number, addresses)
    };
    index
        .contents()
        .tracker
        .application
        .names
        .in_file(source, "router.example");
    let [source, destination] = names(&shared);
    assert_eq!(source.unwrap().name, "router.example");
    assert_eq!(destination, None);
}

#[test]
fn only_wanted_ports() {
    let mut shared = sample("everyday.pcapng");
    let mut pane = at(&shared, 290);
    shared.ports = "80".parse().unwrap();
    pane.refilter();
    let contents = shared.store.read();
    pane.sync(&shared);
    assert_eq!(pane.packet(&shared), Some(290));
    pane.go_to(300);
    let near = pane.packet(&shared).unwrap();
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
    assert_eq!(pane.packet(&shared), None);

    shared.ports = Default::default();
    pane.refilter();
    let contents = shared.store.read();
    pane.sync(&shared);
    assert_eq!(pane.rows.len(), contents.packets.len());
}

#[test]
fn keys_and_clicks() {
    let shared = sample("refused.pcap");
    let mut pane = at(&shared, 1);
    drawn(&mut pane, &shared, 80, 24);
    assert_eq!(pane.act(Action::Down, &shared), Reply::Done);
    assert_eq!(pane.packet(&shared), Some(2));
    assert_eq!(pane.click(Position::new(5, 4), &shared), Reply::Done);
    assert_eq!(pane.packet(&shared), Some(4));
    let open = pane.click(Position::new(5, 4), &shared);
    assert_eq!(open, Reply::OpenPacket(4));
    let Reply::Copy(line) = pane.act(Action::Copy, &shared) else {
        panic!("nothing was copied");
    };
    assert!(line.starts_with("4\t") && line.contains("RST"), "{line}");
    assert_eq!(pane.act(Action::SortNext, &shared), Reply::Ignored);
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

/// Colours distinguish trouble from the rest, when scrolling through the list.
#[test]
fn trouble_stands_out() {
    let shared = sample("lossy-reordering.pcap");
    let mut viewer = Viewer::new(shared.store.clone());
    let mut details = Details::default();
    let extras = Extras {
        colors: true,
        ..Extras::default()
    };
    let mut kind = |number| PacketLine::read(&mut viewer, &mut details, number, &extras).kind;
    assert_eq!(kind(3), LineKind::Control);
    assert_eq!(kind(5), LineKind::Acknowledgment);
    assert_eq!(kind(6), LineKind::Web);
    // Missing packets, duplicate acknowledgments, retransmissions; but not a reopened window, nor a packet that was
    // only captured twice.
    for number in [34, 35, 52, 74] {
        assert_eq!(kind(number), LineKind::Report, "packet {number}");
    }
    assert_eq!(kind(61), LineKind::Plain);
    assert_eq!(kind(124), LineKind::Acknowledgment);
}

/// Rules of colours tell protocols apart; without them a line has no colour.
#[test]
fn protocols_are_told_apart() {
    let kinds = |name: &str, colors| {
        let shared = sample(name);
        let mut viewer = Viewer::new(shared.store.clone());
        let mut details = Details::default();
        let extras = Extras {
            colors,
            ..Extras::default()
        };
        let last = shared.store.read().packets.len() as u32;
        let lines = (1..=last)
            .map(move |number| PacketLine::read(&mut viewer, &mut details, number, &extras));
        lines
            .map(|line| (line.protocol, line.kind))
            .collect::<Vec<_>>()
    };
    let all = kinds("everyday.pcapng", true);
    for found in [
        ("ARP", LineKind::Neighbor),
        ("DNS", LineKind::Name),
        ("HTTP", LineKind::Web),
        ("HTTP", LineKind::Report),
        ("TCP", LineKind::Bad),
        ("TCP", LineKind::Control),
    ] {
        assert!(all.contains(&found), "{found:?}");
    }
    let plain = kinds("everyday.pcapng", false);
    assert!(plain.iter().all(|(_, kind)| *kind == LineKind::Plain));
    let themes = [Look::Dark, Look::Light].map(Theme::new);
    for theme in themes {
        let of = |kind: LineKind| kind.styles(&theme)[0];
        assert_ne!(of(LineKind::Web), of(LineKind::Name));
        assert_ne!(of(LineKind::Name), of(LineKind::Neighbor));
        assert_eq!(LineKind::Name.styles(&theme)[1], Style::new());
    }
}

/// Fields as columns: their values come from the reader, in the place and with the width that was chosen.
#[test]
fn fields_are_columns() {
    let mut shared = sample("everyday.pcapng");
    let list = "no,src,proto,TTL=ip.ttl or ipv6.hlim,tcp.window_size,info";
    shared.columns.set(list.parse().unwrap());
    let mut pane = at(&shared, 171);
    assert_snapshot!(drawn(&mut pane, &shared, 110, 24));
    let Reply::Copy(line) = pane.act(Action::Copy, &shared) else {
        panic!("nothing was copied");
    };
    assert_eq!(line.split('\t').count(), 6, "{line}");
    // Other columns are read anew.
    shared.columns.set("no,frame.len,info".parse().unwrap());
    let words = drawn(&mut pane, &shared, 80, 12);
    assert!(
        words.contains("frame.len") && !words.contains("TTL"),
        "{words}"
    );
}
