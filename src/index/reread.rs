//! Conversations are read again when it changes how they are to be read.
//!
//! The packets of a conversation are looked up a few hundred at a time, and then read and dissected while the store is
//! not locked. What comes of it replaces what the store holds of the conversation in one step, once its last packet by
//! then was read. The index appends nothing between that packet and this step, so that nothing is missed.

use crate::{
    store::{Contents, PacketPlan, PacketReader, Store, Writer},
    track::{ConversationId, Messages, Protocol, Side, Tcp},
};
use dissectors::{Dissector, Event};
use std::collections::{HashSet, VecDeque};

/// Packets that are looked up at once.
const LOOKUP: usize = 256;

/// Records that are gone through for each of them, at most: a conversation whose packets carry others inside is not
/// linked.
const MAX_SCANNED: usize = 64;

/// A conversation makes no more than this of others.
const MAX_EVENTS: usize = 1 << 12;

/// The conversations to be read again.
pub(super) struct Reread {
    reader: PacketReader,
    /// Packets that are looked up at once.
    pub(super) lookup: usize,
    pub(super) current: Option<Reading>,
    waiting: VecDeque<ConversationId>,
    /// All that waited since none did: those that announce each other in a circle are read once.
    queued: HashSet<ConversationId>,
}

impl Reread {
    pub fn new(store: Store) -> Self {
        Reread {
            reader: PacketReader::new(store),
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
        let Reading {
            messages, events, ..
        } = &mut reading;
        let read = lookup.packets.iter().try_for_each(|(plan, from)| {
            let on_event = &mut |event| {
                if events.len() < MAX_EVENTS {
                    events.push((plan.number, event));
                }
            };
            self.reader
                .hand_to(messages, plan, *from, &lookup.tcp, on_event)
        });
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
        contents.tracker.redecoded(id, messages);
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
    packets: Vec<(PacketPlan, Side)>,
    /// What is known of the whole conversation.
    tcp: Tcp,
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

    /// The packets that come next, at most so many.
    fn look_up(&self, contents: &Contents, most: usize) -> Lookup {
        let mut lookup = Lookup {
            packets: Vec::new(),
            tcp: Tcp::default(),
            last: self.last,
            is_all: false,
        };
        let Some(conversation) = contents.tracker.get(self.id) else {
            lookup.is_all = true;
            return lookup;
        };
        lookup.tcp = conversation.tcp;
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
            let Some(number) = next.filter(|_| lookup.packets.len() < most) else {
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
                && let Some(plan) = PacketPlan::of(contents, number)
            {
                lookup.packets.push((plan, direction));
            }
        }
        lookup
    }
}
