//! How much memory conversations take.
//!
//! A conversation is weighed at fixed packets, and only if a packet of it has come since it was weighed before. So the
//! cost is constant for each packet, and the sums depend on the conversations alone, not on the order in which they were
//! weighed.

/// What a conversation takes besides its record, as it was last computed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weight(u32);

/// The bit of a conversation that is to be weighed; the others are the bytes.
const DUE: u32 = 1 << 31;

/// What an allocation takes besides its bytes.
const ALLOCATION: usize = 16;

/// The most allocations of a conversation that are not counted each.
const ALLOCATIONS: usize = 2;

/// The weights of all conversations.
#[derive(Debug, Default)]
pub(super) struct Weights {
    /// Whether they are weighed: there is a limit.
    pub enabled: bool,
    /// The conversations that are to be weighed.
    due: Vec<u32>,
    /// The weight of all conversations besides their records, bytes.
    pub all: u64,
}

impl Weights {
    /// Records that a conversation may have become heavier or lighter.
    #[inline]
    pub fn touch(&mut self, id: u32, weight: &mut Weight) {
        if self.enabled && weight.0 & DUE == 0 {
            weight.0 |= DUE;
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

    /// Weighs a conversation that has allocated so many bytes; returns what it takes.
    pub fn weigh(&mut self, weight: &mut Weight, allocated: usize) -> u64 {
        self.remove(weight);
        let bytes = match allocated {
            0 => 0,
            bytes => bytes + ALLOCATIONS * ALLOCATION,
        };
        *weight = Weight(bytes.min(DUE as usize - 1) as u32);
        self.all += weight.bytes();
        weight.bytes()
    }

    /// Takes a conversation out of the sum; returns what it took.
    pub fn remove(&mut self, weight: &mut Weight) -> u64 {
        let bytes = weight.bytes();
        weight.0 &= DUE;
        self.all -= bytes;
        bytes
    }
}

impl Weight {
    /// That of nothing.
    pub const NOTHING: Weight = Weight(0);

    /// Returns the bytes.
    pub fn bytes(self) -> u64 {
        u64::from(self.0 & !DUE)
    }
}
