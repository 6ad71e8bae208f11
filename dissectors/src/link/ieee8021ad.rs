//! Provider bridges, "Q-in-Q": IEEE 802.1ad, and provider backbone bridges, IEEE 802.1ah.

use crate::{
    Base, Dissector, FieldDef, Layer, Mac, Next, OsiLayer, Outcome, Selector, Stop, Value,
    link::mac::{EtherType, mac},
};
use nom::{
    Parser,
    number::{be_u16, be_u32},
};

/// IEEE 802.1ad.
pub const DISSECTOR: Dissector = Dissector {
    name: "ieee8021ad",
    label: "IEEE 802.1ad",
    column: "802.1ad",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::EtherType(0x88a8)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u16("ieee8021ad.svid"),
    FieldDef::u16("ieee8021ad.cvid"),
    FieldDef::u16("ieee8021ad.id"),
    FieldDef::u16("ieee8021ad.priority"),
    FieldDef::u16("ieee8021ad.dei"),
];

fn dissect(tag: &mut Layer) -> Outcome {
    // Two tags of this kind, one after the other, are shown as one layer.
    let next = tag
        .rest()
        .get(2..4)
        .map(|b| u16::from_be_bytes(b.try_into().unwrap_or_default()));
    match next {
        Some(0x88a8) => {
            let service = read(tag, "ieee8021ad.svid", "Service VLAN")?;
            tag.field_shown("", "Type", be_u16(), |kind| EtherType(kind).into())?;
            let customer = read(tag, "ieee8021ad.cvid", "Customer VLAN")?;
            tag.title(|| {
                format!(
                    "Service VLAN: {}, customer VLAN: {}",
                    service & 0xfff,
                    customer & 0xfff
                )
            });
            inside(tag)
        }
        Some(0x88e7) => {
            let id = read(tag, "ieee8021ad.id", "VLAN")? & 0xfff;
            tag.title(|| format!("Backbone VLAN: {id}"));
            tag.field_shown("", "Type", be_u16(), |kind| EtherType(kind).into())?;
            backbone(tag)
        }
        _ => {
            let read = read(tag, "ieee8021ad.id", "VLAN")?;
            let id = read & 0xfff;
            tag.title(|| format!("ID: {id}"));
            tag.info(|| format!("PRI: {}  DROP: {} ID: {id}", read >> 13, (read >> 12) & 1));
            inside(tag)
        }
    }
}

fn read(tag: &mut Layer, name: &'static str, label: &'static str) -> Result<u16, Stop> {
    tag.word(name, be_u16(), |bits| {
        bits.narrow();
        bits.number("ieee8021ad.priority", "Priority", 0xe000);
        bits.number("ieee8021ad.dei", "Drop eligible", 0x1000);
        bits.wide();
        bits.number(name, label, 0x0fff);
    })
}

fn inside(tag: &mut Layer) -> Outcome {
    let kind = tag.field("ieee8021ah.etype", "Type", be_u16().map(EtherType))?;
    tag.owns_trailer("ieee8021ah.trailer", false);
    Ok(Next::Select(Selector::EtherType(kind.0)))
}

/// The service tag of a backbone and the customer's addresses: IEEE 802.1ah, section 9.7.
pub fn backbone(tag: &mut Layer) -> Outcome {
    let service = tag.word("ieee8021ah.isid", be_u32(), |bits| {
        bits.narrow();
        bits.number("ieee8021ah.priority", "Priority", 0xe000_0000);
        bits.number("ieee8021ah.drop", "Drop eligible", 0x1000_0000);
        bits.number("ieee8021ah.nca", "No customer addresses", 0x0800_0000);
        bits.number("ieee8021ah.res1", "Reserved 1", 0x0400_0000);
        bits.number("ieee8021ah.res2", "Reserved 2", 0x0300_0000);
        bits.value("ieee8021ah.isid", "Service", 0x00ff_ffff, |v| {
            Value::Number(v, Base::Dec)
        });
    })?;
    let destination: Mac = tag.field("ieee8021ah.cdst", "Customer destination", mac())?;
    let source: Mac = tag.field("ieee8021ah.csrc", "Customer source", mac())?;
    tag.endpoints(|| (source.to_string(), destination.to_string()));
    let service = service & 0x00ff_ffff;
    tag.title(|| format!("Service: {service}, Src: {source}, Dst: {destination}"));
    tag.info(|| format!("Service: {service}"));
    inside(tag)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn two_service_tags_are_one_layer() {
        assert_eq!(
            layer(
                "ieee8021ad",
                1,
                "020000000002 0200000000aa 88a8 a00a 88a8 0014 9999 6162"
            ),
            "\
             IEEE 802.1ad: Service VLAN: 10, customer VLAN: 20 [14..22]\n\
             \x20 Priority: 5 [14..15]\n\
             \x20 Drop eligible: 0 [14..15]\n\
             \x20 Service VLAN: 10 [14..16]\n\
             \x20 Type: 802.1ad provider bridge (0x88a8) [16..18]\n\
             \x20 Priority: 0 [18..19]\n\
             \x20 Drop eligible: 0 [18..19]\n\
             \x20 Customer VLAN: 20 [18..20]\n\
             \x20 Type: 0x9999 [20..22]\n"
        );
    }

    #[test]
    fn ends_in_the_tag() {
        assert_eq!(
            cut("ieee8021ad", 1, "020000000002 0200000000aa 88a8 a0", 64),
            "\
             IEEE 802.1ad [14..14]\n\
             \x20 Note: cut by the capture's size limit inside ieee8021ad.id\n"
        );
    }
}
