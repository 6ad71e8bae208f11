//! The conversations of the list, and their order.

use super::{ConversationsPane, columns::COUNT};
use crate::{
    columns::{Column, ColumnEntry},
    store::Contents,
    track::{Conversation, ConversationId, Protocol},
    ui::{
        app::Shared,
        rates::{Amount, LiveRates},
    },
};
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

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
        if self.live != rates.is_running() {
            self.live = rates.is_running();
            self.widest = [0; COUNT];
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

    /// Drops the rates and stops following.
    fn capture_ended(&mut self) {
        self.follows = self.cursor.selected == 0;
        if self.sort.is_rate() {
            self.sort = Column::Number;
            self.descending = false;
        }
        self.stale = true;
    }

    /// Makes the list of the conversations that began up to a packet.
    fn make(&mut self, contents: &Contents, shared: &Shared, to: u32) {
        let began = Instant::now();
        // If the chosen one was evicted, the next one that is still there is chosen instead.
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
        self.sort(contents, &shared.rates);
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

    /// Adds new conversations at the end, or below the one that announced them.
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

    fn is_wanted(&self, conversation: &Conversation, shared: &Shared) -> bool {
        let (client, server) = (conversation.client.port, conversation.server.port);
        !(self.hide_udp && conversation.protocol == Protocol::Udp)
            && shared.ports.matches(client, server)
    }

    fn sort(&mut self, contents: &Contents, rates: &LiveRates) {
        let by_rate = self.sort.is_rate();
        if let Some(key) = self.sort.definition().sort {
            self.order.sort_by_cached_key(|id| {
                let conversation = contents.tracker.get(*id)?;
                let rate = match by_rate {
                    true => rates.rate(*id),
                    false => Amount::default(),
                };
                Some(key(&ColumnEntry {
                    tracker: &contents.tracker,
                    id: *id,
                    conversation,
                    began_ns: contents.began_ns(),
                    rate,
                }))
            });
        }
        if self.descending {
            self.order.reverse();
        }
    }

    /// Moves connections below the conversation that announced them, if the list is in the order of time.
    fn nest(&mut self, contents: &Contents) {
        self.nested.clear();
        if !self.is_in_time() || contents.tracker.expectations.is_empty() {
            return;
        }
        let announced_by = |id: &ConversationId| contents.tracker.parent_of(*id);
        let mut below: HashMap<ConversationId, Vec<ConversationId>> = HashMap::new();
        for id in &self.order {
            // One level is enough, and excludes circles.
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
}
