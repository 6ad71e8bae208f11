//! The strip below the list: the verdict on the chosen conversation, what was said in it, and who talks.

use super::{
    ConversationsPane,
    row::{Row, SECRET},
};
use crate::{
    store::Contents,
    track::{Conversation, ConversationId, Direction},
    ui::{
        app::Shared,
        called,
        text::{self, left, wrap},
    },
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

impl ConversationsPane {
    /// The verdict on the chosen conversation, and what was said in it.
    pub(super) fn draw_foot(
        &self,
        contents: &Contents,
        shared: &Shared,
        frame: &mut Frame,
        area: Rect,
    ) {
        let theme = &shared.theme;
        let rule = Line::styled("─".repeat(area.width.into()), theme.line);
        frame.render_widget(rule, Rect { height: 1, ..area });
        let chosen = self
            .selected()
            .and_then(|id| Some((id, contents.tracker.get(id)?)));
        let Some((id, conversation)) = chosen else {
            return;
        };
        let frozen = self.frozen.get(&id);
        let made = Row::of(contents, shared, id, conversation, 0, false);
        let row = frozen.unwrap_or(&made);
        let head = format!(" {} {} ", row.sign, conversation.id());
        let indent = text::width(&head);
        let room = usize::from(area.width).saturating_sub(indent + 1);
        let lines = usize::from(area.height.saturating_sub(1));
        let said = told(row);
        let names = named(contents, shared, id, conversation);
        let others = usize::from(!said.is_empty()) + usize::from(!names.is_empty());
        let for_verdict = lines.saturating_sub(others).max(1);
        let mut rows: Vec<Vec<Span>> = Vec::new();
        let mut sentences = wrap(&row.verdict, room);
        if sentences.len() > for_verdict {
            let rest = sentences.split_off(for_verdict - 1).join(" ");
            sentences.push(text::cut(&rest, room));
        }
        for (at, sentence) in sentences.into_iter().enumerate() {
            let lead = if at == 0 { &*head } else { "" };
            rows.push(vec![
                Span::styled(left(lead, indent), theme.tone(row.tone)),
                Span::raw(sentence),
            ]);
        }
        if !said.is_empty() {
            let parts = said.into_iter().map(|(words, warns)| {
                let style = if warns { theme.warning } else { Style::new() };
                (words, style)
            });
            let mut spans = vec![Span::raw(" ".repeat(indent))];
            spans.extend(text::line(parts, room).spans);
            rows.push(spans);
        }
        if !names.is_empty() {
            let mut spans = vec![Span::raw(" ".repeat(indent))];
            spans.extend(text::line(names, room).spans);
            rows.push(spans);
        }
        for (at, spans) in rows.into_iter().enumerate() {
            let place = Rect {
                y: area.y + 1 + at as u16,
                height: 1,
                ..area
            };
            frame.render_widget(Line::from(spans), place.intersection(area));
        }
    }
}

/// Who talks, with the names of those who have one, for the line below the list.
fn named(
    contents: &Contents,
    shared: &Shared,
    id: ConversationId,
    conversation: &Conversation,
) -> Vec<(String, Style)> {
    let theme = &shared.theme;
    let mut parts = Vec::new();
    let mut any = false;
    for (direction, style) in [
        (Direction::FromClient, theme.client),
        (Direction::FromServer, theme.server),
    ] {
        if !parts.is_empty() {
            parts.push((" ⇄ ".to_owned(), theme.dim));
        }
        parts.push((conversation.endpoint(direction).to_string(), style));
        if let Some(called) = called::called(contents, shared, id, direction) {
            any = true;
            parts.push((format!(" {}", called.name), style));
            parts.push((format!(" {}", called.words()), theme.dim));
        }
    }
    if any { parts } else { Vec::new() }
}

/// What was said in a conversation, for the line below the list: pieces, and whether they warn.
fn told(row: &Row) -> Vec<(String, bool)> {
    let mut parts = Vec::new();
    if row.credentials {
        parts.push((
            format!("{SECRET} a secret could be read on the way  "),
            true,
        ));
    }
    if !row.summary.is_empty() {
        parts.push((row.summary.clone(), false));
    }
    parts
}
