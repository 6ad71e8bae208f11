//! The values of fields in the columns of the list, read by the reader's thread for the rows on the screen.

use crate::{
    columns::chosen::filters,
    filter::Filter,
    track::ConversationId,
    ui::{app::Shared, reader::MadeFor},
};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// The values of this many conversations are kept: many screens full.
const MAX_KEPT: usize = 4096;

/// The minimum interval of reading them again while a capture grows, since later packets may have values.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// The values of the rows, and what was requested.
pub struct FieldCells {
    filters: Arc<[Filter]>,
    made_for: MadeFor,
    kept: HashMap<ConversationId, Vec<String>>,
    asked: Vec<ConversationId>,
    since: Instant,
}

impl Default for FieldCells {
    fn default() -> Self {
        FieldCells {
            filters: Arc::default(),
            made_for: MadeFor::default(),
            kept: HashMap::new(),
            asked: Vec::new(),
            since: Instant::now(),
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
                self.kept.insert(answer.id, answer.texts);
            }
        }
    }

    /// Returns the values of a conversation, if they have been read.
    pub fn of(&self, id: ConversationId) -> &[String] {
        self.kept.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Requests the values of the rows on the screen that are missing, or that may change.
    pub fn ask(&mut self, shared: &Shared, ids: &[ConversationId]) {
        if self.filters.is_empty() {
            return;
        }
        let is_due = !self.made_for.finished && self.since.elapsed() >= READ_AGAIN;
        if self.asked == ids && !is_due {
            return;
        }
        self.since = Instant::now();
        self.asked = ids.to_vec();
        if self.kept.len() > MAX_KEPT {
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
