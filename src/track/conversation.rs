//! One conversation: two endpoints and what passed between them.

use super::{
    DecodeAs, Expectations, FirstBytes, Frame, Kind, Looks, Messages, Tcp, TcpSummary,
    connection::{Arrived, Connection},
    history::MAX_HISTORY,
    weight::Weight,
};
use crate::{format::duration, lang::text};
use dissectors::{
    AnalysisFlags, DATA, Dissector, Exchanges, Flow, MAX_WAIT_NS, PerSide, Remarks, Segment,
    Selector, Setting, Side, TcpFlags, Transport, Undeclared, elapsed_ns, recognise,
};
use std::{borrow::Cow, fmt, net::IpAddr, num::NonZeroU32};

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

/// The state of a conversation's messages.
#[derive(Default)]
pub enum SessionState {
    /// No payload was seen yet.
    #[default]
    NotStarted,
    /// The session is in progress.
    Active(Box<Messages>),
    /// The session has ended.
    Ended(Box<SessionSummary>),
    /// A protocol whose messages do not depend on each other.
    Stateless(&'static Dissector),
    /// No known protocol.
    Unrecognized {
        /// The packet with the first password or other secret among its bytes.
        secret_in: Option<NonZeroU32>,
        /// What its first bytes look like.
        looks: Kind,
        /// The first lines, if they look like text.
        lines: Option<Box<Box<str>>>,
    },
}

/// The data of an ended session that is kept.
#[derive(Clone, Debug)]
pub struct SessionSummary {
    /// The protocol, the latest one where it changed.
    pub dissector: &'static Dissector,
    /// Those before it.
    pub before: Box<[&'static Dissector]>,
    /// A summary in a few words.
    pub summary: Box<str>,
    /// The packet with the first password or other secret that was readable on the path.
    pub secret_in: Option<NonZeroU32>,
    /// What an operator should know besides.
    pub remarks: Remarks,
    /// The character set of its text that declares none.
    pub undeclared: Undeclared,
}

impl SessionState {
    pub(super) fn ended(messages: &Messages) -> SessionState {
        match messages.dissector() {
            Some(dissector) => SessionState::Ended(Box::new(SessionSummary {
                dissector,
                before: messages
                    .dissectors()
                    .filter(|it| *it != dissector)
                    .collect(),
                summary: messages.summary().into_boxed_str(),
                secret_in: messages.secret_in(),
                remarks: messages.remarks(),
                undeclared: messages.undeclared(),
            })),
            None => SessionState::unrecognized(messages.secret_in(), messages.looks()),
        }
    }

    pub(super) fn unrecognized(secret_in: Option<NonZeroU32>, looks: Looks) -> SessionState {
        SessionState::Unrecognized {
            secret_in,
            looks: looks.kind,
            lines: looks.lines,
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
            SessionState::Unrecognized { .. } => "unknown",
        })
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
}

impl IcmpError {
    /// Whether it says that a packet was on its way for too long: RFC 792 and RFC 4443, section 3.3.
    pub fn is_time_exceeded(&self) -> bool {
        self.kind == if self.v6 { 3 } else { 11 }
    }

    /// Whether it says that a packet was too big for a link: RFC 1191, section 4, and RFC 4443, section 3.2.
    pub fn is_too_big(&self) -> bool {
        match self.v6 {
            true => self.kind == 2,
            false => (self.kind, self.code) == (3, 4),
        }
    }
}

/// No conversation, or no announcement.
const NONE: u32 = u32::MAX;

/// Two endpoints and what passed between them.
///
/// The fields that every packet needs come first, in as few cache lines as possible.
#[derive(Debug)]
#[repr(C)]
pub struct Conversation {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Its beginning was not captured, so which side is the client is guessed from the ports.
    pub client_is_guess: bool,
    /// Some of its data waits for data that is missing before it.
    pub(super) waits: bool,
    /// Some of its packets carry another conversation, so they are not linked.
    pub(crate) scattered: bool,
    /// All of its packets before this one were evicted; 0 once the conversation was evicted itself.
    pub(super) kept_from: u32,
    /// The endpoint that opened it.
    pub client: Endpoint,
    /// The endpoint that the client connected to.
    pub server: Endpoint,
    /// The number of its last packet.
    pub last_packet: u32,
    /// The number of its first packet.
    pub first_packet: u32,
    /// When its last packet was captured, nanoseconds since the epoch.
    pub end_ns: i64,
    /// What it takes besides this record, as it was last computed.
    pub(super) weight: Weight,
    /// Its session.
    pub session: SessionState,
    /// The state of its transport layer.
    pub(super) connection: Connection,
    /// The counters of the client and the server.
    pub sides: PerSide<SideCounts>,
    /// When its first packet was captured, nanoseconds since the epoch.
    pub start_ns: i64,
    /// Its number as in `tcp.stream` and `udp.stream`.
    pub stream: u32,
    /// How many of its packets have been evicted.
    pub evicted: u32,
    /// The name that one side uses for the other.
    pub(super) called: Option<Box<super::names::HostName>>,
    /// The earlier conversation with the same addresses and ports, and the announcement that it fulfils, as an index in
    /// the tracker's expectations; [`NONE`] for none.
    reuses: u32,
    expected: u32,
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
            // Servers listen on the lower port; with equal ports the side that sends first is taken for the client.
            _ => (from.port >= to.port, true),
        };
        // A UDP exchange has no opening: the side that sends first is the client, unless the ports show otherwise.
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
            weight: Weight::default(),
            sides: PerSide::default(),
            reuses: NONE,
            icmp: None,
            connection: Connection::default(),
            session: SessionState::NotStarted,
            waits: false,
            called: None,
            expected: NONE,
            scattered: false,
        }
    }

    /// Returns how much memory it takes besides this record.
    pub(super) fn allocated(&self) -> usize {
        let session = match &self.session {
            SessionState::Active(messages) => messages.weight(),
            SessionState::Ended(over) => size_of::<SessionSummary>() + over.summary.len(),
            SessionState::Unrecognized {
                lines: Some(lines), ..
            } => size_of::<Box<str>>() + lines.len(),
            _ => 0,
        };
        let called = self.called.as_ref();
        session
            + self.connection.allocated()
            + called.map_or(0, |_| size_of::<super::names::HostName>())
            + self.icmp.as_ref().map_or(0, |_| size_of::<IcmpError>())
    }

    /// Whether its messages are being read.
    #[inline]
    pub(crate) fn is_active(&self) -> bool {
        matches!(self.session, SessionState::Active(_))
    }

    /// Whether it has not been evicted.
    #[inline]
    pub(super) fn is_there(&self) -> bool {
        self.kept_from > 0
    }

    /// Returns the first packet that may still be there; all of its earlier packets were evicted.
    pub fn kept_from(&self) -> u32 {
        self.kept_from
    }

    #[inline]
    pub(super) fn is_between(&self, protocol: Protocol, a: Endpoint, b: Endpoint) -> bool {
        self.protocol == protocol
            && ((self.client == a && self.server == b) || (self.client == b && self.server == a))
    }

    /// Returns the side that a packet from this endpoint comes from.
    #[inline]
    pub fn direction(&self, from: Endpoint) -> Side {
        if self.client == from {
            Side::Client
        } else {
            Side::Server
        }
    }

    /// Adds a packet; returns the marks of its segment.
    #[inline]
    pub(super) fn add(
        &mut self,
        frame: Frame,
        direction: Side,
        flow: &Flow,
        packet: &[u8],
    ) -> AnalysisFlags {
        let payload = flow.payload_length;
        self.count(frame, direction).payload += u64::from(payload);
        match &flow.transport {
            Transport::Tcp(segment) => {
                let first = self.first();
                let options = match segment.options.sack_blocks {
                    true => flow.tcp_options(packet),
                    false => &[],
                };
                let arrived = Arrived {
                    segment,
                    payload,
                    options,
                    reuses: self.reuses != NONE,
                };
                self.connection.segment(first, frame, direction, arrived)
            }
            Transport::Udp => {
                self.connection.datagram(direction);
                AnalysisFlags::default()
            }
        }
    }

    /// Notes that its next packet, from this side, has a wrong checksum.
    #[cold]
    pub(super) fn damaged(&mut self, direction: Side) {
        let first = (self.first(), self.reuses != NONE);
        let sides = &self.sides;
        let sent = |side: Side| sides[side].packets > sides[side].duplicates;
        self.connection
            .damaged(self.protocol, direction, first, sent);
    }

    /// Returns the protocol of a datagram that is a copy of an earlier packet. The copy of a segment is a retransmission,
    /// whose data is not read.
    pub(super) fn datagram_again(&self, flow: &Flow) -> Option<&'static str> {
        match flow.transport {
            Transport::Udp if flow.payload_length > 0 => {
                Some(self.application().map_or(DATA.name, |it| it.name))
            }
            _ => None,
        }
    }

    /// Returns the protocol of a payload that no session reads.
    pub(super) fn reads_plainly(&self, payload: &[u8]) -> Option<&'static str> {
        match self.session {
            SessionState::Stateless(dissector) => Some(dissector.name),
            SessionState::Unrecognized { .. } if !payload.is_empty() => Some(DATA.name),
            _ => None,
        }
    }

    /// Whether this SYN opens another connection between the same ports.
    #[inline]
    pub(super) fn is_reused_by(&self, direction: Side, segment: &Segment) -> bool {
        segment.flags.0 & (TcpFlags::SYN | TcpFlags::ACK) == TcpFlags::SYN
            && self.tcp().is_reused_by(direction, segment)
    }

    /// Whether a packet may have been captured before: it carries nothing new.
    #[inline]
    pub(super) fn may_be_duplicate(&self, direction: Side, flow: &Flow) -> bool {
        match &flow.transport {
            Transport::Tcp(segment) => {
                // The state of a connection's first segment is made only if it is needed.
                let control = TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST;
                segment.flags.any(control)
                    || self
                        .tcp()
                        .may_be_old(direction, segment, flow.payload_length)
            }
            Transport::Udp => true,
        }
    }

    /// Counts a packet that was captured before. It changes nothing else.
    pub(super) fn add_duplicate(
        &mut self,
        frame: Frame,
        direction: Side,
        flow: &Flow,
    ) -> AnalysisFlags {
        self.count(frame, direction).duplicates += 1;
        let Transport::Tcp(segment) = &flow.transport else {
            return AnalysisFlags::default();
        };
        let first = (self.first(), self.reuses != NONE);
        let segment = (segment, flow.payload_length);
        self.connection.copy(first, frame, direction, segment)
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

    /// Adds an ICMP error that quotes one of its packets.
    pub(super) fn add_error(&mut self, frame: Frame, error: IcmpError) {
        self.last_packet = frame.number;
        self.end_ns = self.end_ns.max(frame.time_ns);
        let icmp = self.icmp.get_or_insert_with(|| Box::new(error));
        icmp.count = icmp.count.saturating_add(1);
        icmp.bytes = icmp.bytes.saturating_add(frame.length);
    }

    /// Returns the application protocol, if its payload shows one.
    pub fn application(&self) -> Option<&'static Dissector> {
        match &self.session {
            SessionState::NotStarted | SessionState::Unrecognized { .. } => None,
            SessionState::Active(messages) => messages.dissector(),
            SessionState::Ended(said) => Some(said.dissector),
            SessionState::Stateless(dissector) => Some(dissector),
        }
    }

    /// Returns the protocols of its messages, if they are certain: all that it has used by now. Bytes between the messages
    /// may be of none.
    pub fn protocols(&self) -> Option<impl Iterator<Item = &'static Dissector> + Clone> {
        let (active, ended) = match &self.session {
            SessionState::Active(messages) => (Some(messages), None),
            SessionState::Ended(ended) => (None, Some(ended)),
            _ => return None,
        };
        let is_whole = self.evicted == 0 && !self.weight.is_partial && !self.weight.is_cut;
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
        match self.session {
            SessionState::NotStarted | SessionState::Stateless(_) => false,
            SessionState::Unrecognized { .. } => self.protocol == Protocol::Tcp,
            SessionState::Active(_) | SessionState::Ended(_) => true,
        }
    }

    /// Whether no payload has shown what it is or is not.
    pub fn is_silent(&self) -> bool {
        match &self.session {
            SessionState::NotStarted => true,
            SessionState::Active(messages) => messages.looks().kind == Kind::Nothing,
            SessionState::Unrecognized { looks, .. } => *looks == Kind::Nothing,
            SessionState::Ended(_) | SessionState::Stateless(_) => false,
        }
    }

    /// Returns the summary, in a few words. It is not fit for a terminal: it holds bytes from the network.
    pub fn summary(&self) -> String {
        match &self.session {
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
        let packet = match &self.session {
            SessionState::Active(messages) => messages.secret_in(),
            SessionState::Ended(said) => said.secret_in,
            SessionState::Unrecognized { secret_in, .. } => *secret_in,
            _ => None,
        };
        packet.map(NonZeroU32::get)
    }

    /// Returns what an operator should know of its protocols besides their exchanges.
    pub fn remarks(&self) -> Remarks {
        match &self.session {
            SessionState::Active(messages) => messages.remarks(),
            SessionState::Ended(said) => said.remarks,
            _ => Remarks::default(),
        }
    }

    /// Returns the protocol that it must be read as, whatever its payload looks like.
    pub(super) fn forced(
        &self,
        decode_as: &DecodeAs,
        expectations: &Expectations,
    ) -> Option<&'static Dissector> {
        decode_as.find(self).or_else(|| {
            let expectation = expectations.get(self.expected()?)?;
            Some(expectation.dissector)
        })
    }

    /// Whether it needs no session: datagrams of a stateless protocol, or of none.
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
            None => {
                let mut first = FirstBytes::default();
                first.add(Side::Client, 0, payload);
                Some(SessionState::unrecognized(None, first.look()))
            }
        }
    }

    pub(super) fn listen(
        &self,
        forced: Option<&'static Dissector>,
        keeps: bool,
        undeclared: Undeclared,
    ) -> Messages {
        let setting = Setting {
            client: (self.client.address, self.client.port),
            server: (self.server.address, self.server.port),
            keeps,
            exchanges: match keeps {
                true => Exchanges::None,
                false => Exchanges::Conspicuous,
            },
            undeclared,
        };
        let selector = match self.protocol {
            Protocol::Tcp => Selector::TcpPort,
            Protocol::Udp => Selector::UdpPort,
        };
        Messages::new(setting, selector, forced)
    }

    /// Returns the character set of its text that declares none, as far as it was read.
    pub(super) fn undeclared(&self) -> Undeclared {
        match &self.session {
            SessionState::Active(messages) => messages.undeclared(),
            SessionState::Ended(over) => over.undeclared,
            _ => Undeclared::default(),
        }
    }

    /// Ends the session after everything was read. Returns its memory for reuse.
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

    /// Returns `tcp/0`, `udp/3`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.protocol.name(), self.stream)
    }

    /// Returns the number of packets of both sides, including ICMP errors about them.
    pub fn packets(&self) -> u64 {
        let sides: u64 = self.sides.iter().map(|side| u64::from(side.packets)).sum();
        sides + u64::from(self.errors())
    }

    /// Returns the number of ICMP errors about it.
    pub fn errors(&self) -> u32 {
        self.icmp.as_ref().map_or(0, |icmp| icmp.count)
    }

    /// Returns how many of its packets are captured copies of others.
    pub fn duplicates(&self) -> u32 {
        let PerSide { client, server } = &self.sides;
        client.duplicates.saturating_add(server.duplicates)
    }

    /// Returns the bytes of whole frames of both sides, including ICMP errors about them.
    pub fn bytes(&self) -> u64 {
        let icmp = self.icmp.as_ref().map_or(0, |icmp| icmp.bytes);
        self.sides.iter().map(|side| side.bytes).sum::<u64>() + u64::from(icmp)
    }

    /// Returns the time from its first to its last packet, in nanoseconds.
    pub fn duration_ns(&self) -> i64 {
        self.end_ns.saturating_sub(self.start_ns)
    }

    /// Returns the time from its first to its last packet, nanoseconds. None if a clock was set in between.
    pub fn lasted_ns(&self) -> Option<i64> {
        match self.connection.summary() {
            Some(summary) if summary.is_clock_set() => None,
            // A connection may last for weeks.
            Some(summary) if summary.lasted_ns() > MAX_WAIT_NS => Some(self.duration_ns()),
            _ => elapsed_ns(self.start_ns, self.end_ns),
        }
    }

    /// Returns that time in words.
    pub fn lasted(&self) -> String {
        match self.lasted_ns() {
            Some(ns) => duration(ns),
            None => text!("unknown-time").to_owned(),
        }
    }

    /// Returns its history in Zeek's notation.
    pub fn history(&self) -> String {
        let sent = |side: Side| {
            let side = self.side(side);
            side.packets > side.duplicates
        };
        let mut history = self.connection.history(self.first(), sent);
        if self.weight.is_partial {
            history.is_partial();
        }
        history.as_str().to_owned()
    }

    /// Returns the state of its TCP connection.
    #[inline]
    pub fn tcp(&self) -> Cow<'_, Tcp> {
        self.connection.tcp(self.first())
    }

    /// Returns what the TCP analysis of its segments adds up to. None if it has no segments.
    pub fn analysis(&self) -> Option<Cow<'_, TcpSummary>> {
        self.connection.analysis(self.first(), self.reuses != NONE)
    }

    /// Returns its first packet.
    #[inline]
    pub(super) fn first(&self) -> Frame {
        Frame::first((self.first_packet, self.start_ns))
    }

    /// Returns the earlier conversation with the same addresses and ports.
    pub fn reuses(&self) -> Option<ConversationId> {
        (self.reuses != NONE).then_some(ConversationId(self.reuses))
    }

    pub(super) fn set_reuses(&mut self, earlier: u32) {
        self.reuses = earlier;
    }

    /// Returns the announcement that it fulfils, as an index in the tracker's expectations.
    pub fn expected(&self) -> Option<u32> {
        (self.expected != NONE).then_some(self.expected)
    }

    pub(super) fn set_expected(&mut self, place: Option<u32>) {
        self.expected = place.unwrap_or(NONE);
    }

    /// Returns the counters of one side.
    pub fn side(&self, direction: Side) -> &SideCounts {
        &self.sides[direction]
    }

    /// Returns one endpoint.
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

    /// A million conversations of one packet take 200 MB.
    #[test]
    fn it_takes_few_bytes() {
        let length = size_of::<Conversation>();
        assert!(length <= 200, "{length}");
    }
}
