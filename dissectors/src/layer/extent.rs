//! The bytes that a layer reads, and its offsets.

use super::{Continuation, Layer, Stop, end_of};
use crate::{ByteRange, Dissector};

impl<'a> Layer<'a, '_> {
    /// Reads with only the next `length` bytes in sight, or fewer where there are fewer, and continues after them
    /// whether or not all were read.
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

    /// Reads bytes further on, and comes back to where it was.
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

    /// Moves on past bytes that were examined already, as far as they are there.
    #[inline]
    pub fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or(end_of(self.rest));
    }

    /// Makes the rest belong to this layer, though the next one reads it.
    #[inline]
    pub fn covers_rest(&mut self) {
        self.covered = self.offset() + self.rest.len() as u32;
    }

    /// Drops what follows the next `length` bytes, such as Ethernet padding. Where this layer or the one before it owns
    /// a trailer, the dropped bytes are shown as that. A shorter rest stays as it is.
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
            // An ICMP error cuts the packet that it quotes, as a capture does.
            None if self.quoted => self.missing = length - self.rest.len(),
            None => self.missing = self.missing.min(length - self.rest.len()),
        }
    }

    /// Drops what follows the next `length` bytes without showing it.
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

    /// Leaves the next `length` bytes to the layers inside this one; `dissector` reads what follows them and `padding`
    /// afterwards, if anything does.
    pub(crate) fn continues_after(
        &mut self,
        length: usize,
        padding: usize,
        dissector: &'static Dissector,
    ) {
        let (rest, missing) = (self.rest, self.missing);
        self.shorten(length);
        self.continuation = rest
            .get(length + padding..)
            .filter(|rest| !rest.is_empty())
            .map(|rest| Continuation {
                bytes: self.bytes,
                rest,
                missing,
                source: self.source,
                quoted: self.quoted,
                dissector,
            });
    }

    /// Goes on to what the latest layer left for later, and returns its dissector.
    pub(crate) fn next_continuation(&mut self) -> Option<&'static Dissector> {
        let next = self.continuation.take()?;
        (self.bytes, self.rest, self.missing) = (next.bytes, next.rest, next.missing);
        (self.source, self.quoted) = (next.source, next.quoted);
        Some(next.dissector)
    }

    /// Returns the bytes not yet read.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Returns all bytes of the source that is being read: the packet, or reassembled data.
    #[inline]
    pub fn source_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns how many of the bytes not yet read the capture did not keep.
    #[inline]
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// Returns how many bytes are left in the packet as it was on the wire.
    #[inline]
    pub fn reported(&self) -> usize {
        self.rest.len() + self.missing
    }

    /// Returns the offset of the next byte in its source.
    #[inline]
    pub fn offset(&self) -> u32 {
        (self.rest.as_ptr().addr() - self.bytes.as_ptr().addr()) as u32
    }

    /// Returns the offset at which this layer begins in its source.
    #[inline]
    pub fn layer_start(&self) -> u32 {
        self.start
    }

    /// Returns the range of the next `length` bytes, as far as they are there.
    pub fn ahead(&self, length: usize) -> ByteRange {
        let start = self.offset();
        let end = start + self.rest.len().min(length) as u32;
        ByteRange {
            source: self.source,
            start,
            end,
        }
    }

    /// Returns the range of some bytes of the source that is being read; an empty one for bytes from elsewhere.
    pub fn place(&self, part: &[u8]) -> ByteRange {
        let within = self.bytes.as_ptr_range();
        let ends = part.as_ptr_range();
        match within.start <= ends.start && ends.end <= within.end {
            true => self.range(part, end_of(part)),
            false => self.ahead(0),
        }
    }

    /// Returns the range from the beginning of this layer to the next byte.
    pub fn so_far(&self) -> ByteRange {
        ByteRange {
            source: self.source,
            start: self.start,
            end: self.offset(),
        }
    }

    /// Returns this layer's bytes from its beginning, as far as they are there.
    pub fn layer_bytes(&self) -> &'a [u8] {
        self.bytes.get(self.start as usize..).unwrap_or_default()
    }
}
