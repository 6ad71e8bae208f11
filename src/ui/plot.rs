//! Charts: lines, points and marks over time, with a cursor.

use super::theme::Theme;
use crate::{
    cell::width,
    format::{bytes, duration},
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    symbols::Marker,
    text::{Line, Span},
    widgets::{Axis, Chart, Dataset, GraphType},
};

/// How dots are drawn: two columns and four rows of them in each cell.
const MARKER: Marker = Marker::Braille;

/// The dots of a cell, across.
const DOTS: usize = 2;

/// Columns that the labels at the left take at most.
const MARGIN: u16 = 10;

/// How the points of a series are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A line from point to point.
    Line,
    /// Dots.
    Dots,
    /// Signs that stand out.
    Marks,
}

/// Points that belong together.
pub struct Series {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub style: Style,
    /// How it is drawn.
    pub shape: Shape,
    /// Its points, in the order of time where they are a line.
    pub points: Vec<(f64, f64)>,
}

/// What the labels at the left mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Bytes a second.
    BytesPerSecond,
    /// Packets a second.
    PacketsPerSecond,
    /// Nanoseconds.
    Time,
}

impl Unit {
    /// Returns a value with its unit, as short as possible.
    pub fn words(self, value: f64) -> String {
        let whole = value.max(0.0).min(u64::MAX as f64) as u64;
        match self {
            Unit::Time => duration(whole.min(i64::MAX as u64) as i64),
            Unit::Bytes => format!("{}B", spaced(whole)),
            Unit::BytesPerSecond => format!("{}B/s", spaced(whole)),
            Unit::PacketsPerSecond => format!("{}/s", bytes(whole)),
        }
    }
}

fn spaced(value: u64) -> String {
    crate::format::spaced(&bytes(value))
}

/// A chart.
pub struct Plot {
    /// What is drawn, the last on top.
    pub series: Vec<Series>,
    /// The first and the last time, nanoseconds.
    pub x: (f64, f64),
    /// The least and the greatest value.
    pub y: (f64, f64),
    /// The unit of values.
    pub unit: Unit,
    /// The time of the cursor.
    pub cursor: Option<f64>,
}

/// The part of a time that is shown, and the cursor. Times are nanoseconds since the beginning.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeWindow {
    part: Option<(i64, i64)>,
    /// The time of the cursor.
    pub cursor: Option<i64>,
}

/// The shortest time that is shown: a microsecond.
const LEAST_NS: i64 = 1_000;

impl TimeWindow {
    /// Returns the part that is shown, unless it is all.
    pub fn part(&self) -> Option<(i64, i64)> {
        self.part
    }

    /// Returns what is shown of a time of this length.
    pub fn shown(&self, whole: i64) -> (i64, i64) {
        self.part.unwrap_or((0, whole))
    }

    /// Shows half of the time, around the cursor, or twice as much.
    pub fn zoom(&mut self, closer: bool, whole: i64) {
        let (from, to) = self.shown(whole);
        let span = to.saturating_sub(from);
        let wanted = match closer {
            true => span / 2,
            false => span.saturating_mul(2),
        };
        if closer && wanted < LEAST_NS {
            return;
        }
        if wanted >= whole {
            self.part = None;
            return;
        }
        let middle = self.cursor.unwrap_or(from + span / 2);
        let from = middle.saturating_sub(wanted / 2).clamp(0, whole - wanted);
        self.part = Some((from, from + wanted));
    }

    /// Moves the cursor by some of `columns`; what is shown moves with it. It begins in the middle.
    pub fn step(&mut self, by: i64, columns: usize, whole: i64) {
        let (from, to) = self.shown(whole);
        let column = (to.saturating_sub(from) / columns.max(1) as i64).max(1);
        let at = match self.cursor {
            Some(at) => at.saturating_add(by.saturating_mul(column)),
            None => from + to.saturating_sub(from) / 2,
        };
        self.set(at, whole);
    }

    /// Puts the cursor at a time; what is shown moves there.
    pub fn set(&mut self, at: i64, whole: i64) {
        let at = at.clamp(0, whole.max(0));
        self.cursor = Some(at);
        if let Some((from, to)) = self.part
            && !(from..=to).contains(&at)
        {
            let span = to - from;
            let from = at.saturating_sub(span / 2).clamp(0, (whole - span).max(0));
            self.part = Some((from, from + span));
        }
    }
}

/// Returns how many dots a chart in an area has across.
pub fn dots(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(MARGIN + 1).max(1)) * DOTS
}

/// Returns the least round number that is not below a value.
pub fn round_up(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    let fits = |step: &f64| step * power >= value * (1.0 - 1e-9);
    steps.into_iter().find(fits).unwrap_or(10.0) * power
}

/// Returns the names of the series, each with its sign and colour.
pub fn legend(all: &[Series], theme: &Theme, room: u16) -> Line<'static> {
    let mut spans = vec![Span::raw(" ")];
    let mut left = usize::from(room).saturating_sub(1);
    for (at, series) in all.iter().enumerate() {
        if series.name.is_empty() {
            continue;
        }
        let sign = match (series.shape, marker(all, at)) {
            (Shape::Marks, _) => "●",
            (_, Marker::Dot) => "•",
            (Shape::Line, _) => "⠒",
            (Shape::Dots, _) => "⠶",
        };
        let Some(rest) = left.checked_sub(width(&series.name) + 2) else {
            break;
        };
        left = rest.saturating_sub(3);
        spans.push(Span::styled(format!("{sign} "), series.style));
        spans.push(Span::styled(format!("{}   ", series.name), theme.dim));
    }
    Line::from(spans)
}

/// Returns what a series is drawn with: dots, or signs where another one has the same colour.
fn marker(series: &[Series], at: usize) -> Marker {
    let (before, one) = match series.split_at_checked(at) {
        Some((before, [one, ..])) => (before, one),
        _ => return MARKER,
    };
    let is_like = |other: &Series| other.style.fg == one.style.fg && !other.name.is_empty();
    match one.shape {
        Shape::Marks => Marker::Dot,
        _ if !one.name.is_empty() && before.iter().any(is_like) => Marker::Dot,
        _ => MARKER,
    }
}

/// Returns words at the right end of so many columns.
fn right_aligned(words: &str, columns: usize) -> String {
    let room = columns.saturating_sub(width(words));
    format!("{}{words}", " ".repeat(room))
}

impl Plot {
    /// Draws it.
    pub fn draw(&self, frame: &mut Frame, area: Rect, theme: &Theme) {
        if area.width < 2 * MARGIN || area.height < 4 {
            return;
        }
        let (from, to) = self.x;
        let (low, high) = self.y;
        let line = self.cursor.map(|at| [(at, low), (at, high)]);
        let mut sets = Vec::new();
        if let Some(line) = &line {
            sets.push(
                Dataset::default()
                    .marker(MARKER)
                    .graph_type(GraphType::Line)
                    .style(theme.heading)
                    .data(line),
            );
        }
        for (at, series) in self.series.iter().enumerate() {
            let kind = match series.shape {
                Shape::Line => GraphType::Line,
                Shape::Dots | Shape::Marks => GraphType::Scatter,
            };
            sets.push(
                Dataset::default()
                    .marker(marker(&self.series, at))
                    .graph_type(kind)
                    .style(series.style)
                    .data(&series.points),
            );
        }
        let columns = usize::from(MARGIN) - 1;
        let values = [low, (low + high) / 2.0, high];
        let values = values.map(|value| right_aligned(&self.unit.words(value), columns));
        let times = [from, (from + to) / 2.0, to].map(|ns| duration(ns as i64));
        let chart = Chart::new(sets)
            .x_axis(
                Axis::default()
                    .style(theme.line)
                    .bounds([from, to])
                    .labels(times.map(|words| Line::styled(words, theme.dim))),
            )
            .y_axis(
                Axis::default()
                    .style(theme.line)
                    .bounds([low, high])
                    .labels(values.map(|words| Line::styled(words, theme.dim))),
            )
            .legend_position(None);
        frame.render_widget(chart, area);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_stays_within_the_time() {
        let mut window = TimeWindow::default();
        window.zoom(false, 1_000_000);
        assert_eq!(window.part(), None);
        window.step(1, 100, 1_000_000);
        assert_eq!(window.cursor, Some(500_000));
        window.zoom(true, 1_000_000);
        assert_eq!(window.part(), Some((250_000, 750_000)));
        window.set(i64::MAX, 1_000_000);
        window.zoom(true, 1_000_000);
        assert_eq!(window.part(), Some((750_000, 1_000_000)));
        for _ in 0..40 {
            window.zoom(true, 1_000_000);
        }
        let (from, to) = window.part().unwrap();
        assert!((LEAST_NS..2 * LEAST_NS).contains(&(to - from)) && to == 1_000_000);
        window.set(0, 1_000_000);
        assert_eq!(window.part(), Some((0, to - from)));
        for _ in 0..40 {
            window.zoom(false, 1_000_000);
        }
        assert_eq!(window.part(), None);
        // No time at all.
        let mut none = TimeWindow::default();
        none.zoom(true, 0);
        none.step(-3, 0, 0);
        assert_eq!((none.part(), none.cursor), (None, Some(0)));
    }

    #[test]
    fn labels_are_round() {
        for (value, rounded) in [
            (0.0, 1.0),
            (-1.0, 1.0),
            (f64::NAN, 1.0),
            (f64::INFINITY, 1.0),
            (0.7, 0.8),
            (1.0, 1.0),
            (1.1, 1.2),
            (320.0, 400.0),
            (5001.0, 6_000.0),
            (1e12, 1e12),
        ] {
            assert_eq!(round_up(value), rounded, "{value}");
        }
        assert_eq!(Unit::BytesPerSecond.words(1_234_567.0), "1.2 MB/s");
        assert_eq!(Unit::PacketsPerSecond.words(12.0), "12/s");
        assert_eq!(Unit::Time.words(1.5e6), "1.50 ms");
        assert_eq!(Unit::Bytes.words(-5.0), "0 B");
    }
}
