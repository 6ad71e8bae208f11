//! Compressed files among several: decompressed one after another into a file without a name.

use super::decompress::{Members, Raw};
use super::open::{Compression, OpenError, Spool};
use super::source::{Stored, Stream, WINDOW};
use crate::lang::text;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::Duration;

/// Returns the decompressed bytes of a file.
pub(super) fn members(file: &File, compression: Compression) -> io::Result<Members> {
    let from_start = FromStart(file.try_clone()?, 0);
    Ok(Members::new(Raw::new(Box::new(from_start)), compression))
}

/// A file read from its beginning, wherever others read it.
struct FromStart(File, u64);

impl Read for FromStart {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let got = self.0.read_at(into, self.1)?;
        self.1 += got as u64;
        Ok(got)
    }
}

impl Stream for FromStart {
    fn is_readable(&self, _timeout: Duration) -> bool {
        true
    }
}

/// The file without a name that holds decompressed files, one after another.
pub(super) struct Decompressed {
    file: Result<Arc<File>, String>,
    used: u64,
    /// How much the last file takes.
    pub last: u64,
}

impl Decompressed {
    pub fn of(spool: Spool) -> Decompressed {
        let file = spool.0.map(Arc::new);
        Decompressed {
            file: file.map_err(|error| error.to_string()),
            used: 0,
            last: 0,
        }
    }

    /// Decompresses a file, at most so many bytes; returns where it is, and why it ended early if it did.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if there is no such file.
    pub fn keep(
        &mut self,
        members: &mut Members,
        most: u64,
        name: &str,
    ) -> Result<(Stored, Option<String>), OpenError> {
        let file = match &self.file {
            Ok(file) => Arc::clone(file),
            Err(error) => {
                return Err(OpenError::NoTemporaryFile {
                    file: name.to_owned(),
                    error: error.clone(),
                });
            }
        };
        self.last = 0;
        let mut chunk = vec![0; 2 * WINDOW];
        let mut trouble = None;
        while self.last < most {
            let got = match members.read(&mut chunk) {
                Ok(0) => break,
                Ok(got) => got,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    trouble = Some(error.to_string());
                    break;
                }
            };
            let came = chunk.get(..got).unwrap_or_default();
            if let Err(error) = file.write_all_at(came, self.used + self.last) {
                trouble = Some(text!("problem-no-temporary-file", error));
                break;
            }
            self.last += got as u64;
        }
        let part = Stored::part(file, self.used, self.last);
        self.used += self.last;
        Ok((part, trouble))
    }

    /// Uses the room of the last file again.
    pub fn forget_last(&mut self) {
        self.used -= self.last;
    }
}
