//! Parts of a screen's lines.

pub use crate::cell::{cut, cut_front, cut_middle, left, right, width, wrap};

use ratatui::{
    style::Style,
    text::{Line, Span},
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

#[cfg(test)]
mod tests {
    use super::*;

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
