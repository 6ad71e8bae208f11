//! The sources of a conversation's bytes. What a side sends, its TCP stream or its datagrams one behind the other, is one;
//! inside of it a session may open others: a mail that came in several messages, later what an HTTP/2 stream carries or
//! what records hold once they are decrypted.
//!
//! Bytes are kept nowhere: what a side sends is made again of the packets, and other sources of the parts that they were
//! made of.

use dissectors::Side;
use std::ops::Range;

/// HostNames a source of bytes in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceId {
    /// What a side sends.
    Sent(Side),
    /// A source that a session opened.
    Opened {
        /// The side whose bytes it is made of.
        side: Side,
        /// The session, a place among the protocols of the conversation.
        stage: u16,
        /// Its number in the session, such as an HTTP/2 stream identifier.
        number: u64,
    },
}

/// Bytes of a source that a session opened, and how they are made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Of which source.
    pub source: SourceId,
    /// Where they stand in it.
    pub at: u64,
    /// They are these bytes of what its side sends: from, and to before.
    pub of: Range<u64>,
}
