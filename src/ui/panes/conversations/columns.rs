//! How wide the columns are. What they are is in [`crate::columns`].

use crate::{
    columns::{ALWAYS, COLUMNS, Column, Definition, ON_SCREEN},
    ui::text::{self, left, right},
};

/// How many columns there are.
pub const COUNT: usize = ON_SCREEN;

/// The columns of the screen, from left to right.
fn all() -> impl Iterator<Item = &'static Definition> {
    COLUMNS.iter().take(COUNT)
}

/// A text in so many columns of the screen: numbers flush right, words flush left.
pub fn fill(column: &Definition, text: &str, width: usize) -> String {
    match column.to_the_right {
        true => right(text, width),
        false => left(text, width),
    }
}

/// So much stands between two columns.
pub const GAP: usize = 2;

/// Fewer columns than this say nothing.
const FEW: usize = 16;

/// How many columns stand before the first one: the cursor, what is new, the secret.
pub fn lead(live: bool) -> usize {
    if live { 3 } else { 2 }
}

/// How the room is shared out.
pub struct Widths {
    /// How wide each column is; 0 where it is left out.
    pub columns: [usize; COUNT],
    /// How much is left for the summary; 0 where that is too little to say anything.
    pub said: usize,
}

impl Widths {
    /// The columns that are shown, each with its width.
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

    /// Makes a column narrower where there is too little room, but not narrower than this.
    fn narrow(&mut self, column: Column, least: usize, live: bool, room: usize) {
        let over = self.total(live).saturating_sub(room);
        let width = &mut self.columns[column as usize];
        *width -= over.min(width.saturating_sub(least));
    }
}

/// How wide each column is that is this wide at its widest, and what is left for the summary. In a narrow window the
/// less telling columns go first.
pub fn widths(widest: &[usize; COUNT], live: bool, room: usize) -> Widths {
    let mut widths = Widths {
        columns: [0; COUNT],
        said: 0,
    };
    for definition in all() {
        let column = definition.column;
        if live || !column.is_rate() {
            // The arrow of the order stands behind the heading.
            let least = definition
                .min_width
                .max(text::width(definition.heading()) + 1);
            widths.columns[column as usize] = widest[column as usize].max(least);
        }
    }
    // The summary takes part of the room, where there is any.
    let wanted = match room {
        0..70 => 0,
        70..96 => 24,
        96..140 => 34,
        140..180 => 44,
        _ => 56,
    };
    let for_columns = room.saturating_sub(wanted);
    // Long IPv6 addresses give way first, then whole columns.
    for column in [Column::Client, Column::Server] {
        widths.narrow(column, 22, live, for_columns);
    }
    let mut least_first: Vec<_> = all().filter(|one| one.priority < ALWAYS).collect();
    least_first.sort_by_key(|one| one.priority);
    for Definition { column, .. } in least_first {
        if widths.total(live) <= for_columns {
            break;
        }
        // Where nothing is said, the state says what became of it.
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
    let left = room.saturating_sub(widths.total(live) + 1);
    widths.said = if left >= FEW { left } else { 0 };
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_wider_than_the_window() {
        for room in 40..300 {
            for live in [false, true] {
                let widths = widths(&[45; COUNT], live, room);
                assert!(widths.total(live) + widths.said <= room, "{room} {live}");
            }
        }
    }
}
