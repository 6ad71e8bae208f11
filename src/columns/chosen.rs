//! The columns of a list as a user chooses them: `no,time,src,info,Window=tcp.window_size`.

use super::{COLUMNS, Column, packets::PacketColumn};
use crate::{filter::Filter, format::printable, lang::text};
use std::{fmt, str::FromStr, sync::Arc};

/// More columns fit on no screen.
const MAX_COLUMNS: usize = 40;

/// A column that a list has by itself.
pub trait ListColumn: Copy + PartialEq + fmt::Debug + 'static {
    /// Every one.
    const ALL: &'static [Self];
    /// Those that are shown unless others are chosen.
    const DEFAULT: &'static [Self];

    /// Returns the name by which it is chosen.
    fn name(self) -> &'static str;

    /// Returns its heading.
    fn heading(self) -> &'static str;

    /// Returns these columns as those of their list.
    fn list(columns: Vec<Chosen<Self>>) -> AnyList;

    /// Returns the columns that the list has unless others are chosen.
    fn default_list() -> AnyList {
        Self::list(default_columns())
    }
}

/// The content of a column.
#[derive(Clone, Debug)]
pub enum Content<C> {
    /// The list has it by itself.
    BuiltIn(C),
    /// The values of a field.
    Field(Box<Filter>),
}

/// A column that was chosen.
#[derive(Clone, Debug)]
pub struct Chosen<C> {
    /// What it shows.
    pub content: Content<C>,
    /// Its heading, if it is not the usual one.
    pub title: Option<String>,
    /// Its width, if it does not follow from its content.
    pub width: Option<usize>,
}

impl<C: ListColumn> Chosen<C> {
    fn new(content: Content<C>) -> Self {
        Chosen {
            content,
            title: None,
            width: None,
        }
    }

    /// Returns a column that the list has by itself.
    pub fn built_in(column: C) -> Self {
        Chosen::new(Content::BuiltIn(column))
    }

    /// Returns the column of a field.
    pub fn field(filter: Filter) -> Self {
        Chosen::new(Content::Field(Box::new(filter)))
    }

    /// Returns what the list has by itself, if it shows that.
    pub fn own(&self) -> Option<C> {
        match &self.content {
            Content::BuiltIn(column) => Some(*column),
            Content::Field(_) => None,
        }
    }

    /// Returns the filter that names its field, if it shows one.
    pub fn filter(&self) -> Option<&Filter> {
        match &self.content {
            Content::BuiltIn(_) => None,
            Content::Field(filter) => Some(filter),
        }
    }

    /// Returns the name by which it is chosen.
    pub fn name(&self) -> String {
        match &self.content {
            Content::BuiltIn(column) => column.name().to_owned(),
            Content::Field(filter) => filter.to_string(),
        }
    }

    /// Returns its heading, fit for a terminal.
    pub fn heading(&self) -> String {
        match (&self.title, &self.content) {
            (Some(title), _) => printable(title),
            (None, Content::BuiltIn(column)) => column.heading().to_owned(),
            (None, Content::Field(filter)) => printable(&filter.to_string()),
        }
    }
}

/// Returns the columns that a list has unless others are chosen.
pub fn default_columns<C: ListColumn>() -> Vec<Chosen<C>> {
    C::DEFAULT.iter().copied().map(Chosen::built_in).collect()
}

/// Returns the filters of the columns that show a field, in order.
pub fn filters<C: ListColumn>(columns: &[Chosen<C>]) -> Arc<[Filter]> {
    columns.iter().filter_map(Chosen::filter).cloned().collect()
}

/// Columns of a list, as they are written on the command line.
#[derive(Clone, Debug)]
pub struct ColumnList<C>(pub Vec<Chosen<C>>);

impl<C: ListColumn> FromStr for ColumnList<C> {
    type Err = String;

    fn from_str(list: &str) -> Result<Self, String> {
        let columns: Vec<_> = list.split(',').map(parse).collect::<Result<_, _>>()?;
        match columns.len() <= MAX_COLUMNS {
            true => Ok(ColumnList(columns)),
            false => Err(text!("columns-too-many", most = MAX_COLUMNS)),
        }
    }
}

impl<C: ListColumn> fmt::Display for ColumnList<C> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (at, column) in self.0.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            let title = column.title.as_deref();
            let title = title.map_or(String::new(), |title| format!("{title}="));
            write!(f, "{comma}{title}{}", column.name())?;
        }
        Ok(())
    }
}

/// Parses one column: `src`, `tcp.window_size`, `Window=tcp.window_size`.
fn parse<C: ListColumn>(word: &str) -> Result<Chosen<C>, String> {
    let (title, name) = match word.split_once('=') {
        Some((title, name)) => (Some(title.trim().to_owned()), name.trim()),
        None => (None, word.trim()),
    };
    let title = title.filter(|title| !title.is_empty());
    let own = C::ALL.iter().copied().find(|one| one.name() == name);
    let column = match own {
        Some(own) => Chosen::built_in(own),
        None => Chosen::field(field(name).ok_or_else(|| {
            let names: Vec<_> = C::ALL.iter().map(|one| one.name()).collect();
            text!(
                "columns-unknown",
                name = printable(name),
                names = names.join(", ")
            )
        })?),
    };
    Ok(Chosen { title, ..column })
}

/// Returns the filter that names a field, or several of which the first that is there counts: `ip.ttl or ipv6.hlim`.
pub fn field(name: &str) -> Option<Filter> {
    let filter: Filter = name.parse().ok()?;
    filter.is_fields().then_some(filter)
}

/// The columns of both lists on the screen.
#[derive(Clone, Debug)]
pub struct Columns {
    packets: Arc<[Chosen<PacketColumn>]>,
    /// None leaves the choice to the width of the window.
    conversations: Option<Arc<[Chosen<Column>]>>,
    /// Grows with each change.
    revision: u32,
}

impl Default for Columns {
    fn default() -> Self {
        Columns {
            packets: default_columns().into(),
            conversations: None,
            revision: 0,
        }
    }
}

impl Columns {
    /// Returns those of the list of packets.
    pub fn packets(&self) -> &Arc<[Chosen<PacketColumn>]> {
        &self.packets
    }

    /// Returns those of the list of conversations; nothing if the width of the window chooses them.
    pub fn conversations(&self) -> Option<&Arc<[Chosen<Column>]>> {
        self.conversations.as_ref()
    }

    /// Returns a number that differs after a change.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// Changes the columns of one list.
    pub fn set(&mut self, list: AnyList) {
        self.revision += 1;
        match list {
            AnyList::Packets(columns) => self.packets = columns.into(),
            AnyList::Conversations(columns) => self.conversations = columns.map(Into::into),
        }
    }
}

/// The columns of one of the lists.
#[derive(Clone, Debug)]
pub enum AnyList {
    /// The list of packets.
    Packets(Vec<Chosen<PacketColumn>>),
    /// The list of conversations; none leaves the choice to the width of the window.
    Conversations(Option<Vec<Chosen<Column>>>),
}

impl FromStr for AnyList {
    type Err = String;

    /// The names of the columns tell which list it is. Fields alone are for the list of packets.
    fn from_str(list: &str) -> Result<Self, String> {
        let packets = ColumnList::<PacketColumn>::from_str(list);
        match (packets, ColumnList::<Column>::from_str(list)) {
            (Ok(ColumnList(columns)), _) => Ok(AnyList::Packets(columns)),
            (_, Ok(ColumnList(columns))) => Ok(AnyList::Conversations(Some(columns))),
            (Err(error), Err(other)) => Err(format!("{error}; {other}")),
        }
    }
}

impl ListColumn for Column {
    const ALL: &'static [Self] = &{
        let mut all = [Column::Number; COLUMNS.len()];
        let mut at = 0;
        while at < all.len() {
            all[at] = COLUMNS[at].column;
            at += 1;
        }
        all
    };
    const DEFAULT: &'static [Self] = &[
        Column::Number,
        Column::Client,
        Column::Server,
        Column::Application,
        Column::Handshake,
        Column::State,
        Column::Packets,
        Column::ToServer,
        Column::ToClient,
        Column::ByteRate,
        Column::PacketRate,
        Column::Start,
        Column::Duration,
        Column::Summary,
        Column::Verdict,
    ];

    fn name(self) -> &'static str {
        match self {
            Column::Number => "number",
            Column::Client => "client",
            Column::Server => "server",
            Column::Application => "app",
            Column::Handshake => "handshake",
            Column::State => "state",
            Column::Packets => "packets",
            Column::ToServer => "to-server",
            Column::ToClient => "to-client",
            Column::ByteRate => "byte-rate",
            Column::PacketRate => "packet-rate",
            Column::Lost => "lost",
            Column::Loss => "loss",
            Column::Reordered => "late",
            Column::RoundTrip => "rtt",
            Column::Idle => "idle",
            Column::Start => "start",
            Column::Duration => "duration",
            Column::Id => "id",
            Column::Verdict => "verdict",
            Column::Summary => "summary",
            Column::Bytes => "bytes",
            Column::ConnState => "conn-state",
            Column::History => "history",
            Column::Completeness => "completeness",
            Column::Credentials => "credentials",
            Column::Parent => "parent",
        }
    }

    fn heading(self) -> &'static str {
        self.definition().heading()
    }

    fn list(columns: Vec<Chosen<Self>>) -> AnyList {
        AnyList::Conversations(Some(columns))
    }

    fn default_list() -> AnyList {
        AnyList::Conversations(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_parsed_and_written() {
        let words = "no,src,Window=tcp.window_size,ip.ttl or ipv6.hlim";
        let list: ColumnList<PacketColumn> = words.parse().unwrap();
        assert_eq!(list.to_string(), words);
        let headings: Vec<_> = list.0.iter().map(Chosen::heading).collect();
        assert_eq!(headings, ["No.", "Source", "Window", "ip.ttl or ipv6.hlim"]);
        assert_eq!(filters(&list.0).len(), 2);
    }

    #[test]
    fn the_names_tell_which_list_it_is() {
        let parsed = |words: &str| words.parse::<AnyList>();
        assert!(matches!(parsed("no,info"), Ok(AnyList::Packets(_))));
        assert!(matches!(parsed("ip.ttl"), Ok(AnyList::Packets(_))));
        let conversations = parsed("client, server, lost, tls.handshake.version");
        assert!(matches!(conversations, Ok(AnyList::Conversations(_))));
        for wrong in [
            "",
            "no,client",
            "ip.ttl == 3",
            "no,,info",
            "nothing",
            "${ip.ttl}",
        ] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
        let many = ["no"; MAX_COLUMNS + 1].join(",");
        assert!(parsed(&many).is_err());
    }

    /// A name is a word of the command line, and none is a field.
    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = Column::ALL.iter().map(|one| one.name()).collect();
        names.extend(PacketColumn::ALL.iter().map(|one| one.name()));
        for name in &names {
            assert!(field(name).is_none(), "{name}");
        }
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
