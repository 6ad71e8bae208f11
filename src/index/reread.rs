//! Reads conversations again when the rules for reading them change.
//!
//! The packets of a conversation are looked up a few hundred at a time, and then read and dissected while the store is
//! not locked. The result replaces the store's state of the conversation in one step, once its last packet so far was
//! read. The index appends nothing between that packet and this step, so that nothing is missed.

use crate::{
    store::{Contents, PacketPlan, PacketReader, Store, Writer},
    track::{ConversationId, Messages, Protocol, Side, Tcp},
};
use dissectors::{Dissector, Event};
use std::collections::{HashSet, VecDeque};

/// How many packets are looked up at once.
const LOOKUP: usize = 256;

/// The maximum number of records scanned for each of them: a conversation whose packets carry others is not linked.
const MAX_SCANNED: usize = 64;

/// The maximum number of events of one conversation for others.
const MAX_EVENTS: usize = 1 << 12;

/// The conversations to be read again.
pub(super) struct Reread {
    reader: PacketReader,
    /// How many packets are looked up at once.
    pub(super) lookup: usize,
    pub(super) current: Option<Reading>,
    waiting: VecDeque<ConversationId>,
    /// All that were queued since the queue was last empty: conversations that announce each other in a circle are read
    /// once.
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

    /// Returns how many conversations are still to be read.
    pub fn left(&self) -> usize {
        self.waiting.len() + usize::from(self.current.is_some())
    }

    /// Sets the protocol of a port's conversations, and queues the existing ones to be read again.
    pub fn decode_as(
        &mut self,
        writer: &mut Writer,
        (protocol, port): (Protocol, u16),
        dissector: Option<&'static Dissector>,
    ) {
        let mut contents = writer.write();
        let tracker = &mut contents.tracker;
        match dissector {
            Some(dissector) => tracker.application.decode_as.set(protocol, port, dissector),
            None => tracker.application.decode_as.clear(protocol, port),
        }
        // A reading under the old rule starts again.
        let begun = self.current.take().map(|reading| reading.id);
        self.waiting.extend(begun);
        let all = tracker.with_port(protocol, port);
        self.waiting.retain(|id| all.binary_search(id).is_err());
        self.waiting.extend(&all);
        self.queued = self.waiting.iter().copied().collect();
        contents.rereading.changes += 1;
        contents.rereading.left = self.left();
    }

    /// Reads some more packets of one conversation.
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
        // Unreadable packets do not prevent the others from being used.
        if lookup.is_all || read.is_err() {
            self.replace(&mut writer.write(), reading);
        } else {
            self.current = Some(reading);
        }
    }

    /// Returns the conversation that is being read, or the next one that is still there, and its next packets.
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

    /// Replaces the state of a conversation by what was read, also for its announcements.
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
    /// The events for other conversations, each with its packet.
    events: Vec<(u32, Event)>,
    /// The last packet that was looked up; 0 for none.
    last: u32,
}

/// The next packets of a conversation.
struct Lookup {
    packets: Vec<(PacketPlan, Side)>,
    /// The TCP state of the whole conversation.
    tcp: Tcp,
    /// The last packet that was scanned.
    last: u32,
    /// There are no more packets by now.
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

    /// Looks up the next packets, at most `most`.
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
        lookup.tcp = conversation.tcp().into_owned();
        for _ in 0..most.saturating_mul(MAX_SCANNED) {
            // The last packet read may have been evicted, too.
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
            // Only the innermost conversation of a packet is read, and an ICMP error does not belong to it.
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
