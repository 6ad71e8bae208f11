//! The WebSocket Protocol, RFC 6455, to which a conversation in HTTP changes.

pub mod session;

use crate::{
    Base, Confidence, Dissector, FieldDef, Layer, Media, Next, OsiLayer, Outcome, Setting,
    Severity, Side, Stop, Value,
    application::{
        ascii::bytes,
        coding::{self, End},
    },
    charset,
    dissector::Protocol,
    value::named,
};
use nom::{
    bytes::take,
    number::{be_u8, be_u16, be_u64},
};
use session::{Fragments, Header};

/// The WebSocket Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "websocket",
    label: "WebSocket",
    column: "WebSocket",
    layer: OsiLayer::Application,
    selectors: &[],
    fields: &[FIELDS],
    ..Dissector::of::<WebSocket>()
};

const FIELDS: &[FieldDef] = &[
    FieldDef::flag("websocket.fin"),
    FieldDef::hex8("websocket.rsv"),
    FieldDef::flag("websocket.pmc"),
    FieldDef::u8("websocket.opcode").names(&[Opcode::NAMES]),
    FieldDef::u8("websocket.payload_length"),
    FieldDef::flag("websocket.mask"),
    FieldDef::u16("websocket.payload_length_ext_16"),
    FieldDef::u64("websocket.payload_length_ext_64"),
    FieldDef::bytes("websocket.masking_key"),
    FieldDef::none("websocket.masked_payload"),
    FieldDef::frame("websocket.fragment"),
    FieldDef::u32("websocket.fragment.count"),
    FieldDef::u32("websocket.reassembled.length"),
    FieldDef::bytes("websocket.payload.unknown"),
    FieldDef::none("websocket.payload"),
    FieldDef::string("websocket.payload.text"),
    FieldDef::bytes("websocket.payload.continue"),
    FieldDef::bytes("websocket.payload.ping"),
    FieldDef::bytes("websocket.payload.pong"),
    FieldDef::none("websocket.payload.close"),
    FieldDef::u16("websocket.payload.close.status_code").names(&[CloseCode::NAMES]),
    FieldDef::string("websocket.payload.close.reason"),
];

struct WebSocket;

impl Protocol for WebSocket {
    type Session = session::WebSocket;

    /// A frame is not recognizable: only the HTTP before it names the protocol.
    fn looks_like(_: &[u8], _: Side) -> Confidence {
        Confidence::Impossible
    }

    fn begin(setting: &Setting) -> session::WebSocket {
        session::WebSocket::new(setting)
    }

    fn dissect(ws: &mut Layer, known: Option<&Fragments>) -> Outcome {
        match Header::of(ws.rest()) {
            Some(header) => frame(ws, header, known),
            None => ws.malformed("websocket.payload_length"),
        }
    }
}

named! {
    /// IANA "WebSocket Opcode Registry".
    Opcode(u8, Dec) {
        CONTINUATION = 0 => "Continuation",
        TEXT = 1 => "Text",
        BINARY = 2 => "Binary",
        CLOSE = 8 => "Connection Close",
        PING = 9 => "Ping",
        PONG = 10 => "Pong",
    }
    /// IANA "WebSocket Close Code Number Registry".
    CloseCode(u16, Dec) {
        NORMAL = 1000 => "Normal Closure",
        GOING_AWAY = 1001 => "Going Away",
        PROTOCOL_ERROR = 1002 => "Protocol error",
        UNSUPPORTED = 1003 => "Unsupported Data",
        RESERVED = 1004 => "---Reserved----",
        NO_STATUS = 1005 => "No Status Rcvd",
        ABNORMAL = 1006 => "Abnormal Closure",
        INVALID_DATA = 1007 => "Invalid frame payload data",
        POLICY = 1008 => "Policy Violation",
        TOO_BIG = 1009 => "Message Too Big",
        EXTENSION = 1010 => "Mandatory Ext.",
        INTERNAL = 1011 => "Internal Server",
        RESTART = 1012 => "Service Restart",
        TRY_LATER = 1013 => "Try Again Later",
        BAD_GATEWAY = 1014 => "Bad Gateway",
        TLS = 1015 => "TLS handshake",
    }
}

const FIN: u8 = 0x80;
/// The payload is compressed: RFC 7692, section 6.
const COMPRESSED: u8 = 0x40;
const MASKED: u8 = 0x80;

fn frame(ws: &mut Layer, header: Header, known: Option<&Fragments>) -> Outcome {
    let opcode = Opcode(header.opcode());
    ws.info_listed(", ", || {
        let name = opcode.name().unwrap_or("Unknown");
        let fin = if header.is_final() { " [FIN]" } else { "" };
        let masked = if header.masked { " [MASKED]" } else { "" };
        format!("WebSocket {name}{fin}{masked}")
    });
    ws.word("websocket.fin", be_u8(), |bits| {
        bits.flag("websocket.fin", "Last frame of the message", FIN.into());
        bits.value("websocket.rsv", "Reserved", 0x70, |rsv| {
            Value::Number(rsv, Base::Hex(2))
        });
        if header.first & COMPRESSED != 0 {
            bits.flag("websocket.pmc", "Compressed", COMPRESSED.into());
        }
        bits.value("websocket.opcode", "Opcode", 0x0f, |_| opcode);
    })?;
    ws.word("websocket.payload_length", be_u8(), |bits| {
        bits.flag("websocket.mask", "Masked", MASKED.into());
        bits.number("websocket.payload_length", "Payload length", 0x7f);
    })?;
    let label = "Extended payload length";
    match header.extended {
        2 => {
            ws.field("websocket.payload_length_ext_16", label, be_u16())?;
        }
        8 => {
            ws.field("websocket.payload_length_ext_64", label, be_u64())?;
        }
        _ => {}
    }
    let mut mask = &[][..];
    if header.masked {
        mask = ws.field("websocket.masking_key", "Masking key", take(4_usize))?;
    }
    let length = ws
        .rest()
        .len()
        .min(usize::try_from(header.payload).unwrap_or(usize::MAX));
    if header.payload > length as u64 {
        ws.note(Severity::Warning, || {
            format!("{length} of {} came", bytes(header.payload))
        });
    }
    if let Some(known) = known.filter(|known| known.packets.len() > 1) {
        fragments(ws, known);
    }
    if length == 0 || !ws.shows() {
        ws.skip(length);
        return Ok(Next::Nothing);
    }
    if header.masked {
        let masked = ws.rest().get(..length).unwrap_or_default();
        let bytes = unmask(masked, mask);
        ws.field_shown(
            "websocket.masked_payload",
            "Masked payload",
            take(length),
            |_| Value::Static(""),
        )?;
        if !ws.enter_decoded("Unmasked payload", bytes) {
            return Ok(Next::Nothing);
        }
    }
    let compressed = match known {
        Some(known) => known.compressed,
        None => header.first & COMPRESSED != 0,
    };
    if compressed && !decompress(ws)? {
        return Ok(Next::Nothing);
    }
    payload(ws, opcode)
}

/// RFC 6455, section 5.3.
fn unmask(bytes: &[u8], mask: &[u8]) -> Vec<u8> {
    let mask = mask.iter().cycle();
    bytes
        .iter()
        .zip(mask)
        .map(|(byte, mask)| byte ^ mask)
        .collect()
}

/// Shows the frames that a message came in, with the last of them.
fn fragments(ws: &mut Layer, known: &Fragments) {
    let count = known.packets.len();
    ws.heading("Frames of the message", |ws| {
        ws.title(|| format!("{count} frames, {} bytes", known.length));
        for &packet in &known.packets {
            ws.computed("websocket.fragment", "Frame in packet", || {
                Value::from(packet)
            });
        }
        ws.computed("websocket.fragment.count", "Count", || {
            Value::from(count as u64)
        });
        ws.computed("websocket.reassembled.length", "Length", || {
            Value::from(known.length)
        });
    });
}

/// RFC 7692, section 7.2.2. Returns whether there is something to be read.
fn decompress(ws: &mut Layer) -> Result<bool, Stop> {
    let compressed = ws.rest();
    let length = compressed.len();
    let decoded = ws.decompress(length, |most| coding::inflate_message(compressed, most));
    ws.over("", "Compressed payload", ws.ahead(length), || Value::None);
    if let Some((_, End::Capped)) = decoded {
        ws.note(Severity::Warning, || {
            "only its beginning is decompressed: it grows too long".to_owned()
        });
    }
    let readable =
        decoded.is_some_and(|(decoded, _)| ws.enter_decoded("Decompressed payload", decoded));
    if !readable {
        ws.note(Severity::Note, || {
            "it goes on with what earlier messages were compressed by".to_owned()
        });
        ws.field("websocket.payload.unknown", "Payload", take(length))?;
    }
    Ok(readable)
}

fn payload(ws: &mut Layer, opcode: Opcode) -> Outcome {
    let bytes = ws.rest();
    let place = ws.ahead(bytes.len());
    ws.over("websocket.payload", "Payload", place, || Value::Static(""));
    let show = |ws: &mut Layer, name, label| {
        ws.below(|ws| ws.over(name, label, place, || bytes.into()));
    };
    match opcode {
        Opcode::TEXT => {
            ws.below(|ws| {
                let text = || Value::Text(charset::decode(Some("utf-8"), bytes).into_owned());
                ws.over("websocket.payload.text", "Text", place, text);
            });
            ws.media = Some(Box::new(Media::parse("text/plain; charset=utf-8")));
            return Ok(Next::Media);
        }
        Opcode::BINARY => return Ok(Next::Data),
        Opcode::CONTINUATION => show(ws, "websocket.payload.continue", "Continuation"),
        Opcode::PING => show(ws, "websocket.payload.ping", "Ping"),
        Opcode::PONG => show(ws, "websocket.payload.pong", "Pong"),
        Opcode::CLOSE => {
            let row = |ws: &mut Layer| {
                ws.group("websocket.payload.close", "Close", |ws| {
                    let name = "websocket.payload.close.status_code";
                    ws.field_shown(name, "Status code", be_u16(), |code| CloseCode(code).into())?;
                    let reason = ws.rest();
                    let charset = ws.undeclared();
                    if !reason.is_empty() {
                        let name = "websocket.payload.close.reason";
                        ws.field_shown(name, "Reason", take(reason.len()), |bytes: &[u8]| {
                            Value::Text(charset.read(bytes).into_owned())
                        })?;
                    }
                    Ok(())
                })
            };
            let mut outcome = Ok(());
            ws.below(|ws| outcome = row(ws));
            outcome?;
        }
        _ => show(ws, "websocket.payload.unknown", "Unknown"),
    }
    ws.skip(bytes.len());
    Ok(Next::Nothing)
}

#[cfg(test)]
mod tests {
    use crate::{
        MessageContext, Side,
        application::websocket::session::Fragments,
        test_support::{bytes, said, words},
    };

    /// RFC 6455, section 5.7.
    #[test]
    fn masked_text() {
        let frame = bytes("818537fa213d7f9f4d5158");
        let said = said("websocket", Side::Client, &frame, None);
        assert_eq!(said.info, "WebSocket Text [FIN] [MASKED]");
        assert_eq!(said.sources, [b"Hello".to_vec()]);
        for row in [
            "Last frame of the message: Set",
            "Opcode: Text (1)",
            "Masking key: 37fa213d",
            "Text: Hello",
        ] {
            assert!(words(&said.tree, row), "{row}\n{}", said.tree);
        }
    }

    #[test]
    fn close() {
        let said = said("websocket", Side::Server, &bytes("880603e8627965 21"), None);
        assert!(
            words(&said.tree, "Status code: Normal Closure (1000)"),
            "{}",
            said.tree
        );
        assert!(words(&said.tree, "Reason: bye!"), "{}", said.tree);
    }

    /// RFC 7692, section 7.2.3.1.
    #[test]
    fn compressed() {
        let said = said(
            "websocket",
            Side::Server,
            &bytes("c107f248cdc9c90700"),
            None,
        );
        assert!(words(&said.tree, "Text: Hello"), "{}", said.tree);
    }

    #[test]
    fn the_last_of_three() {
        let known = MessageContext::new(Fragments {
            packets: vec![4, 6, 7],
            length: 9,
            compressed: false,
        });
        let said = said("websocket", Side::Server, &bytes("8003414243"), Some(known));
        assert!(
            words(&said.tree, "Frames of the message: 3 frames, 9 bytes"),
            "{}",
            said.tree
        );
        assert!(words(&said.tree, "Frame in packet: 6"), "{}", said.tree);
        assert!(words(&said.tree, "Continuation: 414243"), "{}", said.tree);
    }

    #[test]
    fn broken_off() {
        let said = said("websocket", Side::Server, &bytes("817e0200616263"), None);
        assert!(said.tree.contains("3 of 512 bytes came"), "{}", said.tree);
    }
}
