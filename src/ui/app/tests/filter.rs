//! Display filters on the screen.

use super::*;
use crate::ui::display_filter::DisplayFilter;

fn escape(app: &mut App) {
    app.handle(Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)));
}

/// Returns the screen, and checks that the filter holds for this many packets of this many conversations.
fn filtered(app: &mut App, counts: &str) -> String {
    let words = drawn(app);
    assert!(words.contains(counts), "{words}");
    words
}

/// Returns the numbers of the packets for which a filter holds, as the command finds them.
fn expected(shared: &Shared, filter: &str) -> Vec<u32> {
    let mut matcher = crate::filter::Matcher::new(&shared.store, filter.parse().unwrap());
    let last = shared.store.read().packets.len() as u32;
    (1..=last)
        .filter(|number| matcher.holds(*number).unwrap())
        .collect()
}

#[test]
fn a_filter_is_typed_applied_and_cleared() {
    let mut app = App::new(sample("everyday.pcapng"));
    let before = drawn(&mut app);
    press(&mut app, "/tcp.port ==");
    let typed = drawn(&mut app);
    // The ports of the capture, the most frequent first.
    assert!(typed.contains(" filter ▸ tcp.port ==   … "), "{typed}");
    assert!(typed.contains("   443"), "{typed}");
    // It is not applied while it is not valid.
    press(&mut app, "\n");
    assert!(app.prompt.is_some());
    press(&mut app, " www");
    let wrong = drawn(&mut app);
    assert!(wrong.contains("✗ \"www\" is no number"), "{wrong}");
    assert!(app.shared.display.filter().is_none());
    press(&mut app, "\x08\x08\x0880");
    let valid = drawn(&mut app);
    assert!(
        valid.contains(" filter ▸ tcp.port == 80   ✓ enter applies"),
        "{valid}"
    );
    press(&mut app, "\n");
    let numbers = expected(&app.shared, "tcp.port == 80");
    let (some, all) = (numbers.len(), app.shared.store.read().packets.len());
    assert!(0 < some && some < all);
    let counts = format!(" filter: tcp.port == 80  · {some} of {all} packets · ");
    let words = filtered(&mut app, &counts);
    assert!(words.contains("esc clears"), "{words}");
    assert!(words.contains(":80 ") && !words.contains(":53 "), "{words}");
    // The list of packets has exactly those.
    press(&mut app, "2g");
    drawn(&mut app);
    let mut listed = vec![app.chosen_packet().unwrap()];
    loop {
        press(&mut app, "j");
        let chosen = app.chosen_packet().unwrap();
        if listed.last() == Some(&chosen) {
            break;
        }
        listed.push(chosen);
    }
    assert_eq!(listed, numbers);
    // What else is hidden is in the title.
    press(&mut app, "u");
    let words = filtered(&mut app, &counts);
    assert!(words.contains("TCP only"), "{words}");
    press(&mut app, "1");
    escape(&mut app);
    assert_eq!(drawn(&mut app), before);
    assert_eq!(app.shared.kept.used(), ["tcp.port == 80"]);
}

#[test]
fn escape_keeps_the_filter_and_an_empty_line_clears_it() {
    let mut app = App::new(sample("dns.pcap"));
    drawn(&mut app);
    press(&mut app, "/dns.flags.response == 1\n");
    let some = expected(&app.shared, "dns.flags.response == 1").len();
    let counts = format!("{some} of ");
    filtered(&mut app, &counts);
    press(&mut app, "/ and tcp");
    escape(&mut app);
    filtered(&mut app, " filter: dns.flags.response == 1  · ");
    press(&mut app, "/");
    app.handle(Event::Key(KeyEvent::new(
        KeyCode::Char('u'),
        KeyModifiers::CONTROL,
    )));
    press(&mut app, "\n");
    assert!(!drawn(&mut app).contains("filter: "));
    // The up arrow brings it back.
    press(&mut app, "/");
    app.handle(Event::Key(KeyEvent::new(KeyCode::Up, KeyModifiers::NONE)));
    press(&mut app, "\n");
    filtered(&mut app, &counts);
}

#[test]
fn a_filter_that_holds_for_nothing_says_so_in_every_list() {
    let mut shared = sample("everyday.pcapng");
    shared.display = DisplayFilter::new("tcp.port == 1".parse().ok());
    let mut app = App::new(shared);
    let words = filtered(&mut app, "0 of 964 packets · 0 conversations");
    assert!(
        words.contains("The filter holds for no packet of the "),
        "{words}"
    );
    press(&mut app, "2");
    let words = drawn(&mut app);
    assert!(
        words.contains("The filter holds for none of the 964 packets."),
        "{words}"
    );
    press(&mut app, "3");
    let words = drawn(&mut app);
    assert!(words.contains("The filter hides all "), "{words}");
}

#[test]
fn findings_are_those_of_matching_conversations() {
    let mut app = App::new(sample("everyday.pcapng"));
    press(&mut app, "3");
    let all = drawn(&mut app);
    let rows = |words: &str| words.lines().filter(|line| line.contains("tcp/")).count();
    press(&mut app, "/tcp.flags.reset == 1\n");
    let some = drawn(&mut app);
    assert!(0 < rows(&some) && rows(&some) < rows(&all), "{all}\n{some}");
}

#[test]
fn a_field_of_a_packet_becomes_a_filter() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "/tcp.flags.syn == 1 or udp\n2g");
    drawn(&mut app);
    press(&mut app, "\n");
    drawn(&mut app);
    // The innermost layer, and then a field of it.
    press(&mut app, "&");
    let words = drawn(&mut app);
    let layer = "(tcp.flags.syn == 1 or udp) and dns";
    assert!(
        words.contains(&format!("Display filter: {layer}")),
        "{words}"
    );
    let some = expected(&app.shared, layer).len();
    filtered(&mut app, &format!(" filter: {layer}  · {some} of 964"));
    press(&mut app, "jo");
    let words = drawn(&mut app);
    assert!(words.contains(" filter: dns.id == 0x"), "{words}");
    // Its own packet is among them.
    let now = app.shared.display.filter().unwrap().to_string();
    let numbers = expected(&app.shared, &now);
    assert!(numbers.contains(&app.chosen_packet().unwrap()));
}

#[test]
fn what_is_filtered_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shown.pcapng");
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "/icmp or arp\n");
    let some = expected(&app.shared, "icmp or arp").len();
    filtered(&mut app, &format!("{some} of 964 packets"));
    press(&mut app, "2w");
    let asked = drawn(&mut app);
    assert!(
        asked.contains(&format!("what is shown, {some} packets")),
        "{asked}"
    );
    type_path(&mut app, &path);
    press(&mut app, "\n");
    let saved = drawn(&mut app);
    assert!(saved.contains(&format!("Saved {some} packets")), "{saved}");
}

#[test]
fn a_capture_filter_is_translated() {
    let mut app = App::new(sample("dns.pcap"));
    drawn(&mut app);
    press(&mut app, "/port 53");
    let words = drawn(&mut app);
    assert!(
        words.contains("the display filter is: tcp.port == 53 or udp.port == 53"),
        "{words}"
    );
}

/// What the packets are is another question after a port was decoded as another protocol.
#[test]
fn packets_that_are_decoded_again_are_examined_again() {
    let mut app = App::new(sample("ftp-active.pcap"));
    drawn(&mut app);
    press(&mut app, "/ftp\n");
    let some = expected(&app.shared, "ftp").len();
    assert!(some > 0);
    filtered(&mut app, &format!(" filter: ftp  · {some} of "));
    press(&mut app, "D");
    app.handle(Event::Key(KeyEvent::new(
        KeyCode::Char('u'),
        KeyModifiers::CONTROL,
    )));
    press(&mut app, "http\n2");
    let words = filtered(&mut app, " filter: ftp  · 0 of ");
    assert!(words.contains("The filter holds for none"), "{words}");
}

#[test]
fn the_cells_of_a_row_become_filters() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "o");
    let menu = drawn(&mut app);
    assert!(menu.contains("Only packets with"), "{menu}");
    assert!(menu.contains("udp.stream == 0"), "{menu}");
    press(&mut app, "\n");
    filtered(&mut app, " filter: udp.stream == 0  · ");
    // On a packet, in addition, and negated.
    press(&mut app, "2g");
    drawn(&mut app);
    press(&mut app, "!");
    let menu = drawn(&mut app);
    assert!(menu.contains("Without"), "{menu}");
    let last = app.chosen_packet().unwrap();
    press(&mut app, "G\n");
    let filter = format!("udp.stream == 0 and not (frame.number == {last})");
    filtered(&mut app, &format!(" filter: {filter}  · "));
    assert!(!expected(&app.shared, &filter).contains(&last));
    press(&mut app, "gj|");
    drawn(&mut app);
    escape(&mut app);
    let words = drawn(&mut app);
    assert!(!words.contains("Or with"), "{words}");
}

#[test]
fn filters_are_combined() {
    use crate::ui::display_filter::Combine::{And, Not, Only, Or};
    for (how, before, words) in [
        (Only, Some("tcp"), "udp"),
        (And, None, "udp"),
        (And, Some("tcp or ip"), "(tcp or ip) and udp"),
        (Or, Some("tcp"), "tcp or udp"),
        (Not, None, "not (udp)"),
        (Not, Some("tcp"), "tcp and not (udp)"),
    ] {
        assert_eq!(how.apply(before, "udp"), words);
        assert!(words.parse::<crate::filter::Filter>().is_ok());
    }
}

/// `${…}` is a field of the packet that is chosen when the filter is applied.
#[test]
fn a_filter_refers_to_the_chosen_packet() {
    let mut app = App::new(sample("everyday.pcapng"));
    press(&mut app, "2g");
    drawn(&mut app);
    press(&mut app, ":152\n");
    drawn(&mut app);
    press(&mut app, "/tcp.port == ${tcp.srcport}\n");
    let some = expected(&app.shared, "tcp.port == 59650").len();
    assert!(some > 0);
    let words = filtered(&mut app, &format!(" · {some} of 964 packets · "));
    assert!(words.contains("${…} is packet 152"), "{words}");
    // Another packet is chosen, and the same filter applied again.
    press(&mut app, "/dns");
    escape(&mut app);
    escape(&mut app);
    press(&mut app, ":1\n");
    drawn(&mut app);
    press(&mut app, "/frame.number == ${frame.number}\n");
    filtered(&mut app, " · 1 of 964 packets · ");
}

#[test]
fn whole_conversations_of_what_is_found_are_shown() {
    let mut app = App::new(sample("everyday.pcapng"));
    press(&mut app, "2/http.response.code == 404\n");
    let some = expected(&app.shared, "http.response.code == 404").len();
    filtered(&mut app, &format!(" · {some} of 964 packets"));
    let rows = |app: &mut App| {
        press(app, "g");
        drawn(app);
        let mut count = 1;
        let mut last = app.chosen_packet();
        loop {
            press(app, "j");
            let now = app.chosen_packet();
            if now == last {
                return count;
            }
            (count, last) = (count + 1, now);
        }
    };
    assert_eq!(rows(&mut app), some);
    press(&mut app, "W");
    let words = drawn(&mut app);
    assert!(words.contains("whole conversations"), "{words}");
    assert!(rows(&mut app) > some);
    press(&mut app, "W");
    drawn(&mut app);
    assert_eq!(rows(&mut app), some);
}

#[test]
fn ports_show_the_filter_that_they_make() {
    let mut app = App::new(sample("everyday.pcapng"));
    press(&mut app, "p80");
    let words = drawn(&mut app);
    assert!(
        words.contains("tcp.port == 80 or udp.port == 80"),
        "{words}"
    );
    press(&mut app, "\nu");
    let words = drawn(&mut app);
    let line = " filter: tcp.port == 80 or udp.port == 80  · TCP only";
    assert!(words.contains(line), "{words}");
    // The data connections have other ports.
    let mut app = App::new(sample("ftp-passive.pcap"));
    press(&mut app, "p21\n");
    let words = drawn(&mut app);
    let line = "udp.port == 21  · data connections go with their control connection";
    assert!(words.contains(line), "{words}");
}

/// A value is completed by those that occur in the capture.
#[test]
fn values_of_the_capture_are_offered() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "/http.request.method == ");
    drawn(&mut app);
    press(&mut app, "\"G\t");
    let words = drawn(&mut app);
    assert!(words.contains("http.request.method == \"GET\""), "{words}");
}

#[test]
fn the_chosen_field_becomes_a_column() {
    let mut app = App::new(sample("everyday.pcapng"));
    press(&mut app, "2g");
    drawn(&mut app);
    press(&mut app, "\n");
    drawn(&mut app);
    press(&mut app, "jC");
    let words = drawn(&mut app);
    assert!(
        words.contains("is in the list of packets; C removes it."),
        "{words}"
    );
    assert_eq!(app.shared.columns.packets().len(), 8);
    press(&mut app, "C");
    assert_eq!(app.shared.columns.packets().len(), 7);
}

#[test]
fn columns_are_chosen_on_the_screen() {
    let mut app = App::new(sample("everyday.pcapng"));
    drawn(&mut app);
    press(&mut app, "C");
    let words = drawn(&mut app);
    assert!(words.contains("Columns of the conversations"), "{words}");
    // The others are below: those of the TCP analysis.
    press(&mut app, "a");
    press(
        &mut app,
        "lost,rtt,Name=tls.handshake.extensions_server_name\n",
    );
    escape(&mut app);
    let words = drawn(&mut app);
    assert!(words.contains("RTT") && words.contains("Name"), "{words}");
    assert!(words.contains("www.example.kr"), "{words}");
    // A field that is none is refused, with the reason.
    press(&mut app, "Canothing\n");
    let words = drawn(&mut app);
    assert!(words.contains("\"nothing\" is neither a field"), "{words}");
    escape(&mut app);
    press(&mut app, "R");
    escape(&mut app);
    assert!(app.shared.columns.conversations().is_none());
}
