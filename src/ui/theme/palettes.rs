//! The colours of the themes.

use super::{Look, Theme};
use ratatui::style::{Color, Modifier, Style};

/// The colours of a theme in 24 bits.
struct Palette {
    client: u32,
    server: u32,
    handshake: u32,
    good: u32,
    warning: u32,
    bad: u32,
    dim: u32,
    line: u32,
    web: u32,
    name: u32,
    neighbor: u32,
    /// The ground below the cursor, with the focus and without.
    cursor: [u32; 2],
    /// The chosen field among the bytes: letters and ground.
    marked: [u32; 2],
    /// Letters on the ground of what failed and of the filter.
    ink: u32,
}

const DARK: Palette = Palette {
    client: 0x7ab8ff,
    server: 0xe0a868,
    handshake: 0x8ad8c8,
    good: 0x8cd078,
    warning: 0xf0c850,
    bad: 0xff7870,
    dim: 0x9098a0,
    line: 0x505860,
    web: 0xa8d898,
    name: 0xa8b8f4,
    neighbor: 0xdca8d4,
    cursor: [0x284060, 0x30343a],
    marked: [0x101418, 0xf0c850],
    ink: 0x101418,
};

const LIGHT: Palette = Palette {
    client: 0x0050b0,
    server: 0x984800,
    handshake: 0x006860,
    good: 0x187018,
    warning: 0x906000,
    bad: 0xb81018,
    dim: 0x606870,
    line: 0xa8b0b8,
    web: 0x187018,
    name: 0x4040b0,
    neighbor: 0x882878,
    cursor: [0xc8dcf4, 0xe4e6e8],
    marked: [0x000000, 0xffd850],
    ink: 0xffffff,
};

/// At least 7:1 to black, as level AAA of the WCAG asks for.
const HIGH_CONTRAST: Palette = Palette {
    client: 0x66ccff,
    server: 0xffb040,
    handshake: 0x40ffff,
    good: 0x50ff70,
    warning: 0xffff40,
    bad: 0xff9090,
    dim: 0xd8d8d8,
    line: 0xc0c0c0,
    web: 0xa0ffb0,
    name: 0xb8c8ff,
    neighbor: 0xffb0ff,
    cursor: [0x003090, 0x404040],
    marked: [0x000000, 0xffff40],
    ink: 0x000000,
};

/// At least 7:1 to white.
const HIGH_CONTRAST_LIGHT: Palette = Palette {
    client: 0x003090,
    server: 0x6a3000,
    handshake: 0x004c4c,
    good: 0x005000,
    warning: 0x5a4000,
    bad: 0x900000,
    dim: 0x383838,
    line: 0x505050,
    web: 0x005000,
    name: 0x2c2c90,
    neighbor: 0x6c1060,
    cursor: [0xffe890, 0xd8d8d8],
    marked: [0x000000, 0xffd000],
    ink: 0xffffff,
};

/// Blue against orange, which eyes without red or green cones tell apart.
const COLOR_BLIND: Palette = Palette {
    client: 0x7ab8ff,
    server: 0xffb860,
    handshake: 0xc8dcf0,
    good: 0x50a8f0,
    warning: 0xf0e060,
    bad: 0xff9030,
    dim: 0x9098a0,
    line: 0x505860,
    web: 0x90c8f8,
    name: 0xb0b8f8,
    neighbor: 0xf0d0a8,
    cursor: [0x203c68, 0x30343a],
    marked: [0x101418, 0xf0e060],
    ink: 0x101418,
};

const COLOR_BLIND_LIGHT: Palette = Palette {
    client: 0x0050b0,
    server: 0x9a4a00,
    handshake: 0x304060,
    good: 0x0058c0,
    warning: 0x786000,
    bad: 0xa84800,
    dim: 0x606870,
    line: 0xa8b0b8,
    web: 0x0068a8,
    name: 0x4040b0,
    neighbor: 0x785028,
    cursor: [0xc8dcf4, 0xe4e6e8],
    marked: [0x000000, 0xffd850],
    ink: 0xffffff,
};

/// Returns the styles of a theme in 24 bits.
pub(super) fn theme(look: Look) -> Theme {
    let palette = match look {
        Look::Dark => DARK,
        Look::Light => LIGHT,
        Look::HighContrast => HIGH_CONTRAST,
        Look::HighContrastLight => HIGH_CONTRAST_LIGHT,
        Look::ColorBlind => COLOR_BLIND,
        Look::ColorBlindLight => COLOR_BLIND_LIGHT,
        Look::Plain => return plain(),
    };
    let plain = Style::new();
    let bold = plain.add_modifier(Modifier::BOLD);
    let fg = |color| plain.fg(Color::from_u32(color));
    let on = |[ink, ground]: [u32; 2]| fg(ink).bg(Color::from_u32(ground));
    let ground = |color| plain.bg(Color::from_u32(color));
    let [cursor, cursor_away] = palette.cursor.map(ground);
    Theme {
        client: fg(palette.client),
        server: fg(palette.server),
        handshake: fg(palette.handshake),
        good: fg(palette.good),
        warning: fg(palette.warning),
        bad: fg(palette.bad),
        alarm: on([palette.ink, palette.bad]),
        dim: fg(palette.dim),
        heading: bold,
        cursor,
        cursor_away,
        marked: on(palette.marked),
        key: bold.patch(fg(palette.handshake)),
        line: fg(palette.line),
        filter: on([palette.ink, palette.handshake]),
        web: fg(palette.web),
        name: fg(palette.name),
        neighbor: fg(palette.neighbor),
    }
}

/// Returns the styles without colours.
fn plain() -> Theme {
    let plain = Style::new();
    let bold = plain.add_modifier(Modifier::BOLD);
    let dim = plain.add_modifier(Modifier::DIM);
    let reversed = plain.add_modifier(Modifier::REVERSED);
    Theme {
        client: plain,
        server: plain,
        handshake: bold,
        good: plain,
        warning: bold,
        bad: bold,
        alarm: bold.add_modifier(Modifier::REVERSED),
        dim,
        heading: bold,
        cursor: reversed,
        cursor_away: plain.add_modifier(Modifier::UNDERLINED),
        marked: reversed,
        key: bold,
        line: dim,
        filter: reversed,
        web: plain,
        name: plain,
        neighbor: plain,
    }
}

/// Returns the styles of a theme in the terminal's own 16 colours.
pub(super) fn of_16(look: Look) -> Theme {
    let plain = Style::new();
    let bold = plain.add_modifier(Modifier::BOLD);
    let [client, server, handshake, good, warning, bad] = match look {
        Look::Light | Look::HighContrastLight => [
            Color::Blue,
            Color::Magenta,
            Color::Cyan,
            Color::Green,
            Color::Yellow,
            Color::Red,
        ],
        // Orange is not among the 16.
        Look::ColorBlindLight => [
            Color::Blue,
            Color::Magenta,
            Color::Cyan,
            Color::Blue,
            Color::Yellow,
            Color::Magenta,
        ],
        Look::ColorBlind => [
            Color::LightBlue,
            Color::Yellow,
            Color::LightCyan,
            Color::LightBlue,
            Color::LightYellow,
            Color::LightMagenta,
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
    let is_light = look.is_light();
    let dim = match look {
        Look::HighContrast | Look::HighContrastLight => plain,
        _ => plain.fg(Color::DarkGray),
    };
    Theme {
        client,
        server,
        handshake,
        good,
        warning,
        bad,
        alarm: match look {
            Look::ColorBlind | Look::ColorBlindLight => plain.fg(Color::White).bg(Color::Magenta),
            _ => plain.fg(Color::White).bg(Color::Red),
        },
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
        neighbor: plain.fg(match is_light {
            true => Color::Magenta,
            false => Color::LightMagenta,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the linear parts of a colour.
    fn linear(color: Color) -> [f64; 3] {
        let Color::Rgb(red, green, blue) = color else {
            panic!("{color:?}");
        };
        [red, green, blue].map(|part| match f64::from(part) / 255.0 {
            part if part <= 0.040_45 => part / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        })
    }

    fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
        let luminance =
            |[red, green, blue]: [f64; 3]| 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
        let (a, b) = (luminance(a), luminance(b));
        a.max(b) / a.min(b)
    }

    /// WCAG 2.2, sections 1.4.3 and 1.4.6.
    #[test]
    fn letters_can_be_read() {
        for (look, ground, least) in [
            (Look::Dark, [0.0; 3], 4.5),
            (Look::Light, [1.0; 3], 4.5),
            (Look::ColorBlind, [0.0; 3], 4.5),
            (Look::ColorBlindLight, [1.0; 3], 4.5),
            (Look::HighContrast, [0.0; 3], 7.0),
            (Look::HighContrastLight, [1.0; 3], 7.0),
        ] {
            let theme = theme(look);
            for (name, style) in [
                ("client", theme.client),
                ("server", theme.server),
                ("handshake", theme.handshake),
                ("good", theme.good),
                ("warning", theme.warning),
                ("bad", theme.bad),
                ("dim", theme.dim),
                ("web", theme.web),
                ("name", theme.name),
                ("neighbor", theme.neighbor),
            ] {
                let letters = linear(style.fg.unwrap());
                let on_ground = contrast(letters, ground);
                assert!(on_ground >= least, "{look:?} {name}: {on_ground:.1}");
                let cursor = linear(theme.cursor.bg.unwrap());
                let on_cursor = contrast(letters, cursor);
                assert!(
                    on_cursor >= 3.0,
                    "{look:?} {name} at the cursor: {on_cursor:.1}"
                );
            }
        }
    }

    /// The colours as eyes without red or without green cones see them: F. Viénot, H. Brettel, J. D. Mollon, Digital
    /// video colourmaps for checking the legibility of displays by dichromats (1999).
    #[test]
    fn eyes_without_red_or_green_tell_good_from_bad() {
        const PROTAN: [[f64; 3]; 3] = [
            [0.112_38, 0.887_62, 0.0],
            [0.112_38, 0.887_62, 0.0],
            [0.004_01, -0.004_01, 1.0],
        ];
        const DEUTAN: [[f64; 3]; 3] = [
            [0.292_75, 0.707_25, 0.0],
            [0.292_75, 0.707_25, 0.0],
            [-0.022_34, 0.022_34, 1.0],
        ];
        let seen = |eyes: [[f64; 3]; 3], style: Style| {
            let color = linear(style.fg.unwrap());
            eyes.map(|row| row.iter().zip(color).map(|(a, b)| a * b).sum::<f64>())
        };
        for look in [Look::ColorBlind, Look::ColorBlindLight] {
            let theme = theme(look);
            for eyes in [PROTAN, DEUTAN] {
                for (a, b) in [(theme.good, theme.bad), (theme.client, theme.server)] {
                    let (a, b) = (seen(eyes, a), seen(eyes, b));
                    let share = |color: [f64; 3]| color[2] / color.iter().sum::<f64>();
                    let off = (share(a) - share(b)).abs();
                    assert!(off > 0.3, "{look:?} {a:?} {b:?}");
                }
            }
        }
    }
}
