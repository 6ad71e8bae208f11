//! The line where a display filter is typed. Its colour and a sign show whether it is valid, incomplete or wrong; tab
//! completes it.

pub mod offers;

#[cfg(test)]
mod tests;

use self::offers::{Expected, Offer};
use super::{
    field_values::FieldValues, kept_filters::KeptFilters, prompt::Asked, text, theme::Theme,
};
use crate::{
    filter::{Filter, FilterError},
    format::printable,
    lang::text,
};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};
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

    /// Draws it, with the cursor at the input. An error that does not fit beside it is drawn above.
    pub fn draw(&self, theme: &Theme, frame: &mut Frame, area: Rect) {
        let room = usize::from(area.width);
        if let Some(input) = &self.naming {
            let question = format!(" {} ", text!("prompt-filter-name"));
            let asked = text::width(&question);
            let hint = format!("   {}", text!("prompt-filter-name-hint"));
            let name = printable(input.value());
            let parts = [
                (question, theme.key),
                (name, Style::new()),
                (hint, theme.dim),
            ];
            frame.render_widget(text::line(parts, room), area);
            let x = (asked + input.visual_cursor()).min(room.saturating_sub(1));
            frame.set_cursor_position(Position::new(area.x + x as u16, area.y));
            return;
        }
        let question = format!(" {} ▸ ", text!("prompt-filter"));
        let asked = text::width(&question);
        let left = room.saturating_sub(asked);
        let typed = text::width(self.input.value()) + 1;
        let beside = left.saturating_sub(typed.max(LEAST.min(left)) + 3);
        let (sign, style) = match &self.state {
            State::Empty => (" ", theme.dim),
            State::Valid(_) => ("✓", theme.good),
            State::Incomplete(_) => ("…", theme.warning),
            State::Wrong(_) => ("✗", theme.bad),
        };
        let mut note = String::new();
        match self.reason() {
            Some(reason) if text::width(&reason) + 2 <= beside => note = reason,
            Some(reason) => self.draw_above(&format!("{sign} {reason}"), style, frame, area),
            None => note = self.notes(beside.saturating_sub(2)),
        }
        let note = match self.state {
            State::Empty => format!("   {note}"),
            _ => format!("   {sign} {note}"),
        };
        let note = text::cut(&note, left.saturating_sub(typed.min(LEAST)));
        let left = left.saturating_sub(text::width(&note));
        let scroll = self.input.visual_scroll(left);
        let note_style = match self.reason() {
            Some(_) => style,
            None => theme.dim,
        };
        let mut spans = vec![Span::styled(question, theme.key)];
        spans.extend(self.spans(style, scroll, left));
        spans.push(Span::styled(note, note_style));
        frame.render_widget(Line::from(spans), area);
        let column = asked + self.input.visual_cursor().saturating_sub(scroll);
        let x = area.x + (column as u16).min(area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(x, area.y));
    }

    /// Returns what is wrong, if that is to be shown.
    fn reason(&self) -> Option<String> {
        match &self.state {
            State::Wrong(FilterError {
                reason,
                offer: Some(_),
                ..
            }) => {
                let tab = text!("prompt-tab-takes-it");
                Some(format!("{reason}; {tab}"))
            }
            State::Wrong(error) => Some(error.reason.clone()),
            State::Incomplete(error) if self.offers.is_empty() => Some(error.reason.clone()),
            _ => None,
        }
    }

    fn draw_above(&self, words: &str, style: Style, frame: &mut Frame, area: Rect) {
        let lines = text::wrap(words, usize::from(area.width).saturating_sub(2).max(1));
        let count = (lines.len() as u16).min(area.y);
        for (words, y) in lines.iter().zip(area.y - count..area.y) {
            let place = Rect {
                y,
                height: 1,
                ..area
            };
            text::clear(frame.buffer_mut(), place);
            frame.render_widget(Line::styled(format!(" {words}"), style), place);
        }
    }

    /// Returns what was done, the names that may be meant, or the hints of the keys, in at most this many columns.
    fn notes(&self, room: usize) -> String {
        if let Some(done) = self.done.as_ref().filter(|done| text::width(done) <= room) {
            return done.clone();
        }
        if !self.offers.is_empty() && !self.is_listed && !matches!(self.state, State::Empty) {
            return self.names(room);
        }
        let escape = text!("prompt-esc-cancels");
        let used = (!self.known.used.is_empty()).then(|| text!("prompt-filter-used"));
        let named = (!self.known.named.is_empty()).then(|| text!("prompt-filter-named"));
        let picked = self.picked.and_then(|at| self.offers.get(at));
        let forgets = picked.is_some_and(|offer| offer.name.is_some());
        let forgets = forgets.then(|| text!("prompt-filter-forget"));
        let refers = match &self.state {
            State::Valid(filter) if filter.has_references() => Some(match self.known.chosen {
                Some(packet) => text!("prompt-filter-refers", packet, reference = REFERENCE),
                None => text!("prompt-filter-refers-to-none", reference = REFERENCE),
            }),
            _ => None,
        };
        let hints = match self.state {
            State::Empty => vec![
                vec![Some(text!("prompt-filter-examples")), used, named],
                vec![Some(text!("prompt-filter-examples")), used],
                vec![Some(text!("prompt-filter-examples"))],
                vec![Some(text!("prompt-filter-all")), used],
                vec![Some(text!("prompt-filter-all"))],
            ],
            _ => {
                let enter = Some(text!("prompt-enter-applies"));
                let refers = refers.as_deref();
                let name = Some(text!("prompt-filter-save"));
                vec![
                    vec![refers, forgets, enter, used, name, Some(escape)],
                    vec![refers, forgets, enter, used, Some(escape)],
                    vec![refers, forgets, enter, Some(escape)],
                    vec![refers, enter],
                    vec![Some(escape)],
                ]
            }
        };
        let joined = hints.into_iter().map(|clauses| {
            let clauses: Vec<&str> = clauses.into_iter().flatten().collect();
            clauses.join(", ")
        });
        let mut fitting = joined.filter(|words| text::width(words) <= room);
        fitting.next().unwrap_or_default()
    }

    /// Returns as many offers as there is room for.
    fn names(&self, room: usize) -> String {
        let mut names = String::new();
        for (at, offer) in self.offers.iter().enumerate() {
            let name = printable(offer.name.as_ref().unwrap_or(&offer.text));
            let gap = if at > 0 { "   " } else { "" };
            let more = if at + 1 < self.offers.len() { 2 } else { 0 };
            if text::width(&names) + gap.len() + text::width(&name) + more > room {
                names += if at > 0 { " …" } else { "" };
                break;
            }
            names += gap;
            names += &name;
        }
        names
    }

    /// Returns what is visible of the input in this many columns, with the wrong place marked.
    fn spans(&self, style: Style, scroll: usize, room: usize) -> Vec<Span<'static>> {
        let value = self.input.value();
        let wrong = match &self.state {
            State::Wrong(error) => {
                let rest = value.get(error.place.start..).unwrap_or_default();
                let next = rest.chars().next().map_or(0, char::len_utf8);
                error.place.start..error.place.end.max(error.place.start + next)
            }
            _ => 0..0,
        };
        let mut spans = Vec::new();
        let mut run = (String::new(), false);
        let (mut column, mut used) = (0, 0);
        for (at, letter) in value.char_indices() {
            let width = text::width(letter.encode_utf8(&mut [0; 4]));
            column += width;
            if column <= scroll {
                continue;
            }
            if used + width > room {
                break;
            }
            used += width;
            let is_wrong = wrong.contains(&at);
            if run.1 != is_wrong {
                let words = std::mem::take(&mut run.0);
                spans.push(Span::styled(words, marked(style, run.1)));
                run.1 = is_wrong;
            }
            run.0.push(letter);
        }
        spans.push(Span::styled(run.0, marked(style, run.1)));
        spans
    }
}

fn marked(style: Style, is_wrong: bool) -> Style {
    match is_wrong {
        true => style.add_modifier(Modifier::UNDERLINED | Modifier::BOLD),
        false => style,
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
