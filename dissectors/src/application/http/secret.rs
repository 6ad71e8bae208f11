//! Passwords in the messages of browsers.

use super::{
    header::folded,
    length::{HeadLine, Start, leading_empty_lines},
};
use crate::{
    Dissector, Media, Selector,
    application::{
        ascii::{request_of, string},
        coding::Coding,
        json,
        line::readable,
        mime_multipart,
        passwords::{Format, is_password},
        urlencoded_form,
    },
    secrets::range_of,
};
use std::{borrow::Cow, ops::Range};

/// Returns whether a value of Authorization can be used by its reader. Answers to a challenge (Digest, NTLM) cannot.
pub fn is_credential(value: &[u8]) -> bool {
    credential(value).is_some()
}

/// Returns the usable part of such a value, after its scheme. A tab or a folded line may separate them.
fn credential(value: &[u8]) -> Option<&[u8]> {
    let end = value.iter().position(u8::is_ascii_whitespace)?;
    let (scheme, rest) = value.split_at(end);
    let is = |known: &[u8]| scheme.eq_ignore_ascii_case(known);
    (is(b"basic") || is(b"bearer")).then(|| rest.trim_ascii_start())
}

/// Returns whether a query or a form holds a password.
pub fn in_form(form: &[u8]) -> bool {
    pairs(form).any(|(name, value)| is_password(name) && !value.is_empty())
}

/// Returns whether the query of a URI holds a password.
pub fn in_uri(uri: &[u8]) -> bool {
    let query = uri.iter().position(|&byte| byte == b'?');
    query.is_some_and(|at| in_form(uri.get(at + 1..).unwrap_or_default()))
}

/// Finds the secrets in the head of a message, as far as it has arrived: passwords in the URI, and the client's
/// credentials.
pub fn in_head(head: &[u8], found: &mut Vec<Range<usize>>) {
    let mut rest = in_first_line(head, found);
    while let Some(behind) = in_header(head, rest, found) {
        rest = behind;
    }
}

/// As [`in_head`], for a head whose first `seen` bytes were searched before; its first line ends at `first_line`.
/// Returns the offset from which these bytes are searched again.
///
/// The new part of a line that is too long for that is secret. Once the head is complete, all of it is searched.
pub fn in_more_of_head(
    head: &[u8],
    first_line: usize,
    seen: usize,
    found: &mut Vec<Range<usize>>,
) -> usize {
    const MAX_LINE: usize = 8 << 10;
    let lowest = first_line.max(seen.saturating_sub(MAX_LINE));
    let mut end = seen;
    let from = loop {
        let before = head.get(lowest..end).unwrap_or_default();
        let Some(at) = memchr::memrchr2(b'\r', b'\n', before) else {
            break (lowest == first_line).then_some(first_line);
        };
        let at = lowest + at;
        match head.get(at..) {
            Some([b'\r', b'\n', b' ' | b'\t', ..] | [_, b' ' | b'\t', ..]) => end = at,
            Some([b'\r', b'\n', ..]) => break Some(at + 2),
            _ => break Some(at + 1),
        }
    };
    let mut rest = head.get(from.unwrap_or(seen)..).unwrap_or_default();
    if from.is_none() {
        let line = folded(rest);
        found.push(range_of(line.text, head));
        rest = rest.get(line.whole..).unwrap_or_default();
    }
    while let Some(behind) = in_header(head, rest, found) {
        rest = behind;
    }
    from.unwrap_or(seen)
}

/// Finds the passwords in the first line. Returns the rest after it, no bytes if it begins no message.
fn in_first_line<'a>(head: &'a [u8], found: &mut Vec<Range<usize>>) -> &'a [u8] {
    let empty = leading_empty_lines(head);
    let first = HeadLine::first_or_rest(head.get(empty..).unwrap_or_default());
    let Some(start) = Start::of(first.text) else {
        return b"";
    };
    let (_, uri) = request_of(first.text);
    if start == Start::Request
        && let Some(query) = uri.iter().position(|&byte| byte == b'?')
    {
        let passwords = pairs(uri.get(query + 1..).unwrap_or_default());
        let passwords = passwords.filter(|(name, _)| is_password(name));
        found.extend(passwords.map(|(_, value)| range_of(value, head)));
    }
    head.get(empty + first.whole..).unwrap_or_default()
}

/// Finds the secret in the line that begins the rest of a head. Returns the bytes after it, None at the head's end.
fn in_header<'a>(head: &[u8], rest: &'a [u8], found: &mut Vec<Range<usize>>) -> Option<&'a [u8]> {
    let line = folded(rest);
    if line.text.is_empty() {
        return None;
    }
    if let Some(value) = value_of(line.text, b"authorization")
        .or_else(|| value_of(line.text, b"proxy-authorization"))
        .and_then(credential)
    {
        found.push(range_of(value, head));
    }
    rest.get(line.whole..)
}

/// Returns the format of passwords in a body of this media type, if there may be any.
pub fn format(media: &Media) -> Option<Format> {
    let mut selectors = Selector::of_media(&media.name).into_iter();
    selectors.find_map(|selector| {
        let reads = |dissector: Dissector| dissector.selectors.contains(&selector);
        if reads(urlencoded_form::DISSECTOR) {
            Some(Format::Form)
        } else if reads(json::DISSECTOR) || reads(mime_multipart::DISSECTOR) {
            Some(Format::Json)
        } else {
            None
        }
    })
}

/// Returns the format of passwords in the body of a message with this head, if there may be any. Compressed bodies are
/// searched where they are decompressed.
pub fn format_of_body(head: &[u8]) -> Option<Format> {
    let mut media = None;
    let mut rest = head;
    while !rest.is_empty() {
        let line = folded(rest);
        let is = |name: &[u8]| value_of(line.text, name);
        let coding = is(b"content-encoding").or_else(|| is(b"transfer-encoding"));
        if coding.is_some_and(|coding| !Coding::list(&string(coding)).is_empty()) {
            return None;
        }
        if let Some(value) = is(b"content-type") {
            media = Some(Media::parse(&readable(value)));
        }
        rest = rest.get(line.whole..).unwrap_or_default();
    }
    format(&media?)
}

/// Returns the value of a line of the head, if it has this name.
pub fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (begins, rest) = line.split_at_checked(name.len())?;
    let value = rest
        .trim_ascii_start()
        .strip_prefix(b":")?
        .trim_ascii_start();
    begins.eq_ignore_ascii_case(name).then_some(value)
}

/// Splits a form into names and values, as they were sent: WHATWG URL Standard, section 5.1. Without an equals sign
/// there is only a name.
pub fn pairs(form: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    form.split(|&byte| byte == b'&').map(|pair| {
        let equals = pair.iter().position(|&byte| byte == b'=');
        let (name, value) = pair.split_at(equals.unwrap_or(pair.len()));
        (name, value.get(1..).unwrap_or_default())
    })
}

/// Returns a URI with the passwords in its query masked.
pub fn masked(uri: &str) -> Cow<'_, str> {
    if !in_uri(uri.as_bytes()) {
        return Cow::Borrowed(uri);
    }
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let parts = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if is_password(name.as_bytes()) => {
            format!("{name}={}", "*".repeat(value.len()))
        }
        _ => pair.to_owned(),
    });
    Cow::Owned(format!("{path}?{}", parts.collect::<Vec<_>>().join("&")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_forms() {
        assert!(in_form(b"user=a&Password=b"));
        assert!(in_form(b"login_pwd=b"));
        assert!(in_uri(b"/login?user=a&pass=b"));
        for none in ["", "&&=", "user=a&password=", "passport=1", "compass=n"] {
            assert!(!in_form(none.as_bytes()), "{none}");
        }
        assert_eq!(masked("/?a=b&password=cde&f"), "/?a=b&password=***&f");
        assert_eq!(masked("/?a=b"), "/?a=b");
    }

    #[test]
    fn heads() {
        let secrets = |head: &str| {
            let mut found = Vec::new();
            in_head(head.as_bytes(), &mut found);
            let texts = found.into_iter().filter_map(|secret| head.get(secret));
            let texts = texts.filter(|text| !text.is_empty());
            texts.map(str::to_owned).collect::<Vec<_>>()
        };
        let head = "\r\nGET /?user=me&pwd=hush&x HTTP/1.1\r\nAuthorization: Basic QWxh\r\n \
            ZGRpbg==\r\nX-Authorization: Basic no\r\nproxy-authorization:bearer mF_9\r\n\r\n\
            Authorization: Basic no\r\n";
        assert_eq!(secrets(head), ["hush", "QWxh\r\n ZGRpbg==", "mF_9"]);
        for (cut, shown) in [("d=h", "h"), ("Basic QW", "QW"), ("mF", "mF")] {
            let before = head.split(cut).next().unwrap_or_default();
            let found = secrets(&format!("{before}{cut}"));
            assert_eq!(found.last().map(String::as_str), Some(shown));
        }
        for none in [
            "",
            "GET",
            "GET /?pwd=",
            "of a body\r\nAuthorization: Basic x",
        ] {
            assert!(secrets(none).is_empty(), "{none}");
        }
        assert_eq!(secrets("HTTP/1.1 200 /?pwd=x\r\n\r\n"), [""; 0]);
    }

    #[test]
    fn credentials() {
        assert!(is_credential(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert!(is_credential(b"bearer mF_9.B5f-4.1JqM"));
        assert!(!is_credential(b"Digest username=\"Mufasa\""));
        assert!(!is_credential(b""));
    }

    #[test]
    fn bodies() {
        let in_body = |head: &str| format_of_body(head.as_bytes());
        let json = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n";
        assert_eq!(in_body(json), Some(Format::Json));
        let packed = format!("{json}Content-Encoding: gzip\r\n");
        assert_eq!(in_body(&packed), None);
        let chunked = format!("{json}Transfer-Encoding: chunked\r\n\r\n");
        assert_eq!(in_body(&chunked), Some(Format::Json));
        assert_eq!(
            in_body("GET / HTTP/1.1\r\nContent-Type: text/html\r\n"),
            None
        );
        assert_eq!(in_body("GET / HTTP/1.1\r\n"), None);
    }
}
