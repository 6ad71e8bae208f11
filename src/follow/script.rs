//! The content as it is read: blocks in order, their bytes from the capture, and a walk through them letter by letter.

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
    /// Who said it.
    pub from: Side,
    /// These bytes were not captured.
    pub missing: bool,
    /// The packet that made it readable.
    pub packet: u32,
    /// Where it begins in its side's stream.
    pub at: u64,
    /// One past its end there.
    pub end: u64,
}

/// A capture that bytes are read from.
pub struct Capture<'c> {
    /// Reads packets again.
    pub viewer: &'c mut Viewer,
    /// The conversation.
    pub id: ConversationId,
}

/// What has become of the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// There are more, or the last one is longer.
    Grown,
    /// They are not what they were.
    Other,
}

/// So much is read ahead and behind of what is looked for: reading up or down then reads each packet once.
const AHEAD: u64 = 32 * 1024;
const BEHIND: u64 = 8 * 1024;

/// So much of a block is looked at to guess its charset, from its first byte that is not ASCII on.
const SAMPLE: u64 = 32 * 1024;

/// That byte is looked for up to here.
const ASCII_LEAD: u64 = 1024 * 1024;

/// Between two blocks of one side there are no more than a block of the other side and gaps.
const NEXT_OF_SIDE: usize = 4;

/// Bytes of one side that are held in memory.
#[derive(Clone, Default)]
struct Window {
    at: u64,
    bytes: Vec<u8>,
}

/// The blocks of a conversation in the order in which they could be read.
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
    /// What each block's charset seems to be, where it has been looked at.
    guesses: Vec<Option<Charset>>,
    /// What a block seemed to be in that has become longer.
    doubted: Option<(usize, Charset)>,
    windows: PerSide<Window>,
}

impl Script {
    /// Nothing has been said yet.
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

    /// The blocks.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// One side's stream.
    pub fn stream(&self, from: Side) -> &Stream {
        &self.dialogue.streams[from]
    }

    /// The side that alone is shown.
    pub fn only(&self) -> Option<Side> {
        self.only
    }

    /// The charset that was asked for.
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

    /// Reads all blocks in this charset; without one, each in what it seems to be.
    pub fn read_as(&mut self, charset: Option<Charset>) {
        self.charset = charset;
    }

    /// Takes up what is known by now: what both sides said, and the blocks that it has for the side that `blocks` were
    /// made for.
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

    /// Whether a block that has become longer now seems to be in another charset.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
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

    /// The packet that carried the byte at this place first.
    pub fn packet_of(&self, from: Side, at: u64) -> Option<u32> {
        let stream = self.stream(from);
        let index = stream.piece_at(at)?;
        stream.pieces.get(index).map(|piece| piece.packet)
    }

    /// The bytes of one side from a place on: as many as wanted or as there are up to the next gap, but no more than
    /// are read at a time.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
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
        // Messages are counted from the first byte that was sent while the capture ran.
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
        // Where it was received from another packet on, nobody knows where secrets stand.
        let received = capture.viewer.messages_read_from(capture.id);
        if received.is_some_and(|first| first != self.dialogue.first)
            && !capture.viewer.show_secrets
        {
            window.bytes.fill(b'*');
        }
        Ok(())
    }

    /// Forgets what was read: secrets may stand in it, or be masked.
    pub fn forget(&mut self) {
        self.windows = Default::default();
    }

    /// The charset of a block, if it has been looked at.
    pub fn known_charset(&self, block: usize) -> Option<Charset> {
        self.charset
            .or_else(|| self.guesses.get(block).copied().flatten())
    }

    /// The charset of a block.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
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
        let bytes = self.bytes(capture, from, begin, (end - begin).min(SAMPLE))?;
        let last = datagrams && begin + bytes.len() as u64 == end;
        let guess = Charset::guess(bytes, last);
        if let Some(known) = self.guesses.get_mut(block) {
            *known = Some(guess);
        }
        Ok(guess)
    }

    /// Whether what a block ends with may go on in a later one.
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

/// The blocks that both sides said, or one; of datagrams each piece is one.
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

/// Takes what a walk comes by.
pub trait Sink {
    /// A block begins, with a letter that begins at this place of its side.
    fn begin(&mut self, index: usize, block: &Block, at: u64);
    /// What stands at a place.
    fn unit(&mut self, at: u64, unit: Unit);
    /// The block ends.
    fn end(&mut self);
    /// Bytes are missing.
    fn missing(&mut self, index: usize, block: &Block);
}

/// A place in a script, to go on from.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// The block.
    pub block: usize,
    /// Where in its side's stream; unset before its first byte.
    pub at: Option<u64>,
    /// Where a letter of each side began that had not ended when the other side spoke, and in which charset.
    carried: PerSide<Option<(u64, Charset)>>,
}

impl Walk {
    /// Whether a letter is waited for.
    pub fn is_waiting(&self) -> bool {
        self.carried.iter().any(Option::is_some)
    }

    /// Goes back to a place in the last block, which has become longer.
    pub fn reopen(&mut self, block: usize, from: Side, at: Option<u64>) {
        self.block = block;
        self.at = at;
        if at.is_some() {
            self.carried[from] = None;
        }
    }

    /// Goes on through some bytes; whether there are more.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
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
                // Half a letter says nothing about a charset.
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
