//! The command line.

mod capture;
mod export;
mod generated;
mod statistics;
mod tshark;
mod words;

pub use capture::{Capture, Limit, buffer_size};
pub use export::ExportArgs;
pub use generated::{completions, manual_pages};
pub use tshark::Tshark;
pub use words::{exit, parse, refuse};

use crate::{
    columns::{
        Column,
        chosen::{AnyList, ColumnList, Columns},
        packets::PacketColumn,
    },
    confine::{Rights, Wanted},
    filter::{Filter, distance},
    findings::{Kind, Settings, Severity, Threshold},
    follow::charset::Charset,
    glyphs::Glyphs,
    lang::{Language, text},
    ports::Ports,
    report::Selection,
    retention::{Keep, Memory},
    services,
    store::Store,
    times::TimeStyle,
    track::{DecodeAs, Protocol},
    ui::theme::Look,
};
use clap::{
    Args, Parser, Subcommand, ValueEnum, ValueHint,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use clap_complete::Shell;
use dissectors::{Dissector, Side};
use std::{ffi::OsString, io, path::PathBuf, str::FromStr};

/// All options and commands.
#[derive(Parser, Debug)]
#[command(
    version,
    about = text!("help-about"),
    args_conflicts_with_subcommands = true,
    after_help = text!("help-examples")
)]
pub struct Cli {
    /// The command; without one a capture is shown on the screen.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The capture to open, or a capture filter.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, help = text!("arg-words-shown"))]
    pub words: Vec<OsString>,
    /// The capture to open.
    #[arg(short = 'r', value_name = "FILE", conflicts_with = "words", help = text!("arg-read"))]
    pub read: Option<PathBuf>,
    /// Continue where a capture was left.
    #[arg(long, conflicts_with = "interfaces", help = text!("arg-resume"))]
    pub resume: bool,
    /// List what can be captured from.
    #[arg(short = 'D', long = "list-interfaces", help = text!("arg-list-interfaces"))]
    pub list_interfaces: bool,
    /// List the link types of the interfaces.
    #[arg(short = 'L', long = "list-data-link-types", requires = "interfaces", help = text!("arg-list-link-types"))]
    pub list_link_types: bool,
    /// The capture options.
    #[command(flatten)]
    pub capture: Capture,
    /// The conversations that are selected.
    #[command(flatten)]
    pub select: Select,
    /// Thresholds and ignored kinds.
    #[command(flatten)]
    pub judging: Judging,
    /// How the capture is read.
    #[command(flatten)]
    pub reading: Decoding,
    /// Sequence numbers as they are on the wire.
    #[arg(short = 'S', long, help = text!("arg-absolute-seq"))]
    pub absolute_seq: bool,
    /// How times are written.
    #[arg(short = 't', value_name = "STYLE", help = text!("arg-time"))]
    pub time: Option<TimeStyle>,
    /// Show passwords.
    #[arg(long, help = text!("arg-show-secrets"))]
    pub show_secrets: bool,
    /// Addresses instead of names.
    #[arg(
        short = 'n',
        long,
        overrides_with = "addresses",
        conflicts_with = "resolve",
        help = text!("arg-addresses")
    )]
    pub addresses: bool,
    /// Look names up.
    #[arg(short = 'N', long, help = text!("arg-resolve"))]
    pub resolve: bool,
    /// The columns of the lists.
    #[arg(long, value_name = "LIST", help = text!("arg-columns-shown"))]
    pub columns: Vec<AnyList>,
    /// Without rules of colours.
    #[arg(long, help = text!("arg-no-color-rules"))]
    pub no_color_rules: bool,
    /// Colours; without it the terminal is queried.
    #[arg(long, value_enum, help = text!("arg-theme"))]
    pub theme: Option<Look>,
    /// The privileges that the program drops.
    #[command(flatten)]
    pub protection: Protection,
    /// The language and the signs.
    #[command(flatten)]
    pub writing: Writing,
}

/// How everything is written, on the screen and on a pipe.
#[derive(Args, Debug, Default, Clone)]
#[command(next_help_heading = text!("help-heading-general"))]
pub struct Writing {
    /// The language of the texts, which [`Early`] has chosen before.
    #[arg(long = "lang", value_enum, global = true, help = text!("arg-lang"))]
    pub language: Option<Language>,
    /// The signs of the screen and of text.
    #[arg(long, value_enum, global = true, help = text!("arg-glyphs"))]
    pub glyphs: Option<Glyphs>,
    /// The profile of settings, which was read before.
    #[arg(short = 'C', long, value_name = "NAME", global = true, help = text!("arg-profile"))]
    pub profile: Option<String>,
}

/// What is read from the arguments before they are parsed: their help and their errors are texts in a language, too.
#[derive(Debug, Default, PartialEq)]
pub struct Early {
    /// The language of `--lang`.
    pub language: Option<Language>,
    /// The profile of `-C`.
    pub profile: Option<String>,
    /// Whether JSON, CSV, tables or a format of tshark are written.
    is_data: bool,
}

impl Early {
    /// Reads the arguments of the program. Values that are none are refused later.
    pub fn of(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let mut early = Early::default();
        let arguments = arguments.into_iter().skip(1);
        let arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
        let mut options = arguments.take_while(|argument| argument != "--").peekable();
        early.is_data = options.peek().is_some_and(|first| first == "export");
        while let Some(option) = options.next() {
            early.is_data |= option == "--json" || option == "--csv" || option.starts_with("-T");
            let mut value = |long: &str| match option.strip_prefix(long) {
                Some("") => options.next(),
                Some(value) => value.strip_prefix('=').map(str::to_owned),
                None => None,
            };
            if let Some(language) = value("--lang") {
                let language = Language::from_str(&language, false).ok();
                early.language = early.language.or(language);
            } else if let Some(profile) = value("--profile") {
                early.profile = Some(profile);
            } else if let Some(value) = option.strip_prefix("-C") {
                early.profile = match value.strip_prefix('=').unwrap_or(value) {
                    "" => options.next(),
                    value => Some(value.to_owned()),
                };
            }
        }
        early
    }

    /// Returns the language: that of `--lang`, else English for JSON and CSV, else the one that is set, else that of the
    /// environment.
    pub fn language(
        &self,
        set: Option<Language>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Language {
        let chosen = match self.is_data {
            true => self.language.or(Some(Language::En)),
            false => self.language.or(set),
        };
        chosen.unwrap_or_else(|| Language::of_environment(variable))
    }
}

/// The privileges that the program drops before it reads packets.
#[derive(Args, Debug, Default, Clone)]
#[command(next_help_heading = text!("help-heading-general"))]
pub struct Protection {
    /// Without landlock and seccomp.
    #[arg(long, global = true, help = text!("arg-no-sandbox"))]
    pub no_sandbox: bool,
    /// The user that root continues as.
    #[arg(
        short = 'Z',
        long = "relinquish-privileges",
        value_name = "USER",
        global = true,
        help = text!("arg-relinquish-privileges")
    )]
    pub user: Option<String>,
}

impl Cli {
    /// Returns the columns of the lists.
    pub fn columns(&self) -> Columns {
        let mut columns = Columns::default();
        for list in &self.columns {
            columns.set(list.clone());
        }
        columns
    }
}

/// The names of the commands.
const COMMANDS: [&str; 14] = [
    "conversations",
    "packets",
    "findings",
    "explain",
    "stats",
    "info",
    "follow",
    "save",
    "objects",
    "har",
    "export",
    "fields",
    "config",
    "completions",
];

/// Returns the command that a word resembles: its beginning, or one with few other letters.
pub fn similar_command(word: &str) -> Option<&'static str> {
    /// A shorter word may be anything.
    const LEAST: usize = 3;
    let most = if word.len() < 6 { 1 } else { 2 };
    let is_similar = |command: &&str| {
        let is_beginning = word.len() >= LEAST && command.starts_with(word);
        is_beginning
            || (word.len() >= LEAST && distance(word.as_bytes(), command.as_bytes()) <= most)
    };
    COMMANDS.into_iter().find(is_similar)
}

impl Protection {
    /// Returns the privileges that are kept, according to these options.
    pub fn wanted(&self) -> Wanted {
        let rights = Rights {
            no_sandbox: self.no_sandbox,
            user: self.user.clone(),
        };
        Wanted {
            rights,
            ..Wanted::default()
        }
    }
}

/// How a capture is read.
#[derive(Args, Debug, Default, Clone)]
#[command(next_help_heading = text!("help-heading-options"))]
pub struct Decoding {
    /// The protocols of ports.
    #[arg(short = 'd', long = "decode-as", value_name = "RULE", help = text!("arg-decode-as"))]
    pub decode_as: Vec<Rule>,
    /// How much of a capture is kept.
    #[arg(long, value_name = "LIMIT", help = text!("arg-keep"))]
    pub keep: Option<Keep>,
    /// How much memory is used for what is kept.
    #[arg(long, value_name = "SIZE", help = text!("arg-memory"))]
    pub memory: Option<Memory>,
    /// On how many threads a capture is read; 0 chooses by the number of processors.
    #[arg(long, value_name = "N", help = text!("arg-threads"))]
    pub threads: Option<usize>,
    /// How many packets of a file are read at most; none for all.
    #[arg(skip)]
    pub count: Option<u32>,
    /// How it is judged, if the command judges it.
    #[arg(skip)]
    pub judging: Settings,
}

impl Decoding {
    /// Returns how much is kept of a capture that is made, or that is read.
    pub fn keep(&self, live: bool) -> Keep {
        let usual = if live { Keep::OF_LIVE } else { Keep::ALL };
        Keep {
            memory: self.memory.map_or(usual.memory, |Memory(most)| most),
            ..self.keep.unwrap_or(usual)
        }
    }

    /// Returns all rules together.
    pub fn decode_as(&self) -> DecodeAs {
        let mut all = DecodeAs::default();
        for Rule(protocol, port, dissector) in &self.decode_as {
            all.set(*protocol, *port, dissector);
        }
        all
    }
}

/// The protocol of a port: `tcp.port==8888,http`, in the syntax of Wireshark's `-d`.
#[derive(Clone, Debug)]
pub struct Rule(pub Protocol, pub u16, pub &'static Dissector);

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (selector, name) = text.split_once(',').ok_or(text!("decode-as-not-a-rule"))?;
        let (field, port) = selector
            .split_once("==")
            .ok_or(text!("decode-as-not-a-selector"))?;
        let protocol = match field.trim() {
            "tcp.port" => Protocol::Tcp,
            "udp.port" => Protocol::Udp,
            field => return Err(text!("decode-as-not-a-field", field)),
        };
        let port = port.trim();
        let port = port
            .parse()
            .map_err(|_| text!("decode-as-not-a-port", port))?;
        Ok(Rule(protocol, port, services::spoken(name)?))
    }
}

/// The conversations that are selected.
#[derive(Args, Debug, Default, Clone)]
#[command(next_help_heading = text!("help-heading-options"))]
pub struct Select {
    /// The ports at either end.
    #[arg(long = "port", value_name = "PORTS", help = text!("arg-port"))]
    pub ports: Vec<Ports>,
    /// The display filter.
    #[arg(short = 'Y', long = "display-filter", value_name = "FILTER", allow_hyphen_values = true, help = text!("arg-display-filter"))]
    pub display_filter: Option<Filter>,
}

impl Select {
    /// Returns the conversations that are selected.
    ///
    /// # Errors
    ///
    /// Fails if the capture can no longer be read.
    pub fn selection(&self, store: &Store) -> io::Result<Selection> {
        Selection::of(store, self.ports(), self.display_filter.clone())
    }

    /// Returns the union of all `--port`.
    pub fn ports(&self) -> Ports {
        let mut all = Ports::default();
        for ports in &self.ports {
            all.extend(ports);
        }
        all
    }
}

/// The commands besides the screen.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// A line for each conversation.
    #[command(about = text!("command-conversations"), after_help = text!("example-conversations"))]
    Conversations(ConversationsArgs),
    /// A line for each packet.
    #[command(about = text!("command-packets"), after_help = text!("example-packets"))]
    Packets(Box<PacketsArgs>),
    /// What a packet does, in plain words.
    #[command(about = text!("command-explain"), after_help = text!("example-explain"))]
    Explain(ExplainArgs),
    /// The content of a conversation.
    #[command(about = text!("command-follow"), after_help = text!("example-follow"))]
    Follow(FollowArgs),
    /// What went wrong.
    #[command(about = text!("command-findings"), after_help = text!("example-findings"))]
    Findings(FindingsArgs),
    /// What the capture adds up to.
    #[command(about = text!("command-stats"), after_help = text!("example-stats"))]
    Stats(StatsArgs),
    /// What a capture file is.
    #[command(about = text!("command-info"), after_help = text!("example-info"))]
    Info(InfoArgs),
    /// Saves packets to another capture file.
    #[command(about = text!("command-save"), after_help = text!("example-save"))]
    Save(SaveArgs),
    /// The files in the traffic.
    #[command(about = text!("command-objects"), after_help = text!("example-objects"))]
    Objects(ObjectsArgs),
    /// The requests and responses of HTTP, as an archive.
    #[command(about = text!("command-har"))]
    Har(HarArgs),
    /// Tables for analysis elsewhere.
    #[command(about = text!("command-export"))]
    Export(ExportArgs),
    /// The fields that filters can name.
    #[command(about = text!("command-fields"), after_help = text!("example-fields"))]
    Fields(FieldsArgs),
    /// The settings.
    #[command(about = text!("command-config"), after_help = text!("example-config"))]
    Config(ConfigArgs),
    /// Manual pages.
    #[command(about = text!("command-man"), after_help = text!("example-man"))]
    Man(ManArgs),
    /// Completion of the command line.
    #[command(about = text!("command-completions"), after_help = text!("example-completions"))]
    Completions(CompletionsArgs),
}

impl Command {
    /// Whether standard output is text for people: neither data nor bytes.
    pub fn writes_text(&self) -> bool {
        match self {
            Command::Conversations(args) => !args.json && !args.csv,
            Command::Packets(args) => !args.json && !args.csv && args.tshark.form.is_none(),
            Command::Follow(args) => !args.raw,
            Command::Findings(args) => !args.json,
            Command::Explain(args) => !args.json,
            Command::Stats(args) => !args.json,
            Command::Info(args) => !args.json,
            Command::Save(args) => !args.json && args.out.as_os_str() != "-",
            Command::Objects(args) => !args.json,
            Command::Har(args) => args.out.is_some(),
            Command::Export(args) => !args.json,
            Command::Fields(args) => !args.json,
            Command::Config(_) | Command::Man(_) => true,
            Command::Completions(_) => false,
        }
    }
}

/// The arguments of `wiretalk conversations`.
#[derive(Args, Debug)]
pub struct ConversationsArgs {
    /// The capture, or a capture filter.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, help = text!("arg-words"))]
    pub words: Vec<OsString>,
    /// Addresses instead of names, which they always are.
    #[arg(short = 'n', long, overrides_with = "addresses", help = text!("arg-addresses-always"))]
    pub addresses: bool,
    /// As JSON.
    #[arg(long, conflicts_with = "csv", help = text!("arg-json"))]
    pub json: bool,
    /// As CSV.
    #[arg(long, help = text!("arg-csv"))]
    pub csv: bool,
    /// The columns.
    #[arg(long, value_name = "LIST", conflicts_with = "json", help = text!("arg-columns-conversations"))]
    pub columns: Option<ColumnList<Column>>,
    /// The conversations that are selected.
    #[command(flatten)]
    pub select: Select,
    /// Thresholds and ignored kinds.
    #[command(flatten)]
    pub judging: Judging,
    /// How the capture is read.
    #[command(flatten)]
    pub reading: Decoding,
    /// The capture options.
    #[command(flatten)]
    pub capture: Capture,
}

/// The arguments of `wiretalk findings`.
#[derive(Args, Debug)]
pub struct FindingsArgs {
    /// The capture, or a capture filter.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, help = text!("arg-words"))]
    pub words: Vec<OsString>,
    /// Addresses instead of names, which they always are.
    #[arg(short = 'n', long, overrides_with = "addresses", help = text!("arg-addresses-always"))]
    pub addresses: bool,
    /// As JSON.
    #[arg(long, help = text!("arg-json"))]
    pub json: bool,
    /// Only these kinds.
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',', help = text!("arg-kind"))]
    pub kinds: Vec<Kind>,
    /// The least severity.
    #[arg(long, value_name = "SEVERITY", help = text!("arg-min-severity"))]
    pub min_severity: Option<Severity>,
    /// The conversations that are selected.
    #[command(flatten)]
    pub select: Select,
    /// Thresholds and ignored kinds.
    #[command(flatten)]
    pub judging: Judging,
    /// How the capture is read.
    #[command(flatten)]
    pub reading: Decoding,
    /// The capture options.
    #[command(flatten)]
    pub capture: Capture,
}

/// The arguments of `wiretalk stats`.
#[derive(Args, Debug)]
pub struct StatsArgs {
    /// The capture, or a capture filter.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, help = text!("arg-words"))]
    pub words: Vec<OsString>,
    /// As JSON.
    #[arg(long, help = text!("arg-json"))]
    pub json: bool,
    /// Only the endpoints, as `-z endpoints` asks for.
    #[arg(long, conflicts_with = "json", help = text!("arg-endpoints"))]
    pub endpoints: bool,
    /// Only the packets for which this holds.
    #[arg(
        short = 'Y',
        long = "display-filter",
        value_name = "FILTER",
        allow_hyphen_values = true,
        help = text!("arg-stats-display-filter")
    )]
    pub display_filter: Option<Filter>,
    /// How the capture is read.
    #[command(flatten)]
    pub reading: Decoding,
    /// The capture options.
    #[command(flatten)]
    pub capture: Capture,
}

/// The arguments of `wiretalk info`.
#[derive(Args, Debug)]
pub struct InfoArgs {
    /// The files of the capture.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath, help = text!("arg-files"))]
    pub files: Vec<PathBuf>,
    /// On how many threads the capture is read: one is enough, whatever is asked for.
    #[arg(long, value_name = "N", help = text!("arg-info-threads"))]
    pub threads: Option<usize>,
    /// With hashes.
    #[arg(long, help = text!("arg-hashes"))]
    pub hashes: bool,
    /// As JSON.
    #[arg(long, help = text!("arg-json"))]
    pub json: bool,
}

/// How a capture is judged.
#[derive(Args, Debug, Default, Clone)]
#[command(next_help_heading = text!("help-heading-options"))]
pub struct Judging {
    /// Kinds of findings that are left out.
    #[arg(long = "ignore", value_name = "KIND", value_delimiter = ',', help = text!("arg-ignore"))]
    pub ignored: Vec<Kind>,
    /// Thresholds of rules.
    #[arg(long = "threshold", value_name = "KIND=VALUE", value_delimiter = ',', help = text!("arg-threshold"))]
    pub thresholds: Vec<Threshold>,
}

impl Judging {
    /// Returns both as settings.
    pub fn settings(&self) -> Settings {
        Settings::new(&self.thresholds, &self.ignored)
    }
}

/// The arguments of `wiretalk packets`.
#[derive(Args, Debug)]
pub struct PacketsArgs {
    /// The capture, or a capture filter.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, help = text!("arg-words"))]
    pub words: Vec<OsString>,
    /// The capture.
    #[arg(short = 'r', value_name = "FILE", conflicts_with = "words", help = text!("arg-read"))]
    pub read: Option<PathBuf>,
    /// Addresses instead of names, which they always are.
    #[arg(short = 'n', long, overrides_with = "addresses", help = text!("arg-addresses-always"))]
    pub addresses: bool,
    /// As JSON.
    #[arg(long, conflicts_with = "csv", help = text!("arg-json"))]
    pub json: bool,
    /// As CSV.
    #[arg(long, help = text!("arg-csv"))]
    pub csv: bool,
    /// With every field.
    #[arg(long, requires = "json", help = text!("arg-detail"))]
    pub detail: bool,
    /// The columns.
    #[arg(long, value_name = "LIST", conflicts_with = "json", help = text!("arg-columns-packets"))]
    pub columns: Option<ColumnList<PacketColumn>>,
    /// As tshark writes them.
    #[command(flatten)]
    pub tshark: Tshark,
    /// How times are written.
    #[arg(short = 't', value_name = "STYLE", conflicts_with_all = ["json", "csv"], help = text!("arg-time"))]
    pub time: Option<TimeStyle>,
    /// Writes no packets.
    #[arg(short = 'q', help = text!("arg-quiet"))]
    pub quiet: bool,
    /// The conversations that are selected.
    #[command(flatten)]
    pub select: Select,
    /// How the capture is read.
    #[command(flatten)]
    pub reading: Decoding,
    /// Sequence numbers as they are on the wire.
    #[arg(short = 'S', long, help = text!("arg-absolute-seq"))]
    pub absolute_seq: bool,
    /// Show passwords.
    #[arg(long, help = text!("arg-show-secrets"))]
    pub show_secrets: bool,
    /// The capture options.
    #[command(flatten)]
    pub capture: Capture,
}

/// The arguments of `wiretalk explain`.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// The capture.
    #[arg(help = text!("arg-file"))]
    pub file: PathBuf,
    /// The packet's number.
    #[arg(help = text!("arg-number"))]
    pub number: u32,
    /// As JSON.
    #[arg(long, help = text!("arg-json"))]
    pub json: bool,
    /// Sequence numbers as they are on the wire.
    #[arg(short = 'S', long, help = text!("arg-absolute-seq"))]
    pub absolute_seq: bool,
    /// Show passwords.
    #[arg(long, help = text!("arg-show-secrets"))]
    pub show_secrets: bool,
    /// How the capture is read.
    #[command(flatten)]
    pub reading: Decoding,
}

/// The arguments of `wiretalk follow`.
#[derive(Args, Debug)]
pub struct FollowArgs {
    /// The capture.
    #[arg(help = text!("arg-file"))]
    pub file: PathBuf,
    /// The conversation's name.
    #[arg(required_unless_present = "display_filter", help = text!("arg-conversation"))]
    pub conversation: Option<String>,
    /// A filter that holds for a packet of the conversation.
    #[arg(
        short = 'Y',
        long = "display-filter",
        value_name = "FILTER",
        allow_hyphen_values = true,
        conflicts_with = "conversation",
        help = text!("arg-follow-display-filter")
    )]
    pub display_filter: Option<Filter>,
    /// The bytes without formatting.
    #[arg(long, conflicts_with_all = ["ascii", "hex"], help = text!("arg-raw"))]
    pub raw: bool,
    /// Lines of text.
    #[arg(long, conflicts_with = "hex", help = text!("arg-ascii"))]
    pub ascii: bool,
    /// Bytes in hexadecimal.
    #[arg(long, help = text!("arg-hex"))]
    pub hex: bool,
    /// Only the data of this side.
    #[arg(long, value_parser = side(), help = text!("arg-from"))]
    pub from: Option<Side>,
    /// Includes data that its receiver may not have read.
    #[arg(long, help = text!("arg-all"))]
    pub all: bool,
    /// Show passwords.
    #[arg(long, help = text!("arg-show-secrets-unless-raw"))]
    pub show_secrets: bool,
    /// The charset of text.
    #[arg(
        long,
        value_name = "NAME",
        value_parser = charset,
        conflicts_with_all = ["raw", "hex"],
        help = text!("arg-charset"),
    )]
    pub charset: Option<Charset>,
    /// How the capture is read.
    #[command(flatten)]
    pub reading: Decoding,
}

/// The arguments of `wiretalk save`.
#[derive(Args, Debug)]
pub struct SaveArgs {
    /// The files of the capture.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath, help = text!("arg-files"))]
    pub files: Vec<PathBuf>,
    /// The new file.
    #[arg(help = text!("arg-save-out"))]
    pub out: PathBuf,
    /// Only these conversations.
    #[arg(
        long = "conversation",
        value_name = "ID",
        conflicts_with = "ports",
        help = text!("arg-save-conversation")
    )]
    pub conversations: Vec<String>,
    /// Replaces an existing file.
    #[arg(long, help = text!("arg-force"))]
    pub force: bool,
    /// Reports the result as JSON.
    #[arg(long, help = text!("arg-save-json"))]
    pub json: bool,
    /// On how many threads the capture is read.
    #[arg(long, value_name = "N", help = text!("arg-threads"))]
    pub threads: Option<usize>,
    /// The conversations that are selected.
    #[command(flatten)]
    pub select: Select,
}

/// The arguments of `wiretalk config`.
#[derive(Args, Debug)]
pub struct ConfigArgs {
    /// Only where the settings are.
    #[arg(long, help = text!("arg-config-path"))]
    pub path: bool,
}

/// The arguments of `wiretalk man`.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// The directory.
    #[arg(value_name = "DIR", help = text!("arg-man-directory"))]
    pub directory: PathBuf,
}

/// The arguments of `wiretalk completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL", help = text!("arg-shell"))]
    pub shell: Shell,
}

/// The arguments of `wiretalk fields`.
#[derive(Args, Debug)]
pub struct FieldsArgs {
    /// Which of them.
    #[arg(help = text!("arg-pattern"))]
    pub pattern: Option<String>,
    /// As JSON.
    #[arg(long, help = text!("arg-json"))]
    pub json: bool,
}

/// The arguments of `wiretalk objects`.
#[derive(Args, Debug)]
pub struct ObjectsArgs {
    /// The files of the capture.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath, help = text!("arg-files"))]
    pub files: Vec<PathBuf>,
    /// The directory for the files.
    #[arg(long, value_name = "DIR", help = text!("arg-objects-out"))]
    pub out: PathBuf,
    /// Reports the result as JSON.
    #[arg(long, help = text!("arg-objects-json"))]
    pub json: bool,
    /// The conversations that are selected.
    #[command(flatten)]
    pub select: Select,
    /// How the capture is read.
    #[command(flatten)]
    pub reading: Decoding,
}

/// The arguments of `wiretalk har`.
#[derive(Args, Debug)]
pub struct HarArgs {
    /// The files of the capture.
    #[arg(
        required = true,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help = text!("arg-files")
    )]
    pub files: Vec<PathBuf>,
    /// The file for the archive; standard output without it.
    #[arg(short = 'o', long, value_name = "FILE", help = text!("arg-har-out"))]
    pub out: Option<PathBuf>,
    /// Replaces an existing file.
    #[arg(long, help = text!("arg-force"))]
    pub force: bool,
    /// Show passwords.
    #[arg(long, help = text!("arg-show-secrets"))]
    pub show_secrets: bool,
    /// The conversations that are selected.
    #[command(flatten)]
    pub select: Select,
    /// How the capture is read.
    #[command(flatten)]
    pub reading: Decoding,
}

/// Parses one side of a conversation.
fn side() -> impl TypedValueParser<Value = Side> {
    let names = [
        PossibleValue::new(Side::Client.name()).help(text!("arg-from-client")),
        PossibleValue::new(Side::Server.name()).help(text!("arg-from-server")),
    ];
    PossibleValuesParser::new(names).map(|name| match name == Side::Client.name() {
        true => Side::Client,
        false => Side::Server,
    })
}

/// Parses the name of a charset.
fn charset(name: &str) -> Result<Charset, String> {
    Charset::by_label(name).ok_or_else(|| text!("cli-unknown-charset").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use std::collections::HashSet;

    /// Each command and each option is in docs/manual.md.
    #[test]
    fn the_manual_lists_the_options() {
        let manual = include_str!("../docs/manual.md");
        let words: HashSet<_> = manual
            .split(|letter: char| !letter.is_alphanumeric() && letter != '-')
            .collect();
        let cli = Cli::command();
        for command in cli.get_subcommands().chain([&cli]) {
            let name = command.get_name();
            assert!(words.contains(name), "docs/manual.md lacks {name}");
            for argument in command.get_arguments() {
                let short = argument.get_short().map(|letter| format!("-{letter}"));
                let long = argument.get_long().map(|word| format!("--{word}"));
                for option in short.into_iter().chain(long) {
                    let found = words.contains(option.as_str());
                    assert!(found, "docs/manual.md lacks {option} of {name}");
                }
            }
        }
    }

    #[test]
    fn the_language_is_asked_for_or_that_of_the_environment() {
        let language = |words: &str, variables: &[(&str, &str)]| {
            let words = ["wiretalk"].into_iter().chain(words.split_whitespace());
            Early::of(words.map(OsString::from)).language(None, |name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| OsString::from(value))
            })
        };
        let korean = [("LANG", "ko_KR.UTF-8")];
        assert_eq!(language("", &[]), Language::En);
        assert_eq!(language("", &korean), Language::Ko);
        assert_eq!(language("findings a.pcap", &korean), Language::Ko);
        assert_eq!(language("", &[("LANG", "ko")]), Language::Ko);
        assert_eq!(language("", &[("LANG", "fr_FR")]), Language::En);
        // The first one that is set decides.
        let all = [("LC_ALL", "C"), ("LC_MESSAGES", "ko"), ("LANG", "ko")];
        assert_eq!(language("", &all), Language::En);
        let empty = [("LC_ALL", ""), ("LC_MESSAGES", "ko"), ("LANG", "C")];
        assert_eq!(language("", &empty), Language::Ko);
        // Data stays English unless Korean is asked for.
        assert_eq!(language("findings --json a.pcap", &korean), Language::En);
        assert_eq!(language("packets a.pcap --csv", &korean), Language::En);
        assert_eq!(language("export a.pcap --out d", &korean), Language::En);
        assert_eq!(language("packets --csv --lang ko a", &[]), Language::Ko);
        assert_eq!(language("--lang=ko", &[]), Language::Ko);
        assert_eq!(language("--lang en", &korean), Language::En);
        assert_eq!(language("--lang de", &korean), Language::Ko);
        assert_eq!(language("-- --lang en", &korean), Language::Ko);
    }

    #[test]
    fn settings_come_before_the_environment() {
        let early = |words: &str| {
            let words = ["wiretalk"].into_iter().chain(words.split_whitespace());
            Early::of(words.map(OsString::from))
        };
        let korean = |_: &str| Some(OsString::from("ko_KR.UTF-8"));
        let set = Some(Language::En);
        assert_eq!(early("").language(set, korean), Language::En);
        assert_eq!(early("--lang ko").language(set, korean), Language::Ko);
        assert_eq!(
            early("--json").language(Some(Language::Ko), korean),
            Language::En
        );
        for words in [
            "-C lab a",
            "-Clab",
            "-C=lab",
            "--profile lab",
            "stats --profile=lab",
        ] {
            assert_eq!(early(words).profile.as_deref(), Some("lab"), "{words}");
        }
        assert_eq!(early("-- -C lab").profile, None);
    }

    #[test]
    fn a_misspelt_command_resembles_one() {
        for (word, command) in [
            ("conversation", Some("conversations")),
            ("conv", Some("conversations")),
            ("convesations", Some("conversations")),
            ("packet", Some("packets")),
            ("object", Some("objects")),
            ("folow", Some("follow")),
            ("sav", Some("save")),
            ("dump.pcap", None),
            ("-", None),
            ("", None),
            ("pack.pcapng", None),
        ] {
            assert_eq!(similar_command(word), command, "{word}");
        }
        let cli = Cli::command();
        // Too many words resemble `man`.
        for command in cli.get_subcommands().filter(|it| it.get_name() != "man") {
            assert_eq!(
                similar_command(command.get_name()),
                Some(command.get_name())
            );
        }
    }

    #[test]
    fn a_live_capture_is_bounded_unless_all_of_it_is_wanted() {
        let decoding = |arguments: &[&str]| {
            let all = ["wiretalk"].iter().chain(arguments);
            Cli::try_parse_from(all).unwrap().reading
        };
        let usual = decoding(&["-i", "lo"]);
        assert_eq!(usual.keep(false), Keep::ALL);
        assert_eq!(usual.keep(true).to_string(), "2GiB");
        let all = decoding(&["-i", "lo", "--keep", "all"]);
        assert_eq!(all.keep(true).bytes, None);
        assert_eq!(all.keep(true).memory, Some(1 << 30));
        let minute = decoding(&["-i", "lo", "--keep", "1min"]);
        assert_eq!(minute.keep(true).to_string(), "1min");
    }
}
