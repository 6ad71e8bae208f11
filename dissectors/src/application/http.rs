//! Hypertext Transfer Protocol: RFC 9110 and, for the form of its messages in a stream, RFC 9112.

pub mod body;
mod fields;
pub mod header;
pub mod length;
pub mod name;
pub mod secret;
pub mod session;
pub mod status;

use crate::{
    ByteRange, Confidence, Dissector, Layer, Next, OsiLayer, Outcome, Properties, Selector,
    Setting, Severity, Side, Stop, Value,
    application::{
        ascii::{self, bytes, size, string, text, token},
        escape::readable_uri,
    },
    dissector::Protocol,
};
use header::Head;
use length::{HeadLine, Start};
use nom::bytes::take;

/// Hypertext Transfer Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "http",
    label: "Hypertext Transfer Protocol",
    column: "HTTP",
    layer: OsiLayer::Application,
    selectors: &[
        Selector::TcpPort(80),
        Selector::SctpPort(80),
        Selector::TcpPort(1900),
        Selector::TcpPort(2710),
        Selector::TcpPort(2869),
        Selector::TcpPort(3128),
        Selector::TcpPort(3132),
        Selector::TcpPort(5985),
        Selector::TcpPort(8000),
        Selector::TcpPort(8008),
        Selector::TcpPort(8080),
        Selector::TcpPort(8088),
        Selector::TcpPort(11371),
    ],
    fields: &[fields::FIELDS],
    ..Dissector::of::<Http>()
};

struct Http;

impl Protocol for Http {
    type Session = session::Http;

    const PROPERTIES: Properties = Properties {
        tunnels: true,
        holds_files: true,
        ..Properties::NONE
    };

    fn looks_like(bytes: &[u8], _: Side) -> Confidence {
        session::looks_like(bytes)
    }

    fn begin(setting: &Setting) -> session::Http {
        session::Http::new(setting, false)
    }

    fn dissect(http: &mut Layer, known: Option<&session::Message>) -> Outcome {
        message(http, known)
    }
}

/// Reads one message and returns what reads its body.
pub fn message(http: &mut Layer, known: Option<&session::Message>) -> Outcome {
    if let Some(known) = known.filter(|known| known.is_tunnel) {
        tunnel(http, known);
        return Ok(Next::Nothing);
    }
    let empty = length::leading_empty_lines(http.rest());
    if empty > 0 {
        http.field_shown("", "Empty lines in front of the message", take(empty), text)?;
    }
    let mut head = Head::default();
    let line = HeadLine::first_or_rest(http.rest());
    let Some(start) = Start::of(line.text) else {
        return rest_of_a_body(http);
    };
    // An incomplete message is shown, but without fields with names: these are those of whole messages, as in
    // Wireshark.
    let broken_off = known.is_some_and(|known| known.broken_off);
    let whole_head = length::has_whole_head(http.rest());
    if (broken_off || !whole_head) && !is_cut(http) {
        (head.start, head.line) = (Some(start), line.text);
        return unfinished(http, whole_head, head, known);
    }
    (head.start, head.line) = (Some(start), line.text);
    http.group("", "Start line", |http| start_line(http, start, line))?;
    header::read(http, &mut head)?;
    let (length, _) = body::extent(http, &head);
    let charset = http.undeclared();
    http.info_listed(", ", || {
        let line = line.text.trim_ascii_end();
        let line = match start {
            Start::Request => {
                let line = session::readable_in(line, charset);
                readable_uri(&line, charset).into_owned()
            }
            Start::Response => string(line),
        };
        match head.media.as_ref().filter(|_| length > 0) {
            Some(media) => format!("{line}  ({})", media.name),
            None => line,
        }
    });
    if start == Start::Request {
        let (method, uri) = ascii::request_of(line.text);
        let scheme = (head.host, &b"http://"[..]);
        let read = |bytes: &[u8]| session::readable_in(bytes, charset);
        head.uri = session::whole_uri(method, uri, scheme, read);
        if !head.host.is_empty() {
            let uri = session::whole_uri(method, uri, scheme, string);
            http.computed("http.request.full_uri", "Full URI", || uri);
        }
    }
    if let Some(known) = known {
        head.sent.clone_from(&known.sent);
        if start == Start::Response {
            head.uri.clone_from(&known.exchange.uri);
            head.answers_head = known.exchange.method == "HEAD";
        }
        exchange(http, start, known);
    }
    body::read(http, &head)
}

/// Shows the destination of a tunnel: RFC 9110, section 9.3.6.
fn tunnel(http: &mut Layer, known: &session::Message) {
    let to = match http.context.show_secrets {
        true => known.exchange.uri.clone(),
        false => known.shown_uri(),
    };
    let Some((host, port)) = to.rsplit_once(':') else {
        return;
    };
    http.title(|| format!("through the tunnel to {to}"));
    http.computed("http.proxy_connect_host", "Tunnel to host", || {
        host.to_owned()
    });
    if let Ok(port) = port.parse::<u16>() {
        http.computed("http.proxy_connect_port", "Tunnel to port", || port);
    }
}

/// Returns whether the capture kept only a part of the packet.
fn is_cut(http: &Layer) -> bool {
    let flow = http.facts.flows().last();
    http.is_alone() && http.missing() > 0
        || flow.is_some_and(|flow| flow.payload_length as usize > flow.payload.len())
}

/// Reads a head without an end: the missing lines could change its meaning, so its lines are no fields.
fn unfinished<'a>(
    http: &mut Layer<'a, '_>,
    whole_head: bool,
    mut head: Head<'a>,
    known: Option<&session::Message>,
) -> Outcome {
    let line = HeadLine::first_or_rest(http.rest());
    let mark = if http.is_alone() { "" } else { " (unfinished)" };
    let charset = http.undeclared();
    http.info_listed(", ", || {
        readable_uri(&string(line.text), charset).into_owned() + mark
    });
    while !http.rest().is_empty() {
        let line = HeadLine::first_or_rest(http.rest());
        http.field_shown("", "Line", take(line.whole), |_| text(line.text))?;
        if whole_head && line.text.is_empty() {
            break;
        }
        if let Some((name, value)) = line.halves() {
            head.note(name, value, http.undeclared());
        }
    }
    head.end();
    let framing = head.framing;
    let part = http.rest();
    let came = part.len();
    if came > 0 && whole_head && !http.is_alone() {
        part_of_file(http, &mut head, known, part);
    }
    if came > 0 {
        http.field_shown("", "Part of the body", take(came), text)?;
    }
    if !http.is_alone() {
        http.note(Severity::Warning, || {
            match (whole_head, framing.content_length) {
                (true, Some(said)) => {
                    format!("broken off: {came} of {} of the body came", bytes(said))
                }
                (true, None) => format!("broken off after {} of the body", bytes(came as u64)),
                (false, _) => "the head has no end: nothing more came".to_owned(),
            }
        });
    }
    Ok(Next::Nothing)
}

/// Reports the file of a body that broke off, as far as it came.
fn part_of_file(http: &mut Layer, head: &mut Head, known: Option<&session::Message>, part: &[u8]) {
    let is_response = head.start == Some(Start::Response);
    let exchange = known.map(|known| &known.exchange);
    let answers_head = exchange.is_some_and(|exchange| exchange.method == "HEAD");
    if !http.details() || is_response && (answers_head || length::never_has_body(head.line)) {
        return;
    }
    head.uri = match exchange {
        Some(exchange) if is_response => exchange.uri.clone(),
        _ => {
            let (method, uri) = ascii::request_of(head.line);
            let charset = http.undeclared();
            let read = |bytes: &[u8]| session::readable_in(bytes, charset);
            session::whole_uri(method, uri, (head.host, b"http://"), read)
        }
    };
    if let Some(name) = name::of_file(head, http.undeclared()) {
        let content = body::content_of_part(http, head, part);
        let media = head.media.as_ref().map_or("", |media| media.name.as_str());
        let part = body::part_of_resource(head);
        http.object_in_part(name, media, (false, part), || content);
    }
}

/// Reads bytes of a message whose beginning was not seen.
fn rest_of_a_body(http: &mut Layer) -> Outcome {
    let body = http.rest();
    let length = size(body.len() as u64);
    http.info_listed(", ", || format!("Part of a body, {length}"));
    // What does not begin like a line of text is only data to Wireshark.
    let name = match body.first() {
        Some(b' '..=b'~') => "http.file_data",
        _ => "",
    };
    let place = http.ahead(body.len());
    http.over(name, "Part of a body", place, || text(body));
    http.text(|| length);
    http.embed(Next::Data);
    http.skip(body.len());
    Ok(Next::Nothing)
}

/// Shows the packets of the other half of an exchange, and of those around it.
fn exchange(http: &mut Layer, start: Start, known: &session::Message) {
    let session::Message {
        time_ns,
        number,
        exchange,
        before,
        behind,
        ..
    } = known;
    if *number == 0 || http.is_alone() {
        return;
    }
    let response = start == Start::Response;
    let (name, label) = match response {
        true => ("http.response_number", "Response number"),
        false => ("http.request_number", "Request number"),
    };
    http.computed(name, label, || Value::from(*number as u64));
    let link = |http: &mut Layer, name, label, packet: Option<u64>| {
        if let Some(packet) = packet {
            http.computed(name, label, || Value::from(packet));
            http.text(|| format!("packet {packet}"));
        }
    };
    let packet = |moment: Option<session::PacketTime>| moment.map(|(packet, _)| packet);
    let [request_before, response_before] = *before;
    let [request_behind, response_behind] = *behind;
    let name = "http.prev_request_in";
    link(http, name, "Request before it", request_before);
    if response {
        if let Some((_, asked)) = exchange.request {
            http.computed("http.time", "Time since the request", || {
                Value::Duration(time_ns - asked)
            });
        }
        let name = "http.prev_response_in";
        link(http, name, "Response before it", response_before);
        link(http, "http.request_in", "Request", packet(exchange.request));
    } else {
        let name = "http.response_in";
        link(http, name, "Response", packet(exchange.response));
    }
    let name = "http.next_request_in";
    link(http, name, "Request behind it", request_behind);
    if response {
        let name = "http.next_response_in";
        link(http, name, "Response behind it", response_behind);
        if !exchange.uri.is_empty() {
            http.computed(
                "http.response_for.uri",
                "Answers the request for",
                || match http.context.show_secrets {
                    true => exchange.uri.clone(),
                    false => known.shown_uri(),
                },
            );
        }
    }
}

fn start_line(http: &mut Layer, start: Start, line: HeadLine) -> Result<(), Stop> {
    http.title(|| string(line.text));
    let end = http.offset() + line.whole as u32;
    match start {
        Start::Request => request_line(http, line.text)?,
        Start::Response => status_line(http, line.text)?,
    }
    let left = end.saturating_sub(http.offset());
    http.skip(left as usize);
    Ok(())
}

/// RFC 9112, section 3.
fn request_line(http: &mut Layer, line: &[u8]) -> Result<(), Stop> {
    let (method, behind) = token(line);
    http.field_shown("http.request.method", "Method", take(method.len()), text)?;
    http.skip(line.len() - method.len() - behind.len());
    let (uri, version) = token(behind);
    let at = http.ahead(uri.len());
    http.field_shown("http.request.uri", "URI", take(uri.len()), text)?;
    http.below(|http| query(http, uri, at));
    http.skip(behind.len() - uri.len() - version.len());
    http.field_shown("http.request.version", "Version", take(version.len()), text)?;
    Ok(())
}

/// RFC 3986, section 3.4, and the form that most programs use: parameters separated by an ampersand.
fn query(http: &mut Layer, uri: &[u8], at: ByteRange) {
    let Some(mark) = uri.iter().position(|&byte| byte == b'?') else {
        return;
    };
    let (path, query) = uri.split_at(mark);
    let query = query.get(1..).unwrap_or_default();
    let part = |from: usize, length: usize| ByteRange {
        start: at.start + from as u32,
        end: at.start + (from + length) as u32,
        ..at
    };
    let mut from = mark + 1;
    http.over("http.request.uri.path", "Path", part(0, mark), || {
        text(path)
    });
    http.over(
        "http.request.uri.query",
        "Query",
        part(from, query.len()),
        || text(query),
    );
    http.below(|http| {
        for parameter in query.split(|&byte| byte == b'&') {
            let name = "http.request.uri.query.parameter";
            if !parameter.is_empty() {
                http.over(name, "Parameter", part(from, parameter.len()), || {
                    text(parameter)
                });
            }
            from += parameter.len() + 1;
        }
    });
}

/// RFC 9112, section 4.
fn status_line(http: &mut Layer, line: &[u8]) -> Result<(), Stop> {
    let (version, behind) = token(line);
    http.field_shown(
        "http.response.version",
        "Version",
        take(version.len()),
        text,
    )?;
    http.skip(line.len() - version.len() - behind.len());
    let (digits, phrase) = token(behind);
    let Some(code) = status::code(digits) else {
        return Ok(());
    };
    let at = http.ahead(digits.len());
    http.field_shown(
        "http.response.code",
        "Status code",
        take(digits.len()),
        |_| code.into(),
    )?;
    let name = "http.response.code.desc";
    http.over(name, "What the code means", at, || {
        match status::meaning(code) {
            Some(meaning) => meaning.into(),
            None => Value::Text(format!("Unknown ({code})")),
        }
    });
    http.skip(behind.len() - digits.len() - phrase.len());
    if !phrase.is_empty() {
        http.field_shown("http.response.phrase", "Phrase", take(phrase.len()), text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::session::{Exchange, Message};
    use crate::{
        MessageContext, Side,
        secrets::SentSecrets,
        test_support::{cut, info, layer, masked, said, words},
    };
    use flate2::{Compression, write::GzEncoder};
    use std::{io::Write, sync::Arc};

    /// A segment to or from port 80, as digits, with the smallest possible header.
    fn segment(text: &str) -> String {
        let length = 40 + text.len();
        let mut hex = format!("4500{length:04x} 00000000 40060000 0a000001 0a000002");
        hex += "0050d431 00000001 00000001 50180400 00000000";
        text.bytes().for_each(|byte| hex += &format!("{byte:02x}"));
        hex
    }

    /// The body is there, too, where the chunks do not all fit into the tree.
    #[test]
    fn thousands_of_chunks() {
        let of = |count: usize| {
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            let chunks = "1\r\na\r\n".repeat(count);
            let message = format!("{head}{chunks}0\r\n\r\n");
            said("http", Side::Server, message.as_bytes(), None)
        };
        let shown = of(9_000);
        assert!(words(
            &shown.tree,
            "More chunks, not shown one by one: 5000"
        ));
        assert!(shown.tree.contains("Body: ") && shown.tree.contains("End of the chunks"));
        assert!(shown.sources.iter().any(|source| source.len() == 9_000));
        assert!(!of(4_000).tree.contains("More chunks"));
    }

    #[test]
    fn a_request() {
        let hex = segment(
            "GET /a?b=1&c HTTP/1.1\r\nHost: example.org\r\nCookie: a=1; b=2\r\nX-Own: yes\r\n\
             Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n",
        );
        assert_eq!(info(228, &hex), "HTTP: GET /a?b=1&c HTTP/1.1");
        assert_eq!(
            layer("http", 228, &hex),
            "\
Hypertext Transfer Protocol [40..165]
  Start line: GET /a?b=1&c HTTP/1.1 [40..63]
    Method: GET [40..43]
    URI: /a?b=1&c [44..52]
      Path: /a [44..46]
      Query: b=1&c [47..52]
        Parameter: b=1 [47..50]
        Parameter: c [51..52]
    Version: HTTP/1.1 [53..61]
  Host: example.org [63..82]
  Cookie: a=1; b=2 [82..100]
    Pair: a=1 [90..93]
    Pair: b=2 [95..98]
  Header: X-Own: yes [100..112]
  Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== [112..163]
    Credentials: Aladdin:open sesame [133..161]
      Note: a password in clear text
  End of the headers [163..165]
  Full URI: http://example.org/a?b=1&c
"
        );
    }

    #[test]
    fn two_responses_in_a_segment() {
        let hex = segment(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi\
             HTTP/1.1 204 \r\n\r\nHTTP/1.1 2",
        );
        assert_eq!(
            info(228, &hex),
            "HTTP: HTTP/1.1 200 OK  (text/plain), HTTP/1.1 204, HTTP/1.1 2 (unfinished)"
        );
        assert_eq!(
            layer("http", 228, &hex),
            "\
Hypertext Transfer Protocol [40..104]
  Start line: HTTP/1.1 200 OK [40..57]
    Version: HTTP/1.1 [40..48]
    Status code: 200 [49..52]
    What the code means: OK [49..52]
    Phrase: OK [53..55]
  Content-Type: text/plain [57..83]
  Content-Length: 2 [83..102]
    Content length: 2 [83..102]
  End of the headers [102..104]
  Body: 2 bytes [104..106]
Hypertext Transfer Protocol [106..123]
  Start line: HTTP/1.1 204  [106..121]
    Version: HTTP/1.1 [106..114]
    Status code: 204 [115..118]
    What the code means: No Content [115..118]
  End of the headers [121..123]
Hypertext Transfer Protocol [123..133]
  Line: HTTP/1.1 2 [123..133]
  Note: unfinished: its end is not in this packet
"
        );
    }

    #[test]
    fn chunks_and_a_trailer() {
        let hex = segment(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n1\r\nc\r\n0\r\nA: b\r\n\r\n",
        );
        let shown = layer("http", 228, &hex);
        let (_, body) = shown.split_once("End of the headers").unwrap_or_default();
        assert_eq!(
            body,
            " [85..87]
  Chunked body [87..113]
    Chunk: 2 bytes [87..96]
      Size: 2 [87..92]
      Data: 6162 [92..94]
      Boundary: 0d0a [94..96]
    Chunk: 1 byte [96..102]
      Size: 1 [96..99]
      Data: 63 [99..100]
      Boundary: 0d0a [100..102]
    Chunk: the last one [102..105]
      Size: 0 [102..105]
    Trailer: A: b\r\n [105..111]
    End of the chunks [111..113]
"
        );
    }

    #[test]
    fn a_packet_with_a_part_of_a_message() {
        assert_eq!(
            layer("http", 228, &segment("GET / HTTP/1.1\r\nHost: a")),
            "\
Hypertext Transfer Protocol [40..63]
  Line: GET / HTTP/1.1 [40..56]
  Line: Host: a [56..63]
  Note: unfinished: its end is not in this packet
"
        );
        let begun = segment("PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab");
        assert_eq!(
            layer("http", 228, &begun),
            "\
Hypertext Transfer Protocol [40..79]
  Line: PUT / HTTP/1.1 [40..56]
  Line: Content-Length: 3 [56..75]
  Line [75..77]
  Part of the body: ab [77..79]
  Note: unfinished: its end is not in this packet
"
        );
        assert_eq!(layer("http", 228, &segment("abc")), "");
    }

    #[test]
    fn cut_inside_a_body() {
        let hex = segment("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcdefghi");
        let shown = cut("http", 228, &hex[..hex.len() - 12], 87);
        assert!(shown.ends_with("  Body: 3 bytes [78..81]\n"), "{shown}");
    }

    fn answer(known: Message, head: &str, body: &[u8]) -> crate::test_support::Shown {
        let known = MessageContext::new(known);
        let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n");
        let message = [head.as_bytes(), body].concat();
        said("http", Side::Server, &message, Some(known))
    }

    #[test]
    fn a_response_knows_its_request() {
        let known = Message {
            time_ns: 5_250_000_000,
            broken_off: false,
            number: 2,
            exchange: Exchange {
                method: "GET".to_owned(),
                uri: "http://a.kr/b/c.txt?password=hush".to_owned(),
                request: Some((7, 5_000_000_000)),
                response: Some((9, 5_250_000_000)),
            },
            before: [Some(4), Some(5)],
            behind: [Some(11), None],
            ..Message::default()
        };
        let said = answer(
            known,
            "Content-Type: text/plain\r\nContent-Length: 2",
            b"hi",
        );
        for row in [
            "Response number: 2",
            "Time since the request: 0.250000000 s",
            "Request before it: packet 4",
            "Response before it: packet 5",
            "Request: packet 7",
            "Request behind it: packet 11",
            "Answers the request for: http://a.kr/b/c.txt?password=****",
            "Body: 2 bytes",
            "Line: hi",
        ] {
            assert!(words(&said.tree, row), "{}", said.tree);
        }
        assert_eq!(said.info, "HTTP/1.1 200 OK  (text/plain)");
        assert_eq!(said.files(), [("c.txt", 2)]);
        let media = said.objects.iter().map(|file| file.media.as_str());
        assert!(media.eq(["text/plain"]));
    }

    #[test]
    fn chunks_of_something_compressed() {
        let body = b"5\r\n\xcb\x48\xcd\xc9\xc9\r\n6;x=y\r\n\x57\xc8\x40\x90\x5c\0\r\n0\r\n\r\n";
        let head =
            "Content-Type: text/plain\r\nContent-Encoding: deflate\r\nTransfer-Encoding: chunked";
        let said = answer(Message::default(), head, body);
        assert!(
            words(&said.tree, "Compressed body: 11 bytes → 18 bytes"),
            "{}",
            said.tree
        );
        assert!(
            words(&said.tree, "Line: hello hello hello"),
            "{}",
            said.tree
        );
        assert_eq!(said.sources, [b"hello hello hello\n".to_vec()]);
    }

    #[test]
    fn what_cannot_be_decompressed() {
        for coding in ["gzip", "br", "zstd", "deflate", "x-own"] {
            let head = format!("Content-Type: text/html\r\nContent-Encoding: {coding}");
            let said = answer(Message::default(), &head, b"\xff\xfe\xfd garbage");
            let note = "it could not be decompressed";
            assert!(said.tree.contains(note), "{coding}\n{}", said.tree);
        }
    }

    #[test]
    fn nothing_compressed() {
        let body = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0";
        let head = "Content-Type: text/html\r\nContent-Encoding: gzip";
        let said = answer(Message::default(), head, body);
        assert!(
            words(&said.tree, "Compressed body: 20 bytes → 0 bytes"),
            "{}",
            said.tree
        );
    }

    #[test]
    fn secrets_are_masked() {
        let request = b"GET /?user=me&pwd=hush HTTP/1.1\r\nHost: a.kr\r\n\
            Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\
            Proxy-Authorization: Bearer mF_9.B5f-4.1JqM\r\n\r\n";
        let (tree, info) = masked(80, request);
        assert_eq!(info, "GET /?user=me&pwd=**** HTTP/1.1");
        for secret in ["hush", "QWxh", "Aladdin", "mF_9"] {
            assert!(!tree.contains(secret), "{secret}\n{tree}");
        }
        let row = "Full URI: http://a.kr/?user=me&pwd=****";
        assert!(words(&tree, row), "{tree}");
        let (part, _) = request.split_at(request.len() - 60);
        let (tree, info) = masked(80, part);
        assert_eq!(info, "GET /?user=me&pwd=**** HTTP/1.1 (unfinished)");
        assert!(
            words(&tree, "Line: Authorization: Basic *****************"),
            "{tree}"
        );
    }

    /// Sessions do not search compressed bodies.
    #[test]
    fn passwords_in_compressed_bodies_are_masked() {
        let body = br#"{"user":"me","password":"hush"}"#;
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        let written = packed.write_all(body).and_then(|()| packed.finish());
        let packed = written.unwrap_or_default();
        let head = "Content-Encoding: gzip\r\nContent-Type: application/json";
        let said = answer(Message::default(), head, &packed);
        assert!(words(&said.tree, "String: ****"), "{}", said.tree);
        assert!(!said.tree.contains("hush"), "{}", said.tree);
        let hidden = br#"{"user":"me","password":"****"}"#;
        assert!(said.sources.contains(&hidden.to_vec()));
    }

    #[test]
    fn secrets_that_are_repeated_in_compressed_bodies_are_masked() {
        let mut sent = SentSecrets::default();
        sent.note(b"hush-hush");
        let known = Message {
            sent: Arc::new(sent),
            ..Message::default()
        };
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        let written = packed
            .write_all(b"a hush-hush b")
            .and_then(|()| packed.finish());
        let head = "Content-Encoding: gzip\r\nContent-Type: text/plain";
        let said = answer(known, head, &written.unwrap_or_default());
        assert!(words(&said.tree, "Line: a ********* b"), "{}", said.tree);
        assert!(!said.tree.contains("hush"), "{}", said.tree);
    }

    #[test]
    fn a_head_without_an_end() {
        let said = said("http", Side::Client, b"GET / HTTP/1.1\r\nHost: a.k", None);
        assert_eq!(said.info, "GET / HTTP/1.1 (unfinished)");
        assert!(words(&said.tree, "Line: Host: a.k"), "{}", said.tree);
        assert!(said.tree.contains("the head has no end"), "{}", said.tree);
    }

    #[test]
    fn less_came_than_was_said() {
        let said = answer(Message::default(), "Content-Length: 10", b"abc");
        assert!(
            words(&said.tree, "Body: 3 of 10 bytes came"),
            "{}",
            said.tree
        );
    }

    /// What came of a file is written, and marked.
    #[test]
    fn files_of_bodies_that_broke_off() {
        let known = |uri: &str| Message {
            broken_off: true,
            exchange: Exchange {
                method: "GET".to_owned(),
                uri: uri.to_owned(),
                ..Exchange::default()
            },
            ..Message::default()
        };
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        let written = packed.write_all(&b"abc ".repeat(100));
        let packed = written.and_then(|()| packed.finish()).unwrap_or_default();
        let (part, _) = packed.split_at(packed.len() - 9);
        for (head, body, length) in [
            ("Content-Length: 10", b"abc".as_slice(), 3),
            ("Transfer-Encoding: chunked", b"3\r\nabc\r\n9\r\nde", 5),
            ("Content-Encoding: gzip", part, 400),
        ] {
            let said = answer(known("http://a.kr/b.txt"), head, body);
            assert_eq!(said.files().len(), 1, "{head}");
            let whole = said.objects.iter().any(|file| file.complete);
            assert!(!whole, "{head}");
            let (name, came) = said.files().first().copied().unwrap_or_default();
            assert_eq!(name, "b.txt");
            assert!((1..=length).contains(&came), "{head} {came}");
        }
        let mut head = known("http://a.kr/b.txt");
        head.exchange.method = "HEAD".to_owned();
        assert!(
            answer(head, "Content-Length: 10", b"abc")
                .objects
                .is_empty()
        );
    }

    #[test]
    fn lengths_that_are_none() {
        for (head, note) in [
            ("Content-Length: -1", "this is no length"),
            ("Content-Length: 18446744073709551616", "this is no length"),
            ("Content-Length: 3, 4", "this is no length"),
            (
                "Content-Length: 3\r\nContent-Length: 4",
                "it was something else before",
            ),
            (
                "Transfer-Encoding: chunked\r\nContent-Length: 3",
                "Transfer-Encoding stands beside it and decides",
            ),
        ] {
            let said = answer(Message::default(), head, b"0\r\n\r\n");
            assert!(said.tree.contains(note), "{head}\n{}", said.tree);
        }
    }

    #[test]
    fn control_characters_in_headers() {
        let said = answer(Message::default(), "X: a\0b\x1b[31m\r\nServer: \x07", b"");
        assert!(said.tree.contains("Header: X: a"), "{}", said.tree);
    }
}
