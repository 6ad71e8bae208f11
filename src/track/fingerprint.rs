//! What identifies the conversation of a packet, and the packet itself: computed when it is dissected, while its bytes
//! are in the cache of that processor.

use super::{
    Endpoint, Protocol,
    duplicates::{Print, Printer},
};
use dissectors::{
    Flow, Transport,
    checksum::{self, Verified},
};
use foldhash::fast::{FixedState, RandomState};
use std::{
    hash::{BuildHasher, Hasher},
    net::{IpAddr, Ipv4Addr},
};

/// The hash of the two endpoints of a conversation and of its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlowHash(u32);

impl FlowHash {
    /// Spreads it, because the table uses both its high and its low bits.
    #[inline]
    pub fn spread(self) -> u64 {
        u64::from(self.0) << 32 | u64::from(self.0)
    }
}

/// The fingerprint of one transport layer of a packet.
#[derive(Clone, Copy, Debug)]
pub struct Fingerprint {
    pub(super) hash: FlowHash,
    pub(super) print: Option<Print>,
    /// What its checksum says.
    pub(crate) checksum: Verified,
}

/// Makes fingerprints: each [`Tracker`](super::Tracker) has its own, with random seeds.
#[derive(Clone, Debug)]
pub struct Fingerprints {
    hasher: FixedState,
    printer: Printer,
}

impl Default for Fingerprints {
    fn default() -> Self {
        let random = RandomState::default();
        Fingerprints {
            hasher: FixedState::with_seed(random.hash_one(0_u8)),
            printer: Printer {
                seeds: [1_u8, 2].map(|seed| random.hash_one(seed)),
            },
        }
    }
}

impl Fingerprints {
    /// Returns the fingerprint of a transport layer of this packet.
    #[inline(always)]
    pub fn of(&self, flow: &Flow, packet: &[u8]) -> Fingerprint {
        let (from, to) = ends(flow);
        Fingerprint {
            hash: self.hash(protocol(flow), from, to),
            print: self.printer.print(flow, packet),
            checksum: checksum::of_flow(packet, flow),
        }
    }

    /// Hashes a pair of endpoints; the hash is the same for both directions.
    #[inline]
    pub(super) fn hash(&self, protocol: Protocol, a: Endpoint, b: Endpoint) -> FlowHash {
        let mut state = self.hasher.build_hasher();
        match (a.address, b.address) {
            (IpAddr::V4(of_a), IpAddr::V4(of_b)) => {
                let number = |address: Ipv4Addr, port: u16| {
                    u64::from(address.to_bits()) << 16 | u64::from(port)
                };
                let (a, b) = (number(of_a, a.port), number(of_b, b.port));
                state.write_u64(a.min(b) | (protocol as u64) << 48);
                state.write_u64(a.max(b));
            }
            _ => {
                let (low, high) = if a <= b { (a, b) } else { (b, a) };
                for endpoint in [low, high] {
                    match endpoint.address {
                        IpAddr::V4(address) => state.write_u32(address.to_bits()),
                        IpAddr::V6(address) => state.write_u128(address.to_bits()),
                    }
                }
                let ports = u64::from(low.port) << 16 | u64::from(high.port);
                state.write_u64(ports << 8 | protocol as u64);
            }
        }
        let hash = state.finish();
        FlowHash((hash ^ hash >> 32) as u32)
    }
}

/// Returns the sender and the receiver of a flow.
#[inline(always)]
pub(super) fn ends(flow: &Flow) -> (Endpoint, Endpoint) {
    let from = Endpoint {
        address: flow.source,
        port: flow.source_port,
    };
    let to = Endpoint {
        address: flow.destination,
        port: flow.destination_port,
    };
    (from, to)
}

/// Returns the protocol of a flow.
#[inline]
pub(super) fn protocol(flow: &Flow) -> Protocol {
    match flow.transport {
        Transport::Tcp(_) => Protocol::Tcp,
        Transport::Udp => Protocol::Udp,
    }
}
