//! Runs the program, for tests of its output.

use assert_cmd::Command;

pub fn wiretalk(words: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("wiretalk")
        .unwrap()
        .env("LC_ALL", "C.UTF-8")
        .env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"))
        .args(words)
        .assert()
}

pub fn stdout(words: &[&str]) -> String {
    String::from_utf8(wiretalk(words).success().get_output().stdout.clone()).unwrap()
}

pub fn sample(name: &str) -> String {
    format!("samples/{name}")
}

pub fn lines(text: &str) -> Vec<serde_json::Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
