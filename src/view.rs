//! Reads a packet again and dissects it for display: its line in the list, its tree, its bytes.
//!
//! The stored data of the packet is copied first; the store is not locked while the capture is read.

mod secrets;
mod spoken;

use crate::{
    lang::text,
    store::{Contents, PacketPlan, PacketReader, Store},
    track::{ConversationId, Messages, Piece, Protocol, Side},
    transcript::{Entry, Pages, Transcripts},
};
use dissectors::{
    Context, Decoded, EchoPair, Facts, Flow, FlowContext, Message, Object, Output, Source, Spoken,
    Stop, Summary, TcpAnalysis, Tree, Undeclared,
};
use spoken::{PacketMessages, Whole};
use std::{collections::HashMap, io, time::Instant};

/// A packet with everything that is shown of it.
#[derive(Default)]
pub struct Details {
    /// Its line in the list.
    pub summary: Summary,
    /// Its fields, if they were requested.
    pub tree: Tree,
    /// Its bytes, then those reassembled or decoded, in the order of [`dissectors::ByteRange::source`]. Only with its
    /// fields.
    pub sources: Vec<Source>,
    /// Why not all of it could be dissected.
    pub stop: Option<Stop>,
    /// Its TCP analysis, if it is a TCP segment.
    pub analysis: Option<TcpAnalysis>,
    /// It is the second copy of a frame that was captured twice.
    pub is_duplicate: bool,
}

/// Reads packets again. It keeps its buffers, so one per thread serves for many packets.
pub struct Viewer {
    reader: PacketReader,
    transcripts: Transcripts,
    /// The packet of each conversation that was viewed last, and when it was.
    previous: HashMap<ConversationId, (u32, i64)>,
    /// The last packet viewed, and the first one since which none was left out, for `previous`.
    last: u32,
    viewed_from: u32,
    /// Show sequence numbers as they are on the wire.
    pub absolute_seq: bool,
    /// Show passwords and other secrets.
    pub show_secrets: bool,
    /// Secrets in a conversation are searched for as if it ended with this packet: what is shown comes before.
    pub as_of: u32,
    /// The deadline for reading conversations before something must be shown; none for no limit. Packets whose
    /// conversation was not read are shown on their own.
    pub patience: Option<Instant>,
    /// Read what the earlier segments of a connection show about a packet. Without it and without messages no conversation
    /// is read.
    pub reads_analysis: bool,
    /// The deadline came before the last request was complete.
    unheard: bool,
}

/// The stored data of a packet that is to be shown.
struct ViewPlan {
    packet: PacketPlan,
    flows: Vec<(ConversationId, FlowContext)>,
    reassembled_in: Option<u32>,
    echo: Option<EchoPair>,
    /// It is a captured copy of an earlier packet.
    is_duplicate: bool,
    /// It is an ICMP error about a conversation that holds a secret.
    hides_quote: bool,
    /// The character set of its conversation's text that declares none.
    undeclared: Undeclared,
    complete: bool,
}

/// The original of a packet that was captured twice is searched for among this many packets of its conversation.
const MAX_LOOKED_BACK: usize = 32;

impl Viewer {
    /// Returns a viewer of the packets of a capture.
    pub fn new(store: Store) -> Self {
        let transcripts = Transcripts::within(store.read().keep.transcripts());
        Viewer {
            reader: PacketReader::new(store),
            transcripts,
            previous: HashMap::new(),
            last: 0,
            viewed_from: 0,
            absolute_seq: false,
            show_secrets: false,
            as_of: u32::MAX,
            patience: None,
            reads_analysis: true,
            unheard: false,
        }
    }

    /// Returns a viewer that reads conversations without their messages: packets of conversations that have messages are
    /// shown down to their transport layer.
    pub fn of_transport(store: Store) -> Self {
        let mut viewer = Viewer::new(store);
        viewer.transcripts.only_transport = true;
        viewer
    }

    /// Returns a viewer whose transcripts have this many packets per page, and this much memory.
    #[cfg(test)]
    pub(crate) fn with_pages(store: Store, page: usize, room: usize) -> Self {
        Viewer {
            transcripts: Transcripts::with_pages(page, room),
            ..Viewer::new(store)
        }
    }

    /// Returns a viewer whose transcripts take at most this much memory.
    #[cfg(test)]
    pub(crate) fn within(store: Store, most: u64) -> Self {
        Viewer {
            transcripts: Transcripts::within(most),
            ..Viewer::new(store)
        }
    }

    /// Returns what reading transcripts has cost.
    #[cfg(test)]
    pub(crate) fn transcripts_counted(&self) -> crate::transcript::tests::Counted {
        self.transcripts.counted()
    }

    /// Returns the capture's store.
    pub fn store(&self) -> &Store {
        self.reader.store()
    }

    /// Returns the packet's line in the list.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn summary(&mut self, number: u32) -> io::Result<Summary> {
        let mut details = Details::default();
        self.view(number, &mut details, false)?;
        Ok(details.summary)
    }

    /// Returns the facts of the packet that was viewed last.
    pub fn last_facts(&self) -> &Facts {
        self.reader.last_facts()
    }

    /// Whether the packet that was viewed last has to be viewed again later: the deadline came before its conversation
    /// was read.
    pub fn is_unheard(&self) -> bool {
        self.unheard
    }

    /// Returns everything that is shown of a packet.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn details(&mut self, number: u32) -> io::Result<Details> {
        let mut details = Details::default();
        self.view(number, &mut details, true)?;
        Ok(details)
    }

    /// Returns the files in the messages that a packet completes.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn objects(&mut self, number: u32) -> io::Result<Vec<Object>> {
        let mut objects = Vec::new();
        let mut details = Details::default();
        self.look(number, &mut details, false, Some(&mut objects))?;
        Ok(objects)
    }

    /// Fills `details`; `tree` sets whether the fields are included.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn view(&mut self, number: u32, details: &mut Details, tree: bool) -> io::Result<()> {
        self.look(number, details, tree, None)
    }

    fn look(
        &mut self,
        number: u32,
        details: &mut Details,
        tree: bool,
        mut objects: Option<&mut Vec<Object>>,
    ) -> io::Result<()> {
        self.unheard = false;
        let whole = match (&objects, tree) {
            (Some(_), _) => Whole::File,
            (None, true) => Whole::Tree,
            (None, false) => Whole::Line,
        };
        let messages_in = match self.transcripts.only_transport {
            false => self.messages_in(number, whole)?,
            true => self.speaks(number).map(|_| PacketMessages::default()),
        };
        let secrets = self.secrets_in(number)?;
        let plan = self.plan(number, tree)?;
        details.tree.clear();
        details.summary = Summary::default();
        details.sources.truncate(1);
        let mut packet = match details.sources.pop() {
            Some(source) => source.bytes,
            None => Vec::new(),
        };
        self.reader.bytes(plan.packet.location, &mut packet)?;
        let reassembled = self.reader.datagrams(&plan.packet)?;
        let mut flows = Vec::new();
        for (id, mut flow) in plan.flows {
            let analysis = match self.reads_analysis {
                true => self.analysis(id, number)?,
                false => None,
            };
            flow.analysis = analysis.filter(|analysis| !analysis.is_nothing());
            flows.push(flow);
        }
        details.analysis = flows.last().and_then(|flow| flow.analysis);
        details.is_duplicate = plan.is_duplicate;
        let messages: Vec<Message> = messages_in
            .iter()
            .flat_map(|found| &found.messages)
            .map(|said| said.message())
            .collect();
        let spoken = messages_in.as_ref().map(|found| Spoken {
            messages: &messages,
            part_of: found.part_of,
        });
        let decoded = Decoded::default();
        let context = Context {
            number: number.into(),
            time_ns: plan.packet.time_ns,
            flows: &flows,
            // An ICMP error belongs to the conversation of what it quotes, which is the innermost.
            quoted_flow: flows.last().copied(),
            reassembled: &reassembled,
            reassembled_in: plan.reassembled_in.map(u64::from),
            echo: plan.echo,
            complete: plan.complete,
            absolute_seq: self.absolute_seq,
            spoken,
            secrets: &secrets,
            hides_quote: plan.hides_quote && !self.show_secrets,
            show_secrets: self.show_secrets,
            undeclared: plan.undeclared,
            decoded: Some(&decoded),
        };
        // A tree of some fields is not for people.
        let is_for_people = !tree || details.tree.is_whole();
        let output = Output {
            tree: tree.then_some(&mut details.tree),
            summary: is_for_people.then_some(&mut details.summary),
            objects: objects.as_deref_mut(),
        };
        let reader = &mut self.reader;
        details.stop = reader.dissect(plan.packet.location, &packet, &context, output);
        let mut said = messages_in.iter().flat_map(|found| &found.messages);
        if said.any(|said| said.is_cut) {
            // It is not known which of them lack something.
            for object in objects.into_iter().flatten() {
                object.complete = false;
            }
        }
        let prefix = match (plan.is_duplicate, &details.analysis) {
            _ if !is_for_people => String::new(),
            (true, _) => match self.first_capture_of(number)? {
                Some(first) => format!("[Duplicate of packet {first}] "),
                None => "[Duplicate packet] ".to_owned(),
            },
            (false, Some(analysis)) => analysis.prefix(),
            (false, None) => String::new(),
        };
        details.summary.info.insert_str(0, &prefix);
        for secret in &details.tree.masked {
            secret.mask(&mut packet);
        }
        if !tree {
            // Its secrets are not masked.
            packet.clear();
        }
        details.sources.push(Source {
            name: text!("packet-source"),
            bytes: packet,
        });
        details.sources.append(&mut details.tree.sources);
        Ok(())
    }

    /// Copies the stored data of a packet that is to be shown.
    fn plan(&mut self, number: u32, tree: bool) -> io::Result<ViewPlan> {
        let store = self.store().clone();
        let contents = store.read();
        let Some(packet) = PacketPlan::of(&contents, number) else {
            return Err(contents.no_packet(number));
        };
        if self.last.checked_add(1) != Some(number) {
            self.viewed_from = number;
        }
        let flows = contents.conversations_of(number);
        let flows = flows
            .into_iter()
            .map(|(id, direction)| {
                let at = (number, packet.time_ns);
                (id, self.flow(&contents, at, id, direction, tree))
            })
            .collect();
        self.last = number;
        let echo = contents.echo_of(number).and_then(|other| {
            let time_ns = contents.packets.get(other)?.order_ns;
            Some(EchoPair {
                number: other.into(),
                time_ns,
            })
        });
        let record = contents.packets.get(number);
        let inner = record.and_then(|record| record.conversation());
        let quoted = inner.map(|(id, _)| id);
        let quoted = quoted.filter(|id| contents.is_about(number, *id));
        Ok(ViewPlan {
            packet,
            flows,
            reassembled_in: contents.reassembled_in(number),
            echo,
            is_duplicate: record.is_some_and(|record| record.is_duplicate()),
            hides_quote: quoted
                .and_then(|id| contents.tracker.get(id))
                .is_some_and(|conversation| conversation.credentials()),
            undeclared: inner.map_or(Undeclared::default(), |(id, _)| {
                contents.tracker.undeclared_of(id)
            }),
            complete: contents.finished,
        })
    }

    /// Returns the TCP analysis of a packet: empty if it is not a segment of this conversation. None if the deadline
    /// comes before the earlier packets are read.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn analysis(&mut self, id: ConversationId, number: u32) -> io::Result<Option<TcpAnalysis>> {
        let is_tcp = {
            let contents = self.store().read();
            let conversation = contents.tracker.get(id);
            conversation.is_some_and(|it| it.protocol == Protocol::Tcp)
                && !contents.is_about(number, id)
        };
        if !is_tcp {
            return Ok(Some(TcpAnalysis::default()));
        }
        self.transcripts.deadline = self.patience;
        self.transcripts.read(&mut self.reader, id, number)?;
        let entry = self.pages(id).entry(number);
        self.unheard |= entry.is_none();
        Ok(entry.map(|entry| entry.analysis.unwrap_or_default()))
    }

    /// Whether a packet is known to have no TCP analysis. It reads ahead in its conversation.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn has_no_analysis(&mut self, number: u32) -> io::Result<bool> {
        self.unheard = false;
        let id = {
            let contents = self.store().read();
            let record = contents.packets.get(number);
            record.and_then(|record| record.conversation())
        };
        let Some((id, _)) = id else { return Ok(false) };
        self.transcripts.deadline = self.patience;
        self.transcripts.read_some(&mut self.reader, id, number)?;
        let entry = self.pages(id).entry(number);
        self.unheard = entry.is_none();
        Ok(entry.is_some_and(|entry| entry.analysis.is_none()))
    }

    /// Returns at most `most` packets of a conversation after one of them, up to another, as far as they can be read
    /// before the deadline, and whether these are all up to there.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn entries(
        &mut self,
        id: ConversationId,
        behind: u32,
        to: u32,
        most: usize,
    ) -> io::Result<(Vec<Entry>, bool)> {
        self.transcripts.deadline = self.patience;
        let done = self.transcripts.read(&mut self.reader, id, to)?;
        let (entries, all) = self.pages(id).entries((behind, to), most);
        Ok((entries, all && done))
    }

    /// Returns the packet that this one is a captured copy of, if it is near.
    fn first_capture_of(&mut self, number: u32) -> io::Result<Option<u32>> {
        let earlier: Vec<u32> = {
            let contents = self.store().read();
            let record = contents.packets.get(number);
            let Some((id, _)) = record.and_then(|record| record.conversation()) else {
                return Ok(None);
            };
            let before = |packet: &u32| contents.previous_in(id, *packet);
            let earlier = std::iter::successors(before(&number), before);
            earlier.take(MAX_LOOKED_BACK).collect()
        };
        let Some(own) = self.facts(number)?.flows().last().copied() else {
            return Ok(None);
        };
        let bytes = self.reader.payload(&own).to_vec();
        for before in earlier {
            // It may have been evicted meanwhile.
            let Ok(facts) = self.facts(before) else {
                continue;
            };
            let Some(flow) = facts.flows().last().copied() else {
                continue;
            };
            // A router between the two may have marked one of them.
            let Flow { payload, ecn, .. } = own;
            let same = Flow {
                payload,
                ecn,
                ..flow
            };
            if own == same && self.reader.payload(&flow) == bytes {
                return Ok(Some(before));
            }
        }
        Ok(None)
    }

    /// Reads the facts of a packet as the index does: much faster than its line in the list.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read, or the packet is not there.
    pub fn facts(&mut self, number: u32) -> io::Result<&Facts> {
        let plan = {
            let contents = self.store().read();
            PacketPlan::of(&contents, number).ok_or_else(|| contents.no_packet(number))?
        };
        self.reader.facts(&plan)
    }

    fn flow(
        &mut self,
        contents: &Contents,
        (number, time_ns): (u32, i64),
        id: ConversationId,
        direction: Side,
        tree: bool,
    ) -> FlowContext {
        let Some(conversation) = contents.tracker.get(id) else {
            return FlowContext::default();
        };
        let known = self.previous.get(&id).filter(|(packet, _)| {
            let is_linked = !conversation.scattered && *packet >= contents.packets.first();
            let follows = is_linked && contents.next_in(id, *packet) == Some(number);
            *packet < number && (follows || *packet >= self.viewed_from)
        });
        let previous_ns = match known {
            Some((_, time_ns)) => *time_ns,
            // Only a field of the tree shows it, and the previous packet may be far away: a list does not need it.
            None if !tree => time_ns,
            None => contents
                .previous_in(id, number)
                .and_then(|number| contents.packets.get(number))
                .map_or(time_ns, |record| record.order_ns),
        };
        // Evicted conversations need no entry.
        if self.previous.len() >= 2 * contents.tracker.count().max(64) {
            self.previous
                .retain(|id, _| contents.tracker.get(*id).is_some());
        }
        self.previous.insert(id, (number, time_ns));
        let tcp = conversation.tcp();
        FlowContext {
            stream: conversation.stream(),
            first_ns: conversation.start_ns,
            previous_ns,
            completeness: tcp.completeness,
            base_seq: tcp.side(direction).base_seq,
            base_ack: tcp.side(direction.other()).base_seq,
            window_scale: tcp.window_scale(direction),
            accurate_ecn: tcp.accurate_ecn,
            analysis: None,
            application: conversation
                .application()
                .filter(|_| !conversation.has_session()),
        }
    }

    /// Returns the session of a conversation, read to the end of what was captured. None if the deadline came first.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn messages(&mut self, id: ConversationId) -> io::Result<Option<&Messages>> {
        let done = self.read_messages_to(id, u32::MAX)?;
        Ok(self.messages_of(id).filter(|_| done))
    }

    /// Reads a conversation as far as necessary to show a packet of one of its sides. Returns whether that was read before
    /// the deadline.
    pub(super) fn read_for(
        &mut self,
        id: ConversationId,
        side: Side,
        packet: u32,
    ) -> io::Result<bool> {
        self.transcripts.deadline = self.patience;
        while !self.pages(id).is_final(packet, side) {
            let before = self.messages_read_to(id);
            if self.transcripts.read_ahead(&mut self.reader, id)? {
                break;
            }
            if self.messages_read_to(id) == before {
                self.unheard = true;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the messages and bytes of a conversation, packet by packet, as far as it was read by now.
    pub fn pages(&mut self, id: ConversationId) -> Pages<'_> {
        self.transcripts.pages(&mut self.reader, id)
    }

    /// Returns the session of a conversation, as far as it was read by now.
    pub fn messages_of(&self, id: ConversationId) -> Option<&Messages> {
        self.transcripts
            .get(id)
            .map(|transcript| transcript.messages())
    }

    /// Reads a conversation up to this packet. Returns whether it was read before the deadline.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn read_messages_to(&mut self, id: ConversationId, packet: u32) -> io::Result<bool> {
        self.transcripts.deadline = self.patience;
        let done = self.transcripts.read(&mut self.reader, id, packet)?;
        self.unheard |= !done;
        Ok(done)
    }

    /// Returns the last packet of a conversation that was read.
    pub fn messages_read_to(&self, id: ConversationId) -> Option<u32> {
        self.transcripts.get(id).map(|transcript| transcript.last())
    }

    /// Returns the first packet of a conversation that was read. Offsets in its streams are counted from there.
    pub fn messages_read_from(&self, id: ConversationId) -> Option<u32> {
        self.transcripts
            .get(id)
            .map(|transcript| transcript.first())
    }

    /// Drops the data of packets that were evicted from the capture.
    pub fn renew(&mut self) {
        self.transcripts.evict(&self.reader.store().read());
    }

    /// Drops the transcript of a conversation. It is read again when it is needed.
    pub fn forget_conversation(&mut self, id: ConversationId) {
        self.transcripts.forget(id);
    }

    /// Drops the transcripts of all conversations.
    pub fn forget(&mut self) {
        self.transcripts.clear();
    }

    /// Returns the payload of a transport layer of the packet whose facts were read last.
    pub fn payload(&self, flow: &Flow) -> &[u8] {
        self.reader.payload(flow)
    }

    /// Appends the bytes of a piece to `into`, with secrets unmasked: they must not be shown.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn read_piece(&mut self, piece: &Piece, into: &mut Vec<u8>) -> io::Result<()> {
        self.reader.piece(piece, into)
    }
}
