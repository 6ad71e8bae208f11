//! The table `findings`.

use super::{
    super::{
        cell::{Accessor, Cell, Kind},
        folder::{TableWriter, day},
    },
    About,
};
use crate::{
    findings::{self, Finding, Findings},
    report::json::Object,
    store::Contents,
};

/// A finding.
pub struct Row {
    finding: Finding,
    /// Its number in the capture, the worst first.
    number: u32,
    about: Option<About>,
    time_ns: Option<i64>,
    /// Whether nothing of what it is about can follow.
    is_final: bool,
}

type Value = for<'a> fn(&'a Row) -> Cell<'a>;

/// The columns.
pub static COLUMNS: [Accessor<Value>; 16] = [
    Accessor::new("capture_id", Kind::Text, |_| Cell::Capture),
    Accessor::new("number", Kind::Unsigned32, |row| Cell::number(row.number)),
    Accessor::new("is_final", Kind::Flag, |row| Cell::Flag(row.is_final)),
    Accessor::maybe("conversation", Kind::Text, |row| {
        super::id(row.about.as_ref())
    }),
    Accessor::maybe_key("community_id", Kind::Text, |row| {
        super::community(row.about.as_ref())
    }),
    Accessor::new("kind", Kind::Text, |row| {
        Cell::text(row.finding.kind.name())
    }),
    Accessor::new("severity", Kind::Text, |row| {
        Cell::text(row.finding.severity.name())
    }),
    Accessor::maybe("time_ns", Kind::Time, |row| Cell::maybe_ns(row.time_ns)),
    Accessor::maybe_key("client", Kind::Text, |row| {
        super::client(row.about.as_ref())
    }),
    Accessor::maybe_key("server", Kind::Text, |row| {
        super::server(row.about.as_ref())
    }),
    Accessor::maybe("server_port", Kind::Unsigned16, |row| {
        super::server_port(row.about.as_ref())
    }),
    Accessor::new("hosts", Kind::Texts, |row| {
        let hosts = row.finding.hosts.iter();
        Cell::Texts(hosts.map(|host| host.to_string().into()).collect())
    }),
    Accessor::new("packets", Kind::Numbers, |row| {
        Cell::Numbers(&row.finding.packets)
    }),
    Accessor::new("count", Kind::Unsigned64, |row| {
        Cell::number(row.finding.count)
    }),
    Accessor::new("text", Kind::Text, |row| Cell::text(&*row.finding.text)),
    Accessor::new("figures", Kind::Json, |row| {
        Cell::text(figures(&row.finding))
    }),
];

fn figures(finding: &Finding) -> String {
    let mut text = String::new();
    let mut object = Object::open(&mut text);
    for (name, figure) in &finding.figures {
        object.plain(name, figure);
    }
    object.close();
    text
}

/// Writes the findings of a capture, by the dates of their conversations; within a date the worst come first.
pub fn write(writer: &mut TableWriter, contents: &Contents) -> anyhow::Result<()> {
    let findings = Findings::of(contents, &contents.judging);
    let mut all: Vec<_> = (0..)
        .zip(findings.rows())
        .map(|(number, row)| {
            let id = match row {
                findings::Row::OfConversation(_, _, id) => contents.tracker.get(id),
                findings::Row::OfCapture(_) => None,
            };
            let date_ns = id.map_or(contents.began_ns(), |conversation| conversation.start_ns);
            (day(date_ns), number, row)
        })
        .collect();
    all.sort_by_key(|(day, number, _)| (*day, *number));
    for (_, number, row) in all {
        if let Some(finding) = row.finding(contents, &contents.judging) {
            write_one(writer, contents, finding, (number, true))?;
        }
    }
    Ok(())
}

/// Writes a finding with this number. It is final if nothing of what it is about can follow.
pub fn write_one(
    writer: &mut TableWriter,
    contents: &Contents,
    finding: Finding,
    (number, is_final): (u32, bool),
) -> anyhow::Result<()> {
    let first = finding.packets.first();
    let record = first.and_then(|first| contents.packets.get(*first));
    let conversation = finding.conversation.and_then(|id| contents.tracker.get(id));
    let date_ns = conversation.map_or(contents.began_ns(), |conversation| conversation.start_ns);
    let row = Row {
        about: conversation.map(About::new),
        finding,
        number,
        time_ns: match record {
            Some(record) => record.time_ns(),
            None => Some(date_ns),
        },
        is_final,
    };
    let cells = COLUMNS.iter().map(|column| (column.value)(&row));
    writer.add(date_ns, cells)
}
