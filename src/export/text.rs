//! Tables as text: a JSON object a line, or CSV with a heading.

use super::cell::{Cell, Column};
use crate::report::{
    csv, hex,
    json::{self, List, Object},
};
use std::{
    fmt::Write as _,
    io::{self, BufWriter, Write},
};

/// How rows are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// A JSON object a line.
    Ndjson,
    /// Comma-separated values with a heading: RFC 4180.
    Csv,
}

/// Writes the rows of a table as text.
pub struct TextWriter<W: Write> {
    out: BufWriter<W>,
    syntax: Syntax,
    line: String,
}

impl<W: Write> TextWriter<W> {
    /// Begins a file.
    pub fn new(out: W, syntax: Syntax, columns: &[Column]) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        if syntax == Syntax::Csv {
            let names: Vec<_> = columns.iter().map(|column| csv(&column.name)).collect();
            writeln!(out, "{}", names.join(","))?;
        }
        Ok(TextWriter {
            out,
            syntax,
            line: String::new(),
        })
    }

    /// Writes a row.
    pub fn add<'a>(
        &mut self,
        columns: &[Column],
        row: impl IntoIterator<Item = Cell<'a>>,
        capture: &str,
    ) -> io::Result<()> {
        self.line.clear();
        match self.syntax {
            Syntax::Ndjson => {
                let mut object = Object::open(&mut self.line);
                for (column, cell) in columns.iter().zip(row) {
                    object.with(&column.name, |text| write_json(text, &cell, capture));
                }
                object.close();
            }
            Syntax::Csv => {
                for (at, cell) in row.into_iter().enumerate() {
                    if at > 0 {
                        self.line.push(',');
                    }
                    write_csv(&mut self.line, &cell, capture);
                }
            }
        }
        self.line.push('\n');
        self.out.write_all(self.line.as_bytes())
    }

    /// Writes what is left.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        self.out.into_inner().map_err(|error| error.into_error())
    }
}

fn write_json(text: &mut String, cell: &Cell, capture: &str) {
    match cell {
        Cell::Null => text.push_str("null"),
        Cell::Capture => json::string(text, capture),
        Cell::Text(value) => json::string(text, value),
        Cell::Host(address) => json::string(text, &address.to_string()),
        Cell::Bytes(bytes) => json::string(text, &hex(bytes)),
        Cell::Address(address) => json::string(text, &hex(address)),
        Cell::Texts(texts) => {
            let mut list = List::open(text);
            for value in texts {
                json::string(list.element(), value);
            }
            list.close();
        }
        Cell::Numbers(numbers) => {
            let mut list = List::open(text);
            for number in *numbers {
                let _ = write!(list.element(), "{number}");
            }
            list.close();
        }
        // JSON has no other fractions.
        Cell::Double(number) if !number.is_finite() => text.push_str("null"),
        plain => write_plain(text, plain),
    }
}

/// Between the elements of a list in CSV.
const SEPARATOR: &str = ";";

fn write_csv(text: &mut String, cell: &Cell, capture: &str) {
    match cell {
        Cell::Null => {}
        Cell::Capture => text.push_str(capture),
        Cell::Text(value) => text.push_str(&csv(value)),
        Cell::Host(address) => _ = write!(text, "{address}"),
        Cell::Bytes(bytes) => text.push_str(&hex(bytes)),
        Cell::Address(address) => text.push_str(&hex(address)),
        Cell::Texts(texts) => text.push_str(&csv(&texts.join(SEPARATOR))),
        Cell::Numbers(numbers) => {
            let numbers: Vec<_> = numbers.iter().map(u32::to_string).collect();
            text.push_str(&numbers.join(SEPARATOR));
        }
        plain => write_plain(text, plain),
    }
}

fn write_plain(text: &mut String, cell: &Cell) {
    let _ = match cell {
        Cell::Flag(is_set) => write!(text, "{is_set}"),
        Cell::Unsigned(number) => write!(text, "{number}"),
        Cell::Signed(number) => write!(text, "{number}"),
        Cell::Double(number) => write!(text, "{number}"),
        _ => Ok(()),
    };
}
