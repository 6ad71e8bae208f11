//! Where the bytes of one direction of a connection are, in order: a piece is 24 bytes, whatever it carries.

use std::ops::Range;

/// Bytes of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Their offset in the stream.
    pub at: u64,
    /// How many bytes.
    pub length: u32,
    /// The packet that carried them first.
    pub packet: u32,
    /// Their offset in that packet's source.
    pub start: u32,
    /// The source: 0 is the packet, higher ones are reassembled datagrams.
    pub source: u16,
}

impl Piece {
    /// Returns the offset one past its last byte in the stream.
    pub fn end(&self) -> u64 {
        self.at + u64::from(self.length)
    }

    /// Returns the part of it between two offsets of the stream: from, and to before. They overlap it.
    pub fn between(&self, between: Range<u64>) -> Piece {
        let at = self.at.max(between.start);
        Piece {
            at,
            length: self.end().min(between.end).saturating_sub(at) as u32,
            start: self.start + (at - self.at) as u32,
            ..*self
        }
    }
}

/// Bytes that came again, with the bytes that were in the stream before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The bytes that came first, which are kept.
    pub first: Piece,
    /// The later bytes at the same offsets.
    pub again: Piece,
}

/// One direction of a connection, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// The pieces in order; where one does not begin where the previous one ends, bytes are missing.
    pub pieces: Vec<Piece>,
    /// Bytes that came more than once.
    pub overlaps: Vec<Overlap>,
    /// The range that its receiver is known to have read: from the first byte that was sent during the capture to the
    /// first hole that was not acknowledged.
    pub received: Range<u64>,
}

impl Stream {
    /// Drops what its receiver is not known to have read, and returns how many bytes that was.
    pub fn keep_received(&mut self) -> u64 {
        let Range { start, end } = self.received;
        let mut dropped = 0;
        self.pieces.retain_mut(|piece| {
            let from = piece.at.max(start).min(piece.end());
            let to = piece.end().min(end).max(from);
            dropped += u64::from(piece.length) - (to - from);
            piece.start += (from - piece.at) as u32;
            piece.at = from - start.min(from);
            piece.length = (to - from) as u32;
            piece.length > 0
        });
        dropped
    }

    /// Returns the index of the piece that holds the byte at this offset.
    pub fn piece_at(&self, at: u64) -> Option<usize> {
        let index = self.pieces.partition_point(|piece| piece.at <= at);
        let index = index.checked_sub(1)?;
        (at < self.pieces.get(index)?.end()).then_some(index)
    }

    /// Returns its length with its gaps, bytes.
    pub fn length(&self) -> u64 {
        self.pieces.last().map_or(0, Piece::end)
    }

    /// Returns how many bytes are missing before a piece.
    pub fn gap_before(&self, index: usize) -> u64 {
        let before = match index.checked_sub(1) {
            Some(before) => self.pieces.get(before).map_or(0, Piece::end),
            None => 0,
        };
        self.pieces
            .get(index)
            .map_or(0, |piece| piece.at.saturating_sub(before))
    }
}
