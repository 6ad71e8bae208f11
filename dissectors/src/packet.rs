//! A packet as it was captured.

use crate::LinkType;

/// A packet as it was captured.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Packet<'a> {
    /// The link that it was captured on, which determines its first header.
    pub link_type: LinkType,
    /// The bytes that were kept.
    pub bytes: &'a [u8],
    /// Its length on the wire, bytes.
    pub original: u32,
}

impl<'a> Packet<'a> {
    /// These bytes of a packet whose length on the wire was `original`.
    #[inline]
    pub fn new(link_type: LinkType, bytes: &'a [u8], original: u32) -> Self {
        Packet {
            link_type,
            bytes,
            original,
        }
    }
}
