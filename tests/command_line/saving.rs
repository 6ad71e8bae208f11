//! `wiretalk save`.

use crate::program::{lines, sample, stdout, wiretalk};
use assert_cmd::Command;

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
