//! Tells others what has ended while a capture is read, which the store does not keep.

use super::Contents;
use crate::track::{ConversationId, Outcome, outcome};
use dissectors::Exchange;
use std::{collections::BTreeSet, sync::Arc};

/// Is told of what has ended. The store is locked meanwhile.
pub trait Listener: Send + Sync {
    /// These exchanges have ended. They come in the same order on any number of threads.
    fn exchanges(&self, contents: &Contents, ended: Vec<(ConversationId, Exchange)>);

    /// A conversation is about to be evicted with its last packet.
    fn departs(&self, _contents: &Contents, _id: ConversationId) {}
}

/// After this time without a packet nothing more of a connection that was closed is on its way, and datagrams that follow
/// are another conversation, nanoseconds: the maximum segment lifetime of RFC 9293, section 3.4.2.
const QUIET_NS: i64 = 120_000_000_000;

impl Contents {
    /// Sets the listener that is told what ends from now on; with none, nothing is collected for one.
    pub(crate) fn listen(&mut self, listener: Option<Arc<dyn Listener>>) {
        self.tracker.application.ended = listener.is_some().then(Vec::new);
        self.listener = listener;
    }

    /// Tells the listener what has ended since the last time.
    #[inline]
    pub(crate) fn tell(&mut self) {
        let Some(listener) = &self.listener else {
            return;
        };
        let ended = self.tracker.application.ended.as_mut();
        let ended = ended.map(std::mem::take).unwrap_or_default();
        if !ended.is_empty() {
            listener.exchanges(self, ended);
        }
    }

    /// Tells the listener that a conversation is about to be evicted, after its exchanges.
    pub(super) fn tell_departure(&mut self, id: ConversationId) {
        if self.listener.is_none() {
            return;
        }
        self.tracker.conclude(id);
        self.tell();
        if let Some(listener) = &self.listener {
            listener.departs(self, id);
        }
    }

    /// Returns the conversations of which nothing more is expected. At the end of the capture these are all.
    pub(crate) fn over(&self) -> BTreeSet<ConversationId> {
        let is_quiet = |end_ns: i64| self.latest_ns.saturating_sub(end_ns) >= QUIET_NS;
        let all = self.tracker.conversations();
        let over = all.filter(|(_, conversation)| {
            let may_go_on = |outcome| {
                matches!(
                    outcome,
                    Outcome::Open | Outcome::Ongoing | Outcome::HalfClosed(_)
                )
            };
            self.finished || is_quiet(conversation.end_ns) && !may_go_on(outcome(*conversation))
        });
        over.map(|(id, _)| id).collect()
    }

    /// Evicts conversations that are over, whatever packets of them are there. Returns the offset before which there are
    /// only packets of evicted conversations.
    pub(crate) fn let_go(&mut self, over: &BTreeSet<ConversationId>) -> u64 {
        for id in over {
            let Some(conversation) = self.tracker.get(*id) else {
                continue;
            };
            let last = conversation.last_packet;
            self.statistics.evict_conversation(conversation);
            self.evicted.conversations += u64::from(self.tracker.evict(*id, last, None));
        }
        let all = self.tracker.conversations();
        let first = all.map(|(_, conversation)| conversation.kept_from()).min();
        let first = first.unwrap_or(u32::MAX).min(self.packets.len() as u32);
        let record = self.packets.get(first);
        record.map_or(self.oldest.0, |record| record.offset())
    }
}
