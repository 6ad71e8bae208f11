//! The appearance of a sample's ladder.

use super::*;
use crate::{
    index,
    ladder::LadderRow,
    ui::{panes::packets::tests::shared, settings::Settings},
};
use ratatui::{Frame, Terminal, backend::TestBackend, layout::Rect};

fn open(name: &str, conversation: u32) -> (LadderPane, Shared) {
    let (index, handle) = index::tests::sample(name);
    let shared = shared(index.store().clone(), handle, name, Settings::default());
    let id = ConversationId(conversation);
    let pane = LadderPane::new(id, &shared.reader);
    (pane, shared)
}

fn drawn(pane: &mut LadderPane, shared: &Shared, width: u16, height: u16) -> TestBackend {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    // The target of the cursor is not read before it is on the screen.
    for _ in 0..2 {
        terminal.draw(|frame| draw(pane, shared, frame)).unwrap();
        pane.read_up_to(u32::MAX, MadeFor::new(&shared.settings, true));
        shared.reader.settle();
    }
    terminal.draw(|frame| draw(pane, shared, frame)).unwrap();
    terminal.backend().clone()
}

fn draw(pane: &mut LadderPane, shared: &Shared, frame: &mut Frame) {
    let area = frame.area();
    if area.height == 0 {
        return;
    }
    let line = Rect { height: 1, ..area };
    frame.render_widget(pane.title(shared, area.width), line);
    let rest = Rect {
        y: 1,
        height: area.height - 1,
        ..area
    };
    pane.draw(shared, frame, PaneArea::focused(rest));
}

fn selected(pane: &LadderPane) -> Option<LadderRow> {
    let model = pane.model.lock();
    model.ladder.row(model.selected)
}

#[test]
fn messages_at_150_columns() {
    let (mut pane, shared) = open("web-uploads.pcap", 0);
    insta::assert_snapshot!(drawn(&mut pane, &shared, 150, 42));
}

#[test]
fn messages_at_80_columns() {
    let (mut pane, shared) = open("web-korean.pcap", 0);
    insta::assert_snapshot!(drawn(&mut pane, &shared, 80, 24));
}

/// A row represents the packet that completes its message, which has its tree.
#[test]
fn a_message_is_looked_at_where_it_ends() {
    let (mut pane, shared) = open("web-uploads.pcap", 0);
    drawn(&mut pane, &shared, 80, 24);
    pane.go_to(13);
    assert_eq!(pane.packet(&shared), Some(13));
    drawn(&mut pane, &shared, 80, 24);
    assert!(matches!(selected(&pane), Some(LadderRow::Run(_))));
    assert_eq!(pane.packet(&shared), Some(13));
    // Its first segment must be unfolded.
    pane.go_to(10);
    drawn(&mut pane, &shared, 80, 24);
    assert!(matches!(selected(&pane), Some(LadderRow::Step(_, true))));
    assert_eq!(pane.packet(&shared), Some(10));
}

#[test]
fn a_closed_connection_at_80_columns() {
    let (mut pane, shared) = open("half-close.pcap", 0);
    insta::assert_snapshot!(drawn(&mut pane, &shared, 80, 24));
}

#[test]
fn a_closed_connection_at_150_columns() {
    let (mut pane, shared) = open("half-close.pcap", 0);
    insta::assert_snapshot!(drawn(&mut pane, &shared, 150, 42));
}

#[test]
fn lost_segments_unfolded() {
    let (mut pane, shared) = open("lossy-reordering.pcap", 0);
    drawn(&mut pane, &shared, 100, 30);
    pane.go_to(52);
    insta::assert_snapshot!(drawn(&mut pane, &shared, 100, 30));
    assert_eq!(pane.packet(&shared), Some(52));
}

#[test]
fn probes_of_a_closed_window() {
    let (mut pane, shared) = open("zero-window.pcap", 0);
    drawn(&mut pane, &shared, 80, 24);
    pane.go_to(21);
    insta::assert_snapshot!(drawn(&mut pane, &shared, 80, 24));
}

#[test]
fn refused_at_60_columns() {
    let (mut pane, shared) = open("refused.pcap", 0);
    insta::assert_snapshot!(drawn(&mut pane, &shared, 60, 16));
}

#[test]
fn any_size_and_any_key_is_fine() {
    let (mut pane, mut shared) = open("lossy-reordering.pcap", 0);
    let actions = [
        Action::Bottom,
        Action::PageUp,
        Action::FoldAll,
        Action::Top,
        Action::PageDown,
        Action::Left,
        Action::Right,
        Action::Open,
        Action::Up,
    ];
    let sizes = [
        (0, 0),
        (1, 1),
        (20, 6),
        (23, 9),
        (24, 3),
        (33, 12),
        (60, 16),
        (250, 70),
    ];
    for (width, height) in sizes {
        for action in actions {
            shared.settings.time = shared.settings.time.next();
            drawn(&mut pane, &shared, width, height);
            pane.act(action, &shared);
            pane.scroll(-3, Scope::Ladder);
            drawn(&mut pane, &shared, width, height);
            pane.scroll(1000, Scope::Ladder);
            drawn(&mut pane, &shared, width, height);
            assert!(pane.packet(&shared).is_some());
        }
    }
}

#[test]
fn a_click_chooses_then_opens() {
    let (mut pane, shared) = open("half-close.pcap", 0);
    drawn(&mut pane, &shared, 80, 24);
    let places = pane.model.lock().places.clone();
    let (y, row) = *places.iter().find(|(_, row)| *row == 1).unwrap();
    let at = Position::new(20, y);
    assert_eq!(pane.click(at, &shared), Reply::Done);
    assert_eq!(pane.model.lock().selected, row);
    assert_eq!(pane.click(at, &shared), Reply::OpenPacket(4));
}

#[test]
fn the_walk_goes_through_folded_runs() {
    let (mut pane, shared) = open("half-close.pcap", 0);
    drawn(&mut pane, &shared, 80, 24);
    let store = shared.store.clone();
    let contents = store.read();
    let mut walked = vec![3];
    pane.go_to(3);
    while let Some(next) = contents.next_in(pane.id, pane.packet(&shared).unwrap()) {
        pane.go_to(next);
        drawn(&mut pane, &shared, 80, 24);
        assert_eq!(pane.packet(&shared), Some(next));
        walked.push(next);
    }
    assert_eq!(walked, (3..=21).collect::<Vec<u32>>());
}

/// Returns the times and the differences in the gutter of all rows, in microseconds.
fn gutters(words: &str) -> Vec<(i64, Option<i64>)> {
    let micros = |word: &str| -> Option<i64> {
        let (seconds, fraction) = word.strip_prefix('+').unwrap_or(word).split_once('.')?;
        let all = [seconds.parse::<i64>().ok()?, fraction.parse::<i64>().ok()?];
        (fraction.len() == 6).then_some(all[0] * 1_000_000 + all[1])
    };
    let rows = words.lines().filter_map(|line| {
        let line = line.trim_matches('"').replace('▌', " ");
        let mut words = line.split_whitespace();
        let time = micros(words.next()?)?;
        let delta = words.next().filter(|word| word.starts_with('+'));
        Some((time, delta.and_then(micros)))
    });
    rows.collect()
}

#[test]
fn the_times_of_the_rows_add_up() {
    for name in ["path-mtu.pcap", "web-uploads.pcap"] {
        let (mut pane, shared) = open(name, 0);
        let words = drawn(&mut pane, &shared, 110, 60).to_string();
        let rows = gutters(&words);
        assert!(rows.len() > 5, "{words}");
        for pair in rows.windows(2) {
            assert_eq!(Some(pair[1].0 - pair[0].0), pair[1].1, "{words}");
        }
    }
}

/// Arithmetic is not broken within `ISN + 1 ✓`.
#[test]
fn arithmetic_stays_in_one_line() {
    let (mut pane, shared) = open("path-mtu.pcap", 0);
    for width in 70..110 {
        let words = drawn(&mut pane, &shared, width, 60).to_string();
        for line in words.lines() {
            let inside = line.trim_matches(['"', ' ', '│']).trim();
            assert!(!inside.ends_with(" +"), "{width}: {words}");
            assert!(!inside.starts_with("1 ✓"), "{width}: {words}");
        }
    }
}
