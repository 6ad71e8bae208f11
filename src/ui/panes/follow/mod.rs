//! What both sides of a conversation said, in the order in which it could be read.
//!
//! ```text
//!  > client 1,975 bytes   < server 50,162 bytes                       [text] hex raw · both sides · auto: EUC-KR
//! ▌> GET /index.html HTTP/1.1
//!  > Host: www.example.kr
//!  >
//!  < HTTP/1.1 200 OK
//!  < a line that is longer than the pane is wide is
//!  <↪broken, and nothing of it is lost
//!  < … 1,234 bytes not captured …
//! ```

mod cell;
mod draw;
mod going;
mod head;
mod hex;
mod keys;
mod layout;
mod line;
mod save;
mod search;
#[cfg(test)]
mod tests;
mod work;

pub use layout::Mode;
pub use save::expanded;

use crate::{
    follow::{
        Reading,
        script::{Block, Script},
    },
    store::{Contents, Store},
    track::{ConversationId, Protocol},
    ui::list::{Cursor, Tail},
    view::Viewer,
};
use going::Wanted;
use layout::{Conflict, Kind, Layout, Row, Rows};
use ratatui::layout::Rect;
use save::Saving;
use search::Search;
use std::time::Instant;

/// What both sides said.
pub struct FollowPane {
    id: ConversationId,
    name: String,
    viewer: Viewer,
    /// Packets are still read, or may still come.
    reading: Option<Reading>,
    /// There are packets that have not been read.
    behind: bool,
    /// Packets that the script was made of, and when that was.
    adopted: Option<(u64, Instant)>,
    script: Script,
    /// What came again with other bytes, and how many of the overlaps have been looked at.
    conflicts: [Vec<Conflict>; 2],
    compared: [usize; 2],
    mode: Mode,
    layout: Option<Layout>,
    columns: usize,
    cursor: Cursor,
    wanted: Option<Wanted>,
    /// The packet that the cursor was sent to, and the line where that is: others may begin in it.
    sent_to: Option<(usize, u32)>,
    search: Option<Search>,
    /// The hit that the cursor was sent to.
    hit: Option<(usize, u64)>,
    saving: Option<Saving>,
    message: Option<String>,
    /// Why the capture can no longer be read.
    trouble: Option<String>,
    /// Where the lines were drawn, for the mouse.
    area: Rect,
    /// The chosen line, for the clipboard.
    chosen: String,
}

impl FollowPane {
    /// Opens a conversation.
    pub fn new(contents: &Contents, id: ConversationId, store: Store) -> Self {
        let conversation = contents.tracker.get(id);
        let datagrams = conversation.is_some_and(|c| c.protocol == Protocol::Udp);
        FollowPane {
            id,
            name: conversation.map_or(String::new(), |c| c.id().to_string()),
            viewer: Viewer::new(store),
            reading: Some(Reading::new(id)),
            behind: true,
            adopted: None,
            script: Script::new(datagrams),
            conflicts: Default::default(),
            compared: [0; 2],
            mode: Mode::default(),
            layout: None,
            columns: 0,
            cursor: Cursor::default(),
            wanted: None,
            sent_to: None,
            search: None,
            hit: None,
            saving: None,
            message: None,
            trouble: None,
            area: Rect::default(),
            chosen: String::new(),
        }
    }

    /// Which conversation it is.
    pub fn id(&self) -> ConversationId {
        self.id
    }

    /// Whether there is something left to do that waits for nobody.
    pub fn is_working(&self) -> bool {
        let laying = self.layout.as_ref().is_some_and(|layout| !layout.is_done());
        let searching = self.search.as_ref().is_some_and(|search| !search.is_done());
        self.trouble.is_none() && (self.behind || laying || searching || self.saving.is_some())
    }

    /// What came of something that took its time.
    pub fn take_message(&mut self) -> Option<String> {
        self.message.take()
    }

    fn rows(&self) -> &Rows {
        self.layout.as_ref().map_or(Rows::NONE, Layout::rows)
    }

    fn block(&self, row: &Row) -> Option<&Block> {
        self.script.blocks().get(row.block as usize)
    }

    /// The packet that carried the line that the cursor is on.
    pub fn packet(&self) -> Option<u32> {
        if let Some(Wanted::Packet(packet)) = self.wanted {
            return Some(packet);
        }
        if let Some((row, packet)) = self.sent_to
            && row == self.cursor.selected
        {
            return Some(packet);
        }
        let row = self.rows().get(self.cursor.selected)?;
        self.packet_of(row)
    }

    fn packet_of(&self, row: &Row) -> Option<u32> {
        let block = self.block(row)?;
        if row.kind == Kind::Conflict {
            let conflict = self.layout.as_ref()?.conflict(block.from, row.length)?;
            return Some(conflict.packet);
        }
        // A letter that began before the other side spoke is shown where it ends.
        let carried = self.script.packet_of(block.from, row.at.max(block.at));
        Some(carried.unwrap_or(block.packet))
    }

    /// Whether it stays at its end while more comes.
    pub fn tail(&self) -> Tail {
        Tail::at_end(matches!(self.wanted, Some(Wanted::End)))
    }

    /// Nothing behind this packet is shown from now on.
    pub fn read_no_further_than(&mut self, limit: u32) {
        if let Some(reading) = &mut self.reading {
            reading.read_no_further_than(limit);
        }
    }

    /// Puts the cursor on what a packet carried.
    pub fn go_to(&mut self, packet: u32) {
        self.wanted = Some(Wanted::Packet(packet));
    }

    /// What was heard is to be heard again: something else is now said of what it speaks.
    pub fn forget(&mut self) {
        self.viewer.forget();
        self.script.forget();
    }
}
