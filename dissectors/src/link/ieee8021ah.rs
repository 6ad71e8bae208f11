//! Provider backbone bridges: IEEE 802.1ah, "MAC in MAC".

use crate::{Dissector, FieldDef, OsiLayer, Selector, link::ieee8021ad::backbone, link::mac};

/// IEEE 802.1ah.
pub const DISSECTOR: Dissector = Dissector {
    name: "ieee8021ah",
    label: "IEEE 802.1ah",
    column: "802.1ah",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::EtherType(0x88e7)],
    fields: &[FIELDS],
    dissect: backbone,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex16("ieee8021ah.etype").names(&[mac::EtherType::NAMES]),
    FieldDef::bytes("ieee8021ah.trailer"),
    FieldDef::u32("ieee8021ah.isid"),
    FieldDef::u32("ieee8021ah.priority"),
    FieldDef::u32("ieee8021ah.drop"),
    FieldDef::u32("ieee8021ah.nca"),
    FieldDef::u32("ieee8021ah.res1"),
    FieldDef::u32("ieee8021ah.res2"),
    FieldDef::mac("ieee8021ah.cdst"),
    FieldDef::mac("ieee8021ah.csrc"),
];

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn names_the_customer() {
        assert_eq!(
            layer(
                "ieee8021ah",
                1,
                "020000000002 0200000000aa 88e7 e0123456 020000000003 0200000000bb 9999 6162"
            ),
            "\
             IEEE 802.1ah: Service: 1193046, Src: 02:00:00:00:00:bb, Dst: 02:00:00:00:00:03 [14..32]\n\
             \x20 Priority: 7 [14..15]\n\
             \x20 Drop eligible: 0 [14..15]\n\
             \x20 No customer addresses: 0 [14..15]\n\
             \x20 Reserved 1: 0 [14..15]\n\
             \x20 Reserved 2: 0 [14..15]\n\
             \x20 Service: 1193046 [15..18]\n\
             \x20 Customer destination: 02:00:00:00:00:03 [18..24]\n\
             \x20 Customer source: 02:00:00:00:00:bb [24..30]\n\
             \x20 Type: 0x9999 [30..32]\n"
        );
    }

    #[test]
    fn ends_in_the_addresses() {
        assert_eq!(
            cut(
                "ieee8021ah",
                1,
                "020000000002 0200000000aa 88e7 e0123456 0200",
                64
            ),
            "\
             IEEE 802.1ah [14..18]\n\
             \x20 Priority: 7 [14..15]\n\
             \x20 Drop eligible: 0 [14..15]\n\
             \x20 No customer addresses: 0 [14..15]\n\
             \x20 Reserved 1: 0 [14..15]\n\
             \x20 Reserved 2: 0 [14..15]\n\
             \x20 Service: 1193046 [15..18]\n\
             \x20 Note: cut by the capture's size limit inside ieee8021ah.cdst\n"
        );
    }
}
