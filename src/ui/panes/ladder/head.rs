//! The lines above the rows: the endpoints, the agreed options, and the labels of the lifelines.

use super::arrow::{Columns, broken};
use crate::{
    findings::Judgement,
    format::printable,
    ladder::{self, Role},
    lang::text,
    services,
    store::Contents,
    track::{Conversation, ConversationId},
    ui::{
        text::{self, cut, wrap},
        theme::Theme,
    },
};
use ratatui::{
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
};

/// Returns the endpoints for the title.
pub fn heading(conversation: Conversation, theme: &Theme) -> Vec<(String, Style)> {
    let mut parts = vec![
        (format!(" {}  ", conversation.id()), theme.heading),
        (conversation.client.to_string(), theme.client),
        (" ⇄ ".to_owned(), theme.dim),
        (conversation.server.to_string(), theme.server),
        ("  ".to_owned(), theme.dim),
    ];
    let application = services::name(conversation);
    if !application.is_empty() {
        parts.push((format!("{application}  "), theme.heading));
    }
    if conversation.credentials() {
        parts.push((format!("* {}  ", text!("ladder-secrets")), theme.warning));
    }
    parts
}

/// Returns how a conversation is judged.
pub fn judged(contents: &Contents, id: ConversationId) -> Option<Judgement> {
    Judgement::of(contents, id, &contents.judging)
}

/// Whether the title has room for the whole verdict.
pub fn title_has_verdict(conversation: Conversation, verdict: &str, width: u16) -> bool {
    let theme = Theme::new(crate::ui::theme::Look::Plain);
    let used: usize = heading(conversation, &theme)
        .iter()
        .map(|(part, _)| text::width(part))
        .sum();
    used + 2 + text::width(&printable(verdict)) <= width.into()
}

/// Returns the lines at the top: the verdict if the title has no room for it, the agreed options, the point of capture.
pub fn head(
    conversation: Conversation,
    judged: &Judgement,
    theme: &Theme,
    whole: u16,
    area: Rect,
) -> Vec<Line<'static>> {
    let most = match area.height {
        0..9 => 0,
        9..14 => 1,
        14..20 => 2,
        20..28 => 3,
        _ => 5,
    };
    let room = usize::from(area.width).saturating_sub(2);
    let mut lines = Vec::new();
    let style = theme.tone(judged.tone);
    if !title_has_verdict(conversation, &judged.sentence, whole) {
        let mut wrapped = wrap(&printable(&judged.sentence), room);
        let all = if most >= 3 { 3 } else { 1 };
        if wrapped.len() > all {
            let rest = wrapped.split_off(all - 1).join(" ");
            wrapped.push(cut(&rest, room));
        }
        lines.extend(wrapped.into_iter().map(|line| (line, style)));
    }
    let agreed = ladder::agreed(conversation);
    let place = ladder::place(conversation);
    let joined = match (&agreed, &place) {
        (Some(agreed), Some(place)) => Some(format!("{agreed}    {place}")),
        _ => None,
    };
    match joined.filter(|joined| text::width(joined) <= room) {
        Some(joined) => lines.push((joined, theme.dim)),
        None => {
            for said in [agreed, place].into_iter().flatten() {
                let wrapped = wrap_at_dots(&said, room);
                lines.extend(wrapped.into_iter().map(|line| (line, theme.dim)));
            }
        }
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some((last, _)) = lines.last_mut()
            && !last.ends_with('…')
        {
            *last = cut(&format!("{last} …"), room);
        }
    }
    let line = |(text, style): (String, Style)| Line::styled(format!(" {text}"), style);
    lines.into_iter().map(line).collect()
}

/// Breaks between the parts of an enumeration if one line is too short.
pub fn wrap_at_dots(said: &str, room: usize) -> Vec<String> {
    let note = said.split(" · ").map(|part| (part.to_owned(), Role::Plain));
    broken(&[note.collect()], room)
        .into_iter()
        .map(|line| line.into_iter().map(|(text, _)| text).collect())
        .collect()
}

/// Returns the labels of the left and right endpoint. `ends` are their names, used if there is room.
pub fn labels(
    conversation: Conversation,
    [client, server]: &[String; 2],
    theme: &Theme,
    columns: &Columns,
    progress: Option<u64>,
) -> Line<'static> {
    let mut client = match conversation.client_is_guess {
        true => text!("ladder-client-guessed", client),
        false => text!("ladder-client", client),
    };
    let mut server = text!("ladder-server", server);
    let room = columns.between + 2;
    let reading = progress.map_or(String::new(), |done| text!("ladder-reading", done));
    if text::width(&client) + text::width(&server) + 2 > room {
        client = conversation.client.to_string();
        server = conversation.server.to_string();
    }
    // The longer one is shortened.
    let half = room.saturating_sub(1) / 2;
    let rest = |other: &str| half.max(room.saturating_sub(text::width(other) + 1));
    let (client, server) = (cut(&client, rest(&server)), cut(&server, rest(&client)));
    let gap = room.saturating_sub(text::width(&client) + text::width(&server));
    let reading = if text::width(&reading) + 2 <= gap {
        reading
    } else {
        String::new()
    };
    let before = (gap - text::width(&reading)) / 2;
    let after = gap - text::width(&reading) - before;
    Line::from(vec![
        Span::raw(" ".repeat(columns.gutter())),
        Span::styled(client, theme.client.add_modifier(Modifier::BOLD)),
        Span::raw(" ".repeat(before)),
        Span::styled(reading, theme.filter),
        Span::raw(" ".repeat(after)),
        Span::styled(server, theme.server.add_modifier(Modifier::BOLD)),
    ])
}
