//! All packets, as Wireshark lists them.
//!
//! ```text
//!      No.      Time  Source         Destination    Protocol  Length  Info
//!   ┌→   5  0.049102  192.0.2.10     198.51.100.80  TCP           74  34496 → 80 [SYN] Seq=0 Win=64240 Len=0
//!   │←   6  0.061120  198.51.100.80  192.0.2.10     TCP           74  80 → 34496 [SYN, ACK] Seq=0 Ack=1
//!   ┊    7  0.061133  192.0.2.10     198.51.100.53  DNS           74  Standard query A www.example
//!   └→   8  0.061140  192.0.2.10     198.51.100.80  TCP           66  34496 → 80 [ACK] Seq=1 Ack=1
//! ```
//!
//! The gutter shows the conversation of the chosen packet: `│` its packets, `┊` others in between, and who sent them.
//! `◆` stands before a packet that is marked.

mod columns;
mod packet_line;
mod rows;
#[cfg(test)]
pub(crate) mod tests;

pub use self::packet_line::{LineKind, PacketLine};

use self::{columns::Widths, rows::Rows};
use crate::{
    store::{Contents, PacketRecord},
    track::{ConversationId, Direction},
    ui::{
        Action, Scope, Shared,
        display_name::{self, DisplayName},
        layout::Layout,
        list::{Cursor, Tail},
        pane::{Pane, Place, Reply},
        reader::MadeFor,
        settings::{Settings, TimeFormat},
        text::{self, MARK, left, right},
        theme::Theme,
    },
    words::{counted, grouped},
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
    text::Line,
};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// The lines of so many packets are kept: many screens full, and a few megabytes at most.
const MAX_KEPT: usize = 4096;

/// Columns of an address or a name, at most: the longest IPv6 address as it is written.
const LONGEST: usize = 39;

/// While a capture loads, what came later may change a packet's line; it is read again no more often than this.
const KEPT_WHILE_LOADING: Duration = Duration::from_millis(300);

/// The list of packets.
pub struct PacketsPane {
    rows: Rows,
    cursor: Cursor,
    /// The packet that the cursor is to go to as soon as its row is known.
    wish: Option<u32>,
    /// While the capture grows the cursor stays on the last row.
    follows: bool,
    /// It has been looked at whether the capture is being made: then the list follows it from the start.
    begun: bool,
    /// Lines by the packets' numbers, and what they are made with from now on.
    kept: HashMap<u32, Kept>,
    made_for: MadeFor,
    /// Lines of another age are read again; and since when this one lasts.
    age: u64,
    since: Instant,
    asked: Asked,
    settings: Settings,
    /// The widest of each column so far, so that columns stand still while the list scrolls.
    widths: Widths,
    widths_for: (u16, TimeFormat, bool),
    /// Where the rows were drawn.
    place: Rect,
}

/// A line that was read, and in which age that was.
struct Kept {
    line: PacketLine,
    age: u64,
}

/// What was on the screen when lines were asked for last, and whether there were any.
#[derive(Default, PartialEq)]
struct Asked {
    rows: Vec<u32>,
    age: u64,
    any: bool,
}

/// A line with what stands around it, for one frame.
struct Row {
    number: u32,
    record: PacketRecord,
    time: String,
    /// What sender and receiver are called. It is not kept: names come late.
    names: [Option<DisplayName>; 2],
}

/// The conversation that the gutter shows.
struct Related {
    id: ConversationId,
    first: u32,
    last: u32,
}

impl Default for PacketsPane {
    fn default() -> Self {
        PacketsPane {
            rows: Rows::default(),
            cursor: Cursor::default(),
            wish: None,
            follows: false,
            begun: false,
            kept: HashMap::new(),
            made_for: MadeFor::default(),
            age: 0,
            since: Instant::now(),
            asked: Asked::default(),
            settings: Settings::default(),
            widths: Widths::default(),
            widths_for: (0, TimeFormat::default(), false),
            place: Rect::default(),
        }
    }
}

impl PacketsPane {
    /// The packet that the cursor is on, or is sent to.
    fn packet_in(&self, contents: &Contents) -> Option<u32> {
        self.wish
            .filter(|number| contents.packets.get(*number).is_some())
            .or_else(|| self.rows.number(self.cursor.selected))
    }

    /// Takes up lines that were read.
    fn take_lines(&mut self, shared: &Shared) {
        for answer in shared.reader.take_lines() {
            if answer.made_for == self.made_for {
                let (line, age) = (answer.line, self.age);
                self.kept.insert(answer.number, Kept { line, age });
            }
        }
    }

    /// A row as text, its columns apart by tabs.
    fn copied(&self, number: u32, contents: &Contents) -> Option<String> {
        let record = *contents.packets.get(number)?;
        let time = self.time(contents, number, &record);
        let length = record.original.to_string();
        let number_text = number.to_string();
        let line = self.packet_line(number)?;
        let cells = [
            &number_text,
            &time,
            &line.source,
            &line.destination,
            line.protocol,
            &length,
            &line.info,
        ];
        Some(cells.join("\t"))
    }

    /// A packet's line, if it has been read.
    fn packet_line(&self, number: u32) -> Option<&PacketLine> {
        self.kept.get(&number).map(|kept| &kept.line)
    }

    fn time(&self, contents: &Contents, number: u32, record: &PacketRecord) -> String {
        let of = |number| contents.packets.get(number).map(|record| record.time_ns);
        let previous = of(number.saturating_sub(1)).unwrap_or(record.time_ns);
        self.settings
            .time(record.time_ns, contents.began_ns(), previous)
    }

    /// Asks for the lines on the screen that are not there, or that may change.
    fn ask(&mut self, shared: &Shared, rows: &[Row]) {
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
        // What was asked for before and is not on the screen any more need not be read.
        if any || self.asked.any {
            shared.reader.lines(missing, self.made_for);
        }
        let age = self.age;
        self.asked = Asked { rows, age, any };
    }

    /// How wide the columns are for what is on the screen by now.
    fn measure(&mut self, rows: &[Row], room: u16) -> Widths {
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
                protocol: 5,
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

    fn draw_heading(&self, theme: &Theme, frame: &mut Frame, place: Rect, widths: Widths) {
        let gap = " ".repeat(Widths::gap(place.width.into()));
        let mut words = " ".repeat(columns::GUTTER);
        let protocol = if widths.protocol >= 8 {
            "Protocol"
        } else {
            "Proto"
        };
        for (cell, width) in [
            (right("No.", widths.number), widths.number),
            (right("Time", widths.time), widths.time),
            (left("Source", widths.source), widths.source),
            (left("Destination", widths.destination), widths.destination),
            (left(protocol, widths.protocol), widths.protocol),
            (right("Length", widths.length), widths.length),
        ] {
            if width > 0 {
                words.push_str(&cell);
                words.push_str(&gap);
            }
        }
        words.push_str("Info");
        let progress = match self.rows.progress() {
            Some(share) => format!(" filtering {share} % "),
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
        (row, marked): (&Row, bool),
        related: Option<&Related>,
        widths: Widths,
        room: u16,
    ) -> Line<'t> {
        let Row {
            number,
            record,
            time,
            names: [sends, receives],
        } = row;
        let gap = " ".repeat(Widths::gap(room.into()));
        let (rail, arrow, direction) = gutter(contents, *number, record, related);
        let sender = match direction {
            Some(Direction::FromClient) => theme.client,
            Some(Direction::FromServer) => theme.server,
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
        let all = contents.packets.len() as u64;
        match () {
            () if self.rows.is_searching() => "   Filtering …".to_owned(),
            () if all > 0 => format!(
                "   None of the {} belongs to a conversation with port {}. esc shows all.",
                counted(all, "packet"),
                shared.ports
            ),
            () if shared.rates.is_running() => "   Waiting for packets …".to_owned(),
            () if !contents.finished => "   Reading …".to_owned(),
            () => "   There are no packets in this capture.".to_owned(),
        }
    }
}

impl Pane for PacketsPane {
    fn scope(&self) -> Scope {
        Scope::Packets
    }

    fn layout(&self) -> Layout {
        Layout::WithPacket {
            on_demand: false,
            beside: false,
            min_height: 18,
        }
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: Place) {
        let Place { area, focused, .. } = place;
        let contents = &shared.store.read();
        let theme = &shared.theme;
        self.take_lines(shared);
        self.place = Rect {
            y: area.y.saturating_add(1),
            height: area.height.saturating_sub(1),
            ..area
        };
        let shown = self.cursor.fit(self.rows.len(), self.place.height.into());
        let mut rows: Vec<Row> = shown
            .clone()
            .filter_map(|row| {
                let number = self.rows.number(row)?;
                let record = *contents.packets.get(number)?;
                let time = self.time(contents, number, &record);
                Some(Row {
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
            self.draw_heading(theme, frame, Rect { height: 1, ..area }, widths);
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
            let words = self.why_empty(contents, shared);
            frame.render_widget(Line::styled(words, theme.dim), place);
        }
    }

    fn sync(&mut self, shared: &Shared) {
        let contents = &shared.store.read();
        self.settings = shared.settings;
        let rates = &shared.rates;
        let left = self
            .rows
            .sync(contents, rates.limit(contents), &shared.ports);
        self.cursor.leave(left);
        if !self.begun {
            self.begun = true;
            self.follows = rates.is_running() && self.wish.is_none();
        }
        if let Some(number) = self.wish {
            match self.rows.row_of(number) {
                Some(row) => {
                    self.cursor.selected = row;
                    self.wish = None;
                }
                None if !self.rows.is_searching() => self.wish = None,
                None => {}
            }
        }
        if self.follows {
            self.cursor.selected = self.rows.len().saturating_sub(1);
            self.follows = !contents.finished || self.rows.is_searching();
        }
        let made_for = MadeFor::new(&shared.settings, contents.finished);
        let old =
            !contents.finished && !rates.is_paused() && self.since.elapsed() >= KEPT_WHILE_LOADING;
        if self.made_for.show_secrets != made_for.show_secrets {
            // What is to be hidden is not shown until other lines are there.
            self.kept.clear();
        }
        if self.made_for != made_for || old {
            self.made_for = made_for;
            self.forget();
        }
        self.take_lines(shared);
    }

    fn tail(&self) -> Option<Tail> {
        Some(Tail::at_end(self.follows))
    }

    /// Lines that were read before are shown until they have been read again.
    fn forget(&mut self) {
        self.age += 1;
        self.since = Instant::now();
    }

    fn packet(&self, shared: &Shared) -> Option<u32> {
        self.packet_in(&shared.store.read())
    }

    fn go_to(&mut self, number: u32) {
        self.follows = false;
        match self.rows.row_of(number) {
            Some(row) => {
                self.cursor.selected = row;
                self.wish = None;
            }
            None => self.wish = Some(number),
        }
    }

    fn act(&mut self, action: Action, shared: &Shared) -> Reply {
        let contents = &shared.store.read();
        let before = self.cursor.selected;
        if self.cursor.act(action, self.rows.len()) {
            self.wish = None;
            let growing = !contents.finished || self.rows.is_searching();
            self.follows = growing && Tail::is_resumed(action, before, self.rows.len());
            return Reply::Done;
        }
        match (action, self.packet_in(contents)) {
            (Action::Open, Some(packet)) => Reply::OpenPacket(packet),
            (Action::Copy, Some(packet)) => match self.copied(packet, contents) {
                Some(line) => Reply::Copy(line),
                None => Reply::Say(format!("Packet {packet} has not been read yet.")),
            },
            (Action::SwitchLadder, Some(packet)) => match conversation_of(contents, packet) {
                Some(id) => Reply::OpenConversation(id, Some(packet)),
                None => Reply::Say(format!("Packet {packet} belongs to no conversation.")),
            },
            _ => Reply::Ignored,
        }
    }

    /// A click on a row chooses it; on the chosen row it opens the packet.
    fn click(&mut self, at: Position, shared: &Shared) -> Reply {
        if !self.place.contains(at) {
            return Reply::Ignored;
        }
        let line = usize::from(at.y - self.place.y);
        match self.cursor.row_at(line, self.rows.len()) {
            Some(row) if row == self.cursor.selected => self.act(Action::Open, shared),
            Some(row) => {
                self.cursor.selected = row;
                self.wish = None;
                self.follows = false;
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        self.cursor.scroll(rows, self.rows.len());
        self.wish = None;
        self.follows = false;
    }

    /// The cursor stays on its packet, or near it.
    fn refilter(&mut self) {
        self.wish = self.wish.or_else(|| self.rows.number(self.cursor.selected));
        self.rows.refilter();
    }

    /// Packets are still being looked at for the filter.
    fn is_busy(&self) -> bool {
        self.rows.is_searching()
    }
}

/// What stands before a packet's row: its place in the conversation that is shown, and who sent it.
fn gutter(
    contents: &Contents,
    number: u32,
    record: &PacketRecord,
    related: Option<&Related>,
) -> (&'static str, &'static str, Option<Direction>) {
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
        Some(Direction::FromClient) => "→",
        Some(Direction::FromServer) => "←",
        None => " ",
    };
    (rail, arrow, direction)
}

/// The conversation that a packet belongs to.
fn conversation_of(contents: &Contents, number: u32) -> Option<ConversationId> {
    let (id, _) = contents.packets.get(number)?.conversation()?;
    Some(id)
}
