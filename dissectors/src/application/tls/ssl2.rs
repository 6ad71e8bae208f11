//! SSL 2.0, whose hello clients of later versions still sent: RFC 6101, appendix E.

use super::{
    names::{CipherKind, OldCertificateType, OldType, Version},
    opaque::opaque,
    reading::Reading,
    suites::CipherSuite,
};
use crate::{Base, Layer, Stop, Value};
use nom::{
    Parser,
    bytes::take,
    error::Error,
    number::{be_u8, be_u16, be_u24},
};

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 4;
/// The version's number.
pub const VERSION: u16 = 0x0002;

/// Returns the length of the record at the beginning of these bytes, where it is a hello. Other records are not
/// recognizable.
pub fn record_length(bytes: &[u8]) -> Option<usize> {
    /// Set where the length takes two bytes and no padding follows.
    const SHORT: u16 = 0x8000;
    const HEADER: usize = 2;
    let head = (be_u16::<_, Error<&[u8]>>(), be_u8());
    let (rest, (word, kind)) = { head }.parse_complete(bytes).ok()?;
    let length = usize::from(word & !SHORT);
    if word & SHORT == 0 {
        return None;
    }
    let counted = match kind {
        CLIENT_HELLO => {
            let lengths = (be_u16::<_, Error<&[u8]>>(), be_u16(), be_u16(), be_u16());
            let (_, (version, suites, id, challenge)) = { lengths }.parse_complete(rest).ok()?;
            if version != VERSION && version >> 8 != 3 {
                return None;
            }
            9 + usize::from(suites) + usize::from(id) + usize::from(challenge)
        }
        SERVER_HELLO => {
            let fixed = (
                be_u16::<_, Error<&[u8]>>(),
                be_u16(),
                be_u16(),
                be_u16(),
                be_u16(),
            );
            let (_, (_, version, certificate, suites, id)) = { fixed }.parse_complete(rest).ok()?;
            if version != VERSION {
                return None;
            }
            11 + usize::from(certificate) + usize::from(suites) + usize::from(id)
        }
        _ => return None,
    };
    (counted == length).then_some(HEADER + length)
}

/// Reads one record.
pub fn record(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    reading.agree(VERSION);
    tls.group("tls.record", "Record", |tls| {
        tls.computed("tls.record.version", "Version", || {
            Value::from(Version(VERSION))
        });
        tls.field_shown("tls.record.length", "Length", be_u16(), |word| {
            (word & 0x7fff).into()
        })?;
        let kind = tls.field_shown("tls.handshake.type", "Type", be_u8(), |kind| {
            OldType(kind).into()
        })?;
        reading.say(OldType(kind).name().unwrap_or("Encrypted Data"));
        let said = reading.take_title();
        tls.title(|| format!("SSLv2, {said}"));
        match kind {
            CLIENT_HELLO => client_hello(tls),
            _ => server_hello(tls),
        }
    })
}

fn version(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.handshake.version";
    let version = tls.field_shown(name, "Version", be_u16(), |version| Version(version).into());
    version.map(drop)
}

fn client_hello(tls: &mut Layer) -> Result<(), Stop> {
    version(tls)?;
    let name = "tls.handshake.cipher_spec_len";
    let suites = tls.field(name, "Ciphers length", be_u16())?;
    let name = "tls.handshake.session_id_length";
    let id = tls.field(name, "Session ID length", be_u16())?;
    let name = "tls.handshake.challenge_length";
    let challenge = tls.field(name, "Challenge length", be_u16())?;
    ciphers(tls, suites.into())?;
    if id > 0 {
        tls.field("tls.handshake.session_id", "Session ID", take(id))?;
    }
    match challenge {
        0 => Ok(()),
        _ => opaque(
            tls,
            "tls.handshake.challenge",
            "Challenge",
            challenge.into(),
        ),
    }
}

fn server_hello(tls: &mut Layer) -> Result<(), Stop> {
    tls.field_shown(
        "tls.handshake.session_id_hit",
        "Session ID hit",
        be_u8(),
        |hit| (hit != 0).into(),
    )?;
    let name = "tls.handshake.cert_type";
    tls.field_shown(name, "Certificate type", be_u8(), |kind| {
        OldCertificateType(kind).into()
    })?;
    version(tls)?;
    let name = "tls.handshake.certificate_length";
    let certificate = tls.field(name, "Certificate length", be_u16())?;
    let name = "tls.handshake.cipher_spec_len";
    let suites = tls.field(name, "Ciphers length", be_u16())?;
    let name = "tls.handshake.connection_id_length";
    let id = tls.field(name, "Connection ID length", be_u16())?;
    if certificate > 0 {
        tls.field(
            "tls.handshake.certificate",
            "Certificate",
            take(certificate),
        )?;
    }
    ciphers(tls, suites.into())?;
    match id {
        0 => Ok(()),
        _ => opaque(
            tls,
            "tls.handshake.connection_id",
            "Connection ID",
            id.into(),
        ),
    }
}

fn ciphers(tls: &mut Layer, length: usize) -> Result<(), Stop> {
    tls.group("tls.handshake.ciphersuites", "Ciphers", |tls| {
        tls.title(|| (length / 3).to_string());
        tls.within(length, |tls| {
            while tls.reported() > 2 {
                let name = "tls.handshake.cipherspec";
                tls.field_shown(name, "Cipher", be_u24(), |kind| {
                    let suite = u16::try_from(kind).ok().map(CipherSuite);
                    match suite.and_then(CipherSuite::name) {
                        Some(name) => Value::Named(kind.into(), Base::Hex(6), name),
                        None => CipherKind(kind).into(),
                    }
                })?;
            }
            Ok(())
        })
    })
}
