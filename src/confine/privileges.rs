//! The user that the program runs as, the privileges that capturing needs, and giving up those no longer needed.

use super::{MAKE, Refused, Wanted, may, may_write};
use crate::{format::printable, lang::text};
use caps::{CapSet, Capability, CapsHashSet};
use nix::{
    sys::{
        prctl,
        statvfs::{FsFlags, statvfs},
    },
    unistd::{
        Gid, Uid, User, geteuid, getgid, getresuid, getuid, initgroups, setgroups, setresgid,
        setresuid, setuid,
    },
};
use std::{
    env,
    ffi::{CString, OsStr, OsString},
    fmt,
    path::{Path, PathBuf},
};

/// The directories in which sudo looks for programs, whatever the user's own PATH.
const SUDO_PATH: [&str; 6] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];

/// The directory of programs' state below a user's home directory, where XDG_STATE_HOME does not name another (XDG Base
/// Directory Specification).
const STATE: &str = ".local/state";

/// Checks whether the process may open an interface for capture.
///
/// # Errors
///
/// [`Missing`] describes what is missing and how to get it. Where this cannot be determined, libpcap reports it.
pub fn may_capture() -> Result<(), Missing> {
    match caps::has_cap(None, CapSet::Effective, Capability::CAP_NET_RAW) {
        Ok(false) => Err(Missing::here()),
        Ok(true) | Err(_) => Ok(()),
    }
}

/// The permission to capture is missing.
#[derive(Debug)]
pub struct Missing {
    /// This program and its arguments.
    program: PathBuf,
    arguments: Vec<OsString>,
    /// The program is on a file system whose file capabilities the kernel ignores.
    nosuid: bool,
    /// Neither sudo nor file capabilities have an effect.
    no_new_privs: bool,
    /// Not even root can get the permission here.
    out_of_reach: bool,
}

impl Missing {
    fn here() -> Self {
        let program = env::current_exe().unwrap_or_else(|_| PathBuf::from("wiretalk"));
        let nosuid = statvfs(&program).is_ok_and(|fs| fs.flags().contains(FsFlags::ST_NOSUID));
        Missing {
            nosuid,
            arguments: env::args_os().skip(1).collect(),
            no_new_privs: prctl::get_no_new_privs().unwrap_or(false),
            out_of_reach: caps::has_cap(None, CapSet::Bounding, Capability::CAP_NET_RAW)
                .is_ok_and(|has| !has),
            program,
        }
    }

    /// Returns the command line to run with sudo.
    fn again(&self) -> String {
        let in_path = self
            .program
            .parent()
            .is_some_and(|directory| SUDO_PATH.iter().any(|known| directory == Path::new(known)));
        let program = match self.program.file_name() {
            Some(name) if in_path => name,
            _ => self.program.as_os_str(),
        };
        let words = self.arguments.iter().map(OsString::as_os_str);
        let words: Vec<_> = std::iter::once(program).chain(words).map(quoted).collect();
        words.join(" ")
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.out_of_reach {
            return f.write_str(text!("privileges-out-of-reach"));
        }
        let program = quoted(self.program.as_os_str());
        let again = self.again();
        f.write_str(&text!("privileges-missing", again, program))?;
        if self.no_new_privs {
            write!(f, "\n{}", text!("privileges-no-new"))?;
        } else if self.nosuid {
            write!(f, "\n{}", text!("privileges-nosuid"))?;
        }
        Ok(())
    }
}

impl std::error::Error for Missing {}

/// Quotes a word for a shell, with only printable characters.
fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let quoted = shlex::try_quote(&word).unwrap_or_else(|_| word.clone());
    printable(&quoted)
}

/// The user that the program runs as once it has what only root can get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The program was never root and keeps its user.
    Unchanged,
    /// The program stays root, with all rights on files if that was requested.
    Root {
        /// Requested by `-Z root`.
        asked: bool,
    },
    /// The program continues as this user.
    User(Account),
}

/// A user of this system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user's name, if there is one.
    pub name: Option<String>,
    /// The user's ID.
    pub uid: u32,
    /// The ID of the user's group.
    pub gid: u32,
    /// The user's home directory.
    pub home: Option<PathBuf>,
}

impl Account {
    fn of(uid: Uid, gid: Option<Gid>) -> Result<Self, Refused> {
        let known = User::from_uid(uid).ok().flatten();
        let gid = gid.or(known.as_ref().map(|user| user.gid));
        Ok(Account {
            uid: uid.as_raw(),
            gid: gid.ok_or(Refused::NoGroup(uid.as_raw()))?.as_raw(),
            home: known.as_ref().map(|user| user.dir.clone()),
            name: known.map(|user| user.name),
        })
    }

    /// Returns the user's name, or the ID if there is none.
    pub fn words(&self) -> String {
        match &self.name {
            Some(name) => printable(name),
            None => text!("privileges-user", uid = self.uid),
        }
    }
}

impl Identity {
    /// Returns the user to run as: the one `asked` for by `-Z`, else, if this is root, the user who called sudo.
    ///
    /// # Errors
    ///
    /// Fails if there is no such user, or only root could become that user.
    pub fn find(asked: Option<&str>) -> Result<Self, Refused> {
        let asked = asked.map(|name| match User::from_name(name) {
            Ok(Some(user)) => Ok(user),
            _ => Err(Refused::NoSuchUser(printable(name))),
        });
        let asked = asked.transpose()?;
        if !geteuid().is_root() {
            return match asked {
                Some(user) if user.uid != geteuid() => Err(Refused::NotRoot(printable(&user.name))),
                _ => Ok(Identity::Unchanged),
            };
        }
        // A user called the program through a setuid file, and also controls the environment.
        if !getuid().is_root() {
            return Ok(Identity::User(Account::of(getuid(), Some(getgid()))?));
        }
        if let Some(user) = asked {
            return match user.uid.is_root() {
                true => Ok(Identity::Root { asked: true }),
                false => Ok(Identity::User(Account::of(user.uid, Some(user.gid))?)),
            };
        }
        match number("SUDO_UID")? {
            None | Some(0) => Ok(Identity::Root { asked: false }),
            Some(uid) => {
                let gid = number("SUDO_GID")?.map(Gid::from_raw);
                Ok(Identity::User(Account::of(Uid::from_raw(uid), gid)?))
            }
        }
    }
}

impl Identity {
    /// Returns the user's home directory: sudo may have left that of root in the environment.
    pub fn home(&self) -> Option<PathBuf> {
        match self {
            Identity::User(account) => account.home.clone(),
            Identity::Unchanged | Identity::Root { .. } => env::home_dir(),
        }
    }

    /// Returns the user's directory for the program: below that which a variable of the environment names, or below
    /// this one of the home directory.
    pub fn directory(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let named = env::var_os(variable).map(PathBuf::from);
        let directory = match (self, named) {
            (Identity::Unchanged | Identity::Root { .. }, Some(named)) if named.is_absolute() => {
                named
            }
            _ => self.home()?.join(below_home),
        };
        Some(directory.join("wiretalk"))
    }

    /// Returns the directory for what the program keeps between its runs.
    pub fn state_directory(&self) -> Option<PathBuf> {
        self.directory("XDG_STATE_HOME", STATE)
    }

    /// Returns the ID of the user.
    pub fn uid(&self) -> u32 {
        match self {
            Identity::User(account) => account.uid,
            Identity::Unchanged | Identity::Root { .. } => geteuid().as_raw(),
        }
    }
}

/// Reads a number that sudo has put into the environment.
fn number(name: &'static str) -> Result<Option<u32>, Refused> {
    let Some(value) = env::var_os(name) else {
        return Ok(None);
    };
    let number = value.to_str().and_then(|value| value.parse().ok());
    number.map(Some).ok_or(Refused::NoNumber(name))
}

/// The capabilities that a process keeps which stays root on request: access to every file and nothing else.
const FOR_FILES: [Capability; 4] = [
    Capability::CAP_DAC_OVERRIDE,
    Capability::CAP_DAC_READ_SEARCH,
    Capability::CAP_CHOWN,
    Capability::CAP_FOWNER,
];

/// What remains of root's privileges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remaining {
    /// There was nothing to give up.
    Nothing,
    /// All capabilities were given up.
    Given,
    /// Root can still write everywhere.
    Files,
}

/// Changes to the user of `identity`, and gives up all capabilities and every way to regain them. Root without them has
/// no access to other users' files; it keeps access to files if that was requested, or if the `wanted` files could not
/// be written otherwise.
///
/// Capabilities belong to a thread: no other thread may run yet.
pub(super) fn give_up(identity: &Identity, wanted: &Wanted) -> Result<Remaining, Refused> {
    let had = caps::read(None, CapSet::Permitted).is_ok_and(|set| !set.is_empty());
    // This needs the right to set capabilities; without it no_new_privs still keeps them out of reach.
    let _ = caps::clear(None, CapSet::Bounding);
    // Not known to kernels before 4.3.
    let _ = caps::clear(None, CapSet::Ambient);
    let mut kept = CapsHashSet::new();
    match identity {
        Identity::User(account) => become_user(account)?,
        Identity::Root { asked: true } => {
            let permitted = caps::read(None, CapSet::Permitted).unwrap_or_default();
            kept.extend(FOR_FILES.iter().filter(|cap| permitted.contains(cap)));
        }
        Identity::Root { asked: false } => {
            caps::clear(None, CapSet::Effective).map_err(Refused::capabilities)?;
            let permitted = caps::read(None, CapSet::Permitted).unwrap_or_default();
            if permitted.contains(&Capability::CAP_DAC_OVERRIDE)
                && !(wanted.out.iter().all(|directory| may_make(directory))
                    && wanted.write.iter().all(|file| may_write(file)))
            {
                kept.insert(Capability::CAP_DAC_OVERRIDE);
            }
        }
        Identity::Unchanged => {}
    }
    caps::clear(None, CapSet::Inheritable).map_err(Refused::capabilities)?;
    for set in [CapSet::Effective, CapSet::Permitted] {
        caps::set(None, set, &kept).map_err(Refused::capabilities)?;
    }
    for set in [CapSet::Effective, CapSet::Permitted] {
        if caps::read(None, set).map_err(Refused::capabilities)? != kept {
            return Err(Refused::StillPrivileged);
        }
    }
    Ok(match (kept.is_empty(), had) {
        (false, _) => Remaining::Files,
        (true, true) => Remaining::Given,
        (true, false) => Remaining::Nothing,
    })
}

/// Changes to a user permanently, in all threads.
fn become_user(account: &Account) -> Result<(), Refused> {
    let (uid, gid) = (Uid::from_raw(account.uid), Gid::from_raw(account.gid));
    let refused = |error| Refused::Become(account.words(), error);
    let name = account
        .name
        .as_deref()
        .and_then(|name| CString::new(name).ok());
    match name {
        Some(name) => initgroups(&name, gid).map_err(refused)?,
        None => setgroups(&[gid]).map_err(refused)?,
    }
    setresgid(gid, gid, gid).map_err(refused)?;
    setresuid(uid, uid, uid).map_err(refused)?;
    let now = getresuid().map_err(refused)?;
    let changed = [now.real, now.effective, now.saved] == [uid; 3];
    if !changed || setuid(Uid::from_raw(0)).is_ok() {
        return Err(Refused::StillPrivileged);
    }
    Ok(())
}

/// Returns whether files can be created in a directory, or in the directory in which it will be created.
fn may_make(directory: &Path) -> bool {
    let there = directory.ancestors().find(|path| path.exists());
    let there = match there {
        Some(path) if path.as_os_str().is_empty() => Path::new("."),
        Some(path) => path,
        None => Path::new("."),
    };
    may(there, MAKE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(program: &str, arguments: &[&str]) -> Missing {
        Missing {
            program: program.into(),
            arguments: arguments.iter().map(OsString::from).collect(),
            nosuid: false,
            no_new_privs: false,
            out_of_reach: false,
        }
    }

    #[test]
    fn what_is_missing_is_said_with_commands_that_can_be_pasted() {
        let words = missing(
            "/home/kim/my tools/wiretalk",
            &["-i", "eth0", "-f", "tcp port 80 && host it's\x1b[2J"],
        );
        assert_eq!(
            words.to_string(),
            "no permission to capture: that takes the capability CAP_NET_RAW\n  this time:  sudo '/home/kim/my tools/wiretalk' -i eth0 -f \"tcp port 80 && host it's␛[2J\"\n  for good:   sudo setcap cap_net_raw=ep '/home/kim/my tools/wiretalk'"
        );
        let words = missing("/usr/bin/wiretalk", &["-i", "eth0"]).to_string();
        assert!(words.contains("sudo wiretalk -i eth0\n"), "{words}");
        assert!(
            words.ends_with("cap_net_raw=ep /usr/bin/wiretalk"),
            "{words}"
        );
    }

    #[test]
    fn what_would_not_help_is_said() {
        let mut missing = missing("/mnt/usb/wiretalk", &["-i", "eth0"]);
        missing.nosuid = true;
        assert!(missing.to_string().contains("mounted with nosuid"));
        missing.no_new_privs = true;
        let words = missing.to_string();
        assert!(
            words.contains("no_new_privs") && !words.contains("nosuid"),
            "{words}"
        );
        missing.out_of_reach = true;
        let words = missing.to_string();
        assert!(
            words.contains("--cap-add=NET_RAW") && !words.contains("setcap"),
            "{words}"
        );
    }

    #[test]
    fn only_root_can_become_somebody_else() {
        let unknown = Identity::find(Some("nobody-of-this-name"));
        assert!(
            matches!(unknown, Err(Refused::NoSuchUser(_))),
            "{unknown:?}"
        );
        let nobody = Identity::find(Some("nobody"));
        match geteuid().is_root() {
            true => {
                assert!(matches!(&nobody, Ok(Identity::User(user)) if user.words() == "nobody"))
            }
            false => assert!(matches!(nobody, Err(Refused::NotRoot(_))), "{nobody:?}"),
        }
    }
}
