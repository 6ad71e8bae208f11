//! Display filters that are kept from run to run, in the program's state directory: the last ones that were applied, and
//! those that have a name. The files are text: one filter a line, with a name in quotes before it as Wireshark's
//! `dfilters` has it.
//!
//! A file that is no plain file of this user, is too large or is not such text is ignored and left as it is.

use crate::{
    filter::{Filter, named_line},
    lang::text,
    own_file,
};
use std::{io, path::PathBuf};

/// As many filters are kept that were applied.
const MAX_USED: usize = 100;

/// As many filters have a name.
const MAX_NAMED: usize = 200;

/// A longer filter is not written, bytes.
const MAX_FILTER: usize = 2000;

const USED: &str = "filter-history";
const NAMED: &str = "filters";

/// The filters, and where they are kept.
#[derive(Clone, Debug, Default)]
pub struct KeptFilters {
    directory: Option<PathBuf>,
    used: Vec<String>,
    named: Vec<(String, String)>,
    /// The files that are ignored, which are not written either.
    ignored: Vec<&'static str>,
}

impl KeptFilters {
    /// Reads them from a directory. Returns also what is wrong with it, as a sentence.
    pub fn read(directory: Option<PathBuf>) -> (Self, Option<String>) {
        let mut kept = KeptFilters {
            directory,
            ..KeptFilters::default()
        };
        let used = kept.lines(USED);
        let named = kept.lines(NAMED);
        let wrong = [&used, &named]
            .into_iter()
            .find_map(|lines| lines.as_ref().err().cloned());
        kept.used = used.unwrap_or_default();
        kept.used.retain(|filter| filter.parse::<Filter>().is_ok());
        let more = kept.used.len().saturating_sub(MAX_USED);
        kept.used.drain(..more);
        let named = named.unwrap_or_default();
        kept.named = named
            .iter()
            .filter_map(|line| parse_named(line))
            .take(MAX_NAMED)
            .collect();
        (kept, wrong)
    }

    /// Returns the filters that were applied, the latest last.
    pub fn used(&self) -> &[String] {
        &self.used
    }

    /// Returns the filters that have a name, in the order of their names.
    pub fn named(&self) -> &[(String, String)] {
        &self.named
    }

    /// Adds a filter that was applied.
    pub fn add(&mut self, filter: &str) {
        // Another run may have added some.
        if let Ok(lines) = self.lines(USED)
            && !lines.is_empty()
        {
            self.used = lines;
        }
        self.used.retain(|used| used != filter);
        self.used.push(filter.to_owned());
        let more = self.used.len().saturating_sub(MAX_USED);
        self.used.drain(..more);
        // What cannot be kept is still there in this run.
        let _ = self.write(USED, self.used.iter().cloned());
    }

    /// Keeps a filter under a name, which replaces the one of that name.
    ///
    /// # Errors
    ///
    /// Fails with the reason why it is only kept in this run.
    pub fn name(&mut self, name: &str, filter: &str) -> Result<(), String> {
        let name: String = name.chars().filter(|letter| *letter != '"').collect();
        self.named.retain(|(known, _)| *known != name);
        if self.named.len() >= MAX_NAMED {
            return Err(text!("kept-too-many", most = MAX_NAMED));
        }
        self.named.push((name, filter.to_owned()));
        self.named.sort();
        self.write_named()
    }

    /// Removes the filter of a name.
    ///
    /// # Errors
    ///
    /// Fails with the reason why it is only removed in this run.
    pub fn remove(&mut self, name: &str) -> Result<(), String> {
        self.named.retain(|(known, _)| known != name);
        self.write_named()
    }

    fn write_named(&self) -> Result<(), String> {
        let lines = self.named.iter();
        let lines = lines.map(|(name, filter)| format!("\"{name}\" {filter}"));
        self.write(NAMED, lines).map_err(|error| match error {
            Some(error) => text!("kept-not-written", error),
            None => text!("kept-nowhere").to_owned(),
        })
    }

    /// Reads the lines of a file; none if it is not there. Fails with a sentence if the file is to be ignored.
    fn lines(&mut self, name: &'static str) -> Result<Vec<String>, String> {
        let Some(directory) = &self.directory else {
            return Ok(Vec::new());
        };
        let lines = own_file::lines(&directory.join(name), nix::unistd::geteuid().as_raw());
        if lines.is_err() {
            self.ignored.push(name);
        }
        lines
    }

    /// Writes the lines of a file beside it and puts it in its place. Without a directory, or if the file there is
    /// ignored, it fails without an error.
    fn write(
        &self,
        name: &'static str,
        lines: impl Iterator<Item = String>,
    ) -> Result<(), Option<io::Error>> {
        let directory = self
            .directory
            .as_ref()
            .filter(|_| !self.ignored.contains(&name));
        let directory = directory.ok_or(None)?;
        let is_line = |line: &String| line.len() <= MAX_FILTER && !line.contains(char::is_control);
        let lines = lines.filter(is_line).map(|line| line + "\n");
        let text: String = lines.collect();
        own_file::replace(&directory.join(name), text.as_bytes()).map_err(Some)
    }
}

/// Parses `"name" filter`.
fn parse_named(line: &str) -> Option<(String, String)> {
    let (name, filter) = named_line(line)?;
    filter.parse::<Filter>().ok()?;
    Some((name.to_owned(), filter.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fs,
        os::unix::fs::{PermissionsExt, symlink},
        path::Path,
    };

    fn kept(folder: &Path) -> (KeptFilters, Option<String>) {
        KeptFilters::read(Some(folder.to_owned()))
    }

    #[test]
    fn filters_come_back_in_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let (mut first, wrong) = kept(folder.path());
        assert_eq!(wrong, None);
        let (mut other, _) = kept(folder.path());
        first.add("tcp.port == 80");
        other.add("udp");
        other.add("tcp.port == 80");
        first.name("web \"pages\"", "http").unwrap();
        first.name("names", "dns").unwrap();
        first.name("names", "dns or mdns").unwrap();
        let (mut next, wrong) = kept(folder.path());
        assert_eq!(wrong, None);
        assert_eq!(next.used(), ["udp", "tcp.port == 80"]);
        let named = [("names", "dns or mdns"), ("web pages", "http")];
        let named = named.map(|(name, filter)| (name.to_owned(), filter.to_owned()));
        assert_eq!(next.named(), named);
        next.remove("names").unwrap();
        assert_eq!(kept(folder.path()).0.named().len(), 1);
        for name in [USED, NAMED] {
            let about = fs::metadata(folder.path().join(name)).unwrap();
            assert_eq!(about.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn they_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let (mut kept, _) = kept(folder.path());
        for number in 0..2 * MAX_USED {
            kept.add(&format!("frame.number == {number}"));
        }
        kept.add(&format!("frame contains \"{}\"", "a".repeat(MAX_FILTER)));
        let (next, _) = self::kept(folder.path());
        assert_eq!(next.used().len(), MAX_USED - 1);
        assert_eq!(next.used().last().unwrap(), "frame.number == 199");
        for number in 0..MAX_NAMED {
            kept.name(&number.to_string(), "tcp").unwrap();
        }
        assert!(kept.name("more", "tcp").is_err());
    }

    /// What is not such a file is neither read nor written.
    #[test]
    fn other_files_are_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(USED);
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "tcp\n").unwrap();
        let checked = |words: &str| {
            let (mut kept, wrong) = kept(folder.path());
            let wrong = wrong.unwrap();
            assert!(wrong.contains(words), "{wrong}");
            assert!(kept.used().is_empty());
            kept.add("udp");
            assert_eq!(kept.used(), ["udp"]);
        };
        symlink(&elsewhere, &path).unwrap();
        checked("link");
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "tcp\n");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        checked("file");
        fs::remove_dir(&path).unwrap();
        fs::write(&path, b"tcp\n\xff\x1b\n").unwrap();
        checked("text");
        fs::write(&path, vec![b'a'; 1 << 20]).unwrap();
        checked("large");
        // A line that is no filter is left out.
        fs::write(&path, "no such field\nudp\n").unwrap();
        let (kept, wrong) = kept(folder.path());
        assert_eq!((kept.used(), wrong), (&["udp".to_owned()][..], None));
    }

    #[test]
    fn without_a_directory_they_last_for_this_run() {
        let (mut kept, wrong) = KeptFilters::read(None);
        assert_eq!(wrong, None);
        kept.add("tcp");
        assert!(kept.name("a", "udp").is_err());
        assert_eq!((kept.used().len(), kept.named().len()), (1, 1));
    }
}
