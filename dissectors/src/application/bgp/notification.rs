//! The reasons for the end of a session: RFC 4271, section 4.5.

use super::rest;
use crate::{Layer, Stop, Value, value::named};
use nom::{
    Parser,
    bytes::take,
    number::{be_u8, be_u16},
};

named! {
    /// IANA "BGP Error (Notification) Codes".
    Major(u8, Dec) {
        HEADER = 1 => "Message header error",
        OPEN = 2 => "OPEN message error",
        UPDATE = 3 => "UPDATE message error",
        EXPIRED = 4 => "Hold timer expired",
        STATE = 5 => "Finite state machine error",
        CEASE = 6 => "Cease",
        CAPABILITY = 7 => "CAPABILITY message error",
    }
    /// RFC 4271, section 6.1.
    HeaderError(u8, Dec) {
        NOT_SYNCHRONIZED = 1 => "Connection not synchronized",
        LENGTH = 2 => "Bad message length",
        TYPE = 3 => "Bad message type",
    }
    /// IANA "OPEN Message Error subcodes".
    OpenError(u8, Dec) {
        VERSION = 1 => "Unsupported version number",
        PEER_AS = 2 => "Bad peer AS",
        IDENTIFIER = 3 => "Bad BGP identifier",
        PARAMETER = 4 => "Unsupported optional parameter",
        AUTHENTICATION = 5 => "Authentication failure",
        HOLD_TIME = 6 => "Unacceptable hold time",
        CAPABILITY = 7 => "Unsupported capability",
    }
    /// IANA "UPDATE Message Error subcodes".
    UpdateError(u8, Dec) {
        LIST = 1 => "Malformed attribute list",
        UNRECOGNIZED = 2 => "Unrecognized well-known attribute",
        MISSING = 3 => "Missing well-known attribute",
        FLAGS = 4 => "Attribute flags error",
        LENGTH = 5 => "Attribute length error",
        ORIGIN = 6 => "Invalid ORIGIN attribute",
        LOOP = 7 => "AS routing loop",
        NEXT_HOP = 8 => "Invalid NEXT_HOP attribute",
        OPTIONAL = 9 => "Optional attribute error",
        NETWORK = 10 => "Invalid network field",
        AS_PATH = 11 => "Malformed AS_PATH",
    }
    /// RFC 6608.
    StateError(u8, Dec) {
        UNSPECIFIED = 0 => "Unspecified error",
        OPEN_SENT = 1 => "Unexpected message in OpenSent state",
        OPEN_CONFIRM = 2 => "Unexpected message in OpenConfirm state",
        ESTABLISHED = 3 => "Unexpected message in Established state",
    }
    /// RFC 4486 and RFC 8538.
    Cease(u8, Dec) {
        PREFIXES = 1 => "Maximum number of prefixes reached",
        SHUTDOWN = 2 => "Administrative shutdown",
        DECONFIGURED = 3 => "Peer de-configured",
        RESET = 4 => "Administrative reset",
        REJECTED = 5 => "Connection rejected",
        CONFIGURATION = 6 => "Other configuration change",
        COLLISION = 7 => "Connection collision resolution",
        RESOURCES = 8 => "Out of resources",
        HARD_RESET = 9 => "Hard reset",
    }
    /// draft-ietf-idr-dynamic-cap.
    CapabilityError(u8, Dec) {
        ACTION = 1 => "Invalid action value",
        LENGTH = 2 => "Invalid capability length",
        VALUE = 3 => "Malformed capability value",
        UNSUPPORTED = 4 => "Unsupported capability code",
    }
}

/// Reads what follows the header.
pub fn read(bgp: &mut Layer) -> Result<(), Stop> {
    let major = bgp.field("bgp.notify.major_error", "Error", be_u8().map(Major))?;
    let (name, show): (_, fn(u8) -> Value) = match major {
        Major::HEADER => ("bgp.notify.minor_error", |code| HeaderError(code).into()),
        Major::OPEN => ("bgp.notify.minor_error_open", |code| OpenError(code).into()),
        Major::UPDATE => ("bgp.notify.minor_error_update", |code| {
            UpdateError(code).into()
        }),
        Major::EXPIRED => ("bgp.notify.minor_error_expired", Value::from),
        Major::STATE => ("bgp.notify.minor_error_state", |code| {
            StateError(code).into()
        }),
        Major::CEASE => ("bgp.notify.minor_error_cease", |code| Cease(code).into()),
        Major::CAPABILITY => ("bgp.notify.minor_error_capability", |code| {
            CapabilityError(code).into()
        }),
        _ => ("bgp.notify.minor_error_unknown", Value::from),
    };
    let minor = bgp.field_shown(name, "Minor error", be_u8(), show)?;
    match (major, minor, bgp.reported()) {
        (Major::OPEN, 2, 2..) => {
            bgp.field("bgp.notify.error_open.bad_peer_as", "Bad peer AS", be_u16())?;
        }
        // RFC 9003.
        (Major::CEASE, 2 | 4, 1..) => {
            let name = "bgp.notify.communication_length";
            let length = bgp.field(name, "Message's length", be_u8())?;
            let name = "bgp.notify.communication";
            bgp.field_shown(
                name,
                "Message",
                take(usize::from(length)),
                |bytes: &[u8]| Value::Text(String::from_utf8_lossy(bytes).into_owned()),
            )?;
        }
        _ => {}
    }
    rest(bgp, "bgp.notify.minor_data", "Data")
}
