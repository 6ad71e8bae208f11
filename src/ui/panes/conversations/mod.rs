//! The list of conversations: who talked to whom, what was said, did it work, and if not why.
//!
//! ```text
//!    #  Client           Server         App       State      → Bytes ← Bytes  What was said or happened
//!    0  10.0.0.2:51234   10.0.0.1:80    HTTP      ✓ closed     1.2 k  48.1 k  GET www.example/ → 200 OK, 48 kB
//!    1  10.0.0.2:51236   10.0.0.1:81              ✗ refused       74      60  refused: nothing listens on port 81
//!  * 2  10.0.0.2:51238   10.0.0.1:21    FTP       ✓ closed       612     931  alice logs in, sends report.pdf
//!    3  └ 10.0.0.1:20    10.0.0.2:4002  FTP data  ✓ closed    48.1 k     120  report.pdf
//! ```
//!
//! `*` stands where a secret could be read, `◆` before a conversation that is marked. What a conversation announced
//! stands below it, as long as the list is in the order in which conversations began.
//!
//! While the capture is being made there are rates, `+` stands before what has just begun, `•` before what had a packet a
//! moment ago, `✗` before what has just failed. In the order of time the list follows its end, in any other its
//! beginning, until the cursor is moved; from then on the chosen conversation keeps its line, whatever comes or is sorted.

mod columns;
mod draw;
mod foot;
mod keys;
mod order;
mod row;
#[cfg(test)]
mod tests;

use self::{
    columns::{COUNT, Column},
    row::Row,
};
use crate::{
    track::ConversationId,
    ui::list::{Cursor, Tail},
};
use ratatui::layout::Rect;
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

/// The list.
pub struct ConversationsPane {
    /// The conversations that are shown, in order.
    order: Vec<ConversationId>,
    /// Those of them that stand below who announced them.
    nested: HashSet<ConversationId>,
    cursor: Cursor,
    /// The cursor stays where news come: at the end in the order of time, else at the beginning.
    follows: bool,
    /// The capture is being made.
    live: bool,
    /// Conversations that were looked at for the list.
    seen: usize,
    sort: Column,
    descending: bool,
    /// UDP is left out.
    hide_udp: bool,
    /// The last packet and the first when `order` was made, and when that was.
    made_of: (usize, u32),
    made_at: Option<Instant>,
    /// How long to wait before it is made again.
    interval: Duration,
    stale: bool,
    /// Rows as they were when the list was paused, or as they were when they were first looked at since.
    frozen: HashMap<ConversationId, Row>,
    /// The widest of each column so far, so that columns stand still while a capture is being made.
    widest: [usize; COUNT],
    widest_for: u16,
    totals: (u64, u64),
    /// Where the rows and the headings were drawn, for the mouse.
    area: Rect,
    headings: Vec<(u16, u16, Column)>,
}

impl Default for ConversationsPane {
    fn default() -> Self {
        ConversationsPane {
            order: Vec::new(),
            nested: HashSet::new(),
            cursor: Cursor::default(),
            follows: true,
            live: false,
            seen: 0,
            sort: Column::Number,
            descending: false,
            hide_udp: false,
            made_of: (0, 0),
            made_at: None,
            interval: Duration::ZERO,
            stale: true,
            frozen: HashMap::new(),
            widest: [0; COUNT],
            widest_for: 0,
            totals: (0, 0),
            area: Rect::default(),
            headings: Vec::new(),
        }
    }
}

impl ConversationsPane {
    /// The filter has changed.
    pub fn refilter(&mut self) {
        self.stale = true;
    }

    /// How many are shown.
    pub fn shown(&self) -> usize {
        self.order.len()
    }

    /// Whether UDP is left out.
    pub fn hides_udp(&self) -> bool {
        self.hide_udp
    }

    /// Packets and bytes of what is shown.
    pub fn totals(&self) -> (u64, u64) {
        self.totals
    }

    /// The chosen conversation.
    pub fn selected(&self) -> Option<ConversationId> {
        self.order.get(self.cursor.selected).copied()
    }

    /// Whether the list follows what is new, and with which key it does so again.
    pub fn tail(&self) -> Tail {
        Tail {
            follows: self.follows,
            key: if self.ends_with_news() { "G" } else { "g" },
        }
    }

    /// Whether what is new stands at the end.
    fn ends_with_news(&self) -> bool {
        self.live && self.is_in_time() && !self.descending
    }

    fn is_in_time(&self) -> bool {
        matches!(self.sort, Column::Number | Column::Start)
    }
}
