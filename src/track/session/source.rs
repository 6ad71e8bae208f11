//! The sources of a conversation's bytes. What a side sends, its TCP stream or its concatenated datagrams, is one
//! source; within it a session may open others: a mail that came in several messages, later the data of an HTTP/2
//! stream or of decrypted records.
//!
//! Bytes are not kept: what a side sends is reassembled from the packets, and other sources from their parts.

use dissectors::Side;
use std::ops::Range;

/// Identifies a source of bytes in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceId {
    /// What a side sends.
    Sent(Side),
    /// A source that a session opened.
    Opened {
        /// The side whose bytes it is made of.
        side: Side,
        /// The index of the session among the protocols of the conversation.
        stage: u16,
        /// Its number in the session, such as an HTTP/2 stream identifier.
        number: u64,
    },
}

/// Bytes of a source that a session opened, and the range that they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The source.
    pub source: SourceId,
    /// Their offset in the source.
    pub at: u64,
    /// Their range in what the side sends: from, and to before.
    pub of: Range<u64>,
}
