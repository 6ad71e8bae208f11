//! What a dissector reads from: the bytes left in the packet, one named field at a time.

mod bits;
mod extent;
mod fields;
mod run;
mod secrets;
mod sources;
mod summary;
mod text;
mod trailer;

use crate::{ByteRange, Context, Facts, Media, Summary, Tree};
pub use bits::Bits;
pub(crate) use sources::{Gathered, OpenMessage};
use std::net::IpAddr;
use trailer::{Leftover, TrailerOwner};

/// Why a dissector stopped early. The fields before it stay in the tree.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Stop {
    /// The bytes end inside this field because the capture kept no more of the packet.
    Truncated {
        /// The field's name.
        field: &'static str,
        /// What was left for it.
        bytes: ByteRange,
    },
    /// The packet itself ends inside this field, or the field contradicts what it must be.
    Malformed {
        /// The field's name.
        field: &'static str,
        /// What was left for it.
        bytes: ByteRange,
    },
}

/// The bytes of a packet while they are read, and where what is found goes.
///
/// Without a tree every method only moves on, which is all that the index needs.
pub struct Layer<'a, 't> {
    /// The source now read: the packet, or reassembled data.
    bytes: &'a [u8],
    rest: &'a [u8],
    /// How many bytes of the source the capture did not keep, past the end of `rest`.
    missing: usize,
    source: u16,
    /// Where this layer begins; computed fields stand there.
    start: u32,
    tree: Option<&'t mut Tree>,
    /// Where the layer ends that is read now, if that is further than what it read itself.
    covered: u32,
    /// The row that `title` speaks of.
    heading: Option<usize>,
    /// Who shows what lies behind the inner packet's end: this layer or the one before it.
    trailer: Option<TrailerOwner>,
    leftovers: Vec<Leftover<'a>>,
    /// How long the packet was on the wire.
    packet_length: usize,
    pub(crate) summary: Option<&'t mut Summary>,
    /// What the index keeps. Not changed by what an ICMP error quotes.
    pub facts: &'t mut Facts,
    /// What is known from elsewhere: other packets, the conversation, the file.
    pub context: &'a Context<'a>,
    flows_seen: usize,
    reassembled_seen: usize,
    /// How many sources there are beside the packet.
    sources: u16,
    /// Inside the packet that an ICMP error quotes.
    quoted: bool,
    /// The payload of the transport layer that was read last: its source, all of it, the payload.
    payload: (u16, &'a [u8], &'a [u8]),
    /// The source of the message of several segments that was read last.
    joined: u16,
    /// The source that was left last for bytes made of it, and where it was left.
    left: (u16, u32),
    /// A message of the same protocol came right before this one.
    pub(crate) follows: bool,
    /// The media type of what is to be read, for [`crate::Next::Media`].
    pub media: Option<Box<Media>>,
    /// The message that is read.
    message: Option<OpenMessage<'a>>,
    /// Dissectors inside dissectors: parts of a message with layers of their own.
    nesting: u8,
    /// [`Context::secrets`] are masked in what was shown before these were reached.
    shows_masked: bool,
    /// Where files that went over the wire are collected.
    pub(crate) objects: Option<&'t mut Vec<Object>>,
    /// The innermost network layer's addresses, for checksums and conversations.
    network: Option<(IpAddr, IpAddr)>,
    /// The innermost network layer's time to live or hop limit.
    hop_limit: u8,
}

/// A file that went over the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// What its sender called it: not fit to name a file with.
    pub name: Option<String>,
    /// Its media type, as its sender has it.
    pub media: String,
    /// What it holds, decoded.
    pub bytes: Vec<u8>,
}

impl<'a, 't> Layer<'a, 't> {
    /// `missing` is how many bytes of the packet the capture did not keep.
    pub(crate) fn new(
        packet: &'a [u8],
        missing: usize,
        context: &'a Context<'a>,
        facts: &'t mut Facts,
        tree: Option<&'t mut Tree>,
        summary: Option<&'t mut Summary>,
    ) -> Self {
        Layer {
            bytes: packet,
            rest: packet,
            missing,
            source: 0,
            start: 0,
            tree,
            covered: 0,
            heading: None,
            trailer: None,
            leftovers: Vec::new(),
            packet_length: packet.len() + missing,
            summary,
            facts,
            context,
            flows_seen: 0,
            reassembled_seen: 0,
            sources: 0,
            quoted: false,
            payload: (0, packet, end_of(packet)),
            joined: 0,
            left: (0, 0),
            follows: false,
            media: None,
            message: None,
            nesting: 0,
            shows_masked: false,
            objects: None,
            network: None,
            hop_limit: 0,
        }
    }
}

/// The empty slice at the end of a slice.
fn end_of(bytes: &[u8]) -> &[u8] {
    bytes.split_at(bytes.len()).1
}

/// Runs what only a tree or a line of the packet list asks for, out of the way of the code that the index runs for
/// every packet: that stays small enough to be inlined.
#[cold]
#[inline(never)]
fn apart<T>(run: impl FnOnce() -> T) -> T {
    run()
}
