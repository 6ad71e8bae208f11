//! What hosts did to each other, over all conversations that are still there.

use super::{
    Finding, Kind, MAX_EVIDENCE, MAX_HOSTS, Settings, Severity, application::failed_logins,
    opening::TRACEROUTE,
};
use crate::{
    format::duration,
    lang::{Count, text},
    store::Contents,
    track::{Conversation, ConversationId, Endpoint, Outcome, Protocol, Side, outcome},
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    net::IpAddr,
};

/// Attempts that come slower than this are no flood, in a second.
const FLOOD_RATE: f64 = 10.0;

/// A client that opens a connection only to see whether that is possible resets it within this time, nanoseconds.
const PROBE_NS: i64 = 1_000_000_000;

/// At most so many hosts or ports are told apart for one row.
const MAX_TOLD_APART: usize = 1 << 16;

/// Attempts of one kind.
#[derive(Debug)]
struct Attempts<T> {
    /// What was tried: ports, or hosts.
    tried: HashSet<T>,
    count: u64,
    packets: Vec<u32>,
    first_ns: Option<i64>,
    last_ns: i64,
}

impl<T> Default for Attempts<T> {
    fn default() -> Self {
        Attempts {
            tried: HashSet::new(),
            count: 0,
            packets: Vec::new(),
            first_ns: None,
            last_ns: i64::MIN,
        }
    }
}

impl<T: Eq + std::hash::Hash> Attempts<T> {
    fn add(&mut self, what: T, conversation: &Counted) {
        if self.tried.len() < MAX_TOLD_APART {
            self.tried.insert(what);
        }
        self.count += 1;
        if self.packets.len() < MAX_EVIDENCE {
            self.packets.push(conversation.first_packet);
        }
        self.first_ns.get_or_insert(conversation.start_ns);
        self.last_ns = self.last_ns.max(conversation.start_ns);
    }

    fn lasted_ns(&self) -> i64 {
        self.last_ns
            .saturating_sub(self.first_ns.unwrap_or(0))
            .max(0)
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
    failed_logins: u64,
}

impl Counted {
    /// Returns what is counted of a conversation.
    pub fn of(contents: &Contents, id: ConversationId, conversation: &Conversation) -> Self {
        let is_tcp = conversation.protocol == Protocol::Tcp;
        let half_open = match outcome(conversation) {
            Outcome::HalfOpen | Outcome::NoAnswer | Outcome::GaveUp => true,
            Outcome::Reset(Side::Client) => conversation.tcp().handshake.ack.is_none(),
            _ => false,
        };
        let is_trace = !is_tcp && TRACEROUTE.contains(&conversation.server.port);
        let requests = contents.tracker.requests.of(id);
        Counted {
            protocol: conversation.protocol,
            client: conversation.client.address,
            server: conversation.server,
            first_packet: conversation.first_packet,
            start_ns: conversation.start_ns,
            in_vain: is_in_vain(conversation) && !is_trace,
            half_open: is_tcp && half_open,
            failed_logins: requests.map_or(0, failed_logins),
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
}

/// Whether an attempt led to nothing.
fn is_in_vain(conversation: &Conversation) -> bool {
    let payload: u64 = conversation.sides.iter().map(|side| side.payload).sum();
    match outcome(conversation) {
        Outcome::Refused
        | Outcome::NoAnswer
        | Outcome::Unreachable
        | Outcome::GaveUp
        | Outcome::HalfOpen => true,
        Outcome::Reset(Side::Client) => payload == 0 && conversation.duration_ns() <= PROBE_NS,
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
        if conversation.failed_logins > 0 {
            let (count, packets) = self.logins.entry((client, server)).or_default();
            *count += conversation.failed_logins;
            if packets.len() < MAX_EVIDENCE {
                packets.push(conversation.first_packet);
            }
        }
    }

    fn is_flooded(&self, server: &Endpoint, settings: &Settings) -> bool {
        self.half_open
            .get(server)
            .is_some_and(|(attempts, others)| {
                let seconds = (attempts.lasted_ns() as f64 / 1e9).max(1.0);
                attempts.count >= settings.count(Kind::SynFlood)
                    && attempts.count > 9 * others
                    && attempts.count as f64 / seconds >= FLOOD_RATE
            })
    }

    fn is_port_scan(&self, key: &(IpAddr, IpAddr), settings: &Settings) -> bool {
        let ports = self
            .ports
            .get(key)
            .map_or(0, |attempts| attempts.tried.len());
        ports as u64 >= settings.count(Kind::PortScan)
    }

    fn is_host_scan(&self, key: &(IpAddr, Protocol, u16), settings: &Settings) -> bool {
        let hosts = self
            .servers
            .get(key)
            .map_or(0, |attempts| attempts.tried.len());
        hosts as u64 >= settings.count(Kind::HostScan)
    }

    /// Whether a conversation is one of many attempts that another finding is about.
    pub fn covers(&self, conversation: &Conversation, settings: &Settings) -> bool {
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
                    clients = Count(attempts.tried.len() as u64),
                    server,
                    lasted = duration(attempts.lasted_ns())
                );
                let hosts = std::iter::once(server.address).chain(sorted(&attempts.tried));
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
                    ports = Count(attempts.tried.len() as u64),
                    server,
                    lasted = duration(attempts.lasted_ns())
                );
                let finding = of_hosts(
                    Kind::PortScan,
                    Severity::Warning,
                    text,
                    [client, server],
                    attempts,
                );
                findings.push(finding.figure("ports", attempts.tried.len() as u64));
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
                    hosts = Count(attempts.tried.len() as u64),
                    lasted = duration(attempts.lasted_ns())
                );
                let hosts = std::iter::once(client).chain(sorted(&attempts.tried));
                let finding = of_hosts(Kind::HostScan, Severity::Warning, text, hosts, attempts);
                findings.push(finding.figure("hosts", attempts.tried.len() as u64));
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
        findings
    }
}

/// Returns the first of some hosts, in order.
fn sorted(hosts: &HashSet<IpAddr>) -> Vec<IpAddr> {
    let hosts: BTreeSet<IpAddr> = hosts.iter().copied().collect();
    hosts.into_iter().take(MAX_HOSTS - 1).collect()
}

fn of_hosts<T>(
    kind: Kind,
    severity: Severity,
    text: String,
    hosts: impl IntoIterator<Item = IpAddr>,
    attempts: &Attempts<T>,
) -> Finding {
    let mut finding = Finding::new(kind, severity, text)
        .packets(attempts.packets.iter().copied())
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
