//! The list of conversations: who communicated, what was exchanged, whether it worked, and if not why.
//!
//! ```text
//!    #  Client           Server         App       State      → Bytes ← Bytes  Summary or verdict
//!    0  10.0.0.2:51234   10.0.0.1:80    HTTP      ✓ closed     1.2 k  48.1 k  GET www.example/ → 200 OK, 48 kB
//!    1  10.0.0.2:51236   10.0.0.1:81              ✗ refused       74      60  refused: nothing listens on port 81
//!  * 2  10.0.0.2:51238   10.0.0.1:21    FTP       ✓ closed       612     931  alice logs in, sends report.pdf
//!    3  └ 10.0.0.1:20    10.0.0.2:4002  FTP data  ✓ closed    48.1 k     120  report.pdf
//! ```
//!
//! `*` marks conversations with a readable secret, `◆` those that the user has marked. Conversations that were
//! announced by another one are below it, as long as the list is in the order in which conversations began.
//!
//! While the capture is being made there are rates, and signs before conversations: `+` for those that have just begun,
//! `•` for those that had a packet a moment ago, `✗` for those that have just failed. In the order of time the list
//! follows its end, in any other its beginning, until the cursor is moved; from then on the chosen conversation keeps
//! its line, whatever comes or is sorted.

mod columns;
mod draw;
mod fields;
mod foot;
mod order;
mod row;
#[cfg(test)]
mod tests;

use self::{
    columns::{COUNT, ListColumns},
    fields::FieldCells,
    row::ConversationRow,
};
use crate::{
    columns::{COLUMNS, Column, ColumnEntry, TEXT, chosen::Chosen},
    format::{grouped, size},
    lang::{Count, text},
    store::{Contents, Rereading},
    track::ConversationId,
    ui::{
        Action, Scope, Shared,
        display_filter::Combine,
        finding::{Find, Match, Targets},
        list::{Cursor, Following},
        pane::{Pane, PaneArea, Reply, Sought},
        panes::filter_menu::FilterMenu,
        rates::Amount,
        row_filters,
    },
};
use order::{LONG, Made, SortBy};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use std::{
    collections::{HashMap, HashSet},
    sync::mpsc::Receiver,
    time::{Duration, Instant},
};

/// In a window of this width there is room for the sentence about the packets of the list.
const WIDE: u16 = 120;

/// The list.
pub struct ConversationsPane {
    /// The shown conversations, in order.
    order: Vec<ConversationId>,
    /// Those that are below the conversation that announced them.
    nested: HashSet<ConversationId>,
    cursor: Cursor,
    /// The chosen conversation, while the filter hides it: it is chosen again when it is shown again.
    hidden: Option<ConversationId>,
    /// Whether the cursor follows new rows: at the end in the order of time, else at the beginning.
    follows: bool,
    /// Whether the capture is being made.
    live: bool,
    /// How many conversations have been processed for the list.
    seen: usize,
    sort: SortBy,
    descending: bool,
    /// The last packet and the first when `order` was made, and the time.
    made_of: (usize, u32),
    made_at: Option<Instant>,
    /// How long to wait before it is made again.
    interval: Duration,
    stale: bool,
    /// The version of the display filter's results when the list was updated last.
    matched: u64,
    /// The list that a thread is making, if it is long.
    making: Option<Receiver<Made>>,
    /// With more conversations than these a list is long.
    long: usize,
    /// The state of reading again when the list was updated last.
    rereading: Rereading,
    /// Rows as they were when the list was paused, or when they were first shown since.
    frozen: HashMap<ConversationId, ConversationRow>,
    /// The widest content of each column so far, so that columns do not move while the list scrolls, and what it was
    /// measured for.
    widest: Vec<usize>,
    widest_for: (u16, bool, u32),
    columns: ListColumns,
    /// The values of fields in columns.
    fields: FieldCells,
    totals: (u64, u64),
    /// How many packets there were when the list was made.
    all_packets: u64,
    /// Whether the filter leaves conversations out.
    is_filtered: bool,
    /// Where the rows and the headings were drawn, for the mouse.
    area: Rect,
    headings: Vec<(u16, u16, SortBy)>,
}

impl Default for ConversationsPane {
    fn default() -> Self {
        ConversationsPane {
            order: Vec::new(),
            nested: HashSet::new(),
            cursor: Cursor::default(),
            hidden: None,
            follows: true,
            live: false,
            seen: 0,
            sort: SortBy::Own(Column::Number),
            descending: false,
            made_of: (0, 0),
            made_at: None,
            interval: Duration::ZERO,
            stale: true,
            matched: 0,
            making: None,
            long: LONG,
            rereading: Rereading::default(),
            frozen: HashMap::new(),
            widest: Vec::new(),
            widest_for: (0, false, 0),
            columns: ListColumns::new(None),
            fields: FieldCells::default(),
            totals: (0, 0),
            all_packets: 0,
            is_filtered: false,
            area: Rect::default(),
            headings: Vec::new(),
        }
    }
}

impl ConversationsPane {
    /// Whether new rows are at the end.
    fn ends_with_news(&self) -> bool {
        self.live && self.is_in_time() && !self.descending
    }

    fn is_in_time(&self) -> bool {
        self.sort.is_in_time()
    }

    /// Sorts by the column `step` columns further to the right; those of fields are behind all others.
    fn sort_next(&mut self, step: isize) -> Reply {
        let count = COUNT + self.fields.count();
        loop {
            let at = match self.sort {
                SortBy::Own(column) => column as usize,
                SortBy::Field(field) => COUNT + field,
            };
            let at = (at + count).saturating_add_signed(step) % count;
            self.sort = match at.checked_sub(COUNT) {
                Some(field) => SortBy::Field(field),
                None => SortBy::Own(COLUMNS[at].column),
            };
            if self.live || !self.sort.is_rate() {
                break;
            }
        }
        self.descending = false;
        self.sorted()
    }

    /// Returns which of the fields in columns the list is sorted by.
    fn sort_field(&self) -> Option<usize> {
        match self.sort {
            SortBy::Own(_) => None,
            SortBy::Field(at) => Some(at),
        }
    }

    /// Applies a changed order. A cursor at the first row stays there: what is first is what was asked for.
    fn sorted(&mut self) -> Reply {
        self.stale = true;
        self.follows |= !self.live && self.cursor.selected == 0;
        Reply::Say(self.order_words())
    }

    /// Returns the order of the list as a sentence.
    fn order_words(&self) -> String {
        let column = self.sort_heading();
        match (self.is_in_time(), self.descending) {
            (true, false) => text!("message-in-time").to_owned(),
            (true, true) => text!("message-in-time-reverse").to_owned(),
            (false, false) => text!("message-sorted", column),
            (false, true) => text!("message-sorted-reverse", column),
        }
    }

    /// Returns the heading of the column by which the list is sorted.
    fn sort_heading(&self) -> String {
        match self.sort {
            SortBy::Own(column) => column.definition().heading().to_owned(),
            SortBy::Field(at) => {
                let columns = self.columns.columns.iter();
                let mut fields = columns.filter(|column| column.filter().is_some());
                fields.nth(at).map_or_else(String::new, Chosen::heading)
            }
        }
    }

    /// Returns the order of the list, if no heading shows it.
    fn hidden_order(&self) -> Option<String> {
        let is_shown = |(_, _, column): &(u16, u16, SortBy)| *column == self.sort;
        let is_first = self.sort == SortBy::Own(Column::Number) && !self.descending;
        if is_first || self.headings.is_empty() || self.headings.iter().any(is_shown) {
            return None;
        }
        let column = self.sort_heading();
        Some(match self.descending {
            false => text!("conversations-sorted", column),
            true => text!("conversations-sorted-reverse", column),
        })
    }

    /// Applies a changed filter. The cursor stays on its conversation while that is shown.
    fn filter_changed(&mut self) {
        self.stale = true;
        self.follows &= self.live;
        self.widest.clear();
    }

    /// Returns the row at the cursor as text, its columns separated by tabs, like those of `wiretalk conversations`.
    fn copied(&self, contents: &Contents) -> Option<String> {
        let id = self.selected()?;
        let conversation = contents.tracker.get(id)?;
        let entry = ColumnEntry::new(contents, id, conversation, Amount::default());
        let cells = TEXT.map(|column| (column.definition().cell)(&entry));
        Some(cells.join("\t"))
    }

    /// Moves the cursor to a conversation, once the list has it.
    fn choose(&mut self, id: ConversationId) {
        if let Some(row) = self.order.iter().position(|one| *one == id) {
            self.cursor.selected = row;
            self.hidden = None;
            self.follows = row == 0 && !self.live;
        } else {
            self.hidden = Some(id);
        }
    }

    /// Moves the cursor; returns whether the action was a movement.
    fn move_cursor(&mut self, action: Action) -> bool {
        let before = self.cursor.selected;
        if !self.cursor.act(action, self.order.len()) {
            return false;
        }
        self.hidden = None;
        self.follows = match self.live {
            true if self.ends_with_news() => {
                Following::is_resumed(action, before, self.order.len())
            }
            true => {
                action == Action::Top
                    || (before == 0 && matches!(action, Action::Up | Action::PageUp))
            }
            false => self.cursor.selected == 0,
        };
        true
    }

    /// Sorts by the column whose heading was clicked; in reverse order if the list is already sorted by it.
    fn click_heading(&mut self, x: u16) -> Reply {
        let mut headings = self.headings.iter();
        let hit = headings.find(|(from, to, _)| (*from..*to).contains(&x));
        let Some((_, _, column)) = hit else {
            return Reply::Done;
        };
        self.descending = self.sort == *column && !self.descending;
        self.sort = *column;
        self.sorted()
    }
}

impl Pane for ConversationsPane {
    fn scope(&self) -> Scope {
        Scope::Conversations
    }

    /// Returns packets and bytes of the shown conversations, and the order if no heading shows it. Packets that belong
    /// to no conversation, such as ARP, make these fewer than those of the capture.
    fn totals(&self) -> Option<String> {
        let (packets, octets) = self.totals;
        let count = Count(self.all_packets);
        let shown = grouped(packets);
        let packets = match () {
            () if packets >= self.all_packets => text!("count-packets", count = Count(packets)),
            () if self.area.width < WIDE => text!("conversations-packets-of", shown, count),
            () if self.is_filtered => text!("conversations-packets-shown", shown, count),
            () => text!("conversations-packets-in-them", shown, count),
        };
        let order = self.hidden_order().map(|order| format!(" {order} ·"));
        let order = order.unwrap_or_default();
        Some(format!("{order} {packets} · {} ", size(octets)))
    }

    fn filter(&self, shared: &Shared) -> Option<String> {
        let all = shared.store.read().tracker.count() as u64;
        let shown = grouped(self.order.len() as u64);
        let shown = text!("filter-shown", shown, all = grouped(all));
        let ports = text!("filter-ports", ports = &shared.ports);
        let words = [
            (!shared.ports.is_empty()).then_some(&*ports),
            shared.tcp_only.then_some(text!("filter-tcp")),
            shared.with_findings.then_some(text!("filter-findings")),
        ];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        (!words.is_empty()).then(|| format!(" {}  {shown} ", words.join("  ")))
    }

    fn draw(&mut self, shared: &Shared, frame: &mut Frame, place: PaneArea) {
        self.draw_all(&shared.store.read(), shared, frame, place.area);
    }

    fn sync(&mut self, shared: &Shared) {
        let finished = shared.store.read().finished;
        if self.fields.sync(shared, finished) {
            self.columns = ListColumns::new(shared.columns.conversations().map(|all| &**all));
            if matches!(self.sort, SortBy::Field(_)) {
                (self.sort, self.descending) = (SortBy::Own(Column::Number), false);
                self.stale = true;
            }
            self.widest.clear();
            self.frozen.clear();
        }
        self.update(&shared.store.read(), shared);
    }

    fn act(&mut self, action: Action, shared: &Shared) -> Reply {
        if self.move_cursor(action) {
            return Reply::Done;
        }
        match action {
            Action::Open => match self.selected() {
                Some(id) => Reply::OpenConversation(id, None),
                None => nothing_selected(),
            },
            Action::Copy => match self.copied(&shared.store.read()) {
                Some(row) => Reply::Copy(row),
                None => nothing_selected(),
            },
            _ if let Some(how) = Combine::of(action) => match self.selected() {
                Some(id) => {
                    let fields = row_filters::values(&self.columns.columns, self.fields.of(id));
                    let contents = shared.store.read();
                    let offers = row_filters::of_conversation(&contents, id, fields);
                    Reply::Push(Box::new(FilterMenu::new(Scope::Conversations, how, offers)))
                }
                None => nothing_selected(),
            },
            Action::NextMarked | Action::PreviousMarked => {
                let is_marked = |id: &ConversationId| shared.marks.has(*id);
                let (before, after) = self
                    .order
                    .split_at(self.cursor.selected.min(self.order.len()));
                let found = match action {
                    Action::NextMarked => after.iter().skip(1).find(|id| is_marked(id)),
                    _ => before.iter().rev().find(|id| is_marked(id)),
                };
                match found.copied() {
                    Some(id) => {
                        self.choose(id);
                        Reply::Done
                    }
                    None => Reply::Ignored,
                }
            }
            Action::SortNext => self.sort_next(1),
            Action::SortPrevious => self.sort_next(-1),
            Action::SortReverse => {
                self.descending = !self.descending;
                self.stale = true;
                Reply::Say(self.order_words())
            }
            _ => Reply::Ignored,
        }
    }

    fn sort_by(&mut self, column: Column) -> Reply {
        (self.sort, self.descending) = (SortBy::Own(column), false);
        self.sorted()
    }

    /// The conversations of the list, in its order.
    fn find(&mut self, find: Option<&Find>, _forward: bool, _shared: &Shared) -> Sought {
        match find {
            Some(_) => {
                let at = self.cursor.selected;
                Sought::In(Targets::Conversations(self.order.clone(), at))
            }
            None => Sought::Nowhere,
        }
    }

    fn found(&mut self, found: &Match) {
        if let Match::Conversation(id) = found {
            self.choose(*id);
        }
    }

    /// Handles a click: on a heading it sorts, on a row it chooses, on the chosen row it opens.
    fn click(&mut self, at: Position, shared: &Shared) -> Reply {
        if at.y == self.area.y {
            return self.click_heading(at.x);
        }
        let line = usize::from(at.y.saturating_sub(self.area.y + 1));
        match self.cursor.row_at(line, self.order.len()) {
            Some(row) if row == self.cursor.selected => self.act(Action::Open, shared),
            Some(row) => {
                self.cursor.selected = row;
                self.hidden = None;
                self.follows = row == 0 && !self.live;
                Reply::Done
            }
            None => Reply::Ignored,
        }
    }

    fn scroll(&mut self, rows: isize, _part: Scope) {
        self.cursor.scroll(rows, self.order.len());
        self.hidden = None;
        self.follows = self.cursor.selected == 0 && !self.live;
    }

    /// New rows are at the end in the order of time, else at the beginning.
    fn tail(&self) -> Option<Following> {
        Some(Following {
            follows: self.follows,
            key: if self.ends_with_news() { "G" } else { "g" },
        })
    }

    fn selected(&self) -> Option<ConversationId> {
        self.order.get(self.cursor.selected).copied()
    }

    fn order(&self) -> Option<(Column, bool)> {
        // Columns of fields may be others the next time.
        match self.sort {
            SortBy::Own(column) => Some((column, self.descending)),
            SortBy::Field(_) => None,
        }
    }

    fn set_order(&mut self, column: Column, reverse: bool) {
        // Rates are those of a live capture.
        if !column.is_rate() && (column == Column::Number || column.definition().sort.is_some()) {
            (self.sort, self.descending) = (SortBy::Own(column), reverse);
            self.stale = true;
        }
    }

    fn refilter(&mut self) {
        self.filter_changed();
    }

    fn forget(&mut self) {
        self.stale = true;
        self.fields.forget();
    }

    fn is_busy(&self) -> bool {
        self.making.is_some() || self.sort_field().is_some() && self.fields.are_awaited()
    }
}

/// Returns the message for an action that needs a row, in a list without any.
fn nothing_selected() -> Reply {
    Reply::Say(text!("message-no-conversation-selected").to_owned())
}
