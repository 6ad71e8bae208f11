//! The list of conversations: who talked to whom, what was said, did it work, and if not why.
//!
//! ```text
//!    #  Client           Server         App       State      → Bytes ← Bytes  What was said or happened
//!    0  10.0.0.2:51234   10.0.0.1:80    HTTP      ✓ closed     1.2 k  48.1 k  GET www.example/ → 200 OK, 48 kB
//!    1  10.0.0.2:51236   10.0.0.1:81              ✗ refused       74      60  refused: nothing listens on port 81
//!  * 2  10.0.0.2:51238   10.0.0.1:21    FTP       ✓ closed       612     931  alice logs in, sends report.pdf
//!    3  └ 10.0.0.1:20    10.0.0.2:4002  FTP data  ✓ closed    48.1 k     120  report.pdf
//! ```
//!
//! `*` stands where a secret could be read, `◆` before a conversation that is marked. What a conversation announced
//! stands below it, as long as the list is in the order in which conversations began.
//!
//! While the capture is being made there are rates, `+` stands before what has just begun, `•` before what had a packet a
//! moment ago, `✗` before what has just failed. In the order of time the list follows its end, in any other its
//! beginning, until the cursor is moved; from then on the chosen conversation keeps its line, whatever comes or is sorted.

use crate::{
    services,
    store::Contents,
    track::{
        Conversation, ConversationId, Direction, Endpoint, Outcome, Protocol, Tone, marks, outcome,
        verdict, verdict_so_far,
    },
    ui::{
        Action,
        app::{Reply, Shared},
        called::{self, Called},
        list::{Cursor, Tail},
        pulse::{News, Pulse},
        text::{self, MARK, left, right, wrap},
        theme::Theme,
    },
    words::{bytes, counted, duration, printable},
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};
use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

/// What the list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The order in which they began.
    Number,
    /// Address and port of the client.
    Client,
    /// Address and port of the server.
    Server,
    /// The application.
    Application,
    /// The handshake's round trip.
    Handshake,
    /// What became of it.
    State,
    /// Packets.
    Packets,
    /// Bytes from the client.
    ToServer,
    /// Bytes from the server.
    ToClient,
    /// Bytes a second, while the capture is being made.
    ByteRate,
    /// Packets a second, while the capture is being made.
    PacketRate,
    /// When it began.
    Start,
    /// How long it lasted.
    Duration,
}

/// How many columns there are.
const COUNT: usize = 13;

/// Every column with its heading, from left to right.
const COLUMNS: [(Column, &str); COUNT] = [
    (Column::Number, "#"),
    (Column::Client, "Client"),
    (Column::Server, "Server"),
    (Column::Application, "App"),
    (Column::Handshake, "Handshake"),
    (Column::State, "State"),
    (Column::Packets, "Pkts"),
    (Column::ToServer, "→ Bytes"),
    (Column::ToClient, "← Bytes"),
    (Column::ByteRate, "Bytes/s"),
    (Column::PacketRate, "Pkts/s"),
    (Column::Start, "Start"),
    (Column::Duration, "Duration"),
];

/// A list shorter than this is put in order in every frame, so that the first rows are there at once.
const SOON: usize = 2_000;

/// With so many columns left, what was said and what happened stand side by side.
const BOTH: usize = 76;

/// Fewer columns than this say nothing.
const FEW: usize = 16;

/// Columns that a name takes, at most: others have to be read too.
const LONGEST: usize = 40;

/// Stands before a conversation in which a secret could be read: the key that shows it, and what stands in its place.
const SECRET: char = '*';

/// While a file loads the list is put in order no more often than this.
const SORT_INTERVAL: Duration = Duration::from_millis(200);

/// The same while a capture is being made: one reads while it goes on. What is new at the end does not wait for it.
const SORT_INTERVAL_LIVE: Duration = Duration::from_secs(1);

/// Putting it in order takes no more than this share of the time, however long the list is.
const SORT_SHARE: u32 = 30;

/// Rows that stand still while the list is paused, at most; far more than anybody looks at meanwhile.
const MAX_FROZEN: usize = 4096;

/// The list.
pub struct ConversationsPane {
    /// The conversations that are shown, in order.
    order: Vec<ConversationId>,
    /// Those of them that stand below who announced them.
    nested: HashSet<ConversationId>,
    cursor: Cursor,
    /// The cursor stays where news come: at the end in the order of time, else at the beginning.
    follows: bool,
    /// The capture is being made.
    live: bool,
    /// Conversations that were looked at for the list.
    seen: usize,
    sort: Column,
    descending: bool,
    /// UDP is left out.
    hide_udp: bool,
    /// The last packet and the first when `order` was made, and when that was.
    made_of: (usize, u32),
    made_at: Option<Instant>,
    /// How long to wait before it is made again.
    interval: Duration,
    stale: bool,
    /// Rows as they were when the list was paused, or as they were when they were first looked at since.
    frozen: HashMap<ConversationId, Row>,
    /// The widest of each column so far, so that columns stand still while a capture is being made.
    widest: [usize; COUNT],
    widest_for: u16,
    totals: (u64, u64),
    /// Where the rows and the headings were drawn, for the mouse.
    area: Rect,
    headings: Vec<(u16, u16, Column)>,
}

impl Default for ConversationsPane {
    fn default() -> Self {
        ConversationsPane {
            order: Vec::new(),
            nested: HashSet::new(),
            cursor: Cursor::default(),
            follows: true,
            live: false,
            seen: 0,
            sort: Column::Number,
            descending: false,
            hide_udp: false,
            made_of: (0, 0),
            made_at: None,
            interval: Duration::ZERO,
            stale: true,
            frozen: HashMap::new(),
            widest: [0; COUNT],
            widest_for: 0,
            totals: (0, 0),
            area: Rect::default(),
            headings: Vec::new(),
        }
    }
}

impl ConversationsPane {
    /// The filter has changed.
    pub fn refilter(&mut self) {
        self.stale = true;
    }

    /// How many are shown.
    pub fn shown(&self) -> usize {
        self.order.len()
    }

    /// Whether UDP is left out.
    pub fn hides_udp(&self) -> bool {
        self.hide_udp
    }

    /// Packets and bytes of what is shown.
    pub fn totals(&self) -> (u64, u64) {
        self.totals
    }

    /// The chosen conversation.
    pub fn selected(&self) -> Option<ConversationId> {
        self.order.get(self.cursor.selected).copied()
    }

    /// Whether the list follows what is new, and with which key it does so again.
    pub fn tail(&self) -> Tail {
        Tail {
            follows: self.follows,
            key: if self.ends_with_news() { "G" } else { "g" },
        }
    }

    /// Whether what is new stands at the end.
    fn ends_with_news(&self) -> bool {
        self.live && self.is_in_time() && !self.descending
    }

    fn is_in_time(&self) -> bool {
        matches!(self.sort, Column::Number | Column::Start)
    }

    /// Takes up what has come, and puts the list in order again where that is due.
    pub fn sync(&mut self, contents: &Contents, shared: &Shared) {
        let pulse = &shared.pulse;
        if self.live != pulse.is_running() {
            self.live = pulse.is_running();
            self.widest = [0; COUNT];
            if !self.live {
                self.follows = self.cursor.selected == 0;
                if matches!(self.sort, Column::ByteRate | Column::PacketRate) {
                    self.sort = Column::Number;
                    self.descending = false;
                }
                self.stale = true;
            }
        }
        if !pulse.is_paused() || self.stale {
            self.frozen.clear();
        }
        let to = pulse.limit(contents);
        let packets = (to as usize, contents.packets.first());
        // A rate changes also when nothing comes.
        let by_rate = matches!(self.sort, Column::ByteRate | Column::PacketRate)
            && pulse.is_fading()
            && !pulse.is_paused();
        let changed = self.made_of != packets || by_rate;
        let waited = self.made_at.is_none_or(|at| at.elapsed() >= self.interval)
            || self.order.is_empty()
            || contents.finished;
        if self.stale || (changed && waited) {
            self.make(contents, shared, to);
            self.made_of = packets;
        } else if changed && self.ends_with_news() {
            self.append(contents, shared, to);
        }
        if self.follows {
            let last = self.order.len().saturating_sub(1);
            self.cursor.selected = if self.ends_with_news() { last } else { 0 };
        }
    }

    /// Makes the list of what began up to a packet.
    fn make(&mut self, contents: &Contents, shared: &Shared, to: u32) {
        let began = Instant::now();
        // If the chosen one was let go, the next one that is still there takes its place.
        let there = |id: &&ConversationId| contents.tracker.get(**id).is_some();
        let below = self.order.get(self.cursor.selected..).unwrap_or_default();
        let chosen = below.iter().find(there).copied();
        let line = self.cursor.selected.saturating_sub(self.cursor.top);
        self.order.clear();
        self.seen = contents.tracker.began();
        for (id, conversation) in contents.tracker.conversations() {
            if conversation.first_packet > to {
                self.seen = id.0 as usize;
                break;
            }
            if self.is_wanted(conversation, shared) {
                self.order.push(id);
            }
        }
        self.sort(contents, &shared.pulse);
        self.nest(contents);
        let shown = self.order.iter().filter_map(|id| contents.tracker.get(*id));
        self.totals = shown.fold((0, 0), |(p, b), c| (p + c.packets(), b + c.bytes()));
        self.stale = false;
        self.made_at = Some(Instant::now());
        let least = match self.live {
            true => SORT_INTERVAL_LIVE,
            // A short list is made in every frame, so that the first rows are there at once.
            false if self.order.len() < SOON => Duration::ZERO,
            false => SORT_INTERVAL,
        };
        self.interval = least.max(began.elapsed() * SORT_SHARE);
        // The cursor stays on its conversation, and that on its line of the screen.
        if let Some(chosen) = chosen
            && !self.follows
            && let Some(row) = self.order.iter().position(|id| *id == chosen)
        {
            self.cursor.selected = row;
            self.cursor.top = row.saturating_sub(line);
        }
    }

    /// Puts what has begun since at the end, or below who announced it.
    fn append(&mut self, contents: &Contents, shared: &Shared, to: u32) {
        while self.seen < contents.tracker.began() {
            let id = ConversationId(self.seen as u32);
            let conversation = contents.tracker.get(id);
            if conversation.is_some_and(|conversation| conversation.first_packet > to) {
                break;
            }
            self.seen += 1;
            if !conversation.is_some_and(|conversation| self.is_wanted(conversation, shared)) {
                continue;
            }
            let tracker = &contents.tracker;
            let by = tracker
                .parent_of(id)
                .filter(|by| tracker.parent_of(*by).is_none());
            let above = by.and_then(|by| self.order.iter().rposition(|id| *id == by));
            let Some(above) = above else {
                self.order.push(id);
                continue;
            };
            let siblings = self.order[above + 1..].iter();
            let below = siblings.take_while(|id| self.nested.contains(id)).count();
            let row = above + 1 + below;
            self.order.insert(row, id);
            self.nested.insert(id);
            if row <= self.cursor.selected {
                self.cursor.selected += 1;
                self.cursor.top += 1;
            }
        }
    }

    fn is_wanted(&self, conversation: &Conversation, shared: &Shared) -> bool {
        let (client, server) = (conversation.client.port, conversation.server.port);
        !(self.hide_udp && conversation.protocol == Protocol::Udp)
            && shared.ports.matches(client, server)
    }

    fn sort(&mut self, contents: &Contents, pulse: &Pulse) {
        let of = |id: &ConversationId| contents.tracker.get(*id);
        match self.sort {
            Column::Number => {}
            Column::Client => self.order.sort_by_cached_key(|id| of(id).map(|c| c.client)),
            Column::Server => self.order.sort_by_cached_key(|id| of(id).map(|c| c.server)),
            Column::Application => self
                .order
                .sort_by_cached_key(|id| of(id).map(services::name)),
            Column::Handshake => self.order.sort_by_cached_key(|id| {
                Reverse(of(id).map(|c| c.tcp.handshake.rtt_ns().unwrap_or(-1)))
            }),
            Column::State => self.order.sort_by_cached_key(|id| {
                of(id)
                    .map(outcome)
                    .map(|outcome| (Reverse(outcome.tone() as u8), outcome))
            }),
            Column::Packets => {
                self.order
                    .sort_by_cached_key(|id| Reverse(of(id).map(Conversation::packets)));
            }
            Column::ToServer => self.order.sort_by_cached_key(|id| {
                Reverse(of(id).map(|c| c.side(Direction::FromClient).bytes))
            }),
            Column::ToClient => self.order.sort_by_cached_key(|id| {
                Reverse(of(id).map(|c| c.side(Direction::FromServer).bytes))
            }),
            Column::ByteRate => self
                .order
                .sort_by_cached_key(|id| Reverse(pulse.rate(*id).bytes)),
            Column::PacketRate => self
                .order
                .sort_by_cached_key(|id| Reverse(pulse.rate(*id).packets)),
            Column::Start => self
                .order
                .sort_by_cached_key(|id| of(id).map(|c| c.start_ns)),
            Column::Duration => {
                self.order
                    .sort_by_cached_key(|id| Reverse(of(id).map(Conversation::duration_ns)));
            }
        }
        if self.descending {
            self.order.reverse();
        }
    }

    /// Puts connections below the conversation that announced them, where the order is that of time.
    fn nest(&mut self, contents: &Contents) {
        self.nested.clear();
        if !self.is_in_time() || contents.tracker.expectations.is_empty() {
            return;
        }
        let announced_by = |id: &ConversationId| contents.tracker.parent_of(*id);
        let mut below: HashMap<ConversationId, Vec<ConversationId>> = HashMap::new();
        for id in &self.order {
            // One level is enough, and nobody can make a circle of it.
            if let Some(by) = announced_by(id).filter(|by| announced_by(by).is_none()) {
                below.entry(by).or_default().push(*id);
            }
        }
        let shown: HashSet<ConversationId> = self
            .order
            .iter()
            .filter(|id| below.contains_key(id))
            .copied()
            .collect();
        below.retain(|by, _| shown.contains(by));
        self.nested = below.values().flatten().copied().collect();
        let order = std::mem::take(&mut self.order);
        for id in order {
            if self.nested.contains(&id) {
                continue;
            }
            self.order.push(id);
            self.order.extend(below.remove(&id).unwrap_or_default());
        }
    }

    /// Does what a key says.
    pub fn act(&mut self, action: Action) -> Reply {
        let before = self.cursor.selected;
        if self.cursor.act(action, self.order.len()) {
            self.follows = match self.live {
                true if self.ends_with_news() => Tail::is_called(action, before, self.order.len()),
                true => {
                    action == Action::Top
                        || (before == 0 && matches!(action, Action::Up | Action::PageUp))
                }
                false => self.cursor.selected == 0,
            };
            return Reply::Done;
        }
        match action {
            Action::Open => return self.selected().map_or(Reply::Done, Reply::OpenConversation),
            Action::SortNext => self.sort_by(1),
            Action::SortPrevious => self.sort_by(COLUMNS.len() - 1),
            Action::SortReverse => {
                self.descending = !self.descending;
                self.stale = true;
            }
            Action::ToggleUdp => {
                self.hide_udp = !self.hide_udp;
                self.stale = true;
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn sort_by(&mut self, step: usize) {
        let mut at = COLUMNS
            .iter()
            .position(|(column, _)| *column == self.sort)
            .unwrap_or(0);
        loop {
            at = (at + step) % COLUMNS.len();
            self.sort = COLUMNS[at].0;
            if self.live || !matches!(self.sort, Column::ByteRate | Column::PacketRate) {
                break;
            }
        }
        self.descending = false;
        self.stale = true;
    }

    /// A click: on a heading it sorts, on a row it chooses, on the chosen row it opens.
    pub fn click(&mut self, at: Position) -> Reply {
        if at.y == self.area.y {
            let hit = self
                .headings
                .iter()
                .find(|(from, to, _)| (*from..*to).contains(&at.x));
            if let Some((_, _, column)) = hit {
                self.descending = self.sort == *column && !self.descending;
                self.sort = *column;
                self.stale = true;
            }
            return Reply::Done;
        }
        let line = usize::from(at.y.saturating_sub(self.area.y + 1));
        match self.cursor.row_at(line, self.order.len()) {
            Some(row) if row == self.cursor.selected => self.act(Action::Open),
            Some(row) => {
                self.cursor.selected = row;
                self.follows = row == 0 && !self.live;
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    /// The mouse wheel.
    pub fn scroll(&mut self, rows: isize) {
        self.cursor.scroll(rows, self.order.len());
        self.follows = self.cursor.selected == 0 && !self.live;
    }

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

    /// The verdict on the chosen conversation, and what was said in it.
    fn draw_foot(&self, contents: &Contents, shared: &Shared, frame: &mut Frame, area: Rect) {
        let theme = &shared.theme;
        let rule = Line::styled("─".repeat(area.width.into()), theme.line);
        frame.render_widget(rule, Rect { height: 1, ..area });
        let chosen = self
            .selected()
            .and_then(|id| Some((id, contents.tracker.get(id)?)));
        let Some((id, conversation)) = chosen else {
            return;
        };
        let frozen = self.frozen.get(&id);
        let made = Row::of(contents, shared, id, conversation, 0, false);
        let row = frozen.unwrap_or(&made);
        let head = format!(" {} {} ", row.sign, conversation.id());
        let indent = text::width(&head);
        let room = usize::from(area.width).saturating_sub(indent + 1);
        let lines = usize::from(area.height.saturating_sub(1));
        let said = told(row);
        let names = named(contents, shared, id, conversation);
        let others = usize::from(!said.is_empty()) + usize::from(!names.is_empty());
        let for_verdict = lines.saturating_sub(others).max(1);
        let mut rows: Vec<Vec<Span>> = Vec::new();
        let mut sentences = wrap(&row.verdict, room);
        if sentences.len() > for_verdict {
            let rest = sentences.split_off(for_verdict - 1).join(" ");
            sentences.push(text::cut(&rest, room));
        }
        for (at, sentence) in sentences.into_iter().enumerate() {
            let lead = if at == 0 { &*head } else { "" };
            rows.push(vec![
                Span::styled(left(lead, indent), theme.tone(row.tone)),
                Span::raw(sentence),
            ]);
        }
        if !said.is_empty() {
            let parts = said.into_iter().map(|(words, warns)| {
                let style = if warns { theme.warning } else { Style::new() };
                (words, style)
            });
            let mut spans = vec![Span::raw(" ".repeat(indent))];
            spans.extend(text::line(parts, room).spans);
            rows.push(spans);
        }
        if !names.is_empty() {
            let mut spans = vec![Span::raw(" ".repeat(indent))];
            spans.extend(text::line(names, room).spans);
            rows.push(spans);
        }
        for (at, spans) in rows.into_iter().enumerate() {
            let place = Rect {
                y: area.y + 1 + at as u16,
                height: 1,
                ..area
            };
            frame.render_widget(Line::from(spans), place.intersection(area));
        }
    }
}

/// Who talks, with the names of those who have one, for the line below the list.
fn named(
    contents: &Contents,
    shared: &Shared,
    id: ConversationId,
    conversation: &Conversation,
) -> Vec<(String, Style)> {
    let theme = &shared.theme;
    let mut parts = Vec::new();
    let mut any = false;
    for (direction, style) in [
        (Direction::FromClient, theme.client),
        (Direction::FromServer, theme.server),
    ] {
        if !parts.is_empty() {
            parts.push((" ⇄ ".to_owned(), theme.dim));
        }
        parts.push((conversation.endpoint(direction).to_string(), style));
        if let Some(called) = called::called(contents, shared, id, direction) {
            any = true;
            parts.push((format!(" {}", called.name), style));
            parts.push((format!(" {}", called.words()), theme.dim));
        }
    }
    if any { parts } else { Vec::new() }
}

/// What a row shows of a conversation.
#[derive(Clone)]
struct Row {
    id: ConversationId,
    cells: [String; COUNT],
    ends: [End; 2],
    /// What was said.
    summary: String,
    /// What became of it.
    verdict: String,
    sign: char,
    tone: Tone,
    credentials: bool,
    news: Option<News>,
}

impl Row {
    fn of(
        contents: &Contents,
        shared: &Shared,
        id: ConversationId,
        conversation: &Conversation,
        first_ns: i64,
        nested: bool,
    ) -> Self {
        let outcome = outcome(conversation);
        let pulse = &shared.pulse;
        // Who has not answered yet may still do so: a moment ago is no reason for alarm.
        let opening = pulse.is_running()
            && matches!(outcome, Outcome::NoAnswer | Outcome::HalfOpen)
            && pulse.is_recent(id)
            && conversation.packets() <= FEW_ATTEMPTS;
        let (sign, tone) = match opening {
            true => ('·', Tone::Neutral),
            false => (outcome.sign(), outcome.tone()),
        };
        let state = match opening {
            true => "opening",
            false => outcome.words(),
        };
        let verdict = match (opening, outcome) {
            (true, Outcome::NoAnswer) => "no answer yet".to_owned(),
            (true, _) => "answered, not acknowledged yet".to_owned(),
            _ if contents.finished => verdict(conversation),
            _ => verdict_so_far(conversation),
        };
        // While a file loads what is said may be taken back in a moment.
        let is_settled = contents.finished || pulse.is_running();
        let ends = ends(contents, shared, id, conversation, nested);
        Row {
            id,
            cells: cells(
                conversation,
                &ends,
                pulse,
                id,
                first_ns,
                (is_settled.then_some(sign), state),
            ),
            ends,
            summary: printable(&contents.tracker.summary(id)),
            verdict,
            sign,
            tone,
            credentials: conversation.credentials(),
            news: pulse.news(id),
        }
    }
}

/// So many packets without an answer are no reason for alarm while they are new.
const FEW_ATTEMPTS: u64 = 2;

/// How many columns stand before the first one: the cursor, what is new, the secret.
fn lead(live: bool) -> usize {
    if live { 3 } else { 2 }
}

/// What was said in a conversation, for the line below the list: pieces, and whether they warn.
fn told(row: &Row) -> Vec<(String, bool)> {
    let mut parts = Vec::new();
    if row.credentials {
        parts.push((
            format!("{SECRET} a secret could be read on the way  "),
            true,
        ));
    }
    if !row.summary.is_empty() {
        parts.push((row.summary.clone(), false));
    }
    parts
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

/// One end of a conversation, with what stands around it.
#[derive(Clone)]
struct End {
    before: &'static str,
    endpoint: Endpoint,
    called: Option<Called>,
    behind: &'static str,
}

impl End {
    /// It in so many columns.
    fn words(&self, room: usize) -> String {
        let around = text::width(self.before) + text::width(self.behind);
        let end = called::end(
            self.endpoint,
            self.called.as_ref(),
            room.saturating_sub(around),
        );
        format!("{}{end}{}", self.before, self.behind)
    }
}

/// Both ends of a conversation.
fn ends(
    contents: &Contents,
    shared: &Shared,
    id: ConversationId,
    conversation: &Conversation,
    nested: bool,
) -> [End; 2] {
    let client = End {
        before: if nested { "└ " } else { "" },
        endpoint: conversation.client,
        called: called::called(contents, shared, id, Direction::FromClient),
        behind: if conversation.client_is_guess {
            "?"
        } else {
            ""
        },
    };
    let server = End {
        before: "",
        endpoint: conversation.server,
        called: called::called(contents, shared, id, Direction::FromServer),
        behind: "",
    };
    [client, server]
}

fn cells(
    conversation: &Conversation,
    [client, server]: &[End; 2],
    pulse: &Pulse,
    id: ConversationId,
    first_ns: i64,
    (sign, state): (Option<char>, &str),
) -> [String; COUNT] {
    let handshake = match conversation.tcp.handshake.rtt_ns() {
        Some(rtt) => format!("{} {}", marks(conversation), duration(rtt)),
        None => marks(conversation),
    };
    let number = match conversation.protocol {
        Protocol::Tcp => conversation.stream.to_string(),
        Protocol::Udp => format!("u{}", conversation.stream),
    };
    let rate = pulse.rate(id);
    [
        number,
        client.words(LONGEST),
        server.words(LONGEST),
        services::name(conversation).to_owned(),
        handshake,
        format!("{} {state}", sign.unwrap_or(' ')),
        crate::words::grouped(conversation.packets()),
        bytes(conversation.side(Direction::FromClient).bytes),
        bytes(conversation.side(Direction::FromServer).bytes),
        rate.bytes_in_a_second(),
        rate.packets_in_a_second(),
        crate::words::seconds(conversation.start_ns.saturating_sub(first_ns), 3),
        duration(conversation.duration_ns()),
    ]
}

/// How wide each column is that is this wide at its widest, and whether it is flush right; then what is left for what
/// was said. In a narrow window the less telling columns go first.
fn widths(widest: &[usize; COUNT], live: bool, room: usize) -> ([(usize, bool); COUNT], usize) {
    let mut widths = [(0, false); COUNT];
    for (at, (column, name)) in COLUMNS.iter().enumerate() {
        let least = match column {
            Column::ByteRate | Column::PacketRate if !live => continue,
            Column::Client | Column::Server => 15,
            Column::State => 17,
            Column::Handshake => 11,
            Column::Application => 5,
            Column::Packets => 5,
            Column::ToServer | Column::ToClient | Column::Start | Column::Duration => 8,
            Column::ByteRate => 8,
            Column::PacketRate => 7,
            Column::Number => 3,
        };
        let flush_right = matches!(
            column,
            Column::Number
                | Column::Packets
                | Column::ToServer
                | Column::ToClient
                | Column::ByteRate
                | Column::PacketRate
                | Column::Start
                | Column::Duration
        );
        widths[at] = (
            widest[at].max(least).max(text::width(name) + 1),
            flush_right,
        );
    }
    let total = |widths: &[(usize, bool); COUNT]| {
        lead(live)
            + widths
                .iter()
                .map(|(width, _)| if *width > 0 { width + 2 } else { 0 })
                .sum::<usize>()
    };
    // What was said takes part of the room, where there is any.
    let wanted = match room {
        0..70 => 0,
        70..96 => 24,
        96..140 => 34,
        140..180 => 44,
        _ => 56,
    };
    // Long IPv6 addresses give way first, then whole columns.
    for at in [1, 2] {
        let over = (total(&widths) + wanted).saturating_sub(room);
        let (width, _) = &mut widths[at];
        *width -= over.min(width.saturating_sub(22));
    }
    for column in [
        Column::Start,
        Column::Duration,
        Column::Packets,
        Column::Handshake,
        Column::PacketRate,
        Column::ToServer,
        Column::ToClient,
        Column::State,
        Column::Application,
        Column::ByteRate,
        Column::Number,
    ] {
        if total(&widths) + wanted <= room {
            break;
        }
        // Where nothing is said, the state says what became of it.
        if wanted == 0 && column == Column::State {
            continue;
        }
        if let Some(at) = COLUMNS.iter().position(|(c, _)| *c == column) {
            widths[at].0 = 0;
        }
    }
    for at in [1, 2, 4, 5] {
        let over = (total(&widths) + wanted).saturating_sub(room);
        let (width, _) = &mut widths[at];
        *width -= over.min(width.saturating_sub(8));
    }
    let left = room.saturating_sub(total(&widths) + 1);
    (widths, if left >= FEW { left } else { 0 })
}

#[cfg(test)]
mod tests;
