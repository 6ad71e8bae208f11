//! Whether the time between two packets is what passed between them.
//!
//! Clocks are set: that of a small machine begins in 1970 or 2000, and is years ahead after its first synchronization. The
//! time in between is then not known, and no figure is given for it.

/// A packet is not waited for longer than this: whoever waits for days sends something in between. Nanoseconds.
pub const MAX_WAIT_NS: i64 = 24 * 3600 * 1_000_000_000;

/// Captures of several interfaces, or of several cores, are out of order by less than this, nanoseconds.
const OUT_OF_ORDER_NS: i64 = 1_000_000_000;

/// Returns the time from one packet to a later one, nanoseconds. None if a clock was set in between.
#[inline]
pub fn elapsed_ns(from_ns: i64, to_ns: i64) -> Option<i64> {
    let ns = to_ns.saturating_sub(from_ns);
    (-OUT_OF_ORDER_NS..=MAX_WAIT_NS)
        .contains(&ns)
        .then_some(ns.max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passed() {
        let now = 1_700_000_000_000_000_000;
        assert_eq!(elapsed_ns(now, now + 5), Some(5));
        assert_eq!(elapsed_ns(now, now - 5), Some(0));
        assert_eq!(elapsed_ns(now, now + MAX_WAIT_NS), Some(MAX_WAIT_NS));
        assert_eq!(elapsed_ns(now, now + MAX_WAIT_NS + 1), None);
        assert_eq!(elapsed_ns(now, now - 2_000_000_000), None);
        assert_eq!(elapsed_ns(i64::MIN, i64::MAX), None);
        assert_eq!(elapsed_ns(i64::MAX, i64::MIN), None);
    }
}
