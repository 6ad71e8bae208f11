//! A packet as it was captured.

use crate::LinkType;

/// A packet as it was captured.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Packet<'a> {
    /// Where it was captured: what it begins with.
    pub link_type: LinkType,
    /// The bytes that were kept.
    pub bytes: &'a [u8],
    /// How long it was on the wire.
    pub original: u32,
}

impl<'a> Packet<'a> {
    /// These bytes of a packet that was so long on the wire.
    #[inline]
    pub fn new(link_type: LinkType, bytes: &'a [u8], original: u32) -> Self {
        Packet {
            link_type,
            bytes,
            original,
        }
    }
}
