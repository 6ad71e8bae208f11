//! The views that are lists: protocols, addresses, services, applications.

use super::{StatsPane, View};
use crate::{
    format::{bytes, grouped},
    lang::text,
    statistics::{Counts, Group, Overview, application_label},
    ui::{
        Shared,
        live_statistics::Sums,
        text::{cut, left, right},
        theme::Theme,
    },
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

/// The columns of conversations, of packets, of bytes, of shares.
const CONVERSATIONS: usize = 8;
const PACKETS: usize = 11;
const BYTES: usize = 9;
const SHARE: usize = 9;

/// The widest column of names: two addresses of IPv6.
const MAX_NAME: usize = 82;

/// A bar is this wide, from this width of the screen on.
const BAR: usize = 20;
const WITH_BAR: u16 = 100;

/// A bar of one column, from an eighth to a whole.
const EIGHTHS: [&str; 8] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// Returns a bar for a part of a whole, in so many columns.
pub(super) fn bar(part: u64, whole: u64, columns: usize) -> String {
    let share = match whole {
        0 => 0.0,
        _ => (part as f64 / whole as f64).clamp(0.0, 1.0),
    };
    let eighths = (share * columns as f64 * 8.0).round() as usize;
    // What is there is seen.
    let eighths = eighths.max(usize::from(part > 0)).min(columns * 8);
    let mut bar = EIGHTHS[7].repeat(eighths / 8);
    if let Some(rest) = (eighths % 8).checked_sub(1) {
        bar.push_str(EIGHTHS[rest]);
    }
    left(&bar, columns)
}

fn percent(part: u64, whole: u64) -> String {
    match whole {
        0 => String::new(),
        _ => format!("{:.1} %", part as f64 * 100.0 / whole as f64),
    }
}

/// One row.
struct Row {
    /// Its name, and what is said besides.
    name: String,
    more: String,
    conversations: Option<u64>,
    all: Counts,
    /// Bytes of both directions.
    directions: Option<(u64, u64)>,
}

impl Row {
    fn of_group(name: String, more: String, group: &Group) -> Self {
        Row {
            name,
            more,
            conversations: Some(group.conversations),
            all: group.all(),
            directions: Some((group.to_server.bytes, group.to_client.bytes)),
        }
    }
}

/// Which columns a view has.
struct Columns {
    name: &'static str,
    with_conversations: bool,
    directions: Option<(&'static str, &'static str)>,
    /// Whether the direction is that of clients and servers.
    of_sides: bool,
}

impl View {
    fn columns(self) -> Columns {
        let arrows = (
            text!("stats-column-bytes-right"),
            text!("stats-column-bytes-left"),
        );
        let of_groups = |name| Columns {
            name,
            with_conversations: true,
            directions: Some(arrows),
            of_sides: true,
        };
        match self {
            View::Endpoints => Columns {
                name: text!("stats-column-address"),
                with_conversations: false,
                directions: Some((
                    text!("stats-column-bytes-sent"),
                    text!("stats-column-bytes-received"),
                )),
                of_sides: false,
            },
            View::Talkers => Columns {
                name: text!("stats-column-addresses"),
                with_conversations: false,
                directions: Some(arrows),
                of_sides: false,
            },
            View::Services => of_groups(text!("stats-column-port")),
            View::Applications => of_groups(text!("stats-column-application")),
            _ => Columns {
                name: text!("stats-column-protocol"),
                with_conversations: false,
                directions: None,
                of_sides: false,
            },
        }
    }
}

fn row(overview: &Overview, view: View, at: usize) -> Option<Row> {
    Some(match view {
        View::Endpoints => {
            let endpoint = overview.endpoints.get(at)?;
            Row {
                name: endpoint.address.to_string(),
                more: String::new(),
                conversations: None,
                all: endpoint.all(),
                directions: Some((endpoint.sent.bytes, endpoint.received.bytes)),
            }
        }
        View::Talkers => {
            let pair = overview.pairs.get(at)?;
            Row {
                name: format!("{} ⇄ {}", pair.a, pair.b),
                more: String::new(),
                conversations: None,
                all: pair.all(),
                directions: Some((pair.from_a.bytes, pair.from_b.bytes)),
            }
        }
        View::Services => {
            let service = overview.services.get(at)?;
            let name = format!("{}/{}", service.protocol.name(), service.port);
            let more = service.name().unwrap_or_default().to_owned();
            Row::of_group(left(&name, 11), more, &service.group)
        }
        View::Applications => {
            let (name, group) = overview.applications.get(at)?;
            Row::of_group(application_label(name).to_owned(), String::new(), group)
        }
        _ => {
            let layer = overview.layers.get(at)?;
            let label = match layer.depth {
                0 => text!("stats-all-packets"),
                _ => layer.label(),
            };
            let name = format!("{}{}", "  ".repeat(layer.depth), layer.name);
            Row {
                more: match label == layer.name {
                    true => String::new(),
                    false => label.to_owned(),
                },
                name,
                conversations: None,
                all: Counts {
                    packets: layer.packets,
                    bytes: layer.bytes,
                },
                directions: None,
            }
        }
    })
}

/// The widths that depend on the screen.
struct Widths {
    name: usize,
    bar: usize,
}

fn widths(columns: &Columns, width: u16) -> Widths {
    let bar = if width >= WITH_BAR { BAR + 2 } else { 0 };
    let mut others = 1 + PACKETS + BYTES + SHARE + bar + 1;
    if columns.with_conversations {
        others += CONVERSATIONS;
    }
    if columns.directions.is_some() {
        others += 2 * BYTES;
    }
    Widths {
        name: usize::from(width).saturating_sub(others).clamp(8, MAX_NAME),
        bar,
    }
}

fn line(row: &Row, columns: &Columns, widths: &Widths, whole: u64, theme: &Theme) -> Line<'static> {
    let name = match row.more.is_empty() {
        true => row.name.clone(),
        false => format!("{}  ", row.name),
    };
    let name = cut(&name, widths.name);
    let room = widths.name.saturating_sub(crate::cell::width(&name));
    let more = left(&cut(&row.more, room), room);
    let mut spans = vec![Span::raw(name), Span::styled(more, theme.dim)];
    if let Some(count) = row.conversations {
        spans.push(Span::raw(right(&grouped(count), CONVERSATIONS)));
    }
    spans.push(Span::raw(right(&grouped(row.all.packets), PACKETS)));
    spans.push(Span::raw(right(&bytes(row.all.bytes), BYTES)));
    spans.push(Span::styled(
        right(&percent(row.all.bytes, whole), SHARE),
        theme.dim,
    ));
    if let Some(columns) = widths.bar.checked_sub(2) {
        let bar = bar(row.all.bytes, whole, columns);
        spans.push(Span::styled(format!("  {bar}"), theme.handshake));
    }
    if let Some((one, other)) = row.directions {
        let styles = match columns.of_sides {
            true => [theme.client, theme.server],
            false => [Style::new(); 2],
        };
        for (count, style) in [one, other].into_iter().zip(styles) {
            spans.push(Span::styled(right(&bytes(count), BYTES), style));
        }
    }
    Line::from(spans)
}

fn heading(columns: &Columns, widths: &Widths) -> String {
    let mut words = format!(" {}", left(&cut(columns.name, widths.name), widths.name));
    if columns.with_conversations {
        let name = text!("stats-column-conversations-short");
        words += &right(name, CONVERSATIONS);
    }
    words += &right(text!("stats-column-packets"), PACKETS);
    words += &right(text!("stats-column-bytes"), BYTES);
    words += &right(text!("stats-column-share"), SHARE);
    words += &" ".repeat(widths.bar);
    if let Some((one, other)) = columns.directions {
        words += &right(one, BYTES);
        words += &right(other, BYTES);
    }
    words
}

impl StatsPane {
    /// Draws the rows of a view.
    pub(super) fn draw_table(
        &mut self,
        sums: &Sums,
        shared: &Shared,
        frame: &mut Frame,
        area: Rect,
    ) {
        let theme = &shared.theme;
        let overview = &sums.overview;
        let columns = self.view.columns();
        let widths = widths(&columns, area.width);
        let words = cut(&heading(&columns, &widths), area.width.into());
        let top = Line::styled(words, theme.dim);
        frame.render_widget(top, Rect { height: 1, ..area });
        let note = self.note(overview);
        let foot = u16::from(note.is_some());
        let list = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1 + foot),
            ..area
        };
        self.list = list;
        let length = self.length();
        let view = self.view;
        let cursor = self.cursor();
        let rows = cursor.fit(length, list.height.into());
        let selected = cursor.selected;
        let whole = overview.layers.first().map_or(0, |root| root.bytes);
        for (at, y) in rows.zip(list.y..) {
            let Some(row) = row(overview, view, at) else {
                continue;
            };
            let place = Rect {
                y,
                height: 1,
                ..list
            };
            let sign = match at == selected {
                true => {
                    frame.buffer_mut().set_style(place, theme.cursor);
                    "▌"
                }
                false => " ",
            };
            let mut line = line(&row, &columns, &widths, whole, theme);
            line.spans.insert(0, Span::raw(sign));
            frame.render_widget(line, place);
        }
        if let Some(note) = note {
            let place = Rect {
                y: area.bottom().saturating_sub(1),
                height: 1,
                ..area
            };
            let note = cut(&format!(" {note}"), area.width.into());
            frame.render_widget(Line::styled(note, theme.dim), place);
        }
    }

    /// Returns what must be said about the rows.
    fn note(&self, overview: &Overview) -> Option<String> {
        match self.view {
            View::Protocols if overview.is_cut => Some(text!("stats-hierarchy-cut").to_owned()),
            View::Endpoints | View::Talkers if overview.others.1 > 0 => {
                let (others, _) = overview.others;
                let packets = text!("count-packets", count = crate::lang::Count(others.packets));
                let size = crate::format::size(others.bytes);
                Some(text!("stats-others", packets, size))
            }
            _ => None,
        }
    }
}
