//! The command line.

mod capture;

pub use capture::{Capture, Limit};

use crate::{
    confine::Wanted,
    ports::Ports,
    retention::Keep,
    services,
    track::{DecodeAs, Protocol},
    ui::theme::Look,
};
use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use dissectors::{Dissector, Side};
use std::{ffi::OsString, path::PathBuf, str::FromStr};

/// Shows the conversations of a capture: who talked to whom, did it work, and if not why.
#[derive(Parser, Debug)]
#[command(
    version,
    about,
    args_conflicts_with_subcommands = true,
    after_help = "Without a capture it offers those at hand. `-` is standard input:\n  \
                  ssh host tcpdump -U -w - | wiretalk -\n\
                  After -i INTERFACE the words are a capture filter:\n  \
                  sudo wiretalk -i eth0 tcp port 80"
)]
pub struct Cli {
    /// What to do; without it a capture is shown on the screen.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The capture to open: pcap or pcapng, plain or compressed with gzip, zstd or lz4. With -i, a capture filter.
    #[arg(value_name = "FILE")]
    pub words: Vec<OsString>,
    /// The capture to open, as tcpdump and tshark have it.
    #[arg(short = 'r', value_name = "FILE", conflicts_with = "words")]
    pub read: Option<PathBuf>,
    /// List what can be captured from.
    #[arg(short = 'D', long = "list-interfaces")]
    pub list_interfaces: bool,
    /// What is captured.
    #[command(flatten)]
    pub capture: Capture,
    /// Only what is asked for.
    #[command(flatten)]
    pub select: Select,
    /// How it is read.
    #[command(flatten)]
    pub reading: Decoding,
    /// Show sequence numbers as they are on the wire.
    #[arg(short = 'S', long)]
    pub absolute_seq: bool,
    /// Show passwords and other secrets that could be read.
    #[arg(long)]
    pub show_secrets: bool,
    /// Show addresses, not the names that the capture has for them.
    #[arg(short = 'n', long, conflicts_with = "resolve")]
    pub addresses: bool,
    /// Ask the system's resolver, and so the network, for names that the capture lacks. Others can see which addresses
    /// are looked up.
    #[arg(short = 'N', long)]
    pub resolve: bool,
    /// Colours for a dark or a light terminal, or none; without it the terminal is asked.
    #[arg(long, value_enum)]
    pub theme: Option<Look>,
    /// What the program gives up.
    #[command(flatten)]
    pub protection: Protection,
}

/// What the program gives up before it looks at packets.
#[derive(Args, Debug, Default, Clone)]
#[command(next_help_heading = "Options")]
pub struct Protection {
    /// Leave files, programs and the network open to this program, as far as its user may use them.
    #[arg(long, global = true)]
    pub no_sandbox: bool,
    /// When started as root, continue as this user instead of the user who ran sudo; root stays root.
    #[arg(
        short = 'Z',
        long = "relinquish-privileges",
        value_name = "USER",
        global = true
    )]
    pub user: Option<String>,
}

impl Protection {
    /// What stays possible, as far as these say.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            no_sandbox: self.no_sandbox,
            user: self.user.clone(),
            ..Wanted::default()
        }
    }
}

/// How a capture is read.
#[derive(Args, Debug, Default, Clone)]
#[command(next_help_heading = "Options")]
pub struct Decoding {
    /// Decode a port as this protocol, whatever its content looks like: tcp.port==8888,http; repeatable.
    #[arg(short = 'd', long = "decode-as", value_name = "RULE")]
    pub decode_as: Vec<Rule>,
    /// Keep only the newest packets: at most this size (500M, 2GiB), this time (30min, 1h) or both (500M,1h); `all` keeps
    /// everything. Default: 2GiB of a live capture, all of a file.
    #[arg(long, value_name = "LIMIT")]
    pub keep: Option<Keep>,
}

impl Decoding {
    /// How much is kept of a capture that is made, or that is read.
    pub fn keep(&self, live: bool) -> Keep {
        let usual = if live { Keep::OF_LIVE } else { Keep::ALL };
        self.keep.unwrap_or(usual)
    }

    /// All rules together.
    pub fn decode_as(&self) -> DecodeAs {
        let mut all = DecodeAs::default();
        for Rule(protocol, port, dissector) in &self.decode_as {
            all.set(*protocol, *port, dissector);
        }
        all
    }
}

/// What a port speaks: `tcp.port==8888,http`, as Wireshark's `-d` has it.
#[derive(Clone, Debug)]
pub struct Rule(pub Protocol, pub u16, pub &'static Dissector);

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (selector, name) = text
            .split_once(',')
            .ok_or("a rule is a port and a protocol: tcp.port==8888,http")?;
        let (field, port) = selector
            .split_once("==")
            .ok_or("a port is given as tcp.port==8888 or udp.port==8888")?;
        let protocol = match field.trim() {
            "tcp.port" => Protocol::Tcp,
            "udp.port" => Protocol::Udp,
            other => return Err(format!("{other} is not tcp.port or udp.port")),
        };
        let port = port.trim();
        let port = port.parse().map_err(|_| format!("{port} is not a port"))?;
        Ok(Rule(protocol, port, services::spoken(name)?))
    }
}

/// Which conversations are wanted.
#[derive(Args, Debug, Default, Clone)]
#[command(next_help_heading = "Options")]
pub struct Select {
    /// Only conversations with these ports at either end: 80 or 80,443 or 8000-8100 or !22; repeatable.
    #[arg(long = "port", value_name = "PORTS")]
    pub ports: Vec<Ports>,
}

impl Select {
    /// All `--port` together.
    pub fn ports(&self) -> Ports {
        let mut all = Ports::default();
        for ports in &self.ports {
            all.extend(ports);
        }
        all
    }
}

/// What can be done beside the screen.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// List the conversations, a line each.
    Conversations(ConversationsArgs),
    /// List the packets, a line each.
    Packets(PacketsArgs),
    /// Write what was said in a conversation, put back in order.
    Follow(FollowArgs),
    /// Write packets to another capture file: pcapng, or pcap where its name ends in .pcap; compressed for .gz.
    Save(SaveArgs),
    /// Write the files that went over the wire to a directory: pages, downloads, uploads, mail and its attachments.
    Objects(ObjectsArgs),
}

/// Of `wiretalk conversations`.
#[derive(Args, Debug)]
pub struct ConversationsArgs {
    /// The capture; `-` is standard input. With -i, a capture filter.
    #[arg(value_name = "FILE")]
    pub words: Vec<OsString>,
    /// What is captured.
    #[command(flatten)]
    pub capture: Capture,
    /// One JSON object a line.
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Comma-separated values with a heading.
    #[arg(long)]
    pub csv: bool,
    /// Only what is asked for.
    #[command(flatten)]
    pub select: Select,
    /// How it is read.
    #[command(flatten)]
    pub reading: Decoding,
}

/// Of `wiretalk packets`.
#[derive(Args, Debug)]
pub struct PacketsArgs {
    /// The capture; `-` is standard input. With -i, a capture filter.
    #[arg(value_name = "FILE")]
    pub words: Vec<OsString>,
    /// What is captured.
    #[command(flatten)]
    pub capture: Capture,
    /// One JSON object a line.
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Comma-separated values with a heading.
    #[arg(long)]
    pub csv: bool,
    /// With every field of every layer.
    #[arg(long, requires = "json")]
    pub detail: bool,
    /// Only what is asked for.
    #[command(flatten)]
    pub select: Select,
    /// How it is read.
    #[command(flatten)]
    pub reading: Decoding,
    /// Show sequence numbers as they are on the wire.
    #[arg(short = 'S', long)]
    pub absolute_seq: bool,
    /// Show passwords and other secrets that could be read.
    #[arg(long)]
    pub show_secrets: bool,
}

/// Of `wiretalk follow`.
#[derive(Args, Debug)]
pub struct FollowArgs {
    /// The capture; `-` is standard input.
    pub file: PathBuf,
    /// The conversation: tcp/0, udp/3.
    pub conversation: String,
    /// The bytes as they are.
    #[arg(long, conflicts_with_all = ["ascii", "hex"])]
    pub raw: bool,
    /// Lines of text, which is how it is without these switches.
    #[arg(long, conflicts_with = "hex")]
    pub ascii: bool,
    /// Bytes in hexadecimal.
    #[arg(long)]
    pub hex: bool,
    /// Only what this side said.
    #[arg(long, value_parser = side())]
    pub from: Option<Side>,
    /// Also what its receiver may not have read: what was sent before the capture began and came again, and what
    /// stands behind a hole that nobody acknowledged.
    #[arg(long)]
    pub all: bool,
    /// Show passwords and other secrets that could be read; `--raw` has them as they are.
    #[arg(long)]
    pub show_secrets: bool,
    /// How it is read.
    #[command(flatten)]
    pub reading: Decoding,
}

/// Of `wiretalk save`.
#[derive(Args, Debug)]
pub struct SaveArgs {
    /// The capture; `-` is standard input.
    pub file: PathBuf,
    /// The new file; `-` is standard output. What is there is not overwritten.
    pub out: PathBuf,
    /// Only this conversation: tcp/0, udp/3; repeatable.
    #[arg(long = "conversation", value_name = "ID", conflicts_with = "ports")]
    pub conversations: Vec<String>,
    /// Replace a file that is there.
    #[arg(long)]
    pub force: bool,
    /// Say what was written as a JSON object.
    #[arg(long)]
    pub json: bool,
    /// Only what is asked for.
    #[command(flatten)]
    pub select: Select,
}

/// Of `wiretalk objects`.
#[derive(Args, Debug)]
pub struct ObjectsArgs {
    /// The capture; `-` is standard input.
    pub file: PathBuf,
    /// Where the files go; made where it is not there. Nothing in it is overwritten.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Say what was written as one JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Only what is asked for.
    #[command(flatten)]
    pub select: Select,
    /// How it is read.
    #[command(flatten)]
    pub reading: Decoding,
}

/// Parses one side of a conversation.
fn side() -> impl TypedValueParser<Value = Side> {
    let names = [
        PossibleValue::new(Side::Client.name()).help("Who opened it"),
        PossibleValue::new(Side::Server.name()).help("Whom the client called"),
    ];
    PossibleValuesParser::new(names).map(|name| match name == Side::Client.name() {
        true => Side::Client,
        false => Side::Server,
    })
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
    fn a_live_capture_is_bounded_unless_all_of_it_is_wanted() {
        let decoding = |arguments: &[&str]| {
            let all = ["wiretalk"].iter().chain(arguments);
            Cli::try_parse_from(all).unwrap().reading
        };
        let usual = decoding(&["-i", "lo"]);
        assert_eq!(usual.keep(false), Keep::ALL);
        assert_eq!(usual.keep(true).to_string(), "2GiB");
        let all = decoding(&["-i", "lo", "--keep", "all"]);
        assert!(all.keep(true).is_all());
        let minute = decoding(&["-i", "lo", "--keep", "1min"]);
        assert_eq!(minute.keep(true).to_string(), "1min");
    }
}
