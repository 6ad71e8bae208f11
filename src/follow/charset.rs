//! Text in common charsets, decoded character by character, so that the bytes of each character are known.

use dissectors::{Undeclared, charset_by_name};
use encoding_rs::{
    DecoderResult, EUC_KR, Encoding, GB18030, GBK, REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE,
    UTF_16LE, WINDOWS_1252,
};
use std::{borrow::Cow, str};

/// How bytes are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// RFC 3629.
    Utf8,
    /// With the characters of CP949, as in the WHATWG's Encoding Standard.
    EucKr,
    /// Japanese.
    ShiftJis,
    /// Chinese.
    Gb18030,
    /// Latin-1 as it is commonly decoded: windows-1252.
    Latin1,
    /// ASCII, and a dot for everything else.
    Ascii,
    /// Any other of the Encoding Standard.
    Other(&'static Encoding),
}

/// Bytes with more than one control character per this many bytes are not text: in random bytes it is one in nine.
const MOST_CONTROLS: usize = 32;

/// A unit of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit<'b> {
    /// Printable ASCII: one byte per character.
    Ascii(&'b [u8]),
    /// A character, and its length in bytes.
    Letter(char, usize),
    /// A byte that is not part of a character.
    Bad,
}

impl Unit<'_> {
    /// Returns its length in bytes.
    pub fn length(&self) -> usize {
        match self {
            Unit::Ascii(run) => run.len(),
            Unit::Letter(_, length) => *length,
            Unit::Bad => 1,
        }
    }
}

/// What the bytes at the beginning of a character are.
enum Start {
    Letter(char, usize),
    /// More bytes are needed.
    Incomplete,
    Wrong,
}

impl Charset {
    /// The charsets to choose from, in the order in which they are offered.
    pub const ALL: [Charset; 6] = [
        Charset::Utf8,
        Charset::EucKr,
        Charset::ShiftJis,
        Charset::Gb18030,
        Charset::Latin1,
        Charset::Ascii,
    ];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Charset::Utf8 => "UTF-8",
            Charset::EucKr => "EUC-KR",
            Charset::ShiftJis => "Shift_JIS",
            Charset::Gb18030 => "GB18030",
            Charset::Latin1 => "Latin-1",
            Charset::Ascii => "ASCII",
            Charset::Other(encoding) => encoding.name(),
        }
    }

    /// Returns the charset with this label of the Encoding Standard, or another of its usual names. Those whose units
    /// are not bytes are none.
    pub fn by_label(label: &str) -> Option<Charset> {
        let encoding = charset_by_name(label)?;
        let is_readable = ![UTF_16BE, UTF_16LE, REPLACEMENT].contains(&encoding);
        is_readable.then(|| Charset::of(encoding))
    }

    fn of(encoding: &'static Encoding) -> Charset {
        match encoding {
            _ if encoding == UTF_8 => Charset::Utf8,
            _ if encoding == EUC_KR => Charset::EucKr,
            _ if encoding == SHIFT_JIS => Charset::ShiftJis,
            _ if encoding == GB18030 || encoding == GBK => Charset::Gb18030,
            _ if encoding == WINDOWS_1252 => Charset::Latin1,
            other => Charset::Other(other),
        }
    }

    /// Returns its encoding; none for ASCII.
    fn encoding(self) -> Option<&'static Encoding> {
        Some(match self {
            Charset::Utf8 => UTF_8,
            Charset::EucKr => EUC_KR,
            Charset::ShiftJis => SHIFT_JIS,
            Charset::Gb18030 => GB18030,
            Charset::Latin1 => WINDOWS_1252,
            Charset::Other(encoding) => encoding,
            Charset::Ascii => return None,
        })
    }

    /// Decodes a text, with replacement characters for what is not part of it.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self.encoding() {
            Some(encoding) => encoding.decode_without_bom_handling(bytes).0,
            None => String::from_utf8_lossy(bytes),
        }
    }

    /// Returns the charset that these bytes of a conversation are most likely in, and ASCII for bytes that are not text.
    /// `last` means that no bytes follow.
    pub fn guess(bytes: &[u8], last: bool, conversation: Undeclared) -> Charset {
        let control = |byte: &&u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
        let guess = Charset::of(conversation.of_part(bytes, last));
        let controls = bytes.iter().filter(control).count();
        match guess != Charset::Utf8 && controls > bytes.len() / MOST_CONTROLS {
            true => Charset::Ascii,
            false => guess,
        }
    }

    /// Returns the units in these bytes, each with its offset. Unless they are the `last`, a character that does not
    /// end in them is left out.
    pub fn units(self, bytes: &[u8], last: bool) -> impl Iterator<Item = (usize, Unit<'_>)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = bytes.get(at..).unwrap_or_default();
            let unit = self.unit(rest, last)?;
            let begin = at;
            at += unit.length();
            Some((begin, unit))
        })
    }

    fn unit(self, rest: &[u8], last: bool) -> Option<Unit<'_>> {
        let first = *rest.first()?;
        let run = rest
            .iter()
            .position(|byte| !(0x20..0x7f).contains(byte))
            .unwrap_or(rest.len());
        if run > 0 {
            return rest.get(..run).map(Unit::Ascii);
        }
        if first < 0x80 {
            let shown = self != Charset::Ascii || matches!(first, b'\t' | b'\n' | b'\r');
            return Some(match shown {
                true => Unit::Letter(char::from(first), 1),
                false => Unit::Bad,
            });
        }
        let start = match self {
            Charset::Ascii => Start::Wrong,
            Charset::Utf8 => utf8(rest),
            Charset::EucKr => decoded(EUC_KR, rest),
            Charset::ShiftJis => decoded(SHIFT_JIS, rest),
            Charset::Gb18030 => decoded(GB18030, rest),
            Charset::Latin1 => decoded(WINDOWS_1252, rest),
            Charset::Other(encoding) => decoded(encoding, rest),
        };
        match start {
            Start::Letter(letter, length) => Some(Unit::Letter(letter, length)),
            Start::Incomplete if !last => None,
            Start::Incomplete | Start::Wrong => Some(Unit::Bad),
        }
    }
}

fn utf8(rest: &[u8]) -> Start {
    let length = match rest.first() {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => return Start::Wrong,
    };
    let bytes = rest.get(..length).unwrap_or(rest);
    match str::from_utf8(bytes) {
        Ok(text) => match text.chars().next() {
            Some(letter) => Start::Letter(letter, length),
            None => Start::Wrong,
        },
        Err(error) if error.error_len().is_none() => Start::Incomplete,
        Err(_) => Start::Wrong,
    }
}

/// The longest character, in bytes: GB18030's four-byte form.
const LONGEST: usize = 4;

fn decoded(encoding: &'static Encoding, rest: &[u8]) -> Start {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut room = [0; 16];
    for (at, byte) in rest.iter().take(LONGEST).enumerate() {
        let byte = std::slice::from_ref(byte);
        let (result, _, written) =
            decoder.decode_to_utf8_without_replacement(byte, &mut room, false);
        if result != DecoderResult::InputEmpty {
            return Start::Wrong;
        }
        let text = str::from_utf8(room.get(..written).unwrap_or_default());
        let mut letters = text.unwrap_or_default().chars();
        match (letters.next(), letters.next()) {
            (None, _) => {}
            (Some(letter), None) => return Start::Letter(letter, at + 1),
            (Some(_), Some(_)) => return Start::Wrong,
        }
    }
    match rest.len() < LONGEST {
        true => Start::Incomplete,
        false => Start::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(charset: Charset, bytes: &[u8]) -> String {
        let mut text = String::new();
        for (_, unit) in charset.units(bytes, true) {
            match unit {
                Unit::Ascii(run) => text.push_str(str::from_utf8(run).unwrap()),
                Unit::Letter(letter, _) => text.push(letter),
                Unit::Bad => text.push('✗'),
            }
        }
        text
    }

    #[test]
    fn letters_of_each_charset() {
        assert_eq!(text(Charset::Utf8, "a 회의록 é".as_bytes()), "a 회의록 é");
        // 회의록, and 똠, which only CP949 has.
        let korean = b"\xc8\xb8\xc0\xc7\xb7\xcf \x8c\x63";
        assert_eq!(text(Charset::EucKr, korean), "회의록 똠");
        assert_eq!(text(Charset::ShiftJis, b"\x93\xfa\x96\x7b \xb1"), "日本 ｱ");
        assert_eq!(text(Charset::Gb18030, b"\xd6\xd0\x81\x30\x89\x38"), "中ß");
        assert_eq!(text(Charset::Latin1, b"caf\xe9 \x80"), "café €");
        assert_eq!(text(Charset::Ascii, b"a\x01\xc8\tb"), "a✗✗\tb");
    }

    #[test]
    fn labels() {
        for (label, charset) in [
            ("utf8", Some(Charset::Utf8)),
            ("EUC-KR", Some(Charset::EucKr)),
            ("cp949", Some(Charset::EucKr)),
            ("latin1", Some(Charset::Latin1)),
            ("gbk", Some(Charset::Gb18030)),
            ("koi8-r", Some(Charset::Other(encoding_rs::KOI8_R))),
            ("utf-16le", None),
            ("no such", None),
        ] {
            assert_eq!(Charset::by_label(label), charset, "{label}");
        }
        let russian = Charset::by_label("windows-1251").unwrap();
        assert_eq!(text(russian, b"\xcf\xf0 a"), "Пр a");
        assert_eq!(russian.decode(b"\xcf\xf0 a"), "Пр a");
    }

    #[test]
    fn what_does_not_end_is_waited_for() {
        for (charset, bytes) in [
            (Charset::Utf8, &"록".as_bytes()[..2]),
            (Charset::EucKr, b"\xb7"),
            (Charset::ShiftJis, b"\x93"),
            (Charset::Gb18030, b"\x81\x35\xf4"),
        ] {
            assert_eq!(charset.units(bytes, false).count(), 0, "{charset:?}");
            let bad = charset.units(bytes, true).map(|(_, unit)| unit);
            assert_eq!(bad.last(), Some(Unit::Bad), "{charset:?}");
        }
    }

    #[test]
    fn wrong_bytes_are_passed_one_by_one() {
        assert_eq!(text(Charset::Utf8, b"a\xff\xe2\x82b\xc0\x80"), "a✗✗✗b✗✗");
        assert_eq!(text(Charset::EucKr, b"\xff\xc8 \xc8"), "✗✗ ✗");
    }

    #[test]
    fn guesses() {
        assert_eq!(
            Charset::guess(b"GET / HTTP/1.1", true, Undeclared::default()),
            Charset::Utf8
        );
        assert_eq!(
            Charset::guess("회의".as_bytes(), true, Undeclared::default()),
            Charset::Utf8
        );
        assert_eq!(
            Charset::guess(b"\xc8\xb8\xc0\xc7", true, Undeclared::default()),
            Charset::EucKr
        );
        assert_eq!(
            Charset::guess(b"\xc8\xb8\xc0", false, Undeclared::default()),
            Charset::EucKr
        );
        assert_eq!(
            Charset::guess(b"\x93\xfa\x96\x7b", true, Undeclared::default()),
            Charset::ShiftJis
        );
        assert_eq!(
            Charset::guess(b"caf\xe9 noir", true, Undeclared::default()),
            Charset::Latin1
        );
        assert_eq!(
            Charset::guess(b"\x16\x03\x01\xff\x00", true, Undeclared::default()),
            Charset::Ascii
        );
    }
}
