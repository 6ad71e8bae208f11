//! Multiprotocol Label Switching, RFC 3032: one label, and a guess at what follows the last one.

use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector,
    link::{ethernet, mac, pw_associated_channel, pw_control_word},
    value::named,
};
use nom::number::be_u32;

/// Multiprotocol Label Switching.
pub const DISSECTOR: Dissector = Dissector {
    name: "mpls",
    label: "Multiprotocol Label Switching",
    column: "MPLS",
    layer: OsiLayer::DataLink,
    selectors: &[
        INSIDE,
        Selector::EtherType(0x8848),
        Selector::IpProtocol(137),
        Selector::UdpPort(6635),
    ],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u32("mpls.label").names(&[Label::NAMES]),
    FieldDef::u32("mpls.exp"),
    FieldDef::u32("mpls.bottom").names(&[Bottom::NAMES]),
    FieldDef::u32("mpls.ttl"),
];

const INSIDE: Selector = Selector::EtherType(0x8847);

named! {
    /// RFC 3032, section 2.1.
    Bottom(u8, Dec) {
        MORE = 0 => "more labels follow",
        LAST = 1 => "last label",
    }
    /// IANA "Special-Purpose MPLS Label Values".
    Label(u32, Dec) {
        IPV4_NULL = 0 => "IPv4 explicit null",
        ROUTER_ALERT = 1 => "Router alert",
        IPV6_NULL = 2 => "IPv6 explicit null",
        IMPLICIT_NULL = 3 => "Implicit null",
        ENTROPY = 7 => "Entropy label indicator",
        GAL = 13 => "Generic associated channel",
        OAM_ALERT = 14 => "OAM alert",
        EXTENSION = 15 => "Extension",
    }
}

fn dissect(mpls: &mut Layer) -> Outcome {
    let entry = mpls.word("mpls.label", be_u32(), |bits| {
        bits.value("mpls.label", "Label", 0xffff_f000, |label| {
            Label(label as u32)
        });
        bits.number("mpls.exp", "Traffic class", 0x0000_0e00);
        bits.value("mpls.bottom", "Bottom of the stack", 0x0000_0100, |v| {
            Bottom(v as u8)
        });
        bits.number("mpls.ttl", "Time to live", 0x0000_00ff);
    })?;
    let label = Label(entry >> 12);
    let bottom = entry & 0x100 != 0;
    mpls.title(|| {
        let name = label
            .name()
            .map(|name| format!(" ({name})"))
            .unwrap_or_default();
        let (class, ttl) = ((entry >> 9) & 7, entry & 0xff);
        format!(
            "Label: {}{name}, Exp: {class}, S: {}, TTL: {ttl}",
            label.0,
            u8::from(bottom)
        )
    });
    mpls.info(|| "MPLS Label Switched Packet".to_owned());
    mpls.passes_trailer();
    if !bottom {
        return Ok(Next::Select(INSIDE));
    }
    if label == Label::GAL {
        return Ok(Next::Select(pw_associated_channel::INSIDE));
    }
    Ok(below(mpls.rest()))
}

/// Guesses what follows the last label, whose meaning only the routers on the path know. The first four bits
/// distinguish IP from a pseudowire (RFC 4928, section 3; RFC 4385, section 3).
fn below(bytes: &[u8]) -> Next {
    match bytes.first().map(|first| first >> 4) {
        None => Next::Nothing,
        // An Ethernet address may begin like an IP version, but the bytes after it are then no IP header.
        Some(4 | 6) if looks_like_ethernet(bytes) && !looks_like_ip(bytes) => {
            Next::Select(ethernet::INSIDE)
        }
        Some(4) => Next::Select(Selector::EtherType(0x0800)),
        Some(6) => Next::Select(Selector::EtherType(0x86dd)),
        Some(1) if !looks_like_ethernet(bytes) => Next::Select(pw_associated_channel::INSIDE),
        Some(0) if bytes.get(4..).is_some_and(looks_like_ethernet) => {
            Next::Select(pw_control_word::INSIDE)
        }
        Some(_) if looks_like_ethernet(bytes) => Next::Select(ethernet::INSIDE),
        Some(_) => Next::Data,
    }
}

/// Returns whether the lengths in an IP header are possible.
fn looks_like_ip(bytes: &[u8]) -> bool {
    match bytes {
        [first, _, a, b, ..] if first >> 4 == 4 => {
            let length = usize::from(u16::from_be_bytes([*a, *b]));
            first & 15 >= 5 && (length == 0 || length >= 20)
        }
        [first, ..] => first >> 4 == 6,
        [] => false,
    }
}

/// Returns whether an Ethernet header may be here: a known type, or a length that fits; the sender is no group.
pub fn looks_like_ethernet(bytes: &[u8]) -> bool {
    let Some((&[.., source, _, _, _, _, _, high, low], rest)) = bytes.split_first_chunk::<14>()
    else {
        return false;
    };
    let kind = u16::from_be_bytes([high, low]);
    let known = match kind {
        0..=1500 => usize::from(kind) <= rest.len() && kind >= 3,
        kind => mac::EtherType(kind).name().is_some(),
    };
    known && source & 1 == 0
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn labels_and_ipv4_below() {
        assert_eq!(
            layer(
                "mpls",
                1,
                "020000000002 0200000000aa 8847 00064040 000c873f 60"
            ),
            "\
             Multiprotocol Label Switching: Label: 100, Exp: 0, S: 0, TTL: 64 [14..18]\n\
             \x20 Label: 100 [14..18]\n\
             \x20 Traffic class: 0 [14..18]\n\
             \x20 Bottom of the stack: more labels follow (0) [14..18]\n\
             \x20 Time to live: 64 [14..18]\n\
             Multiprotocol Label Switching: Label: 200, Exp: 3, S: 1, TTL: 63 [18..22]\n\
             \x20 Label: 200 [18..22]\n\
             \x20 Traffic class: 3 [18..22]\n\
             \x20 Bottom of the stack: last label (1) [18..22]\n\
             \x20 Time to live: 63 [18..22]\n"
        );
    }

    #[test]
    fn ethernet_behind_a_control_word() {
        assert_eq!(
            layer(
                "mpls",
                1,
                "020000000002 0200000000aa 8847 00064140 00000005 020000000002 0200000000aa 9000"
            ),
            "\
             Multiprotocol Label Switching: Label: 100, Exp: 0, S: 1, TTL: 64 [14..18]\n\
             \x20 Label: 100 [14..18]\n\
             \x20 Traffic class: 0 [14..18]\n\
             \x20 Bottom of the stack: last label (1) [14..18]\n\
             \x20 Time to live: 64 [14..18]\n"
        );
    }

    #[test]
    fn the_frame_around_it_shows_the_padding() {
        let eth = layer(
            "eth",
            1,
            "020000000002 0200000000aa 8847 00064140 45000014 00010000 40fd0000 0a000001 0a000002 0000",
        );
        assert!(eth.ends_with("Trailer: 0000 [38..40]\n"), "{eth}");
    }

    #[test]
    fn ends_in_the_label() {
        assert_eq!(
            cut("mpls", 1, "020000000002 0200000000aa 8847 0006", 64),
            "\
             Multiprotocol Label Switching [14..14]\n\
             \x20 Note: cut by the capture's size limit inside mpls.label\n"
        );
    }
}
