//! PPP IP Control Protocol, RFC 1332.

use crate::{
    Dissector, Layer, OsiLayer, Outcome, Selector,
    link::ppp_control::{Holds, Known, Options, message},
};

/// PPP IP Control Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "ipcp",
    label: "PPP IP Control Protocol",
    column: "PPP IPCP",
    layer: OsiLayer::Network,
    selectors: &[Selector::PppProtocol(0x8021)],
    dissect,
};

const OPTIONS: Options = Options {
    kind: "ipcp.opt.type",
    length: "ipcp.opt.length",
    known: &[
        Known(1, "ipcp.opt.addrs", "IP addresses", Holds::Ipv4("ipcp.opt.src_address", "Source address")),
        Known(2, "ipcp.opt.compress", "IP compression protocol", Holds::Compression),
        Known(3, "ipcp.opt.addr", "IP address", Holds::Ipv4("ipcp.opt.ip_address", "Address")),
        Known(4, "ipcp.opt.mobilenode", "Mobile node's home address", Holds::Ipv4("ipcp.opt.mobilenodehomeaddress", "Address")),
        Known(129, "ipcp.opt.pri_dns", "Primary DNS server", Holds::Ipv4("ipcp.opt.pri_dns_address", "Address")),
        Known(130, "ipcp.opt.pri_nbns", "Primary NBNS server", Holds::Ipv4("ipcp.opt.pri_nbns_address", "Address")),
        Known(131, "ipcp.opt.sec_dns", "Secondary DNS server", Holds::Ipv4("ipcp.opt.sec_dns_address", "Address")),
        Known(132, "ipcp.opt.sec_nbns", "Secondary NBNS server", Holds::Ipv4("ipcp.opt.sec_nbns_address", "Address")),
    ],
};

fn dissect(ipcp: &mut Layer) -> Outcome {
    message(ipcp, &OPTIONS)
}
