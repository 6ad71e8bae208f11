//! The files of a live capture: one file, a ring of files, or temporary files without a name.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant, SystemTime};

use super::super::{Interface, Reader, SavedPacket, Statistics, Writer};
use crate::lang::text;

/// Written packets are passed to the system in pieces of this many bytes, or when no more arrive.
const BUFFER: usize = 1 << 20;

/// When the next file of a ring begins, and how many are kept. As dumpcap's `-b`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ring {
    /// After this many bytes.
    pub size: Option<u64>,
    /// After this long.
    pub duration: Option<Duration>,
    /// At each multiple of this since midnight UTC.
    pub interval: Option<Duration>,
    /// After this many packets.
    pub packets: Option<u64>,
    /// How many files are kept; the oldest is removed. Without it all are kept.
    pub files: Option<u32>,
}

impl Ring {
    fn is_set(&self) -> bool {
        let Ring {
            size,
            duration,
            interval,
            packets,
            files: _,
        } = self;
        size.is_some() || duration.is_some() || interval.is_some() || packets.is_some()
    }
}

/// The destination of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file without a name, in pieces of this many bytes if old ones may be evicted.
    Temporary(Option<u64>),
    /// This file, or files named after it.
    Named(PathBuf, Ring),
}

/// A change in the files of a capture.
pub enum Segment {
    /// A file has begun; the previous one is complete. It can be read while it grows.
    Begun(Box<Reader>),
    /// The oldest file was removed from the ring.
    Removed,
}

/// Writes the packets of a capture.
pub struct Output {
    target: Target,
    interfaces: Vec<Interface>,
    segments: Sender<Segment>,
    writer: Writer<Sink>,
    path: Option<PathBuf>,
    begun: Instant,
    begun_at: SystemTime,
    /// Packets in this file.
    packets: u64,
    /// How many files have begun.
    files: u32,
    /// The files of a ring that still exist, without the current one.
    kept: VecDeque<PathBuf>,
    /// Bytes of the previous files.
    before: u64,
}

impl Output {
    /// Begins the first file.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn begin(
        target: Target,
        interfaces: Vec<Interface>,
        segments: Sender<Segment>,
    ) -> io::Result<Self> {
        let now = SystemTime::now();
        let (writer, path) = open(&target, 1, now, &interfaces, &segments)?;
        Ok(Output {
            target,
            interfaces,
            segments,
            writer,
            path,
            begun: Instant::now(),
            begun_at: now,
            packets: 0,
            files: 1,
            kept: VecDeque::new(),
            before: 0,
        })
    }

    /// Begins anew, as if nothing had been captured.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn restart(&mut self, segments: Sender<Segment>) -> io::Result<()> {
        let (target, interfaces) = (self.target.clone(), self.interfaces.clone());
        *self = Output::begin(target, interfaces, segments)?;
        Ok(())
    }

    /// Adds a packet.
    ///
    /// # Errors
    ///
    /// Those of the file.
    #[inline]
    pub fn packet(&mut self, packet: &SavedPacket) -> io::Result<()> {
        self.packets += 1;
        self.writer.packet(packet)
    }

    /// Adds an interface's statistics so far.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn statistics(&mut self, interface: u32, statistics: Statistics) -> io::Result<()> {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos() as i64);
        self.writer.statistics(interface, now, statistics)
    }

    /// Passes written packets to the system, so that readers of the file see them.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.get_mut().flush()
    }

    /// Returns how many more packets this file takes, if their number is limited.
    pub fn room(&self) -> Option<u64> {
        match &self.target {
            Target::Temporary(_) => None,
            Target::Named(_, ring) => Some(ring.packets?.saturating_sub(self.packets)),
        }
    }

    /// Returns whether the next file is due.
    pub fn is_full(&self) -> bool {
        let size = self.writer.written();
        match &self.target {
            Target::Temporary(most) => most.is_some_and(|most| size >= most),
            Target::Named(_, ring) => {
                let interval = |interval: Duration| {
                    let slot = |time: SystemTime| {
                        let since = time.duration_since(SystemTime::UNIX_EPOCH);
                        since.map_or(0, |since| since.as_secs() / interval.as_secs().max(1))
                    };
                    slot(SystemTime::now()) != slot(self.begun_at)
                };
                ring.size.is_some_and(|most| size >= most)
                    || self.room() == Some(0)
                    || ring
                        .duration
                        .is_some_and(|most| self.begun.elapsed() >= most)
                    || ring.interval.is_some_and(interval)
            }
        }
    }

    /// Begins the next file; the oldest is removed if there are too many.
    ///
    /// # Errors
    ///
    /// This file cannot be finished or the next cannot be written.
    pub fn next_file(&mut self) -> io::Result<()> {
        self.flush()?;
        let number = self.files + 1;
        let now = SystemTime::now();
        let (writer, path) = open(&self.target, number, now, &self.interfaces, &self.segments)?;
        self.before += self.writer.written();
        self.writer = writer;
        self.kept.extend(std::mem::replace(&mut self.path, path));
        self.begun = Instant::now();
        self.begun_at = now;
        self.packets = 0;
        self.files = number;
        if let Target::Named(
            _,
            Ring {
                files: Some(most), ..
            },
        ) = self.target
        {
            while self.kept.len() + 1 > most.max(1) as usize
                && let Some(oldest) = self.kept.pop_front()
            {
                match std::fs::remove_file(&oldest) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                    _ => {
                        let _ = self.segments.send(Segment::Removed);
                    }
                }
            }
        }
        Ok(())
    }

    /// Returns the path of the current file; none for a temporary one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Returns how many files have begun.
    pub fn files(&self) -> u32 {
        self.files
    }

    /// Returns the bytes in this file.
    pub fn size(&self) -> u64 {
        self.writer.written()
    }

    /// Returns the bytes of all files.
    pub fn written(&self) -> u64 {
        self.before + self.writer.written()
    }

    /// Cuts off an incomplete packet after writing to the file has failed. Returns how many packets could not be kept.
    pub fn give_up(&mut self) -> u64 {
        self.writer.get_mut().cut()
    }
}

/// Creates a file, describes the interfaces in it, and announces it to the receiver of the segments.
fn open(
    target: &Target,
    number: u32,
    now: SystemTime,
    interfaces: &[Interface],
    segments: &Sender<Segment>,
) -> io::Result<(Writer<Sink>, Option<PathBuf>)> {
    let path = match target {
        Target::Temporary(_) => None,
        Target::Named(path, ring) if ring.is_set() => Some(numbered(path, number, now)),
        Target::Named(path, _) => Some(path.clone()),
    };
    let file = match &path {
        Some(path) => create(path)?,
        None => temporary()?,
    };
    // The capture is shown from the file.
    if !file.metadata()?.is_file() {
        return Err(io::Error::other(text!("live-not-readable-again")));
    }
    let mut writer = Writer::pcapng(Sink::new(file.try_clone()?))?;
    for interface in interfaces {
        writer.interface(interface)?;
    }
    writer.get_mut().flush()?;
    let name = path.as_deref().map(Path::to_string_lossy);
    let name = name.unwrap_or_else(|| text!("live-nameless").into());
    let reader = Reader::from_file(file, &name).map_err(io::Error::other)?;
    let _ = segments.send(Segment::Begun(Box::new(reader)));
    Ok((writer, path))
}

/// Creates a file that only its user may read, or empties one. In a directory where others may create files, such as
/// /tmp, a symbolic link is not followed, and another user's file is not written.
fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600);
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let shared = std::fs::metadata(directory)?.mode() & 0o022 != 0;
    if shared {
        options.custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits());
    }
    let file = options.open(path)?;
    let about = file.metadata()?;
    if shared && about.uid() != nix::unistd::geteuid().as_raw() {
        return Err(io::Error::other(text!("live-not-own-file")));
    }
    // Truncated only after the check, so that another user's file keeps its contents.
    if about.is_file() {
        file.set_len(0)?;
    }
    Ok(file)
}

/// Creates a file without a name, which is removed when it is closed. Captures are large, and where temporary files are
/// kept in memory there is another directory for large ones (FHS section 5.15).
fn temporary() -> io::Result<File> {
    if std::env::var_os("TMPDIR").is_none()
        && let Ok(file) = tempfile::tempfile_in("/var/tmp")
    {
        return Ok(file);
    }
    tempfile::tempfile()
}

/// Returns `name_00001_20261122153000.pcapng`, as dumpcap names files: sorted by name they are in the order of time.
fn numbered(path: &Path, number: u32, now: SystemTime) -> PathBuf {
    let time = chrono::DateTime::<chrono::Local>::from(now).format("%Y%m%d%H%M%S");
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path
        .extension()
        .map(|ending| format!(".{}", ending.to_string_lossy()))
        .unwrap_or_default();
    path.with_file_name(format!("{stem}_{number:05}_{time}{ending}"))
}

/// A file with a buffer of whole blocks.
struct Sink {
    file: File,
    buffer: Vec<u8>,
    /// The bytes that were written to the file.
    offset: u64,
}

impl Sink {
    fn new(file: File) -> Self {
        Sink {
            file,
            buffer: Vec::with_capacity(BUFFER),
            offset: 0,
        }
    }

    /// Leaves only whole blocks in the file. Returns how many packets were lost.
    fn cut(&mut self) -> u64 {
        let there = self
            .file
            .metadata()
            .map_or(self.offset, |about| about.len());
        let fits = there.saturating_sub(self.offset);
        let (mut whole, mut at, mut lost) = (0, 0_usize, 0);
        while let Some(head) = self.buffer.get(at..at + 8) {
            let [a, b, c, d] = [head[4], head[5], head[6], head[7]];
            at += (u32::from_le_bytes([a, b, c, d]) as usize).max(12);
            if at as u64 <= fits {
                whole = at as u64;
            } else {
                lost += u64::from(head[0] == super::super::extent::ENHANCED_PACKET as u8);
            }
        }
        let _ = self.file.set_len(self.offset + whole);
        self.offset += whole;
        self.buffer.clear();
        lost
    }
}

impl Write for Sink {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend(bytes);
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            // Written at an offset, so that the file's own position stays at its beginning for the reader.
            self.file.write_all_at(&self.buffer, self.offset)?;
            self.offset += self.buffer.len() as u64;
            self.buffer.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn files_are_those_of_their_user() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let file = create(&at("new")).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(at("other"), "kept").unwrap();
        symlink(at("other"), at("link")).unwrap();
        // In the user's own directory a link is the user's own.
        create(&at("link")).unwrap();
        assert_eq!(fs::read(at("other")).unwrap(), b"");
        fs::write(at("other"), "kept").unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o777)).unwrap();
        assert!(create(&at("link")).is_err());
        assert_eq!(fs::read(at("other")).unwrap(), b"kept");
        create(&at("other")).unwrap();
        assert_eq!(fs::read(at("other")).unwrap(), b"");
        if nix::unistd::geteuid().is_root() {
            fs::write(at("planted"), "kept").unwrap();
            std::os::unix::fs::chown(at("planted"), Some(65534), None).unwrap();
            assert!(create(&at("planted")).is_err());
            assert_eq!(fs::read(at("planted")).unwrap(), b"kept");
        }
    }
}
