//! The search for the next match.

use super::*;
use crate::{find::MAX_LENGTH, ui::panes::packets::tests::sample};

pub(super) fn control(app: &mut App, letter: char) {
    let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
    app.handle(Event::Key(key));
}

pub(super) fn find(app: &mut App, words: &str) -> String {
    control(app, 'f');
    press(app, words);
    press(app, "\n");
    drawn(app)
}

/// Returns the packets whose bytes hold this.
fn with_bytes(app: &App, wanted: &str) -> Vec<u32> {
    let store = app.shared.store.clone();
    let mut viewer = crate::view::Viewer::new(store.clone());
    viewer.show_secrets = true;
    let last = store.read().packets.len() as u32;
    let holds = |number: &u32| {
        let bytes = &viewer.details(*number).unwrap().sources[0].bytes;
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        text.contains(wanted)
    };
    (1..=last).filter(holds).collect()
}

#[test]
fn packets_are_found_by_their_bytes_in_either_direction() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "2");
    drawn(&mut app);
    let expected = with_bytes(&app, "user-agent");
    assert!(expected.len() > 3, "{expected:?}");
    find(&mut app, "User-AGENT");
    for number in &expected {
        assert_eq!(app.chosen_packet(), Some(*number));
        press(&mut app, "n");
        drawn(&mut app);
    }
    assert_eq!(app.chosen_packet(), expected.first().copied());
    press(&mut app, "N");
    let words = drawn(&mut app);
    assert!(
        words.contains("The search continues from the end."),
        "{words}"
    );
    for number in expected.iter().rev() {
        assert_eq!(app.chosen_packet(), Some(*number));
        press(&mut app, "N");
        drawn(&mut app);
    }
}

/// What the display filter hides is not found, and a search hides nothing.
#[test]
fn only_what_is_shown_is_found() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "2/tcp.port == 8080\n");
    drawn(&mut app);
    let words = find(&mut app, "user-agent");
    let number = app.chosen_packet().unwrap();
    assert!(with_bytes(&app, "user-agent").contains(&number));
    let store = app.shared.store.clone();
    let contents = store.read();
    let (id, _) = contents
        .packets
        .get(number)
        .unwrap()
        .conversation()
        .unwrap();
    assert_eq!(contents.tracker.get(id).unwrap().server.port, 8080);
    assert!(words.contains("tcp.port == 8080"), "{words}");
}

#[test]
fn the_text_of_the_list_is_searched_where_no_bytes_match() {
    let mut app = App::new(sample("lossy-reordering.pcap"));
    drawn(&mut app);
    press(&mut app, "2");
    let words = find(&mut app, "tcp out-of-order");
    assert!(words.contains("the text of this row does"), "{words}");
    let first = app.chosen_packet().unwrap();
    press(&mut app, "n");
    drawn(&mut app);
    assert!(app.chosen_packet().unwrap() > first);
    let nowhere = find(&mut app, "no packet has this");
    assert!(nowhere.contains("'no packet has this' was not found."));
}

#[test]
fn kinds_are_switched_in_the_question() {
    let mut app = App::new(sample("web-korean.pcap"));
    drawn(&mut app);
    press(&mut app, "2");
    control(&mut app, 'f');
    let text = drawn(&mut app);
    assert!(text.contains("Find text in packets:") && text.contains("tab for exact text"));
    press(&mut app, "\t\t");
    assert!(drawn(&mut app).contains("Find bytes (ff d8) in packets:"));
    press(&mut app, "zz\n");
    assert!(drawn(&mut app).contains("not bytes in hexadecimal"));
    press(&mut app, "\x08\x0847 45 54 20\n");
    drawn(&mut app);
    assert_eq!(
        app.chosen_packet(),
        with_bytes(&app, "get ").first().copied()
    );
    // The bytes are shown where they are.
    press(&mut app, "\t\t");
    assert!(drawn(&mut app).contains("0040"), "the bytes have the focus");
    assert_eq!(app.panes.scope(), Scope::Bytes);
    // A regular expression that explodes, and far too much text.
    control(&mut app, 'f');
    press(&mut app, "\t(a{1000}){1000}\n");
    assert!(drawn(&mut app).contains("this regular expression is too large"));
    press(&mut app, &"x".repeat(2 * MAX_LENGTH));
    assert!(drawn(&mut app).contains("longer than 1,024 bytes"));
}

#[test]
fn conversations_rows_and_bytes_are_found() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    // A word of a row; then the bytes of a packet.
    find(&mut app, "no answer");
    let id = app.panes.main().selected().unwrap();
    let words = drawn(&mut app);
    assert!(words.contains("no answer"), "{id:?}: {words}");
    find(&mut app, "user-agent");
    let id = app.panes.main().selected().unwrap();
    let packets = app.shared.store.read().packets_of(id);
    let expected = with_bytes(&app, "user-agent");
    assert!(packets.iter().any(|packet| expected.contains(packet)));
    // In the ladder only its own packets are found, in the fields their rows.
    press(&mut app, "\n");
    drawn(&mut app);
    find(&mut app, "user-agent");
    assert!(expected.contains(&app.chosen_packet().unwrap()));
    press(&mut app, "\t");
    find(&mut app, "time to live");
    assert_eq!(app.panes.scope(), Scope::Details);
    let words = drawn(&mut app);
    assert!(words.contains("ip.ttl"), "{words}");
    press(&mut app, "f");
    drawn(&mut app);
    let words = find(&mut app, "no such words");
    assert!(words.contains("'no such words' was not found."), "{words}");
}

#[test]
fn a_search_without_a_pattern_says_so() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "n");
    assert!(drawn(&mut app).contains("No search yet; ctrl-f starts one."));
}

#[test]
fn a_count_goes_to_a_later_match() {
    let mut app = App::new(sample("dns.pcap"));
    drawn(&mut app);
    app.act(Action::ShowPackets);
    drawn(&mut app);
    let goes = |app: &mut App, keys: &str| {
        press(app, keys);
        drawn(app);
        app.chosen_packet().unwrap()
    };
    find(&mut app, "example");
    let first = app.chosen_packet().unwrap();
    let singly: Vec<u32> = (0..3).map(|_| goes(&mut app, "n")).collect();
    app.jump(first);
    drawn(&mut app);
    app.typed.soon = Duration::from_secs(60);
    press(&mut app, "3");
    assert_eq!(goes(&mut app, "n"), singly[2]);
    press(&mut app, "3");
    assert_eq!(goes(&mut app, "N"), first);
}
