//! What a question shows in little room.

use super::*;
use crate::ui::{
    panes::packets::tests::screen,
    theme::{Look, Theme},
};

fn offers() -> Vec<Offer> {
    let offer = |words: &str, count, name: &str| Offer {
        words: words.to_owned(),
        count,
        name: name.to_owned(),
    };
    vec![
        offer("everything", Some(964), "everyday-2.pcapng"),
        offer("udp/12", None, "everyday-udp-12.pcapng"),
    ]
}

fn drawn(prompt: &Prompt, width: u16) -> String {
    let theme = Theme::new(Look::Plain);
    let words = screen(width, 1, |frame| prompt.draw(&theme, frame, frame.area()));
    let (_, words) = words.split_once('"').unwrap();
    let (words, _) = words.split_once('"').unwrap();
    words.trim_end().to_owned()
}

#[test]
fn what_is_known_best_gives_way_first() {
    let prompt = Prompt::packets(offers());
    for (width, words) in [
        (
            110,
            " Save everything, 964 packets to: everyday-2.pcapng   enter saves, tab saves something else, esc cancels",
        ),
        (
            80,
            " Save everything, 964 packets to: everyday-2.pcapng   tab saves something else",
        ),
        (
            60,
            " Save everything to: everyday-2.pcapng   tab changes what",
        ),
        (40, " Save everything to: everyday-2.pcapng"),
        (30, " Save to: everyday-2.pcapng"),
    ] {
        assert_eq!(drawn(&prompt, width), words);
    }
    // Packets that are not counted are still named before other choices are offered.
    let mut swapped = offers();
    swapped.reverse();
    let second = Prompt::packets(swapped);
    assert_eq!(
        drawn(&second, 55),
        " Save udp/12 to: everyday-udp-12.pcapng"
    );
    let one = Prompt::packets(offers().split_off(1));
    assert!(!drawn(&one, 120).contains("tab"), "{}", drawn(&one, 120));
}

/// No offer is cut within a word, however narrow the line is.
#[test]
fn hints_are_whole() {
    let dns = services::spoken("dns").ok();
    let mut swapped = offers();
    swapped.reverse();
    for prompt in [
        Prompt::ports(&Ports::default()),
        Prompt::go_to(),
        Prompt::find(Kind::ExactText, Some(true)),
        Prompt::find(Kind::Regex, None),
        Prompt::save("said.txt".to_owned()),
        Prompt::packets(swapped),
        Prompt::decode_as((Protocol::Tcp, 53_000), dns),
        Prompt::ask(Question::Restart(1234)),
        Prompt::ask(Question::Unsaved(1234)),
        Prompt::ask(Question::Comments(1234)),
        Prompt::ask(Question::Saving),
    ] {
        for width in 60..130 {
            let words = drawn(&prompt, width);
            assert!(!words.contains('…'), "{width}: {words}");
        }
        for width in 1..60 {
            drawn(&prompt, width);
        }
    }
}

#[test]
fn the_end_of_a_long_path_and_what_is_wrong_with_it_are_seen() {
    let path = format!("/tmp/{}/회의록.pcapng", "long/".repeat(30));
    let mut offers = offers();
    offers[0].name = path;
    let mut prompt = Prompt::packets(offers);
    let shown = |prompt: &Prompt| drawn(prompt, 60);
    let words = shown(&prompt);
    assert!(words.ends_with("/회의록.pcapng"), "{words}");
    prompt.ask_to_replace();
    let words = shown(&prompt);
    assert!(
        words.ends_with("/회의록.pcapng is there: replace it? y/n"),
        "{words}"
    );
    prompt.key(KeyEvent::from(KeyCode::Char('n')));
    prompt.refuse("there is no such directory".to_owned());
    let words = shown(&prompt);
    assert!(
        words.ends_with("회의록.pcapng   there is no such directory"),
        "{words}"
    );
}
