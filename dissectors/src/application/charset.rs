//! Text in character sets, by their names in mail and on pages.

use encoding_rs::{EUC_KR, Encoding, UTF_8, WINDOWS_1252};
use std::borrow::Cow;

/// Decodes text in a named character set (WHATWG Encoding Standard, section 4.2): `euc-kr` and `cp949` are one there.
/// Without a known name it is UTF-8 where it is valid, else the default of 1996.
pub fn decode<'a>(name: Option<&str>, bytes: &'a [u8]) -> Cow<'a, str> {
    if name.is_some_and(|name| {
        name.trim()
            .trim_matches('"')
            .eq_ignore_ascii_case("iso-2022-kr")
    }) {
        return Cow::Owned(iso_2022_kr(bytes));
    }
    let named = name.and_then(by_name);
    let encoding = named.unwrap_or(match std::str::from_utf8(bytes) {
        Ok(_) => UTF_8,
        Err(_) => WINDOWS_1252,
    });
    encoding.decode_without_bom_handling(bytes).0
}

/// Decodes text without a named character set: UTF-8 where it is valid, Korean where everything that is not ASCII
/// becomes Hangul, else the default of 1996.
pub fn guess(bytes: &[u8]) -> Cow<'_, str> {
    decode(looks_korean(bytes).then_some("euc-kr"), bytes)
}

/// Returns whether everything that is not ASCII is Hangul in EUC-KR.
pub fn looks_korean(bytes: &[u8]) -> bool {
    let hangul = |letter: char| letter.is_ascii() || matches!(letter, '가'..='힣');
    std::str::from_utf8(bytes).is_err()
        && EUC_KR
            .decode_without_bom_handling_and_without_replacement(bytes)
            .is_some_and(|text| text.chars().all(hangul))
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
}
