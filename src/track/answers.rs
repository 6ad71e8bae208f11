//! How long answers took: a histogram for each protocol, of fixed size, with a relative error of at most 1/32.

/// How long answers took, by the name of the protocol.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    protocols: Vec<(&'static str, Histogram)>,
}

impl Answers {
    /// Adds the time of an answer.
    pub(super) fn add(&mut self, protocol: &'static str, ns: i64) {
        // There are few.
        let mut known = self.protocols.iter_mut();
        if let Some((_, times)) =
            known.find(|(name, _)| std::ptr::eq(*name, protocol) || *name == protocol)
        {
            return times.add(ns);
        }
        let mut times = Histogram::default();
        times.add(ns);
        self.protocols.push((protocol, times));
    }

    /// Returns the times of each protocol.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Histogram)> {
        self.protocols.iter().map(|(name, times)| (*name, times))
    }

    /// Returns how much memory they take, bytes.
    pub(super) fn weight(&self) -> u64 {
        (self.protocols.len() * size_of::<[u32; CLASSES]>()) as u64
    }
}

/// Each power of two of nanoseconds is divided into this many classes.
const STEPS: u64 = 32;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// Times below this have a class each; every further power of two has [`STEPS`].
const CLASSES: usize = (65 - STEP_BITS as usize) * STEPS as usize;

/// Times, counted in classes whose width grows with them.
#[derive(Clone)]
pub struct Histogram {
    classes: Box<[u32; CLASSES]>,
    count: u64,
    sum: u128,
    least: u64,
    most: u64,
}

impl std::fmt::Debug for Histogram {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{} times, {}..={}", self.count, self.least, self.most)
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram {
            classes: Box::new([0; CLASSES]),
            count: 0,
            sum: 0,
            least: u64::MAX,
            most: 0,
        }
    }
}

/// Returns the class of a time.
#[inline]
fn class(ns: u64) -> usize {
    let power = ns.max(STEPS).ilog2() - STEP_BITS;
    // In its power of two the highest bit is set, which counts as one more step.
    (u64::from(power) * STEPS + (ns >> power)) as usize
}

/// Returns the least time of a class; 0 behind the last one.
fn least(class: usize) -> u64 {
    let class = class as u64;
    let power = (class / STEPS).saturating_sub(1);
    (class - power * STEPS).checked_mul(1 << power).unwrap_or(0)
}

impl Histogram {
    /// Adds a time; a negative one counts as 0.
    #[inline]
    pub fn add(&mut self, ns: i64) {
        let ns = u64::try_from(ns).unwrap_or(0);
        if let Some(class) = self.classes.get_mut(class(ns)) {
            *class = class.saturating_add(1);
        }
        self.count += 1;
        self.sum += u128::from(ns);
        self.least = self.least.min(ns);
        self.most = self.most.max(ns);
    }

    /// Adds all times of another one.
    pub fn add_all(&mut self, other: &Histogram) {
        for (own, other) in self.classes.iter_mut().zip(other.classes.iter()) {
            *own = own.saturating_add(*other);
        }
        self.count += other.count;
        self.sum += other.sum;
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
    }

    /// Returns how many times there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the mean; none of no times.
    pub fn mean_ns(&self) -> Option<i64> {
        let mean = self.sum.checked_div(u128::from(self.count))?;
        i64::try_from(mean).ok()
    }

    /// Returns the shortest and the longest time; none of no times.
    pub fn range_ns(&self) -> Option<(i64, i64)> {
        (self.count > 0).then_some((self.least as i64, self.most as i64))
    }

    /// Returns the time that this share of all times does not exceed, within 1/32; none of no times, or for a share that
    /// is not from 0 to 1.
    pub fn percentile_ns(&self, share: f64) -> Option<i64> {
        if self.count == 0 || !(0.0..=1.0).contains(&share) {
            return None;
        }
        // The nearest rank.
        let rank = ((share * self.count as f64).ceil() as u64).clamp(1, self.count);
        let mut seen = 0;
        for (class, count) in self.classes.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= rank {
                let (from, to) = (least(class), least(class + 1).saturating_sub(1));
                let middle = from + (to.saturating_sub(from)) / 2;
                return Some(middle.clamp(self.least, self.most) as i64);
            }
        }
        Some(self.most as i64)
    }

    /// Returns the counts in classes that are `per_decade` to a power of ten, from the first that is not empty to the
    /// last, each with its least time.
    pub fn bars(&self, per_decade: u32) -> Vec<(i64, u64)> {
        let (Some((least_ns, most_ns)), true) = (self.range_ns(), per_decade > 0) else {
            return Vec::new();
        };
        let steps = f64::from(per_decade);
        let bar = |ns: u64| ((ns.max(1) as f64).log10() * steps + 1e-9).floor() as usize;
        let (first, last) = (bar(least_ns as u64), bar(most_ns as u64));
        let from = |bar: usize| 10_f64.powf(bar as f64 / steps).round() as i64;
        let mut bars: Vec<(i64, u64)> = (first..=last).map(|bar| (from(bar), 0)).collect();
        for (class, count) in self.classes.iter().enumerate() {
            if *count == 0 {
                continue;
            }
            let middle = least(class) + (least(class + 1).saturating_sub(least(class))) / 2;
            let at = bar(middle.clamp(self.least, self.most)) - first;
            if let Some((_, sum)) = bars.get_mut(at) {
                *sum += u64::from(*count);
            }
        }
        bars
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn classes_follow_each_other() {
        assert_eq!((class(0), class(31), class(32), class(63)), (0, 31, 32, 63));
        assert_eq!((class(64), class(65), class(66)), (64, 64, 65));
        assert_eq!((least(64), least(65), least(CLASSES)), (64, 66, 0));
        assert_eq!(class(u64::MAX), CLASSES - 1);
        for at in 0..CLASSES {
            assert_eq!(class(least(at)), at);
        }
    }

    #[test]
    fn nothing_has_no_percentiles() {
        let empty = Histogram::default();
        assert_eq!((empty.percentile_ns(0.5), empty.mean_ns()), (None, None));
        assert_eq!((empty.range_ns(), empty.bars(3)), (None, vec![]));
        let mut one = Histogram::default();
        one.add(-7);
        assert_eq!(one.percentile_ns(0.5), Some(0));
        for share in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(one.percentile_ns(share), None);
        }
        assert_eq!(one.bars(3), [(1, 1)]);
        assert_eq!(one.bars(0), []);
    }

    proptest! {
        /// Percentiles are those of the sorted times, within 1/32.
        #[test]
        fn percentiles(
            mut times in proptest::collection::vec((0_u32..63).prop_flat_map(|bits| 0..=(1_i64 << bits)), 1..300),
            share in 0.0..=1.0_f64
        ) {
            let mut histogram = Histogram::default();
            times.iter().for_each(|ns| histogram.add(*ns));
            times.sort_unstable();
            let rank = ((share * times.len() as f64).ceil() as usize).clamp(1, times.len());
            let exact = times[rank - 1];
            let found = histogram.percentile_ns(share).unwrap();
            prop_assert!(found.abs_diff(exact) <= exact as u64 / STEPS, "{} {}", found, exact);
            let total: u64 = histogram.bars(5).iter().map(|(_, count)| count).sum();
            prop_assert_eq!(total, times.len() as u64);
            prop_assert_eq!(histogram.range_ns(), Some((times[0], times[times.len() - 1])));
        }
    }
}
