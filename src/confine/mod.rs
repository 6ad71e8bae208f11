//! Gives up privileges before the first packet is read.
//!
//! Anyone on the network can write a packet. Once interfaces and files are open, the other rights of root or the user
//! are no longer needed: in each process of the program ([`Role`]), [`confine`] changes to the user who called sudo,
//! gives up all capabilities, and makes the kernel keep it from files (landlock), other programs and the network
//! (seccomp). This applies to the process and cannot be undone.

mod calls;
mod files;
mod privileges;

pub use privileges::{Account, Identity, Missing, may_capture};

use crate::{format::printable, lang::text};
use files::Guarded;
use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, AtFlags},
    sys::prctl,
    unistd::{AccessFlags, faccessat},
};
use privileges::Remaining;
use serde::{Deserialize, Serialize};
use std::{
    env, fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// A message names this many directories at most.
const MOST_PLACES: usize = 2;

/// The reason why the program stops: it would keep privileges that it should give up, or cannot do what was requested.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// `-Z` names no existing user.
    #[error("{}", text!("privileges-no-such-user", user = .0))]
    NoSuchUser(String),
    /// `-Z` was given without root privileges.
    #[error("{}", text!("privileges-not-root", user = .0))]
    NotRoot(String),
    /// A variable of sudo holds no number.
    #[error("{}", text!("privileges-no-number", variable = .0))]
    NoNumber(&'static str),
    /// The user is unknown to this system, and so is the group.
    #[error("{}", text!("privileges-no-group", uid = .0))]
    NoGroup(u32),
    /// The kernel refused the change to that user.
    #[error("{}", text!("privileges-not-dropped", user = .0, error = .1))]
    Become(String, Errno),
    /// The kernel did not drop the capabilities.
    #[error("{}", text!("privileges-capabilities", error = .0))]
    Capabilities(String),
    /// All calls succeeded, but privileges remain.
    #[error("{}", text!("privileges-still-there"))]
    StillPrivileged,
    /// Another user's symbolic link leads to where files are to be written.
    #[error("{}", text!("privileges-planted-link", path = .0))]
    PlantedLink(String),
    /// An output directory cannot be created.
    #[error("{}", text!("privileges-no-directory", path = .0, error = .1))]
    Directory(String, io::Error),
    /// Root could create an output directory, but not this user.
    #[error("{}", text!("privileges-no-directory-as", path = .0, user = .1, error = .2))]
    DirectoryAs(String, String, io::Error),
    /// Root could write an output file, but not this user.
    #[error("{}", text!("privileges-no-file-as", path = .0, user = .1))]
    FileAs(String, String),
}

impl Refused {
    fn capabilities(error: caps::errors::CapsError) -> Self {
        Refused::Capabilities(error.to_string())
    }
}

/// The work of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Reads captures and shows them.
    #[default]
    Dissect,
    /// Moves packets from interfaces into a file.
    Capture,
    /// Asks the system's resolver for names, which needs the network.
    Resolve,
}

/// Sets the name that the system shows of this process. A failure leaves it with another name.
pub fn set_process_name(name: &str) {
    /// The maximum length, bytes: PR_SET_NAME in prctl(2).
    const MAX: usize = 15;
    let name = name.get(..MAX).unwrap_or(name);
    if let Ok(name) = std::ffi::CString::new(name) {
        let _ = rustix::thread::set_name(&name);
    }
}

/// What must stay possible because it is still to be done.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The process that is confined.
    pub role: Role,
    /// Captures that were opened. Files in their directories can be read and written.
    pub read: Vec<PathBuf>,
    /// Files that are not open yet and will be written, with others in their directories.
    pub write: Vec<PathBuf>,
    /// Directories in which files will be created. They are created if they do not exist.
    pub out: Vec<PathBuf>,
    /// Whether something is kept from run to run: then the directory of the program's state is created.
    pub state: bool,
    /// What the user has asked for.
    pub rights: Rights,
}

/// The privileges that the user wants to be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Without landlock and seccomp: `--no-sandbox`.
    pub no_sandbox: bool,
    /// The user to continue as: `-Z`.
    pub user: Option<String>,
}

/// Gives up everything that is not `wanted`.
///
/// Called once, by the main thread, after captures and files have been opened and before any other thread is started:
/// capabilities and landlock apply to a thread and to the threads that it starts.
///
/// # Errors
///
/// [`Refused`] if root or capabilities could not be given up, or what is wanted cannot be done without them. A kernel
/// without landlock or seccomp is no error; [`Confinement`] reports it.
pub fn confine(wanted: &Wanted) -> Result<Confinement, Refused> {
    let identity = Identity::find(wanted.rights.user.as_deref())?;
    let left = privileges::give_up(&identity, wanted)?;
    let mut confinement = Confinement {
        no_new_privs: prctl::set_no_new_privs().is_ok(),
        identity,
        left,
        files: Guard::Off,
        calls: Guard::Off,
        writable: Vec::new(),
    };
    let parents = wanted.write.iter().filter_map(|file| file.parent());
    let mut directories = wanted.out.iter().map(PathBuf::as_path).chain(parents);
    if let Some(directory) = directories.find(|directory| files::is_behind_planted_link(directory))
    {
        return Err(Refused::PlantedLink(shown(directory)));
    }
    for directory in &wanted.out {
        fs::create_dir_all(directory).map_err(|error| match &confinement.identity {
            Identity::User(account) => {
                Refused::DirectoryAs(shown(directory), account.words(), error)
            }
            _ => Refused::Directory(shown(directory), error),
        })?;
    }
    if let Identity::User(account) = &confinement.identity
        && let Some(file) = wanted.write.iter().find(|file| !may_write(file))
    {
        return Err(Refused::FileAs(shown(file), account.words()));
    }
    if let Some(directory) = confinement.state_directory().filter(|_| wanted.state)
        && !files::is_behind_planted_link(&directory)
    {
        // Without it nothing is kept.
        let mut builder = fs::DirBuilder::new();
        let _ = builder.recursive(true).mode(0o700).create(directory);
    }
    if !wanted.rights.no_sandbox {
        confinement.writable = writable(wanted, confinement.state_directory());
        let pipes = wanted.read.iter().filter(|file| is_special(file));
        let pipes: Vec<_> = pipes.cloned().collect();
        confinement.files = files::close(&pipes, &confinement.writable, wanted.role).into();
        confinement.calls = calls::refuse(wanted.role).into();
    }
    Ok(confinement)
}

/// Returns the directories that stay writable: of the dissecting process the working directory, those of the named
/// files, those for output, and that of the program's state if there is one; of the capturing process those of its files.
fn writable(wanted: &Wanted, state: Option<PathBuf>) -> Vec<PathBuf> {
    let own = match wanted.role {
        Role::Dissect => env::current_dir().into_iter().chain(state).collect(),
        Role::Capture | Role::Resolve => Vec::new(),
    };
    let files = wanted.read.iter().chain(&wanted.write);
    let files = files.filter_map(|file| directory_of(file));
    let all = own.into_iter().chain(wanted.out.iter().cloned());
    let mut all: Vec<_> = all
        .chain(files)
        .filter_map(|directory| directory.canonicalize().ok())
        // Every file is below the root directory.
        .filter(|directory| directory.parent().is_some())
        .collect();
    all.sort();
    all.dedup();
    all
}

/// Returns the directory of a file. A pipe or a device, such as /dev/stdin, has none that matters.
fn directory_of(file: &Path) -> Option<PathBuf> {
    if is_special(file) || file.as_os_str() == "-" {
        return None;
    }
    if file.is_dir() {
        return Some(file.to_owned());
    }
    match file.parent() {
        Some(parent) if parent != Path::new("") => Some(parent.to_owned()),
        _ => Some(PathBuf::from(".")),
    }
}

/// Returns whether a file is a pipe or a device.
fn is_special(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|about| !about.is_file() && !about.is_dir())
}

/// A restriction that the kernel was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Guard<T> {
    On(T),
    /// Not wanted.
    Off,
    /// The kernel does not have it, for this reason.
    Missing(String),
}

impl<T> From<Result<T, String>> for Guard<T> {
    fn from(result: Result<T, String>) -> Self {
        match result {
            Ok(how) => Guard::On(how),
            Err(why) => Guard::Missing(why),
        }
    }
}

/// What the program has given up.
#[derive(Clone, Debug)]
pub struct Confinement {
    identity: Identity,
    left: Remaining,
    no_new_privs: bool,
    files: Guard<Guarded>,
    calls: Guard<()>,
    /// The only directories below which files can be written, if files are guarded.
    writable: Vec<PathBuf>,
}

impl Confinement {
    /// Returns a full confinement, for the pictures of tests.
    #[cfg(test)]
    pub(crate) fn whole() -> Self {
        Confinement {
            identity: Identity::Unchanged,
            left: Remaining::Nothing,
            no_new_privs: true,
            files: Guard::On(Guarded {
                truncation: true,
                tcp: true,
            }),
            calls: Guard::On(()),
            writable: Vec::new(),
        }
    }

    /// Returns the state as one line: `as alice · no new privileges · landlock · seccomp`.
    pub fn status(&self) -> String {
        let mut parts = Vec::new();
        match (&self.identity, self.left) {
            (Identity::User(account), _) => {
                parts.push(text!("confined-as", user = account.words()));
            }
            (Identity::Root { .. }, Remaining::Files) => {
                parts.push(text!("confined-root-for-files").to_owned());
            }
            (Identity::Root { .. }, _) => {
                parts.push(text!("confined-root-without-capabilities").to_owned());
            }
            (Identity::Unchanged, Remaining::Given) => {
                parts.push(text!("confined-no-capabilities").to_owned());
            }
            (Identity::Unchanged, _) => {}
        }
        parts.push(match self.no_new_privs {
            true => text!("confined-no-new-privileges").to_owned(),
            false => text!("confined-new-privileges").to_owned(),
        });
        if self.is_off() {
            parts.push(text!("confined-no-sandbox").to_owned());
        } else {
            parts.push(match &self.files {
                Guard::On(guarded) if !guarded.truncation => {
                    text!("confined-landlock-in-part").to_owned()
                }
                Guard::On(_) => text!("confined-landlock").to_owned(),
                Guard::Off => text!("confined-no-landlock").to_owned(),
                Guard::Missing(why) => text!("confined-no-landlock-why", why),
            });
            parts.push(match &self.calls {
                Guard::On(()) => text!("confined-seccomp").to_owned(),
                Guard::Off => text!("confined-no-seccomp").to_owned(),
                Guard::Missing(why) => text!("confined-no-seccomp-why", why),
            });
        }
        parts.join(" · ")
    }

    /// Returns what is off, in one or two words; none if nothing is off.
    pub fn mark(&self) -> Option<&'static str> {
        let missing = |guarded: bool| {
            if guarded {
                None
            } else {
                Some(text!("confined-in-part"))
            }
        };
        match (&self.files, &self.calls) {
            _ if self.left == Remaining::Files => Some(text!("confined-root")),
            (Guard::Off, Guard::Off) => Some(text!("confined-no-sandbox")),
            (Guard::Missing(_), Guard::Missing(_)) => Some(text!("confined-no-sandbox")),
            (files, calls) => {
                let files = matches!(files, Guard::On(_));
                missing(files && *calls == Guard::On(()) && self.no_new_privs)
            }
        }
    }

    /// Returns the state in sentences.
    pub fn sentences(&self) -> Vec<String> {
        let mut all = Vec::new();
        match (&self.identity, self.left) {
            (Identity::User(account), _) => {
                all.push(text!("confinement-as", user = account.words()));
            }
            (Identity::Root { asked: true }, Remaining::Files) => {
                all.push(text!("confinement-root-asked").to_owned());
            }
            (Identity::Root { .. }, Remaining::Files) => {
                all.push(text!("confinement-root-for-files").to_owned());
            }
            (Identity::Root { .. }, _) => {
                all.push(text!("confinement-root-without-capabilities").to_owned());
            }
            (Identity::Unchanged, Remaining::Given) => {
                all.push(text!("confinement-capabilities-given-up").to_owned());
            }
            (Identity::Unchanged, _) => {}
        }
        if !self.no_new_privs {
            all.push(text!("confinement-new-privileges").to_owned());
        }
        if self.is_off() {
            all.push(text!("confinement-no-sandbox").to_owned());
            return all;
        }
        match &self.files {
            Guard::On(guarded) => {
                let writable: Vec<_> = self.writable.iter().map(|path| shown(path)).collect();
                all.push(text!("confinement-files", directories = listed(&writable)));
                if !guarded.truncation {
                    all.push(text!("confinement-no-truncation").to_owned());
                }
                if !guarded.tcp {
                    all.push(text!("confinement-no-tcp").to_owned());
                }
            }
            Guard::Off => {}
            Guard::Missing(why) => all.push(text!("confinement-no-landlock", why)),
        }
        match &self.calls {
            Guard::On(()) => all.push(text!("confinement-calls").to_owned()),
            Guard::Off => {}
            Guard::Missing(why) => all.push(text!("confinement-no-seccomp", why)),
        }
        all
    }

    /// Returns why a file could not be written in a directory, if what was given up is the reason.
    pub fn why_not(&self, directory: &Path) -> Option<String> {
        let place = directory.canonicalize().ok()?;
        let open = self.writable.iter().any(|open| place.starts_with(open));
        match (&self.files, &self.identity) {
            (Guard::On(_), _) if !open => Some(match &*self.writable {
                [] => text!("confinement-not-anywhere").to_owned(),
                places => {
                    // That of what the program keeps is the first one.
                    let shown = places.iter().rev().take(MOST_PLACES);
                    let shown: Vec<_> = shown
                        .map(|place| printable(&place.to_string_lossy()))
                        .collect();
                    text!("confinement-not-there", places = shown.join(", "))
                }
            }),
            (_, Identity::User(account)) => {
                Some(text!("confinement-user-may-not", user = account.words()))
            }
            (_, Identity::Root { asked: false }) => {
                Some(text!("confinement-root-may-not").to_owned())
            }
            _ => None,
        }
    }

    /// Returns the home directory of the user: sudo may have left that of root in the environment.
    pub fn home(&self) -> Option<PathBuf> {
        self.identity.home()
    }

    /// Returns the directory for what the program keeps between its runs.
    pub fn state_directory(&self) -> Option<PathBuf> {
        self.identity.state_directory()
    }

    fn is_off(&self) -> bool {
        self.files == Guard::Off && self.calls == Guard::Off
    }
}

/// Returns whether the process may now create or write a file, apart from the sandbox.
fn may_write(file: &Path) -> bool {
    let itself = !file.exists() || may(file, AccessFlags::W_OK);
    itself && directory_of(file).is_none_or(|path| may(&path, MAKE))
}

/// The access to a directory that creating a file in it needs.
const MAKE: AccessFlags = AccessFlags::W_OK.union(AccessFlags::X_OK);

/// Asks the kernel directly: the C library takes user 0 for root, whatever capabilities are left.
fn may(path: &Path, how: AccessFlags) -> bool {
    faccessat(AT_FDCWD, path, how, AtFlags::AT_EACCESS).is_ok()
}

/// Returns a path with only printable characters.
fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// `a, b and c`
fn listed(words: &[String]) -> String {
    match words {
        [] => text!("confinement-no-directory").to_owned(),
        [one] => one.clone(),
        [first @ .., last] => text!("list-end", first = first.join(", "), last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kim() -> Identity {
        Identity::User(Account {
            name: Some("kim".to_owned()),
            uid: 1000,
            gid: 1000,
            home: Some("/home/kim".into()),
        })
    }

    #[test]
    fn what_is_on_stands_on_a_line() {
        let mut confinement = Confinement::whole();
        assert_eq!(
            confinement.status(),
            "no new privileges · landlock · seccomp"
        );
        assert_eq!(confinement.mark(), None);
        confinement.identity = kim();
        assert_eq!(
            confinement.status(),
            "as kim · no new privileges · landlock · seccomp"
        );
        assert_eq!(confinement.mark(), None);
        assert_eq!(confinement.home(), Some("/home/kim".into()));
        confinement.files = Guard::Missing("kernel too old".to_owned());
        assert!(
            confinement
                .status()
                .contains("no landlock (kernel too old)")
        );
        assert_eq!(confinement.mark(), Some("sandbox in part"));
        (confinement.files, confinement.calls) = (Guard::Off, Guard::Off);
        assert!(confinement.status().ends_with(" · no sandbox"));
        assert_eq!(confinement.mark(), Some("no sandbox"));
        (confinement.identity, confinement.left) =
            (Identity::Root { asked: true }, Remaining::Files);
        assert_eq!(confinement.mark(), Some("root"));
    }

    #[test]
    fn the_help_says_where_can_be_written_and_why_not_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let open = folder.path().canonicalize().unwrap();
        let mut confinement = Confinement {
            writable: vec![open.clone()],
            ..Confinement::whole()
        };
        let sentences = confinement.sentences().join(" ");
        let below = format!("It can write only below {}, and", open.display());
        assert!(sentences.contains(&below), "{sentences}");
        let why = confinement.why_not(Path::new("/")).unwrap();
        let places = format!("it may write in {}, or anywhere", open.display());
        assert!(why.contains(&places), "{why}");
        assert_eq!(confinement.why_not(&open), None);
        confinement.identity = kim();
        let why = confinement.why_not(&open).unwrap();
        assert_eq!(why, "kim may not write there; -Z root stays root");
    }

    #[test]
    fn each_process_writes_where_its_work_is() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let mut wanted = Wanted {
            write: vec![folder.join("new.pcapng")],
            ..Wanted::default()
        };
        let here = env::current_dir().unwrap().canonicalize().unwrap();
        let all = writable(&wanted, Some(folder.join("none")));
        let expected = std::collections::BTreeSet::from([here, folder.clone()]);
        assert_eq!(all, Vec::from_iter(expected));
        wanted.role = Role::Capture;
        assert_eq!(writable(&wanted, None), [folder]);
        wanted.write.clear();
        assert!(writable(&wanted, None).is_empty());
    }

    #[test]
    fn a_file_opens_its_directory_and_a_device_opens_none() {
        assert_eq!(directory_of(Path::new("new.pcapng")), Some(".".into()));
        assert_eq!(
            directory_of(Path::new("/data/new.pcapng")),
            Some("/data".into())
        );
        assert_eq!(directory_of(Path::new("/usr")), Some("/usr".into()));
        for nowhere in ["-", "/dev/null"] {
            assert_eq!(directory_of(Path::new(nowhere)), None, "{nowhere}");
        }
        let wanted = Wanted {
            read: vec!["/top.pcap".into()],
            ..Wanted::default()
        };
        assert!(!writable(&wanted, None).contains(&PathBuf::from("/")));
    }
}
