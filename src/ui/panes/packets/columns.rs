//! The widths of the packet list's columns.

use crate::{
    columns::{chosen::Chosen, packets::PacketColumn},
    lang::text,
    ui::text,
};
use PacketColumn::{Destination, Info, Length, Protocol, Source, Time};

/// Width of the gutter before all columns, which shows the conversation of a packet and its sender.
pub const GUTTER: usize = 3;

/// The least width of a field's column, and the width up to which its content widens it.
const FIELD: [usize; 2] = [4, 24];

/// The width of each column; 0 if there is no room for it. That of Info is the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Widths {
    /// In the order of the columns.
    pub columns: Vec<usize>,
    room: usize,
}

/// The columns, and the widest content of each.
pub struct Measured<'c> {
    /// The columns, from left to right.
    pub columns: &'c [Chosen<PacketColumn>],
    /// The widest content of each; that of Info does not count.
    pub widest: &'c [usize],
}

impl Widths {
    /// Returns the width of a column.
    pub fn at(&self, column: usize) -> usize {
        self.columns.get(column).copied().unwrap_or(0)
    }

    /// Returns the width between two columns.
    pub fn gap(room: usize) -> usize {
        if room >= 100 { 2 } else { 1 }
    }
}

impl Measured<'_> {
    /// Fits them into this many columns. Long addresses are shortened first, then the length is left out, then whole
    /// addresses, then the last ones. A width that was chosen stays.
    pub fn fit(&self, room: usize) -> Widths {
        let mut fitted = Fitting {
            columns: self.columns,
            widths: self.widths(),
            room,
        };
        // An info line of TCP with its numbers; and the minimum that identifies a packet.
        let (wanted, least) = match self.place(Info) {
            None => (0, 0),
            Some(_) if room >= 100 => (64, 24),
            Some(_) => (30, 14),
        };
        fitted.shrink_addresses(wanted, 15);
        if room < 80 && fitted.rest() < wanted as isize {
            fitted.leave_out(self.place(Length));
        }
        fitted.shrink_addresses(wanted.min(18), 11);
        let most = if room < 80 { 8 } else { 16 };
        fitted.limit(self.place(Protocol), most);
        for column in [Length, Destination, Source, Protocol] {
            if fitted.rest() < least as isize {
                fitted.leave_out(self.place(column));
            }
        }
        // Number and time of a packet, and columns that were chosen, go last.
        for at in (1..self.columns.len()).rev() {
            if fitted.rest() < least as isize && Some(at) != self.place(Info) {
                fitted.leave_out(Some(at));
            }
        }
        let over = fitted.rest().min(0).unsigned_abs();
        if let Some(first) = fitted.widths.first_mut() {
            *first = first.saturating_sub(over);
        }
        let rest = fitted.rest().max(0) as usize;
        let mut widths = fitted.widths;
        if let Some(width) = self.place(Info).and_then(|at| widths.get_mut(at)) {
            *width = rest;
        }
        Widths {
            columns: widths,
            room,
        }
    }

    /// Returns the place of a column.
    fn place(&self, column: PacketColumn) -> Option<usize> {
        let mut columns = self.columns.iter();
        columns.position(|one| one.own() == Some(column))
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.columns.iter().zip(self.widest);
        let widths = columns.map(|(column, widest)| match (column.width, column.own()) {
            (_, Some(Info)) => 0,
            (Some(width), _) => width,
            (None, Some(_)) => *widest,
            (None, None) => (*widest).clamp(FIELD[0], FIELD[1]),
        });
        widths.collect()
    }
}

/// Widths that are being fitted.
struct Fitting<'c> {
    columns: &'c [Chosen<PacketColumn>],
    widths: Vec<usize>,
    room: usize,
}

impl Fitting<'_> {
    /// Returns the width left for Info.
    fn rest(&self) -> isize {
        let gap = Widths::gap(self.room);
        let used = self.widths.iter().filter(|width| **width > 0);
        let used: usize = used.map(|width| width + gap).sum();
        let last = self
            .columns
            .iter()
            .rposition(|column| column.own() != Some(Info));
        let info = self
            .columns
            .iter()
            .position(|column| column.own() == Some(Info));
        // There is no gap behind the last column.
        let behind = if info.is_some() && info < last {
            gap
        } else {
            0
        };
        let end = if info.is_none() { gap } else { 0 };
        (self.room + end) as isize - (GUTTER + used + behind) as isize
    }

    fn leave_out(&mut self, column: Option<usize>) {
        if let Some(width) = column.and_then(|at| self.widths.get_mut(at)) {
            *width = 0;
        }
    }

    fn limit(&mut self, column: Option<usize>, most: usize) {
        let Some(at) = column.filter(|at| self.columns[*at].width.is_none()) else {
            return;
        };
        self.widths[at] = self.widths[at].min(most);
    }

    /// The longer address is shortened first.
    fn shrink_addresses(&mut self, wanted: usize, least: usize) {
        while self.rest() < wanted as isize {
            let is_address = |column: &Chosen<PacketColumn>| {
                column.width.is_none() && matches!(column.own(), Some(Source | Destination))
            };
            let addresses = self.columns.iter().enumerate();
            let addresses = addresses.filter(|(_, column)| is_address(column));
            let widest = addresses.rev().max_by_key(|(at, _)| self.widths[*at]);
            match widest {
                Some((at, _)) if self.widths[at] > least => self.widths[at] -= 1,
                _ => return,
            }
        }
    }
}

/// Returns the least width of a column in a window of this width, so that most captures look alike.
pub fn least(column: &Chosen<PacketColumn>, room: usize, time: usize) -> usize {
    match column.own() {
        Some(PacketColumn::Number) => 3,
        Some(Time) if room >= 100 => time,
        Some(Time) => 8,
        Some(Source | Destination) => 9,
        Some(Protocol) => text::width(text!("packets-protocol-short")).max(5),
        Some(Length) => 6,
        Some(Info) => 0,
        None => column.heading().len().min(FIELD[1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::chosen::{ColumnList, default_columns};

    const IPV6: [usize; 7] = [5, 12, 39, 39, 6, 6, 0];

    fn fit(columns: &[Chosen<PacketColumn>], widest: &[usize], room: usize) -> Vec<usize> {
        Measured { columns, widest }.fit(room).columns
    }

    #[test]
    fn info_keeps_room() {
        let columns = default_columns();
        assert_eq!(fit(&columns, &IPV6, 250)[..6], IPV6[..6]);
        for room in 40..250 {
            let fitted = fit(&columns, &IPV6, room);
            assert!(fitted[6] >= 14, "{room}: {fitted:?}");
        }
        assert_eq!(fit(&columns, &IPV6, 60)[5], 0);
        assert!(fit(&columns, &IPV6, 80)[3] >= 11);
        assert_eq!(fit(&columns, &IPV6, 0)[6], 0);
    }

    #[test]
    fn any_columns_fit_into_any_window() {
        let lists = [
            "info",
            "ip.ttl",
            "no,info,ip.ttl,tcp.window_size,src,tcp.analysis.retransmission",
            "tcp.seq,tcp.ack,tcp.len,tcp.window_size,ip.ttl,ip.id",
        ];
        for list in lists {
            let ColumnList(mut columns) = list.parse().unwrap();
            for width in [None, Some(30)] {
                columns[0].width = width;
                let widest = vec![40; columns.len()];
                for room in 34..200 {
                    let fitted = fit(&columns, &widest, room);
                    let gap = Widths::gap(room);
                    let used = fitted.iter().filter(|width| **width > 0);
                    let used: usize = used.map(|width| width + gap).sum();
                    assert!(GUTTER + used <= room + gap, "{list} {room}: {fitted:?}");
                }
            }
        }
    }
}
