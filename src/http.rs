//! The messages of HTTP/1 as they were sent: taken from the fields of packets, with secrets masked where the fields are.
//! HAR files and command lines of curl are made of them.

use crate::{
    follow::charset::Charset,
    format::is_invisible,
    track::{ConversationId, MessageRecord},
    view::{Details, Viewer},
};
use dissectors::{Field, FieldKind};
use std::{fmt::Write, io};

/// A longer body is cut, bytes.
pub const MAX_BODY: usize = 16 << 20;

/// The head of a message that was cut off is read as far as this, bytes.
const MAX_HEAD: u64 = 64 << 10;

/// A longer body is not put in a command line, bytes.
const MAX_ARGUMENT: usize = 64 << 10;

/// The first line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Method, and the whole URI as far as it is known.
    Request(String, String),
    /// Status code, and its phrase.
    Response(u16, String),
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpMessage {
    /// The packets with its first and its last byte.
    pub packets: [u32; 2],
    /// Its first line.
    pub start: Start,
    /// Its version: `HTTP/1.1`.
    pub version: String,
    /// Its headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The length of the first line and of the headers, bytes.
    pub head_length: u64,
    /// The body, decoded.
    pub body: Vec<u8>,
    /// Whether that is all of it.
    pub has_whole_body: bool,
    /// Whether the connection or the capture ended within it.
    pub is_cut_off: bool,
    /// The packet of the request, or of the response.
    pub other: Option<u32>,
}

impl HttpMessage {
    /// Returns the value of a header; its name is in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let is_it = |(other, _): &&(String, String)| other.eq_ignore_ascii_case(name);
        self.headers.iter().find(is_it).map(|(_, value)| &**value)
    }

    /// Returns the body as text in its character set; nothing if it is none.
    pub fn text(&self) -> Option<String> {
        let media = self
            .header("content-type")
            .unwrap_or_default()
            .to_lowercase();
        let named = media.split("charset=").nth(1);
        let named = named.map(|rest| rest.trim_matches(['"', ' ']).split([';', '"']).next());
        let charset = named.flatten().and_then(Charset::by_label);
        let text = match (charset, std::str::from_utf8(&self.body)) {
            (Some(charset), _) => charset.decode(&self.body).into_owned(),
            (None, Ok(text)) => text.to_owned(),
            (None, Err(_)) => return None,
        };
        let is_text =
            |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t' | '\x0c');
        text.chars().all(is_text).then_some(text)
    }
}

/// Returns the messages that a packet completes.
///
/// # Errors
///
/// Fails if the capture can no longer be read.
pub fn messages(viewer: &mut Viewer, packet: u32) -> io::Result<Vec<HttpMessage>> {
    let details = viewer.details(packet)?;
    let fields = &details.tree.fields;
    let mut found = Vec::new();
    let mut first = packet;
    let mut at = 0;
    while let Some(field) = fields.get(at) {
        at += 1;
        if field.name == "tcp.segment" && first == packet {
            let number = field.value.show().and_then(|number| number.parse().ok());
            first = number.unwrap_or(packet);
        }
        let is_http =
            matches!(field.kind, FieldKind::Layer(layer) if layer.name == "http" && !layer.quoted);
        if is_http {
            let rest = fields.get(at..).unwrap_or_default();
            let end = rest.iter().position(|field| field.depth == 0);
            let of_layer = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            found.extend(message(&details, field.depth, of_layer, [first, packet]));
            first = packet;
        }
    }
    Ok(found)
}

/// Returns the message that a side began and did not end, from its bytes; nothing if they are none.
///
/// # Errors
///
/// Fails if the capture can no longer be read.
pub fn cut_off(
    viewer: &mut Viewer,
    id: ConversationId,
    record: &MessageRecord,
) -> io::Result<Option<HttpMessage>> {
    let end = record.at + record.length.min(MAX_BODY as u64 + MAX_HEAD);
    let pieces = viewer.pages(id).pieces_between(record.side, record.at..end);
    let mut bytes = Vec::new();
    for piece in pieces {
        // What a gap separates from the beginning is no part of the body.
        let from = record.at.saturating_sub(piece.at) as usize;
        let mut part = Vec::new();
        viewer.read_masked(id, record.side, 0, &piece, &mut part)?;
        part.truncate(end.saturating_sub(piece.at) as usize);
        if piece.at > record.at + bytes.len() as u64 {
            break;
        }
        bytes.extend_from_slice(part.get(from..).unwrap_or_default());
    }
    let packets = [record.first_packet, record.packet];
    Ok(begun(&bytes).map(|message| HttpMessage { packets, ..message }))
}

/// Parses the beginning of a message: its first line, the headers that are whole, and the body as it was sent.
fn begun(bytes: &[u8]) -> Option<HttpMessage> {
    let blank = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let head_length = blank.map_or(bytes.len(), |blank| blank + 4);
    let (head, body) = bytes.split_at_checked(head_length)?;
    let head = String::from_utf8_lossy(head);
    // A line that was cut off is none.
    let mut lines = head
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    let first = lines.next()?.trim_end();
    let pairs = lines.filter_map(|line| line.split_once(':'));
    let headers = pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    let headers: Vec<(String, String)> = headers.collect();
    let (start, version) = match first.split_once(' ')? {
        (version, rest) if version.starts_with("HTTP/") => {
            let (code, phrase) = rest.split_once(' ').unwrap_or((rest, ""));
            let start = Start::Response(code.parse().ok()?, phrase.to_owned());
            (start, version)
        }
        (method, rest) => {
            let (uri, version) = rest.rsplit_once(' ')?;
            version.starts_with("HTTP/").then_some(())?;
            let mut hosts = headers.iter();
            let host = hosts.find(|(name, _)| name.eq_ignore_ascii_case("host"));
            let uri = match host.filter(|_| uri.starts_with('/')) {
                Some((_, host)) => format!("http://{host}{uri}"),
                None => uri.to_owned(),
            };
            (Start::Request(method.to_owned(), uri), version)
        }
    };
    Some(HttpMessage {
        packets: [0, 0],
        start,
        version: version.to_owned(),
        headers,
        head_length: head_length as u64,
        body: body.get(..MAX_BODY).unwrap_or(body).to_vec(),
        has_whole_body: false,
        is_cut_off: true,
        other: None,
    })
}

fn plain(field: &Field) -> String {
    match &field.value {
        dissectors::Value::Text(text) => text.clone(),
        value => value.show().unwrap_or_default(),
    }
}

/// Returns the message of a layer's rows.
fn message(details: &Details, depth: u8, rows: &[Field], packets: [u32; 2]) -> Option<HttpMessage> {
    let named = |name: &str| rows.iter().find(|row| row.name == name);
    let text = |name: &str| named(name).map(plain);
    let number = |name: &str| text(name).and_then(|text| text.parse::<u32>().ok());
    let bytes = |row: &Field| {
        let source = details.sources.get(usize::from(row.bytes.source))?;
        row.bytes.of(&source.bytes)
    };
    let start = match (text("http.request.method"), number("http.response.code")) {
        (Some(method), _) => {
            let uri = text("http.request.full_uri").or_else(|| text("http.request.uri"));
            Start::Request(method, uri.unwrap_or_default())
        }
        (None, Some(code)) => {
            let phrase = text("http.response.phrase").unwrap_or_default();
            Start::Response(code.try_into().ok()?, phrase)
        }
        (None, None) => return None,
    };
    let version = text("http.request.version").or_else(|| text("http.response.version"));
    let mut headers = Vec::new();
    let mut head_length = 0;
    for row in rows
        .iter()
        .filter(|row| row.depth == depth + 1 && row.kind == FieldKind::Field)
    {
        let line = bytes(row).unwrap_or_default();
        head_length += line.len() as u64;
        let line = String::from_utf8_lossy(line);
        let Some((name, value)) = line.split_once(':').filter(|_| !row.name.is_empty()) else {
            match headers.is_empty() && !line.trim().is_empty() {
                // The first line.
                true => continue,
                false => break,
            }
        };
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let body = named("http.file_data").and_then(bytes).unwrap_or_default();
    let announced = text("http.content_length").and_then(|text| text.parse::<usize>().ok());
    let is_coded = rows.iter().any(|row| row.name == "http.content_encoding");
    let has_whole_body = body.len() <= MAX_BODY
        && (is_coded || announced.is_none_or(|length| body.len() >= length || body.is_empty()));
    Some(HttpMessage {
        packets,
        start,
        version: version.unwrap_or_default(),
        headers,
        head_length,
        body: body.get(..MAX_BODY).unwrap_or(body).to_vec(),
        has_whole_body,
        is_cut_off: false,
        other: number("http.response_in").or_else(|| number("http.request_in")),
    })
}

/// Headers that curl sends itself, or that would not fit what it sends.
const OWN_HEADERS: [&str; 6] = [
    "content-length",
    "transfer-encoding",
    "connection",
    "proxy-connection",
    "expect",
    "accept-encoding",
];

/// Returns the command of curl that sends a request again; nothing for a response. Whatever the request holds, each part
/// of it is one argument in quotes.
pub fn curl(message: &HttpMessage) -> Option<String> {
    let Start::Request(method, uri) = &message.start else {
        return None;
    };
    let mut words = vec!["curl".to_owned()];
    match (&**method, message.body.is_empty()) {
        ("GET", true) | ("POST", false) => {}
        ("HEAD", true) => words.push("--head".to_owned()),
        _ => words.push(format!("--request {}", quoted(method.as_bytes()))),
    }
    if message.version == "HTTP/1.0" {
        words.push("--http1.0".to_owned());
    }
    // The target of a request may name any scheme: curl must not read a file.
    if !uri.starts_with("http://") && !uri.starts_with("https://") {
        words.push("--proto =http,https".to_owned());
    }
    if uri.contains(['[', ']', '{', '}']) {
        words.push("--globoff".to_owned());
    }
    if uri.contains("/.") {
        words.push("--path-as-is".to_owned());
    }
    words.push(format!("--url {}", quoted(uri.as_bytes())));
    let host = uri
        .split("://")
        .nth(1)
        .and_then(|rest| rest.split(['/', '?']).next());
    for (name, value) in &message.headers {
        let lower = name.to_ascii_lowercase();
        let is_token = !name.is_empty() && name.bytes().all(is_token_byte);
        if !is_token || OWN_HEADERS.contains(&&*lower) || lower == "host" && host == Some(value) {
            continue;
        }
        // A header without a value ends with a semicolon there.
        let header = match value.is_empty() {
            true => format!("{name};"),
            false => format!("{name}: {value}"),
        };
        words.push(format!("--header {}", quoted(header.as_bytes())));
    }
    if message.header("accept-encoding").is_some() {
        words.push("--compressed".to_owned());
    }
    if !message.body.is_empty() && message.header("content-type").is_none() {
        // curl would add that of a form.
        words.push("--header 'Content-Type:'".to_owned());
    }
    match message.body.as_slice() {
        [] => {}
        body if body.len() > MAX_ARGUMENT || body.contains(&0) => {
            words.push("--data-binary @body".to_owned());
        }
        body => words.push(format!("--data-raw {}", quoted(body))),
    }
    Some(words.join(" \\\n  "))
}

/// RFC 9110, section 5.6.2.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Returns bytes as one word of a shell: in quotes, or in `$'…'` if a control character, an invisible one or a byte
/// that is no text is among them.
fn quoted(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text
            .chars()
            .any(|letter| letter.is_control() || is_invisible(letter))
    {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let mut word = "$'".to_owned();
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\'' | '\\' => word.extend(['\\', letter]),
                '\n' => word.push_str("\\n"),
                '\r' => word.push_str("\\r"),
                '\t' => word.push_str("\\t"),
                letter if letter.is_control() || is_invisible(letter) => {
                    for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
                        let _ = write!(word, "\\{byte:03o}");
                    }
                }
                letter => word.push(letter),
            }
        }
        for byte in chunk.invalid() {
            // Three digits of an octal number end by themselves.
            let _ = write!(word, "\\{byte:03o}");
        }
    }
    word.push('\'');
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::panes::packets::tests::sample;

    fn of(name: &str, number: u32) -> Vec<HttpMessage> {
        let mut viewer = Viewer::new(sample(name).store);
        messages(&mut viewer, number).unwrap()
    }

    #[test]
    fn a_request_has_its_parts() {
        let all = of("web-uploads.pcap", 13);
        let [request] = all.as_slice() else {
            panic!("{all:?}");
        };
        let Start::Request(method, uri) = &request.start else {
            panic!("{request:?}");
        };
        assert_eq!((&**method, &*request.version), ("POST", "HTTP/1.1"));
        assert!(uri.ends_with("/orders"), "{uri}");
        assert!(request.packets[0] < request.packets[1], "{request:?}");
        assert_eq!(request.header("transfer-encoding"), Some("chunked"));
        assert!(!request.body.is_empty());
        let curl = curl(request).unwrap();
        assert!(curl.starts_with("curl \\\n  --url 'http://"), "{curl}");
        assert!(!curl.contains("hunked"), "{curl}");
        assert!(curl.contains("--data-raw '"), "{curl}");
    }

    #[test]
    fn each_part_is_one_word_of_the_shell() {
        for bytes in [
            &b"plain"[..],
            b"it's $HOME `id` \\ \"x\" !",
            b"two\nlines\r\n\x1b[31m",
            "회의록 \u{202e}".as_bytes(),
            b"\xff\x001\x80'7",
            b"",
        ] {
            let word = quoted(bytes);
            assert!(!word.contains(|letter: char| letter.is_control()), "{word}");
            let script = format!("printf %s {word}");
            // The shell ends a word at a null character.
            let text: Vec<u8> = bytes
                .iter()
                .copied()
                .take_while(|byte| *byte != 0)
                .collect();
            let run = std::process::Command::new("bash")
                .args(["-c", &script])
                .output();
            let Ok(run) = run else { continue };
            let said = run.stdout;
            assert!(said.starts_with(&text), "{word}");
        }
    }
}
