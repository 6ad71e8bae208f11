//! VLAN tags: IEEE 802.1Q.

use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Severity,
    link::{llc, mac::EtherType},
    value::named,
};
use nom::{Parser, number::be_u16};

/// IEEE 802.1Q.
pub const DISSECTOR: Dissector = Dissector {
    name: "vlan",
    label: "802.1Q virtual LAN",
    column: "VLAN",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::EtherType(0x8100), Selector::EtherType(0x9100)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u16("vlan.id"),
    FieldDef::u16("vlan.priority").names(&[Priority::NAMES]),
    FieldDef::flag("vlan.dei").means("Eligible", "Ineligible"),
    FieldDef::hex16("vlan.etype").names(&[EtherType::NAMES]),
    FieldDef::bytes("vlan.trailer"),
    FieldDef::u16("vlan.len"),
];

named! {
    /// IEEE 802.1Q, table I-2.
    Priority(u8, Dec) {
        BEST_EFFORT = 0 => "Best Effort (default)",
        BACKGROUND = 1 => "Background",
        EXCELLENT = 2 => "Excellent Effort",
        CRITICAL = 3 => "Critical Applications",
        VIDEO = 4 => "Video, < 100ms latency and jitter",
        VOICE = 5 => "Voice, < 10ms latency and jitter",
        INTERNETWORK = 6 => "Internetwork Control",
        NETWORK = 7 => "Network Control",
    }
}

fn dissect(vlan: &mut Layer) -> Outcome {
    let tag = vlan.word("vlan.id", be_u16(), |bits| {
        bits.value("vlan.priority", "Priority", 0xe000, |v| Priority(v as u8));
        bits.flag_meaning(
            "vlan.dei",
            "Drop eligible",
            0x1000,
            "Eligible",
            "Ineligible",
        );
        bits.number("vlan.id", "VLAN", 0x0fff);
    })?;
    let words = |between: &str| {
        format!(
            "PRI: {}{between}DEI: {}{between}ID: {}",
            tag >> 13,
            (tag >> 12) & 1,
            tag & 0x0fff
        )
    };
    vlan.title(|| words(", "));
    vlan.info(|| words("  "));
    type_or_length(
        vlan,
        &TypeNames {
            kind: "vlan.etype",
            length: "vlan.len",
            trailer: "vlan.trailer",
        },
    )
}

/// The names of the fields after a tag.
pub struct TypeNames {
    /// The type.
    pub kind: &'static str,
    /// The length that stands in its place.
    pub length: &'static str,
    /// What follows the payload.
    pub trailer: &'static str,
}

/// Reads the type after a tag, or the length of an IEEE 802.3 frame.
pub fn type_or_length(tag: &mut Layer, names: &TypeNames) -> Outcome {
    let kind = tag.rest().get(..2).map_or(u16::MAX, |bytes| {
        u16::from_be_bytes(bytes.try_into().unwrap_or_default())
    });
    if kind > 1500 {
        let kind = tag.field(names.kind, "Type", be_u16().map(EtherType))?;
        tag.owns_trailer(names.trailer, false);
        return Ok(Next::Select(Selector::EtherType(kind.0)));
    }
    let length = usize::from(tag.field(names.length, "Length", be_u16())?);
    let there = tag.reported();
    if length > there {
        tag.note(Severity::Error, || {
            format!("the frame ends after {there} bytes")
        });
    }
    tag.owns_trailer(names.trailer, false);
    tag.limit(length);
    if tag.rest().starts_with(&[0xff, 0xff]) {
        return Ok(Next::Data);
    }
    Ok(Next::Select(llc::INSIDE))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn shows_the_trailer_of_its_own_payload() {
        assert_eq!(
            layer(
                "vlan",
                1,
                "020000000002 0200000000aa 8100 e07b 0806 0001080006040001 0200000000aa 0a000001 000000000000 0a000002 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00000000"
            ),
            "\
             802.1Q virtual LAN: PRI: 7, DEI: 0, ID: 123 [14..18]\n\
             \x20 Priority: Network Control (7) [14..16]\n\
             \x20 Drop eligible: Ineligible [14..16]\n\
             \x20 VLAN: 123 [14..16]\n\
             \x20 Type: ARP (0x0806) [16..18]\n\
             \x20 Padding: 0000000000000000000000000000 [46..60]\n\
             \x20 Trailer: 00000000 [60..64]\n"
        );
    }

    #[test]
    fn ends_in_the_tag() {
        assert_eq!(
            cut("vlan", 1, "020000000002 0200000000aa 8100 e0", 64),
            "\
             802.1Q virtual LAN [14..14]\n\
             \x20 Note: cut by the capture's size limit inside vlan.id\n"
        );
    }
}
