//! What a table consists of: columns with a type, and the values of a row.

use std::{borrow::Cow, net::IpAddr};

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whether something is so.
    Flag,
    /// A number without a sign of at most 16 bits.
    Unsigned16,
    /// A number without a sign of at most 32 bits.
    Unsigned32,
    /// A number without a sign of at most 64 bits.
    Unsigned64,
    /// A number with a sign.
    Signed64,
    /// A fraction.
    Double,
    /// Nanoseconds since the epoch, in UTC.
    Time,
    /// A span of time in nanoseconds.
    Span,
    /// Text in UTF-8.
    Text,
    /// Text that is a JSON object.
    Json,
    /// Bytes.
    Bytes,
    /// An IP address of 16 bytes; one of IPv4 is mapped: RFC 4291, section 2.5.5.2.
    Address,
    /// A list of texts.
    Texts,
    /// A list of numbers without a sign of at most 32 bits.
    Numbers,
}

impl Kind {
    /// Returns its name in docs/tables.md.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Flag => "boolean",
            Kind::Unsigned16 => "uint16",
            Kind::Unsigned32 => "uint32",
            Kind::Unsigned64 => "uint64",
            Kind::Signed64 | Kind::Span => "int64",
            Kind::Double => "double",
            Kind::Time => "timestamp",
            Kind::Text => "text",
            Kind::Json => "json",
            Kind::Bytes => "bytes",
            Kind::Address => "bytes(16)",
            Kind::Texts => "list(text)",
            Kind::Numbers => "list(uint32)",
        }
    }
}

/// The definition of a column, as all formats have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its type.
    pub kind: Kind,
    /// Whether a row may have no value in it.
    pub nullable: bool,
    /// Whether rows are looked up by it, so that a bloom filter pays.
    pub is_key: bool,
}

/// A column of a table, with the function of its values.
pub(super) struct Accessor<F> {
    pub column: Column,
    pub value: F,
}

impl<F> Accessor<F> {
    /// Defines a column that has a value in every row.
    pub const fn new(name: &'static str, kind: Kind, value: F) -> Self {
        Accessor {
            column: Column {
                name: Cow::Borrowed(name),
                kind,
                nullable: false,
                is_key: false,
            },
            value,
        }
    }

    /// Defines a column that may have none.
    pub const fn maybe(name: &'static str, kind: Kind, value: F) -> Self {
        let mut accessor = Self::new(name, kind, value);
        accessor.column.nullable = true;
        accessor
    }

    /// Defines a column that has a value in every row, by which rows are looked up.
    pub const fn key(name: &'static str, kind: Kind, value: F) -> Self {
        let mut accessor = Self::new(name, kind, value);
        accessor.column.is_key = true;
        accessor
    }

    /// Defines a column that may have no value, by which rows are looked up.
    pub const fn maybe_key(name: &'static str, kind: Kind, value: F) -> Self {
        let mut accessor = Self::maybe(name, kind, value);
        accessor.column.is_key = true;
        accessor
    }
}

/// The value of a column in a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// There is none.
    Null,
    /// The capture's hash, which is the same in every row.
    Capture,
    /// Whether something is so.
    Flag(bool),
    /// A number without a sign.
    Unsigned(u64),
    /// A number with a sign, a time or a span of time.
    Signed(i64),
    /// A fraction.
    Double(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// An address as text.
    Host(IpAddr),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// An address.
    Address([u8; 16]),
    /// A list of texts.
    Texts(Vec<Cow<'a, str>>),
    /// A list of numbers.
    Numbers(&'a [u32]),
}

impl<'a> Cell<'a> {
    /// Returns that of a text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Cell::Text(text.into())
    }

    /// Returns that of a text that may be missing.
    pub fn maybe_text(text: Option<impl Into<Cow<'a, str>>>) -> Self {
        text.map_or(Cell::Null, Cell::text)
    }

    /// Returns that of a number without a sign.
    pub fn number(number: impl Into<u64>) -> Self {
        Cell::Unsigned(number.into())
    }

    /// Returns that of such a number that may be missing.
    pub fn maybe_number(number: Option<impl Into<u64>>) -> Self {
        number.map_or(Cell::Null, Cell::number)
    }

    /// Returns that of a time or a span of time that may be missing.
    pub fn maybe_ns(ns: Option<i64>) -> Self {
        ns.map_or(Cell::Null, Cell::Signed)
    }

    /// Returns that of an address.
    pub fn address(address: IpAddr) -> Self {
        Cell::Address(match address {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => address.octets(),
        })
    }

    /// Returns how much memory it takes in a buffer, bytes.
    #[cfg(feature = "parquet")]
    pub(super) fn weight(&self) -> usize {
        match self {
            Cell::Text(text) => 16 + text.len(),
            Cell::Bytes(bytes) => 16 + bytes.len(),
            Cell::Texts(texts) => texts.iter().map(|text| 16 + text.len()).sum(),
            Cell::Numbers(numbers) => 4 * numbers.len(),
            Cell::Address(_) | Cell::Host(_) => 16,
            _ => 8,
        }
    }
}
