//! `wiretalk findings` and `stats`.

use crate::program::{lines, sample, stdout, wiretalk};
use std::fs;

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
