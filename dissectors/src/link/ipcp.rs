//! PPP IP Control Protocol, RFC 1332.

use crate::{
    Dissector, FieldDef, Layer, OsiLayer, Outcome, Selector, ValueName,
    link::ppp,
    link::ppp_control::{Holds, Known, Options, message},
};

/// PPP IP Control Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "ipcp",
    label: "PPP IP Control Protocol",
    column: "PPP IPCP",
    layer: OsiLayer::Network,
    selectors: &[Selector::PppProtocol(0x8021)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("ipcp.opt.type").names(&[&NAMES]),
    FieldDef::u8("ipcp.opt.length"),
    FieldDef::bytes("ipcp.opt.addrs"),
    FieldDef::ipv4("ipcp.opt.src_address"),
    FieldDef::bytes("ipcp.opt.compress"),
    FieldDef::bytes("ipcp.opt.addr"),
    FieldDef::ipv4("ipcp.opt.ip_address"),
    FieldDef::bytes("ipcp.opt.mobileipv4"),
    FieldDef::ipv4("ipcp.opt.mobilenodehomeaddress"),
    FieldDef::bytes("ipcp.opt.pri_dns"),
    FieldDef::ipv4("ipcp.opt.pri_dns_address"),
    FieldDef::bytes("ipcp.opt.pri_nbns"),
    FieldDef::ipv4("ipcp.opt.pri_nbns_address"),
    FieldDef::bytes("ipcp.opt.sec_dns"),
    FieldDef::ipv4("ipcp.opt.sec_dns_address"),
    FieldDef::bytes("ipcp.opt.sec_nbns"),
    FieldDef::ipv4("ipcp.opt.sec_nbns_address"),
    FieldDef::hex16("ipcp.opt.compress_proto").names(&[ppp::Protocol::NAMES]),
    FieldDef::u8("ipcp.opt.max_slot_id"),
    FieldDef::flag("ipcp.opt.comp_slot_id"),
];

const NAMES: [ValueName; OPTIONS.known.len()] = OPTIONS.names();

const OPTIONS: Options = Options {
    kind: "ipcp.opt.type",
    length: "ipcp.opt.length",
    known: &[
        Known(
            1,
            "ipcp.opt.addrs",
            "IP addresses",
            Holds::Ipv4("ipcp.opt.src_address", "Source address"),
        ),
        Known(
            2,
            "ipcp.opt.compress",
            "IP compression protocol",
            Holds::Compression,
        ),
        Known(
            3,
            "ipcp.opt.addr",
            "IP address",
            Holds::Ipv4("ipcp.opt.ip_address", "Address"),
        ),
        Known(
            4,
            "ipcp.opt.mobileipv4",
            "Mobile node's home address",
            Holds::Ipv4("ipcp.opt.mobilenodehomeaddress", "Address"),
        ),
        Known(
            129,
            "ipcp.opt.pri_dns",
            "Primary DNS server",
            Holds::Ipv4("ipcp.opt.pri_dns_address", "Address"),
        ),
        Known(
            130,
            "ipcp.opt.pri_nbns",
            "Primary NBNS server",
            Holds::Ipv4("ipcp.opt.pri_nbns_address", "Address"),
        ),
        Known(
            131,
            "ipcp.opt.sec_dns",
            "Secondary DNS server",
            Holds::Ipv4("ipcp.opt.sec_dns_address", "Address"),
        ),
        Known(
            132,
            "ipcp.opt.sec_nbns",
            "Secondary NBNS server",
            Holds::Ipv4("ipcp.opt.sec_nbns_address", "Address"),
        ),
    ],
};

fn dissect(ipcp: &mut Layer) -> Outcome {
    message(ipcp, &OPTIONS)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn asks_for_an_address() {
        assert_eq!(
            layer(
                "ipcp",
                9,
                "ff03 8021 01 01 0010 0306 00000000 0206 002d 0f 01"
            ),
            "\
             PPP IP Control Protocol: Configuration Request (1), id 1 [4..20]\n\
             \x20 Code: Configuration Request (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Length: 16 [6..8]\n\
             \x20 Options [8..20]\n\
             \x20   IP address: 030600000000 [8..14]\n\
             \x20     Type: IP address (3) [8..9]\n\
             \x20     Length: 6 [9..10]\n\
             \x20     Address: 0.0.0.0 [10..14]\n\
             \x20   IP compression protocol: 0206002d0f01 [14..20]\n\
             \x20     Type: IP compression protocol (2) [14..15]\n\
             \x20     Length: 6 [15..16]\n\
             \x20     Protocol: Van Jacobson compressed TCP/IP (0x002d) [16..18]\n\
             \x20     Highest slot: 15 [18..19]\n\
             \x20     Slot may be compressed: Set [19..20]\n"
        );
    }

    #[test]
    fn ends_in_the_address() {
        assert_eq!(
            cut("ipcp", 9, "ff03 8021 01 01 000a 0306 0000", 64),
            "\
             PPP IP Control Protocol: Configuration Request (1), id 1 [4..12]\n\
             \x20 Code: Configuration Request (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Length: 10 [6..8]\n\
             \x20 Options [8..12]\n\
             \x20   IP address: 0306 [8..10]\n\
             \x20     Type: IP address (3) [8..9]\n\
             \x20     Length: 6 [9..10]\n\
             \x20 Note: cut by the capture's size limit inside ipcp.opt.ip_address\n"
        );
    }
}
