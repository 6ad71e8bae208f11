//! Conversations are read again when it changes how they are to be read.
//!
//! The packets of a conversation are looked up a few hundred at a time, and then read and dissected while the store is
//! not locked. What comes of it replaces what the store holds of the conversation in one step, once its last packet by
//! then was read. The index appends nothing between that packet and this step, so that nothing is missed.

use crate::{
    capture::Bytes,
    store::{Contents, FactsReader, Place, Writer},
    track::{ConversationId, Direction, Messages, Payload, Protocol},
};
use dissectors::{Dissector, Event, Transport};
use std::{
    collections::{HashSet, VecDeque},
    io,
};

/// Packets that are looked up at once.
const LOOKUP: usize = 256;

/// Records that are gone through for each of them, at most: a conversation whose packets carry others inside is not
/// linked.
const MAX_SCANNED: usize = 64;

/// A conversation makes no more than this of others.
const MAX_EVENTS: usize = 1 << 12;

/// The conversations to be read again.
pub(super) struct Reread {
    reader: FactsReader,
    /// Packets that are looked up at once.
    pub(super) lookup: usize,
    pub(super) current: Option<Reading>,
    waiting: VecDeque<ConversationId>,
    /// All that waited since none did: those that announce each other in a circle are read once.
    queued: HashSet<ConversationId>,
}

impl Reread {
    pub fn new(bytes: Bytes) -> Self {
        Reread {
            reader: FactsReader::new(bytes),
            lookup: LOOKUP,
            current: None,
            waiting: VecDeque::new(),
            queued: HashSet::new(),
        }
    }

    /// Conversations that are still to be read.
    pub fn left(&self) -> usize {
        self.waiting.len() + usize::from(self.current.is_some())
    }

    /// Sets what a port's conversations are read as, and has those read again that are there.
    pub fn decode_as(
        &mut self,
        writer: &mut Writer,
        (protocol, port): (Protocol, u16),
        dissector: Option<&'static Dissector>,
    ) {
        let mut contents = writer.write();
        let tracker = &mut contents.tracker;
        match dissector {
            Some(dissector) => tracker.decode_as.set(protocol, port, dissector),
            None => tracker.decode_as.clear(protocol, port),
        }
        // What was begun under the old rule begins anew.
        let begun = self.current.take().map(|reading| reading.id);
        self.waiting.extend(begun);
        let all = tracker.with_port(protocol, port);
        self.waiting.retain(|id| all.binary_search(id).is_err());
        self.waiting.extend(&all);
        self.queued = self.waiting.iter().copied().collect();
        contents.rereading.changes += 1;
        contents.rereading.left = self.left();
    }

    /// Reads some packets on, of one conversation.
    pub fn go_on(&mut self, writer: &mut Writer) {
        let found = self.look_up(&writer.read());
        let Some((mut reading, lookup)) = found else {
            // The rest has been evicted.
            writer.write().rereading.left = 0;
            return;
        };
        let mut places = lookup.places.iter();
        let read =
            places.try_for_each(|(place, from)| reading.read(&mut self.reader, place, *from));
        reading.last = lookup.last;
        // What can no longer be read does not keep the rest from being used.
        if lookup.is_all || read.is_err() {
            self.replace(&mut writer.write(), reading);
        } else {
            self.current = Some(reading);
        }
    }

    /// The conversation that is being read, or the next one that is still there, and its next packets.
    fn look_up(&mut self, contents: &Contents) -> Option<(Reading, Lookup)> {
        let waiting = &mut self.waiting;
        let mut next = std::iter::from_fn(|| waiting.pop_front());
        let reading = match self.current.take() {
            Some(reading) => reading,
            None => next.find_map(|id| Reading::begin(contents, id))?,
        };
        let lookup = reading.look_up(contents, self.lookup);
        Some((reading, lookup))
    }

    /// What was read of a conversation holds from now on, also for what it announced.
    fn replace(&mut self, contents: &mut Contents, reading: Reading) {
        let Reading {
            id,
            messages,
            events,
            ..
        } = reading;
        contents.tracker.heard_again(id, messages);
        for announced in contents.tracker.announced_again(id, events) {
            if self.queued.insert(announced) {
                self.waiting.push_back(announced);
            }
        }
        contents.rereading.done += 1;
        contents.rereading.left = self.left();
    }
}

/// A conversation that is being read again.
pub(super) struct Reading {
    id: ConversationId,
    messages: Messages,
    /// What follows from it for other conversations, and in which packet.
    events: Vec<(u32, Event)>,
    /// The last packet that was looked up; 0 for none.
    last: u32,
}

/// The next packets of a conversation.
struct Lookup {
    places: Vec<(Place, Direction)>,
    /// The last packet that was looked at.
    last: u32,
    /// No more of them are there by now.
    is_all: bool,
}

impl Reading {
    fn begin(contents: &Contents, id: ConversationId) -> Option<Self> {
        let conversation = contents.tracker.get(id)?;
        Some(Reading {
            id,
            messages: contents.tracker.listen(conversation, false),
            events: Vec::new(),
            last: 0,
        })
    }

    /// Where the packets are that come next, at most so many.
    fn look_up(&self, contents: &Contents, most: usize) -> Lookup {
        let mut lookup = Lookup {
            places: Vec::new(),
            last: self.last,
            is_all: false,
        };
        let Some(conversation) = contents.tracker.get(self.id) else {
            lookup.is_all = true;
            return lookup;
        };
        for _ in 0..most.saturating_mul(MAX_SCANNED) {
            // Also where what was read last has been evicted.
            let first = conversation.kept_from().max(contents.packets.first());
            let next = match lookup.last {
                last if last < first && conversation.scattered => Some(first),
                last if last < first => contents.first_of(self.id),
                last if conversation.scattered => Some(last + 1),
                last => contents.next_in(self.id, last),
            };
            let next = next.filter(|next| *next <= conversation.last_packet);
            lookup.is_all = next.is_none();
            let Some(number) = next.filter(|_| lookup.places.len() < most) else {
                break;
            };
            lookup.last = number;
            // Of a packet only the innermost conversation is read, and an ICMP error is not its own.
            let record = contents.packets.get(number);
            let tracked = record.and_then(|record| record.conversation());
            if let Some((id, direction)) = tracked
                && id == self.id
                && !record.is_some_and(|record| record.is_duplicate())
                && !contents.is_about(number, id)
                && let Some(place) = contents.place(number)
            {
                lookup.places.push((place, direction));
            }
        }
        lookup
    }

    /// Reads a packet, as the tracker does.
    fn read(
        &mut self,
        reader: &mut FactsReader,
        place: &Place,
        direction: Direction,
    ) -> io::Result<()> {
        let facts = reader.read(place)?;
        let Some(flow) = facts.flows().last().copied() else {
            return Ok(());
        };
        let innermost = facts.flows().len() - 1;
        let payload = Payload {
            packet: place.number,
            time_ns: place.time_ns,
            bytes: reader.payload(innermost),
            length: flow.payload_length,
            start: flow.payload.start,
            source: flow.payload.source,
        };
        let Reading {
            messages, events, ..
        } = self;
        let on_event = &mut |event| {
            if events.len() < MAX_EVENTS {
                events.push((place.number, event));
            }
        };
        let side = direction.into();
        match &flow.transport {
            Transport::Tcp(segment) => messages.segment(side, segment, &payload, on_event),
            Transport::Udp if payload.bytes.is_empty() => {}
            Transport::Udp => messages.datagram(side, &payload, on_event),
        }
        Ok(())
    }
}
