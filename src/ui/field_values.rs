//! The values of a field that occur in the capture, for completing them: the reader's thread examines some packets of all
//! of it.

use super::{
    reader::{Progress, Reader, Work, WorkHandle},
    row_filters,
};
use crate::{
    columns::chosen,
    filter::{Examined, Filter},
    store::Store,
    view::{Details, Viewer},
};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// As many packets are examined, evenly spread over the capture, and for at most this long.
const EXAMINED: u32 = 3000;
const LONGEST: Duration = Duration::from_secs(3);

/// As many values are distinguished, and a longer one is not offered, bytes.
const MAX_VALUES: usize = 1000;
const MAX_VALUE: usize = 100;

type Found = Arc<Mutex<Vec<String>>>;

/// The values of a field, as they are found.
pub struct FieldValues {
    /// The name of the field.
    pub field: String,
    found: Found,
    /// Ends the search when it is dropped.
    _handle: WorkHandle,
}

impl FieldValues {
    /// Begins to search; nothing if this is no field.
    pub fn search(reader: &Reader, store: &Store, field: &str, show_secrets: bool) -> Option<Self> {
        let filter = chosen::field(field)?;
        let found = Found::default();
        let contents = store.read();
        let (first, last) = (contents.packets.first(), contents.packets.len() as u32);
        let work = Sampling {
            field: field.to_owned(),
            filter,
            show_secrets,
            next: first,
            last,
            step: (last.saturating_sub(first) / EXAMINED).max(1),
            details: Details::default(),
            counts: HashMap::new(),
            begun: Instant::now(),
            found: Arc::clone(&found),
        };
        Some(FieldValues {
            field: field.to_owned(),
            found,
            _handle: reader.sample(Box::new(work)),
        })
    }

    /// Returns the values that were found, as a filter writes them, the most frequent first.
    pub fn values(&self) -> Vec<String> {
        self.found.lock().clone()
    }
}

struct Sampling {
    field: String,
    filter: Filter,
    show_secrets: bool,
    next: u32,
    last: u32,
    step: u32,
    details: Details,
    counts: HashMap<String, u32>,
    begun: Instant,
    found: Found,
}

impl Sampling {
    /// Shows what was found.
    fn publish(&self) {
        let mut all: Vec<_> = self.counts.iter().collect();
        all.sort_by(|(a, one), (b, other)| other.cmp(one).then_with(|| a.cmp(b)));
        let values = all.into_iter().map(|(value, _)| value);
        let mut written: Vec<String> = Vec::new();
        for value in values.filter_map(|value| row_filters::literal(&self.field, value)) {
            if !written.contains(&value) {
                written.push(value);
            }
        }
        *self.found.lock() = written;
    }
}

impl Work for Sampling {
    fn advance(&mut self, viewer: &mut Viewer, until: Instant) -> Progress {
        viewer.show_secrets = self.show_secrets;
        viewer.absolute_seq = false;
        viewer.patience = Some(until);
        while self.next <= self.last && self.begun.elapsed() < LONGEST {
            let number = self.next;
            self.next = number.saturating_add(self.step);
            // It may have been evicted.
            if viewer.view(number, &mut self.details, true).is_ok() {
                let store = viewer.store().clone();
                let filters = [&self.filter];
                let packet = Examined::new(&store.read(), number, &self.details, filters);
                for value in packet.values(&self.filter) {
                    let is_new = !self.counts.contains_key(&value);
                    if value.len() <= MAX_VALUE && (!is_new || self.counts.len() < MAX_VALUES) {
                        *self.counts.entry(value).or_default() += 1;
                    }
                }
            }
            if Instant::now() >= until {
                return Progress {
                    more: true,
                    ..Progress::default()
                };
            }
        }
        self.publish();
        Progress {
            changed: true,
            ..Progress::default()
        }
    }

    /// What was found so far is enough.
    fn fail(&mut self, _reason: &str) {}
}
