//! `wiretalk export`: its directories and files, and that tables say what the other commands say.
//!
//! Some need root, or Python with duckdb: without them the test is skipped with a message, which is a failure under
//! WIRETALK_TEST_ALL=1.

use assert_cmd::Command;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process,
};

fn wiretalk(words: &[&str]) -> process::Output {
    let mut command = Command::cargo_bin("wiretalk").unwrap();
    command.env("LC_ALL", "C.UTF-8").args(words);
    command.output().unwrap()
}

fn export(file: &str, out: &Path, more: &[&str]) -> process::Output {
    let mut words = vec!["export", file, "--out", out.to_str().unwrap()];
    words.extend(more);
    wiretalk(&words)
}

/// Returns the files below a directory, also hidden ones, in order.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => waiting.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

/// Returns the rows of a table.
fn rows(directory: &Path, table: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for file in files(&directory.join(table)) {
        let text = fs::read_to_string(file).unwrap();
        rows.extend(
            text.lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap()),
        );
    }
    rows
}

fn lines(output: &process::Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn samples() -> Vec<String> {
    let all = fs::read_dir("samples").unwrap();
    let names = all.map(|entry| entry.unwrap().path().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| name.contains(".pcap")).collect();
    names.sort();
    names
}

fn skipped(why: &str) {
    assert!(std::env::var_os("WIRETALK_TEST_ALL").is_none(), "{why}");
    eprintln!("SKIPPED: {why}");
}

#[test]
fn a_directory_is_laid_out_as_hive_does() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("tables");
    let done = export(
        "samples/dns.pcap",
        &out,
        &["--sensor", "web 1/../x", "--format", "csv", "--json"],
    );
    assert!(done.status.success());
    let part = "date=2026-11-22/sensor=web-1-..-x/part-";
    for file in files(&out) {
        let name = file
            .strip_prefix(&out)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let (_table, name) = name.split_once('/').unwrap();
        assert!(
            name.starts_with(part) && name.ends_with("-00000.csv"),
            "{name}"
        );
    }
    let written = lines(&done);
    let tables: Vec<_> = written
        .iter()
        .map(|file| file["table"].as_str().unwrap())
        .collect();
    assert_eq!(
        tables,
        ["conversations", "dns", "exchanges", "findings", "objects"]
    );
    for file in &written {
        let path = Path::new(file["file"].as_str().unwrap());
        assert_eq!(
            path.metadata().unwrap().len(),
            file["bytes"].as_u64().unwrap()
        );
        // With the heading. No value of this capture has a line break.
        let rows = fs::read_to_string(path).unwrap().lines().count() as u64 - 1;
        assert_eq!(rows, file["rows"].as_u64().unwrap(), "{path:?}");
    }
}

/// Writes a capture of so many datagrams, each of which is a conversation, on two days.
fn many_conversations(file: &Path, count: u32) {
    let mut bytes = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    // The maximum length of a packet; raw IP.
    bytes.extend([0xff, 0xff, 0, 0, 101, 0, 0, 0]);
    for number in 0..count {
        let seconds = 1_700_000_000 + number % 2 * 86_400;
        for field in [seconds, number % 1_000_000, 28, 28] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend([0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10]);
        // The client's address; UDP from port 40000 to port 9.
        bytes.extend(&number.to_be_bytes()[1..]);
        bytes.extend([192, 0, 2, 1, 0x9c, 0x40, 0, 9, 0, 8, 0, 0]);
    }
    fs::write(file, bytes).unwrap();
}

/// Many conversations are written in shares, by several threads: in the same files, whatever their number.
#[test]
fn shares_of_a_table_are_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("many.pcap");
    many_conversations(&capture, 140_000);
    let mut tables = Vec::new();
    for threads in ["1", "3"] {
        let out = folder.path().join(threads);
        let more = ["--format", "csv", "--tables", "conversations"];
        let more: Vec<_> = more.into_iter().chain(["--threads", threads]).collect();
        let done = export(capture.to_str().unwrap(), &out, &more);
        assert!(done.status.success(), "{done:?}");
        let files = files(&out).into_iter().map(|path| {
            let name = path.strip_prefix(&out).unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        });
        tables.push(files.collect::<Vec<_>>());
    }
    let [one, three] = &tables[..] else {
        panic!("{}", tables.len());
    };
    let rows = |text: &str| text.lines().count() - 1;
    let counts: Vec<_> = one.iter().map(|(_, text)| rows(text)).collect();
    let (share, rest) = ((1 << 16) / 2, 140_000 / 2 - (1 << 16));
    assert_eq!(counts, [share, share, rest, share, share, rest]);
    assert!(one == three);
}

#[test]
fn a_capture_is_in_a_directory_once() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    assert!(
        export("samples/dns.pcap", out, &["--format", "ndjson"])
            .status
            .success()
    );
    let before = files(out);
    let again = export("samples/dns.pcap", out, &["--format", "ndjson"]);
    assert_eq!(again.status.code(), Some(1));
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(
        said.contains("already exists") && said.contains("--force"),
        "{said}"
    );
    assert_eq!(files(out), before);
    // Nor are there new directories.
    let elsewhere = export("samples/dns.pcap", out, &["--sensor", "other"]);
    assert_eq!(elsewhere.status.code(), Some(1));
    let dates = fs::read_dir(out.join("conversations")).unwrap();
    for date in dates.map(|date| date.unwrap().path()) {
        assert_eq!(fs::read_dir(&date).unwrap().count(), 1, "{date:?}");
    }
    // Another capture goes beside it.
    assert!(
        export("samples/tls.pcap", out, &["--format", "ndjson"])
            .status
            .success()
    );
    assert_eq!(files(out).len(), 2 * before.len());
    // A file of an earlier export that this one does not write is removed, and nothing else.
    let forced = export("samples/dns.pcap", out, &["--format", "csv", "--force"]);
    assert!(forced.status.success());
    let csv = |path: &&PathBuf| path.extension().is_some_and(|it| it == "csv");
    let after = files(out);
    assert_eq!(after.len(), 2 * before.len());
    assert_eq!(after.iter().filter(csv).count(), before.len());
}

#[test]
fn tables_and_fields_are_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let chosen = [
        "--format",
        "ndjson",
        "--tables",
        "packets,objects",
        "--fields",
        "ip.src,http.host",
    ];
    assert!(
        export("samples/web-keepalive.pcap", out, &chosen)
            .status
            .success()
    );
    let tables: Vec<_> = fs::read_dir(out)
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    assert_eq!(tables.len(), 2);
    let packets = rows(out, "packets");
    let all = lines(&wiretalk(&[
        "packets",
        "samples/web-keepalive.pcap",
        "--json",
    ]));
    assert_eq!(packets.len(), all.len());
    for (row, packet) in packets.iter().zip(&all) {
        for key in [
            "number",
            "time_ns",
            "length",
            "captured_length",
            "conversation",
        ] {
            assert_eq!(row[key], packet[key]);
        }
        let is_arp = packet["protocol"] == "ARP";
        assert_eq!(row["ip_src"].is_null(), is_arp);
        assert!(is_arp || row["ip_src"] == packet["source"]);
    }
    let with_host = packets
        .iter()
        .filter(|row| row["http_host"] == "www.example.kr");
    assert_eq!(with_host.count(), 11);
    for wrong in [
        &["--tables", "packets"][..],
        &["--tables", "findings", "--fields", "ip.src"],
        &["--fields", "ip.srk"],
        &["--tables", "conversation"],
    ] {
        let refused = export("samples/dns.pcap", &out.join("wrong"), wrong);
        assert_eq!(refused.status.code(), Some(2), "{wrong:?}");
    }
}

/// Conversations, findings and files are those of the other commands, in every sample, on one thread and on several.
#[test]
fn tables_say_what_the_commands_say() {
    for sample in samples() {
        let folder = tempfile::tempdir().unwrap();
        let [out, on_one] = ["tables", "on-one"].map(|name| folder.path().join(name));
        let form = ["--format", "ndjson", "--sensor", "s"];
        assert!(export(&sample, &out, &form).status.success(), "{sample}");
        let one = export(&sample, &on_one, &[&form[..], &["--threads", "1"]].concat());
        assert!(one.status.success());
        for (file, same) in files(&out).iter().zip(files(&on_one)) {
            assert_eq!(
                fs::read(file).unwrap(),
                fs::read(&same).unwrap(),
                "{sample} {file:?}"
            );
        }
        let conversations = lines(&wiretalk(&["conversations", &sample, "--json"]));
        let table = rows(&out, "conversations");
        assert_eq!(table.len(), conversations.len(), "{sample}");
        for (row, one) in table.iter().zip(&conversations) {
            assert_eq!(row["conversation"], one["id"], "{sample}");
            for key in [
                "protocol",
                "application",
                "client",
                "client_port",
                "server",
                "server_port",
                "start_ns",
                "duration_ns",
                "packets",
                "bytes",
                "client_packets",
                "server_bytes",
                "icmp_errors",
                "state",
                "history",
                "outcome",
                "verdict",
                "summary",
                "credentials",
                "parent",
                "findings",
                "server_name",
                "completeness",
            ] {
                assert_eq!(row[key], one[key], "{sample} {} {key}", one["id"]);
            }
        }
        let findings = lines(&wiretalk(&["findings", &sample, "--json"]));
        let mut table = rows(&out, "findings");
        table.sort_by_key(|row| row["number"].as_u64());
        assert_eq!(table.len(), findings.len(), "{sample}");
        for (row, one) in table.iter().zip(&findings) {
            for key in [
                "kind",
                "severity",
                "conversation",
                "hosts",
                "packets",
                "count",
                "text",
            ] {
                assert_eq!(row[key], one[key], "{sample} {key}");
            }
            let figures: Value = serde_json::from_str(row["figures"].as_str().unwrap()).unwrap();
            assert_eq!(figures, one["figures"], "{sample}");
        }
        let written = folder.path().join("objects");
        let objects = wiretalk(&[
            "objects",
            &sample,
            "--json",
            "--out",
            written.to_str().unwrap(),
        ]);
        let hashes = |rows: &[Value]| {
            let mut count: BTreeMap<String, u64> = BTreeMap::new();
            for row in rows {
                *count.entry(row["sha256"].to_string()).or_default() += 1;
            }
            count
        };
        assert_eq!(
            hashes(&rows(&out, "objects")),
            hashes(&lines(&objects)),
            "{sample}"
        );
    }
}

#[test]
fn requests_and_answers_are_rows() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        export("samples/dns.pcap", folder.path(), &["--format", "ndjson"])
            .status
            .success()
    );
    let exchanges = rows(folder.path(), "exchanges");
    let first = &exchanges[0];
    assert_eq!(first["request"], "A www.example.kr");
    assert_eq!(
        (&first["answer"], &first["class"]),
        (&"10.0.0.2".into(), &"ok".into())
    );
    assert_eq!(
        (&first["code"], &first["server_port"]),
        (&0.into(), &53.into())
    );
    let answers = rows(folder.path(), "dns");
    let missing: Vec<_> = answers.iter().filter(|row| row["rcode"] == 3).collect();
    // An answer without records, but with an authority.
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0]["query"], "nothing.example.kr");
    let six = answers
        .iter()
        .find(|row| row["type_name"] == "AAAA")
        .unwrap();
    assert_eq!(six["address"], "2001:db8::2");
    assert_eq!(six["address_ip16"], "20010db8000000000000000000000002");
}

/// The password of the samples is in no table, in no format.
#[test]
fn secrets_are_masked() {
    const PASSWORD: &str = "apple-pie";
    let fields = "tcp.payload,ftp.request.arg,smtp.auth.password,resp.string,_ws.col.info,frame";
    for sample in [
        "ftp-active",
        "ftp-passive",
        "redis",
        "smtp-plain",
        "everyday",
    ] {
        let file = match sample {
            "everyday" => "samples/everyday.pcapng".to_owned(),
            sample => format!("samples/{sample}.pcap"),
        };
        let folder = tempfile::tempdir().unwrap();
        let done = export(
            &file,
            folder.path(),
            &["--format", "ndjson", "--fields", fields],
        );
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        let hex: String = PASSWORD.bytes().map(|byte| format!("{byte:02x}")).collect();
        for file in files(folder.path()) {
            let text = fs::read_to_string(&file).unwrap();
            // `AUTH PLAIN` is in Base64.
            for secret in [PASSWORD, &hex, "AHN0dWRlbnQAYXBwbGUtcGll"] {
                assert!(!text.contains(secret), "{sample} {file:?}");
            }
        }
    }
}

#[test]
fn a_pipe_is_exported_as_a_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let [file, pipe] = ["file", "pipe"].map(|name| folder.path().join(name));
    assert!(
        export("samples/tls.pcap", &file, &["--format", "ndjson"])
            .status
            .success()
    );
    let mut command = Command::cargo_bin("wiretalk").unwrap();
    command
        .args(["export", "-", "--format", "ndjson", "--out"])
        .arg(&pipe);
    command
        .write_stdin(fs::read("samples/tls.pcap").unwrap())
        .assert()
        .success();
    for table in ["conversations", "exchanges", "findings", "dns", "objects"] {
        let without_id = |directory: &Path| {
            let mut rows = rows(directory, table);
            for row in &mut rows {
                row.as_object_mut().unwrap().remove("capture_id").unwrap();
            }
            rows
        };
        assert_eq!(without_id(&file), without_id(&pipe), "{table}");
    }
}

#[test]
fn damaged_captures_are_exported_as_far_as_they_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.pcap");
    let whole = fs::read("samples/tls.pcap").unwrap();
    fs::write(&cut, &whole[..whole.len() - 10]).unwrap();
    let out = folder.path().join("tables");
    let done = export(cut.to_str().unwrap(), &out, &["--format", "ndjson"]);
    assert_eq!(done.status.code(), Some(1));
    assert!(!rows(&out, "conversations").is_empty());
}

#[test]
fn a_full_disk_leaves_nothing() {
    if !nix::unistd::geteuid().is_root() {
        return skipped("mounting a small disk needs root");
    }
    let folder = tempfile::tempdir().unwrap();
    let mounted = process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(folder.path())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        return skipped("no small disk can be mounted");
    }
    let done = export(
        "samples/everyday.pcapng",
        folder.path(),
        &["--format", "ndjson"],
    );
    let left = files(folder.path());
    let unmounted = process::Command::new("umount").arg(folder.path()).status();
    assert!(unmounted.unwrap().success());
    assert_eq!(done.status.code(), Some(1));
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(said.contains("no space left"), "{said}");
    assert_eq!(left, Vec::<PathBuf>::new());
}

/// `contrib/sql/check` compares the formats column by column, and runs each query.
#[test]
#[cfg(feature = "parquet")]
fn the_formats_agree_and_the_queries_run() {
    let has_duckdb = process::Command::new("python3")
        .args(["-c", "import duckdb"])
        .output();
    if !has_duckdb.is_ok_and(|done| done.status.success()) {
        return skipped("python3 with duckdb is not there");
    }
    let program = assert_cmd::cargo::cargo_bin("wiretalk");
    let checked = process::Command::new("python3")
        .arg("contrib/sql/check")
        .arg(program)
        .args(samples())
        .output()
        .unwrap();
    assert!(
        checked.status.success(),
        "{}{}",
        String::from_utf8_lossy(&checked.stdout),
        String::from_utf8_lossy(&checked.stderr)
    );
}
