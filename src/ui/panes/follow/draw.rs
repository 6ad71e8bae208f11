//! Draws the lines that are on the screen.

use super::{going::Wanted, layout::TextRow, model::FollowModel};
use crate::{
    lang::text,
    store::Contents,
    track::ConversationId,
    ui::{app::Shared, pane::PaneArea},
};
use ratatui::{Frame, layout::Rect, text::Line};

/// The cursor's sign, the side's mark and the sign of a broken line.
const GUTTER: u16 = 3;

impl FollowModel {
    /// Draws it.
    pub fn draw(
        &mut self,
        contents: &Contents,
        shared: &Shared,
        frame: &mut Frame,
        place: PaneArea,
        id: ConversationId,
    ) {
        let PaneArea { area, focused, .. } = place;
        self.chosen.clear();
        self.lacks = false;
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
            self.discard_lines();
        }
        self.lacks |= self.layout.is_none();
        // An empty screen for a moment is better than lines rushing by.
        let on_the_way = matches!(
            self.wanted,
            Some(Wanted::PaneArea { .. } | Wanted::Packet(_))
        ) && self.is_working();
        let rows = self.cursor.fit(self.rows().len(), list.height.into());
        self.window = rows.clone();
        let shown: Vec<TextRow> = match on_the_way {
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
            let at = (rows.start + line, row);
            let line = self.line(contents, shared, at, (chosen, opens), id);
            frame.render_widget(line, place);
        }
        frame.render_widget(
            self.legend(theme, area.width.into()),
            Rect { height: 1, ..area },
        );
        if shown.is_empty() || self.trouble.is_some() {
            let (words, style) = match &self.trouble {
                Some(trouble) => (trouble.as_str(), theme.bad),
                None if self.is_working() || !contents.finished => {
                    (text!("list-reading"), theme.dim)
                }
                None if self.script.only().is_some() => (text!("follow-silent-side"), theme.dim),
                None => (text!("follow-nothing"), theme.dim),
            };
            let words = format!("  {words}");
            frame.render_widget(Line::styled(words, style), Rect { height: 1, ..list });
        }
    }
}
