//! What a session hands to the dissector of some records.

use super::names::HandshakeType;

/// What the dissector of some records must know beside their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The version that both sides agreed upon.
    pub version: Option<u16>,
    /// The cipher suite that the server chose.
    pub cipher: Option<u16>,
    /// What is carried inside.
    pub application: Option<&'static str>,
    /// The sender has changed to what was agreed upon: its handshake messages are encrypted.
    pub changed: bool,
    /// The server goes on with an earlier session.
    pub resumed: bool,
    /// The handshake message that earlier records have begun.
    pub partial: Option<Partial>,
    /// The packets that complete the handshake messages which span records, in order, from that one on.
    pub completed: Vec<Option<u64>>,
}

/// A handshake message that spans records, as far as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partial {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Which packets brought them, and how many in each record.
    pub parts: Vec<(u64, usize)>,
}

impl Partial {
    /// Type and length in front of a message.
    pub const HEADER: usize = 4;

    /// A longer message is not put together: certificates, the longest, have a few thousand bytes.
    const MAX: usize = 1 << 16;

    /// Takes what belongs to it, and says how much that was.
    pub fn take(&mut self, packet: u64, bytes: &[u8]) -> usize {
        let before = self.bytes.len();
        let mut rest = bytes;
        // The header first, which says how much more there is.
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

    /// How long it is, as far as is known.
    fn length(&self) -> usize {
        match self.bytes.first_chunk::<{ Partial::HEADER }>() {
            Some(&[_, high, middle, low]) => {
                Self::HEADER + u32::from_be_bytes([0, high, middle, low]) as usize
            }
            None => Self::HEADER,
        }
    }

    /// All of it came.
    pub fn is_whole(&self) -> bool {
        self.bytes.len() >= Self::HEADER && self.bytes.len() >= self.length()
    }

    /// What kind of message it is.
    pub fn kind(&self) -> u8 {
        self.bytes.first().copied().unwrap_or_default()
    }

    /// It is a message at all, and none that is too long.
    pub fn makes_sense(&self) -> bool {
        HandshakeType(self.kind()).name().is_some() && self.length() <= Self::MAX
    }
}
