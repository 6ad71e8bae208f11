//! The columns: what they are called, and how wide each is.

use crate::ui::text;

/// What the list can be sorted by.
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

/// Fewer columns than this say nothing.
const FEW: usize = 16;

/// How many columns stand before the first one: the cursor, what is new, the secret.
pub fn lead(live: bool) -> usize {
    if live { 3 } else { 2 }
}

/// How wide each column is that is this wide at its widest, and whether it is flush right; then what is left for what
/// was said. In a narrow window the less telling columns go first.
pub fn widths(widest: &[usize; COUNT], live: bool, room: usize) -> ([(usize, bool); COUNT], usize) {
    let mut widths = [(0, false); COUNT];
    for (at, (column, name)) in COLUMNS.iter().enumerate() {
        let least = match column {
            Column::ByteRate | Column::PacketRate if !live => continue,
            Column::Client | Column::Server => 15,
            Column::State => 17,
            Column::Handshake => 11,
            Column::Application => 5,
            Column::Packets => 5,
            Column::ToServer | Column::ToClient | Column::Start | Column::Duration => 8,
            Column::ByteRate => 8,
            Column::PacketRate => 7,
            Column::Number => 3,
        };
        let flush_right = matches!(
            column,
            Column::Number
                | Column::Packets
                | Column::ToServer
                | Column::ToClient
                | Column::ByteRate
                | Column::PacketRate
                | Column::Start
                | Column::Duration
        );
        widths[at] = (
            widest[at].max(least).max(text::width(name) + 1),
            flush_right,
        );
    }
    let total = |widths: &[(usize, bool); COUNT]| {
        lead(live)
            + widths
                .iter()
                .map(|(width, _)| if *width > 0 { width + 2 } else { 0 })
                .sum::<usize>()
    };
    // What was said takes part of the room, where there is any.
    let wanted = match room {
        0..70 => 0,
        70..96 => 24,
        96..140 => 34,
        140..180 => 44,
        _ => 56,
    };
    // Long IPv6 addresses give way first, then whole columns.
    for at in [1, 2] {
        let over = (total(&widths) + wanted).saturating_sub(room);
        let (width, _) = &mut widths[at];
        *width -= over.min(width.saturating_sub(22));
    }
    for column in [
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
    ] {
        if total(&widths) + wanted <= room {
            break;
        }
        // Where nothing is said, the state says what became of it.
        if wanted == 0 && column == Column::State {
            continue;
        }
        if let Some(at) = COLUMNS.iter().position(|(c, _)| *c == column) {
            widths[at].0 = 0;
        }
    }
    for at in [1, 2, 4, 5] {
        let over = (total(&widths) + wanted).saturating_sub(room);
        let (width, _) = &mut widths[at];
        *width -= over.min(width.saturating_sub(8));
    }
    let left = room.saturating_sub(total(&widths) + 1);
    (widths, if left >= FEW { left } else { 0 })
}
