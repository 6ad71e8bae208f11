//! Draws the list of packets.

use super::{
    Asked, MAX_KEPT, PacketsPane,
    columns::{self, Widths},
    conversation_of,
};
use crate::{
    format::grouped,
    lang::{Count, text},
    store::{Contents, PacketRecord},
    track::{ConversationId, Side},
    ui::{
        Shared,
        display_name::{self, DisplayName},
        pane::PaneArea,
        text::{self, MARK, left, right},
        theme::Theme,
    },
};
use ratatui::{Frame, layout::Rect, style::Style, text::Line};

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
            self.draw_heading(theme, frame, place, (widths, progress));
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
            let line = self.line(contents, theme, (row, marked), related, widths, area.width);
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
            shared.reader.lines(missing, self.made_for);
        }
        let age = self.age;
        self.asked = Asked { rows, age, any };
    }

    /// Returns the widths of the columns for the rows on the screen.
    fn measure(&mut self, rows: &[PacketRow], room: u16) -> Widths {
        let widths_for = (room, self.settings.time, self.settings.names);
        if self.widths_for != widths_for {
            self.widths_for = widths_for;
            self.widths = Widths {
                number: 3,
                time: if room >= 100 {
                    self.settings.time.columns()
                } else {
                    8
                },
                source: 9,
                destination: 9,
                protocol: text::width(text!("packets-protocol-short")),
                length: 6,
            };
        }
        for row in rows {
            let length = text::width(&grouped(row.record.original.into()));
            let number = row.number.to_string().len();
            let time = text::width(&row.time);
            let line = self.packet_line(row.number);
            let [source, destination] = &row.names;
            let columns = |address: &str, name: &Option<DisplayName>| {
                let shown = name.as_ref().map_or(address, |name| &name.name);
                text::width(shown).min(LONGEST)
            };
            let widths = Widths {
                number,
                time,
                source: line.map_or(0, |line| columns(&line.source, source)),
                destination: line.map_or(0, |line| columns(&line.destination, destination)),
                protocol: line.map_or(0, |line| text::width(line.protocol)),
                length,
            };
            self.widths = self.widths.max(widths);
        }
        self.widths.fit(room.into())
    }

    fn draw_heading(
        &self,
        theme: &Theme,
        frame: &mut Frame,
        place: Rect,
        (widths, progress): (Widths, Option<u32>),
    ) {
        let gap = " ".repeat(Widths::gap(place.width.into()));
        let mut words = " ".repeat(columns::GUTTER);
        let protocol = if widths.protocol >= 8 {
            text!("packets-protocol")
        } else {
            text!("packets-protocol-short")
        };
        type Align = fn(&str, usize) -> String;
        let headings: [(Align, &str, usize); 6] = [
            (right, text!("packets-number"), widths.number),
            (right, text!("packets-time"), widths.time),
            (left, text!("packets-source"), widths.source),
            (left, text!("packets-destination"), widths.destination),
            (left, protocol, widths.protocol),
            (right, text!("packets-length"), widths.length),
        ];
        for (align, heading, width) in headings {
            if width > 0 {
                words.push_str(&align(heading, width));
                words.push_str(&gap);
            }
        }
        words.push_str(text!("packets-info"));
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
        widths: Widths,
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
        let style = line.map_or(Style::new(), |line| line.kind.style(theme));
        let [source, destination] = match line {
            Some(line) => [&*line.source, &line.destination],
            None => [""; 2],
        };
        let mut parts = vec![
            (rail.to_owned(), theme.dim),
            (arrow.to_owned(), sender),
            (if marked { MARK } else { " " }.to_owned(), theme.key),
        ];
        let source = display_name::address(source, sends.as_ref(), widths.source);
        let destination = display_name::address(destination, receives.as_ref(), widths.destination);
        for (cell, width, style) in [
            (
                right(&number.to_string(), widths.number),
                widths.number,
                theme.dim,
            ),
            (right(time, widths.time), widths.time, theme.dim),
            (left(&source, widths.source), widths.source, Style::new()),
            (
                left(&destination, widths.destination),
                widths.destination,
                Style::new(),
            ),
            (
                left(line.map_or("", |line| line.protocol), widths.protocol),
                widths.protocol,
                style,
            ),
            (
                right(&grouped(record.original.into()), widths.length),
                widths.length,
                theme.dim,
            ),
        ] {
            if width > 0 {
                parts.push((cell, style));
                parts.push((gap.clone(), Style::new()));
            }
        }
        if commented {
            parts.push(("✎ ".to_owned(), theme.key));
        }
        let info = line.map_or(String::new(), |line| line.info.clone());
        parts.push((info, style));
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
