//! Parts of a screen's lines.

pub use crate::cell::{cut, cut_front, cut_middle, left, right, width, wrap};

use ratatui::{
    style::Style,
    text::{Line, Span},
};

/// The sign before a marked row.
pub const MARK: &str = "◆";

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
        used += width(&text);
        spans.push(Span::styled(text, style));
    }
    Line::from(spans)
}
