//! QUIC, RFC 8999, 9000, 9001 and 9369: headers, and the contents of Initial packets, whose keys are public.

use crate::{
    Base, Confidence, Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector, Setting,
    Severity, Side, Stop, Value, application::tls::names::AlertDescription, dissector::Protocol,
    value::named,
};
use frame::{ErrorCode, FrameType};
use header::{FIXED, LONG, LongHeader, PacketType, PacketTypeTwo};
use known::{Known, Opened};
use nom::{
    bytes::take,
    number::{be_u8, be_u32},
};
use number::number;
use session::Connection;
use version::Version;

mod crypto;
mod frame;
mod header;
mod initial;
mod known;
pub mod number;
mod session;
#[cfg(test)]
mod vectors;
pub mod version;

/// QUIC.
pub const DISSECTOR: Dissector = Dissector {
    name: "quic",
    label: "QUIC",
    column: "QUIC",
    layer: OsiLayer::Application,
    selectors: &[Selector::UdpPort(443)],
    fields: &[FIELDS],
    ..Dissector::of::<Quic>()
};

const FIELDS: &[FieldDef] = &[
    FieldDef::u8("quic.header_form").means("Long", "Short"),
    FieldDef::hex32("quic.version").names(&[Version::NAMES]),
    FieldDef::u32("quic.packet_length"),
    FieldDef::hex8("quic.vn.unused"),
    FieldDef::flag("quic.fixed_bit"),
    FieldDef::u8("quic.long.packet_type_v2").names(&[PacketTypeTwo::NAMES]),
    FieldDef::u8("quic.long.packet_type").names(&[PacketType::NAMES]),
    FieldDef::u8("quic.long.reserved"),
    FieldDef::u8("quic.packet_number_length").names(&[NumberLength::NAMES]),
    FieldDef::u8("quic.dcil"),
    FieldDef::bytes("quic.dcid"),
    FieldDef::u8("quic.scil"),
    FieldDef::bytes("quic.scid"),
    FieldDef::hex32("quic.supported_version").names(&[Version::NAMES]),
    FieldDef::bytes("quic.retry_token"),
    FieldDef::bytes("quic.retry_integrity_tag"),
    FieldDef::u64("quic.token_length"),
    FieldDef::bytes("quic.token"),
    FieldDef::u64("quic.length"),
    FieldDef::u64("quic.packet_number"),
    FieldDef::bytes("quic.payload"),
    FieldDef::bytes("quic.remaining_payload"),
    FieldDef::none("quic.coalesced_padding_data"),
    FieldDef::none("quic.short"),
    FieldDef::flag("quic.spin_bit"),
    FieldDef::none("quic.frame"),
    FieldDef::hex64("quic.frame_type").names(&[FrameType::NAMES]),
    FieldDef::u32("quic.padding_length"),
    FieldDef::u64("quic.ack.largest_acknowledged"),
    FieldDef::u64("quic.ack.ack_delay"),
    FieldDef::u64("quic.ack.ack_range_count"),
    FieldDef::u64("quic.ack.first_ack_range"),
    FieldDef::u64("quic.ack.gap"),
    FieldDef::u64("quic.ack.ack_range"),
    FieldDef::u64("quic.ack.ect0_count"),
    FieldDef::u64("quic.ack.ect1_count"),
    FieldDef::u64("quic.ack.ecn_ce_count"),
    FieldDef::u64("quic.crypto.offset"),
    FieldDef::u64("quic.crypto.length"),
    FieldDef::none("quic.crypto.crypto_data"),
    FieldDef::u64("quic.cc.error_code").names(&[ErrorCode::NAMES]),
    FieldDef::u8("quic.cc.error_code.tls_alert").names(&[AlertDescription::NAMES]),
    FieldDef::u64("quic.cc.frame_type"),
    FieldDef::u64("quic.cc.reason_phrase.length"),
    FieldDef::string("quic.cc.reason_phrase"),
];

struct Quic;

impl Protocol for Quic {
    type Session = Connection;

    fn looks_like(bytes: &[u8], _: Side) -> Confidence {
        match LongHeader::of(bytes) {
            Some(header) if header.version.is_known() => Confidence::Certain,
            // A client asks for the server's versions: RFC 9000, sections 6.3, 7.2 and 14.1.
            Some(header)
                if header.version.is_reserved()
                    && header.kind == PacketType::INITIAL
                    && header.to.len() >= LEAST_FIRST_ID
                    && bytes.len() >= LEAST_FIRST =>
            {
                Confidence::Certain
            }
            // A short header is hardly recognizable.
            _ => Confidence::Impossible,
        }
    }

    fn begin(setting: &Setting) -> Connection {
        Connection::new(setting)
    }

    /// Reads a packet. Each packet of a datagram is a separate layer.
    fn dissect(quic: &mut Layer, known: Option<&Known>) -> Outcome {
        if quic.peek("quic.header_form", be_u8())? & LONG == 0 {
            short(quic, known.map_or(0, |known| known.id_length))?;
            return Ok(Next::Nothing);
        }
        let left = quic.rest().len();
        let unknown = Known::default();
        let known = known.unwrap_or(&unknown);
        let opened = known.opened.as_ref();
        let opened = opened.and_then(|all| all.iter().find(|opened| opened.left == left));
        let Some(header) = LongHeader::of(quic.rest()) else {
            return quic.malformed("quic.version");
        };
        long(quic, &header, opened, known)?;
        let length = quic.rest().len();
        if length == 0 {
            return Ok(Next::Nothing);
        }
        if header.is_followed_by(quic.rest()) {
            return Ok(Next::Dissector(&DISSECTOR));
        }
        let name = "quic.coalesced_padding_data";
        quic.field_shown(name, "Filled up", take(length), |_: &[u8]| {
            Value::Static("")
        })?;
        quic.text(|| format!("{length} bytes that are no packet"));
        Ok(Next::Nothing)
    }
}

/// RFC 9000, section 14.1: the length of a client's first datagram, at least.
const LEAST_FIRST: usize = 1200;

/// RFC 9000, section 7.2: the length of the connection id that a client chooses for a server, at least.
const LEAST_FIRST_ID: usize = 8;

named! {
    /// RFC 9000, section 17.2.
    NumberLength(u8, Dec) {
        ONE = 0 => "1 bytes",
        TWO = 1 => "2 bytes",
        THREE = 2 => "3 bytes",
        FOUR = 3 => "4 bytes",
    }
}

/// RFC 9000, section 17.2.
fn long(
    quic: &mut Layer,
    header: &LongHeader,
    opened: Option<&Opened>,
    known: &Known,
) -> Result<(), Stop> {
    let LongHeader {
        version,
        kind,
        to,
        from,
        length,
        ..
    } = *header;
    quic.computed("quic.packet_length", "Packet length", || {
        Value::from(length as u64)
    });
    let negotiates = version == Version::NEGOTIATION;
    let first = quic.ahead(1);
    quic.word("quic.header_form", be_u8(), |bits| {
        bits.flag_meaning("quic.header_form", "Header", LONG.into(), "Long", "Short");
        if negotiates {
            let unused = |value| Value::Number(value, Base::Hex(2));
            bits.value("quic.vn.unused", "Unused", 0x7f, unused);
            return;
        }
        if kind != PacketType::RETRY {
            bits.flag("quic.fixed_bit", "Fixed bit", FIXED.into());
        }
        match version.is_two() {
            true => {
                let kind = |value| PacketTypeTwo(value as u8);
                bits.value("quic.long.packet_type_v2", "Packet type", 0x30, kind);
            }
            false => bits.value("quic.long.packet_type", "Packet type", 0x30, |_| kind),
        }
    })?;
    if let Some(opened) = opened {
        // These bits are encrypted, too.
        quic.bits_at(first, opened.plain.first.into(), |bits| {
            bits.number("quic.long.reserved", "Reserved", 0x0c);
            let name = "quic.packet_number_length";
            bits.value(name, "Packet number length", 0x03, |length| {
                NumberLength(length as u8)
            });
        });
    }
    quic.field_shown("quic.version", "Version", be_u32(), |version| {
        Version(version).into()
    })?;
    quic.text(|| match version.is_reserved() {
        true => format!("none, to be told the server's ({:#010x})", version.0),
        false => version.words(),
    });
    let name = match negotiates {
        true => "Version Negotiation",
        false => kind.name().unwrap_or_default(),
    };
    quic.title(|| name.to_owned());
    quic.field("quic.dcil", "Length of the destination's id", be_u8())?;
    id(quic, "quic.dcid", "Destination's connection id", to)?;
    quic.field("quic.scil", "Length of the source's id", be_u8())?;
    id(quic, "quic.scid", "Source's connection id", from)?;
    let mut words = vec![name.to_owned()];
    for (word, id) in [("DCID", to), ("SCID", from)] {
        if quic.tells() && !id.is_empty() {
            words.push(format!("{word}={}", Value::from(id)));
        }
    }
    let behind = length.saturating_sub(7 + to.len() + from.len());
    let outcome = quic.within(behind, |quic| match (negotiates, kind) {
        (true, _) => versions(quic),
        (_, PacketType::RETRY) => retry(quic, known.retry_fits),
        _ => protected(quic, kind, opened, known.completed_in, &mut words),
    });
    quic.info_listed(", ", || words.join(", "));
    outcome
}

fn id(quic: &mut Layer, name: &'static str, label: &'static str, id: &[u8]) -> Result<(), Stop> {
    match id.len() {
        0 => Ok(()),
        length => quic.field(name, label, take(length)).map(drop),
    }
}

/// RFC 9000, section 17.2.1.
fn versions(quic: &mut Layer) -> Result<(), Stop> {
    while !quic.rest().is_empty() {
        let version =
            quic.field_shown("quic.supported_version", "Speaks", be_u32(), |version| {
                Version(version).into()
            })?;
        quic.text(|| match version & 0x0f0f_0f0f {
            0x0a0a_0a0a => format!("no version, so that others are put up with ({version:#010x})"),
            _ => Version(version).words(),
        });
    }
    Ok(())
}

/// RFC 9000, section 17.2.5.
fn retry(quic: &mut Layer, fits: Option<bool>) -> Result<(), Stop> {
    const TAG: usize = 16;
    let length = quic.rest().len().saturating_sub(TAG);
    if length > 0 {
        quic.field("quic.retry_token", "Token", take(length))?;
    }
    let name = "quic.retry_integrity_tag";
    quic.field(name, "Integrity tag", take(TAG))?;
    if fits == Some(false) {
        quic.note(Severity::Warning, || {
            "does not fit the client's packet, which is not bound by it".to_owned()
        });
    }
    Ok(())
}

/// Reads the fields before the encrypted part, and that.
fn protected(
    quic: &mut Layer,
    kind: PacketType,
    opened: Option<&Opened>,
    completed_in: Option<u64>,
    words: &mut Vec<String>,
) -> Result<(), Stop> {
    if kind == PacketType::INITIAL {
        let length = quic.field("quic.token_length", "Token length", number)?;
        if length > 0 {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            quic.field("quic.token", "Token", take(length))?;
        }
    }
    quic.field("quic.length", "Length", number)?;
    let Some(opened) = opened else {
        return encrypted(quic);
    };
    let plain = &opened.plain;
    let (length, name) = (plain.number_length, "quic.packet_number");
    quic.field_shown(name, "Packet number", take(length), |_: &[u8]| {
        plain.number.into()
    })?;
    words.push(format!("PKN: {}", plain.number));
    let length = quic.rest().len();
    quic.field("quic.payload", "Payload", take(length))?;
    // Its contents do not reach beyond it: the packets after it are read in any case.
    quic.in_decoded("Decrypted QUIC", plain.payload.clone(), |quic| {
        if let Err(stop) = frame::show(quic, opened, completed_in, words) {
            let (Stop::Malformed { field, .. } | Stop::Truncated { field, .. }) = stop;
            quic.note(Severity::Error, || format!("{field} does not fit"));
        }
    });
    Ok(())
}

fn encrypted(quic: &mut Layer) -> Result<(), Stop> {
    let length = quic.rest().len();
    match length {
        0 => Ok(()),
        _ => quic
            .field("quic.remaining_payload", "Encrypted", take(length))
            .map(drop),
    }
}

/// RFC 9000, section 17.3.
fn short(quic: &mut Layer, id_length: u8) -> Result<(), Stop> {
    let length = quic.rest().len();
    let id_length = usize::from(id_length).min(length.saturating_sub(1));
    quic.computed("quic.packet_length", "Packet length", || {
        Value::from(length as u64)
    });
    let (_, id) = quic.peek("quic.dcid", (be_u8(), take(id_length)))?;
    quic.info_listed(", ", || match id.is_empty() {
        true => "Protected Payload".to_owned(),
        false => format!("Protected Payload, DCID={}", Value::from(id)),
    });
    quic.group("quic.short", "Short header", |quic| {
        quic.word("quic.header_form", be_u8(), |bits| {
            bits.flag_meaning("quic.header_form", "Header", LONG.into(), "Long", "Short");
            bits.flag("quic.fixed_bit", "Fixed bit", FIXED.into());
            bits.flag("quic.spin_bit", "Spin bit", 0x20);
        })?;
        if id_length > 0 {
            let name = "quic.dcid";
            quic.field(name, "Destination's connection id", take(id_length))?;
        }
        Ok(())
    })?;
    encrypted(quic)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "a test may panic"
    )]

    use super::{
        initial::InitialKeys,
        vectors::{CLIENT, CLIENT_2, RETRY, SERVER, SERVER_2},
        *,
    };
    use crate::{
        MessageContext, Side,
        test_session::Script,
        test_support::{bytes, said, words},
    };

    /// RFC 9000, section 5.1: the length of a connection id is chosen by the endpoint that issues it.
    #[test]
    fn lengths_of_ids() {
        let mut script = Script::new(&DISSECTOR, 443);
        for (side, hex) in [
            (Side::Client, "c1 00000001 01 09 02 0102 00 01 aa"),
            (Side::Server, "c1 00000001 02 0102 03 010203 00 01 aa"),
            (Side::Client, "40 010203 aa"),
            (Side::Server, "40 0102 aa"),
        ] {
            script.datagram(side, 0, &bytes(hex));
        }
        let lengths = script.all_known::<Known>();
        let lengths = lengths
            .into_iter()
            .map(|known| known.map(|known| known.id_length));
        let lengths: Vec<_> = lengths.collect();
        assert_eq!(lengths, [Some(0), Some(2), Some(3), Some(2)]);
    }

    #[test]
    fn two_packets_in_a_datagram() {
        let datagram = bytes(
            "c1 00000001 01 07 08 f067a5502a4262b5 00 04 aabbccdd
             e0 ff00001d 01 07 00 02 eeff",
        );
        let said = said("quic", Side::Server, &datagram, None);
        assert_eq!(
            said.info,
            "Initial, DCID=07, SCID=f067a5502a4262b5, Handshake, DCID=07"
        );
        for row in [
            "Version: 1 (0x00000001)",
            "Version: draft-29 (0xff00001d)",
            "Packet length: 22",
            "Token length: 0",
            "Encrypted: aabbccdd",
            "Encrypted: eeff",
            "Packet type: Handshake (2)",
        ] {
            assert!(words(&said.tree, row), "{row}\n{}", said.tree);
        }
    }

    /// Returns the rows and the line of each datagram of a script.
    fn shown(script: &Script) -> Vec<crate::test_support::Shown> {
        let messages = script.messages.iter().enumerate();
        let shown = messages.map(|(number, (side, bytes))| {
            let known = script.session.context(number);
            said("quic", *side, bytes, known)
        });
        shown.collect()
    }

    #[test]
    fn the_handshake_of_the_rfc() {
        for (client, server) in [(CLIENT, SERVER), (CLIENT_2, SERVER_2)] {
            let mut script = Script::new(&DISSECTOR, 443);
            script.datagram(Side::Client, 0, &bytes(client));
            let version = if client == CLIENT { "" } else { " version 2" };
            assert_eq!(
                script.session.summary(),
                format!("QUIC{version} with example.com, alpn, no answer")
            );
            script.datagram(Side::Server, 0, &bytes(server));
            assert_eq!(
                script.session.summary(),
                format!("QUIC{version} with example.com, alpn")
            );
            let names: Vec<_> = script
                .events
                .iter()
                .map(|event| format!("{event:?}"))
                .collect();
            assert_eq!(
                names,
                ["HostName { side: Server, name: \"example.com\", by: ServerName }"]
            );
            let shown = shown(&script);
            assert_eq!(
                [&*shown[0].info, &*shown[1].info],
                [
                    "Initial, DCID=8394c8f03e515708, PKN: 2, CRYPTO, Client Hello, PADDING",
                    "Initial, SCID=f067a5502a4262b5, PKN: 1, ACK, CRYPTO, Server Hello"
                ]
            );
            for row in [
                "Packet number length: 4 bytes (3)",
                "Packet number: 2",
                "Frame: CRYPTO, bytes 0 to 241",
                "Transport Layer Security: TLSv1.3, Client Hello",
                "Name: example.com",
                "Protocol: alpn",
                "Parameter: max_idle_timeout, 30000 ms",
                "initial_source_connection_id: 8394c8f03e515708",
                "JA4: q13d0211an_62ed6f6ca7ad_4d634acda6c0",
                "Frame: PADDING, 917 bytes",
            ] {
                assert!(words(&shown[0].tree, row), "{row}\n{}", shown[0].tree);
            }
            for row in [
                "Largest acknowledged: 0",
                "Transport Layer Security: TLSv1.3, Server Hello",
                "Cipher suite: TLS_AES_128_GCM_SHA256 (0x1301)",
            ] {
                assert!(words(&shown[1].tree, row), "{row}\n{}", shown[1].tree);
            }
        }
    }

    #[test]
    fn a_retry() {
        let mut script = Script::new(&DISSECTOR, 443);
        script.datagram(Side::Client, 0, &bytes(CLIENT));
        script.datagram(Side::Server, 0, &bytes(RETRY));
        let summary = script.session.summary();
        assert_eq!(summary, "QUIC with example.com, alpn, after a retry");
        let [_, retry] = shown(&script).try_into().ok().unwrap();
        assert!(words(&retry.tree, "Token: 746f6b656e"), "{}", retry.tree);
        assert!(!retry.tree.contains("Note"), "{}", retry.tree);
        let mut wrong = bytes(RETRY);
        wrong[20] ^= 1;
        script.datagram(Side::Server, 0, &wrong);
        assert!(shown(&script)[2].tree.contains("does not fit"));
    }

    const ID: &[u8] = &[1, 2, 3, 4, 5, 6, 7, 8];

    /// A packet of the client, or of the server.
    fn sealed(side: Side, version: Version, number: u8, plain: &[u8]) -> Vec<u8> {
        let keys = InitialKeys::new(version, ID).unwrap();
        let mut plain = plain.to_vec();
        plain.resize(plain.len().max(4), 0);
        match side {
            Side::Client => keys.client.seal(version, [ID, &[9]], number, &plain),
            Side::Server => keys.server.seal(version, [&[9], &[7, 7]], number, &plain),
        }
    }

    /// The hello of RFC 9001, appendix A.2.
    fn hello() -> Vec<u8> {
        let keys = InitialKeys::new(Version::ONE, &bytes("8394c8f03e515708")).unwrap();
        let plain = keys.client.open(&bytes(CLIENT), 18, None).unwrap();
        plain.payload[4..245].to_vec()
    }

    fn crypto(at: u16, bytes: &[u8]) -> Vec<u8> {
        let (at, length) = (at | 0x4000, bytes.len() as u16 | 0x4000);
        [&[6][..], &at.to_be_bytes(), &length.to_be_bytes(), bytes].concat()
    }

    /// As clients do that want all on the path to read QUIC properly: the parts of a hello in a random order.
    #[test]
    fn a_hello_in_pieces() {
        let (mut script, hello) = (Script::new(&DISSECTOR, 443), hello());
        let second = [
            crypto(180, &hello[180..]),
            vec![1],
            crypto(90, &hello[90..150]),
        ]
        .concat();
        script.datagram(
            Side::Client,
            0,
            &sealed(Side::Client, Version::ONE, 0, &second),
        );
        assert_eq!(script.session.summary(), "QUIC version 1, no answer");
        let first = crypto(0, &hello[..90]);
        let rest = [vec![0], crypto(150, &hello[150..180]), vec![0, 0, 0]].concat();
        let datagram = [
            sealed(Side::Client, Version::ONE, 1, &first),
            sealed(Side::Client, Version::ONE, 2, &rest),
            vec![0; 7],
        ];
        script.datagram(Side::Client, 0, &datagram.concat());
        assert_eq!(
            script.session.summary(),
            "QUIC with example.com, alpn, no answer"
        );
        let [first, second] = shown(&script).try_into().ok().unwrap();
        assert!(!first.tree.contains("Security"), "{}", first.tree);
        assert!(
            words(&first.tree, "Complete in packet: 2"),
            "{}",
            first.tree
        );
        assert_eq!(second.sources.len(), 3);
        assert_eq!(second.sources[2], hello);
        for row in [
            "Put together from: 4 frames",
            "Packet: 1",
            "Packet: 2",
            "Frames: 4",
            "Name: example.com",
            "Filled up: 7 bytes that are no packet",
        ] {
            assert!(words(&second.tree, row), "{row}\n{}", second.tree);
        }
    }

    #[test]
    fn the_server_closes() {
        let mut script = Script::new(&DISSECTOR, 443);
        let greeting = sealed(Side::Client, Version::TWO, 0, &crypto(0, &hello()));
        script.datagram(Side::Client, 0, &greeting);
        let close = [&bytes("02 00 01 00 00 1c 4178 06 03")[..], b"why"].concat();
        script.datagram(
            Side::Server,
            0,
            &sealed(Side::Server, Version::TWO, 0, &close),
        );
        assert_eq!(
            script.session.summary(),
            "QUIC version 2 handshake failed with example.com: server says no application protocol (alert 120): why"
        );
        let [_, shown] = shown(&script).try_into().ok().unwrap();
        assert_eq!(shown.info, "Initial, DCID=09, SCID=0707, PKN: 0, ACK, CC");
        for row in [
            "Frame: CONNECTION_CLOSE (Transport), CRYPTO_ERROR (No application Protocol)",
            "Error code: CRYPTO_ERROR (376)",
            "TLS alert: No application Protocol (120)",
            "Frame type: 6",
            "Reason phrase: why",
        ] {
            assert!(words(&shown.tree, row), "{row}\n{}", shown.tree);
        }
        // The client tries again from the same port, and has no answer yet but to its first attempt.
        script.datagram(Side::Client, 0, &bytes(CLIENT));
        let refusal = bytes("1c 02 00 00");
        let version = Version::ONE;
        let id = bytes("8394c8f03e515708");
        let keys = InitialKeys::new(version, &id).unwrap();
        let refusal = keys.server.seal(version, [&[9], &[7]], 0, &refusal);
        script.datagram(Side::Server, 0, &refusal);
        assert_eq!(
            script.session.summary(),
            "QUIC handshake failed with example.com: server says CONNECTION_REFUSED"
        );
    }

    #[test]
    fn the_server_has_other_versions() {
        let mut script = Script::new(&DISSECTOR, 443);
        let greeting = sealed(Side::Client, Version::TWO, 0, &crypto(0, &hello()));
        script.datagram(Side::Client, 0, &greeting);
        let other = bytes("80 00000000 01 09 08 0102030405060708 ff00001d 1a2a3a4a 00000001");
        script.datagram(Side::Server, 0, &other);
        assert_eq!(
            script.session.summary(),
            "QUIC version 2 with example.com, refused: server has versions draft-29, 1"
        );
        let greeting = sealed(Side::Client, Version::ONE, 1, &crypto(0, &hello()));
        script.datagram(Side::Client, 0, &greeting);
        assert_eq!(
            script.session.summary(),
            "QUIC with example.com, alpn, after version negotiation"
        );
    }

    /// RFC 9369, section 4.1: a server may go on in another version that the client has, with keys of the same id.
    #[test]
    fn the_server_changes_the_version() {
        let mut script = Script::new(&DISSECTOR, 443);
        script.datagram(
            Side::Client,
            0,
            &sealed(Side::Client, Version::ONE, 0, &[1]),
        );
        script.datagram(
            Side::Server,
            0,
            &sealed(Side::Server, Version::TWO, 0, &[1]),
        );
        script.datagram(
            Side::Client,
            0,
            &sealed(Side::Client, Version::TWO, 1, &[1]),
        );
        let pings = shown(&script);
        assert!(
            pings
                .iter()
                .all(|shown| shown.info.ends_with(", PING, PADDING"))
        );
        assert_eq!(script.session.summary(), "QUIC version 2");
    }

    #[test]
    fn frames_that_lie() {
        for plain in [
            "06 00 4fff 01",
            "06 bfffffff 01 00",
            "02 00 00 ffffffffffffffff 00",
            "03 00 00 01 00",
            "1c 00 00 3f",
            "08 00",
            "c0",
            "06 00 04 01ffffff",
        ] {
            let mut script = Script::new(&DISSECTOR, 443);
            let packet = sealed(Side::Client, Version::ONE, 0, &bytes(plain));
            script.datagram(Side::Client, 0, &packet);
            assert!(shown(&script)[0].tree.contains("Packet number: 0"));
        }
    }

    #[test]
    fn a_version_that_only_asks_for_the_others() {
        let mut datagram = bytes("c0 1a2a3a4a 08 0102030405060708 00 00 4400");
        assert_eq!(
            DISSECTOR.looks_like(&datagram, Side::Client),
            Confidence::Impossible
        );
        datagram.resize(1200, 0);
        assert_eq!(
            DISSECTOR.looks_like(&datagram, Side::Client),
            Confidence::Certain
        );
    }

    /// A datagram that the capture cut, and those after the keys are gone.
    #[test]
    fn what_cannot_be_decrypted() {
        let mut script = Script::new(&DISSECTOR, 443);
        script.datagram(Side::Server, 0, &bytes(SERVER));
        script.datagram(Side::Client, 0, &bytes(CLIENT)[..600]);
        assert_eq!(script.session.summary(), "QUIC version 1");
        for shown in shown(&script) {
            assert!(shown.tree.contains("Encrypted: "), "{}", shown.tree);
        }
    }

    #[test]
    fn version_2_numbers_its_types_anew() {
        let datagram = bytes("d3 6b3343cf 00 00 01 55 02 aabb");
        let said = said("quic", Side::Client, &datagram, None);
        assert_eq!(said.info, "Initial");
        assert!(words(&said.tree, "Token: 55"), "{}", said.tree);
        assert!(
            words(&said.tree, "Packet type: Initial (1)"),
            "{}",
            said.tree
        );
    }

    #[test]
    fn negotiation_and_short_headers() {
        let shown = said(
            "quic",
            Side::Server,
            &bytes("80 00000000 00 00 00000001 1a2a3a4a"),
            None,
        );
        assert!(
            words(&shown.tree, "Speaks: 1 (0x00000001)"),
            "{}",
            shown.tree
        );
        let known = MessageContext::new(Known {
            id_length: 2,
            ..Known::default()
        });
        let shown = said("quic", Side::Client, &bytes("60 0102 aabb"), Some(known));
        assert_eq!(shown.info, "Protected Payload, DCID=0102");
        assert!(words(&shown.tree, "Spin bit: Set"), "{}", shown.tree);
    }

    #[test]
    fn lengths_that_lie() {
        for hex in [
            "c1 00000001 00 00 00 7fff aa",
            "c1 00000001 00 00 bfffffff aa",
            "c1 00000001 00 00",
        ] {
            let said = said("quic", Side::Client, &bytes(hex), None);
            assert!(said.tree.contains("QUIC"), "{hex}");
        }
    }
}
