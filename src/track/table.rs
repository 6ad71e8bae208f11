//! Conversations by their number, which does not change when others are evicted.
//!
//! They are stored in chunks, in the order in which they began. The oldest chunk is freed as a whole once all its
//! conversations began before the first packet that is still there; those of them that are still alive are then kept
//! one by one. So memory is bounded by the number of live conversations, not of all past ones.

use super::ConversationId;
use std::collections::{BTreeMap, VecDeque};

/// Conversations per chunk: a tenth of a megabyte.
const PIECE: usize = 512;

/// The entry of such a conversation in a tree that is half full, and its allocation.
const ELDER_WEIGHT: u64 = 48;

/// What is kept of a conversation.
pub(super) trait Entry {
    /// Whether it has not been evicted.
    fn is_there(&self) -> bool;
}

/// What is kept of all conversations that have not been evicted.
pub(super) struct Table<T> {
    pieces: VecDeque<Vec<T>>,
    /// Number of chunks that were freed.
    left: usize,
    /// The live conversations of freed chunks.
    elders: BTreeMap<u32, Box<T>>,
    /// How many conversations there are.
    count: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table {
            pieces: VecDeque::new(),
            left: 0,
            elders: BTreeMap::new(),
            count: 0,
        }
    }
}

impl<T: Entry> Table<T> {
    /// Returns how many have begun, including those that were evicted: the number of the next one.
    pub fn began(&self) -> usize {
        let newest = self.pieces.back().map_or(PIECE, Vec::len);
        (self.left + self.pieces.len()) * PIECE + newest - PIECE
    }

    /// Returns how many conversations there are.
    pub fn count(&self) -> usize {
        self.count
    }

    #[inline]
    pub fn get(&self, id: u32) -> Option<&T> {
        let at = id as usize;
        let found = match (at / PIECE).checked_sub(self.left) {
            Some(piece) => self.pieces.get(piece)?.get(at % PIECE),
            None => self.elders.get(&id).map(Box::as_ref),
        };
        found.filter(|conversation| conversation.is_there())
    }

    #[inline]
    pub fn get_mut(&mut self, id: u32) -> Option<&mut T> {
        let at = id as usize;
        let found = match (at / PIECE).checked_sub(self.left) {
            Some(piece) => self.pieces.get_mut(piece)?.get_mut(at % PIECE),
            None => self.elders.get_mut(&id).map(Box::as_mut),
        };
        found.filter(|conversation| conversation.is_there())
    }

    /// Iterates over all of them, in the order in which they began.
    pub fn iter(&self) -> impl Iterator<Item = (ConversationId, &T)> {
        let elders = self.elders.iter().map(|(id, elder)| (*id, elder.as_ref()));
        let from = (self.left * PIECE) as u32;
        let others = (from..).zip(self.pieces.iter().flatten());
        elders
            .chain(others)
            .filter(|(_, conversation)| conversation.is_there())
            .map(|(id, conversation)| (ConversationId(id), conversation))
    }

    pub fn push(&mut self, conversation: T) {
        self.count += 1;
        match self.pieces.back_mut() {
            Some(last) if last.len() < PIECE => last.push(conversation),
            _ => {
                // A small capture does not allocate a full chunk.
                let room = if self.pieces.is_empty() { 16 } else { PIECE };
                let mut piece = Vec::with_capacity(room);
                piece.push(conversation);
                self.pieces.push_back(piece);
            }
        }
    }

    /// Records that a conversation is no longer there.
    pub fn removed(&mut self, id: u32) {
        self.elders.remove(&id);
        self.count -= 1;
    }

    /// Frees the oldest chunks while `is_past` is true of their last conversation; returns how many were freed by now.
    pub fn settle(&mut self, is_past: impl Fn(&T) -> bool) -> usize {
        while let Some(oldest) = self.pieces.front()
            && oldest.len() == PIECE
            && oldest.last().is_some_and(&is_past)
        {
            self.free_oldest();
        }
        self.left
    }

    /// Frees the oldest chunks until so many were freed.
    pub fn settle_to(&mut self, left: usize) {
        while self.left < left && !self.pieces.is_empty() {
            self.free_oldest();
        }
    }

    fn free_oldest(&mut self) {
        let Some(oldest) = self.pieces.pop_front() else {
            return;
        };
        let from = (self.left * PIECE) as u32;
        let alive = (from..).zip(oldest).filter(|(_, it)| it.is_there());
        self.elders.extend(alive.map(|(id, it)| (id, Box::new(it))));
        self.left += 1;
    }

    /// Returns what the live conversations of freed chunks take besides their records.
    pub fn elders_weight(&self) -> u64 {
        self.elders.len() as u64 * ELDER_WEIGHT
    }

    /// Returns the number of conversations for which memory is held.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.pieces.iter().map(Vec::capacity).sum::<usize>() + self.elders.len()
    }
}
