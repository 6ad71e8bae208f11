//! Throughput over time, with a cursor that goes to the packets.

use crate::{
    format::{duration, grouped},
    lang::{Count, text},
    statistics::{Bucket, Direction, Timeline, TimelineError},
    ui::{
        Action, Shared,
        live_statistics::Sums,
        pane::Reply,
        plot::{Plot, Series, Shape, TimeWindow, Unit, dots, legend, round_up},
        text::cut,
    },
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Line,
};

/// The state of the chart.
#[derive(Default)]
pub(super) struct Throughput {
    window: TimeWindow,
    /// Packets rather than bytes.
    counts_packets: bool,
    /// The columns that were drawn last.
    columns: Columns,
    area: Rect,
}

/// The columns of the chart.
#[derive(Default)]
struct Columns {
    /// When they begin, nanoseconds since the beginning of the capture.
    begin_ns: i64,
    span_ns: i64,
    /// Each with its time since then.
    columns: Vec<(u64, Bucket)>,
}

impl Columns {
    fn of(timeline: &Timeline, all: &Timeline, most: usize) -> Result<Self, TimelineError> {
        Ok(Columns {
            begin_ns: timeline.begin_ns().saturating_sub(all.begin_ns()).max(0),
            span_ns: timeline.span_ns().min(i64::MAX as u64) as i64,
            columns: timeline.columns(most)?,
        })
    }

    /// Returns the column at a time.
    fn at(&self, time_ns: i64) -> Option<usize> {
        let since = time_ns.saturating_sub(self.begin_ns).max(0) as u64;
        let behind = self.columns.partition_point(|(begin, _)| *begin <= since);
        behind.checked_sub(1)
    }

    /// Returns when a column begins.
    fn time_ns(&self, at: usize) -> Option<i64> {
        let (since, _) = self.columns.get(at)?;
        Some(self.begin_ns.saturating_add_unsigned(*since))
    }

    /// Returns how long a column is.
    fn width_ns(&self, at: usize) -> u64 {
        let end = match self.columns.get(at + 1) {
            Some((since, _)) => *since,
            None => self.span_ns as u64,
        };
        let begin = self.columns.get(at).map_or(0, |(since, _)| *since);
        // The last one may have a single packet at its very beginning.
        let usual = self
            .columns
            .get(1)
            .map_or(self.span_ns as u64, |(since, _)| *since);
        end.saturating_sub(begin).max(usual).max(1)
    }
}

impl Throughput {
    /// Returns the part of the time that is shown, unless it is all, nanoseconds since the epoch.
    pub fn part(&self, sums: Option<&Sums>) -> Option<(i64, i64)> {
        let begin = sums?.timeline.begin_ns();
        let (from, to) = self.window.part()?;
        Some((begin.saturating_add(from), begin.saturating_add(to)))
    }

    /// Returns the first packet with an error at the cursor, else the first packet there or after it.
    pub fn packet(&self) -> Option<u32> {
        let at = self.columns.at(self.window.cursor?)?;
        let columns = self.columns.columns.get(at..)?;
        let (_, first) = columns.first()?;
        if first.first_error > 0 {
            return Some(first.first_error);
        }
        let mut firsts = columns.iter().map(|(_, bucket)| bucket.first);
        firsts.find(|first| *first > 0)
    }

    fn value(&self, bucket: &Bucket, direction: Direction, width_ns: u64) -> f64 {
        let count = match self.counts_packets {
            true => bucket.packets[direction as usize],
            false => bucket.bytes[direction as usize],
        };
        count as f64 * 1e9 / width_ns as f64
    }

    fn unit(&self) -> Unit {
        match self.counts_packets {
            true => Unit::PacketsPerSecond,
            false => Unit::BytesPerSecond,
        }
    }

    /// Draws it, or says why there is nothing to draw.
    pub fn draw(
        &mut self,
        sums: &Sums,
        shared: &Shared,
        frame: &mut Frame,
        area: Rect,
    ) -> Result<(), TimelineError> {
        let wanted = self.part(Some(sums));
        let part = sums.part.as_ref().filter(|(of, _)| Some(*of) == wanted);
        let timeline = match part {
            Some((_, timeline)) => timeline,
            None => &sums.timeline,
        };
        let chart = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(2),
            ..area
        };
        self.columns = Columns::of(timeline, &sums.timeline, dots(chart) / 2)?;
        self.area = chart;
        let theme = &shared.theme;
        let names = [
            (Direction::ToServer, text!("stats-to-server"), theme.client),
            (Direction::ToClient, text!("stats-to-client"), theme.server),
            (Direction::Neither, text!("stats-neither"), theme.dim),
        ];
        let mut most: f64 = 0.0;
        let mut series = Vec::new();
        let mut errors = Vec::new();
        for (direction, name, style) in names.into_iter().rev() {
            let mut points = Vec::with_capacity(self.columns.columns.len());
            for (column, (since, bucket)) in self.columns.columns.iter().enumerate() {
                let value = self.value(bucket, direction, self.columns.width_ns(column));
                most = most.max(value);
                let time_ns = self.columns.begin_ns.saturating_add_unsigned(*since);
                points.push((time_ns as f64, value));
                if bucket.errors > 0 && direction == Direction::ToServer {
                    errors.push(time_ns as f64);
                }
            }
            if direction != Direction::Neither || points.iter().any(|(_, value)| *value > 0.0) {
                series.push(Series {
                    name: name.to_owned(),
                    style,
                    shape: Shape::Line,
                    points,
                });
            }
        }
        let top = round_up(most);
        series.reverse();
        series.push(Series {
            name: match errors.is_empty() {
                true => String::new(),
                false => text!("stats-errors").to_owned(),
            },
            style: theme.bad,
            shape: Shape::Marks,
            points: errors.into_iter().map(|time| (time, top)).collect(),
        });
        frame.render_widget(
            legend(&series, theme, area.width),
            Rect { height: 1, ..area },
        );
        let from = self.columns.begin_ns as f64;
        let plot = Plot {
            series,
            x: (from, from + self.columns.span_ns as f64),
            y: (0.0, top),
            unit: self.unit(),
            cursor: self.window.cursor.map(|at| at as f64),
        };
        plot.draw(frame, chart, theme);
        let place = Rect {
            y: area.bottom().saturating_sub(1),
            height: 1,
            ..area
        };
        let words = cut(
            &format!(" {}", self.foot(&sums.timeline)),
            area.width.into(),
        );
        frame.render_widget(Line::styled(words, theme.dim), place);
        Ok(())
    }

    /// Returns what is at the cursor.
    fn foot(&self, timeline: &Timeline) -> String {
        let cursor = self.window.cursor.and_then(|time_ns| {
            let at = self.columns.at(time_ns)?;
            let (_, bucket) = self.columns.columns.get(at)?;
            Some((at, bucket, self.columns.time_ns(at)?))
        });
        let Some((at, bucket, time_ns)) = cursor else {
            let width = duration(self.columns.width_ns(0).min(i64::MAX as u64) as i64);
            return match timeline.early() {
                0 => text!("stats-chart-width", width),
                early => {
                    let packets = text!("count-packets", count = Count(early));
                    text!("stats-early", packets)
                }
            };
        };
        let width_ns = self.columns.width_ns(at);
        let of = |direction| self.unit().words(self.value(bucket, direction, width_ns));
        let time = duration(time_ns);
        let width = duration(width_ns.min(i64::MAX as u64) as i64);
        let packets = text!(
            "count-packets",
            count = Count(bucket.packets.iter().sum::<u64>())
        );
        let errors = match bucket.errors {
            0 => String::new(),
            count => format!(" · {}", text!("stats-tcp-errors", count = Count(count))),
        };
        let packet = match self.packet().filter(|_| !bucket.is_empty()) {
            None => String::new(),
            Some(packet) => format!(" · #{}", grouped(packet.into())),
        };
        format!(
            "{time} + {width} · {packets} · → {} · ← {}{errors}{packet}",
            of(Direction::ToServer),
            of(Direction::ToClient)
        )
    }

    /// Performs an action.
    pub fn act(&mut self, action: Action, sums: Option<&Sums>, shared: &Shared) -> Reply {
        let Some(sums) = sums else {
            return Reply::Ignored;
        };
        let whole = sums.timeline.span_ns().min(i64::MAX as u64) as i64;
        match action {
            Action::Left => self.go(-1, whole),
            Action::Right => self.go(1, whole),
            Action::PageUp => self.go(-10, whole),
            Action::PageDown => self.go(10, whole),
            Action::Top => self.window.set(0, whole),
            Action::Bottom => self.window.set(whole, whole),
            Action::FindNext => return self.go_to_error(1, &sums.timeline, shared),
            Action::FindPrevious => return self.go_to_error(-1, &sums.timeline, shared),
            Action::Grow => self.window.zoom(true, whole),
            Action::Shrink => self.window.zoom(false, whole),
            Action::Mode => self.counts_packets = !self.counts_packets,
            Action::Open => {
                return match self.packet() {
                    Some(packet) => Reply::ListPacket(packet),
                    None => Reply::Say(text!("stats-no-cursor").to_owned()),
                };
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    /// Moves the cursor by some columns. It begins in the middle.
    fn go(&mut self, by: i64, whole: i64) {
        self.window.step(by, self.columns.columns.len(), whole);
    }

    /// Moves the cursor to the next column with an error, or to the previous one.
    fn go_to_error(&mut self, step: isize, all: &Timeline, shared: &Shared) -> Reply {
        let has_error = |at: &usize| self.columns.columns[*at].1.errors > 0;
        let count = self.columns.columns.len();
        let cursor = self.window.cursor;
        let at = cursor.and_then(|time_ns| self.columns.at(time_ns));
        let found = match (step > 0, at) {
            (true, None) => (0..count).find(has_error),
            (true, Some(at)) => (at + 1..count).find(has_error),
            (false, at) => (0..at.unwrap_or(count).min(count)).rev().find(has_error),
        };
        match found {
            Some(at) => {
                // The time of the error itself, so that it stays in sight when it is zoomed in on.
                let packet = self.columns.columns[at].1.first_error;
                let contents = shared.store.read();
                let record = contents.packets.get(packet);
                let time_ns = record.map(|it| it.order_ns.saturating_sub(all.begin_ns()));
                if let Some(time_ns) = time_ns.or(self.columns.time_ns(at)) {
                    let whole = all.span_ns().min(i64::MAX as u64) as i64;
                    self.window.set(time_ns, whole);
                }
                Reply::Done
            }
            None => Reply::Say(text!("stats-no-more-errors").to_owned()),
        }
    }

    /// Moves the cursor to where the mouse is.
    pub fn click(&mut self, at: Position) {
        let columns = self.columns.columns.len();
        let width = dots(self.area) / 2;
        let left = self.area.right().saturating_sub(width as u16);
        if at.x < left || columns == 0 || width == 0 {
            return;
        }
        let column = usize::from(at.x - left) * columns / width;
        self.window.cursor = self.columns.time_ns(column.min(columns - 1));
    }
}
