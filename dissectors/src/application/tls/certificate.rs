//! Certificates and related messages: RFC 8446, section 4.4, and RFC 5246, section 7.4.2.

use super::{
    hello,
    names::{CertificateCompression, ClientCertificateType, HandshakeType},
    proof::authorities,
    reading::Reading,
    signature::{signature_algorithm, signature_algorithms},
    x509,
};
use crate::{Layer, Stop};
use nom::{
    bytes::take,
    number::{be_u8, be_u16, be_u24},
};

/// Reads a chain of certificates.
pub fn list(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    let newer = reading.is_13();
    if newer {
        context(tls)?;
    }
    let name = "tls.handshake.certificates_length";
    let length = tls.field(name, "Certificates length", be_u24())?;
    if length == 0 {
        return Ok(());
    }
    tls.group("tls.handshake.certificates", "Certificates", |tls| {
        tls.title(|| format!("{length} bytes"));
        tls.within(length as usize, |tls| {
            let mut first = true;
            while tls.reported() > 0 {
                let name = "tls.handshake.certificate_length";
                let length = tls.field(name, "Length", be_u24())?;
                let name = "tls.handshake.certificate";
                let bytes = tls.field(name, "Certificate", take(length))?;
                x509::show(tls, bytes, std::mem::take(&mut first));
                if newer {
                    let kind = HandshakeType::CERTIFICATE;
                    hello::extensions(tls, reading, kind, &mut Default::default())?;
                }
            }
            Ok(())
        })
    })
}

/// RFC 8446, section 4.3.2.
fn context(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.handshake.certificate_request_context_length";
    let length = tls.field(name, "Request context length", be_u8())?;
    if length > 0 {
        let name = "tls.handshake.certificate_request_context";
        tls.field(name, "Request context", take(length))?;
    }
    Ok(())
}

/// Reads a server's request for a certificate.
pub fn request(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    if reading.is_13() {
        context(tls)?;
        return hello::extensions(tls, reading, 13, &mut Default::default());
    }
    let name = "tls.handshake.cert_types_count";
    let count = tls.field(name, "Certificate types count", be_u8())?;
    tls.group("tls.handshake.cert_types", "Certificate types", |tls| {
        tls.title(|| count.to_string());
        for _ in 0..count {
            tls.field_shown("tls.handshake.cert_type", "Type", be_u8(), |kind| {
                ClientCertificateType(kind).into()
            })?;
        }
        Ok(())
    })?;
    // Only TLS 1.2 has algorithms here. Without them only the names remain.
    let length = tls.peek("tls.handshake.dnames_len", be_u16())?;
    if 2 + usize::from(length) != tls.reported() {
        signature_algorithms(tls)?;
    }
    authorities(tls)
}

/// Reads the proof that the sender has the certificate's key.
pub fn verify(tls: &mut Layer) -> Result<(), Stop> {
    // Before TLS 1.2 there was only the signature here.
    let length = tls.peek("tls.handshake.client_cert_vrfy.sig_len", be_u16())?;
    if 2 + usize::from(length) != tls.reported() {
        signature_algorithm(tls)?;
    }
    let name = "tls.handshake.client_cert_vrfy.sig_len";
    let length = tls.field(name, "Signature length", be_u16())?;
    let name = "tls.handshake.client_cert_vrfy.sig";
    tls.field(name, "Signature", take(length)).map(drop)
}

/// RFC 8879, section 4.
pub fn compressed(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.compress_certificate.algorithm";
    tls.field_shown(name, "Algorithm", be_u16(), |number| {
        CertificateCompression(number).into()
    })?;
    let name = "tls.compress_certificate.uncompressed_length";
    tls.field(name, "Uncompressed length", be_u24())?;
    let name = "tls.compress_certificate.compressed_certificate_message.length";
    let length = tls.field(name, "Length", be_u24())?;
    let name = "tls.compress_certificate.compressed_certificate_message";
    tls.field(name, "Compressed certificates", take(length))
        .map(drop)
}
