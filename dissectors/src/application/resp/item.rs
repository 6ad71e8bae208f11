//! What values are made of: a line that begins with the type, and what follows it.

use crate::application::line::is_plain;
use std::ops::Range;

/// A longer line is none of this protocol; Redis itself takes 64 KiB at most.
const MAX_LINE: usize = 64 << 10;

/// A number on a line is shorter.
const MAX_NUMBER: usize = 64;

/// Streamed values inside one another, at most. No server is known to send any.
const MAX_OPEN: usize = 32;

/// Stands for the values that a streamed one has, which ends by saying so.
const ENDLESS: u64 = u64::MAX / 2;

/// What follows the line of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Nothing: the line is the value.
    Line,
    /// Nothing: a string or an array that is null, in RESP2.
    Null,
    /// So many bytes and the end of a line.
    Body(u64),
    /// So many values; in a map two for each entry.
    Values(u64),
    /// So many values about the one that follows them.
    Attribute(u64),
    /// Values, up to one that ends them.
    Open,
    /// That one.
    Close,
}

/// Why bytes do not begin with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The line does not end in them.
    Short,
    /// They are nothing of this protocol.
    Foreign,
}

/// A line that begins a value.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Its first byte.
    pub kind: u8,
    /// The rest of it.
    pub text: &'a [u8],
    /// Its bytes, with those that end it.
    pub length: usize,
    /// What follows it.
    pub what: What,
}

impl<'a> Item<'a> {
    /// What these bytes begin with.
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

    /// The bytes behind the line that it counts, as far as they are among these, which begin with it. None where they are
    /// more than `most`: those need not be there.
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

    /// How many bytes it has with its body.
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

/// A number with or without a sign.
pub fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Where a message ends: values inside one another are counted together, however deep they stand.
#[derive(Clone, Debug)]
pub struct Nest {
    /// Values to come.
    left: u64,
    /// The same behind each streamed value that is open.
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
    /// One value is to come, and it is not inside of another.
    pub fn is_last(&self) -> bool {
        self.left == 1 && self.open.is_empty()
    }

    /// An item comes. Whether the message ends with it, or nothing where it cannot stand here.
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

/// A body that a step takes before it is there: how many bytes stand in front of a secret in it, and how long that is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taking {
    pub before: u64,
    pub secret: u64,
}

impl Taking {
    /// Bytes of it come.
    pub fn take(&mut self, length: usize) -> Range<usize> {
        let length = length as u64;
        let start = self.before.min(length);
        let end = start + self.secret.min(length - start);
        self.before -= start;
        self.secret -= end - start;
        start as usize..end as usize
    }
}

/// Adds text to what is kept of a message, up to so many bytes of it, and never half a letter.
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
