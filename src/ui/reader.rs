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

use super::{
    panes::packets::{Extras, PacketLine},
    settings::Settings,
};
use crate::{
    columns::fields::FirstValues,
    explain::{self, Paragraph},
    filter::Filter,
    lang::text,
    store::Store,
    track::ConversationId,
    view::{Details, Viewer},
};
use parking_lot::{Condvar, Mutex};
use std::{
    any::Any,
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
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
            .spawn(move || run(&own, &store))?;
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

/// Runs the thread. If it fails it stores the reason, so that no caller waits for it.
fn run(queue: &Arc<Queue>, store: &Store) {
    let worked = catch_unwind(AssertUnwindSafe(|| {
        let mut worker = Worker::new(Arc::clone(queue), store.clone());
        while worker.take_up() {
            let Err(panic) = catch_unwind(AssertUnwindSafe(|| worker.step())) else {
                continue;
            };
            match worker.doing {
                Doing::Nothing => resume_unwind(panic),
                _ => worker.fail(&words_of(&*panic)),
            }
        }
    }));
    if let Err(panic) = worked {
        let mut state = queue.state.lock();
        let reason = words_of(&*panic);
        state.trouble = Some(text!("reader-ended", reason));
        (state.urgent, state.busy) = (false, false);
        state.news += 1;
        queue.answered.notify_all();
    }
}

/// Returns the message of a panic.
fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    match words {
        Some(reason) => text!("reader-failed", reason),
        None => text!("reader-failed-unknown").to_owned(),
    }
}

/// What the thread is doing.
#[derive(Clone, Copy, Default)]
enum Doing {
    #[default]
    Nothing,
    Line(u32),
    Details,
    Values(ConversationId),
    Work(u64),
}

/// The requested lines.
struct Lines {
    made_for: MadeFor,
    extras: Extras,
    until: Instant,
    /// Those without an answer, in the order of their conversations' length: a long one does not delay the others.
    first: VecDeque<u32>,
    in_order: bool,
    /// Provisional ones, with their answers.
    later: VecDeque<(u32, PacketLine)>,
}

/// The requested values of fields in conversations, and the conversation that is being examined.
struct Values {
    ids: VecDeque<ConversationId>,
    filters: Arc<[Filter]>,
    made_for: MadeFor,
    current: Option<(ConversationId, FirstValues)>,
}

/// The requested fields.
struct Fields {
    number: u32,
    made_for: MadeFor,
    explains: bool,
    until: Instant,
    /// Whether there is no answer so far; else it is provisional.
    first: bool,
}

/// Work that was started.
struct Begun {
    id: u64,
    work: Box<dyn Work>,
    /// The result of the last slice.
    progress: Progress,
    failed: bool,
}

/// The state that only the thread uses.
struct Worker {
    queue: Arc<Queue>,
    store: Store,
    viewer: Viewer,
    details: Details,
    generation: u64,
    lines: Option<Lines>,
    fields: Option<Fields>,
    values: Option<Values>,
    works: Vec<Begun>,
    active: u64,
    /// The active work is to be advanced.
    woken: bool,
    background: u64,
    /// The works beside the search, and whether they are to be advanced.
    beside: [u64; 2],
    beside_due: [bool; 2],
    /// The search is to be advanced.
    search_due: bool,
    /// When the search was advanced last.
    searched: Instant,
    /// Works that have ended, which may take time to be dropped.
    ended: Vec<Begun>,
    /// Counts slices, so that each kind has its turn.
    turn: usize,
    doing: Doing,
}

impl Worker {
    fn new(queue: Arc<Queue>, store: Store) -> Self {
        Worker {
            viewer: Viewer::new(store.clone()),
            queue,
            store,
            details: Details::default(),
            generation: 0,
            lines: None,
            fields: None,
            values: None,
            works: Vec::new(),
            active: 0,
            woken: false,
            background: 0,
            beside: [0; 2],
            beside_due: [false; 2],
            search_due: false,
            searched: Instant::now(),
            ended: Vec::new(),
            turn: 0,
            doing: Doing::Nothing,
        }
    }

    /// Takes new requests, and waits for them if there is nothing else to do. Returns whether to continue.
    fn take_up(&mut self) -> bool {
        self.ended.clear();
        let queue = Arc::clone(&self.queue);
        let mut state = queue.state.lock();
        loop {
            if state.quit {
                return false;
            }
            if self.generation != state.generation {
                self.generation = state.generation;
                self.viewer.forget();
                (self.lines, self.fields, self.values) = (None, None, None);
            }
            if let Some(request) = state.lines.take() {
                self.lines = Some(Lines {
                    made_for: request.made_for,
                    extras: request.extras,
                    until: request.asked + FIRST,
                    first: request.numbers.into(),
                    in_order: false,
                    later: VecDeque::new(),
                });
            }
            if let Some(request) = state.details.take() {
                self.fields = Some(Fields {
                    number: request.number,
                    made_for: request.made_for,
                    explains: request.explains,
                    until: request.asked + FIRST,
                    first: true,
                });
            }
            if let Some(request) = state.fields.take() {
                self.values = Some(Values {
                    ids: request.ids,
                    filters: request.filters,
                    made_for: request.made_for,
                    current: None,
                });
            }
            for (id, work) in state.begun.drain(..) {
                self.works.push(Begun {
                    id,
                    work,
                    progress: Progress::default(),
                    failed: false,
                });
            }
            for id in state.ended.drain(..) {
                let at = self.works.iter().position(|begun| begun.id == id);
                self.ended.extend(at.map(|at| self.works.swap_remove(at)));
            }
            self.active = state.active;
            self.woken |= std::mem::take(&mut state.wake);
            self.woken &= self.active().is_some();
            self.search_due |= self.background != state.background;
            self.background = state.background;
            for place in [SAMPLES, FIND] {
                let is_new = self.beside[place] != state.beside[place];
                self.beside[place] = state.beside[place];
                let is_there = self.progress_of(self.beside[place]).is_some();
                self.beside_due[place] = (self.beside_due[place] || is_new) && is_there;
            }
            // Requests may come more often than that, so that the wait below never times out.
            self.search_due |= self.searching().is_some_and(|progress| progress.grows)
                && self.searched.elapsed() >= GROWTH;
            self.search_due &= self.searching().is_some();
            state.urgent = self.is_urgent();
            state.busy = state.urgent || self.has_more();
            if !state.urgent {
                queue.answered.notify_all();
            }
            if state.busy || !self.ended.is_empty() {
                return true;
            }
            let grows = |progress: Option<Progress>| progress.is_some_and(|it| it.grows);
            let (active, searching) = (grows(self.active()), grows(self.searching()));
            if !active && !searching {
                queue.asked.wait(&mut state);
            } else if queue.asked.wait_for(&mut state, GROWTH).timed_out() {
                self.woken |= active;
                self.search_due |= searching;
            }
        }
    }

    /// Returns the last progress of the work whose pane is on the screen; nothing if there is none.
    fn active(&self) -> Option<Progress> {
        self.progress_of(self.active)
    }

    /// Returns the last progress of the search; nothing if there is none.
    fn searching(&self) -> Option<Progress> {
        self.progress_of(self.background)
    }

    fn progress_of(&self, id: u64) -> Option<Progress> {
        let mut works = self.works.iter();
        let found = works.find(|begun| begun.id == id && !begun.failed);
        found.map(|begun| begun.progress)
    }

    /// Whether the search can proceed.
    fn searches(&self) -> bool {
        self.search_due || self.searching().is_some_and(|progress| progress.more)
    }

    /// Whether a request has no answer so far.
    fn is_urgent(&self) -> bool {
        let lines = self.lines.as_ref();
        self.woken
            || lines.is_some_and(|lines| !lines.first.is_empty())
            || self.fields.as_ref().is_some_and(|fields| fields.first)
    }

    /// Whether there is more to read for answered requests.
    fn has_more(&self) -> bool {
        let lines = self.lines.as_ref();
        lines.is_some_and(|lines| !lines.later.is_empty())
            || self.fields.is_some()
            || self.values.is_some()
            || self.active().is_some_and(|progress| progress.more)
            || self.searches()
            || [SAMPLES, FIND].iter().any(|place| self.proceeds(*place))
    }

    /// Whether a work beside the search is to be advanced.
    fn proceeds(&self, place: usize) -> bool {
        let progress = self.progress_of(self.beside[place]);
        self.beside_due[place] || progress.is_some_and(|progress| progress.more)
    }

    /// Does one thing, for one slice of time.
    fn step(&mut self) {
        self.doing = Doing::Nothing;
        self.viewer.renew();
        if std::mem::take(&mut self.woken) {
            return self.advance(self.active);
        }
        if let Some(lines) = &mut self.lines {
            if !std::mem::replace(&mut lines.in_order, true) {
                sort(&self.store, lines.first.make_contiguous());
            }
            if let Some(number) = lines.first.pop_front() {
                let until = lines.until;
                return self.line(number, None, until);
            }
        }
        if let Some(fields) = self.fields.as_ref().filter(|fields| fields.first) {
            let until = fields.until;
            return self.fields(until);
        }
        let until = Instant::now() + SLICE;
        for _ in 0..7 {
            self.turn = (self.turn + 1) % 7;
            match self.turn {
                0 if self.active().is_some_and(|progress| progress.more) => {
                    return self.advance(self.active);
                }
                1 => {
                    let lines = self.lines.as_mut();
                    if let Some((number, line)) = lines.and_then(|it| it.later.pop_front()) {
                        return self.line(number, Some(line), until);
                    }
                }
                2 if self.fields.is_some() => return self.fields(until),
                3 if self.searches() => {
                    self.search_due = false;
                    self.searched = Instant::now();
                    return self.advance(self.background);
                }
                4 if self.values.is_some() => return self.values(until),
                turn @ (5 | 6) if self.proceeds(turn - 5) => {
                    self.beside_due[turn - 5] = false;
                    return self.advance(self.beside[turn - 5]);
                }
                _ => {}
            }
        }
    }

    /// Advances the pane's work, or the search.
    fn advance(&mut self, id: u64) {
        self.doing = Doing::Work(id);
        let until = Instant::now() + SLICE;
        self.viewer.patience = Some(until);
        let mut works = self.works.iter_mut();
        let Some(begun) = works.find(|begun| begun.id == id) else {
            return;
        };
        begun.progress = begun.work.advance(&mut self.viewer, until);
        if begun.progress.changed {
            self.queue.state.lock().news += 1;
        }
    }

    /// Reads a packet's line; `before` is the previous answer.
    fn line(&mut self, number: u32, before: Option<PacketLine>, until: Instant) {
        self.doing = Doing::Line(number);
        let Some(lines) = &mut self.lines else { return };
        lines.made_for.set(&mut self.viewer);
        self.viewer.patience = Some(until);
        let extras = &lines.extras;
        let line = PacketLine::read(&mut self.viewer, &mut self.details, number, extras);
        if line.provisional {
            lines.later.push_back((number, line.clone()));
        }
        if before.is_none_or(|before| before != line) {
            self.answer_line(number, line);
        }
    }

    fn answer_line(&mut self, number: u32, line: PacketLine) {
        let Some(lines) = &self.lines else { return };
        let made_for = lines.made_for;
        self.answer(|state| {
            state.answered_lines.push(LineAnswer {
                number,
                made_for,
                line,
            });
        });
    }

    /// Examines conversations for the values of fields.
    fn values(&mut self, until: Instant) {
        let Some(values) = &mut self.values else {
            return;
        };
        let Some(id) = values
            .current
            .as_ref()
            .map(|(id, _)| *id)
            .or_else(|| values.ids.pop_front())
        else {
            self.values = None;
            return;
        };
        self.doing = Doing::Values(id);
        values.made_for.set(&mut self.viewer);
        let (_, found) = values.current.get_or_insert_with(|| {
            let count = values.filters.len();
            (id, FirstValues::new(&self.store.read(), id, count))
        });
        let (viewer, details) = (&mut self.viewer, &mut self.details);
        // A packet that can no longer be read has no values.
        let ended = found.advance(viewer, details, &values.filters, Some(until));
        if ended.unwrap_or(true) {
            let texts = std::mem::take(&mut found.texts);
            self.answer_values(id, texts);
        }
    }

    fn answer_values(&mut self, id: ConversationId, texts: Vec<String>) {
        let Some(values) = &mut self.values else {
            return;
        };
        values.current = None;
        let made_for = values.made_for;
        self.answer(|state| {
            state.answered_fields.push(FieldsAnswer {
                id,
                made_for,
                texts,
            });
        });
    }

    /// Reads a packet's fields. After a first answer, only once its conversation was read.
    fn fields(&mut self, until: Instant) {
        self.doing = Doing::Details;
        let Some(Fields {
            number,
            made_for,
            explains,
            first,
            ..
        }) = self.fields
        else {
            return;
        };
        made_for.set(&mut self.viewer);
        self.viewer.patience = Some(until);
        if !first && !self.is_read(number) {
            return;
        }
        let details = self.viewer.details(number);
        let provisional = details.is_ok() && self.viewer.is_unheard();
        let explanation = match &details {
            Ok(details) if explains => Some(explain::packet(&mut self.viewer, number, details)),
            _ => None,
        };
        let details = details.map_err(|error| error.to_string());
        self.answer_details(details, explanation, provisional);
    }

    fn answer_details(
        &mut self,
        details: Result<Details, String>,
        explanation: Option<Vec<Paragraph>>,
        provisional: bool,
    ) {
        let Some(fields) = &mut self.fields else {
            return;
        };
        fields.first = false;
        let (number, made_for) = (fields.number, fields.made_for);
        if !provisional {
            self.fields = None;
        }
        self.answer(|state| {
            state.answered_details = Some(DetailsAnswer {
                number,
                made_for,
                details,
                explanation,
            });
        });
    }

    /// Reads on in a packet's conversation; returns whether all of it has been read.
    fn is_read(&mut self, number: u32) -> bool {
        let record = self.store.read().packets.get(number).copied();
        match record.and_then(|record| record.conversation()) {
            Some((id, _)) => self.viewer.read_messages_to(id, u32::MAX).unwrap_or(true),
            None => true,
        }
    }

    /// Stores an answer, unless everything was dropped meanwhile.
    fn answer(&self, put: impl FnOnce(&mut State)) {
        let mut state = self.queue.state.lock();
        if state.generation == self.generation {
            put(&mut state);
            state.news += 1;
        }
    }

    /// Answers the failed request with an error, and continues with a new viewer in a clean state.
    fn fail(&mut self, reason: &str) {
        self.viewer = Viewer::new(self.store.clone());
        self.details = Details::default();
        match std::mem::take(&mut self.doing) {
            Doing::Nothing => {}
            Doing::Line(number) => self.answer_line(number, PacketLine::unreadable(reason)),
            Doing::Details => self.answer_details(Err(reason.to_owned()), None, false),
            Doing::Values(id) => self.answer_values(id, Vec::new()),
            Doing::Work(id) => {
                if let Some(begun) = self.works.iter_mut().find(|begun| begun.id == id) {
                    begun.failed = true;
                    begun.work.fail(reason);
                }
                self.queue.state.lock().news += 1;
            }
        }
    }
}

/// Sorts packets by the length of their conversations.
fn sort(store: &Store, numbers: &mut [u32]) {
    let contents = store.read();
    numbers.sort_by_cached_key(|number| {
        let record = contents.packets.get(*number);
        let conversation = record.and_then(|record| record.conversation());
        conversation
            .and_then(|(id, _)| contents.tracker.get(id))
            .map(|conversation| conversation.packets())
    });
}
