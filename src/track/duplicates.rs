//! Packets that were captured twice: by a mirror port that copies both incoming and outgoing packets, on an interface
//! and the bridge that it belongs to, or on both sides of a router. They are not retransmissions.
//!
//! Two packets are the same if their network and transport layers are, except for the fields that change on the way:
//! TTL or hop limit and the header's checksum. The layers below, with MAC addresses and VLAN tags, are ignored. A
//! 64-bit print of each packet is remembered for a while. It is made of the fields that distinguish a packet from
//! others of its conversation: the IP identification, TCP's numbers, flags and window, and the checksum, which
//! represents all the rest.

use super::{ConversationId, Side};
use dissectors::{Flow, Transport};
use std::net::IpAddr;

/// Packets that are remembered. A copy comes immediately after its original, or a few packets later.
const REMEMBERED: usize = 1 << 10;

/// Without an IP identification, two packets are the same if they are at most this far apart, nanoseconds.
const UNIDENTIFIED_NS: u64 = 1_000_000;

/// With an IP identification, copies are less than this far apart, nanoseconds. A sender that gives all its packets the
/// same identification retransmits no sooner: Linux's TCP_RTO_MIN.
const IDENTIFIED_NS: u64 = 200_000_000;

/// Bytes of a datagram that are compared at its beginning and at its end.
const FIRST: usize = 48;
const LAST: usize = 16;

const IPV4: usize = 20;
const TCP: usize = 20;
const UDP: usize = 8;

/// The most recently captured packets.
pub(super) struct Duplicates {
    recent: Box<Recent>,
    /// How many packets have been remembered.
    count: usize,
}

/// Makes the prints of packets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Printer {
    /// Chosen at random in every run, because the senders choose the packets.
    pub seeds: [u64; 2],
}

/// The remembered packets, in a ring.
struct Recent {
    /// A part of each print: many of them are compared at once.
    parts: [u16; REMEMBERED],
    prints: [u64; REMEMBERED],
    senders: [(ConversationId, Side); REMEMBERED],
    times_ns: [i64; REMEMBERED],
}

/// A fingerprint that distinguishes a packet from others of its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print {
    number: u64,
    /// Whether the packet has an IP identification.
    identified: bool,
}

impl Print {
    /// Whether the packet has an IP identification.
    pub fn is_identified(self) -> bool {
        self.identified
    }

    fn part(self) -> u16 {
        let half = self.number ^ self.number >> 32;
        (half ^ half >> 16) as u16
    }
}

impl Default for Duplicates {
    fn default() -> Self {
        let no_sender = (ConversationId(u32::MAX), Side::Client);
        Duplicates {
            recent: Box::new(Recent {
                parts: [0; REMEMBERED],
                prints: [0; REMEMBERED],
                senders: [no_sender; REMEMBERED],
                times_ns: [0; REMEMBERED],
            }),
            count: 0,
        }
    }
}

impl Duplicates {
    /// Remembers a packet.
    #[inline]
    pub fn add(&mut self, print: Print, sender: (ConversationId, Side), time_ns: i64) {
        let place = self.count % REMEMBERED;
        self.count = self.count.wrapping_add(1);
        self.recent.parts[place] = print.part();
        self.recent.prints[place] = print.number;
        self.recent.senders[place] = sender;
        self.recent.times_ns[place] = time_ns;
    }

    /// Whether the same packet was captured a short time ago.
    #[inline(never)]
    pub fn has(&self, print: Print, sender: (ConversationId, Side), time_ns: i64) -> bool {
        const AT_ONCE: usize = 32;
        let Recent {
            parts,
            prints,
            senders,
            times_ns,
        } = &*self.recent;
        let is_same = |place: usize| {
            let apart = time_ns.abs_diff(times_ns[place]);
            prints[place] == print.number
                && senders[place] == sender
                && match print.identified {
                    true => apart < IDENTIFIED_NS,
                    false => apart <= UNIDENTIFIED_NS,
                }
        };
        let part = print.part();
        let some = parts.as_chunks::<AT_ONCE>().0;
        some.iter().enumerate().any(|(at, parts)| {
            let equal = parts.iter().map(|known| *known == part);
            equal.fold(false, |any, equal| any | equal)
                && (at * AT_ONCE..(at + 1) * AT_ONCE).any(is_same)
        })
    }
}

impl Printer {
    /// Returns the print of a packet whose headers are at their usual offsets, as in nearly all packets.
    #[inline]
    pub fn print(&self, flow: &Flow, packet: &[u8]) -> Option<Print> {
        match &flow.transport {
            Transport::Tcp(segment) => self.tcp(flow, segment.header.into(), packet),
            Transport::Udp => self.udp(flow, packet),
        }
    }

    /// RFC 9293, section 3.1. The checksum represents options and data, where there is one.
    #[inline]
    fn tcp(&self, flow: &Flow, length: usize, packet: &[u8]) -> Option<Print> {
        let headers = headers::<{ IPV4 + TCP }>(flow, length, packet)?;
        let id = id(flow, headers[0], [headers[4], headers[5]], length, packet)?;
        let word = |at: usize| {
            headers[at..]
                .first_chunk()
                .map(|word| u64::from_ne_bytes(*word))
        };
        let (numbers, last) = (word(IPV4 + 4)?, word(IPV4 + 12)?);
        let number = numbers ^ (last ^ u64::from(id) << 48).rotate_left(21);
        Some(Print {
            number: match [headers[IPV4 + 16], headers[IPV4 + 17]] {
                [0, 0] => self.without_checksum(number, flow, length, packet),
                _ => number,
            },
            identified: id != 0,
        })
    }

    #[cold]
    fn without_checksum(&self, print: u64, flow: &Flow, length: usize, packet: &[u8]) -> u64 {
        let (start, end) = (flow.payload.start as usize, flow.payload.end as usize);
        let behind = packet.get(start + TCP - length..end);
        self.all(print, behind.unwrap_or_default())
    }

    /// RFC 768. Where the checksum is left to the network card, all datagrams of the same length have the same one.
    fn udp(&self, flow: &Flow, packet: &[u8]) -> Option<Print> {
        let headers = headers::<{ IPV4 + UDP }>(flow, UDP, packet)?;
        let id = id(flow, headers[0], [headers[4], headers[5]], UDP, packet)?;
        let own = u64::from_ne_bytes(*headers.last_chunk()?);
        let data = flow.payload.of(packet)?;
        let print = self.fold(own, id.into());
        let print = self.all(print, data.get(..FIRST).unwrap_or(data));
        let last = data.last_chunk::<LAST>().map_or(&[][..], |last| last);
        Some(Print {
            number: self.all(print, last),
            identified: id != 0,
        })
    }

    fn all(&self, print: u64, bytes: &[u8]) -> u64 {
        let (words, rest) = bytes.as_chunks::<8>();
        let mut last = [0; 8];
        last.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
        let words = words.iter().chain([&last]);
        words.fold(print ^ bytes.len() as u64, |print, word| {
            self.fold(print, u64::from_ne_bytes(*word))
        })
    }

    /// Mixes two numbers as foldhash does.
    #[inline]
    fn fold(&self, a: u64, b: u64) -> u64 {
        let [x, y] = self.seeds;
        let product = u128::from(a ^ x) * u128::from(b ^ y);
        product as u64 ^ (product >> 64) as u64
    }
}

/// Returns the bytes before the payload: as many bytes at the end of the network layer as an IPv4 header without
/// options has, and the transport layer, of which at most the requested length is returned.
#[inline]
fn headers<'a, const LENGTH: usize>(
    flow: &Flow,
    transport: usize,
    packet: &'a [u8],
) -> Option<&'a [u8; LENGTH]> {
    let begin = (flow.payload.start as usize).wrapping_sub(transport + IPV4);
    let headers = packet.get(begin..)?.first_chunk();
    headers.filter(|_| flow.payload.source == 0)
}

/// Returns the identification, or 0 for none: RFC 791, section 3.1. The arguments are the first byte of the header and
/// the two of the identification where the header has no options.
#[inline]
fn id(flow: &Flow, first: u8, id: [u8; 2], transport: usize, packet: &[u8]) -> Option<u16> {
    match flow.source {
        IpAddr::V6(_) => Some(0),
        IpAddr::V4(_) if first == 0x45 => Some(u16::from_ne_bytes(id)),
        IpAddr::V4(_) => id_before_options(packet.get(..flow.payload.start as usize - transport)?),
    }
}

/// Returns the identification of an IPv4 header with options that ends these bytes.
#[cold]
fn id_before_options(before: &[u8]) -> Option<u16> {
    (6..=15_u8).find_map(|words| {
        let begin = before.len().checked_sub(4 * usize::from(words))?;
        let header = before.get(begin..)?.first_chunk::<6>()?;
        let id = u16::from_ne_bytes([header[4], header[5]]);
        (header[0] == 0x40 | words).then_some(id)
    })
}
