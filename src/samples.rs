//! The samples of the program, to try it on and to learn from.

use include_dir::{Dir, include_dir};
use std::{
    fs::File,
    io::{self, Seek, Write},
};

static FOLDER: Dir = include_dir!("$CARGO_MANIFEST_DIR/samples");

/// A sample.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Its file name.
    pub name: &'static str,
    /// What it shows, in a few words.
    pub shows: &'static str,
    bytes: &'static [u8],
}

/// Returns all of them, in the order of their README.
pub fn all() -> Vec<Sample> {
    let text = FOLDER
        .get_file("README.md")
        .and_then(|file| file.contents_utf8())
        .unwrap_or("");
    text.lines().filter_map(row).collect()
}

/// Parses a line of README's tables: file, what it shows, what to look at.
fn row(line: &'static str) -> Option<Sample> {
    let (name, rest) = line.strip_prefix("| `")?.split_once('`')?;
    let (_, rest) = rest.split_once('|')?;
    let (shows, _) = rest.split_once('|')?;
    let bytes = FOLDER.get_file(name)?.contents();
    Some(Sample {
        name,
        shows: shows.trim(),
        bytes,
    })
}

impl Sample {
    /// Opens it, from an unnamed temporary file.
    pub fn open(&self) -> io::Result<File> {
        let mut file: File = tempfile::tempfile()?;
        file.write_all(self.bytes)?;
        file.rewind()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Reader;

    #[test]
    fn every_capture_is_described_and_opens() {
        let all = all();
        let described = |name: &str| all.iter().any(|sample| sample.name == name);
        for file in FOLDER.files() {
            let name = file.path().to_str().unwrap();
            if name.ends_with(".pcap") || name.ends_with(".pcapng") {
                assert!(
                    described(name),
                    "{name} stands in no table of samples/README.md"
                );
            }
        }
        for sample in &all {
            let file = sample.open().unwrap();
            let mut reader = Reader::from_file(file, sample.name).unwrap();
            while reader.next().is_some() {}
            assert!(reader.packets() > 0 && !reader.damaged(), "{}", sample.name);
        }
    }
}
