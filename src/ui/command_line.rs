//! The line behind `:` where a command is typed, and the palette, where typing narrows the list of all commands.

use super::{
    commands::{self, Known, Offer, parse},
    filter_line,
    prompt::Asked,
    text,
    theme::Theme,
};
use crate::{format::printable, lang::text};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
};
use std::ops::Range;
use tui_input::{Input, backend::crossterm::EventHandler};

/// As many offers are listed above the line.
const LISTED: usize = 12;

/// A line is at most this long, bytes.
const LONGEST: usize = 4096;

/// As many lines are remembered.
const REMEMBERED: usize = 200;

/// The commands that were typed before, the latest last.
#[derive(Clone, Debug, Default)]
pub struct History(Vec<String>);

impl History {
    /// Remembers a line; one that was typed before moves to the end.
    pub fn add(&mut self, line: &str) {
        self.0.retain(|before| before != line);
        self.0.push(line.to_owned());
        if self.0.len() > REMEMBERED {
            self.0.remove(0);
        }
    }
}

/// A command that is being typed.
pub struct CommandLine {
    input: Input,
    /// Whether all commands are listed, and what is typed chooses among them.
    is_palette: bool,
    known: Known,
    word: Range<usize>,
    offers: Vec<Offer>,
    is_listed: bool,
    picked: Option<usize>,
    history: History,
    /// Which of the earlier lines is shown, and what was typed instead.
    at: Option<usize>,
    draft: String,
}

impl CommandLine {
    /// Returns an empty line.
    pub fn new(known: Known, history: History) -> Self {
        let mut line = CommandLine {
            input: Input::default(),
            is_palette: false,
            known,
            word: 0..0,
            offers: Vec::new(),
            is_listed: false,
            picked: None,
            history,
            at: None,
            draft: String::new(),
        };
        line.update();
        line
    }

    /// Returns the palette.
    pub fn palette(known: Known, history: History) -> Self {
        let mut line = CommandLine {
            is_palette: true,
            ..CommandLine::new(known, history)
        };
        line.update();
        line
    }

    /// Handles a key.
    pub fn key(&mut self, key: KeyEvent) -> Asked {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc if self.is_listed && !self.is_palette => self.is_listed = false,
            KeyCode::Esc => return Asked::Done(None),
            KeyCode::Char('c') if control => return Asked::Done(None),
            KeyCode::Backspace if self.input.value().is_empty() => return Asked::Done(None),
            KeyCode::Enter => return self.enter(),
            KeyCode::Up | KeyCode::BackTab if self.is_palette => self.pick(false),
            KeyCode::Down | KeyCode::Tab if self.is_palette => self.pick(true),
            KeyCode::Char('p') if control && self.is_palette => self.pick(false),
            KeyCode::Char('n') if control && self.is_palette => self.pick(true),
            KeyCode::Tab => self.complete(true),
            KeyCode::BackTab => self.complete(false),
            KeyCode::Up => self.recall(true),
            KeyCode::Down => self.recall(false),
            KeyCode::Char(_) if self.input.value().len() >= LONGEST => {}
            _ => {
                self.input.handle_event(&Event::Key(key));
                self.at = None;
                self.update();
            }
        }
        Asked::Still
    }

    fn enter(&mut self) -> Asked {
        if !self.is_palette {
            return Asked::Command(self.input.value().trim().to_owned());
        }
        let Some(offer) = self.picked.and_then(|at| self.offers.get(at)) else {
            return Asked::Still;
        };
        let name = offer.text.clone();
        if !commands::find(&name).is_some_and(commands::CommandDef::needs_argument) {
            return Asked::Command(name);
        }
        // What is missing is typed.
        self.is_palette = false;
        self.is_listed = false;
        self.input = Input::new(format!("{name} "));
        self.update();
        Asked::Still
    }

    /// Chooses the next offer of the palette, or the previous one.
    fn pick(&mut self, forward: bool) {
        let count = self.offers.len().max(1);
        let at = self.picked.unwrap_or(0);
        let step = if forward { 1 } else { count - 1 };
        self.picked = (!self.offers.is_empty()).then_some((at + step) % count);
    }

    /// Completes the common beginning of what is offered; then lists it, and chooses one after another.
    fn complete(&mut self, forward: bool) {
        let count = self.offers.len();
        let common = common(&self.offers);
        let value = self.input.value();
        let typed = value.get(self.word.clone()).unwrap_or_default();
        if self.picked.is_none() && common.len() > typed.len() && common.starts_with(typed) {
            self.put(&common);
            self.update();
            self.is_listed = self.offers.len() > 1;
            return;
        }
        let next = match (self.picked, forward) {
            (None, true) => 0,
            (None, false) => count.saturating_sub(1),
            (Some(at), true) => (at + 1) % count.max(1),
            (Some(at), false) => (at + count.saturating_sub(1)) % count.max(1),
        };
        if let Some(offer) = self.offers.get(next) {
            self.is_listed = count > 1;
            let words = offer.text.clone();
            self.put(&words);
            self.picked = Some(next);
        }
    }

    /// Puts this in the place of what is completed.
    fn put(&mut self, words: &str) {
        filter_line::put(&mut self.input, &mut self.word, words);
    }

    /// Shows an earlier line, or what was typed.
    fn recall(&mut self, earlier: bool) {
        let lines = &self.history.0;
        let to = match (self.at, earlier) {
            (None, true) => lines.len().checked_sub(1),
            (Some(at), true) => at.checked_sub(1),
            (Some(at), false) => Some(at + 1),
            (None, false) => None,
        };
        let Some(to) = to else { return };
        if self.at.is_none() {
            self.draft = self.input.value().to_owned();
        }
        let shown = lines.get(to).cloned();
        self.at = shown.is_some().then_some(to);
        self.input = Input::new(shown.unwrap_or_else(|| self.draft.clone()));
        self.update();
    }

    /// Finds what the line may become.
    fn update(&mut self) {
        if self.is_palette {
            let found = commands::matching(self.input.value());
            self.offers = found.into_iter().map(Offer::command).collect();
            self.picked = (!self.offers.is_empty()).then_some(0);
            self.is_listed = true;
            return;
        }
        self.picked = None;
        (self.word, self.offers) =
            commands::offers(self.input.value(), self.input.cursor(), &self.known);
        self.is_listed &= self.offers.len() > 1;
    }

    /// Returns what is listed above the line, and whether each is chosen.
    pub fn choices(&self) -> Vec<(String, bool)> {
        if !self.is_listed {
            return Vec::new();
        }
        let at = self.picked.unwrap_or(0);
        let first = (at + 1).saturating_sub(LISTED);
        let widths = self.offers.iter().map(|offer| text::width(&offer.text));
        let widest = widths.max().unwrap_or(0).min(60);
        let shown = self.offers.iter().enumerate().skip(first).take(LISTED);
        let choices = shown.map(|(index, offer)| {
            let words = text::left(&printable(&offer.text), widest);
            (
                format!("{words}   {}", printable(&offer.note)),
                self.picked == Some(index),
            )
        });
        choices.collect()
    }

    /// Returns what is written behind the line: what the command does, or what is wrong with it so far.
    fn note(&self) -> Option<String> {
        if self.is_palette {
            let found = self
                .offers
                .is_empty()
                .then(|| text!("command-line-no-match"));
            return Some(
                found
                    .unwrap_or(text!("command-line-palette-hint"))
                    .to_owned(),
            );
        }
        let value = self.input.value().trim();
        match parse(value) {
            _ if value.is_empty() => Some(text!("command-line-hint").to_owned()),
            Ok(Some(typed)) => Some(format!(
                "{}: {}",
                typed.command.usage(),
                typed.command.help.text()
            )),
            Ok(None) => None,
            // The beginning of several.
            Err(_) if !self.offers.is_empty() => Some(text!("command-line-tab").to_owned()),
            Err(why) => Some(why),
        }
    }

    /// Draws it, with the cursor at the input.
    pub fn draw(&self, theme: &Theme, frame: &mut Frame, area: Rect) {
        let room = usize::from(area.width);
        let question = match self.is_palette {
            true => format!(" {} ▸ ", text!("command-line-palette")),
            false => " :".to_owned(),
        };
        let asked = text::width(&question);
        let left = room.saturating_sub(asked);
        let value = printable(self.input.value());
        let typed = text::width(&value) + 1;
        let note = self
            .note()
            .map_or(String::new(), |note| format!("   {note}"));
        // What is typed has room before it.
        let note = text::cut(&note, left.saturating_sub(typed));
        let left = left.saturating_sub(text::width(&note));
        let scroll = self.input.visual_scroll(left.saturating_sub(1));
        let parts = [
            (question, theme.key),
            (
                text::left(text::behind(&value, scroll), typed.min(left)),
                Style::new(),
            ),
            (note, theme.dim),
        ];
        frame.render_widget(text::line(parts, room), area);
        let column = asked + self.input.visual_cursor().saturating_sub(scroll);
        let x = area.x + (column as u16).min(area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(x, area.y));
    }
}

/// Returns the beginning that all offers have.
fn common(offers: &[Offer]) -> String {
    let Some(Offer { text: first, .. }) = offers.first() else {
        return String::new();
    };
    let is_common = |length: &usize| {
        let head = first.get(..*length);
        head.is_some() && offers.iter().all(|offer| offer.text.get(..*length) == head)
    };
    let length = (0..=first.len()).rev().find(is_common).unwrap_or(0);
    first.get(..length).unwrap_or_default().to_owned()
}
