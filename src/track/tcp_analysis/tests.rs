//! Connections segment by segment.

use super::{unacknowledged::MAX_SEGMENTS, *};
use dissectors::FilledGap;
use proptest::prelude::*;

/// A connection with a client that sends from 1000 on and a server that sends from 5000 on.
#[derive(Default)]
struct Connection {
    analyzer: TcpAnalyzer,
    tcp: Tcp,
    number: u32,
    /// The SACK blocks of the next segment.
    sack: Vec<(u32, u32)>,
}

impl Connection {
    /// Adds a segment of the client at this time in milliseconds: its first byte and length, what it acknowledges,
    /// flags.
    fn client(&mut self, ms: i64, sent: (u32, u32), ack: u32, flags: u16) -> TcpAnalysis {
        self.window(
            Side::Client,
            ms,
            (1000 + sent.0, sent.1),
            (5000 + ack, flags),
            500,
        )
    }

    fn server(&mut self, ms: i64, sent: (u32, u32), ack: u32, flags: u16) -> TcpAnalysis {
        self.window(
            Side::Server,
            ms,
            (5000 + sent.0, sent.1),
            (1000 + ack, flags),
            500,
        )
    }

    fn window(
        &mut self,
        direction: Side,
        ms: i64,
        (seq, length): (u32, u32),
        (ack, flags): (u32, u16),
        window: u16,
    ) -> TcpAnalysis {
        self.number += 1;
        let segment = Segment {
            seq,
            ack,
            flags: TcpFlags(flags),
            window,
            ..Segment::default()
        };
        let frame = Frame {
            number: self.number,
            time_ns: ms * 1_000_000,
            length: 60,
        };
        let segment = (&segment, length);
        let sack = self.sack.drain(..);
        self.analyzer
            .analyze(frame, direction, segment, sack, &self.tcp, false)
    }
}

const ACK: u16 = TcpFlags::ACK;

fn earlier(packet: u32, ago_ns: i64) -> Option<Earlier> {
    let packet = NonZeroU32::new(packet)?;
    Some(Earlier { packet, ago_ns })
}

fn packet(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn marks(analysis: TcpAnalysis) -> u16 {
    analysis.flags.0
}

#[test]
fn what_is_sent_again() {
    let mut all = Connection::default();
    all.server(0, (1, 0), 1, ACK);
    for (ms, at) in [(10, 1), (11, 101), (12, 201), (13, 301)] {
        assert_eq!(marks(all.client(ms, (at, 100), 1, ACK)), 0);
    }
    // Shortly after its successor: it was overtaken.
    assert_eq!(
        marks(all.client(14, (101, 100), 1, ACK)),
        AnalysisFlags::OUT_OF_ORDER
    );
    // Much later it cannot have been overtaken.
    let again = all.client(400, (101, 100), 1, ACK);
    assert_eq!(marks(again), AnalysisFlags::RETRANSMISSION);
    assert_eq!(again.rto, earlier(3, 389_000_000));
    // Requested three times.
    all.server(500, (1, 0), 201, ACK);
    for times in 1..=3 {
        let ack = all.server(501, (1, 0), 201, ACK);
        assert_eq!(marks(ack), AnalysisFlags::DUPLICATE_ACK);
        assert_eq!(ack.duplicate_ack, Some((times, 8)));
    }
    assert_eq!(
        marks(all.client(502, (201, 100), 1, ACK)),
        AnalysisFlags::FAST_RETRANSMISSION
    );
    // Acknowledged before.
    let late = all.client(900, (101, 100), 1, ACK);
    assert_eq!(marks(late), AnalysisFlags::SPURIOUS_RETRANSMISSION);
    let fields: Vec<_> = late.flags.fields().collect();
    assert_eq!(
        fields,
        [
            "tcp.analysis.retransmission",
            "tcp.analysis.spurious_retransmission"
        ]
    );
}

#[test]
fn what_is_missing_and_acknowledged_all_the_same() {
    let mut all = Connection::default();
    all.server(0, (1, 0), 1, ACK);
    all.client(1, (1, 100), 1, ACK);
    let hole = all.client(2, (201, 100), 1, ACK);
    assert_eq!(
        (marks(hole), hole.bytes_in_flight),
        (AnalysisFlags::LOST_SEGMENT, 0)
    );
    let ack = all.server(3, (1, 0), 301, ACK);
    assert_eq!(marks(ack), AnalysisFlags::ACK_LOST_SEGMENT);
    assert_eq!(ack.acks, earlier(3, 1_000_000));
    // Marked once.
    assert_eq!(marks(all.server(4, (1, 10), 301, ACK)), 0);
}

/// Each hole that comes to light is marked; what is acknowledged beyond all that was captured, once.
#[test]
fn acknowledged_beyond_what_was_captured() {
    let mut all = Connection::default();
    all.server(0, (1, 0), 1, ACK);
    all.client(1, (1, 60), 1, ACK);
    all.client(2, (101, 60), 1, ACK);
    let acks = [201, 301, 401].map(|ack| all.server(3, (1, 0), ack, ACK));
    let marked = AnalysisFlags::ACK_LOST_SEGMENT;
    assert_eq!(acks.map(marks), [marked, marked, 0]);
    assert!(acks.iter().all(|ack| ack.acks_unseen));
    all.client(4, (401, 60), 1, ACK);
    assert_eq!(marks(all.server(5, (1, 0), 501, ACK)), marked);
}

#[test]
fn windows_and_probes() {
    let mut all = Connection::default();
    let server = Side::Server;
    all.client(1, (1, 100), 1, ACK);
    let shut = all.window(server, 2, (5001, 0), (1101, ACK), 0);
    assert_eq!(marks(shut), AnalysisFlags::ZERO_WINDOW);
    let probe = all.client(300, (101, 1), 1, ACK);
    assert_eq!(marks(probe), AnalysisFlags::ZERO_WINDOW_PROBE);
    let still = all.window(server, 301, (5001, 0), (1101, ACK), 0);
    assert_eq!(
        marks(still),
        AnalysisFlags::ZERO_WINDOW | AnalysisFlags::ZERO_WINDOW_PROBE_ACK
    );
    let room = all.window(server, 400, (5001, 0), (1101, ACK), 100);
    assert_eq!(marks(room), AnalysisFlags::WINDOW_UPDATE);
    assert_eq!(
        marks(all.client(9000, (100, 0), 1, ACK)),
        AnalysisFlags::KEEP_ALIVE
    );
    let alive = all.window(server, 9001, (5001, 0), (1101, ACK), 100);
    assert_eq!(marks(alive), AnalysisFlags::KEEP_ALIVE_ACK);
}

#[test]
fn what_is_under_way() {
    let mut all = Connection::default();
    all.server(0, (1, 0), 1, ACK);
    let first = all.client(1, (1, 100), 1, ACK);
    assert_eq!((first.bytes_in_flight, first.push_bytes_sent), (100, 100));
    let second = all.client(2, (101, 50), 1, ACK | TcpFlags::PSH);
    assert_eq!((second.bytes_in_flight, second.push_bytes_sent), (150, 150));
    all.server(3, (1, 0), 51, ACK);
    let third = all.client(4, (151, 10), 1, ACK);
    assert_eq!((third.bytes_in_flight, third.push_bytes_sent), (110, 10));
}

/// A capture of one direction has no acknowledgments: the segments that wait for them are bounded.
#[test]
fn one_direction_alone() {
    let mut all = Connection::default();
    for at in 0..2 * MAX_SEGMENTS as u32 {
        all.client(1, (at * 100, 100), 1, ACK);
    }
    let client = &all.analyzer.sides.client;
    assert_eq!(client.unacknowledged.len(), MAX_SEGMENTS);
}

/// A late segment is matched with the gap that it fills; acknowledged data was missing only in the capture.
#[test]
fn gaps_and_what_fills_them() {
    let mut all = Connection::default();
    all.server(0, (1, 0), 1, ACK);
    all.client(1, (1, 100), 1, ACK);
    let behind = all.client(2, (301, 100), 1, ACK);
    assert_eq!(behind.missing_before, 200);
    let second = all.client(3, (501, 100), 1, ACK);
    assert_eq!(second.missing_before, 100);
    // The middle of the first gap, then its beginning, then its end with all of the second.
    let filled = |shown_by: u32, bytes, ms: i64| {
        Some(FilledGap {
            shown_by: packet(shown_by),
            bytes,
            known_ns: ms * 1_000_000,
        })
    };
    let middle = all.client(100, (151, 50), 1, ACK);
    assert_eq!(marks(middle), AnalysisFlags::RETRANSMISSION);
    assert_eq!(middle.fills, filled(3, 50, 98));
    let beginning = all.client(101, (101, 50), 1, ACK);
    assert_eq!(beginning.fills, filled(3, 50, 99));
    let more = all.client(102, (201, 300), 1, ACK);
    assert_eq!(more.fills, filled(3, 200, 100));
    assert_eq!(more.captured_before, 100);
    // Nothing is missing any more.
    let repeated = all.client(103, (101, 50), 1, ACK);
    assert_eq!((repeated.fills, repeated.captured_before), (None, 50));
    // Nothing is known of data sent before the capture began.
    let old = all.client(103, (0, 11), 1, ACK);
    assert_eq!((old.fills, old.captured_before), (None, 10));
    // Acknowledged data was received; the capture lacks it.
    all.client(104, (701, 100), 1, ACK);
    all.server(105, (1, 0), 801, ACK);
    let late = all.client(200, (601, 100), 1, ACK);
    assert_eq!(marks(late), AnalysisFlags::SPURIOUS_RETRANSMISSION);
    assert_eq!(late.fills, None);
}

#[test]
fn gaps_are_bounded() {
    let mut all = Connection::default();
    for at in 0..200 {
        all.client(1, (at * 200, 100), 1, ACK);
    }
    let client = &all.analyzer.sides.client;
    assert_eq!(client.gaps.len(), 64);
}

/// Linux probes a window of 0 without a new byte, which Wireshark calls a keep-alive: RFC 9293, section 3.8.6.1.
#[test]
fn a_keep_alive_may_probe_the_window() {
    let mut all = Connection::default();
    let server = Side::Server;
    all.server(0, (1, 0), 1, ACK);
    all.client(1, (1, 100), 1, ACK);
    let closed = all.window(server, 2, (5001, 0), (1101, ACK), 0);
    assert_eq!(closed.zero_window, None);
    let probe = all.client(300, (100, 0), 1, ACK);
    assert_eq!(marks(probe), AnalysisFlags::KEEP_ALIVE);
    assert_eq!(probe.zero_window, Some(ZeroWindow::Probe(packet(3))));
    let answer = all.window(server, 301, (5001, 0), (1101, ACK), 0);
    assert_eq!(marks(answer), AnalysisFlags::ZERO_WINDOW);
    assert_eq!(answer.zero_window, Some(ZeroWindow::ProbeAck(packet(4))));
    let open = all.window(server, 400, (5001, 0), (1101, ACK), 100);
    assert_eq!(marks(open), AnalysisFlags::WINDOW_UPDATE);
    assert_eq!(open.zero_window, Some(ZeroWindow::Reopened(packet(3))));
    // From then on it is only a keep-alive.
    let alive = all.client(9000, (100, 0), 1, ACK);
    assert_eq!(marks(alive), AnalysisFlags::KEEP_ALIVE);
    assert_eq!(alive.zero_window, None);
    // The window of a RST is ignored.
    all.window(server, 9001, (5001, 0), (1101, ACK | TcpFlags::RST), 0);
    assert_eq!(all.client(9002, (100, 0), 1, ACK).zero_window, None);
}

#[test]
fn sack_blocks_count_once() {
    let mut all = Connection::default();
    all.server(0, (1, 0), 1, ACK);
    all.client(1, (1, 100), 1, ACK);
    all.client(2, (201, 100), 1, ACK);
    // The first block is a range that came twice (RFC 2883, section 4).
    all.sack = vec![(1001, 1101), (1201, 1301)];
    let ack = all.server(3, (1, 0), 101, ACK);
    assert_eq!(ack.selectively_acked, 100);
    let next = all.client(4, (301, 300), 1, ACK);
    assert_eq!(next.bytes_in_flight, 400 - 200);
}

/// A window scale that no SYN may offer counts as 14: RFC 7323, section 2.3.
#[test]
fn a_shift_that_is_too_large() {
    let mut all = Connection::default();
    for side in all.tcp.sides.iter_mut() {
        side.offered.window_scale = Some(255);
    }
    all.server(0, (1, 0), 1, ACK);
    let full = all.client(1, (1, 500 << 14), 1, ACK);
    assert_eq!(marks(full), AnalysisFlags::WINDOW_FULL);
}

/// A copy of a checkpoint's state behaves as the original.
#[test]
fn a_clone_goes_on() {
    let mut all = Connection::default();
    all.server(0, (1, 0), 1, ACK);
    all.client(1, (1, 100), 1, ACK);
    all.client(2, (301, 100), 1, ACK);
    let analyzer = all.analyzer.clone();
    let number = all.number;
    let rest = |all: &mut Connection| {
        [
            all.server(3, (1, 0), 101, ACK),
            all.client(50, (101, 200), 1, ACK),
            all.server(51, (1, 10), 401, ACK),
        ]
    };
    let first = rest(&mut all);
    assert_eq!(first[1].fills.map(|gap| gap.bytes), Some(200));
    (all.analyzer, all.number) = (analyzer, number);
    assert_eq!(rest(&mut all), first);
}

/// One state per connection, and one per page of a long one.
#[test]
fn the_state_is_small() {
    assert!(size_of::<TcpAnalyzer>() <= 384);
    assert!(size_of::<Sent>() <= 24);
    assert!(size_of::<TcpAnalysis>() <= 112);
}

proptest! {
    /// For arbitrary segments at any time nothing panics, and the state stays bounded.
    #[test]
    fn any_segments_will_do(
        segments in prop::collection::vec(
            (
                (any::<bool>(), any::<i64>(), any::<u16>(), any::<u16>()),
                (prop_oneof![any::<u32>(), 0_u32..300], prop_oneof![any::<u32>(), 0_u32..300]),
                prop_oneof![any::<u32>(), 0_u32..3],
                prop::collection::vec(any::<(u32, u32)>(), 0..6),
            ),
            0..300,
        ),
        shift in any::<u8>(),
    ) {
        let mut all = Connection::default();
        for side in all.tcp.sides.iter_mut() {
            side.offered.window_scale = Some(shift);
        }
        for ((client, time_ns, flags, window), (seq, ack), length, sack) in segments {
            all.number += 1;
            let segment = Segment {
                seq,
                ack,
                flags: TcpFlags(flags & TcpFlags::ALL),
                window,
                ..Segment::default()
            };
            let frame = Frame { number: all.number, time_ns, length: 0 };
            let direction = match client {
                true => Side::Client,
                false => Side::Server,
            };
            let sack = sack.into_iter();
            let (tcp, segment) = (&all.tcp, (&segment, length));
            all.analyzer.analyze(frame, direction, segment, sack, tcp, true);
        }
        for side in all.analyzer.sides.iter() {
            prop_assert!(side.unacknowledged.len() <= MAX_SEGMENTS && side.gaps.len() <= 64);
        }
    }
}

/// A segment of a made-up connection, relative to what is next.
#[derive(Clone, Copy, Debug)]
struct Made {
    from_client: bool,
    back: u32,
    length: u32,
    flags: u16,
    window: u16,
    acks_all: bool,
    ms: i64,
}

fn made() -> impl Strategy<Value = Vec<Made>> {
    let segment = (
        any::<bool>(),
        prop_oneof![8 => Just(0_u32), 1 => 0..3000_u32],
        prop_oneof![Just(0_u32), Just(1_u32), Just(1000_u32), 0..1460_u32],
        prop_oneof![20 => Just(0_u16), 1 => Just(TcpFlags::FIN), 1 => Just(TcpFlags::RST), 1 => Just(TcpFlags::SYN)],
        prop_oneof![8 => Just(5000_u16), 1 => Just(0_u16), 1 => any::<u16>()],
        prop::bool::weighted(0.8),
        prop_oneof![Just(1_i64), Just(300_i64), -5..50_i64],
    );
    let segment =
        segment.prop_map(
            |(from_client, back, length, flags, window, acks_all, ms)| Made {
                from_client,
                back,
                length,
                flags,
                window,
                acks_all,
                ms,
            },
        );
    prop::collection::vec(segment, 1..80)
}

proptest! {
    /// The short way for segments in order has the results of the long one.
    #[test]
    fn segments_in_order(handshake in any::<bool>(), segments in made()) {
        let (mut quick, mut whole) = (TcpAnalyzer::default(), TcpAnalyzer::default());
        let mut tcp = Tcp::default();
        let mut next = PerSide { client: 1000_u32, server: 5000_u32 };
        let mut acked = PerSide { client: 0_u32, server: 0_u32 };
        let (mut number, mut now) = (0, 1_000_000_000_000_i64);
        let first = |from_client, flags| Made {
            from_client, back: 0, length: 0, flags, window: 5000, acks_all: true, ms: 1,
        };
        let opening = [first(true, TcpFlags::SYN), first(false, TcpFlags::SYN), first(true, 0)];
        let opening = opening.into_iter().take(if handshake { 3 } else { 0 });
        for made in opening.chain(segments) {
            let from = if made.from_client { Side::Client } else { Side::Server };
            number += 1;
            now += made.ms * 1_000_000;
            if made.acks_all {
                acked[from] = next[from.other()];
            }
            let acks = number > 1 || !handshake;
            let segment = Segment {
                seq: next[from].wrapping_sub(made.back),
                ack: if acks { acked[from] } else { 0 },
                flags: TcpFlags(made.flags | if acks { TcpFlags::ACK } else { 0 }),
                window: made.window,
                ..Segment::default()
            };
            let control = u32::from(segment.flags.syn()) + u32::from(segment.flags.fin());
            let end = segment.seq.wrapping_add(made.length + control);
            if before(next[from], end) {
                next[from] = end;
            }
            let frame = Frame { number, time_ns: now, length: 60 };
            tcp.add(frame, from, &segment, made.length, false);
            let both = (&segment, made.length);
            let mut found = TcpAnalysis::default();
            if !quick.analyze_in_order(frame, from, both, &tcp, &mut found) {
                found = quick.analyze(frame, from, both, std::iter::empty(), &tcp, false);
            }
            let mut expected = whole.analyze(frame, from, both, std::iter::empty(), &tcp, false);
            expected.push_bytes_sent = 0;
            expected.initial_rtt = None;
            found.push_bytes_sent = 0;
            found.initial_rtt = None;
            prop_assert_eq!(found, expected, "segment {}", number);
        }
    }
}
