//! What applications refuse, and secrets.

use super::*;

/// Opens, and lets both sides say these lines in turn, the server first.
fn lines(port: u16, all: &[&str]) -> Vec<String> {
    let capture = spoken(port, all);
    let mut found = capture.found();
    found.retain(|it| !it.ends_with("credentials-in-clear"));
    found
}

fn spoken(port: u16, all: &[&str]) -> Capture {
    let mut capture = Capture::default();
    let mut it = capture.connection(1, 40_000, 2, port);
    it.open(20);
    for (number, line) in all.iter().enumerate() {
        let line = format!("{line}\r\n");
        match number % 2 {
            0 => it.wait(20).server(line.as_bytes()),
            _ => it.client(line.as_bytes()),
        };
    }
    it.ack(Side::Client).close(20);
    capture
}

fn dns(id: u16, kind: u16, flags: u16) -> Vec<u8> {
    let mut message = Vec::new();
    for word in [id, flags, 1, 0, 0, 0] {
        message.extend(word.to_be_bytes());
    }
    message.extend(b"\x01x\x07example\x00");
    message.extend([kind.to_be_bytes(), 1_u16.to_be_bytes()].concat());
    message
}

/// The handshake takes three packets.
#[test]
fn the_evidence_is_where_the_secret_is() {
    let packets = |capture: &Capture, kind: Kind| capture.finding(kind).packets;
    let ftp = [
        "220 files",
        "USER kim",
        "331 password?",
        "PASS wrong",
        "530 no",
    ];
    let ftp = spoken(21, &ftp);
    assert_eq!(packets(&ftp, Kind::CredentialsInClear), [7]);
    assert_eq!(packets(&ftp, Kind::LoginFailed), [7, 8]);
    // Not the end of the request.
    let mut capture = Capture::default();
    let mut it = capture.connection(1, 40_000, 2, 80);
    it.open(20).client(b"POST / HTTP/1.1\r\nHost: x\r\n");
    it.client(b"Authorization: Basic a2ltOmh1c2g=\r\nContent-Length: 8\r\n\r\n");
    it.client(b"1234").client(b"5678").wait(20);
    it.server(b"HTTP/1.1 204 No Content\r\n\r\n")
        .ack(Side::Client)
        .close(20);
    assert_eq!(packets(&capture, Kind::CredentialsInClear), [5]);
    // In a body that is not kept.
    let mut capture = Capture::default();
    let mut it = capture.connection(1, 40_000, 2, 80);
    let form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 22";
    it.open(20)
        .client(format!("POST / HTTP/1.1\r\nHost: x\r\n{form}\r\n\r\n").as_bytes());
    it.client(b"a=1")
        .client(b"&password=hush")
        .client(b"&b=23")
        .wait(20);
    it.server(b"HTTP/1.1 204 No Content\r\n\r\n")
        .ack(Side::Client)
        .close(20);
    assert_eq!(packets(&capture, Kind::CredentialsInClear), [6]);
    // Of no known protocol.
    let mut capture = Capture::default();
    let mut it = capture.connection(1, 40_000, 2, 7777);
    it.open(20)
        .client(b"hello\r\n")
        .wait(20)
        .server(b"who?\r\n");
    it.client(b"Authorization: Bearer hush-hush\r\n")
        .wait(20)
        .server(b"ok\r\n");
    it.ack(Side::Client).close(20);
    assert_eq!(packets(&capture, Kind::CredentialsInClear), [6]);
}

#[test]
fn applications_that_refuse() {
    let ftp = [
        "220 files",
        "USER kim",
        "331 password?",
        "PASS wrong",
        "530 no",
    ];
    assert_eq!(lines(21, &ftp), ["✗ login-failed"]);
    let again = [
        "220 files",
        "USER kim",
        "331 password?",
        "PASS wrong",
        "530 no",
        "USER kim",
        "331 password?",
        "PASS right",
        "230 welcome",
    ];
    assert_eq!(lines(21, &again), ["· login-failed"]);
    let mail = [
        "220 mail ESMTP",
        "EHLO a",
        "250 mail",
        "MAIL FROM:<a@b>",
        "250 ok",
        "RCPT TO:<c@d>",
    ];
    let with = |answer| [&mail[..], &[answer, "QUIT", "221 bye"]].concat();
    assert_eq!(lines(25, &with("550 no such mailbox")), ["✗ mail-rejected"]);
    assert_eq!(lines(25, &with("451 try later")), ["! mail-rejected"]);
    assert_eq!(lines(25, &with("250 ok")), NOTHING);
    let offered = [
        "220 mail ESMTP",
        "EHLO a",
        "250-mail\r\n250-AUTH PLAIN\r\n250 STARTTLS",
    ];
    let then = |more: &[&'static str]| lines(25, &[&offered[..], more].concat());
    let login = [
        "AUTH PLAIN AGtpbQBzZWNyZXQ=",
        "235 welcome",
        "QUIT",
        "221 bye",
    ];
    assert_eq!(then(&login), ["! starttls-unused"]);
    assert_eq!(
        then(&["STARTTLS", "454 not now", "QUIT", "221 bye"]),
        ["! starttls-refused"]
    );
    assert_eq!(then(&["QUIT", "221 bye"]), NOTHING);
    let web = |status: &str| {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        found(80, |it| {
            it.client(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n").wait(20);
            it.server(answer.as_bytes()).ack(Side::Client).close(20);
        })
    };
    assert_eq!(web("500 Oops"), ["✗ http-error"]);
    assert_eq!(web("404 Not Found"), ["· http-error"]);
    assert_eq!(web("200 OK"), NOTHING);
    let transfer = [
        "220 files",
        "USER kim",
        "331 password?",
        "PASS right",
        "230 welcome",
        "RETR a",
    ];
    let with = |answer| lines(21, &[&transfer[..], &[answer, "QUIT", "221 bye"]].concat());
    assert_eq!(with("425 no connection"), ["✗ ftp-data-failed"]);
    assert_eq!(with("550 no such file"), NOTHING);
    // The announced port is closed.
    let passive = [
        &transfer[..5],
        &["PASV", "227 ok (10,0,0,2,100,0)", "RETR a"],
    ]
    .concat();
    let mut capture = spoken(21, &passive);
    capture.wait(10);
    let mut data = capture.connection(1, 40_001, 2, 25_600);
    data.send(Side::Client, SYN, b"")
        .wait(20)
        .reset(Side::Server);
    assert!(capture.found().contains(&"✗ ftp-data-failed".to_owned()));
}

#[test]
fn names_that_are_not_resolved() {
    let asked = |kind: u16, answer: Option<u16>| {
        let mut capture = Capture::default();
        capture.datagram([1, 2], [40_000, 53], &dns(7, kind, 0x0100));
        if let Some(code) = answer {
            let answer = dns(7, kind, 0x8180 | code);
            capture.wait(20).datagram([2, 1], [53, 40_000], &answer);
        }
        capture.wait(3_000).datagram([3, 4], [1, 2], b"later");
        capture.found()
    };
    assert_eq!(asked(1, Some(0)), NOTHING);
    assert_eq!(asked(1, Some(3)), ["! dns-failure"]);
    assert_eq!(asked(12, Some(3)), ["· dns-failure"]);
    assert_eq!(asked(1, Some(2)), ["✗ dns-failure"]);
    assert_eq!(asked(1, None), ["✗ dns-failure"]);
}

/// The first query is lost. The next attempt has the same port, or another one.
#[test]
fn names_that_are_asked_for_again() {
    let asked = |ports: [u16; 2], ms: i64, answer: Option<u16>| {
        let mut capture = Capture::default();
        let query = dns(7, 1, 0x0100);
        capture.datagram([1, 2], [ports[0], 53], &query);
        // One of another host.
        capture.wait(1).datagram([5, 2], [ports[1], 53], &query);
        capture
            .wait(1)
            .datagram([2, 5], [53, ports[1]], &dns(7, 1, 0x8180));
        capture.wait(ms).datagram([1, 2], [ports[1], 53], &query);
        if let Some(kind) = answer {
            let answer = dns(7, kind, 0x8180);
            capture.wait(20).datagram([2, 1], [53, ports[1]], &answer);
        }
        capture.wait(3_000).datagram([3, 4], [1, 2], b"later");
        capture
    };
    for ports in [[40_000, 40_000], [40_000, 40_001]] {
        let late = asked(ports, 5_500, Some(1));
        assert_eq!(late.found(), ["! slow-server"], "{ports:?}");
        assert_eq!(
            late.sentence(Kind::SlowServer),
            "A x.example was answered after 1 retry, 5.52 s"
        );
        assert_eq!(asked(ports, 500, Some(1)).found(), NOTHING);
        // What answers another name is no answer.
        for answer in [None, Some(28)] {
            let found = asked(ports, 1_500, answer).found();
            assert!(found.iter().all(|it| it == "✗ dns-failure"), "{found:?}");
            assert!(!found.is_empty());
        }
    }
}

/// A record of TLS: RFC 8446, section 5.1.
fn record(kind: u8, contents: &[u8]) -> Vec<u8> {
    let length = (contents.len() as u16).to_be_bytes();
    [&[kind, 3, 3][..], &length, contents].concat()
}

/// A hello in a record: RFC 8446, section 4.1. `rest` comes after the random bytes.
fn hello(kind: u8, rest: &[u8]) -> Vec<u8> {
    let body = [&[3, 3][..], &[7; 32], rest].concat();
    let message = [&[kind, 0, 0, body.len() as u8][..], &body].concat();
    record(22, &message)
}

#[test]
fn certificates_that_are_not_accepted() {
    const TLS_1_3: [u8; 6] = [0, 43, 0, 2, 3, 4];
    let ends = |versions: &[u8], records: &[usize], resets: bool| {
        let client = hello(1, &[0, 0, 2, 0x13, 1, 1, 0]);
        let extensions = [&[0, versions.len() as u8][..], versions].concat();
        let server = hello(2, &[&[0, 0x13, 1, 0][..], &extensions].concat());
        let server = [server, record(20, &[1]), record(23, &[9; 900])].concat();
        found(443, |it| {
            it.client(&client)
                .wait(20)
                .server(&server)
                .ack(Side::Client);
            for length in records {
                it.client(&record(23, &vec![9; *length])).wait(20);
            }
            match resets {
                true => it.reset(Side::Client),
                false => it.close(20),
            };
        })
    };
    assert_eq!(ends(&TLS_1_3, &[19], false), ["! tls-alert"]);
    assert_eq!(ends(&TLS_1_3, &[19], true), ["! tls-alert", "· reset"]);
    // Finished, and then close_notify or nothing; a warning and close_notify.
    for records in [&[53, 19][..], &[53], &[19, 19]] {
        assert_eq!(ends(&TLS_1_3, records, false), NOTHING, "{records:?}");
    }
    // In TLS 1.2 such an alert is not encrypted.
    assert_eq!(ends(&[], &[19], false), NOTHING);
}

/// A connection of SSH in which the server sends encrypted messages of these lengths.
fn ssh(capture: &mut Capture, port: u16, lengths: &[usize]) {
    // RFC 4253, section 6: SSH_MSG_NEWKEYS with ten bytes of padding.
    let new_keys = [&[0, 0, 0, 12, 10, 21][..], &[0; 10]].concat();
    let mut it = capture.connection(1, port, 2, 22);
    it.open(20)
        .server(b"SSH-2.0-x\r\n")
        .client(b"SSH-2.0-y\r\n");
    it.wait(20).server(&new_keys).client(&new_keys);
    for length in lengths {
        it.client(&[9; 64]).wait(20).server(&vec![9; *length]);
    }
    it.ack(Side::Client).close(20);
}

#[test]
fn passwords_that_are_guessed_in_ssh() {
    let tries = |count: u16, ms: i64, lengths: &[usize]| {
        let mut capture = Capture::default();
        for number in 0..count {
            ssh(&mut capture, 40_000 + number, lengths);
            capture.wait(ms);
        }
        capture
    };
    let refused = [44, 52, 84];
    let guesses = tries(10, 3_000, &refused);
    assert_eq!(guesses.found(), ["! brute-force"]);
    let sentence = guesses.sentence(Kind::BruteForce);
    assert!(sentence.contains("looks like") && sentence.contains("10 connections"));
    assert_eq!(tries(9, 3_000, &refused).found(), NOTHING);
    assert_eq!(tries(12, 10_000, &refused).found(), NOTHING);
    // They succeed.
    assert_eq!(tries(12, 1_000, &[44, 52, 28, 52]).found(), NOTHING);
}
