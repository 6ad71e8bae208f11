//! The user's settings, and how times are shown.

use super::Action;
use crate::{
    format::seconds,
    lang::text,
    times::{Since, TimeStyle},
};
use chrono::{DateTime, FixedOffset, Local, Offset, Utc};

/// How times are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// Seconds since the first packet.
    #[default]
    SinceFirst,
    /// Seconds since the previous packet.
    SincePrevious,
    /// Time of day, in the local time zone.
    TimeOfDay,
    /// Date and time in UTC.
    Utc,
    /// Date and time, in the local time zone.
    Date,
    /// Seconds since 1970.
    Epoch,
}

impl TimeFormat {
    /// Returns the one of an option of the command line, if it is one of these.
    pub fn of(style: TimeStyle) -> Option<Self> {
        if style.digits.is_some_and(|digits| digits != 6) {
            return None;
        }
        Some(match style.since {
            Since::First => TimeFormat::SinceFirst,
            Since::Previous | Since::PreviousShown => TimeFormat::SincePrevious,
            Since::Epoch => TimeFormat::Epoch,
            Since::Clock {
                utc: false,
                date: "",
            } => TimeFormat::TimeOfDay,
            Since::Clock { date, .. } if date.contains('j') => return None,
            Since::Clock { utc: true, .. } => TimeFormat::Utc,
            Since::Clock { utc: false, .. } => TimeFormat::Date,
        })
    }

    /// Returns the next one.
    pub fn next(self) -> Self {
        match self {
            TimeFormat::SinceFirst => TimeFormat::SincePrevious,
            TimeFormat::SincePrevious => TimeFormat::TimeOfDay,
            TimeFormat::TimeOfDay => TimeFormat::Utc,
            TimeFormat::Utc => TimeFormat::Date,
            TimeFormat::Date => TimeFormat::Epoch,
            TimeFormat::Epoch => TimeFormat::SinceFirst,
        }
    }

    /// Returns its description for when it is chosen.
    pub fn words(self) -> &'static str {
        match self {
            TimeFormat::SinceFirst => text!("times-since-first"),
            TimeFormat::SincePrevious => text!("times-since-previous"),
            TimeFormat::TimeOfDay => text!("times-of-day"),
            TimeFormat::Utc => text!("times-utc"),
            TimeFormat::Date => text!("times-date"),
            TimeFormat::Epoch => text!("times-epoch"),
        }
    }

    /// Returns how many columns it takes.
    pub fn columns(self) -> usize {
        match self {
            TimeFormat::SinceFirst | TimeFormat::SincePrevious => 12,
            TimeFormat::TimeOfDay => 15,
            TimeFormat::Utc => 27,
            TimeFormat::Date => 26,
            TimeFormat::Epoch => 17,
        }
    }
}

/// The user's settings.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How times are shown.
    pub time: TimeFormat,
    /// Sequence numbers as they are on the wire.
    pub absolute_seq: bool,
    /// Passwords and other secrets are shown.
    pub show_secrets: bool,
    /// Addresses are shown by their names, if those are known.
    pub names: bool,
    /// Packets are coloured by rules.
    pub colors: bool,
    /// The local time zone, read once at the start.
    pub zone: FixedOffset,
}

impl Default for Settings {
    fn default() -> Self {
        let zone = Local::now().offset().fix();
        Settings {
            time: TimeFormat::default(),
            absolute_seq: false,
            show_secrets: false,
            names: true,
            colors: true,
            zone,
        }
    }
}

impl Settings {
    /// Switches the setting of an action, and returns the new state; nothing for other actions.
    pub fn switch(&mut self, action: Action) -> Option<&'static str> {
        Some(match action {
            Action::TimeFormat => {
                self.time = self.time.next();
                self.time.words()
            }
            Action::AbsoluteSeq => {
                self.absolute_seq = !self.absolute_seq;
                match self.absolute_seq {
                    true => text!("seq-absolute"),
                    false => text!("seq-relative"),
                }
            }
            Action::Secrets => {
                self.show_secrets = !self.show_secrets;
                match self.show_secrets {
                    true => text!("secrets-shown"),
                    false => text!("secrets-hidden"),
                }
            }
            Action::Names => {
                self.names = !self.names;
                match self.names {
                    true => text!("names-shown"),
                    false => text!("names-hidden"),
                }
            }
            Action::Colors => {
                self.colors = !self.colors;
                match self.colors {
                    true => text!("colors-on"),
                    false => text!("colors-off"),
                }
            }
            _ => return None,
        })
    }

    /// Returns the local time of day, in whole seconds.
    pub fn time_of_day(&self, time_ns: i64) -> String {
        let date = DateTime::<Utc>::from_timestamp_nanos(time_ns);
        date.with_timezone(&self.zone)
            .format("%H:%M:%S")
            .to_string()
    }

    /// Returns a packet's time. `first_ns` and `previous_ns` are those of the first packet and of the previous one, in
    /// nanoseconds since the epoch.
    pub fn time(&self, time_ns: i64, first_ns: i64, previous_ns: i64) -> String {
        let date = DateTime::<Utc>::from_timestamp_nanos(time_ns);
        match self.time {
            TimeFormat::SinceFirst => seconds(time_ns.saturating_sub(first_ns), 6),
            TimeFormat::SincePrevious => seconds(time_ns.saturating_sub(previous_ns), 6),
            TimeFormat::TimeOfDay => date
                .with_timezone(&self.zone)
                .format("%H:%M:%S%.6f")
                .to_string(),
            TimeFormat::Utc => date.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
            TimeFormat::Date => date
                .with_timezone(&self.zone)
                .format("%Y-%m-%d %H:%M:%S%.6f")
                .to_string(),
            TimeFormat::Epoch => seconds(time_ns, 6),
        }
    }
}
