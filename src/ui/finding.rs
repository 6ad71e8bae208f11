//! The search for the next match. The reader's thread does it a little at a time, while the screen shows how far it is.

use super::{
    panes::packets::{Extras, PacketLine},
    rates::Amount,
    reader::{MadeFor, Progress, Reader, Work, WorkHandle},
};
use crate::{
    columns::{ColumnEntry, TEXT},
    find::{Found, Order, Pattern, Step, Walk},
    format::printable,
    lang::text,
    save::Choice,
    store::Store,
    track::ConversationId,
    view::{Details, Viewer},
};
use parking_lot::Mutex;
use std::{
    collections::{HashSet, VecDeque},
    ops::Range,
    sync::Arc,
    time::{Duration, Instant},
};

/// The minimum interval of showing how far the search is.
const INTERVAL: Duration = Duration::from_millis(100);

/// This many packets are planned together when their lines are searched.
const LINES: usize = 512;

/// Large data is searched in parts of this many bytes by a regular expression, and a match is at most as long as what
/// two parts have in common.
const PART: usize = 64 * 1024;
const SHARED: usize = 4096;

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Find {
    /// What is searched for.
    pub pattern: Pattern,
    /// In the text of the list rather than in the bytes of packets.
    pub in_lines: bool,
}

/// Where a pane wants it to be searched for.
pub enum Targets {
    /// In packets, after this one.
    Packets(Choice, Option<u32>),
    /// In conversations in the order of their list, after this row.
    Conversations(Vec<ConversationId>, usize),
    /// In rows, after this one.
    Rows(Vec<String>, usize),
    /// In the bytes of sources, after this byte of one.
    Bytes(Vec<Vec<u8>>, (usize, usize)),
}

/// A match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// A packet.
    Packet(u32),
    /// A conversation.
    Conversation(ConversationId),
    /// A row.
    Row(usize),
    /// Bytes of a source.
    Bytes(usize, Range<usize>),
}

/// The result of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The next match; none if there is none.
    pub found: Option<Match>,
    /// The search went on at the other end.
    pub wrapped: bool,
    /// Nothing was found in bytes, and so the text of the list was searched.
    pub in_lines: bool,
    /// Why it could not continue.
    pub failure: Option<String>,
}

/// A search that is running.
pub struct Finding {
    state: Arc<Mutex<FindState>>,
    _handle: WorkHandle,
}

#[derive(Default)]
struct FindState {
    percent: u64,
    /// The bytes held no match: the text of the list is searched.
    in_lines: bool,
    outcome: Option<Outcome>,
}

impl Finding {
    /// Begins to search for the next match, or for the previous one.
    pub fn begin(
        reader: &Reader,
        store: &Store,
        find: &Find,
        targets: Targets,
        (forward, made_for, extras): (bool, MadeFor, Extras),
    ) -> Self {
        let state = Arc::<Mutex<FindState>>::default();
        let mut search = Search {
            store: store.clone(),
            pattern: find.pattern.clone(),
            forward,
            made_for,
            extras,
            state: Arc::clone(&state),
            shown: Instant::now(),
            in_lines: false,
            phase: Phase::Ended,
            fallback: None,
            from: None,
            ahead: HashSet::new(),
        };
        search.start(targets, find.in_lines);
        Finding {
            state,
            _handle: reader.find(Box::new(search)),
        }
    }

    /// Returns how far it is, in percent, and whether it is searching the text of the list.
    pub fn progress(&self) -> (u64, bool) {
        let state = self.state.lock();
        (state.percent, state.in_lines)
    }

    /// Whether there is a result.
    pub fn is_ready(&self) -> bool {
        self.state.lock().outcome.is_some()
    }

    /// Takes the result, once there is one.
    pub fn take(&self) -> Option<Outcome> {
        self.state.lock().outcome.take()
    }
}

/// What is being searched.
enum Phase {
    /// Bytes of packets.
    Packets(Walk),
    /// Lines of packets: those that are planned, and where the walk is.
    Lines(Walk, VecDeque<u32>),
    /// Rows of conversations, in order.
    Conversations(Vec<ConversationId>, usize),
    /// Rows, and the one that the search began at.
    Rows {
        texts: Vec<String>,
        from: usize,
        done: usize,
    },
    /// The bytes of sources: the parts that are left, in the order of the search.
    Parts {
        sources: Vec<Vec<u8>>,
        from: (usize, usize),
        parts: VecDeque<Part>,
    },
    Ended,
}

/// A match that begins in this range of a source is wanted.
struct Part {
    source: usize,
    begins: Range<usize>,
}

struct Search {
    store: Store,
    pattern: Pattern,
    forward: bool,
    made_for: MadeFor,
    extras: Extras,
    state: Arc<Mutex<FindState>>,
    shown: Instant,
    in_lines: bool,
    phase: Phase,
    /// What is searched if the bytes hold no match; and a conversation whose row does, with its place in the order.
    fallback: Option<Fallback>,
    /// The packet at which the search began, and the conversations before the end of their list, to notice that it went
    /// on at the other end.
    from: Option<u32>,
    ahead: HashSet<ConversationId>,
}

enum Fallback {
    Lines(Choice),
    Conversation(ConversationId),
}

impl Search {
    fn start(&mut self, targets: Targets, in_lines: bool) {
        self.phase = match targets {
            Targets::Packets(choice, from) => {
                self.from = from;
                self.in_lines = in_lines;
                let walk = self.walk(choice.clone());
                match in_lines {
                    true => Phase::Lines(walk, VecDeque::new()),
                    false => {
                        self.fallback = Some(Fallback::Lines(choice));
                        Phase::Packets(walk)
                    }
                }
            }
            Targets::Conversations(ids, at) => {
                let (before, after) = ids.split_at(at.min(ids.len()));
                let (own, after) = after.split_at(after.len().min(1));
                self.ahead = if self.forward { after } else { before }
                    .iter()
                    .copied()
                    .collect();
                // The one at the cursor is last.
                let mut order = match self.forward {
                    true => [after, before, own],
                    false => [own, after, before],
                }
                .concat();
                if !self.forward {
                    order.reverse();
                }
                Phase::Conversations(order, 0)
            }
            Targets::Rows(texts, from) => Phase::Rows {
                texts,
                from,
                done: 0,
            },
            Targets::Bytes(sources, from) => {
                let parts = parts(&sources, from, self.forward);
                Phase::Parts {
                    sources,
                    from,
                    parts,
                }
            }
        };
    }

    fn walk(&self, choice: Choice) -> Walk {
        let order = Order::of_packets(&self.store.read(), choice, self.from, self.forward);
        Walk::new(&self.store, order, 0)
    }

    /// Continues; returns the result once there is one.
    fn go_on(&mut self, viewer: &mut Viewer, until: Instant) -> Option<Option<Match>> {
        match &mut self.phase {
            Phase::Packets(walk) => match walk.step(&self.pattern, until) {
                Step::More => None,
                Step::Found(Found::Packet(number)) => Some(Some(Match::Packet(number))),
                Step::Found(Found::Conversation(id)) => Some(Some(Match::Conversation(id))),
                Step::End => self.fall_back(),
            },
            Phase::Lines(walk, planned) => {
                self.made_for.set(viewer);
                let mut details = Details::default();
                loop {
                    if planned.is_empty() {
                        planned.extend(walk.take(LINES));
                    }
                    let Some(number) = planned.front().copied() else {
                        return Some(None);
                    };
                    let line = PacketLine::read(viewer, &mut details, number, &self.extras);
                    // Its conversation is read in slices.
                    if !line.provisional {
                        if self.pattern.is_in(line.text().as_bytes()) {
                            return Some(Some(Match::Packet(number)));
                        }
                        planned.pop_front();
                    }
                    if line.provisional || Instant::now() >= until {
                        return None;
                    }
                }
            }
            Phase::Conversations(..) => {
                self.search_conversations(until);
                None
            }
            Phase::Rows { texts, from, done } => {
                let count = texts.len();
                while *done < count {
                    let step = match self.forward {
                        true => 1 + *done,
                        false => count - 1 - *done,
                    };
                    *done += 1;
                    let row = (*from + step) % count;
                    if self.pattern.is_in(texts[row].as_bytes()) {
                        return Some(Some(Match::Row(row)));
                    }
                    if Instant::now() >= until {
                        return None;
                    }
                }
                Some(None)
            }
            Phase::Parts { sources, parts, .. } => loop {
                let Some(part) = parts.pop_front() else {
                    return Some(None);
                };
                let bytes = sources.get(part.source).map_or(&[][..], Vec::as_slice);
                if let Some(range) = in_part(&self.pattern, bytes, &part.begins, self.forward) {
                    return Some(Some(Match::Bytes(part.source, range)));
                }
                if Instant::now() >= until {
                    return None;
                }
            },
            Phase::Ended => Some(None),
        }
    }

    /// Searches the rows of conversations up to the first with a match; then the packets of those before it.
    fn search_conversations(&mut self, until: Instant) {
        let Phase::Conversations(order, next) = &mut self.phase else {
            return;
        };
        let contents = self.store.read();
        while let Some(id) = order.get(*next).copied() {
            if Instant::now() >= until {
                return;
            }
            *next += 1;
            let Some(conversation) = contents.tracker.get(id) else {
                continue;
            };
            let entry = ColumnEntry::new(&contents, id, conversation, Amount::default());
            let cells = TEXT.map(|column| (column.definition().cell)(&entry));
            if self.pattern.is_in(cells.join("\t").as_bytes()) {
                self.fallback = Some(Fallback::Conversation(id));
                order.truncate(*next - 1);
                break;
            }
        }
        drop(contents);
        let order = Order::Conversations(std::mem::take(order));
        self.phase = Phase::Packets(Walk::new(&self.store, order, 0));
    }

    /// The bytes hold no match: searches the text of the list, unless that makes no sense.
    fn fall_back(&mut self) -> Option<Option<Match>> {
        match self.fallback.take() {
            Some(Fallback::Conversation(id)) => Some(Some(Match::Conversation(id))),
            Some(Fallback::Lines(choice)) if self.pattern.kind != crate::find::Kind::Hex => {
                self.in_lines = true;
                self.phase = Phase::Lines(self.walk(choice), VecDeque::new());
                None
            }
            _ => Some(None),
        }
    }

    fn percent(&self) -> u64 {
        match &self.phase {
            Phase::Packets(walk) | Phase::Lines(walk, _) => walk.percent(),
            Phase::Rows { texts, done, .. } => (*done * 100 / texts.len().max(1)) as u64,
            _ => 0,
        }
    }

    /// Whether the search went on at the other end before it came to a match.
    fn has_wrapped(&self, found: &Match) -> bool {
        let place = match (found, &self.phase) {
            (Match::Packet(number), _) => self.from.map(|from| number.cmp(&from)),
            (Match::Conversation(id), _) => return !self.ahead.contains(id),
            (Match::Row(row), Phase::Rows { from, .. }) => Some(row.cmp(from)),
            (Match::Bytes(source, range), Phase::Parts { from, .. }) => {
                Some((*source, range.start).cmp(from))
            }
            _ => None,
        };
        place.is_some_and(|place| match self.forward {
            true => place.is_le(),
            false => place.is_ge(),
        })
    }
}

impl Work for Search {
    fn advance(&mut self, viewer: &mut Viewer, until: Instant) -> Progress {
        let result = self.go_on(viewer, until);
        let more = result.is_none();
        let is_due = self.shown.elapsed() >= INTERVAL;
        if more && !is_due {
            return Progress {
                more,
                ..Progress::default()
            };
        }
        self.shown = Instant::now();
        let mut state = self.state.lock();
        state.percent = self.percent();
        state.in_lines = self.in_lines;
        if let Some(found) = result {
            state.outcome = Some(Outcome {
                wrapped: found.as_ref().is_some_and(|found| self.has_wrapped(found)),
                found,
                in_lines: self.in_lines,
                failure: None,
            });
            drop(state);
            // What was searched is large.
            self.phase = Phase::Ended;
        }
        Progress {
            changed: true,
            more,
            grows: false,
        }
    }

    fn fail(&mut self, reason: &str) {
        self.state.lock().outcome = Some(Outcome {
            found: None,
            wrapped: false,
            in_lines: false,
            failure: Some(text!("find-failed", reason = printable(reason))),
        });
    }
}

/// Returns the parts of sources after a byte of one of them, or before it, in the order of the search.
fn parts(sources: &[Vec<u8>], (source, at): (usize, usize), forward: bool) -> VecDeque<Part> {
    let length = |source: usize| sources.get(source).map_or(0, Vec::len);
    let mut whole = vec![(source, at + 1..length(source))];
    whole.extend((1..sources.len()).map(|step| {
        let other = (source + step) % sources.len();
        (other, 0..length(other))
    }));
    whole.push((source, 0..at + 1));
    if !forward {
        whole.reverse();
        // The byte itself comes last.
        if let Some((_, first)) = whole.first_mut() {
            first.end = at;
        }
        if let Some((_, last)) = whole.last_mut() {
            last.start = at;
        }
    }
    let mut parts = VecDeque::new();
    for (source, range) in whole {
        let starts = range.clone().step_by(PART);
        let mut own: Vec<_> = starts
            .map(|start| Part {
                source,
                begins: start..range.end.min(start + PART),
            })
            .collect();
        if !forward {
            own.reverse();
        }
        parts.extend(own);
    }
    parts
}

/// Returns the first match, or the last one, that begins in a range.
fn in_part(
    pattern: &Pattern,
    bytes: &[u8],
    begins: &Range<usize>,
    forward: bool,
) -> Option<Range<usize>> {
    let bytes = bytes.get(..bytes.len().min(begins.end + SHARED))?;
    let mut found = None;
    let mut at = begins.start;
    while let Some(range) = pattern.find(bytes, at).filter(|it| it.start < begins.end) {
        at = range.start + 1;
        found = Some(range);
        if forward {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::Kind;

    /// Every match is found once, in either direction, wherever the parts end.
    #[test]
    fn bytes_are_found_in_either_direction() {
        let mut long = vec![b'.'; 3 * PART];
        for at in [0, PART - 2, PART, 2 * PART + 7, 3 * PART - 4] {
            long[at..at + 2].copy_from_slice(b"ab");
        }
        let sources = [b"..ab".to_vec(), long, Vec::new(), b"ab".to_vec()];
        for (words, kind) in [
            ("AB", Kind::Text),
            ("ab", Kind::ExactText),
            ("a.", Kind::Regex),
        ] {
            let pattern = Pattern::new(words, kind).unwrap();
            let next = |from: (usize, usize), forward: bool| {
                let parts = parts(&sources, from, forward);
                parts.into_iter().find_map(|part| {
                    let bytes = &sources[part.source];
                    let found = in_part(&pattern, bytes, &part.begins, forward)?;
                    Some((part.source, found.start))
                })
            };
            let mut there = Vec::new();
            let mut at = (0, 0);
            for _ in 0..7 {
                at = next(at, true).unwrap();
                there.push(at);
            }
            assert_eq!(there[0], (0, 2));
            assert_eq!(there[6], (3, 0));
            assert_eq!(next(at, true), Some((0, 2)), "it goes on at the beginning");
            for expected in there.iter().rev().skip(1) {
                at = next(at, false).unwrap();
                assert_eq!(at, *expected, "{words}");
            }
            assert_eq!(next(at, false), Some((3, 0)));
        }
    }
}
