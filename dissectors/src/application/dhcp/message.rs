//! Shared by all parts of a message.

use crate::{Value, value::named};

named! {
    /// RFC 951, section 3.
    Operation(u8, Dec) {
        REQUEST = 1 => "Boot request",
        REPLY = 2 => "Boot reply",
    }
    /// IANA "Hardware Types", those that hosts boot from.
    HardwareType(u8, Hex(2)) {
        ETHERNET = 1 => "Ethernet",
        EXPERIMENTAL = 2 => "Experimental Ethernet",
        AX25 = 3 => "AX.25",
        TOKEN_RING = 4 => "Token ring",
        CHAOS = 5 => "Chaos",
        IEEE_802 = 6 => "IEEE 802",
        ARCNET = 7 => "ARCNET",
        FRAME_RELAY = 15 => "Frame Relay",
        ATM = 16 => "ATM",
        FIBRE_CHANNEL = 18 => "Fibre Channel",
        IEEE_1394 = 24 => "IEEE 1394",
        INFINIBAND = 32 => "InfiniBand",
    }
    /// IANA "DHCP Message Type 53 Values".
    MessageType(u8, Dec) {
        DISCOVER = 1 => "Discover",
        OFFER = 2 => "Offer",
        REQUEST = 3 => "Request",
        DECLINE = 4 => "Decline",
        ACK = 5 => "ACK",
        NAK = 6 => "NAK",
        RELEASE = 7 => "Release",
        INFORM = 8 => "Inform",
        FORCE_RENEW = 9 => "Force Renew",
        LEASE_QUERY = 10 => "Lease query",
        LEASE_UNASSIGNED = 11 => "Lease Unassigned",
        LEASE_UNKNOWN = 12 => "Lease Unknown",
        LEASE_ACTIVE = 13 => "Lease Active",
        BULK_LEASE_QUERY = 14 => "Bulk Lease Query",
        LEASE_QUERY_DONE = 15 => "Lease Query Done",
        ACTIVE_LEASE_QUERY = 16 => "Active LeaseQuery",
        LEASE_QUERY_STATUS = 17 => "Lease Query Status",
        TLS = 18 => "TLS",
    }
}

impl MessageType {
    /// Returns its name, or its number.
    pub fn brief(self) -> String {
        let unknown = || format!("Unknown Message Type (0x{:02x})", self.0);
        self.name().map_or_else(unknown, str::to_owned)
    }
}

/// The beginning of the options: RFC 2131, section 3.
pub const COOKIE: [u8; 4] = [99, 130, 83, 99];

/// Values of options that are needed before them.
#[derive(Default)]
pub struct Ahead<'a> {
    pub message: Option<MessageType>,
    /// Which of the two name fields hold options instead: 1 the file's, 2 the server's.
    pub overload: u8,
    /// The vendor class of the client, which determines how the vendor's options are read.
    pub vendor_class: &'a [u8],
}

/// Searches the options. Each takes at least a byte.
pub fn look_ahead(mut options: &[u8]) -> Ahead<'_> {
    let mut ahead = Ahead::default();
    while let Some((&code, rest)) = options.split_first() {
        options = match (code, rest.split_first()) {
            (0, _) => rest,
            (255, _) | (_, None) => return ahead,
            (_, Some((&length, rest))) => {
                let Some((value, behind)) = rest.split_at_checked(length.into()) else {
                    return ahead;
                };
                match (code, value.first()) {
                    (53, Some(&kind)) => ahead.message = Some(MessageType(kind)),
                    (52, Some(&overload)) => ahead.overload = overload,
                    (60, _) => ahead.vendor_class = value,
                    _ => {}
                }
                behind
            }
        };
    }
    ahead
}

/// Text up to the first zero byte.
pub fn text(bytes: &[u8]) -> Value {
    let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    Value::Text(String::from_utf8_lossy(text).into_owned())
}
