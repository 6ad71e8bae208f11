//! Multicast DNS, RFC 6762: DNS messages among the hosts of a link.

use crate::{
    Dissector, Layer, OsiLayer, Outcome, Selector,
    application::dns::{self, Dialect},
};

/// Multicast Domain Name System.
pub const DISSECTOR: Dissector = Dissector {
    name: "mdns",
    label: "Multicast Domain Name System",
    column: "MDNS",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(5353)],
    fields: &[],
    dissect,
    talk: Some(dns::session::DATAGRAMS),
};

fn dissect(mdns: &mut Layer) -> Outcome {
    dns::message(mdns, Dialect::Multicast)
}
