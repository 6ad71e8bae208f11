//! What a conversation is followed by: its two sides, its messages, and what is told of them.

use crate::Side;
use std::net::IpAddr;

/// How sure it is that bytes are of a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// They cannot be it, whatever the port says.
    Impossible,
    /// They may be it, if the port says so.
    Possible,
    /// They are it, whatever the port says.
    Certain,
}

/// What the program must know of a protocol whose conversations are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Other connections can run through its conversations, as they do through a proxy: what follows in the same
    /// conversation is between others than its two ends.
    pub tunnels: bool,
    /// What it carries is encrypted and of a protocol of its own, which the port may name.
    pub encrypts: bool,
    /// All bytes that one side of a conversation sends are one file: its segments are no messages.
    pub carries_file: bool,
}

impl Properties {
    /// None of these.
    pub const NONE: Self = Properties {
        tunnels: false,
        encrypts: false,
        carries_file: false,
    };
}

/// What is known of a conversation before a word was said.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Who opened it, and from which port.
    pub client: (IpAddr, u16),
    /// Whom the client called, and at which port.
    pub server: (IpAddr, u16),
    /// [`crate::Session::context`] will be asked, and exchanges and secrets are wanted: what each message needs is to be kept. The
    /// index does not ask.
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

/// What the bytes at some place of a stream are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// More of them must be seen: the same ones will be shown again with those behind them.
    NeedMore,
    /// So many belong to a message that goes on behind them. They need not all be there yet.
    Partial(u64),
    /// So many belong to a message that ends behind them. They need not all be there yet.
    Complete(u64),
    /// All that this side still sends is one message.
    UntilEnd,
    /// They are nothing of this protocol.
    NotRecognized,
}

/// Where bytes stand that are to be framed.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Whose bytes they are.
    pub side: Side,
    /// The packet that brought the last of them.
    pub packet: u64,
    /// When it was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    /// How many of the bytes were shown before: [`Framing::NeedMore`] asked for those behind them.
    pub seen: usize,
}

/// A message that has ended: where it stands, and how long it is.
#[derive(Clone, Copy, Debug)]
pub struct MessageInfo {
    /// Its number in this session, from 0, both sides counted together.
    pub number: usize,
    /// Who said it.
    pub side: Side,
    /// The packet that its first byte came in.
    pub first_packet: u64,
    /// When that one was captured, nanoseconds since the epoch.
    pub first_ns: i64,
    /// The packet that completed it.
    pub packet: u64,
    /// When that one was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    /// How many bytes it has.
    pub length: u64,
    /// How many of them the capture lacks.
    pub missing: u64,
    /// It was said to its end, not broken off.
    pub complete: bool,
}

/// What gave an address its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameSource {
    /// The answer of a name server.
    Dns,
    /// The answer of a neighbour to a question that all hosts received: multicast DNS.
    MulticastDns,
    /// The same by LLMNR.
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

/// What went over a connection that a message asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Messages.
    pub messages: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// The packets that completed the first and the last of them, and when, nanoseconds since the epoch.
    pub ends: Option<[(u64, i64); 2]>,
}
