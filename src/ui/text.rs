//! Text in columns: Hangul takes two of them.

use ratatui::{
    style::Style,
    text::{Line, Span},
};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The sign before a marked row.
pub const MARK: &str = "◆";

/// Returns how many columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Cuts a text at its end to at most `columns` columns, with `…` where it was cut.
pub fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for letter in text.chars() {
        let wide = letter.width().unwrap_or(0);
        if used + wide + 1 > columns {
            break;
        }
        kept.push(letter);
        used += wide;
    }
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// Cuts a text at its beginning to at most `columns` columns, with `…` where it was cut.
pub fn cut_front(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut used = 1;
    let fits = |(_, letter): &(usize, char)| {
        used += letter.width().unwrap_or(0);
        used <= columns
    };
    let kept = text.char_indices().rev().take_while(fits).last();
    let kept = kept.and_then(|(at, _)| text.get(at..)).unwrap_or_default();
    match columns {
        0 => String::new(),
        _ => format!("…{kept}"),
    }
}

/// Cuts a text in its middle to at most `columns` columns: both ends of an address carry more than its middle.
pub fn cut_middle(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    if !text.is_ascii() || columns < 5 {
        return cut(text, columns);
    }
    let head = (columns - 1).div_ceil(2);
    let tail = columns - 1 - head;
    let (head, rest) = text.split_at(head);
    let (_, tail) = rest.split_at(rest.len() - tail);
    format!("{head}…{tail}")
}

/// Cuts or fills a text to exactly `columns` columns, flush left.
pub fn left(text: &str, columns: usize) -> String {
    let mut text = cut(text, columns);
    let used = text.width();
    text.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    text
}

/// Cuts or fills a text to exactly `columns` columns, flush right.
pub fn right(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let used = text.width();
    format!("{}{text}", " ".repeat(columns.saturating_sub(used)))
}

/// Breaks a text into lines of at most `columns` columns, between words where possible.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word = word.to_owned();
        let gap = usize::from(!line.is_empty());
        if line.width() + gap + word.width() > columns && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        while word.width() > columns {
            let mut head = String::new();
            while let Some(letter) = word.chars().next() {
                if head.width() + letter.width().unwrap_or(0) > columns && !head.is_empty() {
                    break;
                }
                head.push(letter);
                word.remove(0);
            }
            lines.push(head);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Returns a line of styled parts, cut to `columns` columns.
pub fn line<'t>(parts: impl IntoIterator<Item = (String, Style)>, columns: usize) -> Line<'t> {
    let mut spans = Vec::new();
    let mut used = 0;
    for (text, style) in parts {
        let room = columns.saturating_sub(used);
        if room == 0 {
            break;
        }
        let text = cut(&text, room);
        used += text.width();
        spans.push(Span::styled(text, style));
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hangul_takes_two_columns() {
        assert_eq!(left("회의록", 8), "회의록  ");
        assert_eq!(cut("회의록", 5), "회의…");
        assert_eq!(cut("회의록", 4), "회…");
        assert_eq!(right("48.1 k", 8), "  48.1 k");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(cut_front("회의록", 6), "회의록");
        assert_eq!(cut_front("회의록", 5), "…의록");
        assert_eq!(cut_front("회의록", 4), "…록");
        assert_eq!(cut_front("회의록", 1), "…");
        assert_eq!(cut_front("abc", 0), "");
    }

    #[test]
    fn both_ends_of_an_address_stay() {
        assert_eq!(cut_middle("2001:db8::dead:beef", 13), "2001:d…d:beef");
        assert_eq!(cut_middle("10.0.0.1", 13), "10.0.0.1");
        assert_eq!(cut_middle("10.0.0.1", 3), "10…");
        assert_eq!(cut_middle("10.0.0.1", 0), "");
    }

    #[test]
    fn wraps_between_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("회의록입니다 끝", 6), ["회의록", "입니다", "끝"]);
        assert_eq!(wrap("", 7), [""]);
    }
}
