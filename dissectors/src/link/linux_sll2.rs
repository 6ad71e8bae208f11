//! Linux "cooked" captures, version 2: LINKTYPE_LINUX_SLL2, which also names the interface.

use crate::{
    Dissector, Layer, LinkType, OsiLayer, Outcome, Selector,
    link::linux_sll::{self, HardwareType, PacketType},
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

/// Linux cooked capture, version 2.
pub const DISSECTOR: Dissector = Dissector {
    name: "sll",
    label: "Linux cooked capture v2",
    column: "SLL",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(LinkType::LINUX_SLL2)],
    fields: &[],
    dissect,
    session: None,
};

fn dissect(sll: &mut Layer) -> Outcome {
    // The kind of the protocol's number depends on the device's kind, six bytes further on.
    let hardware = sll.rest().get(8..10).map_or(0, |bytes| {
        u16::from_be_bytes(bytes.try_into().unwrap_or_default())
    });
    let next = linux_sll::protocol(sll, HardwareType(hardware))?;
    sll.field("", "Reserved", take(2_usize))?;
    sll.field("sll.ifindex", "Interface index", be_u32())?;
    sll.field("sll.hatype", "Device type", be_u16().map(HardwareType))?;
    let kind = sll.field(
        "sll.pkttype",
        "Packet type",
        be_u8().map(|kind| PacketType(kind.into())),
    )?;
    let length = sll.field("sll.halen", "Address length", be_u8())?;
    let source = linux_sll::address(sll, usize::from(length))?;
    sll.endpoints(|| (source.to_string(), String::new()));
    sll.title(|| kind.name().unwrap_or("Unknown packet type").to_owned());
    sll.owns_trailer("sll.trailer", false);
    Ok(next)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn names_the_interface() {
        assert_eq!(
            layer(
                "sll",
                276,
                "9999 0000 00000002 0001 04 06 0200000000aa 0000 6162"
            ),
            "\
             Linux cooked capture v2: Sent by us [0..20]\n\
             \x20 Protocol: 0x9999 [0..2]\n\
             \x20 Reserved: 0000 [2..4]\n\
             \x20 Interface index: 2 [4..8]\n\
             \x20 Device type: Ethernet (1) [8..10]\n\
             \x20 Packet type: Sent by us (4) [10..11]\n\
             \x20 Address length: 6 [11..12]\n\
             \x20 Source: 02:00:00:00:00:aa [12..18]\n\
             \x20 Unused: 0000 [18..20]\n"
        );
    }

    #[test]
    fn ends_in_the_interface() {
        assert_eq!(
            cut("sll", 276, "9999 0000 0000", 64),
            "\
             Linux cooked capture v2 [0..4]\n\
             \x20 Protocol: 0x9999 [0..2]\n\
             \x20 Reserved: 0000 [2..4]\n\
             \x20 Note: cut by the capture's size limit inside sll.ifindex\n"
        );
    }
}
