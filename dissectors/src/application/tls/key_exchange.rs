//! Key exchange before TLS 1.3: RFC 5246, sections 7.4.3 and 7.4.7; RFC 8422, section 5; RFC 4279.

use super::{
    groups::Group, names::CurveType, reading::Reading, signature::signature_algorithm,
    suites::CipherSuite,
};
use crate::{Layer, Stop};
use nom::{
    Parser,
    bytes::take,
    error::Error,
    multi::length_data,
    number::{be_u8, be_u16},
};

/// The key exchange method of a cipher suite.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Method {
    Ecdh,
    Dh,
    Rsa,
    Psk,
    RsaPsk,
    DhPsk,
    EcdhPsk,
}

impl Method {
    /// Determines it from the suite's name.
    fn of(suite: u16) -> Option<Method> {
        let name = CipherSuite(suite).name()?.strip_prefix("TLS_")?;
        let (method, _) = name.split_once("_WITH_")?;
        Some(match method {
            "ECDHE_PSK" => Method::EcdhPsk,
            "DHE_PSK" => Method::DhPsk,
            "RSA_PSK" => Method::RsaPsk,
            "PSK" => Method::Psk,
            _ if method.starts_with("ECDH") => Method::Ecdh,
            _ if method.starts_with("DH") => Method::Dh,
            _ if method.starts_with("RSA") => Method::Rsa,
            _ => return None,
        })
    }

    /// Determines it from the server's message, where its choice of a suite was not seen.
    fn of_server(bytes: &[u8]) -> Method {
        const NAMED_CURVE: u8 = 3;
        let list = || length_data(be_u16::<_, Error<&[u8]>>());
        if bytes.first() == Some(&NAMED_CURVE) {
            return Method::Ecdh;
        }
        match { (list(), list(), list()) }.parse_complete(bytes) {
            Ok((_, (prime, generator, _))) if prime.len() >= generator.len() => Method::Dh,
            _ => Method::Psk,
        }
    }

    /// Determines it from the client's message.
    fn of_client(bytes: &[u8], length: usize) -> Method {
        match bytes.first() {
            Some(&point) if 1 + usize::from(point) == length => Method::Ecdh,
            _ => Method::Rsa,
        }
    }
}

/// Reads the server's part.
pub fn server(tls: &mut Layer, reading: &Reading) -> Result<(), Stop> {
    let known = reading.cipher.and_then(Method::of);
    match known.unwrap_or_else(|| Method::of_server(tls.rest())) {
        Method::Ecdh => tls.group("", "Elliptic curve Diffie-Hellman", |tls| {
            curve(tls)?;
            signature(tls)
        }),
        Method::Dh => tls.group("", "Diffie-Hellman", |tls| {
            numbers(tls)?;
            signature(tls)
        }),
        Method::EcdhPsk => tls.group("", "Elliptic curve Diffie-Hellman, pre-shared key", |tls| {
            hint(tls)?;
            curve(tls)
        }),
        Method::DhPsk => tls.group("", "Diffie-Hellman, pre-shared key", |tls| {
            hint(tls)?;
            numbers(tls)
        }),
        Method::Rsa => tls.group("", "RSA", |tls| {
            let name = ("tls.handshake.modulus_len", "tls.handshake.modulus");
            pair(tls, name, "Modulus length", "Modulus")?;
            let name = ("tls.handshake.exponent_len", "tls.handshake.exponent");
            pair(tls, name, "Exponent length", "Exponent")?;
            signature(tls)
        }),
        Method::Psk | Method::RsaPsk => tls.group("", "Pre-shared key", hint),
    }
}

/// Reads the client's part.
pub fn client(tls: &mut Layer, reading: &Reading) -> Result<(), Stop> {
    const SSL3: u16 = 0x0300;
    let known = reading.cipher.and_then(Method::of);
    let method = known.unwrap_or_else(|| Method::of_client(tls.rest(), tls.reported()));
    match method {
        Method::Ecdh => tls.group("", "Elliptic curve Diffie-Hellman", client_point),
        Method::Dh => tls.group("", "Diffie-Hellman", client_number),
        Method::Rsa if reading.version() == SSL3 => tls.group("", "RSA", |tls| {
            let length = tls.reported();
            let name = "tls.handshake.epms";
            tls.field(name, "Encrypted premaster secret", take(length))
                .map(drop)
        }),
        Method::Rsa => tls.group("", "RSA", premaster),
        Method::Psk => tls.group("", "Pre-shared key", identity),
        Method::RsaPsk => tls.group("", "RSA, pre-shared key", |tls| {
            identity(tls)?;
            premaster(tls)
        }),
        Method::DhPsk => tls.group("", "Diffie-Hellman, pre-shared key", |tls| {
            identity(tls)?;
            client_number(tls)
        }),
        Method::EcdhPsk => tls.group("", "Elliptic curve Diffie-Hellman, pre-shared key", |tls| {
            identity(tls)?;
            client_point(tls)
        }),
    }
}

/// Reads a length of two bytes and the bytes that it counts.
fn pair(
    tls: &mut Layer,
    (length_name, name): (&'static str, &'static str),
    length_label: &'static str,
    label: &'static str,
) -> Result<(), Stop> {
    let length = tls.field(length_name, length_label, be_u16())?;
    tls.field(name, label, take(length)).map(drop)
}

fn curve(tls: &mut Layer) -> Result<(), Stop> {
    const NAMED: u8 = 3;
    let name = "tls.handshake.server_curve_type";
    let kind = tls.field_shown(name, "Curve type", be_u8(), |kind| CurveType(kind).into())?;
    if kind != NAMED {
        tls.skip(tls.rest().len());
        return Ok(());
    }
    let name = "tls.handshake.server_named_curve";
    tls.field_shown(name, "Curve", be_u16(), |group| Group(group).into())?;
    let name = "tls.handshake.server_point_len";
    let length = tls.field(name, "Public key length", be_u8())?;
    let name = "tls.handshake.server_point";
    tls.field(name, "Public key", take(length)).map(drop)
}

fn numbers(tls: &mut Layer) -> Result<(), Stop> {
    let name = ("tls.handshake.p_len", "tls.handshake.p");
    pair(tls, name, "Prime length", "Prime")?;
    let name = ("tls.handshake.g_len", "tls.handshake.g");
    pair(tls, name, "Generator length", "Generator")?;
    let name = ("tls.handshake.ys_len", "tls.handshake.ys");
    pair(tls, name, "Public key length", "Public key")
}

fn hint(tls: &mut Layer) -> Result<(), Stop> {
    let name = ("tls.handshake.hint_len", "tls.handshake.hint");
    pair(tls, name, "Hint length", "Hint")
}

fn identity(tls: &mut Layer) -> Result<(), Stop> {
    let name = ("tls.handshake.identity_len", "tls.handshake.identity");
    pair(tls, name, "Identity length", "Identity")
}

fn premaster(tls: &mut Layer) -> Result<(), Stop> {
    let name = ("tls.handshake.epms_len", "tls.handshake.epms");
    let labels = ("Premaster secret length", "Encrypted premaster secret");
    pair(tls, name, labels.0, labels.1)
}

fn client_number(tls: &mut Layer) -> Result<(), Stop> {
    let name = ("tls.handshake.yc_len", "tls.handshake.yc");
    pair(tls, name, "Public key length", "Public key")
}

fn client_point(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.handshake.client_point_len";
    let length = tls.field(name, "Public key length", be_u8())?;
    let name = "tls.handshake.client_point";
    tls.field(name, "Public key", take(length)).map(drop)
}

/// Reads the server's signature, where its method has one. Since TLS 1.2 it includes its algorithm.
fn signature(tls: &mut Layer) -> Result<(), Stop> {
    if tls.reported() == 0 {
        return Ok(());
    }
    let length = tls.peek("tls.handshake.sig_len", be_u16())?;
    if 2 + usize::from(length) != tls.reported() {
        signature_algorithm(tls)?;
    }
    let name = ("tls.handshake.sig_len", "tls.handshake.sig");
    pair(tls, name, "Signature length", "Signature")
}
