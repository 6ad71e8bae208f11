//! Connections that a conversation announces, such as the data connections of FTP: RFC 959, section 3.2.

use super::{Conversation, ConversationId, Endpoint, Protocol};
use dissectors::{Dissector, Event, Transfer};
use std::collections::{BTreeMap, HashMap};

/// More announcements than this are not remembered: whoever announces connections that nobody makes has a reason.
const MAX_EXPECTED: usize = 1 << 16;

/// A connection that a conversation announced.
#[derive(Clone, Debug)]
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
    /// What it was to carry.
    pub transfer: Option<Transfer>,
    /// The other side would not have it.
    pub withdrawn: bool,
}

impl Expectation {
    /// It was agreed upon, and nobody came.
    pub fn is_unused(&self) -> bool {
        self.used_by.is_none() && !self.withdrawn
    }
}

/// All connections that were announced.
#[derive(Default)]
pub struct Expectations {
    all: Vec<Expectation>,
    /// The latest for an endpoint.
    latest: HashMap<Endpoint, u32>,
    /// The place of each, by who announced it and which of its announcements it is.
    places: BTreeMap<(ConversationId, u32), u32>,
}

impl Expectations {
    /// Something that a conversation said in this packet is about connections to come.
    pub(super) fn told(&mut self, by: ConversationId, packet: u32, event: Event) {
        match event {
            Event::Expect {
                number,
                address,
                port,
                dissector,
            } => self.add(Expectation {
                by,
                number,
                to: Endpoint { address, port },
                packet,
                dissector,
                used_by: None,
                transfer: None,
                withdrawn: false,
            }),
            Event::Carries { number, transfer } => self.carries(by, number, transfer),
            Event::Withdraw { number } => self.withdraw(by, number),
            Event::HandOver(_) | Event::Recognise => {}
        }
    }

    fn add(&mut self, expectation: Expectation) {
        let key = (expectation.by, expectation.number);
        if let Some(place) = self.places.get(&key) {
            // It may go here as well.
            self.latest.insert(expectation.to, *place);
        } else if self.all.len() < MAX_EXPECTED {
            let place = self.all.len() as u32;
            self.latest.insert(expectation.to, place);
            self.places.insert(key, place);
            self.all.push(expectation);
        }
    }

    fn carries(&mut self, by: ConversationId, number: u32, transfer: Transfer) {
        if let Some(expectation) = self.find_mut(by, number) {
            expectation.transfer = Some(transfer);
        }
    }

    fn withdraw(&mut self, by: ConversationId, number: u32) {
        if let Some(expectation) = self.find_mut(by, number) {
            expectation.withdrawn = true;
        }
    }

    /// Whether a connection that now begins was announced. One whose opening was not captured may go the other way.
    #[inline]
    pub(super) fn meet(&mut self, id: ConversationId, conversation: &Conversation) -> Option<u32> {
        if self.latest.is_empty() || conversation.protocol != Protocol::Tcp {
            return None;
        }
        let other = conversation.client_is_guess.then_some(&conversation.client);
        let mut ends = [Some(&conversation.server), other].into_iter().flatten();
        let found = ends.find_map(|end| self.latest.get(end))?;
        let expectation = self.all.get_mut(*found as usize)?;
        if !expectation.is_unused() {
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

    /// One of them, by who announced it and which of its announcements it is.
    pub fn find(&self, by: ConversationId, number: u32) -> Option<&Expectation> {
        self.get(*self.places.get(&(by, number))?)
    }

    fn find_mut(&mut self, by: ConversationId, number: u32) -> Option<&mut Expectation> {
        self.all.get_mut(*self.places.get(&(by, number))? as usize)
    }

    /// What a conversation announced, in order.
    pub fn by(&self, id: ConversationId) -> impl Iterator<Item = &Expectation> {
        let places = self.places.range((id, 0)..=(id, u32::MAX));
        places.filter_map(|(_, place)| self.get(*place))
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = &Expectation> {
        self.all.iter()
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
