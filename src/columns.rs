//! The columns of the list of conversations, as one table. The screen, `wiretalk conversations` and its `--csv` use it;
//! each of them has its own order. JSON is nested, and has a structure of its own.
//!
//! `chosen.rs` holds lists of columns that a user chooses, `packets.rs` the columns of the list of packets, `fields.rs`
//! the fields in columns of conversations.

pub mod chosen;
pub mod fields;
pub mod packets;

use crate::{
    findings::Judgement,
    format::{bytes, duration, grouped, printable, seconds},
    lang::TextId,
    services,
    store::Contents,
    track::{
        Conversation, ConversationId, Endpoint, Outcome, Protocol, Share, Side, conn_state, marks,
        outcome,
    },
    ui::rates::Amount,
};
use std::{cell::OnceCell, cmp::Reverse};

/// A column of the list of conversations. Those of the screen come first, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The number in the order in which conversations began.
    Number,
    /// Address and port of the client.
    Client,
    /// Address and port of the server.
    Server,
    /// The application.
    Application,
    /// The handshake, and its round trip.
    Handshake,
    /// The outcome.
    State,
    /// Packets.
    Packets,
    /// Bytes from the client.
    ToServer,
    /// Bytes from the server.
    ToClient,
    /// Bytes per second, while the capture is being made.
    ByteRate,
    /// Packets per second, while the capture is being made.
    PacketRate,
    /// Segments that were lost and sent again.
    Lost,
    /// The share of them.
    Loss,
    /// Segments that overtook others.
    Reordered,
    /// The shortest round trip.
    RoundTrip,
    /// How long it was idle.
    Idle,
    /// When it began.
    Start,
    /// How long it lasted.
    Duration,
    /// The name by which other commands refer to it.
    Id,
    /// The verdict, one sentence.
    Verdict,
    /// What was transferred.
    Summary,
    /// Bytes of both sides.
    Bytes,
    /// Zeek's conn_state.
    ConnState,
    /// Zeek's history.
    History,
    /// Wireshark's completeness.
    Completeness,
    /// Whether credentials were readable.
    Credentials,
    /// The conversation that announced it.
    Parent,
}

/// The number of columns on the screen.
pub const ON_SCREEN: usize = 18;

/// The columns of the text, in order.
pub const TEXT: [Column; 12] = [
    Column::Id,
    Column::Client,
    Column::Server,
    Column::Application,
    Column::Handshake,
    Column::State,
    Column::Packets,
    Column::ToServer,
    Column::ToClient,
    Column::Duration,
    Column::Verdict,
    Column::Summary,
];

/// The columns of the CSV, in order.
pub const CSV: [Column; 24] = [
    Column::Id,
    Column::Application,
    Column::Client,
    Column::Server,
    Column::Start,
    Column::Duration,
    Column::Packets,
    Column::Bytes,
    Column::ToServer,
    Column::ToClient,
    Column::ConnState,
    Column::History,
    Column::Completeness,
    Column::Handshake,
    Column::State,
    Column::Verdict,
    Column::Lost,
    Column::Loss,
    Column::Reordered,
    Column::RoundTrip,
    Column::Idle,
    Column::Summary,
    Column::Credentials,
    Column::Parent,
];

/// A conversation, and the other data that its cells are made from.
#[derive(Clone)]
pub struct ColumnEntry<'c> {
    /// The capture.
    pub contents: &'c Contents,
    /// Its number.
    pub id: ConversationId,
    /// The conversation.
    pub conversation: Conversation<'c>,
    /// Its rate, while the capture is being made.
    pub rate: Amount,
    judged: OnceCell<Option<Judgement>>,
}

/// The definition of a column.
pub struct Definition {
    /// The column.
    pub column: Column,
    /// Its heading; nothing if neither the screen nor the text has it.
    heading: Option<TextId>,
    /// Whether its cells are aligned to the right: they are numbers.
    pub to_the_right: bool,
    /// The meaning of its colour.
    pub meaning: Meaning,
    /// The minimum width on the screen, so that most captures look alike.
    pub min_width: usize,
    /// In a narrow window the column with the lowest priority is omitted first.
    pub priority: u8,
    /// Returns a cell.
    pub cell: fn(&ColumnEntry) -> String,
    /// Returns the key by which the list is sorted; nothing for the order in which conversations began.
    pub sort: Option<fn(&ColumnEntry) -> SortKey>,
    /// The values in the CSV, with their names.
    pub csv: &'static [CsvValue],
}

/// A name in the heading of the CSV, and the function of its values.
pub type CsvValue = (&'static str, fn(&ColumnEntry) -> String);

/// The priority of a column that is never omitted.
pub const ALWAYS: u8 = u8::MAX;

/// The meaning of a column's colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing.
    None,
    /// It is less important.
    Minor,
    /// It is about the client.
    Client,
    /// It is about the server.
    Server,
    /// It is about the handshake.
    Handshake,
    /// Whether it ended well.
    Outcome,
}

/// A sort key. Keys of one column are of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// By address, then by port.
    Endpoint(Endpoint),
    /// Alphabetically.
    Text(&'static str),
    /// The least first.
    Least(i64),
    /// The most first.
    Most(Reverse<i128>),
    /// Failures first.
    Worst(Reverse<u8>, Outcome),
}

fn most(number: impl Into<i128>) -> SortKey {
    SortKey::Most(Reverse(number.into()))
}

impl Definition {
    /// Defines a column that the screen does not have. The text needs a heading and a cell besides.
    const fn csv(column: Column, csv: &'static [CsvValue]) -> Self {
        Definition {
            column,
            heading: None,
            to_the_right: false,
            meaning: Meaning::None,
            min_width: 0,
            priority: 0,
            cell: |_| String::new(),
            sort: None,
            csv,
        }
    }

    /// Returns its heading.
    pub fn heading(&self) -> &'static str {
        let of_csv = self.csv.first().map_or("", |(name, _)| *name);
        self.heading.map_or(of_csv, TextId::text)
    }

    /// Returns a cell, also of a column that only the CSV has by default.
    pub fn text(&self, entry: &ColumnEntry) -> String {
        match (self.heading, self.csv.first()) {
            (None, Some((_, value))) => value(entry),
            _ => (self.cell)(entry),
        }
    }
}

impl Column {
    /// Returns its definition.
    pub fn definition(self) -> &'static Definition {
        &COLUMNS[self as usize]
    }

    /// Whether it is about the TCP analysis.
    pub fn is_analysis(self) -> bool {
        matches!(
            self,
            Column::Lost | Column::Loss | Column::Reordered | Column::RoundTrip | Column::Idle
        )
    }

    /// Whether it is empty once the capture has ended.
    pub fn is_rate(self) -> bool {
        matches!(self, Column::ByteRate | Column::PacketRate)
    }
}

/// Every column.
pub static COLUMNS: [Definition; 27] = [
    Definition {
        column: Column::Number,
        heading: Some(TextId("column-number")),
        to_the_right: true,
        meaning: Meaning::Minor,
        min_width: 3,
        priority: 11,
        cell: |entry| match (entry.conversation.stream(), entry.conversation.protocol) {
            (Some(stream), Protocol::Tcp) => stream.to_string(),
            (Some(stream), Protocol::Udp) => format!("u{stream}"),
            (None, _) => String::new(),
        },
        sort: None,
        csv: &[],
    },
    Definition {
        column: Column::Client,
        heading: Some(TextId("column-client")),
        to_the_right: false,
        meaning: Meaning::Client,
        min_width: 15,
        priority: ALWAYS,
        cell: |entry| entry.conversation.client.to_string(),
        sort: Some(|entry| SortKey::Endpoint(entry.conversation.client)),
        csv: &[
            ("client", |entry| {
                entry.conversation.client.address.to_string()
            }),
            ("client_port", |entry| {
                entry.conversation.client.port.to_string()
            }),
        ],
    },
    Definition {
        column: Column::Server,
        heading: Some(TextId("column-server")),
        to_the_right: false,
        meaning: Meaning::Server,
        min_width: 15,
        priority: ALWAYS,
        cell: |entry| entry.conversation.server.to_string(),
        sort: Some(|entry| SortKey::Endpoint(entry.conversation.server)),
        csv: &[
            ("server", |entry| {
                entry.conversation.server.address.to_string()
            }),
            ("server_port", |entry| {
                entry.conversation.server.port.to_string()
            }),
        ],
    },
    Definition {
        column: Column::Application,
        heading: Some(TextId("column-application")),
        to_the_right: false,
        meaning: Meaning::None,
        min_width: 5,
        priority: 9,
        cell: |entry| services::name(entry.conversation).into_owned(),
        sort: Some(|entry| SortKey::Text(services::sort_name(entry.conversation))),
        csv: &[("application", |entry| {
            services::name(entry.conversation).into_owned()
        })],
    },
    Definition {
        column: Column::Handshake,
        heading: Some(TextId("column-handshake")),
        to_the_right: false,
        meaning: Meaning::Handshake,
        min_width: 11,
        priority: 4,
        cell: |entry| {
            let marks = marks(entry.conversation);
            match entry.rtt_ns() {
                Some(rtt) => format!("{marks} {}", duration(rtt)),
                None => marks,
            }
        },
        sort: Some(|entry| most(entry.rtt_ns().unwrap_or(-1))),
        csv: &[("handshake_rtt_ns", |entry| {
            entry.rtt_ns().map_or(String::new(), |rtt| rtt.to_string())
        })],
    },
    Definition {
        column: Column::State,
        heading: Some(TextId("column-state")),
        to_the_right: false,
        meaning: Meaning::Outcome,
        min_width: 17,
        priority: 8,
        cell: |entry| {
            entry.judgement().map_or_else(String::new, |judged| {
                format!("{} {}", judged.sign, judged.words)
            })
        },
        sort: Some(|entry| {
            let tone = entry.judgement().map_or(0, |judged| judged.tone as u8);
            SortKey::Worst(Reverse(tone), outcome(entry.conversation))
        }),
        csv: &[("outcome", |entry| {
            outcome(entry.conversation).words().to_owned()
        })],
    },
    Definition {
        column: Column::Packets,
        heading: Some(TextId("column-packets")),
        to_the_right: true,
        meaning: Meaning::None,
        min_width: 5,
        priority: 3,
        cell: |entry| grouped(entry.conversation.packets()),
        sort: Some(|entry| most(entry.conversation.packets())),
        csv: &[("packets", |entry| entry.conversation.packets().to_string())],
    },
    Definition {
        column: Column::ToServer,
        heading: Some(TextId("column-to-server")),
        to_the_right: true,
        meaning: Meaning::Client,
        min_width: 8,
        priority: 6,
        cell: |entry| bytes(entry.side(Side::Client).1),
        sort: Some(|entry| most(entry.side(Side::Client).1)),
        csv: &[
            ("client_packets", |entry| {
                entry.side(Side::Client).0.to_string()
            }),
            ("client_bytes", |entry| {
                entry.side(Side::Client).1.to_string()
            }),
        ],
    },
    Definition {
        column: Column::ToClient,
        heading: Some(TextId("column-to-client")),
        to_the_right: true,
        meaning: Meaning::Server,
        min_width: 8,
        priority: 7,
        cell: |entry| bytes(entry.side(Side::Server).1),
        sort: Some(|entry| most(entry.side(Side::Server).1)),
        csv: &[
            ("server_packets", |entry| {
                entry.side(Side::Server).0.to_string()
            }),
            ("server_bytes", |entry| {
                entry.side(Side::Server).1.to_string()
            }),
            ("icmp_errors", |entry| {
                entry.conversation.errors().to_string()
            }),
        ],
    },
    Definition {
        column: Column::ByteRate,
        heading: Some(TextId("column-byte-rate")),
        to_the_right: true,
        meaning: Meaning::None,
        min_width: 8,
        priority: 10,
        cell: |entry| entry.rate.bytes_per_second(),
        sort: Some(|entry| most(entry.rate.bytes)),
        csv: &[],
    },
    Definition {
        column: Column::PacketRate,
        heading: Some(TextId("column-packet-rate")),
        to_the_right: true,
        meaning: Meaning::None,
        min_width: 7,
        priority: 5,
        cell: |entry| entry.rate.packets_per_second(),
        sort: Some(|entry| most(entry.rate.packets)),
        csv: &[],
    },
    Definition {
        column: Column::Lost,
        heading: Some(TextId("column-lost")),
        to_the_right: true,
        meaning: Meaning::Minor,
        min_width: 4,
        priority: 0,
        cell: |entry| match entry.segments() {
            Some((lost @ 1.., ..)) => grouped(lost.into()),
            _ => String::new(),
        },
        sort: Some(|entry| most(entry.segments().map_or(0, |(lost, ..)| lost))),
        csv: &[("retransmitted", |entry| {
            entry
                .segments()
                .map_or_else(String::new, |(lost, ..)| lost.to_string())
        })],
    },
    Definition {
        column: Column::Loss,
        heading: Some(TextId("column-loss")),
        to_the_right: true,
        meaning: Meaning::Minor,
        min_width: 6,
        priority: 0,
        cell: |entry| {
            let percent = entry.lost_percent();
            percent.map_or_else(String::new, |percent| format!("{percent:.1} %"))
        },
        sort: Some(|entry| {
            let percent = entry.lost_percent().unwrap_or(0.0);
            most((percent * 1000.0) as i64)
        }),
        csv: &[("loss_percent", |entry| {
            let percent = entry.lost_percent();
            percent.map_or_else(String::new, |percent| format!("{percent:.2}"))
        })],
    },
    Definition {
        column: Column::Reordered,
        heading: Some(TextId("column-reordered")),
        to_the_right: true,
        meaning: Meaning::Minor,
        min_width: 5,
        priority: 0,
        cell: |entry| match entry.segments() {
            Some((_, reordered @ 1.., _)) => grouped(reordered.into()),
            _ => String::new(),
        },
        sort: Some(|entry| most(entry.segments().map_or(0, |(_, reordered, _)| reordered))),
        csv: &[("out_of_order", |entry| {
            let segments = entry.segments();
            segments.map_or_else(String::new, |(_, reordered, _)| reordered.to_string())
        })],
    },
    Definition {
        column: Column::RoundTrip,
        heading: Some(TextId("column-round-trip")),
        to_the_right: true,
        meaning: Meaning::Minor,
        min_width: 7,
        priority: 0,
        cell: |entry| entry.path_ns().map_or_else(String::new, duration),
        sort: Some(|entry| most(entry.path_ns().unwrap_or(0))),
        csv: &[("rtt_ns", |entry| {
            entry
                .path_ns()
                .map_or_else(String::new, |ns| ns.to_string())
        })],
    },
    Definition {
        column: Column::Idle,
        heading: Some(TextId("column-idle")),
        to_the_right: true,
        meaning: Meaning::Minor,
        min_width: 7,
        priority: 0,
        cell: |entry| match entry.idle_ns() {
            Some(ns) if ns > 0 => duration(ns),
            _ => String::new(),
        },
        sort: Some(|entry| most(entry.idle_ns().unwrap_or(0))),
        csv: &[("idle_ns", |entry| {
            entry
                .idle_ns()
                .map_or_else(String::new, |ns| ns.to_string())
        })],
    },
    Definition {
        column: Column::Start,
        heading: Some(TextId("column-start")),
        to_the_right: true,
        meaning: Meaning::Minor,
        min_width: 8,
        priority: 1,
        cell: |entry| {
            let start_ns = entry.conversation.start_ns;
            if !entry.has_start() {
                return String::new();
            }
            seconds(start_ns.saturating_sub(entry.contents.began_ns()), 3)
        },
        sort: Some(|entry| SortKey::Least(entry.conversation.start_ns)),
        csv: &[("start_ns", |entry| match entry.has_start() {
            true => entry.conversation.start_ns.to_string(),
            false => String::new(),
        })],
    },
    Definition {
        column: Column::Duration,
        heading: Some(TextId("column-duration")),
        to_the_right: true,
        meaning: Meaning::Minor,
        min_width: 8,
        priority: 2,
        // One packet has no duration.
        cell: |entry| match entry.conversation.packets() {
            0..=1 => String::new(),
            _ => match entry.conversation.lasted_ns() {
                Some(ns) => duration(ns),
                None => "?".to_owned(),
            },
        },
        sort: Some(|entry| most(entry.conversation.lasted_ns().unwrap_or(-1))),
        csv: &[("duration_ns", |entry| {
            entry.conversation.duration_ns().to_string()
        })],
    },
    Definition {
        heading: Some(TextId("column-id")),
        cell: |entry| entry.conversation.id(),
        ..Definition::csv(Column::Id, &[("id", |entry| entry.conversation.id())])
    },
    Definition {
        heading: Some(TextId("column-verdict")),
        cell: |entry| printable(&entry.verdict()),
        ..Definition::csv(Column::Verdict, &[("verdict", |entry| entry.verdict())])
    },
    Definition {
        heading: Some(TextId("column-summary")),
        cell: |entry| entry.summary(),
        ..Definition::csv(Column::Summary, &[("summary", |entry| entry.summary())])
    },
    Definition::csv(
        Column::Bytes,
        &[("bytes", |entry| entry.conversation.bytes().to_string())],
    ),
    Definition::csv(
        Column::ConnState,
        &[("state", |entry| conn_state(entry.conversation).to_owned())],
    ),
    Definition::csv(
        Column::History,
        &[("history", |entry| entry.conversation.history())],
    ),
    Definition::csv(
        Column::Completeness,
        &[("completeness", |entry| {
            entry.conversation.tcp().completeness.to_string()
        })],
    ),
    Definition::csv(
        Column::Credentials,
        &[("credentials", |entry| {
            entry.conversation.credentials().to_string()
        })],
    ),
    Definition::csv(
        Column::Parent,
        &[("parent", |entry| entry.parent().unwrap_or_default())],
    ),
];

impl<'c> ColumnEntry<'c> {
    /// Returns the entry of a conversation, with its rate while the capture is being made.
    pub fn new(
        contents: &'c Contents,
        id: ConversationId,
        conversation: Conversation<'c>,
        rate: Amount,
    ) -> Self {
        ColumnEntry {
            contents,
            id,
            conversation,
            rate,
            judged: OnceCell::new(),
        }
    }

    /// Returns how it is judged.
    pub fn judgement(&self) -> Option<&Judgement> {
        let judge = || Judgement::of(self.contents, self.id, &self.contents.judging);
        self.judged.get_or_init(judge).as_ref()
    }

    /// Returns the verdict. It is not fit for a terminal.
    pub fn verdict(&self) -> String {
        let judged = self.judgement();
        judged.map_or_else(String::new, |judged| judged.sentence.clone())
    }

    /// Returns how many segments were sent again because they were lost, how many overtook others, and of how many with data.
    fn segments(&self) -> Option<(u32, u32, u32)> {
        let analysis = self.conversation.analysis()?;
        let of = |side: Side| {
            let trouble = analysis.trouble(side);
            (
                trouble.lost(),
                trouble.reordered,
                analysis.sides[side].segments,
            )
        };
        let (client, server) = (of(Side::Client), of(Side::Server));
        Some((
            client.0 + server.0,
            client.1 + server.1,
            client.2 + server.2,
        ))
    }

    /// Returns the share of lost segments, per cent.
    fn lost_percent(&self) -> Option<f64> {
        let (lost, _, all) = self.segments()?;
        (lost > 0).then(|| 100.0 * f64::from(lost) / f64::from(all.max(1)))
    }

    /// Returns how long it was idle ([`Share::Idle`]), nanoseconds.
    fn idle_ns(&self) -> Option<i64> {
        Some(self.conversation.analysis()?.time().get(Share::Idle))
    }

    /// Returns the shortest round trip, nanoseconds.
    fn path_ns(&self) -> Option<i64> {
        let analysis = self.conversation.analysis()?;
        let tcp = self.conversation.tcp();
        let [client, server] = Side::BOTH.map(|side| analysis.path_ns(side, &tcp));
        Some(client?.saturating_add(server?))
    }

    /// Whether its first packet has a time.
    fn has_start(&self) -> bool {
        self.contents.has_time(self.conversation.first_packet)
    }

    /// Returns the handshake's round trip, nanoseconds.
    fn rtt_ns(&self) -> Option<i64> {
        self.conversation.tcp().handshake.rtt_ns()
    }

    /// Returns packets and bytes of a side.
    fn side(&self, from: Side) -> (u64, u64) {
        let side = self.conversation.side(from);
        (side.packets.into(), side.bytes)
    }

    /// Returns what was transferred, in a line.
    fn summary(&self) -> String {
        printable(&self.contents.tracker.summary(self.id))
    }

    /// Returns the conversation that announced this one.
    pub fn parent(&self) -> Option<String> {
        Some(
            self.contents
                .tracker
                .get(self.contents.tracker.parent_of(self.id)?)?
                .id(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_has_its_place() {
        for (at, definition) in COLUMNS.iter().enumerate() {
            assert_eq!(definition.column as usize, at);
        }
    }

    #[test]
    fn names_in_csv_are_unique() {
        let columns = CSV.iter().flat_map(|column| column.definition().csv);
        let mut names: Vec<_> = columns.map(|(name, _)| *name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        let written: usize = COLUMNS.iter().map(|column| column.csv.len()).sum();
        assert_eq!(written, all, "a column is missing in the CSV");
    }

    #[test]
    fn what_is_shown_has_a_heading() {
        assert!(COLUMNS.iter().all(|column| !column.heading().is_empty()));
        let on_screen = COLUMNS.iter().take(ON_SCREEN);
        let in_text = TEXT.iter().map(|column| column.definition());
        assert!(
            on_screen
                .chain(in_text)
                .all(|column| column.heading.is_some())
        );
    }
}
