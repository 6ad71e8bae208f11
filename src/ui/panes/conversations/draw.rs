//! Draws the list.

use super::{
    ConversationsPane,
    columns::{COLUMNS, COUNT, Column, lead, widths},
    row::{Row, SECRET},
};
use crate::{
    store::Contents,
    track::{ConversationId, Tone},
    ui::{
        app::Shared,
        called,
        pulse::News,
        text::{self, MARK, left, right},
        theme::Theme,
    },
    words::counted,
};
use ratatui::{
    Frame,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
};

/// With so many columns left, what was said and what happened stand side by side.
const BOTH: usize = 76;

/// Rows that stand still while the list is paused, at most; far more than anybody looks at meanwhile.
const MAX_FROZEN: usize = 4096;

impl ConversationsPane {
    /// Draws the list, and below it what is known of the chosen conversation.
    pub fn draw(&mut self, contents: &Contents, shared: &Shared, frame: &mut Frame, area: Rect) {
        let theme = &shared.theme;
        let first_ns = contents.began_ns();
        let names = u16::from(called::any(contents, shared));
        let foot = match area.height {
            0..12 => 0,
            12..20 => 3 + names,
            _ => 4 + names,
        };
        let list = Rect {
            height: area.height - foot,
            ..area
        };
        self.area = list;
        let rows = self
            .cursor
            .fit(self.order.len(), usize::from(list.height.saturating_sub(1)));
        let ids = self.order[rows.clone()].to_vec();
        let mut shown: Vec<Row> = ids
            .into_iter()
            .filter_map(|id| self.row(contents, shared, id, first_ns))
            .collect();
        let (widths, said) = self.widths(&shown, area.width);
        for row in &mut shown {
            for (at, end) in [1, 2].into_iter().zip(&row.ends) {
                row.cells[at] = end.words(widths[at].0);
            }
        }
        let has_state = COLUMNS
            .iter()
            .zip(widths)
            .any(|((column, _), (width, _))| *column == Column::State && width > 0);

        let lead = lead(self.live);
        let mut heading = vec![Span::raw(" ".repeat(lead))];
        self.headings.clear();
        let mut x = area.x + lead as u16;
        for ((column, name), (width, to_the_right)) in COLUMNS.iter().zip(widths) {
            if width == 0 {
                continue;
            }
            let name = match (*column == self.sort, self.descending) {
                (false, _) => (*name).to_owned(),
                (true, false) => format!("{name}▾"),
                (true, true) => format!("{name}▴"),
            };
            let style = if *column == self.sort {
                theme.key
            } else {
                theme.dim
            };
            let cell = if to_the_right {
                right(&name, width)
            } else {
                left(&name, width)
            };
            heading.push(Span::styled(cell, style));
            heading.push(Span::raw("  "));
            self.headings.push((x, x + width as u16 + 2, *column));
            x += width as u16 + 2;
        }
        match said {
            0 => {}
            BOTH.. => {
                heading.push(Span::styled(left("What was said", said / 2), theme.dim));
                heading.push(Span::styled("  What happened", theme.dim));
            }
            _ => heading.push(Span::styled(
                text::cut("What was said or happened", said),
                theme.dim,
            )),
        }
        frame.render_widget(Line::from(heading), Rect { height: 1, ..list });

        for (line, (at, row)) in rows.zip(&shown).enumerate() {
            let chosen = at == self.cursor.selected;
            let place = Rect {
                y: list.y + 1 + line as u16,
                height: 1,
                ..list
            };
            if place.y >= list.bottom() {
                break;
            }
            let mut spans = vec![match (shared.marks.has(row.id), chosen) {
                (true, _) => Span::styled(MARK, theme.key),
                (false, true) => Span::raw("▌"),
                (false, false) => Span::raw(" "),
            }];
            if self.live {
                spans.push(match row.news {
                    Some(News::Failed) => Span::styled("✗", theme.alarm),
                    Some(News::New) => Span::styled("+", theme.key),
                    Some(News::Busy) => Span::styled("•", theme.good),
                    None => Span::raw(" "),
                });
            }
            spans.push(match row.credentials {
                true => Span::styled(SECRET.to_string(), theme.warning),
                false => Span::raw(" "),
            });
            for (((column, _), cell), (width, to_the_right)) in
                COLUMNS.iter().zip(&row.cells).zip(widths)
            {
                if width == 0 {
                    continue;
                }
                let style = match column {
                    Column::Client | Column::ToServer => theme.client,
                    Column::Server | Column::ToClient => theme.server,
                    Column::Handshake => theme.handshake,
                    Column::State if row.news == Some(News::Failed) => {
                        theme.tone(row.tone).add_modifier(Modifier::BOLD)
                    }
                    Column::State => theme.tone(row.tone),
                    Column::Number if row.news == Some(News::New) => theme.key,
                    Column::Number | Column::Start | Column::Duration => theme.dim,
                    _ => Style::new(),
                };
                let cell = if to_the_right {
                    right(cell, width)
                } else {
                    left(cell, width)
                };
                spans.push(Span::styled(cell, style));
                spans.push(Span::raw("  "));
            }
            spans.extend(last_column(row, said, has_state, theme));
            let style = if chosen { theme.cursor } else { Style::new() };
            frame.buffer_mut().set_style(place, style);
            frame.render_widget(Line::from(spans), place);
        }
        if self.order.is_empty() {
            let place = Rect {
                y: list.y + 2,
                height: 1,
                ..list
            };
            let words = self.why_empty(contents, shared);
            frame.render_widget(Line::styled(words, theme.dim), place.intersection(list));
        }
        if foot > 0 {
            self.draw_foot(
                contents,
                shared,
                frame,
                Rect {
                    y: list.bottom(),
                    height: foot,
                    ..area
                },
            );
        }
    }

    /// What is shown of a conversation; while the list is paused, as it was.
    fn row(
        &mut self,
        contents: &Contents,
        shared: &Shared,
        id: ConversationId,
        first_ns: i64,
    ) -> Option<Row> {
        if let Some(row) = self.frozen.get(&id) {
            return Some(row.clone());
        }
        let conversation = contents.tracker.get(id)?;
        let nested = self.nested.contains(&id);
        let row = Row::of(contents, shared, id, conversation, first_ns, nested);
        if shared.pulse.is_paused() && self.frozen.len() < MAX_FROZEN {
            self.frozen.insert(id, row.clone());
        }
        Some(row)
    }

    fn widths(&mut self, rows: &[Row], room: u16) -> ([(usize, bool); COUNT], usize) {
        if !self.live || self.widest_for != room {
            self.widest = [0; COUNT];
            self.widest_for = room;
        }
        for row in rows {
            for (widest, cell) in self.widest.iter_mut().zip(&row.cells) {
                *widest = text::width(cell).max(*widest);
            }
        }
        widths(&self.widest, self.live, room.into())
    }

    fn why_empty(&self, contents: &Contents, shared: &Shared) -> String {
        let all = contents.tracker.count();
        match () {
            () if all > 0 && !shared.ports.is_empty() => {
                format!(
                    "  None of the {} has port {}. esc shows all.",
                    counted(all as u64, "conversation"),
                    shared.ports
                )
            }
            () if all > 0 => "  Only UDP here; u shows it.".to_owned(),
            () if self.live && !contents.packets.is_empty() => {
                "  No conversations yet. 2 shows the packets.".to_owned()
            }
            () if self.live => "  Waiting for packets …".to_owned(),
            () if !contents.finished => "  Reading …".to_owned(),
            () if contents.packets.is_empty() => {
                "  There are no packets in this capture.".to_owned()
            }
            () => "  No conversations: no packet here carries TCP or UDP. 2 shows the packets."
                .to_owned(),
        }
    }
}

/// What was said and what happened, in so many columns: side by side, or the one that is more telling.
fn last_column(row: &Row, room: usize, has_state: bool, theme: &Theme) -> Vec<Span<'static>> {
    if room == 0 {
        return Vec::new();
    }
    let mut spans = Vec::new();
    let mut room = room;
    if !has_state {
        spans.push(Span::styled(format!("{} ", row.sign), theme.tone(row.tone)));
        room = room.saturating_sub(2);
    }
    let went_wrong = matches!(row.tone, Tone::Bad | Tone::Warning);
    match room {
        BOTH.. => {
            spans.push(Span::raw(left(&row.summary, room / 2)));
            let happened = text::cut(&row.verdict, room - room / 2 - 2);
            spans.push(Span::styled(format!("  {happened}"), theme.dim));
        }
        _ if went_wrong || row.summary.is_empty() => {
            spans.push(Span::styled(text::cut(&row.verdict, room), theme.dim));
        }
        _ => spans.push(Span::raw(text::cut(&row.summary, room))),
    }
    spans
}
