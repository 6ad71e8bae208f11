//! What the packets and conversations of a capture add up to.

use super::{Counts, EvictedCounts, LayerNode, PairTable};
use crate::{
    lang::text,
    services,
    store::Contents,
    track::{Conversation, ConversationId, Histogram, Protocol, Side},
};
use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
};

/// Conversations, with their packets and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// How many.
    pub conversations: u64,
    /// What clients sent.
    pub to_server: Counts,
    /// What servers sent.
    pub to_client: Counts,
}

impl Group {
    /// Adds a conversation.
    pub(crate) fn add(&mut self, conversation: Conversation) {
        self.conversations += 1;
        self.to_server.add(conversation.side(Side::Client).into());
        self.to_client.add(conversation.side(Side::Server).into());
    }

    fn add_all(&mut self, other: &Group) {
        self.conversations += other.conversations;
        self.to_server.add(other.to_server);
        self.to_client.add(other.to_client);
    }

    /// Returns what both sides sent.
    pub fn all(&self) -> Counts {
        self.to_server.and(self.to_client)
    }
}

/// Returns the name by which conversations are grouped: their application protocol in filters, or nothing.
pub(super) fn application(conversation: Conversation) -> &'static str {
    conversation.application().map_or("", |it| it.name)
}

/// An address, and what it sent and received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The address.
    pub address: IpAddr,
    /// What it sent.
    pub sent: Counts,
    /// What it received.
    pub received: Counts,
}

impl Endpoint {
    /// Returns both.
    pub fn all(&self) -> Counts {
        self.sent.and(self.received)
    }
}

/// Two addresses that sent to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The lower address.
    pub a: IpAddr,
    /// The higher address.
    pub b: IpAddr,
    /// What the first sent to the second.
    pub from_a: Counts,
    /// What the second sent to the first.
    pub from_b: Counts,
}

impl Pair {
    /// Returns both.
    pub fn all(&self) -> Counts {
        self.from_a.and(self.from_b)
    }
}

/// A port of servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// The transport protocol.
    pub protocol: Protocol,
    /// The port.
    pub port: u16,
    /// Its conversations.
    pub group: Group,
}

impl Service {
    /// Returns the name of the service that is registered for the port.
    pub fn name(&self) -> Option<&'static str> {
        services::of_port(self.protocol, self.port)
    }
}

/// What a capture adds up to. All lists come with the most bytes first.
#[derive(Clone, Default)]
pub struct Overview {
    /// The protocols, each before those inside it.
    pub layers: Vec<LayerNode>,
    /// There are more orders of layers than are kept.
    pub is_cut: bool,
    /// The addresses.
    pub endpoints: Vec<Endpoint>,
    /// The pairs of addresses.
    pub pairs: Vec<Pair>,
    /// Packets between pairs that are not counted apart, and how many pairs they were.
    pub others: (Counts, u64),
    /// The ports of servers.
    pub services: Vec<Service>,
    /// The application protocols, by name; the empty one is of conversations without.
    pub applications: Vec<(&'static str, Group)>,
    /// How long answers took, by protocol, the most answers first.
    pub answers: Vec<(&'static str, Histogram)>,
    /// How many packets were evicted, whose conversations may be counted.
    pub evicted: u64,
}

impl Overview {
    /// Returns what a capture adds up to so far.
    pub fn of(contents: &Contents) -> Self {
        let mut summing = Summing::default();
        while summing.advance(contents, usize::MAX) {}
        summing.finish(contents)
    }
}

/// Adds up conversations, some at a time.
#[derive(Default)]
pub struct Summing {
    /// The number of the next conversation.
    next: usize,
    /// What had been evicted, and packets without a conversation, when it began.
    before: Option<(EvictedCounts, PairTable)>,
    /// Conversations that were counted.
    pairs: PairTable,
    services: HashMap<(Protocol, u16), Group>,
    applications: BTreeMap<&'static str, Group>,
}

impl Summing {
    /// Adds at most so many conversations; returns whether there are more. One that is evicted meanwhile may be missed,
    /// and none is counted twice.
    pub fn advance(&mut self, contents: &Contents, most: usize) -> bool {
        let tracker = &contents.tracker;
        self.before.get_or_insert_with(|| {
            let statistics = &contents.statistics;
            (statistics.evicted.clone(), statistics.pairs.clone())
        });
        let end = tracker.began().min(self.next.saturating_add(most));
        for id in self.next..end {
            let Some(conversation) = tracker.get(ConversationId(id as u32)) else {
                continue;
            };
            self.pairs.add_conversation(conversation);
            let service = (conversation.protocol, conversation.server.port);
            self.services.entry(service).or_default().add(conversation);
            let application = self.applications.entry(application(conversation));
            application.or_default().add(conversation);
        }
        self.next = end;
        end < tracker.began()
    }

    /// Returns the sums, with what was counted while the capture was read.
    pub fn finish(mut self, contents: &Contents) -> Overview {
        let statistics = &contents.statistics;
        let (evicted, pairs) = self.before.unwrap_or_default();
        self.pairs.add_all(&pairs);
        for (service, group) in &evicted.services {
            self.services.entry(*service).or_default().add_all(group);
        }
        for (name, group) in &evicted.applications {
            self.applications.entry(name).or_default().add_all(group);
        }
        let (endpoints, pairs) = endpoints(&self.pairs);
        let services = self.services.into_iter();
        let services = services.map(|((protocol, port), group)| Service {
            protocol,
            port,
            group,
        });
        let mut services: Vec<Service> = services.collect();
        services.sort_by_key(|it| {
            let all = it.group.all();
            let most = (all.bytes, it.group.conversations);
            (std::cmp::Reverse(most), it.protocol, it.port)
        });
        let mut applications: Vec<_> = self.applications.into_iter().collect();
        applications.sort_by_key(|(name, group)| (std::cmp::Reverse(group.all().bytes), *name));
        let answers = contents.tracker.application.answers.iter();
        let mut answers: Vec<_> = answers.map(|(name, it)| (name, it.clone())).collect();
        answers.sort_by_key(|(name, it)| (std::cmp::Reverse(it.count()), *name));
        let rows = statistics.hierarchy.rows();
        Overview {
            layers: rows.into_iter().cloned().collect(),
            is_cut: statistics.hierarchy.is_cut(),
            endpoints,
            pairs,
            others: self.pairs.others(),
            services,
            applications,
            answers,
            evicted: contents.evicted_by_now().packets,
        }
    }
}

/// Returns what each address and each pair of addresses sent and received.
fn endpoints(table: &PairTable) -> (Vec<Endpoint>, Vec<Pair>) {
    let mut endpoints: HashMap<IpAddr, (Counts, Counts)> = HashMap::new();
    let mut pairs: HashMap<(IpAddr, IpAddr), (Counts, Counts)> = HashMap::new();
    for (from, to, counts) in table.pairs() {
        endpoints.entry(from).or_default().0.add(counts);
        endpoints.entry(to).or_default().1.add(counts);
        match from <= to {
            true => pairs.entry((from, to)).or_default().0.add(counts),
            false => pairs.entry((to, from)).or_default().1.add(counts),
        }
    }
    let endpoint = |(address, (sent, received))| Endpoint {
        address,
        sent,
        received,
    };
    let mut endpoints: Vec<Endpoint> = endpoints.into_iter().map(endpoint).collect();
    endpoints.sort_by_key(|it| {
        (
            std::cmp::Reverse((it.all().bytes, it.all().packets)),
            it.address,
        )
    });
    let pair = |((a, b), (from_a, from_b))| Pair {
        a,
        b,
        from_a,
        from_b,
    };
    let mut pairs: Vec<Pair> = pairs.into_iter().map(pair).collect();
    pairs.sort_by_key(|it| {
        (
            std::cmp::Reverse((it.all().bytes, it.all().packets)),
            it.a,
            it.b,
        )
    });
    (endpoints, pairs)
}

/// Returns the name for people of an application protocol.
pub fn application_label(name: &'static str) -> &'static str {
    match name {
        "" => text!("stats-no-application"),
        name => dissectors::by_name(name).map_or(name, |it| match it.column {
            "" => it.label,
            column => column,
        }),
    }
}
