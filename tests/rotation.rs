//! `wiretalk export --rotate` of a pipe: its periods together have the rows of one export, whatever ends the program.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// When the traffic begins, seconds: a minute after the beginning of a period of five.
const BEGINS: u32 = 1_795_336_860;

/// A capture that is made up second by second.
struct Traffic {
    capture: Vec<u8>,
    /// The sequence numbers of both sides of the connection that lasts, and how many requests it had.
    kept: [u32; 2],
    at: u32,
}

impl Traffic {
    fn new() -> Self {
        // The header of a pcap file of Ethernet.
        let words: [u32; 6] = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65535, 1];
        let mut traffic = Traffic {
            capture: words.iter().flat_map(|word| word.to_le_bytes()).collect(),
            kept: [1000, 5000],
            at: 0,
        };
        traffic.connect(40_000, [999, 4999]);
        traffic
    }

    fn packet(&mut self, is_answer: bool, protocol: u8, transport: &[u8]) {
        let (client, server) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2));
        let (from, to) = match is_answer {
            false => (client, server),
            true => (server, client),
        };
        let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
        let length = (20 + transport.len()) as u16;
        bytes.extend([0x45, 0]);
        bytes.extend(length.to_be_bytes());
        bytes.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
        bytes.extend(from.octets());
        bytes.extend(to.octets());
        bytes.extend(transport);
        let length = bytes.len() as u32;
        // Microseconds, so that packets of a second have an order.
        let micros = self.capture.len() as u32 % 1_000_000;
        for word in [BEGINS + self.at, micros, length, length] {
            self.capture.extend(word.to_le_bytes());
        }
        self.capture.extend(bytes);
    }

    fn segment(&mut self, is_answer: bool, port: u16, numbers: [u32; 2], flags: u8, data: &[u8]) {
        let ports = match is_answer {
            false => [port, 80],
            true => [80, port],
        };
        let mut bytes: Vec<u8> = ports.iter().flat_map(|port| port.to_be_bytes()).collect();
        bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
        bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        bytes.extend(data);
        self.packet(is_answer, 6, &bytes);
    }

    fn connect(&mut self, port: u16, [client, server]: [u32; 2]) {
        self.segment(false, port, [client, 0], 0x02, b"");
        self.segment(true, port, [server, client + 1], 0x12, b"");
        self.segment(false, port, [client + 1, server + 1], 0x10, b"");
    }

    /// Asks for a page, and returns the next sequence numbers.
    fn get(&mut self, port: u16, [client, server]: [u32; 2]) -> [u32; 2] {
        let ask = format!("GET /{} HTTP/1.1\r\nHost: www.example\r\n\r\n", self.at);
        let page = format!("page {}", self.at);
        let length = page.len();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{page}");
        let next = [client + ask.len() as u32, server + answer.len() as u32];
        self.segment(false, port, [client, server], 0x18, ask.as_bytes());
        self.segment(true, port, [server, next[0]], 0x18, answer.as_bytes());
        self.segment(false, port, next, 0x10, b"");
        next
    }

    /// Adds a second: a query and its answer, a connection of its own, a refused one, and every tenth second a request of
    /// the connection that lasts.
    fn second(&mut self) {
        self.at += 1;
        let port = 41_000 + (self.at % 20_000) as u16;
        let name = b"\x03www\x07example\x00\x00\x01\x00\x01";
        let id = (self.at as u16).to_be_bytes();
        let ports = |from: u16, to: u16, data: &[u8]| {
            let length = 8 + data.len() as u16;
            let words = [from, to, length, 0];
            let header = words.iter().flat_map(|word| word.to_be_bytes());
            header.chain(data.iter().copied()).collect::<Vec<_>>()
        };
        let query = [&id[..], b"\x01\x00\x00\x01\0\0\0\0\0\0", name].concat();
        let record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x00\x00\x02";
        let answer = [&id[..], b"\x81\x80\x00\x01\x00\x01\0\0\0\0", name, record].concat();
        self.packet(false, 17, &ports(port, 53, &query));
        self.packet(true, 17, &ports(53, port, &answer));
        self.connect(port, [99, 199]);
        let [client, server] = self.get(port, [100, 200]);
        self.segment(false, port, [client, server], 0x11, b"");
        self.segment(true, port, [server, client + 1], 0x11, b"");
        self.segment(false, port, [client + 1, server + 1], 0x10, b"");
        self.segment(false, 39_000 - port / 8, [7, 0], 0x02, b"");
        self.segment(true, 39_000 - port / 8, [0, 8], 0x14, b"");
        if self.at.is_multiple_of(10) {
            self.kept = self.get(40_000, self.kept);
        }
    }

    fn seconds(count: u32) -> Self {
        let mut traffic = Traffic::new();
        (0..count).for_each(|_| traffic.second());
        traffic
    }
}

fn command(out: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiretalk"));
    command.env("LC_ALL", "C.UTF-8");
    command.args(["export", "--format", "ndjson", "--sensor", "here", "--out"]);
    command.arg(out).args(more).args(["--fields", "ip.src"]);
    command
}

fn start(out: &Path, more: &[&str]) -> Child {
    let mut command = command(out, &[&["-"], more].concat());
    let piped = command.stdin(Stdio::piped()).stderr(Stdio::piped());
    piped.stdout(Stdio::null()).spawn().unwrap()
}

/// Exports what comes through a pipe.
fn rotate(out: &Path, capture: &[u8], more: &[&str]) {
    let mut child = start(out, more);
    child.stdin.take().unwrap().write_all(capture).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// Returns the rows of a table without what differs from capture to capture.
fn rows(out: &Path, table: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for file in files(&out.join(table)) {
        for line in fs::read_to_string(file).unwrap().lines() {
            let mut row: Value = serde_json::from_str(line).unwrap();
            row.as_object_mut().unwrap().remove("capture_id").unwrap();
            rows.push(row);
        }
    }
    rows
}

/// Returns the last row of each key; none before it is final.
fn last(rows: Vec<Value>, key: &[&str]) -> Vec<Value> {
    let mut last = BTreeMap::new();
    for row in rows {
        let key: Vec<_> = key.iter().map(|name| row[*name].to_string()).collect();
        // Files are in the order of their periods, and rows in the order in which they were written.
        let before: Option<Value> = last.insert(key, row);
        assert!(before.is_none_or(|before| before["is_final"] == false));
    }
    last.into_values().collect()
}

fn sorted(mut rows: Vec<Value>) -> Vec<String> {
    let texts = rows.iter_mut().map(|row| {
        // A finding has the number with which it was written.
        if row.get("severity").is_some() {
            row["number"] = Value::Null;
        }
        row.to_string()
    });
    let mut texts: Vec<_> = texts.collect();
    texts.sort();
    texts
}

/// Checks that the periods together say what one export says.
fn assert_same(one: &Path, periods: &Path) {
    for table in ["exchanges", "dns", "packets"] {
        let (expected, found) = (sorted(rows(one, table)), sorted(rows(periods, table)));
        assert!(!expected.is_empty() && expected == found, "{table}");
    }
    let without_name = |mut rows: Vec<Value>| {
        for row in &mut rows {
            row["name"] = Value::Null;
        }
        sorted(rows)
    };
    let [expected, found] = [one, periods].map(|out| without_name(rows(out, "objects")));
    assert_eq!(expected, found);
    let found = last(rows(periods, "conversations"), &["conversation"]);
    assert_eq!(sorted(rows(one, "conversations")), sorted(found));
    let of_conversation = |rows: Vec<Value>| {
        let mut rows = last(rows, &["conversation", "kind", "hosts"]);
        rows.retain(|row| row["conversation"].is_string());
        sorted(rows)
    };
    let [expected, found] = [one, periods].map(|out| of_conversation(rows(out, "findings")));
    assert!(!expected.is_empty() && expected == found);
}

fn names(out: &Path, table: &str) -> Vec<String> {
    let files = files(&out.join(table)).into_iter();
    files
        .map(|file| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            name[22..38].to_owned()
        })
        .collect()
}

#[test]
fn periods_together_have_the_rows_of_one_export() {
    let folder = tempfile::tempdir().unwrap();
    let [one, periods, file] = ["one", "periods", "a.pcap"].map(|name| folder.path().join(name));
    let traffic = Traffic::seconds(1000);
    fs::write(&file, &traffic.capture).unwrap();
    let done = command(&one, &[file.to_str().unwrap()]).output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    rotate(&periods, &traffic.capture, &["--rotate", "300"]);
    assert_same(&one, &periods);
    let begin = ["0840", "0845", "0850", "0855"].map(|time| format!("20261122T{time}00Z"));
    assert_eq!(names(&periods, "conversations"), begin);
    assert_eq!(names(&periods, "exchanges"), begin);
    // The connection that lasts has a row in each period, and all but the last one are not final.
    let kept: Vec<_> = rows(&periods, "conversations")
        .into_iter()
        .filter(|row| row["client_port"] == 40_000)
        .map(|row| row["is_final"].as_bool().unwrap())
        .collect();
    assert_eq!(kept, [false, false, false, true]);
    // The same capture has the same files with the same content.
    let before: Vec<_> = files(&periods)
        .into_iter()
        .map(|file| (fs::read(&file).unwrap(), file))
        .collect();
    rotate(&periods, &traffic.capture, &["--rotate", "300"]);
    let after: Vec<_> = files(&periods)
        .into_iter()
        .map(|file| (fs::read(&file).unwrap(), file))
        .collect();
    assert!(before == after);
    // A table alone has the same rows.
    let alone = folder.path().join("alone");
    rotate(
        &alone,
        &traffic.capture,
        &["--rotate", "300", "--tables", "packets"],
    );
    assert_eq!(rows(&alone, "packets"), rows(&periods, "packets"));
}

/// Whatever was written when the program is killed is whole, and a restart goes on beside it.
#[test]
fn what_was_written_before_a_kill_is_whole_and_comes_once() {
    let folder = tempfile::tempdir().unwrap();
    let [one, again, rest, file] =
        ["one", "again", "rest", "a.pcap"].map(|it| folder.path().join(it));
    let traffic = Traffic::seconds(1000);
    fs::write(&file, &traffic.capture).unwrap();
    let done = command(&one, &[file.to_str().unwrap()]).output().unwrap();
    assert!(done.status.success());
    let half = traffic.capture.len() / 2;
    for out in [&again, &rest] {
        let mut child = start(out, &["--rotate", "300"]);
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(&traffic.capture[..half]).unwrap();
        wait_for("a period", || {
            out.join("packets").exists() && !names(out, "packets").is_empty()
        });
        child.kill().unwrap();
        child.wait().unwrap();
        // Engines ignore hidden files.
        for file in files(out) {
            let name = file.file_name().unwrap().to_str().unwrap();
            match name.starts_with('.') {
                true => fs::remove_file(file).unwrap(),
                false => assert!(name.contains("-20261122T084000Z-"), "{name}"),
            }
        }
    }
    // The same stream from its beginning replaces what is there.
    rotate(&again, &traffic.capture, &["--rotate", "300"]);
    assert_same(&one, &again);
    // A stream that goes on is another capture; what came between the last period and the kill is missing.
    let mut next = Traffic::new();
    next.capture.truncate(24);
    next.at = 300;
    (0..100).for_each(|_| next.second());
    rotate(&rest, &next.capture, &["--rotate", "300"]);
    let mut asked = BTreeMap::new();
    for row in rows(&rest, "exchanges") {
        let key = (row["asked_ns"].as_i64(), row["request"].to_string());
        *asked.entry(key).or_insert(0) += 1;
    }
    assert!(asked.len() > 210 && asked.values().all(|count| *count == 1));
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "waited in vain for {what}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A period ends although no packet follows, and a signal ends the last one.
#[test]
fn silence_and_signals_end_a_period() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("tables");
    let mut traffic = Traffic::seconds(2);
    let mut child = start(&out, &["--rotate", "2"]);
    let pipe = child.stdin.as_mut().unwrap();
    pipe.write_all(&traffic.capture).unwrap();
    pipe.flush().unwrap();
    wait_for("the period", || {
        out.join("exchanges").exists() && rows(&out, "exchanges").len() == 4
    });
    let written = traffic.capture.len();
    traffic.second();
    let pipe = child.stdin.as_mut().unwrap();
    pipe.write_all(&traffic.capture[written..]).unwrap();
    pipe.flush().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let id = nix::unistd::Pid::from_raw(child.id() as i32);
    nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(rows(&out, "exchanges").len(), 6);
    last(rows(&out, "conversations"), &["conversation"])
        .iter()
        .for_each(|row| assert_eq!(row["is_final"], true));
}

/// With little memory nothing that is counted of packets is missing; a conversation that was let go has its last row.
#[test]
fn memory_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let traffic = Traffic::seconds(3000);
    let tables = [
        "--rotate",
        "3600",
        "--memory",
        "2MB",
        "--tables",
        "conversations,exchanges,packets",
    ];
    rotate(out, &traffic.capture, &tables);
    let conversations = rows(out, "conversations");
    let finals = conversations.iter().filter(|row| row["is_final"] == true);
    let packets: u64 = finals.map(|row| row["packets"].as_u64().unwrap()).sum();
    // Of each second: DNS, a connection with its request, and one that is refused; of each tenth another request.
    assert_eq!(packets, 3 + 3000 * (2 + 9 + 2) + 300 * 3);
    assert_eq!(rows(out, "exchanges").len(), 2 * 3000 + 300);
    assert!(rows(out, "packets").len() < packets as usize);
}

#[test]
fn what_cannot_be_rotated_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        &["samples/dns.pcap", "--rotate", "300"][..],
        &["-i", "lo"],
        &["-", "--rotate", "0"],
        &["--rotate", "300"],
    ] {
        let refused = command(folder.path(), words).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{words:?}");
    }
}

/// A period that cannot be written is not written in part, and ends the program.
#[test]
fn a_full_disk_ends_the_rotation() {
    if !nix::unistd::geteuid().is_root() {
        assert!(std::env::var_os("WIRETALK_TEST_ALL").is_none());
        return eprintln!("SKIPPED: mounting a small disk needs root");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut mount = Command::new("mount");
    mount
        .args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"])
        .arg(folder.path());
    assert!(mount.status().unwrap().success());
    let mut child = start(folder.path(), &["--rotate", "300"]);
    // It ends before it has read everything.
    let _ = child
        .stdin
        .take()
        .unwrap()
        .write_all(&Traffic::seconds(3000).capture);
    let done = child.wait_with_output().unwrap();
    let tables = [
        "conversations",
        "dns",
        "exchanges",
        "findings",
        "objects",
        "packets",
    ];
    let written = tables.map(|table| names(folder.path(), table));
    let hidden = files(folder.path()).iter().any(|file| {
        let name = file.file_name().unwrap();
        name.to_string_lossy().starts_with('.')
    });
    assert!(
        Command::new("umount")
            .arg(folder.path())
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(done.status.code(), Some(1));
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(
        said.contains("no space left") || said.contains("No space left"),
        "{said}"
    );
    assert!(!written[0].is_empty() && !hidden);
    assert!(
        written.iter().all(|periods| *periods == written[0]),
        "{written:?}"
    );
}
