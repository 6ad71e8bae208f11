//! One conversation: two endpoints and what passed between them.

use super::{
    Kind, Side, TransportState,
    application::{ApplicationState, SessionState},
    history::MAX_HISTORY,
    names::HostName,
};
use dissectors::{Dissector, Remarks, Undeclared};
use std::{fmt, net::IpAddr, num::NonZeroU32, ops::Deref};

/// A conversation's index in the tracker, in the order in which conversations began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(pub u32);

/// An address and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// IP address.
    pub address: IpAddr,
    /// Port.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.address {
            IpAddr::V4(address) => write!(f, "{address}:{}", self.port),
            IpAddr::V6(address) => write!(f, "[{address}]:{}", self.port),
        }
    }
}

/// The transport protocol of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Protocol {
    /// TCP.
    Tcp = 6,
    /// UDP.
    Udp = 17,
}

impl Protocol {
    /// Returns `tcp` or `udp`.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        }
    }
}

/// Counters of one direction.
#[derive(Clone, Copy, Debug, Default)]
pub struct SideCounts {
    /// Packets.
    pub packets: u32,
    /// How many of the packets are captured copies of others.
    pub duplicates: u32,
    /// Bytes of whole frames.
    pub bytes: u64,
    /// Bytes of payload, including retransmissions.
    pub payload: u64,
}

/// An ICMP error about a conversation.
#[derive(Clone, Copy, Debug)]
pub struct IcmpError {
    /// The first such packet's number.
    pub packet: u32,
    /// Whether it is ICMPv6 rather than ICMP.
    pub v6: bool,
    /// ICMP type.
    pub kind: u8,
    /// ICMP code.
    pub code: u8,
    /// The host that reported it.
    pub reporter: IpAddr,
    /// How many such packets there are.
    pub count: u32,
    /// Bytes of their whole frames.
    pub bytes: u32,
    /// The first that says that a packet was too big for a link.
    pub too_big: Option<TooBig>,
}

/// A report that packets of one side are too big for a link on their way: RFC 1191 and RFC 8201.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooBig {
    /// The number of the first such packet.
    pub packet: u32,
    /// The host that reported it first.
    pub reporter: IpAddr,
    /// The side whose packets were too big.
    pub from: Side,
    /// The least MTU that was reported, bytes; 0 if none was given.
    pub mtu: u32,
    /// How many such reports there are.
    pub count: u32,
}

impl IcmpError {
    /// Whether it says that a packet was on its way for too long: RFC 792 and RFC 4443, section 3.3.
    pub fn is_time_exceeded(&self) -> bool {
        self.kind == if self.v6 { 3 } else { 11 }
    }

    /// Whether it says that a packet did not arrive: the destination is unreachable, or the way is too long.
    pub fn is_unreachable(&self) -> bool {
        let is_destination = self.kind == if self.v6 { 1 } else { 3 };
        self.is_time_exceeded() || is_destination && !self.is_too_big()
    }

    /// Whether it says that a packet was too big for a link: RFC 1191, section 4, and RFC 4443, section 3.2.
    pub fn is_too_big(&self) -> bool {
        match self.v6 {
            true => self.kind == 2,
            false => (self.kind, self.code) == (3, 4),
        }
    }
}

/// A conversation: two endpoints and what passed between them. It consists of what the transport layer knows, whose
/// fields and methods it has, and of what the application layer knows.
#[derive(Clone, Copy, Debug)]
pub struct Conversation<'t> {
    transport: &'t TransportState,
    application: &'t ApplicationState,
}

impl Deref for Conversation<'_> {
    type Target = TransportState;

    #[inline]
    fn deref(&self) -> &TransportState {
        self.transport
    }
}

impl<'t> Conversation<'t> {
    #[inline]
    pub(super) fn new(transport: &'t TransportState, application: &'t ApplicationState) -> Self {
        Conversation {
            transport,
            application,
        }
    }

    /// Returns its transport layer.
    pub fn transport(self) -> &'t TransportState {
        self.transport
    }

    /// Returns the name that one side uses for the other.
    pub(super) fn called(self) -> Option<&'t HostName> {
        self.application.name()
    }

    /// Returns the announcement that it fulfils, as an index in the tracker's expectations.
    pub fn expected(&self) -> Option<u32> {
        self.application.expected()
    }

    /// Returns the application protocol, if its payload shows one.
    pub fn application(&self) -> Option<&'static Dissector> {
        self.application.dissector()
    }

    /// Returns the protocols of its messages, if they are certain: all that it has used by now. Bytes between the messages
    /// may be of none.
    pub fn protocols(&self) -> Option<impl Iterator<Item = &'static Dissector> + Clone + use<'t>> {
        let (active, ended) = match &self.application.session {
            SessionState::Active(messages) => (Some(messages), None),
            SessionState::Ended(ended) => (None, Some(ended)),
            _ => return None,
        };
        let is_whole = self.evicted == 0 && self.application.is_whole();
        let active = active
            .into_iter()
            .flat_map(|messages| messages.dissectors());
        let ended = ended.into_iter();
        let ended = ended.flat_map(|it| it.before.iter().copied().chain([it.dissector]));
        (is_whole && self.began_in_order()).then(|| active.chain(ended))
    }

    /// Whether the beginnings of both streams were known before their data came, or never: reading it again, when all is
    /// known, then has the same result.
    fn began_in_order(&self) -> bool {
        if self.protocol != Protocol::Tcp {
            return true;
        }
        let history = self.history();
        let data = history.find(['D', 'd']).unwrap_or(history.len());
        let begins = history.rfind(['S', 's', 'H', 'h']);
        // A full history may lack the rest.
        begins.map_or(history.len() < MAX_HISTORY, |begins| begins < data)
    }

    /// Whether its messages depend on each other, so that earlier ones must be read to show one.
    pub fn has_session(&self) -> bool {
        match self.application.session {
            SessionState::NotStarted | SessionState::Stateless(_) => false,
            SessionState::Unrecognized { .. } => self.protocol == Protocol::Tcp,
            SessionState::Active(_) | SessionState::Ended(_) => true,
        }
    }

    /// Whether no payload has shown what it is or is not.
    pub fn is_silent(&self) -> bool {
        match &self.application.session {
            SessionState::NotStarted => true,
            SessionState::Active(messages) => messages.looks().kind == Kind::Nothing,
            SessionState::Unrecognized { looks, .. } => *looks == Kind::Nothing,
            SessionState::Ended(_) | SessionState::Stateless(_) => false,
        }
    }

    /// Returns the summary, in a few words. It is not fit for a terminal: it holds bytes from the network.
    pub fn summary(&self) -> String {
        match &self.application.session {
            SessionState::Active(messages) => messages.summary(),
            SessionState::Ended(said) => said.summary.to_string(),
            SessionState::Unrecognized { looks, lines, .. } => {
                looks.words(lines.as_deref().map(|lines| &**lines))
            }
            SessionState::NotStarted | SessionState::Stateless(_) => String::new(),
        }
    }

    /// Whether it has a password or another secret that was readable on the path.
    pub fn credentials(&self) -> bool {
        self.secret_in().is_some()
    }

    /// Returns the packet with the first password or other secret that was readable on the path.
    pub fn secret_in(&self) -> Option<u32> {
        let packet = match &self.application.session {
            SessionState::Active(messages) => messages.secret_in(),
            SessionState::Ended(said) => said.secret_in,
            SessionState::Unrecognized { secret_in, .. } => *secret_in,
            _ => None,
        };
        packet.map(NonZeroU32::get)
    }

    /// Returns what an operator should know of its protocols besides their exchanges.
    pub fn remarks(&self) -> Remarks {
        match &self.application.session {
            SessionState::Active(messages) => messages.remarks(),
            SessionState::Ended(said) => said.remarks,
            _ => Remarks::default(),
        }
    }

    /// Returns the character set of its text that declares none, as far as it was read.
    pub(super) fn undeclared(&self) -> Undeclared {
        match &self.application.session {
            SessionState::Active(messages) => messages.undeclared(),
            SessionState::Ended(over) => over.undeclared,
            _ => Undeclared::default(),
        }
    }

    /// Whether its messages are being read.
    #[cfg(test)]
    pub(crate) fn is_active(&self) -> bool {
        self.application.is_active()
    }

    /// Returns its history in Zeek's notation.
    pub fn history(&self) -> String {
        let mut history = self.transport.raw_history();
        if self.application.is_partial() {
            history.is_partial();
        }
        history.as_str().to_owned()
    }
}

/// A conversation that belongs to no tracker.
#[cfg(test)]
pub(super) struct Lone {
    pub transport: TransportState,
    pub application: ApplicationState,
}

#[cfg(test)]
impl Lone {
    /// Returns one from an address to another that began with this packet. The client uses this name for the server.
    pub fn new(from: IpAddr, to: IpAddr, packet: u32, called: Option<Box<HostName>>) -> Self {
        let frame = super::Frame {
            number: packet,
            time_ns: 0,
            length: 60,
        };
        let [from, to] =
            [(from, 50_000), (to, 443)].map(|(address, port)| Endpoint { address, port });
        Lone {
            transport: TransportState::begin(Protocol::Tcp, 0, frame, None, from, to),
            application: ApplicationState::called(called),
        }
    }

    pub fn get(&self) -> Conversation<'_> {
        Conversation::new(&self.transport, &self.application)
    }
}
