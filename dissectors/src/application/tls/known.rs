//! The context of records, from a session to the dissector.

use super::names::HandshakeType;
use crate::HeapSize;

/// What the dissector of some records must know besides their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The negotiated version.
    pub version: Option<u16>,
    /// The cipher suite that the server chose.
    pub cipher: Option<u16>,
    /// The protocol inside.
    pub application: Option<&'static str>,
    /// The sender has changed to the negotiated parameters: its handshake messages are encrypted.
    pub changed: bool,
    /// The server resumes an earlier session.
    pub resumed: bool,
    /// The handshake message that began in earlier records.
    pub partial: Option<Partial>,
    /// The packets that complete the handshake messages which span records, in order, from that one on.
    pub completed: Vec<Option<u64>>,
}

/// A handshake message that spans records, as far as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partial {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The packets that brought them, and the number of bytes in each record.
    pub parts: Vec<(u64, usize)>,
}

impl Partial {
    /// Type and length before a message.
    pub const HEADER: usize = 4;

    /// A longer message is not put together: certificates, the longest, have several thousand bytes.
    const MAX: usize = 1 << 16;

    /// Takes the bytes that belong to it, and returns their number.
    pub fn take(&mut self, packet: u64, bytes: &[u8]) -> usize {
        let before = self.bytes.len();
        let mut rest = bytes;
        // The header first, which contains the length of the rest.
        for _ in 0..2 {
            let wanted = self.length().saturating_sub(self.bytes.len());
            let (part, behind) = rest.split_at(wanted.min(rest.len()));
            self.bytes.extend_from_slice(part);
            rest = behind;
        }
        let taken = self.bytes.len() - before;
        self.parts.push((packet, taken));
        taken
    }

    /// Returns its length, as far as it is known.
    fn length(&self) -> usize {
        match self.bytes.first_chunk::<{ Partial::HEADER }>() {
            Some(&[_, high, middle, low]) => {
                Self::HEADER + u32::from_be_bytes([0, high, middle, low]) as usize
            }
            None => Self::HEADER,
        }
    }

    /// Returns whether it is complete.
    pub fn is_whole(&self) -> bool {
        self.bytes.len() >= Self::HEADER && self.bytes.len() >= self.length()
    }

    /// Returns its message type.
    pub fn kind(&self) -> u8 {
        self.bytes.first().copied().unwrap_or_default()
    }

    /// Returns whether it has a known type and is not too long.
    pub fn makes_sense(&self) -> bool {
        HandshakeType(self.kind()).name().is_some() && self.length() <= Self::MAX
    }
}

impl HeapSize for Known {
    fn heap_size(&self) -> usize {
        self.partial.heap_size() + self.completed.heap_size()
    }
}

impl HeapSize for Partial {
    fn heap_size(&self) -> usize {
        self.bytes.heap_size() + self.parts.heap_size()
    }
}
