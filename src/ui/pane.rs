//! What a pane is. Each pane is a file or a folder of [`super::panes`], and the screen knows it only by [`Pane`].
//!
//! A new pane implements the trait, has a key in [`super::action::BINDINGS`], and is opened by one line of
//! `app/open.rs`.

use super::{Action, Scope, Shared, layout::Layout, list::Tail, prompt::Prompt};
use crate::{save::Choice, track::ConversationId};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};
use std::fmt;

/// A part of the screen that is drawn as a whole, and that keys and the mouse act on. Most methods do nothing by
/// default.
pub trait Pane {
    /// Which keys work in it: those of the part that has the focus.
    fn scope(&self) -> Scope;

    /// How it lies on the screen.
    fn layout(&self) -> Layout {
        Layout::Whole
    }

    /// The line above it. Where a pane has none, the tabs of the lists stand there.
    fn title(&self, _shared: &Shared, _width: u16) -> Option<Line<'static>> {
        None
    }

    /// What stands at the right end of the bottom line, beside the keys.
    fn totals(&self) -> Option<String> {
        None
    }

    /// What it leaves out, for the title of the screen. A list is asked also while another pane covers it.
    fn filter(&self, _shared: &Shared) -> Option<String> {
        None
    }

    /// Draws it.
    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: Place);

    /// Takes up what has come since the last frame. A list is asked also while another pane covers it.
    fn sync(&mut self, _shared: &Shared) {}

    /// Does what a key stands for. What the pane ignores, the screen does.
    fn act(&mut self, action: Action, shared: &Shared) -> Reply;

    /// Takes a click of the left button.
    fn click(&mut self, _at: Position, _shared: &Shared) -> Reply {
        Reply::Ignored
    }

    /// Scrolls one of its parts by some rows: down, or up where they are negative. The focus stays where it is.
    fn scroll(&mut self, _rows: isize, _part: Scope) {}

    /// Takes the answer to what it asked by [`Reply::Ask`], or says what is wrong with it: then it is asked again.
    fn answer(&mut self, _asked: Action, _answer: &str, _shared: &Shared) -> Result<(), String> {
        Ok(())
    }

    /// Which parts can have the focus, in the order in which tab goes through them.
    fn parts(&self) -> Vec<Scope> {
        vec![self.scope()]
    }

    /// Gives the focus to one of its parts.
    fn focus(&mut self, _part: Scope) {}

    /// The part at a place of the screen that is inside the pane.
    fn part_at(&self, _at: Position) -> Option<Scope> {
        Some(self.scope())
    }

    /// Whether it stays where new rows come, if it is one that can.
    fn tail(&self) -> Option<Tail> {
        None
    }

    /// The packet that the cursor is on.
    fn packet(&self, _shared: &Shared) -> Option<u32> {
        None
    }

    /// Whether that is certain: it may depend on what has not been read.
    fn is_packet_known(&self) -> bool {
        true
    }

    /// The conversation that all of the pane is about.
    fn conversation(&self) -> Option<ConversationId> {
        None
    }

    /// The conversation that the cursor is on.
    fn selected(&self) -> Option<ConversationId> {
        self.conversation()
    }

    /// Which packets it shows, for saving them.
    fn shown(&self, shared: &Shared) -> Choice {
        Choice::Shown {
            ports: shared.ports.clone(),
            without_udp: false,
        }
    }

    /// Puts the cursor on a packet, or on the nearest that it has.
    fn go_to(&mut self, _packet: u32) {}

    /// The filter has changed.
    fn refilter(&mut self) {}

    /// What was read is to be read again: the index has read conversations in another way.
    fn forget(&mut self) {}

    /// Whether there is work that goes on a little with every frame.
    fn is_busy(&self) -> bool {
        false
    }

    /// The result of something that took its time.
    fn take_message(&mut self) -> Option<String> {
        None
    }
}

/// Where a pane is drawn, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The area.
    pub area: Rect,
    /// Keys go to it.
    pub focused: bool,
    /// The part that has the focus has all of the area.
    pub zoomed: bool,
}

impl Place {
    /// All of an area, with the focus.
    #[cfg(test)]
    pub fn focused(area: Rect) -> Self {
        Place {
            area,
            focused: true,
            zoomed: false,
        }
    }
}

/// What a pane replies to an action or a click.
pub enum Reply {
    /// It was for this pane.
    Done,
    /// It was not.
    Ignored,
    /// Close this pane.
    Close,
    /// Put this pane on top of the others.
    Push(Box<dyn Pane>),
    /// Open this conversation on the list, at a packet if one is given.
    OpenConversation(ConversationId, Option<u32>),
    /// Look at this packet's fields.
    OpenPacket(u32),
    /// Show this packet among all packets.
    ListPacket(u32),
    /// Ask this; the answer comes to [`Pane::answer`].
    Ask(Box<Prompt>),
    /// Copy this to the clipboard.
    Copy(String),
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
            Reply::ListPacket(number) => write!(f, "ListPacket({number})"),
            Reply::Ask(_) => write!(f, "Ask"),
            Reply::Copy(text) => write!(f, "Copy({text:?})"),
            Reply::Say(words) => write!(f, "Say({words:?})"),
        }
    }
}

/// Tests compare replies; panes and prompts are not told apart.
#[cfg(test)]
impl PartialEq for Reply {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}
