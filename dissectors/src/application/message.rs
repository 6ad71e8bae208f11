//! Where a message that travels in a stream ends.

/// How long the message is that some bytes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// All of it is there: so many bytes.
    Complete(usize),
    /// More bytes have to come first.
    NeedMore,
    /// These bytes do not begin a message of this protocol.
    NotMine,
}
