//! All packets, as Wireshark lists them.

use crate::{
    capture::Bytes,
    store::Contents,
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

/// The list of packets.
pub struct PacketsPane {
    cursor: Cursor,
    viewer: Viewer,
}

impl PacketsPane {
    /// Reads packets from a capture's bytes.
    pub fn new(bytes: Bytes) -> Self {
        PacketsPane {
            cursor: Cursor::default(),
            viewer: Viewer::new(bytes),
        }
    }

    /// The filter has changed.
    pub fn refilter(&mut self) {}

    /// Takes up what has come since the last frame.
    pub fn sync(&mut self, _contents: &Contents, _shared: &Shared) {}

    /// The packet that the cursor is on.
    pub fn packet(&self, contents: &Contents) -> Option<u32> {
        (self.cursor.selected < contents.packets.len()).then_some(self.cursor.selected as u32 + 1)
    }

    /// Puts the cursor on a packet.
    pub fn go_to(&mut self, number: u32) {
        self.cursor.selected = number.saturating_sub(1) as usize;
    }

    /// Does what a key says.
    pub fn act(&mut self, action: Action, contents: &Contents) -> Reply {
        if self.cursor.act(action, contents.packets.len()) {
            return Reply::Done;
        }
        match (action, self.packet(contents)) {
            (Action::Open, Some(packet)) => Reply::OpenPacket(packet),
            _ => Reply::Ignored,
        }
    }

    /// A click on a row.
    pub fn click(&mut self, _at: Position, _contents: &Contents) -> Reply {
        Reply::Ignored
    }

    /// The mouse wheel.
    pub fn scroll(&mut self, rows: isize, contents: &Contents) {
        self.cursor.scroll(rows, contents.packets.len());
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
        let rows = self.cursor.fit(contents.packets.len(), area.height.into());
        self.viewer.absolute_seq = shared.settings.absolute_seq;
        for (line, row) in rows.enumerate() {
            let info = self
                .viewer
                .summary(contents, row as u32 + 1)
                .map(|s| s.info);
            let place = Rect {
                y: area.y + line as u16,
                height: 1,
                ..area
            };
            let info = crate::words::printable(&info.unwrap_or_default());
            frame.render_widget(Line::raw(info), place);
            if row == self.cursor.selected {
                frame.buffer_mut().set_style(place, shared.theme.cursor);
            }
        }
    }
}
