//! Cisco's serial line address resolution and keepalives.

use crate::{Dissector, FieldDef, Hex, Layer, Next, OsiLayer, Outcome, link::chdlc, value::named};
use nom::{
    Parser,
    number::{be_u16, be_u32},
};
use std::net::Ipv4Addr;

/// Serial Line Address Resolution Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "slarp",
    label: "Cisco SLARP",
    column: "SLARP",
    layer: OsiLayer::DataLink,
    selectors: &[chdlc::SLARP],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u32("slarp.ptype").names(&[Kind::NAMES]),
    FieldDef::ipv4("slarp.address"),
    FieldDef::ipv4("slarp.netmask"),
    FieldDef::u32("slarp.mysequence"),
    FieldDef::u32("slarp.yoursequence"),
    FieldDef::hex16("slarp.reliability"),
];

named! {
    /// The purpose of a message.
    Kind(u32, Dec) {
        REQUEST = 0 => "Request",
        REPLY = 1 => "Reply",
        KEEPALIVE = 2 => "Line keepalive",
    }
}

fn dissect(slarp: &mut Layer) -> Outcome {
    let kind = slarp.field("slarp.ptype", "Packet type", be_u32().map(Kind))?;
    match kind {
        Kind::REQUEST | Kind::REPLY => {
            let address = slarp.field("slarp.address", "Address", be_u32().map(Ipv4Addr::from))?;
            let mask = slarp.field("slarp.netmask", "Netmask", be_u32().map(Ipv4Addr::from))?;
            let name = kind.name().unwrap_or_default();
            slarp.info(|| format!("{name}, from {address}, mask {mask}"));
        }
        Kind::KEEPALIVE => {
            let mine = slarp.field("slarp.mysequence", "Outgoing sequence number", be_u32())?;
            let yours = slarp.field("slarp.yoursequence", "Returned sequence number", be_u32())?;
            slarp.field("slarp.reliability", "Reliability", be_u16().map(Hex))?;
            slarp.info(|| {
                format!("Line keepalive, outgoing sequence {mine}, returned sequence {yours}")
            });
        }
        _ => {
            slarp.info(|| format!("Unknown packet type 0x{:08x}", kind.0));
            return Ok(Next::Data);
        }
    }
    Ok(Next::Nothing)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn a_keepalive() {
        assert_eq!(
            layer("slarp", 104, "8f00 8035 00000002 00000005 00000002 ffff"),
            "\
             Cisco SLARP [4..18]\n\
             \x20 Packet type: Line keepalive (2) [4..8]\n\
             \x20 Outgoing sequence number: 5 [8..12]\n\
             \x20 Returned sequence number: 2 [12..16]\n\
             \x20 Reliability: 0xffff [16..18]\n"
        );
    }

    #[test]
    fn ends_in_the_sequence() {
        assert_eq!(
            cut("slarp", 104, "8f00 8035 00000002 0000", 64),
            "\
             Cisco SLARP [4..8]\n\
             \x20 Packet type: Line keepalive (2) [4..8]\n\
             \x20 Note: cut by the capture's size limit inside slarp.mysequence\n"
        );
    }
}
