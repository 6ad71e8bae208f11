//! What the mouse does.

use super::{App, Effect, Reply};
use crate::ui::Scope;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

impl App {
    pub(super) fn mouse(&mut self, mouse: MouseEvent) -> Effect {
        let at = Position::new(mouse.column, mouse.row);
        let hit = self
            .places
            .iter()
            .rev()
            .find(|(_, place)| place.contains(at))
            .copied();
        let Some((scope, _)) = hit else {
            return Effect::None;
        };
        let rows = match mouse.kind {
            MouseEventKind::ScrollDown => 3,
            MouseEventKind::ScrollUp => -3,
            MouseEventKind::Down(MouseButton::Left) => {
                self.message = None;
                if self.help.take().is_some() {
                    return Effect::None;
                }
                self.focus = scope;
                let store = self.shared.store.clone();
                let reply = match scope {
                    Scope::Conversations | Scope::All => self.conversations.click(at),
                    Scope::Packets => self.packets.click(at, &store.read()),
                    Scope::Ladder => match &self.ladder {
                        Some(ladder) => ladder.click(at),
                        None => Reply::Ignored,
                    },
                    Scope::Follow => match &self.follow {
                        Some(follow) => follow.click(at),
                        None => Reply::Ignored,
                    },
                    Scope::Details | Scope::Bytes => self.packet.click(at, scope),
                };
                return self.reply(reply);
            }
            _ => return Effect::None,
        };
        if let Some(help) = &mut self.help {
            help.scroll(rows);
            return Effect::None;
        }
        match scope {
            Scope::Conversations | Scope::All => self.conversations.scroll(rows),
            Scope::Packets => {
                let contents = self.shared.store.read();
                self.packets.scroll(rows, &contents);
            }
            Scope::Ladder => {
                if let Some(ladder) = &self.ladder {
                    ladder.scroll(rows);
                }
            }
            Scope::Follow => {
                if let Some(follow) = &self.follow {
                    follow.scroll(rows);
                }
            }
            Scope::Details | Scope::Bytes => self.packet.scroll(rows, scope),
        }
        Effect::None
    }
}
