//! Draws the list.

use super::{
    ConversationsPane,
    columns::{GAP, Widths, fill, lead},
    foot,
    order::SortBy,
    row::{ConversationRow, SECRET},
};
use crate::{
    columns::{Column, Meaning, chosen::Chosen},
    lang::{Count, text},
    store::Contents,
    track::{ConversationId, Tone},
    ui::{
        app::Shared,
        display_name,
        rates::News,
        text::{self, MARK, left},
        theme::Theme,
    },
};
use ratatui::{
    Frame,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
};

/// With this many columns left, summary and verdict are side by side.
const BOTH: usize = 76;

/// The maximum number of rows that are frozen while the list is paused; far more than are viewed meanwhile.
const MAX_FROZEN: usize = 4096;

impl ConversationsPane {
    /// Draws the list, and below it the details of the chosen conversation.
    pub(super) fn draw_all(
        &mut self,
        contents: &Contents,
        shared: &Shared,
        frame: &mut Frame,
        area: Rect,
    ) {
        let names = u16::from(display_name::are_shown(contents, shared));
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
        let height = usize::from(list.height.saturating_sub(1));
        let on_screen = self.cursor.fit(self.order.len(), height);
        let mut rows: Vec<(usize, ConversationRow)> = Vec::new();
        for at in on_screen.clone() {
            // A conversation that was just evicted leaves its line empty until the list is made again.
            rows.extend(
                self.row(contents, shared, self.order[at])
                    .map(|row| (at, row)),
            );
        }
        let ids: Vec<_> = rows.iter().map(|(_, row)| row.id).collect();
        self.fields.take(shared);
        let all = self.sort_field().map(|_| &self.order[..]);
        self.fields.ask(shared, &ids, all);
        for (_, row) in &mut rows {
            row.fill_in(&self.columns, self.fields.of(row.id));
        }
        let widths = self.widths(shared, rows.iter().map(|(_, row)| row), area.width);
        for (_, row) in &mut rows {
            row.fit(&self.columns, &widths);
        }

        let heading = self.heading(&widths, &shared.theme, list.x);
        frame.render_widget(heading, Rect { height: 1, ..list });
        for (at, row) in &rows {
            let place = Rect {
                y: list.y + 1 + (at - on_screen.start) as u16,
                height: 1,
                ..list
            };
            let chosen = *at == self.cursor.selected;
            if chosen {
                frame.buffer_mut().set_style(place, shared.theme.cursor);
            }
            frame.render_widget(self.line(shared, row, chosen, &widths), place);
        }
        if self.order.is_empty() {
            let place = Rect {
                y: list.y + 2,
                height: 1,
                ..list
            };
            let words = format!("  {}", self.why_empty(contents, shared));
            let words = text::cut(&words, list.width.into());
            let words = Line::styled(words, shared.theme.dim);
            frame.render_widget(words, place.intersection(list));
        }
        if foot > 0 {
            let chosen = rows.iter().find(|(at, _)| *at == self.cursor.selected);
            let place = Rect {
                y: list.bottom(),
                height: foot,
                ..area
            };
            foot::draw(contents, shared, chosen.map(|(_, row)| row), frame, place);
        }
    }

    /// Returns the headings of the columns; their positions are kept for the mouse.
    fn heading(&mut self, widths: &Widths, theme: &Theme, x: u16) -> Line<'static> {
        let lead = lead(self.live);
        let mut spans = vec![Span::raw(" ".repeat(lead))];
        self.headings.clear();
        let mut x = x + lead as u16;
        for (_, column, width) in widths.shown(&self.columns) {
            let name = column.heading();
            // The list is not sorted by what is not known of every row.
            let sort = match column.own() {
                Some(own) => (own == Column::Number || own.definition().sort.is_some())
                    .then_some(SortBy::Own(own)),
                None => self.fields.position(&column.name()).map(SortBy::Field),
            };
            let is_sorted = sort == Some(self.sort);
            let name = match (is_sorted, self.descending) {
                (false, _) => name,
                (true, false) => format!("{name}▾"),
                (true, true) => format!("{name}▴"),
            };
            let style = match is_sorted {
                true => theme.key,
                false => theme.dim,
            };
            spans.push(Span::styled(fill(column, &name, width), style));
            spans.push(Span::raw(" ".repeat(GAP)));
            let end = x + (width + GAP) as u16;
            self.headings.extend(sort.map(|sort| (x, end, sort)));
            x = end;
        }
        match (widths.said, self.columns.says) {
            (0, _) | (_, [false, false]) => {}
            (said, [true, false]) => {
                let words = text::cut(text!("column-summary"), said);
                spans.push(Span::styled(words, theme.dim));
            }
            (said, [false, true]) => {
                let words = text::cut(text!("column-verdict"), said);
                spans.push(Span::styled(words, theme.dim));
            }
            (said @ BOTH.., _) => {
                let summary = left(text!("column-summary"), said / 2);
                spans.push(Span::styled(summary, theme.dim));
                let verdict = format!("  {}", text!("column-verdict"));
                spans.push(Span::styled(verdict, theme.dim));
            }
            (said, _) => {
                let words = text::cut(text!("column-summary-or-verdict"), said);
                spans.push(Span::styled(words, theme.dim));
            }
        }
        Line::from(spans)
    }

    fn line(
        &self,
        shared: &Shared,
        row: &ConversationRow,
        chosen: bool,
        widths: &Widths,
    ) -> Line<'static> {
        let theme = &shared.theme;
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
        for (at, column, width) in widths.shown(&self.columns) {
            let cell = fill(column, &row.cells[at], width);
            spans.push(Span::styled(cell, style(column, row, theme)));
            spans.push(Span::raw(" ".repeat(GAP)));
        }
        spans.extend(self.last_column(row, widths, theme));
        Line::from(spans)
    }

    /// Returns the row of a conversation; while the list is paused, its frozen row.
    fn row(
        &mut self,
        contents: &Contents,
        shared: &Shared,
        id: ConversationId,
    ) -> Option<ConversationRow> {
        if let Some(row) = self.frozen.get(&id) {
            return Some(row.clone());
        }
        let conversation = contents.tracker.get(id)?;
        let nested = self.nested.contains(&id);
        let columns = &self.columns;
        let row = ConversationRow::of(contents, shared, id, conversation, nested, columns);
        if shared.rates.is_paused() && self.frozen.len() < MAX_FROZEN {
            self.frozen.insert(id, row.clone());
        }
        Some(row)
    }

    fn widths<'r>(
        &mut self,
        shared: &Shared,
        rows: impl Iterator<Item = &'r ConversationRow>,
        room: u16,
    ) -> Widths {
        let measured_for = (room, shared.settings.names, shared.columns.revision());
        if self.widest_for != measured_for {
            self.widest.clear();
            self.widest_for = measured_for;
        }
        self.widest.resize(self.columns.columns.len(), 0);
        for row in rows {
            for (widest, cell) in self.widest.iter_mut().zip(&row.cells) {
                *widest = text::width(cell).max(*widest);
            }
        }
        self.columns.widths(&self.widest, self.live, room.into())
    }

    fn why_empty(&self, contents: &Contents, shared: &Shared) -> String {
        let count = contents.tracker.count();
        if count > 0
            && let Some(found) = shared.display.count()
        {
            let is_searching = (found.examined as usize) < contents.packets.len();
            return match is_searching && found.failure.is_none() {
                true => text!("packets-filtering-first").to_owned(),
                false if found.conversations > 0 && !shared.ports.is_empty() => {
                    text!(
                        "conversations-none-filtered-port",
                        count = Count(count as u64)
                    )
                }
                false => text!("conversations-none-filtered", count = Count(count as u64)),
            };
        }
        if count > 0 && !shared.ports.is_empty() {
            let count = Count(count as u64);
            return text!("conversations-none-has-port", count, ports = &shared.ports);
        }
        if let Some(percent) = shared.findings.progress().filter(|_| shared.with_findings) {
            return text!("findings-searching", percent);
        }
        let why = match () {
            () if count > 0 && shared.with_findings => text!("conversations-none-with-findings"),
            () if count > 0 => text!("conversations-only-udp"),
            () if self.live && !contents.packets.is_empty() => text!("conversations-none-yet"),
            () if self.live => text!("list-waiting"),
            () if !contents.finished => text!("list-reading"),
            () if contents.packets.is_empty() => text!("list-no-packets"),
            () => text!("conversations-none"),
        };
        why.to_owned()
    }
}

fn style(column: &Chosen<Column>, row: &ConversationRow, theme: &Theme) -> Style {
    let Some(definition) = column.own().map(Column::definition) else {
        return Style::new();
    };
    match definition.meaning {
        Meaning::Client => theme.client,
        Meaning::Server => theme.server,
        Meaning::Handshake => theme.handshake,
        Meaning::Outcome if row.news == Some(News::Failed) => {
            theme.tone(row.tone).add_modifier(Modifier::BOLD)
        }
        Meaning::Outcome => theme.tone(row.tone),
        _ if definition.column == Column::Number && row.news == Some(News::New) => theme.key,
        Meaning::Minor => theme.dim,
        Meaning::None => Style::new(),
    }
}

impl ConversationsPane {
    /// Returns the summary and the verdict: side by side, or the more informative one.
    fn last_column(
        &self,
        row: &ConversationRow,
        widths: &Widths,
        theme: &Theme,
    ) -> Vec<Span<'static>> {
        let mut room = widths.said;
        if room == 0 {
            return Vec::new();
        }
        let mut spans = Vec::new();
        if !widths.has(&self.columns, Column::State) {
            spans.push(Span::styled(format!("{} ", row.sign), theme.tone(row.tone)));
            room = room.saturating_sub(2);
        }
        if !row.comment.is_empty() {
            spans.push(Span::styled("✎ ", theme.key));
            room = room.saturating_sub(2);
        }
        let went_wrong = matches!(row.tone, Tone::Bad | Tone::Warning);
        // What went wrong must not be overlooked.
        let of_verdict = match went_wrong {
            true => theme.tone(row.tone),
            false => theme.dim,
        };
        match (room, self.columns.says) {
            (BOTH.., [true, true]) => {
                spans.push(Span::raw(left(&row.summary, room / 2)));
                let happened = text::cut_words(&row.verdict, room - room / 2 - 2);
                spans.push(Span::styled(format!("  {happened}"), of_verdict));
            }
            (_, [summary, verdict])
                if verdict && (!summary || went_wrong || row.summary.is_empty()) =>
            {
                spans.push(Span::styled(
                    text::cut_words(&row.verdict, room),
                    of_verdict,
                ));
            }
            _ => spans.push(Span::raw(text::cut(&row.summary, room))),
        }
        spans
    }
}
