//! The application layer of conversations: their messages, and what these say about other conversations.
//!
//! It follows the transport layer, in the order of packets, and nothing of the transport layer depends on it. So a block
//! of packets may be tracked while the messages of the block before it are read.

use super::{
    Answers, ConversationId, DecodeAs, Endpoint, Expectations, FirstBytes, FrameLayers, HostNames,
    Kind, Looks, Messages, Payload, Protocol, ReadMessage, Requests, Start, Tcp,
    names::HostName,
    table::{Entry, Table},
    weight::{Weight, Weights},
};
use dissectors::{
    DATA, Dissector, Event, Exchange, Exchanges, Flow, PerSide, Remarks, Segment, Selector,
    Setting, Side, TcpFlags, Transport, Undeclared, recognise,
};
use std::{collections::VecDeque, fmt, net::IpAddr, num::NonZeroU32};

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
#[derive(Debug)]
pub struct SessionSummary {
    /// The name that one side uses for the other.
    called: Option<Box<HostName>>,
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
    fn ended(messages: &mut Messages) -> SessionState {
        match messages.dissector() {
            Some(dissector) => SessionState::Ended(Box::new(SessionSummary {
                called: messages.called.take(),
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

/// The two ends of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// The endpoint that opened it.
    pub client: Endpoint,
    /// The endpoint that the client connected to.
    pub server: Endpoint,
}

/// A conversation that has begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    pub ends: Ends,
    /// Which side is the client is guessed from the ports.
    pub client_is_guess: bool,
    /// It began with a packet of its own, not with an ICMP error about it.
    pub may_be_announced: bool,
    /// The packet that began it.
    pub packet: u32,
    /// When it began, nanoseconds since the epoch.
    pub time_ns: i64,
}

/// What the transport layer knows of both streams when the first payload comes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    pub ends: Ends,
    /// Where the streams begin.
    pub starts: PerSide<Option<Start>>,
    /// The sequence numbers of FINs.
    pub fins: PerSide<Option<u32>>,
    /// A RST has ended the connection.
    pub is_reset: bool,
}

impl Opening {
    pub(super) fn new(ends: Ends, tcp: &Tcp) -> Self {
        let of = |side: Side| (tcp.messages_start(side), tcp.fin_seq(side));
        let (client, server) = (of(Side::Client), of(Side::Server));
        Opening {
            ends,
            starts: PerSide {
                client: client.0,
                server: server.0,
            },
            fins: PerSide {
                client: client.1,
                server: server.1,
            },
            is_reset: tcp.reset.is_some(),
        }
    }
}

/// A packet of a conversation, as the transport layer hands it over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    /// Its conversation.
    pub id: ConversationId,
    /// Its number.
    pub packet: u32,
    /// The side that sent it.
    pub direction: Side,
    /// The TCP flags that count: a FIN at the end of its side, the RST that ended the connection.
    pub flags: TcpFlags,
    /// What it is.
    pub kind: ArrivalKind,
    /// After it, a RST has ended the connection.
    pub is_reset: bool,
    /// It begins the conversation.
    pub begins: bool,
}

impl Arrival {
    /// Returns one whose payload is not read.
    pub(super) fn other(id: ConversationId, packet: u32) -> Self {
        Arrival {
            id,
            packet,
            direction: Side::Client,
            flags: TcpFlags::default(),
            kind: ArrivalKind::Other,
            is_reset: false,
            begins: false,
        }
    }
}

/// What a packet is to the messages of its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArrivalKind {
    /// One whose payload is read.
    Content,
    /// A segment without data, SYN, FIN or RST: nothing is read of it, unless data waits for what is missing before it.
    Acknowledgment,
    /// The first that has payload: what is known of the streams comes with it.
    First,
    /// A copy of a packet that was captured before.
    Copy,
    /// An ICMP error about it, or a packet that carries another conversation: its payload is not read here.
    Other,
}

/// The bytes of a packet, with its time and its layers.
#[derive(Clone, Copy)]
pub(crate) struct Carried<'p> {
    /// When it was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    /// Its transport layer.
    pub flow: &'p Flow,
    /// Its payload, as far as it was captured.
    pub payload: &'p [u8],
    /// Its layers.
    pub layers: FrameLayers,
}

/// What is kept of the application layer of a conversation.
#[derive(Debug)]
pub(super) struct ApplicationState {
    /// Its session.
    pub session: SessionState,
    /// What it takes besides this record, as it was last computed.
    weight: Weight,
    /// The announcement that it fulfils, as an index in the tracker's expectations; [`NONE`] for none.
    expected: u32,
    /// The number of its last packet; 0 once it was evicted.
    last_packet: u32,
    /// Some of its data waits for data that is missing before it.
    waits: bool,
    /// A RST has ended its connection.
    is_reset: bool,
    /// Its messages were being read when it was weighed.
    was_active: bool,
    /// Whether its session was ended to free memory.
    cut: Cut,
}

/// Whether a session was ended to free memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// It was not.
    Never,
    /// It was, and nothing has come since.
    AtEnd,
    /// It was, and messages were not read to their end.
    Within,
}

/// No announcement.
const NONE: u32 = u32::MAX;

/// What is known of the application layer of a conversation of which nothing has been read.
pub(super) static NOTHING: ApplicationState = ApplicationState::NOTHING;

impl Entry for ApplicationState {
    #[inline]
    fn is_there(&self) -> bool {
        self.last_packet > 0
    }
}

impl ApplicationState {
    const NOTHING: ApplicationState = ApplicationState {
        session: SessionState::NotStarted,
        weight: Weight::NOTHING,
        expected: NONE,
        last_packet: 0,
        waits: false,
        is_reset: false,
        was_active: false,
        cut: Cut::Never,
    };

    /// Returns that of a conversation whose client uses this name for the server.
    #[cfg(test)]
    pub fn called(called: Option<Box<HostName>>) -> Self {
        let over = SessionSummary {
            called,
            dissector: DATA,
            before: Box::default(),
            summary: Box::default(),
            secret_in: None,
            remarks: Remarks::default(),
            undeclared: Undeclared::default(),
        };
        ApplicationState {
            session: SessionState::Ended(Box::new(over)),
            ..ApplicationState::NOTHING
        }
    }

    /// Returns the name that one side uses for the other.
    pub fn name(&self) -> Option<&HostName> {
        match &self.session {
            SessionState::Active(messages) => messages.called.as_deref(),
            SessionState::Ended(over) => over.called.as_deref(),
            _ => None,
        }
    }

    /// Returns how much memory it takes besides this record.
    fn allocated(&self) -> usize {
        let session = match &self.session {
            SessionState::Active(messages) => messages.weight(),
            SessionState::Ended(over) => size_of::<SessionSummary>() + over.summary.len(),
            SessionState::Unrecognized {
                lines: Some(lines), ..
            } => size_of::<Box<str>>() + lines.len(),
            _ => 0,
        };
        session + self.name().map_or(0, |_| size_of::<HostName>())
    }

    /// Whether its messages are being read.
    #[inline]
    pub fn is_active(&self) -> bool {
        matches!(self.session, SessionState::Active(_))
    }

    /// Whether all of its messages were read, as far as they have come.
    pub fn is_whole(&self) -> bool {
        self.cut == Cut::Never
    }

    /// Whether its messages were not read to their end, because its session was ended to free memory.
    pub fn is_partial(&self) -> bool {
        self.cut == Cut::Within
    }

    /// Returns the announcement that it fulfils.
    pub fn expected(&self) -> Option<u32> {
        (self.expected != NONE).then_some(self.expected)
    }

    /// Returns the application protocol, if its payload shows one.
    pub fn dissector(&self) -> Option<&'static Dissector> {
        match &self.session {
            SessionState::NotStarted | SessionState::Unrecognized { .. } => None,
            SessionState::Active(messages) => messages.dissector(),
            SessionState::Ended(said) => Some(said.dissector),
            SessionState::Stateless(dissector) => Some(dissector),
        }
    }

    /// Returns the protocol of a payload that no session reads.
    fn reads_plainly(&self, payload: &[u8]) -> Option<&'static str> {
        match self.session {
            SessionState::Stateless(dissector) => Some(dissector.name),
            SessionState::Unrecognized { .. } if !payload.is_empty() => Some(DATA.name),
            _ => None,
        }
    }

    /// Ends the session after everything was read. Returns its memory for reuse.
    fn stop_listening(&mut self) -> Option<Box<Messages>> {
        let SessionState::Active(messages) = &mut self.session else {
            return None;
        };
        let over = SessionState::ended(messages);
        match std::mem::replace(&mut self.session, over) {
            SessionState::Active(messages) => Some(messages),
            _ => None,
        }
    }
}

/// Returns how a conversation needs to be read that needs no session: datagrams of a stateless protocol, or of none.
fn speaks_plainly(
    ends: &Ends,
    forced: Option<&'static Dissector>,
    payload: &[u8],
) -> Option<SessionState> {
    if ends.protocol == Protocol::Tcp {
        return None;
    }
    let ports = [ends.client.port, ends.server.port];
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

/// Returns a new session.
pub(super) fn listen(
    ends: &Ends,
    forced: Option<&'static Dissector>,
    keeps: bool,
    undeclared: Undeclared,
) -> Messages {
    let setting = Setting {
        client: (ends.client.address, ends.client.port),
        server: (ends.server.address, ends.server.port),
        keeps,
        exchanges: match keeps {
            true => Exchanges::None,
            false => Exchanges::Conspicuous,
        },
        undeclared,
    };
    let selector = match ends.protocol {
        Protocol::Tcp => Selector::TcpPort,
        Protocol::Udp => Selector::UdpPort,
    };
    Messages::new(setting, selector, forced)
}

/// The maximum number of memory blocks kept for new conversations.
const MAX_SPARE: usize = 256;

/// The maximum size of each of them, bytes.
const MAX_SPARE_WEIGHT: usize = 8 << 10;

/// The maximum number of conversations that were reset and may go on. Beyond it the oldest ones are taken to be over.
pub(super) const MAX_RESETS: usize = 128;

/// After this time a reset conversation is taken to be over, nanoseconds.
pub(super) const RESET_HOLDS_NS: i64 = 1_000_000_000;

/// The maximum number of conversations whose messages are read at the same time; the protocols of others are derived
/// from their ports.
const MAX_LIVE: u32 = 1 << 17;

/// Exchanges that have ended, each with its conversation.
pub(crate) type EndedExchanges = Vec<(ConversationId, Exchange)>;

/// The application layer of all conversations.
#[derive(Default)]
pub struct ApplicationTracker {
    /// By the number of the conversation, as those of the transport layer.
    pub(super) conversations: Table<ApplicationState>,
    /// The user's rules for the protocols of ports.
    pub decode_as: DecodeAs,
    /// Connections that conversations announced.
    pub expectations: Expectations,
    /// The names of addresses.
    pub names: HostNames,
    /// The requests that failed, were not answered, or were answered late.
    pub requests: Requests,
    /// How long answers took.
    pub answers: Answers,
    /// All exchanges that have ended since they were taken, in order. They are not kept unless tables are exported.
    pub(crate) ended: Option<EndedExchanges>,
    /// The messages that have ended since they were counted.
    read: Vec<ReadMessage>,
    /// How many there were after each packet with which some ended.
    read_by: Vec<usize>,
    /// Memory for the events of the conversation that is read.
    events: Vec<Event>,
    /// How many conversations have a session.
    pub(super) live: u32,
    /// Memory of ended conversations, for reuse.
    #[allow(clippy::vec_box, reason = "the boxes are what is used again")]
    spare: Vec<Box<Messages>>,
    /// How much memory the conversations take.
    pub(super) weights: Weights,
    /// How much of it those take whose messages are being read.
    active_weight: u64,
    /// The conversations whose messages were not read to their end, because their session was ended to free memory.
    cut_short: u64,
    /// Conversations that a RST has ended, and when, in nanoseconds since the epoch: they may go on.
    pub(super) resets: VecDeque<(ConversationId, i64)>,
}

impl ApplicationTracker {
    /// Whether messages have ended since they were counted.
    #[inline]
    pub(crate) fn has_read_messages(&self) -> bool {
        !self.read.is_empty()
    }

    /// Records that all of a packet was read.
    #[inline]
    pub(crate) fn end_packet(&mut self) {
        let count = self.read.len();
        if count > 0 && self.read_by.last() != Some(&count) {
            self.read_by.push(count);
        }
    }

    /// Returns the messages that have ended since they were counted: those of each packet.
    pub(crate) fn read_messages(&self) -> impl Iterator<Item = &[ReadMessage]> {
        let mut from = 0;
        self.read_by.iter().filter_map(move |to| {
            let messages = self.read.get(from..*to);
            from = *to;
            messages
        })
    }

    pub(crate) fn clear_read_messages(&mut self) {
        self.read.clear();
        self.read_by.clear();
    }

    /// Returns the record of a conversation.
    #[inline]
    pub(super) fn get(&self, id: ConversationId) -> Option<&ApplicationState> {
        self.conversations.get(id.0)
    }

    /// Adds a conversation, which follows the last one.
    pub(crate) fn begin(&mut self, begun: &Begun) {
        self.settle_resets(begun.time_ns);
        let id = ConversationId(self.conversations.began() as u32);
        let expected = match begun.may_be_announced {
            true => self
                .expectations
                .meet(id, &begun.ends, begun.client_is_guess),
            false => None,
        };
        self.conversations.push(ApplicationState {
            last_packet: begun.packet,
            expected: expected.unwrap_or(NONE),
            ..ApplicationState::NOTHING
        });
    }

    /// Reads a packet whose payload is not needed; returns false if it is needed.
    #[inline]
    pub(crate) fn pass(&mut self, arrival: &Arrival) -> bool {
        let Some(conversation) = self.conversations.get_mut(arrival.id.0) else {
            return true;
        };
        conversation.last_packet = arrival.packet;
        conversation.is_reset = arrival.is_reset;
        match arrival.kind {
            ArrivalKind::Other => true,
            ArrivalKind::Acknowledgment => !conversation.waits,
            ArrivalKind::Content | ArrivalKind::First | ArrivalKind::Copy => false,
        }
    }

    /// Reads a packet that was not passed. `opening` comes with the first payload of its conversation.
    #[inline]
    pub(crate) fn read(&mut self, arrival: &Arrival, opening: Option<&Opening>, carried: Carried) {
        let id = arrival.id;
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return;
        };
        let payload = carried.payload;
        if arrival.kind == ArrivalKind::Copy {
            self.read_copy(arrival, carried);
            return;
        }
        self.weights.touch(id.0, &mut conversation.weight);
        match &conversation.session {
            SessionState::NotStarted => match opening {
                Some(opening) if self.begin_session(arrival, opening, carried) => {}
                _ => return,
            },
            SessionState::Active(_) => {}
            _ => {
                let name = conversation.reads_plainly(payload);
                if conversation.cut == Cut::AtEnd && !payload.is_empty() {
                    conversation.cut = Cut::Within;
                    self.cut_short += 1;
                }
                self.add_read(arrival.packet, name, carried.layers);
                return;
            }
        }
        self.read_messages_of(arrival, carried);
    }

    /// Reads a packet of a conversation that has a session.
    #[inline]
    fn read_messages_of(&mut self, arrival: &Arrival, carried: Carried) {
        let Arrival {
            id,
            packet,
            direction,
            ..
        } = *arrival;
        let Carried {
            time_ns,
            flow,
            payload,
            layers,
        } = carried;
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return;
        };
        let SessionState::Active(messages) = &mut conversation.session else {
            return;
        };
        let payload = Payload {
            packet,
            time_ns,
            bytes: payload,
            length: flow.payload_length,
            start: flow.payload.start,
            source: flow.payload.source,
            layers,
        };
        let mut is_reset = false;
        messages.swap_events(&mut self.events);
        let mut called = messages.called.take();
        {
            let others = (
                &mut self.expectations,
                &mut self.names,
                &mut self.requests,
                &mut self.answers,
                &mut self.ended,
            );
            let client = messages.client();
            let mut emit = sink(others, (id, client, &mut called), packet);
            match &flow.transport {
                Transport::Tcp(segment)
                    if messages.is_reset() || segment.flags.any(TcpFlags::FIN | TcpFlags::RST) =>
                {
                    is_reset = read_last(messages, arrival, segment, &payload, &mut emit);
                }
                Transport::Tcp(segment) => {
                    messages.segment(direction, segment, &payload, &mut emit)
                }
                Transport::Udp => messages.datagram(direction, &payload, &mut emit),
            }
        }
        messages.called = called;
        messages.swap_events(&mut self.events);
        messages.take_read(&mut self.read);
        conversation.waits = messages.waits();
        if messages.is_over() || messages.is_unknown() {
            self.live -= 1;
            if let Some(used) = conversation.stop_listening() {
                self.reuse(used);
            }
        } else if is_reset {
            self.resets.push_back((id, time_ns));
            self.settle_resets(time_ns);
        }
    }

    /// Counts the message of a datagram that is a copy of an earlier packet. The copy of a segment is a retransmission,
    /// whose data is not read.
    fn read_copy(&mut self, arrival: &Arrival, carried: Carried) {
        if let Some(conversation) = self.conversations.get(arrival.id.0)
            && let Transport::Udp = carried.flow.transport
            && carried.flow.payload_length > 0
        {
            let name = conversation.dissector().map_or(DATA.name, |it| it.name);
            self.add_read(arrival.packet, Some(name), carried.layers);
        }
    }

    /// Adds a message that no session reads, or the copy of one.
    fn add_read(&mut self, packet: u32, name: Option<&'static str>, layers: FrameLayers) {
        self.read.extend(name.map(|name| ReadMessage {
            packet,
            name,
            layers,
        }));
    }

    /// Begins to read the messages of a conversation, with its first payload. Returns false if there is nothing to read:
    /// there are too many sessions, or it is a datagram that needs none.
    #[inline(never)]
    fn begin_session(&mut self, arrival: &Arrival, opening: &Opening, carried: Carried) -> bool {
        let id = arrival.id;
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return false;
        };
        if self.live >= MAX_LIVE {
            conversation.session = SessionState::Unrecognized {
                secret_in: None,
                looks: Kind::Nothing,
                lines: None,
            };
            return false;
        }
        let Opening { ends, .. } = opening;
        let announced = |place| self.expectations.get(place);
        let forced = self.decode_as.find(ends).or_else(|| {
            let expectation = conversation.expected().and_then(announced)?;
            Some(expectation.dissector)
        });
        if let Some(session) = speaks_plainly(ends, forced, carried.payload) {
            conversation.session = session;
            let name = conversation.reads_plainly(carried.payload);
            self.add_read(arrival.packet, name, carried.layers);
            return false;
        }
        self.live += 1;
        let mut fresh = listen(ends, forced, false, Undeclared::default());
        fresh.count_messages();
        if self.ended.is_some() {
            fresh.report_exchanges();
        }
        if fresh.go_on_from(opening) {
            self.resets.push_back((id, carried.time_ns));
        }
        conversation.session = SessionState::Active(match self.spare.pop() {
            Some(mut used) => {
                used.renew(fresh);
                used
            }
            None => Box::new(fresh),
        });
        true
    }

    /// Closes conversations that were reset long ago.
    #[cold]
    fn settle_resets(&mut self, now_ns: i64) {
        while let Some((id, time_ns)) = self.resets.front().copied()
            && (self.resets.len() > MAX_RESETS || now_ns.saturating_sub(time_ns) > RESET_HOLDS_NS)
        {
            self.resets.pop_front();
            self.conclude(id, false);
        }
    }

    /// Ends the capture: nothing that is waited for will come.
    pub(super) fn finish(&mut self) {
        for (id, _) in std::mem::take(&mut self.resets) {
            self.conclude(id, false);
        }
        // Requests that wait will have no answer.
        let active = self.conversations.iter();
        let waiting = active.filter(|(_, known)| known.is_active());
        for id in waiting.map(|(id, _)| id).collect::<Vec<_>>() {
            self.conclude(id, true);
        }
    }

    /// Stops waiting for more of a conversation: for segments after a RST or, at the end of the capture, for missing
    /// data.
    pub(super) fn conclude(&mut self, id: ConversationId, at_end: bool) {
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return;
        };
        self.weights.touch(id.0, &mut conversation.weight);
        let is_reset = conversation.is_reset;
        let SessionState::Active(messages) = &mut conversation.session else {
            return;
        };
        let mut called = messages.called.take();
        {
            let others = (
                &mut self.expectations,
                &mut self.names,
                &mut self.requests,
                &mut self.answers,
                &mut self.ended,
            );
            let client = messages.client();
            let last = conversation.last_packet;
            let mut emit = sink(others, (id, client, &mut called), last);
            match is_reset {
                _ if !messages.is_reset() => {}
                true => messages.close_reset(&mut emit),
                false => messages.go_on(&mut emit),
            }
            if at_end {
                messages.end(&mut emit);
            }
        }
        messages.called = called;
        messages.take_read(&mut self.read);
        conversation.waits = messages.waits();
        if messages.is_over() || messages.is_unknown() {
            self.live = self.live.saturating_sub(1);
            if let Some(used) = conversation.stop_listening() {
                self.reuse(used);
            }
        }
    }

    /// Keeps the memory of a session for a later one, if there is not much of it.
    fn reuse(&mut self, used: Box<Messages>) {
        if self.spare.len() < MAX_SPARE && used.weight() <= MAX_SPARE_WEIGHT {
            self.spare.push(used);
        }
    }

    /// Replaces the session of a conversation that was read again up to its current last packet.
    pub(super) fn redecoded(
        &mut self,
        id: ConversationId,
        protocol: Protocol,
        mut messages: Messages,
    ) {
        messages.count_messages();
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return;
        };
        self.weights.touch(id.0, &mut conversation.weight);
        if conversation.is_active() {
            self.live = self.live.saturating_sub(1);
        }
        conversation.waits = messages.waits();
        conversation.session = match (&conversation.session, messages.dissector()) {
            (SessionState::NotStarted, _) => SessionState::NotStarted,
            (_, None) if protocol == Protocol::Udp => {
                SessionState::unrecognized(messages.secret_in(), messages.looks())
            }
            (_, Some(dissector)) if protocol == Protocol::Udp && dissector.session.is_none() => {
                SessionState::Stateless(dissector)
            }
            _ if messages.is_over() || messages.is_unknown() => SessionState::ended(&mut messages),
            _ => {
                self.live += 1;
                SessionState::Active(Box::new(messages))
            }
        };
    }

    /// Applies the announcements of a conversation that was read again, whose client has this address. Returns whether
    /// there are some.
    pub(super) fn announced_again(
        &mut self,
        by: ConversationId,
        client: IpAddr,
        events: Vec<(u32, Event)>,
    ) -> bool {
        self.requests.forget(by);
        let mut speaks = self.conversations.get_mut(by.0);
        if let Some(conversation) = &mut speaks {
            self.weights.touch(by.0, &mut conversation.weight);
        }
        let mut expects = false;
        for (packet, event) in events {
            expects |= matches!(event, Event::Expect { .. });
            match (event, &mut speaks) {
                (event @ (Event::Named { .. } | Event::HostName { .. }), Some(conversation)) => {
                    let mut none = None;
                    let called = match &mut conversation.session {
                        SessionState::Active(messages) => &mut messages.called,
                        SessionState::Ended(over) => &mut over.called,
                        _ => &mut none,
                    };
                    self.names.record(by, called, client, packet, event);
                }
                (Event::Exchange(exchange), _) => self.requests.record(by, *exchange),
                (event, _) => self.expectations.record(by, packet, event),
            }
        }
        expects
    }

    /// Looks for the announcement of a conversation that has begun before it. Returns whether there is one.
    pub(super) fn meet_late(
        &mut self,
        id: ConversationId,
        ends: &Ends,
        client_is_guess: bool,
    ) -> bool {
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return false;
        };
        if conversation.expected().is_some() {
            return false;
        }
        let expected = self.expectations.meet(id, ends, client_is_guess);
        conversation.expected = expected.unwrap_or(NONE);
        expected.is_some()
    }

    /// Removes a conversation.
    pub(super) fn evict(&mut self, id: ConversationId) {
        self.requests.forget(id);
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return;
        };
        let weight = self.weights.remove(&mut conversation.weight);
        if conversation.was_active {
            self.active_weight -= weight;
        }
        let gone = std::mem::replace(conversation, ApplicationState::NOTHING);
        self.conversations.removed(id.0);
        if let SessionState::Active(used) = gone.session {
            self.live = self.live.saturating_sub(1);
            self.reuse(used);
        }
    }

    /// Weighs the conversations that may have become heavier or lighter.
    pub(super) fn weigh(&mut self) {
        let due = self.weights.take_due();
        for id in &due {
            let Some(conversation) = self.conversations.get_mut(*id) else {
                continue;
            };
            let allocated = conversation.allocated();
            let is_active = conversation.is_active();
            let before = self.weights.remove(&mut conversation.weight);
            if std::mem::replace(&mut conversation.was_active, is_active) {
                self.active_weight -= before;
            }
            let now = self.weights.weigh(&mut conversation.weight, allocated);
            if is_active {
                self.active_weight += now;
            }
        }
        self.weights.put_back(due);
    }

    /// Checks that the sums are those of the conversations.
    #[cfg(test)]
    pub(super) fn check_weights(&self) {
        let mut sums = (0, 0);
        for (_, conversation) in self.conversations.iter() {
            let bytes = conversation.weight.bytes();
            sums.0 += bytes;
            sums.1 += if conversation.is_active() { bytes } else { 0 };
        }
        assert_eq!(sums, (self.weights.all, self.active_weight));
    }

    /// Returns how much memory it takes, at least approximately, where conversations are weighed.
    pub(super) fn weight(&self) -> u64 {
        self.conversations.count() as u64 * size_of::<ApplicationState>() as u64
            + self.conversations.elders_weight()
            + self.weights.all
            + self.expectations.weight()
            + self.names.weight()
            + self.requests.weight()
            + self.answers.weight()
    }

    /// Returns how many conversations have messages that were not read, because their session was ended to free memory.
    pub(super) fn cut_short(&self) -> u64 {
        self.cut_short
    }

    /// Ends sessions, those first that were idle longest, until the others take at most this much.
    #[cold]
    pub(super) fn end_sessions(&mut self, most: u64) {
        if self.active_weight <= most {
            return;
        }
        let enough = most - most / 8;
        let all = self.conversations.iter();
        let active = all.filter(|(_, conversation)| conversation.is_active());
        let mut active: Vec<_> = active
            .map(|(id, conversation)| (conversation.last_packet, id, conversation.weight.bytes()))
            .collect();
        active.sort_unstable();
        let mut left = self.active_weight;
        for (_, id, weight) in active {
            if left <= enough {
                break;
            }
            left -= weight;
            self.end_session(id);
        }
        self.weigh();
    }

    /// Ends the session of a conversation: what waits is read without the missing data.
    fn end_session(&mut self, id: ConversationId) {
        let messages = match self.get(id).map(|conversation| &conversation.session) {
            Some(SessionState::Active(messages)) => messages,
            _ => return,
        };
        let is_within_message = messages.holds_bytes();
        self.conclude(id, true);
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return;
        };
        conversation.waits = false;
        self.cut_short += u64::from(is_within_message);
        if conversation.stop_listening().is_some() {
            self.live = self.live.saturating_sub(1);
            conversation.cut = match is_within_message {
                true => Cut::Within,
                false => Cut::AtEnd,
            };
        }
    }
}

/// Returns a sink for the events of a conversation that concern other conversations.
fn sink<'a>(
    (expectations, names, requests, answers, ended): (
        &'a mut Expectations,
        &'a mut HostNames,
        &'a mut Requests,
        &'a mut Answers,
        &'a mut Option<EndedExchanges>,
    ),
    (id, client, called): (ConversationId, IpAddr, &'a mut Option<Box<HostName>>),
    packet: u32,
) -> impl FnMut(Event) + 'a {
    move |event| match event {
        Event::Named { .. } | Event::HostName { .. } => {
            names.record(id, called, client, packet, event);
        }
        Event::Exchange(exchange) => {
            if let Some(ended) = ended {
                ended.push((id, (*exchange).clone()));
            }
            requests.record(id, *exchange);
        }
        Event::Answered { protocol, ns } => answers.add(protocol, ns),
        event => expectations.record(id, packet, event),
    }
}

/// Reads a segment with FIN or RST, or one after a RST that counts. Returns whether it is that RST.
#[cold]
fn read_last(
    messages: &mut Messages,
    arrival: &Arrival,
    segment: &Segment,
    payload: &Payload,
    emit: &mut dyn FnMut(Event),
) -> bool {
    let is_reset = arrival.flags.rst();
    // The RST is applied once it is clear that nothing more comes.
    let flags = TcpFlags(arrival.flags.0 & !TcpFlags::RST);
    let segment = Segment { flags, ..*segment };
    if messages.is_reset() {
        if arrival.is_reset && !is_reset {
            messages.set_aside(arrival.direction, &segment, payload);
            return false;
        }
        messages.go_on(emit);
    }
    messages.segment(arrival.direction, &segment, payload, emit);
    if is_reset {
        messages.reset();
    }
    is_reset
}
