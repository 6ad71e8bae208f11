//! Domain names: RFC 1035, sections 3.1 and 4.1.4.

use crate::Value;
use nom::{
    Err, IResult, Parser,
    error::{Error, ErrorKind},
};
use std::fmt::Write;

/// The longest text of a name of 255 bytes, including dots between the labels.
const MAX_TEXT: usize = 253;

/// Labels and pointers that are followed after the first pointer: no name has so many, but a loop does not end.
const MAX_STEPS: usize = 2048;

/// A name inside a message, not yet decoded.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    message: &'a [u8],
    start: usize,
}

/// Reads a name, whose pointers count from the beginning of the message.
pub fn name<'a>(
    message: &'a [u8],
) -> impl Parser<&'a [u8], Output = Name<'a>, Error = Error<&'a [u8]>> {
    move |input: &'a [u8]| -> IResult<&'a [u8], Name<'a>> {
        let fail = |code| Err::Error(Error::new(input, code));
        let start = input
            .as_ptr()
            .addr()
            .saturating_sub(message.as_ptr().addr());
        let (end, _) = walk(message, start, |_| {}).map_err(fail)?;
        let rest = input
            .get(end - start..)
            .ok_or_else(|| fail(ErrorKind::Eof))?;
        Ok((rest, Name { message, start }))
    }
}

/// The result of reading a name's labels.
enum Shape {
    Name,
    TooLong,
    Loops,
}

/// Passes each label to a function and returns the offset after the name. It ends: before the first pointer every step
/// takes a byte, after it the steps are counted.
fn walk<'a>(
    message: &'a [u8],
    start: usize,
    mut label: impl FnMut(&'a [u8]),
) -> Result<(usize, Shape), ErrorKind> {
    let mut at = start;
    let mut end = None;
    let mut steps = 0;
    let mut characters = 0;
    loop {
        let length = message.get(at).copied().ok_or(ErrorKind::Eof)?;
        at += 1;
        match length {
            0 => break,
            1..=63 => {
                let length = usize::from(length);
                label(message.get(at..at + length).ok_or(ErrorKind::Eof)?);
                at += length;
                characters += length + usize::from(characters > 0);
            }
            // Other kinds of labels were never established: RFC 6891, section 5.
            64..=191 => return Err(ErrorKind::Tag),
            192..=255 => {
                let low = message.get(at).copied().ok_or(ErrorKind::Eof)?;
                end.get_or_insert(at + 1);
                at = usize::from(u16::from_be_bytes([length & 63, low]));
            }
        }
        steps += usize::from(end.is_some());
        if let Some(end) = end
            && steps > MAX_STEPS
        {
            return Ok((end, Shape::Loops));
        }
    }
    let shape = if characters > MAX_TEXT {
        Shape::TooLong
    } else {
        Shape::Name
    };
    Ok((end.unwrap_or(at), shape))
}

impl Name<'_> {
    /// Returns the labels separated by dots, or the reason for there being none.
    fn bytes(self) -> Vec<u8> {
        /// Few names are longer; the buffer grows for those.
        const USUAL: usize = 64;
        let mut bytes = Vec::with_capacity(USUAL);
        let outcome = walk(self.message, self.start, |label| {
            if bytes.len() <= MAX_TEXT {
                if !bytes.is_empty() {
                    bytes.push(b'.');
                }
                bytes.extend_from_slice(label);
            }
        });
        match outcome {
            Ok((_, Shape::Name)) if bytes.is_empty() => b"<Root>".to_vec(),
            Ok((_, Shape::Name)) => bytes,
            Ok((_, Shape::TooLong)) => b"<Name too long>".to_vec(),
            Ok((_, Shape::Loops)) | Err(_) => b"<Name contains a pointer that loops>".to_vec(),
        }
    }

    /// Returns the name for people. Control characters are escaped, and are not text.
    pub fn text(self) -> String {
        let bytes = match String::from_utf8(self.bytes()) {
            // Almost all names are, and the index reads many.
            Ok(text) if text.bytes().all(|byte| byte.is_ascii_graphic()) => return text,
            other => other.map_or_else(|error| error.into_bytes(), String::into_bytes),
        };
        let mut text = String::new();
        for chunk in bytes.utf8_chunks() {
            for letter in chunk.valid().chars() {
                let escape = match letter {
                    '\x07' => 'a',
                    '\x08' => 'b',
                    '\t' => 't',
                    '\n' => 'n',
                    '\x0b' => 'v',
                    '\x0c' => 'f',
                    '\r' => 'r',
                    _ => '\0',
                };
                let _ = match letter {
                    _ if escape != '\0' => write!(text, "\\{escape}"),
                    _ if letter.is_ascii_control() => write!(text, "\\{:03o}", u32::from(letter)),
                    _ if letter.is_control() => write!(text, "\\u{:04x}", u32::from(letter)),
                    _ => write!(text, "{letter}"),
                };
            }
            if !chunk.invalid().is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        text
    }

    /// Returns the length of the text in bytes, and the number of labels. A single letter counts as nothing.
    pub fn size(self) -> (usize, usize) {
        let bytes = self.bytes();
        match bytes.len() {
            0 | 1 => (0, 0),
            length => (
                length,
                1 + bytes.iter().filter(|&&byte| byte == b'.').count(),
            ),
        }
    }
}

impl From<Name<'_>> for Value {
    fn from(name: Name) -> Self {
        Value::Text(name.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::bytes;

    fn read(hex: &str, start: usize) -> Option<(String, usize)> {
        let message = bytes(hex);
        let input = message.get(start..).unwrap_or_default();
        let (rest, name) = name(&message).parse_complete(input).ok()?;
        Some((name.text(), input.len() - rest.len()))
    }

    /// RFC 1035, section 4.1.4.
    #[test]
    fn names_that_share_their_ends() {
        let hex = "0146 0349534903415250 4100 03464f4f c000 c002 00"
            .replace("0349534903415250 4100", "03495349 0441525041 00");
        assert_eq!(read(&hex, 0), Some(("F.ISI.ARPA".into(), 12)));
        assert_eq!(read(&hex, 12), Some(("FOO.F.ISI.ARPA".into(), 6)));
        assert_eq!(read(&hex, 18), Some(("ISI.ARPA".into(), 2)));
        assert_eq!(read(&hex, 20), Some(("<Root>".into(), 1)));
    }

    #[test]
    fn letters_beyond_ascii_are_kept() {
        assert_eq!(read("03ed959c 03636f6d 00", 0), Some(("한.com".into(), 9)));
        assert_eq!(read("04615c2201 00", 0), Some(("a\\\"\\001".into(), 6)));
        assert_eq!(read("027f0a 00", 0), Some(("\\177\\n".into(), 4)));
        assert_eq!(read("01ff 00", 0), Some(("\u{fffd}".into(), 3)));
    }

    #[test]
    fn names_that_are_none() {
        assert_eq!(read("c000", 0).map(|name| name.1), Some(2));
        assert_eq!(
            read("0161c000", 0),
            Some(("<Name contains a pointer that loops>".into(), 4))
        );
        assert_eq!(read("8000", 0), None);
        assert_eq!(read("c0ff", 0), None);
        assert_eq!(read("0361", 0), None);
        let long = format!("{}00", "0161".repeat(127));
        assert_eq!(read(&long, 0).map(|name| name.0.len()), Some(253));
        let long = format!("{}00", "0161".repeat(128));
        assert_eq!(read(&long, 0), Some(("<Name too long>".into(), 257)));
    }
}
