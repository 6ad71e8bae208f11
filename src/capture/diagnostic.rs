//! The errors in a capture, and their offsets.

use crate::lang::{Count, text};
use std::{fmt, sync::Arc};

/// How many diagnostics are kept in full; later ones are only counted.
pub const MAX_DIAGNOSTICS: usize = 1000;

/// An error in a capture that did not stop reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its offset in the (decompressed) capture.
    pub offset: u64,
    /// The number of the last packet returned before it, counting from 1; 0 if there was none.
    pub packet: u64,
    /// Its kind.
    pub kind: Problem,
    /// Its message, without the offset.
    pub message: String,
    /// The name of the file that it is about, if the capture has several.
    pub file: Option<Arc<str>>,
}

/// The kinds of [`Diagnostic`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// The capture ends in the middle of a packet or block.
    CutShort,
    /// Bytes that belong to no packet or block were skipped.
    Garbage,
    /// A block of pcapng contradicts itself; the message states how it was read.
    BadBlock,
    /// A packet names an interface that the section does not describe; it is left out.
    BadInterface,
    /// The file could not be read further, or its compressed data is damaged.
    Unreadable,
    /// More items of a kind than are kept: no packet is lost.
    TooMany,
    /// A peculiarity that loses nothing.
    Odd,
    /// One of several files cannot be read, or is no capture.
    FileLeftOut,
    /// Something about one of several files that loses nothing.
    FileNoted,
}

/// What a [`Diagnostic`] means for the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth reporting; the capture was read whole.
    Information,
    /// Something is lost or damaged: the exit status is 1.
    Error,
}

impl Problem {
    pub(super) fn severity(self) -> Severity {
        match self {
            Problem::TooMany | Problem::Odd | Problem::FileNoted => Severity::Information,
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

/// Formats it as `after packet 1,204, at offset 0x1f3a4: …`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self.kind, Problem::FileLeftOut | Problem::FileNoted) {
            return f.write_str(&self.message);
        }
        let offset = format!("{:#x}", self.offset);
        let problem = &self.message;
        if let Some(file) = &self.file {
            write!(f, "{file}: ")?;
        }
        f.write_str(&match self.packet {
            0 => text!("problem-at", offset, problem),
            packet => text!("problem-after", packet = Count(packet), offset, problem),
        })
    }
}
