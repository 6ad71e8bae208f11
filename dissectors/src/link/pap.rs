//! PPP Password Authentication Protocol, RFC 1334.

use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Severity, Value,
    link::ppp::text, value::named,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16},
};

/// PPP Password Authentication Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "pap",
    label: "PPP Password Authentication Protocol",
    column: "PPP PAP",
    layer: OsiLayer::DataLink,
    selectors: &[Selector::PppProtocol(0xc023)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("pap.code").names(&[Code::NAMES]),
    FieldDef::u8("pap.identifier"),
    FieldDef::u16("pap.length"),
    FieldDef::none("pap.data"),
    FieldDef::u8("pap.peer_id.length"),
    FieldDef::string("pap.peer_id"),
    FieldDef::u8("pap.password.length"),
    FieldDef::string("pap.password"),
    FieldDef::u8("pap.message.length"),
    FieldDef::string("pap.message"),
    FieldDef::bytes("pap.stuff"),
];

named! {
    /// RFC 1334, section 2.2.
    Code(u8, Dec) {
        REQUEST = 1 => "Authenticate-Request",
        ACK = 2 => "Authenticate-Ack",
        NAK = 3 => "Authenticate-Nak",
    }
}

fn dissect(pap: &mut Layer) -> Outcome {
    let code = pap.field("pap.code", "Code", be_u8().map(Code))?;
    pap.field("pap.identifier", "Identifier", be_u8())?;
    let length = usize::from(pap.field("pap.length", "Length", be_u16())?);
    let name = code.name().unwrap_or("Unknown");
    pap.title(|| name.to_owned());
    pap.info(|| name.to_owned());
    if length < 4 {
        return pap.malformed("pap.length");
    }
    pap.limit(length - 4);
    if pap.rest().is_empty() {
        return Ok(Next::Nothing);
    }
    let words = pap.group("pap.data", "Data", |pap| match code {
        Code::REQUEST => {
            let length = pap.field("pap.peer_id.length", "Peer length", be_u8())?;
            let peer = text(pap, "pap.peer_id", "Peer", length.into())?;
            let length = pap.field("pap.password.length", "Password length", be_u8())?;
            let password = text(pap, "pap.password", "Password", length.into())?;
            pap.note(Severity::Warning, || "a password in clear text".to_owned());
            Ok(format!("{name} (Peer-ID='{peer}', Password='{password}')"))
        }
        Code::ACK | Code::NAK => {
            let length = pap.field("pap.message.length", "Message length", be_u8())?;
            let message = text(pap, "pap.message", "Message", length.into())?;
            Ok(format!("{name} (Message='{message}')"))
        }
        _ => {
            let length = pap.reported();
            pap.field("pap.stuff", "Data", take(length))?;
            Ok(name.to_owned())
        }
    })?;
    pap.info(|| words);
    // The data has no value, but a filter may test for it.
    pap.value_of("pap.data", || Value::Static(""));
    Ok(Next::Nothing)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    #[test]
    fn a_password_in_clear_text() {
        assert_eq!(
            layer("pap", 9, "ff03 c023 01 01 000f 04 75736572 05 7061737331"),
            "\
             PPP Password Authentication Protocol: Authenticate-Request [4..19]\n\
             \x20 Code: Authenticate-Request (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Length: 15 [6..8]\n\
             \x20 Data [8..19]\n\
             \x20   Peer length: 4 [8..9]\n\
             \x20   Peer: user [9..13]\n\
             \x20   Password length: 5 [13..14]\n\
             \x20   Password: pass1 [14..19]\n\
             \x20     Note: a password in clear text\n"
        );
    }

    #[test]
    fn ends_in_the_password() {
        assert_eq!(
            cut("pap", 9, "ff03 c023 01 01 000f 04 75736572 05 70", 64),
            "\
             PPP Password Authentication Protocol: Authenticate-Request [4..14]\n\
             \x20 Code: Authenticate-Request (1) [4..5]\n\
             \x20 Identifier: 1 [5..6]\n\
             \x20 Length: 15 [6..8]\n\
             \x20 Data [8..14]\n\
             \x20   Peer length: 4 [8..9]\n\
             \x20   Peer: user [9..13]\n\
             \x20   Password length: 5 [13..14]\n\
             \x20 Note: cut by the capture's size limit inside pap.password\n"
        );
    }
}
