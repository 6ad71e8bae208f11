//! The conversations of the list, and their order.

use super::ConversationsPane;
use crate::{
    columns::{Column, ColumnEntry, SortKey},
    save::Filter,
    store::{Contents, Store},
    track::ConversationId,
    ui::{app::Shared, rates::Amount},
};
use std::{
    collections::{HashMap, HashSet},
    sync::mpsc::{TryRecvError, sync_channel},
    time::{Duration, Instant},
};

/// A list of more conversations is made by a thread of its own, since that would delay keys.
pub(super) const LONG: usize = 20_000;

/// After this many conversations that thread lets the index write.
const TURN: usize = 10_000;

/// A list shorter than this is sorted in every frame, so that the first rows are there at once.
const SOON: usize = 2_000;

/// The minimum interval of sorting while a file loads.
const SORT_INTERVAL: Duration = Duration::from_millis(200);

/// The minimum interval of sorting while a capture is being made: the list is being read meanwhile. New rows at the end
/// do not wait for it.
const SORT_INTERVAL_LIVE: Duration = Duration::from_secs(1);

/// Sorting takes at most one part in this many of the time, however long the list is.
const SORT_SHARE: u32 = 30;

impl ConversationsPane {
    /// Takes over what has come, and sorts the list again when that is due.
    pub(super) fn update(&mut self, contents: &Contents, shared: &Shared) {
        let rates = &shared.rates;
        // Conversations that were read again may have another position in the list.
        let before = std::mem::replace(&mut self.rereading, contents.rereading);
        self.stale |= self.rereading != before;
        let matched = shared.display.version();
        self.stale |= std::mem::replace(&mut self.matched, matched) != matched;
        if self.live != rates.is_running() {
            self.live = rates.is_running();
            self.widest.clear();
            if !self.live {
                self.capture_ended();
            }
        }
        if !rates.is_paused() || self.stale {
            self.frozen.clear();
        }
        let to = rates.limit(contents);
        let packets = (to as usize, contents.packets.first());
        // A rate also changes when no packets come.
        let by_rate = self.sort.is_rate() && rates.is_decaying() && !rates.is_paused();
        let by_field = self.sort_field().is_some() && self.fields.has_news();
        let changed = self.made_of != packets || by_rate || by_field;
        let waited = self.made_at.is_none_or(|at| at.elapsed() >= self.interval)
            || self.order.is_empty()
            || contents.finished;
        self.take_over(contents);
        if self.making.is_none() && (self.stale || (changed && waited)) {
            self.begin_to_make(contents, shared, to);
            self.made_of = packets;
        } else if changed && self.ends_with_news() {
            self.append(contents, shared, to);
        }
        if self.follows {
            let last = self.order.len().saturating_sub(1);
            self.cursor.selected = if self.ends_with_news() { last } else { 0 };
        }
    }

    /// Drops the rates and stops following.
    fn capture_ended(&mut self) {
        self.follows = self.cursor.selected == 0;
        if self.sort.is_rate() {
            self.sort = SortBy::Own(Column::Number);
            self.descending = false;
        }
        self.stale = true;
    }

    /// Makes the list of the conversations that began up to a packet, or has a thread make it.
    fn begin_to_make(&mut self, contents: &Contents, shared: &Shared, to: u32) {
        let request = Request {
            sort: self.sort,
            descending: self.descending,
            filter: shared.filter(),
            to,
        };
        self.stale = false;
        let rates = match self.sort.is_rate() {
            true => shared.rates.rates(),
            false => HashMap::new(),
        };
        let ranks = match self.sort_field() {
            Some(at) => self.fields.take_ranks(at),
            None => HashMap::new(),
        };
        let making = Making::new(request, rates, ranks);
        if contents.tracker.count() <= self.long {
            let made = making.at_once(contents);
            self.install(made, contents);
            return;
        }
        let (sender, made) = sync_channel(1);
        let store = shared.store.clone();
        let thread = std::thread::Builder::new().name("order".to_owned());
        let begun = thread.spawn(move || {
            // A pane that is gone needs no list.
            let _ = sender.send(making.in_turns(&store));
        });
        self.making = begun.is_ok().then_some(made);
    }

    /// Takes over the list that a thread has made.
    fn take_over(&mut self, contents: &Contents) {
        let Some(making) = &self.making else { return };
        match making.try_recv() {
            Ok(made) => {
                self.making = None;
                // What was requested meanwhile comes next.
                if !self.stale {
                    self.install(made, contents);
                }
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => self.making = None,
        }
    }

    fn install(&mut self, made: Made, contents: &Contents) {
        let chosen = self.chosen_in(&made.order, contents);
        let line = self.cursor.selected.saturating_sub(self.cursor.top);
        self.order = made.order;
        self.nested = made.nested;
        self.seen = made.seen;
        self.totals = made.totals;
        let evicted = contents.evicted_by_now().packets;
        self.all_packets = (contents.packets.len() as u64).saturating_sub(evicted);
        self.is_filtered = made.is_filtered;
        self.made_at = Some(Instant::now());
        let least = match self.live {
            true => SORT_INTERVAL_LIVE,
            // A short list is made in every frame, so that the first rows are there at once.
            false if self.order.len() < SOON => Duration::ZERO,
            false => SORT_INTERVAL,
        };
        self.interval = least.max(made.took * SORT_SHARE);
        // The cursor stays on its conversation, and that on its line of the screen.
        if let Some(row) = chosen
            && !self.follows
        {
            self.cursor.selected = row;
            self.cursor.top = row.saturating_sub(line);
        }
        self.cursor.selected = self.cursor.selected.min(self.order.len().saturating_sub(1));
    }

    /// Returns the row of the chosen conversation in a new list. If that does not have it, the next one that it has is
    /// chosen instead, or else the one before.
    fn chosen_in(&mut self, order: &[ConversationId], contents: &Contents) -> Option<usize> {
        let there = |id: &ConversationId| contents.tracker.get(*id).is_some();
        let at_cursor = self.order.get(self.cursor.selected).copied();
        let chosen = self.hidden.take().filter(there).or(at_cursor)?;
        let row = |wanted| order.iter().position(|id| *id == wanted);
        if let Some(row) = row(chosen) {
            return Some(row);
        }
        self.hidden = Some(chosen).filter(there);
        let listed: HashSet<_> = order.iter().copied().collect();
        let (above, below) = self.order.split_at_checked(self.cursor.selected)?;
        let mut nearest = below.iter().chain(above.iter().rev());
        row(*nearest.find(|id| listed.contains(id))?)
    }

    /// Adds new conversations at the end, or below the one that announced them.
    fn append(&mut self, contents: &Contents, shared: &Shared, to: u32) {
        let filter = shared.filter();
        while self.seen < contents.tracker.began() {
            let id = ConversationId(self.seen as u32);
            let conversation = contents.tracker.get(id);
            if conversation.is_some_and(|conversation| conversation.first_packet > to) {
                break;
            }
            self.seen += 1;
            if conversation.is_none() || !filter.shows(contents, id) {
                continue;
            }
            match self.place_below(contents, id) {
                Some(row) => self.insert(row, id),
                None => self.order.push(id),
            }
        }
    }

    /// Returns the row for a conversation that was announced by a shown one: after all that this one announced before.
    fn place_below(&self, contents: &Contents, id: ConversationId) -> Option<usize> {
        let announced_by = |id| contents.tracker.parent_of(id);
        let by = announced_by(id).filter(|by| announced_by(*by).is_none())?;
        let above = self.order.iter().rposition(|id| *id == by)?;
        let siblings = self.order[above + 1..].iter();
        let below = siblings.take_while(|id| self.nested.contains(id)).count();
        Some(above + 1 + below)
    }

    /// Inserts a nested conversation at a row; the cursor stays on its conversation.
    fn insert(&mut self, row: usize, id: ConversationId) {
        self.order.insert(row, id);
        self.nested.insert(id);
        if row <= self.cursor.selected {
            self.cursor.selected += 1;
            self.cursor.top += 1;
        }
    }
}

/// What the list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SortBy {
    /// A column that the list has by itself.
    Own(Column),
    /// A field, by its place among those in columns.
    Field(usize),
}

impl SortBy {
    pub fn is_in_time(self) -> bool {
        matches!(self, SortBy::Own(Column::Number | Column::Start))
    }

    pub fn is_rate(self) -> bool {
        matches!(self, SortBy::Own(column) if column.is_rate())
    }
}

/// The list that is wanted.
struct Request {
    sort: SortBy,
    descending: bool,
    filter: Filter,
    /// The last packet of which a conversation may begin.
    to: u32,
}

/// A list that is finished.
pub(super) struct Made {
    order: Vec<ConversationId>,
    nested: HashSet<ConversationId>,
    /// Packets and bytes of all.
    totals: (u64, u64),
    /// How many conversations there were.
    seen: usize,
    /// Whether a filter left conversations out.
    is_filtered: bool,
    /// The time that it took, without waiting.
    took: Duration,
}

/// A list that is being made.
struct Making {
    request: Request,
    rates: HashMap<ConversationId, Amount>,
    /// Their places in the order of a field.
    ranks: HashMap<ConversationId, i64>,
    keyed: Vec<(Option<SortKey>, ConversationId)>,
    /// Which of them was announced by which other one.
    announced: HashMap<ConversationId, ConversationId>,
    totals: (u64, u64),
    /// How many conversations were looked at, and whether there are no more.
    seen: usize,
    is_complete: bool,
    took: Duration,
}

impl Making {
    fn new(
        request: Request,
        rates: HashMap<ConversationId, Amount>,
        ranks: HashMap<ConversationId, i64>,
    ) -> Self {
        Making {
            request,
            rates,
            ranks,
            keyed: Vec::new(),
            announced: HashMap::new(),
            totals: (0, 0),
            seen: 0,
            is_complete: false,
            took: Duration::ZERO,
        }
    }

    fn at_once(mut self, contents: &Contents) -> Made {
        self.add(contents, usize::MAX);
        self.finish()
    }

    fn in_turns(mut self, store: &Store) -> Made {
        while !self.is_complete {
            self.add(&store.read(), TURN);
        }
        self.finish()
    }

    /// Adds the next `count` conversations.
    fn add(&mut self, contents: &Contents, count: usize) {
        let began = Instant::now();
        let tracker = &contents.tracker;
        let last = if self.request.descending {
            -1
        } else {
            i64::MAX
        };
        let nests = self.request.sort.is_in_time() && !tracker.application.expectations.is_empty();
        let end = tracker.began().min(self.seen.saturating_add(count));
        while self.seen < end {
            let id = ConversationId(self.seen as u32);
            let conversation = tracker.get(id);
            if conversation.is_some_and(|one| one.first_packet > self.request.to) {
                self.is_complete = true;
                break;
            }
            self.seen += 1;
            let Some(conversation) = conversation else {
                continue;
            };
            if !self.request.filter.shows(contents, id) {
                continue;
            }
            let key = match self.request.sort {
                SortBy::Own(column) => column.definition().sort.map(|key| {
                    let rate = self.rates.get(&id).copied().unwrap_or_default();
                    key(&ColumnEntry::new(contents, id, conversation, rate))
                }),
                SortBy::Field(_) => {
                    let rank = self.ranks.get(&id).copied();
                    Some(SortKey::Least(rank.unwrap_or(last)))
                }
            };
            self.keyed.push((key, id));
            self.totals.0 += conversation.packets();
            self.totals.1 += conversation.bytes();
            // One level is enough, and excludes circles.
            if nests
                && let Some(by) = tracker.parent_of(id)
                && tracker.parent_of(by).is_none()
            {
                self.announced.insert(id, by);
            }
        }
        self.is_complete |= self.seen >= tracker.began();
        self.took += began.elapsed();
    }

    fn finish(mut self) -> Made {
        let began = Instant::now();
        // Without a key they are in order already.
        self.keyed.sort_by_key(|(key, _)| *key);
        if self.request.descending {
            self.keyed.reverse();
        }
        let order: Vec<_> = self.keyed.into_iter().map(|(_, id)| id).collect();
        let (order, nested) = nest(order, &self.announced);
        Made {
            order,
            nested,
            totals: self.totals,
            seen: self.seen,
            is_filtered: !self.request.filter.is_empty(),
            took: self.took + began.elapsed(),
        }
    }
}

/// Moves conversations below the one that announced them, if that is shown. Returns the new order, and which were moved.
fn nest(
    order: Vec<ConversationId>,
    announced: &HashMap<ConversationId, ConversationId>,
) -> (Vec<ConversationId>, HashSet<ConversationId>) {
    if announced.is_empty() {
        return (order, HashSet::new());
    }
    let mut below: HashMap<ConversationId, Vec<ConversationId>> = HashMap::new();
    for id in &order {
        if let Some(by) = announced.get(id) {
            below.entry(*by).or_default().push(*id);
        }
    }
    let shown: HashSet<ConversationId> = order
        .iter()
        .filter(|id| below.contains_key(id))
        .copied()
        .collect();
    below.retain(|by, _| shown.contains(by));
    let nested: HashSet<ConversationId> = below.values().flatten().copied().collect();
    let mut all = Vec::with_capacity(order.len());
    for id in order {
        if nested.contains(&id) {
            continue;
        }
        all.push(id);
        all.extend(below.remove(&id).unwrap_or_default());
    }
    (all, nested)
}
