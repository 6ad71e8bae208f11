//! The TCP analysis of a segment in words: the marks on its arrow, and the sentences about it.

use super::{
    Run, Step, StepKind,
    label::{LabelPart, Role, RowContext, part},
};
use crate::{
    format::{duration, size},
    lang::{Count, side, text},
};
use dissectors::{AnalysisFlags, TcpAnalysis};

/// Returns the marks of a segment's TCP analysis.
pub(super) fn marks(step: &Step, analysis: &TcpAnalysis) -> Vec<LabelPart> {
    // Wireshark uses another word or none where a probe carries no new byte.
    let probing = match step.kind {
        StepKind::Probe => AnalysisFlags::ZERO_WINDOW_PROBE,
        StepKind::ProbeAck => AnalysisFlags::ZERO_WINDOW_PROBE_ACK,
        _ => 0,
    };
    let probing = AnalysisFlags(probing & !step.analysis.0);
    let terms = probing.terms().chain(step.analysis.terms());
    let parts = terms.map(|(mark, term)| {
        let role = match mark.any(AnalysisFlags::NO_TROUBLE) {
            true => Role::Plain,
            false => Role::Warning,
        };
        match analysis.duplicate_ack {
            Some((times, _)) if mark.any(AnalysisFlags::DUPLICATE_ACK) => {
                part(format!("{term} #{times}"), role, 1)
            }
            _ => part(term, role, 1),
        }
    });
    parts.collect()
}

/// Returns the problems of a run's segments.
pub(super) fn trouble(run: &Run) -> Vec<LabelPart> {
    let mut parts = Vec::new();
    let mut add = |count: u32, words: fn(Count) -> String, role: Role| {
        if count > 0 {
            parts.push(part(words(Count(count.into())), role, 1));
        }
    };
    add(
        run.retransmissions,
        |count| text!("count-retransmissions", count),
        Role::Warning,
    );
    add(
        run.out_of_order,
        |count| text!("ladder-out-of-order", count),
        Role::Warning,
    );
    add(run.gaps, |count| text!("ladder-gaps", count), Role::Warning);
    add(
        run.duplicate_acks,
        |count| text!("ladder-duplicate-acks", count),
        Role::Warning,
    );
    add(
        run.captured_twice,
        |count| text!("ladder-captured-twice", count),
        Role::Plain,
    );
    add(
        run.icmp_errors,
        |count| text!("count-icmp-errors", count),
        Role::Bad,
    );
    parts
}

/// A pause of at least this length within a run of data is shown: the least retransmission timeout of Linux. Nanoseconds.
const PAUSE_NS: i64 = 200_000_000;

/// Returns the longest pause of a run of data. It is a stall where segments were lost; elsewhere the sender may have had
/// nothing to send.
pub(super) fn pause(run: &Run) -> Option<LabelPart> {
    if run.longest_pause_ns < PAUSE_NS {
        return None;
    }
    let pause = duration(run.longest_pause_ns);
    Some(match run.retransmissions + run.gaps {
        0 => part(text!("ladder-longest-pause", pause), Role::Plain, 2),
        _ => part(text!("ladder-stalled-for", pause), Role::Warning, 1),
    })
}

impl RowContext<'_> {
    /// Explains the TCP analysis of a segment in sentences, except for what its kind shows.
    pub(super) fn explain_marks(&self, step: &Step, analysis: &TcpAnalysis) -> Vec<String> {
        let to = side(step.from.other());
        let mut sentences = Vec::new();
        for (mark, _) in step.analysis.terms() {
            sentences.push(match mark.0 {
                AnalysisFlags::RETRANSMISSION => match analysis.rto {
                    Some(rto) => text!(
                        "explain-retransmission-after",
                        after = duration(rto.ago_ns),
                        packet = rto.packet
                    ),
                    None => text!("explain-retransmission").to_owned(),
                },
                AnalysisFlags::FAST_RETRANSMISSION => text!("explain-fast-retransmission", to),
                AnalysisFlags::SPURIOUS_RETRANSMISSION => {
                    text!("explain-spurious-retransmission", to)
                }
                AnalysisFlags::OUT_OF_ORDER => match analysis.captured_before {
                    bytes if bytes > 0 && bytes == step.payload => {
                        text!("explain-out-of-order-copy").to_owned()
                    }
                    _ => text!("explain-out-of-order").to_owned(),
                },
                AnalysisFlags::LOST_SEGMENT => {
                    let size = size(analysis.missing_before.into());
                    text!("explain-lost-segment", size)
                }
                AnalysisFlags::ACK_LOST_SEGMENT => text!("explain-ack-lost-segment", to),
                AnalysisFlags::WINDOW_UPDATE if step.kind != StepKind::Opened => {
                    text!("explain-window-update").to_owned()
                }
                AnalysisFlags::WINDOW_FULL => text!("explain-window-full", to),
                _ => continue,
            });
        }
        if let Some(gap) = &analysis.fills {
            let size = size(gap.bytes.into());
            let packet = gap.shown_by;
            sentences.push(match step.is_retransmission() {
                true => text!("explain-fills-lost", size, packet),
                false => text!("explain-fills", size, packet),
            });
        }
        sentences
    }
}
