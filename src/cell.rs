//! Text in the columns of a terminal: Hangul takes two of them. Only the shown part of a long text costs time.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns how many columns a text takes.
pub fn width(text: &str) -> usize {
    match text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        true => text.len(),
        false => text.width(),
    }
}

/// Returns the bytes at the beginning of a text that fit into `columns` columns.
fn fitting(text: &str, columns: usize) -> usize {
    let mut used = 0;
    let letters = text.char_indices();
    let mut beyond = letters.skip_while(|(_, letter)| {
        used += letter.width().unwrap_or(0);
        used <= columns
    });
    beyond.next().map_or(text.len(), |(at, _)| at)
}

/// Returns whether a text takes at most `columns` columns.
fn fits(text: &str, columns: usize) -> bool {
    // No letter takes more columns than it has bytes.
    text.len() <= columns || fitting(text, columns) == text.len()
}

/// Cuts a text at its end to at most `columns` columns, with `…` where it was cut.
pub fn cut(text: &str, columns: usize) -> String {
    if fits(text, columns) {
        return text.to_owned();
    }
    match columns {
        0 => String::new(),
        _ => {
            let kept = fitting(text, columns - 1);
            format!("{}…", text.get(..kept).unwrap_or_default())
        }
    }
}

/// Cuts a text at its beginning to at most `columns` columns, with `…` where it was cut.
pub fn cut_front(text: &str, columns: usize) -> String {
    if fits(text, columns) {
        return text.to_owned();
    }
    let mut used = 1;
    let is_kept = |(_, letter): &(usize, char)| {
        used += letter.width().unwrap_or(0);
        used <= columns
    };
    let kept = text.char_indices().rev().take_while(is_kept).last();
    let kept = kept.and_then(|(at, _)| text.get(at..)).unwrap_or_default();
    match columns {
        0 => String::new(),
        _ => format!("…{kept}"),
    }
}

/// Cuts a text in its middle to at most `columns` columns: both ends of an address carry more than its middle.
pub fn cut_middle(text: &str, columns: usize) -> String {
    if fits(text, columns) {
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
    let (mut line, mut used) = (String::new(), 0);
    for mut word in text.split(' ') {
        let gap = usize::from(!line.is_empty());
        if !line.is_empty() && !fits(word, columns.saturating_sub(used + gap)) {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        while !fits(word, columns) {
            // A letter that is wider than the line gets a line of its own.
            let first = word.chars().next().map_or(0, char::len_utf8);
            let (head, behind) = word.split_at(fitting(word, columns).max(first));
            lines.push(head.to_owned());
            word = behind;
        }
        if !line.is_empty() {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += word.width();
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
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
