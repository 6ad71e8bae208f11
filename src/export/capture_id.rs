//! The hash that names a capture in every row of its tables.

use crate::report::hex;
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, Read},
    sync::{Mutex, OnceLock, PoisonError},
    thread::JoinHandle,
};

/// The SHA-256 of a capture file. It is computed while the capture is read.
pub struct CaptureId {
    known: OnceLock<String>,
    computing: Mutex<Option<JoinHandle<io::Result<String>>>>,
    /// Where a stream was captured.
    sensor: String,
}

impl CaptureId {
    /// Begins to compute that of files: of one file its SHA-256, of several that of the list of theirs.
    ///
    /// # Errors
    ///
    /// Fails if there can be no more threads.
    pub fn of_files(
        files: impl Iterator<Item = io::Result<File>> + Send + 'static,
    ) -> io::Result<Self> {
        let thread = std::thread::Builder::new().name("hash".to_owned());
        let computing = thread.spawn(move || hash_all(files))?;
        Ok(CaptureId {
            known: OnceLock::new(),
            computing: Mutex::new(Some(computing)),
            sensor: String::new(),
        })
    }

    /// Returns that of a capture which is in no file, such as a pipe. It is known once the first packet is there.
    pub fn of_stream(sensor: &str) -> Self {
        CaptureId {
            known: OnceLock::new(),
            computing: Mutex::new(None),
            sensor: sensor.to_owned(),
        }
    }

    /// Returns that of a live capture, which no other has.
    pub fn of_run(sensor: &str) -> Self {
        let random = || RandomState::new().build_hasher().finish();
        let mut hash = Sha256::new();
        hash.update(sensor.as_bytes());
        hash.update(random().to_be_bytes());
        hash.update(random().to_be_bytes());
        CaptureId {
            known: OnceLock::from(hex(&hash.finalize())),
            computing: Mutex::new(None),
            sensor: String::new(),
        }
    }

    /// Returns what the names of the capture's files begin with.
    ///
    /// # Errors
    ///
    /// Fails if the capture cannot be read.
    pub fn prefix(&self) -> io::Result<String> {
        let id = self.get()?;
        Ok(format!("part-{}-", id.get(..16).unwrap_or(id)))
    }

    /// Tells when the first packet came: the hash of a stream is that of its sensor and this time.
    pub fn began(&self, began_ns: i64) {
        let computing = self
            .computing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if computing.is_none() && self.known.get().is_none() {
            let mut hash = Sha256::new();
            hash.update(self.sensor.as_bytes());
            hash.update(began_ns.to_be_bytes());
            // Only the holder of the lock sets it.
            let _ = self.known.set(hex(&hash.finalize()));
        }
    }

    /// Returns it, in hexadecimal, once it is known.
    ///
    /// # Errors
    ///
    /// Fails if the capture cannot be read.
    pub fn get(&self) -> io::Result<&str> {
        if self.known.get().is_none() {
            let mut computing = self
                .computing
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some(thread) = computing.take() {
                let hash = thread.join().map_err(|_| io::Error::other("hash"))??;
                // Only the holder of the lock sets it.
                let _ = self.known.set(hash);
            }
        }
        let known = self.known.get().map(String::as_str);
        known.ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}

fn hash_all(files: impl Iterator<Item = io::Result<File>>) -> io::Result<String> {
    let mut all = Vec::new();
    for file in files {
        all.push(hash_of(file?)?);
    }
    if let [only] = &*all {
        return Ok(hex(only));
    }
    // Whatever the order of their names: their packets come in that of time.
    all.sort_unstable();
    let mut list = Sha256::new();
    all.iter().for_each(|hash| list.update(hash));
    Ok(hex(&list.finalize()))
}

/// As many bytes are read at once: they are still in the fastest cache when they are hashed.
const READ: usize = 1 << 16;

fn hash_of(mut file: File) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; READ];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            count => hash.update(buffer.get(..count).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, Write};

    fn file(content: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file.rewind().unwrap();
        file
    }

    /// The example of FIPS 180-2, appendix B.1.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn one_file_has_its_own_hash_and_several_that_of_the_list() {
        let one = CaptureId::of_files([Ok(file(b"abc"))].into_iter()).unwrap();
        assert_eq!((one.get().unwrap(), one.get().unwrap()), (ABC, ABC));
        let two = CaptureId::of_files([file(b"abc"), file(b"abc")].map(Ok).into_iter()).unwrap();
        let mut list = Sha256::new();
        list.update(Sha256::digest(b"abc"));
        list.update(Sha256::digest(b"abc"));
        assert_eq!(two.get().unwrap(), hex(&list.finalize()));
    }
}
