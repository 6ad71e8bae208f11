//! Handles the mouse.

use super::{App, Effect, Tab};
use crate::ui::stack::PaneSlot;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

/// Rows that a step of the wheel scrolls.
const WHEEL: isize = 3;

impl App {
    pub(super) fn mouse(&mut self, mouse: MouseEvent) -> Effect {
        let at = Position::new(mouse.column, mouse.row);
        let mut buttons = self.buttons.iter();
        if mouse.kind == MouseEventKind::Down(MouseButton::Left)
            && self.prompt.is_none()
            && let Some((_, action)) = buttons.find(|(place, _)| place.contains(at))
        {
            self.message = None;
            return self.act(*action);
        }
        let mut tabs = self.tab_places.iter();
        if mouse.kind == MouseEventKind::Down(MouseButton::Left)
            && self.prompt.is_none()
            && let Some(index) = tabs.position(|place| place.contains(at))
        {
            return self.show_tab(Tab::Number(index + 1));
        }
        let mut places = self.places.iter().rev();
        let hit = places.find(|(_, place)| place.contains(at));
        let Some((layer, part)) =
            hit.and_then(|(layer, _)| Some((*layer, self.panes.part_at(*layer, at)?)))
        else {
            return Effect::None;
        };
        // An overlay also handles clicks outside it.
        let pane = match (self.panes.has_overlay(), layer) {
            (true, _) | (_, PaneSlot::Overlay) => self.panes.focused_mut(),
            (false, PaneSlot::Packet) => self.panes.packet_mut(),
            (false, PaneSlot::Main) => self.panes.main_mut(),
        };
        match mouse.kind {
            MouseEventKind::ScrollDown => pane.scroll(WHEEL, part),
            MouseEventKind::ScrollUp => pane.scroll(-WHEEL, part),
            MouseEventKind::Down(MouseButton::Left) => {
                self.message = None;
                if !self.panes.has_overlay() {
                    self.panes.focus(part);
                }
                let reply = self.panes.focused_mut().click(at, &self.shared);
                return self.reply(reply);
            }
            _ => {}
        }
        Effect::None
    }
}
