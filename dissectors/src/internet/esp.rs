//! IP Encapsulating Security Payload, RFC 4303. Its payload is encrypted.

use crate::{Dissector, FieldDef, Hex, Layer, Next, OsiLayer, Outcome, Selector};
use nom::{Parser, number::be_u32};

/// Encrypted payload.
pub const DISSECTOR: Dissector = Dissector {
    name: "esp",
    label: "Encapsulating security payload",
    column: "ESP",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(50)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[FieldDef::hex32("esp.spi"), FieldDef::u32("esp.sequence")];

fn dissect(esp: &mut Layer) -> Outcome {
    let spi = esp
        .field("esp.spi", "Security parameters index", be_u32().map(Hex))?
        .0;
    esp.field("esp.sequence", "Sequence number", be_u32())?;
    let encrypted = esp.rest().len();
    esp.title(|| format!("{encrypted} encrypted bytes"));
    esp.info(|| format!("ESP (SPI=0x{spi:08x})"));
    Ok(Next::Nothing)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn a_header() {
        let hex = "6000 0000 0018 3240 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 0000 0100 0000 0007
             7878 7878 7878 7878 7878 7878 7878 7878";
        assert_eq!(
            layer("esp", 229, hex),
            "\
Encapsulating security payload: 16 encrypted bytes [40..48]
  Security parameters index: 0x00000100 [40..44]
  Sequence number: 7 [44..48]
"
        );
    }

    #[test]
    fn ends_in_the_sequence_number() {
        let hex = "6000 0000 0018 3240 2001 0db8 0000 0000
             0000 0000 0000 0001 2001 0db8 0000 0000
             0000 0000 0000 0002 0000 0100 0000";
        assert_eq!(
            cut("esp", 229, hex, 64),
            "\
Encapsulating security payload [40..44]
  Security parameters index: 0x00000100 [40..44]
  Note: cut by the capture's size limit inside esp.sequence
"
        );
    }
}
