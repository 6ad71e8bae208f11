//! Several files, or those of a directory, are one capture.

mod program;

use program::{lines, sample, stdout, wiretalk};
use std::{fs, path::Path};

/// Cuts a classic capture into files of so many packets, whose names run backwards.
fn cut(name: &str, packets: usize, folder: &Path) {
    let whole = fs::read(sample(name)).unwrap();
    let (header, mut rest) = whole.split_at(24);
    let mut at = 0;
    while !rest.is_empty() {
        let mut file = header.to_vec();
        for _ in 0..packets {
            let Some(length) = rest.get(8..12) else { break };
            let length = 16 + u32::from_le_bytes(length.try_into().unwrap()) as usize;
            file.extend(&rest[..length]);
            rest = &rest[length..];
        }
        fs::write(folder.join(format!("{:04}.pcap", 9999 - at)), file).unwrap();
        at += 1;
    }
}

#[test]
fn files_of_a_directory_are_one_capture() {
    let folder = tempfile::tempdir().unwrap();
    cut("ftp-passive.pcap", 7, folder.path());
    let directory = folder.path().to_str().unwrap();
    let whole = sample("ftp-passive.pcap");
    for command in ["conversations", "findings"] {
        let get = |file: &str| {
            let output = wiretalk(&[command, file, "--json"]);
            output.get_output().stdout.clone()
        };
        assert_eq!(get(directory), get(&whole), "{command}");
    }
    let follow = |file: &str| stdout(&["follow", file, "tcp/0"]);
    assert_eq!(follow(directory), follow(&whole));
    // Every packet knows its file, and a filter chooses by it.
    let all = lines(&stdout(&["packets", directory, "--json"]));
    assert!(all[0]["file"].as_str().unwrap().ends_with("/9999.pcap"));
    let filter = "frame.file contains \"9998\"";
    let chosen = lines(&stdout(&["packets", directory, "--json", "-Y", filter]));
    let numbers: Vec<_> = chosen
        .iter()
        .map(|packet| packet["number"].as_u64())
        .collect();
    let expected: Vec<_> = (8..=14).map(Some).collect();
    assert_eq!(numbers, expected);
    assert!(lines(&stdout(&["packets", &whole, "--json"]))[0]["file"].is_null());
    // Some of its files, by their names, one of them damaged.
    let name = |at: u32| format!("{directory}/{at}.pcap");
    let second = name(9998);
    let bytes = fs::read(&second).unwrap();
    fs::write(&second, &bytes[..bytes.len() - 9]).unwrap();
    let some = wiretalk(&[
        "packets",
        &name(9997),
        &second,
        &name(9999),
        &second,
        "--json",
    ]);
    let some = some.code(1);
    let output = some.get_output();
    assert_eq!(
        lines(std::str::from_utf8(&output.stdout).unwrap()).len(),
        20
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("9998.pcap: after packet 13"), "{said}");
    assert!(said.contains("is read once"), "{said}");
}

#[test]
fn the_files_of_a_directory_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    cut("ftp-passive.pcap", 40, folder.path());
    let directory = folder.path().to_str().unwrap();
    let text = stdout(&["info", directory]);
    for name in ["9999.pcap", "9998.pcap"] {
        let length = folder.path().join(name).metadata().unwrap().len();
        let line = text.lines().find(|line| line.contains(name));
        assert!(line.is_some_and(|line| line.ends_with(" bytes")), "{text}");
        let json = lines(&stdout(&["info", directory, "--json", "--threads", "1"]));
        let files = json[0]["files"].as_array().unwrap();
        let file = files
            .iter()
            .find(|file| file["name"].as_str().unwrap().ends_with(name));
        assert_eq!(file.unwrap()["size"], length);
    }
    let one = sample("dns.pcap");
    assert!(lines(&stdout(&["info", &one, "--json"]))[0]["files"].is_null());
}
