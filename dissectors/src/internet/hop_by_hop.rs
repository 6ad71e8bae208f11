//! IPv6 hop-by-hop options header, RFC 8200, section 4.3.

use crate::{
    Dissector, Layer, OsiLayer, Outcome, Selector,
    internet::{
        ipv6,
        ipv6_options::{self, Names},
    },
};

/// Options for every router on the way.
pub const DISSECTOR: Dissector = Dissector {
    name: "ipv6.hopopts",
    label: "IPv6 hop-by-hop options",
    column: "",
    layer: OsiLayer::Network,
    selectors: &[Selector::IpProtocol(0)],
    dissect,
};

const NAMES: Names = Names {
    next: "ipv6.hopopts.nxt",
    length: "ipv6.hopopts.len",
    bytes: "ipv6.hopopts.len_oct",
};

fn dissect(ip: &mut Layer) -> Outcome {
    let found = ipv6_options::read(ip, &NAMES)?;
    if let Some(jumbo) = found.jumbo {
        ip.limit((jumbo as usize).saturating_sub(found.length));
    }
    Ok(ipv6::next_header(ip, found.next))
}
