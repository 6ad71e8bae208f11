//! A question at the bottom of the screen.

use super::{
    Action, Scope, action,
    command_line::CommandLine,
    filter_line::{FilterLine, Known},
    text,
    theme::Theme,
};
use crate::{
    confine::Confinement,
    filter::Filter,
    find::{Kind, MAX_LENGTH},
    format::{grouped, printable},
    lang::{Count, TextId, text},
    ports::Ports,
    services,
    track::Protocol,
};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use dissectors::Dissector;
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
};
use std::path::PathBuf;
use tui_input::{Input, backend::crossterm::EventHandler};

/// The result of a key in a question.
pub enum Asked {
    /// It is not answered so far.
    Still,
    /// It was cancelled.
    Cancelled,
    /// The ports typed so far: they apply at once.
    Ports(Ports),
    /// This display filter is to be applied; none shows everything.
    Filter(Option<Box<Filter>>),
    /// Keep a filter under a name: the name, and the filter.
    NameFilter(String, String),
    /// Remove the filter of this name.
    ForgetFilter(String),
    /// Search for this; in the text of the list rather than in bytes, where there is a choice.
    Find(String, Kind, Option<bool>),
    /// It is answered; with a number, if it requested one.
    Done(Option<u32>),
    /// Read this port as this protocol, or as the recognised one.
    Speaks(Speaker, Option<&'static Dissector>),
    /// A line was typed, for the pane that requested it with this action.
    Line(Action, String),
    /// Packets are to be saved: the index of the offer, the file's name, and whether an existing file may be replaced.
    Packets(usize, String, bool),
    /// A question was answered.
    Answer(Question, Answer),
    /// A command was typed.
    Command(String),
    /// A comment was edited.
    Comment(String),
}

/// A question with an answer of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Drop this many packets, and start the capture again?
    Restart(u64),
    /// Quit, although this many packets were not saved?
    Unsaved(u64),
    /// Quit, although the comments on this many packets were not saved?
    Comments(u64),
    /// Quit, although packets are being saved?
    Saving,
}

/// An answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Do so.
    Yes,
    /// Leave everything as it is.
    No,
    /// Save first.
    Save,
}

impl Question {
    /// Returns its text, in full and shorter.
    fn words(self) -> [String; 2] {
        match self {
            Question::Restart(count) => [
                text!("prompt-restart", count = Count(count)),
                text!("prompt-restart-short", count = Count(count)),
            ],
            Question::Unsaved(count) => [
                text!("prompt-unsaved", count = Count(count)),
                text!("prompt-unsaved-short", count = Count(count)),
            ],
            Question::Comments(count) => [
                text!("prompt-comments", count = Count(count)),
                text!("prompt-comments-short", count = Count(count)),
            ],
            Question::Saving => [
                text!("prompt-saving").to_owned(),
                text!("prompt-saving-short").to_owned(),
            ],
        }
    }

    /// Returns the answer of a key; nothing for other keys. The letters of the question are fixed, and so is esc; the keys
    /// that are set for going back and for quitting work besides.
    fn answer(self, key: KeyEvent) -> Option<Answer> {
        self.own_answer(key)
            .or_else(|| match (self, action::action(key, Scope::All)?) {
                (_, Action::Back) | (Question::Restart(_), Action::Quit) => Some(Answer::No),
                // Pressing it twice quits at once; the key that leaves one pane after another discards nothing.
                (_, Action::Quit) => Some(Answer::Yes),
                _ => None,
            })
    }

    fn own_answer(self, key: KeyEvent) -> Option<Answer> {
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return None;
        }
        match (self, key.code) {
            (_, KeyCode::Esc) => Some(Answer::No),
            (Question::Restart(_), KeyCode::Char('y' | 'Y')) => Some(Answer::Yes),
            (Question::Restart(_), KeyCode::Char('n' | 'N')) => Some(Answer::No),
            (Question::Unsaved(_) | Question::Comments(_), KeyCode::Char('s' | 'S')) => {
                Some(Answer::Save)
            }
            (Question::Unsaved(_) | Question::Comments(_), KeyCode::Char('d' | 'D'))
            | (Question::Saving, KeyCode::Char('q' | 'Q')) => Some(Answer::Yes),
            _ => None,
        }
    }
}

/// Packets that can be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Their description.
    pub words: String,
    /// Their number, if it is known.
    pub count: Option<u64>,
    /// The default name of the file.
    pub name: String,
}

/// The minimum number of columns for the input beside an error.
const FEW: usize = 12;

/// A port whose protocol is asked for.
pub type Speaker = (Protocol, u16);

enum PromptKind {
    Ports {
        before: Ports,
    },
    Filter(Box<FilterLine>),
    Command(Box<CommandLine>),
    GoTo,
    Find {
        kind: Kind,
        /// Whether the text of the list is searched rather than bytes, if there is a choice.
        in_lines: Option<bool>,
    },
    DecodeAs(Speaker),
    Line(LinePrompt),
    /// The comment on this packet, or on the conversation of this name.
    Comment(String),
    Packets {
        offers: Vec<Offer>,
        at: usize,
        /// A file of this name exists: may it be replaced?
        replaces: bool,
    },
    Ask(Question),
}

/// A line that a pane requests.
struct LinePrompt {
    /// The action that requested it.
    asked: Action,
    /// The question, in full and ever shorter versions.
    questions: &'static [TextId],
    /// The hint of the enter key.
    enter: TextId,
}

/// A question.
pub struct Prompt {
    kind: PromptKind,
    input: Input,
    error: Option<String>,
}

impl Prompt {
    /// Which ports?
    pub fn ports(now: &Ports) -> Self {
        let kind = PromptKind::Ports {
            before: now.clone(),
        };
        Prompt {
            kind,
            input: Input::new(now.to_string()),
            error: None,
        }
    }

    /// Which display filter? The current one, and what is known for completing it.
    pub fn filter(now: String, known: Known) -> Self {
        Prompt {
            kind: PromptKind::Filter(Box::new(FilterLine::new(now, known))),
            input: Input::default(),
            error: None,
        }
    }

    /// Which command?
    pub fn command(line: CommandLine) -> Self {
        Prompt {
            kind: PromptKind::Command(Box::new(line)),
            input: Input::default(),
            error: None,
        }
    }

    /// Which comment? The name of what has it, and the present one.
    pub fn comment(on: String, now: String) -> Self {
        Prompt {
            kind: PromptKind::Comment(on),
            input: Input::new(now),
            error: None,
        }
    }

    /// Which packet?
    pub fn go_to() -> Self {
        Prompt {
            kind: PromptKind::GoTo,
            input: Input::default(),
            error: None,
        }
    }

    /// Which protocol does this port use?
    pub fn decode_as(port: Speaker, now: Option<&'static Dissector>) -> Self {
        Prompt {
            kind: PromptKind::DecodeAs(port),
            input: Input::new(now.map_or(String::new(), |now| now.name.to_owned())),
            error: None,
        }
    }

    /// What is to be found? `in_lines` is there if either the text of the list or the bytes can be searched.
    pub fn find(kind: Kind, in_lines: Option<bool>) -> Self {
        Prompt {
            kind: PromptKind::Find { kind, in_lines },
            input: Input::default(),
            error: None,
        }
    }

    /// Which file?
    pub fn save(name: String) -> Self {
        let questions = &[TextId("prompt-save-new"), TextId("prompt-save")];
        Self::line(Action::Save, questions, TextId("prompt-enter-saves"), name)
    }

    /// Returns a line for the pane that requests it with an action. The question comes in full and ever shorter
    /// versions; `enter` is the hint of that key.
    pub fn line(asked: Action, questions: &'static [TextId], enter: TextId, value: String) -> Self {
        Prompt {
            kind: PromptKind::Line(LinePrompt {
                asked,
                questions,
                enter,
            }),
            input: Input::new(value),
            error: None,
        }
    }

    /// Which packets, and to which file?
    pub fn packets(offers: Vec<Offer>) -> Self {
        let name = offers.first().map_or(String::new(), |one| one.name.clone());
        Prompt {
            kind: PromptKind::Packets {
                offers,
                at: 0,
                replaces: false,
            },
            input: Input::new(name),
            error: None,
        }
    }

    /// Returns a question with an answer of one key.
    pub fn ask(question: Question) -> Self {
        Prompt {
            kind: PromptKind::Ask(question),
            input: Input::default(),
            error: None,
        }
    }

    /// Returns the choices of packets to save, if there are several, and whether each is the current one.
    pub fn choices(&self) -> Vec<(String, bool)> {
        if let PromptKind::Filter(line) = &self.kind {
            return line.choices();
        }
        if let PromptKind::Command(line) = &self.kind {
            return line.choices();
        }
        let PromptKind::Packets { offers, at, .. } = &self.kind else {
            return Vec::new();
        };
        let words = |offer: &Offer| match offer.count {
            Some(count) => text!(
                "prompt-save-choice",
                what = &offer.words,
                count = Count(count)
            ),
            None => offer.words.clone(),
        };
        let choices = offers.iter().enumerate();
        let choices = choices.map(|(index, offer)| (words(offer), index == *at));
        match offers.len() {
            0..=1 => Vec::new(),
            _ => choices.collect(),
        }
    }

    /// Returns the line of a display filter, if that is the question.
    pub fn filter_line(&mut self) -> Option<&mut FilterLine> {
        match &mut self.kind {
            PromptKind::Filter(line) => Some(line),
            _ => None,
        }
    }

    /// Asks whether the existing file may be replaced.
    pub fn ask_to_replace(&mut self) {
        if let PromptKind::Packets { replaces, .. } = &mut self.kind {
            *replaces = true;
        }
    }

    /// Puts the name of a file in the line.
    pub fn type_name(&mut self, name: &str) {
        self.input = Input::new(name.to_owned());
    }

    /// Shows an error about the answer.
    pub fn refuse(&mut self, words: String) {
        self.error = Some(words);
    }

    /// Returns the error about the answer, if there is no room for it behind what was typed in this many columns.
    pub fn long_error(&self, room: usize) -> Option<String> {
        let error = self.error.clone()?;
        let (question, note) = (self.questions().pop()?, format!("   {error}"));
        let typed = text::width(self.input.value()) + 1;
        let used = text::width(&question) + typed.min(FEW);
        (used + text::width(&note) > room).then_some(error)
    }

    /// Returns the ports as they were before the question.
    pub fn before(&self) -> Ports {
        match &self.kind {
            PromptKind::Ports { before } => before.clone(),
            _ => Ports::default(),
        }
    }

    /// Handles a key.
    pub fn key(&mut self, key: KeyEvent) -> Asked {
        if let PromptKind::Ask(question) = self.kind {
            return match question.answer(key) {
                Some(answer) => Asked::Answer(question, answer),
                None => Asked::Still,
            };
        }
        if let PromptKind::Filter(line) = &mut self.kind {
            return line.key(key);
        }
        if let PromptKind::Command(line) = &mut self.kind {
            return line.key(key);
        }
        if let Some(asked) = self.key_of_packets(key).or_else(|| self.key_of_find(key)) {
            return asked;
        }
        let cancels = key.code == KeyCode::Esc
            || (key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL));
        if cancels {
            return match self.kind {
                PromptKind::Ports { .. } => Asked::Cancelled,
                _ => Asked::Done(None),
            };
        }
        if key.code == KeyCode::Tab
            && let PromptKind::DecodeAs(_) = self.kind
        {
            self.complete();
            return Asked::Still;
        }
        if key.code == KeyCode::Enter {
            return match (&self.kind, &self.error) {
                // A list of names is not an error in the typed one.
                (PromptKind::DecodeAs(port), _) => match self.dissector() {
                    Ok(found) => Asked::Speaks(*port, found),
                    Err(words) => {
                        self.error = Some(words);
                        Asked::Still
                    }
                },
                (PromptKind::Find { kind, in_lines }, _) => {
                    Asked::Find(self.input.value().to_owned(), *kind, *in_lines)
                }
                (_, Some(_)) => Asked::Still,
                (PromptKind::Ports { .. }, None) => Asked::Done(None),
                (PromptKind::Line(line), None) => {
                    Asked::Line(line.asked, self.input.value().to_owned())
                }
                (PromptKind::Comment(_), None) => {
                    Asked::Comment(self.input.value().trim().to_owned())
                }
                (PromptKind::Packets { at, .. }, None) => {
                    Asked::Packets(*at, self.input.value().trim().to_owned(), false)
                }
                (PromptKind::Ask(_) | PromptKind::Filter(_) | PromptKind::Command(_), None) => {
                    Asked::Still
                }
                (PromptKind::GoTo, None) => match self.number() {
                    Ok(number) => Asked::Done(number),
                    Err(words) => {
                        self.error = Some(words);
                        Asked::Still
                    }
                },
            };
        }
        self.input.handle_event(&Event::Key(key));
        self.error = None;
        if let PromptKind::Ports { .. } = self.kind {
            match self.input.value().parse() {
                Ok(ports) => return Asked::Ports(ports),
                Err(words) => self.error = Some(words),
            }
        }
        Asked::Still
    }

    /// Handles a key of the question which packets are to be saved, and where; none if it is like in other questions.
    fn key_of_packets(&mut self, key: KeyEvent) -> Option<Asked> {
        if let PromptKind::Packets {
            offers,
            at,
            replaces,
        } = &mut self.kind
        {
            if std::mem::take(replaces) {
                return Some(match key.code {
                    KeyCode::Char('y' | 'Y') => {
                        Asked::Packets(*at, self.input.value().trim().to_owned(), true)
                    }
                    // Back to the name.
                    _ => Asked::Still,
                });
            }
            let step = match key.code {
                KeyCode::Tab | KeyCode::Down => 1,
                KeyCode::BackTab | KeyCode::Up => offers.len().saturating_sub(1),
                _ => 0,
            };
            if step > 0 {
                let before = *at;
                *at = (*at + step) % offers.len().max(1);
                // A typed name stays.
                if let (Some(before), Some(now)) = (offers.get(before), offers.get(*at))
                    && self.input.value() == before.name
                {
                    self.input = Input::new(now.name.clone());
                }
                self.error = None;
                return Some(Asked::Still);
            }
        }
        None
    }

    /// Handles a key of the question what is to be found; none if it is like in other questions.
    fn key_of_find(&mut self, key: KeyEvent) -> Option<Asked> {
        if let PromptKind::Find { kind, in_lines } = &mut self.kind {
            match (key.code, in_lines) {
                (KeyCode::Tab, _) => *kind = kind.next(),
                (KeyCode::BackTab, Some(in_lines)) => *in_lines = !*in_lines,
                (KeyCode::Char(_), _) if self.input.value().len() >= MAX_LENGTH => {
                    let most = grouped(MAX_LENGTH as u64);
                    self.error = Some(text!("find-too-long", most));
                    return Some(Asked::Still);
                }
                _ => {}
            }
            if matches!(key.code, KeyCode::Tab | KeyCode::BackTab) {
                self.error = None;
                return Some(Asked::Still);
            }
        }
        None
    }

    fn dissector(&self) -> Result<Option<&'static Dissector>, String> {
        match self.input.value().trim() {
            "" => Ok(None),
            name => services::spoken(name).map(Some),
        }
    }

    /// Completes the common beginning of all matching names.
    fn complete(&mut self) {
        let typed = self.input.value().trim().to_lowercase();
        let names = services::speakable();
        let begin: Vec<_> = names
            .into_iter()
            .filter(|name| name.starts_with(&typed))
            .collect();
        let Some(first) = begin.first() else {
            self.error = services::spoken(&typed).err();
            return;
        };
        let common = |length: &usize| {
            let head = first.get(..*length);
            begin.iter().all(|name| name.get(..*length) == head)
        };
        let length = (0..=first.len()).rev().find(common).unwrap_or(0);
        let common = first.get(..length).unwrap_or_default();
        self.input = Input::new(common.to_owned());
        self.error = (begin.len() > 1).then(|| begin.join(", "));
    }

    fn number(&self) -> Result<Option<u32>, String> {
        let text = self.input.value().trim().replace([',', ' '], "");
        if text.is_empty() {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|_| text!("prompt-no-number").to_owned())
    }

    /// Draws it, with the cursor at the input.
    pub fn draw(&self, theme: &Theme, frame: &mut Frame, area: Rect) {
        if let PromptKind::Filter(line) = &self.kind {
            return line.draw(theme, frame, area);
        }
        if let PromptKind::Command(line) = &self.kind {
            return line.draw(theme, frame, area);
        }
        let room = usize::from(area.width);
        let value = &*printable(self.input.value());
        let asked = match &self.kind {
            PromptKind::Ask(question) => Some(question.words()),
            PromptKind::Packets { replaces: true, .. } => {
                let name = printable(value.trim());
                let words = |name: &str| text!("prompt-replace", name);
                let left = room.saturating_sub(1 + text::width(&words("")));
                Some([words(&name), words(&text::cut_front(&name, left))])
            }
            _ => None,
        };
        if let Some([full, short]) = asked {
            let words = if text::width(&full) < room {
                full
            } else {
                short
            };
            let parts = [(format!(" {words}"), theme.warning)];
            frame.render_widget(text::line(parts, room), area);
            return;
        }
        let (question, note) = self.words(room);
        let asked = text::width(&question);
        let left = room.saturating_sub(asked);
        let typed = text::width(value) + 1;
        let note = text::cut(&note, left.saturating_sub(typed.min(FEW)));
        // The input, and the cursor after it.
        let left = left.saturating_sub(text::width(&note) + 1);
        let scroll = self.input.visual_scroll(left);
        let style = if self.error.is_some() {
            theme.bad
        } else {
            theme.dim
        };
        let parts = [
            (question, theme.key),
            (text::cut(text::behind(value, scroll), left), Style::new()),
            (note, style),
        ];
        frame.render_widget(text::line(parts, room), area);
        let column = asked + self.input.visual_cursor().saturating_sub(scroll);
        let x = area.x + (column as u16).min(area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(x, area.y));
    }

    /// Returns the question and the note after the input: as much of both as there is room for.
    fn words(&self, room: usize) -> (String, String) {
        let questions = self.questions();
        let notes = match &self.error {
            Some(_) if self.long_error(room).is_some() => vec![String::new()],
            Some(words) => vec![format!("   {words}")],
            None => self.hints(),
        };
        let value = text::width(self.input.value()) + 1;
        let fits =
            |question: &str, note: &str| text::width(question) + value + text::width(note) <= room;
        // Without a hint at last, but never without an error.
        let nothing = String::new();
        let last = if self.error.is_some() {
            &notes[0]
        } else {
            &nothing
        };
        let hinted = questions
            .iter()
            // Next to a question that no longer shows what is saved, no hint about saving other packets is useful.
            .take(2)
            .flat_map(|question| notes.iter().map(move |note| (question, note)));
        let found = hinted
            .chain(questions.iter().map(|question| (question, last)))
            .find(|(question, note)| fits(question, note));
        let shortest = questions.last().map(|question| (question, last));
        let (question, note) = found.or(shortest).unwrap_or((&nothing, last));
        (question.clone(), note.clone())
    }

    /// Returns the question, in full and ever shorter versions.
    fn questions(&self) -> Vec<String> {
        let questions = match &self.kind {
            PromptKind::Ports { .. } => vec![
                text!("prompt-ports-examples").to_owned(),
                text!("prompt-ports").to_owned(),
            ],
            PromptKind::GoTo => vec![text!("prompt-go-to").to_owned()],
            PromptKind::Comment(on) => vec![
                text!("prompt-comment", on),
                text!("prompt-comment-short").to_owned(),
            ],
            PromptKind::Find { kind, in_lines } => {
                let what = match kind {
                    Kind::Text => text!("prompt-find-text"),
                    Kind::ExactText => text!("prompt-find-exact"),
                    Kind::Hex => text!("prompt-find-hex"),
                    Kind::Regex => text!("prompt-find-regex"),
                };
                match in_lines {
                    Some(true) => vec![text!("prompt-find-in-lines", what), format!("{what}:")],
                    Some(false) => vec![text!("prompt-find-in-bytes", what), format!("{what}:")],
                    None => vec![format!("{what}:")],
                }
            }
            PromptKind::Line(line) => {
                let questions = line.questions.iter();
                questions.map(|one| one.text().to_owned()).collect()
            }
            PromptKind::Packets { offers, at, .. } => {
                let offer = offers.get(*at);
                let what = offer.map_or("", |offer| &offer.words);
                let in_full = match offer.and_then(|offer| offer.count) {
                    Some(count) => text!("prompt-save-count", what, count = Count(count)),
                    None => text!("prompt-save-what", what),
                };
                vec![
                    in_full,
                    text!("prompt-save-what", what),
                    text!("prompt-save").to_owned(),
                ]
            }
            PromptKind::Ask(_) | PromptKind::Filter(_) | PromptKind::Command(_) => Vec::new(),
            PromptKind::DecodeAs((protocol, port)) => {
                let protocol = protocol.name().to_uppercase();
                vec![text!("prompt-decode-as", protocol, port)]
            }
        };
        let framed = questions.into_iter().map(|words| format!(" {words} "));
        framed.collect()
    }

    /// Returns the hints of the keys, in full and ever shorter versions: enter and esc are the best known.
    fn hints(&self) -> Vec<String> {
        let (enter, tab): (&str, Option<[&str; 2]>) = match &self.kind {
            PromptKind::Ports { .. } => (text!("prompt-enter-applies"), None),
            PromptKind::GoTo => (text!("prompt-enter-goes"), None),
            PromptKind::Comment(_) if self.input.value().trim().is_empty() => {
                (text!("prompt-enter-removes"), None)
            }
            PromptKind::Comment(_) => (text!("prompt-enter-comments"), None),
            PromptKind::Find { kind, in_lines } => {
                let tab = match kind.next() {
                    Kind::Text => text!("prompt-tab-text"),
                    Kind::ExactText => text!("prompt-tab-exact"),
                    Kind::Hex => text!("prompt-tab-hex"),
                    Kind::Regex => text!("prompt-tab-regex"),
                };
                return hints_of_find(tab, *in_lines);
            }
            PromptKind::Line(line) => (line.enter.text(), None),
            PromptKind::Packets { offers, .. } if offers.len() > 1 => (
                text!("prompt-enter-saves"),
                Some([text!("prompt-tab-saves"), text!("prompt-tab-saves-short")]),
            ),
            PromptKind::Packets { .. }
            | PromptKind::Ask(_)
            | PromptKind::Filter(_)
            | PromptKind::Command(_) => (text!("prompt-enter-saves"), None),
            PromptKind::DecodeAs(_) => (
                text!("prompt-enter-decodes"),
                Some([
                    text!("prompt-tab-completes"),
                    text!("prompt-tab-completes-short"),
                ]),
            ),
        };
        let escape = text!("prompt-esc-cancels");
        if let PromptKind::Ports { .. } = &self.kind
            && let Ok(ports) = self.input.value().parse::<Ports>()
            && !ports.is_empty()
        {
            // The display filter that it makes.
            let filter = ports.display_filter();
            let hints = [
                format!("{filter}   {enter}, {escape}"),
                filter,
                escape.to_owned(),
            ];
            return hints.map(|hint| format!("   {hint}")).into();
        }
        let hints = match tab {
            None => vec![vec![enter, escape], vec![escape]],
            Some([full, short]) => vec![
                vec![enter, full, escape],
                vec![full, escape],
                vec![full],
                vec![short],
            ],
        };
        let joined = hints
            .iter()
            .map(|clauses| format!("   {}", clauses.join(", ")));
        joined.collect()
    }
}

/// Returns the hints of the keys of a search, in full and ever shorter versions.
fn hints_of_find(tab: &str, in_lines: Option<bool>) -> Vec<String> {
    let [enter, escape] = [text!("prompt-enter-finds"), text!("prompt-esc-cancels")];
    let shift_tab = in_lines.map(|in_lines| match in_lines {
        true => text!("prompt-shift-tab-bytes"),
        false => text!("prompt-shift-tab-lines"),
    });
    let clauses = [Some(tab), shift_tab, Some(enter), Some(escape)];
    let clauses: Vec<&str> = clauses.into_iter().flatten().collect();
    let shorter = (1..=clauses.len()).rev();
    shorter
        .map(|count| format!("   {}", clauses[..count].join(", ")))
        .collect()
}

/// Returns a path as typed: `~/` is the home directory, as in a shell.
pub fn typed_path(name: &str, confinement: &Confinement) -> PathBuf {
    match (name.strip_prefix("~/"), confinement.home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{panes::packets::tests::screen, theme::Look};

    fn offers() -> Vec<Offer> {
        let offer = |words: &str, count, name: &str| Offer {
            words: words.to_owned(),
            count,
            name: name.to_owned(),
        };
        vec![
            offer("everything", Some(964), "everyday-2.pcapng"),
            offer("udp/12", None, "everyday-udp-12.pcapng"),
        ]
    }

    fn drawn(prompt: &Prompt, width: u16) -> String {
        let theme = Theme::new(Look::Plain);
        let words = screen(width, 1, |frame| prompt.draw(&theme, frame, frame.area()));
        let (_, words) = words.split_once('"').unwrap();
        let (words, _) = words.split_once('"').unwrap();
        words.trim_end().to_owned()
    }

    #[test]
    fn what_is_known_best_gives_way_first() {
        let prompt = Prompt::packets(offers());
        for (width, words) in [
            (
                110,
                " Save everything, 964 packets to: everyday-2.pcapng   enter saves, tab saves something else, esc cancels",
            ),
            (
                80,
                " Save everything, 964 packets to: everyday-2.pcapng   tab saves something else",
            ),
            (
                60,
                " Save everything to: everyday-2.pcapng   tab changes what",
            ),
            (40, " Save everything to: everyday-2.pcapng"),
            (30, " Save to: everyday-2.pcapng"),
        ] {
            assert_eq!(drawn(&prompt, width), words);
        }
        // Packets that are not counted are still named before other choices are offered.
        let mut swapped = offers();
        swapped.reverse();
        let second = Prompt::packets(swapped);
        assert_eq!(
            drawn(&second, 55),
            " Save udp/12 to: everyday-udp-12.pcapng"
        );
        let one = Prompt::packets(offers().split_off(1));
        assert!(!drawn(&one, 120).contains("tab"), "{}", drawn(&one, 120));
    }

    /// No offer is cut within a word, however narrow the line is.
    #[test]
    fn hints_are_whole() {
        let dns = services::spoken("dns").ok();
        let mut swapped = offers();
        swapped.reverse();
        for prompt in [
            Prompt::ports(&Ports::default()),
            Prompt::go_to(),
            Prompt::find(Kind::ExactText, Some(true)),
            Prompt::find(Kind::Regex, None),
            Prompt::save("said.txt".to_owned()),
            Prompt::packets(swapped),
            Prompt::decode_as((Protocol::Tcp, 53_000), dns),
            Prompt::ask(Question::Restart(1234)),
            Prompt::ask(Question::Unsaved(1234)),
            Prompt::ask(Question::Comments(1234)),
            Prompt::ask(Question::Saving),
        ] {
            for width in 60..130 {
                let words = drawn(&prompt, width);
                assert!(!words.contains('…'), "{width}: {words}");
            }
            for width in 1..60 {
                drawn(&prompt, width);
            }
        }
    }

    #[test]
    fn the_end_of_a_long_path_and_what_is_wrong_with_it_are_seen() {
        let path = format!("/tmp/{}/회의록.pcapng", "long/".repeat(30));
        let mut offers = offers();
        offers[0].name = path;
        let mut prompt = Prompt::packets(offers);
        let shown = |prompt: &Prompt| drawn(prompt, 60);
        let words = shown(&prompt);
        assert!(words.ends_with("/회의록.pcapng"), "{words}");
        prompt.ask_to_replace();
        let words = shown(&prompt);
        assert!(
            words.ends_with("/회의록.pcapng is there: replace it? y/n"),
            "{words}"
        );
        prompt.key(KeyEvent::from(KeyCode::Char('n')));
        prompt.refuse("there is no such directory".to_owned());
        let words = shown(&prompt);
        assert!(
            words.ends_with("회의록.pcapng   there is no such directory"),
            "{words}"
        );
    }
}
