//! The screen.
//!
//! It never waits: a frame is drawn from the current contents of the store, while the index continues.

pub mod action;
pub mod app;
mod canvas;
mod clipboard;
pub mod color_rules;
pub mod command_line;
pub mod commands;
pub mod display_filter;
pub mod display_name;
mod field_values;
mod filter_line;
mod finding;
pub mod kept_columns;
pub mod kept_filters;
pub mod keys;
pub mod layout;
mod legend;
pub mod list;
pub mod live_findings;
pub mod live_statistics;
pub mod pane;
pub mod panes;
pub mod plot;
pub mod prompt;
pub mod rates;
pub mod reader;
pub mod recent;
mod row_filters;
pub mod settings;
pub mod stack;
pub mod start;
pub mod text;
pub mod theme;
pub mod waiting;

pub use action::{Action, Scope};
pub use app::{App, Common, Shared, Shown, Tab, Tabs};

use crate::glyphs::GlyphSet;
use app::{Effect, FRAME_INTERVAL};
use canvas::Canvas;
use crossterm::{
    event::{DisableMouseCapture, EnableMouseCapture},
    execute,
};
use start::{Start, StartChoice};
use std::{
    io::{self, stdout},
    path::PathBuf,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    time::{Duration, Instant},
};
use theme::Theme;

/// The terminal while the program uses it. It is restored when this is dropped, and also by a panic.
pub struct Screen {
    canvas: Canvas,
}

impl Screen {
    /// Takes over the terminal. Without `glyphs` it shows by the width of some signs whether it can draw those of
    /// Unicode.
    pub fn open(glyphs: Option<GlyphSet>) -> io::Result<Self> {
        let terminal = ratatui::try_init()?;
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // A panic of that thread is shown on the screen, which continues.
            if std::thread::current().name() == Some(reader::THREAD) {
                return;
            }
            let _ = execute!(stdout(), DisableMouseCapture);
            hook(info);
        }));
        let canvas = Canvas::new(terminal, glyphs);
        let _ = execute!(stdout(), EnableMouseCapture);
        Ok(Screen { canvas })
    }

    /// Asks which capture to open; returns nothing when the user quits.
    pub fn ask(&mut self, start: &mut Start, stop: &AtomicBool) -> io::Result<Option<StartChoice>> {
        start.ask(&mut self.canvas, stop)
    }

    /// Shows that a capture is waited for; returns nothing when the user quits.
    pub fn wait<T>(
        &mut self,
        theme: &Theme,
        name: &str,
        comes: &Receiver<T>,
        stop: &AtomicBool,
    ) -> io::Result<Option<T>> {
        waiting::wait(&mut self.canvas, theme, name, comes, stop)
    }

    /// Shows a capture until the user quits, or `stop` is set by a signal.
    pub fn show(&mut self, app: &mut App, stop: &AtomicBool) -> io::Result<Leaving> {
        events(&mut self.canvas, app, stop)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Restores the terminal.
pub fn restore() {
    let _ = execute!(stdout(), DisableMouseCapture);
    ratatui::restore();
}

/// How a capture was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// It is closed; with the last one the program ends.
    Quit,
    /// The program ends, if no capture has something that was not saved.
    QuitAll,
    /// It is closed although something of it was not saved, and the program ends if no other capture has such.
    QuitRest,
    /// The program ends.
    QuitAllNow,
    /// Another capture that is open is shown.
    Tab(Tab),
    /// The live capture starts again.
    Restart,
    /// Another capture is opened in its place.
    Open(PathBuf),
    /// Another capture is opened besides.
    OpenTab(PathBuf),
}

/// Draws when something has changed, at most 60 times per second, and handles keys as they come.
fn events(canvas: &mut Canvas, app: &mut App, stop: &AtomicBool) -> io::Result<Leaving> {
    let mut touched = Instant::now();
    let mut drawn: Option<Instant> = None;
    let mut changed = true;
    loop {
        let passed = drawn.map(|at| at.elapsed());
        if changed && passed.is_none_or(|passed| passed >= FRAME_INTERVAL) {
            canvas.draw(|frame| app.draw(frame))?;
            drawn = Some(Instant::now());
            changed = false;
        }
        let passed = drawn.map_or(Duration::ZERO, |at| at.elapsed());
        let wait = match changed {
            true => FRAME_INTERVAL.saturating_sub(passed),
            false => app.poll_timeout(touched.elapsed()),
        };
        if canvas.poll(wait)? {
            match app.handle(canvas.read()?) {
                Effect::None => {}
                Effect::Leave(leaving) => return Ok(leaving),
                Effect::Redraw => canvas.clear()?,
                Effect::Suspend => suspend(canvas)?,
                Effect::Copy(text) => copy(&text)?,
            }
            touched = Instant::now();
            changed = true;
        }
        changed = changed || app.has_changed();
        if let Some(text) = app.take_copied() {
            copy(&text)?;
        }
        if stop.load(Ordering::Relaxed) || app.is_done() {
            return Ok(Leaving::Quit);
        }
    }
}

/// Copies a text to the clipboard of the terminal.
fn copy(text: &str) -> io::Result<()> {
    clipboard::copy(text, |name| std::env::var(name).ok(), &mut stdout())
}

/// Returns to the shell, until the program is continued in the foreground.
fn suspend(canvas: &mut Canvas) -> io::Result<()> {
    let _ = execute!(stdout(), DisableMouseCapture);
    ratatui::try_restore()?;
    signal_hook::low_level::raise(signal_hook::consts::SIGTSTP)?;
    canvas.terminal = ratatui::try_init()?;
    let _ = execute!(stdout(), EnableMouseCapture);
    canvas.clear()
}
