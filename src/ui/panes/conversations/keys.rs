//! What keys and the mouse do.

use super::{ConversationsPane, columns::COLUMNS};
use crate::ui::{Action, app::Reply, list::Tail};
use ratatui::layout::Position;

impl ConversationsPane {
    /// Does what a key says.
    pub fn act(&mut self, action: Action) -> Reply {
        let before = self.cursor.selected;
        if self.cursor.act(action, self.order.len()) {
            self.follows = match self.live {
                true if self.ends_with_news() => Tail::is_resumed(action, before, self.order.len()),
                true => {
                    action == Action::Top
                        || (before == 0 && matches!(action, Action::Up | Action::PageUp))
                }
                false => self.cursor.selected == 0,
            };
            return Reply::Done;
        }
        match action {
            Action::Open => return self.selected().map_or(Reply::Done, Reply::OpenConversation),
            Action::SortNext => self.sort_by(1),
            Action::SortPrevious => self.sort_by(COLUMNS.len() - 1),
            Action::SortReverse => {
                self.descending = !self.descending;
                self.stale = true;
            }
            Action::ToggleUdp => {
                self.hide_udp = !self.hide_udp;
                self.stale = true;
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    /// Sorts by the column that is so many further to the right.
    fn sort_by(&mut self, step: usize) {
        loop {
            let at = self.sort as usize + step;
            self.sort = COLUMNS[at % COLUMNS.len()].0;
            if self.live || !self.sort.is_rate() {
                break;
            }
        }
        self.descending = false;
        self.stale = true;
    }

    /// A click: on a heading it sorts, on a row it chooses, on the chosen row it opens.
    pub fn click(&mut self, at: Position) -> Reply {
        if at.y == self.area.y {
            let hit = self
                .headings
                .iter()
                .find(|(from, to, _)| (*from..*to).contains(&at.x));
            if let Some((_, _, column)) = hit {
                self.descending = self.sort == *column && !self.descending;
                self.sort = *column;
                self.stale = true;
            }
            return Reply::Done;
        }
        let line = usize::from(at.y.saturating_sub(self.area.y + 1));
        match self.cursor.row_at(line, self.order.len()) {
            Some(row) if row == self.cursor.selected => self.act(Action::Open),
            Some(row) => {
                self.cursor.selected = row;
                self.follows = row == 0 && !self.live;
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    /// The mouse wheel.
    pub fn scroll(&mut self, rows: isize) {
        self.cursor.scroll(rows, self.order.len());
        self.follows = self.cursor.selected == 0 && !self.live;
    }
}
