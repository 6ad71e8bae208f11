//! What was wrong with a capture, and where.

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

impl Diagnostic {
    /// Whether something was lost.
    pub fn severity(&self) -> Severity {
        match self.kind {
            Problem::TooMany | Problem::Odd => Severity::Information,
            _ => Severity::Error,
        }
    }
}

/// `after packet 1,204, at offset 0x1f3a4: …`
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.packet > 0 {
            write!(f, "after packet {}, ", grouped(self.packet))?;
        }
        write!(f, "at offset {:#x}: {}", self.offset, self.message)
    }
}

/// A number with commas between its thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
