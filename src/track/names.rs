//! What addresses are called, by what the capture itself says: nothing is asked of anybody.
//!
//! One address has many names where a thousand sites share a server, and one name moves from address to address. So it
//! is kept who was told what, and when; which name holds for a conversation is decided when it is shown.

use super::{Conversation, ConversationId, Direction};
use dissectors::{Event, NamedBy, Side};
use foldhash::fast::RandomState;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    net::IpAddr,
    sync::Arc,
};

/// How much is remembered, at most. Who sends more names than this wants to fill memory; the older half then goes.
const MAX_NAMES: usize = 1 << 18;

/// The latest names of one address, at most; the older half goes. More of them tell nothing, and to choose must be quick.
const MAX_OF_ONE: usize = 256;

/// Where an address has so many names, what one more conversation calls it says nothing about others: many share it.
const MAX_ELSEWHERE: usize = 8;

/// Bytes of a name, at most: domain names are no longer.
const MAX_LENGTH: usize = 255;

/// Why an address is thought to be called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Something that was said says so.
    Said(NamedBy),
    /// The client of another conversation called it so.
    Elsewhere(NamedBy),
    /// The capture file has a list.
    File,
    /// The system's resolver was asked.
    LookedUp,
}

impl Reason {
    /// Where the name comes from, for people: `from the TLS SNI`.
    pub fn words(self) -> &'static str {
        match self {
            Reason::Said(NamedBy::Dns) => "from a DNS answer",
            Reason::Said(NamedBy::MulticastDns) => "from an mDNS answer",
            Reason::Said(NamedBy::Llmnr) => "from an LLMNR answer",
            Reason::Said(NamedBy::Dhcp) => "from DHCP",
            Reason::Said(NamedBy::ServerName) => "from the TLS SNI",
            Reason::Said(NamedBy::Host) => "from the HTTP Host",
            Reason::Elsewhere(NamedBy::Host) => "from the HTTP Host of another conversation",
            Reason::Elsewhere(_) => "from the TLS SNI of another conversation",
            Reason::File => "from the capture file",
            Reason::LookedUp => "looked up",
        }
    }
}

/// A name, and why it is thought to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// The name. Not fit for a terminal: it is what the network sent.
    pub text: &'a str,
    /// Where it comes from.
    pub reason: Reason,
}

/// What was said of an address.
struct Entry {
    /// In which packet; 0 for the file itself.
    packet: u32,
    name: Arc<str>,
    reason: Reason,
    /// Who asked for it, where somebody did.
    to: Option<IpAddr>,
}

/// The names that a capture gives to addresses.
#[derive(Default)]
pub struct Names {
    /// Each name once.
    texts: HashSet<Arc<str>, RandomState>,
    /// What was said of each address, in the order of packets.
    addresses: HashMap<IpAddr, Vec<Entry>, RandomState>,
    /// What the sides of conversations call each other, in the order of conversations: they come nearly in it, and the
    /// oldest leave first.
    conversations: VecDeque<((ConversationId, Direction), Entry)>,
    /// How many entries there are.
    count: usize,
}

impl Names {
    /// Whether no name is known.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Something that was said in this packet of a conversation names somebody. `ends` are the addresses of its client
    /// and its server.
    pub(super) fn told(
        &mut self,
        id: ConversationId,
        ends: [IpAddr; 2],
        packet: u32,
        event: Event,
    ) {
        let [client, server] = ends;
        match event {
            Event::Named { address, name, by } => {
                let Some(name) = self.text(&name) else { return };
                // What a neighbour says everybody hears.
                let to = (by == NamedBy::Dns).then_some(client);
                self.add(address, to, packet, name, Reason::Said(by));
            }
            Event::Called { side, name, by } => {
                let (address, direction) = match side {
                    Side::Client => (client, Direction::FromClient),
                    Side::Server => (server, Direction::FromServer),
                };
                let Some(name) = self.text(&name) else { return };
                self.call(id, direction, packet, Arc::clone(&name), by);
                self.add(address, None, packet, name, Reason::Elsewhere(by));
            }
            _ => {}
        }
    }

    /// The capture file says what an address is called.
    pub fn in_file(&mut self, address: IpAddr, name: &str) {
        if let Some(name) = self.text(name) {
            self.add(address, None, 0, name, Reason::File);
        }
    }

    fn call(
        &mut self,
        id: ConversationId,
        direction: Direction,
        packet: u32,
        name: Arc<str>,
        by: NamedBy,
    ) {
        // The first name stands: what is called otherwise later, behind a proxy, is somebody else.
        if let Err(at) = self.place(id, direction) {
            let entry = Entry {
                packet,
                name,
                reason: Reason::Said(by),
                to: None,
            };
            self.conversations.insert(at, ((id, direction), entry));
            self.count += 1;
            self.make_room();
        }
    }

    /// Where it stands what a side of a conversation is called, or would.
    fn place(&self, id: ConversationId, direction: Direction) -> Result<usize, usize> {
        let wanted = (id, direction);
        match self.conversations.back() {
            Some((last, _)) if *last >= wanted => self
                .conversations
                .binary_search_by_key(&wanted, |(key, _)| *key),
            _ => Err(self.conversations.len()),
        }
    }

    /// `to` is who was told, where only one was.
    fn add(
        &mut self,
        address: IpAddr,
        to: Option<IpAddr>,
        packet: u32,
        name: Arc<str>,
        reason: Reason,
    ) {
        // Most addresses have one name.
        let all = self.addresses.entry(address);
        let all = all.or_insert_with(|| Vec::with_capacity(1));
        if matches!(reason, Reason::Elsewhere(_)) && all.len() >= MAX_ELSEWHERE {
            return;
        }
        let mut known = all
            .iter()
            .rev()
            .filter(|known| (known.reason, known.to) == (reason, to));
        // There is one copy of each name, so the same name is at the same place.
        let same = |known: &Entry| Arc::ptr_eq(&known.name, &name);
        let again = match reason {
            Reason::Elsewhere(_) => known.any(same),
            _ => known.next().is_some_and(same),
        };
        if again {
            return;
        }
        if all.len() >= MAX_OF_ONE {
            self.count -= all.drain(..MAX_OF_ONE / 2).len();
        }
        let entry = Entry {
            packet,
            name,
            reason,
            to,
        };
        // Almost always the end; what the file says and what is heard again comes late.
        all.insert(all.partition_point(|known| known.packet <= packet), entry);
        self.count += 1;
        self.make_room();
    }

    /// A name as it is kept, if it is one: an address is none, and letters of either case are the same.
    fn text(&mut self, name: &str) -> Option<Arc<str>> {
        let blank = |letter: char| letter == '\0' || letter.is_whitespace();
        let name = name.trim_matches(blank).trim_end_matches('.');
        let number = name.starts_with(|first: char| first.is_ascii_hexdigit() || first == ':');
        if name.is_empty() || name.len() > MAX_LENGTH || number && name.parse::<IpAddr>().is_ok() {
            return None;
        }
        if let Some(known) = self.texts.get(name) {
            return Some(Arc::clone(known));
        }
        // Names leave with their entries; those that nobody holds any more are looked for now and then.
        if self.texts.len() > 2 * self.count + MAX_OF_ONE {
            self.texts.retain(|name| Arc::strong_count(name) > 1);
        }
        let name: Arc<str> = name.to_ascii_lowercase().into();
        if let Some(known) = self.texts.get(&name) {
            return Some(Arc::clone(known));
        }
        self.texts.insert(Arc::clone(&name));
        Some(name)
    }

    /// A conversation was let go: so is what its sides called each other. What addresses are called stays, for those who
    /// go on talking to them.
    pub(super) fn let_go(&mut self, id: ConversationId) {
        for direction in [Direction::FromClient, Direction::FromServer] {
            if let Ok(at) = self.place(id, direction) {
                self.conversations.remove(at);
                self.count -= 1;
            }
        }
    }

    /// Forgets the older half where there is too much.
    fn make_room(&mut self) {
        if self.count <= MAX_NAMES {
            return;
        }
        let entries = self.addresses.values().flatten();
        let entries = entries.chain(self.conversations.iter().map(|(_, entry)| entry));
        let mut packets: Vec<u32> = entries.map(|entry| entry.packet).collect();
        let half = packets.len() / 2;
        let (_, &mut median, _) = packets.select_nth_unstable(half);
        self.addresses.retain(|_, all| {
            all.retain(|entry| entry.packet > median);
            !all.is_empty()
        });
        self.conversations
            .retain(|(_, entry)| entry.packet > median);
        let left = self.addresses.values().map(Vec::len).sum::<usize>();
        self.count = left + self.conversations.len();
        self.texts.retain(|name| Arc::strong_count(name) > 1);
    }

    /// What one side of a conversation is called.
    ///
    /// What the other side called it in this conversation is certain. Next comes what a name server told the other side
    /// before the conversation began: that is why it went there. Then what the capture file says and what the machine
    /// says of itself, then what others were told, or later, and at last what others called it.
    pub fn of(
        &self,
        id: ConversationId,
        conversation: &Conversation,
        direction: Direction,
    ) -> Option<Name<'_>> {
        if let Ok(at) = self.place(id, direction)
            && let Some((_, entry)) = self.conversations.get(at)
        {
            return Some(entry.name());
        }
        let address = conversation.endpoint(direction).address;
        let other = conversation.endpoint(direction.reverse()).address;
        let begins = conversation.first_packet;
        // The latest before the conversation began, else the first behind that.
        let all = self.addresses.get(&address);
        let all = all.map_or(&[][..], Vec::as_slice);
        let (before, behind) = all.split_at(all.partition_point(|entry| entry.packet <= begins));
        if let Some(asked) = before.iter().rfind(|entry| entry.to == Some(other)) {
            return Some(asked.name());
        }
        // Who talks to itself calls only one of its two ends so.
        let is_other =
            |entry: &&Entry| !matches!(entry.reason, Reason::Elsewhere(_)) || address != other;
        let all = before.iter().rev().chain(behind).filter(is_other);
        let best = all.min_by_key(|entry| match entry.reason {
            Reason::File => 0,
            Reason::Said(NamedBy::Dns) => 2,
            Reason::Said(_) | Reason::LookedUp => 1,
            Reason::Elsewhere(_) => 3,
        });
        best.map(Entry::name)
    }
}

impl Entry {
    fn name(&self) -> Name<'_> {
        Name {
            text: &self.name,
            reason: self.reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Endpoint, Frame, Protocol},
        *,
    };

    const CLIENT: IpAddr = address(1);
    const OTHER: IpAddr = address(2);
    const SERVER: IpAddr = address(9);

    const fn address(last: u8) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, last))
    }

    /// A conversation from one address to another that began with this packet.
    fn conversation(from: IpAddr, to: IpAddr, packet: u32) -> Conversation {
        let frame = Frame {
            number: packet,
            time_ns: 0,
            length: 60,
        };
        let [from, to] =
            [(from, 50_000), (to, 443)].map(|(address, port)| Endpoint { address, port });
        Conversation::begin(Protocol::Tcp, 0, frame, None, from, to)
    }

    fn answer(names: &mut Names, to: IpAddr, packet: u32, name: &str, by: NamedBy) {
        let event = Event::Named {
            address: SERVER,
            name: name.into(),
            by,
        };
        names.told(ConversationId(packet), [to, address(53)], packet, event);
    }

    fn call(names: &mut Names, id: u32, name: &str) {
        let event = Event::Called {
            side: Side::Server,
            name: name.into(),
            by: NamedBy::ServerName,
        };
        names.told(ConversationId(id), [CLIENT, SERVER], id, event);
    }

    /// What the server of conversation 1000 is called, which a client began with packet 50.
    fn server(names: &Names) -> Option<(&str, Reason)> {
        let conversation = conversation(CLIENT, SERVER, 50);
        let name = names.of(ConversationId(1000), &conversation, Direction::FromServer)?;
        Some((name.text, name.reason))
    }

    /// Over days every conversation has a name of its own: none of it stays.
    #[test]
    fn names_leave_with_their_conversations() {
        let mut names = Names::default();
        for id in 0..10_000 {
            call(&mut names, id, &format!("host-{id}.example"));
            if let Some(gone) = id.checked_sub(100) {
                names.let_go(ConversationId(gone));
            }
        }
        assert_eq!(names.conversations.len(), 100);
        assert!(names.count <= 100 + MAX_OF_ONE, "{}", names.count);
        assert!(names.texts.len() <= 2 * names.count + MAX_OF_ONE + 1);
        let last = conversation(CLIENT, SERVER, 9_999);
        let name = names.of(ConversationId(9_999), &last, Direction::FromServer);
        assert_eq!(name.unwrap().text, "host-9999.example");
    }

    /// Each is told in turn, and stands above those before it.
    #[test]
    fn which_name_holds() {
        let mut names = Names::default();
        assert_eq!(server(&names), None);
        call(&mut names, 7, "elsewhere.example");
        let elsewhere = Reason::Elsewhere(NamedBy::ServerName);
        assert_eq!(server(&names), Some(("elsewhere.example", elsewhere)));
        let dns = Reason::Said(NamedBy::Dns);
        answer(&mut names, CLIENT, 60, "later.example", NamedBy::Dns);
        assert_eq!(server(&names), Some(("later.example", dns)));
        answer(&mut names, OTHER, 10, "other.example", NamedBy::Dns);
        assert_eq!(server(&names), Some(("other.example", dns)));
        answer(&mut names, OTHER, 20, "itself", NamedBy::Dhcp);
        assert_eq!(
            server(&names),
            Some(("itself", Reason::Said(NamedBy::Dhcp)))
        );
        names.in_file(SERVER, "listed");
        assert_eq!(server(&names), Some(("listed", Reason::File)));
        answer(&mut names, CLIENT, 30, "first.example", NamedBy::Dns);
        answer(&mut names, CLIENT, 40, "asked.example", NamedBy::Dns);
        assert_eq!(server(&names), Some(("asked.example", dns)));
        call(&mut names, 1000, "wanted.example");
        call(&mut names, 1000, "behind-a-proxy.example");
        let wanted = Reason::Said(NamedBy::ServerName);
        assert_eq!(server(&names), Some(("wanted.example", wanted)));
    }

    /// The client's name is not the server's.
    #[test]
    fn each_side_has_its_own() {
        let mut names = Names::default();
        call(&mut names, 1000, "server.example");
        names.in_file(CLIENT, "laptop");
        let conversation = conversation(CLIENT, SERVER, 50);
        let of = |direction| names.of(ConversationId(1000), &conversation, direction);
        let text = |direction| of(direction).map(|name| name.text);
        assert_eq!(text(Direction::FromClient), Some("laptop"));
        assert_eq!(text(Direction::FromServer), Some("server.example"));
    }

    #[test]
    fn who_talks_to_itself_is_called_so_once() {
        let mut names = Names::default();
        call(&mut names, 1000, "here.example");
        let conversation = conversation(SERVER, SERVER, 50);
        let of = |direction| names.of(ConversationId(1000), &conversation, direction);
        assert_eq!(of(Direction::FromClient), None);
        let name = of(Direction::FromServer).map(|name| name.text);
        assert_eq!(name, Some("here.example"));
    }

    #[test]
    fn what_is_no_name() {
        let mut names = Names::default();
        for name in [
            "",
            ".",
            "\0\0",
            " \t",
            "10.0.0.9",
            "fe80::1",
            &"a".repeat(1 << 16),
        ] {
            answer(&mut names, CLIENT, 1, name, NamedBy::Dns);
            call(&mut names, 1000, name);
        }
        assert!(names.is_empty() && names.texts.is_empty());
        answer(&mut names, CLIENT, 1, "WwW.Example. \0", NamedBy::Dns);
        assert_eq!(server(&names).map(|(name, _)| name), Some("www.example"));
    }

    /// Said again it takes no more room.
    #[test]
    fn the_same_again() {
        let mut names = Names::default();
        for packet in 1..40 {
            answer(&mut names, CLIENT, packet, "www.example", NamedBy::Dns);
            call(&mut names, 7, "www.example");
        }
        // What the client was told, what it is called in that conversation, and in others.
        assert_eq!((names.count, names.texts.len()), (3, 1));
    }

    #[test]
    fn more_names_than_there_is_room_for() {
        let mut names = Names::default();
        let mut most = 0;
        for number in 1..=600_000_u32 {
            let event = Event::Named {
                address: IpAddr::V4(number.into()),
                name: format!("{number}.example").into(),
                by: NamedBy::Dns,
            };
            names.told(ConversationId(0), [CLIENT, SERVER], number, event);
            if number % 2 == 0 {
                call(&mut names, number, &format!("{number}.example"));
            }
            most = most.max(names.count);
        }
        assert!(most <= MAX_NAMES && names.texts.len() <= MAX_NAMES);
        let held: usize = names.addresses.values().map(Vec::len).sum();
        assert_eq!(names.count, held + names.conversations.len());
        assert!(names.addresses[&SERVER].len() <= MAX_OF_ONE);
        // The latest are there.
        let last = IpAddr::V4(600_000.into());
        assert!(names.addresses.contains_key(&last));
        // Those without a packet of their own too go at last.
        for number in 1..=300_000_u32 {
            names.in_file(IpAddr::V6(u128::from(number).into()), &format!("f{number}"));
        }
        assert!(names.count <= MAX_NAMES);
    }
}
