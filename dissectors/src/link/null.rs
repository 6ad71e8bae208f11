//! BSD loopback, LINKTYPE_NULL and LINKTYPE_LOOP: an address family before the packet.

use crate::{
    ByteRange, Dissector, FieldDef, Layer, LinkType, Next, OsiLayer, Outcome, Selector, Value,
    link::mac::EtherType, value::named,
};
use nom::number::be_u32;

/// BSD loopback.
pub const DISSECTOR: Dissector = Dissector {
    name: "null",
    label: "Null/loopback",
    column: "Null",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(LinkType::NULL)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u32("null.family").names(&[Family::NAMES]),
    FieldDef::hex16("null.type").names(&[EtherType::NAMES]),
];

named! {
    /// Address families of the BSDs, which do not agree on IPv6.
    Family(u32, Dec) {
        IP = 2 => "IP",
        OSI = 7 => "OSI",
        APPLETALK = 16 => "AppleTalk",
        IPX = 23 => "Netware IPX/SPX",
        IPV6_NETBSD = 24 => "IPv6",
        IPV6_FREEBSD = 28 => "IPv6",
        IPV6_DARWIN = 30 => "IPv6",
    }
}

/// LINKTYPE_NULL: in the byte order of the capturing machine, which may differ from the file's.
fn dissect(null: &mut Layer) -> Outcome {
    if null.rest().starts_with(&[0xff, 0x03]) {
        return Ok(Next::Select(Selector::LinkType(LinkType::PPP)));
    }
    let bytes = null.ahead(4);
    let number = null.word("null.family", be_u32(), |_| {})?;
    // A family is a small number: the half that is not zero shows the order.
    let number = match number.swap_bytes() {
        swapped if swapped >> 16 == 0 => swapped,
        _ => number,
    };
    show(null, bytes, number)
}

/// Some drivers write an EtherType instead of a family: it exceeds the length of any 802.3 frame.
const MAX_FAMILY: u32 = 1500;

fn show(null: &mut Layer, bytes: ByteRange, number: u32) -> Outcome {
    if number > MAX_FAMILY {
        null.over("null.type", "Type", bytes, || {
            EtherType(number as u16).into()
        });
        return Ok(Next::Select(Selector::EtherType(number as u16)));
    }
    family(null, bytes, number)
}

/// Shows an address family and returns what comes next.
pub fn family(null: &mut Layer, bytes: ByteRange, number: u32) -> Outcome {
    let family = Family(number);
    null.over("null.family", "Family", bytes, || family.into());
    null.title(|| Value::from(family).to_string());
    null.info(|| format!("Family {}", Value::from(family)));
    Ok(match family {
        Family::IP => Next::Select(Selector::EtherType(0x0800)),
        Family::IPV6_NETBSD | Family::IPV6_FREEBSD | Family::IPV6_DARWIN => {
            Next::Select(Selector::EtherType(0x86dd))
        }
        Family::OSI => Next::Select(Selector::LlcSap(0xfe)),
        _ => Next::Data,
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn either_byte_order() {
        assert_eq!(
            layer("null", 0, "1e000000 60"),
            "\
             Null/loopback: IPv6 (30) [0..4]\n\
             \x20 Family: IPv6 (30) [0..4]\n"
        );
    }

    #[test]
    fn an_ethertype_instead_of_a_family() {
        assert_eq!(
            layer("null", 0, "00000800"),
            "\
             Null/loopback [0..4]\n\
             \x20 Type: IPv4 (0x0800) [0..4]\n"
        );
    }

    #[test]
    fn ends_in_the_family() {
        assert_eq!(
            cut("null", 0, "0200", 64),
            "\
             Null/loopback [0..0]\n\
             \x20 Note: cut by the capture's size limit inside null.family\n"
        );
    }
}
