//! Packets and bytes between addresses.

use crate::track::{Conversation, Side, SideCounts};
use hashbrown::HashMap;
use std::net::IpAddr;

/// The maximum number of pairs of addresses that are counted apart. Beyond it the smaller half becomes one sum.
pub const MAX_PAIRS: usize = 1 << 16;

/// What an entry takes in the table, which is half full and is copied when it grows, bytes.
const PAIR_WEIGHT: u64 = 3 * size_of::<((IpAddr, IpAddr), Counts)>() as u64;

/// Packets, and the bytes of their frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counts {
    /// Packets.
    pub packets: u64,
    /// Bytes of whole frames.
    pub bytes: u64,
}

impl Counts {
    /// Adds others.
    pub fn add(&mut self, other: Counts) {
        self.packets += other.packets;
        self.bytes += other.bytes;
    }

    /// Returns the sum.
    #[must_use]
    pub fn and(mut self, other: Counts) -> Counts {
        self.add(other);
        self
    }
}

impl From<&SideCounts> for Counts {
    fn from(side: &SideCounts) -> Self {
        Counts {
            packets: side.packets.into(),
            bytes: side.bytes,
        }
    }
}

/// Packets by their sender and receiver.
#[derive(Clone)]
pub struct PairTable {
    pairs: HashMap<(IpAddr, IpAddr), Counts, foldhash::fast::RandomState>,
    others: Counts,
    merged: u64,
    most: usize,
}

impl Default for PairTable {
    fn default() -> Self {
        PairTable {
            pairs: HashMap::default(),
            others: Counts::default(),
            merged: 0,
            most: MAX_PAIRS,
        }
    }
}

impl PairTable {
    /// Adds packets from one address to another.
    pub fn add(&mut self, from: IpAddr, to: IpAddr, counts: Counts) {
        if let Some(known) = self.pairs.get_mut(&(from, to)) {
            return known.add(counts);
        }
        if self.pairs.len() >= self.most {
            self.merge();
        }
        self.pairs.insert((from, to), counts);
    }

    /// Adds the packets of a conversation.
    pub fn add_conversation(&mut self, conversation: Conversation) {
        let (client, server) = (conversation.client.address, conversation.server.address);
        for (side, from, to) in [
            (Side::Client, client, server),
            (Side::Server, server, client),
        ] {
            let counts = Counts::from(conversation.side(side));
            if counts.packets > 0 {
                self.add(from, to, counts);
            }
        }
    }

    /// Adds all of another table.
    pub fn add_all(&mut self, other: &PairTable) {
        self.others.add(other.others);
        self.merged += other.merged;
        for ((from, to), counts) in &other.pairs {
            self.add(*from, *to, *counts);
        }
    }

    /// Makes one sum of the smaller half.
    #[cold]
    fn merge(&mut self) {
        let mut all: Vec<_> = self.pairs.drain().collect();
        // The addresses decide between equal ones, so that the result is always the same.
        all.sort_unstable_by_key(|((from, to), counts)| {
            (
                std::cmp::Reverse((counts.bytes, counts.packets)),
                *from,
                *to,
            )
        });
        for (_, counts) in all.drain(self.most / 2..) {
            self.others.add(counts);
            self.merged += 1;
        }
        self.pairs.extend(all);
    }

    /// Returns the pairs, in no order.
    pub fn pairs(&self) -> impl Iterator<Item = (IpAddr, IpAddr, Counts)> {
        self.pairs
            .iter()
            .map(|((from, to), counts)| (*from, *to, *counts))
    }

    /// Returns the sum of the pairs that are not counted apart, and how many they were. A pair that came again is counted
    /// again.
    pub fn others(&self) -> (Counts, u64) {
        (self.others, self.merged)
    }

    pub(super) fn weight(&self) -> u64 {
        self.pairs.len() as u64 * PAIR_WEIGHT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::Ipv4Addr;

    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn the_largest_stay() {
        let mut table = PairTable::default();
        for number in 0..3 * MAX_PAIRS as u32 {
            let bytes = u64::from(number % 7) * 100;
            let counts = Counts { packets: 1, bytes };
            table.add(address(number), address(0), counts);
            let large = Counts {
                packets: 1,
                bytes: 1000,
            };
            table.add(address(7), address(9), large);
        }
        assert!(table.pairs.len() <= MAX_PAIRS);
        let (others, merged) = table.others();
        assert!(others.packets == merged && merged > 0);
        let all = table.pairs().map(|(_, _, counts)| counts.packets);
        assert_eq!(all.sum::<u64>() + others.packets, 6 * MAX_PAIRS as u64);
        let large = table.pairs[&(address(7), address(9))];
        assert_eq!(large.packets, 3 * MAX_PAIRS as u64);
        assert!(table.weight() > 0);
    }

    proptest! {
        /// Nothing is lost, however small the table is.
        #[test]
        fn sums_are_kept(packets in proptest::collection::vec((0_u32..20, 0_u32..20, 1_u64..2000), 0..300), most in 2_usize..50) {
            let mut table = PairTable { most, ..PairTable::default() };
            for (from, to, bytes) in &packets {
                table.add(address(*from), address(*to), Counts { packets: 1, bytes: *bytes });
            }
            let mut sum = table.others().0;
            table.pairs().for_each(|(_, _, counts)| sum.add(counts));
            prop_assert!(table.pairs.len() <= most);
            let bytes = packets.iter().map(|(_, _, bytes)| bytes).sum::<u64>();
            prop_assert_eq!(sum, Counts { packets: packets.len() as u64, bytes });
        }
    }
}
