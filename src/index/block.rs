//! Packets that were read and dissected, and are not tracked yet.

use super::{Pipeline, published::News, rotation::Rotation};
use crate::{
    capture::{Buffer, Record},
    statistics::PathNews,
    store::{Contents, Writer, payload},
    track::{ApplicationTracker, Carried, Carrier, Fingerprint, FrameLayers, Handover},
};
use dissectors::{Facts, Flow, Reassembled};
use parking_lot::RwLockWriteGuard;
use std::{net::IpAddr, ops::DerefMut};

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
    /// What the transport layer hands over to the application layer, if that reads the packets later.
    handover: Handover,
    /// The innermost transport layers of unusual packets, and the datagrams that they complete, if they are read later.
    innermost: Vec<(Flow, Vec<Reassembled<'static>>)>,
}

/// A packet of a block.
struct Gathered {
    record: Record,
    facts: Gist,
    /// The number of the path of its layers.
    path: u16,
    /// Where its innermost transport layer is, among `flows` or `innermost`.
    innermost: u32,
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
            innermost: (self.flows.len() as u32).saturating_sub(1),
        });
    }

    /// Puts its packets into the store, which readers may lock in between.
    pub fn append_to(
        &mut self,
        writer: &mut Writer,
        pipeline: &mut Pipeline,
        mut rotation: Option<&mut Rotation>,
    ) {
        if let Some(rotation) = &mut rotation
            && !self.is_empty()
        {
            rotation.came();
        }
        let store = rotation.is_some().then(|| writer.store().clone());
        let mut contents = writer.write();
        self.append(
            &mut contents,
            pipeline,
            |contents, pipeline, at, time_ns| {
                if at > 0 && at % BATCH == 0 {
                    RwLockWriteGuard::bump(contents);
                }
                if let (Some(rotation), Some(store)) = (&mut rotation, &store) {
                    rotation.before(time_ns, contents, (store, pipeline));
                }
            },
        );
        self.news.names_to(&mut contents.tracker.application);
        contents.tell();
        RwLockWriteGuard::unlock_fair(contents);
    }

    /// Puts its packets into the store without their messages, which are to be read with [`Block::read_messages`].
    pub fn track(&mut self, contents: &mut Contents, pipeline: &mut Pipeline) {
        contents.tracker.handover = Some(std::mem::take(&mut self.handover));
        self.append(&mut &mut *contents, pipeline, |_, _, _, _| ());
        self.handover = contents.tracker.handover.take().unwrap_or_default();
    }

    /// Puts its packets into the store. `pause` is called before each, with its place in the block and its time.
    fn append<C: DerefMut<Target = Contents>>(
        &mut self,
        contents: &mut C,
        pipeline: &mut Pipeline,
        mut pause: impl FnMut(&mut C, &mut Pipeline, usize, i64),
    ) {
        let mut flows = &*self.flows;
        let mut unusual = self.unusual.iter();
        self.news.interfaces_to(contents);
        contents.statistics.hierarchy.learn(&mut self.paths);
        for (source, destination, length) in self.hosts.drain(..) {
            contents.statistics.add_hosts(source, destination, length);
        }
        for (at, gathered) in self.packets.iter_mut().enumerate() {
            let packet = gathered.record.packet(&self.buffer);
            pause(contents, pipeline, at, packet.time_ns);
            if let Some(handover) = &mut contents.tracker.handover {
                handover.at = at as u32;
            }
            match gathered.facts {
                Gist::Flows(count) => {
                    let (own, others) = flows.split_at(usize::from(count).min(flows.len()));
                    flows = others;
                    pipeline.append(contents, &packet, own, gathered.path);
                }
                Gist::Unusual => {
                    let facts = unusual.next();
                    let innermost =
                        facts.and_then(|it| pipeline.append_unusual(contents, &packet, it));
                    if contents.tracker.handover.is_some()
                        && let Some(innermost) = innermost
                    {
                        gathered.innermost = self.innermost.len() as u32;
                        self.innermost.push(innermost);
                    }
                }
            }
            self.news.comments_to(contents);
        }
        self.news.rest_to(contents);
        contents.statistics.hierarchy.count(&mut self.paths);
    }

    /// Reads the messages of its packets, which were put into the store.
    pub fn read_messages(&mut self, application: &mut ApplicationTracker) {
        let mut packets = Packets {
            buffer: &self.buffer,
            packets: &self.packets,
            flows: &self.flows,
            innermost: &self.innermost,
        };
        self.handover.read(application, &mut packets);
        self.news.names_to(application);
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.packets.clear();
        self.flows.clear();
        self.unusual.clear();
        self.innermost.clear();
    }
}

/// The packets of a block, as the application layer reads them.
struct Packets<'b> {
    buffer: &'b Buffer,
    packets: &'b [Gathered],
    flows: &'b [(Flow, Fingerprint)],
    innermost: &'b [(Flow, Vec<Reassembled<'static>>)],
}

impl Carrier for Packets<'_> {
    #[inline]
    fn carried(&mut self, at: u32, node: u16) -> Option<Carried<'_>> {
        let gathered = self.packets.get(at as usize)?;
        let packet = gathered.record.packet(self.buffer);
        let innermost = gathered.innermost as usize;
        let (flow, whole) = match gathered.facts {
            Gist::Flows(_) => (&self.flows.get(innermost)?.0, &[][..]),
            Gist::Unusual => {
                let (flow, whole) = self.innermost.get(innermost)?;
                (flow, &**whole)
            }
        };
        let length = packet.original;
        Some(Carried {
            time_ns: packet.time_ns,
            flow,
            payload: payload(flow, packet.data, whole),
            layers: FrameLayers { node, length },
        })
    }
}
