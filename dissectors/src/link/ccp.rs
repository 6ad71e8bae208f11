//! PPP Compression Control Protocol, RFC 1962.

use crate::{
    Dissector, FieldDef, Layer, OsiLayer, Outcome, Selector, ValueName,
    link::ppp_control::{Holds, Known, Options, message},
};

/// PPP Compression Control Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "ccp",
    label: "PPP Compression Control Protocol",
    column: "PPP CCP",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::PppProtocol(0x80fd)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("ccp.opt.type").names(&[&NAMES]),
    FieldDef::u8("ccp.opt.length"),
    FieldDef::bytes("ccp.opt.stac"),
    FieldDef::bytes("ccp.opt.mppe"),
    FieldDef::hex32("ccp.opt.supported_bits"),
    FieldDef::bytes("ccp.opt.bsdcomp"),
    FieldDef::bytes("ccp.opt.deflate"),
];

const NAMES: [ValueName; OPTIONS.known.len()] = OPTIONS.names();

const OPTIONS: Options = Options {
    kind: "ccp.opt.type",
    length: "ccp.opt.length",
    known: &[
        Known(17, "ccp.opt.stac", "Stac compression", Holds::Bytes("")),
        Known(
            18,
            "ccp.opt.mppe",
            "Microsoft encryption and compression",
            Holds::Hex("ccp.opt.supported_bits", "Supported"),
        ),
        Known(21, "ccp.opt.bsdcomp", "BSD compression", Holds::Bytes("")),
        Known(26, "ccp.opt.deflate", "Deflate", Holds::Bytes("")),
    ],
};

fn dissect(ccp: &mut Layer) -> Outcome {
    message(ccp, &OPTIONS)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn asks_for_encryption() {
        assert_eq!(
            layer("ccp", 9, "ff03 80fd 01 01 000a 1206 01000060"),
            "\
             PPP Compression Control Protocol: Configuration Request (1), id 1 [4..14]\n\
             \x20 Code: Configuration Request (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Length: 10 [6..8]\n\
             \x20 Options [8..14]\n\
             \x20   Microsoft encryption and compression: 120601000060 [8..14]\n\
             \x20     Type: Microsoft encryption and compression (18) [8..9]\n\
             \x20     Length: 6 [9..10]\n\
             \x20     Supported: 0x01000060 [10..14]\n"
        );
    }

    #[test]
    fn ends_in_the_length() {
        assert_eq!(
            cut("ccp", 9, "ff03 80fd 01 01 00", 64),
            "\
             PPP Compression Control Protocol [4..6]\n\
             \x20 Code: Configuration Request (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Note: cut by the capture's size limit inside ppp.length\n"
        );
    }
}
