//! The table `packets`: a row for each packet, with the fields that were asked for.

use super::{
    super::{
        broken,
        cell::{Accessor, Cell, Column, Kind},
        folder::TableWriter,
    },
    About,
};
use crate::{
    filter::{self, Datum, FirstValues, ValueReader, on_threads, thread_count},
    lang::text,
    store::{Contents, PacketRecord, Store},
    track::{ConversationId, Side},
};
use dissectors::FieldType;
use std::{
    borrow::Cow,
    io,
    net::IpAddr,
    str::FromStr,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};

/// The fields that were asked for: `ip.src,tcp.len`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Vec<filter::Known>);

/// More fields are refused: each is a column.
const MAX_FIELDS: usize = 100;

impl FromStr for Fields {
    type Err = String;

    fn from_str(list: &str) -> Result<Self, String> {
        let names = list
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let mut fields = Vec::new();
        for name in names {
            let known = filter::known(name).ok_or_else(|| filter::unknown(name))?;
            if !fields.contains(&known) {
                fields.push(known);
            }
        }
        if fields.len() > MAX_FIELDS {
            return Err(text!("cli-too-many-fields", most = MAX_FIELDS));
        }
        Ok(Fields(fields))
    }
}

impl Fields {
    /// Whether none was asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|field| field.name).collect()
    }

    /// Returns their columns: of an address two.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let mut columns = Vec::new();
        for field in &self.0 {
            let kind = kind(field.kind);
            let name = field.name.replace(['.', '-'], "_");
            let is_address = is_address(field.kind);
            columns.push(Column {
                name: Cow::Owned(name.clone()),
                kind,
                nullable: !is_presence(field.kind),
                is_key: is_address,
            });
            if is_address {
                columns.push(Column {
                    name: Cow::Owned(format!("{name}_ip16")),
                    kind: Kind::Address,
                    nullable: true,
                    is_key: true,
                });
            }
        }
        columns
    }

    /// Adds the cells of a packet with these values.
    fn cells<'a>(&self, values: &'a [Option<Datum<'static>>], cells: &mut Vec<Cell<'a>>) {
        for (field, value) in self.0.iter().zip(values) {
            if is_presence(field.kind) {
                cells.push(Cell::Flag(value.is_some()));
                continue;
            }
            cells.push(
                value
                    .as_ref()
                    .map_or(Cell::Null, |value| cell(field.kind, value)),
            );
            if is_address(field.kind) {
                cells.push(match value {
                    Some(Datum::Ipv4(address, _)) => Cell::address(IpAddr::V4(*address)),
                    Some(Datum::Ipv6(address, _)) => Cell::address(IpAddr::V6(*address)),
                    _ => Cell::Null,
                });
            }
        }
    }
}

/// Whether a column only says that the field is there.
fn is_presence(kind: FieldType) -> bool {
    matches!(kind, FieldType::None | FieldType::Protocol)
}

fn is_address(kind: FieldType) -> bool {
    matches!(kind, FieldType::Ipv4 | FieldType::Ipv6)
}

/// Returns the type of the column of a field.
fn kind(kind: FieldType) -> Kind {
    match kind {
        FieldType::Protocol | FieldType::None | FieldType::Boolean => Kind::Flag,
        FieldType::Char | FieldType::Uint8 | FieldType::Uint16 => Kind::Unsigned16,
        FieldType::Uint24 | FieldType::Uint32 | FieldType::FrameNumber => Kind::Unsigned32,
        FieldType::Uint48 | FieldType::Uint64 => Kind::Unsigned64,
        FieldType::Int8 | FieldType::Int16 | FieldType::Int32 | FieldType::Int64 => Kind::Signed64,
        FieldType::Float | FieldType::Double => Kind::Double,
        FieldType::AbsoluteTime => Kind::Time,
        FieldType::RelativeTime => Kind::Span,
        FieldType::Bytes => Kind::Bytes,
        _ => Kind::Text,
    }
}

/// Returns the cell of a value.
fn cell<'a>(of: FieldType, value: &'a Datum<'static>) -> Cell<'a> {
    match (kind(of), value) {
        (Kind::Flag, value) => Cell::Flag(value.is_nonzero()),
        (Kind::Unsigned16 | Kind::Unsigned32 | Kind::Unsigned64, Datum::Integer(number)) => {
            Cell::Unsigned(u64::try_from(*number).unwrap_or(0))
        }
        (
            Kind::Signed64 | Kind::Time | Kind::Span,
            Datum::Integer(number) | Datum::Time(number) | Datum::Span(number),
        ) => i64::try_from(*number).map_or(Cell::Null, Cell::Signed),
        (Kind::Double, Datum::Float(number)) => Cell::Double(*number),
        (Kind::Bytes, value) => match value.bytes() {
            Some(bytes) => Cell::Bytes(bytes),
            None => Cell::Null,
        },
        (Kind::Text, Datum::Text(text)) => Cell::text(&**text),
        (Kind::Text, Datum::Ipv4(address, _)) => Cell::Host((*address).into()),
        (Kind::Text, Datum::Ipv6(address, _)) => Cell::Host((*address).into()),
        (Kind::Text, Datum::Bytes(bytes)) => {
            let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Cell::text(bytes.join(":"))
        }
        _ => Cell::Null,
    }
}

/// A packet.
pub struct Row {
    number: u32,
    record: PacketRecord,
    about: Option<About>,
    is_from_client: Option<bool>,
    values: FirstValues,
}

type Value = for<'a> fn(&'a Row) -> Cell<'a>;

/// The columns before the fields.
pub static COLUMNS: [Accessor<Value>; 9] = [
    Accessor::new("capture_id", Kind::Text, |_| Cell::Capture),
    Accessor::new("number", Kind::Unsigned32, |row| Cell::number(row.number)),
    Accessor::maybe("time_ns", Kind::Time, |row| {
        Cell::maybe_ns(row.record.time_ns())
    }),
    Accessor::new("length", Kind::Unsigned32, |row| {
        Cell::number(row.record.original)
    }),
    Accessor::new("captured_length", Kind::Unsigned32, |row| {
        Cell::number(row.record.captured)
    }),
    Accessor::maybe("conversation", Kind::Text, |row| {
        super::id(row.about.as_ref())
    }),
    Accessor::maybe_key("community_id", Kind::Text, |row| {
        super::community(row.about.as_ref())
    }),
    Accessor::maybe("from_client", Kind::Flag, |row| {
        row.is_from_client.map_or(Cell::Null, Cell::Flag)
    }),
    Accessor::new("duplicate", Kind::Flag, |row| {
        Cell::Flag(row.record.is_duplicate())
    }),
];

/// Packets are read together in batches of this many.
const BATCH: usize = 8192;

/// A batch ends earlier after this many bytes: a field may hold all bytes of a packet.
const MAX_BATCH_BYTES: usize = 16 << 20;

/// As many batches wait to be written.
const MAX_WAITING: usize = 2;

/// What is known of the conversations seen last: most packets are of one of them.
struct Recent(Vec<Option<(ConversationId, About)>>);

impl Recent {
    /// How many are kept, a power of two.
    const KEPT: usize = 4096;

    fn about(&mut self, contents: &Contents, id: ConversationId) -> Option<About> {
        let slot = self.0.get_mut(id.0 as usize % Self::KEPT)?;
        if slot.as_ref().is_none_or(|(known, _)| *known != id) {
            *slot = About::of(contents, id).map(|about| (id, about));
        }
        slot.as_ref().map(|(_, about)| about.clone())
    }
}

/// Writes the packets of a capture from this one on, which are read on several threads.
pub fn write(
    writer: TableWriter,
    store: &Store,
    (fields, from): (&Fields, u32),
    threads: usize,
) -> anyhow::Result<TableWriter> {
    let (sender, receiver) = sync_channel(MAX_WAITING);
    std::thread::scope(|scope| {
        let writing = scope.spawn(move || write_rows(writer, fields, receiver));
        let read = read_all(store, (fields, from), threads, &sender);
        drop(sender);
        let writer = writing.join().unwrap_or_else(|_| broken())?;
        read.map(|()| writer)
    })
}

fn write_rows(
    mut writer: TableWriter,
    fields: &Fields,
    rows: Receiver<Vec<Row>>,
) -> anyhow::Result<TableWriter> {
    for row in rows.into_iter().flatten() {
        let mut cells: Vec<Cell> = COLUMNS.iter().map(|column| (column.value)(&row)).collect();
        fields.cells(&row.values, &mut cells);
        writer.add(row.record.order_ns, cells)?;
    }
    Ok(writer)
}

/// A packet that is to be read.
#[derive(Clone, Copy)]
struct Asked {
    number: u32,
    record: PacketRecord,
    /// No packet of its conversation follows.
    ends: bool,
}

fn read_all(
    store: &Store,
    (fields, from): (&Fields, u32),
    threads: usize,
    rows: &SyncSender<Vec<Row>>,
) -> anyhow::Result<()> {
    let names = fields.names();
    let readers = (0..thread_count(threads)).map(|_| ValueReader::new(store, &names));
    // All names are known, and there is one if the table is written.
    let Some(mut readers) = readers.collect::<Option<Vec<_>>>() else {
        return Ok(());
    };
    let mut recent = Recent(vec![None; Recent::KEPT]);
    let mut next = from;
    loop {
        let asked = take(&store.read(), &mut next);
        if asked.is_empty() {
            return Ok(());
        }
        let values = read(&mut readers, &asked)?;
        let contents = store.read();
        let batch = asked.iter().zip(values).map(|(asked, values)| {
            let conversation = asked.record.conversation();
            Row {
                number: asked.number,
                record: asked.record,
                about: conversation.and_then(|(id, _)| recent.about(&contents, id)),
                is_from_client: conversation.map(|(_, side)| side == Side::Client),
                values,
            }
        });
        if rows.send(batch.collect()).is_err() {
            return Ok(());
        }
    }
}

/// Returns the next packets.
fn take(contents: &Contents, next: &mut u32) -> Vec<Asked> {
    let last = contents.packets.len() as u32;
    let mut asked = Vec::with_capacity(BATCH);
    let mut bytes = 0;
    for (number, record) in contents.packets.range(*next, last).take(BATCH) {
        let conversation = record.conversation();
        let known = conversation.and_then(|(id, _)| contents.tracker.get(id));
        asked.push(Asked {
            number,
            record: *record,
            ends: known.is_some_and(|it| it.last_packet <= number),
        });
        *next = number + 1;
        bytes += record.captured as usize;
        if bytes >= MAX_BATCH_BYTES {
            break;
        }
    }
    asked
}

/// Reads packets: by their headers in equal shares; the others with their conversation, of which one thread reads all.
fn read(readers: &mut [ValueReader], asked: &[Asked]) -> io::Result<Vec<FirstValues>> {
    let count = readers.len();
    let mut found: Vec<Option<FirstValues>> = vec![None; asked.len()];
    let share = asked.len().div_ceil(count).max(1);
    let parts = asked.chunks(share).zip(found.chunks_mut(share));
    on_threads(readers.iter_mut().zip(parts), |(reader, (asked, found))| {
        for (asked, found) in asked.iter().zip(found) {
            *found = reader.by_headers(asked.number);
        }
    });
    let mut lists: Vec<Vec<_>> = readers.iter().map(|_| Vec::new()).collect();
    let known = &found;
    on_threads(
        readers.iter_mut().zip(&mut lists).enumerate(),
        |(own, (reader, list))| {
            for (at, (asked, known)) in asked.iter().zip(known).enumerate() {
                let conversation = asked.record.conversation().map(|(id, _)| id);
                let key = conversation.map_or(asked.number, |id| id.0);
                if key as usize % count != own {
                    continue;
                }
                if known.is_none() {
                    list.push((at, reader.by_dissection(asked.number)));
                }
                if let Some(id) = conversation.filter(|_| asked.ends) {
                    reader.forget_conversation(id);
                }
            }
        },
    );
    for (at, values) in lists.into_iter().flatten() {
        if let Some(place) = found.get_mut(at) {
            *place = Some(values?);
        }
    }
    Ok(found.into_iter().map(Option::unwrap_or_default).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_typed_columns() {
        let fields: Fields = "ip.src, tcp.len,frame.time,tcp.flags.syn,dns,tcp.payload,eth.src"
            .parse()
            .unwrap();
        let columns = fields.columns().into_iter();
        let columns: Vec<_> = columns.map(|it| (it.name.into_owned(), it.kind)).collect();
        let expected = [
            ("ip_src", Kind::Text),
            ("ip_src_ip16", Kind::Address),
            ("tcp_len", Kind::Unsigned32),
            ("frame_time", Kind::Time),
            ("tcp_flags_syn", Kind::Flag),
            ("dns", Kind::Flag),
            ("tcp_payload", Kind::Bytes),
            ("eth_src", Kind::Text),
        ];
        assert_eq!(
            columns,
            expected.map(|(name, kind)| (name.to_owned(), kind))
        );
        assert!("ip.srk".parse::<Fields>().is_err());
        let many: Vec<_> = filter::names().take(MAX_FIELDS + 50).collect();
        assert!(many.join(",").parse::<Fields>().is_err());
    }
}
