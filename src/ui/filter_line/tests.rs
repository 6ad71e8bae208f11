//! Typing a display filter.

use super::*;
use crate::ui::{
    panes::packets::tests::screen,
    theme::{Look, Theme},
};
use ratatui::layout::Rect;

fn typed(words: &str) -> FilterLine {
    let mut line = FilterLine::new(String::new(), Known::default());
    for letter in words.chars() {
        line.key(KeyEvent::from(KeyCode::Char(letter)));
    }
    line
}

fn known(used: &[String]) -> Known {
    Known {
        used: used.to_vec(),
        ..Known::default()
    }
}

fn texts(line: &FilterLine) -> Vec<&str> {
    line.offers.iter().map(|offer| &*offer.text).collect()
}

fn press(line: &mut FilterLine, code: KeyCode) -> Asked {
    line.key(KeyEvent::from(code))
}

fn control(line: &mut FilterLine, letter: char) -> Asked {
    line.key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL))
}

fn drawn(line: &FilterLine, width: u16) -> String {
    let theme = Theme::new(Look::Plain);
    screen(width, 3, |frame| {
        let area = frame.area();
        line.draw(
            &theme,
            frame,
            Rect {
                y: 2,
                height: 1,
                ..area
            },
        );
    })
}

#[test]
fn what_is_typed_is_valid_incomplete_or_wrong() {
    let valid = |line: &FilterLine| matches!(line.state, State::Valid(_));
    let incomplete = |line: &FilterLine| matches!(line.state, State::Incomplete(_));
    assert!(matches!(typed("").state, State::Empty));
    assert!(valid(&typed("tcp.port == 80")));
    for words in [
        "tcp.po",
        "tcp.port ==",
        "tcp and (udp",
        "frame contains \"a",
    ] {
        assert!(incomplete(&typed(words)), "{words}");
    }
    for words in ["tcp.pox", "tcp.port == www", "port 80", "tcp )"] {
        assert!(matches!(typed(words).state, State::Wrong(_)), "{words}");
    }
}

#[test]
fn names_are_completed() {
    let mut line = typed("http and tcp.analysis.retr");
    assert_eq!(texts(&line), ["tcp.analysis.retransmission"]);
    line.key(KeyEvent::from(KeyCode::Tab));
    assert_eq!(line.input.value(), "http and tcp.analysis.retransmission");
    // What all names have in common.
    let mut line = typed("tcp.strea");
    line.key(KeyEvent::from(KeyCode::Tab));
    assert_eq!(line.input.value(), "tcp.stream");
    assert!(texts(&line).is_sorted());
    // Neither values nor texts are names.
    assert!(typed("http.request.method == t").offers.is_empty());
    assert!(typed("frame contains \"tcp").offers.is_empty());
    assert!(typed("80").offers.is_empty());
}

#[test]
fn filters_used_before_are_recalled() {
    let used = vec!["udp".to_owned(), "tcp".to_owned()];
    let mut line = FilterLine::new("tcp".to_owned(), known(&used));
    line.key(KeyEvent::from(KeyCode::Up));
    assert_eq!(line.input.value(), "udp");
    line.key(KeyEvent::from(KeyCode::Up));
    assert_eq!(line.input.value(), "udp");
    line.key(KeyEvent::from(KeyCode::Down));
    line.key(KeyEvent::from(KeyCode::Down));
    assert_eq!(line.input.value(), "tcp");
    let mut line = FilterLine::new(String::new(), known(&used));
    for letter in "ar".chars() {
        line.key(KeyEvent::from(KeyCode::Char(letter)));
    }
    line.key(KeyEvent::from(KeyCode::Up));
    assert_eq!(line.input.value(), "tcp");
    line.key(KeyEvent::from(KeyCode::Down));
    assert_eq!(line.input.value(), "ar");
}

#[test]
fn an_error_is_shown_beside_the_line_or_above_it() {
    let line = typed("tcp.port == www");
    let wide = drawn(&line, 120);
    assert!(
        wide.contains(" filter ▸ tcp.port == www   ✗ \"www\" is no number"),
        "{wide}"
    );
    let line = typed("tcp.port == 80 and tcp.flags.syn == nothing");
    let narrow = drawn(&line, 60);
    let reason = "✗ \"nothing\"";
    let above = narrow.lines().position(|words| words.contains(reason));
    assert_eq!(above, Some(1), "{narrow}");
    assert!(narrow.contains(" filter ▸ tcp.port == 80 and "), "{narrow}");
    for words in ["", "tcp", "tcp.a", "port 80", "tcp.port == 80 and 한국"] {
        for width in 1..130 {
            drawn(&typed(words), width);
        }
    }
}

#[test]
fn tab_chooses_one_name_after_another() {
    let mut line = typed("tcp.flags.s");
    press(&mut line, KeyCode::Tab);
    assert_eq!(line.input.value(), "tcp.flags.str");
    press(&mut line, KeyCode::Tab);
    assert_eq!(line.input.value(), "tcp.flags.syn");
    let chosen: Vec<_> = line
        .choices()
        .iter()
        .map(|(_, is_chosen)| *is_chosen)
        .collect();
    assert_eq!(chosen, [false, true]);
    press(&mut line, KeyCode::BackTab);
    assert_eq!(line.input.value(), "tcp.flags.str");
    // Protocols of the capture come first.
    let known = Known {
        protocols: vec!["ssh"],
        ..Known::default()
    };
    let mut line = FilterLine::new(String::new(), known);
    press(&mut line, KeyCode::Char('s'));
    assert!(texts(&line)[0].starts_with("ssh"), "{:?}", texts(&line));
}

#[test]
fn values_are_completed() {
    let names = |words: &str| {
        let line = typed(words);
        let all = texts(&line);
        (
            line.field.clone(),
            all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>(),
        )
    };
    let (field, values) = names("udp and dns.flags.rcode == ");
    assert_eq!(field.as_deref(), Some("dns.flags.rcode"));
    assert!(
        values.contains(&"\"No such name\"".to_owned()),
        "{values:?}"
    );
    let (field, values) = names("tcp.flags.syn == ");
    assert_eq!(
        (field.as_deref(), &*values),
        (
            Some("tcp.flags.syn"),
            &["True".to_owned(), "False".to_owned()][..]
        )
    );
    assert_eq!(names("tcp.port in {80, ").0.as_deref(), Some("tcp.port"));
    assert_eq!(names("tcp.port in {80} and ").0, None);
    assert_eq!(names("len(dns) > ").0, None);
    // Those that occur come first.
    let mut line = typed("dns.flags.rcode == ");
    line.values = vec!["3".to_owned()];
    line.update();
    assert_eq!(texts(&line)[0], "3");
    press(&mut line, KeyCode::Tab);
    assert_eq!(line.input.value(), "dns.flags.rcode == 3");
    assert!(matches!(line.state, State::Valid(_)));
}

#[test]
fn a_filter_gets_a_name_and_is_chosen_by_it() {
    let mut line = typed("dns or mdns");
    control(&mut line, 's');
    for letter in "names".chars() {
        press(&mut line, KeyCode::Char(letter));
    }
    assert!(drawn(&line, 80).contains("names"));
    let Asked::NameFilter(name, filter) = press(&mut line, KeyCode::Enter) else {
        panic!("it has no name");
    };
    assert_eq!((&*name, &*filter), ("names", "dns or mdns"));
    let known = Known {
        named: vec![(name, filter)],
        ..Known::default()
    };
    let mut line = FilterLine::new(String::new(), known);
    press(&mut line, KeyCode::Tab);
    assert_eq!(line.input.value(), "dns or mdns");
    assert_eq!(line.choices().len(), 1);
    assert!(matches!(line.state, State::Valid(_)));
    assert!(matches!(control(&mut line, 'd'), Asked::ForgetFilter(name) if name == "names"));
}

#[test]
fn a_capture_filter_is_replaced_by_a_display_filter() {
    let mut line = typed("port 53");
    press(&mut line, KeyCode::Tab);
    assert_eq!(line.input.value(), "tcp.port == 53 or udp.port == 53");
    assert!(matches!(line.state, State::Valid(_)));
}

#[test]
fn what_a_reference_refers_to_is_said() {
    let known = Known {
        chosen: Some(12),
        ..Known::default()
    };
    let line = FilterLine::new("ip.src == ${ip.src}".to_owned(), known);
    assert!(drawn(&line, 110).contains("12"), "{}", drawn(&line, 110));
}

#[test]
fn macros_are_completed() {
    for (typed_so_far, whole) in [
        ("$private_e", "$private_ethernet("),
        ("tcp && ${private_e", "tcp && ${private_ethernet:"),
    ] {
        let mut line = typed(typed_so_far);
        press(&mut line, KeyCode::Tab);
        assert_eq!(line.input.value(), whole);
    }
}
