//! The strip below the list: the verdict on the selected conversation, its summary, and its endpoints.

use super::row::{ConversationRow, SECRET};
use crate::{
    lang::text,
    store::Contents,
    track::{Conversation, ConversationId, Side},
    ui::{
        app::Shared,
        display_name,
        text::{self, left, wrap},
        theme::Theme,
    },
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

/// Draws it for the chosen row.
pub fn draw(
    contents: &Contents,
    shared: &Shared,
    chosen: Option<&ConversationRow>,
    frame: &mut Frame,
    area: Rect,
) {
    let theme = &shared.theme;
    let rule = Line::styled("─".repeat(area.width.into()), theme.line);
    frame.render_widget(rule, Rect { height: 1, ..area });
    let chosen = chosen.and_then(|row| Some((row, contents.tracker.get(row.id)?)));
    let Some((row, conversation)) = chosen else {
        return;
    };
    let head = format!(" {} {} ", row.sign, conversation.id());
    let indent = text::width(&head);
    let room = usize::from(area.width).saturating_sub(indent + 1);
    let lines = usize::from(area.height.saturating_sub(1));
    let comment = match row.comment.as_str() {
        "" => Vec::new(),
        comment => vec![
            ("✎ ".to_owned(), theme.key),
            (text::cut(comment, room.saturating_sub(2)), Style::new()),
        ],
    };
    let others = [
        comment,
        verdict_line(row, theme),
        named(contents, shared, row.id, conversation),
    ];
    // The verdict is read to its end, if need be in the place of what the list shows, too; a comment is only here.
    let for_verdict = lines
        .saturating_sub(usize::from(!row.comment.is_empty()))
        .max(1);
    let mut sentences = wrap(&row.verdict, room);
    if sentences.len() > for_verdict {
        let rest = sentences.split_off(for_verdict - 1).join(" ");
        sentences.push(text::cut_words(&rest, room));
    }
    let mut rows: Vec<Vec<Span>> = Vec::new();
    for (at, sentence) in sentences.into_iter().enumerate() {
        let lead = if at == 0 { &*head } else { "" };
        rows.push(vec![
            Span::styled(left(lead, indent), theme.tone(row.tone)),
            Span::raw(sentence),
        ]);
    }
    for parts in others.into_iter().filter(|parts| !parts.is_empty()) {
        let mut spans = vec![Span::raw(" ".repeat(indent))];
        spans.extend(text::line(parts, room).spans);
        rows.push(spans);
    }
    for (spans, y) in rows.into_iter().zip(area.y + 1..area.bottom()) {
        frame.render_widget(
            Line::from(spans),
            Rect {
                y,
                height: 1,
                ..area
            },
        );
    }
}

/// Returns the endpoints, with the names of those that have one; nothing if neither has.
fn named(
    contents: &Contents,
    shared: &Shared,
    id: ConversationId,
    conversation: Conversation,
) -> Vec<(String, Style)> {
    let theme = &shared.theme;
    let mut parts = Vec::new();
    let mut any = false;
    for (direction, style) in [(Side::Client, theme.client), (Side::Server, theme.server)] {
        if !parts.is_empty() {
            parts.push((" ⇄ ".to_owned(), theme.dim));
        }
        parts.push((conversation.endpoint(direction).to_string(), style));
        if let Some(name) = display_name::of_end(contents, shared, id, direction) {
            any = true;
            parts.push((format!(" {}", name.name), style));
            parts.push((format!(" {}", name.words()), theme.dim));
        }
    }
    if any { parts } else { Vec::new() }
}

/// Returns the summary of a conversation.
fn verdict_line(row: &ConversationRow, theme: &Theme) -> Vec<(String, Style)> {
    let mut parts = Vec::new();
    if row.credentials {
        let words = format!("{SECRET} {}  ", text!("conversation-secret"));
        parts.push((words, theme.warning));
    }
    if !row.summary.is_empty() {
        parts.push((row.summary.clone(), Style::new()));
    }
    parts
}
