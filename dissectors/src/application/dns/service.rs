//! Service binding, the records SVCB and HTTPS: RFC 9460.

use crate::{
    Layer, Stop, Value,
    application::dns::{
        message::{Message, left, until_nul},
        name::name,
    },
    internet::address::ipv6,
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};
use std::net::Ipv4Addr;

named! {
    /// IANA "Service Parameter Keys".
    Key(u16, Dec) {
        MANDATORY = 0 => "mandatory",
        ALPN = 1 => "alpn",
        NO_DEFAULT_ALPN = 2 => "no-default-alpn",
        PORT = 3 => "port",
        IPV4_HINT = 4 => "ipv4hint",
        ECH = 5 => "ech",
        IPV6_HINT = 6 => "ipv6hint",
        DOH_PATH = 7 => "dohpath",
        OHTTP = 8 => "ohttp",
        ODOH = 32769 => "odohconfig",
        INVALID = 65535 => "key65535",
    }
}

/// Reads the data of a record, which ends at `end`.
pub fn read<'a>(dns: &mut Layer<'a, '_>, message: &Message<'a>, end: u32) -> Result<(), Stop> {
    dns.field("dns.svcb.svcpriority", "Priority", be_u16())?;
    dns.field("dns.svcb.targetname", "Target", name(message.bytes))?;
    while left(dns, end) > 0 {
        dns.group("dns.svcb.svcparam", "Parameter", parameter)?;
    }
    Ok(())
}

fn parameter(dns: &mut Layer) -> Result<(), Stop> {
    let key = dns.field("dns.svcb.svcparam.key", "Key", be_u16().map(Key))?;
    dns.title(|| match key.name() {
        Some(name) => name.to_owned(),
        None => format!("key{}", key.0),
    });
    let name = "dns.svcb.svcparam.value.length";
    let length = usize::from(dns.field(name, "Length", be_u16())?);
    dns.within(length, |dns| {
        // Each item of the lists takes at least a byte.
        while !dns.rest().is_empty() || dns.missing() > 0 {
            let rest = dns.rest().len() + dns.missing();
            match key {
                Key::MANDATORY => {
                    let name = "dns.svcb.svcparam.mandatory.key";
                    dns.field(name, "Key", be_u16().map(Key))?;
                }
                Key::ALPN => {
                    let name = "dns.svcb.svcparam.alpn.length";
                    let length = dns.field(name, "Length", be_u8())?;
                    let name = "dns.svcb.svcparam.alpn";
                    let text = dns.field_shown(name, "Protocol", take(length), until_nul)?;
                    dns.title_more(|| format!(" {}", String::from_utf8_lossy(text)));
                }
                Key::PORT => {
                    let port = dns.field("dns.svcb.svcparam.port", "Port", be_u16())?;
                    dns.title_more(|| format!(" {port}"));
                }
                Key::IPV4_HINT => {
                    let name = "dns.svcb.svcparam.ipv4hint.ip";
                    let address = dns.field(name, "Address", be_u32().map(Ipv4Addr::from))?;
                    dns.title_more(|| format!(" {address}"));
                }
                Key::IPV6_HINT => {
                    let name = "dns.svcb.svcparam.ipv6hint.ip";
                    let address = dns.field(name, "Address", ipv6())?;
                    dns.title_more(|| format!(" {}", Value::from(address)));
                }
                Key::ECH => {
                    let name = "dns.svcb.svcparam.echconfig";
                    dns.field(name, "Encrypted client hello", take(rest))?;
                }
                Key::ODOH => {
                    let name = "dns.svcb.svcparam.odohconfig";
                    dns.field(name, "Oblivious DNS", take(rest))?;
                }
                _ => _ = dns.field("dns.svcb.svcparam.value", "Value", take(rest))?,
            }
        }
        Ok(())
    })
}
