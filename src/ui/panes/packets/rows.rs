//! The listed packets: all of them, or those that the filter shows.

use crate::{
    save::Filter,
    store::{Contents, PacketRecord},
};
use std::time::{Duration, Instant};

/// At most this many packets are examined per frame, and for at most this long: the screen remains responsive.
const SLICE: u32 = 200_000;
const SLICE_TIME: Duration = Duration::from_millis(6);

/// The clock is read after this many packets.
const STEP: u32 = 4096;

/// The rows of the list. Without a filter nothing is kept: the difference of row and number is the number of the first
/// packet.
#[derive(Debug, Default)]
pub struct Rows {
    /// The numbers of the wanted packets, ascending.
    kept: Option<Vec<u32>>,
    /// The last packet that was examined.
    looked_at: u32,
    /// The first packet that is there.
    first: u32,
    /// The last one; 0 for none.
    all: u32,
    /// The last one that can be examined now: a display filter is applied to it.
    available: u32,
    stale: bool,
}

impl Rows {
    /// Finds the listed packets again after a change of the filter.
    pub fn refilter(&mut self) {
        self.stale = true;
    }

    /// Examines packets up to this one, as far as there is time. Returns how many rows were removed from the front of
    /// the list with evicted packets.
    pub fn sync(&mut self, contents: &Contents, to: u32, filter: &Filter) -> usize {
        let before = std::mem::replace(&mut self.first, contents.packets.first());
        self.all = to.max(self.first.saturating_sub(1));
        let matches = filter.matches.as_ref();
        self.available = matches.map_or(self.all, |it| it.examined().min(self.all));
        let mut left = (self.first - before.clamp(1, self.first)) as usize;
        let is_filtered = !filter.is_empty();
        if self.stale || self.kept.is_some() != is_filtered {
            self.kept = is_filtered.then(Vec::new);
            self.looked_at = 0;
            self.stale = false;
            left = 0;
        }
        let Some(kept) = &mut self.kept else {
            return left;
        };
        left = kept.partition_point(|number| *number < self.first);
        kept.drain(..left);
        self.looked_at = self.looked_at.max(self.first - 1);
        let started = Instant::now();
        let last = self.available.min(self.looked_at.saturating_add(SLICE));
        while self.looked_at < last {
            let to = last.min(self.looked_at + STEP);
            for (number, record) in contents.packets.range(self.looked_at + 1, to) {
                if is_wanted(contents, filter, number, record) {
                    kept.push(number);
                }
            }
            self.looked_at = to;
            if started.elapsed() >= SLICE_TIME {
                break;
            }
        }
        left
    }

    /// Returns how many rows there are by now.
    pub fn len(&self) -> usize {
        match &self.kept {
            Some(kept) => kept.len(),
            None => (self.all + 1 - self.first.max(1)) as usize,
        }
    }

    /// Returns the packet in a row.
    pub fn number(&self, row: usize) -> Option<u32> {
        match &self.kept {
            Some(kept) => kept.get(row).copied(),
            None => (row < self.len()).then(|| row as u32 + self.first.max(1)),
        }
    }

    /// Returns the row of a packet, or of the nearest that is listed; none while that is not known.
    pub fn row_of(&self, number: u32) -> Option<usize> {
        if self.stale || number > self.all {
            return None;
        }
        let Some(kept) = &self.kept else {
            // For an evicted packet the first one that was not evicted is the nearest.
            return (number > 0).then(|| number.saturating_sub(self.first.max(1)) as usize);
        };
        let after = kept.partition_point(|kept| *kept < number);
        match (after.checked_sub(1), kept.get(after)) {
            (_, Some(next)) if *next == number => Some(after),
            (Some(before), Some(next)) if number - kept[before] <= *next - number => Some(before),
            (_, Some(_)) => Some(after),
            // The next one may still be found.
            (before, None) if !self.is_searching() => before,
            _ => None,
        }
    }

    /// Returns how much of the capture was examined, in percent; none when all of it was.
    pub fn progress(&self) -> Option<u32> {
        let evicted = self.first.saturating_sub(1);
        let [done, all] =
            [self.looked_at, self.all].map(|at| u64::from(at.saturating_sub(evicted)));
        self.is_searching()
            .then(|| (done * 100 / all.max(1)) as u32)
    }

    /// Whether there are packets that were not examined.
    pub fn is_searching(&self) -> bool {
        self.stale || self.kept.is_some() && self.looked_at < self.all
    }

    /// Whether some of them can be examined now.
    pub fn is_behind(&self) -> bool {
        self.stale || self.kept.is_some() && self.looked_at < self.available
    }
}

/// Whether the filter shows a packet.
fn is_wanted(contents: &Contents, filter: &Filter, number: u32, record: &PacketRecord) -> bool {
    filter.shows_packet(contents, number, |shows| match record.conversation() {
        Some((inner, _)) if shows(inner) => true,
        Some(_) if contents.has_tunnels() => contents
            .conversations_of(number)
            .iter()
            .any(|(id, _)| shows(*id)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(kept: Option<Vec<u32>>, looked_at: u32, all: u32) -> Rows {
        Rows {
            kept,
            looked_at,
            first: 1,
            all,
            available: all,
            stale: false,
        }
    }

    #[test]
    fn without_a_filter_rows_are_numbers() {
        let rows = rows(None, 0, 10);
        assert_eq!(rows.len(), 10);
        assert_eq!(rows.number(9), Some(10));
        assert_eq!(rows.number(10), None);
        assert_eq!(rows.row_of(10), Some(9));
        assert_eq!(rows.row_of(11), None);
        assert_eq!(rows.row_of(0), None);
    }

    #[test]
    fn rows_begin_with_the_first_packet_that_is_there() {
        let rows = Rows {
            first: 8,
            ..rows(None, 0, 10)
        };
        assert_eq!(rows.len(), 3);
        assert_eq!(rows.number(0), Some(8));
        assert_eq!(rows.number(3), None);
        assert_eq!(rows.row_of(10), Some(2));
        assert_eq!(rows.row_of(2), Some(0));
        assert_eq!(rows.row_of(11), None);
    }

    #[test]
    fn the_nearest_row_is_found() {
        let done = rows(Some(vec![4, 10]), 20, 20);
        assert_eq!(done.row_of(1), Some(0));
        assert_eq!(done.row_of(4), Some(0));
        assert_eq!(done.row_of(6), Some(0));
        assert_eq!(done.row_of(8), Some(1));
        assert_eq!(done.row_of(20), Some(1));
        assert_eq!(rows(Some(Vec::new()), 20, 20).row_of(3), None);
    }

    #[test]
    fn what_was_not_looked_at_is_waited_for() {
        let going = rows(Some(vec![4]), 10, 20);
        assert_eq!(going.row_of(15), None);
        assert_eq!(going.row_of(3), Some(0));
        assert_eq!(going.progress(), Some(50));
    }
}
