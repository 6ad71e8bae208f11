//! The program's output for every sample, compared with reviewed output.

use assert_cmd::Command;
use std::fs;

fn stdout(words: &[&str]) -> String {
    let outcome = Command::cargo_bin("wiretalk")
        .unwrap()
        .env("LC_ALL", "C.UTF-8")
        .args(words)
        .assert()
        .success();
    String::from_utf8(outcome.get_output().stdout.clone()).unwrap()
}

fn samples() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir("samples")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".pcap") || name.ends_with(".pcapng"))
        .collect();
    names.sort();
    names
}

#[test]
fn the_conversations_of_every_sample() {
    let names = samples();
    assert!(names.len() > 30);
    for name in names {
        let text = stdout(&["conversations", &format!("samples/{name}")]);
        insta::assert_snapshot!(format!("conversations-{name}"), text);
    }
}

#[test]
fn the_packets_of_some_samples() {
    for name in [
        "refused",
        "unanswered",
        "icmp-unreachable",
        "fragments",
        "tunnel-vxlan",
        "arp-icmp",
        "simultaneous-open",
    ] {
        let text = stdout(&["packets", &format!("samples/{name}.pcap")]);
        insta::assert_snapshot!(format!("packets-{name}"), text);
    }
}

#[test]
fn the_handshake_in_full() {
    let text = stdout(&["conversations", "samples/tcp-fast-open.pcap", "--json"]);
    insta::assert_snapshot!("handshakes-tcp-fast-open", text);
}
