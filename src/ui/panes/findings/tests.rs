//! The appearance of the list of findings, and the effect of keys on it.

use super::*;
use crate::ui::panes::packets::tests::{sample, screen};
use insta::assert_snapshot;

/// Returns a sample whose findings are known.
fn found(name: &str) -> Shared {
    let mut shared = sample(name);
    let store = shared.store.clone();
    while !shared.findings.sync(&store) {}
    shared
}

fn drawn(pane: &mut FindingsPane, shared: &Shared, width: u16, height: u16) -> String {
    pane.sync(shared);
    screen(width, height, |frame| {
        let area = frame.area();
        pane.draw(shared, frame, PaneArea::focused(area));
    })
}

/// Moves the cursor to the row with these words.
fn choose(pane: &mut FindingsPane, shared: &Shared, words: &str) {
    pane.act(Action::Top, shared);
    loop {
        let screen = drawn(pane, shared, 160, 48);
        let mut lines = screen.lines().filter(|line| line.starts_with("\"▌"));
        if lines.next().unwrap().contains(words) {
            return;
        }
        let before = pane.cursor.selected;
        pane.act(Action::Down, shared);
        assert_ne!(
            pane.cursor.selected, before,
            "no row has {words}:\n{screen}"
        );
    }
}

#[test]
fn at_80_columns() {
    let shared = found("everyday.pcapng");
    assert_snapshot!(drawn(&mut FindingsPane::default(), &shared, 80, 24));
}

/// In a narrow window the findings of an opened group show their clients, since they have the same server.
#[test]
fn an_opened_group_at_80_columns() {
    let shared = found("everyday.pcapng");
    let mut pane = FindingsPane::default();
    choose(&mut pane, &shared, "TLS alert");
    pane.act(Action::Open, &shared);
    let words = drawn(&mut pane, &shared, 80, 24);
    for client in ["192.0.2.10:43520", "192.0.2.10:43522"] {
        assert_eq!(words.matches(client).count(), 1, "{words}");
    }
    assert!(words.contains("2 findings; the first: "), "{words}");
}

#[test]
fn at_160_columns() {
    let shared = found("everyday.pcapng");
    let mut pane = FindingsPane::default();
    choose(&mut pane, &shared, "TLS alert");
    assert_eq!(pane.act(Action::Open, &shared), Reply::Done);
    pane.act(Action::Down, &shared);
    assert_snapshot!(drawn(&mut pane, &shared, 160, 48));
}

#[test]
fn nothing_wrong() {
    let shared = found("web-korean.pcap");
    assert_snapshot!(drawn(&mut FindingsPane::default(), &shared, 80, 12));
}

#[test]
fn any_size() {
    let shared = found("everyday.pcapng");
    let mut pane = FindingsPane::default();
    for width in 1..200 {
        drawn(&mut pane, &shared, width, 1 + width % 30);
    }
}

#[test]
fn before_the_first_search_has_ended_it_says_so() {
    let shared = sample("everyday.pcapng");
    let mut pane = FindingsPane::default();
    assert_eq!(pane.tab(&shared), "Findings …");
    let words = drawn(&mut pane, &shared, 80, 24);
    assert!(words.contains("Reading …"), "{words}");
    assert_eq!(pane.act(Action::Copy, &shared), nothing_selected());
    assert_eq!(pane.act(Action::Open, &shared), nothing_selected());
}

#[test]
fn a_group_is_opened_and_closed() {
    let shared = found("everyday.pcapng");
    let mut pane = FindingsPane::default();
    choose(&mut pane, &shared, "DNS failure");
    let (before, row) = (pane.rows.len(), pane.cursor.selected);
    let members = pane.at(row).unwrap().0.members.len();
    assert!(members > 1);
    pane.act(Action::Right, &shared);
    assert_eq!(pane.rows.len(), before + members);
    pane.act(Action::Right, &shared);
    assert_eq!(pane.rows.len(), before + members);
    // Each has its own conversation.
    let mut seen = HashSet::new();
    for _ in 0..members {
        pane.act(Action::Down, &shared);
        assert!(seen.insert(pane.selected()));
    }
    pane.act(Action::Left, &shared);
    assert_eq!((pane.rows.len(), pane.cursor.selected), (before, row));
}

#[test]
fn a_row_goes_to_its_evidence() {
    let shared = found("everyday.pcapng");
    let mut pane = FindingsPane::default();
    choose(&mut pane, &shared, "no answer");
    let id = pane.selected().unwrap();
    let first = shared.store.read().tracker.get(id).unwrap().first_packet;
    assert_eq!(
        pane.act(Action::Open, &shared),
        Reply::OpenConversation(id, Some(first))
    );
    let Reply::Copy(words) = pane.act(Action::Copy, &shared) else {
        panic!("nothing is copied");
    };
    assert!(words.contains("4 SYNs"), "{words}");
    // It is about the capture.
    choose(&mut pane, &shared, "duplicated");
    assert_eq!(pane.selected(), None);
    assert_eq!(
        pane.act(Action::Open, &shared),
        Reply::ListPacket(pane.packet(&shared).unwrap())
    );
}

#[test]
fn a_click_chooses_and_opens() {
    let shared = found("everyday.pcapng");
    let mut pane = FindingsPane::default();
    drawn(&mut pane, &shared, 160, 48);
    let third = Position::new(10, 3);
    assert_eq!(pane.click(third, &shared), Reply::Done);
    assert_eq!(pane.cursor.selected, 2);
    let reply = pane.click(third, &shared);
    assert!(matches!(reply, Reply::OpenConversation(..)), "{reply:?}");
    assert_eq!(pane.click(Position::new(10, 0), &shared), Reply::Ignored);
}

/// The port filter leaves out findings about other conversations, but none about hosts or the capture; the cursor stays
/// on its row.
#[test]
fn the_port_filter_applies() {
    let mut shared = found("everyday.pcapng");
    let mut pane = FindingsPane::default();
    choose(&mut pane, &shared, "login failed");
    let chosen = pane.key_of(pane.cursor.selected);
    let tab = pane.tab(&shared);
    shared.ports = "21".parse().unwrap();
    pane.refilter();
    let words = drawn(&mut pane, &shared, 160, 48);
    assert!(!words.contains("DNS failure"), "{words}");
    assert!(words.contains("password in clear") && words.contains("duplicated"));
    assert_eq!(pane.key_of(pane.cursor.selected), chosen);
    let totals = pane.totals().unwrap();
    assert!(totals.contains(" of 28 findings"), "{totals}");
    assert_eq!(pane.tab(&shared), tab, "the tab counts all");
    shared.ports = Default::default();
    pane.refilter();
    drawn(&mut pane, &shared, 160, 48);
    assert_eq!(pane.key_of(pane.cursor.selected), chosen);
}
