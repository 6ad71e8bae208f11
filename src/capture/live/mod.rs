//! Live capture with libpcap. A process of its own opens the interfaces and moves their packets into a capture file: it
//! looks into no packet, and cannot send any. The dissecting process reads that file; it holds no socket.
//!
//! | file | holds |
//! |---|---|
//! | `handle.rs` | the dissecting process's side: starts the other process, asks it, reads its reports |
//! | `message.rs` | what the two tell each other |
//! | `process.rs` | the capturing process: its beginning |
//! | `pump.rs` | its loop |
//! | `pipes.rs` | its pipes |
//! | `filter.rs` | capture filters, checked before anything is opened |
//! | `output.rs` | the files that are written |
//! | `progress.rs` | the state of a capture |
//! | `source.rs` | an interface; `without.rs` replaces it in a build without libpcap |

#[cfg(feature = "live")]
mod filter;
mod handle;
mod message;
mod output;
mod pipes;
mod process;
mod progress;
mod pump;
#[cfg_attr(not(feature = "live"), path = "without.rs")]
mod source;

pub use handle::{Live, Ready, Segment, StartError, open};
pub use output::{Ring, Target};
pub use process::{PROCESS, serve};
pub use progress::{End, InterfaceProgress, Limit, Progress, Stops};

use crate::{format::printable, lang::text};
use serde::{Deserialize, Serialize};
use source::Source;
use std::ops::Range;
use std::path::Path;
use std::{fmt, io};

/// What is captured, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// The interfaces' names; `any` is all of them.
    pub interfaces: Vec<String>,
    /// A filter in libpcap's language.
    pub filter: Option<String>,
    /// The maximum length that is kept of a packet, bytes.
    pub snaplen: u32,
    /// The kernel's buffer of each interface, bytes.
    pub buffer: u32,
    /// Packets for other machines are captured too.
    pub promiscuous: bool,
    /// The name of the link type, if it is not the usual one.
    pub link_type: Option<String>,
}

/// The reason why nothing can be captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OpenError {
    /// The filter is wrong.
    Filter(FilterError),
    /// There is no such interface.
    NoInterface {
        /// The requested name.
        name: String,
        /// The existing interfaces.
        there: Vec<String>,
    },
    /// The interface is not up.
    Down {
        /// The interface.
        name: String,
    },
    /// It has no such link type.
    LinkType {
        /// The interface.
        name: String,
        /// The requested link type.
        wanted: String,
        /// Those that it has.
        there: Vec<String>,
    },
    /// The system refuses.
    Refused {
        /// The interface.
        name: String,
        /// libpcap's message.
        reason: String,
    },
    /// This program was built without libpcap.
    NotBuilt,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Filter(error) => error.fmt(f),
            OpenError::NoInterface { name, there } => {
                let name = printable(name);
                let there = there.join(", ");
                f.write_str(&text!("live-no-interface", name, there))
            }
            OpenError::LinkType {
                name,
                wanted,
                there,
            } => {
                let (name, wanted) = (printable(name), printable(wanted));
                let there = there.join(", ");
                f.write_str(&text!("live-no-link-type", name, wanted, there))
            }
            OpenError::Down { name } => f.write_str(&text!("live-down", name)),
            OpenError::Refused { name, reason } => write!(f, "{name}: {reason}"),
            OpenError::NotBuilt => f.write_str(text!("live-not-built")),
        }
    }
}

impl std::error::Error for OpenError {}

/// A capture filter that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterError {
    /// The filter.
    pub filter: String,
    /// The range of the wrong bytes; empty and at the filter's end if something is missing.
    pub place: Option<Range<usize>>,
    /// The error.
    pub reason: String,
}

/// Two lines with a mark below the error:
///
/// ```text
/// the capture filter is wrong at "prot": syntax error
///   tcp prot 80
///       ^^^^
/// ```
impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = &self.reason;
        let shown = printable(&self.filter);
        let Some(place) = self.place.clone() else {
            let wrong = text!("live-filter-wrong", reason);
            return write!(f, "{wrong}\n  {shown}");
        };
        match self.filter.get(place.clone()) {
            Some(word) if !word.is_empty() => {
                let word = printable(word);
                writeln!(f, "{}", text!("live-filter-wrong-at", word, reason))?;
            }
            _ => writeln!(f, "{}", text!("live-filter-breaks-off", reason))?,
        }
        let before = self.filter.get(..place.start).unwrap_or_default();
        let indent = unicode_width::UnicodeWidthStr::width(before);
        let marks = "^".repeat(place.len().max(1));
        write!(f, "  {shown}\n  {}{marks}", " ".repeat(indent))
    }
}

impl std::error::Error for FilterError {}

/// Returns an error with the file that it is about, if that has a name.
fn about(file: Option<&Path>, error: &io::Error) -> String {
    match file {
        Some(file) => format!("{}: {error}", printable(&file.to_string_lossy())),
        None => error.to_string(),
    }
}
