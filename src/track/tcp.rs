//! What one TCP connection did: its handshake, what was agreed, how it ended. RFC 9293, section 3.3.2.

use super::{Direction, Frame};
use dissectors::{Segment, SegmentOptions, TcpFlags, WindowScale};

/// What a SYN offers.
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
    /// What its sequence numbers are counted from: its ISN, or one before the first number seen.
    pub base_seq: Option<u32>,
    /// One past the highest sequence number it has sent.
    pub next_seq: u32,
    /// Its initial sequence number, where its SYN was captured.
    pub isn: Option<u32>,
    /// What its SYN offered.
    pub offered: Offered,
    /// Its SYN had ECE and CWR set as ECN asks for (RFC 3168, section 6.1.1); the answer only ECE.
    pub ecn: bool,
    /// The first packet in which it sent FIN.
    pub fin: Option<u32>,
    /// When, nanoseconds since the epoch.
    pub fin_ns: i64,
    /// One past the FIN's sequence number: what acknowledges it.
    fin_next: u32,
    /// The packet in which the other side acknowledged its FIN.
    pub fin_acked: Option<u32>,
    /// Payload it sent after the other side's FIN: the other side had only half closed.
    pub after_peer_fin: u64,
    /// How many SYNs it sent.
    pub syns: u16,
}

/// The packets of the three-way handshake and when they came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Handshake {
    /// The last SYN before the SYN-ACK: the one that it answers.
    pub syn: Option<u32>,
    /// The first SYN-ACK.
    pub syn_ack: Option<u32>,
    /// The ACK that ends it.
    pub ack: Option<u32>,
    /// When the SYN came, nanoseconds since the epoch.
    pub syn_ns: i64,
    /// When the SYN-ACK came.
    pub syn_ack_ns: i64,
    /// When the ACK came.
    pub ack_ns: i64,
    /// What the SYN-ACK acknowledges.
    pub syn_ack_ack: u32,
    /// What the ACK acknowledges.
    pub ack_ack: u32,
    /// What the last ACK's sequence number is.
    pub ack_seq: u32,
    /// Data in the SYN, bytes (RFC 7413).
    pub syn_data: u32,
    /// Both sides sent a SYN before they had seen the other's: RFC 9293, figure 7.
    pub simultaneous: bool,
}

impl Handshake {
    /// All three packets were captured and their numbers fit.
    pub fn complete(&self) -> bool {
        self.syn.is_some() && self.syn_ack.is_some() && self.ack.is_some()
    }

    /// Whether the SYN-ACK acknowledges the client's ISN + 1 (RFC 9293, section 3.5), or the end of the data that the
    /// SYN carried.
    pub fn syn_ack_checked(&self, client_isn: Option<u32>) -> Option<bool> {
        let after = self.syn_ack_ack.wrapping_sub(client_isn?.wrapping_add(1));
        self.syn_ack.map(|_| after <= self.syn_data)
    }

    /// Whether the ACK acknowledges the server's ISN + 1.
    pub fn ack_checked(&self, server_isn: Option<u32>) -> Option<bool> {
        let expected = server_isn?.wrapping_add(1);
        self.ack.map(|_| self.ack_ack == expected)
    }

    /// From the SYN to the SYN-ACK: the way to the server and back, nanoseconds.
    pub fn syn_to_syn_ack_ns(&self) -> Option<i64> {
        (self.syn.is_some() && self.syn_ack.is_some()).then(|| self.syn_ack_ns - self.syn_ns)
    }

    /// From the SYN-ACK to the ACK: the way to the client and back, nanoseconds.
    pub fn syn_ack_to_ack_ns(&self) -> Option<i64> {
        (self.syn_ack.is_some() && self.ack.is_some()).then(|| self.ack_ns - self.syn_ack_ns)
    }

    /// The whole round trip, as Wireshark's `tcp.analysis.initial_rtt`, nanoseconds.
    pub fn rtt_ns(&self) -> Option<i64> {
        Some(self.syn_to_syn_ack_ns()? + self.syn_ack_to_ack_ns()?)
    }
}

/// What one TCP connection did.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Tcp {
    /// The client's and the server's side.
    pub sides: [TcpSide; 2],
    /// Wireshark's completeness: 1 SYN, 2 SYN-ACK, 4 ACK, 8 data, 16 FIN, 32 RST.
    pub completeness: u8,
    /// A SYN came with another initial sequence number before the connection was established.
    pub syn_changed: bool,
    /// Accurate ECN counters were seen, so that three of the flags are one counter.
    pub accurate_ecn: bool,
    /// A SYN-ACK acknowledged something else than the client's ISN + 1: the packet, and what it acknowledged.
    pub wrong_syn_ack: Option<(u32, u32)>,
    /// Who sent the first RST, and in which packet.
    pub reset: Option<(Direction, u32)>,
    /// The three-way handshake.
    pub handshake: Handshake,
}

/// Whether `a` comes before `b` in sequence space, RFC 9293, section 3.4.
#[inline]
pub fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

impl Tcp {
    /// One side.
    pub fn side(&self, direction: Direction) -> &TcpSide {
        &self.sides[direction as usize]
    }

    /// Whether this SYN opens another connection between the same ports: it has another initial sequence number.
    #[inline]
    pub(super) fn is_reused_by(&self, direction: Direction, segment: &Segment) -> bool {
        segment.flags.0 & (TcpFlags::SYN | TcpFlags::ACK) == TcpFlags::SYN
            && self
                .side(direction)
                .base_seq
                .is_some_and(|base| base != segment.seq)
    }

    #[inline]
    pub(super) fn add(
        &mut self,
        frame: Frame,
        direction: Direction,
        segment: &Segment,
        payload: u32,
    ) {
        // Where the packet ends inside the header nothing else of it can be relied on.
        if segment.short {
            return;
        }
        self.accurate_ecn |= segment.options.accurate_ecn;
        let flags = segment.flags;
        let [client, server] = &mut self.sides;
        let (from, to) = match direction {
            Direction::FromClient => (client, server),
            Direction::FromServer => (server, client),
        };
        if from.base_seq.is_none() {
            let base = if flags.syn() {
                segment.seq
            } else {
                segment.seq.wrapping_sub(1)
            };
            from.base_seq = Some(base);
            from.next_seq = segment.seq;
        }
        // A SYN's acknowledgment number may hold anything.
        if flags.ack() && to.base_seq.is_none() {
            to.base_seq = Some(segment.ack.wrapping_sub(1));
            to.next_seq = segment.ack;
        }
        let length = payload + u32::from(flags.syn()) + u32::from(flags.fin());
        let end = segment.seq.wrapping_add(length);
        if before(from.next_seq, end) && !flags.rst() {
            from.next_seq = end;
        }
        if to.fin.is_some() && !flags.rst() {
            from.after_peer_fin += u64::from(payload);
        }
        // RFC 9293, section 3.6: a FIN is answered by acknowledging one past it.
        if flags.ack()
            && to.fin.is_some()
            && to.fin_acked.is_none()
            && !before(segment.ack, to.fin_next)
        {
            to.fin_acked = Some(frame.number);
        }
        if payload > 0 {
            self.completeness |= 8;
        } else if flags.0 & (TcpFlags::SYN | TcpFlags::ACK) == TcpFlags::ACK {
            self.completeness |= 4;
        }
        if flags.0 & (TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST) != 0 {
            self.control(frame, direction, segment, payload, end);
        } else if self.is_answered() {
            self.third(frame, direction, segment);
        }
    }

    /// The SYN-ACK was seen, and the ACK that ends the handshake is still to come.
    #[inline]
    fn is_answered(&self) -> bool {
        self.completeness & 2 != 0 && self.handshake.ack.is_none()
    }

    /// The ACK that ends the handshake, perhaps with data.
    #[cold]
    fn third(&mut self, frame: Frame, direction: Direction, segment: &Segment) {
        if !segment.flags.ack() {
            return;
        }
        let other = self.side(direction.reverse());
        let fits = other
            .isn
            .is_none_or(|isn| segment.ack != isn && !before(segment.ack, isn));
        if direction == Direction::FromClient && fits {
            self.handshake.ack = Some(frame.number);
            self.handshake.ack_ns = frame.time_ns;
            self.handshake.ack_ack = segment.ack;
            self.handshake.ack_seq = segment.seq;
        }
    }

    #[cold]
    fn control(
        &mut self,
        frame: Frame,
        direction: Direction,
        segment: &Segment,
        payload: u32,
        end: u32,
    ) {
        let flags = segment.flags;
        if flags.syn() {
            self.syn(frame, direction, segment, payload);
        }
        let from = &mut self.sides[direction as usize];
        if flags.fin() {
            self.completeness |= 16;
            if from.fin.is_none() {
                from.fin = Some(frame.number);
                from.fin_ns = frame.time_ns;
                from.fin_next = end;
            }
        }
        if flags.rst() {
            self.completeness |= 32;
            self.reset.get_or_insert((direction, frame.number));
        } else if flags.fin() && self.is_answered() {
            self.third(frame, direction, segment);
        }
    }

    fn syn(&mut self, frame: Frame, direction: Direction, segment: &Segment, payload: u32) {
        let flags = segment.flags;
        let other_isn = self.side(direction.reverse()).isn;
        let from = &mut self.sides[direction as usize];
        from.syns = from.syns.saturating_add(1);
        if from.isn.is_some_and(|isn| isn != segment.seq) {
            self.syn_changed = true;
        }
        let first = from.isn.is_none();
        from.isn.get_or_insert(segment.seq);
        if first {
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
                Direction::FromClient => {
                    if handshake.syn_ack.is_none() {
                        handshake.syn = Some(frame.number);
                        handshake.syn_ns = frame.time_ns;
                        handshake.syn_data = payload;
                    }
                }
                Direction::FromServer => handshake.simultaneous = true,
            }
            return;
        }
        self.completeness |= 2;
        match direction {
            Direction::FromServer => {
                let wrong = other_isn.is_some_and(|isn| {
                    // With data in the SYN anything up to its end may be acknowledged: RFC 7413, section 4.2.1.
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
            Direction::FromClient => {
                if handshake.simultaneous && handshake.ack.is_none() {
                    handshake.ack = Some(frame.number);
                    handshake.ack_ns = frame.time_ns;
                    handshake.ack_ack = segment.ack;
                    handshake.ack_seq = segment.seq;
                }
            }
        }
    }

    /// How windows of this sender are scaled: only when both SYNs offered it (RFC 7323, section 2.2).
    pub fn window_scale(&self, direction: Direction) -> WindowScale {
        let own = self.side(direction).offered.window_scale;
        let other = self.side(direction.reverse()).offered.window_scale;
        let syn_ack_seen = self.completeness & 2 != 0;
        match (own, other) {
            (Some(shift), Some(_)) => WindowScale::Shift(shift),
            (Some(shift), None) if !syn_ack_seen => WindowScale::Shift(shift),
            _ if syn_ack_seen => WindowScale::Off,
            _ => WindowScale::Unknown,
        }
    }

    /// Both SYNs offered selective acknowledgment, RFC 2018.
    pub fn sack(&self) -> bool {
        self.sides.iter().all(|side| side.offered.sack_permitted)
    }

    /// Both SYNs offered timestamps, RFC 7323.
    pub fn timestamps(&self) -> bool {
        self.sides.iter().all(|side| side.offered.timestamps)
    }

    /// Both SYNs agreed to use ECN, RFC 3168.
    pub fn ecn(&self) -> bool {
        self.sides.iter().all(|side| side.ecn)
    }

    /// Whether both SYNs were captured, so that what was agreed is known.
    pub fn both_syns_seen(&self) -> bool {
        self.sides.iter().all(|side| side.isn.is_some())
    }
}
