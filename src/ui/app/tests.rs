//! What keys do to the whole screen.

mod live;

use super::*;
use crate::ui::panes::packets::tests::{sample, screen};
use crossterm::event::{KeyCode, KeyModifiers};

/// The screen once nothing on it is waited for.
fn drawn(app: &mut App) -> String {
    loop {
        let words = screen(150, 42, |frame| app.draw(frame));
        if !app.is_loading() {
            return words;
        }
    }
}

fn press(app: &mut App, keys: &str) {
    for letter in keys.chars() {
        let code = match letter {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            '\x08' => KeyCode::Backspace,
            letter => KeyCode::Char(letter),
        };
        app.handle(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
}

#[test]
fn secrets_are_hidden_until_they_are_asked_for() {
    let mut app = App::new(sample("ftp-passive.pcap"));
    drawn(&mut app);
    press(&mut app, "\n");
    let hidden = drawn(&mut app);
    assert!(hidden.contains("PASS *****"), "{hidden}");
    press(&mut app, "*");
    let shown = drawn(&mut app);
    assert!(!shown.contains("PASS *****"), "{shown}");
    assert!(shown.contains("secrets shown"), "{shown}");
    assert!(shown.contains("Passwords and other secrets are shown."));
    press(&mut app, "*");
    assert!(drawn(&mut app).contains("PASS *****"));
    // In the list of packets, too.
    press(&mut app, "2");
    let list = drawn(&mut app);
    assert!(list.contains("USER student"), "{list}");
    assert!(!list.contains("secrets shown"), "{list}");
}

#[test]
fn what_a_port_speaks_can_be_said() {
    let mut app = App::new(sample("ftp-active.pcap"));
    let guessed = drawn(&mut app);
    assert!(guessed.contains("FTP-DATA"), "{guessed}");
    press(&mut app, "Dht");
    assert!(drawn(&mut app).contains("TCP port 21 speaks: ht"));
    press(&mut app, "\n");
    let words = drawn(&mut app);
    assert!(
        words.contains("no protocol is called ht; there are http, "),
        "{words}"
    );
    press(&mut app, "\t\n");
    let said = drawn(&mut app);
    assert!(
        said.contains("TCP port 21 speaks HTTP: 1 conversation."),
        "{said}"
    );
    assert!(said.contains("10.0.0.2:21      HTTP"), "{said}");
    // Back to what it looks like.
    press(&mut app, "D\x08\x08\x08\x08\n");
    let back = drawn(&mut app);
    assert!(back.contains("10.0.0.2:21      FTP "), "{back}");
    assert!(back.contains("student: RETR"), "{back}");
}
