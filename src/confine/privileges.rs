//! Who the program runs as, what capturing takes, and how it gives up everything that it has no more use for.

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

/// Where sudo looks for programs, whatever the user's own PATH says.
const SUDO_PATH: [&str; 6] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];

/// Whether the process may open an interface for capture.
///
/// # Errors
///
/// [`Missing`] says what is missing and how to get it. Where it cannot be told, libpcap will say.
pub fn may_capture() -> Result<(), Missing> {
    match caps::has_cap(None, CapSet::Effective, Capability::CAP_NET_RAW) {
        Ok(false) => Err(Missing::here()),
        Ok(true) | Err(_) => Ok(()),
    }
}

/// The permission to capture is missing.
#[derive(Debug)]
pub struct Missing {
    /// This program, and what it was called with.
    program: PathBuf,
    arguments: Vec<OsString>,
    /// It stands where the kernel heeds no capabilities of files.
    nosuid: bool,
    /// Neither sudo nor capabilities of files have an effect.
    no_new_privs: bool,
    /// Not even root can have it here.
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

    /// The command that sudo understands.
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

/// As a shell takes it for one word, and fit for the screen.
fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let quoted = shlex::try_quote(&word).unwrap_or_else(|_| word.clone());
    printable(&quoted)
}

/// Who the program is after it has got what only root can get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// It was never root, and stays who it is.
    Unchanged,
    /// It stays root; with all its rights on files if that was asked for.
    Root {
        /// By `-Z root`.
        asked: bool,
    },
    /// It goes on as this user.
    User(Account),
}

/// A user of this system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user's name, where there is one.
    pub name: Option<String>,
    /// The user's number.
    pub uid: u32,
    /// The number of the user's group.
    pub gid: u32,
    /// The user's home.
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

    /// Its name, or its number.
    pub fn words(&self) -> String {
        match &self.name {
            Some(name) => printable(name),
            None => text!("privileges-user", uid = self.uid),
        }
    }
}

impl Identity {
    /// Who it is to be: the user that was `asked` for by `-Z`, else the one who called sudo, if this is root.
    ///
    /// # Errors
    ///
    /// There is no such user, or only root could become that user.
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
        // Called by a user through a setuid file, to whom the environment belongs as well.
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

/// A number that sudo has put into the environment.
fn number(name: &'static str) -> Result<Option<u32>, Refused> {
    let Some(value) = env::var_os(name) else {
        return Ok(None);
    };
    let number = value.to_str().and_then(|value| value.parse().ok());
    number.map(Some).ok_or(Refused::NoNumber(name))
}

/// What a process keeps that remains root by its own wish: access to every file, and nothing else of root's.
const FOR_FILES: [Capability; 4] = [
    Capability::CAP_DAC_OVERRIDE,
    Capability::CAP_DAC_READ_SEARCH,
    Capability::CAP_CHOWN,
    Capability::CAP_FOWNER,
];

/// What is left of root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remaining {
    /// There was nothing to give up.
    Nothing,
    /// Capabilities were there, and are gone.
    Given,
    /// Root can still write everywhere.
    Files,
}

/// Becomes whom it is to be, and gives up all capabilities and every way back to them. Root without them is kept out of
/// other users' files as anybody is; it keeps access to files where that was asked for, or where what is `wanted`
/// could not be written otherwise.
///
/// Capabilities are those of a thread: no other may run yet.
pub(super) fn give_up(identity: &Identity, wanted: &Wanted) -> Result<Remaining, Refused> {
    let had = caps::read(None, CapSet::Permitted).is_ok_and(|set| !set.is_empty());
    // Only who may set capabilities may do this; without it no_new_privs still keeps them out of reach.
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

/// Becomes a user for good, in all threads.
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

/// Whether files can be made in a directory, or in the one that it will be made in.
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
