//! The command line.

use crate::{ports::Ports, ui::theme::Look};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Shows the conversations of a capture: who talked to whom, did it work, and if not why.
#[derive(Parser, Debug)]
#[command(
    version,
    about,
    args_conflicts_with_subcommands = true,
    after_help = "Without a capture it offers those at hand. `-` is standard input:\n  \
                  ssh host tcpdump -U -w - | wiretalk -"
)]
pub struct Cli {
    /// What to do; without it a capture is shown on the screen.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The capture to open: pcap or pcapng, plain or compressed with gzip, zstd or lz4.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The same, as tcpdump and tshark call it.
    #[arg(short = 'r', value_name = "FILE", conflicts_with = "file")]
    pub read: Option<PathBuf>,
    /// Only what is asked for.
    #[command(flatten)]
    pub select: Select,
    /// Show sequence numbers as they are on the wire.
    #[arg(short = 'S', long)]
    pub absolute_seq: bool,
    /// Colours for a dark or a light terminal, or none; without it the terminal is asked.
    #[arg(long, value_enum)]
    pub theme: Option<Look>,
}

/// Which conversations are wanted.
#[derive(Args, Debug, Default, Clone)]
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
    Conversations {
        /// The capture; `-` is standard input.
        file: PathBuf,
        /// One JSON object a line.
        #[arg(long, conflicts_with = "csv")]
        json: bool,
        /// Comma-separated values with a heading.
        #[arg(long)]
        csv: bool,
        /// Only what is asked for.
        #[command(flatten)]
        select: Select,
    },
    /// List the packets, a line each.
    Packets {
        /// The capture; `-` is standard input.
        file: PathBuf,
        /// One JSON object a line.
        #[arg(long, conflicts_with = "csv")]
        json: bool,
        /// Comma-separated values with a heading.
        #[arg(long)]
        csv: bool,
        /// With every field of every layer.
        #[arg(long, requires = "json")]
        detail: bool,
        /// Only what is asked for.
        #[command(flatten)]
        select: Select,
        /// Show sequence numbers as they are on the wire.
        #[arg(short = 'S', long)]
        absolute_seq: bool,
    },
    /// Write what was said in a conversation, put back in order.
    Follow {
        /// The capture; `-` is standard input.
        file: PathBuf,
        /// The conversation: tcp/0, udp/3.
        conversation: String,
        /// The bytes as they are.
        #[arg(long, conflicts_with_all = ["ascii", "hex"])]
        raw: bool,
        /// Lines of text, which is how it is without these switches.
        #[arg(long, conflicts_with = "hex")]
        ascii: bool,
        /// Bytes in hexadecimal.
        #[arg(long)]
        hex: bool,
        /// Only what this side said.
        #[arg(long, value_enum)]
        from: Option<Side>,
    },
}

/// One side of a conversation.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Side {
    /// Who opened it.
    Client,
    /// Whom the client called.
    Server,
}
