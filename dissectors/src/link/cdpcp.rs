//! PPP's control protocol for the Cisco Discovery Protocol.

use crate::{
    Dissector, Layer, OsiLayer, Outcome, Selector,
    link::ppp_control::{Options, message},
};

/// PPP CDP Control Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "cdpcp",
    label: "PPP CDP Control Protocol",
    column: "PPP CDPCP",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::PppProtocol(0x8207)],
    fields: &[],
    dissect,
    session: None,
};

const OPTIONS: Options = Options {
    kind: "",
    length: "",
    known: &[],
};

fn dissect(cdpcp: &mut Layer) -> Outcome {
    message(cdpcp, &OPTIONS)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn asks_for_nothing() {
        assert_eq!(
            layer("cdpcp", 9, "ff03 8207 01 01 0004"),
            "\
             PPP CDP Control Protocol: Configuration Request (1), id 1 [4..8]\n\
             \x20 Code: Configuration Request (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Length: 4 [6..8]\n"
        );
    }

    #[test]
    fn ends_in_the_length() {
        assert_eq!(
            cut("cdpcp", 9, "ff03 8207 01 01 00", 64),
            "\
             PPP CDP Control Protocol [4..6]\n\
             \x20 Code: Configuration Request (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Note: cut by the capture's size limit inside ppp.length\n"
        );
    }
}
