//! The names of addresses, as found in the capture itself: no name server is asked.
//!
//! One address has many names where a thousand sites share a server, and one name moves from address to address. So
//! each name is kept with its time and the address that it was sent to; the name for a conversation is chosen when it
//! is shown.

use super::{Conversation, ConversationId, shared_names::SharedNames};
use crate::lang::text;
use dissectors::{Event, NameSource, Side};
use foldhash::fast::RandomState;
use parking_lot::Mutex;
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::Arc,
};

/// The maximum number of names remembered. When it is exceeded, which suggests an attempt to fill memory, the older
/// half is dropped.
const MAX_NAMES: usize = 1 << 18;

/// The maximum number of latest names of one address; the older half is dropped. More of them add nothing, and choosing
/// one must be fast.
const MAX_OF_ONE: usize = 256;

/// How many of an address's latest names are searched for a repetition: this must be fast too.
const RECENT: usize = 16;

/// What a name takes at most: its entry, the address's entry in the hash table, and the text with its own entry.
const NAME_WEIGHT: u64 = 640;

/// What an entry takes without the text, and a text besides its bytes.
const ENTRY_WEIGHT: u64 = 256;
const TEXT_WEIGHT: u64 = 80;

/// The maximum length of a name, bytes, as for domain names.
const MAX_LENGTH: usize = 255;

/// The source of an address's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameReason {
    /// A message of the conversation names it.
    Said(NameSource),
    /// The client of another conversation uses this name.
    OtherConversation(NameSource),
    /// The capture file has a list of names.
    File,
    /// The system's resolver returned it.
    LookedUp,
}

impl NameReason {
    /// Returns the source of the name, for display: `from the TLS SNI`.
    pub fn words(self) -> &'static str {
        match self {
            NameReason::Said(NameSource::Dns) => text!("name-from-dns"),
            NameReason::Said(NameSource::MulticastDns) => text!("name-from-mdns"),
            NameReason::Said(NameSource::Llmnr) => text!("name-from-llmnr"),
            NameReason::Said(NameSource::Dhcp) => text!("name-from-dhcp"),
            NameReason::Said(NameSource::ServerName) => text!("name-from-sni"),
            NameReason::Said(NameSource::Host) => text!("name-from-host"),
            NameReason::OtherConversation(NameSource::Host) => {
                text!("name-from-host-elsewhere")
            }
            NameReason::OtherConversation(_) => text!("name-from-sni-elsewhere"),
            NameReason::File => text!("name-from-file"),
            NameReason::LookedUp => text!("name-looked-up"),
        }
    }
}

/// A name and its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// The name. It is not fit for a terminal: it holds bytes from the network.
    pub text: &'a str,
    /// Where it comes from.
    pub reason: NameReason,
}

/// A name of an address.
struct Entry {
    /// The packet that contained it; 0 for the file itself.
    packet: u32,
    name: Arc<str>,
    reason: NameReason,
    /// The address that requested it, if one did.
    to: Option<IpAddr>,
}

/// The name that one side of a conversation uses for the other.
#[derive(Debug)]
pub(super) struct HostName {
    /// The side that has the name.
    pub side: Side,
    /// The name.
    pub name: Arc<str>,
    /// The source of the name.
    pub by: NameSource,
}

/// The names of the addresses in a capture.
pub struct HostNames {
    /// Each name, once.
    texts: HashSet<Arc<str>, RandomState>,
    /// Above this number of names, those that are no longer used are removed.
    sweep_at: usize,
    /// The names of each address, in the order of packets.
    addresses: HashMap<IpAddr, Vec<Entry>, RandomState>,
    /// How many entries there are.
    count: usize,
    /// How many entries there may be.
    most: usize,
    /// The length of all texts, bytes.
    length: usize,
    /// The names of addresses in conversations.
    shared: Mutex<SharedNames>,
}

impl Default for HostNames {
    fn default() -> Self {
        HostNames {
            texts: HashSet::default(),
            sweep_at: 0,
            addresses: HashMap::default(),
            count: 0,
            most: MAX_NAMES,
            length: 0,
            shared: Mutex::default(),
        }
    }
}

impl HostNames {
    /// Whether no name is known.
    pub fn is_empty(&self) -> bool {
        self.count == 0 && self.shared.lock().is_empty()
    }

    /// Sets how much memory they may take.
    pub(super) fn limit(&mut self, bytes: Option<u64>) {
        let most = bytes.map_or(MAX_NAMES as u64, |bytes| bytes / NAME_WEIGHT);
        self.most = MAX_NAMES.min(most as usize);
        self.shared.get_mut().limit(self.most);
    }

    /// Returns how much memory they take, at least approximately.
    pub(super) fn weight(&self) -> u64 {
        let texts = self.texts.len() as u64 * TEXT_WEIGHT + self.length as u64;
        self.count as u64 * ENTRY_WEIGHT + texts
    }

    /// Records an event of this packet that names an address: `client` is the address of the conversation's client and
    /// `called` the name that is known so far.
    pub(super) fn record(
        &mut self,
        id: ConversationId,
        called: &mut Option<Box<HostName>>,
        client: IpAddr,
        packet: u32,
        event: Event,
    ) {
        match event {
            Event::Named { address, name, by } => {
                let Some(name) = self.text(&name) else { return };
                // Names that are announced to neighbours reach everyone on the network.
                let to = (by == NameSource::Dns).then_some(client);
                self.add(address, to, packet, name, NameReason::Said(by));
            }
            // The first name is kept: a later one, after a proxy, names another host.
            Event::HostName { side, name, by } if called.is_none() => {
                let Some(name) = self.text(&name) else { return };
                *called = Some(Box::new(HostName { side, name, by }));
                self.shared.get_mut().note(id);
            }
            _ => {}
        }
    }

    /// Records a name of an address from the capture file.
    pub fn in_file(&mut self, address: IpAddr, name: &str) {
        if let Some(name) = self.text(name) {
            self.add(address, None, 0, name, NameReason::File);
        }
    }

    /// Adds a name. `to` is the address that received it, if there was only one.
    fn add(
        &mut self,
        address: IpAddr,
        to: Option<IpAddr>,
        packet: u32,
        name: Arc<str>,
        reason: NameReason,
    ) {
        // Most addresses have one name.
        let all = self.addresses.entry(address);
        let all = all.or_insert_with(|| Vec::with_capacity(1));
        let mut known = all.iter().rev().take(RECENT);
        let latest = known.find(|known| (known.reason, known.to) == (reason, to));
        // Names are deduplicated, so equal names have the same address in memory.
        if latest.is_some_and(|latest| Arc::ptr_eq(&latest.name, &name)) {
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
        // Almost always the end; only names from the file and repeated ones come late.
        let at = match all.last() {
            Some(last) if last.packet > packet => {
                all.partition_point(|known| known.packet <= packet)
            }
            _ => all.len(),
        };
        all.insert(at, entry);
        self.count += 1;
        self.make_room();
    }

    /// Returns a name as it is kept, if it is valid: addresses are not names, and case is ignored.
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
        // Names are removed once no entry uses them.
        if self.texts.len() >= self.sweep_at {
            self.sweep();
        }
        let name: Arc<str> = name.to_ascii_lowercase().into();
        if let Some(known) = self.texts.get(&name) {
            return Some(Arc::clone(known));
        }
        self.length += name.len();
        self.texts.insert(Arc::clone(&name));
        Some(name)
    }

    /// Frees the names that no entry uses.
    pub(super) fn sweep(&mut self) {
        self.texts.retain(|name| Arc::strong_count(name) > 1);
        self.length = self.texts.iter().map(|name| name.len()).sum();
        if self.texts.capacity() > 8 * self.texts.len() {
            self.texts.shrink_to(2 * self.texts.len());
        }
        self.sweep_at = MAX_OF_ONE.max(2 * self.texts.len());
    }

    /// Drops the older half where there are too many.
    fn make_room(&mut self) {
        if self.count <= self.most {
            return;
        }
        let entries = self.addresses.values().flatten();
        let mut packets: Vec<u32> = entries.map(|entry| entry.packet).collect();
        let half = packets.len() / 2;
        let (_, &mut median, _) = packets.select_nth_unstable(half);
        self.addresses.retain(|_, all| {
            all.retain(|entry| entry.packet > median);
            !all.is_empty()
        });
        self.count = self.addresses.values().map(Vec::len).sum();
        self.sweep();
    }

    /// Returns the name of one side of a conversation.
    ///
    /// The name that the other side used in this conversation is certain. Next comes a name that a name server gave to
    /// the other side before the conversation began, because that is the likely reason for it. Then come the names from
    /// the capture file and those that the host announced for itself, and last the names that were given to others, or
    /// later.
    pub fn of<'a>(&'a self, conversation: Conversation<'a>, direction: Side) -> Option<Name<'a>> {
        if let Some(called) = conversation.called()
            && called.side == direction
        {
            return Some(Name {
                text: &called.name,
                reason: NameReason::Said(called.by),
            });
        }
        let address = conversation.endpoint(direction).address;
        let other = conversation.endpoint(direction.other()).address;
        self.of_address(address, other, conversation.first_packet)
    }

    /// Returns the name of an address as used by `other` in this packet, whether or not the packet begins a
    /// conversation.
    pub fn of_address(&self, address: IpAddr, other: IpAddr, packet: u32) -> Option<Name<'_>> {
        // The latest by then, else the first one after that.
        let all = self.addresses.get(&address);
        let all = all.map_or(&[][..], Vec::as_slice);
        let (before, behind) = all.split_at(all.partition_point(|entry| entry.packet <= packet));
        if let Some(asked) = before.iter().rfind(|entry| entry.to == Some(other)) {
            return Some(asked.name());
        }
        let all = before.iter().rev().chain(behind);
        let best = all.min_by_key(|entry| match entry.reason {
            NameReason::File => 0,
            NameReason::Said(NameSource::Dns) => 2,
            _ => 1,
        });
        best.map(Entry::name)
    }

    /// Returns the name of an address in conversations. Many names may share an address, so it is a guess.
    pub(super) fn in_other_conversations<'t>(
        &self,
        conversations: impl Fn(ConversationId) -> Option<Conversation<'t>>,
        address: IpAddr,
        other: IpAddr,
        packet: u32,
    ) -> Option<(Arc<str>, NameReason)> {
        // Where a host talks to itself, only one of the two ends has the name.
        if other == address {
            return None;
        }
        let mut shared = self.shared.lock();
        shared.catch_up(conversations);
        let (name, by) = shared.of(address, packet)?;
        Some((name, NameReason::OtherConversation(by)))
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
    use super::{super::conversation::Lone, *};

    const CLIENT: IpAddr = address(1);
    const OTHER: IpAddr = address(2);
    const SERVER: IpAddr = address(9);

    const fn address(last: u8) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, last))
    }

    fn emit(names: &mut HostNames, to: IpAddr, packet: u32, event: Event) -> Option<Box<HostName>> {
        let mut called = None;
        names.record(ConversationId(packet), &mut called, to, packet, event);
        called
    }

    fn answer(names: &mut HostNames, to: IpAddr, packet: u32, name: &str, by: NameSource) {
        let event = Event::Named {
            address: SERVER,
            name: name.into(),
            by,
        };
        emit(names, to, packet, event);
    }

    fn called(name: &str) -> Event {
        Event::HostName {
            side: Side::Server,
            name: name.into(),
            by: NameSource::ServerName,
        }
    }

    /// Makes a conversation that begins with this packet, whose client uses this name for the server.
    fn call(names: &mut HostNames, packet: u32, name: &str) -> Lone {
        let called = emit(names, CLIENT, packet, called(name));
        Lone::new(CLIENT, SERVER, packet, called)
    }

    fn of(names: &HostNames, conversation: &Lone, side: Side) -> Option<(String, NameReason)> {
        let name = names.of(conversation.get(), side)?;
        Some((name.text.to_owned(), name.reason))
    }

    /// Returns the name of the server in a conversation that a client began with packet 50.
    fn server(names: &HostNames) -> Option<(String, NameReason)> {
        of(names, &Lone::new(CLIENT, SERVER, 50, None), Side::Server)
    }

    /// Over days every conversation has a name of its own: none of them stays.
    #[test]
    fn names_leave_with_their_conversations() {
        let mut names = HostNames::default();
        let mut kept = std::collections::VecDeque::new();
        for packet in 0..10_000 {
            kept.push_back(call(&mut names, packet, &format!("host-{packet}.example")));
            if kept.len() > 100 {
                kept.pop_front();
            }
        }
        let most = 2 * MAX_OF_ONE;
        assert!(names.texts.len() <= most, "{}", names.texts.len());
        let name = of(&names, kept.back().unwrap(), Side::Server);
        assert_eq!(name.unwrap().0, "host-9999.example");
        // Names in use are neither swept away nor scanned again and again.
        let all: Vec<_> = (0..10_000)
            .map(|packet| call(&mut names, packet, &format!("kept-{packet}.example")))
            .collect();
        assert!(names.texts.len() >= all.len() && names.sweep_at >= names.texts.len());
    }

    /// Each name is given in turn and takes precedence over the earlier ones.
    #[test]
    fn which_name_holds() {
        let mut names = HostNames::default();
        assert_eq!(server(&names), None);
        let dns = NameReason::Said(NameSource::Dns);
        answer(&mut names, CLIENT, 60, "later.example", NameSource::Dns);
        assert_eq!(server(&names), Some(("later.example".into(), dns)));
        answer(&mut names, OTHER, 10, "other.example", NameSource::Dns);
        assert_eq!(server(&names), Some(("other.example".into(), dns)));
        answer(&mut names, OTHER, 20, "itself", NameSource::Dhcp);
        assert_eq!(
            server(&names),
            Some(("itself".into(), NameReason::Said(NameSource::Dhcp)))
        );
        names.in_file(SERVER, "listed");
        assert_eq!(server(&names), Some(("listed".into(), NameReason::File)));
        answer(&mut names, CLIENT, 30, "first.example", NameSource::Dns);
        answer(&mut names, CLIENT, 40, "asked.example", NameSource::Dns);
        assert_eq!(server(&names), Some(("asked.example".into(), dns)));
        let mut known = emit(&mut names, CLIENT, 50, called("wanted.example"));
        let proxied = called("behind-a-proxy.example");
        names.record(ConversationId(50), &mut known, CLIENT, 51, proxied);
        let conversation = Lone::new(CLIENT, SERVER, 50, known);
        let wanted = NameReason::Said(NameSource::ServerName);
        assert_eq!(
            of(&names, &conversation, Side::Server),
            Some(("wanted.example".into(), wanted))
        );
    }

    /// The client's name is not the server's.
    #[test]
    fn each_side_has_its_own() {
        let mut names = HostNames::default();
        let conversation = call(&mut names, 50, "server.example");
        names.in_file(CLIENT, "laptop");
        let text = |direction| {
            names
                .of(conversation.get(), direction)
                .map(|name| name.text)
        };
        assert_eq!(text(Side::Client), Some("laptop"));
        assert_eq!(text(Side::Server), Some("server.example"));
    }

    #[test]
    fn what_is_no_name() {
        let mut names = HostNames::default();
        for name in [
            "",
            ".",
            "\0\0",
            " \t",
            "10.0.0.9",
            "fe80::1",
            &"a".repeat(1 << 16),
        ] {
            answer(&mut names, CLIENT, 1, name, NameSource::Dns);
            assert!(call(&mut names, 1000, name).get().called().is_none());
        }
        assert!(names.is_empty() && names.texts.is_empty());
        answer(&mut names, CLIENT, 1, "WwW.Example. \0", NameSource::Dns);
        assert_eq!(
            server(&names).map(|(name, _)| name),
            Some("www.example".into())
        );
    }

    /// A repeated name takes no more room.
    #[test]
    fn the_same_again() {
        let mut names = HostNames::default();
        for packet in 1..40 {
            answer(&mut names, CLIENT, packet, "www.example", NameSource::Dns);
            call(&mut names, packet, "www.example");
        }
        assert_eq!((names.count, names.texts.len()), (1, 1));
    }

    #[test]
    fn more_names_than_there_is_room_for() {
        let mut names = HostNames::default();
        let mut most = 0;
        for number in 1..=600_000_u32 {
            let event = Event::Named {
                address: IpAddr::V4(number.into()),
                name: format!("{number}.example").into(),
                by: NameSource::Dns,
            };
            emit(&mut names, CLIENT, number, event);
            if number % 2 == 0 {
                answer(
                    &mut names,
                    CLIENT,
                    number,
                    &format!("{number}.example"),
                    NameSource::Dns,
                );
            }
            most = most.max(names.count);
        }
        assert!(most <= MAX_NAMES && names.texts.len() <= MAX_NAMES);
        let held: usize = names.addresses.values().map(Vec::len).sum();
        assert_eq!(names.count, held);
        assert!(names.addresses[&SERVER].len() <= MAX_OF_ONE);
        // The latest are there.
        let last = IpAddr::V4(600_000.into());
        assert!(names.addresses.contains_key(&last));
        // The names without a packet of their own are dropped at last, too.
        for number in 1..=300_000_u32 {
            names.in_file(IpAddr::V6(u128::from(number).into()), &format!("f{number}"));
        }
        assert!(names.count <= MAX_NAMES);
    }
}
