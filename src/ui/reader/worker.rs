//! The thread: what it does next, and its answers.

use super::{
    DetailsAnswer, FIND, FIRST, FieldsAnswer, GROWTH, LineAnswer, MadeFor, Progress, Queue,
    SAMPLES, SLICE, State, Work,
};
use crate::{
    columns::fields::FirstValues,
    explain::{self, Paragraph},
    filter::Filter,
    lang::text,
    store::Store,
    track::ConversationId,
    ui::panes::packets::{Extras, PacketLine},
    view::{Details, Viewer},
};
use std::{
    any::Any,
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
    time::Instant,
};

/// Runs the thread. If it fails it stores the reason, so that no caller waits for it.
pub(super) fn run(queue: &Arc<Queue>, store: &Store) {
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
