//! Reads packets again: their bytes, the datagrams that they complete, their facts.
//!
//! The stored data of a packet is copied first, as a [`PacketPlan`]; the capture is read afterwards, when the store is
//! no longer locked.

use super::{Contents, PacketRecord, Store, Window, payload};
use crate::track::{FrameLayers, Messages, Payload, Piece, Side, Tcp, overlay};
use dissectors::{
    ByteRange, Context, Event, Facts, Flow, LinkType, Output, Packet, Part, Reassembled, Segment,
    Transport, dissect,
};
use std::{borrow::Cow, io};

/// Bytes of a TCP header without options: RFC 9293, section 3.1.
const TCP_HEADER: u32 = 20;

/// Where a packet's bytes are, and their link type.
#[derive(Clone, Copy, Debug)]
pub struct Location {
    /// Their offset in the capture.
    offset: u64,
    /// Captured length, bytes.
    captured: u32,
    /// Length on the wire, bytes.
    original: u32,
    /// LINKTYPE_ number of the interface.
    link_type: u16,
}

impl Location {
    fn of(contents: &Contents, record: &PacketRecord) -> Self {
        Location {
            offset: record.offset(),
            captured: record.captured,
            original: record.original,
            link_type: contents.link_type(record),
        }
    }

    /// Returns the packet, given its bytes.
    fn packet(self, bytes: &[u8]) -> Packet<'_> {
        Packet::new(LinkType(self.link_type), bytes, self.original)
    }
}

/// The stored data that is needed to read a packet again.
#[derive(Clone, Debug)]
pub struct PacketPlan {
    /// Its number.
    pub number: u32,
    /// When it was captured, nanoseconds since the epoch.
    pub time_ns: i64,
    /// Its location.
    pub location: Location,
    /// The parts of the datagrams that it completes, outermost first, each with its location, unless it was evicted.
    datagrams: Vec<Vec<(Part, Option<Location>)>>,
}

impl PacketPlan {
    /// Copies the stored data of a packet; none if it is not there.
    pub fn of(contents: &Contents, number: u32) -> Option<Self> {
        let record = contents.packets.get(number)?;
        let location = |part: &Part| {
            let record = contents.packets.get(part.packet as u32)?;
            Some(Location::of(contents, record))
        };
        let datagrams = contents.datagrams_of(number).iter();
        Some(PacketPlan {
            number,
            time_ns: record.order_ns,
            location: Location::of(contents, record),
            datagrams: datagrams
                .map(|parts| parts.iter().map(|part| (*part, location(part))).collect())
                .collect(),
        })
    }

    /// Returns how many datagrams it completes.
    pub fn datagrams(&self) -> usize {
        self.datagrams.len()
    }
}

/// Reads packets again. It keeps its buffers, so one instance serves for many packets.
pub struct PacketReader {
    store: Store,
    facts: Facts,
    /// The packet whose facts were read last; 0 for none.
    facts_of: u32,
    /// Its bytes.
    packet: Vec<u8>,
    window: Window,
    /// The datagrams that it completed.
    datagrams: Vec<Reassembled<'static>>,
}

impl PacketReader {
    /// Returns a reader of the packets of a capture.
    pub fn new(store: Store) -> Self {
        PacketReader {
            store,
            facts: Facts::default(),
            facts_of: 0,
            packet: Vec::new(),
            window: Window::default(),
            datagrams: Vec::new(),
        }
    }

    /// Returns the capture's store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Reads the bytes of a packet.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn bytes(&mut self, location: Location, into: &mut Vec<u8>) -> io::Result<()> {
        let Location {
            offset, captured, ..
        } = location;
        self.window.read(self.store.bytes(), offset, captured, into)
    }

    /// Reads the facts of a packet as the index does: much faster than its line in the list.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn facts(&mut self, plan: &PacketPlan) -> io::Result<&Facts> {
        if self.facts_of == plan.number {
            return Ok(&self.facts);
        }
        self.facts_of = 0;
        self.datagrams = self.datagrams(plan)?;
        let mut packet = std::mem::take(&mut self.packet);
        let read = self.bytes(plan.location, &mut packet);
        if read.is_ok() {
            let context = Context {
                reassembled: &self.datagrams,
                ..Context::default()
            };
            let output = Output::default();
            dissect(
                plan.location.packet(&packet),
                &context,
                &mut self.facts,
                output,
            );
            self.facts_of = plan.number;
        }
        self.packet = packet;
        read.map(|()| &self.facts)
    }

    /// Passes the payload of a packet's innermost transport layer to the session of its conversation. `tcp` is the
    /// state of the whole conversation; events for other conversations are passed to `on_event`.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn hand_to(
        &mut self,
        messages: &mut Messages,
        plan: &PacketPlan,
        from: Side,
        tcp: &Tcp,
        on_event: &mut dyn FnMut(Event),
    ) -> io::Result<()> {
        let Some(flow) = self.facts(plan)?.flows().last().copied() else {
            return Ok(());
        };
        let bytes = self.payload(&flow);
        let payload = Payload {
            packet: plan.number,
            time_ns: plan.time_ns,
            bytes,
            length: flow.payload_length,
            start: flow.payload.start,
            source: flow.payload.source,
            layers: FrameLayers::default(),
        };
        match &flow.transport {
            Transport::Tcp(segment) => {
                let flags = tcp.counted_flags(plan.number, from, segment, flow.payload_length);
                let segment = Segment { flags, ..*segment };
                messages.segment(from, &segment, &payload, on_event);
            }
            Transport::Udp if bytes.is_empty() => {}
            Transport::Udp => messages.datagram(from, &payload, on_event),
        }
        Ok(())
    }

    /// Returns the facts of the packet that was read last.
    pub fn last_facts(&self) -> &Facts {
        &self.facts
    }

    /// Returns the payload of a transport layer of the packet whose facts were read last.
    pub fn payload(&self, flow: &Flow) -> &[u8] {
        payload(flow, &self.packet, &self.datagrams)
    }

    /// Returns the options of a TCP segment of the packet whose facts were read last.
    pub fn options(&self, flow: &Flow) -> &[u8] {
        let Transport::Tcp(segment) = &flow.transport else {
            return &[];
        };
        let end = flow.payload.start;
        let length = u32::from(segment.header).saturating_sub(TCP_HEADER);
        let payload = ByteRange {
            start: end.saturating_sub(length),
            end,
            ..flow.payload
        };
        self.payload(&Flow { payload, ..*flow })
    }

    /// Reassembles the datagrams that a packet completes.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn datagrams(&mut self, plan: &PacketPlan) -> io::Result<Vec<Reassembled<'static>>> {
        let mut whole: Vec<Reassembled> = Vec::new();
        for datagram in &plan.datagrams {
            let mut data = Vec::new();
            for (part, location) in datagram {
                let own = part.packet == u64::from(plan.number);
                let outer = if own { &*whole } else { &[] };
                data.push(match location {
                    Some(location) => self.fragment(*location, outer)?,
                    None => Vec::new(),
                });
            }
            let data: Vec<&[u8]> = data.iter().map(Vec::as_slice).collect();
            let mut parts: Vec<Part> = datagram.iter().map(|(part, _)| *part).collect();
            let ends = parts.iter().map(|part| part.start + part.length);
            let length = ends.max().unwrap_or(0);
            let bytes = overlay(&mut parts, &data, length as usize).unwrap_or_default();
            whole.push(Reassembled {
                bytes: Cow::Owned(bytes),
                parts,
            });
        }
        Ok(whole)
    }

    /// Reads one fragment's data, after the datagrams that its packet completed before.
    fn fragment(&mut self, location: Location, outer: &[Reassembled]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let Some(data) = self.fragment_in(location, outer, &mut bytes)? else {
            return Ok(Vec::new());
        };
        let source = match usize::from(data.source).checked_sub(1) {
            None => Some(bytes.as_slice()),
            Some(source) => outer.get(source).map(|outer| &*outer.bytes),
        };
        Ok(source
            .and_then(|source| data.of(source))
            .unwrap_or_default()
            .to_vec())
    }

    /// Returns where a packet has a fragment's data, after the datagrams that it completed before. `bytes` are its own.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn fragment_in(
        &mut self,
        location: Location,
        outer: &[Reassembled],
        bytes: &mut Vec<u8>,
    ) -> io::Result<Option<ByteRange>> {
        self.bytes(location, bytes)?;
        let context = Context {
            reassembled: outer,
            ..Context::default()
        };
        self.facts_of = 0;
        let output = Output::default();
        dissect(location.packet(bytes), &context, &mut self.facts, output);
        Ok(self.facts.fragment.map(|fragment| fragment.data))
    }

    /// Dissects a packet with this context; `bytes` are its bytes, and its facts are read again.
    pub fn dissect(
        &mut self,
        location: Location,
        bytes: &[u8],
        context: &Context,
        output: Output,
    ) -> Option<dissectors::Stop> {
        self.facts_of = 0;
        dissect(location.packet(bytes), context, &mut self.facts, output)
    }

    /// Appends the bytes of a piece of a stream to `into`; nothing if its packet was evicted.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn piece(&mut self, piece: &Piece, into: &mut Vec<u8>) -> io::Result<()> {
        if piece.source == 0 {
            let record = self.store.read().packets.get(piece.packet).copied();
            let Some(record) = record else { return Ok(()) };
            // The facts that were read last become invalid with these bytes.
            self.facts_of = 0;
            let from = record.offset() + u64::from(piece.start);
            let mut bytes = std::mem::take(&mut self.packet);
            let capture = self.store.bytes();
            let read = self.window.read(capture, from, piece.length, &mut bytes);
            into.extend_from_slice(&bytes);
            self.packet = bytes;
            return read;
        }
        let Some(plan) = PacketPlan::of(&self.store.read(), piece.packet) else {
            return Ok(());
        };
        self.facts(&plan)?;
        let whole = self.datagrams.get(usize::from(piece.source) - 1);
        let start = piece.start as usize;
        let bytes = whole.and_then(|whole| whole.bytes.get(start..start + piece.length as usize));
        into.extend_from_slice(bytes.unwrap_or_default());
        Ok(())
    }
}
