//! The header fields of usual packets, without dissecting them: TCP or UDP in IP in Ethernet, with nothing unusual in any
//! header. Most filters need no other fields, and a packet is then tested in a fraction of a microsecond.

use super::{Filter, eval::Occurrences, value::Datum};
use crate::store::{Contents, PacketRecord};
use dissectors::{LinkType, field_def};
use std::{
    borrow::Cow,
    net::{Ipv4Addr, Ipv6Addr},
};

const ETHERNET: usize = 14;
const IPV4: usize = 20;
const IPV6: usize = 40;
const TCP: usize = 20;
const UDP: usize = 8;

/// UDP ports whose datagrams carry no other network layer.
const PLAIN_PORTS: [u16; 8] = [53, 67, 68, 123, 443, 1900, 5353, 5355];

/// A field that can be read from the headers of a usual packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    FrameNumber,
    FrameLength,
    CapturedLength,
    Time,
    TimeSinceFirst,
    Frame,
    Ethernet,
    Ipv4,
    Ipv6,
    Tcp,
    Udp,
    MacSource,
    MacDestination,
    /// Both addresses, the destination first.
    MacBoth,
    Ipv4Source,
    Ipv4Destination,
    Ipv6Source,
    Ipv6Destination,
    /// The payload's length.
    TcpLength,
    /// A number of bytes at an offset in the header of this layer, shifted right, masked, multiplied.
    Bits(Layer, u8, u8, u8, u32, u8),
    /// A field of a protocol above: it is not in a packet without payload.
    Above,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Ethernet,
    Ipv4,
    Ipv6,
    Tcp,
    Udp,
}

/// Returns how a field is read; none if it must be dissected.
fn header(name: &str) -> Option<Header> {
    use Layer::{Ipv4, Ipv6, Tcp, Udp};
    let bits = |layer, at, length, shift, mask| Header::Bits(layer, at, length, shift, mask, 1);
    let flag = |bit: u8| bits(Tcp, 12, 2, bit, 1);
    Some(match name {
        "frame" => Header::Frame,
        "frame.number" => Header::FrameNumber,
        "frame.len" => Header::FrameLength,
        "frame.cap_len" => Header::CapturedLength,
        "frame.time" => Header::Time,
        "frame.time_relative" => Header::TimeSinceFirst,
        "eth" => Header::Ethernet,
        "eth.src" => Header::MacSource,
        "eth.dst" => Header::MacDestination,
        "eth.addr" => Header::MacBoth,
        "eth.type" => bits(Layer::Ethernet, 12, 2, 0, 0xffff),
        "ip" => Header::Ipv4,
        "ip.version" => bits(Ipv4, 0, 1, 4, 0xf),
        "ip.hdr_len" => Header::Bits(Ipv4, 0, 1, 0, 0xf, 4),
        "ip.dsfield" => bits(Ipv4, 1, 1, 0, 0xff),
        "ip.dsfield.dscp" => bits(Ipv4, 1, 1, 2, 0x3f),
        "ip.dsfield.ecn" => bits(Ipv4, 1, 1, 0, 3),
        "ip.len" => bits(Ipv4, 2, 2, 0, 0xffff),
        "ip.id" => bits(Ipv4, 4, 2, 0, 0xffff),
        "ip.flags" => bits(Ipv4, 6, 1, 5, 7),
        "ip.flags.rb" => bits(Ipv4, 6, 1, 7, 1),
        "ip.flags.df" => bits(Ipv4, 6, 1, 6, 1),
        "ip.flags.mf" => bits(Ipv4, 6, 1, 5, 1),
        "ip.ttl" => bits(Ipv4, 8, 1, 0, 0xff),
        "ip.proto" => bits(Ipv4, 9, 1, 0, 0xff),
        "ip.checksum" => bits(Ipv4, 10, 2, 0, 0xffff),
        "ip.src" => Header::Ipv4Source,
        "ip.dst" => Header::Ipv4Destination,
        "ipv6" => Header::Ipv6,
        "ipv6.version" => bits(Ipv6, 0, 1, 4, 0xf),
        "ipv6.plen" => bits(Ipv6, 4, 2, 0, 0xffff),
        "ipv6.nxt" => bits(Ipv6, 6, 1, 0, 0xff),
        "ipv6.hlim" => bits(Ipv6, 7, 1, 0, 0xff),
        "ipv6.src" => Header::Ipv6Source,
        "ipv6.dst" => Header::Ipv6Destination,
        "tcp" => Header::Tcp,
        "tcp.srcport" => bits(Tcp, 0, 2, 0, 0xffff),
        "tcp.dstport" => bits(Tcp, 2, 2, 0, 0xffff),
        "tcp.seq_raw" => bits(Tcp, 4, 4, 0, u32::MAX),
        "tcp.ack_raw" => bits(Tcp, 8, 4, 0, u32::MAX),
        "tcp.hdr_len" => Header::Bits(Tcp, 12, 1, 4, 0xf, 4),
        "tcp.flags" => bits(Tcp, 12, 2, 0, 0xfff),
        "tcp.flags.ae" => flag(8),
        "tcp.flags.cwr" => flag(7),
        "tcp.flags.ece" => flag(6),
        "tcp.flags.urg" => flag(5),
        "tcp.flags.ack" => flag(4),
        "tcp.flags.push" => flag(3),
        "tcp.flags.reset" => flag(2),
        "tcp.flags.syn" => flag(1),
        "tcp.flags.fin" => flag(0),
        "tcp.window_size_value" => bits(Tcp, 14, 2, 0, 0xffff),
        "tcp.checksum" => bits(Tcp, 16, 2, 0, 0xffff),
        "tcp.len" => Header::TcpLength,
        "udp" => Header::Udp,
        "udp.srcport" => bits(Udp, 0, 2, 0, 0xffff),
        "udp.dstport" => bits(Udp, 2, 2, 0, 0xffff),
        "udp.length" => bits(Udp, 4, 2, 0, 0xffff),
        "udp.checksum" => bits(Udp, 6, 2, 0, 0xffff),
        name => {
            let (protocol, _) = name.split_once('.').unwrap_or((name, ""));
            let is_above = field_def(protocol).is_some()
                && !BELOW.contains(&protocol)
                && !name.starts_with('_');
            return is_above.then_some(Header::Above);
        }
    })
}

/// Protocols whose fields may be in a TCP segment without payload.
const BELOW: [&str; 9] = [
    "frame",
    "eth",
    "vlan",
    "ip",
    "ipv6",
    "tcp",
    "udp",
    "mptcp",
    "conversation",
];

/// How the fields of a filter are read from usual packets.
pub(super) struct Headers {
    fields: Vec<Header>,
    /// Some of them are of protocols above TCP and UDP.
    has_above: bool,
}

/// What the store knows of a packet in Ethernet.
pub(super) struct RecordRead {
    number: u32,
    pub record: PacketRecord,
    /// When the capture began, nanoseconds since the epoch.
    began_ns: i64,
}

impl RecordRead {
    /// Returns none for a packet of another link, or with a frame check sequence.
    pub fn of(contents: &Contents, number: u32) -> Option<Self> {
        let record = *contents.packets.get(number)?;
        let interface = contents.interfaces.get(usize::from(record.interface()))?;
        let is_usual =
            LinkType(interface.link_type) == LinkType::ETHERNET && interface.fcs_length.is_none();
        is_usual.then_some(RecordRead {
            number,
            record,
            began_ns: contents.began_ns(),
        })
    }
}

/// Where the headers of a usual packet begin.
struct Layout {
    is_v6: bool,
    is_tcp: bool,
    transport: usize,
    /// The payload's length on the wire.
    payload: usize,
    /// Where the IP packet ends, as far as it was captured.
    end: usize,
}

impl Headers {
    /// Returns none if a field must be dissected.
    pub fn of(filter: &Filter) -> Option<Self> {
        let fields: Option<Vec<_>> = filter.needs.iter().map(|name| header(name)).collect();
        let fields = fields?;
        Some(Headers {
            has_above: fields.contains(&Header::Above),
            fields,
        })
    }

    /// Whether the filter holds for a packet; none if it must be dissected.
    pub fn holds(&self, filter: &Filter, read: &RecordRead, packet: &[u8]) -> Option<bool> {
        let record = &read.record;
        let layout = layout(record, packet)?;
        if self.has_above && !(layout.is_tcp && layout.payload == 0) {
            return None;
        }
        let mut found = Occurrences::empty(self.fields.len());
        for (at, field) in self.fields.iter().enumerate() {
            let mut add = |value| found.add(at, value);
            match field {
                Header::Above => {}
                Header::FrameNumber => add(Datum::Integer(read.number.into())),
                Header::FrameLength => add(Datum::Integer(record.original.into())),
                Header::CapturedLength => add(Datum::Integer(record.captured.into())),
                Header::Time => add(Datum::Time(record.time_ns.into())),
                Header::TimeSinceFirst => {
                    let since = record.time_ns.saturating_sub(read.began_ns);
                    add(Datum::Span(since.into()));
                }
                Header::MacBoth => {
                    add(bytes(packet, 0, 6)?);
                    add(bytes(packet, 6, 12)?);
                }
                field => {
                    if let Some(value) = layout.value(*field, packet)? {
                        add(value);
                    }
                }
            }
        }
        Some(filter.holds(&found, None))
    }
}

impl Layout {
    /// Returns a field's value, if the packet has that layer; the outer none is for a packet that is too short.
    fn value<'a>(&self, field: Header, packet: &'a [u8]) -> Option<Option<Datum<'a>>> {
        let start = |layer| match layer {
            Layer::Ethernet => Some(0),
            Layer::Ipv4 => (!self.is_v6).then_some(ETHERNET),
            Layer::Ipv6 => self.is_v6.then_some(ETHERNET),
            Layer::Tcp => self.is_tcp.then_some(self.transport),
            Layer::Udp => (!self.is_tcp).then_some(self.transport),
        };
        let part = |layer, from: usize, to: usize| match start(layer) {
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
            Header::Ipv4Source | Header::Ipv4Destination if self.is_v6 => None,
            Header::Ipv6Source | Header::Ipv6Destination if !self.is_v6 => None,
            Header::Ipv4Source => Some(ipv4(packet, ETHERNET + 12)?),
            Header::Ipv4Destination => Some(ipv4(packet, ETHERNET + 16)?),
            Header::Ipv6Source => Some(ipv6(packet, ETHERNET + 8)?),
            Header::Ipv6Destination => Some(ipv6(packet, ETHERNET + 24)?),
            Header::Bits(layer, at, length, shift, mask, times) => match start(layer) {
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

/// Returns the layout of a usual packet.
fn layout(record: &PacketRecord, packet: &[u8]) -> Option<Layout> {
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
    let is_whole = header >= if is_tcp { TCP } else { UDP } && packet.len() >= transport + header;
    let is_plain = is_tcp
        || usize::from(u16_at(transport + 4)?) == UDP + payload
            && [u16_at(transport)?, u16_at(transport + 2)?]
                .iter()
                .any(|port| PLAIN_PORTS.contains(port));
    (is_whole && is_plain).then_some(Layout {
        is_v6,
        is_tcp,
        transport,
        payload,
        end: whole.min(packet.len()),
    })
}
