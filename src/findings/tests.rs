//! Each rule with a capture on which it holds and one on which it nearly does.

mod build;
mod mtu;
mod refusals;

use super::*;
use crate::{
    capture::Reader,
    report,
    track::{DecodeAs, Share, Side},
};
use build::{ACK, Capture, Connection, FIN, MS, PSH, RST, SYN, ipv4};
use proptest::prelude::*;

const NOTHING: [&str; 0] = [];

/// Opens, lets something happen, and returns what is found.
fn found(port: u16, happen: impl Fn(&mut Connection)) -> Vec<String> {
    let mut capture = Capture::default();
    let mut connection = capture.connection(1, 40_000, 2, port);
    connection.open(20);
    happen(&mut connection);
    capture.found()
}

#[test]
fn a_healthy_connection() {
    let healthy = found(7777, |it| {
        it.client(b"hello")
            .wait(20)
            .ack(Side::Server)
            .server(b"world")
            .ack(Side::Client);
        it.wait(3000)
            .client(b"more")
            .wait(20)
            .server(b"yes")
            .ack(Side::Client)
            .close(20);
    });
    assert_eq!(healthy, NOTHING);
}

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

/// Sends 100 segments from the server, of which each `nth` is lost behind the capture and sent again.
fn download(nth: usize) -> Vec<String> {
    found(7777, |it| {
        it.client(b"ask").wait(20);
        for number in 1..=100 {
            it.server(&[b'x'; 1400]);
            if number % nth == 0 {
                it.wait(250).again(Side::Server, 1400, 1400);
            }
            it.wait(10).ack(Side::Client);
        }
        it.close(20);
    })
}

#[test]
fn losses() {
    assert_eq!(download(200), NOTHING);
    assert_eq!(download(60), ["· packet-loss"]);
    assert_eq!(download(25), ["! packet-loss"]);
    assert_eq!(download(8), ["✗ packet-loss"]);
}

#[test]
fn segments_that_overtake() {
    let reordered = |nth: usize| {
        found(7777, |it| {
            it.client(b"ask").wait(20);
            for number in 1..=100 {
                if number % nth == 0 {
                    let seq = it.next.server;
                    it.segment(Side::Server, seq + 1400, PSH | ACK, &[b'x'; 1400]);
                    it.wait(1)
                        .segment(Side::Server, seq, PSH | ACK, &[b'x'; 1400]);
                    it.next.server = seq + 2800;
                    it.acked.client = seq + 2800;
                } else {
                    it.server(&[b'x'; 1400]);
                }
                it.wait(1).ack(Side::Client);
            }
            it.close(20);
        })
    };
    assert_eq!(reordered(60), ["· reordering"]);
    assert_eq!(reordered(10), ["! reordering"]);
}

#[test]
fn a_receiver_without_room() {
    let stalls = |ms: i64| {
        found(7777, move |it| {
            it.client(b"ask").wait(20).server(&[b'x'; 1400]);
            it.window.client = 0;
            it.ack(Side::Client).wait(ms);
            it.window.client = 64_240;
            it.ack(Side::Client)
                .wait(20)
                .server(b"rest")
                .ack(Side::Client)
                .close(20);
        })
    };
    assert_eq!(stalls(200), ["· zero-window"]);
    assert_eq!(stalls(800), ["! zero-window"]);
}

#[test]
fn a_window_that_limits_the_speed() {
    let transfer = |window: u16| {
        found(7777, move |it| {
            it.window.client = window;
            it.client(b"ask").wait(20);
            for _ in 0..50 {
                for _ in 0..2 {
                    it.server(&[b'x'; 1400]);
                }
                it.wait(20).ack(Side::Client);
            }
            it.close(20);
        })
    };
    assert_eq!(transfer(4000), ["! window-limited"]);
    assert_eq!(transfer(64_000), NOTHING);
}

/// Next to the receiver each segment is acknowledged at once, and nothing seems to be in flight.
#[test]
fn a_window_that_limits_the_speed_of_a_distant_sender() {
    let download = |window: u16, timestamps: bool| {
        let mut capture = Capture::default();
        let mut it = capture.connection(1, 40_000, 2, 7777);
        it.timestamps = timestamps;
        it.window.client = window;
        it.open(20).client(b"ask").wait(20);
        for _ in 0..50 {
            it.server(&[b'x'; 1400]).server(&[b'x'; 1400]);
            it.ack(Side::Client).wait(21);
        }
        it.close(20);
        capture
    };
    for timestamps in [false, true] {
        let limited = download(4000, timestamps);
        assert_eq!(limited.found(), ["! window-limited"]);
        let sentence = limited.sentence(Kind::WindowLimited);
        assert!(sentence.contains("2,800 B"), "{sentence}");
        // There is room for another segment, which the sender does not use.
        assert_eq!(download(4200, timestamps).found(), NOTHING);
        assert_eq!(download(64_000, timestamps).found(), NOTHING);
    }
}

#[test]
fn slow_servers_and_clients() {
    let answers_after = |ms: i64| {
        found(7777, move |it| {
            it.client(b"ask")
                .wait(20)
                .ack(Side::Server)
                .wait(ms)
                .server(b"answer");
            it.ack(Side::Client).close(20);
        })
    };
    assert_eq!(answers_after(900), NOTHING);
    assert_eq!(answers_after(1100), ["! slow-server"]);
    let greets_after = |ms: i64| {
        found(7777, move |it| {
            it.wait(ms).server(b"hello").ack(Side::Client).close(20);
        })
    };
    assert_eq!(greets_after(900), NOTHING);
    assert_eq!(greets_after(1100), ["! slow-server"]);
    let pauses_for = |ms: i64| {
        found(7777, move |it| {
            it.client(b"ask")
                .wait(20)
                .server(b"answer")
                .ack(Side::Client);
            it.wait(ms)
                .client(b"more")
                .wait(20)
                .server(b"more")
                .ack(Side::Client)
                .close(20);
        })
    };
    assert_eq!(pauses_for(9_000), NOTHING);
    assert_eq!(pauses_for(11_000), ["· slow-client"]);
    // Commands in a shell take as long as they take.
    let shell = found(22, |it| {
        it.server(b"SSH-2.0-OpenSSH_9.2\r\n")
            .client(b"SSH-2.0-OpenSSH_9.2\r\n");
        it.wait(5_000).server(&[0; 64]).ack(Side::Client).close(20);
    });
    assert_eq!(shell, NOTHING);
}

/// A server that stops in the middle of an answer says nothing on its own. An answer without a length may be a stream of
/// events, whose pauses are none of the server's.
#[test]
fn answers_that_stop_midway() {
    let stops = |head: &'static str, ms: i64, end: fn(&mut Connection)| {
        found(80, move |it| {
            it.client(b"GET /a HTTP/1.1\r\nHost: b.example\r\n\r\n")
                .wait(20)
                .server(head.as_bytes())
                .ack(Side::Client)
                .server(&[b'x'; 1000])
                .ack(Side::Client)
                .wait(ms);
            end(it);
        })
    };
    let closes = |it: &mut Connection| {
        it.close(20);
    };
    // Nothing comes back.
    let gives_up = |it: &mut Connection| {
        it.send(Side::Client, FIN | ACK, b"");
    };
    let gets_more = |it: &mut Connection| {
        it.server(&[b'x'; 1000]).ack(Side::Client).close(20);
    };
    let known = "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n";
    let unknown = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n";
    assert_eq!(stops(known, 3_200, closes), ["! slow-server"]);
    assert_eq!(stops(known, 3_200, gives_up), ["! slow-server"]);
    assert_eq!(stops(known, 2_800, closes), NOTHING);
    assert_eq!(stops(unknown, 9_000, closes), NOTHING);
    assert_eq!(stops(chunked, 9_000, closes), NOTHING);
    assert_eq!(stops(known, 9_000, gets_more), NOTHING);
}

/// A year is no answer time.
#[test]
fn clocks_that_are_set() {
    const YEAR: i64 = 365 * 24 * 3600 * 1000;
    for ms in [40 * YEAR, -20 * YEAR, -10_000] {
        let found = |happen: &dyn Fn(&mut Connection)| {
            let mut capture = Capture::default();
            let mut it = capture.connection(1, 40_000, 2, 80);
            it.capture.now_ns = 0;
            it.open(20);
            happen(&mut it);
            let store = capture.store();
            let contents = store.read();
            for (id, conversation) in contents.tracker.conversations() {
                let words = crate::track::verdict(conversation);
                assert!(words.contains("unknown time"), "{words}");
                let shares = conversation.analysis().unwrap().time();
                assert!((0..60_000 * MS).contains(&shares.total_ns()));
                for finding in of_conversation(&contents, id, &Settings::default()) {
                    let small = |(_, figure): &(&str, f64)| (0.0..1e11).contains(figure);
                    assert!(finding.figures.iter().all(small), "{finding:?}");
                    assert!(!finding.text.contains(" h "), "{finding:?}");
                }
            }
            capture.found()
        };
        // While the server answers, while the client pauses, in the middle of a window of 0, before a RST.
        let request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
        let answered = found(&|it| {
            it.client(request).wait(ms).server(answer).ack(Side::Client);
            it.close(20);
        });
        assert_eq!(answered, NOTHING);
        let paused = found(&|it| {
            it.client(request).wait(20).server(answer).ack(Side::Client);
            it.wait(ms).client(request).wait(20).server(answer);
            it.ack(Side::Client).close(20);
        });
        assert_eq!(paused, NOTHING);
        let stalled = found(&|it| {
            it.client(request).wait(20).server(answer);
            it.window.client = 0;
            it.ack(Side::Client).wait(ms);
            it.window.client = 64_240;
            it.ack(Side::Client).wait(20).close(20);
        });
        assert_eq!(stalled, NOTHING);
        let reset = found(&|it| {
            it.client(request).wait(20).server(answer).ack(Side::Client);
            it.wait(ms).reset(Side::Client);
        });
        assert_eq!(reset, ["· reset"]);
        let again = found(&|it| {
            it.client(request).wait(20).server(answer).ack(Side::Client);
            it.client(request).wait(ms).again(Side::Client, 27, 27);
            it.wait(20).server(answer).ack(Side::Client).close(20);
        });
        assert_eq!(again, ["· packet-loss"]);
    }
    // Attempts before and after.
    let mut capture = Capture::default();
    for port in 1..=20 {
        let mut it = capture.connection(1, 40_000, 2, port);
        it.send(Side::Client, SYN, b"").reset(Side::Server);
        it.wait(if port == 10 { 30 * YEAR } else { 10 });
    }
    assert_eq!(capture.found(), ["! port-scan"]);
    let sentence = capture.sentence(Kind::PortScan);
    assert!(sentence.ends_with("in an unknown time"), "{sentence}");
}

#[test]
fn delayed_acknowledgments() {
    let writes = |times: usize, delay: i64| {
        found(7777, move |it| {
            for _ in 0..times {
                it.client(b"head").wait(20 + delay).ack(Side::Server);
                it.client(b"body")
                    .wait(20)
                    .server(b"answer")
                    .ack(Side::Client)
                    .wait(100);
            }
            it.close(20);
        })
    };
    assert_eq!(writes(2, 40), NOTHING);
    assert_eq!(writes(4, 40), ["· delayed-ack"]);
    assert_eq!(writes(10, 40), ["! delayed-ack"]);
    assert_eq!(writes(10, 0), NOTHING);
}

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

fn dns(id: u16, kind: u16, flags: u16) -> Vec<u8> {
    let mut message = Vec::new();
    for word in [id, flags, 1, 0, 0, 0] {
        message.extend(word.to_be_bytes());
    }
    message.extend(b"\x01x\x07example\x00");
    message.extend([kind.to_be_bytes(), 1_u16.to_be_bytes()].concat());
    message
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

#[test]
fn hosts_that_attack() {
    let refused = |ports: std::ops::Range<u16>, servers: std::ops::Range<u8>| {
        let mut capture = Capture::default();
        for port in ports {
            for server in servers.clone() {
                let mut it = capture.connection(1, 40_000 + port, server, port);
                it.send(Side::Client, SYN, b"").wait(1).reset(Side::Server);
            }
        }
        capture.found()
    };
    assert_eq!(refused(100..114, 2..3).len(), 14);
    assert_eq!(refused(100..115, 2..3), ["! port-scan"]);
    assert_eq!(refused(100..101, 2..16).len(), 14);
    assert_eq!(refused(100..101, 2..17), ["! host-scan"]);
    let flood = |count: u16, ms: i64| {
        let mut capture = Capture::default();
        for number in 0..count {
            let mut it = capture.connection(1, 1000 + number, 2, 80);
            it.send(Side::Client, SYN, b"")
                .wait(ms)
                .send(Side::Server, SYN | ACK, b"");
        }
        capture.wait(5_000).datagram([3, 4], [1, 2], b"later");
        capture.found()
    };
    assert_eq!(flood(120, 1), ["✗ syn-flood"]);
    assert_eq!(flood(90, 1).len(), 90);
    // Slow enough to be clients of a server that is half dead.
    assert_eq!(flood(120, 200).len(), 120);
    let mut capture = Capture::default();
    for number in 0..5 {
        let mut it = capture.connection(1, 1000 + number, 2, 21);
        it.open(1)
            .server(b"220 files\r\n")
            .client(b"USER a\r\n")
            .server(b"331 p\r\n");
        it.client(b"PASS b\r\n")
            .server(b"530 no\r\n")
            .ack(Side::Client)
            .close(1);
    }
    assert!(capture.found().contains(&"✗ brute-force".to_owned()));
    let found = capture.finding(Kind::BruteForce);
    let is_refusal = |packet: &u32| {
        let (_, bytes) = &capture.packets[*packet as usize - 1];
        bytes.ends_with(b"530 no\r\n")
    };
    assert!(found.packets.len() > 4 && found.packets.iter().all(is_refusal));
}

#[test]
fn what_the_capture_lacks() {
    let mut capture = Capture::default();
    let mut it = capture.connection(1, 40_000, 2, 7777);
    it.acked.client = 5000;
    it.client(b"ask")
        .wait(20)
        .server(b"answer")
        .ack(Side::Client);
    assert_eq!(capture.found(), ["· began-before"]);
    let mut capture = Capture::default();
    let mut it = capture.connection(1, 40_000, 2, 7777);
    it.send(Side::Client, SYN, b"");
    it.acked.client = 5001;
    it.wait(20).ack(Side::Client).client(b"ask");
    assert_eq!(capture.found(), ["! one-direction"]);
    let mut capture = Capture::default();
    capture
        .connection(1, 40_000, 2, 7777)
        .open(20)
        .client(&[b'x'; 500])
        .ack(Side::Server)
        .close(20);
    capture.snaplen = Some(100);
    assert_eq!(capture.found(), ["· cut-short"]);
    let mut capture = Capture::default();
    let packet = ipv4(7, 17, [1, 2], 0x2000, &[0; 64]);
    capture.packets.push((0, packet));
    assert_eq!(capture.found(), ["! fragments-missing"]);
    let mut capture = Capture {
        is_offloaded: true,
        ..Capture::default()
    };
    capture.datagram([1, 2], [1, 2], b"hello");
    capture.datagram([1, 2], [1, 2], b"again");
    capture.datagram([1, 2], [1, 2], b"and again");
    capture.is_offloaded = false;
    capture.datagram([2, 1], [2, 1], b"hi");
    assert_eq!(capture.found(), ["· checksum-offload"]);
    let mut capture = Capture::default();
    capture.datagram([1, 2], [1, 2], b"hello");
    let copy = capture.packets[0].clone();
    capture.packets.push(copy);
    assert_eq!(capture.found(), ["· duplicated-frames"]);
}

/// What a forged number is followed by is not lost.
#[test]
fn a_forged_segment_changes_nothing() {
    for (flags, ahead, length) in [
        (RST, 2000, 0),
        (RST, 100_000, 0),
        (ACK, 200_000, 0),
        (FIN | ACK, 100_000, 0),
        (PSH | ACK, 900_000_000, 10),
    ] {
        let found = found(7777, |it| {
            it.client(b"ask").wait(20);
            for number in 0..30 {
                if number > 0 {
                    it.server(&[b'x'; 1000]).wait(5).ack(Side::Client);
                }
                if number % 10 == 0 {
                    let seq = it.next.server + ahead;
                    it.segment(Side::Server, seq, flags, &vec![b'y'; length]);
                }
            }
        });
        let trouble: Vec<_> = found
            .iter()
            .filter(|it| it.contains("packet-loss"))
            .collect();
        assert!(trouble.is_empty(), "{flags} {found:?}");
    }
}

/// Failures of one sort do not hide another, and all are counted.
#[test]
fn many_failures() {
    let mut capture = Capture::default();
    let mut it = capture.connection(1, 40_000, 2, 80);
    it.open(20);
    for number in 0..41 {
        it.client(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n").wait(20);
        let status = if number < 40 {
            "404 Not Found"
        } else {
            "500 Oops"
        };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        it.server(answer.as_bytes()).ack(Side::Client);
    }
    it.close(20);
    assert_eq!(capture.found(), ["✗ http-error"]);
    let text = capture.sentence(Kind::HttpError);
    assert!(
        text.contains("500 Oops") && text.contains("40 more"),
        "{text}"
    );
}

/// The shares of the time are those that the conversation was made of.
#[derive(Clone, Copy, Debug)]
enum Step {
    Ask(i64),
    Answer(i64),
    Stall(i64),
    Timeout(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (50..3000_i64).prop_map(Step::Ask),
        (50..3000_i64).prop_map(Step::Answer),
        (50..3000_i64).prop_map(Step::Stall),
        (210..3000_i64).prop_map(Step::Timeout),
    ];
    prop::collection::vec(step, 1..20)
}

proptest! {
    #[test]
    fn where_the_time_went(rtt in 1..60_i64, steps in steps()) {
        let mut capture = Capture::default();
        let mut it = capture.connection(1, 40_000, 2, 7777);
        it.open(rtt);
        let (mut client, mut server, mut transfer, mut window, mut again) = (0, 0, 0, 0, 0);
        for step in &steps {
            match *step {
                Step::Ask(ms) => {
                    client += ms;
                    transfer += rtt;
                    it.wait(ms).client(b"ask").wait(rtt).server(b"ok").ack(Side::Client);
                }
                Step::Answer(ms) => {
                    server += ms;
                    transfer += rtt;
                    it.client(b"ask").wait(rtt).ack(Side::Server).wait(ms).server(b"answer");
                    it.ack(Side::Client);
                }
                Step::Stall(ms) => {
                    window += ms;
                    transfer += rtt;
                    it.client(b"ask").wait(rtt).server(&[b'x'; 1000]);
                    it.window.client = 0;
                    it.ack(Side::Client).wait(ms);
                    it.window.client = 64_240;
                    it.ack(Side::Client).server(b"rest").ack(Side::Client);
                }
                Step::Timeout(ms) => {
                    again += ms;
                    transfer += rtt;
                    it.client(b"lost").wait(ms).again(Side::Client, 4, 4);
                    it.wait(rtt).server(b"ok").ack(Side::Client);
                }
            }
        }
        let store = capture.store();
        let contents = store.read();
        let (_, conversation) = contents.tracker.conversations().next().unwrap();
        let time = conversation.analysis().unwrap().time();
        let shares = [
            (Share::Handshake, rtt),
            (Share::Client, client),
            (Share::Server, server),
            (Share::Transfer, transfer),
            (Share::Window, window),
            (Share::Retransmission, again),
            (Share::Idle, 0),
        ];
        for (share, ms) in shares {
            let off = time.get(share) - ms * MS;
            prop_assert!(off.abs() <= MS, "{share:?}: {} ms, not {ms}: {time:?}", time.get(share) / MS);
        }
        prop_assert_eq!(time.total_ns(), conversation.duration_ns());
    }
}

/// Whatever comes, nothing overflows, and the shares are the duration.
fn wild() -> impl Strategy<Value = Vec<(bool, u32, u32, u16, u16, usize, i64)>> {
    let segment = (
        any::<bool>(),
        prop_oneof![any::<u32>(), 1000..1200_u32],
        prop_oneof![any::<u32>(), 5000..5200_u32],
        0..32_u16,
        prop_oneof![Just(0_u16), any::<u16>()],
        0..40_usize,
        prop_oneof![
            -5000..5000_i64,
            Just(40_000),
            any::<i32>().prop_map(i64::from)
        ],
    );
    prop::collection::vec(segment, 1..60)
}

proptest! {
    #[test]
    fn wild_segments(segments in wild()) {
        let mut capture = Capture {
            now_ns: 4_000_000_000_000_000,
            ..Capture::default()
        };
        for (from_client, seq, ack, flags, window, length, ms) in segments {
            let from = if from_client { Side::Client } else { Side::Server };
            let mut it = capture.connection(1, 40_000, 2, 7777);
            it.acked[from] = ack;
            it.window[from] = window;
            it.segment(from, seq, flags, &vec![b'x'; length]);
            capture.now_ns = (capture.now_ns + ms * MS).clamp(0, 1_000_000_000 * 1_000_000_000);
        }
        let store = capture.store();
        let contents = store.read();
        let settings = Settings::default();
        for (id, conversation) in contents.tracker.conversations() {
            let Some(analysis) = conversation.analysis() else { continue };
            let time = analysis.time();
            for share in Share::ALL {
                prop_assert!(time.get(share) >= 0);
            }
            for finding in of_conversation(&contents, id, &settings) {
                prop_assert!(finding.figures.iter().all(|(_, figure)| figure.is_finite() && *figure >= 0.0), "{finding:?}");
            }
        }
    }
}

/// On the samples, too, rules that need not look find nothing.
#[test]
fn inconspicuous_conversations_of_samples() {
    let (mut skipped, mut all) = (0, 0);
    for entry in std::fs::read_dir("samples").unwrap() {
        let path = entry.unwrap().path();
        if !path
            .extension()
            .is_some_and(|it| it == "pcap" || it == "pcapng")
        {
            continue;
        }
        let store = report::load(Reader::open(&path).unwrap(), DecodeAs::default());
        let contents = store.read();
        let settings = Settings::default();
        for (id, conversation) in contents.tracker.conversations() {
            let case = Case::new(&contents, id, &settings).unwrap();
            all += 1;
            if case.is_inconspicuous() {
                skipped += 1;
                let found: Vec<_> = RULES.iter().filter_map(|rule| rule(&case)).collect();
                assert_eq!(found, [], "{path:?} {}", conversation.id());
            }
        }
    }
    assert!(skipped > all / 3, "{skipped} of {all}");
}
