//! The output of the program on a pipe: one pass over the store, written as text, JSON lines or CSV.

mod conversations;
mod explain;
mod export;
mod fields;
mod findings;
mod follow;
mod har;
mod info;
mod interfaces;
pub(crate) mod json;
mod layers;
mod objects;
mod packets;
mod save;
mod stats;
mod table;
mod transferred;
mod tshark;

pub use conversations::{ConversationOptions, conversations};
pub use explain::{ExplainOptions, explain};
pub use export::{exported, exported_period};
pub use fields::fields;
pub use findings::{FindingOptions, findings};
pub use follow::{FollowOptions, Style, find, follow};
pub use har::{HarOptions, har, har_to_file};
pub use info::{FileFacts, Hashes, info};
pub use interfaces::{data_link_types, interfaces};
pub(crate) use objects::hex;
pub use objects::{ObjectFile, each_object, objects};
pub use packets::{PacketOptions, Packets};
pub use save::{save, with_force};
pub use stats::stats;
pub use transferred::{Transferred, transferred};
pub use tshark::{Form, Layout, TsharkOptions, TsharkWriter, Wanted};

use crate::{
    capture::Reader,
    filter::{Filter, Search},
    format::printable,
    index::Index,
    ports::Ports,
    retention::Keep,
    store::{Contents, Store},
    track::{ConversationId, DecodeAs},
};
use std::{collections::BTreeSet, io, sync::atomic::AtomicBool};

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for people.
    Text,
    /// One JSON object per line.
    Json,
    /// Comma-separated values with a heading.
    Csv,
}

impl Format {
    /// Returns the format for the two options.
    pub fn from_switches(json: bool, csv: bool) -> Self {
        match (json, csv) {
            (true, _) => Format::Json,
            (_, true) => Format::Csv,
            _ => Format::Text,
        }
    }
}

/// Reads the whole capture.
pub fn load(reader: Reader, decode_as: DecodeAs) -> Store {
    let (mut index, _) = Index::of_file(reader, &decode_as, Keep::ALL);
    index.read_to_end(&AtomicBool::new(false));
    index.store().clone()
}

/// The conversations that are written.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The ports at either end.
    pub ports: Ports,
    /// If there is a display filter: the conversations of which it holds for a packet.
    pub filtered: Option<BTreeSet<ConversationId>>,
}

impl Selection {
    /// Returns the conversations with these ports of which a filter holds for a packet.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn of(store: &Store, ports: Ports, filter: Option<Filter>) -> io::Result<Self> {
        let filtered = match filter {
            Some(filter) => Some(Search::new(store, filter, 0).conversations()?),
            None => None,
        };
        Ok(Selection { ports, filtered })
    }

    /// Whether it has a conversation.
    pub fn has(&self, contents: &Contents, id: ConversationId) -> bool {
        let filtered = self.filtered.as_ref();
        self.ports.select(&contents.tracker, id) && filtered.is_none_or(|all| all.contains(&id))
    }
}

/// Returns a value for CSV: RFC 4180, section 2. A value that a spreadsheet would take for a formula is made text, and
/// control characters are shown, since it may be written to a terminal.
pub(crate) fn csv(value: &str) -> String {
    let value = printable(value);
    let risky = value.starts_with(['=', '+', '-', '@']) && value.parse::<f64>().is_err();
    let value = if risky { format!("'{value}") } else { value };
    match value.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", value.replace('"', "\"\"")),
        false => value,
    }
}
