//! Live capture with real packets, in network namespaces. Needs root, and some programs; without them the test is
//! skipped with a message, which is a failure under WIRETALK_TEST_ALL=1.

mod clients;
mod net;

use net::{Capturing, Running, Said, Wire, can_try, folder, is_running, send_signal, wait_for};
use rustix::process::Signal;
use serde_json::Value;
use std::{
    io::BufRead,
    path::{Path, PathBuf},
    process::Command,
};
use wiretalk::capture::Reader;

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Runs the program on a file.
fn offline(words: &[&str]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_wiretalk"))
        .env("LC_ALL", "C.UTF-8")
        .args(words)
        .output()
        .unwrap();
    Said {
        status: output.status,
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn packets_in(file: &Path) -> Vec<Value> {
    let said = offline(&["packets", file.to_str().unwrap(), "--json"]);
    assert_eq!(said.status.code(), Some(0), "{}", said.stderr);
    lines(&said.stdout)
}

/// Returns the number before these words in a summary.
fn counted(said: &Said, words: &str) -> u64 {
    let line = said.stderr.lines().find(|line| line.ends_with(words));
    let line = line.unwrap_or_else(|| panic!("no {words:?} in {}", said.stderr));
    let number = line
        .split(' ')
        .next()
        .unwrap()
        .replace([',', '\u{202f}'], "");
    number.parse().unwrap()
}

/// Returns the test program that sends packets.
fn sender() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    here.parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/sender")
}

fn send(wire: &Wire, packets: u64, rate: u64) -> String {
    let sender = sender();
    let words = [
        sender.to_str().unwrap(),
        "wire",
        &packets.to_string(),
        &rate.to_string(),
    ];
    let output = wire.run(&words);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that captures what `send` sends.
fn capture_sent(wire: &Wire, command: &str, more: &[&str]) -> Capturing {
    wire.wiretalk(&[&[command, "-i", "wire"], more, &["udp port 9"]].concat())
}

/// Returns the data of a packet that is known when it comes, independent of later ones.
fn at_once(packet: &Value) -> Vec<Value> {
    let names = [
        "number",
        "time_ns",
        "length",
        "captured_length",
        "conversation",
        "source",
        "destination",
    ];
    names.map(|name| packet[name].clone()).to_vec()
}

/// Starts a server of each, for the files of `site`.
fn serve_web_ftp_and_mail(wire: &Wire, site: &str) -> [Running; 3] {
    let web = wire.serve(
        &["/usr/bin/python3", "-m", "http.server", "-d", site, "80"],
        80,
    );
    let ftp = wire.serve(
        &[
            "/usr/bin/python3",
            "-m",
            "pyftpdlib",
            "-i",
            "10.0.0.2",
            "-p",
            "21",
            "-d",
            site,
        ],
        21,
    );
    let mail = wire.serve(
        &[
            "/usr/bin/python3",
            "-m",
            "aiosmtpd",
            "-n",
            "-l",
            "10.0.0.2:25",
            "-c",
            "aiosmtpd.handlers.Sink",
        ],
        25,
    );
    [web, ftp, mail]
}

/// Fetches a page, lists a directory and sends a mail.
fn use_web_ftp_and_mail(wire: &Wire, path: &Path) {
    let url = "10.0.0.2/%EB%B3%B4%EA%B3%A0%EC%84%9C.txt";
    let mail = path.join("mail");
    for words in [
        vec!["-s", url],
        vec!["-s", "ftp://10.0.0.2/"],
        vec![
            "-s",
            "smtp://10.0.0.2",
            "--mail-from",
            "a@example.kr",
            "--mail-rcpt",
            "b@example.kr",
            "-T",
            mail.to_str().unwrap(),
        ],
    ] {
        let output = wire.run(&[vec!["curl"], words].concat());
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn web_ftp_and_mail_are_dissected_live_as_from_the_file() {
    if !can_try(&["curl", "python3-pyftpdlib", "python3-aiosmtpd"]) {
        return;
    }
    let (_folder, path) = folder();
    let file = path.join("live.pcapng");
    let name = file.to_str().unwrap();
    std::fs::write(path.join("보고서.txt"), "가나다\n".repeat(5000)).unwrap();
    std::fs::write(path.join("mail"), "Subject: hello\r\n\r\nGood day.\r\n").unwrap();
    let site = path.to_str().unwrap();
    let wire = Wire::new();
    let _servers = serve_web_ftp_and_mail(&wire, site);
    let other = path.join("other.pcapng");
    let other = other.to_str().unwrap();
    let conversations =
        wire.wiretalk(&["conversations", "-i", "wire", "-w", other, "--json", "tcp"]);
    let packets = wire.wiretalk(&["packets", "-i", "wire", "-w", name, "--json", "tcp"]);
    use_web_ftp_and_mail(&wire, &path);
    // Servers close connections a little later.
    wait_for("the end of every conversation", || {
        let said = offline(&["conversations", name, "--json"]);
        let all = lines(&said.stdout);
        all.len() == 4 && all.iter().all(|one| one["state"] == "SF")
    });
    conversations.signal(Signal::INT);
    packets.signal(Signal::INT);
    let (conversations, packets) = (conversations.end(), packets.end());
    assert_eq!(
        conversations.status.code(),
        Some(0),
        "{}",
        conversations.stderr
    );
    assert_eq!(packets.status.code(), Some(0), "{}", packets.stderr);

    let live = lines(&packets.stdout);
    let later = packets_in(&file);
    assert_eq!(live.len(), later.len());
    assert_eq!(live.len() as u64, counted(&packets, "captured"));
    for (live, later) in live.iter().zip(&later) {
        assert_eq!(at_once(live), at_once(later));
    }
    let said = offline(&["conversations", other, "--json"]);
    let (live, later) = (lines(&conversations.stdout), lines(&said.stdout));
    assert_eq!(live, later);
    let applications: Vec<&str> = later
        .iter()
        .filter_map(|one| one["application"].as_str())
        .collect();
    assert_eq!(applications, ["http", "ftp", "ftp-data", "smtp"]);
    for one in &later {
        assert_eq!(one["state"], "SF", "{one}");
    }
}

#[test]
fn a_hundred_thousand_packets_a_second_are_all_there() {
    if !can_try(&[]) {
        return;
    }
    const PACKETS: u64 = 500_000;
    let (_folder, path) = folder();
    let file = path.join("live.pcapng");
    let wire = Wire::new();
    let name = file.to_str().unwrap();
    let capture = capture_sent(&wire, "conversations", &["-w", name, "--json"]);
    eprintln!("sent {}", send(&wire, PACKETS, 100_000).trim());
    capture.signal(Signal::INT);
    let said = capture.end();
    assert_eq!(said.status.code(), Some(0), "{}", said.stderr);
    assert_eq!(counted(&said, "captured"), PACKETS);
    assert_eq!(counted(&said, "dropped by kernel"), 0);
    let sum = |text: &str| -> u64 {
        lines(text)
            .iter()
            .map(|one| one["packets"].as_u64().unwrap())
            .sum()
    };
    assert_eq!(sum(&said.stdout), PACKETS);
    let later = offline(&["conversations", name, "--json"]);
    assert_eq!(
        (sum(&later.stdout), later.status.code()),
        (PACKETS, Some(0))
    );
}

#[test]
fn what_the_kernel_dropped_is_said_and_kept() {
    if !can_try(&[]) {
        return;
    }
    const PACKETS: u64 = 50_000;
    let (_folder, path) = folder();
    let file = path.join("live.pcapng");
    let wire = Wire::new();
    let name = file.to_str().unwrap();
    let capture = capture_sent(&wire, "packets", &["-B", "512KiB", "-w", name, "--json"]);
    // The buffer is not read meanwhile.
    let capturing = capture.capturing();
    send_signal(capturing, Signal::STOP);
    send(&wire, PACKETS, 1_000_000);
    send_signal(capturing, Signal::CONT);
    send(&wire, 1, 1);
    capture.signal(Signal::INT);
    let said = capture.end();
    let (captured, dropped) = (
        counted(&said, "captured"),
        counted(&said, "dropped by kernel"),
    );
    assert!(captured > 0 && dropped > 0, "{}", said.stderr);
    // The kernel counts dropped packets among the received ones, and both may be less than were sent: a queue before it
    // is short too.
    assert!(captured + dropped <= PACKETS + 1, "{}", said.stderr);
    let mut reader = Reader::open(&file).unwrap();
    while reader.next().is_some() {}
    assert_eq!(reader.packets(), captured);
    assert_eq!(reader.interfaces()[0].drops, Some(dropped));
}

/// In a directory where anyone may create files, another user's link leads nowhere.
#[test]
fn a_planted_link_is_not_followed() {
    use std::os::unix::fs::{PermissionsExt, lchown, symlink};
    if !can_try(&[]) {
        return;
    }
    const NOBODY: u32 = 65534;
    let (_folder, path) = folder();
    let (shared, target) = (path.join("shared"), path.join("target"));
    for directory in [&shared, &target] {
        std::fs::create_dir(directory).unwrap();
    }
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o1777)).unwrap();
    let link = shared.join("out");
    symlink(&target, &link).unwrap();
    let link = link.to_str().unwrap();
    let file = format!("{link}/file.pcap");
    let written = |owner| {
        lchown(link, Some(owner), None).unwrap();
        let sample = "samples/web-korean.pcap";
        let lists = [
            &["objects", sample, "--out", link][..],
            &["save", sample, &file],
        ];
        lists.map(|list| {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wiretalk"));
            let output = command.args(list).output().unwrap();
            output.status.code()
        })
    };
    assert_eq!(written(NOBODY), [Some(1), Some(1)]);
    assert_eq!(std::fs::read_dir(&target).unwrap().count(), 0);
    // Its own user's link is followed.
    assert_eq!(written(0), [Some(0), Some(0)]);
    assert!(std::fs::read_dir(&target).unwrap().count() > 1);
}

#[test]
fn an_interface_may_go_down_and_come_back() {
    if !can_try(&[]) {
        return;
    }
    let (_folder, path) = folder();
    let file = path.join("live.pcapng");
    let wire = Wire::new();
    let name = file.to_str().unwrap();
    let capture = capture_sent(&wire, "conversations", &["-w", name]);
    send(&wire, 10, 1000);
    wait_for("the first packets", || packets_in(&file).len() == 10);
    wire.ip("link set wire down");
    std::thread::sleep(std::time::Duration::from_millis(300));
    wire.ip("link set wire up");
    wait_for("the interface", || {
        let state = wire.run(&["cat", "/sys/class/net/wire/operstate"]).stdout;
        state.starts_with(b"up")
    });
    send(&wire, 7, 1000);
    wait_for("the other packets", || packets_in(&file).len() == 17);
    capture.signal(Signal::TERM);
    let said = capture.end();
    assert_eq!(
        (counted(&said, "captured"), said.status.code()),
        (17, Some(0))
    );
}

#[test]
fn an_interface_that_is_taken_away_ends_it_with_words() {
    if !can_try(&[]) {
        return;
    }
    let wire = Wire::new();
    let capture = capture_sent(&wire, "packets", &["--json"]);
    send(&wire, 10, 1000);
    std::thread::sleep(std::time::Duration::from_millis(300));
    wire.ip("link del wire");
    let said = capture.end();
    assert_eq!(said.status.code(), Some(1), "{}", said.stderr);
    assert_eq!(lines(&said.stdout).len(), 10);
    assert!(
        said.stderr.contains("disappeared") || said.stderr.contains("gone"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_full_disk_ends_it_and_keeps_what_fits() {
    if !can_try(&["mount"]) {
        return;
    }
    let (_folder, path) = folder();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
        .arg(&path)
        .status();
    assert!(mounted.unwrap().success());
    let file = path.join("live.pcapng");
    let wire = Wire::new();
    let name = file.to_str().unwrap();
    let capture = capture_sent(&wire, "packets", &["-w", name, "--json"]);
    send(&wire, 5000, 50_000);
    let said = capture.end();
    let there = packets_in(&file);
    let unmounted = Command::new("umount").arg(&path).status();
    assert!(unmounted.unwrap().success());
    assert_eq!(said.status.code(), Some(1), "{}", said.stderr);
    assert!(said.stderr.contains("no space left"), "{}", said.stderr);
    assert!((1000..5000).contains(&there.len()), "{}", there.len());
    assert_eq!(counted(&said, "captured"), there.len() as u64);
    assert_eq!(lines(&said.stdout).len(), there.len());
}

#[test]
fn a_killed_capture_leaves_a_file_that_opens() {
    if !can_try(&[]) {
        return;
    }
    let (_folder, path) = folder();
    let file = path.join("live.pcapng");
    let wire = Wire::new();
    let name = file.to_str().unwrap();
    let capture = capture_sent(&wire, "packets", &["-w", name, "--json"]);
    send(&wire, 1000, 10_000);
    wait_for("some packets", || {
        file.exists() && packets_in(&file).len() >= 100
    });
    let capturing = capture.capturing();
    capture.signal(Signal::KILL);
    capture.end();
    // The capturing process notices, writes what has arrived, and ends.
    wait_for("its end", || !is_running(capturing));
    assert_eq!(packets_in(&file).len(), 1000);
}

#[test]
fn a_capture_whose_capturing_process_is_killed_ends_and_says_so() {
    if !can_try(&[]) {
        return;
    }
    let (_folder, path) = folder();
    let file = path.join("live.pcapng");
    let wire = Wire::new();
    let name = file.to_str().unwrap();
    let capture = capture_sent(&wire, "packets", &["-w", name, "--json"]);
    send(&wire, 500, 10_000);
    wait_for("the packets", || {
        file.exists() && packets_in(&file).len() == 500
    });
    send_signal(capture.capturing(), Signal::KILL);
    let said = capture.end();
    assert_eq!(said.status.code(), Some(1), "{}", said.stderr);
    assert!(
        said.stderr.contains("killed by signal 9"),
        "{}",
        said.stderr
    );
    // It has not told how many there were.
    assert!(
        !said.stderr.contains("received by filter"),
        "{}",
        said.stderr
    );
    assert_eq!(lines(&said.stdout).len(), 500);
}

#[test]
fn a_capturing_process_that_hangs_is_not_waited_for() {
    if !can_try(&[]) {
        return;
    }
    let wire = Wire::new();
    let capture = capture_sent(&wire, "packets", &["--json"]);
    send(&wire, 20, 1000);
    let capturing = capture.capturing();
    send_signal(capturing, Signal::STOP);
    capture.signal(Signal::INT);
    let said = capture.end();
    send_signal(capturing, Signal::CONT);
    assert_eq!(said.status.code(), Some(1), "{}", said.stderr);
    assert!(
        said.stderr.contains("did not end in time"),
        "{}",
        said.stderr
    );
    wait_for("its end", || !is_running(capturing));
}

#[test]
fn packets_that_come_while_the_program_is_suspended_are_captured() {
    if !can_try(&[]) {
        return;
    }
    let wire = Wire::new();
    let capture = capture_sent(&wire, "packets", &["--json"]);
    send(&wire, 10, 1000);
    capture.signal(Signal::STOP);
    send(&wire, 3000, 10_000);
    capture.signal(Signal::CONT);
    capture.signal(Signal::INT);
    let said = capture.end();
    assert_eq!(said.status.code(), Some(0), "{}", said.stderr);
    assert_eq!(lines(&said.stdout).len(), 3010);
    assert_eq!(counted(&said, "dropped by kernel"), 0);
}

#[test]
fn the_disk_space_of_evicted_packets_is_freed() {
    use std::os::unix::fs::MetadataExt;
    if !can_try(&[]) {
        return;
    }
    let wire = Wire::new();
    let capture = capture_sent(&wire, "conversations", &["--keep", "1M"]);
    let open = format!("/proc/{}/fd", capture.id());
    // The file without a name: its length, and what it takes on the disk.
    let temporary = || {
        let open = std::fs::read_dir(&open).unwrap().flatten();
        let about = open.filter_map(|file| std::fs::metadata(file.path()).ok());
        let mut files = about.filter(|about| about.is_file() && about.nlink() == 0);
        files
            .next()
            .map(|about| (about.len(), about.blocks() * 512))
    };
    send(&wire, 200_000, 100_000);
    wait_for("the file to be long and the disk to be free", || {
        temporary().is_some_and(|(length, taken)| length > 10_000_000 && taken < 5_000_000)
    });
    capture.signal(Signal::INT);
    let said = capture.end();
    assert_eq!(said.status.code(), Some(0), "{}", said.stderr);
    assert_eq!(counted(&said, "captured"), 200_000);
}

#[test]
fn signals_end_it_with_a_summary() {
    if !can_try(&[]) {
        return;
    }
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let wire = Wire::new();
        let capture = capture_sent(&wire, "packets", &["--json"]);
        send(&wire, 20, 1000);
        capture.signal(signal);
        let said = capture.end();
        assert_eq!(said.status.code(), Some(0), "{}", said.stderr);
        assert_eq!(lines(&said.stdout).len(), 20);
        assert_eq!(counted(&said, "captured"), 20);
        assert_eq!(counted(&said, "received by filter"), 20);
        assert_eq!(counted(&said, "dropped by kernel"), 0);
        assert_eq!(counted(&said, "dropped by interface"), 0);
    }
}

#[test]
fn a_ring_keeps_so_many_files() {
    if !can_try(&[]) {
        return;
    }
    let (_folder, path) = folder();
    let wire = Wire::new();
    let name = path.join("ring.pcapng");
    let capture = capture_sent(
        &wire,
        "packets",
        &[
            "-w",
            name.to_str().unwrap(),
            "-b",
            "packets:100",
            "-b",
            "files:3",
            "-c",
            "1000",
            "--json",
        ],
    );
    send(&wire, 1000, 1000);
    let said = capture.end();
    assert_eq!(said.status.code(), Some(0), "{}", said.stderr);
    assert!(
        said.stderr.contains("stopped: packet limit reached"),
        "{}",
        said.stderr
    );
    // Packets of a file that was removed before they were read are evicted.
    let all = lines(&said.stdout);
    let numbers: Vec<u64> = all
        .iter()
        .map(|one| one["number"].as_u64().unwrap())
        .collect();
    assert!(numbers.is_sorted() && numbers.last() == Some(&1000));
    let mut files: Vec<PathBuf> = std::fs::read_dir(&path)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        assert_eq!(packets_in(&file).len(), 100, "{}", file.display());
    }
}

#[test]
fn two_interfaces_make_one_capture() {
    if !can_try(&["ping"]) {
        return;
    }
    let (_folder, path) = folder();
    let file = path.join("live.pcapng");
    let wire = Wire::new();
    let name = file.to_str().unwrap();
    let capture = wire.wiretalk(&[
        "packets", "-i", "wire", "-i", "lo", "-w", name, "-c", "6", "--json", "icmp",
    ]);
    wire.run(&["ping", "-c", "1", "-W", "2", "10.0.0.2"]);
    wire.run(&["ping", "-c", "2", "-i", "0.2", "-W", "2", "127.0.0.1"]);
    let said = capture.end();
    assert_eq!(said.status.code(), Some(0), "{}", said.stderr);
    let there = packets_in(&file);
    let from = |address: &str| there.iter().filter(|one| one["source"] == address).count();
    assert_eq!(
        (from("10.0.0.1"), from("10.0.0.2"), from("127.0.0.1")),
        (1, 1, 4)
    );
}

#[test]
fn any_sees_all_interfaces() {
    if !can_try(&["ping"]) {
        return;
    }
    let wire = Wire::new();
    let capture = wire.wiretalk(&[
        "packets", "-i", "any", "-c", "4", "--json", "--detail", "icmp",
    ]);
    wire.run(&["ping", "-c", "1", "-W", "2", "10.0.0.2"]);
    wire.run(&["ping", "-c", "1", "-W", "2", "127.0.0.1"]);
    let said = capture.end();
    let there = lines(&said.stdout);
    assert_eq!(there.len(), 4, "{}", said.stderr);
    assert_eq!(there[0]["layers"][0]["name"], "sll", "{}", there[0]);
}

#[test]
fn whoever_stops_reading_ends_it() {
    if !can_try(&[]) {
        return;
    }
    let wire = Wire::new();
    let mut capture = capture_sent(&wire, "packets", &["--json"]);
    send(&wire, 20, 1000);
    let mut first = String::new();
    // Captured and dropped: the output is closed.
    capture.stdout().read_line(&mut first).unwrap();
    assert_eq!(lines(&first)[0]["number"], 1);
    // And no other packet comes that could not be written.
    assert_eq!(capture.end().status.code(), Some(0));
}

#[test]
fn another_machines_capture_is_read_as_it_comes() {
    if !can_try(&["tcpdump"]) {
        return;
    }
    let wire = Wire::new();
    let program = env!("CARGO_BIN_EXE_wiretalk");
    let pipe = format!("tcpdump -i wire -U -w - udp port 9 | {program} packets - --json");
    let mut capture = wire.start(&["sh", "-c", &pipe]);
    send(&wire, 3, 1000);
    let mut output = capture.stdout();
    for number in 1..=3 {
        let mut line = String::new();
        // While tcpdump goes on.
        output.read_line(&mut line).unwrap();
        assert_eq!(lines(&line)[0]["number"], number);
    }
}

#[test]
fn a_user_with_the_capability_may_capture_and_others_are_told() {
    if !can_try(&["setcap", "setpriv"]) {
        return;
    }
    let (_folder, path) = folder();
    let copy = path.join("wiretalk");
    std::fs::copy(env!("CARGO_BIN_EXE_wiretalk"), &copy).unwrap();
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, everybody).unwrap();
    let copy = copy.to_str().unwrap();
    let wire = Wire::new();
    let nobody = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
    ];
    let refused = wire
        .start(&[&nobody[..], &[copy, "packets", "-i", "wire"]].concat())
        .end();
    assert_eq!(refused.status.code(), Some(1));
    for words in ["sudo", "setcap cap_net_raw"] {
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    let set = Command::new("setcap")
        .args(["cap_net_raw=ep", copy])
        .status();
    assert!(set.unwrap().success());
    let capture = wire.start(
        &[
            &nobody[..],
            &[
                copy,
                "packets",
                "-i",
                "wire",
                "-c",
                "5",
                "--json",
                "udp port 9",
            ],
        ]
        .concat(),
    );
    send(&wire, 5, 1000);
    let said = capture.end();
    assert_eq!(said.status.code(), Some(0), "{}", said.stderr);
    assert_eq!(lines(&said.stdout).len(), 5);
}

/// Periods are written while packets are captured. What was written before a kill stays, and a restart doubles nothing.
#[test]
fn tables_are_written_while_capturing() {
    if !can_try(&[]) {
        return;
    }
    let wire = Wire::new();
    let (_folder, path) = folder();
    let out = path.join("tables");
    let words = [
        "--rotate",
        "1",
        "--out",
        out.to_str().unwrap(),
        "--format",
        "ndjson",
        "--tables",
        "conversations,packets",
        "--fields",
        "ip.src",
    ];
    let rows = |table: &str| {
        let found = Command::new("find")
            .arg(out.join(table))
            .args(["-name", "part-*", "-exec", "cat", "{}", ";"])
            .output()
            .unwrap();
        lines(&String::from_utf8(found.stdout).unwrap())
    };
    let killed = capture_sent(&wire, "export", &words);
    send(&wire, 200, 1000);
    wait_for("the first period", || rows("packets").len() == 200);
    let capturing = killed.capturing();
    killed.signal(Signal::KILL);
    assert!(!killed.end().status.success());
    wait_for("the end of the capturing process", || {
        !is_running(capturing)
    });
    let again = capture_sent(&wire, "export", &words);
    send(&wire, 300, 1000);
    wait_for("another period", || rows("packets").len() > 200);
    send(&wire, 100, 1000);
    again.signal(Signal::TERM);
    let said = again.end();
    assert!(said.status.success(), "{}", said.stderr);
    assert_eq!(rows("packets").len(), 600);
    let conversations = rows("conversations");
    let finals = conversations.iter().filter(|row| row["is_final"] == true);
    // The sender has a hundred conversations; those of the run that was killed are not final.
    let mut captures: Vec<_> = finals.map(|row| row["capture_id"].to_string()).collect();
    assert_eq!(captures.len(), 100);
    captures.dedup();
    assert_eq!(captures.len(), 1);
    let by_run = |row: &Value| {
        (
            row["capture_id"].to_string(),
            row["conversation"].to_string(),
        )
    };
    let mut keys: Vec<_> = conversations.iter().map(by_run).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 200);
}
