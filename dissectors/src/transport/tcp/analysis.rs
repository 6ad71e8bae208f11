//! What the segments of a connection before this one say of it: Wireshark's TCP analysis, and what follows from it. Who
//! follows connections finds it out; here it is shown.

use crate::{Layer, Severity, Value};
use std::{fmt::Write, num::NonZeroU32};

/// The marks of a segment, as Wireshark's user guide defines them: `tcp.analysis.flags`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnalysisFlags(pub u16);

/// A mark with its field, what Wireshark's list puts before the segment, how bad it is, its name in words, and what it
/// means.
struct Mark {
    bit: u16,
    field: &'static str,
    prefix: &'static str,
    severity: Severity,
    term: &'static str,
    words: &'static str,
}

impl AnalysisFlags {
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
    /// It asks whether the window is still 0.
    pub const ZERO_WINDOW_PROBE: u16 = 0x1000;
    /// Its sender has no room left.
    pub const ZERO_WINDOW: u16 = 0x2000;
    /// There still is no room.
    pub const ZERO_WINDOW_PROBE_ACK: u16 = 0x4000;

    /// Data that was sent before, in one way or another.
    pub const RETRANSMITTED: u16 = AnalysisFlags::RETRANSMISSION
        | AnalysisFlags::FAST_RETRANSMISSION
        | AnalysisFlags::SPURIOUS_RETRANSMISSION;
    /// What happens on connections that have no trouble.
    pub const NO_TROUBLE: u16 =
        AnalysisFlags::WINDOW_UPDATE | AnalysisFlags::KEEP_ALIVE | AnalysisFlags::KEEP_ALIVE_ACK;

    /// Whether one of these marks is set.
    pub fn any(self, marks: u16) -> bool {
        self.0 & marks != 0
    }

    /// The names of its fields: `tcp.analysis.retransmission`, which the two special kinds of one have too.
    pub fn fields(self) -> impl Iterator<Item = &'static str> {
        let mut marks = self.0;
        if self.any(AnalysisFlags::FAST_RETRANSMISSION | AnalysisFlags::SPURIOUS_RETRANSMISSION) {
            marks |= AnalysisFlags::RETRANSMISSION;
        }
        let marks = MARKS.iter().filter(move |mark| marks & mark.bit != 0);
        marks.map(|mark| mark.field)
    }

    /// Each mark by itself, with what it is called in a sentence: "fast retransmission".
    pub fn terms(self) -> impl Iterator<Item = (AnalysisFlags, &'static str)> {
        let marks = MARKS.iter().filter(move |mark| self.any(mark.bit));
        marks.map(|mark| (AnalysisFlags(mark.bit), mark.term))
    }
}

/// All marks, in the order in which Wireshark tells them.
const MARKS: [Mark; 15] = [
    Mark {
        bit: AnalysisFlags::REUSED_PORTS,
        field: "tcp.analysis.reused_ports",
        prefix: "[TCP Port numbers reused] ",
        severity: Severity::Note,
        term: "port numbers reused",
        words: "opens another connection between the ports of an earlier one",
    },
    Mark {
        bit: AnalysisFlags::RETRANSMISSION,
        field: "tcp.analysis.retransmission",
        prefix: "[TCP Retransmission] ",
        severity: Severity::Note,
        term: "retransmission",
        words: "was sent before, as far as can be told",
    },
    Mark {
        bit: AnalysisFlags::FAST_RETRANSMISSION,
        field: "tcp.analysis.fast_retransmission",
        prefix: "[TCP Fast Retransmission] ",
        severity: Severity::Note,
        term: "fast retransmission",
        words: "was sent before, and is sent again because duplicate acknowledgments ask for it",
    },
    Mark {
        bit: AnalysisFlags::SPURIOUS_RETRANSMISSION,
        field: "tcp.analysis.spurious_retransmission",
        prefix: "[TCP Spurious Retransmission] ",
        severity: Severity::Note,
        term: "spurious retransmission",
        words: "was sent before and acknowledged before, so that it is sent in vain",
    },
    Mark {
        bit: AnalysisFlags::OUT_OF_ORDER,
        field: "tcp.analysis.out_of_order",
        prefix: "[TCP Out-Of-Order] ",
        severity: Severity::Warning,
        term: "out of order",
        words: "comes after what follows it",
    },
    Mark {
        bit: AnalysisFlags::LOST_SEGMENT,
        field: "tcp.analysis.lost_segment",
        prefix: "[TCP Previous segment not captured] ",
        severity: Severity::Warning,
        term: "previous segment not captured",
        words: "what its sender sent before it was not captured, or comes later",
    },
    Mark {
        bit: AnalysisFlags::ACK_LOST_SEGMENT,
        field: "tcp.analysis.ack_lost_segment",
        prefix: "[TCP ACKed unseen segment] ",
        severity: Severity::Warning,
        term: "ACKed unseen segment",
        words: "acknowledges what was not captured",
    },
    Mark {
        bit: AnalysisFlags::WINDOW_UPDATE,
        field: "tcp.analysis.window_update",
        prefix: "[TCP Window Update] ",
        severity: Severity::Chat,
        term: "window update",
        words: "says only how much room there is now",
    },
    Mark {
        bit: AnalysisFlags::WINDOW_FULL,
        field: "tcp.analysis.window_full",
        prefix: "[TCP Window Full] ",
        severity: Severity::Warning,
        term: "window full",
        words: "fills the window of its receiver, and no more may be sent for now",
    },
    Mark {
        bit: AnalysisFlags::KEEP_ALIVE,
        field: "tcp.analysis.keep_alive",
        prefix: "[TCP Keep-Alive] ",
        severity: Severity::Note,
        term: "keep-alive",
        words: "asks whether the other side is still there",
    },
    Mark {
        bit: AnalysisFlags::KEEP_ALIVE_ACK,
        field: "tcp.analysis.keep_alive_ack",
        prefix: "[TCP Keep-Alive ACK] ",
        severity: Severity::Note,
        term: "keep-alive ACK",
        words: "says that this side is still there",
    },
    Mark {
        bit: AnalysisFlags::DUPLICATE_ACK,
        field: "tcp.analysis.duplicate_ack",
        // With its numbers, in `prefix`.
        prefix: "",
        severity: Severity::Note,
        term: "dup ACK",
        words: "acknowledges the same as before, since something came that does not follow it",
    },
    Mark {
        bit: AnalysisFlags::ZERO_WINDOW_PROBE,
        field: "tcp.analysis.zero_window_probe",
        prefix: "[TCP ZeroWindowProbe] ",
        severity: Severity::Note,
        term: "window probe",
        words: "asks whether there is room again",
    },
    Mark {
        bit: AnalysisFlags::ZERO_WINDOW,
        field: "tcp.analysis.zero_window",
        prefix: "[TCP ZeroWindow] ",
        severity: Severity::Warning,
        term: "zero window",
        words: "its sender has no room left, and nothing may be sent to it",
    },
    Mark {
        bit: AnalysisFlags::ZERO_WINDOW_PROBE_ACK,
        field: "tcp.analysis.zero_window_probe_ack",
        prefix: "[TCP ZeroWindowProbeAck] ",
        severity: Severity::Note,
        term: "window probe ACK",
        words: "says that there still is no room",
    },
];

/// An earlier packet, and how long ago it was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Its number.
    pub packet: NonZeroU32,
    /// Nanoseconds.
    pub ago_ns: i64,
}

/// Bytes that had not been captured although later ones had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilledGap {
    /// The packet that came after the gap, and showed it.
    pub shown_by: NonZeroU32,
    /// How many bytes of the gap are filled.
    pub bytes: u32,
    /// How long the gap had been known, nanoseconds.
    pub known_ns: i64,
}

/// What a segment has to do with a window of 0: RFC 9293, section 3.8.6.1. Where the probe carries no new byte, as Linux
/// sends it, Wireshark calls it a keep-alive, and its answer nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZeroWindow {
    /// It probes the window of its receiver, which this packet closed.
    Probe(NonZeroU32),
    /// It answers this probe: the window is still 0.
    ProbeAck(NonZeroU32),
    /// The window of its sender, which this packet closed, is open again.
    Reopened(NonZeroU32),
}

/// What the segments before this one say of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TcpAnalysis {
    /// Its marks.
    pub flags: AnalysisFlags,
    /// The packet whose data it acknowledges to the last byte.
    pub acks: Option<Earlier>,
    /// From SYN to the end of the handshake, nanoseconds: Wireshark's iRTT.
    pub initial_rtt: Option<i64>,
    /// How many bytes its sender has sent that are not acknowledged, with this segment; 0 where that is not known.
    pub bytes_in_flight: u32,
    /// How many bytes its sender has sent since it last set PSH, with this segment; 0 where it sends none.
    pub push_bytes_sent: u32,
    /// How often the same was acknowledged by now, and in which packet it was first.
    pub duplicate_ack: Option<(u32, u32)>,
    /// The packet after which it is sent again.
    pub rto: Option<Earlier>,
    /// How many bytes before it were not captured: the gap that it shows.
    pub missing_before: u32,
    /// The gap that it fills, or a part of it.
    pub fills: Option<FilledGap>,
    /// How many of its bytes had been captured before.
    pub captured_before: u32,
    /// Its part in probing a window of 0.
    pub zero_window: Option<ZeroWindow>,
    /// How many bytes beyond its acknowledgment number its SACK blocks acknowledge.
    pub selectively_acked: u32,
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

    /// It without what Wireshark does not say.
    fn wireshark(&self) -> TcpAnalysis {
        TcpAnalysis {
            missing_before: 0,
            fills: None,
            captured_before: 0,
            zero_window: None,
            selectively_acked: 0,
            ..*self
        }
    }

    /// What Wireshark's packet list puts before everything else.
    pub fn prefix(&self) -> String {
        let mut text = String::new();
        // Each is put before those told earlier.
        for mark in MARKS.iter().rev().filter(|m| self.flags.any(m.bit)) {
            text += mark.prefix;
            if mark.bit == AnalysisFlags::DUPLICATE_ACK
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
    // Where Wireshark says nothing, the heading has no name of Wireshark's.
    let own = analysis.wireshark().is_nothing();
    let name = if own { "" } else { "tcp.analysis" };
    tcp.computed(name, "SEQ/ACK analysis", || Value::Static(""));
    tcp.below(|tcp| {
        if let Some(Earlier { packet, ago_ns }) = analysis.acks {
            tcp.computed("tcp.analysis.acks_frame", "Acknowledges packet", || {
                packet.get()
            });
            tcp.computed("tcp.analysis.ack_rtt", "Round-trip time to that", || {
                Value::Duration(ago_ns)
            });
        }
        if let Some(time) = analysis.initial_rtt.filter(|_| !own) {
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
        if analysis.flags.0 != 0 {
            show_flags(tcp, analysis);
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
        show_consequences(tcp, analysis);
    });
}

/// What Wireshark does not say.
fn show_consequences(tcp: &mut Layer, analysis: &TcpAnalysis) {
    if analysis.missing_before > 0 {
        let bytes = analysis.missing_before;
        tcp.computed("", "Bytes missing before it", || bytes);
    }
    if let Some(gap) = analysis.fills {
        tcp.computed("", "Fills a gap", || {
            let FilledGap {
                shown_by, bytes, ..
            } = gap;
            let known = Value::Duration(gap.known_ns);
            format!("{bytes} bytes missing before packet {shown_by}, {known} after that")
        });
    }
    if analysis.captured_before > 0 {
        let bytes = analysis.captured_before;
        tcp.computed("", "Bytes captured before", || bytes);
    }
    match analysis.zero_window {
        Some(ZeroWindow::Probe(packet)) => tcp.computed("", "Window probe", || {
            format!("asks whether the window that packet {packet} closed is still 0")
        }),
        Some(ZeroWindow::ProbeAck(packet)) => tcp.computed("", "Window probe ACK", || {
            format!("answers packet {packet}: the window is still 0")
        }),
        Some(ZeroWindow::Reopened(packet)) => tcp.computed("", "Window open", || {
            format!("no longer 0, as it was since packet {packet}")
        }),
        None => {}
    }
    if analysis.selectively_acked > 0 {
        let bytes = analysis.selectively_acked;
        tcp.computed("", "Bytes selectively acknowledged", || bytes);
    }
}

fn show_flags(tcp: &mut Layer, analysis: &TcpAnalysis) {
    tcp.computed("tcp.analysis.flags", "Analysis flags", || Value::Static(""));
    for mark in MARKS.iter().filter(|m| analysis.flags.any(m.bit)) {
        let words = || format!("{}: {}", mark.term, mark.words);
        match mark.bit {
            AnalysisFlags::DUPLICATE_ACK => tcp.below(|tcp| {
                tcp.computed(mark.field, "Duplicate acknowledgment", || Value::Static(""));
                tcp.note(mark.severity, words);
            }),
            _ => tcp.note(mark.severity, words),
        }
    }
    if let Some(Earlier { packet, ago_ns }) = analysis.rto {
        tcp.below(|tcp| {
            tcp.computed("tcp.analysis.rto", "Sent again after", || {
                Value::Duration(ago_ns)
            });
            tcp.computed("tcp.analysis.rto_frame", "Counted from packet", || {
                packet.get()
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_last_stands_first() {
        let analysis = TcpAnalysis {
            flags: AnalysisFlags(
                AnalysisFlags::FAST_RETRANSMISSION | AnalysisFlags::ACK_LOST_SEGMENT,
            ),
            ..TcpAnalysis::default()
        };
        assert_eq!(
            analysis.prefix(),
            "[TCP ACKed unseen segment] [TCP Fast Retransmission] "
        );
        let analysis = TcpAnalysis {
            flags: AnalysisFlags(AnalysisFlags::DUPLICATE_ACK),
            duplicate_ack: Some((3, 33)),
            ..TcpAnalysis::default()
        };
        assert_eq!(analysis.prefix(), "[TCP Dup ACK 33#3] ");
        let fields: Vec<_> = analysis.flags.fields().collect();
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
