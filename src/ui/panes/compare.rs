//! Two conversations, or two packets, side by side: what differs between them is marked.
//!
//! ```text
//!                tcp/0                              tcp/1
//!  ≠ Verdict     closed after 1.31 s                refused: nothing listens on port 81
//!  ≠ TCP options agreed: MSS 1460 · window scale 7…  -
//!    →               0 s  SYN                           0 s  SYN
//!  ≠ ←           12.6 ms  SYN ACK                    110 µs  RST ACK
//! ─────────────────────────────────────────────────────────────────────────
//!  1  SYN ACK  win 65160 · MSS 1460
//!  2  RST ACK
//! ```

use crate::{
    columns::{COLUMNS, Column, ColumnEntry},
    format::{duration, grouped, printable},
    ladder::{ListedRow, Listing},
    lang::text,
    store::Store,
    track::{ConversationId, Side},
    ui::{
        Action, Scope, Shared,
        list::Cursor,
        pane::{Pane, PaneArea, Reply},
        panes::ladder::LadderPane,
        rates::Amount,
        text::{self, left, width},
        theme::Theme,
    },
    view::Viewer,
};
use dissectors::{Field, FieldKind};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
    text::Line,
};
use std::{collections::HashMap, io, thread::JoinHandle};

/// Rows of each ladder that are compared at most: finding what they have in common takes the square of that.
const MOST_ROWS: usize = 400;

/// The width of the first column at most.
const LABEL: usize = 28;

/// As many columns of what differs are to be seen.
const SEEN: usize = 8;

/// The columns before the words at the bottom.
const FOOT_INDENT: usize = 4;

/// From this height on the chosen row is whole at the bottom, in this many lines at most.
const WITH_FOOT: u16 = 14;
const FOOT: u16 = 5;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Two conversations.
    Conversations([ConversationId; 2]),
    /// Two packets.
    Packets([u32; 2]),
}

/// A row: what it is about, and how it is on both sides; nothing where one side lacks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompareRow {
    label: String,
    sides: [Option<String>; 2],
    /// The time before each side, which is not compared.
    times: [String; 2],
    /// The packet of each side.
    packets: [Option<u32>; 2],
    differs: bool,
}

impl CompareRow {
    fn new(label: impl Into<String>, sides: [Option<String>; 2]) -> Self {
        CompareRow {
            differs: sides[0] != sides[1],
            label: label.into(),
            sides,
            times: Default::default(),
            packets: [None, None],
        }
    }

    /// Returns a row of which only what is said besides times is compared.
    fn besides_times(label: impl Into<String>, sides: [Option<String>; 2]) -> Self {
        let compared = sides
            .each_ref()
            .map(|side| side.as_deref().map(without_times));
        CompareRow {
            differs: compared[0] != compared[1],
            ..CompareRow::new(label, sides)
        }
    }

    /// Returns both sides in this many columns. Of those that differ only behind what fits, what is common is left out.
    fn cells(&self, columns: usize) -> [String; 2] {
        let sides = self.sides.each_ref();
        let [one, other] = sides.map(|side| side.as_deref().unwrap_or("-"));
        let room = columns.saturating_sub(width(&self.times[0]));
        let head = common_words(one, other);
        let is_hidden =
            self.differs && width(head) + SEEN > room && width(one).max(width(other)) > room;
        let mut cells = [one, other]
            .into_iter()
            .zip(&self.times)
            .map(|(words, time)| {
                let words = match is_hidden {
                    true => format!(
                        "… {}",
                        words.get(head.len()..).unwrap_or_default().trim_start()
                    ),
                    false => words.to_owned(),
                };
                left(&format!("{time}{words}"), columns)
            });
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    }
}

/// Returns the words of a text without times, which always differ: `13.0 ms`, `2.88초`.
fn without_times(text: &str) -> Vec<&str> {
    const UNITS: [&str; 6] = ["ns", "µs", "ms", "s", "min", "h"];
    const JOINED: [&str; 3] = ["초", "분", "시간"];
    fn bare(word: &str) -> &str {
        word.trim_matches(['(', ')', ',', '.', ';', ':'])
    }
    let is_number = |word: &str| {
        let digits = bare(word).trim_start_matches('-');
        digits.starts_with(|first: char| first.is_ascii_digit())
    };
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let is_behind = words.last().is_some_and(|last| is_number(last));
        if UNITS.contains(&bare(word)) && is_behind {
            words.pop();
        } else if !(is_number(word) && JOINED.iter().any(|unit| word.contains(unit))) {
            words.push(word);
        }
    }
    words
}

/// Returns the words that both texts begin with.
fn common_words<'a>(one: &'a str, other: &str) -> &'a str {
    let mut letters = one.char_indices().zip(other.chars());
    let differs = letters.find(|((_, a), b)| a != b);
    let end = differs.map_or(one.len().min(other.len()), |((at, _), _)| at);
    let head = one.get(..end).unwrap_or_default();
    match head.rfind(' ') {
        Some(blank) => &head[..blank],
        None => "",
    }
}

/// The pane.
pub struct ComparePane {
    compared: Compared,
    reading: Option<JoinHandle<io::Result<Vec<CompareRow>>>>,
    rows: Vec<CompareRow>,
    /// The names of two conversations.
    titles: [String; 2],
    /// Only the rows that differ.
    only_differing: bool,
    trouble: Option<String>,
    cursor: Cursor,
    place: Rect,
}

impl ComparePane {
    /// Begins to read what is to be compared.
    ///
    /// # Errors
    ///
    /// Fails if the thread cannot be created.
    pub fn new(compared: Compared, shared: &Shared) -> io::Result<Self> {
        let store = shared.store.clone();
        let settings = shared.settings;
        let thread = std::thread::Builder::new().name("compare".to_owned());
        let reading = thread.spawn(move || {
            let mut viewer = Viewer::new(store.clone());
            viewer.absolute_seq = settings.absolute_seq;
            viewer.show_secrets = settings.show_secrets;
            match compared {
                Compared::Conversations(ids) => Ok(conversations(&mut viewer, &store, ids)),
                Compared::Packets(numbers) => packets(&mut viewer, numbers),
            }
        })?;
        let titles = match compared {
            Compared::Conversations(ids) => {
                let contents = shared.store.read();
                let title = |id| contents.tracker.get(id).map(|one| one.id());
                ids.map(|id| title(id).unwrap_or_default())
            }
            Compared::Packets(_) => Default::default(),
        };
        Ok(ComparePane {
            compared,
            titles,
            reading: Some(reading),
            rows: Vec::new(),
            only_differing: false,
            trouble: None,
            cursor: Cursor::default(),
            place: Rect::default(),
        })
    }

    fn shown(&self) -> impl Iterator<Item = &CompareRow> {
        let all = !self.only_differing;
        self.rows.iter().filter(move |row| all || row.differs)
    }

    /// Opens the conversation of a side at a packet.
    fn open(&self, side: usize, number: u32, shared: &Shared) -> Reply {
        let Compared::Conversations(ids) = self.compared else {
            return Reply::ListPacket(number);
        };
        let mut ladder = LadderPane::new(ids[side], &shared.reader);
        ladder.go_to(number);
        Reply::Push(Box::new(ladder))
    }

    /// Draws the chosen row whole, one side below the other.
    fn draw_foot(&self, theme: &Theme, frame: &mut Frame, area: Rect) {
        let rule = Line::styled("─".repeat(area.width.into()), theme.line);
        frame.render_widget(rule, Rect { height: 1, ..area });
        let Some(row) = self.shown().nth(self.cursor.selected) else {
            return;
        };
        let room = usize::from(area.width).saturating_sub(FOOT_INDENT + 1);
        let each = usize::from(area.height.saturating_sub(1)) / 2;
        let mut y = area.y + 1;
        for (side, sign) in row.sides.iter().zip(["1", "2"]) {
            let words = side.as_deref().unwrap_or("-").trim_start();
            let mut lines = text::wrap(words, room);
            if lines.len() > each {
                let rest = lines.split_off(each.saturating_sub(1)).join(" ");
                lines.push(text::cut(&rest, room));
            }
            for (at, line) in lines.into_iter().enumerate() {
                let lead = if at == 0 { sign } else { "" };
                let parts = [
                    (left(&format!(" {lead}"), FOOT_INDENT), theme.key),
                    (line, Style::new()),
                ];
                let place = Rect {
                    y,
                    height: 1,
                    ..area
                };
                frame.render_widget(text::line(parts, area.width.into()), place);
                y += 1;
            }
        }
    }

    fn names(&self) -> [String; 2] {
        match self.compared {
            Compared::Conversations(_) => self.titles.clone(),
            Compared::Packets(numbers) => {
                numbers.map(|number| text!("compare-packet", number = grouped(number.into())))
            }
        }
    }
}

impl Pane for ComparePane {
    fn scope(&self) -> Scope {
        Scope::Compare
    }

    fn title(&self, shared: &Shared, width: u16) -> Option<Line<'static>> {
        let differing = self.rows.iter().filter(|row| row.differs).count();
        let words = match (&self.trouble, self.reading.is_some()) {
            (Some(trouble), _) => trouble.clone(),
            (None, true) => text!("compare-reading").to_owned(),
            (None, false) => text!("compare-differ", differing, all = self.rows.len()),
        };
        let parts = [
            (
                format!(" {}  ", text!("compare-title")),
                shared.theme.heading,
            ),
            (words, shared.theme.dim),
        ];
        Some(text::line(parts, width.into()))
    }

    fn sync(&mut self, _shared: &Shared) {
        let Some(thread) = self.reading.take_if(|thread| thread.is_finished()) else {
            return;
        };
        match thread.join() {
            Ok(Ok(rows)) => self.rows = rows,
            Ok(Err(error)) => self.trouble = Some(printable(&error.to_string())),
            Err(_) => self.trouble = Some(text!("reader-failed-unknown").to_owned()),
        }
    }

    fn is_busy(&self) -> bool {
        self.reading.is_some()
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        let theme = &shared.theme;
        let area = place.area;
        let room = usize::from(area.width);
        let labels = self.rows.iter().map(|row| width(&row.label)).max();
        let labels = labels.unwrap_or(0).min(LABEL).min(room / 4);
        let half = room.saturating_sub(labels + 7) / 2;
        let names = self.names();
        let mut y = area.y;
        if names.iter().any(|name| !name.is_empty()) {
            let [one, other] = names.map(|name| left(&name, half));
            let words = format!("   {}  {one}  {other}", " ".repeat(labels));
            let heading = Rect { height: 1, ..area };
            frame.render_widget(Line::styled(words, theme.heading), heading);
            y += 1;
        }
        let foot = if area.height < WITH_FOOT { 0 } else { FOOT };
        self.place = Rect {
            y,
            height: area.bottom().saturating_sub(y + foot),
            ..area
        };
        if foot > 0 {
            let place = Rect {
                y: self.place.bottom(),
                height: foot,
                ..area
            };
            self.draw_foot(theme, frame, place);
        }
        let count = self.shown().count();
        let shown = self.cursor.fit(count, self.place.height.into());
        let rows: Vec<&CompareRow> = self.shown().skip(shown.start).take(shown.len()).collect();
        for ((row, at), y) in rows.iter().zip(shown.clone()).zip(self.place.y..) {
            let (sign, style) = match row.differs {
                true => (" ≠ ", Style::new()),
                false => ("   ", theme.dim),
            };
            let [one, other] = row.cells(half);
            let parts = [
                (sign.to_owned(), theme.warning),
                (left(&row.label, labels), theme.dim),
                ("  ".to_owned(), Style::new()),
                (one, style),
                ("  ".to_owned(), Style::new()),
                (other, style),
            ];
            let place = Rect {
                y,
                height: 1,
                ..self.place
            };
            frame.render_widget(text::line(parts, room), place);
            if at == self.cursor.selected {
                frame.buffer_mut().set_style(place, theme.cursor);
            }
        }
    }

    fn act(&mut self, action: Action, shared: &Shared) -> Reply {
        let count = self.shown().count();
        if self.cursor.act(action, count) {
            return Reply::Done;
        }
        let row = self.shown().nth(self.cursor.selected);
        match (action, row) {
            (Action::Mode, _) => {
                self.only_differing = !self.only_differing;
                Reply::Say(match self.only_differing {
                    true => text!("compare-only-differing").to_owned(),
                    false => text!("compare-everything").to_owned(),
                })
            }
            (Action::Open, Some(row)) => match row.packets {
                [Some(number), _] => self.open(0, number, shared),
                [None, Some(number)] => self.open(1, number, shared),
                [None, None] => {
                    let sides = row.sides.iter().flatten();
                    let words: Vec<&str> = sides.map(String::as_str).collect();
                    Reply::Say(format!("{}: {}", row.label, words.join("  ≠  ")))
                }
            },
            (Action::Copy, Some(row)) => {
                let cell = |side: usize| {
                    let words = row.sides[side].as_deref().unwrap_or_default();
                    format!("{}{words}", row.times[side])
                };
                Reply::Copy(format!("{}\t{}\t{}", row.label, cell(0), cell(1)))
            }
            _ => Reply::Ignored,
        }
    }

    fn click(&mut self, at: Position, _shared: &Shared) -> Reply {
        let line = usize::from(at.y.saturating_sub(self.place.y));
        match self.cursor.row_at(line, self.shown().count()) {
            Some(row) => {
                self.cursor.selected = row;
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        let count = self.shown().count();
        self.cursor.scroll(rows, count);
    }
}

/// Returns what two conversations are, and the rows of their ladders.
fn conversations(viewer: &mut Viewer, store: &Store, ids: [ConversationId; 2]) -> Vec<CompareRow> {
    let listings = ids.map(|id| Listing::read(viewer, id, MOST_ROWS));
    let mut rows = facts(store, ids);
    let titles = listings
        .each_ref()
        .map(|one| one.as_ref().map(|one| one.title.clone()));
    rows.insert(0, CompareRow::new(text!("compare-conversation"), titles));
    let empty = Vec::new();
    let [one, other] = listings
        .each_ref()
        .map(|one| one.as_ref().map_or(&empty, |one| &one.rows));
    rows.extend(aligned(one, other));
    rows
}

/// Returns what is known of two conversations besides their ladders.
fn facts(store: &Store, ids: [ConversationId; 2]) -> Vec<CompareRow> {
    let contents = store.read();
    let both = ids.map(|id| contents.tracker.get(id).map(|one| (id, one)));
    let mut rows = Vec::new();
    let columns = COLUMNS.iter().filter(|column| {
        matches!(
            column.column,
            Column::Application
                | Column::Handshake
                | Column::State
                | Column::Packets
                | Column::ToServer
                | Column::ToClient
                | Column::Lost
                | Column::RoundTrip
                | Column::Duration
                | Column::Verdict
                | Column::Summary
        )
    });
    for column in columns {
        let cells = both.map(|one| {
            let (id, conversation) = one?;
            let entry = ColumnEntry::new(&contents, id, conversation, Amount::default());
            let words = column.text(&entry);
            (!words.trim().is_empty()).then(|| printable(words.trim()))
        });
        if cells.iter().any(Option::is_some) {
            rows.push(CompareRow::besides_times(column.heading(), cells));
        }
    }
    let agreed = both.map(|one| crate::ladder::agreed(one?.1));
    if agreed.iter().any(Option::is_some) {
        rows.push(CompareRow::new(text!("compare-agreed"), agreed));
    }
    rows
}

/// Returns the rows of two ladders, those side by side that say the same.
fn aligned(one: &[ListedRow], other: &[ListedRow]) -> Vec<CompareRow> {
    let key = |row: &ListedRow| {
        let first = row.label.parts.first().map(|part| part.text.clone());
        (row.label.from, first.unwrap_or_default())
    };
    let keys = [one, other].map(|rows| rows.iter().map(key).collect::<Vec<_>>());
    common(&keys[0], &keys[1])
        .into_iter()
        .map(|[left, right]| {
            let rows = [
                left.and_then(|at| one.get(at)),
                right.and_then(|at| other.get(at)),
            ];
            let from = rows.iter().flatten().next().map(|row| row.label.from);
            let label = match from {
                Some(Side::Server) => "←",
                _ => "→",
            };
            let sides = rows.map(|row| row.map(meaning));
            let time = |row: Option<&ListedRow>| {
                let since = row
                    .and_then(|row| row.since_ns)
                    .map_or(String::new(), duration);
                format!("{since:>9}  ")
            };
            CompareRow {
                times: rows.map(time),
                packets: rows.map(|row| row.map(|row| row.packet)),
                ..CompareRow::besides_times(label, sides)
            }
        })
        .collect()
}

/// Returns what a row says apart from its sequence numbers, which always differ.
fn meaning(row: &ListedRow) -> String {
    let parts = row.label.parts.iter().map(|part| &part.text);
    let notes = row.label.notes.iter().flatten().map(|(text, _)| text);
    let is_number = |text: &str| {
        ["seq ", "ack ", "ISN "]
            .iter()
            .any(|word| text.starts_with(word))
    };
    let all = parts.chain(notes).map(|text| text.trim());
    let all: Vec<_> = all
        .filter(|text| !text.is_empty() && !is_number(text))
        .collect();
    all.join("  ")
}

/// Returns the positions in two lists, those together that are in the longest common subsequence.
fn common<T: PartialEq>(one: &[T], other: &[T]) -> Vec<[Option<usize>; 2]> {
    let columns = other.len() + 1;
    // The length of what the rest of both has in common, from each pair of positions on.
    let mut lengths = vec![0u32; (one.len() + 1) * columns];
    for (a, left) in one.iter().enumerate().rev() {
        for (b, right) in other.iter().enumerate().rev() {
            lengths[a * columns + b] = match left == right {
                true => lengths[(a + 1) * columns + b + 1] + 1,
                false => lengths[(a + 1) * columns + b].max(lengths[a * columns + b + 1]),
            };
        }
    }
    let (mut a, mut b) = (0, 0);
    let mut pairs = Vec::new();
    while a < one.len() || b < other.len() {
        let is_same = a < one.len() && b < other.len() && one[a] == other[b];
        let takes_left = b >= other.len()
            || a < one.len() && lengths[(a + 1) * columns + b] >= lengths[a * columns + b + 1];
        match (is_same, takes_left) {
            (true, _) => {
                pairs.push([Some(a), Some(b)]);
                (a, b) = (a + 1, b + 1);
            }
            (false, true) => {
                pairs.push([Some(a), None]);
                a += 1;
            }
            (false, false) => {
                pairs.push([None, Some(b)]);
                b += 1;
            }
        }
    }
    pairs
}

/// Returns the fields of two packets, by their names in the order of the first one.
fn packets(viewer: &mut Viewer, numbers: [u32; 2]) -> io::Result<Vec<CompareRow>> {
    let [one, other] = [
        fields(&viewer.details(numbers[0])?.tree.fields),
        fields(&viewer.details(numbers[1])?.tree.fields),
    ];
    let mut of_other: HashMap<&(String, usize), &String> =
        other.iter().map(|(key, value)| (key, value)).collect();
    let mut rows = Vec::new();
    for (key, value) in &one {
        let right = of_other.remove(key).cloned();
        rows.push(CompareRow::new(key.0.clone(), [Some(value.clone()), right]));
    }
    for (key, value) in &other {
        if of_other.contains_key(key) {
            rows.push(CompareRow::new(key.0.clone(), [None, Some(value.clone())]));
        }
    }
    Ok(rows)
}

/// Returns the fields with a name, each with how often it was there before, and their values.
fn fields(fields: &[Field]) -> Vec<((String, usize), String)> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let named = fields.iter().filter(|field| {
        !field.name.is_empty() && matches!(field.kind, FieldKind::Field | FieldKind::Computed)
    });
    let all = named.map(|field| {
        let count = seen.entry(field.name).or_default();
        *count += 1;
        let key = (field.name.to_owned(), *count);
        (key, printable(&field.shown()))
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::panes::packets::tests::{sample, screen};

    fn drawn(pane: &mut ComparePane, shared: &Shared) -> String {
        loop {
            pane.sync(shared);
            if !pane.is_busy() {
                return screen(150, 40, |frame| {
                    pane.draw(shared, frame, PaneArea::focused(frame.area()));
                });
            }
        }
    }

    #[test]
    fn what_two_lists_have_in_common_is_side_by_side() {
        let pairs = common(&["a", "b", "c"], &["b", "x", "c", "d"]);
        let expected = [
            [Some(0), None],
            [Some(1), Some(0)],
            [None, Some(1)],
            [Some(2), Some(2)],
            [None, Some(3)],
        ];
        assert_eq!(pairs, expected);
        assert!(common::<u8>(&[], &[]).is_empty());
        assert_eq!(common(&[1], &[]), [[Some(0), None]]);
    }

    #[test]
    fn times_are_not_compared() {
        let row = |one: &str, other: &str| {
            CompareRow::besides_times("", [Some(one.to_owned()), Some(other.to_owned())])
        };
        for (one, other) in [
            ("13.0 ms", "2.88 s"),
            ("closed after 75.6 ms", "closed after 68.0 µs"),
            ("answered (1 min 03 s)", "answered (12 s)"),
            ("2.88초 뒤에 닫힘", "1분 03초 뒤에 닫힘"),
        ] {
            assert!(!row(one, other).differs, "{one} {other}");
        }
        for (one, other) in [
            ("MSS 1460", "MSS 1400"),
            ("port 1 ms", "port 1"),
            ("3 s", "3 packets"),
        ] {
            assert!(row(one, other).differs, "{one} {other}");
        }
    }

    #[test]
    fn a_good_handshake_and_a_refused_one_differ() {
        let shared = sample("everyday.pcapng");
        let (good, bad) = {
            let contents = shared.store.read();
            let all = contents.tracker.conversations();
            let mut good = None;
            let mut other = None;
            for (id, conversation) in all {
                if conversation.protocol == crate::track::Protocol::Tcp {
                    match good {
                        None => good = Some(id),
                        Some(_) => other = Some(id),
                    }
                }
            }
            (good.unwrap(), other.unwrap())
        };
        let compared = Compared::Conversations([good, bad]);
        let mut pane = ComparePane::new(compared, &shared).unwrap();
        let words = drawn(&mut pane, &shared);
        assert!(words.contains("SYN"), "{words}");
        assert!(words.contains('≠'), "{words}");
        let all = pane.shown().count();
        pane.act(Action::Mode, &shared);
        assert!(pane.shown().count() <= all);
        assert!(pane.shown().all(|row| row.differs));
    }

    #[test]
    fn the_fields_of_two_packets_are_compared() {
        let shared = sample("dns.pcap");
        let mut pane = ComparePane::new(Compared::Packets([3, 4]), &shared).unwrap();
        let words = drawn(&mut pane, &shared);
        assert!(words.contains("packet 3"), "{words}");
        let id = pane
            .rows
            .iter()
            .find(|row| row.label == "dns.flags.response");
        assert!(id.unwrap().differs);
    }

    /// Whatever is marked as different looks different, and `enter` leads to a conversation, from which one comes back.
    #[test]
    fn what_is_marked_looks_different() {
        let shared = sample("everyday.pcapng");
        let ids = {
            let contents = shared.store.read();
            let tcp = contents.tracker.conversations();
            let mut tcp = tcp.filter(|(_, one)| one.id().starts_with("tcp/"));
            [tcp.next().unwrap().0, tcp.next().unwrap().0]
        };
        let mut pane = ComparePane::new(Compared::Conversations(ids), &shared).unwrap();
        drawn(&mut pane, &shared);
        for columns in [25, 31, 60, 100] {
            for row in &pane.rows {
                let [one, other] = row.cells(columns);
                let time = |side: usize| one.len().min(row.times[side].len());
                let [one, other] = [&one[time(0)..], &other[time(1)..]];
                assert!(
                    one != other || !row.differs,
                    "{columns}: {row:?}\n{one}\n{other}"
                );
            }
        }
        let has_packet = |row: &CompareRow| row.packets[0].is_some();
        pane.cursor.selected = pane.rows.iter().position(has_packet).unwrap();
        let Reply::Push(opened) = pane.act(Action::Open, &shared) else {
            panic!("nothing opened");
        };
        assert_eq!(opened.conversation(), Some(ids[0]));
    }
}
