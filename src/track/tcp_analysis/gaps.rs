//! The captured bytes of one side: all between the first and the last, except for gaps.

use crate::track::{Frame, seq::before};
use dissectors::FilledGap;
use std::num::NonZeroU32;

/// The maximum number of gaps: beyond it the oldest are dropped.
const MAX_GAPS: usize = 64;

/// Bytes that were not captured although later ones were.
#[derive(Clone, Copy, Debug)]
struct Gap {
    start: u32,
    end: u32,
    /// The packet after it, which showed it, and its time.
    shown_by: NonZeroU32,
    shown_ns: i64,
}

/// The gaps of one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Gaps {
    /// The known gaps, the oldest first.
    known: Vec<Gap>,
    /// Whether bytes before this number were captured is not known.
    known_from: u32,
}

impl Gaps {
    /// Returns the memory of the gaps, bytes.
    pub fn weight(&self) -> usize {
        self.known.len() * size_of::<Gap>()
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Sets the sequence number of the first segment.
    pub fn begin(&mut self, seq: u32) {
        self.known_from = seq;
    }

    /// Records a segment that came while bytes before it were missing.
    #[cold]
    pub fn open(&mut self, start: u32, end: u32, frame: Frame) {
        if let Some(shown_by) = NonZeroU32::new(frame.number) {
            self.push(Gap {
                start,
                end,
                shown_by,
                shown_ns: frame.time_ns,
            });
        }
    }

    fn push(&mut self, gap: Gap) {
        if self.known.len() >= MAX_GAPS {
            let oldest = self.known.remove(0);
            if before(self.known_from, oldest.end) {
                self.known_from = oldest.end;
            }
        }
        self.known.push(gap);
    }

    /// Records bytes that came, up to `end` and no further than others before them. Returns which gap they fill or make
    /// smaller, the first in the stream if there are several, and how many of them had been captured before.
    pub fn fill(&mut self, start: u32, end: u32, frame: Frame) -> (Option<FilledGap>, u32) {
        let mut first: Option<Gap> = None;
        let mut filled = 0_u32;
        let mut behind = None;
        self.known.retain_mut(|gap| {
            let (from, to) = (later(start, gap.start), earlier(end, gap.end));
            if !before(from, to) {
                return true;
            }
            if first.is_none_or(|first| before(gap.start, first.start)) {
                first = Some(*gap);
            }
            filled = filled.saturating_add(to.wrapping_sub(from));
            let whole = *gap;
            match (from == whole.start, to == whole.end) {
                (true, true) => return false,
                (true, false) => gap.start = to,
                (false, true) => gap.end = from,
                (false, false) => {
                    gap.end = from;
                    behind = Some(Gap { start: to, ..whole });
                }
            }
            true
        });
        // A segment is within at most one gap.
        if let Some(behind) = behind {
            self.push(behind);
        }
        let from = later(start, self.known_from);
        let known = if before(from, end) {
            end.wrapping_sub(from)
        } else {
            0
        };
        let gap = first.map(|gap| FilledGap {
            shown_by: gap.shown_by,
            bytes: filled,
            known_ns: frame.time_ns.saturating_sub(gap.shown_ns),
        });
        (gap, known.saturating_sub(filled))
    }
}

fn earlier(a: u32, b: u32) -> u32 {
    if before(b, a) { b } else { a }
}

fn later(a: u32, b: u32) -> u32 {
    if before(a, b) { b } else { a }
}
