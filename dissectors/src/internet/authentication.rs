//! IP Authentication Header, RFC 4302.

use crate::{
    Dissector, Hex, Layer, OsiLayer, Outcome, Selector,
    internet::{ipv4::IpProtocol, ipv6},
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u32},
};

/// Says that what follows was not changed on its way.
pub const DISSECTOR: Dissector = Dissector {
    name: "ah",
    label: "Authentication header",
    column: "AH",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(51)],
    dissect,
};

/// Up to the integrity check value.
const FIXED: usize = 12;

fn dissect(ah: &mut Layer) -> Outcome {
    let next = ah.field("ah.next_header", "Next header", be_u8().map(IpProtocol))?;
    let length = ah.field("ah.length", "Length", be_u8())?;
    let bytes = 4 * (usize::from(length) + 2);
    ah.text(|| format!("{bytes} bytes ({length})"));
    ah.field("ah.reserved", "Reserved", take(2_usize))?;
    let spi = ah.field("ah.spi", "Security parameters index", be_u32().map(Hex))?.0;
    ah.field("ah.sequence", "Sequence number", be_u32())?;
    ah.info(|| format!("AH (SPI=0x{spi:08x})"));
    if bytes < FIXED {
        return ah.malformed("ah.length");
    }
    ah.field("ah.icv", "Integrity check value", take(bytes - FIXED))?;
    Ok(ipv6::next_header(ah, next))
}
