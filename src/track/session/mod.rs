//! The messages of one conversation: its bytes put in order and cut where its protocols end messages.
//!
//! The index reads every conversation once and keeps little; a view of a conversation reads it again and keeps where
//! every message is. Both use the same code, so they have the same results.

mod driver;
mod held;
mod page;
mod reset;
mod source;
mod stage;
mod unknown;
mod unknown_secrets;

use self::{driver::StreamState, held::HeldBack, page::Kept, reset::AfterReset, stage::Stage};
use super::{FrameLayers, Opening, Tcp, names::HostName};
use crate::lang::text;
use dissectors::{
    Dissector, Event, Exchanges, PerSide, Remarks, Selector, Setting, Side, Undeclared,
};
pub use page::{Known, MessagePage, Totals};
pub use source::{Made, SourceId};
use std::{net::IpAddr, num::NonZeroU32};
use unknown::BeforeTls;
pub use unknown::{FirstBytes, Kind, Looks};

/// How often the protocol of an unknown conversation is guessed from a datagram, or from a segment where it is not known
/// where messages begin.
const MAX_TRIES: u8 = 6;

/// How often it is guessed where one side begins to send after the other one.
const MAX_TURNS: u8 = 8;

/// After this many bytes of no known protocol it is no longer guessed.
const MAX_UNKNOWN: u32 = 64 << 10;

/// A message of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct MessageRecord {
    /// The side that sent it; its bytes are in that side's stream.
    pub side: Side,
    /// The index of its protocol among the conversation's stages; none for bytes of no known protocol.
    stage: u16,
    /// Its number in the stage.
    number: u32,
    /// Its offset in its source.
    pub at: u64,
    /// Its length in bytes.
    pub length: u64,
    /// The packet that completed it.
    pub packet: u32,
    /// The packet that contains its first byte.
    pub first_packet: u32,
    /// How many segments it came in.
    pub segments: u32,
    /// How many bytes of it the capture lacks.
    pub missing: u32,
    /// Whether it is complete.
    pub complete: bool,
}

impl MessageRecord {
    /// Returns the index of its protocol among the conversation's stages; none for bytes of no known protocol.
    pub fn stage(&self) -> Option<usize> {
        self.is_known().then(|| usize::from(self.stage))
    }

    /// Returns its number among the messages of its protocol.
    pub fn number(&self) -> usize {
        self.number as usize
    }

    /// Whether it belongs to a known protocol.
    pub fn is_known(&self) -> bool {
        self.stage != NO_STAGE
    }

    /// Returns the offset one past its last byte in its source.
    pub fn end(&self) -> u64 {
        self.at.saturating_add(self.length)
    }
}

const NO_STAGE: u16 = u16::MAX;

/// A message that has ended in a packet, or such messages of one protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadMessage {
    /// The packet.
    pub packet: u32,
    /// The name of its protocol.
    pub name: &'static str,
    /// The layers of the packet.
    pub layers: FrameLayers,
}

impl ReadMessage {
    /// Whether it is of the same protocol and ended in the same packet, if both have the same text in memory.
    #[inline]
    fn is_same(&self, other: &ReadMessage) -> bool {
        self.packet == other.packet && std::ptr::eq(self.name, other.name)
    }
}

/// The messages of a conversation, as far as it was read.
pub struct Messages {
    setting: Setting,
    selector: fn(u16) -> Selector,
    forced: Option<&'static Dissector>,
    stages: Vec<Stage>,
    streams: PerSide<StreamState>,
    tries: u8,
    /// How many turns there were while the protocol was unknown, and the side that sent last then.
    turns: u8,
    speaker: Option<Side>,
    /// Bytes of no known protocol.
    unknown_bytes: u32,
    /// Whether the protocol of the next bytes is to be recognised anew.
    unrecognised: bool,
    events: Vec<Event>,
    /// Bytes of no known protocol held a secret.
    credentials: bool,
    /// The packet that showed the first secret.
    secret_in: Option<NonZeroU32>,
    /// Whether the messages that end are noted.
    counts: bool,
    /// The first one, and the others: a segment seldom ends messages of several protocols.
    read: Option<ReadMessage>,
    more_read: Vec<ReadMessage>,
    /// The first bytes, while no protocol is known.
    first_bytes: Option<Box<FirstBytes>>,
    /// The protocol in which TLS was requested, if it is not among the stages.
    before_tls: Option<BeforeTls>,
    kept: Option<Box<Kept>>,
    /// Set while segments acknowledge data that has not come.
    held: Option<Box<HeldBack>>,
    /// Set while a RST has come and the conversation has not gone on.
    after_reset: Option<Box<AfterReset>>,
    /// The name that one side uses for the other.
    pub(super) called: Option<Box<HostName>>,
}

impl Messages {
    /// Begins a session. `forced` is the protocol that the user set for the conversation.
    pub fn new(
        setting: Setting,
        selector: fn(u16) -> Selector,
        forced: Option<&'static Dissector>,
    ) -> Self {
        Messages {
            setting,
            selector,
            forced,
            stages: Vec::new(),
            streams: PerSide::default(),
            tries: 0,
            turns: 0,
            speaker: None,
            unknown_bytes: 0,
            unrecognised: false,
            events: Vec::new(),
            credentials: false,
            secret_in: None,
            counts: false,
            read: None,
            more_read: Vec::new(),
            first_bytes: None,
            before_tls: None,
            kept: setting.keeps.then(Box::default),
            held: None,
            after_reset: None,
            called: None,
        }
    }

    /// Reports exchanges from now on, before anything is read.
    pub fn report_exchanges(&mut self) {
        self.setting.exchanges = Exchanges::All;
    }

    /// Notes from now on which messages end.
    pub(super) fn count_messages(&mut self) {
        self.counts = true;
    }

    /// Exchanges its list of events, which is empty, for another one: a conversation keeps no memory for it.
    #[inline]
    pub(super) fn swap_events(&mut self, events: &mut Vec<Event>) {
        std::mem::swap(&mut self.events, events);
    }

    /// Moves the messages that have ended to `read`.
    #[inline]
    pub(super) fn take_read(&mut self, read: &mut Vec<ReadMessage>) {
        if let Some(first) = self.read.take() {
            read.push(first);
            if !self.more_read.is_empty() {
                read.append(&mut self.more_read);
            }
        }
    }

    /// Sets where both streams begin, as far as `tcp` knows, unless they have begun.
    pub(super) fn start(&mut self, tcp: &Tcp) {
        for direction in Side::BOTH {
            let stream = &mut self.streams[direction];
            stream.reassembler.start(tcp.messages_start(direction));
        }
    }

    /// Takes over the state of the transport layer when the first data comes. Returns whether a RST has ended the
    /// connection.
    pub(super) fn go_on_from(&mut self, opening: &Opening) -> bool {
        for direction in Side::BOTH {
            let stream = &mut self.streams[direction];
            stream.reassembler.start(opening.starts[direction]);
        }
        for direction in Side::BOTH {
            if let Some(fin) = opening.fins[direction] {
                self.half_closed(direction, fin);
            }
        }
        if opening.is_reset {
            self.reset();
        }
        opening.is_reset
    }

    /// Returns the address of the client.
    #[inline]
    pub(super) fn client(&self) -> IpAddr {
        self.setting.client.0
    }

    /// Begins a session of another conversation in the memory of an ended one.
    pub(super) fn renew(&mut self, fresh: Messages) {
        let mut stages = std::mem::take(&mut self.stages);
        stages.clear();
        *self = Messages { stages, ..fresh };
    }

    /// Whether everything is kept that is needed to show its messages.
    pub fn keeps(&self) -> bool {
        self.setting.keeps
    }

    /// Returns the current protocol, the latest one where it changed.
    pub fn dissector(&self) -> Option<&'static Dissector> {
        self.stages.last().map(|stage| stage.dissector)
    }

    /// Returns the protocols that were used, in order.
    pub fn dissectors(&self) -> impl Iterator<Item = &'static Dissector> + Clone {
        self.stages.iter().map(|stage| stage.dissector)
    }

    /// Returns the summary, in a few words.
    pub fn summary(&self) -> String {
        let before = self.before_tls.map(|before| before.name().to_owned());
        let stages = self.stages.iter().map(|stage| stage.session.summary());
        let said = before
            .into_iter()
            .chain(stages)
            .filter(|words| !words.is_empty());
        said.reduce(|first, next| text!("summary-then", first, next))
            .unwrap_or_else(|| self.looks().words())
    }

    /// Returns what the first bytes look like, if no protocol is known.
    pub fn looks(&self) -> Looks {
        match &self.first_bytes {
            Some(first) if self.stages.is_empty() => first.look(),
            _ => Looks::default(),
        }
    }

    /// Whether it has a secret that was readable on the path.
    pub fn credentials(&self) -> bool {
        self.credentials || self.stages.iter().any(|stage| stage.session.credentials())
    }

    /// Returns the packet with the first secret that was readable on the path.
    pub fn secret_in(&self) -> Option<NonZeroU32> {
        let latest = || self.streams.iter().map(|stream| stream.last.0).max();
        let unknown = || latest().and_then(NonZeroU32::new).or(NonZeroU32::new(1));
        let is_known = self.credentials();
        self.secret_in.or_else(unknown).filter(|_| is_known)
    }

    /// Returns the character set of the text that declares none, as far as it is known.
    pub fn undeclared(&self) -> Undeclared {
        let stages = self.stages.iter();
        let known = stages.map(|stage| stage.session.undeclared());
        known.fold(self.setting.undeclared, Undeclared::or)
    }

    /// Returns what an operator should know of its protocols besides their exchanges.
    pub fn remarks(&self) -> Remarks {
        let remarks = self.stages.iter().map(|stage| stage.session.remarks());
        remarks.reduce(Remarks::and).unwrap_or_default()
    }

    /// Whether segments wait for what is missing before them.
    pub fn waits(&self) -> bool {
        let mut streams = self.streams.iter();
        self.held.is_some() || streams.any(|stream| stream.reassembler.waits() && !stream.closed)
    }

    /// Whether nothing more can be learned: both sides have closed.
    pub fn is_over(&self) -> bool {
        self.streams.iter().all(|stream| stream.closed)
    }

    /// Whether bytes wait for those that are missing, or for the end of their message.
    pub(super) fn holds_bytes(&self) -> bool {
        let mut streams = self.streams.iter();
        let holds = self.held.as_ref().is_some_and(|held| held.holds_bytes());
        holds
            || streams.any(|stream| !stream.cutter.pending.is_empty() || stream.reassembler.waits())
    }

    /// Whether the protocol of this conversation is unknown and is no longer guessed.
    pub fn is_unknown(&self) -> bool {
        self.stages.is_empty() && self.has_given_up()
    }

    /// Whether the protocol is no longer guessed. Datagrams are no turns.
    fn has_given_up(&self) -> bool {
        let are_datagrams = self.turns == 0;
        self.turns > MAX_TURNS
            || self.unknown_bytes > MAX_UNKNOWN
            || are_datagrams && self.tries >= MAX_TRIES
    }
}

#[cfg(test)]
mod tests;
