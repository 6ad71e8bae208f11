//! OpenBSD loopback, LINKTYPE_LOOP: as LINKTYPE_NULL, but always in network byte order.

use crate::{Dissector, Layer, OsiLayer, Outcome, Selector, link::null};
use nom::number::be_u32;

/// OpenBSD loopback.
pub const DISSECTOR: Dissector = Dissector {
    name: "null",
    label: "OpenBSD loopback",
    column: "Loop",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::LinkType(108)],
    dissect,
};

fn dissect(bsd: &mut Layer) -> Outcome {
    let bytes = bsd.ahead(4);
    let number = bsd.word("null.family", be_u32(), |_| {})?;
    null::family(bsd, bytes, number)
}
