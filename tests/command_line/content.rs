//! What both sides sent: `wiretalk follow`, `objects` and `har`.

use crate::program::{lines, sample, stdout, wiretalk};
use std::{fs, io::Write, path::Path};

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
    let refused = wiretalk(&["har", &file, "-o", name]).code(1);
    let why = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(why.contains("--force"), "{why}");
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
