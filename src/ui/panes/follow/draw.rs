//! Draws the lines that are on the screen.

use super::{FollowPane, going::Wanted, layout::Row};
use crate::{store::Contents, ui::app::Shared};
use ratatui::{Frame, layout::Rect, text::Line};
use std::time::{Duration, Instant};

/// How long the first lines may take: there is no screen without them.
const FIRST_LINES: Duration = Duration::from_millis(3);

/// The cursor's sign, the side's mark and the sign of a broken line.
const GUTTER: u16 = 3;

impl FollowPane {
    /// Draws it.
    pub fn draw(
        &mut self,
        contents: &Contents,
        shared: &Shared,
        frame: &mut Frame,
        area: Rect,
        focused: bool,
    ) {
        self.chosen.clear();
        if area.height < 2 || area.width <= GUTTER {
            return;
        }
        let theme = &shared.theme;
        let list = Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        };
        self.area = list;
        let columns = usize::from(area.width - GUTTER);
        if self.columns != columns {
            self.columns = columns;
            self.stay();
            self.layout = None;
        }
        if self.layout.is_none() && self.trouble.is_none() {
            let made = self.lay_out(contents, Instant::now() + FIRST_LINES);
            self.trouble = made.err().map(|error| error.to_string());
            self.go();
        }
        // Rather nothing for a moment than lines rushing by.
        let on_the_way = matches!(self.wanted, Some(Wanted::Place { .. } | Wanted::Packet(_)))
            && self.is_working();
        let rows = self.cursor.fit(self.rows().len(), list.height.into());
        let shown: Vec<Row> = match on_the_way {
            true => Vec::new(),
            false => rows
                .clone()
                .filter_map(|row| self.rows().get(row).copied())
                .collect(),
        };
        for (line, row) in shown.iter().enumerate() {
            let place = Rect {
                y: list.y + line as u16,
                height: 1,
                ..list
            };
            let chosen = rows.start + line == self.cursor.selected;
            let before = (rows.start + line)
                .checked_sub(1)
                .and_then(|before| self.rows().get(before));
            let opens = before.is_none_or(|before| before.block != row.block);
            if chosen {
                let style = match focused {
                    true => theme.cursor,
                    false => theme.cursor_away,
                };
                frame.buffer_mut().set_style(place, style);
            }
            match self.line(contents, shared, row, chosen, opens) {
                Ok(line) => frame.render_widget(line, place),
                Err(error) => {
                    self.trouble.get_or_insert(error.to_string());
                }
            }
        }
        frame.render_widget(
            self.legend(contents, theme, area.width.into()),
            Rect { height: 1, ..area },
        );
        if shown.is_empty() || self.trouble.is_some() {
            let (words, style) = match &self.trouble {
                Some(trouble) => (format!("  {trouble}"), theme.bad),
                None if self.is_working() || !contents.finished => {
                    ("  Reading …".to_owned(), theme.dim)
                }
                None if self.script.only().is_some() => (
                    "  This side said nothing; d shows the other.".to_owned(),
                    theme.dim,
                ),
                None => (
                    "  Nothing was said: no packet of it carries data.".to_owned(),
                    theme.dim,
                ),
            };
            frame.render_widget(Line::styled(words, style), Rect { height: 1, ..list });
        }
    }
}
