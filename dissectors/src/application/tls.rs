//! Transport Layer Security: RFC 8446 (1.3), RFC 5246 (1.2) and earlier versions, back to SSL 2.0.

use crate::{
    Confidence, Dissector, Layer, Next, OsiLayer, Outcome, Properties, Selector, Setting, Severity,
    Side, Stop,
    application::{ascii, message::Length},
    dissector::Protocol,
};
use known::{Known, Partial};
use names::{AlertDescription, AlertLevel, ContentType, HandshakeType, HeartbeatType, Version};
use nom::{
    bytes::take,
    number::{be_u8, be_u16, be_u24},
};
use reading::Reading;
use record::{
    ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEADER, HEARTBEAT, message_length,
};
pub use session::alert_words;

mod certificate;
mod extension;
mod fields;
pub mod fingerprint;
mod groups;
mod handshake;
mod hello;
mod key_exchange;
mod known;
pub mod names;
mod opaque;
mod proof;
mod reading;
mod record;
mod session;
mod signature;
mod ssl2;
mod suites;
pub mod summary;
mod transport_parameters;
mod x509;

/// Transport Layer Security.
pub const DISSECTOR: Dissector = Dissector {
    name: "tls",
    label: "Transport Layer Security",
    column: "TLS",
    layer: OsiLayer::Presentation,
    selectors: &[
        Selector::TcpPort(443),
        Selector::TcpPort(465),
        Selector::TcpPort(563),
        Selector::TcpPort(636),
        Selector::TcpPort(853),
        Selector::TcpPort(989),
        Selector::TcpPort(990),
        Selector::TcpPort(992),
        Selector::TcpPort(993),
        Selector::TcpPort(994),
        Selector::TcpPort(995),
        Selector::TcpPort(2376),
        Selector::TcpPort(3269),
        Selector::TcpPort(5061),
        Selector::TcpPort(5223),
        Selector::TcpPort(5349),
        Selector::TcpPort(5671),
        Selector::TcpPort(5986),
        Selector::TcpPort(6443),
        Selector::TcpPort(6697),
        Selector::TcpPort(8443),
        Selector::TcpPort(8883),
        Selector::TcpPort(9443),
    ],
    fields: &[fields::FIELDS, transport_parameters::FIELDS],
    ..Dissector::of::<Tls>()
};

/// A handshake message without a record around it, as QUIC carries it: RFC 9001, section 4.
pub const HANDSHAKE_MESSAGE: Dissector = Dissector {
    name: DISSECTOR.name,
    label: DISSECTOR.label,
    column: "",
    layer: DISSECTOR.layer,
    selectors: &[],
    fields: &[],
    dissect: |tls| {
        let mut reading = Reading::of_quic(tls);
        let (kind, length) = tls.peek("tls.handshake", (be_u8(), be_u24()))?;
        handshake::message(tls, &mut reading, kind, length as usize)?;
        tls.title(|| format!("{}, {}", reading.column(), reading.info()));
        Ok(Next::Nothing)
    },
    session: None,
};

/// Returns the name of a handshake message with its header.
pub fn message_name(message: &[u8]) -> Option<&'static str> {
    let (&[kind, ..], body) = message.split_first_chunk::<{ Partial::HEADER }>()?;
    match kind == HandshakeType::SERVER_HELLO && hello::asks_to_retry(body) {
        true => Some("Hello Retry Request"),
        false => HandshakeType(kind).name(),
    }
}

struct Tls;

impl Protocol for Tls {
    type Session = session::Tls;

    const PROPERTIES: Properties = Properties {
        encrypts: true,
        ..Properties::NONE
    };

    fn looks_like(bytes: &[u8], _: Side) -> Confidence {
        session::looks_like(bytes)
    }

    fn begin(setting: &Setting) -> session::Tls {
        session::Tls::new(setting)
    }

    fn dissect(tls: &mut Layer, known: Option<&Known>) -> Outcome {
        let mut reading = Reading::new(tls, known);
        let outcome = records(tls, &mut reading);
        tls.column(reading.column());
        tls.info_listed(", ", || reading.info());
        outcome.map(|()| Next::Nothing)
    }
}

/// Returns the length of the next record, where all of it was on the wire in these bytes.
fn next_record(tls: &Layer) -> Option<usize> {
    let bytes = tls.rest();
    match message_length(bytes) {
        Length::Complete(length) => Some(length),
        Length::NeedMore if tls.missing() > 0 => {
            let length = match ssl2::record_length(bytes) {
                Some(length) => length,
                None => {
                    let header = (take(3_usize), be_u16());
                    let (_, length) = tls.peek("tls.record.length", header).ok()?;
                    HEADER + usize::from(length)
                }
            };
            (length <= tls.reported()).then_some(length)
        }
        _ => None,
    }
}

fn records(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    while let Some(length) = next_record(tls) {
        match ssl2::record_length(tls.rest()) {
            Some(_) => tls.within(length, |tls| ssl2::record(tls, reading))?,
            None => tls.within(length, |tls| record(tls, reading))?,
        }
    }
    match message_length(tls.rest()) {
        _ if tls.rest().is_empty() => Ok(()),
        Length::NotMine => {
            reading.say("Ignored Unknown Record");
            tls.note(Severity::Warning, || "no record follows".to_owned());
            tls.skip(tls.rest().len());
            Ok(())
        }
        _ => unfinished(tls, reading),
    }
}

/// Reads an incomplete record.
fn unfinished(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    if ssl2::record_length(tls.rest()).is_some() {
        return ssl2::record(tls, reading);
    }
    let header = (be_u8(), be_u16(), be_u16());
    let (kind, version, length) = tls.peek("tls.record.content_type", header)?;
    reading.saw_record(version);
    let alone = tls.is_alone();
    if let Some(name) = ContentType(kind).name() {
        reading.say(match alone {
            true => name.to_owned(),
            false => format!("[{name}, broken off]"),
        });
    }
    tls.group("tls.record", "Record", |tls| {
        let said = reading.take_title();
        tls.title(|| format!("{}, {said}", reading.column()));
        record_header(tls, reading, kind)?;
        let came = tls.rest().len();
        if !alone {
            tls.note(Severity::Warning, || {
                format!("only {came} of {} came", ascii::bytes(length as u64))
            });
        }
        tls.skip(came);
        Ok(())
    })
}

fn record_header(tls: &mut Layer, reading: &Reading, kind: u8) -> Result<(), Stop> {
    let name = match reading.is_13() && kind == APPLICATION_DATA {
        true => "tls.record.opaque_type",
        false => "tls.record.content_type",
    };
    tls.field_shown(name, "Content type", be_u8(), |kind| {
        ContentType(kind).into()
    })?;
    tls.field_shown("tls.record.version", "Version", be_u16(), |version| {
        Version(version).into()
    })?;
    tls.field("tls.record.length", "Length", be_u16()).map(drop)
}

fn record(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    let header = (be_u8(), be_u16(), be_u16());
    let (kind, version, _) = tls.peek("tls.record.content_type", header)?;
    reading.saw_record(version);
    tls.group("tls.record", "Record", |tls| {
        record_header(tls, reading, kind)?;
        let outcome = match kind {
            CHANGE_CIPHER_SPEC => change_cipher_spec(tls, reading),
            ALERT => alert(tls, reading),
            HANDSHAKE => handshake::record(tls, reading),
            APPLICATION_DATA => application_data(tls, reading),
            HEARTBEAT => heartbeat(tls, reading),
            _ => Ok(()),
        };
        let said = reading.take_title();
        tls.title(|| format!("{}, {said}", reading.column()));
        outcome
    })
}

fn change_cipher_spec(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    reading.say("Change Cipher Spec");
    reading.changed = true;
    tls.group("tls.change_cipher_spec", "Change cipher spec", |tls| {
        tls.skip(1);
        if reading.resumed && tls.side() == Some(Side::Server) {
            tls.note(Severity::Note, || {
                "goes on with an earlier session's keys".to_owned()
            });
        }
        Ok(())
    })
}

/// RFC 8446, section 6.
fn alert(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    let encrypted = tls.reported() != 2;
    tls.group("tls.alert_message", "Alert", |tls| {
        if encrypted {
            reading.say("Encrypted Alert");
            tls.title(|| "encrypted".to_owned());
            tls.skip(tls.rest().len());
            return Ok(());
        }
        let name = "tls.alert_message.level";
        let level = tls.field_shown(name, "Level", be_u8(), |level| AlertLevel(level).into())?;
        let name = "tls.alert_message.desc";
        let what = tls.field_shown(name, "Description", be_u8(), |what| {
            AlertDescription(what).into()
        })?;
        let (level, what) = (
            AlertLevel(level).name().unwrap_or("Unknown"),
            AlertDescription(what).name().unwrap_or("Unknown"),
        );
        reading.say(format!("Alert (Level: {level}, Description: {what})"));
        tls.title(|| format!("{level}: {what}"));
        Ok(())
    })
}

fn application_data(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    reading.say("Application Data");
    let length = tls.reported();
    // Bytes that the capture did not keep are no fault of their own: what there is is shown.
    let length = length.min(tls.rest().len().max(usize::from(length > 0)));
    tls.field("tls.app_data", "Encrypted application data", take(length))?;
    if let Some(protocol) = reading.application {
        tls.computed("tls.app_data_proto", "Application protocol", || protocol);
    }
    Ok(())
}

/// RFC 6520, section 4.
fn heartbeat(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    /// Type and length before the payload.
    const HEAD: usize = 3;
    /// The least padding that is required.
    const PADDING: usize = 16;
    let reported = tls.reported();
    let (kind, payload) = tls.peek("tls.heartbeat_message", (be_u8(), be_u16()))?;
    let payload = usize::from(payload);
    let clear = reported <= HEAD + PADDING || HEAD + payload + PADDING <= reported;
    tls.group("tls.heartbeat_message", "Heartbeat", |tls| {
        let Some(name) = HeartbeatType(kind).name().filter(|_| clear) else {
            reading.say("Encrypted Heartbeat");
            tls.title(|| "encrypted".to_owned());
            tls.skip(tls.rest().len());
            return Ok(());
        };
        reading.say(format!("Heartbeat {name}"));
        tls.title(|| name.to_owned());
        tls.field_shown("tls.heartbeat_message.type", "Type", be_u8(), |kind| {
            HeartbeatType(kind).into()
        })?;
        let name = "tls.heartbeat_message.payload_length";
        tls.field(name, "Payload length", be_u16())?;
        let fits = HEAD + payload + PADDING <= reported;
        if !fits {
            tls.note(Severity::Error, || {
                "claims more bytes than the message has: an attempt to read the peer's memory"
                    .to_owned()
            });
        }
        let payload = match fits {
            true => payload,
            false => reported.saturating_sub(HEAD),
        };
        let name = "tls.heartbeat_message.payload";
        tls.field(name, "Payload", take(payload))?;
        let padding = tls.reported();
        if padding > 0 {
            let name = "tls.heartbeat_message.padding";
            tls.field(name, "Padding", take(padding))?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::message_length;
    use crate::{
        application::message::Length,
        test_support::{bytes, cut, info, layer},
    };

    /// From port 49153 to 443.
    const TCP: &str = "45000000 abcd0000 40060000 0a000001 0a000002 \
                       c00101bb 00001000 00002000 50180200 abcd0000";

    fn packet(records: &str) -> String {
        let length = 40 + bytes(records).len();
        TCP.replacen("45000000", &format!("4500{length:04x}"), 1) + records
    }

    const HELLO: &str = "16 0301 0057 01 000053 0303 \
        000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 00 \
        0006 0a0a c02b 002f 01 00 0024 \
        0000 000e 000c 00 0009 6c6f63616c686f7374 \
        000a 0004 0002 001d \
        000d 0006 0004 0403 0804";

    #[test]
    fn client_hello() {
        assert_eq!(
            layer("tls", 228, &packet(HELLO)),
            "\
             Transport Layer Security [40..132]\n\
             \x20 Record: TLSv1.2, Client Hello [40..132]\n\
             \x20   Content type: Handshake (22) [40..41]\n\
             \x20   Version: TLS 1.0 (0x0301) [41..43]\n\
             \x20   Length: 87 [43..45]\n\
             \x20   Handshake message: Client Hello [45..132]\n\
             \x20     Type: Client Hello (1) [45..46]\n\
             \x20     Length: 83 [46..49]\n\
             \x20     Version: TLS 1.2 (0x0303) [49..51]\n\
             \x20     Random: 000102030405060708090a0b0c0d0e0f1011121314151617… [51..83]\n\
             \x20       Time of day: Jan  1, 1970 18:20:51.000000000 UTC [51..55]\n\
             \x20       Random bytes: 0405060708090a0b0c0d0e0f101112131415161718191a1b… [55..83]\n\
             \x20     Session ID length: 0 [83..84]\n\
             \x20     Cipher suites length: 6 [84..86]\n\
             \x20     Cipher suites: 3 [86..92]\n\
             \x20       Cipher suite: Reserved (GREASE) (0x0a0a) [86..88]\n\
             \x20       Cipher suite: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (0xc02b) [88..90]\n\
             \x20       Cipher suite: TLS_RSA_WITH_AES_128_CBC_SHA (0x002f) [90..92]\n\
             \x20     Compression methods length: 1 [92..93]\n\
             \x20     Compression methods: 1 [93..94]\n\
             \x20       Compression method: null (0) [93..94]\n\
             \x20     Extensions length: 36 [94..96]\n\
             \x20     Extension: server_name, 14 bytes [96..114]\n\
             \x20       Type: server_name (0) [96..98]\n\
             \x20       Length: 14 [98..100]\n\
             \x20       Server name indication: localhost [100..114]\n\
             \x20         List length: 12 [100..102]\n\
             \x20         Type: host_name (0) [102..103]\n\
             \x20         Length: 9 [103..105]\n\
             \x20         Name: localhost [105..114]\n\
             \x20     Extension: supported_groups, 4 bytes [114..122]\n\
             \x20       Type: supported_groups (10) [114..116]\n\
             \x20       Length: 4 [116..118]\n\
             \x20       Groups length: 2 [118..120]\n\
             \x20       Supported groups: 1 [120..122]\n\
             \x20         Group: x25519 (0x001d) [120..122]\n\
             \x20     Extension: signature_algorithms, 6 bytes [122..132]\n\
             \x20       Type: signature_algorithms (13) [122..124]\n\
             \x20       Length: 6 [124..126]\n\
             \x20       Algorithms length: 4 [126..128]\n\
             \x20       Signature algorithms: 2 [128..132]\n\
             \x20         Signature algorithm: ecdsa_secp256r1_sha256 (0x0403) [128..130]\n\
             \x20           Hash: SHA256 (4) [128..129]\n\
             \x20           Signature: ECDSA (3) [129..130]\n\
             \x20         Signature algorithm: rsa_pss_rsae_sha256 (0x0804) [130..132]\n\
             \x20           Hash: 8 [130..131]\n\
             \x20           Signature: SM2 (4) [131..132]\n\
             \x20     JA3 text: 771,49195-47,0-10-13,29,\n\
             \x20     JA3: 5b861f53d8f19a81a8dfc4aa05f2906f\n\
             \x20     JA4 text: t12d020300_002f,c02b_000a,000d_0403,0804\n\
             \x20     JA4: t12d020300_a137a120d3d9_4e0be11b965e\n"
        );
        assert_eq!(info(228, &packet(HELLO)), "TLSv1.2: Client Hello");
    }

    /// A server's answer in one record: hello, an empty list of certificates, key exchange, request, done.
    const SERVER: &str = "16 0303 0054 02 000026 0303 \
        000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 00 c02b 00 \
        0b 00000a 000007 000004 30023000 \
        0c 00000c 03 001d 01 aa 0403 0003 aabbcc \
        0d 000004 01 40 0000 0e 000000";

    #[test]
    fn server_messages() {
        assert_eq!(
            info(228, &packet(SERVER)),
            "TLSv1.2: Server Hello, Certificate, Server Key Exchange, Certificate Request, Server Hello Done"
        );
        assert_eq!(
            layer("tls", 228, &packet(SERVER)),
            "\
             Transport Layer Security [40..129]\n\
             \x20 Record: TLSv1.2, Server Hello, Certificate, Server Key Exchange, Certificate Request, Server Hello Done [40..129]\n\
             \x20   Content type: Handshake (22) [40..41]\n\
             \x20   Version: TLS 1.2 (0x0303) [41..43]\n\
             \x20   Length: 84 [43..45]\n\
             \x20   Handshake message: Server Hello [45..87]\n\
             \x20     Type: Server Hello (2) [45..46]\n\
             \x20     Length: 38 [46..49]\n\
             \x20     Version: TLS 1.2 (0x0303) [49..51]\n\
             \x20     Random: 000102030405060708090a0b0c0d0e0f1011121314151617… [51..83]\n\
             \x20       Time of day: Jan  1, 1970 18:20:51.000000000 UTC [51..55]\n\
             \x20       Random bytes: 0405060708090a0b0c0d0e0f101112131415161718191a1b… [55..83]\n\
             \x20     Session ID length: 0 [83..84]\n\
             \x20     Cipher suite: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (0xc02b) [84..86]\n\
             \x20     Compression method: null (0) [86..87]\n\
             \x20     JA3S text: 771,49195,\n\
             \x20     JA3S: ec9fdb7b766d47dd56948c6a5d580ddd\n\
             \x20   Handshake message: Certificate [87..101]\n\
             \x20     Type: Certificate (11) [87..88]\n\
             \x20     Length: 10 [88..91]\n\
             \x20     Certificates length: 7 [91..94]\n\
             \x20     Certificates: 7 bytes [94..101]\n\
             \x20       Length: 4 [94..97]\n\
             \x20       Certificate: 30023000 [97..101]\n\
             \x20         Note: this is no certificate that could be read\n\
             \x20   Handshake message: Server Key Exchange [101..117]\n\
             \x20     Type: Server Key Exchange (12) [101..102]\n\
             \x20     Length: 12 [102..105]\n\
             \x20     Elliptic curve Diffie-Hellman [105..117]\n\
             \x20       Curve type: named_curve (0x03) [105..106]\n\
             \x20       Curve: x25519 (0x001d) [106..108]\n\
             \x20       Public key length: 1 [108..109]\n\
             \x20       Public key: aa [109..110]\n\
             \x20       Signature algorithm: ecdsa_secp256r1_sha256 (0x0403) [110..112]\n\
             \x20         Hash: SHA256 (4) [110..111]\n\
             \x20         Signature: ECDSA (3) [111..112]\n\
             \x20       Signature length: 3 [112..114]\n\
             \x20       Signature: aabbcc [114..117]\n\
             \x20   Handshake message: Certificate Request [117..125]\n\
             \x20     Type: Certificate Request (13) [117..118]\n\
             \x20     Length: 4 [118..121]\n\
             \x20     Certificate types count: 1 [121..122]\n\
             \x20     Certificate types: 1 [122..123]\n\
             \x20       Type: ECDSA Sign (64) [122..123]\n\
             \x20     Names length: 0 [123..125]\n\
             \x20   Handshake message: Server Hello Done [125..129]\n\
             \x20     Type: Server Hello Done (14) [125..126]\n\
             \x20     Length: 0 [126..129]\n"
        );
    }

    const ALERT: &str = "15 0301 0002 02 46";
    const FINISH: &str = "14 0303 0001 01 16 0303 0020 \
        00000000000000001122334455667788 99aabbccddeeff00112233445566778899";

    #[test]
    fn alert() {
        let said = "TLSv1: Alert (Level: Fatal, Description: Protocol Version)";
        assert_eq!(info(228, &packet(ALERT)), said);
        assert_eq!(
            layer("tls", 228, &packet(ALERT)),
            "\
             Transport Layer Security [40..47]\n\
             \x20 Record: TLSv1, Alert (Level: Fatal, Description: Protocol Version) [40..47]\n\
             \x20   Content type: Alert (21) [40..41]\n\
             \x20   Version: TLS 1.0 (0x0301) [41..43]\n\
             \x20   Length: 2 [43..45]\n\
             \x20   Alert: Fatal: Protocol Version [45..47]\n\
             \x20     Level: Fatal (2) [45..46]\n\
             \x20     Description: Protocol Version (70) [46..47]\n"
        );
    }

    #[test]
    fn several_records() {
        let said = "TLSv1.2: Change Cipher Spec, Encrypted Handshake Message";
        assert_eq!(info(228, &packet(&FINISH[..FINISH.len() - 2])), said);
    }

    #[test]
    fn cut_short() {
        let whole = packet(HELLO);
        let sent = bytes(&whole).len() as u32;
        let captured: String = whole
            .chars()
            .filter(|c| c.is_ascii_hexdigit())
            .take(160)
            .collect();
        assert_eq!(
            layer("tls", 228, &packet(&HELLO[..60])),
            "\
             Transport Layer Security [40..67]\n\
             \x20 Record: TLSv1, Handshake [40..67]\n\
             \x20   Content type: Handshake (22) [40..41]\n\
             \x20   Version: TLS 1.0 (0x0301) [41..43]\n\
             \x20   Length: 87 [43..45]\n\
             \x20 Note: unfinished: its end is not in this packet\n"
        );
        assert_eq!(
            cut("tls", 228, &captured, sent),
            "\
             Transport Layer Security [40..80]\n\
             \x20 Record: TLSv1, Client Hello [40..80]\n\
             \x20   Content type: Handshake (22) [40..41]\n\
             \x20   Version: TLS 1.0 (0x0301) [41..43]\n\
             \x20   Length: 87 [43..45]\n\
             \x20   Handshake message: Client Hello [45..80]\n\
             \x20     Type: Client Hello (1) [45..46]\n\
             \x20     Length: 83 [46..49]\n\
             \x20     Version: TLS 1.2 (0x0303) [49..51]\n\
             \x20 Note: cut by the capture's size limit inside tls.handshake.random\n"
        );
    }

    #[test]
    fn lengths() {
        let of = |hex| message_length(&bytes(hex));
        assert_eq!(of(ALERT), Length::Complete(7));
        assert_eq!(of("15 0301 00"), Length::NeedMore);
        assert_eq!(of("15 0301 0002 02"), Length::NeedMore);
        assert_eq!(of("15 0201 0002 02 46"), Length::NotMine);
        assert_eq!(of("17 0303 ffff"), Length::NotMine);
        assert_eq!(of("474554"), Length::NotMine);
    }
}
