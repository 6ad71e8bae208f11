//! Groups transport layers into conversations and follows what each one does.
//!
//! The tracker has no clock and reads nothing: time comes from the packets, which makes it deterministic.

mod conversation;
mod fragments;
mod history;
mod tcp;
mod verdict;

pub use conversation::{
    Conversation, ConversationId, Direction, Endpoint, IcmpError, Protocol, Side,
};
pub use fragments::{Datagram, Fragments, overlay};
pub use history::conn_state;
pub use tcp::{Handshake, Offered, Tcp};
pub use verdict::{Outcome, Tone, icmp_words, marks, outcome, verdict};

use dissectors::{Flow, Quoted, Transport};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hash, Hasher};

/// All conversations of a capture.
pub struct Tracker {
    conversations: Vec<Conversation>,
    /// The latest conversation between two endpoints, found by hash.
    latest: HashTable<u32>,
    hasher: FixedState,
    tcp_streams: u32,
    udp_streams: u32,
}

impl Default for Tracker {
    fn default() -> Self {
        Tracker {
            conversations: Vec::new(),
            latest: HashTable::new(),
            // Seeded afresh in every run: addresses and ports are chosen by whoever sends the packets.
            hasher: FixedState::with_seed(foldhash::fast::RandomState::default().hash_one(0_u8)),
            tcp_streams: 0,
            udp_streams: 0,
        }
    }
}

/// What the tracker must know of a packet beside its transport layers.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Its number, from 1.
    pub number: u32,
    /// When it was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    /// How long it was on the wire, bytes.
    pub length: u32,
}

impl Tracker {
    /// All conversations, in the order in which they began.
    pub fn conversations(&self) -> &[Conversation] {
        &self.conversations
    }

    /// One conversation.
    pub fn get(&self, id: ConversationId) -> Option<&Conversation> {
        self.conversations.get(id.0 as usize)
    }

    /// Puts a transport layer into its conversation.
    #[inline]
    pub fn track(&mut self, frame: Frame, flow: &Flow) -> (ConversationId, Direction) {
        let from = Endpoint {
            address: flow.source,
            port: flow.source_port,
        };
        let to = Endpoint {
            address: flow.destination,
            port: flow.destination_port,
        };
        let protocol = match flow.transport {
            Transport::Tcp(_) => Protocol::Tcp,
            Transport::Udp => Protocol::Udp,
        };
        let hash = hash(&self.hasher, protocol, from, to);
        let known = self.find(hash, protocol, from, to);
        if let Some(id) = known
            && let Some(conversation) = self.conversations.get_mut(id as usize)
        {
            let direction = conversation.direction(from);
            let reused = match &flow.transport {
                Transport::Tcp(segment) => conversation.tcp.is_reused_by(direction, segment),
                Transport::Udp => false,
            };
            if !reused {
                conversation.add(frame, direction, flow);
                return (ConversationId(id), direction);
            }
        }
        let id = self.begin(frame, Some(flow), protocol, from, to, hash);
        let direction = self.conversations.get_mut(id as usize).map(|conversation| {
            let direction = conversation.direction(from);
            conversation.add(frame, direction, flow);
            direction
        });
        (
            ConversationId(id),
            direction.unwrap_or(Direction::FromClient),
        )
    }

    #[inline]
    fn find(&self, hash: u64, protocol: Protocol, from: Endpoint, to: Endpoint) -> Option<u32> {
        let conversations = &self.conversations;
        let same = |&id: &u32| {
            conversations
                .get(id as usize)
                .is_some_and(|conversation| conversation.is_between(protocol, from, to))
        };
        self.latest.find(hash, same).copied()
    }

    #[cold]
    fn begin(
        &mut self,
        frame: Frame,
        flow: Option<&Flow>,
        protocol: Protocol,
        from: Endpoint,
        to: Endpoint,
        hash: u64,
    ) -> u32 {
        let id = self.conversations.len() as u32;
        let stream = match protocol {
            Protocol::Tcp => &mut self.tcp_streams,
            Protocol::Udp => &mut self.udp_streams,
        };
        let mut conversation = Conversation::begin(protocol, *stream, frame, flow, from, to);
        *stream += 1;
        let conversations = &self.conversations;
        let same = |&id: &u32| {
            conversations
                .get(id as usize)
                .is_some_and(|conversation| conversation.is_between(protocol, from, to))
        };
        match self.latest.find_mut(hash, same) {
            Some(slot) => {
                conversation.reuses = Some(ConversationId(*slot));
                *slot = id;
            }
            None => {
                let hasher = &self.hasher;
                self.latest.insert_unique(hash, id, |&id| {
                    conversations
                        .get(id as usize)
                        .map_or(0, |c| self::hash(hasher, c.protocol, c.client, c.server))
                });
            }
        }
        self.conversations.push(conversation);
        id
    }

    /// Puts an ICMP error into the conversation whose packet it quotes; the direction is that of the quoted packet.
    #[cold]
    pub fn quoted(&mut self, frame: Frame, quoted: &Quoted) -> Option<(ConversationId, Direction)> {
        let protocol = match quoted.protocol {
            6 => Protocol::Tcp,
            17 => Protocol::Udp,
            _ => return None,
        };
        let from = Endpoint {
            address: quoted.source,
            port: quoted.source_port,
        };
        let to = Endpoint {
            address: quoted.destination,
            port: quoted.destination_port,
        };
        let hash = hash(&self.hasher, protocol, from, to);
        let id = match self.find(hash, protocol, from, to) {
            Some(id) => id,
            None => self.begin(frame, None, protocol, from, to, hash),
        };
        let conversation = self.conversations.get_mut(id as usize)?;
        conversation.add_error(
            frame,
            IcmpError {
                packet: frame.number,
                v6: quoted.v6,
                kind: quoted.kind,
                code: quoted.code,
                reporter: quoted.reporter,
            },
        );
        Some((ConversationId(id), conversation.direction(from)))
    }
}

/// The same for both directions.
#[inline]
fn hash(hasher: &FixedState, protocol: Protocol, a: Endpoint, b: Endpoint) -> u64 {
    let (low, high) = if a <= b { (a, b) } else { (b, a) };
    let mut state = hasher.build_hasher();
    for endpoint in [low, high] {
        match endpoint.address {
            std::net::IpAddr::V4(address) => address.to_bits().hash(&mut state),
            std::net::IpAddr::V6(address) => address.to_bits().hash(&mut state),
        }
    }
    let ports = u64::from(low.port) << 16 | u64::from(high.port);
    state.write_u64(ports << 8 | protocol as u64);
    state.finish()
}
