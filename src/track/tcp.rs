//! The state of one TCP connection: its handshake, the options agreed, how it ended. RFC 9293, section 3.3.2.

use super::{Frame, Side, seq::before};
use dissectors::{PerSide, Segment, SegmentOptions, TcpFlags, WindowScale};

/// The options of a SYN.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Offered {
    /// Maximum segment size, RFC 9293, section 3.7.1.
    pub mss: Option<u16>,
    /// Window scale shift, RFC 7323, section 2.
    pub window_scale: Option<u8>,
    /// A Fast Open option (RFC 7413): whether it carries a cookie.
    pub fast_open: Option<bool>,
    /// SACK permitted, RFC 2018.
    pub sack_permitted: bool,
    /// Timestamps, RFC 7323, section 3.
    pub timestamps: bool,
    /// Multipath TCP, RFC 8684.
    pub mptcp: bool,
}

impl From<SegmentOptions> for Offered {
    fn from(options: SegmentOptions) -> Self {
        let SegmentOptions {
            mss,
            window_scale,
            fast_open,
            sack_permitted,
            mptcp,
            ..
        } = options;
        let timestamps = options.timestamps.is_some();
        Offered {
            mss,
            window_scale,
            fast_open,
            sack_permitted,
            timestamps,
            mptcp,
        }
    }
}

/// One side of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct TcpSide {
    /// The number that its sequence numbers are relative to: its ISN, or one before the first number seen.
    pub base_seq: Option<u32>,
    /// One past the highest sequence number it has sent.
    pub next_seq: u32,
    /// Its initial sequence number, where its SYN was captured.
    pub isn: Option<u32>,
    /// The options of its SYN.
    pub offered: Offered,
    /// Its SYN had ECE and CWR set as ECN requires (RFC 3168, section 6.1.1); the answer only ECE.
    pub ecn: bool,
    /// The first packet in which it sent FIN.
    pub fin: Option<u32>,
    /// Where it ends in sequence space: one past its FIN, or at its RST.
    ends: u32,
    /// The packet in which the other side acknowledged its FIN.
    pub fin_acked: Option<u32>,
    /// Payload it sent after the other side's FIN: the other side had only half closed.
    pub after_peer_fin: u64,
    /// How many SYNs it sent.
    pub syns: u16,
    /// The sequence number of its first segment.
    first_seq: u32,
    /// The number that its last segment acknowledges (RCV.NXT), and the window that it allows from there, not scaled.
    acks: u32,
    window: u16,
    /// Whether `first_seq` and `acks` are set, and what the first segment is: [`SENT`], [`ACKED`], [`PROBED`].
    known: u8,
}

/// A segment of this side was seen, other than a RST.
const SENT: u8 = 1;

/// This side has acknowledged something.
const ACKED: u8 = 2;

/// The first segment of this side that was seen keeps the connection alive: it has one byte, which was sent before, or
/// any (RFC 9293, section 3.8.4).
const PROBED: u8 = 4;

/// Where the stream of one side begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The sequence number of its first byte.
    pub seq: u32,
    /// Whether the handshake shows that nothing was sent before it, rather than only the first captured segment.
    pub exact: bool,
}

/// The packets of the three-way handshake and their times.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Handshake {
    /// The last SYN before the SYN-ACK: the one that it answers.
    pub syn: Option<u32>,
    /// The first SYN-ACK.
    pub syn_ack: Option<u32>,
    /// The ACK that completes it.
    pub ack: Option<u32>,
    /// When the SYN came, nanoseconds since the epoch.
    pub syn_ns: i64,
    /// When the SYN-ACK came.
    pub syn_ack_ns: i64,
    /// When the ACK came, also where the SYN-ACK was not captured; until then, when the first segment with ACK and
    /// without SYN came, whatever it acknowledges; 0 before.
    pub ack_ns: i64,
    /// The number that the SYN-ACK acknowledges.
    pub syn_ack_ack: u32,
    /// The number that the ACK acknowledges.
    pub ack_ack: u32,
    /// The sequence number of the last ACK.
    pub ack_seq: u32,
    /// Data in the SYN, bytes (RFC 7413).
    pub syn_data: u32,
    /// Both sides sent a SYN before they had seen the other's: RFC 9293, figure 7.
    pub simultaneous: bool,
    /// `ack_ns` is the time of any ACK.
    is_any_ack: bool,
    /// The capture gives one of its packets no time, so that nothing is known of how long it took.
    pub(super) is_timeless: bool,
}

impl Handshake {
    /// Whether all three packets were captured and their numbers match.
    pub fn complete(&self) -> bool {
        self.syn.is_some() && self.syn_ack.is_some() && self.ack.is_some()
    }

    /// Whether the SYN-ACK acknowledges the client's ISN + 1 (RFC 9293, section 3.5), or the end of the data that the
    /// SYN carried.
    pub fn syn_ack_checked(&self, client_isn: Option<u32>) -> Option<bool> {
        let after = self.syn_ack_ack.wrapping_sub(client_isn?.wrapping_add(1));
        self.syn_ack.map(|_| after <= self.syn_data)
    }

    /// Whether the SYN-ACK acknowledges nothing of the data that the SYN carried: RFC 7413, section 4.2.2.
    pub fn declines_syn_data(&self, client_isn: Option<u32>) -> bool {
        let expected = client_isn.map(|isn| isn.wrapping_add(1));
        self.syn_data > 0 && self.syn_ack.is_some() && expected == Some(self.syn_ack_ack)
    }

    /// Whether the ACK acknowledges the server's ISN + 1.
    pub fn ack_checked(&self, server_isn: Option<u32>) -> Option<bool> {
        let expected = server_isn?.wrapping_add(1);
        self.ack.map(|_| self.ack_ack == expected)
    }

    /// Records a segment with ACK and without SYN, whatever it acknowledges.
    fn any_ack(&mut self, frame: Frame) {
        if self.ack_ns == 0 {
            (self.ack_ns, self.is_any_ack) = (frame.time_ns, true);
        }
    }

    /// Returns the time from the SYN to the SYN-ACK: the round trip to the server, nanoseconds.
    pub fn syn_to_syn_ack_ns(&self) -> Option<i64> {
        let is_timed = self.syn.is_some() && self.syn_ack.is_some() && !self.is_timeless;
        is_timed.then(|| self.syn_ack_ns - self.syn_ns)
    }

    /// Returns the time from the SYN-ACK to the ACK: the round trip to the client, nanoseconds.
    pub fn syn_ack_to_ack_ns(&self) -> Option<i64> {
        let is_timed = self.syn_ack.is_some() && self.ack.is_some() && !self.is_timeless;
        is_timed.then(|| self.ack_ns - self.syn_ack_ns)
    }

    /// Returns the whole round trip, nanoseconds. The SYN-ACK may not have been captured.
    pub fn rtt_ns(&self) -> Option<i64> {
        let is_timed = match self.syn_ack {
            Some(_) => self.ack.is_some(),
            None => self.ack.is_none() && self.ack_ns != 0 && !self.is_any_ack,
        };
        let is_timed = is_timed && !self.is_timeless;
        (self.syn.is_some() && is_timed).then(|| self.ack_ns - self.syn_ns)
    }

    /// Returns Wireshark's `tcp.analysis.initial_rtt`, nanoseconds: [`Handshake::rtt_ns`], else the time until any segment
    /// with ACK came, such as a refusal. Wireshark has none of 0.
    pub fn initial_rtt_ns(&self) -> Option<i64> {
        let until_any = || self.ack_ns.saturating_sub(self.syn_ns);
        self.rtt_ns()
            .or_else(|| (self.syn.is_some() && self.ack_ns != 0).then(until_any))
            .filter(|rtt| *rtt != 0 && !self.is_timeless)
    }
}

/// The state of one TCP connection.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Tcp {
    /// The client's and the server's side.
    pub sides: PerSide<TcpSide>,
    /// Wireshark's completeness: 1 SYN, 2 SYN-ACK, 4 ACK, 8 data, 16 FIN, 32 RST.
    pub completeness: u8,
    /// A SYN came with another initial sequence number before the connection was established.
    pub syn_changed: bool,
    /// Accurate ECN counters were seen, so that three of the flags are one counter.
    pub accurate_ecn: bool,
    /// A SYN-ACK acknowledged another number than the client's ISN + 1: the packet, and the number.
    pub wrong_syn_ack: Option<(u32, u32)>,
    /// The side that sent the RST that ended it, and the packet.
    pub reset: Option<(Side, u32)>,
    /// When the first side sent FIN, nanoseconds since the epoch, and how much later the other one did, once it has.
    fin_ns: i64,
    /// The three-way handshake.
    pub handshake: Handshake,
}

/// Bits of [`Tcp::completeness`].
const FIN_SEEN: u8 = 16;
const RST_SEEN: u8 = 32;

/// The maximum window scale: RFC 7323, section 2.3.
const MAX_WINDOW_SCALE: u8 = 14;

impl TcpSide {
    /// Records its first segment other than a RST.
    #[cold]
    fn begin(&mut self, segment: &Segment, payload: u32) {
        self.base(segment);
        self.first_seq = segment.seq.wrapping_add(u32::from(segment.flags.syn()));
        self.known |= SENT;
        if payload == 1 && !segment.flags.any(TcpFlags::SYN | TcpFlags::PSH) {
            self.known |= PROBED;
        }
    }

    /// Records its first segment, if nothing is known of it by now.
    fn base(&mut self, segment: &Segment) {
        if self.base_seq.is_none() {
            let before = u32::from(!segment.flags.syn());
            self.base_seq = Some(segment.seq.wrapping_sub(before));
            self.next_seq = segment.seq;
        }
    }

    /// Records that the other side acknowledges everything before this number. In a SYN the number may be arbitrary.
    #[inline]
    fn acknowledged(&mut self, frame: Frame, ack: u32) {
        if self.base_seq.is_none() {
            self.base_seq = Some(ack.wrapping_sub(1));
            self.next_seq = ack;
        }
        // RFC 9293, section 3.6: a FIN is answered by acknowledging one past it.
        if self.fin.is_some() && self.fin_acked.is_none() && !before(ack, self.ends) {
            self.fin_acked = Some(frame.number);
        }
    }
}

impl Tcp {
    /// Returns one side.
    pub fn side(&self, direction: Side) -> &TcpSide {
        &self.sides[direction]
    }

    /// Whether this side has acknowledged something, which it must have received.
    pub fn has_acknowledged(&self, direction: Side) -> bool {
        self.side(direction).known & ACKED != 0
    }

    /// Whether this segment is the first to acknowledge something that the other side was not seen to send.
    #[inline]
    pub(super) fn acknowledges_unseen(&self, direction: Side, segment: &Segment) -> bool {
        let (from, peer) = (self.side(direction), self.side(direction.other()));
        let is_new = || from.known & ACKED == 0 || before(from.acks, segment.ack);
        segment.flags.ack()
            && !segment.flags.rst()
            && peer.base_seq.is_some()
            && before(peer.next_seq, segment.ack)
            && is_new()
    }

    /// Whether this SYN opens another connection between the same ports: it has another initial sequence number.
    pub(super) fn is_reused_by(&self, direction: Side, syn: &Segment) -> bool {
        let base = self.side(direction).base_seq;
        base.is_some_and(|base| base != syn.seq)
    }

    /// Whether a segment without SYN, FIN and RST brings nothing that its sender has not sent before.
    #[inline]
    pub(super) fn may_be_old(&self, direction: Side, segment: &Segment, payload: u32) -> bool {
        let side = self.side(direction);
        let has_data = payload > 0 && !before(side.next_seq, segment.seq.wrapping_add(payload));
        let same = segment.ack == side.acks && segment.window == side.window;
        has_data || payload == 0 && same
    }

    /// Adds the next segment. `lacks_some` means that the capture lacks data that its sender has sent before.
    #[inline]
    pub(super) fn add(
        &mut self,
        frame: Frame,
        direction: Side,
        segment: &Segment,
        payload: u32,
        lacks_some: bool,
    ) {
        // If the packet ends inside the header, the rest of it is not reliable.
        if segment.short {
            return;
        }
        self.accurate_ecn |= segment.options.accurate_ecn;
        let flags = segment.flags;
        if payload > 0 {
            self.completeness |= 8;
        } else if flags.0 & (TcpFlags::SYN | TcpFlags::ACK) == TcpFlags::ACK {
            self.completeness |= 4;
        }
        if flags.any(TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST) {
            if self.is_acceptable(direction, segment, payload, lacks_some) {
                self.control(frame, direction, segment, payload);
            }
            return;
        }
        self.count(frame, direction, segment, payload, 0);
        if self.is_answered() {
            self.third(frame, direction, segment);
        }
    }

    /// Applies the changes of every segment other than a RST; `control` is the number of bytes that SYN and FIN count.
    #[inline]
    fn count(
        &mut self,
        frame: Frame,
        direction: Side,
        segment: &Segment,
        payload: u32,
        control: u32,
    ) {
        if self.completeness & RST_SEEN != 0 {
            self.after_reset(direction, segment, payload + control);
        }
        let (from, to) = self.sides.own_and_other(direction);
        if from.known & SENT == 0 {
            from.begin(segment, payload);
        }
        if segment.flags.ack() {
            to.acknowledged(frame, segment.ack);
            from.acks = segment.ack;
            from.window = segment.window;
            from.known |= ACKED;
        }
        let end = segment.seq.wrapping_add(payload).wrapping_add(control);
        if before(from.next_seq, end) {
            from.next_seq = end;
        }
        if to.fin.is_some() {
            from.after_peer_fin += u64::from(payload);
        }
    }

    /// Whether a SYN or SYN-ACK was seen, and the ACK that completes the handshake is still to come.
    #[inline]
    fn is_answered(&self) -> bool {
        self.completeness & 3 != 0 && self.handshake.ack.is_none()
    }

    /// Whether a FIN or RST counts: RFC 9293, section 3.10.7.4. The state of both sides comes from the capture, which
    /// may lack segments: where it seems to, the segment is accepted.
    #[cold]
    fn is_acceptable(
        &mut self,
        direction: Side,
        segment: &Segment,
        payload: u32,
        lacks_some: bool,
    ) -> bool {
        let flags = segment.flags;
        if flags.syn() {
            return true;
        }
        let acceptable = match flags.rst() {
            true => self.is_reset_by(direction, segment, lacks_some),
            false => self.is_closed_by(direction, segment, payload, lacks_some),
        };
        if !acceptable {
            self.completeness |= if flags.fin() { FIN_SEEN } else { 0 };
            self.completeness |= if flags.rst() { RST_SEEN } else { 0 };
        }
        acceptable
    }

    /// Whether a RST ends the connection.
    fn is_reset_by(&self, direction: Side, segment: &Segment, lacks_some: bool) -> bool {
        let client = self.side(Side::Client);
        if let Some(isn) = client.isn.filter(|_| self.is_syn_sent()) {
            let open = 1 + self.handshake.syn_data;
            return match direction {
                // The client gives up. It also answers old segments with a RST and continues to wait: RFC 9293, section
                // 3.5.1.
                Side::Client => segment.seq.wrapping_sub(isn) <= open,
                Side::Server => {
                    let acked = segment.ack.wrapping_sub(isn);
                    segment.flags.ack() && (1..=open).contains(&acked)
                }
            };
        }
        let seq = segment.seq;
        seq == self.side(direction).next_seq || self.is_in_window(direction, seq, lacks_some)
    }

    /// Whether a FIN closes its sender's half.
    fn is_closed_by(
        &self,
        direction: Side,
        segment: &Segment,
        payload: u32,
        lacks_some: bool,
    ) -> bool {
        let from = self.side(direction);
        let fin = segment.seq.wrapping_add(payload);
        let end = fin.wrapping_add(1);
        let peer = self.side(direction.other());
        if from.fin.is_some() || from.base_seq.is_none() || fin == from.next_seq {
            return true;
        }
        // A FIN at the number that its receiver expects counts, whatever else was sent.
        peer.known & ACKED != 0 && fin == peer.acks
            || !before(end, from.next_seq) && self.is_in_window(direction, fin, lacks_some)
    }

    /// Whether a sequence number is in the window of the other side, as far as that is known.
    fn is_in_window(&self, direction: Side, seq: u32, lacks_some: bool) -> bool {
        let (from, peer) = (self.side(direction), self.side(direction.other()));
        if peer.known & ACKED == 0 {
            return true;
        }
        let shift = match self.window_scale(direction.other()) {
            WindowScale::Shift(shift) => shift.min(MAX_WINDOW_SCALE),
            WindowScale::Off => 0,
            WindowScale::Unknown => MAX_WINDOW_SCALE,
        };
        let window = u32::from(peer.window) << shift;
        let lacks_last = before(from.next_seq, peer.acks);
        seq.wrapping_sub(peer.acks) <= window || lacks_last || lacks_some && !before(seq, peer.acks)
    }

    /// Whether the client waits for an answer to its SYN, as far as the capture shows.
    pub(super) fn is_syn_sent(&self) -> bool {
        let PerSide { client, server } = &self.sides;
        let open = 1 + self.handshake.syn_data;
        let is_open = |isn: u32| {
            let answered = server.known & ACKED != 0 && server.acks.wrapping_sub(isn) <= open;
            client.next_seq.wrapping_sub(isn) <= open && !answered
        };
        self.completeness & 2 == 0
            && !self.handshake.simultaneous
            && client.known & ACKED == 0
            && client.isn.is_some_and(is_open)
    }

    /// Handles a segment after a RST. A side that has sent a RST and sends new data has not ended the connection: the
    /// RST was forged, or belongs to another connection.
    #[cold]
    fn after_reset(&mut self, direction: Side, segment: &Segment, length: u32) {
        if self.reset.is_none_or(|(by, _)| by != direction) {
            return;
        }
        let (flags, from) = (segment.flags, self.side(direction));
        let sends = before(from.ends, segment.seq.wrapping_add(length));
        let acks = flags.ack() && from.known & ACKED != 0 && before(from.acks, segment.ack);
        if flags.syn() || sends || acks {
            self.reset = None;
        }
    }

    /// Handles the ACK that completes the handshake, possibly with data.
    #[cold]
    fn third(&mut self, frame: Frame, direction: Side, segment: &Segment) {
        if !segment.flags.ack() {
            return;
        }
        if !segment.flags.syn() {
            self.handshake.any_ack(frame);
        }
        if self.completeness & 2 == 0 {
            self.answers_lost_syn_ack(frame, direction, segment);
            return;
        }
        let other = self.side(direction.other());
        let fits = other
            .isn
            .is_none_or(|isn| segment.ack != isn && !before(segment.ack, isn));
        if direction == Side::Client && fits {
            self.handshake.ack = Some(frame.number);
            (self.handshake.ack_ns, self.handshake.is_any_ack) = (frame.time_ns, false);
            self.handshake.ack_ack = segment.ack;
            self.handshake.ack_seq = segment.seq;
        }
    }

    /// Handles an ACK of the client, which may show that it received a SYN-ACK that was not captured.
    fn answers_lost_syn_ack(&mut self, frame: Frame, direction: Side, segment: &Segment) {
        let isn = self.side(Side::Client).isn;
        let is_first = isn.is_some_and(|isn| segment.seq == isn.wrapping_add(1));
        let is_unanswered = self.side(Side::Server).isn.is_none();
        let is_awaited = self.handshake.ack_ns == 0 || self.handshake.is_any_ack;
        if direction == Side::Client && is_first && is_unanswered && is_awaited {
            (self.handshake.ack_ns, self.handshake.is_any_ack) = (frame.time_ns, false);
        }
    }

    #[cold]
    fn control(&mut self, frame: Frame, direction: Side, segment: &Segment, payload: u32) {
        let flags = segment.flags;
        if flags.rst() {
            self.rst(frame, direction, segment);
        } else {
            let control = u32::from(flags.syn()) + u32::from(flags.fin());
            self.count(frame, direction, segment, payload, control);
        }
        if flags.syn() {
            self.syn(frame, direction, segment, payload);
        }
        if flags.fin() {
            self.fin(frame, direction, segment, payload);
        }
        if flags.fin() && !flags.rst() && self.is_answered() {
            self.third(frame, direction, segment);
        }
    }

    fn rst(&mut self, frame: Frame, direction: Side, segment: &Segment) {
        let (from, to) = self.sides.own_and_other(direction);
        from.base(segment);
        if segment.flags.ack() {
            to.acknowledged(frame, segment.ack);
            self.handshake.any_ack(frame);
        }
        self.completeness |= RST_SEEN;
        // The receiver asks back after a RST that is not exactly where it should be: RFC 5961, section 3.2.
        let is_exact = segment.seq == from.next_seq;
        let was_questioned = self.reset.is_some_and(|(by, _)| by == direction)
            && from.fin.is_none()
            && from.ends != from.next_seq;
        if self.reset.is_none() || was_questioned && is_exact {
            self.reset = Some((direction, frame.number));
            if from.fin.is_none() {
                from.ends = segment.seq;
            }
        }
    }

    fn fin(&mut self, frame: Frame, direction: Side, segment: &Segment, payload: u32) {
        self.completeness |= FIN_SEEN;
        let other_fin = self.side(direction.other()).fin;
        let from = &mut self.sides[direction];
        if from.fin.is_none() {
            let control = 1 + u32::from(segment.flags.syn());
            from.fin = Some(frame.number);
            from.ends = segment.seq.wrapping_add(payload).wrapping_add(control);
            self.fin_ns = match other_fin {
                None => frame.time_ns,
                Some(_) => frame.time_ns.saturating_sub(self.fin_ns),
            };
        }
    }

    /// Returns the time from the first to the second FIN, nanoseconds.
    pub(super) fn between_fins_ns(&self) -> Option<i64> {
        let both = self.sides.iter().all(|side| side.fin.is_some());
        both.then_some(self.fin_ns)
    }

    /// Whether the server had said something before its SYN-ACK, as it does that still holds an older connection: RFC
    /// 9293, section 3.5.1.
    pub fn held_older(&self) -> bool {
        let server = self.side(Side::Server);
        let begins = server.isn.map(|isn| isn.wrapping_add(1));
        self.handshake.syn_ack.is_some() && begins.is_some_and(|begins| begins != server.first_seq)
    }

    /// Returns the sequence number of a side's FIN.
    pub(super) fn fin_seq(&self, direction: Side) -> Option<u32> {
        let side = self.side(direction);
        side.fin.map(|_| side.ends.wrapping_sub(1))
    }

    /// Returns where the stream of one side begins, as far as the capture shows it.
    pub fn start(&self, direction: Side) -> Option<Start> {
        let side = self.side(direction);
        let exact = |seq: u32| Start {
            seq: seq.wrapping_add(1),
            exact: true,
        };
        let handshake = self.completeness & 3 != 0;
        let known = side.isn.or(side.base_seq.filter(|_| handshake)).map(exact);
        known.or((side.known & SENT != 0).then_some(Start {
            seq: side.first_seq,
            exact: false,
        }))
    }

    /// Returns where the messages of one side begin: its stream, without a byte that only kept the connection alive.
    pub fn messages_start(&self, direction: Side) -> Option<Start> {
        let mut start = self.start(direction)?;
        if !start.exact && self.side(direction).known & PROBED != 0 {
            start.seq = start.seq.wrapping_add(1);
        }
        Some(start)
    }

    /// Returns the flags of an added segment that count: a FIN at the side's end, and the RST that ended the
    /// connection.
    pub fn counted_flags(
        &self,
        packet: u32,
        direction: Side,
        segment: &Segment,
        payload: u32,
    ) -> TcpFlags {
        let side = self.side(direction);
        let mut flags = segment.flags;
        let control = 1 + u32::from(flags.syn());
        let end = segment.seq.wrapping_add(payload).wrapping_add(control);
        if side.fin.is_none() || end != side.ends {
            flags.0 &= !TcpFlags::FIN;
        }
        if self.reset != Some((direction, packet)) {
            flags.0 &= !TcpFlags::RST;
        }
        flags
    }

    fn syn(&mut self, frame: Frame, direction: Side, segment: &Segment, payload: u32) {
        let flags = segment.flags;
        let other_isn = self.side(direction.other()).isn;
        let from = &mut self.sides[direction];
        from.syns = from.syns.saturating_add(1);
        if from.isn.is_some_and(|isn| isn != segment.seq) {
            self.syn_changed = true;
        }
        // An old SYN-ACK may have come before the one that answers this SYN: RFC 9293, section 3.5.
        let instead = flags.ack()
            && self.wrong_syn_ack.is_some()
            && self.handshake.syn_ack.is_none()
            && direction == Side::Server
            && other_isn.is_some_and(|isn| segment.ack == isn.wrapping_add(1));
        if from.isn.is_none() || instead {
            from.isn = Some(segment.seq);
            // Everything before belonged to an earlier connection: RFC 9293, section 3.5.1.
            if from.base_seq.replace(segment.seq) != from.isn {
                from.next_seq = segment.seq.wrapping_add(1).wrapping_add(payload);
            }
            from.offered = segment.options.into();
            let ecn = TcpFlags::ECE | TcpFlags::CWR;
            from.ecn = match flags.ack() {
                false => flags.0 & ecn == ecn,
                true => flags.0 & ecn == TcpFlags::ECE,
            };
        }
        let handshake = &mut self.handshake;
        if !flags.ack() {
            self.completeness |= 1;
            match direction {
                Side::Client => {
                    if handshake.syn_ack.is_none() {
                        handshake.syn = Some(frame.number);
                        handshake.syn_ns = frame.time_ns;
                        handshake.syn_data = payload;
                    }
                }
                Side::Server => handshake.simultaneous = true,
            }
            return;
        }
        self.completeness |= 2;
        match direction {
            Side::Server => {
                let wrong = other_isn.is_some_and(|isn| {
                    // With data in the SYN any number up to its end may be acknowledged: RFC 7413, section 4.2.1.
                    segment.ack.wrapping_sub(isn.wrapping_add(1)) > handshake.syn_data
                });
                if wrong {
                    self.wrong_syn_ack
                        .get_or_insert((frame.number, segment.ack));
                } else if handshake.syn_ack.is_none() {
                    handshake.syn_ack = Some(frame.number);
                    handshake.syn_ack_ns = frame.time_ns;
                    handshake.syn_ack_ack = segment.ack;
                }
            }
            // In a simultaneous open each side answers the other's SYN; the client's answer ends it.
            Side::Client => {
                if handshake.simultaneous && handshake.ack.is_none() {
                    handshake.ack = Some(frame.number);
                    (handshake.ack_ns, handshake.is_any_ack) = (frame.time_ns, false);
                    handshake.ack_ack = segment.ack;
                    handshake.ack_seq = segment.seq;
                }
            }
        }
    }

    /// Returns the window scale of this sender: used only when both SYNs offered it (RFC 7323, section 2.2).
    pub fn window_scale(&self, direction: Side) -> WindowScale {
        let own = self.side(direction).offered.window_scale;
        let other = self.side(direction.other()).offered.window_scale;
        let (syn_seen, syn_ack_seen) = (self.completeness & 1 != 0, self.completeness & 2 != 0);
        match (own, other) {
            (Some(shift), Some(_)) => WindowScale::Shift(shift),
            (Some(shift), None) if !syn_ack_seen => WindowScale::Shift(shift),
            // RFC 7323, section 2.2: only the answer to a SYN with this option has it.
            (Some(shift), None) if !syn_seen => WindowScale::Shift(shift),
            (None, Some(_)) if !syn_seen => WindowScale::Unknown,
            _ if syn_ack_seen => WindowScale::Off,
            _ => WindowScale::Unknown,
        }
    }

    /// Whether both SYNs offered selective acknowledgment, RFC 2018.
    pub fn sack(&self) -> bool {
        self.sides.iter().all(|side| side.offered.sack_permitted)
    }

    /// Whether both SYNs offered timestamps, RFC 7323.
    pub fn timestamps(&self) -> bool {
        self.sides.iter().all(|side| side.offered.timestamps)
    }

    /// Whether both SYNs agreed to use ECN, RFC 3168.
    pub fn ecn(&self) -> bool {
        self.sides.iter().all(|side| side.ecn)
    }

    /// Whether both SYNs were captured, so that the agreed options are known.
    pub fn both_syns_seen(&self) -> bool {
        self.sides.iter().all(|side| side.isn.is_some())
    }
}
