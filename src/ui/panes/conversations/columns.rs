//! The columns: what they are called, and how wide each is.

use crate::ui::text::{self, left, right};

/// What stands in the list, and what it can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The order in which they began.
    Number,
    /// Address and port of the client.
    Client,
    /// Address and port of the server.
    Server,
    /// The application.
    Application,
    /// The handshake's round trip.
    Handshake,
    /// What became of it.
    State,
    /// Packets.
    Packets,
    /// Bytes from the client.
    ToServer,
    /// Bytes from the server.
    ToClient,
    /// Bytes a second, while the capture is being made.
    ByteRate,
    /// Packets a second, while the capture is being made.
    PacketRate,
    /// When it began.
    Start,
    /// How long it lasted.
    Duration,
}

/// How many columns there are.
pub const COUNT: usize = 13;

/// Every column with its heading, from left to right.
pub const COLUMNS: [(Column, &str); COUNT] = [
    (Column::Number, "#"),
    (Column::Client, "Client"),
    (Column::Server, "Server"),
    (Column::Application, "App"),
    (Column::Handshake, "Handshake"),
    (Column::State, "State"),
    (Column::Packets, "Pkts"),
    (Column::ToServer, "→ Bytes"),
    (Column::ToClient, "← Bytes"),
    (Column::ByteRate, "Bytes/s"),
    (Column::PacketRate, "Pkts/s"),
    (Column::Start, "Start"),
    (Column::Duration, "Duration"),
];

impl Column {
    /// Whether there is something in it only while the capture is being made.
    pub fn is_rate(self) -> bool {
        matches!(self, Column::ByteRate | Column::PacketRate)
    }

    /// It is never narrower than this, so that most captures look alike.
    fn least(self) -> usize {
        match self {
            Column::Client | Column::Server => 15,
            Column::State => 17,
            Column::Handshake => 11,
            Column::ToServer | Column::ToClient | Column::Start | Column::Duration => 8,
            Column::ByteRate => 8,
            Column::PacketRate => 7,
            Column::Application | Column::Packets => 5,
            Column::Number => 3,
        }
    }

    /// A text in so many columns of the screen: numbers flush right, words flush left.
    pub fn fill(self, text: &str, width: usize) -> String {
        match self {
            Column::Client
            | Column::Server
            | Column::Application
            | Column::Handshake
            | Column::State => left(text, width),
            _ => right(text, width),
        }
    }
}

/// The columns that are left out where there is little room, in this order.
const LESS_TELLING: [Column; 11] = [
    Column::Start,
    Column::Duration,
    Column::Packets,
    Column::Handshake,
    Column::PacketRate,
    Column::ToServer,
    Column::ToClient,
    Column::State,
    Column::Application,
    Column::ByteRate,
    Column::Number,
];

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
    /// How much is left for what was said; 0 where that is too little to say anything.
    pub said: usize,
}

impl Widths {
    /// The columns that are shown, each with its place, its heading and its width.
    pub fn shown(&self) -> impl Iterator<Item = (usize, Column, &'static str, usize)> {
        let all = COLUMNS.iter().zip(self.columns).enumerate();
        all.filter(|(_, (_, width))| *width > 0)
            .map(|(at, ((column, name), width))| (at, *column, *name, width))
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

/// How wide each column is that is this wide at its widest, and what is left for what was said. In a narrow window the
/// less telling columns go first.
pub fn widths(widest: &[usize; COUNT], live: bool, room: usize) -> Widths {
    let mut widths = Widths {
        columns: [0; COUNT],
        said: 0,
    };
    for (at, (column, name)) in COLUMNS.iter().enumerate() {
        if live || !column.is_rate() {
            // The arrow of the order stands behind the heading.
            let heading = text::width(name) + 1;
            widths.columns[at] = widest[at].max(column.least()).max(heading);
        }
    }
    // What was said takes part of the room, where there is any.
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
    for column in LESS_TELLING {
        if widths.total(live) <= for_columns {
            break;
        }
        // Where nothing is said, the state says what became of it.
        if wanted > 0 || column != Column::State {
            widths.columns[column as usize] = 0;
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
    fn each_column_has_its_place() {
        for (at, (column, _)) in COLUMNS.iter().enumerate() {
            assert_eq!(*column as usize, at);
        }
    }

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
