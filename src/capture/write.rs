//! Writes captures: pcapng (PCAP-NG draft, draft-ietf-opsawg-pcapng), and pcap for older programs.
//!
//! Every error of the file is reported, above all a full disk: libpcap's own writer does not report it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::IpAddr;

use super::extent::{
    DECRYPTION_SECRETS, ENHANCED_PACKET, INTERFACE_DESCRIPTION, INTERFACE_STATISTICS,
    NAME_RESOLUTION, SECTION_HEADER, SIMPLE_PACKET,
};
use super::{Interface, Secrets, Section};
use serde::{Deserialize, Serialize};

/// The file formats that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveFormat {
    /// Any number of interfaces, comments, statistics; times in nanoseconds.
    Pcapng,
    /// One link type, no comments; times in nanoseconds.
    Pcap,
}

/// A packet as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// When it was captured, nanoseconds since 1970.
    pub time_ns: i64,
    /// The index of its interface among those written.
    pub interface: u32,
    /// Its length on the wire, bytes.
    pub original: u32,
    /// The captured bytes.
    pub data: &'a [u8],
    /// It has no time: in pcapng it is a Simple Packet Block, which is always of the first interface and has no comments
    /// (section 4.4).
    pub is_timeless: bool,
    /// The user's comments on it; pcap has no room for them.
    pub comments: &'a [String],
}

/// Counters of received and lost packets (PCAP-NG draft section 4.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// Packets that passed the capture filter.
    pub received: u64,
    /// Lost because the operating system had no room left for them.
    pub dropped: u64,
    /// Lost by the interface or its driver.
    pub interface_dropped: u64,
}

/// The magic of pcap files with times in nanoseconds.
const PCAP_NANOSECONDS: u32 = 0xa1b2_3c4d;

/// The snapshot length of a file that has none: libpcap's maximum, so that every reader accepts the file.
const NO_LIMIT: u32 = 262_144;

/// Blocks are padded to this many bytes.
const ALIGNMENT: usize = 4;

/// A new block of names begins after this many bytes: readers read a block whole.
const MAX_NAME_BLOCK: usize = 64 * 1024;

/// Writes a capture, packet by packet.
pub struct Writer<W: Write> {
    out: W,
    format: SaveFormat,
    written: u64,
    /// The current block or record, whose length must be known before it is written.
    block: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a pcapng file of a capture on this machine.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn pcapng(out: W) -> io::Result<Self> {
        let here = Section {
            os: operating_system(),
            application: Some(concat!("wiretalk ", env!("CARGO_PKG_VERSION")).to_owned()),
            ..Section::default()
        };
        Writer::section(out, &here)
    }

    /// Begins a pcapng file with the data of this section.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn section(out: W, section: &Section) -> io::Result<Self> {
        let mut writer = Writer::new(out, SaveFormat::Pcapng);
        let block = writer.begin(SECTION_HEADER);
        block.extend(0x1a2b_3c4d_u32.to_le_bytes());
        block.extend(1_u16.to_le_bytes());
        block.extend(0_u16.to_le_bytes());
        // The length of the section is unknown.
        block.extend((-1_i64).to_le_bytes());
        for comment in &section.comments {
            option(block, 1, comment.as_bytes());
        }
        let texts = [
            (2, &section.hardware),
            (3, &section.os),
            (4, &section.application),
        ];
        for (code, text) in texts {
            if let Some(text) = text {
                option(block, code, text.as_bytes());
            }
        }
        end_options(block);
        writer.end()?;
        Ok(writer)
    }

    /// Begins a pcap file of packets of one link type.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn pcap(out: W, link_type: u16) -> io::Result<Self> {
        let mut writer = Writer::new(out, SaveFormat::Pcap);
        let head = &mut writer.block;
        head.extend(PCAP_NANOSECONDS.to_le_bytes());
        head.extend(2_u16.to_le_bytes());
        head.extend(4_u16.to_le_bytes());
        // Time zone and accuracy, which are not used.
        head.extend([0; 8]);
        head.extend(NO_LIMIT.to_le_bytes());
        head.extend(u32::from(link_type).to_le_bytes());
        writer.put()?;
        Ok(writer)
    }

    fn new(out: W, format: SaveFormat) -> Self {
        Writer {
            out,
            format,
            written: 0,
            block: Vec::new(),
        }
    }

    /// Describes the next interface; those of a pcap file all have the link type of the file. Its times are written in
    /// nanoseconds, whatever their original unit.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn interface(&mut self, interface: &Interface) -> io::Result<()> {
        if self.format == SaveFormat::Pcap {
            return Ok(());
        }
        let block = self.begin(INTERFACE_DESCRIPTION);
        block.extend(interface.link_type.to_le_bytes());
        block.extend([0; 2]);
        block.extend(interface.snaplen.to_le_bytes());
        for comment in &interface.comments {
            option(block, 1, comment.as_bytes());
        }
        let texts = [(2, &interface.name), (3, &interface.description)];
        for (code, text) in texts {
            if let Some(text) = text {
                option(block, code, text.as_bytes());
            }
        }
        // if_tsresol: 10^-9 s.
        option(block, 9, &[9]);
        if let Some(filter) = &interface.filter {
            // if_filter begins with its type: 0 for libpcap's syntax.
            option(block, 11, &[&[0], filter.as_bytes()].concat());
        }
        if let Some(os) = &interface.os {
            option(block, 12, os.as_bytes());
        }
        if let Some(length) = interface.fcs_length {
            option(block, 13, &[length]);
        }
        if let Some(hardware) = &interface.hardware {
            option(block, 15, hardware.as_bytes());
        }
        end_options(block);
        self.end()
    }

    /// Adds a packet.
    ///
    /// # Errors
    ///
    /// Those of the file.
    #[inline]
    pub fn packet(&mut self, record: &Record) -> io::Result<()> {
        let captured = record.data.len() as u32;
        match self.format {
            SaveFormat::Pcapng if record.is_timeless => {
                let block = self.begin(SIMPLE_PACKET);
                block.extend(record.original.to_le_bytes());
                block.extend(record.data);
                pad(block);
                self.end()
            }
            SaveFormat::Pcapng => {
                let time = record.time_ns as u64;
                let block = self.begin(ENHANCED_PACKET);
                block.extend(record.interface.to_le_bytes());
                block.extend(((time >> 32) as u32).to_le_bytes());
                block.extend((time as u32).to_le_bytes());
                block.extend(captured.to_le_bytes());
                block.extend(record.original.to_le_bytes());
                block.extend(record.data);
                pad(block);
                for comment in record.comments {
                    option(block, 1, comment.as_bytes());
                }
                if !record.comments.is_empty() {
                    end_options(block);
                }
                self.end()
            }
            SaveFormat::Pcap => {
                let seconds = record.time_ns.div_euclid(1_000_000_000);
                let fraction = record.time_ns.rem_euclid(1_000_000_000);
                let head = &mut self.block;
                head.extend((seconds as u32).to_le_bytes());
                head.extend((fraction as u32).to_le_bytes());
                head.extend(captured.to_le_bytes());
                head.extend(record.original.to_le_bytes());
                head.extend(record.data);
                self.put()
            }
        }
    }

    /// Adds the names of addresses; pcap has no room for them.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn names(&mut self, names: &BTreeMap<IpAddr, String>) -> io::Result<()> {
        let mut names = names.iter().peekable();
        while self.format == SaveFormat::Pcapng && names.peek().is_some() {
            let block = self.begin(NAME_RESOLUTION);
            while block.len() < MAX_NAME_BLOCK
                && let Some((address, name)) = names.next()
            {
                let (kind, mut value) = match address {
                    IpAddr::V4(address) => (1, address.octets().to_vec()),
                    IpAddr::V6(address) => (2, address.octets().to_vec()),
                };
                value.extend(name.as_bytes());
                value.push(0);
                option(block, kind, &value);
            }
            end_options(block);
            self.end()?;
        }
        Ok(())
    }

    /// Adds keys for the packets that follow; pcap has no room for them.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn secrets(&mut self, secrets: &Secrets) -> io::Result<()> {
        if self.format == SaveFormat::Pcap {
            return Ok(());
        }
        let block = self.begin(DECRYPTION_SECRETS);
        block.extend(secrets.kind.to_le_bytes());
        block.extend((secrets.data.len() as u32).to_le_bytes());
        block.extend(&secrets.data);
        pad(block);
        self.end()
    }

    /// Adds the statistics of an interface at `time_ns`; later ones replace earlier ones.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn statistics(
        &mut self,
        interface: u32,
        time_ns: i64,
        statistics: Statistics,
    ) -> io::Result<()> {
        let Statistics {
            received,
            dropped,
            interface_dropped,
        } = statistics;
        // isb_ifrecv, isb_ifdrop, isb_filteraccept and isb_osdrop.
        let counts = [
            (4, received),
            (5, interface_dropped),
            (6, received),
            (7, dropped),
        ];
        self.counts(interface, time_ns, &counts)
    }

    /// Adds the final statistics that a capture had of an interface, if it had any.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn totals(&mut self, place: u32, time_ns: i64, interface: &Interface) -> io::Result<()> {
        // isb_ifrecv and isb_osdrop.
        let counts = [(4, interface.received), (7, interface.drops)];
        let counts: Vec<_> = counts
            .iter()
            .filter_map(|(code, count)| Some((*code, (*count)?)))
            .collect();
        match counts.is_empty() {
            true => Ok(()),
            false => self.counts(place, time_ns, &counts),
        }
    }

    fn counts(&mut self, interface: u32, time_ns: i64, counts: &[(u16, u64)]) -> io::Result<()> {
        if self.format == SaveFormat::Pcap {
            return Ok(());
        }
        let time = time_ns as u64;
        let block = self.begin(INTERFACE_STATISTICS);
        block.extend(interface.to_le_bytes());
        block.extend(((time >> 32) as u32).to_le_bytes());
        block.extend((time as u32).to_le_bytes());
        for (code, count) in counts {
            option(block, *code, &count.to_le_bytes());
        }
        end_options(block);
        self.end()
    }

    /// Returns how many bytes have been written, including those still in a buffer below.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Returns the output.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// Gives back the output.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn begin(&mut self, kind: u32) -> &mut Vec<u8> {
        self.block.clear();
        self.block.extend(kind.to_le_bytes());
        self.block.extend([0; 4]);
        &mut self.block
    }

    fn end(&mut self) -> io::Result<()> {
        let length = (self.block.len() as u32 + 4).to_le_bytes();
        if let Some(place) = self.block.get_mut(4..8) {
            place.copy_from_slice(&length);
        }
        self.block.extend(length);
        self.put()
    }

    fn put(&mut self) -> io::Result<()> {
        let put = self.out.write_all(&self.block);
        self.written += self.block.len() as u64;
        self.block.clear();
        put
    }
}

/// Returns `Linux 6.1.0`, if the system provides it.
fn operating_system() -> Option<String> {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    Some(format!("Linux {}", release.trim()))
}

fn pad(block: &mut Vec<u8>) {
    block.resize(block.len().next_multiple_of(ALIGNMENT), 0);
}

/// Adds an option; one that is too long for its length field is cut.
fn option(block: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = value.get(..usize::from(u16::MAX)).unwrap_or(value);
    block.extend(code.to_le_bytes());
    block.extend((value.len() as u16).to_le_bytes());
    block.extend(value);
    pad(block);
}

fn end_options(block: &mut Vec<u8>) {
    block.extend([0; 4]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Reader;
    use std::fs::File;
    use std::io::{Seek, SeekFrom};

    fn eth0() -> Interface {
        Interface {
            link_type: 1,
            snaplen: 262_144,
            name: Some("eth0".to_owned()),
            filter: Some("tcp port 80".to_owned()),
            ..Interface::default()
        }
    }

    fn record<'a>(data: &'a [u8], comments: &'a [String]) -> Record<'a> {
        Record {
            time_ns: 1_700_000_000_123_456_789,
            interface: 0,
            original: 1500,
            data,
            is_timeless: false,
            comments,
        }
    }

    fn reopen(mut file: File) -> Reader {
        file.seek(SeekFrom::Start(0)).unwrap();
        Reader::from_file(file, "it").unwrap()
    }

    #[test]
    fn a_pcapng_file_is_read_back() {
        let mut writer = Writer::pcapng(tempfile::tempfile().unwrap()).unwrap();
        writer.interface(&eth0()).unwrap();
        let notes = ["메모".to_owned(), "again".to_owned()];
        writer.packet(&record(b"abcde", &notes)).unwrap();
        writer.packet(&record(b"", &[])).unwrap();
        let lost = Statistics {
            received: 9,
            dropped: 3,
            interface_dropped: 4,
        };
        writer
            .statistics(0, 1_700_000_001_000_000_000, lost)
            .unwrap();
        let length = writer.written();
        let mut reader = reopen(writer.into_inner());
        assert_eq!(reader.total(), Some(length));
        let packet = reader.next().unwrap();
        assert_eq!(packet.time_ns, 1_700_000_000_123_456_789);
        assert_eq!((packet.original, packet.data), (1500, &b"abcde"[..]));
        assert_eq!(reader.next().unwrap().data, b"");
        assert!(reader.next().is_none());
        assert_eq!(reader.packet_comments(), notes.map(|note| (1, note)));
        assert_eq!(reader.diagnostics(), []);
        let there = &reader.interfaces()[0];
        assert_eq!((there.received, there.drops), (Some(9), Some(7)));
        let described = Interface {
            received: None,
            drops: None,
            ..there.clone()
        };
        assert_eq!(described, eth0());
    }

    #[test]
    fn what_a_capture_says_of_itself_is_read_back() {
        let section = Section {
            hardware: Some("amd64".to_owned()),
            os: Some("Linux 6.1".to_owned()),
            application: Some("dumpcap".to_owned()),
            comments: vec!["lab 3".to_owned(), "second run".to_owned()],
            packets_before: 0,
            interfaces_before: 0,
        };
        let key = Secrets {
            kind: Secrets::TLS_KEY_LOG,
            data: b"CLIENT_RANDOM 00 11\n".to_vec(),
        };
        // More than one block of names can hold.
        let names: BTreeMap<IpAddr, String> = (0..5000_u32)
            .map(|n| {
                (
                    IpAddr::from((10 << 24 | n).to_be_bytes()),
                    format!("host-{n}"),
                )
            })
            .chain([("2001:db8::1".parse().unwrap(), "여섯".to_owned())])
            .collect();
        let mut writer = Writer::section(tempfile::tempfile().unwrap(), &section).unwrap();
        writer.interface(&eth0()).unwrap();
        writer.names(&names).unwrap();
        writer.secrets(&key).unwrap();
        writer.packet(&record(b"abcde", &[])).unwrap();
        let lost = Interface {
            drops: Some(3),
            ..eth0()
        };
        writer.totals(0, 5, &lost).unwrap();
        let mut reader = reopen(writer.into_inner());
        assert!(reader.next().is_some() && reader.next().is_none());
        assert_eq!(reader.diagnostics(), []);
        assert_eq!(reader.sections(), [section]);
        assert_eq!(reader.secrets(), [key]);
        assert_eq!(*reader.names(), names);
        assert_eq!(reader.interfaces(), [lost]);
    }

    #[test]
    fn a_pcap_file_is_read_back() {
        let mut writer = Writer::pcap(tempfile::tempfile().unwrap(), 113).unwrap();
        writer.interface(&eth0()).unwrap();
        writer
            .packet(&record(b"abcde", &["lost".to_owned()]))
            .unwrap();
        let mut reader = reopen(writer.into_inner());
        let packet = reader.next().unwrap();
        assert_eq!(packet.time_ns, 1_700_000_000_123_456_789);
        assert_eq!((packet.link_type, packet.data), (113, &b"abcde"[..]));
        assert!(reader.next().is_none());
        assert_eq!(reader.diagnostics(), []);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let error = Writer::pcapng(full).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
