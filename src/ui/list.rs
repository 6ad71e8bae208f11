//! A list of any length, of which only the visible rows are made.

use super::{Action, Scope, keys};

/// Whether a list follows new rows, and the key that resumes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Following {
    /// It follows them.
    pub follows: bool,
    /// The key.
    pub key: &'static str,
}

impl Following {
    /// Returns the tail of a list that grows at its end.
    pub fn at_end(follows: bool) -> Self {
        Following {
            follows,
            key: keys::key_of(Action::Bottom, Scope::All),
        }
    }

    /// Whether a movement makes a list of `length` rows follow its end: going there, or moving down past the last row.
    pub fn is_resumed(action: Action, before: usize, length: usize) -> bool {
        match action {
            Action::Bottom => true,
            Action::Down | Action::PageDown => before + 1 >= length,
            _ => false,
        }
    }
}

/// The position of a list's cursor, and the row at the top of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The chosen row.
    pub selected: usize,
    /// The first row on the screen.
    pub top: usize,
    /// How many rows fit on the screen, as of the last time it was drawn.
    pub height: usize,
}

impl Cursor {
    /// Fits it to a list of `length` rows on a screen of `height`, and returns the rows to draw.
    pub fn fit(&mut self, length: usize, height: usize) -> std::ops::Range<usize> {
        self.height = height;
        self.selected = self.selected.min(length.saturating_sub(1));
        if self.selected < self.top {
            self.top = self.selected;
        }
        if height > 0 && self.selected >= self.top + height {
            self.top = self.selected + 1 - height;
        }
        self.top = self.top.min(length.saturating_sub(height));
        self.top..length.min(self.top + height)
    }

    /// Moves the cursor; returns whether the action was a movement.
    pub fn act(&mut self, action: Action, length: usize) -> bool {
        let last = length.saturating_sub(1);
        let page = self.height.saturating_sub(1).max(1);
        let half = (self.height / 2).max(1);
        self.selected = match action {
            Action::Up => self.selected.saturating_sub(1),
            Action::Down => self.selected + 1,
            Action::PageUp => self.selected.saturating_sub(page),
            Action::PageDown => self.selected + page,
            Action::HalfPageUp => self.selected.saturating_sub(half),
            Action::HalfPageDown => self.selected + half,
            Action::Top => 0,
            Action::Bottom => last,
            _ => return false,
        }
        .min(last);
        true
    }

    /// Scrolls by some rows; the cursor stays on the screen.
    pub fn scroll(&mut self, rows: isize, length: usize) {
        self.top = self
            .top
            .saturating_add_signed(rows)
            .min(length.saturating_sub(self.height));
        let last = (self.top + self.height).saturating_sub(1).max(self.top);
        self.selected = self
            .selected
            .clamp(self.top, last)
            .min(length.saturating_sub(1));
    }

    /// Adjusts to `rows` rows removed from the front of the list: what is on the screen stays where it is.
    pub fn leave(&mut self, rows: usize) {
        self.selected = self.selected.saturating_sub(rows);
        self.top = self.top.saturating_sub(rows);
    }

    /// Returns the row at this line of the screen.
    pub fn row_at(&self, line: usize, length: usize) -> Option<usize> {
        let row = self.top + line;
        (line < self.height && row < length).then_some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_on_the_screen() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.fit(1_000_000, 20), 0..20);
        cursor.act(Action::Bottom, 1_000_000);
        assert_eq!(cursor.fit(1_000_000, 20), 999_980..1_000_000);
        cursor.act(Action::PageUp, 1_000_000);
        assert_eq!(cursor.selected, 999_980);
        cursor.scroll(-100, 1_000_000);
        assert_eq!(cursor.fit(1_000_000, 20), 999_880..999_900);
        assert_eq!(cursor.fit(5, 20), 0..5);
        assert_eq!(cursor.selected, 4);
    }

    #[test]
    fn rows_that_leave_move_nothing() {
        let mut cursor = Cursor {
            selected: 105,
            top: 100,
            height: 20,
        };
        cursor.leave(90);
        assert_eq!(cursor.fit(1000, 20), 10..30);
        assert_eq!(cursor.selected, 15);
        cursor.leave(12);
        assert_eq!((cursor.selected, cursor.top), (3, 0));
    }

    #[test]
    fn an_empty_list_has_no_rows() {
        let mut cursor = Cursor::default();
        cursor.act(Action::Down, 0);
        assert_eq!(cursor.fit(0, 0), 0..0);
        assert_eq!(cursor.row_at(0, 0), None);
    }
}
