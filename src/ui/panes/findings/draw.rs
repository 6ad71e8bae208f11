//! Draws the list of findings, and below it the whole sentence of the chosen one.

use super::{FindingsPane, ListRow, nothing_wrong};
use crate::{
    findings::{Finding, Kind, Severity},
    format::{bytes, printable},
    lang::{Count, text},
    store::Contents,
    track::{ConversationId, Side},
    ui::{
        app::Shared,
        display_name,
        text::{self, cut, cut_words, left, right, wrap},
        theme::Theme,
    },
};
use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

/// Columns of the number of findings, of their kind, of the conversation, and of the packets.
const COUNT: usize = 4;
const KIND: usize = 17;
const CONVERSATION: usize = 9;
const PACKETS: usize = 14;

/// Blank columns between two columns.
const GAP: usize = 2;

/// Columns before the kind: the cursor, the severity, the fold, the number.
const LEAD: usize = 1 + 2 + 1 + COUNT + GAP;

/// From these widths on there is a column of the client, of the conversation, and of the packets.
const WITH_CLIENT: usize = 100;
const WITH_CONVERSATION: usize = 100;
const WITH_PACKETS: usize = 120;

/// The minimum width of the ends.
const MIN_ENDS: usize = 15;

/// The division of the width.
struct Widths {
    /// Whether the client is shown, beside the server.
    with_client: bool,
    ends: usize,
    sentence: usize,
    conversation: usize,
    packets: usize,
}

impl Widths {
    fn new(width: usize, widest: usize) -> Self {
        let most = match width {
            0..100 => width / 4 + 2,
            100..140 => 40,
            _ => 52,
        };
        let or_none = |from, columns| if width >= from { columns } else { 0 };
        let conversation = or_none(WITH_CONVERSATION, CONVERSATION + GAP);
        let packets = or_none(WITH_PACKETS, PACKETS + GAP);
        let ends = widest.clamp(MIN_ENDS, most.max(MIN_ENDS));
        let others = LEAD + KIND + GAP + ends + GAP + conversation + packets;
        Widths {
            with_client: width >= WITH_CLIENT,
            ends,
            sentence: width.saturating_sub(others),
            conversation,
            packets,
        }
    }
}

/// Who a row is about.
#[derive(Default)]
struct Ends {
    client: String,
    server: String,
}

impl Ends {
    fn width(&self) -> usize {
        let arrow = if self.has_arrow() { 3 } else { 0 };
        text::width(&self.client) + arrow + text::width(&self.server)
    }

    /// Leaves out the client, or the server, if there are both.
    fn only(&mut self, side: Side) {
        match side {
            _ if !self.has_arrow() => {}
            Side::Client => self.server.clear(),
            Side::Server => self.client.clear(),
        }
    }

    fn has_arrow(&self) -> bool {
        !self.client.is_empty() && !self.server.is_empty()
    }

    /// Returns both in at most `room` columns: of the server more is shown, since the port is at its end.
    fn spans(&self, theme: &Theme, room: usize, plain: Option<Style>) -> Vec<Span<'static>> {
        let arrow = if self.has_arrow() { " → " } else { "" };
        let room_of_both = room.saturating_sub(text::width(arrow));
        let least = room_of_both / 3;
        let of_server = room_of_both.saturating_sub(text::width(&self.client).min(least));
        let server = text::cut_front(&self.server, of_server);
        let client = cut(&self.client, room_of_both - text::width(&server));
        let used = text::width(&client) + text::width(arrow) + text::width(&server);
        vec![
            Span::styled(client, plain.unwrap_or(theme.client)),
            Span::styled(arrow, theme.dim),
            Span::styled(server, plain.unwrap_or(theme.server)),
            Span::raw(" ".repeat(room.saturating_sub(used))),
        ]
    }
}

/// Returns the ends of a conversation.
fn ends(contents: &Contents, shared: &Shared, id: ConversationId, with_port: bool) -> Ends {
    let Some(conversation) = contents.tracker.get(id) else {
        return Ends::default();
    };
    let name = |side| display_name::of_end(contents, shared, id, side);
    let address = conversation.client.address.to_string();
    let client = name(Side::Client);
    Ends {
        client: match with_port {
            true => display_name::endpoint(conversation.client, client.as_ref(), usize::MAX),
            false => display_name::address(&address, client.as_ref(), usize::MAX),
        },
        server: display_name::endpoint(
            conversation.server,
            name(Side::Server).as_ref(),
            usize::MAX,
        ),
    }
}

/// Returns the ends of a finding about hosts.
fn hosts(finding: &Finding) -> Ends {
    let host = |at: usize| {
        finding
            .hosts
            .get(at)
            .map_or_else(String::new, ToString::to_string)
    };
    match finding.kind {
        Kind::PortScan | Kind::BruteForce => Ends {
            client: host(0),
            server: host(1),
        },
        Kind::SynFlood => Ends {
            client: String::new(),
            server: host(0),
        },
        _ => Ends {
            client: host(0),
            server: String::new(),
        },
    }
}

/// Returns the sentence of a finding, or that it was withdrawn since the latest search.
fn sentence(finding: Option<&Finding>) -> String {
    match finding {
        Some(finding) => printable(&finding.text),
        None => text!("findings-withdrawn").to_owned(),
    }
}

/// Returns `#19`, or `#19–#31`.
fn range(packets: &[u32]) -> String {
    match packets {
        [] => String::new(),
        [one] => format!("#{one}"),
        [first, .., last] => format!("#{first}–#{last}"),
    }
}

/// The content of a row.
struct Content {
    severity: Severity,
    sign: char,
    fold: char,
    count: String,
    kind: &'static str,
    ends: Ends,
    sentence: String,
    conversation: String,
    packets: String,
    is_member: bool,
}

impl FindingsPane {
    /// Draws the list and the strip below it.
    pub(super) fn draw_all(
        &mut self,
        contents: &Contents,
        shared: &Shared,
        frame: &mut Frame,
        area: Rect,
    ) {
        let theme = &shared.theme;
        let foot = match area.height {
            0..12 => 0,
            12..20 => 3,
            _ => 5,
        };
        let list = Rect {
            height: area.height - foot,
            ..area
        };
        self.area = list;
        let height = usize::from(list.height.saturating_sub(1));
        let on_screen = self.cursor.fit(self.rows.len(), height);
        let mut rows: Vec<Content> = on_screen
            .clone()
            .filter_map(|row| self.content(contents, shared, row))
            .collect();
        // In a narrow window the sentence needs the room; the strip shows both ends.
        if usize::from(area.width) < WITH_CLIENT {
            for row in &mut rows {
                // Those of a group have the same server.
                row.ends.only(match row.is_member {
                    true => Side::Client,
                    false => Side::Server,
                });
            }
        }
        if self.widest_for != area.width {
            (self.widest, self.widest_for) = (0, area.width);
        }
        let widest = rows.iter().map(|row| row.ends.width()).max();
        self.widest = self.widest.max(widest.unwrap_or(0));
        let widths = Widths::new(area.width.into(), self.widest);
        let heading = self.heading(shared, &widths, area.width.into());
        frame.render_widget(heading, Rect { height: 1, ..list }.intersection(list));
        for ((at, row), y) in on_screen.zip(rows).zip(list.y + 1..) {
            let place = Rect {
                y,
                height: 1,
                ..list
            };
            let chosen = at == self.cursor.selected;
            if chosen {
                frame.buffer_mut().set_style(place, theme.cursor);
            }
            frame.render_widget(line(&row, chosen, &widths, theme), place);
        }
        if foot > 0 {
            let place = Rect {
                y: list.bottom(),
                height: foot,
                ..area
            };
            self.draw_foot(contents, shared, frame, place);
        }
    }

    /// Returns the headings of the columns, or that nothing is wrong.
    fn heading(&self, shared: &Shared, widths: &Widths, room: usize) -> Line<'static> {
        let theme = &shared.theme;
        let Some(found) = shared.findings.found() else {
            let percent = shared.findings.progress().unwrap_or(0);
            let words = match shared.findings.is_searching() {
                true => text!("findings-searching", percent),
                false => text!("list-reading").to_owned(),
            };
            return Line::styled(cut(&format!("  {words}"), room), theme.dim);
        };
        if let Some(words) = nothing_wrong(found) {
            return Line::styled(cut(&format!(" ✓ {words}"), room), theme.good);
        }
        if self.rows.is_empty() && self.making.is_none() {
            let words = text!("findings-none-shown", count = Count(found.problems()));
            return Line::styled(cut(&format!("  {words}"), room), theme.dim);
        }
        let mut words = format!("{}{}", right("#", LEAD - GAP), " ".repeat(GAP));
        words += &left(text!("column-kind"), KIND + GAP);
        let ends = match widths.with_client {
            true => text!("column-ends"),
            false => text!("column-end"),
        };
        words += &left(&cut(ends, widths.ends), widths.ends + GAP);
        words += &left(text!("column-what"), widths.sentence);
        for (width, name) in [
            (widths.conversation, text!("column-conversation")),
            (widths.packets, text!("column-evidence")),
        ] {
            if width > 0 {
                words += &format!("{}{}", " ".repeat(GAP), left(name, width - GAP));
            }
        }
        Line::styled(cut(&words, room), theme.dim)
    }

    fn content(&mut self, contents: &Contents, shared: &Shared, row: usize) -> Option<Content> {
        let finding = self.finding(contents, row);
        let is_member = matches!(self.rows.get(row)?, ListRow::Member(..));
        let (group, id) = self.at(row)?;
        let severity = group.key.severity;
        let several = group.len() > 1 && !is_member;
        let fold = match (several, self.opened.contains(&group.key)) {
            (false, _) => ' ',
            (true, true) => '▾',
            (true, false) => '▸',
        };
        let mut ends = match (id, &group.finding) {
            // The port tells those of one client apart.
            (Some(id), _) => ends(contents, shared, id, is_member),
            (None, Some(finding)) => hosts(finding),
            (None, None) => Ends::default(),
        };
        if several && group.clients > 1 {
            ends.client = text!("count-clients", count = Count(group.clients as u64));
        }
        let conversation = id.and_then(|id| contents.tracker.get(id));
        let mut conversation = conversation.map_or_else(String::new, |it| it.id());
        if several {
            conversation.push_str(" …");
        }
        let packets = finding.as_ref().map(|finding| range(&finding.packets));
        Some(Content {
            severity,
            sign: severity.sign(),
            fold,
            count: match is_member {
                true => String::new(),
                false => bytes(group.len() as u64),
            },
            kind: group.key.kind.words(),
            ends,
            sentence: sentence(finding.as_ref()),
            conversation,
            packets: packets.unwrap_or_default(),
            is_member,
        })
    }

    /// Draws the whole sentence of the chosen row, its ends and its packets.
    fn draw_foot(&mut self, contents: &Contents, shared: &Shared, frame: &mut Frame, area: Rect) {
        let theme = &shared.theme;
        let rule = Line::styled("─".repeat(area.width.into()), theme.line);
        frame.render_widget(rule, Rect { height: 1, ..area });
        let row = self.cursor.selected;
        let Some(content) = self.content(contents, shared, row) else {
            return;
        };
        let finding = self.finding(contents, row);
        let style = theme.severity(content.severity);
        let several = self.at(row).filter(|_| content.fold != ' ');
        let first = sentence(finding.as_ref());
        let sentence = match several {
            Some((group, _)) => {
                let count = Count(group.len() as u64);
                text!("findings-several", count, first)
            }
            None => first,
        };
        let id = content.conversation.trim_end_matches(" …");
        let head = match id {
            "" => format!(" {} {}  ", content.sign, content.kind),
            id => format!(" {} {} {id}  ", content.sign, content.kind),
        };
        let indent = text::width(&head).min(usize::from(area.width) / 2);
        let room = usize::from(area.width).saturating_sub(indent + 1);
        let lines = usize::from(area.height - 1);
        let packets = finding.map_or_else(Vec::new, |finding| finding.packets);
        let mut last = content.ends.spans(theme, content.ends.width(), None);
        let numbers: Vec<String> = packets.iter().map(|packet| format!("#{packet}")).collect();
        if content.ends.width() > 0 {
            last.push(Span::raw("  "));
        }
        last.push(Span::styled(numbers.join(" "), theme.dim));
        let for_sentence = lines.saturating_sub(1).max(1);
        let mut wrapped = wrap(&sentence, room);
        if wrapped.len() > for_sentence {
            let rest = wrapped.split_off(for_sentence - 1).join(" ");
            wrapped.push(cut_words(&rest, room));
        }
        let mut rows: Vec<Line> = Vec::new();
        for (at, line) in wrapped.into_iter().enumerate() {
            let lead = if at == 0 { &*head } else { "" };
            rows.push(Line::from(vec![
                Span::styled(left(lead, indent), style),
                Span::raw(line),
            ]));
        }
        let parts = last
            .into_iter()
            .map(|span| (span.content.into_owned(), span.style));
        let mut spans = vec![Span::raw(" ".repeat(indent))];
        spans.extend(text::line(parts, room).spans);
        rows.push(Line::from(spans));
        for (row, y) in rows.into_iter().zip(area.y + 1..area.bottom()) {
            let place = Rect {
                y,
                height: 1,
                ..area
            };
            frame.render_widget(row, place);
        }
    }
}

fn line(row: &Content, chosen: bool, widths: &Widths, theme: &Theme) -> Line<'static> {
    let of_severity = theme.severity(row.severity);
    let plain = (row.severity == Severity::Note).then_some(theme.dim);
    let kind = if row.is_member { "" } else { row.kind };
    let of_sentence = plain.unwrap_or_default();
    let mut spans = vec![
        Span::raw(if chosen { "▌" } else { " " }),
        Span::styled(
            match row.is_member {
                true => "  ".to_owned(),
                false => format!("{} ", row.sign),
            },
            of_severity,
        ),
        Span::styled(row.fold.to_string(), of_sentence),
        Span::styled(right(&row.count, COUNT), of_sentence),
        Span::raw(" ".repeat(GAP)),
        Span::styled(left(kind, KIND + GAP), of_severity),
    ];
    spans.extend(row.ends.spans(theme, widths.ends, plain));
    spans.push(Span::raw(" ".repeat(GAP)));
    let sentence = left(&cut_words(&row.sentence, widths.sentence), widths.sentence);
    spans.push(Span::styled(sentence, of_sentence));
    for (width, words) in [
        (widths.conversation, &row.conversation),
        (widths.packets, &row.packets),
    ] {
        if width > 0 {
            spans.push(Span::raw(" ".repeat(GAP)));
            let words = left(&cut(words, width - GAP), width - GAP);
            spans.push(Span::styled(words, theme.dim));
        }
    }
    Line::from(spans)
}
