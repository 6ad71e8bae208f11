//! What the kernel is no longer asked for: system calls that neither reading nor showing a capture needs, and with which
//! a program that was taken over would go on. They fail as if they were not permitted; every other call stays as it is.

use crate::lang::text;
use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter_all_threads,
};
use std::{collections::BTreeMap, env::consts::ARCH};

/// Other programs, other processes, and the kernel itself.
const REFUSED: &[c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_quotactl,
    libc::SYS_acct,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
];

#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[c_long] = &[
    libc::SYS_kexec_file_load,
    libc::SYS_ioperm,
    libc::SYS_iopl,
    libc::SYS_modify_ldt,
    // The same calls by their numbers for x32 programs: ptrace, kexec_load, process_vm_readv, process_vm_writev, execve,
    // execveat.
    X32 | 520,
    X32 | 521,
    X32 | 528,
    X32 | 539,
    X32 | 540,
    X32 | 545,
];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_HERE: &[c_long] = &[];

/// Marks a call as one of the x32 kind, which has most of its numbers in common with x86_64.
#[cfg(target_arch = "x86_64")]
const X32: c_long = 0x4000_0000;

/// Being a server. A socketpair stays: it reaches nobody else, and signals are told through one.
const SERVING: &[c_long] = &[libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4];

/// Being a client; looking up names takes this.
const CALLING: &[c_long] = &[libc::SYS_socket, libc::SYS_connect, libc::SYS_bind];

/// Typing into the terminal on behalf of the user: the shell would take it for commands after the program has ended.
const TYPING: [u32; 2] = [libc::TIOCSTI as u32, libc::TIOCLINUX as u32];

/// What makes `clone` a way around `unshare`.
const NAMESPACES: [libc::c_int; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
];

/// Has the kernel refuse them, in every thread, for good; or says why it does not.
pub(super) fn refuse(names: bool) -> Result<(), String> {
    let arch =
        TargetArch::try_from(ARCH).map_err(|_| text!("confined-not-for", processor = ARCH))?;
    for filter in filters(names, arch).map_err(|error| error.to_string())? {
        apply_filter_all_threads(&filter).map_err(|error| match error {
            seccompiler::Error::Seccomp(error) | seccompiler::Error::Prctl(error) => {
                error.to_string()
            }
            other => other.to_string(),
        })?;
    }
    Ok(())
}

fn filters(names: bool, arch: TargetArch) -> Result<[BpfProgram; 2], BackendError> {
    let calling = if names { &[] } else { CALLING };
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for list in [REFUSED, REFUSED_HERE, SERVING, calling] {
        for call in list {
            rules.insert(*call, Vec::new());
            #[cfg(target_arch = "x86_64")]
            rules.insert(*call | X32, Vec::new());
        }
    }
    let argument = |place, operator, value| {
        let condition = SeccompCondition::new(place, SeccompCmpArgLen::Dword, operator, value)?;
        SeccompRule::new(vec![condition])
    };
    let typing = TYPING.map(|what| argument(1, SeccompCmpOp::Eq, what.into()));
    rules.insert(
        libc::SYS_ioctl,
        typing.into_iter().collect::<Result<_, _>>()?,
    );
    let namespaces = NAMESPACES.map(|bit| {
        let bit = u64::from(bit.cast_unsigned());
        argument(0, SeccompCmpOp::MaskedEq(bit), bit)
    });
    rules.insert(
        libc::SYS_clone,
        namespaces.into_iter().collect::<Result<_, _>>()?,
    );
    // The flags of clone3 cannot be looked at; where it seems unknown, threads are made by clone.
    let unknown = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let filter = |rules, error: libc::c_int| {
        let error = SeccompAction::Errno(error.cast_unsigned());
        SeccompFilter::new(rules, SeccompAction::Allow, error, arch)?.try_into()
    };
    Ok([filter(rules, libc::EPERM)?, filter(unknown, libc::ENOSYS)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_are_made_for_every_processor_that_has_them() {
        for arch in [TargetArch::x86_64, TargetArch::aarch64] {
            for names in [false, true] {
                let [refused, unknown] = filters(names, arch).unwrap();
                assert!(
                    refused.len() > 100 && refused.len() < 4096,
                    "{}",
                    refused.len()
                );
                assert!(unknown.len() > 3);
            }
        }
        let lengths =
            [false, true].map(|names| filters(names, TargetArch::x86_64).unwrap()[0].len());
        assert!(lengths[0] > lengths[1], "{lengths:?}");
    }
}
