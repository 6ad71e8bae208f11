//! The tables: the columns of each, and its rows.

pub(super) mod conversations;
pub(super) mod dns;
pub(super) mod exchanges;
pub(super) mod findings;
pub(super) mod objects;
pub(super) mod packets;

use super::{
    cell::{Accessor, Cell, Column},
    community_id::community_id,
};
use crate::{
    lang::text,
    store::Contents,
    track::{Conversation, ConversationId, Ends},
};
use std::str::FromStr;

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// A row for each conversation.
    Conversations,
    /// A row for each request with its answer.
    Exchanges,
    /// A row for each finding.
    Findings,
    /// A row for each record of an answer of DNS.
    Dns,
    /// A row for each file in the traffic.
    Objects,
    /// A row for each packet, with the fields that were asked for.
    Packets,
}

impl Table {
    /// All of them.
    pub const ALL: [Table; 6] = [
        Table::Conversations,
        Table::Exchanges,
        Table::Findings,
        Table::Dns,
        Table::Objects,
        Table::Packets,
    ];

    /// Returns its name, which is that of its directory.
    pub fn name(self) -> &'static str {
        match self {
            Table::Conversations => "conversations",
            Table::Exchanges => "exchanges",
            Table::Findings => "findings",
            Table::Dns => "dns",
            Table::Objects => "objects",
            Table::Packets => "packets",
        }
    }

    /// Returns its columns. Those of packets are followed by the fields that were asked for.
    pub fn columns(self) -> Vec<Column> {
        match self {
            Table::Conversations => columns(&conversations::COLUMNS),
            Table::Exchanges => columns(&exchanges::COLUMNS),
            Table::Findings => columns(&findings::COLUMNS),
            Table::Dns => columns(&dns::COLUMNS),
            Table::Objects => columns(&objects::COLUMNS),
            Table::Packets => columns(&packets::COLUMNS),
        }
    }
}

impl FromStr for Table {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Table::ALL.into_iter().find(|table| table.name() == name);
        found.ok_or_else(|| {
            let names = Table::ALL.map(Table::name).join(", ");
            text!("cli-no-table", table = name, names)
        })
    }
}

/// Returns the columns of a table.
fn columns<F>(all: &[Accessor<F>]) -> Vec<Column> {
    all.iter().map(|one| one.column.clone()).collect()
}

/// What the rows about a conversation have in common.
#[derive(Clone, Debug)]
pub(super) struct About {
    /// Its name: `tcp/0`.
    pub id: String,
    /// Its Community ID.
    pub community_id: String,
    /// Its ends.
    pub ends: Ends,
}

impl About {
    pub fn new(conversation: Conversation) -> Self {
        let ends = conversation.ends();
        About {
            id: conversation.id(),
            community_id: community_id(ends),
            ends,
        }
    }

    /// Returns that of the conversation that a packet belongs to.
    pub fn of_packet(contents: &Contents, number: u32) -> Option<Self> {
        let (id, _) = contents.packets.get(number)?.conversation()?;
        About::of(contents, id)
    }

    pub fn of(contents: &Contents, id: ConversationId) -> Option<Self> {
        contents.tracker.get(id).map(About::new)
    }
}

/// Returns the name of a conversation that a row may be about.
fn id(about: Option<&About>) -> Cell<'_> {
    Cell::maybe_text(about.map(|about| &*about.id))
}

fn community(about: Option<&About>) -> Cell<'_> {
    Cell::maybe_text(about.map(|about| &*about.community_id))
}

fn client(about: Option<&About>) -> Cell<'static> {
    about.map_or(Cell::Null, |about| Cell::Host(about.ends.client.address))
}

fn client_ip16(about: Option<&About>) -> Cell<'static> {
    about.map_or(Cell::Null, |about| Cell::address(about.ends.client.address))
}

fn server(about: Option<&About>) -> Cell<'static> {
    about.map_or(Cell::Null, |about| Cell::Host(about.ends.server.address))
}

fn server_ip16(about: Option<&About>) -> Cell<'static> {
    about.map_or(Cell::Null, |about| Cell::address(about.ends.server.address))
}

fn server_port(about: Option<&About>) -> Cell<'static> {
    Cell::maybe_number(about.map(|about| about.ends.server.port))
}
