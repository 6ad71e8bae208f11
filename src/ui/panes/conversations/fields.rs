//! The values of fields in the columns of the list, read by the reader's thread for the rows on the screen.

use crate::{
    columns::chosen::filters,
    filter::Filter,
    track::ConversationId,
    ui::{app::Shared, reader::MadeFor},
};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// The values of this many conversations are kept: many screens full.
const MAX_KEPT: usize = 4096;

/// So many are kept while the list is sorted by them, and read at a time. Others stay behind these.
const MAX_SORTED: usize = 100_000;
const BATCH: usize = 256;

/// The minimum interval of reading them again while a capture grows, since later packets may have values.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// The values of the rows, and what was requested.
pub struct FieldCells {
    filters: Arc<[Filter]>,
    made_for: MadeFor,
    kept: HashMap<ConversationId, Vec<String>>,
    asked: Vec<ConversationId>,
    since: Instant,
    /// Values have come since the list was sorted by them.
    is_news: bool,
    /// Some of them are still to be read, as the list is sorted by them.
    awaited: bool,
}

/// How the text of a value is ordered: numbers, then addresses, then everything else.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// Times a billion, so that fractions count.
    Number(i128),
    Address(IpAddr),
    /// In lower case.
    Text(String),
}

impl Key {
    /// Returns none for no value.
    fn of(text: &str) -> Option<Key> {
        const BILLION: i128 = 1_000_000_000;
        if text.is_empty() {
            return None;
        }
        let hexadecimal = text.strip_prefix("0x");
        let whole = match hexadecimal {
            Some(digits) => i64::from_str_radix(digits, 16).ok().map(i128::from),
            None => text.parse::<i64>().ok().map(i128::from),
        };
        if let Some(number) = whole {
            return Some(Key::Number(number * BILLION));
        }
        if let Ok(number) = text.parse::<f64>()
            && number.abs() < 1e18
        {
            return Some(Key::Number((number * BILLION as f64) as i128));
        }
        Some(match text.parse() {
            Ok(address) => Key::Address(address),
            Err(_) => Key::Text(text.to_lowercase()),
        })
    }
}

impl Default for FieldCells {
    fn default() -> Self {
        FieldCells {
            filters: Arc::default(),
            made_for: MadeFor::default(),
            kept: HashMap::new(),
            asked: Vec::new(),
            since: Instant::now(),
            is_news: false,
            awaited: false,
        }
    }
}

impl FieldCells {
    /// Takes over what was read, and changed settings. Returns whether the columns are others.
    pub fn sync(&mut self, shared: &Shared, finished: bool) -> bool {
        let made_for = MadeFor {
            columns: shared.columns.revision(),
            colors: false,
            ..MadeFor::new(&shared.settings, finished)
        };
        let others = self.made_for.columns != made_for.columns;
        if others {
            let columns = shared.columns.conversations();
            self.filters = columns.map_or_else(Arc::default, |columns| filters(columns));
        }
        if self.made_for != made_for {
            // Secrets to be hidden are not shown until other values are there.
            self.kept.clear();
            self.made_for = made_for;
            self.asked.clear();
        }
        self.take(shared);
        others
    }

    /// Takes over what was read.
    pub fn take(&mut self, shared: &Shared) {
        for answer in shared.reader.take_fields() {
            if answer.made_for == self.made_for {
                let texts = answer.texts;
                let before = self.kept.insert(answer.id, texts.clone());
                self.is_news |= before.is_none_or(|before| before != texts);
            }
        }
    }

    /// Returns the values of a conversation, if they have been read.
    pub fn of(&self, id: ConversationId) -> &[String] {
        self.kept.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Returns how many fields there are.
    pub fn count(&self) -> usize {
        self.filters.len()
    }

    /// Returns the place of a field among those in columns.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.filters.iter().position(|one| one.to_string() == name)
    }

    /// Whether values have come since the list was sorted by them.
    pub fn has_news(&self) -> bool {
        self.is_news
    }

    /// Whether the list waits for values to be sorted by.
    pub fn are_awaited(&self) -> bool {
        self.awaited
    }

    /// Returns the places of conversations in the order of a field; the others have no value, or none that was read.
    pub fn take_ranks(&mut self, field: usize) -> HashMap<ConversationId, i64> {
        self.is_news = false;
        let kept = self.kept.iter();
        let known = kept.filter_map(|(id, texts)| Some((*id, Key::of(texts.get(field)?)?)));
        let mut known: Vec<_> = known.collect();
        known.sort_unstable_by(|(a, one), (b, other)| one.cmp(other).then(a.cmp(b)));
        let mut ranks = HashMap::with_capacity(known.len());
        let (mut rank, mut before) = (0, None);
        for (id, key) in known {
            if before.as_ref() != Some(&key) {
                rank += 1;
            }
            ranks.insert(id, rank);
            before = Some(key);
        }
        ranks
    }

    /// Requests the values of the rows on the screen that are missing, or that may change; and of `all` rows, some at a
    /// time, if the list is to be sorted by them.
    pub fn ask(
        &mut self,
        shared: &Shared,
        on_screen: &[ConversationId],
        all: Option<&[ConversationId]>,
    ) {
        if self.filters.is_empty() {
            return;
        }
        let mut ids = on_screen.to_vec();
        self.awaited = false;
        if let Some(all) = all.filter(|_| self.kept.len() < MAX_SORTED) {
            let is_asked = |id: &ConversationId| !self.kept.contains_key(id);
            // As long as some of the last ones are missing, no others.
            let mut asked: Vec<_> = self.asked.iter().copied().filter(is_asked).collect();
            if asked.is_empty() {
                asked = all.iter().copied().filter(is_asked).take(BATCH).collect();
            } else {
                asked.clone_from(&self.asked);
            }
            self.awaited = asked.iter().any(is_asked);
            ids.extend(asked.iter().filter(|id| !on_screen.contains(id)));
        }
        let ids = &ids[..];
        let is_due = !self.made_for.finished && self.since.elapsed() >= READ_AGAIN;
        if self.asked == ids && !is_due {
            return;
        }
        self.since = Instant::now();
        self.asked = ids.to_vec();
        if all.is_none() && self.kept.len() > MAX_KEPT {
            self.kept.retain(|id, _| ids.contains(id));
        }
        let is_missing = |id: &&ConversationId| {
            let kept = self.kept.get(id);
            kept.is_none_or(|texts| is_due && texts.iter().any(String::is_empty))
        };
        let missing = ids.iter().filter(is_missing).copied().collect();
        shared
            .reader
            .fields(missing, self.made_for, Arc::clone(&self.filters));
    }

    /// Drops the values: conversations have been read in another way.
    pub fn forget(&mut self) {
        self.kept.clear();
        self.asked.clear();
    }
}
