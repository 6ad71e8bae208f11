//! The files of a live capture: one file, a ring of files, or a temporary file without a name.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::super::open::no_temporary_file;
use super::super::source::punch;
use super::super::{Interface, SavedPacket, Statistics, Writer};
use super::message;
use crate::lang::text;
use serde::{Deserialize, Serialize};

/// Written packets are passed to the system in pieces of this many bytes, or when no more arrive.
const BUFFER: usize = 1 << 20;

/// When the next file of a ring begins, and how many are kept. As dumpcap's `-b`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The file, or the one after which the files of a ring are named; a temporary one without a name if there is none.
    #[serde(with = "message::path")]
    pub file: Option<PathBuf>,
    /// When the next file begins.
    pub ring: Ring,
}

impl Target {
    /// Returns whether there may be several files.
    fn is_ring(&self) -> bool {
        self.file.is_some() && self.ring.is_set()
    }
}

/// A change in the files of a capture.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// A file has begun; the previous one is complete. It can be read while it grows.
    Begun(Option<PathBuf>),
    /// The oldest file was removed from the ring.
    Removed,
}

/// Writes the packets of a capture.
pub(super) struct Output {
    target: Target,
    interfaces: Vec<Interface>,
    /// The file without a name, which exists already.
    temporary: Option<Arc<File>>,
    /// The offset up to which its disk space was freed.
    freed: u64,
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
    changes: Vec<Change>,
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
        temporary: Option<Arc<File>>,
    ) -> io::Result<Self> {
        let now = SystemTime::now();
        let (writer, path) = open(&target, 1, now, &interfaces, temporary.as_ref())?;
        Ok(Output {
            target,
            interfaces,
            temporary,
            freed: 0,
            writer,
            changes: vec![Change::Begun(path.clone())],
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
    pub fn restart(&mut self) -> io::Result<()> {
        let (target, interfaces) = (self.target.clone(), self.interfaces.clone());
        *self = Output::begin(target, interfaces, self.temporary.clone())?;
        Ok(())
    }

    /// Returns the changes since the last call.
    pub fn changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Frees the disk space of the temporary file before an offset, if the file system supports it.
    pub fn free(&mut self, before: u64) {
        let before = before.min(self.writer.get_mut().offset);
        if let Some(file) = &self.temporary
            && before > self.freed
            && punch(file, self.freed, before).is_ok()
        {
            self.freed = before;
        }
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
        let most = self.target.ring.packets.filter(|_| self.target.is_ring());
        Some(most?.saturating_sub(self.packets))
    }

    /// Returns whether the next file is due.
    pub fn is_full(&self) -> bool {
        let size = self.writer.written();
        let ring = &self.target.ring;
        let interval = |interval: Duration| {
            let slot = |time: SystemTime| {
                let since = time.duration_since(SystemTime::UNIX_EPOCH);
                since.map_or(0, |since| since.as_secs() / interval.as_secs().max(1))
            };
            slot(SystemTime::now()) != slot(self.begun_at)
        };
        self.target.is_ring()
            && (ring.size.is_some_and(|most| size >= most)
                || self.room() == Some(0)
                || ring
                    .duration
                    .is_some_and(|most| self.begun.elapsed() >= most)
                || ring.interval.is_some_and(interval))
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
        let (writer, path) = open(&self.target, number, now, &self.interfaces, None)?;
        self.changes.push(Change::Begun(path.clone()));
        self.before += self.writer.written();
        self.writer = writer;
        self.kept.extend(std::mem::replace(&mut self.path, path));
        self.begun = Instant::now();
        self.begun_at = now;
        self.packets = 0;
        self.files = number;
        if let Some(most) = self.target.ring.files {
            while self.kept.len() + 1 > most.max(1) as usize
                && let Some(oldest) = self.kept.pop_front()
            {
                match std::fs::remove_file(&oldest) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                    _ => self.changes.push(Change::Removed),
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

    /// Returns how many files there are: those that a ring has removed are not counted.
    pub fn files_kept(&self) -> u32 {
        u32::try_from(self.kept.len() + 1).unwrap_or(u32::MAX)
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

/// Creates a file, or empties the temporary one, and describes the interfaces in it.
fn open(
    target: &Target,
    number: u32,
    now: SystemTime,
    interfaces: &[Interface],
    temporary: Option<&Arc<File>>,
) -> io::Result<(Writer<Sink>, Option<PathBuf>)> {
    let path = target.file.as_ref().map(|path| match target.is_ring() {
        true => numbered(path, number, now),
        false => path.clone(),
    });
    let file = match (&path, temporary) {
        (Some(path), _) => Arc::new(create(path)?),
        (None, Some(file)) => Arc::clone(file),
        (None, None) => return Err(ErrorKind::NotFound.into()),
    };
    // The capture is shown from the file.
    if !file.metadata()?.is_file() {
        return Err(io::Error::other(text!("live-not-readable-again")));
    }
    file.set_len(0)?;
    let mut writer = Writer::pcapng(Sink::new(file))?;
    for interface in interfaces {
        writer.interface(interface)?;
    }
    writer.get_mut().flush()?;
    Ok((writer, path))
}

/// Creates or opens a file that only its user may read. In a directory where others may create files, such as
/// /tmp, a symbolic link is not followed, and another user's file is not written.
fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    // Opened for reading, too, so that opening a named pipe does not block; it is refused later.
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
    Ok(file)
}

/// Creates a file without a name, which is removed when it is closed. Captures are large, and where temporary files are
/// kept in memory there is another directory for large ones (FHS section 5.15).
pub(super) fn temporary() -> io::Result<File> {
    if std::env::var_os("TMPDIR").is_none()
        && let Ok(file) = tempfile::tempfile_in("/var/tmp")
    {
        return Ok(file);
    }
    tempfile::tempfile().map_err(no_temporary_file)
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
    file: Arc<File>,
    buffer: Vec<u8>,
    /// The bytes that were written to the file.
    offset: u64,
}

impl Sink {
    fn new(file: Arc<File>) -> Self {
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
        fs::set_permissions(directory.path(), Permissions::from_mode(0o777)).unwrap();
        assert!(create(&at("link")).is_err());
        assert_eq!(fs::read(at("other")).unwrap(), b"kept");
        create(&at("other")).unwrap();
        if nix::unistd::geteuid().is_root() {
            fs::write(at("planted"), "kept").unwrap();
            std::os::unix::fs::chown(at("planted"), Some(65534), None).unwrap();
            assert!(create(&at("planted")).is_err());
            assert_eq!(fs::read(at("planted")).unwrap(), b"kept");
        }
    }

    fn output(target: Target, temporary: Option<File>) -> Output {
        let interfaces = vec![Interface::default()];
        Output::begin(target, interfaces, temporary.map(Arc::new)).unwrap()
    }

    fn write(output: &mut Output, packets: u32) {
        for _ in 0..packets {
            let packet = SavedPacket {
                time_ns: 0,
                interface: 0,
                original: 4000,
                data: &[7; 4000],
                is_timeless: false,
                comments: &[],
            };
            output.packet(&packet).unwrap();
        }
        output.flush().unwrap();
    }

    #[test]
    fn what_is_no_longer_needed_of_a_temporary_file_is_freed() {
        let file = tempfile::tempfile().unwrap();
        let mut output = output(Target::default(), Some(file.try_clone().unwrap()));
        write(&mut output, 1000);
        let blocks = || file.metadata().unwrap().blocks() * 512;
        let whole = blocks();
        output.free(3_000_000);
        assert!(blocks() <= whole - 2_990_000, "{} of {whole}", blocks());
        // No more than was written.
        output.free(u64::MAX);
        write(&mut output, 1);
        assert!(blocks() >= 4000);
        output.restart().unwrap();
        assert!(file.metadata().unwrap().len() < 1000);
        write(&mut output, 1000);
        assert!(blocks() >= 4_000_000, "the new capture is whole");
    }

    #[test]
    fn a_ring_says_which_files_begin_and_go() {
        let directory = tempfile::tempdir().unwrap();
        let target = Target {
            file: Some(directory.path().join("ring.pcapng")),
            ring: Ring {
                packets: Some(2),
                files: Some(2),
                ..Ring::default()
            },
        };
        let mut output = output(target, None);
        assert!(matches!(&output.changes()[..], [Change::Begun(Some(_))]));
        write(&mut output, 2);
        assert!(output.is_full());
        output.next_file().unwrap();
        assert!(matches!(&output.changes()[..], [Change::Begun(Some(_))]));
        output.next_file().unwrap();
        let [Change::Begun(Some(last)), Change::Removed] = &output.changes()[..] else {
            panic!();
        };
        assert!(last.exists());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }
}
