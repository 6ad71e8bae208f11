//! Shows the analysis of a segment by the earlier ones of its connection.

use crate::{
    AnalysisFlags, Earlier, FilledGap, Group, Layer, TcpAnalysis, Value, ZeroWindow,
    tcp_analysis::MARKS,
};

/// Shows the analysis.
#[cold]
pub(super) fn show(tcp: &mut Layer, analysis: &TcpAnalysis) {
    if analysis.is_nothing() {
        return;
    }
    // Where Wireshark shows nothing, the heading does not have its name.
    let own = analysis.wireshark().is_nothing();
    let name = if own { "" } else { "tcp.analysis" };
    tcp.computed(name, "SEQ/ACK analysis", || Value::Static(""));
    tcp.below(|tcp| {
        if let Some(Earlier { packet, ago_ns }) = analysis.acks {
            tcp.computed("tcp.analysis.acks_frame", "Acknowledges packet", || {
                packet.get()
            });
            // A clock that did not advance measures nothing.
            if ago_ns != 0 {
                tcp.computed("tcp.analysis.ack_rtt", "Round-trip time to that", || {
                    Value::Duration(ago_ns)
                });
            }
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

/// Shows what Wireshark does not show.
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
            let unit = if bytes == 1 { "byte" } else { "bytes" };
            format!("{bytes} {unit} missing before packet {shown_by}, {known} after that")
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
                tcp.note_of(Group::Sequence, mark.severity, words);
            }),
            _ => tcp.note_of(Group::Sequence, mark.severity, words),
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
    use crate::{
        Context, Facts, FlowContext, LinkType, Output, Packet, Tree, dissect, test_support::bytes,
    };
    use std::num::NonZeroU32;

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

    /// Returns a segment's rows with this analysis.
    fn rows(analysis: TcpAnalysis) -> String {
        let bytes = bytes(
            "45000034 abcd0000 40060000 0a000001 0a000002
             c001c351 00001000 00002000 80180200 abcd0000 0101080a 0000000100000002",
        );
        let flow = FlowContext {
            analysis: Some(analysis),
            ..FlowContext::default()
        };
        let context = Context {
            flows: &[flow],
            ..Context::default()
        };
        let packet = Packet::new(LinkType::IPV4, &bytes, bytes.len() as u32);
        let mut tree = Tree::default();
        let output = Output {
            tree: Some(&mut tree),
            ..Output::default()
        };
        dissect(packet, &context, &mut Facts::default(), output);
        let text = tree.to_string();
        let from = text.find("SEQ/ACK analysis").unwrap_or(text.len());
        text[from..].to_owned()
    }

    #[test]
    fn what_follows_from_it_is_shown() {
        let packet = NonZeroU32::MIN;
        let shown = rows(TcpAnalysis {
            flags: AnalysisFlags(AnalysisFlags::RETRANSMISSION | AnalysisFlags::KEEP_ALIVE),
            fills: Some(FilledGap {
                shown_by: packet,
                bytes: 20,
                known_ns: 2_000,
            }),
            captured_before: 4,
            zero_window: Some(ZeroWindow::Probe(packet)),
            ..TcpAnalysis::default()
        });
        for row in [
            "retransmission: was sent before",
            "keep-alive: asks whether",
            "Fills a gap: 20 bytes missing before packet 1, 0.000002000 s after that",
            "Bytes captured before: 4",
            "Window probe: asks whether the window that packet 1 closed is still 0",
        ] {
            assert!(shown.contains(row), "{row}\n{shown}");
        }
        assert_eq!(rows(TcpAnalysis::default()), "");
        let shown = rows(TcpAnalysis {
            missing_before: 9,
            selectively_acked: 8,
            zero_window: Some(ZeroWindow::Reopened(packet)),
            initial_rtt: Some(1),
            ..TcpAnalysis::default()
        });
        for row in [
            "Bytes missing before it: 9",
            "Bytes selectively acknowledged: 8",
            "Window open: no longer 0, as it was since packet 1",
        ] {
            assert!(shown.contains(row), "{row}\n{shown}");
        }
        // Wireshark shows nothing of it, not even this.
        assert!(!shown.contains("round-trip"), "{shown}");
    }
}
