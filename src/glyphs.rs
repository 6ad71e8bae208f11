//! The signs of the program besides letters: lines, arrows, marks. Terminals with Korean, Japanese or Chinese fonts may
//! draw them two columns wide, because Unicode leaves their width open (UAX #11, "ambiguous"), and some terminals lack
//! them. They are replaced by ASCII characters there.

use crate::lang::text;
use icu_properties::{CodePointMapData, props::EastAsianWidth};
use ratatui::buffer::Buffer;
use std::{
    borrow::Cow,
    ffi::OsString,
    io::{self, Write},
};

/// Which signs are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Glyphs {
    /// Those that the terminal shows in one column.
    #[default]
    #[value(help = text!("glyphs-auto"))]
    Auto,
    /// Those of Unicode.
    #[value(help = text!("glyphs-unicode"))]
    Unicode,
    /// Those of ASCII.
    #[value(help = text!("glyphs-ascii"))]
    Ascii,
}

/// The signs that are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GlyphSet {
    /// Those of Unicode.
    #[default]
    Unicode,
    /// Those of ASCII.
    Ascii,
}

/// The variables of the environment that name the charset; the first one that is not empty decides.
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];

/// Each sign of the program, and the ASCII character instead of it. Both take one column.
const TABLE: [(char, char); 65] = [
    // Charts.
    ('⠶', '*'),
    // Judgements, steps and marks.
    ('✓', 'v'),
    ('✗', 'x'),
    ('✕', 'x'),
    ('✘', 'x'),
    ('·', '.'),
    ('●', 'o'),
    ('•', 'o'),
    ('◆', '#'),
    ('✎', '"'),
    ('①', '1'),
    ('②', '2'),
    ('③', '3'),
    ('④', '4'),
    // Arrows.
    ('→', '>'),
    ('←', '<'),
    ('↑', '^'),
    ('↓', 'v'),
    ('⇄', '='),
    ('↪', '\\'),
    ('▶', '>'),
    ('◀', '<'),
    ('▸', '>'),
    ('▾', 'v'),
    ('▴', '^'),
    // Lines.
    ('─', '-'),
    ('╌', '-'),
    ('┈', '.'),
    ('═', '='),
    ('│', '|'),
    ('┊', ':'),
    ('┌', '+'),
    ('└', '+'),
    ('├', '+'),
    ('┤', '+'),
    ('╞', '+'),
    ('╡', '+'),
    ('╶', '-'),
    ('╭', '+'),
    ('╮', '+'),
    ('╯', '+'),
    ('╰', '+'),
    // The cursor, and bars.
    ('▌', '|'),
    ('▏', '.'),
    ('▎', '.'),
    ('▍', '.'),
    ('▋', '#'),
    ('▊', '#'),
    ('▉', '#'),
    ('█', '#'),
    ('▁', '_'),
    ('▂', '.'),
    ('▃', ':'),
    ('▄', '-'),
    ('▅', '='),
    ('▆', '+'),
    ('▇', '*'),
    // In texts.
    ('…', '~'),
    ('–', '-'),
    ('≠', '!'),
    ('×', 'x'),
    ('µ', 'u'),
    ('‹', '<'),
    ('›', '>'),
    ('\u{fffd}', '?'),
];

/// Returns the ASCII character instead of a sign of the program.
fn ascii(sign: char) -> Option<char> {
    // A control character that is shown.
    if ('\u{2400}'..='\u{2421}').contains(&sign) {
        return Some('^');
    }
    // The dots of a chart.
    if ('\u{2800}'..='\u{28ff}').contains(&sign) {
        return Some(if sign == '\u{2800}' { ' ' } else { '*' });
    }
    let found = TABLE.iter().find(|(known, _)| *known == sign);
    found.map(|(_, ascii)| *ascii)
}

impl Glyphs {
    /// Returns the signs to write, if they do not depend on the width in which the terminal draws them. A locale whose
    /// name shows no UTF-8 has no others than those of ASCII, and so has the console of Linux (`is_terminal`: the output
    /// is the terminal).
    pub fn known(
        self,
        variable: impl Fn(&str) -> Option<OsString>,
        is_terminal: bool,
    ) -> Option<GlyphSet> {
        match self {
            Glyphs::Unicode => return Some(GlyphSet::Unicode),
            Glyphs::Ascii => return Some(GlyphSet::Ascii),
            Glyphs::Auto => {}
        }
        let mut locales = VARIABLES.into_iter().filter_map(&variable);
        let locale = locales.find(|value| !value.is_empty());
        let is_utf8 = locale.is_none_or(|locale| {
            let locale = locale.to_string_lossy().to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        let is_console = is_terminal && variable("TERM").is_some_and(|term| term == "linux");
        (!is_utf8 || is_console).then_some(GlyphSet::Ascii)
    }
}

impl GlyphSet {
    /// Replaces what was drawn, cell by cell. Other characters whose width is open, which packets contain, would move
    /// the rest of their line.
    pub fn apply(self, buffer: &mut Buffer) {
        if self == GlyphSet::Unicode {
            return;
        }
        let widths = CodePointMapData::<EastAsianWidth>::new();
        for cell in &mut buffer.content {
            let symbol = cell.symbol();
            if symbol.is_ascii() {
                continue;
            }
            let mut letters = symbol.chars();
            let Some(first) = letters.next() else {
                continue;
            };
            match ascii(first).filter(|_| letters.next().is_none()) {
                Some(sign) => _ = cell.set_char(sign),
                None if widths.get(first) == EastAsianWidth::Ambiguous => _ = cell.set_char('?'),
                None => {}
            }
        }
    }

    /// Returns a text with these signs.
    pub fn translate(self, text: &str) -> Cow<'_, str> {
        if self == GlyphSet::Unicode || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let letters = text.chars().map(|letter| ascii(letter).unwrap_or(letter));
        Cow::Owned(letters.collect())
    }
}

/// Writes text with the chosen signs. Bytes that are no UTF-8 are written as they are.
pub struct GlyphWriter<W> {
    out: W,
    glyphs: GlyphSet,
}

impl<W: Write> GlyphWriter<W> {
    /// Writes to `out`.
    pub fn new(out: W, glyphs: GlyphSet) -> Self {
        GlyphWriter { out, glyphs }
    }
}

impl<W: Write> Write for GlyphWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.glyphs == GlyphSet::Unicode || bytes.is_ascii() {
            return self.out.write(bytes);
        }
        for chunk in bytes.utf8_chunks() {
            let text = self.glyphs.translate(chunk.valid());
            self.out.write_all(text.as_bytes())?;
            self.out.write_all(chunk.invalid())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn each_sign_takes_one_column_and_judgements_stay_distinguishable() {
        let mut signs = BTreeSet::new();
        for (sign, ascii) in TABLE {
            assert!(signs.insert(sign), "{sign} is there twice");
            assert_eq!(sign.to_string().width(), 1, "{sign}");
            assert!((' '..='~').contains(&ascii), "{sign}");
        }
        let judgements: BTreeSet<_> = ['✓', '✗', '·'].map(ascii).into();
        assert_eq!(judgements.len(), 3);
        assert!(!judgements.contains(&Some('!')), "{judgements:?}");
    }

    #[test]
    fn the_environment_may_know() {
        let known = |glyphs: Glyphs, variables: &[(&str, &str)], is_terminal| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| OsString::from(value))
            };
            glyphs.known(variable, is_terminal)
        };
        let ascii = Some(GlyphSet::Ascii);
        let korean = [("LANG", "ko_KR.UTF-8"), ("TERM", "xterm")];
        assert_eq!(known(Glyphs::Auto, &korean, true), None);
        assert_eq!(known(Glyphs::Ascii, &korean, true), ascii);
        assert_eq!(known(Glyphs::Auto, &[], true), None);
        assert_eq!(known(Glyphs::Auto, &[("LC_ALL", "C.utf8")], true), None);
        assert_eq!(
            known(Glyphs::Auto, &[("LANG", "ko_KR.eucKR")], false),
            ascii
        );
        let c = [("LC_ALL", "C"), ("LANG", "ko_KR.UTF-8")];
        assert_eq!(known(Glyphs::Auto, &c, false), ascii);
        assert_eq!(known(Glyphs::Unicode, &c, false), Some(GlyphSet::Unicode));
        let console = [("LANG", "C.UTF-8"), ("TERM", "linux")];
        assert_eq!(known(Glyphs::Auto, &console, true), ascii);
        assert_eq!(known(Glyphs::Auto, &console, false), None);
    }

    #[test]
    fn text_keeps_its_letters() {
        let mut out = Vec::new();
        let mut writer = GlyphWriter::new(&mut out, GlyphSet::Ascii);
        writer
            .write_all("10.0.0.2 → 회의록.hwp ✗ 5 µs é".as_bytes())
            .unwrap();
        writer.write_all(b"\xff \xe2\x86").unwrap();
        let text = "10.0.0.2 > 회의록.hwp x 5 us é".as_bytes();
        assert_eq!(out, [text, b"\xff \xe2\x86"].concat());
    }

    /// Characters of this file and of tests aside, the code has letters of Hangul and signs of the table only.
    #[test]
    fn the_table_has_every_sign_of_the_program() {
        fn check(folder: &Path, missing: &mut BTreeSet<(char, String)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.to_string_lossy().into_owned();
                if path.is_dir() {
                    check(&path, missing);
                    continue;
                }
                if name.contains("test") || name.ends_with("harness.rs") {
                    continue;
                }
                let source = fs::read_to_string(&path).unwrap();
                let code = source.split("#[cfg(test)]\nmod tests {").next();
                let code = code.unwrap_or_default().lines();
                let lines = code.filter(|line| !line.trim_start().starts_with(['/', '#']));
                let is_own = |sign: &char| {
                    !sign.is_ascii() && !sign.is_alphanumeric() && !('㄰'..='힣').contains(sign)
                };
                for sign in lines.flat_map(str::chars).filter(is_own) {
                    if ascii(sign).is_none() {
                        missing.insert((sign, name.clone()));
                    }
                }
            }
        }
        let mut missing = BTreeSet::new();
        let sources = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
        check(sources, &mut missing);
        assert!(missing.is_empty(), "{missing:?}");
    }
}
