//! One packet of a conversation in its ladder, and its kind, which follows from its TCP analysis.

use crate::{
    track::{Conversation, Side},
    transcript::{Entry, EntryKind},
};
use dissectors::{AnalysisFlags, TcpAnalysis, TcpFlags, ZeroWindow};

/// The role of a packet in its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum StepKind {
    /// No packet: it represents the handshake, which was not captured.
    NotCaptured,
    /// No packet: it represents those that were evicted.
    Evicted,
    /// SYN.
    Syn,
    /// SYN and ACK.
    SynAck,
    /// The ACK that ends the handshake, possibly with data.
    HandshakeAck,
    /// A segment with data.
    Data,
    /// A segment without data.
    Ack,
    /// The receiver accepts no more data.
    ZeroWindow,
    /// Asks whether the window is still 0.
    Probe,
    /// Answers that the window is still 0.
    ProbeAck,
    /// The window is no longer 0.
    Opened,
    /// Asks whether the other side is still there.
    KeepAlive,
    /// Answers a keep-alive.
    KeepAliveAck,
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
    /// An earlier packet captured once more.
    Duplicate,
    /// Its bytes could not be read again.
    Unread,
}

impl StepKind {
    /// Whether it is a packet.
    pub fn is_packet(self) -> bool {
        !matches!(self, StepKind::NotCaptured | StepKind::Evicted)
    }

    /// Whether it is a TCP segment that was sent, and not only a captured copy of one.
    pub fn is_segment(self) -> bool {
        !matches!(
            self,
            StepKind::NotCaptured
                | StepKind::Evicted
                | StepKind::Icmp
                | StepKind::Datagram
                | StepKind::Duplicate
                | StepKind::Unread
        )
    }
}

/// The bit of [`Step::analysis`] that no mark of the TCP analysis has: a router marked the packet.
const CE: u16 = 0x8000;

/// One packet of a conversation: 24 bytes, since there may be millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number in the capture.
    pub packet: u32,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number.
    pub ack: u32,
    /// Length of the payload on the wire, bytes.
    pub payload: u32,
    /// Window, not scaled.
    pub window: u16,
    /// TCP's flags.
    pub flags: TcpFlags,
    /// The marks of its TCP analysis.
    pub analysis: AnalysisFlags,
    /// Its kind.
    pub kind: StepKind,
    /// The side that sent it.
    pub from: Side,
}

impl Step {
    /// Returns a step without further data.
    pub fn bare(packet: u32, kind: StepKind, from: Side) -> Self {
        Step {
            packet,
            seq: 0,
            ack: 0,
            payload: 0,
            window: 0,
            flags: TcpFlags::default(),
            analysis: AnalysisFlags::default(),
            kind,
            from,
        }
    }

    /// Returns the step of a packet that is not an ICMP error. `conversation` is at least as recent as its transcript.
    pub fn of(conversation: Conversation, entry: &Entry) -> Self {
        let kind = match entry.kind {
            _ if entry.is_duplicate => StepKind::Duplicate,
            EntryKind::Segment => StepKind::Ack,
            EntryKind::Datagram => StepKind::Datagram,
            EntryKind::Error | EntryKind::Unreadable => StepKind::Unread,
        };
        // The copy of a frame was not sent again.
        let analysis = entry.analysis.filter(|_| !entry.is_duplicate);
        let analysis = analysis.unwrap_or_default();
        let is_ce = entry.is_ce && !entry.is_duplicate;
        let mut step = Step {
            packet: entry.packet,
            seq: entry.seq,
            ack: entry.ack,
            payload: entry.payload,
            window: entry.window,
            flags: entry.flags,
            analysis: AnalysisFlags(analysis.flags.0 | if is_ce { CE } else { 0 }),
            kind,
            from: entry.from,
        };
        if entry.kind == EntryKind::Segment && !entry.is_duplicate {
            step.kind = step.kind(conversation, &analysis);
        }
        step
    }

    fn kind(&self, conversation: Conversation, analysis: &TcpAnalysis) -> StepKind {
        let is = |mark| self.analysis.any(mark);
        match analysis.zero_window {
            _ if self.flags.rst() => StepKind::Rst,
            _ if self.flags.syn() && self.flags.ack() => StepKind::SynAck,
            _ if self.flags.syn() => StepKind::Syn,
            _ if self.flags.fin() => StepKind::Fin,
            _ if conversation.tcp().handshake.ack == Some(self.packet) => StepKind::HandshakeAck,
            Some(ZeroWindow::Probe(_)) => StepKind::Probe,
            _ if is(AnalysisFlags::ZERO_WINDOW_PROBE) => StepKind::Probe,
            _ if is(AnalysisFlags::KEEP_ALIVE) => StepKind::KeepAlive,
            _ if self.payload > 0 => StepKind::Data,
            _ if self.acks_fin(conversation) => StepKind::FinAck,
            _ if is(AnalysisFlags::KEEP_ALIVE_ACK) => StepKind::KeepAliveAck,
            Some(ZeroWindow::ProbeAck(_)) => StepKind::ProbeAck,
            _ if is(AnalysisFlags::ZERO_WINDOW_PROBE_ACK) => StepKind::ProbeAck,
            _ if is(AnalysisFlags::ZERO_WINDOW) => StepKind::ZeroWindow,
            Some(ZeroWindow::Reopened(_)) => StepKind::Opened,
            None => StepKind::Ack,
        }
    }

    /// Whether a router marked it because of congestion: CE, RFC 3168, section 5.
    pub fn is_ce(&self) -> bool {
        self.analysis.any(CE)
    }

    /// Whether it was sent before.
    pub fn is_retransmission(&self) -> bool {
        self.analysis.any(AnalysisFlags::RETRANSMITTED)
    }

    /// Whether it acknowledges the other side's FIN.
    pub fn acks_fin(&self, conversation: Conversation) -> bool {
        let acked = conversation.tcp().side(self.from.other()).fin_acked;
        self.kind.is_packet() && acked == Some(self.packet)
    }

    /// Whether its FIN was sent before.
    pub fn repeats_fin(&self, conversation: Conversation) -> bool {
        let first = conversation.tcp().side(self.from).fin;
        self.is_retransmission() && first.is_some_and(|first| first < self.packet)
    }

    /// Whether it is a SYN-ACK that acknowledges something other than the other side's SYN.
    pub fn is_wrong_answer(&self, conversation: Conversation) -> bool {
        let tcp = conversation.tcp();
        let wrong = tcp.wrong_syn_ack.map(|(packet, _)| packet) == Some(self.packet);
        let beyond = tcp.side(self.from.other()).isn.map(|isn| {
            // Data in the SYN may be acknowledged with it: RFC 7413, section 4.2.1.
            self.ack.wrapping_sub(isn.wrapping_add(1))
        });
        wrong || beyond.is_some_and(|beyond| beyond > tcp.handshake.syn_data)
    }

    /// Returns the sequence number one past its last byte.
    pub fn end(&self) -> u32 {
        let control = u32::from(self.flags.syn()) + u32::from(self.flags.fin());
        self.seq.wrapping_add(self.payload).wrapping_add(control)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_small() {
        assert_eq!(size_of::<Step>(), 24);
    }

    /// The bit of CE is not a mark: it has no name, and is in none of the fields.
    #[test]
    fn ce_is_no_mark() {
        let ce = AnalysisFlags(CE);
        assert_eq!(ce.terms().count() + ce.fields().count(), 0);
    }
}
