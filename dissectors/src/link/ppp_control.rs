//! Shared by PPP's control protocols, RFC 1661, section 5: a code, an identifier, a length, options.

use crate::{
    Base, Hex, Layer, Next, Outcome, Stop, Value, ValueName,
    link::{
        mac::{mac, oui},
        ppp::{self, Code, Protocol, text},
    },
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};
use std::net::Ipv4Addr;

/// The options of one protocol.
pub struct Options {
    /// The field of each option's type.
    pub kind: &'static str,
    /// The field of each option's length.
    pub length: &'static str,
    /// The known options.
    pub known: &'static [Known],
}

impl Options {
    /// Returns the names of the known options; `N` is their number.
    #[allow(
        clippy::indexing_slicing,
        reason = "the compiler runs it, and would refuse a place that is not there"
    )]
    pub const fn names<const N: usize>(&self) -> [ValueName; N] {
        let mut names = [ValueName::one(0, ""); N];
        let mut at = 0;
        while at < N {
            let Known(kind, _, name, _) = self.known[at];
            names[at] = ValueName::one(kind as u64, name);
            at += 1;
        }
        names
    }
}

/// One option: its number, its name, and its contents.
pub struct Known(pub u8, pub &'static str, pub &'static str, pub Holds);

/// The contents of an option after its length.
#[derive(Clone, Copy)]
pub enum Holds {
    /// Unknown contents.
    Bytes(&'static str),
    /// Nothing.
    Nothing,
    /// A byte.
    Byte(&'static str, &'static str),
    /// A byte, in hexadecimal.
    HexByte(&'static str, &'static str),
    /// Two bytes, a number.
    Number(&'static str, &'static str),
    /// Four bytes, in hexadecimal.
    Hex(&'static str, &'static str),
    /// An IPv4 address.
    Ipv4(&'static str, &'static str),
    /// A PPP protocol number and its parameters.
    Authentication,
    /// A PPP protocol number and a period.
    Quality,
    /// A compression protocol and its limits: RFC 1332, section 4.
    Compression,
    /// RFC 1990, section 5.1.3.
    Endpoint,
}

/// Reads a whole message.
pub fn message(layer: &mut Layer, options: &Options) -> Outcome {
    let code = layer.field("ppp.code", "Code", be_u8().map(Code))?;
    let identifier = layer.field("ppp.identifier", "Identifier", be_u8())?;
    let length = usize::from(layer.field("ppp.length", "Length", be_u16())?);
    layer.info(|| code.name().unwrap_or("Unknown").to_owned());
    layer.title(|| format!("{}, id {identifier}", Value::from(code)));
    if length < 4 {
        return layer.malformed("ppp.length");
    }
    layer.limit(length - 4);
    match code {
        Code::REQUEST | Code::ACK | Code::NAK | Code::REJECT => {
            if layer.reported() > 0 {
                layer.group("", "Options", |layer| read_options(layer, options))?;
            }
        }
        Code::PROTOCOL_REJECT => {
            let rejected =
                layer.field("lcp.rej_proto", "Rejected protocol", be_u16().map(Protocol))?;
            // The rejected packet's contents are not this packet's.
            layer.begin_quote();
            return Ok(ppp::next(rejected));
        }
        Code::ECHO_REQUEST | Code::ECHO_REPLY | Code::DISCARD => {
            layer.field("lcp.magic_number", "Magic number", be_u32().map(Hex))?;
            bytes(layer, "lcp.data", "Data")?;
        }
        Code::IDENTIFICATION => {
            layer.field("lcp.magic_number", "Magic number", be_u32().map(Hex))?;
            rest_as_text(layer, "lcp.message")?;
        }
        Code::TIME_REMAINING => {
            layer.field("lcp.magic_number", "Magic number", be_u32().map(Hex))?;
            layer.field("lcp.secs_remaining", "Seconds remaining", be_u32())?;
            rest_as_text(layer, "lcp.message")?;
        }
        Code::VENDOR => {
            layer.field("ppp.magic_number", "Magic number", be_u32().map(Hex))?;
            oui(layer, "ppp.oui")?;
            layer.field("ppp.kind", "Kind", be_u8())?;
            bytes(layer, "ppp.data", "Data")?;
        }
        _ => bytes(layer, "ppp.data", "Data")?,
    }
    Ok(Next::Nothing)
}

fn rest_as_text(layer: &mut Layer, name: &'static str) -> Result<(), Stop> {
    let length = layer.reported();
    if length > 0 {
        text(layer, name, "Message", length)?;
    }
    Ok(())
}

/// Shows the rest, if there is any.
fn bytes(layer: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    let length = layer.reported();
    if length > 0 {
        layer.field(name, label, take(length))?;
    }
    Ok(())
}

fn read_options(layer: &mut Layer, options: &Options) -> Result<(), Stop> {
    // Each takes at least two bytes.
    while !layer.rest().is_empty() {
        let kind = layer.peek(options.kind, be_u8())?;
        let known = options.known.iter().find(|known| known.0 == kind);
        let shown = |kind: u8| match known {
            Some(known) => Value::Named(kind.into(), Base::Dec, known.2),
            None => kind.into(),
        };
        let length = match *layer.rest() {
            [_, length, ..] if length >= 2 => length,
            _ => {
                layer.field_shown(options.kind, "Type", be_u8(), shown)?;
                return layer.malformed(options.length);
            }
        };
        let (name, label, holds) = match known {
            Some(known) => (known.1, known.2, known.3),
            None => ("", "Unknown option", Holds::Bytes("")),
        };
        layer.within(length.into(), |layer| {
            layer.group_with_bytes(name, label, |layer| {
                layer.field_shown(options.kind, "Type", be_u8(), shown)?;
                layer.field(options.length, "Length", be_u8())?;
                read_value(layer, holds)
            })
        })?;
    }
    Ok(())
}

fn read_value(layer: &mut Layer, holds: Holds) -> Result<(), Stop> {
    match holds {
        Holds::Nothing => {}
        Holds::Bytes(name) => return bytes(layer, name, "Data"),
        Holds::Byte(name, label) => _ = layer.field(name, label, be_u8())?,
        Holds::HexByte(name, label) => _ = layer.field(name, label, be_u8().map(Hex))?,
        Holds::Number(name, label) => _ = layer.field(name, label, be_u16())?,
        Holds::Hex(name, label) => _ = layer.field(name, label, be_u32().map(Hex))?,
        Holds::Ipv4(name, label) => _ = layer.field(name, label, be_u32().map(Ipv4Addr::from))?,
        Holds::Authentication => {
            let protocol =
                layer.field("lcp.opt.auth_protocol", "Protocol", be_u16().map(Protocol))?;
            if protocol == Protocol::CHAP && !layer.rest().is_empty() {
                layer.field("lcp.opt.algorithm", "Algorithm", be_u8().map(Algorithm))?;
            }
            bytes(layer, "lcp.opt.data", "Data")?;
        }
        Holds::Quality => {
            let protocol = layer.field(
                "lcp.opt.quality_protocol",
                "Protocol",
                be_u16().map(Protocol),
            )?;
            if protocol == Protocol::LQR {
                layer.field("lcp.opt.reporting_period", "Reporting period", be_u32())?;
            }
            bytes(layer, "lcp.opt.data", "Data")?;
        }
        Holds::Compression => {
            let protocol = layer.field(
                "ipcp.opt.compress_proto",
                "Protocol",
                be_u16().map(Protocol),
            )?;
            if protocol == Protocol::VJ_COMPRESSED {
                layer.field("ipcp.opt.max_slot_id", "Highest slot", be_u8())?;
                layer.word("ipcp.opt.comp_slot_id", be_u8(), |bits| {
                    bits.flag("ipcp.opt.comp_slot_id", "Slot may be compressed", 0x01);
                })?;
            }
            bytes(layer, "", "Data")?;
        }
        Holds::Endpoint => {
            let class = layer.field("lcp.opt.ep_disc_class", "Class", be_u8().map(Endpoint))?;
            match (class, layer.reported()) {
                (Endpoint::IP, 4) => {
                    layer.field(
                        "lcp.opt.ip_address",
                        "Address",
                        be_u32().map(Ipv4Addr::from),
                    )?;
                }
                (Endpoint::MAC, 6) => _ = layer.field("lcp.opt.802_1_address", "Address", mac())?,
                (Endpoint::MAGIC, _) => bytes(layer, "lcp.opt.magic_block", "Magic block")?,
                (Endpoint::PHONE, _) => bytes(layer, "lcp.opt.psndn", "Directory number")?,
                _ => bytes(layer, "lcp.opt.data", "Data")?,
            }
        }
    }
    let rest = layer.reported();
    if rest > 0 {
        layer.field("", "Rest", take(rest))?;
    }
    Ok(())
}

named! {
    /// IANA "PPP Authentication Algorithms".
    Algorithm(u8, Dec) {
        MD5 = 5 => "MD5",
        SHA1 = 6 => "SHA-1",
        SHA256 = 7 => "SHA-256",
        SHA3 = 8 => "SHA3-256",
        MS_CHAP = 128 => "MS-CHAP",
        MS_CHAP_2 = 129 => "MS-CHAP-2",
    }

    /// RFC 1990, section 5.1.3.
    Endpoint(u8, Dec) {
        NULL = 0 => "Null",
        LOCAL = 1 => "Locally assigned address",
        IP = 2 => "IP address",
        MAC = 3 => "IEEE 802.1 address",
        MAGIC = 4 => "Magic number block",
        PHONE = 5 => "Public switched network directory number",
    }
}
