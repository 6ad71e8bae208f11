//! Where a message that travels in a stream ends.

use crate::{Framing, Place, Session};

/// How long the message is that some bytes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// So many bytes, which need not all be there yet.
    Complete(usize),
    /// More bytes have to come first.
    NeedMore,
    /// These bytes do not begin a message of this protocol.
    NotMine,
}

/// A protocol whose messages say themselves how long they are, and do not depend on each other.
#[derive(Clone)]
pub struct Framed(pub fn(&[u8]) -> Length);

impl Session for Framed {
    type Context = ();

    fn frame(&mut self, _: &Place, bytes: &[u8]) -> Framing {
        match self.0(bytes) {
            Length::Complete(length) => Framing::Complete(length as u64),
            Length::NeedMore => Framing::NeedMore,
            Length::NotMine => Framing::NotRecognized,
        }
    }
}
