//! Ethernet II and IEEE 802.3.

use crate::{
    ByteRange, Dissector, FieldDef, Hex, Layer, LinkType, Mac, Next, OsiLayer, Outcome, Selector,
    Severity, Stop, Value,
    checksum::Verdict,
    link::{
        cfp, llc,
        mac::{EtherType, mac},
    },
};
use nom::{Parser, number::be_u16};

/// Ethernet.
pub const DISSECTOR: Dissector = Dissector {
    name: "eth",
    label: "Ethernet",
    column: "Ethernet",
    layer: OsiLayer::DataLink,
    selectors: &[
        Selector::LinkType(LinkType::ETHERNET),
        // Transparent Ethernet bridging: RFC 1701, RFC 7637.
        Selector::EtherType(0x6558),
        // ETHERIP: RFC 3378 puts two bytes before the frame, SRv6's "Ethernet" (143, RFC 8986) none.
        Selector::IpProtocol(143),
    ],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::hex16("eth.type").names(&[EtherType::NAMES]),
    FieldDef::bytes("eth.trailer"),
    FieldDef::hex16("eth.invalid_lentype"),
    FieldDef::u16("eth.len"),
    FieldDef::mac("eth.dst"),
    FieldDef::flag("eth.dst.lg").means("Locally administered address", "Globally unique address"),
    FieldDef::flag("eth.dst.ig").means(
        "Group address (multicast or broadcast)",
        "Individual address (unicast)",
    ),
    FieldDef::mac("eth.src"),
    FieldDef::flag("eth.src.lg").means("Locally administered address", "Globally unique address"),
    FieldDef::flag("eth.src.ig").means(
        "Group address (multicast or broadcast)",
        "Individual address (unicast)",
    ),
    FieldDef::mac("eth.addr"),
    FieldDef::bytes("eth.padding"),
    FieldDef::hex32("eth.fcs"),
    FieldDef::u8("eth.fcs.status").names(&[Verdict::NAMES]),
];

/// The selector of an Ethernet frame inside another layer.
pub const INSIDE: Selector = Selector::LinkType(LinkType::ETHERNET);

/// The greatest length of an 802.3 frame in this field: IEEE 802.3, section 3.2.6.
const MAX_LENGTH: u16 = 1500;

/// The least type in this field. Numbers between the two are neither.
const MIN_ETHERTYPE: u16 = 0x0600;

fn dissect(eth: &mut Layer) -> Outcome {
    if eth.rest().get(12..14) == Some(&cfp::ETHERTYPE.to_be_bytes()) {
        return Ok(Next::Instead(&cfp::DISSECTOR));
    }
    let outermost = eth.offset() == 0;
    let destination = address(eth, &DESTINATION)?;
    let source = address(eth, &SOURCE)?;
    eth.endpoints(|| (source.to_string(), destination.to_string()));
    eth.title(|| format!("Src: {source}, Dst: {destination}"));
    let kind = eth.rest().get(..2).map_or(MIN_ETHERTYPE, |bytes| {
        u16::from_be_bytes(bytes.try_into().unwrap_or_default())
    });
    if kind == 0 || kind >= MIN_ETHERTYPE {
        let kind = eth.field("eth.type", "Type", be_u16().map(EtherType))?;
        // Only the captured frame itself can still have its check sequence, not one from a tunnel.
        eth.owns_trailer("eth.trailer", outermost);
        eth.info(|| format!("Ethernet II, type {}", Value::from(kind)));
        return Ok(match kind.0 {
            0 => Next::Data,
            kind => Next::Select(Selector::EtherType(kind)),
        });
    }
    if kind > MAX_LENGTH {
        eth.field(
            "eth.invalid_lentype",
            "Invalid length or type",
            be_u16().map(Hex),
        )?;
        eth.note(Severity::Warning, || {
            "too large for a length, too small for a type".to_owned()
        });
        eth.info(|| format!("Ethernet, invalid length or type 0x{kind:04x} ({kind})"));
        return Ok(Next::Data);
    }
    let length = usize::from(eth.field("eth.len", "Length", be_u16())?);
    eth.title(|| format!("IEEE 802.3, Src: {source}, Dst: {destination}"));
    let there = eth.reported();
    if length > there {
        eth.note(Severity::Error, || {
            format!("the frame ends after {there} bytes")
        });
    }
    eth.owns_trailer("eth.trailer", outermost);
    eth.limit(length);
    eth.info(|| "IEEE 802.3 Ethernet".to_owned());
    // IPX may come without an 802.2 header; it begins with a checksum that is never used.
    if eth.rest().starts_with(&[0xff, 0xff]) {
        eth.info(|| "IEEE 802.3 Ethernet without 802.2, IPX".to_owned());
        return Ok(Next::Data);
    }
    Ok(Next::Select(llc::INSIDE))
}

/// The names of an address and its parts.
struct AddressNames {
    field: &'static str,
    label: &'static str,
    lg: &'static str,
    ig: &'static str,
}

const DESTINATION: AddressNames = AddressNames {
    field: "eth.dst",
    label: "Destination",
    lg: "eth.dst.lg",
    ig: "eth.dst.ig",
};
const SOURCE: AddressNames = AddressNames {
    field: "eth.src",
    label: "Source",
    lg: "eth.src.lg",
    ig: "eth.src.ig",
};

fn address(eth: &mut Layer, names: &AddressNames) -> Result<Mac, Stop> {
    let bytes = eth.ahead(6);
    let address = eth.field(names.field, names.label, mac())?;
    eth.below(|eth| {
        eth.over("eth.addr", "Address", bytes, || address.into());
        let high = ByteRange {
            end: bytes.start + 3,
            ..bytes
        };
        let bit = |mask: u8| address.0.first().is_some_and(|first| first & mask != 0);
        eth.over(names.lg, "LG bit", high, || {
            Value::Flag(
                bit(2),
                "Locally administered address",
                "Globally unique address",
            )
        });
        eth.over(names.ig, "IG bit", high, || {
            Value::Flag(
                bit(1),
                "Group address (multicast or broadcast)",
                "Individual address (unicast)",
            )
        });
        if names.field == SOURCE.field && bit(1) {
            eth.note(Severity::Warning, || {
                "a sender cannot be a group (IEEE 802.3, section 3.2.3)".to_owned()
            });
        }
    });
    Ok(address)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn pads_to_the_least_length() {
        assert_eq!(
            layer(
                "eth",
                1,
                "020000000002 0200000000aa 0806 0001080006040001 0200000000aa 0a000001 000000000000 0a000002 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
            ),
            "\
             Ethernet: Src: 02:00:00:00:00:aa, Dst: 02:00:00:00:00:02 [0..14]\n\
             \x20 Destination: 02:00:00:00:00:02 [0..6]\n\
             \x20   Address: 02:00:00:00:00:02 [0..6]\n\
             \x20   LG bit: Locally administered address [0..3]\n\
             \x20   IG bit: Individual address (unicast) [0..3]\n\
             \x20 Source: 02:00:00:00:00:aa [6..12]\n\
             \x20   Address: 02:00:00:00:00:aa [6..12]\n\
             \x20   LG bit: Locally administered address [6..9]\n\
             \x20   IG bit: Individual address (unicast) [6..9]\n\
             \x20 Type: ARP (0x0806) [12..14]\n\
             \x20 Padding: 000000000000000000000000000000000000 [42..60]\n"
        );
    }

    #[test]
    fn a_length_names_llc_and_what_lies_behind_is_padding() {
        assert_eq!(
            layer(
                "eth",
                1,
                "020000000002 0200000000aa 0003 42 42 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
            ),
            "\
             Ethernet: IEEE 802.3, Src: 02:00:00:00:00:aa, Dst: 02:00:00:00:00:02 [0..14]\n\
             \x20 Destination: 02:00:00:00:00:02 [0..6]\n\
             \x20   Address: 02:00:00:00:00:02 [0..6]\n\
             \x20   LG bit: Locally administered address [0..3]\n\
             \x20   IG bit: Individual address (unicast) [0..3]\n\
             \x20 Source: 02:00:00:00:00:aa [6..12]\n\
             \x20   Address: 02:00:00:00:00:aa [6..12]\n\
             \x20   LG bit: Locally administered address [6..9]\n\
             \x20   IG bit: Individual address (unicast) [6..9]\n\
             \x20 Length: 3 [12..14]\n\
             \x20 Padding: 000000000000000000000000000000000000000000000000… [17..60]\n\
             \x20 Frame check sequence: 0x00000000 [60..64]\n\
             \x20 Frame check sequence status: not verified: these may be other bytes\n"
        );
    }

    #[test]
    fn four_bytes_behind_a_long_frame_are_a_check_sequence() {
        assert_eq!(
            layer(
                "eth",
                1,
                "020000000002 0200000000aa 0003 42 42 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01020304"
            ),
            "\
             Ethernet: IEEE 802.3, Src: 02:00:00:00:00:aa, Dst: 02:00:00:00:00:02 [0..14]\n\
             \x20 Destination: 02:00:00:00:00:02 [0..6]\n\
             \x20   Address: 02:00:00:00:00:02 [0..6]\n\
             \x20   LG bit: Locally administered address [0..3]\n\
             \x20   IG bit: Individual address (unicast) [0..3]\n\
             \x20 Source: 02:00:00:00:00:aa [6..12]\n\
             \x20   Address: 02:00:00:00:00:aa [6..12]\n\
             \x20   LG bit: Locally administered address [6..9]\n\
             \x20   IG bit: Individual address (unicast) [6..9]\n\
             \x20 Length: 3 [12..14]\n\
             \x20 Padding: 000000000000000000000000000000000000000000000000… [17..60]\n\
             \x20 Frame check sequence: 0x01020304 [60..64]\n\
             \x20 Frame check sequence status: not verified: these may be other bytes\n"
        );
    }

    #[test]
    fn neither_length_nor_type() {
        assert_eq!(
            layer("eth", 1, "020000000002 0200000000aa 05dd 616263"),
            "\
             Ethernet: Src: 02:00:00:00:00:aa, Dst: 02:00:00:00:00:02 [0..14]\n\
             \x20 Destination: 02:00:00:00:00:02 [0..6]\n\
             \x20   Address: 02:00:00:00:00:02 [0..6]\n\
             \x20   LG bit: Locally administered address [0..3]\n\
             \x20   IG bit: Individual address (unicast) [0..3]\n\
             \x20 Source: 02:00:00:00:00:aa [6..12]\n\
             \x20   Address: 02:00:00:00:00:aa [6..12]\n\
             \x20   LG bit: Locally administered address [6..9]\n\
             \x20   IG bit: Individual address (unicast) [6..9]\n\
             \x20 Invalid length or type: 0x05dd [12..14]\n\
             \x20   Note: too large for a length, too small for a type\n"
        );
    }

    #[test]
    fn ends_in_the_source() {
        assert_eq!(
            cut("eth", 1, "020000000002 0200", 64),
            "\
             Ethernet [0..6]\n\
             \x20 Destination: 02:00:00:00:00:02 [0..6]\n\
             \x20   Address: 02:00:00:00:00:02 [0..6]\n\
             \x20   LG bit: Locally administered address [0..3]\n\
             \x20   IG bit: Individual address (unicast) [0..3]\n\
             \x20 Note: cut by the capture's size limit inside eth.src\n"
        );
    }
}
