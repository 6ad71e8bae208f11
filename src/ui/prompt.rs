//! A question at the bottom of the screen.

use super::{text, theme::Theme};
use crate::ports::Ports;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
};
use tui_input::{Input, backend::crossterm::EventHandler};

/// What has come of a question.
pub enum Asked {
    /// It is still being answered.
    Still,
    /// It was taken back.
    Cancelled,
    /// The ports as they stand by now: they count at once.
    Ports(Ports),
    /// It is answered; with a number, if it asked for one.
    Done(Option<u32>),
    /// This is to be looked for.
    Find(String),
    /// This file is to be written.
    Save(String),
}

enum Kind {
    Ports { before: Ports },
    GoTo,
    Find { bytes: bool },
    Save,
}

/// A question.
pub struct Prompt {
    kind: Kind,
    input: Input,
    error: Option<String>,
}

impl Prompt {
    /// Which ports?
    pub fn ports(now: &Ports) -> Self {
        let kind = Kind::Ports {
            before: now.clone(),
        };
        Prompt {
            kind,
            input: Input::new(now.to_string()),
            error: None,
        }
    }

    /// Which packet?
    pub fn go_to() -> Self {
        Prompt {
            kind: Kind::GoTo,
            input: Input::default(),
            error: None,
        }
    }

    /// What to look for?
    pub fn find(bytes: bool) -> Self {
        Prompt {
            kind: Kind::Find { bytes },
            input: Input::default(),
            error: None,
        }
    }

    /// Which file?
    pub fn save(name: String) -> Self {
        Prompt {
            kind: Kind::Save,
            input: Input::new(name),
            error: None,
        }
    }

    /// Says what is wrong with the answer.
    pub fn refuse(&mut self, words: String) {
        self.error = Some(words);
    }

    /// The ports as they were before the question.
    pub fn before(&self) -> Ports {
        match &self.kind {
            Kind::Ports { before } => before.clone(),
            _ => Ports::default(),
        }
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Asked {
        let cancels = key.code == KeyCode::Esc
            || (key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL));
        if cancels {
            return match self.kind {
                Kind::Ports { .. } => Asked::Cancelled,
                _ => Asked::Done(None),
            };
        }
        if key.code == KeyCode::Enter {
            return match (&self.kind, &self.error) {
                (_, Some(_)) => Asked::Still,
                (Kind::Ports { .. }, None) => Asked::Done(None),
                (Kind::Find { .. }, None) => Asked::Find(self.input.value().to_owned()),
                (Kind::Save, None) => Asked::Save(self.input.value().trim().to_owned()),
                (Kind::GoTo, None) => match self.number() {
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
        if let Kind::Ports { .. } = self.kind {
            match self.input.value().parse() {
                Ok(ports) => return Asked::Ports(ports),
                Err(words) => self.error = Some(words),
            }
        }
        Asked::Still
    }

    fn number(&self) -> Result<Option<u32>, String> {
        let text = self.input.value().trim().replace([',', ' '], "");
        if text.is_empty() {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|_| "that is no packet number".to_owned())
    }

    /// Draws it, with the cursor where one types.
    pub fn draw(&self, theme: &Theme, frame: &mut Frame, area: Rect) {
        let question = match self.kind {
            Kind::Ports { .. } => " Ports (80,443  8000-8100  !22): ",
            Kind::GoTo => " Go to packet: ",
            Kind::Find { bytes: false } => " Find: ",
            Kind::Find { bytes: true } => " Find bytes (ff d8) or text: ",
            Kind::Save => " Save to a new file: ",
        };
        let value = self.input.value();
        let note = match &self.error {
            Some(words) => format!("   {words}"),
            None => {
                let enter = match self.kind {
                    Kind::Ports { .. } => "keeps",
                    Kind::GoTo => "goes there",
                    Kind::Find { .. } => "finds",
                    Kind::Save => "saves",
                };
                format!("   enter {enter}, esc takes back")
            }
        };
        let style = if self.error.is_some() {
            theme.bad
        } else {
            theme.dim
        };
        let parts = [
            (question.to_owned(), theme.key),
            (value.to_owned(), Style::new()),
            (note, style),
        ];
        frame.render_widget(text::line(parts, area.width.into()), area);
        let column = text::width(question) + self.input.visual_cursor();
        let x = area.x + (column as u16).min(area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(x, area.y));
    }
}
