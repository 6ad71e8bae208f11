//! Connections that a conversation announces, such as the data connections of FTP: RFC 959, section 3.2.

use super::{Conversation, ConversationId, Endpoint, Protocol};
use dissectors::Dissector;
use std::collections::HashMap;

/// More announcements than this are not remembered: whoever announces connections that nobody makes has a reason.
const MAX_EXPECTED: usize = 1 << 16;

/// A connection that a conversation announced.
#[derive(Clone, Copy, Debug)]
pub struct Expectation {
    /// Who announced it.
    pub by: ConversationId,
    /// Which of its announcements this is, from 0.
    pub number: u32,
    /// Where the connection was to go.
    pub to: Endpoint,
    /// The packet that announced it.
    pub packet: u32,
    /// What it was to speak.
    pub dissector: &'static Dissector,
    /// The connection that came of it.
    pub used_by: Option<ConversationId>,
}

/// All connections that were announced.
#[derive(Default)]
pub struct Expectations {
    all: Vec<Expectation>,
    /// The latest for an endpoint.
    latest: HashMap<Endpoint, u32>,
}

impl Expectations {
    pub(super) fn add(&mut self, expectation: Expectation) {
        if self.all.len() < MAX_EXPECTED {
            self.latest.insert(expectation.to, self.all.len() as u32);
            self.all.push(expectation);
        }
    }

    /// Whether a connection that now begins was announced.
    #[inline]
    pub(super) fn meet(&mut self, id: ConversationId, ends: [Endpoint; 2]) -> Option<u32> {
        if self.latest.is_empty() {
            return None;
        }
        let found = ends.iter().find_map(|end| self.latest.get(end))?;
        let expectation = self.all.get_mut(*found as usize)?;
        if expectation.used_by.is_some() {
            return None;
        }
        expectation.used_by = Some(id);
        Some(*found)
    }

    /// Whether nothing was announced.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// One of them, by what [`Conversation::expected`] says.
    pub fn get(&self, place: u32) -> Option<&Expectation> {
        self.all.get(place as usize)
    }

    /// What a conversation announced, in order.
    pub fn by(&self, id: ConversationId) -> impl Iterator<Item = &Expectation> {
        self.all
            .iter()
            .filter(move |expectation| expectation.by == id)
    }
}

/// What the user says that ports speak: `-d tcp.port==8888,http`.
#[derive(Clone, Debug, Default)]
pub struct DecodeAs {
    rules: Vec<(Protocol, u16, &'static Dissector)>,
}

impl DecodeAs {
    /// Has a port's conversations read as this protocol; a later word overrides an earlier one.
    pub fn set(&mut self, protocol: Protocol, port: u16, dissector: &'static Dissector) {
        self.rules
            .retain(|rule| (rule.0, rule.1) != (protocol, port));
        self.rules.push((protocol, port, dissector));
    }

    /// Lets a port's conversations be recognised by what they say.
    pub fn clear(&mut self, protocol: Protocol, port: u16) {
        self.rules
            .retain(|rule| (rule.0, rule.1) != (protocol, port));
    }

    /// What a conversation is said to speak.
    pub fn find(&self, conversation: &Conversation) -> Option<&'static Dissector> {
        let ports = [conversation.server.port, conversation.client.port];
        self.rules
            .iter()
            .find(|(protocol, port, _)| *protocol == conversation.protocol && ports.contains(port))
            .map(|(.., dissector)| *dissector)
    }
}
