//! The ends of records: RFC 8446, section 5.1.

use super::ssl2;
use crate::application::message::Length;
use nom::{
    Parser,
    error::Error,
    number::{be_u8, be_u16},
};

/// RFC 8446, section 5.1: type, version and length of a record.
pub const HEADER: usize = 5;

/// RFC 5246, section 6.2.3: the greatest length of a record's contents including compression and encryption.
const MAX_CONTENTS: usize = (1 << 14) + 2048;

pub const CHANGE_CIPHER_SPEC: u8 = 20;
pub const ALERT: u8 = 21;
pub const HANDSHAKE: u8 = 22;
pub const APPLICATION_DATA: u8 = 23;
pub const HEARTBEAT: u8 = 24;

/// Returns the length of the record at the beginning of these bytes, if there is one.
pub fn message_length(bytes: &[u8]) -> Length {
    if let Some(length) = ssl2::record_length(bytes) {
        return fits(length, bytes.len());
    }
    let mut prefix = (be_u8::<_, Error<&[u8]>>(), be_u8());
    let Ok((rest, (kind, major))) = prefix.parse_complete(bytes) else {
        return match bytes.first() {
            Some(CHANGE_CIPHER_SPEC..=HEARTBEAT) | None => Length::NeedMore,
            _ => Length::NotMine,
        };
    };
    if !(CHANGE_CIPHER_SPEC..=HEARTBEAT).contains(&kind) || major != 3 {
        return Length::NotMine;
    }
    let mut prefix = (be_u8::<_, Error<&[u8]>>(), be_u16());
    let Ok((_, (minor, length))) = prefix.parse_complete(rest) else {
        return Length::NeedMore;
    };
    let length = usize::from(length);
    let empty = length == 0 && kind != APPLICATION_DATA;
    if minor > 4 || length > MAX_CONTENTS || empty {
        return Length::NotMine;
    }
    fits(HEADER + length, bytes.len())
}

fn fits(length: usize, there: usize) -> Length {
    match length <= there {
        true => Length::Complete(length),
        false => Length::NeedMore,
    }
}
