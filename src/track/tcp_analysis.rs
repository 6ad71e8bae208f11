//! What is striking about the segments of a connection, and what can be measured: by the definitions of TCP analysis in
//! Wireshark's user guide, so that both say the same of a packet.
//!
//! Segments are judged once, in the order of the capture. It takes a few hundred bytes a connection and something for
//! each segment that nobody has acknowledged, so it is done for connections that are looked at, not for all of them.

use super::{Direction, Frame, Tcp};
use dissectors::{Segment, Striking, TcpAnalysis, TcpFlags, WindowScale};
use std::collections::VecDeque;

/// A retransmission this soon after a duplicate acknowledgment answers it, nanoseconds.
const FAST_NS: i64 = 20_000_000;

/// Without a round-trip time segments this close together may have overtaken each other, nanoseconds.
const OVERTAKING_NS: i64 = 3_000_000;

/// Segments that nobody has acknowledged, at most: a capture of one direction has no acknowledgments.
const MAX_UNACKED: usize = 10_000;

/// SACK blocks that count, at most; more do not fit into the options beside a timestamp.
const MAX_BLOCKS: usize = 4;

/// A segment that is not acknowledged.
#[derive(Clone, Copy, Debug)]
struct Unacked {
    packet: u32,
    time_ns: i64,
    seq: u32,
    next: u32,
}

/// What one side has sent.
#[derive(Clone, Debug, Default)]
struct Side {
    /// Those not acknowledged, the latest at the end.
    unacked: VecDeque<Unacked>,
    /// One past the highest sequence number, the packet that brought it there, and when. 0 where nothing was sent.
    next: u32,
    next_packet: u32,
    next_ns: i64,
    /// The highest sequence number up to which nothing is missing; 0 where nothing was sent.
    whole_to: u32,
    /// What its last segment acknowledged, and when; and its window.
    ack: u32,
    ack_ns: i64,
    window: u16,
    /// How often that was acknowledged again, and where it was first.
    duplicates: u32,
    first_ack: u32,
    /// What was striking about its last segment.
    last: Striking,
    /// The SACK blocks of its last segment.
    blocks: Vec<(u32, u32)>,
    /// Bytes since the last PSH, and whether the segment before had it.
    pushed: u32,
    push_was_last: bool,
    /// Something it sent is missing, so that what is in flight cannot be told until the other side acknowledges.
    flight_unknown: bool,
    /// It has acknowledged something after its SYN: from then on its window is scaled.
    acknowledges: bool,
}

/// Judges the segments of one connection.
#[derive(Clone, Debug, Default)]
pub struct TcpAnalyzer {
    sides: [Side; 2],
    /// How long the handshake took, as far as it was seen by now.
    rtt_ns: Option<i64>,
}

/// Whether `a` comes before `b` in sequence space: RFC 9293, section 3.4.
fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

impl TcpAnalyzer {
    /// The next segment, with the SACK blocks among its options. `tcp` is what is known of the whole connection, and
    /// `reuses` says that its ports were those of an earlier one.
    pub fn judge(
        &mut self,
        frame: Frame,
        direction: Direction,
        (segment, payload_length): (&Segment, u32),
        blocks: &[(u32, u32)],
        tcp: &Tcp,
        reuses: bool,
    ) -> TcpAnalysis {
        let mut found = TcpAnalysis::default();
        let mut marks = 0;
        let [client, server] = &mut self.sides;
        let (own, other) = match direction {
            Direction::FromClient => (client, server),
            Direction::FromServer => (server, client),
        };
        let Segment {
            seq,
            ack,
            flags,
            window,
            ..
        } = *segment;
        let syn = flags.any(TcpFlags::SYN);
        let control = flags.any(TcpFlags::SYN | TcpFlags::FIN);
        own.blocks.clear();
        own.blocks.extend(blocks.iter().take(MAX_BLOCKS));
        if syn && !flags.ack() && reuses && own.next == 0 {
            marks |= Striking::REUSED_PORTS;
        }
        marks |= own.window_marks(other, segment, payload_length, tcp, direction, &mut found);
        if ack != own.ack {
            own.first_ack = frame.number;
            own.duplicates = 0;
        }
        if flags.ack() && other.whole_to != 0 && before(other.whole_to, ack) {
            marks |= Striking::ACK_LOST_SEGMENT;
            // Said once: of what is missing nothing is known any more.
            other.whole_to = if before(other.next, ack) {
                0
            } else {
                other.next
            };
        }
        if (payload_length > 0 || control) && marks & Striking::KEEP_ALIVE == 0 {
            let rtt_ns = self.rtt_ns;
            let sent = (seq, payload_length, control);
            marks |= own.sent_again(other, frame, sent, rtt_ns, &mut found);
        }
        own.send(frame, segment, payload_length, marks);
        own.window = window;
        own.ack = ack;
        own.ack_ns = frame.time_ns;
        own.acknowledges |= flags.ack() && !syn;
        own.last = Striking(marks);
        other.acknowledged(frame, ack, flags, &mut found);
        own.in_flight(other, flags, payload_length, &mut found);
        if self.rtt_ns.is_none() {
            self.rtt_ns = tcp
                .handshake
                .rtt_ns()
                .filter(|_| tcp.handshake.ack.is_some_and(|ack| ack <= frame.number));
        }
        found.initial_rtt = tcp.handshake.rtt_ns();
        found.striking = Striking(marks);
        found
    }
}

impl Side {
    /// What is striking about windows, probes and acknowledgments.
    fn window_marks(
        &mut self,
        other: &mut Side,
        segment: &Segment,
        payload_length: u32,
        tcp: &Tcp,
        direction: Direction,
        found: &mut TcpAnalysis,
    ) -> u16 {
        let Segment {
            seq,
            ack,
            flags,
            window,
            ..
        } = *segment;
        let plain = !flags.any(TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST);
        let mut marks = 0;
        if payload_length == 1 && seq == self.next && other.window == 0 {
            return Striking::ZERO_WINDOW_PROBE;
        }
        if window == 0 && plain {
            marks |= Striking::ZERO_WINDOW;
        }
        if self.next != 0 && before(self.next, seq) && !flags.any(TcpFlags::RST) {
            marks |= Striking::LOST_SEGMENT;
            self.flight_unknown = true;
        }
        if payload_length <= 1 && plain && seq == self.next.wrapping_sub(1) {
            marks |= Striking::KEEP_ALIVE;
        }
        let silent = payload_length == 0 && plain && seq == self.next;
        let same_ack = ack == self.ack;
        let same_window = window == self.window;
        if silent && window != 0 && !same_window && same_ack {
            marks |= Striking::WINDOW_UPDATE;
        }
        if payload_length > 0 && plain {
            let scale = match tcp.window_scale(direction.reverse()) {
                WindowScale::Shift(shift) if other.acknowledges => Some(shift.into()),
                WindowScale::Shift(_) | WindowScale::Off => Some(0),
                WindowScale::Unknown => None,
            };
            if let Some(scale) = scale {
                let room = u32::from(other.window) << scale;
                if seq.wrapping_add(payload_length) == other.ack.wrapping_add(room) {
                    marks |= Striking::WINDOW_FULL;
                }
            }
        }
        if silent && same_window && same_ack && window != 0 && other.last.any(Striking::KEEP_ALIVE)
        {
            return marks | Striking::KEEP_ALIVE_ACK;
        }
        let probed = other.last.any(Striking::ZERO_WINDOW_PROBE);
        let one_more = ack == self.ack.wrapping_add(1);
        if silent && window == 0 && same_window && probed && (same_ack || one_more) {
            if one_more {
                // The probe's byte was taken after all.
                other.next = ack;
                other.whole_to = ack;
            }
            return marks | Striking::ZERO_WINDOW_PROBE_ACK;
        }
        if silent && window != 0 && same_window && same_ack {
            self.duplicates += 1;
            found.duplicate_ack = Some((self.duplicates, self.first_ack));
            marks |= Striking::DUPLICATE_ACK;
        }
        marks
    }

    /// In which way data was sent before.
    fn sent_again(
        &self,
        other: &Side,
        frame: Frame,
        (seq, length, control): (u32, u32, bool),
        rtt_ns: Option<i64>,
        found: &mut TcpAnalysis,
    ) -> u16 {
        let end = seq.wrapping_add(length);
        let mut nothing_new = self.next != 0 && before(seq, self.next);
        // It may follow a probe of a window without room, whose byte is sent again with others.
        if length > 1 && seq == self.next.wrapping_sub(1) {
            nothing_new = false;
        }
        if length > 0 && other.ack != 0 && !before(other.ack, end) {
            return Striking::SPURIOUS_RETRANSMISSION;
        }
        if !nothing_new {
            return 0;
        }
        let since_ack = frame.time_ns.saturating_sub(other.ack_ns);
        if other.duplicates >= 2 && other.ack == seq && since_ack < FAST_NS {
            return Striking::FAST_RETRANSMISSION;
        }
        let since_next = frame.time_ns.saturating_sub(self.next_ns);
        // A clock that goes back tells nothing.
        if (0..rtt_ns.unwrap_or(OVERTAKING_NS)).contains(&since_next)
            && self.next != end.wrapping_add(u32::from(control))
        {
            return Striking::OUT_OF_ORDER;
        }
        // The oldest that may be what was lost.
        let first = self.unacked.iter().find(|sent| !before(sent.seq, seq));
        found.rto = Some(match first {
            Some(sent) => (sent.packet, frame.time_ns.saturating_sub(sent.time_ns)),
            None => (self.next_packet, since_next),
        });
        Striking::RETRANSMISSION
    }

    /// A segment is sent.
    fn send(&mut self, frame: Frame, segment: &Segment, payload_length: u32, marks: u16) {
        let Segment { seq, flags, .. } = *segment;
        let control = flags.any(TcpFlags::SYN | TcpFlags::FIN);
        let mut next = seq.wrapping_add(payload_length);
        if (payload_length > 0 || control) && self.unacked.len() < MAX_UNACKED {
            next = next.wrapping_add(u32::from(control));
            self.unacked.push_back(Unacked {
                packet: frame.number,
                time_ns: frame.time_ns,
                seq,
                next,
            });
        }
        if marks & Striking::ZERO_WINDOW_PROBE != 0 {
            return;
        }
        let highest = self.next;
        if highest == 0 || before(highest, next) {
            self.next = next;
            self.next_packet = frame.number;
            self.next_ns = frame.time_ns;
        }
        match self.whole_to {
            0 if highest != 0 && seq != highest => self.whole_to = highest,
            0 => self.whole_to = self.next,
            whole_to if whole_to == seq => self.whole_to = self.next,
            _ => {}
        }
    }

    /// The other side acknowledges up to there.
    fn acknowledged(&mut self, frame: Frame, ack: u32, flags: TcpFlags, found: &mut TcpAnalysis) {
        if flags.ack() {
            self.flight_unknown = false;
        }
        self.unacked.retain_mut(|sent| {
            if sent.next == ack {
                let ago = frame.time_ns.saturating_sub(sent.time_ns);
                found.acks.get_or_insert((sent.packet, ago));
                return false;
            }
            if before(ack, sent.next) {
                // Some of it may be acknowledged.
                if before(sent.seq, ack) {
                    sent.seq = ack;
                }
                return true;
            }
            false
        });
    }

    /// What is under way with the segment that was just sent.
    fn in_flight(
        &mut self,
        other: &Side,
        flags: TcpFlags,
        payload_length: u32,
        found: &mut TcpAnalysis,
    ) {
        if payload_length == 0 || self.flight_unknown {
            return;
        }
        let Some(last) = self.unacked.back() else {
            return;
        };
        let (mut from, mut to) = (last.seq, last.next);
        for sent in &self.unacked {
            if before(sent.seq, from) {
                from = sent.seq;
            }
            if before(to, sent.next) {
                to = sent.next;
            }
        }
        // SYN and FIN take a sequence number, and are no bytes.
        let control = i64::from(flags.any(TcpFlags::SYN | TcpFlags::FIN));
        let mut bytes = i64::from(to.wrapping_sub(from)) - control;
        for (left, right) in &other.blocks {
            bytes -= i64::from(right.wrapping_sub(*left));
        }
        found.bytes_in_flight = u32::try_from(bytes).unwrap_or(0);
        let push = flags.any(TcpFlags::PSH);
        self.pushed = match self.push_was_last {
            true => payload_length,
            false => self.pushed.saturating_add(payload_length),
        };
        self.push_was_last = push;
        found.push_bytes_sent = self.pushed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection with a client that sends from 1000 on and a server from 5000.
    #[derive(Default)]
    struct Connection {
        analyzer: TcpAnalyzer,
        tcp: Tcp,
        number: u32,
    }

    impl Connection {
        /// A segment of the client after so many milliseconds: its first byte and how many, what it acknowledges, flags.
        fn client(&mut self, ms: i64, sent: (u32, u32), ack: u32, flags: u16) -> TcpAnalysis {
            self.window(
                Direction::FromClient,
                ms,
                (1000 + sent.0, sent.1),
                (5000 + ack, flags),
                500,
            )
        }

        fn server(&mut self, ms: i64, sent: (u32, u32), ack: u32, flags: u16) -> TcpAnalysis {
            self.window(
                Direction::FromServer,
                ms,
                (5000 + sent.0, sent.1),
                (1000 + ack, flags),
                500,
            )
        }

        fn window(
            &mut self,
            direction: Direction,
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
            self.analyzer
                .judge(frame, direction, segment, &[], &self.tcp, false)
        }
    }

    const ACK: u16 = TcpFlags::ACK;

    fn marks(analysis: TcpAnalysis) -> u16 {
        analysis.striking.0
    }

    #[test]
    fn what_is_sent_again() {
        let mut all = Connection::default();
        all.server(0, (1, 0), 1, ACK);
        for (ms, at) in [(10, 1), (11, 101), (12, 201), (13, 301)] {
            assert_eq!(marks(all.client(ms, (at, 100), 1, ACK)), 0);
        }
        // Shortly behind what follows it: it was overtaken.
        assert_eq!(
            marks(all.client(14, (101, 100), 1, ACK)),
            Striking::OUT_OF_ORDER
        );
        // Much later nobody can have overtaken it.
        let again = all.client(400, (101, 100), 1, ACK);
        assert_eq!(marks(again), Striking::RETRANSMISSION);
        assert_eq!(again.rto, Some((3, 389_000_000)));
        // Asked for three times.
        all.server(500, (1, 0), 201, ACK);
        for times in 1..=3 {
            let ack = all.server(501, (1, 0), 201, ACK);
            assert_eq!(marks(ack), Striking::DUPLICATE_ACK);
            assert_eq!(ack.duplicate_ack, Some((times, 8)));
        }
        assert_eq!(
            marks(all.client(502, (201, 100), 1, ACK)),
            Striking::FAST_RETRANSMISSION
        );
        // Acknowledged before.
        let late = all.client(900, (101, 100), 1, ACK);
        assert_eq!(marks(late), Striking::SPURIOUS_RETRANSMISSION);
        let fields: Vec<_> = late.striking.fields().collect();
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
            (Striking::LOST_SEGMENT, 0)
        );
        let ack = all.server(3, (1, 0), 301, ACK);
        assert_eq!(marks(ack), Striking::ACK_LOST_SEGMENT);
        assert_eq!(ack.acks, Some((3, 1_000_000)));
        // Said once.
        assert_eq!(marks(all.server(4, (1, 10), 301, ACK)), 0);
    }

    #[test]
    fn windows_and_probes() {
        let mut all = Connection::default();
        let server = Direction::FromServer;
        all.client(1, (1, 100), 1, ACK);
        let shut = all.window(server, 2, (5001, 0), (1101, ACK), 0);
        assert_eq!(marks(shut), Striking::ZERO_WINDOW);
        let probe = all.client(300, (101, 1), 1, ACK);
        assert_eq!(marks(probe), Striking::ZERO_WINDOW_PROBE);
        let still = all.window(server, 301, (5001, 0), (1101, ACK), 0);
        assert_eq!(
            marks(still),
            Striking::ZERO_WINDOW | Striking::ZERO_WINDOW_PROBE_ACK
        );
        let room = all.window(server, 400, (5001, 0), (1101, ACK), 100);
        assert_eq!(marks(room), Striking::WINDOW_UPDATE);
        assert_eq!(
            marks(all.client(9000, (100, 0), 1, ACK)),
            Striking::KEEP_ALIVE
        );
        let alive = all.window(server, 9001, (5001, 0), (1101, ACK), 100);
        assert_eq!(marks(alive), Striking::KEEP_ALIVE_ACK);
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

    /// Whoever captures one direction sees no acknowledgments: what waits for them is bounded.
    #[test]
    fn one_direction_alone() {
        let mut all = Connection::default();
        for at in 0..2 * MAX_UNACKED as u32 {
            all.client(1, (at * 100, 100), 1, ACK);
        }
        assert_eq!(all.analyzer.sides[0].unacked.len(), MAX_UNACKED);
    }
}
