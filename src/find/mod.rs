//! Finds a text, bytes or a regular expression in what was captured. A search hides nothing, unlike a filter: it leads
//! from one match to the next.

mod pattern;
mod walk;

pub use pattern::{Kind, MAX_LENGTH, Pattern};
pub use walk::{Found, Order, Step, Walk};
