//! The thresholds of the rules, and which kinds are ignored.

use super::Kind;
use crate::lang::text;
use std::{collections::BTreeMap, fmt, str::FromStr};

/// A threshold of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Nanoseconds.
    Time(i64),
    /// Per cent.
    Percent(f64),
    /// How many.
    Count(u64),
}

const MS: i64 = 1_000_000;
const S: i64 = 1000 * MS;

/// The thresholds that can be set, each with its default and the reason.
const DEFAULTS: [(Kind, Value); 14] = [
    // RFC 6298, section 2: the first retransmission timeout is one second.
    (Kind::SlowHandshake, Value::Time(S)),
    // Middleboxes forget connections after 30 seconds to several minutes.
    (Kind::IdleTimeout, Value::Time(30 * S)),
    // Clients and servers close what they do not use within a minute.
    (Kind::NotClosed, Value::Time(60 * S)),
    // The throughput of a loss-limited sender falls with the square root of the loss: at 1 % and 50 ms to 2.8 Mbit/s.
    (Kind::PacketLoss, Value::Percent(1.0)),
    // Shorter pauses are normal where a receiver does something else for a while.
    (Kind::ZeroWindow, Value::Time(500 * MS)),
    // The share of the time: below a third, more window would hardly help.
    (Kind::WindowLimited, Value::Percent(30.0)),
    // One second is what people wait for without losing their thought.
    (Kind::SlowServer, Value::Time(S)),
    (Kind::SlowClient, Value::Time(10 * S)),
    // Once or twice is chance.
    (Kind::DelayedAck, Value::Count(3)),
    // More than reordering networks of one operator have.
    (Kind::Reordering, Value::Percent(1.0)),
    (Kind::SynFlood, Value::Count(100)),
    (Kind::PortScan, Value::Count(15)),
    (Kind::HostScan, Value::Count(15)),
    // Three wrong passwords are a person.
    (Kind::BruteForce, Value::Count(5)),
];

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Time(ns) if ns % S == 0 => write!(f, "{}s", ns / S),
            Value::Time(ns) => write!(f, "{}ms", ns / MS),
            Value::Percent(percent) => write!(f, "{percent}%"),
            Value::Count(count) => write!(f, "{count}"),
        }
    }
}

/// Returns the thresholds that can be set, with their defaults.
pub fn defaults() -> impl Iterator<Item = (Kind, Value)> {
    DEFAULTS.into_iter()
}

/// A threshold that the user sets: `slow-server=1s`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    kind: Kind,
    value: Value,
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, value) = text
            .split_once('=')
            .ok_or_else(|| text!("threshold-not-a-rule", text))?;
        let kind: Kind = kind.trim().parse()?;
        let Some((_, default)) = DEFAULTS.into_iter().find(|(known, _)| *known == kind) else {
            return Err(text!("threshold-none", kind = kind.name()));
        };
        let value = value.trim();
        let parsed = match default {
            Value::Time(_) => time(value).map(Value::Time),
            Value::Percent(_) => percent(value).map(Value::Percent),
            Value::Count(_) => value.parse().ok().map(Value::Count),
        };
        let unit = match default {
            Value::Time(_) => text!("threshold-time"),
            Value::Percent(_) => text!("threshold-percent"),
            Value::Count(_) => text!("threshold-count"),
        };
        match parsed {
            Some(value) => Ok(Threshold { kind, value }),
            None => Err(text!("threshold-wrong", value, kind = kind.name(), unit)),
        }
    }
}

/// Reads `1s`, `1.5s`, `200ms`.
fn time(text: &str) -> Option<i64> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, MS),
        None => (text.strip_suffix('s')?, S),
    };
    let number: f64 = number.trim().parse().ok()?;
    let ns = number * unit as f64;
    (number >= 0.0 && ns < i64::MAX as f64).then_some(ns as i64)
}

/// Reads `2%`, `0.5%`.
fn percent(text: &str) -> Option<f64> {
    let number: f64 = text.strip_suffix('%')?.trim().parse().ok()?;
    (0.0..=100.0).contains(&number).then_some(number)
}

/// What the user has set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    thresholds: BTreeMap<Kind, Value>,
    ignored: Vec<Kind>,
}

impl Settings {
    /// Returns settings with these thresholds, without findings of the ignored kinds.
    pub fn new(thresholds: &[Threshold], ignored: &[Kind]) -> Self {
        Settings {
            thresholds: thresholds.iter().map(|it| (it.kind, it.value)).collect(),
            ignored: ignored.to_vec(),
        }
    }

    /// Whether findings of a kind are left out.
    pub fn is_ignored(&self, kind: Kind) -> bool {
        self.ignored.contains(&kind)
    }

    fn value(&self, kind: Kind) -> Option<Value> {
        let default = || DEFAULTS.into_iter().find(|(known, _)| *known == kind);
        let set = self.thresholds.get(&kind).copied();
        set.or_else(|| default().map(|(_, value)| value))
    }

    /// Returns a threshold in nanoseconds.
    pub(super) fn time_ns(&self, kind: Kind) -> i64 {
        match self.value(kind) {
            Some(Value::Time(ns)) => ns,
            _ => i64::MAX,
        }
    }

    /// Returns a threshold in per cent.
    pub(super) fn percent(&self, kind: Kind) -> f64 {
        match self.value(kind) {
            Some(Value::Percent(percent)) => percent,
            _ => f64::MAX,
        }
    }

    /// Returns a threshold in things.
    pub(super) fn count(&self, kind: Kind) -> u64 {
        match self.value(kind) {
            Some(Value::Count(count)) => count,
            _ => u64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_that_can_be_set() {
        let settings = |text: &str| {
            let threshold = text.parse::<Threshold>()?;
            Ok::<_, String>(Settings::new(&[threshold], &[Kind::Reset]))
        };
        let time = |text: &str| settings(text).map(|it| it.time_ns(Kind::SlowServer));
        assert_eq!(time("slow-server=1.5s"), Ok(1_500_000_000));
        assert_eq!(time("slow-server = 200 ms"), Ok(200_000_000));
        assert_eq!(time("zero-window=2s"), Ok(1_000_000_000));
        let loss = settings("packet-loss=0.5%").unwrap();
        assert_eq!(loss.percent(Kind::PacketLoss), 0.5);
        assert!(loss.is_ignored(Kind::Reset) && !loss.is_ignored(Kind::Refused));
        assert_eq!(settings("port-scan=50").unwrap().count(Kind::PortScan), 50);
        for wrong in [
            "slow-server",
            "slow-server=5",
            "slow-server=-1s",
            "slow-server=1e300s",
            "nothing=1s",
            "refused=1s",
            "packet-loss=5",
            "packet-loss=101%",
            "port-scan=1s",
            "slow-server=nans",
        ] {
            let error = settings(wrong).unwrap_err();
            assert!(error.len() > 10, "{error}");
        }
    }
}
