//! Aligned columns of text.

use crate::cell::{left, right, width};
use std::io::{self, Write};

/// Rows of cells, in columns as wide as their widest cell.
pub struct Table {
    /// For each column, whether its cells are numbers, which are aligned at the right.
    numbers: &'static [bool],
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Returns one with these headings.
    pub fn new(numbers: &'static [bool], headings: &[&str]) -> Self {
        let headings = headings.iter().map(|text| (*text).to_owned());
        Table {
            numbers,
            rows: vec![headings.collect()],
        }
    }

    /// Adds a row.
    pub fn add(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Writes it, each line after two blanks.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.numbers.len()).map(widest).collect();
        for row in &self.rows {
            let cells = row.iter().zip(&widths).zip(self.numbers);
            let cells = cells.map(|((cell, width), is_number)| match is_number {
                true => right(cell, *width),
                false => left(cell, *width),
            });
            let line = cells.collect::<Vec<_>>().join("  ");
            writeln!(out, "  {}", line.trim_end())?;
        }
        Ok(())
    }
}
