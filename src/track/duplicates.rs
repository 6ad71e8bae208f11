//! Packets that were captured twice: a mirror port that copies what comes and what goes, an interface that is captured
//! beside the bridge that it belongs to, a router that is captured on both sides. They are not retransmissions.
//!
//! Two packets are the same if their network and transport layers are, apart from what changes on the way: TTL or hop
//! limit and the header's checksum; what lies below, MAC addresses and VLAN tags, is not looked at. Of each packet a print
//! of 64 bits is remembered for a while, so that a packet costs one look at one place.

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

/// Bytes of a datagram that are compared, at its beginning and at its end. Its checksum covers the others.
const SAMPLE: usize = 64;

const IPV4: usize = 20;
const IPV6: usize = 40;
const TCP: usize = 20;
const UDP: usize = 8;

/// The packets that were captured last.
pub struct Duplicates {
    /// They take turns in these places.
    recent: Box<[Recent; REMEMBERED]>,
    /// How many have been remembered when the last one of each chain was; 0 for none.
    chains: Box<[u32; CHAINS]>,
    /// How many have been remembered.
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
            count: 0,
            seeds: [0_u8, 1].map(|seed| random.hash_one(seed)),
        }
    }
}

impl Duplicates {
    /// Remembers a packet; gives back the last one that is the same. `bytes` are those of the whole packet.
    #[inline]
    pub fn add(&mut self, packet: u32, flow: &Flow, bytes: &[u8]) -> Option<Earlier> {
        let (print, identified) = self.print(flow, bytes)?;
        self.count = self.count.wrapping_add(1).max(1);
        let now = self.count;
        let chain = &mut self.chains[print as usize % CHAINS];
        let before = std::mem::replace(chain, now);
        let place = |at: u32| at as usize % REMEMBERED;
        let mut at = before;
        let mut found = None;
        while at > 0 && (now.wrapping_sub(at) as usize) < REMEMBERED {
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

    /// What a packet has of its own, and whether it has an IP identification. None where its headers do not lie in it as
    /// they do in nearly all packets.
    #[inline]
    fn print(&self, flow: &Flow, bytes: &[u8]) -> Option<(u64, bool)> {
        let length = match &flow.transport {
            Transport::Tcp(segment) if segment.short => return None,
            Transport::Tcp(segment) => usize::from(segment.header),
            Transport::Udp => UDP,
        };
        if flow.payload.source != 0 {
            return None;
        }
        let (start, end) = (flow.payload.start as usize, flow.payload.end as usize);
        let (network, transport) = bytes
            .get(..end)?
            .split_at_checked(start.checked_sub(length)?)?;
        let (network, identified) = match flow.source {
            IpAddr::V4(_) => self.ipv4(network)?,
            IpAddr::V6(_) => (self.ipv6(network)?, false),
        };
        let transport = match &flow.transport {
            Transport::Tcp(_) => self.tcp(transport)?,
            Transport::Udp => self.udp(transport)?,
        };
        Some((self.fold(network, transport), identified))
    }

    /// RFC 791, section 3.1. Headers with options are looked for in front of the usual length.
    #[inline]
    fn ipv4(&self, before: &[u8]) -> Option<(u64, bool)> {
        let header = match before.last_chunk::<IPV4>() {
            Some(header) if header.first() == Some(&0x45) => header,
            _ => Self::ipv4_with_options(before)?,
        };
        let (first, rest) = header.split_first_chunk::<8>()?;
        let (_, addresses) = rest.split_first_chunk::<4>()?;
        let addresses = u64::from_ne_bytes(*addresses.first_chunk()?);
        let identified = first.get(4..6) != Some(&[0, 0]);
        Some((self.fold(u64::from_ne_bytes(*first), addresses), identified))
    }

    #[cold]
    fn ipv4_with_options(before: &[u8]) -> Option<&[u8; IPV4]> {
        (6..=15_u8).find_map(|words| {
            let begin = before.len().checked_sub(4 * usize::from(words))?;
            let header = before.get(begin..)?.first_chunk::<IPV4>()?;
            (header.first() == Some(&(0x40 | words))).then_some(header)
        })
    }

    /// RFC 8200, section 3. Extension headers are not looked through: what is behind them is compared by its last 40
    /// bytes.
    #[inline]
    fn ipv6(&self, before: &[u8]) -> Option<u64> {
        let (words, _) = before.last_chunk::<IPV6>()?.as_chunks::<8>();
        let [first, source, host, destination, other] = words else {
            return None;
        };
        // The hop limit is the last byte of these.
        let first = u64::from_be_bytes(*first) >> 8;
        let number = |word: &[u8; 8]| u64::from_ne_bytes(*word);
        let addresses = self.fold(number(source), number(host));
        let addresses = addresses ^ self.fold(number(destination), number(other)).rotate_left(1);
        Some(self.fold(first, addresses))
    }

    /// RFC 9293, section 3.1. The checksum stands for options and data, where there is one.
    #[inline]
    fn tcp(&self, bytes: &[u8]) -> Option<u64> {
        let (header, rest) = bytes.split_first_chunk::<TCP>()?;
        let (first, header) = header.split_first_chunk::<8>()?;
        let (second, last) = header.split_first_chunk::<8>()?;
        let last: [u8; 4] = last.try_into().ok()?;
        let [a, b, ..] = last;
        let print = self.fold(u64::from_ne_bytes(*first), u64::from_ne_bytes(*second));
        let print = print ^ u64::from(u32::from_ne_bytes(last));
        match [a, b] {
            [0, 0] => Some(self.all(print, rest)),
            _ => Some(print),
        }
    }

    /// RFC 768. Where the checksum is left to the network card, all datagrams of a length have the same.
    #[inline]
    fn udp(&self, bytes: &[u8]) -> Option<u64> {
        let (header, data) = bytes.split_first_chunk::<UDP>()?;
        let first = data.get(..SAMPLE).unwrap_or(data);
        let last = data.last_chunk::<SAMPLE>().map_or(&[][..], |last| last);
        let print = self.all(u64::from_ne_bytes(*header), first);
        Some(self.all(print, last))
    }

    fn all(&self, print: u64, bytes: &[u8]) -> u64 {
        let (words, rest) = bytes.as_chunks::<8>();
        let mut last = [0; 8];
        last.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
        let words = words.iter().chain([&last]);
        words.fold(print, |print, word| {
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
