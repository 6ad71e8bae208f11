//! Explains a packet in plain words: a paragraph for each layer, from the packet's fields and from its conversation.
//!
//! The sentences about a TCP segment are those of the ladder (segment.rs), and further ones about its numbers. No
//! number is invented: each is one of the packet, of its conversation, or follows from these by the arithmetic that the
//! sentence states.

mod ecn;
mod layers;
mod options;
mod rows;
mod segment;
mod situation;
#[cfg(test)]
mod tests;

pub(crate) use segment::Segment;
pub(crate) use situation::{MAX_BEFORE, Situation};

use crate::{
    format::{printable, size},
    ladder::{Step, StepKind, flags},
    lang::{osi_layer, side, tcp_ip_layer, text},
    store::Contents,
    track::{ConversationId, Protocol, Side},
    transcript::{Entry, EntryKind},
    view::{Details, Viewer},
};
use dissectors::{OsiLayer, Stop};
use rows::{LayerRows, layers};

/// What a packet does at one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paragraph {
    /// The layer of the OSI model.
    pub layer: OsiLayer,
    /// The protocol.
    pub protocol: String,
    /// The sentences.
    pub sentences: Vec<String>,
}

impl Paragraph {
    /// Returns its heading, with the names of its layer in both models.
    pub fn heading(&self) -> String {
        let (number, osi) = (self.layer.number(), osi_layer(self.layer));
        let (tcp_ip, protocol) = (tcp_ip_layer(self.layer), &self.protocol);
        text!("explain-heading", number, osi, tcp_ip, protocol)
    }

    /// Returns its text.
    pub fn text(&self) -> String {
        self.sentences.join(" ")
    }
}

/// A packet in one of its conversations.
struct InConversation {
    id: ConversationId,
    side: Side,
    /// Its segment and the packets of the connection before it, if it is TCP and was read.
    segment: Option<(Entry, Vec<Entry>)>,
}

/// Explains a packet whose details were just read by this viewer, layer by layer.
pub fn packet(viewer: &mut Viewer, number: u32, details: &Details) -> Vec<Paragraph> {
    let mut conversations = in_conversations(viewer, number).into_iter();
    let store = viewer.store().clone();
    let contents = store.read();
    let layers = layers(&details.tree.fields);
    let (quoted, own): (Vec<LayerRows>, Vec<LayerRows>) =
        layers.into_iter().partition(|layer| layer.info.quoted);
    // Bytes that no protocol reads are not what the packet's line is about.
    let mut protocols = own.iter().rev().map(|layer| layer.info.name);
    let innermost = protocols.find(|name| *name != "data");
    let info = printable(own_info(details));
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let mut ip: Option<LayerRows> = None;
    // Several messages of one protocol are one paragraph.
    for group in own.chunk_by(|one, next| is_same_protocol(one, next)) {
        let [layer, ..] = group else { continue };
        let name = layer.info.name;
        let is_innermost = Some(name) == innermost;
        let sentences = match name {
            "arp" => layers::arp(layer),
            "ip" | "ipv6" => {
                ip = Some(*layer);
                layers::ip(layer)
            }
            "icmp" | "icmpv6" => {
                let info = if is_innermost || !quoted.is_empty() {
                    &info
                } else {
                    ""
                };
                let mut sentences = layers::icmp(layer, ip.as_ref(), &quoted, info);
                let about = about(&contents, number);
                if let Some(about) = about.and_then(|id| contents.tracker.get(id)) {
                    let name = about.id();
                    sentences.push(text!("explain-icmp-about", name));
                }
                sentences
            }
            "tcp" | "udp" => {
                let found = conversations.next();
                transport(&contents, number, viewer.absolute_seq, layer, found)
            }
            "ipv6.hopopts" | "ipv6.dstopts" => layers::ipv6_options(layer),
            _ if layer.info.osi == OsiLayer::DataLink => layers::link(layer),
            _ => layers::application(group, is_innermost.then_some(info.as_str())),
        };
        let protocol = match layer.info.column {
            "" => printable(layer.heading.label),
            column => column.to_owned(),
        };
        let sentences = match sentences.is_empty() {
            true => vec![bare(layer)],
            false => sentences,
        };
        paragraphs.push(Paragraph {
            layer: layer.info.osi,
            protocol,
            sentences,
        });
    }
    if let Some(stop) = &details.stop {
        let sentence = match stop {
            Stop::Truncated { field, .. } => text!("explain-truncated", field),
            Stop::Malformed { field, .. } => text!("explain-malformed", field),
            _ => String::new(),
        };
        if let Some(last) = paragraphs.last_mut().filter(|_| !sentence.is_empty()) {
            last.sentences.push(sentence);
        }
    }
    paragraphs
}

/// Returns the packet's line without the marks of the TCP analysis.
fn own_info(details: &Details) -> &str {
    let mut info = details.summary.info.as_str();
    while let Some((_, rest)) = info
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
    {
        info = rest;
    }
    info
}

fn is_same_protocol(one: &LayerRows, next: &LayerRows) -> bool {
    one.info.name == next.info.name && !one.info.osi.carries()
}

/// Returns what a layer's heading shows, for protocols without sentences of their own.
fn bare(layer: &LayerRows) -> String {
    let label = layer.heading.label;
    match &layer.heading.text {
        Some(title) if !title.is_empty() => {
            let title = printable(title);
            text!("explain-bare-with", label, title)
        }
        _ => text!("explain-bare", label),
    }
}

/// Returns the conversations that a packet is part of, from the outside in.
fn in_conversations(viewer: &mut Viewer, number: u32) -> Vec<InConversation> {
    let found = {
        let contents = viewer.store().read();
        let mut found = contents.conversations_of(number);
        found.retain(|(id, _)| !contents.is_about(number, *id));
        found
    };
    let found = found.into_iter().map(|(id, side)| {
        let mut pages = viewer.pages(id);
        let entry = pages.entry(number);
        let entry = entry.filter(|entry| entry.kind == EntryKind::Segment);
        let segment = entry.map(|entry| (entry, pages.entries_before(number, MAX_BEFORE)));
        InConversation { id, side, segment }
    });
    found.collect()
}

/// Returns the conversation that a packet reports an error about.
fn about(contents: &Contents, number: u32) -> Option<ConversationId> {
    let all = contents.conversations_of(number);
    let mut ids = all.into_iter().map(|(id, _)| id);
    ids.find(|id| contents.is_about(number, *id))
}

/// Returns the sentences about TCP and UDP.
fn transport(
    contents: &Contents,
    number: u32,
    absolute: bool,
    layer: &LayerRows,
    found: Option<InConversation>,
) -> Vec<String> {
    let ports = ["srcport", "dstport"].map(|name| {
        let name = format!("{}.{name}", layer.info.name);
        layer.number(&name).unwrap_or_default()
    });
    let known = found.as_ref().and_then(|found| {
        let conversation = contents.tracker.get(found.id)?;
        Some((found, conversation))
    });
    let [source, destination] = ports;
    let Some((found, conversation)) = known else {
        return vec![text!("explain-ports", source, destination)];
    };
    let (from, to) = (side(found.side), side(found.side.other()));
    let name = conversation.id();
    if conversation.protocol == Protocol::Udp {
        // RFC 768: the length includes the header.
        let length = layer.number("udp.length").unwrap_or_default();
        let size = size(length.saturating_sub(8));
        return vec![
            text!("explain-udp", from, source, to, destination, name, size),
            text!("explain-datagram-udp").to_owned(),
        ];
    }
    let Some((entry, before)) = &found.segment else {
        return vec![text!("explain-ports", source, destination)];
    };
    let before = before.iter();
    let before: Vec<Step> = before.map(|entry| Step::of(conversation, entry)).collect();
    let step = Step::of(conversation, entry);
    let situation = Situation {
        contents,
        conversation,
        before: &before,
        absolute,
    };
    let analysis = entry.analysis.unwrap_or_default();
    let segment = Segment::new(situation, &step, &analysis);
    let letters = flags(step.flags);
    let mut sentences = vec![text!(
        "explain-segment",
        letters,
        from,
        source,
        to,
        destination,
        name
    )];
    match step.kind {
        StepKind::Duplicate => sentences.push(text!("explain-duplicate", packet = number)),
        _ => sentences.extend(segment.role()),
    }
    sentences.extend(segment.numbers());
    if layer.is_set("tcp.flags.urg")
        && let Some(pointer) = layer.number("tcp.urgent_pointer")
    {
        sentences.push(text!("explain-urgent", pointer));
    }
    if let Some(packet) = layer.number("tcp.reassembled_in") {
        sentences.push(text!("explain-part-of", packet));
    }
    sentences.extend(options::options(layer, &segment));
    sentences
}
