//! Draws a conversation: its rows, and the explanation of the chosen one.

use super::{
    arrow::{Columns, Gutter, Times, annotation, arrow, broken, copied},
    head::{head, judged, labels},
    model::{LadderModel, said},
    time_bar::time_bar,
};
use crate::{
    format::{duration, seconds},
    ladder::LadderRow,
    lang::text,
    store::Contents,
    track::Side,
    ui::{
        app::Shared,
        display_name,
        settings::TimeFormat,
        text::{self, cut, left, wrap},
        theme::Theme,
    },
};
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

/// From this height on a line shows where the time went.
const WITH_TIME_BAR: u16 = 12;

impl LadderModel {
    /// Draws it.
    pub fn draw(
        &mut self,
        contents: &Contents,
        shared: &Shared,
        frame: &mut Frame,
        area: Rect,
        focused: bool,
    ) {
        self.places.clear();
        self.chosen.clear();
        self.lacks = false;
        let id = self.ladder.id();
        let Some(conversation) = contents.tracker.get(id) else {
            return;
        };
        if area.width < 24 || area.height == 0 {
            return;
        }
        let theme = &shared.theme;
        let whole = frame.area().width;
        self.find_evidence(contents, &contents.judging);
        let Some(judged) = judged(contents, id) else {
            return;
        };
        let mut head = head(conversation, &judged, theme, whole, area);
        let comment = contents.comment_line(conversation);
        if !comment.is_empty() {
            let words = cut(&comment, usize::from(area.width).saturating_sub(4));
            head.push(Line::from(vec![
                Span::styled(" ✎ ", theme.key),
                Span::raw(words),
            ]));
        }
        if area.height >= WITH_TIME_BAR {
            let bar = time_bar(conversation, theme, usize::from(area.width) - 2);
            head.extend(bar.map(|mut bar| {
                bar.spans.insert(0, Span::raw(" "));
                bar
            }));
        }
        let foot = match area.height {
            0..13 => 0,
            13..17 => 3,
            _ => 4,
        };
        let mut y = area.y;
        for line in head {
            frame.render_widget(
                line,
                Rect {
                    y,
                    height: 1,
                    ..area
                },
            );
            y += 1;
        }
        let frame_of = Columns::new(shared.settings.time, area.width.into());
        if y < area.bottom() {
            let progress = self.ladder.progress(contents);
            let ends = [Side::Client, Side::Server].map(|direction| {
                let name = display_name::of_end(contents, shared, id, direction);
                let end = conversation.endpoint(direction);
                display_name::endpoint(end, name.as_ref(), usize::from(area.width))
            });
            let line = labels(conversation, &ends, theme, &frame_of, progress);
            frame.render_widget(
                line,
                Rect {
                    y,
                    height: 1,
                    ..area
                },
            );
            y += 1;
        }
        let list = Rect {
            y,
            height: (area.bottom().saturating_sub(y)).saturating_sub(foot),
            ..area
        };
        self.fit(contents, list.height.into(), frame_of.notes());
        self.draw_rows(contents, shared, frame, list, &frame_of, focused);
        if foot > 0 {
            let place = Rect {
                y: list.bottom(),
                height: foot,
                ..area
            };
            self.draw_foot(contents, theme, frame, place);
        }
    }

    fn draw_rows(
        &mut self,
        contents: &Contents,
        shared: &Shared,
        frame: &mut Frame,
        area: Rect,
        columns: &Columns,
        focused: bool,
    ) {
        let theme = &shared.theme;
        let mut y = area.y;
        self.shown = self.top..self.top;
        for index in self.top..self.length() {
            if y >= area.bottom() {
                break;
            }
            let Some(row) = self.ladder.row(index) else {
                break;
            };
            let Some(words) = self.words(contents, row) else {
                break;
            };
            let chosen = index == self.selected;
            let times = self.times(contents, shared, index, columns);
            let inside = matches!(row, LadderRow::Step(_, true));
            let gutter = Gutter {
                times: &times,
                severity: self.severity(row),
                chosen,
                marked: self.is_marked(contents, shared, row),
            };
            let line = arrow(&words, &gutter, columns, theme, inside);
            let place = Rect {
                y,
                height: 1,
                ..area
            };
            if chosen {
                let style = if focused {
                    theme.cursor
                } else {
                    theme.cursor_away
                };
                frame.buffer_mut().set_style(place, style);
                self.chosen = copied(&words, &times);
            }
            frame.render_widget(line, place);
            self.places.push((y, index));
            y += 1;
            self.shown.end = index + 1;
            for note in broken(&words.notes, columns.notes()) {
                if y >= area.bottom() {
                    break;
                }
                let line = annotation(&note, columns, theme);
                frame.render_widget(
                    line,
                    Rect {
                        y,
                        height: 1,
                        ..area
                    },
                );
                self.places.push((y, index));
                y += 1;
            }
        }
        if self.ladder.is_empty() && area.height > 0 {
            let words = match self.reading {
                true => format!("  {}", text!("list-reading")),
                false => String::new(),
            };
            frame.render_widget(Line::styled(words, theme.dim), Rect { height: 1, ..area });
        }
    }

    /// Whether the packet of a row, or the first of several, is marked.
    fn is_marked(&self, contents: &Contents, shared: &Shared, row: LadderRow) -> bool {
        let step = self.ladder.first_of(row);
        let packet = step.filter(|step| step.kind.is_packet());
        packet.is_some_and(|step| {
            let record = contents.packets.get(step.packet);
            record.is_some_and(|record| shared.marks.contains(contents, step.packet, record))
        })
    }

    /// Returns the times in the gutter of a row.
    fn times(
        &self,
        contents: &Contents,
        shared: &Shared,
        index: usize,
        columns: &Columns,
    ) -> Times {
        let first_of = |index| {
            let step = self.ladder.first_of(self.ladder.row(index)?)?;
            step.kind.is_packet().then_some(step.packet)
        };
        let Some(packet) = first_of(index) else {
            return Times::default();
        };
        let of = |packet| contents.packets.get(packet)?.time_ns();
        let (Some(time), first) = (of(packet), contents.began_ns()) else {
            return Times::default();
        };
        // Since the row above, so that the times of the rows add up.
        let before = (0..index).rev().find_map(first_of).and_then(of);
        let passed = before.map(|before| time.saturating_sub(before));
        let delta = passed.map(|passed| match (columns.short, passed) {
            (true, _) => format!("+{}", duration(passed)),
            (false, ..0) => seconds(passed, 6),
            (false, _) => format!("+{}", seconds(passed, 6)),
        });
        let full = shared.settings.time(time, first, before.unwrap_or(time));
        let absolute = match (shared.settings.time, columns.short) {
            (TimeFormat::Utc | TimeFormat::Date, true) => {
                full.get(11..22).unwrap_or(&full).to_owned()
            }
            (TimeFormat::Utc | TimeFormat::Date, _) if columns.delta == 0 => {
                full.get(11..).unwrap_or(&full).to_owned()
            }
            (TimeFormat::TimeOfDay, true) => full.get(..11).unwrap_or(&full).to_owned(),
            // Its last digits are those that differ.
            (TimeFormat::Epoch, true) => full
                .get(full.len().saturating_sub(11)..)
                .unwrap_or(&full)
                .to_owned(),
            _ => full,
        };
        match shared.settings.time {
            // One column: the start time, then the time that passed.
            TimeFormat::SinceFirst | TimeFormat::SincePrevious if columns.delta == 0 => Times {
                time: delta.unwrap_or(absolute),
                delta: String::new(),
            },
            _ => Times {
                time: absolute,
                delta: delta.unwrap_or_default(),
            },
        }
    }

    /// Draws the explanation of the chosen row.
    fn draw_foot(&self, contents: &Contents, theme: &Theme, frame: &mut Frame, area: Rect) {
        let rule = Line::styled("─".repeat(area.width.into()), theme.line);
        frame.render_widget(rule, Rect { height: 1, ..area });
        let Some(row) = self.ladder.row(self.selected) else {
            return;
        };
        let said = said(self.read.get(&row));
        let absolute_seq = self.made_for.absolute_seq;
        let explained = self.ladder.explain(contents, row, &said, absolute_seq);
        let Some((sentences, tag)) = explained else {
            return;
        };
        let room = usize::from(area.width).saturating_sub(2);
        let lines = usize::from(area.height.saturating_sub(1));
        let mut wrapped = wrap(&sentences, room);
        let tag = format!("  {tag}");
        let tag_fits = |line: &str| text::width(line) + text::width(&tag) <= room;
        if wrapped.len() > lines {
            // A text that is cut ends with a sign, followed by the layer.
            let rest = wrapped.split_off(lines.saturating_sub(1)).join(" ");
            wrapped.push(cut(&rest, room.saturating_sub(text::width(&tag))));
        } else if wrapped.len() < lines && !wrapped.last().is_some_and(|line| tag_fits(line)) {
            wrapped.push(String::new());
        }
        let last = wrapped.len().saturating_sub(1);
        for (at, line) in wrapped.into_iter().enumerate() {
            let place = Rect {
                y: area.y + 1 + at as u16,
                height: 1,
                ..area
            };
            let fits = at == last && tag_fits(&line);
            let mut spans = vec![Span::raw(" ")];
            if fits {
                spans.push(Span::raw(left(&line, room - text::width(&tag))));
                spans.push(Span::styled(tag.clone(), theme.dim));
            } else {
                spans.push(Span::raw(line));
            }
            frame.render_widget(Line::from(spans), place.intersection(area));
        }
    }
}
