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
//! `◆` is before marked packets.

mod columns;
mod draw;
mod packet_line;
mod rows;
#[cfg(test)]
pub(crate) mod tests;

pub use self::packet_line::{Extras, PacketLine};

use self::rows::Rows;
use crate::{
    columns::{
        chosen::{Chosen, default_columns},
        packets::PacketColumn,
    },
    lang::text,
    save::{Choice, Marks},
    store::{Contents, PacketRecord},
    track::ConversationId,
    ui::{
        Action, Scope, Shared,
        display_filter::Combine,
        finding::{Find, Targets},
        layout::Layout,
        list::{Cursor, Following},
        pane::{Pane, PaneArea, Reply, Sought},
        panes::filter_menu::FilterMenu,
        reader::MadeFor,
        row_filters,
        settings::{Settings, TimeFormat},
    },
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

/// The lines of this many packets are kept: many screens full, and at most a few megabytes.
const MAX_KEPT: usize = 4096;

/// The minimum interval of reading a packet's line again while a capture loads, since later packets may change it.
const KEPT_WHILE_LOADING: Duration = Duration::from_millis(300);

/// Info is scrolled by as many columns.
const INFO_STEP: usize = 16;

/// The time of a packet from which time is counted, as in Wireshark.
const REFERENCE: &str = "*REF*";

/// The list of packets.
pub struct PacketsPane {
    rows: Rows,
    cursor: Cursor,
    /// The packet that the cursor is to go to as soon as its row is known.
    wish: Option<u32>,
    /// The chosen packet, while the filter hides it: it is chosen again when it is shown again.
    hidden: Option<u32>,
    /// While the capture grows the cursor stays on the last row.
    follows: bool,
    /// Whether it was checked that the capture is being made: then the list follows it from the start.
    begun: bool,
    /// Lines by the packets' numbers, and the current settings that they are made with.
    kept: HashMap<u32, Kept>,
    made_for: MadeFor,
    /// Lines of another generation are read again; and when this one began.
    age: u64,
    since: Instant,
    asked: Asked,
    settings: Settings,
    references: Arc<BTreeSet<u32>>,
    /// The columns, and the widest content of each so far, so that they do not move while the list scrolls.
    columns: Arc<[Chosen<PacketColumn>]>,
    widest: Vec<usize>,
    widths_for: (u16, TimeFormat, bool, u32),
    /// How many columns of Info are left of the screen, and how many at most.
    info_from: usize,
    info_most: usize,
    /// Where the rows were drawn.
    place: Rect,
}

/// A line that was read, and its generation.
struct Kept {
    line: PacketLine,
    age: u64,
}

/// The screen when lines were requested last, and whether there were any.
#[derive(Default, PartialEq)]
struct Asked {
    rows: Vec<u32>,
    age: u64,
    any: bool,
}

impl Default for PacketsPane {
    fn default() -> Self {
        PacketsPane {
            rows: Rows::default(),
            cursor: Cursor::default(),
            wish: None,
            hidden: None,
            follows: false,
            begun: false,
            kept: HashMap::new(),
            made_for: MadeFor::default(),
            age: 0,
            since: Instant::now(),
            asked: Asked::default(),
            settings: Settings::default(),
            references: Arc::default(),
            columns: default_columns().into(),
            widest: Vec::new(),
            widths_for: (0, TimeFormat::default(), false, 0),
            info_from: 0,
            info_most: 0,
            place: Rect::default(),
        }
    }
}

impl PacketsPane {
    /// Returns the packet that the cursor is on, or is sent to.
    fn packet_in(&self, contents: &Contents) -> Option<u32> {
        // A display filter may take long to reach it: meanwhile what the cursor is on is chosen.
        let waits = self.rows.is_searching() && !self.rows.is_behind() && self.rows.len() > 0;
        self.wish
            .filter(|number| !waits && contents.packets.get(*number).is_some())
            .or_else(|| self.rows.number(self.cursor.selected))
    }

    /// Selects the row of a packet, or the nearest to it.
    fn select_nearest(&mut self, row: usize, number: u32) {
        self.cursor.selected = row;
        self.wish = None;
        self.hidden = Some(number).filter(|number| self.rows.number(row) != Some(*number));
    }

    /// Moves the cursor to the next marked packet, or to the previous one.
    fn next_marked(&mut self, forward: bool, contents: &Contents, marks: &Marks) -> Reply {
        let is_marked = |row: &usize| {
            let number = self.rows.number(*row);
            let record = number.and_then(|number| Some((number, contents.packets.get(number)?)));
            record.is_some_and(|(number, record)| marks.contains(contents, number, record))
        };
        let selected = self.cursor.selected;
        let row = match (marks.is_empty(), forward) {
            (true, _) => None,
            (false, true) => (selected + 1..self.rows.len()).find(is_marked),
            (false, false) => (0..selected).rev().find(is_marked),
        };
        let Some(row) = row else {
            return Reply::Ignored;
        };
        self.cursor.selected = row;
        (self.wish, self.hidden, self.follows) = (None, None, false);
        Reply::Done
    }

    /// Takes over lines that were read.
    fn take_lines(&mut self, shared: &Shared) {
        for answer in shared.reader.take_lines() {
            if answer.made_for == self.made_for {
                let (line, age) = (answer.line, self.age);
                self.kept.insert(answer.number, Kept { line, age });
            }
        }
    }

    /// Returns a row as text, its columns separated by tabs.
    fn copied(&self, number: u32, contents: &Contents) -> Option<String> {
        let record = *contents.packets.get(number)?;
        let time = self.time(contents, number, &record);
        let length = record.original.to_string();
        let number_text = number.to_string();
        let line = self.packet_line(number)?;
        let mut fields = line.fields.iter();
        let cells = self.columns.iter().map(|column| match column.own() {
            Some(PacketColumn::Number) => &number_text,
            Some(PacketColumn::Time) => &time,
            Some(PacketColumn::Source) => &line.source,
            Some(PacketColumn::Destination) => &line.destination,
            Some(PacketColumn::Protocol) => line.protocol,
            Some(PacketColumn::Length) => &length,
            Some(PacketColumn::Info) => &line.info,
            None => fields.next().map_or("", String::as_str),
        });
        Some(cells.collect::<Vec<_>>().join("\t"))
    }

    /// Returns a packet's line, if it has been read.
    fn packet_line(&self, number: u32) -> Option<&PacketLine> {
        self.kept.get(&number).map(|kept| &kept.line)
    }

    fn time(&self, contents: &Contents, number: u32, record: &PacketRecord) -> String {
        if self.references.contains(&number) {
            return REFERENCE.to_owned();
        }
        if record.time_ns().is_none() {
            return String::new();
        }
        let of = |number| contents.packets.get(number).map(|record| record.order_ns);
        let previous = of(number.saturating_sub(1)).unwrap_or(record.order_ns);
        let reference = self.references.range(..number).next_back();
        let reference = reference.and_then(|number| of(*number));
        let first = reference.unwrap_or_else(|| contents.began_ns());
        self.settings.time(record.order_ns, first, previous)
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

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        self.draw_all(&shared.store.read(), shared, frame, place);
    }

    fn sync(&mut self, shared: &Shared) {
        let contents = &shared.store.read();
        self.settings = shared.settings;
        self.references = Arc::clone(&shared.references);
        let rates = &shared.rates;
        let filter = shared.filter();
        let left = self.rows.sync(contents, rates.limit(contents), &filter);
        self.cursor.leave(left);
        if !self.begun {
            self.begun = true;
            self.follows = rates.is_running() && self.wish.is_none();
        }
        if let Some(number) = self.wish {
            match self.rows.row_of(number) {
                Some(row) => self.select_nearest(row, number),
                None if !self.rows.is_searching() => self.wish = None,
                None => {}
            }
        }
        if self.follows {
            self.cursor.selected = self.rows.len().saturating_sub(1);
            self.follows = !contents.finished || self.rows.is_searching();
        }
        let made_for = MadeFor {
            columns: shared.columns.revision(),
            ..MadeFor::new(&shared.settings, contents.finished)
        };
        self.columns = Arc::clone(shared.columns.packets());
        let old =
            !contents.finished && !rates.is_paused() && self.since.elapsed() >= KEPT_WHILE_LOADING;
        let same_columns = self.made_for.columns == made_for.columns;
        if self.made_for.show_secrets != made_for.show_secrets || !same_columns {
            // Secrets to be hidden, and values of other fields, are not shown until other lines are there.
            self.kept.clear();
        }
        if self.made_for != made_for || old {
            self.made_for = made_for;
            self.forget();
        }
        self.take_lines(shared);
    }

    fn tail(&self) -> Option<Following> {
        Some(Following::at_end(self.follows))
    }

    /// Old lines are shown until they have been read again.
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
            Some(row) => self.select_nearest(row, number),
            None => self.wish = Some(number),
        }
    }

    /// The packets that the list shows.
    fn find(&mut self, find: Option<&Find>, _forward: bool, shared: &Shared) -> Sought {
        match find {
            Some(_) => Sought::In(Targets::Packets(
                Choice::Shown(shared.filter()),
                self.packet(shared),
            )),
            None => Sought::Nowhere,
        }
    }

    fn act(&mut self, action: Action, shared: &Shared) -> Reply {
        let contents = &shared.store.read();
        let before = self.cursor.selected;
        if self.cursor.act(action, self.rows.len()) {
            self.wish = None;
            self.hidden = None;
            let growing = !contents.finished || self.rows.is_searching();
            self.follows = growing && Following::is_resumed(action, before, self.rows.len());
            return Reply::Done;
        }
        if let Action::NextMarked | Action::PreviousMarked = action {
            return self.next_marked(action == Action::NextMarked, contents, &shared.marks);
        }
        if let Action::Left | Action::Right = action {
            self.info_from = match action {
                Action::Right => (self.info_from + INFO_STEP).min(self.info_most),
                _ => self.info_from.saturating_sub(INFO_STEP),
            };
            return Reply::Done;
        }
        match (action, self.packet_in(contents)) {
            (Action::Open, Some(packet)) => Reply::OpenPacket(packet),
            (Action::Copy, Some(packet)) => match self.copied(packet, contents) {
                Some(line) => Reply::Copy(line),
                None => Reply::Say(text!("packets-not-read-yet", number = packet)),
            },
            (Action::SwitchLadder, Some(packet)) => match conversation_of(contents, packet) {
                Some(id) => Reply::OpenConversation(id, Some(packet)),
                None => Reply::Say(text!("message-no-conversation", number = packet)),
            },
            (_, Some(packet)) if let Some(how) = Combine::of(action) => {
                let line = self.packet_line(packet);
                let offers = row_filters::of_packet(contents, packet, line, &self.columns);
                Reply::Push(Box::new(FilterMenu::new(Scope::Packets, how, offers)))
            }
            (Action::Open | Action::Copy | Action::SwitchLadder, None) => {
                Reply::Say(text!("message-no-packet-selected").to_owned())
            }
            _ => Reply::Ignored,
        }
    }

    /// Handles a click: on a row it chooses it; on the chosen row it opens the packet.
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
                self.hidden = None;
                self.follows = false;
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        self.cursor.scroll(rows, self.rows.len());
        self.wish = None;
        self.hidden = None;
        self.follows = false;
    }

    /// The cursor stays on its packet, or near it.
    fn refilter(&mut self) {
        let at_cursor = self.rows.number(self.cursor.selected);
        self.wish = self.wish.or(self.hidden).or(at_cursor);
        self.rows.refilter();
    }

    /// Whether packets are still being examined for the filter.
    fn is_busy(&self) -> bool {
        self.rows.is_behind()
    }
}

/// Returns the conversation that a packet belongs to.
fn conversation_of(contents: &Contents, number: u32) -> Option<ConversationId> {
    let (id, _) = contents.packets.get(number)?.conversation()?;
    Some(id)
}
