//! Handshake messages: RFC 8446, section 4, and RFC 5246, section 7.4.

use super::{
    certificate, hello, key_exchange,
    names::{ChainType, HandshakeType, UpdateRequest},
    opaque,
    session::Session,
    text,
};
use crate::{Layer, Severity, Stop};
use nom::{
    bytes::take,
    number::{be_u8, be_u16, be_u24, be_u32},
};

/// Type and length in front of a message.
const HEADER: usize = 4;

/// Encrypted data is at least this long: a code over it of 16 bytes is part of it.
const LEAST_ENCRYPTED: usize = 16;

/// Reads the messages of one record.
pub fn record(tls: &mut Layer, session: &mut Session) -> Result<(), Stop> {
    if is_encrypted(tls) {
        session.say("Encrypted Handshake Message");
        return tls.group("tls.handshake", "Handshake message", |tls| {
            tls.title(|| "encrypted".to_owned());
            tls.skip(tls.rest().len());
            Ok(())
        });
    }
    let mut first = true;
    while tls.reported() > 0 {
        let header = tls.peek("tls.handshake", (be_u8(), be_u24())).ok();
        match header {
            Some((kind, length)) if HEADER + length as usize <= tls.reported() => {
                if HandshakeType(kind).name().is_none() && !first {
                    tls.skip(tls.rest().len());
                    return Ok(());
                }
                message(tls, session, kind, length as usize)?;
            }
            _ => return fragment(tls, session, first),
        }
        first = false;
    }
    Ok(())
}

/// Whether these bytes make no sense as messages. What an explicit nonce begins with would be two hello requests.
fn is_encrypted(tls: &Layer) -> bool {
    if tls.reported() < LEAST_ENCRYPTED {
        return false;
    }
    let head = (be_u8(), be_u24(), be_u8());
    let Ok((kind, length, next)) = tls.peek("tls.handshake", head) else {
        return false;
    };
    let nonce = kind == 0 && length == 0 && next == 0;
    nonce || HandshakeType(kind).name().is_none() || length > 0xffff
}

/// The beginning of a message that later records go on with.
fn fragment(tls: &mut Layer, session: &mut Session, first: bool) -> Result<(), Stop> {
    let kind = tls.peek("tls.handshake", be_u8())?;
    if first {
        let name = HandshakeType(kind)
            .name()
            .unwrap_or("Encrypted Handshake Message");
        session.say(format!("[{name} Fragment]"));
    }
    tls.group("tls.handshake", "Handshake message", |tls| {
        tls.title(|| "the beginning of one".to_owned());
        tls.skip(tls.rest().len());
        Ok(())
    })
}

/// Reads one message with its header.
pub fn message(
    tls: &mut Layer,
    session: &mut Session,
    kind: u8,
    length: usize,
) -> Result<(), Stop> {
    let retry = kind == HandshakeType::SERVER_HELLO && hello::is_retry(tls);
    let name = match HandshakeType(kind).name() {
        _ if retry => "Hello Retry Request",
        Some(name) => name,
        None => "Encrypted Handshake Message",
    };
    session.say(name);
    tls.group("tls.handshake", "Handshake message", |tls| {
        tls.title(|| name.to_owned());
        if HandshakeType(kind).name().is_none() {
            tls.skip(HEADER + length);
            return Ok(());
        }
        tls.field_shown("tls.handshake.type", "Type", be_u8(), |kind| {
            HandshakeType(kind).into()
        })?;
        tls.field("tls.handshake.length", "Length", be_u24())?;
        tls.within(length, |tls| {
            body(tls, session, kind, retry)?;
            if tls.reported() > 0 && kind != HandshakeType::SUPPLEMENTAL_DATA {
                tls.note(Severity::Note, || {
                    "more bytes follow in this message".to_owned()
                });
            }
            Ok(())
        })
    })
}

impl HandshakeType {
    pub const CLIENT_HELLO: u8 = 1;
    pub const SERVER_HELLO: u8 = 2;
    pub const HELLO_RETRY_REQUEST: u8 = 6;
    pub const ENCRYPTED_EXTENSIONS: u8 = 8;
    pub const CERTIFICATE: u8 = 11;
    const SUPPLEMENTAL_DATA: u8 = 23;
}

fn body(tls: &mut Layer, session: &mut Session, kind: u8, retry: bool) -> Result<(), Stop> {
    match kind {
        HandshakeType::CLIENT_HELLO => hello::client(tls, session),
        HandshakeType::SERVER_HELLO => hello::server(tls, session, retry),
        4 => new_session_ticket(tls, session),
        HandshakeType::HELLO_RETRY_REQUEST => hello::old_retry(tls, session),
        HandshakeType::ENCRYPTED_EXTENSIONS => hello::encrypted_extensions(tls, session),
        HandshakeType::CERTIFICATE => certificate::list(tls, session),
        12 => key_exchange::server(tls, session),
        13 => certificate::request(tls, session),
        15 => certificate::verify(tls),
        16 => key_exchange::client(tls, session),
        20 => finished(tls, session),
        21 => certificate_url(tls),
        22 => certificate::status(tls),
        24 => tls
            .field_shown(
                "tls.handshake.key_update.request_update",
                "Request",
                be_u8(),
                |request| UpdateRequest(request).into(),
            )
            .map(drop),
        25 => certificate::compressed(tls),
        67 => next_protocol(tls),
        _ => {
            tls.skip(tls.rest().len());
            Ok(())
        }
    }
}

/// RFC 5077, section 3.3; RFC 8446, section 4.6.1.
fn new_session_ticket(tls: &mut Layer, session: &mut Session) -> Result<(), Stop> {
    tls.group("", "Session ticket", |tls| {
        let name = "tls.handshake.session_ticket_lifetime_hint";
        tls.field(name, "Lifetime hint in seconds", be_u32())?;
        if session.is_13() {
            let name = "tls.handshake.session_ticket_age_add";
            tls.field(name, "Added to its age", be_u32())?;
            let name = "tls.handshake.session_ticket_nonce_length";
            let length = tls.field(name, "Nonce length", be_u8())?;
            let name = "tls.handshake.session_ticket_nonce";
            tls.field(name, "Nonce", take(length))?;
        }
        let name = "tls.handshake.session_ticket_length";
        let length = tls.field(name, "Length", be_u16())?;
        tls.field("tls.handshake.session_ticket", "Ticket", take(length))?;
        match session.is_13() {
            true => hello::extensions(tls, session, 4, &mut Default::default()),
            false => Ok(()),
        }
    })
}

/// RFC 5246, section 7.4.9; RFC 6101, section 5.6.9.
fn finished(tls: &mut Layer, session: &Session) -> Result<(), Stop> {
    match session.version() {
        0x0300 => {
            opaque(tls, "tls.handshake.md5_hash", "MD5 hash", 16)?;
            opaque(tls, "tls.handshake.sha_hash", "SHA-1 hash", 20)
        }
        _ => {
            let length = tls.reported();
            opaque(tls, "tls.handshake.verify_data", "Verify data", length)
        }
    }
}

/// RFC 6066, section 5.
fn certificate_url(tls: &mut Layer) -> Result<(), Stop> {
    tls.field_shown(
        "tls.handshake.cert_url_type",
        "Chain type",
        be_u8(),
        |kind| ChainType(kind).into(),
    )?;
    let name = "tls.handshake.cert_url.url_hash_len";
    let length = tls.field(name, "Addresses length", be_u16())?;
    tls.within(length.into(), |tls| {
        while tls.reported() > 0 {
            tls.group("tls.handshake.cert_url.url_hash", "Address", |tls| {
                let name = "tls.handshake.cert_url.url_len";
                let length = tls.field(name, "Length", be_u16())?;
                text(tls, "tls.handshake.cert_url.url", "URL", length.into())?;
                opaque(tls, "tls.handshake.cert_url.padding", "Padding", 1)?;
                let name = "tls.handshake.cert_url.sha1";
                tls.field(name, "SHA-1 hash", take(20_usize)).map(drop)
            })?;
        }
        Ok(())
    })
}

/// draft-agl-tls-nextprotoneg, section 3.
fn next_protocol(tls: &mut Layer) -> Result<(), Stop> {
    let name = "tls.handshake.npn_selected_protocol_len";
    let length = tls.field(name, "Protocol length", be_u8())?;
    let name = "tls.handshake.npn_selected_protocol";
    text(tls, name, "Protocol", length.into())?;
    let name = "tls.handshake.npn_padding_len";
    let length = tls.field(name, "Padding length", be_u8())?;
    let name = "tls.handshake.npn_padding";
    tls.field(name, "Padding", take(length)).map(drop)
}
