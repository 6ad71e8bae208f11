//! What went wrong in a capture: findings, each with its severity, its evidence and a sentence with figures.
//!
//! A rule is one function that looks at a conversation ([`Case`]), at the hosts or at the capture. It reads what was
//! counted while the capture was loaded; no packet is read again. docs/findings.md lists the rules with their thresholds
//! and the reasons. A healthy connection has no finding above a note.

mod application;
mod capture;
mod case;
mod ending;
mod hosts;
mod judgement;
mod kind;
mod mtu;
mod opening;
mod security;
mod speed;
#[cfg(test)]
mod tests;
mod thresholds;

pub use case::Case;
pub use judgement::Judgement;
pub use kind::{Kind, Severity};
pub use thresholds::{Settings, Threshold, defaults as default_thresholds};

use crate::{
    store::Contents,
    track::{ConversationId, TcpSummary},
};
use hosts::{Counted, Hosts};
use std::{cmp::Reverse, net::IpAddr, sync::Arc};

/// The maximum number of packets that are given as evidence.
pub const MAX_EVIDENCE: usize = 16;

/// The maximum number of hosts that a finding names.
pub const MAX_HOSTS: usize = 16;

/// Something that went wrong, or that limits what can be said.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Its kind.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// The conversation that it is about; none if it is about hosts or the capture.
    pub conversation: Option<ConversationId>,
    /// The hosts that it is about: the client and the server of the conversation, or those that the kind is about.
    pub hosts: Vec<IpAddr>,
    /// The packets that show it, in order, at most [`MAX_EVIDENCE`].
    pub packets: Vec<u32>,
    /// How often it happened.
    pub count: u64,
    /// One sentence with figures. It is not fit for a terminal: it may hold text from the network.
    pub text: String,
    /// The figures, each with its name, which ends with its unit: `longest_ns`, `lost_percent`.
    pub figures: Vec<(&'static str, f64)>,
}

impl Finding {
    fn new(kind: Kind, severity: Severity, text: String) -> Self {
        Finding {
            kind,
            severity,
            conversation: None,
            hosts: Vec::new(),
            packets: Vec::new(),
            count: 1,
            text,
            figures: Vec::new(),
        }
    }

    fn packets(mut self, packets: impl IntoIterator<Item = u32>) -> Self {
        self.packets = packets
            .into_iter()
            .filter(|packet| *packet > 0)
            .take(MAX_EVIDENCE)
            .collect();
        self.packets.sort_unstable();
        self.packets.dedup();
        self
    }

    fn count(mut self, count: impl Into<u64>) -> Self {
        self.count = count.into();
        self
    }

    fn figure(mut self, name: &'static str, figure: impl IntoFigure) -> Self {
        self.figures.push((name, figure.figure()));
        self
    }
}

/// A number that a finding names.
trait IntoFigure {
    fn figure(self) -> f64;
}

impl IntoFigure for i64 {
    fn figure(self) -> f64 {
        self as f64
    }
}

impl IntoFigure for u64 {
    fn figure(self) -> f64 {
        self as f64
    }
}

impl IntoFigure for u32 {
    fn figure(self) -> f64 {
        self.into()
    }
}

impl IntoFigure for f64 {
    fn figure(self) -> f64 {
        self
    }
}

/// A rule about one conversation.
type Rule = fn(&Case) -> Option<Finding>;

/// The rules about one conversation, in the order of their kinds.
const RULES: &[Rule] = &[
    opening::refused,
    opening::no_answer,
    opening::unreachable,
    opening::handshake_incomplete,
    opening::slow_handshake,
    ending::reset,
    ending::stopped_answering,
    ending::idle_timeout,
    ending::not_closed,
    speed::packet_loss,
    speed::zero_window,
    speed::window_limited,
    speed::slow_server,
    speed::slow_client,
    mtu::black_hole,
    mtu::path_mtu,
    speed::delayed_ack,
    speed::reordering,
    application::tls_alert,
    application::login_failed,
    application::mail_rejected,
    application::http_error,
    application::dns_failure,
    application::starttls_unused,
    application::starttls_refused,
    application::ftp_data_failed,
    security::credentials_in_clear,
    security::tls_outdated,
    capture::began_before,
    capture::one_direction,
];

/// Returns the findings about one conversation, the worst first.
pub fn of_conversation(
    contents: &Contents,
    id: ConversationId,
    settings: &Settings,
) -> Vec<Finding> {
    let Some(case) = Case::new(contents, id, settings) else {
        return Vec::new();
    };
    if case.is_inconspicuous() {
        return Vec::new();
    }
    let found = RULES.iter().filter_map(|rule| rule(&case));
    let mut findings: Vec<Finding> = found
        .filter(|finding| !settings.is_ignored(finding.kind))
        .map(|finding| case.about(finding))
        .collect();
    findings.sort_by_key(order);
    findings
}

/// The findings of a capture as far as it is read. It holds them by their kind and conversation; each one is made when it
/// is asked for.
#[derive(Default)]
pub struct Findings {
    /// About hosts and the capture.
    of_capture: Vec<Finding>,
    /// About conversations.
    of_conversations: Vec<(Severity, Kind, ConversationId)>,
    /// The conversations that something is wrong with, in order.
    conversations: Arc<Vec<ConversationId>>,
}

/// Looks for findings in steps, so that the store need not be locked all the time.
#[derive(Default)]
pub struct Search {
    hosts: Hosts,
    /// What is to be counted: that takes long where the tables grow, and the store need not be locked.
    pending: Vec<Counted>,
    /// How many conversations were counted for their hosts, and to how many of these the rules were applied.
    counted: usize,
    judged: usize,
    found: Findings,
    /// The conversations that something is wrong with, in order.
    conversations: Vec<ConversationId>,
}

impl Search {
    /// Looks at the next conversations, at most `count`. Returns whether there are more. Between two calls
    /// [`Search::count_hosts`] does what needs no store.
    pub fn advance(&mut self, contents: &Contents, settings: &Settings, count: usize) -> bool {
        let tracker = &contents.tracker;
        // The rules need to know all hosts.
        if self.judged == 0 && self.counted < tracker.began() {
            let end = tracker.began().min(self.counted.saturating_add(count));
            for id in (self.counted..end).map(|id| ConversationId(id as u32)) {
                if let Some(conversation) = tracker.get(id) {
                    self.pending.push(Counted::of(contents, id, conversation));
                }
            }
            self.counted = end;
            return true;
        }
        self.count_hosts();
        let end = self.counted.min(self.judged.saturating_add(count));
        for id in (self.judged..end).map(|id| ConversationId(id as u32)) {
            let Some(conversation) = tracker.get(id) else {
                continue;
            };
            // One row about many attempts is enough.
            if self.hosts.covers(conversation, settings) {
                self.conversations.push(id);
                continue;
            }
            let found = of_conversation(contents, id, settings);
            if found.iter().any(|it| it.severity >= Severity::Warning) {
                self.conversations.push(id);
            }
            let found = found.iter().map(|it| (it.severity, it.kind, id));
            self.found.of_conversations.extend(found);
        }
        self.judged = end;
        self.judged < self.counted
    }

    /// Counts the conversations that were looked at for their hosts.
    pub fn count_hosts(&mut self) {
        for conversation in self.pending.drain(..) {
            self.hosts.add(&conversation);
        }
    }

    /// Returns how much of the conversations was looked at, in percent.
    pub fn percent(&self, contents: &Contents) -> u64 {
        let all = 2 * contents.tracker.began().max(self.counted).max(1);
        ((self.counted + self.judged) * 100 / all) as u64
    }

    /// Adds what is about the capture itself.
    pub fn add_capture(&mut self, contents: &Contents) {
        let of_capture = &mut self.found.of_capture;
        of_capture.extend(hosts::arp_conflicts(contents));
        of_capture.extend(capture::findings(contents));
    }

    /// Returns what was found.
    pub fn finish(self, settings: &Settings) -> Findings {
        let mut found = self.found;
        found.conversations = Arc::new(self.conversations);
        found.of_capture.extend(self.hosts.findings(settings));
        found
            .of_capture
            .retain(|finding| !settings.is_ignored(finding.kind));
        found
            .of_capture
            .sort_by(|a, b| (order(a), &a.hosts, &a.text).cmp(&(order(b), &b.hosts, &b.text)));
        found
            .of_conversations
            .sort_by_key(|(severity, kind, id)| (Reverse(*severity), *kind, *id));
        found
    }
}

/// How many conversations are looked at at once.
const STEP: usize = 4096;

impl Findings {
    /// Looks for them.
    pub fn of(contents: &Contents, settings: &Settings) -> Self {
        let mut search = Search::default();
        while search.advance(contents, settings, STEP) {
            search.count_hosts();
        }
        search.add_capture(contents);
        search.finish(settings)
    }

    /// Returns the conversations with a finding of warning or above, or that a finding about hosts covers, in order.
    pub fn conversations(&self) -> &Arc<Vec<ConversationId>> {
        &self.conversations
    }

    /// Returns each with its severity and kind, the worst first.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let of_capture = self.of_capture.iter().map(Row::OfCapture);
        let of_conversations = self.of_conversations.iter();
        let of_conversations =
            of_conversations.map(|(severity, kind, id)| Row::OfConversation(*severity, *kind, *id));
        let mut all: Vec<Row> = of_capture.chain(of_conversations).collect();
        all.sort_by_key(|row| (Reverse(row.severity()), row.kind()));
        all.into_iter()
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.of_capture.len() + self.of_conversations.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One finding of a list.
#[derive(Clone, Copy, Debug)]
pub enum Row<'f> {
    /// It is about hosts or the capture.
    OfCapture(&'f Finding),
    /// It is about a conversation.
    OfConversation(Severity, Kind, ConversationId),
}

impl Row<'_> {
    /// Returns how bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Row::OfCapture(finding) => finding.severity,
            Row::OfConversation(severity, ..) => *severity,
        }
    }

    /// Returns its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Row::OfCapture(finding) => finding.kind,
            Row::OfConversation(_, kind, _) => *kind,
        }
    }

    /// Returns the whole finding. None if its conversation was evicted, or it no longer holds.
    pub fn finding(&self, contents: &Contents, settings: &Settings) -> Option<Finding> {
        match *self {
            Row::OfCapture(finding) => Some(finding.clone()),
            Row::OfConversation(_, kind, id) => {
                let found = of_conversation(contents, id, settings);
                found.into_iter().find(|finding| finding.kind == kind)
            }
        }
    }
}

/// The key by which findings are listed: the worst first, then by kind and conversation.
pub fn order(finding: &Finding) -> (Reverse<Severity>, Kind, Option<ConversationId>, u32) {
    (
        Reverse(finding.severity),
        finding.kind,
        finding.conversation,
        finding.packets.first().copied().unwrap_or(0),
    )
}

/// Returns the packets of one kind of evidence that the analysis of a conversation kept.
fn evidence(summary: &TcpSummary, of: impl FnOnce(&crate::track::Evidence) -> &[u32]) -> Vec<u32> {
    summary
        .evidence
        .as_deref()
        .map_or_else(Vec::new, |evidence| of(evidence).to_vec())
}
