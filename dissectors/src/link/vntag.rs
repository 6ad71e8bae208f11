//! VN-Tag, with which a switch names the virtual interfaces of its port extenders: IEEE 802.1Qbh, draft.

use crate::{
    Dissector, FieldDef, Layer, OsiLayer, Outcome, Selector,
    link::{
        mac::EtherType,
        vlan::{TypeNames, type_or_length},
    },
};
use nom::number::be_u32;

/// VN-Tag.
pub const DISSECTOR: Dissector = Dissector {
    name: "vntag",
    label: "VN-Tag",
    column: "VNTAG",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::EtherType(0x8926)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::flag("vntag.dir").means("From bridge", "To bridge"),
    FieldDef::flag("vntag.ptr").means("vif_list_id", "vif_id"),
    FieldDef::u32("vntag.dst"),
    FieldDef::flag("vntag.looped").means("Yes", "No"),
    FieldDef::u32("vntag.r"),
    FieldDef::u32("vntag.version"),
    FieldDef::u32("vntag.src"),
    FieldDef::hex16("vntag.etype").names(&[EtherType::NAMES]),
    FieldDef::u16("vntag.len"),
    FieldDef::bytes("vntag.trailer"),
];

fn dissect(vntag: &mut Layer) -> Outcome {
    let tag = vntag.word("vntag.src", be_u32(), |bits| {
        bits.flag_meaning(
            "vntag.dir",
            "Direction",
            0x8000_0000,
            "From bridge",
            "To bridge",
        );
        bits.flag_meaning(
            "vntag.ptr",
            "Destination kind",
            0x4000_0000,
            "vif_list_id",
            "vif_id",
        );
        bits.number("vntag.dst", "Destination", 0x3fff_0000);
        bits.flag_meaning("vntag.looped", "Looped", 0x8000, "Yes", "No");
        bits.number("vntag.r", "Reserved", 0x4000);
        bits.number("vntag.version", "Version", 0x3000);
        bits.number("vntag.src", "Source", 0x0fff);
    })?;
    let words = || format!("Src: {}, Dst: {}", tag & 0xfff, tag >> 16 & 0x3fff);
    vntag.title(words);
    vntag.info(|| format!("VN-Tag, {}", words()));
    type_or_length(
        vntag,
        &TypeNames {
            kind: "vntag.etype",
            length: "vntag.len",
            trailer: "vntag.trailer",
        },
    )
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn names_both_interfaces() {
        assert_eq!(
            layer(
                "vntag",
                1,
                "020000000002 0200000000aa 8926 c0078001 9000 0000"
            ),
            "\
             VN-Tag: Src: 1, Dst: 7 [14..20]\n\
             \x20 Direction: From bridge [14..18]\n\
             \x20 Destination kind: vif_list_id [14..18]\n\
             \x20 Destination: 7 [14..18]\n\
             \x20 Looped: Yes [14..18]\n\
             \x20 Reserved: 0 [14..18]\n\
             \x20 Version: 0 [14..18]\n\
             \x20 Source: 1 [14..18]\n\
             \x20 Type: Loopback (0x9000) [18..20]\n"
        );
    }

    #[test]
    fn a_length_in_place_of_the_type() {
        assert_eq!(
            layer(
                "vntag",
                1,
                "020000000002 0200000000aa 8926 00070001 0003 424203"
            ),
            "\
             VN-Tag: Src: 1, Dst: 7 [14..20]\n\
             \x20 Direction: To bridge [14..18]\n\
             \x20 Destination kind: vif_id [14..18]\n\
             \x20 Destination: 7 [14..18]\n\
             \x20 Looped: No [14..18]\n\
             \x20 Reserved: 0 [14..18]\n\
             \x20 Version: 0 [14..18]\n\
             \x20 Source: 1 [14..18]\n\
             \x20 Length: 3 [18..20]\n"
        );
    }

    #[test]
    fn ends_in_the_type() {
        assert_eq!(
            cut("vntag", 1, "020000000002 0200000000aa 8926 c0078001 90", 64),
            "\
             VN-Tag: Src: 1, Dst: 7 [14..18]\n\
             \x20 Direction: From bridge [14..18]\n\
             \x20 Destination kind: vif_list_id [14..18]\n\
             \x20 Destination: 7 [14..18]\n\
             \x20 Looped: Yes [14..18]\n\
             \x20 Reserved: 0 [14..18]\n\
             \x20 Version: 0 [14..18]\n\
             \x20 Source: 1 [14..18]\n\
             \x20 Note: cut by the capture's size limit inside vntag.etype\n"
        );
    }
}
