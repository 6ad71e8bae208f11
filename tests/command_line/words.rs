//! The command line itself: what is refused, and with which words; what the documents say of it.

use crate::program::{lines, sample, stdout, wiretalk};
use std::fs;

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

/// Each key of the JSON, and each outcome, is in docs/manual.md.
#[test]
fn the_manual_names_the_keys_of_the_json() {
    let manual = include_str!("../../docs/manual.md");
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
    let readme = include_str!("../../README.md");
    let oldest = format!(
        "[Rust](https://rustup.rs) {} or later",
        env!("CARGO_PKG_RUST_VERSION")
    );
    assert!(readme.contains(&oldest), "README.md must contain: {oldest}");
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
