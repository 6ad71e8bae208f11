//! The line with the names of a pane's views.

use crate::ui::{text::width, theme::Theme};
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

/// Draws the names, that of the shown view bright; returns their places, for the mouse.
pub fn draw_names<V: Copy + PartialEq>(
    views: &[(V, &'static str)],
    shown: V,
    theme: &Theme,
    frame: &mut Frame,
    area: Rect,
) -> Vec<(Rect, V)> {
    let all: usize = views.iter().map(|(_, name)| width(name)).sum();
    let gap = match all + 2 * views.len() < usize::from(area.width) {
        true => 2,
        false => 1,
    };
    let mut places = Vec::new();
    // Where there is no room for all names, that of the shown view is among those that are there.
    let at = views
        .iter()
        .position(|(view, _)| *view == shown)
        .unwrap_or(0);
    let before = |first: usize| -> usize {
        let names = views.get(first..=at).unwrap_or_default();
        names.iter().map(|(_, name)| width(name) + gap).sum()
    };
    let first = (0..at).find(|first| before(*first) <= usize::from(area.width));
    let first = first.unwrap_or(at);
    let sign = match first {
        0 => " ",
        _ => "<",
    };
    let mut spans = vec![Span::styled(sign, theme.dim)];
    let mut x = area.x + 1;
    for (view, name) in views.iter().skip(first) {
        let columns = width(name) as u16;
        let style = match *view == shown {
            true => theme.heading.patch(theme.handshake),
            false => theme.dim,
        };
        let place = Rect {
            x,
            width: columns,
            height: 1,
            ..area
        };
        places.push((place.intersection(area), *view));
        spans.push(Span::styled(*name, style));
        spans.push(Span::raw(" ".repeat(gap)));
        x = x.saturating_add(columns + gap as u16);
    }
    frame.render_widget(Line::from(spans), Rect { height: 1, ..area });
    places
}
