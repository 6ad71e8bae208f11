//! Saves and marks packets, jumps between them, and ends the capture.

use super::{
    Action, Binding,
    Scope::{All, Bytes, Conversations, Details, Explanation, Findings, Ladder, Packets},
};
use crate::lang::TextId;

/// The rows of the table.
pub(super) const ROWS: &[Binding] = &[
    Binding {
        action: Action::SavePackets,
        keys: &["w"],
        scopes: &[
            Conversations,
            Ladder,
            Packets,
            Findings,
            Details,
            Bytes,
            Explanation,
        ],
        hint: Some(TextId("hint-save")),
        help: TextId("key-write"),
    },
    Binding {
        action: Action::SavePackets,
        keys: &["ctrl-s", "f2"],
        scopes: &[All],
        hint: None,
        help: TextId("key-write-everywhere"),
    },
    Binding {
        action: Action::Mark,
        keys: &["space"],
        scopes: &[Conversations, Packets, Ladder],
        hint: Some(TextId("hint-mark")),
        help: TextId("key-mark"),
    },
    Binding {
        action: Action::NextMarked,
        keys: &["]"],
        scopes: &[Conversations, Packets],
        hint: None,
        help: TextId("key-next-marked"),
    },
    Binding {
        action: Action::PreviousMarked,
        keys: &["["],
        scopes: &[Conversations, Packets],
        hint: None,
        help: TextId("key-previous-marked"),
    },
    Binding {
        action: Action::SetMark,
        keys: &["m"],
        scopes: &[Conversations, Packets, Ladder, Details, Bytes, Explanation],
        hint: None,
        help: TextId("key-set-mark"),
    },
    Binding {
        action: Action::GoToMark,
        keys: &["'"],
        scopes: &[All],
        hint: None,
        help: TextId("key-go-to-mark"),
    },
    Binding {
        action: Action::Counterpart,
        keys: &["%"],
        scopes: &[Packets, Ladder, Details, Bytes, Explanation],
        hint: None,
        help: TextId("key-answer"),
    },
    Binding {
        action: Action::JumpBack,
        keys: &["ctrl-o"],
        scopes: &[All],
        hint: None,
        help: TextId("key-jump-back"),
    },
    Binding {
        action: Action::TimeReference,
        keys: &["ctrl-t"],
        scopes: &[Packets, Details],
        hint: None,
        help: TextId("key-reference"),
    },
    Binding {
        action: Action::UnmarkAll,
        keys: &["M"],
        scopes: &[Conversations, Packets, Ladder],
        hint: None,
        help: TextId("key-unmark"),
    },
    Binding {
        action: Action::StopCapture,
        keys: &["ctrl-e"],
        scopes: &[All],
        hint: None,
        help: TextId("key-stop"),
    },
    Binding {
        action: Action::Restart,
        keys: &["ctrl-r"],
        scopes: &[All],
        hint: None,
        help: TextId("key-restart"),
    },
];
