//! Tests what the program can no longer do once it reads packets, by trying it.
//!
//! A confined process cannot continue as a test, so each attempt is made by a copy of this program; the attempts that
//! succeed without the sandbox show that they would be noticed. Some need root or a kernel with landlock; without them
//! the test is skipped with a message, which is a failure under WIRETALK_TEST_ALL=1.

use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    sys::ptrace,
    unistd::{Pid, Uid, geteuid, setuid},
};
use ptyprocess::PtyProcess;
use std::{
    collections::BTreeMap,
    env, fmt,
    fs::{self, File, Permissions},
    io::{self, Read, Write},
    net::{TcpListener, UdpSocket},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        net::{UnixDatagram, UnixStream},
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use tempfile::{NamedTempFile, TempDir};
use wiretalk::confine::{Rights, Role, Wanted, confine};

/// The maximum time of a step, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Passes to the copy how it is to be confined.
const WANTED: &str = "WIRETALK_TEST_CONFINED";

/// A directory that the copy must not access.
const OUTSIDE: &str = "WIRETALK_TEST_OUTSIDE";

/// A user who owns almost nothing, on every system.
const NOBODY: u32 = 65534;

/// Reports that something is skipped, which is a failure if nothing may be skipped.
fn skipped(why: &str) {
    assert!(env::var_os("WIRETALK_TEST_ALL").is_none(), "{why}");
    eprintln!("SKIPPED: {why}");
}

fn is_root() -> bool {
    if !geteuid().is_root() {
        skipped("privileges can be given up by root only");
    }
    geteuid().is_root()
}

/// Returns the result of an attempt: `ok`, or the system's name of the error.
fn outcome<T>(result: io::Result<T>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => match error.raw_os_error() {
            Some(number) => format!("{:?}", Errno::from_raw(number)),
            None => error.to_string(),
        },
    }
}

fn of_nix<T>(result: nix::Result<T>) -> String {
    outcome(result.map_err(io::Error::from))
}

fn say(what: &str, how: impl fmt::Display) {
    // The capturing process may write nowhere else.
    eprintln!("TRIED {what}: {how}");
}

/// The copy: is confined, then makes the attempts. Does nothing when it is run as a test.
#[test]
fn attempts() {
    let Ok(how) = env::var(WANTED) else {
        return;
    };
    let has = |word: &str| how.split(' ').any(|part| part == word);
    let before = chrono::Local::now().offset().to_string();
    let role = match (has("names"), has("capture")) {
        (true, _) => Role::Resolve,
        (_, true) => Role::Capture,
        _ => Role::Dissect,
    };
    let rights = Rights {
        no_sandbox: has("open"),
        user: has("nobody").then(|| "nobody".to_owned()),
    };
    let wanted = Wanted {
        role,
        rights,
        write: env::var_os("WIRETALK_TEST_WRITE")
            .map(PathBuf::from)
            .into_iter()
            .collect(),
        ..Wanted::default()
    };
    let inside = env::current_dir().unwrap();
    let wanted = Wanted {
        out: has("capture").then_some(inside).into_iter().collect(),
        ..wanted
    };
    #[cfg(feature = "live")]
    let socket = has("packet").then(capture_socket);
    // A new thread: the first one is the test runner's and existed before.
    let confined = thread::spawn(move || {
        match confine(&wanted) {
            Ok(confinement) => say("status", confinement.status()),
            Err(error) => return say("status", format_args!("refused: {error}")),
        }
        // The capturing process has one thread.
        if role == Role::Capture {
            #[cfg(feature = "live")]
            if let Some(socket) = socket {
                try_to_send(socket);
            }
            try_all(&before);
            // The test cannot say that it has passed.
            std::process::exit(0);
        } else {
            thread::spawn(move || try_all(&before)).join().unwrap();
        }
    });
    confined.join().unwrap();
}

/// Opens a capture socket on the loopback interface.
#[cfg(feature = "live")]
fn capture_socket() -> pcap::Capture<pcap::Active> {
    pcap::Capture::from_device("lo").unwrap().open().unwrap()
}

/// Tries to put a frame on the wire through a capture socket, in every way there is.
#[cfg(feature = "live")]
fn try_to_send(mut socket: pcap::Capture<pcap::Active>) {
    use rustix::io::{dup, pwrite, write, writev};
    let frame = [0; 60];
    let of = |result: Result<usize, rustix::io::Errno>| outcome(result.map_err(io::Error::from));
    say("send a frame by write", of(write(&socket, &frame)));
    let pieces = [io::IoSlice::new(&frame)];
    say("send a frame by writev", of(writev(&socket, &pieces)));
    say("send a frame by pwrite", of(pwrite(&socket, &frame, 0)));
    let copy = dup(&socket).map(|_| 0);
    say("another number for the socket", of(copy));
    let sent = socket.sendpacket(frame).map_err(|_| Errno::last());
    say("send a frame", of_nix(sent));
    say(
        "ask what was dropped",
        match socket.stats() {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.to_string(),
        },
    );
}

/// Tries to reach other processes on this machine, and the kernel.
fn try_others() {
    use nix::{
        mqueue::{MQ_OFlag, mq_open, mq_unlink},
        sched::{CpuSet, sched_getaffinity, sched_setaffinity},
        sys::{
            memfd::{MFdFlags, memfd_create},
            resource::{Resource, getrlimit, setrlimit},
            signal::kill,
            socket::{AddressFamily, SockFlag, SockType, socketpair},
            stat::Mode,
            uio::{RemoteIoVec, process_vm_readv},
        },
        unistd::getpid,
    };
    for (name, kind) in [
        ("socketpair of datagrams", SockType::Datagram),
        ("socketpair of packets", SockType::SeqPacket),
    ] {
        let flags = SockFlag::empty();
        say(
            name,
            of_nix(socketpair(AddressFamily::Unix, kind, None, flags)),
        );
    }
    say("datagram to a path", outcome(UnixDatagram::unbound()));
    say("signal by kill", of_nix(kill(getpid(), None)));
    let queue = format!("/wiretalk-test-{}", getpid());
    let flags = MQ_OFlag::O_CREAT | MQ_OFlag::O_RDWR;
    say(
        "message queue",
        of_nix(mq_open(queue.as_str(), flags, Mode::S_IRWXU, None)),
    );
    let _ = mq_unlink(queue.as_str());
    let cpus = sched_getaffinity(Pid::from_raw(0)).unwrap_or_else(|_| CpuSet::new());
    say(
        "affinity",
        of_nix(sched_setaffinity(Pid::from_raw(0), &cpus)),
    );
    say(
        "limit",
        of_nix(
            getrlimit(Resource::RLIMIT_NOFILE)
                .and_then(|(soft, hard)| setrlimit(Resource::RLIMIT_NOFILE, soft, hard)),
        ),
    );
    let (mine, mut read) = ([7_u8; 8], [0; 8]);
    let remote = RemoteIoVec {
        base: mine.as_ptr() as usize,
        len: mine.len(),
    };
    let into = &mut [io::IoSliceMut::new(&mut read)];
    say(
        "memory of a process",
        of_nix(process_vm_readv(getpid(), into, &[remote])),
    );
    say(
        "memory as a file",
        of_nix(memfd_create("test", MFdFlags::empty())),
    );
    let own = rustix::process::getpid();
    let handle = rustix::process::pidfd_open(own, rustix::process::PidfdFlags::empty());
    say(
        "handle of a process",
        outcome(handle.map_err(io::Error::from)),
    );
    say("thread", outcome(thread::Builder::new().spawn(|| ())));
}

/// What every process of the program is refused.
const REFUSED: [&str; 15] = [
    "exec",
    "socket",
    "listen",
    "socketpair",
    "socketpair of datagrams",
    "socketpair of packets",
    "datagram to a path",
    "ptrace",
    "unshare",
    "signal by kill",
    "message queue",
    "affinity",
    "memory of a process",
    "memory as a file",
    "handle of a process",
];

fn try_all(zone_before: &str) {
    try_others();
    let outside = PathBuf::from(env::var_os(OUTSIDE).unwrap());
    say("exec", outcome(Command::new("/bin/true").status()));
    say("socket", outcome(UdpSocket::bind("127.0.0.1:0")));
    say("listen", outcome(TcpListener::bind("127.0.0.1:0")));
    say("socketpair", outcome(UnixStream::pair()));
    // Of a process that does not exist: if the call is allowed, this is its error.
    say("ptrace", of_nix(ptrace::attach(Pid::from_raw(i32::MAX))));
    // Several threads cannot have it, which is an error only after the call is allowed.
    say("unshare", of_nix(unshare(CloneFlags::CLONE_NEWUSER)));
    say("write outside", outcome(File::create(outside.join("new"))));
    say("read outside", outcome(File::open(outside.join("secret"))));
    say("list outside", outcome(fs::read_dir(&outside)));
    say(
        "remove outside",
        outcome(fs::remove_file(outside.join("victim"))),
    );
    say("write inside", outcome(File::create("new")));
    say(
        "make a directory inside",
        outcome(fs::create_dir("directory")),
    );
    say("temporary", outcome(tempfile::tempfile()));
    let named = NamedTempFile::new_in(".").and_then(|file| Ok(file.persist_noclobber("kept")?));
    say("rename inside", outcome(named));
    say(
        "null",
        outcome(File::options().read(true).write(true).open("/dev/null")),
    );
    say(
        "counters",
        outcome(fs::read("/sys/class/net/lo/statistics/rx_packets")),
    );
    let zone = || chrono::Local::now().offset().to_string();
    let zone = match thread::Builder::new().spawn(zone) {
        Ok(thread) => thread.join().unwrap(),
        Err(_) => zone(),
    };
    say("zone", &zone);
    say("zone as before", zone == zone_before);
    if let Some(file) = env::var_os("WIRETALK_TEST_WRITE") {
        say("write as wanted", outcome(File::create(file)));
    }
    if !geteuid().is_root() {
        say("root again", of_nix(setuid(Uid::from_raw(0))));
    }
    for (name, value) in status(Path::new("/proc/thread-self/status")) {
        say(&name, value);
    }
}

/// Returns the lines of a process's status.
fn status(file: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines
        .map(|(name, value)| {
            (
                name.to_owned(),
                value.split_whitespace().collect::<Vec<_>>().join(" "),
            )
        })
        .collect()
}

/// The results of all of a copy's attempts.
struct Tried {
    all: BTreeMap<String, String>,
    _folders: [TempDir; 2],
}

impl Tried {
    fn by(how: &str, more: impl FnOnce(&mut Command, &Path)) -> Self {
        let everybody = |folder: TempDir| {
            fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
            folder
        };
        let inside = everybody(tempfile::tempdir().unwrap());
        // Not in the directory for temporary files, which stays accessible to it.
        let outside = everybody(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap());
        for name in ["secret", "victim"] {
            fs::write(outside.path().join(name), "x").unwrap();
        }
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["--exact", "attempts", "--nocapture", "--test-threads=1"])
            .env(WANTED, how)
            .env(OUTSIDE, outside.path())
            .env("TMPDIR", inside.path())
            .env_remove("TZ")
            .env_remove("SUDO_UID")
            .env_remove("SUDO_GID")
            .current_dir(inside.path());
        more(&mut command, inside.path());
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{text}");
        let all = text
            .lines()
            .filter_map(|line| line.split_once("TRIED ")?.1.split_once(": "))
            .map(|(what, how)| (what.to_owned(), how.to_owned()))
            .collect();
        Tried {
            all,
            _folders: [inside, outside],
        }
    }

    #[track_caller]
    fn assert(&self, what: &str, how: &str) {
        let all = &self.all;
        assert_eq!(
            all.get(what).map(String::as_str),
            Some(how),
            "{what}; all: {all:#?}"
        );
    }

    /// Whether this kernel supports everything that is tested.
    fn has_everything(&self) -> bool {
        let status = &self.all["status"];
        let has = !status.contains("no landlock") && !status.contains("no seccomp");
        if !has {
            skipped(&format!(
                "this system confines no program in full: {status}"
            ));
        }
        has
    }
}

#[test]
fn what_is_no_business_of_the_program_is_refused() {
    let tried = Tried::by("", |_, _| {});
    if !tried.has_everything() {
        return;
    }
    for what in REFUSED {
        tried.assert(what, "EPERM");
    }
    tried.assert("limit", "EPERM");
    for what in [
        "write outside",
        "read outside",
        "list outside",
        "remove outside",
    ] {
        tried.assert(what, "EACCES");
    }
    for (name, value) in [
        ("CapEff", "0000000000000000"),
        ("CapPrm", "0000000000000000"),
        ("CapInh", "0000000000000000"),
        ("CapAmb", "0000000000000000"),
        ("NoNewPrivs", "1"),
        ("Seccomp", "2"),
    ] {
        tried.assert(name, value);
    }
}

#[test]
fn what_the_program_does_still_works() {
    let tried = Tried::by("", |_, _| {});
    for what in [
        "write inside",
        "make a directory inside",
        "rename inside",
        "temporary",
        "thread",
        "null",
        "counters",
    ] {
        tried.assert(what, "ok");
    }
    tried.assert("zone as before", "true");
}

#[test]
fn without_the_sandbox_the_same_attempts_succeed() {
    let tried = Tried::by("open", |_, _| {});
    for what in REFUSED {
        if !["ptrace", "unshare"].contains(&what) {
            tried.assert(what, "ok");
        }
    }
    for what in ["limit", "write outside", "read outside", "remove outside"] {
        tried.assert(what, "ok");
    }
    tried.assert("ptrace", "ESRCH");
    tried.assert("unshare", "EINVAL");
    tried.assert(
        "status",
        match geteuid().is_root() {
            true => "root without capabilities · no new privileges · no sandbox",
            false => "no new privileges · no sandbox",
        },
    );
    // Capabilities are dropped all the same.
    tried.assert("CapEff", "0000000000000000");
    tried.assert("NoNewPrivs", "1");
}

#[test]
fn looking_up_names_takes_sockets_and_nothing_else() {
    let tried = Tried::by("names", |_, _| {});
    if !tried.has_everything() {
        return;
    }
    tried.assert("socket", "ok");
    assert_ne!(tried.all["listen"], "ok");
    for what in REFUSED {
        if !["socket", "listen", "datagram to a path"].contains(&what) {
            tried.assert(what, "EPERM");
        }
    }
    for what in ["write outside", "write inside"] {
        tried.assert(what, "EACCES");
    }
}

#[cfg(feature = "live")]
#[test]
fn the_capturing_process_cannot_send_and_writes_its_files_only() {
    if !is_root() {
        return;
    }
    let sending = [
        "send a frame",
        "send a frame by write",
        "send a frame by writev",
        "another number for the socket",
    ];
    let tried = Tried::by("open capture packet", |_, _| {});
    for what in sending {
        tried.assert(what, "ok");
    }
    let tried = Tried::by("capture packet", |_, _| {});
    if !tried.has_everything() {
        return;
    }
    for what in REFUSED.into_iter().chain(sending) {
        tried.assert(what, "EPERM");
    }
    tried.assert("send a frame by pwrite", "ESPIPE");
    for what in ["limit", "thread"] {
        tried.assert(what, "EPERM");
    }
    for what in ["write outside", "read outside", "list outside", "null"] {
        tried.assert(what, "EACCES");
    }
    for what in ["write inside", "counters", "ask what was dropped"] {
        tried.assert(what, "ok");
    }
    tried.assert("zone as before", "true");
}

#[test]
fn the_time_zone_is_that_of_the_user_in_threads_that_come_later() {
    let tried = Tried::by("", |command, _| {
        command.env("TZ", "Asia/Seoul");
    });
    if !Path::new("/usr/share/zoneinfo/Asia/Seoul").exists() {
        return skipped("there are no time zones here");
    }
    tried.assert("zone", "+09:00");
    // Also a file in another directory.
    let tried = Tried::by("", |command, _| {
        let elsewhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("zone");
        fs::copy("/usr/share/zoneinfo/Asia/Seoul", &elsewhere).unwrap();
        command.env("TZ", elsewhere);
    });
    tried.assert("zone", "+09:00");
}

#[test]
fn root_becomes_the_user_who_called_sudo_and_never_root_again() {
    if !is_root() {
        return;
    }
    let by_sudo = |command: &mut Command, _: &Path| {
        command
            .env("SUDO_UID", NOBODY.to_string())
            .env("SUDO_GID", NOBODY.to_string());
    };
    for tried in [
        Tried::by("", by_sudo),
        Tried::by("nobody", |_, _| {}),
        Tried::by("open", by_sudo),
    ] {
        tried.assert("Uid", "65534 65534 65534 65534");
        tried.assert("Gid", "65534 65534 65534 65534");
        assert!(
            !tried.all["Groups"].split(' ').any(|group| group == "0"),
            "{:?}",
            tried.all["Groups"]
        );
        tried.assert("root again", "EPERM");
        for set in ["CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"] {
            tried.assert(set, "0000000000000000");
        }
        tried.assert("NoNewPrivs", "1");
        assert!(
            tried.all["status"].starts_with("as nobody · no new privileges"),
            "{}",
            tried.all["status"]
        );
        tried.assert("write inside", "ok");
    }
}

#[test]
fn root_that_stays_root_keeps_no_more_than_the_capture_takes() {
    if !is_root() {
        return;
    }
    // A directory of another user, where only its owner may write.
    let ring = tempfile::tempdir().unwrap();
    chown(ring.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    fs::set_permissions(ring.path(), Permissions::from_mode(0o755)).unwrap();
    let file = ring.path().join("ring.pcapng");
    let tried = Tried::by("", |command, _| {
        command.env("WIRETALK_TEST_WRITE", &file);
    });
    tried.assert("write as wanted", "ok");
    // CAP_DAC_OVERRIDE, and nothing else.
    tried.assert("CapEff", "0000000000000002");
    tried.assert("CapPrm", "0000000000000002");
    tried.assert("CapBnd", "0000000000000000");
    assert!(
        tried.all["status"].starts_with("root for files"),
        "{}",
        tried.all["status"]
    );
    // If root may write without capabilities it keeps none.
    let tried = Tried::by("", |command, inside| {
        command.env("WIRETALK_TEST_WRITE", inside.join("ring.pcapng"));
    });
    tried.assert("write as wanted", "ok");
    for set in ["CapEff", "CapPrm", "CapBnd"] {
        tried.assert(set, "0000000000000000");
    }
    // A user who may not write there gets an error before anything is captured.
    let tried = Tried::by("nobody", |command, _| {
        fs::set_permissions(ring.path(), Permissions::from_mode(0o700)).unwrap();
        chown(ring.path(), Some(0), Some(0)).unwrap();
        command.env("WIRETALK_TEST_WRITE", &file);
    });
    let status = &tried.all["status"];
    assert!(
        status.contains("cannot be written as nobody (-Z root stays root)"),
        "{status}"
    );
}

/// Waits until the kernel refuses calls of a process, and checks the confinement of all of its threads.
#[track_caller]
fn assert_confined(process: u32, threads: usize) {
    let tasks = PathBuf::from(format!("/proc/{process}/task"));
    let begun = Instant::now();
    // A call is refused in all threads at once, so their states are read only after that of the first.
    let all = loop {
        let first = status(Path::new(&format!("/proc/{process}/status")));
        let tasks = fs::read_dir(&tasks).into_iter().flatten().flatten();
        let all: Vec<_> = tasks
            .map(|task| status(&task.path().join("status")))
            // A thread that has ended meanwhile has no status.
            .filter(|task| !task.is_empty())
            .collect();
        if all.len() >= threads && first.get("Seccomp").is_some_and(|mode| mode == "2") {
            break all;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "it was never confined: {all:#?}"
        );
        thread::sleep(Duration::from_millis(5));
    };
    for task in all {
        let is = |name: &str, value: &str| assert_eq!(task[name], value, "{name}: {task:#?}");
        is("Seccomp", "2");
        is("NoNewPrivs", "1");
        for set in ["CapEff", "CapPrm", "CapInh", "CapAmb"] {
            is(set, "0000000000000000");
        }
        if geteuid().is_root() {
            is("CapBnd", "0000000000000000");
        }
    }
}

#[test]
fn a_capture_on_standard_input_is_read_by_a_confined_program() {
    let capture = fs::read("samples/refused.pcap").unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_wiretalk"))
        .env("LC_ALL", "C.UTF-8")
        .args(["conversations", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = program.stdin.take().unwrap();
    // It has not been read at that point.
    assert_confined(program.id(), 1);
    input.write_all(&capture).unwrap();
    drop(input);
    let output = program.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("refused"));
}

/// Runs the program on a terminal, until `q`: waits for words, presses keys, and returns everything that was shown.
fn on_a_terminal(arguments: &[&str], words: &str, keys: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiretalk"));
    command
        .args(["--theme", "dark"])
        .args(arguments)
        .env("LC_ALL", "C.UTF-8");
    let mut process = PtyProcess::spawn(command).unwrap();
    process.set_window_size(120, 40).unwrap();
    let mut output = process.get_raw_handle().unwrap();
    let shown = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&shown);
    thread::spawn(move || {
        let mut bytes = [0; 1 << 16];
        while let Ok(count @ 1..) = output.read(&mut bytes) {
            into.lock().unwrap().extend_from_slice(&bytes[..count]);
        }
    });
    let so_far = || String::from_utf8_lossy(&shown.lock().unwrap()).into_owned();
    let wait_for = |words: &str| {
        let begun = Instant::now();
        while !so_far().contains(words) {
            assert!(
                begun.elapsed() < PATIENCE,
                "'{words}' never came: {}",
                so_far()
            );
            thread::sleep(Duration::from_millis(5));
        }
    };
    let mut input = process.get_raw_handle().unwrap();
    wait_for(words);
    input.write_all(keys.as_bytes()).unwrap();
    // The main thread, and the one that waits for signals; that of the index may have ended.
    let id = process.pid().as_raw() as u32;
    assert_confined(id, 2);
    // Two pairs through which signals wake a thread: the terminal's and the program's.
    assert!(sockets(id).len() <= 4, "{:?}", sockets(id));
    input.write_all(b"?").unwrap();
    wait_for("Keys");
    input.write_all(b"qq").unwrap();
    process.wait().unwrap();
    so_far()
}

#[test]
fn the_screen_is_confined_in_all_its_threads_and_says_so() {
    let shown = on_a_terminal(&["samples/refused.pcap"], "Conversations", "");
    assert!(shown.contains("no new privileges"), "{shown}");
    assert!(!shown.contains("no sandbox"), "{shown}");
}

#[test]
fn a_capture_that_was_chosen_on_the_start_screen_is_read_by_a_confined_program() {
    on_a_terminal(&[], "what to look at", "G\r");
}

/// Returns the processes that a process has started.
#[cfg(feature = "live")]
fn children(process: u32) -> Vec<u32> {
    let all = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap();
    all.split_whitespace()
        .map(|id| id.parse().unwrap())
        .collect()
}

/// Returns the sockets that a process holds.
fn sockets(process: u32) -> Vec<String> {
    let open = fs::read_dir(format!("/proc/{process}/fd"))
        .unwrap()
        .flatten();
    let names = open.filter_map(|open| fs::read_link(open.path()).ok());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("socket:")).collect()
}

#[cfg(feature = "live")]
#[test]
fn packets_are_captured_by_a_confined_program() {
    if !is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let file = folder.path().join("live.pcapng");
    let mut program = Command::new(env!("CARGO_BIN_EXE_wiretalk"))
        .env("LC_ALL", "C.UTF-8")
        .args(["packets", "-i", "lo", "-c", "2", "udp port 9", "-w"])
        .arg(&file)
        .env("SUDO_UID", NOBODY.to_string())
        .env("SUDO_GID", NOBODY.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The thread that reads reports, and that of the index.
    assert_confined(program.id(), 3);
    let capturing = children(program.id());
    let [capturing] = capturing[..] else {
        panic!("{capturing:?}");
    };
    assert_confined(capturing, 1);
    // The pair through which a signal wakes a thread.
    assert_eq!(sockets(program.id()).len(), 2);
    assert_eq!(sockets(capturing).len(), 1);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    while program.try_wait().unwrap().is_none() {
        let _ = socket.send_to(b"x", "127.0.0.1:9");
        thread::sleep(Duration::from_millis(20));
    }
    let output = program.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2);
    let about = fs::metadata(&file).unwrap();
    assert_eq!((about.uid(), about.gid()), (NOBODY, NOBODY));
}
