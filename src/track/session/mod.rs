//! The messages of one conversation: its bytes put in order and cut where its protocols say that messages end.
//!
//! The index reads every conversation once and keeps little; who looks at a conversation reads it again and keeps
//! where every message is. Both do the same, so they come to the same.

mod driver;
mod page;
mod reset;
mod source;
mod stage;

use self::{driver::StreamState, page::Kept, reset::AfterReset, stage::Stage};
use super::Tcp;
use dissectors::{Dissector, Event, PerSide, Selector, Setting, Side};
pub use page::{Known, MessagePage, Totals};
pub use source::{Made, SourceId};

/// Times that a conversation of unknown protocol is looked at.
const MAX_TRIES: u8 = 6;

/// A message of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct MessageRecord {
    /// Who sent it: its bytes stand in what that side sends.
    pub side: Side,
    /// The protocol, a place among the conversation's stages; none for bytes of no known protocol.
    stage: u16,
    /// Its number in the stage.
    number: u32,
    /// Where its bytes begin in its source.
    pub at: u64,
    /// How many they are.
    pub length: u64,
    /// The packet that completed it.
    pub packet: u32,
    /// The packet that its first byte came in.
    pub first_packet: u32,
    /// How many segments it came in.
    pub segments: u32,
    /// How many of them the capture lacks.
    pub missing: u32,
    /// It was said to its end.
    pub complete: bool,
}

impl MessageRecord {
    /// The protocol that it is a message of, a place among the conversation's; none for bytes of no known one.
    pub fn stage(&self) -> Option<usize> {
        self.is_known().then(|| usize::from(self.stage))
    }

    /// Its number among the messages of its protocol.
    pub fn number(&self) -> usize {
        self.number as usize
    }

    /// A protocol says that it is a message; else these are bytes of no known one.
    pub fn is_known(&self) -> bool {
        self.stage != NO_STAGE
    }

    /// One past its last byte in its source.
    pub fn end(&self) -> u64 {
        self.at.saturating_add(self.length)
    }
}

const NO_STAGE: u16 = u16::MAX;

/// The messages of a conversation, as far as it was read.
pub struct Messages {
    setting: Setting,
    selector: fn(u16) -> Selector,
    forced: Option<&'static Dissector>,
    stages: Vec<Stage>,
    streams: PerSide<StreamState>,
    tries: u8,
    /// What comes next is to be recognised anew.
    unrecognised: bool,
    events: Vec<Event>,
    kept: Option<Box<Kept>>,
    /// A RST has come, and the conversation has not gone on.
    after_reset: Option<Box<AfterReset>>,
}

impl Messages {
    /// Begins to listen. `forced` is what the user says that the conversation speaks.
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
            unrecognised: false,
            events: Vec::new(),
            kept: setting.keeps.then(Box::default),
            after_reset: None,
        }
    }

    /// Where both streams begin, as far as `tcp` knows, unless they have begun.
    pub(super) fn start(&mut self, tcp: &Tcp) {
        for direction in Side::BOTH {
            let stream = &mut self.streams[direction];
            stream.reassembler.start(tcp.start(direction));
        }
    }

    /// Takes up what `tcp` knows, where the first data comes now. Whether a RST has ended the connection.
    pub(super) fn go_on_from(&mut self, tcp: &Tcp) -> bool {
        self.start(tcp);
        for direction in Side::BOTH {
            if let Some(fin) = tcp.fin_seq(direction) {
                self.half_closed(direction, fin);
            }
        }
        let is_reset = tcp.reset.is_some();
        if is_reset {
            self.reset();
        }
        is_reset
    }

    /// Begins to listen to another conversation with the memory of one that is over.
    pub(super) fn renew(&mut self, fresh: Messages) {
        let mut stages = std::mem::take(&mut self.stages);
        stages.clear();
        *self = Messages { stages, ..fresh };
    }

    /// Whether all is kept that is needed to show its messages.
    pub fn keeps(&self) -> bool {
        self.setting.keeps
    }

    /// The protocol that is spoken, the latest one where it changed.
    pub fn dissector(&self) -> Option<&'static Dissector> {
        self.stages.last().map(|stage| stage.dissector)
    }

    /// The protocols that were spoken, in order.
    pub fn dissectors(&self) -> impl Iterator<Item = &'static Dissector> {
        self.stages.iter().map(|stage| stage.dissector)
    }

    /// The summary, in a few words.
    pub fn summary(&self) -> String {
        let said = self.stages.iter().map(|stage| stage.session.summary());
        let mut said = said.filter(|words| !words.is_empty());
        let mut words = said.next().unwrap_or_default();
        for more in said {
            words.push_str(", then ");
            words.push_str(&more);
        }
        words
    }

    /// Whether somebody could read a secret.
    pub fn credentials(&self) -> bool {
        self.stages.iter().any(|stage| stage.session.credentials())
    }

    /// Whether segments wait for what is missing before them.
    pub fn waits(&self) -> bool {
        self.streams
            .iter()
            .any(|stream| stream.reassembler.waits() && !stream.closed)
    }

    /// Nothing more can be learned: both sides have closed.
    pub fn is_over(&self) -> bool {
        self.streams.iter().all(|stream| stream.closed)
    }

    /// Nobody knows what this conversation speaks, and it is not looked at any more.
    pub fn is_unknown(&self) -> bool {
        self.stages.is_empty() && self.tries >= MAX_TRIES
    }
}

#[cfg(test)]
mod tests;
