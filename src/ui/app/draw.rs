//! Draws the screen: what is open, the panes, and what helps.

use super::{App, Tab, stamp};
use crate::{
    capture::live::End,
    store::Contents,
    ui::{Scope, action::hints, list::Tail, panes::ladder::LadderPane, reader::MadeFor, text},
    words::{bytes, counted, grouped, printable, seconds, spaced},
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::{Clear, Widget},
};
use std::time::{Duration, Instant};

/// Columns from which a list and a packet stand side by side.
const SIDE_BY_SIDE: u16 = 116;

/// How long a frame waits for what it has asked the reader for: with what comes by then it is drawn once, not twice.
const GRACE: Duration = Duration::from_millis(8);

impl App {
    /// Draws everything that is there by now.
    pub fn draw(&mut self, frame: &mut Frame) {
        let until = Instant::now() + GRACE;
        self.sync();
        self.paint(frame);
        let mut waited = true;
        while waited {
            waited = self.shared.reader.wait(until);
            if self.shared.reader.news() == self.drawn.read {
                return;
            }
            frame.buffer_mut().reset();
            self.paint(frame);
        }
    }

    /// Takes up what has come since the last frame.
    fn sync(&mut self) {
        self.finish_saving();
        let store = self.shared.store.clone();
        let contents = store.read();
        self.sync_rereading(&contents);
        let was_running = self.shared.rates.is_running();
        self.shared.rates.sync(&contents, Instant::now());
        self.drawn.at = Instant::now();
        self.drawn.of = stamp(&contents);
        if was_running && contents.finished {
            self.message = match self.shared.live.as_ref().map(|live| live.progress().end) {
                None => Some("The capture has ended.".to_owned()),
                // Whoever has stopped it has been told what came of it.
                Some(None | Some(End::Asked)) => self.message.take(),
                Some(Some(end)) => Some(format!("The capture has ended: {end}.")),
            };
        }
        self.conversations.sync(&contents, &self.shared);
        let limit = self.shared.rates.limit(&contents);
        let made_for = MadeFor::new(&self.shared.settings, contents.finished);
        drop(contents);
        match (&self.follow, &self.ladder) {
            (Some(follow), _) => follow.sync(limit, made_for.show_secrets),
            (None, Some(ladder)) => ladder.sync(limit, made_for),
            (None, None) => {}
        }
    }

    /// Draws what is there, and asks for what is not. The store is locked while lines are made of it, in memory; no
    /// file is read and nothing is written.
    fn paint(&mut self, frame: &mut Frame) {
        self.drawn.read = self.shared.reader.news();
        self.message = self.shared.reader.trouble().or(self.message.take());
        if let Some(follow) = &self.follow {
            self.message = follow.take_message().or(self.message.take());
        }
        self.places.clear();
        let area = frame.area();
        if area.width < 20 || area.height < 6 {
            frame.render_widget(Line::raw("too small"), area);
            return;
        }
        let line = |y: u16| Rect {
            y,
            height: 1,
            ..area
        };
        let body = Rect {
            y: area.y + 2,
            height: area.height - 3,
            ..area
        };
        let store = self.shared.store.clone();
        self.packets.sync(&store.read(), &self.shared);
        self.draw_title(frame, line(area.y));
        self.draw_tabs(frame, line(area.y + 1));
        match self.list() {
            Scope::Conversations => {
                self.places.push((Scope::Conversations, body));
                self.conversations
                    .draw(&store.read(), &self.shared, frame, body);
            }
            list => self.draw_with_packet(frame, body, list),
        }
        self.draw_foot(frame, line(area.bottom() - 1));
        if let Some(help) = &mut self.help {
            let place = help.place(area);
            Clear.render(place, frame.buffer_mut());
            help.draw(&self.shared, frame, place);
            self.places.push((Scope::All, place));
        }
    }

    /// A list of packets and, beside, below or instead of it, the chosen one.
    fn draw_with_packet(&mut self, frame: &mut Frame, area: Rect, list: Scope) {
        let store = self.shared.store.clone();
        let ladder = list == Scope::Ladder;
        let in_packet = matches!(self.focus, Scope::Details | Scope::Bytes);
        // What was said has all of the screen, until a packet of it is looked at.
        let alone = list == Scope::Follow && !in_packet;
        // What stands in a row of several packets may have to be read first.
        let opened = self.ladder.as_ref().filter(|_| ladder);
        let is_known = !alone && opened.is_none_or(LadderPane::knows_packet);
        if let Some(number) = self.chosen_packet().filter(|_| is_known) {
            self.packet.show(&store.read(), &self.shared, number);
        }
        let (list_area, packet_area) = if self.zoomed || alone {
            if in_packet {
                (None, Some(area))
            } else {
                (Some(area), None)
            }
        } else if ladder && area.width >= SIDE_BY_SIDE {
            let width = (u32::from(area.width) * u32::from(self.split) / 100) as u16;
            let rule = Rect {
                x: area.x + width,
                width: 1,
                ..area
            };
            for y in rule.top()..rule.bottom() {
                let place = Rect {
                    y,
                    height: 1,
                    ..rule
                };
                frame.render_widget(Line::styled("│", self.shared.theme.line), place);
            }
            let beside = Rect {
                x: rule.right(),
                width: area.width - width - 1,
                ..area
            };
            (Some(Rect { width, ..area }), Some(beside))
        } else if area.height >= 18 && !(ladder && area.height < 30) {
            let height = (u32::from(area.height) * u32::from(self.split) / 100) as u16;
            let rule = Rect {
                y: area.y + height,
                height: 1,
                ..area
            };
            let words = "─".repeat(area.width.into());
            frame.render_widget(Line::styled(words, self.shared.theme.line), rule);
            let below = Rect {
                y: rule.bottom(),
                height: area.height - height - 1,
                ..area
            };
            (Some(Rect { height, ..area }), Some(below))
        } else if in_packet {
            (None, Some(area))
        } else {
            (Some(area), None)
        };
        if let Some(place) = list_area {
            self.places.push((list, place));
            let focused = self.focus == list;
            match (&self.follow, &self.ladder) {
                (Some(follow), _) => follow.draw(&self.shared, frame, place, focused),
                (None, Some(ladder)) => ladder.draw(&self.shared, frame, place, focused),
                (None, None) => {
                    self.packets
                        .draw(&store.read(), &self.shared, frame, place, focused);
                }
            }
        }
        if let Some(place) = packet_area {
            let only = self.zoomed.then_some(self.focus);
            let places = self
                .packet
                .draw(&self.shared, frame, place, self.focus, only);
            self.places.extend(places);
        }
    }

    /// What is open, how much is in it, and the filter.
    fn draw_title(&self, frame: &mut Frame, area: Rect) {
        let theme = &self.shared.theme;
        let tail = self.tail();
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
        // What tells least goes first.
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

    /// How much there is, and what goes on.
    fn facts(&self, contents: &Contents) -> Vec<Fact> {
        let theme = &self.shared.theme;
        let rates = &self.shared.rates;
        let to = rates.limit(contents);
        let let_go = contents.let_go_by_now();
        let packets = u64::from(to).saturating_sub(let_go.packets);
        let span = match contents.packets.get(to) {
            Some(last) if rates.is_paused() => last.time_ns.saturating_sub(contents.began_ns()),
            _ => contents.lasted_ns(),
        };
        let fact = |rank, words, style| Fact { rank, words, style };
        let mut facts = vec![
            fact(0, counted(packets, "packet"), theme.dim),
            fact(
                3,
                counted(rates.conversations(contents), "conversation"),
                theme.dim,
            ),
            fact(4, format!("{} s", seconds(span, 1)), theme.dim),
        ];
        if !let_go.is_nothing() {
            let since = self.shared.settings.time_of_day(let_go.until_ns);
            let packets = bytes(let_go.packets);
            let words = format!("let go: {packets} packets before {since}");
            facts.push(fact(2, words, theme.dim));
        }
        let progress = self.shared.live.as_ref().map(|live| live.progress());
        if let Some(progress) = &progress {
            let (kernel, card) = progress.dropped();
            if kernel + card > 0 {
                let words = format!("{} dropped", counted(kernel + card, "packet"));
                facts.insert(0, fact(0, words, theme.bad));
            }
            let gone = progress.interfaces.iter().find(|one| one.gone.is_some());
            if let Some(gone) = gone {
                facts.push(fact(
                    1,
                    format!("{} is gone", printable(&gone.name)),
                    theme.bad,
                ));
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
                facts.push(fact(1, format!("live {packets} packets/s"), theme.good));
                facts.push(fact(2, format!("{octets}B/s"), theme.good));
                facts.push(fact(5, rates.sparkline(20), theme.handshake));
            }
            _ if contents.finished => {
                if contents.size.is_none() {
                    let (words, style) = match end {
                        Some(end @ (End::DiskFull { .. } | End::Failed(_))) => {
                            (end.to_string(), theme.bad)
                        }
                        Some(end) => (end.to_string(), theme.dim),
                        None => ("ended".to_owned(), theme.dim),
                    };
                    facts.push(fact(1, words, style));
                }
            }
            Some(size) => {
                let percent = contents.read * 100 / size;
                facts.push(fact(1, format!("reading {percent} %"), theme.dim));
            }
            None => facts.push(fact(1, "reading".to_owned(), theme.dim)),
        }
        facts
    }

    /// What is shown of it.
    fn title_right(&self, contents: &Contents, tail: Tail) -> Vec<(String, Style)> {
        let theme = &self.shared.theme;
        let rates = &self.shared.rates;
        let mut right = Vec::new();
        if contents.rereading.left > 0 {
            let left = counted(contents.rereading.left as u64, "conversation");
            right.push((format!(" rereading {left} "), theme.filter));
        }
        if let Some(mark) = self.shared.confinement.mark() {
            right.push((format!(" {mark} "), theme.filter));
        }
        if self.shared.settings.show_secrets {
            right.push((" secrets shown ".to_owned(), theme.filter));
        }
        if let Some(mark) = self.shared.confinement.mark() {
            right.push((format!(" {mark} "), theme.filter));
        }
        let shown = || {
            let all = contents.tracker.count() as u64;
            let shown = grouped(self.conversations.shown() as u64);
            format!("{shown} of {} shown", grouped(all))
        };
        if !self.shared.ports.is_empty() {
            let words = format!(" port: {}  {} ", self.shared.ports, shown());
            right.push((words, theme.filter));
        } else if self.conversations.hides_udp() {
            right.push((format!(" TCP only  {} ", shown()), theme.filter));
        }
        if rates.is_paused() {
            let since = contents.packets.len() as u64 - u64::from(rates.limit(contents));
            let words = format!(" paused · {} since ", counted(since, "packet"));
            right.push((words, theme.filter));
        } else if rates.is_running() && tail.follows {
            right.push((" following ".to_owned(), theme.good));
        } else if rates.is_running() {
            right.push((format!(" {}", tail.key), theme.key));
            right.push((" follows ".to_owned(), theme.dim));
        }
        right
    }

    fn draw_tabs(&self, frame: &mut Frame, area: Rect) {
        let theme = &self.shared.theme;
        if let Some(follow) = &self.follow {
            frame.render_widget(follow.title(&self.shared, area.width), area);
            return;
        }
        if let Some(ladder) = &self.ladder {
            frame.render_widget(ladder.title(&self.shared, area.width), area);
            return;
        }
        let contents = self.shared.store.read();
        let tab = |tab: Tab, words: &str| {
            let style = if tab == self.tab {
                theme.heading.patch(theme.cursor_away)
            } else {
                theme.dim
            };
            Span::styled(format!(" {words} "), style)
        };
        let mut spans = vec![
            Span::raw(" "),
            tab(Tab::Conversations, "1 Conversations"),
            Span::raw(" "),
            tab(Tab::Packets, "2 Packets"),
        ];
        if !contents.problems.is_empty() {
            let problem = &contents.problems[contents.problems.len() - 1];
            spans.push(Span::styled(format!("   ! {problem}"), theme.warning));
        }
        let tabs = Line::from(spans);
        // What the program has given up, where there is room for it; `?` says more.
        let status = format!("{} ", self.shared.confinement.status());
        let width = text::width(&status);
        if tabs.width() + 3 + width <= area.width.into() {
            let place = Rect {
                x: area.right() - width as u16,
                width: width as u16,
                ..area
            };
            frame.render_widget(Line::styled(status, theme.dim), place);
        }
        frame.render_widget(tabs, area);
    }

    /// A question, a message, or the keys that help here.
    fn draw_foot(&self, frame: &mut Frame, area: Rect) {
        let theme = &self.shared.theme;
        if let Some(prompt) = &self.prompt {
            prompt.draw(theme, frame, area);
            return;
        }
        if let Some(words) = self.saving.words() {
            frame.render_widget(Line::styled(words, theme.heading), area);
            return;
        }
        if let Some(message) = &self.message {
            let line = Line::styled(format!(" {message}"), theme.heading);
            frame.render_widget(line, area);
            return;
        }
        let totals = if self.list() == Scope::Conversations {
            let (packets, octets) = self.conversations.totals();
            format!(
                " {} · {}B ",
                counted(packets, "packet"),
                spaced(&bytes(octets))
            )
        } else {
            String::new()
        };
        let room = usize::from(area.width).saturating_sub(text::width(&totals));
        let mut parts = vec![(" ".to_owned(), Style::new())];
        let mut used = 1;
        for (key, word) in hints(self.focus) {
            let length = text::width(key) + text::width(word) + 3;
            if used + length > room {
                break;
            }
            used += length;
            parts.push((format!("{key} "), theme.key));
            parts.push((format!("{word}  "), theme.dim));
        }
        frame.render_widget(text::line(parts, room), area);
        let width = text::width(&totals).min(area.width.into()) as u16;
        let place = Rect {
            x: area.right() - width,
            width,
            ..area
        };
        frame.render_widget(Line::styled(totals, theme.dim), place);
    }
}

/// Something that the title says, and how far behind it stands where there is no room for all.
struct Fact {
    rank: u8,
    words: String,
    style: Style,
}

fn wide(parts: &[(String, Style)]) -> usize {
    parts.iter().map(|(words, _)| text::width(words)).sum()
}
