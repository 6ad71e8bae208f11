//! The control word before Ethernet in a pseudowire, RFC 4448, section 4.6.

use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Severity, Unnumbered,
    link::ethernet,
};
use nom::number::be_u16;

/// Pseudowire Ethernet control word.
pub const DISSECTOR: Dissector = Dissector {
    name: "pwethcw",
    label: "Pseudowire Ethernet control word",
    column: "PW Ethernet",
    layer: OsiLayer::DataLink,
    selectors: &[INSIDE],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[FieldDef::u16("pweth.cw.sequence_number")];

/// Its selector in MPLS.
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

#[cfg(test)]
mod tests {
    use crate::test_support::layer;

    #[test]
    fn counts_frames() {
        assert_eq!(
            layer(
                "pwethcw",
                1,
                "020000000002 0200000000aa 8847 00064140 00000005 020000000002 0200000000aa 9000 0000"
            ),
            "\
             Pseudowire Ethernet control word: sequence number 5 [18..22]\n\
             \x20 Reserved: 0 [18..20]\n\
             \x20 Sequence number: 5 [20..22]\n"
        );
    }
}
