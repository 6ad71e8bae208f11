//! IPv6 routing header, RFC 8200, section 4.4.

use crate::{
    Base, Dissector, FieldDef, Layer, OsiLayer, Outcome, Selector, Severity, Stop, Value,
    internet::{address, ipv4::IpProtocol, ipv6, ipv6_options::header_length},
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u32},
};
use std::net::{IpAddr, Ipv6Addr};

/// The way that the packet is to take.
pub const DISSECTOR: Dissector = Dissector {
    name: "ipv6.routing",
    label: "IPv6 routing header",
    column: "",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(43)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("ipv6.routing.nxt").names(&[IpProtocol::NAMES]),
    FieldDef::u8("ipv6.routing.len"),
    FieldDef::u16("ipv6.routing.len_oct"),
    FieldDef::u8("ipv6.routing.type").names(&[RoutingType::NAMES]),
    FieldDef::u8("ipv6.routing.segleft"),
    FieldDef::bytes("ipv6.routing.unknown_data"),
    FieldDef::bytes("ipv6.routing.src.reserved"),
    FieldDef::ipv6("ipv6.routing.src.addr"),
    FieldDef::bytes("ipv6.routing.mipv6.reserved"),
    FieldDef::ipv6("ipv6.routing.mipv6.home_address"),
    FieldDef::u32("ipv6.routing.rpl.cmprI"),
    FieldDef::u32("ipv6.routing.rpl.cmprE"),
    FieldDef::u32("ipv6.routing.rpl.pad"),
    FieldDef::u32("ipv6.routing.rpl.reserved"),
    FieldDef::i32("ipv6.routing.rpl.addr_count"),
    FieldDef::bytes("ipv6.routing.rpl.address"),
    FieldDef::ipv6("ipv6.routing.rpl.full_address"),
    FieldDef::u8("ipv6.routing.srh.last_entry"),
    FieldDef::hex8("ipv6.routing.srh.flags"),
    FieldDef::bytes("ipv6.routing.srh.tag"),
    FieldDef::ipv6("ipv6.routing.srh.addr"),
];

named! {
    /// IANA "IPv6 Routing Types".
    RoutingType(u8, Dec) {
        SOURCE_ROUTE = 0 => "Source route",
        NIMROD = 1 => "Nimrod",
        MOBILITY = 2 => "Type 2 routing",
        RPL = 3 => "RPL source route",
        SEGMENTS = 4 => "Segment routing",
        CRH_16 = 5 => "Compact routing, 16 bits",
        CRH_32 = 6 => "Compact routing, 32 bits",
        EXPERIMENT_1 = 253 => "Experiment 1",
        EXPERIMENT_2 = 254 => "Experiment 2",
    }
}

fn dissect(ip: &mut Layer) -> Outcome {
    let next = ip.field("ipv6.routing.nxt", "Next header", be_u8().map(IpProtocol))?;
    let length = header_length(ip, "ipv6.routing.len", "ipv6.routing.len_oct")?;
    let kind = ip.field("ipv6.routing.type", "Type", be_u8().map(RoutingType))?;
    ip.title(|| Value::from(kind).to_string());
    if kind == RoutingType::SOURCE_ROUTE {
        // RFC 5095.
        ip.note(Severity::Note, || {
            "deprecated: it lets traffic be amplified".to_owned()
        });
    }
    let left = ip.field("ipv6.routing.segleft", "Segments left", be_u8())?;
    let reported = ip.reported();
    let last = ip.within(length - 4, |ip| match kind {
        RoutingType::SOURCE_ROUTE => source_route(ip),
        RoutingType::MOBILITY => mobility(ip, left),
        RoutingType::RPL => rpl(ip, left),
        RoutingType::SEGMENTS => segments(ip),
        _ => match ip.rest().len() {
            0 => Ok(None),
            rest => ip
                .field("ipv6.routing.unknown_data", "Data", take(rest))
                .map(|_| None),
        },
    })?;
    if length - 4 > reported {
        return ip.malformed("ipv6.routing.len");
    }
    // The checksums of later layers use the final destination.
    if let (Some(last), Some((source, _)), 1..) = (last, ip.network(), left) {
        ip.set_network(source, last.into());
    }
    Ok(ipv6::next_header(ip, next))
}

/// RFC 2460, section 4.4.
fn source_route(ip: &mut Layer) -> Result<Option<Ipv6Addr>, Stop> {
    ip.field("ipv6.routing.src.reserved", "Reserved", take(4_usize))?;
    let mut last = None;
    while !ip.rest().is_empty() {
        last = Some(ip.field("ipv6.routing.src.addr", "Address", address::ipv6())?);
    }
    Ok(last)
}

/// RFC 6275, section 6.4.
fn mobility(ip: &mut Layer, left: u8) -> Result<Option<Ipv6Addr>, Stop> {
    if left != 1 {
        ip.note(Severity::Warning, || "must be 1 in this type".to_owned());
    }
    ip.field("ipv6.routing.mipv6.reserved", "Reserved", take(4_usize))?;
    ip.field(
        "ipv6.routing.mipv6.home_address",
        "Home address",
        address::ipv6(),
    )
    .map(Some)
}

/// RFC 6554, section 3: the bytes that an address shares with the destination's are omitted.
fn rpl(ip: &mut Layer, left: u8) -> Result<Option<Ipv6Addr>, Stop> {
    let at = ip.ahead(2);
    let word = ip.word("ipv6.routing.rpl.cmprI", be_u32(), |bits| {
        bits.number("ipv6.routing.rpl.cmprI", "Bytes left out", 0xf000_0000);
        bits.number(
            "ipv6.routing.rpl.cmprE",
            "Bytes left out of the last",
            0x0f00_0000,
        );
        bits.number("ipv6.routing.rpl.pad", "Padding bytes", 0x00f0_0000);
        bits.number("ipv6.routing.rpl.reserved", "Reserved", 0x000f_ffff);
    })?;
    let nibble = |shift: u32| (word >> shift & 0xf) as usize;
    let (inner, outer, padding) = (nibble(28), nibble(24), nibble(20));
    let (size, last_size) = (16 - inner, 16 - outer);
    let Some(front) = ip.reported().checked_sub(padding + last_size) else {
        return Ok(None);
    };
    let count = front / size + 1;
    ip.over("ipv6.routing.rpl.addr_count", "Addresses", at, || {
        (count as i64).into()
    });
    if usize::from(left) > count {
        ip.note(Severity::Warning, || {
            format!("{left} segments left, but {count} addresses")
        });
    }
    let Some((_, IpAddr::V6(destination))) = ip.network() else {
        return Ok(None);
    };
    let mut last = None;
    for number in 1..=count {
        let size = if number == count { last_size } else { size };
        let bytes = ip.ahead(size);
        let part = ip.field("ipv6.routing.rpl.address", "Address", take(size))?;
        let mut full = destination.octets();
        if let Some(tail) = full.get_mut(16 - size..) {
            tail.copy_from_slice(part);
        }
        let full = Ipv6Addr::from(full);
        ip.over(
            "ipv6.routing.rpl.full_address",
            "Full address",
            bytes,
            || full.into(),
        );
        last = Some(full);
    }
    Ok(last)
}

/// RFC 8754, section 2. The segments are in reverse order: the first is the final destination.
fn segments(ip: &mut Layer) -> Result<Option<Ipv6Addr>, Stop> {
    let entry = ip.field("ipv6.routing.srh.last_entry", "Last entry", be_u8())?;
    ip.field_shown("ipv6.routing.srh.flags", "Flags", be_u8(), |v| {
        Value::Number(v.into(), Base::Hex(2))
    })?;
    ip.field("ipv6.routing.srh.tag", "Tag", take(2_usize))?;
    let mut last = None;
    for number in 0..=entry {
        if ip.rest().is_empty() {
            break;
        }
        let address = ip.field("ipv6.routing.srh.addr", "Segment", address::ipv6())?;
        ip.text(|| format!("{address} ({number})"));
        last = last.or(Some(address));
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn segments() {
        let hex = "6000 0000 0028 2b40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 3b04 0401 0140 0007
             2001 0db8 0000 0000 0000 0000 0000 0077
             2001 0db8 0000 0000 0000 0000 0000 0078";
        assert_eq!(
            layer("ipv6.routing", 229, hex),
            "\
IPv6 routing header: Segment routing (4) [40..80]
  Next header: IPv6 no next header (59) [40..41]
  Length: 4 [41..42]
  Length in bytes: 40 [41..42]
  Type: Segment routing (4) [42..43]
  Segments left: 1 [43..44]
  Last entry: 1 [44..45]
  Flags: 0x40 [45..46]
  Tag: 0007 [46..48]
  Segment: 2001:db8::77 (0) [48..64]
  Segment: 2001:db8::78 (1) [64..80]
"
        );
    }

    #[test]
    fn ends_in_a_segment() {
        let hex = "6000 0000 0028 2b40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 3b04 0401 0140 0007
             2001 0db8 0000 0000 0000 0000 0000 0077
             2001 0db8 0000";
        assert_eq!(
            cut("ipv6.routing", 229, hex, 80),
            "\
IPv6 routing header: Segment routing (4) [40..70]
  Next header: IPv6 no next header (59) [40..41]
  Length: 4 [41..42]
  Length in bytes: 40 [41..42]
  Type: Segment routing (4) [42..43]
  Segments left: 1 [43..44]
  Last entry: 1 [44..45]
  Flags: 0x40 [45..46]
  Tag: 0007 [46..48]
  Segment: 2001:db8::77 (0) [48..64]
  Note: cut by the capture's size limit inside ipv6.routing.srh.addr
"
        );
    }
}
