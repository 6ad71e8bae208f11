//! Colours by their meaning, on dark and on light terminals, and without any.

use crate::findings::Severity;
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

/// The colours that a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorDepth {
    /// None.
    None,
    /// The 16 that its user has chosen.
    Ansi,
    /// 256: a cube of colours, and a scale of greys.
    Indexed,
    /// 24 bits.
    Rgb,
}

/// Beginnings of TERM of terminals that show 24 bits, also where COLORTERM was not passed on, as by ssh.
const KNOWN_RGB: [&str; 6] = [
    "xterm-kitty",
    "xterm-ghostty",
    "alacritty",
    "foot",
    "wezterm",
    "contour",
];

impl ColorDepth {
    /// Returns what the terminal shows according to the environment: COLORTERM and TERM. GNU screen and the Linux console
    /// lose 24-bit colours even if COLORTERM, which is that of the terminal around them, promises them.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
        let term = variable("TERM").unwrap_or_default();
        let color_term = variable("COLORTERM").unwrap_or_default();
        let in_screen = !is_set("TMUX") && (is_set("STY") || term.starts_with("screen"));
        let promises_rgb = matches!(color_term.as_str(), "truecolor" | "24bit");
        let is_known = KNOWN_RGB.iter().any(|known| term.starts_with(known));
        match term.as_str() {
            "dumb" => ColorDepth::None,
            term if term.ends_with("-m") || term.ends_with("-mono") => ColorDepth::None,
            "vt100" | "vt102" | "vt220" | "vt320" => ColorDepth::None,
            "linux" => ColorDepth::Ansi,
            term if in_screen && term.contains("256color") => ColorDepth::Indexed,
            _ if in_screen => ColorDepth::Ansi,
            term if promises_rgb || is_known || term.ends_with("-direct") => ColorDepth::Rgb,
            term if term.contains("256color") => ColorDepth::Indexed,
            _ => ColorDepth::Ansi,
        }
    }
}

/// Returns the one of 256 colours that is nearest to a colour of 24 bits.
fn indexed(color: Color) -> Color {
    let Color::Rgb(red, green, blue) = color else {
        return color;
    };
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let off = |a: [u8; 3]| -> u32 {
        let of = [red, green, blue].into_iter().zip(a);
        of.map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    let cube = (0..216u8).map(|at| {
        let step = |digit: u8| STEPS[usize::from(digit % 6)];
        (16 + at, [step(at / 36), step(at / 6), step(at)])
    });
    let greys = (0..24u8).map(|at| (232 + at, [8 + 10 * at; 3]));
    let nearest = cube.chain(greys).min_by_key(|(_, color)| off(*color));
    nearest.map_or(color, |(at, _)| Color::Indexed(at))
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
    /// A page of the web.
    pub web: Style,
    /// The name of a host.
    pub name: Style,
    /// A host of the local network.
    pub neighbor: Style,
}

impl Theme {
    /// Returns the styles for a look on a terminal that shows these colours.
    pub fn with(look: Look, depth: ColorDepth) -> Self {
        match (look, depth) {
            (Look::Plain, _) | (_, ColorDepth::Rgb) => Theme::new(look),
            (_, ColorDepth::Indexed) => Theme::new(look).map(|style| Style {
                fg: style.fg.map(indexed),
                bg: style.bg.map(indexed),
                ..style
            }),
            (_, ColorDepth::Ansi | ColorDepth::None) => Theme::of_16(look),
        }
    }

    /// Changes every style.
    fn map(self, change: impl Fn(Style) -> Style) -> Self {
        Theme {
            client: change(self.client),
            server: change(self.server),
            handshake: change(self.handshake),
            good: change(self.good),
            warning: change(self.warning),
            bad: change(self.bad),
            alarm: change(self.alarm),
            dim: change(self.dim),
            heading: change(self.heading),
            cursor: change(self.cursor),
            cursor_away: change(self.cursor_away),
            marked: change(self.marked),
            key: change(self.key),
            line: change(self.line),
            filter: change(self.filter),
            web: change(self.web),
            name: change(self.name),
            neighbor: change(self.neighbor),
        }
    }

    /// Returns the style of a severity.
    pub fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Note => self.dim,
            Severity::Warning => self.warning,
            Severity::Error => self.bad,
        }
    }

    /// Returns the styles for a look in the terminal's own 16 colours.
    fn of_16(look: Look) -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let [client, server, handshake, good, warning, bad] = match look {
            Look::Light => [
                Color::Blue,
                Color::Magenta,
                Color::Cyan,
                Color::Green,
                Color::Yellow,
                Color::Red,
            ],
            _ => [
                Color::LightBlue,
                Color::Yellow,
                Color::LightCyan,
                Color::LightGreen,
                Color::LightYellow,
                Color::LightRed,
            ],
        }
        .map(|color| plain.fg(color));
        let dim = plain.fg(Color::DarkGray);
        Theme {
            client,
            server,
            handshake,
            good,
            warning,
            bad,
            alarm: plain.fg(Color::White).bg(Color::Red),
            dim,
            heading: bold,
            cursor: plain.add_modifier(Modifier::REVERSED),
            cursor_away: plain.add_modifier(Modifier::UNDERLINED),
            marked: plain.fg(Color::Black).bg(Color::Yellow),
            key: bold.patch(handshake),
            line: dim,
            filter: plain.fg(Color::Black).bg(Color::Cyan),
            web: good,
            name: client,
            neighbor: plain.fg(match look {
                Look::Light => Color::Magenta,
                _ => Color::LightMagenta,
            }),
        }
    }

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
                web: fg(Color::Rgb(0xa8, 0xd8, 0x98)),
                name: fg(Color::Rgb(0xa8, 0xb8, 0xf4)),
                neighbor: fg(Color::Rgb(0xdc, 0xa8, 0xd4)),
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
                web: fg(Color::Rgb(0x18, 0x70, 0x18)),
                name: fg(Color::Rgb(0x40, 0x40, 0xb0)),
                neighbor: fg(Color::Rgb(0x88, 0x28, 0x78)),
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
                web: plain,
                name: plain,
                neighbor: plain,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_which_colours_are_shown() {
        for (variables, depth) in [
            (&[("TERM", "xterm-256color")][..], ColorDepth::Indexed),
            (
                &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")],
                ColorDepth::Rgb,
            ),
            (&[("TERM", "xterm-kitty")], ColorDepth::Rgb),
            (&[("TERM", "xterm")], ColorDepth::Ansi),
            (&[], ColorDepth::Ansi),
            (&[("TERM", "dumb")], ColorDepth::None),
            (
                &[("TERM", "linux"), ("COLORTERM", "truecolor")],
                ColorDepth::Ansi,
            ),
            // GNU screen inherits COLORTERM from the terminal around it.
            (
                &[
                    ("TERM", "screen.xterm-256color"),
                    ("STY", "1.pts-0"),
                    ("COLORTERM", "truecolor"),
                ],
                ColorDepth::Indexed,
            ),
            (
                &[("TERM", "screen"), ("COLORTERM", "24bit")],
                ColorDepth::Ansi,
            ),
            // tmux sets it itself.
            (
                &[
                    ("TERM", "screen-256color"),
                    ("TMUX", "/tmp/tmux-0/default"),
                    ("COLORTERM", "truecolor"),
                ],
                ColorDepth::Rgb,
            ),
        ] {
            let of = |name: &str| {
                let found = variables.iter().find(|(its, _)| *its == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(ColorDepth::of(of), depth, "{variables:?}");
        }
    }

    #[test]
    fn colours_are_those_that_the_terminal_shows() {
        let is_shown = |style: Style, depth| {
            let colors = [style.fg, style.bg].into_iter().flatten();
            let is_shown = |color| match color {
                Color::Rgb(..) => depth == ColorDepth::Rgb,
                Color::Indexed(_) => depth == ColorDepth::Indexed,
                _ => true,
            };
            colors.into_iter().all(is_shown)
        };
        for look in [Look::Dark, Look::Light, Look::Plain] {
            for depth in [ColorDepth::Ansi, ColorDepth::Indexed, ColorDepth::Rgb] {
                Theme::with(look, depth).map(|style| {
                    assert!(is_shown(style, depth), "{style:?}");
                    style
                });
            }
        }
        assert_eq!(indexed(Color::Rgb(255, 0, 0)), Color::Indexed(196));
        assert_eq!(indexed(Color::Rgb(0x30, 0x30, 0x30)), Color::Indexed(236));
    }
}
