//! Values of fields, and how they compare.

use super::lexer::{End, Part, Relation};
use dissectors::FieldType;
use std::{
    borrow::Cow,
    cmp::Ordering,
    net::{Ipv4Addr, Ipv6Addr},
};

/// The types that are told apart when values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Numbers, with and without a sign, and bits.
    Integer,
    Float,
    /// A span of time.
    Span,
    /// A point in time.
    Time,
    Text,
    /// Bytes, hardware addresses, protocols.
    Bytes,
    Ipv4,
    Ipv6,
    /// Only its presence matters.
    Nothing,
}

/// Returns the class of a type.
pub fn class(kind: FieldType) -> Class {
    match kind {
        FieldType::None => Class::Nothing,
        FieldType::Float | FieldType::Double => Class::Float,
        FieldType::AbsoluteTime => Class::Time,
        FieldType::RelativeTime => Class::Span,
        FieldType::String => Class::Text,
        FieldType::Protocol
        | FieldType::Bytes
        | FieldType::Ether
        | FieldType::Eui64
        | FieldType::Guid => Class::Bytes,
        FieldType::Ipv4 => Class::Ipv4,
        FieldType::Ipv6 => Class::Ipv6,
        _ => Class::Integer,
    }
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum<'a> {
    /// An integer: those of 64 bits have room in it, with and without a sign.
    Integer(i128),
    /// A fraction.
    Float(f64),
    /// Nanoseconds.
    Span(i128),
    /// Nanoseconds since the epoch.
    Time(i128),
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// An address, and the length of its prefix, bits.
    Ipv4(Ipv4Addr, u8),
    /// The same of IPv6.
    Ipv6(Ipv6Addr, u8),
    /// There is one.
    Nothing,
}

impl Datum<'_> {
    /// Returns the same value, borrowed.
    pub fn borrowed(&self) -> Datum<'_> {
        match self {
            Datum::Text(text) => Datum::Text(Cow::Borrowed(text)),
            Datum::Bytes(bytes) => Datum::Bytes(Cow::Borrowed(bytes)),
            other => other.to_owned(),
        }
    }

    /// Returns a copy of it.
    pub fn to_owned(&self) -> Datum<'static> {
        match self {
            Datum::Integer(number) => Datum::Integer(*number),
            Datum::Float(number) => Datum::Float(*number),
            Datum::Span(ns) => Datum::Span(*ns),
            Datum::Time(ns) => Datum::Time(*ns),
            Datum::Text(text) => Datum::Text(Cow::Owned(text.clone().into_owned())),
            Datum::Bytes(bytes) => Datum::Bytes(Cow::Owned(bytes.clone().into_owned())),
            Datum::Ipv4(address, prefix) => Datum::Ipv4(*address, *prefix),
            Datum::Ipv6(address, prefix) => Datum::Ipv6(*address, *prefix),
            Datum::Nothing => Datum::Nothing,
        }
    }

    /// Returns the bytes of text, of bytes and of addresses.
    pub fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        Some(match self {
            Datum::Text(text) => Cow::Borrowed(text.as_bytes()),
            Datum::Bytes(bytes) => Cow::Borrowed(bytes),
            Datum::Ipv4(address, _) => Cow::Owned(address.octets().to_vec()),
            Datum::Ipv6(address, _) => Cow::Owned(address.octets().to_vec()),
            _ => return None,
        })
    }

    /// Whether a number is not 0; everything else is.
    pub fn is_nonzero(&self) -> bool {
        match self {
            Datum::Integer(number) => *number != 0,
            Datum::Float(number) => *number != 0.0,
            Datum::Span(ns) | Datum::Time(ns) => *ns != 0,
            Datum::Bytes(bytes) => bytes.iter().any(|byte| *byte != 0),
            _ => true,
        }
    }

    fn order(&self, other: &Datum) -> Option<Ordering> {
        match (self, other) {
            (Datum::Integer(a), Datum::Integer(b)) => Some(a.cmp(b)),
            (Datum::Float(a), Datum::Float(b)) => match (a.is_nan(), b.is_nan()) {
                (true, true) => Some(Ordering::Equal),
                _ => a.partial_cmp(b),
            },
            (Datum::Float(a), Datum::Integer(b)) => a.partial_cmp(&(*b as f64)),
            (Datum::Integer(a), Datum::Float(b)) => (*a as f64).partial_cmp(b),
            (Datum::Span(a) | Datum::Time(a), Datum::Span(b) | Datum::Time(b)) => Some(a.cmp(b)),
            (Datum::Ipv4(a, x), Datum::Ipv4(b, y)) => {
                let mask = mask(*x.min(y), 32) as u32;
                Some((a.to_bits() & mask).cmp(&(b.to_bits() & mask)))
            }
            (Datum::Ipv6(a, x), Datum::Ipv6(b, y)) => {
                let mask = mask(*x.min(y), 128);
                Some((a.to_bits() & mask).cmp(&(b.to_bits() & mask)))
            }
            _ => Some(self.bytes()?.as_ref().cmp(other.bytes()?.as_ref())),
        }
    }

    /// Whether a comparison of one pair of values holds.
    pub fn compares(&self, relation: Relation, other: &Datum) -> bool {
        let order = self.order(other);
        match relation {
            Relation::AnyEqual | Relation::AllEqual => order == Some(Ordering::Equal),
            Relation::AllUnequal | Relation::AnyUnequal => order != Some(Ordering::Equal),
            Relation::Greater => order == Some(Ordering::Greater),
            Relation::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
            Relation::Less => order == Some(Ordering::Less),
            Relation::LessOrEqual => order.is_some_and(Ordering::is_le),
            Relation::Contains => match (self.bytes(), other.bytes()) {
                (Some(all), Some(part)) => memchr::memmem::find(&all, &part).is_some(),
                _ => false,
            },
            // Done with a regular expression.
            Relation::Matches => false,
        }
    }
}

fn mask(prefix: u8, length: u8) -> u128 {
    match length.saturating_sub(prefix) {
        0 => u128::MAX,
        128.. => 0,
        rest => u128::MAX << rest,
    }
}

/// Returns the range that a part has in something of this length; none if it is not within.
pub fn range(part: Part, length: usize) -> Option<std::ops::Range<usize>> {
    let length = i64::try_from(length).ok()?;
    let at = |offset: i64| match offset {
        0.. => offset,
        _ => length.saturating_add(offset),
    };
    let from = at(part.from);
    let to = match part.end {
        End::Open => length,
        End::Length(count) => from.checked_add(count)?,
        End::At(last) => at(last).checked_add(1)?,
    };
    let is_within = 0 <= from && from < to && to <= length;
    is_within.then_some(from as usize..to as usize)
}

/// Returns parts of bytes or of the letters of a text, one behind another; none if one of them is not within.
pub fn slice<'a>(value: &'a Datum, parts: &[Part]) -> Option<Datum<'a>> {
    if let Datum::Text(text) = value {
        let letters: Vec<char> = text.chars().collect();
        let mut some = String::new();
        for part in parts {
            some.extend(letters.get(range(*part, letters.len())?)?);
        }
        return Some(Datum::Text(Cow::Owned(some)));
    }
    let bytes = value.bytes()?;
    if let ([part], Cow::Borrowed(bytes)) = (parts, &bytes) {
        let part = bytes.get(range(*part, bytes.len())?)?;
        return Some(Datum::Bytes(Cow::Borrowed(part)));
    }
    let mut some = Vec::new();
    for part in parts {
        some.extend_from_slice(bytes.get(range(*part, bytes.len())?)?);
    }
    Some(Datum::Bytes(Cow::Owned(some)))
}
