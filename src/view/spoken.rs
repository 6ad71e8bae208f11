//! Hears conversations again, to know what each packet says in them.

use super::{Viewer, secrets::Told};
use crate::{
    store::Contents,
    track::{Conversation, ConversationId, MessageRecord, Messages, Payload, Piece, Protocol},
};
use dissectors::{
    Carried, DATA, Dissector, Event, Message, MessageBytes, MessageContext, Part, Reassembled,
    Side, Transport,
};
use std::{borrow::Cow, collections::HashMap, io, time::Instant};

/// What is kept of conversations that were heard, bytes; then those not looked at now are let go.
const MAX_WEIGHT: usize = 64 << 20;

/// What a message is put together for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// Its line in the list.
    Line,
    /// Its tree.
    Tree,
    /// The file that it carries.
    File,
}

impl Whole {
    /// How much of it is put together, bytes; less for a tree that somebody waits for.
    fn limit(self, patient: bool) -> u64 {
        match self {
            Whole::Line => 64 << 10,
            Whole::Tree if patient => 32 << 20,
            Whole::Tree => 2 << 20,
            Whole::File => 192 << 20,
        }
    }
}

/// A longer conversation is not heard only to say how long it was, packets.
const MAX_CARRIED: u64 = 1 << 20;

/// A conversation that is heard.
pub struct Hearing {
    /// What was heard.
    pub messages: Messages,
    /// The first packet that was heard; 0 for none.
    first: u32,
    /// The last packet that was heard; 0 for none.
    pub heard: u32,
    /// What followed from it for other conversations, and in which packet; only while it is heard for the index.
    pub events: Vec<(u32, Event)>,
    /// The next one is the conversation's first.
    begins: bool,
    /// The end of the capture was heard too.
    ended: bool,
    /// Where secrets stand, as far as somebody has looked.
    pub(super) told: Told,
    /// When it was asked for last, by the count of [`Hearings`].
    used: u64,
}

/// The conversations that were heard.
#[derive(Default)]
pub(super) struct Hearings {
    pub(super) all: HashMap<ConversationId, Hearing>,
    weight: usize,
    /// How often one was asked for.
    asked: u64,
}

/// A conversation cannot make more than this of others.
const MAX_EVENTS: usize = 1 << 12;

impl Hearing {
    fn new(messages: Messages) -> Self {
        Hearing {
            messages,
            first: 0,
            heard: 0,
            events: Vec::new(),
            begins: true,
            ended: false,
            told: Told::default(),
            used: 0,
        }
    }

    /// Begins to hear a conversation as the index does, to replace what the index knows of it.
    pub fn again(contents: &Contents, id: ConversationId) -> Option<Self> {
        let messages = contents.tracker.listen(contents.tracker.get(id)?, false);
        Some(Hearing::new(messages))
    }
}

impl Hearings {
    /// Lets go of those that were not asked for lately, when all together they are too much.
    fn make_room(&mut self) {
        while self.weight > MAX_WEIGHT && self.all.len() > 1 {
            let oldest = self.all.iter().min_by_key(|(_, hearing)| hearing.used);
            let Some(id) = oldest.map(|(id, _)| *id) else {
                return;
            };
            if let Some(hearing) = self.all.remove(&id) {
                self.weight = self.weight.saturating_sub(hearing.messages.weight());
            }
        }
    }
}

/// What was heard of packets that were let go is of no use: from this weight on it is worth hearing the rest again.
const WORTH_HEARING_AGAIN: usize = 8 << 20;

/// What a packet says.
pub(super) struct HeardPacket {
    pub messages: Vec<Said>,
    pub part_of: Option<Option<u64>>,
}

/// One message.
pub(super) struct Said {
    dissector: &'static Dissector,
    side: Side,
    place: SaidPlace,
    missing: u64,
    complete: bool,
    known: Option<MessageContext>,
    gathered: Option<(Vec<u8>, Vec<Part>)>,
    carried: Option<Carried>,
}

/// A message before its bytes are read.
struct Completed {
    message: MessageRecord,
    pieces: Vec<Piece>,
    dissector: &'static Dissector,
    known: Option<MessageContext>,
    asked_for: Option<u32>,
    gathered: Vec<(MessageRecord, Vec<Piece>)>,
}

/// Whether a message of these pieces lies in this one packet.
pub(super) fn lies_within(pieces: &[Piece], packet: u32) -> bool {
    matches!(pieces, [piece] if piece.packet == packet)
}

enum SaidPlace {
    Within(u32, u32),
    Joined(Vec<u8>, Vec<Part>),
}

impl Said {
    pub fn message(&self) -> Message<'_> {
        Message {
            dissector: self.dissector,
            side: self.side,
            bytes: match &self.place {
                SaidPlace::Within(from, to) => MessageBytes::Within(*from, *to),
                SaidPlace::Joined(bytes, parts) => MessageBytes::Joined(reassembled(bytes, parts)),
            },
            missing: self.missing,
            complete: self.complete,
            context: self.known.as_ref(),
            carried: self.carried,
            gathered: self
                .gathered
                .as_ref()
                .map(|(bytes, parts)| reassembled(bytes, parts)),
        }
    }
}

/// Bytes put together, and where they came from.
struct Joined {
    bytes: Vec<u8>,
    parts: Vec<Part>,
    limit: u64,
}

impl Joined {
    fn up_to(limit: u64) -> Self {
        Joined {
            bytes: Vec::new(),
            parts: Vec::new(),
            limit,
        }
    }
}

fn reassembled<'a>(bytes: &'a [u8], parts: &[Part]) -> Reassembled<'a> {
    Reassembled {
        bytes: Cow::Borrowed(bytes),
        parts: parts.to_vec(),
    }
}

impl Viewer {
    /// The messages of a conversation, heard to its end as far as it was captured. None while patience does not
    /// suffice.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub fn messages(
        &mut self,
        contents: &Contents,
        id: ConversationId,
    ) -> io::Result<Option<&Messages>> {
        let done = self.read_on(contents, id, u32::MAX)?;
        Ok(self.heard(id).filter(|_| done))
    }

    /// The messages of a conversation as far as it was heard by now.
    pub fn heard(&self, id: ConversationId) -> Option<&Messages> {
        self.hearings.all.get(&id).map(|hearing| &hearing.messages)
    }

    /// Hears a conversation up to this packet. Whether that was possible with the patience there is.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub fn hear_to(
        &mut self,
        contents: &Contents,
        id: ConversationId,
        packet: u32,
    ) -> io::Result<bool> {
        self.read_on(contents, id, packet)
    }

    /// The first packet that was heard of a conversation. Places in its streams are counted from there.
    pub fn heard_from(&self, id: ConversationId) -> Option<u32> {
        self.hearings.all.get(&id).map(|hearing| hearing.first)
    }

    /// Forgets conversations of which most of what was heard has been let go; whether there were some. What is heard of
    /// them from now on is counted anew.
    pub fn renew(&mut self, contents: &Contents) -> bool {
        let first = contents.packets.first();
        if first == 1 {
            return false;
        }
        let hearings = &mut self.hearings;
        let before = hearings.all.len();
        hearings.all.retain(|id, hearing| {
            let gone = first.saturating_sub(hearing.first);
            let left = hearing.heard.saturating_sub(first);
            let weight = hearing.messages.weight();
            let is_there = contents.tracker.get(*id).is_some();
            let keeps = is_there && (gone <= left || weight < WORTH_HEARING_AGAIN);
            if !keeps {
                hearings.weight = hearings.weight.saturating_sub(weight);
            }
            keeps
        });
        hearings.all.len() < before
    }

    /// Forgets all that was heard: what conversations speak has been said anew.
    pub fn forget(&mut self) {
        self.hearings = Hearings::default();
    }

    /// What a packet says in its innermost conversation.
    pub(super) fn hear(
        &mut self,
        contents: &Contents,
        number: u32,
        whole: Whole,
    ) -> io::Result<Option<HeardPacket>> {
        let Some(record) = contents.packets.get(number) else {
            return Ok(None);
        };
        let Some((id, direction)) = record.conversation() else {
            return Ok(None);
        };
        let Some(conversation) = contents.tracker.get(id) else {
            return Ok(None);
        };
        if !conversation.is_heard() || contents.is_about(number, id) {
            return Ok(None);
        }
        self.read_on(contents, id, u32::MAX)?;
        let side: Side = direction.into();
        let announced = self.announced(contents, id)?;
        // What was heard so far suffices where patience does not: what comes later may add to it.
        let hearing = self.hearings.all.get(&id);
        let Some(hearing) = hearing.filter(|hearing| hearing.heard >= number) else {
            return Ok(None);
        };
        let messages = &hearing.messages;
        let own: Vec<Piece> = messages.pieces_of(number, side).copied().collect();
        let part_of =
            own.last()
                .and_then(|piece| match messages.message_at(side, piece.end() - 1) {
                    Some(message) if message.packet == number => None,
                    Some(message) => Some(Some(message.packet.into())),
                    None => Some(None),
                });
        // A message is told with where its bytes are, so that these can be read while nothing is borrowed.
        let completed: Vec<Completed> = messages
            .completed_in(number)
            .iter()
            .filter(|message| message.side == side)
            .map(|message| {
                let gathered = messages.gathered(message).into_iter().map(|part| {
                    let pieces = messages.pieces_in(&part).to_vec();
                    (part, pieces)
                });
                Completed {
                    message: *message,
                    pieces: messages.pieces_in(message).to_vec(),
                    dissector: messages.dissector_of(message),
                    known: messages.context(message),
                    asked_for: messages.asked_for(message),
                    gathered: gathered.collect(),
                }
            })
            .collect();
        let flows = self.facts(contents, number)?.flows();
        let payload = flows.last().map(|flow| flow.payload);
        let payload_start = payload.map_or(0, |payload| payload.start);
        let mut announced = announced;
        let mut said = Vec::new();
        for completed in completed {
            let Completed {
                message, pieces, ..
            } = completed;
            let (place, missing) = match pieces.as_slice() {
                [piece] if lies_within(&pieces, number) => {
                    let start =
                        piece.start - payload_start + (message.at.saturating_sub(piece.at)) as u32;
                    let length = message
                        .end()
                        .min(piece.end())
                        .saturating_sub(message.at.max(piece.at));
                    let place = SaidPlace::Within(start, start.saturating_add(length as u32));
                    (place, message.length - length)
                }
                pieces => {
                    let mut joined = Joined::up_to(whole.limit(self.patience.is_none()));
                    self.join(contents, &message, pieces, &mut joined)?;
                    let missing = message.length - joined.bytes.len() as u64;
                    (SaidPlace::Joined(joined.bytes, joined.parts), missing)
                }
            };
            let carried = match completed.asked_for {
                Some(expected) if whole == Whole::Tree => self.carried(contents, id, expected)?,
                _ => None,
            };
            let mut gathered = Joined::up_to(whole.limit(self.patience.is_none()));
            for (message, pieces) in &completed.gathered {
                self.join(contents, message, pieces, &mut gathered)?;
            }
            let known = completed.known.or_else(|| {
                let is_its = |(of, _): &mut (&Dissector, _)| *of == completed.dissector;
                Some(announced.take_if(is_its)?.1)
            });
            said.push(Said {
                dissector: completed.dissector,
                side,
                place,
                missing,
                complete: message.complete,
                carried,
                known,
                gathered: (!completed.gathered.is_empty())
                    .then_some((gathered.bytes, gathered.parts)),
            });
        }
        // A byte that was there before asks whether the other side is (RFC 9293, section 3.8.4): it is part of nothing
        // that is said.
        let repeats = own.is_empty() && payload.is_some_and(|payload| payload.len() == 1);
        if repeats && conversation.protocol == Protocol::Tcp {
            said.push(Said {
                dissector: DATA,
                side,
                place: SaidPlace::Within(0, 1),
                missing: 0,
                complete: true,
                carried: None,
                known: None,
                gathered: None,
            });
        }
        Ok(Some(HeardPacket {
            messages: said,
            part_of,
        }))
    }

    /// What a message says that has not ended, as if it ended here: no more of it than its beginning. None where nobody
    /// could read it.
    pub(super) fn hear_unfinished(
        &mut self,
        contents: &Contents,
        id: ConversationId,
        message: &MessageRecord,
    ) -> io::Result<Option<HeardPacket>> {
        let Some(messages) = self.heard(id) else {
            return Ok(None);
        };
        let dissector = messages.dissector_of(message);
        let known = messages.context(message);
        let pieces = messages.pieces_in(message).to_vec();
        let there = |piece: &Piece| contents.packets.get(piece.packet).is_some();
        if contents.packets.get(message.packet).is_none() || !pieces.iter().all(there) {
            return Ok(None);
        }
        let mut joined = Joined::up_to(Whole::Line.limit(true));
        self.join(contents, message, &pieces, &mut joined)?;
        // What ends a line, and a head: of half a line nobody reads anything.
        joined.bytes.extend(b"\r\n\r\n");
        let said = Said {
            dissector,
            side: message.side,
            place: SaidPlace::Joined(joined.bytes, joined.parts),
            missing: 0,
            complete: true,
            known,
            gathered: None,
            carried: None,
        };
        Ok(Some(HeardPacket {
            messages: vec![said],
            part_of: None,
        }))
    }

    /// What the conversation that announced this one knows of it, for this dissector.
    fn announced(
        &mut self,
        contents: &Contents,
        id: ConversationId,
    ) -> io::Result<Option<(&'static Dissector, MessageContext)>> {
        let expected = contents
            .tracker
            .get(id)
            .and_then(|conversation| conversation.expected);
        let Some(expectation) = expected.and_then(|place| contents.tracker.expectations.get(place))
        else {
            return Ok(None);
        };
        let (by, number) = (expectation.by, expectation.number);
        let dissector = expectation.dissector;
        self.read_on(contents, by, u32::MAX)?;
        let hearing = self.hearings.all.get(&by);
        let context = hearing.and_then(|hearing| hearing.messages.expected(number));
        Ok(context.map(|context| (dissector, context)))
    }

    /// What went over a connection that a conversation announced.
    fn carried(
        &mut self,
        contents: &Contents,
        by: ConversationId,
        number: u32,
    ) -> io::Result<Option<Carried>> {
        let expectation = contents.tracker.expectations.find(by, number);
        let Some(id) = expectation.and_then(|expectation| expectation.used_by) else {
            return Ok(None);
        };
        let long = |conversation: &Conversation| conversation.packets() > MAX_CARRIED;
        let long = contents.tracker.get(id).is_some_and(long);
        if long || !self.read_on(contents, id, u32::MAX)? {
            return Ok(None);
        }
        let Some(hearing) = self.hearings.all.get(&id) else {
            return Ok(None);
        };
        let all = hearing.messages.all();
        let end = |message: Option<&MessageRecord>| {
            let packet = message?.packet;
            let time_ns = contents.packets.get(packet)?.time_ns;
            Some((u64::from(packet), time_ns))
        };
        Ok(Some(Carried {
            messages: all.len() as u64,
            bytes: all.iter().map(|message| message.length).sum(),
            ends: end(all.first())
                .zip(end(all.last()))
                .map(|(first, last)| [first, last]),
        }))
    }

    /// Puts a message together behind what was joined before it.
    fn join(
        &mut self,
        contents: &Contents,
        message: &MessageRecord,
        pieces: &[Piece],
        joined: &mut Joined,
    ) -> io::Result<()> {
        let left = joined.limit.saturating_sub(joined.bytes.len() as u64);
        let end = message.end().min(message.at.saturating_add(left));
        let mut wanted = message.at;
        for piece in pieces {
            let from = message.at.max(piece.at);
            let to = piece.end().min(end);
            // Behind a gap nothing stands where it should.
            if from != wanted || from >= to {
                break;
            }
            let part = Piece {
                at: from,
                length: (to - from) as u32,
                start: piece.start + (from - piece.at) as u32,
                ..*piece
            };
            let start = joined.bytes.len() as u32;
            self.read_piece(contents, &part, &mut joined.bytes)?;
            match joined.parts.last_mut() {
                Some(last) if last.packet == u64::from(piece.packet) => last.length += part.length,
                _ => joined.parts.push(Part {
                    packet: piece.packet.into(),
                    start,
                    length: part.length,
                    overlap: false,
                    conflict: false,
                }),
            }
            wanted = to;
        }
        Ok(())
    }

    /// Reads the bytes of a piece behind what `into` already holds.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub fn read_piece(
        &mut self,
        contents: &Contents,
        piece: &Piece,
        into: &mut Vec<u8>,
    ) -> io::Result<()> {
        let Some(record) = contents.packets.get(piece.packet) else {
            return Ok(());
        };
        if piece.source == 0 {
            // The facts that were asked for last go with these bytes.
            self.facts_of = 0;
            let mut bytes = std::mem::take(&mut self.packet);
            let from = record.offset() + u64::from(piece.start);
            let read = self.bytes.read_at(from, piece.length, &mut bytes);
            into.extend_from_slice(&bytes);
            self.packet = bytes;
            return read;
        }
        self.facts(contents, piece.packet)?;
        let whole = self.whole.get(usize::from(piece.source) - 1);
        let start = piece.start as usize;
        let bytes = whole.and_then(|whole| whole.bytes.get(start..start + piece.length as usize));
        into.extend_from_slice(bytes.unwrap_or_default());
        Ok(())
    }

    /// The same for a conversation that is looked at.
    fn read_on(&mut self, contents: &Contents, id: ConversationId, to: u32) -> io::Result<bool> {
        let Some(conversation) = contents.tracker.get(id) else {
            return Ok(false);
        };
        self.hearings.asked += 1;
        let mut hearing = match self.hearings.all.remove(&id) {
            Some(hearing) => hearing,
            None => {
                self.hearings.make_room();
                Hearing::new(contents.tracker.listen(conversation, true))
            }
        };
        hearing.used = self.hearings.asked;
        let before = hearing.messages.weight();
        let heard = self.hear_on(contents, id, to, &mut hearing);
        if heard.as_ref().is_ok_and(|all| *all)
            && to == u32::MAX
            && contents.finished
            && !hearing.ended
        {
            hearing.ended = true;
            hearing.messages.end();
        }
        let after = hearing.messages.weight();
        self.hearings.weight = (self.hearings.weight + after).saturating_sub(before);
        self.hearings.all.insert(id, hearing);
        heard
    }

    /// Hears what has not been heard of a conversation up to a packet. Whether all of that has been by now.
    ///
    /// # Errors
    ///
    /// The capture can no longer be read.
    pub fn hear_on(
        &mut self,
        contents: &Contents,
        id: ConversationId,
        to: u32,
        hearing: &mut Hearing,
    ) -> io::Result<bool> {
        while hearing.begins || hearing.heard < to {
            let next = match hearing.begins {
                true => contents.first_of(id),
                false => contents.next_in(id, hearing.heard),
            };
            let Some(number) = next.filter(|number| *number <= to) else {
                break;
            };
            if self.patience.is_some_and(|until| Instant::now() >= until) {
                self.unheard = true;
                return Ok(false);
            }
            if std::mem::take(&mut hearing.begins) {
                hearing.first = number;
            }
            hearing.heard = number;
            self.hear_packet(contents, id, number, hearing)?;
        }
        Ok(true)
    }

    fn hear_packet(
        &mut self,
        contents: &Contents,
        id: ConversationId,
        number: u32,
        hearing: &mut Hearing,
    ) -> io::Result<()> {
        let Some(record) = contents.packets.get(number) else {
            return Ok(());
        };
        // As in the index, only the innermost conversation of a packet is heard.
        let Some((_, direction)) = record.conversation().filter(|(inner, _)| *inner == id) else {
            return Ok(());
        };
        if contents.is_about(number, id) {
            return Ok(());
        }
        let time_ns = record.time_ns;
        let Some(flow) = self.facts(contents, number)?.flows().last().copied() else {
            return Ok(());
        };
        let bytes = self.payload(self.facts.flows().len() - 1);
        let payload = Payload {
            packet: number,
            time_ns,
            bytes,
            length: flow.payload_length,
            start: flow.payload.start,
            source: flow.payload.source,
        };
        let Hearing {
            messages, events, ..
        } = hearing;
        let for_index = !messages.keeps();
        let tell = &mut |event| {
            if for_index && events.len() < MAX_EVENTS {
                events.push((number, event));
            }
        };
        match &flow.transport {
            Transport::Tcp(segment) => messages.segment(direction.into(), segment, &payload, tell),
            Transport::Udp if bytes.is_empty() => {}
            Transport::Udp => messages.datagram(direction.into(), &payload, tell),
        }
        Ok(())
    }
}
