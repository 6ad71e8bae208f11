//! Packets that were captured twice: a mirror port that copies what comes and what goes, an interface that is captured
//! beside the bridge that it belongs to, a router that is captured on both sides. They are not retransmissions.
//!
//! Two packets are the same if their network and transport layers are, apart from what changes on the way: TTL or hop
//! limit and the header's checksum; what lies below, MAC addresses and VLAN tags, is not looked at. Of each packet a print
//! of 64 bits is remembered for a while, made of what tells it from others of its conversation: the IP identification, the
//! numbers, flags and window of TCP, the checksum, which stands for all the rest.

use dissectors::{Flow, Transport};
use foldhash::fast::RandomState;
use std::{hash::BuildHasher, net::IpAddr};

/// Packets that are remembered, 16 KiB. A copy comes right behind its original, or a few packets later.
const REMEMBERED: usize = 1 << 10;

/// Chains that they stand in, by their prints.
const CHAINS: usize = 1 << 11;

/// Without an IP identification two packets are the same if they are no further apart, nanoseconds.
const UNIDENTIFIED_NS: u64 = 1_000_000;

/// With one, a sender that gives all its packets the same retransmits no sooner, nanoseconds: Linux's TCP_RTO_MIN.
const IDENTIFIED_NS: u64 = 200_000_000;

/// Bytes of a datagram that are compared at its beginning, and at its end.
const FIRST: usize = 48;
const LAST: usize = 16;

const IPV4: usize = 20;
const TCP: usize = 20;
const UDP: usize = 8;

/// The packets that were captured last.
pub struct Duplicates {
    /// They take turns in these places.
    recent: Box<[Recent; REMEMBERED]>,
    /// The count at which the last one of each chain was remembered.
    chains: Box<[u32; CHAINS]>,
    /// How many have been remembered. It does not begin at 0, so that nothing seems to have been.
    count: u32,
    /// Chosen afresh in every run: the packets are chosen by whoever sends them.
    seeds: [u64; 2],
}

/// A packet that was captured.
#[derive(Clone, Copy, Debug, Default)]
struct Recent {
    print: u64,
    packet: u32,
    /// The one before it in its chain, as [`Duplicates::chains`] has it.
    before: u32,
}

/// An earlier packet that is the same as another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Its number.
    pub packet: u32,
    /// Both have the same IP identification.
    identified: bool,
}

impl Earlier {
    /// Whether the other one, which came so much later, is the same packet captured twice; nanoseconds.
    pub fn is_captured_again(self, later_ns: i64) -> bool {
        let apart = later_ns.unsigned_abs();
        match self.identified {
            true => apart < IDENTIFIED_NS,
            false => apart <= UNIDENTIFIED_NS,
        }
    }
}

impl Default for Duplicates {
    fn default() -> Self {
        let random = RandomState::default();
        Duplicates {
            recent: Box::new([Recent::default(); REMEMBERED]),
            chains: Box::new([0; CHAINS]),
            count: REMEMBERED as u32,
            seeds: [0_u8, 1].map(|seed| random.hash_one(seed)),
        }
    }
}

impl Duplicates {
    /// Remembers a packet; gives back the last one with the same print. Whether both are of one conversation and direction
    /// is not known here. `bytes` are those of the whole packet.
    #[inline]
    pub fn add(&mut self, packet: u32, flow: &Flow, bytes: &[u8]) -> Option<Earlier> {
        let (print, identified) = match &flow.transport {
            Transport::Tcp(segment) => self.tcp(flow, segment.header.into(), bytes)?,
            Transport::Udp => self.udp(flow, bytes)?,
        };
        self.count = self.count.wrapping_add(1);
        let now = self.count;
        let chain = &mut self.chains[print as usize % CHAINS];
        let before = std::mem::replace(chain, now);
        let place = |at: u32| at as usize % REMEMBERED;
        let mut at = before;
        let mut found = None;
        while now.wrapping_sub(at) < REMEMBERED as u32 {
            let earlier = &self.recent[place(at)];
            if earlier.print == print {
                found = Some(Earlier {
                    packet: earlier.packet,
                    identified,
                });
                break;
            }
            at = earlier.before;
        }
        self.recent[place(now)] = Recent {
            print,
            packet,
            before,
        };
        found
    }

    /// What a segment has of its own, and whether it has an IP identification: RFC 9293, section 3.1. The checksum stands
    /// for options and data, where there is one. Addresses and ports are not part of it: the conversation is. None where
    /// the headers do not lie in the packet as they do in nearly all.
    #[inline]
    fn tcp(&self, flow: &Flow, length: usize, bytes: &[u8]) -> Option<(u64, bool)> {
        let headers = headers::<{ IPV4 + TCP }>(flow, length, bytes)?;
        let id = id(flow, headers[0], [headers[4], headers[5]], length, bytes)?;
        let word = |at: usize| {
            headers[at..]
                .first_chunk()
                .map(|word| u64::from_ne_bytes(*word))
        };
        let (numbers, last) = (word(IPV4 + 4)?, word(IPV4 + 12)?);
        let print = self.fold(numbers, last ^ u64::from(id) << 48);
        match [headers[IPV4 + 16], headers[IPV4 + 17]] {
            [0, 0] => Some((self.without_checksum(print, flow, length, bytes), id != 0)),
            _ => Some((print, id != 0)),
        }
    }

    #[cold]
    fn without_checksum(&self, print: u64, flow: &Flow, length: usize, bytes: &[u8]) -> u64 {
        let (start, end) = (flow.payload.start as usize, flow.payload.end as usize);
        let behind = bytes.get(start + TCP - length..end);
        self.all(print, behind.unwrap_or_default())
    }

    /// The same of a datagram: RFC 768. Where the checksum is left to the network card, all of a length have the same.
    fn udp(&self, flow: &Flow, bytes: &[u8]) -> Option<(u64, bool)> {
        let headers = headers::<{ IPV4 + UDP }>(flow, UDP, bytes)?;
        let id = id(flow, headers[0], [headers[4], headers[5]], UDP, bytes)?;
        let own = u64::from_ne_bytes(*headers.last_chunk()?);
        let data = flow.payload.of(bytes)?;
        let print = self.fold(own, id.into());
        let print = self.all(print, data.get(..FIRST).unwrap_or(data));
        let last = data.last_chunk::<LAST>().map_or(&[][..], |last| last);
        Some((self.all(print, last), id != 0))
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

    /// As foldhash mixes two numbers.
    #[inline]
    fn fold(&self, a: u64, b: u64) -> u64 {
        let [x, y] = self.seeds;
        let product = u128::from(a ^ x) * u128::from(b ^ y);
        product as u64 ^ (product >> 64) as u64
    }
}

/// What stands in a packet before the payload: the last bytes of the network layer, as many as an IPv4 header without
/// options has, and the transport layer, which is so long, or as much of it as is asked for.
#[inline]
fn headers<'a, const LENGTH: usize>(
    flow: &Flow,
    transport: usize,
    bytes: &'a [u8],
) -> Option<&'a [u8; LENGTH]> {
    let begin = (flow.payload.start as usize).wrapping_sub(transport + IPV4);
    let headers = bytes.get(begin..)?.first_chunk();
    headers.filter(|_| flow.payload.source == 0)
}

/// The identification, 0 for none: RFC 791, section 3.1. These are the first byte of the header and the two of the
/// identification where it has no options.
#[inline]
fn id(flow: &Flow, first: u8, id: [u8; 2], transport: usize, bytes: &[u8]) -> Option<u16> {
    match flow.source {
        IpAddr::V6(_) => Some(0),
        IpAddr::V4(_) if first == 0x45 => Some(u16::from_ne_bytes(id)),
        IpAddr::V4(_) => id_before_options(bytes.get(..flow.payload.start as usize - transport)?),
    }
}

/// The identification in an IPv4 header with options that ends these bytes.
#[cold]
fn id_before_options(before: &[u8]) -> Option<u16> {
    (6..=15_u8).find_map(|words| {
        let begin = before.len().checked_sub(4 * usize::from(words))?;
        let header = before.get(begin..)?.first_chunk::<6>()?;
        let id = u16::from_ne_bytes([header[4], header[5]]);
        (header[0] == 0x40 | words).then_some(id)
    })
}
