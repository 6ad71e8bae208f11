//! The screen until a capture begins: a pipe may be silent for any time.
//!
//! ```text
//!  wiretalk  standard input
//!
//!    Waiting for standard input …
//!    The capture is shown as soon as its first bytes arrive.
//!
//!  q quit
//! ```

use super::{Action, Scope, action, canvas::Canvas, text, theme::Theme};
use crate::lang::text;
use crossterm::event::{Event, KeyEventKind};
use ratatui::{Frame, layout::Rect, style::Style};
use std::{
    io,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Duration,
};

/// The polling interval for the beginning of a capture.
const LOOK: Duration = Duration::from_millis(50);

/// Waits for the source of a capture; returns nothing when the user quits or a signal ends the program.
///
/// # Errors
///
/// Those of the terminal.
pub fn wait<T>(
    canvas: &mut Canvas,
    theme: &Theme,
    name: &str,
    comes: &Receiver<T>,
    stop: &AtomicBool,
) -> io::Result<Option<T>> {
    canvas.draw(|frame| draw(frame, theme, name))?;
    loop {
        match comes.recv_timeout(LOOK) {
            Ok(opened) => return Ok(Some(opened)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        while canvas.poll(Duration::ZERO)? {
            match canvas.read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => {
                    if let Some(Action::Quit | Action::Back | Action::BackOrQuit) =
                        action::action(key, Scope::All)
                    {
                        return Ok(None);
                    }
                }
                Event::Resize(..) => {
                    canvas.draw(|frame| draw(frame, theme, name))?;
                }
                _ => {}
            }
        }
    }
}

fn draw(frame: &mut Frame, theme: &Theme, name: &str) {
    let area = frame.area();
    let mut line = |y: u16, parts: Vec<(String, Style)>| {
        let place = Rect {
            y,
            height: 1,
            ..area
        };
        let line = text::line(parts, area.width.into());
        frame.render_widget(line, place.intersection(area));
    };
    let part = |words: &str, style| (words.to_owned(), style);
    line(
        area.y,
        vec![part(" wiretalk  ", theme.heading), part(name, theme.key)],
    );
    line(
        area.y + 2,
        vec![(format!("   {}", text!("waiting-for", name)), Style::new())],
    );
    let words = format!("   {}", text!("waiting-first-bytes"));
    line(area.y + 3, vec![(words, theme.dim)]);
    let foot = area.bottom().saturating_sub(1);
    let quit = part(text!("hint-quit"), theme.dim);
    line(foot, vec![part(" q ", theme.key), quit]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{panes::packets::tests::screen, theme::Look};

    #[test]
    fn it_says_what_it_waits_for_in_any_size() {
        let theme = Theme::new(Look::Plain);
        let words = screen(60, 8, |frame| draw(frame, &theme, "standard input"));
        assert!(words.contains("Waiting for standard input …"), "{words}");
        assert!(words.contains("q quit"), "{words}");
        for (width, height) in [(1, 1), (3, 2), (20, 4)] {
            screen(width, height, |frame| draw(frame, &theme, "a"));
        }
    }
}
