//! Draws a question, with as much of it and of its hints as there is room for.

use super::{FEW, Prompt, PromptKind};
use crate::{
    find::Kind,
    format::printable,
    lang::{Count, text},
    ports::Ports,
    ui::{text, theme::Theme},
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
};

impl Prompt {
    /// Draws it, with the cursor at the input.
    pub fn draw(&self, theme: &Theme, frame: &mut Frame, area: Rect) {
        if let PromptKind::Filter(line) = &self.kind {
            return line.draw(theme, frame, area);
        }
        if let PromptKind::Command(line) = &self.kind {
            return line.draw(theme, frame, area);
        }
        let room = usize::from(area.width);
        let value = &*printable(self.input.value());
        let asked = match &self.kind {
            PromptKind::Ask(question) => Some(question.words()),
            PromptKind::Packets { replaces: true, .. } => {
                let name = printable(value.trim());
                let words = |name: &str| text!("prompt-replace", name);
                let left = room.saturating_sub(1 + text::width(&words("")));
                Some([words(&name), words(&text::cut_front(&name, left))])
            }
            _ => None,
        };
        if let Some([full, short]) = asked {
            let words = if text::width(&full) < room {
                full
            } else {
                short
            };
            let parts = [(format!(" {words}"), theme.warning)];
            frame.render_widget(text::line(parts, room), area);
            return;
        }
        let (question, note) = self.words(room);
        let asked = text::width(&question);
        let left = room.saturating_sub(asked);
        let typed = text::width(value) + 1;
        let note = text::cut(&note, left.saturating_sub(typed.min(FEW)));
        // The input, and the cursor after it.
        let left = left.saturating_sub(text::width(&note) + 1);
        let scroll = self.input.visual_scroll(left);
        let style = if self.error.is_some() {
            theme.bad
        } else {
            theme.dim
        };
        let parts = [
            (question, theme.key),
            (text::cut(text::behind(value, scroll), left), Style::new()),
            (note, style),
        ];
        frame.render_widget(text::line(parts, room), area);
        let column = asked + self.input.visual_cursor().saturating_sub(scroll);
        let x = area.x + (column as u16).min(area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(x, area.y));
    }

    /// Returns the question and the note after the input: as much of both as there is room for.
    fn words(&self, room: usize) -> (String, String) {
        let questions = self.questions();
        let notes = match &self.error {
            Some(_) if self.long_error(room).is_some() => vec![String::new()],
            Some(words) => vec![format!("   {words}")],
            None => self.hints(),
        };
        let value = text::width(self.input.value()) + 1;
        let fits =
            |question: &str, note: &str| text::width(question) + value + text::width(note) <= room;
        // Without a hint at last, but never without an error.
        let nothing = String::new();
        let last = if self.error.is_some() {
            &notes[0]
        } else {
            &nothing
        };
        let hinted = questions
            .iter()
            // Next to a question that no longer shows what is saved, no hint about saving other packets is useful.
            .take(2)
            .flat_map(|question| notes.iter().map(move |note| (question, note)));
        let found = hinted
            .chain(questions.iter().map(|question| (question, last)))
            .find(|(question, note)| fits(question, note));
        let shortest = questions.last().map(|question| (question, last));
        let (question, note) = found.or(shortest).unwrap_or((&nothing, last));
        (question.clone(), note.clone())
    }

    /// Returns the question, in full and ever shorter versions.
    pub(super) fn questions(&self) -> Vec<String> {
        let questions = match &self.kind {
            PromptKind::Ports { .. } => vec![
                text!("prompt-ports-examples").to_owned(),
                text!("prompt-ports").to_owned(),
            ],
            PromptKind::GoTo => vec![text!("prompt-go-to").to_owned()],
            PromptKind::Comment(on) => vec![
                text!("prompt-comment", on),
                text!("prompt-comment-short").to_owned(),
            ],
            PromptKind::Find { kind, in_lines } => {
                let what = match kind {
                    Kind::Text => text!("prompt-find-text"),
                    Kind::ExactText => text!("prompt-find-exact"),
                    Kind::Hex => text!("prompt-find-hex"),
                    Kind::Regex => text!("prompt-find-regex"),
                };
                match in_lines {
                    Some(true) => vec![text!("prompt-find-in-lines", what), format!("{what}:")],
                    Some(false) => vec![text!("prompt-find-in-bytes", what), format!("{what}:")],
                    None => vec![format!("{what}:")],
                }
            }
            PromptKind::Line(line) => {
                let questions = line.questions.iter();
                questions.map(|one| one.text().to_owned()).collect()
            }
            PromptKind::Packets { offers, at, .. } => {
                let offer = offers.get(*at);
                let what = offer.map_or("", |offer| &offer.words);
                let in_full = match offer.and_then(|offer| offer.count) {
                    Some(count) => text!("prompt-save-count", what, count = Count(count)),
                    None => text!("prompt-save-what", what),
                };
                vec![
                    in_full,
                    text!("prompt-save-what", what),
                    text!("prompt-save").to_owned(),
                ]
            }
            PromptKind::Ask(_) | PromptKind::Filter(_) | PromptKind::Command(_) => Vec::new(),
            PromptKind::DecodeAs((protocol, port)) => {
                let protocol = protocol.name().to_uppercase();
                vec![text!("prompt-decode-as", protocol, port)]
            }
        };
        let framed = questions.into_iter().map(|words| format!(" {words} "));
        framed.collect()
    }

    /// Returns the hints of the keys, in full and ever shorter versions: enter and esc are the best known.
    fn hints(&self) -> Vec<String> {
        let (enter, tab): (&str, Option<[&str; 2]>) = match &self.kind {
            PromptKind::Ports { .. } => (text!("prompt-enter-applies"), None),
            PromptKind::GoTo => (text!("prompt-enter-goes"), None),
            PromptKind::Comment(_) if self.input.value().trim().is_empty() => {
                (text!("prompt-enter-removes"), None)
            }
            PromptKind::Comment(_) => (text!("prompt-enter-comments"), None),
            PromptKind::Find { kind, in_lines } => {
                let tab = match kind.next() {
                    Kind::Text => text!("prompt-tab-text"),
                    Kind::ExactText => text!("prompt-tab-exact"),
                    Kind::Hex => text!("prompt-tab-hex"),
                    Kind::Regex => text!("prompt-tab-regex"),
                };
                return hints_of_find(tab, *in_lines);
            }
            PromptKind::Line(line) => (line.enter.text(), None),
            PromptKind::Packets { offers, .. } if offers.len() > 1 => (
                text!("prompt-enter-saves"),
                Some([text!("prompt-tab-saves"), text!("prompt-tab-saves-short")]),
            ),
            PromptKind::Packets { .. }
            | PromptKind::Ask(_)
            | PromptKind::Filter(_)
            | PromptKind::Command(_) => (text!("prompt-enter-saves"), None),
            PromptKind::DecodeAs(_) => (
                text!("prompt-enter-decodes"),
                Some([
                    text!("prompt-tab-completes"),
                    text!("prompt-tab-completes-short"),
                ]),
            ),
        };
        let escape = text!("prompt-esc-cancels");
        if let PromptKind::Ports { .. } = &self.kind
            && let Ok(ports) = self.input.value().parse::<Ports>()
            && !ports.is_empty()
        {
            // The display filter that it makes.
            let filter = ports.display_filter();
            let hints = [
                format!("{filter}   {enter}, {escape}"),
                filter,
                escape.to_owned(),
            ];
            return hints.map(|hint| format!("   {hint}")).into();
        }
        let hints = match tab {
            None => vec![vec![enter, escape], vec![escape]],
            Some([full, short]) => vec![
                vec![enter, full, escape],
                vec![full, escape],
                vec![full],
                vec![short],
            ],
        };
        let joined = hints
            .iter()
            .map(|clauses| format!("   {}", clauses.join(", ")));
        joined.collect()
    }
}

/// Returns the hints of the keys of a search, in full and ever shorter versions.
fn hints_of_find(tab: &str, in_lines: Option<bool>) -> Vec<String> {
    let [enter, escape] = [text!("prompt-enter-finds"), text!("prompt-esc-cancels")];
    let shift_tab = in_lines.map(|in_lines| match in_lines {
        true => text!("prompt-shift-tab-bytes"),
        false => text!("prompt-shift-tab-lines"),
    });
    let clauses = [Some(tab), shift_tab, Some(enter), Some(escape)];
    let clauses: Vec<&str> = clauses.into_iter().flatten().collect();
    let shorter = (1..=clauses.len()).rev();
    shorter
        .map(|count| format!("   {}", clauses[..count].join(", ")))
        .collect()
}
