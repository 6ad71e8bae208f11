//! The requests of conversations that failed, were not answered, or were answered late, as far as they are known while a
//! capture is loaded.

use super::ConversationId;
use dissectors::{Class, Exchange, Purpose};
use std::collections::BTreeMap;

/// The maximum number of requests that are kept of one conversation, of each kind, and of each sort of failure.
const MAX_KEPT: usize = 16;

/// Sorts of failures, which are counted apart: by purpose and by whose fault it is.
const SORTS: usize = 7 * 3;

/// Returns the sort of a failure.
fn sort(exchange: &Exchange) -> usize {
    let purpose = match exchange.purpose {
        Purpose::Greeting => 0,
        Purpose::Login => 1,
        Purpose::Mail => 2,
        Purpose::Transfer => 3,
        Purpose::Query => 4,
        Purpose::Handshake => 5,
        _ => 6,
    };
    let class = match exchange.class {
        Class::ServerError => 0,
        Class::Refused => 1,
        _ => 2,
    };
    3 * purpose + class
}

/// The conspicuous requests of all conversations.
#[derive(Debug, Default)]
pub struct Requests {
    of: BTreeMap<ConversationId, Box<ConversationRequests>>,
    weight: u64,
}

/// The conspicuous requests of one conversation.
#[derive(Clone, Debug, Default)]
pub struct ConversationRequests {
    /// The first ones of each sort that failed.
    pub failed: Vec<Exchange>,
    /// How many of each sort failed.
    failures: [u32; SORTS],
    /// The first ones that were never answered.
    pub unanswered: Vec<Exchange>,
    /// How many were never answered.
    pub silences: u32,
    /// The first ones whose answer was broken off.
    pub cut: Vec<Exchange>,
    /// The first ones that were answered late.
    pub late: Vec<Exchange>,
    /// How many were answered late.
    pub delays: u32,
    /// The last packet of an answer that allowed the client to log in.
    pub logged_in: Option<u64>,
    /// The last packet of an answer that was a success.
    pub succeeded: Option<u64>,
}

impl Requests {
    /// Returns those of a conversation. None if all its requests were answered well, as far as its protocol shows.
    pub fn of(&self, id: ConversationId) -> Option<&ConversationRequests> {
        self.of.get(&id).map(|requests| &**requests)
    }

    /// Records a request that has ended.
    pub(super) fn record(&mut self, id: ConversationId, exchange: Exchange) {
        let is_failure = exchange.class.is_failure();
        if !exchange.is_conspicuous() {
            if let Some(known) = self.of.get_mut(&id) {
                known.succeed(&exchange);
            }
            return;
        }
        let known = self.of.entry(id).or_insert_with(|| {
            self.weight += ENTRY_WEIGHT;
            Box::default()
        });
        if !is_failure {
            known.succeed(&exchange);
        }
        let mut is_full = false;
        let list = if is_failure {
            let sort = sort(&exchange);
            if let Some(count) = known.failures.get_mut(sort) {
                *count = count.saturating_add(1);
                is_full = *count as usize > MAX_KEPT;
            }
            &mut known.failed
        } else if exchange.is_unanswered() {
            known.silences = known.silences.saturating_add(1);
            &mut known.unanswered
        } else if exchange.is_cut() {
            &mut known.cut
        } else {
            known.delays = known.delays.saturating_add(1);
            &mut known.late
        };
        if !is_full && (is_failure || list.len() < MAX_KEPT) {
            self.weight += weight(&exchange);
            list.push(exchange);
        }
    }

    /// Forgets a conversation, which was evicted or is read again.
    pub(super) fn forget(&mut self, id: ConversationId) {
        if let Some(known) = self.of.remove(&id) {
            let kept = known
                .failed
                .iter()
                .chain(&known.unanswered)
                .chain(&known.cut)
                .chain(&known.late);
            self.weight -= ENTRY_WEIGHT + kept.map(weight).sum::<u64>();
        }
    }

    /// Returns how much memory they take, bytes.
    pub(super) fn weight(&self) -> u64 {
        self.weight
    }
}

/// What the record of a conversation takes without its requests, bytes.
const ENTRY_WEIGHT: u64 = size_of::<ConversationRequests>() as u64 + 64;

/// Returns what a request takes, bytes.
fn weight(exchange: &Exchange) -> u64 {
    let texts = exchange.request.len() + exchange.answer.as_ref().map_or(0, |text| text.len());
    (2 * size_of::<Exchange>() + texts) as u64
}

impl ConversationRequests {
    /// Returns how many failures there are of the sorts of these.
    pub fn count<'e>(&self, failed: impl IntoIterator<Item = &'e Exchange>) -> u64 {
        let mut sorts: Vec<usize> = failed.into_iter().map(sort).collect();
        sorts.sort_unstable();
        sorts.dedup();
        let counts = sorts.into_iter().filter_map(|sort| self.failures.get(sort));
        counts.map(|count| u64::from(*count)).sum()
    }

    fn succeed(&mut self, exchange: &Exchange) {
        let Some(answered) = exchange.answered.filter(|_| exchange.class == Class::Ok) else {
            return;
        };
        let packet = answered.last.packet;
        self.succeeded = self.succeeded.max(Some(packet));
        // 331 and 334 only ask for more.
        let is_final = exchange.code.is_none_or(|code| !(300..400).contains(&code));
        if exchange.purpose == Purpose::Login && is_final {
            self.logged_in = self.logged_in.max(Some(packet));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissectors::{PacketTime, Transmission};

    fn exchange(number: u32, class: Class, purpose: Purpose, waits_ns: Option<i64>) -> Exchange {
        let at = |packet: u32, time_ns| {
            let packet = packet.into();
            let time = PacketTime { packet, time_ns };
            Some(Transmission {
                first: time,
                last: time,
                bytes: 1,
                complete: true,
            })
        };
        let mut exchange = Exchange::new("ftp");
        exchange.number = number;
        exchange.class = class;
        exchange.purpose = purpose;
        exchange.asked = at(2 * number, 0);
        exchange.answered = waits_ns.and_then(|ns| at(2 * number + 1, ns));
        exchange
    }

    #[test]
    fn conspicuous_ones_are_kept() {
        let mut requests = Requests::default();
        let id = ConversationId(3);
        requests.record(id, exchange(0, Class::Ok, Purpose::Login, Some(5)));
        assert!(requests.of(id).is_none());
        requests.record(id, exchange(1, Class::Refused, Purpose::Login, Some(5)));
        requests.record(
            id,
            exchange(2, Class::Ok, Purpose::Login, Some(1_000_000_000)),
        );
        requests.record(id, exchange(3, Class::None, Purpose::Query, None));
        let known = requests.of(id).unwrap();
        assert_eq!(
            (known.failed.len(), known.late.len(), known.unanswered.len()),
            (1, 1, 1)
        );
        assert_eq!((known.logged_in, known.succeeded), (Some(5), Some(5)));
        for number in 4..100 {
            requests.record(
                id,
                exchange(number, Class::ClientError, Purpose::Query, Some(5)),
            );
        }
        let known = requests.of(id).unwrap();
        assert_eq!(known.failed.len(), 1 + MAX_KEPT);
        assert_eq!(known.count(&known.failed), 97);
        assert!(requests.weight() > 0);
        requests.forget(id);
        assert_eq!(requests.weight(), 0);
    }
}
