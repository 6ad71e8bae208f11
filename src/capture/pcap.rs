//! The classic format, draft-ietf-opsawg-pcap: a file header, then packet records.

use nom::number::{Endianness, u16, u32};
use nom::{IResult, Parser};

use super::diagnostic::Problem;
use super::found::{Found, Interface};
use super::source::{Source, numbers};
use super::{FileType, MAX_PACKET, Record, Step};
use crate::lang::{Count, text};

/// The length of the file header.
pub(super) const FILE_HEADER: usize = 24;

/// The largest packet that most programs accept, whatever the file's own limit.
const USUAL_PACKET: u32 = 262_144;

/// Times at least this far apart, in seconds, make a record header doubtful: 30 days.
const NEAR: u32 = 30 * 86_400;

/// This many plausible record headers in a chain end the search after garbage.
const CHAIN: usize = 3;

/// The range of the search after garbage, bytes: far more than a lost disk block or a cut write.
pub(super) const LOOKAHEAD: u64 = 64 * 1024 * 1024;

/// After this many bytes searched in vain, no further search is begun: otherwise consecutive doubtful records would
/// each cause a search of the whole file.
const MAX_IN_VAIN: u64 = 4 * LOOKAHEAD;

/// How many candidates in one search may be examined outside the window: each costs a system call or more.
const MAX_FAR_LOOKS: u32 = 100_000;

/// The first 24 bytes of a file (draft-ietf-opsawg-pcap section 4).
pub(super) struct FileHeader {
    order: Endianness,
    nanoseconds: bool,
    modified: bool,
    version: (u16, u16),
    snaplen: u32,
    link: u32,
}

impl FileHeader {
    /// Reads the header, in the variant that its magic number shows; `None` for anything else.
    pub fn parse(bytes: &[u8]) -> Option<FileHeader> {
        let order = if bytes.first() == Some(&0xa1) {
            Endianness::Big
        } else {
            Endianness::Little
        };
        let fields: IResult<&[u8], _> = (
            u32(order),
            u16(order),
            u16(order),
            u32(order),
            u32(order),
            u32(order),
            u32(order),
        )
            .parse_complete(bytes);
        let (_, (magic, major, minor, _zone, _accuracy, snaplen, link)) = fields.ok()?;
        let (nanoseconds, modified) = match magic {
            0xa1b2_c3d4 => (false, false),
            0xa1b2_3c4d => (true, false),
            // Alexey Kuznetzov's patch to libpcap: eight more bytes in each record header.
            0xa1b2_cd34 => (false, true),
            _ => return None,
        };
        Some(FileHeader {
            order,
            nanoseconds,
            modified,
            version: (major, minor),
            snaplen,
            link,
        })
    }

    /// Whether a file begins with the magic number of a variant.
    pub fn has_magic(bytes: &[u8]) -> bool {
        matches!(
            bytes,
            [0xa1, 0xb2, 0xc3, 0xd4, ..]
                | [0xa1, 0xb2, 0x3c, 0x4d, ..]
                | [0xa1, 0xb2, 0xcd, 0x34, ..]
                | [0xd4, 0xc3, 0xb2, 0xa1, ..]
                | [0x4d, 0x3c, 0xb2, 0xa1, ..]
                | [0x34, 0xcd, 0xb2, 0xa1, ..]
        )
    }

    /// Returns the file type, for display.
    pub fn file_type(&self) -> FileType {
        FileType::Pcap {
            nanoseconds: self.nanoseconds,
            modified: self.modified,
            big_endian: self.order == Endianness::Big,
        }
    }

    /// Returns the one interface of the file. The upper bits of the link type describe the frame check sequence.
    pub fn interface(&self) -> Interface {
        let fcs_present = self.link & 0x0400_0000 != 0;
        Interface {
            link_type: (self.link & 0xffff) as u16,
            snaplen: self.snaplen,
            // In units of 16 bits.
            fcs_length: fcs_present.then_some(((self.link >> 28) * 2) as u8),
            ..Interface::default()
        }
    }
}

/// The read position in a pcap file.
pub(super) struct Pcap {
    order: Endianness,
    /// Nanoseconds in a unit of the time's fraction.
    unit: u32,
    /// The length of a record header.
    header: usize,
    /// Up to version 2.3 some programs wrote the two lengths in reverse order.
    may_swap: bool,
    /// A packet longer than this is doubtful.
    usual: u32,
    /// The time of the last good packet.
    seconds: Option<u32>,
    /// How many bytes were searched in vain.
    in_vain: u64,
}

/// A record header (draft-ietf-opsawg-pcap section 5).
#[derive(Clone, Copy)]
struct Header {
    seconds: u32,
    fraction: u32,
    captured: u32,
    original: u32,
}

/// The result of a second look at a doubtful record header.
enum Doubt {
    Good,
    /// The file ends before the record does.
    CutShort,
    /// It may be a record, but no record follows it.
    Perhaps,
    Garbage,
}

impl Pcap {
    pub fn new(header: &FileHeader) -> Pcap {
        Pcap {
            order: header.order,
            unit: if header.nanoseconds { 1 } else { 1000 },
            header: if header.modified { 24 } else { 16 },
            may_swap: header.version.0 == 2 && header.version.1 <= 3,
            usual: header.snaplen.clamp(USUAL_PACKET, MAX_PACKET),
            seconds: None,
            in_vain: 0,
        }
    }

    /// Returns the next packet.
    #[inline]
    pub fn next(&mut self, source: &mut Source, found: &mut Found, growing: bool) -> Step {
        loop {
            source.fill(self.header);
            let Some(header) = self.parse(source.window()) else {
                return self.end(source, found, growing || source.is_held_back());
            };
            let length = self.header + header.captured as usize;
            if self.doubtful(&header) {
                if !source.is_blocking() {
                    return Step::Doubt;
                }
                match self.look_again(source, &header) {
                    Doubt::Good => {}
                    Doubt::CutShort if growing => return Step::Wait,
                    _ if self.resynchronise(source, found) => continue,
                    // It is the best candidate.
                    Doubt::Perhaps => {}
                    _ if growing => return Step::Wait,
                    doubt => {
                        self.give_up(source, found, &header, doubt);
                        return Step::End;
                    }
                }
            }
            if source.fill(length) < length {
                let growing = growing || source.is_held_back();
                if !growing {
                    self.give_up(source, found, &header, Doubt::CutShort);
                }
                return if growing { Step::Wait } else { Step::End };
            }
            self.seconds = Some(header.seconds);
            let offset = source.offset() + self.header as u64;
            let place = source.place(self.header);
            source.consume(length);
            return Step::Packet(Record {
                time_ns: i64::from(header.seconds) * 1_000_000_000
                    + i64::from(header.fraction) * i64::from(self.unit),
                has_time: true,
                offset,
                captured: header.captured,
                original: header.original,
                interface: 0,
                link_type: 0,
                place,
            });
        }
    }

    /// Returns the record header that `bytes` begin with, if it is complete.
    #[inline]
    fn parse(&self, bytes: &[u8]) -> Option<Header> {
        if bytes.len() < self.header {
            return None;
        }
        let ([seconds, fraction, captured, original], _) = numbers(self.order, bytes)?;
        let mut header = Header {
            seconds,
            fraction,
            captured,
            original,
        };
        if self.may_swap && captured > original {
            (header.captured, header.original) = (original, captured);
        }
        Some(header)
    }

    /// Whether a record header is unusual enough for a second look. Those of empty packets are: zeros look like them.
    #[inline]
    fn doubtful(&self, header: &Header) -> bool {
        header.captured > header.original
            || header.captured > self.usual
            || header.captured == 0
            || header.fraction >= 1_000_000_000 / self.unit
            || self
                .seconds
                .is_some_and(|seconds| seconds.abs_diff(header.seconds) > NEAR)
    }

    /// Examines whether a plausible record follows the record, or the end of the file.
    #[cold]
    fn look_again(&self, source: &mut Source, header: &Header) -> Doubt {
        let zeros =
            |header: &Header| header.captured == 0 && header.original == 0 && header.seconds == 0;
        let far = self.seconds.is_some_and(|seconds| seconds > NEAR);
        if header.captured > MAX_PACKET || (zeros(header) && far) {
            return Doubt::Garbage;
        }
        match self.after(source, source.offset(), header) {
            After::Short => Doubt::CutShort,
            After::End => Doubt::Good,
            After::Header(next) if zeros(header) && zeros(&next) => Doubt::Garbage,
            After::Header(next) if next.captured <= self.usual => {
                let near = |seconds: u32| seconds.abs_diff(next.seconds) <= NEAR;
                let steady = near(header.seconds) || self.seconds.is_none_or(near);
                if steady { Doubt::Good } else { Doubt::Perhaps }
            }
            After::Header(_) if header.captured <= self.usual => Doubt::Perhaps,
            After::Header(next) if next.captured > MAX_PACKET || next.captured > next.original => {
                Doubt::Garbage
            }
            // Another large one: it must at least be complete.
            After::Header(next) => {
                let second = source.offset() + (self.header + header.captured as usize) as u64;
                match self.after(source, second, &next) {
                    After::Short => Doubt::Garbage,
                    _ => Doubt::Good,
                }
            }
        }
    }

    /// Returns what comes after the record at `offset`.
    fn after(&self, source: &mut Source, offset: u64, header: &Header) -> After {
        let end = offset + (self.header + header.captured as usize) as u64;
        // Beginning with the record's last byte, which distinguishes an end there from an earlier one.
        let mut bytes = [0; 1 + 24];
        let got = source.peek_at(
            end - 1,
            bytes.get_mut(..1 + self.header).unwrap_or_default(),
        );
        match bytes.get(1..got) {
            None => After::Short,
            Some(next) => self.parse(next).map_or(After::End, After::Header),
        }
    }

    /// Whether a record header is plausible, for the search after garbage: stricter than for a record at its expected
    /// offset.
    #[inline]
    fn plausible(&self, header: &Header, near: Option<u32>) -> bool {
        header.captured != 0
            && header.captured <= self.usual
            && header.original >= header.captured
            && header.original <= MAX_PACKET
            && header.fraction < 1_000_000_000 / self.unit
            && near.is_none_or(|seconds| seconds.abs_diff(header.seconds) <= NEAR)
    }

    /// Whether a chain of records begins at `offset`.
    fn chain(&self, source: &mut Source, mut offset: u64, mut header: Header) -> bool {
        for _ in 1..CHAIN {
            let near = Some(header.seconds);
            match self.after(source, offset, &header) {
                After::Short => return false,
                After::End => {
                    // Exactly at the end, rather than some bytes before it.
                    let end = offset + (self.header + header.captured as usize) as u64;
                    return source.peek_at(end, &mut [0]) == 0;
                }
                After::Header(next) => {
                    offset += (self.header + header.captured as usize) as u64;
                    header = next;
                }
            }
            if !self.plausible(&header, near) {
                return false;
            }
        }
        true
    }

    /// Searches for the next record after garbage, and goes there; else stays.
    #[cold]
    fn resynchronise(&mut self, source: &mut Source, found: &mut Found) -> bool {
        let garbage = source.offset();
        let mut looks = 0;
        if self.in_vain > MAX_IN_VAIN {
            return false;
        }
        source.consume(1);
        while source.offset() - garbage < LOOKAHEAD && looks < MAX_FAR_LOOKS {
            let there = source.fill(self.header);
            if there < self.header {
                break;
            }
            for index in 0..=there - self.header {
                let Some(header) = source
                    .window()
                    .get(index..)
                    .and_then(|bytes| self.parse(bytes))
                else {
                    break;
                };
                if !self.plausible(&header, self.seconds) {
                    continue;
                }
                looks += 1;
                let offset = source.offset() + index as u64;
                if self.chain(source, offset, header) {
                    source.consume(index);
                    let skipped = Count(offset - garbage);
                    found.diagnose(garbage, Problem::Garbage, || {
                        text!("problem-garbage", skipped)
                    });
                    return true;
                }
            }
            source.consume(there - self.header + 1);
        }
        let searched = source.offset() - garbage;
        self.in_vain += if looks < MAX_FAR_LOOKS {
            searched
        } else {
            LOOKAHEAD
        };
        source.seek(garbage);
        false
    }

    /// Reports why there are no more packets.
    #[cold]
    fn give_up(&self, source: &Source, found: &mut Found, header: &Header, doubt: Doubt) {
        let (packet, captured) = (Count(found.packets + 1), Count(header.captured.into()));
        let offset = source.offset();
        if matches!(doubt, Doubt::Garbage) || header.captured > MAX_PACKET {
            found.diagnose(offset, Problem::Garbage, || {
                text!("problem-no-packet", captured)
            });
        } else {
            let there = Count(source.rest(offset + self.header as u64));
            found.diagnose(offset, Problem::CutShort, || {
                text!("problem-cut-short-packet", packet, captured, there)
            });
        }
    }

    /// Handles the end of the file, possibly with the beginning of a header.
    #[cold]
    fn end(&self, source: &mut Source, found: &mut Found, growing: bool) -> Step {
        if growing {
            return Step::Wait;
        }
        let there = source.window().len();
        if there > 0 {
            let packet = Count(found.packets + 1);
            found.diagnose(source.offset(), Problem::CutShort, || {
                text!(
                    "problem-cut-short-header",
                    packet,
                    needed = self.header,
                    there
                )
            });
        }
        Step::End
    }
}

/// What follows a record.
enum After {
    /// The file ends within the record.
    Short,
    /// The file ends after the record, or within the next header.
    End,
    Header(Header),
}
