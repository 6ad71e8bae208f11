//! The options of usual TCP segments: those that most segments have, whole and without anything unusual.

use crate::filter::value::Datum;
use std::borrow::Cow;

const END: u8 = 0;
const NO_OPERATION: u8 = 1;
const MSS: u8 = 2;
const WINDOW_SCALE: u8 = 3;
const SACK_PERMITTED: u8 = 4;
const SACK: u8 = 5;
const TIMESTAMPS: u8 = 8;
/// Any kind besides these.
const OTHER: u8 = u8::MAX;

/// The length of a SACK block, bytes.
const BLOCK: usize = 8;

/// A part of a TCP option, as a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The kind of the option.
    kind: u8,
    /// Where the number begins in the option, and its length; 0 where a segment that has the option must be dissected.
    at: u8,
    length: u8,
}

impl Part {
    /// A field of a rare option.
    pub const RARE: Part = Part::of_kind(OTHER);

    const fn of_kind(kind: u8) -> Self {
        Part {
            kind,
            at: 0,
            length: 0,
        }
    }

    /// Returns the part that a field is; none if it is not in one option.
    pub fn of(field: &str) -> Option<Part> {
        let name = field.strip_prefix("tcp.options.")?;
        let number = |kind, at, length| Part { kind, at, length };
        Some(match name {
            "mss_val" => number(MSS, 2, 2),
            "wscale.shift" => number(WINDOW_SCALE, 2, 1),
            "timestamp.tsval" => number(TIMESTAMPS, 2, 4),
            "timestamp.tsecr" => number(TIMESTAMPS, 6, 4),
            "eol" => Part::of_kind(END),
            "nop" => Part::of_kind(NO_OPERATION),
            "mss" => Part::of_kind(MSS),
            "wscale" | "wscale.multiplier" => Part::of_kind(WINDOW_SCALE),
            "sack_perm" => Part::of_kind(SACK_PERMITTED),
            "timestamp" => Part::of_kind(TIMESTAMPS),
            _ if name.starts_with("sack") => Part::of_kind(SACK),
            _ => Part::RARE,
        })
    }

    /// Returns its value in a segment with these options. The outer none is for options that must be dissected.
    pub fn value(self, options: &[u8]) -> Option<Option<Datum<'static>>> {
        let mut found = None;
        for option in Usual(options) {
            let option = option?;
            if option.first() != Some(&self.kind) {
                continue;
            }
            let from = usize::from(self.at);
            let bytes = option.get(from..from + usize::from(self.length))?;
            if bytes.is_empty() || found.is_some() {
                return None;
            }
            let number = bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | u32::from(*byte));
            found = Some(Datum::Integer(number.into()));
        }
        Some(found)
    }
}

/// Whether these options are usual ones, all of them whole.
pub fn are_usual(options: &[u8]) -> bool {
    Usual(options).all(|option| option.is_some())
}

/// Returns all options as a value; none if they must be dissected.
pub fn value(options: &[u8]) -> Option<Datum<'_>> {
    are_usual(options).then_some(Datum::Bytes(Cow::Borrowed(options)))
}

/// The options in these bytes, with their kind and length. The last one is none if it is unusual.
struct Usual<'a>(&'a [u8]);

impl<'a> Iterator for Usual<'a> {
    type Item = Option<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&kind, behind) = self.0.split_first()?;
        let length = match kind {
            NO_OPERATION => 1,
            // Behind it is padding, of zeros that are read as this option again.
            END if behind.first().is_none_or(|next| *next == END) => 1,
            MSS => 4,
            WINDOW_SCALE => 3,
            SACK_PERMITTED => 2,
            TIMESTAMPS => 10,
            SACK => behind.first().map_or(0, |length| usize::from(*length)),
            _ => 0,
        };
        let says_so = length == 1 || behind.first() == Some(&(length as u8));
        let is_whole = kind != SACK || length > BLOCK && length % BLOCK == 2;
        match self.0.split_at_checked(length) {
            Some((option, rest)) if length > 0 && says_so && is_whole => {
                self.0 = rest;
                Some(Some(option))
            }
            _ => {
                self.0 = &[];
                Some(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(field: &str, options: &[u8]) -> Option<Option<i128>> {
        let value = Part::of(field).unwrap().value(options)?;
        Some(value.map(|value| match value {
            Datum::Integer(number) => number,
            _ => panic!("{field} is no number"),
        }))
    }

    #[test]
    fn of_a_syn() {
        let syn = b"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x01\0\0\0\x02\x01\x03\x03\x07";
        for (field, value) in [
            ("mss_val", Some(Some(1460))),
            ("wscale.shift", Some(Some(7))),
            ("timestamp.tsval", Some(Some(1))),
            ("timestamp.tsecr", Some(Some(2))),
            ("sack.count", Some(None)),
            ("tfo.request", Some(None)),
            // It has these: they are dissected.
            ("sack_perm", None),
            ("nop", None),
        ] {
            let name = format!("tcp.options.{field}");
            assert_eq!(number(&name, syn), value, "{field}");
        }
        assert!(are_usual(syn) && are_usual(b"") && are_usual(b"\x01\0\0\0"));
    }

    /// What is unusual must be dissected, whatever the field.
    #[test]
    fn unusual() {
        for options in [
            &b"\x02\x03\x05"[..],
            b"\x02\x04\x05",
            b"\x03\x03",
            b"\x08\x0a\0\0",
            b"\x05\x02",
            b"\x05\x0b\0\0\0\0\0\0\0\0\0",
            b"\x05",
            b"\0\x01",
            b"\x1e\x04\0\0",
        ] {
            assert!(!are_usual(options), "{options:x?}");
            assert_eq!(number("tcp.options.timestamp.tsval", options), None);
        }
        assert_eq!(
            number("tcp.options.mss_val", b"\x02\x04\0\x01\x02\x04\0\x02"),
            None
        );
    }
}
