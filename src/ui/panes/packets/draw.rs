//! Draws the list of packets.

use super::{
    Asked, MAX_KEPT, PacketsPane,
    columns::{self, Measured, Widths},
    conversation_of,
    packet_line::{Extras, PacketLine},
};
use crate::{
    columns::{
        chosen::{self, Chosen},
        packets::PacketColumn,
    },
    format::grouped,
    lang::{Count, text},
    store::{Contents, PacketRecord},
    track::{ConversationId, Side},
    ui::{
        Shared,
        color_rules::LineKind,
        display_name::{self, DisplayName},
        pane::PaneArea,
        text::{self, MARK, left, right},
        theme::Theme,
    },
};
use ratatui::{Frame, layout::Rect, style::Style, text::Line};
use std::sync::Arc;

/// The maximum width of an address or a name: that of the longest IPv6 address.
const LONGEST: usize = 39;

/// A line and its surroundings, for one frame.
struct PacketRow {
    number: u32,
    record: PacketRecord,
    time: String,
    /// The names of sender and receiver. They are not kept: names may come later.
    names: [Option<DisplayName>; 2],
}

/// The conversation that the gutter shows.
struct Related {
    id: ConversationId,
    first: u32,
    last: u32,
}

impl PacketsPane {
    /// Draws the list, and requests the lines that it lacks.
    pub(super) fn draw_all(
        &mut self,
        contents: &Contents,
        shared: &Shared,
        frame: &mut Frame,
        place: PaneArea,
    ) {
        let PaneArea { area, focused, .. } = place;
        let theme = &shared.theme;
        self.take_lines(shared);
        self.place = Rect {
            y: area.y.saturating_add(1),
            height: area.height.saturating_sub(1),
            ..area
        };
        let shown = self.cursor.fit(self.rows.len(), self.place.height.into());
        let mut rows: Vec<PacketRow> = shown
            .clone()
            .filter_map(|row| {
                let number = self.rows.number(row)?;
                let record = *contents.packets.get(number)?;
                let time = self.time(contents, number, &record);
                Some(PacketRow {
                    number,
                    record,
                    time,
                    names: [None, None],
                })
            })
            .collect();
        self.ask(shared, &rows);
        for row in &mut rows {
            if let Some(line) = self.packet_line(row.number) {
                let ends = [line.source.as_str(), &line.destination];
                row.names = display_name::of_packet(contents, shared, row.number, ends);
            }
        }
        let widths = self.measure(&rows, area.width);
        if area.height > 0 {
            // With a display filter the line above the list shows the progress.
            let progress = self.rows.progress();
            let progress = progress.filter(|_| shared.display.filter().is_none());
            let place = Rect { height: 1, ..area };
            self.draw_heading(theme, frame, place, (&widths, progress));
        }
        let related = self.related(contents);
        for (at, row) in rows.iter().enumerate() {
            let place = Rect {
                y: self.place.y + at as u16,
                height: 1,
                ..area
            };
            let marked = shared.marks.contains(contents, row.number, &row.record);
            let related = related.as_ref();
            let line = self.line(contents, theme, (row, marked), related, &widths, area.width);
            frame.render_widget(line, place);
            if shown.start + at == self.cursor.selected {
                let style = if focused {
                    theme.cursor
                } else {
                    theme.cursor_away
                };
                frame.buffer_mut().set_style(place, style);
            }
        }
        if rows.is_empty() && area.height > 2 {
            let place = Rect {
                y: area.y + 2,
                height: 1,
                ..area
            };
            let words = format!("   {}", self.why_empty(contents, shared));
            let words = text::cut(&words, area.width.into());
            frame.render_widget(Line::styled(words, theme.dim), place);
        }
    }

    /// Requests the lines on the screen that are missing, or that may change.
    fn ask(&mut self, shared: &Shared, rows: &[PacketRow]) {
        let rows: Vec<u32> = rows.iter().map(|row| row.number).collect();
        if rows == self.asked.rows && self.age == self.asked.age {
            return;
        }
        if self.kept.len() > MAX_KEPT {
            self.kept.retain(|number, _| rows.contains(number));
        }
        let is_missing = |number: &u32| {
            let kept = self.kept.get(number);
            kept.is_none_or(|kept| kept.line.provisional || kept.age != self.age)
        };
        let missing: Vec<u32> = rows.iter().copied().filter(is_missing).collect();
        let any = !missing.is_empty();
        // Lines of the previous request that are no longer on the screen need not be read.
        if any || self.asked.any {
            let extras = Extras {
                fields: chosen::filters(&self.columns),
                colors: self.made_for.colors,
            };
            shared.reader.lines(missing, self.made_for, extras);
        }
        let age = self.age;
        self.asked = Asked { rows, age, any };
    }

    /// Returns the widths of the columns for the rows on the screen.
    fn measure(&mut self, rows: &[PacketRow], room: u16) -> Widths {
        let settings = &self.settings;
        let widths_for = (room, settings.time, settings.names, self.made_for.columns);
        let columns = Arc::clone(&self.columns);
        if self.widths_for != widths_for {
            self.widths_for = widths_for;
            let time = settings.time.columns();
            let least = |column| columns::least(column, room.into(), time);
            self.widest = columns.iter().map(least).collect();
        }
        for row in rows {
            for (at, width) in self.row_widths(row).into_iter().enumerate() {
                if let Some(widest) = self.widest.get_mut(at) {
                    *widest = width.max(*widest);
                }
            }
        }
        let infos = rows.iter().filter_map(|row| self.packet_line(row.number));
        let widest_info = infos.map(|line| text::width(&line.info)).max();
        let measured = Measured {
            columns: &columns,
            widest: &self.widest,
        };
        let widths = measured.fit(room.into());
        let is_info = |one: &Chosen<PacketColumn>| one.own() == Some(PacketColumn::Info);
        let of_info = columns.iter().position(is_info);
        let of_info = of_info.map_or(0, |at| widths.at(at));
        self.info_most = widest_info.unwrap_or(0).saturating_sub(of_info);
        widths
    }

    /// Returns how wide the content of each column of a row is.
    fn row_widths(&self, row: &PacketRow) -> Vec<usize> {
        let line = self.packet_line(row.number);
        let mut fields = line.map_or(&[][..], |line| &line.fields).iter();
        let [source, destination] = &row.names;
        let address = |of: fn(&PacketLine) -> &String, name: &Option<DisplayName>| {
            let shown = name.as_ref().map(|name| &name.name);
            let shown = shown.or_else(|| line.map(of));
            shown.map_or(0, |shown| text::width(shown).min(LONGEST))
        };
        let widths = self.columns.iter().map(|column| match column.own() {
            Some(PacketColumn::Number) => row.number.to_string().len(),
            Some(PacketColumn::Time) => text::width(&row.time),
            Some(PacketColumn::Source) => address(|line| &line.source, source),
            Some(PacketColumn::Destination) => address(|line| &line.destination, destination),
            Some(PacketColumn::Protocol) => line.map_or(0, |line| text::width(line.protocol)),
            Some(PacketColumn::Length) => text::width(&grouped(row.record.original.into())),
            Some(PacketColumn::Info) => 0,
            None => fields.next().map_or(0, |field| text::width(field)),
        });
        widths.collect()
    }

    fn draw_heading(
        &self,
        theme: &Theme,
        frame: &mut Frame,
        place: Rect,
        (widths, progress): (&Widths, Option<u32>),
    ) {
        let gap = " ".repeat(Widths::gap(place.width.into()));
        let mut words = " ".repeat(columns::GUTTER);
        for (at, column) in self.columns.iter().enumerate() {
            let width = widths.at(at);
            if width == 0 {
                continue;
            }
            let heading = match (column.own(), &column.title) {
                (Some(PacketColumn::Protocol), None) if width < 8 => {
                    text!("packets-protocol-short").to_owned()
                }
                _ => column.heading(),
            };
            if text::width(&words) > columns::GUTTER {
                words.push_str(&gap);
            }
            words.push_str(&aligned(column, &heading, width));
        }
        let progress = match progress {
            Some(share) => format!(" {} ", text!("packets-filtering", share)),
            None => String::new(),
        };
        let room = usize::from(place.width).saturating_sub(text::width(&progress));
        let parts = [(left(&words, room), theme.dim), (progress, theme.warning)];
        frame.render_widget(text::line(parts, place.width.into()), place);
    }

    fn related(&self, contents: &Contents) -> Option<Related> {
        let number = self.packet_in(contents)?;
        let id = conversation_of(contents, number)?;
        let conversation = contents.tracker.get(id)?;
        Some(Related {
            id,
            first: conversation.first_packet,
            last: conversation.last_packet,
        })
    }

    fn line<'t>(
        &self,
        contents: &Contents,
        theme: &Theme,
        (row, marked): (&PacketRow, bool),
        related: Option<&Related>,
        widths: &Widths,
        room: u16,
    ) -> Line<'t> {
        let PacketRow {
            number,
            record,
            time,
            names: [sends, receives],
        } = row;
        let gap = " ".repeat(Widths::gap(room.into()));
        let (rail, arrow, direction) = gutter(contents, *number, record, related);
        let sender = match direction {
            Some(Side::Client) => theme.client,
            Some(Side::Server) => theme.server,
            None => Style::new(),
        };
        let commented = contents.comments.contains_key(number);
        let line = self.packet_line(*number);
        let kind = line.map_or(LineKind::Plain, |line| line.kind);
        let [of_protocol, of_info] = kind.styles(theme);
        let mut parts = vec![
            (rail.to_owned(), theme.dim),
            (arrow.to_owned(), sender),
            (if marked { MARK } else { " " }.to_owned(), theme.key),
        ];
        let mut fields = line.map_or(&[][..], |line| &line.fields).iter();
        let mut is_first = true;
        for (at, column) in self.columns.iter().enumerate() {
            let width = widths.at(at);
            let address = |of: fn(&PacketLine) -> &String, name: &Option<DisplayName>| {
                let address = line.map_or("", |line| of(line));
                display_name::address(address, name.as_ref(), width)
            };
            let (cell, style) = match column.own() {
                Some(PacketColumn::Number) => (number.to_string(), theme.dim),
                Some(PacketColumn::Time) => (time.clone(), theme.dim),
                Some(PacketColumn::Source) => (address(|it| &it.source, sends), Style::new()),
                Some(PacketColumn::Destination) => {
                    (address(|it| &it.destination, receives), Style::new())
                }
                Some(PacketColumn::Protocol) => {
                    let protocol = line.map_or("", |line| line.protocol);
                    (protocol.to_owned(), of_protocol)
                }
                Some(PacketColumn::Length) => (grouped(record.original.into()), theme.dim),
                Some(PacketColumn::Info) => {
                    let info = line.map_or("", |line| &line.info);
                    (scrolled(info, self.info_from), of_info)
                }
                None => (fields.next().cloned().unwrap_or_default(), Style::new()),
            };
            if width == 0 {
                continue;
            }
            if !std::mem::take(&mut is_first) {
                parts.push((gap.clone(), Style::new()));
            }
            let is_info = column.own() == Some(PacketColumn::Info);
            let comment = if is_info && commented { "✎ " } else { "" };
            if !comment.is_empty() {
                parts.push((comment.to_owned(), theme.key));
            }
            let width = width.saturating_sub(text::width(comment));
            parts.push((aligned(column, &cell, width), style));
        }
        text::line(parts, room.into())
    }

    fn why_empty(&self, contents: &Contents, shared: &Shared) -> String {
        let count = contents.packets.len() as u64;
        if count > 0 && !self.rows.is_searching() {
            let count = Count(count);
            if shared.display.filter().is_some() {
                return text!("packets-none-filtered", count);
            }
            if shared.ports.is_empty() && shared.with_findings {
                return text!("packets-none-with-findings").to_owned();
            }
            if shared.ports.is_empty() {
                return text!("packets-none-is-tcp", count);
            }
            return text!("packets-none-has-port", count, ports = &shared.ports);
        }
        let why = match () {
            () if self.rows.is_searching() => text!("packets-filtering-first"),
            () if shared.rates.is_running() => text!("list-waiting"),
            () if !contents.finished => text!("list-reading"),
            () => text!("list-no-packets"),
        };
        why.to_owned()
    }
}

/// Returns a text without this many columns at its beginning, with `…` where it was cut.
fn scrolled(text: &str, from: usize) -> String {
    match from {
        0 => text.to_owned(),
        from if from < text::width(text) => format!("…{}", text::behind(text, from + 1)),
        _ => String::new(),
    }
}

/// Returns a text in a column of this width: numbers flush right, words flush left.
fn aligned(column: &Chosen<PacketColumn>, text: &str, width: usize) -> String {
    match column.own().is_some_and(PacketColumn::is_number) {
        true => right(text, width),
        false => left(text, width),
    }
}

/// Returns the gutter of a packet's row: its position in the shown conversation, and its sender.
fn gutter(
    contents: &Contents,
    number: u32,
    record: &PacketRecord,
    related: Option<&Related>,
) -> (&'static str, &'static str, Option<Side>) {
    let Some(Related { id, first, last }) = related else {
        return (" ", " ", None);
    };
    if !(*first..=*last).contains(&number) {
        return (" ", " ", None);
    }
    if !contents.belongs(number, record, *id) {
        return ("┊", " ", None);
    }
    let rail = match (number == *first, number == *last) {
        (true, true) => "╶",
        (true, false) => "┌",
        (false, true) => "└",
        (false, false) => "│",
    };
    let direction = match record.conversation() {
        Some((inner, direction)) if inner == *id => Some(direction),
        // It is the outer conversation of a tunnel.
        _ => contents
            .conversations_of(number)
            .into_iter()
            .find(|(outer, _)| outer == id)
            .map(|(_, direction)| direction),
    };
    let arrow = match direction {
        Some(Side::Client) => "→",
        Some(Side::Server) => "←",
        None => " ",
    };
    (rail, arrow, direction)
}
