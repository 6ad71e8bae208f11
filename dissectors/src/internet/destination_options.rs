//! IPv6 destination options header, RFC 8200, section 4.6.

use crate::{
    Dissector, Layer, OsiLayer, Outcome, Selector,
    internet::{
        ipv6,
        ipv6_options::{self, Names},
    },
};

/// Options for who receives the packet.
pub const DISSECTOR: Dissector = Dissector {
    name: "ipv6.dstopts",
    label: "IPv6 destination options",
    column: "",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(60)],
    dissect,
};

const NAMES: Names = Names {
    next: "ipv6.dstopts.nxt",
    length: "ipv6.dstopts.len",
    bytes: "ipv6.dstopts.len_oct",
};

fn dissect(ip: &mut Layer) -> Outcome {
    let found = ipv6_options::read(ip, &NAMES)?;
    Ok(ipv6::next_header(ip, found.next))
}
