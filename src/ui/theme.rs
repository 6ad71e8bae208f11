//! Colours by their meaning, on dark and on light terminals, and without any.

use crate::lang::text;
use crate::track::Tone;
use ratatui::style::{Color, Modifier, Style};

/// The appearance of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Look {
    /// For a dark terminal.
    #[value(help = text!("theme-dark"))]
    Dark,
    /// For a light terminal.
    #[value(help = text!("theme-light"))]
    Light,
    /// Without colours.
    #[value(help = text!("theme-plain"))]
    Plain,
}

/// Styles by meaning. Meaning never depends on colour alone: signs and words carry it too.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    /// What the client sent.
    pub client: Style,
    /// What the server sent.
    pub server: Style,
    /// The three-way handshake.
    pub handshake: Style,
    /// As it should be.
    pub good: Style,
    /// Worth a look.
    pub warning: Style,
    /// It failed.
    pub bad: Style,
    /// It has just failed.
    pub alarm: Style,
    /// Labels, hints, secondary text.
    pub dim: Style,
    /// Headings.
    pub heading: Style,
    /// The cursor in the pane that has the focus.
    pub cursor: Style,
    /// The cursor in a pane that does not have the focus.
    pub cursor_away: Style,
    /// The chosen field among the bytes.
    pub marked: Style,
    /// Keys in hints.
    pub key: Style,
    /// Lines between panes.
    pub line: Style,
    /// The active filter.
    pub filter: Style,
}

impl Theme {
    /// Returns the styles for a look.
    pub fn new(look: Look) -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let fg = |color| plain.fg(color);
        match look {
            Look::Dark => Theme {
                client: fg(Color::Rgb(0x7a, 0xb8, 0xff)),
                server: fg(Color::Rgb(0xe0, 0xa8, 0x68)),
                handshake: fg(Color::Rgb(0x8a, 0xd8, 0xc8)),
                good: fg(Color::Rgb(0x8c, 0xd0, 0x78)),
                warning: fg(Color::Rgb(0xf0, 0xc8, 0x50)),
                bad: fg(Color::Rgb(0xff, 0x78, 0x70)),
                alarm: plain
                    .fg(Color::Rgb(0x10, 0x14, 0x18))
                    .bg(Color::Rgb(0xff, 0x78, 0x70)),
                dim: fg(Color::Rgb(0x90, 0x98, 0xa0)),
                heading: bold,
                cursor: plain.bg(Color::Rgb(0x28, 0x40, 0x60)),
                cursor_away: plain.bg(Color::Rgb(0x30, 0x34, 0x3a)),
                marked: plain
                    .fg(Color::Rgb(0x10, 0x14, 0x18))
                    .bg(Color::Rgb(0xf0, 0xc8, 0x50)),
                key: bold.fg(Color::Rgb(0x8a, 0xd8, 0xc8)),
                line: fg(Color::Rgb(0x50, 0x58, 0x60)),
                filter: plain
                    .fg(Color::Rgb(0x10, 0x14, 0x18))
                    .bg(Color::Rgb(0x8a, 0xd8, 0xc8)),
            },
            Look::Light => Theme {
                client: fg(Color::Rgb(0x00, 0x50, 0xb0)),
                server: fg(Color::Rgb(0x98, 0x48, 0x00)),
                handshake: fg(Color::Rgb(0x00, 0x68, 0x60)),
                good: fg(Color::Rgb(0x18, 0x70, 0x18)),
                warning: fg(Color::Rgb(0x90, 0x60, 0x00)),
                bad: fg(Color::Rgb(0xb8, 0x10, 0x18)),
                alarm: plain.fg(Color::White).bg(Color::Rgb(0xb8, 0x10, 0x18)),
                dim: fg(Color::Rgb(0x60, 0x68, 0x70)),
                heading: bold,
                cursor: plain.bg(Color::Rgb(0xc8, 0xdc, 0xf4)),
                cursor_away: plain.bg(Color::Rgb(0xe4, 0xe6, 0xe8)),
                marked: plain.fg(Color::Black).bg(Color::Rgb(0xff, 0xd8, 0x50)),
                key: bold.fg(Color::Rgb(0x00, 0x68, 0x60)),
                line: fg(Color::Rgb(0xa8, 0xb0, 0xb8)),
                filter: plain.fg(Color::White).bg(Color::Rgb(0x00, 0x68, 0x60)),
            },
            Look::Plain => Theme {
                client: plain,
                server: plain,
                handshake: bold,
                good: plain,
                warning: bold,
                bad: bold,
                alarm: bold.add_modifier(Modifier::REVERSED),
                dim: plain.add_modifier(Modifier::DIM),
                heading: bold,
                cursor: plain.add_modifier(Modifier::REVERSED),
                cursor_away: plain.add_modifier(Modifier::UNDERLINED),
                marked: plain.add_modifier(Modifier::REVERSED),
                key: bold,
                line: plain.add_modifier(Modifier::DIM),
                filter: plain.add_modifier(Modifier::REVERSED),
            },
        }
    }

    /// Returns the style of an outcome.
    pub fn tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Good => self.good,
            Tone::Neutral => self.dim,
            Tone::Warning => self.warning,
            Tone::Bad => self.bad,
        }
    }
}
