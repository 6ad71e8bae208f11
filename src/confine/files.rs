//! The parts of the file system that stay accessible: what the program may read, and where it may write.

use super::Role;
use crate::lang::text;
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, NetPort,
    RestrictSelfAttr, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
    path_beneath_rules,
};
use std::{
    env, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// The latest version of landlock that this was written for; a kernel with an older one does what it can.
const LATEST: ABI = ABI::V10;

/// Whether another user's symbolic link leads to this path, in a directory where anyone may create files: the rule of
/// Linux's `fs.protected_symlinks`, where that is off.
pub fn is_behind_planted_link(path: &Path) -> bool {
    /// Writable for all users, with the sticky bit: only its owner may remove a file.
    const SHARED: u32 = 0o1002;
    path.ancestors().any(|part| {
        let directory = match part.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let (Ok(link), Ok(directory)) = (fs::symlink_metadata(part), fs::metadata(directory))
        else {
            return false;
        };
        link.is_symlink()
            && directory.mode() & SHARED == SHARED
            && link.uid() != nix::unistd::geteuid().as_raw()
            && link.uid() != directory.uid()
    })
}

/// Tables of names, time zones, and the system's files about this process and its interfaces.
const READABLE: &[&str] = &[
    "/usr/share",
    "/var/lib/ieee-data",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/services",
    "/etc/protocols",
    "/etc/ethers",
    "/etc/hosts",
    "/proc/self",
    "/sys/class/net",
];

/// Those of them that capturing needs: time zones, and the counters of interfaces.
const READABLE_CAPTURING: &[&str] = &["/usr/share/zoneinfo", "/etc/localtime", "/sys/class/net"];

/// The other files and sockets that the system's resolver uses.
const RESOLVER: &[&str] = &[
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/ld.so.cache",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/run/nscd",
    "/var/run/nscd",
];

/// The port of DNS.
const DNS: u16 = 53;

/// What the kernel restricts besides opening files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guarded {
    /// Truncating files.
    pub truncation: bool,
    /// TCP connections.
    pub tcp: bool,
}

/// Closes the file system, except for the lists, `readable`, and everything below `writable`, for this thread and those
/// that it will start. Fails with the reason why the kernel does not.
pub(super) fn close(
    readable: &[PathBuf],
    writable: &[PathBuf],
    role: Role,
) -> Result<Guarded, String> {
    match restrict(readable, writable, role) {
        Ok((RulesetStatus::NotEnforced, LandlockStatus::NotImplemented)) => {
            Err(text!("confined-old-kernel").to_owned())
        }
        Ok((RulesetStatus::NotEnforced, _)) => Err(text!("confined-switched-off").to_owned()),
        Ok((_, status)) => {
            let abi = match status {
                LandlockStatus::Available { effective_abi, .. } => effective_abi,
                _ => ABI::Unsupported,
            };
            Ok(Guarded {
                truncation: abi >= ABI::V3,
                tcp: abi >= ABI::V4,
            })
        }
        Err(error) => Err(error.to_string()),
    }
}

fn restrict(
    readable: &[PathBuf],
    writable: &[PathBuf],
    role: Role,
) -> Result<(RulesetStatus, LandlockStatus), RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let write = read
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir;
    let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
    let mut network = AccessNet::from_all(LATEST);
    if role == Role::Resolve {
        network = AccessNet::BindTcp | AccessNet::ConnectTcp;
    }
    let system = match role {
        Role::Dissect | Role::Resolve => READABLE,
        Role::Capture => READABLE_CAPTURING,
    };
    let devices: &[&str] = match role {
        Role::Dissect => &["/dev/tty", "/dev/null"],
        Role::Capture | Role::Resolve => &[],
    };
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(LATEST))?
        .handle_access(network)?
        .scope(Scope::from_all(LATEST))?
        .create()?
        .add_rules(path_beneath_rules(system, read))?
        .add_rules(path_beneath_rules(readable, read))?
        .add_rules(path_beneath_rules(interfaces(), read))?
        .add_rules(path_beneath_rules(time_zone(), read))?
        // For the names in a backtrace.
        .add_rules(path_beneath_rules(env::current_exe(), read))?
        .add_rules(path_beneath_rules(devices, device))?
        .add_rules(path_beneath_rules(writable, write))?;
    if role == Role::Resolve {
        ruleset = ruleset
            .add_rules(path_beneath_rules(RESOLVER, read | AccessFs::ResolveUnix))?
            .add_rule(NetPort::new(DNS, AccessNet::ConnectTcp))?;
    }
    let status = ruleset.all_threads(true)?.restrict_self()?;
    Ok((status.ruleset, status.landlock))
}

/// Returns the directories that /sys/class/net links to: the counters of an interface are below its device.
fn interfaces() -> Vec<PathBuf> {
    let entries = fs::read_dir("/sys/class/net")
        .into_iter()
        .flatten()
        .flatten();
    entries
        .filter_map(|entry| entry.path().canonicalize().ok())
        .collect()
}

/// Returns the file that TZ names, if it is a path.
fn time_zone() -> Option<PathBuf> {
    let zone = env::var("TZ").ok()?;
    let path = Path::new(zone.strip_prefix(':').unwrap_or(&zone));
    path.is_absolute().then(|| path.to_owned())
}
