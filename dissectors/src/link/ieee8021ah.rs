//! Provider backbone bridges: IEEE 802.1ah, "MAC in MAC".

use crate::{Dissector, OsiLayer, Selector, link::ieee8021ad::backbone};

/// IEEE 802.1ah.
pub const DISSECTOR: Dissector = Dissector {
    name: "ieee8021ah",
    label: "IEEE 802.1ah",
    column: "802.1ah",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::EtherType(0x88e7)],
    dissect: backbone,
};
