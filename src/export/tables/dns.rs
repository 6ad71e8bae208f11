//! The table `dns`: the records in the answers of DNS, mDNS and LLMNR.

use super::{
    super::{
        cell::{Accessor, Cell, Kind},
        folder::TableWriter,
    },
    About,
};
use crate::{
    store::{Contents, PacketRecord, Store},
    view::{Details, Viewer},
};
use dissectors::{Field, FieldKind, Value};
use std::net::IpAddr;

/// What a message says of all its records.
#[derive(Clone, Debug, Default)]
struct Message {
    id: u64,
    is_response: bool,
    rcode: u64,
    authoritative: bool,
    query: Option<String>,
    query_type: Option<String>,
    /// How many records are answers, and how many name authorities.
    answers: u64,
    authorities: u64,
}

/// A record.
#[derive(Clone, Debug, Default)]
struct Record {
    name: String,
    kind: Option<u64>,
    kind_name: Option<String>,
    ttl: Option<u64>,
    data: Vec<String>,
    address: Option<IpAddr>,
    has_data: bool,
}

/// A record of an answer, or an answer without one.
pub struct Row {
    about: Option<About>,
    packet: u32,
    time_ns: Option<i64>,
    message: Message,
    record: Option<(&'static str, Record)>,
}

impl Row {
    fn of<'a>(&'a self, value: impl FnOnce(&'a Record) -> Cell<'a>) -> Cell<'a> {
        self.record
            .as_ref()
            .map_or(Cell::Null, |(_, record)| value(record))
    }
}

type Accessed = for<'a> fn(&'a Row) -> Cell<'a>;

/// The columns.
pub static COLUMNS: [Accessor<Accessed>; 22] = [
    Accessor::new("capture_id", Kind::Text, |_| Cell::Capture),
    Accessor::maybe("conversation", Kind::Text, |row| {
        super::id(row.about.as_ref())
    }),
    Accessor::maybe_key("community_id", Kind::Text, |row| {
        super::community(row.about.as_ref())
    }),
    Accessor::new("packet", Kind::Unsigned32, |row| Cell::number(row.packet)),
    Accessor::maybe("time_ns", Kind::Time, |row| Cell::maybe_ns(row.time_ns)),
    Accessor::maybe_key("client", Kind::Text, |row| {
        super::client(row.about.as_ref())
    }),
    Accessor::maybe_key("client_ip16", Kind::Address, |row| {
        super::client_ip16(row.about.as_ref())
    }),
    Accessor::maybe_key("server", Kind::Text, |row| {
        super::server(row.about.as_ref())
    }),
    Accessor::maybe_key("server_ip16", Kind::Address, |row| {
        super::server_ip16(row.about.as_ref())
    }),
    Accessor::new("id", Kind::Unsigned16, |row| Cell::number(row.message.id)),
    Accessor::new("rcode", Kind::Unsigned16, |row| {
        Cell::number(row.message.rcode)
    }),
    Accessor::new("authoritative", Kind::Flag, |row| {
        Cell::Flag(row.message.authoritative)
    }),
    Accessor::maybe_key("query", Kind::Text, |row| {
        Cell::maybe_text(row.message.query.as_deref())
    }),
    Accessor::maybe("query_type", Kind::Text, |row| {
        Cell::maybe_text(row.message.query_type.as_deref())
    }),
    Accessor::maybe("section", Kind::Text, |row| {
        Cell::maybe_text(row.record.as_ref().map(|(section, _)| *section))
    }),
    Accessor::maybe_key("name", Kind::Text, |row| row.of(|it| Cell::text(&*it.name))),
    Accessor::maybe("type", Kind::Unsigned16, |row| {
        row.of(|it| Cell::maybe_number(it.kind))
    }),
    Accessor::maybe("type_name", Kind::Text, |row| {
        row.of(|it| Cell::maybe_text(it.kind_name.as_deref()))
    }),
    Accessor::maybe("ttl", Kind::Unsigned32, |row| {
        row.of(|it| Cell::maybe_number(it.ttl))
    }),
    Accessor::maybe("data", Kind::Text, |row| {
        row.of(|it| Cell::text(it.data.join(" ")))
    }),
    Accessor::maybe_key("address", Kind::Text, |row| {
        row.of(|it| it.address.map_or(Cell::Null, Cell::Host))
    }),
    Accessor::maybe_key("address_ip16", Kind::Address, |row| {
        row.of(|it| it.address.map_or(Cell::Null, Cell::address))
    }),
];

/// The protocols whose messages are these.
const PROTOCOLS: [&str; 3] = ["dns", "mdns", "llmnr"];

/// Writes the records of all answers in a capture, from this packet on.
pub fn write(writer: &mut TableWriter, store: &Store, from: u32) -> anyhow::Result<()> {
    let mut viewer = Viewer::new(store.clone());
    let mut details = Details::default();
    let mut next = from;
    while let Some((number, ends)) = next_packet(&store.read(), &mut next) {
        viewer.view(number, &mut details, true)?;
        for (message, records) in messages(&details.tree.fields) {
            let Some((about, place)) = place(&store.read(), number) else {
                continue;
            };
            write_message(writer, (about, number, place), &message, records)?;
        }
        if let Some(id) = ends {
            viewer.forget_conversation(id);
        }
    }
    Ok(())
}

/// Returns what a packet is part of, and its record.
fn place(contents: &Contents, number: u32) -> Option<(Option<About>, PacketRecord)> {
    let record = *contents.packets.get(number)?;
    Some((About::of_packet(contents, number), record))
}

/// Returns the number of the next packet that may have such a message, and its conversation if no other follows in that.
fn next_packet(
    contents: &Contents,
    next: &mut u32,
) -> Option<(u32, Option<crate::track::ConversationId>)> {
    let last = contents.packets.len() as u32;
    for (number, record) in contents.packets.range(*next, last) {
        *next = number + 1;
        let Some((id, _)) = record.conversation() else {
            continue;
        };
        let Some(conversation) = contents.tracker.get(id) else {
            continue;
        };
        let is_dns = |name: &str| PROTOCOLS.contains(&name);
        if conversation.application().is_some_and(|it| is_dns(it.name)) {
            return Some((number, (conversation.last_packet <= number).then_some(id)));
        }
    }
    None
}

fn write_message(
    writer: &mut TableWriter,
    (about, packet, place): (Option<About>, u32, PacketRecord),
    message: &Message,
    records: Vec<Record>,
) -> anyhow::Result<()> {
    if !message.is_response {
        return Ok(());
    }
    let mut rows = Vec::new();
    for (at, record) in (0..).zip(records) {
        // The pseudo-record of EDNS (RFC 6891) describes the message.
        const OPT: u64 = 41;
        if record.kind == Some(OPT) {
            continue;
        }
        let section = match at {
            at if at < message.answers => "answer",
            at if at < message.answers.saturating_add(message.authorities) => "authority",
            _ => "additional",
        };
        rows.push(Some((section, record)));
    }
    if rows.is_empty() {
        rows.push(None);
    }
    for record in rows {
        let row = Row {
            about: about.clone(),
            packet,
            time_ns: place.time_ns(),
            message: message.clone(),
            record,
        };
        let cells = COLUMNS.iter().map(|column| (column.value)(&row));
        writer.add(place.order_ns, cells)?;
    }
    Ok(())
}

/// Returns the messages among the rows of a packet, with their records.
fn messages(rows: &[Field]) -> Vec<(Message, Vec<Record>)> {
    let mut found: Vec<(Message, Vec<Record>)> = Vec::new();
    let mut is_dns = false;
    for row in rows {
        if let FieldKind::Layer(info) = row.kind {
            is_dns = PROTOCOLS.contains(&info.name) && !info.quoted;
            if is_dns {
                found.push(Default::default());
            }
            continue;
        }
        if !is_dns || !matches!(row.kind, FieldKind::Field) {
            continue;
        }
        if let Some((message, records)) = found.last_mut() {
            add(message, records, row);
        }
    }
    found
}

/// Adds what a row says to a message or to its last record.
fn add(message: &mut Message, records: &mut Vec<Record>, row: &Field) {
    let number = match &row.value {
        Value::Number(number, _) | Value::Named(number, ..) => *number,
        Value::Flag(is_set, ..) => (*is_set).into(),
        _ => 0,
    };
    let name = match &row.value {
        Value::Named(_, _, name) => Some((*name).to_owned()),
        _ => None,
    };
    match row.name {
        "dns.id" => message.id = number,
        "dns.flags.response" => message.is_response = number != 0,
        "dns.flags.rcode" => message.rcode = number,
        "dns.flags.authoritative" => message.authoritative = number != 0,
        "dns.count.answers" => message.answers = number,
        "dns.count.auth_rr" => message.authorities = number,
        "dns.qry.name" if message.query.is_none() => message.query = row.value.show(),
        "dns.qry.type" if message.query_type.is_none() => {
            message.query_type = name.map(mnemonic).or(Some(number.to_string()));
        }
        "dns.resp.name" => records.push(Record {
            name: row.value.show().unwrap_or_default(),
            ..Record::default()
        }),
        field => {
            let Some(record) = records.last_mut() else {
                return;
            };
            match field {
                "dns.resp.type" => {
                    record.kind = Some(number);
                    record.kind_name = name.map(mnemonic);
                }
                "dns.resp.ttl" => record.ttl = Some(number),
                "dns.resp.len" => record.has_data = true,
                _ if record.has_data => add_data(record, &row.value),
                _ => {}
            }
        }
    }
}

/// The maximum number of values of a record.
const MAX_DATA: usize = 64;

fn add_data(record: &mut Record, value: &Value) {
    match value {
        Value::Ipv4(address) => record.address = Some(IpAddr::V4(*address)),
        Value::Ipv6(address) => record.address = Some(IpAddr::V6(*address)),
        _ => {}
    }
    if record.data.len() < MAX_DATA {
        record
            .data
            .extend(value.show().filter(|text| !text.is_empty()));
    }
}

/// Returns the name of a type without its explanation: `AAAA` of `AAAA (IPv6 Address)`.
fn mnemonic(name: String) -> String {
    let end = name.find([' ', '(']).unwrap_or(name.len());
    name.get(..end).unwrap_or(&name).to_owned()
}
