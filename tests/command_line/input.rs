//! What is read: files, pipes, what is damaged; `wiretalk info`.

use crate::program::{lines, sample, stdout, wiretalk};
use assert_cmd::Command;
use std::{
    fs,
    io::{Read, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::{self, Stdio},
};

#[test]
fn standard_input_and_a_pipe_read_like_the_file() {
    let file = sample("web-keepalive.pcap");
    let from_file = stdout(&["packets", &file, "--json"]);
    let bytes = fs::read(&file).unwrap();
    let from_stdin = Command::cargo_bin("wiretalk")
        .unwrap()
        .args(["packets", "-", "--json"])
        .write_stdin(bytes)
        .assert()
        .success();
    assert_eq!(
        String::from_utf8_lossy(&from_stdin.get_output().stdout),
        from_file
    );
}

#[test]
fn a_capture_cut_short_is_printed_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.pcap");
    let bytes = fs::read(sample("refused.pcap")).unwrap();
    fs::write(&cut, &bytes[..bytes.len() - 5]).unwrap();
    let outcome = wiretalk(&["packets", cut.to_str().unwrap(), "--json"])
        .failure()
        .code(1);
    let output = outcome.get_output();
    assert_eq!(lines(&String::from_utf8_lossy(&output.stdout)).len(), 7);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("cut.pcap") && error.contains("packet 8") && error.contains("offset"),
        "{error}"
    );
}

#[test]
fn what_is_no_capture_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("picture.png");
    fs::write(&picture, b"\x89PNG\r\n\x1a\n and so on").unwrap();
    let cases: [(&Path, &str); 3] = [
        (&picture, "PNG"),
        (folder.path(), "no capture file"),
        (Path::new("no-such.pcap"), "No such file"),
    ];
    for (path, word) in cases {
        let outcome = wiretalk(&["conversations", path.to_str().unwrap()])
            .failure()
            .code(1);
        let error = String::from_utf8_lossy(&outcome.get_output().stderr).into_owned();
        assert!(
            error.to_lowercase().contains(&word.to_lowercase()),
            "{path:?}: {error}"
        );
        assert!(
            error.starts_with("wiretalk: ") && error.lines().count() == 1,
            "{error}"
        );
    }
}

#[test]
fn a_name_that_is_not_utf8_opens() {
    let folder = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"\xc8\xb8\xc0\xc7\xb7\xcf.pcap");
    let path: PathBuf = folder.path().join(name);
    fs::copy(sample("refused.pcap"), &path).unwrap();
    Command::cargo_bin("wiretalk")
        .unwrap()
        .arg("conversations")
        .arg(&path)
        .assert()
        .success();
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = process::Command::new(env!("CARGO_BIN_EXE_wiretalk"))
        .args(["packets", &sample("everyday.pcapng"), "--json", "--detail"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    assert!(output.stderr.is_empty());
}

#[test]
fn a_named_pipe_is_followed_as_it_comes() {
    let mut child = process::Command::new(env!("CARGO_BIN_EXE_wiretalk"))
        .args(["conversations", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let bytes = fs::read(sample("refused.pcap")).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for piece in bytes.chunks(7) {
        stdin.write_all(piece).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(lines(&String::from_utf8_lossy(&output.stdout)).len(), 3);
}

#[test]
fn a_directory_for_temporary_files_that_cannot_be_written_is_named() {
    let mut command = Command::cargo_bin("wiretalk").unwrap();
    command
        .args(["conversations", "-"])
        .env("TMPDIR", "/none/there");
    let bytes = fs::read(sample("refused.pcap")).unwrap();
    let outcome = command.write_stdin(bytes).assert().failure().code(1);
    let error = String::from_utf8_lossy(&outcome.get_output().stderr).into_owned();
    assert!(error.contains("/none/there (TMPDIR"), "{error}");
    assert!(!error.contains("standard input: there is no such file"));
}

/// What capinfos says of a file.
#[test]
fn what_a_file_is() {
    let file = sample("multi-interface.pcapng");
    let info = &lines(&stdout(&["info", "--json", "--hashes", &file]))[0];
    assert_eq!(
        (&info["type"], &info["packets"]),
        (&"pcapng".into(), &26.into())
    );
    let interfaces = info["interfaces"].as_array().unwrap();
    let packets = interfaces.iter().map(|it| it["packets"].as_u64().unwrap());
    assert_eq!(packets.sum::<u64>(), 26);
    assert_eq!(info["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(info["sha1"].as_str().unwrap().len(), 40);
    let whole = fs::read(&file).unwrap();
    assert_eq!(info["size"], whole.len());
    // A file that is cut short is described as far as it goes.
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.pcapng");
    fs::write(&cut, &whole[..whole.len() - 10]).unwrap();
    wiretalk(&["info", cut.to_str().unwrap()]).code(1);
    wiretalk(&["info", "no-such-file"]).code(1);
    wiretalk(&["info"]).code(2);
}
