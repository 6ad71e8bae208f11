//! The captures that were opened last, each with where it was left. They are kept from run to run in the program's state
//! directory, one JSON object a line, the latest last.

use crate::{
    columns::{Column, chosen::ListColumn},
    filter::Filter,
    format::printable,
    lang::text,
    own_file::{self, Unread},
    ports::Ports,
    ui::Scope,
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// As many captures are kept.
const MAX_RECENT: usize = 20;

/// A longer line is not written, bytes; nor is a larger file read.
const MAX_LINE: usize = 8 << 10;
const MAX_FILE: u64 = (2 * MAX_RECENT * MAX_LINE) as u64;

const FILE: &str = "recent";

/// Where a capture was left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Session {
    /// The path of the capture, from the root on.
    path: PathBuf,
    /// The list that is shown.
    list: Option<String>,
    /// The column by which conversations are sorted, and whether in reverse order.
    sort: Option<String>,
    reverse: bool,
    /// The display filter.
    filter: Option<String>,
    /// The ports.
    ports: Option<String>,
    /// The first packet of the chosen conversation.
    pub conversation: Option<u32>,
    /// Whether that conversation is open.
    pub is_open: bool,
    /// The chosen packet.
    pub packet: Option<u32>,
}

/// The lists, and their names in the file.
const LISTS: [(Scope, &str); 4] = [
    (Scope::Conversations, "conversations"),
    (Scope::Packets, "packets"),
    (Scope::Findings, "findings"),
    (Scope::Statistics, "statistics"),
];

impl Session {
    /// Returns the session of a capture that was opened.
    pub fn of(path: &Path) -> Self {
        Session {
            path: path.to_owned(),
            ..Session::default()
        }
    }

    /// Returns the path of the capture.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the list that is shown.
    pub fn set_list(&mut self, list: Scope) {
        let known = LISTS.iter().find(|(scope, _)| *scope == list);
        self.list = known.map(|(_, name)| (*name).to_owned());
    }

    /// Returns the list that was shown.
    pub fn list(&self) -> Option<Scope> {
        let known = LISTS
            .iter()
            .find(|(_, name)| self.list.as_deref() == Some(name))?;
        Some(known.0)
    }

    /// Takes the order of the conversations.
    pub fn set_sort(&mut self, (column, reverse): (Column, bool)) {
        (self.sort, self.reverse) = (Some(column.name().to_owned()), reverse);
    }

    /// Returns the order of the conversations.
    pub fn sort(&self) -> Option<(Column, bool)> {
        let name = self.sort.as_deref()?;
        let column = Column::ALL.iter().find(|column| column.name() == name)?;
        Some((*column, self.reverse))
    }

    /// Takes what is shown.
    pub fn set_filter(&mut self, filter: Option<&Filter>, ports: &Ports) {
        self.filter = filter.map(Filter::to_string);
        self.ports = (!ports.is_empty()).then(|| ports.to_string().replace(' ', ""));
    }

    /// Returns the display filter.
    pub fn filter(&self) -> Option<Filter> {
        self.filter.as_deref()?.parse().ok()
    }

    /// Returns the ports that were shown.
    pub fn ports(&self) -> Option<Ports> {
        self.ports.as_deref()?.parse().ok()
    }
}

/// The captures that were opened last.
#[derive(Debug, Default)]
pub struct Recent {
    sessions: Vec<Session>,
    /// The file there is ignored, and is not written either.
    is_ignored: bool,
}

impl Recent {
    /// Reads them from a directory of a user, as whom the program may not run so far. Returns also what is wrong with it.
    pub fn read(directory: Option<&Path>, owner: u32) -> (Self, Option<String>) {
        let Some(directory) = directory else {
            return Default::default();
        };
        let path = directory.join(FILE);
        match own_file::read_of(&path, owner, MAX_FILE) {
            Ok(text) => {
                let lines = text
                    .lines()
                    .filter_map(|line| serde_json::from_str(line).ok());
                let mut sessions: Vec<Session> = lines.collect();
                sessions.retain(|session| session.path.is_absolute());
                let more = sessions.len().saturating_sub(MAX_RECENT);
                sessions.drain(..more);
                let recent = Recent {
                    sessions,
                    is_ignored: false,
                };
                (recent, None)
            }
            Err(Unread::Missing) => Default::default(),
            Err(error) => {
                let path = printable(&path.to_string_lossy());
                let recent = Recent {
                    is_ignored: true,
                    ..Recent::default()
                };
                (recent, Some(text!("kept-ignored", path, error)))
            }
        }
    }

    /// Returns the paths of those that are still there, the latest first.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let files = self.sessions.iter().rev().map(Session::path);
        files.filter(|path| path.is_file())
    }

    /// Returns where a capture was left.
    pub fn of(&self, path: &Path) -> Option<&Session> {
        self.sessions.iter().find(|session| session.path == path)
    }

    /// Adds a capture, and writes all of them to a directory of this user. What cannot be kept is lost with this run.
    pub fn keep(&mut self, session: Session, directory: Option<&Path>) {
        let Some(directory) = directory.filter(|_| !self.is_ignored) else {
            return;
        };
        // Another run may have added some.
        let owner = nix::unistd::geteuid().as_raw();
        if let (Recent { sessions, .. }, None) = Recent::read(Some(directory), owner)
            && !sessions.is_empty()
        {
            self.sessions = sessions;
        }
        self.sessions.retain(|known| known.path != session.path);
        self.sessions.push(session);
        let more = self.sessions.len().saturating_sub(MAX_RECENT);
        self.sessions.drain(..more);
        // A path that is not UTF-8 has no line.
        let lines = self
            .sessions
            .iter()
            .filter_map(|one| serde_json::to_string(one).ok());
        let text: String = lines
            .filter(|line| line.len() <= MAX_LINE)
            .map(|line| line + "\n")
            .collect();
        let _ = own_file::replace(&directory.join(FILE), text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn read(directory: &Path) -> (Recent, Option<String>) {
        Recent::read(Some(directory), nix::unistd::geteuid().as_raw())
    }

    #[test]
    fn captures_come_back_where_they_were_left() {
        let folder = tempfile::tempdir().unwrap();
        let capture = folder.path().join("캡처 \"1\".pcap");
        fs::write(&capture, "").unwrap();
        let mut session = Session::of(&capture);
        session.set_list(Scope::Packets);
        session.set_sort((Column::Bytes, true));
        let filter: Filter = "tcp.port == 80".parse().unwrap();
        session.set_filter(Some(&filter), &"80,!22".parse().unwrap());
        session.packet = Some(7);
        let (mut recent, wrong) = read(folder.path());
        assert_eq!(wrong, None);
        recent.keep(Session::of(Path::new("/gone.pcap")), Some(folder.path()));
        recent.keep(session.clone(), Some(folder.path()));
        let (recent, _) = read(folder.path());
        assert_eq!(recent.files().collect::<Vec<_>>(), [&*capture]);
        let again = recent.of(&capture).unwrap();
        assert_eq!(*again, session);
        assert_eq!(again.list(), Some(Scope::Packets));
        assert_eq!(again.sort(), Some((Column::Bytes, true)));
        assert_eq!(again.filter().unwrap().to_string(), "tcp.port == 80");
        assert_eq!(again.ports(), "80,!22".parse().ok());
    }

    #[test]
    fn they_are_bounded_and_nonsense_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let (mut recent, _) = read(folder.path());
        for number in 0..3 * MAX_RECENT {
            let path = format!("/{number}.pcap");
            recent.keep(Session::of(Path::new(&path)), Some(folder.path()));
        }
        let path = folder.path().join(FILE);
        assert_eq!(
            fs::read_to_string(&path).unwrap().lines().count(),
            MAX_RECENT
        );
        let nonsense = "{\n[]\n{\"path\":\"relative\"}\n{\"path\":\"/a\",\"list\":\"x\",\"packet\":-1}\n{\"path\":\"/b\",\"sort\":\"x\",\"filter\":\"((\"}\n";
        own_file::replace(&path, nonsense.as_bytes()).unwrap();
        let (recent, wrong) = read(folder.path());
        assert_eq!((recent.sessions.len(), wrong), (1, None));
        let session = &recent.sessions[0];
        assert!(session.filter().is_none() && session.sort().is_none() && session.list().is_none());
    }

    /// A gigabyte, a directory or bytes instead of the file: it is left as it is, with one line that says so.
    #[test]
    fn other_files_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        fs::File::create(&path).unwrap().set_len(1 << 30).unwrap();
        let (mut recent, wrong) = read(folder.path());
        assert!(wrong.unwrap().contains("too large"));
        recent.keep(Session::of(Path::new("/a")), Some(folder.path()));
        assert_eq!(fs::metadata(&path).unwrap().len(), 1 << 30);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(read(folder.path()).1.is_some());
    }
}
