//! The appearance of the statistics, and the effect of keys on them.

use super::*;
use crate::ui::panes::packets::tests::{sample, screen};
use insta::assert_snapshot;

fn drawn(pane: &mut StatsPane, shared: &Shared, width: u16, height: u16) -> String {
    let draw = |pane: &mut StatsPane| {
        screen(width, height, |frame| {
            let area = frame.area();
            pane.draw(shared, frame, PaneArea::focused(area));
        })
    };
    draw(pane);
    while pane.is_busy() {
        draw(pane);
    }
    draw(pane)
}

/// Returns the pane with one of its views.
fn at(view: View) -> StatsPane {
    StatsPane {
        view,
        ..StatsPane::default()
    }
}

fn view_at_80_columns(view: View) -> String {
    let shared = sample("everyday.pcapng");
    drawn(&mut at(view), &shared, 80, 21)
}

#[test]
fn protocols() {
    assert_snapshot!(view_at_80_columns(View::Protocols));
}

#[test]
fn endpoints() {
    assert_snapshot!(view_at_80_columns(View::Endpoints));
}

#[test]
fn talkers() {
    assert_snapshot!(view_at_80_columns(View::Talkers));
}

#[test]
fn services() {
    assert_snapshot!(view_at_80_columns(View::Services));
}

#[test]
fn applications() {
    assert_snapshot!(view_at_80_columns(View::Applications));
}

#[test]
fn answers() {
    assert_snapshot!(view_at_80_columns(View::Answers));
}

#[test]
fn throughput() {
    assert_snapshot!(view_at_80_columns(View::Throughput));
}

#[test]
fn in_a_wide_window() {
    let shared = sample("everyday.pcapng");
    assert_snapshot!(drawn(&mut at(View::Services), &shared, 160, 20));
}

/// The cursor goes to a packet of its time, to errors, and what is shown follows it.
#[test]
fn the_cursor_of_the_throughput() {
    let shared = sample("everyday.pcapng");
    let mut pane = at(View::Throughput);
    drawn(&mut pane, &shared, 100, 24);
    assert_eq!(pane.packet(&shared), None);
    assert!(matches!(pane.act(Action::Open, &shared), Reply::Say(_)));
    pane.act(Action::Top, &shared);
    assert_eq!(pane.act(Action::Open, &shared), Reply::ListPacket(1));
    pane.act(Action::FindNext, &shared);
    let words = drawn(&mut pane, &shared, 100, 24);
    assert!(words.contains("error"), "{words}");
    let at_error = pane.packet(&shared).unwrap();
    assert!(at_error > 1);
    // Closer, the same error is found by a narrower column.
    for _ in 0..8 {
        pane.act(Action::Grow, &shared);
    }
    let words = drawn(&mut pane, &shared, 100, 24);
    assert!(
        pane.throughput
            .part(pane.live.sums().map(|it| &**it))
            .is_some()
    );
    assert_eq!(pane.packet(&shared), Some(at_error), "{words}");
    for _ in 0..10 {
        pane.act(Action::Shrink, &shared);
    }
    drawn(&mut pane, &shared, 100, 24);
    assert!(
        pane.throughput
            .part(pane.live.sums().map(|it| &**it))
            .is_none()
    );
    pane.act(Action::Bottom, &shared);
    drawn(&mut pane, &shared, 100, 24);
    assert!(pane.packet(&shared).unwrap() > 900);
    let bytes = drawn(&mut pane, &shared, 100, 24);
    pane.act(Action::Mode, &shared);
    assert_ne!(drawn(&mut pane, &shared, 100, 24), bytes);
}

#[test]
fn keys_turn_the_views() {
    let shared = sample("everyday.pcapng");
    let mut pane = StatsPane::default();
    drawn(&mut pane, &shared, 80, 24);
    for view in View::ALL {
        assert_eq!(pane.view, view);
        pane.act(Action::NextView, &shared);
    }
    pane.act(Action::PreviousView, &shared);
    assert_eq!(pane.view, View::Throughput);
    // A click on a name shows its view, one on a row chooses it.
    let name = pane.names[1].0;
    pane.click(Position::new(name.x, name.y), &shared);
    assert_eq!(pane.view, View::Endpoints);
    drawn(&mut pane, &shared, 80, 24);
    pane.click(Position::new(4, pane.list.y + 2), &shared);
    assert_eq!(pane.cursor().selected, 2);
}

#[test]
fn any_size() {
    let shared = sample("everyday.pcapng");
    for view in View::ALL {
        let mut pane = at(view);
        for (width, height) in [(1, 1), (20, 3), (21, 6), (79, 5), (300, 80)] {
            drawn(&mut pane, &shared, width, height);
            pane.act(Action::Right, &shared);
            pane.act(Action::Down, &shared);
            pane.view = view;
        }
    }
}

#[test]
fn nothing_to_add_up() {
    let shared = sample("everyday.pcapng");
    let mut pane = StatsPane::default();
    let first = screen(80, 5, |frame| {
        let area = frame.area();
        pane.draw(&shared, frame, PaneArea::focused(area));
    });
    assert!(first.contains("adding up"), "{first}");
    let arp = sample("arp-icmp.pcap");
    let words = drawn(&mut at(View::Answers), &arp, 80, 10);
    assert!(words.contains("No request"), "{words}");
}

/// A row can be made the display filter, and enter shows its packets.
#[test]
fn rows_are_filters() {
    let shared = sample("everyday.pcapng");
    for (view, down, filter) in [
        (View::Protocols, 3, Some("tcp")),
        (View::Endpoints, 0, Some("ip.addr == 192.0.2.10")),
        (View::Services, 0, Some("tcp.port == 8080")),
        (
            View::Applications,
            0,
            Some("conversation.application == \"http\""),
        ),
        (
            View::Answers,
            0,
            Some("conversation.application == \"dns\""),
        ),
    ] {
        let mut pane = at(view);
        drawn(&mut pane, &shared, 80, 21);
        for _ in 0..down {
            pane.act(Action::Down, &shared);
        }
        let reply = pane.act(Action::Open, &shared);
        assert_eq!(
            format!("{reply:?}"),
            format!("ListPacketsOf({:?})", filter.unwrap_or_default()),
        );
        let filter = filter.unwrap_or_default().to_owned();
        let reply = pane.act(Action::FilterNot, &shared);
        assert_eq!(reply, Reply::FilterBy(filter, Combine::Not));
    }
}
