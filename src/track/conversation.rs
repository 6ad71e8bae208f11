//! One conversation: two endpoints and what passed between them.

use super::{DecodeAs, Expectations, Frame, Messages, Tcp, history::History};
use dissectors::{Dissector, Flow, PerSide, Selector, Setting, Side, Transport, recognise};
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

/// What is known of the messages of a conversation.
#[derive(Default)]
pub enum SessionState {
    /// No payload was seen yet.
    #[default]
    NotStarted,
    /// It goes on.
    Active(Box<Messages>),
    /// It has ended.
    Ended(SessionSummary),
    /// A protocol whose messages stand for themselves.
    Stateless(&'static Dissector),
    /// No known protocol.
    Unrecognized,
}

/// What is kept of a session that has ended.
#[derive(Clone, Debug)]
pub struct SessionSummary {
    /// The protocol.
    pub dissector: &'static Dissector,
    /// A few words.
    pub summary: Box<str>,
    /// It has secrets that anybody on the path could read.
    pub credentials: bool,
}

impl SessionState {
    pub(super) fn ended(messages: &Messages) -> SessionState {
        match messages.dissector() {
            Some(dissector) => SessionState::Ended(SessionSummary {
                dissector,
                summary: messages.summary().into_boxed_str(),
                credentials: messages.credentials(),
            }),
            None => SessionState::Unrecognized,
        }
    }
}

impl fmt::Debug for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            SessionState::NotStarted => "nothing",
            SessionState::Active(_) => "live",
            SessionState::Ended(said) => &said.summary,
            SessionState::Stateless(dissector) => dissector.name,
            SessionState::Unrecognized => "unknown",
        })
    }
}

/// What one side sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct SideCounts {
    /// Packets.
    pub packets: u32,
    /// How many of them are others captured twice.
    pub duplicates: u32,
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
    /// How many such packets there are.
    pub count: u32,
    /// Bytes of their whole frames.
    pub bytes: u32,
}

/// Two endpoints and what passed between them.
///
/// What every packet looks at stands first, in as few lines of the processor's cache as possible.
#[derive(Debug)]
#[repr(C)]
pub struct Conversation {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Its beginning was not captured, so that who is the client is a guess from the ports.
    pub client_is_guess: bool,
    /// Some of what was said waits for what is missing before it.
    pub(super) waits: bool,
    /// Some of its packets carry another conversation inside, so that they are not linked.
    pub(crate) scattered: bool,
    /// None of its packets before this one is still there; 0 once it was evicted itself.
    pub(super) kept_from: u32,
    /// Who opened it.
    pub client: Endpoint,
    /// Whom the client called.
    pub server: Endpoint,
    /// The number of its last packet.
    pub last_packet: u32,
    /// The number of its first packet.
    pub first_packet: u32,
    /// When its last packet was captured, nanoseconds since the epoch.
    pub end_ns: i64,
    /// What was said.
    pub session: SessionState,
    /// What the client and the server sent.
    pub sides: PerSide<SideCounts>,
    /// Zeek's history.
    pub(super) history: History,
    /// What TCP did.
    pub tcp: Tcp,
    /// When its first packet was captured, nanoseconds since the epoch.
    pub start_ns: i64,
    /// Its number as in `tcp.stream` and `udp.stream`.
    pub stream: u32,
    /// How many of its packets were evicted.
    pub evicted: u32,
    /// What one side calls the other.
    pub(super) called: Option<Box<super::names::HostName>>,
    /// The earlier conversation with the same addresses and ports.
    pub reuses: Option<ConversationId>,
    /// The announcement that it came of, a place in the tracker's expectations.
    pub expected: Option<u32>,
    /// The first ICMP error about it.
    pub icmp: Option<Box<IcmpError>>,
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
            kept_from: frame.number,
            evicted: 0,
            start_ns: frame.time_ns,
            end_ns: frame.time_ns,
            sides: PerSide::default(),
            reuses: None,
            icmp: None,
            tcp: Tcp::default(),
            session: SessionState::NotStarted,
            waits: false,
            called: None,
            expected: None,
            scattered: false,
            history: History::default(),
        }
    }

    /// It has not been evicted.
    #[inline]
    pub(super) fn is_there(&self) -> bool {
        self.kept_from > 0
    }

    /// None of its packets before this one is still there.
    pub fn kept_from(&self) -> u32 {
        self.kept_from
    }

    #[inline]
    pub(super) fn is_between(&self, protocol: Protocol, a: Endpoint, b: Endpoint) -> bool {
        self.protocol == protocol
            && ((self.client == a && self.server == b) || (self.client == b && self.server == a))
    }

    /// Who a packet from this endpoint is from.
    #[inline]
    pub fn direction(&self, from: Endpoint) -> Side {
        if self.client == from {
            Side::Client
        } else {
            Side::Server
        }
    }

    #[inline]
    pub(super) fn add(&mut self, frame: Frame, direction: Side, flow: &Flow) {
        let payload = flow.payload_length;
        self.count(frame, direction).payload += u64::from(payload);
        match &flow.transport {
            Transport::Tcp(segment) => {
                let lacks_some = self.history.has_gap(direction);
                self.history.tcp(direction, segment, payload, &self.tcp);
                self.tcp.add(frame, direction, segment, payload, lacks_some);
            }
            Transport::Udp => self.history.udp(direction),
        }
    }

    /// Whether a packet may have been captured before: it brings nothing new.
    #[inline]
    pub(super) fn may_be_duplicate(&self, direction: Side, flow: &Flow) -> bool {
        match &flow.transport {
            Transport::Tcp(segment) => self.tcp.may_be_old(direction, segment, flow.payload_length),
            Transport::Udp => true,
        }
    }

    /// A packet that was captured before: it is counted, and changes nothing else.
    pub(super) fn add_duplicate(&mut self, frame: Frame, direction: Side) {
        self.count(frame, direction).duplicates += 1;
    }

    #[inline]
    fn count(&mut self, frame: Frame, direction: Side) -> &mut SideCounts {
        self.last_packet = frame.number;
        self.end_ns = self.end_ns.max(frame.time_ns);
        let side = &mut self.sides[direction];
        side.packets += 1;
        side.bytes += u64::from(frame.length);
        side
    }

    /// An ICMP error that quotes one of its packets.
    pub(super) fn add_error(&mut self, frame: Frame, error: IcmpError) {
        self.last_packet = frame.number;
        self.end_ns = self.end_ns.max(frame.time_ns);
        let icmp = self.icmp.get_or_insert_with(|| Box::new(error));
        icmp.count = icmp.count.saturating_add(1);
        icmp.bytes = icmp.bytes.saturating_add(frame.length);
    }

    /// The protocol that is spoken, as far as what was said shows it.
    pub fn application(&self) -> Option<&'static Dissector> {
        match &self.session {
            SessionState::NotStarted | SessionState::Unrecognized => None,
            SessionState::Active(messages) => messages.dissector(),
            SessionState::Ended(said) => Some(said.dissector),
            SessionState::Stateless(dissector) => Some(dissector),
        }
    }

    /// Whether its messages depend on each other, so that they must be read to show one.
    pub fn has_session(&self) -> bool {
        match self.session {
            SessionState::NotStarted | SessionState::Stateless(_) => false,
            SessionState::Unrecognized => self.protocol == Protocol::Tcp,
            SessionState::Active(_) | SessionState::Ended(_) => true,
        }
    }

    /// The summary, in a few words. Not fit for a terminal: it holds what the network sent.
    pub fn summary(&self) -> String {
        match &self.session {
            SessionState::Active(messages) => messages.summary(),
            SessionState::Ended(said) => said.summary.to_string(),
            _ => String::new(),
        }
    }

    /// Whether somebody could read a password or another secret in it.
    pub fn credentials(&self) -> bool {
        match &self.session {
            SessionState::Active(messages) => messages.credentials(),
            SessionState::Ended(said) => said.credentials,
            _ => false,
        }
    }

    /// What it must speak, whatever it looks like.
    pub(super) fn forced(
        &self,
        decode_as: &DecodeAs,
        expectations: &Expectations,
    ) -> Option<&'static Dissector> {
        decode_as.find(self).or_else(|| {
            let expectation = expectations.get(self.expected?)?;
            Some(expectation.dissector)
        })
    }

    /// Datagrams of a protocol that remembers nothing, or of none, need no listening to.
    pub(super) fn speaks_plainly(
        &self,
        forced: Option<&'static Dissector>,
        payload: &[u8],
    ) -> Option<SessionState> {
        if self.protocol == Protocol::Tcp {
            return None;
        }
        let ports = [self.client.port, self.server.port];
        let found = forced.or_else(|| recognise(Selector::UdpPort, ports, Side::Client, payload));
        match found {
            Some(dissector) if dissector.session.is_some() => None,
            Some(dissector) => Some(SessionState::Stateless(dissector)),
            None => Some(SessionState::Unrecognized),
        }
    }

    pub(super) fn listen(&self, forced: Option<&'static Dissector>, keeps: bool) -> Messages {
        let setting = Setting {
            client: (self.client.address, self.client.port),
            server: (self.server.address, self.server.port),
            keeps,
        };
        let selector = match self.protocol {
            Protocol::Tcp => Selector::TcpPort,
            Protocol::Udp => Selector::UdpPort,
        };
        Messages::new(setting, selector, forced)
    }

    /// Everything was read. Gives back the memory of it, to be used again.
    pub(super) fn stop_listening(&mut self) -> Option<Box<Messages>> {
        let SessionState::Active(messages) = &self.session else {
            return None;
        };
        let over = SessionState::ended(messages);
        match std::mem::replace(&mut self.session, over) {
            SessionState::Active(messages) => Some(messages),
            _ => None,
        }
    }

    /// `tcp/0`, `udp/3`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.protocol.name(), self.stream)
    }

    /// Packets of both sides, and ICMP errors about them.
    pub fn packets(&self) -> u64 {
        let sides: u64 = self.sides.iter().map(|side| u64::from(side.packets)).sum();
        sides + u64::from(self.errors())
    }

    /// How many ICMP errors there are about it.
    pub fn errors(&self) -> u32 {
        self.icmp.as_ref().map_or(0, |icmp| icmp.count)
    }

    /// How many of its packets are others captured twice.
    pub fn duplicates(&self) -> u32 {
        let PerSide { client, server } = &self.sides;
        client.duplicates.saturating_add(server.duplicates)
    }

    /// Bytes of whole frames of both sides, and of ICMP errors about them.
    pub fn bytes(&self) -> u64 {
        let icmp = self.icmp.as_ref().map_or(0, |icmp| icmp.bytes);
        self.sides.iter().map(|side| side.bytes).sum::<u64>() + u64::from(icmp)
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
    pub fn side(&self, direction: Side) -> &SideCounts {
        &self.sides[direction]
    }

    /// One end.
    pub fn endpoint(&self, direction: Side) -> Endpoint {
        match direction {
            Side::Client => self.client,
            Side::Server => self.server,
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
            size_of::<Conversation>() <= 496,
            "{}",
            size_of::<Conversation>()
        );
    }
}
