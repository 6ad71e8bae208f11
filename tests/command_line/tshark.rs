//! Command lines of tshark.

use crate::program::{lines, sample, stdout, wiretalk};

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
