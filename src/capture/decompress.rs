//! Compressed captures as a stream of bytes: gzip (RFC 1952), Zstandard (RFC 8878), LZ4 frames.
//!
//! Each may be several members or frames in a row. The data before damage is returned before the error.

use std::io::{self, BufRead, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::open::Compression;
use super::source::Stream;
use crate::lang::text;

/// How much of a compressed file is read at a time.
const CHUNK: usize = 64 * 1024;

/// Input that can be peeked at before it is consumed, and that is counted.
pub(super) struct Raw {
    inner: Box<dyn Stream>,
    buffer: Vec<u8>,
    begin: usize,
    end: usize,
    taken: Arc<AtomicU64>,
    /// Whether more was requested than there was.
    pub ran_out: bool,
}

impl Raw {
    pub fn new(inner: Box<dyn Stream>) -> Raw {
        let taken = Arc::new(AtomicU64::new(0));
        Raw {
            inner,
            buffer: vec![0; CHUNK],
            begin: 0,
            end: 0,
            taken,
            ran_out: false,
        }
    }

    /// Returns the counter of the bytes consumed.
    pub fn taken(&self) -> Arc<AtomicU64> {
        self.taken.clone()
    }

    /// Returns the next `count` bytes or, before the end, fewer, without consuming them. At most one chunk is returned.
    pub fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.end - self.begin < count.min(CHUNK) {
            self.buffer.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
            if self.read_more()? == 0 {
                break;
            }
        }
        Ok(self.buffer.get(self.begin..self.end).unwrap_or_default())
    }

    fn read_more(&mut self) -> io::Result<usize> {
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        loop {
            match self.inner.read(room) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(got) => {
                    self.end += got;
                    return Ok(got);
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl BufRead for Raw {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.peek(1)
    }

    fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.begin);
        self.begin += count;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
    }
}

impl Read for Raw {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // Reads directly if its own buffer is empty and would be the smaller one.
        if self.begin == self.end && into.len() >= CHUNK {
            let got = self.inner.read(into)?;
            self.taken.fetch_add(got as u64, Ordering::Relaxed);
            self.ran_out |= got == 0;
            return Ok(got);
        }
        let there = self.peek(1)?;
        let count = there.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), there.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        self.ran_out |= count == 0 && !into.is_empty();
        Ok(count)
    }
}

impl Stream for Raw {
    fn is_readable(&self, timeout: Duration) -> bool {
        self.begin < self.end || self.inner.is_readable(timeout)
    }
}

/// The decompressed bytes of all members, one after the other.
pub(super) struct Members {
    compression: Compression,
    state: State,
    /// The last read filled its whole buffer: the decoder may hold more.
    filled: bool,
}

enum State {
    /// Before a member.
    Between(Raw),
    Gzip(Gzip),
    Zstandard(Box<Zstandard>),
    /// The flag means that the frame is of the older kind, which ends with the file.
    Lz4(Box<lz4_flex::frame::FrameDecoder<Raw>>, bool),
    Ended,
}

impl Members {
    pub fn new(raw: Raw, compression: Compression) -> Members {
        Members {
            compression,
            state: State::Between(raw),
            filled: false,
        }
    }

    /// Begins the next member, if there is one.
    fn begin(&self, mut raw: Raw) -> io::Result<State> {
        let magic: [u8; 4] = {
            let there = raw.peek(4)?;
            std::array::from_fn(|index| there.get(index).copied().unwrap_or(0))
        };
        if raw.peek(1)?.is_empty() {
            return Ok(State::Ended);
        }
        if let ([0x50..=0x5f, 0x2a, 0x4d, 0x18], Compression::Zstandard | Compression::Lz4) =
            (magic, self.compression)
        {
            skip_frame(&mut raw)?;
            return Ok(State::Between(raw));
        }
        match Compression::detect(&magic) {
            Compression::Gzip => Ok(State::Gzip(Gzip::begin(raw)?)),
            Compression::Zstandard => Ok(State::Zstandard(Box::new(Zstandard::begin(raw)?))),
            Compression::Lz4 => {
                let older = magic.first() == Some(&0x02);
                let frame = lz4_flex::frame::FrameDecoder::new(raw);
                Ok(State::Lz4(Box::new(frame), older))
            }
            Compression::None if only_zeros(&mut raw)? => Ok(State::Ended),
            Compression::None => Err(damaged(text!("compressed-then-not"))),
        }
    }
}

/// The available compressed bytes may be less than a block, which cannot be decoded so far: reading blocks then.
impl Stream for Members {
    fn is_readable(&self, timeout: Duration) -> bool {
        let raw = match &self.state {
            State::Ended => return true,
            State::Between(raw) => raw,
            State::Gzip(member) => &member.raw,
            State::Zstandard(frame) => &frame.raw,
            State::Lz4(frame, _) => frame.get_ref(),
        };
        self.filled || raw.is_readable(timeout)
    }
}

impl Read for Members {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let got = self.decompress(into)?;
        self.filled = got == into.len();
        Ok(got)
    }
}

impl Members {
    fn decompress(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            // Moved out, so that nothing is read after an error.
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Ok(0),
                State::Between(raw) => self.state = self.begin(raw)?,
                State::Gzip(mut member) => match member.read(into)? {
                    0 => self.state = State::Between(member.end()?),
                    got => {
                        self.state = State::Gzip(member);
                        return Ok(got);
                    }
                },
                State::Zstandard(mut frame) => match frame.read(into)? {
                    0 => self.state = State::Between(frame.end()?),
                    got => {
                        self.state = State::Zstandard(frame);
                        return Ok(got);
                    }
                },
                State::Lz4(mut frame, older) => match frame.read(into).map_err(lz4_error)? {
                    0 => {
                        let raw = frame.into_inner();
                        if raw.ran_out && !older {
                            return Err(cut_short());
                        }
                        self.state = State::Between(raw);
                    }
                    got => {
                        self.state = State::Lz4(frame, older);
                        return Ok(got);
                    }
                },
            }
        }
    }
}

fn damaged(what: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what.into())
}

fn lz4_error(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::UnexpectedEof => cut_short(),
        _ => damaged(text!("compressed-lz4-damaged", error)),
    }
}

fn cut_short() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, text!("compressed-cut-short"))
}

/// Skips a frame that both Zstandard and LZ4 reserve for other data.
fn skip_frame(raw: &mut Raw) -> io::Result<()> {
    let mut header = [0; 8];
    raw.read_exact(&mut header).map_err(|_| cut_short())?;
    let [_, _, _, _, length @ ..] = header;
    let length = u64::from(u32::from_le_bytes(length));
    match io::copy(&mut raw.take(length), &mut io::sink())? {
        skipped if skipped == length => Ok(()),
        _ => Err(cut_short()),
    }
}

/// Whether only zeros follow: some tapes and tools pad with them.
fn only_zeros(raw: &mut Raw) -> io::Result<bool> {
    loop {
        let there = raw.fill_buf()?;
        if there.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        match there.len() {
            0 => return Ok(true),
            count => raw.consume(count),
        }
    }
}

/// One member of a gzip file. flate2's own decoder is not used, since it loses up to 32 KiB before damage.
struct Gzip {
    raw: Raw,
    inflate: flate2::Decompress,
    checksum: flate2::Crc,
    ended: bool,
}

impl Gzip {
    /// Skips the header, RFC 1952 section 2.3.
    fn begin(mut raw: Raw) -> io::Result<Gzip> {
        let mut header = [0; 10];
        raw.read_exact(&mut header).map_err(|_| cut_short())?;
        let [_, _, method, flags, ..] = header;
        if method != 8 {
            return Err(damaged(text!("compressed-gzip-method")));
        }
        if flags & 4 != 0 {
            let mut length = [0; 2];
            raw.read_exact(&mut length).map_err(|_| cut_short())?;
            io::copy(
                &mut (&mut raw).take(u16::from_le_bytes(length).into()),
                &mut io::sink(),
            )?;
        }
        // A file name, a comment.
        for flag in [8, 16] {
            let mut byte = [1];
            while flags & flag != 0 && byte != [0] {
                raw.read_exact(&mut byte).map_err(|_| cut_short())?;
            }
        }
        if flags & 2 != 0 {
            raw.read_exact(&mut [0; 2]).map_err(|_| cut_short())?;
        }
        Ok(Gzip {
            raw,
            inflate: flate2::Decompress::new(false),
            checksum: flate2::Crc::new(),
            ended: false,
        })
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while !self.ended {
            let input = self.raw.peek(1)?;
            let empty = input.is_empty();
            let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(input, into, flate2::FlushDecompress::None);
            let eaten = usize::try_from(self.inflate.total_in() - before_in).unwrap_or(usize::MAX);
            let got = usize::try_from(self.inflate.total_out() - before_out).unwrap_or(usize::MAX);
            self.raw.consume(eaten);
            self.ended = matches!(status, Ok(flate2::Status::StreamEnd));
            if got > 0 {
                self.checksum.update(into.get(..got).unwrap_or_default());
                return Ok(got);
            }
            match status {
                Err(error) => return Err(damaged(text!("compressed-gzip-damaged", error))),
                Ok(_) if !self.ended && (empty || eaten == 0) => return Err(cut_short()),
                Ok(_) => {}
            }
        }
        Ok(0)
    }

    /// Checks the trailer.
    fn end(mut self) -> io::Result<Raw> {
        let mut trailer = [0; 8];
        self.raw.read_exact(&mut trailer).map_err(|_| cut_short())?;
        let [a, b, c, d, ..] = trailer;
        if u32::from_le_bytes([a, b, c, d]) != self.checksum.sum() {
            return Err(damaged(text!("compressed-gzip-checksum")));
        }
        Ok(self.raw)
    }
}

/// One Zstandard frame.
struct Zstandard {
    raw: Raw,
    decoder: ruzstd::decoding::FrameDecoder,
    /// The error to return after all data before it.
    error: Option<io::Error>,
}

impl Zstandard {
    fn begin(mut raw: Raw) -> io::Result<Zstandard> {
        let mut decoder = ruzstd::decoding::FrameDecoder::new();
        decoder
            .init(&mut raw)
            .map_err(|error| damaged(text!("compressed-zstandard-unreadable", error)))?;
        Ok(Zstandard {
            raw,
            decoder,
            error: None,
        })
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy::UptoBlocks;
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() && self.error.is_none()
        {
            if let Err(error) = self.decoder.decode_blocks(&mut self.raw, UptoBlocks(1)) {
                self.error = Some(if self.raw.ran_out {
                    cut_short()
                } else {
                    damaged(text!("compressed-zstandard-damaged", error))
                });
                // The decoder holds back data that later data may refer to until the frame ends: so it is ended by a
                // last, empty block and any checksum.
                let _ = self
                    .decoder
                    .decode_blocks(&[1, 0, 0, 0, 0, 0, 0][..], UptoBlocks(1));
            }
        }
        match (self.decoder.read(into)?, self.error.take()) {
            (0, Some(error)) => Err(error),
            (got, error) => {
                self.error = error;
                Ok(got)
            }
        }
    }

    /// Checks the checksum, if there is one.
    fn end(self) -> io::Result<Raw> {
        match (
            self.decoder.get_checksum_from_data(),
            self.decoder.get_calculated_checksum(),
        ) {
            (Some(said), Some(counted)) if said != counted => {
                Err(damaged(text!("compressed-zstandard-checksum")))
            }
            _ => Ok(self.raw),
        }
    }
}
