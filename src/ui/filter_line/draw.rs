//! Draws the line, its notes and what is wrong with it.

use super::{FilterLine, LEAST, REFERENCE, State};
use crate::{
    filter::FilterError,
    format::printable,
    lang::text,
    ui::{text, theme::Theme},
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};

impl FilterLine {
    /// Draws it, with the cursor at the input. An error that does not fit beside it is drawn above.
    pub fn draw(&self, theme: &Theme, frame: &mut Frame, area: Rect) {
        let room = usize::from(area.width);
        if let Some(input) = &self.naming {
            let question = format!(" {} ", text!("prompt-filter-name"));
            let asked = text::width(&question);
            let hint = format!("   {}", text!("prompt-filter-name-hint"));
            let name = printable(input.value());
            let parts = [
                (question, theme.key),
                (name, Style::new()),
                (hint, theme.dim),
            ];
            frame.render_widget(text::line(parts, room), area);
            let x = (asked + input.visual_cursor()).min(room.saturating_sub(1));
            frame.set_cursor_position(Position::new(area.x + x as u16, area.y));
            return;
        }
        let question = format!(" {} ▸ ", text!("prompt-filter"));
        let asked = text::width(&question);
        let left = room.saturating_sub(asked);
        let typed = text::width(self.input.value()) + 1;
        let beside = left.saturating_sub(typed.max(LEAST.min(left)) + 3);
        let (sign, style) = match &self.state {
            State::Empty => (" ", theme.dim),
            State::Valid(_) => ("✓", theme.good),
            State::Incomplete(_) => ("…", theme.warning),
            State::Wrong(_) => ("✗", theme.bad),
        };
        let mut note = String::new();
        match self.reason() {
            Some(reason) if text::width(&reason) + 2 <= beside => note = reason,
            Some(reason) => self.draw_above(&format!("{sign} {reason}"), style, frame, area),
            None => note = self.notes(beside.saturating_sub(2)),
        }
        let note = match self.state {
            State::Empty => format!("   {note}"),
            _ => format!("   {sign} {note}"),
        };
        let note = text::cut(&note, left.saturating_sub(typed.min(LEAST)));
        let left = left.saturating_sub(text::width(&note));
        let scroll = self.input.visual_scroll(left);
        let note_style = match self.reason() {
            Some(_) => style,
            None => theme.dim,
        };
        let mut spans = vec![Span::styled(question, theme.key)];
        spans.extend(self.spans(style, scroll, left));
        spans.push(Span::styled(note, note_style));
        frame.render_widget(Line::from(spans), area);
        let column = asked + self.input.visual_cursor().saturating_sub(scroll);
        let x = area.x + (column as u16).min(area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(x, area.y));
    }

    /// Returns what is wrong, if that is to be shown.
    fn reason(&self) -> Option<String> {
        match &self.state {
            State::Wrong(FilterError {
                reason,
                offer: Some(_),
                ..
            }) => {
                let tab = text!("prompt-tab-takes-it");
                Some(format!("{reason}; {tab}"))
            }
            State::Wrong(error) => Some(error.reason.clone()),
            State::Incomplete(error) if self.offers.is_empty() => Some(error.reason.clone()),
            _ => None,
        }
    }

    fn draw_above(&self, words: &str, style: Style, frame: &mut Frame, area: Rect) {
        let lines = text::wrap(words, usize::from(area.width).saturating_sub(2).max(1));
        let count = (lines.len() as u16).min(area.y);
        for (words, y) in lines.iter().zip(area.y - count..area.y) {
            let place = Rect {
                y,
                height: 1,
                ..area
            };
            text::clear(frame.buffer_mut(), place);
            frame.render_widget(Line::styled(format!(" {words}"), style), place);
        }
    }

    /// Returns what was done, the names that may be meant, or the hints of the keys, in at most this many columns.
    fn notes(&self, room: usize) -> String {
        if let Some(done) = self.done.as_ref().filter(|done| text::width(done) <= room) {
            return done.clone();
        }
        if !self.offers.is_empty() && !self.is_listed && !matches!(self.state, State::Empty) {
            return self.names(room);
        }
        let escape = text!("prompt-esc-cancels");
        let used = (!self.known.used.is_empty()).then(|| text!("prompt-filter-used"));
        let named = (!self.known.named.is_empty()).then(|| text!("prompt-filter-named"));
        let picked = self.picked.and_then(|at| self.offers.get(at));
        let forgets = picked.is_some_and(|offer| offer.name.is_some());
        let forgets = forgets.then(|| text!("prompt-filter-forget"));
        let refers = match &self.state {
            State::Valid(filter) if filter.has_references() => Some(match self.known.chosen {
                Some(packet) => text!("prompt-filter-refers", packet, reference = REFERENCE),
                None => text!("prompt-filter-refers-to-none", reference = REFERENCE),
            }),
            _ => None,
        };
        let hints = match self.state {
            State::Empty => vec![
                vec![Some(text!("prompt-filter-examples")), used, named],
                vec![Some(text!("prompt-filter-examples")), used],
                vec![Some(text!("prompt-filter-examples"))],
                vec![Some(text!("prompt-filter-all")), used],
                vec![Some(text!("prompt-filter-all"))],
            ],
            _ => {
                let enter = Some(text!("prompt-enter-applies"));
                let refers = refers.as_deref();
                let name = Some(text!("prompt-filter-save"));
                vec![
                    vec![refers, forgets, enter, used, name, Some(escape)],
                    vec![refers, forgets, enter, used, Some(escape)],
                    vec![refers, forgets, enter, Some(escape)],
                    vec![refers, enter],
                    vec![Some(escape)],
                ]
            }
        };
        let joined = hints.into_iter().map(|clauses| {
            let clauses: Vec<&str> = clauses.into_iter().flatten().collect();
            clauses.join(", ")
        });
        let mut fitting = joined.filter(|words| text::width(words) <= room);
        fitting.next().unwrap_or_default()
    }

    /// Returns as many offers as there is room for.
    fn names(&self, room: usize) -> String {
        let mut names = String::new();
        for (at, offer) in self.offers.iter().enumerate() {
            let name = printable(offer.name.as_ref().unwrap_or(&offer.text));
            let gap = if at > 0 { "   " } else { "" };
            let more = if at + 1 < self.offers.len() { 2 } else { 0 };
            if text::width(&names) + gap.len() + text::width(&name) + more > room {
                names += if at > 0 { " …" } else { "" };
                break;
            }
            names += gap;
            names += &name;
        }
        names
    }

    /// Returns what is visible of the input in this many columns, with the wrong place marked.
    fn spans(&self, style: Style, scroll: usize, room: usize) -> Vec<Span<'static>> {
        let value = self.input.value();
        let wrong = match &self.state {
            State::Wrong(error) => {
                let rest = value.get(error.place.start..).unwrap_or_default();
                let next = rest.chars().next().map_or(0, char::len_utf8);
                error.place.start..error.place.end.max(error.place.start + next)
            }
            _ => 0..0,
        };
        let mut spans = Vec::new();
        let mut run = (String::new(), false);
        let (mut column, mut used) = (0, 0);
        for (at, letter) in value.char_indices() {
            let width = text::width(letter.encode_utf8(&mut [0; 4]));
            column += width;
            if column <= scroll {
                continue;
            }
            if used + width > room {
                break;
            }
            used += width;
            let is_wrong = wrong.contains(&at);
            if run.1 != is_wrong {
                let words = std::mem::take(&mut run.0);
                spans.push(Span::styled(words, marked(style, run.1)));
                run.1 = is_wrong;
            }
            run.0.push(letter);
        }
        spans.push(Span::styled(run.0, marked(style, run.1)));
        spans
    }
}

fn marked(style: Style, is_wrong: bool) -> Style {
    match is_wrong {
        true => style.add_modifier(Modifier::UNDERLINED | Modifier::BOLD),
        false => style,
    }
}
