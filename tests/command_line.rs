//! The program as its users run it: its output, and its exit status.

mod program;

use assert_cmd::Command;
use program::{lines, sample, stdout, wiretalk};
use std::{
    fs,
    io::{Read, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::{self, Stdio},
};

#[test]
fn a_refused_connection_is_called_refused() {
    let all = lines(&stdout(&[
        "conversations",
        &sample("refused.pcap"),
        "--json",
    ]));
    assert_eq!(all.len(), 3);
    for one in all {
        assert_eq!(one["state"], "REJ");
        assert_eq!(one["history"], "Sr");
        assert_eq!(one["outcome"], "refused");
        assert!(
            one["verdict"]
                .as_str()
                .unwrap()
                .starts_with("refused: 10.0.0.2 answered")
        );
        assert_eq!(one["handshake"]["complete"], false);
    }
}

#[test]
fn an_unanswered_one_counts_its_attempts() {
    let all = lines(&stdout(&[
        "conversations",
        &sample("unanswered.pcap"),
        "--json",
    ]));
    assert_eq!(all[0]["state"], "S0");
    assert!(
        all[0]["verdict"]
            .as_str()
            .unwrap()
            .starts_with("no answer: 4 SYNs over 7.19 s")
    );
}

#[test]
fn a_handshake_is_taken_down_and_checked() {
    let all = lines(&stdout(&[
        "conversations",
        &sample("web-keepalive.pcap"),
        "--json",
    ]));
    let handshake = &all[0]["handshake"];
    assert_eq!(handshake["complete"], true);
    assert_eq!(handshake["syn_ack_checked"], true);
    assert_eq!(handshake["ack_checked"], true);
    let numbers = ["syn", "syn_ack", "ack"].map(|key| handshake[key].as_u64().unwrap());
    assert!(numbers[0] < numbers[1] && numbers[1] < numbers[2]);
    // 10 ms in each direction, captured at the client.
    let to_server = handshake["syn_to_syn_ack_ns"].as_i64().unwrap();
    assert!((20_000_000..25_000_000).contains(&to_server), "{to_server}");
    assert!(handshake["syn_ack_to_ack_ns"].as_i64().unwrap() < 1_000_000);
    assert_eq!(handshake["client_mss"], 1460);
    assert_eq!(handshake["sack"], true);
    assert_eq!(all[0]["state"], "SF");
    assert_eq!(all[0]["completeness"], 31);
}

#[test]
fn the_same_ports_twice_are_two_conversations() {
    let all = lines(&stdout(&[
        "conversations",
        &sample("port-reuse.pcap"),
        "--json",
    ]));
    let ids: Vec<_> = all
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, ["tcp/0", "tcp/1", "tcp/2"]);
}

#[test]
fn ports_choose_conversations_and_packets() {
    let file = sample("everyday.pcapng");
    for one in lines(&stdout(&["conversations", &file, "--json", "--port", "21"])) {
        assert!(
            one["client_port"] == 21 || one["server_port"] == 21 || one["parent"].is_string(),
            "{one}"
        );
    }
    // The data connections of FTP come with their control connection.
    let ftp = sample("ftp-passive.pcap");
    let count =
        |ports: &str| lines(&stdout(&["conversations", &ftp, "--json", "--port", ports])).len();
    let all = lines(&stdout(&["conversations", &ftp, "--json"])).len();
    assert!(all > 1);
    assert_eq!((count("21"), count("!21")), (all, 0));
    let both = stdout(&[
        "conversations",
        &file,
        "--json",
        "--port",
        "21",
        "--port",
        "22",
    ]);
    let ports = |text: &str| -> Vec<u64> {
        lines(text)
            .iter()
            .map(|one| one["server_port"].as_u64().unwrap())
            .collect()
    };
    assert!(ports(&both).contains(&21) && ports(&both).contains(&22));
    let without = stdout(&["conversations", &file, "--json", "--port", "!53"]);
    assert!(!without.is_empty() && !ports(&without).contains(&53));
    let packets = lines(&stdout(&["packets", &file, "--json", "--port", "21"]));
    assert!(
        packets
            .iter()
            .all(|packet| packet["conversation"].is_string())
    );
    wiretalk(&["conversations", &file, "--port", "http"])
        .failure()
        .code(2);
}

#[test]
fn text_and_csv_say_the_same_as_json() {
    let file = sample("refused.pcap");
    let json = lines(&stdout(&["conversations", &file, "--json"]));
    let csv = stdout(&["conversations", &file, "--csv"]);
    let text = stdout(&["conversations", &file]);
    assert_eq!(csv.lines().count(), 1 + json.len());
    assert_eq!(text.lines().count(), 1 + json.len());
    for one in &json {
        let verdict = one["verdict"].as_str().unwrap();
        assert!(csv.contains(verdict) && text.contains(verdict));
    }
}

#[test]
fn every_field_of_a_packet_has_its_place() {
    let packets = lines(&stdout(&[
        "packets",
        &sample("refused.pcap"),
        "--json",
        "--detail",
    ]));
    let tcp = packets[2]["layers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|layer| layer["name"] == "tcp");
    let fields = tcp.unwrap()["fields"].as_array().unwrap();
    let port = fields
        .iter()
        .find(|field| field["name"] == "tcp.dstport")
        .unwrap();
    assert_eq!(
        (&port["show"], &port["pos"], &port["size"]),
        (&"80".into(), &36.into(), &2.into())
    );
}

#[test]
fn standard_input_and_a_pipe_read_like_the_file() {
    let file = sample("web-keepalive.pcap");
    let from_file = stdout(&["packets", &file, "--json"]);
    let bytes = fs::read(&file).unwrap();
    let from_stdin = Command::cargo_bin("wiretalk")
        .unwrap()
        .args(["packets", "-", "--json"])
        .write_stdin(bytes)
        .assert()
        .success();
    assert_eq!(
        String::from_utf8_lossy(&from_stdin.get_output().stdout),
        from_file
    );
}

#[test]
fn a_capture_cut_short_is_printed_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.pcap");
    let bytes = fs::read(sample("refused.pcap")).unwrap();
    fs::write(&cut, &bytes[..bytes.len() - 5]).unwrap();
    let outcome = wiretalk(&["packets", cut.to_str().unwrap(), "--json"])
        .failure()
        .code(1);
    let output = outcome.get_output();
    assert_eq!(lines(&String::from_utf8_lossy(&output.stdout)).len(), 7);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("cut.pcap") && error.contains("packet 8") && error.contains("offset"),
        "{error}"
    );
}

#[test]
fn what_is_no_capture_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("picture.png");
    fs::write(&picture, b"\x89PNG\r\n\x1a\n and so on").unwrap();
    let cases: [(&Path, &str); 3] = [
        (&picture, "PNG"),
        (folder.path(), "no capture file"),
        (Path::new("no-such.pcap"), "No such file"),
    ];
    for (path, word) in cases {
        let outcome = wiretalk(&["conversations", path.to_str().unwrap()])
            .failure()
            .code(1);
        let error = String::from_utf8_lossy(&outcome.get_output().stderr).into_owned();
        assert!(
            error.to_lowercase().contains(&word.to_lowercase()),
            "{path:?}: {error}"
        );
        assert!(
            error.starts_with("wiretalk: ") && error.lines().count() == 1,
            "{error}"
        );
    }
}

#[test]
fn a_name_that_is_not_utf8_opens() {
    let folder = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"\xc8\xb8\xc0\xc7\xb7\xcf.pcap");
    let path: PathBuf = folder.path().join(name);
    fs::copy(sample("refused.pcap"), &path).unwrap();
    Command::cargo_bin("wiretalk")
        .unwrap()
        .arg("conversations")
        .arg(&path)
        .assert()
        .success();
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = process::Command::new(env!("CARGO_BIN_EXE_wiretalk"))
        .args(["packets", &sample("everyday.pcapng"), "--json", "--detail"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    assert!(output.stderr.is_empty());
}

#[test]
fn a_named_pipe_is_followed_as_it_comes() {
    let mut child = process::Command::new(env!("CARGO_BIN_EXE_wiretalk"))
        .args(["conversations", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let bytes = fs::read(sample("refused.pcap")).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for piece in bytes.chunks(7) {
        stdin.write_all(piece).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(lines(&String::from_utf8_lossy(&output.stdout)).len(), 3);
}

#[test]
fn the_screen_needs_a_terminal() {
    let outcome = wiretalk(&[&sample("refused.pcap")]).failure().code(1);
    let error = String::from_utf8_lossy(&outcome.get_output().stderr).into_owned();
    assert!(error.contains("not a terminal"), "{error}");
}

#[test]
fn a_command_behind_switches_is_no_file() {
    let outcome = wiretalk(&["--no-sandbox", "conversations", &sample("refused.pcap")]);
    let outcome = outcome.failure().code(2);
    let error = String::from_utf8_lossy(&outcome.get_output().stderr).into_owned();
    assert!(error.contains("options follow the command"), "{error}");
}

/// Returns what is written to standard error, for arguments that are wrong.
fn refusal(words: &[&str]) -> String {
    let outcome = wiretalk(words).failure().code(2);
    String::from_utf8_lossy(&outcome.get_output().stderr).into_owned()
}

#[test]
fn an_unknown_option_is_not_taken_for_a_file() {
    let file = sample("refused.pcap");
    let error = refusal(&["conversations", "--foo", &file]);
    assert!(error.contains("unexpected argument '--foo'"), "{error}");
    assert!(!error.contains("as a value"), "{error}");
    // A similar one is still suggested.
    let error = refusal(&["conversations", "--jso", &file]);
    assert!(error.contains("'--json'"), "{error}");
    // An option before a command that does not have it would not be accepted after it either.
    let error = refusal(&["-N", "conversations", &file]);
    assert!(error.contains("unexpected argument '-N'"), "{error}");
    assert!(!error.contains("options follow"), "{error}");
}

#[test]
fn addresses_may_be_asked_for_as_in_tcpdump() {
    let file = sample("refused.pcap");
    for words in [
        ["conversations", "-n"],
        ["packets", "-n"],
        ["packets", "-nn"],
    ] {
        let with = stdout(&[words[0], words[1], &file]);
        assert_eq!(with, stdout(&[words[0], &file]));
    }
    // On the screen, too: only the terminal is missing.
    wiretalk(&["-nn", &file]).failure().code(1);
}

#[test]
fn conversations_have_the_names_of_the_list() {
    let file = sample("everyday.pcapng");
    let follow = |name: &str| stdout(&["follow", &file, name]);
    assert_eq!(follow("1"), follow("tcp/1"));
    assert_eq!(follow("u0"), follow("udp/0"));
    for wrong in ["u", "x1", "tcp", "icmp/1"] {
        wiretalk(&["follow", &file, wrong]).failure().code(1);
    }
}

/// Each packet of a conversation is one of a side, or an ICMP error about it.
#[test]
fn packets_of_a_conversation_add_up() {
    for name in ["path-mtu.pcap", "icmp-unreachable.pcap"] {
        for one in lines(&stdout(&["conversations", &sample(name), "--json"])) {
            let count = |key: &str| one[key].as_u64().unwrap();
            let sides = count("client_packets") + count("server_packets");
            assert!(count("icmp_errors") > 0, "{one}");
            assert_eq!(count("packets"), sides + count("icmp_errors"));
        }
    }
}

#[test]
fn a_directory_for_temporary_files_that_cannot_be_written_is_named() {
    let mut command = Command::cargo_bin("wiretalk").unwrap();
    command
        .args(["conversations", "-"])
        .env("TMPDIR", "/none/there");
    let bytes = fs::read(sample("refused.pcap")).unwrap();
    let outcome = command.write_stdin(bytes).assert().failure().code(1);
    let error = String::from_utf8_lossy(&outcome.get_output().stderr).into_owned();
    assert!(error.contains("/none/there (TMPDIR"), "{error}");
    assert!(!error.contains("standard input: there is no such file"));
}

#[test]
fn what_was_said_is_put_back_in_order() {
    let text = stdout(&["follow", &sample("web-korean.pcap"), "tcp/0"]);
    assert!(text.contains("→ GET /korean-utf8.html HTTP/1.1"));
    assert!(text.contains("<h1>안녕하세요</h1>"));
    // 120 kB over a path that loses and reorders packets: every byte appears once.
    let lossy = sample("lossy-reordering.pcap");
    let raw = wiretalk(&["follow", &lossy, "tcp/0", "--raw", "--from", "server"]).success();
    let bytes = &raw.get_output().stdout;
    let head = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap()
        + 4;
    let headers = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
    let (_, length) = headers.split_once("content-length: ").unwrap();
    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
    assert_eq!(bytes.len() - head, length);
    wiretalk(&["follow", &lossy, "tcp/99"]).failure().code(1);
}

#[test]
fn data_connections_are_tied_to_what_asked_for_them() {
    let all = lines(&stdout(&[
        "conversations",
        &sample("ftp-active.pcap"),
        "--json",
    ]));
    let control = &all[0];
    assert_eq!(control["parent"], serde_json::Value::Null);
    assert_eq!(control["credentials"], true);
    let expected: Vec<_> = control["expected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["request"].as_str().unwrap(), one["used_by"].as_str()))
        .collect();
    assert_eq!(
        expected,
        [
            ("LIST", Some("tcp/1")),
            ("RETR 회의록.txt", Some("tcp/2")),
            ("STOR 올림.txt", Some("tcp/3")),
            ("RETR none.txt", None),
        ]
    );
    assert_eq!(
        control["summary"],
        "student: RETR 회의록.txt ok (99 bytes) and 3 more; no connection was made to 10.0.0.1:56167"
    );
    assert_eq!(all[2]["parent"], "tcp/0");
    assert_eq!(all[2]["application"], "ftp-data");
    assert_eq!(all[2]["summary"], "RETR 회의록.txt by tcp/0");
    let all = lines(&stdout(&[
        "conversations",
        &sample("ftp-passive.pcap"),
        "--json",
    ]));
    assert_eq!(all[0]["summary"], "student: login failed (530)");
    assert_eq!(all[4]["parent"], "tcp/1");
    assert_eq!(all[4]["summary"], "STOR 새폴더/올림.txt by tcp/1");
}

#[test]
fn data_packets_say_what_they_carry() {
    let text = stdout(&["packets", &sample("ftp-passive.pcap")]);
    let line = |number: usize| text.lines().nth(number).unwrap().to_owned();
    assert!(
        line(83).ends_with("FTP Data: 1448 bytes (PASV) (RETR 보고서.txt)"),
        "{}",
        line(83)
    );
    assert!(
        line(52).ends_with("Request: PASS *********"),
        "{}",
        line(52)
    );
    let packets = lines(&stdout(&[
        "packets",
        &sample("ftp-passive.pcap"),
        "--json",
        "--detail",
    ]));
    let said = |number: usize| packets[number - 1].to_string();
    for (number, name, value) in [
        (78, "ftp.command", "RETR 보고서.txt"),
        (78, "ftp.command-frame", "82"),
        (82, "ftp.setup-frame", "78"),
        (82, "ftp.command-response.bytes", "2700"),
        (82, "ftp.command-response.first-frame-num", "84"),
        (84, "ftp-data.setup-frame", "78"),
        (84, "ftp-data.command-frame", "82"),
        (84, "ftp-data.current-working-directory", "/"),
    ] {
        let packet = said(number);
        let field = format!("\"name\":\"{name}\"");
        let at = packet
            .find(&field)
            .unwrap_or_else(|| panic!("{name}: {packet}"));
        let object = &packet[packet[..at].rfind('{').unwrap()..];
        let object = &object[..object.find('}').unwrap()];
        assert!(
            object.contains(&format!("\"show\":\"{value}\"")),
            "{object}"
        );
    }
    assert!(said(91).contains("The file was sent"), "{}", said(91));
    assert!(!said(53).contains("\"PASS s"), "{}", said(53));
}

#[test]
fn files_are_written_and_never_over_others() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("files");
    let words = [
        "objects",
        &sample("smtp-plain.pcap"),
        "--json",
        "--out",
        out.to_str().unwrap(),
    ];
    let written = lines(&stdout(&words));
    let again = lines(&stdout(&words));
    let attached = |all: &[serde_json::Value]| {
        let found = all.iter().find(|one| one["sent_as"] == "보고서.txt");
        found.cloned().unwrap()
    };
    let (first, second) = (attached(&written), attached(&again));
    assert_eq!(first["name"], "보고서.txt");
    assert_eq!(second["name"], "보고서-2.txt");
    assert_eq!(first["sha256"], second["sha256"]);
    let size = fs::metadata(out.join("보고서-2.txt")).unwrap().len();
    assert_eq!(first["size"], size);
    assert_eq!(
        fs::read_dir(&out).unwrap().count(),
        written.len() + again.len()
    );
}

/// HAR 1.2 has what its specification requires, and no file is lost.
#[test]
fn http_is_written_as_an_archive() {
    let file = sample("web-keepalive.pcap");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("web.har");
    let name = path.to_str().unwrap();
    let archive: serde_json::Value = serde_json::from_str(&stdout(&["har", &file])).unwrap();
    let log = &archive["log"];
    assert_eq!(log["version"], "1.2");
    assert!(log["creator"]["name"].is_string() && log["creator"]["version"].is_string());
    let entries = log["entries"].as_array().unwrap();
    assert!(entries.len() > 1, "{archive}");
    for entry in entries {
        let has = |place: &str, keys: &[&str]| {
            let object = entry.pointer(place).unwrap();
            for key in keys {
                assert!(object.get(key).is_some(), "{place} {key}: {entry}");
            }
        };
        let of_entry = [
            "startedDateTime",
            "time",
            "request",
            "response",
            "cache",
            "timings",
        ];
        has("", &of_entry);
        let of_both = [
            "httpVersion",
            "cookies",
            "headers",
            "headersSize",
            "bodySize",
        ];
        has("/request", &of_both);
        has("/request", &["method", "url", "queryString"]);
        has("/response", &of_both);
        has(
            "/response",
            &["status", "statusText", "content", "redirectURL"],
        );
        has("/response/content", &["size", "mimeType"]);
        has("/timings", &["send", "wait", "receive"]);
    }
    let said = stdout(&["har", &file, "-o", name]);
    assert!(said.contains("requests, to "), "{said}");
    wiretalk(&["har", &file, "-o", name]).code(1);
    stdout(&["har", &file, "-o", name, "--force"]);
    let none = stdout(&["har", &file, "-Y", "http.request.method == \"NONE\""]);
    assert!(none.contains("\"entries\": [\n]"), "{none}");
}

/// A TCP segment between 10.0.0.1:50000 and 10.0.0.2:80 as a record of a pcap file of raw IP.
fn record(from_server: bool, [seq, ack]: [u32; 2], flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = 40 + payload.len() as u16;
    let mut ends = [([10, 0, 0, 1], 50_000_u16), ([10, 0, 0, 2], 80)];
    if from_server {
        ends.reverse();
    }
    let mut packet = vec![0x45, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, 6, 0, 0]);
    ends.iter().for_each(|(address, _)| packet.extend(address));
    ends.iter()
        .for_each(|(_, port)| packet.extend(port.to_be_bytes()));
    packet.extend(seq.to_be_bytes());
    packet.extend(ack.to_be_bytes());
    packet.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    packet.extend(payload);
    let length = packet.len() as u32;
    let head = [1_700_000_000, 0, length, length].map(u32::to_le_bytes);
    [head.concat(), packet].concat()
}

/// A file of which not all was decompressed is not passed off as whole.
#[test]
fn a_file_that_is_not_whole_is_said_to_be_so() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; 1 << 20]).unwrap();
    let body = encoder.finish().unwrap();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Encoding: gzip\r\n";
    let whole = format!("{head}Content-Length: {}\r\n\r\n", body.len());
    let answer = [whole.as_bytes(), &body].concat();
    let header = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65535, 101].map(u32::to_le_bytes);
    let capture = [
        header.concat(),
        record(false, [1000, 0], 2, b""),
        record(true, [5000, 1001], 0x12, b""),
        record(
            false,
            [1001, 5001],
            0x18,
            b"GET /a.zip HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        record(true, [5001, 1035], 0x18, &answer),
    ]
    .concat();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("bomb.pcap"), capture).unwrap();
    let run = wiretalk(&[
        "objects",
        &path("bomb.pcap"),
        "--out",
        &path("out"),
        "--json",
    ]);
    let output = run.code(1).get_output().clone();
    let all = lines(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["complete"], false);
    let size = all[0]["size"].as_u64().unwrap();
    assert!((200_000..1 << 20).contains(&size), "{size}");
    assert_eq!(fs::metadata(path("out/a.zip")).unwrap().len(), size);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("1 file is incomplete (a.zip)"), "{said}");
}

/// An empty capture is valid, and it is said why it is empty.
#[test]
fn saving_nothing_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.pcapng");
    let name = path.to_str().unwrap();
    let file = sample("everyday.pcapng");
    for to in [name, "-"] {
        let run = wiretalk(&["save", &file, to, "--port", "9"]).success();
        let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(said.contains("everyday.pcapng: no packets match"), "{said}");
    }
    assert_eq!(stdout(&["packets", name, "--json"]), "");
    let run = wiretalk(&["save", &file, name, "--port", "80", "--force"]).success();
    assert!(run.get_output().stderr.is_empty());
}

#[test]
fn a_misspelt_command_is_recognized() {
    let run = wiretalk(&["conversation", &sample("dns.pcap")]).code(2);
    let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(said.contains("`wiretalk conversations`"), "{said}");
}

/// Without a terminal the hint is a command that makes the same capture.
#[test]
fn a_capture_without_a_terminal_is_refused_with_a_hint() {
    let run = wiretalk(&["-i", "eth0", "-w", "file.pcapng"]).code(1);
    let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    let hint = "`wiretalk packets -i eth0 -w file.pcapng > /dev/null`";
    assert!(said.contains(hint), "{said}");
}

#[test]
fn packets_are_saved_and_never_over_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("part.pcapng");
    let name = path.to_str().unwrap();
    let file = sample("everyday.pcapng");
    let said = stdout(&["save", &file, name, "--conversation", "tcp/0", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let before = lines(&stdout(&["packets", &file, "--json"]));
    let before: Vec<_> = before
        .iter()
        .filter(|packet| packet["conversation"] == "tcp/0")
        .collect();
    assert_eq!(said["packets"], before.len());
    assert_eq!(said["format"], "pcapng");
    let after = lines(&stdout(&["packets", name, "--json"]));
    assert_eq!(after.len(), before.len());
    for (after, before) in after.iter().zip(before) {
        for field in ["time_ns", "length", "captured_length", "source", "protocol"] {
            assert_eq!(after[field], before[field], "{field}");
        }
    }

    let again = wiretalk(&["save", &file, name, "--port", "80"]).code(1);
    let words = String::from_utf8_lossy(&again.get_output().stderr).into_owned();
    assert!(
        words.contains("already exists") && words.contains("--force"),
        "{words}"
    );
    let replaced = stdout(&["save", &file, name, "--port", "80", "--force"]);
    assert!(replaced.contains("packets, "), "{replaced}");
    for packet in lines(&stdout(&["conversations", name, "--json"])) {
        assert!([&packet["client_port"], &packet["server_port"]].contains(&&80.into()));
    }

    // To a pipe, as a capture.
    let piped = wiretalk(&["save", &file, "-", "--conversation", "tcp/0"]).success();
    let through = Command::cargo_bin("wiretalk")
        .unwrap()
        .args(["packets", "-", "--json"])
        .write_stdin(piped.get_output().stdout.clone())
        .assert()
        .success();
    assert_eq!(
        String::from_utf8_lossy(&through.get_output().stdout)
            .lines()
            .count(),
        after.len()
    );

    let wrong = wiretalk(&["save", &file, name, "--conversation", "tcp/999", "--force"]).code(1);
    let words = String::from_utf8_lossy(&wrong.get_output().stderr).into_owned();
    assert!(words.contains("no conversation tcp/999"), "{words}");
    wiretalk(&[
        "save",
        &file,
        name,
        "--conversation",
        "tcp/0",
        "--port",
        "80",
    ])
    .code(2);
}

#[test]
fn secrets_are_blotted_out_unless_asked_for() {
    let file = sample("ftp-passive.pcap");
    let words = ["packets", &file, "--json", "--detail"];
    let hidden = stdout(&words);
    let shown = stdout(&[&words[..], &["--show-secrets"]].concat());
    let secret = shown
        .split("PASS ")
        .nth(1)
        .and_then(|rest| rest.split(['\\', '"']).next())
        .unwrap();
    assert!(secret.len() > 3, "{secret}");
    let hex: Vec<_> = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    for form in [secret.to_owned(), hex.join(":")] {
        assert!(shown.contains(&form), "{form}");
        assert!(!hidden.contains(&form), "{form}");
    }
    let all = lines(&stdout(&["conversations", &file, "--json"]));
    assert!(all.iter().any(|one| one["credentials"] == true));
}

/// A retransmission brings nothing new, but it may contain a password.
#[test]
fn a_secret_that_is_sent_again_is_blotted_out_too() {
    use wiretalk::capture::{Reader, SavedPacket, Writer};
    let mut sample = Reader::open(Path::new(&sample("ftp-passive.pcap"))).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("again.pcap");
    let file = fs::File::create(&path).unwrap();
    let mut writer = Writer::pcap(file, 1).unwrap();
    let mut secret = Vec::new();
    while let Some(packet) = sample.next() {
        let saved = SavedPacket {
            time_ns: packet.time_ns,
            interface: 0,
            original: packet.original,
            data: packet.data,
            is_timeless: false,
            comments: &[],
        };
        writer.packet(&saved).unwrap();
        if let Some(at) = packet.data.windows(5).position(|bytes| bytes == b"PASS ") {
            writer.packet(&saved).unwrap();
            secret = packet.data[at + 5..].to_vec();
            secret.truncate(secret.iter().position(|byte| *byte == b'\r').unwrap());
        }
    }
    drop(writer);
    assert!(secret.len() > 3);
    let hex: Vec<_> = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let words = ["packets", path.to_str().unwrap(), "--json", "--detail"];
    assert!(stdout(&[&words[..], &["--show-secrets"]].concat()).contains(&hex.join(":")));
    assert!(!stdout(&words).contains(&hex.join(":")));
}

#[test]
fn a_port_speaks_what_it_is_said_to() {
    let file = sample("web-keepalive.pcap");
    let of = |words: &[&str]| lines(&stdout(words))[0]["application"].clone();
    assert_eq!(of(&["conversations", &file, "--json"]), "http");
    let said = ["conversations", &file, "--json", "-d", "tcp.port==80,smtp"];
    assert_eq!(of(&said), "smtp");
    let wrong = wiretalk(&["conversations", &file, "-d", "tcp.port==80,nothing"]).code(2);
    let error = String::from_utf8_lossy(&wrong.get_output().stderr).into_owned();
    assert!(error.contains("no protocol is called nothing"), "{error}");
}

/// Only the end is kept if requested; its packets keep their numbers, and the evicted ones are reported.
#[test]
fn the_end_of_a_capture_can_be_kept() {
    let file = sample("web-uploads.pcap");
    let all = lines(&stdout(&["packets", &file, "--json"]));
    let kept = wiretalk(&["packets", &file, "--json", "--keep", "2k"]).success();
    let output = kept.get_output();
    let some = lines(&String::from_utf8(output.stdout.clone()).unwrap());
    assert!(some.len() > 3 && some.len() < all.len());
    for (known, wanted) in some.iter().rev().zip(all.iter().rev()) {
        for field in ["number", "time_ns", "source", "length", "conversation"] {
            assert_eq!(known[field], wanted[field]);
        }
    }
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    let gone = all.len() - some.len();
    assert!(said.contains(&format!("{gone} packets")), "{said}");
    for wrong in ["0", "much", "3 fortnights"] {
        wiretalk(&["packets", &file, "--keep", wrong]).code(2);
    }
}

/// A limit of memory evicts the oldest packets and reports that.
#[test]
fn memory_can_be_limited() {
    let file = sample("web-uploads.pcap");
    let all = lines(&stdout(&["packets", &file, "--json"]));
    for limit in ["all", "1GiB"] {
        let output = stdout(&["packets", &file, "--json", "--memory", limit]);
        assert_eq!(lines(&output).len(), all.len());
    }
    let kept = wiretalk(&["packets", &file, "--json", "--memory", "5k"]).success();
    let output = kept.get_output();
    let some = lines(&String::from_utf8(output.stdout.clone()).unwrap());
    assert!(!some.is_empty() && some.len() < all.len());
    let first = all.len() - some.len();
    assert_eq!(some[0]["number"], all[first]["number"]);
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(said.contains(&format!("{first} packets")), "{said}");
    for wrong in ["0B", "much", "1h", "1GiB,1h"] {
        wiretalk(&["packets", &file, "--memory", wrong]).code(2);
    }
}

/// Each key of the JSON, and each outcome, is in docs/manual.md.
#[test]
fn the_manual_names_the_keys_of_the_json() {
    let manual = include_str!("../docs/manual.md");
    let (_, json) = manual.split_once("\n## JSON\n").unwrap();
    let known = |key: &str| json.contains(&format!("`{key}`"));
    let check = |value: &serde_json::Value| {
        for (key, value) in value.as_object().into_iter().flatten() {
            assert!(known(key), "docs/manual.md lacks the key {key}");
            if key == "outcome" {
                let outcome = value.as_str().unwrap();
                assert!(manual.contains(outcome), "docs/manual.md lacks {outcome}");
            }
        }
    };
    let each = |value: &serde_json::Value| value.as_array().into_iter().flatten().for_each(check);
    for entry in fs::read_dir("samples").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".pcap") && !name.ends_with(".pcapng") {
            continue;
        }
        for conversation in lines(&stdout(&["conversations", &sample(&name), "--json"])) {
            check(&conversation);
            check(&conversation["handshake"]);
            each(&conversation["expected"]);
        }
    }
    let packets = stdout(&[
        "packets",
        &sample("any-cooked-v1.pcap"),
        "--json",
        "--detail",
    ]);
    for packet in lines(&packets) {
        check(&packet);
        each(&packet["layers"]);
        for layer in packet["layers"].as_array().unwrap() {
            each(&layer["fields"]);
        }
    }
}

/// README names the Rust version of Cargo.toml.
#[test]
fn the_oldest_rust_is_the_documented_one() {
    let readme = include_str!("../README.md");
    let oldest = format!(
        "[Rust](https://rustup.rs) {} or later",
        env!("CARGO_PKG_RUST_VERSION")
    );
    assert!(readme.contains(&oldest), "README.md must contain: {oldest}");
}

/// What went wrong, its exit status, and what is left out.
#[test]
fn findings_and_their_exit_status() {
    let kinds = |arguments: &[&str], status: i32| {
        let output = wiretalk(arguments).code(status).get_output().clone();
        let lines = String::from_utf8(output.stdout).unwrap();
        let kind = |line: &str| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            value["kind"].as_str().unwrap().to_owned()
        };
        lines.lines().map(kind).collect::<Vec<_>>()
    };
    let zero = "samples/zero-window.pcap";
    assert_eq!(kinds(&["findings", "--json", zero], 3), ["zero-window"]);
    assert_eq!(
        kinds(&["findings", "--json", zero, "--ignore", "zero-window"], 0).len(),
        0
    );
    let higher = ["findings", "--json", zero, "--threshold", "zero-window=10s"];
    assert_eq!(kinds(&higher, 0), ["zero-window"]);
    assert_eq!(
        kinds(&["findings", "--json", zero, "--min-severity", "error"], 0).len(),
        0
    );
    let notes = ["findings", "--json", "samples/mid-stream.pcap"];
    assert_eq!(kinds(&notes, 0), ["began-before"]);
    assert_eq!(
        kinds(&[&notes[..], &["--min-severity", "note"]].concat(), 3),
        ["began-before"]
    );
    let only = [
        "findings",
        "--json",
        "samples/everyday.pcapng",
        "--kind",
        "login-failed",
    ];
    assert_eq!(kinds(&only, 3), ["login-failed"]);
    assert_eq!(kinds(&[&only[..], &["--port", "80"]].concat(), 0).len(), 0);
    for wrong in [
        &["--kind", "nothing"][..],
        &["--min-severity", "bad"],
        &["--threshold", "slow-server=5"],
        &["--ignore", ""],
    ] {
        wiretalk(&[&["findings", zero], wrong].concat()).code(2);
    }
    // Damaged input wins.
    let whole = fs::read(zero).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.pcap");
    fs::write(&cut, &whole[..whole.len() - 10]).unwrap();
    wiretalk(&["findings", cut.to_str().unwrap()]).code(1);
    // The verdict of a conversation follows the same thresholds.
    let verdict = |more: &[&str]| {
        let arguments = [&["conversations", "--json", zero], more].concat();
        let output = wiretalk(&arguments).success().get_output().clone();
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        value["verdict"].as_str().unwrap().to_owned()
    };
    assert!(verdict(&[]).contains("did not read"));
    assert!(verdict(&["--threshold", "zero-window=10s"]).contains("closed normally"));
}

/// A packet in plain words: a heading for each layer, and a sentence in each line.
#[test]
fn a_packet_is_explained() {
    let text = stdout(&["explain", &sample("half-close.pcap"), "20"]);
    let headings: Vec<_> = text.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(
        headings,
        [
            "L2 data link · link layer · Ethernet",
            "L3 network · internet layer · IPv4",
            "L4 transport · transport layer · TCP",
        ]
    );
    let fin = "  The client closed its direction before, with #7: once this FIN is acknowledged, the connection is over.";
    assert!(text.lines().any(|line| line == fin), "{text}");
    let json = stdout(&["explain", &sample("half-close.pcap"), "20", "--json"]);
    let object: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(object["number"], 20);
    assert_eq!(object["layers"][2]["tcp_ip"], "transport");
    let sentences = object["layers"][2]["sentences"].as_array().unwrap();
    assert!(sentences.iter().any(|one| one == fin.trim()), "{json}");
    // As on the wire.
    let text = stdout(&["explain", "-S", &sample("half-close.pcap"), "20"]);
    assert!(text.contains("sequence number 2610949532"), "{text}");
    let missing = wiretalk(&["explain", &sample("half-close.pcap"), "99"]);
    let missing = missing.failure().get_output().clone();
    let reason = String::from_utf8(missing.stderr).unwrap();
    assert!(reason.contains("99"), "{reason}");
}

fn section<'s>(rows: &'s [serde_json::Value], name: &str) -> Vec<&'s serde_json::Value> {
    rows.iter().filter(|row| row["section"] == name).collect()
}

/// Whatever is added up counts each packet once, on any number of threads, and also what is not kept.
#[test]
fn statistics_count_every_packet() {
    let file = sample("everyday.pcapng");
    let text = stdout(&["stats", "--json", &file]);
    assert_eq!(stdout(&["stats", "--json", &file, "--threads", "1"]), text);
    let all = lines(&text);
    let count = |rows: &[&serde_json::Value], name: &str| -> u64 {
        rows.iter().map(|row| row[name].as_u64().unwrap()).sum()
    };
    let hierarchy = section(&all, "hierarchy");
    assert_eq!(
        (
            hierarchy[0]["protocol"].as_str(),
            hierarchy[0]["depth"].as_u64()
        ),
        (Some("frame"), Some(0))
    );
    assert_eq!(
        (
            hierarchy[0]["packets"].as_u64(),
            hierarchy[0]["bytes"].as_u64()
        ),
        (Some(964), Some(345_326))
    );
    for name in ["talkers", "throughput"] {
        let packets = if name == "talkers" { 962 } else { 964 };
        assert_eq!(count(&section(&all, name), "packets"), packets, "{name}");
    }
    let conversations = lines(&stdout(&["conversations", "--json", &file])).len() as u64;
    for name in ["service", "application"] {
        assert_eq!(
            count(&section(&all, name), "conversations"),
            conversations,
            "{name}"
        );
    }
    let errors = count(&section(&all, "throughput"), "errors");
    assert!(errors > 0);
    for times in section(&all, "response-time") {
        let order = ["min_ns", "p50_ns", "p90_ns", "p95_ns", "p99_ns", "max_ns"];
        let order = order.map(|name| times[name].as_i64().unwrap());
        assert!(order.is_sorted(), "{times}");
        let bars = times["bars"].as_array().unwrap().iter();
        let in_bars = bars.map(|bar| bar[1].as_u64().unwrap()).sum::<u64>();
        assert_eq!(Some(in_bars), times["count"].as_u64());
    }
    let kept = lines(&stdout(&["stats", "--json", &file, "--keep", "50kB"]));
    assert!(kept[0]["evicted_packets"].as_u64().unwrap() > 500);
    assert_eq!(section(&kept, "hierarchy")[0], hierarchy[0]);
    assert_eq!(section(&kept, "endpoint"), section(&all, "endpoint"));
    let throughput = |rows| {
        let rows = section(rows, "throughput");
        ["packets", "bytes", "client_bytes", "server_bytes"].map(|name| count(&rows, name))
    };
    assert_eq!(throughput(&kept), throughput(&all));
    // Text for people has the same figures.
    let text = stdout(&["stats", &file]);
    for words in [
        "964 packets, 345.3 kB in 16.5 s",
        "198.51.100.20",
        "tcp/8080",
        "p95",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

/// A capture of these times, each with a packet of 60 bytes.
fn capture_at(times: &[u32]) -> Vec<u8> {
    let mut file = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
    for seconds in times {
        for word in [*seconds, 0, 60, 60] {
            file.extend(word.to_le_bytes());
        }
        file.extend([0; 60]);
    }
    file
}

#[test]
fn no_chart_of_absurd_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("times.pcap");
    let file = path.to_str().unwrap();
    for (times, words) in [
        (&[][..], "no packets"),
        (&[7, 7, 7], "no chart: all packets have the same time"),
        (
            &[0, 2_000_000_000],
            "no chart: the times differ by 63 years",
        ),
        (&[9, 10, 3], "1 packet from before the first one"),
    ] {
        fs::write(&path, capture_at(times)).unwrap();
        let text = stdout(&["stats", file]);
        assert!(text.contains(words), "{times:?}: {text}");
        let rows = lines(&stdout(&["stats", "--json", file]));
        assert_eq!(rows[0]["packets"], times.len());
        let info = lines(&stdout(&["info", "--json", file]));
        assert_eq!(info[0]["packets"], times.len());
        stdout(&["info", file]);
    }
    let rows = lines(&stdout(&["info", "--json", file]));
    assert_eq!(
        (&rows[0]["in_order"], &rows[0]["duration_ns"]),
        (&false.into(), &7_000_000_000_u64.into())
    );
}

/// What capinfos says of a file.
#[test]
fn what_a_file_is() {
    let file = sample("multi-interface.pcapng");
    let info = &lines(&stdout(&["info", "--json", "--hashes", &file]))[0];
    assert_eq!(
        (&info["type"], &info["packets"]),
        (&"pcapng".into(), &26.into())
    );
    let interfaces = info["interfaces"].as_array().unwrap();
    let packets = interfaces.iter().map(|it| it["packets"].as_u64().unwrap());
    assert_eq!(packets.sum::<u64>(), 26);
    assert_eq!(info["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(info["sha1"].as_str().unwrap().len(), 40);
    let whole = fs::read(&file).unwrap();
    assert_eq!(info["size"], whole.len());
    // A file that is cut short is described as far as it goes.
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.pcapng");
    fs::write(&cut, &whole[..whole.len() - 10]).unwrap();
    wiretalk(&["info", cut.to_str().unwrap()]).code(1);
    wiretalk(&["info", "no-such-file"]).code(1);
    wiretalk(&["info"]).code(2);
}

/// A datagram that the capture cut short counts as its protocol, as far as that was recognized.
#[test]
fn cut_datagrams_are_counted() {
    let whole = fs::read(sample("dns.pcap")).unwrap();
    // Each packet loses its last 10 bytes, and keeps its length on the wire.
    let (head, mut rest) = whole.split_at(24);
    let mut cut = head.to_vec();
    while rest.len() >= 16 {
        let captured = u32::from_le_bytes(rest[8..12].try_into().unwrap());
        let kept = captured.saturating_sub(10);
        cut.extend(&rest[..8]);
        cut.extend(kept.to_le_bytes());
        cut.extend(&rest[12..16 + kept as usize]);
        rest = &rest[16 + captured as usize..];
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.pcap");
    fs::write(&path, cut).unwrap();
    let dns = |file: &str| {
        let rows = lines(&stdout(&["stats", "--json", file]));
        let row = section(&rows, "hierarchy").into_iter();
        let mut row = row.filter(|row| row["path"] == "eth:ip:udp:dns");
        row.next().unwrap()["packets"].as_u64().unwrap()
    };
    assert_eq!(dns(path.to_str().unwrap()), dns(&sample("dns.pcap")));
}

/// Columns of text and CSV are chosen by name; fields have the values of the JSON.
#[test]
fn columns_are_chosen() {
    let file = sample("everyday.pcapng");
    let list = "no,src,TTL=ip.ttl or ipv6.hlim,tcp.window_size";
    let csv = stdout(&["packets", &file, "--csv", "--columns", list]);
    let mut rows = csv.lines();
    assert_eq!(rows.next(), Some("number,source,TTL,tcp.window_size"));
    assert_eq!(rows.clone().count(), 964);
    assert!(rows.any(|row| row == "152,192.0.2.10,64,64240"), "{csv}");
    let text = stdout(&["packets", &file, "--columns", list]);
    assert!(text.lines().any(|row| {
        let cells: Vec<_> = row.split_whitespace().collect();
        cells == ["152", "192.0.2.10", "64", "64240"]
    }));
    let list = "id,lost,rtt,tls.handshake.extensions_server_name";
    let csv = stdout(&["conversations", &file, "--csv", "--columns", list]);
    let heading = "id,retransmitted,rtt_ns,tls.handshake.extensions_server_name";
    assert_eq!(csv.lines().next(), Some(heading));
    assert!(csv.contains(",www.example.kr"), "{csv}");
    let text = stdout(&["conversations", &file, "--columns", list]);
    assert_eq!(text.lines().count(), csv.lines().count());
    let wrong = wiretalk(&["packets", &file, "--columns", "no,client"]).failure();
    let error = String::from_utf8_lossy(&wrong.get_output().stderr).into_owned();
    assert!(error.contains("\"client\" is neither a field"), "{error}");
    // JSON has all of them.
    wiretalk(&["packets", &file, "--json", "--columns", "no"]).failure();
}

#[test]
fn fields_are_listed_with_type_and_meaning() {
    let all = stdout(&["fields"]);
    assert!(all.lines().count() > 3000);
    let ttl = stdout(&["fields", "IP.TTL"]);
    assert!(
        ttl.contains("FT_UINT8") && ttl.contains("Time to live"),
        "{ttl}"
    );
    let json = lines(&stdout(&["fields", "ip.*_host", "--json"]));
    assert_eq!(json.len(), 2);
    assert_eq!(json[0]["name"], "ip.dst_host");
    assert_eq!(json[0]["type"], "FT_STRING");
    let protocol = lines(&stdout(&["fields", "tcp", "--json"]));
    assert!(
        protocol
            .iter()
            .any(|it| it["name"] == "tcp" && it["protocol"] == true)
    );
    let none = wiretalk(&["fields", "no such thing"]).code(1);
    let said = String::from_utf8_lossy(&none.get_output().stderr).into_owned();
    assert!(said.contains("no such thing"), "{said}");
}

#[test]
fn scripts_of_tshark_run() {
    let file = sample("dns.pcap");
    let fields = ["-T", "fields", "-e", "dns.qry.name", "-e", "ip.ttl"];
    let words = |before: &[&'static str], behind: &[&'static str]| -> Vec<String> {
        let words = before.iter().chain(&fields).chain(behind);
        words.map(|word| (*word).to_owned()).collect()
    };
    let run = |words: &[String]| {
        let mut all: Vec<&str> = words.iter().map(String::as_str).collect();
        all.extend(["-r", &file]);
        stdout(&all)
    };
    let first = run(&words(&[], &["-Y", "dns", "-c", "3"]));
    assert_eq!(first, "www.example.kr\t64\n");
    assert_eq!(run(&words(&["packets"], &["-Y", "dns", "-c", "3"])), first);
    let both = run(&words(&["-2", "-R", "dns"], &["-Y", "frame.number < 4"]));
    assert_eq!(both, first);
    let columns = stdout(&[
        "-r",
        &file,
        "-T",
        "fields",
        "-e",
        "_ws.col.Protocol",
        "-Y",
        "_ws.col.protocol == \"DNS\" and frame.number < 4",
    ]);
    assert_eq!(columns, "DNS\n");
    let chosen = lines(&stdout(&[
        "packets",
        &file,
        "-T",
        "ek",
        "-e",
        "dns.qry.name",
        "-Y",
        "dns",
        "-c",
        "3",
    ]));
    assert_eq!(chosen[1]["layers"]["dns_qry_name"][0], "www.example.kr");
    let layers = stdout(&["packets", &file, "-T", "json", "-J", "ip udp", "-c", "3"]);
    let layers: serde_json::Value = serde_json::from_str(&layers).unwrap();
    let names = layers[2]["_source"]["layers"].as_object().unwrap().keys();
    assert_eq!(names.collect::<Vec<_>>(), ["ip", "udp"]);
    assert_eq!(stdout(&["-r", &file, "-T", "json", "-Y", "bgp"]), "[]\n");
}

#[test]
fn what_scripts_of_tshark_cannot_have_is_refused() {
    let file = sample("dns.pcap");
    for (words, reason) in [
        (&["-T", "fields"][..], "-e"),
        (&["-T", "ps"], "psml"),
        (&["-T", "fields", "-e", "ip.tll"], "ip.ttl"),
        (&["-T", "text", "-e", "ip.ttl"], "-T fields"),
        (
            &["-T", "fields", "-e", "ip.ttl", "-E", "quote=x"],
            "quote=d|s|n",
        ),
        (&["-T", "json", "-R", "ip"], "-2"),
        (&["-T", "json", "-V"], "-T json"),
        (&["-T", "json", "-z", "io,phs"], "wiretalk stats"),
        (&["-e", "ip.ttl"], "-T"),
    ] {
        let mut all = vec!["packets", &file];
        all.extend(words);
        let run = wiretalk(&all).code(2);
        let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(said.contains(reason), "{words:?}: {said}");
    }
}

#[test]
fn display_filters_choose_what_is_saved_followed_and_counted() {
    let file = sample("everyday.pcapng");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("dns.pcapng");
    let out = out.to_str().unwrap();
    let matching = stdout(&["packets", &file, "-Y", "dns"]).lines().count();
    wiretalk(&["save", &file, out, "-Y", "dns"]).success();
    assert_eq!(stdout(&["packets", out]).lines().count(), matching);
    wiretalk(&[
        "save",
        &file,
        out,
        "--force",
        "-Y",
        "tcp.flags.syn == 1",
        "--conversation",
        "tcp/0",
    ])
    .success();
    assert_eq!(stdout(&["packets", out]).lines().count(), 2);
    let counted = lines(&stdout(&["stats", &file, "--json", "-Y", "dns"]));
    assert_eq!(counted[0]["packets"], matching);
    assert!(counted.iter().all(|row| row["protocol"] != "arp"));
    let talk = stdout(&["follow", &file, "-Y", "http.request.method == \"GET\""]);
    assert!(talk.starts_with("→ GET "), "{talk}");
    wiretalk(&["follow", &file, "-Y", "bgp"]).code(1);
    wiretalk(&["follow", &file, "tcp/0", "-Y", "tcp"]).code(2);
    wiretalk(&["follow", &file]).code(2);
}

/// As tshark does: `-r FILE -w OUT`, with a filter, and of the first packets alone.
#[test]
fn packets_of_a_file_are_written_to_another() {
    let file = sample("everyday.pcapng");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.pcapng");
    let out = out.to_str().unwrap();
    let count = |words: &[&str]| stdout(words).lines().count();
    let all = count(&["packets", &file]);
    let said = stdout(&["-r", &file, "-w", out]);
    assert!(said.contains(&format!("{all} packets")), "{said}");
    assert_eq!(count(&["packets", out]), all);
    // What is there is replaced.
    wiretalk(&["-r", &file, "-Y", "dns", "-w", out]).success();
    let dns = count(&["packets", &file, "-Y", "dns"]);
    assert!(0 < dns && dns < all);
    assert_eq!(count(&["packets", out]), dns);
    wiretalk(&[&file, "-w", out, "-c", "7"]).success();
    assert_eq!(count(&["packets", out]), 7);
    wiretalk(&["-r", &file, "-w", out, "-c", "20", "-Y", "not tcp or udp"]).success();
    let some = count(&["packets", &file, "-c", "20", "-Y", "not tcp or udp"]);
    assert_eq!(count(&["packets", out]), some);
    let piped = wiretalk(&["-r", &file, "-Y", "dns", "-w", "-"]).success();
    assert_eq!(
        piped.get_output().stdout.get(..4),
        Some(&[10, 13, 13, 10][..])
    );
    // Nothing is written without a file, nor by commands that write something else.
    wiretalk(&["-w", out]).code(2);
    wiretalk(&["conversations", &file, "-w", out]).code(2);
    wiretalk(&["packets", &file, "-w", out]).code(2);
    wiretalk(&["-r", &file, "-w", out, "-b", "files:2"]).code(2);
}

/// `${field}` is that of the packet that is chosen.
#[test]
fn a_packet_is_chosen_for_references() {
    let file = sample("everyday.pcapng");
    let words = ["packets", &file, "-2", "--selected-frame", "4", "-Y"];
    let count = |filter| stdout(&[&words[..], &[filter]].concat()).lines().count();
    assert_eq!(count("frame.number < ${frame.number}"), 3);
    assert_eq!(count("frame.number == $frame.number"), 1);
    let without = stdout(&["packets", &file, "-Y", "frame.number == ${frame.number}"]);
    assert_eq!(without, "");
}

#[test]
fn times_are_written_as_asked_for() {
    let file = sample("dns.pcap");
    let time = |words: &[&str]| {
        let mut all = vec!["packets", &*file, "-c", "2"];
        all.extend(words);
        let written = stdout(&all);
        let line = written.lines().nth(1).unwrap();
        line.split_whitespace()
            .take(3)
            .skip(1)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let epoch = time(&["-t", "e.3"]);
    let (seconds, rest) = epoch.split_once('.').unwrap();
    assert!(
        seconds.len() == 10 && rest.starts_with(|digit: char| digit.is_ascii_digit()),
        "{epoch}"
    );
    let date = time(&["-t", "ud"]);
    assert!(
        date.starts_with("20") && date.matches('-').count() == 2,
        "{date}"
    );
    assert_eq!(time(&["-t", "udoy", "-T", "tabs"]).matches('/').count(), 1);
    // The second packet comes as long after the first one as after the beginning.
    assert_eq!(time(&["-t", "d"]), time(&[]));
    wiretalk(&["packets", &file, "-t", "x"]).code(2);
}

#[test]
fn only_the_first_packets_are_read() {
    let file = sample("dns.pcap");
    let all = lines(&stdout(&["stats", &file, "--json"]));
    let first = lines(&stdout(&["stats", &file, "--json", "-c", "3"]));
    assert_ne!(all, first);
    let count = |of: &[serde_json::Value]| of[0]["packets"].as_u64();
    assert_eq!(count(&first), Some(3), "{first:?}");
    let count = |words: &[&str]| {
        let mut all = vec!["conversations", &*file];
        all.extend(words);
        stdout(&all).lines().count()
    };
    assert!(count(&["-c", "12"]) < count(&[]));
}

#[test]
fn statistics_of_tshark_are_commands() {
    let file = sample("web-keepalive.pcap");
    for (words, command) in [
        (
            vec!["-r", &*file, "-q", "-z", "conv,tcp"],
            vec!["conversations", &*file, "-Y", "tcp"],
        ),
        (vec!["-z", "io,phs", &*file], vec!["stats", &*file]),
        (
            vec!["-r", &*file, "-z", "follow,tcp,hex,0"],
            vec!["follow", &*file, "tcp/0", "--hex"],
        ),
    ] {
        assert_eq!(stdout(&words), stdout(&command), "{words:?}");
    }
    wiretalk(&["-r", &file, "-q", "-z", "http,tree"]).code(2);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_capture_filter_can_be_in_a_file() {
    let missing = wiretalk(&["packets", "-i", "lo", "-F", "pcap"]).code(2);
    let said = text(&missing.get_output().stderr);
    assert!(said.contains("the format of a written file"), "{said}");
    wiretalk(&["packets", "-F", "x"]).code(2);
}
