//! The fields of each protocol, known before any packet is read: their names, their types, and the names of their
//! values. Display filters, columns and exports are checked against them, and every row of a tree fits one of them.

use crate::{Base, Value, ValueName};

/// A field that a protocol declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldDef {
    /// Its name in filters, the same as in Wireshark.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldType,
    /// The base in which it is shown, where it is a number.
    pub base: Base,
    /// The names of its values.
    pub values: Values,
}

/// What a field holds: those of Wireshark's field types that are in use. All its kinds of text are one type here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldType {
    /// A protocol's heading.
    Protocol,
    /// Nothing: only its presence matters.
    None,
    /// A bit.
    Boolean,
    /// A byte that is shown as a character.
    Char,
    /// A number of 8 bits at most.
    Uint8,
    /// A number of 16 bits at most.
    Uint16,
    /// A number of 24 bits at most.
    Uint24,
    /// A number of 32 bits at most.
    Uint32,
    /// A number of 48 bits at most.
    Uint48,
    /// A number of 64 bits at most.
    Uint64,
    /// A number with a sign, of 8 bits.
    Int8,
    /// A number with a sign, of 16 bits.
    Int16,
    /// A number with a sign, of 32 bits.
    Int32,
    /// A number with a sign, of 64 bits.
    Int64,
    /// A fraction in single precision.
    Float,
    /// A fraction in double precision.
    Double,
    /// The number of a packet.
    FrameNumber,
    /// A point in time.
    AbsoluteTime,
    /// A span of time.
    RelativeTime,
    /// Text.
    String,
    /// Bytes.
    Bytes,
    /// A hardware address of six bytes.
    Ether,
    /// A hardware address of eight bytes: RFC 4291, appendix A.
    Eui64,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A universally unique identifier: RFC 9562.
    Guid,
}

impl FieldType {
    /// Returns the greatest number of bits of a number without a sign; none for everything else.
    pub const fn bits(self) -> Option<u8> {
        Some(match self {
            FieldType::Uint8 => 8,
            FieldType::Uint16 => 16,
            FieldType::Uint24 => 24,
            FieldType::Uint32 | FieldType::FrameNumber => 32,
            FieldType::Uint48 => 48,
            FieldType::Uint64 => 64,
            _ => return None,
        })
    }
}

/// The names of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// The values have no names.
    None,
    /// The names of numbers. With several tables, the first that knows a number counts, unless the fields around it
    /// choose another.
    Names(&'static [&'static [ValueName]]),
    /// The meanings of a bit when it is set and when it is not.
    Flag(&'static str, &'static str),
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $function:ident => $kind:ident $(as $base:expr)?,)*) => {$(
        $(#[$doc])*
        pub const fn $function(name: &'static str) -> Self {
            let field = Self::new(name, FieldType::$kind);
            $(let field = FieldDef { base: $base, ..field };)?
            field
        }
    )*};
}

impl FieldDef {
    const fn new(name: &'static str, kind: FieldType) -> Self {
        FieldDef {
            name,
            kind,
            base: Base::Dec,
            values: Values::None,
        }
    }

    constructors! {
        /// A protocol that has no dissector of its own.
        protocol => Protocol,
        /// A field with nothing but a name.
        none => None,
        /// A byte that is shown as a character.
        char => Char,
        /// A number of 8 bits at most.
        u8 => Uint8,
        /// A number of 8 bits at most, in hexadecimal.
        hex8 => Uint8 as Base::Hex(2),
        /// A number of 16 bits at most.
        u16 => Uint16,
        /// A number of 16 bits at most, in hexadecimal.
        hex16 => Uint16 as Base::Hex(4),
        /// A number of 24 bits at most.
        u24 => Uint24,
        /// A number of 24 bits at most, in hexadecimal.
        hex24 => Uint24 as Base::Hex(6),
        /// A number of 32 bits at most.
        u32 => Uint32,
        /// A number of 32 bits at most, in hexadecimal.
        hex32 => Uint32 as Base::Hex(8),
        /// A number of 48 bits at most.
        u48 => Uint48,
        /// A number of 48 bits at most, in hexadecimal.
        hex48 => Uint48 as Base::Hex(12),
        /// A number of 64 bits at most.
        u64 => Uint64,
        /// A number of 64 bits at most, in hexadecimal.
        hex64 => Uint64 as Base::Hex(16),
        /// A number with a sign, of 8 bits.
        i8 => Int8,
        /// A number with a sign, of 16 bits.
        i16 => Int16,
        /// A number with a sign, of 32 bits.
        i32 => Int32,
        /// A number with a sign, of 64 bits.
        i64 => Int64,
        /// A fraction in single precision.
        float => Float,
        /// A fraction in double precision.
        double => Double,
        /// The number of a packet.
        frame => FrameNumber,
        /// A point in time.
        time => AbsoluteTime,
        /// A span of time.
        duration => RelativeTime,
        /// Text.
        string => String,
        /// Bytes.
        bytes => Bytes,
        /// A hardware address of six bytes.
        mac => Ether,
        /// A hardware address of eight bytes.
        eui64 => Eui64,
        /// An IPv4 address.
        ipv4 => Ipv4,
        /// An IPv6 address.
        ipv6 => Ipv6,
        /// A universally unique identifier.
        guid => Guid,
    }

    /// A bit that is set or not set.
    pub const fn flag(name: &'static str) -> Self {
        Self::new(name, FieldType::Boolean).means("Set", "Not set")
    }

    /// Names its numbers by these tables.
    pub const fn names(mut self, tables: &'static [&'static [ValueName]]) -> Self {
        self.values = Values::Names(tables);
        self
    }

    /// Gives the meanings of the bit when it is set and when it is not.
    pub const fn means(mut self, set: &'static str, not_set: &'static str) -> Self {
        self.values = Values::Flag(set, not_set);
        self
    }

    /// Returns the possible names of a number, the likeliest first.
    pub fn names_of(&self, number: u64) -> impl Iterator<Item = &'static str> {
        let tables = match self.values {
            Values::Names(tables) => tables,
            _ => &[],
        };
        tables.iter().filter_map(move |table| {
            let mut names = table.iter();
            let found = names.find(|one| (one.first..=one.last).contains(&number));
            found.map(|found| found.name)
        })
    }

    /// Whether it can hold this value.
    pub fn fits(&self, value: &Value) -> bool {
        use FieldType::*;
        let is_number = |number: u64| {
            let bits = self.kind.bits().map(u32::from);
            bits.is_some_and(|bits| number.checked_shr(bits).unwrap_or(0) == 0)
        };
        match (value, self.kind) {
            (Value::None, kind) => kind == Protocol,
            // As tshark shows some of them: without the sign.
            (Value::Number(number, _), Int8) => u8::try_from(*number).is_ok(),
            (Value::Number(number, _), _) => {
                // One of several tables need not know the number.
                let known = match self.values {
                    Values::Names([_]) => self.names_of(*number).next().is_some(),
                    _ => false,
                };
                is_number(*number) && !known
            }
            (Value::Named(number, _, name), _) => {
                is_number(*number) && self.names_of(*number).any(|one| one == *name)
            }
            (Value::Signed(number), Int8) => i8::try_from(*number).is_ok(),
            (Value::Signed(number), Int16) => i16::try_from(*number).is_ok(),
            (Value::Signed(number), Int32) => i32::try_from(*number).is_ok(),
            (Value::Signed(_), Int64) => true,
            // Wireshark declares some bits as numbers.
            (Value::Flag(_, set, not_set), Boolean | Uint8) => {
                self.values == Values::Flag(set, not_set)
            }
            (Value::Mac(_), kind) => matches!(kind, Ether | Bytes),
            (Value::Ipv4(_), kind) => kind == Ipv4,
            (Value::Ipv6(_), kind) => kind == Ipv6,
            (Value::Bytes(_), kind) => matches!(kind, Bytes | Eui64),
            (Value::Static(""), Protocol | None) => true,
            (Value::Text(_) | Value::Static(_), String) => true,
            (Value::Text(_), kind) => matches!(kind, Char | Guid),
            // A time that is not given: RFC 5905, section 6.
            (Value::Static("NULL"), AbsoluteTime) => true,
            (Value::Duration(_), kind) => kind == RelativeTime,
            (Value::Time(_), kind) => kind == AbsoluteTime,
            (Value::Float(_), kind) => kind == Double,
            (Value::Single(_), kind) => kind == Float,
            _ => false,
        }
    }
}
