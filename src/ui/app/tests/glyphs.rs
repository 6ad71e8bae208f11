//! Every main screen, drawn with ASCII characters.

use super::{press, sample};
use crate::{
    glyphs::GlyphSet,
    ui::{App, panes::packets::tests::screen},
};

/// Presses keys, and draws what they lead to.
fn drawn(app: &mut App, keys: &str) -> String {
    press(app, keys);
    loop {
        let words = screen(160, 48, |frame| {
            app.draw(frame);
            GlyphSet::Ascii.apply(frame.buffer_mut());
        });
        if !app.is_loading() && !app.has_changed() {
            return words;
        }
    }
}

#[test]
fn ascii_draws_no_sign_of_unicode() {
    let screens = [
        ("everyday.pcapng", "", "x refused"),
        ("everyday.pcapng", "s", "Sorted"),
        ("everyday.pcapng", " ", "are marked"),
        ("everyday.pcapng", "2", "Destination"),
        ("everyday.pcapng", "2jjjjj\n\t", "Bytes"),
        ("everyday.pcapng", "3", "What happened"),
        ("everyday.pcapng", "3jjjj\n", "TLS"),
        ("everyday.pcapng", "j\n", "client ISN"),
        ("everyday.pcapng", "j\ne", "client ISN"),
        ("everyday.pcapng", "jf", "GET / HTTP/1.1"),
        ("everyday.pcapng", "jfm", "00000000"),
        ("everyday.pcapng", "w", "Save"),
        ("everyday.pcapng", "p", "Ports"),
        ("everyday.pcapng", "?", "Keys"),
        ("ftp-passive.pcap", "\n", "PASS"),
        ("zero-window.pcap", "\ne", "zero window"),
        ("mid-stream.pcap", "\n", "not captured"),
        ("web-korean.pcap", "f", "GET"),
        ("icmp-unreachable.pcap", "\n", "router"),
    ];
    for (name, keys, there) in screens {
        let mut app = App::new(sample(name));
        drawn(&mut app, "");
        let words = drawn(&mut app, keys);
        let lower = words.to_lowercase();
        assert!(
            lower.contains(&there.to_lowercase()),
            "{name} {keys:?}:\n{words}"
        );
        // Hangul is from packets.
        let others = words.chars().filter(|letter| !letter.is_ascii());
        let others: String = others
            .filter(|letter| !('가'..='힣').contains(letter))
            .collect();
        assert!(others.is_empty(), "{name} {keys:?}: {others}\n{words}");
    }
}

/// What has no ASCII character, and takes two columns on some terminals, does not move the rest of its line.
#[test]
fn only_letters_of_certain_width_are_left() {
    use ratatui::buffer::Buffer;
    let mut buffer = Buffer::with_lines(["회의록 é → ё ✓ 中 한글"]);
    GlyphSet::Ascii.apply(&mut buffer);
    assert_eq!(buffer, Buffer::with_lines(["회의록 ? > ? v 中 한글"]));
}
