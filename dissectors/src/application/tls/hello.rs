//! Hellos: RFC 8446, section 4.1, and RFC 5246, section 7.4.1.

use super::{
    extension,
    fingerprint::Fingerprint,
    names::{Compression, HandshakeType, Version},
    session::{Session, TLS13, is_13},
    suites::CipherSuite,
};
use crate::{Layer, Severity, Stop, Value};
use nom::{
    Parser,
    bytes::take,
    error::Error,
    multi::length_data,
    number::{be_u8, be_u16, be_u32},
};

const RANDOM: usize = 32;

/// RFC 8446, section 4.1.3: the random number that makes a server's hello a request to try again.
const RETRY: [u8; RANDOM] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// Whether the message that comes next, with its header, asks to try again.
pub fn is_retry(tls: &Layer) -> bool {
    let random = (take(6_usize), take(RANDOM));
    let random = tls.peek("tls.handshake.random", random);
    random.is_ok_and(|(_, random): (&[u8], &[u8])| random == RETRY)
}

/// The highest version that a hello's extension speaks of: a client's highest offer, a server's choice.
fn settled(bytes: &[u8], client: bool) -> Option<u16> {
    const SUPPORTED_VERSIONS: u16 = 43;
    let start = (
        be_u16::<_, Error<&[u8]>>(),
        take(RANDOM),
        length_data(be_u8()),
    );
    let (rest, (legacy, ..)) = { start }.parse_complete(bytes).ok()?;
    let rest = match client {
        true => {
            let lists = (
                length_data(be_u16::<_, Error<&[u8]>>()),
                length_data(be_u8()),
            );
            { lists }.parse_complete(rest).ok()?.0
        }
        false => rest.get(3..)?,
    };
    let mut extensions = rest.get(2..).unwrap_or_default();
    while !extensions.is_empty() {
        let one = (be_u16::<_, Error<&[u8]>>(), length_data(be_u16()));
        let Ok((behind, (number, data))) = { one }.parse_complete(extensions) else {
            break;
        };
        extensions = behind;
        if number != SUPPORTED_VERSIONS {
            continue;
        }
        let data: &[u8] = if client { data.get(1..)? } else { data };
        let (pairs, _) = data.as_chunks::<2>();
        let versions = pairs.iter().map(|&pair| u16::from_be_bytes(pair));
        // The drafts' numbers are higher than the final version's.
        return match versions.clone().find(|&version| is_13(version)) {
            Some(version) => Some(version),
            None => versions.filter(|version| *version <= TLS13).max(),
        };
    }
    Some(legacy)
}

/// A client's hello.
pub fn client(tls: &mut Layer, session: &mut Session) -> Result<(), Stop> {
    if let Some(version) = settled(tls.rest(), true) {
        session.agree(version);
    }
    let mut print = Fingerprint {
        version: common(tls, session)?,
        ..Fingerprint::default()
    };
    let name = "tls.handshake.cipher_suites_length";
    let length = tls.field(name, "Cipher suites length", be_u16())?;
    let count = length / 2;
    tls.group("tls.handshake.ciphersuites", "Cipher suites", |tls| {
        tls.title(|| count.to_string());
        tls.within(length.into(), |tls| {
            while tls.reported() > 1 {
                let suite = cipher_suite(tls)?;
                print.suites.push(suite);
            }
            Ok(())
        })
    })?;
    let name = "tls.handshake.comp_methods_length";
    let length = tls.field(name, "Compression methods length", be_u8())?;
    tls.group("tls.handshake.comp_methods", "Compression methods", |tls| {
        tls.title(|| length.to_string());
        tls.within(length.into(), |tls| {
            while tls.reported() > 0 {
                compression(tls)?;
            }
            Ok(())
        })
    })?;
    extensions(tls, session, HandshakeType::CLIENT_HELLO, &mut print)?;
    print.show_client(tls);
    Ok(())
}

/// A server's hello, or its request to try again.
pub fn server(tls: &mut Layer, session: &mut Session, retry: bool) -> Result<(), Stop> {
    if let Some(version) = settled(tls.rest(), false) {
        session.agree(version);
    }
    let mut print = Fingerprint {
        version: common(tls, session)?,
        ..Fingerprint::default()
    };
    let suite = cipher_suite(tls)?;
    session.cipher = Some(suite);
    print.suites.push(suite);
    compression(tls)?;
    let kind = match retry {
        true => HandshakeType::HELLO_RETRY_REQUEST,
        false => HandshakeType::SERVER_HELLO,
    };
    extensions(tls, session, kind, &mut print)?;
    print.show_server(tls);
    Ok(())
}

/// The request to try again of the drafts before 22.
pub fn old_retry(tls: &mut Layer, session: &mut Session) -> Result<(), Stop> {
    let version = version(tls)?;
    session.agree(version);
    if version >= 0x7f13 {
        cipher_suite(tls)?;
    }
    let kind = HandshakeType::HELLO_RETRY_REQUEST;
    extensions(tls, session, kind, &mut Fingerprint::default())
}

/// RFC 8446, section 4.3.1.
pub fn encrypted_extensions(tls: &mut Layer, session: &mut Session) -> Result<(), Stop> {
    let kind = HandshakeType::ENCRYPTED_EXTENSIONS;
    extensions(tls, session, kind, &mut Fingerprint::default())
}

fn version(tls: &mut Layer) -> Result<u16, Stop> {
    tls.field_shown("tls.handshake.version", "Version", be_u16(), |version| {
        Version(version).into()
    })
}

/// What both sides' hellos begin with. Gives the version.
fn common(tls: &mut Layer, session: &Session) -> Result<u16, Stop> {
    let version = version(tls)?;
    let name = "tls.handshake.random";
    let random = tls.ahead(RANDOM);
    let bytes: &[u8] = tls.peek(name, take(RANDOM))?;
    tls.over(name, "Random", random, || bytes.into());
    if !session.is_13() {
        tls.below(|tls| {
            // Both are there: the whole was looked at before.
            let _ = tls.aside(|tls| {
                let name = "tls.handshake.random_time";
                tls.field_shown(name, "Time of day", be_u32(), |seconds| {
                    Value::Time(i64::from(seconds) * 1_000_000_000)
                })?;
                let name = "tls.handshake.random_bytes";
                tls.field(name, "Random bytes", take(RANDOM - 4))
            });
        });
    }
    tls.skip(RANDOM);
    let name = "tls.handshake.session_id_length";
    let length = tls.field(name, "Session ID length", be_u8())?;
    if length > 0 {
        tls.field("tls.handshake.session_id", "Session ID", take(length))?;
    }
    Ok(version)
}

fn cipher_suite(tls: &mut Layer) -> Result<u16, Stop> {
    let name = "tls.handshake.ciphersuite";
    tls.field_shown(name, "Cipher suite", be_u16(), |suite| {
        CipherSuite(suite).into()
    })
}

fn compression(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.handshake.comp_method";
    let method = tls.field_shown(name, "Compression method", be_u8(), |method| {
        Compression(method).into()
    });
    method.map(drop)
}

/// RFC 8446, section 4.2. `kind` is the message that they stand in.
pub fn extensions(
    tls: &mut Layer,
    session: &mut Session,
    kind: u8,
    print: &mut Fingerprint,
) -> Result<(), Stop> {
    if tls.reported() == 0 {
        return Ok(());
    }
    let name = "tls.handshake.extensions_length";
    let length = tls.field(name, "Extensions length", be_u16())?;
    tls.within(length.into(), |tls| {
        while tls.reported() > 3 {
            extension::read(tls, session, kind, print)?;
        }
        if tls.reported() > 0 {
            tls.note(Severity::Warning, || {
                "bytes follow the last extension".to_owned()
            });
        }
        Ok(())
    })
}
