//! Cisco FabricPath: an Ethernet frame with the switches of its way instead of addresses, around another frame. Cisco's
//! "Cisco FabricPath Best Practices", figure "FabricPath encapsulation".

use crate::{
    Base, ByteRange, Dissector, FieldDef, Hex, Layer, LinkType, Next, OsiLayer, Outcome, Selector,
    Stop, Value, ValueName,
    link::mac::{EtherType, mac},
};
use nom::{
    Parser,
    number::{be_u8, be_u16, be_u24},
};

/// Cisco FabricPath. Ethernet gives way to it.
pub const DISSECTOR: Dissector = Dissector {
    name: "cfp",
    label: "Cisco FabricPath",
    column: "CFP",
    layer: OsiLayer::DataLink,
    selectors: &[],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::none("cfp.s_hmac"),
    FieldDef::none("cfp.d_hmac"),
    FieldDef::mac("cfp.d_hmac_mc"),
    FieldDef::hex16("cfp.etype").names(&[EtherType::NAMES]),
    FieldDef::hex32("cfp.fcs"),
    FieldDef::u8("cfp.fcs.status").names(&[&[ValueName::one(2, "Unverified")]]),
    FieldDef::u16("cfp.ftag"),
    FieldDef::u16("cfp.ttl"),
    FieldDef::u24("cfp.swid"),
    FieldDef::u8("cfp.sswid"),
    FieldDef::u24("cfp.eid"),
    FieldDef::u16("cfp.lid"),
    FieldDef::flag("cfp.ul").means(LOCAL, "Globally unique address (factory default)"),
    FieldDef::flag("cfp.ig").means(
        "Group address (multicast/broadcast)",
        "Individual address (unicast)",
    ),
    FieldDef::flag("cfp.ooodl").means(UNORDERED, ORDERED),
];

const LOCAL: &str = "Locally administered address (this is NOT the factory default)";
const UNORDERED: &str = "Out of order delivery (If DA) or Do not learn (If SA)";
const ORDERED: &str = "Deliver in order (If DA) or Learn (If SA)";

/// The type of the outer frame.
pub const ETHERTYPE: u16 = 0x8903;

/// The check sequence at the end belongs to the outer frame; the inner one has none.
const FCS: usize = 4;

fn dissect(cfp: &mut Layer) -> Outcome {
    let group = cfp.rest().first().is_some_and(|first| first & 1 != 0);
    let to = match group {
        true => cfp
            .field("cfp.d_hmac_mc", "Destination group", mac())?
            .to_string(),
        false => address(cfp, "cfp.d_hmac", "Destination")?,
    };
    let from = address(cfp, "cfp.s_hmac", "Source")?;
    cfp.title(|| format!("Src: {from}, Dst: {to}"));
    cfp.info(|| format!("FabricPath, Src: {from}, Dst: {to}"));
    cfp.endpoints(|| (from.clone(), to.clone()));
    cfp.field("cfp.etype", "Type", be_u16().map(EtherType))?;
    cfp.word("cfp.ftag", be_u16(), |bits| {
        bits.number("cfp.ftag", "Forwarding tag", 0xffc0);
        bits.number("cfp.ttl", "Time to live", 0x003f);
    })?;
    let Some(inside) = cfp.reported().checked_sub(FCS) else {
        return Ok(Next::Data);
    };
    let fcs = cfp.rest().get(inside..).and_then(|fcs| fcs.first_chunk());
    if let Some(&fcs) = fcs {
        let start = cfp.offset() + inside as u32;
        let bytes = ByteRange {
            start,
            end: start + FCS as u32,
            ..cfp.ahead(0)
        };
        cfp.over("cfp.fcs", "Frame check sequence", bytes, || {
            Hex(u32::from_be_bytes(fcs)).into()
        });
        cfp.computed("cfp.fcs.status", "Frame check sequence status", || {
            Value::Named(2, Base::Dec, "Unverified")
        });
    }
    cfp.shorten(inside);
    Ok(Next::Select(Selector::LinkType(LinkType::ETHERNET)))
}

/// Reads the hierarchical address of a switch and its port, and returns it as Cisco writes it.
fn address(cfp: &mut Layer, name: &'static str, label: &'static str) -> Result<String, Stop> {
    let words = cfp.group(name, label, |cfp| {
        let at = cfp.ahead(3);
        let word = cfp.word("cfp.swid", be_u24(), |_| ())?;
        cfp.over("cfp.eid", "End node", at, || {
            // Its bits are on both sides of those that an Ethernet address has there.
            Value::Number(u64::from(word >> 18 & 0x3f | word >> 8 & 0xc0), Base::Dec)
        });
        cfp.bits_at(at, word.into(), |bits| {
            bits.flag_meaning(
                "cfp.ul",
                "U/L bit",
                0x02_0000,
                LOCAL,
                "Globally unique address (factory default)",
            );
            bits.flag_meaning(
                "cfp.ig",
                "I/G bit",
                0x01_0000,
                "Group address (multicast/broadcast)",
                "Individual address (unicast)",
            );
            bits.flag_meaning("cfp.ooodl", "OOO/DL bit", 0x00_1000, UNORDERED, ORDERED);
            bits.number("cfp.swid", "Switch", 0x00_0fff);
        });
        let sub = cfp.field("cfp.sswid", "Subswitch", be_u8())?;
        let port = cfp.field("cfp.lid", "Port", be_u16())?;
        Ok(format!("{:03x}.{sub:02x}.{port:04x}", word & 0xfff))
    })?;
    cfp.text_of(name, || words.clone());
    Ok(words)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn between_two_switches() {
        assert_eq!(
            layer(
                "cfp",
                1,
                "5600aa01ffff 0200bb020003 8903 0060 020000000002 0200000000aa 9000 0000 01020304"
            ),
            "\
             Cisco FabricPath: Src: 0bb.02.0003, Dst: 0aa.01.ffff [0..16]\n\
             \x20 Destination: 0aa.01.ffff [0..6]\n\
             \x20   End node: 21 [0..3]\n\
             \x20   U/L bit: Locally administered address (this is NOT the factory default) [0..3]\n\
             \x20   I/G bit: Individual address (unicast) [0..3]\n\
             \x20   OOO/DL bit: Deliver in order (If DA) or Learn (If SA) [0..3]\n\
             \x20   Switch: 170 [0..3]\n\
             \x20   Subswitch: 1 [3..4]\n\
             \x20   Port: 65535 [4..6]\n\
             \x20 Source: 0bb.02.0003 [6..12]\n\
             \x20   End node: 0 [6..9]\n\
             \x20   U/L bit: Locally administered address (this is NOT the factory default) [6..9]\n\
             \x20   I/G bit: Individual address (unicast) [6..9]\n\
             \x20   OOO/DL bit: Deliver in order (If DA) or Learn (If SA) [6..9]\n\
             \x20   Switch: 187 [6..9]\n\
             \x20   Subswitch: 2 [9..10]\n\
             \x20   Port: 3 [10..12]\n\
             \x20 Type: Cisco fabric path (0x8903) [12..14]\n\
             \x20 Forwarding tag: 1 [14..16]\n\
             \x20 Time to live: 32 [14..16]\n\
             \x20 Frame check sequence: 0x01020304 [32..36]\n\
             \x20 Frame check sequence status: Unverified (2)\n"
        );
    }

    #[test]
    fn to_a_group() {
        assert_eq!(
            layer(
                "cfp",
                1,
                "010fffc20003 0200bb020003 8903 0060 020000000002 0200000000aa 9000 0000 01020304"
            ),
            "\
             Cisco FabricPath: Src: 0bb.02.0003, Dst: 01:0f:ff:c2:00:03 [0..16]\n\
             \x20 Destination group: 01:0f:ff:c2:00:03 [0..6]\n\
             \x20 Source: 0bb.02.0003 [6..12]\n\
             \x20   End node: 0 [6..9]\n\
             \x20   U/L bit: Locally administered address (this is NOT the factory default) [6..9]\n\
             \x20   I/G bit: Individual address (unicast) [6..9]\n\
             \x20   OOO/DL bit: Deliver in order (If DA) or Learn (If SA) [6..9]\n\
             \x20   Switch: 187 [6..9]\n\
             \x20   Subswitch: 2 [9..10]\n\
             \x20   Port: 3 [10..12]\n\
             \x20 Type: Cisco fabric path (0x8903) [12..14]\n\
             \x20 Forwarding tag: 1 [14..16]\n\
             \x20 Time to live: 32 [14..16]\n\
             \x20 Frame check sequence: 0x01020304 [32..36]\n\
             \x20 Frame check sequence status: Unverified (2)\n"
        );
    }

    #[test]
    fn ends_in_the_source() {
        assert_eq!(
            cut("cfp", 1, "0200aa01ffff 0200bb02 0003 8903 00", 64),
            "\
             Cisco FabricPath: Src: 0bb.02.0003, Dst: 0aa.01.ffff [0..14]\n\
             \x20 Destination: 0aa.01.ffff [0..6]\n\
             \x20   End node: 0 [0..3]\n\
             \x20   U/L bit: Locally administered address (this is NOT the factory default) [0..3]\n\
             \x20   I/G bit: Individual address (unicast) [0..3]\n\
             \x20   OOO/DL bit: Deliver in order (If DA) or Learn (If SA) [0..3]\n\
             \x20   Switch: 170 [0..3]\n\
             \x20   Subswitch: 1 [3..4]\n\
             \x20   Port: 65535 [4..6]\n\
             \x20 Source: 0bb.02.0003 [6..12]\n\
             \x20   End node: 0 [6..9]\n\
             \x20   U/L bit: Locally administered address (this is NOT the factory default) [6..9]\n\
             \x20   I/G bit: Individual address (unicast) [6..9]\n\
             \x20   OOO/DL bit: Deliver in order (If DA) or Learn (If SA) [6..9]\n\
             \x20   Switch: 187 [6..9]\n\
             \x20   Subswitch: 2 [9..10]\n\
             \x20   Port: 3 [10..12]\n\
             \x20 Type: Cisco fabric path (0x8903) [12..14]\n\
             \x20 Note: cut by the capture's size limit inside cfp.ftag\n"
        );
    }
}
