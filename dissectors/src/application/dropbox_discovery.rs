//! The discovery of other Dropbox clients on the same network, to synchronise with them directly: a JSON text in a
//! broadcast every half minute. There is no specification.

use crate::{Dissector, Layer, Next, OsiLayer, Outcome, Selector};

/// Dropbox LAN sync discovery.
pub const DISSECTOR: Dissector = Dissector {
    name: "db-lsp-disc",
    label: "Dropbox LAN sync discovery",
    column: "DB-LSP-DISC",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(17500)],
    fields: &[],
    dissect,
    session: None,
};

fn dissect(discovery: &mut Layer) -> Outcome {
    let bytes = discovery.rest();
    if !bytes.starts_with(b"{") {
        return Ok(Next::Declined);
    }
    discovery.info(|| "Looks for Dropbox on this network".to_owned());
    discovery.embed(Next::Select(Selector::media("application/json")));
    discovery.skip(bytes.len());
    Ok(Next::Nothing)
}

#[cfg(test)]
mod tests {
    use crate::{
        Side,
        test_support::{said, words},
    };

    #[test]
    fn an_announcement() {
        let text =
            br#"{"host_int": 4094514483, "version": [1, 8], "displayname": "", "port": 17500}"#;
        let said = said("db-lsp-disc", Side::Client, text, None);
        assert_eq!(said.info, "Looks for Dropbox on this network");
        assert!(
            words(&said.tree, "Path with value: /port:17500"),
            "{}",
            said.tree
        );
    }

    #[test]
    fn something_else_on_its_port() {
        let said = said("db-lsp-disc", Side::Client, b"\0\x01", None);
        assert!(!said.tree.contains("Dropbox"), "{}", said.tree);
    }
}
