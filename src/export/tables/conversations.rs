//! The table `conversations`.

use super::{
    super::{
        broken,
        cell::{Accessor, Cell, Kind},
        folder::TableWriter,
    },
    About,
};
use crate::{
    columns::ColumnEntry,
    filter::thread_count,
    findings::{self, Finding, Judgement},
    services,
    store::{Contents, Store},
    track::{ConversationId, Share, Side, conn_state, outcome},
    ui::rates::Amount,
};
use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
};

/// A conversation.
pub struct Row<'c> {
    entry: ColumnEntry<'c>,
    about: About,
    findings: Vec<Finding>,
    /// Whether nothing of it can follow.
    is_final: bool,
}

impl Row<'_> {
    fn name(&self, side: Side) -> Cell<'_> {
        let Row { entry, .. } = self;
        let names = &entry.contents.tracker.application.names;
        let name = names.of(entry.conversation, side);
        Cell::maybe_text(name.map(|name| name.text))
    }

    /// Returns a time that is that of a packet; none if the capture does not give it one.
    fn time(&self, packet: u32, time_ns: i64) -> Cell<'_> {
        match self.entry.contents.has_time(packet) {
            true => Cell::Signed(time_ns),
            false => Cell::Null,
        }
    }

    fn path_ns(&self, side: Side) -> Cell<'_> {
        let conversation = self.entry.conversation;
        let analysis = conversation.analysis();
        Cell::maybe_ns(analysis.and_then(|it| it.path_ns(side, &conversation.tcp())))
    }

    fn lost(&self, side: Side) -> Cell<'_> {
        let analysis = self.entry.conversation.analysis();
        Cell::maybe_number(analysis.map(|it| it.trouble(side).lost()))
    }

    fn share(&self, share: Share) -> Cell<'_> {
        let analysis = self.entry.conversation.analysis();
        Cell::maybe_ns(analysis.map(|it| it.time().get(share)))
    }

    fn verdict(&self) -> Cell<'_> {
        let judged = Judgement::by(self.entry.contents, self.entry.id, &self.findings);
        Cell::text(judged.map_or_else(String::new, |judged| judged.sentence))
    }

    fn kinds(&self) -> Vec<Cow<'_, str>> {
        let kinds = self.findings.iter();
        kinds.map(|finding| finding.kind.name().into()).collect()
    }
}

type Value = for<'a, 'c> fn(&'a Row<'c>) -> Cell<'a>;

/// The columns.
pub static COLUMNS: [Accessor<Value>; 45] = [
    Accessor::new("capture_id", Kind::Text, |_| Cell::Capture),
    Accessor::new("conversation", Kind::Text, |row| Cell::text(&*row.about.id)),
    Accessor::key("community_id", Kind::Text, |row| {
        Cell::text(&*row.about.community_id)
    }),
    Accessor::new("is_final", Kind::Flag, |row| Cell::Flag(row.is_final)),
    Accessor::new("protocol", Kind::Text, |row| {
        Cell::text(row.entry.conversation.protocol.name())
    }),
    Accessor::new("application", Kind::Text, |row| {
        Cell::text(services::filter_name(row.entry.conversation))
    }),
    Accessor::key("client", Kind::Text, |row| super::client(Some(&row.about))),
    Accessor::key("client_ip16", Kind::Address, |row| {
        super::client_ip16(Some(&row.about))
    }),
    Accessor::new("client_port", Kind::Unsigned16, |row| {
        Cell::number(row.about.ends.client.port)
    }),
    Accessor::maybe_key("client_name", Kind::Text, |row| row.name(Side::Client)),
    Accessor::key("server", Kind::Text, |row| super::server(Some(&row.about))),
    Accessor::key("server_ip16", Kind::Address, |row| {
        super::server_ip16(Some(&row.about))
    }),
    Accessor::new("server_port", Kind::Unsigned16, |row| {
        Cell::number(row.about.ends.server.port)
    }),
    Accessor::maybe_key("server_name", Kind::Text, |row| row.name(Side::Server)),
    Accessor::new("client_is_guess", Kind::Flag, |row| {
        Cell::Flag(row.entry.conversation.client_is_guess)
    }),
    Accessor::new("first_packet", Kind::Unsigned32, |row| {
        Cell::number(row.entry.conversation.first_packet)
    }),
    Accessor::maybe("start_ns", Kind::Time, |row| {
        let conversation = row.entry.conversation;
        row.time(conversation.first_packet, conversation.start_ns)
    }),
    Accessor::maybe("end_ns", Kind::Time, |row| {
        let conversation = row.entry.conversation;
        row.time(conversation.last_packet, conversation.end_ns)
    }),
    Accessor::maybe("duration_ns", Kind::Span, |row| {
        let conversation = row.entry.conversation;
        match row.time(conversation.first_packet, 0) {
            Cell::Null => Cell::Null,
            _ => row.time(conversation.last_packet, conversation.duration_ns()),
        }
    }),
    Accessor::new("packets", Kind::Unsigned64, |row| {
        Cell::number(row.entry.conversation.packets())
    }),
    Accessor::new("bytes", Kind::Unsigned64, |row| {
        Cell::number(row.entry.conversation.bytes())
    }),
    Accessor::new("client_packets", Kind::Unsigned32, |row| {
        Cell::number(row.entry.conversation.sides.client.packets)
    }),
    Accessor::new("client_bytes", Kind::Unsigned64, |row| {
        Cell::number(row.entry.conversation.sides.client.bytes)
    }),
    Accessor::new("client_payload", Kind::Unsigned64, |row| {
        Cell::number(row.entry.conversation.sides.client.payload)
    }),
    Accessor::new("server_packets", Kind::Unsigned32, |row| {
        Cell::number(row.entry.conversation.sides.server.packets)
    }),
    Accessor::new("server_bytes", Kind::Unsigned64, |row| {
        Cell::number(row.entry.conversation.sides.server.bytes)
    }),
    Accessor::new("server_payload", Kind::Unsigned64, |row| {
        Cell::number(row.entry.conversation.sides.server.payload)
    }),
    Accessor::new("icmp_errors", Kind::Unsigned32, |row| {
        Cell::number(row.entry.conversation.errors())
    }),
    Accessor::new("duplicates", Kind::Unsigned64, |row| {
        Cell::number(row.entry.conversation.duplicates())
    }),
    Accessor::new("state", Kind::Text, |row| {
        Cell::text(conn_state(row.entry.conversation))
    }),
    Accessor::new("history", Kind::Text, |row| {
        Cell::text(row.entry.conversation.history())
    }),
    Accessor::new("completeness", Kind::Unsigned16, |row| {
        Cell::number(row.entry.conversation.tcp().completeness)
    }),
    Accessor::new("outcome", Kind::Text, |row| {
        Cell::text(outcome(row.entry.conversation).words())
    }),
    Accessor::new("verdict", Kind::Text, |row| row.verdict()),
    Accessor::maybe("handshake_rtt_ns", Kind::Span, |row| {
        Cell::maybe_ns(row.entry.conversation.tcp().handshake.rtt_ns())
    }),
    Accessor::maybe("client_rtt_ns", Kind::Span, |row| row.path_ns(Side::Client)),
    Accessor::maybe("server_rtt_ns", Kind::Span, |row| row.path_ns(Side::Server)),
    Accessor::maybe("client_lost", Kind::Unsigned32, |row| {
        row.lost(Side::Client)
    }),
    Accessor::maybe("server_lost", Kind::Unsigned32, |row| {
        row.lost(Side::Server)
    }),
    Accessor::maybe("idle_ns", Kind::Span, |row| row.share(Share::Idle)),
    Accessor::maybe("tls_version", Kind::Text, |row| {
        let version = row.entry.conversation.remarks().tls_version;
        Cell::maybe_text(version.map(tls_name))
    }),
    Accessor::new("credentials", Kind::Flag, |row| {
        Cell::Flag(row.entry.conversation.credentials())
    }),
    Accessor::new("summary", Kind::Text, |row| {
        Cell::text(row.entry.contents.tracker.summary(row.entry.id))
    }),
    Accessor::maybe("parent", Kind::Text, |row| {
        Cell::maybe_text(row.entry.parent())
    }),
    Accessor::new("findings", Kind::Texts, |row| Cell::Texts(row.kinds())),
];

/// Returns the name of a version of TLS by its number in a hello.
fn tls_name(version: u16) -> Cow<'static, str> {
    Cow::Borrowed(match version {
        0x0002 => "SSL 2.0",
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        other => return Cow::Owned(format!("0x{other:04x}")),
    })
}

/// Writes a conversation, which is final if nothing of it can follow.
pub fn write(
    writer: &mut TableWriter,
    contents: &Contents,
    id: ConversationId,
    is_final: bool,
) -> anyhow::Result<()> {
    let Some(conversation) = contents.tracker.get(id) else {
        return Ok(());
    };
    let row = Row {
        entry: ColumnEntry::new(contents, id, conversation, Amount::default()),
        about: About::new(conversation),
        findings: findings::of_conversation(contents, id, &contents.judging),
        is_final,
    };
    let cells = COLUMNS.iter().map(|column| (column.value)(&row));
    writer.add(conversation.start_ns, cells)
}

/// As many conversations are written by one thread at a time, each such share to files of its own.
const SHARE: usize = 1 << 16;

/// Writes all conversations on so many threads, 0 for one a processor. `begin` begins a share of the table.
pub fn write_all(
    store: &Store,
    threads: usize,
    begin: impl Fn(usize) -> TableWriter + Sync,
) -> anyhow::Result<()> {
    let contents = &*store.read();
    let all = contents.tracker.conversations().map(|(id, _)| id);
    let all: Vec<ConversationId> = all.collect();
    if all.is_empty() {
        return begin(0).finish(Some(contents.began_ns()));
    }
    let shares = Mutex::new(all.chunks(SHARE).enumerate());
    let next = || {
        let mut shares = shares.lock().unwrap_or_else(PoisonError::into_inner);
        shares.next()
    };
    let run = || -> anyhow::Result<()> {
        while let Some((at, share)) = next() {
            let mut writer = begin(at);
            for id in share {
                write(&mut writer, contents, *id, true)?;
            }
            writer.finish(None)?;
        }
        Ok(())
    };
    let threads = thread_count(threads).min(all.len().div_ceil(SHARE));
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let own = run();
        let mut others = others.into_iter().map(|thread| thread.join());
        others.try_for_each(|written| written.unwrap_or_else(|_| broken()))?;
        own
    })
}
