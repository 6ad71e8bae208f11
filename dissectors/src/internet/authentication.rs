//! IP Authentication Header, RFC 4302.

use crate::{
    Dissector, FieldDef, Hex, Layer, OsiLayer, Outcome, Selector,
    internet::{ipv4::IpProtocol, ipv6},
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u32},
};

/// Verifies that the rest of the packet was not changed on its way.
pub const DISSECTOR: Dissector = Dissector {
    name: "ah",
    label: "Authentication header",
    column: "AH",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(51)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("ah.next_header").names(&[IpProtocol::NAMES]),
    FieldDef::u8("ah.length"),
    FieldDef::bytes("ah.reserved"),
    FieldDef::hex32("ah.spi"),
    FieldDef::u32("ah.sequence"),
    FieldDef::bytes("ah.icv"),
];

/// Up to the integrity check value.
const FIXED: usize = 12;

fn dissect(ah: &mut Layer) -> Outcome {
    let next = ah.field("ah.next_header", "Next header", be_u8().map(IpProtocol))?;
    let length = ah.field("ah.length", "Length", be_u8())?;
    let bytes = 4 * (usize::from(length) + 2);
    ah.text(|| format!("{bytes} bytes ({length})"));
    ah.field("ah.reserved", "Reserved", take(2_usize))?;
    let spi = ah
        .field("ah.spi", "Security parameters index", be_u32().map(Hex))?
        .0;
    ah.field("ah.sequence", "Sequence number", be_u32())?;
    ah.info(|| format!("AH (SPI=0x{spi:08x})"));
    if bytes < FIXED {
        return ah.malformed("ah.length");
    }
    ah.field("ah.icv", "Integrity check value", take(bytes - FIXED))?;
    Ok(ipv6::next_header(ah, next))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn a_header() {
        let hex = "6000 0000 0018 3340 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 3b04 0000 0000 0100
             0000 0020 6969 6969 6969 6969 6969 6969";
        assert_eq!(
            layer("ah", 229, hex),
            "\
Authentication header [40..64]
  Next header: IPv6 no next header (59) [40..41]
  Length: 24 bytes (4) [41..42]
  Reserved: 0000 [42..44]
  Security parameters index: 0x00000100 [44..48]
  Sequence number: 32 [48..52]
  Integrity check value: 696969696969696969696969 [52..64]
"
        );
    }

    #[test]
    fn ends_in_the_check_value() {
        let hex = "6000 0000 0018 3340 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 3b04 0000 0000 0100
             0000 0020 6969 6969 6969";
        assert_eq!(
            cut("ah", 229, hex, 64),
            "\
Authentication header [40..52]
  Next header: IPv6 no next header (59) [40..41]
  Length: 24 bytes (4) [41..42]
  Reserved: 0000 [42..44]
  Security parameters index: 0x00000100 [44..48]
  Sequence number: 32 [48..52]
  Note: cut by the capture's size limit inside ah.icv
"
        );
    }
}
