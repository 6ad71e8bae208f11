//! Draws the screen: the title, the panes, and the hints.

use super::{App, Tabs, stamp};
use crate::{
    capture::live::End,
    lang::text,
    ui::{
        Action, Scope,
        action::hints_within,
        keys,
        layout::Wish,
        pane::PaneArea,
        prompt::Prompt,
        stack::PaneSlot,
        text::{self, left},
    },
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};
use std::time::{Duration, Instant};

/// How long a frame waits for its requests to the reader: with the answers that come by then it is drawn once instead
/// of twice.
const GRACE: Duration = Duration::from_millis(8);

/// A tab of the captures that are open is at least this wide.
const SHORTEST_TAB: usize = 12;

/// A message takes this many lines at most.
const MOST_LINES: usize = 4;

/// The columns of the bottom line that its right end leaves to the keys at least.
const LEAST_HINTS: usize = 12;

impl App {
    /// Draws the current state.
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

    /// Takes over what has come since the last frame.
    fn sync(&mut self) {
        self.finish_keys();
        self.finish_saving();
        self.sync_comments();
        self.sync_findings();
        self.sync_finding();
        self.sync_display_filter();
        let store = self.shared.store.clone();
        let contents = store.read();
        self.sync_rereading(&contents);
        let was_running = self.shared.rates.is_running();
        self.shared.rates.sync(&contents, Instant::now());
        self.drawn.at = Instant::now();
        self.drawn.of = stamp(&contents);
        if was_running && contents.finished {
            self.message = match self.shared.live.as_ref().map(|live| live.progress().end) {
                None => Some(text!("message-capture-ended").to_owned()),
                // The user who stopped it has already seen the result.
                Some(None | Some(End::Asked)) => self.message.take(),
                Some(Some(end)) => Some(text!("message-capture-ended-why", end)),
            };
        }
        drop(contents);
        self.panes.sync(&self.shared);
        self.sync_jump();
    }

    /// Draws what is there, and requests what is not. The store is locked while lines are made of it, in memory; no
    /// file is read or written.
    fn paint(&mut self, frame: &mut Frame) {
        self.drawn.read = self.shared.reader.news();
        self.sync_filter_line();
        self.message = self.shared.reader.trouble().or(self.message.take());
        let message = self.panes.main_mut().take_message();
        self.message = message.or(self.message.take());
        self.places.clear();
        self.buttons.clear();
        let area = frame.area();
        if area.width < 20 || area.height < 7 {
            frame.render_widget(Line::raw(text!("screen-too-small")), area);
            return;
        }
        let area = self.draw_tab_bar(frame, area);
        let line = |y: u16| Rect {
            y,
            height: 1,
            ..area
        };
        let filter = u16::from(self.shows_filter());
        let body = Rect {
            y: area.y + 2 + filter,
            height: area.height - 3 - filter,
            ..area
        };
        self.draw_title(frame, line(area.y));
        self.draw_tabs(frame, line(area.y + 1));
        if filter > 0 {
            self.draw_filter(frame, line(area.y + 2));
        }
        self.draw_body(frame, body);
        self.draw_overlay(frame, area);
        self.draw_foot(frame, line(area.bottom() - 1));
        self.draw_choices(frame, body);
        text::bare_blanks(frame.buffer_mut());
    }

    /// Draws the names of the captures that are open, if there are several. Returns what is left of the screen.
    fn draw_tab_bar(&mut self, frame: &mut Frame, area: Rect) -> Rect {
        self.tab_places.clear();
        let Tabs { names, at } = &self.shared.tabs;
        if names.len() < 2 {
            return area;
        }
        let theme = &self.shared.theme;
        let room = usize::from(area.width);
        let each = (room / names.len()).max(SHORTEST_TAB);
        // Those before the one that is shown make room for it.
        let first = (at + 1).saturating_sub(room / each);
        let mut spans = Vec::new();
        let mut x = area.x;
        for (index, name) in names.iter().enumerate() {
            let mut place = Rect {
                width: 0,
                height: 1,
                x,
                ..area
            };
            if index >= first {
                let lead = format!(" {} ", index + 1);
                let name = text::cut(name, each.saturating_sub(text::width(&lead) + 2));
                let words = format!("{lead}{name} ");
                let style = match index == *at {
                    true => theme.heading.patch(theme.cursor_away),
                    false => theme.dim,
                };
                place.width = text::width(&words) as u16;
                spans.extend([Span::styled(words, style), Span::raw(" ")]);
                x = x.saturating_add(place.width + 1);
            }
            self.tab_places.push(place.intersection(area));
        }
        frame.render_widget(Line::from(spans), Rect { height: 1, ..area });
        Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        }
    }

    /// Draws the main pane and, if it is a list of packets, the chosen packet beside, below or instead of it.
    fn draw_body(&mut self, frame: &mut Frame, area: Rect) {
        let in_packet = self.panes.is_in_packet();
        let layout = self.panes.main().layout();
        if layout.has_packet(in_packet)
            && self.panes.main().is_packet_known()
            && let Some(number) = self.chosen_packet()
        {
            let packet = self.panes.packet_mut();
            packet.go_to(number);
            packet.sync(&self.shared);
        }
        let areas = layout.divide(
            area,
            Wish {
                split: self.split,
                zoomed: self.zoomed,
                in_packet,
            },
        );
        if let Some(rule) = areas.rule {
            self.draw_rule(frame, rule);
        }
        for (layer, area) in [
            (PaneSlot::Main, areas.list),
            (PaneSlot::Packet, areas.packet),
        ] {
            let Some(area) = area else { continue };
            let is_packet = layer == PaneSlot::Packet;
            let place = PaneArea {
                area,
                focused: in_packet == is_packet,
                zoomed: self.zoomed,
            };
            let pane = match is_packet {
                true => self.panes.packet_mut(),
                false => self.panes.main_mut(),
            };
            pane.draw(&self.shared, frame, place);
            self.places.push((layer, area));
        }
    }

    /// Draws the line between a list and a packet.
    fn draw_rule(&self, frame: &mut Frame, rule: Rect) {
        let sign = if rule.width == 1 { "│" } else { "─" };
        let words = sign.repeat(rule.width.into());
        for y in rule.top()..rule.bottom() {
            let place = Rect {
                y,
                height: 1,
                ..rule
            };
            let line = Line::styled(words.as_str(), self.shared.theme.line);
            frame.render_widget(line, place);
        }
    }

    /// Draws the overlay.
    fn draw_overlay(&mut self, frame: &mut Frame, area: Rect) {
        let Some(pane) = self.panes.overlay_mut() else {
            return;
        };
        let Some(area) = pane.layout().overlay(area) else {
            return;
        };
        text::clear(frame.buffer_mut(), area);
        let place = PaneArea {
            area,
            focused: true,
            zoomed: false,
        };
        pane.draw(&self.shared, frame, place);
        self.places.push((PaneSlot::Overlay, area));
    }

    /// Draws what the question at the bottom offers, above it.
    fn draw_choices(&self, frame: &mut Frame, area: Rect) {
        let theme = &self.shared.theme;
        let choices = self.prompt.as_ref().map_or(Vec::new(), Prompt::choices);
        let lines = choices.len() as u16;
        if lines >= area.height {
            return;
        }
        for ((words, is_chosen), y) in choices.iter().zip(area.bottom() - lines..) {
            let place = Rect {
                y,
                height: 1,
                ..area
            };
            text::clear(frame.buffer_mut(), place);
            let (sign, style) = match is_chosen {
                true => ("▌", theme.cursor),
                false => (" ", theme.dim),
            };
            let words = left(&format!("{sign} {words}"), area.width.into());
            frame.render_widget(Line::styled(words, style), place);
        }
    }

    /// Draws the title of the main pane, or the tabs of the lists.
    fn draw_tabs(&mut self, frame: &mut Frame, area: Rect) {
        let theme = &self.shared.theme;
        if let Some(title) = self.panes.main().title(&self.shared, area.width) {
            frame.render_widget(title, area);
            return;
        }
        let contents = self.shared.store.read();
        let mut spans = Vec::new();
        let mut x = area.x;
        for (list, is_shown) in self.panes.lists() {
            let style = match is_shown {
                true => theme.heading.patch(theme.cursor_away),
                false => theme.dim,
            };
            let show = match list.scope() {
                Scope::Packets => Action::ShowPackets,
                Scope::Findings => Action::ShowFindings,
                Scope::Statistics => Action::ShowStatistics,
                _ => Action::ShowConversations,
            };
            let key = keys::key_of(show, Scope::All);
            let tab = format!(" {key} {} ", list.tab(&self.shared));
            let width = text::width(&tab) as u16;
            let place = Rect {
                x: x + 1,
                width,
                ..area
            };
            x = place.right();
            self.buttons.push((place.intersection(area), show));
            spans.extend([Span::raw(" "), Span::styled(tab, style)]);
        }
        if !contents.problems.is_empty() {
            let problem = &contents.problems[contents.problems.len() - 1];
            let used: usize = spans.iter().map(Span::width).sum();
            let room = usize::from(area.width).saturating_sub(used);
            let problem = text::cut(&format!("   ! {problem}"), room);
            spans.push(Span::styled(problem, theme.warning));
        }
        let tabs = Line::from(spans);
        // The program's dropped privileges, where there is room for them and the title does not mention them; `?` shows
        // more.
        let confinement = &self.shared.confinement;
        let status = format!("{} ", confinement.status());
        let width = text::width(&status);
        if confinement.mark().is_none() && tabs.width() + 3 + width <= area.width.into() {
            let place = Rect {
                x: area.right() - width as u16,
                width: width as u16,
                ..area
            };
            frame.render_widget(Line::styled(status, theme.dim), place);
        }
        frame.render_widget(tabs, area);
    }

    /// Draws a question, a message, or the keys that work here.
    fn draw_foot(&mut self, frame: &mut Frame, area: Rect) {
        let theme = &self.shared.theme;
        if let Some(prompt) = &self.prompt {
            // An error that has no room behind the line is above it.
            let above = Rect {
                y: area.y.saturating_sub(1),
                ..area
            };
            if let Some(error) = prompt.long_error(area.width.into()) {
                draw_wrapped(frame, above, &error, theme.bad);
            }
            prompt.draw(theme, frame, area);
            return;
        }
        if let Some(words) = self.saving.words().or_else(|| self.finder.words()) {
            let words = text::cut(&words, area.width.into());
            frame.render_widget(Line::styled(words, theme.heading), area);
            return;
        }
        if let Some(message) = &self.message {
            let style = theme.heading;
            draw_wrapped(frame, area, message, style);
            return;
        }
        let theme = *theme;
        let mut totals = self.panes.main().totals().unwrap_or_default();
        let columns = usize::from(area.width);
        if text::width(&totals) + LEAST_HINTS > columns {
            totals.clear();
        }
        let room = columns.saturating_sub(text::width(&totals));
        let mut parts = vec![(" ".to_owned(), Style::new())];
        let mut x = area.x + 1;
        let is_useful = |action| self.is_useful(action);
        let hints = hints_within(self.panes.scope(), room.saturating_sub(1), is_useful);
        for hint in hints {
            parts.push((format!("{} ", hint.key), theme.key));
            parts.push((format!("{}  ", hint.words), theme.dim));
            let width = hint.width() as u16;
            let place = Rect {
                x,
                width: width - 2,
                ..area
            };
            self.buttons.push((place, hint.action));
            x += width;
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

/// Draws words in the line of an area, and in those above it if they are long.
fn draw_wrapped(frame: &mut Frame, area: Rect, words: &str, style: Style) {
    let room = usize::from(area.width).saturating_sub(2);
    let mut lines = text::wrap(words, room);
    if lines.len() > MOST_LINES {
        let rest = lines.split_off(MOST_LINES - 1).join(" ");
        lines.push(text::cut(&rest, room));
    }
    let above = lines.len().saturating_sub(1) as u16;
    for (line, y) in lines.iter().zip(area.y.saturating_sub(above)..) {
        let place = Rect {
            y,
            height: 1,
            ..area
        };
        text::clear(frame.buffer_mut(), place);
        frame.render_widget(Line::styled(format!(" {line}"), style), place);
    }
}
