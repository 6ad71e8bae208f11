//! Evidence for the validity of certificates, which appears in messages of its own, in extensions, and in certificates.

use super::{names::StatusType, opaque::opaque, signature::signature_algorithm};
use crate::{Layer, Stop, Value};
use nom::{
    bytes::take,
    number::{be_u8, be_u16, be_u24, be_u64},
};

/// Reads the names of the authorities whose certificates are trusted.
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

/// RFC 6066, section 8, and RFC 6961, section 2.2: whether certificates are revoked.
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

/// Reads a moment in milliseconds.
pub fn moment(tls: &mut Layer, name: &'static str) -> Result<(), Stop> {
    let shown = |ms: u64| Value::Time((ms as i64).saturating_mul(1_000_000));
    tls.field_shown(name, "Timestamp", be_u64(), shown)
        .map(drop)
}
