//! The terminal that is drawn on, and whether it draws the signs of the program one column wide.

use crate::glyphs::GlyphSet;
use crossterm::{
    cursor::{self, MoveToColumn},
    event,
    style::Print,
    terminal::{Clear, ClearType},
};
use ratatui::{
    DefaultTerminal, Frame,
    layout::{Position, Rect},
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io::{self, Write, stdout},
    time::Duration,
};

/// The terminal, and the signs that are drawn on it.
pub struct Canvas {
    /// The terminal.
    pub terminal: DefaultTerminal,
    /// The signs.
    pub glyphs: GlyphSet,
}

impl Canvas {
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
}

/// Signs of three kinds whose width Unicode leaves open: a line, a mark, a circled number.
const SIGNS: &str = "─●①";

/// The columns that they should take.
const COLUMNS: u16 = 3;

/// How long the terminal may take to answer.
const PATIENCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// Returns the signs for the width in which the terminal draws some of them: those of Unicode also if it does not tell.
pub fn measured() -> GlyphSet {
    match columns() {
        Ok(Some(columns)) if columns > COLUMNS => GlyphSet::Ascii,
        _ => GlyphSet::Unicode,
    }
}

/// Returns how many columns the terminal, whose keys are not echoed, takes for the signs; nothing if it does not answer
/// in time. crossterm waits for an answer for two seconds, so it is asked only once there is something to read. Keys that
/// were typed meanwhile stay in its queue.
fn columns() -> io::Result<Option<u16>> {
    // What was typed before is no answer.
    event::poll(Duration::ZERO)?;
    let mut out = stdout();
    crossterm::queue!(out, MoveToColumn(0), Print(SIGNS), Print(REQUEST))?;
    out.flush()?;
    let answer = match answers()? {
        // This requests the position once more.
        true => {
            let position = cursor::position();
            if position.is_ok() && answers()? {
                event::poll(Duration::ZERO)?;
            }
            position.ok().map(|(column, _)| column)
        }
        false => None,
    };
    crossterm::execute!(out, MoveToColumn(0), Clear(ClearType::CurrentLine))?;
    Ok(answer)
}

/// Requests the position of the cursor: DSR 6 of ECMA-48.
const REQUEST: &str = "\x1b[6n";

/// Waits until there is something to read from the terminal.
fn answers() -> io::Result<bool> {
    let out = stdout();
    let mut terminal = [PollFd::new(&out, PollFlags::IN)];
    Ok(poll(&mut terminal, Some(&PATIENCE))? > 0)
}
