//! The lines between a message's first line and its body: RFC 9112, section 5.

use super::{
    length::{Framing, Line, Start},
    string, text,
};
use crate::{ByteRange, Layer, Severity, Stop, Value};
use nom::bytes::take;

/// What the head of a message says that matters behind it.
#[derive(Default)]
pub struct Head<'a> {
    /// Whether it is a request or a response.
    pub start: Option<Start>,
    /// The first line.
    pub line: &'a [u8],
    /// Where the body ends.
    pub framing: Framing,
    /// Host.
    pub host: Option<String>,
    /// Content-Type, without its parameters.
    pub media: Option<String>,
    /// The body is encoded, and not by `identity`.
    pub encoded: bool,
}

/// Headers that have a field of their own.
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

/// Reads the headers and the empty line behind them. What is no header begins the body.
pub fn read<'a>(http: &mut Layer<'a, '_>, head: &mut Head<'a>) -> Result<(), Stop> {
    while !http.rest().is_empty() {
        let line = Line::first_or_rest(http.rest());
        if line.text.is_empty() {
            return http
                .field_shown("", "End of the headers", take(line.whole), |_| Value::None)
                .map(drop);
        }
        let Some((name, value)) = line.halves() else {
            return Ok(());
        };
        head.framing.note(name, value);
        header(http, head, line, name)?;
    }
    Ok(())
}

fn header(http: &mut Layer, head: &mut Head, line: Line, name: &[u8]) -> Result<(), Stop> {
    let whole = take(line.whole);
    let lower = name.to_ascii_lowercase();
    let known = KNOWN.iter().find(|(known, ..)| known.as_bytes() == lower);
    let Some(&(known, field, label)) = known else {
        let (field, label) = match head.start {
            Some(Start::Response) => ("http.response.line", "Header"),
            Some(Start::Request) => ("http.request.line", "Header"),
            None => ("http.unknown_header", "Header"),
        };
        http.field_shown(field, label, whole, text)?;
        http.text(|| string(line.text));
        if !name.iter().all(|&byte| is_token(byte)) {
            http.note(Severity::Warning, || {
                "a name must not have such letters".to_owned()
            });
        }
        return Ok(());
    };
    let value = line.text.get(name.len() + 1..).unwrap_or_default();
    let spaces = value
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let value = value.get(spaces..).unwrap_or_default();
    let start = http.offset() + (line.text.len() - value.len()) as u32;
    let at = ByteRange {
        start,
        end: start + value.len() as u32,
        ..http.ahead(0)
    };
    let row = http.ahead(line.whole);
    http.field_shown(field, label, whole, |_: &[u8]| text(value))?;
    match known {
        "content-length" => {
            if let Some(length) = head.framing.content_length {
                http.below(|http| {
                    http.over("http.content_length", "Content length", row, || {
                        length.into()
                    });
                });
            }
        }
        "content-type" => {
            let media = value.split(|&byte| byte == b';').next().unwrap_or_default();
            head.media = Some(string(media.trim_ascii()));
        }
        "content-encoding" => head.encoded = !value.trim_ascii().eq_ignore_ascii_case(b"identity"),
        "host" => head.host = Some(string(value)),
        "cookie" => http.below(|http| {
            parts(http, "http.cookie_pair", "Pair", b';', value, at);
        }),
        "authorization" | "proxy-authorization" => http.below(|http| credentials(http, value, at)),
        _ => {}
    }
    Ok(())
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Shows the parts that a sign stands between.
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

/// RFC 7617 and RFC 7616.
fn credentials(http: &mut Layer, value: &[u8], at: ByteRange) {
    let (scheme, behind) = super::token(value);
    if scheme.eq_ignore_ascii_case(b"basic") {
        if let Some(clear) = base64(behind) {
            http.computed("http.authbasic", "Credentials", || text(&clear));
            http.note(Severity::Warning, || "a password in clear text".to_owned());
        }
    } else if scheme.eq_ignore_ascii_case(b"digest") {
        let start = at.end - behind.len() as u32;
        parts(
            http,
            "",
            "Parameter",
            b',',
            behind,
            ByteRange { start, ..at },
        );
    }
}

/// RFC 4648, section 4.
fn base64(digits: &[u8]) -> Option<Vec<u8>> {
    let digits = digits.trim_ascii();
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut word, mut bits) = (0_u32, 0);
    for &digit in digits.iter().take_while(|&&digit| digit != b'=') {
        let six = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        word = word << 6 | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    #[test]
    fn base64_examples() {
        for (digits, clear) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(base64(digits.as_bytes()).as_deref(), Some(clear.as_bytes()));
        }
        assert_eq!(base64(b"Zm9*"), None);
    }

    #[test]
    fn known_headers_are_in_small_letters() {
        for (name, field, label) in KNOWN {
            assert_eq!(label.to_ascii_lowercase(), *name);
            assert!(field.starts_with("http."));
        }
    }
}
