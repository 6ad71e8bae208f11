//! Keys and messages of the start screen.

use super::*;
use crate::capture::interfaces::Device;
use crate::ui::{panes::packets::tests::screen, theme::Look};
use crossterm::event::{KeyCode, KeyModifiers};

/// Returns a screen with two interfaces, one more, and a sample.
fn start() -> Start {
    let interface = |name: &str| {
        StartRow::Interface(Traffic::new(Device {
            name: name.to_owned(),
            up: Some(true),
            ..Device::default()
        }))
    };
    let sample = samples::all().remove(0);
    Start {
        theme: Theme::new(Look::Plain),
        rows: vec![
            StartRow::Heading("Interfaces"),
            interface("none0"),
            interface("none1"),
            interface("none2"),
            StartRow::Heading(""),
            StartRow::StartChoice(StartChoice::Sample(sample), String::new()),
        ],
        cursor: Cursor {
            selected: 1,
            ..Cursor::default()
        },
        area: Rect::default(),
        help: None,
        message: None,
    }
}

fn press(start: &mut Start, code: KeyCode) -> Outcome {
    start.key(KeyEvent::new(code, KeyModifiers::NONE))
}

#[test]
fn escape_keeps_what_was_chosen_and_the_keys_are_shown() {
    let mut start = start();
    press(&mut start, KeyCode::Char(' '));
    assert!(matches!(press(&mut start, KeyCode::Esc), Outcome::Stays));
    let words = screen(80, 24, |frame| start.draw(frame));
    assert!(words.contains("q quits"), "{words}");
    assert_eq!(start.marked(), ["none0"]);
    press(&mut start, KeyCode::Down);
    let words = screen(80, 24, |frame| start.draw(frame));
    assert!(words.contains("q quit   ? help"), "{words}");
    press(&mut start, KeyCode::Char('?'));
    let words = screen(80, 24, |frame| start.draw(frame));
    assert!(words.contains("choose the interface"), "{words}");
    press(&mut start, KeyCode::Esc);
    let words = screen(80, 24, |frame| start.draw(frame));
    assert!(!words.contains("choose the interface"), "{words}");
    press(&mut start, KeyCode::Char('v'));
    let words = screen(80, 24, |frame| start.draw(frame));
    assert!(words.contains("v does nothing here"), "{words}");
    assert!(matches!(
        press(&mut start, KeyCode::Char('q')),
        Outcome::Quits
    ));
}

#[test]
fn a_refusal_is_shown_and_the_cursor_stays() {
    let mut start = start();
    start.refuse("no permission to capture\n  this time:  sudo wiretalk".to_owned());
    let words = screen(80, 24, |frame| start.draw(frame));
    assert!(words.contains("no permission to capture"), "{words}");
    assert!(words.contains("this time: "), "{words}");
    press(&mut start, KeyCode::Down);
    let words = screen(80, 24, |frame| start.draw(frame));
    assert!(!words.contains("no permission"), "{words}");
    assert_eq!(start.cursor.selected, 2);
    // A long reason is wrapped, not cut.
    let reason: Vec<String> = (0..40).map(|number| format!("reason{number}")).collect();
    start.refuse(reason.join(" "));
    let words = screen(80, 24, |frame| start.draw(frame));
    assert!(reason.iter().all(|word| words.contains(word)), "{words}");
}

fn taken(start: &Start) -> Vec<String> {
    match start.take() {
        Some(StartChoice::Interfaces(names)) => names,
        Some(other) => vec![other.name()],
        None => Vec::new(),
    }
}

#[test]
fn enter_takes_what_is_marked_and_nothing_else() {
    assert_eq!(taken(&start()), ["none0"]);
    let mut some = start();
    assert!(some.mark() && some.mark());
    assert_eq!(some.cursor.selected, 3);
    let words = screen(60, 10, |frame| some.draw(frame));
    assert!(words.contains("enter capture from none0, none1"), "{words}");
    assert_eq!(taken(&some), ["none0", "none1"]);
    // The cursor stays on the last one: opening a sample requires moving to it.
    let mut all = start();
    assert!(all.mark() && all.mark() && all.mark());
    assert_eq!(all.cursor.selected, 3);
    assert!(all.mark());
    assert_eq!(all.marked(), ["none0", "none1"]);
    all.act(Action::Down);
    assert!(!all.mark());
    let words = screen(60, 10, |frame| all.draw(frame));
    assert!(words.contains("enter open, or capture"), "{words}");
    assert_eq!(taken(&all), [samples::all()[0].name]);
}
