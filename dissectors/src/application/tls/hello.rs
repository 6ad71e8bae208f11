//! Hellos: RFC 8446, section 4.1, and RFC 5246, section 7.4.1.

use super::{
    extension,
    fingerprint::Fingerprint,
    names::{Compression, HandshakeType, Version},
    reading::Reading,
    suites::CipherSuite,
    summary::{HelloSummary, RANDOM},
};
use crate::{Layer, Severity, Stop, Value};
use nom::{
    bytes::take,
    number::{be_u8, be_u16, be_u32},
};

/// RFC 8446, section 4.1.3: the random number that marks a server's hello as a retry request.
const RETRY: [u8; RANDOM] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// Returns whether the next message, with its header, is a retry request.
pub fn is_retry(tls: &Layer) -> bool {
    let random = (take(6_usize), take(RANDOM));
    let random = tls.peek("tls.handshake.random", random);
    random.is_ok_and(|(_, random): (&[u8], &[u8])| random == RETRY)
}

/// Returns whether a server's hello, without the message's header, is a retry request.
pub fn asks_to_retry(hello: &[u8]) -> bool {
    let random = hello.get(2..).unwrap_or_default();
    random.starts_with(&RETRY)
}

/// Reads a client's hello.
pub fn client(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    let summary = HelloSummary::of(tls.rest(), true);
    if let Some(summary) = &summary {
        reading.wish(summary.version);
    }
    let mut print = Fingerprint {
        version: common(tls, reading)?,
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
    extensions(tls, reading, HandshakeType::CLIENT_HELLO, &mut print)?;
    print.show_client(tls);
    if let Some(summary) = &summary {
        print.show_ja4(tls, summary, reading.in_quic);
    }
    Ok(())
}

/// Reads a server's hello, or its retry request.
pub fn server(tls: &mut Layer, reading: &mut Reading, retry: bool) -> Result<(), Stop> {
    if let Some(summary) = HelloSummary::of(tls.rest(), false) {
        reading.agree(summary.version);
    }
    let mut print = Fingerprint {
        version: common(tls, reading)?,
        ..Fingerprint::default()
    };
    let suite = cipher_suite(tls)?;
    reading.cipher = Some(suite);
    print.suites.push(suite);
    compression(tls)?;
    let kind = match retry {
        true => HandshakeType::HELLO_RETRY_REQUEST,
        false => HandshakeType::SERVER_HELLO,
    };
    extensions(tls, reading, kind, &mut print)?;
    print.show_server(tls);
    Ok(())
}

/// Reads the retry request of the drafts before 22.
pub fn old_retry(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    let version = version(tls)?;
    reading.agree(version);
    if version >= 0x7f13 {
        cipher_suite(tls)?;
    }
    let kind = HandshakeType::HELLO_RETRY_REQUEST;
    extensions(tls, reading, kind, &mut Fingerprint::default())
}

/// RFC 8446, section 4.3.1.
pub fn encrypted_extensions(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    let kind = HandshakeType::ENCRYPTED_EXTENSIONS;
    extensions(tls, reading, kind, &mut Fingerprint::default())
}

fn version(tls: &mut Layer) -> Result<u16, Stop> {
    tls.field_shown("tls.handshake.version", "Version", be_u16(), |version| {
        Version(version).into()
    })
}

/// Reads the common beginning of both sides' hellos. Returns the version.
fn common(tls: &mut Layer, reading: &Reading) -> Result<u16, Stop> {
    let version = version(tls)?;
    let name = "tls.handshake.random";
    let random = tls.ahead(RANDOM);
    let bytes: &[u8] = tls.peek(name, take(RANDOM))?;
    tls.over(name, "Random", random, || bytes.into());
    if !reading.is_13() {
        tls.below(|tls| {
            // Both are there: the length was checked before.
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

/// RFC 8446, section 4.2. `kind` is the message that contains them.
pub fn extensions(
    tls: &mut Layer,
    reading: &mut Reading,
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
            extension::read(tls, reading, kind, print)?;
        }
        if tls.reported() > 0 {
            tls.note(Severity::Warning, || {
                "bytes follow the last extension".to_owned()
            });
        }
        Ok(())
    })
}
