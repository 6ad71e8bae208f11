//! Where the headers of a usual packet are, and what they hold.

use super::{
    names::{FlowField, Header, Layer},
    options,
};
use crate::{
    filter::value::Datum,
    store::{Contents, PacketRecord},
};
use dissectors::{TcpFlags, WindowScale};
use std::{
    borrow::Cow,
    net::{Ipv4Addr, Ipv6Addr},
};

const ETHERNET: usize = 14;
const IPV4: usize = 20;
const IPV6: usize = 40;
const TCP: usize = 20;
const UDP: usize = 8;

/// UDP ports whose datagrams carry no other network layer, if the other port is higher.
const PLAIN_PORTS: [u16; 8] = [53, 67, 68, 123, 443, 1900, 5353, 5355];

/// What the record of a packet's conversation adds to its fields.
#[derive(Clone, Copy)]
pub(super) struct FlowRead {
    stream: Option<u32>,
    first_ns: i64,
    completeness: u8,
    base_seq: Option<u32>,
    base_ack: Option<u32>,
    window_scale: WindowScale,
    accurate_ecn: bool,
}

impl FlowRead {
    /// Returns none for a packet without a conversation.
    pub fn of(contents: &Contents, record: &PacketRecord) -> Option<Self> {
        let (id, direction) = record.conversation()?;
        let conversation = contents.tracker.get(id)?;
        let tcp = conversation.tcp();
        Some(FlowRead {
            stream: conversation.stream(),
            first_ns: conversation.start_ns,
            completeness: tcp.completeness,
            base_seq: tcp.side(direction).base_seq,
            base_ack: tcp.side(direction.other()).base_seq,
            window_scale: tcp.window_scale(direction),
            accurate_ecn: tcp.accurate_ecn,
        })
    }
}

/// Where the headers of a usual packet begin.
pub(super) struct Layout {
    is_v6: bool,
    pub is_tcp: bool,
    transport: usize,
    /// The payload's length on the wire.
    pub payload: usize,
    /// Where the IP packet ends, as far as it was captured.
    end: usize,
    /// Whether its frame has bytes behind the IP packet.
    pub has_more: bool,
}

impl Layout {
    /// Returns a field's value, if the packet has it; the outer none is for one that must be dissected.
    pub fn value<'a>(&self, field: Header, packet: &'a [u8]) -> Option<Option<Datum<'a>>> {
        let part = |layer, from: usize, to: usize| match self.start(layer) {
            Some(start) => bytes(packet, start + from, start + to).map(Some),
            None => Some(None),
        };
        Some(match field {
            Header::Frame => bytes(packet, 0, packet.len()),
            Header::Ethernet => bytes(packet, 0, packet.len()),
            Header::Ipv4 => part(Layer::Ipv4, 0, self.end.checked_sub(ETHERNET)?)?,
            Header::Ipv6 => part(Layer::Ipv6, 0, self.end.checked_sub(ETHERNET)?)?,
            Header::Tcp => part(Layer::Tcp, 0, self.end.checked_sub(self.transport)?)?,
            Header::Udp => part(Layer::Udp, 0, self.end.checked_sub(self.transport)?)?,
            Header::MacSource => bytes(packet, 6, 12),
            Header::MacDestination => bytes(packet, 0, 6),
            Header::TcpLength => self.is_tcp.then_some(Datum::Integer(self.payload as i128)),
            Header::TcpPayload if !self.is_tcp => None,
            Header::TcpPayload => {
                // Options may be malformed: then the payload is not read.
                options::are_usual(self.options(packet)?).then_some(())?;
                let payload = packet.get(self.payload_at(packet)?..self.end)?;
                // That of a reset is its cause: RFC 9293, section 3.5.3.
                let is_reset = packet.get(self.transport + 13)? & 4 != 0;
                let is_there = !payload.is_empty() && !is_reset;
                is_there.then_some(Datum::Bytes(Cow::Borrowed(payload)))
            }
            Header::UdpPayload if self.is_tcp => None,
            Header::UdpPayload => match packet.get(self.transport + UDP..self.end)? {
                [] => None,
                payload => Some(Datum::Bytes(Cow::Borrowed(payload))),
            },
            Header::TcpFlags(_) | Header::Options | Header::Option(_) if !self.is_tcp => None,
            Header::TcpFlags(mask) => {
                let is_set = self.flags(packet)? & mask != 0;
                Some(Datum::Integer(is_set.into()))
            }
            Header::Options => match self.options(packet)? {
                [] => None,
                options => Some(options::value(options)?),
            },
            Header::Option(part) => part.value(self.options(packet)?)?,
            Header::Ipv4Source | Header::Ipv4Destination if self.is_v6 => None,
            Header::Ipv6Source | Header::Ipv6Destination if !self.is_v6 => None,
            Header::Ipv4Source => Some(ipv4(packet, ETHERNET + 12)?),
            Header::Ipv4Destination => Some(ipv4(packet, ETHERNET + 16)?),
            Header::Ipv6Source => Some(ipv6(packet, ETHERNET + 8)?),
            Header::Ipv6Destination => Some(ipv6(packet, ETHERNET + 24)?),
            Header::Bits(layer, at, length, shift, mask, times) => match self.start(layer) {
                None => None,
                Some(start) => {
                    let from = start + usize::from(at);
                    let read = packet.get(from..from + usize::from(length))?;
                    let number = read
                        .iter()
                        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
                    let number = (number >> shift & u64::from(mask)) * u64::from(times);
                    Some(Datum::Integer(number.into()))
                }
            },
            _ => None,
        })
    }

    /// Returns the value of a field that depends on the record of the conversation; the outer none is for a packet that must
    /// be dissected.
    pub fn flow_value(
        &self,
        field: FlowField,
        packet: &[u8],
        record: &PacketRecord,
        flow: &FlowRead,
    ) -> Option<Option<Datum<'static>>> {
        let layer = match field {
            FlowField::Stream(layer) | FlowField::TimeSinceFirst(layer) => layer,
            _ => Layer::Tcp,
        };
        if self.start(layer).is_none() {
            return Some(None);
        }
        let u32_at = |at: usize| {
            let bytes = packet.get(self.transport + at..)?.first_chunk()?;
            Some(u32::from_be_bytes(*bytes))
        };
        let relative = |base: Option<u32>, number: u32| number.wrapping_sub(base.unwrap_or(0));
        let flags = || self.flags(packet).map(TcpFlags);
        let has_counter = || Some(flow.accurate_ecn && !flags()?.syn());
        let integer = |number: u32| Datum::Integer(number.into());
        Some(match field {
            FlowField::Seq => Some(integer(relative(flow.base_seq, u32_at(4)?))),
            FlowField::NextSeq => {
                let control = flags()?.any(TcpFlags::SYN | TcpFlags::FIN);
                let counted = self.payload as u32 + u32::from(control);
                let seq = relative(flow.base_seq, u32_at(4)?);
                Some(integer(seq.wrapping_add(counted)))
            }
            FlowField::Ack => {
                let base = flow.base_ack.filter(|_| flags().is_some_and(TcpFlags::ack));
                Some(integer(relative(base, u32_at(8)?)))
            }
            FlowField::Window => {
                let window = u32_at(12)? & 0xffff;
                Some(integer(flow.window_scale.apply(flags()?, window as u16)))
            }
            FlowField::WindowFactor if flags()?.syn() => None,
            FlowField::WindowFactor => Some(Datum::Integer(flow.window_scale.factor().into())),
            FlowField::EcnFlag(_) if has_counter()? => None,
            FlowField::EcnFlag(mask) => Some(integer((flags()?.0 & mask != 0).into())),
            FlowField::EcnCounter if !has_counter()? => None,
            FlowField::EcnCounter => Some(integer(flags()?.ace().into())),
            FlowField::Completeness => Some(integer(flow.completeness.into())),
            FlowField::Stream(_) => flow.stream.map(integer),
            FlowField::TimeSinceFirst(Layer::Udp) if self.payload == 0 => None,
            FlowField::TimeSinceFirst(_) => {
                let since = record.order_ns.saturating_sub(flow.first_ns);
                Some(Datum::Span(since.into()))
            }
        })
    }

    /// Whether the packet has this layer.
    pub fn has(&self, layer: Layer) -> bool {
        self.start(layer).is_some()
    }

    /// Returns where a layer begins, if the packet has it.
    fn start(&self, layer: Layer) -> Option<usize> {
        match layer {
            Layer::Ethernet => Some(0),
            Layer::Ipv4 => (!self.is_v6).then_some(ETHERNET),
            Layer::Ipv6 => self.is_v6.then_some(ETHERNET),
            Layer::Tcp => self.is_tcp.then_some(self.transport),
            Layer::Udp => (!self.is_tcp).then_some(self.transport),
        }
    }

    /// Returns the flags of TCP, with the reserved bits.
    fn flags(&self, packet: &[u8]) -> Option<u16> {
        let bytes = packet.get(self.transport + 12..)?.first_chunk()?;
        Some(u16::from_be_bytes(*bytes) & 0x0fff)
    }

    /// Returns where the payload of TCP begins.
    fn payload_at(&self, packet: &[u8]) -> Option<usize> {
        let words = packet.get(self.transport + 12)? >> 4;
        Some(self.transport + usize::from(words) * 4)
    }

    /// Returns the options of TCP.
    fn options<'a>(&self, packet: &'a [u8]) -> Option<&'a [u8]> {
        packet.get(self.transport + TCP..self.payload_at(packet)?)
    }
}

fn bytes(packet: &[u8], from: usize, to: usize) -> Option<Datum<'_>> {
    Some(Datum::Bytes(Cow::Borrowed(packet.get(from..to)?)))
}

fn ipv4(packet: &[u8], at: usize) -> Option<Datum<'static>> {
    let octets: [u8; 4] = *packet.get(at..)?.first_chunk()?;
    Some(Datum::Ipv4(Ipv4Addr::from(octets), 32))
}

fn ipv6(packet: &[u8], at: usize) -> Option<Datum<'static>> {
    let octets: [u8; 16] = *packet.get(at..)?.first_chunk()?;
    Some(Datum::Ipv6(Ipv6Addr::from(octets), 128))
}

impl Layout {
    /// Returns the layout of a usual packet.
    pub fn of(record: &PacketRecord, packet: &[u8]) -> Option<Layout> {
        let u16_at = |at: usize| Some(u16::from_be_bytes(*packet.get(at..)?.first_chunk()?));
        let (is_v6, protocol, length, transport) = match u16_at(12)? {
            0x0800 => {
                let fragment = u16_at(ETHERNET + 6)? & 0x3fff != 0;
                let is_usual = packet.get(ETHERNET) == Some(&0x45) && !fragment;
                let length = usize::from(u16_at(ETHERNET + 2)?);
                is_usual.then_some(())?;
                (false, *packet.get(ETHERNET + 9)?, length, ETHERNET + IPV4)
            }
            0x86dd => {
                let length = usize::from(u16_at(ETHERNET + 4)?);
                let is_usual = packet.get(ETHERNET)? >> 4 == 6 && length > 0;
                is_usual.then_some(())?;
                let length = IPV6 + length;
                (true, *packet.get(ETHERNET + 6)?, length, ETHERNET + IPV6)
            }
            _ => return None,
        };
        if ETHERNET + length > record.original as usize {
            return None;
        }
        let (is_tcp, header) = match protocol {
            6 => (true, usize::from(packet.get(transport + 12)? >> 4) * 4),
            17 => (false, UDP),
            _ => return None,
        };
        let whole = ETHERNET + length;
        let payload = whole.checked_sub(transport + header)?;
        let is_whole =
            header >= if is_tcp { TCP } else { UDP } && packet.len() >= transport + header;
        let is_plain = is_tcp
            || usize::from(u16_at(transport + 4)?) == UDP + payload
                && [u16_at(transport)?, u16_at(transport + 2)?]
                    .iter()
                    .min()
                    .is_some_and(|port| PLAIN_PORTS.contains(port));
        (is_whole && is_plain).then_some(Layout {
            is_v6,
            is_tcp,
            transport,
            payload,
            end: whole.min(packet.len()),
            has_more: packet.len().max(record.original as usize) > whole,
        })
    }
}
