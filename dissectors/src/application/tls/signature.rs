//! Signature algorithms: RFC 8446, section 4.2.3.

use super::names::{HashAlgorithm, SignatureAlgorithm, SignatureScheme};
use crate::{Layer, Stop};
use nom::number::{be_u8, be_u16};

/// Reads a list of algorithms.
pub fn signature_algorithms(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.handshake.sig_hash_alg_len";
    let length = tls.field(name, "Algorithms length", be_u16())?;
    tls.group(
        "tls.handshake.sig_hash_algs",
        "Signature algorithms",
        |tls| {
            tls.title(|| (length / 2).to_string());
            tls.within(length.into(), |tls| {
                while tls.reported() > 1 {
                    signature_algorithm(tls)?;
                }
                Ok(())
            })
        },
    )
}

/// Reads one algorithm; until TLS 1.2 it was two numbers.
pub fn signature_algorithm(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.handshake.sig_hash_alg";
    let scheme = tls.peek(name, be_u16())?;
    let bytes = tls.ahead(2);
    tls.over(name, "Signature algorithm", bytes, || {
        SignatureScheme(scheme).into()
    });
    tls.below(|tls| {
        // Both are there: the length was checked before.
        let _ = tls.aside(|tls| {
            let name = "tls.handshake.sig_hash_hash";
            tls.field_shown(name, "Hash", be_u8(), |hash| HashAlgorithm(hash).into())?;
            let name = "tls.handshake.sig_hash_sig";
            tls.field_shown(name, "Signature", be_u8(), |sign| {
                SignatureAlgorithm(sign).into()
            })
        });
    });
    tls.skip(2);
    Ok(())
}
