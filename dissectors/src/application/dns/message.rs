//! Shared by all parts of a message.

use crate::{Layer, Stop, Value, value::named};
use nom::number::be_u32;

/// The header of every message: RFC 1035, section 4.1.1.
pub const HEADER: usize = 12;

named! {
    /// IANA "DNS OpCodes".
    Opcode(u8, Dec) {
        QUERY = 0 => "Standard query",
        INVERSE = 1 => "Inverse query",
        STATUS = 2 => "Server status request",
        NOTIFY = 4 => "Zone change notification",
        UPDATE = 5 => "Dynamic update",
        STATEFUL = 6 => "DNS Stateful operations (DSO)",
    }
    /// IANA "DNS RCODEs".
    ResponseCode(u16, Dec) {
        NO_ERROR = 0 => "No error",
        FORMAT = 1 => "Format error",
        FAILURE = 2 => "Server failure",
        NO_NAME = 3 => "No such name",
        NOT_IMPLEMENTED = 4 => "Not implemented",
        REFUSED = 5 => "Refused",
        NAME_EXISTS = 6 => "Name exists",
        SET_EXISTS = 7 => "RRset exists",
        NO_SET = 8 => "RRset does not exist",
        NOT_AUTHORITATIVE = 9 => "Not authoritative",
        NOT_ZONE = 10 => "Name out of zone",
        NO_SESSION_TYPE = 11 => "DSO-Type not implemented",
        BAD_SIGNATURE = 16 => "Bad OPT version or TSIG signature failure",
        BAD_KEY = 17 => "Key not recognized",
        BAD_TIME = 18 => "Signature out of time window",
        BAD_MODE = 19 => "Bad TKEY mode",
        DUPLICATE_NAME = 20 => "Duplicate key name",
        BAD_ALGORITHM = 21 => "Algorithm not supported",
        BAD_TRUNCATION = 22 => "Bad truncation",
        BAD_COOKIE = 23 => "Bad or missing server cookie",
    }
}

/// The protocol that the messages belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// RFC 1035.
    Unicast,
    /// RFC 6762: the highest bit of a class has a special meaning.
    Multicast,
    /// RFC 4795: the header has other flags.
    LinkLocal,
}

/// A message while it is read.
pub struct Message<'a> {
    /// All of it: names point into it.
    pub bytes: &'a [u8],
    /// Its dialect.
    pub dialect: Dialect,
    /// Its text in the packet list so far.
    pub line: String,
}

/// The text of a message in the packet list is cut at this length, bytes: it may have thousands of records.
const MAX_LINE: usize = 1000;

impl Message<'_> {
    /// Adds words to its text in the packet list, if there is room.
    pub fn say(&mut self, words: &str) {
        if self.line.len() >= MAX_LINE {
            return;
        }
        self.line.push(' ');
        self.line.push_str(words);
        if self.line.len() > MAX_LINE {
            self.line.truncate(self.line.floor_char_boundary(MAX_LINE));
            self.line.push('…');
        }
    }
}

/// The bits of the second word: RFC 1035, section 4.1.1; RFC 4035, section 3.2; RFC 4795, section 2.1.1.
pub mod flag {
    pub const RESPONSE: u16 = 0x8000;
    pub const OPCODE: u16 = 0x7800;
    pub const AUTHORITATIVE: u16 = 0x0400;
    pub const TRUNCATED: u16 = 0x0200;
    pub const RECURSION_DESIRED: u16 = 0x0100;
    pub const RECURSION_AVAILABLE: u16 = 0x0080;
    pub const ZERO: u16 = 0x0040;
    pub const AUTHENTICATED: u16 = 0x0020;
    pub const UNCHECKED: u16 = 0x0010;
    pub const CODE: u16 = 0x000f;
}

/// The highest bit of a class, which is a flag in multicast DNS.
pub const TOP: u16 = 0x8000;

/// Reads seconds, and shows them in greater units too.
pub fn seconds(dns: &mut Layer, name: &'static str, label: &'static str) -> Result<u32, Stop> {
    let seconds = dns.field(name, label, be_u32())?;
    dns.text(|| spell(seconds));
    Ok(seconds)
}

/// Writes them as `90 s (1 min 30 s)`.
fn spell(seconds: u32) -> String {
    let units = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let parts = units.iter().filter(|(count, _)| *count > 0);
    let words: Vec<_> = parts
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    match seconds {
        0..60 => format!("{seconds} s"),
        _ => format!("{seconds} s ({})", words.join(" ")),
    }
}

/// A moment in seconds since 1970.
pub fn moment(seconds: u64) -> Value {
    Value::Time(
        i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1_000_000_000),
    )
}

/// Returns the number of bytes up to an offset.
pub fn left(dns: &Layer, end: u32) -> usize {
    end.saturating_sub(dns.offset()) as usize
}

/// Text up to the first zero byte, if there is one.
pub fn until_nul(bytes: &[u8]) -> Value {
    let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    Value::Text(String::from_utf8_lossy(text).into_owned())
}
