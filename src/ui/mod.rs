//! The screen.
//!
//! It never waits: a frame is drawn from what the store holds by now, and the index goes on beside it.

pub mod action;
pub mod again;
pub mod app;
pub mod called;
pub mod list;
pub mod panes;
pub mod prompt;
pub mod settings;
pub mod start;
pub mod text;
pub mod theme;

pub use action::{Action, Scope};
pub use app::{App, Shared};

use app::Then;
use crossterm::{
    clipboard::CopyToClipboard,
    event::{self, DisableMouseCapture, EnableMouseCapture},
    execute,
};
use ratatui::{
    DefaultTerminal,
    layout::{Position, Rect},
};
use start::{Choice, Start};
use std::{
    io::{self, stdout},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use theme::Theme;

/// While a capture loads the screen is drawn this often.
const FRAME: Duration = Duration::from_millis(33);

/// How long a key is waited for when nothing changes by itself; signals are looked for in between.
const IDLE: Duration = Duration::from_millis(250);

/// The terminal while it is ours. It is given back as it was found when this is dropped, and also by a panic.
pub struct Screen {
    terminal: DefaultTerminal,
}

impl Screen {
    /// Takes the terminal over.
    pub fn open() -> io::Result<Self> {
        let terminal = ratatui::try_init()?;
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let _ = execute!(stdout(), DisableMouseCapture);
            hook(info);
        }));
        let _ = execute!(stdout(), EnableMouseCapture);
        Ok(Screen { terminal })
    }

    /// Asks which capture to open; nothing when the user leaves.
    pub fn ask(&mut self, theme: Theme, stop: &AtomicBool) -> io::Result<Option<Choice>> {
        Start::new(theme).ask(&mut self.terminal, stop)
    }

    /// Shows a capture until the user leaves, or `stop` is set by a signal.
    pub fn show(&mut self, app: &mut App, stop: &AtomicBool) -> io::Result<Left> {
        events(&mut self.terminal, app, stop)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back as it was found.
pub fn restore() {
    let _ = execute!(stdout(), DisableMouseCapture);
    ratatui::restore();
}

/// How a capture was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// The program ends.
    Quit,
    /// The live capture begins anew.
    Restart,
}

fn events(terminal: &mut DefaultTerminal, app: &mut App, stop: &AtomicBool) -> io::Result<Left> {
    loop {
        terminal.draw(|frame| app.draw(frame))?;
        let drawn = Instant::now();
        let wait = match app.is_loading() {
            _ if app.is_working() => Duration::ZERO,
            true => FRAME,
            false => IDLE,
        };
        // Whatever is typed ahead is taken before the next frame.
        while event::poll(wait.saturating_sub(drawn.elapsed()))? {
            match app.handle(event::read()?) {
                Then::GoOn => {}
                Then::Quit => return Ok(Left::Quit),
                Then::Restart => return Ok(Left::Restart),
                Then::Redraw => clear(terminal)?,
                Then::Suspend => suspend(terminal)?,
                Then::Copy(text) => execute!(stdout(), CopyToClipboard::to_clipboard_from(text))?,
            }
            if !event::poll(Duration::ZERO)? {
                break;
            }
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(Left::Quit);
        }
    }
}

/// Has everything drawn anew. `Terminal::clear` would ask the terminal where its cursor is, and fail where none answers.
fn clear(terminal: &mut DefaultTerminal) -> io::Result<()> {
    let size = terminal.size()?;
    terminal.resize(Rect::from((Position::ORIGIN, size)))
}

/// Back to the shell, until it brings us to the front again.
fn suspend(terminal: &mut DefaultTerminal) -> io::Result<()> {
    let _ = execute!(stdout(), DisableMouseCapture);
    ratatui::try_restore()?;
    signal_hook::low_level::raise(signal_hook::consts::SIGTSTP)?;
    *terminal = ratatui::try_init()?;
    let _ = execute!(stdout(), EnableMouseCapture);
    clear(terminal)
}
