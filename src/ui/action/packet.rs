//! Moves in the parts of a packet, and from packet to packet of a conversation.

use super::{
    Action, Binding,
    Scope::{All, Bytes, Details, Explanation, Follow, Ladder, Packets},
};
use crate::lang::TextId;

/// The rows of the table.
pub(super) const ROWS: &[Binding] = &[
    Binding {
        action: Action::NextPane,
        keys: &["tab"],
        scopes: &[All],
        hint: Some(TextId("hint-pane")),
        help: TextId("key-pane"),
    },
    Binding {
        action: Action::PreviousPane,
        keys: &["shift-tab"],
        scopes: &[All],
        hint: None,
        help: TextId("key-previous-pane"),
    },
    Binding {
        action: Action::Right,
        keys: &["→", "l"],
        scopes: &[Ladder, Details, Bytes],
        hint: None,
        help: TextId("key-right"),
    },
    Binding {
        action: Action::Left,
        keys: &["←", "h"],
        scopes: &[Ladder, Details, Bytes],
        hint: None,
        help: TextId("key-left"),
    },
    Binding {
        action: Action::Right,
        keys: &["→", "l"],
        scopes: &[Packets],
        hint: None,
        help: TextId("key-right-info"),
    },
    Binding {
        action: Action::Left,
        keys: &["←", "h"],
        scopes: &[Packets],
        hint: None,
        help: TextId("key-left-info"),
    },
    Binding {
        action: Action::FoldAll,
        keys: &["e"],
        scopes: &[Ladder, Details],
        hint: Some(TextId("hint-unfold-all")),
        help: TextId("key-unfold"),
    },
    Binding {
        action: Action::Explain,
        keys: &["x"],
        scopes: &[Ladder, Packets, Details, Bytes, Explanation],
        hint: Some(TextId("hint-explain")),
        help: TextId("key-explain"),
    },
    Binding {
        action: Action::Open,
        keys: &["enter"],
        scopes: &[Explanation],
        hint: Some(TextId("hint-term")),
        help: TextId("key-open-term"),
    },
    Binding {
        action: Action::Right,
        keys: &["→", "l"],
        scopes: &[Explanation],
        hint: None,
        help: TextId("key-next-term"),
    },
    Binding {
        action: Action::Left,
        keys: &["←", "h"],
        scopes: &[Explanation],
        hint: None,
        help: TextId("key-previous-term"),
    },
    Binding {
        action: Action::NextSource,
        keys: &["s"],
        scopes: &[Bytes],
        hint: Some(TextId("hint-source")),
        help: TextId("key-source"),
    },
    Binding {
        action: Action::NextInConversation,
        keys: &["."],
        scopes: &[Ladder, Follow, Packets, Details, Bytes, Explanation],
        hint: Some(TextId("hint-next")),
        help: TextId("key-next"),
    },
    Binding {
        action: Action::PreviousInConversation,
        keys: &[","],
        scopes: &[Ladder, Follow, Packets, Details, Bytes, Explanation],
        hint: None,
        help: TextId("key-previous"),
    },
    Binding {
        action: Action::SwitchLadder,
        keys: &["c"],
        scopes: &[Packets, Follow],
        hint: Some(TextId("hint-conversation")),
        help: TextId("key-ladder"),
    },
    Binding {
        action: Action::SwitchLadder,
        keys: &["c"],
        scopes: &[Ladder],
        hint: Some(TextId("hint-in-packets")),
        help: TextId("key-in-packets"),
    },
];
