//! The format of numbers: the same on the screen and on the pipe.

use crate::lang::text;
use std::borrow::Cow;

/// Formats a duration in nanoseconds, in the unit that keeps it short: `0.4 ms`, `1.31 s`, `2 min 05 s`.
pub fn duration(ns: i64) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    let ns = ns.unsigned_abs();
    let (value, unit) = match ns {
        // In captures with microseconds or less, two packets often have the same time.
        0 => return text!("duration-seconds", sign, seconds = 0),
        1..1_000 => return format!("{sign}{ns} ns"),
        1_000..1_000_000 => (ns as f64 / 1e3, "µs"),
        1_000_000..1_000_000_000 => (ns as f64 / 1e6, "ms"),
        1_000_000_000..60_000_000_000 => {
            let seconds = three_digits(ns as f64 / 1e9);
            return text!("duration-seconds", sign, seconds);
        }
        60_000_000_000..3_600_000_000_000 => {
            let seconds = ns / 1_000_000_000;
            let (minutes, seconds) = (seconds / 60, format!("{:02}", seconds % 60));
            return text!("duration-minutes", sign, minutes, seconds);
        }
        _ => {
            let minutes = ns / 60_000_000_000;
            let (hours, minutes) = (minutes / 60, format!("{:02}", minutes % 60));
            return text!("duration-hours", sign, hours, minutes);
        }
    };
    format!("{sign}{} {unit}", three_digits(value))
}

fn three_digits(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

/// Formats nanoseconds as seconds with this many digits.
pub fn seconds(ns: i64, digits: usize) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    let ns = ns.unsigned_abs();
    let fraction = format!("{:09}", ns % 1_000_000_000);
    match fraction.get(..digits.min(9)) {
        Some(fraction) if !fraction.is_empty() => {
            format!("{sign}{}.{fraction}", ns / 1_000_000_000)
        }
        _ => format!("{sign}{}", ns / 1_000_000_000),
    }
}

/// Formats a number of bytes in at most six columns: `74`, `48.1 k`, `1.2 M`.
pub fn bytes(count: u64) -> String {
    let value = count as f64;
    match count {
        0..10_000 => grouped(count),
        10_000..1_000_000 => format!("{:.1} k", value / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} M", value / 1e6),
        1_000_000_000..1_000_000_000_000 => format!("{:.1} G", value / 1e9),
        _ => format!("{:.1} T", value / 1e12),
    }
}

/// Formats a number with separators: `1,204`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns whether a character shows nothing of itself, by Unicode's properties: control and format characters, such as
/// those that change the direction of the following text, separators of lines, fillers and variation selectors, the
/// blank pattern of Braille, and noncharacters, which have no glyph.
pub fn is_invisible(letter: char) -> bool {
    use icu_properties::{
        CodePointMapData, CodePointSetData,
        props::{DefaultIgnorableCodePoint, GeneralCategory},
    };
    let category = CodePointMapData::<GeneralCategory>::new().get(letter);
    matches!(
        category,
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    ) || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(letter)
        || letter == '\u{2800}'
        || is_noncharacter(letter)
}

/// Returns whether Unicode will never assign a character here: The Unicode Standard, section 23.7.
fn is_noncharacter(letter: char) -> bool {
    let code = letter as u32;
    code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code)
}

/// Returns the character into which two characters are composed, if the first is the beginning of a syllable of Hangul
/// and the second goes on with it: The Unicode Standard, section 3.12. macOS sends names of files in such parts.
pub fn compose(first: char, second: char) -> Option<char> {
    const LEADS: u32 = 0x1100;
    const VOWELS: u32 = 0x1161;
    const TAILS: u32 = 0x11a7;
    const SYLLABLES: u32 = 0xac00;
    let (first, second) = (first as u32, second as u32);
    match (first, second) {
        (LEADS..0x1113, VOWELS..0x1176) => {
            char::from_u32(SYLLABLES + ((first - LEADS) * 21 + (second - VOWELS)) * 28)
        }
        (SYLLABLES..0xd7a4, 0x11a8..0x11c3) if (first - SYLLABLES).is_multiple_of(28) => {
            char::from_u32(first + (second - TAILS))
        }
        _ => None,
    }
}

/// Returns a text with the syllables of Hangul in one character each.
pub fn composed(text: &str) -> Cow<'_, str> {
    let is_part = |letter| ('\u{1161}'..='\u{11c2}').contains(&letter);
    if text.is_ascii() || !text.contains(is_part) {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len());
    for letter in text.chars() {
        let last = whole.chars().next_back();
        match last.and_then(|last| compose(last, letter)) {
            Some(syllable) => {
                whole.pop();
                whole.push(syllable);
            }
            None => whole.push(letter),
        }
    }
    Cow::Owned(whole)
}

/// Makes text from the network fit for a terminal: control characters are shown instead of passed on, and so are those
/// that change the direction or the appearance of the following text. Syllables of Hangul are composed.
pub fn printable(text: &str) -> String {
    // Most texts are plain.
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for letter in composed(text).chars() {
        match letter {
            '\t' => shown.push_str("    "),
            '\0'..='\x1f' => {
                shown.push(char::from_u32(0x2400 + letter as u32).unwrap_or('\u{fffd}'))
            }
            '\x7f' => shown.push('␡'),
            '\u{80}'..='\u{9f}' => shown.push('\u{fffd}'),
            ' '..='~' => shown.push(letter),
            _ if is_invisible(letter) => shown.push_str(&format!("‹U+{:04X}›", letter as u32)),
            _ => shown.push(letter),
        }
    }
    shown
}

/// Formats a number of bytes with its unit: `812 B`, `45.6 kB`.
pub fn size(count: u64) -> String {
    format!("{}B", spaced(&bytes(count)))
}

/// Formats `74 ` and `48.1 k`: a unit prefix is next to its unit.
pub fn spaced(size: &str) -> String {
    if size.contains(' ') {
        size.to_owned()
    } else {
        format!("{size} ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration(0), "0 s");
        assert_eq!(duration(1), "1 ns");
        assert_eq!(duration(400_000), "400 µs");
        assert_eq!(duration(12_100_000), "12.1 ms");
        assert_eq!(duration(1_310_000_000), "1.31 s");
        assert_eq!(duration(125_000_000_000), "2 min 05 s");
        assert_eq!(duration(-1_500_000), "-1.50 ms");
        assert_eq!(duration(i64::MIN), "-2562047 h 47 min");
    }

    #[test]
    fn seconds_with_digits() {
        assert_eq!(seconds(1_204_410_000, 6), "1.204410");
        assert_eq!(seconds(-5, 9), "-0.000000005");
        assert_eq!(seconds(2_999_999_999, 0), "2");
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes(74), "74");
        assert_eq!(bytes(9_999), "9,999");
        assert_eq!(bytes(48_123), "48.1 k");
        assert_eq!(bytes(1_234_567), "1.2 M");
        assert_eq!(grouped(1_775_311), "1,775,311");
    }

    #[test]
    fn hangul_in_parts_is_composed() {
        let parts = "\u{1112}\u{116c}\u{110b}\u{1174}\u{1105}\u{1169}\u{11a8}.hwp";
        assert_eq!(composed(parts), "회의록.hwp");
        assert_eq!(printable(parts), "회의록.hwp");
        assert_eq!(composed("회의로\u{11a8}"), "회의록");
        // Neither two vowels nor two final consonants are part of a syllable.
        for text in [
            "각\u{11a8}",
            "가\u{1161}",
            "\u{1161}",
            "회의록",
            "e\u{301}",
            "a",
        ] {
            assert_eq!(composed(text), text);
        }
        for code in 0xac00..=0xd7a3 {
            let syllable = char::from_u32(code).unwrap();
            let (lead, rest) = ((code - 0xac00) / 588, (code - 0xac00) % 588);
            let codes = [0x1100 + lead, 0x1161 + rest / 28, 0x11a7 + rest % 28];
            let parts: String = codes
                .iter()
                .filter_map(|code| char::from_u32(*code))
                .collect();
            let parts = parts.trim_end_matches('\u{11a7}');
            assert_eq!(composed(parts), syllable.to_string());
        }
    }

    #[test]
    fn nothing_reaches_the_terminal_unescaped() {
        assert_eq!(printable("evil\x1b[2J\u{9b}1m"), "evil␛[2J\u{fffd}1m");
        assert_eq!(printable("gnp\u{202e}exe"), "gnp‹U+202E›exe");
        let text = "회의록 é 一 ↑ \u{fdcf}\u{fdf0}\u{fffd}";
        assert_eq!(printable(text), text);
        for letter in "\u{ad}\u{61c}\u{115f}\u{180e}\u{200b}\u{2028}\u{2029}\u{2066}\u{2800}\u{3164}\u{fe00}\u{fe0f}\
            \u{feff}\u{ffa0}\u{fffa}\u{e0001}\u{e007f}\u{e0100}\u{fdd0}\u{fdef}\u{fffe}\u{ffff}\u{1fffe}\u{10ffff}"
            .chars()
        {
            let shown = format!("‹U+{:04X}›", letter as u32);
            assert_eq!(printable(&letter.to_string()), shown);
        }
    }
}
