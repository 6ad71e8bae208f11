//! The state that the pane and its work share: the content of both sides, its lines, and the cursor.

use super::{
    going::Wanted,
    layout::{Conflict, Mode, RowKind, Rows, TextLayout, TextRow},
    save::Saving,
    search::Search,
};
use crate::{
    follow::{
        charset::Charset,
        script::{Block, Script},
    },
    ui::list::{Cursor, Following},
};
use dissectors::PerSide;
use ratatui::layout::Rect;
use std::{collections::HashMap, ops::Range};

/// The content of both sides, and how it is shown.
pub struct FollowModel {
    pub name: String,
    /// Packets after this one are not shown.
    pub limit: u32,
    pub show_secrets: bool,
    /// The content may have been read before the positions of its secrets were known.
    pub in_doubt: bool,
    /// There are packets that have not been read, and how many have been.
    pub behind: bool,
    pub count: u64,
    /// Nothing more comes.
    pub ended: bool,
    pub script: Script,
    /// Bytes that came again with different values.
    pub conflicts: PerSide<Vec<Conflict>>,
    pub mode: Mode,
    pub layout: Option<TextLayout>,
    pub columns: usize,
    pub cursor: Cursor,
    pub wanted: Option<Wanted>,
    /// The packet that the cursor was sent to, and its line: other packets may begin in it.
    pub sent_to: Option<(usize, u32)>,
    pub search: Option<Search>,
    /// The hit that the cursor was sent to.
    pub hit: Option<(usize, u64)>,
    /// The file to be saved, until it is started; then how much of it has been written.
    pub to_save: Option<Saving>,
    pub saving: Option<u64>,
    pub message: Option<String>,
    /// Why the capture can no longer be read.
    pub trouble: Option<String>,
    /// The lines on the screen, and the content read for them and for those around them.
    pub window: Range<usize>,
    pub read: HashMap<usize, ReadRow>,
    /// A line on the screen has not been read.
    pub lacks: bool,
    /// Where the lines were drawn, for the mouse.
    pub area: Rect,
    /// The text of the chosen line, for the clipboard.
    pub chosen: String,
}

/// The content read for a line.
pub struct ReadRow {
    pub row: TextRow,
    pub charset: Charset,
    pub bytes: Vec<u8>,
}

impl FollowModel {
    /// Creates a model without content.
    pub fn new(name: String, datagrams: bool) -> Self {
        FollowModel {
            name,
            limit: u32::MAX,
            show_secrets: false,
            in_doubt: false,
            behind: true,
            count: 0,
            ended: false,
            script: Script::new(datagrams),
            conflicts: Default::default(),
            mode: Mode::default(),
            layout: None,
            columns: 0,
            cursor: Cursor::default(),
            wanted: None,
            sent_to: None,
            search: None,
            hit: None,
            to_save: None,
            saving: None,
            message: None,
            trouble: None,
            window: 0..0,
            read: HashMap::new(),
            lacks: false,
            area: Rect::default(),
            chosen: String::new(),
        }
    }

    /// Whether there is work left that is not waiting.
    pub fn is_working(&self) -> bool {
        let laying = self.layout.as_ref().is_none_or(|layout| !layout.is_done());
        let searching = self.search.as_ref().is_some_and(|search| !search.is_done());
        let saving = self.to_save.is_some() || self.saving.is_some();
        self.trouble.is_none() && (self.behind || laying || searching || saving)
    }

    pub fn rows(&self) -> &Rows {
        self.layout.as_ref().map_or(Rows::NONE, TextLayout::rows)
    }

    pub fn block(&self, row: &TextRow) -> Option<&Block> {
        self.script.blocks().get(row.block as usize)
    }

    /// Returns the packet that carried the line at the cursor.
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

    pub fn packet_of(&self, row: &TextRow) -> Option<u32> {
        let block = self.block(row)?;
        if row.kind == RowKind::Conflict {
            let conflict = self.layout.as_ref()?.conflict(block.from, row.length)?;
            return Some(conflict.packet);
        }
        // A character that began before the other side's block is shown where it ends.
        let carried = self.script.packet_of(block.from, row.at.max(block.at));
        Some(carried.unwrap_or(block.packet))
    }

    /// Returns whether it follows its end while more comes.
    pub fn tail(&self) -> Following {
        Following::at_end(matches!(self.wanted, Some(Wanted::End)))
    }

    /// Drops the lines, to be made again.
    pub fn discard_lines(&mut self) {
        self.layout = None;
        self.read.clear();
    }

    /// Drops the content, to be read again: secrets may be in it, or be hidden.
    pub fn forget(&mut self) {
        self.in_doubt = true;
        self.script.forget();
        self.read.clear();
    }
}
