//! Searches the content for a text or bytes, a little at a time.

use crate::{
    find::{Kind, Pattern},
    follow::{
        charset::Unit,
        script::{Block, Capture, Script, Sink, Walk},
    },
    format::{compose, composed, printable},
    lang::text,
    ui::panes::follow::layout::TextRow,
};
use std::{collections::VecDeque, io, time::Instant};

/// The maximum number of hits that are kept: more are not needed.
const MOST_HITS: usize = 1_000_000;

/// Bytes that are searched between two readings of the clock.
const SLICE: u64 = 32 * 1024;

/// Bytes beyond these in which a match of a regular expression may end.
const BEYOND: u64 = 4096;

/// A hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its offset in its side's stream.
    pub at: u64,
    /// Its block.
    pub block: u32,
    /// Its length in bytes.
    pub length: u32,
}

impl Hit {
    /// Returns its position in the order of the script.
    pub fn place(&self) -> (usize, u64) {
        (self.block as usize, self.at)
    }
}

/// A search, and its hits.
pub struct Search {
    /// What is searched for.
    pub pattern: Pattern,
    needle: Needle,
    walk: Walk,
    hits: Vec<Hit>,
    done: bool,
}

enum Needle {
    Text(Letters),
    Bytes(Matcher<u8>),
    Regex,
}

impl Search {
    /// Searches for a pattern. Text is found as it is decoded from its charset, a regular expression in the bytes.
    pub fn new(pattern: Pattern) -> Self {
        let needle = match pattern.kind {
            Kind::Hex => Needle::Bytes(Matcher::new(pattern.bytes().to_vec())),
            Kind::Regex => Needle::Regex,
            Kind::Text | Kind::ExactText => {
                let fold = pattern.kind == Kind::Text;
                let words = composed(&pattern.words);
                let folded = words
                    .chars()
                    .map(|letter| if fold { lower(letter) } else { letter });
                Needle::Text(Letters {
                    fold,
                    block: 0,
                    begun: None,
                    matcher: Matcher::new(folded.collect()),
                    found: Vec::new(),
                })
            }
        };
        Search {
            pattern,
            needle,
            walk: Walk::default(),
            hits: Vec::new(),
            done: false,
        }
    }

    /// Starts again, because the script is another one.
    pub fn restart(&mut self) {
        self.walk = Walk::default();
        self.hits.clear();
        self.done = false;
    }

    /// Returns the hits so far, in order.
    pub fn hits(&self) -> &[Hit] {
        &self.hits
    }

    /// Whether these are all.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Returns how many blocks have been searched.
    pub fn blocks(&self) -> usize {
        self.walk.block
    }

    /// Returns the offset reached within the block.
    pub fn reached(&self) -> Option<u64> {
        self.walk.at
    }

    /// Returns the message for a search without hits.
    pub fn nowhere(&self) -> String {
        text!("find-nowhere", words = printable(&self.pattern.words))
    }

    /// Returns the hits that overlap a line.
    pub fn hits_in(&self, row: &TextRow) -> &[Hit] {
        let before = |hit: &Hit| {
            let end = hit.at + u64::from(hit.length);
            hit.block < row.block || (hit.block == row.block && end <= row.at)
        };
        let first = self.hits.partition_point(before);
        let rest = &self.hits[first..];
        let inside = |hit: &Hit| hit.block == row.block && hit.at < row.end();
        &rest[..rest.partition_point(inside)]
    }

    /// Continues until the time is up.
    pub fn work(
        &mut self,
        script: &mut Script,
        capture: &mut Capture,
        until: Instant,
    ) -> io::Result<()> {
        while !self.done {
            let more = match &mut self.needle {
                Needle::Text(letters) => {
                    let more = self.walk.step(script, capture, letters)?;
                    self.hits.append(&mut letters.found);
                    more
                }
                Needle::Bytes(matcher) => {
                    let walk = &mut self.walk;
                    let hits = &mut self.hits;
                    stride(matcher, walk, hits, script, capture)?
                }
                Needle::Regex => self.pattern_in_part(script, capture)?,
            };
            self.done = !more || self.hits.len() >= MOST_HITS;
            if Instant::now() >= until {
                break;
            }
        }
        Ok(())
    }
}

impl Search {
    /// Searches the next part of a block for the regular expression. A match is at most as long as what is read beyond
    /// the part. Returns whether there is more.
    fn pattern_in_part(&mut self, script: &mut Script, capture: &mut Capture) -> io::Result<bool> {
        let walk = &mut self.walk;
        let Some(block) = script.blocks().get(walk.block).copied() else {
            return Ok(false);
        };
        let at = walk.at.unwrap_or(block.at);
        let wanted = (block.end - at).min(SLICE + BEYOND);
        let bytes = match block.missing {
            true => &[],
            false => script.bytes(capture, block.from, at, wanted)?,
        };
        let part = SLICE as usize;
        let mut from = 0;
        while let Some(found) = self.pattern.find(bytes, from).filter(|it| it.start < part) {
            from = found.end.max(found.start + 1);
            self.hits.push(Hit {
                at: at + found.start as u64,
                block: walk.block as u32,
                length: found.len() as u32,
            });
        }
        let reached = at + from.max(part) as u64;
        walk.at = Some(reached);
        if reached >= block.end || bytes.is_empty() {
            walk.block += 1;
            walk.at = None;
        }
        Ok(true)
    }
}

fn stride(
    matcher: &mut Matcher<u8>,
    walk: &mut Walk,
    hits: &mut Vec<Hit>,
    script: &mut Script,
    capture: &mut Capture,
) -> io::Result<bool> {
    let Some(block) = script.blocks().get(walk.block).copied() else {
        return Ok(false);
    };
    let at = walk.at.unwrap_or_else(|| {
        matcher.restart();
        block.at
    });
    let wanted = (block.end - at).min(SLICE);
    let bytes = match block.missing {
        true => &[],
        false => script.bytes(capture, block.from, at, wanted)?,
    };
    for (place, byte) in (at..).zip(bytes) {
        if let Some(begin) = matcher.feed(*byte, place) {
            hits.push(Hit {
                at: begin,
                block: walk.block as u32,
                length: (place + 1 - begin) as u32,
            });
        }
    }
    let reached = at + bytes.len() as u64;
    walk.at = Some(reached);
    if reached >= block.end || bytes.is_empty() {
        walk.block += 1;
        walk.at = None;
    }
    Ok(true)
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

/// Searches for characters as they are decoded.
struct Letters {
    fold: bool,
    block: u32,
    /// The beginning of a syllable of Hangul, its offset and its length in bytes: its rest may come in characters of
    /// its own.
    begun: Option<(char, u64, u64)>,
    matcher: Matcher<char>,
    found: Vec<Hit>,
}

impl Letters {
    fn feed(&mut self, letter: char, at: u64, length: u64) {
        let (mut letter, mut at, mut length) = (letter, at, length);
        if let Some((first, began, before)) = self.begun.take() {
            match compose(first, letter) {
                Some(whole) => (letter, at, length) = (whole, began, before + length),
                None => self.compare(first, began, before),
            }
        }
        match letter {
            '\u{1100}'..='\u{1112}' | '가'..='힣' => self.begun = Some((letter, at, length)),
            _ => self.compare(letter, at, length),
        }
    }

    fn compare(&mut self, letter: char, at: u64, length: u64) {
        let letter = if self.fold { lower(letter) } else { letter };
        if let Some(begin) = self.matcher.feed(letter, at) {
            self.found.push(Hit {
                at: begin,
                block: self.block,
                length: (at + length - begin) as u32,
            });
        }
    }

    fn complete(&mut self) {
        if let Some((letter, at, length)) = self.begun.take() {
            self.compare(letter, at, length);
        }
    }
}

impl Sink for Letters {
    fn begin(&mut self, index: usize, _block: &Block, _at: u64) {
        self.block = index as u32;
        self.begun = None;
        self.matcher.restart();
    }

    fn unit(&mut self, at: u64, unit: Unit) {
        match unit {
            Unit::Ascii(run) => {
                for (at, byte) in (at..).zip(run) {
                    self.feed(char::from(*byte), at, 1);
                }
            }
            Unit::Letter(letter, length) => self.feed(letter, at, length as u64),
            Unit::Bad => {
                self.complete();
                self.matcher.restart();
            }
        }
    }

    fn end(&mut self) {
        self.complete();
    }

    fn missing(&mut self, _index: usize, _block: &Block) {}
}

/// Knuth, Morris and Pratt: each item is examined once, so that the content may come in pieces.
struct Matcher<T> {
    needle: Vec<T>,
    /// For each number of matched items followed by a mismatch, how many of them still match.
    fallback: Vec<usize>,
    matched: usize,
    /// The offsets of the matched items.
    places: VecDeque<u64>,
}

impl<T: Copy + PartialEq> Matcher<T> {
    fn new(needle: Vec<T>) -> Self {
        let mut fallback = vec![0; needle.len()];
        let mut matched = 0;
        for at in 1..needle.len() {
            while matched > 0 && needle[at] != needle[matched] {
                matched = fallback[matched - 1];
            }
            matched += usize::from(needle[at] == needle[matched]);
            fallback[at] = matched;
        }
        Matcher {
            needle,
            fallback,
            matched: 0,
            places: VecDeque::new(),
        }
    }

    fn restart(&mut self) {
        self.matched = 0;
        self.places.clear();
    }

    /// Returns where the needle began, if it ends with this item.
    fn feed(&mut self, item: T, at: u64) -> Option<u64> {
        while self.matched > 0 && self.needle[self.matched] != item {
            self.matched = self.fallback[self.matched - 1];
        }
        if *self.needle.get(self.matched)? != item {
            self.places.clear();
            return None;
        }
        self.matched += 1;
        self.places.push_back(at);
        while self.places.len() > self.matched {
            self.places.pop_front();
        }
        if self.matched < self.needle.len() {
            return None;
        }
        let begin = self.places.front().copied();
        self.restart();
        begin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(needle: &str, text: &str) -> Vec<u64> {
        let mut matcher = Matcher::new(needle.chars().collect());
        let fed = (0..).zip(text.chars());
        fed.filter_map(|(at, letter)| matcher.feed(letter, at))
            .collect()
    }

    #[test]
    fn finds_what_begins_within_itself() {
        assert_eq!(found("aab", "aaab aab"), [1, 5]);
        assert_eq!(found("abab", "abababab"), [0, 4]);
        assert_eq!(found("ababac", "abababac"), [2]);
        assert!(found("", "abc").is_empty());
        assert_eq!(found("록", "회의록록"), [2, 3]);
    }

    /// Hangul is found in syllables and in parts of them, however the words were typed; but no part of a syllable.
    #[test]
    fn hangul_is_found_however_it_is_sent() {
        let parts = "\u{1112}\u{116c}\u{110b}\u{1174}\u{1105}\u{1169}\u{11a8}";
        let hits = |words: &str, sent: &str| {
            let mut search = Search::new(Pattern::new(words, Kind::Text).unwrap());
            let Needle::Text(letters) = &mut search.needle else {
                panic!("{words} is text");
            };
            for (at, letter) in sent.char_indices() {
                letters.unit(at as u64, Unit::Letter(letter, letter.len_utf8()));
            }
            letters.end();
            let hits = letters.found.iter().map(|hit| (hit.at, hit.length));
            hits.collect::<Vec<_>>()
        };
        for words in ["회의록", parts] {
            assert_eq!(hits(words, "a회의록"), [(1, 9)]);
            assert_eq!(hits(words, &format!("a{parts}b")), [(1, 21)]);
        }
        assert_eq!(hits("의로", parts), []);
        assert_eq!(hits("로", "로록로"), [(0, 3), (6, 3)]);
    }
}
