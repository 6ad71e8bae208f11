//! What to capture, where to write it, and when to stop, with the options of tcpdump, tshark and dumpcap.

use crate::{
    capture::{
        interfaces::list,
        live::{Options, Ring, Stops, Target},
    },
    confine::Identity,
    format::printable,
    lang::text,
};
use clap::Args;
use std::{
    fs::File,
    io::{self, Read},
    num::NonZeroU64,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

/// The default maximum number of bytes of a packet, as in tcpdump and dumpcap.
const SNAPLEN: u32 = 262_144;

/// The default size of the kernel's buffer, bytes: half a second of a full gigabit link.
const BUFFER: u32 = 64 << 20;

/// The capture options.
#[derive(Args, Debug, Default, Clone)]
#[command(next_help_heading = text!("help-heading-capturing"))]
pub struct Capture {
    /// The interfaces' names, or numbers in the list.
    #[arg(short = 'i', long = "interface", value_name = "INTERFACE", help = text!("arg-interface"))]
    pub interfaces: Vec<String>,
    /// A filter in libpcap's language.
    #[arg(short = 'f', value_name = "FILTER", requires = "interfaces", help = text!("arg-filter"))]
    pub filter: Option<String>,
    /// A file with such a filter.
    #[arg(
        short = 'F',
        value_name = "FILE",
        requires = "interfaces",
        conflicts_with = "filter",
        help = text!("arg-filter-file")
    )]
    pub filter_file: Option<PathBuf>,
    /// The link type that packets are captured with.
    #[arg(
        short = 'y',
        long = "linktype",
        value_name = "LINKTYPE",
        requires = "interfaces",
        help = text!("arg-link-type")
    )]
    pub link_type: Option<String>,
    /// The file that is written.
    #[arg(short = 'w', value_name = "FILE", help = text!("arg-write"))]
    pub write: Option<PathBuf>,
    /// When the next file begins.
    #[arg(
        short = 'b',
        long = "ring-buffer",
        value_name = "RULE",
        requires_all = ["write", "interfaces"],
        help = text!("arg-ring-buffer")
    )]
    pub ring: Vec<Limit>,
    /// The number of packets after which it stops.
    #[arg(short = 'c', value_name = "PACKETS", help = text!("arg-count"))]
    pub count: Option<NonZeroU64>,
    /// When it stops.
    #[arg(
        short = 'a',
        long = "autostop",
        value_name = "RULE",
        requires = "interfaces",
        help = text!("arg-autostop")
    )]
    pub stop: Vec<Limit>,
    /// How much of each packet is kept.
    #[arg(
        short = 's',
        long = "snapshot-length",
        value_name = "BYTES",
        requires = "interfaces",
        help = text!("arg-snapshot-length")
    )]
    pub snaplen: Option<u32>,
    /// Only packets for this machine.
    #[arg(
        short = 'p',
        long = "no-promiscuous-mode",
        requires = "interfaces",
        help = text!("arg-no-promiscuous-mode")
    )]
    pub no_promiscuous: bool,
    /// The kernel's buffer of each interface, in bytes.
    #[arg(
        short = 'B',
        long = "buffer-size",
        value_name = "SIZE",
        value_parser = buffer_size,
        help = text!("arg-buffer-size")
    )]
    pub buffer: Option<u32>,
}

/// A rule of `-a` and `-b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Seconds.
    Duration(Duration),
    /// Seconds, counted from midnight.
    Interval(Duration),
    /// Bytes.
    Size(u64),
    /// How many files.
    Files(u32),
    /// How many packets.
    Packets(u64),
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (what, value) = text.split_once(':').ok_or(text!("limit-not-a-rule"))?;
        let number: NonZeroU64 = value
            .parse()
            .map_err(|_| text!("limit-not-a-number", value))?;
        let number = number.get();
        let seconds = Duration::from_secs(number);
        Ok(match what {
            "duration" => Limit::Duration(seconds),
            "interval" => Limit::Interval(seconds),
            // kB of 1000 bytes, as in dumpcap.
            "filesize" => Limit::Size(number.saturating_mul(1000)),
            "files" => Limit::Files(number.try_into().unwrap_or(u32::MAX)),
            "packets" => Limit::Packets(number),
            _ => return Err(text!("limit-unknown", what)),
        })
    }
}

/// Combines rules; of two of the same kind the later one applies.
fn limits(rules: &[Limit]) -> Ring {
    let mut limits = Ring::default();
    for rule in rules {
        match *rule {
            Limit::Duration(after) => limits.duration = Some(after),
            Limit::Interval(every) => limits.interval = Some(every),
            Limit::Size(bytes) => limits.size = Some(bytes),
            Limit::Files(count) => limits.files = Some(count),
            Limit::Packets(count) => limits.packets = Some(count),
        }
    }
    limits
}

/// Parses the bytes of `64`, which are MiB, or of `512KiB`.
///
/// # Errors
///
/// Fails if it is no such size.
pub fn buffer_size(text: &str) -> Result<u32, String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim() {
        "" | "M" | "MiB" => 1 << 20,
        "k" | "K" | "KiB" => 1 << 10,
        "G" | "GiB" => 1 << 30,
        unit => return Err(text!("buffer-not-a-unit", unit)),
    };
    let bytes = number.parse::<u32>().ok().and_then(|n| n.checked_mul(unit));
    bytes
        .filter(|bytes| (1..=i32::MAX as u32).contains(bytes))
        .ok_or_else(|| text!("buffer-not-a-size", size = text))
}

/// A larger file holds no filter, bytes.
const MAX_FILTER: u64 = 64 << 10;

/// Reads a filter from a file, as in tcpdump. The program may still be root: the file must be one that the user can read.
fn filter_of(path: &Path) -> Result<String, String> {
    let name = printable(&path.to_string_lossy());
    let read = || -> io::Result<Result<String, &'static str>> {
        let file = File::open(path)?;
        let about = file.metadata()?;
        let uid = Identity::find(None).map_or(u32::MAX, |identity| identity.uid());
        if !about.is_file() || about.len() > MAX_FILTER {
            return Ok(Err(text!("filter-file-not-one")));
        }
        if uid != 0 && about.uid() != uid && about.mode() & 0o004 == 0 {
            return Ok(Err(text!("kept-other-user")));
        }
        let mut filter = String::new();
        file.take(MAX_FILTER).read_to_string(&mut filter)?;
        Ok(Ok(filter.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    match read() {
        Ok(Ok(filter)) => Ok(filter),
        Ok(Err(why)) => Err(format!("{name}: {why}")),
        // tshark's option of this name is the format of a file.
        Err(error) => Err(format!("{name}: {error}; {}", text!("filter-file-format"))),
    }
}

/// Returns the name of an interface that may be given by its number in the list, as in tcpdump and tshark.
fn numbered(name: &str) -> String {
    let number = name.parse::<usize>().ok();
    let listed = number.and_then(|number| list().into_iter().nth(number.checked_sub(1)?));
    listed.map_or(name.to_owned(), |device| device.name)
}

impl Capture {
    /// Returns options to capture from these interfaces, with defaults otherwise.
    pub fn from(interfaces: Vec<String>) -> Self {
        Capture {
            interfaces,
            ..Capture::default()
        }
    }

    /// Whether something is to be captured.
    pub fn is_live(&self) -> bool {
        !self.interfaces.is_empty()
    }

    /// Returns the file that packets of a file are written to.
    pub fn write_of_file(&self) -> Option<&Path> {
        self.write.as_deref().filter(|_| !self.is_live())
    }

    /// Returns how many packets of a file are read; none for all, and for a live capture.
    pub fn count_of_file(&self) -> Option<u32> {
        let count = self.count.filter(|_| !self.is_live())?;
        Some(u32::try_from(count.get()).unwrap_or(u32::MAX))
    }

    /// Returns the interfaces' names.
    pub fn interfaces(&self) -> Vec<String> {
        self.interfaces.iter().map(|name| numbered(name)).collect()
    }

    /// Returns the options for capturing; `words` is a filter after the options, as in tcpdump.
    ///
    /// # Errors
    ///
    /// Fails if there are two filters.
    pub fn options(&self, words: &[String]) -> Result<Options, String> {
        let read = self.filter_file.as_deref().map(filter_of);
        let given = self.filter.clone().or(read.transpose()?);
        let filter = match (given, words) {
            (filter, []) => filter,
            (None, words) => Some(words.join(" ")),
            (Some(_), _) => return Err(text!("cli-two-filters").to_owned()),
        };
        Ok(Options {
            interfaces: self.interfaces(),
            filter: filter.filter(|filter| !filter.trim().is_empty()),
            snaplen: match self.snaplen {
                None | Some(0) => SNAPLEN,
                Some(bytes) => bytes.min(SNAPLEN),
            },
            buffer: self.buffer.unwrap_or(BUFFER),
            promiscuous: !self.no_promiscuous,
            link_type: self.link_type.clone(),
        })
    }

    /// Returns the destination.
    pub fn target(&self) -> Target {
        Target {
            file: self.write.clone(),
            ring: limits(&self.ring),
        }
    }

    /// Returns when it stops.
    ///
    /// # Errors
    ///
    /// Fails on a rule that only `-b` supports.
    pub fn stops(&self) -> Result<Stops, String> {
        let Ring {
            size,
            duration,
            interval,
            packets,
            files,
        } = limits(&self.stop);
        if interval.is_some() {
            return Err(text!("limit-interval-stops-nothing").to_owned());
        }
        Ok(Stops {
            packets: packets.or(self.count.map(NonZeroU64::get)),
            duration,
            size,
            files,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Words {
        #[command(flatten)]
        capture: Capture,
        words: Vec<String>,
    }

    fn parse(words: &str) -> Words {
        Words::try_parse_from(std::iter::once("it").chain(words.split(' '))).unwrap()
    }

    #[test]
    fn tcpdumps_words_are_understood() {
        let words = parse("-i eth0 -i lo -c 10 -s 96 -p -B 8 tcp port 80");
        let options = words.capture.options(&words.words).unwrap();
        assert_eq!(options.interfaces, ["eth0", "lo"]);
        assert_eq!(options.filter.as_deref(), Some("tcp port 80"));
        assert_eq!((options.snaplen, options.buffer), (96, 8 << 20));
        assert!(!options.promiscuous);
        assert_eq!(words.capture.stops().unwrap().packets, Some(10));
        assert_eq!(words.capture.target(), Target::default());
    }

    #[test]
    fn dumpcaps_rules_are_understood() {
        let words = parse("-i lo -w x.pcapng -b filesize:2 -b files:3 -a duration:5 -a files:9");
        let ring = Ring {
            size: Some(2000),
            files: Some(3),
            ..Ring::default()
        };
        assert_eq!(
            words.capture.target(),
            Target {
                file: Some("x.pcapng".into()),
                ring
            }
        );
        let stops = words.capture.stops().unwrap();
        assert_eq!(
            (stops.duration, stops.files),
            (Some(Duration::from_secs(5)), Some(9))
        );
        let words = parse("-i lo -c 5 -a packets:3 -a packets:2");
        assert_eq!(words.capture.stops().unwrap().packets, Some(2));
        assert!(parse("-i lo -a interval:5").capture.stops().is_err());
        for wrong in ["duration", "duration:0", "size:3", "files:-1"] {
            assert!(wrong.parse::<Limit>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(buffer_size("64"), Ok(64 << 20));
        assert_eq!(buffer_size("512KiB"), Ok(512 << 10));
        for wrong in ["", "0", "4096", "3x"] {
            assert!(buffer_size(wrong).is_err(), "{wrong}");
        }
    }
}
