//! Where a packet's bytes are. It is looked up while the store is locked; reading and dissecting them needs no lock.

use super::{Contents, PacketRecord, payload};
use crate::{capture::Bytes, track::overlay};
use dissectors::{ByteRange, Context, Facts, Output, Packet, Part, Reassembled, dissect};
use std::{borrow::Cow, io};

/// Where the bytes of a packet are, and of the fragments whose datagrams it completes.
#[derive(Clone, Debug)]
pub struct Place {
    /// The packet.
    pub number: u32,
    /// When it was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    own: Extent,
    /// The datagrams, outermost first. A fragment that was evicted has no place.
    datagrams: Vec<Vec<(Part, Option<Extent>)>>,
}

/// The bytes of one packet in the capture.
#[derive(Clone, Copy, Debug)]
struct Extent {
    offset: u64,
    captured: u32,
    original: u32,
    link_type: u16,
}

impl Contents {
    /// Where a packet's bytes are; none where it is not there.
    pub fn place(&self, number: u32) -> Option<Place> {
        let extent = |record: &PacketRecord| Extent {
            offset: record.offset(),
            captured: record.captured,
            original: record.original,
            link_type: self.link_type(record),
        };
        let record = self.packets.get(number)?;
        let datagrams = self.datagrams_of(number).iter();
        let datagrams = datagrams.map(|parts| {
            let parts = parts.iter();
            let parts = parts.map(|part| {
                let record = self.packets.get(part.packet as u32);
                (*part, record.map(extent))
            });
            parts.collect()
        });
        Some(Place {
            number,
            time_ns: record.time_ns,
            own: extent(record),
            datagrams: datagrams.collect(),
        })
    }
}

/// Reads packets and dissects them without a tree, as the index does. It keeps its buffers for the next packet.
pub struct FactsReader {
    bytes: Bytes,
    facts: Facts,
    packet: Vec<u8>,
    /// The datagrams that the packet completes.
    reassembled: Vec<Reassembled<'static>>,
}

impl FactsReader {
    /// Reads from a capture's bytes.
    pub fn new(bytes: Bytes) -> Self {
        FactsReader {
            bytes,
            facts: Facts::default(),
            packet: Vec::new(),
            reassembled: Vec::new(),
        }
    }

    /// The facts of a packet.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub fn read(&mut self, place: &Place) -> io::Result<&Facts> {
        self.reassembled.clear();
        for parts in &place.datagrams {
            let datagram = self.reassemble(place, parts)?;
            self.reassembled.push(datagram);
        }
        let reassembled = std::mem::take(&mut self.reassembled);
        let dissected = self.dissect(place.own, &reassembled);
        self.reassembled = reassembled;
        dissected?;
        Ok(&self.facts)
    }

    /// The payload of a transport layer of the packet that was read last.
    pub fn payload(&self, flow: usize) -> &[u8] {
        let flow = self.facts.flows().get(flow);
        flow.map_or(&[], |flow| payload(flow, &self.packet, &self.reassembled))
    }

    /// Reads a packet into the buffer, and dissects it.
    fn dissect(&mut self, extent: Extent, reassembled: &[Reassembled]) -> io::Result<()> {
        let Extent {
            offset, captured, ..
        } = extent;
        self.bytes.read_at(offset, captured, &mut self.packet)?;
        let packet = Packet {
            link_type: extent.link_type,
            bytes: &self.packet,
            original: extent.original,
        };
        let context = Context {
            reassembled,
            ..Context::default()
        };
        dissect(packet, &context, &mut self.facts, Output::default());
        Ok(())
    }

    /// Puts a datagram together of its fragments.
    fn reassemble(
        &mut self,
        place: &Place,
        parts: &[(Part, Option<Extent>)],
    ) -> io::Result<Reassembled<'static>> {
        let outer = std::mem::take(&mut self.reassembled);
        let data = parts.iter().map(|(part, extent)| {
            let Some(extent) = extent else {
                return Ok(Vec::new());
            };
            // A fragment inside of a datagram that this packet completes, or in a packet of its own.
            let outer = match part.packet == u64::from(place.number) {
                true => outer.as_slice(),
                false => &[],
            };
            self.dissect(*extent, outer)?;
            Ok(self.fragment(outer))
        });
        let data = data.collect::<io::Result<Vec<Vec<u8>>>>();
        self.reassembled = outer;
        let data = data?;
        let data: Vec<&[u8]> = data.iter().map(Vec::as_slice).collect();
        let mut parts: Vec<Part> = parts.iter().map(|(part, _)| *part).collect();
        let ends = parts.iter().map(|part| part.start + part.length);
        let length = ends.max().unwrap_or(0) as usize;
        let bytes = overlay(&mut parts, &data, length).unwrap_or_default();
        Ok(Reassembled {
            bytes: Cow::Owned(bytes),
            parts,
        })
    }

    /// The data of the fragment in the packet that was dissected last.
    fn fragment(&self, outer: &[Reassembled]) -> Vec<u8> {
        let Some(fragment) = &self.facts.fragment else {
            return Vec::new();
        };
        let data: ByteRange = fragment.data;
        let source = match usize::from(data.source).checked_sub(1) {
            None => Some(self.packet.as_slice()),
            Some(source) => outer.get(source).map(|outer| &*outer.bytes),
        };
        let data = source.and_then(|source| data.of(source));
        data.unwrap_or_default().to_vec()
    }
}
