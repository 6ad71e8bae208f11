//! The TCP analysis of a segment in words: the marks on its arrow.

use super::{
    Run, Step, StepKind,
    label::{LabelPart, Role, part},
};
use crate::{
    format::duration,
    lang::{Count, text},
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
    let ce = step.is_ce().then(|| part("CE", Role::Warning, 1));
    parts.chain(ce).collect()
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
        run.congestion_marks,
        |count| text!("ladder-congestion-marks", count),
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
