//! Reads a packet again and dissects it for showing: its line in the list, its tree, its bytes.

mod analysis;
mod secrets;
mod spoken;

use crate::{
    capture::Bytes,
    store::{Contents, payload},
    track::{ConversationId, Direction, overlay},
};
use analysis::Analyses;
use dissectors::{
    ByteRange, Context, Decoded, EchoPair, Facts, Flow, FlowContext, Message, Object, Output,
    Packet, Part, Reassembled, Source, Spoken, Stop, Summary, TcpAnalysis, Transport, Tree,
    dissect,
};
pub use spoken::Hearing;
use spoken::{HeardPacket, Hearings, Whole};
use std::{borrow::Cow, collections::HashMap, io, time::Instant};

/// Bytes of a TCP header without options: RFC 9293, section 3.1.
const TCP_HEADER: u32 = 20;

/// A packet with everything that is shown of it.
#[derive(Default)]
pub struct Details {
    /// Its line in the list.
    pub summary: Summary,
    /// Its fields, if they were asked for.
    pub tree: Tree,
    /// Its bytes, then those put together or decoded: what [`dissectors::ByteRange::source`] counts. Only with its fields.
    pub sources: Vec<Source>,
    /// Why not all of it could be dissected.
    pub stop: Option<Stop>,
    /// What the segments before it say of it, where it is one of TCP.
    pub analysis: Option<TcpAnalysis>,
}

/// Reads packets again. It keeps its buffers, so one per thread serves for many packets.
pub struct Viewer {
    bytes: Bytes,
    facts: Facts,
    /// The packet whose facts were asked for last; 0 for none.
    facts_of: u32,
    /// Its bytes.
    packet: Vec<u8>,
    /// When the packet before was, where somebody has said so.
    before: Option<(ConversationId, i64)>,
    /// When each conversation's last packet was, while packets are viewed in order.
    previous: HashMap<ConversationId, (u32, i64)>,
    /// The last packet viewed, for `previous`.
    last: u32,
    /// The datagrams that it completed.
    whole: Vec<Reassembled<'static>>,
    /// The conversations that were heard.
    hearings: Hearings,
    /// The connections whose segments were judged.
    analyses: Analyses,
    /// Show sequence numbers as they are on the wire.
    pub absolute_seq: bool,
    /// Show passwords and other secrets.
    pub show_secrets: bool,
    /// Until when conversations may be heard before something must be shown; without it as long as it takes. What was
    /// not heard is shown as if its packet stood alone.
    pub patience: Option<Instant>,
    /// Patience did not suffice for what was asked for last.
    unheard: bool,
}

impl Viewer {
    /// Reads from a capture's bytes.
    pub fn new(bytes: Bytes) -> Self {
        let facts = Facts::default();
        Viewer {
            bytes,
            facts,
            facts_of: 0,
            packet: Vec::new(),
            before: None,
            previous: HashMap::new(),
            last: 0,
            whole: Vec::new(),
            hearings: Hearings::default(),
            analyses: Analyses::default(),
            absolute_seq: false,
            show_secrets: false,
            patience: None,
            unheard: false,
        }
    }

    /// The capture's bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The packet's line in the list.
    pub fn summary(&mut self, contents: &Contents, number: u32) -> io::Result<Summary> {
        let mut details = Details::default();
        self.view(contents, number, &mut details, false)?;
        Ok(details.summary)
    }

    /// What the packet that was viewed last is, in numbers.
    pub fn last_facts(&self) -> &Facts {
        &self.facts
    }

    /// Whether the packet that was viewed last has to be viewed again later: patience did not suffice to hear what it
    /// is part of.
    pub fn is_unheard(&self) -> bool {
        self.unheard
    }

    /// Everything of a packet.
    pub fn details(&mut self, contents: &Contents, number: u32) -> io::Result<Details> {
        let mut details = Details::default();
        self.view(contents, number, &mut details, true)?;
        Ok(details)
    }

    /// The files that went over the wire with the messages that a packet completes.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub fn objects(&mut self, contents: &Contents, number: u32) -> io::Result<Vec<Object>> {
        let mut objects = Vec::new();
        let mut details = Details::default();
        self.look(contents, number, &mut details, false, Some(&mut objects))?;
        Ok(objects)
    }

    /// Fills `details`; `tree` says whether the fields are wanted.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub fn view(
        &mut self,
        contents: &Contents,
        number: u32,
        details: &mut Details,
        tree: bool,
    ) -> io::Result<()> {
        self.look(contents, number, details, tree, None)
    }

    fn look(
        &mut self,
        contents: &Contents,
        number: u32,
        details: &mut Details,
        tree: bool,
        objects: Option<&mut Vec<Object>>,
    ) -> io::Result<()> {
        self.unheard = false;
        let whole = match (&objects, tree) {
            (Some(_), _) => Whole::File,
            (None, true) => Whole::Tree,
            (None, false) => Whole::Line,
        };
        let heard = self.hear(contents, number, whole)?;
        let mut packet = self.read(contents, number, heard.as_ref(), details, tree, objects)?;
        if tree && !self.show_secrets {
            self.blot(contents, number, details, &mut packet)?;
        }
        if !tree {
            // Nobody has looked where secrets stand in it.
            packet.clear();
        }
        details.sources.push(Source {
            name: "Packet",
            bytes: packet,
        });
        details.sources.append(&mut details.tree.sources);
        Ok(())
    }

    /// Dissects a packet that says this. Gives back its bytes, as they were captured.
    fn read(
        &mut self,
        contents: &Contents,
        number: u32,
        heard: Option<&HeardPacket>,
        details: &mut Details,
        tree: bool,
        objects: Option<&mut Vec<Object>>,
    ) -> io::Result<Vec<u8>> {
        let Some(record) = contents.packets.get(number) else {
            return Err(contents.no_packet(number));
        };
        details.tree.clear();
        details.summary = Summary::default();
        details.sources.truncate(1);
        let mut packet = match details.sources.pop() {
            Some(source) => source.bytes,
            None => Vec::new(),
        };
        self.bytes
            .read_at(record.offset(), record.captured, &mut packet)?;

        let reassembled = self.reassembled(contents, number)?;
        let mut flows = Vec::new();
        for (id, direction) in contents.conversations_of(number) {
            let mut flow = self.flow(contents, (number, record.time_ns), id, direction, tree);
            flow.analysis = self.analysis(contents, id, number)?;
            flows.push(flow);
        }
        details.analysis = flows.last().and_then(|flow| flow.analysis);
        self.last = number;
        let echo = contents.echo_of(number).and_then(|other| {
            let time_ns = contents.packets.get(other)?.time_ns;
            Some(EchoPair {
                number: other.into(),
                time_ns,
            })
        });
        let messages: Vec<Message> = heard
            .iter()
            .flat_map(|heard| &heard.messages)
            .map(|said| said.message())
            .collect();
        let spoken = heard.map(|heard| Spoken {
            messages: &messages,
            part_of: heard.part_of,
        });
        let decoded = Decoded::default();
        let context = Context {
            number: number.into(),
            time_ns: record.time_ns,
            flows: &flows,
            // An ICMP error belongs to the conversation of what it quotes, which is the innermost.
            quoted_flow: flows.last().copied(),
            reassembled: &reassembled,
            reassembled_in: contents.reassembled_in(number).map(u64::from),
            echo,
            complete: contents.finished,
            absolute_seq: self.absolute_seq,
            spoken,
            show_secrets: self.show_secrets,
            decoded: Some(&decoded),
        };
        let bytes = Packet {
            link_type: contents.link_type(record),
            bytes: &packet,
            original: record.original,
        };
        let output = Output {
            tree: tree.then_some(&mut details.tree),
            summary: Some(&mut details.summary),
            objects,
        };
        self.facts_of = 0;
        details.stop = dissect(bytes, &context, &mut self.facts, output);
        if let Some(analysis) = &details.analysis {
            details.summary.info.insert_str(0, &analysis.prefix());
        }
        Ok(packet)
    }

    /// What the index knows of a packet, read again: much faster than its line in the list.
    pub fn facts(&mut self, contents: &Contents, number: u32) -> io::Result<&Facts> {
        let Some(record) = contents.packets.get(number) else {
            return Err(contents.no_packet(number));
        };
        if self.facts_of == number {
            return Ok(&self.facts);
        }
        let reassembled = self.reassembled(contents, number)?;
        self.facts_of = 0;
        let mut packet = std::mem::take(&mut self.packet);
        let read = self
            .bytes
            .read_at(record.offset(), record.captured, &mut packet);
        if read.is_ok() {
            let bytes = Packet {
                link_type: contents.link_type(record),
                bytes: &packet,
                original: record.original,
            };
            let context = Context {
                reassembled: &reassembled,
                ..Context::default()
            };
            dissect(bytes, &context, &mut self.facts, Output::default());
            self.facts_of = number;
        }
        self.packet = packet;
        self.whole = reassembled;
        read.map(|()| &self.facts)
    }

    /// The payload of a transport layer of the packet whose facts were asked for last.
    pub fn payload(&self, flow: usize) -> &[u8] {
        let flow = self.facts.flows().get(flow);
        flow.map_or(&[], |flow| payload(flow, &self.packet, &self.whole))
    }

    /// The options of a TCP segment of the packet whose facts were asked for last.
    fn options(&self, flow: &Flow) -> &[u8] {
        let Transport::Tcp(segment) = &flow.transport else {
            return &[];
        };
        let end = flow.payload.start;
        let length = u32::from(segment.header).saturating_sub(TCP_HEADER);
        let options = Flow {
            payload: ByteRange {
                start: end.saturating_sub(length),
                end,
                ..flow.payload
            },
            ..*flow
        };
        payload(&options, &self.packet, &self.whole)
    }

    /// Says when the packet of this conversation before the next one to be viewed was, so that it need not be
    /// looked for.
    pub fn came_before(&mut self, id: ConversationId, time_ns: Option<i64>) {
        self.before = time_ns.map(|time_ns| (id, time_ns));
    }

    fn flow(
        &mut self,
        contents: &Contents,
        (number, time_ns): (u32, i64),
        id: ConversationId,
        direction: Direction,
        tree: bool,
    ) -> FlowContext {
        let Some(conversation) = contents.tracker.get(id) else {
            return FlowContext::default();
        };
        let known = self.previous.get(&id).filter(|(packet, _)| {
            // What was viewed last in this conversation is the one before only when nothing was left out.
            *packet < number && self.last + 1 == number
        });
        let said = self.before.filter(|(said, _)| *said == id);
        let previous_ns = match (known, said) {
            (Some((_, time_ns)), _) => *time_ns,
            (None, Some((_, time_ns))) => time_ns,
            // Only a field of the tree says it, and looking back may be far: a list need not.
            (None, None) if !tree => time_ns,
            (None, None) => contents
                .previous_in(id, number)
                .and_then(|number| contents.packets.get(number))
                .map_or(time_ns, |record| record.time_ns),
        };
        if self.last + 1 == number {
            // Of conversations that were let go nothing need be known.
            if self.previous.len() >= 2 * contents.tracker.count().max(64) {
                self.previous
                    .retain(|id, _| contents.tracker.get(*id).is_some());
            }
            self.previous.insert(id, (number, time_ns));
        } else {
            self.previous.clear();
        }
        let tcp = &conversation.tcp;
        FlowContext {
            stream: conversation.stream,
            first_ns: conversation.start_ns,
            previous_ns,
            completeness: tcp.completeness,
            base_seq: tcp.side(direction).base_seq,
            base_ack: tcp.side(direction.reverse()).base_seq,
            window_scale: tcp.window_scale(direction),
            accurate_ecn: tcp.accurate_ecn,
            analysis: None,
            application: conversation
                .application()
                .filter(|_| !conversation.is_heard()),
        }
    }

    /// Puts the datagrams together again that a packet completes.
    fn reassembled(
        &mut self,
        contents: &Contents,
        number: u32,
    ) -> io::Result<Vec<Reassembled<'static>>> {
        let mut whole: Vec<Reassembled> = Vec::new();
        for parts in contents.datagrams_of(number) {
            let mut data = Vec::new();
            for part in parts {
                let outer = if part.packet == u64::from(number) {
                    &*whole
                } else {
                    &[]
                };
                data.push(self.fragment(contents, part, outer)?);
            }
            let data: Vec<&[u8]> = data.iter().map(Vec::as_slice).collect();
            let length = parts
                .iter()
                .map(|part| part.start + part.length)
                .max()
                .unwrap_or(0);
            let mut parts = parts.clone();
            let bytes = overlay(&mut parts, &data, length as usize).unwrap_or_default();
            whole.push(Reassembled {
                bytes: Cow::Owned(bytes),
                parts,
            });
        }
        Ok(whole)
    }

    /// One fragment's data.
    fn fragment(
        &mut self,
        contents: &Contents,
        part: &Part,
        outer: &[Reassembled],
    ) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let data = self.fragment_in(contents, part.packet as u32, outer, &mut bytes)?;
        let Some(data) = data else {
            return Ok(Vec::new());
        };
        let source = match usize::from(data.source).checked_sub(1) {
            None => Some(bytes.as_slice()),
            Some(source) => outer.get(source).map(|outer| &*outer.bytes),
        };
        Ok(source
            .and_then(|source| data.of(source))
            .unwrap_or_default()
            .to_vec())
    }

    /// Where a packet has a fragment's data, behind the datagrams that it completed before. `bytes` are its own.
    fn fragment_in(
        &mut self,
        contents: &Contents,
        number: u32,
        outer: &[Reassembled],
        bytes: &mut Vec<u8>,
    ) -> io::Result<Option<ByteRange>> {
        let Some(record) = contents.packets.get(number) else {
            return Ok(None);
        };
        self.bytes
            .read_at(record.offset(), record.captured, bytes)?;
        let packet = Packet {
            link_type: contents.link_type(record),
            bytes,
            original: record.original,
        };
        let context = Context {
            reassembled: outer,
            ..Context::default()
        };
        self.facts_of = 0;
        dissect(packet, &context, &mut self.facts, Output::default());
        Ok(self.facts.fragment.map(|fragment| fragment.data))
    }
}
