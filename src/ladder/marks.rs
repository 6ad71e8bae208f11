//! The TCP analysis of a segment in words: what stands on its arrow, and the sentences about it.

use super::{
    Run, Step, StepKind,
    label::{Part, Role, Teller, part},
};
use crate::format::{counted, duration, size};
use dissectors::{AnalysisFlags, TcpAnalysis};

/// What the TCP analysis says of a segment.
pub(super) fn marks(step: &Step, analysis: &TcpAnalysis) -> Vec<Part> {
    // Wireshark has another word or none where a probe carries no new byte.
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

/// What is wrong with the segments of a run.
pub(super) fn trouble(run: &Run) -> impl Iterator<Item = Part> + use<> {
    let twice = (run.captured_twice > 0).then(|| {
        part(
            format!("{} captured twice", run.captured_twice),
            Role::Plain,
            1,
        )
    });
    let counts = [
        (
            run.retransmissions,
            counted(run.retransmissions.into(), "retransmission"),
        ),
        (
            run.out_of_order,
            format!("{} out of order", run.out_of_order),
        ),
        (run.gaps, counted(run.gaps.into(), "gap")),
        (
            run.duplicate_acks,
            counted(run.duplicate_acks.into(), "dup ACK"),
        ),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts = counts.map(|(_, words)| part(words, Role::Warning, 1));
    counts.chain(twice)
}

impl Teller<'_> {
    /// What the TCP analysis says of a segment beside what its kind says, each sentence after a blank.
    pub(super) fn explain_marks(&self, step: &Step, analysis: &TcpAnalysis) -> String {
        let to = step.from.other().name();
        let mut text = String::new();
        for (mark, _) in step.analysis.terms() {
            let sentence = match mark.0 {
                AnalysisFlags::RETRANSMISSION => {
                    let after = match analysis.rto {
                        Some(rto) => format!(", {} after #{}", duration(rto.ago_ns), rto.packet),
                        None => String::new(),
                    };
                    format!(
                        " A retransmission{after}: these bytes, or the acknowledgment of them, were lost or late."
                    )
                }
                AnalysisFlags::FAST_RETRANSMISSION => format!(
                    " A fast retransmission: duplicate ACKs of the {to} ask for these bytes."
                ),
                AnalysisFlags::SPURIOUS_RETRANSMISSION => format!(
                    " A spurious retransmission: the {to} had acknowledged these bytes before."
                ),
                AnalysisFlags::OUT_OF_ORDER => {
                    let why = match analysis.captured_before {
                        bytes if bytes > 0 && bytes == step.payload => {
                            ". It is a second copy: its bytes were captured before"
                        }
                        _ => ", too soon for a retransmission",
                    };
                    format!(
                        " Out of order: what follows it came less than a round trip before{why}."
                    )
                }
                AnalysisFlags::LOST_SEGMENT => format!(
                    " Previous segment not captured: {} before it in the stream have not come.",
                    size(analysis.missing_before.into())
                ),
                AnalysisFlags::ACK_LOST_SEGMENT => format!(
                    " It acknowledges an unseen segment: bytes of the {to} that were not captured."
                ),
                AnalysisFlags::WINDOW_UPDATE if step.kind != StepKind::Opened => {
                    " A window update: only the window is new.".to_owned()
                }
                AnalysisFlags::WINDOW_FULL => {
                    format!(" Window full: the {to} has room for no more until it acknowledges.")
                }
                _ => continue,
            };
            text.push_str(&sentence);
        }
        if let Some(gap) = &analysis.fills {
            let lost = match step.is_retransmission() {
                true => ": the first copy was lost before the place of capture",
                false => "",
            };
            text.push_str(&format!(
                " It fills {} of the gap before #{}{lost}.",
                size(gap.bytes.into()),
                gap.shown_by
            ));
        }
        text
    }
}
