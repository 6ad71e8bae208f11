//! Text in the columns of a terminal: Hangul takes two of them. Only the shown part of a long text costs time.
//!
//! A text is cut between grapheme clusters (UAX #29), as terminals and ratatui draw them: a sign with a variation
//! selector or several joined ones are one, whose width is not the sum of those of its characters.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Returns how many columns a text takes.
pub fn width(text: &str) -> usize {
    // Without branches, so that many bytes are compared at once.
    let is_ascii = |all: bool, byte: u8| all & (b' '..=b'~').contains(&byte);
    if text.bytes().fold(true, is_ascii) {
        return text.len();
    }
    let count = |count: usize, letter| is_plain(letter).then_some(count + 1);
    let clusters = || text.graphemes(true).map(UnicodeWidthStr::width).sum();
    text.chars().try_fold(0, count).unwrap_or_else(clusters)
}

/// Whether a character takes one column and, beside others of them, is a cluster of its own: ASCII, and the signs in
/// the texts of wiretalk. Nearly all texts consist of these, and clusters take much longer to find.
fn is_plain(letter: char) -> bool {
    matches!(
        letter,
        ' '..='~'
            | '·'
            | '\u{2010}'..='\u{2027}'
            | '\u{2190}'..='\u{21ff}'
            | '\u{2500}'..='\u{25fc}'
            | '✓'..='✘'
    )
}

/// Returns the bytes at the beginning of a text that fit into `columns` columns.
fn fitting(text: &str, columns: usize) -> usize {
    for (count, (at, letter)) in text.char_indices().enumerate() {
        match is_plain(letter) {
            false => return fitting_clusters(text, columns),
            true if count == columns => return at,
            true => {}
        }
    }
    text.len()
}

fn fitting_clusters(text: &str, columns: usize) -> usize {
    let mut used = 0;
    let clusters = text.grapheme_indices(true);
    let mut beyond = clusters.skip_while(|(_, cluster)| {
        used += cluster.width();
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

/// Cuts a sentence to at most `columns` columns, with `…` where it was cut: behind a word, unless that leaves less than
/// two thirds.
pub fn cut_words(text: &str, columns: usize) -> String {
    if fits(text, columns) || columns == 0 {
        return cut(text, columns);
    }
    let (head, rest) = text.split_at(fitting(text, columns - 1));
    let behind_word = match rest.starts_with([' ', ':', ';', ',']) {
        true => head,
        false => head.rsplit_once(' ').map_or("", |(words, _)| words),
    };
    let kept = match width(behind_word) * 3 < columns * 2 {
        true => head,
        false => behind_word,
    };
    let kept = kept.trim_end_matches([' ', ':', ';', ',', '(', '·', '→']);
    format!("{kept}…")
}

/// Cuts a text at its beginning to at most `columns` columns, with `…` where it was cut.
pub fn cut_front(text: &str, columns: usize) -> String {
    if fits(text, columns) {
        return text.to_owned();
    }
    let mut used = 1;
    let is_kept = |(_, cluster): &(usize, &str)| {
        used += cluster.width();
        used <= columns
    };
    let kept = text.grapheme_indices(true).rev().take_while(is_kept).last();
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

/// Adds blanks to a text.
pub fn add_blanks(text: &mut String, mut count: usize) {
    const BLANKS: &str = "                                                                ";
    while count > 0 {
        let (some, _) = BLANKS.split_at(count.min(BLANKS.len()));
        text.push_str(some);
        count -= some.len();
    }
}

/// Cuts or fills a text to exactly `columns` columns, flush left.
pub fn left(text: &str, columns: usize) -> String {
    let mut text = cut(text, columns);
    let used = width(&text);
    add_blanks(&mut text, columns.saturating_sub(used));
    text
}

/// Cuts or fills a text to exactly `columns` columns, flush right.
pub fn right(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let used = width(&text);
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
            // A cluster that is wider than the line gets a line of its own.
            let first = word.graphemes(true).next().map_or(0, str::len);
            let (head, behind) = word.split_at(fitting(word, columns).max(first));
            lines.push(head.to_owned());
            word = behind;
        }
        if !line.is_empty() {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += width(word);
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
    fn sentences_are_cut_behind_words() {
        let words = "no answer: 4 SYNs over 7.14 s";
        for (columns, expected) in [
            (29, words),
            (28, "no answer: 4 SYNs over 7.14…"),
            (27, "no answer: 4 SYNs over…"),
            (18, "no answer: 4 SYNs…"),
            (12, "no answer…"),
            (10, "no answer…"),
            (0, ""),
        ] {
            assert_eq!(cut_words(words, columns), expected);
        }
        // A word that is longer than a third of the room is cut itself.
        assert_eq!(cut_words("a communication", 10), "a communi…");
        assert_eq!(cut_words("회의록을 보냅니다", 12), "회의록을…");
    }

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
    fn clusters_are_not_cut() {
        // Hearts with a variation selector take two columns each.
        let hearts = "❤\u{fe0f}".repeat(5);
        for columns in 0..=12 {
            for text in [cut(&hearts, columns), cut_front(&hearts, columns)] {
                assert!(text.width() <= columns, "{text:?} of {columns}");
            }
            assert!(columns == 0 || left(&hearts, columns).width() == columns);
            let lines = wrap(&hearts, columns);
            assert!(lines.iter().all(|line| line.width() <= columns.max(2)));
            assert_eq!(lines.concat(), hearts);
        }
        assert_eq!(cut(&hearts, 6), "❤\u{fe0f}❤\u{fe0f}…");
        let family = "👩\u{200d}👩\u{200d}👧";
        assert_eq!(
            cut(&format!("ab{family}cd"), 5),
            "ab👩\u{200d}👩\u{200d}👧…"
        );
        assert_eq!(cut(&format!("ab{family}cd"), 4), "ab…");
        assert_eq!(cut_front(&format!("ab{family}cd"), 4), "…cd");
        assert_eq!(wrap(&format!("{family}{family}"), 3), [family, family]);
        // A letter made of two characters, the first of which is ASCII.
        assert_eq!(cut("abce\u{301}f", 4), "abc…");
        assert_eq!(cut("abe\u{301}cf", 4), "abe\u{301}…");
    }

    #[test]
    fn plain_characters_take_a_column_each() {
        let plain: String = ('\0'..='\u{ffff}').filter(|c| is_plain(*c)).collect();
        let count = plain.chars().count();
        assert!(plain.chars().all(|c| c.to_string().width() == 1));
        assert_eq!(plain.graphemes(true).count(), count);
        assert_eq!(width(&plain), count);
        assert_eq!(cut("●●● 21.4 ms", 4), "●●●…");
        assert_eq!(cut("●●● 21.4 ms", 11), "●●● 21.4 ms");
        // A variation selector makes an arrow wider.
        assert_eq!(width("a ↔\u{fe0f}"), 4);
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
