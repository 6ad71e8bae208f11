//! One pass through a file, or a pipe.

use super::{
    Buffer, Bytes, Format, Record, Step, Walk,
    diagnostic::Problem,
    found::Found,
    source::{Mode, Source},
};
use crate::lang::text;
use std::time::Duration;

/// Reads a file from front to end.
pub(super) struct FileReader {
    pub source: Source,
    pub walk: Walk,
    pub found: Found,
    pub format: Format,
    /// As [`Reader::set_growing`](super::Reader::set_growing) sets it.
    pub growing: bool,
    /// Everything was read.
    pub ended: bool,
}

impl FileReader {
    /// Returns the next packet as [`Reader::next`](super::Reader::next) does, without its bytes: they are in [`FileReader::buffer`] until the
    /// next one is read.
    #[inline]
    pub fn next_record(&mut self) -> Option<Record> {
        if self.ended {
            return None;
        }
        let mut step = self.walk();
        if matches!(step, Step::Doubt) {
            step = self.settle();
        }
        match step {
            Step::Packet(record) => Some(self.count(record)),
            step => {
                self.stop(matches!(step, Step::End));
                None
            }
        }
    }

    /// Returns the next packet if the bytes read so far suffice, without reading more. The bytes of the packets before
    /// it stay where they are.
    #[inline]
    pub fn next_buffered(&mut self) -> Option<Record> {
        if self.ended {
            return None;
        }
        let mode = self.source.set_mode(Mode::Buffered);
        let step = self.walk();
        self.source.set_mode(mode);
        match step {
            Step::Packet(record) => Some(self.count(record)),
            _ => None,
        }
    }

    /// Returns the buffer that the bytes of the packets returned last are in.
    #[inline]
    pub fn buffer(&self) -> &Buffer {
        self.source.buffer()
    }

    /// Exchanges this buffer for a spare one.
    pub fn exchange_buffer(&mut self, spare: &mut Buffer) {
        self.source.exchange(spare);
    }

    #[inline]
    fn walk(&mut self) -> Step {
        match &mut self.walk {
            Walk::Pcap(walk) => walk.next(&mut self.source, &mut self.found, self.growing),
            Walk::Pcapng(walk) => walk.next(&mut self.source, &mut self.found, self.growing),
        }
    }

    /// Reads an unusual item with all bytes that follow it, whatever the mode: the result must not depend on how much
    /// of a pipe has come by now.
    #[cold]
    fn settle(&mut self) -> Step {
        let mode = self.source.set_mode(Mode::Blocking);
        let step = self.walk();
        self.source.set_mode(mode);
        step
    }

    #[inline]
    fn count(&mut self, record: Record) -> Record {
        self.found.packets += 1;
        let on = self.found.interfaces.get(usize::from(record.interface));
        let link_type = on.map_or(record.interface, |on| on.link_type);
        Record {
            link_type,
            ..record
        }
    }

    fn stop(&mut self, ended: bool) {
        self.ended = ended && !self.growing;
        if let Some(trouble) = self.source.take_trouble() {
            let offset = self.source.offset() + self.source.window().len() as u64;
            self.found.diagnose(offset, Problem::Unreadable, || {
                text!("problem-unreadable", error = trouble)
            });
            self.ended = true;
        }
    }

    /// As [`Reader::set_blocking`](super::Reader::set_blocking).
    pub fn set_blocking(&mut self, blocking: bool) {
        self.source.set_mode(match blocking {
            true => Mode::Blocking,
            false => Mode::NonBlocking,
        });
    }

    /// As [`Reader::wait`](super::Reader::wait).
    pub fn wait(&self, timeout: Duration) {
        self.source.wait(timeout);
    }

    /// Returns the read position, in bytes of the file on disk.
    pub fn position(&self) -> u64 {
        self.source.position()
    }

    /// Returns the size of the file on disk, bytes, if it has one.
    pub fn total(&self) -> Option<u64> {
        self.source.total()
    }

    /// Releases everything before `offset`.
    pub fn release(&mut self, offset: u64) {
        self.source.release(offset);
    }

    /// Returns a handle for reading packets again.
    pub fn bytes(&self) -> Bytes {
        self.source.bytes()
    }
}
