//! The table `objects`: the files in the traffic, without their contents.

use super::{
    super::{
        cell::{Accessor, Cell, Kind},
        folder::TableWriter,
    },
    About,
};
use crate::{
    report::{ObjectFile, Selection, each_object},
    store::Store,
};
use std::io;

/// A file.
pub struct Row {
    file: ObjectFile,
    about: Option<About>,
    time_ns: Option<i64>,
}

type Value = for<'a> fn(&'a Row) -> Cell<'a>;

/// The columns.
pub static COLUMNS: [Accessor<Value>; 14] = [
    Accessor::new("capture_id", Kind::Text, |_| Cell::Capture),
    Accessor::new("conversation", Kind::Text, |row| {
        Cell::text(&*row.file.conversation)
    }),
    Accessor::maybe_key("community_id", Kind::Text, |row| {
        super::community(row.about.as_ref())
    }),
    Accessor::new("packet", Kind::Unsigned32, |row| {
        Cell::number(row.file.packet)
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
    Accessor::key("name", Kind::Text, |row| Cell::text(&*row.file.name)),
    Accessor::new("sent_as", Kind::Text, |row| Cell::text(&*row.file.sent_as)),
    Accessor::new("media", Kind::Text, |row| Cell::text(&*row.file.media)),
    Accessor::new("size", Kind::Unsigned64, |row| Cell::number(row.file.size)),
    Accessor::key("sha256", Kind::Text, |row| Cell::text(&*row.file.sha256)),
    Accessor::new("complete", Kind::Flag, |row| Cell::Flag(row.file.complete)),
];

/// Writes the files of these conversations.
pub fn write(writer: &mut TableWriter, store: &Store, selection: &Selection) -> anyhow::Result<()> {
    let mut failed = None;
    let mut report = |file: ObjectFile| {
        let (about, time_ns, date_ns) = {
            let contents = store.read();
            let record = contents.packets.get(file.packet);
            let time_ns = record.and_then(|record| record.time_ns());
            let order_ns = record.map_or(contents.began_ns(), |record| record.order_ns);
            let id = record.and_then(|record| record.conversation());
            let conversation = id.and_then(|(id, _)| contents.tracker.get(id));
            let date_ns = conversation.map_or(order_ns, |conversation| conversation.start_ns);
            (conversation.map(About::new), time_ns, date_ns)
        };
        let row = Row {
            file,
            about,
            time_ns,
        };
        let cells = COLUMNS.iter().map(|column| (column.value)(&row));
        if let Err(error) = writer.add(date_ns, cells) {
            failed = Some(error);
            return Err(io::ErrorKind::Other.into());
        }
        Ok(())
    };
    let reported = each_object(store, selection, None, &mut report);
    match failed {
        Some(error) => Err(error),
        None => reported.map(|_| ()),
    }
}
