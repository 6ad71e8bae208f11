//! Jumps, time references, marks, and keys of several letters.

use super::{
    find::{control, find},
    *,
};
use crate::ui::panes::packets::tests::sample;
use std::time::Duration;

/// Returns the list of packets of a sample.
fn packets(name: &str) -> App {
    let mut app = App::new(sample(name));
    drawn(&mut app);
    press(&mut app, "2");
    drawn(&mut app);
    app
}

#[test]
fn a_request_leads_to_its_answer_and_back() {
    let mut app = packets("dns.pcap");
    press(&mut app, "jj");
    drawn(&mut app);
    let first = app.chosen_packet().unwrap();
    press(&mut app, "%");
    let words = drawn(&mut app);
    let answer = app.chosen_packet().unwrap();
    assert!(answer > first, "{words}");
    press(&mut app, "%");
    drawn(&mut app);
    assert_eq!(app.chosen_packet(), Some(first));
    // The field that names the packet leads there as well; ctrl-o goes back.
    press(&mut app, "\te");
    find(&mut app, "response in");
    press(&mut app, "\n");
    drawn(&mut app);
    assert_eq!(app.chosen_packet(), Some(answer));
    for expected in [first, answer, first] {
        control(&mut app, 'o');
        drawn(&mut app);
        assert_eq!(app.chosen_packet(), Some(expected));
    }
    control(&mut app, 'o');
    assert!(drawn(&mut app).contains("There is nothing to go back to."));
    let mut app = packets("refused.pcap");
    press(&mut app, "%");
    let words = drawn(&mut app);
    assert!(words.contains("names no request and no answer"), "{words}");
}

#[test]
fn times_count_from_a_packet() {
    let mut app = packets("everyday.pcapng");
    press(&mut app, "jj");
    let number = app.chosen_packet().unwrap();
    control(&mut app, 't');
    let words = drawn(&mut app);
    let rows: Vec<&str> = words.lines().skip(3).take(number as usize + 1).collect();
    assert!(rows[number as usize - 1].contains("*REF*"), "{words}");
    assert!(rows[number as usize - 2].contains(" 0."), "{words}");
    let time = |number: u32| {
        let contents = app.shared.store.read();
        contents.packets.get(number).unwrap().order_ns
    };
    let since = crate::format::seconds(time(number + 1) - time(number), 6);
    assert!(rows[number as usize].contains(&since), "{since}: {words}");
    control(&mut app, 't');
    let words = drawn(&mut app);
    assert!(!words.contains("*REF*") && words.contains("Times no longer count from"));
}

#[test]
fn letters_lead_back_to_packets() {
    let mut app = packets("everyday.pcapng");
    press(&mut app, "jjma");
    assert!(drawn(&mut app).contains("Mark a is at packet 3."));
    press(&mut app, "G'a");
    assert_eq!(app.chosen_packet(), Some(3));
    let last = app.shared.store.read().packets.len() as u32;
    press(&mut app, "''");
    assert_eq!(app.chosen_packet(), Some(last));
    press(&mut app, "''");
    assert_eq!(app.chosen_packet(), Some(3));
    press(&mut app, "'b");
    assert!(drawn(&mut app).contains("There is no mark b."));
    press(&mut app, "m%");
    assert!(drawn(&mut app).contains("A mark is a letter or a digit."));
    // Marked rows are visited in turn.
    press(&mut app, "gg jj jj g]");
    assert_eq!(app.chosen_packet(), Some(3));
    press(&mut app, "]");
    assert_eq!(app.chosen_packet(), Some(5));
    press(&mut app, "]");
    assert!(drawn(&mut app).contains("No row is marked further on."));
    press(&mut app, "[[");
    assert_eq!(app.chosen_packet(), Some(1));
}

#[test]
fn counts_are_before_movements() {
    let mut app = packets("everyday.pcapng");
    press(&mut app, "50G");
    assert_eq!(app.chosen_packet(), Some(50));
    press(&mut app, "7gg");
    assert_eq!(app.chosen_packet(), Some(7));
    press(&mut app, "9j");
    assert_eq!(app.chosen_packet(), Some(16));
    press(&mut app, "gg");
    assert_eq!(app.chosen_packet(), Some(1));
    press(&mut app, "99999999999G");
    assert!(drawn(&mut app).contains("There are packets 1 to"));
    // A digit that shows a list is part of a count if the rest comes at once.
    app.typed.soon = Duration::from_secs(60);
    press(&mut app, "gg10j");
    assert_eq!(app.chosen_packet(), Some(11));
    press(&mut app, "3j");
    assert_eq!(app.chosen_packet(), Some(14));
    press(&mut app, "42G");
    assert_eq!(app.chosen_packet(), Some(42));
    press(&mut app, "1\n");
    assert_eq!(app.panes.main().scope(), Scope::Ladder);
    app.typed.soon = Duration::ZERO;
    press(&mut app, "2j");
    assert_eq!(app.chosen_packet(), Some(43));
    press(&mut app, "Z");
    assert!(drawn(&mut app).contains("another Z quits"));
    let key = KeyEvent::from(KeyCode::Char('Z'));
    assert_eq!(app.handle(Event::Key(key)), Effect::Leave(Leaving::Quit));
}
