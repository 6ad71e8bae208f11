//! Saves packets to a capture file: all of them, or those that are chosen.
//!
//! Their bytes are copied as they were captured; nothing is dissected. The file is written under a temporary name and
//! then renamed, so that there is never half a file, and an existing file is not lost.
//!
//! | file | holds |
//! |---|---|
//! | `choice.rs` | which packets |
//! | `marks.rs` | the user's marks |
//! | `copy.rs` | from the capture to the file |
//! | `task.rs` | the thread that does so in the background |

mod choice;
mod copy;
mod marks;
mod task;
#[cfg(test)]
mod tests;

pub use choice::{Choice, Filter};
pub use copy::Progress;
pub use marks::Marks;
pub use task::Task;

use crate::{
    capture::{SaveFormat, Writer},
    format::{printable, size},
    lang::{Count, text},
    store::Store,
};
use copy::Copying;
use flate2::{Compression, write::GzEncoder};
use nix::unistd::geteuid;
use std::{
    fmt,
    fs::{self, File, Permissions},
    io::{self, BufWriter, ErrorKind, Write},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Written bytes are passed to the system in blocks of this many.
const BUFFER: usize = 1 << 20;

/// The maximum number of names that are tried for a new file.
const MAX_NUMBER: u32 = 10_000;

/// How a file is written, by the ending of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileType {
    /// The format: pcap for `.pcap`, pcapng for everything else.
    pub format: SaveFormat,
    /// Compressed, for `.gz`.
    pub gzip: bool,
}

impl FileType {
    /// Returns the type for a file's name.
    pub fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default();
        let name = name.to_string_lossy().to_lowercase();
        let (name, gzip) = match name.strip_suffix(".gz") {
            Some(name) => (name, true),
            None => (&*name, false),
        };
        let format = match name.ends_with(".pcap") {
            true => SaveFormat::Pcap,
            false => SaveFormat::Pcapng,
        };
        FileType { format, gzip }
    }
}

/// The result of saving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Packets written.
    pub packets: u64,
    /// The size of the file.
    pub bytes: u64,
    /// Packets that were evicted before they were written.
    pub gone: u64,
    /// Comments for which the format has no room.
    pub comments_lost: u64,
    /// Packets without a time for which the format has no room: they have that of the packet before them.
    pub times_made: u64,
    /// How many interfaces are described.
    pub interfaces: u64,
    /// The number of the last packet that existed.
    pub last: u32,
}

/// Formats it as `964 packets, 337.2 kB`, and what is missing.
impl fmt::Display for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let packets = text!("count-packets", count = Count(self.packets));
        let size = size(self.bytes);
        f.write_str(&text!("save-saved", packets, size))?;
        if self.gone > 0 {
            let packets = text!("count-packets", count = Count(self.gone));
            write!(f, "; {}", text!("save-gone", packets))?;
        }
        if self.comments_lost > 0 {
            let comments = text!("count-comments", count = Count(self.comments_lost));
            write!(f, "; {}", text!("save-no-room-for-comments", comments))?;
        }
        if self.times_made > 0 {
            let packets = text!("count-packets", count = Count(self.times_made));
            write!(f, "; {}", text!("save-no-room-for-no-time", packets))?;
        }
        Ok(())
    }
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The file exists, and was not to be replaced.
    #[error("{}", text!("save-exists", path = shown(.0)))]
    Exists(PathBuf),
    /// It is a directory, a device or the like.
    #[error("{}", text!("save-no-file", path = shown(.0)))]
    NoFile(PathBuf),
    /// Its directory does not exist.
    #[error("{}", text!("save-no-directory", path = shown(.0)))]
    NoDirectory(PathBuf),
    /// The user has no permission to write there.
    #[error("{}", text!("save-no-permission", path = shown(.0)))]
    Permission(PathBuf),
    /// The disk is full.
    #[error("{}", text!("save-disk-full", path = shown(.0)))]
    DiskFull(PathBuf),
    /// Another error of the system.
    #[error("{}: {}", shown(.0), .1)]
    Other(PathBuf, io::Error),
    /// A pcap file has one link type.
    #[error("{}", text!("save-link-types", link_types = listed(.0)))]
    LinkTypes(Vec<u16>),
    /// A time before 1970 or, in pcap, after 2106.
    #[error("{}", text!("save-time", packet = .0))]
    Time(u32),
    /// The capture can no longer be read.
    #[error("{}", text!("save-unreadable", packet = .0, error = .1))]
    Unreadable(u32, io::Error),
    /// The user has cancelled it.
    #[error("{}", text!("save-cancelled"))]
    Cancelled,
}

impl SaveError {
    /// Returns the meaning of an error of the file.
    pub(crate) fn of(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::NotFound => SaveError::NoDirectory(path),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                SaveError::Permission(path)
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => SaveError::DiskFull(path),
            _ => SaveError::Other(path, error),
        }
    }
}

fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// Formats `1 and 113`.
fn listed(link_types: &[u16]) -> String {
    let all = link_types.iter().map(u16::to_string);
    all.reduce(|first, last| text!("list-end", first, last))
        .unwrap_or_default()
}

/// The destination of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Its name.
    pub path: PathBuf,
    /// Whether an existing file may be replaced.
    pub replace: bool,
}

impl Destination {
    /// Checks whether it can be written, before anything is written.
    ///
    /// # Errors
    ///
    /// Fails if something else exists there.
    pub fn check(&self) -> Result<(), SaveError> {
        match fs::metadata(&self.path) {
            Ok(about) if !about.is_file() => Err(SaveError::NoFile(self.path.clone())),
            Ok(_) if !self.replace => Err(SaveError::Exists(self.path.clone())),
            // A dangling symbolic link.
            Err(_) if !self.replace && self.path.is_symlink() => {
                Err(SaveError::Exists(self.path.clone()))
            }
            _ => match directory(&self.path) {
                directory if directory.is_dir() => Ok(()),
                directory => Err(SaveError::NoDirectory(directory.to_owned())),
            },
        }
    }
}

/// Returns the directory of a file.
fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Saves packets to a file.
///
/// # Errors
///
/// Fails with the reason why nothing was saved. An existing file is then unchanged, and no other file is left.
pub fn to_file(
    store: &Store,
    choice: &Choice,
    place: &Destination,
    progress: &Progress,
) -> Result<Saved, SaveError> {
    place.check()?;
    let kind = FileType::of(&place.path);
    let copy = Copying::prepare(store, choice, kind.format, progress)?;
    let (mut saved, bytes) = put(place, |file, path| write(&copy, kind, file, path))?;
    saved.bytes = bytes;
    Ok(saved)
}

/// Writes a new file, or replaces one: there is never half a file. Returns what `write` returns, and the length of the
/// file.
///
/// # Errors
///
/// Fails with the reason why nothing was saved. An existing file is then unchanged, and no other file is left.
pub fn put<T>(
    place: &Destination,
    write: impl FnOnce(&File, &Path) -> Result<T, SaveError>,
) -> Result<(T, u64), SaveError> {
    place.check()?;
    // A symbolic link is kept and its target is replaced, but not where other users may have made the link.
    let is_shared = |path: &Path| {
        let about = fs::metadata(directory(path));
        about.is_ok_and(|about| about.mode() & 0o022 != 0)
    };
    let path = match place.replace && !is_shared(&place.path) {
        true => place.path.canonicalize().unwrap_or(place.path.clone()),
        false => place.path.clone(),
    };
    let directory = directory(&path);
    // Only its user may read a new file. A replaced file of the user keeps its permissions.
    let mode = match fs::symlink_metadata(&path) {
        Ok(about) if about.is_file() && about.uid() == geteuid().as_raw() => about.mode() & 0o777,
        _ => 0o600,
    };
    let file = tempfile::Builder::new()
        .prefix(".wiretalk-")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(directory)
        .map_err(|error| SaveError::of(directory, error))?;
    let of_file = |error| SaveError::of(&path, error);
    let written = write(file.as_file(), &path)?;
    file.as_file().sync_all().map_err(of_file)?;
    let length = file.as_file().metadata().map_err(of_file)?.len();
    let put = match place.replace {
        true => file.persist(&path),
        false => file.persist_noclobber(&path),
    };
    match put {
        Ok(_) => Ok((written, length)),
        Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => {
            Err(SaveError::Exists(path))
        }
        Err(refused) => Err(of_file(refused.error)),
    }
}

/// Saves packets to a pipe, as pcapng.
///
/// # Errors
///
/// Fails if not all could be written.
pub fn to_stream(
    store: &Store,
    choice: &Choice,
    out: impl Write,
    progress: &Progress,
) -> Result<Saved, SaveError> {
    let kind = FileType {
        format: SaveFormat::Pcapng,
        gzip: false,
    };
    let copy = Copying::prepare(store, choice, kind.format, progress)?;
    write(&copy, kind, out, Path::new(text!("save-standard-output")))
}

fn write(copy: &Copying, kind: FileType, out: impl Write, path: &Path) -> Result<Saved, SaveError> {
    let of_file = |error| SaveError::of(path, error);
    let out = BufWriter::with_capacity(BUFFER, out);
    let (saved, mut out) = match kind.gzip {
        true => {
            let (saved, writer) = copy.run(GzEncoder::new(out, Compression::default()), path)?;
            (saved, writer.into_inner().finish().map_err(of_file)?)
        }
        false => {
            let (saved, writer) = copy.run(out, path)?;
            (saved, Writer::into_inner(writer))
        }
    };
    out.flush().map_err(of_file)?;
    Ok(saved)
}

/// Returns a name for a new file: that of the capture, with the choice that is saved, and a number if needed.
pub fn free_name(capture: &str, part: &str) -> String {
    let mut stem = capture;
    for ending in [".gz", ".zst", ".lz4", ".pcapng", ".pcap", ".cap"] {
        stem = stem.strip_suffix(ending).unwrap_or(stem);
    }
    let mut stem: String = stem
        .chars()
        .map(|letter| match letter {
            '.' | '_' => letter,
            letter if letter.is_alphanumeric() => letter,
            _ => '-',
        })
        .collect();
    // Not a hidden file, and nothing that looks like an option.
    stem = stem.trim_start_matches(['.', '-']).to_owned();
    if stem.is_empty() {
        stem = "capture".to_owned();
    }
    if !part.is_empty() {
        stem = format!("{stem}-{part}");
    }
    let first = format!("{stem}.pcapng");
    let numbered = (2..MAX_NUMBER).map(|number| format!("{stem}-{number}.pcapng"));
    std::iter::once(first.clone())
        .chain(numbered)
        .find(|name| fs::symlink_metadata(name).is_err())
        .unwrap_or(first)
}
