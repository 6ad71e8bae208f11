//! Resource records that are more than a sequence of parts, each with its RFC.

use crate::{
    Base, Hex, Layer, Stop, Value,
    application::dns::{
        message::{Message, left, until_nul},
        name::name,
        option::{self, Family},
        part::{
            Data,
            Part::{Ipv4, Name},
            read_part, text,
        },
        record_type::{Gateway, KeyAlgorithm},
        security,
    },
    internet::address::ipv6,
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    multi::length_data,
    number::{be_u8, be_u16, be_u32},
};
use std::net::{Ipv4Addr, Ipv6Addr};

named! {
    /// IANA "Protocol Numbers", the two of DNS.
    Transport(u8, Dec) {
        TCP = 6 => "TCP",
        UDP = 17 => "UDP",
    }
}

/// RFC 1035, section 3.4.2. Each bit is a port.
pub fn services<'a>(dns: &mut Layer<'a, '_>, data: &mut Data<'a, '_>) -> Result<(), Stop> {
    read_part(dns, data, &Ipv4("dns.wks.address", "Address"))?;
    dns.field("dns.wks.protocol", "Protocol", be_u8().map(Transport))?;
    for octet in 0..left(dns, data.end) {
        if dns.peek("dns.wks.bits", be_u8())? == 0 {
            dns.skip(1);
            continue;
        }
        let ports = dns.field("dns.wks.bits", "Ports", be_u8().map(Hex))?;
        dns.text(|| {
            let bits = (0..8).filter(|bit| ports.0 & 0x80 >> bit != 0);
            let ports: Vec<_> = bits.map(|bit| (octet * 8 + bit).to_string()).collect();
            ports.join(", ")
        });
    }
    Ok(())
}

/// RFC 1876.
pub fn location(dns: &mut Layer, end: u32) -> Result<(), Stop> {
    let version = dns.peek("dns.loc.version", be_u8())?;
    let at = dns.ahead(1);
    if version != 0 {
        dns.over("dns.loc.version", "Version", at, || version.into());
        let name = "dns.loc.unknown_data";
        return dns.field(name, "Data", take(left(dns, end))).map(drop);
    }
    dns.field("dns.loc.version", "Version", be_u8())?;
    for (name, label) in [
        ("dns.loc.size", "Size"),
        ("dns.loc.horizontal_precision", "Horizontal precision"),
        ("dns.loc.vertical_precision", "Vertical precision"),
    ] {
        let size = dns.field(name, label, be_u8())?;
        // The upper half is a digit, the lower one a power of ten, in centimeters.
        dns.text(|| format!("{}e{} cm", size >> 4, size & 15));
    }
    for (name, label, letters) in [
        ("dns.loc.latitude", "Latitude", ['N', 'S']),
        ("dns.loc.longitude", "Longitude", ['E', 'W']),
    ] {
        let [positive, negative] = letters;
        let angle = dns.field(name, label, be_u32())?;
        dns.text(|| {
            const MIDDLE: i64 = 1 << 31;
            let angle = i64::from(angle) - MIDDLE;
            let letter = if angle < 0 { negative } else { positive };
            let ms = angle.abs();
            let (degrees, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms % 60_000);
            format!(
                "{degrees}°{minutes}′{}.{:03}″ {letter}",
                seconds / 1000,
                seconds % 1000
            )
        });
    }
    let altitude = dns.field("dns.loc.altitude", "Altitude", be_u32())?;
    // Measured from 100 km below sea level.
    dns.text(|| format!("{:.2} m", (f64::from(altitude) - 10_000_000.0) / 100.0));
    Ok(())
}

/// RFC 2874, section 3.1. Only the part of the address beyond the prefix is there.
pub fn partial_address<'a>(dns: &mut Layer<'a, '_>, data: &mut Data<'a, '_>) -> Result<(), Stop> {
    let prefix = dns.field("dns.a6.prefix_len", "Prefix length", be_u8())?;
    data.say(|| prefix.to_string());
    let length = usize::from(128_u8.saturating_sub(prefix)).div_ceil(8);
    let address = |suffix: &[u8]| {
        let number = suffix
            .iter()
            .fold(0, |number, &byte| number << 8 | u128::from(byte));
        Value::Ipv6(Ipv6Addr::from(number))
    };
    let suffix = dns.field_shown("dns.a6.address_suffix", "Suffix", take(length), address)?;
    data.say(|| address(suffix).to_string());
    match prefix {
        0 => Ok(()),
        _ => read_part(dns, data, &Name("dns.a6.prefix_name", "Prefix name")),
    }
}

/// RFC 3123.
pub fn prefixes(dns: &mut Layer, end: u32) -> Result<(), Stop> {
    while left(dns, end) > 0 {
        let family = "dns.apl.address_family";
        let family = dns.field(family, "Family", be_u16().map(Family))?;
        dns.field("dns.apl.coded_prefix", "Prefix length", be_u8())?;
        let length = dns.word("dns.apl.afdlength", be_u8(), |bits| {
            bits.flag_meaning("dns.apl.negation", "Negated", 0x80, "yes", "no");
            bits.number("dns.apl.afdlength", "Address length", 0x7f);
        })?;
        let names = [
            "dns.apl.afdpart.ipv4",
            "dns.apl.afdpart.ipv6",
            "dns.apl.afdpart.data",
        ];
        dns.within(usize::from(length & 0x7f), |dns| {
            option::address(dns, family, names)
        })?;
    }
    Ok(())
}

/// RFC 4025.
pub fn gateway<'a>(dns: &mut Layer<'a, '_>, message: &Message<'a>, end: u32) -> Result<(), Stop> {
    dns.field("dns.ipseckey.gateway_precedence", "Precedence", be_u8())?;
    let kind = "dns.ipseckey.gateway_type";
    let kind = dns.field(kind, "Gateway type", be_u8().map(Gateway))?;
    let algorithm = "dns.ipseckey.gateway_algorithm";
    dns.field(algorithm, "Algorithm", be_u8().map(KeyAlgorithm))?;
    match kind {
        Gateway::IPV4 => {
            let name = "dns.ipseckey.gateway_ipv4";
            dns.field(name, "Gateway", be_u32().map(Ipv4Addr::from))?;
        }
        Gateway::IPV6 => _ = dns.field("dns.ipseckey.gateway_ipv6", "Gateway", ipv6())?,
        Gateway::NAME => {
            dns.field("dns.ipseckey.gateway_dns", "Gateway", name(message.bytes))?;
        }
        _ => {}
    }
    match left(dns, end) {
        0 => Ok(()),
        left => dns
            .field("dns.ipseckey.public_key", "Public key", take(left))
            .map(drop),
    }
}

/// RFC 8005.
pub fn host_identity<'a>(
    dns: &mut Layer<'a, '_>,
    message: &Message<'a>,
    end: u32,
) -> Result<(), Stop> {
    let tag = dns.field("dns.hip.hit.length", "Tag length", be_u8())?;
    dns.field(
        "dns.hip.hit.pk.algo",
        "Key algorithm",
        be_u8().map(KeyAlgorithm),
    )?;
    let key = dns.field("dns.hip.pk.length", "Key length", be_u16())?;
    dns.field("dns.hip.hit", "Host identity tag", take(tag))?;
    dns.field("dns.hip.pk", "Public key", take(key))?;
    while left(dns, end) > 0 {
        let server = "dns.hip.rendezvous_server";
        dns.field(server, "Rendezvous server", name(message.bytes))?;
    }
    Ok(())
}

/// RFC 7477.
pub fn synchronization(dns: &mut Layer, end: u32) -> Result<(), Stop> {
    dns.field("dns.csync.soa", "Serial number", be_u32())?;
    dns.flags("dns.csync.flags", "Flags", Base::Hex(4), be_u16(), |bits| {
        bits.flag("dns.csync.flags.immediate", "Immediate", 1);
        bits.flag("dns.csync.flags.soaminimum", "Minimum serial number", 2);
    })?;
    let map = left(dns, end);
    let bytes = dns.peek("dns.csync.type_bitmap", take(map))?;
    dns.over("dns.csync.type_bitmap", "Type map", dns.ahead(map), || {
        bytes.into()
    });
    security::type_map(dns, end)
}

/// RFC 8659, section 4.
pub fn authorization(dns: &mut Layer, end: u32) -> Result<(), Stop> {
    dns.flags("dns.caa.flags", "Flags", Base::Hex(2), be_u8(), |bits| {
        bits.flag("dns.caa.flags.issuer_critical", "Critical", 0x80);
    })?;
    let tag: &[u8] = dns.peek("dns.caa.tag", length_data(be_u8()))?;
    let name = match tag {
        b"issue" => "dns.caa.issue",
        b"issuewild" => "dns.caa.issuewild",
        b"iodef" => "dns.caa.iodef",
        _ => "dns.caa.unknown",
    };
    dns.group(name, "Property", |dns| {
        text(dns, "dns.caa.tag_length", "dns.caa.tag", "Tag")?;
        let left = left(dns, end);
        let value = dns.field_shown("dns.caa.value", "Value", take(left), until_nul)?;
        dns.value_of(name, || until_nul(value));
        Ok(())
    })
}

/// Reads the beginning of Microsoft's WINS records.
pub fn wins_times(dns: &mut Layer, names: [&'static str; 3]) -> Result<(), Stop> {
    let [local, lookup, cache] = names;
    dns.word(local, be_u32(), |bits| bits.flag(local, "Local", 1))?;
    dns.field(lookup, "Lookup timeout", be_u32())?;
    dns.field(cache, "Cache timeout", be_u32()).map(drop)
}

/// Reads the servers that a Windows name server asks.
pub fn wins(dns: &mut Layer, end: u32) -> Result<(), Stop> {
    let names = [
        "dns.wins.local_flag",
        "dns.wins.lookup_timeout",
        "dns.wins.cache_timeout",
    ];
    wins_times(dns, names)?;
    let count = dns.field("dns.wins.nb_wins_servers", "Servers", be_u32())?;
    let count = (count as usize).min(left(dns, end) / 4);
    (0..count).try_for_each(|_| {
        let name = "dns.wins.wins_server";
        dns.field(name, "Server", be_u32().map(Ipv4Addr::from))
            .map(drop)
    })
}

/// draft-bellis-dnsop-xpf.
pub fn forwarded(dns: &mut Layer) -> Result<(), Stop> {
    let version = dns.field("dns.xpf.ip_version", "IP version", be_u8())?;
    dns.field("dns.xpf.protocol", "Protocol", be_u8())?;
    match version {
        4 => {
            let address = || be_u32().map(Ipv4Addr::from);
            dns.field("dns.xpf.source_ipv4", "Source", address())?;
            dns.field("dns.xpf.destination_ipv4", "Destination", address())?;
        }
        6 => {
            dns.field("dns.xpf.source_ipv6", "Source", ipv6())?;
            dns.field("dns.xpf.destination_ipv6", "Destination", ipv6())?;
        }
        _ => return Ok(()),
    }
    dns.field("dns.xpf.sport", "Source port", be_u16())?;
    dns.field("dns.xpf.dport", "Destination port", be_u16())
        .map(drop)
}
