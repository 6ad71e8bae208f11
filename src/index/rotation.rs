//! Divides a capture into periods of time, and tells when one of them has ended.
//!
//! A period ends with the first packet after it, so that the same packets have the same periods however fast they come;
//! or after silence, when the packet that would end it is overdue.

use super::Pipeline;
use crate::{
    store::{Contents, Store},
    track::ConversationId,
};
use parking_lot::RwLockWriteGuard;
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// Is told when a period has ended. The store is not locked, and no packet is added meanwhile.
pub trait Rotate: Send {
    /// Takes what is in the store.
    fn rotate(&mut self, store: &Store, period: &Period);
}

/// A period that has ended.
#[derive(Debug)]
pub struct Period {
    /// When it began, nanoseconds since the epoch. No other period has the same beginning.
    pub begins_ns: i64,
    /// The conversations of which nothing more is expected. They are evicted afterwards.
    pub over: BTreeSet<ConversationId>,
    /// Whether the capture has ended.
    pub is_last: bool,
}

/// The periods of a capture, and who is told of them.
pub(super) struct Rotation {
    clock: Clock,
    to: Box<dyn Rotate>,
}

impl Rotation {
    pub fn new(length: Duration, to: Box<dyn Rotate>) -> Self {
        Rotation {
            clock: Clock::new(length),
            to,
        }
    }

    /// Ends the period before the packet of this time, if that is after it.
    #[inline]
    pub fn before(
        &mut self,
        time_ns: i64,
        contents: &mut RwLockWriteGuard<Contents>,
        (store, pipeline): (&Store, &mut Pipeline),
    ) {
        if let Some(begins_ns) = self.clock.passes(time_ns) {
            self.end(begins_ns, contents, (store, pipeline));
        }
    }

    /// Notes that packets came just now.
    pub fn came(&mut self) {
        self.clock.came = Instant::now();
    }

    /// Ends the period if the packet that would end it is overdue.
    pub fn after_silence(
        &mut self,
        contents: &mut RwLockWriteGuard<Contents>,
        (store, pipeline): (&Store, &mut Pipeline),
    ) {
        if let Some(begins_ns) = self.clock.is_overdue().then(|| self.clock.close()) {
            self.end(begins_ns, contents, (store, pipeline));
        }
    }

    /// Whether the packet that would end the period is overdue.
    pub fn is_overdue(&self) -> bool {
        self.clock.is_overdue()
    }

    /// Ends the last period, at the end of the capture. A capture without packets has none.
    pub fn finish(
        &mut self,
        contents: &mut RwLockWriteGuard<Contents>,
        (store, pipeline): (&Store, &mut Pipeline),
    ) {
        if !contents.packets.is_empty() {
            let begins_ns = self.clock.close();
            self.end(begins_ns, contents, (store, pipeline));
        }
    }

    #[cold]
    fn end(
        &mut self,
        begins_ns: i64,
        contents: &mut RwLockWriteGuard<Contents>,
        (store, pipeline): (&Store, &mut Pipeline),
    ) {
        let period = Period {
            begins_ns,
            over: contents.over(),
            is_last: contents.finished,
        };
        for id in &period.over {
            contents.tracker.conclude(*id);
        }
        contents.tell();
        RwLockWriteGuard::unlocked(contents, || self.to.rotate(store, &period));
        if !period.is_last {
            let offset = contents.let_go(&period.over);
            pipeline.evict(contents, offset);
        }
    }
}

/// A clock that was set back is believed after this many packets in a row; fewer are late packets.
const LATE: u32 = 256;

/// How long after the end of a period packets are waited for that were captured before it.
const GRACE: Duration = Duration::from_secs(1);

/// Which period it is, by the times of packets.
struct Clock {
    length_ns: i64,
    /// When the current period begins by the times of its packets; none if it has no packet yet.
    begins_ns: Option<i64>,
    /// The beginning by which it is named: later than that of all before it, even if the clock was set back.
    named_ns: Option<i64>,
    /// How many packets in a row are older than the period before this one.
    late: u32,
    /// The time of the newest packet, and when it came.
    newest_ns: i64,
    came: Instant,
}

impl Clock {
    fn new(length: Duration) -> Self {
        Clock {
            length_ns: i64::try_from(length.as_nanos()).unwrap_or(i64::MAX).max(1),
            begins_ns: None,
            named_ns: None,
            late: 0,
            newest_ns: 0,
            came: Instant::now(),
        }
    }

    /// Goes on with a packet of this time; returns the name of the period that has ended, if one has.
    #[inline]
    fn passes(&mut self, time_ns: i64) -> Option<i64> {
        self.newest_ns = time_ns;
        let Some(begins_ns) = self.begins_ns else {
            self.begin(time_ns);
            return None;
        };
        let since_ns = time_ns.saturating_sub(begins_ns);
        if (-self.length_ns..self.length_ns).contains(&since_ns) {
            self.late = 0;
            return None;
        }
        if since_ns < 0 {
            self.late += 1;
            if self.late < LATE {
                return None;
            }
        }
        let ended_ns = self.close();
        self.begin(time_ns);
        Some(ended_ns)
    }

    #[cold]
    fn begin(&mut self, time_ns: i64) {
        let begins_ns = time_ns.saturating_sub(time_ns.rem_euclid(self.length_ns));
        self.begins_ns = Some(begins_ns);
        self.late = 0;
        let next = self
            .named_ns
            .map(|named| named.saturating_add(self.length_ns));
        self.named_ns = Some(next.map_or(begins_ns, |next| next.max(begins_ns)));
    }

    /// Ends the current period; returns its name.
    fn close(&mut self) -> i64 {
        if self.begins_ns.is_none() {
            // Nothing came after the period before it, which has ended in silence.
            self.begin(self.newest_ns);
        }
        self.begins_ns = None;
        self.named_ns.unwrap_or_default()
    }

    fn is_overdue(&self) -> bool {
        let Some(begins_ns) = self.begins_ns else {
            return false;
        };
        let until_ns = begins_ns.saturating_add(self.length_ns);
        let left_ns = until_ns.saturating_sub(self.newest_ns);
        let left = Duration::from_nanos(left_ns.clamp(0, self.length_ns) as u64);
        self.came.elapsed() >= left + GRACE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn clock() -> Clock {
        Clock::new(Duration::from_secs(300))
    }

    #[test]
    fn a_period_ends_with_the_first_packet_after_it() {
        let mut clock = clock();
        assert_eq!(clock.passes(1000 * SECOND), None);
        assert_eq!(clock.passes(1199 * SECOND), None);
        // A late packet belongs to the current period.
        assert_eq!(clock.passes(1200 * SECOND), Some(900 * SECOND));
        assert_eq!(clock.passes(1199 * SECOND), None);
        // Periods without packets are left out.
        assert_eq!(clock.passes(3000 * SECOND), Some(1200 * SECOND));
        assert_eq!(clock.close(), 3000 * SECOND);
        // Whatever comes after it has another name.
        assert_eq!(clock.passes(3001 * SECOND), None);
        assert_eq!(clock.close(), 3300 * SECOND);
        assert_eq!(clock.close(), 3600 * SECOND);
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_stop_the_rotation() {
        let mut clock = clock();
        clock.passes(90_000 * SECOND);
        let ended: Vec<_> = (0..2 * LATE)
            .filter_map(|_| clock.passes(1000 * SECOND))
            .collect();
        assert_eq!(ended, [90_000 * SECOND]);
        assert_eq!(clock.passes(1200 * SECOND), Some(90_300 * SECOND));
        for extreme in [i64::MAX, i64::MIN, i64::MAX, 0] {
            clock.passes(extreme);
        }
        assert_eq!(clock.close(), i64::MAX - i64::MAX % (300 * SECOND));
    }

    #[test]
    fn a_period_ends_in_silence() {
        let mut clock = Clock::new(Duration::from_millis(1));
        assert!(!clock.is_overdue());
        clock.passes(0);
        assert!(!clock.is_overdue());
        clock.came = Instant::now().checked_sub(2 * GRACE).unwrap();
        assert!(clock.is_overdue());
        clock.close();
        assert!(!clock.is_overdue());
    }
}
