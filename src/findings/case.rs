//! What the rules look at.

use super::{Finding, Kind, Settings, security::TLS_1_1};
use crate::{
    store::Contents,
    track::{
        Conversation, ConversationId, ConversationRequests, Outcome, Protocol, Side, Tcp,
        TcpSummary, Tracker, is_one_direction, outcome,
    },
};
use dissectors::elapsed_ns;
use std::borrow::Cow;

/// A conversation with everything that the rules look at.
pub struct Case<'c> {
    /// All conversations.
    pub tracker: &'c Tracker,
    /// Its number.
    pub id: ConversationId,
    /// The conversation.
    pub conversation: Conversation<'c>,
    /// The state of its connection.
    pub tcp: Cow<'c, Tcp>,
    /// How it ended.
    pub outcome: Outcome,
    /// What the analysis of its segments adds up to.
    pub analysis: Option<Cow<'c, TcpSummary>>,
    /// Its requests that failed, were not answered, or were answered late.
    pub requests: Option<&'c ConversationRequests>,
    /// The thresholds.
    pub settings: &'c Settings,
    /// When the capture ended, or its newest packet came, nanoseconds since the epoch.
    pub ended_ns: i64,
    /// Whether everything was read.
    pub finished: bool,
    /// The capture lacks all packets of one side.
    pub one_direction: bool,
}

impl<'c> Case<'c> {
    /// Returns the case of a conversation that is still there.
    pub fn new(contents: &'c Contents, id: ConversationId, settings: &'c Settings) -> Option<Self> {
        let tracker = &contents.tracker;
        let conversation = tracker.get(id)?;
        let count = contents.packets.len() as u32;
        let newest = contents
            .packets
            .get(count)
            .map_or(0, |packet| packet.order_ns);
        Some(Case {
            tracker,
            id,
            conversation,
            tcp: conversation.transport().tcp(),
            outcome: outcome(conversation),
            analysis: conversation.transport().analysis(),
            requests: tracker.application.requests.of(id),
            settings,
            ended_ns: newest.max(conversation.end_ns),
            finished: contents.finished,
            one_direction: is_one_direction(conversation),
        })
    }

    /// Whether nothing is conspicuous, so that no rule needs to look at it: it ended as it should, in time, and nothing of
    /// its analysis or its requests was kept.
    pub(super) fn is_inconspicuous(&self) -> bool {
        let conversation = self.conversation;
        let remarks = conversation.remarks();
        let is_said_nothing_of = conversation.icmp.is_none()
            && self.requests.is_none()
            && !conversation.credentials()
            && !remarks.tls_unused
            && remarks.tls_given_up.is_none()
            && remarks.tls_version.is_none_or(|version| version > TLS_1_1);
        if !is_said_nothing_of {
            return false;
        }
        if !self.is_tcp() {
            return self.outcome == Outcome::Exchange;
        }
        let handshake = &self.tcp.handshake;
        let opened = handshake.ack_ns.saturating_sub(conversation.start_ns);
        let is_opened = handshake.ack.is_some()
            && self.tcp.side(Side::Client).syns == 1
            && opened < self.settings.time_ns(Kind::SlowHandshake);
        let is_quick = |analysis: &TcpSummary| {
            let pause = analysis.sides[Side::Client].longest_pause_ns;
            analysis.evidence.is_none()
                && analysis.after_quiet.is_none()
                && pause < self.settings.time_ns(Kind::SlowClient)
        };
        matches!(self.outcome, Outcome::Closed(_))
            && is_opened
            && self.tcp.reset.is_none()
            && !self.one_direction
            && self.analysis.as_deref().is_some_and(is_quick)
            && self.application() != "ftp"
    }

    /// Completes a finding about it.
    pub(super) fn about(&self, mut finding: Finding) -> Finding {
        finding.conversation = Some(self.id);
        if finding.hosts.is_empty() {
            finding.hosts = vec![
                self.conversation.client.address,
                self.conversation.server.address,
            ];
        }
        finding
    }

    /// Returns the analysis, if it is a TCP connection of which both directions were captured.
    pub(super) fn analyzed(&self) -> Option<&TcpSummary> {
        match self.one_direction {
            true => None,
            false => self.analysis.as_deref(),
        }
    }

    /// Whether it is a TCP connection.
    pub(super) fn is_tcp(&self) -> bool {
        self.conversation.protocol == Protocol::Tcp
    }

    /// Returns the name of its application protocol in filters, or nothing.
    pub(super) fn application(&self) -> &'static str {
        self.conversation
            .application()
            .map_or("", |dissector| dissector.name)
    }

    /// Whether its content is encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self.application(), "tls" | "http2" | "ssh")
    }

    /// Whether the handshake was completed, or the connection was there before the capture.
    pub(super) fn is_established(&self) -> bool {
        self.tcp.handshake.ack.is_some() || self.tcp.completeness & 8 != 0
    }

    /// Returns the round trip from the capture to a side, nanoseconds; 0 if it is not known.
    pub(super) fn path_ns(&self, side: Side) -> i64 {
        let path = self
            .analysis
            .as_deref()
            .and_then(|it| it.path_ns(side, &self.tcp));
        path.unwrap_or(0)
    }

    /// Returns the whole round trip, nanoseconds.
    pub(super) fn rtt_ns(&self) -> i64 {
        self.path_ns(Side::Client)
            .saturating_add(self.path_ns(Side::Server))
    }

    /// Returns its duration, nanoseconds, as far as it is known.
    pub(super) fn duration_ns(&self) -> i64 {
        let known = || self.analysis.as_deref().map_or(0, TcpSummary::lasted_ns);
        self.conversation.lasted_ns().unwrap_or_else(known)
    }

    /// Returns the time from its last packet to the end of the capture, nanoseconds; 0 if it is not known.
    pub(super) fn silent_ns(&self) -> i64 {
        elapsed_ns(self.conversation.end_ns, self.ended_ns).unwrap_or(0)
    }
}
