//! The appearance of the charts of a conversation, and the effect of keys on them.

use super::{draw::reduced, *};
use crate::ui::panes::packets::tests::{sample, screen};
use insta::assert_snapshot;
use proptest::prelude::*;

fn drawn(pane: &mut ChartsPane, shared: &Shared, width: u16, height: u16) -> String {
    pane.sync(shared);
    shared.reader.settle();
    screen(width, height, |frame| {
        let area = frame.area();
        pane.draw(shared, frame, PaneArea::focused(area));
    })
}

fn charts(shared: &Shared, view: View) -> ChartsPane {
    let mut pane = ChartsPane::new(ConversationId(0), &shared.reader);
    pane.view = view;
    pane
}

fn at_80_columns(name: &str, view: View) -> String {
    let shared = sample(name);
    drawn(&mut charts(&shared, view), &shared, 80, 21)
}

#[test]
fn throughput() {
    assert_snapshot!(at_80_columns("lossy-reordering.pcap", View::Throughput));
}

#[test]
fn sequence() {
    assert_snapshot!(at_80_columns("lossy-reordering.pcap", View::Sequence));
}

#[test]
fn in_flight() {
    assert_snapshot!(at_80_columns("lossy-reordering.pcap", View::InFlight));
}

#[test]
fn round_trips() {
    assert_snapshot!(at_80_columns("lossy-reordering.pcap", View::RoundTrips));
}

#[test]
fn the_cursor_is_on_a_packet() {
    let shared = sample("lossy-reordering.pcap");
    let mut pane = charts(&shared, View::Sequence);
    drawn(&mut pane, &shared, 80, 24);
    assert_eq!(pane.packet(&shared), None);
    pane.act(Action::FindNext, &shared);
    let words = drawn(&mut pane, &shared, 80, 24);
    let packet = pane.packet(&shared).unwrap();
    assert!(words.contains(&format!("#{packet} ")), "{words}");
    let open = Reply::OpenConversation(ConversationId(0), Some(packet));
    assert_eq!(pane.act(Action::Open, &shared), open);
    pane.act(Action::Grow, &shared);
    drawn(&mut pane, &shared, 80, 24);
    assert_eq!(pane.packet(&shared), Some(packet));
    pane.go_to(packet + 5);
    assert!(pane.packet(&shared).unwrap() >= packet + 5);
    let own = drawn(&mut pane, &shared, 80, 24);
    pane.act(Action::OneSide, &shared);
    assert_ne!(drawn(&mut pane, &shared, 80, 24), own);
}

#[test]
fn any_size() {
    let shared = sample("lossy-reordering.pcap");
    for view in View::ALL {
        let mut pane = charts(&shared, view);
        for (width, height) in [(1, 1), (20, 3), (21, 6), (79, 5), (300, 80)] {
            drawn(&mut pane, &shared, width, height);
            pane.act(Action::Right, &shared);
            pane.act(Action::Grow, &shared);
        }
    }
}

/// Datagrams have no sequence numbers; one packet has no time.
#[test]
fn conversations_without_much() {
    let shared = sample("dns.pcap");
    for view in View::ALL {
        drawn(&mut charts(&shared, view), &shared, 80, 24);
    }
}

proptest! {
    /// A reduced line has the least and the greatest value of the line, and is short.
    #[test]
    fn lines_are_reduced(values in proptest::collection::vec(0.0..1e9_f64, 1..500), columns in 1_usize..80) {
        let points: Vec<_> = values.iter().enumerate().map(|(x, y)| (x as f64, *y)).collect();
        let short = reduced(&points, (0.0, points.len() as f64), columns);
        let most = |points: &[(f64, f64)]| points.iter().map(|it| it.1).fold(f64::MIN, f64::max);
        let least = |points: &[(f64, f64)]| points.iter().map(|it| it.1).fold(f64::MAX, f64::min);
        prop_assert_eq!((least(&short), most(&short)), (least(&points), most(&points)));
        prop_assert!(short.len() <= 4 * (columns + 1));
    }
}
