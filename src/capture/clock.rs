//! The times of pcapng: a count of units since 1970, PCAP-NG draft section 4.2 (`if_tsresol`, `if_tsoffset`).

const NS_PER_SECOND: i128 = 1_000_000_000;

/// The unit and the offset of an interface's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    scale: Scale,
    /// Nanoseconds to add.
    offset: i128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// A unit is this many nanoseconds.
    Multiply(u64),
    /// A nanosecond is this many units.
    Divide(u128),
    /// A unit is 2^-n seconds.
    Binary(u32),
}

impl Default for Clock {
    /// Microseconds, the draft's default for an interface without `if_tsresol`.
    fn default() -> Clock {
        Clock {
            scale: Scale::Multiply(1000),
            offset: 0,
        }
    }
}

impl Clock {
    /// Sets the value of `if_tsresol`: the top bit selects base 2 instead of 10, the others are the negative exponent.
    pub fn set_resolution(&mut self, value: u8) {
        let exponent = u32::from(value & 0x7f);
        self.scale = match exponent {
            _ if value & 0x80 != 0 => Scale::Binary(exponent),
            0..=9 => Scale::Multiply(10u64.pow(9 - exponent)),
            // Where even this overflows, all 2^64 units together are less than a nanosecond.
            _ => Scale::Divide(10u128.checked_pow(exponent - 9).unwrap_or(u128::MAX)),
        };
    }

    /// Sets the value of `if_tsoffset`, in seconds.
    pub fn set_offset(&mut self, seconds: i64) {
        self.offset = i128::from(seconds) * NS_PER_SECOND;
    }

    /// Returns nanoseconds since 1970, or the nearest value that fits. Too large a count is taken as a negative one:
    /// programs write times before 1970 so.
    #[inline]
    pub fn nanoseconds(&self, units: u64) -> i64 {
        if let Scale::Multiply(factor) = self.scale
            && self.offset == 0
            && let Some(time) = units.checked_mul(factor)
            && let Ok(time) = i64::try_from(time)
        {
            return time;
        }
        let time = match self.scale {
            Scale::Multiply(factor) => {
                let time = i128::from(units) * i128::from(factor);
                match time > i128::from(i64::MAX) {
                    true => i128::from(units.cast_signed()) * i128::from(factor),
                    false => time,
                }
            }
            Scale::Divide(units_per_ns) => {
                i128::try_from(u128::from(units) / units_per_ns).unwrap_or(i128::MAX)
            }
            Scale::Binary(exponent) => (i128::from(units) * NS_PER_SECOND) >> exponent,
        };
        let time = time.saturating_add(self.offset);
        i64::try_from(time).unwrap_or(if time < 0 { i64::MIN } else { i64::MAX })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(resolution: u8, offset: i64) -> Clock {
        let mut clock = Clock::default();
        clock.set_resolution(resolution);
        clock.set_offset(offset);
        clock
    }

    #[test]
    fn before_1970() {
        let units = (-505_425_287_i64).cast_unsigned();
        assert_eq!(Clock::default().nanoseconds(units), -505_425_287_000);
        assert_eq!(clock(9, 0).nanoseconds(u64::MAX), -1);
        assert_eq!(Clock::default().nanoseconds(1 << 62), i64::MAX);
    }

    #[test]
    fn every_power_of_ten() {
        assert_eq!(
            Clock::default().nanoseconds(1_700_000_000_123_456),
            1_700_000_000_123_456_000
        );
        assert_eq!(
            clock(0, 0).nanoseconds(1_700_000_000),
            1_700_000_000_000_000_000
        );
        assert_eq!(
            clock(3, 0).nanoseconds(1_700_000_000_123),
            1_700_000_000_123_000_000
        );
        assert_eq!(
            clock(9, 0).nanoseconds(1_700_000_000_123_456_789),
            1_700_000_000_123_456_789
        );
        // 2^64 picoseconds are 213 days.
        assert_eq!(
            clock(12, 0).nanoseconds(18_446_744_073_709_551_615),
            18_446_744_073_709_551
        );
        assert_eq!(clock(19, 0).nanoseconds(u64::MAX), 1_844_674_407);
        assert_eq!(clock(38, 0).nanoseconds(u64::MAX), 0);
        assert_eq!(clock(127, 0).nanoseconds(u64::MAX), 0);
    }

    #[test]
    fn every_power_of_two() {
        assert_eq!(
            clock(0x80, 0).nanoseconds(1_700_000_000),
            1_700_000_000_000_000_000
        );
        assert_eq!(
            clock(0x80 | 20, 0).nanoseconds((1_700_000_000 << 20) | (1 << 19)),
            1_700_000_000_500_000_000
        );
        assert_eq!(clock(0x80 | 63, 0).nanoseconds(1 << 63), 1_000_000_000);
        assert_eq!(clock(0x80 | 64, 0).nanoseconds(1 << 63), 500_000_000);
        assert_eq!(clock(0xff, 0).nanoseconds(u64::MAX), 0);
    }

    #[test]
    fn offsets_of_either_sign_and_no_overflow() {
        assert_eq!(clock(6, 100).nanoseconds(5), 100_000_005_000);
        assert_eq!(clock(6, -100).nanoseconds(5), -99_999_995_000);
        assert_eq!(clock(0, 0).nanoseconds(u64::MAX / 2), i64::MAX);
        assert_eq!(clock(0, i64::MAX).nanoseconds(u64::MAX / 2), i64::MAX);
        assert_eq!(clock(9, i64::MIN).nanoseconds(0), i64::MIN);
    }
}
