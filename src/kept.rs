//! Files of text that the program reads at the beginning of a run, and those that it keeps from run to run, in the
//! directory of its state.
//!
//! The directory may hold anything. A file that is no plain file of this user, is too large or is not lines of text is
//! ignored and left as it is.

use crate::{format::printable, lang::text};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

/// A larger file is not read, bytes.
const MAX_FILE: u64 = 512 * 1024;

/// Reads the lines of a file; none if it is not there. It must belong to the user of this process or to one of `owners`.
///
/// # Errors
///
/// Fails with a sentence if the file is to be ignored.
pub fn lines(path: &Path, owners: &[u32]) -> Result<Vec<String>, String> {
    match read(path, owners) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => {
            let path = printable(&path.to_string_lossy());
            Err(text!("kept-ignored", path, error))
        }
    }
}

/// Reads a plain file of this user.
fn read(path: &Path, owners: &[u32]) -> io::Result<String> {
    let flags = nix::fcntl::OFlag::O_NOFOLLOW | nix::fcntl::OFlag::O_NONBLOCK;
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(flags.bits()).open(path);
    let file: File = file.map_err(|error| match error.raw_os_error() {
        Some(code) if code == nix::errno::Errno::ELOOP as i32 => wrong(text!("kept-link")),
        _ => error,
    })?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(wrong(text!("kept-no-file")));
    }
    let mine = nix::unistd::geteuid().as_raw();
    if about.uid() != mine && !owners.contains(&about.uid()) {
        return Err(wrong(text!("kept-other-user")));
    }
    if about.len() > MAX_FILE {
        return Err(wrong(text!("kept-too-large")));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE).read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).map_err(|_| wrong(text!("kept-damaged")))?;
    let text = text.replace('\t', " ");
    match text.contains(|letter: char| letter.is_control() && letter != '\n') {
        true => Err(wrong(text!("kept-damaged"))),
        false => Ok(text),
    }
}

fn wrong(words: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
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
