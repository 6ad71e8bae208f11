//! IP Encapsulating Security Payload, RFC 4303. What it carries is encrypted.

use crate::{Dissector, Hex, Layer, Next, OsiLayer, Outcome, Selector};
use nom::{Parser, number::be_u32};

/// Encrypted payload.
pub const DISSECTOR: Dissector = Dissector {
    name: "esp",
    label: "Encapsulating security payload",
    column: "ESP",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(50)],
    dissect,
};

fn dissect(esp: &mut Layer) -> Outcome {
    let spi = esp.field("esp.spi", "Security parameters index", be_u32().map(Hex))?.0;
    esp.field("esp.sequence", "Sequence number", be_u32())?;
    let encrypted = esp.rest().len();
    esp.title(|| format!("{encrypted} encrypted bytes"));
    esp.info(|| format!("ESP (SPI=0x{spi:08x})"));
    Ok(Next::Nothing)
}
