//! One packet of a conversation as its ladder needs it, and what it is: told from the segments before it.

use crate::track::{Conversation, Direction};
use dissectors::{Segment, TcpFlags};

/// What a packet is in the course of its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// No packet: the place where a handshake would stand had it been captured.
    NotCaptured,
    /// No packet: the place of those that were let go.
    LetGo,
    /// SYN.
    Syn,
    /// SYN and ACK.
    SynAck,
    /// The ACK that ends the handshake, perhaps with data.
    HandshakeAck,
    /// A segment with data.
    Data,
    /// A segment without.
    Ack,
    /// The receiver can take no more.
    ZeroWindow,
    /// Asks whether the window is still 0.
    Probe,
    /// The window is no longer 0.
    Opened,
    /// Asks whether the other side is still there.
    KeepAlive,
    /// Answers that.
    KeepAliveAnswer,
    /// FIN.
    Fin,
    /// Acknowledges a FIN.
    FinAck,
    /// RST.
    Rst,
    /// An ICMP error about the conversation.
    Icmp,
    /// A UDP datagram.
    Datagram,
    /// Its bytes could not be read again.
    Unread,
}

impl Kind {
    /// Whether a packet stands there.
    pub fn is_packet(self) -> bool {
        !matches!(self, Kind::NotCaptured | Kind::LetGo)
    }
}

/// One packet of a conversation: 24 bytes, since there may be millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number in the capture.
    pub packet: u32,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number.
    pub ack: u32,
    /// Length of the payload on the wire.
    pub payload: u32,
    /// Window, not scaled.
    pub window: u16,
    /// TCP's flags.
    pub flags: TcpFlags,
    /// What there is to remark on.
    pub marks: u16,
    /// What it is.
    pub kind: Kind,
    /// Who sent it.
    pub from: Direction,
}

impl Step {
    /// It was sent before.
    pub const AGAIN: u16 = 1;
    /// It comes after what was sent later.
    pub const LATE: u16 = 2;
    /// Bytes before it are missing.
    pub const GAP: u16 = 4;
    /// It acknowledges the other side's FIN.
    pub const ACKS_FIN: u16 = 8;
    /// A SYN-ACK that answers something else.
    pub const WRONG: u16 = 16;
    /// An ACK that says what the one before said while data is on the way.
    pub const DUPLICATE: u16 = 32;
    /// An ACK that only changes the window.
    pub const UPDATE: u16 = 64;
    /// It carries SACK blocks.
    pub const SACK: u16 = 128;
    /// It fills a gap: what stood there was lost on the way here.
    pub const FILLS: u16 = 256;

    /// A step that knows no more than its packet.
    pub fn bare(packet: u32, kind: Kind, from: Direction) -> Self {
        Step {
            packet,
            seq: 0,
            ack: 0,
            payload: 0,
            window: 0,
            flags: TcpFlags::default(),
            marks: 0,
            kind,
            from,
        }
    }

    /// Whether this remark was made.
    pub fn is(&self, mark: u16) -> bool {
        self.marks & mark != 0
    }

    /// One past its last byte in sequence space.
    pub fn end(&self) -> u32 {
        let control = u32::from(self.flags.syn()) + u32::from(self.flags.fin());
        self.seq.wrapping_add(self.payload).wrapping_add(control)
    }
}

/// Bytes that have not come though later ones have.
#[derive(Clone, Copy, Debug)]
struct Hole {
    start: u32,
    end: u32,
    since_ns: i64,
}

/// More holes than this in one direction are not told apart.
const MAX_HOLES: usize = 64;

/// What comes late by less than this was overtaken, not lost, where the round trip is shorter still: 3 ms, as in
/// Wireshark.
const OVERTAKEN_NS: i64 = 3_000_000;

/// What one side has sent by now.
#[derive(Debug, Default)]
struct Sent {
    next: Option<u32>,
    isn: Option<u32>,
    fin: Option<u32>,
    ack: Option<u32>,
    window: Option<u16>,
    rst: bool,
    last: Option<Kind>,
    holes: Vec<Hole>,
}

/// Follows the segments of a connection and says what each one is.
#[derive(Debug, Default)]
pub struct Follower {
    sent: [Sent; 2],
}

fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

impl Follower {
    /// The sequence number of this side's FIN.
    pub fn fin(&self, direction: Direction) -> Option<u32> {
        self.sent[direction as usize].fin
    }

    /// Says what a segment is. `conversation` knows at least as much as has been followed.
    pub fn segment(
        &mut self,
        conversation: &Conversation,
        packet: u32,
        time_ns: i64,
        from: Direction,
        segment: &Segment,
        payload: u32,
    ) -> Step {
        let tcp = &conversation.tcp;
        let flags = segment.flags;
        let [client, server] = &mut self.sent;
        let (own, peer) = match from {
            Direction::FromClient => (client, server),
            Direction::FromServer => (server, client),
        };
        let mut step = Step {
            packet,
            seq: segment.seq,
            ack: segment.ack,
            payload,
            window: segment.window,
            flags,
            marks: 0,
            kind: Kind::Ack,
            from,
        };
        if segment.options.sack_blocks {
            step.marks |= Step::SACK;
        }
        let acks_fin = tcp.side(from.reverse()).fin_acked == Some(packet);
        if acks_fin {
            step.marks |= Step::ACKS_FIN;
        }
        // Old data is repeated to provoke an answer: RFC 9293, sections 3.8.4 and 3.8.6.1.
        let one_before =
            payload <= 1 && own.fin.is_none() && own.next == Some(segment.seq.wrapping_add(1));
        step.kind = if flags.rst() {
            if own.rst {
                step.marks |= Step::AGAIN;
            }
            own.rst = true;
            Kind::Rst
        } else if flags.syn() {
            if own.isn == Some(segment.seq) {
                step.marks |= Step::AGAIN;
            }
            own.isn = Some(segment.seq);
            match flags.ack() {
                false => Kind::Syn,
                true => {
                    let wrong = tcp.wrong_syn_ack.is_some_and(|(wrong, _)| wrong == packet);
                    let other = peer.isn.map(|isn| isn.wrapping_add(1));
                    let off = other
                        .is_some_and(|one| segment.ack.wrapping_sub(one) > tcp.handshake.syn_data);
                    if wrong || off {
                        step.marks |= Step::WRONG;
                    }
                    Kind::SynAck
                }
            }
        } else if flags.fin() {
            let seq = segment.seq.wrapping_add(payload);
            if own.fin == Some(seq) {
                step.marks |= Step::AGAIN;
            }
            own.fin.get_or_insert(seq);
            Kind::Fin
        } else if tcp.handshake.ack == Some(packet) {
            Kind::HandshakeAck
        } else if one_before && flags.ack() {
            match peer.window {
                Some(0) => Kind::Probe,
                _ => Kind::KeepAlive,
            }
        } else if payload > 0 {
            match (peer.window, payload) {
                (Some(0), 1) => Kind::Probe,
                _ => Kind::Data,
            }
        } else if acks_fin {
            Kind::FinAck
        } else if segment.window == 0 {
            Kind::ZeroWindow
        } else if peer.last == Some(Kind::KeepAlive) && peer.next == Some(segment.ack) {
            Kind::KeepAliveAnswer
        } else if own.window == Some(0) {
            Kind::Opened
        } else {
            let same = own.ack == Some(segment.ack);
            let waiting = peer.next.is_some_and(|next| before(segment.ack, next));
            let other = own.window.is_some_and(|window| window != segment.window);
            if same && other && !step.is(Step::SACK) {
                step.marks |= Step::UPDATE;
            } else if same && waiting {
                step.marks |= Step::DUPLICATE;
            }
            Kind::Ack
        };
        if matches!(step.kind, Kind::Data | Kind::HandshakeAck | Kind::Fin) && payload > 0 {
            let rtt = tcp.handshake.rtt_ns().unwrap_or(0);
            step.marks |= own.order(&step, time_ns, rtt);
        }
        let end = step.end();
        if !flags.rst() && own.next.is_none_or(|next| before(next, end)) {
            own.next = Some(end);
        }
        if flags.ack() {
            own.ack = Some(segment.ack);
        }
        if !flags.rst() && !flags.syn() {
            own.window = Some(segment.window);
        }
        own.last = Some(step.kind);
        peer.last = match step.kind {
            Kind::KeepAliveAnswer => None,
            _ => peer.last,
        };
        step
    }
}

impl Sent {
    /// Whether data stands where it is expected.
    fn order(&mut self, step: &Step, time_ns: i64, rtt_ns: i64) -> u16 {
        let Some(next) = self.next else { return 0 };
        let (start, end) = (step.seq, step.seq.wrapping_add(step.payload));
        if start == next {
            return 0;
        }
        if before(next, start) {
            if self.holes.len() < MAX_HOLES {
                self.holes.push(Hole {
                    start: next,
                    end: start,
                    since_ns: time_ns,
                });
            }
            return Step::GAP;
        }
        let inside = |hole: &Hole| before(start, hole.end) && before(hole.start, end);
        let Some(at) = self.holes.iter().position(inside) else {
            return Step::AGAIN;
        };
        let hole = self.holes.swap_remove(at);
        let parts = [(hole.start, start), (end, hole.end)];
        for (start, end) in parts {
            if before(start, end) && self.holes.len() < MAX_HOLES {
                self.holes.push(Hole { start, end, ..hole });
            }
        }
        // Who sends again has waited for a round trip at least.
        let overtaken = OVERTAKEN_NS.max(rtt_ns - rtt_ns / 8);
        match time_ns.saturating_sub(hole.since_ns) < overtaken {
            true => Step::LATE,
            false => Step::AGAIN | Step::FILLS,
        }
    }
}
