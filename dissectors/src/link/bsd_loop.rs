//! OpenBSD loopback, LINKTYPE_LOOP: as LINKTYPE_NULL, but always in network byte order.

use crate::{Dissector, Layer, LinkType, OsiLayer, Outcome, Selector, link::null};
use nom::number::be_u32;

/// OpenBSD loopback.
pub const DISSECTOR: Dissector = Dissector {
    name: "null",
    label: "OpenBSD loopback",
    column: "Loop",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(LinkType::LOOP)],
    fields: &[],
    dissect,
    session: None,
};

fn dissect(bsd: &mut Layer) -> Outcome {
    let bytes = bsd.ahead(4);
    let number = bsd.word("null.family", be_u32(), |_| {})?;
    null::family(bsd, bytes, number)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn network_byte_order() {
        assert_eq!(
            layer("null", 108, "00000007 61"),
            "\
             OpenBSD loopback: OSI (7) [0..4]\n\
             \x20 Family: OSI (7) [0..4]\n"
        );
    }

    #[test]
    fn ends_in_the_family() {
        assert_eq!(
            cut("null", 108, "0000", 64),
            "\
             OpenBSD loopback [0..0]\n\
             \x20 Note: cut by the capture's size limit inside null.family\n"
        );
    }
}
