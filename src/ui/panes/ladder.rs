//! A conversation as a ladder.

use crate::{
    capture::Bytes,
    store::Contents,
    track::ConversationId,
    ui::{
        Action,
        app::{Reply, Shared},
        list::Cursor,
    },
    view::Viewer,
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};

/// A conversation.
pub struct LadderPane {
    id: ConversationId,
    packets: Vec<u32>,
    cursor: Cursor,
    viewer: Viewer,
}

impl LadderPane {
    /// Opens a conversation.
    pub fn new(id: ConversationId, bytes: Bytes) -> Self {
        LadderPane {
            id,
            packets: Vec::new(),
            cursor: Cursor::default(),
            viewer: Viewer::new(bytes),
        }
    }

    /// Which conversation it is.
    pub fn id(&self) -> ConversationId {
        self.id
    }

    /// The packet that the cursor is on.
    pub fn packet(&self) -> Option<u32> {
        self.packets.get(self.cursor.selected).copied()
    }

    /// Puts the cursor on a packet, unfolding what it is in.
    pub fn go_to(&mut self, number: u32) {
        if let Some(row) = self.packets.iter().position(|packet| *packet == number) {
            self.cursor.selected = row;
        }
    }

    /// Takes up what has come since the last frame.
    pub fn sync(&mut self, contents: &Contents, _shared: &Shared) {
        if self.packets.is_empty() || !contents.finished {
            self.packets = contents.packets_of(self.id);
        }
    }

    /// Does what a key says.
    pub fn act(&mut self, action: Action, _contents: &Contents, _shared: &Shared) -> Reply {
        if self.cursor.act(action, self.packets.len()) {
            return Reply::Done;
        }
        match (action, self.packet()) {
            (Action::Open, Some(packet)) => Reply::OpenPacket(packet),
            _ => Reply::Ignored,
        }
    }

    /// A click on a row.
    pub fn click(&mut self, _at: Position, _contents: &Contents, _shared: &Shared) -> Reply {
        Reply::Ignored
    }

    /// The mouse wheel.
    pub fn scroll(&mut self, rows: isize) {
        self.cursor.scroll(rows, self.packets.len());
    }

    /// The line above it: who, and what became of it.
    pub fn title(&self, contents: &Contents, _shared: &Shared, _width: u16) -> Line<'static> {
        let Some(conversation) = contents.tracker.get(self.id) else {
            return Line::default();
        };
        Line::raw(format!(
            " {}  {} ⇄ {}",
            conversation.id(),
            conversation.client,
            conversation.server
        ))
    }

    /// Draws it.
    pub fn draw(
        &mut self,
        contents: &Contents,
        shared: &Shared,
        frame: &mut Frame,
        area: Rect,
        _focused: bool,
    ) {
        let rows = self.cursor.fit(self.packets.len(), area.height.into());
        self.viewer.absolute_seq = shared.settings.absolute_seq;
        for (line, row) in rows.enumerate() {
            let Some(&number) = self.packets.get(row) else {
                continue;
            };
            let info = self
                .viewer
                .summary(contents, number)
                .map(|s| s.info)
                .unwrap_or_default();
            let place = Rect {
                y: area.y + line as u16,
                height: 1,
                ..area
            };
            frame.render_widget(Line::raw(crate::words::printable(&info)), place);
            if row == self.cursor.selected {
                frame.buffer_mut().set_style(place, shared.theme.cursor);
            }
        }
    }
}
