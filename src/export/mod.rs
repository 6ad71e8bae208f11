//! Tables for analysis elsewhere: conversations, exchanges, findings, answers of DNS, files and packets, as Parquet, JSON
//! lines or CSV. docs/tables.md describes each column.
//!
//! | file | holds |
//! |---|---|
//! | `cell.rs` | columns, and the values of a row |
//! | `tables/` | the columns of each table, and its rows |
//! | `parquet.rs`, `text.rs` | the formats |
//! | `folder.rs` | directories and files; nothing incomplete has its name |
//! | `rotation.rs` | a capture that grows, written in periods |
//! | `capture_id.rs`, `community_id.rs` | the hashes by which rows are joined |
//!
//! A table is defined once, as a list of columns with functions of their values; the formats know nothing of tables. Rows
//! are written as they are made, and no more than a row group of each table is in memory. Exchanges come while the capture
//! is read, all others are read from the store afterwards, several tables at the same time.

mod capture_id;
mod cell;
mod community_id;
mod folder;
#[cfg(feature = "parquet")]
mod parquet;
mod rotation;
mod tables;
#[cfg(test)]
mod tests;
mod text;

pub use capture_id::CaptureId;
pub use cell::{Cell, Column, Kind};
pub use community_id::community_id;
pub use folder::{Folder, Format, Place, TableWriter, Written, sanitized};
pub use rotation::{Rotated, rotate};
pub use tables::{Table, packets::Fields};

use crate::{index::Index, lang::text, report::Selection, store::Store};
use std::{
    io,
    sync::Arc,
    thread::{JoinHandle, Scope, ScopedJoinHandle},
};
use tables::{conversations, dns, exchanges, findings, objects, packets};

/// What is exported.
#[derive(Clone, Debug)]
pub struct Options {
    /// The tables.
    pub tables: Vec<Table>,
    /// The fields of the table of packets.
    pub fields: Fields,
    /// On how many threads packets are read and conversations written; 0 chooses by the number of processors.
    pub threads: usize,
}

/// An export that has begun: the table of exchanges is written while the capture is read.
pub struct Export {
    folder: Arc<Folder>,
    options: Options,
    exchanges: Option<JoinHandle<anyhow::Result<()>>>,
}

impl Export {
    /// Begins an export of the capture that an index is going to read.
    ///
    /// # Errors
    ///
    /// Fails if there can be no more threads.
    pub fn begin(index: &mut Index, folder: Folder, options: Options) -> anyhow::Result<Self> {
        let folder = Arc::new(folder);
        let mut writing = None;
        if options.tables.contains(&Table::Exchanges) {
            let (listener, ended) = exchanges::channel(Arc::clone(&folder));
            index.listen(listener);
            let folder = Arc::clone(&folder);
            let store = index.store().clone();
            let thread = std::thread::Builder::new().name("exchanges".to_owned());
            writing = Some(thread.spawn(move || {
                let mut writer = writer(&folder, Table::Exchanges, &Fields::default());
                for ended in ended {
                    exchanges::write(&mut writer, ended)?;
                }
                let began_ns = store.read().began_ns();
                folder.capture().began(began_ns);
                writer.finish(Some(began_ns))
            })?);
        }
        Ok(Export {
            folder,
            options,
            exchanges: writing,
        })
    }

    /// Writes the other tables, once the capture was read and the index is gone, and gives all files their names.
    ///
    /// # Errors
    ///
    /// Fails if something cannot be written or read: then nothing is left of it.
    pub fn finish(self, store: &Store) -> anyhow::Result<Vec<Written>> {
        let Export {
            folder,
            options,
            exchanges,
        } = self;
        folder.capture().began(store.read().began_ns());
        let written: anyhow::Result<()> = std::thread::scope(|scope| {
            let tables = options.tables.iter();
            let tables = tables.filter(|table| **table != Table::Exchanges);
            let all = tables.map(|table| begin(scope, *table, &folder, store, &options));
            let all: Vec<_> = all.collect::<io::Result<_>>()?;
            let mut all = all.into_iter().map(|thread| thread.join());
            all.try_for_each(|written| written.unwrap_or_else(|_| broken()))
        });
        if let Some(exchanges) = exchanges {
            exchanges.join().unwrap_or_else(|_| broken())?;
        }
        written?;
        let names: Vec<_> = options.tables.iter().map(|table| table.name()).collect();
        folder.commit(&names, None)
    }
}

/// Returns the error of a thread that ended by a panic.
fn broken<T>() -> anyhow::Result<T> {
    anyhow::bail!(text!("cli-index-stopped"))
}

fn writer(folder: &Arc<Folder>, table: Table, fields: &Fields) -> TableWriter {
    let mut columns = table.columns();
    if table == Table::Packets {
        columns.extend(fields.columns());
    }
    TableWriter::new(Arc::clone(folder), table.name(), columns)
}

/// The number of the first packet.
const FIRST: u32 = 1;

/// Begins to write a table.
fn begin<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    table: Table,
    folder: &'env Arc<Folder>,
    store: &'env Store,
    options: &'env Options,
) -> io::Result<ScopedJoinHandle<'scope, anyhow::Result<()>>> {
    let thread = std::thread::Builder::new().name(table.name().to_owned());
    thread.spawn_scoped(scope, move || {
        let begin = |share| writer(folder, table, &options.fields).of_share(share);
        let mut writer = begin(0);
        match table {
            Table::Conversations => {
                return conversations::write_all(store, options.threads, begin);
            }
            Table::Findings => findings::write(&mut writer, &store.read())?,
            Table::Dns => dns::write(&mut writer, store, FIRST)?,
            Table::Objects => objects::write(&mut writer, store, &Selection::default())?,
            Table::Packets => {
                let fields = (&options.fields, FIRST);
                writer = packets::write(writer, store, fields, options.threads)?;
            }
            Table::Exchanges => {}
        }
        let began_ns = store.read().began_ns();
        writer.finish(Some(began_ns))
    })
}
