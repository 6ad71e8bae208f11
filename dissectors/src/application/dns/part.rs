//! The parts that the data of most records consists of.

use super::{
    message::{Message, left, seconds, until_nul},
    name::name,
};
use crate::{Hex, Layer, Stop, Value, internet::address::ipv6};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};
use std::net::Ipv4Addr;

/// The data of a record while it is read.
pub struct Data<'a, 'm> {
    pub message: &'m Message<'a>,
    /// The offset at which the data ends by the record's length.
    pub end: u32,
    /// The words for the line.
    pub words: Vec<String>,
    /// How many words the line has room for.
    pub wanted: usize,
}

impl Data<'_, '_> {
    /// Adds a word to the line, as long as it has room.
    pub fn say(&mut self, word: impl FnOnce() -> String) {
        if self.words.len() < self.wanted {
            self.words.push(word());
        }
    }
}

/// A part of a record's data: its field and its label.
pub enum Part {
    /// A name.
    Name(&'static str, &'static str),
    /// Two bytes.
    Short(&'static str, &'static str),
    /// Four bytes.
    Long(&'static str, &'static str),
    /// Two bytes in hexadecimal.
    ShortHex(&'static str, &'static str),
    /// A span of time in four bytes.
    Seconds(&'static str, &'static str),
    /// An IPv4 address.
    Ipv4(&'static str, &'static str),
    /// An IPv6 address.
    Ipv6(&'static str, &'static str),
    /// A byte that has a meaning.
    Code(&'static str, &'static str, fn(u8) -> Value),
    /// Two bytes that have a meaning.
    ShortCode(&'static str, &'static str, fn(u16) -> Value),
    /// A byte with the length of a text, and the text.
    Text(&'static str, &'static str, &'static str),
    /// A byte with the length of a text, and the text; both may be missing.
    MaybeText(&'static str, &'static str, &'static str),
    /// This many bytes.
    Bytes(&'static str, &'static str, usize),
    /// All that is left.
    Rest(&'static str, &'static str),
}

use Part::*;

/// Reads a part.
pub fn read_part<'a>(
    dns: &mut Layer<'a, '_>,
    data: &mut Data<'a, '_>,
    part: &Part,
) -> Result<(), Stop> {
    match *part {
        Name(field, label) => {
            let name = dns.field(field, label, name(data.message.bytes))?;
            data.say(|| name.text());
        }
        Short(name, label) => {
            let number = dns.field(name, label, be_u16())?;
            data.say(|| number.to_string());
        }
        Long(name, label) => _ = dns.field(name, label, be_u32())?,
        ShortHex(name, label) => _ = dns.field(name, label, be_u16().map(Hex))?,
        Seconds(name, label) => _ = seconds(dns, name, label)?,
        Ipv4(name, label) => {
            let address = dns.field(name, label, be_u32().map(Ipv4Addr::from))?;
            data.say(|| address.to_string());
        }
        Ipv6(name, label) => {
            let address = dns.field(name, label, ipv6())?;
            data.say(|| Value::from(address).to_string());
        }
        Code(name, label, show) => _ = dns.field_shown(name, label, be_u8(), show)?,
        ShortCode(name, label, show) => _ = dns.field_shown(name, label, be_u16(), show)?,
        Text(length, name, label) => {
            let text = text(dns, length, name, label)?;
            data.say(|| until_nul(text).to_string());
        }
        MaybeText(length, name, label) => {
            if left(dns, data.end) > 1 {
                text(dns, length, name, label)?;
            }
        }
        Bytes(name, label, length) => _ = dns.field(name, label, take(length))?,
        Rest(name, label) => {
            let left = left(dns, data.end);
            if left > 0 {
                dns.field(name, label, take(left))?;
            }
        }
    }
    Ok(())
}

/// Reads a byte with the length of a text, and the text.
pub fn text<'a>(
    dns: &mut Layer<'a, '_>,
    length: &'static str,
    name: &'static str,
    label: &'static str,
) -> Result<&'a [u8], Stop> {
    let length = dns.field(length, "Length", be_u8())?;
    dns.field_shown(name, label, take(length), until_nul)
}
