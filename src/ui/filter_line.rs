//! The line where a display filter is typed. Its colour and a sign show whether it is valid, incomplete or wrong.

use super::{prompt::Asked, text, theme::Theme};
use crate::{
    filter::{self, Filter, FilterError},
    lang::text,
};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};
use std::ops::Range;
use tui_input::{Input, backend::crossterm::EventHandler};

/// The minimum number of columns for the input beside a note.
const LEAST: usize = 24;

/// What was typed.
enum State {
    Empty,
    Valid(Box<Filter>),
    /// More text may make it valid.
    Incomplete(FilterError),
    Wrong(FilterError),
}

/// A display filter that is being typed.
pub struct FilterLine {
    input: Input,
    state: State,
    /// Where the name before the cursor is, and the names of fields that begin with it.
    word: Range<usize>,
    offers: Vec<&'static str>,
    /// The filters that were used before, the latest last; which of them is shown, and what was typed instead.
    used: Vec<String>,
    at: Option<usize>,
    draft: String,
}

impl FilterLine {
    /// Returns the line with the current filter.
    pub fn new(now: String, used: Vec<String>) -> Self {
        let mut line = FilterLine {
            input: Input::new(now),
            state: State::Empty,
            word: 0..0,
            offers: Vec::new(),
            used,
            at: None,
            draft: String::new(),
        };
        line.update();
        line
    }

    /// Handles a key.
    pub fn key(&mut self, key: KeyEvent) -> Asked {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Asked::Done(None),
            KeyCode::Char('c') if control => return Asked::Done(None),
            KeyCode::Enter => return self.enter(),
            KeyCode::Tab => self.complete(),
            KeyCode::Up => self.recall(true),
            KeyCode::Down => self.recall(false),
            _ => {
                self.input.handle_event(&Event::Key(key));
                self.at = None;
            }
        }
        self.update();
        Asked::Still
    }

    fn enter(&mut self) -> Asked {
        match std::mem::replace(&mut self.state, State::Empty) {
            State::Empty => Asked::Filter(None),
            State::Valid(filter) => Asked::Filter(Some(filter)),
            State::Incomplete(error) | State::Wrong(error) => {
                self.state = State::Wrong(error);
                self.offers.clear();
                Asked::Still
            }
        }
    }

    /// Shows a filter that was used before, or what was typed.
    fn recall(&mut self, earlier: bool) {
        let last = self.used.len();
        let at = self.at.unwrap_or(last);
        // The latest one is in the line already if it is applied.
        let same = self.at.is_none() && self.used.last().is_some_and(|it| it == self.input.value());
        let to = match earlier {
            true => at.checked_sub(1 + usize::from(same && last > 1)),
            false => Some(at + 1).filter(|_| self.at.is_some()),
        };
        let Some(to) = to else { return };
        if self.at.is_none() {
            self.draft = self.input.value().to_owned();
        }
        let shown = self.used.get(to).cloned();
        self.at = shown.is_some().then_some(to);
        self.input = Input::new(shown.unwrap_or_else(|| self.draft.clone()));
    }

    /// Completes the common beginning of the names that are offered.
    fn complete(&mut self) {
        let Some(first) = self.offers.first() else {
            return;
        };
        let is_common = |length: &usize| {
            let head = first.get(..*length);
            head.is_some() && self.offers.iter().all(|name| name.get(..*length) == head)
        };
        let length = (0..=first.len()).rev().find(is_common).unwrap_or(0);
        let value = self.input.value();
        let (Some(before), Some(name), Some(after)) = (
            value.get(..self.word.start),
            first.get(..length),
            value.get(self.word.end..),
        ) else {
            return;
        };
        let cursor = before.chars().count() + name.chars().count();
        self.input = Input::new(format!("{before}{name}{after}")).with_cursor(cursor);
    }

    /// Checks what was typed, and finds the names that it may become.
    fn update(&mut self) {
        let value = self.input.value();
        self.word = word_before(value, self.input.cursor());
        self.offers = match value.get(self.word.clone()) {
            Some(typed) if is_name_expected(value, &self.word) => names_of(typed),
            _ => Vec::new(),
        };
        self.state = match value.parse::<Filter>() {
            _ if value.trim().is_empty() => State::Empty,
            Ok(filter) => State::Valid(Box::new(filter)),
            Err(error) if error.is_incomplete => State::Incomplete(error),
            // The beginning of a name.
            Err(error) if error.place == self.word && !self.offers.is_empty() => {
                State::Incomplete(error)
            }
            Err(error) => State::Wrong(error),
        };
    }

    /// Draws it, with the cursor at the input. An error that does not fit beside it is drawn above.
    pub fn draw(&self, theme: &Theme, frame: &mut Frame, area: Rect) {
        let room = usize::from(area.width);
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
            Some(reason) if text::width(reason) + 2 <= beside => note = reason.to_owned(),
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
    fn reason(&self) -> Option<&str> {
        match &self.state {
            State::Wrong(error) => Some(&error.reason),
            State::Incomplete(error) if self.offers.is_empty() => Some(&error.reason),
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

    /// Returns the names that may be meant, or the hints of the keys, in at most this many columns.
    fn notes(&self, room: usize) -> String {
        if !self.offers.is_empty() {
            let mut names = String::new();
            for (at, name) in self.offers.iter().enumerate() {
                let gap = if at > 0 { "   " } else { "" };
                let more = if at + 1 < self.offers.len() { 2 } else { 0 };
                if text::width(&names) + gap.len() + name.len() + more > room {
                    names += if at > 0 { " …" } else { "" };
                    break;
                }
                names += gap;
                names += name;
            }
            return names;
        }
        let escape = text!("prompt-esc-cancels");
        let used = match self.used.is_empty() {
            true => None,
            false => Some(text!("prompt-filter-used")),
        };
        let hints = match self.state {
            State::Empty => vec![
                vec![Some(text!("prompt-filter-examples")), used],
                vec![Some(text!("prompt-filter-examples"))],
                vec![Some(text!("prompt-filter-all")), used],
                vec![Some(text!("prompt-filter-all"))],
            ],
            _ => vec![
                vec![Some(text!("prompt-enter-applies")), used, Some(escape)],
                vec![Some(text!("prompt-enter-applies")), Some(escape)],
                vec![Some(escape)],
            ],
        };
        let joined = hints.into_iter().map(|clauses| {
            let clauses: Vec<&str> = clauses.into_iter().flatten().collect();
            clauses.join(", ")
        });
        let mut fitting = joined.filter(|words| text::width(words) <= room);
        fitting.next().unwrap_or_default()
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

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}

/// Returns where the word is that ends at the cursor, in bytes.
fn word_before(value: &str, cursor: usize) -> Range<usize> {
    let end = value.char_indices().nth(cursor);
    let end = end.map_or(value.len(), |(at, _)| at);
    let (before, after) = value.split_at_checked(end).unwrap_or((value, ""));
    if after.starts_with(is_of_name) {
        return end..end;
    }
    let start = before.trim_end_matches(is_of_name).len();
    start..end
}

/// Whether a word may be the name of a field, rather than a value or a part of a text.
fn is_name_expected(value: &str, word: &Range<usize>) -> bool {
    let before = value.get(..word.start).unwrap_or_default();
    let typed = value.get(word.clone()).unwrap_or_default();
    let is_in_text = before.matches('"').count() % 2 == 1;
    let before = before.trim_end();
    let is_value = before.ends_with(['=', '<', '>', '~', '{', ','])
        || [" contains", " matches", " eq", " ne"]
            .iter()
            .any(|it| before.ends_with(it));
    !is_in_text && !is_value && typed.starts_with(|letter: char| letter.is_ascii_alphabetic())
}

/// Returns the names that begin with what was typed, sorted; none if that is the only one.
fn names_of(typed: &str) -> Vec<&'static str> {
    let mut names: Vec<_> = filter::names()
        .filter(|name| name.starts_with(typed))
        .collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [only] if *only == typed => Vec::new(),
        _ => names,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{panes::packets::tests::screen, theme::Look};

    fn typed(words: &str) -> FilterLine {
        let mut line = FilterLine::new(String::new(), Vec::new());
        for letter in words.chars() {
            line.key(KeyEvent::from(KeyCode::Char(letter)));
        }
        line
    }

    fn drawn(line: &FilterLine, width: u16) -> String {
        let theme = Theme::new(Look::Plain);
        screen(width, 3, |frame| {
            let area = frame.area();
            line.draw(
                &theme,
                frame,
                Rect {
                    y: 2,
                    height: 1,
                    ..area
                },
            );
        })
    }

    #[test]
    fn what_is_typed_is_valid_incomplete_or_wrong() {
        let valid = |line: &FilterLine| matches!(line.state, State::Valid(_));
        let incomplete = |line: &FilterLine| matches!(line.state, State::Incomplete(_));
        assert!(matches!(typed("").state, State::Empty));
        assert!(valid(&typed("tcp.port == 80")));
        for words in [
            "tcp.po",
            "tcp.port ==",
            "tcp and (udp",
            "frame contains \"a",
        ] {
            assert!(incomplete(&typed(words)), "{words}");
        }
        for words in ["tcp.pox", "tcp.port == www", "port 80", "tcp )"] {
            assert!(matches!(typed(words).state, State::Wrong(_)), "{words}");
        }
    }

    #[test]
    fn names_are_completed() {
        let mut line = typed("http and tcp.analysis.retr");
        assert_eq!(line.offers, ["tcp.analysis.retransmission"]);
        line.key(KeyEvent::from(KeyCode::Tab));
        assert_eq!(line.input.value(), "http and tcp.analysis.retransmission");
        // What all names have in common.
        let mut line = typed("tcp.strea");
        line.key(KeyEvent::from(KeyCode::Tab));
        assert_eq!(line.input.value(), "tcp.stream");
        assert!(line.offers.is_sorted());
        // Neither values nor texts are names.
        assert!(typed("http.request.method == t").offers.is_empty());
        assert!(typed("frame contains \"tcp").offers.is_empty());
        assert!(typed("80").offers.is_empty());
    }

    #[test]
    fn filters_used_before_are_recalled() {
        let used = vec!["udp".to_owned(), "tcp".to_owned()];
        let mut line = FilterLine::new("tcp".to_owned(), used.clone());
        line.key(KeyEvent::from(KeyCode::Up));
        assert_eq!(line.input.value(), "udp");
        line.key(KeyEvent::from(KeyCode::Up));
        assert_eq!(line.input.value(), "udp");
        line.key(KeyEvent::from(KeyCode::Down));
        line.key(KeyEvent::from(KeyCode::Down));
        assert_eq!(line.input.value(), "tcp");
        let mut line = FilterLine::new(String::new(), used);
        for letter in "ar".chars() {
            line.key(KeyEvent::from(KeyCode::Char(letter)));
        }
        line.key(KeyEvent::from(KeyCode::Up));
        assert_eq!(line.input.value(), "tcp");
        line.key(KeyEvent::from(KeyCode::Down));
        assert_eq!(line.input.value(), "ar");
    }

    #[test]
    fn an_error_is_shown_beside_the_line_or_above_it() {
        let line = typed("tcp.port == www");
        let wide = drawn(&line, 120);
        assert!(
            wide.contains(" filter ▸ tcp.port == www   ✗ \"www\" is no number"),
            "{wide}"
        );
        let line = typed("tcp.port == 80 and tcp.flags.syn == nothing");
        let narrow = drawn(&line, 60);
        let reason = "✗ \"nothing\"";
        let above = narrow.lines().position(|words| words.contains(reason));
        assert_eq!(above, Some(1), "{narrow}");
        assert!(narrow.contains(" filter ▸ tcp.port == 80 and "), "{narrow}");
        for words in ["", "tcp", "tcp.a", "port 80", "tcp.port == 80 and 한국"] {
            for width in 1..130 {
                drawn(&typed(words), width);
            }
        }
    }
}
