//! Styles as they are written in the settings: `bold #ff8800 on black`.

use crate::{format::printable, lang::text};
use ratatui::style::{Color, Modifier, Style};

/// The modifiers of letters.
const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

/// The terminal's own colours.
const COLORS: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("dark-gray", Color::DarkGray),
    ("light-red", Color::LightRed),
    ("light-green", Color::LightGreen),
    ("light-yellow", Color::LightYellow),
    ("light-blue", Color::LightBlue),
    ("light-magenta", Color::LightMagenta),
    ("light-cyan", Color::LightCyan),
    ("white", Color::White),
];

/// Parses a style: modifiers, a colour, and `on` with the colour of the ground.
///
/// # Errors
///
/// Fails with what is allowed.
pub fn parse_style(words: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut on_ground = false;
    for word in words.split_whitespace() {
        let modifier = MODIFIERS.iter().find(|(name, _)| *name == word);
        match (word, modifier) {
            ("on", _) if !on_ground => on_ground = true,
            (_, Some((_, modifier))) => style = style.add_modifier(*modifier),
            _ => {
                let color = color(word).ok_or_else(|| unknown(word))?;
                let place = match on_ground {
                    true => &mut style.bg,
                    false => &mut style.fg,
                };
                if place.replace(color).is_some() {
                    return Err(unknown(word));
                }
            }
        }
    }
    match style == Style::new() || (on_ground && style.bg.is_none()) {
        true => Err(unknown(words)),
        false => Ok(style),
    }
}

/// Returns a style as it is written in the settings.
pub fn style_words(style: Style) -> String {
    let modifiers = MODIFIERS
        .iter()
        .filter(|(_, modifier)| style.add_modifier.contains(*modifier));
    let mut words: Vec<String> = modifiers.map(|(name, _)| (*name).to_owned()).collect();
    words.extend(style.fg.map(color_word));
    if let Some(ground) = style.bg {
        words.extend(["on".to_owned(), color_word(ground)]);
    }
    words.join(" ")
}

fn color_word(color: Color) -> String {
    match (color, COLORS.iter().find(|(_, known)| *known == color)) {
        (_, Some((name, _))) => (*name).to_owned(),
        (Color::Rgb(red, green, blue), _) => format!("#{red:02x}{green:02x}{blue:02x}"),
        (Color::Indexed(number), _) => number.to_string(),
        _ => String::new(),
    }
}

fn unknown(word: &str) -> String {
    let names = |all: &mut dyn Iterator<Item = &'static str>| all.collect::<Vec<_>>().join(", ");
    text!(
        "config-not-a-style",
        word = printable(word),
        colors = names(&mut COLORS.iter().map(|(name, _)| *name)),
        modifiers = names(&mut MODIFIERS.iter().map(|(name, _)| *name)),
    )
}

/// Returns a colour: its name, `#rrggbb`, or its number among 256.
fn color(word: &str) -> Option<Color> {
    if let Some(digits) = word.strip_prefix('#') {
        let is_hex = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, 16).ok()?;
        return is_hex.then(|| Color::from_u32(number));
    }
    if let Ok(number) = word.parse() {
        return Some(Color::Indexed(number));
    }
    let named = COLORS.iter().find(|(name, _)| *name == word)?;
    Some(named.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_parsed() {
        let parsed = |words: &str| parse_style(words).ok();
        let style = Style::new();
        assert_eq!(parsed("#ff8800"), Some(style.fg(Color::Rgb(255, 0x88, 0))));
        assert_eq!(parsed("208"), Some(style.fg(Color::Indexed(208))));
        let all = style
            .fg(Color::Yellow)
            .bg(Color::DarkGray)
            .add_modifier(Modifier::BOLD);
        assert_eq!(parsed("bold yellow on dark-gray"), Some(all));
        assert_eq!(parsed("on blue"), Some(style.bg(Color::Blue)));
        for words in [
            "#ff8800",
            "208",
            "bold underlined yellow on dark-gray",
            "on blue",
        ] {
            assert_eq!(style_words(parsed(words).unwrap()), words);
        }
        for wrong in [
            "",
            "on",
            "orange",
            "#ff",
            "#gggggg",
            "256",
            "red blue",
            "on red on blue",
        ] {
            let why = parse_style(wrong).unwrap_err();
            assert!(why.contains("light-cyan"), "{why}");
        }
    }
}
