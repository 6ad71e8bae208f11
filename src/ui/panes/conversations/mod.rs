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
//! `*` stands where a secret could be read. What a conversation announced stands below it, as long as the list is in
//! the order in which conversations began.

use crate::{
    services,
    store::Contents,
    track::{
        Conversation, ConversationId, Direction, Endpoint, Protocol, Tone, marks, outcome, verdict,
    },
    ui::{
        Action,
        app::{Reply, Shared},
        called::{self, Called},
        list::Cursor,
        text::{self, left, right, wrap},
        theme::Theme,
    },
    words::{bytes, counted, duration, printable},
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
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
    /// When it began.
    Start,
    /// How long it lasted.
    Duration,
}

/// Every column with its heading, from left to right.
const COLUMNS: [(Column, &str); 11] = [
    (Column::Number, "#"),
    (Column::Client, "Client"),
    (Column::Server, "Server"),
    (Column::Application, "App"),
    (Column::Handshake, "Handshake"),
    (Column::State, "State"),
    (Column::Packets, "Pkts"),
    (Column::ToServer, "→ Bytes"),
    (Column::ToClient, "← Bytes"),
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

/// While a capture loads the list is put in order no more often than this.
const SORT_INTERVAL: Duration = Duration::from_millis(200);

/// The list.
pub struct ConversationsPane {
    /// The conversations that are shown, in order.
    order: Vec<ConversationId>,
    /// Those of them that stand below who announced them.
    nested: HashSet<ConversationId>,
    cursor: Cursor,
    sort: Column,
    descending: bool,
    /// UDP is left out.
    hide_udp: bool,
    /// The last packet and the first when `order` was made, and when that was.
    made_of: (usize, u32),
    made_at: Option<Instant>,
    stale: bool,
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
            sort: Column::Number,
            descending: false,
            hide_udp: false,
            made_of: (0, 0),
            made_at: None,
            stale: true,
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

    /// Puts the list in order again where that is due.
    pub fn sync(&mut self, contents: &Contents, shared: &Shared) {
        let packets = (contents.packets.len(), contents.packets.first());
        let waited = self.order.len() < SOON
            || self.made_at.is_none_or(|at| at.elapsed() >= SORT_INTERVAL)
            || contents.finished;
        if !self.stale && (self.made_of == packets || !waited) {
            return;
        }
        // If the chosen one is let go, the next one that is still there takes its place.
        let there = |id: &&ConversationId| contents.tracker.get(**id).is_some();
        let below = self.order.get(self.cursor.selected..).unwrap_or_default();
        let chosen = below.iter().find(there).copied();
        let line = self.cursor.selected.saturating_sub(self.cursor.top);
        self.order.clear();
        for (id, conversation) in contents.tracker.conversations() {
            let udp = conversation.protocol == Protocol::Udp;
            if !(udp && self.hide_udp)
                && shared
                    .ports
                    .matches(conversation.client.port, conversation.server.port)
            {
                self.order.push(id);
            }
        }
        self.sort(contents);
        self.nest(contents);
        let shown = self.order.iter().filter_map(|id| contents.tracker.get(*id));
        self.totals = shown.fold((0, 0), |(p, b), c| (p + c.packets(), b + c.bytes()));
        self.made_of = packets;
        self.made_at = Some(Instant::now());
        self.stale = false;
        // The cursor stays on its conversation, not on its row.
        if let Some(chosen) = chosen
            && self.cursor.selected != 0
            && let Some(row) = self.order.iter().position(|id| *id == chosen)
        {
            self.cursor.selected = row;
            if !contents.let_go_by_now().is_nothing() {
                self.cursor.top = row.saturating_sub(line);
            }
        }
    }

    fn sort(&mut self, contents: &Contents) {
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
        let in_time = matches!(self.sort, Column::Number | Column::Start);
        if !in_time || contents.tracker.expectations.is_empty() {
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
        if self.cursor.act(action, self.order.len()) {
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
        let at = COLUMNS
            .iter()
            .position(|(column, _)| *column == self.sort)
            .unwrap_or(0);
        self.sort = COLUMNS[(at + step) % COLUMNS.len()].0;
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
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    /// The mouse wheel.
    pub fn scroll(&mut self, rows: isize) {
        self.cursor.scroll(rows, self.order.len());
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
        let shown: Vec<(ConversationId, &Conversation)> = self.order[rows.clone()]
            .iter()
            .filter_map(|id| Some((*id, contents.tracker.get(*id)?)))
            .collect();
        let ends: Vec<[End; 2]> = shown
            .iter()
            .map(|(id, c)| ends(contents, shared, *id, c, self.nested.contains(id)))
            .collect();
        let mut cells: Vec<[String; 11]> = shown
            .iter()
            .zip(&ends)
            .map(|((_, c), ends)| cells(c, ends, first_ns, contents.finished))
            .collect();
        let (widths, said) = widths(&cells, usize::from(area.width));
        for (cells, ends) in cells.iter_mut().zip(&ends) {
            for (at, end) in [1, 2].into_iter().zip(ends) {
                cells[at] = end.words(widths[at].0);
            }
        }
        let has_state = COLUMNS
            .iter()
            .zip(widths)
            .any(|((column, _), (width, _))| *column == Column::State && width > 0);

        let mut heading = vec![Span::raw("  ")];
        self.headings.clear();
        let mut x = area.x + 2;
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

        for (line, (row, ((id, conversation), cells))) in
            rows.zip(shown.iter().zip(&cells)).enumerate()
        {
            let chosen = row == self.cursor.selected;
            let place = Rect {
                y: list.y + 1 + line as u16,
                height: 1,
                ..list
            };
            if place.y >= list.bottom() {
                break;
            }
            let outcome = outcome(conversation);
            let mut spans = vec![Span::raw(if chosen { "▌" } else { " " })];
            spans.push(match conversation.credentials() {
                true => Span::styled(SECRET.to_string(), theme.warning),
                false => Span::raw(" "),
            });
            for (((column, _), cell), (width, to_the_right)) in
                COLUMNS.iter().zip(cells).zip(widths)
            {
                if width == 0 {
                    continue;
                }
                let style = match column {
                    Column::Client | Column::ToServer => theme.client,
                    Column::Server | Column::ToClient => theme.server,
                    Column::Handshake => theme.handshake,
                    Column::State => theme.tone(outcome.tone()),
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
            let summary = printable(&contents.tracker.summary(*id));
            spans.extend(last_column(conversation, &summary, said, has_state, theme));
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
        let outcome = outcome(conversation);
        let head = format!(" {} {} ", outcome.sign(), conversation.id());
        let indent = text::width(&head);
        let room = usize::from(area.width).saturating_sub(indent + 1);
        let lines = usize::from(area.height.saturating_sub(1));
        let said = told(contents, id);
        let names = named(contents, shared, id, conversation);
        let others = usize::from(!said.is_empty()) + usize::from(!names.is_empty());
        let for_verdict = lines.saturating_sub(others).max(1);
        let mut rows: Vec<Vec<Span>> = Vec::new();
        let mut sentences = wrap(&verdict(conversation), room);
        if sentences.len() > for_verdict {
            let rest = sentences.split_off(for_verdict - 1).join(" ");
            sentences.push(text::cut(&rest, room));
        }
        for (at, sentence) in sentences.into_iter().enumerate() {
            let lead = if at == 0 { &*head } else { "" };
            rows.push(vec![
                Span::styled(left(lead, indent), theme.tone(outcome.tone())),
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
        if let Some(Called { name, reason }) = called::called(contents, shared, id, direction) {
            any = true;
            parts.push((format!(" {name}"), style));
            parts.push((format!(" ({})", reason.words()), theme.dim));
        }
    }
    if any { parts } else { Vec::new() }
}

/// What was said in a conversation, for the line below the list: pieces, and whether they warn.
fn told(contents: &Contents, id: ConversationId) -> Vec<(String, bool)> {
    let mut parts = Vec::new();
    let conversation = contents.tracker.get(id);
    if conversation.is_some_and(Conversation::credentials) {
        parts.push((
            format!("{SECRET} a secret could be read on the way  "),
            true,
        ));
    }
    let summary = printable(&contents.tracker.summary(id));
    if !summary.is_empty() {
        parts.push((summary, false));
    }
    parts
}

/// What was said and what happened, in so many columns: side by side, or the one that is more telling.
fn last_column(
    conversation: &Conversation,
    summary: &str,
    room: usize,
    has_state: bool,
    theme: &Theme,
) -> Vec<Span<'static>> {
    if room == 0 {
        return Vec::new();
    }
    let outcome = outcome(conversation);
    let mut spans = Vec::new();
    let mut room = room;
    if !has_state {
        spans.push(Span::styled(
            format!("{} ", outcome.sign()),
            theme.tone(outcome.tone()),
        ));
        room = room.saturating_sub(2);
    }
    let went_wrong = matches!(outcome.tone(), Tone::Bad | Tone::Warning);
    match room {
        BOTH.. => {
            spans.push(Span::raw(left(summary, room / 2)));
            let happened = text::cut(&verdict(conversation), room - room / 2 - 2);
            spans.push(Span::styled(format!("  {happened}"), theme.dim));
        }
        _ if went_wrong || summary.is_empty() => {
            spans.push(Span::styled(
                text::cut(&verdict(conversation), room),
                theme.dim,
            ));
        }
        _ => spans.push(Span::raw(text::cut(summary, room))),
    }
    spans
}

/// One end of a conversation, with what stands around it.
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
    first_ns: i64,
    finished: bool,
) -> [String; 11] {
    let outcome = outcome(conversation);
    let handshake = match conversation.tcp.handshake.rtt_ns() {
        Some(rtt) => format!("{} {}", marks(conversation), duration(rtt)),
        None => marks(conversation),
    };
    let number = match conversation.protocol {
        Protocol::Tcp => conversation.stream.to_string(),
        Protocol::Udp => format!("u{}", conversation.stream),
    };
    // Who has not answered yet may still do so.
    let state = match finished {
        true => format!("{} {}", outcome.sign(), outcome.words()),
        false => format!("  {}", outcome.words()),
    };
    [
        number,
        client.words(LONGEST),
        server.words(LONGEST),
        services::name(conversation).to_owned(),
        handshake,
        state,
        crate::words::grouped(conversation.packets()),
        bytes(conversation.side(Direction::FromClient).bytes),
        bytes(conversation.side(Direction::FromServer).bytes),
        crate::words::seconds(conversation.start_ns.saturating_sub(first_ns), 3),
        duration(conversation.duration_ns()),
    ]
}

/// How wide each column is, and whether it is flush right; then what is left for what was said. In a narrow window the
/// less telling columns go first.
fn widths(cells: &[[String; 11]], room: usize) -> ([(usize, bool); 11], usize) {
    let mut widths = [(0, false); 11];
    for (at, (column, name)) in COLUMNS.iter().enumerate() {
        let widest = cells
            .iter()
            .map(|row| text::width(&row[at]))
            .max()
            .unwrap_or(0);
        let least = match column {
            Column::Client | Column::Server => 15,
            Column::State => 17,
            Column::Handshake => 11,
            Column::Application => 5,
            Column::Packets => 5,
            Column::ToServer | Column::ToClient | Column::Start | Column::Duration => 8,
            Column::Number => 3,
        };
        let flush_right = matches!(
            column,
            Column::Number
                | Column::Packets
                | Column::ToServer
                | Column::ToClient
                | Column::Start
                | Column::Duration
        );
        widths[at] = (widest.max(least).max(text::width(name) + 1), flush_right);
    }
    let total = |widths: &[(usize, bool); 11]| {
        2 + widths
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
        Column::ToServer,
        Column::ToClient,
        Column::State,
        Column::Application,
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
