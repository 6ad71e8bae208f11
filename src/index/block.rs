//! Packets that were read and dissected, and are not tracked yet.

use super::{Pipeline, published::News};
use crate::{
    capture::{Buffer, Record},
    statistics::PathNews,
    store::Writer,
    track::Fingerprint,
};
use dissectors::{Facts, Flow};
use parking_lot::RwLockWriteGuard;
use std::net::IpAddr;

/// Readers of the store may lock it after this many packets: a fraction of a millisecond.
const BATCH: usize = 512;

/// A buffer larger than this was made for a large packet, bytes.
const LARGE: usize = 4 << 20;

/// The packets of one buffer, in order, with their facts.
#[derive(Default)]
pub(super) struct Block {
    /// The bytes of the packets.
    pub buffer: Buffer,
    packets: Vec<Gathered>,
    /// The flows of all packets, one packet after another.
    flows: Vec<(Flow, Fingerprint)>,
    /// The facts of the packets that have more than flows.
    unusual: Vec<Facts>,
    /// The addresses of network layers without a flow, and the lengths of their packets, of those that have flows alone
    /// or nothing.
    hosts: Vec<(IpAddr, IpAddr, u32)>,
    /// The layers of the packets.
    pub paths: PathNews,
    /// What the reader found besides packets.
    pub news: News,
}

/// A packet of a block.
struct Gathered {
    record: Record,
    facts: Gist,
    /// The number of the path of its layers.
    path: u16,
}

/// Where the facts of a packet are.
enum Gist {
    /// It has so many flows and nothing else.
    Flows(u8),
    /// In [`Block::unusual`].
    Unusual,
}

impl Block {
    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Whether it takes much memory, for a large packet.
    pub fn is_large(&self) -> bool {
        self.buffer.room() > LARGE
    }

    /// Adds a packet.
    #[inline]
    pub fn push(
        &mut self,
        record: Record,
        facts: &Facts,
        path: u16,
        fingerprint: impl Fn(&Flow) -> Fingerprint,
    ) {
        let (flows, facts_hosts) = (facts.flows(), facts.hosts());
        let facts = match facts.has_only_flows() {
            true => {
                let with = flows.iter().map(|flow| (*flow, fingerprint(flow)));
                self.flows.extend(with);
                for (source, destination) in facts_hosts {
                    let length = record.original();
                    self.hosts.push((*source, *destination, length));
                }
                Gist::Flows(flows.len() as u8)
            }
            false => {
                self.unusual.push(facts.clone());
                Gist::Unusual
            }
        };
        self.packets.push(Gathered {
            record,
            facts,
            path,
        });
    }

    /// Puts its packets into the store, which readers may lock in between, and empties it.
    pub fn append_to(&mut self, writer: &mut Writer, pipeline: &mut Pipeline) {
        let mut flows = &*self.flows;
        let mut unusual = self.unusual.iter();
        let mut contents = writer.write();
        self.news.interfaces_to(&mut contents);
        contents.statistics.hierarchy.learn(&mut self.paths);
        for (source, destination, length) in self.hosts.drain(..) {
            contents.statistics.add_hosts(source, destination, length);
        }
        for (
            at,
            Gathered {
                record,
                facts,
                path,
            },
        ) in self.packets.iter().enumerate()
        {
            if at > 0 && at % BATCH == 0 {
                RwLockWriteGuard::bump(&mut contents);
            }
            let packet = record.packet(&self.buffer);
            match facts {
                Gist::Flows(count) => {
                    let (own, others) = flows.split_at(usize::from(*count).min(flows.len()));
                    flows = others;
                    pipeline.append(&mut contents, &packet, own, *path);
                }
                Gist::Unusual => {
                    if let Some(facts) = unusual.next() {
                        pipeline.append_unusual(&mut contents, &packet, facts);
                    }
                }
            }
            self.news.comments_to(&mut contents);
        }
        self.news.rest_to(&mut contents);
        contents.statistics.hierarchy.count(&mut self.paths);
        RwLockWriteGuard::unlock_fair(contents);
        self.packets.clear();
        self.flows.clear();
        self.unusual.clear();
    }
}
