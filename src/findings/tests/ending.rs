//! How connections are opened and ended.

use super::*;

#[test]
fn refused_and_not_answered() {
    let mut capture = Capture::default();
    let mut it = capture.connection(1, 40_000, 2, 81);
    it.send(Side::Client, SYN, b"").wait(1).reset(Side::Server);
    assert_eq!(capture.found(), ["✗ refused"]);
    let mut capture = Capture::default();
    let mut it = capture.connection(1, 40_000, 2, 80);
    it.send(Side::Client, SYN, b"");
    // It may still be answered.
    assert_eq!(capture.found(), NOTHING);
    capture.wait(1000);
    let mut it = capture.connection(1, 40_000, 2, 80);
    it.send(Side::Client, SYN, b"");
    assert_eq!(capture.found(), ["✗ no-answer"]);
    capture.icmp(3, 1);
    assert_eq!(capture.found(), ["✗ unreachable"]);
    // A datagram to a closed port; traceroute does that on purpose.
    for (port, severity) in [(5000, "✗"), (33_434, "·")] {
        let mut capture = Capture::default();
        capture.datagram([1, 2], [40_000, port], b"hello");
        capture.icmp(3, 3);
        assert_eq!(capture.found(), [format!("{severity} unreachable")]);
    }
    // A quote that ends before the ports is about no conversation.
    for (quoted, conversations) in [(20, 1), (23, 1), (24, 2)] {
        let mut capture = Capture::default();
        capture.datagram([1, 2], [40_000, 5000], b"hello");
        capture.datagram([1, 2], [40_001, 5000], b"hello");
        let (_, about) = capture.packets.pop().unwrap();
        let error = [&[3, 3, 0, 0, 0, 0, 0, 0], &about[..quoted]].concat();
        capture.add(1, [9, 1], &error);
        let store = capture.store();
        assert_eq!(store.read().tracker.count(), conversations);
    }
}

#[test]
fn handshakes() {
    // Three round trips because the first SYN was lost.
    let mut capture = Capture::default();
    let mut it = capture.connection(1, 40_000, 2, 80);
    it.send(Side::Client, SYN, b"");
    it.next.client = 1000;
    it.wait(1000).open(20).close(20);
    assert_eq!(capture.found(), ["! slow-handshake"]);
    assert!(capture.sentence(Kind::SlowHandshake).contains("2 SYNs"));
    // A long path alone is slow from one second on.
    for (ms, expected) in [(900, &[][..]), (1100, &["! slow-handshake"])] {
        let mut capture = Capture::default();
        capture.connection(1, 40_000, 2, 80).open(ms).close(ms);
        assert_eq!(capture.found(), expected);
    }
    // The SYN-ACK is never acknowledged.
    let mut capture = Capture::default();
    let mut it = capture.connection(1, 40_000, 2, 80);
    it.send(Side::Client, SYN, b"")
        .wait(20)
        .send(Side::Server, SYN | ACK, b"");
    assert_eq!(capture.found(), NOTHING);
    capture.wait(5000).datagram([3, 4], [1, 2], b"later");
    assert_eq!(capture.found(), ["! handshake-incomplete"]);
}

#[test]
fn resets() {
    let request = b"12345678";
    assert_eq!(
        found(7777, |it| {
            it.client(request).wait(20).reset(Side::Server);
        }),
        ["✗ reset"]
    );
    assert_eq!(
        found(7777, |it| {
            it.wait(5).reset(Side::Server);
        }),
        ["✗ reset"]
    );
    // After everything had been said: in answer to FIN, behind the own FIN, and instead of FIN.
    let said = |it: &mut Connection| {
        it.client(request)
            .wait(20)
            .server(b"answer")
            .ack(Side::Client);
    };
    let after = found(7777, |it| {
        said(it);
        it.send(Side::Server, FIN | ACK, b"").reset(Side::Client);
    });
    assert_eq!(after, ["· reset"]);
    let behind = found(7777, |it| {
        said(it);
        it.send(Side::Client, FIN | ACK, b"")
            .wait(20)
            .server(b"bye")
            .reset(Side::Client);
    });
    assert_eq!(behind, ["· reset"]);
    let instead = found(7777, |it| {
        said(it);
        it.reset(Side::Client);
    });
    assert_eq!(instead, ["· reset"]);
    // The client breaks off while data comes.
    let broken = found(7777, |it| {
        it.client(request).wait(20);
        for _ in 0..20 {
            it.server(&[b'x'; 1000]);
        }
        it.ack(Side::Client).reset(Side::Client).wait(20);
        for _ in 0..10 {
            it.server(&[b'x'; 1000]);
        }
    });
    assert_eq!(broken, ["! reset"]);
    // Two RSTs, the second with a text: nothing was under way.
    let twice = found(7777, |it| {
        said(it);
        it.reset(Side::Client)
            .wait(20)
            .send(Side::Client, RST | ACK, b"reason text");
    });
    assert_eq!(twice, ["· reset"]);
    // In the middle of an answer.
    let http = found(80, |it| {
        it.client(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").wait(20);
        it.server(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
            .ack(Side::Client);
        it.wait(100).reset(Side::Server);
    });
    assert_eq!(http, ["✗ reset"]);
}

#[test]
fn pauses() {
    let quiet = |ms: i64, then: fn(&mut Connection)| {
        found(7777, move |it| {
            it.client(b"ask")
                .wait(20)
                .server(b"answer")
                .ack(Side::Client)
                .wait(ms);
            then(it);
        })
    };
    let asks_in_vain = |it: &mut Connection| {
        it.client(b"more");
        it.wait(300)
            .again(Side::Client, 4, 4)
            .wait(600)
            .again(Side::Client, 4, 4);
    };
    let idle = "! idle-timeout".to_owned();
    assert!(quiet(40_000, asks_in_vain).contains(&idle));
    assert!(!quiet(5_000, asks_in_vain).contains(&idle));
    assert!(
        quiet(40_000, |it| {
            it.client(b"more").wait(20).reset(Side::Server);
        })
        .contains(&idle)
    );
    assert!(
        quiet(40_000, |it| {
            it.reset(Side::Server);
        })
        .contains(&idle)
    );
    // Keep-alives: answered, and not.
    let keep_alive = |it: &mut Connection, answered: bool| {
        for _ in 0..4 {
            let seq = it.next.client - 1;
            it.wait(10_000).segment(Side::Client, seq, ACK, b"");
            if answered {
                it.wait(20).ack(Side::Server);
            }
        }
    };
    let answered = found(7777, |it| {
        it.client(b"ask")
            .wait(20)
            .server(b"answer")
            .ack(Side::Client);
        keep_alive(it, true);
        it.client(b"more")
            .wait(20)
            .server(b"more")
            .ack(Side::Client)
            .close(20);
    });
    assert_eq!(answered, ["· slow-client"]);
    let unanswered = found(7777, |it| {
        it.client(b"ask")
            .wait(20)
            .server(b"answer")
            .ack(Side::Client);
        keep_alive(it, false);
    });
    assert_eq!(unanswered, [idle.as_str(), "· slow-client"][..1]);
    // Still open a minute later.
    let mut capture = Capture::default();
    capture.connection(1, 40_000, 2, 80).open(20);
    capture.wait(59_000).datagram([3, 4], [1, 2], b"later");
    assert_eq!(capture.found(), NOTHING);
    capture.wait(2_000).datagram([3, 4], [1, 2], b"later");
    assert_eq!(capture.found(), ["· not-closed"]);
}

#[test]
fn a_host_that_stops_answering() {
    let no_answer = "✗ no-answer".to_owned();
    let upload = |ms: &[i64], answers: bool, earlier: bool| {
        let mut capture = Capture::default();
        let mut it = capture.connection(1, 40_000, 2, 7777);
        it.open(20);
        if earlier {
            it.client(&[b'x'; 1400]).wait(20).ack(Side::Server);
        }
        let acked = it.acked.server;
        it.client(&[b'x'; 1400]);
        // It is not received.
        it.acked.server = acked;
        for ms in ms {
            it.wait(*ms).again(Side::Client, 1400, 1400);
        }
        if answers {
            it.acked.server = it.next.client;
            it.wait(20).ack(Side::Server);
        }
        capture
    };
    let gone = upload(&[300, 600, 1200, 2400], false, true);
    assert_eq!(gone.found(), [no_answer.as_str()]);
    assert_eq!(
        gone.sentence(Kind::NoAnswer),
        "10.0.0.2 stopped answering after 1,400 B: 4 retransmissions over 4.50 s, then nothing"
    );
    // The capture ends too early; an answer comes in the end; only large segments never got through.
    assert!(
        !upload(&[300, 600, 1200], false, true)
            .found()
            .contains(&no_answer)
    );
    assert!(
        !upload(&[300, 600, 1200, 2400], true, true)
            .found()
            .contains(&no_answer)
    );
    let first = upload(&[300, 600, 1200, 2400], false, false);
    assert_eq!(first.found(), ["✗ mtu-black-hole"]);
}
