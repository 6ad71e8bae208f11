//! IPv6 fragment header, RFC 8200, section 4.5.

use crate::{
    Base, Dissector, FieldDef, Fragment, Hex, Layer, OsiLayer, Outcome, Selector, Value,
    internet::{fragment, ipv4::IpProtocol, ipv6},
};
use nom::{
    Parser,
    number::{be_u8, be_u16, be_u32},
};

/// One part of a packet that its sender split.
pub const DISSECTOR: Dissector = Dissector {
    name: "ipv6.fraghdr",
    label: "IPv6 fragment header",
    column: "",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(44)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("ipv6.fraghdr.nxt").names(&[IpProtocol::NAMES]),
    FieldDef::hex8("ipv6.fraghdr.reserved_octet"),
    FieldDef::u16("ipv6.fraghdr.offset"),
    FieldDef::u16("ipv6.fraghdr.reserved_bits"),
    FieldDef::flag("ipv6.fraghdr.more").means("Yes", "No"),
    FieldDef::hex32("ipv6.fraghdr.ident"),
];

fn dissect(ip: &mut Layer) -> Outcome {
    let next = ip.field("ipv6.fraghdr.nxt", "Next header", be_u8().map(IpProtocol))?;
    ip.field("ipv6.fraghdr.reserved_octet", "Reserved", be_u8().map(Hex))?;
    let word = ip.word("ipv6.fraghdr.offset", be_u16(), |bits| {
        bits.worded(
            "ipv6.fraghdr.offset",
            "Offset",
            0xfff8,
            |v| Value::Number(v, Base::Dec),
            |v| format!("{} bytes ({v} units of 8)", 8 * v),
        );
        bits.number("ipv6.fraghdr.reserved_bits", "Reserved", 0x0006);
        bits.flag_meaning("ipv6.fraghdr.more", "More fragments", 0x0001, "Yes", "No");
    })?;
    let id = ip
        .field("ipv6.fraghdr.ident", "Identification", be_u32().map(Hex))?
        .0;
    let (offset, more) = (u32::from(word & 0xfff8), word & 1 != 0);
    // RFC 6946: a fragment that is the whole datagram.
    if offset == 0 && !more {
        return Ok(ipv6::next_header(ip, next));
    }
    let Some((source, destination)) = ip.network() else {
        return Ok(crate::Next::Data);
    };
    let length = ip.reported() as u32;
    let fragment = Fragment {
        source,
        destination,
        id,
        protocol: next.0,
        offset,
        more,
        data: ip.ahead(usize::MAX),
        length,
    };
    let cut = ip.missing() > 0;
    fragment::show(ip, fragment, cut, &fragment::IPV6)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn the_first() {
        let hex = "6000 0000 0010 2c40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 1100 0001 0000 0009
             03e8 07d0 000d 0000";
        assert_eq!(
            layer("ipv6.fraghdr", 229, hex),
            "\
IPv6 fragment header [40..48]
  Next header: UDP (17) [40..41]
  Reserved: 0x00 [41..42]
  Offset: 0 bytes (0 units of 8) [42..44]
  Reserved: 0 [42..44]
  More fragments: Yes [42..44]
  Identification: 0x00000009 [44..48]
"
        );
    }

    #[test]
    fn ends_in_the_identification() {
        let hex = "6000 0000 0010 2c40 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 1100 0001 0000";
        assert_eq!(
            cut("ipv6.fraghdr", 229, hex, 56),
            "\
IPv6 fragment header [40..44]
  Next header: UDP (17) [40..41]
  Reserved: 0x00 [41..42]
  Offset: 0 bytes (0 units of 8) [42..44]
  Reserved: 0 [42..44]
  More fragments: Yes [42..44]
  Note: cut by the capture's size limit inside ipv6.fraghdr.ident
"
        );
    }
}
