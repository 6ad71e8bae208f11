//! Chooses what the lists show, and in which order.

use super::{
    Action, Binding,
    Scope::{Bytes, Conversations, Details, Findings, Ladder, Packets, Statistics},
};
use crate::lang::TextId;

/// The rows of the table.
pub(super) const ROWS: &[Binding] = &[
    Binding {
        action: Action::Filter,
        keys: &["/"],
        scopes: &[Conversations, Packets, Findings],
        hint: Some(TextId("hint-filter")),
        help: TextId("key-filter"),
    },
    Binding {
        action: Action::Find,
        keys: &["ctrl-f"],
        scopes: &[Packets, Conversations, Ladder, Details, Bytes],
        hint: Some(TextId("hint-find")),
        help: TextId("key-find"),
    },
    Binding {
        action: Action::FilterBy,
        keys: &["o"],
        scopes: &[
            Conversations,
            Packets,
            Details,
            Ladder,
            Findings,
            Statistics,
        ],
        hint: Some(TextId("hint-only")),
        help: TextId("key-only"),
    },
    Binding {
        action: Action::FilterAnd,
        keys: &["&"],
        scopes: &[
            Conversations,
            Packets,
            Details,
            Ladder,
            Findings,
            Statistics,
        ],
        hint: None,
        help: TextId("key-and"),
    },
    Binding {
        action: Action::FilterOr,
        keys: &["|"],
        scopes: &[
            Conversations,
            Packets,
            Details,
            Ladder,
            Findings,
            Statistics,
        ],
        hint: None,
        help: TextId("key-or"),
    },
    Binding {
        action: Action::FilterNot,
        keys: &["!"],
        scopes: &[
            Conversations,
            Packets,
            Details,
            Ladder,
            Findings,
            Statistics,
        ],
        hint: None,
        help: TextId("key-not"),
    },
    Binding {
        action: Action::WholeConversations,
        keys: &["W"],
        scopes: &[Packets, Conversations],
        hint: None,
        help: TextId("key-whole"),
    },
    Binding {
        action: Action::FilterPorts,
        keys: &["p"],
        scopes: &[Conversations, Packets, Findings, Ladder],
        hint: Some(TextId("hint-port")),
        help: TextId("key-port"),
    },
    Binding {
        action: Action::SortNext,
        keys: &["s", ">"],
        scopes: &[Conversations],
        hint: Some(TextId("hint-sort")),
        help: TextId("key-sort"),
    },
    Binding {
        action: Action::SortPrevious,
        keys: &["<"],
        scopes: &[Conversations],
        hint: None,
        help: TextId("key-sort-previous"),
    },
    Binding {
        action: Action::SortReverse,
        keys: &["S"],
        scopes: &[Conversations],
        hint: None,
        help: TextId("key-reverse"),
    },
    Binding {
        action: Action::ToggleUdp,
        keys: &["u"],
        scopes: &[Conversations, Packets, Findings],
        hint: Some(TextId("hint-udp")),
        help: TextId("key-udp"),
    },
    Binding {
        action: Action::WithFindings,
        keys: &["F"],
        scopes: &[Conversations],
        hint: Some(TextId("hint-findings")),
        help: TextId("key-with-findings"),
    },
];
