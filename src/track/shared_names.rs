//! The names that other conversations use for an address: several clients may use the same site on a server.
//!
//! The names are not needed while a capture is read, so conversations with a name are only queued. They are processed
//! on the first request for a name.

use super::{Conversation, ConversationId};
use dissectors::NameSource;
use foldhash::fast::RandomState;
use std::{collections::HashMap, net::IpAddr, sync::Arc};

/// The maximum number of names that are remembered, and of conversations that wait. Above it, all existing ones are
/// dropped.
const MAX_NAMES: usize = 1 << 18;

/// Where an address has this many names, one more carries no information: many names share it.
const MAX_OF_ONE: usize = 8;

/// The name that one side of a conversation uses for the other.
struct Entry {
    /// The first packet of that conversation.
    packet: u32,
    name: Arc<str>,
    by: NameSource,
}

/// The names of addresses in all conversations.
pub(super) struct SharedNames {
    /// Conversations that have not been processed.
    waiting: Vec<ConversationId>,
    /// By address, in the order of packets.
    addresses: HashMap<IpAddr, Vec<Entry>, RandomState>,
    /// How many entries there are.
    count: usize,
    /// How many entries there may be, and conversations that wait.
    most: usize,
}

impl Default for SharedNames {
    fn default() -> Self {
        SharedNames {
            waiting: Vec::new(),
            addresses: HashMap::default(),
            count: 0,
            most: MAX_NAMES,
        }
    }
}

impl SharedNames {
    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.addresses.is_empty()
    }

    /// Sets how many names are remembered at most.
    pub fn limit(&mut self, most: usize) {
        self.most = most;
    }

    /// Queues a conversation in which one side uses a name for the other.
    #[inline]
    pub fn note(&mut self, id: ConversationId) {
        if self.waiting.len() >= self.most {
            self.waiting.clear();
        }
        self.waiting.push(id);
    }

    /// Processes the conversations that wait.
    pub fn catch_up<'t>(
        &mut self,
        conversations: impl Fn(ConversationId) -> Option<Conversation<'t>>,
    ) {
        for id in std::mem::take(&mut self.waiting) {
            if let Some(conversation) = conversations(id) {
                self.learn(conversation);
            }
        }
    }

    fn learn(&mut self, conversation: Conversation) {
        let Some(called) = conversation.called() else {
            return;
        };
        if self.count >= self.most {
            self.addresses.clear();
            self.count = 0;
        }
        let address = conversation.endpoint(called.side).address;
        let all = self.addresses.entry(address);
        let all = all.or_insert_with(|| Vec::with_capacity(1));
        // Names are deduplicated, so equal names have the same address in memory.
        let same = |known: &Entry| Arc::ptr_eq(&known.name, &called.name) && known.by == called.by;
        if all.len() >= MAX_OF_ONE || all.iter().any(same) {
            return;
        }
        let packet = conversation.first_packet;
        let entry = Entry {
            packet,
            name: Arc::clone(&called.name),
            by: called.by,
        };
        all.insert(all.partition_point(|known| known.packet <= packet), entry);
        self.count += 1;
    }

    /// Returns the name of an address: in the latest conversation that began up to this packet, else in the first one
    /// after it.
    pub fn of(&self, address: IpAddr, packet: u32) -> Option<(Arc<str>, NameSource)> {
        let all = self.addresses.get(&address)?;
        let behind = all.partition_point(|known| known.packet <= packet);
        let entry = all.get(behind.saturating_sub(1))?;
        Some((Arc::clone(&entry.name), entry.by))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Side, conversation::Lone, names::HostName},
        *,
    };

    const SERVER: IpAddr = address(9);

    const fn address(last: u32) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::from_bits(0x0a00_0000 + last))
    }

    /// Makes a conversation that began with this packet, whose client uses this name for the server.
    fn conversation(server: IpAddr, packet: u32, name: Option<&Arc<str>>) -> Lone {
        let called = name.map(|name| {
            Box::new(HostName {
                side: Side::Server,
                name: Arc::clone(name),
                by: NameSource::ServerName,
            })
        });
        Lone::new(address(1), server, packet, called)
    }

    #[test]
    fn the_nearest_conversation_gives_the_name() {
        let names: [Arc<str>; 3] = ["a.example", "b.example", "c.example"].map(Arc::from);
        let mut all = Vec::new();
        let mut shared = SharedNames::default();
        assert!(shared.is_empty());
        for (place, name) in [(0, None), (1, Some(&names[1])), (2, Some(&names[0]))] {
            let packet = [5, 20, 10][place];
            all.push(conversation(SERVER, packet, name));
            shared.note(ConversationId(place as u32));
        }
        // A repeated name, and one that was evicted.
        all.push(conversation(SERVER, 30, Some(&names[1])));
        all.push(conversation(SERVER, 40, Some(&names[2])));
        shared.note(ConversationId(3));
        shared.note(ConversationId(4));
        all.truncate(4);
        assert!(!shared.is_empty());
        shared.catch_up(|id| Some(all.get(id.0 as usize)?.get()));
        assert!(shared.waiting.is_empty() && shared.count == 2);
        let of = |packet| shared.of(SERVER, packet).map(|(name, _)| name);
        assert_eq!(of(1).as_deref(), Some("a.example"));
        assert_eq!(of(10).as_deref(), Some("a.example"));
        assert_eq!(of(19).as_deref(), Some("a.example"));
        assert_eq!(of(20).as_deref(), Some("b.example"));
        assert_eq!(of(99).as_deref(), Some("b.example"));
        assert!(shared.of(address(1), 99).is_none());
    }

    #[test]
    fn hostile_names_are_bounded() {
        let mut shared = SharedNames::default();
        for id in 0..=2 * MAX_NAMES {
            shared.note(ConversationId(id as u32));
        }
        assert!(shared.waiting.len() <= MAX_NAMES);
        for number in 0..3 * MAX_NAMES as u32 {
            let name: Arc<str> = format!("{number}.example").into();
            shared.learn(conversation(address(number / 16), number, Some(&name)).get());
        }
        let held: usize = shared.addresses.values().map(Vec::len).sum();
        assert!(held <= MAX_NAMES && shared.count == held);
        assert!(shared.addresses.values().all(|all| all.len() <= MAX_OF_ONE));
    }
}
