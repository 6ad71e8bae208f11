//! Draws the charts of a conversation.

use super::{ChartsPane, Model, View};
use crate::{
    format::{duration, grouped, printable, size},
    lang::{Count, text},
    statistics::{MAX_POINTS, Mark, TracePoint},
    track::Side,
    ui::{
        Shared,
        panes::views::draw_names,
        plot::{Plot, Series, Shape, Unit, dots, legend, round_up},
        text::cut,
        theme::Theme,
    },
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};
use std::collections::HashSet;

/// Columns for the name of the side whose data is shown.
const SIDE: u16 = 24;

/// The most dots that one segment is drawn with.
const MAX_DOTS: usize = 64;

/// Reduces a line to what is seen of it in so many columns: the first, the least, the greatest and the last point of
/// each.
pub(super) fn reduced(
    points: &[(f64, f64)],
    (from, to): (f64, f64),
    columns: usize,
) -> Vec<(f64, f64)> {
    let width = ((to - from) / columns.max(1) as f64).max(f64::MIN_POSITIVE);
    let column = |x: f64| ((x - from) / width) as usize;
    let mut reduced = Vec::new();
    for part in points.chunk_by(|a, b| column(a.0) == column(b.0)) {
        let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let (Some(first), Some(last)) = (part.first(), part.last()) else {
            continue;
        };
        reduced.push(*first);
        if part.len() > 2 {
            reduced.extend(part.iter().min_by(by_value));
            reduced.extend(part.iter().max_by(by_value));
        }
        if part.len() > 1 {
            reduced.push(*last);
        }
    }
    reduced
}

/// Dots, each place of the screen once.
struct Dots {
    x: (f64, f64),
    y: (f64, f64),
    columns: f64,
    rows: f64,
    taken: HashSet<(i32, i32)>,
    points: Vec<(f64, f64)>,
}

impl Dots {
    fn new(x: (f64, f64), y: (f64, f64), (columns, rows): (usize, usize)) -> Self {
        Dots {
            x,
            y,
            columns: columns as f64,
            rows: rows as f64,
            taken: HashSet::new(),
            points: Vec::new(),
        }
    }

    fn add(&mut self, x: f64, y: f64) {
        let at = |value: f64, (from, to): (f64, f64), count: f64| {
            ((value - from) / (to - from).max(f64::MIN_POSITIVE) * count) as i32
        };
        let place = (at(x, self.x, self.columns), at(y, self.y, self.rows));
        if self.taken.insert(place) {
            self.points.push((x, y));
        }
    }

    /// Adds a vertical line.
    fn add_line(&mut self, x: f64, from: f64, to: f64) {
        let row = (self.y.1 - self.y.0) / self.rows.max(1.0);
        let count = ((to - from) / row.max(f64::MIN_POSITIVE)).ceil() as usize;
        let count = count.clamp(1, MAX_DOTS);
        for at in 0..=count {
            self.add(x, from + (to - from) * at as f64 / count as f64);
        }
    }
}

fn series(name: &str, style: Style, shape: Shape, points: Vec<(f64, f64)>) -> Series {
    Series {
        name: match points.is_empty() {
            true => String::new(),
            false => name.to_owned(),
        },
        style,
        shape,
        points,
    }
}

/// Makes a staircase: each value holds until the next one.
fn stairs(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut stairs: Vec<(f64, f64)> = Vec::with_capacity(2 * points.len());
    for (x, y) in points {
        if let Some((_, before)) = stairs.last().copied() {
            stairs.push((*x, before));
        }
        stairs.push((*x, *y));
    }
    stairs
}

/// The place and the time of what is drawn.
struct Canvas<'t> {
    theme: &'t Theme,
    x: (f64, f64),
    columns: usize,
    rows: usize,
}

impl Canvas<'_> {
    fn line(&self, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
        reduced(points, self.x, self.columns)
    }

    fn holds(&self, point: &TracePoint) -> bool {
        let since = point.since_ns as f64;
        (self.x.0..=self.x.1).contains(&since)
    }
}

/// What is drawn: the series, the least and the greatest value, the unit.
type Drawing = (Vec<Series>, (f64, f64), Unit);

fn throughput(points: &[TracePoint], canvas: &Canvas, counts_packets: bool) -> Drawing {
    let columns = (canvas.columns / 2).max(1);
    let (from, to) = canvas.x;
    let width = ((to - from) / columns as f64).max(1.0);
    let mut sums = [vec![0.0; columns], vec![0.0; columns]];
    let mut errors = vec![false; columns];
    for point in points.iter().filter(|point| canvas.holds(point)) {
        let at = ((point.since_ns as f64 - from) / width) as usize;
        let at = at.min(columns - 1);
        let value = if counts_packets {
            1.0
        } else {
            f64::from(point.frame)
        };
        sums[usize::from(point.side == Side::Server)][at] += value;
        errors[at] |= point.mark.is_some();
    }
    let rate = |sum: &f64| sum * 1e9 / width;
    let most = sums.iter().flatten().map(rate).fold(0.0, f64::max);
    let top = round_up(most);
    let place = |at: usize| from + at as f64 * width;
    let line = |sums: &[f64]| -> Vec<(f64, f64)> {
        let values = sums.iter().enumerate();
        values.map(|(at, sum)| (place(at), rate(sum))).collect()
    };
    let marks = errors.iter().enumerate().filter(|(_, is)| **is);
    let marks = marks.map(|(at, _)| (place(at), top)).collect();
    let theme = canvas.theme;
    let [client, server] = &sums;
    let all = vec![
        series(
            text!("stats-to-server"),
            theme.client,
            Shape::Line,
            line(client),
        ),
        series(
            text!("stats-to-client"),
            theme.server,
            Shape::Line,
            line(server),
        ),
        series(text!("stats-errors"), theme.bad, Shape::Marks, marks),
    ];
    let unit = match counts_packets {
        true => Unit::PacketsPerSecond,
        false => Unit::BytesPerSecond,
    };
    (all, (0.0, top), unit)
}

fn sequence(points: &[TracePoint], canvas: &Canvas, side: Side) -> Drawing {
    let shown = || points.iter().filter(|point| canvas.holds(point));
    let own = || shown().filter(|point| point.side == side && point.mark != Some(Mark::Reset));
    let (mut low, mut high) = (f64::MAX, f64::MIN);
    for point in own() {
        low = low.min(point.seq as f64);
        high = high.max(point.seq as f64 + f64::from(point.length));
    }
    let acks: Vec<(f64, f64, Option<u32>)> = shown()
        .filter(|point| point.side != side)
        .filter_map(|point| Some((point.since_ns as f64, point.ack? as f64, point.window)))
        .collect();
    if low > high {
        (low, high) = match acks.first() {
            Some((_, ack, _)) => (*ack, *ack + 1.0),
            None => (0.0, 1.0),
        };
    }
    // A window far above the data would make the data flat: it is cut off there.
    let span = (high - low).max(1.0);
    let top = high + span / 10.0;
    let y = (low, top);
    let mut data = Dots::new(canvas.x, y, (canvas.columns, canvas.rows));
    let mut again = Dots::new(canvas.x, y, (canvas.columns, canvas.rows));
    let mut early = Dots::new(canvas.x, y, (canvas.columns, canvas.rows));
    for point in own().filter(|point| point.length > 0) {
        let (x, from) = (point.since_ns as f64, point.seq as f64);
        let dots = match point.mark {
            Some(Mark::Retransmission) => &mut again,
            Some(Mark::OutOfOrder) => &mut early,
            _ => &mut data,
        };
        dots.add_line(x, from, from + f64::from(point.length));
    }
    let ack: Vec<_> = acks.iter().map(|(x, ack, _)| (*x, *ack)).collect();
    let window = acks.iter().filter_map(|(x, ack, window)| {
        let end = ack + f64::from((*window)?);
        Some((*x, end.min(top)))
    });
    let window: Vec<_> = window.collect();
    let theme = canvas.theme;
    let style = match side {
        Side::Client => theme.client,
        Side::Server => theme.server,
    };
    let all = vec![
        series(
            text!("charts-window"),
            theme.line,
            Shape::Line,
            canvas.line(&stairs(&window)),
        ),
        series(
            text!("charts-acknowledged"),
            theme.good,
            Shape::Line,
            canvas.line(&stairs(&ack)),
        ),
        series(text!("charts-data"), style, Shape::Dots, data.points),
        series(
            text!("charts-out-of-order"),
            theme.warning,
            Shape::Dots,
            early.points,
        ),
        series(text!("charts-again"), theme.bad, Shape::Marks, again.points),
    ];
    (all, y, Unit::Bytes)
}

fn in_flight(points: &[TracePoint], canvas: &Canvas, side: Side) -> Drawing {
    let shown = || points.iter().filter(|point| canvas.holds(point));
    // Between the segments it falls with each acknowledgment.
    let mut end: Option<i64> = None;
    let mut flight = Vec::new();
    for point in points {
        let value = match (point.side == side, point.ack, end) {
            (true, ..) if point.length > 0 => {
                let own = point.seq.saturating_add(point.length.into());
                end = end.max(Some(own));
                f64::from(point.in_flight)
            }
            (false, Some(ack), Some(end)) => end.saturating_sub(ack).max(0) as f64,
            _ => continue,
        };
        if canvas.holds(point) {
            flight.push((point.since_ns as f64, value));
        }
    }
    let window = shown().filter(|point| point.side != side);
    let window: Vec<_> = window
        .filter_map(|point| Some((point.since_ns as f64, f64::from(point.window?))))
        .collect();
    let most = flight.iter().chain(&window).map(|(_, value)| *value);
    let top = round_up(most.fold(0.0, f64::max));
    let theme = canvas.theme;
    let style = match side {
        Side::Client => theme.client,
        Side::Server => theme.server,
    };
    let all = vec![
        series(
            text!("charts-window"),
            theme.good,
            Shape::Line,
            canvas.line(&stairs(&window)),
        ),
        series(
            text!("charts-flight"),
            style,
            Shape::Line,
            canvas.line(&stairs(&flight)),
        ),
    ];
    (all, (0.0, top), Unit::Bytes)
}

fn round_trips(points: &[TracePoint], canvas: &Canvas) -> Drawing {
    let shown = || points.iter().filter(|point| canvas.holds(point));
    let most = shown().filter_map(|point| point.rtt_ns).max().unwrap_or(0);
    let top = round_up(most as f64);
    let theme = canvas.theme;
    // What the client's data took is seen in the packets of the server.
    let all = [
        (Side::Server, text!("charts-rtt-server"), theme.client),
        (Side::Client, text!("charts-rtt-client"), theme.server),
    ];
    let all = all.into_iter().map(|(side, name, style)| {
        let mut dots = Dots::new(canvas.x, (0.0, top), (canvas.columns, canvas.rows));
        for point in shown().filter(|point| point.side == side) {
            if let Some(ns) = point.rtt_ns {
                dots.add(point.since_ns as f64, ns as f64);
            }
        }
        series(name, style, Shape::Dots, dots.points)
    });
    (all.collect(), (0.0, top), Unit::Time)
}

impl ChartsPane {
    pub(super) fn draw_all(&mut self, shared: &Shared, frame: &mut Frame, area: Rect) {
        self.draw_names(shared, frame, area);
        let body = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        let model = std::sync::Arc::clone(&self.model);
        let model = model.lock();
        if !self.is_side_chosen {
            let of = |side: Side| {
                let sent = model
                    .trace
                    .points()
                    .iter()
                    .filter(|point| point.side == side);
                sent.map(|point| u64::from(point.length)).sum::<u64>()
            };
            self.side = match of(Side::Client) > of(Side::Server) {
                true => Side::Client,
                false => Side::Server,
            };
        }
        let theme = &shared.theme;
        let whole = model.trace.span_ns();
        let trouble = match &model.trouble {
            Some(trouble) => Some(printable(trouble)),
            None if model.trace.points().is_empty() && model.is_reading => {
                Some(text!("list-reading").to_owned())
            }
            None if model.trace.points().is_empty() => Some(text!("stats-no-packets").to_owned()),
            None if whole == 0 => Some(text!("stats-one-time").to_owned()),
            None => None,
        };
        if let Some(words) = trouble {
            let words = cut(&format!("  {words}"), area.width.into());
            let line = Line::styled(words, theme.dim);
            frame.render_widget(line, Rect { height: 1, ..body });
            return;
        }
        let chart = Rect {
            y: body.y + 1,
            height: body.height.saturating_sub(2),
            ..body
        };
        self.area = chart;
        let (from, to) = self.window.shown(whole);
        let canvas = Canvas {
            theme,
            x: (from as f64, to as f64),
            columns: dots(chart),
            rows: 4 * usize::from(chart.height.max(1)),
        };
        let points = model.trace.points();
        let (series, y, unit) = match self.view {
            View::Throughput => throughput(points, &canvas, self.counts_packets),
            View::Sequence => sequence(points, &canvas, self.side),
            View::InFlight => in_flight(points, &canvas, self.side),
            View::RoundTrips => round_trips(points, &canvas),
        };
        let mut names = legend(&series, theme, area.width.saturating_sub(SIDE));
        if matches!(self.view, View::Sequence | View::InFlight) {
            let words = match self.side {
                Side::Client => text!("charts-of-client"),
                Side::Server => text!("charts-of-server"),
            };
            names
                .spans
                .insert(1, Span::styled(format!("{words}   "), theme.heading));
        }
        frame.render_widget(names, Rect { height: 1, ..body });
        let plot = Plot {
            series,
            x: canvas.x,
            y,
            unit,
            cursor: self.window.cursor.map(|at| at as f64),
        };
        plot.draw(frame, chart, theme);
        let foot = Rect {
            y: area.bottom().saturating_sub(1),
            height: 1,
            ..area
        };
        let words = cut(&format!(" {}", self.foot(&model)), area.width.into());
        frame.render_widget(Line::styled(words, theme.dim), foot);
    }

    fn draw_names(&mut self, shared: &Shared, frame: &mut Frame, area: Rect) {
        let views = View::ALL.map(|view| (view, view.name()));
        self.names = draw_names(&views, self.view, &shared.theme, frame, area);
    }

    /// Returns what is at the cursor, or what must be said.
    fn foot(&self, model: &Model) -> String {
        let points = model.trace.points();
        let nearest = self.window.cursor.and_then(|cursor| {
            let points = points.iter();
            points.min_by_key(|point| point.since_ns.abs_diff(cursor))
        });
        let Some(point) = nearest else {
            return match (model.is_reading, model.trace.is_full()) {
                (true, _) => text!("list-reading").to_owned(),
                (_, true) => text!("charts-full", packets = Count(MAX_POINTS as u64)),
                _ => text!("count-packets", count = Count(points.len() as u64)),
            };
        };
        let arrow = match point.side {
            Side::Client => "→",
            Side::Server => "←",
        };
        let mut words = vec![
            format!("#{} {arrow}", grouped(point.packet.into())),
            duration(point.since_ns),
        ];
        if point.length > 0 {
            let (at, size) = (grouped(point.seq.max(0) as u64), size(point.length.into()));
            words.push(text!("charts-foot-data", at, size));
            let size = crate::format::size(point.in_flight.into());
            words.push(text!("charts-foot-in-flight", size));
        }
        if let Some(ack) = point.ack {
            let at = grouped(ack.max(0) as u64);
            words.push(text!("charts-foot-ack", at));
        }
        if let Some(window) = point.window {
            let size = size(window.into());
            words.push(text!("charts-foot-window", size));
        }
        if let Some(ns) = point.rtt_ns {
            words.push(text!("charts-foot-rtt", time = duration(ns)));
        }
        words.extend(point.mark.map(|mark| mark_name(mark).to_owned()));
        words.join(" · ")
    }
}

fn mark_name(mark: Mark) -> &'static str {
    match mark {
        Mark::Retransmission => text!("charts-again"),
        Mark::Lost => text!("charts-lost"),
        Mark::OutOfOrder => text!("charts-out-of-order"),
        Mark::Reset => text!("charts-reset"),
    }
}
