//! Multicast DNS, RFC 6762: DNS messages among the hosts of a link.

use crate::{
    Dissector, Layer, OsiLayer, Outcome, Selector, Setting,
    application::dns::{self, Dialect, session},
    dissector::Protocol,
};

/// Multicast Domain Name System.
pub const DISSECTOR: Dissector = Dissector {
    name: "mdns",
    label: "Multicast Domain Name System",
    column: "MDNS",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(5353)],
    fields: &[],
    ..Dissector::of::<Mdns>()
};

struct Mdns;

impl Protocol for Mdns {
    type Session = session::Dns;

    fn begin(setting: &Setting) -> session::Dns {
        session::Dns::new(setting, false)
    }

    fn dissect(mdns: &mut Layer, role: Option<&session::Role>) -> Outcome {
        dns::message(mdns, Dialect::Multicast, role)
    }
}
