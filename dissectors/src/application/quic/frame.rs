//! Frames: RFC 9000, section 19. Initial packets carry five kinds of them (section 12.4).

use super::{crypto::Message, known::Opened, number::number};
use crate::{
    Layer, Next, Severity, Stop, Value,
    application::tls::{self, names::AlertDescription},
    value::named,
};
use nom::{IResult, Parser, bytes::take, combinator::map, multi::length_data};

named! {
    /// IANA "QUIC Frame Types".
    FrameType(u64, Hex(16)) {
        PADDING = 0x00 => "PADDING",
        PING = 0x01 => "PING",
        RESET_STREAM = 0x04 => "RESET_STREAM",
        STOP_SENDING = 0x05 => "STOP_SENDING",
        CRYPTO = 0x06 => "CRYPTO",
        NEW_TOKEN = 0x07 => "NEW_TOKEN",
        MAX_DATA = 0x10 => "MAX_DATA",
        MAX_STREAM_DATA = 0x11 => "MAX_STREAM_DATA",
        MAX_STREAMS_BIDI = 0x12 => "MAX_STREAMS (BIDI)",
        MAX_STREAMS_UNI = 0x13 => "MAX_STREAMS (UNI)",
        DATA_BLOCKED = 0x14 => "DATA_BLOCKED",
        STREAM_DATA_BLOCKED = 0x15 => "STREAM_DATA_BLOCKED",
        STREAMS_BLOCKED_BIDI = 0x16 => "STREAMS_BLOCKED (BIDI)",
        STREAMS_BLOCKED_UNI = 0x17 => "STREAMS_BLOCKED (UNI)",
        NEW_CONNECTION_ID = 0x18 => "NEW_CONNECTION_ID",
        RETIRE_CONNECTION_ID = 0x19 => "RETIRE_CONNECTION_ID",
        PATH_CHALLENGE = 0x1a => "PATH_CHALLENGE",
        PATH_RESPONSE = 0x1b => "PATH_RESPONSE",
        CLOSE = 0x1c => "CONNECTION_CLOSE (Transport)",
        APPLICATION_CLOSE = 0x1d => "CONNECTION_CLOSE (Application)",
        HANDSHAKE_DONE = 0x1e => "HANDSHAKE_DONE",
        MP_NEW_CONNECTION_ID = 0x40 => "MP_NEW_CONNECTION_ID",
        MP_RETIRE_CONNECTION_ID = 0x41 => "MP_RETIRE_CONNECTION_ID",
        ADD_ADDRESS = 0x44 => "ADD_ADDRESS",
        REMOVE_ADDRESS = 0x45 => "REMOVE_ADDRESS",
        UNIFLOWS = 0x46 => "UNIFLOWS",
        IMMEDIATE_ACK = 0xac => "IMMEDIATE_ACK",
        ACK_FREQUENCY = 0xaf => "ACK_FREQUENCY",
        TIME_STAMP = 0x2f5 => "TIME_STAMP",
        0x02..=0x03 => "ACK",
        0x08..=0x0f => "STREAM",
        0x30..=0x31 => "DATAGRAM",
        0x42..=0x43 => "MP_ACK",
    }
    /// IANA "QUIC Transport Error Codes".
    ErrorCode(u64, Dec) {
        NO_ERROR = 0 => "NO_ERROR",
        INTERNAL_ERROR = 1 => "INTERNAL_ERROR",
        CONNECTION_REFUSED = 2 => "CONNECTION_REFUSED",
        FLOW_CONTROL_ERROR = 3 => "FLOW_CONTROL_ERROR",
        STREAM_ID_ERROR = 4 => "STREAM_ID_ERROR",
        STREAM_STATE_ERROR = 5 => "STREAM_STATE_ERROR",
        FINAL_SIZE_ERROR = 6 => "FINAL_SIZE_ERROR",
        FRAME_ENCODING_ERROR = 7 => "FRAME_ENCODING_ERROR",
        TRANSPORT_PARAMETER_ERROR = 8 => "TRANSPORT_PARAMETER_ERROR",
        CONNECTION_ID_LIMIT_ERROR = 9 => "CONNECTION_ID_LIMIT_ERROR",
        PROTOCOL_VIOLATION = 10 => "PROTOCOL_VIOLATION",
        INVALID_TOKEN = 11 => "INVALID_TOKEN",
        APPLICATION_ERROR = 12 => "APPLICATION_ERROR",
        CRYPTO_BUFFER_EXCEEDED = 13 => "CRYPTO_BUFFER_EXCEEDED",
        KEY_UPDATE_ERROR = 14 => "KEY_UPDATE_ERROR",
        AEAD_LIMIT_REACHED = 15 => "AEAD_LIMIT_REACHED",
        NO_VIABLE_PATH = 16 => "NO_VIABLE_PATH",
        VERSION_NEGOTIATION_ERROR = 17 => "VERSION_NEGOTIATION_ERROR",
        256..=511 => "CRYPTO_ERROR",
    }
}

const ACK: u64 = 0x02;
const ACK_WITH_ECN: u64 = 0x03;
const PADDING: u64 = FrameType::PADDING.0;
const PING: u64 = FrameType::PING.0;
const CRYPTO: u64 = FrameType::CRYPTO.0;
const CLOSE: u64 = FrameType::CLOSE.0;

impl ErrorCode {
    /// RFC 9001, section 4.8: returns the TLS alert that it stands for.
    pub fn alert(self) -> Option<AlertDescription> {
        let alert = self.0.checked_sub(256)?;
        u8::try_from(alert).ok().map(AlertDescription)
    }

    /// Returns its name, or its number.
    pub fn words(self) -> String {
        match (self.name(), self.alert().and_then(AlertDescription::name)) {
            (Some(name), Some(alert)) => format!("{name} ({alert})"),
            (Some(name), None) => name.to_owned(),
            (None, _) => format!("error {}", self.0),
        }
    }
}

/// A frame of an Initial packet, as far as it matters to the connection.
#[derive(Debug, PartialEq)]
pub enum Frame<'a> {
    Crypto { at: u64, bytes: &'a [u8] },
    Close { code: ErrorCode, reason: &'a [u8] },
    Other,
}

/// Bytes after their length.
fn counted(bytes: &[u8]) -> IResult<&[u8], &[u8]> {
    length_data(map(number, |length| {
        usize::try_from(length).unwrap_or(usize::MAX)
    }))
    .parse_complete(bytes)
}

impl<'a> Frame<'a> {
    /// Reads the frame at the beginning of these bytes. None at their end, or before what is no frame of such packets.
    pub fn next(bytes: &mut &'a [u8]) -> Option<Self> {
        let (mut rest, kind) = number(bytes).ok()?;
        let frame = match kind {
            PADDING => {
                let padding = rest.iter().take_while(|byte| **byte == 0).count();
                rest = rest.get(padding..)?;
                Frame::Other
            }
            PING => Frame::Other,
            ACK | ACK_WITH_ECN => {
                let (after, (_, _, count, _)) = { (number, number, number, number) }
                    .parse_complete(rest)
                    .ok()?;
                rest = after;
                let counters = u64::from(kind == ACK_WITH_ECN) * 3;
                for _ in 0..count.checked_mul(2)?.checked_add(counters)? {
                    (rest, _) = number(rest).ok()?;
                }
                Frame::Other
            }
            CRYPTO => {
                let (after, (at, bytes)) = { (number, counted) }.parse_complete(rest).ok()?;
                rest = after;
                Frame::Crypto { at, bytes }
            }
            CLOSE => {
                let close = (number, number, counted);
                let (after, (code, _, reason)) = { close }.parse_complete(rest).ok()?;
                rest = after;
                let code = ErrorCode(code);
                Frame::Close { code, reason }
            }
            _ => return None,
        };
        *bytes = rest;
        Some(frame)
    }
}

/// Shows the frames of a packet. Their names go into `words`.
pub fn show(
    quic: &mut Layer,
    opened: &Opened,
    completed_in: Option<u64>,
    words: &mut Vec<String>,
) -> Result<(), Stop> {
    let mut messages = opened.messages.iter();
    while !quic.rest().is_empty() {
        let kind = quic.peek("quic.frame_type", number)?;
        let name = match FrameType(kind) {
            FrameType::CLOSE => "CC",
            kind => kind.name().unwrap_or("Unknown"),
        };
        words.push(name.to_owned());
        let known = quic.group("quic.frame", "Frame", |quic| {
            let label = FrameType(kind).name().unwrap_or("Unknown");
            quic.title(|| label.to_owned());
            quic.field_shown("quic.frame_type", "Type", number, |kind| {
                FrameType(kind).into()
            })?;
            match kind {
                PADDING => padding(quic),
                PING => {}
                ACK | ACK_WITH_ECN => ack(quic, kind == ACK_WITH_ECN)?,
                CRYPTO => {
                    let completed = messages.next().map_or(&[][..], Vec::as_slice);
                    crypto(quic, completed, words)?;
                    if let (Some(packet), []) = (completed_in, completed) {
                        let name = "tls.handshake.reassembled_in";
                        quic.computed(name, "Complete in packet", || packet);
                    }
                }
                CLOSE => close(quic)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if !known {
            quic.note(Severity::Warning, || {
                "no frame of an Initial packet: the rest is not read".to_owned()
            });
            return Ok(());
        }
    }
    Ok(())
}

fn padding(quic: &mut Layer) {
    let more = quic.rest().iter().take_while(|byte| **byte == 0).count();
    quic.skip(more);
    let length = 1 + more as u64;
    quic.computed("quic.padding_length", "Length", || length);
    quic.title(|| format!("PADDING, {length} bytes"));
}

/// RFC 9000, section 19.3.
fn ack(quic: &mut Layer, with_ecn: bool) -> Result<(), Stop> {
    let name = "quic.ack.largest_acknowledged";
    let largest = quic.field(name, "Largest acknowledged", number)?;
    quic.title(|| format!("ACK up to {largest}"));
    quic.field("quic.ack.ack_delay", "Delay", number)?;
    let count = quic.field("quic.ack.ack_range_count", "Ranges", number)?;
    quic.field("quic.ack.first_ack_range", "First range", number)?;
    for _ in 0..count {
        quic.field("quic.ack.gap", "Gap", number)?;
        quic.field("quic.ack.ack_range", "Range", number)?;
    }
    if with_ecn {
        quic.field("quic.ack.ect0_count", "ECT(0) count", number)?;
        quic.field("quic.ack.ect1_count", "ECT(1) count", number)?;
        quic.field("quic.ack.ecn_ce_count", "ECN-CE count", number)?;
    }
    Ok(())
}

/// RFC 9000, section 19.6. `completed` are the handshake messages that this frame completes.
fn crypto(quic: &mut Layer, completed: &[Message], words: &mut Vec<String>) -> Result<(), Stop> {
    let at = quic.field("quic.crypto.offset", "Offset", number)?;
    let length = quic.field("quic.crypto.length", "Length", number)?;
    quic.title(|| format!("CRYPTO, bytes {at} to {}", at.saturating_add(length)));
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let data = quic.aside(|quic| {
        let name = "quic.crypto.crypto_data";
        quic.field_shown(name, "Data", take(length), |_: &[u8]| Value::Static(""))
    })?;
    for message in completed {
        words.extend(tls::message_name(&message.bytes).map(str::to_owned));
        let own = message.at.checked_sub(at).map(|from| from as usize);
        let own = own.filter(|from| {
            let end = from.saturating_add(message.bytes.len());
            end <= data.len()
        });
        match own {
            Some(from) => quic.aside(|quic| {
                quic.skip(from);
                quic.within(message.bytes.len(), |quic| {
                    quic.embed(Next::Dissector(&tls::HANDSHAKE_MESSAGE));
                    Ok(())
                })
            })?,
            None => joined(quic, message)?,
        }
    }
    quic.skip(length);
    Ok(())
}

/// Shows a message that several frames brought.
fn joined(quic: &mut Layer, message: &Message) -> Result<(), Stop> {
    let name = "Reassembled CRYPTO frames";
    quic.in_decoded(name, message.bytes.to_vec(), |quic| {
        quic.aside(|quic| {
            quic.group("tls.handshake.fragments", "Put together from", |quic| {
                let count = message.parts.len() as u64;
                quic.title(|| format!("{count} frames"));
                for (packet, length) in &message.parts {
                    let name = "tls.handshake.fragment";
                    quic.field_shown(name, "Packet", take(*length), |_: &[u8]| (*packet).into())?;
                }
                quic.computed("tls.handshake.fragment.count", "Frames", || count);
                Ok(())
            })
        })?;
        quic.embed(Next::Dissector(&tls::HANDSHAKE_MESSAGE));
        Ok(())
    })
    .unwrap_or(Ok(()))
}

/// RFC 9000, section 19.19.
fn close(quic: &mut Layer) -> Result<(), Stop> {
    let name = "quic.cc.error_code";
    let code = quic.field_shown(name, "Error code", number, |code| ErrorCode(code).into())?;
    let code = ErrorCode(code);
    quic.title(|| format!("CONNECTION_CLOSE (Transport), {}", code.words()));
    if let Some(alert) = code.alert() {
        let name = "quic.cc.error_code.tls_alert";
        quic.computed(name, "TLS alert", || alert);
    }
    quic.field("quic.cc.frame_type", "Frame type", number)?;
    let name = "quic.cc.reason_phrase.length";
    let length = quic.field(name, "Reason phrase length", number)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let name = "quic.cc.reason_phrase";
    if length > 0 {
        quic.field_shown(name, "Reason phrase", take(length), |reason: &[u8]| {
            Value::Text(String::from_utf8_lossy(reason).into_owned())
        })?;
    }
    Ok(())
}
