//! The contents of a certificate (RFC 5280), in several rows: its subject, its issuer, its expiry.

use super::proof::timestamps;
use crate::{Layer, Severity, Value};
use std::net::{Ipv4Addr, Ipv6Addr};
use x509_parser::{
    certificate::X509Certificate, extensions::GeneralName, oid_registry::Oid, prelude::FromDer,
    public_key::PublicKey, time::ASN1Time,
};

/// RFC 6962, section 3.3: signed certificate timestamps, 1.3.6.1.4.1.11129.2.4.2.
const TIMESTAMPS: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2];

/// Names of one certificate that are shown, at most; certificates of large companies have many.
const MAX_NAMES: usize = 1000;

/// Adds rows below the certificate's bytes. Those of the server itself come `first`.
pub fn show<'a>(tls: &mut Layer<'a, '_>, bytes: &'a [u8], first: bool) {
    if !tls.shows() {
        return;
    }
    match X509Certificate::from_der(bytes) {
        Ok((_, certificate)) => {
            tls.text(|| certificate.subject().to_string());
            tls.below(|tls| rows(tls, &certificate, first));
        }
        Err(_) => tls.note(Severity::Warning, || {
            "this is no certificate that could be read".to_owned()
        }),
    }
}

fn rows<'a>(tls: &mut Layer<'a, '_>, certificate: &X509Certificate<'a>, first: bool) {
    let place = |tls: &Layer<'a, '_>, bytes: &[u8]| tls.place(bytes);
    let (subject, issuer) = (certificate.subject(), certificate.issuer());
    let at = place(tls, subject.as_raw());
    tls.over("", "Subject", at, || Value::Text(subject.to_string()));
    let at = place(tls, issuer.as_raw());
    tls.over("", "Issuer", at, || Value::Text(issuer.to_string()));
    if first && subject.as_raw() == issuer.as_raw() {
        tls.note(Severity::Warning, || {
            "self-signed: no other authority vouches for it".to_owned()
        });
    }
    let serial = certificate.raw_serial();
    let at = place(tls, serial);
    tls.over("x509af.serialNumber", "Serial number", at, || serial.into());
    let (from, until) = (
        certificate.validity.not_before,
        certificate.validity.not_after,
    );
    tls.computed("", "Valid from", || moment(from));
    tls.computed("", "Valid until", || moment(until));
    let now = tls.context.time_ns;
    // Packets without a time are not from 1970.
    if now > 0 && now > nanoseconds(until) {
        tls.note(Severity::Warning, || {
            "it had expired when this was captured".to_owned()
        });
    } else if now > 0 && now < nanoseconds(from) {
        tls.note(Severity::Warning, || {
            "it was not valid yet when this was captured".to_owned()
        });
    }
    if let Ok(Some(names)) = certificate.subject_alternative_name() {
        for name in names.value.general_names.iter().take(MAX_NAMES) {
            alternative(tls, name);
        }
    }
    let (kind, bits) = match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => ("RSA", key.key_size()),
        Ok(PublicKey::EC(point)) => ("elliptic curve", point.key_size()),
        Ok(PublicKey::DSA(key)) => ("DSA", key.len().saturating_mul(8)),
        _ => ("of another kind", 0),
    };
    tls.computed("", "Public key", || match bits {
        0 => kind.to_owned(),
        bits => format!("{kind}, {bits} bits"),
    });
    let oid = Oid::new(TIMESTAMPS.into());
    let extension = certificate.iter_extensions().find(|known| known.oid == oid);
    if let Some(list) = extension.and_then(|extension| octets(extension.value)) {
        let start = tls.place(list).start;
        // What does not fit is no fault of the message around it.
        let _ = tls.elsewhere(start, list.len(), timestamps);
    }
}

fn alternative(tls: &mut Layer, name: &GeneralName) {
    match name {
        GeneralName::DNSName(host) => {
            let at = tls.place(host.as_bytes());
            tls.over("x509ce.dNSName", "Name", at, || {
                Value::Text((*host).to_owned())
            });
        }
        GeneralName::IPAddress(address) => {
            let at = tls.place(address);
            if let Ok(address) = <[u8; 4]>::try_from(*address) {
                tls.over("", "Name", at, || Value::Ipv4(Ipv4Addr::from(address)));
            } else if let Ok(address) = <[u8; 16]>::try_from(*address) {
                tls.over("", "Name", at, || Value::Ipv6(Ipv6Addr::from(address)));
            }
        }
        GeneralName::RFC822Name(text) | GeneralName::URI(text) => {
            let at = tls.place(text.as_bytes());
            tls.over("", "Name", at, || Value::Text((*text).to_owned()));
        }
        _ => {}
    }
}

/// Returns the contents of an octet string in DER: ITU-T X.690, section 8.1.3.
fn octets(bytes: &[u8]) -> Option<&[u8]> {
    const OCTET_STRING: u8 = 4;
    let (length, rest) = match bytes {
        [OCTET_STRING, 0x82, high, low, rest @ ..] => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        [OCTET_STRING, 0x81, length, rest @ ..] => (usize::from(*length), rest),
        [OCTET_STRING, length @ ..=0x7f, rest @ ..] => (usize::from(*length), rest),
        _ => return None,
    };
    rest.get(..length)
}

fn nanoseconds(time: ASN1Time) -> i64 {
    time.timestamp().saturating_mul(1_000_000_000)
}

fn moment(time: ASN1Time) -> Value {
    Value::Time(nanoseconds(time))
}
