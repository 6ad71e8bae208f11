//! The appearance of one packet, and the links between its fields and bytes.

use super::*;
use crate::ui::panes::packets::tests::{sample, screen};
use insta::assert_snapshot;

fn show(pane: &mut PacketPane, shared: &Shared, number: u32) {
    pane.show(&shared.store.read(), shared, number);
    shared.reader.settle();
    pane.show(&shared.store.read(), shared, number);
}

fn at(shared: &Shared, number: u32) -> PacketPane {
    let mut pane = PacketPane::default();
    show(&mut pane, shared, number);
    pane
}

fn drawn(pane: &mut PacketPane, shared: &Shared, size: (u16, u16), focus: Scope) -> String {
    pane.focus(focus);
    let focused = pane.scope() == focus;
    screen(size.0, size.1, |frame| {
        let place = PaneArea {
            focused,
            ..PaneArea::focused(frame.area())
        };
        pane.draw(shared, frame, place);
    })
}

fn act(pane: &mut PacketPane, shared: &Shared, action: Action, part: Scope) -> Reply {
    pane.focus(part);
    pane.act(action, shared)
}

/// Chooses the first field of this name.
fn choose(pane: &mut PacketPane, name: &str) {
    let mut rows = 0..;
    let row = rows.find(|row| match pane.fields.field(*row) {
        Some(field) => field.name == name,
        None => panic!("there is no {name}"),
    });
    pane.fields.choose(row.unwrap());
    pane.follow();
}

fn chosen(pane: &PacketPane) -> &'static str {
    pane.chosen_field().unwrap().name
}

#[test]
fn a_syn_beside_its_bytes() {
    let shared = sample("everyday.pcapng");
    let mut pane = at(&shared, 5);
    choose(&mut pane, "tcp.flags.syn");
    assert_snapshot!(drawn(&mut pane, &shared, (150, 42), Scope::Details));
}

#[test]
fn a_syn_above_its_bytes() {
    let shared = sample("everyday.pcapng");
    let mut pane = at(&shared, 5);
    assert_snapshot!(drawn(&mut pane, &shared, (80, 24), Scope::Bytes));
    assert_snapshot!(drawn(&mut pane, &shared, (80, 8), Scope::Packets));
    assert_snapshot!(drawn(&mut pane, &shared, (60, 10), Scope::Bytes));
}

/// After an address comes its name in the list, and the source of the name.
#[test]
fn addresses_with_their_names() {
    let mut shared = sample("everyday.pcapng");
    let mut pane = at(&shared, 5);
    choose(&mut pane, "ip.dst");
    let named = "198.51.100.20 www.example.kr (from the HTTP Host)";
    let words = drawn(&mut pane, &shared, (150, 42), Scope::Details);
    assert_eq!(words.matches(named).count(), 1, "{words}");
    shared.settings.names = false;
    show(&mut pane, &shared, 5);
    let words = drawn(&mut pane, &shared, (150, 42), Scope::Details);
    assert!(!words.contains("www.example.kr"), "{words}");
}

#[test]
fn the_frame() {
    let shared = sample("multi-interface.pcapng");
    let mut pane = at(&shared, 1);
    choose(&mut pane, "frame.comment");
    let words = screen(80, 9, |frame| {
        let place = PaneArea {
            zoomed: true,
            ..PaneArea::focused(frame.area())
        };
        pane.draw(&shared, frame, place);
    });
    assert_snapshot!(words);
    assert_eq!(
        act(&mut pane, &shared, Action::Copy, Scope::Details),
        Reply::Copy("frame.comment == \"the first packet\"".to_owned())
    );
}

#[test]
fn what_is_known_of_the_frame_is_declared() {
    let shared = sample("multi-interface.pcapng");
    let contents = shared.store.read();
    let zone = chrono::FixedOffset::east_opt(0).unwrap();
    for number in 1..=contents.packets.len() as u32 {
        let mut tree = dissectors::Tree::default();
        tree.fields = frame::fields(&contents, number, zone, 1);
        assert!(tree.fields.len() > 8);
        assert_eq!(dissectors::invariants::check_fields(&tree), Ok(()));
    }
}

#[test]
fn a_byte_finds_its_field() {
    let shared = sample("everyday.pcapng");
    let mut pane = at(&shared, 5);
    drawn(&mut pane, &shared, (150, 20), Scope::Bytes);
    for (byte, name) in [
        (0, "eth.addr"),
        (8, "eth.addr"),
        (12, "eth.type"),
        (14, "ip.version"),
        (23, "ip.proto"),
        (36, "tcp.dstport"),
        (47, "tcp.flags.syn"),
    ] {
        pane.bytes.go_to(byte);
        pane.find_field();
        // A hardware address has the address itself below it, with the same bytes.
        let found = chosen(&pane);
        assert!(
            found.starts_with(name) || found == "eth.addr",
            "{byte}: {found}"
        );
    }
    act(&mut pane, &shared, Action::Right, Scope::Bytes);
    assert_eq!(chosen(&pane), "tcp.window_size_value");
    assert!(
        matches!(act(&mut pane, &shared, Action::Copy, Scope::Bytes), Reply::Copy(text) if text == "fa f0")
    );
    // And the byte of a field.
    choose(&mut pane, "tcp.seq_raw");
    assert_eq!(pane.bytes.at, 38);
}

#[test]
fn the_same_field_in_the_next_packet() {
    let shared = sample("web-keepalive.pcap");
    let mut pane = at(&shared, 6);
    assert_ne!(chosen(&pane), "tcp");
    choose(&mut pane, "tcp.flags.ack");
    for number in [7, 8, 15] {
        show(&mut pane, &shared, number);
        assert_eq!(chosen(&pane), "tcp.flags.ack", "{number}");
    }
    // ARP has no such field; the packet after it has.
    show(&mut pane, &shared, 1);
    assert_ne!(chosen(&pane), "tcp.flags.ack");
    show(&mut pane, &shared, 16);
    assert_eq!(chosen(&pane), "tcp.flags.ack");
}

#[test]
fn folding() {
    let shared = sample("everyday.pcapng");
    let mut pane = at(&shared, 5);
    drawn(&mut pane, &shared, (150, 20), Scope::Details);
    assert_eq!(chosen(&pane), "tcp");
    let all = pane.fields.visible().len();
    act(&mut pane, &shared, Action::Left, Scope::Details);
    assert!(pane.fields.visible().len() < all);
    // A row folded by hand stays folded.
    show(&mut pane, &shared, 6);
    assert_eq!(pane.fields.visible().len(), 4);
    act(&mut pane, &shared, Action::Up, Scope::Details);
    act(&mut pane, &shared, Action::Open, Scope::Details);
    act(&mut pane, &shared, Action::Right, Scope::Details);
    assert_eq!(chosen(&pane), "ip.version");
    act(&mut pane, &shared, Action::Left, Scope::Details);
    assert_eq!(chosen(&pane), "ip");
    act(&mut pane, &shared, Action::FoldAll, Scope::Details);
    let unfolded = pane.fields.visible().len();
    assert!(unfolded > all);
    act(&mut pane, &shared, Action::FoldAll, Scope::Details);
    assert_eq!(pane.fields.visible().len(), 4);
    let Reply::Copy(filter) = act(&mut pane, &shared, Action::Copy, Scope::Details) else {
        panic!("nothing was copied");
    };
    assert_eq!(filter, "ip");
}

#[test]
fn filters() {
    let shared = sample("everyday.pcapng");
    let mut pane = at(&shared, 5);
    for (name, filter) in [
        ("tcp.flags.syn", "tcp.flags.syn == 1"),
        ("ip.src", "ip.src == 192.0.2.10"),
        ("tcp.srcport", "tcp.srcport == 34496"),
        ("eth.type", "eth.type == 0x0800"),
    ] {
        choose(&mut pane, name);
        let reply = act(&mut pane, &shared, Action::Copy, Scope::Details);
        assert_eq!(reply, Reply::Copy(filter.to_owned()));
    }
}

#[test]
fn reassembled_bytes_have_their_own_page() {
    let shared = sample("fragments.pcap");
    let mut pane = at(&shared, 8);
    let words = drawn(&mut pane, &shared, (150, 12), Scope::Bytes);
    assert!(words.contains("Reassembled (4,008 bytes)"), "{words}");
    assert_eq!(pane.bytes.source, 1);
    choose(&mut pane, "ip.src");
    assert_eq!(pane.bytes.source, 0);
    act(&mut pane, &shared, Action::NextSource, Scope::Bytes);
    assert_eq!(pane.bytes.source, 1);
    assert!(!chosen(&pane).starts_with("ip"));
    // The name of a page is a button.
    pane.click(Position::new(78, 0), &shared);
    assert_eq!(pane.bytes.source, 0);
}

#[test]
fn any_size() {
    let shared = sample("fragments.pcap");
    let mut pane = at(&shared, 8);
    for width in (1..45).chain([59, 60, 75, 76, 80, 109, 110, 250]) {
        for height in [1, 2, 3, 4, 5, 11, 12, 70] {
            for focus in [Scope::Packets, Scope::Details, Scope::Bytes] {
                drawn(&mut pane, &shared, (width, height), focus);
                for x in [0, width / 2, width.saturating_sub(1)] {
                    pane.click(Position::new(x, height / 2), &shared);
                }
                pane.scroll(3, focus);
            }
            act(&mut pane, &shared, Action::Explain, Scope::Details);
            show(&mut pane, &shared, 8);
            for action in [Action::Right, Action::Bottom, Action::PageUp, Action::Left] {
                drawn(&mut pane, &shared, (width, height), Scope::Explanation);
                act(&mut pane, &shared, action, Scope::Explanation);
                pane.click(Position::new(width / 2, height / 2), &shared);
            }
            pane.scroll(3, Scope::Explanation);
            act(&mut pane, &shared, Action::Explain, Scope::Explanation);
        }
    }
}

/// The explanation takes the place of the bytes; it begins with the conversation where not all of it fits.
#[test]
fn a_packet_explained() {
    let shared = sample("ecn.pcap");
    let mut pane = at(&shared, 67);
    assert_eq!(pane.parts(), [Scope::Details, Scope::Bytes]);
    assert_eq!(
        act(&mut pane, &shared, Action::Explain, Scope::Details),
        Reply::Done
    );
    assert_eq!(pane.parts(), [Scope::Details, Scope::Explanation]);
    show(&mut pane, &shared, 67);
    assert_snapshot!(drawn(&mut pane, &shared, (80, 24), Scope::Explanation));
    let words = drawn(&mut pane, &shared, (160, 60), Scope::Explanation);
    for heading in ["L2 data link · link layer", "L3 network · internet layer"] {
        assert!(words.contains(heading), "{words}");
    }
    let Reply::Copy(text) = act(&mut pane, &shared, Action::Copy, Scope::Explanation) else {
        panic!("nothing was copied");
    };
    assert!(
        text.contains("as the client asked with ECE in #66"),
        "{text}"
    );
    // Another packet follows at once.
    show(&mut pane, &shared, 36);
    let words = drawn(&mut pane, &shared, (80, 24), Scope::Explanation);
    assert!(
        words.contains("A congested router marked this packet"),
        "{words}"
    );
    assert_eq!(
        act(&mut pane, &shared, Action::Explain, Scope::Explanation),
        Reply::Done
    );
    assert_eq!(pane.scope(), Scope::Details);
    assert_eq!(pane.parts(), [Scope::Details, Scope::Bytes]);
}

/// Its words lead to the glossary, and so do fields.
#[test]
fn words_and_fields_have_terms() {
    let shared = sample("ecn.pcap");
    let mut pane = at(&shared, 67);
    act(&mut pane, &shared, Action::Explain, Scope::Details);
    show(&mut pane, &shared, 67);
    drawn(&mut pane, &shared, (100, 60), Scope::Explanation);
    let mut names = std::collections::BTreeSet::new();
    for _ in 0..40 {
        act(&mut pane, &shared, Action::Right, Scope::Explanation);
        names.extend(pane.term().map(|term| term.name));
        assert_eq!(
            act(&mut pane, &shared, Action::Open, Scope::Explanation),
            Reply::Ignored
        );
    }
    for name in [
        "CWR",
        "ECE",
        "Congestion window",
        "Window scale",
        "TTL",
        "DF",
    ] {
        assert!(names.contains(name), "{name}: {names:?}");
    }
    let first = pane.term().unwrap().name;
    act(&mut pane, &shared, Action::Left, Scope::Explanation);
    assert_ne!(pane.term().unwrap().name, first);
    pane.focus(Scope::Details);
    for (field, term) in [("tcp.flags.cwr", Some("CWR")), ("tcp.checksum", None)] {
        choose(&mut pane, field);
        assert_eq!(pane.term().map(|term| term.name), term);
    }
}

/// The filter of a field holds for the packet that has it.
#[test]
fn filters_hold_for_their_packets() {
    use crate::filter::{Filter, Matcher};
    use dissectors::FieldKind;
    use std::collections::BTreeMap;
    let mut refused: BTreeMap<&str, String> = BTreeMap::new();
    for (name, step) in [("everyday.pcapng", 61), ("tunnel-6in4.pcap", 3)] {
        let shared = sample(name);
        let last = shared.store.read().packets.len() as u32;
        for number in (1..=last).step_by(step) {
            let pane = at(&shared, number);
            let rows = 0..;
            for field in rows.map_while(|row| pane.fields.field(row)) {
                if field.name.is_empty() || matches!(field.kind, FieldKind::Note(..)) {
                    continue;
                }
                let words = fields::filter(field);
                if words.len() > 60_000 {
                    // It is too long for a filter.
                    continue;
                }
                let is_known = match words.parse::<Filter>() {
                    Ok(filter) => Matcher::new(&shared.store, filter).holds(number).unwrap(),
                    Err(_) => false,
                };
                if !is_known {
                    refused.insert(field.name, format!("{name} {number}: {words}"));
                }
            }
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}
