//! The program's small files in the user's directories: settings, filters and captures that are kept from run to run. The
//! directories may hold anything. A file that is no plain file of the user, is too large or is not text is not read.

use crate::{format::printable, lang::text};
use nix::{errno::Errno, fcntl::OFlag};
use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

/// The reason why a file is not read.
#[derive(Debug)]
pub enum Unread {
    /// There is none.
    Missing,
    /// It is a symbolic link.
    Link,
    /// It is a directory, a pipe or a device.
    NoFile,
    /// It belongs to another user.
    OtherUser,
    /// Everybody can write it.
    Writable,
    /// It is too large.
    TooLarge,
    /// It is not text in UTF-8.
    Damaged,
    /// The system refuses it.
    Refused(io::Error),
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unread::Missing => text!("kept-missing"),
            Unread::Link => text!("kept-link"),
            Unread::NoFile => text!("kept-no-file"),
            Unread::OtherUser => text!("kept-other-user"),
            Unread::Writable => text!("kept-writable"),
            Unread::TooLarge => text!("kept-too-large"),
            Unread::Damaged => text!("kept-damaged"),
            Unread::Refused(error) => return error.fmt(f),
        })
    }
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error().map(Errno::from_raw) {
            Some(Errno::ENOENT | Errno::ENOTDIR) => Unread::Missing,
            Some(Errno::ELOOP) => Unread::Link,
            // A socket, or a device that is not there.
            Some(Errno::ENXIO) => Unread::NoFile,
            _ => Unread::Refused(error),
        }
    }
}

/// Reads a plain file of this user, of at most this many bytes.
///
/// # Errors
///
/// [`Unread`] says why it is not read.
pub fn read(path: &Path, most: u64) -> Result<String, Unread> {
    read_of(path, nix::unistd::geteuid().as_raw(), most)
}

/// Reads a plain file of a user, as whom the program may not run so far.
///
/// # Errors
///
/// [`Unread`] says why it is not read.
pub fn read_of(path: &Path, owner: u32, most: u64) -> Result<String, Unread> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let mut options = OpenOptions::new();
    let file: File = match options.read(true).custom_flags(flags.bits()).open(path) {
        Ok(file) => file,
        // The home directory of another user, which sudo or setpriv left in the environment.
        Err(error) if is_denied(&error) && fs::metadata(path).is_err_and(|e| is_denied(&e)) => {
            return Err(Unread::Missing);
        }
        Err(error) => return Err(error.into()),
    };
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(Unread::NoFile);
    }
    if about.uid() != owner {
        return Err(Unread::OtherUser);
    }
    if about.mode() & 0o002 != 0 {
        return Err(Unread::Writable);
    }
    if about.len() > most {
        return Err(Unread::TooLarge);
    }
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).map_err(|_| Unread::Damaged)?;
    let is_text = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t');
    match text.chars().all(is_text) {
        true => Ok(text),
        false => Err(Unread::Damaged),
    }
}

fn is_denied(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

/// A larger file of lines is not read, bytes.
const MAX_LINES: u64 = 512 * 1024;

/// Reads the lines of a plain file of a user; none if it is not there.
///
/// # Errors
///
/// Fails with a sentence if the file is to be ignored.
pub fn lines(path: &Path, owner: u32) -> Result<Vec<String>, String> {
    match read_of(path, owner, MAX_LINES) {
        Ok(text) => Ok(text.lines().map(|line| line.replace('\t', " ")).collect()),
        Err(Unread::Missing) => Ok(Vec::new()),
        Err(error) => {
            let path = printable(&path.to_string_lossy());
            Err(text!("kept-ignored", path, error))
        }
    }
}

/// Writes a file that only this user can read, in one step for others.
///
/// # Errors
///
/// Fails if it cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    // What an earlier run left, or a link that someone put there.
    let _ = fs::remove_file(&new);
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(bytes)?;
    drop(file);
    fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::{sys::stat::Mode, unistd::mkfifo};
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// Nothing but a plain file of the user is read, and nothing is waited for.
    #[test]
    fn only_a_plain_file_of_the_user_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let read = || read(&path, 100);
        let refused = |words: &str| {
            let why = read().unwrap_err().to_string();
            assert!(why.contains(words), "{why}");
        };
        assert!(matches!(read(), Err(Unread::Missing)));
        replace(&path, b"a = 1\r\n\tb\n").unwrap();
        assert_eq!(read().unwrap(), "a = 1\r\n\tb\n");
        let mut mode = fs::metadata(&path).unwrap().permissions();
        mode.set_mode(0o666);
        fs::set_permissions(&path, mode).unwrap();
        refused("everybody");
        for (bytes, words) in [
            (vec![b'a'; 101], "large"),
            (vec![0xff, 0x80], "text"),
            (b"a\x1b[2J".to_vec(), "text"),
        ] {
            replace(&path, &bytes).unwrap();
            refused(words);
        }
        let other = nix::unistd::geteuid().as_raw() + 1;
        replace(&path, b"a").unwrap();
        let why = read_of(&path, other, 100).unwrap_err().to_string();
        assert!(why.contains("another user"), "{why}");
        fs::remove_file(&path).unwrap();
        mkfifo(&path, Mode::S_IRWXU).unwrap();
        refused("plain file");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        refused("plain file");
        fs::remove_dir(&path).unwrap();
        let target = folder.path().join("target");
        replace(&target, b"a").unwrap();
        symlink(&target, &path).unwrap();
        refused("link");
    }
}
