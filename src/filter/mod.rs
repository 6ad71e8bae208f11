//! Display filters in Wireshark's language: wireshark-filter(4).
//!
//! | file | holds |
//! |---|---|
//! | `macros.rs` | filters with a name that are used in others |
//! | `lexer.rs` | words, strings, operators |
//! | `syntax.rs` | the syntax tree |
//! | `fields.rs` | the fields that can be named, and their types |
//! | `literal.rs` | values as they are written, for a type |
//! | `check.rs` | the types of a filter, and the errors in it |
//! | `value.rs` | values, and how they compare |
//! | `headers/` | what is known of packets without dissecting them |
//! | `reach.rs` | which protocols a conversation cannot show |
//! | `eval.rs` | a filter and a packet |
//! | `values.rs` | the values of chosen fields, for tables |
//! | `examined.rs` | several filters and a packet, values of its fields for columns |
//! | `matcher.rs` | a filter and the packets of a capture |
//! | `search.rs` | the same on several threads |
//! | `matches.rs` | the packets for which it holds |
//! | `bpf.rs` | the display filter for a capture filter |
//!
//! A filter names fields that may occur several times in a packet, or not at all. `==` holds if any occurrence is equal,
//! `!=` if all occurrences differ; `===` and `!==` are their counterparts. No comparison with a field that a packet does
//! not have holds.

mod bpf;
mod check;
mod eval;
mod examined;
mod fields;
mod headers;
mod lexer;
mod literal;
mod macros;
mod matcher;
mod matches;
mod reach;
mod search;
mod syntax;
#[cfg(test)]
mod tests;
mod value;
mod values;

pub use eval::{FrameData, Occurrences};
pub use examined::Examined;
pub use fields::{
    Derived, IP_VERSION, Known, derivations, distance, group_number, known, meaning, names,
    severity_number, unknown,
};
pub use macros::{Macros, macro_names, named_line};
pub use matcher::{Matcher, interface_number, own_fields};
pub use matches::{MatchCount, Matches};
pub use search::{Search, on_threads, thread_count};
pub use value::Datum;
pub use values::{FirstValues, ValueReader};

use crate::lang::text;
use std::{collections::BTreeSet, fmt, ops::Range, str::FromStr};

/// A longer filter is refused, bytes.
const MAX_LENGTH: usize = 64 * 1024;

/// A display filter.
#[derive(Clone, Debug)]
pub struct Filter {
    text: String,
    test: Option<check::Test>,
    /// The fields that it needs; their places are the numbers in `test`.
    needs: Vec<&'static str>,
    has_references: bool,
}

/// Why a filter is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// What is wrong.
    pub reason: String,
    /// Where, in bytes of the filter.
    pub place: Range<usize>,
    /// Whether it would be valid with more text behind it.
    pub is_incomplete: bool,
    /// The display filter that means the same, if this is a capture filter.
    pub offer: Option<String>,
    filter: String,
}

impl FilterError {
    /// Returns the filter and a line with carets under the place.
    pub fn marked(&self) -> String {
        let filter = crate::format::printable(&self.filter);
        let until = |at: usize| {
            let before = self.filter.get(..at).unwrap_or(&self.filter);
            crate::cell::width(&crate::format::printable(before))
        };
        let (from, to) = (until(self.place.start), until(self.place.end));
        let marks = "^".repeat(to.saturating_sub(from).max(1));
        format!("{filter}\n{}{marks}", " ".repeat(from))
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}\n{}", self.reason, self.marked())
    }
}

impl std::error::Error for FilterError {}

/// An error without the filter that it is in.
#[derive(Debug)]
struct Wrong {
    reason: String,
    place: Range<usize>,
    is_incomplete: bool,
}

impl Wrong {
    fn new(reason: impl Into<String>, place: Range<usize>) -> Self {
        Wrong {
            reason: reason.into(),
            place,
            is_incomplete: false,
        }
    }

    /// The filter ends too early.
    fn incomplete(at: usize) -> Self {
        Wrong {
            reason: text!("filter-unexpected-end").to_owned(),
            place: at..at,
            is_incomplete: true,
        }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        Filter::parse(text).map_err(|wrong| {
            let offer = bpf::display_filter(text);
            let (reason, place) = match &offer {
                Some(filter) => (text!("filter-of-capture", filter), 0..text.len()),
                None => (wrong.reason, wrong.place),
            };
            FilterError {
                reason,
                place,
                offer,
                is_incomplete: wrong.is_incomplete,
                filter: text.to_owned(),
            }
        })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Filter {
    fn parse(text: &str) -> Result<Self, Wrong> {
        if text.len() > MAX_LENGTH {
            return Err(Wrong::new(text!("filter-too-long"), 0..0));
        }
        let tokens = lexer::tokens(text)?;
        let mut checker = check::Checker::default();
        let test = match syntax::parse(&tokens, text.len())? {
            None => None,
            Some(logic) => Some(checker.test(&logic)?),
        };
        Ok(Filter {
            text: text.to_owned(),
            test,
            needs: checker.needs,
            has_references: checker.has_references,
        })
    }

    /// Whether it refers to fields of the chosen packet: `${ip.src}`.
    pub fn has_references(&self) -> bool {
        self.has_references
    }

    /// Whether it is empty, and holds for every packet.
    pub fn is_empty(&self) -> bool {
        self.test.is_none()
    }

    /// Whether it only names fields, as a column does: `ip.ttl`, `ip.ttl or ipv6.hlim`.
    pub fn is_fields(&self) -> bool {
        fn names_fields(test: &check::Test) -> bool {
            match test {
                check::Test::Exists(check::Term::Field(field)) => !field.reference,
                check::Test::Or(list) => list.iter().all(names_fields),
                _ => false,
            }
        }
        self.test.as_ref().is_some_and(names_fields)
    }

    /// Returns the names of the fields that it needs.
    pub fn needs(&self) -> BTreeSet<&'static str> {
        self.needs.iter().copied().collect()
    }
}
