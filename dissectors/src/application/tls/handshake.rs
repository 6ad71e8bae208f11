//! Handshake messages: RFC 8446, section 4, and RFC 5246, section 7.4.

use super::{
    certificate, hello, key_exchange,
    known::Partial,
    names::{ChainType, HandshakeType, UpdateRequest},
    opaque::{opaque, text},
    proof,
    reading::Reading,
};
use crate::{Layer, Severity, Stop};
use nom::{
    bytes::take,
    number::{be_u8, be_u16, be_u24, be_u32},
};

/// Type and length before a message.
const HEADER: usize = 4;

/// The least length of encrypted data: it includes an authentication code of 16 bytes.
const LEAST_ENCRYPTED: usize = 16;

/// Reads the messages of one record.
pub fn record(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    let mut first = true;
    if let Some(partial) = reading.partial.take() {
        if !go_on(tls, reading, partial)? {
            return Ok(());
        }
        first = false;
    } else if reading.is_encrypted() || looks_encrypted(tls.rest()) {
        reading.say("Encrypted Handshake Message");
        return tls.group("tls.handshake", "Handshake message", |tls| {
            tls.title(|| "encrypted".to_owned());
            tls.skip(tls.rest().len());
            Ok(())
        });
    }
    while tls.reported() > 0 {
        let header = tls.peek("tls.handshake", (be_u8(), be_u24())).ok();
        match header {
            Some((kind, length)) if HEADER + length as usize <= tls.reported() => {
                if HandshakeType(kind).name().is_none() && !first {
                    tls.skip(tls.rest().len());
                    return Ok(());
                }
                message(tls, reading, kind, length as usize)?;
            }
            _ => return fragment(tls, reading, first),
        }
        first = false;
    }
    Ok(())
}

/// Continues a message that began in earlier records. Returns whether this one completes it.
fn go_on(tls: &mut Layer, reading: &mut Reading, mut partial: Partial) -> Result<bool, Stop> {
    let taken = partial.take(tls.context.number, tls.rest());
    let name = HandshakeType(partial.kind()).name().unwrap_or("Unknown");
    let whole = partial.is_whole();
    tls.group("tls.handshake", "Handshake message", |tls| {
        let place = if whole { "the end" } else { "more" };
        tls.title(|| format!("{name}, {place} of it"));
        tls.skip(taken);
        Ok(())
    })?;
    if !whole {
        show_completed(tls, reading);
        match partial.makes_sense() {
            true => reading.partial = Some(partial),
            false => drop(reading.completed.next()),
        }
        return Ok(false);
    }
    reading.completed.next();
    let Partial { bytes, parts } = partial;
    tls.in_decoded("Reassembled handshake message", bytes, |tls| {
        fragments(tls, &parts)?;
        let (kind, length) = tls.peek("tls.handshake", (be_u8(), be_u24()))?;
        message(tls, reading, kind, length as usize)
    })
    .unwrap_or(Ok(()))?;
    Ok(true)
}

/// Shows the packets that brought a message.
fn fragments(tls: &mut Layer, parts: &[(u64, usize)]) -> Result<(), Stop> {
    tls.aside(|tls| {
        tls.group("tls.handshake.fragments", "Put together from", |tls| {
            let count = parts.len() as u64;
            tls.title(|| format!("{count} records"));
            for (packet, length) in parts {
                let name = "tls.handshake.fragment";
                tls.field_shown(name, "Packet", take(*length), |_: &[u8]| (*packet).into())?;
            }
            tls.computed("tls.handshake.fragment.count", "Records", || count);
            Ok(())
        })
    })
}

/// Shows in which packet the incomplete message ends.
fn show_completed(tls: &mut Layer, reading: &Reading) {
    if let Some(Some(packet)) = reading.completed.as_slice().first() {
        let name = "tls.handshake.reassembled_in";
        tls.computed(name, "Complete in packet", || *packet);
    }
}

/// Returns whether a record is invalid as messages. The beginning of an explicit nonce would be two hello requests.
pub fn looks_encrypted(record: &[u8]) -> bool {
    let Some(&[kind, high, middle, low, next]) = record.first_chunk() else {
        return false;
    };
    let length = u32::from_be_bytes([0, high, middle, low]);
    let nonce = kind == 0 && length == 0 && next == 0;
    let senseless = nonce || HandshakeType(kind).name().is_none() || length > 0xffff;
    record.len() >= LEAST_ENCRYPTED && senseless
}

/// Reads the beginning of a message that later records continue.
fn fragment(tls: &mut Layer, reading: &mut Reading, first: bool) -> Result<(), Stop> {
    let mut partial = Partial::default();
    partial.take(tls.context.number, tls.rest());
    let name = HandshakeType(partial.kind())
        .name()
        .unwrap_or("Encrypted Handshake Message");
    if first {
        reading.say(format!("[{name} Fragment]"));
    }
    tls.group("tls.handshake", "Handshake message", |tls| {
        tls.title(|| format!("{name}, the beginning of it"));
        tls.skip(tls.rest().len());
        Ok(())
    })?;
    // Messages that the capture cut cannot be put together.
    if tls.missing() == 0 && partial.makes_sense() {
        show_completed(tls, reading);
        reading.partial = Some(partial);
    }
    Ok(())
}

/// Reads one message with its header.
pub fn message(
    tls: &mut Layer,
    reading: &mut Reading,
    kind: u8,
    length: usize,
) -> Result<(), Stop> {
    let retry = kind == HandshakeType::SERVER_HELLO && hello::is_retry(tls);
    let name = match HandshakeType(kind).name() {
        _ if retry => "Hello Retry Request",
        Some(name) => name,
        None => "Encrypted Handshake Message",
    };
    reading.say(name);
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
            body(tls, reading, kind, retry)?;
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
    pub const SERVER_HELLO_DONE: u8 = 14;
    const SUPPLEMENTAL_DATA: u8 = 23;
}

fn body(tls: &mut Layer, reading: &mut Reading, kind: u8, retry: bool) -> Result<(), Stop> {
    match kind {
        HandshakeType::CLIENT_HELLO => hello::client(tls, reading),
        HandshakeType::SERVER_HELLO => hello::server(tls, reading, retry),
        4 => new_session_ticket(tls, reading),
        HandshakeType::HELLO_RETRY_REQUEST => hello::old_retry(tls, reading),
        HandshakeType::ENCRYPTED_EXTENSIONS => hello::encrypted_extensions(tls, reading),
        HandshakeType::CERTIFICATE => certificate::list(tls, reading),
        12 => key_exchange::server(tls, reading),
        13 => certificate::request(tls, reading),
        15 => certificate::verify(tls),
        16 => key_exchange::client(tls, reading),
        20 => finished(tls, reading),
        21 => certificate_url(tls),
        22 => proof::status(tls),
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
fn new_session_ticket(tls: &mut Layer, reading: &mut Reading) -> Result<(), Stop> {
    tls.group("", "Session ticket", |tls| {
        let name = "tls.handshake.session_ticket_lifetime_hint";
        tls.field(name, "Lifetime hint in seconds", be_u32())?;
        if reading.is_13() {
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
        match reading.is_13() {
            true => hello::extensions(tls, reading, 4, &mut Default::default()),
            false => Ok(()),
        }
    })
}

/// RFC 5246, section 7.4.9; RFC 6101, section 5.6.9.
fn finished(tls: &mut Layer, reading: &Reading) -> Result<(), Stop> {
    match reading.version() {
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
