//! The widths of the columns. The columns themselves are in [`crate::columns`].

use crate::{
    columns::{ALWAYS, COLUMNS, Column, Definition, ON_SCREEN},
    ui::text::{self, left, right},
};

/// The number of columns.
pub const COUNT: usize = ON_SCREEN;

/// Returns the columns of the screen, from left to right.
fn all() -> impl Iterator<Item = &'static Definition> {
    COLUMNS.iter().take(COUNT)
}

/// Returns a text in a column of this width: numbers flush right, words flush left.
pub fn fill(column: &Definition, text: &str, width: usize) -> String {
    match column.to_the_right {
        true => right(text, width),
        false => left(text, width),
    }
}

/// Blank columns between two columns.
pub const GAP: usize = 2;

/// The minimum width of a useful summary.
const FEW: usize = 16;

/// The columns of the TCP analysis are shown in a window at least this wide, so that the summary keeps its room.
const ANALYSIS: usize = 230;

/// Returns the width before the first column: the cursor, the news sign, the secret sign.
pub fn lead(live: bool) -> usize {
    if live { 3 } else { 2 }
}

/// The division of the width.
pub struct Widths {
    /// The width of each column; 0 if it is left out.
    pub columns: [usize; COUNT],
    /// The width left for the summary; 0 if that is too little to be useful.
    pub said: usize,
}

impl Widths {
    /// Returns the columns that are shown, each with its width.
    pub fn shown(&self) -> impl Iterator<Item = (&'static Definition, usize)> {
        all().zip(self.columns).filter(|(_, width)| *width > 0)
    }

    /// Whether a column is shown.
    pub fn has(&self, column: Column) -> bool {
        self.columns[column as usize] > 0
    }

    fn total(&self, live: bool) -> usize {
        let shown = self.columns.iter().filter(|width| **width > 0);
        lead(live) + shown.map(|width| width + GAP).sum::<usize>()
    }

    /// Makes a column narrower if there is too little room, but not narrower than this.
    fn narrow(&mut self, column: Column, least: usize, live: bool, room: usize) {
        let over = self.total(live).saturating_sub(room);
        let width = &mut self.columns[column as usize];
        *width -= over.min(width.saturating_sub(least));
    }
}

/// Returns the width of each column, given its widest content, and what is left for the summary. In a narrow window the
/// less informative columns are left out first.
pub fn widths(widest: &[usize; COUNT], live: bool, room: usize) -> Widths {
    let mut widths = Widths {
        columns: [0; COUNT],
        said: 0,
    };
    for definition in all() {
        let column = definition.column;
        if (live || !column.is_rate()) && (room >= ANALYSIS || !column.is_analysis()) {
            // The arrow of the order is after the heading.
            let least = definition
                .min_width
                .max(text::width(definition.heading()) + 1);
            widths.columns[column as usize] = widest[column as usize].max(least);
        }
    }
    // The summary takes part of the room, if there is any.
    let wanted = match room {
        0..70 => 0,
        70..96 => 24,
        96..140 => 34,
        140..180 => 44,
        _ => 56,
    };
    let for_columns = room.saturating_sub(wanted);
    // Long IPv6 addresses are shortened first, then whole columns are left out.
    for column in [Column::Client, Column::Server] {
        widths.narrow(column, 22, live, for_columns);
    }
    let mut least_first: Vec<_> = all().filter(|one| one.priority < ALWAYS).collect();
    least_first.sort_by_key(|one| one.priority);
    for Definition { column, .. } in least_first {
        if widths.total(live) <= for_columns {
            break;
        }
        // If there is no summary, the state shows the outcome.
        if wanted > 0 || *column != Column::State {
            widths.columns[*column as usize] = 0;
        }
    }
    for column in [
        Column::Client,
        Column::Server,
        Column::Handshake,
        Column::State,
    ] {
        widths.narrow(column, 8, live, for_columns);
    }
    // In the narrowest window the state is left out, and both ends are as narrow as necessary.
    if widths.total(live) > room {
        widths.columns[Column::State as usize] = 0;
    }
    for column in [Column::Client, Column::Server] {
        widths.narrow(column, 4, live, room);
    }
    let left = room.saturating_sub(widths.total(live) + 1);
    widths.said = if left >= FEW { left } else { 0 };
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_wider_than_the_window() {
        for room in 20..300 {
            for live in [false, true] {
                let widths = widths(&[45; COUNT], live, room);
                assert!(widths.total(live) + widths.said <= room, "{room} {live}");
            }
        }
    }
}
