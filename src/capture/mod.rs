//! Reads capture files: packets with their times and bytes.
//!
//! A [`Reader`] reads a capture once, from front to end, and returns each [`Packet`]; its [`Bytes`] read any of them
//! again later, by offset. It reads pcap (draft-ietf-opsawg-pcap) and pcapng (PCAP-NG draft, draft-ietf-opsawg-pcapng)
//! in all their variants, plain or compressed with gzip, Zstandard or LZ4, from a file, a pipe or standard input. It
//! handles bytes and times, and no protocols.
//!
//! It is lenient and exact: the readable parts of a damaged capture are read, and each error is a [`Diagnostic`] with
//! its offset. No input makes it panic, and no length in a file makes it allocate more than the file holds.
//!
//! | file | holds |
//! |---|---|
//! | `open.rs` | opening, detecting formats, errors |
//! | `file.rs`, `source.rs` | one pass through a file; the window of bytes that moves forward |
//! | `files.rs`, `merge.rs`, `decompressed.rs` | several files as one capture |
//! | `bytes.rs` | reading again |
//! | `decompress.rs`, `decompress_ahead.rs` | compressed captures as a stream, on a thread of its own |
//! | `pcap.rs`; `pcapng.rs`, `extent.rs`, `blocks.rs`, `entries.rs`, `clock.rs` | the formats |
//! | `found.rs` | the data of a capture besides its packets |
//! | `write.rs` | writing packets |
//! | `interfaces.rs` | what can be captured from |
//! | `live/` | packets from interfaces, into such a file |

mod blocks;
mod bytes;
mod clock;
mod decompress;
mod decompress_ahead;
mod decompressed;
mod diagnostic;
mod entries;
mod extent;
mod file;
mod files;
mod found;
pub mod interfaces;
pub mod live;
mod merge;
mod open;
mod pcap;
mod pcapng;
mod source;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

pub use bytes::Bytes;
pub use diagnostic::{Diagnostic, MAX_DIAGNOSTICS, Problem, Severity};
pub use files::Files;
pub use found::{
    Interface, MAX_COMMENTS, MAX_INTERFACES, MAX_NAMES, MAX_SECRET_BYTES, MAX_SECTIONS, Secrets,
    Section,
};
pub use open::{Compression, FileType, Format, OpenError, Spool, open_file};
pub use source::{Buffer, Growing};
pub use write::{Record as SavedPacket, SaveFormat, Statistics, Writer};

use file::FileReader;
use found::Found;
use merge::Merge;

/// The maximum length of a packet on any link (D-Bus and USB have up to 128 MiB): a longer length is damage.
pub const MAX_PACKET: u32 = 256 * 1024 * 1024;

/// The value for the interface and for the link type of a custom block of pcapng: it belongs to no interface, but is
/// numbered among the packets, as in Wireshark. Its data is what follows its Private Enterprise Number, including the
/// options, which only that enterprise can separate from it.
pub const CUSTOM_BLOCK: u16 = 0xffff;

/// The value for an entry of the systemd journal, in its export format.
pub const JOURNAL_ENTRY: u16 = 0xfffe;

/// The value for an event of sysdig; its data is its parameters.
pub const SYSDIG_EVENT: u16 = 0xfffd;

/// A packet as the [`Reader`] returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// When it was captured, in nanoseconds since 1970; a packet without a time has that of the previous one, or 0.
    pub time_ns: i64,
    /// Whether the capture gives it a time: a Simple Packet Block of pcapng has none.
    pub has_time: bool,
    /// The offset of its data in the (decompressed) capture, for [`Bytes::read_at`].
    pub offset: u64,
    /// How many bytes of it were captured: the length of `data`.
    pub captured: u32,
    /// Its length on the wire, from its header, bytes.
    pub original: u32,
    /// Its interface: the index into [`Reader::interfaces`]; values from [`MAX_INTERFACES`] on mean something other
    /// than a packet of an interface, such as a [`CUSTOM_BLOCK`].
    pub interface: u16,
    /// That interface's LINKTYPE_ number; without an interface it equals `interface`.
    pub link_type: u16,
    /// Its bytes, beginning with the link layer.
    pub data: &'a [u8],
}

/// One pass through a capture, which may be several files.
///
/// ```no_run
/// let mut reader = wiretalk::capture::Reader::open("a.pcapng".as_ref())?;
/// while let Some(packet) = reader.next() {
///     println!("{} {} bytes", packet.time_ns, packet.original);
/// }
/// for diagnostic in reader.diagnostics() {
///     eprintln!("{diagnostic}");
/// }
/// # Ok::<(), wiretalk::capture::OpenError>(())
/// ```
pub struct Reader {
    kind: Kind,
    /// How many packets are read at most.
    most: u64,
}

/// What a capture is read from.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one of them, and each packet comes through it"
)]
enum Kind {
    File(FileReader),
    Files(Box<Merge>),
}

/// The read position in a file of either format.
enum Walk {
    Pcap(pcap::Pcap),
    Pcapng(pcapng::Pcapng),
}

/// The next item of a capture.
enum Step {
    Packet(Record),
    /// Nothing complete so far, in a capture that grows or in the bytes that may be read.
    Wait,
    /// The next item looks so unusual that only a blocking read can decide what it is.
    Doubt,
    End,
}

/// A [`Packet`] without its bytes, which are in a [`Buffer`].
#[derive(Clone, Copy, Debug)]
pub struct Record {
    time_ns: i64,
    has_time: bool,
    /// As in [`Packet::offset`].
    pub offset: u64,
    captured: u32,
    original: u32,
    interface: u16,
    link_type: u16,
    place: u32,
}

impl Record {
    /// Returns the length of the packet on the wire, bytes.
    #[inline]
    pub fn original(&self) -> u32 {
        self.original
    }

    /// Returns the packet. `buffer` is the one that the reader had when it returned this.
    #[inline]
    pub fn packet<'a>(&self, buffer: &'a Buffer) -> Packet<'a> {
        Packet {
            time_ns: self.time_ns,
            has_time: self.has_time,
            offset: self.offset,
            captured: self.captured,
            original: self.original,
            interface: self.interface,
            link_type: self.link_type,
            data: buffer.slice(self.place, self.captured),
        }
    }
}

impl Reader {
    fn of(kind: Kind) -> Self {
        let most = u64::MAX;
        Reader { kind, most }
    }

    /// Returns the next packet; `None` at the end of the capture, or if a [growing](Reader::set_growing) one or a pipe
    /// that is [not waited for](Reader::set_blocking) has no complete packet so far.
    ///
    /// Errors in the capture are added to [`Reader::diagnostics`].
    // Not an Iterator: the packet borrows the reader's buffer.
    #[allow(clippy::should_implement_trait)]
    #[inline]
    pub fn next(&mut self) -> Option<Packet<'_>> {
        let record = self.next_record()?;
        Some(record.packet(self.buffer()))
    }

    /// Returns the next packet as [`Reader::next`] does, without its bytes: they are in [`Reader::buffer`] until the
    /// next one is read.
    #[inline]
    pub fn next_record(&mut self) -> Option<Record> {
        if self.found().packets >= self.most {
            return None;
        }
        match &mut self.kind {
            Kind::File(file) => file.next_record(),
            Kind::Files(files) => files.next_record(),
        }
    }

    /// Returns the next packet if the bytes read so far suffice, without reading more. The bytes of the packets before
    /// it stay where they are.
    #[inline]
    pub fn next_buffered(&mut self) -> Option<Record> {
        if self.found().packets >= self.most {
            return None;
        }
        match &mut self.kind {
            Kind::File(file) => file.next_buffered(),
            Kind::Files(files) => files.next_buffered(),
        }
    }

    /// Returns the buffer that the bytes of the packets returned last are in.
    #[inline]
    pub fn buffer(&self) -> &Buffer {
        match &self.kind {
            Kind::File(file) => file.buffer(),
            Kind::Files(files) => files.buffer(),
        }
    }

    /// Exchanges this buffer for a spare one.
    pub fn exchange_buffer(&mut self, spare: &mut Buffer) {
        match &mut self.kind {
            Kind::File(file) => file.exchange_buffer(spare),
            Kind::Files(files) => files.exchange_buffer(spare),
        }
    }

    #[inline]
    fn found(&self) -> &Found {
        match &self.kind {
            Kind::File(file) => &file.found,
            Kind::Files(files) => &files.found,
        }
    }

    fn found_mut(&mut self) -> &mut Found {
        match &mut self.kind {
            Kind::File(file) => &mut file.found,
            Kind::Files(files) => &mut files.found,
        }
    }

    /// Reads at most this many packets, as if the capture ended there.
    pub fn set_most(&mut self, most: u64) {
        self.most = most;
    }

    /// Sets whether the file is still being written. If so, the end of the file is not the end of the capture:
    /// [`Reader::next`] returns `None` there, without a diagnostic, and more packets when there are more. Several files
    /// do not grow.
    ///
    /// Reset it when the writer is done, and call `next` until it returns `None` once more.
    pub fn set_growing(&mut self, growing: bool) {
        if let Kind::File(file) = &mut self.kind {
            file.growing = growing;
        }
    }

    /// Sets whether [`Reader::next`] waits for the next packet of a pipe, as it does by default. In a compressed one it
    /// may still wait for the rest of a compressed unit.
    pub fn set_blocking(&mut self, blocking: bool) {
        if let Kind::File(file) = &mut self.kind {
            file.set_blocking(blocking);
        }
    }

    /// Waits until a pipe has something to read, or its end; for `timeout` at most. Does not wait for a file.
    pub fn wait(&self, timeout: Duration) {
        if let Kind::File(file) = &self.kind {
            file.wait(timeout);
        }
    }

    /// Whether everything was read and nothing more comes.
    pub fn has_ended(&self) -> bool {
        let ended = match &self.kind {
            Kind::File(file) => file.ended,
            Kind::Files(files) => files.has_ended(),
        };
        ended || self.found().packets >= self.most
    }

    /// Returns the number of packets returned so far; that of the last one, counting from 1.
    pub fn packets(&self) -> u64 {
        self.found().packets
    }

    /// Returns the interfaces of all sections described so far; their number grows while reading.
    pub fn interfaces(&self) -> &[Interface] {
        &self.found().interfaces
    }

    /// Returns the diagnostics so far, in the order of the file; at most [`MAX_DIAGNOSTICS`].
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.found().diagnostics
    }

    /// Returns how many diagnostics there were beyond those kept.
    pub fn more_diagnostics(&self) -> u64 {
        self.found().more_diagnostics
    }

    /// Whether something was lost: a diagnostic of [`Severity::Error`], also among those not kept.
    pub fn damaged(&self) -> bool {
        self.found().damaged
    }

    /// Returns the comments on packets that were not taken, with the packets' numbers, ascending; at most
    /// [`MAX_COMMENTS`].
    pub fn packet_comments(&self) -> &[(u64, String)] {
        &self.found().comments
    }

    /// Takes these comments.
    pub fn take_packet_comments(&mut self) -> Vec<(u64, String)> {
        std::mem::take(&mut self.found_mut().comments)
    }

    /// Returns the capture's sections; none in pcap. At most [`MAX_SECTIONS`].
    pub fn sections(&self) -> &[Section] {
        &self.found().sections
    }

    /// Limits the memory that the names in the capture may take, and its decryption secrets, bytes each.
    pub fn limit(&mut self, room: usize) {
        self.found_mut().limit(room);
    }

    /// Returns the names of addresses that the capture contains (Name Resolution Blocks); at most [`MAX_NAMES`].
    pub fn names(&self) -> &BTreeMap<IpAddr, String> {
        &self.found().names
    }

    /// Returns the addresses that have such a name, in the order of the capture.
    pub fn named(&self) -> &[IpAddr] {
        &self.found().named
    }

    /// Returns the keys that the capture contains (Decryption Secrets Blocks); at most [`MAX_SECRET_BYTES`].
    pub fn secrets(&self) -> &[Secrets] {
        &self.found().secrets
    }

    /// Returns the read position, in bytes of the file on disk (compressed ones, if it is compressed).
    pub fn position(&self) -> u64 {
        match &self.kind {
            Kind::File(file) => file.position(),
            Kind::Files(files) => files.position(),
        }
    }

    /// Returns the size of the file on disk, bytes; `None` for a pipe. Asks the system, as a file may grow.
    pub fn total(&self) -> Option<u64> {
        match &self.kind {
            Kind::File(file) => file.total(),
            Kind::Files(files) => Some(files.total()),
        }
    }

    /// Releases everything before `offset`, which is not read again. The disk space that a pipe or a compressed capture
    /// takes is freed.
    pub fn release(&mut self, offset: u64) {
        if let Kind::File(file) = &mut self.kind {
            file.release(offset);
        }
    }

    /// Returns a handle for reading packets again, also from other threads and after the reader is dropped.
    pub fn bytes(&self) -> Bytes {
        match &self.kind {
            Kind::File(file) => file.bytes(),
            Kind::Files(files) => files.bytes(),
        }
    }

    /// Opens the files of the capture one after another, if it has several.
    pub fn files(&self) -> Option<impl Iterator<Item = io::Result<File>> + Send + use<>> {
        match &self.kind {
            Kind::File(_) => None,
            Kind::Files(files) => Some(files.opened()),
        }
    }

    /// Returns the file's format, of several files that of the first.
    pub fn format(&self) -> Format {
        match &self.kind {
            Kind::File(file) => file.format,
            Kind::Files(files) => files.format(),
        }
    }
}
