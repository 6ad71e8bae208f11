//! The actions on the screen, and the one table of their keys. Dispatch, the hints at the bottom and the help are made
//! from it; a test compares the manual's table of keys with it.

mod filtering;
mod following;
mod marking;
mod moving;
mod opening;
mod packet;
mod showing;
#[cfg(test)]
mod tests;

use super::keys;
use crate::{
    cell::width,
    lang::{TextId, text},
};
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
    /// Fold, or go to the parent.
    Left,
    /// Unfold.
    Right,
    /// Fold or unfold everything.
    FoldAll,
    /// Explain the packet in plain words, or show its bytes.
    Explain,
    /// The next source of bytes: the packet, or the bytes reassembled from several.
    NextSource,
    /// The next pane.
    NextPane,
    /// The previous pane.
    PreviousPane,
    /// The conversations.
    ShowConversations,
    /// All packets.
    ShowPackets,
    /// The findings.
    ShowFindings,
    /// The statistics.
    ShowStatistics,
    /// The charts of the conversation.
    Charts,
    /// The next view of the pane.
    NextView,
    /// The previous view of the pane.
    PreviousView,
    /// The packets of this conversation, or its ladder.
    SwitchLadder,
    /// Ask for a display filter.
    Filter,
    /// Apply the filter of the chosen field or row.
    FilterBy,
    /// The same, where the display filter holds too.
    FilterAnd,
    /// The same, or where the display filter holds.
    FilterOr,
    /// Where it does not hold.
    FilterNot,
    /// Show all packets of the conversations that the display filter finds, or only those packets.
    WholeConversations,
    /// Ask for ports.
    FilterPorts,
    /// Show or hide UDP.
    ToggleUdp,
    /// Show only conversations with findings, or all.
    WithFindings,
    /// Sort by the next column.
    SortNext,
    /// Sort by the previous column.
    SortPrevious,
    /// Sort the other way round.
    SortReverse,
    /// Ask for a packet number.
    GoTo,
    /// Ask for a command.
    CommandLine,
    /// List all commands, and choose one.
    Palette,
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
    /// Colour packets by rules, or not.
    Colors,
    /// Choose the columns of the list.
    Columns,
    /// Add a column.
    AddColumn,
    /// Ask for another title or field of a column.
    EditColumn,
    /// Remove a column.
    RemoveColumn,
    /// Show the usual columns.
    ResetColumns,
    /// Move the column to the left.
    MoveUp,
    /// Move the column to the right.
    MoveDown,
    /// Ask for the protocol of a port's conversations.
    DecodeAs,
    /// Show the content of both sides.
    Follow,
    /// Show it as text, or as bytes.
    Mode,
    /// Show both sides, or one.
    OneSide,
    /// Read text in the next charset.
    Charset,
    /// Read text in the previous charset.
    PreviousCharset,
    /// Ask for the text to find.
    Find,
    /// Go to the next match.
    FindNext,
    /// Go to the previous match.
    FindPrevious,
    /// Go to the next data of the other side.
    NextTurn,
    /// Go to the previous data of the other side.
    PreviousTurn,
    /// Ask for a file, and write what is shown to it.
    Save,
    /// Pause the display of a live capture, or resume it.
    Pause,
    /// Ask which packets to save, and where.
    SavePackets,
    /// Mark the row, or unmark it.
    Mark,
    /// Give the packet a letter, which is typed next.
    SetMark,
    /// Go to the packet of a letter, which is typed next.
    GoToMark,
    /// Go to the next marked row.
    NextMarked,
    /// Go to the previous marked row.
    PreviousMarked,
    /// Go from a request to its answer, or back.
    Counterpart,
    /// Go back to where the last jump began.
    JumpBack,
    /// Count time from the packet, or no longer.
    TimeReference,
    /// Unmark all rows.
    UnmarkAll,
    /// Stop the live capture.
    StopCapture,
    /// Drop what was captured, and start the capture again.
    Restart,
    /// Give the pane the whole screen, or restore it.
    Zoom,
    /// Make the pane larger.
    Grow,
    /// Make the pane smaller.
    Shrink,
    /// Offer what can be copied.
    Copy,
    /// Compare the two marked rows.
    Compare,
    /// List the transferred files.
    Objects,
    /// Show the keys.
    Help,
    /// Show the next capture that is open.
    NextTab,
    /// Show the previous one.
    PreviousTab,
    /// Redraw everything.
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
    /// In the list of findings.
    Findings,
    /// In the statistics.
    Statistics,
    /// In the charts of a conversation.
    Charts,
    /// In a packet's fields.
    Details,
    /// In a packet's bytes.
    Bytes,
    /// In a packet's explanation.
    Explanation,
    /// In the content of a conversation.
    Follow,
    /// In the comparison of two conversations or packets.
    Compare,
    /// In the list of transferred files.
    Objects,
    /// In the choice of columns.
    Columns,
    /// On the start screen.
    Start,
}

impl Scope {
    /// All of them, in the order of the help.
    pub const EVERY: [Scope; 15] = [
        All,
        Conversations,
        Ladder,
        Charts,
        Follow,
        Packets,
        Findings,
        Statistics,
        Details,
        Bytes,
        Explanation,
        Scope::Compare,
        Scope::Objects,
        Scope::Columns,
        Start,
    ];

    /// Returns the name in the help.
    pub fn name(self) -> &'static str {
        match self {
            Scope::All => text!("scope-everywhere"),
            Scope::Conversations => text!("scope-conversations"),
            Scope::Ladder => text!("scope-ladder"),
            Scope::Packets => text!("scope-packets"),
            Scope::Findings => text!("scope-findings"),
            Scope::Statistics => text!("scope-statistics"),
            Scope::Charts => text!("scope-charts"),
            Scope::Details => text!("scope-details"),
            Scope::Bytes => text!("scope-bytes"),
            Scope::Explanation => text!("scope-explanation"),
            Scope::Follow => text!("scope-follow"),
            Scope::Compare => text!("scope-compare"),
            Scope::Objects => text!("scope-objects"),
            Scope::Columns => text!("scope-columns"),
            Scope::Start => text!("scope-start"),
        }
    }
}

/// One row of the table of keys.
#[derive(Clone, Copy)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// The keys, in the notation of the table: `j`, `ctrl-d`, `↓`.
    pub keys: &'static [&'static str],
    /// Where it works.
    pub scopes: &'static [Scope],
    /// One or two words for the bottom of the screen; nothing to omit it there.
    pub hint: Option<TextId>,
    /// Its text in the help.
    pub help: TextId,
}

use Scope::{
    All, Bytes, Charts, Conversations, Details, Explanation, Findings, Follow, Ladder, Packets,
    Start, Statistics,
};

/// The table by what the keys are for; earlier rows are earlier among the hints.
const GROUPS: [&[Binding]; 7] = [
    opening::ROWS,
    following::ROWS,
    filtering::ROWS,
    marking::ROWS,
    packet::ROWS,
    showing::ROWS,
    moving::ROWS,
];

/// All keys.
pub static BINDINGS: &[Binding] = &JOINED;

static JOINED: [Binding; count()] = joined();

/// Returns the number of rows.
const fn count() -> usize {
    let (mut count, mut group) = (0, 0);
    while group < GROUPS.len() {
        count += GROUPS[group].len();
        group += 1;
    }
    count
}

/// Returns the rows of all groups, one after another.
const fn joined() -> [Binding; count()] {
    let mut all = [GROUPS[0][0]; count()];
    let (mut at, mut group) = (0, 0);
    while group < GROUPS.len() {
        let mut row = 0;
        while row < GROUPS[group].len() {
            all[at] = GROUPS[group][row];
            (at, row) = (at + 1, row + 1);
        }
        group += 1;
    }
    all
}

/// Returns the action of a key where the focus is: a specific binding has precedence over a general one.
pub fn action(key: KeyEvent, scope: Scope) -> Option<Action> {
    let name = name(key)?;
    let bound = |wanted: Scope| {
        keys::bindings().iter().find(|binding| {
            binding.scopes.contains(&wanted) && binding.keys.contains(&name.as_str())
        })
    };
    bound(scope)
        .or_else(|| bound(All))
        .map(|binding| binding.action)
}

/// Returns the first key of an action: that of most places, if it has several.
pub fn key_of(action: Action) -> Option<&'static str> {
    let bindings = keys::bindings().iter();
    let bindings = bindings.filter(|it| it.action == action && !it.keys.is_empty());
    let binding = bindings.min_by_key(|binding| std::cmp::Reverse(binding.scopes.len()))?;
    binding.keys.first().copied()
}

/// Returns the scopes in which an action has a key.
pub fn scopes_of(action: Action) -> impl Iterator<Item = Scope> {
    let bindings = BINDINGS.iter().filter(move |it| it.action == action);
    bindings.flat_map(|binding| binding.scopes.iter().copied())
}

/// A key at the bottom of the screen.
#[derive(Clone, Copy, Debug)]
pub struct Hint {
    /// The key.
    pub key: &'static str,
    /// One or two words about it.
    pub words: &'static str,
    /// What it does.
    pub action: Action,
}

impl Hint {
    /// Returns how many columns it takes, with the gap after it.
    pub fn width(&self) -> usize {
        width(self.key) + width(self.words) + 3
    }
}

/// Returns the hints that fit into this many columns, of the actions that are useful. The key of the help comes last, and is the last to be left out.
pub fn hints_within(scope: Scope, columns: usize, is_useful: impl Fn(Action) -> bool) -> Vec<Hint> {
    let is_help = |hint: &Hint| hint.action == Action::Help;
    let help = hints(scope)
        .find(is_help)
        .filter(|help| help.width() <= columns);
    let mut left = columns - help.map_or(0, |help| help.width());
    let others = hints(scope).filter(|hint| !is_help(hint) && is_useful(hint.action));
    let fitting = others.take_while(|hint| {
        let fits = hint.width() <= left;
        left = left.saturating_sub(hint.width());
        fits
    });
    fitting
        .collect::<Vec<_>>()
        .into_iter()
        .chain(help)
        .collect()
}

fn hints(scope: Scope) -> impl Iterator<Item = Hint> {
    keys::bindings()
        .iter()
        .filter(move |binding| binding.scopes.contains(&scope) || binding.scopes.contains(&All))
        .filter_map(|binding| {
            Some(Hint {
                key: binding.keys.first()?,
                words: binding.hint?.text(),
                action: binding.action,
            })
        })
}

/// Returns a key in the notation of the table.
pub fn name(key: KeyEvent) -> Option<String> {
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
        KeyCode::PageUp if key.modifiers.contains(KeyModifiers::CONTROL) => {
            "ctrl-page up".to_owned()
        }
        KeyCode::PageDown if key.modifiers.contains(KeyModifiers::CONTROL) => {
            "ctrl-page down".to_owned()
        }
        KeyCode::PageUp => "page up".to_owned(),
        KeyCode::PageDown => "page down".to_owned(),
        KeyCode::Insert => "insert".to_owned(),
        KeyCode::Delete => "delete".to_owned(),
        KeyCode::F(number) => format!("f{number}"),
        _ => return None,
    };
    Some(plain)
}
