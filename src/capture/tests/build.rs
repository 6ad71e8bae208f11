//! Builds captures.

/// Some time in 2023.
pub const SECONDS: u32 = 1_700_000_000;

/// Returns the data of the packet with this number: `length` bytes that differ from those of others.
pub fn payload(number: u8, length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| number.wrapping_mul(31).wrapping_add((index % 251) as u8))
        .collect()
}

/// The byte orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Little,
    Big,
}
pub use Order::{Big, Little};

impl Order {
    pub fn u16(self, number: u16) -> [u8; 2] {
        if self == Big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }
    pub fn u32(self, number: u32) -> [u8; 4] {
        if self == Big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }
    pub fn u64(self, number: u64) -> [u8; 8] {
        if self == Big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    }
}

pub const MICROSECONDS: u32 = 0xa1b2_c3d4;
pub const NANOSECONDS: u32 = 0xa1b2_3c4d;
pub const MODIFIED: u32 = 0xa1b2_cd34;

/// A pcap file.
#[derive(Clone)]
pub struct Pcap {
    order: Order,
    magic: u32,
    pub bytes: Vec<u8>,
}

impl Pcap {
    /// Version 2.4.
    pub fn new(order: Order, magic: u32, snaplen: u32, link: u32) -> Pcap {
        Pcap::version(order, magic, (2, 4), snaplen, link)
    }

    pub fn version(order: Order, magic: u32, version: (u16, u16), snaplen: u32, link: u32) -> Pcap {
        let mut bytes = order.u32(magic).to_vec();
        bytes.extend(order.u16(version.0));
        bytes.extend(order.u16(version.1));
        bytes.extend([0; 8]);
        bytes.extend(order.u32(snaplen));
        bytes.extend(order.u32(link));
        Pcap {
            order,
            magic,
            bytes,
        }
    }

    /// Returns a little-endian one of Ethernet.
    pub fn usual() -> Pcap {
        Pcap::new(Little, MICROSECONDS, 65_535, 1)
    }

    /// Adds a record with arbitrary header fields.
    pub fn record(
        &mut self,
        time: (u32, u32),
        captured: u32,
        original: u32,
        data: &[u8],
    ) -> &mut Pcap {
        for number in [time.0, time.1, captured, original] {
            self.bytes.extend(self.order.u32(number));
        }
        if self.magic == MODIFIED {
            self.bytes.extend([7; 8]);
        }
        self.bytes.extend(data);
        self
    }

    /// Adds a whole packet.
    pub fn packet(&mut self, seconds: u32, fraction: u32, data: &[u8]) -> &mut Pcap {
        let length = data.len() as u32;
        self.record((seconds, fraction), length, length, data)
    }

    /// Adds this many packets of 60 and more bytes, a second apart, numbered from `first`.
    pub fn packets(&mut self, first: u8, count: u8) -> &mut Pcap {
        for number in first..first + count {
            self.packet(
                SECONDS + u32::from(number),
                5,
                &payload(number, 60 + usize::from(number)),
            );
        }
        self
    }
}

/// A pcapng file.
#[derive(Clone)]
pub struct Pcapng {
    pub order: Order,
    pub bytes: Vec<u8>,
}

/// An option.
pub type Opt<'a> = (u16, &'a [u8]);

impl Pcapng {
    /// Returns a file with a section header.
    pub fn new(order: Order) -> Pcapng {
        let mut file = Pcapng {
            order,
            bytes: Vec::new(),
        };
        file.section(order, u64::MAX, &[]);
        file
    }

    /// Returns a file of one Ethernet interface.
    pub fn usual() -> Pcapng {
        let mut file = Pcapng::new(Little);
        file.interface(1, 65_535, &[]);
        file
    }

    pub fn options(order: Order, options: &[Opt]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (code, value) in options {
            bytes.extend(order.u16(*code));
            bytes.extend(order.u16(value.len() as u16));
            bytes.extend(*value);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        if !options.is_empty() {
            bytes.extend([0; 4]);
        }
        bytes
    }

    pub fn block(&mut self, kind: u32, body: &[u8]) -> &mut Pcapng {
        let length = (12 + body.len()).next_multiple_of(4);
        self.bytes.extend(self.order.u32(kind));
        self.bytes.extend(self.order.u32(length as u32));
        self.bytes.extend(body);
        self.bytes
            .resize(self.bytes.len() + length - 12 - body.len(), 0);
        self.bytes.extend(self.order.u32(length as u32));
        self
    }

    pub fn section(&mut self, order: Order, length: u64, options: &[Opt]) -> &mut Pcapng {
        self.order = order;
        let mut body = order.u32(0x1a2b_3c4d).to_vec();
        body.extend(order.u16(1));
        body.extend(order.u16(0));
        body.extend(order.u64(length));
        body.extend(Pcapng::options(order, options));
        self.block(0x0a0d_0d0a, &body)
    }

    pub fn interface(&mut self, link: u16, snaplen: u32, options: &[Opt]) -> &mut Pcapng {
        let mut body = self.order.u16(link).to_vec();
        body.extend([0; 2]);
        body.extend(self.order.u32(snaplen));
        body.extend(Pcapng::options(self.order, options));
        self.block(1, &body)
    }

    pub fn numbers(&self, numbers: &[u32]) -> Vec<u8> {
        numbers
            .iter()
            .flat_map(|number| self.order.u32(*number))
            .collect()
    }

    /// Returns the body of an Enhanced Packet Block with arbitrary fields.
    pub fn enhanced_body(
        &self,
        id: u32,
        units: u64,
        captured: u32,
        original: u32,
        data: &[u8],
    ) -> Vec<u8> {
        let mut body = self.numbers(&[id, (units >> 32) as u32, units as u32, captured, original]);
        body.extend(data);
        body.resize(body.len().next_multiple_of(4), 0);
        body
    }

    pub fn packet_with(
        &mut self,
        id: u32,
        units: u64,
        data: &[u8],
        options: &[Opt],
    ) -> &mut Pcapng {
        let length = data.len() as u32;
        let mut body = self.enhanced_body(id, units, length, length, data);
        body.extend(Pcapng::options(self.order, options));
        self.block(6, &body)
    }

    pub fn packet(&mut self, id: u32, units: u64, data: &[u8]) -> &mut Pcapng {
        self.packet_with(id, units, data, &[])
    }

    /// Adds this many packets of the first interface, numbered from `first`.
    pub fn packets(&mut self, first: u8, count: u8) -> &mut Pcapng {
        for number in first..first + count {
            let units = (u64::from(SECONDS) + u64::from(number)) * 1_000_000;
            self.packet(0, units, &payload(number, 60 + usize::from(number)));
        }
        self
    }

    pub fn simple(&mut self, original: u32, data: &[u8]) -> &mut Pcapng {
        let mut body = self.numbers(&[original]);
        body.extend(data);
        self.block(3, &body)
    }

    pub fn old(&mut self, id: u16, units: u64, original: u32, data: &[u8]) -> &mut Pcapng {
        let mut body = self.order.u16(id).to_vec();
        body.extend(self.order.u16(0xffff));
        body.extend(self.numbers(&[
            (units >> 32) as u32,
            units as u32,
            data.len() as u32,
            original,
        ]));
        body.extend(data);
        self.block(2, &body)
    }
}

/// Returns the data of the `packets` of both builders.
pub fn payloads(first: u8, count: u8) -> Vec<Vec<u8>> {
    (first..first + count)
        .map(|number| payload(number, 60 + usize::from(number)))
        .collect()
}
