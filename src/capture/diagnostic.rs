//! What was wrong with a capture, and where.

use crate::lang::{Count, text};
use std::fmt;

/// How many diagnostics are kept word for word; those after them are only counted.
pub const MAX_DIAGNOSTICS: usize = 1000;

/// Something that a capture should not hold, and that reading went past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where it is in the (decompressed) capture.
    pub offset: u64,
    /// The number of the last packet handed out before it, counting from 1; 0 if there was none.
    pub packet: u64,
    /// What it is.
    pub kind: Problem,
    /// It, in words, without the place.
    pub message: String,
}

/// The kinds of [`Diagnostic`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// The capture ends in the middle of a packet or block.
    CutShort,
    /// Bytes that belong to no packet or block were skipped.
    Garbage,
    /// A block of pcapng contradicts itself; said is what was made of it.
    BadBlock,
    /// A packet names an interface that the section did not describe; it is left out.
    BadInterface,
    /// The file could not be read on, or its compressed data is damaged.
    Unreadable,
    /// More of something than is kept: nothing of the packets is lost.
    TooMany,
    /// A peculiarity that loses nothing.
    Odd,
}

/// What a [`Diagnostic`] means for the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth saying; the capture was read whole.
    Information,
    /// Something is lost or damaged: the exit status is 1.
    Error,
}

impl Problem {
    pub(super) fn severity(self) -> Severity {
        match self {
            Problem::TooMany | Problem::Odd => Severity::Information,
            _ => Severity::Error,
        }
    }
}

impl Diagnostic {
    /// Whether something was lost.
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

/// `after packet 1,204, at offset 0x1f3a4: …`
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = format!("{:#x}", self.offset);
        let problem = &self.message;
        f.write_str(&match self.packet {
            0 => text!("problem-at", offset, problem),
            packet => text!("problem-after", packet = Count(packet), offset, problem),
        })
    }
}
