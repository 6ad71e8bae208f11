//! Values as they were read: numbers and their names, flags, addresses, text, times.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

/// The base in which a number is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Decimal.
    Dec,
    /// Hexadecimal with this many digits.
    Hex(u8),
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A heading.
    None,
    /// A number.
    Number(u64, Base),
    /// A number whose meaning has a name.
    Named(u64, Base, &'static str),
    /// A number with a sign.
    Signed(i64),
    /// A bit, and its meanings when it is set and when it is not.
    Flag(bool, &'static str, &'static str),
    /// A hardware address.
    Mac([u8; 6]),
    /// An IPv4 address.
    Ipv4(Ipv4Addr),
    /// An IPv6 address.
    Ipv6(Ipv6Addr),
    /// Bytes without a meaning of their own.
    Bytes(Vec<u8>),
    /// Text.
    Text(String),
    /// A constant text.
    Static(&'static str),
    /// A span of time in nanoseconds.
    Duration(i64),
    /// Nanoseconds since the epoch, in UTC.
    Time(i64),
    /// A fraction.
    Float(f64),
    /// A fraction that was sent in single precision.
    Single(f32),
}

impl Value {
    /// Returns the value as `tshark -T pdml` writes it in `show`; none for a heading.
    pub fn show(&self) -> Option<String> {
        Some(match self {
            Value::None => return None,
            Value::Named(number, base, _) => Value::Number(*number, *base).to_string(),
            Value::Flag(set, ..) => u8::from(*set).to_string(),
            Value::Bytes(bytes) => {
                let mut text = String::with_capacity(bytes.len() * 3);
                for (at, byte) in bytes.iter().enumerate() {
                    if at > 0 {
                        text.push(':');
                    }
                    for nibble in [byte >> 4, byte & 15] {
                        text.push(char::from_digit(nibble.into(), 16).unwrap_or('0'));
                    }
                }
                text
            }
            Value::Duration(ns) => seconds(*ns),
            Value::Text(text) if text.contains(|letter: char| letter.is_ascii_control()) => {
                let mut shown = String::with_capacity(text.len() + 8);
                // An XML reader replaces a tab or an end of line by a space: XML 1.0, sections 2.11 and 3.3.3.
                for letter in text.replace("\r\n", " ").chars() {
                    match letter {
                        '\t' | '\n' | '\r' => shown.push(' '),
                        _ if letter.is_ascii_control() => {
                            shown.push_str(&format!("\\x{:x}", u32::from(letter)));
                        }
                        _ => shown.push(letter),
                    }
                }
                shown
            }
            Value::Single(number) => single(*number),
            other => other.to_string(),
        })
    }
}

/// Writes nanoseconds as seconds with nine digits.
fn seconds(ns: i64) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    let ns = ns.unsigned_abs();
    format!("{sign}{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000)
}

/// Writes a number with the six digits of single precision, as C's `%g` does.
fn single(number: f32) -> String {
    const DIGITS: i32 = 6;
    if !number.is_finite() {
        return number.to_string().to_lowercase();
    }
    let scientific = format!("{number:.5e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |digits: &str| match digits.contains('.') {
        true => digits
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned(),
        false => digits.to_owned(),
    };
    if (-4..DIGITS).contains(&exponent) {
        let places = (DIGITS - 1 - exponent) as usize;
        return trim(&format!("{number:.places$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trim(digits), exponent.abs())
}

/// Writes a moment as `Oct  2, 2017 12:03:32.000000000 UTC`.
fn write_time(f: &mut fmt::Formatter, ns: i64) -> fmt::Result {
    const DAY: i64 = 86_400;
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (seconds, fraction) = (ns.div_euclid(1_000_000_000), ns.rem_euclid(1_000_000_000));
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    // Years that begin in March have the leap day at their end; 400 of them are one era of 146097 days.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let day = day - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 2 } else { march - 10 };
    let year = year + era * 400 + i64::from(month < 2);
    let name = MONTHS.get(month as usize).copied().unwrap_or_default();
    let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
    write!(
        f,
        "{name} {day:>2}, {year} {hours:02}:{minutes:02}:{seconds:02}.{fraction:09} UTC"
    )
}

impl fmt::Display for Value {
    /// Writes the value for people to read.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Value::None => Ok(()),
            Value::Number(number, Base::Dec) => write!(f, "{number}"),
            Value::Number(number, Base::Hex(digits)) => {
                write!(f, "0x{number:0width$x}", width = usize::from(*digits))
            }
            Value::Named(number, base, name) => {
                write!(f, "{name} ({})", Value::Number(*number, *base))
            }
            Value::Signed(number) => write!(f, "{number}"),
            Value::Flag(set, yes, no) => f.write_str(if *set { yes } else { no }),
            Value::Mac([a, b, c, d, e, g]) => {
                write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
            }
            Value::Ipv4(address) => write!(f, "{address}"),
            Value::Ipv6(address) => match address.octets() {
                // RFC 4291, section 2.5.5.1. With two bytes less it is an address like ::1.
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] if (a, b) != (0, 0) => {
                    write!(f, "::{a}.{b}.{c}.{d}")
                }
                _ => write!(f, "{address}"),
            },
            Value::Bytes(bytes) => {
                for byte in bytes.iter().take(24) {
                    write!(f, "{byte:02x}")?;
                }
                if bytes.len() > 24 {
                    f.write_str("…")?;
                }
                Ok(())
            }
            Value::Text(text) => f.write_str(text),
            Value::Static(text) => f.write_str(text),
            Value::Duration(ns) => write!(f, "{} s", seconds(*ns)),
            Value::Time(ns) => write_time(f, *ns),
            Value::Float(number) => write!(f, "{number}"),
            Value::Single(number) => write!(f, "{number}"),
        }
    }
}

/// The name of a number, or of all numbers from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueName {
    /// The first number.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// The name.
    pub name: &'static str,
}

impl ValueName {
    /// The name of one number.
    pub const fn one(number: u64, name: &'static str) -> Self {
        Self::range(number, number, name)
    }

    /// The name of all numbers from `first` to `last` that have no name of their own.
    pub const fn range(first: u64, last: u64, name: &'static str) -> Self {
        ValueName { first, last, name }
    }
}

/// Shows a number in hexadecimal, with all its digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hex<T>(pub T);

/// A hardware address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Mac(pub [u8; 6]);

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        Value::Mac(self.0).fmt(f)
    }
}

macro_rules! value_from {
    ($($type:ty => |$value:ident| $make:expr,)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $make
            }
        })*
    };
}

value_from! {
    u8 => |v| Value::Number(v.into(), Base::Dec),
    u16 => |v| Value::Number(v.into(), Base::Dec),
    u32 => |v| Value::Number(v.into(), Base::Dec),
    u64 => |v| Value::Number(v, Base::Dec),
    i8 => |v| Value::Signed(v.into()),
    i16 => |v| Value::Signed(v.into()),
    i32 => |v| Value::Signed(v.into()),
    i64 => |v| Value::Signed(v),
    Hex<u8> => |v| Value::Number(v.0.into(), Base::Hex(2)),
    Hex<u16> => |v| Value::Number(v.0.into(), Base::Hex(4)),
    Hex<u32> => |v| Value::Number(v.0.into(), Base::Hex(8)),
    Hex<u64> => |v| Value::Number(v.0, Base::Hex(16)),
    bool => |v| Value::Flag(v, "True", "False"),
    Mac => |v| Value::Mac(v.0),
    Ipv4Addr => |v| Value::Ipv4(v),
    Ipv6Addr => |v| Value::Ipv6(v),
    &[u8] => |v| Value::Bytes(v.to_vec()),
    &'static str => |v| Value::Static(v),
    String => |v| Value::Text(v),
    () => |_v| Value::None,
}

/// Declares a number with names for its known values. Unknown values stay readable as numbers. The values that have a
/// constant may be followed by ranges of other values that share a name.
///
/// `named! { EtherType(u16, Hex(4)) { IPV4 = 0x0800 => "IPv4", } }` makes the type, its constants and its names.
macro_rules! named {
    ($($(#[$doc:meta])* $type:ident($int:ty, $base:expr) {
        $($constant:ident = $number:literal => $name:literal,)*
        $($first:literal..=$last:literal => $others:literal,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $type(pub $int);

        #[allow(dead_code, reason = "a table names every known value, whether or not code asks for it")]
        impl $type {
            $(#[doc = $name] pub const $constant: $type = $type($number);)*

            /// The names of all known values.
            pub const NAMES: &'static [$crate::ValueName] = &[
                $($crate::ValueName::one($number, $name),)*
                $($crate::ValueName::range($first, $last, $others),)*
            ];

            /// Returns the name of a known value.
            #[allow(unreachable_patterns, reason = "a table may name every value")]
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($name),)*
                    $($first..=$last => Some($others),)*
                    _ => None,
                }
            }
        }

        impl From<$type> for $crate::Value {
            fn from(value: $type) -> Self {
                use $crate::Base::*;
                match value.name() {
                    Some(name) => $crate::Value::Named(value.0.into(), $base, name),
                    None => $crate::Value::Number(value.0.into(), $base),
                }
            }
        }
    )*};
}

pub(crate) use named;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_as_numbers() {
        let text = Value::Text("a\u{1}\u{7f}\t한\r\n".to_owned());
        assert_eq!(text.show().as_deref(), Some("a\\x1\\x7f 한 "));
    }

    #[test]
    fn moments_are_told_by_the_calendar() {
        for (ns, text) in [
            (0, "Jan  1, 1970 00:00:00.000000000 UTC"),
            (
                1_506_945_812_000_000_005,
                "Oct  2, 2017 12:03:32.000000005 UTC",
            ),
            (
                1_709_164_800_000_000_000,
                "Feb 29, 2024 00:00:00.000000000 UTC",
            ),
            (
                951_782_399_000_000_000,
                "Feb 28, 2000 23:59:59.000000000 UTC",
            ),
            (-1, "Dec 31, 1969 23:59:59.999999999 UTC"),
        ] {
            assert_eq!(Value::Time(ns).to_string(), text);
        }
    }
}
