//! PPP Password Authentication Protocol, RFC 1334.

use crate::{
    Dissector, Layer, Next, OsiLayer, Outcome, Selector, Severity, Value, field::named,
    link::ppp::text,
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
    dissect,
};

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
            let length = pap.rest().len();
            pap.field("pap.stuff", "Data", take(length))?;
            Ok(name.to_owned())
        }
    })?;
    pap.info(|| words);
    // The data has no value, but a filter may ask for it.
    pap.value_of("pap.data", || Value::Static(""));
    Ok(Next::Nothing)
}
