//! One packet: its fields as a tree, its bytes in hexadecimal.

use crate::{
    capture::Bytes,
    store::Contents,
    ui::{
        Action, Scope,
        app::{Reply, Shared},
    },
    view::{Details, Viewer},
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};

/// One packet.
pub struct PacketPane {
    viewer: Viewer,
    details: Details,
    number: u32,
}

impl PacketPane {
    /// Reads packets from a capture's bytes.
    pub fn new(bytes: Bytes) -> Self {
        PacketPane {
            viewer: Viewer::new(bytes),
            details: Details::default(),
            number: 0,
        }
    }

    /// Shows this packet; nothing is done when it is shown already and nothing about it has changed.
    pub fn show(&mut self, contents: &Contents, shared: &Shared, number: u32) {
        self.viewer.absolute_seq = shared.settings.absolute_seq;
        let _ = self.viewer.view(contents, number, &mut self.details, true);
        self.number = number;
    }

    /// Does what a key says. `scope` says which of its two panes has the focus.
    pub fn act(&mut self, _action: Action, _scope: Scope) -> Reply {
        Reply::Ignored
    }

    /// A click.
    pub fn click(&mut self, _at: Position, _scope: Scope) -> Reply {
        Reply::Ignored
    }

    /// The mouse wheel.
    pub fn scroll(&mut self, _rows: isize, _scope: Scope) {}

    /// Draws the fields and the bytes, or `only` one of them, and says where they are.
    pub fn draw(
        &mut self,
        _shared: &Shared,
        frame: &mut Frame,
        area: Rect,
        _focus: Scope,
        _only: Option<Scope>,
    ) -> Vec<(Scope, Rect)> {
        for (at, line) in self
            .details
            .tree
            .to_string()
            .lines()
            .take(area.height.into())
            .enumerate()
        {
            let place = Rect {
                y: area.y + at as u16,
                height: 1,
                ..area
            };
            frame.render_widget(Line::raw(line.to_owned()), place);
        }
        vec![(Scope::Details, area)]
    }
}
