//! Text in character sets, by their names in mail and on pages.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{DecoderResult, EUC_KR, Encoding, UTF_8, WINDOWS_1252};
use std::borrow::Cow;

/// The character set of the text of a conversation that declares none, as far as that is known: file names in FTP,
/// fields of mail, escaped bytes in URIs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undeclared(Option<&'static Encoding>);

impl Undeclared {
    /// Nothing is known of it.
    pub const UNKNOWN: Self = Undeclared(None);

    /// Returns what a part of the text seems to be in.
    pub(crate) fn seen_in(text: &[u8]) -> Self {
        Undeclared(Some(guess_charset(text, false)))
    }

    /// Decodes text that declares no character set.
    pub fn read(self, bytes: &[u8]) -> Cow<'_, str> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => self.of(bytes).decode_without_bom_handling(bytes).0,
        }
    }

    /// Returns the character set of text that declares none: UTF-8 where it is valid, that of the conversation where it
    /// fits, else the one that the bytes alone seem to be in.
    pub fn of(self, bytes: &[u8]) -> &'static Encoding {
        let fits = |it: &&'static Encoding| {
            let decoded = it.decode_without_bom_handling_and_without_replacement(bytes);
            decoded.is_some()
        };
        match std::str::from_utf8(bytes) {
            Ok(_) => UTF_8,
            Err(_) => self.0.filter(fits).unwrap_or_else(|| guessed(bytes)),
        }
    }

    /// As [`Undeclared::of`] for a part of the conversation in which other text may be as well. Unless the bytes are the
    /// `last`, they may end within a character.
    pub fn of_part(self, bytes: &[u8], last: bool) -> &'static Encoding {
        let alone = guess_charset(bytes, last);
        // Everything fits into a set of single bytes.
        let may_be = |it: &&'static Encoding| !it.is_single_byte() || alone.is_single_byte();
        let fits = |it: &&'static Encoding| {
            let mut decoder = it.new_decoder_without_bom_handling();
            let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
            let mut text = String::with_capacity(room.unwrap_or_default());
            let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, last);
            result == DecoderResult::InputEmpty
        };
        match alone == UTF_8 {
            true => UTF_8,
            false => self.0.filter(may_be).filter(fits).unwrap_or(alone),
        }
    }

    /// Returns this one, or another one where it is not known.
    pub fn or(self, other: Undeclared) -> Undeclared {
        Undeclared(self.0.or(other.0))
    }
}

/// Decodes text in a named character set (WHATWG Encoding Standard, section 4.2): `euc-kr` and `cp949` are one there.
/// Without a known name its bytes show it.
pub fn decode<'a>(name: Option<&str>, bytes: &'a [u8]) -> Cow<'a, str> {
    if name.is_some_and(|name| {
        name.trim()
            .trim_matches('"')
            .eq_ignore_ascii_case("iso-2022-kr")
    }) {
        return Cow::Owned(iso_2022_kr(bytes));
    }
    let encoding = name.and_then(by_name).unwrap_or_else(|| guessed(bytes));
    encoding.decode_without_bom_handling(bytes).0
}

/// Decodes text without a named character set, whose bytes show it.
pub fn guess(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => guessed(bytes).decode_without_bom_handling(bytes).0,
    }
}

/// Bytes of a text beyond these show nothing new of its character set.
const MAX_SAMPLE: usize = 4096;

/// Fewer bytes beyond ASCII do not tell one set of single bytes from another.
const FEW: usize = 5;

/// Returns the character set that a whole text without a declared one is most likely in.
pub fn guessed(bytes: &[u8]) -> &'static Encoding {
    guess_charset(bytes, true)
}

/// Returns the character set that bytes without a declared one are most likely in: UTF-8 where they are valid, else
/// what chardetng takes them for. It is made for web pages: for a few bytes, such as a name of two syllables, it guesses
/// single-byte sets that are rarely used. Such bytes are EUC-KR if all of them are Hangul in it, else windows-1252, which
/// HTML assumes by default. Unless the bytes are the `last`, they may end within a character.
pub fn guess_charset(bytes: &[u8], last: bool) -> &'static Encoding {
    let (bytes, last) = match bytes.get(..MAX_SAMPLE) {
        Some(sample) => (sample, last && sample.len() == bytes.len()),
        None => (bytes, last),
    };
    match std::str::from_utf8(bytes) {
        Ok(_) => return UTF_8,
        Err(error) if error.error_len().is_none() && !last => return UTF_8,
        Err(_) => {}
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, last);
    let found = detector.guess(None, Utf8Detection::Deny);
    let beyond = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    match found.is_single_byte() && beyond < FEW {
        false => found,
        true if is_hangul(bytes) => EUC_KR,
        true => WINDOWS_1252,
    }
}

/// Whether everything beyond ASCII is Hangul of KS X 1001.
fn is_hangul(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => return true,
            [0xb0..=0xc8, 0xa1..=0xfe, behind @ ..] => behind,
            [byte, behind @ ..] if byte.is_ascii() => behind,
            _ => return false,
        };
    }
}

/// RFC 1557: EUC-KR in seven bits a byte, with signs that shift to it and back. The standard omits it, but Korean mail
/// of the nineties uses it.
fn iso_2022_kr(bytes: &[u8]) -> String {
    const DESIGNATES: &[u8] = b"\x1b$)C";
    const SHIFT_OUT: u8 = 0x0e;
    const SHIFT_IN: u8 = 0x0f;
    const EIGHTH_BIT: u8 = 0x80;
    let mut wide = Vec::with_capacity(bytes.len());
    let (mut shifted, mut rest) = (false, bytes);
    while let Some((&byte, behind)) = rest.split_first() {
        if let Some(text) = rest.strip_prefix(DESIGNATES) {
            rest = text;
            continue;
        }
        rest = behind;
        match byte {
            SHIFT_OUT => shifted = true,
            SHIFT_IN => shifted = false,
            b'!'..=b'~' if shifted => wide.push(byte | EIGHTH_BIT),
            _ => wide.push(byte),
        }
    }
    encoding_rs::EUC_KR
        .decode_without_bom_handling(&wide)
        .0
        .into_owned()
}

/// Returns the character set with this name. Some names in use are not in the standard.
pub fn by_name(name: &str) -> Option<&'static Encoding> {
    let name = name.trim().trim_matches('"');
    let found = Encoding::for_label(name.as_bytes());
    found.or_else(|| match name.to_ascii_lowercase().as_str() {
        "cp949" | "ms949" | "uhc" | "x-windows-949" => Encoding::for_label(b"euc-kr"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean() {
        let hangul = b"\xb0\xa1\xb3\xaa";
        for name in ["euc-kr", "EUC-KR", "ks_c_5601-1987", "cp949", "\"uhc\""] {
            assert_eq!(decode(Some(name), hangul), "가나", "{name}");
        }
        let shifted = b"\x1b$)Ca \x0e0!3*\x0f b";
        assert_eq!(decode(Some("ISO-2022-KR"), shifted), "a 가나 b");
        assert_eq!(decode(None, "가나".as_bytes()), "가나");
        assert_eq!(decode(Some("no such"), b"caf\xe9"), "café");
    }

    #[test]
    fn guesses() {
        for (label, texts) in [
            (
                "euc-kr",
                &[
                    "가.txt",
                    "서울",
                    "2024년 회의록.hwp",
                    "똠방각하",
                    "견적서.xlsx",
                ][..],
            ),
            ("utf-8", &["가", "é", "日本"]),
            ("shift_jis", &["日本", "会議録.txt", "こんにちは"]),
            ("euc-jp", &["こんにちは", "テスト.txt"]),
            ("gbk", &["会议记录.txt", "中文", "简体中文文件名"]),
            ("big5", &["會議記錄.txt", "測試檔案.txt"]),
            ("windows-1251", &["Привет", "Отчёт.doc"]),
            ("windows-1252", &["café", "naïve", "Müller", "São Paulo"]),
        ] {
            let encoding = by_name(label).unwrap_or(UTF_8);
            for text in texts {
                let (bytes, ..) = encoding.encode(text);
                assert_eq!(guessed(&bytes), encoding, "{text}");
                assert_eq!(guess(&bytes), *text);
            }
        }
        assert_eq!(guessed(b""), UTF_8);
        let long = "a가".repeat(MAX_SAMPLE);
        assert_eq!(guessed(long.as_bytes()), UTF_8);
    }
}
