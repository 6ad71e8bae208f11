//! PPP Link Control Protocol, RFC 1661, section 6.

use crate::{
    Dissector, FieldDef, Layer, OsiLayer, Outcome, Selector, ValueName,
    link::ppp,
    link::ppp_control,
    link::ppp_control::{Holds, Known, Options, message},
};

/// PPP Link Control Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "lcp",
    label: "PPP Link Control Protocol",
    column: "PPP LCP",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::PppProtocol(0xc021)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("lcp.opt.type").names(&[&NAMES]),
    FieldDef::u8("lcp.opt.length"),
    FieldDef::bytes("lcp.opt.vendor"),
    FieldDef::bytes("lcp.opt.data"),
    FieldDef::bytes("lcp.opt.mtu_bytes"),
    FieldDef::u16("lcp.opt.mru"),
    FieldDef::bytes("lcp.opt.asyncmap_bytes"),
    FieldDef::hex32("lcp.opt.asyncmap"),
    FieldDef::bytes("lcp.opt.auth_protocol_bytes"),
    FieldDef::bytes("lcp.opt.quality_protocol_bytes"),
    FieldDef::bytes("lcp.opt.magic_number_bytes"),
    FieldDef::hex32("lcp.opt.magic_number"),
    FieldDef::bytes("lcp.opt.linkqualmon"),
    FieldDef::bytes("lcp.opt.field_compress"),
    FieldDef::bytes("lcp.opt.addr_field_compress"),
    FieldDef::bytes("lcp.opt.fcs_alternatives_bytes"),
    FieldDef::hex8("lcp.opt.fcs_alternatives"),
    FieldDef::bytes("lcp.opt.self_desc_pad"),
    FieldDef::u8("lcp.opt.maximum"),
    FieldDef::bytes("lcp.opt.callback"),
    FieldDef::u8("lcp.opt.operation"),
    FieldDef::bytes("lcp.opt.compound_frames"),
    FieldDef::bytes("lcp.opt.nomdataencap"),
    FieldDef::bytes("lcp.opt.multilink_mrru"),
    FieldDef::u16("lcp.opt.mrru"),
    FieldDef::bytes("lcp.opt.multilink_ssnh"),
    FieldDef::bytes("lcp.opt.multilink_ep_disc"),
    FieldDef::bytes("lcp.opt.dce_identifier"),
    FieldDef::u8("lcp.opt.mode"),
    FieldDef::bytes("lcp.opt.multilink_pp"),
    FieldDef::bytes("lcp.opt.unused"),
    FieldDef::bytes("lcp.opt.link_discrim_bytes"),
    FieldDef::u16("lcp.opt.link_discrim"),
    FieldDef::hex16("lcp.rej_proto").names(&[ppp::Protocol::NAMES]),
    FieldDef::hex32("lcp.magic_number"),
    FieldDef::bytes("lcp.data"),
    FieldDef::string("lcp.message"),
    FieldDef::u32("lcp.secs_remaining"),
    FieldDef::hex16("lcp.opt.auth_protocol").names(&[ppp::Protocol::NAMES]),
    FieldDef::u8("lcp.opt.algorithm").names(&[ppp_control::Algorithm::NAMES]),
    FieldDef::hex16("lcp.opt.quality_protocol").names(&[ppp::Protocol::NAMES]),
    FieldDef::u32("lcp.opt.reporting_period"),
    FieldDef::u8("lcp.opt.ep_disc_class").names(&[ppp_control::Endpoint::NAMES]),
    FieldDef::ipv4("lcp.opt.ip_address"),
    FieldDef::mac("lcp.opt.802_1_address"),
    FieldDef::bytes("lcp.opt.magic_block"),
    FieldDef::bytes("lcp.opt.psndn"),
];

const NAMES: [ValueName; OPTIONS.known.len()] = OPTIONS.names();

const OPTIONS: Options = Options {
    kind: "lcp.opt.type",
    length: "lcp.opt.length",
    known: &[
        Known(
            0,
            "lcp.opt.vendor",
            "Vendor specific",
            Holds::Bytes("lcp.opt.data"),
        ),
        Known(
            1,
            "lcp.opt.mtu_bytes",
            "Maximum receive unit",
            Holds::Number("lcp.opt.mru", "Bytes"),
        ),
        Known(
            2,
            "lcp.opt.asyncmap_bytes",
            "Async control character map",
            Holds::Hex("lcp.opt.asyncmap", "Map"),
        ),
        Known(
            3,
            "lcp.opt.auth_protocol_bytes",
            "Authentication protocol",
            Holds::Authentication,
        ),
        Known(
            4,
            "lcp.opt.quality_protocol_bytes",
            "Quality protocol",
            Holds::Quality,
        ),
        Known(
            5,
            "lcp.opt.magic_number_bytes",
            "Magic number",
            Holds::Hex("lcp.opt.magic_number", "Magic number"),
        ),
        Known(
            6,
            "lcp.opt.linkqualmon",
            "Link quality monitoring",
            Holds::Bytes("lcp.opt.data"),
        ),
        Known(
            7,
            "lcp.opt.field_compress",
            "Protocol field compression",
            Holds::Nothing,
        ),
        Known(
            8,
            "lcp.opt.addr_field_compress",
            "Address and control field compression",
            Holds::Nothing,
        ),
        Known(
            9,
            "lcp.opt.fcs_alternatives_bytes",
            "Frame check sequence alternatives",
            Holds::HexByte("lcp.opt.fcs_alternatives", "Alternatives"),
        ),
        Known(
            10,
            "lcp.opt.self_desc_pad",
            "Self-describing padding",
            Holds::Byte("lcp.opt.maximum", "Maximum"),
        ),
        Known(
            13,
            "lcp.opt.callback",
            "Callback",
            Holds::Byte("lcp.opt.operation", "Operation"),
        ),
        Known(
            15,
            "lcp.opt.compound_frames",
            "Compound frames",
            Holds::Nothing,
        ),
        Known(
            16,
            "lcp.opt.nomdataencap",
            "Nominal data encapsulation",
            Holds::Bytes("lcp.opt.data"),
        ),
        Known(
            17,
            "lcp.opt.multilink_mrru",
            "Multilink: maximum reconstructed unit",
            Holds::Number("lcp.opt.mrru", "Bytes"),
        ),
        Known(
            18,
            "lcp.opt.multilink_ssnh",
            "Multilink: short sequence numbers",
            Holds::Nothing,
        ),
        Known(
            19,
            "lcp.opt.multilink_ep_disc",
            "Multilink: endpoint discriminator",
            Holds::Endpoint,
        ),
        Known(
            22,
            "lcp.opt.dce_identifier",
            "DCE identifier",
            Holds::Byte("lcp.opt.mode", "Mode"),
        ),
        Known(
            23,
            "lcp.opt.multilink_pp",
            "Multilink plus procedure",
            Holds::Bytes("lcp.opt.unused"),
        ),
        Known(
            24,
            "lcp.opt.link_discrim_bytes",
            "Link discriminator",
            Holds::Number("lcp.opt.link_discrim", "Discriminator"),
        ),
    ],
};

fn dissect(lcp: &mut Layer) -> Outcome {
    message(lcp, &OPTIONS)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn asks_for_a_size_and_a_password() {
        assert_eq!(
            layer(
                "lcp",
                9,
                "ff03 c021 01 01 0012 010405d4 0304c023 050657dde38a"
            ),
            "\
             PPP Link Control Protocol: Configuration Request (1), id 1 [4..22]\n\
             \x20 Code: Configuration Request (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Length: 18 [6..8]\n\
             \x20 Options [8..22]\n\
             \x20   Maximum receive unit: 010405d4 [8..12]\n\
             \x20     Type: Maximum receive unit (1) [8..9]\n\
             \x20     Length: 4 [9..10]\n\
             \x20     Bytes: 1492 [10..12]\n\
             \x20   Authentication protocol: 0304c023 [12..16]\n\
             \x20     Type: Authentication protocol (3) [12..13]\n\
             \x20     Length: 4 [13..14]\n\
             \x20     Protocol: Password Authentication Protocol (0xc023) [14..16]\n\
             \x20   Magic number: 050657dde38a [16..22]\n\
             \x20     Type: Magic number (5) [16..17]\n\
             \x20     Length: 6 [17..18]\n\
             \x20     Magic number: 0x57dde38a [18..22]\n"
        );
    }

    #[test]
    fn rejects_a_protocol() {
        assert_eq!(
            layer("lcp", 9, "ff03 c021 08 02 000a 8057 01 03 0004"),
            "\
             PPP Link Control Protocol: Protocol Reject (8), id 2 [4..10]\n\
             \x20 Code: Protocol Reject (8) [4..5]\n\
             \x20 Identifier: 2 [5..6]\n\
             \x20 Length: 10 [6..8]\n\
             \x20 Rejected protocol: IPv6 Control Protocol (0x8057) [8..10]\n"
        );
    }

    #[test]
    fn an_option_longer_than_what_is_left() {
        assert_eq!(
            layer("lcp", 9, "ff03 c021 01 01 0008 050957dd"),
            "\
             PPP Link Control Protocol: Configuration Request (1), id 1 [4..12]\n\
             \x20 Code: Configuration Request (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Length: 8 [6..8]\n\
             \x20 Options [8..12]\n\
             \x20   Magic number: 0509 [8..10]\n\
             \x20     Type: Magic number (5) [8..9]\n\
             \x20     Length: 9 [9..10]\n\
             \x20 Note: malformed: lcp.opt.magic_number does not fit\n"
        );
    }

    #[test]
    fn ends_in_an_option() {
        assert_eq!(
            cut("lcp", 9, "ff03 c021 01 01 000e 0104", 64),
            "\
             PPP Link Control Protocol: Configuration Request (1), id 1 [4..10]\n\
             \x20 Code: Configuration Request (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Length: 14 [6..8]\n\
             \x20 Options [8..10]\n\
             \x20   Maximum receive unit: 0104 [8..10]\n\
             \x20     Type: Maximum receive unit (1) [8..9]\n\
             \x20     Length: 4 [9..10]\n\
             \x20 Note: cut by the capture's size limit inside lcp.opt.mru\n"
        );
    }
}
