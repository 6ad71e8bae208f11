//! Divides the content into lines: a list of line beginnings, made a little at a time.

use super::cell;
use crate::{
    follow::{
        charset::Unit,
        script::{Block, Capture, Script, Sink, Walk},
    },
    lang::text,
    track::{PerSide, Side},
};
use std::{io, time::Instant};

/// How bytes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// As text, in lines.
    #[default]
    Text,
    /// Offset, bytes and ASCII.
    Hex,
    /// Hexadecimal without separators.
    Raw,
}

impl Mode {
    /// All modes, in the order in which they are switched.
    pub const ALL: [Mode; 3] = [Mode::Text, Mode::Hex, Mode::Raw];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Text => text!("follow-mode-text"),
            Mode::Hex => text!("follow-mode-hex"),
            Mode::Raw => text!("follow-mode-raw"),
        }
    }
}

/// The kind of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Bytes that were sent.
    Said,
    /// Bytes that continue the line above.
    Wrapped,
    /// A gap.
    Missing,
    /// The line above it was sent again with other bytes.
    Conflict,
}

/// A line of the screen. There may be millions of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRow {
    /// Its offset in its side's stream.
    pub at: u64,
    /// Its block.
    pub block: u32,
    /// How many bytes are in it; for a conflict, its index among those of its side.
    pub length: u16,
    /// Its kind.
    pub kind: RowKind,
}

/// Characters without a width could fill one line without end.
const MOST_BYTES: u64 = 4096;

/// Lines of hexadecimal that are made between two readings of the clock.
const SLICE: usize = 4096;

/// A packet that sent other bytes for a range that had been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The offset in its side's stream.
    pub at: u64,
    /// The packet of the later copy.
    pub packet: u32,
}

/// The lines of a script.
pub struct TextLayout {
    mode: Mode,
    walk: Walk,
    lines: Lines,
    /// The end of the last block whose lines are made.
    ended: u64,
    done: bool,
}

/// The lines themselves, and the one that has not ended.
struct Lines {
    columns: usize,
    rows: Rows,
    conflicts: PerSide<Vec<Conflict>>,
    /// How many of the conflicts have a line.
    noted: PerSide<usize>,
    block: u32,
    from: Side,
    begin: u64,
    end: u64,
    column: usize,
    /// A carriage return is only shown if no line ends after it.
    held: Option<u64>,
    /// The line continues the one above.
    wrapped: bool,
}

impl TextRow {
    /// Whether it shows bytes.
    pub fn is_said(&self) -> bool {
        matches!(self.kind, RowKind::Said | RowKind::Wrapped)
    }

    /// Returns the offset one past its last byte.
    pub fn end(&self) -> u64 {
        match self.is_said() {
            true => self.at + u64::from(self.length),
            false => self.at,
        }
    }
}

/// Lines are stored in chunks of this many, so that adding one never copies millions of others.
const PIECE: usize = 1 << 16;

/// Lines in order. None of the chunks is empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pieces: Vec<Vec<TextRow>>,
}

impl Rows {
    /// No lines.
    pub const NONE: &'static Rows = &Rows { pieces: Vec::new() };

    /// Returns the number of lines.
    pub fn len(&self) -> usize {
        match self.pieces.split_last() {
            Some((last, full)) => full.len() * PIECE + last.len(),
            None => 0,
        }
    }

    /// Returns a line.
    pub fn get(&self, at: usize) -> Option<&TextRow> {
        self.pieces.get(at / PIECE)?.get(at % PIECE)
    }

    /// Returns the last line.
    pub fn last(&self) -> Option<&TextRow> {
        self.pieces.last()?.last()
    }

    /// Returns how many lines precede the first one for which this does not hold.
    pub fn partition_point(&self, holds: impl Fn(&TextRow) -> bool) -> usize {
        let full = |piece: &Vec<TextRow>| piece.last().is_some_and(&holds);
        let piece = self.pieces.partition_point(full);
        match self.pieces.get(piece) {
            Some(rest) => piece * PIECE + rest.partition_point(&holds),
            None => self.len(),
        }
    }

    fn push(&mut self, row: TextRow) {
        match self.pieces.last_mut() {
            Some(last) if last.len() < PIECE => last.push(row),
            _ => self.pieces.push(vec![row]),
        }
    }

    fn pop(&mut self) {
        if let Some(last) = self.pieces.last_mut() {
            last.pop();
            if last.is_empty() {
                self.pieces.pop();
            }
        }
    }
}

impl TextLayout {
    /// Creates a layout with lines of this many columns.
    pub fn new(mode: Mode, columns: usize, conflicts: PerSide<Vec<Conflict>>) -> Self {
        TextLayout {
            mode,
            walk: Walk::default(),
            lines: Lines {
                // A Hangul syllable must fit, and a byte.
                columns: columns.max(4),
                rows: Rows::default(),
                conflicts,
                noted: PerSide::default(),
                block: 0,
                from: Side::Client,
                begin: 0,
                end: 0,
                column: 0,
                held: None,
                wrapped: false,
            },
            ended: 0,
            done: false,
        }
    }

    /// Returns the lines made so far.
    pub fn rows(&self) -> &Rows {
        &self.lines.rows
    }

    /// Whether these are all.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Whether it waits for the rest of a character at the end.
    pub fn is_waiting(&self) -> bool {
        self.walk.is_waiting()
    }

    /// Returns how many blocks have their lines.
    pub fn blocks(&self) -> usize {
        self.walk.block
    }

    /// Returns the offset reached within the block.
    pub fn reached(&self) -> Option<u64> {
        self.walk.at
    }

    /// Returns how many bytes a line has, if all have the same number.
    pub fn bytes_in_row(&self) -> usize {
        match self.mode {
            Mode::Raw => self.lines.columns / 2,
            // Offset, gap, three columns per byte, gaps, ASCII.
            _ if self.lines.columns >= 8 + 2 + 16 * 3 + 2 + 16 => 16,
            _ if self.lines.columns >= 8 + 2 + 8 * 3 + 1 + 8 => 8,
            _ => 4,
        }
    }

    /// Returns a conflict of a side.
    pub fn conflict(&self, from: Side, at: u16) -> Option<Conflict> {
        self.lines.conflicts[from].get(usize::from(at)).copied()
    }

    /// Returns the line that holds an offset of a block, if it has been made.
    pub fn find(&self, block: usize, at: u64) -> Option<usize> {
        let rows = &self.lines.rows;
        let key = (block, at);
        let behind = rows.partition_point(|row| (row.block as usize, row.at) <= key);
        if behind == rows.len() && !self.done {
            let last = rows.last()?;
            if (last.block as usize, last.end()) <= key {
                return None;
            }
        }
        let line = |at: &usize| {
            rows.get(*at)
                .is_some_and(|row| row.kind != RowKind::Conflict)
        };
        (0..behind).rev().find(line)
    }

    /// Resumes after the script has grown at its end: the last line may go on.
    pub fn resume(&mut self, script: &Script) {
        self.done = false;
        let last = match self.walk.at {
            Some(_) => None,
            None => self.walk.block.checked_sub(1),
        };
        let Some((index, block)) = last.and_then(|last| Some((last, *script.blocks().get(last)?)))
        else {
            return;
        };
        if block.end == self.ended {
            return;
        }
        let mut at = None;
        while let Some(row) = self.lines.rows.last().copied()
            && row.block as usize == index
        {
            self.lines.rows.pop();
            if row.is_said() {
                at = Some(row.at);
                self.lines.begin(index, &block, row.at);
                self.lines.wrapped = row.kind == RowKind::Wrapped;
                break;
            }
            self.lines.noted[block.from] -= 1;
        }
        self.walk.reopen(index, block.from, at);
    }

    /// Makes lines until the time is up.
    pub fn work(
        &mut self,
        script: &mut Script,
        capture: &mut Capture,
        until: Instant,
    ) -> io::Result<()> {
        while !self.done {
            let more = match self.mode {
                Mode::Text => self.walk.step(script, capture, &mut self.lines)?,
                Mode::Hex | Mode::Raw => self.stride(script),
            };
            self.done = !more;
            if self.walk.at.is_none() {
                let last = self.walk.block.checked_sub(1);
                let last = last.and_then(|last| script.blocks().get(last));
                self.ended = last.map_or(0, |block| block.end);
            }
            if Instant::now() >= until {
                break;
            }
        }
        Ok(())
    }

    /// Makes lines of the same number of bytes, which need not be read.
    fn stride(&mut self, script: &Script) -> bool {
        let Some(block) = script.blocks().get(self.walk.block) else {
            return false;
        };
        let mut at = self.walk.at.unwrap_or(block.at);
        if block.missing {
            self.lines.missing(self.walk.block, block);
            at = block.end;
        } else {
            self.lines.begin(self.walk.block, block, at);
            for _ in 0..SLICE {
                self.lines.end = (at + self.bytes_in_row() as u64).min(block.end);
                if self.lines.end == at {
                    break;
                }
                self.lines.close(false);
                at = self.lines.end;
            }
        }
        self.walk.at = Some(at);
        if at >= block.end {
            self.walk.block += 1;
            self.walk.at = None;
        }
        true
    }
}

impl Lines {
    /// Ends the line; `goes_on` is whether the next one continues it.
    fn close(&mut self, goes_on: bool) {
        self.rows.push(TextRow {
            at: self.begin,
            block: self.block,
            length: (self.end - self.begin) as u16,
            kind: match self.wrapped {
                true => RowKind::Wrapped,
                false => RowKind::Said,
            },
        });
        self.wrapped = goes_on;
        let side = self.from;
        while let Some(conflict) = self.conflicts[side].get(self.noted[side])
            && conflict.at < self.end
        {
            self.rows.push(TextRow {
                at: self.begin,
                block: self.block,
                length: self.noted[side] as u16,
                kind: RowKind::Conflict,
            });
            self.noted[side] += 1;
        }
        self.begin = self.end;
        self.column = 0;
    }

    /// Adds a character, to the next line if this one has no room.
    fn add(&mut self, at: u64, length: u64, width: impl Fn(usize) -> usize) {
        let full = self.column + width(self.column) > self.columns && at > self.begin;
        if full || at + length > self.begin + MOST_BYTES {
            self.end = at;
            self.close(true);
        }
        self.end = at + length;
        self.column = (self.column + width(self.column)).min(self.columns);
    }

    fn settle(&mut self) {
        if let Some(at) = self.held.take() {
            self.add(at, 1, |_| 1);
        }
    }
}

impl Sink for Lines {
    fn begin(&mut self, index: usize, block: &Block, at: u64) {
        self.block = index as u32;
        self.from = block.from;
        (self.begin, self.end) = (at, at);
        self.column = 0;
        self.held = None;
        self.wrapped = false;
    }

    fn unit(&mut self, at: u64, unit: Unit) {
        match unit {
            Unit::Letter('\n', length) => {
                self.held = None;
                self.end = at + length as u64;
                self.close(false);
            }
            Unit::Letter('\r', _) => {
                self.settle();
                self.held = Some(at);
            }
            Unit::Letter(letter, length) => {
                self.settle();
                self.add(at, length as u64, |column| cell::width(letter, column));
            }
            Unit::Bad => {
                self.settle();
                self.add(at, 1, |_| 1);
            }
            Unit::Ascii(run) => {
                self.settle();
                let (mut at, end) = (at, at + run.len() as u64);
                while at < end {
                    self.add(at, 1, |_| 1);
                    let room = (self.columns - self.column) as u64;
                    let room = room.min(MOST_BYTES - (self.end - self.begin));
                    let more = room.min(end - self.end);
                    self.end += more;
                    self.column += more as usize;
                    at = self.end;
                }
            }
        }
    }

    fn end(&mut self) {
        self.settle();
        if self.end > self.begin {
            self.close(false);
        }
    }

    fn missing(&mut self, index: usize, block: &Block) {
        self.rows.push(TextRow {
            at: block.at,
            block: index as u32,
            length: 0,
            kind: RowKind::Missing,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_takes_16_bytes() {
        assert_eq!(size_of::<TextRow>(), 16);
    }

    #[test]
    fn lines_in_pieces_are_lines_in_order() {
        let count = 2 * PIECE + 1;
        let mut rows = Rows::default();
        for at in 0..count as u64 {
            rows.push(TextRow {
                at,
                block: 0,
                length: 1,
                kind: RowKind::Said,
            });
        }
        for wanted in [0, 1, PIECE - 1, PIECE, PIECE + 1, count - 1, count] {
            let before = rows.partition_point(|row| row.at < wanted as u64);
            assert_eq!(before, wanted);
            assert_eq!(
                rows.get(wanted).map(|row| row.at as usize),
                (wanted < count).then_some(wanted)
            );
        }
        rows.pop();
        assert_eq!((rows.len(), rows.pieces.len()), (2 * PIECE, 2));
        assert_eq!(Rows::NONE.partition_point(|_| true), 0);
    }
}
