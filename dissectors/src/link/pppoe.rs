//! PPP over Ethernet, RFC 2516: the parts that its two stages share, and the session.

use crate::{
    Base, Dissector, FieldDef, Hex, Layer, LinkType, Next, OsiLayer, Outcome, Selector, Severity,
    Stop, Value, link::ppp, value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16},
};

/// PPP over Ethernet, session.
pub const DISSECTOR: Dissector = Dissector {
    name: "pppoes",
    label: "PPP-over-Ethernet session",
    column: "PPPoES",
    layer: OsiLayer::DataLink,
    selectors: &[
        Selector::EtherType(0x8864),
        Selector::LinkType(LinkType::PPP_ETHER),
    ],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("pppoe.version"),
    FieldDef::u8("pppoe.type"),
    FieldDef::hex8("pppoe.code").names(&[Code::NAMES]),
    FieldDef::hex16("pppoe.session_id"),
    FieldDef::u16("pppoe.payload_length"),
    FieldDef::none("pppoes.tags"),
    FieldDef::u16("pppoes.tags.credits.fcn"),
    FieldDef::u16("pppoes.tags.credits.bcn"),
];

named! {
    /// RFC 2516, section 5; RFC 5578, section 4.
    Code(u8, Hex(2)) {
        SESSION = 0x00 => "Session Data",
        PADO = 0x07 => "Active Discovery Offer (PADO)",
        PADI = 0x09 => "Active Discovery Initiation (PADI)",
        PADG = 0x0a => "Active Discovery Session-Grant (PADG)",
        PADC = 0x0b => "Active Discovery Session-Credit Resp.(PADC)",
        PADQ = 0x0c => "Active Discovery Quality (PADQ)",
        PADR = 0x19 => "Active Discovery Request (PADR)",
        PADS = 0x65 => "Active Discovery Session-confirmation (PADS)",
        PADT = 0xa7 => "Active Discovery Terminate (PADT)",
        PADM = 0xd3 => "Active Discovery Message (PADM)",
        PADN = 0xd4 => "Active Discovery Network (PADN)",
    }
}

/// RFC 2516, section 4. Leaves as many bytes in sight as the header gives.
pub fn header(pppoe: &mut Layer) -> Result<Code, Stop> {
    pppoe.word("pppoe.version", be_u8(), |bits| {
        bits.number("pppoe.version", "Version", 0xf0);
        bits.number("pppoe.type", "Type", 0x0f);
    })?;
    let code = pppoe.field("pppoe.code", "Code", be_u8().map(Code))?;
    let session = pppoe
        .field("pppoe.session_id", "Session", be_u16().map(Hex))?
        .0;
    let length = usize::from(pppoe.field("pppoe.payload_length", "Payload length", be_u16())?);
    let there = pppoe.reported();
    if length > there {
        pppoe.note(Severity::Warning, || {
            format!("the frame ends after {there} bytes")
        });
    }
    pppoe.title(|| {
        format!(
            "{}, session 0x{session:04x}",
            code.name().unwrap_or("unknown code")
        )
    });
    pppoe.info(|| code.name().unwrap_or("Unknown").to_owned());
    // The bytes after it belong to Ethernet, but the length of the padding is not known.
    pppoe.shorten(length);
    Ok(code)
}

fn dissect(pppoe: &mut Layer) -> Outcome {
    header(pppoe)?;
    // RFC 5578, section 5: credits may precede the payload.
    if pppoe.rest().starts_with(&[0x01, 0x06]) {
        pppoe.group("pppoes.tags", "Tags", |pppoe| {
            pppoe.field_shown("", "Tag", be_u16(), |tag| {
                Value::Named(tag.into(), Base::Hex(4), "Credits")
            })?;
            pppoe.field("", "Length", be_u16())?;
            pppoe.field("pppoes.tags.credits.fcn", "Forward credits", be_u16())?;
            pppoe.field("pppoes.tags.credits.bcn", "Backward credits", be_u16())
        })?;
        pppoe.value_of("pppoes.tags", || Value::Static(""));
    }
    Ok(Next::Select(ppp::INSIDE))
}

/// Takes the rest of a tag.
pub fn rest(layer: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    let length = layer.reported();
    if length > 0 {
        layer.field(name, label, take(length))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn a_session() {
        assert_eq!(
            layer(
                "pppoes",
                1,
                "020000000002 0200000000aa 8864 11 00 0005 0003 fd 6162 0000"
            ),
            "\
             PPP-over-Ethernet session: Session Data, session 0x0005 [14..20]\n\
             \x20 Version: 1 [14..15]\n\
             \x20 Type: 1 [14..15]\n\
             \x20 Code: Session Data (0x00) [15..16]\n\
             \x20 Session: 0x0005 [16..18]\n\
             \x20 Payload length: 3 [18..20]\n"
        );
    }

    #[test]
    fn ends_in_the_length() {
        assert_eq!(
            cut(
                "pppoes",
                1,
                "020000000002 0200000000aa 8864 11 00 0005 00",
                64
            ),
            "\
             PPP-over-Ethernet session [14..18]\n\
             \x20 Version: 1 [14..15]\n\
             \x20 Type: 1 [14..15]\n\
             \x20 Code: Session Data (0x00) [15..16]\n\
             \x20 Session: 0x0005 [16..18]\n\
             \x20 Note: cut by the capture's size limit inside pppoe.payload_length\n"
        );
    }
}
