//! Reads packets for the screen: one thread with one [`Viewer`].
//!
//! A pane requests what it shows and draws what is there; [`Reader::news`] counts the answers. Of each kind of request
//! only the newest counts, so that packets scrolled past are not read.
//!
//! The first answer comes within some milliseconds. Until then, a packet of a long conversation is shown on its own,
//! and once more when its conversation was read: this is done in slices, and between two slices new requests are
//! answered. The [`Work`] of a conversation's pane is done in the same slices, and so is the search of a display filter.
//!
//! Requests and answers are in one `State`, under a lock that is held for microseconds.

#[cfg(test)]
mod tests;
mod worker;

use super::{
    panes::packets::{Extras, PacketLine},
    settings::Settings,
};
use crate::{
    explain::Paragraph,
    filter::Filter,
    store::Store,
    track::ConversationId,
    view::{Details, Viewer},
};
use parking_lot::{Condvar, Mutex};
use std::{
    collections::VecDeque,
    io,
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// The name of the thread.
pub const THREAD: &str = "reader";

/// How long conversations are read before the first answer.
const FIRST: Duration = Duration::from_millis(6);

/// How long conversations are read before new requests are handled.
const SLICE: Duration = Duration::from_millis(3);

/// The polling interval for new packets while a capture grows.
const GROWTH: Duration = Duration::from_millis(200);

/// The works that proceed beside the search of the display filter: samples of the capture, and the search for a match.
const SAMPLES: usize = 0;
const FIND: usize = 1;

/// The settings that an answer was made with: with others it would differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MadeFor {
    /// Sequence numbers as they are on the wire.
    pub absolute_seq: bool,
    /// Passwords and other secrets are shown.
    pub show_secrets: bool,
    /// The whole capture was read.
    pub finished: bool,
    /// The revision of the columns.
    pub columns: u32,
    /// The rules of colours are applied.
    pub colors: bool,
}

impl MadeFor {
    /// Returns the current settings.
    pub fn new(settings: &Settings, finished: bool) -> Self {
        MadeFor {
            absolute_seq: settings.absolute_seq,
            show_secrets: settings.show_secrets,
            finished,
            columns: 0,
            colors: settings.colors,
        }
    }

    /// Makes the viewer show packets with these settings.
    pub fn set(self, viewer: &mut Viewer) {
        viewer.absolute_seq = self.absolute_seq;
        viewer.show_secrets = self.show_secrets;
    }
}

/// A packet's line.
pub struct LineAnswer {
    /// The packet.
    pub number: u32,
    /// The settings it was made with.
    pub made_for: MadeFor,
    /// The line.
    pub line: PacketLine,
}

/// The values of fields in a conversation.
pub struct FieldsAnswer {
    /// The conversation.
    pub id: ConversationId,
    /// The settings they were made with.
    pub made_for: MadeFor,
    /// The value of each field; empty if it has none.
    pub texts: Vec<String>,
}

/// A packet's fields and bytes.
pub struct DetailsAnswer {
    /// The packet.
    pub number: u32,
    /// The settings they were made with.
    pub made_for: MadeFor,
    /// The details, or why they cannot be read.
    pub details: Result<Details, String>,
    /// Its explanation, if it was requested.
    pub explanation: Option<Vec<Paragraph>>,
}

/// The work of a conversation's pane, done a slice at a time: the conversation is read, its rows or lines are made.
///
/// The pane shares a model with it, which is locked for at most one slice.
pub trait Work: Send {
    /// Continues until this time, or until nothing is left to do.
    fn advance(&mut self, viewer: &mut Viewer, until: Instant) -> Progress;

    /// Called after the thread has panicked in it; it is not called again.
    fn fail(&mut self, reason: &str);
}

/// The result of a slice of [`Work`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The screen has changed.
    pub changed: bool,
    /// There is more to do.
    pub more: bool,
    /// There may be more later: the capture grows.
    pub grows: bool,
}

/// The thread that reads packets for the screen. Dropping it ends the thread.
pub struct Reader {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

/// Keeps a pane's work going until it is dropped.
pub struct WorkHandle {
    queue: Arc<Queue>,
    id: u64,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    /// There is a request.
    asked: Condvar,
    /// Every request has its first answer.
    answered: Condvar,
}

/// Requests that were not started, and answers that were not taken.
#[derive(Default)]
struct State {
    lines: Option<LinesRequest>,
    fields: Option<FieldsRequest>,
    details: Option<DetailsRequest>,
    begun: Vec<(u64, Box<dyn Work>)>,
    ended: Vec<u64>,
    last_id: u64,
    /// The number of the work whose pane is on the screen, and whether it is to be advanced now.
    active: u64,
    wake: bool,
    /// The number of the search that proceeds whatever is on the screen.
    background: u64,
    /// The numbers of the works that proceed beside the search.
    beside: [u64; 2],
    /// Counts how often everything was dropped to be read again.
    generation: u64,
    quit: bool,
    answered_lines: Vec<LineAnswer>,
    answered_fields: Vec<FieldsAnswer>,
    answered_details: Option<DetailsAnswer>,
    news: u64,
    /// A request has no answer so far.
    urgent: bool,
    /// There is something left to read.
    busy: bool,
    /// Why the thread has ended, if it has.
    trouble: Option<String>,
}

struct LinesRequest {
    numbers: Vec<u32>,
    made_for: MadeFor,
    extras: Extras,
    asked: Instant,
}

struct FieldsRequest {
    ids: VecDeque<ConversationId>,
    filters: Arc<[Filter]>,
    made_for: MadeFor,
}

struct DetailsRequest {
    number: u32,
    made_for: MadeFor,
    explains: bool,
    asked: Instant,
}

impl Queue {
    /// Changes the state, and wakes the thread.
    fn ask(&self, put: impl FnOnce(&mut State)) {
        let mut state = self.state.lock();
        if state.trouble.is_none() && !state.quit {
            put(&mut state);
            self.asked.notify_one();
        }
    }
}

impl Reader {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// Fails if the thread cannot be created.
    pub fn start(store: Store) -> io::Result<Self> {
        let queue = Arc::<Queue>::default();
        let own = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name(THREAD.to_owned())
            .spawn(move || worker::run(&own, &store))?;
        Ok(Reader {
            queue,
            thread: Some(thread),
        })
    }

    /// Requests the lines of these packets, with what else is shown of them; replaces the previous request.
    pub fn lines(&self, numbers: Vec<u32>, made_for: MadeFor, extras: Extras) {
        self.queue.ask(|state| {
            state.urgent |= !numbers.is_empty();
            state.busy = true;
            state.lines = Some(LinesRequest {
                numbers,
                made_for,
                extras,
                asked: Instant::now(),
            });
        });
    }

    /// Requests the values of fields in these conversations; replaces the previous request.
    pub fn fields(&self, ids: Vec<ConversationId>, made_for: MadeFor, filters: Arc<[Filter]>) {
        self.queue.ask(|state| {
            state.busy = true;
            state.fields = Some(FieldsRequest {
                ids: ids.into(),
                filters,
                made_for,
            });
        });
    }

    /// Requests the fields and bytes of this packet, and its explanation if `explains` is set; replaces the previous
    /// request.
    pub fn details(&self, number: u32, made_for: MadeFor, explains: bool) {
        self.queue.ask(|state| {
            (state.urgent, state.busy) = (true, true);
            state.details = Some(DetailsRequest {
                number,
                made_for,
                explains,
                asked: Instant::now(),
            });
        });
    }

    /// Adds a pane's work. It is advanced after a call of [`WorkHandle::wake`].
    pub fn begin(&self, work: Box<dyn Work>) -> WorkHandle {
        let mut id = 0;
        self.queue.ask(|state| {
            state.last_id += 1;
            id = state.last_id;
            state.begun.push((id, work));
        });
        WorkHandle {
            queue: Arc::clone(&self.queue),
            id,
        }
    }

    /// Adds a search, which replaces the previous one. It proceeds whatever is on the screen, until its handle is dropped.
    pub fn search(&self, work: Box<dyn Work>) -> WorkHandle {
        let handle = self.begin(work);
        self.queue.ask(|state| {
            state.background = handle.id;
            state.busy = true;
        });
        handle
    }

    /// Adds work that takes samples of the capture, and replaces the previous one. It proceeds whatever is on the screen,
    /// until its handle is dropped.
    pub fn sample(&self, work: Box<dyn Work>) -> WorkHandle {
        self.beside(work, SAMPLES)
    }

    /// Adds a search for the next match, which replaces the previous one. It proceeds whatever is on the screen, until its
    /// handle is dropped.
    pub fn find(&self, work: Box<dyn Work>) -> WorkHandle {
        self.beside(work, FIND)
    }

    fn beside(&self, work: Box<dyn Work>, place: usize) -> WorkHandle {
        let handle = self.begin(work);
        self.queue.ask(|state| {
            state.beside[place] = handle.id;
            state.busy = true;
        });
        handle
    }

    /// Takes the lines that have come.
    pub fn take_lines(&self) -> Vec<LineAnswer> {
        std::mem::take(&mut self.queue.state.lock().answered_lines)
    }

    /// Takes the values of fields in conversations that have come.
    pub fn take_fields(&self) -> Vec<FieldsAnswer> {
        std::mem::take(&mut self.queue.state.lock().answered_fields)
    }

    /// Takes the fields and bytes that have come.
    pub fn take_details(&self) -> Option<DetailsAnswer> {
        self.queue.state.lock().answered_details.take()
    }

    /// Drops all conversations, because data that they depend on has changed. Unanswered requests must be repeated.
    pub fn forget(&self) {
        self.queue.ask(|state| {
            state.generation += 1;
            (state.lines, state.details, state.fields) = (None, None, None);
            state.answered_lines.clear();
            state.answered_fields.clear();
            state.answered_details = None;
            (state.busy, state.wake) = (true, true);
        });
    }

    /// Returns the count of answers.
    pub fn news(&self) -> u64 {
        self.queue.state.lock().news
    }

    /// Whether there is something left to read.
    pub fn is_busy(&self) -> bool {
        self.queue.state.lock().busy
    }

    /// Returns why nothing can be read any more.
    pub fn trouble(&self) -> Option<String> {
        self.queue.state.lock().trouble.clone()
    }

    /// Waits until every request has its first answer, or until a time. Returns whether there was anything to wait for.
    pub fn wait(&self, until: Instant) -> bool {
        let mut state = self.queue.state.lock();
        if !state.urgent || Instant::now() >= until {
            return false;
        }
        while state.urgent {
            if self
                .queue
                .answered
                .wait_until(&mut state, until)
                .timed_out()
            {
                break;
            }
        }
        true
    }

    /// Waits until nothing is left to read.
    #[cfg(test)]
    pub fn settle(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        while self.is_busy() {
            assert!(Instant::now() < until, "the reader never ends");
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.queue.ask(|state| state.quit = true);
        if let Some(thread) = self.thread.take() {
            // It has already reported the error.
            let _ = thread.join();
        }
        // Work that was not started is dropped too, even if the queue is still referenced.
        self.queue.state.lock().begun.clear();
    }
}

impl WorkHandle {
    /// Activates the work of the pane on the screen, and no other: it is advanced while there is more to do.
    pub fn wake(&self) {
        self.queue.ask(|state| {
            state.active = self.id;
            (state.wake, state.urgent, state.busy) = (true, true, true);
        });
    }
}

impl Drop for WorkHandle {
    fn drop(&mut self) {
        self.queue.ask(|state| state.ended.push(self.id));
    }
}
