//! A question at the bottom of the screen.

mod draw;
mod question;
#[cfg(test)]
mod tests;

pub use question::{Answer, Question};

use super::{
    Action,
    command_line::CommandLine,
    filter_line::{FilterLine, Known},
    text,
};
use crate::{
    confine::Confinement,
    filter::Filter,
    find::{Kind, MAX_LENGTH},
    format::grouped,
    lang::{Count, TextId, text},
    ports::Ports,
    services,
    track::Protocol,
};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use dissectors::Dissector;
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
}

/// Returns a path as typed: `~/` is the home directory, as in a shell.
pub fn typed_path(name: &str, confinement: &Confinement) -> PathBuf {
    match (name.strip_prefix("~/"), confinement.home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(name),
    }
}
