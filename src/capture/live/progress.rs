//! The state of a capture, and why it ends.

use super::super::Statistics;
use super::message;
use crate::format::printable;
use crate::lang::{Count, text};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// When a capture stops by itself, as with tcpdump's `-c` and dumpcap's `-a`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stops {
    /// After this many packets.
    pub packets: Option<u64>,
    /// After this long.
    pub duration: Option<Duration>,
    /// After this many bytes, in a ring those of the last file.
    pub size: Option<u64>,
    /// After this many files.
    pub files: Option<u32>,
}

/// The reason why a capture has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// It was stopped on request.
    Asked,
    /// A requested limit is reached.
    Reached(Limit),
    /// The disk is full.
    DiskFull {
        /// The file, if it has a name.
        #[serde(with = "message::path")]
        file: Option<PathBuf>,
        /// Packets that arrived and could not be written.
        lost: u64,
    },
    /// Writing to the file failed, or no interface can be read.
    Failed(String),
    /// The capturing process ended before it reported its end: its statistics are not known.
    Died(String),
}

/// A limit of [`Stops`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limit {
    /// The number of packets.
    Packets,
    /// The time since capturing began.
    Duration,
    /// The size of the file.
    Size,
    /// The number of files.
    Files,
}

impl Limit {
    fn reached(self) -> &'static str {
        match self {
            Limit::Packets => text!("live-packets-reached"),
            Limit::Duration => text!("live-duration-reached"),
            Limit::Size => text!("live-size-reached"),
            Limit::Files => text!("live-files-reached"),
        }
    }
}

/// In words.
impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            End::Asked => f.write_str(text!("live-stopped")),
            End::Reached(limit) => f.write_str(limit.reached()),
            End::DiskFull { file, lost } => {
                let file = match file {
                    Some(file) => printable(&file.to_string_lossy()),
                    None => text!("live-temporary-file").to_owned(),
                };
                let lost = text!("count-packets", count = Count(*lost));
                f.write_str(&text!("live-disk-full", file, lost))
            }
            End::Failed(reason) | End::Died(reason) => f.write_str(reason),
        }
    }
}

/// The state of one interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceProgress {
    /// Its name.
    pub name: String,
    /// The kernel's statistics of it.
    pub statistics: Statistics,
    /// Why it can no longer be read.
    pub gone: Option<String>,
}

/// The state of a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Packets written.
    pub packets: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Each interface.
    pub interfaces: Vec<InterfaceProgress>,
    /// The current file; none for a temporary one.
    #[serde(with = "message::path")]
    pub file: Option<PathBuf>,
    /// How many files there are.
    pub files: u32,
    /// Why it has ended, if it has.
    pub end: Option<End>,
}

impl Progress {
    /// Returns the packets lost by the kernel and by interfaces.
    pub fn dropped(&self) -> (u64, u64) {
        self.interfaces
            .iter()
            .fold((0, 0), |(kernel, card), interface| {
                let Statistics {
                    dropped,
                    interface_dropped,
                    ..
                } = interface.statistics;
                (kernel + dropped, card + interface_dropped)
            })
    }

    /// Returns the number of packets that passed the filter.
    pub fn received(&self) -> u64 {
        let all = self.interfaces.iter();
        all.map(|interface| interface.statistics.received).sum()
    }
}

/// The statistics of a capture, line by line, in tcpdump's words.
impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let packets = |count| text!("count-packets", count = Count(count));
        let captured = text!("live-captured", packets = packets(self.packets));
        f.write_str(&captured)?;
        if !matches!(self.end, Some(End::Died(_))) {
            let (kernel, card) = self.dropped();
            let received = text!("live-received", packets = packets(self.received()));
            let kernel = text!("live-dropped-by-kernel", packets = packets(kernel));
            let card = text!("live-dropped-by-interface", packets = packets(card));
            write!(f, "\n{received}\n{kernel}\n{card}")?;
        }
        for interface in &self.interfaces {
            if let Some(reason) = &interface.gone {
                write!(f, "\n{}: {reason}", interface.name)?;
            }
        }
        if let Some(file) = &self.file {
            let file = printable(&file.to_string_lossy());
            let saved = match self.files {
                0 | 1 => text!("live-saved", file),
                files => {
                    let files = text!("count-files", count = Count(u64::from(files) - 1));
                    text!("live-saved-in-files", file, files)
                }
            };
            write!(f, "\n{saved}")?;
        }
        match &self.end {
            None | Some(End::Asked) => Ok(()),
            Some(end) => write!(f, "\n{end}"),
        }
    }
}
