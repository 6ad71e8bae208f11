//! How much memory conversations take.
//!
//! A conversation is weighed at fixed packets, and only if a packet of it has come since it was weighed before. So the
//! cost is constant for each packet, and the sums depend on the conversations alone, not on the order in which they were
//! weighed.

use super::Conversation;

/// What a conversation takes besides its record, as it was last computed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weight {
    bytes: u32,
    /// Its messages were being read.
    is_active: bool,
    /// It is to be weighed.
    pub is_due: bool,
    /// Its session was ended to free memory, and nothing has come since.
    pub is_cut: bool,
    /// Its messages were not read to their end, because its session was ended to free memory.
    pub is_partial: bool,
}

/// What an allocation takes besides its bytes.
const ALLOCATION: usize = 16;

/// The most allocations of a conversation that are not counted each.
const ALLOCATIONS: usize = 4;

/// The weights of all conversations.
#[derive(Debug, Default)]
pub(super) struct Weights {
    /// Whether they are weighed: there is a limit.
    pub enabled: bool,
    /// The conversations that are to be weighed.
    due: Vec<u32>,
    /// The weight of all conversations besides their records, bytes.
    pub all: u64,
    /// That of the conversations whose messages are being read.
    pub active: u64,
    /// The conversations whose messages were not read to their end, because their session was ended to free memory.
    pub cut_short: u64,
}

impl Weights {
    /// Records that a conversation may have become heavier or lighter.
    #[inline]
    pub fn touch(&mut self, id: u32, conversation: &mut Conversation) {
        if self.enabled && !conversation.weight.is_due {
            conversation.weight.is_due = true;
            self.due.push(id);
        }
    }

    /// Takes the conversations that are to be weighed.
    pub fn take_due(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.due)
    }

    /// Returns the list for reuse.
    pub fn put_back(&mut self, mut due: Vec<u32>) {
        due.clear();
        if self.due.is_empty() {
            self.due = due;
        }
    }

    /// Weighs a conversation.
    pub fn weigh(&mut self, conversation: &mut Conversation) {
        let bytes = match conversation.allocated() {
            0 => 0,
            bytes => bytes + ALLOCATIONS * ALLOCATION,
        };
        self.remove(conversation);
        conversation.weight = Weight {
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
            is_active: conversation.is_active(),
            is_due: false,
            ..conversation.weight
        };
        self.all += u64::from(conversation.weight.bytes);
        if conversation.weight.is_active {
            self.active += u64::from(conversation.weight.bytes);
        }
    }

    /// Takes a conversation out of the sums.
    pub fn remove(&mut self, conversation: &mut Conversation) {
        let Weight {
            bytes, is_active, ..
        } = conversation.weight;
        self.all -= u64::from(bytes);
        if is_active {
            self.active -= u64::from(bytes);
        }
        conversation.weight.bytes = 0;
        conversation.weight.is_active = false;
    }
}

impl Weight {
    /// Returns the bytes.
    pub fn bytes(self) -> u64 {
        self.bytes.into()
    }
}
