//! A choice of packets to save.

use super::Marks;
use crate::{
    filter::Matches,
    ports::Ports,
    store::{Contents, PacketRecord},
    track::{ConversationId, Protocol},
};
use std::sync::Arc;

/// A datagram of fragments may itself be a fragment; the maximum depth.
const MAX_NESTED: usize = 5;

/// Larger captures are not counted while the user waits.
const MAX_COUNTED: u32 = 400_000;

/// Which packets and conversations are shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The selected ports.
    pub ports: Ports,
    /// Whether UDP is hidden.
    pub without_udp: bool,
    /// Only these conversations, in order; all if there is none.
    pub only: Option<Arc<Vec<ConversationId>>>,
    /// Only packets for which a display filter holds, and conversations with such a packet.
    pub matches: Option<Matches>,
    /// All packets of those conversations rather than only those for which it holds.
    pub whole: bool,
}

impl Filter {
    /// Whether it shows everything.
    pub fn is_empty(&self) -> bool {
        self.shows_all_conversations() && self.matches.is_none()
    }

    /// Whether it hides nothing but by a display filter.
    fn shows_all_conversations(&self) -> bool {
        self.ports.is_empty() && !self.without_udp && self.only.is_none()
    }

    /// Whether it shows a conversation.
    pub fn shows(&self, contents: &Contents, id: ConversationId) -> bool {
        self.selects(contents, id) && self.matches.as_ref().is_none_or(|it| it.holds_in(id))
    }

    /// Whether it shows a conversation if a display filter holds for any of its packets.
    fn selects(&self, contents: &Contents, id: ConversationId) -> bool {
        let conversation = contents.tracker.get(id);
        let is_udp = conversation.is_some_and(|one| one.protocol == Protocol::Udp);
        !(self.without_udp && is_udp)
            && self
                .only
                .as_ref()
                .is_none_or(|only| only.binary_search(&id).is_ok())
            && self.ports.select(&contents.tracker, id)
    }

    /// Whether it shows a packet. `belongs` returns whether a conversation of the packet meets a condition.
    pub fn shows_packet(
        &self,
        contents: &Contents,
        number: u32,
        belongs: impl FnOnce(&dyn Fn(ConversationId) -> bool) -> bool,
    ) -> bool {
        let all = self.shows_all_conversations();
        match &self.matches {
            None => all || belongs(&|id| self.selects(contents, id)),
            Some(found) if self.whole => {
                let is_found = |id| found.holds_in(id) && self.selects(contents, id);
                all && found.holds(number) || belongs(&is_found)
            }
            Some(found) => {
                found.holds(number) && (all || belongs(&|id| self.selects(contents, id)))
            }
        }
    }
}

/// A choice of packets.
#[derive(Clone, Debug, Default)]
pub enum Choice {
    /// All that exist.
    #[default]
    Everything,
    /// Those that the filter shows.
    Shown(Filter),
    /// The marked packets and conversations.
    Marked(Marks),
    /// One conversation.
    Conversation(ConversationId),
}

impl Choice {
    /// Whether all packets are chosen.
    pub fn is_all(&self) -> bool {
        match self {
            Choice::Everything => true,
            Choice::Shown(filter) => filter.is_empty(),
            Choice::Marked(_) | Choice::Conversation(_) => false,
        }
    }

    /// Whether a packet is chosen. Fragments belong to the conversations of their datagram.
    pub fn wants(&self, contents: &Contents, number: u32, record: &PacketRecord) -> bool {
        match self {
            _ if self.is_all() => true,
            Choice::Everything => true,
            Choice::Shown(filter) => filter.shows_packet(contents, number, |shows| {
                any(contents, number, record, shows)
            }),
            Choice::Marked(marks) => marks.contains(contents, number, record),
            Choice::Conversation(wanted) => any(contents, number, record, |id| id == *wanted),
        }
    }

    /// Returns how many packets are chosen, if that can be computed at once.
    pub fn count(&self, contents: &Contents) -> Option<u64> {
        let (first, last) = (contents.packets.first(), contents.packets.len() as u32);
        let there = (last + 1).saturating_sub(first);
        if self.is_all() {
            return Some(there.into());
        }
        let all = contents.packets.range(first, last);
        let wanted = all.filter(|(number, record)| self.wants(contents, *number, record));
        (there <= MAX_COUNTED).then(|| wanted.count() as u64)
    }
}

/// Whether any of a packet's conversations is chosen, including the outer one of a tunnel and that of a fragment's
/// datagram.
pub(super) fn any(
    contents: &Contents,
    number: u32,
    record: &PacketRecord,
    wanted: impl Fn(ConversationId) -> bool,
) -> bool {
    let (mut number, mut record) = (number, record);
    for _ in 0..MAX_NESTED {
        let is_wanted = match record.conversation() {
            Some((inner, _)) if wanted(inner) => true,
            Some(_) if contents.has_tunnels() => {
                let all = contents.conversations_of(number);
                all.into_iter().any(|(id, _)| wanted(id))
            }
            _ => false,
        };
        if is_wanted {
            return true;
        }
        let whole = contents.reassembled_in(number);
        let whole = whole.filter(|whole| *whole > number);
        let Some((whole, its)) = whole.and_then(|n| Some((n, contents.packets.get(n)?))) else {
            return false;
        };
        (number, record) = (whole, its);
    }
    false
}
