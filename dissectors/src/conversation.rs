//! How a conversation is followed: its two sides, its messages, and what is known of them.

use crate::{Side, Undeclared};
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
    /// Its messages may hold files.
    pub holds_files: bool,
}

impl Properties {
    /// None of these properties.
    pub const NONE: Self = Properties {
        tunnels: false,
        encrypts: false,
        carries_file: false,
        holds_files: false,
    };
}

/// What is known of a conversation before its first byte.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The address and port of the side that opened it.
    pub client: (IpAddr, u16),
    /// The address and port that the client connected to.
    pub server: (IpAddr, u16),
    /// [`crate::Session::context`] will be called, and secrets are wanted: what each message needs is kept. The index
    /// does not need it.
    pub keeps: bool,
    /// Which exchanges are wanted.
    pub exchanges: Exchanges,
    /// The character set of its text that declares none, where it was read before.
    pub undeclared: Undeclared,
}

/// Which exchanges of a conversation are reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exchanges {
    /// None of them.
    #[default]
    None,
    /// Those that are conspicuous ([`crate::Exchange::is_conspicuous`]), log-ins, and all after a failure. A success has
    /// no text of its answer.
    Conspicuous,
    /// All of them.
    All,
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

/// Cuts the stream of one side: holds back the bytes that are framed again, and passes over those that are not.
#[derive(Clone, Debug, Default)]
pub struct Cutter {
    /// Bytes that are shown again with those that follow.
    pub pending: Vec<u8>,
    /// How many bytes of the message need not be shown.
    pub skip: u64,
    /// Whether the message ends after them.
    pub ends: bool,
}

impl Cutter {
    /// Returns how many of `available` bytes need not be framed, and whether the message ends after them. None if the
    /// bytes are to be framed.
    #[inline(always)]
    pub fn take(&mut self, available: usize) -> Option<(usize, bool)> {
        let taken = self.skip.min(available as u64);
        self.skip -= taken;
        (taken > 0).then_some((taken as usize, self.skip == 0 && self.ends))
    }

    /// Applies what a session returned for the next bytes. Returns false if they belong to no message of it.
    #[inline(always)]
    pub fn frame(&mut self, framing: Framing) -> bool {
        (self.skip, self.ends) = match framing {
            Framing::Partial(length @ 1..) => (length, false),
            Framing::Complete(length @ 1..) => (length, true),
            Framing::UntilEnd => (u64::MAX, true),
            _ => return false,
        };
        true
    }

    /// Returns the bytes that were held back, followed by these; no bytes if none were held back.
    #[inline(always)]
    pub fn held_with(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut held = std::mem::take(&mut self.pending);
        if !held.is_empty() {
            held.extend_from_slice(bytes);
        }
        held
    }

    /// Holds back the last `rest` bytes of `held`, or of `bytes` where nothing was held.
    pub fn hold(&mut self, mut held: Vec<u8>, rest: usize, bytes: &[u8]) {
        self.pending = match held.is_empty() {
            true => bytes
                .get(bytes.len().saturating_sub(rest)..)
                .unwrap_or_default()
                .to_vec(),
            false => {
                held.drain(..held.len().saturating_sub(rest));
                held
            }
        };
    }

    /// Returns whether only the end of the stream ends the message.
    pub fn reads_to_end(&self) -> bool {
        self.skip > u64::MAX / 2
    }
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

/// The content of a connection that another conversation announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The request: `RETR report.txt`. What character set it is in may be known only later.
    pub request: Vec<u8>,
    /// The name of the file, if the content is one.
    pub file: Option<Vec<u8>>,
    /// It is compressed with zlib: FTP's MODE Z.
    pub compressed: bool,
}

/// The content of a connection that a message asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Messages.
    pub messages: u64,
    /// The bytes of these messages.
    pub bytes: u64,
    /// The packets that completed the first and the last of them, and when, nanoseconds since the epoch.
    pub ends: Option<[(u64, i64); 2]>,
}
