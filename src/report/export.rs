//! `wiretalk export`: what was written.

use super::json::Object;
use crate::{
    export::{Rotated, Written},
    format::{printable, size},
    lang::{Count, text},
};
use chrono::{DateTime, Utc};
use std::io::{self, Write};

/// Reports the files of an export: as text the sums of each table, as JSON each file.
///
/// # Errors
///
/// Fails if `out` is closed.
pub fn exported(written: &[Written], json: bool, out: &mut impl Write) -> io::Result<()> {
    if json {
        for file in written {
            let mut line = String::new();
            Object::open(&mut line)
                .text("table", file.table)
                .text("file", &file.path.to_string_lossy())
                .plain("rows", file.rows)
                .plain("bytes", file.bytes)
                .close();
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    for files in written.chunk_by(|a, b| a.table == b.table) {
        let Some(first) = files.first() else {
            continue;
        };
        let rows: u64 = files.iter().map(|file| file.rows).sum();
        let bytes: u64 = files.iter().map(|file| file.bytes).sum();
        let line = text!(
            "cli-exported",
            table = first.table,
            rows = text!("count-rows", count = Count(rows)),
            files = text!("count-files", count = Count(files.len() as u64)),
            size = size(bytes)
        );
        writeln!(out, "{}", printable(&line))?;
    }
    Ok(())
}

/// Writes what was written of a period, below its beginning, which the names of the files have, too.
///
/// # Errors
///
/// Fails with the errors of the output.
pub fn exported_period(period: &Rotated, json: bool, out: &mut impl Write) -> io::Result<()> {
    if !json {
        let begin = DateTime::<Utc>::from_timestamp_nanos(period.begins_ns);
        let begin = begin.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let line = match period.files.is_empty() {
            true => text!("cli-exported-nothing", begin),
            false => text!("cli-exported-period", begin),
        };
        writeln!(out, "{line}")?;
    }
    exported(&period.files, json, out)
}
