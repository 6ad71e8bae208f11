//! E-Tag, with which a bridge names the ports of its port extenders: IEEE 802.1BR, section 7.5.

use crate::{
    Dissector, FieldDef, Hex, Layer, Next, OsiLayer, Outcome, Selector, link::mac::EtherType,
    value::named,
};
use nom::{
    Parser,
    number::{be_u8, be_u16},
};

/// IEEE 802.1BR E-Tag.
pub const DISSECTOR: Dissector = Dissector {
    name: "etag",
    label: "802.1BR E-Tag",
    column: "802.1BR E-Tag",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::EtherType(0x893f)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u16("etag.pcp").names(&[Priority::NAMES]),
    FieldDef::u16("etag.dei"),
    FieldDef::hex16("etag.iecid_base"),
    FieldDef::u16("etag.resv"),
    FieldDef::u16("etag.group").names(&[Group::NAMES]),
    FieldDef::hex16("etag.ecid_base"),
    FieldDef::hex8("etag.iecid_ext"),
    FieldDef::hex8("etag.ecid_ext"),
    FieldDef::hex16("etag.etype").names(&[EtherType::NAMES]),
    FieldDef::bytes("etag.trailer"),
];

named! {
    /// IEEE 802.1Q, table I-2.
    Priority(u16, Dec) {
        BEST_EFFORT = 0 => "Best Effort (default)",
        BACKGROUND = 1 => "Background",
        SPARE = 2 => "Spare",
        EXCELLENT = 3 => "Excellent Effort",
        CONTROLLED = 4 => "Controlled Load",
        VIDEO = 5 => "Video, < 100ms latency and jitter",
        VOICE = 6 => "Voice, < 10ms latency and jitter",
        NETWORK = 7 => "Network Control",
    }
    /// IEEE 802.1BR, section 7.5: what the identifier names.
    Group(u16, Dec) {
        ONE = 0 => "Point-to-point",
        MANY_1 = 1 => "Point-to-multipoint",
        MANY_2 = 2 => "Point-to-multipoint",
        MANY_3 = 3 => "Point-to-multipoint",
    }
}

fn dissect(etag: &mut Layer) -> Outcome {
    let from = etag.word("etag.iecid_base", be_u16(), |bits| {
        bits.value("etag.pcp", "Priority", 0xe000, |v| Priority(v as u16));
        bits.number("etag.dei", "Drop eligible", 0x1000);
        bits.value("etag.iecid_base", "Ingress E-CID base", 0x0fff, |v| {
            Hex(v as u16)
        });
    })?;
    let to = etag.word("etag.ecid_base", be_u16(), |bits| {
        bits.number("etag.resv", "Reserved", 0xc000);
        bits.value("etag.group", "Group", 0x3000, |v| Group(v as u16));
        bits.value("etag.ecid_base", "E-CID base", 0x0fff, |v| Hex(v as u16));
    })?;
    let from_high = etag.field(
        "etag.iecid_ext",
        "Ingress E-CID extension",
        be_u8().map(Hex),
    )?;
    let to_high = etag.field("etag.ecid_ext", "E-CID extension", be_u8().map(Hex))?;
    let words = || {
        let number = |high: Hex<u8>, low: u16| u32::from(high.0) << 12 | u32::from(low & 0x0fff);
        format!(
            "Ingress E-CID: {}, E-CID: {}",
            number(from_high, from),
            number(to_high, to)
        )
    };
    etag.title(words);
    etag.info(|| format!("E-Tag, {}", words()));
    let kind = etag.field("etag.etype", "Type", be_u16().map(EtherType))?;
    etag.owns_trailer("etag.trailer", false);
    Ok(Next::Select(Selector::EtherType(kind.0)))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn names_both_ports() {
        assert_eq!(
            layer(
                "etag",
                1,
                "020000000002 0200000000aa 893f f123 1234 05 06 9000 0000"
            ),
            "\
             802.1BR E-Tag: Ingress E-CID: 20771, E-CID: 25140 [14..22]\n\
             \x20 Priority: Network Control (7) [14..16]\n\
             \x20 Drop eligible: 1 [14..16]\n\
             \x20 Ingress E-CID base: 0x0123 [14..16]\n\
             \x20 Reserved: 0 [16..18]\n\
             \x20 Group: Point-to-multipoint (1) [16..18]\n\
             \x20 E-CID base: 0x0234 [16..18]\n\
             \x20 Ingress E-CID extension: 0x05 [18..19]\n\
             \x20 E-CID extension: 0x06 [19..20]\n\
             \x20 Type: Loopback (0x9000) [20..22]\n"
        );
    }

    #[test]
    fn ends_in_the_type() {
        assert_eq!(
            cut(
                "etag",
                1,
                "020000000002 0200000000aa 893f f123 1234 05 06",
                64
            ),
            "\
             802.1BR E-Tag: Ingress E-CID: 20771, E-CID: 25140 [14..20]\n\
             \x20 Priority: Network Control (7) [14..16]\n\
             \x20 Drop eligible: 1 [14..16]\n\
             \x20 Ingress E-CID base: 0x0123 [14..16]\n\
             \x20 Reserved: 0 [16..18]\n\
             \x20 Group: Point-to-multipoint (1) [16..18]\n\
             \x20 E-CID base: 0x0234 [16..18]\n\
             \x20 Ingress E-CID extension: 0x05 [18..19]\n\
             \x20 E-CID extension: 0x06 [19..20]\n\
             \x20 Note: cut by the capture's size limit inside etag.etype\n"
        );
    }
}
