//! How a character from the network is displayed, and its width.

use crate::{
    follow::charset::{Charset, Unit},
    format::{is_invisible, printable},
    ui::text,
};
use unicode_width::UnicodeWidthChar;

/// Tab stops are multiples of this.
const TAB: usize = 8;

/// Returns the width of a character that begins at this column.
pub fn width(letter: char, column: usize) -> usize {
    match letter {
        '\t' => TAB - column % TAB,
        ' '..='~' => 1,
        '가'..='힣' | '一'..='鿿' => 2,
        _ if letter.is_alphabetic() && !is_invisible(letter) => letter.width().unwrap_or(1),
        _ => text::width(&printable(&letter.to_string())),
    }
}

/// Appends the display form of a unit to `shown`, which takes `column` columns; returns its new width, and whether the
/// form differs from what was sent.
pub fn show(unit: Unit, charset: Charset, column: usize, shown: &mut String) -> (usize, bool) {
    match unit {
        Unit::Ascii(run) => {
            shown.extend(run.iter().map(|byte| char::from(*byte)));
            (column + run.len(), false)
        }
        Unit::Letter('\t', _) => {
            let wide = width('\t', column);
            shown.extend(std::iter::repeat_n(' ', wide));
            (column + wide, false)
        }
        Unit::Letter(letter, _) => {
            let wide = width(letter, column);
            let before = shown.len();
            shown.push_str(&printable(letter.encode_utf8(&mut [0; 4])));
            let same = shown
                .get(before..)
                .is_some_and(|new| new.starts_with(letter));
            (column + wide, !same)
        }
        Unit::Bad => {
            shown.push(if charset == Charset::Ascii {
                '.'
            } else {
                '\u{fffd}'
            });
            (column + 1, true)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A character wider than computed would be cut off at the edge.
    #[test]
    fn every_letter_is_as_wide_as_it_is_said_to_be() {
        for letter in '\0'..=char::MAX {
            if letter == '\t' {
                continue;
            }
            let mut shown = String::new();
            show(Unit::Letter(letter, 1), Charset::Utf8, 0, &mut shown);
            let said = width(letter, 0);
            assert_eq!(text::width(&shown), said, "{letter:?}");
        }
        assert_eq!(width('록', 3), 2);
        assert_eq!(width('\t', 3), 5);
        assert_eq!(width('\x1b', 0), 1);
        assert_eq!(width('\u{202e}', 0), 8);
    }
}
