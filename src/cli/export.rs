//! The arguments of `wiretalk export`.

use super::{Capture, Decoding, Judging, refuse};
use crate::{
    export::{Fields, Format, Options, Table},
    lang::text,
};
use clap::{Args, ValueHint, value_parser};
use std::{ffi::OsString, path::PathBuf};

/// The arguments of `wiretalk export`.
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// The captures, or a capture filter.
    #[arg(value_name = "FILE", required_unless_present = "interfaces", value_hint = ValueHint::FilePath, help = text!("arg-export-files"))]
    pub files: Vec<OsString>,
    /// The directory for the tables.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help = text!("arg-export-out"))]
    pub out: PathBuf,
    /// The format.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, help = text!("arg-export-format"))]
    pub format: Format,
    /// The tables.
    #[arg(long, value_name = "LIST", value_delimiter = ',', help = text!("arg-export-tables"))]
    pub tables: Vec<Table>,
    /// The fields of packets.
    #[arg(long, value_name = "LIST", help = text!("arg-export-fields"))]
    pub fields: Option<Fields>,
    /// The name of the place where the capture was made.
    #[arg(long, value_name = "NAME", help = text!("arg-export-sensor"))]
    pub sensor: Option<String>,
    /// Replaces an earlier export of the same capture.
    #[arg(long, help = text!("arg-export-force"))]
    pub force: bool,
    /// The length of the periods in which a capture that grows is written, seconds.
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u32).range(1..), help = text!("arg-export-rotate"))]
    pub rotate: Option<u32>,
    /// Reports the result as JSON.
    #[arg(long, help = text!("arg-objects-json"))]
    pub json: bool,
    /// Thresholds and ignored kinds.
    #[command(flatten)]
    pub judging: Judging,
    /// How the capture is read.
    #[command(flatten)]
    pub reading: Decoding,
    /// The capture options.
    #[command(flatten)]
    pub capture: Capture,
}

impl ExportArgs {
    /// Returns what is exported: all tables, and packets if there are fields for them.
    pub fn options(&self) -> Options {
        let fields = self.fields.clone().unwrap_or_default();
        let mut tables = self.tables.clone();
        if tables.is_empty() {
            tables.extend(Table::ALL);
            tables.retain(|table| *table != Table::Packets || !fields.is_empty());
        }
        tables.sort_unstable();
        tables.dedup();
        if tables.contains(&Table::Packets) == fields.is_empty() {
            refuse(text!("cli-packets-and-fields"));
        }
        Options {
            tables,
            fields,
            threads: self.reading.threads.unwrap_or(0),
        }
    }
}
