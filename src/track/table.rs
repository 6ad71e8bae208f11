//! Where conversations stand: by their number, which stays what it is when others leave.
//!
//! They stand in pieces, in the order in which they began. The oldest piece leaves as a whole once all that stands in
//! it began before the first packet that is still there; what of it still lives is then kept by itself. So memory is
//! bounded by what is alive, not by what has been.

use super::{Conversation, ConversationId, SessionState};
use std::collections::{BTreeMap, VecDeque};

/// Conversations in a piece: a quarter of a megabyte.
const PIECE: usize = 512;

/// All conversations that have not been evicted.
#[derive(Default)]
pub(super) struct Table {
    pieces: VecDeque<Vec<Conversation>>,
    /// Pieces that have left.
    left: usize,
    /// What lives of the pieces that have left.
    elders: BTreeMap<u32, Box<Conversation>>,
    /// How many are there.
    count: usize,
}

impl Table {
    /// How many there have been, also those that were evicted: the number of the next one.
    pub fn began(&self) -> usize {
        let newest = self.pieces.back().map_or(PIECE, Vec::len);
        (self.left + self.pieces.len()) * PIECE + newest - PIECE
    }

    /// How many are there.
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

    /// All of them, in the order in which they began.
    pub fn iter(&self) -> impl Iterator<Item = (ConversationId, &Conversation)> {
        let elders = self.elders.iter().map(|(id, elder)| (*id, elder.as_ref()));
        let from = (self.left * PIECE) as u32;
        let others = (from..).zip(self.pieces.iter().flatten());
        elders
            .chain(others)
            .filter(|(_, conversation)| conversation.is_there())
            .map(|(id, conversation)| (ConversationId(id), conversation))
    }

    /// The same, to be changed.
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
                // A small capture should not pay for a full piece.
                let room = if self.pieces.is_empty() { 16 } else { PIECE };
                let mut piece = Vec::with_capacity(room);
                piece.push(conversation);
                self.pieces.push_back(piece);
            }
        }
    }

    /// Lets a conversation go; gives back what was known of what it said.
    pub fn remove(&mut self, id: u32) -> Option<SessionState> {
        let conversation = self.get_mut(id)?;
        let session = std::mem::take(&mut conversation.session);
        conversation.icmp = None;
        conversation.kept_from = 0;
        self.elders.remove(&id);
        self.count -= 1;
        Some(session)
    }

    /// Gives memory back: this is the first packet that is still there.
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

    /// Conversations for which there is memory.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.pieces.iter().map(Vec::capacity).sum::<usize>() + self.elders.len()
    }
}
