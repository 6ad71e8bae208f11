//! A question at the bottom of the screen.

use super::{text, theme::Theme};
use crate::{ports::Ports, services, track::Protocol};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use dissectors::Dissector;
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
    /// This port speaks this, or what it looks like.
    Speaks(Speaker, Option<&'static Dissector>),
    /// This is to be looked for.
    Find(String),
    /// This file is to be written.
    Save(String),
}

/// A port of which it is asked what it speaks.
pub type Speaker = (Protocol, u16);

enum Kind {
    Ports { before: Ports },
    GoTo,
    DecodeAs(Speaker),
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

    /// What does this port speak?
    pub fn decode_as(port: Speaker, now: Option<&'static Dissector>) -> Self {
        Prompt {
            kind: Kind::DecodeAs(port),
            input: Input::new(now.map_or(String::new(), |now| now.name.to_owned())),
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
        if key.code == KeyCode::Tab
            && let Kind::DecodeAs(_) = self.kind
        {
            self.complete();
            return Asked::Still;
        }
        if key.code == KeyCode::Enter {
            return match (&self.kind, &self.error) {
                // A list of names is no error in the one that was typed.
                (Kind::DecodeAs(port), _) => match self.dissector() {
                    Ok(found) => Asked::Speaks(*port, found),
                    Err(words) => {
                        self.error = Some(words);
                        Asked::Still
                    }
                },
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

    fn dissector(&self) -> Result<Option<&'static Dissector>, String> {
        match self.input.value().trim() {
            "" => Ok(None),
            name => services::spoken(name).map(Some),
        }
    }

    /// Types as much as all names have in common that begin so.
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
            .map_err(|_| "that is no packet number".to_owned())
    }

    /// Draws it, with the cursor where one types.
    pub fn draw(&self, theme: &Theme, frame: &mut Frame, area: Rect) {
        let question = match &self.kind {
            Kind::Ports { .. } => " Ports (80,443  8000-8100  !22): ".to_owned(),
            Kind::GoTo => " Go to packet: ".to_owned(),
            Kind::Find { bytes: false } => " Find: ".to_owned(),
            Kind::Find { bytes: true } => " Find bytes (ff d8) or text: ".to_owned(),
            Kind::Save => " Save to a new file: ".to_owned(),
            Kind::DecodeAs((protocol, port)) => {
                format!(" {} port {port} speaks: ", protocol.name().to_uppercase())
            }
        };
        let asked = text::width(&question);
        let value = self.input.value();
        let note = match &self.error {
            Some(words) => format!("   {words}"),
            None => {
                let enter = match self.kind {
                    Kind::Ports { .. } => "keeps",
                    Kind::GoTo => "goes there",
                    Kind::Find { .. } => "finds",
                    Kind::Save => "saves",
                    Kind::DecodeAs(_) => "says so, tab completes, nothing has it recognised",
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
            (question, theme.key),
            (value.to_owned(), Style::new()),
            (note, style),
        ];
        frame.render_widget(text::line(parts, area.width.into()), area);
        let column = asked + self.input.visual_cursor();
        let x = area.x + (column as u16).min(area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(x, area.y));
    }
}
