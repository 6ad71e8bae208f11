//! `wiretalk conversations`, and what chooses among them.

use crate::program::{lines, sample, stdout, wiretalk};

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
