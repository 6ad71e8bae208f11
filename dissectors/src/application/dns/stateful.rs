//! Stateful operations: RFC 8490, and the types of RFC 8765.

use crate::{Base, Layer, Stop, Value};
use nom::{
    bytes::take,
    number::{be_u16, be_u32},
};

/// IANA "DSO Type Codes".
fn kind(number: u16) -> &'static str {
    match number {
        0 => "Reserved",
        1 => "Keepalive",
        2 => "Retry delay",
        3 => "Encryption padding",
        0x40 => "Subscribe",
        0x41 => "Push",
        0x42 => "Unsubscribe",
        0x43 => "Reconfirm",
        0xf800..=0xfbff => "Experimental or local use",
        0xfc00.. => "Reserved for future expansion",
        _ => "Unassigned",
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
    let number = dns.field_shown(name, "Type", be_u16(), |number| {
        Value::Named(number.into(), Base::Dec, kind(number))
    })?;
    dns.title(|| kind(number).to_owned());
    let length = usize::from(dns.field("dns.dso.tlv.length", "Length", be_u16())?);
    match (number, length) {
        (1, 8) => {
            let name = "dns.dso.tlv.keepalive.inactivity";
            dns.field(name, "Inactivity timeout in ms", be_u32())?;
            let name = "dns.dso.tlv.keepalive.interval";
            dns.field(name, "Keepalive interval in ms", be_u32())
                .map(drop)
        }
        (2, 4) => {
            let name = "dns.dso.tlv.retrydelay.retrydelay";
            dns.field(name, "Retry delay in ms", be_u32()).map(drop)
        }
        (3, 1..) => {
            let name = "dns.dso.tlv.encpad.padding";
            dns.field(name, "Padding", take(length)).map(drop)
        }
        (_, 0) => Ok(()),
        _ => dns
            .field("dns.dso.tlv.data", "Data", take(length))
            .map(drop),
    }
}
