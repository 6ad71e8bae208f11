//! The control word in front of Ethernet in a pseudowire, RFC 4448, section 4.6.

use crate::{Dissector, Layer, Next, OsiLayer, Outcome, Selector, Severity, Unnumbered, link::ethernet};
use nom::number::be_u16;

/// Pseudowire Ethernet control word.
pub const DISSECTOR: Dissector = Dissector {
    name: "pwethcw",
    label: "Pseudowire Ethernet control word",
    column: "PW Ethernet",
    layer: OsiLayer::DataLink,
    selectors: &[INSIDE],
    dissect,
};

/// How MPLS names it.
pub const INSIDE: Selector = Selector::Unnumbered(Unnumbered::PwControlWord);

fn dissect(word: &mut Layer) -> Outcome {
    let reserved = word.field("", "Reserved", be_u16())?;
    if reserved != 0 {
        word.note(Severity::Note, || "should be zero".to_owned());
    }
    let sequence = word.field("pweth.cw.sequence_number", "Sequence number", be_u16())?;
    word.title(|| format!("sequence number {sequence}"));
    Ok(Next::Select(ethernet::INSIDE))
}
