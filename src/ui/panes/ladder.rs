//! A conversation as a ladder: client left, server right, each packet an arrow with what it means.
//!
//! ```text
//!    agreed: MSS 1460 · window scale 7/10 · SACK · timestamps · ECN off
//!               client 10.0.0.2:51234                    10.0.0.1:80 server
//!       0.000000  ├─ SYN  seq 0 ──────────────────────────────────▶│  ① 1/3
//!                 │   ISN 834471725 · win 64240 · MSS 1460         │
//!      +0.012034  │◀──────────────────────── SYN ACK  seq 0 ack 1 ─┤  ② 2/3
//!                 │   ISN 16854226                                 │
//!                 │   ack 834471726 = client ISN 834471725 + 1 ✓   │
//!      +0.021087  │◀═══════════════ 200 OK  34 segments  17 ACKs ══╡  ▸ 45.6 kB
//!    ──────────────────────────────────────────────────────────────────────────────
//!    #1 SYN. The client 10.0.0.2 asks to open a connection …     L4 transport · TCP
//! ```

use crate::{
    capture::Bytes,
    ladder::{self, Kind, Ladder, Note, Part, Role, Row, Said, Stroke, Words},
    services,
    store::Contents,
    track::{Conversation, ConversationId, Direction, outcome, verdict},
    ui::{
        Action,
        app::{Reply, Shared},
        settings::TimeFormat,
        text::{self, cut, left, right, wrap},
        theme::Theme,
    },
    view::Viewer,
    words::{duration, printable, seconds},
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// How long one frame may spend on reading packets: the rest is for drawing and for keys.
const READING: Duration = Duration::from_millis(14);

/// The same while the capture loads: the index waits while we read.
const READING_BESIDE_INDEX: Duration = Duration::from_millis(5);

/// Packets that are read before the clock is looked at again.
const SLICE: usize = 256;

/// Rows whose application text is kept: more than any screen has.
const MAX_INFOS: usize = 2048;

/// Columns of what stands right of the lifelines.
const STATUS: usize = 13;

/// From here on the gutter has both the time and what passed since the row before.
const WIDE: usize = 100;

/// Below this the gutter says times in short.
const NARROW: usize = 72;

/// Lines below an arrow, at most.
const MAX_NOTES: usize = 6;

/// A conversation.
pub struct LadderPane {
    ladder: Ladder,
    viewer: Viewer,
    selected: usize,
    top: usize,
    /// The wheel has moved the screen: the cursor follows, not the other way round.
    wheeled: bool,
    /// The cursor was sent to the end and stays there while more is read.
    at_end: bool,
    /// A packet to go to that has not been read yet.
    wanted: Option<u32>,
    /// What packets say above the transport layer.
    infos: HashMap<u32, Option<String>>,
    absolute_seq: bool,
    /// What the infos were made with: absolute numbers, secrets, all of the capture.
    made_for: (bool, bool, bool),
    reading: bool,
    /// What something on the screen is part of was not heard yet.
    waiting: bool,
    /// How many rows were on the screen the last time.
    page: usize,
    /// Which row each line of the screen belongs to.
    places: Vec<(u16, usize)>,
    /// The text of the chosen row, for the clipboard.
    chosen: String,
}

impl LadderPane {
    /// Opens a conversation.
    pub fn new(id: ConversationId, bytes: Bytes) -> Self {
        LadderPane {
            ladder: Ladder::new(id),
            viewer: Viewer::new(bytes),
            selected: 0,
            top: 0,
            wheeled: false,
            at_end: false,
            wanted: None,
            infos: HashMap::new(),
            absolute_seq: false,
            made_for: (false, false, false),
            reading: true,
            waiting: false,
            page: 1,
            places: Vec::new(),
            chosen: String::new(),
        }
    }

    /// Which conversation it is.
    pub fn id(&self) -> ConversationId {
        self.ladder.id()
    }

    /// Whether there are packets that have not been read yet, or messages that have not been heard.
    pub fn is_reading(&self) -> bool {
        self.reading || self.waiting
    }

    /// The packet that the cursor is on.
    pub fn packet(&self) -> Option<u32> {
        if self.wanted.is_some() {
            return self.wanted;
        }
        let row = self.ladder.row(self.selected)?;
        self.ladder.packet_of(&self.viewer, row)
    }

    /// Reads packets of this conversation.
    pub fn viewer(&mut self) -> &mut Viewer {
        &mut self.viewer
    }

    /// What was heard is to be heard again: something else is now said of what it speaks.
    pub fn forget(&mut self) {
        let packet = self.packet();
        self.viewer.forget();
        self.infos.clear();
        self.ladder = Ladder::new(self.id());
        self.reading = true;
        self.wanted = packet.or(self.wanted);
    }

    /// Puts the cursor on a packet, unfolding what it is in.
    pub fn go_to(&mut self, number: u32) {
        self.at_end = false;
        match self.ladder.find(&self.viewer, number) {
            Some((_, Some(run))) => {
                self.ladder.unfold(run, true);
                if let Some((row, None)) = self.ladder.find(&self.viewer, number) {
                    self.selected = row;
                }
                self.wanted = None;
            }
            Some((row, None)) => {
                self.selected = row;
                self.wanted = None;
            }
            None if number > self.ladder.read_to() => self.wanted = Some(number),
            None => {}
        }
        self.wheeled = false;
    }

    /// Takes up what has come since the last frame, for a few milliseconds.
    pub fn sync(&mut self, contents: &Contents, shared: &Shared) {
        let began = Instant::now();
        let most = match contents.finished {
            true => READING,
            false => READING_BESIDE_INDEX,
        };
        self.viewer.patience = Some(began + most);
        self.waiting = false;
        self.reading = true;
        while self.reading {
            self.reading = self.ladder.read(&mut self.viewer, contents, SLICE);
            if began.elapsed() >= most {
                break;
            }
        }
        if let Some(wanted) = self.wanted {
            self.go_to(wanted);
            if !self.reading && contents.finished {
                self.wanted = None;
            }
        }
        let absolute = shared.settings.absolute_seq;
        let secrets = shared.settings.show_secrets;
        let made_for = (absolute, secrets, contents.finished);
        if self.made_for != made_for {
            self.made_for = made_for;
            self.infos.clear();
        }
        self.absolute_seq = absolute;
        self.viewer.absolute_seq = absolute;
        self.viewer.show_secrets = secrets;
        if self.at_end {
            self.selected = self.length().saturating_sub(1);
            self.at_end = self.reading || !contents.finished;
        }
    }

    fn length(&self) -> usize {
        self.ladder.len()
    }

    fn select(&mut self, row: usize) {
        self.selected = row.min(self.length().saturating_sub(1));
        self.wanted = None;
        self.wheeled = false;
        self.at_end = false;
    }

    /// Does what a key says.
    pub fn act(&mut self, action: Action, _contents: &Contents, _shared: &Shared) -> Reply {
        let page = self.page.saturating_sub(1).max(1);
        let half = (self.page / 2).max(1);
        let selected = self.selected;
        match action {
            Action::Up => self.select(selected.saturating_sub(1)),
            Action::Down => self.select(selected + 1),
            Action::PageUp => self.select(selected.saturating_sub(page)),
            Action::PageDown => self.select(selected + page),
            Action::HalfPageUp => self.select(selected.saturating_sub(half)),
            Action::HalfPageDown => self.select(selected + half),
            Action::Top => self.select(0),
            Action::Bottom => {
                self.select(usize::MAX);
                self.at_end = true;
            }
            Action::Open => match self.ladder.row(selected) {
                Some(Row::Run(run)) => {
                    let unfolded = self.ladder.run(run).is_some_and(|run| run.unfolded);
                    self.ladder.unfold(run, !unfolded);
                }
                Some(Row::Step(..)) => {
                    return self.packet().map_or(Reply::Done, Reply::OpenPacket);
                }
                None => {}
            },
            Action::Right => {
                if let Some(Row::Run(run)) = self.ladder.row(selected) {
                    self.ladder.unfold(run, true);
                }
            }
            Action::Left => {
                if let Some((run, start)) = self.ladder.run_of(selected) {
                    self.ladder.unfold(run, false);
                    self.select(start);
                }
            }
            Action::FoldAll => {
                let packet = self.packet();
                self.ladder.unfold_all(self.ladder.any_folded());
                let row = packet.and_then(|packet| self.ladder.find(&self.viewer, packet));
                if let Some((row, hidden)) = row {
                    let start = hidden.and_then(|_| self.ladder.run_of(row));
                    self.select(start.map_or(row, |(_, start)| start));
                }
            }
            Action::Copy => return Reply::Copy(self.chosen.clone()),
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    /// A click on a row chooses it; on the chosen row it opens.
    pub fn click(&mut self, at: Position, contents: &Contents, shared: &Shared) -> Reply {
        let hit = self.places.iter().find(|(y, _)| *y == at.y);
        match hit.map(|(_, row)| *row) {
            Some(row) if row == self.selected => self.act(Action::Open, contents, shared),
            Some(row) => {
                self.select(row);
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    /// The mouse wheel.
    pub fn scroll(&mut self, rows: isize) {
        self.top = self
            .top
            .saturating_add_signed(rows)
            .min(self.length().saturating_sub(1));
        self.wheeled = true;
        self.at_end = false;
        self.wanted = None;
    }

    /// The line above it: who, and what became of it.
    pub fn title(&self, contents: &Contents, shared: &Shared, width: u16) -> Line<'static> {
        let Some(conversation) = contents.tracker.get(self.id()) else {
            return Line::default();
        };
        let theme = &shared.theme;
        let outcome = outcome(conversation);
        let style = theme.tone(outcome.tone());
        let mut parts = heading(conversation, theme);
        parts.push((format!("{} ", outcome.sign()), style));
        let words = match title_has_verdict(conversation, width) {
            true => verdict(conversation),
            false => outcome.words().to_owned(),
        };
        parts.push((words, style));
        text::line(parts, width.into())
    }

    /// The message that a row is, or is part of.
    fn message(&self, row: Row) -> Option<ladder::Message> {
        let run = match row {
            Row::Run(run) => run,
            // In an unfolded run each segment stands for itself.
            Row::Step(_, true) => return None,
            Row::Step(step, false) => self.ladder.run_at(step)?,
        };
        self.ladder.message(&self.viewer, run)
    }

    /// What a row's packet, or the one that completes its message, says above the transport layer.
    fn info(
        &mut self,
        contents: &Contents,
        row: Row,
        message: Option<&ladder::Message>,
    ) -> Option<String> {
        let step = self.ladder.first_of(row)?;
        let wanted = step.payload > 0 && !matches!(step.kind, Kind::Icmp | Kind::NotCaptured);
        if !wanted {
            return None;
        }
        let packet = message.map_or(step.packet, |message| message.packet);
        if let Some(info) = self.infos.get(&packet) {
            return info.clone();
        }
        if self.infos.len() >= MAX_INFOS {
            self.infos.clear();
        }
        let before = self.ladder.before(row).map(|step| step.packet);
        let record = contents.packets.get(packet)?;
        let inner = record.conversation().map(|(id, _)| id) == Some(self.id());
        let time_ns = before
            .and_then(|packet| contents.packets.get(packet))
            .map(|record| record.time_ns);
        self.viewer
            .came_before(self.ladder.id(), time_ns.or(Some(record.time_ns)));
        let summary = self.viewer.summary(contents, packet).ok();
        // What is inside a tunnel is news to the tunnel whatever it is.
        let info = summary
            .filter(|summary| !inner || !matches!(summary.protocol, "TCP" | "UDP" | ""))
            .map(|summary| printable(&summary.info))
            .filter(|info| !info.trim().is_empty());
        match self.viewer.is_unheard() {
            true => self.waiting = true,
            false => {
                self.infos.insert(packet, info.clone());
            }
        }
        info
    }

    fn words(&mut self, contents: &Contents, row: Row) -> Option<Words> {
        let message = self.message(row);
        let info = self.info(contents, row, message.as_ref());
        let said = Said {
            info: info.as_deref(),
            message,
        };
        self.ladder.words(contents, row, &said, self.absolute_seq)
    }

    /// How many lines a row takes: few kinds have any below the arrow.
    fn lines_of(&self, contents: &Contents, row: usize, columns: usize) -> usize {
        let Some(row) = self.ladder.row(row) else {
            return 1;
        };
        if matches!(row, Row::Run(_)) {
            return 1;
        }
        let said = Said::default();
        let words = self.ladder.words(contents, row, &said, self.absolute_seq);
        words.map_or(1, |words| 1 + broken(&words.notes, columns).len())
    }

    /// Brings the cursor onto the screen, or the screen to the cursor.
    fn fit(&mut self, contents: &Contents, height: usize, columns: usize) {
        let length = self.length();
        self.selected = self.selected.min(length.saturating_sub(1));
        if length == 0 || height == 0 {
            self.top = 0;
            return;
        }
        // The last top that leaves no empty lines below.
        let back_from = |pane: &Self, last: usize| {
            let mut first = last;
            let mut lines = pane.lines_of(contents, last, columns);
            while first > 0 {
                lines += pane.lines_of(contents, first - 1, columns);
                if lines > height {
                    break;
                }
                first -= 1;
            }
            first
        };
        self.top = self.top.min(back_from(self, length - 1));
        if self.wheeled {
            let mut last = self.top;
            let mut lines = self.lines_of(contents, last, columns);
            while last + 1 < length {
                lines += self.lines_of(contents, last + 1, columns);
                if lines > height {
                    break;
                }
                last += 1;
            }
            self.selected = self.selected.clamp(self.top, last);
            self.wheeled = false;
        }
        self.top = self
            .top
            .min(self.selected)
            .max(back_from(self, self.selected));
    }

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
        let Some(conversation) = contents.tracker.get(self.id()) else {
            return;
        };
        if area.width < 24 || area.height == 0 {
            return;
        }
        let theme = &shared.theme;
        let whole = frame.area().width;
        let head = head(conversation, theme, whole, area);
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
            let line = labels(conversation, theme, &frame_of, progress);
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
        let mut shown = 0;
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
            let times = self.times(contents, shared, row, columns);
            let inside = matches!(row, Row::Step(_, true));
            let line = arrow(&words, &times, columns, theme, chosen, inside);
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
            shown += 1;
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
        self.page = shown.max(1);
        if self.ladder.is_empty() && area.height > 0 {
            let words = if self.reading { "  Reading …" } else { "" };
            frame.render_widget(Line::styled(words, theme.dim), Rect { height: 1, ..area });
        }
    }

    /// The gutter of a row.
    fn times(&self, contents: &Contents, shared: &Shared, row: Row, columns: &Columns) -> Times {
        let Some(step) = self
            .ladder
            .first_of(row)
            .filter(|s| s.kind != Kind::NotCaptured)
        else {
            return Times::default();
        };
        let of = |packet| {
            contents
                .packets
                .get(packet)
                .map_or(0, |record| record.time_ns)
        };
        let (time, first) = (of(step.packet), of(1));
        let before = self.ladder.before(row).map(|step| of(step.packet));
        let passed = before.map(|before| time.saturating_sub(before));
        let delta = passed.map(|passed| match (columns.short, passed) {
            (true, _) => format!("+{}", duration(passed)),
            (false, ..0) => seconds(passed, 6),
            (false, _) => format!("+{}", seconds(passed, 6)),
        });
        let full = shared.settings.time(time, first, before.unwrap_or(time));
        let absolute = match (shared.settings.time, columns.short) {
            (TimeFormat::Utc, true) => full.get(11..22).unwrap_or(&full).to_owned(),
            (TimeFormat::Utc, _) if columns.delta == 0 => {
                full.get(11..).unwrap_or(&full).to_owned()
            }
            (TimeFormat::TimeOfDay, true) => full.get(..11).unwrap_or(&full).to_owned(),
            _ => full,
        };
        match shared.settings.time {
            // One column: when it began, then what passed.
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

    /// The chosen row in plain sentences.
    fn draw_foot(&mut self, contents: &Contents, theme: &Theme, frame: &mut Frame, area: Rect) {
        let rule = Line::styled("─".repeat(area.width.into()), theme.line);
        frame.render_widget(rule, Rect { height: 1, ..area });
        let Some(row) = self.ladder.row(self.selected) else {
            return;
        };
        let message = self.message(row);
        let info = self.info(contents, row, message.as_ref());
        let said = Said {
            info: info.as_deref(),
            message,
        };
        let explained = self.ladder.explain(contents, row, &said, self.absolute_seq);
        let Some((sentences, tag)) = explained else {
            return;
        };
        let room = usize::from(area.width).saturating_sub(2);
        let lines = usize::from(area.height.saturating_sub(1));
        let mut wrapped = wrap(&sentences, room);
        let tag = format!("  {tag}");
        let tag_fits = |line: &str| text::width(line) + text::width(&tag) <= room;
        if wrapped.len() > lines {
            // What is cut ends with a sign, and the layer stands behind it.
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

/// The times in a row's gutter.
#[derive(Default)]
struct Times {
    time: String,
    delta: String,
}

/// Where the parts of a row stand.
struct Columns {
    /// The time.
    time: usize,
    /// What passed since the row before; 0 where there is no room.
    delta: usize,
    /// Between the lifelines.
    between: usize,
    /// Times are said in short.
    short: bool,
}

impl Columns {
    fn new(format: TimeFormat, width: usize) -> Self {
        let short = width < NARROW;
        let time = match (format, short) {
            (TimeFormat::SinceFirst | TimeFormat::SincePrevious, true) => 9,
            (_, true) => 11,
            (TimeFormat::Utc, _) if width >= WIDE + 16 => 27,
            (TimeFormat::Utc, _) => 16,
            (TimeFormat::TimeOfDay, _) => 15,
            _ => 11,
        };
        let delta = match format {
            TimeFormat::SincePrevious => 0,
            _ if width >= WIDE => 12,
            _ => 0,
        };
        // The cursor's sign, a gap, two lifelines, the status.
        let taken = 1 + time + delta + 1 + 2 + STATUS;
        Columns {
            time,
            delta,
            between: width.saturating_sub(taken),
            short,
        }
    }

    /// Room for what stands below an arrow.
    fn notes(&self) -> usize {
        self.between.saturating_sub(4).max(8)
    }

    fn gutter(&self) -> usize {
        1 + self.time + self.delta + 1
    }
}

/// Who, as the title says it.
pub(super) fn heading(conversation: &Conversation, theme: &Theme) -> Vec<(String, Style)> {
    let mut parts = vec![
        (format!(" {}  ", conversation.id()), theme.heading),
        (conversation.client.to_string(), theme.client),
        (" ⇄ ".to_owned(), theme.dim),
        (conversation.server.to_string(), theme.server),
        ("  ".to_owned(), theme.dim),
    ];
    let application = services::name(conversation);
    if !application.is_empty() {
        parts.push((format!("{application}  "), theme.heading));
    }
    parts
}

/// Whether the line above has room for the whole verdict.
fn title_has_verdict(conversation: &Conversation, width: u16) -> bool {
    let theme = Theme::new(crate::ui::theme::Look::Plain);
    let used: usize = heading(conversation, &theme)
        .iter()
        .map(|(part, _)| text::width(part))
        .sum();
    used + 2 + text::width(&verdict(conversation)) <= width.into()
}

/// The lines at the top: the verdict where the title has no room for it, what was agreed, where it was captured.
fn head(conversation: &Conversation, theme: &Theme, whole: u16, area: Rect) -> Vec<Line<'static>> {
    let most = match area.height {
        0..9 => 0,
        9..14 => 1,
        14..20 => 2,
        20..28 => 3,
        _ => 5,
    };
    let room = usize::from(area.width).saturating_sub(2);
    let mut lines = Vec::new();
    let style = theme.tone(outcome(conversation).tone());
    if !title_has_verdict(conversation, whole) {
        let mut wrapped = wrap(&verdict(conversation), room);
        let all = if most >= 3 { 3 } else { 1 };
        if wrapped.len() > all {
            let rest = wrapped.split_off(all - 1).join(" ");
            wrapped.push(cut(&rest, room));
        }
        lines.extend(wrapped.into_iter().map(|line| (line, style)));
    }
    let agreed = ladder::agreed(conversation);
    let place = ladder::place(conversation);
    let joined = match (&agreed, &place) {
        (Some(agreed), Some(place)) => Some(format!("{agreed}    {place}")),
        _ => None,
    };
    match joined.filter(|joined| text::width(joined) <= room) {
        Some(joined) => lines.push((joined, theme.dim)),
        None => {
            for said in [agreed, place].into_iter().flatten() {
                let wrapped = wrap_at_dots(&said, room);
                lines.extend(wrapped.into_iter().map(|line| (line, theme.dim)));
            }
        }
    }
    lines.truncate(most);
    let line = |(text, style): (String, Style)| Line::styled(format!(" {text}"), style);
    lines.into_iter().map(line).collect()
}

/// Breaks between the parts of an enumeration where one line is too short.
fn wrap_at_dots(said: &str, room: usize) -> Vec<String> {
    let note = said.split(" · ").map(|part| (part.to_owned(), Role::Plain));
    broken(&[note.collect()], room)
        .into_iter()
        .map(|line| line.into_iter().map(|(text, _)| text).collect())
        .collect()
}

/// Who is left and who is right.
fn labels(
    conversation: &Conversation,
    theme: &Theme,
    columns: &Columns,
    progress: Option<u64>,
) -> Line<'static> {
    let guess = if conversation.client_is_guess {
        "?"
    } else {
        ""
    };
    let mut client = format!("client{guess} {}", conversation.client);
    let mut server = format!("{} server", conversation.server);
    let room = columns.between + 2;
    let reading = progress.map_or(String::new(), |done| format!("reading … {done} %"));
    if text::width(&client) + text::width(&server) + 2 > room {
        client = conversation.client.to_string();
        server = conversation.server.to_string();
    }
    // The longer one gives way.
    let half = room.saturating_sub(1) / 2;
    let rest = |other: &str| half.max(room.saturating_sub(text::width(other) + 1));
    let (client, server) = (cut(&client, rest(&server)), cut(&server, rest(&client)));
    let gap = room.saturating_sub(text::width(&client) + text::width(&server));
    let reading = if text::width(&reading) + 2 <= gap {
        reading
    } else {
        String::new()
    };
    let before = (gap - text::width(&reading)) / 2;
    let after = gap - text::width(&reading) - before;
    Line::from(vec![
        Span::raw(" ".repeat(columns.gutter())),
        Span::styled(client, theme.client.add_modifier(Modifier::BOLD)),
        Span::raw(" ".repeat(before)),
        Span::styled(reading, theme.filter),
        Span::raw(" ".repeat(after)),
        Span::styled(server, theme.server.add_modifier(Modifier::BOLD)),
    ])
}

fn role(theme: &Theme, role: Role, side: Style) -> Style {
    match role {
        Role::Strong => side.add_modifier(Modifier::BOLD),
        Role::Plain => theme.dim,
        Role::Good => theme.good,
        Role::Warning => theme.warning,
        Role::Bad => theme.bad,
        Role::Handshake => theme.handshake,
    }
}

/// An arrow from one lifeline to the other, with its gutter and its status.
fn arrow(
    words: &Words,
    times: &Times,
    columns: &Columns,
    theme: &Theme,
    chosen: bool,
    inside: bool,
) -> Line<'static> {
    let side = match words.from {
        Direction::FromClient => theme.client,
        Direction::FromServer => theme.server,
    };
    let mut spans = vec![
        Span::raw(if chosen { "▌" } else { " " }),
        Span::styled(right(&times.time, columns.time), theme.dim),
        Span::styled(right(&times.delta, columns.delta), theme.dim),
        Span::raw(" "),
    ];
    let to_server = words.from == Direction::FromClient;
    let (stroke, style) = match words.stroke {
        Stroke::Many => ('═', side),
        Stroke::About | Stroke::Between => ('╌', theme.bad),
        Stroke::None => ('┈', theme.dim),
        Stroke::One => ('─', side),
    };
    let starts = match words.stroke {
        Stroke::Many => ['╞', '╡'],
        Stroke::Between | Stroke::None => ['│', '│'],
        _ => ['├', '┤'],
    };
    let lifelines = match to_server {
        true => [starts[0], '│'],
        false => ['│', starts[1]],
    };
    let life = |letter: char| {
        let style = if letter == '│' { theme.line } else { style };
        Span::styled(letter.to_string(), style)
    };
    let strokes = |count: usize| Span::styled(stroke.to_string().repeat(count), style);
    // The head of the arrow, a stroke and a blank on either side of the text.
    let room = columns.between.saturating_sub(6);
    let parts = fitted(&words.parts, room);
    let mut used = 0;
    let mut said = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            said.push(Span::raw("  "));
            used += 2;
        }
        used += text::width(&part.text);
        said.push(Span::styled(
            part.text.clone(),
            role(theme, part.role, side),
        ));
    }
    let rest = columns.between.saturating_sub(used);
    spans.push(life(lifelines[0]));
    match (words.stroke, to_server) {
        (Stroke::None, _) => {
            let lead = rest.saturating_sub(2) / 2;
            spans.push(strokes(lead));
            spans.push(Span::raw(" "));
            spans.extend(said);
            spans.push(Span::raw(" "));
            spans.push(strokes(rest.saturating_sub(2 + lead)));
        }
        // From somewhere between: it reaches the client and comes from nobody's lifeline.
        (Stroke::Between, _) => {
            let lead = rest
                .saturating_sub(2)
                .min(6)
                .max(rest.saturating_sub(2) / 3);
            let lead = lead.min(rest.saturating_sub(2));
            spans.push(Span::styled("◀", style));
            spans.push(strokes(lead.saturating_sub(1)));
            spans.push(Span::raw(" "));
            spans.extend(said);
            spans.push(Span::raw(" ".repeat(rest.saturating_sub(lead + 1))));
        }
        (_, true) => {
            spans.push(strokes(rest.min(1)));
            spans.push(Span::raw(" "));
            spans.extend(said);
            spans.push(Span::raw(" "));
            spans.push(strokes(rest.saturating_sub(4)));
            spans.push(Span::styled("▶", style));
        }
        (_, false) => {
            spans.push(Span::styled("◀", style));
            spans.push(strokes(rest.saturating_sub(4)));
            spans.push(Span::raw(" "));
            spans.extend(said);
            spans.push(Span::raw(" "));
            spans.push(strokes(rest.min(1)));
        }
    }
    spans.push(life(lifelines[1]));
    let (status, meaning) = &words.status;
    let lead = if inside { "   " } else { " " };
    let status = cut(&format!("{lead}{status}"), STATUS);
    let style = match meaning {
        Role::Plain => Style::new(),
        other => role(theme, *other, side),
    };
    spans.push(Span::styled(status, style));
    Line::from(spans)
}

/// What fits: the dispensable goes first, then the first part is cut.
fn fitted(parts: &[Part], room: usize) -> Vec<Part> {
    let mut parts = parts.to_vec();
    let total = |parts: &[Part]| {
        let gaps = parts.len().saturating_sub(1) * 2;
        parts
            .iter()
            .map(|part| text::width(&part.text))
            .sum::<usize>()
            + gaps
    };
    while total(&parts) > room
        && let Some(at) = parts
            .iter()
            .rposition(|part| part.spare >= ladder::BESIDE_WORDS)
    {
        parts.remove(at);
    }
    // A long text is rather cut than to push out what stands beside it.
    let first = parts.first().map_or(0, |part| text::width(&part.text));
    let others = total(&parts).saturating_sub(first);
    if others + first > room
        && first > room / 2
        && room > others + 16
        && let Some(part) = parts.first_mut()
    {
        part.text = cut(&part.text, room - others);
        return parts;
    }
    while total(&parts) > room {
        let most = parts.iter().map(|part| part.spare).max().unwrap_or(0);
        if most == 0 {
            break;
        }
        if let Some(at) = parts.iter().rposition(|part| part.spare == most) {
            parts.remove(at);
        }
    }
    let over = total(&parts).saturating_sub(room);
    if over > 0
        && let Some(part) = parts.first_mut()
    {
        let width = text::width(&part.text).saturating_sub(over);
        part.text = cut(&part.text, width);
    }
    parts
}

/// Breaks notes into lines, between their pieces where that is possible.
fn broken(notes: &[Note], columns: usize) -> Vec<Note> {
    let mut lines: Vec<Note> = Vec::new();
    for note in notes {
        let mut line: Note = Vec::new();
        let mut used = 0;
        for (text, role) in note {
            let width = text::width(text);
            if !line.is_empty() && used + 3 + width > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if width > columns {
                let pieces = wrap(text, columns);
                lines.extend(pieces.into_iter().map(|piece| vec![(piece, *role)]));
                continue;
            }
            if !line.is_empty() {
                line.push((" · ".to_owned(), Role::Plain));
                used += 3;
            }
            line.push((text.clone(), *role));
            used += width;
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines.truncate(MAX_NOTES);
    lines
}

/// A line below an arrow.
fn annotation(note: &Note, columns: &Columns, theme: &Theme) -> Line<'static> {
    let room = columns.between;
    let mut spans = vec![
        Span::raw(" ".repeat(columns.gutter())),
        Span::styled("│", theme.line),
        Span::raw(" ".repeat(room.min(3))),
    ];
    let mut used = room.min(3);
    for (text, meaning) in note {
        let text = cut(text, room.saturating_sub(used));
        used += text::width(&text);
        spans.push(Span::styled(text, role(theme, *meaning, theme.dim)));
    }
    spans.push(Span::raw(" ".repeat(room.saturating_sub(used))));
    spans.push(Span::styled("│", theme.line));
    Line::from(spans)
}

/// A row as text.
fn copied(words: &Words, times: &Times) -> String {
    let arrow = match words.from {
        Direction::FromClient => "client → server",
        Direction::FromServer => "server → client",
    };
    let texts: Vec<&str> = words.parts.iter().map(|part| part.text.as_str()).collect();
    let mut copied = format!(
        "{} {}  {arrow}  {}  {}",
        times.time,
        times.delta,
        texts.join("  "),
        words.status.0.trim_start_matches(['▸', '▾', ' '])
    );
    for note in &words.notes {
        let texts: Vec<&str> = note.iter().map(|(text, _)| text.as_str()).collect();
        copied.push_str(&format!("\n    {}", texts.join(" · ")));
    }
    copied
}

#[cfg(test)]
mod tests;
