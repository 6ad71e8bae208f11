//! What the segments of a connection before this one say of it: Wireshark's TCP analysis. Who follows connections finds
//! it out; here it is shown.

use crate::{Layer, Severity, Value};
use std::fmt::Write;

/// What is striking about a segment, as Wireshark's user guide defines it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Striking(pub u16);

/// A mark with its field, what Wireshark's list puts before the segment, how bad it is, and what it means.
struct Mark {
    bit: u16,
    field: &'static str,
    prefix: &'static str,
    severity: Severity,
    words: &'static str,
}

impl Striking {
    /// A SYN opens another connection between the ports of an earlier one.
    pub const REUSED_PORTS: u16 = 0x0001;
    /// Data that was sent before.
    pub const RETRANSMISSION: u16 = 0x0002;
    /// Data that was sent before, after duplicate acknowledgments asked for it.
    pub const FAST_RETRANSMISSION: u16 = 0x0004;
    /// Data that was acknowledged before.
    pub const SPURIOUS_RETRANSMISSION: u16 = 0x0008;
    /// Data that comes after what follows it.
    pub const OUT_OF_ORDER: u16 = 0x0010;
    /// Something before it is missing.
    pub const LOST_SEGMENT: u16 = 0x0020;
    /// It acknowledges what is missing.
    pub const ACK_LOST_SEGMENT: u16 = 0x0040;
    /// Only the window changes.
    pub const WINDOW_UPDATE: u16 = 0x0080;
    /// It fills the window of its receiver.
    pub const WINDOW_FULL: u16 = 0x0100;
    /// It asks whether the other side is still there.
    pub const KEEP_ALIVE: u16 = 0x0200;
    /// The answer to that.
    pub const KEEP_ALIVE_ACK: u16 = 0x0400;
    /// It acknowledges the same again.
    pub const DUPLICATE_ACK: u16 = 0x0800;
    /// It asks whether there is room again.
    pub const ZERO_WINDOW_PROBE: u16 = 0x1000;
    /// Its sender has no room left.
    pub const ZERO_WINDOW: u16 = 0x2000;
    /// There still is no room.
    pub const ZERO_WINDOW_PROBE_ACK: u16 = 0x4000;

    /// Whether one of these marks is set.
    pub fn any(self, marks: u16) -> bool {
        self.0 & marks != 0
    }

    /// The names of its fields: `tcp.analysis.retransmission`, which the two special kinds of one have too.
    pub fn fields(self) -> impl Iterator<Item = &'static str> {
        let mut marks = self.0;
        if self.any(Striking::FAST_RETRANSMISSION | Striking::SPURIOUS_RETRANSMISSION) {
            marks |= Striking::RETRANSMISSION;
        }
        let marks = MARKS.iter().filter(move |mark| marks & mark.bit != 0);
        marks.map(|mark| mark.field)
    }
}

/// All marks, in the order in which Wireshark tells them.
const MARKS: [Mark; 15] = [
    Mark {
        bit: Striking::REUSED_PORTS,
        field: "tcp.analysis.reused_ports",
        prefix: "[TCP Port numbers reused] ",
        severity: Severity::Note,
        words: "opens another connection between the ports of an earlier one",
    },
    Mark {
        bit: Striking::RETRANSMISSION,
        field: "tcp.analysis.retransmission",
        prefix: "[TCP Retransmission] ",
        severity: Severity::Note,
        words: "was sent before, as far as can be told",
    },
    Mark {
        bit: Striking::FAST_RETRANSMISSION,
        field: "tcp.analysis.fast_retransmission",
        prefix: "[TCP Fast Retransmission] ",
        severity: Severity::Note,
        words: "was sent before, and is sent again because duplicate acknowledgments ask for it",
    },
    Mark {
        bit: Striking::SPURIOUS_RETRANSMISSION,
        field: "tcp.analysis.spurious_retransmission",
        prefix: "[TCP Spurious Retransmission] ",
        severity: Severity::Note,
        words: "was sent before and acknowledged before: it was sent again in vain",
    },
    Mark {
        bit: Striking::OUT_OF_ORDER,
        field: "tcp.analysis.out_of_order",
        prefix: "[TCP Out-Of-Order] ",
        severity: Severity::Warning,
        words: "comes after what follows it",
    },
    Mark {
        bit: Striking::LOST_SEGMENT,
        field: "tcp.analysis.lost_segment",
        prefix: "[TCP Previous segment not captured] ",
        severity: Severity::Warning,
        words: "what its sender sent before it was not captured, or comes later",
    },
    Mark {
        bit: Striking::ACK_LOST_SEGMENT,
        field: "tcp.analysis.ack_lost_segment",
        prefix: "[TCP ACKed unseen segment] ",
        severity: Severity::Warning,
        words: "acknowledges what was not captured",
    },
    Mark {
        bit: Striking::WINDOW_UPDATE,
        field: "tcp.analysis.window_update",
        prefix: "[TCP Window Update] ",
        severity: Severity::Chat,
        words: "says only how much room there is now",
    },
    Mark {
        bit: Striking::WINDOW_FULL,
        field: "tcp.analysis.window_full",
        prefix: "[TCP Window Full] ",
        severity: Severity::Warning,
        words: "fills the window of its receiver: no more may be sent for now",
    },
    Mark {
        bit: Striking::KEEP_ALIVE,
        field: "tcp.analysis.keep_alive",
        prefix: "[TCP Keep-Alive] ",
        severity: Severity::Note,
        words: "asks whether the other side is still there",
    },
    Mark {
        bit: Striking::KEEP_ALIVE_ACK,
        field: "tcp.analysis.keep_alive_ack",
        prefix: "[TCP Keep-Alive ACK] ",
        severity: Severity::Note,
        words: "says that this side is still there",
    },
    Mark {
        bit: Striking::DUPLICATE_ACK,
        field: "tcp.analysis.duplicate_ack",
        // With its numbers, in `prefix`.
        prefix: "",
        severity: Severity::Note,
        words: "acknowledges the same again: something came that does not follow it",
    },
    Mark {
        bit: Striking::ZERO_WINDOW_PROBE,
        field: "tcp.analysis.zero_window_probe",
        prefix: "[TCP ZeroWindowProbe] ",
        severity: Severity::Note,
        words: "asks whether there is room again",
    },
    Mark {
        bit: Striking::ZERO_WINDOW,
        field: "tcp.analysis.zero_window",
        prefix: "[TCP ZeroWindow] ",
        severity: Severity::Warning,
        words: "its sender has no room left: nothing may be sent to it",
    },
    Mark {
        bit: Striking::ZERO_WINDOW_PROBE_ACK,
        field: "tcp.analysis.zero_window_probe_ack",
        prefix: "[TCP ZeroWindowProbeAck] ",
        severity: Severity::Note,
        words: "says that there still is no room",
    },
];

/// What the segments before this one say of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TcpAnalysis {
    /// What is striking about it.
    pub striking: Striking,
    /// The packet whose data it acknowledges to the last byte, and how long ago that was, nanoseconds.
    pub acks: Option<(u32, i64)>,
    /// From SYN to the end of the handshake, nanoseconds: Wireshark's iRTT.
    pub initial_rtt: Option<i64>,
    /// How many bytes its sender has sent that are not acknowledged, with this segment; 0 where that is not known.
    pub bytes_in_flight: u32,
    /// How many bytes its sender has sent since it last set PSH, with this segment; 0 where it sends none.
    pub push_bytes_sent: u32,
    /// How often the same was acknowledged by now, and in which packet it was first.
    pub duplicate_ack: Option<(u32, u32)>,
    /// The packet after which it is sent again, and how long ago that was, nanoseconds.
    pub rto: Option<(u32, i64)>,
}

impl TcpAnalysis {
    /// Whether there is nothing to show.
    pub fn is_nothing(&self) -> bool {
        *self
            == TcpAnalysis {
                initial_rtt: self.initial_rtt,
                ..TcpAnalysis::default()
            }
    }

    /// What Wireshark's packet list puts before everything else.
    pub fn prefix(&self) -> String {
        let mut text = String::new();
        // Each is put before those told earlier.
        for mark in MARKS.iter().rev().filter(|m| self.striking.any(m.bit)) {
            text += mark.prefix;
            if mark.bit == Striking::DUPLICATE_ACK
                && let Some((times, packet)) = self.duplicate_ack
            {
                let _ = write!(text, "[TCP Dup ACK {packet}#{times}] ");
            }
        }
        text
    }
}

/// Shows it.
#[cold]
pub(super) fn show(tcp: &mut Layer, analysis: &TcpAnalysis) {
    if analysis.is_nothing() {
        return;
    }
    tcp.computed("tcp.analysis", "SEQ/ACK analysis", || Value::Static(""));
    tcp.below(|tcp| {
        if let Some((packet, ago)) = analysis.acks {
            tcp.computed("tcp.analysis.acks_frame", "Acknowledges packet", || packet);
            tcp.computed("tcp.analysis.ack_rtt", "Round-trip time to that", || {
                Value::Duration(ago)
            });
        }
        if let Some(time) = analysis.initial_rtt {
            tcp.computed(
                "tcp.analysis.initial_rtt",
                "Initial round-trip time",
                || Value::Duration(time),
            );
        }
        if analysis.bytes_in_flight > 0 {
            tcp.computed("tcp.analysis.bytes_in_flight", "Bytes in flight", || {
                analysis.bytes_in_flight
            });
        }
        if analysis.push_bytes_sent > 0 {
            tcp.computed(
                "tcp.analysis.push_bytes_sent",
                "Bytes sent since PSH",
                || analysis.push_bytes_sent,
            );
        }
        if analysis.striking.0 != 0 {
            show_striking(tcp, analysis);
        }
        if let Some((times, packet)) = analysis.duplicate_ack {
            tcp.computed("tcp.analysis.duplicate_ack_num", "Duplicate number", || {
                times
            });
            tcp.computed(
                "tcp.analysis.duplicate_ack_frame",
                "First acknowledged in packet",
                || packet,
            );
        }
    });
}

fn show_striking(tcp: &mut Layer, analysis: &TcpAnalysis) {
    tcp.computed("tcp.analysis.flags", "Striking", || Value::Static(""));
    for mark in MARKS.iter().filter(|m| analysis.striking.any(m.bit)) {
        let words = || mark.words.to_owned();
        match mark.bit {
            Striking::DUPLICATE_ACK => tcp.below(|tcp| {
                tcp.computed(mark.field, "Duplicate acknowledgment", || Value::Static(""));
                tcp.note(mark.severity, words);
            }),
            _ => tcp.note(mark.severity, words),
        }
    }
    if let Some((packet, ago)) = analysis.rto {
        tcp.below(|tcp| {
            tcp.computed("tcp.analysis.rto", "Sent again after", || {
                Value::Duration(ago)
            });
            tcp.computed("tcp.analysis.rto_frame", "Counted from packet", || packet);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_last_stands_first() {
        let analysis = TcpAnalysis {
            striking: Striking(Striking::FAST_RETRANSMISSION | Striking::ACK_LOST_SEGMENT),
            ..TcpAnalysis::default()
        };
        assert_eq!(
            analysis.prefix(),
            "[TCP ACKed unseen segment] [TCP Fast Retransmission] "
        );
        let analysis = TcpAnalysis {
            striking: Striking(Striking::DUPLICATE_ACK),
            duplicate_ack: Some((3, 33)),
            ..TcpAnalysis::default()
        };
        assert_eq!(analysis.prefix(), "[TCP Dup ACK 33#3] ");
        let fields: Vec<_> = analysis.striking.fields().collect();
        assert_eq!(fields, ["tcp.analysis.duplicate_ack"]);
    }

    #[test]
    fn each_mark_has_a_bit_of_its_own() {
        let all = MARKS.iter().fold(0_u16, |all, mark| {
            assert_eq!(all & mark.bit, 0, "{}", mark.field);
            all | mark.bit
        });
        assert_eq!(all, 0x7fff);
    }
}
