//! The descriptive blocks of pcapng, and the options of all blocks (PCAP-NG draft sections 3.5 and 4).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nom::bytes::take;
use nom::number::{Endianness, i64, u16, u32, u64};
use nom::{IResult, Parser};

use super::clock::Clock;
use super::found::{Found, Interface, Section};

/// A comment, allowed in every block.
const OPT_COMMENT: u16 = 1;

/// The options of a block, until their end mark or the end of the block.
pub(super) struct Options<'a> {
    rest: &'a [u8],
    order: Endianness,
    /// Set when an option is longer than what is left of the block.
    pub overrun: bool,
}

impl<'a> Options<'a> {
    pub fn new(order: Endianness, bytes: &'a [u8]) -> Options<'a> {
        Options {
            rest: bytes,
            order,
            overrun: false,
        }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match padded_value(self.order, self.rest) {
            Ok((_, (0, _))) => {
                self.rest = &[];
                None
            }
            Ok((rest, option)) => {
                self.rest = rest;
                Some(option)
            }
            Err(_) => {
                self.rest = &[];
                self.overrun = true;
                None
            }
        }
    }
}

/// Reads a code, a length, and a value padded to 32 bits: an option, or a record of a Name Resolution Block.
fn padded_value(order: Endianness, bytes: &[u8]) -> IResult<&[u8], (u16, &[u8])> {
    let (rest, (code, length)) = (u16(order), u16(order)).parse_complete(bytes)?;
    let (rest, value) = take(usize::from(length)).parse_complete(rest)?;
    let padding = usize::from(length).next_multiple_of(4) - usize::from(length);
    // The padding of the last one may be missing.
    Ok((rest.get(padding..).unwrap_or_default(), (code, value)))
}

/// Returns text as found in files: not always UTF-8, sometimes with a NUL at its end.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .trim_end_matches('\0')
        .to_owned()
}

/// As [`text`]; nothing if it is empty.
fn some_text(bytes: &[u8]) -> Option<String> {
    Some(text(bytes)).filter(|text| !text.is_empty())
}

fn number_64(order: Endianness, bytes: &[u8]) -> Option<u64> {
    let number: IResult<&[u8], u64> = u64(order).parse_complete(bytes);
    number.ok().map(|(_, number)| number)
}

/// Returns the comment in the options of a packet, and whether an option overruns.
pub(super) fn packet_options(
    order: Endianness,
    bytes: &[u8],
    found: &mut Found,
    offset: u64,
) -> bool {
    let mut options = Options::new(order, bytes);
    for (code, value) in options.by_ref() {
        if code == OPT_COMMENT {
            found.comment(offset, text(value));
        }
    }
    options.overrun
}

/// Reads the body of a Section Header Block, after its byte-order magic (section 4.1).
pub(super) fn section(order: Endianness, body: &[u8], section: &mut Section) -> bool {
    // Version and section length: neither changes how the blocks are read.
    let mut options = Options::new(order, body.get(12..).unwrap_or_default());
    for (code, value) in options.by_ref() {
        match code {
            OPT_COMMENT => section.comments.push(text(value)),
            2 => section.hardware = some_text(value),
            3 => section.os = some_text(value),
            4 => section.application = some_text(value),
            _ => {}
        }
    }
    options.overrun
}

/// Reads the body of an Interface Description Block (section 4.2); the flag is whether an option overruns.
pub(super) fn interface(order: Endianness, body: &[u8]) -> Option<(Interface, Clock, bool)> {
    let fixed: IResult<&[u8], _> = (u16(order), u16(order), u32(order)).parse_complete(body);
    let (rest, (link_type, _reserved, snaplen)) = fixed.ok()?;
    let mut interface = Interface {
        link_type,
        snaplen,
        ..Interface::default()
    };
    let mut clock = Clock::default();
    let mut options = Options::new(order, rest);
    for (code, value) in options.by_ref() {
        match (code, value) {
            (OPT_COMMENT, _) => interface.comments.push(text(value)),
            (2, _) => interface.name = some_text(value),
            (3, _) => interface.description = some_text(value),
            (9, &[resolution, ..]) => clock.set_resolution(resolution),
            // A filter begins with 0 if it is text, and with 1 if it is BPF code; some writers omit this byte.
            (11, [0, filter @ ..]) => interface.filter = some_text(filter),
            (11, &[first, ..]) if first >= b' ' => interface.filter = some_text(value),
            (12, _) => interface.os = some_text(value),
            (13, &[length, ..]) => interface.fcs_length = Some(length),
            (14, _) => {
                let seconds: IResult<&[u8], i64> = i64(order).parse_complete(value);
                if let Ok((_, seconds)) = seconds {
                    clock.set_offset(seconds);
                }
            }
            (15, _) => interface.hardware = some_text(value),
            _ => {}
        }
    }
    Some((interface, clock, options.overrun))
}

/// Reads the body of an Interface Statistics Block (section 4.6): the interface, packets received, packets lost.
pub(super) fn statistics(
    order: Endianness,
    body: &[u8],
) -> Option<(u32, Option<u64>, Option<u64>)> {
    let fixed: IResult<&[u8], _> = (u32(order), u32(order), u32(order)).parse_complete(body);
    let (rest, (interface, _high, _low)) = fixed.ok()?;
    let (mut received, mut drops) = (None, None::<u64>);
    for (code, value) in Options::new(order, rest) {
        match (code, number_64(order, value)) {
            (4, Some(count)) => received = Some(count),
            (5 | 7, Some(count)) => drops = Some(drops.unwrap_or(0).saturating_add(count)),
            _ => {}
        }
    }
    Some((interface, received, drops))
}

/// Reads the body of a Name Resolution Block (section 4.5).
pub(super) fn names(order: Endianness, mut body: &[u8], found: &mut Found, offset: u64) {
    while let Ok((rest, (kind, value))) = padded_value(order, body) {
        body = rest;
        let (address, name) = match kind {
            1 => match value.split_first_chunk::<4>() {
                Some((address, name)) => (IpAddr::V4(Ipv4Addr::from(*address)), name),
                None => continue,
            },
            2 => match value.split_first_chunk::<16>() {
                Some((address, name)) => (IpAddr::V6(Ipv6Addr::from(*address)), name),
                None => continue,
            },
            0 => break,
            _ => continue,
        };
        // Several names may follow, each ended by a NUL.
        let name = name.split(|byte| *byte == 0).next().and_then(some_text);
        if let Some(name) = name {
            found.name(offset, address, name);
        }
    }
}

/// Reads the body of a Decryption Secrets Block (section 4.7).
pub(super) fn secrets(order: Endianness, body: &[u8], found: &mut Found, offset: u64) {
    let fixed: IResult<&[u8], _> = (u32(order), u32(order)).parse_complete(body);
    if let Ok((rest, (kind, length))) = fixed {
        let length = rest.len().min(length as usize);
        found.secret(offset, kind, rest.get(..length).unwrap_or_default());
    }
}
