//! The lines between a message's first line and its body: RFC 9112, section 5.

use super::length::{BodyFraming, HeadLine, Start};
use crate::{
    ByteRange, Layer, Media, Severity, Stop, Undeclared, Value,
    application::{
        ascii::{string, text, token},
        coding::Coding,
    },
    header_secrets::is_bearing,
    secrets::SentSecrets,
};
use base64::Engine;
use nom::bytes::take;
use std::{borrow::Cow, sync::Arc};

/// What the head of a message determines for the rest of it.
#[derive(Default)]
pub struct Head<'a> {
    /// Whether it is a request or a response.
    pub start: Option<Start>,
    /// The first line.
    pub line: &'a [u8],
    /// The requested URI, also where this is the response.
    pub uri: String,
    /// The secrets that were sent before.
    pub sent: Arc<SentSecrets>,
    /// It answers a HEAD request.
    pub answers_head: bool,
    /// Where the body ends.
    pub framing: BodyFraming,
    /// Host.
    pub host: &'a [u8],
    /// Content-Type.
    pub media: Option<Media>,
    /// Content-Disposition.
    pub disposition: Option<String>,
    /// Content-Range.
    pub range: &'a [u8],
    /// ETag, or else Last-Modified.
    pub validator: &'a [u8],
    /// The encodings of the body, in the order in which they were applied.
    pub codings: Vec<Coding>,
    /// Those of Transfer-Encoding, which are applied after the others.
    transferred: Vec<Coding>,
}

impl<'a> Head<'a> {
    /// Notes a field.
    pub fn note(&mut self, name: &[u8], value: &'a [u8], charset: Undeclared) {
        self.framing.note(name, value);
        match name.to_ascii_lowercase().as_slice() {
            b"host" => self.host = value,
            b"content-type" => self.media = Some(Media::parse(&charset.read(value))),
            b"content-disposition" => self.disposition = Some(charset.read(value).into_owned()),
            b"content-range" => self.range = value,
            b"etag" => self.validator = value,
            b"last-modified" if self.validator.is_empty() => self.validator = value,
            b"content-encoding" => self.codings.extend(Coding::list(&string(value))),
            b"transfer-encoding" => self.transferred.extend(Coding::list(&string(value))),
            _ => {}
        }
    }

    /// Ends the head.
    pub fn end(&mut self) {
        self.codings.append(&mut self.transferred);
    }
}

/// Headers that have their own field.
const KNOWN: &[(&str, &str, &str)] = &[
    ("accept", "http.accept", "Accept"),
    ("accept-encoding", "http.accept_encoding", "Accept-Encoding"),
    ("accept-language", "http.accept_language", "Accept-Language"),
    ("authorization", "http.authorization", "Authorization"),
    ("cache-control", "http.cache_control", "Cache-Control"),
    ("connection", "http.connection", "Connection"),
    (
        "content-encoding",
        "http.content_encoding",
        "Content-Encoding",
    ),
    (
        "content-length",
        "http.content_length_header",
        "Content-Length",
    ),
    ("content-type", "http.content_type", "Content-Type"),
    ("cookie", "http.cookie", "Cookie"),
    ("date", "http.date", "Date"),
    ("host", "http.host", "Host"),
    ("http2-settings", "http.http2_settings", "HTTP2-Settings"),
    ("last-modified", "http.last_modified", "Last-Modified"),
    ("location", "http.location", "Location"),
    (
        "proxy-authenticate",
        "http.proxy_authenticate",
        "Proxy-Authenticate",
    ),
    (
        "proxy-authorization",
        "http.proxy_authorization",
        "Proxy-Authorization",
    ),
    ("referer", "http.referer", "Referer"),
    (
        "sec-websocket-accept",
        "http.sec_websocket_accept",
        "Sec-WebSocket-Accept",
    ),
    (
        "sec-websocket-extensions",
        "http.sec_websocket_extensions",
        "Sec-WebSocket-Extensions",
    ),
    (
        "sec-websocket-key",
        "http.sec_websocket_key",
        "Sec-WebSocket-Key",
    ),
    (
        "sec-websocket-protocol",
        "http.sec_websocket_protocol",
        "Sec-WebSocket-Protocol",
    ),
    (
        "sec-websocket-version",
        "http.sec_websocket_version",
        "Sec-WebSocket-Version",
    ),
    ("server", "http.server", "Server"),
    ("set-cookie", "http.set_cookie", "Set-Cookie"),
    (
        "transfer-encoding",
        "http.transfer_encoding",
        "Transfer-Encoding",
    ),
    ("upgrade", "http.upgrade", "Upgrade"),
    ("user-agent", "http.user_agent", "User-Agent"),
    (
        "www-authenticate",
        "http.www_authenticate",
        "WWW-Authenticate",
    ),
    ("x-forwarded-for", "http.x_forwarded_for", "X-Forwarded-For"),
];

/// Reads the headers and the empty line after them. What is no header begins the body.
pub fn read<'a>(http: &mut Layer<'a, '_>, head: &mut Head<'a>) -> Result<(), Stop> {
    while !http.rest().is_empty() {
        let line = folded(http.rest());
        if line.text.is_empty() {
            http.field_shown("", "End of the headers", take(line.whole), |_| Value::None)?;
            break;
        }
        let Some((name, value)) = line.halves() else {
            break;
        };
        head.note(name, value, http.undeclared());
        let lower = name.to_ascii_lowercase();
        header(http, head, line, &lower)?;
    }
    head.end();
    Ok(())
}

/// Returns the first line with the lines after it that begin with a space, which continue it: RFC 9112, section 5.2.
pub fn folded(bytes: &[u8]) -> HeadLine<'_> {
    let mut line = HeadLine::first_or_rest(bytes);
    while !line.text.is_empty()
        && let Some(behind @ [b' ' | b'\t', ..]) = bytes.get(line.whole..)
    {
        let next = HeadLine::first_or_rest(behind);
        let length = line.whole + next.text.len();
        line.text = bytes.get(..length).unwrap_or(line.text);
        line.whole += next.whole;
    }
    line
}

fn header<'a>(
    http: &mut Layer<'a, '_>,
    head: &Head,
    line: HeadLine<'a>,
    lower: &[u8],
) -> Result<(), Stop> {
    let whole = take(line.whole);
    let known = KNOWN.iter().find(|(known, ..)| known.as_bytes() == lower);
    let Some(&(known, field, label)) = known else {
        let (field, label) = match head.start {
            Some(Start::Response) => ("http.response.line", "Header"),
            Some(Start::Request) => ("http.request.line", "Header"),
            None => ("http.unknown_header", "Header"),
        };
        http.field_shown(field, label, whole, text)?;
        let charset = http.undeclared();
        http.text(|| charset.read(line.text).into_owned());
        if !lower.iter().all(|&byte| is_token(byte)) {
            http.note(Severity::Warning, || {
                "a name must not have such letters".to_owned()
            });
        }
        return Ok(());
    };
    let value = line.text.get(lower.len() + 1..).unwrap_or_default();
    let value = value.trim_ascii_start();
    let at = http.place(value);
    let row = http.ahead(line.whole);
    http.field_shown(field, label, whole, |_: &[u8]| text(value))?;
    if !value.is_ascii() {
        let charset = http.undeclared();
        http.text(|| charset.read(value).into_owned());
    }
    match known {
        "content-length" => {
            if let Some(length) = head.framing.content_length {
                http.below(|http| {
                    http.over("http.content_length", "Content length", row, || {
                        length.into()
                    });
                });
            }
            if head.framing.contradicts {
                http.note(Severity::Warning, || match head.framing.content_length {
                    Some(_) => "it was something else before".to_owned(),
                    None => "this is no length".to_owned(),
                });
            }
            if head.framing.encoded {
                http.note(Severity::Warning, || {
                    "Transfer-Encoding stands beside it and decides".to_owned()
                });
            }
        }
        "cookie" => http.below(|http| {
            parts(http, "http.cookie_pair", "Pair", b';', value, at);
        }),
        "authorization" | "proxy-authorization" => credentials(http, value, at),
        _ => {}
    }
    Ok(())
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Shows the parts that a sign separates.
fn parts(
    http: &mut Layer,
    name: &'static str,
    label: &'static str,
    between: u8,
    value: &[u8],
    at: ByteRange,
) {
    let mut from = at.start;
    for part in value.split(|&byte| byte == between) {
        let start = from + (part.len() - part.trim_ascii_start().len()) as u32;
        let shown = part.trim_ascii();
        let end = start + shown.len() as u32;
        if !shown.is_empty() {
            http.over(name, label, ByteRange { start, end, ..at }, || text(shown));
        }
        from += part.len() as u32 + 1;
    }
}

/// RFC 7617, RFC 6750 and RFC 7616.
fn credentials(http: &mut Layer, value: &[u8], at: ByteRange) {
    let (scheme, behind) = token(value);
    let at = ByteRange {
        start: at.end.saturating_sub(behind.len() as u32),
        ..at
    };
    if scheme.eq_ignore_ascii_case(b"basic") {
        http.below(|http| {
            if let Some(clear) = unwrapped(behind) {
                http.over("http.authbasic", "Credentials", at, || text(&clear));
                let charset = http.undeclared();
                http.text(|| charset.read(&clear).into_owned());
                http.note(Severity::Warning, || "a password in clear text".to_owned());
            }
        });
    } else if is_bearing(scheme) {
        http.note(Severity::Warning, || {
            "anyone who sees this token can use it".to_owned()
        });
    } else if scheme.eq_ignore_ascii_case(b"digest") {
        http.below(|http| parts(http, "", "Parameter", b',', behind, at));
    }
}

/// Decodes base64. Masked letters stay masked.
fn unwrapped(digits: &[u8]) -> Option<Cow<'_, [u8]>> {
    let digits = digits.trim_ascii();
    if digits.iter().all(|&byte| byte == b'*') {
        return Some(Cow::Borrowed(digits));
    }
    let end = digits.iter().position(|&byte| byte == b'=');
    let digits = digits.get(..end.unwrap_or(digits.len()))?;
    let clear = base64::engine::general_purpose::STANDARD_NO_PAD.decode(digits);
    clear.ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    #[test]
    fn base64_examples() {
        for (digits, clear) in [("Zg==", "f"), ("Zm8=", "fo"), ("Zm9vYmFy", "foobar")] {
            assert_eq!(
                unwrapped(digits.as_bytes()).as_deref(),
                Some(clear.as_bytes())
            );
        }
        assert_eq!(unwrapped(b"Zm9*"), None);
        assert_eq!(unwrapped(b"****").as_deref(), Some(&b"****"[..]));
    }

    #[test]
    fn a_header_goes_on_behind_a_space() {
        let line = folded(b"A: b\r\n c\r\n\td\r\nE: f\r\n");
        assert_eq!((line.text, line.whole), (&b"A: b\r\n c\r\n\td"[..], 14));
        assert_eq!(folded(b"\r\n a\r\n").whole, 2);
    }

    #[test]
    fn known_headers_are_in_small_letters() {
        for (name, field, label) in KNOWN {
            assert_eq!(label.to_ascii_lowercase(), *name);
            assert!(field.starts_with("http."));
        }
    }
}
