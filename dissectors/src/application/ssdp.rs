//! Simple Service Discovery Protocol: HTTP in datagrams (UPnP Device Architecture 2.0, section 1).

use super::http;
use crate::{
    Confidence, Dissector, Layer, OsiLayer, Outcome, Properties, Selector, Setting, Side,
    dissector::Protocol,
};

/// Simple Service Discovery Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "ssdp",
    label: "Simple Service Discovery Protocol",
    column: "SSDP",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(1900)],
    fields: &[],
    ..Dissector::of::<Ssdp>()
};

struct Ssdp;

impl Protocol for Ssdp {
    type Session = http::session::Http;

    const PROPERTIES: Properties = Properties {
        holds_files: true,
        ..Properties::NONE
    };

    fn looks_like(bytes: &[u8], _: Side) -> Confidence {
        http::session::looks_like(bytes)
    }

    fn begin(setting: &Setting) -> http::session::Http {
        http::session::Http::new(setting, true)
    }

    fn dissect(ssdp: &mut Layer, known: Option<&http::session::Message>) -> Outcome {
        http::message(ssdp, known)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Side,
        test_support::{said, words},
    };

    #[test]
    fn a_search() {
        let search = b"M-SEARCH * HTTP/1.1\r\nHost:239.255.255.250:1900\r\n\
            ST:upnp:rootdevice\r\nMan:\"ssdp:discover\"\r\nMX:3\r\n\r\n";
        let said = said("ssdp", Side::Client, search, None);
        assert_eq!(said.info, "M-SEARCH * HTTP/1.1");
        assert!(
            words(&said.tree, "Host: 239.255.255.250:1900"),
            "{}",
            said.tree
        );
    }
}
