//! What was refused at first, or failed at one server, and what is no failure.

use super::*;

/// A question of DNS for this name and its answer by a server, if it has one.
fn ask(capture: &mut Capture, port: u16, server: u8, name: &str, code: Option<u16>) {
    let message = |flags: u16| {
        let mut message = Vec::new();
        for word in [7, flags, 1, 0, 0, 0] {
            message.extend(word.to_be_bytes());
        }
        for label in name.split('.') {
            message.push(label.len() as u8);
            message.extend(label.bytes());
        }
        message.extend([0, 0, 1, 0, 1]);
        message
    };
    capture.datagram([1, server], [port, 53], &message(0x0100));
    if let Some(code) = code {
        let answer = message(0x8180 | code);
        capture.wait(20).datagram([server, 1], [53, port], &answer);
    }
    capture.wait(10);
}

#[test]
fn names_that_are_resolved_elsewhere() {
    let found = |attempts: &[(u8, &str, u16)], pause: i64| {
        let mut capture = Capture::default();
        for (port, (server, name, code)) in (40_000..).zip(attempts) {
            ask(&mut capture, port, *server, name, Some(*code));
            capture.wait(pause);
        }
        capture.wait(3000).datagram([3, 4], [1, 2], b"later");
        capture.found()
    };
    let note = ["· dns-failure"];
    // Another server, and the list of search domains.
    assert_eq!(found(&[(2, "x.example", 2), (3, "x.example", 0)], 1), note);
    assert_eq!(found(&[(2, "x.example", 5), (2, "x.example", 0)], 1), note);
    assert_eq!(
        found(&[(2, "x.example.corp.local", 3), (2, "x.example", 0)], 1),
        note
    );
    assert_eq!(found(&[(2, "x", 3), (2, "x.corp.local", 0)], 1), note);
    // Too late, another name, and a second failure.
    let error = "✗ dns-failure";
    assert_eq!(
        found(&[(2, "x.example", 2), (3, "x.example", 0)], 40_000),
        [error]
    );
    assert_eq!(
        found(&[(2, "x.example", 2), (3, "y.example", 0)], 1),
        [error]
    );
    assert_eq!(
        found(&[(2, "x.example", 2), (3, "x.example", 2)], 1),
        [error, error]
    );
    let warning = "! dns-failure";
    assert_eq!(
        found(&[(2, "x.example", 3), (2, "y.example", 0)], 1),
        [warning]
    );
    assert_eq!(
        found(&[(2, "xx.example", 3), (2, "x.example", 0)], 1),
        [warning]
    );
}

#[test]
fn http_asks_for_a_password_first() {
    let refused = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n";
    let granted = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let plain = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    let with = b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YTpi\r\n\r\n";
    let says = |said: &[(&[u8], &[u8])]| {
        found(80, |it| {
            for (request, answer) in said {
                it.client(request).wait(20).server(answer).ack(Side::Client);
            }
            it.close(20);
        })
    };
    let clear = "! credentials-in-clear";
    let (asked, again) = (
        says(&[(plain, refused), (with, granted)]),
        says(&[(plain, refused), (with, refused)]),
    );
    assert_eq!(asked, [clear, "· http-error"]);
    assert_eq!(again, ["✗ login-failed", clear, "· http-error"]);
    assert_eq!(says(&[(plain, refused)]), ["· http-error"]);
}

#[test]
fn redis_before_a_log_in() {
    let says = |said: &[(&[u8], &[u8])]| {
        found(6379, |it| {
            for (request, answer) in said {
                it.client(request).wait(20).server(answer).ack(Side::Client);
            }
            it.close(20);
        })
    };
    let get = b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n";
    let too_early: (&[u8], &[u8]) = (get, b"-NOAUTH Authentication required.\r\n");
    assert_eq!(says(&[too_early]), ["✗ login-failed"]);
    assert_eq!(says(&[(get, b"-ERR unknown\r\n")]), NOTHING);
    // What follows a refused password is refused with it.
    let wrong: (&[u8], &[u8]) = (b"*2\r\n$4\r\nAUTH\r\n$1\r\na\r\n", b"-WRONGPASS no\r\n");
    let mut capture = Capture::default();
    let mut it = capture.connection(1, 40_000, 2, 6379);
    it.open(20);
    for (request, answer) in [wrong, too_early] {
        it.client(request).wait(20).server(answer).ack(Side::Client);
    }
    let sentence = capture.sentence(Kind::LoginFailed);
    assert_eq!(sentence, "AUTH was refused: WRONGPASS no");
    let logs_in: (&[u8], &[u8]) = (b"*2\r\n$4\r\nAUTH\r\n$1\r\na\r\n", b"+OK\r\n");
    assert_eq!(
        says(&[too_early, logs_in]),
        ["! credentials-in-clear", "· login-failed"]
    );
}

/// It accepts connections, and lets no data through.
#[test]
fn a_server_that_says_nothing_at_all() {
    let asks = |times: i64, answers: bool| {
        let mut capture = Capture::default();
        let mut it = capture.connection(1, 40_000, 2, 7777);
        it.open(20);
        let acked = it.acked.server;
        it.client(&[b'x'; 300]);
        it.acked.server = acked;
        for time in 0..times {
            it.wait(300 << time).again(Side::Client, 300, 300);
        }
        if answers {
            it.acked.server = it.next.client;
            it.wait(20).ack(Side::Server);
        }
        capture
    };
    assert_eq!(asks(4, false).found(), ["✗ no-answer"]);
    let sentence = asks(4, false).sentence(Kind::NoAnswer);
    assert!(
        sentence.starts_with(
            "10.0.0.2 accepted the connection and then answered nothing: 4 retransmissions"
        ),
        "{sentence}"
    );
    let no_answer = "✗ no-answer".to_owned();
    assert!(!asks(2, false).found().contains(&no_answer));
    assert!(!asks(4, true).found().contains(&no_answer));
}

/// A short first message of a client of TLS is no alert.
#[test]
fn tls_that_is_reset_at_once() {
    let mut hello = vec![22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x2f, 1, 0]);
    let reset = found(443, |it| {
        it.client(&hello).wait(5).reset(Side::Server);
    });
    assert_eq!(reset, ["✗ reset"]);
    // After the server has spoken, what is as short may be close_notify.
    let said = found(443, |it| {
        it.client(&hello).wait(20);
        it.server(&[&[23, 3, 3, 0, 200][..], &[7; 200]].concat())
            .ack(Side::Client);
        it.client(&[&[23, 3, 3, 0, 19][..], &[7; 19]].concat())
            .wait(5)
            .reset(Side::Server);
    });
    assert!(!said.contains(&"✗ reset".to_owned()), "{said:?}");
}
