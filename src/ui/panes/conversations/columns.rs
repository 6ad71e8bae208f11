//! The widths of the columns. The columns themselves are in [`crate::columns`].

use crate::{
    columns::{ALWAYS, COLUMNS, Column, ON_SCREEN, chosen::Chosen},
    ui::text::{self, left, right},
};

/// The number of columns that the list has unless others are chosen.
pub const COUNT: usize = ON_SCREEN;

/// Returns a text in a column of this width: numbers flush right, words flush left.
pub fn fill(column: &Chosen<Column>, text: &str, width: usize) -> String {
    let own = column.own().map(Column::definition);
    match own.is_some_and(|own| own.to_the_right) {
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

/// The least width of a field's column, and the width up to which its content widens it.
const FIELD: [usize; 2] = [4, 24];

/// Returns the width before the first column: the cursor, the news sign, the secret sign.
pub fn lead(live: bool) -> usize {
    if live { 3 } else { 2 }
}

/// The columns of the list.
#[derive(Clone)]
pub struct ListColumns {
    /// From left to right, without the summary and the verdict, which are behind them.
    pub columns: Vec<Chosen<Column>>,
    /// The width of the window chooses which of them are shown.
    pub is_automatic: bool,
    /// Whether the summary and the verdict are shown.
    pub says: [bool; 2],
}

impl ListColumns {
    /// Returns the columns that were chosen, or those that the list has by itself.
    pub fn new(chosen: Option<&[Chosen<Column>]>) -> Self {
        let Some(chosen) = chosen else {
            let own = COLUMNS.iter().take(COUNT);
            return ListColumns {
                columns: own.map(|one| Chosen::built_in(one.column)).collect(),
                is_automatic: true,
                says: [true; 2],
            };
        };
        let has = |column| chosen.iter().any(|one| one.own() == Some(column));
        let said =
            |one: &&Chosen<Column>| matches!(one.own(), Some(Column::Summary | Column::Verdict));
        ListColumns {
            columns: chosen.iter().filter(|one| !said(one)).cloned().collect(),
            is_automatic: false,
            says: [has(Column::Summary), has(Column::Verdict)],
        }
    }

    fn place(&self, column: Column) -> Option<usize> {
        let mut columns = self.columns.iter();
        columns.position(|one| one.own() == Some(column))
    }

    /// Returns the width of each column, given its widest content, and what is left for the summary. In a narrow window
    /// the less informative columns are left out first, of those that were chosen the last ones.
    pub fn widths(&self, widest: &[usize], live: bool, room: usize) -> Widths {
        let columns = self.columns.iter().zip(widest);
        let mut widths = Widths {
            columns: columns
                .map(|(column, widest)| self.width(column, *widest, live, room))
                .collect(),
            said: 0,
        };
        // The summary takes part of the room, if there is any; of columns that were chosen it takes none.
        let wanted = match room {
            _ if !self.is_automatic => 0,
            0..70 => 0,
            70..96 => 24,
            96..140 => 34,
            140..180 => 44,
            _ => 56,
        };
        let for_columns = room.saturating_sub(wanted);
        // Long IPv6 addresses are shortened first, then whole columns are left out.
        for column in [Column::Client, Column::Server] {
            widths.narrow(self.place(column), 22, live, for_columns);
        }
        for at in self.least_first() {
            if widths.total(live) <= for_columns {
                break;
            }
            // If there is no summary, the state shows the outcome.
            if wanted > 0 || self.place(Column::State) != Some(at) {
                widths.columns[at] = 0;
            }
        }
        for column in [
            Column::Client,
            Column::Server,
            Column::Handshake,
            Column::State,
        ] {
            widths.narrow(self.place(column), 8, live, for_columns);
        }
        // In the narrowest window the state is left out, and both ends are as narrow as necessary.
        if widths.total(live) > room
            && let Some(at) = self.place(Column::State)
        {
            widths.columns[at] = 0;
        }
        for column in [Column::Client, Column::Server] {
            widths.narrow(self.place(column), 4, live, room);
        }
        if self.says != [false; 2] {
            let left = room.saturating_sub(widths.total(live) + 1);
            widths.said = if left >= FEW { left } else { 0 };
        }
        widths
    }

    fn width(&self, column: &Chosen<Column>, widest: usize, live: bool, room: usize) -> usize {
        // The arrow of the order is after the heading.
        let heading = text::width(&column.heading()) + 1;
        match (column.width, column.own().map(Column::definition)) {
            (_, Some(own)) if own.column.is_rate() && !live => 0,
            (_, Some(own)) if self.is_automatic && room < ANALYSIS && own.column.is_analysis() => 0,
            (Some(width), _) => width,
            (None, Some(own)) => widest.max(own.min_width).max(heading),
            (None, None) => widest.max(heading).clamp(FIELD[0], FIELD[1]),
        }
    }

    /// Returns the places of the columns in the order in which they are left out.
    fn least_first(&self) -> Vec<usize> {
        let priority = |at: usize| {
            let own = self.columns[at].own().map(Column::definition);
            own.map_or(0, |own| own.priority)
        };
        let mut order: Vec<usize> = (0..self.columns.len()).collect();
        match self.is_automatic {
            true => {
                order.retain(|at| priority(*at) < ALWAYS);
                order.sort_by_key(|at| priority(*at));
            }
            // The first one stays.
            false => {
                order.retain(|at| *at > 0);
                order.reverse();
            }
        }
        order
    }
}

/// The division of the width.
pub struct Widths {
    /// The width of each column; 0 if it is left out.
    pub columns: Vec<usize>,
    /// The width left for the summary; 0 if that is too little to be useful.
    pub said: usize,
}

impl Widths {
    /// Returns the columns that are shown, each with its place and its width.
    pub fn shown<'c>(
        &self,
        list: &'c ListColumns,
    ) -> impl Iterator<Item = (usize, &'c Chosen<Column>, usize)> {
        let all = list.columns.iter().enumerate().zip(&self.columns);
        let all = all.map(|((at, column), width)| (at, column, *width));
        all.filter(|(_, _, width)| *width > 0)
    }

    /// Whether a column is shown.
    pub fn has(&self, list: &ListColumns, column: Column) -> bool {
        list.place(column).is_some_and(|at| self.columns[at] > 0)
    }

    fn total(&self, live: bool) -> usize {
        let shown = self.columns.iter().filter(|width| **width > 0);
        lead(live) + shown.map(|width| width + GAP).sum::<usize>()
    }

    /// Makes a column narrower if there is too little room, but not narrower than this.
    fn narrow(&mut self, column: Option<usize>, least: usize, live: bool, room: usize) {
        let over = self.total(live).saturating_sub(room);
        if let Some(width) = column.and_then(|at| self.columns.get_mut(at)) {
            *width -= over.min(width.saturating_sub(least));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::chosen::ColumnList;

    #[test]
    fn nothing_is_wider_than_the_window() {
        let lists = [
            "server,lost,rtt,verdict,tls.handshake.version",
            "client,late",
        ];
        let lists = lists.map(|list| {
            let ColumnList(columns) = list.parse().unwrap();
            ListColumns::new(Some(&columns))
        });
        for list in lists.into_iter().chain([ListColumns::new(None)]) {
            let widest = vec![45; list.columns.len()];
            for room in 20..300 {
                for live in [false, true] {
                    let widths = list.widths(&widest, live, room);
                    assert!(widths.total(live) + widths.said <= room, "{room} {live}");
                }
            }
        }
    }
}
