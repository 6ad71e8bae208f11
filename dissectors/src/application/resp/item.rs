//! The parts of values: a line that begins with the type, and what follows it.

use crate::application::line::is_plain;
use std::ops::Range;

/// A longer line is not of this protocol; Redis itself allows 64 KiB.
const MAX_LINE: usize = 64 << 10;

/// The greatest length of a line with a number.
const MAX_NUMBER: usize = 64;

/// Streamed values inside one another, at most. No server is known to send any.
const MAX_OPEN: usize = 32;

/// The count of a streamed value, which has an explicit end.
const ENDLESS: u64 = u64::MAX / 2;

/// What follows the line of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Nothing: the line is the value.
    Line,
    /// Nothing: a string or an array that is null, in RESP2.
    Null,
    /// This many bytes and the end of a line.
    Body(u64),
    /// This many values; in a map two for each entry.
    Values(u64),
    /// This many values about the one that follows them.
    Attribute(u64),
    /// Values, up to one that ends them.
    Open,
    /// The end of a streamed value.
    Close,
}

/// Why bytes do not begin with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The line does not end within them.
    Short,
    /// They are not of this protocol.
    Foreign,
}

/// A line that begins a value.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Its first byte.
    pub kind: u8,
    /// The rest of the line.
    pub text: &'a [u8],
    /// The length of the line with its end.
    pub length: usize,
    /// What follows it.
    pub what: What,
}

impl<'a> Item<'a> {
    /// Returns the item at the beginning of these bytes.
    pub fn first(bytes: &'a [u8]) -> Result<Self, Fault> {
        let (&kind, behind) = bytes.split_first().ok_or(Fault::Short)?;
        let most = match kind {
            b'+' | b'-' | b'(' => MAX_LINE,
            b':' | b',' | b'#' | b'_' | b'$' | b'!' | b'=' | b'*' | b'~' | b'%' | b'>' | b'|'
            | b';' | b'.' => MAX_NUMBER,
            _ => return Err(Fault::Foreign),
        };
        let behind = behind.get(..most).unwrap_or(behind);
        let Some(end) = memchr::memchr(b'\n', behind) else {
            return Err(match behind.len() == most {
                true => Fault::Foreign,
                false => Fault::Short,
            });
        };
        let text = behind.get(..end).and_then(|line| line.strip_suffix(b"\r"));
        let text = text.ok_or(Fault::Foreign)?;
        Ok(Item {
            kind,
            text,
            length: end + 2,
            what: what(kind, text).ok_or(Fault::Foreign)?,
        })
    }

    /// Returns the body after the line, as far as it is among these bytes, which begin with the line. None for a body
    /// longer than `most`, which need not be there.
    pub fn body(&self, bytes: &'a [u8], most: u64) -> Result<Option<&'a [u8]>, Fault> {
        let What::Body(count) = self.what else {
            return Ok(Some(self.text));
        };
        let behind = bytes.get(self.length..).unwrap_or_default();
        let split = behind.split_at_checked(usize::try_from(count).unwrap_or(usize::MAX));
        match split {
            Some((_, [first, ..])) if *first != b'\r' => Err(Fault::Foreign),
            Some((_, [_, second, ..])) if *second != b'\n' => Err(Fault::Foreign),
            _ if count > most => Ok(None),
            Some((body, [_, _, ..])) => Ok(Some(body)),
            _ => Err(Fault::Short),
        }
    }

    /// Returns its length with its body, bytes.
    pub fn whole(&self) -> u64 {
        match self.what {
            What::Body(count) => self.length as u64 + count + 2,
            _ => self.length as u64,
        }
    }
}

fn what(kind: u8, text: &[u8]) -> Option<What> {
    let is = |allowed: &[u8]| !text.is_empty() && text.iter().all(|byte| allowed.contains(byte));
    let line = |fits: bool| fits.then_some(What::Line);
    match (kind, text) {
        (b'$' | b'*', b"-1") => return Some(What::Null),
        (b'$' | b'*' | b'~' | b'%' | b'>', b"?") => return Some(What::Open),
        (b'.', b"") | (b';', b"0") => return Some(What::Close),
        (b'+' | b'-', _) => return line(is_plain(text)),
        (b':', _) => return line(integer(text).is_some()),
        (b'(', _) => return line(is(b"+-0123456789")),
        (b',', _) => return line(is(b"+-.0123456789eEinfaNIF")),
        (b'#', _) => return line(matches!(text, b"t" | b"f")),
        (b'_', _) => return line(text.is_empty()),
        _ => {}
    }
    // The fields of lengths have 32 bits and a sign.
    let count = integer(text).filter(|count| (0..=i64::from(i32::MAX)).contains(count));
    let count = count?.unsigned_abs();
    Some(match kind {
        b'$' | b'!' | b'=' | b';' => What::Body(count),
        b'*' | b'~' | b'>' => What::Values(count),
        b'%' => What::Values(2 * count),
        b'|' => What::Attribute(2 * count),
        _ => return None,
    })
}

/// Reads a number with or without a sign.
pub fn integer(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        _ => (1, text),
    };
    let add = |value: i64, byte: &u8| {
        let digit = char::from(*byte).to_digit(10)?;
        value.checked_mul(10)?.checked_add(sign * i64::from(digit))
    };
    let value = digits.iter().try_fold(0, add);
    value.filter(|_| !digits.is_empty())
}

/// The end of a message: values inside one another are counted together, at any depth.
#[derive(Clone, Debug)]
pub struct Nest {
    /// Values to come.
    left: u64,
    /// Values to come after the end of each open streamed value.
    open: Vec<u64>,
}

impl Default for Nest {
    fn default() -> Self {
        Nest {
            left: 1,
            open: Vec::new(),
        }
    }
}

impl Nest {
    /// Returns whether one value is to come that is not inside another.
    pub fn is_last(&self) -> bool {
        self.left == 1 && self.open.is_empty()
    }

    /// Adds an item. Returns whether the message ends with it, or nothing where it is not allowed.
    pub fn add(&mut self, what: What) -> Option<bool> {
        let others = self.left.checked_sub(1)?;
        self.left = match what {
            What::Line | What::Null | What::Body(_) => others,
            What::Values(count) => others.checked_add(count)?,
            What::Attribute(count) => self.left.checked_add(count)?,
            What::Open if self.open.len() < MAX_OPEN => {
                self.open.push(others);
                ENDLESS
            }
            What::Open => return None,
            What::Close => self.open.pop()?,
        };
        Some(self.left == 0 && self.open.is_empty())
    }
}

/// A body that is taken before it has arrived: the bytes before a secret in it, and the length of that.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taking {
    pub before: u64,
    pub secret: u64,
}

impl Taking {
    /// Takes bytes of it and returns the range of the secret among them.
    pub fn take(&mut self, length: usize) -> Range<usize> {
        let length = length as u64;
        let start = self.before.min(length);
        let end = start + self.secret.min(length - start);
        self.before -= start;
        self.secret -= end - start;
        start as usize..end as usize
    }
}

/// Adds text to what is kept of a message, up to `most` bytes of it, and never half a letter.
pub fn keep(kept: &mut Vec<u8>, text: &[u8], most: usize) {
    let Some((mut front, [next, ..])) = text.split_at_checked(most) else {
        return kept.extend_from_slice(text);
    };
    let is_inside = |byte: &u8| (0x80..0xc0).contains(byte);
    if is_inside(next) {
        while let Some((last, before)) = front.split_last() {
            front = before;
            if !is_inside(last) {
                break;
            }
        }
    }
    kept.extend_from_slice(front);
    kept.extend_from_slice("…".as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items() {
        let what = |text: &[u8]| Item::first(text).map(|item| (item.what, item.length));
        assert_eq!(what(b"+OK\r\n-"), Ok((What::Line, 5)));
        assert_eq!(what(b"$11\r\n"), Ok((What::Body(11), 5)));
        assert_eq!(what(b"$-1\r\n"), Ok((What::Null, 5)));
        assert_eq!(what(b"%2\r\n"), Ok((What::Values(4), 4)));
        assert_eq!(what(b"|1\r\n"), Ok((What::Attribute(2), 4)));
        assert_eq!(what(b",-inf\r\n"), Ok((What::Line, 7)));
        assert_eq!(what(b"#x\r\n"), Err(Fault::Foreign));
        assert_eq!(what(b"$-2\r\n"), Err(Fault::Foreign));
        assert_eq!(what(b"*2\n"), Err(Fault::Foreign));
        assert_eq!(what(b"$99999999999\r\n"), Err(Fault::Foreign));
        assert_eq!(what(b"+OK"), Err(Fault::Short));
        assert_eq!(what(&[b'$'; 70]), Err(Fault::Foreign));
        assert_eq!(what(b""), Err(Fault::Short));
        assert_eq!(what(b"a"), Err(Fault::Foreign));
    }

    #[test]
    fn integers() {
        for text in [
            "0",
            "-0",
            "+12",
            "-7",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "-9223372036854775809",
            "",
            "-",
            "+",
            "1 ",
            "--1",
            "١",
        ] {
            assert_eq!(integer(text.as_bytes()), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn text_is_cut_between_letters() {
        let kept = |text: &str, most| {
            let mut kept = Vec::new();
            keep(&mut kept, text.as_bytes(), most);
            String::from_utf8_lossy(&kept).into_owned()
        };
        assert_eq!(kept("abc", 3), "abc");
        assert_eq!(kept("abcd", 3), "abc…");
        assert_eq!(kept("보고서", 7), "보고…");
        assert_eq!(kept("보고서", 6), "보고…");
        assert_eq!(kept("보", 1), "…");
    }
}
