//! Puts the contents of one side's CRYPTO frames in order: RFC 9000, section 19.6.

use crate::HeapSize;
use std::sync::Arc;

/// How far frames may be ahead of what is missing. Hellos have 200 to 2,000 bytes, with keys for a future with quantum
/// computers; RFC 9000, section 7.5, requires receivers to keep 4,096.
const MAX_AHEAD: u64 = 16 << 10;

/// Pieces that wait for those before them. Clients that shuffle a hello cut it into some ten pieces for each packet.
const MAX_PIECES: usize = 128;

/// Type and length before a handshake message.
pub const HEADER: usize = 4;

/// A handshake message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its offset in the side's stream.
    pub at: u64,
    /// The message with its header.
    pub bytes: Arc<[u8]>,
    pub parts: Parts,
}

/// The packets that brought a message, and how many bytes each, in the order of the bytes.
type Parts = Vec<(u64, usize)>;

impl HeapSize for Message {
    fn heap_size(&self) -> usize {
        size_of::<Self>() + self.bytes.len() + self.parts.heap_size()
    }
}

/// Bytes that wait for those before them, or for the end of their message.
#[derive(Clone)]
struct Piece {
    at: u64,
    bytes: Vec<u8>,
    packet: u64,
}

impl Piece {
    fn end(&self) -> u64 {
        self.at.saturating_add(self.bytes.len() as u64)
    }
}

/// The stream of one side.
#[derive(Clone, Default)]
pub struct CryptoStream {
    /// All messages before this offset are complete.
    read: u64,
    /// In order, without overlaps.
    pieces: Vec<Piece>,
    /// A message is too long, or the pieces are too many: no more is put together.
    given_up: bool,
}

impl CryptoStream {
    /// Returns how many bytes are kept.
    pub fn allocated(&self) -> usize {
        let bytes: usize = self.pieces.iter().map(|piece| piece.bytes.capacity()).sum();
        bytes + self.pieces.capacity() * size_of::<Piece>()
    }

    /// Adds a frame that this packet brought, and returns the messages that it completes. Of bytes that come twice, the
    /// first ones count.
    pub fn add(&mut self, at: u64, bytes: &[u8], packet: u64) -> Vec<Message> {
        let mut messages = Vec::new();
        let end = at.saturating_add(bytes.len() as u64);
        let ahead = end > self.read.saturating_add(MAX_AHEAD);
        if self.given_up || ahead || end <= self.read {
            return messages;
        }
        self.insert(at, bytes, packet);
        while let Some(message) = self.next() {
            messages.push(message);
        }
        if self.pieces.len() > MAX_PIECES {
            self.give_up();
        }
        messages
    }

    fn give_up(&mut self) {
        self.given_up = true;
        self.pieces = Vec::new();
    }

    /// Keeps those of these bytes that are new.
    fn insert(&mut self, at: u64, bytes: &[u8], packet: u64) {
        let end = at.saturating_add(bytes.len() as u64);
        let mut next = at.max(self.read);
        let mut place = self.pieces.partition_point(|piece| piece.end() <= next);
        while next < end {
            let (gap_end, known_end) = match self.pieces.get(place) {
                Some(piece) => (piece.at.clamp(next, end), piece.end()),
                None => (end, end),
            };
            let range = (next - at) as usize..(gap_end - at) as usize;
            if let Some(new) = bytes.get(range)
                && !new.is_empty()
            {
                let bytes = new.to_vec();
                self.pieces.insert(
                    place,
                    Piece {
                        at: next,
                        bytes,
                        packet,
                    },
                );
                place += 1;
            }
            next = known_end.max(gap_end);
            place += 1;
        }
    }

    /// Returns the first `length` bytes of the next message and the pieces that they come from, where they are there.
    fn first(&self, length: usize) -> Option<(Vec<u8>, Parts)> {
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        for piece in &self.pieces {
            if piece.at != self.read.saturating_add(whole.len() as u64) {
                return None;
            }
            let taken = piece.bytes.len().min(length - whole.len());
            whole.extend(piece.bytes.iter().take(taken));
            parts.push((piece.packet, taken));
            if whole.len() == length {
                return Some((whole, parts));
            }
        }
        None
    }

    /// Takes the next message, where it is complete.
    fn next(&mut self) -> Option<Message> {
        let (header, _) = self.first(HEADER)?;
        let &[_, high, middle, low] = header.first_chunk()?;
        let length = HEADER + u32::from_be_bytes([0, high, middle, low]) as usize;
        if length as u64 > MAX_AHEAD {
            self.give_up();
            return None;
        }
        let (bytes, parts) = self.first(length)?;
        let at = self.read;
        self.read = at.saturating_add(length as u64);
        let read = self.read;
        self.pieces.retain_mut(|piece| {
            let behind = read.saturating_sub(piece.at) as usize;
            if behind < piece.bytes.len() {
                piece.bytes.drain(..behind);
                piece.at = piece.at.max(read);
                return true;
            }
            false
        });
        Some(Message {
            at,
            bytes: bytes.into(),
            parts,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "a test may panic"
    )]

    use super::*;

    /// A message of 4 + 6 bytes, and one without a body.
    const STREAM: &[u8] = &[1, 0, 0, 6, 10, 11, 12, 13, 14, 15, 2, 0, 0, 0];

    fn added(stream: &mut CryptoStream, from: usize, to: usize, packet: u64) -> Vec<Message> {
        stream.add(from as u64, STREAM.get(from..to).unwrap(), packet)
    }

    #[test]
    fn pieces_in_any_order() {
        let mut stream = CryptoStream::default();
        assert_eq!(added(&mut stream, 6, 9, 1), []);
        assert_eq!(added(&mut stream, 0, 2, 2), []);
        // It has bytes on both sides of a piece that is there.
        assert_eq!(added(&mut stream, 4, 12, 3), []);
        let messages = added(&mut stream, 1, 14, 4);
        let parts: Vec<_> = messages.iter().map(|message| &message.parts[..]).collect();
        assert_eq!(
            parts,
            [
                &[(2, 2), (4, 2), (3, 2), (1, 3), (3, 1)][..],
                &[(3, 2), (4, 2)]
            ]
        );
        assert_eq!(messages[0].bytes[..], STREAM[..10]);
        assert_eq!(
            (messages[1].at, &messages[1].bytes[..]),
            (10, &STREAM[10..])
        );
        // What comes again is not read again.
        assert_eq!(added(&mut stream, 0, 14, 5), []);
        assert!(stream.pieces.is_empty());
    }

    #[test]
    fn the_first_bytes_count() {
        let mut stream = CryptoStream::default();
        stream.add(4, &[9; 6], 1);
        let messages = added(&mut stream, 0, 10, 2);
        assert_eq!(messages[0].bytes[4..], [9; 6]);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut stream = CryptoStream::default();
        stream.add(MAX_AHEAD, &[0], 1);
        stream.add(u64::MAX, &[0; 9], 1);
        assert_eq!(stream.allocated(), 0);
        for at in 1..200 {
            stream.add(2 * at, &[0], 1);
        }
        assert!(stream.given_up && stream.allocated() == 0);
        let mut stream = CryptoStream::default();
        stream.add(0, &[1, 1, 0, 0], 1);
        assert!(stream.given_up);
    }
}
