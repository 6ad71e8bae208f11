//! Goes back, and follows the content of a conversation.

use super::{
    Action, Binding,
    Scope::{All, Bytes, Conversations, Details, Explanation, Findings, Follow, Ladder, Packets},
};
use crate::lang::TextId;

/// The rows of the table.
pub(super) const ROWS: &[Binding] = &[
    Binding {
        action: Action::Back,
        keys: &["esc"],
        scopes: &[All],
        hint: Some(TextId("hint-back")),
        help: TextId("key-back"),
    },
    Binding {
        action: Action::BackOrQuit,
        keys: &["q"],
        scopes: &[All],
        hint: None,
        help: TextId("key-back-or-quit"),
    },
    Binding {
        action: Action::Follow,
        keys: &["f"],
        scopes: &[
            Conversations,
            Ladder,
            Packets,
            Findings,
            Details,
            Bytes,
            Explanation,
        ],
        hint: Some(TextId("hint-follow")),
        help: TextId("key-follow"),
    },
    Binding {
        action: Action::Open,
        keys: &["enter", "→", "l"],
        scopes: &[Follow],
        hint: Some(TextId("hint-packet")),
        help: TextId("key-open-packet"),
    },
    Binding {
        action: Action::Back,
        keys: &["←", "h"],
        scopes: &[Follow],
        hint: None,
        help: TextId("key-back-follow"),
    },
    Binding {
        action: Action::Mode,
        keys: &["m"],
        scopes: &[Follow],
        hint: Some(TextId("hint-mode")),
        help: TextId("key-mode"),
    },
    Binding {
        action: Action::OneSide,
        keys: &["d"],
        scopes: &[Follow],
        hint: Some(TextId("hint-side")),
        help: TextId("key-side"),
    },
    Binding {
        action: Action::Charset,
        keys: &["e"],
        scopes: &[Follow],
        hint: Some(TextId("hint-charset")),
        help: TextId("key-charset"),
    },
    Binding {
        action: Action::PreviousCharset,
        keys: &["E"],
        scopes: &[Follow],
        hint: None,
        help: TextId("key-previous-charset"),
    },
    Binding {
        action: Action::FindNext,
        keys: &["n"],
        scopes: &[Packets, Conversations, Ladder, Details, Bytes],
        hint: None,
        help: TextId("key-find-next"),
    },
    Binding {
        action: Action::FindPrevious,
        keys: &["N"],
        scopes: &[Packets, Conversations, Ladder, Details, Bytes],
        hint: None,
        help: TextId("key-find-previous"),
    },
    Binding {
        action: Action::Find,
        keys: &["/", "ctrl-f"],
        scopes: &[Follow],
        hint: Some(TextId("hint-find")),
        help: TextId("key-find-content"),
    },
    Binding {
        action: Action::FindNext,
        keys: &["n"],
        scopes: &[Follow],
        hint: None,
        help: TextId("key-find-next"),
    },
    Binding {
        action: Action::FindPrevious,
        keys: &["N"],
        scopes: &[Follow],
        hint: None,
        help: TextId("key-find-previous"),
    },
    Binding {
        action: Action::NextTurn,
        keys: &["}", "]"],
        scopes: &[Follow],
        hint: None,
        help: TextId("key-next-turn"),
    },
    Binding {
        action: Action::PreviousTurn,
        keys: &["{", "["],
        scopes: &[Follow],
        hint: None,
        help: TextId("key-previous-turn"),
    },
    Binding {
        action: Action::Save,
        keys: &["s", "w"],
        scopes: &[Follow],
        hint: Some(TextId("hint-save")),
        help: TextId("key-save"),
    },
];
