//! The system calls that stay allowed in each process: those that its work needs. Every other call fails as not
//! permitted. These are the calls that an attacker in control of the program would use: starting programs, reading
//! other processes, reaching the network, making memory executable, and everything that a later kernel adds.

use super::Role;
use crate::lang::text;
use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Is,
    SeccompCondition as Condition, SeccompFilter, SeccompRule, TargetArch,
    apply_filter_all_threads,
};
use std::{collections::BTreeMap, env::consts::ARCH, process};

/// Calls for open files, and for files that landlock allows to be opened.
const FILES: &[c_long] = &[
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_copy_file_range,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fadvise64,
    libc::SYS_fallocate,
    libc::SYS_fchmod,
    libc::SYS_fcntl,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_fstat,
    libc::SYS_fstatfs,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_linkat,
    libc::SYS_lseek,
    libc::SYS_mkdirat,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_pipe2,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_readv,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_sendfile,
    libc::SYS_splice,
    libc::SYS_statfs,
    libc::SYS_statx,
    libc::SYS_umask,
    libc::SYS_unlinkat,
    libc::SYS_write,
    libc::SYS_writev,
];

/// Calls for memory, threads, signals, time, and the identity of the process.
const ITSELF: &[c_long] = &[
    libc::SYS_brk,
    libc::SYS_capget,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_get_robust_list,
    libc::SYS_getcpu,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getgroups,
    libc::SYS_getpgid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getrandom,
    libc::SYS_getresgid,
    libc::SYS_getresuid,
    libc::SYS_getrusage,
    libc::SYS_getsid,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_getuid,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    // A further filter can only refuse more calls.
    libc::SYS_seccomp,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_sigaltstack,
    libc::SYS_sysinfo,
    libc::SYS_times,
    libc::SYS_uname,
];

/// Calls that wait for keys and signals, and for the end of the processes that this one has started.
const WAITING: &[c_long] = &[
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    libc::SYS_wait4,
    libc::SYS_waitid,
];

/// Calls of the capturing process: it waits for packets and requests, asks the socket what was lost, and creates, writes
/// and removes files. `write` is allowed for standard error only, as writing to a capture socket sends a packet.
/// `pwrite64` cannot write to a socket.
const CAPTURING: &[c_long] = &[
    libc::SYS_close,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fallocate,
    libc::SYS_fstat,
    libc::SYS_ftruncate,
    libc::SYS_getcwd,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_lseek,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_statx,
    libc::SYS_umask,
    libc::SYS_unlinkat,
];

/// Older calls of x86_64 for some of these.
#[cfg(target_arch = "x86_64")]
const OLDER_CAPTURING: &[c_long] = &[
    libc::SYS_access,
    libc::SYS_arch_prctl,
    libc::SYS_getrlimit,
    libc::SYS_lstat,
    libc::SYS_open,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_stat,
    libc::SYS_time,
    libc::SYS_unlink,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER_CAPTURING: &[c_long] = &[];

/// Requests to a capture socket: whether its interface is up, and its number.
const ABOUT_INTERFACE: [u32; 2] = [0x8913, 0x8933];

/// Requests to a USB capture device have these bits.
const USB_MONITOR: (u64, u32) = (0xff00, 0x9200);

/// Requests about an open file that give it no other number.
const FCNTL: [libc::c_int; 4] = [libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_SETFL];

/// Older calls of x86_64 for those of the other processes.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_access,
    libc::SYS_alarm,
    libc::SYS_arch_prctl,
    libc::SYS_chmod,
    libc::SYS_dup2,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_getdents,
    libc::SYS_getpgrp,
    libc::SYS_getrlimit,
    libc::SYS_link,
    libc::SYS_lstat,
    libc::SYS_mkdir,
    libc::SYS_open,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_select,
    libc::SYS_stat,
    libc::SYS_time,
    libc::SYS_unlink,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

/// Calls of a network client, which looking up names needs; the resolver also loads libraries, which are code.
const CALLING: &[c_long] = &[
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_getpeername,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_sendmmsg,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_setsockopt,
];

/// The socket domains that looking up names needs: this machine, the Internet, and the routes to its addresses.
const DOMAINS: [libc::c_int; 4] = [
    libc::AF_UNIX,
    libc::AF_INET,
    libc::AF_INET6,
    libc::AF_NETLINK,
];

/// Requests that type into the terminal for the user: the shell would run this as commands after the program ends.
const TYPING: [u32; 2] = [libc::TIOCSTI as u32, libc::TIOCLINUX as u32];

/// The flags with which `clone` does what `unshare` does.
const NAMESPACES: libc::c_int = libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET;

/// The `prctl` requests that a thread may make: for its name, the name of its memory, and what it has given up.
const PRCTL: [libc::c_int; 6] = [
    libc::PR_SET_NAME,
    libc::PR_GET_NAME,
    libc::PR_SET_VMA,
    libc::PR_GET_NO_NEW_PRIVS,
    libc::PR_SET_NO_NEW_PRIVS,
    libc::PR_CAPBSET_READ,
];

/// Makes the kernel refuse all other calls in all threads permanently. Fails with the reason why it does not.
pub(super) fn refuse(role: Role) -> Result<(), String> {
    let arch =
        TargetArch::try_from(ARCH).map_err(|_| text!("confined-not-for", processor = ARCH))?;
    for filter in filters(role, process::id(), arch).map_err(|error| error.to_string())? {
        apply_filter_all_threads(&filter).map_err(|error| match error {
            seccompiler::Error::Seccomp(error) | seccompiler::Error::Prctl(error) => {
                error.to_string()
            }
            other => other.to_string(),
        })?;
    }
    Ok(())
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Returns a condition on the lower half of an argument.
fn argument(place: u8, is: Is, value: u32) -> Result<Condition, BackendError> {
    Condition::new(place, Length::Dword, is, value.into())
}

/// Returns the allowed calls with the rules for their arguments: a call is allowed if it has no rules or one holds.
fn allowed(role: Role, process: u32) -> Result<Rules, BackendError> {
    let rule = |conditions: Vec<Condition>| SeccompRule::new(conditions);
    let lists: &[&[c_long]] = match role {
        Role::Dissect | Role::Resolve => &[ITSELF, FILES, WAITING, OLDER],
        Role::Capture => &[ITSELF, CAPTURING, OLDER_CAPTURING],
    };
    let mut rules = Rules::new();
    for list in lists {
        rules.extend(list.iter().map(|call| (*call, Vec::new())));
    }
    let none_of = |place, bits: libc::c_int| {
        let bits = bits.cast_unsigned();
        rule(vec![argument(place, Is::MaskedEq(bits.into()), 0)?])
    };
    let one_of = |place, values: &[libc::c_int]| {
        let values = values.iter().map(|value| value.cast_unsigned());
        let rules = values.map(|value| rule(vec![argument(place, Is::Eq, value)?]));
        rules.collect::<Result<Vec<_>, _>>()
    };
    // Memory cannot be made executable.
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(call, vec![none_of(2, libc::PROT_EXEC)?]);
    }
    rules.insert(libc::SYS_prctl, one_of(0, &PRCTL)?);
    // Signals to the process's own threads, and reading its own limits.
    rules.insert(
        libc::SYS_tgkill,
        vec![rule(vec![argument(0, Is::Eq, process)?])?],
    );
    rules.insert(
        libc::SYS_prlimit64,
        vec![rule(vec![
            argument(0, Is::Eq, 0)?,
            Condition::new(2, Length::Qword, Is::Eq, 0)?,
        ])?],
    );
    if role == Role::Capture {
        let errors = libc::STDERR_FILENO;
        rules.insert(libc::SYS_write, one_of(0, &[errors])?);
        rules.insert(libc::SYS_fcntl, one_of(1, &FCNTL)?);
        let (bits, usb) = USB_MONITOR;
        let mut requests = vec![rule(vec![argument(1, Is::MaskedEq(bits), usb)?])?];
        for request in ABOUT_INTERFACE {
            requests.push(rule(vec![argument(1, Is::Eq, request)?])?);
        }
        rules.insert(libc::SYS_ioctl, requests);
        return Ok(rules);
    }
    let [push, linux] = TYPING.map(|what| argument(1, Is::Ne, what));
    rules.insert(libc::SYS_ioctl, vec![rule(vec![push?, linux?])?]);
    rules.insert(libc::SYS_clone, vec![none_of(0, NAMESPACES)?]);
    // Signals are passed on through a pair of streams that was made before. No call to it names an address.
    for call in [libc::SYS_sendto, libc::SYS_recvfrom] {
        rules.insert(
            call,
            vec![rule(vec![Condition::new(4, Length::Qword, Is::Eq, 0)?])?],
        );
    }
    if role == Role::Resolve {
        rules.extend(CALLING.iter().map(|call| (*call, Vec::new())));
        rules.insert(libc::SYS_socket, one_of(0, &DOMAINS)?);
    }
    Ok(rules)
}

fn filters(role: Role, process: u32, arch: TargetArch) -> Result<[BpfProgram; 2], BackendError> {
    let errno = |error: libc::c_int| SeccompAction::Errno(error.cast_unsigned());
    let allow = SeccompAction::Allow;
    let allowed = allowed(role, process)?;
    let allowed = SeccompFilter::new(allowed, errno(libc::EPERM), allow.clone(), arch)?;
    // A filter cannot read the flags of clone3; where clone3 seems unknown, threads are created by clone.
    let unknown = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let unknown = SeccompFilter::new(unknown, allow, errno(libc::ENOSYS), arch)?;
    Ok([allowed.try_into()?, unknown.try_into()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the error that the kernel returns for a call by `seccomp(2)`; none if the call is allowed.
    fn errno(
        filter: &BpfProgram,
        arch: TargetArch,
        call: c_long,
        arguments: [u64; 6],
    ) -> Option<u32> {
        const ALLOW: u32 = 0x7fff_0000;
        const ERRNO: u32 = 0x0005_0000;
        let architecture: u32 = match arch {
            TargetArch::x86_64 => 0xc000_003e,
            _ => 0xc000_00b7,
        };
        let mut data = Vec::new();
        data.extend((call as u32).to_ne_bytes());
        data.extend(architecture.to_ne_bytes());
        data.extend([0; 8]);
        data.extend(arguments.iter().flat_map(|argument| argument.to_ne_bytes()));
        let (mut at, mut value) = (0, 0_u32);
        loop {
            let step = &filter[at];
            at += 1;
            let jump = |taken: bool| usize::from(if taken { step.jt } else { step.jf });
            match step.code {
                0x20 => {
                    let from = step.k as usize;
                    value = u32::from_ne_bytes(data[from..from + 4].try_into().unwrap());
                }
                0x05 => at += step.k as usize,
                0x15 => at += jump(value == step.k),
                0x25 => at += jump(value > step.k),
                0x35 => at += jump(value >= step.k),
                0x54 => value &= step.k,
                0x06 if step.k == ALLOW => return None,
                0x06 if step.k & 0xffff_0000 == ERRNO => return Some(step.k & 0xffff),
                code => panic!("{code:#x} {:#x}", step.k),
            }
        }
    }

    const EPERM: Option<u32> = Some(libc::EPERM as u32);
    const OWN: u32 = 4711;
    const ALL: [Role; 3] = [Role::Dissect, Role::Capture, Role::Resolve];

    /// Returns the result of both filters: the one applied later decides first.
    fn result(role: Role, call: c_long, arguments: [u64; 6]) -> Option<u32> {
        let arch = TargetArch::try_from(ARCH).unwrap();
        let [allowed, unknown] = filters(role, OWN, arch).unwrap();
        errno(&unknown, arch, call, arguments).or(errno(&allowed, arch, call, arguments))
    }

    fn first(argument: u64) -> [u64; 6] {
        [argument, 0, 0, 0, 0, 0]
    }

    #[test]
    fn every_class_of_calls_that_reaches_out_is_refused() {
        for role in ALL {
            for call in [
                // Programs and processes.
                libc::SYS_execve,
                libc::SYS_execveat,
                libc::SYS_ptrace,
                libc::SYS_process_vm_readv,
                libc::SYS_process_vm_writev,
                libc::SYS_process_madvise,
                libc::SYS_pidfd_open,
                libc::SYS_pidfd_getfd,
                libc::SYS_pidfd_send_signal,
                libc::SYS_kcmp,
                libc::SYS_kill,
                libc::SYS_tkill,
                libc::SYS_rt_sigqueueinfo,
                libc::SYS_setpriority,
                libc::SYS_sched_setaffinity,
                libc::SYS_sched_setscheduler,
                libc::SYS_setpgid,
                libc::SYS_setsid,
                libc::SYS_setuid,
                libc::SYS_setresuid,
                libc::SYS_capset,
                // Communication with other processes on this machine.
                libc::SYS_shmget,
                libc::SYS_shmat,
                libc::SYS_msgget,
                libc::SYS_semget,
                libc::SYS_mq_open,
                libc::SYS_memfd_create,
                libc::SYS_add_key,
                libc::SYS_keyctl,
                libc::SYS_request_key,
                libc::SYS_listen,
                libc::SYS_accept4,
                libc::SYS_socketpair,
                // The kernel itself.
                libc::SYS_unshare,
                libc::SYS_setns,
                libc::SYS_mount,
                libc::SYS_umount2,
                libc::SYS_pivot_root,
                libc::SYS_chroot,
                libc::SYS_open_tree,
                libc::SYS_move_mount,
                libc::SYS_fsopen,
                libc::SYS_init_module,
                libc::SYS_finit_module,
                libc::SYS_delete_module,
                libc::SYS_kexec_load,
                libc::SYS_bpf,
                libc::SYS_perf_event_open,
                libc::SYS_io_uring_setup,
                libc::SYS_io_uring_enter,
                libc::SYS_userfaultfd,
                libc::SYS_open_by_handle_at,
                libc::SYS_settimeofday,
                libc::SYS_clock_settime,
                libc::SYS_reboot,
                libc::SYS_sethostname,
                libc::SYS_quotactl,
                libc::SYS_personality,
                libc::SYS_mknodat,
                // A call that no kernel has yet.
                900,
            ] {
                assert_eq!(result(role, call, first(1)), EPERM, "{role:?} {call}");
            }
        }
        #[cfg(target_arch = "x86_64")]
        for call in [
            libc::SYS_fork,
            libc::SYS_vfork,
            libc::SYS_modify_ldt,
            libc::SYS_iopl,
        ] {
            for role in ALL {
                assert_eq!(result(role, call, [0; 6]), EPERM, "{call}");
                // A call by its x32 number.
                assert_eq!(result(role, 0x4000_0000 | libc::SYS_read, [0; 6]), EPERM);
            }
        }
    }

    #[test]
    fn arguments_decide() {
        let unix = libc::AF_UNIX as u64;
        let memory = |protection: libc::c_int| [0, 4096, protection as u64, 0, 0, 0];
        let code = libc::PROT_READ | libc::PROT_EXEC;
        for (call, arguments, refused) in [
            (libc::SYS_socket, first(unix), true),
            (libc::SYS_connect, first(3), true),
            (libc::SYS_bind, first(3), true),
            (libc::SYS_sendmsg, first(3), true),
            (libc::SYS_sendmmsg, first(3), true),
            (libc::SYS_setsockopt, first(3), true),
            (libc::SYS_sendto, [3, 1, 1, 0, 0, 0], false),
            (libc::SYS_sendto, [3, 1, 1, 0, 0x7fff_0000_0000, 16], true),
            (libc::SYS_recvfrom, [3, 1, 1, 0, 0, 0], false),
            (libc::SYS_recvfrom, [3, 1, 1, 0, 0x7fff_0000_0000, 0], true),
            (libc::SYS_recvmsg, first(3), true),
            (libc::SYS_getsockopt, first(3), true),
            (
                libc::SYS_mmap,
                memory(libc::PROT_READ | libc::PROT_WRITE),
                false,
            ),
            (libc::SYS_mmap, memory(code), true),
            (libc::SYS_mprotect, memory(libc::PROT_READ), false),
            (libc::SYS_mprotect, memory(code), true),
            (libc::SYS_ioctl, [0, libc::TCGETS, 0, 0, 0, 0], false),
            (libc::SYS_ioctl, [0, libc::TIOCSTI, 0, 0, 0, 0], true),
            (libc::SYS_ioctl, [0, libc::TIOCLINUX, 0, 0, 0, 0], true),
            (
                libc::SYS_clone,
                first(libc::CLONE_VM as u64 | libc::CLONE_THREAD as u64),
                false,
            ),
            (libc::SYS_clone, first(libc::CLONE_NEWUSER as u64), true),
            (libc::SYS_tgkill, first(OWN.into()), false),
            (libc::SYS_tgkill, first(1), true),
            (libc::SYS_prlimit64, [0, 7, 0, 0x1000, 0, 0], false),
            (libc::SYS_prlimit64, [0, 7, 0x1000, 0, 0, 0], true),
            (libc::SYS_prlimit64, [1, 7, 0, 0x1000, 0, 0], true),
            (libc::SYS_prctl, first(libc::PR_SET_NAME as u64), false),
            (libc::SYS_prctl, first(libc::PR_SET_DUMPABLE as u64), true),
        ] {
            let expected = if refused { EPERM } else { None };
            assert_eq!(
                result(Role::Dissect, call, arguments),
                expected,
                "{call} {arguments:?}"
            );
        }
        for call in [
            libc::SYS_read,
            libc::SYS_openat,
            libc::SYS_futex,
            libc::SYS_ppoll,
        ] {
            assert_eq!(result(Role::Dissect, call, [0; 6]), None, "{call}");
        }
        let unknown = Some(libc::ENOSYS as u32);
        assert_eq!(result(Role::Dissect, libc::SYS_clone3, [0; 6]), unknown);
    }

    #[test]
    fn the_capturing_process_cannot_send() {
        let capture = |call, arguments| result(Role::Capture, call, arguments);
        for call in [
            libc::SYS_sendto,
            libc::SYS_sendmsg,
            libc::SYS_sendmmsg,
            libc::SYS_writev,
            libc::SYS_pwritev,
            libc::SYS_pwritev2,
            libc::SYS_sendfile,
            libc::SYS_splice,
            libc::SYS_tee,
            libc::SYS_vmsplice,
            libc::SYS_copy_file_range,
            libc::SYS_setsockopt,
            libc::SYS_bind,
            libc::SYS_connect,
            libc::SYS_socket,
            libc::SYS_shutdown,
            // Standard error cannot become another file.
            libc::SYS_dup,
            libc::SYS_dup3,
            // There are no more threads and processes.
            libc::SYS_clone,
            libc::SYS_wait4,
        ] {
            assert_eq!(capture(call, first(2)), EPERM, "{call}");
        }
        for (call, arguments, refused) in [
            (libc::SYS_write, first(2), false),
            (libc::SYS_write, first(3), true),
            (libc::SYS_write, first(1), true),
            (
                libc::SYS_fcntl,
                [3, libc::F_SETFL as u64, 0, 0, 0, 0],
                false,
            ),
            (libc::SYS_fcntl, [3, libc::F_DUPFD as u64, 2, 0, 0, 0], true),
            (
                libc::SYS_fcntl,
                [3, libc::F_DUPFD_CLOEXEC as u64, 2, 0, 0, 0],
                true,
            ),
            // SIOCGIFFLAGS, SIOCSIFFLAGS, MON_IOCX_MFETCH, TIOCSTI
            (libc::SYS_ioctl, [3, 0x8913, 0, 0, 0, 0], false),
            (libc::SYS_ioctl, [3, 0x8914, 0, 0, 0, 0], true),
            (libc::SYS_ioctl, [3, 0xc010_9207, 0, 0, 0, 0], false),
            (libc::SYS_ioctl, [3, libc::TIOCSTI, 0, 0, 0, 0], true),
            (libc::SYS_read, first(3), false),
            (libc::SYS_pwrite64, first(1), false),
            (libc::SYS_getsockopt, first(3), false),
        ] {
            let expected = if refused { EPERM } else { None };
            assert_eq!(capture(call, arguments), expected, "{call} {arguments:?}");
        }
        #[cfg(target_arch = "x86_64")]
        assert_eq!(capture(libc::SYS_dup2, [3, 2, 0, 0, 0, 0]), EPERM);
    }

    #[test]
    fn looking_up_names_takes_sockets() {
        for (domain, expected) in [
            (libc::AF_INET, None),
            (libc::AF_UNIX, None),
            (libc::AF_PACKET, EPERM),
            (libc::AF_VSOCK, EPERM),
        ] {
            let arguments = first(domain as u64);
            assert_eq!(
                result(Role::Resolve, libc::SYS_socket, arguments),
                expected,
                "{domain}"
            );
        }
        assert_eq!(result(Role::Resolve, libc::SYS_connect, first(3)), None);
    }

    #[test]
    fn the_filters_are_made_for_every_processor_that_has_them() {
        for arch in [TargetArch::x86_64, TargetArch::aarch64] {
            for role in ALL {
                let lengths = filters(role, OWN, arch).unwrap().map(|filter| filter.len());
                assert!(
                    lengths.iter().all(|length| (4..4096).contains(length)),
                    "{lengths:?}"
                );
            }
        }
    }
}
