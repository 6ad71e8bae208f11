//! How long answers took: a row for each protocol, and the histogram of the chosen one.

use super::{StatsPane, tables::bar};
use crate::{
    format::{duration, grouped},
    lang::text,
    statistics::{PERCENTILES, application_label},
    track::Histogram,
    ui::{
        Shared,
        live_statistics::Sums,
        text::{cut, left, right},
    },
};
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

/// The columns of the name, of the count, of each time.
const NAME: usize = 12;
const COUNT: usize = 9;
const TIME: usize = 9;

/// The most rows of protocols while there is a histogram below.
const ROWS: u16 = 8;

/// The bars for a power of ten: the most of these that there is room for.
const PER_DECADE: [u32; 6] = [30, 20, 10, 5, 3, 1];

/// The columns of the times at the left of the bars.
const LABEL: usize = 20;

fn times(of: &Histogram) -> Vec<Option<i64>> {
    let range = of.range_ns();
    let shares = PERCENTILES.iter();
    let shares = shares.map(|(_, share)| of.percentile_ns(*share));
    std::iter::once(range.map(|(least, _)| least))
        .chain(shares)
        .chain(std::iter::once(range.map(|(_, most)| most)))
        .collect()
}

impl StatsPane {
    pub(super) fn draw_answers(
        &mut self,
        sums: &Sums,
        shared: &Shared,
        frame: &mut Frame,
        area: Rect,
    ) {
        let theme = &shared.theme;
        let answers = &sums.overview.answers;
        let mut words = format!(
            " {}{}",
            left(text!("stats-column-application"), NAME),
            right(text!("stats-column-answers"), COUNT)
        );
        let names = std::iter::once(text!("stats-column-fastest"));
        let names = names.chain(PERCENTILES.iter().map(|(name, _)| *name));
        for name in names.chain(std::iter::once(text!("stats-column-slowest"))) {
            words += &right(name, TIME);
        }
        let top = Line::styled(cut(&words, area.width.into()), theme.dim);
        frame.render_widget(top, Rect { height: 1, ..area });
        let count = answers.len() as u16;
        let list = Rect {
            y: area.y + 1,
            height: count.min(ROWS).min(area.height.saturating_sub(1)),
            ..area
        };
        self.list = list;
        let cursor = self.cursor();
        let rows = cursor.fit(answers.len(), list.height.into());
        let selected = cursor.selected;
        for (at, y) in rows.zip(list.y..) {
            let Some((name, of)) = answers.get(at) else {
                continue;
            };
            let place = Rect {
                y,
                height: 1,
                ..list
            };
            let sign = match at == selected {
                true => {
                    frame.buffer_mut().set_style(place, theme.cursor);
                    "▌"
                }
                false => " ",
            };
            let mut words = format!(
                "{sign}{}{}",
                left(&cut(application_label(name), NAME), NAME),
                right(&grouped(of.count()), COUNT)
            );
            for ns in times(of) {
                words += &right(&ns.map_or_else(String::new, duration), TIME);
            }
            frame.render_widget(Line::raw(cut(&words, area.width.into())), place);
        }
        let rest = Rect {
            y: list.bottom() + 1,
            height: area.bottom().saturating_sub(list.bottom() + 1),
            ..area
        };
        if let Some((_, of)) = answers.get(selected) {
            draw_histogram(of, shared, frame, rest);
        }
    }
}

/// Draws a histogram: a line for each class of times, as wide as it has answers.
fn draw_histogram(of: &Histogram, shared: &Shared, frame: &mut Frame, area: Rect) {
    let theme = &shared.theme;
    let room = usize::from(area.height);
    let finest = PER_DECADE
        .into_iter()
        .find(|per_decade| of.bars(*per_decade).len() <= room)
        .unwrap_or(1);
    let bars = of.bars(finest);
    let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let median = of.percentile_ns(0.5).unwrap_or(0);
    let taken = LABEL + COUNT + 4 + crate::cell::width(text!("stats-median")) + 2;
    let columns = usize::from(area.width).saturating_sub(taken).min(80);
    let ends = bars.iter().skip(1).map(|(from, _)| *from);
    let ends = ends.chain(std::iter::once(i64::MAX));
    for (((from, count), end), y) in bars.iter().zip(ends).zip(area.y..area.bottom()) {
        let place = Rect {
            y,
            height: 1,
            ..area
        };
        let label = text!("stats-from-time", time = duration(*from));
        let is_median = (*from..end).contains(&median);
        let style = match is_median {
            true => theme.handshake,
            false => theme.client,
        };
        let mut spans = vec![
            Span::styled(right(&label, LABEL), theme.dim),
            Span::raw("  "),
            Span::styled(bar(*count, most, columns), style),
            Span::styled(right(&grouped(*count), COUNT), theme.dim),
        ];
        if is_median {
            spans.push(Span::styled(
                format!("  {}", text!("stats-median")),
                theme.handshake,
            ));
        }
        frame.render_widget(Line::from(spans), place);
    }
}
