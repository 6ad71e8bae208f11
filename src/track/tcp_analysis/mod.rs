//! The TCP analysis of a connection, segment by segment: by the definitions of Wireshark's user guide, so that both
//! agree, with further results for explaining the connection.
//!
//! Every segment is analyzed once, in the order of the capture. The cost of a segment in order does not depend on how
//! many are in flight. A connection takes a few hundred bytes and 24 for each unacknowledged segment. There is no I/O
//! here: the input is a segment, the output is its analysis. The second copy of a frame that was captured twice is not
//! a segment: it gets the marks that Wireshark gives it, and changes nothing.

mod edge;
mod gaps;
mod summary;
mod time_shares;
mod trouble;
mod unacknowledged;

pub use summary::{Analysis, Quiet, SentSummary, TcpSummary};
pub use time_shares::{Share, TimeShares};
pub use trouble::{Answer, BeforeReset, Evidence, Missing, SideTrouble, Stuck};

use super::{Frame, Side, Tcp, seq::before};
use dissectors::{
    AnalysisFlags, Earlier, PerSide, Segment, TcpAnalysis, TcpFlags, WindowScale, ZeroWindow,
};
use gaps::Gaps;
use std::num::NonZeroU32;
use unacknowledged::{Sent, Unacknowledged};

/// A retransmission this soon after a duplicate acknowledgment answers it, nanoseconds.
const FAST_NS: i64 = 20_000_000;

/// Without a round-trip time, segments this close together may have overtaken each other, nanoseconds.
const OVERTAKING_NS: i64 = 3_000_000;

/// A larger window scale shift counts as this: RFC 7323, section 2.3.
const MAX_SHIFT: u8 = 14;

/// The maximum number of SACK blocks that count; more do not fit into the options beside a timestamp.
const MAX_BLOCKS: usize = 4;

/// What one side has sent.
#[derive(Clone, Debug, Default)]
struct SideState {
    unacknowledged: Unacknowledged,
    gaps: Gaps,
    /// One past the highest sequence number, and the packet that sent it, with its time. 0 if nothing was sent.
    next: u32,
    next_packet: u32,
    next_ns: i64,
    /// The highest sequence number up to which nothing is missing; 0 if nothing was sent.
    whole_to: u32,
    /// The other side has acknowledged more than was captured, which is marked once, until this side acknowledges
    /// something else.
    missing_acked: bool,
    /// The number that its last segment acknowledged, and when; and its window.
    ack: u32,
    ack_ns: i64,
    window: u16,
    /// How often that number was acknowledged again, and where first.
    duplicates: u32,
    first_ack: u32,
    /// The marks of its last segment.
    last: AnalysisFlags,
    /// How many bytes the SACK blocks of its last segment hold.
    sack_bytes: u32,
    /// Bytes since the last PSH, and whether the previous segment had it.
    pushed: u32,
    push_was_last: bool,
    /// Some of its data is missing, so the bytes in flight are unknown until the other side acknowledges.
    flight_unknown: bool,
    /// Whether it has acknowledged something after its SYN: from then on its window is scaled.
    acknowledges: bool,
    /// The packet that closed its window, as long as it is 0.
    closed_in: Option<NonZeroU32>,
    /// Its last segment, if that probes a window of 0.
    probe: Option<NonZeroU32>,
}

/// Analyzes the segments of one connection.
#[derive(Clone, Debug, Default)]
pub struct TcpAnalyzer {
    sides: PerSide<SideState>,
    /// The duration of the handshake, as far as it was captured.
    rtt_ns: Option<i64>,
}

impl TcpAnalyzer {
    /// Returns its approximate size in memory, bytes.
    pub fn weight(&self) -> usize {
        let sides = self.sides.iter().map(|side| {
            side.unacknowledged.len() * size_of::<unacknowledged::Sent>() + side.gaps.weight()
        });
        size_of::<Self>() + sides.sum::<usize>()
    }

    /// Analyzes the next segment, with the SACK blocks among its options. `tcp` is the state of the whole connection,
    /// and `reuses` is whether its ports were those of an earlier one.
    pub fn analyze(
        &mut self,
        frame: Frame,
        direction: Side,
        (segment, payload_length): (&Segment, u32),
        sack_blocks: impl Iterator<Item = (u32, u32)>,
        tcp: &Tcp,
        reuses: bool,
    ) -> TcpAnalysis {
        let mut found = TcpAnalysis::default();
        let mut marks = 0;
        let (own, other) = self.sides.own_and_other(direction);
        let Segment {
            seq,
            ack,
            flags,
            window,
            ..
        } = *segment;
        let syn = flags.any(TcpFlags::SYN);
        let control = flags.any(TcpFlags::SYN | TcpFlags::FIN);
        own.sack_bytes = 0;
        for (left, right) in sack_blocks.take(MAX_BLOCKS) {
            let bytes = right.wrapping_sub(left);
            own.sack_bytes = own.sack_bytes.saturating_add(bytes);
            // A block before it is a range that came twice: RFC 2883, section 4.
            if before(ack, left) && before(left, right) {
                found.selectively_acked = found.selectively_acked.saturating_add(bytes);
            }
        }
        if syn && !flags.ack() && reuses && own.next == 0 {
            marks |= AnalysisFlags::REUSED_PORTS;
        }
        marks |= own.window_marks(other, segment, payload_length, tcp, direction, &mut found);
        if marks & AnalysisFlags::LOST_SEGMENT != 0 {
            found.missing_before = seq.wrapping_sub(own.next);
            own.gaps.open(own.next, seq, frame);
        }
        found.zero_window = own.zero_window(other, frame, segment, payload_length, marks);
        if ack != own.ack {
            own.first_ack = frame.number;
            own.duplicates = 0;
            own.missing_acked = false;
        }
        if flags.ack() && other.whole_to != 0 && before(other.whole_to, ack) {
            found.acks_unseen = true;
            let is_gap = before(other.whole_to, other.next);
            if is_gap || !other.missing_acked && other.duplicates == 0 {
                marks |= AnalysisFlags::ACK_LOST_SEGMENT;
            }
            match is_gap {
                true => other.whole_to = other.next,
                false => other.missing_acked = true,
            }
        }
        if (payload_length > 0 || control) && marks & AnalysisFlags::KEEP_ALIVE == 0 {
            let rtt_ns = self.rtt_ns;
            let sent = (seq, payload_length, control);
            marks |= own.sent_again(other, frame, sent, rtt_ns, &mut found);
        }
        if payload_length > 0 && before(seq, own.next) {
            let end = seq.wrapping_add(payload_length);
            let end = if before(own.next, end) { own.next } else { end };
            let (gap, captured_before) = own.gaps.fill(seq, end, frame);
            // Acknowledged data was missing only in the capture.
            found.fills = gap.filter(|_| marks & AnalysisFlags::SPURIOUS_RETRANSMISSION == 0);
            found.captured_before = captured_before;
        }
        own.send(frame, segment, payload_length, marks);
        own.window = window;
        own.ack = ack;
        own.ack_ns = frame.time_ns;
        own.acknowledges |= flags.ack() && !syn;
        own.last = AnalysisFlags(marks);
        if flags.ack() {
            other.flight_unknown = false;
        }
        found.acks = earlier(other.unacknowledged.acknowledge(ack), frame);
        own.in_flight(other, flags, payload_length, &mut found);
        if self.rtt_ns.is_none() {
            self.rtt_ns = tcp.handshake.rtt_ns().filter(|_| match tcp.handshake.ack {
                Some(ack) => ack <= frame.number,
                None => tcp.handshake.ack_ns <= frame.time_ns,
            });
        }
        found.initial_rtt = tcp.handshake.initial_rtt_ns();
        found.flags = AnalysisFlags(marks);
        found
    }
}

impl TcpAnalyzer {
    /// Analyzes the next segment if it is in order and has no marks; returns whether it was. Its results are those of
    /// [`TcpAnalyzer::analyze`], without the bytes since PSH.
    #[inline]
    pub fn analyze_in_order(
        &mut self,
        frame: Frame,
        direction: Side,
        (segment, payload_length): (&Segment, u32),
        tcp: &Tcp,
        found: &mut TcpAnalysis,
    ) -> bool {
        let (own, other) = self.sides.own_and_other(direction);
        let Segment {
            seq,
            ack,
            flags,
            window,
            ..
        } = *segment;
        let is_plain = flags.0 & (TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST | TcpFlags::ACK)
            == TcpFlags::ACK;
        let is_whole = own.next != 0
            && seq == own.next
            && own.whole_to == own.next
            && other.whole_to == other.next
            && !own.missing_acked
            && !own.flight_unknown
            && !other.flight_unknown
            && own.sack_bytes == 0
            && other.sack_bytes == 0;
        let has_windows = window != 0
            && other.window != 0
            && own.closed_in.is_none()
            && other.closed_in.is_none()
            && own.probe.is_none()
            && other.probe.is_none();
        let advances = before(own.ack, ack);
        if !is_plain
            || segment.options.sack_blocks
            || !is_whole
            || !has_windows
            || other
                .last
                .any(AnalysisFlags::KEEP_ALIVE | AnalysisFlags::ZERO_WINDOW_PROBE)
            || before(ack, own.ack)
            || before(other.next, ack)
            || !advances && payload_length == 0
            || own.unacknowledged.is_full()
            || self.rtt_ns.is_none() && tcp.completeness & 3 != 0
        {
            return false;
        }
        let next = seq.wrapping_add(payload_length);
        if payload_length > 0 {
            // It fills the window, or was acknowledged before it came.
            let room = other.scaled_window(direction.other(), tcp);
            let is_full = room.is_some_and(|room| !before(next, other.ack.wrapping_add(room)));
            if is_full || !before(other.ack, next) {
                return false;
            }
            own.unacknowledged.push(Sent {
                time_ns: frame.time_ns,
                packet: frame.number,
                seq,
                next,
            });
            own.next = next;
            own.whole_to = next;
            own.next_packet = frame.number;
            own.next_ns = frame.time_ns;
        }
        if advances {
            own.first_ack = frame.number;
            own.duplicates = 0;
            own.ack = ack;
        }
        own.ack_ns = frame.time_ns;
        own.window = window;
        own.acknowledges = true;
        own.last = AnalysisFlags(0);
        found.acks = earlier(other.unacknowledged.acknowledge(ack), frame);
        if payload_length > 0 {
            found.bytes_in_flight = own.unacknowledged.span().unwrap_or(0);
        }
        true
    }

    /// Returns the marks of the second copy of a frame, which was not sent again.
    pub fn analyze_copy(
        &mut self,
        frame: Frame,
        direction: Side,
        (segment, payload_length): (&Segment, u32),
        tcp: &Tcp,
    ) -> TcpAnalysis {
        let mut found = TcpAnalysis::default();
        let rtt_ns = self.rtt_ns;
        let (own, other) = self.sides.own_and_other(direction);
        let before = (own.flight_unknown, own.duplicates, own.missing_acked);
        let before_other = (other.next, other.whole_to);
        let mut marks =
            own.window_marks(other, segment, payload_length, tcp, direction, &mut found);
        let control = segment.flags.any(TcpFlags::SYN | TcpFlags::FIN);
        if (payload_length > 0 || control) && marks & AnalysisFlags::KEEP_ALIVE == 0 {
            let sent = (segment.seq, payload_length, control);
            marks |= own.sent_again(other, frame, sent, rtt_ns, &mut found);
        }
        (own.flight_unknown, own.duplicates, own.missing_acked) = before;
        (other.next, other.whole_to) = before_other;
        found.flags = AnalysisFlags(marks);
        found
    }
}

impl TcpAnalyzer {
    /// Reads a field of each cache line, and of the memory of each side's segments.
    #[inline]
    fn touch(&self) -> u32 {
        let PerSide { client, server } = &self.sides;
        let rings = client.unacknowledged.touch() ^ server.unacknowledged.touch();
        client.next ^ client.sack_bytes ^ server.next ^ server.sack_bytes ^ rings
    }

    /// Frees the memory of segments, of which there are none.
    fn free(&mut self) {
        for side in self.sides.iter_mut() {
            side.unacknowledged.free();
        }
    }

    /// Returns one past the highest sequence number that a side has sent.
    fn next(&self, side: Side) -> u32 {
        self.sides[side].next
    }

    /// Returns the number that a side's last segment acknowledged.
    #[inline]
    fn acknowledged_by(&self, side: Side) -> Option<u32> {
        let own = &self.sides[side];
        own.acknowledges.then_some(own.ack)
    }

    /// Whether a side has acknowledged anything.
    fn has_acknowledged(&self, side: Side) -> bool {
        self.sides[side].ack != 0
    }

    /// Whether everything that a side has sent is acknowledged.
    #[inline]
    fn is_acknowledged(&self, side: Side) -> bool {
        self.sides[side].unacknowledged.len() == 0
    }

    /// Whether the window of a side is 0.
    #[inline]
    fn is_window_closed(&self, side: Side) -> bool {
        self.sides[side].closed_in.is_some()
    }

    /// Returns the window of a side in bytes, if its scale is known.
    #[inline]
    fn window(&self, side: Side, tcp: &Tcp) -> Option<u32> {
        self.sides[side].scaled_window(side, tcp)
    }
}

/// Returns how long ago a segment was sent.
fn earlier(sent: Option<Sent>, frame: Frame) -> Option<Earlier> {
    let sent = sent?;
    Some(Earlier {
        packet: NonZeroU32::new(sent.packet)?,
        ago_ns: frame.time_ns.saturating_sub(sent.time_ns),
    })
}

impl SideState {
    /// Returns its window in bytes, if the scale is known. It is this side's state.
    #[inline]
    fn scaled_window(&self, side: Side, tcp: &Tcp) -> Option<u32> {
        let shift = match tcp.window_scale(side) {
            WindowScale::Shift(shift) if self.acknowledges => shift.min(MAX_SHIFT),
            WindowScale::Shift(_) | WindowScale::Off => 0,
            WindowScale::Unknown => return None,
        };
        Some(u32::from(self.window) << shift)
    }

    /// Returns the marks of windows, probes and acknowledgments.
    fn window_marks(
        &mut self,
        other: &mut SideState,
        segment: &Segment,
        payload_length: u32,
        tcp: &Tcp,
        direction: Side,
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
            return AnalysisFlags::ZERO_WINDOW_PROBE;
        }
        if window == 0 && plain {
            marks |= AnalysisFlags::ZERO_WINDOW;
        }
        if self.next != 0 && before(self.next, seq) && !flags.any(TcpFlags::RST) {
            marks |= AnalysisFlags::LOST_SEGMENT;
            self.flight_unknown = true;
        }
        if payload_length <= 1 && plain && seq == self.next.wrapping_sub(1) {
            marks |= AnalysisFlags::KEEP_ALIVE;
        }
        let silent = payload_length == 0 && plain && seq == self.next;
        let same_ack = ack == self.ack;
        let same_window = window == self.window;
        if silent && window != 0 && !same_window && same_ack {
            marks |= AnalysisFlags::WINDOW_UPDATE;
        }
        if payload_length > 0
            && plain
            && let Some(room) = other.scaled_window(direction.other(), tcp)
            && seq.wrapping_add(payload_length) == other.ack.wrapping_add(room)
        {
            marks |= AnalysisFlags::WINDOW_FULL;
        }
        if silent
            && same_window
            && same_ack
            && window != 0
            && other.last.any(AnalysisFlags::KEEP_ALIVE)
        {
            return marks | AnalysisFlags::KEEP_ALIVE_ACK;
        }
        let probed = other.last.any(AnalysisFlags::ZERO_WINDOW_PROBE);
        let one_more = ack == self.ack.wrapping_add(1);
        if silent && window == 0 && same_window && probed && (same_ack || one_more) {
            if one_more {
                // The probe's byte was accepted after all.
                other.next = ack;
                other.whole_to = ack;
            }
            return marks | AnalysisFlags::ZERO_WINDOW_PROBE_ACK;
        }
        if silent && window != 0 && same_window && same_ack {
            self.duplicates += 1;
            self.missing_acked = false;
            found.duplicate_ack = Some((self.duplicates, self.first_ack));
            marks |= AnalysisFlags::DUPLICATE_ACK;
        }
        marks
    }

    /// Returns the kind of retransmission of data that was sent before.
    fn sent_again(
        &self,
        other: &SideState,
        frame: Frame,
        (seq, length, control): (u32, u32, bool),
        rtt_ns: Option<i64>,
        found: &mut TcpAnalysis,
    ) -> u16 {
        let end = seq.wrapping_add(length);
        let mut nothing_new = self.next != 0 && before(seq, self.next);
        // It may follow a probe of a zero window, whose byte is sent again with others.
        if length > 1 && seq == self.next.wrapping_sub(1) {
            nothing_new = false;
        }
        if length > 0 && other.ack != 0 && !before(other.ack, end) {
            return AnalysisFlags::SPURIOUS_RETRANSMISSION;
        }
        if !nothing_new {
            return 0;
        }
        let since_ack = frame.time_ns.saturating_sub(other.ack_ns);
        // As in Wireshark, an acknowledgment of what was not captured counts as many.
        let has_duplicates = other.duplicates >= 2 || other.missing_acked;
        if has_duplicates && other.ack == seq && since_ack < FAST_NS {
            return AnalysisFlags::FAST_RETRANSMISSION;
        }
        let since_next = frame.time_ns.saturating_sub(self.next_ns);
        // A clock that goes back gives no information.
        if (0..rtt_ns.unwrap_or(OVERTAKING_NS)).contains(&since_next)
            && self.next != end.wrapping_add(u32::from(control))
        {
            return AnalysisFlags::OUT_OF_ORDER;
        }
        // The oldest that may be the lost one.
        let first = self.unacknowledged.first_from(seq).unwrap_or(Sent {
            packet: self.next_packet,
            time_ns: self.next_ns,
            seq,
            next: end,
        });
        found.rto = earlier(Some(first), frame);
        AnalysisFlags::RETRANSMISSION
    }

    /// Records a segment that is sent.
    fn send(&mut self, frame: Frame, segment: &Segment, payload_length: u32, marks: u16) {
        let Segment { seq, flags, .. } = *segment;
        let control = flags.any(TcpFlags::SYN | TcpFlags::FIN);
        let mut next = seq.wrapping_add(payload_length);
        if (payload_length > 0 || control) && !self.unacknowledged.is_full() {
            next = next.wrapping_add(u32::from(control));
            self.unacknowledged.push(Sent {
                time_ns: frame.time_ns,
                packet: frame.number,
                seq,
                next,
            });
        }
        if marks & AnalysisFlags::ZERO_WINDOW_PROBE != 0 {
            return;
        }
        let highest = self.next;
        if highest == 0 {
            self.gaps.begin(seq);
        }
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

    /// Returns the marks of a segment that concern a window of 0.
    fn zero_window(
        &mut self,
        other: &SideState,
        frame: Frame,
        segment: &Segment,
        payload_length: u32,
        marks: u16,
    ) -> Option<ZeroWindow> {
        let (packet, flags) = (NonZeroU32::new(frame.number), segment.flags);
        let asks = marks & (AnalysisFlags::KEEP_ALIVE | AnalysisFlags::ZERO_WINDOW_PROBE) != 0;
        let probes = other.closed_in.filter(|_| asks);
        self.probe = packet.filter(|_| probes.is_some());
        // The window of a RST is ignored: RFC 9293, section 3.10.7.1.
        if flags.any(TcpFlags::RST) {
            return None;
        }
        let was_closed = self.closed_in;
        self.closed_in = match segment.window {
            0 => was_closed.or(packet),
            _ => None,
        };
        match (probes, self.closed_in) {
            (Some(closed_in), _) => Some(ZeroWindow::Probe(closed_in)),
            (None, Some(_)) if payload_length == 0 => other.probe.map(ZeroWindow::ProbeAck),
            (None, Some(_)) => None,
            (None, None) => was_closed.map(ZeroWindow::Reopened),
        }
    }

    /// Returns the bytes in flight, including the segment that was just sent.
    fn in_flight(
        &mut self,
        other: &SideState,
        flags: TcpFlags,
        payload_length: u32,
        found: &mut TcpAnalysis,
    ) {
        if payload_length == 0 || self.flight_unknown {
            return;
        }
        let Some(span) = self.unacknowledged.span() else {
            return;
        };
        // SYN and FIN take a sequence number, and are not bytes.
        let control = i64::from(flags.any(TcpFlags::SYN | TcpFlags::FIN));
        let bytes = i64::from(span) - control - i64::from(other.sack_bytes);
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
mod tests;
