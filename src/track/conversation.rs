//! One conversation: two endpoints and what passed between them.

use super::{Frame, Tcp, history::History};
use dissectors::{Flow, Transport};
use std::{fmt, net::IpAddr};

/// A conversation's place in the tracker, in the order in which conversations began.
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
    /// `tcp` or `udp`.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        }
    }
}

/// Who sent a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Direction {
    /// The client, who opened the conversation.
    FromClient,
    /// The server.
    FromServer,
}

impl Direction {
    /// The other one.
    pub fn reverse(self) -> Self {
        match self {
            Direction::FromClient => Direction::FromServer,
            Direction::FromServer => Direction::FromClient,
        }
    }

    /// `client` or `server`.
    pub fn name(self) -> &'static str {
        match self {
            Direction::FromClient => "client",
            Direction::FromServer => "server",
        }
    }
}

/// What one side sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Side {
    /// Packets.
    pub packets: u32,
    /// Bytes of whole frames.
    pub bytes: u64,
    /// Bytes of payload, retransmitted ones too.
    pub payload: u64,
}

/// An ICMP error about a conversation.
#[derive(Clone, Copy, Debug)]
pub struct IcmpError {
    /// The first such packet's number.
    pub packet: u32,
    /// ICMPv6, else ICMP.
    pub v6: bool,
    /// ICMP type.
    pub kind: u8,
    /// ICMP code.
    pub code: u8,
    /// Who reported it.
    pub reporter: IpAddr,
}

/// Two endpoints and what passed between them.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Its number as in `tcp.stream` and `udp.stream`.
    pub stream: u32,
    /// Who opened it.
    pub client: Endpoint,
    /// Whom the client called.
    pub server: Endpoint,
    /// Its beginning was not captured, so that who is the client is a guess from the ports.
    pub client_is_guess: bool,
    /// The number of its first packet.
    pub first_packet: u32,
    /// The number of its last packet.
    pub last_packet: u32,
    /// When its first packet was captured, nanoseconds since the epoch.
    pub start_ns: i64,
    /// When its last packet was captured, nanoseconds since the epoch.
    pub end_ns: i64,
    /// What the client and the server sent.
    pub sides: [Side; 2],
    /// The earlier conversation with the same addresses and ports.
    pub reuses: Option<ConversationId>,
    /// The first ICMP error about it.
    pub icmp: Option<Box<IcmpError>>,
    /// How many ICMP errors there are about it.
    pub errors: u32,
    /// Bytes of their whole frames.
    pub error_bytes: u32,
    /// What TCP did.
    pub tcp: Tcp,
    /// Zeek's history.
    pub(super) history: History,
}

impl Conversation {
    pub(super) fn begin(
        protocol: Protocol,
        stream: u32,
        frame: Frame,
        flow: Option<&Flow>,
        from: Endpoint,
        to: Endpoint,
    ) -> Self {
        let (from_client, guess) = match flow.map(|flow| &flow.transport) {
            Some(Transport::Tcp(segment)) if segment.flags.syn() => (!segment.flags.ack(), false),
            // Servers listen on the lower port; with equal ports who speaks first is taken for the client.
            _ => (from.port >= to.port, true),
        };
        // A UDP exchange has no opening: whoever speaks first asks, unless the ports say otherwise.
        let guess = guess && protocol == Protocol::Tcp;
        let from_client = match protocol {
            Protocol::Tcp => from_client,
            Protocol::Udp => true,
        };
        let (client, server) = if from_client { (from, to) } else { (to, from) };
        Conversation {
            protocol,
            stream,
            client,
            server,
            client_is_guess: guess,
            first_packet: frame.number,
            last_packet: frame.number,
            start_ns: frame.time_ns,
            end_ns: frame.time_ns,
            sides: [Side::default(); 2],
            reuses: None,
            icmp: None,
            errors: 0,
            error_bytes: 0,
            tcp: Tcp::default(),
            history: History::default(),
        }
    }

    #[inline]
    pub(super) fn is_between(&self, protocol: Protocol, a: Endpoint, b: Endpoint) -> bool {
        self.protocol == protocol
            && ((self.client == a && self.server == b) || (self.client == b && self.server == a))
    }

    /// Who a packet from this endpoint is from.
    #[inline]
    pub fn direction(&self, from: Endpoint) -> Direction {
        if self.client == from {
            Direction::FromClient
        } else {
            Direction::FromServer
        }
    }

    #[inline]
    pub(super) fn add(&mut self, frame: Frame, direction: Direction, flow: &Flow) {
        self.last_packet = frame.number;
        self.end_ns = self.end_ns.max(frame.time_ns);
        let side = &mut self.sides[direction as usize];
        side.packets += 1;
        side.bytes += u64::from(frame.length);
        side.payload += u64::from(flow.payload_length);
        match &flow.transport {
            Transport::Tcp(segment) => {
                self.history
                    .tcp(direction, segment, flow.payload_length, &self.tcp);
                self.tcp.add(frame, direction, segment, flow.payload_length);
            }
            Transport::Udp => self.history.udp(direction),
        }
    }

    /// An ICMP error that quotes one of its packets.
    pub(super) fn add_error(&mut self, frame: Frame, error: IcmpError) {
        self.last_packet = frame.number;
        self.end_ns = self.end_ns.max(frame.time_ns);
        self.errors = self.errors.saturating_add(1);
        self.error_bytes = self.error_bytes.saturating_add(frame.length);
        self.icmp.get_or_insert_with(|| Box::new(error));
    }

    /// `tcp/0`, `udp/3`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.protocol.name(), self.stream)
    }

    /// Packets of both sides, and ICMP errors about them.
    pub fn packets(&self) -> u64 {
        let sides: u64 = self.sides.iter().map(|side| u64::from(side.packets)).sum();
        sides + u64::from(self.errors)
    }

    /// Bytes of whole frames of both sides, and of ICMP errors about them.
    pub fn bytes(&self) -> u64 {
        self.sides.iter().map(|side| side.bytes).sum::<u64>() + u64::from(self.error_bytes)
    }

    /// From its first to its last packet, nanoseconds.
    pub fn duration_ns(&self) -> i64 {
        self.end_ns.saturating_sub(self.start_ns)
    }

    /// Zeek's history.
    pub fn history(&self) -> &str {
        self.history.as_str()
    }

    /// One side.
    pub fn side(&self, direction: Direction) -> &Side {
        &self.sides[direction as usize]
    }

    /// One end.
    pub fn endpoint(&self, direction: Direction) -> Endpoint {
        match direction {
            Direction::FromClient => self.client,
            Direction::FromServer => self.server,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A million conversations must fit into half a gigabyte.
    #[test]
    fn it_takes_hundreds_of_bytes() {
        assert!(
            size_of::<Conversation>() <= 440,
            "{}",
            size_of::<Conversation>()
        );
    }
}
