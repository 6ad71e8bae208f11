//! What a capture adds up to: its protocols, endpoints, services, throughput, and how long answers took.
//!
//! The index counts what cannot be known later: the layers of each packet, packets without a conversation, answers, and
//! what is evicted ([`Statistics`]). Everything else is added up from the packets and conversations that are there when
//! someone wants to see it ([`Overview`], [`Timeline`]).

mod hierarchy;
mod overview;
mod pairs;
mod timeline;
mod trace;

pub use hierarchy::{Hierarchy, LayerNode};
pub(crate) use hierarchy::{PathNews, Paths};
pub use overview::{Endpoint, Group, Overview, Pair, Service, Summing, application_label};
pub use pairs::{Counts, MAX_PAIRS, PairTable};
pub use timeline::{Bucket, Direction, MAX_SPAN_NS, Timeline, TimelineError};
pub use trace::{MAX_POINTS, Mark, Trace, TracePoint};

use crate::{
    store::PacketRecord,
    track::{Conversation, Protocol},
};
use std::{
    collections::{BTreeMap, VecDeque},
    net::IpAddr,
};

/// The maximum number of packets with errors that are marked on charts: later ones are only counted.
const MAX_MARKS: usize = 1 << 20;

/// The percentiles of response times that are shown.
pub const PERCENTILES: [(&str, f64); 4] =
    [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)];

/// What is counted while a capture is read.
#[derive(Default)]
pub struct Statistics {
    /// The layers of all packets.
    pub hierarchy: Hierarchy,
    /// Packets of network layers without a conversation, and conversations that were evicted, by their addresses.
    pub(crate) pairs: PairTable,
    /// Conversations that were evicted.
    pub(crate) evicted: EvictedCounts,
    /// The packets that were evicted, over time.
    pub(crate) timeline: Timeline,
    marks: VecDeque<u32>,
    unmarked: u64,
}

/// The conversations that were evicted: how many, and their packets and bytes.
#[derive(Clone, Default)]
pub(crate) struct EvictedCounts {
    pub services: BTreeMap<(Protocol, u16), Group>,
    pub applications: BTreeMap<&'static str, Group>,
}

/// Services of evicted conversations, at most: both protocols have all of their ports.
const SERVICE_WEIGHT: u64 = 2 * size_of::<((Protocol, u16), Group)>() as u64;

impl Statistics {
    /// Counts a packet of a network layer that carries no flow.
    #[inline]
    pub(crate) fn add_hosts(&mut self, source: IpAddr, destination: IpAddr, length: u32) {
        let counts = Counts {
            packets: 1,
            bytes: length.into(),
        };
        self.pairs.add(source, destination, counts);
    }

    /// Marks a packet that shows an error: its TCP segment is sent again, one before it is missing, or it is a RST.
    #[cold]
    pub(crate) fn mark(&mut self, number: u32) {
        match self.marks.len() < MAX_MARKS {
            true => self.marks.push_back(number),
            false => self.unmarked += 1,
        }
    }

    /// Returns the marked packets, ascending.
    pub fn marks(&self) -> impl Iterator<Item = u32> {
        self.marks.iter().copied()
    }

    /// Returns the marked packets from this one on, ascending.
    pub fn marks_from(&self, first: u32) -> impl Iterator<Item = u32> {
        let from = self.marks.partition_point(|number| *number < first);
        self.marks.range(from..).copied()
    }

    /// Returns how many packets with errors were not marked.
    pub fn unmarked(&self) -> u64 {
        self.unmarked
    }

    /// Counts a packet that is evicted.
    pub(crate) fn evict_packet(&mut self, number: u32, record: &PacketRecord, is_report: bool) {
        let is_error = self.marks.pop_front_if(|first| *first <= number).is_some();
        self.timeline.add(number, record, is_error, is_report);
    }

    /// Counts a conversation that is evicted.
    pub(crate) fn evict_conversation(&mut self, conversation: Conversation) {
        self.pairs.add_conversation(conversation);
        let service = (conversation.protocol, conversation.server.port);
        let services = self.evicted.services.entry(service);
        services.or_default().add(conversation);
        let application = overview::application(conversation);
        let applications = self.evicted.applications.entry(application);
        applications.or_default().add(conversation);
    }

    /// Returns how much memory it takes, bytes.
    pub(crate) fn weight(&self) -> u64 {
        self.hierarchy.weight()
            + self.pairs.weight()
            + self.timeline.weight()
            + (self.marks.capacity() * size_of::<u32>()) as u64
            + self.evicted.services.len() as u64 * SERVICE_WEIGHT
    }
}
