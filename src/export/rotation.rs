//! A capture that grows, written in periods: each has files of its own, whose names have its beginning.
//!
//! Exchanges, records of DNS and packets are written in the period in which they came, and files with the end of their
//! conversation. A conversation that goes on is written at the end of each period in which it had packets, with its
//! findings, as not final; and once more when it is over, is evicted, or when the capture ends.

use super::{
    Options, Table,
    folder::{Folder, Place, TableWriter, Written},
    tables::{conversations, dns, exchanges, findings, objects, packets},
    writer,
};
use crate::{
    findings::{Findings, Kind, Row, of_conversation},
    index::{Index, Period, Rotate},
    report::Selection,
    store::{Contents, Listener, Store},
    track::ConversationId,
};
use dissectors::Exchange;
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

/// What was written of a period.
#[derive(Debug)]
pub struct Rotated {
    /// When it began, nanoseconds since the epoch.
    pub begins_ns: i64,
    /// Its files.
    pub files: Vec<Written>,
    /// How many packets were evicted before they could be read for tables of packets, DNS and files.
    pub missed: u64,
}

/// Writes the tables of a capture at the end of each period.
struct Rotating(Mutex<Tables>);

/// The tables of the current period, and what is known of those before it.
struct Tables {
    place: Place,
    options: Options,
    folder: Arc<Folder>,
    /// The tables that have rows, of those that were chosen.
    open: BTreeMap<Table, TableWriter>,
    /// The number of the last packet that was written.
    written: u32,
    /// Whether no period has ended.
    is_first: bool,
    /// The number of the next finding.
    number: u32,
    /// How often findings about hosts had happened when they were written.
    of_hosts: BTreeMap<(Kind, Vec<IpAddr>), u64>,
    /// Why a row of this period could not be written.
    failed: Option<anyhow::Error>,
    /// Whether a period could not be written. Nothing is written after it.
    is_broken: bool,
    outcomes: Sender<anyhow::Result<Rotated>>,
}

/// At most so many findings about hosts are kept to be compared with later ones.
const MAX_OF_HOSTS: usize = 1 << 16;

/// Divides the capture that an index is going to read into periods of this length. Returns what was written of each, until
/// the capture has ended or a period cannot be written.
pub fn rotate(
    index: &mut Index,
    place: Place,
    options: Options,
    length: Duration,
) -> Receiver<anyhow::Result<Rotated>> {
    let (outcomes, receiver) = channel();
    let rotating = Arc::new(Rotating(Mutex::new(Tables {
        folder: Arc::new(Folder::new(place.clone())),
        place,
        options,
        open: BTreeMap::new(),
        written: 0,
        is_first: true,
        number: 0,
        of_hosts: BTreeMap::new(),
        failed: None,
        is_broken: false,
        outcomes,
    })));
    index.listen(Arc::clone(&rotating) as Arc<dyn Listener>);
    index.rotate(length, Box::new(rotating));
    receiver
}

impl Rotating {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Rotating {
    fn exchanges(&self, contents: &Contents, ended: Vec<(ConversationId, Exchange)>) {
        let ended = exchanges::named(contents, ended);
        let add = |writer: &mut TableWriter| exchanges::write(writer, ended);
        self.tables().add(contents, Table::Exchanges, add);
    }

    fn departs(&self, contents: &Contents, id: ConversationId) {
        self.tables().conversation(contents, id, true);
    }
}

impl Rotate for Arc<Rotating> {
    fn rotate(&mut self, store: &Store, period: &Period) {
        let mut tables = self.tables();
        if tables.is_broken {
            return;
        }
        let written = tables.end_period(store, period);
        if written.is_err() {
            tables.is_broken = true;
            tables.begin_period();
        }
        // The receiver is gone if the program ends.
        let _ = tables.outcomes.send(written);
    }
}

impl Tables {
    /// Adds rows to a table, if it was chosen. A failure is reported at the end of the period.
    fn add(
        &mut self,
        contents: &Contents,
        table: Table,
        rows: impl FnOnce(&mut TableWriter) -> anyhow::Result<()>,
    ) {
        if self.is_broken || self.failed.is_some() || !self.options.tables.contains(&table) {
            return;
        }
        self.folder.capture().began(contents.began_ns());
        let (folder, fields) = (&self.folder, &self.options.fields);
        let open = self.open.entry(table);
        self.failed = rows(open.or_insert_with(|| writer(folder, table, fields))).err();
    }

    /// Writes a conversation with its findings.
    fn conversation(&mut self, contents: &Contents, id: ConversationId, is_final: bool) {
        self.add(contents, Table::Conversations, |writer| {
            conversations::write(writer, contents, id, is_final)
        });
        if self.options.tables.contains(&Table::Findings) {
            for finding in of_conversation(contents, id, &contents.judging) {
                let number = (self.next_number(), is_final);
                self.add(contents, Table::Findings, |writer| {
                    findings::write_one(writer, contents, finding, number)
                });
            }
        }
    }

    fn next_number(&mut self) -> u32 {
        self.number = self.number.saturating_add(1);
        self.number - 1
    }

    /// Writes the findings about hosts and the capture that are new or happened more often.
    fn of_hosts(&mut self, contents: &Contents, is_final: bool) {
        let found = Findings::of(contents, &contents.judging);
        for row in found.rows() {
            let Row::OfCapture(finding) = row else {
                continue;
            };
            let key = (finding.kind, finding.hosts.clone());
            let before = self.of_hosts.get(&key).copied().unwrap_or(0);
            if finding.count <= before && !is_final {
                continue;
            }
            if self.of_hosts.len() < MAX_OF_HOSTS {
                self.of_hosts.insert(key, finding.count);
            }
            let number = (self.next_number(), is_final);
            self.add(contents, Table::Findings, |writer| {
                findings::write_one(writer, contents, finding.clone(), number)
            });
        }
    }

    /// Writes the rest of a period, and gives its files their names.
    fn end_period(&mut self, store: &Store, period: &Period) -> anyhow::Result<Rotated> {
        let from = self.written + 1;
        let missed = {
            let contents = store.read();
            self.folder.capture().began(contents.began_ns());
            for (id, conversation) in contents.tracker.conversations() {
                let is_over = period.over.contains(&id);
                if is_over || conversation.last_packet >= from {
                    self.conversation(&contents, id, is_over);
                }
            }
            if self.options.tables.contains(&Table::Findings) {
                self.of_hosts(&contents, period.is_last);
            }
            self.written = contents.packets.len() as u32;
            contents.packets.first().saturating_sub(from)
        };
        self.read_again(store, period, from)?;
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let is_read = |table: &Table| matches!(table, Table::Dns | Table::Objects | Table::Packets);
        Ok(Rotated {
            begins_ns: period.begins_ns,
            files: self.commit(period)?,
            missed: match self.options.tables.iter().any(is_read) {
                true => missed.into(),
                false => 0,
            },
        })
    }

    /// Writes the tables for which packets are read again, from this packet on.
    fn read_again(&mut self, store: &Store, period: &Period, from: u32) -> anyhow::Result<()> {
        let Options {
            tables,
            fields,
            threads,
        } = self.options.clone();
        for table in tables {
            let mut writer = writer(&self.folder, table, &fields);
            match table {
                Table::Dns => dns::write(&mut writer, store, from)?,
                Table::Packets => {
                    writer = packets::write(writer, store, (&fields, from), threads)?;
                }
                Table::Objects => {
                    let selection = Selection {
                        filtered: Some(period.over.clone()),
                        ..Selection::default()
                    };
                    objects::write(&mut writer, store, &selection)?;
                }
                Table::Conversations | Table::Exchanges | Table::Findings => continue,
            }
            self.open.insert(table, writer);
        }
        Ok(())
    }

    fn commit(&mut self, period: &Period) -> anyhow::Result<Vec<Written>> {
        let names: Vec<_> = self.options.tables.iter().map(|it| it.name()).collect();
        // Engines know the columns of a table from any of its files.
        let is_first = std::mem::take(&mut self.is_first);
        let empty = is_first.then_some(period.begins_ns);
        for table in &self.options.tables {
            let open = self.open.remove(table);
            let open = open.unwrap_or_else(|| writer(&self.folder, *table, &self.options.fields));
            open.finish(empty)?;
        }
        let folder = self.begin_period();
        folder.commit(&names, Some(period.begins_ns))
    }

    /// Begins the next period without rows. Returns where those of the one before went.
    fn begin_period(&mut self) -> Arc<Folder> {
        self.open.clear();
        let next = Arc::new(Folder::new(self.place.clone()));
        std::mem::replace(&mut self.folder, next)
    }
}
