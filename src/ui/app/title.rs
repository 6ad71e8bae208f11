//! The first lines of the screen: what is open, how large it is, and what is shown of it.

use super::App;
use crate::{
    capture::live::End,
    format::{bytes, grouped, printable, seconds, spaced},
    lang::{Count, text},
    store::Contents,
    ui::{Scope, filter_line::REFERENCE, list::Following, text},
};
use ratatui::{Frame, layout::Rect, style::Style};

/// The maximum number of columns for the capture filter.
const MAX_FILTER: usize = 30;

impl App {
    /// Draws what is open, how large it is, and the filter.
    pub(super) fn draw_title(&self, frame: &mut Frame, area: Rect) {
        let theme = &self.shared.theme;
        // Panes are called while the store is not locked: they may wait for the reader.
        let tail = self.panes.main().tail();
        let contents = &self.shared.store.read();
        let right = self.title_right(contents, tail);
        let room = usize::from(area.width).saturating_sub(wide(&right));
        let mut parts = vec![
            (" wiretalk  ".to_owned(), theme.heading),
            (
                format!("{}  ", text::cut(&self.shared.name, room / 3)),
                theme.key,
            ),
        ];
        let mut facts = self.facts(contents);
        let used = wide(&parts);
        let gaps = |facts: &[Fact]| 3 * facts.len().saturating_sub(1);
        let all = |facts: &[Fact]| -> usize { facts.iter().map(|f| text::width(&f.words)).sum() };
        // The least informative fact is omitted first.
        while facts.len() > 1
            && used + all(&facts) + gaps(&facts) > room
            && let Some(least) = (0..facts.len()).max_by_key(|at| facts[*at].rank)
        {
            facts.remove(least);
        }
        for (at, fact) in facts.into_iter().enumerate() {
            if at > 0 {
                parts.push((" · ".to_owned(), theme.dim));
            }
            parts.push((fact.words, fact.style));
        }
        frame.render_widget(text::line(parts, room), area);
        let width = wide(&right).min(area.width.into());
        let place = Rect {
            x: area.right() - width as u16,
            width: width as u16,
            ..area
        };
        frame.render_widget(text::line(right, width), place);
    }

    /// Whether there is a line about the display filter: above a list, while there is one or while only some ports are
    /// shown, which make one.
    pub(super) fn shows_filter(&self) -> bool {
        let is_list = self.panes.lists().any(|(_, is_shown)| is_shown);
        is_list && (self.shared.display.filter().is_some() || !self.shared.ports.is_empty())
    }

    /// Draws the display filter, what it holds for, and how far the search is.
    pub(super) fn draw_filter(&self, frame: &mut Frame, area: Rect) {
        let theme = &self.shared.theme;
        let display = &self.shared.display;
        let (Some(filter), Some(found)) = (display.filter(), display.count()) else {
            let filter = self.shared.ports.display_filter();
            let words = text!("filter-display", filter);
            let room = usize::from(area.width);
            let words = format!(" {} ", text::cut(&words, room.saturating_sub(2)));
            let mut parts = vec![(words, theme.filter)];
            if let Some(words) = self
                .shared
                .ports
                .announced(&self.shared.store.read().tracker)
            {
                parts.push((format!(" · {words}"), theme.dim));
            }
            parts.extend(self.hidden_kinds());
            frame.render_widget(text::line(parts, room), area);
            return;
        };
        let (all, first) = {
            let packets = &self.shared.store.read().packets;
            (packets.len() as u32, packets.first())
        };
        let there = u64::from((all + 1).saturating_sub(first));
        let shown = grouped(found.packets);
        let packets = text!("filter-packets", shown, count = Count(there));
        let conversations = text!("count-conversations", count = Count(found.conversations));
        let mut parts = Vec::new();
        if self.panes.main().scope() != Scope::Statistics {
            parts.push((format!(" · {packets} · {conversations}"), Style::new()));
        }
        if display.whole {
            parts.push((format!(" · {}", text!("filter-whole")), theme.key));
        }
        parts.extend(self.hidden_kinds());
        if let Some(packet) = display.chosen() {
            let words = text!("filter-refers", packet, reference = REFERENCE);
            parts.push((format!(" · {words}"), theme.dim));
        }
        if let Some(reason) = &found.failure {
            parts.push((format!(" · {}", printable(reason)), theme.bad));
        } else if found.examined < all {
            let done = u64::from((found.examined + 1).saturating_sub(first));
            let percent = done * 100 / there.max(1);
            let words = text!("filter-searching", percent);
            parts.push((format!(" {words}"), theme.warning));
        }
        let room = usize::from(area.width);
        let words = text!("filter-display", filter = printable(&filter.to_string()));
        let left = room.saturating_sub(wide(&parts) + 2);
        parts.insert(0, (format!(" {} ", text::cut(&words, left)), theme.filter));
        let hint = text!("filter-esc-clears");
        let used = wide(&parts);
        if used + text::width(hint) + 3 <= room {
            let gap = room - used - text::width(hint) - 1;
            parts.push((format!("{}{hint} ", " ".repeat(gap)), theme.dim));
        }
        frame.render_widget(text::line(parts, room), area);
    }

    /// Returns what else is hidden, or that nothing is.
    fn hidden_kinds(&self) -> Vec<(String, Style)> {
        let shared = &self.shared;
        let ports = shared.display.filter().is_some() && !shared.ports.is_empty();
        let ports = ports.then(|| text!("filter-ports", ports = &shared.ports));
        let is_sum = self.panes.main().scope() == Scope::Statistics;
        let words = [
            is_sum.then(|| text!("filter-not-of-statistics").to_owned()),
            ports,
            shared.tcp_only.then(|| text!("filter-tcp").to_owned()),
            shared
                .with_findings
                .then(|| text!("filter-findings").to_owned()),
        ];
        let words = words.into_iter().flatten();
        words
            .map(|words| (format!(" · {words}"), shared.theme.warning))
            .collect()
    }

    /// Returns the size of the capture, and the work in progress.
    fn facts(&self, contents: &Contents) -> Vec<Fact> {
        let theme = &self.shared.theme;
        let rates = &self.shared.rates;
        let to = rates.limit(contents);
        let evicted = contents.evicted_by_now();
        let packets = u64::from(to).saturating_sub(evicted.packets);
        let span = match contents.packets.get(to) {
            Some(last) if rates.is_paused() => last.order_ns.saturating_sub(contents.began_ns()),
            _ => contents.lasted_ns(),
        };
        let fact = |rank, words, style| Fact { rank, words, style };
        let mut facts = vec![
            fact(0, text!("count-packets", count = Count(packets)), theme.dim),
            fact(
                3,
                text!(
                    "count-conversations",
                    count = Count(rates.conversations(contents))
                ),
                theme.dim,
            ),
            fact(
                4,
                text!("title-seconds", seconds = seconds(span, 1)),
                theme.dim,
            ),
        ];
        if evicted.sessions > 0 {
            let words = text!("title-sessions-ended", count = Count(evicted.sessions));
            facts.push(fact(2, words, theme.dim));
        }
        if evicted.packets > 0 {
            let since = self.shared.settings.time_of_day(evicted.until_ns);
            let packets = bytes(evicted.packets);
            let words = text!("title-evicted", packets, since);
            facts.push(fact(2, words, theme.dim));
        }
        let progress = self.shared.live.as_ref().map(|live| live.progress());
        if let Some(progress) = &progress {
            let (kernel, card) = progress.dropped();
            if kernel + card > 0 {
                let words = text!("title-dropped", count = Count(kernel + card));
                facts.insert(0, fact(0, words, theme.bad));
            }
            let gone = progress.interfaces.iter().find(|one| one.gone.is_some());
            if let Some(gone) = gone {
                let words = text!("title-gone", interface = printable(&gone.name));
                facts.push(fact(1, words, theme.bad));
            }
        }
        let end = progress.and_then(|progress| progress.end);
        match contents.size.filter(|size| *size > 0) {
            _ if rates.is_running() => {
                let rate = rates.total_rate();
                let or_none = |rate: String| {
                    if rate.is_empty() {
                        "0".to_owned()
                    } else {
                        rate
                    }
                };
                let packets = or_none(rate.packets_per_second());
                let octets = spaced(&or_none(rate.bytes_per_second()));
                facts.push(fact(1, text!("title-live", packets), theme.good));
                facts.push(fact(2, format!("{octets}B/s"), theme.good));
                facts.push(fact(5, rates.sparkline(20), theme.handshake));
            }
            _ if contents.finished => {
                if contents.size.is_none() {
                    let (words, style) = match end {
                        Some(end @ (End::DiskFull { .. } | End::Failed(_) | End::Died(_))) => {
                            (end.to_string(), theme.bad)
                        }
                        Some(end) => (end.to_string(), theme.dim),
                        None => (text!("title-ended").to_owned(), theme.dim),
                    };
                    facts.push(fact(1, words, style));
                }
            }
            Some(size) => {
                let percent = contents.read * 100 / size;
                facts.push(fact(1, text!("title-reading-percent", percent), theme.dim));
            }
            None => facts.push(fact(1, text!("title-reading").to_owned(), theme.dim)),
        }
        facts
    }

    /// Returns what is shown of it, and how.
    fn title_right(&self, contents: &Contents, tail: Option<Following>) -> Vec<(String, Style)> {
        let theme = &self.shared.theme;
        let rates = &self.shared.rates;
        let mut right = Vec::new();
        if contents.rereading.left > 0 {
            let count = Count(contents.rereading.left as u64);
            right.push((
                format!(" {} ", text!("title-rereading", count)),
                theme.filter,
            ));
        }
        let live = self.shared.live.as_ref();
        if let Some(filter) = live.and_then(|live| live.filter()) {
            let filter = text::cut(&printable(filter), MAX_FILTER);
            let words = text!("filter-capture", filter);
            right.push((format!(" {words} "), theme.filter));
        }
        if let Some(mark) = self.shared.confinement.mark() {
            right.push((format!(" {mark} "), theme.filter));
        }
        if self.shared.settings.show_secrets {
            right.push((format!(" {} ", text!("title-secrets")), theme.filter));
        }
        for (list, _) in self.panes.lists() {
            let words = list.filter(&self.shared);
            right.extend(words.map(|words| (words, theme.filter)));
        }
        if rates.is_paused() {
            let since = contents.packets.len() as u64 - u64::from(rates.limit(contents));
            let words = text!("title-paused", count = Count(since));
            right.push((format!(" {words} "), theme.filter));
        } else if rates.is_running()
            && let Some(tail) = tail
        {
            if tail.follows {
                right.push((format!(" {} ", text!("title-following")), theme.good));
            } else {
                right.push((format!(" {}", tail.key), theme.key));
                right.push((format!(" {} ", text!("title-follows")), theme.dim));
            }
        }
        right
    }
}

/// A fact in the title, and its rank where there is no room for all.
struct Fact {
    rank: u8,
    words: String,
    style: Style,
}

fn wide(parts: &[(String, Style)]) -> usize {
    parts.iter().map(|(words, _)| text::width(words)).sum()
}
