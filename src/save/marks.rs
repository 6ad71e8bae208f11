//! The user's marks: packets and whole conversations.

use super::choice::any;
use crate::{
    store::{Contents, PacketRecord},
    track::ConversationId,
};
use std::collections::BTreeSet;

/// Marks. Their memory depends only on the number of user actions: a conversation counts as one, however many packets
/// it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Conversations whose packets are all marked.
    conversations: BTreeSet<ConversationId>,
    /// Exceptions: marked packets, and in marked conversations those that are not marked.
    packets: BTreeSet<u32>,
}

impl Marks {
    /// Whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.conversations.is_empty() && self.packets.is_empty()
    }

    /// Whether a packet is marked.
    pub fn contains(&self, contents: &Contents, number: u32, record: &PacketRecord) -> bool {
        if self.is_empty() {
            return false;
        }
        let with_others = !self.conversations.is_empty()
            && any(contents, number, record, |id| {
                self.conversations.contains(&id)
            });
        self.packets.contains(&number) != with_others
    }

    /// Whether a conversation is marked.
    pub fn has(&self, id: ConversationId) -> bool {
        self.conversations.contains(&id)
    }

    /// Returns the marked conversations.
    pub fn conversations(&self) -> impl Iterator<Item = ConversationId> {
        self.conversations.iter().copied()
    }

    /// Returns the packets that were marked one by one.
    pub fn packets(&self) -> impl Iterator<Item = u32> {
        self.packets.iter().copied()
    }

    /// Marks a packet, or unmarks it. Returns whether it is marked now.
    pub fn toggle(&mut self, contents: &Contents, number: u32, record: &PacketRecord) -> bool {
        if !self.packets.remove(&number) {
            self.packets.insert(number);
        }
        self.contains(contents, number, record)
    }

    /// Marks all packets of a conversation, including those to come, or unmarks them. Returns whether they are marked
    /// now.
    pub fn toggle_conversation(&mut self, contents: &Contents, id: ConversationId) -> bool {
        self.packets.retain(|number| {
            let record = contents.packets.get(*number);
            record.is_some_and(|record| !any(contents, *number, record, |its| its == id))
        });
        let marked = !self.conversations.remove(&id);
        if marked {
            self.conversations.insert(id);
        }
        marked
    }

    /// Returns marks of these conversations only.
    pub fn of(conversations: impl IntoIterator<Item = ConversationId>) -> Self {
        Marks {
            conversations: conversations.into_iter().collect(),
            packets: BTreeSet::new(),
        }
    }
}
