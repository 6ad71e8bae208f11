//! The interface of a pane. Each pane is a file or a folder of [`super::panes`], and the screen knows it only by
//! [`Pane`].
//!
//! A new pane implements the trait, has a key in [`super::action::BINDINGS`], and is opened by one line of
//! `app/open.rs`.

use super::{
    Action, Scope, Shared,
    display_filter::Combine,
    finding::{Find, Match, Targets},
    layout::Layout,
    list::Following,
    panes::copy_menu::CopyOffer,
    prompt::Prompt,
};
use crate::{
    columns::{Column, chosen::AnyList},
    find::Pattern,
    glossary::Term,
    save::Choice,
    track::ConversationId,
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};
use std::fmt;

/// A part of the screen that is drawn as a whole, and that handles keys and the mouse. Most methods do nothing by
/// default.
pub trait Pane {
    /// Returns the scope of its keys: that of the focused part.
    fn scope(&self) -> Scope;

    /// Returns its layout on the screen.
    fn layout(&self) -> Layout {
        Layout::Whole
    }

    /// Returns its title on the tab of a list.
    fn tab(&self, _shared: &Shared) -> String {
        self.scope().name().to_owned()
    }

    /// Returns the line above it. For a pane without one, the tabs of the lists are shown.
    fn title(&self, _shared: &Shared, _width: u16) -> Option<Line<'static>> {
        None
    }

    /// Returns the text at the right end of the bottom line, beside the keys.
    fn totals(&self) -> Option<String> {
        None
    }

    /// Returns what it leaves out, for the title of the screen. A list is called even while another pane covers it.
    fn filter(&self, _shared: &Shared) -> Option<String> {
        None
    }

    /// Draws it.
    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea);

    /// Takes over what has come since the last frame. A list is called even while another pane covers it.
    fn sync(&mut self, _shared: &Shared) {}

    /// Performs an action. The screen performs those that the pane ignores; before that it closes the pane if it is an
    /// overlay.
    fn act(&mut self, action: Action, shared: &Shared) -> Reply;

    /// Handles a click of the left button.
    fn click(&mut self, _at: Position, _shared: &Shared) -> Reply {
        Reply::Ignored
    }

    /// Scrolls one of its parts by some rows: down, or up where they are negative. The focus stays where it is.
    fn scroll(&mut self, _rows: isize, _part: Scope) {}

    /// Handles the answer to its [`Reply::Ask`], or returns an error: then it is asked again.
    fn answer(&mut self, _asked: Action, _answer: &str, _shared: &Shared) -> Result<Reply, String> {
        Ok(Reply::Done)
    }

    /// Returns where to search for the next match, or for the previous one. Without a pattern the last search is forgotten.
    fn find(&mut self, _find: Option<&Find>, _forward: bool, _shared: &Shared) -> Sought {
        Sought::Nowhere
    }

    /// Moves the cursor to a match.
    fn found(&mut self, found: &Match) {
        if let Match::Packet(number) = found {
            self.go_to(*number);
        }
    }

    /// Shows where a packet holds a match, if it shows the packet.
    fn show_match(&mut self, _packet: u32, _pattern: &Pattern) {}

    /// Returns the request or the answer that a packet names, if it has read the packet.
    fn counterpart(&self, _packet: u32) -> Option<Option<u32>> {
        None
    }

    /// Returns the parts that can have the focus, in the order of tab.
    fn parts(&self) -> Vec<Scope> {
        vec![self.scope()]
    }

    /// Moves the focus to one of its parts.
    fn focus(&mut self, _part: Scope) {}

    /// Returns the part at a position inside the pane.
    fn part_at(&self, _at: Position) -> Option<Scope> {
        Some(self.scope())
    }

    /// Returns whether it follows new rows, if it can.
    fn tail(&self) -> Option<Following> {
        None
    }

    /// Returns the packet that the cursor is on.
    fn packet(&self, _shared: &Shared) -> Option<u32> {
        None
    }

    /// Whether that is certain: it may depend on packets that have not been read.
    fn is_packet_known(&self) -> bool {
        true
    }

    /// Returns the conversation that the whole pane is about.
    fn conversation(&self) -> Option<ConversationId> {
        None
    }

    /// Returns the conversation that the cursor is on.
    fn selected(&self) -> Option<ConversationId> {
        self.conversation()
    }

    /// Returns which packets it shows, for saving them.
    fn shown(&self, shared: &Shared) -> Choice {
        Choice::Shown(shared.filter())
    }

    /// Returns the value of the chosen field, and the field as it is shown.
    fn field_texts(&self) -> Option<[String; 2]> {
        None
    }

    /// Returns the term of the glossary that the cursor is on.
    fn term(&self) -> Option<&'static Term> {
        None
    }

    /// Whether one of its actions does something now; hints about others are omitted.
    fn is_useful(&self, _action: Action) -> bool {
        true
    }

    /// Whether it can show several sources of bytes.
    fn has_several_sources(&self) -> bool {
        false
    }

    /// Sorts it by a column, if it can be sorted.
    fn sort_by(&mut self, _column: Column) -> Reply {
        Reply::Ignored
    }

    /// Moves the cursor to a packet, or to the nearest that it has.
    fn go_to(&mut self, _packet: u32) {}

    /// Returns the column by which conversations are sorted, and whether in reverse order.
    fn order(&self) -> Option<(Column, bool)> {
        None
    }

    /// Sorts conversations by a column.
    fn set_order(&mut self, _column: Column, _reverse: bool) {}

    /// Applies a changed filter.
    fn refilter(&mut self) {}

    /// Drops what was read: the index has read conversations in another way.
    fn forget(&mut self) {}

    /// Whether there is work that proceeds with every frame.
    fn is_busy(&self) -> bool {
        false
    }

    /// Takes the result of work that took some time.
    fn take_message(&mut self) -> Option<String> {
        None
    }
}

/// Where a pane has something to search.
pub enum Sought {
    /// Nowhere.
    Nowhere,
    /// It searches itself.
    Here(Reply),
    /// The reader's thread searches for it there.
    In(Targets),
}

/// Where a pane is drawn, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaneArea {
    /// The area.
    pub area: Rect,
    /// Whether it has the focus.
    pub focused: bool,
    /// Whether the focused part fills the area.
    pub zoomed: bool,
}

impl PaneArea {
    /// Returns the whole area, with the focus.
    #[cfg(test)]
    pub fn focused(area: Rect) -> Self {
        PaneArea {
            area,
            focused: true,
            zoomed: false,
        }
    }
}

/// The reply of a pane to an action or a click.
pub enum Reply {
    /// The pane has handled it.
    Done,
    /// The pane has ignored it.
    Ignored,
    /// Close this pane.
    Close,
    /// Push this pane onto the others.
    Push(Box<dyn Pane>),
    /// Open this conversation on the list, at a packet if one is given.
    OpenConversation(ConversationId, Option<u32>),
    /// Show this packet's fields.
    OpenPacket(u32),
    /// Go to this packet, which a field names.
    JumpTo(u32),
    /// Show this packet among all packets.
    ListPacket(u32),
    /// Ask this; the answer is passed to [`Pane::answer`].
    Ask(Box<Prompt>),
    /// Apply this display filter, and show the packets for which it holds.
    ListPacketsOf(String),
    /// Apply this display filter, in this way.
    FilterBy(String, Combine),
    /// Show these columns.
    SetColumns(AnyList),
    /// Add a column of this field to the list of packets, or remove it.
    SwitchColumn(String),
    /// Copy this to the clipboard.
    Copy(String),
    /// Copy this, which was chosen in a menu.
    CopyAs(CopyOffer),
    /// Show this message at the bottom.
    Say(String),
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Done => write!(f, "Done"),
            Reply::Ignored => write!(f, "Ignored"),
            Reply::Close => write!(f, "Close"),
            Reply::Push(pane) => write!(f, "Push({:?})", pane.scope()),
            Reply::OpenConversation(id, packet) => {
                write!(f, "OpenConversation({id:?}, {packet:?})")
            }
            Reply::OpenPacket(number) => write!(f, "OpenPacket({number})"),
            Reply::JumpTo(number) => write!(f, "JumpTo({number})"),
            Reply::ListPacket(number) => write!(f, "ListPacket({number})"),
            Reply::ListPacketsOf(filter) => write!(f, "ListPacketsOf({filter:?})"),
            Reply::Ask(_) => write!(f, "Ask"),
            Reply::FilterBy(filter, how) => write!(f, "FilterBy({filter:?}, {how:?})"),
            Reply::SetColumns(list) => write!(f, "SetColumns({list:?})"),
            Reply::SwitchColumn(field) => write!(f, "SwitchColumn({field:?})"),
            Reply::Copy(text) => write!(f, "Copy({text:?})"),
            Reply::CopyAs(offer) => write!(f, "CopyAs({offer:?})"),
            Reply::Say(words) => write!(f, "Say({words:?})"),
        }
    }
}

/// Tests compare replies; panes and prompts all compare equal.
#[cfg(test)]
impl PartialEq for Reply {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}
