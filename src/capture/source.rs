//! The bytes of a capture as a window that moves forward, from any kind of source.
//!
//! A plain file is read with `pread` into a page-aligned buffer. Everything else (a pipe, a compressed file) is copied
//! into an unlinked temporary file while it is read, so that it can be read again too. Positions are `u64` offsets in
//! the decompressed capture.

use super::bytes::Bytes;
use super::files::Reopened;
use crate::lang::text;
use nom::number::Endianness;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// The size of a memory page: reads are aligned to it, as the kernel copies much slower to some other addresses.
const PAGE: usize = 4096;

/// How much is read at a time, bytes: large enough to make system calls rare, small enough to stay in the second-level
/// cache beside the conversations.
pub(super) const WINDOW: usize = 128 * 1024;

/// With less free room than this at the end of the buffer, the unread bytes are moved to its front first.
const LEAST_ROOM: usize = 32 * 1024;

/// The disk space of a stream is freed in steps of this many bytes, to keep system calls rare.
const RELEASE: u64 = 1024 * 1024;

/// A file from which a capture is read, any number of times.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    file: Held,
    /// Where the capture begins in the file, and how long it is; none for up to the end of the file.
    part: (u64, Option<u64>),
    /// False once the process that writes the file has been asked to begin it anew.
    valid: Option<Arc<AtomicBool>>,
}

/// How a file is held.
#[derive(Clone, Debug)]
enum Held {
    Open(Arc<File>),
    /// It is opened when it is read.
    Closed(Arc<Reopened>),
}

impl Stored {
    pub fn new(file: File) -> Self {
        Stored::of(Arc::new(file))
    }

    fn of(file: Arc<File>) -> Self {
        Stored {
            file: Held::Open(file),
            part: (0, None),
            valid: None,
        }
    }

    /// A part of an open file.
    pub fn part(file: Arc<File>, from: u64, length: u64) -> Self {
        Stored {
            file: Held::Open(file),
            part: (from, Some(length)),
            valid: None,
        }
    }

    /// A file that is opened when it is read, up to this length.
    pub fn closed(file: Arc<Reopened>, length: u64) -> Self {
        Stored {
            file: Held::Closed(file),
            part: (0, Some(length)),
            valid: None,
        }
    }

    fn file(&self) -> io::Result<Arc<File>> {
        match &self.file {
            Held::Open(file) => Ok(Arc::clone(file)),
            Held::Closed(file) => file.open(),
        }
    }

    /// Reads once at an offset.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let (from, length) = self.part;
        let left = length.map_or(u64::MAX, |length| length.saturating_sub(offset));
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(into.len());
        let into = into.get_mut(..most).unwrap_or_default();
        let offset = from.saturating_add(offset);
        let got = match &self.file {
            Held::Open(file) => retry(|| file.read_at(into, offset))?,
            Held::Closed(file) => {
                let file = file.open()?;
                retry(|| file.read_at(into, offset))?
            }
        };
        // Checked afterwards: what was read before this is older than any change of the file.
        match &self.valid {
            Some(valid) if !valid.load(Ordering::SeqCst) => {
                Err(io::Error::other(text!("problem-begun-anew")))
            }
            _ => Ok(got),
        }
    }

    /// Returns its length now, bytes.
    fn length(&self) -> io::Result<u64> {
        match self.part {
            (_, Some(length)) => Ok(length),
            (from, None) => Ok(self.file()?.metadata()?.len().saturating_sub(from)),
        }
    }
}

/// The connection to the process that writes the file of a live capture.
pub struct Growing {
    /// Becomes false when the file is to be begun anew. Reading it then fails.
    pub valid: Arc<AtomicBool>,
    /// Asks for the disk space before an offset to be freed, which is not read again.
    pub free: Option<Arc<dyn Fn(u64) + Send + Sync>>,
}

/// A stream that can report whether reading from it would block.
pub(super) trait Stream: Read + Send {
    /// Whether there is something to read, or the end; waits for `timeout` at most.
    fn is_readable(&self, timeout: Duration) -> bool;
}

impl Stream for File {
    fn is_readable(&self, timeout: Duration) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let timeout = Timespec {
            tv_sec: timeout.as_secs() as i64,
            tv_nsec: timeout.subsec_nanos().into(),
        };
        match poll(&mut [PollFd::new(self, PollFlags::IN)], Some(&timeout)) {
            Ok(ready) => ready > 0,
            // Reading returns the error.
            Err(error) => error != rustix::io::Errno::INTR,
        }
    }
}

/// How [`Source::fill`] may obtain bytes that are not in the window.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Reads, and waits for a stream.
    Blocking,
    /// Reads without waiting.
    NonBlocking,
    /// Does not read.
    Buffered,
}

/// Where the bytes come from.
enum Input {
    File(Stored),
    Growing {
        file: Stored,
        free: Option<Arc<dyn Fn(u64) + Send + Sync>>,
        /// The offset up to which disk space was freed.
        released: u64,
    },
    Stream {
        from: Box<dyn Stream>,
        spool: Stored,
        /// The same file, for writing.
        disk: Arc<File>,
        spooled: u64,
        /// The offset up to which disk space was freed.
        released: u64,
        ended: bool,
        /// A buffer for bytes that are read only to be kept.
        scratch: Vec<u8>,
    },
}

/// The memory that bytes of a capture are read into.
#[derive(Default)]
pub struct Buffer {
    storage: Vec<u8>,
    /// The first page boundary.
    base: usize,
}

impl Buffer {
    /// Returns zeros, which take no memory until they are touched.
    pub(super) fn new(room: usize) -> Buffer {
        let storage = vec![0; room + PAGE];
        let base = storage.as_ptr().align_offset(PAGE).min(PAGE);
        Buffer { storage, base }
    }

    /// Returns its size, bytes.
    pub fn room(&self) -> usize {
        self.storage.len() - self.base
    }

    /// Copies bytes to `at` from its beginning; returns their place. They must fit.
    pub(super) fn put(&mut self, at: usize, bytes: &[u8]) -> u32 {
        let place = self.base + at;
        if let Some(to) = self.storage.get_mut(place..place + bytes.len()) {
            to.copy_from_slice(bytes);
        }
        place as u32
    }

    /// Returns the bytes at a place.
    #[inline]
    pub fn slice(&self, place: u32, length: u32) -> &[u8] {
        let place = place as usize;
        self.storage
            .get(place..place + length as usize)
            .unwrap_or_default()
    }
}

/// A window of the capture: `begin..end` of the buffer are the bytes from `offset` on that are read and not consumed.
pub(super) struct Source {
    input: Input,
    buffer: Buffer,
    begin: usize,
    end: usize,
    offset: u64,
    mode: Mode,
    /// The window is shorter than requested because of the mode.
    held_back: bool,
    /// The last read error, until it is taken.
    trouble: Option<String>,
    /// Bytes taken from the file on disk, for a stream.
    taken: Option<Arc<AtomicU64>>,
    total: Option<u64>,
}

impl Source {
    /// Reads a plain file.
    pub fn file(file: Stored) -> Source {
        Source::new(Input::File(file), None, None)
    }

    /// Reads a file that another process writes.
    pub fn growing(file: File, growing: Growing) -> Source {
        let file = Stored {
            valid: Some(growing.valid),
            ..Stored::new(file)
        };
        let input = Input::Growing {
            file,
            free: growing.free,
            released: 0,
        };
        Source::new(input, None, None)
    }

    /// Reads a stream and keeps it in the file `spool`; `taken` counts its bytes on disk, of which there are `total`.
    pub fn stream(
        from: Box<dyn Stream>,
        spool: File,
        taken: Arc<AtomicU64>,
        total: Option<u64>,
    ) -> Source {
        let disk = Arc::new(spool);
        let input = Input::Stream {
            from,
            spool: Stored::of(Arc::clone(&disk)),
            disk,
            spooled: 0,
            released: 0,
            ended: false,
            scratch: Vec::new(),
        };
        Source::new(input, Some(taken), total)
    }

    fn new(input: Input, taken: Option<Arc<AtomicU64>>, total: Option<u64>) -> Source {
        let buffer = Buffer::new(WINDOW + PAGE);
        Source {
            input,
            begin: buffer.base,
            end: buffer.base,
            buffer,
            offset: 0,
            mode: Mode::Blocking,
            held_back: false,
            trouble: None,
            taken,
            total,
        }
    }

    /// Returns a handle for reading again what has been read.
    pub fn bytes(&self) -> Bytes {
        Bytes::of(self.input.stored().clone())
    }

    /// Returns the offset of the first byte of the window.
    #[inline]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the read position, in bytes of the file on disk.
    pub fn position(&self) -> u64 {
        self.taken
            .as_ref()
            .map_or(self.offset, |taken| taken.load(Ordering::Relaxed))
    }

    /// Returns the size of the file on disk, if it is known.
    pub fn total(&self) -> Option<u64> {
        match &self.input {
            Input::File(stored) | Input::Growing { file: stored, .. } => stored.length().ok(),
            Input::Stream { .. } => self.total,
        }
    }

    /// Takes the reason why the bytes ended early, if they did.
    pub fn take_trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }

    /// Returns the bytes that are read and not consumed.
    #[inline]
    pub fn window(&self) -> &[u8] {
        self.buffer
            .storage
            .get(self.begin..self.end)
            .unwrap_or_default()
    }

    /// Returns the place in the buffer of an offset in the window. [`Source::buffer`] has these bytes until the next
    /// read.
    #[inline]
    pub fn place(&self, at: usize) -> u32 {
        (self.begin + at) as u32
    }

    /// Returns the buffer that the window is in.
    #[inline]
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// Exchanges the buffer for a spare one, into which the unread bytes are copied. What was consumed stays in the
    /// buffer that is returned through `spare`.
    pub fn exchange(&mut self, spare: &mut Buffer) {
        let there = self.end - self.begin;
        let lead = there.next_multiple_of(PAGE) - there;
        let room = (WINDOW + PAGE).max(2 * (lead + there));
        // A buffer that had to grow for a large packet is not kept.
        if spare.room() < room || spare.room() > 4 * room {
            *spare = Buffer::new(room);
        }
        let begin = spare.base + lead;
        if let Some(to) = spare.storage.get_mut(begin..begin + there) {
            to.copy_from_slice(self.window());
        }
        std::mem::swap(&mut self.buffer, spare);
        (self.begin, self.end) = (begin, begin + there);
    }

    /// Drops the first `count` bytes of the window.
    #[inline]
    pub fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.begin);
        self.begin += count;
        self.offset += count as u64;
    }

    /// Sets how bytes that are not in the window may be obtained; returns the previous mode.
    #[inline]
    pub fn set_mode(&mut self, mode: Mode) -> Mode {
        std::mem::replace(&mut self.mode, mode)
    }

    /// Whether all requested bytes are read and waited for.
    pub fn is_blocking(&self) -> bool {
        self.mode == Mode::Blocking
    }

    /// Whether the last [`Source::fill`] that returned too few bytes did so because of the mode, rather than at the
    /// capture's end.
    pub fn is_held_back(&self) -> bool {
        self.held_back
    }

    /// Waits until a stream has something to read, or its end; for `timeout` at most.
    pub fn wait(&self, timeout: Duration) {
        if let Input::Stream { from, .. } = &self.input {
            from.is_readable(timeout);
        }
    }

    /// Makes the window at least `wanted` bytes long, unless the capture ends before or the mode forbids it; returns
    /// its length.
    ///
    /// It may be longer, but it does not wait for more than is wanted.
    #[inline]
    pub fn fill(&mut self, wanted: usize) -> usize {
        let there = self.end - self.begin;
        if there >= wanted {
            there
        } else {
            self.read_more(wanted)
        }
    }

    #[inline(never)]
    fn read_more(&mut self, wanted: usize) -> usize {
        loop {
            let there = self.end - self.begin;
            if there >= wanted {
                return there;
            }
            let offset = self.offset + there as u64;
            self.held_back = match self.mode {
                Mode::Blocking => false,
                Mode::NonBlocking => !self.input.is_readable(offset),
                Mode::Buffered => true,
            };
            if self.held_back {
                return there;
            }
            self.make_room();
            let storage = &mut self.buffer.storage;
            let limit = storage.len().min(self.end + WINDOW);
            let room = storage.get_mut(self.end..limit).unwrap_or_default();
            match self.input.read(offset, room) {
                Ok(0) => return there,
                Ok(got) => self.end += got,
                Err(error) => {
                    self.trouble.get_or_insert_with(|| error.to_string());
                    return there;
                }
            }
        }
    }

    /// Moves the unread bytes to the front so that the next read is aligned to a page, and grows the buffer if they
    /// fill it: only as far as bytes have really come, whatever a header contains.
    fn make_room(&mut self) {
        if self.buffer.storage.len() - self.end >= LEAST_ROOM && self.begin != self.end {
            return;
        }
        let there = self.end - self.begin;
        let lead = there.next_multiple_of(PAGE) - there;
        if there > self.buffer.room() / 2 {
            let mut larger = Buffer::new(2 * self.buffer.storage.len());
            let begin = larger.base + lead;
            if let Some(to) = larger.storage.get_mut(begin..begin + there) {
                to.copy_from_slice(self.window());
            }
            self.buffer = larger;
        } else {
            let Buffer { storage, base } = &mut self.buffer;
            storage.copy_within(self.begin..self.end, *base + lead);
        }
        self.begin = self.buffer.base + lead;
        self.end = self.begin + there;
    }

    /// Moves the beginning of the window to `offset`, forward or back.
    pub fn seek(&mut self, offset: u64) {
        let there = (self.end - self.begin) as u64;
        match offset.checked_sub(self.offset) {
            Some(ahead) if ahead <= there => {
                self.consume(usize::try_from(ahead).unwrap_or(usize::MAX))
            }
            _ => {
                (self.begin, self.end) = (self.buffer.base, self.buffer.base);
                self.offset = offset;
            }
        }
    }

    /// Releases everything before `offset`, which is not read again: the disk space of a stream is freed, if the file
    /// system supports it.
    pub fn release(&mut self, offset: u64) {
        let offset = offset.min(self.offset);
        let upto = offset - offset % PAGE as u64;
        match &mut self.input {
            Input::Stream { disk, released, .. } if offset >= released.saturating_add(RELEASE) => {
                *released = match punch(disk, *released, upto) {
                    Ok(()) => upto,
                    // It will not succeed later either.
                    Err(_) => u64::MAX,
                };
            }
            Input::Growing {
                free: Some(free),
                released,
                ..
            } if offset >= released.saturating_add(RELEASE) => {
                free(upto);
                *released = upto;
            }
            _ => {}
        }
    }

    /// Returns how many bytes there are from `offset` to the end of the capture, as far as it has been read.
    pub fn rest(&self, offset: u64) -> u64 {
        let end = match &self.input {
            Input::File(stored) | Input::Growing { file: stored, .. } => {
                stored.length().unwrap_or(offset)
            }
            Input::Stream { spooled, .. } => *spooled,
        };
        end.saturating_sub(offset)
    }

    /// Reads from `offset`, without moving the window; returns how many bytes there were.
    pub fn peek_at(&mut self, offset: u64, into: &mut [u8]) -> usize {
        if let Some(ahead) = offset
            .checked_sub(self.offset)
            .and_then(|ahead| usize::try_from(ahead).ok())
            && let Some(bytes) = ahead
                .checked_add(into.len())
                .and_then(|end| self.window().get(ahead..end))
        {
            into.copy_from_slice(bytes);
            return into.len();
        }
        match self.input.reread(offset, into) {
            Ok(got) => got,
            Err(error) => {
                self.trouble.get_or_insert_with(|| error.to_string());
                0
            }
        }
    }
}

impl Input {
    /// Returns the file in which everything that was read is kept.
    fn stored(&self) -> &Stored {
        match self {
            Input::File(file) | Input::Growing { file, .. } | Input::Stream { spool: file, .. } => {
                file
            }
        }
    }

    /// Whether reading at `offset` would not block.
    fn is_readable(&self, offset: u64) -> bool {
        match self {
            Input::File(_) | Input::Growing { .. } => true,
            Input::Stream {
                from,
                spooled,
                ended,
                ..
            } => *ended || offset < *spooled || from.is_readable(Duration::ZERO),
        }
    }

    /// Reads at `offset`: returns as soon as there are some bytes, and 0 at the end.
    fn read(&mut self, offset: u64, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Input::File(file) | Input::Growing { file, .. } => file.read_at(room, offset),
            Input::Stream { spool, spooled, .. } if offset < *spooled => {
                let most = usize::try_from(*spooled - offset)
                    .unwrap_or(usize::MAX)
                    .min(room.len());
                spool.read_at(room.get_mut(..most).unwrap_or_default(), offset)
            }
            Input::Stream { .. } => {
                let reached = self.spool_to(offset)?;
                match self {
                    Input::Stream {
                        from,
                        disk,
                        spooled,
                        ended,
                        ..
                    } if reached && !*ended => tee(from, disk, spooled, ended, room),
                    _ => Ok(0),
                }
            }
        }
    }

    /// Reads as much as there is into `into`, at any offset.
    fn reread(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let reached = self.spool_to(offset.saturating_add(into.len() as u64));
        let got = read_fully(self.stored(), offset, into)?;
        // Bytes that came before the error are returned first.
        if got == 0 {
            reached.map(|_| 0)
        } else {
            Ok(got)
        }
    }

    /// Reads a stream up to `offset`; returns false if it ends before.
    fn spool_to(&mut self, offset: u64) -> io::Result<bool> {
        let Input::Stream {
            from,
            disk,
            spooled,
            ended,
            scratch,
            ..
        } = self
        else {
            return Ok(true);
        };
        while *spooled < offset && !*ended {
            scratch.resize(WINDOW / 4, 0);
            let most = usize::try_from(offset - *spooled)
                .unwrap_or(usize::MAX)
                .min(scratch.len());
            tee(
                from,
                disk,
                spooled,
                ended,
                scratch.get_mut(..most).unwrap_or_default(),
            )?;
        }
        Ok(*spooled >= offset)
    }
}

/// Reads once from the stream and keeps what came.
fn tee(
    from: &mut Box<dyn Stream>,
    spool: &File,
    spooled: &mut u64,
    ended: &mut bool,
    room: &mut [u8],
) -> io::Result<usize> {
    let got = retry(|| from.read(room)).inspect_err(|_| *ended = true)?;
    if got == 0 {
        *ended = true;
        return Ok(0);
    }
    let came = room.get(..got).unwrap_or_default();
    if let Err(error) = spool.write_all_at(came, *spooled) {
        *ended = true;
        return Err(io::Error::new(
            error.kind(),
            text!("problem-no-temporary-file", error),
        ));
    }
    *spooled += got as u64;
    Ok(got)
}

/// Punches a hole in a file, which takes no room on the disk.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn punch(file: &File, from: u64, upto: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    Ok(fallocate(file, flags, from, upto - from)?)
}

/// On other systems the kept bytes stay until the end.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn punch(_: &File, _: u64, _: u64) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

fn retry(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Returns the 32-bit numbers that `bytes` begin with, and the bytes that follow. Every packet has some, and nom reads
/// numbers whose byte order is only known at run time byte by byte.
#[inline]
pub(super) fn numbers<const N: usize>(
    order: Endianness,
    bytes: &[u8],
) -> Option<([u32; N], &[u8])> {
    let (head, rest) = bytes.split_at_checked(4 * N)?;
    let mut numbers = [0; N];
    for (number, bytes) in numbers.iter_mut().zip(head.as_chunks().0) {
        *number = match order {
            Endianness::Big => u32::from_be_bytes(*bytes),
            _ => u32::from_le_bytes(*bytes),
        };
    }
    Some((numbers, rest))
}

/// Reads until `into` is full or the file ends.
pub(super) fn read_fully(file: &Stored, offset: u64, into: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
        let Some(at) = offset
            .checked_add(done as u64)
            .filter(|at| i64::try_from(*at).is_ok())
        else {
            break;
        };
        match file.read_at(rest, at)? {
            0 => break,
            got => done += got,
        }
    }
    Ok(done)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    impl Stream for io::Take<io::Repeat> {
        fn is_readable(&self, _: Duration) -> bool {
            true
        }
    }

    /// Evicted bytes of a pipe take no room on the disk; the rest can still be read.
    #[test]
    fn a_stream_gives_back_what_is_not_needed() {
        const ALL: u64 = 16 * RELEASE;
        let from = Box::new(io::repeat(7).take(ALL));
        let spool = tempfile::tempfile().unwrap();
        let mut source = Source::stream(from, spool, Arc::default(), None);
        let on_disk = |source: &Source| {
            let (stored, ..) = source.bytes().find(0).unwrap();
            stored.file().unwrap().metadata().unwrap().blocks() * 512
        };
        while source.fill(1) > 0 {
            source.consume(source.window().len());
        }
        let whole = on_disk(&source);
        assert!(whole >= ALL);
        source.release(RELEASE / 2);
        assert_eq!(on_disk(&source), whole);
        let kept = 3 * RELEASE + 100;
        source.release(ALL - kept);
        assert!(on_disk(&source) <= whole - (ALL - kept) + PAGE as u64);
        let mut bytes = Vec::new();
        let last = source.bytes().read_at(ALL - kept, kept as u32, &mut bytes);
        last.unwrap();
        assert!(bytes.len() as u64 == kept && bytes.iter().all(|byte| *byte == 7));
    }
}
