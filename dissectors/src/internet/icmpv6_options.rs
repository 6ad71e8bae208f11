//! Options of neighbour discovery messages: RFC 4861, section 4.6, and the RFCs named with each.

use crate::{
    Base, ByteRange, FieldDef, Layer, Severity, Stop, Value,
    internet::{address, ipv4_options::text},
    link::mac::mac,
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32, be_u64},
};
use std::net::Ipv6Addr;

/// The fields that this file reads.
pub const FIELDS: &[FieldDef] = &[
    FieldDef::none("icmpv6.opt"),
    FieldDef::u8("icmpv6.opt.type").names(&[OptionType::NAMES]),
    FieldDef::u8("icmpv6.opt.length"),
    FieldDef::bytes("icmpv6.unknown_data"),
    FieldDef::none("icmpv6.opt.reserved"),
    FieldDef::none("icmpv6.opt.padding"),
    FieldDef::none("icmpv6.opt.redirected_packet"),
    FieldDef::u32("icmpv6.opt.mtu"),
    FieldDef::u32("icmpv6.opt.advertisement_interval"),
    FieldDef::u16("icmpv6.opt.home_agent_preference"),
    FieldDef::u16("icmpv6.opt.home_agent_lifetime"),
    FieldDef::ipv6("icmpv6.opt.ipv6_address"),
    FieldDef::string("icmpv6.opt.captive_portal"),
    FieldDef::bytes("icmpv6.opt.linkaddr"),
    FieldDef::eui64("icmpv6.opt.linkaddr_eui64"),
    FieldDef::u8("icmpv6.opt.prefix.length"),
    FieldDef::hex8("icmpv6.opt.prefix.flag"),
    FieldDef::flag("icmpv6.opt.prefix.flag.l"),
    FieldDef::flag("icmpv6.opt.prefix.flag.a"),
    FieldDef::flag("icmpv6.opt.prefix.flag.r"),
    FieldDef::u8("icmpv6.opt.prefix.flag.reserved"),
    FieldDef::u32("icmpv6.opt.prefix.valid_lifetime"),
    FieldDef::u32("icmpv6.opt.prefix.preferred_lifetime"),
    FieldDef::ipv6("icmpv6.opt.prefix"),
    FieldDef::hex8("icmpv6.opt.route_info.flag"),
    FieldDef::u8("icmpv6.opt.route_info.flag.route_preference").names(&[Preference::NAMES]),
    FieldDef::u8("icmpv6.opt.route_info.flag.reserved"),
    FieldDef::u32("icmpv6.opt.route_lifetime"),
    FieldDef::u32("icmpv6.opt.rdnss.lifetime"),
    FieldDef::ipv6("icmpv6.opt.rdnss"),
    FieldDef::u32("icmpv6.opt.dnssl.lifetime"),
    FieldDef::string("icmpv6.opt.dnssl"),
    FieldDef::hex16("icmpv6.opt.efo"),
    FieldDef::flag("icmpv6.opt.efo.m"),
    FieldDef::flag("icmpv6.opt.efo.o"),
    FieldDef::flag("icmpv6.opt.efo.h"),
    FieldDef::u16("icmpv6.opt.efo.prf").names(&[Preference::NAMES]),
    FieldDef::flag("icmpv6.opt.efo.p"),
    FieldDef::u16("icmpv6.opt.efo.rsv"),
    FieldDef::u16("icmpv6.opt.pref64.scaled_lifetime"),
    FieldDef::hex16("icmpv6.opt.pref64.plc"),
    FieldDef::ipv6("icmpv6.opt.pref64.prefix"),
    FieldDef::u8("icmpv6.opt.cga.pad_length"),
    FieldDef::bytes("icmpv6.opt.cga"),
    FieldDef::bytes("icmpv6.opt.rsa.key_hash"),
    FieldDef::none("icmpv6.opt.digital_signature_padding"),
    FieldDef::time("icmpv6.opt.timestamp"),
    FieldDef::bytes("icmpv6.opt.nonce"),
    FieldDef::u8("icmpv6.opt.aro.status"),
    FieldDef::u16("icmpv6.opt.aro.registration_lifetime"),
    FieldDef::eui64("icmpv6.opt.aro.eui64"),
    FieldDef::u8("icmpv6.opt.6co.context_length"),
    FieldDef::hex8("icmpv6.opt.6co.flag"),
    FieldDef::flag("icmpv6.opt.6co.flag.c"),
    FieldDef::u8("icmpv6.opt.6co.flag.cid"),
    FieldDef::u8("icmpv6.opt.6co.flag.reserved"),
    FieldDef::u16("icmpv6.opt.6co.valid_lifetime"),
    FieldDef::ipv6("icmpv6.opt.6co.context_prefix"),
    FieldDef::u16("icmpv6.opt.abro.version_low"),
    FieldDef::u16("icmpv6.opt.abro.version_high"),
    FieldDef::u16("icmpv6.opt.abro.valid_lifetime"),
    FieldDef::ipv6("icmpv6.opt.abro.6lbr_address"),
    FieldDef::hex16("icmpv6.opt.6cio.flag_g"),
    FieldDef::hex16("icmpv6.opt.6cio.unassigned1"),
    FieldDef::hex32("icmpv6.opt.6cio.unassigned2"),
    FieldDef::u8("icmpv6.opt.ipa.option_code"),
    FieldDef::u8("icmpv6.opt.ipa.prefix_len"),
    FieldDef::ipv6("icmpv6.opt.ipa.ipv6_address"),
    FieldDef::u8("icmpv6.opt.lla.option_code"),
    FieldDef::bytes("icmpv6.opt.lla.bytes"),
    FieldDef::u8("icmpv6.opt.naack.option_code"),
    FieldDef::u8("icmpv6.opt.naack.status"),
    FieldDef::u8("icmpv6.opt.map.distance"),
    FieldDef::u8("icmpv6.opt.map.preference"),
    FieldDef::hex8("icmpv6.opt.map.flag"),
    FieldDef::flag("icmpv6.opt.map.flag.r"),
    FieldDef::u8("icmpv6.opt.map.flag.reserved"),
    FieldDef::u32("icmpv6.opt.map.valid_lifetime"),
    FieldDef::ipv6("icmpv6.opt.map.global_address"),
];

named! {
    /// RFC 4191, section 2.1.
    Preference(u8, Dec) {
        MEDIUM = 0 => "Medium",
        HIGH = 1 => "High",
        RESERVED = 2 => "Reserved",
        LOW = 3 => "Low",
    }

    /// IANA "IPv6 Neighbor Discovery Option Formats".
    OptionType(u8, Dec) {
        SOURCE = 1 => "Source link-layer address",
        TARGET = 2 => "Target link-layer address",
        PREFIX = 3 => "Prefix information",
        REDIRECTED = 4 => "Redirected packet",
        MTU = 5 => "MTU",
        NBMA = 6 => "NBMA shortcut limit",
        INTERVAL = 7 => "Advertisement interval",
        HOME_AGENT = 8 => "Home agent information",
        SOURCE_LIST = 9 => "Source address list",
        TARGET_LIST = 10 => "Target address list",
        CGA = 11 => "CGA",
        RSA = 12 => "RSA signature",
        TIMESTAMP = 13 => "Timestamp",
        NONCE = 14 => "Nonce",
        TRUST_ANCHOR = 15 => "Trust anchor",
        CERTIFICATE = 16 => "Certificate",
        ADDRESS = 17 => "IP address or prefix",
        NEW_ROUTER_PREFIX = 18 => "New router prefix information",
        LINK_LAYER = 19 => "Link-layer address",
        NA_ACK = 20 => "Neighbor advertisement acknowledgment",
        MAP = 23 => "MAP",
        ROUTE = 24 => "Route information",
        DNS_SERVER = 25 => "Recursive DNS server",
        FLAGS = 26 => "Router advertisement flags",
        HANDOVER_REQUEST = 27 => "Handover key request",
        HANDOVER_REPLY = 28 => "Handover key reply",
        HANDOVER_ASSIST = 29 => "Handover assist information",
        MOBILE_NODE = 30 => "Mobile node identifier",
        DNS_SEARCH = 31 => "DNS search list",
        PROXY_SIGNATURE = 32 => "Proxy signature",
        REGISTRATION = 33 => "Address registration",
        CONTEXT_6LOWPAN = 34 => "6LoWPAN context",
        BORDER_ROUTER = 35 => "Authoritative border router",
        CAPABILITY_6LOWPAN = 36 => "6LoWPAN capability indication",
        CAPTIVE_PORTAL = 37 => "Captive portal",
        PREF64 = 38 => "PREF64",
        CARD_REQUEST = 138 => "CARD request",
        CARD_REPLY = 139 => "CARD reply",
        EXPERIMENT_1 = 253 => "Experiment 1",
        EXPERIMENT_2 = 254 => "Experiment 2",
    }
}

/// Values of the options that the message's own line repeats.
#[derive(Default)]
pub struct Found {
    source: Option<String>,
    target: Option<String>,
    /// The packet that a redirect quotes.
    pub redirected: Option<ByteRange>,
}

impl Found {
    /// Returns the sender of the message in words.
    pub fn from(&self) -> String {
        self.source
            .as_ref()
            .map_or_else(String::new, |address| format!(" from {address}"))
    }

    /// Returns the address of the target in words.
    pub fn at(&self) -> String {
        self.target
            .as_ref()
            .map_or_else(String::new, |address| format!(" is at {address}"))
    }
}

/// Reads options up to the message's end.
pub fn read(icmp: &mut Layer) -> Result<Found, Stop> {
    let mut found = Found::default();
    while !icmp.rest().is_empty() {
        icmp.group("icmpv6.opt", "Option", |icmp| option(icmp, &mut found))?;
    }
    Ok(found)
}

fn option(icmp: &mut Layer, found: &mut Found) -> Result<(), Stop> {
    let kind = icmp.field("icmpv6.opt.type", "Type", be_u8().map(OptionType))?;
    icmp.title(|| Value::from(kind).to_string());
    let units = icmp.field("icmpv6.opt.length", "Length", be_u8())?;
    let length = 8 * usize::from(units);
    icmp.text(|| format!("{length} bytes ({units})"));
    if length == 0 {
        icmp.note(Severity::Error, || "must not be 0".to_owned());
        return icmp.malformed("icmpv6.opt.length");
    }
    if length - 2 > icmp.reported() {
        let left = icmp.reported() + 2;
        icmp.note(Severity::Error, || {
            format!("{length} bytes, but {left} are left")
        });
    }
    icmp.within(length - 2, |icmp| {
        value(icmp, kind, found)?;
        match icmp.rest().len() {
            0 => Ok(()),
            left => icmp
                .field("icmpv6.unknown_data", "Unknown data", take(left))
                .map(drop),
        }
    })
}

/// Reads bytes that have a name but no meaning.
fn silent(
    icmp: &mut Layer,
    name: &'static str,
    label: &'static str,
    length: usize,
) -> Result<(), Stop> {
    icmp.field_shown(name, label, take(length), |_: &[u8]| Value::Static(""))
        .map(drop)
}

fn reserved(icmp: &mut Layer, length: usize) -> Result<(), Stop> {
    silent(icmp, "icmpv6.opt.reserved", "Reserved", length)
}

fn padding(icmp: &mut Layer) -> Result<(), Stop> {
    match icmp.rest().len() {
        0 => Ok(()),
        left => silent(icmp, "icmpv6.opt.padding", "Padding", left),
    }
}

fn bytes_left(icmp: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    let left = icmp.rest().len();
    icmp.field(name, label, take(left)).map(drop)
}

/// Reads a lifetime in seconds; all ones mean forever.
fn lifetime(icmp: &mut Layer, name: &'static str, label: &'static str) -> Result<u32, Stop> {
    let seconds = icmp.field(name, label, be_u32())?;
    icmp.text(|| match seconds {
        u32::MAX => "forever".to_owned(),
        seconds => format!("{seconds} s"),
    });
    Ok(seconds)
}

fn value(icmp: &mut Layer, kind: OptionType, found: &mut Found) -> Result<(), Stop> {
    match kind {
        OptionType::SOURCE | OptionType::TARGET => link_address(icmp, kind, found),
        OptionType::PREFIX => prefix_information(icmp),
        OptionType::REDIRECTED => {
            reserved(icmp, 6)?;
            let packet = icmp.ahead(usize::MAX);
            found.redirected = Some(packet);
            silent(icmp, "icmpv6.opt.redirected_packet", "Packet", packet.len())
        }
        OptionType::MTU => {
            reserved(icmp, 2)?;
            let mtu = icmp.field("icmpv6.opt.mtu", "MTU", be_u32())?;
            icmp.title(|| format!("MTU {mtu}"));
            Ok(())
        }
        // RFC 6275, sections 7.3 and 7.4.
        OptionType::INTERVAL => {
            reserved(icmp, 2)?;
            let name = "icmpv6.opt.advertisement_interval";
            icmp.field(name, "Interval in ms", be_u32()).map(drop)
        }
        OptionType::HOME_AGENT => {
            reserved(icmp, 2)?;
            icmp.field("icmpv6.opt.home_agent_preference", "Preference", be_u16())?;
            icmp.field("icmpv6.opt.home_agent_lifetime", "Lifetime", be_u16())
                .map(drop)
        }
        // RFC 3122, section 3.1.
        OptionType::SOURCE_LIST | OptionType::TARGET_LIST => {
            reserved(icmp, 6)?;
            while icmp.rest().len() >= 16 {
                icmp.field("icmpv6.opt.ipv6_address", "Address", address::ipv6())?;
            }
            Ok(())
        }
        OptionType::CGA | OptionType::RSA | OptionType::TIMESTAMP | OptionType::NONCE => {
            secure(icmp, kind)
        }
        OptionType::ROUTE => route(icmp),
        OptionType::DNS_SERVER => dns_servers(icmp),
        OptionType::DNS_SEARCH => dns_search(icmp),
        OptionType::FLAGS => flags(icmp),
        OptionType::REGISTRATION
        | OptionType::CONTEXT_6LOWPAN
        | OptionType::BORDER_ROUTER
        | OptionType::CAPABILITY_6LOWPAN => low_power(icmp, kind),
        // RFC 8910, section 2.3.
        OptionType::CAPTIVE_PORTAL => {
            let left = icmp.rest().len();
            let name = "icmpv6.opt.captive_portal";
            icmp.field_shown(name, "Captive portal", take(left), text)
                .map(drop)
        }
        OptionType::PREF64 => nat64_prefix(icmp),
        OptionType::ADDRESS | OptionType::LINK_LAYER | OptionType::NA_ACK | OptionType::MAP => {
            mobile(icmp, kind)
        }
        OptionType::HANDOVER_REQUEST
        | OptionType::HANDOVER_REPLY
        | OptionType::HANDOVER_ASSIST
        | OptionType::MOBILE_NODE
        | OptionType::PROXY_SIGNATURE
        | OptionType::CERTIFICATE
        | OptionType::TRUST_ANCHOR
        | OptionType::NEW_ROUTER_PREFIX
        | OptionType::NBMA => bytes_left(icmp, "", "Value"),
        _ => bytes_left(icmp, "icmpv6.data", "Data"),
    }
}

fn link_address(icmp: &mut Layer, kind: OptionType, found: &mut Found) -> Result<(), Stop> {
    let shown = match icmp.rest().len() {
        6 => {
            let address = icmp.field("icmpv6.opt.linkaddr", "Address", mac())?;
            Value::Mac(address.0)
        }
        // RFC 4944, section 8: IEEE 802.15.4 has addresses of eight bytes, and six zeros pad the option.
        14 if icmp.rest().ends_with(&[0; 6]) => {
            let name = "icmpv6.opt.linkaddr_eui64";
            let address = icmp.field(name, "Address", take(8_usize))?;
            padding(icmp)?;
            if !icmp.tells() {
                return Ok(());
            }
            Value::Bytes(address.to_vec())
        }
        _ => return bytes_left(icmp, "icmpv6.opt.linkaddr", "Address"),
    };
    if icmp.tells() {
        let shown = shown.show().unwrap_or_default();
        icmp.title(|| format!("{} {shown}", kind.name().unwrap_or_default()));
        match kind {
            OptionType::SOURCE => found.source = Some(shown),
            _ => found.target = Some(shown),
        }
    }
    Ok(())
}

/// RFC 4861, section 4.6.2.
fn prefix_information(icmp: &mut Layer) -> Result<(), Stop> {
    let length = icmp.field("icmpv6.opt.prefix.length", "Prefix length", be_u8())?;
    icmp.flags(
        "icmpv6.opt.prefix.flag",
        "Flags",
        Base::Hex(2),
        be_u8(),
        |bits| {
            bits.flag("icmpv6.opt.prefix.flag.l", "On-link", 0x80);
            bits.flag(
                "icmpv6.opt.prefix.flag.a",
                "Autonomous address configuration",
                0x40,
            );
            bits.flag("icmpv6.opt.prefix.flag.r", "Router address", 0x20);
            bits.number("icmpv6.opt.prefix.flag.reserved", "Reserved", 0x1f);
        },
    )?;
    lifetime(icmp, "icmpv6.opt.prefix.valid_lifetime", "Valid lifetime")?;
    lifetime(
        icmp,
        "icmpv6.opt.prefix.preferred_lifetime",
        "Preferred lifetime",
    )?;
    reserved(icmp, 4)?;
    let prefix = icmp.field("icmpv6.opt.prefix", "Prefix", address::ipv6())?;
    icmp.title(|| format!("Prefix information {prefix}/{length}"));
    Ok(())
}

/// Returns a prefix whose last bytes, which are zero, are omitted.
fn short_prefix(bytes: &[u8]) -> Ipv6Addr {
    let mut full = [0; 16];
    for (to, from) in full.iter_mut().zip(bytes) {
        *to = *from;
    }
    full.into()
}

/// RFC 4191, section 2.3.
fn route(icmp: &mut Layer) -> Result<(), Stop> {
    let length = icmp.field("icmpv6.opt.prefix.length", "Prefix length", be_u8())?;
    icmp.flags(
        "icmpv6.opt.route_info.flag",
        "Flags",
        Base::Hex(2),
        be_u8(),
        |bits| {
            let name = "icmpv6.opt.route_info.flag.route_preference";
            bits.value(name, "Preference", 0x18, |v| Preference(v as u8));
            bits.value(
                "icmpv6.opt.route_info.flag.reserved",
                "Reserved",
                0xff,
                |v| v & 0xe7,
            );
        },
    )?;
    lifetime(icmp, "icmpv6.opt.route_lifetime", "Lifetime")?;
    let left = icmp.rest().len().min(16);
    let prefix = match left {
        0 => Ipv6Addr::UNSPECIFIED,
        _ => {
            let parser = take(left).map(short_prefix);
            icmp.field("icmpv6.opt.prefix", "Prefix", parser)?
        }
    };
    icmp.title(|| format!("Route information {prefix}/{length}"));
    Ok(())
}

/// RFC 8106, section 5.1.
fn dns_servers(icmp: &mut Layer) -> Result<(), Stop> {
    reserved(icmp, 2)?;
    lifetime(icmp, "icmpv6.opt.rdnss.lifetime", "Lifetime")?;
    while icmp.rest().len() >= 16 {
        icmp.field("icmpv6.opt.rdnss", "DNS server", address::ipv6())?;
    }
    Ok(())
}

/// RFC 8106, section 5.2.
fn dns_search(icmp: &mut Layer) -> Result<(), Stop> {
    reserved(icmp, 2)?;
    lifetime(icmp, "icmpv6.opt.dnssl.lifetime", "Lifetime")?;
    while icmp.rest().first().is_some_and(|&length| length != 0) {
        name(icmp, "icmpv6.opt.dnssl", "Domain")?;
    }
    padding(icmp)
}

/// Reads a domain name without compression: RFC 1035, section 3.1.
pub fn name(icmp: &mut Layer, field: &'static str, label: &'static str) -> Result<(), Stop> {
    let mut rest = icmp.rest();
    let mut size = 0;
    while let Some((&length, after)) = rest.split_first() {
        let length = usize::from(length);
        size += 1 + length;
        if length == 0 {
            break;
        }
        match after.get(length..) {
            Some(behind) if length < 64 => rest = behind,
            _ => return icmp.malformed(field),
        }
    }
    icmp.field_shown(field, label, take(size), |bytes| Value::Text(dotted(bytes)))
        .map(drop)
}

fn dotted(mut bytes: &[u8]) -> String {
    let mut name = String::new();
    while let Some((&length, after)) = bytes.split_first() {
        let (label, behind) = after
            .split_at_checked(length.into())
            .unwrap_or((after, &[]));
        if !name.is_empty() && !label.is_empty() {
            name.push('.');
        }
        name.push_str(&String::from_utf8_lossy(label));
        bytes = behind;
    }
    name
}

/// RFC 5175, section 4.
fn flags(icmp: &mut Layer) -> Result<(), Stop> {
    icmp.flags("icmpv6.opt.efo", "Flags", Base::Hex(4), be_u16(), |bits| {
        bits.flag("icmpv6.opt.efo.m", "Managed address configuration", 0x8000);
        bits.flag("icmpv6.opt.efo.o", "Other configuration", 0x4000);
        bits.flag("icmpv6.opt.efo.h", "Home agent", 0x2000);
        bits.value("icmpv6.opt.efo.prf", "Router preference", 0x1800, |v| {
            Preference(v as u8)
        });
        bits.flag("icmpv6.opt.efo.p", "Proxy", 0x0400);
        bits.number("icmpv6.opt.efo.rsv", "Reserved", 0x03ff);
    })?;
    let left = icmp.rest().len();
    reserved(icmp, left)
}

/// RFC 8781, section 4.
fn nat64_prefix(icmp: &mut Layer) -> Result<(), Stop> {
    let word = icmp.word("icmpv6.opt.pref64.scaled_lifetime", be_u16(), |bits| {
        bits.worded(
            "icmpv6.opt.pref64.scaled_lifetime",
            "Lifetime",
            0xfff8,
            |v| Value::Number(v, Base::Dec),
            |v| format!("{} s ({v} units of 8 s)", 8 * v),
        );
        bits.value("icmpv6.opt.pref64.plc", "Prefix length code", 0x0007, |v| {
            Value::Number(v, Base::Hex(4))
        });
    })?;
    let bits = match word & 7 {
        0 => 96,
        1 => 64,
        2 => 56,
        3 => 48,
        4 => 40,
        5 => 32,
        _ => 96_usize,
    };
    let parser = take(bits / 8).map(short_prefix);
    let prefix = icmp.field("icmpv6.opt.pref64.prefix", "Prefix", parser)?;
    icmp.title(|| format!("PREF64 {prefix}/{bits}"));
    let left = icmp.rest().len();
    icmp.skip(left);
    Ok(())
}

/// RFC 3971, section 5.
fn secure(icmp: &mut Layer, kind: OptionType) -> Result<(), Stop> {
    match kind {
        OptionType::CGA => {
            let pad = icmp.field("icmpv6.opt.cga.pad_length", "Padding length", be_u8())?;
            reserved(icmp, 1)?;
            let length = icmp.rest().len().saturating_sub(pad.into());
            icmp.field("icmpv6.opt.cga", "CGA parameters", take(length))?;
            padding(icmp)
        }
        OptionType::RSA => {
            reserved(icmp, 2)?;
            icmp.field("icmpv6.opt.rsa.key_hash", "Key hash", take(16_usize))?;
            let name = "icmpv6.opt.digital_signature_padding";
            let rest = take(icmp.rest().len());
            let rest =
                icmp.field_shown(name, "Signature and padding", rest, |_| Value::Static(""))?;
            icmp.text(|| Value::from(rest).to_string());
            Ok(())
        }
        OptionType::TIMESTAMP => {
            reserved(icmp, 6)?;
            // 48 bits of seconds, 16 of fraction.
            icmp.field_shown("icmpv6.opt.timestamp", "Timestamp", be_u64(), |v| {
                let ns = i128::from(v >> 16) * 1_000_000_000
                    + ((i128::from(v & 0xffff) * 1_000_000_000) >> 16);
                Value::Time(i64::try_from(ns).unwrap_or(i64::MAX))
            })
            .map(drop)
        }
        _ => bytes_left(icmp, "icmpv6.opt.nonce", "Nonce"),
    }
}

/// RFC 6775, section 4, and RFC 7400, section 3.3.
fn low_power(icmp: &mut Layer, kind: OptionType) -> Result<(), Stop> {
    match kind {
        OptionType::REGISTRATION => {
            icmp.field("icmpv6.opt.aro.status", "Status", be_u8())?;
            reserved(icmp, 3)?;
            let name = "icmpv6.opt.aro.registration_lifetime";
            icmp.field(name, "Lifetime in minutes", be_u16())?;
            icmp.field("icmpv6.opt.aro.eui64", "EUI-64", take(8_usize))
                .map(drop)
        }
        OptionType::CONTEXT_6LOWPAN => {
            icmp.field("icmpv6.opt.6co.context_length", "Context length", be_u8())?;
            icmp.flags(
                "icmpv6.opt.6co.flag",
                "Flags",
                Base::Hex(2),
                be_u8(),
                |bits| {
                    bits.flag("icmpv6.opt.6co.flag.c", "Compression", 0x10);
                    bits.number("icmpv6.opt.6co.flag.cid", "Context", 0x0f);
                    bits.number("icmpv6.opt.6co.flag.reserved", "Reserved", 0xe0);
                },
            )?;
            reserved(icmp, 2)?;
            icmp.field(
                "icmpv6.opt.6co.valid_lifetime",
                "Lifetime in minutes",
                be_u16(),
            )?;
            let parser = take(icmp.rest().len().min(16)).map(short_prefix);
            icmp.field("icmpv6.opt.6co.context_prefix", "Prefix", parser)
                .map(drop)
        }
        OptionType::BORDER_ROUTER => {
            icmp.field("icmpv6.opt.abro.version_low", "Version, low", be_u16())?;
            icmp.field("icmpv6.opt.abro.version_high", "Version, high", be_u16())?;
            icmp.field(
                "icmpv6.opt.abro.valid_lifetime",
                "Lifetime in minutes",
                be_u16(),
            )?;
            let name = "icmpv6.opt.abro.6lbr_address";
            icmp.field(name, "Border router", address::ipv6()).map(drop)
        }
        _ => {
            icmp.word("icmpv6.opt.6cio.flag_g", be_u16(), |bits| {
                bits.value("icmpv6.opt.6cio.unassigned1", "Unassigned", 0xfffe, |v| {
                    Value::Number(v, Base::Hex(4))
                });
                bits.value(
                    "icmpv6.opt.6cio.flag_g",
                    "Generic header compression",
                    0x0001,
                    |v| Value::Number(v, Base::Hex(4)),
                );
            })?;
            icmp.field_shown("icmpv6.opt.6cio.unassigned2", "Unassigned", be_u32(), |v| {
                Value::Number(v.into(), Base::Hex(8))
            })
            .map(drop)
        }
    }
}

/// RFC 5568, section 6.4, and RFC 5380, section 4.
fn mobile(icmp: &mut Layer, kind: OptionType) -> Result<(), Stop> {
    match kind {
        OptionType::ADDRESS => {
            icmp.field("icmpv6.opt.ipa.option_code", "Code", be_u8())?;
            icmp.field("icmpv6.opt.ipa.prefix_len", "Prefix length", be_u8())?;
            reserved(icmp, 4)?;
            icmp.field("icmpv6.opt.ipa.ipv6_address", "Address", address::ipv6())
                .map(drop)
        }
        OptionType::LINK_LAYER => {
            icmp.field("icmpv6.opt.lla.option_code", "Code", be_u8())?;
            bytes_left(icmp, "icmpv6.opt.lla.bytes", "Address")
        }
        OptionType::NA_ACK => {
            icmp.field("icmpv6.opt.naack.option_code", "Code", be_u8())?;
            icmp.field("icmpv6.opt.naack.status", "Status", be_u8())?;
            reserved(icmp, 4)
        }
        _ => {
            icmp.word("icmpv6.opt.map.distance", be_u8(), |bits| {
                bits.number("icmpv6.opt.map.distance", "Distance", 0xf0);
                bits.number("icmpv6.opt.map.preference", "Preference", 0x0f);
            })?;
            icmp.flags(
                "icmpv6.opt.map.flag",
                "Flags",
                Base::Hex(2),
                be_u8(),
                |bits| {
                    bits.flag("icmpv6.opt.map.flag.r", "RCoA", 0x80);
                    bits.number("icmpv6.opt.map.flag.reserved", "Reserved", 0x7f);
                },
            )?;
            lifetime(icmp, "icmpv6.opt.map.valid_lifetime", "Valid lifetime")?;
            icmp.field(
                "icmpv6.opt.map.global_address",
                "Global address",
                address::ipv6(),
            )
            .map(drop)
        }
    }
}

/// Reads bytes of a message that have no meaning yet.
pub fn unused(icmp: &mut Layer, length: usize) -> Result<(), Stop> {
    icmp.field("icmpv6.reserved", "Reserved", take(length))
        .map(drop)
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn a_prefix() {
        let hex = "6000 0000 0030 3a40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 8600 13d0 4048 0708
             0000 0000 0000 0000 0304 40c0 0001 5180
             ffff ffff 0000 0000 2001 0db8 0001 0000
             0000 0000 0000 0000";
        assert_eq!(
            layer("icmpv6", 229, hex),
            "\
Internet Control Message Protocol v6: Router Advertisement [40..88]
  Type: Router Advertisement (134) [40..41]
  Code: 0 [41..42]
  Checksum: 0x13d0 [42..44]
  Checksum status: Good (1) [42..42]
  Current hop limit: 64 [44..45]
  Flags: 0x48 [45..46]
    Managed address configuration: Not set [45..46]
    Other configuration: Set [45..46]
    Home agent: Not set [45..46]
    Router preference: High (1) [45..46]
    Proxy: Not set [45..46]
    Reserved: 0 [45..46]
  Router lifetime: 1800 s [46..48]
  Reachable time: 0 ms [48..52]
  Retransmission timer: 0 ms [52..56]
  Option: Prefix information 2001:db8:1::/64 [56..88]
    Type: Prefix information (3) [56..57]
    Length: 32 bytes (4) [57..58]
    Prefix length: 64 [58..59]
    Flags: 0xc0 [59..60]
      On-link: Set [59..60]
      Autonomous address configuration: Set [59..60]
      Router address: Not set [59..60]
      Reserved: 0 [59..60]
    Valid lifetime: 86400 s [60..64]
    Preferred lifetime: forever [64..68]
    Reserved [68..72]
    Prefix: 2001:db8:1:: [72..88]
"
        );
    }

    #[test]
    fn name_servers() {
        let hex = "6000 0000 0038 3a40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 8500 e464 0000 0000
             1903 0000 0000 04b0 2001 0db8 0000 0000
             0000 0000 0000 0053 1f03 0000 0000 0384
             0765 7861 6d70 6c65 0363 6f6d 0000 0000";
        assert_eq!(
            layer("icmpv6", 229, hex),
            "\
Internet Control Message Protocol v6: Router Solicitation [40..96]
  Type: Router Solicitation (133) [40..41]
  Code: 0 [41..42]
  Checksum: 0xe464 [42..44]
  Checksum status: Good (1) [42..42]
  Reserved: 00000000 [44..48]
  Option: Recursive DNS server (25) [48..72]
    Type: Recursive DNS server (25) [48..49]
    Length: 24 bytes (3) [49..50]
    Reserved [50..52]
    Lifetime: 1200 s [52..56]
    DNS server: 2001:db8::53 [56..72]
  Option: DNS search list (31) [72..96]
    Type: DNS search list (31) [72..73]
    Length: 24 bytes (3) [73..74]
    Reserved [74..76]
    Lifetime: 900 s [76..80]
    Domain: example.com [80..93]
    Padding [93..96]
"
        );
    }

    #[test]
    fn length_zero() {
        let hex = "6000 0000 0010 3a40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 8500 1c3f 0000 0000
             0100 0200 0000 0001";
        assert_eq!(
            layer("icmpv6", 229, hex),
            "\
Internet Control Message Protocol v6: Router Solicitation [40..50]
  Type: Router Solicitation (133) [40..41]
  Code: 0 [41..42]
  Checksum: 0x1c3f [42..44]
  Checksum status: Good (1) [42..42]
  Reserved: 00000000 [44..48]
  Option: Source link-layer address (1) [48..50]
    Type: Source link-layer address (1) [48..49]
    Length: 0 bytes (0) [49..50]
      Note: must not be 0
  Note: malformed: icmpv6.opt.length does not fit
"
        );
    }
}
