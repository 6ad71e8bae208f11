//! IP packets without a link layer: LINKTYPE_RAW.

use crate::{Dissector, Layer, LinkType, Next, OsiLayer, Outcome, Selector};

/// Raw IP.
pub const DISSECTOR: Dissector = Dissector {
    name: "raw",
    label: "Raw packet data",
    column: "Raw",
    layer: OsiLayer::DataLink,
    // 12 and 14 are DLT_RAW's numbers on some systems, and were written to files there.
    selectors: &[
        Selector::LinkType(LinkType::RAW),
        Selector::LinkType(LinkType::RAW_12),
        Selector::LinkType(LinkType::RAW_14),
    ],
    fields: &[],
    dissect,
    session: None,
};

fn dissect(raw: &mut Layer) -> Outcome {
    let bytes = raw.rest();
    raw.info(|| "Raw packet data".to_owned());
    // Some PPP drivers leave their header before the packet: RFC 1662, section 3.1.
    if bytes.starts_with(&[0xff, 0x03]) {
        return Ok(Next::Select(Selector::LinkType(LinkType::PPP)));
    }
    Ok(match bytes.first().map(|first| first >> 4) {
        Some(4) => Next::Select(Selector::EtherType(0x0800)),
        Some(6) => Next::Select(Selector::EtherType(0x86dd)),
        Some(_) => Next::Data,
        None => Next::Nothing,
    })
}

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn the_first_bits_tell() {
        assert_eq!(
            layer("raw", 101, "50"),
            "\
             Raw packet data [0..0]\n"
        );
    }

    #[test]
    fn nothing_at_all() {
        assert_eq!(
            layer("raw", 101, ""),
            "\
             Raw packet data [0..0]\n"
        );
    }
}
