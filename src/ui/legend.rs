//! The signs of the lists, for the help: what stands before a row, in it, and beside it.

use super::Scope;
use crate::lang::TextId;

/// A sign, or several that belong together, and their meaning.
pub type Sign = (&'static str, TextId);

/// Returns the signs of a pane, in the order in which they stand from left to right.
pub fn legend(scope: Scope) -> &'static [Sign] {
    match scope {
        Scope::Conversations => CONVERSATIONS,
        Scope::Ladder => LADDER,
        Scope::Follow => FOLLOW,
        Scope::Packets => PACKETS,
        Scope::Findings => FINDINGS,
        Scope::Details => DETAILS,
        Scope::Compare => COMPARE,
        Scope::All
        | Scope::Bytes
        | Scope::Charts
        | Scope::Columns
        | Scope::Explanation
        | Scope::Objects
        | Scope::Start
        | Scope::Statistics => &[],
    }
}

const COMPARE: &[Sign] = &[
    ("≠", TextId("legend-differs")),
    ("→  ←", TextId("legend-client-or-server")),
];

const CONVERSATIONS: &[Sign] = &[
    ("▌  ◆", TextId("legend-cursor-and-mark")),
    ("+  •  ✗", TextId("legend-news")),
    ("*", TextId("legend-secret")),
    ("└", TextId("legend-announced")),
    ("?", TextId("legend-guess")),
    ("●●●", TextId("legend-handshake")),
    ("·  ✕", TextId("legend-handshake-missing")),
    ("✓", TextId("legend-good")),
    ("·", TextId("legend-neutral")),
    ("!", TextId("legend-warning")),
    ("✗", TextId("legend-bad")),
];

const LADDER: &[Sign] = &[
    ("▌", TextId("legend-cursor")),
    ("├─▶  ◀─┤", TextId("legend-one-packet")),
    ("╞═▶  ◀═╡", TextId("legend-several-packets")),
    ("╌", TextId("legend-icmp")),
    ("┈", TextId("legend-no-packet")),
    ("!  ✗", TextId("legend-evidence")),
    ("CE", TextId("legend-ce")),
    ("▸  ▾", TextId("legend-folded")),
    ("①  ②  ③", TextId("legend-handshake-step")),
    ("✓  ✗", TextId("legend-checked")),
];

const FOLLOW: &[Sign] = &[
    ("▌", TextId("legend-cursor")),
    (">  <", TextId("legend-sender")),
    ("↪", TextId("legend-wrapped")),
];

const PACKETS: &[Sign] = &[
    ("▌  ◆", TextId("legend-cursor-and-mark")),
    ("┌  │  └", TextId("legend-same-conversation")),
    ("┊", TextId("legend-other-conversation")),
    ("→  ←", TextId("legend-direction")),
    ("✎", TextId("legend-comment")),
];

const FINDINGS: &[Sign] = &[
    ("▌", TextId("legend-cursor")),
    ("✗", TextId("legend-error")),
    ("!", TextId("legend-warned")),
    ("·", TextId("legend-noted")),
    ("▸  ▾", TextId("legend-several-findings")),
];

const DETAILS: &[Sign] = &[
    ("▌", TextId("legend-cursor")),
    ("▸  ▾", TextId("legend-folded")),
    ("·  i", TextId("legend-note")),
    ("!  ✗", TextId("legend-problem")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::Tone;

    /// The signs of outcomes are those of the list.
    #[test]
    fn every_outcome_has_its_sign() {
        use crate::track::{Outcome, Side};
        for outcome in [
            Outcome::Closed(Side::Client),
            Outcome::Open,
            Outcome::HalfOpen,
            Outcome::Refused,
        ] {
            let sign = outcome.sign().to_string();
            let tone = match outcome.tone() {
                Tone::Good => "legend-good",
                Tone::Neutral => "legend-neutral",
                Tone::Warning => "legend-warning",
                Tone::Bad => "legend-bad",
            };
            assert!(
                CONVERSATIONS.contains(&(sign.as_str(), TextId(tone))),
                "{sign}"
            );
        }
    }
}
