//! The packets and conversations for which a filter holds, while a thread searches them.

use crate::track::ConversationId;
use parking_lot::RwLock;
use std::{collections::VecDeque, sync::Arc};

/// Bits in a word.
const WORD: u32 = u64::BITS;

/// The results of a search, which may continue. Copies show the same results.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    results: Arc<RwLock<Results>>,
    /// The version when this copy was made; see [`Matches::version`].
    seen: u64,
}

/// How far a search is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatchCount {
    /// The packets for which the filter holds.
    pub packets: u64,
    /// Their conversations.
    pub conversations: u64,
    /// The last packet to which it was applied.
    pub examined: u32,
    /// Why the search cannot continue.
    pub failure: Option<String>,
}

#[derive(Debug, Default)]
struct Results {
    packets: Bits,
    conversations: Bits,
    /// The conversations that were found since [`Matches::search_again`].
    renewed: Option<Bits>,
    examined: u32,
    /// Whether anything has changed since the last version.
    is_new: bool,
    version: u64,
    revision: u64,
    failure: Option<String>,
}

impl Matches {
    /// Returns results that compare equal to these until a new version begins.
    pub fn snapshot(&self) -> Self {
        Matches {
            results: Arc::clone(&self.results),
            seen: self.version(),
        }
    }

    /// Whether the filter holds for a packet, as far as that is known.
    pub fn holds(&self, packet: u32) -> bool {
        self.results.read().packets.contains(packet)
    }

    /// Whether it holds for any packet of a conversation.
    pub fn holds_in(&self, id: ConversationId) -> bool {
        self.results.read().conversations.contains(id.0)
    }

    /// Returns the last packet to which it was applied.
    pub fn examined(&self) -> u32 {
        self.results.read().examined
    }

    /// Returns how many packets and conversations there are by now.
    pub fn count(&self) -> MatchCount {
        let results = self.results.read();
        MatchCount {
            packets: results.packets.count,
            conversations: results.conversations.count,
            examined: results.examined,
            failure: results.failure.clone(),
        }
    }

    /// Returns a number that grows with each [`Matches::publish`] of something new.
    pub fn version(&self) -> u64 {
        self.results.read().version
    }

    /// Returns a number that grows when the result of a packet changes that had one before.
    pub fn revision(&self) -> u64 {
        self.results.read().revision
    }

    /// Adds the result of a packet that belongs to these conversations.
    pub fn add(&self, packet: u32, holds: bool, ids: impl IntoIterator<Item = ConversationId>) {
        let mut results = self.results.write();
        let results = &mut *results;
        let changes = results.packets.set(packet, holds);
        if changes && packet <= results.examined {
            results.revision += 1;
        }
        results.is_new |= changes;
        results.examined = results.examined.max(packet);
        if holds {
            for id in ids {
                results.conversations.set(id.0, true);
                if let Some(renewed) = &mut results.renewed {
                    renewed.set(id.0, true);
                }
            }
        }
    }

    /// Says that there are no packets to be examined up to this one.
    pub fn skip_to(&self, packet: u32) {
        let mut results = self.results.write();
        results.examined = results.examined.max(packet);
    }

    /// Drops the results of packets before this one, which were evicted.
    pub fn drop_before(&self, packet: u32) {
        self.results.write().packets.drop_before(packet);
    }

    /// Begins a second search, whose results replace those of the first one packet by packet.
    pub fn search_again(&self) {
        self.results.write().renewed = Some(Bits::default());
    }

    /// Ends the second search.
    pub fn searched_again(&self) {
        let mut results = self.results.write();
        if let Some(renewed) = results.renewed.take() {
            results.conversations = renewed;
            results.is_new = true;
        }
    }

    /// Begins a new version if anything has changed.
    pub fn publish(&self) {
        let mut results = self.results.write();
        if std::mem::take(&mut results.is_new) {
            results.version += 1;
        }
    }

    /// Stores why the search cannot continue.
    pub fn fail(&self, reason: String) {
        self.results.write().failure = Some(reason);
    }
}

/// Copies of one search are equal if they were made of the same version.
impl PartialEq for Matches {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.results, &other.results) && self.seen == other.seen
    }
}

/// A set of numbers, one bit for each.
#[derive(Debug, Default)]
struct Bits {
    /// The words that were dropped at the front.
    dropped: usize,
    words: VecDeque<u64>,
    /// How many numbers there are.
    count: u64,
}

impl Bits {
    fn contains(&self, number: u32) -> bool {
        let word = ((number / WORD) as usize).checked_sub(self.dropped);
        let word = word.and_then(|at| self.words.get(at));
        word.is_some_and(|word| word >> (number % WORD) & 1 == 1)
    }

    /// Adds or removes a number; returns whether that is a change.
    fn set(&mut self, number: u32, to: bool) -> bool {
        if self.contains(number) == to {
            return false;
        }
        let Some(at) = ((number / WORD) as usize).checked_sub(self.dropped) else {
            return false;
        };
        if at >= self.words.len() {
            self.words.resize(at + 1, 0);
        }
        if let Some(word) = self.words.get_mut(at) {
            *word ^= 1 << (number % WORD);
        }
        self.count = match to {
            true => self.count + 1,
            false => self.count.saturating_sub(1),
        };
        true
    }

    /// Removes smaller numbers.
    fn drop_before(&mut self, number: u32) {
        let whole = (number / WORD) as usize;
        while self.dropped < whole
            && let Some(word) = self.words.pop_front()
        {
            self.dropped += 1;
            self.count = self.count.saturating_sub(word.count_ones().into());
        }
        if self.words.is_empty() {
            self.dropped = self.dropped.max(whole);
        }
        if self.dropped == whole
            && let Some(word) = self.words.front_mut()
        {
            let kept = *word & (u64::MAX << (number % WORD));
            let removed = (*word ^ kept).count_ones();
            self.count = self.count.saturating_sub(removed.into());
            *word = kept;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_added_removed_and_dropped() {
        let mut bits = Bits::default();
        for number in [1, 63, 64, 129, 200] {
            assert!(bits.set(number, true));
            assert!(!bits.set(number, true));
        }
        assert_eq!(bits.count, 5);
        assert!(bits.contains(64) && !bits.contains(65) && !bits.contains(5000));
        assert!(bits.set(64, false) && !bits.contains(64));
        bits.drop_before(130);
        assert_eq!(bits.count, 1);
        assert!(!bits.contains(1) && !bits.contains(129) && bits.contains(200));
        assert!(!bits.set(3, true), "it was dropped");
        bits.drop_before(1000);
        assert!(bits.set(1001, true) && bits.contains(1001));
        assert_eq!(bits.count, 1);
    }

    #[test]
    fn a_second_search_replaces_results() {
        let matches = Matches::default();
        let (one, other) = (ConversationId(1), ConversationId(2));
        matches.add(1, true, [one]);
        matches.add(2, false, [other]);
        let before = matches.snapshot();
        assert_eq!(before, matches.snapshot());
        matches.publish();
        assert_ne!(before, matches.snapshot());
        let before = matches.snapshot();
        matches.add(2, false, [other]);
        matches.publish();
        assert_eq!(before, matches.snapshot(), "nothing has changed");
        assert!(before.holds(1) && before.holds_in(one) && !before.holds_in(other));
        assert_eq!(matches.revision(), 0);
        matches.search_again();
        matches.add(1, false, [one]);
        matches.add(2, true, [other]);
        assert!(matches.holds_in(one) && matches.holds_in(other));
        matches.searched_again();
        assert!(!matches.holds_in(one) && matches.holds_in(other));
        assert_eq!(matches.revision(), 2);
        assert_eq!(matches.count().packets, 1);
        assert_eq!(matches.count().examined, 2);
    }
}
