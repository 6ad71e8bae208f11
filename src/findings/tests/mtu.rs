//! Segments that are too big for a link.

use super::*;

const BIG: usize = 1400;

/// Opens, asks, and lets something happen.
fn capture(is_v6: bool, happen: impl Fn(&mut Connection)) -> Capture {
    let mut capture = Capture {
        is_v6,
        ..Capture::default()
    };
    let mut it = capture.connection(1, 40_000, 2, 7777);
    it.open(20)
        .client(b"ask")
        .wait(20)
        .server(b"small")
        .ack(Side::Client);
    happen(&mut it);
    capture
}

/// Sends three large segments that do not arrive.
fn send(it: &mut Connection) {
    let acked = it.acked.client;
    for _ in 0..3 {
        it.server(&[b'x'; BIG]);
    }
    it.acked.client = acked;
}

/// Sends the same bytes in segments of this length, which arrive.
fn resend(it: &mut Connection, length: usize) {
    let mut back = 3 * BIG;
    while back > 0 {
        let piece = back.min(length);
        it.again(Side::Server, back as u32, piece);
        back -= piece;
    }
    it.acked.client = it.next.server;
    it.wait(20).ack(Side::Client);
}

#[test]
fn a_report_that_is_obeyed() {
    for (is_v6, by) in [(false, "10.0.0.9"), (true, "fd00::9")] {
        let obeyed = capture(is_v6, |it| {
            send(it);
            it.capture.too_big(1280);
            resend(it, 1220);
            it.close(20);
        });
        assert_eq!(obeyed.found(), ["· path-mtu"]);
        let sentence = format!(
            "the path MTU to the client is 1280 B at most, reports {by}; the server sent 4 segments again in smaller pieces"
        );
        assert_eq!(obeyed.sentence(Kind::PathMtu), sentence);
        // What is lost afterwards is lost.
        let lossy = capture(is_v6, |it| {
            send(it);
            it.capture.too_big(1280);
            resend(it, 1220);
            for number in 0..30 {
                it.server(&[b'x'; 1000]);
                if number % 5 == 0 {
                    it.wait(250).again(Side::Server, 1000, 1000);
                }
                it.wait(10).ack(Side::Client);
            }
            it.close(20);
        });
        assert_eq!(lossy.found(), ["! packet-loss", "· path-mtu"]);
        assert_eq!(lossy.finding(Kind::PacketLoss).count, 6);
    }
    // A router that does not know RFC 1191 gives no MTU.
    let old = capture(false, |it| {
        send(it);
        it.capture.too_big(0);
        resend(it, 536);
        it.close(20);
    });
    assert_eq!(old.found(), ["· path-mtu"]);
}

#[test]
fn a_report_that_is_not_obeyed() {
    for is_v6 in [false, true] {
        let ignored = |times: usize| {
            capture(is_v6, move |it| {
                send(it);
                it.capture.too_big(1280);
                for _ in 0..times {
                    it.wait(400).again(Side::Server, 3 * BIG as u32, BIG);
                    it.capture.too_big(1280);
                }
            })
        };
        assert_eq!(ignored(3).found(), ["✗ mtu-black-hole"]);
        let sentence = ignored(3).sentence(Kind::MtuBlackHole);
        assert!(
            sentence.contains("reports a path MTU of 1280 B (packet 10)"),
            "{sentence}"
        );
        // It may not have come in time for the first one.
        assert_eq!(ignored(1).found(), ["· path-mtu"]);
    }
}

#[test]
fn no_report_comes() {
    let stuck = |length: usize, times: usize| {
        capture(false, move |it| {
            let acked = it.acked.client;
            it.server(&vec![b'x'; length]);
            it.acked.client = acked;
            for _ in 0..times {
                it.wait(400).again(Side::Server, length as u32, length);
            }
        })
        .found()
    };
    assert_eq!(stuck(BIG, 3), ["✗ mtu-black-hole"]);
    assert!(!stuck(BIG, 2).contains(&"✗ mtu-black-hole".to_owned()));
    assert!(!stuck(100, 3).contains(&"✗ mtu-black-hole".to_owned()));
}

/// RFC 8899, section 4.3: smaller segments after some timeouts.
#[test]
fn smaller_segments_get_through() {
    let shortened = |times: i64| {
        capture(false, move |it| {
            send(it);
            for time in 1..=times {
                it.wait(400 * time).again(Side::Server, 3 * BIG as u32, BIG);
            }
            it.wait(1600);
            resend(it, 1000);
            it.close(20);
        })
    };
    let found = shortened(3).found();
    assert!(found.contains(&"! mtu-black-hole".to_owned()), "{found:?}");
    let sentence = shortened(3).sentence(Kind::MtuBlackHole);
    assert!(
        sentence.contains("until it sent smaller ones"),
        "{sentence}"
    );
    let found = shortened(1).found();
    assert!(!found.iter().any(|it| it.contains("mtu")), "{found:?}");
}

/// Captured next to the client: of the answer only its short last segment arrives.
#[test]
fn large_segments_that_never_arrive() {
    let near = |ms: i64, then: fn(&mut Connection)| {
        capture(false, move |it| {
            let acked = it.acked.client;
            it.next.server += 2 * BIG as u32;
            it.server(&[b'x'; 300]);
            it.acked.client = acked;
            it.ack(Side::Client).wait(ms);
            then(it);
        })
        .found()
    };
    let gives_up: fn(&mut Connection) = |it| {
        it.send(Side::Client, FIN | ACK, b"");
    };
    let found = near(5000, gives_up);
    assert!(found.contains(&"! mtu-black-hole".to_owned()), "{found:?}");
    // Too early; the capture lacks them; they come; others of that size have come.
    let none = |found: Vec<String>| {
        assert!(!found.iter().any(|it| it.contains("mtu")), "{found:?}");
    };
    none(near(2000, gives_up));
    none(near(5000, |it| {
        it.acked.client = it.next.server;
        it.ack(Side::Client).close(20);
    }));
    none(near(5000, |it| {
        it.again(Side::Server, 3100, BIG);
        it.again(Side::Server, 1700, BIG);
        it.acked.client = it.next.server;
        it.ack(Side::Client).close(20);
    }));
    none(near(5000, |it| {
        it.server(&[b'x'; BIG]);
    }));
}

/// Before the SYN an ICMP error has come about an earlier one: the SYN shows which side is the client, not the ports.
#[test]
fn an_error_before_the_syn() {
    for is_syn_captured in [true, false] {
        let mut capture = Capture::default();
        let mut it = capture.connection(1, 100, 2, 40_000);
        it.send(Side::Client, SYN, b"");
        it.capture.too_big(1280);
        it.capture.packets.remove(0);
        it.next.client = 1000;
        if is_syn_captured {
            it.wait(1000).send(Side::Client, SYN, b"");
        } else {
            it.next.client = 1001;
            it.acked.server = 1001;
        }
        it.wait(20).send(Side::Server, SYN | ACK, b"");
        it.ack(Side::Client).client(b"ask");
        let store = capture.store();
        let contents = store.read();
        let (_, conversation) = contents.tracker.conversations().next().unwrap();
        assert_eq!(contents.tracker.count(), 1);
        assert_eq!(
            (conversation.client.port, conversation.client_is_guess),
            (100, false)
        );
        let icmp = conversation.icmp.as_ref().unwrap();
        assert_eq!(icmp.too_big.unwrap().from, Side::Client);
        // The error is no traffic of either direction.
        let mut all = contents.statistics.timeline.clone();
        while all.go_on(&contents, 1000) {}
        let bytes = all.buckets().iter().fold([0; 3], |sum, bucket| {
            std::array::from_fn(|at| sum[at] + bucket.bytes[at])
        });
        let errors = u64::from(icmp.bytes);
        assert_eq!(bytes[2], errors);
        assert_eq!(bytes[0] + bytes[1] + errors, conversation.bytes());
    }
}
