//! The columns of the list of packets.

use super::chosen::{AnyList, Chosen, ListColumn};
use crate::lang::text;

/// A column of the list of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketColumn {
    /// The number of the packet.
    Number,
    /// When it was captured.
    Time,
    /// Its sender.
    Source,
    /// Its receiver.
    Destination,
    /// Its innermost protocol.
    Protocol,
    /// Its length on the wire.
    Length,
    /// Its summary.
    Info,
}

impl PacketColumn {
    /// Returns its name in the CSV.
    pub fn csv_name(self) -> &'static str {
        match self {
            PacketColumn::Number => "number",
            PacketColumn::Time => "time_ns",
            PacketColumn::Source => "source",
            PacketColumn::Destination => "destination",
            PacketColumn::Protocol => "protocol",
            PacketColumn::Length => "length",
            PacketColumn::Info => "info",
        }
    }

    /// Whether its cells are aligned to the right: they are numbers.
    pub fn is_number(self) -> bool {
        matches!(
            self,
            PacketColumn::Number | PacketColumn::Time | PacketColumn::Length
        )
    }
}

impl ListColumn for PacketColumn {
    const ALL: &'static [Self] = &[
        PacketColumn::Number,
        PacketColumn::Time,
        PacketColumn::Source,
        PacketColumn::Destination,
        PacketColumn::Protocol,
        PacketColumn::Length,
        PacketColumn::Info,
    ];
    const DEFAULT: &'static [Self] = Self::ALL;

    fn name(self) -> &'static str {
        match self {
            PacketColumn::Number => "no",
            PacketColumn::Time => "time",
            PacketColumn::Source => "src",
            PacketColumn::Destination => "dst",
            PacketColumn::Protocol => "proto",
            PacketColumn::Length => "len",
            PacketColumn::Info => "info",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            PacketColumn::Number => text!("packets-number"),
            PacketColumn::Time => text!("packets-time"),
            PacketColumn::Source => text!("packets-source"),
            PacketColumn::Destination => text!("packets-destination"),
            PacketColumn::Protocol => text!("packets-protocol"),
            PacketColumn::Length => text!("packets-length"),
            PacketColumn::Info => text!("packets-info"),
        }
    }

    fn list(columns: Vec<Chosen<Self>>) -> AnyList {
        AnyList::Packets(columns)
    }
}
