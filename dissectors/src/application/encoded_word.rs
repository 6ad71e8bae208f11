//! Text beyond ASCII in the fields of mail: encoded words (RFC 2047) and parameters with a character set or in
//! several parts (RFC 2231).

use super::transfer::{self, Decoded};
use crate::{Media, Undeclared, charset};
use encoding_rs::Encoding;
use std::borrow::Cow;

/// Returns a field's text for people: encoded words are decoded, folded lines become one. Raw bytes beyond ASCII are in
/// the character set `otherwise`, where they are not UTF-8.
pub fn decode(field: &[u8], otherwise: Option<&str>) -> String {
    let unfolded = unfold(field);
    let mut text = String::new();
    // A letter's bytes may be split between adjacent words.
    let mut pending: Option<(&[u8], Vec<u8>)> = None;
    let mut rest: &[u8] = &unfolded;
    while !rest.is_empty() {
        let start = find(rest, b"=?").unwrap_or(rest.len());
        let (plain, from) = rest.split_at(start);
        let word = word(from);
        // Space between two words is not part of the text: RFC 2047, section 6.2.
        let joins = word.is_some() && plain.trim_ascii().is_empty();
        if !(joins && pending.is_some()) {
            flush(&mut pending, &mut text);
            text.push_str(&raw(plain, otherwise));
        }
        match word {
            Some(word) => {
                match &mut pending {
                    Some((charset, bytes)) if charset.eq_ignore_ascii_case(word.charset) => {
                        bytes.extend_from_slice(&word.bytes);
                    }
                    _ => {
                        flush(&mut pending, &mut text);
                        pending = Some((word.charset, word.bytes));
                    }
                }
                rest = word.rest;
            }
            None => {
                flush(&mut pending, &mut text);
                let (sign, behind) = from.split_at_checked(2).unwrap_or((from, &[]));
                text.push_str(&raw(sign, None));
                rest = behind;
            }
        }
    }
    flush(&mut pending, &mut text);
    text
}

fn flush(pending: &mut Option<(&[u8], Vec<u8>)>, text: &mut String) {
    if let Some((charset, bytes)) = pending.take() {
        let name = String::from_utf8_lossy(charset);
        text.push_str(&charset::decode(Some(&name), &bytes));
    }
}

/// Decodes bytes without a declared character set.
fn raw<'a>(bytes: &'a [u8], otherwise: Option<&str>) -> Cow<'a, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if otherwise.is_none() => charset::guess(bytes),
        Err(_) => charset::decode(otherwise, bytes),
    }
}

/// Returns the character set of the text in a mail's header fields, or in those of parts, that is neither encoded nor
/// UTF-8: the named one if it fits, else the one that all of this text seems to be in. `in_head` is set where the bytes
/// begin with fields.
pub fn raw_charset(
    bytes: &[u8],
    named: Option<&str>,
    undeclared: Undeclared,
    mut in_head: bool,
) -> Option<&'static str> {
    /// Fields further on are not examined.
    const NEAR: usize = 1 << 20;
    /// More text shows nothing new.
    const ENOUGH: usize = 4096;
    const OF_PART: &[u8] = b"content-";
    let near = bytes.get(..NEAR).unwrap_or(bytes);
    let mut text = Vec::new();
    let mut in_field = false;
    for line in near.split_inclusive(|&byte| byte == b'\n') {
        in_head &= !line.trim_ascii().is_empty();
        let begins = !matches!(line.first(), Some(b' ' | b'\t'));
        if begins {
            let start = line.get(..OF_PART.len());
            in_field = in_head || start.is_some_and(|it| it.eq_ignore_ascii_case(OF_PART));
        }
        if in_field && std::str::from_utf8(line).is_err() {
            text.extend_from_slice(line);
            if text.len() >= ENOUGH {
                break;
            }
        }
    }
    if text.is_empty() {
        return None;
    }
    let fits = |encoding: &&'static Encoding| {
        let decoded = encoding.decode_without_bom_handling_and_without_replacement(&text);
        decoded.is_some()
    };
    let named = named.and_then(charset::by_name).filter(fits);
    let encoding = named.unwrap_or_else(|| undeclared.of(&text));
    Some(encoding.name())
}

/// RFC 5322, section 2.2.3: the end of a line before a space is ignored.
fn unfold(field: &[u8]) -> Cow<'_, [u8]> {
    match field.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        false => Cow::Borrowed(field),
        true => {
            let kept = field
                .trim_ascii_end()
                .iter()
                .filter(|byte| !matches!(byte, b'\r' | b'\n'));
            Cow::Owned(
                kept.map(|&byte| if byte == b'\t' { b' ' } else { byte })
                    .collect(),
            )
        }
    }
}

/// One encoded word.
struct Word<'a> {
    charset: &'a [u8],
    bytes: Vec<u8>,
    rest: &'a [u8],
}

/// 75 letters are allowed (RFC 2047, section 2), but many programs write more. The end is searched within this many.
const MAX_WORD: usize = 4096;

/// RFC 2047, section 2.
fn word(all: &[u8]) -> Option<Word<'_>> {
    let (near, _) = all.split_at(all.len().min(MAX_WORD));
    let bytes = near.strip_prefix(b"=?")?;
    let (charset, rest) = split(bytes, b"?")?;
    let (encoding, rest) = split(rest, b"?")?;
    // In Q a question mark may directly precede the end.
    let (text, rest) = split(rest, b"?=")?;
    let plain = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_graphic);
    if charset.is_empty() || !plain(charset) {
        return None;
    }
    // RFC 2231, section 5: a language may follow.
    let charset = charset.split(|&byte| byte == b'*').next()?;
    let bytes = match encoding {
        b"B" | b"b" => transfer::base64(text).bytes,
        b"Q" | b"q" => {
            let spaced: Vec<u8> = text
                .iter()
                .map(|&byte| if byte == b'_' { b' ' } else { byte })
                .collect();
            let mut decoded = Decoded::default();
            transfer::escaped(&spaced, b'=', &mut decoded);
            decoded.bytes
        }
        _ => return None,
    };
    let rest = all.get(near.len() - rest.len()..)?;
    Some(Word {
        charset,
        bytes,
        rest,
    })
}

/// Splits bytes before and after a sign.
fn split<'a>(bytes: &'a [u8], sign: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = find(bytes, sign)?;
    Some((bytes.get(..at)?, bytes.get(at + sign.len()..)?))
}

fn find(bytes: &[u8], sign: &[u8]) -> Option<usize> {
    bytes.windows(sign.len()).position(|part| part == sign)
}

/// Parts of one parameter, at most.
const MAX_PARTS: usize = 64;

/// Returns a parameter for people, by its name in small letters: as it is, with encoded words, with a character set
/// (`name*`), or in parts (`name*0`, `name*1*` …).
pub fn parameter(media: &Media, name: &str) -> Option<String> {
    let extended = media.parameter(&format!("{name}*")).map(|value| {
        let (charset, value) = with_charset(value);
        let mut decoded = Decoded::default();
        transfer::escaped(value.as_bytes(), b'%', &mut decoded);
        charset::decode(charset, &decoded.bytes).into_owned()
    });
    extended
        .or_else(|| in_parts(media, name))
        .or_else(|| Some(decode(media.parameter(name)?.as_bytes(), None)))
}

fn in_parts(media: &Media, name: &str) -> Option<String> {
    let mut charset = None;
    let mut decoded = Decoded::default();
    for number in 0..MAX_PARTS {
        let plain = media.parameter(&format!("{name}*{number}"));
        let encoded = media.parameter(&format!("{name}*{number}*"));
        match (plain, encoded) {
            (_, Some(value)) => {
                let mut value = value;
                if number == 0 {
                    (charset, value) = with_charset(value);
                }
                transfer::escaped(value.as_bytes(), b'%', &mut decoded);
            }
            (Some(value), None) => decoded.bytes.extend_from_slice(value.as_bytes()),
            (None, None) if number == 0 => return None,
            (None, None) => break,
        }
    }
    Some(charset::decode(charset, &decoded.bytes).into_owned())
}

/// RFC 2231, section 4: `charset'language'text`.
fn with_charset(value: &str) -> (Option<&str>, &str) {
    let mut parts = value.splitn(3, '\'');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(charset), Some(_), Some(text)) => {
            (Some(charset).filter(|charset| !charset.is_empty()), text)
        }
        _ => (None, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2047, section 8.
    #[test]
    fn examples() {
        for (encoded, clear) in [
            ("(=?ISO-8859-1?Q?a?=)", "(a)"),
            ("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
            ("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
            ("(=?ISO-8859-1?Q?a?=\r\n     =?ISO-8859-1?Q?b?=)", "(ab)"),
            ("(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
            ("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
            (
                "=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>",
                "Keith Moore <moore@cs.utk.edu>",
            ),
            ("=?ISO-8859-1?Q?Andr=E9?= Pirard", "André Pirard"),
            ("=?us-ascii*en?q?hi?=", "hi"),
        ] {
            assert_eq!(decode(encoded.as_bytes(), None), clear, "{encoded}");
        }
    }

    #[test]
    fn korean() {
        // EUC-KR, CP949 with a letter that EUC-KR lacks, UTF-8, and a letter cut in two.
        assert_eq!(decode(b"=?EUC-KR?B?yLjAx7fP?=", None), "회의록");
        assert_eq!(
            decode(b"=?ks_c_5601-1987?Q?=C8=B8=C0=C7=B7=CF?=", None),
            "회의록"
        );
        assert_eq!(decode(b"=?cp949?B?jGM=?=", None), "똠");
        assert_eq!(
            decode("=?UTF-8?B?7ZqM7J2Y66Gd?=".as_bytes(), None),
            "회의록"
        );
        assert_eq!(
            decode(b"=?euc-kr?B?yLjA?=\r\n =?EUC-KR?B?x7fP?=", None),
            "회의록"
        );
        assert_eq!(
            decode(b"\xc8\xb8\xc0\xc7\xb7\xcf", Some("euc-kr")),
            "회의록"
        );
        assert_eq!(decode("회의록".as_bytes(), Some("euc-kr")), "회의록");
        assert_eq!(
            decode(b"2024\xb3\xe2 \xc8\xb8\xc0\xc7\xb7\xcf.hwp", None),
            "2024년 회의록.hwp"
        );
        assert_eq!(decode(b"caf\xe9", None), "café");
    }

    #[test]
    fn what_is_no_word_stands_for_itself() {
        for text in [
            "=?",
            "=?a?b",
            "a =?x?z?y?= b",
            "=??Q?a?=",
            "=?=?=?",
            "=?a\0b?q?c?=",
        ] {
            assert_eq!(decode(text.as_bytes(), None), text);
        }
        assert_eq!(decode(b"=?no-such?q?caf=E9?=", None), "café");
    }

    #[test]
    fn raw_text() {
        let head = b"Subject: \xb0\xa1\r\nTo: x\r\n \xb3\xaa\r\n\r\nbody \xe9\r\n";
        assert_eq!(
            raw_charset(head, None, Undeclared::default(), true),
            Some("EUC-KR")
        );
        assert_eq!(
            raw_charset(head, Some("utf-8"), Undeclared::default(), true),
            Some("EUC-KR")
        );
        assert_eq!(
            raw_charset(head, Some("gbk"), Undeclared::default(), true),
            Some("GBK")
        );
        assert_eq!(raw_charset(head, None, Undeclared::default(), false), None);
        let part = b"--b\r\nContent-Type: x;\r\n name=\"\xb0\xa1\"\r\n\r\n\xff";
        assert_eq!(
            raw_charset(part, None, Undeclared::default(), false),
            Some("EUC-KR")
        );
        assert_eq!(
            raw_charset(
                "Subject: é\r\n".as_bytes(),
                None,
                Undeclared::default(),
                true
            ),
            None
        );
    }

    /// RFC 2231, sections 3 and 4.
    #[test]
    fn parameters() {
        let name = |field: &str| parameter(&Media::parse(field), "filename");
        let attachment = |rest: &str| name(&format!("attachment; {rest}"));
        assert_eq!(attachment("filename=a.txt").as_deref(), Some("a.txt"));
        assert_eq!(attachment("x=y"), None);
        assert_eq!(
            attachment("filename*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A").as_deref(),
            Some("This is ***fun***")
        );
        assert_eq!(
            attachment("filename*0=\"long \"; filename*1=name").as_deref(),
            Some("long name")
        );
        assert_eq!(
            attachment("filename*0*=EUC-KR''%C8%B8%C0; filename*1*=%C7%B7%CF; filename*2=.hwp")
                .as_deref(),
            Some("회의록.hwp")
        );
        assert_eq!(
            attachment("filename=\"=?EUC-KR?B?yLjAx7fPLmh3cA==?=\"").as_deref(),
            Some("회의록.hwp")
        );
        assert_eq!(attachment("filename*=%zz''''").as_deref(), Some("''"));
    }
}
