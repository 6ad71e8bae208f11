//! The table `exchanges`. Its rows come while the capture is read: the store keeps only conspicuous ones.

use super::{
    super::{
        cell::{Accessor, Cell, Kind},
        folder::{Folder, TableWriter},
    },
    About,
};
use crate::{
    store::{Contents, Listener},
    track::{ConversationId, ConversationName, Ends},
};
use dissectors::{Exchange, Purpose, Transmission};
use std::sync::{
    Arc,
    mpsc::{Receiver, SyncSender, sync_channel},
};

/// An exchange, as the index tells it.
pub struct Ended {
    name: ConversationName,
    ends: Ends,
    exchange: Exchange,
}

/// As many batches wait for the thread that writes them, before the index waits: a batch is of some megabytes of packets.
const MAX_WAITING: usize = 4;

/// Sends exchanges to the thread that writes them.
struct Sender {
    folder: Arc<Folder>,
    rows: SyncSender<Vec<Ended>>,
}

impl Listener for Sender {
    fn exchanges(&self, contents: &Contents, ended: Vec<(ConversationId, Exchange)>) {
        self.folder.capture().began(contents.began_ns());
        // The receiver is gone if it cannot write.
        let _ = self.rows.send(named(contents, ended));
    }
}

/// Returns exchanges with the names of their conversations.
pub fn named(contents: &Contents, ended: Vec<(ConversationId, Exchange)>) -> Vec<Ended> {
    let rows = ended.into_iter().filter_map(|(id, exchange)| {
        // The conversation is there: it is evicted after its exchanges were told of.
        let conversation = contents.tracker.get(id)?;
        Some(Ended {
            name: conversation.name(),
            ends: conversation.ends(),
            exchange,
        })
    });
    rows.collect()
}

/// Returns both ends of the way from the index to the thread that writes.
pub fn channel(folder: Arc<Folder>) -> (Arc<dyn Listener>, Receiver<Vec<Ended>>) {
    let (rows, receiver) = sync_channel(MAX_WAITING);
    (Arc::new(Sender { folder, rows }), receiver)
}

/// A request with its answer.
pub struct Row {
    about: About,
    exchange: Exchange,
}

impl Row {
    fn asked(&self, of: fn(Transmission) -> i64) -> Cell<'static> {
        Cell::maybe_ns(self.exchange.asked.map(of))
    }

    fn answered(&self, of: fn(Transmission) -> i64) -> Cell<'static> {
        Cell::maybe_ns(self.exchange.answered.map(of))
    }
}

fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Greeting => "greeting",
        Purpose::Login => "login",
        Purpose::Mail => "mail",
        Purpose::Transfer => "transfer",
        Purpose::Query => "query",
        Purpose::Handshake => "handshake",
        _ => "other",
    }
}

type Value = for<'a> fn(&'a Row) -> Cell<'a>;

/// The columns.
pub static COLUMNS: [Accessor<Value>; 32] = [
    Accessor::new("capture_id", Kind::Text, |_| Cell::Capture),
    Accessor::new("conversation", Kind::Text, |row| Cell::text(&*row.about.id)),
    Accessor::key("community_id", Kind::Text, |row| {
        Cell::text(&*row.about.community_id)
    }),
    Accessor::new("number", Kind::Unsigned32, |row| {
        Cell::number(row.exchange.number)
    }),
    Accessor::maybe("stream", Kind::Unsigned32, |row| {
        Cell::maybe_number(row.exchange.stream)
    }),
    Accessor::key("client", Kind::Text, |row| super::client(Some(&row.about))),
    Accessor::key("client_ip16", Kind::Address, |row| {
        super::client_ip16(Some(&row.about))
    }),
    Accessor::key("server", Kind::Text, |row| super::server(Some(&row.about))),
    Accessor::key("server_ip16", Kind::Address, |row| {
        super::server_ip16(Some(&row.about))
    }),
    Accessor::new("server_port", Kind::Unsigned16, |row| {
        super::server_port(Some(&row.about))
    }),
    Accessor::new("protocol", Kind::Text, |row| {
        Cell::text(row.exchange.protocol)
    }),
    Accessor::new("purpose", Kind::Text, |row| {
        Cell::text(purpose(row.exchange.purpose))
    }),
    Accessor::new("request", Kind::Text, |row| {
        Cell::text(&*row.exchange.request)
    }),
    Accessor::maybe("answer", Kind::Text, |row| {
        Cell::maybe_text(row.exchange.answer.as_deref())
    }),
    Accessor::new("class", Kind::Text, |row| {
        Cell::text(row.exchange.class.name())
    }),
    Accessor::maybe("code", Kind::Unsigned32, |row| {
        Cell::maybe_number(row.exchange.code)
    }),
    Accessor::maybe("asked_ns", Kind::Time, |row| {
        row.asked(|it| it.first.time_ns)
    }),
    Accessor::maybe("asked_end_ns", Kind::Time, |row| {
        row.asked(|it| it.last.time_ns)
    }),
    Accessor::maybe("answered_ns", Kind::Time, |row| {
        row.answered(|it| it.first.time_ns)
    }),
    Accessor::maybe("answered_end_ns", Kind::Time, |row| {
        row.answered(|it| it.last.time_ns)
    }),
    Accessor::maybe("first_byte_ns", Kind::Span, |row| {
        Cell::maybe_ns(row.exchange.first_byte_ns())
    }),
    Accessor::maybe("duration_ns", Kind::Span, |row| {
        Cell::maybe_ns(row.exchange.duration_ns())
    }),
    Accessor::maybe("asked_packet", Kind::Unsigned64, |row| {
        Cell::maybe_number(row.exchange.asked.map(|it| it.first.packet))
    }),
    Accessor::maybe("answered_packet", Kind::Unsigned64, |row| {
        Cell::maybe_number(row.exchange.answered.map(|it| it.first.packet))
    }),
    Accessor::maybe("request_bytes", Kind::Unsigned64, |row| {
        Cell::maybe_number(row.exchange.asked.map(|it| it.bytes))
    }),
    Accessor::maybe("answer_bytes", Kind::Unsigned64, |row| {
        Cell::maybe_number(row.exchange.answered.map(|it| it.bytes))
    }),
    Accessor::maybe("request_complete", Kind::Flag, |row| {
        row.exchange
            .asked
            .map_or(Cell::Null, |it| Cell::Flag(it.complete))
    }),
    Accessor::maybe("answer_complete", Kind::Flag, |row| {
        row.exchange
            .answered
            .map_or(Cell::Null, |it| Cell::Flag(it.complete))
    }),
    Accessor::new("unanswered", Kind::Flag, |row| {
        Cell::Flag(row.exchange.is_unanswered())
    }),
    Accessor::new("broken_off", Kind::Flag, |row| {
        Cell::Flag(row.exchange.is_cut())
    }),
    Accessor::new("lost", Kind::Flag, |row| Cell::Flag(row.exchange.lost)),
    Accessor::new("repeats", Kind::Unsigned32, |row| {
        Cell::number(row.exchange.repeats)
    }),
];

/// Writes exchanges.
pub fn write(writer: &mut TableWriter, ended: Vec<Ended>) -> anyhow::Result<()> {
    for Ended {
        name,
        ends,
        exchange,
    } in ended
    {
        let about = About {
            id: name.to_string(),
            community_id: super::community_id(ends),
            ends,
        };
        let begins = exchange.asked.or(exchange.answered);
        let begins_ns = begins.map_or(0, |transmission| transmission.first.time_ns);
        let row = Row { about, exchange };
        let cells = COLUMNS.iter().map(|column| (column.value)(&row));
        writer.add(begins_ns, cells)?;
    }
    Ok(())
}
