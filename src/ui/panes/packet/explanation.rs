//! The explanation of a packet: a paragraph for each layer, in which the words of the glossary can be chosen.

use crate::{
    explain::Paragraph,
    glossary::{self, Term},
    ui::{Action, text, theme::Theme},
};
use dissectors::OsiLayer;
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};
use std::ops::Range;

/// A line on the screen.
#[derive(Default)]
struct TextLine {
    words: String,
    is_heading: bool,
    /// Whether a heading or a sentence begins.
    begins: bool,
    /// The terms in it that can be chosen: their bytes, and their places among all of them.
    terms: Vec<(Range<usize>, usize)>,
}

/// The explanation, and the part of it that is on the screen.
#[derive(Default)]
pub struct ExplanationView {
    paragraphs: Vec<Paragraph>,
    lines: Vec<TextLine>,
    /// The width that the lines were made for.
    columns: usize,
    /// The terms that can be chosen: of each the first occurrence.
    terms: Vec<&'static Term>,
    /// The chosen one.
    chosen: Option<usize>,
    top: usize,
    /// It has not been drawn: it is to begin with the conversation, if not all of it fits.
    is_new: bool,
    /// Where it was drawn.
    place: Rect,
}

impl ExplanationView {
    /// Sets another packet's explanation, or a newer one of the same packet.
    pub fn set(&mut self, paragraphs: Vec<Paragraph>, is_same: bool) {
        if self.paragraphs == paragraphs {
            return;
        }
        let is_new = !is_same || self.paragraphs.is_empty();
        self.paragraphs = paragraphs;
        self.columns = 0;
        if is_new {
            self.is_new = true;
            self.chosen = None;
        }
    }

    /// Returns the chosen term, or the first one on the screen.
    pub fn term(&self) -> Option<&'static Term> {
        self.terms
            .get(self.chosen.unwrap_or_else(|| self.first_shown()))
            .copied()
    }

    /// Returns the place of the first term that is on the screen, or of the first one.
    fn first_shown(&self) -> usize {
        let shown = self.lines.iter().skip(self.top);
        let shown = shown.take(self.place.height.into());
        let mut terms = shown.flat_map(|line| &line.terms);
        terms.next().map_or(0, |(_, term)| *term)
    }

    /// Returns all of it as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for paragraph in &self.paragraphs {
            text.push_str(&format!("{}\n{}\n", paragraph.heading(), paragraph.text()));
        }
        text
    }

    /// Breaks it into lines of this width. A sentence begins in a line of its own.
    fn wrap(&mut self, columns: usize) {
        self.columns = columns;
        self.lines.clear();
        let mut terms: Vec<&'static Term> = Vec::new();
        let room = columns.saturating_sub(5);
        for paragraph in &self.paragraphs {
            if !self.lines.is_empty() {
                self.lines.push(TextLine::default());
            }
            let heading = text::wrap(&paragraph.heading(), columns.saturating_sub(3));
            let heading = heading.into_iter().enumerate();
            self.lines.extend(heading.map(|(at, words)| TextLine {
                words: format!(" {words}"),
                is_heading: true,
                begins: at == 0,
                terms: Vec::new(),
            }));
            for sentence in &paragraph.sentences {
                for (at, words) in text::wrap(sentence, room).into_iter().enumerate() {
                    let words = format!("{}{words}", if at == 0 { " " } else { "   " });
                    let mut own = Vec::new();
                    for found in glossary::find(&words) {
                        if !terms.contains(&found.term) {
                            own.push((found.at, terms.len()));
                            terms.push(found.term);
                        }
                    }
                    self.lines.push(TextLine {
                        words,
                        is_heading: false,
                        begins: at == 0,
                        terms: own,
                    });
                }
            }
        }
        self.chosen = self.chosen.filter(|chosen| *chosen < terms.len());
        self.terms = terms;
    }

    /// Draws it.
    pub fn draw(&mut self, theme: &Theme, frame: &mut Frame, area: Rect, focused: bool) {
        self.place = area;
        let columns = usize::from(area.width);
        if self.columns != columns {
            self.wrap(columns);
        }
        let last = self.last_top(area.height.into());
        if std::mem::take(&mut self.is_new) {
            self.top = self.conversation_row();
        }
        self.top = self.top.min(last);
        let shown = self.lines.iter().skip(self.top);
        for (line, y) in shown.zip(area.top()..area.bottom()) {
            let place = Rect {
                y,
                height: 1,
                ..area
            };
            frame.render_widget(self.line(line, theme, focused), place);
        }
        // What is above and below.
        let signs = [
            (self.top > 0, area.top(), "↑"),
            (self.top < last, area.bottom(), "↓"),
        ];
        for (_, y, sign) in signs.into_iter().filter(|(is_there, ..)| *is_there) {
            let place = Rect {
                x: area.right().saturating_sub(1),
                y: y.min(area.bottom().saturating_sub(1)),
                width: 1,
                height: 1,
            };
            frame.render_widget(Line::styled(sign, theme.dim), place.intersection(area));
        }
    }

    /// Returns the first line of the last page: one with which a sentence begins, if there is one.
    fn last_top(&self, height: usize) -> usize {
        let first = self.lines.len().saturating_sub(height);
        let behind = self.lines.iter().skip(first);
        let begins = behind.take(height).position(|line| line.begins);
        first + begins.filter(|_| first > 0).unwrap_or(0)
    }

    /// Returns the line at which the paragraph of the transport layer begins, or the first one.
    fn conversation_row(&self) -> usize {
        let is_transport = |paragraph: &Paragraph| paragraph.layer == OsiLayer::Transport;
        let Some(at) = self.paragraphs.iter().rposition(is_transport) else {
            return 0;
        };
        let is_first = |row: &usize| {
            let before = row.checked_sub(1).and_then(|row| self.lines.get(row));
            let begins = before.is_none_or(|line| !line.is_heading);
            begins && self.lines.get(*row).is_some_and(|line| line.is_heading)
        };
        let mut headings = (0..self.lines.len()).filter(is_first);
        headings.nth(at).unwrap_or(0)
    }

    fn line(&self, line: &TextLine, theme: &Theme, focused: bool) -> Line<'static> {
        if line.is_heading {
            return Line::styled(line.words.clone(), theme.heading);
        }
        let mut spans = Vec::new();
        let mut done = 0;
        for (at, term) in &line.terms {
            let part = |range: Range<usize>| line.words.get(range).unwrap_or_default().to_owned();
            spans.push(Span::raw(part(done..at.start)));
            let style = match (self.chosen == Some(*term), focused) {
                (true, true) => theme.cursor,
                (true, false) => theme.cursor_away,
                _ => Style::new(),
            };
            let style = style.add_modifier(Modifier::UNDERLINED);
            spans.push(Span::styled(part(at.clone()), style));
            done = at.end;
        }
        spans.push(Span::raw(
            line.words.get(done..).unwrap_or_default().to_owned(),
        ));
        Line::from(spans)
    }

    /// Scrolls, or chooses a term; returns whether the action was for it.
    pub fn act(&mut self, action: Action) -> bool {
        let page = isize::from(i16::try_from(self.place.height).unwrap_or(i16::MAX));
        match action {
            Action::Up => self.scroll(-1),
            Action::Down => self.scroll(1),
            Action::PageUp => self.scroll(1 - page),
            Action::PageDown => self.scroll(page - 1),
            Action::HalfPageUp => self.scroll(-page / 2),
            Action::HalfPageDown => self.scroll(page / 2),
            Action::Top => self.top = 0,
            Action::Bottom => self.top = self.lines.len(),
            Action::Right => self.choose(1),
            Action::Left => self.choose(-1),
            _ => return false,
        }
        true
    }

    /// Chooses the next term or the previous one, and brings it onto the screen.
    fn choose(&mut self, step: isize) {
        let last = self.terms.len().saturating_sub(1);
        if self.terms.is_empty() {
            return;
        }
        let chosen = match self.chosen {
            Some(chosen) => chosen.saturating_add_signed(step).min(last),
            None => self.first_shown(),
        };
        self.chosen = Some(chosen);
        let has = |line: &TextLine| line.terms.iter().any(|(_, term)| *term == chosen);
        if let Some(row) = self.lines.iter().position(has) {
            let height = usize::from(self.place.height).max(1);
            self.top = self.top.clamp((row + 1).saturating_sub(height), row);
        }
    }

    /// Scrolls by some lines.
    pub fn scroll(&mut self, lines: isize) {
        self.top = self.top.saturating_add_signed(lines);
    }

    /// Chooses the term at a position; returns whether there is one.
    pub fn click(&mut self, at: Position) -> bool {
        let row = self.top + usize::from(at.y.saturating_sub(self.place.y));
        let column = usize::from(at.x.saturating_sub(self.place.x));
        let Some(line) = self.lines.get(row).filter(|_| self.place.contains(at)) else {
            return false;
        };
        let before = |end: usize| text::width(line.words.get(..end).unwrap_or_default());
        let hit = |(range, _): &&(Range<usize>, usize)| {
            (before(range.start)..before(range.end)).contains(&column)
        };
        let found = line.terms.iter().find(hit).map(|(_, term)| *term);
        self.chosen = found.or(self.chosen);
        found.is_some()
    }
}
