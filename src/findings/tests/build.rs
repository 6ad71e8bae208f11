//! Captures that are built packet by packet, and what is found in them.

use super::super::{Case, Finding, Findings, Kind, MAX_EVIDENCE, RULES, Settings};
use crate::{
    capture::Reader,
    report,
    store::Store,
    track::{DecodeAs, Side},
};
use dissectors::PerSide;

pub const FIN: u16 = 1;
pub const SYN: u16 = 2;
pub const RST: u16 = 4;
pub const PSH: u16 = 8;
pub const ACK: u16 = 16;

pub const MS: i64 = 1_000_000;

/// LINKTYPE_RAW: IPv4 or IPv6.
pub const LINK_TYPE: u32 = 101;

/// A capture that is built packet by packet, between hosts 10.0.0.x or fd00::x.
#[derive(Default)]
pub struct Capture {
    pub packets: Vec<(i64, Vec<u8>)>,
    pub now_ns: i64,
    pub ids: u16,
    pub snaplen: Option<u32>,
    pub is_offloaded: bool,
    pub is_v6: bool,
}

/// One connection of a capture: what each side sends next.
pub struct Connection<'c> {
    pub capture: &'c mut Capture,
    pub hosts: PerSide<u8>,
    pub ports: PerSide<u16>,
    pub next: PerSide<u32>,
    pub acked: PerSide<u32>,
    pub window: PerSide<u16>,
    /// With timestamps: TSval is the time in milliseconds, and what a side has received is echoed at once.
    pub timestamps: bool,
    pub received: PerSide<u32>,
}

pub fn ipv4(id: u16, protocol: u8, hosts: [u8; 2], fragment: u16, inside: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x45, 0];
    packet.extend((20 + inside.len() as u16).to_be_bytes());
    packet.extend(id.to_be_bytes());
    packet.extend(fragment.to_be_bytes());
    packet.extend([64, protocol, 0, 0, 10, 0, 0, hosts[0], 10, 0, 0, hosts[1]]);
    packet.extend(inside);
    packet
}

pub fn ipv6(protocol: u8, hosts: [u8; 2], inside: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend((inside.len() as u16).to_be_bytes());
    packet.extend([protocol, 64]);
    packet.extend(hosts.iter().flat_map(|host| address_v6(*host)));
    packet.extend(inside);
    packet
}

fn address_v6(host: u8) -> [u8; 16] {
    let mut address = [0; 16];
    (address[0], address[15]) = (0xfd, host);
    address
}

/// RFC 9293, section 3.1, RFC 768, and RFC 8200, section 8.1.
pub fn checksum(protocol: u8, hosts: [u8; 2], inside: &[u8], is_v6: bool) -> u16 {
    let mut bytes: Vec<u8> = match is_v6 {
        true => hosts.iter().flat_map(|host| address_v6(*host)).collect(),
        false => hosts.iter().flat_map(|host| [10, 0, 0, *host]).collect(),
    };
    bytes.extend([0, protocol]);
    bytes.extend((inside.len() as u16).to_be_bytes());
    bytes.extend(inside);
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    let words = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    !(sum as u16)
}

impl Capture {
    pub fn wait(&mut self, ms: i64) -> &mut Self {
        self.now_ns += ms * MS;
        self
    }

    pub fn add(&mut self, protocol: u8, hosts: [u8; 2], inside: &[u8]) {
        self.ids += 1;
        let mut inside = inside.to_vec();
        let at = if protocol == 6 { 16 } else { 6 };
        if matches!(protocol, 6 | 17) && !self.is_offloaded {
            let sum = checksum(protocol, hosts, &inside, self.is_v6);
            inside[at..at + 2].copy_from_slice(&sum.to_be_bytes());
        }
        if protocol == 58 {
            let sum = checksum(protocol, hosts, &inside, true);
            inside[2..4].copy_from_slice(&sum.to_be_bytes());
        }
        let packet = match self.is_v6 {
            true => ipv6(protocol, hosts, &inside),
            false => ipv4(self.ids, protocol, hosts, 0, &inside),
        };
        self.packets.push((self.now_ns, packet));
    }

    pub fn connection(
        &mut self,
        client: u8,
        port: u16,
        server: u8,
        server_port: u16,
    ) -> Connection<'_> {
        Connection {
            capture: self,
            hosts: PerSide { client, server },
            ports: PerSide {
                client: port,
                server: server_port,
            },
            next: PerSide {
                client: 1000,
                server: 5000,
            },
            acked: PerSide {
                client: 0,
                server: 0,
            },
            window: PerSide {
                client: 64_240,
                server: 64_240,
            },
            timestamps: false,
            received: PerSide::default(),
        }
    }

    pub fn datagram(&mut self, hosts: [u8; 2], ports: [u16; 2], data: &[u8]) {
        let mut udp = Vec::new();
        udp.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
        udp.extend((8 + data.len() as u16).to_be_bytes());
        udp.extend(if self.is_offloaded { [1, 1] } else { [0, 0] });
        udp.extend(data);
        self.add(17, hosts, &udp);
    }

    /// Adds an ICMP error of host 9 about the last packet.
    pub fn icmp(&mut self, kind: u8, code: u8) {
        let (_, about) = self.packets.last().unwrap().clone();
        let mut icmp = vec![kind, code, 0, 0, 0, 0, 5, 0];
        icmp.extend(&about[..28.min(about.len())]);
        self.wait(5).add(1, [9, about[15]], &icmp);
    }

    /// Adds a report of host 9 that the last packet is too big for a link: RFC 1191, section 4, and RFC 4443, section 3.2.
    pub fn too_big(&mut self, mtu: u16) {
        let (_, about) = self.packets.last().unwrap().clone();
        let quote = &about[..60.min(about.len())];
        let [high, low] = mtu.to_be_bytes();
        let (protocol, head, to) = match self.is_v6 {
            true => (58, [2, 0, 0, 0, 0, 0, high, low], about[23]),
            false => (1, [3, 4, 0, 0, 0, 0, high, low], about[15]),
        };
        self.wait(1)
            .add(protocol, [9, to], &[&head, quote].concat());
    }

    pub fn store(&self) -> Store {
        let mut file = Vec::new();
        file.extend(0xa1b2_3c4d_u32.to_le_bytes());
        file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0]);
        file.extend(LINK_TYPE.to_le_bytes());
        for (time_ns, packet) in &self.packets {
            let length = packet.len() as u32;
            let captured = length.min(self.snaplen.unwrap_or(length));
            let seconds = 1_700_000_000 + time_ns.div_euclid(1_000_000_000);
            file.extend((seconds as u32).to_le_bytes());
            file.extend((time_ns.rem_euclid(1_000_000_000) as u32).to_le_bytes());
            file.extend(captured.to_le_bytes());
            file.extend(length.to_le_bytes());
            file.extend(&packet[..captured as usize]);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made.pcap");
        std::fs::write(&path, file).unwrap();
        report::load(Reader::open(&path).unwrap(), DecodeAs::default())
    }

    /// Returns the findings, each as sign and kind.
    pub fn found(&self) -> Vec<String> {
        let store = self.store();
        let contents = store.read();
        let settings = Settings::default();
        let findings = Findings::of(&contents, &settings);
        let rows = findings.rows();
        let found: Vec<_> = rows
            .filter_map(|row| row.finding(&contents, &settings))
            .collect();
        assert_eq!(found.len(), findings.len());
        // Rules that need not look find nothing.
        for (id, _) in contents.tracker.conversations() {
            let case = Case::new(&contents, id, &settings).unwrap();
            if case.is_inconspicuous() {
                assert!(RULES.iter().all(|rule| rule(&case).is_none()), "{id:?}");
            }
        }
        for finding in &found {
            assert!(!finding.text.is_empty() && finding.packets.len() <= MAX_EVIDENCE);
            assert!(finding.packets.is_sorted());
            let last = self.packets.len() as u32;
            assert!(
                finding
                    .packets
                    .iter()
                    .all(|packet| (1..=last).contains(packet))
            );
        }
        found
            .iter()
            .map(|it| format!("{} {}", it.severity.sign(), it.kind.name()))
            .collect()
    }

    /// Returns the finding of a kind.
    pub fn finding(&self, kind: Kind) -> Finding {
        let store = self.store();
        let contents = store.read();
        let settings = Settings::default();
        let findings = Findings::of(&contents, &settings);
        let row = findings.rows().find(|row| row.kind() == kind).unwrap();
        row.finding(&contents, &settings).unwrap()
    }

    /// Returns the sentence of the finding of a kind.
    pub fn sentence(&self, kind: Kind) -> String {
        self.finding(kind).text
    }
}

impl Connection<'_> {
    pub fn wait(&mut self, ms: i64) -> &mut Self {
        self.capture.wait(ms);
        self
    }

    /// Adds a segment with these numbers.
    pub fn segment(&mut self, from: Side, seq: u32, flags: u16, data: &[u8]) -> &mut Self {
        let mut tcp = Vec::new();
        let ports = [self.ports[from], self.ports[from.other()]];
        tcp.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
        tcp.extend(seq.to_be_bytes());
        let ack = if flags & ACK != 0 {
            self.acked[from]
        } else {
            0
        };
        tcp.extend(ack.to_be_bytes());
        let mut options = Vec::new();
        if flags & SYN != 0 {
            options.extend([2, 4, 5, 0xb4]);
        }
        if self.timestamps {
            let now = (self.capture.now_ns / MS) as u32 + 1;
            options.extend([1, 1, 8, 10]);
            options.extend(now.to_be_bytes());
            options.extend(self.received[from].to_be_bytes());
            self.received[from.other()] = now;
        }
        let words = 5 + options.len() as u16 / 4;
        tcp.extend((words << 12 | flags).to_be_bytes());
        tcp.extend(self.window[from].to_be_bytes());
        tcp.extend([0, 0, 0, 0]);
        tcp.extend(&options);
        tcp.extend(data);
        let hosts = [self.hosts[from], self.hosts[from.other()]];
        self.capture.add(6, hosts, &tcp);
        self
    }

    /// Sends what is next; the other side has received it at once, and acknowledges it with its next segment.
    pub fn send(&mut self, from: Side, flags: u16, data: &[u8]) -> &mut Self {
        let seq = self.next[from];
        self.segment(from, seq, flags, data);
        let control = u32::from(flags & SYN != 0) + u32::from(flags & FIN != 0);
        self.next[from] = seq + data.len() as u32 + control;
        self.acked[from.other()] = self.next[from];
        self
    }

    pub fn client(&mut self, data: &[u8]) -> &mut Self {
        self.send(Side::Client, PSH | ACK, data)
    }

    pub fn server(&mut self, data: &[u8]) -> &mut Self {
        self.send(Side::Server, PSH | ACK, data)
    }

    pub fn ack(&mut self, from: Side) -> &mut Self {
        let seq = self.next[from];
        self.segment(from, seq, ACK, b"")
    }

    /// Opens it, near the client; the round trip takes `ms`.
    pub fn open(&mut self, ms: i64) -> &mut Self {
        self.send(Side::Client, SYN, b"");
        self.wait(ms).send(Side::Server, SYN | ACK, b"");
        self.ack(Side::Client)
    }

    pub fn close(&mut self, ms: i64) -> &mut Self {
        self.send(Side::Client, FIN | ACK, b"");
        self.wait(ms).send(Side::Server, FIN | ACK, b"");
        self.ack(Side::Client)
    }

    pub fn reset(&mut self, from: Side) -> &mut Self {
        let seq = self.next[from];
        self.segment(from, seq, RST | ACK, b"")
    }

    /// Sends again what ends `back` bytes before the end.
    pub fn again(&mut self, from: Side, back: u32, length: usize) -> &mut Self {
        let seq = self.next[from] - back;
        self.segment(from, seq, PSH | ACK, &vec![b'x'; length])
    }
}
