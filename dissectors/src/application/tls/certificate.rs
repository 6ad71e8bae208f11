//! Certificates and what belongs to them: RFC 8446, section 4.4, and RFC 5246, section 7.4.2.

use super::{
    extension::{moment, signature_algorithm, signature_algorithms},
    hello,
    names::{CertificateCompression, ClientCertificateType, HandshakeType, StatusType},
    opaque,
    reading::Reading,
    x509,
};
use crate::{Layer, Stop};
use nom::{
    bytes::take,
    number::{be_u8, be_u16, be_u24},
};

/// A chain of certificates.
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

/// What a server asks of its client.
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
    // Only TLS 1.2 has algorithms here. Without them the names are all that is left.
    let length = tls.peek("tls.handshake.dnames_len", be_u16())?;
    if 2 + usize::from(length) != tls.reported() {
        signature_algorithms(tls)?;
    }
    authorities(tls)
}

/// The names of those whose certificates are trusted.
pub fn authorities(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.handshake.dnames_len";
    let length = tls.field(name, "Names length", be_u16())?;
    if length == 0 {
        return Ok(());
    }
    tls.group("tls.handshake.dnames", "Distinguished names", |tls| {
        tls.title(|| format!("{length} bytes"));
        tls.within(length.into(), |tls| {
            while tls.reported() > 0 {
                let name = "tls.handshake.dname_len";
                let length = tls.field(name, "Length", be_u16())?;
                opaque(tls, "tls.handshake.dname", "Name", length.into())?;
            }
            Ok(())
        })
    })
}

/// Proof that the sender has the certificate's key.
pub fn verify(tls: &mut Layer) -> Result<(), Stop> {
    // Before TLS 1.2 the signature alone stood here.
    let length = tls.peek("tls.handshake.client_cert_vrfy.sig_len", be_u16())?;
    if 2 + usize::from(length) != tls.reported() {
        signature_algorithm(tls)?;
    }
    let name = "tls.handshake.client_cert_vrfy.sig_len";
    let length = tls.field(name, "Signature length", be_u16())?;
    let name = "tls.handshake.client_cert_vrfy.sig";
    tls.field(name, "Signature", take(length)).map(drop)
}

/// RFC 6066, section 8, and RFC 6961, section 2.2: whether certificates are still good.
pub fn status(tls: &mut Layer) -> Result<(), Stop> {
    tls.group("", "Certificate status", |tls| {
        let name = "tls.handshake.extensions_status_request_type";
        let kind = tls.field_shown(name, "Type", be_u8(), |kind| StatusType(kind).into())?;
        let one = |tls: &mut Layer| {
            let name = "tls.handshake.ocsp_response_len";
            let length = tls.field(name, "OCSP response length", be_u24())?;
            tls.skip(length as usize);
            Ok(())
        };
        match kind {
            1 => one(tls),
            2 => {
                let name = "tls.handshake.ocsp_response_list_len";
                let length = tls.field(name, "OCSP responses length", be_u24())?;
                tls.within(length as usize, |tls| {
                    while tls.reported() > 0 {
                        one(tls)?;
                    }
                    Ok(())
                })
            }
            _ => Ok(()),
        }
    })
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

/// RFC 6962, section 3.3.
pub fn timestamps(tls: &mut Layer) -> Result<(), Stop> {
    let length = tls.field("tls.sct.scts_length", "Timestamps length", be_u16())?;
    tls.within(length.into(), |tls| {
        while tls.reported() > 0 {
            tls.group("", "Signed certificate timestamp", |tls| {
                let length = tls.field("tls.sct.sct_length", "Length", be_u16())?;
                tls.within(length.into(), timestamp)
            })?;
        }
        Ok(())
    })
}

fn timestamp(tls: &mut Layer) -> Result<(), Stop> {
    tls.field("tls.sct.sct_version", "Version", be_u8())?;
    tls.field("tls.sct.sct_logid", "Log ID", take(32_usize))?;
    moment(tls, "tls.sct.sct_timestamp")?;
    let name = "tls.sct.sct_extensions_length";
    let length = tls.field(name, "Extensions length", be_u16())?;
    if length > 0 {
        opaque(tls, "tls.sct.sct_extensions", "Extensions", length.into())?;
    }
    signature_algorithm(tls)?;
    let name = "tls.sct.sct_signature_length";
    let length = tls.field(name, "Signature length", be_u16())?;
    tls.field("tls.sct.sct_signature", "Signature", take(length))
        .map(drop)
}
