//! Whether a sender used all of the window, in a capture that was made far from it.
//!
//! Next to the receiver everything is acknowledged at once, and nothing seems to be in flight. What passes there was sent by
//! the right edge of the window (RFC 9293, section 3.3.1) that had passed one round trip before. One edge at a time is
//! remembered, and held against the data that was sent while its sender knew of no newer one: the data that echoes its
//! TSval (RFC 7323, section 3), or, without timestamps, that came one round trip after it.

use crate::track::seq::before;
use dissectors::Segment;

/// A right edge of the window, as it was advertised to a sender.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Edge {
    /// One past the last byte that may be sent.
    right: u32,
    /// The window, bytes.
    window: u32,
    /// When it was advertised: TSval, or the time of the capture in units of 1024 ns.
    at: u32,
    state: State,
    has_timestamp: bool,
    /// The sender had no room for another segment before the latest edge that was looked at.
    pub is_limiting: bool,
}

/// What has come since an edge was advertised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// There is no edge.
    #[default]
    Nothing,
    /// No data of a sender that knows of it.
    Advertised,
    /// Data of a sender that knows of it.
    Known,
}

/// Returns a time in units of 1024 ns.
fn ticks(ns: i64) -> u32 {
    (ns >> 10) as u32
}

impl Edge {
    /// Whether an edge is remembered.
    #[inline]
    pub fn is_remembered(&self) -> bool {
        self.state != State::Nothing
    }

    /// Whether what a segment of the receiver advertises is to be remembered. Of several edges of one TSval, the last.
    #[inline]
    pub fn takes(&self, segment: &Segment) -> bool {
        !self.is_remembered()
            || self.has_timestamp
                && segment.options.timestamps.map(|(tsval, _)| tsval) == Some(self.at)
    }

    /// Remembers the edge that a segment of the receiver advertises.
    #[inline]
    pub fn advertise(&mut self, segment: &Segment, window: u32, time_ns: i64) {
        let timestamp = segment.options.timestamps.map(|(tsval, _)| tsval);
        if !self.is_remembered() {
            self.state = State::Advertised;
        }
        self.right = segment.ack.wrapping_add(window);
        self.window = window;
        self.at = timestamp.unwrap_or(ticks(time_ns));
        self.has_timestamp = timestamp.is_some();
    }

    /// Looks at new data of the sender. `path_ns` is the round trip from the capture to it, `newest` the end of what it
    /// had sent before, and `longest` the length of its longest segment. Returns how much was in flight if it had used
    /// all of the window.
    #[inline]
    pub fn used(
        &mut self,
        segment: &Segment,
        time_ns: i64,
        path_ns: i64,
        newest: u32,
        longest: u32,
    ) -> Option<u32> {
        let (is_known, is_over) = match (self.has_timestamp, segment.options.timestamps) {
            (true, Some((_, echo))) => (echo == self.at, before(self.at, echo)),
            (true, None) => (false, true),
            (false, _) => {
                // Round trips differ by some.
                let passed = ticks(time_ns).wrapping_sub(self.at);
                let (path, most) = (ticks(path_ns), ticks(path_ns.saturating_add(path_ns / 8)));
                (passed >= path, passed > most)
            }
        };
        if !is_over {
            if is_known {
                self.state = State::Known;
            }
            return None;
        }
        let was_known = self.state == State::Known;
        self.state = State::Nothing;
        if !was_known {
            return None;
        }
        self.is_limiting = before(self.right, newest.wrapping_add(longest));
        let acknowledged = self.right.wrapping_sub(self.window);
        self.is_limiting
            .then(|| newest.wrapping_sub(acknowledged).min(self.window))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissectors::SegmentOptions;

    const MS: i64 = 1_000_000;

    fn segment(ack: u32, timestamps: Option<(u32, u32)>) -> Segment {
        let options = SegmentOptions {
            timestamps,
            ..SegmentOptions::default()
        };
        Segment {
            ack,
            options,
            ..Segment::default()
        }
    }

    /// A window of 3000 bytes, segments of 1000, a path of 50 ms.
    #[test]
    fn by_the_timestamp() {
        let used = |newest: u32, echoes: &[u32]| {
            let mut edge = Edge::default();
            edge.advertise(&segment(7000, Some((10, 1))), 2000, 0);
            // A later one with the same TSval counts, one with another does not.
            assert!(edge.takes(&segment(8000, Some((10, 1)))));
            assert!(!edge.takes(&segment(8000, Some((11, 1)))));
            edge.advertise(&segment(7000, Some((10, 1))), 3000, 0);
            let mut data: Vec<_> = echoes
                .iter()
                .map(|echo| edge.used(&segment(0, Some((5, *echo))), 0, 50 * MS, newest, 1000))
                .collect();
            let last = data.pop().unwrap();
            assert!(data.iter().all(|flight| flight.is_none()));
            assert_eq!(edge.is_limiting, last.is_some());
            last
        };
        assert_eq!(used(10_000, &[9, 10, 11]), Some(3000));
        assert_eq!(used(9001, &[10, 12]), Some(2001));
        // There was room for one more.
        assert_eq!(used(9000, &[10, 11]), None);
        // The sender never sent anything by this edge: it got to know a newer one at the same time.
        assert_eq!(used(10_000, &[9, 11]), None);
        // It still sends by it.
        assert_eq!(used(10_000, &[9, 10]), None);
    }

    #[test]
    fn by_the_round_trip() {
        let used = |newest: u32, times: &[i64]| {
            let mut edge = Edge::default();
            edge.advertise(&segment(7000, None), 3000, 0);
            let data = times
                .iter()
                .map(|ms| edge.used(&segment(0, None), ms * MS, 50 * MS, newest, 1000));
            data.last().flatten()
        };
        assert_eq!(used(10_000, &[30, 51, 101]), Some(3000));
        assert_eq!(used(9000, &[30, 51, 101]), None);
        assert_eq!(used(10_000, &[30, 101]), None);
        assert_eq!(used(10_000, &[30, 51]), None);
    }
}
