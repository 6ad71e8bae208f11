//! The identity of the client.

use crate::{
    Base, Layer, Stop, Value,
    application::{
        dhcp::message::{HardwareType, text},
        dns::name::{Name, name},
    },
    link::mac::mac,
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

named! {
    /// RFC 8415, section 11.
    UniqueKind(u16, Dec) {
        TIME = 1 => "link-layer address and time",
        VENDOR = 2 => "assigned by the vendor",
        LINK = 3 => "link-layer address",
        UUID = 4 => "UUID",
    }
}

/// A UUID, whose first three parts may be in little-endian order.
fn uuid(bytes: &[u8], little: bool) -> Value {
    let mut bytes: [u8; 16] = bytes.try_into().unwrap_or_default();
    if little {
        let [a, b, c, d, e, f, g, h, ..] = &mut bytes;
        std::mem::swap(a, d);
        std::mem::swap(b, c);
        std::mem::swap(e, f);
        std::mem::swap(g, h);
    }
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    Value::Text(text)
}

/// Writes bytes in hexadecimal with `between` between them.
fn spelled(bytes: &[u8], between: &str) -> Value {
    let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Value::Text(bytes.join(between))
}

/// RFC 2132, section 9.14, and RFC 4361, section 6.1.
pub fn identifier(dhcp: &mut Layer) -> Result<(), Stop> {
    let left = dhcp.rest().len();
    match (dhcp.rest().first(), left) {
        (Some(0), 17) => {
            dhcp.skip(1);
            let name = "dhcp.client_id.uuid";
            dhcp.field_shown(name, "UUID", take(16_usize), |bytes: &[u8]| {
                uuid(bytes, false)
            })
            .map(drop)
        }
        (Some(255), 8..) => {
            dhcp.skip(1);
            let name = "dhcp.client_id.iaid";
            dhcp.field_shown(
                name,
                "Identity association",
                take(4_usize),
                |bytes: &[u8]| spelled(bytes, ""),
            )?;
            unique(dhcp)
        }
        (Some(1 | 6), 7) => {
            dhcp.field("dhcp.hw.type", "Hardware type", be_u8().map(HardwareType))?;
            let address = dhcp.field("dhcp.hw.mac_addr", "MAC address", mac())?;
            dhcp.title_more(|| format!(" {address}"));
            Ok(())
        }
        (Some(0), 2..) => {
            dhcp.field("dhcp.client_id.type", "Type", be_u8())?;
            let name = "dhcp.client_id.undef";
            dhcp.field_shown(name, "Identifier", take(left - 1), text)
                .map(drop)
        }
        (_, 0) => Ok(()),
        _ => dhcp.field("", "Identifier", take(left)).map(drop),
    }
}

fn unique(dhcp: &mut Layer) -> Result<(), Stop> {
    let kind = dhcp.field("dhcp.client_id.duid_type", "Kind", be_u16().map(UniqueKind))?;
    let address = |bytes: &[u8]| match bytes.len() {
        6 => spelled(bytes, ":"),
        _ => spelled(bytes, ""),
    };
    let hardware = || be_u16();
    match kind {
        UniqueKind::TIME => {
            dhcp.field(
                "dhcp.client_id.duid_llt_hw_type",
                "Hardware type",
                hardware(),
            )?;
            dhcp.field("dhcp.client_id.time", "Time", be_u32())?;
        }
        UniqueKind::LINK => {
            dhcp.field(
                "dhcp.client_id.duid_ll_hw_type",
                "Hardware type",
                hardware(),
            )?;
        }
        UniqueKind::VENDOR => {
            dhcp.field("dhcp.client_id.enterprise_num", "Enterprise", be_u32())?;
            let left = dhcp.rest().len();
            return dhcp
                .field("dhcp.client_id", "Identifier", take(left))
                .map(drop);
        }
        _ => return Ok(()),
    }
    let left = dhcp.rest().len();
    let name = "dhcp.client_id.link_layer_address";
    dhcp.field_shown(name, "Link-layer address", take(left), address)
        .map(drop)
}

/// RFC 4578, section 2.3.
pub fn machine(dhcp: &mut Layer) -> Result<(), Stop> {
    let left = dhcp.rest().len();
    if left != 17 || dhcp.rest().first() != Some(&0) {
        return dhcp.field("", "Identifier", take(left)).map(drop);
    }
    dhcp.skip(1);
    let name = "dhcp.client_id.uuid";
    dhcp.field_shown(name, "UUID", take(16_usize), |bytes: &[u8]| {
        uuid(bytes, true)
    })
    .map(drop)
}

/// RFC 4702, section 2.
pub fn full_name(dhcp: &mut Layer) -> Result<(), Stop> {
    if dhcp.rest().len() < 3 {
        return Ok(());
    }
    let flags = dhcp.flags("dhcp.fqdn.flags", "Flags", Base::Hex(2), be_u8(), |bits| {
        let rest = |rest| Value::Number(rest, Base::Hex(2));
        bits.value("dhcp.fqdn.mbz", "Reserved", 0xf0, rest);
        bits.flag_meaning("dhcp.fqdn.n", "Server updates", 0x08, "none", "some");
        bits.flag_meaning("dhcp.fqdn.e", "Encoding", 0x04, "binary", "ASCII");
        bits.flag_meaning("dhcp.fqdn.o", "Server overrides", 0x02, "yes", "no");
        bits.flag_meaning("dhcp.fqdn.s", "Who updates", 0x01, "server", "client");
    })?;
    dhcp.field("dhcp.fqdn.rcode1", "Result for A", be_u8())?;
    dhcp.field("dhcp.fqdn.rcode2", "Result for PTR", be_u8())?;
    let field = "dhcp.fqdn.name";
    let bytes = dhcp.rest();
    if bytes.is_empty() {
        return Ok(());
    }
    if flags & 4 == 0 {
        return dhcp
            .field_shown(field, "Name", take(bytes.len()), text)
            .map(drop);
    }
    domain(dhcp, field, bytes).map(drop)
}

/// Reads a name whose pointers count from the beginning of `all`. An invalid one takes the rest, as the options after
/// it are not affected.
pub fn domain<'a>(
    dhcp: &mut Layer<'a, '_>,
    field: &'static str,
    all: &'a [u8],
) -> Result<Option<Name<'a>>, Stop> {
    if dhcp.peek(field, name(all)).is_ok() {
        return dhcp.field(field, "Name", name(all)).map(Some);
    }
    let left = dhcp.rest().len();
    dhcp.field("", "No name", take(left))?;
    Ok(None)
}
