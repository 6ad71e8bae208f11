//! Reading in bytes that are not the packet's own, and what is known of the conversation.

use super::{Layer, Object, ResourcePart, end_of};
use crate::{
    Carried, Context, FlowContext, Message, MessageBytes, Part, Reassembled, Side, Source,
};
use std::ops::Range;

/// The maximum number of sources besides the packet: further ones are not read.
const MAX_SOURCES: u16 = 1024;

/// What is known of the current message besides its session's context.
#[derive(Clone, Copy)]
pub(crate) struct OpenMessage<'a> {
    side: Side,
    complete: bool,
    /// The capture lacks some of it.
    is_partial: bool,
    /// Its conversation is not known.
    alone: bool,
    carried: Option<Carried>,
    gathered: Option<Gathered<'a>>,
}

/// The bytes of several messages, put together.
#[derive(Clone, Copy)]
pub(crate) struct Gathered<'a> {
    pub bytes: &'a [u8],
    /// The parts that they came from; none if they all came from one packet.
    pub parts: &'a [Part],
}

impl<'a> Layer<'a, '_> {
    /// Returns whether this is part of a packet that an ICMP error quotes.
    #[inline]
    pub fn is_quoted(&self) -> bool {
        self.quoted
    }

    /// Returns whether its layers are those of the packet, rather than parts of another layer.
    pub(crate) fn is_top(&self) -> bool {
        self.nesting == 0
    }

    /// Begins the packet that an ICMP error quotes: it changes no facts, and is usually cut short.
    pub fn begin_quote(&mut self) {
        self.quoted = true;
        self.trailer = None;
    }

    /// Returns what is known of the conversation of this transport layer.
    pub fn next_flow(&mut self) -> Option<&'a FlowContext> {
        let context: &'a Context<'a> = self.context;
        let flow = if self.quoted {
            context.quoted_flow.as_ref()
        } else {
            context.flows.get(self.flows_seen)
        };
        self.flows_seen += usize::from(!self.quoted);
        flow
    }

    /// Returns what is known of the conversation of the latest transport layer.
    pub(crate) fn flow(&self) -> Option<&'a FlowContext> {
        let context: &'a Context<'a> = self.context;
        match self.quoted {
            true => context.quoted_flow.as_ref(),
            false => context.flows.get(self.flows_seen.checked_sub(1)?),
        }
    }

    /// Returns the reassembled data that this fragment completes, if any. Reading can continue there with `enter`.
    pub fn next_reassembled(&mut self) -> Option<&'a Reassembled<'a>> {
        let context: &'a Context<'a> = self.context;
        context.reassembled.get(self.reassembled_seen)
    }

    /// Continues reading in the reassembled data that `next_reassembled` returned.
    pub fn enter(&mut self, reassembled: &'a Reassembled<'a>) {
        self.reassembled_seen += 1;
        self.enter_source("Reassembled", &reassembled.bytes);
    }

    /// Continues reading in bytes that are not the packet's own. Returns whether there was room for one more source.
    fn enter_source(&mut self, name: &'static str, bytes: &'a [u8]) -> bool {
        if self.sources >= MAX_SOURCES {
            return false;
        }
        let source = self.sources + 1;
        self.left = (self.source, self.offset());
        self.sources = source;
        self.source = source;
        self.bytes = bytes;
        self.rest = bytes;
        self.start = 0;
        self.missing = 0;
        self.trailer = None;
        if let Some(tree) = &mut self.tree {
            let bytes = bytes.to_vec();
            tree.sources.push(Source { name, bytes });
        }
        true
    }

    /// Continues reading in bytes that were decoded from others, such as decompressed ones, as a separate source with
    /// this name. Returns false if there is no room for them; the layer's position is then unchanged.
    pub fn enter_decoded(&mut self, name: &'static str, bytes: Vec<u8>) -> bool {
        match self.keep(bytes) {
            Some(bytes) => self.enter_source(name, bytes),
            None => false,
        }
    }

    /// Decompresses this many bytes by a function that is given the maximum length of its result. None also if nothing
    /// is to be decoded.
    pub fn decompress<T>(
        &self,
        compressed: usize,
        run: impl FnOnce(usize) -> Option<(Vec<u8>, T)>,
    ) -> Option<(Vec<u8>, T)> {
        let context: &'a Context<'a> = self.context;
        let decoded = context.decoded?;
        let made = run(decoded.room_to_decompress(compressed))?;
        decoded.note_decompressed(made.0.len());
        Some(made)
    }

    /// Reads bytes that were decoded from others as a separate source, and returns to the present one. None if there is
    /// no room for them.
    pub fn in_decoded<T>(
        &mut self,
        name: &'static str,
        bytes: Vec<u8>,
        read: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        let place = (self.bytes, self.rest, self.missing, self.source, self.start);
        let result = self.enter_decoded(name, bytes).then(|| read(self));
        (self.bytes, self.rest, self.missing, self.source, self.start) = place;
        result
    }

    /// Continues reading in a message of the conversation.
    pub(crate) fn enter_message(&mut self, message: &'a Message<'a>) -> bool {
        self.message = Some(OpenMessage {
            side: message.side,
            complete: message.complete,
            is_partial: message.is_partial,
            alone: false,
            carried: message.carried,
            gathered: message.gathered.as_ref().map(|gathered| Gathered {
                bytes: &gathered.bytes,
                parts: &gathered.parts,
            }),
        });
        let found = match &message.bytes {
            MessageBytes::Within(from, to) => self.enter_payload(*from as usize..*to as usize),
            MessageBytes::Joined(whole) => match self.joined.checked_add(1) {
                Some(source) if source <= self.sources => {
                    self.joined = source;
                    self.source = source;
                    self.bytes = &whole.bytes;
                    self.rest = &whole.bytes;
                    true
                }
                _ => false,
            },
        };
        self.missing = usize::try_from(message.missing).unwrap_or(usize::MAX);
        self.start = self.offset();
        found
    }

    /// Continues reading in a part of the transport layer's payload.
    fn enter_payload(&mut self, part: Range<usize>) -> bool {
        let payload;
        (self.source, self.bytes, payload) = self.payload;
        let part = payload.get(part);
        self.rest = part.unwrap_or(end_of(payload));
        part.is_some()
    }

    /// Continues reading in a message that was cut from this packet alone: this part of the payload, and `missing`
    /// bytes after it that the capture did not keep.
    pub(crate) fn enter_cut(
        &mut self,
        part: Range<usize>,
        missing: usize,
        side: Side,
        complete: bool,
        gathered: Option<Gathered<'a>>,
    ) {
        self.message = Some(OpenMessage {
            side,
            complete,
            is_partial: false,
            alone: true,
            carried: None,
            gathered,
        });
        self.enter_payload(part);
        self.missing = missing;
        self.start = self.offset();
    }

    /// Keeps bytes that are read later. None if there is no room for them.
    pub(crate) fn keep(&self, bytes: Vec<u8>) -> Option<&'a [u8]> {
        let context: &'a Context<'a> = self.context;
        context.decoded?.keep(bytes)
    }

    /// Returns whether the messages in the present transport layer are known.
    pub(crate) fn is_spoken(&self) -> bool {
        let innermost = self.flows_seen == self.context.flows.len();
        self.context.spoken.is_some() && innermost && !self.quoted
    }

    /// Returns the number of the source of the first message of several segments.
    pub(crate) fn joined_source(&self) -> u16 {
        self.sources.saturating_add(1)
    }

    /// Notes the payload of the latest transport layer: its messages are read there. Those of several segments become
    /// sources.
    pub(crate) fn begin_messages(&mut self) {
        self.mask_known();
        self.payload = (self.source, self.bytes, self.rest);
        self.joined = self.sources;
        let context: &'a Context<'a> = self.context;
        let place = (self.source, self.bytes, self.rest);
        for message in context.spoken.iter().flat_map(|spoken| spoken.messages) {
            if let MessageBytes::Joined(whole) = &message.bytes {
                self.enter_source("Reassembled TCP", &whole.bytes);
            }
        }
        (self.source, self.bytes, self.rest) = place;
    }

    /// Returns the content of the connection that this message asked for.
    pub fn carried(&self) -> Option<Carried> {
        self.message?.carried
    }

    /// Returns the bytes of the source that this message completes.
    pub(crate) fn gathered(&self) -> Option<Gathered<'a>> {
        self.message?.gathered
    }

    /// Continues reading in the result of `gathered`, as a separate source with this name.
    pub fn enter_gathered(&mut self, name: &'static str) -> bool {
        match self.gathered() {
            Some(whole) => self.enter_source(name, whole.bytes),
            None => false,
        }
    }

    /// Returns whether the message is known to be broken off.
    pub fn is_unfinished(&self) -> bool {
        self.message.is_some_and(|message| !message.complete)
    }

    /// Returns whether parts of the message did not come, and not because the capture kept only a part of the packet.
    pub(crate) fn is_partial(&self) -> bool {
        let flow = self.facts.flows().last();
        let is_cut = flow.is_some_and(|flow| flow.payload_length as usize > flow.payload.len());
        self.message.is_some_and(|message| message.is_partial) && !is_cut
    }

    /// Returns whether the message was cut from this packet alone, without knowledge of its conversation and of what
    /// follows.
    pub fn is_alone(&self) -> bool {
        self.message.is_some_and(|message| message.alone)
    }

    /// Returns the side that sent this message, derived from the ports if its conversation is not known.
    pub fn side(&self) -> Option<Side> {
        Some(self.message?.side)
    }

    /// Reports a transferred file. `bytes` is only called when files are collected.
    pub fn object(&mut self, name: Option<String>, media: &str, bytes: impl FnOnce() -> Vec<u8>) {
        self.object_in_part(name, media, (true, None), bytes);
    }

    /// Reports a transferred file of which not all could be decoded, unless it is `complete`, or the part of one.
    pub fn object_in_part(
        &mut self,
        name: Option<String>,
        media: &str,
        (complete, part): (bool, Option<ResourcePart>),
        bytes: impl FnOnce() -> Vec<u8>,
    ) {
        if let Some(objects) = &mut self.objects {
            objects.push(Object {
                name,
                media: media.to_owned(),
                bytes: bytes(),
                complete,
                part,
            });
        }
    }
}
