//! A packet as it was captured.

/// A packet as it was captured.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// LINKTYPE_ number of where it was captured.
    pub link_type: u16,
    /// The bytes that were kept.
    pub bytes: &'a [u8],
    /// How long it was on the wire.
    pub original: u32,
}
