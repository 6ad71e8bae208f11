//! How the times of packets are written, with the words of tshark's `-t`.

use crate::{format::seconds, lang::text};
use chrono::{DateTime, Local, Utc};
use std::str::FromStr;

/// The words of `-t`.
const WORDS: [(&str, Since); 10] = [
    ("a", Since::clock(false, "")),
    ("ad", Since::clock(false, "%Y-%m-%d ")),
    ("adoy", Since::clock(false, "%Y/%j ")),
    ("d", Since::Previous),
    ("dd", Since::PreviousShown),
    ("e", Since::Epoch),
    ("r", Since::First),
    ("u", Since::clock(true, "")),
    ("ud", Since::clock(true, "%Y-%m-%d ")),
    ("udoy", Since::clock(true, "%Y/%j ")),
];

/// Since when time is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Since {
    /// The first packet.
    #[default]
    First,
    /// The packet before it in the capture.
    Previous,
    /// The packet before it of those that are shown.
    PreviousShown,
    /// 1970.
    Epoch,
    /// Midnight, in UTC or in the local time zone, with a date in this form.
    Clock {
        /// Whether it is in UTC.
        utc: bool,
        /// The date, in the notation of strftime.
        date: &'static str,
    },
}

impl Since {
    const fn clock(utc: bool, date: &'static str) -> Self {
        Since::Clock { utc, date }
    }
}

/// How times are written: `-t ad.3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeStyle {
    /// Since when it is counted.
    pub since: Since,
    /// How many digits it has behind the point, if not as many as usual.
    pub digits: Option<usize>,
}

impl FromStr for TimeStyle {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, digits) = text.split_once('.').unwrap_or((text, ""));
        let word = if word.is_empty() && text.starts_with('.') {
            "r"
        } else {
            word
        };
        let known = WORDS.iter().find(|(known, _)| *known == word);
        let digits = match digits {
            "" => Ok(None),
            digits => digits.parse().map(Some),
        };
        match (known, digits) {
            (Some((_, since)), Ok(digits)) if digits.is_none_or(|digits| digits <= 9) => {
                Ok(TimeStyle {
                    since: *since,
                    digits,
                })
            }
            _ => {
                let words: Vec<_> = WORDS.iter().map(|(word, _)| *word).collect();
                Err(text!("times-unknown", words = words.join(", ")))
            }
        }
    }
}

/// The times that a time is counted from, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Origins {
    /// That of the first packet.
    pub first_ns: i64,
    /// That of the packet before it, or its own.
    pub previous_ns: i64,
    /// That of the packet before it of those that are shown, or its own.
    pub previous_shown_ns: i64,
}

impl TimeStyle {
    /// Writes a time, with this many digits if no others are chosen.
    pub fn text(&self, time_ns: i64, from: Origins, digits: usize) -> String {
        let digits = self.digits.unwrap_or(digits);
        let since = |origin: i64| seconds(time_ns.saturating_sub(origin), digits);
        match self.since {
            Since::First => since(from.first_ns),
            Since::Previous => since(from.previous_ns),
            Since::PreviousShown => since(from.previous_shown_ns),
            Since::Epoch => since(0),
            Since::Clock { utc, date } => {
                let time = DateTime::<Utc>::from_timestamp_nanos(time_ns);
                let form = format!("{date}%H:%M:%S");
                let whole = match utc {
                    true => time.format(&form).to_string(),
                    false => time.with_timezone(&Local).format(&form).to_string(),
                };
                let nanoseconds = format!("{:09}", time.timestamp_subsec_nanos());
                match nanoseconds.get(..digits) {
                    Some("") | None => whole,
                    Some(digits) => format!("{whole}.{digits}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_tshark_writes_them() {
        let from = Origins {
            first_ns: 1_795_336_805_945_613_000,
            previous_ns: 1_795_336_805_966_000_000,
            previous_shown_ns: 1_795_336_805_960_000_000,
        };
        for (words, expected) in [
            ("r", "0.020764"),
            (".2", "0.02"),
            ("d", "0.000377"),
            ("dd.3", "0.006"),
            ("e", "1795336805.966377"),
            ("u", "08:40:05.966377"),
            ("ud.0", "2026-11-22 08:40:05"),
            ("udoy", "2026/326 08:40:05.966377"),
            ("u.9", "08:40:05.966377000"),
        ] {
            let style: TimeStyle = words.parse().unwrap();
            let text = style.text(1_795_336_805_966_377_000, from, 6);
            assert_eq!(text, expected, "{words}");
        }
        for wrong in ["", "x", "a.10", "a.x", "r.-1"] {
            assert!(
                wrong.parse::<TimeStyle>().unwrap_err().contains("adoy"),
                "{wrong}"
            );
        }
    }
}
