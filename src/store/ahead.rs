//! Reading the capture ahead, for whoever reads packet after packet.

use super::PacketRecord;
use crate::capture::Bytes;
use std::{io, ops::Range};

/// How much is read ahead, bytes.
const WINDOW: u32 = 256 * 1024;

/// Bytes that begin at most so far behind those read before follow them closely: headers of the capture file are between
/// them.
const CLOSE: u64 = 4096;

/// Bytes of the capture that were read ahead.
#[derive(Default)]
pub struct Window {
    offset: u64,
    bytes: Vec<u8>,
    /// The end of what was read last.
    last: u64,
}

impl Window {
    /// Returns the bytes of a packet, and reads ahead. None if they cannot be read.
    pub fn packet(&mut self, capture: &Bytes, record: &PacketRecord) -> Option<&[u8]> {
        let (offset, length) = (record.offset(), record.captured);
        if self.find(offset, length).is_none() {
            self.fill(capture, offset, length);
        }
        let place = self.find(offset, length)?;
        self.bytes.get(place)
    }

    /// Reads bytes of the capture, ahead if they follow those that were read before closely.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn read(
        &mut self,
        capture: &Bytes,
        offset: u64,
        length: u32,
        into: &mut Vec<u8>,
    ) -> io::Result<()> {
        let is_close = |end: u64| offset >= end && offset - end < CLOSE;
        let edge = self.offset.saturating_add(self.bytes.len() as u64);
        let is_next =
            is_close(self.last) || is_close(edge) || (self.offset..edge).contains(&offset);
        self.last = offset.saturating_add(u64::from(length));
        if self.find(offset, length).is_none() && is_next {
            self.fill(capture, offset, length);
        }
        match self
            .find(offset, length)
            .and_then(|place| self.bytes.get(place))
        {
            Some(bytes) => {
                into.clear();
                into.extend_from_slice(bytes);
                Ok(())
            }
            None => capture.read_at(offset, length, into),
        }
    }

    fn fill(&mut self, capture: &Bytes, offset: u64, length: u32) {
        self.offset = offset;
        // The capture may end before.
        let _ = capture.read_at(offset, length.max(WINDOW), &mut self.bytes);
    }

    fn find(&self, offset: u64, length: u32) -> Option<Range<usize>> {
        let from = usize::try_from(offset.checked_sub(self.offset)?).ok()?;
        let to = from.checked_add(length as usize)?;
        (to <= self.bytes.len()).then_some(from..to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index;

    /// In any order, also beyond the end, the bytes are those of the capture.
    #[test]
    fn the_same_bytes_in_any_order() {
        let (index, _) = index::tests::sample("everyday.pcapng");
        let contents = index.store().read();
        let capture = index.store().bytes();
        let records: Vec<PacketRecord> = (1..=contents.packets.len() as u32)
            .filter_map(|number| contents.packets.get(number).copied())
            .collect();
        let mut window = Window::default();
        let (mut expected, mut found) = (Vec::new(), Vec::new());
        let backwards = records.iter().rev();
        for record in records
            .iter()
            .chain(backwards)
            .chain(records.iter().step_by(7))
        {
            let (offset, length) = (record.offset(), record.captured);
            capture.read_at(offset, length, &mut expected).unwrap();
            window.read(capture, offset, length, &mut found).unwrap();
            assert_eq!(found, expected);
            assert_eq!(window.packet(capture, record), Some(&expected[..]));
        }
        assert!(window.read(capture, 1 << 40, 1, &mut found).is_err());
    }
}
