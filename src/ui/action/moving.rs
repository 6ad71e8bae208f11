//! Works in most panes: comparing, copying, movements of the cursor, and the program itself.

use super::{
    Action, Binding,
    Scope::{All, Conversations, Packets},
};
use crate::lang::TextId;

/// The rows of the table.
pub(super) const ROWS: &[Binding] = &[
    Binding {
        action: Action::Compare,
        keys: &["d"],
        scopes: &[Conversations, Packets],
        hint: None,
        help: TextId("key-compare"),
    },
    Binding {
        action: Action::Objects,
        keys: &["O"],
        scopes: &[All],
        hint: None,
        help: TextId("key-objects"),
    },
    Binding {
        action: Action::Copy,
        keys: &["y"],
        scopes: &[All],
        hint: None,
        help: TextId("key-copy"),
    },
    Binding {
        action: Action::Up,
        keys: &["↑", "k"],
        scopes: &[All],
        hint: None,
        help: TextId("key-up"),
    },
    Binding {
        action: Action::Down,
        keys: &["↓", "j"],
        scopes: &[All],
        hint: None,
        help: TextId("key-down"),
    },
    Binding {
        action: Action::PageUp,
        keys: &["page up", "ctrl-b"],
        scopes: &[All],
        hint: None,
        help: TextId("key-page-up"),
    },
    Binding {
        action: Action::PageDown,
        keys: &["page down", "ctrl-f"],
        scopes: &[All],
        hint: None,
        help: TextId("key-page-down"),
    },
    Binding {
        action: Action::HalfPageUp,
        keys: &["ctrl-u"],
        scopes: &[All],
        hint: None,
        help: TextId("key-half-page-up"),
    },
    Binding {
        action: Action::HalfPageDown,
        keys: &["ctrl-d"],
        scopes: &[All],
        hint: None,
        help: TextId("key-half-page-down"),
    },
    Binding {
        action: Action::Top,
        keys: &["g", "home"],
        scopes: &[All],
        hint: None,
        help: TextId("key-top"),
    },
    Binding {
        action: Action::Bottom,
        keys: &["G", "end"],
        scopes: &[All],
        hint: None,
        help: TextId("key-bottom"),
    },
    Binding {
        action: Action::Help,
        keys: &["?", "f1"],
        scopes: &[All],
        hint: Some(TextId("hint-help")),
        help: TextId("key-keys"),
    },
    Binding {
        action: Action::NextTab,
        keys: &["ctrl-page down"],
        scopes: &[All],
        hint: None,
        help: TextId("key-tabnext"),
    },
    Binding {
        action: Action::PreviousTab,
        keys: &["ctrl-page up"],
        scopes: &[All],
        hint: None,
        help: TextId("key-tabprevious"),
    },
    Binding {
        action: Action::Redraw,
        keys: &["ctrl-l"],
        scopes: &[All],
        hint: None,
        help: TextId("key-redraw"),
    },
    Binding {
        action: Action::Suspend,
        keys: &["ctrl-z"],
        scopes: &[All],
        hint: None,
        help: TextId("key-suspend"),
    },
    Binding {
        action: Action::Quit,
        keys: &["ctrl-c", "Q"],
        scopes: &[All],
        hint: None,
        help: TextId("key-quit"),
    },
];
