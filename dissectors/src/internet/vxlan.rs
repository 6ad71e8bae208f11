//! Virtual eXtensible Local Area Network, RFC 7348, with the group policy extension.

use crate::{
    Base, Dissector, FieldDef, Hex, Layer, Next, OsiLayer, Outcome, Selector, link::ethernet,
};
use nom::number::{be_u8, be_u16, be_u24};

/// Virtual eXtensible Local Area Network.
pub const DISSECTOR: Dissector = Dissector {
    name: "vxlan",
    label: "Virtual eXtensible Local Area Network",
    column: "VxLAN",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::UdpPort(4789)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex16("vxlan.flags"),
    FieldDef::flag("vxlan.flag_g").means("Defined", "Not defined"),
    FieldDef::flag("vxlan.flag_i"),
    FieldDef::flag("vxlan.flag_d"),
    FieldDef::flag("vxlan.flag_a"),
    FieldDef::hex16("vxlan.flags_reserved"),
    FieldDef::u16("vxlan.gbp"),
    FieldDef::u24("vxlan.vni"),
    FieldDef::u8("vxlan.reserved8"),
];

fn dissect(vxlan: &mut Layer) -> Outcome {
    vxlan.flags("vxlan.flags", "Flags", Base::Hex(4), be_u16(), |bits| {
        bits.flag_meaning(
            "vxlan.flag_g",
            "Group policy",
            0x8000,
            "Defined",
            "Not defined",
        );
        bits.flag("vxlan.flag_i", "Network identifier", 0x0800);
        bits.flag("vxlan.flag_d", "Don't learn", 0x0040);
        bits.flag("vxlan.flag_a", "Policy applied", 0x0008);
        // The bits are not adjacent, so they are shown in place.
        bits.value_in_place("vxlan.flags_reserved", "Reserved", 0x77b7, |flags| {
            Hex(flags as u16)
        });
    })?;
    vxlan.field("vxlan.gbp", "Group policy", be_u16())?;
    let network = vxlan.field("vxlan.vni", "Network identifier", be_u24())?;
    vxlan.title(|| format!("network {network}"));
    vxlan.info(|| format!("VXLAN network {network}"));
    vxlan.field("vxlan.reserved8", "Reserved", be_u8())?;
    Ok(Next::Select(ethernet::INSIDE))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn a_network() {
        assert_eq!(
            layer(
                "vxlan",
                228,
                "4500002f000100 00401166bb 0a000001 0a000002 c350 12b5 001b 0000 8848 1234 0000ab 07"
            ),
            "\
             Virtual eXtensible Local Area Network: network 171 [28..36]\n\
             \x20 Flags: 0x8848 [28..30]\n\
             \x20   Group policy: Defined [28..30]\n\
             \x20   Network identifier: Set [28..30]\n\
             \x20   Don't learn: Set [28..30]\n\
             \x20   Policy applied: Set [28..30]\n\
             \x20   Reserved: 0x0000 [28..30]\n\
             \x20 Group policy: 4660 [30..32]\n\
             \x20 Network identifier: 171 [32..35]\n\
             \x20 Reserved: 7 [35..36]\n"
        );
    }

    #[test]
    fn ends_in_the_network() {
        assert_eq!(
            cut(
                "vxlan",
                228,
                "4500002f000100 00401166bb 0a000001 0a000002 c350 12b5 001b 0000 0800 0000 00",
                64
            ),
            "\
             Virtual eXtensible Local Area Network [28..32]\n\
             \x20 Flags: 0x0800 [28..30]\n\
             \x20   Group policy: Not defined [28..30]\n\
             \x20   Network identifier: Set [28..30]\n\
             \x20   Don't learn: Not set [28..30]\n\
             \x20   Policy applied: Not set [28..30]\n\
             \x20   Reserved: 0x0000 [28..30]\n\
             \x20 Group policy: 0 [30..32]\n\
             \x20 Note: cut by the capture's size limit inside vxlan.vni\n"
        );
    }
}
