//! The segments that one side has sent and the other has not acknowledged.

use crate::track::seq::before;
use std::{collections::VecDeque, ops::Range};

/// The maximum number of segments, as in Wireshark: a capture of one direction has no acknowledgments.
pub(super) const MAX_SEGMENTS: usize = 10_000;

/// The maximum number of segments that an acknowledgment may cut in two: only traffic made to overlap has more.
const MAX_CUT: usize = 64;

/// The maximum number of segments of the same sequence number that are compared with a new one.
const MAX_COMPARED: usize = 8;

/// A segment that takes up sequence numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub time_ns: i64,
    pub packet: u32,
    /// Its first unacknowledged sequence number.
    pub seq: u32,
    /// One past its last sequence number.
    pub next: u32,
}

/// A ring in the order of sequence numbers. Segments sent in order are added at the back and acknowledged at the front;
/// only those sent out of order are searched for.
#[derive(Clone, Debug, Default)]
pub(super) struct Unacknowledged {
    ring: VecDeque<Sent>,
    /// One past the last sequence number of all.
    end: u32,
}

impl Unacknowledged {
    pub fn is_full(&self) -> bool {
        self.ring.len() >= MAX_SEGMENTS
    }

    /// Frees its memory, if it holds nothing.
    pub fn free(&mut self) {
        if self.ring.is_empty() {
            self.ring = VecDeque::new();
        }
    }

    /// Reads a field of its memory.
    #[inline]
    pub fn touch(&self) -> u32 {
        self.ring.back().map_or(0, |sent| sent.seq)
    }

    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// Adds a segment. Of several with the same sequence numbers only those sent first count.
    #[inline]
    pub fn push(&mut self, sent: Sent) {
        let last = self.ring.back();
        if last.is_none() || before(self.end, sent.next) {
            self.end = sent.next;
        }
        match last {
            Some(last) if !before(last.seq, sent.seq) => self.insert(sent),
            _ => self.ring.push_back(sent),
        }
    }

    #[cold]
    fn insert(&mut self, sent: Sent) {
        let at = self
            .ring
            .partition_point(|other| !before(sent.seq, other.seq));
        let mut same = self.ring.range(..at).rev().take(MAX_COMPARED);
        if !same.any(|other| (other.seq, other.next) == (sent.seq, sent.next)) {
            self.ring.insert(at, sent);
        }
    }

    /// Removes what this number acknowledges. Returns the segment that ends there: the first that was sent, if there
    /// are several.
    #[inline]
    pub fn acknowledge(&mut self, ack: u32) -> Option<Sent> {
        let mut ends = None;
        while let Some(front) = self.ring.front()
            && !before(ack, front.next)
        {
            ends = first_sent(ends, *front, ack);
            self.ring.pop_front();
        }
        match self.ring.front() {
            Some(front) if before(front.seq, ack) => self.cut(ack, ends),
            _ => ends,
        }
    }

    /// Cuts segments at the front that are acknowledged in part; the rest of them begins at `ack`, and those between
    /// them are acknowledged in whole.
    fn cut(&mut self, ack: u32, mut ends: Option<Sent>) -> Option<Sent> {
        let mut gone = Range { start: 0, end: 0 };
        while let Some(&sent) = self.ring.get(gone.end)
            && before(sent.seq, ack)
        {
            if !before(ack, sent.next) {
                ends = first_sent(ends, sent, ack);
            } else if gone.start < MAX_CUT
                && let Some(kept) = self.ring.get_mut(gone.start)
            {
                *kept = Sent { seq: ack, ..sent };
                gone.start += 1;
            }
            gone.end += 1;
        }
        if !gone.is_empty() {
            self.ring.drain(gone);
        }
        ends
    }

    /// Returns the segment that was sent first among those with this sequence number or a later one.
    pub fn first_from(&self, seq: u32) -> Option<Sent> {
        let at = self.ring.partition_point(|sent| before(sent.seq, seq));
        self.ring
            .range(at..)
            .min_by_key(|sent| sent.packet)
            .copied()
    }

    /// Returns how many sequence numbers there are from the first to the last. None if everything is acknowledged.
    #[inline]
    pub fn span(&self) -> Option<u32> {
        let front = self.ring.front()?;
        Some(self.end.wrapping_sub(front.seq))
    }
}

/// Returns which of two segments was sent first, if the second ends at `ack`.
#[inline]
fn first_sent(known: Option<Sent>, sent: Sent, ack: u32) -> Option<Sent> {
    match known {
        _ if sent.next != ack => known,
        Some(known) if known.packet <= sent.packet => Some(known),
        _ => Some(sent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The simplest equivalent implementation: a list in the order of sending, searched from end to end.
    #[derive(Default)]
    struct Listed(Vec<Sent>);

    impl Listed {
        fn acknowledge(&mut self, ack: u32) -> Option<Sent> {
            let ends = self.0.iter().find(|sent| sent.next == ack).copied();
            self.0.retain(|sent| before(ack, sent.next));
            for sent in &mut self.0 {
                if before(sent.seq, ack) {
                    sent.seq = ack;
                }
            }
            ends
        }

        fn first_from(&self, seq: u32) -> Option<Sent> {
            self.0.iter().find(|sent| !before(sent.seq, seq)).copied()
        }

        fn span(&self) -> Option<u32> {
            // Far from where numbers wrap for these bounds, and so in the order of integers.
            let relative = |number: u32| number.wrapping_sub(BASE) as i32;
            let from = self.0.iter().map(|sent| relative(sent.seq)).min()?;
            let to = self.0.iter().map(|sent| relative(sent.next)).max()?;
            Some((to - from) as u32)
        }
    }

    /// Numbers wrap soon after this.
    const BASE: u32 = u32::MAX - 40;

    proptest! {
        /// In order or not, overlapping or not: both give the same results after each step.
        #[test]
        fn the_ring_says_what_the_list_says(
            steps in prop::collection::vec((any::<bool>(), 0_u32..120, 1_u32..30), 1..200)
        ) {
            let (mut ring, mut list) = (Unacknowledged::default(), Listed::default());
            for (at, (sends, place, length)) in steps.into_iter().enumerate() {
                let seq = BASE.wrapping_add(place);
                if sends {
                    let sent = Sent {
                        time_ns: at as i64,
                        packet: at as u32,
                        seq,
                        next: seq.wrapping_add(length),
                    };
                    ring.push(sent);
                    list.0.push(sent);
                } else {
                    prop_assert_eq!(ring.acknowledge(seq), list.acknowledge(seq));
                }
                prop_assert_eq!(ring.span(), list.span());
                let from = BASE.wrapping_add(length * 4);
                let packet = |sent: Option<Sent>| sent.map(|sent| sent.packet);
                prop_assert_eq!(packet(ring.first_from(from)), packet(list.first_from(from)));
            }
        }
    }

    /// Traffic made to overlap costs at most a bounded number of segments per acknowledgment.
    #[test]
    fn segments_that_all_overlap() {
        let mut ring = Unacknowledged::default();
        let sent = |packet: u32| Sent {
            time_ns: 0,
            packet,
            seq: packet,
            next: 100_000 + packet,
        };
        (0..5000).map(sent).for_each(|sent| ring.push(sent));
        assert_eq!(ring.acknowledge(6000), None);
        assert_eq!(ring.len(), MAX_CUT);
        assert_eq!(ring.span(), Some(104_999 - 6000));
        // The segment sent first stays.
        assert_eq!(ring.acknowledge(100_000).map(|sent| sent.packet), Some(0));
    }
}
