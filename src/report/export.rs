//! `wiretalk export`: what was written.

use super::json::Object;
use crate::{
    export::Written,
    format::{printable, size},
    lang::{Count, text},
};
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
