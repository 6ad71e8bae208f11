//! Lines of text of the older protocols over TCP, and functions that those protocols share.

use crate::{Layer, Place, Side, Stop, Value, charset};
use nom::bytes::take;
use std::borrow::Cow;

/// One line.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The text of the line.
    pub text: &'a [u8],
    /// The text with the line's ending.
    pub whole: &'a [u8],
}

impl<'a> Line<'a> {
    /// Returns the line that these bytes begin with: up to a line feed, a carriage return, or both. Without any of them
    /// it is all bytes.
    pub fn first(bytes: &'a [u8]) -> Self {
        let end = memchr::memchr2(b'\r', b'\n', bytes).unwrap_or(bytes.len());
        let (text, behind) = bytes.split_at(end);
        let ending = match behind {
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            _ => 1,
        };
        let whole = bytes.get(..end + ending).unwrap_or(bytes);
        Line { text, whole }
    }

    /// Returns the first line, where its end is among these bytes.
    pub fn ended(bytes: &'a [u8]) -> Option<Self> {
        Some(Self::first(bytes)).filter(|line| line.is_ended(bytes))
    }

    /// Returns whether the end of this line, which is the first of these bytes, is among them. A carriage return at the
    /// very end may be half of an ending.
    pub fn is_ended(self, bytes: &[u8]) -> bool {
        self.whole.len() < bytes.len() || self.whole.ends_with(b"\n")
    }

    /// Returns the three digits that a reply begins with, as digits and as a number, and what follows the byte after
    /// them.
    pub fn reply(self) -> Option<(&'a [u8], u16, &'a [u8])> {
        let (digits, rest) = self.text.split_at_checked(3)?;
        let mut code = 0;
        for digit in digits {
            code = 10 * code + u16::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
        }
        Some((digits, code, rest.get(1..).unwrap_or_default()))
    }
}

/// Returns the first word, and what follows the spaces after it.
pub fn word(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|&byte| byte == b' ');
    let (word, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    let next = rest.iter().position(|&byte| byte != b' ');
    (word, rest.split_at(next.unwrap_or(rest.len())).1)
}

/// Text that should be ASCII: other bytes are taken one by one, and a zero ends it.
pub fn ascii(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0);
    let bytes = bytes.split_at(end.unwrap_or(bytes.len())).0;
    let letter = |byte: &u8| match byte.is_ascii() {
        true => char::from(*byte),
        false => char::REPLACEMENT_CHARACTER,
    };
    bytes.iter().map(letter).collect()
}

/// Text for people.
pub fn readable(bytes: &[u8]) -> Cow<'_, str> {
    charset::guess(bytes)
}

/// Returns whether a session need not look at these bytes: it has seen the beginning of this line, and what has come
/// since does not end it. Without this, a long line in small segments would be searched from its beginning for each.
pub fn goes_on(place: &Place, bytes: &[u8]) -> bool {
    // The beginning shows whether it is text. A carriage return at its end ends the line with the next byte.
    let new = bytes.get(place.seen.saturating_sub(1)..);
    place.seen >= ENOUGH && memchr::memchr2(b'\r', b'\n', new.unwrap_or_default()).is_none()
}

/// How many bytes show whether they are text.
const ENOUGH: usize = 32;

/// Returns whether these bytes may be lines of text rather than TLS ciphertext. Text has next to no control characters,
/// while ciphertext begins with one or soon has one. Bytes of 0x80 and more are no sign: many character sets and
/// Telnet's commands have them.
pub fn is_plain(bytes: &[u8]) -> bool {
    let odd = |byte: &u8| {
        byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r' | b'\n' | 0x08 | 0x0c | 0x1b)
    };
    let bytes = bytes.get(..ENOUGH).unwrap_or(bytes);
    // Without branches, so that many bytes are compared at once. Few lines have any of these characters.
    let control = bytes
        .iter()
        .fold(false, |any, byte| any | byte.is_ascii_control());
    !control || !bytes.iter().any(odd)
}

/// Returns whether this message goes to the server.
pub fn is_request(layer: &Layer) -> bool {
    layer.side() == Some(Side::Client)
}

/// Shows some bytes of the source as text.
pub fn show(layer: &mut Layer, name: &'static str, label: &'static str, text: &[u8]) {
    if !text.is_empty() {
        let place = layer.place(text);
        layer.over(name, label, place, || Value::Text(ascii(text)));
    }
}

/// Reads the next line as a row whose value is the line, and fields below it.
pub fn valued<'a>(
    layer: &mut Layer<'a, '_>,
    name: &'static str,
    label: &'static str,
    line: Line<'a>,
    fill: impl FnOnce(&mut Layer<'a, '_>),
) -> Result<(), Stop> {
    let whole = |bytes: &[u8]| Value::Text(ascii(bytes));
    layer.field_shown(name, label, take(line.whole.len()), whole)?;
    let charset = layer.undeclared();
    layer.text(|| charset.read(line.text).into_owned());
    layer.below(fill);
    Ok(())
}

/// Reads the next line as a row with fields below it.
pub fn row<'a>(
    layer: &mut Layer<'a, '_>,
    label: &'static str,
    line: Line<'a>,
    fill: impl FnOnce(&mut Layer<'a, '_>),
) -> Result<(), Stop> {
    layer.group("", label, |layer| {
        let charset = layer.undeclared();
        layer.title(|| charset.read(line.text).into_owned());
        fill(layer);
        layer.skip(line.whole.len());
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_three_ways() {
        let lengths = |text: &[u8]| {
            let line = Line::first(text);
            (line.text.len(), line.whole.len())
        };
        assert_eq!(lengths(b"ab\r\nc"), (2, 4));
        assert_eq!(lengths(b"ab\nc"), (2, 3));
        assert_eq!(lengths(b"ab\rc"), (2, 3));
        assert_eq!(lengths(b"ab"), (2, 2));
        assert_eq!(lengths(b""), (0, 0));
        let ended = |text| Line::ended(text).map(|line| line.whole.len());
        assert_eq!(ended(b"ab\r\nc"), Some(4));
        assert_eq!(ended(b"ab\r"), None);
        assert_eq!(ended(b"ab"), None);
        assert!(!is_plain(b"\x16\x03\x01\x00\x00"));
    }

    #[test]
    fn words_and_replies() {
        assert_eq!(word(b"USER  a b "), (&b"USER"[..], &b"a b "[..]));
        assert_eq!(word(b"QUIT"), (&b"QUIT"[..], &b""[..]));
        assert_eq!(word(b" x"), (&b""[..], &b"x"[..]));
        let reply = |text| {
            Line::first(text)
                .reply()
                .map(|(_, code, rest)| (code, rest))
        };
        assert_eq!(reply(b"220-hi\r\n"), Some((220, &b"hi"[..])));
        assert_eq!(reply(b"220\r\n"), Some((220, &b""[..])));
        assert_eq!(reply(b" EPRT\r\n"), None);
        assert_eq!(reply(b"22"), None);
    }
}
