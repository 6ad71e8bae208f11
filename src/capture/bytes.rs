//! Reads the packets of a capture again, by their offsets.

use super::source::{Stored, WINDOW, read_fully};
use parking_lot::RwLock;
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// A cloneable handle that reads packets again, from any thread, while the [`Reader`](super::Reader) goes on.
///
/// A capture may have several files: their bytes are numbered as if they were concatenated.
#[derive(Clone, Debug, Default)]
pub struct Bytes(Arc<RwLock<Vec<Piece>>>);

/// A file, and the offset of its first byte.
#[derive(Clone, Debug)]
struct Piece {
    from: u64,
    file: Stored,
    /// Its name, if the capture has several.
    name: Option<Arc<str>>,
}

impl Bytes {
    pub(super) fn of(file: Stored) -> Self {
        let bytes = Bytes::default();
        bytes.push(0, file, None);
        bytes
    }

    /// Appends a file at the offset `from`.
    pub(super) fn push(&self, from: u64, file: Stored, name: Option<Arc<str>>) {
        self.0.write().push(Piece { from, file, name });
    }

    /// Appends the bytes of another capture at the offset `from`.
    pub fn join(&self, from: u64, other: &Bytes) {
        let pieces: Vec<Piece> = other.0.read().clone();
        self.0.write().extend(pieces.into_iter().map(|piece| Piece {
            from: from.saturating_add(piece.from),
            ..piece
        }));
    }

    /// Closes the files that end before this offset. Reading them afterwards is an error.
    pub fn evict(&self, before: u64) {
        let mut pieces = self.0.write();
        let ended = pieces.iter().skip(1).take_while(|next| next.from <= before);
        let ended = ended.count();
        pieces.drain(..ended);
    }

    /// Returns the name of the file that holds an offset, if the capture has several.
    pub fn file_of(&self, offset: u64) -> Option<Arc<str>> {
        let pieces = self.0.read();
        find(&pieces, offset)?.name.clone()
    }

    /// Returns the file that holds an offset, the offset in it, and where it ends.
    pub(super) fn find(&self, offset: u64) -> Option<(Stored, u64, u64)> {
        let pieces = self.0.read();
        let piece = find(&pieces, offset)?;
        let next = pieces.partition_point(|piece| piece.from <= offset);
        let end = pieces.get(next).map_or(u64::MAX, |next| next.from);
        let (within, length) = (offset - piece.from, end - piece.from);
        Some((piece.file.clone(), within, length))
    }

    /// Reads the `captured` bytes at `offset` of the (decompressed) capture, replacing the contents of `into`. They may
    /// be in several files.
    ///
    /// With the `offset` and `captured` of a [`Packet`](super::Packet) these are its data.
    ///
    /// # Errors
    ///
    /// Those of the files, and `UnexpectedEof` if the capture does not have (or no longer has) all of these bytes;
    /// `into` then holds those that exist.
    pub fn read_at(&self, offset: u64, captured: u32, into: &mut Vec<u8>) -> io::Result<()> {
        into.clear();
        let wanted = usize::try_from(captured).unwrap_or(usize::MAX);
        loop {
            let at = offset.saturating_add(into.len() as u64);
            let (file, within, length) = self.find(at).ok_or(ErrorKind::UnexpectedEof)?;
            let there = usize::try_from(length.saturating_sub(within)).unwrap_or(usize::MAX);
            let end = into.len().saturating_add(there).min(wanted);
            let before = into.len();
            read_on(&file, within, end, into)?;
            if into.len() == wanted {
                return Ok(());
            }
            if into.len() == before {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

fn find(pieces: &[Piece], offset: u64) -> Option<&Piece> {
    let after = pieces.partition_point(|piece| piece.from <= offset);
    pieces.get(after.checked_sub(1)?)
}

/// Appends the bytes at `offset` of a file until there are `end`.
fn read_on(file: &Stored, offset: u64, end: usize, into: &mut Vec<u8>) -> io::Result<()> {
    let begin = into.len();
    // In steps, so that a wrong length does not allocate more than there is to read.
    while into.len() < end {
        let done = into.len();
        into.resize(end.min(done + 4 * WINDOW), 0);
        let at = offset.saturating_add((done - begin) as u64);
        match read_fully(file, at, into.get_mut(done..).unwrap_or_default()) {
            Ok(got) if done + got == into.len() => {}
            Ok(got) => {
                into.truncate(done + got);
                return Err(ErrorKind::UnexpectedEof.into());
            }
            Err(error) => {
                into.truncate(done);
                return Err(error);
            }
        }
    }
    Ok(())
}
