//! Where the bytes of one direction of a connection are, in order: a piece is 24 bytes, whatever it carries.

use std::ops::Range;

/// Bytes that one packet contributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where they stand in the stream, from 0.
    pub at: u64,
    /// How many they are.
    pub length: u32,
    /// The packet that carried them first.
    pub packet: u32,
    /// Where they begin in that packet's source.
    pub start: u32,
    /// The source: 0 is the packet, higher ones are reassembled datagrams.
    pub source: u16,
}

impl Piece {
    /// One past its last byte in the stream.
    pub fn end(&self) -> u64 {
        self.at + u64::from(self.length)
    }

    /// What of it stands between two places of the stream: from, and to before. Some of it does.
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

/// Bytes that came again, with what stood in the stream before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// What came first, and stands.
    pub first: Piece,
    /// What came later over the same bytes.
    pub again: Piece,
}

/// One direction of a connection, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// What there is, in order; where one does not begin where the one before ends, bytes are missing.
    pub pieces: Vec<Piece>,
    /// What came more than once.
    pub overlaps: Vec<Overlap>,
    /// What its receiver is known to have read: from the first byte that was sent while the capture ran to the first
    /// hole that nobody acknowledged.
    pub received: Range<u64>,
}

impl Stream {
    /// Drops what its receiver is not known to have read, and says how many bytes that was.
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

    /// Which piece holds the byte at this place.
    pub fn piece_at(&self, at: u64) -> Option<usize> {
        let index = self.pieces.partition_point(|piece| piece.at <= at);
        let index = index.checked_sub(1)?;
        (at < self.pieces.get(index)?.end()).then_some(index)
    }

    /// How long it is with its gaps, bytes.
    pub fn length(&self) -> u64 {
        self.pieces.last().map_or(0, Piece::end)
    }

    /// How many bytes are missing in front of a piece.
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
