//! `wiretalk conversations`.

use super::{
    Format, Selection, csv,
    json::{self, List, Object},
};
use crate::{
    cell,
    columns::{
        CSV, Column, ColumnEntry, TEXT,
        chosen::{Chosen, ListColumn, filters},
        fields::FirstValues,
    },
    filter::Filter,
    findings, services,
    store::{Contents, Store},
    track::{
        Conversation, ConversationId, PerSide, Protocol, Share, Side, Tracker, conn_state, outcome,
    },
    ui::rates::Amount,
    view::{Details, Viewer},
};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{self, Write},
    sync::Arc,
};

/// How conversations are written.
pub struct ConversationOptions {
    /// Text, CSV or JSON.
    pub format: Format,
    /// The columns of the terminal that text is written for, if it is one.
    pub width: Option<usize>,
    /// The columns of text and CSV, if they were chosen.
    pub columns: Option<Vec<Chosen<Column>>>,
}

/// Writes the conversations of a capture.
pub fn conversations(
    store: &Store,
    options: &ConversationOptions,
    selection: &Selection,
    out: &mut impl Write,
) -> io::Result<()> {
    let contents = store.read();
    let tracker = &contents.tracker;
    let wanted: Vec<(ConversationId, Conversation)> = tracker
        .conversations()
        .filter(|(id, _)| selection.has(&contents, *id))
        .collect();
    let usual = |columns: &[Column]| columns.iter().copied().map(Chosen::built_in).collect();
    let columns = options
        .columns
        .clone()
        .unwrap_or_else(|| match options.format {
            Format::Csv => usual(&CSV),
            _ => usual(&TEXT),
        });
    let table = Table {
        contents: &contents,
        fields: RefCell::new(FieldReader {
            filters: filters(&columns),
            viewer: Viewer::new(store.clone()),
            details: Details::default(),
        }),
        columns,
    };
    match options.format {
        Format::Text => table.write_text(&nested(tracker, &wanted), options.width, out),
        Format::Csv => table.write_csv(&wanted, out),
        Format::Json => {
            let mut line = String::new();
            for (id, conversation) in wanted {
                line.clear();
                write_json(&mut line, &contents, id, conversation);
                line.push('\n');
                out.write_all(line.as_bytes())?;
            }
            Ok(())
        }
    }
}

/// A conversation's depth below others, its ID, and the conversation.
type Row<'a> = (usize, ConversationId, Conversation<'a>);

/// Returns each conversation followed by those that it announced.
fn nested<'a>(tracker: &Tracker, wanted: &[(ConversationId, Conversation<'a>)]) -> Vec<Row<'a>> {
    let place = |id: ConversationId| wanted.binary_search_by_key(&id, |(id, _)| *id).ok();
    let mut rows = Vec::with_capacity(wanted.len());
    for (id, conversation) in wanted {
        if tracker.parent_of(*id).and_then(place).is_some() {
            continue;
        }
        // A conversation begins later than the one that announced it, so this ends.
        let mut next: Vec<Row> = vec![(0, *id, *conversation)];
        while let Some(row) = next.pop() {
            let (depth, id, _) = row;
            rows.push(row);
            let children = tracker.children_of(id).filter_map(place);
            let below = next.len();
            next.extend(children.filter_map(|at| {
                let (id, conversation) = wanted.get(at)?;
                Some((depth + 1, *id, *conversation))
            }));
            next.get_mut(below..).unwrap_or_default().reverse();
        }
    }
    rows
}

/// Returns the data that a conversation's cells are made from.
fn entry<'a>(
    contents: &'a Contents,
    id: ConversationId,
    conversation: Conversation<'a>,
) -> ColumnEntry<'a> {
    ColumnEntry::new(contents, id, conversation, Amount::default())
}

/// The number of rows whose cells determine how wide columns are: all rows of most captures. Later rows are written at
/// once.
const MEASURED: usize = 10_000;

/// The maximum width to which a cell widens its column.
const WIDEST: usize = 80;

/// A cell is cut after this many columns; CSV and JSON contain all of it.
const MOST: usize = 400;

/// The columns that are written, and what their cells are made from.
struct Table<'c> {
    contents: &'c Contents,
    columns: Vec<Chosen<Column>>,
    fields: RefCell<FieldReader>,
}

/// Reads the fields that columns show.
struct FieldReader {
    filters: Arc<[Filter]>,
    viewer: Viewer,
    details: Details,
}

impl FieldReader {
    /// Returns the values of the fields in a conversation. One that can no longer be read has none.
    fn texts(&mut self, contents: &Contents, id: ConversationId) -> Vec<String> {
        let mut values = FirstValues::new(contents, id, self.filters.len());
        if !self.filters.is_empty() {
            let (viewer, details) = (&mut self.viewer, &mut self.details);
            let _ = values.advance(viewer, details, &self.filters, None);
            viewer.forget_conversation(id);
        }
        values.texts
    }
}

impl Table<'_> {
    /// Returns the cells of a row; in the CSV, a column may be several.
    fn cells(&self, id: ConversationId, conversation: Conversation, is_csv: bool) -> Vec<String> {
        let entry = entry(self.contents, id, conversation);
        let mut fields = self
            .fields
            .borrow_mut()
            .texts(self.contents, id)
            .into_iter();
        let mut cells = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            match column.own().map(Column::definition) {
                None => cells.extend(fields.next()),
                Some(definition) if is_csv && !definition.csv.is_empty() => {
                    cells.extend(definition.csv.iter().map(|(_, value)| value(&entry)));
                }
                Some(definition) => cells.push(definition.text(&entry)),
            }
        }
        cells
    }

    /// Writes columns as wide as their content; numbers are aligned to the right. On a terminal of `width` columns a row
    /// continues on the next line.
    fn write_text(
        &self,
        conversations: &[Row],
        width: Option<usize>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let cells = |(depth, id, conversation): &Row| {
            let mut row = self.cells(*id, *conversation, false);
            for cell in row.iter_mut().filter(|cell| cell.len() > MOST) {
                *cell = cell::cut(cell, MOST);
            }
            if let (Some(deeper), [first, ..]) = (depth.checked_sub(1), &mut *row) {
                *first = format!("{}└ {first}", "  ".repeat(deeper.min(MAX_DEPTH)));
            }
            row
        };
        let (measured, others) = conversations.split_at(conversations.len().min(MEASURED));
        let mut rows = vec![self.columns.iter().map(Chosen::heading).collect()];
        rows.extend(measured.iter().map(cells));
        let mut widths = vec![0; self.columns.len()];
        for row in &rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(cell::width(cell).min(WIDEST));
            }
        }
        for row in rows.into_iter().chain(others.iter().map(cells)) {
            let mut line = Folded::new(widths.first().map_or(0, |id| id + GAP), width);
            for ((cell, width), column) in row.iter().zip(&widths).zip(&self.columns) {
                let own = column.own().map(Column::definition);
                line.push(cell, *width, own.is_some_and(|own| own.to_the_right));
            }
            writeln!(out, "{}", line.text.trim_end())?;
        }
        Ok(())
    }

    fn write_csv(
        &self,
        conversations: &[(ConversationId, Conversation)],
        out: &mut impl Write,
    ) -> io::Result<()> {
        let mut names = Vec::new();
        for column in &self.columns {
            match column.own() {
                None => names.push(csv(&column.heading())),
                Some(own) if own.definition().csv.is_empty() => names.push(own.name().to_owned()),
                Some(own) => {
                    let values = own.definition().csv.iter();
                    names.extend(values.map(|(name, _)| (*name).to_owned()));
                }
            }
        }
        writeln!(out, "{}", names.join(","))?;
        for (id, conversation) in conversations {
            let cells = self.cells(*id, *conversation, true);
            let cells: Vec<String> = cells.iter().map(|cell| csv(cell)).collect();
            writeln!(out, "{}", cells.join(","))?;
        }
        Ok(())
    }
}

/// Blanks between two columns.
const GAP: usize = 2;

/// Conversations that announce each other are indented at most this often.
const MAX_DEPTH: usize = 8;

/// A row that continues on the next line if it is wider than the terminal.
struct Folded {
    text: String,
    used: usize,
    indent: usize,
    columns: usize,
}

impl Folded {
    fn new(indent: usize, columns: Option<usize>) -> Self {
        Folded {
            text: String::with_capacity(MOST),
            used: 0,
            indent,
            // A narrower line would hold only single letters.
            columns: columns.map_or(usize::MAX, |columns| columns.max(indent + 20)),
        }
    }

    /// Adds a cell, filled with blanks to `width` columns; it is broken between words if it does not fit into a line of
    /// its own.
    fn push(&mut self, cell: &str, width: usize, to_the_right: bool) {
        let own = cell::width(cell);
        let blanks = width.saturating_sub(own);
        if self.used + own <= self.columns {
            let (before, after) = match to_the_right {
                true => (blanks, 0),
                false => (0, blanks),
            };
            cell::add_blanks(&mut self.text, before);
            self.text.push_str(cell);
            cell::add_blanks(&mut self.text, after + GAP);
            self.used += blanks + own + GAP;
            return;
        }
        for line in cell::wrap(cell, self.columns - self.indent) {
            self.text.truncate(self.text.trim_end().len());
            self.text.push('\n');
            cell::add_blanks(&mut self.text, self.indent);
            self.text.push_str(&line);
            cell::add_blanks(&mut self.text, GAP);
            self.used = self.indent + cell::width(&line) + GAP;
        }
    }
}

/// Writes how often the segments of a conversation got each mark of the analysis, by the name of its field.
fn write_analysis(text: &mut String, conversation: Conversation) {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    if let Some(analysis) = conversation.analysis() {
        for (flags, count) in analysis.counts() {
            for field in flags.fields() {
                *counts.entry(field).or_default() += u64::from(count);
            }
        }
    }
    let mut object = Object::open(text);
    for (field, count) in counts {
        object.plain(field, count);
    }
    object.close();
}

/// Writes the kinds of the findings about a conversation, the worst first.
fn write_kinds(text: &mut String, contents: &Contents, id: ConversationId) {
    let mut list = List::open(text);
    for finding in findings::of_conversation(contents, id, &contents.judging) {
        json::string(list.element(), finding.kind.name());
    }
    list.close();
}

/// Writes where the time of a connection went, and the round trips from the capture to both sides.
fn write_time(text: &mut String, conversation: Conversation) {
    let Some(analysis) = conversation.analysis() else {
        text.push_str("null");
        return;
    };
    let shares = analysis.time();
    let tcp = conversation.tcp();
    let mut object = Object::open(text);
    for share in Share::ALL {
        object.plain(share.name(), shares.get(share));
    }
    object
        .maybe("client_rtt_ns", analysis.path_ns(Side::Client, &tcp))
        .maybe("server_rtt_ns", analysis.path_ns(Side::Server, &tcp))
        .close();
}

fn write_json(
    line: &mut String,
    contents: &Contents,
    id: ConversationId,
    conversation: Conversation,
) {
    let tracker = &contents.tracker;
    let entry = entry(contents, id, conversation);
    let PerSide { client, server } = &conversation.sides;
    let begins = contents.has_time(conversation.first_packet);
    let ends = begins && contents.has_time(conversation.last_packet);
    let mut object = Object::open(line);
    object
        .text("id", &conversation.id())
        .text("protocol", conversation.protocol.name())
        .text("application", &services::filter_name(conversation))
        .text("client", &conversation.client.address.to_string())
        .plain("client_port", conversation.client.port)
        .text("server", &conversation.server.address.to_string())
        .plain("server_port", conversation.server.port);
    for (key, direction) in [("client_name", Side::Client), ("server_name", Side::Server)] {
        if let Some(name) = tracker.application.names.of(conversation, direction) {
            object.text(key, name.text);
        }
    }
    object
        .plain("client_is_guess", conversation.client_is_guess)
        .maybe("start_ns", begins.then_some(conversation.start_ns))
        .maybe("duration_ns", ends.then(|| conversation.duration_ns()))
        .plain("packets", conversation.packets())
        .plain("bytes", conversation.bytes())
        .plain("client_packets", client.packets)
        .plain("client_bytes", client.bytes)
        .plain("server_packets", server.packets)
        .plain("server_bytes", server.bytes)
        .plain("icmp_errors", conversation.errors())
        .plain("duplicates", conversation.duplicates())
        .text("state", conn_state(conversation))
        .text("history", &conversation.history())
        .plain("completeness", conversation.tcp().completeness)
        .text("outcome", outcome(conversation).words())
        .text("verdict", &entry.verdict());
    match conversation.protocol {
        Protocol::Tcp => object.with("handshake", |text| write_handshake(text, conversation)),
        Protocol::Udp => object.plain("handshake", "null"),
    };
    object
        .with("analysis", |text| write_analysis(text, conversation))
        .with("findings", |text| write_kinds(text, contents, id))
        .with("time", |text| write_time(text, conversation))
        .text("summary", &tracker.summary(id))
        .plain("credentials", conversation.credentials());
    match entry.parent() {
        Some(by) => object.text("parent", &by),
        None => object.plain("parent", "null"),
    };
    object
        .with("expected", |text| write_expected(text, tracker, id))
        .close();
}

/// Writes the connections that a conversation announced, and their outcome.
fn write_expected(text: &mut String, tracker: &Tracker, id: ConversationId) {
    text.push('[');
    for (at, expectation) in tracker.application.expectations.by(id).enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        let mut object = Object::open(text);
        object
            .text("address", &expectation.to.address.to_string())
            .plain("port", expectation.to.port)
            .plain("packet", expectation.packet)
            .text("protocol", expectation.dissector.name);
        match &expectation.transfer {
            Some(transfer) => {
                let charset = tracker.undeclared_of(expectation.by);
                object.text("request", &charset.read(&transfer.request))
            }
            None => object.plain("request", "null"),
        };
        match expectation.used_by.and_then(|id| tracker.get(id)) {
            Some(user) => object.text("used_by", &user.id()),
            None => object.plain("used_by", "null"),
        };
        object.plain("refused", expectation.withdrawn).close();
    }
    text.push(']');
}

fn write_handshake(text: &mut String, conversation: Conversation) {
    let tcp = conversation.tcp();
    let handshake = &tcp.handshake;
    let PerSide { client, server } = &tcp.sides;
    Object::open(text)
        .plain("complete", handshake.complete())
        .maybe("syn", handshake.syn)
        .maybe("syn_ack", handshake.syn_ack)
        .maybe("ack", handshake.ack)
        .maybe("client_isn", client.isn)
        .maybe("server_isn", server.isn)
        .maybe("syn_ack_checked", handshake.syn_ack_checked(client.isn))
        .maybe("ack_checked", handshake.ack_checked(server.isn))
        .maybe("syn_to_syn_ack_ns", handshake.syn_to_syn_ack_ns())
        .maybe("syn_ack_to_ack_ns", handshake.syn_ack_to_ack_ns())
        .maybe("client_mss", client.offered.mss)
        .maybe("server_mss", server.offered.mss)
        .maybe("client_window_scale", client.offered.window_scale)
        .maybe("server_window_scale", server.offered.window_scale)
        .plain("sack", tcp.sack())
        .plain("timestamps", tcp.timestamps())
        .plain("ecn", tcp.ecn())
        .plain("fast_open", client.offered.fast_open.is_some())
        .plain("simultaneous", handshake.simultaneous)
        .close();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(cells: &[&str], columns: Option<usize>) -> String {
        let mut line = Folded::new(4, columns);
        for cell in cells {
            line.push(cell, 8, false);
        }
        line.text.trim_end().to_owned()
    }

    #[test]
    fn a_row_goes_on_below_itself() {
        let cells = ["a1", "회의록", "one two three four five"];
        assert_eq!(
            folded(&cells, None),
            "a1        회의록    one two three four five"
        );
        assert_eq!(
            folded(&cells, Some(30)),
            "a1        회의록\n    one two three four five"
        );
        assert_eq!(
            folded(&cells, Some(24)),
            "a1        회의록\n    one two three four\n    five"
        );
        // Nothing is narrower than a few words.
        assert_eq!(folded(&cells, Some(1)), folded(&cells, Some(24)));
    }
}
