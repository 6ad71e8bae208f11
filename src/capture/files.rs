//! The files of a capture that has several: which they are, and opening them again.

use super::diagnostic::Problem;
use super::merge::{MOST_AT_ONCE, Merge};
use super::open::{OpenError, Spool, failed};
use super::{Kind, Reader};
use crate::format::printable;
use crate::lang::{Count, text};
use parking_lot::Mutex;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::{HashSet, VecDeque};
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// So many files are opened before the program is confined and stay open: a ring that only root may read.
const PINNED: usize = 200;

/// With so many descriptors no limit of this file is reached.
const ENOUGH: u64 = 2048;

/// So many others are open at once because they were read again.
const OPEN: usize = 64;

/// Files that are read as one capture, in the order of their packets' times.
pub struct Files {
    files: Vec<Arc<Reopened>>,
    /// The first name that they were given, fit for a terminal.
    named: String,
    /// What was found wrong before any of them was read.
    problems: Vec<(Problem, String)>,
    /// So many files stay open.
    pinned: usize,
    /// So many are read at once.
    most_at_once: usize,
    spool: Spool,
}

/// The device of a file, and its number on that.
type FileId = (u64, u64);

/// A file that is open only while it is read.
#[derive(Debug)]
pub(super) struct Reopened {
    path: PathBuf,
    /// Its name, fit for a terminal.
    pub name: Arc<str>,
    /// It was found in a directory, not named.
    pub is_found: bool,
    id: FileId,
    /// It stays open.
    pinned: Option<Arc<File>>,
    /// The files that are open.
    open: Arc<Recent>,
}

/// The files that are open because they were read again, those last used first.
#[derive(Debug)]
struct Recent {
    files: Mutex<VecDeque<(FileId, Arc<File>)>>,
    /// So many may be open.
    most: usize,
}

impl Reopened {
    /// Returns the open file.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be opened, or is another file by now.
    pub fn open(&self) -> io::Result<Arc<File>> {
        if let Some(file) = &self.pinned {
            return Ok(Arc::clone(file));
        }
        let mut open = self.open.files.lock();
        if let Some(at) = open.iter().position(|(id, _)| *id == self.id)
            && let Some(found) = open.remove(at)
        {
            let file = Arc::clone(&found.1);
            open.push_front(found);
            return Ok(file);
        }
        let file = File::open(&self.path)?;
        if id(&file.metadata()?) != self.id {
            return Err(io::Error::other(text!("problem-other-file")));
        }
        let file = Arc::new(file);
        open.push_front((self.id, Arc::clone(&file)));
        open.truncate(self.open.most);
        Ok(file)
    }
}

fn id(about: &Metadata) -> FileId {
    (about.dev(), about.ino())
}

impl Files {
    /// Returns whether these names are to be read as several files: there are several, or it is a directory.
    pub fn are_several(names: &[PathBuf]) -> bool {
        match names {
            [name] => name.is_dir(),
            names => names.len() > 1,
        }
    }

    /// Finds the files of these names, those in a directory by their own names, and opens the first ones. Called before
    /// the program gives up its rights.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if a name is that of a pipe or of a device, or if there are no files at all.
    pub fn find(names: &[PathBuf]) -> Result<Files, OpenError> {
        let quarter = descriptors() / 4;
        let open = Arc::new(Recent {
            files: Mutex::default(),
            most: OPEN.min(quarter).max(1),
        });
        let mut files = Files {
            files: Vec::new(),
            named: names.first().map(|name| shown(name)).unwrap_or_default(),
            problems: Vec::new(),
            pinned: PINNED.min(quarter),
            most_at_once: MOST_AT_ONCE.min(quarter).max(1),
            spool: Spool::new(),
        };
        let mut known = HashSet::new();
        for name in names {
            match name.metadata() {
                Ok(about) if about.is_dir() => files.add_directory(name, &open, &mut known)?,
                Ok(about) => files.add(name, false, &about, &open, &mut known)?,
                Err(error) => {
                    let why = failed(&shown(name), &error).to_string();
                    files.problems.push((Problem::FileLeftOut, why));
                }
            }
        }
        match (files.files.is_empty(), names) {
            (true, [first, ..]) if first.is_dir() => Err(OpenError::NoFiles { file: shown(first) }),
            (true, [first, ..]) => match first.metadata() {
                Err(error) => Err(failed(&shown(first), &error)),
                Ok(_) => Err(OpenError::NoFiles { file: shown(first) }),
            },
            _ => Ok(files),
        }
    }

    /// Adds the files of a directory that do not begin with a dot.
    fn add_directory(
        &mut self,
        directory: &Path,
        open: &Arc<Recent>,
        known: &mut HashSet<FileId>,
    ) -> Result<(), OpenError> {
        let entries = fs::read_dir(directory).map_err(|error| failed(&shown(directory), &error))?;
        let is_hidden = |path: &Path| {
            let name = path.file_name().map(|name| name.to_string_lossy());
            name.is_none_or(|name| name.starts_with('.'))
        };
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in entries {
            let path = entry
                .map_err(|error| failed(&shown(directory), &error))?
                .path();
            if !is_hidden(&path) {
                paths.push(path);
            }
        }
        paths.sort();
        for path in paths {
            // What has vanished by now, or leads nowhere, is not there.
            match path.metadata() {
                Ok(about) if about.is_file() => self.add(&path, true, &about, open, known)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        path: &Path,
        is_found: bool,
        about: &Metadata,
        open: &Arc<Recent>,
        known: &mut HashSet<FileId>,
    ) -> Result<(), OpenError> {
        let name = shown(path);
        if !about.is_file() {
            return Err(OpenError::NotAFile { file: name });
        }
        if !known.insert(id(about)) {
            let problem = text!("problem-same-file", file = name);
            self.problems.push((Problem::FileNoted, problem));
            return Ok(());
        }
        let pinned = match self.files.len() < self.pinned {
            true => File::open(path).ok().map(Arc::new),
            false => None,
        };
        self.files.push(Arc::new(Reopened {
            path: path.to_owned(),
            name: name.into(),
            is_found,
            id: id(about),
            pinned,
            open: Arc::clone(open),
        }));
        Ok(())
    }

    /// Returns one file of each directory.
    pub fn one_of_each_directory(&self) -> Vec<PathBuf> {
        let mut seen = HashSet::new();
        let paths = self.files.iter().map(|file| &file.path);
        let some = paths.filter(|path| seen.insert(path.parent()));
        some.cloned().collect()
    }

    /// Returns how many files there are.
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// Returns their names, fit for a terminal, and their lengths in bytes.
    pub fn listed(&self) -> Vec<(String, Option<u64>)> {
        let all = self.files.iter().map(|file| {
            let length = file.path.metadata().ok().map(|about| about.len());
            (file.name.as_ref().to_owned(), length)
        });
        all.collect()
    }

    /// Returns a name for all of them, fit for a terminal.
    pub fn name(&self, names: &[PathBuf]) -> String {
        match (names, self.files.as_slice()) {
            ([directory], _) => shown(directory),
            (_, [only]) => only.name.as_ref().to_owned(),
            (_, [first, others @ ..]) => {
                let last = first.path.file_name().unwrap_or(first.path.as_os_str());
                let first = printable(&last.to_string_lossy());
                text!("several-files", first, others = Count(others.len() as u64))
            }
            _ => String::new(),
        }
    }

    /// Reads the beginnings of all files.
    ///
    /// # Errors
    ///
    /// [`OpenError`] of the first one if none of them is a capture. If some are not, that is a
    /// [`Diagnostic`](super::Diagnostic).
    pub fn open(self) -> Result<Reader, OpenError> {
        let merge = Merge::begin(
            &self.files,
            &self.named,
            self.most_at_once,
            self.problems,
            self.spool,
        )?;
        Ok(Reader::of(Kind::Files(Box::new(merge))))
    }
}

/// Returns how many files may be open, after it has asked the system for more if it allows few.
fn descriptors() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < ENOUGH) {
        let more = limit.maximum.map_or(ENOUGH, |most| most.min(ENOUGH));
        let raised = Rlimit {
            current: Some(more),
            maximum: limit.maximum,
        };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            limit = raised;
        }
    }
    let current = limit.current.and_then(|limit| usize::try_from(limit).ok());
    current.unwrap_or(usize::MAX)
}

fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}
