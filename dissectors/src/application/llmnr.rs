//! Link-Local Multicast Name Resolution, RFC 4795: DNS messages with flags of their own.

use crate::{
    Dissector, Layer, OsiLayer, Outcome, Selector,
    application::dns::{self, Dialect},
};

/// Link-Local Multicast Name Resolution.
pub const DISSECTOR: Dissector = Dissector {
    name: "llmnr",
    label: "Link-Local Multicast Name Resolution",
    column: "LLMNR",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(5355)],
    fields: &[],
    dissect,
    talk: Some(dns::session::DATAGRAMS),
};

fn dissect(llmnr: &mut Layer) -> Outcome {
    dns::message(llmnr, Dialect::LinkLocal)
}
