//! Where tables are written: a directory for each table, laid out as Hive does, so that engines skip what a query does
//! not ask for.
//!
//! ```text
//! DIR/conversations/date=2026-11-22/sensor=web1/part-ba7816bf8f01cfea-00000.parquet
//! ```
//!
//! Files are written under hidden names, which engines ignore, and renamed once all tables are complete. Of a capture that
//! is written in periods, the name of a file has the beginning of its period:
//!
//! ```text
//! DIR/conversations/date=2026-11-22/sensor=web1/part-ba7816bf8f01cfea-20261122T120500Z-00000.parquet
//! ```

use super::{
    capture_id::CaptureId,
    cell::{Cell, Column},
    text::{Syntax, TextWriter},
};
use crate::{lang::text, save::SaveError};
use anyhow::Context;
use chrono::{DateTime, TimeDelta};
use clap::ValueEnum;
use nix::{
    fcntl::AT_FDCWD,
    unistd::{UnlinkatFlags, unlinkat},
};
use std::{
    collections::{HashMap, HashSet},
    fs,
    io::{self, BufWriter, ErrorKind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use tempfile::{NamedTempFile, TempPath};

/// The format of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Parquet.
    #[cfg(feature = "parquet")]
    #[value(help = text!("arg-format-parquet"))]
    Parquet,
    /// JSON lines.
    #[value(help = text!("arg-format-ndjson"))]
    Ndjson,
    /// CSV.
    #[value(help = text!("arg-format-csv"))]
    Csv,
}

impl Default for Format {
    #[cfg(feature = "parquet")]
    fn default() -> Self {
        Format::Parquet
    }

    #[cfg(not(feature = "parquet"))]
    fn default() -> Self {
        Format::Ndjson
    }
}

impl Format {
    /// Returns the ending of its files' names.
    fn ending(self) -> &'static str {
        match self {
            #[cfg(feature = "parquet")]
            Format::Parquet => "parquet",
            Format::Ndjson => "ndjson",
            Format::Csv => "csv",
        }
    }
}

/// As many files of a table are written at the same time; packets of a capture may have any dates.
const MAX_OPEN: usize = 4;

/// As many dates of a table have a directory of their own. Later ones go to [`NO_DATE`].
const MAX_DATES: usize = 1000;

/// A day, counted from 1970 in UTC; none if it is not known.
type Day = Option<i64>;

/// The directory for rows whose date is not known, as Hive names it: engines read a null.
const NO_DATE: &str = "__HIVE_DEFAULT_PARTITION__";

/// Where the tables of a capture go.
#[derive(Clone)]
pub struct Place {
    /// The directory of the tables.
    pub root: PathBuf,
    /// Where the capture was made.
    pub sensor: String,
    /// The format.
    pub format: Format,
    /// Whether files of the same capture are replaced.
    pub replace: bool,
    /// The capture that the rows are of.
    pub capture: Arc<CaptureId>,
}

/// The directory that tables are written to.
pub struct Folder {
    place: Place,
    finished: Mutex<Vec<Finished>>,
    /// The dates that the tables have.
    dates: Mutex<HashMap<&'static str, HashSet<i64>>>,
    /// The directories that did not exist, each after the one that it is in.
    created: Mutex<Vec<PathBuf>>,
}

/// A file that is complete, and has no name yet.
struct Finished {
    hidden: TempPath,
    table: &'static str,
    day: Day,
    /// The share of the table's rows that it has some of.
    share: usize,
    rows: u64,
    bytes: u64,
}

/// A file that was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its name.
    pub path: PathBuf,
    /// Its table.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
    /// Its size, bytes.
    pub bytes: u64,
}

impl Folder {
    /// Returns the directory of a capture's tables.
    pub fn new(place: Place) -> Self {
        Folder {
            place,
            finished: Mutex::default(),
            dates: Mutex::default(),
            created: Mutex::default(),
        }
    }

    /// Returns the hash of the capture that the rows are of.
    pub fn capture(&self) -> &CaptureId {
        &self.place.capture
    }

    /// Returns the directory of a table and date.
    fn directory(&self, table: &str, day: Day) -> PathBuf {
        let sensor = format!("sensor={}", self.place.sensor);
        let date = day.map_or_else(|| NO_DATE.to_owned(), date);
        let dates = self.place.root.join(table).join(format!("date={date}"));
        dates.join(sensor)
    }

    /// Whether rows of this day have a directory of their own. The first days of a table do.
    fn has_directory(&self, table: &'static str, day: i64) -> bool {
        let mut dates = self.dates.lock().unwrap_or_else(PoisonError::into_inner);
        let dates = dates.entry(table).or_default();
        if dates.len() < MAX_DATES {
            dates.insert(day);
        }
        dates.contains(&day)
    }

    /// Creates a file in a directory, which has no name yet.
    fn create(&self, directory: &Path) -> Result<NamedTempFile, SaveError> {
        let make = || -> io::Result<NamedTempFile> {
            self.make_directory(directory)?;
            let mut builder = tempfile::Builder::new();
            builder.prefix(".wiretalk-").tempfile_in(directory)
        };
        let made = match make() {
            // Another process that had created the directory has removed it.
            Err(error) if error.kind() == ErrorKind::NotFound => make(),
            made => made,
        };
        made.map_err(|error| SaveError::of(directory, error))
    }

    /// Creates a directory with those above it that are missing.
    fn make_directory(&self, directory: &Path) -> io::Result<()> {
        let mut created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        let missing: Vec<_> = directory
            .ancestors()
            .take_while(|it| !it.exists())
            .collect();
        for missing in missing.into_iter().rev() {
            match fs::create_dir(missing) {
                Ok(()) => created.push(missing.to_owned()),
                // Another process was faster.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Gives all files their names: those of the whole capture, or of the period that began at this time, nanoseconds since
    /// the epoch. Returns them, in order.
    ///
    /// # Errors
    ///
    /// Fails if the capture was written there before and is not to be replaced: then nothing is changed.
    pub fn commit(&self, tables: &[&str], period: Option<i64>) -> anyhow::Result<Vec<Written>> {
        let prefix = self.place.capture.prefix()? + &period.map(beginning).unwrap_or_default();
        let before = self.place.files(tables, &prefix)?;
        if let Some(there) = before.first().filter(|_| !self.place.replace) {
            let error = SaveError::Exists(there.clone());
            anyhow::bail!(text!("cli-exists", error));
        }
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        // Those of one share are in order.
        finished.sort_by_key(|file| (file.table, file.day, file.share));
        let ending = self.place.format.ending();
        let mut all: Vec<Written> = Vec::new();
        let mut counts: HashMap<_, u32> = HashMap::new();
        for file in &*finished {
            let directory = self.directory(file.table, file.day);
            let count = counts.entry((file.table, file.day)).or_default();
            let path = directory.join(format!("{prefix}{count:05}.{ending}"));
            *count += 1;
            all.push(Written {
                path,
                table: file.table,
                rows: file.rows,
                bytes: file.bytes,
            });
        }
        for (Finished { hidden, .. }, written) in finished.drain(..).zip(&all) {
            let name = |error| SaveError::of(&written.path, error);
            hidden
                .persist(&written.path)
                .map_err(|error| name(error.error))?;
        }
        // Rows of an earlier run that this one does not have.
        let stale = before
            .iter()
            .filter(|path| all.iter().all(|it| it.path != **path));
        for path in stale {
            fs::remove_file(path).map_err(|error| SaveError::of(path, error))?;
        }
        all.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(all)
    }
}

impl Place {
    /// Returns the files of these tables whose names begin so.
    fn files(&self, tables: &[&str], prefix: &str) -> anyhow::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for table in tables {
            for date in entries(&self.root.join(table))? {
                for sensor in entries(&date)? {
                    let files = entries(&sensor)?.into_iter();
                    found.extend(files.filter(|path| {
                        let name = path.file_name().unwrap_or_default();
                        name.to_string_lossy().starts_with(prefix)
                    }));
                }
            }
        }
        Ok(found)
    }
}

/// Returns what is in a directory; nothing if it is not there.
fn entries(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = || -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(directory)?;
        entries.map(|entry| Ok(entry?.path())).collect()
    };
    match read() {
        // Other files may lie beside the directories.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(Vec::new())
        }
        read => read.with_context(|| directory.display().to_string()),
    }
}

/// Directories that were created for files which did not get their names are removed.
impl Drop for Folder {
    fn drop(&mut self) {
        let finished = &mut self.finished;
        finished
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        let created = self.created.get_mut();
        let created = created.unwrap_or_else(PoisonError::into_inner);
        for directory in created.iter().rev() {
            // One with files stays. `rmdir` is not among the calls that a confined process may make.
            let _ = unlinkat(AT_FDCWD, directory, UnlinkatFlags::RemoveDir);
        }
    }
}

/// Writes the rows of a table to the files of their dates.
pub struct TableWriter {
    table: &'static str,
    columns: Vec<Column>,
    /// Which share of its rows this is.
    share: usize,
    open: Vec<Part>,
    /// Whether there are rows.
    has_rows: bool,
    /// Dropped after the files that are open: then directories without files are removed.
    folder: Arc<Folder>,
}

/// A file that is being written.
struct Part {
    day: Day,
    rows: u64,
    rows_of: Rows,
}

type Out = BufWriter<NamedTempFile>;

/// Rows in a format.
enum Rows {
    #[cfg(feature = "parquet")]
    Parquet(Box<super::parquet::ParquetWriter<Out>>),
    Text(TextWriter<Out>),
}

impl TableWriter {
    /// Begins a table.
    pub fn new(folder: Arc<Folder>, table: &'static str, columns: Vec<Column>) -> Self {
        TableWriter {
            table,
            columns,
            share: 0,
            open: Vec::new(),
            has_rows: false,
            folder,
        }
    }

    /// Writes one of several shares of the rows, whose files are in this order.
    pub fn of_share(self, share: usize) -> Self {
        TableWriter { share, ..self }
    }

    /// Adds a row to the file of the date of this time, nanoseconds since the epoch.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub fn add<'a>(
        &mut self,
        time_ns: i64,
        row: impl IntoIterator<Item = Cell<'a>>,
    ) -> anyhow::Result<()> {
        let at = self.part(day(time_ns))?;
        let Some(part) = self.open.get_mut(at) else {
            return Ok(());
        };
        part.rows += 1;
        let capture = self.folder.capture();
        let added = match &mut part.rows_of {
            #[cfg(feature = "parquet")]
            Rows::Parquet(rows) => rows.add(row, || capture.get().map(str::to_owned)),
            Rows::Text(rows) => capture
                .get()
                .and_then(|id| rows.add(&self.columns, row, id)),
        };
        added.map_err(|error| self.failed(error))
    }

    /// Returns the position of the file of a date, which is begun if it is not open.
    fn part(&mut self, day: i64) -> anyhow::Result<usize> {
        let at = |open: &[Part], day| open.iter().rposition(|part| part.day == day);
        // Most rows have the date of the row before them, which is the last one.
        if let Some(at) = at(&self.open, Some(day)) {
            return Ok(at);
        }
        let has_directory = self.folder.has_directory(self.table, day);
        let day = has_directory.then_some(day);
        if let Some(at) = at(&self.open, day) {
            return Ok(at);
        }
        if self.open.len() >= MAX_OPEN {
            let oldest = self.open.remove(0);
            self.close(oldest)?;
        }
        let part = self.begin(day)?;
        self.has_rows = true;
        self.open.push(part);
        Ok(self.open.len() - 1)
    }

    fn begin(&mut self, day: Day) -> anyhow::Result<Part> {
        let directory = self.folder.directory(self.table, day);
        let out = BufWriter::with_capacity(1 << 18, self.folder.create(&directory)?);
        let rows_of = match self.folder.place.format {
            #[cfg(feature = "parquet")]
            Format::Parquet => super::parquet::ParquetWriter::new(out, self.table, &self.columns)
                .map(|writer| Rows::Parquet(Box::new(writer))),
            Format::Ndjson => TextWriter::new(out, Syntax::Ndjson, &self.columns).map(Rows::Text),
            Format::Csv => TextWriter::new(out, Syntax::Csv, &self.columns).map(Rows::Text),
        };
        Ok(Part {
            rows_of: rows_of.map_err(|error| self.failed(error))?,
            day,
            rows: 0,
        })
    }

    /// Returns an error of writing.
    fn failed(&self, error: io::Error) -> anyhow::Error {
        SaveError::of(&self.folder.place.root.join(self.table), error).into()
    }

    /// Completes a file. It keeps its hidden name until all are complete.
    fn close(&self, part: Part) -> anyhow::Result<()> {
        let finish = || -> io::Result<(TempPath, u64)> {
            let out = match part.rows_of {
                #[cfg(feature = "parquet")]
                Rows::Parquet(rows) => rows.finish(self.folder.capture().get()?)?,
                Rows::Text(rows) => rows.finish()?,
            };
            let file = out.into_inner().map_err(|error| error.into_error())?;
            file.as_file().sync_all()?;
            let bytes = file.as_file().metadata()?.len();
            Ok((file.into_temp_path(), bytes))
        };
        let (hidden, bytes) = finish().map_err(|error| self.failed(error))?;
        let finished = &self.folder.finished;
        let mut finished = finished.lock().unwrap_or_else(PoisonError::into_inner);
        finished.push(Finished {
            hidden,
            table: self.table,
            day: part.day,
            share: self.share,
            rows: part.rows,
            bytes,
        });
        Ok(())
    }

    /// Completes the table. One without rows has a file without rows, of the date of this time if there is one, so that
    /// engines know its columns.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub fn finish(mut self, time_ns: Option<i64>) -> anyhow::Result<()> {
        if let Some(time_ns) = time_ns.filter(|_| !self.has_rows) {
            self.part(day(time_ns))?;
        }
        for part in std::mem::take(&mut self.open) {
            self.close(part)?;
        }
        Ok(())
    }
}

/// Returns the beginning of a period in the names of files, in UTC.
fn beginning(time_ns: i64) -> String {
    DateTime::from_timestamp_nanos(time_ns)
        .format("%Y%m%dT%H%M%SZ-")
        .to_string()
}

/// Nanoseconds of a day; UTC in nanoseconds since 1970 has no leap seconds.
const DAY_NS: i64 = 86_400_000_000_000;

/// Returns the day of a time, nanoseconds since the epoch.
pub(super) fn day(time_ns: i64) -> i64 {
    time_ns.div_euclid(DAY_NS)
}

/// Returns the date of a day, in UTC.
fn date(day: i64) -> String {
    let date = DateTime::UNIX_EPOCH + TimeDelta::days(day);
    date.format("%Y-%m-%d").to_string()
}

/// Returns a name of letters, digits, `.`, `_` and `-` for a directory: that of a sensor.
pub fn sanitized(name: &str) -> String {
    /// A longer name is cut; file systems allow 255 bytes.
    const MOST: usize = 100;
    let letters = name.chars().take(MOST).map(|letter| match letter {
        '.' | '_' | '-' => letter,
        letter if letter.is_ascii_alphanumeric() => letter,
        _ => '-',
    });
    let name: String = letters.collect();
    let name = name.trim_matches(['.', '-']);
    match name.is_empty() {
        true => "capture".to_owned(),
        false => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensors_are_safe_directories() {
        for (name, expected) in [
            ("web1", "web1"),
            ("../../etc", "etc"),
            ("a b=c/한", "a-b-c"),
            ("..", "capture"),
            ("", "capture"),
        ] {
            assert_eq!(sanitized(name), expected);
        }
        assert_eq!(sanitized(&"x".repeat(1000)).len(), 100);
    }

    #[test]
    fn dates_are_those_of_utc() {
        let date = |time_ns| date(day(time_ns));
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-1), "1969-12-31");
        assert_eq!(date(1_795_336_917_218_404_000), "2026-11-22");
        assert_eq!(
            (date(i64::MIN), date(i64::MAX)),
            ("1677-09-21".into(), "2262-04-11".into())
        );
    }
}
