//! Each rule with a capture on which it holds and one on which it nearly does.

mod application;
mod build;
mod ending;
mod mtu;
mod refusals;
mod speed;

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
