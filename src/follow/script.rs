//! The content as it is displayed: blocks in order, their bytes from the capture, and a walk through their characters.

use super::{
    Dialogue, Turn,
    charset::{Charset, Unit},
};
use crate::{
    track::{ConversationId, PerSide, Side, Stream},
    view::Viewer,
};
use std::{io, sync::Arc};

/// Bytes of one side that the other did not interrupt, or a gap in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The side that sent it.
    pub from: Side,
    /// These bytes were not captured.
    pub missing: bool,
    /// The packet that made it readable.
    pub packet: u32,
    /// Its offset in its side's stream.
    pub at: u64,
    /// The offset one past its end there.
    pub end: u64,
}

/// A capture that bytes are read from.
pub struct Capture<'c> {
    /// Reads packets again.
    pub viewer: &'c mut Viewer,
    /// The conversation.
    pub id: ConversationId,
}

/// How the blocks have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// They have not changed.
    None,
    /// There are more, or the last one is longer.
    Grown,
    /// They are different blocks.
    Other,
}

/// This many bytes are read before and after the requested ones: reading up or down then reads each packet once.
const AHEAD: u64 = 32 * 1024;
const BEHIND: u64 = 8 * 1024;

/// This many bytes of a block are examined to guess its charset, beginning with the first one that is not ASCII.
const SAMPLE: u64 = 32 * 1024;

/// The first byte that is not ASCII is searched for up to this offset.
const ASCII_LEAD: u64 = 1024 * 1024;

/// The maximum distance between two blocks of one side: a block of the other side and gaps.
const NEXT_OF_SIDE: usize = 4;

/// Bytes of one side that are held in memory.
#[derive(Clone, Default)]
struct Window {
    at: u64,
    bytes: Vec<u8>,
}

/// The blocks of a conversation in the order in which they became readable.
#[derive(Clone)]
pub struct Script {
    dialogue: Arc<Dialogue>,
    blocks: Vec<Block>,
    /// Each piece is a message of its own.
    datagrams: bool,
    /// Nothing more comes.
    finished: bool,
    only: Option<Side>,
    charset: Option<Charset>,
    /// The guessed charset of each block that has been examined.
    guesses: Vec<Option<Charset>>,
    /// The guessed charset of a block before it became longer.
    doubted: Option<(usize, Charset)>,
    windows: PerSide<Window>,
}

impl Script {
    /// Returns an empty script.
    pub fn new(datagrams: bool) -> Self {
        Script {
            dialogue: Arc::default(),
            blocks: Vec::new(),
            datagrams,
            finished: false,
            only: None,
            charset: None,
            guesses: Vec::new(),
            doubted: None,
            windows: Default::default(),
        }
    }

    /// Returns the blocks.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Returns one side's stream.
    pub fn stream(&self, from: Side) -> &Stream {
        &self.dialogue.streams[from]
    }

    /// Returns the side that is shown alone.
    pub fn only(&self) -> Option<Side> {
        self.only
    }

    /// Returns the charset that the user chose.
    pub fn charset(&self) -> Option<Charset> {
        self.charset
    }

    /// Shows both sides, or one.
    pub fn show_only(&mut self, only: Option<Side>) {
        self.only = only;
        self.build();
    }

    /// Whether each piece is a message of its own.
    pub fn is_of_datagrams(&self) -> bool {
        self.datagrams
    }

    /// Reads all blocks in this charset; without one, each in its guessed charset.
    pub fn read_as(&mut self, charset: Option<Charset>) {
        self.charset = charset;
    }

    /// Takes over what is known by now: the data of both sides, and the blocks for the side that `blocks` were made
    /// for.
    pub fn adopt(
        &mut self,
        dialogue: Arc<Dialogue>,
        (only, blocks): (Option<Side>, Vec<Block>),
        finished: bool,
    ) -> Change {
        let before = std::mem::replace(&mut self.blocks, blocks);
        let (ended, guesses) = (self.finished, std::mem::take(&mut self.guesses));
        self.dialogue = dialogue;
        self.finished = finished;
        self.windows = Default::default();
        match only == self.only {
            true => self.guesses.resize(self.blocks.len(), None),
            false => self.build(),
        }
        let Some((last, kept)) = before.split_last() else {
            return Change::Other;
        };
        let now = self.blocks.get(kept.len()).copied();
        let extended = now.is_some_and(|now| {
            let same = Block {
                end: last.end,
                ..now
            };
            same == *last && now.end >= last.end
        });
        if !extended || self.blocks.get(..kept.len()) != Some(kept) || ended {
            return Change::Other;
        }
        for (new, old) in self.guesses.iter_mut().zip(&guesses) {
            *new = *old;
        }
        if now.is_some_and(|now| now.end > last.end)
            && let Some(guess) = self.guesses.get_mut(kept.len())
        {
            self.doubted = guess.take().map(|guess| (kept.len(), guess));
        }
        match self.blocks == before {
            true => Change::None,
            false => Change::Grown,
        }
    }

    /// Whether the guessed charset of a block that has become longer has changed.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn is_other_charset(&mut self, capture: &mut Capture) -> io::Result<bool> {
        match (self.doubted.take(), self.charset) {
            (Some((block, before)), None) => Ok(self.charset_of(capture, block)? != before),
            _ => Ok(false),
        }
    }

    fn build(&mut self) {
        self.blocks = blocks(&self.dialogue, self.only, self.datagrams);
        self.guesses.clear();
        self.guesses.resize(self.blocks.len(), None);
    }

    /// Returns the packet that carried the byte at this offset first.
    pub fn packet_of(&self, from: Side, at: u64) -> Option<u32> {
        let stream = self.stream(from);
        let index = stream.piece_at(at)?;
        stream.pieces.get(index).map(|piece| piece.packet)
    }

    /// Returns the bytes of one side from an offset on: as many as wanted or as there are up to the next gap, and at
    /// most as many as are read at a time.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn bytes(
        &mut self,
        capture: &mut Capture,
        from: Side,
        at: u64,
        wanted: u64,
    ) -> io::Result<&[u8]> {
        let side = from;
        let held = |window: &Window| {
            let end = window.at + window.bytes.len() as u64;
            window.at <= at && at + wanted.min(AHEAD) <= end
        };
        if !held(&self.windows[side]) {
            self.load(capture, from, at)?;
        }
        let window = &self.windows[side];
        let begin = at
            .checked_sub(window.at)
            .map_or(usize::MAX, |begin| begin as usize);
        let rest = window.bytes.get(begin..).unwrap_or_default();
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        Ok(rest.get(..wanted).unwrap_or(rest))
    }

    fn load(&mut self, capture: &mut Capture, from: Side, at: u64) -> io::Result<()> {
        let stream = &self.dialogue.streams[from];
        let window = &mut self.windows[from];
        window.bytes.clear();
        let Some(mut first) = stream.piece_at(at) else {
            return Ok(());
        };
        let pieces = &stream.pieces;
        while first > 0 && stream.gap_before(first) == 0 && at - pieces[first].at < BEHIND {
            first -= 1;
        }
        window.at = pieces[first].at;
        // Messages are counted from the first byte that was sent during the capture.
        let received = stream.received.start;
        let mut end = window.at;
        for piece in pieces[first..]
            .iter()
            .take_while(|piece| piece.at < at + AHEAD)
        {
            if piece.at != end {
                break;
            }
            end = piece.end();
            let bytes = &mut window.bytes;
            capture
                .viewer
                .read_masked(capture.id, from, received, piece, bytes)?;
        }
        // If the messages were read from another packet on, the offsets of secrets are unknown.
        let received = capture.viewer.messages_read_from(capture.id);
        if received.is_some_and(|first| first != self.dialogue.first)
            && !capture.viewer.show_secrets
        {
            window.bytes.fill(b'*');
        }
        Ok(())
    }

    /// Drops the bytes that were read: they may contain secrets, or be masked.
    pub fn forget(&mut self) {
        self.windows = Default::default();
    }

    /// Returns the charset of a block, if it has been examined.
    pub fn known_charset(&self, block: usize) -> Option<Charset> {
        self.charset
            .or_else(|| self.guesses.get(block).copied().flatten())
    }

    /// Returns the charset of a block.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn charset_of(&mut self, capture: &mut Capture, block: usize) -> io::Result<Charset> {
        if let Some(charset) = self.known_charset(block) {
            return Ok(charset);
        }
        let Some(Block { from, at, end, .. }) = self.blocks.get(block).copied() else {
            return Ok(Charset::Utf8);
        };
        let mut begin = at;
        while begin < end.min(at + ASCII_LEAD) {
            let bytes = self.bytes(capture, from, begin, end - begin)?;
            match bytes.iter().position(|byte| !byte.is_ascii()) {
                Some(first) => {
                    begin += first as u64;
                    break;
                }
                None if bytes.is_empty() => break,
                None => begin += bytes.len() as u64,
            }
        }
        let datagrams = self.datagrams;
        let store = capture.viewer.store();
        let undeclared = store.read().tracker.undeclared_of(capture.id);
        let bytes = self.bytes(capture, from, begin, (end - begin).min(SAMPLE))?;
        let last = datagrams && begin + bytes.len() as u64 == end;
        let guess = Charset::guess(bytes, last, undeclared);
        if let Some(known) = self.guesses.get_mut(block) {
            *known = Some(guess);
        }
        Ok(guess)
    }

    /// Whether the last character of a block may go on in a later one.
    fn goes_on(&self, index: usize) -> bool {
        let Some(block) = self.blocks.get(index).filter(|_| !self.datagrams) else {
            return false;
        };
        let later = self.blocks.iter().skip(index + 1).take(NEXT_OF_SIDE);
        let next = later.into_iter().find(|later| later.from == block.from);
        match next {
            Some(next) => !next.missing && next.at == block.end,
            None => !self.finished,
        }
    }
}

/// Returns the blocks of both sides, or of one; each piece of datagrams is a block.
pub fn blocks(dialogue: &Dialogue, only: Option<Side>, datagrams: bool) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut end = PerSide::default();
    for (packet, turn) in dialogue.turns() {
        let (from, length, missing) = match turn {
            Turn::Said(from, piece) => (from, u64::from(piece.length), false),
            Turn::Missing(from, gap) => (from, gap, true),
        };
        let at = end[from];
        end[from] = at + length;
        if only.is_some_and(|only| only != from) {
            continue;
        }
        match blocks.last_mut() {
            Some(last)
                if last.from == from && last.missing == missing && last.end == at && !datagrams =>
            {
                last.end = at + length;
            }
            _ => blocks.push(Block {
                from,
                missing,
                packet,
                at,
                end: at + length,
            }),
        }
    }
    blocks
}

/// Receives the units of a walk.
pub trait Sink {
    /// A block begins, with a character that begins at this offset of its side's stream.
    fn begin(&mut self, index: usize, block: &Block, at: u64);
    /// A unit at an offset.
    fn unit(&mut self, at: u64, unit: Unit);
    /// The block ends.
    fn end(&mut self);
    /// Bytes are missing.
    fn missing(&mut self, index: usize, block: &Block);
}

/// A position in a script, to go on from.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// The block.
    pub block: usize,
    /// The offset in its side's stream; unset before its first byte.
    pub at: Option<u64>,
    /// The offset at which a character of each side began that had not ended before the other side's block, and its
    /// charset.
    carried: PerSide<Option<(u64, Charset)>>,
}

impl Walk {
    /// Whether the rest of a character is waited for.
    pub fn is_waiting(&self) -> bool {
        self.carried.iter().any(Option::is_some)
    }

    /// Goes back to an offset in the last block, which has become longer.
    pub fn reopen(&mut self, block: usize, from: Side, at: Option<u64>) {
        self.block = block;
        self.at = at;
        if at.is_some() {
            self.carried[from] = None;
        }
    }

    /// Goes on through some bytes; returns whether there are more.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn step(
        &mut self,
        script: &mut Script,
        capture: &mut Capture,
        sink: &mut impl Sink,
    ) -> io::Result<bool> {
        let Some(block) = script.blocks.get(self.block).copied() else {
            return Ok(false);
        };
        if block.missing {
            sink.missing(self.block, &block);
            self.block += 1;
            self.at = None;
            return Ok(true);
        }
        let carried = &mut self.carried[block.from];
        let at = match self.at {
            Some(at) => at,
            None => {
                let mut at = block.at;
                // Half a character does not show a charset.
                if let Some((began, charset)) = carried.take() {
                    at = began;
                    if let Some(guess) = script.guesses.get_mut(self.block) {
                        *guess = Some(charset);
                    }
                }
                sink.begin(self.block, &block, at);
                at
            }
        };
        let goes_on = script.goes_on(self.block);
        let charset = script.charset_of(capture, self.block)?;
        let bytes = script.bytes(capture, block.from, at, block.end - at)?;
        let complete = at + bytes.len() as u64 >= block.end;
        let mut used = 0;
        for (begin, unit) in charset.units(bytes, complete && !goes_on) {
            sink.unit(at + begin as u64, unit);
            used = begin + unit.length();
        }
        let reached = at + used as u64;
        self.at = Some(reached);
        if complete || used == 0 {
            if reached < block.end {
                *carried = Some((reached, charset));
            }
            sink.end();
            self.block += 1;
            self.at = None;
        }
        Ok(true)
    }
}
