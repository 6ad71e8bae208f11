//! The terminal: what is drawn on it, what is typed on it, and whether it draws the signs of the program one column wide.

use crate::glyphs::GlyphSet;
use crossterm::{
    cursor::{self, MoveToColumn},
    event::{self, Event},
    style::Print,
    terminal::{Clear, ClearType},
};
use ratatui::{
    DefaultTerminal, Frame,
    layout::{Position, Rect},
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    collections::VecDeque,
    io::{self, Write, stdout},
    time::{Duration, Instant},
};

/// The terminal.
pub struct Canvas {
    /// Where frames are drawn.
    pub terminal: DefaultTerminal,
    glyphs: GlyphSet,
    /// What was typed while the signs were measured.
    typed: VecDeque<Event>,
}

impl Canvas {
    /// Draws on a terminal that was taken over. Without `glyphs` it shows by the width of some signs whether it can draw
    /// those of Unicode; if it does not tell, it is taken to draw them.
    pub fn new(terminal: DefaultTerminal, glyphs: Option<GlyphSet>) -> Self {
        let mut typed = VecDeque::new();
        let glyphs = glyphs.unwrap_or_else(|| match measure(&mut typed) {
            Ok(Some(columns)) if columns > COLUMNS => GlyphSet::Ascii,
            _ => GlyphSet::Unicode,
        });
        Canvas {
            terminal,
            glyphs,
            typed,
        }
    }

    /// Draws a frame, with the signs that the terminal shows.
    ///
    /// # Errors
    ///
    /// Those of the terminal.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame)) -> io::Result<()> {
        let glyphs = self.glyphs;
        self.terminal.draw(|frame| {
            draw(frame);
            glyphs.apply(frame.buffer_mut());
        })?;
        Ok(())
    }

    /// Redraws everything. `Terminal::clear` would query the terminal for its cursor, and fail if it does not answer.
    ///
    /// # Errors
    ///
    /// Those of the terminal.
    pub fn clear(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    /// Waits for a key; returns whether there is one.
    ///
    /// # Errors
    ///
    /// Those of the terminal.
    pub fn poll(&self, wait: Duration) -> io::Result<bool> {
        Ok(!self.typed.is_empty() || event::poll(wait)?)
    }

    /// Returns the next key; waits for it.
    ///
    /// # Errors
    ///
    /// Those of the terminal.
    pub fn read(&mut self) -> io::Result<Event> {
        match self.typed.pop_front() {
            Some(event) => Ok(event),
            None => event::read(),
        }
    }
}

/// Signs of three kinds whose width Unicode leaves open: a line, a mark, a circled number.
const SIGNS: &str = "─●①";

/// The columns that they should take.
const COLUMNS: u16 = 3;

/// How long the terminal may take to answer.
const PATIENCE: Duration = Duration::from_millis(100);

/// Requests the position of the cursor: DSR 6 of ECMA-48.
const REQUEST: &str = "\x1b[6n";

/// Returns how many columns the terminal, whose keys are not echoed, takes for the signs; nothing if it does not answer
/// in time. What is typed meanwhile is kept.
fn measure(typed: &mut VecDeque<Event>) -> io::Result<Option<u16>> {
    let until = Instant::now() + PATIENCE;
    take_typed(typed)?;
    let mut out = stdout();
    crossterm::queue!(out, MoveToColumn(0), Print(SIGNS), Print(REQUEST))?;
    out.flush()?;
    let mut columns = None;
    while is_readable(until)? {
        if take_typed(typed)? {
            // An answer may have come with the keys, which crossterm does not tell.
            crossterm::execute!(out, Print(REQUEST))?;
            continue;
        }
        // crossterm has read an answer, and so returns it at once. It waits for two seconds if there is none.
        columns = cursor::position().ok().map(|(column, _)| column);
        // It has requested another one, which must not reach the shell if the program ends soon.
        if is_readable(Instant::now() + PATIENCE)? {
            take_typed(typed)?;
        }
        break;
    }
    crossterm::execute!(out, MoveToColumn(0), Clear(ClearType::CurrentLine))?;
    Ok(columns)
}

/// Takes what was typed; returns whether there was anything.
fn take_typed(typed: &mut VecDeque<Event>) -> io::Result<bool> {
    let before = typed.len();
    while event::poll(Duration::ZERO)? {
        typed.push_back(event::read()?);
    }
    Ok(typed.len() > before)
}

/// Waits until there is something to read from the terminal.
fn is_readable(until: Instant) -> io::Result<bool> {
    let wait = until.saturating_duration_since(Instant::now());
    let wait = Timespec {
        tv_sec: 0,
        tv_nsec: wait.subsec_nanos().into(),
    };
    let out = stdout();
    let mut terminal = [PollFd::new(&out, PollFlags::IN)];
    Ok(poll(&mut terminal, Some(&wait))? > 0)
}
