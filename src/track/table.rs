//! Conversations by their number, which does not change when others are evicted.
//!
//! They are stored in chunks, in the order in which they began. The oldest chunk is freed as a whole once all its
//! conversations began before the first packet that is still there; those of them that are still alive are then kept
//! one by one. So memory is bounded by the number of live conversations, not of all past ones.

use super::{Conversation, ConversationId, SessionState, connection::Connection};
use std::collections::{BTreeMap, VecDeque};

/// Conversations per chunk: a tenth of a megabyte.
const PIECE: usize = 512;

/// The entry of such a conversation in a tree that is half full, and its allocation.
const ELDER_WEIGHT: u64 = 48;

/// All conversations that have not been evicted.
#[derive(Default)]
pub(super) struct Table {
    pieces: VecDeque<Vec<Conversation>>,
    /// Number of chunks that were freed.
    left: usize,
    /// The live conversations of freed chunks.
    elders: BTreeMap<u32, Box<Conversation>>,
    /// How many conversations there are.
    count: usize,
}

impl Table {
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
    pub fn get(&self, id: u32) -> Option<&Conversation> {
        let at = id as usize;
        let found = match (at / PIECE).checked_sub(self.left) {
            Some(piece) => self.pieces.get(piece)?.get(at % PIECE),
            None => self.elders.get(&id).map(Box::as_ref),
        };
        found.filter(|conversation| conversation.is_there())
    }

    #[inline]
    pub fn get_mut(&mut self, id: u32) -> Option<&mut Conversation> {
        let at = id as usize;
        let found = match (at / PIECE).checked_sub(self.left) {
            Some(piece) => self.pieces.get_mut(piece)?.get_mut(at % PIECE),
            None => self.elders.get_mut(&id).map(Box::as_mut),
        };
        found.filter(|conversation| conversation.is_there())
    }

    /// Iterates over all of them, in the order in which they began.
    pub fn iter(&self) -> impl Iterator<Item = (ConversationId, &Conversation)> {
        let elders = self.elders.iter().map(|(id, elder)| (*id, elder.as_ref()));
        let from = (self.left * PIECE) as u32;
        let others = (from..).zip(self.pieces.iter().flatten());
        elders
            .chain(others)
            .filter(|(_, conversation)| conversation.is_there())
            .map(|(id, conversation)| (ConversationId(id), conversation))
    }

    /// Iterates mutably over all of them.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (ConversationId, &mut Conversation)> {
        let elders = self.elders.iter_mut();
        let elders = elders.map(|(id, elder)| (*id, elder.as_mut()));
        let from = (self.left * PIECE) as u32;
        let others = (from..).zip(self.pieces.iter_mut().flatten());
        elders
            .chain(others)
            .filter(|(_, conversation)| conversation.is_there())
            .map(|(id, conversation)| (ConversationId(id), conversation))
    }

    pub fn push(&mut self, conversation: Conversation) {
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

    /// Removes a conversation; returns the state of its session.
    pub fn remove(&mut self, id: u32) -> Option<SessionState> {
        let conversation = self.get_mut(id)?;
        let session = std::mem::take(&mut conversation.session);
        conversation.icmp = None;
        conversation.called = None;
        conversation.connection = Connection::Nothing;
        conversation.kept_from = 0;
        self.elders.remove(&id);
        self.count -= 1;
        Some(session)
    }

    /// Frees memory; `first_packet` is the first packet that is still there.
    pub fn settle(&mut self, first_packet: u32) {
        while let Some(oldest) = self.pieces.front()
            && oldest.len() == PIECE
            && oldest
                .last()
                .is_some_and(|last| last.first_packet < first_packet)
            && let Some(oldest) = self.pieces.pop_front()
        {
            let from = (self.left * PIECE) as u32;
            let alive = (from..).zip(oldest).filter(|(_, c)| c.is_there());
            self.elders.extend(alive.map(|(id, c)| (id, Box::new(c))));
            self.left += 1;
        }
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
