//! The budget: how much of a capture is kept while it grows, and the eviction of packets beyond it. On the command line
//! `--keep 2GiB`, `--keep 1h`, `--keep 2GiB,1h`, `--keep all`; `--memory 1GiB`, `--memory all`.
//!
//! Whether packets are evicted is decided at packet numbers that are multiples of `DECIDED_EVERY`, from sums over all
//! that is kept: it depends neither on the batches in which packets arrive nor on the order within.

use crate::lang::{Count, text};
use crate::store::{Contents, PacketRecord};
use std::{fmt, str::FromStr};

/// How much of a capture is kept, counted from its end. Without a limit all of it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// The maximum length of the capture file, bytes.
    pub bytes: Option<u64>,
    /// The maximum age of a packet when the newest one arrives, nanoseconds.
    pub span_ns: Option<u64>,
    /// The maximum size of everything that is kept in memory, bytes.
    pub memory: Option<u64>,
}

/// Whether packets are evicted is decided after this many packets, a power of two. A packet adds at most its own length
/// to what waits in memory, so that the limit is exceeded by few megabytes.
pub(crate) const DECIDED_EVERY: u32 = 256;

/// The maximum number of packets that are evicted before the memory is compared with the limit again.
const PORTION: u32 = 1024;

/// The fraction of the memory that transcripts may take, and the most they take without a limit: see `transcript`.
const TRANSCRIPTS: u64 = 4;
const MAX_TRANSCRIPTS: u64 = 192 << 20;

/// The fraction of the memory that sessions may take, with the bytes that wait for missing ones or for the end of a
/// message.
const SESSIONS: u64 = 4;

/// The fraction of the memory that names may take, and that fragments may take that wait for others.
const NAMES: u64 = 8;
const FRAGMENTS: u64 = 8;

/// Once the limit is exceeded, this fraction of it is evicted at once, so that the cost of searching the tables is
/// spread over many packets.
const SHARE: u64 = 32;

/// Units of size with their bytes: powers of ten and powers of two.
const SIZES: [(&str, u64); 8] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1000),
    ("KB", 1000),
    ("B", 1),
];

/// Units of size that are one letter, as network tools use them.
const LETTERS: [(&str, u64); 4] = [
    ("G", 1_000_000_000),
    ("M", 1_000_000),
    ("k", 1000),
    ("K", 1000),
];

/// Units of time in seconds.
const TIMES: [(&str, u64); 4] = [("min", 60), ("s", 1), ("h", 3600), ("d", 86_400)];

impl Keep {
    /// Everything is kept.
    pub const ALL: Keep = Keep {
        bytes: None,
        span_ns: None,
        memory: None,
    };

    /// The default for a live capture: it may run for weeks, and other programs need memory and disk too.
    pub const OF_LIVE: Keep = Keep {
        bytes: Some(2 << 30),
        span_ns: None,
        memory: Some(1 << 30),
    };

    /// Returns whether everything is kept.
    pub fn is_all(&self) -> bool {
        *self == Keep::ALL
    }

    /// Evicts the oldest packets if the capture exceeds a limit. The newest packet was captured at `newest_ns`, and its
    /// bytes end at the offset `end`. Returns whether packets were evicted.
    #[inline]
    pub(crate) fn enforce(&self, contents: &mut Contents, end: u64, newest_ns: i64) -> bool {
        let is_exceeded = |keep: Keep, (offset, time_ns): (u64, i64)| {
            // If a clock was set back, a packet far in the future is treated as one equally far in the past.
            keep.is_exceeded(end.saturating_sub(offset), newest_ns.abs_diff(time_ns))
        };
        if !is_exceeded(*self, contents.oldest) {
            return false;
        }
        let enough = self.after();
        evict_while(contents, u32::MAX, |oldest| is_exceeded(enough, oldest));
        true
    }

    /// Evicts the oldest packets, and ends sessions, if what is kept takes more memory than it may. `others` is what is
    /// kept outside of the store. Returns whether packets were evicted.
    pub(crate) fn enforce_memory(&self, contents: &mut Contents, others: u64) -> bool {
        let Some(most) = self.memory else {
            return false;
        };
        contents.tracker.weigh();
        contents.tracker.end_sessions(most / SESSIONS);
        contents.evicted.sessions = contents.tracker.cut_short();
        let most = most - self.transcripts().min(most / TRANSCRIPTS);
        if contents.weight() + others <= most {
            return false;
        }
        let enough = most - most / SHARE;
        let portion = |contents: &Contents| {
            let there = contents.packets.len() as u32 + 1 - contents.packets.first();
            (there / SHARE as u32).clamp(1, PORTION)
        };
        while contents.weight() + others > enough
            && evict_while(contents, portion(contents), |_| true)
        {}
        contents.tracker.sweep_names();
        true
    }

    /// Returns how much memory the transcripts of displayed conversations may take, bytes.
    pub fn transcripts(&self) -> u64 {
        self.memory.map_or(MAX_TRANSCRIPTS, |most| {
            (most / TRANSCRIPTS).min(MAX_TRANSCRIPTS)
        })
    }

    /// Returns how much memory names may take, bytes.
    pub(crate) fn names(&self) -> Option<u64> {
        self.memory.map(|most| most / NAMES)
    }

    /// Returns how much memory fragments may take that wait for others, bytes.
    pub(crate) fn fragments(&self) -> Option<u64> {
        self.memory.map(|most| most / FRAGMENTS)
    }

    /// Returns whether this many bytes or this time span exceeds a limit.
    #[inline]
    pub fn is_exceeded(&self, bytes: u64, span_ns: u64) -> bool {
        self.bytes.is_some_and(|most| bytes > most)
            || self.span_ns.is_some_and(|most| span_ns > most)
    }

    /// Returns how much is left after an eviction.
    fn after(&self) -> Keep {
        Keep {
            bytes: self.bytes.map(|most| most - most / SHARE),
            span_ns: self.span_ns.map(|most| most - most / SHARE),
            memory: self.memory,
        }
    }

    /// Returns the stricter value of each limit.
    pub fn and(self, other: Keep) -> Keep {
        Keep {
            bytes: self.bytes.into_iter().chain(other.bytes).min(),
            span_ns: self.span_ns.into_iter().chain(other.span_ns).min(),
            memory: self.memory.into_iter().chain(other.memory).min(),
        }
    }
}

impl FromStr for Keep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Keep::ALL);
        }
        text.split(',')
            .try_fold(Keep::ALL, |keep, limit| Ok(keep.and(one(limit.trim())?)))
    }
}

/// Parses one limit: a number with its unit.
fn one(text: &str) -> Result<Keep, String> {
    let wrong = || text!("keep-not-a-limit", limit = text);
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = text.strip_suffix(unit).ok_or_else(wrong)?;
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let of = |table: &[(&str, u64)]| {
        let found = table.iter().find(|(name, _)| *name == unit.trim());
        found.map(|(_, factor)| *factor)
    };
    let keep = match (of(&SIZES).or_else(|| of(&LETTERS)), of(&TIMES)) {
        (Some(bytes), _) => Keep {
            bytes: Some((number * bytes as f64) as u64),
            ..Keep::ALL
        },
        (None, Some(seconds)) => Keep {
            span_ns: Some((number * seconds as f64 * 1e9) as u64),
            ..Keep::ALL
        },
        (None, None) => return Err(wrong()),
    };
    // Also a value that rounds to zero.
    if keep.bytes == Some(0) || keep.span_ns == Some(0) {
        return Err(text!("keep-nothing", limit = text));
    }
    Ok(keep)
}

/// A limit of memory, as it is written on the command line: a size, or `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory(pub Option<u64>);

impl FromStr for Memory {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Memory(None));
        }
        let not_a_size = || text!("memory-not-a-size", limit = text);
        match one(text) {
            Ok(Keep { bytes: None, .. }) => Err(not_a_size()),
            Ok(Keep { bytes, .. }) => Ok(Memory(bytes)),
            Err(_) => Err(not_a_size()),
        }
    }
}

/// The text can be parsed again; it does not name the limit of memory.
impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let largest = |units: &[(&str, u64)], value: u64| {
            let whole = units.iter().filter(|(_, size)| value.is_multiple_of(*size));
            let (unit, size) = whole.max_by_key(|(_, size)| *size).unwrap_or(&("", 1));
            format!("{}{unit}", value / size)
        };
        let bytes = self.bytes.map(|bytes| largest(&SIZES, bytes));
        let span = self.span_ns.map(|ns| match ns % 1_000_000_000 {
            0 => largest(&TIMES, ns / 1_000_000_000),
            _ => format!("{}s", ns as f64 / 1e9),
        });
        let limits: Vec<String> = bytes.into_iter().chain(span).collect();
        match limits.is_empty() {
            true => f.write_str("all"),
            false => f.write_str(&limits.join(",")),
        }
    }
}

/// What was evicted so far, counted over the whole capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evicted {
    /// Packets.
    pub packets: u64,
    /// Bytes of the capture file, including the headers of packets.
    pub bytes: u64,
    /// Conversations without any remaining packet.
    pub conversations: u64,
    /// Conversations whose messages were not read to their end, because their session was ended to free memory.
    pub sessions: u64,
    /// The time of the first remaining packet, nanoseconds since the epoch.
    pub until_ns: i64,
}

impl Evicted {
    /// Returns whether nothing was evicted.
    pub fn is_nothing(&self) -> bool {
        self.packets == 0 && self.sessions == 0
    }

    /// Returns what was evicted, in words.
    pub fn words(&self) -> String {
        let packets = text!("count-packets", count = Count(self.packets));
        let conversations = text!("count-conversations", count = Count(self.conversations));
        let evicted = text!("capture-evicted", packets, conversations);
        let sessions = text!("capture-sessions-ended", count = Count(self.sessions));
        match (self.packets, self.sessions) {
            (_, 0) => evicted,
            (0, _) => sessions,
            _ => text!("capture-evicted-and", evicted, sessions),
        }
    }
}

/// Evicts the packets that begin before this offset: their file was removed.
pub(crate) fn evict_before(contents: &mut Contents, offset: u64) {
    evict_while(contents, u32::MAX, |(oldest, _)| oldest < offset);
}

/// Evicts the oldest packets, by their offset and time, and the data that only they need, at most so many. The newest
/// packet stays. Returns whether any was evicted.
#[cold]
fn evict_while(
    contents: &mut Contents,
    most: u32,
    is_surplus: impl Fn((u64, i64)) -> bool,
) -> bool {
    let place = |record: &PacketRecord| (record.offset(), record.order_ns);
    let begin = contents.packets.first();
    let last = (contents.packets.len() as u32).min(begin.saturating_add(most));
    let mut first = begin;
    let (from, _) = contents.oldest;
    while first < last
        && let Some(record) = contents.packets.get(first).copied()
        && is_surplus(place(&record))
    {
        contents.leave_conversations(first, &record);
        first += 1;
    }
    if let Some(record) = contents.packets.get(first) {
        contents.oldest = place(record);
    }
    contents.evicted.packets = u64::from(first - 1);
    contents.evicted.bytes += contents.oldest.0.saturating_sub(from);
    contents.evicted.until_ns = contents.oldest.1;
    contents.drop_before(first);
    first > begin
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(bytes: u64) -> Keep {
        Keep {
            bytes: Some(bytes),
            ..Keep::ALL
        }
    }

    fn seconds(seconds: u64) -> Keep {
        Keep {
            span_ns: Some(seconds * 1_000_000_000),
            ..Keep::ALL
        }
    }

    #[test]
    fn sizes_and_times() {
        for (text, keep) in [
            ("2GiB", bytes(2 << 30)),
            ("500M", bytes(500_000_000)),
            ("500MB", bytes(500_000_000)),
            ("64 KiB", bytes(64 << 10)),
            ("1.5k", bytes(1500)),
            ("100B", bytes(100)),
            ("30s", seconds(30)),
            ("10min", seconds(600)),
            ("1h", seconds(3600)),
            ("0.5d", seconds(43_200)),
            ("2GiB, 1h", bytes(2 << 30).and(seconds(3600))),
            ("1h,30min", seconds(1800)),
            ("all", Keep::ALL),
        ] {
            assert_eq!(text.parse(), Ok(keep), "{text}");
        }
    }

    #[test]
    fn what_is_no_limit() {
        for text in [
            "",
            "2",
            "GiB",
            "0s",
            "0.1B",
            "-1h",
            "1h,",
            "1 fortnight",
            "1.2.3s",
            "1e3s",
            "ünf",
            "5é",
        ] {
            assert!(text.parse::<Keep>().is_err(), "{text}");
        }
        // A number that is too large becomes the largest possible one.
        assert_eq!("99999999999999999999GiB".parse(), Ok(bytes(u64::MAX)));
    }

    #[test]
    fn who_asks_for_no_limit_keeps_all() {
        assert!(!Keep::ALL.is_exceeded(u64::MAX, u64::MAX));
        assert!(bytes(10).is_exceeded(11, 0) && !bytes(10).is_exceeded(10, u64::MAX));
        assert_eq!(bytes(64).after(), bytes(62));
        assert_eq!(Keep::ALL.to_string(), "all");
    }

    #[test]
    fn limits_of_memory() {
        assert_eq!("100M".parse(), Ok(Memory(Some(100_000_000))));
        assert_eq!("1GiB".parse(), Ok(Memory(Some(1 << 30))));
        assert_eq!("all".parse(), Ok(Memory(None)));
        for text in ["", "1h", "0B", "1GiB,1h", "100"] {
            assert!(text.parse::<Memory>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(bytes in proptest::option::of(1_u64..1 << 50), span in proptest::option::of(1_u64..400_000_000)) {
            let keep = Keep { bytes, span_ns: span.map(|s| s * 1_000_000_000), memory: None };
            prop_assume!(!keep.is_all());
            prop_assert_eq!(keep.to_string().parse::<Keep>(), Ok(keep));
        }
    }
}
