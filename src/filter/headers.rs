//! What is known of packets without dissecting them: the header fields of usual packets, which are TCP or UDP in IP in
//! Ethernet with nothing unusual in any header, and which application protocols they cannot have. That decides most
//! filters, for most packets, in a fraction of a microsecond.

use super::{
    Filter,
    eval::{FrameData, Given, Knowledge, Occurrence},
    reach::{Absent, Reach},
    value::Datum,
};
use crate::store::{Contents, PacketRecord};
use dissectors::{LinkType, Value, by_name};
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

/// A field that can be read from the headers of a usual packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    FrameNumber,
    FrameLength,
    CapturedLength,
    Time,
    TimeOfEpoch,
    TimeSinceFirst,
    TimeSincePrevious,
    TimeSinceDisplayed,
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
    /// The payload's length, and the payload.
    TcpLength,
    TcpPayload,
    /// A number of bytes at an offset in the header of this layer, shifted right, masked, multiplied.
    Bits(Layer, u8, u8, u8, u32, u8),
    /// A field of an application protocol, with its number in [`Reach`].
    Above(u8),
    /// A field of another layer down to the transport layer, which usual packets do not have.
    Elsewhere,
    /// A field of the analysis of a TCP segment.
    Analysis,
    /// A field of the capture or of the conversation.
    Recorded,
    /// A field that must be dissected.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Ethernet,
    Ipv4,
    Ipv6,
    Tcp,
    Udp,
}

/// Returns how a field is read.
fn header(name: &str, reach: &mut Reach) -> Header {
    use Layer::{Ipv4, Ipv6, Tcp, Udp};
    let bits = |layer, at, length, shift, mask| Header::Bits(layer, at, length, shift, mask, 1);
    let flag = |bit: u8| bits(Tcp, 12, 2, bit, 1);
    match name {
        "frame" => Header::Frame,
        "frame.number" => Header::FrameNumber,
        "frame.len" => Header::FrameLength,
        "frame.cap_len" => Header::CapturedLength,
        "frame.time" => Header::Time,
        "frame.time_epoch" => Header::TimeOfEpoch,
        "frame.time_delta" => Header::TimeSincePrevious,
        "frame.time_delta_displayed" => Header::TimeSinceDisplayed,
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
        "tcp.payload" => Header::TcpPayload,
        "udp" => Header::Udp,
        "udp.srcport" => bits(Udp, 0, 2, 0, 0xffff),
        "udp.dstport" => bits(Udp, 2, 2, 0, 0xffff),
        "udp.length" => bits(Udp, 4, 2, 0, 0xffff),
        "udp.checksum" => bits(Udp, 6, 2, 0, 0xffff),
        "frame.protocols" => Header::Other,
        name => match protocol(name) {
            _ if name.starts_with("tcp.analysis") => Header::Analysis,
            "eth" | "ip" | "ipv6" | "tcp" | "udp" => Header::Other,
            "frame" | "conversation" => Header::Recorded,
            other if is_lower(other) => Header::Elsewhere,
            _ => match reach.number(name) {
                Some(number) => Header::Above(number),
                None => Header::Other,
            },
        },
    }
}

/// Returns the protocol that a field's name begins with.
fn protocol(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Whether it is the protocol of a layer down to the transport layer.
fn is_lower(protocol: &str) -> bool {
    by_name(protocol).is_some_and(|it| it.layer.carries())
}

/// How the fields of a filter are read from usual packets.
#[derive(Clone)]
pub(super) struct Headers {
    fields: Vec<Header>,
    pub reach: Reach,
}

/// What the store knows of a packet.
#[derive(Clone, Copy)]
pub(super) struct RecordRead {
    number: u32,
    pub record: PacketRecord,
    /// When the capture began, and when the packet before this one came, nanoseconds since the epoch.
    began_ns: i64,
    previous_ns: i64,
    /// It is in Ethernet, without a frame check sequence.
    is_ethernet: bool,
    /// The application protocols that its conversation cannot show.
    absent: Absent,
}

impl RecordRead {
    /// Returns none for a packet that was evicted.
    pub fn of(contents: &Contents, number: u32, reach: &Reach) -> Option<Self> {
        let record = *contents.packets.get(number)?;
        let interface = contents.interfaces.get(usize::from(record.interface()));
        let is_ethernet = interface.is_some_and(|interface| {
            LinkType(interface.link_type) == LinkType::ETHERNET && interface.fcs_length.is_none()
        });
        let previous = number.checked_sub(1);
        let previous = previous.and_then(|at| contents.packets.get(at));
        Some(RecordRead {
            number,
            record,
            began_ns: contents.began_ns(),
            previous_ns: previous.map_or(record.time_ns, |previous| previous.time_ns),
            is_ethernet,
            absent: match is_ethernet {
                true => reach.absent_in(contents, &record),
                false => Absent::NONE,
            },
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
    pub fn of(filter: &Filter) -> Self {
        let mut reach = Reach::default();
        let fields = filter.needs.iter().map(|name| header(name, &mut reach));
        Headers {
            fields: fields.collect(),
            reach,
        }
    }

    /// Whether the time of the packet that was displayed last matters.
    pub fn need_displayed(&self) -> bool {
        self.fields.contains(&Header::TimeSinceDisplayed)
    }

    /// Whether there are fields of application protocols.
    pub fn need_above(&self) -> bool {
        self.reach.is_needed()
    }

    /// Whether there are fields of the capture or the conversation.
    pub fn need_record(&self) -> bool {
        self.fields.contains(&Header::Recorded)
    }

    /// Whether a field is needed that only messages show, besides those of application protocols.
    pub fn need_messages(&self, filter: &Filter) -> bool {
        let mut fields = self.fields.iter().zip(&filter.needs);
        fields.any(|(field, name)| *field == Header::Other && !is_below(name))
    }
}

/// Whether a field is one of the layers down to the transport layer, and does not depend on messages.
fn is_below(name: &str) -> bool {
    const OF_MESSAGES: [&str; 3] = ["tcp.segment", "tcp.reassembled", "tcp.pdu"];
    let protocol = protocol(name);
    (protocol == "mptcp" || is_lower(protocol))
        && !OF_MESSAGES.iter().any(|part| name.starts_with(part))
}

/// A packet of which only this is known.
pub(super) struct HeadersRead<'a> {
    fields: &'a [Header],
    names: &'a [&'static str],
    read: &'a RecordRead,
    packet: &'a [u8],
    /// None for a packet that is not usual.
    layout: Option<Layout>,
    /// The application protocols that it cannot have.
    pub absent: Absent,
    /// Whether it is known to have no analysis.
    pub has_no_analysis: bool,
    /// When the packet that was displayed last came.
    displayed_ns: Option<i64>,
    /// The fields of the capture and of the conversation.
    pub recorded: Option<&'a FrameData>,
}

impl<'a> HeadersRead<'a> {
    pub fn new(
        (headers, filter): (&'a Headers, &'a Filter),
        read: &'a RecordRead,
        packet: &'a [u8],
        displayed_ns: Option<i64>,
    ) -> Self {
        let layout = match read.is_ethernet {
            true => layout(&read.record, packet),
            false => None,
        };
        let absent = match &layout {
            None => Absent::NONE,
            Some(layout) if layout.is_tcp && layout.payload == 0 => Absent::ALL,
            Some(_) => read.absent,
        };
        HeadersRead {
            fields: &headers.fields,
            names: &filter.needs,
            read,
            packet,
            has_no_analysis: layout.as_ref().is_some_and(|layout| !layout.is_tcp),
            layout,
            absent,
            displayed_ns,
            recorded: None,
        }
    }

    /// Whether it is a usual packet.
    pub fn is_usual(&self) -> bool {
        self.layout.is_some()
    }

    /// Whether it is known not to have any of the fields of application protocols.
    pub fn has_none_above(&self) -> bool {
        let mut above = self.fields.iter().filter_map(|field| match field {
            Header::Above(number) => Some(*number),
            _ => None,
        });
        self.is_usual() && above.all(|number| self.absent.has(number))
    }

    /// Whether its analysis may decide.
    pub fn lacks_analysis(&self) -> bool {
        self.is_usual() && !self.has_no_analysis && self.fields.contains(&Header::Analysis)
    }

    /// Returns the values of a field of the capture or the conversation.
    fn recorded(&self, at: usize) -> impl Iterator<Item = &'a Value> {
        let name = self.names.get(at).copied().unwrap_or_default();
        let fields = self.recorded.map_or(&[][..], |recorded| &recorded.fields);
        let own = fields.iter().filter(move |(known, _)| *known == name);
        own.map(|(_, value)| value)
    }

    /// Returns a field's value; none if it does not have it, or that is not known.
    fn value(&self, field: Header) -> Option<Datum<'a>> {
        let record = &self.read.record;
        let since = |ns: i64| Datum::Span(record.time_ns.saturating_sub(ns).into());
        Some(match field {
            Header::FrameNumber => Datum::Integer(self.read.number.into()),
            Header::FrameLength => Datum::Integer(record.original.into()),
            Header::CapturedLength => Datum::Integer(record.captured.into()),
            Header::Time => Datum::Time(record.time_ns.into()),
            Header::TimeOfEpoch => Datum::Span(record.time_ns.into()),
            Header::TimeSinceFirst => since(self.read.began_ns),
            Header::TimeSincePrevious => since(self.read.previous_ns),
            Header::TimeSinceDisplayed => since(self.displayed_ns.unwrap_or(record.time_ns)),
            field => self.layout.as_ref()?.value(field, self.packet)??,
        })
    }
}

impl Given for HeadersRead<'_> {
    fn knowledge(&self, at: usize) -> Knowledge {
        let Some(field) = self.fields.get(at) else {
            return Knowledge::Unknown;
        };
        let layout = self.layout.as_ref();
        match field {
            Header::Other => Knowledge::Unknown,
            Header::Recorded if self.recorded.is_some() => Knowledge::All,
            Header::Recorded => Knowledge::Unknown,
            Header::Elsewhere if layout.is_some() => Knowledge::Absent,
            Header::Elsewhere => Knowledge::Unknown,
            Header::Above(number) if self.absent.has(*number) => Knowledge::Absent,
            Header::Analysis if self.has_no_analysis => Knowledge::Absent,
            Header::Above(_) | Header::Analysis => Knowledge::Unknown,
            Header::FrameNumber
            | Header::FrameLength
            | Header::CapturedLength
            | Header::Time
            | Header::TimeOfEpoch
            | Header::TimeSinceFirst
            | Header::TimeSincePrevious
            | Header::TimeSinceDisplayed => Knowledge::Values,
            Header::MacBoth if layout.is_some() => Knowledge::Values,
            field => match layout.and_then(|layout| layout.value(*field, self.packet)) {
                None => Knowledge::Unknown,
                Some(None) => Knowledge::Absent,
                Some(Some(_)) => Knowledge::Values,
            },
        }
    }

    fn any(&self, at: usize, holds: &mut dyn FnMut(&Occurrence) -> bool) -> bool {
        let Some(field) = self.fields.get(at) else {
            return false;
        };
        let mut holds = |occurrence: Occurrence| holds(&occurrence);
        if *field == Header::Recorded {
            return self.recorded(at).any(|value| holds(Occurrence::of(value)));
        }
        let mut holds = |value| holds(Occurrence::first(value));
        match field {
            Header::MacBoth => {
                let mut both = [Header::MacDestination, Header::MacSource].into_iter();
                both.any(|field| self.value(field).is_some_and(&mut holds))
            }
            field => self.value(*field).is_some_and(holds),
        }
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
            Header::TcpPayload if !self.is_tcp => None,
            Header::TcpPayload => {
                let header = usize::from(packet.get(self.transport + 12)? >> 4) * 4;
                // Other options may be malformed: then the payload is not read.
                const NO_OPERATION: u8 = 1;
                const TIMESTAMP: [u8; 4] = [NO_OPERATION, NO_OPERATION, 8, 10];
                let options = packet.get(self.transport + TCP..self.transport + header)?;
                let is_plain = match options.len() {
                    0 => true,
                    12 => options.starts_with(&TIMESTAMP),
                    _ => false,
                };
                is_plain.then_some(())?;
                let payload = packet.get(self.transport + header..self.end)?;
                // That of a reset is its cause: RFC 9293, section 3.5.3.
                let is_reset = packet.get(self.transport + 13)? & 4 != 0;
                let is_there = !payload.is_empty() && !is_reset;
                is_there.then_some(Datum::Bytes(Cow::Borrowed(payload)))
            }
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
                .min()
                .is_some_and(|port| PLAIN_PORTS.contains(port));
    (is_whole && is_plain).then_some(Layout {
        is_v6,
        is_tcp,
        transport,
        payload,
        end: whole.min(packet.len()),
    })
}
