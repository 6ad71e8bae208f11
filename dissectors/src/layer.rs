//! The source that a dissector reads from: the bytes left in the packet, one named field at a time.

mod bits;
mod extent;
mod fields;
mod run;
mod secrets;
mod sources;
mod summary;
mod text;
mod trailer;

use crate::{ByteRange, Context, Dissector, Facts, Media, Summary, Tree, Undeclared};
pub use bits::Bits;
pub(crate) use run::Position;
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
        /// The bytes that were left for it.
        bytes: ByteRange,
    },
    /// The packet itself ends inside this field, or the field contradicts what it must be.
    Malformed {
        /// The field's name.
        field: &'static str,
        /// The bytes that were left for it.
        bytes: ByteRange,
    },
}

/// The bytes of a packet while they are read, and the outputs for what is found.
///
/// Without a tree every method only moves on, which is all that the index needs.
pub struct Layer<'a, 't> {
    /// The source now read: the packet, or reassembled data.
    bytes: &'a [u8],
    rest: &'a [u8],
    /// How many bytes after the end of `rest` the capture did not keep.
    missing: usize,
    source: u16,
    /// The offset at which this layer begins, where its computed fields are.
    start: u32,
    tree: Option<&'t mut Tree>,
    /// The offset at which the present layer ends, if that is further than what it read itself.
    covered: u32,
    /// The row that `title` changes.
    heading: Option<usize>,
    /// Which layer shows the bytes after the inner packet's end: this layer or the one before it.
    trailer: Option<TrailerOwner>,
    leftovers: Vec<Leftover<'a>>,
    /// The length of the packet on the wire.
    packet_length: usize,
    pub(crate) summary: Option<&'t mut Summary>,
    /// The facts that the index keeps. The contents of an ICMP error's quote do not change them.
    pub facts: &'t mut Facts,
    /// What is known from elsewhere: other packets, the conversation, the file.
    pub context: &'a Context<'a>,
    flows_seen: usize,
    reassembled_seen: usize,
    /// The number of sources besides the packet.
    sources: u16,
    /// The layer is part of a packet that an ICMP error quotes.
    quoted: bool,
    /// The payload of the latest transport layer: its source, all bytes of that, the payload.
    payload: (u16, &'a [u8], &'a [u8]),
    /// The source of the latest message of several segments.
    joined: u16,
    /// The source that was last left for bytes made of it, and the offset at which it was left.
    left: (u16, u32),
    /// The message directly before this one is of the same protocol.
    pub(crate) follows: bool,
    /// The media type of the next bytes, for [`crate::Next::Media`].
    pub media: Option<Box<Media>>,
    /// The message that is being read.
    message: Option<OpenMessage<'a>>,
    /// The depth of dissectors inside dissectors: parts of a message with layers of their own.
    nesting: u8,
    /// What is read after the innermost layer.
    continuation: Option<Continuation<'a>>,
    /// [`Context::secrets`] are masked in what was shown before these were reached.
    shows_masked: bool,
    /// Where transferred files are collected.
    pub(crate) objects: Option<&'t mut Vec<Object>>,
    /// The innermost network layer's addresses, for checksums and conversations.
    network: Option<(IpAddr, IpAddr)>,
    /// The innermost network layer's time to live or hop limit.
    hop_limit: u8,
    /// The innermost network layer's ECN bits.
    ecn: u8,
}

/// Bytes that follow those of the layers inside a layer.
struct Continuation<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
    missing: usize,
    source: u16,
    quoted: bool,
    dissector: &'static Dissector,
}

/// A transferred file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// The name that its sender gave it: not fit to name a file with.
    pub name: Option<String>,
    /// Its media type, as its sender gave it.
    pub media: String,
    /// Its contents, decoded.
    pub bytes: Vec<u8>,
    /// Whether these are all of its contents.
    pub complete: bool,
    /// It is a part of a resource.
    pub part: Option<ResourcePart>,
}

/// A part of a resource that can be put together from several: RFC 9110, section 15.3.7.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourcePart {
    /// The URI, and a validator of the representation, if it was sent.
    pub resource: (String, String),
    /// The length of the whole representation, if it was sent.
    pub total: Option<u64>,
    /// The offset of the part.
    pub first: u64,
}

impl<'a, 't> Layer<'a, 't> {
    /// Returns the character set of the conversation's text that declares none.
    pub(crate) fn undeclared(&self) -> Undeclared {
        self.context.undeclared
    }

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
            continuation: None,
            shows_masked: false,
            objects: None,
            network: None,
            hop_limit: 0,
            ecn: 0,
        }
    }
}

/// The empty slice at the end of a slice.
fn end_of(bytes: &[u8]) -> &[u8] {
    bytes.split_at(bytes.len()).1
}

/// Runs what only a tree or a line of the packet list needs, apart from the code that the index runs for every packet:
/// that stays small enough to be inlined.
#[cold]
#[inline(never)]
fn apart<T>(run: impl FnOnce() -> T) -> T {
    run()
}
