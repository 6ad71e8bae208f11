//! Network namespaces, and programs in them. They do not affect the machine outside.

use std::{
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// The maximum time of a step; it is a limit for failures, not a measure.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether the test can run in network namespaces: it is run by root, and the programs that it needs are there. Reports
/// if not, and fails if nothing may be skipped.
pub fn can_try(programs: &[&str]) -> bool {
    let missing = match rustix::process::geteuid().is_root() {
        false => Some("root".to_owned()),
        true => programs
            .iter()
            .chain(&["ip"])
            .find(|program| !is_here(program))
            .map(|program| (*program).to_owned()),
    };
    if let Some(missing) = &missing {
        assert!(
            std::env::var_os("WIRETALK_TEST_ALL").is_none(),
            "live capture cannot be tried without {missing}"
        );
        eprintln!("SKIPPED: live capture cannot be tried without {missing}");
    }
    missing.is_none()
}

fn is_here(program: &str) -> bool {
    if let Some(module) = program.strip_prefix("python3-") {
        let import = Command::new("/usr/bin/python3")
            .args(["-c", &format!("import {module}")])
            .output();
        return import.is_ok_and(|output| output.status.success());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|folder| folder.join(program).exists())
}

fn sh(command: &str) {
    let status = Command::new("sh").args(["-c", command]).status().unwrap();
    assert!(status.success(), "{command}");
}

/// Two machines and a wire between them: `here` has 10.0.0.1 on `wire`, `there` has 10.0.0.2.
pub struct Wire {
    here: String,
    there: String,
}

impl Wire {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("wt{}-{number}", std::process::id());
        let wire = Wire {
            here: format!("{name}a"),
            there: format!("{name}b"),
        };
        let Wire { here, there } = &wire;
        sh(&format!(
            "ip netns add {here} && ip netns add {there} \
             && ip -n {here} link add wire type veth peer name wire netns {there} \
             && for n in {here} {there}; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1; done \
             && ip -n {here} addr add 10.0.0.1/24 dev wire && ip -n {there} addr add 10.0.0.2/24 dev wire \
             && for n in {here} {there}; do ip -n $n link set lo up; ip -n $n link set wire up; done"
        ));
        wire
    }

    /// Gives both ends an address of IPv6: fd00::1 here and fd00::2 there.
    pub fn give_ipv6(&self) {
        for (machine, number) in [(&self.here, 1), (&self.there, 2)] {
            sh(&format!(
                "ip netns exec {machine} sysctl -qw net.ipv6.conf.wire.disable_ipv6=0 \
                 && ip -n {machine} addr add fd00::{number}/64 dev wire nodad"
            ));
        }
    }

    /// Changes something on this machine, with the arguments of `ip`.
    pub fn ip(&self, words: &str) {
        sh(&format!("ip -n {} {words}", self.here));
    }

    fn command(machine: &str, words: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", machine])
            .args(words)
            .env("LC_ALL", "C.UTF-8");
        command
    }

    /// Runs a program here until it ends.
    pub fn run(&self, words: &[&str]) -> std::process::Output {
        Wire::command(&self.here, words).output().unwrap()
    }

    /// Runs a program at the other end, until it is dropped.
    pub fn serve(&self, words: &[&str], port: u16) -> Running {
        let mut command = Wire::command(&self.there, words);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let running = Running(child.unwrap());
        // Checked within its own machine, so that no traffic is captured.
        let ask = format!(
            "ip netns exec {} ss -Hltn sport = :{port} | grep -q .",
            self.there
        );
        wait_for(&format!("port {port}"), || {
            let asked = Command::new("sh").args(["-c", &ask]).status();
            asked.unwrap().success()
        });
        running
    }

    /// Runs the program under test here.
    pub fn wiretalk(&self, words: &[&str]) -> Capturing {
        self.start(&[&[env!("CARGO_BIN_EXE_wiretalk")], words].concat())
    }

    /// Runs a program here that captures, and waits for its first message.
    pub fn start(&self, words: &[&str]) -> Capturing {
        let mut command = Wire::command(&self.here, words);
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut running = Running(child.unwrap());
        let errors = running.0.stderr.take().unwrap();
        let mut errors = BufReader::new(errors);
        let mut first = String::new();
        errors.read_line(&mut first).unwrap();
        Capturing {
            running,
            first,
            errors,
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let _ = Command::new("ip")
            .args(["netns", "del", &self.here])
            .status();
        let _ = Command::new("ip")
            .args(["netns", "del", &self.there])
            .status();
    }
}

/// Waits until a condition holds.
pub fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A program that ends with the test.
pub struct Running(Child);

impl Running {
    fn id(&self) -> i32 {
        self.0.id() as i32
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program that captures, after its first message.
pub struct Capturing {
    running: Running,
    /// Its first line on standard error.
    first: String,
    errors: BufReader<ChildStderr>,
}

/// The output of a program that has ended.
pub struct Said {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Capturing {
    /// Returns its output.
    pub fn stdout(&mut self) -> BufReader<ChildStdout> {
        BufReader::new(self.running.0.stdout.take().unwrap())
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        send_signal(self.id(), signal);
    }

    /// Returns its number.
    pub fn id(&self) -> i32 {
        self.running.id()
    }

    /// Returns the number of the process that captures for it.
    pub fn capturing(&self) -> i32 {
        let id = self.id();
        let file = format!("/proc/{id}/task/{id}/children");
        let children = std::fs::read_to_string(file).unwrap();
        children.trim().parse().unwrap()
    }

    /// Waits until it ends by itself.
    pub fn end(mut self) -> Said {
        let Capturing {
            first, mut errors, ..
        } = self;
        let errors = std::thread::spawn(move || {
            let mut text = first;
            errors.read_to_string(&mut text).map(|_| text)
        });
        let child = &mut self.running.0;
        let mut stdout = String::new();
        if let Some(output) = child.stdout.take() {
            for line in BufReader::new(output).lines() {
                stdout += &line.unwrap();
                stdout.push('\n');
            }
        }
        Said {
            status: child.wait().unwrap(),
            stdout,
            stderr: errors.join().unwrap().unwrap(),
        }
    }
}

/// Sends a signal to a process.
pub fn send_signal(process: i32, signal: rustix::process::Signal) {
    let id = rustix::process::Pid::from_raw(process).unwrap();
    rustix::process::kill_process(id, signal).unwrap();
}

/// Whether a process runs. A zombie, which its parent has not waited for, does not.
pub fn is_running(process: i32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = status.rsplit(") ").next().unwrap_or_default();
    !state.is_empty() && !state.starts_with('Z')
}

/// Returns a new directory that is deleted afterwards.
pub fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}
