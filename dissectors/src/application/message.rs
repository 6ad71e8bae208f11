//! The ends of messages in a stream.

use crate::{Framing, Place, Session};

/// The length of the message at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// This many bytes, which need not all be there yet.
    Complete(usize),
    /// More bytes are needed.
    NeedMore,
    /// These bytes do not begin a message of this protocol.
    NotMine,
}

/// A protocol whose messages contain their length, and do not depend on each other.
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
