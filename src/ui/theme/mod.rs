//! Colours by their meaning, on dark and on light terminals, and without any.

mod palettes;
mod words;

pub use words::{parse_style, style_words};

use crate::findings::Severity;
use crate::lang::text;
use crate::track::Tone;
use ratatui::style::{Color, Style};

/// The appearance of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Look {
    /// For a dark terminal.
    #[value(help = text!("theme-dark"))]
    Dark,
    /// For a light terminal.
    #[value(help = text!("theme-light"))]
    Light,
    /// With the most contrast, on a dark terminal.
    #[value(help = text!("theme-high-contrast"))]
    HighContrast,
    /// The same on a light terminal, which is found by asking it.
    #[value(skip)]
    HighContrastLight,
    /// Blue and orange instead of green and red, on a dark terminal.
    #[value(help = text!("theme-color-blind"))]
    ColorBlind,
    /// The same on a light terminal, which is found by asking it.
    #[value(skip)]
    ColorBlindLight,
    /// Without colours.
    #[value(help = text!("theme-plain"))]
    Plain,
}

impl Look {
    /// Returns the look for the ground of the terminal, where it has one for each.
    pub fn on(self, is_light: bool) -> Self {
        match (self, is_light) {
            (Look::HighContrast, true) => Look::HighContrastLight,
            (Look::ColorBlind, true) => Look::ColorBlindLight,
            (look, _) => look,
        }
    }

    /// Whether it is for a light ground.
    pub fn is_light(self) -> bool {
        matches!(
            self,
            Look::Light | Look::HighContrastLight | Look::ColorBlindLight
        )
    }
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

    /// Returns a colour as the terminal shows it; none if it has nothing like it.
    pub fn shown(self, color: Color) -> Option<Color> {
        match (self, color) {
            (ColorDepth::None, _) => None,
            (ColorDepth::Ansi, Color::Rgb(..) | Color::Indexed(_)) => None,
            (ColorDepth::Indexed, color) => Some(indexed(color)),
            (_, color) => Some(color),
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
            (_, ColorDepth::Ansi | ColorDepth::None) => palettes::of_16(look),
        }
    }

    /// The names of the styles, in the order of the settings.
    pub const NAMES: [&str; 18] = [
        "client",
        "server",
        "handshake",
        "good",
        "warning",
        "bad",
        "alarm",
        "dim",
        "heading",
        "cursor",
        "cursor-away",
        "marked",
        "key",
        "line",
        "filter",
        "web",
        "name",
        "neighbor",
    ];

    /// Returns a style by its name.
    pub fn style_mut(&mut self, name: &str) -> Option<&mut Style> {
        Some(match name {
            "client" => &mut self.client,
            "server" => &mut self.server,
            "handshake" => &mut self.handshake,
            "good" => &mut self.good,
            "warning" => &mut self.warning,
            "bad" => &mut self.bad,
            "alarm" => &mut self.alarm,
            "dim" => &mut self.dim,
            "heading" => &mut self.heading,
            "cursor" => &mut self.cursor,
            "cursor-away" => &mut self.cursor_away,
            "marked" => &mut self.marked,
            "key" => &mut self.key,
            "line" => &mut self.line,
            "filter" => &mut self.filter,
            "web" => &mut self.web,
            "name" => &mut self.name,
            "neighbor" => &mut self.neighbor,
            _ => return None,
        })
    }

    /// Changes every style.
    fn map(mut self, change: impl Fn(Style) -> Style) -> Self {
        for name in Theme::NAMES {
            if let Some(style) = self.style_mut(name) {
                *style = change(*style);
            }
        }
        self
    }

    /// Replaces styles by those that the user has set, as far as the terminal shows their colours.
    #[must_use]
    pub fn set(mut self, styles: &[(&'static str, Style)], look: Look, depth: ColorDepth) -> Self {
        if look == Look::Plain || depth == ColorDepth::None {
            return self;
        }
        for (name, style) in styles {
            if let Some(known) = self.style_mut(name) {
                *known = Style {
                    fg: style.fg.and_then(|color| depth.shown(color)).or(known.fg),
                    bg: style.bg.and_then(|color| depth.shown(color)).or(known.bg),
                    add_modifier: style.add_modifier,
                    sub_modifier: style.sub_modifier,
                    ..*known
                };
            }
        }
        self
    }

    /// Returns the style of a severity.
    pub fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Note => self.dim,
            Severity::Warning => self.warning,
            Severity::Error => self.bad,
        }
    }

    /// Returns the styles for a look.
    pub fn new(look: Look) -> Self {
        palettes::theme(look)
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
    use clap::ValueEnum;

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
        for look in Look::value_variants()
            .iter()
            .flat_map(|look| [look.on(false), look.on(true)])
        {
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
