//! Parts of a screen's lines.

pub use crate::cell::{cut, cut_front, cut_middle, cut_words, left, right, width, wrap};

use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
    widgets::{Clear, Widget},
};

/// The sign before a marked row.
pub const MARK: &str = "◆";

/// Returns a line of styled parts, cut to `columns` columns, with `…` where it was cut.
pub fn line<'t>(parts: impl IntoIterator<Item = (String, Style)>, columns: usize) -> Line<'t> {
    let mut spans = Vec::new();
    let mut used = 0;
    let mut parts = parts.into_iter();
    while let Some((mut text, style)) = parts.next() {
        let room = columns.saturating_sub(used);
        if room == 0 {
            break;
        }
        if width(&text) >= room {
            let is_blank = |text: &str| text.trim().is_empty();
            let mut is_cut = width(&text) > room && !is_blank(&text);
            is_cut |= parts.any(|(text, _)| !is_blank(&text));
            if is_cut {
                text.push('…');
            } else if is_blank(&text) {
                text = " ".repeat(room);
            }
        }
        let text = cut(&text, room);
        used += width(&text);
        spans.push(Span::styled(text, style));
    }
    Line::from(spans)
}

/// Clears an area to draw over it. A letter of two columns before it, whose second half is in the area, is cleared too:
/// it would be drawn over the first column.
pub fn clear(buffer: &mut Buffer, area: Rect) {
    Clear.render(area, buffer);
    let Some(before) = area.x.checked_sub(1) else {
        return;
    };
    for y in area.top()..area.bottom() {
        if let Some(cell) = buffer.cell_mut((before, y))
            && width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}

/// Removes the line below blanks, but for single ones between words: columns are filled with blanks in their style.
pub fn bare_blanks(buffer: &mut Buffer) {
    let area = buffer.area;
    let is_word =
        |cell: &Cell| cell.modifier.contains(Modifier::UNDERLINED) && cell.symbol() != " ";
    for y in area.top()..area.bottom() {
        let row: Vec<bool> = (area.left()..area.right())
            .map(|x| {
                let before = x.checked_sub(1).and_then(|x| buffer.cell((x, y)));
                // The second half of a letter of two columns belongs to it.
                let is_half = before.is_some_and(|cell| is_word(cell) && width(cell.symbol()) > 1);
                is_half || buffer.cell((x, y)).is_some_and(is_word)
            })
            .collect();
        let is_in = |at: usize| row.get(at).copied().unwrap_or(false);
        for (at, x) in (area.left()..area.right()).enumerate() {
            let is_lined = is_in(at) || (at > 0 && is_in(at - 1) && is_in(at + 1));
            if !is_lined && let Some(cell) = buffer.cell_mut((x, y)) {
                cell.modifier.remove(Modifier::UNDERLINED);
            }
        }
    }
}

/// Returns the part of a text after this many columns.
pub fn behind(text: &str, columns: usize) -> &str {
    let mut left = text;
    while width(text) - width(left) < columns {
        let mut letters = left.chars();
        if letters.next().is_none() {
            break;
        }
        left = letters.as_str();
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_half_of_a_letter_is_left_beside_an_overlay() {
        let mut buffer = Buffer::with_lines(["가나다라", "a나다라b"]);
        clear(&mut buffer, Rect::new(3, 0, 2, 2));
        let rows: Vec<String> = buffer
            .content
            .chunks(8)
            .map(|row| row.iter().map(|cell| cell.symbol()).collect())
            .collect();
        assert_eq!(rows[0].find("나"), None);
        assert!(rows[0].starts_with('가'), "{rows:?}");
        assert!(rows[1].starts_with("a나"), "{rows:?}");
    }

    #[test]
    fn padding_has_no_line_below_it() {
        let mut buffer = Buffer::with_lines(["a 회 b   c  ", "x         y "]);
        let style = Style::new().add_modifier(Modifier::UNDERLINED);
        buffer.set_style(Rect::new(0, 0, 12, 1), style);
        bare_blanks(&mut buffer);
        let has = |x: u16| buffer[(x, 0)].modifier.contains(Modifier::UNDERLINED);
        let lined: Vec<u16> = (0..12).filter(|x| has(*x)).collect();
        assert_eq!(lined.first(), Some(&0));
        for x in [1, 2, 4, 5, 9] {
            assert!(has(x), "{x}: {lined:?}");
        }
        for x in [6, 7, 8, 10, 11] {
            assert!(!has(x), "{x}: {lined:?}");
        }
    }

    /// A line is never cut without a sign of it, wherever its parts end.
    #[test]
    fn a_line_that_is_cut_ends_with_an_ellipsis() {
        let parts = ["tcp/0  ", "client", " ⇄ ", "server", "  ", "HTTP", "  "];
        let words = |columns| {
            let parts = parts.map(|part| (part.to_owned(), Style::new()));
            line(parts, columns).to_string()
        };
        let all = parts.concat();
        let visible = width(all.trim_end());
        for columns in 1..visible {
            let words = words(columns);
            assert!(words.ends_with('…'), "{columns}: {words}");
            assert!(width(&words) <= columns, "{columns}: {words}");
        }
        for columns in visible..width(&all) {
            assert_eq!(words(columns).trim_end(), all.trim_end(), "{columns}");
        }
        assert_eq!(words(width(&all)), all);
    }
}
