//! The line where a display filter is typed. Its colour and a sign show whether it is valid, incomplete or wrong; tab
//! completes it.

mod draw;
pub mod offers;

#[cfg(test)]
mod tests;

use self::offers::{Expected, Offer};
use super::{field_values::FieldValues, kept_filters::KeptFilters, prompt::Asked, text};
use crate::{
    filter::{Filter, FilterError},
    format::printable,
};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use std::ops::Range;
use tui_input::{Input, backend::crossterm::EventHandler};

/// The minimum number of columns for the input beside a note.
const LEAST: usize = 24;

/// A reference to the chosen packet, as it is written.
pub const REFERENCE: &str = "${…}";

/// As many offers are listed above the line.
const LISTED: usize = 8;

/// What was typed.
enum State {
    Empty,
    Valid(Box<Filter>),
    /// More text may make it valid.
    Incomplete(FilterError),
    Wrong(FilterError),
}

/// What is known for the line when it is opened.
#[derive(Default)]
pub struct Known {
    /// The filters that were used before, the latest last.
    pub used: Vec<String>,
    /// Filters that have a name.
    pub named: Vec<(String, String)>,
    /// The protocols of the capture.
    pub protocols: Vec<&'static str>,
    /// The packet that `${…}` refers to.
    pub chosen: Option<u32>,
}

/// A display filter that is being typed.
pub struct FilterLine {
    input: Input,
    state: State,
    known: Known,
    /// Where what is completed is, and what it may become.
    word: Range<usize>,
    offers: Vec<Offer>,
    /// Whether the offers are listed, and the one that was chosen there.
    is_listed: bool,
    picked: Option<usize>,
    /// The field whose value is typed, and those that occur.
    field: Option<String>,
    values: Vec<String>,
    /// Which of the used filters is shown, and what was typed instead.
    at: Option<usize>,
    draft: String,
    /// The name that is being typed for the filter.
    naming: Option<Input>,
    /// What was done.
    done: Option<String>,
}

impl FilterLine {
    /// Returns the line with the current filter.
    pub fn new(now: String, known: Known) -> Self {
        let mut line = FilterLine {
            input: Input::new(now),
            state: State::Empty,
            known,
            word: 0..0,
            offers: Vec::new(),
            is_listed: false,
            picked: None,
            field: None,
            values: Vec::new(),
            at: None,
            draft: String::new(),
            naming: None,
            done: None,
        };
        line.update();
        line
    }

    /// Handles a key.
    pub fn key(&mut self, key: KeyEvent) -> Asked {
        self.done = None;
        if self.naming.is_some() {
            return self.name(key);
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc if self.is_listed => self.is_listed = false,
            KeyCode::Esc => return Asked::Done(None),
            KeyCode::Char('c') if control => return Asked::Done(None),
            KeyCode::Char('s') if control => {
                if let State::Valid(_) = self.state {
                    self.naming = Some(Input::default());
                }
                return Asked::Still;
            }
            KeyCode::Char('d') if control => return self.forget(),
            KeyCode::Enter => return self.enter(),
            KeyCode::Tab => return self.complete(true),
            KeyCode::BackTab => return self.complete(false),
            KeyCode::Up => self.recall(true),
            KeyCode::Down => self.recall(false),
            _ => {
                self.input.handle_event(&Event::Key(key));
                self.at = None;
            }
        }
        self.update();
        Asked::Still
    }

    /// Returns the field whose values are to be offered.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Takes over values that occur in the capture.
    pub fn take_values(&mut self, values: &FieldValues) {
        if self.field() != Some(&values.field) {
            return;
        }
        let values = values.values();
        if values != self.values && self.picked.is_none() {
            self.values = values;
            self.update();
        }
    }

    /// Takes over the filters that have a name, and what became of the last change of them.
    pub fn take_named(&mut self, kept: &KeptFilters, done: String) {
        self.known.named = kept.named().to_vec();
        self.done = Some(done);
        self.update();
    }

    fn enter(&mut self) -> Asked {
        match std::mem::replace(&mut self.state, State::Empty) {
            State::Empty => Asked::Filter(None),
            State::Valid(filter) => Asked::Filter(Some(filter)),
            State::Incomplete(error) | State::Wrong(error) => {
                self.state = State::Wrong(error);
                self.offers.clear();
                self.is_listed = false;
                Asked::Still
            }
        }
    }

    /// Handles a key while a name is typed.
    fn name(&mut self, key: KeyEvent) -> Asked {
        let Some(input) = &mut self.naming else {
            return Asked::Still;
        };
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => self.naming = None,
            KeyCode::Char('c') if control => self.naming = None,
            KeyCode::Enter => {
                let name = input.value().trim().to_owned();
                self.naming = None;
                if !name.is_empty() {
                    return Asked::NameFilter(name, self.input.value().trim().to_owned());
                }
            }
            _ => {
                input.handle_event(&Event::Key(key));
            }
        }
        Asked::Still
    }

    /// Removes the name that was chosen in the list.
    fn forget(&mut self) -> Asked {
        let picked = self.picked.and_then(|at| self.offers.get(at));
        match picked.and_then(|offer| offer.name.clone()) {
            Some(name) => {
                self.picked = None;
                self.input = Input::default();
                Asked::ForgetFilter(name)
            }
            None => Asked::Still,
        }
    }

    /// Shows a filter that was used before, or what was typed.
    fn recall(&mut self, earlier: bool) {
        let used = &self.known.used;
        let last = used.len();
        let at = self.at.unwrap_or(last);
        // The latest one is in the line already if it is applied.
        let same = self.at.is_none() && used.last().is_some_and(|it| it == self.input.value());
        let to = match earlier {
            true => at.checked_sub(1 + usize::from(same && last > 1)),
            false => Some(at + 1).filter(|_| self.at.is_some()),
        };
        let Some(to) = to else { return };
        if self.at.is_none() {
            self.draft = self.input.value().to_owned();
        }
        let shown = self.known.used.get(to).cloned();
        self.at = shown.is_some().then_some(to);
        self.input = Input::new(shown.unwrap_or_else(|| self.draft.clone()));
    }

    /// Completes the common beginning of what is offered; then lists it, and chooses one after another.
    fn complete(&mut self, forward: bool) -> Asked {
        if let State::Wrong(FilterError {
            offer: Some(offer), ..
        }) = &self.state
        {
            self.input = Input::new(offer.clone());
            self.update();
            return Asked::Still;
        }
        let count = self.offers.len();
        let common = offers::common(&self.offers);
        let typed = self
            .input
            .value()
            .get(self.word.clone())
            .unwrap_or_default();
        if self.picked.is_none() && common.len() > typed.len() {
            self.put(&common);
            self.update();
            self.is_listed = self.offers.len() > 1;
            return Asked::Still;
        }
        let next = match (self.picked, forward) {
            (None, true) => 0,
            (None, false) => count.saturating_sub(1),
            (Some(at), true) => (at + 1) % count.max(1),
            (Some(at), false) => (at + count.saturating_sub(1)) % count.max(1),
        };
        if let Some(offer) = self.offers.get(next) {
            self.is_listed = count > 1 || offer.name.is_some();
            let words = offer.text.clone();
            self.put(&words);
            self.picked = Some(next);
            self.judge();
        }
        Asked::Still
    }

    /// Puts this in the place of what is completed.
    fn put(&mut self, words: &str) {
        put(&mut self.input, &mut self.word, words);
    }

    /// Checks what was typed, and finds what it may become.
    fn update(&mut self) {
        let value = self.input.value();
        let expected = Expected::at(value, self.input.cursor());
        self.picked = None;
        self.word = expected.word.clone();
        if self.field != expected.field {
            self.field.clone_from(&expected.field);
            self.values.clear();
        }
        self.offers = expected.offers(value, &self.known, &self.values);
        self.is_listed &= self.offers.len() > 1;
        self.judge();
    }

    /// Checks what was typed.
    fn judge(&mut self) {
        let value = self.input.value();
        self.state = match value.parse::<Filter>() {
            _ if value.trim().is_empty() => State::Empty,
            Ok(filter) => State::Valid(Box::new(filter)),
            Err(error) if error.offer.is_some() => State::Wrong(error),
            Err(error) if error.is_incomplete => State::Incomplete(error),
            // The beginning of a name or a value.
            Err(error) if error.place == self.word && !self.offers.is_empty() => {
                State::Incomplete(error)
            }
            Err(error) => State::Wrong(error),
        };
    }

    /// Returns what is listed above the line, and whether each is chosen.
    pub fn choices(&self) -> Vec<(String, bool)> {
        if !self.is_listed {
            return Vec::new();
        }
        let at = self.picked.unwrap_or(0);
        let first = (at + 1).saturating_sub(LISTED);
        let shown = self.offers.iter().enumerate().skip(first).take(LISTED);
        let widest = shown
            .clone()
            .map(|(_, offer)| text::width(&offer.text))
            .max();
        let choices = shown.map(|(index, offer)| {
            let words = printable(&offer.text);
            let words = text::left(&words, widest.unwrap_or(0).min(60));
            (
                format!("{words}   {}", offer.note()),
                self.picked == Some(index),
            )
        });
        choices.collect()
    }
}

/// Puts other words in the place of a word of a line, with the cursor behind them.
pub(super) fn put(input: &mut Input, word: &mut Range<usize>, words: &str) {
    let value = input.value();
    let (Some(before), Some(after)) = (value.get(..word.start), value.get(word.end..)) else {
        return;
    };
    let cursor = before.chars().count() + words.chars().count();
    let end = before.len() + words.len();
    *input = Input::new(format!("{before}{words}{after}")).with_cursor(cursor);
    word.end = end;
}
