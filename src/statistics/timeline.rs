//! Throughput over time: packets and bytes of both directions in a fixed number of buckets, which become wider as time
//! goes on.

use crate::{
    lang::text,
    store::{Contents, PacketRecord},
    track::Side,
};

/// The number of buckets. A chart has fewer columns than half of them.
const BUCKETS: usize = 2048;

/// A longer time than this is an error of a clock, and makes no chart: ten years. Nanoseconds.
pub const MAX_SPAN_NS: u64 = 10 * 365 * 86_400 * 1_000_000_000;

/// The narrowest bucket is this power of two of nanoseconds.
const MIN_SHIFT: u32 = 10;

/// Whose packets they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From clients to servers.
    ToServer,
    /// From servers to clients.
    ToClient,
    /// Packets without a conversation, and ICMP errors about one.
    Neither,
}

impl Direction {
    /// All of them.
    pub const ALL: [Direction; 3] = [Direction::ToServer, Direction::ToClient, Direction::Neither];
}

/// The packets of a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Packets of each direction.
    pub packets: [u64; 3],
    /// Bytes of whole frames of each direction.
    pub bytes: [u64; 3],
    /// Packets that show an error.
    pub errors: u64,
    /// The packet with the lowest number; 0 if there is none.
    pub first: u32,
    /// The first packet that shows an error; 0 if there is none.
    pub first_error: u32,
}

impl Bucket {
    /// Adds another one.
    pub fn add(&mut self, other: &Bucket) {
        for at in 0..3 {
            self.packets[at] += other.packets[at];
            self.bytes[at] += other.bytes[at];
        }
        self.errors += other.errors;
        self.first = lower(self.first, other.first);
        self.first_error = lower(self.first_error, other.first_error);
    }

    /// Whether it has no packets.
    pub fn is_empty(&self) -> bool {
        self.first == 0
    }
}

/// Returns the lower of two packets, where 0 is none.
fn lower(a: u32, b: u32) -> u32 {
    match (a, b) {
        (0, other) | (other, 0) => other,
        _ => a.min(b),
    }
}

/// Why there is no chart of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineError {
    /// There are no packets.
    Empty,
    /// All packets have the same time.
    OneTime,
    /// All packets are from before the first one by their time.
    Backwards,
    /// The times differ by more than [`MAX_SPAN_NS`]. Nanoseconds.
    TooLong(u64),
}

impl TimelineError {
    /// Returns it as a sentence.
    pub fn words(self) -> String {
        match self {
            TimelineError::Empty => text!("stats-no-packets").to_owned(),
            TimelineError::OneTime => text!("stats-one-time").to_owned(),
            TimelineError::Backwards => text!("stats-backwards").to_owned(),
            TimelineError::TooLong(ns) => {
                let years = ns / (365 * 86_400 * 1_000_000_000);
                text!("stats-absurd-time", years)
            }
        }
    }
}

/// Packets and bytes over time.
///
/// A packet from before the first one, whose clock was set back, is counted with the first one. So is nothing of a
/// timeline of a given time: packets outside of it are not counted.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// When the first bucket begins.
    begin_ns: i64,
    /// The width of a bucket as a power of two of nanoseconds.
    shift: u32,
    buckets: Vec<Bucket>,
    /// Whether packets outside are left out, rather than that it grows.
    is_fixed: bool,
    /// The packets before this one were counted.
    next: u32,
    /// The packets that were counted, and the last time.
    packets: u64,
    last_ns: i64,
    /// How many packets came from before the first one.
    early: u64,
}

impl Default for Timeline {
    fn default() -> Self {
        Timeline {
            begin_ns: 0,
            shift: MIN_SHIFT,
            buckets: Vec::new(),
            is_fixed: false,
            next: 1,
            packets: 0,
            last_ns: i64::MIN,
            early: 0,
        }
    }
}

impl Timeline {
    /// Returns an empty timeline of this time, from its first to its last nanosecond.
    pub fn between(begin_ns: i64, end_ns: i64) -> Self {
        let span = end_ns.abs_diff(begin_ns.min(end_ns));
        let mut shift = MIN_SHIFT;
        while span >> shift >= BUCKETS as u64 {
            shift += 1;
        }
        Timeline {
            begin_ns,
            shift,
            buckets: vec![Bucket::default(); (span >> shift) as usize + 1],
            is_fixed: true,
            last_ns: end_ns,
            ..Timeline::default()
        }
    }

    /// Adds a packet. An ICMP error (`is_report`) is of no direction: it is about a conversation, and no part of what that
    /// carried.
    pub(crate) fn add(
        &mut self,
        number: u32,
        record: &PacketRecord,
        is_error: bool,
        is_report: bool,
    ) {
        let conversation = record.conversation().filter(|_| !is_report);
        let side = conversation.map(|(_, side)| side);
        let direction = match side {
            Some(Side::Client) => Direction::ToServer,
            Some(Side::Server) => Direction::ToClient,
            None => Direction::Neither,
        };
        self.next = number.saturating_add(1);
        let Some(bucket) = self.bucket_mut(record.order_ns) else {
            return;
        };
        bucket.packets[direction as usize] += 1;
        bucket.bytes[direction as usize] += u64::from(record.original);
        bucket.first = lower(bucket.first, number);
        if is_error {
            bucket.errors += 1;
            bucket.first_error = lower(bucket.first_error, number);
        }
        self.packets += 1;
    }

    #[inline]
    fn bucket_mut(&mut self, time_ns: i64) -> Option<&mut Bucket> {
        if self.is_fixed {
            let since = u64::try_from(time_ns.checked_sub(self.begin_ns)?).ok()?;
            return match time_ns <= self.last_ns {
                true => self.buckets.get_mut((since >> self.shift) as usize),
                false => None,
            };
        }
        if self.buckets.is_empty() {
            self.begin_ns = time_ns;
            self.buckets.push(Bucket::default());
        }
        self.last_ns = self.last_ns.max(time_ns);
        self.early += u64::from(time_ns < self.begin_ns);
        // Without a sign the difference of any two times fits.
        let since = time_ns.max(self.begin_ns).abs_diff(self.begin_ns);
        let mut at = (since >> self.shift) as usize;
        if at >= self.buckets.len() {
            while since >> self.shift >= BUCKETS as u64 {
                self.widen();
            }
            at = (since >> self.shift) as usize;
            self.buckets
                .resize(self.buckets.len().max(at + 1), Bucket::default());
        }
        self.buckets.get_mut(at)
    }

    /// Makes the buckets twice as wide.
    fn widen(&mut self) {
        self.shift += 1;
        let halves = self.buckets.len().div_ceil(2);
        for at in 0..halves {
            let mut sum = self.buckets[2 * at];
            if let Some(second) = self.buckets.get(2 * at + 1) {
                sum.add(second);
            }
            self.buckets[at] = sum;
        }
        self.buckets.truncate(halves);
    }

    /// Adds packets that have come since, at most `most`; returns whether there are more. Packets that were evicted before
    /// they were added are taken over as they were counted then.
    pub fn go_on(&mut self, contents: &Contents, most: u32) -> bool {
        if self.next < contents.packets.first() {
            match self.is_fixed {
                true => self.next = contents.packets.first(),
                false => *self = contents.statistics.timeline.clone(),
            }
        }
        let from = self.next;
        let mut marks = contents.statistics.marks_from(from).peekable();
        let last = from.saturating_add(most.saturating_sub(1));
        for (number, record) in contents.packets.range(from, last) {
            let is_error = marks.next_if(|mark| *mark <= number).is_some();
            let is_report = contents.is_report(number);
            self.add(number, record, is_error, is_report);
        }
        (self.next as usize) <= contents.packets.len()
    }

    /// Returns the buckets, or why there is nothing to draw.
    ///
    /// # Errors
    ///
    /// Without packets, if all have the same time, and if their times are absurd.
    pub fn chart(&self) -> Result<&[Bucket], TimelineError> {
        let span = self.span_ns();
        match span {
            _ if self.packets == 0 && !self.is_fixed => Err(TimelineError::Empty),
            0 if self.early > 0 => Err(TimelineError::Backwards),
            0 => Err(TimelineError::OneTime),
            MAX_SPAN_NS.. => Err(TimelineError::TooLong(span)),
            _ => Ok(&self.buckets),
        }
    }

    /// Returns the buckets, without looking at whether a chart can be made of them.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// Returns the sums of `columns` columns of equal time from the first to the last packet, each with the time at which it
    /// begins, counted from the beginning. A column may be no narrower than a bucket: there may be fewer of them.
    ///
    /// # Errors
    ///
    /// As [`Timeline::chart`].
    pub fn columns(&self, columns: usize) -> Result<Vec<(u64, Bucket)>, TimelineError> {
        let buckets = self.chart()?;
        let columns = columns.clamp(1, buckets.len());
        let mut sums: Vec<(u64, Bucket)> = Vec::with_capacity(columns);
        for (at, bucket) in buckets.iter().enumerate() {
            let column = at * columns / buckets.len();
            if column >= sums.len() {
                sums.push(((at as u64) << self.shift, Bucket::default()));
            }
            if let Some((_, sum)) = sums.last_mut() {
                sum.add(bucket);
            }
        }
        Ok(sums)
    }

    /// Returns when it begins, nanoseconds since the epoch.
    pub fn begin_ns(&self) -> i64 {
        self.begin_ns
    }

    /// Returns the time from its begin to its last packet, nanoseconds.
    pub fn span_ns(&self) -> u64 {
        self.last_ns.max(self.begin_ns).abs_diff(self.begin_ns)
    }

    /// Returns the width of a bucket, nanoseconds.
    pub fn width_ns(&self) -> u64 {
        1 << self.shift
    }

    /// Returns how many packets have a time before that of the first one, with which they are counted.
    pub fn early(&self) -> u64 {
        self.early
    }

    /// Returns how many packets were counted.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    pub(super) fn weight(&self) -> u64 {
        (self.buckets.len() * size_of::<Bucket>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(time_ns: i64, length: u32) -> PacketRecord {
        PacketRecord::made(time_ns, length)
    }

    fn of(times: &[i64]) -> Timeline {
        let mut timeline = Timeline::default();
        for (at, time_ns) in times.iter().enumerate() {
            timeline.add(at as u32 + 1, &packet(*time_ns, 60), false, false);
        }
        timeline
    }

    #[test]
    fn no_chart_of_nothing_or_of_absurd_times() {
        assert_eq!(of(&[]).chart(), Err(TimelineError::Empty));
        assert_eq!(of(&[5, 5, 5]).chart(), Err(TimelineError::OneTime));
        assert_eq!(of(&[5, 3, -8]).chart(), Err(TimelineError::Backwards));
        let absurd = of(&[i64::MIN, i64::MAX]);
        assert_eq!(absurd.chart(), Err(TimelineError::TooLong(u64::MAX)));
        assert!(absurd.buckets().len() <= BUCKETS);
        assert!(of(&[0, 1]).chart().is_ok());
        assert_eq!(Timeline::between(7, 7).chart(), Err(TimelineError::OneTime));
        assert_eq!(Timeline::between(7, 3).chart(), Err(TimelineError::OneTime));
    }

    #[test]
    fn clocks_that_go_back() {
        let timeline = of(&[1_000_000, 2_000_000, 0, 1_500_000]);
        assert_eq!((timeline.early(), timeline.span_ns()), (1, 1_000_000));
        let first = timeline.buckets()[0];
        assert_eq!((first.packets[2], first.first), (2, 1));
    }

    #[test]
    fn a_part_of_the_time() {
        let mut part = Timeline::between(10_000, 20_000);
        for (number, time_ns) in [(1, 0), (2, 10_000), (3, 15_000), (4, 20_000), (5, 20_001)] {
            part.add(number, &packet(time_ns, 100), number == 3, false);
        }
        assert_eq!(part.packets(), 3);
        let errors: Vec<u32> = part.buckets().iter().map(|it| it.first_error).collect();
        assert_eq!(errors.iter().max(), Some(&3));
    }

    proptest! {
        /// However the buckets have grown, they hold all packets at their place.
        #[test]
        fn sums_are_kept(times in proptest::collection::vec(prop_oneof![0_i64..1 << 20, 0_i64..1 << 45, any::<i64>()], 1..200)) {
            let timeline = of(&times);
            prop_assert!(timeline.buckets().len() <= BUCKETS);
            let mut sum = Bucket::default();
            timeline.buckets().iter().for_each(|bucket| sum.add(bucket));
            prop_assert_eq!(sum.packets[2], times.len() as u64);
            prop_assert_eq!(sum.bytes[2], 60 * times.len() as u64);
            for (at, time_ns) in times.iter().enumerate() {
                let since = (*time_ns).max(times[0]).abs_diff(times[0]);
                let bucket = timeline.buckets()[(since / timeline.width_ns()) as usize];
                prop_assert!((1..=at as u32 + 1).contains(&bucket.first));
            }
            for columns in [1, 7, 80, 4000] {
                let Ok(columns) = timeline.columns(columns) else { continue };
                let mut all = Bucket::default();
                columns.iter().for_each(|(_, bucket)| all.add(bucket));
                prop_assert_eq!(all, sum);
            }
        }
    }
}
