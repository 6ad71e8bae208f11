//! PPP IPv6 Control Protocol, RFC 5072.

use crate::{
    Dissector, FieldDef, Layer, OsiLayer, Outcome, Selector, ValueName,
    link::ppp_control::{Holds, Known, Options, message},
};

/// PPP IPv6 Control Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "ipv6cp",
    label: "PPP IPv6 Control Protocol",
    column: "PPP IPV6CP",
    layer: OsiLayer::Network,
    selectors: &[Selector::PppProtocol(0x8057)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("ipv6cp.opt.type").names(&[&NAMES]),
    FieldDef::u8("ipv6cp.opt.length"),
    FieldDef::bytes("ipv6cp.opt.interface_identifier"),
    FieldDef::bytes("ipv6cp.interface_identifier"),
    FieldDef::bytes("ipv6cp.opt.compress"),
];

const NAMES: [ValueName; OPTIONS.known.len()] = OPTIONS.names();

const OPTIONS: Options = Options {
    kind: "ipv6cp.opt.type",
    length: "ipv6cp.opt.length",
    known: &[
        Known(
            1,
            "ipv6cp.opt.interface_identifier",
            "Interface identifier",
            Holds::Bytes("ipv6cp.interface_identifier"),
        ),
        Known(
            2,
            "ipv6cp.opt.compress",
            "IPv6 compression protocol",
            Holds::Bytes(""),
        ),
    ],
};

fn dissect(ipv6cp: &mut Layer) -> Outcome {
    message(ipv6cp, &OPTIONS)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn asks_for_an_interface() {
        assert_eq!(
            layer("ipv6cp", 9, "ff03 8057 01 01 000e 010a e94903788d92dd7a"),
            "\
             PPP IPv6 Control Protocol: Configuration Request (1), id 1 [4..18]\n\
             \x20 Code: Configuration Request (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Length: 14 [6..8]\n\
             \x20 Options [8..18]\n\
             \x20   Interface identifier: 010ae94903788d92dd7a [8..18]\n\
             \x20     Type: Interface identifier (1) [8..9]\n\
             \x20     Length: 10 [9..10]\n\
             \x20     Data: e94903788d92dd7a [10..18]\n"
        );
    }

    #[test]
    fn ends_in_the_length() {
        assert_eq!(
            cut("ipv6cp", 9, "ff03 8057 01 01 00", 64),
            "\
             PPP IPv6 Control Protocol [4..6]\n\
             \x20 Code: Configuration Request (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Note: cut by the capture's size limit inside ppp.length\n"
        );
    }
}
