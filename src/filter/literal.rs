//! Values as they are written in a filter.

use super::{
    Wrong,
    fields::Known,
    value::{Class, Datum, class},
};
use crate::lang::text;
use chrono::{DateTime, Local, NaiveDate, NaiveDateTime, TimeZone};
use dissectors::{FieldType, ValueName, Values};
use std::{borrow::Cow, net::Ipv6Addr, ops::Range};

/// A value that was written, before its type is known.
#[derive(Clone, Debug)]
pub enum Written {
    /// Without quotes.
    Word(String),
    /// In double quotes.
    Text(Vec<u8>),
    /// In single quotes.
    Char(u8),
}

/// Returns a value as one of this field, or of values like its.
pub fn value(written: &Written, of: &Known, place: &Range<usize>) -> Result<Datum<'static>, Wrong> {
    let wrong = |reason: String| Wrong::new(reason, place.clone());
    let shown = |bytes: &[u8]| crate::format::printable(&String::from_utf8_lossy(bytes));
    match (class(of.kind), written) {
        (Class::Nothing, _) => Err(wrong(text!("filter-has-no-value", field = of.name))),
        (Class::Integer, Written::Char(byte)) => Ok(Datum::Integer((*byte).into())),
        (Class::Integer, Written::Word(word)) => integer(word, of).map_err(wrong),
        (Class::Integer, Written::Text(text)) => {
            let text = String::from_utf8_lossy(text);
            match named(&text, of.values) {
                Some(number) => Ok(Datum::Integer(number)),
                None => Err(wrong(text!(
                    "filter-no-such-value",
                    value = shown(text.as_bytes()),
                    field = of.name
                ))),
            }
        }
        (Class::Float, Written::Word(word)) => match float(word) {
            Some(number) => Ok(Datum::Float(number)),
            None => Err(wrong(text!(
                "filter-not-a-number",
                value = shown(word.as_bytes())
            ))),
        },
        (Class::Span, Written::Word(word)) => match nanoseconds(word) {
            Some(ns) => Ok(Datum::Span(ns)),
            None => Err(wrong(text!(
                "filter-not-a-number",
                value = shown(word.as_bytes())
            ))),
        },
        (Class::Time, Written::Word(_) | Written::Text(_)) => {
            let text = match written {
                Written::Word(word) => word.clone(),
                Written::Text(text) => String::from_utf8_lossy(text).into_owned(),
                Written::Char(_) => String::new(),
            };
            // A number is seconds since the epoch, as newer versions of Wireshark have it.
            match time(&text).or_else(|| nanoseconds(&text)) {
                Some(ns) => Ok(Datum::Time(ns)),
                None => Err(wrong(text!(
                    "filter-not-a-time",
                    value = shown(text.as_bytes())
                ))),
            }
        }
        (Class::Text, Written::Word(word)) => Ok(Datum::Text(Cow::Owned(word.clone()))),
        (Class::Text, Written::Text(text)) => Ok(match String::from_utf8(text.clone()) {
            Ok(text) => Datum::Text(Cow::Owned(text)),
            Err(_) => Datum::Bytes(Cow::Owned(text.clone())),
        }),
        (Class::Text, Written::Char(byte)) => Ok(Datum::Bytes(Cow::Owned(vec![*byte]))),
        (Class::Bytes, Written::Text(text)) => Ok(Datum::Bytes(Cow::Owned(text.clone()))),
        (Class::Bytes, Written::Char(byte)) => Ok(Datum::Bytes(Cow::Owned(vec![*byte]))),
        (Class::Bytes, Written::Word(word)) => match bytes(word) {
            Some(bytes) => Ok(Datum::Bytes(Cow::Owned(bytes))),
            None => Err(wrong(text!(
                "filter-not-bytes",
                value = shown(word.as_bytes())
            ))),
        },
        (Class::Ipv4, Written::Word(word)) => ipv4(word).map_err(wrong),
        (Class::Ipv6, Written::Word(word)) => ipv6(word).map_err(wrong),
        (_, Written::Text(text)) => {
            // An address may be in quotes.
            let word = String::from_utf8_lossy(text).into_owned();
            match class(of.kind) {
                Class::Ipv4 => ipv4(&word).map_err(wrong),
                Class::Ipv6 => ipv6(&word).map_err(wrong),
                _ => Err(wrong(text!("filter-not-a-number", value = shown(text)))),
            }
        }
        (_, Written::Char(byte)) => {
            Err(wrong(text!("filter-not-a-number", value = shown(&[*byte]))))
        }
    }
}

/// Returns an integer that fits the field, or the number that has this name there.
fn integer(word: &str, of: &Known) -> Result<Datum<'static>, String> {
    let shown = crate::format::printable(word);
    let Some(number) = plain_integer(word) else {
        let truth = match word.to_ascii_lowercase().as_str() {
            "true" => Some(1),
            "false" => Some(0),
            _ => None,
        };
        return match (of.kind, truth) {
            (FieldType::Boolean, Some(bit)) => Ok(Datum::Integer(bit)),
            _ => match (named(word, of.values), of.values) {
                (Some(number), _) => Ok(Datum::Integer(number)),
                (None, Values::None) => Err(text!("filter-not-a-number", value = shown)),
                (None, _) => Err(text!(
                    "filter-no-such-value",
                    value = shown,
                    field = of.name
                )),
            },
        };
    };
    let (least, most): (i128, i128) = match of.kind {
        // Also as its bits.
        FieldType::Int8 => (i8::MIN.into(), u8::MAX.into()),
        FieldType::Int16 => (i16::MIN.into(), i16::MAX.into()),
        FieldType::Int32 => (i32::MIN.into(), i32::MAX.into()),
        FieldType::Int64 => (i64::MIN.into(), i64::MAX.into()),
        FieldType::Boolean => (i64::MIN.into(), u64::MAX.into()),
        FieldType::Char => (0, u8::MAX.into()),
        kind => {
            let bits = kind.bits().unwrap_or(64);
            (i64::MIN.into(), (1_i128 << bits) - 1)
        }
    };
    if number > most {
        return Err(text!(
            "filter-too-large",
            value = shown,
            field = of.name,
            most
        ));
    }
    if number < least {
        return Err(text!(
            "filter-too-small",
            value = shown,
            field = of.name,
            least
        ));
    }
    match of.kind {
        // Every number but 0 is true.
        FieldType::Boolean => Ok(Datum::Integer((number != 0).into())),
        FieldType::Int8 => Ok(Datum::Integer((number as i8).into())),
        _ => Ok(Datum::Integer(number)),
    }
}

/// Returns a number in decimal, hexadecimal, octal or binary digits.
pub fn plain_integer(word: &str) -> Option<i128> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word),
    };
    let number = if let Some(hex) = strip_either(digits, "0x", "0X") {
        i128::from_str_radix(hex, 16)
    } else if let Some(binary) = strip_either(digits, "0b", "0B") {
        i128::from_str_radix(binary, 2)
    } else if digits.len() > 1 && digits.starts_with('0') {
        i128::from_str_radix(digits, 8)
    } else if digits.starts_with(|digit: char| digit.is_ascii_digit()) {
        digits.parse()
    } else {
        return None;
    };
    let number = number.ok()?;
    Some(if negative { -number } else { number })
}

fn strip_either<'a>(text: &'a str, one: &str, other: &str) -> Option<&'a str> {
    text.strip_prefix(one).or_else(|| text.strip_prefix(other))
}

/// Returns the number that has this name, in any case.
fn named(text: &str, values: Values) -> Option<i128> {
    match values {
        Values::None => None,
        Values::Flag(yes, no) => [(yes, 1), (no, 0)]
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
            .map(|(_, bit)| *bit),
        Values::Names(tables) => {
            let mut all = tables.iter().flat_map(|table| table.iter());
            let found: Option<&ValueName> = all.find(|known| known.name.eq_ignore_ascii_case(text));
            found.map(|known| known.first.into())
        }
    }
}

fn float(word: &str) -> Option<f64> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let is_number = digits.starts_with(|digit: char| digit.is_ascii_digit() || digit == '.');
    let is_named = matches!(
        digits.to_ascii_lowercase().as_str(),
        "inf" | "infinity" | "nan"
    );
    match is_number || is_named {
        true => word.parse().ok(),
        false => None,
    }
}

/// Returns seconds with up to nine digits behind the point as nanoseconds.
fn nanoseconds(word: &str) -> Option<i128> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word),
    };
    let (seconds, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if !is_digits(seconds) || !is_digits(fraction) || seconds.len() + fraction.len() == 0 {
        // With an exponent.
        let seconds = float(word)?;
        let is_fit = seconds.is_finite() && seconds.abs() < 1e18;
        return is_fit.then_some((seconds * 1e9).round() as i128);
    }
    let seconds: i128 = match seconds {
        "" => 0,
        seconds => seconds.parse::<i64>().ok()?.into(),
    };
    let padded: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    let ns = seconds * 1_000_000_000 + padded.parse::<i128>().ok()?;
    Some(if negative { -ns } else { ns })
}

/// Returns a point in time, which is local without a zone: ISO 8601, or `Nov 12, 1999 08:55:44.123`.
fn time(text: &str) -> Option<i128> {
    const FORMATS: &[&str] = &[
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M",
        "%b %d, %Y %H:%M:%S%.f",
        "%b %d, %Y %H:%M",
    ];
    const DATES: &[&str] = &["%Y-%m-%d", "%b %d, %Y"];
    let text = text.trim();
    let ns = |time: DateTime<chrono::Utc>| {
        i128::from(time.timestamp()) * 1_000_000_000 + i128::from(time.timestamp_subsec_nanos())
    };
    let naive = |text: &str| {
        let mut formats = FORMATS.iter();
        formats
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .or_else(|| {
                let mut dates = DATES.iter();
                let date = dates.find_map(|format| NaiveDate::parse_from_str(text, format).ok());
                date?.and_hms_opt(0, 0, 0)
            })
    };
    if let Some(local) = naive(text) {
        let local = Local.from_local_datetime(&local).earliest()?;
        return Some(ns(local.to_utc()));
    }
    if let Some(before) = text.strip_suffix('Z') {
        return Some(ns(naive(before.trim_end())?.and_utc()));
    }
    if let Some((before, zone)) = text.rsplit_once(' ')
        && let Some(hours) = hours_ahead(zone)
    {
        const NS_PER_HOUR: i128 = 3_600_000_000_000;
        return Some(ns(naive(before.trim_end())?.and_utc()) - i128::from(hours) * NS_PER_HOUR);
    }
    let mut zoned = FORMATS.iter().flat_map(|format| {
        [
            format!("{format} %:z"),
            format!("{format}%:z"),
            format!("{format}%z"),
        ]
    });
    zoned
        .find_map(|format| DateTime::parse_from_str(text, &format).ok())
        .map(|time| ns(time.to_utc()))
}

/// Returns how many hours a time zone is ahead of UTC: those of RFC 822, section 5.1, and the letters of the alphabet.
fn hours_ahead(zone: &str) -> Option<i8> {
    const ZONES: [(&str, i8); 11] = [
        ("UTC", 0),
        ("UT", 0),
        ("GMT", 0),
        ("EST", -5),
        ("EDT", -4),
        ("CST", -6),
        ("CDT", -5),
        ("MST", -7),
        ("MDT", -6),
        ("PST", -8),
        ("PDT", -7),
    ];
    let named = ZONES.iter();
    let mut named = named.filter(|(name, _)| name.eq_ignore_ascii_case(zone));
    if let Some((_, hours)) = named.next() {
        return Some(*hours);
    }
    match *zone.as_bytes() {
        [b'Z'] => Some(0),
        [letter @ b'A'..=b'I'] => Some((letter - b'A') as i8 + 1),
        [letter @ b'K'..=b'M'] => Some((letter - b'K') as i8 + 10),
        [letter @ b'N'..=b'Y'] => Some(-((letter - b'N') as i8) - 1),
        _ => None,
    }
}

/// Returns bytes in hexadecimal: separated by colons, hyphens or points, or without separators behind a colon.
pub fn bytes(word: &str) -> Option<Vec<u8>> {
    if let Some(hex) = strip_either(word, "0x", "0X") {
        return hexadecimal(hex).or_else(|| hexadecimal(&format!("0{hex}")));
    }
    let word = word.strip_prefix(':').unwrap_or(word);
    let word = word.strip_suffix(':').unwrap_or(word);
    if word.is_empty() {
        return None;
    }
    let Some(separator) = word.chars().find(|sign| [':', '-', '.'].contains(sign)) else {
        return hexadecimal(word).or_else(|| match word.len() {
            1 => hexadecimal(&format!("0{word}")),
            // One byte in decimal.
            3 => Some(vec![word.parse().ok()?]),
            _ => None,
        });
    };
    let mut all = Vec::new();
    for part in word.split(separator) {
        match part.len() {
            1 => all.push(u8::from_str_radix(part, 16).ok()?),
            2 | 4 => all.extend(hexadecimal(part)?),
            _ => return None,
        }
    }
    Some(all)
}

fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => Some((digit(*high)? << 4 | digit(*low)?) as u8),
        _ => None,
    });
    pairs.collect()
}

fn prefix(word: &str, most: u8) -> Result<(&str, u8), String> {
    let Some((address, length)) = word.split_once('/') else {
        return Ok((word, most));
    };
    match length.parse() {
        Ok(length) if length <= most => Ok((address, length)),
        _ => Err(text!("filter-bad-prefix", length, most)),
    }
}

fn ipv4(word: &str) -> Result<Datum<'static>, String> {
    let (address, length) = prefix(word, 32)?;
    match address.parse() {
        Ok(address) => Ok(Datum::Ipv4(address, length)),
        Err(_) => Err(text!(
            "filter-not-ipv4",
            value = crate::format::printable(word)
        )),
    }
}

fn ipv6(word: &str) -> Result<Datum<'static>, String> {
    let (address, length) = prefix(word, 128)?;
    match address.parse::<Ipv6Addr>() {
        Ok(address) => Ok(Datum::Ipv6(address, length)),
        Err(_) => Err(text!(
            "filter-not-ipv6",
            value = crate::format::printable(word)
        )),
    }
}
