//! Cisco's HDLC.

use crate::{
    Dissector, FieldDef, Hex, Layer, LinkType, Next, OsiLayer, Outcome, Selector, Unnumbered,
    Value, value::named,
};
use nom::{
    Parser,
    number::{be_u8, be_u16},
};

/// Cisco HDLC.
pub const DISSECTOR: Dissector = Dissector {
    name: "chdlc",
    label: "Cisco HDLC",
    column: "CHDLC",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(LinkType::CISCO_HDLC)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex8("chdlc.address").names(&[Address::NAMES]),
    FieldDef::hex8("chdlc.control"),
    FieldDef::hex16("chdlc.protocol").names(&[Protocol::NAMES]),
    FieldDef::hex8("chdlc.clns_padding"),
];

named! {
    /// The receivers of a frame.
    Address(u8, Hex(2)) {
        UNICAST = 0x0f => "Unicast",
        MULTICAST = 0x8f => "Multicast",
    }

    /// EtherTypes, and some of Cisco's own.
    Protocol(u16, Hex(4)) {
        VINES = 0x0bad => "Vines",
        IPV4 = 0x0800 => "IP",
        CDP = 0x2000 => "Cisco Discovery Protocol",
        DEC = 0x6003 => "DECnet",
        TEB = 0x6558 => "Transparent Ethernet bridging",
        SLARP = 0x8035 => "SLARP",
        APPLETALK = 0x809b => "AppleTalk",
        IPX = 0x8137 => "IPX",
        IPV6 = 0x86dd => "IPv6",
        MPLS = 0x8847 => "MPLS unicast",
        MPLS_MULTICAST = 0x8848 => "MPLS multicast",
        OSI = 0xfefe => "OSI",
    }
}

fn dissect(chdlc: &mut Layer) -> Outcome {
    let address = chdlc.field("chdlc.address", "Address", be_u8().map(Address))?;
    chdlc.field("chdlc.control", "Control", be_u8().map(Hex))?;
    let protocol = chdlc.field("chdlc.protocol", "Protocol", be_u16().map(Protocol))?;
    chdlc.title(|| address.name().unwrap_or("unknown address").to_owned());
    chdlc.info(|| Value::from(protocol).to_string());
    Ok(match protocol {
        Protocol::SLARP => Next::Select(SLARP),
        Protocol::OSI => {
            chdlc.field("chdlc.clns_padding", "Padding", be_u8().map(Hex))?;
            Next::Select(Selector::LlcSap(0xfe))
        }
        protocol if protocol.name().is_some() => Next::Select(Selector::EtherType(protocol.0)),
        _ => Next::Data,
    })
}

/// SLARP's selector: its number is RARP's on other links.
pub const SLARP: Selector = Selector::Unnumbered(Unnumbered::Slarp);

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn an_unknown_protocol() {
        assert_eq!(
            layer("chdlc", 104, "8f00 1234 6162"),
            "\
             Cisco HDLC: Multicast [0..4]\n\
             \x20 Address: Multicast (0x8f) [0..1]\n\
             \x20 Control: 0x00 [1..2]\n\
             \x20 Protocol: 0x1234 [2..4]\n"
        );
    }

    #[test]
    fn ends_in_the_protocol() {
        assert_eq!(
            cut("chdlc", 104, "0f00 08", 64),
            "\
             Cisco HDLC [0..2]\n\
             \x20 Address: Unicast (0x0f) [0..1]\n\
             \x20 Control: 0x00 [1..2]\n\
             \x20 Note: cut by the capture's size limit inside chdlc.protocol\n"
        );
    }
}
