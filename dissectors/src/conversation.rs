//! How a conversation is followed: its two sides, its messages, and what is known of them.

use crate::Side;
use std::net::IpAddr;

/// How certain it is that bytes are of a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// The bytes cannot be of the protocol, whatever the port.
    Impossible,
    /// The bytes may be of the protocol, if the port agrees.
    Possible,
    /// The bytes are of the protocol, whatever the port.
    Certain,
}

/// What the program must know about a protocol whose conversations are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Other connections can run through its conversations, as through a proxy: the rest of the conversation is then
    /// between parties other than its two ends.
    pub tunnels: bool,
    /// It carries encrypted data of another protocol, which the port may name.
    pub encrypts: bool,
    /// All bytes that one side sends are one file: its segments are not messages.
    pub carries_file: bool,
}

impl Properties {
    /// None of these properties.
    pub const NONE: Self = Properties {
        tunnels: false,
        encrypts: false,
        carries_file: false,
    };
}

/// What is known of a conversation before its first byte.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The address and port of the side that opened it.
    pub client: (IpAddr, u16),
    /// The address and port that the client connected to.
    pub server: (IpAddr, u16),
    /// [`crate::Session::context`] will be called, and exchanges and secrets are wanted: what each message needs is
    /// kept. The index does not need it.
    pub keeps: bool,
}

impl Setting {
    /// The address and port of one side.
    pub fn end(&self, side: Side) -> (IpAddr, u16) {
        match side {
            Side::Client => self.client,
            Side::Server => self.server,
        }
    }
}

/// What the next bytes of a stream are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// More bytes are needed: the same bytes will be shown again together with those that follow.
    NeedMore,
    /// This many bytes belong to a message that continues after them. They need not all be there yet.
    Partial(u64),
    /// This many bytes belong to a message that ends after them. They need not all be there yet.
    Complete(u64),
    /// All that this side still sends is one message.
    UntilEnd,
    /// The bytes are not of this protocol.
    NotRecognized,
}

/// The origin of bytes that are to be framed.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The side that sent the bytes.
    pub side: Side,
    /// The packet that brought the last of them.
    pub packet: u64,
    /// When it was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    /// How many of the bytes were shown before, when [`Framing::NeedMore`] asked for more.
    pub seen: usize,
}

/// A message that has ended: its packets and its length.
#[derive(Clone, Copy, Debug)]
pub struct MessageInfo {
    /// Its number in this session, from 0, both sides counted together.
    pub number: usize,
    /// The side that sent it.
    pub side: Side,
    /// The packet with its first byte.
    pub first_packet: u64,
    /// When that packet was captured, nanoseconds since the epoch.
    pub first_ns: i64,
    /// The packet that completed it.
    pub packet: u64,
    /// When that packet was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    /// Its length in bytes.
    pub length: u64,
    /// How many of them the capture lacks.
    pub missing: u64,
    /// It was sent to its end, not broken off.
    pub complete: bool,
}

/// What gave an address its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameSource {
    /// The answer of a name server.
    Dns,
    /// A neighbor's answer to a question to all hosts: multicast DNS.
    MulticastDns,
    /// A neighbor's answer to a question to all hosts: LLMNR.
    Llmnr,
    /// DHCP: what the machine calls itself.
    Dhcp,
    /// TLS: the server that the client wants.
    ServerName,
    /// HTTP: the host that a request is for.
    Host,
}

/// What a connection carries that another conversation announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// What was asked for: `RETR report.txt`.
    pub request: String,
    /// The name of the file, where it is one.
    pub file: Option<String>,
}

/// What a connection carried that a message asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Messages.
    pub messages: u64,
    /// The bytes of these messages.
    pub bytes: u64,
    /// The packets that completed the first and the last of them, and when, nanoseconds since the epoch.
    pub ends: Option<[(u64, i64); 2]>,
}
