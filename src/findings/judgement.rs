//! The judgement of a conversation: its state and its verdict.

use super::{Finding, Kind, Settings, Severity, of_conversation};
use crate::{
    store::Contents,
    track::{ConversationId, Outcome, Tone, outcome, verdict, verdict_so_far},
};

/// How a conversation is judged: by its worst finding that says how it went, or by how it ended if there is none above a
/// note.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// A sign, so that colour is not its only carrier.
    pub sign: char,
    /// How good or bad it is.
    pub tone: Tone,
    /// The state in at most 16 columns.
    pub words: &'static str,
    /// The verdict in a sentence. It is not fit for a terminal: it may hold text from the network.
    pub sentence: String,
}

impl Judgement {
    /// Judges a conversation. None if it was evicted.
    pub fn of(contents: &Contents, id: ConversationId, settings: &Settings) -> Option<Self> {
        Judgement::by(contents, id, &of_conversation(contents, id, settings))
    }

    /// Judges a conversation by its findings, the worst first. None if it was evicted.
    pub fn by(contents: &Contents, id: ConversationId, findings: &[Finding]) -> Option<Self> {
        let conversation = contents.tracker.get(id)?;
        let outcome = outcome(conversation);
        let worst = findings
            .iter()
            .find(|finding| finding.severity >= Severity::Warning && finding.kind.is_outcome());
        if let Some(worst) = worst {
            return Some(Judgement {
                sign: worst.severity.sign(),
                tone: match worst.severity {
                    Severity::Error => Tone::Bad,
                    _ => Tone::Warning,
                },
                words: match worst.kind {
                    // How it ended says by whom, and what was wrong.
                    Kind::HandshakeIncomplete => outcome.words(),
                    Kind::Reset => match conversation.tcp().reset {
                        Some((by, _)) => Outcome::Reset(by).words(),
                        None => worst.kind.words(),
                    },
                    kind => kind.words(),
                },
                sentence: worst.text.clone(),
            });
        }
        let ending = match contents.finished {
            true => verdict(conversation),
            false => verdict_so_far(conversation),
        };
        // A RST after everything had been said is no fault.
        let reset = findings.iter().find(|finding| finding.kind == Kind::Reset);
        Some(match (outcome, reset) {
            (Outcome::Reset(_), Some(reset)) => Judgement {
                sign: '·',
                tone: Tone::Neutral,
                words: outcome.words(),
                sentence: reset.text.clone(),
            },
            _ => Judgement {
                sign: outcome.sign(),
                tone: outcome.tone(),
                words: outcome.words(),
                sentence: ending,
            },
        })
    }
}
