//! The context of datagrams, from a session to the dissector.

use super::{crypto::Message, initial::Plain};
use crate::HeapSize;
use std::sync::Arc;

/// What the dissector of a datagram must know besides its bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The length of the receiver's connection ids: short headers do not contain it.
    pub id_length: u8,
    /// The Initial packets that could be decrypted.
    pub opened: Option<Arc<Vec<Opened>>>,
    /// The packet that completes the handshake message of which it brings a part.
    pub completed_in: Option<u64>,
    /// It is a Retry packet, and whether that answers the client's packet.
    pub retry_fits: Option<bool>,
}

/// An Initial packet that was decrypted.
#[derive(Debug, PartialEq)]
pub struct Opened {
    /// How many bytes the datagram has from the beginning of the packet on.
    pub left: usize,
    pub plain: Plain,
    /// The handshake messages that each of its CRYPTO frames completes.
    pub messages: Vec<Vec<Message>>,
}

impl HeapSize for Known {
    fn heap_size(&self) -> usize {
        let opened = self.opened.iter().flat_map(|opened| opened.iter());
        let opened = opened.map(|opened| {
            let messages = opened.messages.iter().flatten().map(Message::heap_size);
            let messages = messages.sum::<usize>();
            size_of::<Opened>() + opened.plain.payload.heap_size() + messages
        });
        opened.sum()
    }
}
