//! What hosts did to each other, over all conversations that are still there.

use super::{
    Finding, Kind, MAX_EVIDENCE, MAX_HOSTS, Settings, Severity, application::failed_logins,
    opening::TRACEROUTE,
};
use crate::{
    format::{duration, grouped},
    lang::{Count, text},
    store::Contents,
    track::{Conversation, ConversationId, Endpoint, Outcome, Protocol, Side, outcome},
};
use dissectors::elapsed_ns;
use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    net::IpAddr,
};

/// Attempts that come slower than this are no flood, in a second.
const FLOOD_RATE: f64 = 10.0;

/// A client that opens a connection only to see whether that is possible resets it within this time, nanoseconds.
const PROBE_NS: i64 = 1_000_000_000;

/// At most so many hosts or ports are told apart for one row.
const MAX_TOLD_APART: usize = 1 << 16;

/// At most so many rows of each table: those of a single attempt give way to new ones.
const MAX_ROWS: usize = 1 << 16;

/// Connections of SSH that end alike are guesses of passwords if so many come within this time, nanoseconds. What people
/// and programs do with SSH does not fail ten times in a row.
const GUESSES: usize = 10;
const GUESSES_NS: i64 = 60_000_000_000;

/// Half-open connections that come this fast are a flood even if the client resets each, in a second.
const FAST_FLOOD_RATE: f64 = 100.0;

/// Attempts of one kind. Most rows have one.
#[derive(Debug)]
struct Attempts<T> {
    /// What was tried: ports, or hosts. The first, and the others.
    first: Option<T>,
    others: HashSet<T>,
    count: u64,
    /// How many of them the client reset at once.
    resets: u64,
    /// The packets of the first attempts.
    first_packet: u32,
    packets: Vec<u32>,
    /// When the last one came, nanoseconds since the epoch.
    last_ns: i64,
    /// The time from the first to the last, nanoseconds, without what is not known because a clock was set.
    lasted_ns: i64,
    is_clock_set: bool,
}

impl<T> Default for Attempts<T> {
    fn default() -> Self {
        Attempts {
            first: None,
            others: HashSet::new(),
            count: 0,
            resets: 0,
            first_packet: 0,
            packets: Vec::new(),
            last_ns: 0,
            lasted_ns: 0,
            is_clock_set: false,
        }
    }
}

impl<T: Copy + Eq + std::hash::Hash> Attempts<T> {
    fn add(&mut self, what: T, conversation: &Counted) {
        let packet = conversation.first_packet;
        self.count += 1;
        self.resets += u64::from(conversation.is_reset);
        let passed = match self.first {
            Some(_) => elapsed_ns(self.last_ns, conversation.start_ns),
            None => Some(0),
        };
        self.last_ns = match passed {
            Some(_) if self.first.is_some() => self.last_ns.max(conversation.start_ns),
            _ => conversation.start_ns,
        };
        self.lasted_ns = self.lasted_ns.saturating_add(passed.unwrap_or(0));
        self.is_clock_set |= passed.is_none();
        match self.first {
            None => {
                self.first = Some(what);
                self.first_packet = packet;
                return;
            }
            Some(first) if first != what && self.others.len() < MAX_TOLD_APART => {
                self.others.insert(what);
            }
            Some(_) => {}
        }
        if self.packets.len() + 1 < MAX_EVIDENCE {
            self.packets.push(packet);
        }
    }

    /// Returns what was tried.
    fn tried(&self) -> impl Iterator<Item = T> {
        self.first.into_iter().chain(self.others.iter().copied())
    }

    /// Returns how many different ones were tried.
    fn different(&self) -> u64 {
        self.others.len() as u64 + u64::from(self.first.is_some())
    }

    /// Returns that number in words: it is counted up to a limit.
    fn different_words(&self) -> String {
        let different = grouped(self.different());
        match self.others.len() >= MAX_TOLD_APART {
            true => text!("at-least", different),
            false => different,
        }
    }

    fn lasted(&self) -> String {
        match self.is_clock_set {
            false => duration(self.lasted_ns),
            true => text!("unknown-time").to_owned(),
        }
    }
}

/// Makes room in a table that is full: rows of a single attempt are dropped.
fn make_room<K: Eq + std::hash::Hash, T>(table: &mut HashMap<K, Attempts<T>>) {
    if table.len() >= MAX_ROWS {
        table.retain(|_, attempts| attempts.count > 1);
    }
}

/// What is counted of a conversation.
#[derive(Debug)]
pub(super) struct Counted {
    protocol: Protocol,
    client: IpAddr,
    server: Endpoint,
    first_packet: u32,
    start_ns: i64,
    /// Whether it led to nothing, and whether the handshake was never completed.
    in_vain: bool,
    half_open: bool,
    /// The client reset it at once.
    is_reset: bool,
    /// How many log-ins failed, and the packets with the first refusals.
    failed_logins: (u64, Vec<u32>),
    /// It is a connection of SSH that ended after so many messages which look like refusals to log in.
    ssh_refusals: Option<u8>,
    last_packet: u32,
}

impl Counted {
    /// Returns what is counted of a conversation.
    pub fn of(contents: &Contents, id: ConversationId, conversation: Conversation) -> Self {
        let is_tcp = conversation.protocol == Protocol::Tcp;
        let tcp = conversation.tcp();
        let is_reset =
            outcome(conversation) == Outcome::Reset(Side::Client) && tcp.handshake.ack.is_none();
        // Who sends a SYN again waits for an answer.
        let half_open = match outcome(conversation) {
            Outcome::HalfOpen | Outcome::NoAnswer | Outcome::GaveUp => {
                tcp.side(Side::Client).syns < 2
            }
            _ => is_reset,
        };
        let is_trace = !is_tcp && TRACEROUTE.contains(&conversation.server.port);
        let requests = contents.tracker.application.requests.of(id);
        Counted {
            protocol: conversation.protocol,
            client: conversation.client.address,
            server: conversation.server,
            first_packet: conversation.first_packet,
            start_ns: conversation.start_ns,
            in_vain: is_in_vain(conversation) && !is_trace,
            half_open: is_tcp && half_open,
            is_reset,
            failed_logins: requests.map_or((0, Vec::new()), failed_logins),
            ssh_refusals: match outcome(conversation) {
                Outcome::Closed(_) | Outcome::Reset(_) => conversation.remarks().ssh_refusals,
                _ => None,
            },
            last_packet: conversation.last_packet,
        }
    }
}

/// Everything that is counted about hosts.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    /// Ports of a server that a client tried in vain.
    ports: HashMap<(IpAddr, IpAddr), Attempts<u16>>,
    /// Servers on whose port a client tried in vain.
    servers: HashMap<(IpAddr, Protocol, u16), Attempts<IpAddr>>,
    /// Clients that never completed the handshake with a server, and how many did.
    half_open: HashMap<Endpoint, (Attempts<IpAddr>, u64)>,
    /// Log-ins of a client that a server refused.
    logins: HashMap<(IpAddr, IpAddr), (u64, Vec<u32>)>,
    /// Connections of SSH that look like refused log-ins, by the number of refusals.
    guesses: HashMap<(IpAddr, Endpoint, u8), Guesses>,
}

/// Connections that look like refused log-ins.
#[derive(Debug, Default)]
struct Guesses {
    /// When the latest began, at most [`GUESSES`], nanoseconds since the epoch.
    recent: VecDeque<i64>,
    /// So many came within [`GUESSES_NS`].
    is_fast: bool,
    count: u64,
    /// The last packets of the first.
    packets: Vec<u32>,
    lasted_ns: i64,
    last_ns: i64,
}

impl Guesses {
    fn add(&mut self, conversation: &Counted) {
        let now = conversation.start_ns;
        if self.count > 0 {
            let passed = elapsed_ns(self.last_ns, now).unwrap_or(0);
            self.lasted_ns = self.lasted_ns.saturating_add(passed);
        }
        self.last_ns = now;
        self.count += 1;
        self.recent.push_back(now);
        if self.recent.len() > GUESSES {
            self.recent.pop_front();
        }
        let first = self.recent.front().copied().unwrap_or(now);
        let within = elapsed_ns(first, now).is_some_and(|ns| ns <= GUESSES_NS);
        self.is_fast |= self.recent.len() >= GUESSES && within;
        if self.packets.len() < MAX_EVIDENCE {
            self.packets.push(conversation.last_packet);
        }
    }
}

/// Whether an attempt led to nothing.
fn is_in_vain(conversation: Conversation) -> bool {
    let payload: u64 = conversation.sides.iter().map(|side| side.payload).sum();
    match outcome(conversation) {
        Outcome::Refused
        | Outcome::NoAnswer
        | Outcome::Unreachable
        | Outcome::GaveUp
        | Outcome::HalfOpen => true,
        Outcome::Reset(Side::Client) => {
            let is_open = conversation.tcp().handshake.ack.is_some();
            let is_brief = conversation.lasted_ns().is_some_and(|ns| ns <= PROBE_NS);
            payload == 0 && !is_open && is_brief
        }
        _ => false,
    }
}

impl Hosts {
    /// Counts a conversation.
    pub fn add(&mut self, conversation: &Counted) {
        let (client, server) = (conversation.client, conversation.server.address);
        let port = conversation.server.port;
        let protocol = conversation.protocol;
        if conversation.in_vain {
            make_room(&mut self.ports);
            make_room(&mut self.servers);
            let ports = self.ports.entry((client, server)).or_default();
            ports.add(port, conversation);
            let servers = self.servers.entry((client, protocol, port)).or_default();
            servers.add(server, conversation);
        }
        if conversation.half_open {
            let attempts = &mut self.half_open.entry(conversation.server).or_default().0;
            attempts.add(client, conversation);
        } else if protocol == Protocol::Tcp
            && let Some((_, others)) = self.half_open.get_mut(&conversation.server)
        {
            *others += 1;
        }
        if let Some(refusals) = conversation.ssh_refusals {
            if self.guesses.len() >= MAX_ROWS {
                self.guesses.retain(|_, guesses| guesses.count > 1);
            }
            let key = (client, conversation.server, refusals);
            if self.guesses.len() < MAX_ROWS || self.guesses.contains_key(&key) {
                self.guesses.entry(key).or_default().add(conversation);
            }
        }
        let (failed, refusals) = &conversation.failed_logins;
        if *failed > 0 {
            let (count, packets) = self.logins.entry((client, server)).or_default();
            *count += failed;
            let room = MAX_EVIDENCE.saturating_sub(packets.len());
            packets.extend(refusals.iter().take(room));
        }
    }

    fn is_flooded(&self, server: &Endpoint, settings: &Settings) -> bool {
        self.half_open
            .get(server)
            .is_some_and(|(attempts, others)| {
                let seconds = (attempts.lasted_ns as f64 / 1e9).max(1.0);
                let rate = attempts.count as f64 / seconds;
                let least = settings.count(Kind::SynFlood);
                let waits = attempts.count - attempts.resets;
                attempts.count > 9 * others
                    && (waits >= least && rate >= FLOOD_RATE
                        || attempts.count >= least && rate >= FAST_FLOOD_RATE)
            })
    }

    fn is_port_scan(&self, key: &(IpAddr, IpAddr), settings: &Settings) -> bool {
        let ports = self.ports.get(key).map_or(0, Attempts::different);
        ports >= settings.count(Kind::PortScan)
    }

    fn is_host_scan(&self, key: &(IpAddr, Protocol, u16), settings: &Settings) -> bool {
        let hosts = self.servers.get(key).map_or(0, Attempts::different);
        hosts >= settings.count(Kind::HostScan)
    }

    /// Whether a conversation is one of many attempts that another finding is about.
    pub fn covers(&self, conversation: Conversation, settings: &Settings) -> bool {
        let (client, server) = (conversation.client.address, conversation.server.address);
        let (protocol, port) = (conversation.protocol, conversation.server.port);
        is_in_vain(conversation)
            && (self.is_flooded(&conversation.server, settings)
                || self.is_port_scan(&(client, server), settings)
                || self.is_host_scan(&(client, protocol, port), settings))
    }

    /// Returns the findings about hosts.
    pub fn findings(&self, settings: &Settings) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (server, (attempts, _)) in &self.half_open {
            if self.is_flooded(server, settings) {
                let text = text!(
                    "finding-text-syn-flood",
                    syns = Count(attempts.count),
                    clients = attempts.different_words(),
                    server,
                    lasted = attempts.lasted()
                );
                let hosts = std::iter::once(server.address).chain(sorted(attempts.tried()));
                findings.push(of_hosts(
                    Kind::SynFlood,
                    Severity::Error,
                    text,
                    hosts,
                    attempts,
                ));
            }
        }
        for (key, attempts) in &self.ports {
            if self.is_port_scan(key, settings) {
                let (client, server) = *key;
                let text = text!(
                    "finding-text-port-scan",
                    client,
                    ports = attempts.different_words(),
                    server,
                    lasted = attempts.lasted()
                );
                let finding = of_hosts(
                    Kind::PortScan,
                    Severity::Warning,
                    text,
                    [client, server],
                    attempts,
                );
                findings.push(finding.figure("ports", attempts.different()));
            }
        }
        for (key, attempts) in &self.servers {
            let (client, protocol, port) = *key;
            if self.is_host_scan(key, settings) {
                let text = text!(
                    "finding-text-host-scan",
                    client,
                    protocol = protocol.name().to_uppercase(),
                    port,
                    hosts = attempts.different_words(),
                    lasted = attempts.lasted()
                );
                let hosts = std::iter::once(client).chain(sorted(attempts.tried()));
                let finding = of_hosts(Kind::HostScan, Severity::Warning, text, hosts, attempts);
                findings.push(finding.figure("hosts", attempts.different()));
            }
        }
        for ((client, server), (count, packets)) in &self.logins {
            if *count >= settings.count(Kind::BruteForce) {
                let text = text!(
                    "finding-text-brute-force",
                    client,
                    server,
                    times = Count(*count)
                );
                let mut finding = Finding::new(Kind::BruteForce, Severity::Error, text)
                    .packets(packets.iter().copied())
                    .count(*count);
                finding.hosts = vec![*client, *server];
                findings.push(finding);
            }
        }
        for ((client, server, refusals), guesses) in &self.guesses {
            if guesses.is_fast && guesses.count >= settings.count(Kind::BruteForce) {
                let text = text!(
                    "finding-text-brute-force-ssh",
                    client,
                    server,
                    times = Count(guesses.count),
                    lasted = duration(guesses.lasted_ns)
                );
                let mut finding = Finding::new(Kind::BruteForce, Severity::Warning, text)
                    .packets(guesses.packets.iter().copied())
                    .count(guesses.count)
                    .figure("refusals", u32::from(*refusals));
                finding.hosts = vec![*client, server.address];
                findings.push(finding);
            }
        }
        findings
    }
}

/// Returns the first of some hosts, in order.
fn sorted(hosts: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut first = BTreeSet::new();
    for host in hosts {
        first.insert(host);
        if first.len() >= MAX_HOSTS {
            first.pop_last();
        }
    }
    first.into_iter().collect()
}

fn of_hosts<T>(
    kind: Kind,
    severity: Severity,
    text: String,
    hosts: impl IntoIterator<Item = IpAddr>,
    attempts: &Attempts<T>,
) -> Finding {
    let mut finding = Finding::new(kind, severity, text)
        .packets(std::iter::once(attempts.first_packet).chain(attempts.packets.iter().copied()))
        .count(attempts.count)
        .figure("attempts", attempts.count);
    finding.hosts = hosts.into_iter().collect();
    finding
}

/// Returns addresses that two MAC addresses claim.
pub(super) fn arp_conflicts(contents: &Contents) -> Vec<Finding> {
    let conflicts = contents.observed.arp.conflicts();
    let finding = |(address, claims): (IpAddr, &[crate::observed::Claim])| {
        let macs: Vec<String> = claims.iter().map(|claim| claim.mac.to_string()).collect();
        let text = text!("finding-text-arp", address, macs = macs.join(", "));
        let mut finding = Finding::new(Kind::ArpConflict, Severity::Warning, text)
            .packets(claims.iter().map(|claim| claim.packet))
            .count(claims.len() as u64);
        finding.hosts = vec![address];
        finding
    };
    conflicts.map(finding).collect()
}
