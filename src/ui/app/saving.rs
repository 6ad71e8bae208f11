//! Saves packets, marks them, and asks before a live capture is left or started again.

use super::{App, Effect};
use crate::{
    capture::live::End,
    format::printable,
    lang::{Count, text},
    save::{Choice, Destination, Progress, SaveError, Task, free_name},
    store::Contents,
    track::ConversationId,
    ui::{
        Leaving,
        prompt::{Answer, Offer, Prompt, Question, typed_path},
        settings::TimeFormat,
    },
};
use std::{collections::BTreeSet, path::Path, sync::Arc};

/// The state of saving, and the result of the last time.
#[derive(Default)]
pub(super) struct Saving {
    /// The choices that the question offers.
    offered: Vec<Choice>,
    task: Option<Task>,
    /// Something else that is written to a file, and what is said of it then.
    export: Option<Task<String>>,
    /// The packets whose comments were changed and not saved.
    pub(super) comments: BTreeSet<u32>,
    /// What is being saved.
    choice: Choice,
    /// Everything up to this packet was saved.
    up_to: u32,
    /// Whether the program ends when it is done.
    pub(super) leaves: bool,
    /// It is done, and the program ends.
    done: bool,
}

impl Saving {
    /// Whether a file is being written.
    pub fn is_at_work(&self) -> bool {
        self.task.is_some() || self.export.is_some()
    }

    /// Cancels it; returns whether there was anything to cancel.
    pub fn cancel(&self) -> bool {
        let export = self.export.as_ref().map(Task::cancel);
        self.task.as_ref().map(Task::cancel).or(export).is_some()
    }

    /// Returns its progress.
    pub fn words(&self) -> Option<String> {
        if let Some(export) = &self.export {
            let path = printable(&export.path().to_string_lossy());
            return Some(format!(" {}", text!("message-exporting", path)));
        }
        let task = self.task.as_ref()?;
        let path = printable(&task.path().to_string_lossy());
        let percent = task.percent();
        Some(format!(" {}", text!("message-saving", path, percent)))
    }
}

impl App {
    /// Whether saving before the end of the program is done.
    pub fn is_done(&self) -> bool {
        self.saving.done
    }

    /// Asks which packets to save, and where.
    pub(super) fn ask_to_save(&mut self) {
        if self.saving.is_at_work() {
            self.message = Some(text!("message-still-saving").to_owned());
            return;
        }
        let conversation = self.chosen_conversation();
        let is_open = self.panes.main().conversation().is_some();
        let shown = self.panes.main().shown(&self.shared);
        let store = self.shared.store.clone();
        let contents = store.read();
        // What the user has chosen most clearly comes first.
        let mut choices = Vec::new();
        let marks = Choice::Marked(self.shared.marks.clone());
        choices.extend((!self.shared.marks.is_empty()).then_some(marks));
        // What a display filter shows of a whole capture is known when all packets were examined.
        let is_searching = contents.finished && self.shared.display.is_searching(&contents);
        let shown = Some(shown).filter(|shown| !shown.is_all() && !is_searching);
        let conversation = conversation.map(Choice::Conversation);
        let everything = Some(Choice::Everything);
        // In the list of packets a packet is chosen, not its conversation.
        let is_chosen = self.chosen_packet().is_none();
        choices.extend(
            match (is_open, is_chosen) {
                (true, _) => [conversation, shown, everything],
                (false, true) => [shown, conversation, everything],
                (false, false) => [shown, everything, conversation],
            }
            .into_iter()
            .flatten(),
        );
        self.offer(&contents, choices);
    }

    fn offer(&mut self, contents: &Contents, choices: Vec<Choice>) {
        let name = &self.shared.name;
        let offers = choices.iter().map(|choice| {
            let (what, part) = words(contents, choice);
            Offer {
                words: what,
                count: choice.count(contents),
                name: free_name(name, &part),
            }
        });
        self.prompt = Some(Prompt::packets(offers.collect()));
        self.saving.offered = choices;
        self.saving.leaves = false;
    }

    /// Starts to save, or asks what must be known before.
    pub(super) fn save(&mut self, offer: usize, name: &str, replace: bool) {
        let Some(prompt) = &mut self.prompt else {
            return;
        };
        let place = Destination {
            path: typed_path(name, &self.shared.confinement),
            replace,
        };
        if name.is_empty() || name.ends_with('/') || place.path.is_dir() {
            prompt.refuse(text!("save-no-file-name").to_owned());
            return;
        }
        match place.check() {
            Err(SaveError::Exists(_)) => return prompt.ask_to_replace(),
            Err(error) => return prompt.refuse(error.to_string()),
            Ok(()) => {}
        }
        let Some(choice) = self.saving.offered.get(offer).cloned() else {
            return;
        };
        // A file is read to its end before everything of it is saved; the end of a pipe is unknown.
        let has_ended = match &self.shared.live {
            Some(live) => !live.is_running(),
            None => self.shared.store.read().size.is_some(),
        };
        self.saving.choice = choice.clone();
        match Task::start(self.shared.store.clone(), choice, place, has_ended) {
            Ok(task) => {
                self.saving.task = Some(task);
                self.prompt = None;
            }
            Err(error) => prompt.refuse(error.to_string()),
        }
    }

    /// Begins to write something to a new file; `write` returns what is said of it then.
    ///
    /// # Errors
    ///
    /// Why it cannot be written, for the user.
    pub(super) fn export(
        &mut self,
        name: &str,
        replace: bool,
        write: impl FnOnce(&Destination, &Progress) -> Result<String, SaveError> + Send + 'static,
    ) -> Result<(), String> {
        if self.saving.is_at_work() {
            return Err(text!("message-still-saving").to_owned());
        }
        let place = Destination {
            path: typed_path(name, &self.shared.confinement),
            replace,
        };
        if name.is_empty() || name.ends_with('/') || place.path.is_dir() {
            return Err(text!("save-no-file-name").to_owned());
        }
        place.check().map_err(|error| match error {
            SaveError::Exists(_) => text!("export-exists", path = printable(name)),
            error => error.to_string(),
        })?;
        let path = place.path.clone();
        let task = Task::run(path, move |progress| write(&place, progress));
        self.saving.export = Some(task.map_err(|error| error.to_string())?);
        Ok(())
    }

    /// Shows the result of saving, once there is one.
    pub(super) fn finish_saving(&mut self) {
        if let Some(task) = &mut self.saving.export
            && let Some(result) = task.take()
        {
            let path = task.path().to_owned();
            self.saving.export = None;
            self.message = Some(match result {
                Ok(words) => words,
                Err(SaveError::Cancelled) => text!("message-save-cancelled").to_owned(),
                Err(error) => self.not_saved(error, &path),
            });
        }
        let Some(task) = &mut self.saving.task else {
            return;
        };
        let Some(result) = task.take() else { return };
        let path = printable(&task.path().to_string_lossy());
        let place = task.path().to_owned();
        self.saving.task = None;
        self.message = Some(match result {
            Ok(saved) => {
                // A part may lack their packets, and the format may have no room for them.
                if saved.comments_lost == 0 {
                    let contents = self.shared.store.read();
                    let choice = &self.saving.choice;
                    self.saving.comments.retain(|number| {
                        let record = contents.packets.get(*number);
                        !record.is_some_and(|record| choice.wants(&contents, *number, record))
                    });
                }
                if self.saving.choice.is_all() {
                    self.saving.up_to = saved.last;
                }
                self.saving.done = self.saving.leaves;
                text!("message-saved", saved, path)
            }
            Err(SaveError::Cancelled) => text!("message-save-cancelled").to_owned(),
            Err(error) => self.not_saved(error, &place),
        });
        self.saving.leaves = false;
    }

    /// Returns why a file could not be written, and whether it is the program itself that may not write there.
    fn not_saved(&self, error: SaveError, path: &Path) -> String {
        let directory = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let why = match error {
            SaveError::Permission(_) => self.shared.confinement.why_not(directory),
            _ => None,
        };
        match why {
            Some(why) => {
                let path = printable(&path.to_string_lossy());
                text!("message-not-saved-path", path, why)
            }
            None => text!("message-not-saved", why = error),
        }
    }

    /// Returns how many packets of a live capture are not in a permanent file.
    pub(super) fn unsaved(&self) -> u64 {
        let Some(live) = &self.shared.live else {
            return 0;
        };
        let progress = live.progress();
        if progress.file.is_some() {
            return 0;
        }
        // The index may be behind.
        let (evicted, indexed) = {
            let packets = &self.shared.store.read().packets;
            (packets.first() - 1, packets.len() as u64)
        };
        let all = progress.packets.max(indexed);
        // Evicted packets can no longer be saved.
        all.saturating_sub(self.saving.up_to.max(evicted).into())
    }

    /// Leaves the capture, unless that would lose something that was not saved.
    pub fn leave(&mut self) -> Effect {
        self.leaves_all = false;
        match self.unsaved_question() {
            Some(question) => {
                self.prompt = Some(Prompt::ask(question));
                Effect::None
            }
            None => Effect::Leave(Leaving::Quit),
        }
    }

    /// Leaves this capture and the others, unless that would lose something of this one.
    pub fn ask_of_all(&mut self) -> Effect {
        let effect = self.leave();
        self.leaves_all = true;
        effect
    }

    /// Whether leaving the capture would lose something.
    pub fn is_unsaved(&self) -> bool {
        self.unsaved_question().is_some()
    }

    fn unsaved_question(&self) -> Option<Question> {
        match (self.unsaved(), self.saving.comments.len()) {
            _ if self.saving.is_at_work() => Some(Question::Saving),
            (0, 0) => None,
            (0, count) => Some(Question::Comments(count as u64)),
            (count, _) => Some(Question::Unsaved(count)),
        }
    }

    /// Handles an answer.
    pub(super) fn answered(&mut self, question: Question, answer: Answer) -> Effect {
        self.prompt = None;
        let leaves_all = std::mem::take(&mut self.leaves_all);
        match (question, answer) {
            (_, Answer::No) => {}
            (Question::Restart(_), _) => return Effect::Leave(Leaving::Restart),
            (_, Answer::Yes) if leaves_all => return Effect::Leave(Leaving::QuitRest),
            (_, Answer::Yes) => return Effect::Leave(Leaving::Quit),
            (_, Answer::Save) => {
                // Later packets are no longer read.
                if let Some(live) = &self.shared.live {
                    live.stop();
                }
                let store = self.shared.store.clone();
                self.offer(&store.read(), vec![Choice::Everything]);
                self.saving.leaves = true;
            }
        }
        Effect::None
    }

    /// Starts the live capture again; asks first.
    pub(super) fn restart(&mut self) -> Effect {
        let refused = match &self.shared.live {
            None => text!("message-restart-not-live"),
            Some(live) if !live.is_running() => text!("message-restart-ended"),
            Some(_) if self.saving.is_at_work() => text!("message-restart-saving"),
            Some(live) => {
                let count = live.progress().packets;
                if count == 0 {
                    return Effect::Leave(Leaving::Restart);
                }
                self.prompt = Some(Prompt::ask(Question::Restart(count)));
                return Effect::None;
            }
        };
        self.message = Some(refused.to_owned());
        Effect::None
    }

    /// Stops the live capture; the captured packets stay on the screen.
    pub(super) fn stop_capture(&mut self) {
        let Some(live) = &self.shared.live else {
            self.message = Some(text!("message-not-live").to_owned());
            return;
        };
        if !live.is_running() {
            self.message = Some(text!("message-already-ended").to_owned());
            return;
        }
        live.stop();
        let progress = live.progress();
        let (kernel, card) = progress.dropped();
        let count = Count(progress.packets);
        let mut what = vec![text!("stopped-captured", count)];
        if kernel + card > 0 {
            let count = Count(kernel + card);
            what.push(text!("stopped-lost", count));
        }
        match &progress.file {
            Some(file) => {
                let file = printable(&file.to_string_lossy());
                what.push(text!("stopped-in-file", file));
            }
            None if progress.packets > 0 => what.push(text!("stopped-not-saved").to_owned()),
            None => {}
        }
        let what = what.join(", ");
        self.message = Some(match progress.end {
            None | Some(End::Asked) => text!("message-stopped", what),
            Some(end) => text!("message-stopped-why", what, end),
        });
    }

    /// Marks the row at the cursor, or unmarks it.
    pub(super) fn mark(&mut self) {
        let packet = self.chosen_packet();
        let conversation = self.panes.main().selected();
        let store = self.shared.store.clone();
        let contents = store.read();
        let marks = &mut self.shared.marks;
        self.message = Some(match (packet, conversation) {
            (Some(number), _) => {
                let Some(record) = contents.packets.get(number) else {
                    return;
                };
                match marks.toggle(&contents, number, record) {
                    true => text!("message-packet-marked", number),
                    false => text!("message-packet-unmarked", number),
                }
            }
            (None, Some(id)) => {
                let conversation = conversation_name(&contents, id);
                match marks.toggle_conversation(&contents, id) {
                    true => text!("message-conversation-marked", conversation),
                    false => text!("message-conversation-unmarked", conversation),
                }
            }
            (None, None) => text!("message-no-conversation-selected").to_owned(),
        });
    }

    /// Counts time from the packet at the cursor, or no longer.
    pub(super) fn switch_reference(&mut self) {
        let Some(number) = self.chosen_packet() else {
            self.message = Some(text!("message-no-packet-selected").to_owned());
            return;
        };
        let references = Arc::make_mut(&mut self.shared.references);
        self.message = Some(match references.remove(&number) {
            true => text!("message-reference-removed", number),
            false => {
                references.insert(number);
                // Only these times count from somewhere.
                self.shared.settings.time = TimeFormat::SinceFirst;
                text!("message-reference-set", number)
            }
        });
        // The fields of packets have times, too.
        self.panes.packet_mut().forget();
    }

    /// Unmarks everything.
    pub(super) fn unmark_all(&mut self) {
        self.shared.marks = Default::default();
        self.message = Some(text!("message-all-unmarked").to_owned());
    }
}

/// Returns the description of what is saved, and a word of it for the file's name.
fn words(contents: &Contents, choice: &Choice) -> (String, String) {
    match choice {
        Choice::Everything => (text!("save-everything").to_owned(), String::new()),
        Choice::Shown { .. } => (text!("save-shown").to_owned(), "shown".to_owned()),
        Choice::Marked(_) => (text!("save-marked").to_owned(), "marked".to_owned()),
        Choice::Conversation(id) => {
            let name = conversation_name(contents, *id);
            let part = name.replace('/', "-");
            (name, part)
        }
    }
}

fn conversation_name(contents: &Contents, id: ConversationId) -> String {
    let conversation = contents.tracker.get(id);
    conversation.map_or(String::new(), |conversation| conversation.id())
}
