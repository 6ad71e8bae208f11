//! The clipboard of the terminal: OSC 52 of xterm's control sequences, which also works over ssh. tmux and GNU screen pass
//! it on in a sequence of their own.

use base64::{Engine, engine::general_purpose::STANDARD};
use std::io::{self, Write};

/// As many bytes are copied at most: terminals take 100,000 bytes of a sequence, xterm and tmux 74,994 of base64.
pub const MAX_COPIED: usize = 74_994 / 4 * 3;

/// GNU screen takes at most 768 bytes of a string.
const SCREEN_PART: usize = 512;

/// Returns a text as far as it can be copied.
pub fn fitting(text: &str) -> &str {
    let end = text.floor_char_boundary(MAX_COPIED.min(text.len()));
    text.get(..end).unwrap_or(text)
}

/// Writes a text to the clipboard of the terminal. `variable` is the environment.
///
/// # Errors
///
/// Those of the output.
pub fn copy(
    text: &str,
    variable: impl Fn(&str) -> Option<String>,
    out: &mut impl Write,
) -> io::Result<()> {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    let sequence = format!("\x1b]52;c;{}\x07", STANDARD.encode(fitting(text)));
    if is_set("TMUX") {
        // With `set-clipboard on` tmux takes the sequence itself, with `allow-passthrough on` the wrapped one.
        let wrapped = sequence.replace('\x1b', "\x1b\x1b");
        write!(out, "{sequence}\x1bPtmux;{wrapped}\x1b\\")?;
    } else if is_set("STY") {
        for part in sequence.as_bytes().chunks(SCREEN_PART) {
            out.write_all(b"\x1bP")?;
            out.write_all(part)?;
            out.write_all(b"\x1b\\")?;
        }
    } else {
        out.write_all(sequence.as_bytes())?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(text: &str, set: &str) -> String {
        let mut out = Vec::new();
        let variable = |name: &str| (name == set).then(|| "1".to_owned());
        copy(text, variable, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_text_is_wrapped_for_what_is_around_it() {
        assert_eq!(copied("abc", ""), "\x1b]52;c;YWJj\x07");
        let tmux = copied("abc", "TMUX");
        assert!(tmux.starts_with("\x1b]52;c;YWJj\x07"));
        assert!(tmux.ends_with("\x1bPtmux;\x1b\x1b]52;c;YWJj\x07\x1b\\"));
        let long = copied(&"x".repeat(3000), "STY");
        for part in long.split("\x1b\\") {
            assert!(part.len() <= 768);
        }
        assert_eq!(long.matches("\x1bP").count(), 8);
    }

    #[test]
    fn no_more_is_copied_than_terminals_take() {
        let long = "가".repeat(MAX_COPIED);
        let fits = fitting(&long);
        assert!(fits.len() <= MAX_COPIED && fits.len() > MAX_COPIED - 3);
        assert!(copied(&long, "").len() < 75_010);
        assert_eq!(fitting("short"), "short");
    }
}
