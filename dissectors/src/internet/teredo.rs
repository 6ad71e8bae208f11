//! Teredo, which carries IPv6 through NATs in UDP: RFC 4380, section 5.1.1.

use crate::{
    Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Stop, internet::address,
};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16},
};

/// IPv6 in UDP.
pub const DISSECTOR: Dissector = Dissector {
    name: "teredo",
    label: "Teredo IPv6 over UDP tunneling",
    column: "Teredo",
    layer: OsiLayer::Network,
    selectors: &[Selector::UdpPort(3544)],
    fields: &[FIELDS],
    dissect,
    session: None,
};

const FIELDS: &[FieldDef] = &[
    FieldDef::none("teredo.auth"),
    FieldDef::none("teredo.orig"),
    FieldDef::u8("teredo.auth.idlen"),
    FieldDef::u8("teredo.auth.aulen"),
    FieldDef::bytes("teredo.auth.id"),
    FieldDef::bytes("teredo.auth.value"),
    FieldDef::bytes("teredo.auth.nonce"),
    FieldDef::bytes("teredo.auth.conf"),
    FieldDef::u16("teredo.orig.port"),
    FieldDef::ipv4("teredo.orig.addr"),
];

fn dissect(teredo: &mut Layer) -> Outcome {
    if let [0, 1, ..] = teredo.rest() {
        teredo.group("teredo.auth", "Authentication", authentication)?;
    }
    if let [0, 0, ..] = teredo.rest() {
        teredo.group("teredo.orig", "Origin", origin)?;
    }
    match teredo.rest().first() {
        Some(first) if first >> 4 == 6 => Ok(Next::Select(Selector::EtherType(0x86dd))),
        _ => Ok(Next::Data),
    }
}

fn authentication(teredo: &mut Layer) -> Result<(), Stop> {
    teredo.field("", "Indicator", be_u16())?;
    let id = teredo.field("teredo.auth.idlen", "Client identifier length", be_u8())?;
    let value = teredo.field("teredo.auth.aulen", "Authentication value length", be_u8())?;
    if id > 0 {
        teredo.field("teredo.auth.id", "Client identifier", take(id))?;
    }
    if value > 0 {
        teredo.field("teredo.auth.value", "Authentication value", take(value))?;
    }
    teredo.field("teredo.auth.nonce", "Nonce", take(8_usize))?;
    teredo
        .field("teredo.auth.conf", "Confirmation", take(1_usize))
        .map(drop)
}

/// The port and address are inverted, so that no NAT on the way translates them.
fn origin(teredo: &mut Layer) -> Result<(), Stop> {
    teredo.field("", "Indicator", be_u16())?;
    let port = be_u16().map(|port: u16| !port);
    let port = teredo.field("teredo.orig.port", "Port", port)?;
    let address = address::ipv4().map(|address| !address);
    let address = teredo.field("teredo.orig.addr", "Address", address)?;
    teredo.title(|| format!("{address}:{port}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, layer};

    /// A router advertisement's way back to the client: both headers, then IPv6.
    const BUBBLE: &str = "4500 0059 0000 0000 4011 0000 0a000001 0a000002 0dd8 0547 0045 0000
        0001 0000 6f9c319ef136b753 00 0000 fab8 37e19cd8
        6000 0000 0000 3b40 fe800000000000008000f227bec91c73 fe800000000000008000fffffffffffd";

    #[test]
    fn shows_where_the_client_was_seen() {
        assert_eq!(
            layer("teredo", 228, BUBBLE),
            "Teredo IPv6 over UDP tunneling [28..49]
  Authentication [28..41]
    Indicator: 1 [28..30]
    Client identifier length: 0 [30..31]
    Authentication value length: 0 [31..32]
    Nonce: 6f9c319ef136b753 [32..40]
    Confirmation: 00 [40..41]
  Origin: 200.30.99.39:1351 [41..49]
    Indicator: 0 [41..43]
    Port: 1351 [43..45]
    Address: 200.30.99.39 [45..49]
"
        );
        assert!(
            layer("ipv6", 228, BUBBLE)
                .starts_with("Internet Protocol version 6: Src: fe80::8000:f227")
        );
    }

    #[test]
    fn cut_short() {
        let text = cut("teredo", 228, &BUBBLE[..2 * 38 + 20], 89);
        assert!(
            text.contains("cut by the capture's size limit inside teredo.auth.nonce"),
            "{text}"
        );
    }
}
