//! PPP Challenge Handshake Authentication Protocol, RFC 1994.

use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Value, link::ppp::text,
    value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16},
};
use std::fmt::Write;

/// PPP Challenge Handshake Authentication Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "chap",
    label: "PPP Challenge Handshake Authentication Protocol",
    column: "PPP CHAP",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::PppProtocol(0xc223)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("chap.code").names(&[Code::NAMES]),
    FieldDef::u8("chap.identifier"),
    FieldDef::u16("chap.length"),
    FieldDef::none("chap.data"),
    FieldDef::u8("chap.value_size"),
    FieldDef::bytes("chap.value"),
    FieldDef::string("chap.name"),
    FieldDef::string("chap.message"),
    FieldDef::bytes("chap.stuff"),
];

named! {
    /// RFC 1994, section 4.
    Code(u8, Dec) {
        CHALLENGE = 1 => "Challenge",
        RESPONSE = 2 => "Response",
        SUCCESS = 3 => "Success",
        FAILURE = 4 => "Failure",
    }
}

fn dissect(chap: &mut Layer) -> Outcome {
    let code = chap.field("chap.code", "Code", be_u8().map(Code))?;
    chap.field("chap.identifier", "Identifier", be_u8())?;
    let length = usize::from(chap.field("chap.length", "Length", be_u16())?);
    let name = code.name().unwrap_or("Unknown");
    chap.title(|| name.to_owned());
    chap.info(|| name.to_owned());
    if length < 4 {
        return chap.malformed("chap.length");
    }
    chap.limit(length - 4);
    if chap.rest().is_empty() {
        return Ok(Next::Nothing);
    }
    match code {
        Code::CHALLENGE | Code::RESPONSE => {
            let words = chap.group("chap.data", "Data", |chap| {
                let size = chap.field("chap.value_size", "Value size", be_u8())?;
                let value: &[u8] = chap.field("chap.value", "Value", take(usize::from(size)))?;
                let rest = chap.reported();
                let peer = match rest {
                    0 => String::new(),
                    rest => text(chap, "chap.name", "Name", rest)?,
                };
                let mut words = String::new();
                if !chap.tells() {
                    return Ok(words);
                }
                let _ = write!(words, "{name} (NAME='{peer}', VALUE=0x");
                for byte in value {
                    let _ = write!(words, "{byte:02x}");
                }
                words.push(')');
                Ok(words)
            })?;
            chap.info(|| words);
            chap.value_of("chap.data", || Value::Static(""));
        }
        Code::SUCCESS | Code::FAILURE => {
            let rest = chap.reported();
            let message = text(chap, "chap.message", "Message", rest)?;
            chap.info(|| format!("{name} (MESSAGE='{message}')"));
        }
        _ => {
            let rest = chap.reported();
            chap.field("chap.stuff", "Data", take(rest))?;
        }
    }
    Ok(Next::Nothing)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn a_challenge() {
        assert_eq!(
            layer("chap", 9, "ff03 c223 01 01 000d 04 aabbccdd 6e616d65"),
            "\
             PPP Challenge Handshake Authentication Protocol: Challenge [4..17]\n\
             \x20 Code: Challenge (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Length: 13 [6..8]\n\
             \x20 Data [8..17]\n\
             \x20   Value size: 4 [8..9]\n\
             \x20   Value: aabbccdd [9..13]\n\
             \x20   Name: name [13..17]\n"
        );
    }

    #[test]
    fn ends_in_the_value() {
        assert_eq!(
            cut("chap", 9, "ff03 c223 01 01 000d 04 aa", 64),
            "\
             PPP Challenge Handshake Authentication Protocol: Challenge [4..9]\n\
             \x20 Code: Challenge (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Length: 13 [6..8]\n\
             \x20 Data [8..9]\n\
             \x20   Value size: 4 [8..9]\n\
             \x20 Note: cut by the capture's size limit inside chap.value\n"
        );
    }
}
