//! The transport layer of conversations: which packets belong to which conversation, and the state of its connection.

use super::{
    Arrival, ArrivalKind, Begun, ConversationId, Endpoint, Ends, Fingerprint, Fingerprints, Frame,
    IcmpError, Opening, Protocol, SideCounts, Tcp, TcpSummary, TooBig, Tracked,
    connection::{Arrived, Connection},
    duplicates::Duplicates,
    fingerprint::{self, FlowHash},
    history::History,
    table::{Entry, Table},
    weight::{Weight, Weights},
};
use crate::{format::duration, lang::text};
use dissectors::{
    AnalysisFlags, Flow, MAX_WAIT_NS, PerSide, Quoted, Segment, Side, TcpFlags, Transport,
    checksum::Verified, elapsed_ns,
};
use hashbrown::HashTable;
use std::{borrow::Cow, fmt};

/// No conversation.
const NONE: u32 = u32::MAX;

/// From this number on those conversations are counted of which only ICMP errors have come that quote less than a TCP
/// header: Wireshark numbers none of them.
const QUOTED: u32 = 1 << 31;

/// The name of a conversation: `tcp/0`, `udp/3`; `icmp/0` if it has no number.
#[derive(Clone, Copy, Debug)]
pub struct ConversationName(Protocol, u32);

impl fmt::Display for ConversationName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let ConversationName(protocol, stream) = self;
        match stream.checked_sub(QUOTED) {
            None => write!(f, "{}/{stream}", protocol.name()),
            Some(quoted) => write!(f, "icmp/{quoted}"),
        }
    }
}

/// What is kept of the transport layer of a conversation.
///
/// The fields that every packet needs come first, in as few cache lines as possible.
#[derive(Debug)]
#[repr(C)]
pub struct TransportState {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Its beginning was not captured, so which side is the client is guessed from the ports.
    pub client_is_guess: bool,
    /// Some payload has come.
    has_payload: bool,
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
    /// The state of its transport layer.
    pub(super) connection: Connection,
    /// The counters of the client and the server.
    pub sides: PerSide<SideCounts>,
    /// When its first packet was captured, nanoseconds since the epoch.
    pub start_ns: i64,
    /// Its number as in `tcp.stream` and `udp.stream`, or from [`QUOTED`] on.
    stream: u32,
    /// How many of its packets have been evicted.
    pub evicted: u32,
    /// The earlier conversation with the same addresses and ports; [`NONE`] for none.
    reuses: u32,
    /// What it takes besides this record, as it was last computed.
    weight: Weight,
    /// The first ICMP error about it.
    pub icmp: Option<Box<IcmpError>>,
}

impl TransportState {
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
        TransportState {
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
            has_payload: false,
            scattered: false,
        }
    }

    /// Returns how much memory it takes besides this record.
    fn allocated(&self) -> usize {
        self.connection.allocated() + self.icmp.as_ref().map_or(0, |_| size_of::<IcmpError>())
    }

    /// Takes the sender of a SYN for the client, if only ICMP errors have come before.
    #[cold]
    fn settle(&mut self, flow: &Flow, from: Endpoint) {
        let Transport::Tcp(segment) = &flow.transport else {
            return;
        };
        if !matches!(self.connection, Connection::Nothing) || !segment.flags.syn() {
            return;
        }
        self.client_is_guess = false;
        if (self.client == from) != segment.flags.ack() {
            return;
        }
        std::mem::swap(&mut self.client, &mut self.server);
        if let Some(too_big) = self.icmp.as_mut().and_then(|icmp| icmp.too_big.as_mut()) {
            too_big.from = too_big.from.other();
        }
    }

    /// Returns its two ends.
    pub fn ends(&self) -> Ends {
        Ends {
            protocol: self.protocol,
            client: self.client,
            server: self.server,
        }
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

    /// Notes that this packet, its last one, has no time.
    #[cold]
    fn timeless(&mut self, packet: u32) {
        let first = (self.first(), self.reuses != NONE);
        self.connection.timeless(packet, first);
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

    /// Whether a RST has ended its connection.
    #[inline]
    fn is_reset(&self) -> bool {
        match &self.connection {
            Connection::Followed(followed) => followed.tcp.reset.is_some(),
            Connection::First(_) => self.tcp().reset.is_some(),
            _ => false,
        }
    }

    /// Returns how a packet with this payload is read, if it is not a copy.
    #[inline]
    fn read_as(&mut self, flow: &Flow, payload: Option<&[u8]>) -> ArrivalKind {
        const CONTROL: u16 = TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST;
        match (payload, &flow.transport) {
            (None, _) => ArrivalKind::Other,
            (Some(_), Transport::Tcp(segment))
                if flow.payload_length == 0 && !segment.flags.any(CONTROL) =>
            {
                ArrivalKind::Acknowledgment
            }
            (Some(payload), _) if !self.has_payload && !payload.is_empty() => {
                self.has_payload = true;
                ArrivalKind::First
            }
            _ => ArrivalKind::Content,
        }
    }

    /// Returns what the application layer needs to know of a packet, after it was added.
    #[inline]
    fn arrival(&self, tracked: Tracked, frame: Frame, flow: &Flow, kind: ArrivalKind) -> Arrival {
        let Tracked { id, direction, .. } = tracked;
        let flags = match &flow.transport {
            Transport::Tcp(it) if it.flags.any(TcpFlags::FIN | TcpFlags::RST) => {
                let tcp = self.tcp();
                tcp.counted_flags(frame.number, direction, it, flow.payload_length)
            }
            Transport::Tcp(segment) => segment.flags,
            Transport::Udp => TcpFlags::default(),
        };
        Arrival {
            id,
            packet: frame.number,
            direction,
            flags,
            kind,
            is_reset: self.is_reset(),
            begins: false,
        }
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

    /// Adds an ICMP error that quotes one of its packets; `mtu` is that of a link which the packet was too big for, or 0.
    pub(super) fn add_error(&mut self, frame: Frame, error: IcmpError, from: Side, mtu: u32) {
        self.last_packet = frame.number;
        self.end_ns = self.end_ns.max(frame.time_ns);
        let icmp = self.icmp.get_or_insert_with(|| Box::new(error));
        icmp.count = icmp.count.saturating_add(1);
        icmp.bytes = icmp.bytes.saturating_add(frame.length);
        if !error.is_too_big() {
            return;
        }
        let known = icmp.too_big.get_or_insert(TooBig {
            packet: frame.number,
            reporter: error.reporter,
            from,
            mtu,
            count: 0,
        });
        if known.from == from {
            known.count = known.count.saturating_add(1);
            if mtu > 0 && (known.mtu == 0 || mtu < known.mtu) {
                known.mtu = mtu;
            }
            // Headers without options: RFC 8200, section 3, and RFC 9293, section 3.1.
            let headers = if error.v6 { 60 } else { 40 };
            let room = known.mtu.checked_sub(headers).filter(|room| *room > 0);
            self.connection.too_big(from, room);
        }
    }

    /// Returns its number, as in `tcp.stream` and `udp.stream`; none if only ICMP errors about it have come that quote less
    /// than a TCP header.
    pub fn stream(&self) -> Option<u32> {
        (self.stream < QUOTED).then_some(self.stream)
    }

    /// Returns its name.
    pub fn name(&self) -> ConversationName {
        ConversationName(self.protocol, self.stream)
    }

    /// Returns its name as text.
    pub fn id(&self) -> String {
        self.name().to_string()
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
            Some(_) if self.tcp().handshake.is_timeless => None,
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

    /// Returns the state of its TCP connection.
    #[inline]
    pub fn tcp(&self) -> Cow<'_, Tcp> {
        self.connection.tcp(self.first())
    }

    /// Returns what the TCP analysis of its segments adds up to. None if it has no segments.
    pub fn analysis(&self) -> Option<Cow<'_, TcpSummary>> {
        self.connection.analysis(self.first(), self.reuses != NONE)
    }

    /// Returns its history in Zeek's notation, as far as it depends on the transport layer.
    pub(super) fn raw_history(&self) -> History {
        let sent = |side: Side| {
            let side = self.side(side);
            side.packets > side.duplicates
        };
        self.connection.history(self.first(), sent)
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

impl Entry for TransportState {
    #[inline]
    fn is_there(&self) -> bool {
        self.kept_from > 0
    }
}

/// The latest conversation between two endpoints. With the hash stored, other conversations need not be read to compare
/// them, nor when the table grows.
#[derive(Clone, Copy)]
struct Latest {
    hash: FlowHash,
    id: u32,
}

/// The numbers of the next conversations.
#[derive(Default)]
struct Streams {
    tcp: u32,
    udp: u32,
    quoted: u32,
}

impl Streams {
    /// Returns the number of a conversation of which the first packet has come.
    fn next(&mut self, protocol: Protocol) -> u32 {
        let next = match protocol {
            Protocol::Tcp => &mut self.tcp,
            Protocol::Udp => &mut self.udp,
        };
        *next += 1;
        *next - 1
    }

    /// Returns the number of one of which only an ICMP error has come.
    fn next_quoted(&mut self) -> u32 {
        self.quoted += 1;
        QUOTED + self.quoted - 1
    }
}

/// What a conversation takes: its record, and its entries in the hash table, which is half full at least and is copied
/// when it grows, and in lists of conversations.
const CONVERSATION_WEIGHT: u64 = size_of::<TransportState>() as u64 + 56;

/// The transport layer of all conversations.
#[derive(Default)]
pub(super) struct TransportTracker {
    pub conversations: Table<TransportState>,
    /// The latest conversation between two endpoints, in a hash table.
    latest: HashTable<Latest>,
    /// Seeded at random in every run, because the senders choose addresses and ports.
    pub fingerprints: Fingerprints,
    /// The conversation of the previous packet.
    previous: u32,
    streams: Streams,
    /// The most recently tracked packets.
    duplicates: Duplicates,
    /// How much memory the conversations take.
    pub weights: Weights,
}

impl TransportTracker {
    /// Adds a transport layer of these bytes to its conversation. `payload` is that of the innermost one of a packet, the
    /// only one that is read. Returns what becomes of it, and what the application layer needs to know.
    #[inline]
    pub fn track(
        &mut self,
        frame: Frame,
        flow: &Flow,
        fingerprint: Fingerprint,
        packet: &[u8],
        payload: Option<&[u8]>,
    ) -> (Tracked, Arrival) {
        let (from, to) = fingerprint::ends(flow);
        let protocol = fingerprint::protocol(flow);
        let Fingerprint {
            hash,
            print,
            checksum,
        } = fingerprint;
        // Packets of one conversation often come in a row.
        let again = self.conversations.get(self.previous);
        let known = match again.is_some_and(|c| c.is_between(protocol, from, to)) {
            true => Some(self.previous),
            false => self.find(hash, protocol, from, to),
        };
        if let Some(id) = known
            && let Some(conversation) = self.conversations.get_mut(id)
        {
            self.previous = id;
            self.weights.touch(id, &mut conversation.weight);
            if matches!(conversation.connection, Connection::Nothing)
                && conversation.stream().is_none()
            {
                conversation.stream = self.streams.next(protocol);
            }
            if conversation.client_is_guess {
                conversation.settle(flow, from);
            }
            let direction = conversation.direction(from);
            let reused = match &flow.transport {
                Transport::Tcp(segment) => conversation.is_reused_by(direction, segment),
                Transport::Udp => false,
            };
            if !reused {
                let id = ConversationId(id);
                let mut tracked = Tracked {
                    id,
                    direction,
                    before: conversation.last_packet,
                    is_duplicate: false,
                    is_error: false,
                    marks: AnalysisFlags::default(),
                };
                if let Some(print) = print {
                    let sender = (id, direction);
                    let is_rst = matches!(&flow.transport, Transport::Tcp(it) if it.flags.rst());
                    // A RST that IP does not number answers each segment of many alike.
                    tracked.is_duplicate = (print.is_identified() || !is_rst)
                        && conversation.may_be_duplicate(direction, flow)
                        && self.duplicates.has(print, sender, frame.time_ns);
                    self.duplicates.add(print, sender, frame.time_ns);
                }
                if tracked.is_duplicate {
                    tracked.marks = conversation.add_duplicate(frame, direction, flow);
                    let kind = ArrivalKind::Copy;
                    let arrival = conversation.arrival(tracked, frame, flow, kind);
                    return (tracked, arrival);
                }
                if checksum == Verified::Wrong {
                    conversation.damaged(direction);
                }
                tracked.marks = conversation.add(frame, direction, flow, packet);
                tracked.is_error = is_error(flow, tracked.marks);
                let kind = conversation.read_as(flow, payload);
                let arrival = conversation.arrival(tracked, frame, flow, kind);
                return (tracked, arrival);
            }
        }
        let stream = self.streams.next(protocol);
        let begins = (frame, stream);
        let id = ConversationId(self.begin(begins, Some(flow), protocol, from, to, hash));
        self.previous = id.0;
        let mut tracked = Tracked {
            id,
            direction: Side::Client,
            before: 0,
            is_duplicate: false,
            is_error: false,
            marks: AnalysisFlags::default(),
        };
        let mut arrival = Arrival::other(id, frame.number);
        if let Some(conversation) = self.conversations.get_mut(id.0) {
            self.weights.touch(id.0, &mut conversation.weight);
            tracked.direction = conversation.direction(from);
            if checksum == Verified::Wrong {
                conversation.damaged(tracked.direction);
            }
            tracked.marks = conversation.add(frame, tracked.direction, flow, packet);
            tracked.is_error = is_error(flow, tracked.marks);
            let kind = conversation.read_as(flow, payload);
            arrival = conversation.arrival(tracked, frame, flow, kind);
        }
        if let Some(print) = print {
            let sender = (id, tracked.direction);
            self.duplicates.add(print, sender, frame.time_ns);
        }
        arrival.begins = true;
        (tracked, arrival)
    }

    /// Returns what the application layer needs to know of a conversation that has just begun.
    pub fn begun(&self, id: ConversationId, may_be_announced: bool) -> Option<Begun> {
        let conversation = self.conversations.get(id.0)?;
        Some(Begun {
            ends: conversation.ends(),
            client_is_guess: conversation.client_is_guess,
            may_be_announced,
            packet: conversation.first_packet,
            time_ns: conversation.start_ns,
        })
    }

    /// Returns what the application layer needs to know when the first payload of a conversation comes.
    #[inline(never)]
    pub fn opening(&self, id: ConversationId) -> Option<Opening> {
        let conversation = self.conversations.get(id.0)?;
        Some(Opening::new(conversation.ends(), &conversation.tcp()))
    }

    #[inline]
    fn find(
        &self,
        hash: FlowHash,
        protocol: Protocol,
        from: Endpoint,
        to: Endpoint,
    ) -> Option<u32> {
        let conversations = &self.conversations;
        let same = |latest: &Latest| {
            latest.hash == hash
                && conversations
                    .get(latest.id)
                    .is_some_and(|conversation| conversation.is_between(protocol, from, to))
        };
        let latest = self.latest.find(hash.spread(), same)?;
        Some(latest.id)
    }

    #[cold]
    fn begin(
        &mut self,
        (frame, stream): (Frame, u32),
        flow: Option<&Flow>,
        protocol: Protocol,
        from: Endpoint,
        to: Endpoint,
        hash: FlowHash,
    ) -> u32 {
        let id = self.conversations.began() as u32;
        let mut conversation = TransportState::begin(protocol, stream, frame, flow, from, to);
        let conversations = &self.conversations;
        let same = |latest: &Latest| {
            latest.hash == hash
                && conversations
                    .get(latest.id)
                    .is_some_and(|conversation| conversation.is_between(protocol, from, to))
        };
        match self.latest.find_mut(hash.spread(), same) {
            Some(slot) => {
                conversation.set_reuses(slot.id);
                slot.id = id;
            }
            None => {
                let latest = Latest { hash, id };
                let spread = |latest: &Latest| latest.hash.spread();
                self.latest.insert_unique(hash.spread(), latest, spread);
            }
        }
        self.conversations.push(conversation);
        id
    }

    /// Adds an ICMP error to the conversation whose packet it quotes; the direction is that of the quoted packet. It is
    /// about none where it quotes no ports.
    #[cold]
    pub fn quoted(&mut self, frame: Frame, quoted: &Quoted) -> Option<(Tracked, Arrival)> {
        let protocol = match quoted.protocol {
            6 => Protocol::Tcp,
            17 => Protocol::Udp,
            _ => return None,
        };
        let (source_port, destination_port) = quoted.ports?;
        let from = Endpoint {
            address: quoted.source,
            port: source_port,
        };
        let to = Endpoint {
            address: quoted.destination,
            port: destination_port,
        };
        let hash = self.fingerprints.hash(protocol, from, to);
        let known = self.find(hash, protocol, from, to);
        let id = match known {
            Some(id) => id,
            None => {
                let stream = match quoted.has_header {
                    true => self.streams.next(protocol),
                    false => self.streams.next_quoted(),
                };
                self.begin((frame, stream), None, protocol, from, to, hash)
            }
        };
        let conversation = self.conversations.get_mut(id)?;
        if quoted.has_header && conversation.stream().is_none() {
            conversation.stream = self.streams.next(protocol);
        }
        self.weights.touch(id, &mut conversation.weight);
        let before = known.map_or(0, |_| conversation.last_packet);
        let direction = conversation.direction(from);
        conversation.add_error(
            frame,
            IcmpError {
                packet: frame.number,
                v6: quoted.v6,
                kind: quoted.kind,
                code: quoted.code,
                reporter: quoted.reporter,
                count: 0,
                bytes: 0,
                too_big: None,
            },
            direction,
            quoted.mtu.unwrap_or(0),
        );
        let tracked = Tracked {
            id: ConversationId(id),
            direction,
            before,
            is_duplicate: false,
            is_error: false,
            marks: AnalysisFlags::default(),
        };
        let arrival = Arrival {
            is_reset: conversation.is_reset(),
            begins: known.is_none(),
            ..Arrival::other(tracked.id, frame.number)
        };
        Some((tracked, arrival))
    }

    /// Notes that this packet, the last one of a conversation, has no time.
    #[cold]
    pub fn timeless(&mut self, id: ConversationId, packet: u32) {
        if let Some(conversation) = self.conversations.get_mut(id.0) {
            conversation.timeless(packet);
        }
    }

    /// Evicts a packet of a conversation; `next` is the packet after it, if that is known. A conversation is evicted
    /// with its last packet; returns whether it was.
    pub fn evict(&mut self, id: ConversationId, packet: u32, next: Option<u32>) -> bool {
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return false;
        };
        if conversation.last_packet > packet {
            conversation.evicted = conversation.evicted.saturating_add(1);
            conversation.kept_from = next.unwrap_or(packet + 1);
            return false;
        }
        let TransportState {
            protocol,
            client,
            server,
            ..
        } = *conversation;
        let hash = self.fingerprints.hash(protocol, client, server);
        // A later conversation between the same ports may have replaced it by now.
        if let Ok(latest) = self
            .latest
            .find_entry(hash.spread(), |latest| latest.id == id.0)
        {
            latest.remove();
        }
        self.weights.remove(&mut conversation.weight);
        conversation.icmp = None;
        conversation.connection = Connection::Nothing;
        conversation.kept_from = 0;
        self.conversations.removed(id.0);
        true
    }

    /// Weighs the conversations that may have become heavier or lighter.
    pub fn weigh(&mut self) {
        let due = self.weights.take_due();
        for id in &due {
            if let Some(conversation) = self.conversations.get_mut(*id) {
                let allocated = conversation.allocated();
                self.weights.weigh(&mut conversation.weight, allocated);
            }
        }
        self.weights.put_back(due);
    }

    /// Checks that the sum is that of the conversations.
    #[cfg(test)]
    pub fn check_weights(&self) {
        let all = self.conversations.iter();
        let sum: u64 = all.map(|(_, it)| it.weight.bytes()).sum();
        assert_eq!(sum, self.weights.all);
    }

    /// Returns how much memory it takes, at least approximately, where conversations are weighed.
    pub fn weight(&self) -> u64 {
        self.conversations.count() as u64 * CONVERSATION_WEIGHT
            + self.conversations.elders_weight()
            + self.weights.all
    }

    /// Returns the number of conversations for which memory is held.
    #[cfg(test)]
    pub fn memory(&self) -> usize {
        self.conversations.held() + self.latest.capacity()
    }
}

/// The marks of segments that show an error.
const ERRORS: u16 = AnalysisFlags::RETRANSMITTED | AnalysisFlags::LOST_SEGMENT;

/// Whether a packet shows an error.
#[inline]
fn is_error(flow: &Flow, marks: AnalysisFlags) -> bool {
    let is_rst = matches!(&flow.transport, Transport::Tcp(segment) if segment.flags.rst());
    is_rst || marks.any(ERRORS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A million conversations of one packet take 200 MB.
    #[test]
    fn it_takes_few_bytes() {
        let lengths = [
            size_of::<TransportState>(),
            size_of::<super::super::application::ApplicationState>(),
        ];
        assert!(lengths.iter().sum::<usize>() <= 200, "{lengths:?}");
    }
}
