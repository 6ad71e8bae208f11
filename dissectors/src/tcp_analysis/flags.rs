//! The marks of TCP analysis, each with its names.

use crate::Severity;

/// The marks of a segment, as Wireshark's user guide defines them: `tcp.analysis.flags`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnalysisFlags(pub u16);

/// A mark: its field, the text that Wireshark's list puts before the segment, its severity, its name in words, and its
/// meaning.
pub(crate) struct Mark {
    pub bit: u16,
    pub field: &'static str,
    pub prefix: &'static str,
    pub severity: Severity,
    pub term: &'static str,
    pub words: &'static str,
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
    /// Data that arrived after later data of the stream.
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
    /// The answer to a keep-alive.
    pub const KEEP_ALIVE_ACK: u16 = 0x0400;
    /// It acknowledges the same again.
    pub const DUPLICATE_ACK: u16 = 0x0800;
    /// It asks whether the window is still 0.
    pub const ZERO_WINDOW_PROBE: u16 = 0x1000;
    /// Its sender has no room left.
    pub const ZERO_WINDOW: u16 = 0x2000;
    /// The window is still 0.
    pub const ZERO_WINDOW_PROBE_ACK: u16 = 0x4000;

    /// Data that was sent before, for any reason.
    pub const RETRANSMITTED: u16 = AnalysisFlags::RETRANSMISSION
        | AnalysisFlags::FAST_RETRANSMISSION
        | AnalysisFlags::SPURIOUS_RETRANSMISSION;
    /// What happens on healthy connections.
    pub const NO_TROUBLE: u16 =
        AnalysisFlags::WINDOW_UPDATE | AnalysisFlags::KEEP_ALIVE | AnalysisFlags::KEEP_ALIVE_ACK;

    /// Whether one of these marks is set.
    pub fn any(self, marks: u16) -> bool {
        self.0 & marks != 0
    }

    /// Returns the names of its fields: `tcp.analysis.retransmission`, which the two special kinds of one have too.
    pub fn fields(self) -> impl Iterator<Item = &'static str> {
        let mut marks = self.0;
        if self.any(AnalysisFlags::FAST_RETRANSMISSION | AnalysisFlags::SPURIOUS_RETRANSMISSION) {
            marks |= AnalysisFlags::RETRANSMISSION;
        }
        let marks = MARKS.iter().filter(move |mark| marks & mark.bit != 0);
        marks.map(|mark| mark.field)
    }

    /// Returns the marks for any of which a segment has this field: [`AnalysisFlags::fields`].
    pub fn shown_by(field: &str) -> AnalysisFlags {
        let bits = MARKS.iter().map(|mark| mark.bit);
        let shown = bits.filter(|bit| AnalysisFlags(*bit).fields().any(|name| name == field));
        AnalysisFlags(shown.fold(0, |all, bit| all | bit))
    }

    /// Returns each mark by itself, with its name in a sentence: "fast retransmission".
    pub fn terms(self) -> impl Iterator<Item = (AnalysisFlags, &'static str)> {
        let marks = MARKS.iter().filter(move |mark| self.any(mark.bit));
        marks.map(|mark| (AnalysisFlags(mark.bit), mark.term))
    }
}

/// All marks, in the order of Wireshark's texts.
pub(crate) const MARKS: [Mark; 15] = [
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
        // Its numbers are added in `prefix`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mark_has_a_bit_of_its_own() {
        let all = MARKS.iter().fold(0_u16, |all, mark| {
            assert_eq!(all & mark.bit, 0, "{}", mark.field);
            all | mark.bit
        });
        assert_eq!(all, 0x7fff);
    }

    #[test]
    fn a_field_has_marks() {
        let marks = |field| AnalysisFlags::shown_by(field).0;
        let sent_again = AnalysisFlags::RETRANSMITTED;
        assert_eq!(marks("tcp.analysis.retransmission"), sent_again);
        let zero_window = AnalysisFlags::ZERO_WINDOW;
        assert_eq!(marks("tcp.analysis.zero_window"), zero_window);
        assert_eq!(marks("tcp.analysis.ack_rtt"), 0);
    }
}
