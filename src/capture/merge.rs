//! Several files as one capture: their packets in the order of time.
//!
//! Files are begun in the order of their first packets. Of packets with the same time the one of the file that began first
//! comes first. While only one of them is read, as in a ring of files, its
//! packets are returned as they are in its buffer. Where files overlap in time, the packets of all of them are copied into
//! one buffer, the earliest first.

use super::bytes::Bytes;
use super::decompressed::{Decompressed, members};
use super::diagnostic::{Diagnostic, Problem};
use super::file::FileReader;
use super::files::Reopened;
use super::found::{Found, Interface, Section};
use super::open::{Compression, OpenError, Spool, failed};
use super::source::{Buffer, Source, Stored, WINDOW};
use super::{Format, MAX_INTERFACES, Record};
use crate::lang::{Count, text};
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// So many files are read at once at most: each has a buffer.
pub(super) const MOST_AT_ONCE: usize = 256;

/// How much of a compressed file is decompressed to find its first packet, bytes.
const BEGINNING: u64 = 64 * 1024;

/// How many comments on sections are kept of all files.
const MOST_COMMENTS: usize = 1000;

/// Reads several files.
pub(super) struct Merge {
    /// All of them, in the order of their names.
    files: Vec<Arc<Reopened>>,
    /// Those that have not begun, in order.
    waiting: VecDeque<Waiting>,
    /// Those that are read.
    active: Vec<Member>,
    /// How many have begun.
    begun: u64,
    /// The data of all files besides their packets.
    pub found: Found,
    /// The numbers of interfaces that are the same in several files.
    interfaces: HashMap<Interface, Vec<u16>>,
    /// Where the packets of files that overlap are copied to, and up to where.
    buffer: Buffer,
    used: usize,
    /// The packets returned last are in the buffer of the only active file.
    is_direct: bool,
    bytes: Bytes,
    /// Where the next file begins in the capture.
    end: u64,
    spool: Decompressed,
    /// The size of all files on the disk, and of those that were read.
    total: u64,
    read: u64,
    /// So many files may be read at once.
    most: usize,
    /// It was said that too many files overlap.
    is_crowded: bool,
    format: Format,
}

/// A file that has not begun.
struct Waiting {
    file: Arc<Reopened>,
    /// The time of its first packet; the earliest possible if it is not known.
    first_ns: i64,
    /// Its length on the disk, bytes.
    length: u64,
    compression: Compression,
}

/// A file that is read.
struct Member {
    reader: FileReader,
    file: Arc<Reopened>,
    /// How many began before it.
    order: u64,
    /// Where it begins in the capture.
    base: u64,
    /// Its length on the disk, bytes, and decompressed.
    length: u64,
    decompressed: u64,
    /// Its next packet.
    head: Option<Head>,
    /// The numbers that its interfaces have in the capture.
    interfaces: Vec<u16>,
    /// How many of the interfaces that are the same are its own, by the first of them.
    used: HashMap<u16, usize>,
    /// How many of its packets are left out, as their interfaces have no number.
    left_out: u64,
    /// How much of its other data was taken over.
    diagnostics: usize,
    sections: usize,
    names: usize,
    secrets: usize,
}

/// The next packet of a file.
struct Head {
    record: Record,
    /// Its bytes, if they are not in the buffer of the file any more.
    held: Option<Vec<u8>>,
}

impl Merge {
    /// Reads the beginnings of the files. `named` is the first name that they were given; at most `most` are read at once.
    ///
    /// # Errors
    ///
    /// [`OpenError`] of the first one that was named if none is a capture.
    pub fn begin(
        files: &[Arc<Reopened>],
        named: &str,
        most: usize,
        problems: Vec<(Problem, String)>,
        spool: Spool,
    ) -> Result<Merge, OpenError> {
        let mut found = Found::default();
        for (kind, problem) in problems {
            found.diagnose(0, kind, || problem);
        }
        let (mut waiting, mut format, mut first_error) = (Vec::new(), None, None);
        let mut others = 0;
        let mut spool = Decompressed::of(spool);
        for file in files {
            match Waiting::find(file, &mut spool) {
                Ok((next, its_format)) => {
                    format = format.or(Some(its_format));
                    waiting.push(next);
                }
                Err(error) => {
                    match (&error, file.is_found) {
                        (OpenError::NotACapture { .. }, true) => others += 1,
                        _ => found.diagnose(0, Problem::FileLeftOut, || error.to_string()),
                    }
                    if !file.is_found {
                        first_error = first_error.or(Some(error));
                    }
                }
            }
        }
        if others > 0 {
            found.diagnose(0, Problem::FileNoted, || {
                text!("problem-other-files", others = Count(others))
            });
        }
        let Some(format) = format else {
            let file = named.to_owned();
            return Err(first_error.unwrap_or(OpenError::NoFiles { file }));
        };
        waiting.sort_by_key(|file| file.first_ns);
        Ok(Merge {
            files: files.to_vec(),
            total: waiting.iter().map(|file| file.length).sum(),
            waiting: waiting.into(),
            active: Vec::new(),
            begun: 0,
            found,
            interfaces: HashMap::new(),
            buffer: Buffer::default(),
            used: 0,
            is_direct: false,
            bytes: Bytes::default(),
            end: 0,
            spool,
            read: 0,
            most,
            is_crowded: false,
            format,
        })
    }

    /// As [`Reader::next_record`](super::Reader::next_record): packets of another buffer than before may follow.
    pub fn next_record(&mut self) -> Option<Record> {
        self.used = 0;
        loop {
            let at = self.earliest()?;
            // A head whose bytes are held is copied.
            let only = self.active.len() == 1;
            let record = match self.active.get_mut(at) {
                Some(member) if only => match member.head.take_if(|head| head.held.is_none()) {
                    Some(head) => {
                        self.is_direct = true;
                        Some(head.record)
                    }
                    None => None,
                },
                _ => None,
            };
            let record = match record {
                Some(record) => record,
                None => {
                    self.is_direct = false;
                    self.copy(at)?
                }
            };
            if let Some(record) = self.take_over(at, record) {
                return Some(record);
            }
        }
    }

    /// As [`Reader::next_buffered`](super::Reader::next_buffered).
    #[inline]
    pub fn next_buffered(&mut self) -> Option<Record> {
        match self.is_direct {
            true => self.next_of_only(),
            false => self.next_of_all(),
        }
    }

    /// Returns the next packet of the only file, if it is in its buffer and no other file comes first.
    fn next_of_only(&mut self) -> Option<Record> {
        loop {
            let begins = self.waiting.front().map(|next| next.first_ns);
            let member = self.active.first_mut()?;
            let record = member.reader.next_buffered()?;
            if begins.is_some_and(|begins| begins < record.time_ns) {
                let buffer = member.reader.buffer();
                let held = buffer.slice(record.place, record.captured).to_vec();
                let held = Some(held);
                member.head = Some(Head { record, held });
                return None;
            }
            if let Some(record) = self.take_over(0, record) {
                return Some(record);
            }
        }
    }

    /// Returns the next packet of all files, if the buffer has room for it.
    fn next_of_all(&mut self) -> Option<Record> {
        loop {
            let at = self.earliest()?;
            let record = self.copy(at)?;
            if let Some(record) = self.take_over(at, record) {
                return Some(record);
            }
        }
    }

    /// Returns the file with the earliest packet, after it has begun those that come before it; none at the end.
    fn earliest(&mut self) -> Option<usize> {
        loop {
            let mut at = 0;
            while let Some(member) = self.active.get_mut(at) {
                match member.has_head() {
                    true => at += 1,
                    false => self.finish(at),
                }
            }
            let heads = self.active.iter().enumerate();
            let heads = heads.filter_map(|(at, member)| {
                Some((member.head.as_ref()?.record.time_ns, member.order, at))
            });
            let earliest = heads.min();
            let next = self.waiting.front().map(|next| next.first_ns);
            match (earliest, next) {
                (None, None) => return None,
                (Some((time_ns, _, at)), Some(next)) if next >= time_ns => return Some(at),
                (Some((_, _, at)), None) => return Some(at),
                (Some((_, _, at)), Some(_)) if self.active.len() >= self.most => {
                    if !std::mem::replace(&mut self.is_crowded, true) {
                        self.found.diagnose(0, Problem::FileNoted, || {
                            text!("problem-too-many-at-once", most = Count(self.most as u64))
                        });
                    }
                    return Some(at);
                }
                _ => self.begin_next(),
            }
        }
    }

    /// Copies the next packet of a file into the common buffer; returns it with its place there. None if there is no
    /// room, which there is if the buffer is empty.
    fn copy(&mut self, at: usize) -> Option<Record> {
        let member = self.active.get_mut(at)?;
        let head = member.head.as_ref()?;
        let length = head.record.captured as usize;
        if self.used + length > self.buffer.room() {
            if self.used > 0 {
                return None;
            }
            self.buffer = Buffer::new(WINDOW.max(length));
        }
        let bytes = match &head.held {
            Some(bytes) => bytes,
            None => member
                .reader
                .buffer()
                .slice(head.record.place, head.record.captured),
        };
        let place = self.buffer.put(self.used, bytes);
        self.used += length;
        let record = member.head.take()?.record;
        Some(Record { place, ..record })
    }

    /// Numbers a packet of a file in the capture. None if its interface cannot be numbered.
    fn take_over(&mut self, at: usize, record: Record) -> Option<Record> {
        let member = self.active.get_mut(at)?;
        for (_, comment) in member.reader.found.comments.drain(..) {
            self.found.comment(record.offset, comment);
        }
        let number = usize::from(record.interface);
        let interface = match number {
            MAX_INTERFACES.. => Some(record.interface),
            _ => match member.interfaces.get(number) {
                Some(interface) => Some(*interface),
                None => self.take_interfaces_over(at, number),
            },
        };
        let base = self.active.get(at)?.base;
        self.found.packets += 1;
        match interface {
            Some(interface) => Some(Record {
                offset: record.offset.saturating_add(base),
                interface,
                ..record
            }),
            None => {
                self.found.packets -= 1;
                self.active.get_mut(at)?.left_out += 1;
                None
            }
        }
    }

    /// Numbers the interfaces of a file in the capture; returns the number of one of them. Those that are the same in
    /// several files have one number.
    #[cold]
    fn take_interfaces_over(&mut self, at: usize, number: usize) -> Option<u16> {
        let member = self.active.get_mut(at)?;
        let new = member
            .reader
            .found
            .interfaces
            .get(member.interfaces.len()..)?;
        for interface in new {
            let key = interface.uncounted();
            let same = self.interfaces.entry(key.clone()).or_default();
            // Those of one file stay apart.
            let used = match same.first() {
                Some(first) => member.used.get(first).copied().unwrap_or(0),
                None => 0,
            };
            let number = match same.get(used).copied() {
                Some(number) => number,
                None if self.found.interface(0, key) => {
                    let number = (self.found.interfaces.len() - 1) as u16;
                    same.push(number);
                    number
                }
                None => return None,
            };
            let first = same.first().copied().unwrap_or(number);
            member.used.insert(first, used + 1);
            member.interfaces.push(number);
        }
        member.interfaces.get(number).copied()
    }

    /// Begins the next file.
    fn begin_next(&mut self) {
        let Some(next) = self.waiting.pop_front() else {
            return;
        };
        match self.open(&next) {
            Ok(member) => self.active.push(member),
            Err(error) => {
                self.read += next.length;
                let message = || error.to_string();
                self.found.diagnose(0, Problem::FileLeftOut, message);
            }
        }
    }

    fn open(&mut self, next: &Waiting) -> Result<Member, OpenError> {
        let name = &next.file.name;
        let of_file = |error: io::Error| failed(name, &error);
        let open = next.file.open().map_err(of_file)?;
        let mut trouble = None;
        let (piece, source, decompressed) = match next.compression {
            Compression::None => {
                let piece = Stored::closed(Arc::clone(&next.file), next.length);
                let source = Stored::part(open, 0, next.length);
                (piece, source, next.length)
            }
            compression => {
                let mut members = members(&open, compression).map_err(of_file)?;
                let (piece, why) = self.spool.keep(&mut members, u64::MAX, name)?;
                trouble = why;
                (piece.clone(), piece, self.spool.last)
            }
        };
        self.begun += 1;
        let base = self.end;
        self.bytes.push(base, piece, Some(Arc::clone(name)));
        self.end = base.saturating_add(decompressed);
        let mut reader = FileReader::begin(Source::file(source), next.compression, name)?;
        reader.found.limit_like(&self.found);
        if let Some(error) = trouble {
            reader
                .found
                .diagnose(decompressed, Problem::Unreadable, || {
                    text!("problem-unreadable", error)
                });
        }
        Ok(Member {
            reader,
            file: Arc::clone(&next.file),
            order: self.begun,
            base,
            length: next.length,
            decompressed,
            head: None,
            interfaces: Vec::new(),
            used: HashMap::new(),
            left_out: 0,
            diagnostics: 0,
            sections: 0,
            names: 0,
            secrets: 0,
        })
    }

    /// Ends a file that was read, and takes everything else over that it has.
    fn finish(&mut self, at: usize) {
        let _ = self.take_interfaces_over(at, usize::MAX);
        self.gather(at);
        let member = self.active.remove(at);
        for (number, interface) in member
            .interfaces
            .iter()
            .zip(&member.reader.found.interfaces)
        {
            if let Some(known) = self.found.interfaces.get_mut(usize::from(*number)) {
                known.count_on(interface);
            }
        }
        self.found.more_diagnostics += member.reader.found.more_diagnostics;
        self.found.damaged |= member.reader.found.damaged;
        self.read += member.length;
        if member.left_out > 0 {
            let packets = text!("count-packets", count = Count(member.left_out));
            let left_out = Diagnostic {
                offset: member.length,
                packet: self.found.packets,
                kind: Problem::BadInterface,
                message: text!("problem-left-out", packets),
                file: None,
            };
            self.found.adopt(left_out, &member.file.name);
        }
        let now = member.file.open().and_then(|file| file.metadata());
        if now.is_ok_and(|now| now.len() > member.length) {
            let grown = Diagnostic {
                offset: member.length,
                packet: self.found.packets,
                kind: Problem::Odd,
                message: text!("problem-grown").to_owned(),
                file: None,
            };
            self.found.adopt(grown, &member.file.name);
        }
    }

    /// Takes over what a file has besides packets.
    fn gather(&mut self, at: usize) {
        let Some(member) = self.active.get_mut(at) else {
            return;
        };
        let found = &member.reader.found;
        for diagnostic in found.diagnostics.iter().skip(member.diagnostics) {
            let packet = self.found.packets;
            let diagnostic = diagnostic.clone();
            let diagnostic = Diagnostic {
                packet,
                ..diagnostic
            };
            self.found.adopt(diagnostic, &member.file.name);
        }
        for section in found.sections.iter().skip(member.sections) {
            add_section(&mut self.found, section);
        }
        for address in found.named.iter().skip(member.names) {
            if let Some(name) = found.names.get(address) {
                self.found.name(0, *address, name.clone());
            }
        }
        for secrets in found.secrets.iter().skip(member.secrets) {
            self.found.secret(0, secrets.kind, &secrets.data);
        }
        member.diagnostics = found.diagnostics.len();
        member.sections = found.sections.len();
        member.names = found.named.len();
        member.secrets = found.secrets.len();
    }

    /// Returns the buffer that the bytes of the packets returned last are in.
    #[inline]
    pub fn buffer(&self) -> &Buffer {
        match self.active.first() {
            Some(member) if self.is_direct => member.reader.buffer(),
            _ => &self.buffer,
        }
    }

    /// Exchanges this buffer for a spare one.
    pub fn exchange_buffer(&mut self, spare: &mut Buffer) {
        for at in 0..self.active.len() {
            self.gather(at);
        }
        match self.active.first_mut() {
            Some(member) if self.is_direct => member.reader.exchange_buffer(spare),
            _ => {
                std::mem::swap(&mut self.buffer, spare);
                self.used = 0;
            }
        }
    }

    /// Whether everything was read.
    pub fn has_ended(&self) -> bool {
        self.waiting.is_empty() && self.active.is_empty()
    }

    /// Returns how much was read, in bytes of the files on the disk.
    pub fn position(&self) -> u64 {
        let active = self.active.iter().map(|member| {
            let position = u128::from(member.reader.position());
            let length = u128::from(member.length);
            (position * length / u128::from(member.decompressed.max(1))) as u64
        });
        self.read + active.sum::<u64>()
    }

    /// Returns the size of the files on the disk, bytes.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Returns a handle for reading packets again.
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Opens all files, one after another.
    pub fn opened(&self) -> impl Iterator<Item = io::Result<File>> + Send + use<> {
        let files = self.files.clone().into_iter();
        files.map(|file| file.open()?.try_clone())
    }

    /// Returns the format of the first file.
    pub fn format(&self) -> Format {
        self.format
    }
}

impl Member {
    /// Whether there is a next packet; reads it.
    fn has_head(&mut self) -> bool {
        if self.head.is_none() {
            let record = self.reader.next_record();
            self.head = record.map(|record| Head { record, held: None });
        }
        self.head.is_some()
    }
}

/// Adds a section of a file: the first one describes the capture, comments are kept of all.
fn add_section(found: &mut Found, section: &Section) {
    match found.sections.first_mut() {
        None => found.sections.push(Section {
            packets_before: 0,
            interfaces_before: 0,
            ..section.clone()
        }),
        Some(first) => {
            for comment in &section.comments {
                if first.comments.len() < MOST_COMMENTS && !first.comments.contains(comment) {
                    first.comments.push(comment.clone());
                }
            }
        }
    }
}

impl Waiting {
    /// Finds the first packet of a file.
    fn find(
        file: &Arc<Reopened>,
        spool: &mut Decompressed,
    ) -> Result<(Waiting, Format), OpenError> {
        let name = &file.name;
        let of_file = |error: io::Error| failed(name, &error);
        let open = file.open().map_err(of_file)?;
        let length = open.metadata().map_err(of_file)?.len();
        let mut magic = [0; 4];
        // A file shorter than that is no capture.
        let _ = open.read_at(&mut magic, 0).map_err(of_file)?;
        let compression = Compression::detect(&magic);
        let source = match compression {
            Compression::None => Stored::part(open, 0, length),
            compression => {
                let mut members = members(&open, compression).map_err(of_file)?;
                let (source, _) = spool.keep(&mut members, BEGINNING, name)?;
                spool.forget_last();
                source
            }
        };
        let mut reader = FileReader::begin(Source::file(source), compression, name)?;
        let first = reader.next_record();
        let waiting = Waiting {
            file: Arc::clone(file),
            first_ns: first.map_or(i64::MIN, |record| record.time_ns),
            length,
            compression,
        };
        Ok((waiting, reader.format))
    }
}
