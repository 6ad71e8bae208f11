//! Shared by chunks and parameters.

use crate::{Layer, Stop, value::named};
use nom::bytes::take;

named! {
    /// RFC 9260, section 3.2, and IANA's registry.
    Chunk(u8, Dec) {
        DATA = 0 => "DATA",
        INIT = 1 => "INIT",
        INIT_ACK = 2 => "INIT_ACK",
        SACK = 3 => "SACK",
        HEARTBEAT = 4 => "HEARTBEAT",
        HEARTBEAT_ACK = 5 => "HEARTBEAT_ACK",
        ABORT = 6 => "ABORT",
        SHUTDOWN = 7 => "SHUTDOWN",
        SHUTDOWN_ACK = 8 => "SHUTDOWN_ACK",
        ERROR = 9 => "ERROR",
        COOKIE_ECHO = 10 => "COOKIE_ECHO",
        COOKIE_ACK = 11 => "COOKIE_ACK",
        ECNE = 12 => "ECNE",
        CWR = 13 => "CWR",
        SHUTDOWN_COMPLETE = 14 => "SHUTDOWN_COMPLETE",
        AUTH = 15 => "AUTH",
        NR_SACK = 16 => "NR_SACK",
        I_DATA = 64 => "I_DATA",
        ASCONF_ACK = 128 => "ASCONF_ACK",
        PACKET_DROP = 129 => "PKTDROP",
        RE_CONFIG = 130 => "RE_CONFIG",
        PAD = 132 => "PAD",
        FORWARD_TSN = 192 => "FORWARD_TSN",
        ASCONF = 193 => "ASCONF",
        I_FORWARD_TSN = 194 => "I_FORWARD_TSN",
        EXTENSION = 255 => "IETF_EXTENSION",
    }

    /// RFC 4895, section 8.
    Hmac(u16, Dec) {
        SHA_1 = 1 => "SHA-1",
        SHA_256 = 3 => "SHA-256",
    }
}

/// Reads the rest of a chunk or a parameter, where there is any.
pub(super) fn rest(sctp: &mut Layer, name: &'static str, label: &'static str) -> Result<(), Stop> {
    match sctp.reported() {
        0 => Ok(()),
        left => sctp.field(name, label, take(left)).map(drop),
    }
}
