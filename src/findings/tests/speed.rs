//! What makes connections slow.

use super::*;

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
