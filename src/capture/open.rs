//! Opens a capture: determines the kind of its source and its format, or the error.

use crate::format::printable;
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Seek};
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use super::decompress::{Members, Raw};
use super::decompress_ahead::decompress_ahead;
use super::extent::section_order;
use super::file::FileReader;
use super::found::Found;
use super::pcap::{FILE_HEADER, FileHeader, Pcap};
use super::pcapng::Pcapng;
use super::source::{Growing, Source, Stored, Stream};
use super::{Kind, Reader, Walk};
use crate::lang::{TextId, text};

/// The format of a capture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The format of the capture itself.
    pub file_type: FileType,
    /// How the file is compressed.
    pub compression: Compression,
}

/// The formats of captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// The classic format.
    Pcap {
        /// Times in nanoseconds, not microseconds.
        nanoseconds: bool,
        /// Longer record headers, as a patched libpcap of the 1990s wrote them.
        modified: bool,
        /// The byte order of the machine that wrote it.
        big_endian: bool,
    },
    /// The newer format. Each of its sections has its own byte order, its interfaces their units of time.
    Pcapng,
}

/// The supported compressions of captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not compressed.
    None,
    /// `.gz`, RFC 1952.
    Gzip,
    /// `.zst`, RFC 8878.
    Zstandard,
    /// `.lz4`, the frame format.
    Lz4,
}

impl Compression {
    fn name(self) -> Option<&'static str> {
        match self {
            Compression::None => None,
            Compression::Gzip => Some("gzip"),
            Compression::Zstandard => Some("Zstandard"),
            Compression::Lz4 => Some("LZ4"),
        }
    }

    /// Detects it by the first bytes, not by the file's name.
    pub(super) fn detect(bytes: &[u8]) -> Compression {
        match bytes {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstandard,
            [0x04, 0x22, 0x4d, 0x18, ..] | [0x02, 0x21, 0x4c, 0x18, ..] => Compression::Lz4,
            // Skippable frames, which both have; pzstd begins with one.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstandard,
            _ => Compression::None,
        }
    }
}

/// Why a capture cannot be opened. Each error names the file.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no such file.
    #[error("{}", text!("open-not-found", file = .file))]
    NotFound {
        /// The file's name.
        file: String,
    },
    /// The user may not read it.
    #[error("{}", text!("open-no-permission", file = .file))]
    Permission {
        /// The file's name.
        file: String,
    },
    /// It is a directory.
    #[error("{}", text!("open-directory", file = .file))]
    Directory {
        /// The file's name.
        file: String,
    },
    /// It is a pipe or a device, and was named beside other files.
    #[error("{}", text!("open-not-a-file", file = .file))]
    NotAFile {
        /// The file's name.
        file: String,
    },
    /// There is no file in this directory.
    #[error("{}", text!("open-no-files", file = .file))]
    NoFiles {
        /// The directory's name.
        file: String,
    },
    /// Standard input was requested, and is a terminal.
    #[error("{}", text!("open-terminal"))]
    Terminal,
    /// It is empty.
    #[error("{}", text!("open-empty", file = .file))]
    Empty {
        /// The file's name.
        file: String,
    },
    /// It ends within its file header.
    #[error("{}", text!("open-cut-short", file = .file, there = .there, needed = .needed))]
    CutShort {
        /// The file's name.
        file: String,
        /// Its length in bytes.
        there: usize,
        /// The length of its header in bytes.
        needed: usize,
    },
    /// It is not a capture.
    #[error("{}", text!("open-not-a-capture", file = .file, looks_like = .looks_like))]
    NotACapture {
        /// The file's name.
        file: String,
        /// What it looks like, as the second half of a sentence.
        looks_like: String,
    },
    /// It would be kept in a temporary file, which cannot be made.
    #[error("{}", text!("open-no-temporary-file", file = .file, error = .error))]
    NoTemporaryFile {
        /// The file's name.
        file: String,
        /// The reason.
        error: String,
    },
    /// The system cannot read it, or its compressed data is damaged from the start.
    #[error("{}", text!("open-unreadable", file = .file, error = .error))]
    Unreadable {
        /// The file's name.
        file: String,
        /// The reason.
        error: String,
    },
}

/// Opens a file, or standard input for `-`, without reading it; returns it with its name, for messages.
///
/// # Errors
///
/// [`OpenError`] if it cannot be opened.
pub fn open_file(path: &Path) -> Result<(File, String), OpenError> {
    if path.as_os_str() == "-" {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            return Err(OpenError::Terminal);
        }
        let name = text!("open-standard-input");
        let file = stdin
            .as_fd()
            .try_clone_to_owned()
            .map_err(|error| failed(name, &error))?;
        return Ok((File::from(file), name.to_owned()));
    }
    // The name may contain control characters; a message must not move the cursor.
    let name: String = path
        .display()
        .to_string()
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    let file = File::open(path).map_err(|error| failed(&name, &error))?;
    Ok((file, name))
}

/// Adds to an error the directory in which no temporary file could be made.
pub(super) fn no_temporary_file(error: io::Error) -> io::Error {
    let directory = std::env::temp_dir();
    let directory = printable(&directory.to_string_lossy());
    // The system's own words: the directory is named already.
    let words = error.raw_os_error().map(io::Error::from_raw_os_error);
    let words = words.map_or_else(|| error.to_string(), |words| words.to_string());
    let reason = text!("no-temporary-file", directory, error = words);
    io::Error::new(error.kind(), reason)
}

/// A file without a name, to which pipes and compressed captures are copied. It has to be created before the program
/// gives up writing to the directories for temporary files.
pub struct Spool(pub(super) io::Result<File>);

impl Spool {
    /// Creates it; an error is reported if it is needed.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Spool(tempfile::tempfile().map_err(no_temporary_file))
    }
}

impl Reader {
    fn of_file(file: FileReader) -> Reader {
        Reader::of(Kind::File(file))
    }

    /// Opens a capture file, or standard input for `-`. Pipes and compressed files are read as they come.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if it cannot be read or is not a capture.
    pub fn open(path: &Path) -> Result<Reader, OpenError> {
        let (file, name) = open_file(path)?;
        Reader::from_file(file, &name)
    }

    /// Reads an open file, pipe or socket; `name` is for messages.
    ///
    /// Format and compression are detected by the first bytes. Waits for the header of a pipe.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if it cannot be read or is not a capture.
    pub fn from_file(file: File, name: &str) -> Result<Reader, OpenError> {
        Reader::with_spool(file, name, Spool::new())
    }

    /// Reads an open file, pipe or socket as [`Reader::from_file`] does, after the program was confined.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if it cannot be read or is not a capture.
    pub fn with_spool(mut file: File, name: &str, spool: Spool) -> Result<Reader, OpenError> {
        let about = file.metadata().map_err(|error| failed(name, &error))?;
        if about.is_dir() {
            return Err(OpenError::Directory {
                file: name.to_owned(),
            });
        }
        // Standard input may be a file whose beginning was already read.
        let whole = about.is_file() && file.stream_position().is_ok_and(|position| position == 0);
        let total = (whole || about.file_type().is_block_device())
            .then_some(about.len())
            .filter(|total| *total > 0);
        if whole {
            let again = file.try_clone().map_err(|error| failed(name, &error))?;
            let mut source = Source::file(Stored::new(again));
            source.fill(4);
            if Compression::detect(source.window()) == Compression::None {
                return FileReader::begin(source, Compression::None, name).map(Reader::of_file);
            }
        }
        let mut raw = Raw::new(Box::new(file));
        let compression = Compression::detect(raw.peek(4).map_err(|error| failed(name, &error))?);
        let taken = raw.taken();
        let stream: Box<dyn Stream> = match compression {
            Compression::None => Box::new(raw),
            compression => decompress_ahead(Members::new(raw, compression)),
        };
        let spool = spool.0.map_err(|error| OpenError::NoTemporaryFile {
            file: name.to_owned(),
            error: error.to_string(),
        })?;
        let source = Source::stream(stream, spool, taken, total);
        FileReader::begin(source, compression, name).map(Reader::of_file)
    }

    /// Reads a capture that another process is writing to a file.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if it cannot be read or is not a capture.
    pub fn from_growing(file: File, name: &str, growing: Growing) -> Result<Reader, OpenError> {
        let source = Source::growing(file, growing);
        let mut reader = FileReader::begin(source, Compression::None, name).map(Reader::of_file)?;
        reader.set_growing(true);
        Ok(reader)
    }
}

impl FileReader {
    /// Reads the beginning of a source.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if it cannot be read or is not a capture.
    pub fn begin(
        mut source: Source,
        compression: Compression,
        name: &str,
    ) -> Result<FileReader, OpenError> {
        let file = name.to_owned();
        let mut found = Found::default();
        source.fill(12);
        let (walk, file_type) = if let Some(order) = section_order(source.window()) {
            (Walk::Pcapng(Pcapng::new(order)), FileType::Pcapng)
        } else {
            let is_pcap = FileHeader::has_magic(source.window());
            let there = if is_pcap {
                source.fill(FILE_HEADER)
            } else {
                source.fill(4)
            };
            match FileHeader::parse(source.window()) {
                Some(header) if is_pcap => {
                    found.interface(0, header.interface());
                    source.consume(FILE_HEADER);
                    (Walk::Pcap(Pcap::new(&header)), header.file_type())
                }
                _ => {
                    let trouble = source.take_trouble();
                    return Err(match trouble {
                        Some(error) => OpenError::Unreadable { file, error },
                        None if there == 0 && compression == Compression::None => {
                            OpenError::Empty { file }
                        }
                        None if is_pcap => OpenError::CutShort {
                            file,
                            there,
                            needed: FILE_HEADER,
                        },
                        None => OpenError::NotACapture {
                            file,
                            looks_like: looks_like(source.window(), compression),
                        },
                    });
                }
            }
        };
        let format = Format {
            file_type,
            compression,
        };
        Ok(FileReader {
            source,
            walk,
            found,
            format,
            growing: false,
            ended: false,
        })
    }
}

pub(super) fn failed(name: &str, error: &io::Error) -> OpenError {
    let file = name.to_owned();
    match error.kind() {
        ErrorKind::NotFound => OpenError::NotFound { file },
        ErrorKind::PermissionDenied => OpenError::Permission { file },
        ErrorKind::IsADirectory => OpenError::Directory { file },
        _ => OpenError::Unreadable {
            file,
            error: error.to_string(),
        },
    }
}

/// Formats that users take for captures, or give by mistake: their first bytes, and the message.
const OTHER_FORMATS: &[(&[u8], TextId)] = &[
    (b"snoop\0\0\0", TextId("looks-like-snoop")),
    (b"btsnoop\0", TextId("looks-like-btsnoop")),
    (b"GMBU", TextId("looks-like-netmon")),
    (b"RTSS", TextId("looks-like-netmon")),
    (b"TRSNIFF data", TextId("looks-like-sniffer")),
    (b"XCP\0", TextId("looks-like-netxray")),
    (b"\xac\x01\x00\x1c", TextId("looks-like-ixia")),
    (b"\x1c\x00\x01\xac", TextId("looks-like-ixia")),
    (b"\x0a\x0d\x0d\x0a", TextId("looks-like-damaged-pcapng")),
    (b"\x89PNG", TextId("looks-like-png")),
    (b"\xff\xd8\xff", TextId("looks-like-jpeg")),
    (b"GIF8", TextId("looks-like-gif")),
    (b"%PDF", TextId("looks-like-pdf")),
    (b"PK\x03\x04", TextId("looks-like-zip")),
    (b"\xfd7zXZ\0", TextId("looks-like-xz")),
    (b"BZh", TextId("looks-like-bzip2")),
    (b"7z\xbc\xaf\x27\x1c", TextId("looks-like-7zip")),
    (b"Rar!", TextId("looks-like-rar")),
    (b"\x7fELF", TextId("looks-like-program")),
    (b"#!", TextId("looks-like-script")),
    (b"SQLite format 3\0", TextId("looks-like-sqlite")),
    (b"\x1f\x8b", TextId("looks-like-gzip")),
    (b"\x28\xb5\x2f\xfd", TextId("looks-like-zstandard")),
];

/// Returns what a file that is not a capture looks like, for the error.
fn looks_like(bytes: &[u8], compression: Compression) -> String {
    let what = OTHER_FORMATS
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map(|(_, what)| what.text());
    let what = what.unwrap_or_else(|| guess(bytes));
    match compression.name() {
        Some(compression) => text!("looks-compressed", what, compression),
        None => what.to_owned(),
    }
}

/// Guesses formats without a magic number.
fn guess(bytes: &[u8]) -> &'static str {
    const TAR: usize = 257;
    let beginning = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    if bytes
        .get(TAR..)
        .is_some_and(|bytes| bytes.starts_with(b"ustar"))
    {
        return text!("looks-like-tar");
    }
    // A character may be cut at the end.
    let (text, is_text) = match std::str::from_utf8(beginning) {
        Ok(text) => (text, true),
        Err(error) => {
            let valid = beginning.get(..error.valid_up_to()).unwrap_or_default();
            let cut = error.error_len().is_none() && !valid.is_empty();
            (std::str::from_utf8(valid).unwrap_or_default(), cut)
        }
    };
    let printable = is_text
        && text
            .chars()
            .all(|c| !c.is_control() || c.is_ascii_whitespace());
    match (text.trim_start().chars().next(), beginning) {
        (None, []) => text!("looks-like-nothing"),
        (None, _) if is_text => text!("looks-like-blank-text"),
        (Some('{' | '['), _) if printable => text!("looks-like-json"),
        (Some('<'), _) if printable => text!("looks-like-xml"),
        (Some(_), _) if printable => text!("looks-like-text"),
        (_, bytes) if bytes.iter().all(|byte| *byte == 0) => text!("looks-like-zeros"),
        (_, &[_, _, _, _, _, _, _, _, kind, _, high, low, _, _, _, _, ..])
            if (1..=48).contains(&(kind & 0x7f))
                && (16..=0x4000).contains(&u16::from_be_bytes([high, low])) =>
        {
            text!("looks-like-erf")
        }
        _ => text!("looks-like-unknown"),
    }
}
