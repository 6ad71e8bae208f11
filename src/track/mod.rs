//! Groups transport layers into conversations and follows each one.
//!
//! The tracker has no clock and does no I/O: time comes from the packets, which makes it deterministic.

mod answers;
mod connection;
mod conversation;
mod duplicates;
mod expected;
mod fingerprint;
mod fragments;
mod history;
mod names;
mod reassembly;
mod requests;
mod seq;
mod session;
mod shared_names;
mod stream;
mod table;
mod tcp;
mod tcp_analysis;
mod verdict;
mod weight;

pub use answers::{Answers, Histogram};
pub use conversation::{
    Conversation, ConversationId, Endpoint, IcmpError, Protocol, SessionState, SessionSummary,
    SideCounts,
};
pub use dissectors::{PerSide, Side, Undeclared};
pub use expected::{DecodeAs, Expectation, Expectations};
pub use fingerprint::{Fingerprint, Fingerprints};
pub use fragments::{Datagram, Fragments, overlay};
pub use history::conn_state;
pub use names::{HostNames, Name, NameReason};
pub use reassembly::{FrameLayers, Payload, Reassembler};
pub use requests::{ConversationRequests, Requests};
pub use session::{
    FirstBytes, Kind, Known, Looks, Made, MessagePage, MessageRecord, Messages, ReadMessage,
    SourceId, Totals,
};
pub use stream::{Overlap, Piece, Stream};
pub use tcp::{Handshake, Offered, Start, Tcp};
use tcp_analysis::Analysis;
pub use tcp_analysis::{
    Answer, BeforeReset, Evidence, Quiet, SentSummary, Share, SideTrouble, Stuck, TcpAnalyzer,
    TcpSummary, TimeShares,
};
pub use verdict::{
    Outcome, Tone, ending_words, icmp_words, is_one_direction, marks, outcome, verdict,
    verdict_so_far,
};

use crate::lang::{Count, text};
use dissectors::{
    AnalysisFlags, Dissector, Event, Flow, Quoted, Segment, TcpFlags, Transport, checksum::Verified,
};
use duplicates::Duplicates;
use fingerprint::FlowHash;
use hashbrown::HashTable;
use std::{collections::VecDeque, net::IpAddr, sync::Arc};
use table::Table;
use weight::Weights;

/// All conversations of a capture.
pub struct Tracker {
    conversations: Table,
    /// The latest conversation between two endpoints, in a hash table.
    latest: HashTable<Latest>,
    fingerprints: Fingerprints,
    /// The conversation of the previous packet.
    previous: u32,
    tcp_streams: u32,
    udp_streams: u32,
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
    /// The messages that have ended since they were counted.
    read: Vec<ReadMessage>,
    /// Memory for the events of the conversation that is read.
    events: Vec<Event>,
    /// The layers of the packet that is tracked.
    layers: FrameLayers,

    /// How many conversations have a session.
    live: u32,
    /// Memory of ended conversations, for reuse.
    #[allow(clippy::vec_box, reason = "the boxes are what is used again")]
    spare: Vec<Box<Messages>>,
    /// The most recently tracked packets.
    duplicates: Duplicates,
    /// How much memory the conversations take.
    weights: Weights,
    /// Conversations that a RST has ended, and when, in nanoseconds since the epoch: they may go on.
    resets: VecDeque<(ConversationId, i64)>,
}

impl Default for Tracker {
    fn default() -> Self {
        Tracker {
            conversations: Table::default(),
            latest: HashTable::new(),
            // Seeded at random in every run, because the senders choose addresses and ports.
            fingerprints: Fingerprints::default(),
            previous: 0,
            tcp_streams: 0,
            udp_streams: 0,
            decode_as: DecodeAs::default(),
            expectations: Expectations::default(),
            names: HostNames::default(),
            requests: Requests::default(),
            answers: Answers::default(),
            read: Vec::new(),
            events: Vec::new(),
            layers: FrameLayers::default(),
            live: 0,
            spare: Vec::new(),
            duplicates: Duplicates::default(),
            weights: Weights::default(),
            resets: VecDeque::new(),
        }
    }
}

/// The properties of a packet that the tracker needs besides its transport layers.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Its number, from 1.
    pub number: u32,
    /// When it was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    /// Its length on the wire, bytes.
    pub length: u32,
}

impl Frame {
    /// Returns the packet that began a conversation, from its number and time; its length was counted.
    #[inline]
    fn first((number, time_ns): (u32, i64)) -> Self {
        Frame {
            number,
            time_ns,
            length: 0,
        }
    }
}

/// The latest conversation between two endpoints. With the hash stored, other conversations need not be read to compare
/// them, nor when the table grows.
#[derive(Clone, Copy)]
struct Latest {
    hash: FlowHash,
    id: u32,
}

/// The result of tracking a packet.
#[derive(Clone, Copy, Debug)]
pub struct Tracked {
    /// Its conversation.
    pub id: ConversationId,
    /// The side that sent it.
    pub direction: Side,
    /// The previous packet of the conversation; 0 for the first.
    pub before: u32,
    /// It is a captured copy of an earlier packet of the conversation.
    pub is_duplicate: bool,
    /// It is a RST, or its TCP segment is sent again or comes after a gap.
    pub is_error: bool,
    /// The marks of its TCP segment.
    pub marks: AnalysisFlags,
}

/// The maximum number of memory blocks kept for new conversations.
const MAX_SPARE: usize = 256;

/// The maximum size of each of them, bytes.
const MAX_SPARE_WEIGHT: usize = 8 << 10;

/// What a conversation takes: its record, and its entries in the hash table, which is half full at least and is copied
/// when it grows, and in lists of conversations.
const CONVERSATION_WEIGHT: u64 = size_of::<Conversation>() as u64 + 56;

/// The maximum number of conversations that were reset and may go on. Beyond it the oldest ones are taken to be over.
const MAX_RESETS: usize = 128;

/// After this time a reset conversation is taken to be over, nanoseconds.
const RESET_HOLDS_NS: i64 = 1_000_000_000;

/// The maximum number of conversations whose messages are read at the same time; the protocols of others are derived
/// from their ports.
const MAX_LIVE: u32 = 1 << 17;

impl Tracker {
    /// Returns the conversations that are still there, in the order in which they began.
    pub fn conversations(&self) -> impl Iterator<Item = (ConversationId, &Conversation)> {
        self.conversations.iter()
    }

    /// Returns how many are still there.
    pub fn count(&self) -> usize {
        self.conversations.count()
    }

    /// Returns how many have begun, including those that were evicted.
    pub fn began(&self) -> usize {
        self.conversations.began()
    }

    /// Returns one conversation.
    pub fn get(&self, id: ConversationId) -> Option<&Conversation> {
        self.conversations.get(id.0)
    }

    /// Returns the conversation that announced this one, as FTP's control connection announces its data connections.
    pub fn parent_of(&self, id: ConversationId) -> Option<ConversationId> {
        Some(self.expectation_of(self.get(id)?)?.by)
    }

    /// Returns the conversations that this one announced, in order.
    pub fn children_of(&self, id: ConversationId) -> impl Iterator<Item = ConversationId> {
        self.expectations
            .by(id)
            .filter_map(|expectation| expectation.used_by)
    }

    /// Returns the announcement that a conversation fulfils.
    pub fn expectation_of(&self, conversation: &Conversation) -> Option<&Expectation> {
        self.expectations.get(conversation.expected()?)
    }

    /// Returns the summary of a conversation. If it carries what another conversation requested, that comes first; its
    /// announcements that were never used come last. It is not fit for a terminal: it holds bytes from the network.
    pub fn summary(&self, id: ConversationId) -> String {
        let Some(conversation) = self.get(id) else {
            return String::new();
        };
        let mut clauses = Vec::new();
        if let Some(expectation) = self.expectation_of(conversation) {
            let by = match self.get(expectation.by) {
                Some(by) => by.id(),
                None => text!("summary-evicted").to_owned(),
            };
            clauses.push(match &expectation.transfer {
                Some(transfer) => {
                    let charset = self.undeclared(conversation);
                    text!(
                        "summary-asked",
                        request = charset.read(&transfer.request),
                        by
                    )
                }
                None => text!("summary-announced", by),
            });
        }
        clauses.push(conversation.summary());
        let announced = self.expectations.by(id);
        let mut unused = announced.filter(|known| known.is_unused());
        if let Some(first) = unused.next() {
            let to = first.to;
            clauses.push(match unused.count() {
                0 => text!("summary-unused", to),
                more => {
                    let more = Count(more as u64);
                    text!("summary-unused-and-more", to, more)
                }
            });
        }
        clauses.retain(|clause| !clause.is_empty());
        clauses.join("; ")
    }

    /// Returns a guessed name of an address: the name that other conversations use for it at the time of this packet.
    /// It is used where this conversation itself gives no name.
    pub fn name_in_other_conversations(
        &self,
        address: IpAddr,
        other: IpAddr,
        packet: u32,
    ) -> Option<(Arc<str>, NameReason)> {
        let conversations = &self.conversations;
        self.names
            .in_other_conversations(conversations, address, other, packet)
    }

    /// Returns what makes the fingerprints of its packets.
    pub fn fingerprints(&self) -> Fingerprints {
        self.fingerprints.clone()
    }

    /// Adds a transport layer of these bytes to its conversation. The payload of the innermost one of a packet is read.
    #[inline]
    pub fn track(
        &mut self,
        frame: Frame,
        flow: &Flow,
        fingerprint: Fingerprint,
        packet: &[u8],
        payload: Option<&[u8]>,
    ) -> Tracked {
        let from = Endpoint {
            address: flow.source,
            port: flow.source_port,
        };
        let to = Endpoint {
            address: flow.destination,
            port: flow.destination_port,
        };
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
            self.weights.touch(id, conversation);
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
                    let name = conversation.datagram_again(flow);
                    self.add_read(frame.number, name);
                    return tracked;
                }
                if checksum == Verified::Wrong {
                    conversation.damaged(direction);
                }
                tracked.marks = conversation.add(frame, direction, flow, packet);
                tracked.is_error = is_error(flow, tracked.marks);
                if let Some(payload) = payload {
                    self.read_payload(id, frame, direction, flow, payload);
                }
                return tracked;
            }
        }
        let id = ConversationId(self.begin(frame, Some(flow), protocol, from, to, hash));
        self.previous = id.0;
        let mut direction = Side::Client;
        let mut marks = AnalysisFlags::default();
        if let Some(conversation) = self.conversations.get_mut(id.0) {
            self.weights.touch(id.0, conversation);
            direction = conversation.direction(from);
            if checksum == Verified::Wrong {
                conversation.damaged(direction);
            }
            marks = conversation.add(frame, direction, flow, packet);
            let expected = self.expectations.meet(id, conversation);
            conversation.set_expected(expected);
        }
        if let Some(print) = print {
            self.duplicates.add(print, (id, direction), frame.time_ns);
        }
        if let Some(payload) = payload {
            self.read_payload(id, frame, direction, flow, payload);
        }
        Tracked {
            id,
            direction,
            before: 0,
            is_duplicate: false,
            is_error: is_error(flow, marks),
            marks,
        }
    }

    /// Sets the layers of the next packet.
    #[inline]
    pub(crate) fn set_layers(&mut self, layers: FrameLayers) {
        self.layers = layers;
    }

    /// Whether messages have ended since the list was cleared.
    #[inline]
    pub(crate) fn has_read_messages(&self) -> bool {
        !self.read.is_empty()
    }

    /// Returns them.
    pub(crate) fn read_messages(&self) -> &[ReadMessage] {
        &self.read
    }

    pub(crate) fn clear_read_messages(&mut self) {
        self.read.clear();
    }

    /// Adds a message that no session reads, or the copy of one.
    fn add_read(&mut self, packet: u32, name: Option<&'static str>) {
        let layers = self.layers;
        self.read.extend(name.map(|name| ReadMessage {
            packet,
            name,
            layers,
        }));
    }

    /// Marks a conversation because one of its packets carries another conversation.
    pub fn scatter(&mut self, id: ConversationId) {
        if let Some(conversation) = self.conversations.get_mut(id.0) {
            conversation.scattered = true;
        }
    }

    /// Reads the payload of a packet.
    #[inline]
    fn read_payload(
        &mut self,
        id: ConversationId,
        frame: Frame,
        direction: Side,
        flow: &Flow,
        payload: &[u8],
    ) {
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return;
        };
        // Pure acknowledgments carry nothing, unless data waits for what is missing before it.
        if let Transport::Tcp(segment) = &flow.transport
            && flow.payload_length == 0
            && !conversation.waits
            && !segment
                .flags
                .any(TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST)
        {
            return;
        }
        match &conversation.session {
            SessionState::NotStarted if payload.is_empty() => return,
            SessionState::NotStarted => {
                if !self.begin_session(id, frame, payload) {
                    return;
                }
            }
            SessionState::Active(_) => {}
            _ => {
                let name = conversation.reads_plainly(payload);
                if conversation.weight.is_cut && !payload.is_empty() {
                    conversation.weight.is_cut = false;
                    conversation.weight.is_partial = true;
                    self.weights.cut_short += 1;
                }
                self.add_read(frame.number, name);
                return;
            }
        }
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return;
        };
        let SessionState::Active(messages) = &mut conversation.session else {
            return;
        };
        let payload = Payload {
            packet: frame.number,
            time_ns: frame.time_ns,
            bytes: payload,
            length: flow.payload_length,
            start: flow.payload.start,
            source: flow.payload.source,
            layers: self.layers,
        };
        let mut is_reset = false;
        messages.swap_events(&mut self.events);
        {
            let mut emit = sink(
                (
                    &mut self.expectations,
                    &mut self.names,
                    &mut self.requests,
                    &mut self.answers,
                ),
                (id, conversation.client.address, &mut conversation.called),
                frame.number,
            );
            match &flow.transport {
                Transport::Tcp(segment)
                    if messages.is_reset() || segment.flags.any(TcpFlags::FIN | TcpFlags::RST) =>
                {
                    let first = (conversation.first_packet, conversation.start_ns);
                    let tcp = conversation.connection.tcp(Frame::first(first));
                    is_reset = read_last(messages, &tcp, direction, segment, &payload, &mut emit);
                }
                Transport::Tcp(segment) => {
                    messages.segment(direction, segment, &payload, &mut emit)
                }
                Transport::Udp => messages.datagram(direction, &payload, &mut emit),
            }
        }
        messages.swap_events(&mut self.events);
        messages.take_read(&mut self.read);
        conversation.waits = messages.waits();
        if messages.is_over() || messages.is_unknown() {
            self.live -= 1;
            if let Some(used) = conversation.stop_listening() {
                self.reuse(used);
            }
        } else if is_reset {
            self.resets.push_back((id, frame.time_ns));
            self.settle_resets(frame.time_ns);
        }
    }

    /// Begins to read the messages of a conversation, with its first payload. Returns false if there is nothing to read:
    /// there are too many sessions, or it is a datagram that needs none.
    #[inline(never)]
    fn begin_session(&mut self, id: ConversationId, frame: Frame, payload: &[u8]) -> bool {
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
        let forced = conversation.forced(&self.decode_as, &self.expectations);
        if let Some(session) = conversation.speaks_plainly(forced, payload) {
            conversation.session = session;
            let name = conversation.reads_plainly(payload);
            self.add_read(frame.number, name);
            return false;
        }
        self.live += 1;
        let mut fresh = conversation.listen(forced, false, Undeclared::default());
        fresh.count_messages();
        if fresh.go_on_from(&conversation.tcp()) {
            self.resets.push_back((id, frame.time_ns));
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
    pub fn finish(&mut self) {
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
    fn conclude(&mut self, id: ConversationId, at_end: bool) {
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return;
        };
        self.weights.touch(id.0, conversation);
        let (client, last) = (conversation.client.address, conversation.last_packet);
        let is_reset = conversation.tcp().reset.is_some();
        let SessionState::Active(messages) = &mut conversation.session else {
            return;
        };
        {
            let mut emit = sink(
                (
                    &mut self.expectations,
                    &mut self.names,
                    &mut self.requests,
                    &mut self.answers,
                ),
                (id, client, &mut conversation.called),
                last,
            );
            match is_reset {
                _ if !messages.is_reset() => {}
                true => messages.close_reset(&mut emit),
                false => messages.go_on(&mut emit),
            }
            if at_end {
                messages.end(&mut emit);
            }
        }
        messages.take_read(&mut self.read);
        conversation.waits = messages.waits();
        if messages.is_over() || messages.is_unknown() {
            self.live = self.live.saturating_sub(1);
            if let Some(used) = conversation.stop_listening() {
                self.reuse(used);
            }
        }
    }

    /// Returns the protocol that a conversation must be read as, given by the user or by the conversation that
    /// announced it.
    pub fn decoded_as(&self, conversation: &Conversation) -> Option<&'static Dissector> {
        conversation.forced(&self.decode_as, &self.expectations)
    }

    /// Returns the character set of the text of a conversation that declares none, as far as it was read. A data
    /// connection has that of the conversation that announced it.
    pub fn undeclared(&self, conversation: &Conversation) -> Undeclared {
        let announced = self.expectation_of(conversation);
        let by = announced.and_then(|announced| self.get(announced.by));
        let by = by.map_or(Undeclared::default(), Conversation::undeclared);
        conversation.undeclared().or(by)
    }

    /// As [`Tracker::undeclared`], of the conversation with this number; unknown if there is none.
    pub fn undeclared_of(&self, id: ConversationId) -> Undeclared {
        let conversation = self.get(id);
        conversation.map_or(Undeclared::default(), |it| self.undeclared(it))
    }

    /// Starts a new session of a conversation; `keeps` sets whether to keep everything that is needed to show its
    /// messages.
    pub fn listen(&self, conversation: &Conversation, keeps: bool) -> Messages {
        let forced = self.decoded_as(conversation);
        // The protocol was recognized from the beginning, which may have been evicted.
        let begins = conversation.evicted == 0 || !keeps;
        let forced = forced.or_else(|| conversation.application().filter(|_| !begins));
        let undeclared = match keeps {
            true => self.undeclared(conversation),
            false => Undeclared::default(),
        };
        let mut messages = conversation.listen(forced, keeps, undeclared);
        if conversation.evicted == 0 {
            messages.start(&conversation.tcp());
        }
        messages
    }

    /// Returns the conversations of a port whose protocol rule has changed.
    pub fn with_port(&self, protocol: Protocol, port: u16) -> Vec<ConversationId> {
        let all = self.conversations.iter();
        all.filter(|(_, c)| {
            c.protocol == protocol && (c.server.port == port || c.client.port == port)
        })
        .map(|(id, _)| id)
        .collect()
    }

    /// Replaces the session of a conversation that was read again up to its current last packet.
    pub fn redecoded(&mut self, id: ConversationId, mut messages: Messages) {
        messages.count_messages();
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return;
        };
        self.weights.touch(id.0, conversation);
        if conversation.is_active() {
            self.live = self.live.saturating_sub(1);
        }
        conversation.waits = messages.waits();
        conversation.session = match (&conversation.session, messages.dissector()) {
            (SessionState::NotStarted, _) => SessionState::NotStarted,
            (_, None) if conversation.protocol == Protocol::Udp => {
                SessionState::unrecognized(messages.secret_in(), messages.looks())
            }
            (_, Some(dissector))
                if conversation.protocol == Protocol::Udp && dissector.session.is_none() =>
            {
                SessionState::Stateless(dissector)
            }
            _ if messages.is_over() || messages.is_unknown() => SessionState::ended(&messages),
            _ => {
                self.live += 1;
                SessionState::Active(Box::new(messages))
            }
        };
    }

    /// Applies the announcements of a conversation that was read again. Returns the connections that they match, which
    /// must be read again too.
    pub fn announced_again(
        &mut self,
        by: ConversationId,
        events: Vec<(u32, Event)>,
    ) -> Vec<ConversationId> {
        self.requests.forget(by);
        let mut speaks = self.conversations.get_mut(by.0);
        if let Some(conversation) = &mut speaks {
            self.weights.touch(by.0, conversation);
        }
        let mut expects = false;
        for (packet, event) in events {
            expects |= matches!(event, Event::Expect { .. });
            match (event, &mut speaks) {
                (event @ (Event::Named { .. } | Event::HostName { .. }), Some(conversation)) => {
                    let client = conversation.client.address;
                    let called = &mut conversation.called;
                    self.names.record(by, called, client, packet, event);
                }
                (Event::Exchange(exchange), _) => self.requests.record(by, *exchange),
                (event, _) => self.expectations.record(by, packet, event),
            }
        }
        let mut found = Vec::new();
        if !expects {
            return found;
        }
        for (id, conversation) in self.conversations.iter_mut() {
            if id > by && conversation.expected().is_none() {
                let expected = self.expectations.meet(id, conversation);
                conversation.set_expected(expected);
                found.extend(expected.map(|_| id));
            }
        }
        found
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
        frame: Frame,
        flow: Option<&Flow>,
        protocol: Protocol,
        from: Endpoint,
        to: Endpoint,
        hash: FlowHash,
    ) -> u32 {
        self.settle_resets(frame.time_ns);
        let id = self.conversations.began() as u32;
        let stream = match protocol {
            Protocol::Tcp => &mut self.tcp_streams,
            Protocol::Udp => &mut self.udp_streams,
        };
        let mut conversation = Conversation::begin(protocol, *stream, frame, flow, from, to);
        *stream += 1;
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

    /// Evicts a packet of a conversation; `next` is the packet after it, if that is known. A conversation is evicted
    /// with its last packet; returns whether it was.
    pub(crate) fn evict(&mut self, id: ConversationId, packet: u32, next: Option<u32>) -> bool {
        let Some(conversation) = self.conversations.get_mut(id.0) else {
            return false;
        };
        if conversation.last_packet > packet {
            conversation.evicted = conversation.evicted.saturating_add(1);
            conversation.kept_from = next.unwrap_or(packet + 1);
            return false;
        }
        let Conversation {
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
        self.weights.remove(conversation);
        self.requests.forget(id);
        if let Some(SessionState::Active(used)) = self.conversations.remove(id.0) {
            self.live = self.live.saturating_sub(1);
            self.reuse(used);
        }
        true
    }

    /// Keeps the memory of a session for a later one, if there is not much of it.
    fn reuse(&mut self, used: Box<Messages>) {
        if self.spare.len() < MAX_SPARE && used.weight() <= MAX_SPARE_WEIGHT {
            self.spare.push(used);
        }
    }

    /// Sets how much memory names may take, and whether conversations are weighed.
    pub(crate) fn limit(&mut self, names: Option<u64>) {
        self.weights.enabled = names.is_some();
        self.names.limit(names);
    }

    /// Weighs the conversations that may have become heavier or lighter.
    pub(crate) fn weigh(&mut self) {
        let due = self.weights.take_due();
        for id in &due {
            if let Some(conversation) = self.conversations.get_mut(*id) {
                self.weights.weigh(conversation);
            }
        }
        self.weights.put_back(due);
    }

    /// Checks that the sums are those of the conversations.
    #[cfg(test)]
    pub(crate) fn check_weights(&self) {
        let mut sums = (0, 0);
        for (_, conversation) in self.conversations.iter() {
            let bytes = conversation.weight.bytes();
            sums.0 += bytes;
            sums.1 += if conversation.is_active() { bytes } else { 0 };
        }
        assert_eq!(sums, (self.weights.all, self.weights.active));
    }

    /// Returns how much memory it takes, at least approximately, where conversations are weighed.
    pub(crate) fn weight(&self) -> u64 {
        self.conversations.count() as u64 * CONVERSATION_WEIGHT
            + self.conversations.elders_weight()
            + self.weights.all
            + self.expectations.weight()
            + self.names.weight()
            + self.requests.weight()
            + self.answers.weight()
    }

    /// Returns how many conversations have messages that were not read, because their session was ended to free memory.
    pub(crate) fn cut_short(&self) -> u64 {
        self.weights.cut_short
    }

    /// Ends sessions, those first that were idle longest, until the others take at most this much.
    #[cold]
    pub(crate) fn end_sessions(&mut self, most: u64) {
        if self.weights.active <= most {
            return;
        }
        let enough = most - most / 8;
        let all = self.conversations.iter();
        let active = all.filter(|(_, conversation)| conversation.is_active());
        let mut active: Vec<_> = active
            .map(|(id, conversation)| (conversation.last_packet, id, conversation.weight.bytes()))
            .collect();
        active.sort_unstable();
        let mut left = self.weights.active;
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
        self.weights.cut_short += u64::from(is_within_message);
        if conversation.stop_listening().is_some() {
            self.live = self.live.saturating_sub(1);
            conversation.weight.is_cut = !is_within_message;
            conversation.weight.is_partial = is_within_message;
        }
    }

    /// Returns the number of conversations for which memory is held.
    #[cfg(test)]
    pub(crate) fn memory(&self) -> usize {
        self.conversations.held() + self.latest.capacity()
    }

    /// Frees what was held for packets before this one, which were evicted.
    pub(crate) fn settle(&mut self, first_packet: u32) {
        self.conversations.settle(first_packet);
        let conversations = &self.conversations;
        let is_there = |id: ConversationId| conversations.get(id.0).is_some();
        self.expectations.evict(first_packet, is_there);
    }

    /// Frees the names that are no longer used.
    pub(crate) fn sweep_names(&mut self) {
        self.names.sweep();
    }

    /// Adds an ICMP error to the conversation whose packet it quotes; the direction is that of the quoted packet. It is
    /// about none where it quotes no ports.
    #[cold]
    pub fn quoted(&mut self, frame: Frame, quoted: &Quoted) -> Option<Tracked> {
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
            None => self.begin(frame, None, protocol, from, to, hash),
        };
        let conversation = self.conversations.get_mut(id)?;
        self.weights.touch(id, conversation);
        let before = known.map_or(0, |_| conversation.last_packet);
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
            },
        );
        Some(Tracked {
            id: ConversationId(id),
            direction: conversation.direction(from),
            before,
            is_duplicate: false,
            is_error: false,
            marks: AnalysisFlags::default(),
        })
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

/// Returns a sink for the events of a conversation that concern other conversations.
fn sink<'a>(
    (expectations, names, requests, answers): (
        &'a mut Expectations,
        &'a mut HostNames,
        &'a mut Requests,
        &'a mut Answers,
    ),
    (id, client, called): (ConversationId, IpAddr, &'a mut Option<Box<names::HostName>>),
    packet: u32,
) -> impl FnMut(Event) + 'a {
    move |event| match event {
        Event::Named { .. } | Event::HostName { .. } => {
            names.record(id, called, client, packet, event);
        }
        Event::Exchange(exchange) => requests.record(id, *exchange),
        Event::Answered { protocol, ns } => answers.add(protocol, ns),
        event => expectations.record(id, packet, event),
    }
}

/// Reads a segment with FIN or RST, or one after a RST that counts. Returns whether it is that RST.
#[cold]
fn read_last(
    messages: &mut Messages,
    tcp: &Tcp,
    direction: Side,
    segment: &Segment,
    payload: &Payload,
    emit: &mut dyn FnMut(Event),
) -> bool {
    let flags = tcp.counted_flags(payload.packet, direction, segment, payload.length);
    let is_reset = flags.rst();
    // The RST is applied once it is clear that nothing more comes.
    let flags = TcpFlags(flags.0 & !TcpFlags::RST);
    let segment = Segment { flags, ..*segment };
    if messages.is_reset() {
        if tcp.reset.is_some() && !is_reset {
            messages.set_aside(direction, &segment, payload);
            return false;
        }
        messages.go_on(emit);
    }
    messages.segment(direction, &segment, payload, emit);
    if is_reset {
        messages.reset();
    }
    is_reset
}

#[cfg(test)]
mod tests;
