//! What was noticed of single packets while a capture was read, for findings about the capture itself.

use crate::{store::Contents, track::Fingerprint};
use dissectors::{ArpClaim, Flow, Mac, checksum::Verified};
use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
};

/// The maximum number of packets that are kept of each kind.
const MAX_PACKETS: usize = 16;

/// Packets of some kind: how many, and the first ones.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// How many.
    pub count: u64,
    packets: Vec<u32>,
}

impl Seen {
    fn add(&mut self, packet: u32) {
        self.count += 1;
        if self.packets.len() < MAX_PACKETS {
            self.packets.push(packet);
        }
    }

    /// Returns the first packets.
    pub fn packets(&self) -> &[u32] {
        &self.packets
    }
}

/// What was noticed.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Packets that the capture cut short.
    pub cut: Seen,
    /// Copies of frames.
    pub duplicates: Seen,
    /// How many fragments there are, and how many of them belong to datagrams that were reassembled.
    fragments: u64,
    reassembled: u64,
    /// The first fragments.
    first_fragments: Vec<u32>,
    /// The checksums of the first packets of each interface.
    pub checksums: Checksums,
    /// Who claims which address.
    pub arp: ArpTable,
}

/// The fragments among which missing ones are looked for.
const MAX_FRAGMENTS: usize = 256;

impl Observed {
    /// Notices a packet, whose innermost flow is given with its fingerprint. `is_duplicate` is whether it is a copy of an earlier one.
    #[inline]
    pub(crate) fn add(
        &mut self,
        number: u32,
        packet: &crate::capture::Packet,
        flow: Option<&(Flow, Fingerprint)>,
        is_duplicate: bool,
    ) {
        if packet.captured < packet.original {
            self.cut.add(number);
        }
        if is_duplicate {
            self.duplicates.add(number);
        }
        if self.checksums.wants(packet.interface)
            && let Some((flow, fingerprint)) = flow
        {
            self.checksums
                .add(number, packet.interface, flow.source, fingerprint.checksum);
        }
    }

    /// Notices a fragment.
    pub(crate) fn fragment(&mut self, number: u32) {
        self.fragments += 1;
        if self.first_fragments.len() < MAX_FRAGMENTS {
            self.first_fragments.push(number);
        }
    }

    /// Returns the fragments of datagrams that were never complete.
    pub fn missing_fragments(&self, contents: &Contents) -> Seen {
        let mut missing = Seen::default();
        for number in &self.first_fragments {
            if contents.reassembled_in(*number).is_none() {
                missing.add(*number);
            }
        }
        missing.count = self.fragments.saturating_sub(self.reassembled);
        missing
    }

    /// Counts the fragments of a datagram that was reassembled.
    pub(crate) fn reassembled(&mut self, parts: usize) {
        self.reassembled += parts as u64;
    }
}

/// The packets of an interface whose checksums are counted.
const CHECKED: u32 = 64;

/// Fewer wrong checksums may be damage.
const MIN_WRONG: u64 = 3;

/// The interfaces that are told apart.
const MAX_INTERFACES: usize = 256;

/// The TCP and UDP checksums of the first packets of each interface: RFC 9293, section 3.1, and RFC 768.
#[derive(Clone, Debug, Default)]
pub struct Checksums {
    checked: Vec<u32>,
    hosts: HashMap<IpAddr, SentChecksums>,
}

/// The checksums of what one host sent.
#[derive(Clone, Debug)]
pub struct SentChecksums {
    /// The host.
    pub address: IpAddr,
    /// Wrong ones.
    pub wrong: Seen,
    right: u32,
}

impl Checksums {
    #[inline]
    fn wants(&self, interface: u16) -> bool {
        let checked = self.checked.get(usize::from(interface));
        checked.is_none_or(|checked| *checked < CHECKED)
    }

    #[cold]
    fn add(&mut self, number: u32, interface: u16, sender: IpAddr, checksum: Verified) {
        let at = usize::from(interface);
        if at >= MAX_INTERFACES {
            return;
        }
        if self.checked.len() <= at {
            self.checked.resize(at + 1, 0);
        }
        if checksum == Verified::Unknown {
            return;
        }
        if let Some(checked) = self.checked.get_mut(at) {
            *checked += 1;
        }
        let host = self.hosts.entry(sender).or_insert_with(|| SentChecksums {
            address: sender,
            wrong: Seen::default(),
            right: 0,
        });
        match checksum {
            Verified::Right => host.right += 1,
            _ => host.wrong.add(number),
        }
    }

    /// Returns the hosts whose checksums are all wrong, while those of others are right: their network card computes
    /// them after the capture.
    pub fn offloaded(&self) -> Vec<&SentChecksums> {
        let mut hosts: Vec<_> = self.hosts.values().collect();
        hosts.retain(|host| {
            host.wrong.count >= MIN_WRONG && u64::from(host.right) < host.wrong.count
        });
        hosts.sort_by_key(|host| host.address);
        hosts
    }
}

/// The addresses that are told apart.
const MAX_ADDRESSES: usize = 1 << 12;

/// The claims of one address that are kept.
const MAX_CLAIMS: usize = 4;

/// Which MAC addresses claim which IP addresses: RFC 826, and RFC 5227, section 2.4.
#[derive(Clone, Debug, Default)]
pub struct ArpTable(BTreeMap<IpAddr, Vec<Claim>>);

/// A MAC address that claims an IP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The MAC address.
    pub mac: Mac,
    /// The first packet with the claim.
    pub packet: u32,
}

impl ArpTable {
    #[cold]
    pub(crate) fn add(&mut self, packet: u32, claim: &ArpClaim) {
        let is_full = self.0.len() >= MAX_ADDRESSES;
        if is_full && !self.0.contains_key(&claim.address) {
            return;
        }
        let known = self.0.entry(claim.address).or_default();
        if known.len() < MAX_CLAIMS && !known.iter().any(|known| known.mac == claim.mac) {
            let mac = claim.mac;
            known.push(Claim { mac, packet });
        }
    }

    /// Returns the addresses that several MAC addresses claim.
    pub fn conflicts(&self) -> impl Iterator<Item = (IpAddr, &[Claim])> {
        let claimed = self.0.iter().filter(|(_, claims)| claims.len() > 1);
        claimed.map(|(address, claims)| (*address, claims.as_slice()))
    }
}
