//! How far a layer reads, and where it stands.

use super::{Layer, Stop, end_of};
use crate::ByteRange;

impl<'a> Layer<'a, '_> {
    /// Reads with only the next `length` bytes in sight, and goes on behind them whether or not all were read.
    /// Fewer bytes than that are what there is.
    #[inline(always)]
    pub fn within<T>(
        &mut self,
        length: usize,
        read: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let rest = self.rest;
        let missing = self.missing;
        let (inside, behind) = rest
            .split_at_checked(length)
            .unwrap_or((rest, end_of(rest)));
        self.rest = inside;
        self.missing = if length > rest.len() {
            missing.min(length - rest.len())
        } else {
            0
        };
        let result = read(self);
        self.rest = behind;
        self.missing = if length > rest.len() {
            missing.saturating_sub(length - rest.len())
        } else {
            missing
        };
        result
    }

    /// Reads what lies further on, and comes back to where it was.
    #[inline]
    pub fn aside<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        let (rest, missing) = (self.rest, self.missing);
        let result = read(self);
        (self.rest, self.missing) = (rest, missing);
        result
    }

    /// Reads bytes of the same source that were passed already, and comes back to where it was.
    pub fn elsewhere<T>(
        &mut self,
        start: u32,
        length: usize,
        read: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let bytes = self.bytes;
        self.aside(|layer| {
            layer.rest = bytes.get(start as usize..).unwrap_or_default();
            layer.missing = 0;
            layer.within(length, read)
        })
    }

    /// Moves on behind bytes that were looked at already, as far as they are there.
    #[inline]
    pub fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or(end_of(self.rest));
    }

    /// What is left belongs to this layer, though the next one reads it.
    #[inline]
    pub fn covers_rest(&mut self) {
        self.covered = self.offset() + self.rest.len() as u32;
    }

    /// Drops what lies past `length` bytes, such as Ethernet padding. Where this layer or the one before it owns a
    /// trailer, that is where the dropped bytes are shown. A shorter rest stays as it is.
    #[inline(always)]
    pub fn limit(&mut self, length: usize) {
        match self.rest.split_at_checked(length) {
            Some((inside, behind)) => {
                self.rest = inside;
                if self.tree.is_some() && !behind.is_empty() {
                    self.keep_leftover(behind);
                }
                self.missing = 0;
            }
            // Who quotes a packet cuts it, as a capture does.
            None if self.quoted => self.missing = length - self.rest.len(),
            None => self.missing = self.missing.min(length - self.rest.len()),
        }
    }

    /// Drops what lies past `length` bytes without anybody showing it.
    #[inline]
    pub fn shorten(&mut self, length: usize) {
        match self.rest.get(..length) {
            Some(inside) => {
                self.rest = inside;
                self.missing = 0;
            }
            None => self.missing = self.missing.min(length - self.rest.len()),
        }
    }

    /// The bytes not yet read.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// All bytes of the source that is read: the packet, or reassembled data.
    #[inline]
    pub fn source_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// How many of the bytes not yet read the capture did not keep.
    #[inline]
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// How many bytes are left in the packet as it was on the wire.
    #[inline]
    pub fn reported(&self) -> usize {
        self.rest.len() + self.missing
    }

    /// Where the next byte stands in its source.
    #[inline]
    pub fn offset(&self) -> u32 {
        (self.rest.as_ptr().addr() - self.bytes.as_ptr().addr()) as u32
    }

    /// Where this layer begins in its source.
    #[inline]
    pub fn layer_start(&self) -> u32 {
        self.start
    }

    /// The next `length` bytes as a range, as far as they are there.
    pub fn ahead(&self, length: usize) -> ByteRange {
        let start = self.offset();
        let end = start + self.rest.len().min(length) as u32;
        ByteRange {
            source: self.source,
            start,
            end,
        }
    }

    /// Where some bytes of the source that is read stand in it. Bytes from elsewhere stand nowhere.
    pub fn place(&self, part: &[u8]) -> ByteRange {
        let within = self.bytes.as_ptr_range();
        let ends = part.as_ptr_range();
        match within.start <= ends.start && ends.end <= within.end {
            true => self.range(part, end_of(part)),
            false => self.ahead(0),
        }
    }

    /// Everything from where this layer begins to the next byte.
    pub fn so_far(&self) -> ByteRange {
        ByteRange {
            source: self.source,
            start: self.start,
            end: self.offset(),
        }
    }

    /// This layer's bytes from its beginning, as far as they are there.
    pub fn layer_bytes(&self) -> &'a [u8] {
        self.bytes.get(self.start as usize..).unwrap_or_default()
    }
}
