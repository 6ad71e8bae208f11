//! Groups transport layers into conversations and follows each one.
//!
//! The tracker has no clock and does no I/O: time comes from the packets, which makes it deterministic.

mod answers;
mod application;
mod connection;
mod conversation;
mod duplicates;
mod expected;
mod fingerprint;
mod fragments;
mod handover;
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
mod transport;
mod verdict;
mod weight;

pub use answers::{Answers, Histogram};
use application::NOTHING;
pub use application::{ApplicationTracker, Ends};
pub(crate) use application::{Arrival, ArrivalKind, Begun, Carried, Opening};
pub use conversation::{
    Conversation, ConversationId, Endpoint, IcmpError, Protocol, SideCounts, TooBig,
};
pub use dissectors::{PerSide, Side, Undeclared};
pub use expected::{DecodeAs, Expectation, Expectations};
pub use fingerprint::{Fingerprint, Fingerprints};
pub use fragments::{Datagram, Fragments, overlay};
pub(crate) use handover::{Carrier, Handover};
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
    Answer, BeforeReset, Evidence, Missing, Quiet, SentSummary, Share, SideTrouble, Stuck,
    TcpAnalyzer, TcpSummary, TimeShares,
};
use transport::TransportTracker;
pub use transport::{ConversationName, TransportState};
pub use verdict::{
    Outcome, Tone, ending_words, icmp_words, is_one_direction, marks, outcome, verdict,
    verdict_so_far,
};

use crate::lang::{Count, text};
use dissectors::{AnalysisFlags, Dissector, Event, Flow, Quoted};
use std::{net::IpAddr, sync::Arc};

/// All conversations of a capture.
#[derive(Default)]
pub struct Tracker {
    transport: TransportTracker,
    /// The application layer of the conversations.
    pub application: Box<ApplicationTracker>,
    /// What is handed over to the application layer, if that reads packets later.
    pub(crate) handover: Option<Handover>,
    /// The layers of the packet that is tracked.
    layers: FrameLayers,
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

impl Tracker {
    /// Returns the conversations that are still there, in the order in which they began.
    pub fn conversations(&self) -> impl Iterator<Item = (ConversationId, Conversation<'_>)> {
        let all = self.transport.conversations.iter();
        all.map(|(id, transport)| (id, self.with_application(id, transport)))
    }

    /// Returns how many are still there.
    pub fn count(&self) -> usize {
        self.transport.conversations.count()
    }

    /// Returns how many have begun, including those that were evicted.
    pub fn began(&self) -> usize {
        self.transport.conversations.began()
    }

    /// Returns one conversation.
    #[inline]
    pub fn get(&self, id: ConversationId) -> Option<Conversation<'_>> {
        let transport = self.transport.conversations.get(id.0)?;
        Some(self.with_application(id, transport))
    }

    #[inline]
    fn with_application<'t>(
        &'t self,
        id: ConversationId,
        transport: &'t TransportState,
    ) -> Conversation<'t> {
        // Its first packet may have been tracked, and its messages not yet read.
        let application = self.application.get(id).unwrap_or(&NOTHING);
        Conversation::new(transport, application)
    }

    /// Returns the conversation that announced this one, as FTP's control connection announces its data connections.
    pub fn parent_of(&self, id: ConversationId) -> Option<ConversationId> {
        Some(self.expectation_of(self.get(id)?)?.by)
    }

    /// Returns the conversations that this one announced, in order.
    pub fn children_of(&self, id: ConversationId) -> impl Iterator<Item = ConversationId> {
        let announced = self.application.expectations.by(id);
        announced.filter_map(|expectation| expectation.used_by)
    }

    /// Returns the announcement that a conversation fulfils.
    pub fn expectation_of(&self, conversation: Conversation) -> Option<&Expectation> {
        self.application.expectations.get(conversation.expected()?)
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
        let announced = self.application.expectations.by(id);
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
        let names = &self.application.names;
        names.in_other_conversations(|id| self.get(id), address, other, packet)
    }

    /// Returns what makes the fingerprints of its packets.
    pub fn fingerprints(&self) -> Fingerprints {
        self.transport.fingerprints.clone()
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
        let transport = &mut self.transport;
        let (tracked, arrival) = transport.track(frame, flow, fingerprint, packet, payload);
        if let Some(handover) = &mut self.handover {
            handover.add(transport, arrival, true, self.layers);
            return tracked;
        }
        let application = &mut self.application;
        if arrival.begins
            && let Some(begun) = transport.begun(arrival.id, true)
        {
            application.begin(&begun);
        }
        if application.pass(&arrival) {
            return tracked;
        }
        let opening = match arrival.kind {
            ArrivalKind::First => transport.opening(arrival.id),
            _ => None,
        };
        let carried = Carried {
            time_ns: frame.time_ns,
            flow,
            payload: payload.unwrap_or_default(),
            layers: self.layers,
        };
        application.read(&arrival, opening.as_ref(), carried);
        tracked
    }

    /// Sets the layers of the next packet.
    #[inline]
    pub(crate) fn set_layers(&mut self, layers: FrameLayers) {
        self.layers = layers;
    }

    /// Marks a conversation because one of its packets carries another conversation.
    pub fn scatter(&mut self, id: ConversationId) {
        if let Some(conversation) = self.transport.conversations.get_mut(id.0) {
            conversation.scattered = true;
        }
    }

    /// Stops waiting for more of a conversation: what waits is read without the missing data, and requests have no answer.
    pub(crate) fn conclude(&mut self, id: ConversationId) {
        self.application.conclude(id, true);
    }

    /// Ends the capture: nothing that is waited for will come.
    pub fn finish(&mut self) {
        self.application.finish();
    }

    /// Returns the protocol that a conversation must be read as, given by the user or by the conversation that
    /// announced it.
    pub fn decoded_as(&self, conversation: Conversation) -> Option<&'static Dissector> {
        let rule = self.application.decode_as.find(&conversation.ends());
        rule.or_else(|| Some(self.expectation_of(conversation)?.dissector))
    }

    /// Returns the character set of the text of a conversation that declares none, as far as it was read. A data
    /// connection has that of the conversation that announced it.
    pub fn undeclared(&self, conversation: Conversation) -> Undeclared {
        let announced = self.expectation_of(conversation);
        let by = announced.and_then(|announced| self.get(announced.by));
        let by = by.map_or(Undeclared::default(), |by| by.undeclared());
        conversation.undeclared().or(by)
    }

    /// As [`Tracker::undeclared`], of the conversation with this number; unknown if there is none.
    pub fn undeclared_of(&self, id: ConversationId) -> Undeclared {
        let conversation = self.get(id);
        conversation.map_or(Undeclared::default(), |it| self.undeclared(it))
    }

    /// Starts a new session of a conversation; `keeps` sets whether to keep everything that is needed to show its
    /// messages.
    pub fn listen(&self, conversation: Conversation, keeps: bool) -> Messages {
        let forced = self.decoded_as(conversation);
        // The protocol was recognized from the beginning, which may have been evicted.
        let begins = conversation.evicted == 0 || !keeps;
        let forced = forced.or_else(|| conversation.application().filter(|_| !begins));
        let undeclared = match keeps {
            true => self.undeclared(conversation),
            false => Undeclared::default(),
        };
        let mut messages = application::listen(&conversation.ends(), forced, keeps, undeclared);
        if conversation.evicted == 0 {
            messages.start(&conversation.tcp());
        }
        messages
    }

    /// Returns the conversations of a port whose protocol rule has changed.
    pub fn with_port(&self, protocol: Protocol, port: u16) -> Vec<ConversationId> {
        let all = self.transport.conversations.iter();
        all.filter(|(_, c)| {
            c.protocol == protocol && (c.server.port == port || c.client.port == port)
        })
        .map(|(id, _)| id)
        .collect()
    }

    /// Replaces the session of a conversation that was read again up to its current last packet.
    pub fn redecoded(&mut self, id: ConversationId, messages: Messages) {
        if let Some(conversation) = self.transport.conversations.get(id.0) {
            let protocol = conversation.protocol;
            self.application.redecoded(id, protocol, messages);
        }
    }

    /// Applies the announcements of a conversation that was read again. Returns the connections that they match, which
    /// must be read again too.
    pub fn announced_again(
        &mut self,
        by: ConversationId,
        events: Vec<(u32, Event)>,
    ) -> Vec<ConversationId> {
        let mut found = Vec::new();
        let Some(conversation) = self.transport.conversations.get(by.0) else {
            return found;
        };
        let client = conversation.client.address;
        if !self.application.announced_again(by, client, events) {
            return found;
        }
        for (id, later) in self.transport.conversations.iter() {
            let ends = later.ends();
            if id > by && self.application.meet_late(id, &ends, later.client_is_guess) {
                found.push(id);
            }
        }
        found
    }

    /// Evicts a packet of a conversation; `next` is the packet after it, if that is known. A conversation is evicted
    /// with its last packet; returns whether it was.
    pub(crate) fn evict(&mut self, id: ConversationId, packet: u32, next: Option<u32>) -> bool {
        let is_gone = self.transport.evict(id, packet, next);
        if is_gone {
            self.application.evict(id);
        }
        is_gone
    }

    /// Sets how much memory names may take, and whether conversations are weighed.
    pub(crate) fn limit(&mut self, names: Option<u64>) {
        self.transport.weights.enabled = names.is_some();
        self.application.weights.enabled = names.is_some();
        self.application.names.limit(names);
    }

    /// Weighs the conversations that may have become heavier or lighter.
    pub(crate) fn weigh(&mut self) {
        self.transport.weigh();
        self.application.weigh();
    }

    /// Checks that the sums are those of the conversations.
    #[cfg(test)]
    pub(crate) fn check_weights(&self) {
        self.transport.check_weights();
        self.application.check_weights();
    }

    /// Returns how much memory it takes, at least approximately, where conversations are weighed.
    pub(crate) fn weight(&self) -> u64 {
        self.transport.weight() + self.application.weight()
    }

    /// Returns how many conversations have messages that were not read, because their session was ended to free memory.
    pub(crate) fn cut_short(&self) -> u64 {
        self.application.cut_short()
    }

    /// Ends sessions, those first that were idle longest, until the others take at most this much.
    pub(crate) fn end_sessions(&mut self, most: u64) {
        self.application.end_sessions(most);
    }

    /// Returns the number of conversations for which memory is held.
    #[cfg(test)]
    pub(crate) fn memory(&self) -> usize {
        self.transport.memory()
    }

    /// Frees what was held for packets before this one, which were evicted.
    pub(crate) fn settle(&mut self, first_packet: u32) {
        let conversations = &mut self.transport.conversations;
        let left = conversations.settle(|last| last.first_packet < first_packet);
        self.application.conversations.settle_to(left);
        let conversations = &self.transport.conversations;
        let is_there = |id: ConversationId| conversations.get(id.0).is_some();
        self.application.expectations.evict(first_packet, is_there);
    }

    /// Frees the names that are no longer used.
    pub(crate) fn sweep_names(&mut self) {
        self.application.names.sweep();
    }

    /// Notes that this packet, the last one of a conversation, has no time.
    #[cold]
    pub fn timeless(&mut self, id: ConversationId, packet: u32) {
        self.transport.timeless(id, packet);
    }

    /// Adds an ICMP error to the conversation whose packet it quotes; the direction is that of the quoted packet. It is
    /// about none where it quotes no ports.
    #[cold]
    pub fn quoted(&mut self, frame: Frame, quoted: &Quoted) -> Option<Tracked> {
        let (tracked, arrival) = self.transport.quoted(frame, quoted)?;
        if let Some(handover) = &mut self.handover {
            handover.add(&self.transport, arrival, false, self.layers);
            return Some(tracked);
        }
        if arrival.begins
            && let Some(begun) = self.transport.begun(arrival.id, false)
        {
            self.application.begin(&begun);
        }
        self.application.pass(&arrival);
        Some(tracked)
    }
}

#[cfg(test)]
mod tests;
