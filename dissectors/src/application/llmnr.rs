//! Link-Local Multicast Name Resolution, RFC 4795: DNS messages with other flags.

use crate::{
    Dissector, Layer, OsiLayer, Outcome, Selector, Setting,
    application::dns::{self, Dialect, session},
    dissector::Protocol,
};

/// Link-Local Multicast Name Resolution.
pub const DISSECTOR: Dissector = Dissector {
    name: "llmnr",
    label: "Link-Local Multicast Name Resolution",
    column: "LLMNR",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(5355)],
    fields: &[],
    ..Dissector::of::<Llmnr>()
};

struct Llmnr;

impl Protocol for Llmnr {
    type Session = session::Dns;

    fn begin(setting: &Setting) -> session::Dns {
        session::Dns::new(setting, false)
    }

    fn dissect(llmnr: &mut Layer, role: Option<&session::Role>) -> Outcome {
        dns::message(llmnr, Dialect::LinkLocal, role)
    }
}
