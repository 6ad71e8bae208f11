//! What can be done on the screen, and the one table of keys that says how. Dispatch, the hints at the bottom, the help
//! and the manual's table of keys are all made from it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Something a user can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Move the cursor up.
    Up,
    /// Move the cursor down.
    Down,
    /// Move up half a page.
    HalfPageUp,
    /// Move down half a page.
    HalfPageDown,
    /// Move up a page.
    PageUp,
    /// Move down a page.
    PageDown,
    /// Go to the first row.
    Top,
    /// Go to the last row.
    Bottom,
    /// Open what the cursor is on.
    Open,
    /// Go back, or clear the filter.
    Back,
    /// Go back; on the first screen, quit.
    BackOrQuit,
    /// Fold, or go to what stands above.
    Left,
    /// Unfold.
    Right,
    /// Fold or unfold everything.
    FoldAll,
    /// The next source of bytes: the packet, or what was put together from several.
    NextSource,
    /// The next pane.
    NextPane,
    /// The previous pane.
    PreviousPane,
    /// The conversations.
    ShowConversations,
    /// All packets.
    ShowPackets,
    /// The packets of this conversation, or its ladder.
    SwitchLadder,
    /// Ask for ports.
    FilterPorts,
    /// Show or hide UDP.
    ToggleUdp,
    /// Sort by the next column.
    SortNext,
    /// Sort by the previous column.
    SortPrevious,
    /// Sort the other way round.
    SortReverse,
    /// Ask for a packet number.
    GoTo,
    /// The next packet of this conversation.
    NextInConversation,
    /// The previous packet of this conversation.
    PreviousInConversation,
    /// Switch how times are shown.
    TimeFormat,
    /// Sequence numbers relative, or as on the wire.
    AbsoluteSeq,
    /// Show or hide secrets.
    Secrets,
    /// Addresses by their names, or as they are.
    Names,
    /// Ask what a port's conversations speak.
    DecodeAs,
    /// What both sides said.
    Follow,
    /// As text, as bytes.
    Mode,
    /// Both sides, or one.
    OneSide,
    /// Read text in the next charset.
    Charset,
    /// Read text in the previous charset.
    PreviousCharset,
    /// Ask what to look for.
    Find,
    /// Where it is found next.
    FindNext,
    /// Where it was found before.
    FindPrevious,
    /// Where the other side speaks next.
    NextTurn,
    /// Where the other side spoke before.
    PreviousTurn,
    /// Ask for a file, and write what is shown to it.
    Save,
    /// What is shown stands still, or goes on, while the capture is being made.
    Pause,
    /// Ask which packets to save, and where.
    SavePackets,
    /// Mark the row, or take its mark away.
    Mark,
    /// Take all marks away.
    Unmark,
    /// Stop the live capture.
    StopCapture,
    /// Forget what was captured, and begin anew.
    Restart,
    /// Give the pane the whole screen, or take it back.
    Zoom,
    /// Make the pane larger.
    Grow,
    /// Make the pane smaller.
    Shrink,
    /// Copy the row.
    Copy,
    /// Show the keys.
    Help,
    /// Draw everything anew.
    Redraw,
    /// Back to the shell, until `fg`.
    Suspend,
    /// Leave at once.
    Quit,
}

/// Where a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere.
    All,
    /// In the list of conversations.
    Conversations,
    /// In the ladder of a conversation.
    Ladder,
    /// In the list of packets.
    Packets,
    /// In a packet's fields.
    Details,
    /// In a packet's bytes.
    Bytes,
    /// In what both sides of a conversation said.
    Follow,
}

impl Scope {
    /// All of them, in the order of the help.
    pub const EVERY: [Scope; 7] = [All, Conversations, Ladder, Follow, Packets, Details, Bytes];

    /// The name in the help.
    pub fn name(self) -> &'static str {
        match self {
            Scope::All => "Everywhere",
            Scope::Conversations => "Conversations",
            Scope::Ladder => "A conversation",
            Scope::Packets => "Packets",
            Scope::Details => "Fields",
            Scope::Bytes => "Bytes",
            Scope::Follow => "Content",
        }
    }
}

/// One row of the table of keys.
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// The keys, as they are written: `j`, `ctrl-d`, `↓`.
    pub keys: &'static [&'static str],
    /// Where it works.
    pub scopes: &'static [Scope],
    /// One or two words for the bottom of the screen; empty to leave it out there.
    pub hint: &'static str,
    /// What the help says.
    pub help: &'static str,
}

use Scope::{All, Bytes, Conversations, Details, Follow, Ladder, Packets};

/// All keys.
pub const BINDINGS: &[Binding] = &[
    Binding {
        action: Action::Open,
        keys: &["enter"],
        scopes: &[Conversations, Ladder, Packets, Details],
        hint: "open",
        help: "open the conversation or the packet, or unfold the row",
    },
    Binding {
        action: Action::Back,
        keys: &["esc"],
        scopes: &[All],
        hint: "back",
        help: "go back; on the first screen, clear the port filter",
    },
    Binding {
        action: Action::BackOrQuit,
        keys: &["q"],
        scopes: &[All],
        hint: "",
        help: "go back; on the first screen, quit",
    },
    Binding {
        action: Action::Follow,
        keys: &["f"],
        scopes: &[Conversations, Ladder, Packets, Details, Bytes],
        hint: "follow",
        help: "follow the conversation: the content that both sides sent, in order",
    },
    Binding {
        action: Action::Open,
        keys: &["enter", "→", "l"],
        scopes: &[Follow],
        hint: "packet",
        help: "go to the packet that carried this line",
    },
    Binding {
        action: Action::Back,
        keys: &["←", "h"],
        scopes: &[Follow],
        hint: "",
        help: "go back",
    },
    Binding {
        action: Action::Mode,
        keys: &["m"],
        scopes: &[Follow],
        hint: "mode",
        help: "switch between text, hex dump and raw bytes in hexadecimal",
    },
    Binding {
        action: Action::OneSide,
        keys: &["d"],
        scopes: &[Follow],
        hint: "side",
        help: "switch between both sides, the client only and the server only",
    },
    Binding {
        action: Action::Charset,
        keys: &["e"],
        scopes: &[Follow],
        hint: "charset",
        help: "use the next charset; at first the charset of each turn is guessed",
    },
    Binding {
        action: Action::PreviousCharset,
        keys: &["E"],
        scopes: &[Follow],
        hint: "",
        help: "use the previous charset",
    },
    Binding {
        action: Action::Find,
        keys: &["/"],
        scopes: &[Follow],
        hint: "find",
        help: "find a text; in hex and raw, bytes: ff d8",
    },
    Binding {
        action: Action::FindNext,
        keys: &["n"],
        scopes: &[Follow],
        hint: "",
        help: "go to the next match",
    },
    Binding {
        action: Action::FindPrevious,
        keys: &["N"],
        scopes: &[Follow],
        hint: "",
        help: "go to the previous match",
    },
    Binding {
        action: Action::NextTurn,
        keys: &["}", "]"],
        scopes: &[Follow],
        hint: "",
        help: "go to where the other side sends next",
    },
    Binding {
        action: Action::PreviousTurn,
        keys: &["{", "["],
        scopes: &[Follow],
        hint: "",
        help: "go to where the other side sent before",
    },
    Binding {
        action: Action::Save,
        keys: &["s", "w"],
        scopes: &[Follow],
        hint: "save",
        help: "save what is shown; an existing file is not overwritten",
    },
    Binding {
        action: Action::FilterPorts,
        keys: &["p"],
        scopes: &[Conversations, Packets, Ladder],
        hint: "port",
        help: "show only these ports: 80 or 80,443 or 8000-8100 or !22",
    },
    Binding {
        action: Action::SortNext,
        keys: &["s", ">"],
        scopes: &[Conversations],
        hint: "sort",
        help: "sort by the next column",
    },
    Binding {
        action: Action::SortPrevious,
        keys: &["<"],
        scopes: &[Conversations],
        hint: "",
        help: "sort by the previous column",
    },
    Binding {
        action: Action::SortReverse,
        keys: &["S"],
        scopes: &[Conversations],
        hint: "",
        help: "reverse the sort order",
    },
    Binding {
        action: Action::ToggleUdp,
        keys: &["u"],
        scopes: &[Conversations],
        hint: "udp",
        help: "show or hide UDP",
    },
    Binding {
        action: Action::SavePackets,
        keys: &["w"],
        scopes: &[Conversations, Ladder, Packets, Details, Bytes],
        hint: "save",
        help: "save packets: all, those shown, those marked, or those of the conversation",
    },
    Binding {
        action: Action::SavePackets,
        keys: &["ctrl-s", "f2"],
        scopes: &[All],
        hint: "",
        help: "save packets, also where w saves content",
    },
    Binding {
        action: Action::Mark,
        keys: &["m"],
        scopes: &[Conversations, Packets],
        hint: "mark",
        help: "mark the packet, or all packets of the conversation; again to unmark",
    },
    Binding {
        action: Action::Unmark,
        keys: &["M"],
        scopes: &[Conversations, Packets],
        hint: "",
        help: "remove all marks",
    },
    Binding {
        action: Action::StopCapture,
        keys: &["ctrl-e"],
        scopes: &[All],
        hint: "",
        help: "stop the live capture; what was captured stays on the screen",
    },
    Binding {
        action: Action::Restart,
        keys: &["ctrl-r"],
        scopes: &[All],
        hint: "",
        help: "discard what the live capture has so far, and start again",
    },
    Binding {
        action: Action::NextPane,
        keys: &["tab"],
        scopes: &[All],
        hint: "pane",
        help: "the next pane",
    },
    Binding {
        action: Action::PreviousPane,
        keys: &["shift-tab"],
        scopes: &[All],
        hint: "",
        help: "the previous pane",
    },
    Binding {
        action: Action::Right,
        keys: &["→", "l"],
        scopes: &[Ladder, Details, Bytes],
        hint: "",
        help: "unfold; in the bytes, go to the next one",
    },
    Binding {
        action: Action::Left,
        keys: &["←", "h"],
        scopes: &[Ladder, Details, Bytes],
        hint: "",
        help: "fold, or go to the row above it in the tree; in the bytes, go to the previous one",
    },
    Binding {
        action: Action::FoldAll,
        keys: &["e"],
        scopes: &[Ladder, Details],
        hint: "unfold all",
        help: "unfold or fold all rows",
    },
    Binding {
        action: Action::NextSource,
        keys: &["s"],
        scopes: &[Bytes],
        hint: "source",
        help: "switch between the bytes of the packet and those reassembled from several packets",
    },
    Binding {
        action: Action::NextInConversation,
        keys: &["."],
        scopes: &[Ladder, Follow, Packets, Details, Bytes],
        hint: "next",
        help: "go to the next packet of this conversation",
    },
    Binding {
        action: Action::PreviousInConversation,
        keys: &[","],
        scopes: &[Ladder, Follow, Packets, Details, Bytes],
        hint: "",
        help: "go to the previous packet of this conversation",
    },
    Binding {
        action: Action::SwitchLadder,
        keys: &["c"],
        scopes: &[Packets, Ladder, Follow],
        hint: "conversation",
        help: "go from a packet to its conversation, and back to the packets",
    },
    Binding {
        action: Action::GoTo,
        keys: &[":", "ctrl-g"],
        scopes: &[All],
        hint: "go to",
        help: "go to a packet by its number",
    },
    Binding {
        action: Action::ShowConversations,
        keys: &["1"],
        scopes: &[All],
        hint: "",
        help: "the conversations",
    },
    Binding {
        action: Action::ShowPackets,
        keys: &["2"],
        scopes: &[All],
        hint: "packets",
        help: "all packets",
    },
    Binding {
        action: Action::Pause,
        keys: &["P"],
        scopes: &[All],
        hint: "",
        help: "freeze the screen while the capture goes on; again to resume",
    },
    Binding {
        action: Action::TimeFormat,
        keys: &["t"],
        scopes: &[All],
        hint: "time",
        help: "switch the time format: since the first packet, since the previous packet, time of day, UTC",
    },
    Binding {
        action: Action::AbsoluteSeq,
        keys: &["a"],
        scopes: &[Ladder, Packets, Details, Bytes],
        hint: "seq",
        help: "switch between relative sequence numbers and those on the wire",
    },
    Binding {
        action: Action::Secrets,
        keys: &["*"],
        scopes: &[All],
        hint: "",
        help: "show or hide passwords and other secrets",
    },
    Binding {
        action: Action::Names,
        keys: &["A"],
        scopes: &[All],
        hint: "",
        help: "switch between names and addresses",
    },
    Binding {
        action: Action::DecodeAs,
        keys: &["D"],
        scopes: &[Conversations, Ladder, Packets, Details, Bytes],
        hint: "",
        help: "decode as: set the protocol of the server's port, such as http; empty to recognize it again",
    },
    Binding {
        action: Action::Zoom,
        keys: &["z", "\\"],
        scopes: &[Ladder, Packets, Details, Bytes],
        hint: "zoom",
        help: "give this pane the whole screen, or restore it",
    },
    Binding {
        action: Action::Grow,
        keys: &["+", "="],
        scopes: &[Ladder, Packets, Details, Bytes],
        hint: "",
        help: "make this pane larger",
    },
    Binding {
        action: Action::Shrink,
        keys: &["-"],
        scopes: &[Ladder, Packets, Details, Bytes],
        hint: "",
        help: "make this pane smaller",
    },
    Binding {
        action: Action::Copy,
        keys: &["y"],
        scopes: &[All],
        hint: "",
        help: "copy the row to the clipboard (OSC 52)",
    },
    Binding {
        action: Action::Up,
        keys: &["↑", "k"],
        scopes: &[All],
        hint: "",
        help: "up",
    },
    Binding {
        action: Action::Down,
        keys: &["↓", "j"],
        scopes: &[All],
        hint: "",
        help: "down",
    },
    Binding {
        action: Action::PageUp,
        keys: &["page up", "ctrl-b"],
        scopes: &[All],
        hint: "",
        help: "a page up",
    },
    Binding {
        action: Action::PageDown,
        keys: &["page down", "ctrl-f", "space"],
        scopes: &[All],
        hint: "",
        help: "a page down",
    },
    Binding {
        action: Action::HalfPageUp,
        keys: &["ctrl-u"],
        scopes: &[All],
        hint: "",
        help: "half a page up",
    },
    Binding {
        action: Action::HalfPageDown,
        keys: &["ctrl-d"],
        scopes: &[All],
        hint: "",
        help: "half a page down",
    },
    Binding {
        action: Action::Top,
        keys: &["g", "home"],
        scopes: &[All],
        hint: "",
        help: "the first row",
    },
    Binding {
        action: Action::Bottom,
        keys: &["G", "end"],
        scopes: &[All],
        hint: "",
        help: "the last row; during a capture, follow new rows",
    },
    Binding {
        action: Action::Help,
        keys: &["?", "f1"],
        scopes: &[All],
        hint: "help",
        help: "these keys",
    },
    Binding {
        action: Action::Redraw,
        keys: &["ctrl-l"],
        scopes: &[All],
        hint: "",
        help: "redraw the screen",
    },
    Binding {
        action: Action::Suspend,
        keys: &["ctrl-z"],
        scopes: &[All],
        hint: "",
        help: "suspend; fg resumes",
    },
    Binding {
        action: Action::Quit,
        keys: &["ctrl-c", "Q"],
        scopes: &[All],
        hint: "",
        help: "quit at once; asks first if a live capture was not saved",
    },
];

/// What a key does where the focus is: what is bound there comes before what is bound everywhere.
pub fn action(key: KeyEvent, scope: Scope) -> Option<Action> {
    let name = name(key)?;
    let bound = |wanted: Scope| {
        BINDINGS.iter().find(|binding| {
            binding.scopes.contains(&wanted) && binding.keys.contains(&name.as_str())
        })
    };
    bound(scope)
        .or_else(|| bound(All))
        .map(|binding| binding.action)
}

/// The hints for the bottom of the screen: key and word.
pub fn hints(scope: Scope) -> impl Iterator<Item = (&'static str, &'static str)> {
    BINDINGS
        .iter()
        .filter(move |binding| {
            !binding.hint.is_empty()
                && (binding.scopes.contains(&scope) || binding.scopes.contains(&All))
        })
        .filter_map(|binding| Some((*binding.keys.first()?, binding.hint)))
}

/// A key as the table writes it.
fn name(key: KeyEvent) -> Option<String> {
    let plain = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(letter) if key.modifiers.contains(KeyModifiers::CONTROL) => {
            return Some(format!("ctrl-{}", letter.to_ascii_lowercase()));
        }
        KeyCode::Char(letter) => letter.to_string(),
        KeyCode::Enter => "enter".to_owned(),
        KeyCode::Esc => "esc".to_owned(),
        KeyCode::Tab => "tab".to_owned(),
        KeyCode::BackTab => "shift-tab".to_owned(),
        KeyCode::Up => "↑".to_owned(),
        KeyCode::Down => "↓".to_owned(),
        KeyCode::Left => "←".to_owned(),
        KeyCode::Right => "→".to_owned(),
        KeyCode::Home => "home".to_owned(),
        KeyCode::End => "end".to_owned(),
        KeyCode::PageUp => "page up".to_owned(),
        KeyCode::PageDown => "page down".to_owned(),
        KeyCode::F(number) => format!("f{number}"),
        _ => return None,
    };
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for scope in Scope::EVERY {
            let mut seen = Vec::new();
            for binding in BINDINGS
                .iter()
                .filter(|binding| binding.scopes.contains(&scope))
            {
                for key in binding.keys {
                    assert!(!seen.contains(key), "{key} is bound twice in {scope:?}");
                    seen.push(key);
                }
            }
        }
    }

    #[test]
    fn keys_are_found() {
        let key = |code, modifiers| KeyEvent::new(code, modifiers);
        let none = KeyModifiers::NONE;
        assert_eq!(
            action(key(KeyCode::Char('j'), none), Conversations),
            Some(Action::Down)
        );
        assert_eq!(
            action(key(KeyCode::Char('S'), KeyModifiers::SHIFT), Conversations),
            Some(Action::SortReverse)
        );
        assert_eq!(
            action(key(KeyCode::Char('d'), KeyModifiers::CONTROL), Details),
            Some(Action::HalfPageDown)
        );
        assert_eq!(action(key(KeyCode::Char('s'), none), Ladder), None);
    }

    /// The keys in docs/manual.md are those of the table. On a difference this prints what must stand there.
    #[test]
    fn the_manual_lists_the_keys() {
        let mut table = String::from("| Where | Keys | What they do |\n|---|---|---|\n");
        for scope in Scope::EVERY {
            for binding in BINDINGS
                .iter()
                .filter(|binding| binding.scopes.first() == Some(&scope))
            {
                let places: Vec<_> = binding
                    .scopes
                    .iter()
                    .map(|scope| scope.name().to_lowercase())
                    .collect();
                let keys: Vec<_> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
                table += &format!(
                    "| {} | {} | {} |\n",
                    places.join(", "),
                    keys.join(" "),
                    binding.help
                );
            }
        }
        let manual = include_str!("../../docs/manual.md");
        assert!(
            manual.contains(&table),
            "docs/manual.md must contain:\n{table}"
        );
    }
}
