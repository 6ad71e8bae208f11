//! Stateful operations: RFC 8490, and the types of RFC 8765.

use crate::{Layer, Stop, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u16, be_u32},
};

named! {
    /// IANA "DSO Type Codes".
    UnitType(u16, Dec) {
        RESERVED = 0 => "Reserved",
        KEEPALIVE = 1 => "Keepalive",
        RETRY_DELAY = 2 => "Retry delay",
        ENCRYPTION_PADDING = 3 => "Encryption padding",
        SUBSCRIBE = 0x40 => "Subscribe",
        PUSH = 0x41 => "Push",
        UNSUBSCRIBE = 0x42 => "Unsubscribe",
        RECONFIRM = 0x43 => "Reconfirm",
        0xf800..=0xfbff => "Experimental or local use",
        0xfc00..=0xffff => "Reserved for future expansion",
        0..=0xffff => "Unassigned",
    }
}

/// Reads what follows the header of a stateful message: units of type, length and value.
pub fn read(dns: &mut Layer) -> Result<(), Stop> {
    if dns.reported() == 0 {
        return Ok(());
    }
    dns.group("dns.dso", "Stateful operation", |dns| {
        while dns.reported() > 0 {
            dns.group("dns.dso.tlv", "Unit", unit)?;
        }
        Ok(())
    })
}

fn unit(dns: &mut Layer) -> Result<(), Stop> {
    let name = "dns.dso.tlv.type";
    let kind = dns.field(name, "Type", be_u16().map(UnitType))?;
    dns.title(|| kind.name().unwrap_or_default().to_owned());
    let length = usize::from(dns.field("dns.dso.tlv.length", "Length", be_u16())?);
    match (kind, length) {
        (UnitType::KEEPALIVE, 8) => {
            let name = "dns.dso.tlv.keepalive.inactivity";
            dns.field(name, "Inactivity timeout in ms", be_u32())?;
            let name = "dns.dso.tlv.keepalive.interval";
            dns.field(name, "Keepalive interval in ms", be_u32())
                .map(drop)
        }
        (UnitType::RETRY_DELAY, 4) => {
            let name = "dns.dso.tlv.retrydelay.retrydelay";
            dns.field(name, "Retry delay in ms", be_u32()).map(drop)
        }
        (UnitType::ENCRYPTION_PADDING, 1..) => {
            let name = "dns.dso.tlv.encpad.padding";
            dns.field(name, "Padding", take(length)).map(drop)
        }
        (_, 0) => Ok(()),
        _ => dns
            .field("dns.dso.tlv.data", "Data", take(length))
            .map(drop),
    }
}
