//! Messages of several parts, RFC 2046, section 5.1: in mail and in HTTP.

use super::{
    encoded_word,
    imf::{file_name, header::line_end},
    line::ascii,
    transfer::Transfer,
};
use crate::{
    Dissector, FieldDef, Layer, Media, Next, OsiLayer, Outcome, Selector, Severity, Stop, Value,
};
use nom::bytes::take;

/// MIME multipart.
pub const DISSECTOR: Dissector = Dissector {
    name: "mime_multipart",
    label: "MIME multipart",
    // The protocol that carries it sets it.
    column: "",
    layer: OsiLayer::Application,
    selectors: &[Selector::media("multipart/*")],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::string("mime_multipart.type"),
    FieldDef::bytes("mime_multipart.preamble"),
    FieldDef::string("mime_multipart.first_boundary"),
    FieldDef::string("mime_multipart.boundary"),
    FieldDef::bytes("mime_multipart.trailer"),
    FieldDef::string("mime_multipart.last_boundary"),
    FieldDef::string("mime_multipart.header.content-description"),
    FieldDef::string("mime_multipart.header.content-disposition"),
    FieldDef::string("mime_multipart.header.content-encoding"),
    FieldDef::string("mime_multipart.header.content-id"),
    FieldDef::string("mime_multipart.header.content-language"),
    FieldDef::string("mime_multipart.header.content-length"),
    FieldDef::string("mime_multipart.header.content-transfer-encoding"),
    FieldDef::string("mime_multipart.header.content-type"),
    FieldDef::string("mime_multipart.header.originalcontent"),
    FieldDef::string("mime_multipart.part"),
];

/// Parts of a message, at most.
const MAX_PARTS: usize = 1000;

fn dissect(mime: &mut Layer) -> Outcome {
    let media = mime.media.take().map(|media| *media).unwrap_or_default();
    mime.computed("mime_multipart.type", "Type", || media.name.clone());
    let boundary = media.parameter("boundary").unwrap_or_default().to_owned();
    if boundary.is_empty() {
        mime.note(Severity::Warning, || {
            "no parameter says where the parts end".to_owned()
        });
        return Ok(Next::Data);
    }
    mime.title(|| format!("{}, boundary {boundary}", media.name));
    if !mime.details() {
        return Ok(Next::Nothing);
    }
    let around = mime.media.as_ref().and_then(|media| media.raw_charset);
    let charset =
        around.or_else(|| encoded_word::raw_charset(mime.rest(), None, mime.undeclared(), false));
    let Some(first) = Boundary::first(mime.rest(), boundary.as_bytes()) else {
        mime.note(Severity::Warning, || "the boundary never comes".to_owned());
        return Ok(Next::Data);
    };
    if first.start > 0 {
        mime.field("mime_multipart.preamble", "Preamble", take(first.start))?;
    }
    let mut last = first.last;
    mime.field_shown(
        if last {
            LAST
        } else {
            "mime_multipart.first_boundary"
        },
        "First boundary",
        take(first.length),
        text,
    )?;
    mime.text(|| boundary.clone());
    for _ in 0..MAX_PARTS {
        if last {
            break;
        }
        let Some(next) = Boundary::next(mime.rest(), boundary.as_bytes()) else {
            let left = mime.rest().len();
            part(mime, left, charset)?;
            mime.note(Severity::Warning, || {
                "no boundary ends this part".to_owned()
            });
            return Ok(Next::Nothing);
        };
        part(mime, next.start, charset)?;
        last = next.last;
        let (name, label) = match last {
            true => (LAST, "Last boundary"),
            false => ("mime_multipart.boundary", "Boundary"),
        };
        mime.field_shown(name, label, take(next.length), text)?;
        mime.text(|| boundary.clone());
    }
    if !last {
        mime.note(Severity::Warning, || {
            "more parts follow, which are not shown".to_owned()
        });
    }
    let left = mime.rest().len();
    if left > 0 {
        mime.field("mime_multipart.trailer", "Trailer", take(left))?;
    }
    Ok(Next::Nothing)
}

const LAST: &str = "mime_multipart.last_boundary";

fn text(bytes: &[u8]) -> Value {
    Value::Text(ascii(bytes))
}

/// A line between two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Boundary {
    /// The offset at which it begins, with the line end before it.
    start: usize,
    /// Its length, with both line ends.
    length: usize,
    /// No part follows.
    last: bool,
}

impl Boundary {
    /// Returns the first boundary, which may have no line end before it. Bytes before it are ignored.
    fn first(bytes: &[u8], boundary: &[u8]) -> Option<Self> {
        Self::find(bytes, boundary, true)
    }

    /// Returns the next boundary, with the line end before it, which belongs to no part.
    fn next(bytes: &[u8], boundary: &[u8]) -> Option<Self> {
        Self::find(bytes, boundary, false)
    }

    fn find(bytes: &[u8], boundary: &[u8], first: bool) -> Option<Self> {
        let mut at = 0;
        let mut before = 0;
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            if let Some(last) = is_boundary(line, boundary) {
                let before = if first { 0 } else { before };
                return Some(Boundary {
                    start: at - before,
                    length: before + line.len(),
                    last,
                });
            }
            at += line.len();
            before = match line {
                [.., b'\r', b'\n'] => 2,
                [.., b'\n'] => 1,
                _ => 0,
            };
        }
        None
    }
}

/// Returns whether a line is a boundary, and if so whether it is the last one. Spaces may follow; letters would make it
/// another boundary.
fn is_boundary(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let behind = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    match behind {
        [b'-', b'-', ..] => Some(true),
        [] => Some(false),
        [byte, ..] => byte.is_ascii_whitespace().then_some(false),
    }
}

/// Headers of a part that have their own field.
const KNOWN: &[(&str, &str)] = &[
    (
        "mime_multipart.header.content-description",
        "Content-Description",
    ),
    (
        "mime_multipart.header.content-disposition",
        "Content-Disposition",
    ),
    ("mime_multipart.header.content-encoding", "Content-Encoding"),
    ("mime_multipart.header.content-id", "Content-ID"),
    ("mime_multipart.header.content-language", "Content-Language"),
    ("mime_multipart.header.content-length", "Content-Length"),
    (
        "mime_multipart.header.content-transfer-encoding",
        "Content-Transfer-Encoding",
    ),
    ("mime_multipart.header.content-type", "Content-Type"),
    ("mime_multipart.header.originalcontent", "OriginalContent"),
];

/// The headers of a part.
#[derive(Default)]
struct Head {
    media: Option<Media>,
    disposition: Option<Media>,
    transfer: Option<Transfer>,
    /// The character set of fields that are not encoded.
    charset: Option<&'static str>,
}

/// Reads one part: its headers, an empty line, and its body.
fn part(mime: &mut Layer, length: usize, charset: Option<&'static str>) -> Result<(), Stop> {
    mime.group("mime_multipart.part", "Part", |mime| {
        mime.within(length, |mime| {
            let head = headers(mime, charset)?;
            body(mime, head);
            mime.skip(mime.rest().len());
            Ok(())
        })
    })
}

fn headers(mime: &mut Layer, charset: Option<&'static str>) -> Result<Head, Stop> {
    let mut head = Head {
        charset,
        ..Head::default()
    };
    loop {
        let rest = mime.rest();
        let empty = line_end(rest);
        if empty > 0 {
            mime.skip(empty);
            return Ok(head);
        }
        let Some((line, length)) = header_line(rest) else {
            return Ok(head);
        };
        let Some(colon) = line.iter().position(|&byte| byte == b':') else {
            return Ok(head);
        };
        let (name, value) = line.split_at(colon);
        let name = name.trim_ascii();
        let value = value.get(1..).unwrap_or_default();
        head.note(name, value);
        let known = KNOWN
            .iter()
            .find(|(_, known)| name.eq_ignore_ascii_case(known.as_bytes()));
        // The empty line after the last header belongs to it.
        let empty = line_end(rest.get(length..).unwrap_or_default());
        let length = length + empty;
        match known {
            Some((field, label)) => {
                mime.field_shown(field, label, take(length), |_: &[u8]| {
                    Value::Text(compact(value))
                })?;
                mime.text(|| encoded_word::decode(value.trim_ascii(), charset));
            }
            None => {
                mime.field_shown("", "Header", take(length), |_: &[u8]| Value::None)?;
                mime.text(|| encoded_word::decode(line, charset));
            }
        }
        if empty > 0 {
            return Ok(head);
        }
    }
}

/// Returns a header without its line end, and its length with it. The lines that continue it are part of it.
fn header_line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        let Some(end) = rest.iter().position(|&byte| byte == b'\n') else {
            return (!bytes.is_empty()).then_some((bytes, bytes.len()));
        };
        at += end + 1;
        if !matches!(bytes.get(at), Some(b' ' | b'\t')) {
            let whole = bytes.get(..at)?;
            let line = whole.strip_suffix(b"\n").unwrap_or(whole);
            return Some((line.strip_suffix(b"\r").unwrap_or(line), at));
        }
    }
}

/// Returns a header's value on one line, without the spaces around its separators.
fn compact(value: &[u8]) -> String {
    let separates = |byte: u8| matches!(byte, b';' | b',' | b'=' | b':');
    let mut text = Vec::with_capacity(value.len());
    let (mut quoted, mut space) = (false, false);
    for &byte in value.trim_ascii() {
        if byte == b'"' {
            quoted = !quoted;
        }
        if !quoted && byte != b'"' && byte.is_ascii_whitespace() {
            space = true;
            continue;
        }
        let touches = text.last().is_none_or(|&last| separates(last));
        if std::mem::take(&mut space) && !touches && !separates(byte) {
            text.push(b' ');
        }
        text.push(byte);
    }
    ascii(&text)
}

impl Head {
    fn note(&mut self, name: &[u8], value: &[u8]) {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        let media = || Media {
            raw_charset: self.charset,
            ..Media::parse(&encoded_word::decode(value.trim_ascii(), self.charset))
        };
        if is(b"content-type") {
            self.media = Some(media());
        } else if is(b"content-disposition") {
            self.disposition = Some(media());
        } else if is(b"content-transfer-encoding") {
            let name = String::from_utf8_lossy(value);
            self.transfer = Transfer::by_name(&name);
        }
    }
}

/// Reads a part's body, by its media type; without one it is plain text (RFC 2046, section 5.1).
fn body(mime: &mut Layer, head: Head) {
    let media = head.media.unwrap_or_else(|| Media {
        name: "text/plain".to_owned(),
        ..Media::default()
    });
    let name = file_name(&media, head.disposition.as_ref());
    mime.title(|| match &name {
        Some(name) => format!("{name} ({})", media.name),
        None => media.name.clone(),
    });
    let bytes = mime.rest();
    // RFC 2045, section 6.4: nested parts have their own encodings.
    let nested = media.name.starts_with("multipart/");
    let transfer = head.transfer.filter(|_| !nested);
    let decoded = transfer.map(|transfer| transfer.decode(bytes));
    if let Some(name) = name.filter(|_| media.name != "message/rfc822") {
        let decoded = decoded.as_ref().map_or(bytes, |decoded| &decoded.bytes);
        mime.object(Some(name), &media.name, || decoded.to_vec());
    }
    mime.media = Some(Box::new(media));
    let Some(decoded) = decoded else {
        mime.embed(Next::Media);
        return;
    };
    if decoded.damaged {
        mime.note(Severity::Warning, || {
            "the transfer encoding is damaged here".to_owned()
        });
    }
    let read = mime.in_decoded("Decoded part", decoded.bytes, |mime| {
        mime.embed(Next::Media);
    });
    if read.is_none() {
        mime.note(Severity::Note, || {
            "too much was decoded in this packet already".to_owned()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Side,
        test_support::{Shown, said, words},
    };

    fn mail(bytes: &[u8]) -> Shown {
        said("imf", Side::Client, bytes, None)
    }

    fn boundary_after(text: &[u8]) -> Option<(usize, usize, bool)> {
        Boundary::next(text, b"ab").map(|found| (found.start, found.length, found.last))
    }

    /// RFC 2046, section 5.1.1.
    #[test]
    fn boundaries() {
        assert_eq!(boundary_after(b"x\r\n--ab\r\ny"), Some((1, 8, false)));
        assert_eq!(boundary_after(b"x\n--ab  \r\ny"), Some((1, 9, false)));
        assert_eq!(boundary_after(b"--ab--"), Some((0, 6, true)));
        assert_eq!(boundary_after(b"x\r\n--abc\r\n --ab\r\nx--ab\r\n"), None);
        assert_eq!(
            Boundary::first(b"x\r\n--ab\r\n", b"ab").map(|found| found.start),
            Some(3)
        );
    }

    #[test]
    fn values_on_one_line() {
        for (value, told) in [
            (
                " a/b ;  c = \"d  e\"; f , g (c) :x",
                "a/b;c=\"d  e\";f,g (c):x",
            ),
            (" d  e\r\n f", "d e f"),
            ("\"\0", "\""),
            ("", ""),
        ] {
            assert_eq!(compact(value.as_bytes()), told);
        }
    }

    const HEAD: &str = "Content-Type: multipart/mixed; boundary=\"a b\"\r\n\r\n";

    #[test]
    fn parts_with_files() {
        let text = [
            HEAD,
            "For old readers.\r\n--a b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--a b\r\n\
             Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename*=euc-kr''%C8%B8%C0%C7.hwp\r\n\r\n\
             aGVsbG8=\r\n--a b--\r\nend",
        ]
        .concat();
        let said = mail(text.as_bytes());
        for row in [
            "MIME multipart: multipart/mixed, boundary a b",
            "Preamble: 466f72206f6c6420726561646572732e0d0a",
            "Part: text/plain",
            "Part: 회의.hwp (application/octet-stream)",
            "Content-Transfer-Encoding: base64",
            "Last boundary: a b",
            "Trailer: 656e64",
        ] {
            assert!(words(&said.tree, row), "{row} in\n{}", said.tree);
        }
        assert_eq!(said.files(), [("mail.eml", text.len()), ("회의.hwp", 5)]);
    }

    #[test]
    fn a_mail_in_a_mail() {
        let text = [
            HEAD,
            "--a b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhi\r\n--a b--\r\n",
        ]
        .concat();
        let said = mail(text.as_bytes());
        assert!(words(&said.tree, "Subject: inner"), "{}", said.tree);
        assert_eq!(said.files(), [("mail.eml", text.len()), ("inner.eml", 20)]);
        assert!(!said.info.contains("inner"));
    }

    #[test]
    fn what_is_missing_is_said() {
        for (text, note) in [
            (
                "Content-Type: multipart/mixed\r\n\r\nx",
                "no parameter says",
            ),
            (
                "Content-Type: multipart/mixed; boundary=a\r\n\r\nx",
                "never comes",
            ),
            (
                "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx",
                "no boundary ends",
            ),
            (
                "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n\x1b[31m*\0!\r\n--a--",
                "damaged",
            ),
        ] {
            let tree = mail(text.as_bytes()).tree;
            assert!(tree.contains(note), "{note} in\n{tree}");
        }
    }

    #[test]
    fn parts_a_thousand_deep_end() {
        let mut text = String::new();
        for depth in 0..1000 {
            text +=
                &format!("Content-Type: multipart/mixed; boundary={depth}\r\n\r\n--{depth}\r\n");
        }
        let tree = mail(text.as_bytes()).tree;
        assert!(tree.contains("nested too deep"), "{tree}");
        assert!(tree.lines().count() < 200);
    }

    #[test]
    fn many_parts_end() {
        let text = [HEAD, &"--a b\r\n\r\nx\r\n".repeat(3 * MAX_PARTS)].concat();
        assert!(mail(text.as_bytes()).tree.contains("more parts follow"));
    }
}
