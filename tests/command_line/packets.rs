//! `wiretalk packets`, `fields` and `explain`.

use crate::program::{lines, sample, stdout, wiretalk};

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
