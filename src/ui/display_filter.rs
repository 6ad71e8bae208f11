//! The display filter of the lists. The reader's thread applies it to one packet after another, from the first one on,
//! while the screen shows what was found so far.

use super::{
    Action,
    reader::{Progress, Reader, Work, WorkHandle},
};
use crate::{
    filter::{Filter, MatchCount, Matcher, Matches},
    lang::text,
    store::{Contents, Store},
    track::ConversationId,
    view::Viewer,
};
use std::time::{Duration, Instant};

/// The minimum interval of showing that more was found.
const INTERVAL: Duration = Duration::from_millis(100);

/// How the filter of a field or a row is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// Instead of the one that is applied.
    Only,
    /// Both must hold.
    And,
    /// One of them must hold.
    Or,
    /// It must not hold, and the other must.
    Not,
}

impl Combine {
    /// Returns that of an action.
    pub fn of(action: Action) -> Option<Self> {
        Some(match action {
            Action::FilterBy => Combine::Only,
            Action::FilterAnd => Combine::And,
            Action::FilterOr => Combine::Or,
            Action::FilterNot => Combine::Not,
            _ => return None,
        })
    }

    /// Returns the filter that results.
    pub fn apply(self, before: Option<&str>, filter: &str) -> String {
        let filter = match self {
            Combine::Not => format!("not ({filter})"),
            _ => filter.to_owned(),
        };
        match (self, before) {
            (Combine::Only, _) | (_, None) => filter,
            (Combine::Or, Some(before)) => format!("{before} or {filter}"),
            (Combine::And | Combine::Not, Some(before)) => {
                format!("{} and {}", grouped(before), grouped(&filter))
            }
        }
    }
}

/// Returns a filter in parentheses if `and` would bind closer than it does.
fn grouped(filter: &str) -> String {
    let mut words = filter.split([' ', '(', ')']);
    let has_word = words.any(|word| matches!(word.to_lowercase().as_str(), "or" | "xor"));
    match has_word || filter.contains("||") || filter.contains("^^") {
        true => format!("({filter})"),
        false => filter.to_owned(),
    }
}

/// The filter that is applied, and those that were applied before.
#[derive(Default)]
pub struct DisplayFilter {
    filter: Option<Filter>,
    search: Option<Search>,
    /// The packet that `${…}` refers to.
    chosen: Option<u32>,
    /// Whether all packets of a conversation are shown if the filter holds for one of them.
    pub whole: bool,
}

struct Search {
    matches: Matches,
    /// Ends the search when it is dropped.
    _handle: WorkHandle,
}

impl DisplayFilter {
    /// Returns a filter that is to be applied.
    pub fn new(filter: Option<Filter>) -> Self {
        let mut display = DisplayFilter::default();
        display.set(filter, None);
        display
    }

    /// Returns the filter.
    pub fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }

    /// Returns the packet that `${…}` refers to, if the filter has such a reference.
    pub fn chosen(&self) -> Option<u32> {
        let filter = self.filter.as_ref();
        self.chosen
            .filter(|_| filter.is_some_and(Filter::has_references))
    }

    /// Returns what was found by now; nothing without a filter.
    pub fn matches(&self) -> Option<Matches> {
        self.search.as_ref().map(|search| search.matches.snapshot())
    }

    /// Returns how many packets and conversations were found by now; nothing without a filter.
    pub fn count(&self) -> Option<MatchCount> {
        self.search.as_ref().map(|search| search.matches.count())
    }

    /// Whether there are packets to which the filter was not applied.
    pub fn is_searching(&self, contents: &Contents) -> bool {
        let last = contents.packets.len() as u32;
        let search = self.search.as_ref();
        search.is_some_and(|search| search.matches.examined() < last)
    }

    /// Returns a number that grows when packets come or go that were already examined.
    pub fn revision(&self) -> u64 {
        let search = self.search.as_ref();
        search.map_or(0, |search| search.matches.revision())
    }

    /// Returns a number that grows when more was found.
    pub fn version(&self) -> u64 {
        let search = self.search.as_ref();
        search.map_or(0, |search| search.matches.version())
    }

    /// Sets the filter, and the packet that `${…}` refers to. It holds for no packet until the search begins.
    pub fn set(&mut self, filter: Option<Filter>, chosen: Option<u32>) {
        self.search = None;
        self.filter = filter;
        self.chosen = chosen;
    }

    /// Begins to search, or begins again.
    pub fn search(&mut self, reader: &Reader, store: &Store) {
        self.search = self.filter.clone().map(|filter| {
            let matches = Matches::default();
            let work = Searching::new(store.clone(), filter, self.chosen, matches.clone());
            Search {
                matches,
                _handle: reader.search(Box::new(work)),
            }
        });
    }

    /// Ends the search, and returns the filter for another capture.
    pub fn stopped(&mut self) -> Self {
        let mut stopped = std::mem::take(self);
        stopped.search = None;
        stopped
    }
}

/// The search. Results of packets may change when the whole capture was read: then those that were examined before are
/// examined again.
struct Searching {
    store: Store,
    filter: Filter,
    chosen: Option<u32>,
    matcher: Matcher,
    matches: Matches,
    /// The next packet, and the first that was not evicted.
    next: u32,
    first: u32,
    /// Whether packets were examined before the whole capture was read.
    is_early: bool,
    published: Option<Instant>,
    /// Whether there is something that was not published.
    is_new: bool,
}

/// Returns the matcher of a filter, which refers to the chosen packet.
fn matcher(store: &Store, filter: &Filter, chosen: Option<u32>) -> Matcher {
    let mut matcher = Matcher::new(store, filter.clone());
    matcher.refer_to(chosen);
    matcher
}

/// What follows in the search.
enum Next {
    Packet {
        number: u32,
        ids: Vec<ConversationId>,
        ended: Option<ConversationId>,
        finished: bool,
    },
    /// All packets were examined.
    End { finished: bool },
}

impl Searching {
    fn new(store: Store, filter: Filter, chosen: Option<u32>, matches: Matches) -> Self {
        Searching {
            matcher: matcher(&store, &filter, chosen),
            store,
            filter,
            chosen,
            matches,
            next: 1,
            first: 1,
            is_early: false,
            published: None,
            is_new: false,
        }
    }

    fn next(&mut self) -> Next {
        let contents = self.store.read();
        let finished = contents.finished && contents.rereading.left == 0;
        let first = contents.packets.first();
        if self.first < first {
            self.first = first;
            self.matches.drop_before(first);
        }
        self.next = self.next.max(first);
        let last = contents.packets.len() as u32;
        let Some((number, record)) = contents.packets.range(self.next, last).next() else {
            self.matches.skip_to(last);
            return Next::End { finished };
        };
        let ids = contents.conversations_of(number);
        let own = record.conversation().map(|(id, _)| id);
        // While the capture grows, the end of a conversation is not known.
        let ended = own.filter(|id| {
            let conversation = contents.tracker.get(*id);
            finished && conversation.is_some_and(|it| it.last_packet <= number)
        });
        Next::Packet {
            number,
            ids: ids.into_iter().map(|(id, _)| id).collect(),
            ended,
            finished,
        }
    }

    /// Shows what was found if there was time since then. Returns whether it did.
    fn publish(&mut self, now: bool) -> bool {
        let is_due = self.published.is_none_or(|at| at.elapsed() >= INTERVAL);
        if !self.is_new || !(now || is_due) {
            return false;
        }
        self.is_new = false;
        self.published = Some(Instant::now());
        self.matches.publish();
        true
    }
}

impl Work for Searching {
    fn advance(&mut self, _viewer: &mut Viewer, until: Instant) -> Progress {
        self.matcher.wait_until(until);
        loop {
            match self.next() {
                Next::End { finished: false } => {
                    let changed = self.publish(true);
                    return Progress {
                        changed,
                        more: false,
                        grows: true,
                    };
                }
                Next::End { finished: true } if self.is_early => {
                    self.is_early = false;
                    self.next = 1;
                    self.matcher = matcher(&self.store, &self.filter, self.chosen);
                    self.matches.search_again();
                    let changed = self.publish(true);
                    return Progress {
                        changed,
                        more: true,
                        grows: false,
                    };
                }
                Next::End { finished: true } => {
                    self.matches.searched_again();
                    self.is_new = true;
                    let changed = self.publish(true);
                    return Progress {
                        changed,
                        ..Progress::default()
                    };
                }
                Next::Packet {
                    number,
                    ids,
                    ended,
                    finished,
                } => {
                    match self.matcher.holds(number) {
                        Ok(_) if self.matcher.is_unheard() => break,
                        Ok(holds) => self.matches.add(number, holds, ids),
                        // It may have been evicted meanwhile.
                        Err(_) if number < self.store.read().packets.first() => continue,
                        Err(error) => {
                            self.fail(&error.to_string());
                            return Progress {
                                changed: true,
                                ..Progress::default()
                            };
                        }
                    }
                    self.is_new = true;
                    self.is_early |= !finished;
                    self.next = number.saturating_add(1);
                    if let Some(id) = ended {
                        self.matcher.forget_conversation(id);
                    }
                }
            }
            if Instant::now() >= until {
                break;
            }
        }
        let is_first = self.published.is_none() && self.matches.count().packets > 0;
        Progress {
            changed: self.publish(is_first),
            more: true,
            grows: false,
        }
    }

    fn fail(&mut self, reason: &str) {
        self.matches.fail(text!("filter-search-failed", reason));
        self.matches.publish();
    }
}
