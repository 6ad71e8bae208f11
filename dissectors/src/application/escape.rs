//! Escaped letters in URIs and forms, and in the strings of JSON.

use crate::Undeclared;
use encoding_rs::WINDOWS_1252;
use std::borrow::Cow;

/// Decodes percent-encoding, RFC 3986, section 2.1. In forms a plus sign is a space.
pub fn percent(text: &[u8], form: bool) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        let digit = |at: usize| char::from(*behind.get(at)?).to_digit(16);
        rest = behind;
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high << 4 | low) as u8);
                rest = behind.get(2..).unwrap_or_default();
            }
            (b'+', ..) if form => decoded.push(b' '),
            _ => decoded.push(byte),
        }
    }
    decoded
}

/// Returns a URI as people read it: escaped letters beyond ASCII are decoded, in UTF-8 or in the character set that all
/// of them seem to be in. Everything else stays as it was sent: escaped ASCII may separate parts, and control and
/// invisible characters, and bytes that are no text, must not be taken for something else.
pub fn readable_uri(uri: &str, charset: Undeclared) -> Cow<'_, str> {
    const ESCAPE: usize = "%41".len();
    let escape_at = |at: usize| {
        let digits = uri.get(at..at + ESCAPE)?.strip_prefix('%')?;
        let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u8::from_str_radix(digits, 16).ok().filter(|_| plain)
    };
    // The runs of escapes that are not ASCII: their offsets and their bytes.
    let mut runs: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut from = 0;
    while let Some(found) = uri.get(from..).and_then(|rest| rest.find('%')) {
        let start = from + found;
        let mut bytes = Vec::new();
        while let Some(byte) = escape_at(start + ESCAPE * bytes.len()).filter(|byte| *byte > 0x7f) {
            bytes.push(byte);
        }
        from = start + (ESCAPE * bytes.len()).max(1);
        if !bytes.is_empty() {
            runs.push((start, bytes));
        }
    }
    if runs.is_empty() {
        return Cow::Borrowed(uri);
    }
    let others = runs.iter().map(|(_, bytes)| bytes);
    let others = others.filter(|bytes| std::str::from_utf8(bytes).is_err());
    let others: Vec<u8> = others.flatten().copied().collect();
    // windows-1252 is the guess where nothing shows a character set.
    let other = Some(charset.of(&others)).filter(|it| *it != WINDOWS_1252);
    let mut shown = String::with_capacity(uri.len());
    let mut copied = 0;
    for (start, bytes) in &runs {
        shown.push_str(uri.get(copied..*start).unwrap_or_default());
        copied = start + ESCAPE * bytes.len();
        let decoded = match (std::str::from_utf8(bytes), other) {
            (Ok(text), _) => Some(Cow::Borrowed(text)),
            (Err(_), Some(other)) => {
                other.decode_without_bom_handling_and_without_replacement(bytes)
            }
            (Err(_), None) => None,
        };
        let is_shown = |letter: char| !letter.is_ascii() && !is_invisible(letter);
        match decoded.filter(|text| text.chars().all(is_shown)) {
            Some(text) => shown.push_str(&text),
            None => shown.push_str(uri.get(*start..copied).unwrap_or_default()),
        }
    }
    shown.push_str(uri.get(copied..).unwrap_or_default());
    Cow::Owned(shown)
}

/// Whether a character leaves no mark, or changes the order of others.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || letter.is_whitespace()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{ffff}'
                | '\u{e000}'..='\u{f8ff}'
                | '\u{e0000}'..='\u{10ffff}'
        )
}

/// Decodes a string without its quotes: RFC 8259, section 7.
pub fn unescaped(text: &[u8]) -> String {
    let inside = text
        .get(1..text.len().saturating_sub(1))
        .unwrap_or_default();
    let inside = String::from_utf8_lossy(inside);
    let mut said = String::with_capacity(inside.len());
    let mut letters = inside.chars();
    // Half of a pair of surrogates, which is a letter only with the other half directly behind it.
    let mut high = None;
    while let Some(letter) = letters.next() {
        let escape = (letter == '\\').then(|| letters.next());
        let unit = (escape == Some(Some('u'))).then(|| {
            let digits: String = letters.by_ref().take(4).collect();
            let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let unit = u16::from_str_radix(&digits, 16).ok();
            unit.filter(|_| are_digits).unwrap_or(0xfffd)
        });
        match (high.take(), unit) {
            (Some(high), Some(low @ 0xdc00..=0xdfff)) => {
                let pair = char::decode_utf16([high, low]);
                said.extend(pair.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)));
                continue;
            }
            (Some(_), _) => said.push(char::REPLACEMENT_CHARACTER),
            (None, _) => {}
        }
        match (unit, escape) {
            (Some(unit @ 0xd800..=0xdbff), _) => high = Some(unit),
            (Some(unit), _) => {
                let letter = char::from_u32(unit.into());
                said.push(letter.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (None, None) => said.push(letter),
            (None, Some(Some('b'))) => said.push('\u{8}'),
            (None, Some(Some('f'))) => said.push('\u{c}'),
            (None, Some(Some('n'))) => said.push('\n'),
            (None, Some(Some('r'))) => said.push('\r'),
            (None, Some(Some('t'))) => said.push('\t'),
            (None, Some(Some(other))) => said.push(other),
            (None, Some(None)) => break,
        }
    }
    if high.is_some() {
        said.push(char::REPLACEMENT_CHARACTER);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_for_people() {
        for (sent, shown) in [
            ("/%EC%9E%90%eb%a3%8c/a.txt", "/자료/a.txt"),
            ("/%C0%DA%B7%E1.hwp?q=%C8%B8%C0%C7", "/자료.hwp?q=회의"),
            ("/a%20b%2Fc%0d%0aX%00", "/a%20b%2Fc%0d%0aX%00"),
            // An override of the direction of text, a byte that is no text, half a letter.
            ("/%E2%80%AEfdp.exe", "/%E2%80%AEfdp.exe"),
            ("/%ff", "/%ff"),
            ("/%ff/%EC%9E%90", "/%ff/자"),
            ("/%EC%9E", "/%EC%9E"),
            ("/%", "/%"),
            ("/%4", "/%4"),
            ("/%C3%A9%zz%+1", "/é%zz%+1"),
            ("/자%EC%9E%90", "/자자"),
            ("", ""),
        ] {
            assert_eq!(readable_uri(sent, Undeclared::default()), shown, "{sent}");
        }
    }
}
