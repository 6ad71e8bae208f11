//! The export on a cluster of Spark: `contrib/spark/check` compares it with one process, and the engines with each other.
//!
//! Needs root, Java, editcap, and Python with pyspark and duckdb: without them the test is skipped with a message, which is
//! a failure under WIRETALK_TEST_ALL=1.
#![cfg(feature = "parquet")]

#[allow(dead_code, reason = "the tests of live capture need more of it")]
#[path = "live/net.rs"]
mod net;

use net::{Wire, can_try, folder};
use std::{fs, path::PathBuf, process::Command};

/// Returns the files of a ring buffer with what the test program sends.
fn ring(wire: &Wire, folder: &std::path::Path) -> Vec<String> {
    let file = folder.join("sent.pcapng");
    let capture = wire.wiretalk(&[
        "packets",
        "-i",
        "wire",
        "-q",
        "-c",
        "1000",
        "-b",
        "packets:250",
        "-w",
        file.to_str().unwrap(),
        "udp port 9",
    ]);
    let tests = std::env::current_exe().unwrap();
    let sender = tests.ancestors().nth(2).unwrap().join("examples/sender");
    let sent = wire.run(&[sender.to_str().unwrap(), "wire", "1000", "1000"]);
    assert!(sent.status.success());
    assert!(capture.end().status.success());
    captures(folder)
}

fn captures(directory: &std::path::Path) -> Vec<String> {
    let all = fs::read_dir(directory).unwrap();
    let names = all.map(|entry| entry.unwrap().path().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| name.contains(".pcap")).collect();
    names.sort();
    names
}

#[test]
fn a_cluster_has_the_rows_of_one_process() {
    let python = Command::new("python3")
        .args(["-c", "import duckdb, pyspark"])
        .output();
    if !python.is_ok_and(|done| done.status.success()) {
        assert!(std::env::var_os("WIRETALK_TEST_ALL").is_none());
        return eprintln!("SKIPPED: python3 with duckdb and pyspark is not there");
    }
    if !can_try(&["java", "editcap"]) {
        return;
    }
    let wire = Wire::new();
    let (_folder, path) = folder();
    let sent = ring(&wire, &path);
    assert_eq!(sent.len(), 4);
    let checked = Command::new("python3")
        .arg("contrib/spark/check")
        .arg(PathBuf::from(env!("CARGO_BIN_EXE_wiretalk")))
        .args(captures("samples".as_ref()))
        .args(sent)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    println!("{said}");
    let errors = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "{said}{errors}");
}
