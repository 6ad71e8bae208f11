//! Conversations in HTTP, and where their messages end.

use super::*;
use crate::application::http::DISSECTOR;
use crate::test_session::{Script, converse, secrets};
use Side::{Client, Server};

fn conversation(rows: &[(Side, &[u8])]) -> Script {
    let mut script = Script::new(&DISSECTOR, 80);
    script.segments(rows);
    script
}

fn known(script: &Script, number: usize) -> Message {
    script.known(number).unwrap_or_default()
}

fn lengths(rows: &[(Side, &[u8])]) -> Vec<usize> {
    conversation(rows).lengths()
}

#[test]
fn a_method_may_be_cut() {
    for (said, likeness) in [
        (&b"G"[..], Confidence::Possible),
        (b"HTT", Confidence::Possible),
        (b"GET", Confidence::Possible),
        (b"GET ", Confidence::Possible),
        (b"HTTP", Confidence::Possible),
        (b"GE\r\n", Confidence::Impossible),
        (b"220 ready", Confidence::Impossible),
        (b"GET / HTTP/1.1\r\n", Confidence::Certain),
    ] {
        assert_eq!(looks_like(said), likeness, "{said:?}");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let script: &[(Side, &[u8])] = &[
        (
            Client,
            b"GET /a HTTP/1.1\r\nHost: a.kr\r\n\r\nHEAD /b HTTP/1.1\r\n\r\n",
        ),
        (
            Server,
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        ),
        (Server, b"cHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
    ];
    let script = conversation(script);
    assert_eq!(script.lengths(), [31, 20, 25, 41, 38]);
    let first = known(&script, 3);
    assert_eq!(first.exchange.uri, "http://a.kr/a");
    assert_eq!((first.number, first.behind), (1, [Some(1), Some(3)]));
    let last = known(&script, 4);
    assert_eq!(last.exchange.method, "HEAD");
    assert_eq!(last.exchange.request, Some((1, 1_000_000_000)));
    assert_eq!(last.before, [Some(1), Some(3)]);
    assert_eq!(script.summary(), "GET a.kr/a → 200 OK, 3 bytes and 1 more");
}

/// RFC 9112, section 9.3.2: responses come in the order of the requests, not counting any 1xx.
#[test]
fn pipelined_exchanges() {
    let mut script = conversation(&[
        (
            Client,
            b"GET /a HTTP/1.1\r\nHost: a.kr\r\n\r\nHEAD /b HTTP/1.1\r\n\r\nGET /c?pwd=hush HTTP/1.1\r\n\r\n",
        ),
        (Server, b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (Server, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na"),
        (Server, b"bcHTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n"),
    ]);
    assert_eq!(
        script.exchanges(),
        [
            "Transfer: ok 200: GET a.kr/a → 200 OK (1-1 0 → 3-4 3, 1 s)",
            "Transfer: client error 404: HEAD /b → 404 Not Found (1-1 0 → 4-4 0, 3 s)",
            "Transfer: none: GET /c?pwd=**** → - (1-1 0 → -)",
        ]
    );
}

#[test]
fn what_becomes_of_requests() {
    for (status, expected) in [
        ("204 No Content", "ok 204"),
        ("304 Not Modified", "ok 304"),
        ("401 Unauthorized", "refused 401"),
        ("403 Forbidden", "refused 403"),
        ("407 Proxy Authentication Required", "refused 407"),
        ("410 Gone", "client error 410"),
        ("503 Service Unavailable", "server error 503"),
        ("511 Network Authentication Required", "refused 511"),
        ("999 What", "server error 999"),
        ("", "server error"),
    ] {
        let response = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        let mut script = conversation(&[
            (Client, b"GET / HTTP/1.1\r\n\r\n"),
            (Server, response.as_bytes()),
        ]);
        let line = format!("Transfer: {expected}: GET / → {status} (1-1 0 → 2-2 0, 1 s)");
        assert_eq!(script.exchanges(), [line]);
    }
}

/// RFC 9110, section 10.1.1: a server may refuse or request the body without having seen it.
#[test]
fn answers_before_the_request_is_at_its_end() {
    let head = b"PUT /a HTTP/1.1\r\nContent-Length: 4\r\n\r\n".as_slice();
    let refusal = b"HTTP/1.1 413 Too large\r\nContent-Length: 0\r\n\r\n".as_slice();
    let next = b"bcGET /b HTTP/1.1\r\n\r\n".as_slice();
    let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".as_slice();
    let mut script = conversation(&[
        (Client, head),
        (Server, refusal),
        (Client, b"ab"),
        (Client, next),
        (Server, ok),
    ]);
    assert_eq!(
        script.exchanges(),
        [
            "Transfer: client error 413: PUT /a → 413 Too large (1-4 4 → 2-2 0, 0 s)",
            "Transfer: ok 200: GET /b → 200 OK (4-4 0 → 5-5 0, 1 s)",
        ]
    );
    let exchanges = [0, 1, 2, 3].map(|number| known(&script, number).exchange);
    let [refused, put, get, answered] = exchanges;
    assert_eq!(refused.uri, "/a");
    assert_eq!(put.response, None);
    assert_eq!(get.response.map(|(packet, _)| packet), Some(5));
    assert_eq!(answered.request.map(|(packet, _)| packet), Some(4));
    let mut gives_up = conversation(&[(Client, head), (Server, refusal)]);
    let line = "Transfer: client error 413: PUT /a → 413 Too large (1-1 0 cut → 2-2 0, 1 s)";
    assert_eq!(gives_up.exchanges(), [line]);
    let go_on = b"HTTP/1.1 100 Continue\r\n\r\n".as_slice();
    let mut asks = conversation(&[
        (Client, head),
        (Server, go_on),
        (Client, b"abcd"),
        (Server, ok),
    ]);
    let line = "Transfer: ok 200: PUT /a → 200 OK (1-3 4 → 4-4 0, 1 s)";
    assert_eq!(asks.exchanges(), [line]);
    let preliminary = asks.exchanges.first().and_then(|it| it.preliminary);
    assert_eq!(preliminary.map(|it| it.packet), Some(2));
}

#[test]
fn exchanges_of_which_not_all_is_there() {
    let mut script = conversation(&[(Server, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab")]);
    let line = "Transfer: ok 200:  → 200 OK (- → 1-1 2 cut)";
    assert_eq!(script.exchanges(), [line]);
    let get = b"GET / HTTP/1.1\r\n\r\n".as_slice();
    let until_end = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\na".as_slice();
    let mut script = conversation(&[(Client, get), (Server, until_end), (Server, b"b")]);
    let line = "Transfer: ok 200: GET / → 200 OK (1-1 0 → 2-3 2, 1 s)";
    assert_eq!(script.exchanges(), [line]);
    let mut script = conversation(&[(Client, get), (Client, get)]);
    script.session.lost(Server);
    script.segment(Server, b"HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(script.summary(), "GET / and 1 more");
    assert_eq!(
        script.exchanges(),
        [
            "Transfer: none: GET / → - (1-1 0 → -, lost)",
            "Transfer: ok 204: GET / → 204 No Content (2-2 0 → 3-3 0, 1 s, lost)",
        ]
    );
}

#[test]
fn chunks_and_a_trailer() {
    let script: &[(Side, &[u8])] = &[
        (
            Server,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1",
        ),
        (Server, b";x=y\r\nc\r"),
        (
            Server,
            b"\n0\r\nA: b\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        ),
    ];
    assert_eq!(lengths(script), [47 + 7 + 7 + 3 + 3 + 6 + 2, 27]);
}

#[test]
fn no_body_where_there_is_none() {
    for status in ["204 No Content", "304 Not Modified"] {
        let response = format!("HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\n");
        assert_eq!(lengths(&[(Server, response.as_bytes())]), [response.len()]);
    }
}

#[test]
fn another_protocol_follows() {
    let upgrade = |to: &str| {
        let request = format!("GET / HTTP/1.1\r\nUpgrade: {to}\r\n\r\n");
        let response = format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: {to}\r\n\r\n");
        let script = [(Client, request.as_bytes()), (Server, response.as_bytes())];
        conversation(&script).events
    };
    let handed = |events: Vec<Event>| match events.as_slice() {
        [Event::HandOver(dissector)] => Some(dissector.name),
        _ => None,
    };
    assert_eq!(handed(upgrade("WebSocket")), Some("websocket"));
    assert_eq!(handed(upgrade("h2c")), Some("http2"));
    assert!(matches!(upgrade("own").as_slice(), [Event::Recognise]));
    let connect: &[(Side, &[u8])] = &[
        (Client, b"CONNECT a.kr:443 HTTP/1.1\r\n\r\n"),
        (Server, b"HTTP/1.1 200 Connection established\r\n\r\n"),
    ];
    assert!(matches!(
        conversation(connect).events.as_slice(),
        [Event::Recognise]
    ));
}

#[test]
fn credentials_are_seen_and_masked() {
    let credentials = |text: &str| {
        let script = conversation(&[(Client, text.as_bytes())]);
        (script.session.credentials(), script.summary())
    };
    let basic = "GET / HTTP/1.1\r\nAuthorization: Basic YTpi\r\n\r\n";
    assert!(credentials(basic).0);
    let form = "POST /login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
        Content-Length: 10\r\n\r\nu=a&pwd=bc";
    assert!(credentials(form).0);
    let query = credentials("GET /?pwd=hush HTTP/1.1\r\n\r\n");
    assert_eq!(query, (true, "GET /?pwd=****".to_owned()));
    assert!(!credentials("GET /?q=pwd HTTP/1.1\r\n\r\n").0);
    let (head, body) = form.split_at(form.len() - 10);
    let apart = [(Client, head.as_bytes()), (Client, body.as_bytes())];
    assert!(conversation(&apart).session.credentials());
}

#[test]
fn secrets_are_found() {
    let found = |rows: &[(Side, &[u8])]| secrets("http", rows);
    let get = b"GET /?pwd=hush HTTP/1.1\r\nAuthorization: Basic YTpi\r\n\r\n";
    assert_eq!(found(&[(Client, get)]), ["hush", "YTpi"]);
    let form = b"POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
        Content-Length: 14\r\n\r\nu=a&pwd=bc&x=yGET /pwd=no HTTP/1.1\r\n\r\n";
    assert_eq!(found(&[(Client, form)]), ["bc"]);
    let json = b"POST / HTTP/1.1\r\nContent-Type: application/json\r\n\
        Content-Length: 22\r\n\r\n{\"a\":0,\"password\":\"b\"}\r\nPUT /\"c\" HTTP/1.1\r\n\r\n";
    assert_eq!(found(&[(Client, json)]), ["b"]);
    let chunked = b"POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
        Transfer-Encoding: chunked\r\n\r\n6;x=pwd=\r\nu=a&pw\r\n3\r\nd=b\r\n4\r\nc&x=\r\n0\r\n\r\n";
    assert_eq!(
        found(&[(Client, chunked), (Client, get)]),
        ["b", "c", "hush", "YTpi"]
    );
}

/// A body that ends with the connection.
#[test]
fn secrets_of_a_server_are_found() {
    let script = conversation(&[
        (Client, b"GET / HTTP/1.1\r\n\r\n"),
        (
            Server,
            b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"pass",
        ),
        (Server, b"word\":\"hu"),
        (Server, b"sh\",\"a\":\"b\"}"),
    ]);
    assert_eq!(script.secrets(Server), ["hush"]);
    assert_eq!(script.secrets(Client), [""; 0]);
}

#[test]
fn a_response_that_was_missed() {
    let get = b"GET / HTTP/1.1\r\n\r\n".as_slice();
    let mut script = conversation(&[(Client, get), (Client, get)]);
    script.session.lost(Server);
    script.segment(Server, b"of a body");
    script.segment(Server, b"HTTP/1.1 204 No Content\r\n\r\n");
    let known = known(&script, 3);
    assert_eq!(known.exchange.request, Some((2, 2_000_000_000)));
}

#[test]
fn hostile_heads() {
    // The head never ends.
    let line = b"X-Header: something\r\n".as_slice();
    let mut script = vec![(Client, b"GET / HTTP/1.1\r\n".as_slice())];
    script.resize(2000, (Client, line));
    assert_eq!(lengths(&script), []);
    for head in [
        "Content-Length: 9223372036854775808",
        "Content-Length: 18446744073709551615",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff",
        "Transfer-Encoding: chunked\r\n\r\n10000000000000000",
        "Transfer-Encoding: chunked\r\n\r\n-1",
        "\0\x1b[2J: \x07",
    ] {
        let response = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\nabc");
        let _ = lengths(&[(Server, response.as_bytes()), (Server, b"more")]);
    }
    for length in ["-1", "+5", "5, 6", "0x5", ""] {
        let request = format!("PUT / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n");
        let whole = request.len();
        assert_eq!(
            lengths(&[(Client, request.as_bytes())]),
            [whole],
            "{length}"
        );
    }
}

#[test]
fn sizes() {
    let words = [
        0,
        1,
        999,
        1000,
        9949,
        9950,
        45_123,
        999_499,
        999_500,
        5_000_000_000,
    ]
    .map(size);
    let expected = [
        "0 bytes",
        "1 byte",
        "999 bytes",
        "1.0 kB",
        "9.9 kB",
        "10 kB",
        "45 kB",
        "999 kB",
        "1.0 MB",
        "5.0 GB",
    ];
    assert_eq!(words, expected);
}

/// A server is named by the requested host; a proxy receives requests for others' hosts.
#[test]
fn who_is_called_how() {
    let called = |request: &str| {
        let mut http = Script::new(&DISSECTOR, 80);
        http.segment(Side::Client, request.as_bytes());
        http.segment(
            Side::Client,
            b"GET / HTTP/1.1\r\nHost: later.example\r\n\r\n",
        );
        let names = http.events.iter().map(|event| match event {
            Event::HostName {
                side: Side::Server,
                name,
                by: NameSource::Host,
            } => name.to_string(),
            other => format!("{other:?}"),
        });
        names.collect::<Vec<_>>()
    };
    // The server may answer before the request is complete.
    let mut http = Script::new(&DISSECTOR, 80);
    let head = b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\n\r\n";
    http.segment(Side::Client, head);
    http.segment(Side::Server, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert!(http.events.is_empty());
    http.segment(Side::Client, b"ab");
    let is_body = |event: &Event| matches!(event, Event::Body { protocol: None, .. });
    assert!(http.events.len() == 2 && http.events.last().is_some_and(is_body));
    for host in ["www.example", "www.example:8080", " www.example "] {
        let request = format!("GET / HTTP/1.1\r\nHost:{host}\r\n\r\n");
        assert_eq!(called(&request), ["www.example"], "{host:?}");
    }
    let long = "a".repeat(1 << 16);
    for request in [
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [fe80::1]:80\r\n\r\n",
        "GET http://www.example/ HTTP/1.1\r\nHost: www.example\r\n\r\n",
        "CONNECT www.example:443 HTTP/1.1\r\nHost: www.example:443\r\n\r\n",
        &format!("GET / HTTP/1.1\r\nHost: {long}\r\n\r\n"),
    ] {
        assert_eq!(called(request), [""; 0], "{request}");
    }
}

/// The messages and the secrets do not depend on the segments.
#[test]
fn a_head_in_small_segments() {
    let long = "x".repeat(20_000);
    let head = format!(
        "\r\nGET /a?pwd=apple HTTP/1.1\r\nA: b\nAuthorization:\r\n Basic\r\n\tcGllCg==\rHost: c\r\n\
         X: {long}\r\nProxy-Authorization: Bearer {long}\r\n\r\nGET / HTTP/1.1\r\n\n"
    );
    let asked = head.as_bytes();
    let whole = converse("http", &[(Client, asked)]);
    let secrets = whole.secrets(Client);
    for secret in ["apple", "cGllCg==", &long] {
        assert!(secrets.iter().any(|found| found == secret), "{secret:.20}");
    }
    assert_eq!(whole.messages.len(), 2);
    for length in [1, 2, 3, 7, 9_000] {
        let pieces = asked.chunks(length).map(|piece| (Client, piece));
        let talked = converse("http", &pieces.collect::<Vec<_>>());
        assert!(talked.messages == whole.messages, "{length}");
        assert!(talked.secrets(Client) == secrets, "{length}");
    }
    // Before the head is complete, no part of a long secret is shown.
    let (begun, _) = asked.split_at(asked.len() - 30);
    let pieces = begun.chunks(100).map(|piece| (Client, piece));
    let talked = converse("http", &pieces.collect::<Vec<_>>());
    assert!(
        talked
            .secrets(Client)
            .iter()
            .any(|secret| secret.len() >= 19_990)
    );
}

/// RFC 9112, section 2.2.
#[test]
fn empty_lines_before_a_message() {
    for before in ["\n", "\r\n", "\r\n\n", &"\r\n".repeat(500)] {
        let asked = format!("{before}GET /a HTTP/1.1\r\n\r\n{before}gEt /b HTTP/1.1\r\r\n\r\r\n");
        let whole = converse("http", &[(Client, asked.as_bytes())]);
        assert_eq!(whole.messages.len(), 2, "{before:?}");
        assert_eq!(whole.session.summary(), "GET /a and 1 more");
        for length in [1, 2, 3, 7, 100] {
            let pieces = asked.as_bytes().chunks(length);
            let pieces = pieces.map(|piece| (Client, piece));
            let talked = converse("http", &pieces.collect::<Vec<_>>());
            assert!(talked.messages == whole.messages, "{before:?} {length}");
            assert_eq!(talked.session.summary(), whole.session.summary());
        }
    }
}

#[test]
fn a_method_in_pieces() {
    let mut script = conversation(&[(Client, b"G"), (Client, b"ET / HTTP/1.1\r\n\r\n")]);
    script.segment(Server, b"HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(script.summary(), "GET / → 204 No Content");
    assert_eq!(script.messages.len(), 2);
}

/// The index reads no contexts and no ranges of secrets, but marks the same conversations.
#[test]
fn conversations_with_secrets_are_marked() {
    let credentials = |asked: &str, length: usize| {
        let setting = Setting {
            keeps: false,
            exchanges: crate::Exchanges::None,
            ..crate::test_session::setting(80)
        };
        let mut http = Http::new(&setting, false);
        let mut cutter = crate::Cutter::default();
        for piece in asked.as_bytes().chunks(length) {
            let held = cutter.held_with(piece);
            let all = if held.is_empty() { piece } else { &held };
            let mut rest = all;
            let mut seen = all.len() - piece.len();
            while !rest.is_empty() {
                if let Some((taken, _)) = cutter.take(rest.len()) {
                    let (taken, behind) = rest.split_at(taken);
                    if http.searches(Client) {
                        http.secrets_taken(Client, taken, &mut Vec::new());
                    }
                    rest = behind;
                    continue;
                }
                let place = Place {
                    side: Client,
                    packet: 1,
                    time_ns: 0,
                    seen: std::mem::take(&mut seen),
                };
                let framing = http.frame(&place, rest);
                if framing == Framing::NeedMore {
                    let length = rest.len();
                    cutter.hold(held, length, piece);
                    break;
                }
                assert!(cutter.frame(framing));
            }
        }
        http.credentials()
    };
    const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
    for asked in [
        "GET /?pwd=a HTTP/1.1\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nAuthorization:\r\n Basic\r\n YTpi\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nAuthorization: Basic YTpi".to_owned(),
        format!("POST / HTTP/1.1\r\n{FORM}\r\nContent-Length: 9\r\n\r\na=b&pwd=c"),
        format!("POST / HTTP/1.1\r\n{FORM}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\npw\r\n3\r\nd=c\r\n"),
        "POST / HTTP/1.1\r\nContent-Type:\r\n application/json\r\nContent-Length: 11\r\n\r\n{\"pwd\":\"a\"}".to_owned(),
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: Basic YTpi\r\n\r\n".to_owned(),
    ] {
        for length in [1, 2, 3, 10, asked.len()] {
            assert!(credentials(&asked, length), "{asked} {length}");
            let others = asked.replace("pwd", "pdw").replace("pw\r\n", "pd\r\n").replace("Basic", "Digest");
            assert!(!credentials(&others, length), "{others} {length}");
        }
    }
}

#[test]
fn names_of_any_length_are_cut() {
    let long = "가".repeat(100_000);
    let asked = format!("GET /{long} HTTP/1.1\r\nHost: {long}\r\n\r\n");
    let talked = converse("http", &[(Client, asked.as_bytes())]);
    let summary = talked.session.summary();
    assert!((300..=403).contains(&summary.len()), "{}", summary.len());
    assert!(summary.ends_with('…'));
}
