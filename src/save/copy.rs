//! Copies packets from a capture to a file. First it determines the packets and their interfaces, then it writes them;
//! the index continues in between.

use super::{Choice, SaveError, Saved};
use crate::{
    capture::{Bytes, Interface, SaveFormat, SavedPacket, Section, Writer},
    store::{About, Contents, PacketRecord, Store},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, ErrorKind, Write},
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

/// Packets that are examined before the index may continue: about a millisecond.
const BATCH: u32 = 16_384;

/// Packets near one another are read together, at most this many bytes.
const PIECE: u64 = 256 * 1024;

/// The maximum gap between packets that are read together, bytes: reading unneeded bytes costs less than another system
/// call.
const MAX_GAP: u64 = 4096;

/// Times of pcap end before this second: 32 bits, unsigned.
const END_OF_PCAP: i64 = 1 << 32;

/// The progress of copying, and whether it was cancelled.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    all: AtomicU64,
    cancelled: AtomicBool,
}

impl Progress {
    /// Returns how much of the capture was processed, in percent.
    pub fn percent(&self) -> u64 {
        let all = self.all.load(Ordering::Relaxed).max(1);
        self.done.load(Ordering::Relaxed) * 100 / all
    }

    /// Cancels it, without a file.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Returns an error if it was cancelled.
    pub(crate) fn go_on(&self) -> Result<(), SaveError> {
        match self.cancelled.load(Ordering::Relaxed) {
            true => Err(SaveError::Cancelled),
            false => Ok(()),
        }
    }
}

/// A copy in progress.
pub(super) struct Copying<'a> {
    store: &'a Store,
    choice: &'a Choice,
    progress: &'a Progress,
    format: SaveFormat,
    /// The last packet at the start.
    last: u32,
    interfaces: Vec<Interface>,
    /// The interfaces' indexes in the file, by those in the capture.
    places: BTreeMap<u16, u32>,
    about: About,
    /// Whether all packets are copied, and no more will come.
    whole: bool,
}

impl<'a> Copying<'a> {
    /// Determines what is needed for these packets.
    ///
    /// # Errors
    ///
    /// Fails if the format cannot hold them.
    pub fn prepare(
        store: &'a Store,
        choice: &'a Choice,
        format: SaveFormat,
        progress: &'a Progress,
    ) -> Result<Self, SaveError> {
        let (last, whole, about) = {
            let contents = store.read();
            let is_there = contents.packets.first() == 1;
            let whole = choice.is_all() && contents.finished && is_there;
            let about = match whole {
                true => contents.about.clone(),
                false => About {
                    sections: contents.about.sections.clone(),
                    ..About::default()
                },
            };
            (contents.packets.len() as u32, whole, about)
        };
        // Every packet is processed twice.
        progress.all.store(2 * u64::from(last), Ordering::Relaxed);
        let mut used = BTreeSet::new();
        let mut from = 1;
        while from <= last {
            progress.go_on()?;
            let contents = store.read();
            let to = last.min(from.saturating_add(BATCH - 1));
            for (number, record) in contents.packets.range(from, to) {
                let end = match format {
                    SaveFormat::Pcap => END_OF_PCAP,
                    SaveFormat::Pcapng => i64::MAX,
                };
                if choice.wants(&contents, number, record) {
                    used.insert(record.interface());
                    let second = record.order_ns.div_euclid(1_000_000_000);
                    if !(0..end).contains(&second) {
                        return Err(SaveError::Time(number));
                    }
                }
            }
            progress.done.store(to.into(), Ordering::Relaxed);
            from = to + 1;
        }
        let all = store.read().interfaces.clone();
        if choice.is_all() && format == SaveFormat::Pcapng {
            used.extend(0..all.len() as u16);
        }
        let of = |place: &u16| all.get(usize::from(*place)).cloned().unwrap_or_default();
        let interfaces: Vec<Interface> = used.iter().map(of).collect();
        let link_types: BTreeSet<u16> = interfaces.iter().map(|one| one.link_type).collect();
        if format == SaveFormat::Pcap && link_types.len() > 1 {
            return Err(SaveError::LinkTypes(link_types.into_iter().collect()));
        }
        Ok(Copying {
            store,
            choice,
            progress,
            format,
            last,
            interfaces,
            places: used.into_iter().zip(0..).collect(),
            about,
            whole,
        })
    }

    /// Writes the packets.
    ///
    /// # Errors
    ///
    /// Those of the file, which is at `path`, and of the capture.
    pub fn run<W: Write>(&self, out: W, path: &Path) -> Result<(Saved, Writer<W>), SaveError> {
        let of_file = |error| SaveError::of(path, error);
        let mut writer = self.begin(out).map_err(of_file)?;
        let mut saved = Saved {
            packets: 0,
            bytes: 0,
            gone: 0,
            comments_lost: 0,
            times_made: 0,
            interfaces: self.interfaces.len() as u64,
            last: self.last,
        };
        let mut batch = Vec::new();
        let mut comments = BTreeMap::new();
        let mut piece = Piece::default();
        let mut end_ns = 0;
        let mut from = 1;
        while from <= self.last {
            self.progress.go_on()?;
            let to = self.last.min(from.saturating_add(BATCH - 1));
            self.take(from, to, &mut batch, &mut comments);
            for (at, (number, record)) in batch.iter().enumerate() {
                let ahead = batch.get(at..).unwrap_or_default();
                let data = match piece.data(self.store.bytes(), ahead) {
                    Ok(data) => data,
                    Err(_) if self.store.read().packets.get(*number).is_none() => {
                        saved.gone += 1;
                        continue;
                    }
                    Err(error) => return Err(SaveError::Unreadable(*number, error)),
                };
                let comments = comments.get(number).map_or(&[][..], Vec::as_slice);
                let place = self.places.get(&record.interface());
                let place = place.copied().unwrap_or_default();
                let is_simple = self.is_simple(record, place) && comments.is_empty();
                let is_timeless = record.time_ns().is_none() && is_simple;
                saved.times_made += u64::from(record.time_ns().is_none() && !is_simple);
                let packet = SavedPacket {
                    time_ns: record.order_ns,
                    is_timeless,
                    interface: place,
                    original: record.original,
                    data,
                    comments,
                };
                writer.packet(&packet).map_err(of_file)?;
                saved.packets += 1;
                if self.format == SaveFormat::Pcap {
                    saved.comments_lost += comments.len() as u64;
                }
                end_ns = end_ns.max(record.order_ns);
            }
            let done = u64::from(self.last) + u64::from(to);
            self.progress.done.store(done, Ordering::Relaxed);
            from = to + 1;
        }
        if self.whole {
            for (interface, place) in self.interfaces.iter().zip(0..) {
                writer.totals(place, end_ns, interface).map_err(of_file)?;
            }
        }
        saved.bytes = writer.written();
        Ok((saved, writer))
    }

    /// Whether a Simple Packet Block has room for a packet: the first interface is its own, and the interface's snapshot
    /// length gives the captured length.
    fn is_simple(&self, record: &PacketRecord, place: u32) -> bool {
        let snaplen = self.interfaces.first().map_or(0, |one| one.snaplen);
        let limit = if snaplen == 0 { u32::MAX } else { snaplen };
        self.format == SaveFormat::Pcapng
            && place == 0
            && record.captured == record.original.min(limit)
    }

    /// Writes the data before the packets.
    fn begin<W: Write>(&self, out: W) -> io::Result<Writer<W>> {
        if self.format == SaveFormat::Pcap {
            let first = self.interfaces.first();
            let first = first.or(self.store.read().interfaces.first()).cloned();
            return Writer::pcap(out, first.map_or(1, |interface| interface.link_type));
        }
        let mut section = Section::default();
        for one in &self.about.sections {
            section.comments.extend(one.comments.iter().cloned());
            for (all, one) in [
                (&mut section.hardware, &one.hardware),
                (&mut section.os, &one.os),
                (&mut section.application, &one.application),
            ] {
                *all = all.take().or_else(|| one.clone());
            }
        }
        let mut writer = Writer::section(out, &section)?;
        for interface in &self.interfaces {
            writer.interface(interface)?;
        }
        writer.names(&self.about.names)?;
        for secrets in &self.about.secrets {
            writer.secrets(secrets)?;
        }
        Ok(writer)
    }

    /// Returns the chosen ones of these packets, and their comments.
    fn take(
        &self,
        from: u32,
        to: u32,
        batch: &mut Vec<(u32, PacketRecord)>,
        comments: &mut BTreeMap<u32, Vec<String>>,
    ) {
        let contents: &Contents = &self.store.read();
        let all = contents.packets.range(from, to);
        let wanted = all.filter(|(number, record)| self.choice.wants(contents, *number, record));
        batch.clear();
        batch.extend(wanted.map(|(number, record)| (number, *record)));
        comments.clear();
        for (number, texts) in contents.comments.range(from..=to) {
            comments.insert(*number, texts.clone());
        }
    }
}

/// A range of the capture's bytes.
#[derive(Default)]
struct Piece {
    from: u64,
    bytes: Vec<u8>,
}

impl Piece {
    /// Returns the bytes of the first of these packets; those after it are likely to be read next.
    fn data(&mut self, capture: &Bytes, ahead: &[(u32, PacketRecord)]) -> io::Result<&[u8]> {
        let Some((_, first)) = ahead.first() else {
            return Ok(&[]);
        };
        if self.place(first).is_none() {
            self.from = first.offset();
            let mut end = first.offset() + u64::from(first.captured);
            for (_, next) in ahead {
                let next_end = next.offset() + u64::from(next.captured);
                let near = next.offset() <= end + MAX_GAP && next_end >= end;
                if !near || next_end - self.from > PIECE {
                    break;
                }
                end = next_end;
            }
            let length = u32::try_from(end - self.from).unwrap_or(first.captured);
            let length = length.max(first.captured);
            let read = capture.read_at(self.from, length, &mut self.bytes);
            // At the boundary of two files there are fewer.
            if let Err(error) = read
                && (error.kind() != ErrorKind::UnexpectedEof || self.place(first).is_none())
            {
                self.bytes.clear();
                return Err(error);
            }
        }
        let place = self.place(first).unwrap_or_default();
        Ok(self.bytes.get(place).unwrap_or_default())
    }

    /// Returns the range of a packet in it.
    fn place(&self, record: &PacketRecord) -> Option<std::ops::Range<usize>> {
        let start = record.offset().checked_sub(self.from)?;
        let start = usize::try_from(start).ok()?;
        let end = start.checked_add(record.captured as usize)?;
        (end <= self.bytes.len()).then_some(start..end)
    }
}
