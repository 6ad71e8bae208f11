//! Live rates: packets and bytes per second of a capture that is still being made, and which conversations have just
//! changed.
//!
//! The tracker has no clock and keeps no rates, so the screen computes them: it reads the packets that came since its
//! last call. Rates use the packets' own times, so a writer that passes them on in batches does not make them jump;
//! when no packets come, the system's clock is used instead and rates fall to 0.

use crate::{
    format::{bytes, grouped},
    store::Contents,
    track::{ConversationId, Outcome, outcome},
};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Rates are averages of this many whole seconds: few enough to follow, enough to be stable.
const WINDOW: i64 = 3;

/// How many seconds are kept of a conversation, and of the total: the window and the current second.
const KEPT: usize = 4;
const KEPT_OF_ALL: usize = 64;

/// How long changed conversations are marked.
const NEW: Duration = Duration::from_millis(2500);
const BUSY: Duration = Duration::from_millis(1000);
const FAILED: Duration = Duration::from_secs(6);

/// Conversations that were quiet for this long are dropped: their rate is 0, and they have no mark.
const FORGOTTEN: Duration = Duration::from_secs(7);

/// The maximum number of conversations that are counted at the same time: a scan opens thousands per second, and so
/// many rates cannot be read. About 8 MB.
const MAX_CONVERSATIONS: usize = 1 << 16;

/// The maximum number of packets read per call: a few milliseconds. Of more packets only the latest count.
const MAX_PACKETS: u32 = 1 << 18;

/// How much came in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount {
    /// Bytes of whole frames.
    pub bytes: u64,
    /// Packets.
    pub packets: u64,
}

impl Amount {
    fn add(&mut self, other: Amount) {
        self.bytes += other.bytes;
        self.packets += other.packets;
    }

    /// Returns it as a rate in bytes per second, if it came in the window; empty for 0.
    pub fn bytes_per_second(self) -> String {
        match self.bytes.div_ceil(WINDOW as u64) {
            0 => String::new(),
            count => bytes(count),
        }
    }

    /// Returns it as a rate in packets per second; rates below one are shown as such.
    pub fn packets_per_second(self) -> String {
        match self.packets {
            0 => String::new(),
            few if few < 10 * WINDOW as u64 => format!("{:.1}", few as f64 / WINDOW as f64),
            many => grouped(many / WINDOW as u64),
        }
    }
}

/// The amounts of the last `N` seconds.
#[derive(Clone, Copy)]
struct Seconds<const N: usize> {
    latest: i64,
    amounts: [Amount; N],
}

impl<const N: usize> Default for Seconds<N> {
    fn default() -> Self {
        Seconds {
            latest: i64::MIN,
            amounts: [Amount::default(); N],
        }
    }
}

impl<const N: usize> Seconds<N> {
    fn slot(second: i64) -> usize {
        second.rem_euclid(N as i64) as usize
    }

    fn add(&mut self, second: i64, amount: Amount) {
        // If the clock was set, forward or back, the earlier amounts no longer count.
        let passed = second.saturating_sub(self.latest);
        if passed.unsigned_abs() >= N as u64 {
            self.amounts = [Amount::default(); N];
            self.latest = second;
        }
        while self.latest < second {
            self.latest += 1;
            self.amounts[Self::slot(self.latest)] = Amount::default();
        }
        self.amounts[Self::slot(second)].add(amount);
    }

    /// Returns the amount of the `count` seconds before this one.
    fn before(&self, second: i64, count: i64) -> Amount {
        let mut sum = Amount::default();
        for second in second.saturating_sub(count)..second {
            if second <= self.latest && self.latest.saturating_sub(second) < N as i64 {
                sum.add(self.amounts[Self::slot(second)]);
            }
        }
        sum
    }
}

/// The recent activity of a conversation.
#[derive(Clone, Copy)]
struct Activity {
    seconds: Seconds<KEPT>,
    last: Instant,
    began: Option<Instant>,
    failed: Option<Instant>,
}

/// The news of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It has just failed.
    Failed,
    /// It has just begun.
    New,
    /// It had a packet a moment ago.
    Busy,
}

/// The rates of a live capture, and up to which packet it is shown.
#[derive(Default)]
pub struct LiveRates {
    running: bool,
    /// The next packet to read.
    next: u32,
    /// The time of the latest packet, and when it was seen here.
    clock: Option<(i64, Instant)>,
    /// The time of the last call.
    now: Option<Instant>,
    conversations: HashMap<ConversationId, Activity>,
    all: Seconds<KEPT_OF_ALL>,
    swept: Option<Instant>,
    /// The last packet that is shown while paused; and how many conversations there were.
    paused: Option<(u32, u64)>,
}

impl LiveRates {
    /// Counts the packets that came since the last call.
    pub fn sync(&mut self, contents: &Contents, now: Instant) {
        self.running = is_live(contents);
        self.now = Some(now);
        if !self.running {
            self.conversations = HashMap::new();
            return;
        }
        let last = contents.packets.len() as u32;
        let first = (self.next + 1).max(last.saturating_sub(MAX_PACKETS));
        let tunnels = contents.has_tunnels();
        for (number, record) in contents.packets.range(first, last) {
            let amount = Amount {
                bytes: record.original.into(),
                packets: 1,
            };
            let second = record.order_ns.div_euclid(NS);
            self.all.add(second, amount);
            self.clock = Some((record.order_ns, now));
            if tunnels {
                for (id, _) in contents.conversations_of(number) {
                    self.count(contents, id, (number, second), amount, now);
                }
            } else if let Some((id, _)) = record.conversation() {
                self.count(contents, id, (number, second), amount, now);
            }
        }
        self.next = last;
        if self.swept.is_none_or(|at| now.duration_since(at) >= BUSY) {
            self.swept = Some(now);
            self.conversations
                .retain(|_, activity| now.duration_since(activity.last) < FORGOTTEN);
        }
    }

    fn count(
        &mut self,
        contents: &Contents,
        id: ConversationId,
        (number, second): (u32, i64),
        amount: Amount,
        now: Instant,
    ) {
        if self.conversations.len() >= MAX_CONVERSATIONS && !self.conversations.contains_key(&id) {
            return;
        }
        let activity = self.conversations.entry(id).or_insert(Activity {
            seconds: Seconds::default(),
            last: now,
            began: None,
            failed: None,
        });
        activity.seconds.add(second, amount);
        activity.last = now;
        if let Some(conversation) = contents.tracker.get(id) {
            if conversation.first_packet == number {
                activity.began = Some(now);
            }
            let tcp = conversation.tcp();
            let failed_by = match outcome(conversation) {
                Outcome::Reset(_) | Outcome::Refused => tcp.reset.map(|(_, packet)| packet),
                Outcome::WrongAnswer => tcp.wrong_syn_ack.map(|(packet, _)| packet),
                Outcome::Unreachable => conversation.icmp.as_ref().map(|icmp| icmp.packet),
                _ => None,
            };
            if failed_by == Some(number) {
                activity.failed = Some(now);
            }
        }
    }

    /// Whether more may come, of unknown length.
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// Whether the screen changes although no packets come: rates fall, marks expire.
    pub fn is_decaying(&self) -> bool {
        self.running && (!self.conversations.is_empty() || self.in_a_minute() != Amount::default())
    }

    /// Returns the current second, by the packets' time.
    fn second(&self) -> i64 {
        match (self.clock, self.now) {
            (Some((time_ns, seen)), Some(now)) => {
                let passed = now.saturating_duration_since(seen).as_nanos();
                let passed = i64::try_from(passed).unwrap_or(i64::MAX);
                time_ns.saturating_add(passed).div_euclid(NS)
            }
            _ => 0,
        }
    }

    /// Returns the amount of a conversation in the window.
    pub fn rate(&self, id: ConversationId) -> Amount {
        let activity = self.conversations.get(&id);
        activity.map_or(Amount::default(), |activity| {
            activity.seconds.before(self.second(), WINDOW)
        })
    }

    /// Returns the amounts of all conversations that have some in the window.
    pub fn rates(&self) -> HashMap<ConversationId, Amount> {
        let all = self.conversations.keys();
        all.map(|id| (*id, self.rate(*id))).collect()
    }

    /// Returns the total amount in the window.
    pub fn total_rate(&self) -> Amount {
        self.all.before(self.second(), WINDOW)
    }

    fn in_a_minute(&self) -> Amount {
        self.all.before(self.second().saturating_add(1), 61)
    }

    /// Returns the last minute in at most this many columns, three seconds each: the bytes that came.
    pub fn sparkline(&self, columns: usize) -> String {
        const STEP: i64 = 3;
        let columns = columns.min(20) as i64;
        let now = self.second().div_euclid(STEP);
        let of = |step: i64| self.all.before((step + 1).saturating_mul(STEP), STEP).bytes;
        let amounts: Vec<u64> = (now.saturating_sub(columns)..now).map(of).collect();
        let most = amounts.iter().max().copied().unwrap_or(0).max(1);
        let bar = |amount: &u64| match (u128::from(*amount) * 7).div_ceil(u128::from(most)) {
            0 => '▁',
            1 => '▂',
            2 => '▃',
            3 => '▄',
            4 => '▅',
            5 => '▆',
            6 => '▇',
            _ => '█',
        };
        amounts.iter().map(bar).collect()
    }

    /// Returns the news of a conversation.
    pub fn news(&self, id: ConversationId) -> Option<News> {
        let (activity, now) = (self.conversations.get(&id)?, self.now?);
        let since = |at: Instant| now.saturating_duration_since(at);
        match activity {
            Activity {
                failed: Some(at), ..
            } if since(*at) < FAILED => Some(News::Failed),
            Activity {
                began: Some(at), ..
            } if since(*at) < NEW => Some(News::New),
            Activity { last, .. } if since(*last) < BUSY => Some(News::Busy),
            _ => None,
        }
    }

    /// Whether a conversation had packets recently.
    pub fn is_recent(&self, id: ConversationId) -> bool {
        self.conversations.contains_key(&id)
    }

    /// Pauses the display, or resumes it. The capture continues meanwhile.
    pub fn pause(&mut self, contents: &Contents) {
        self.paused = match self.paused {
            None => {
                let conversations = contents.tracker.count() as u64;
                Some((contents.packets.len() as u32, conversations))
            }
            Some(_) => None,
        };
    }

    /// Whether the display is paused.
    pub fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Returns the last packet that is shown.
    pub fn limit(&self, contents: &Contents) -> u32 {
        let all = contents.packets.len() as u32;
        self.paused.map_or(all, |(paused, _)| paused.min(all))
    }

    /// Returns how many conversations are shown, if all are.
    pub fn conversations(&self, contents: &Contents) -> u64 {
        let all = contents.tracker.count() as u64;
        self.paused.map_or(all, |(_, paused)| paused.min(all))
    }
}

/// A second.
const NS: i64 = 1_000_000_000;

/// Whether a capture is still being made, so that its length is unknown.
pub fn is_live(contents: &Contents) -> bool {
    !contents.finished && contents.size.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KB: Amount = Amount {
        bytes: 1000,
        packets: 2,
    };

    #[test]
    fn rates_are_of_whole_seconds_and_fall_to_nothing() {
        let mut seconds = Seconds::<KEPT>::default();
        for second in 100..105 {
            seconds.add(second, KB);
        }
        // The current second does not count so far.
        assert_eq!(seconds.before(104, WINDOW).bytes, 3000);
        assert_eq!(seconds.before(106, WINDOW).bytes, 2000);
        assert_eq!(seconds.before(107, WINDOW).bytes, 1000);
        assert_eq!(seconds.before(108, WINDOW), Amount::default());
        assert_eq!(seconds.before(i64::MIN, WINDOW), Amount::default());
        // Late packets count in their own second.
        seconds.add(102, KB);
        assert_eq!(seconds.before(103, 1).bytes, 2000);
    }

    #[test]
    fn a_clock_that_is_set_starts_anew() {
        let mut seconds = Seconds::<KEPT>::default();
        for second in [100, i64::MAX / NS, 50, 51, i64::MIN / NS, 7] {
            seconds.add(second, KB);
        }
        assert_eq!(seconds.before(8, WINDOW), KB);
    }

    #[test]
    fn few_packets_have_a_decimal() {
        let rate = |packets| Amount { bytes: 0, packets }.packets_per_second();
        assert_eq!(rate(0), "");
        assert_eq!(rate(1), "0.3");
        assert_eq!(rate(29), "9.7");
        assert_eq!(rate(3600), "1,200");
    }

    #[test]
    fn the_last_minute_in_bars() {
        let start = Instant::now();
        let mut rates = LiveRates {
            now: Some(start),
            clock: Some((300 * NS, start)),
            ..LiveRates::default()
        };
        rates.all.add(291, KB);
        for _ in 0..8 {
            rates.all.add(297, KB);
        }
        assert_eq!(rates.sparkline(5), "▁▁▂▁█");
        rates.now = Some(start + Duration::from_secs(6));
        assert_eq!(rates.sparkline(5), "▂▁█▁▁");
        assert!(rates.sparkline(0).is_empty());
    }
}
