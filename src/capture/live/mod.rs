//! Live capture with libpcap: interfaces are opened, then one thread moves their packets into a capture file and does
//! nothing else. The rest of the program reads that file.
//!
//! | file | holds |
//! |---|---|
//! | `filter.rs` | capture filters, checked before anything is opened |
//! | `output.rs` | the files that are written |
//! | `pump.rs` | the thread |
//! | `source.rs` | an interface; `without.rs` replaces it in a build without libpcap |

#[cfg(feature = "live")]
mod filter;
mod output;
mod pump;
#[cfg_attr(not(feature = "live"), path = "without.rs")]
mod source;

pub use output::{Ring, Segment, Target};
pub use pump::{End, InterfaceProgress, Live, Progress, Stops};

use crate::{format::printable, lang::text};
use source::Source;
use std::fmt;
use std::ops::Range;

/// What is captured, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// Interfaces that are open but not read yet: everything that needs privileges is done.
pub struct Ready(Vec<Source>);

/// The reason why nothing can be captured.
#[derive(Debug)]
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
            OpenError::Down { name } => f.write_str(&text!("live-down", name)),
            OpenError::Refused { name, reason } => write!(f, "{name}: {reason}"),
            OpenError::NotBuilt => f.write_str(text!("live-not-built")),
        }
    }
}

impl std::error::Error for OpenError {}

/// A capture filter that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Opens the interfaces. Until [`Live::start`], only packets that the kernel's buffer cannot hold are lost.
///
/// # Errors
///
/// The reason, in words for the user.
pub fn open(options: &Options) -> Result<Ready, OpenError> {
    if let Some(filter) = &options.filter {
        source::check(filter).map_err(OpenError::Filter)?;
    }
    let sources = options.interfaces.iter();
    let sources = sources.map(|name| Source::open(name, options));
    Ok(Ready(sources.collect::<Result<_, _>>()?))
}
