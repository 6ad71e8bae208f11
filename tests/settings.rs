//! The settings and the macros of a user's files.

use assert_cmd::Command;
use std::{fs, path::Path};

fn sample(name: &str) -> String {
    format!("samples/{name}")
}

/// Runs the program with these settings.
fn with_settings(directory: &Path, words: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("wiretalk")
        .unwrap()
        .env("LC_ALL", "C.UTF-8")
        .env("XDG_CONFIG_HOME", directory)
        .args(words)
        .timeout(std::time::Duration::from_secs(60))
        .assert()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn settings_hold_unless_the_command_line_says_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("wiretalk");
    fs::create_dir_all(directory.join("profiles")).unwrap();
    let file = directory.join("config.toml");
    let path = with_settings(folder.path(), &["config", "--path"]).success();
    assert_eq!(
        text(&path.get_output().stdout),
        format!("{}\n", file.display())
    );
    // What is printed is read again, in either language.
    for language in ["en", "ko"] {
        let printed = with_settings(folder.path(), &["config", "--lang", language]).success();
        fs::write(&file, &printed.get_output().stdout).unwrap();
        with_settings(folder.path(), &["config"])
            .success()
            .stderr("");
    }
    fs::write(&file, "language = \"ko\"\nignore = [\"refused\"]\n").unwrap();
    let refused = sample("refused.pcap");
    // The only finding is ignored.
    with_settings(folder.path(), &["findings", &refused]).success();
    let all = with_settings(folder.path(), &["conversations", &refused]).success();
    assert!(text(&all.get_output().stdout).contains("연결 거부"));
    let words = ["findings", &refused, "--ignore", "reset", "--lang", "en"];
    let findings = with_settings(folder.path(), &words).code(3);
    assert!(text(&findings.get_output().stdout).contains("refused"));
    fs::write(
        directory.join("profiles/lab.toml"),
        "language = \"en\"\nignore = []\n",
    )
    .unwrap();
    let findings = with_settings(folder.path(), &["findings", &refused, "-C", "lab"]).code(3);
    assert!(text(&findings.get_output().stdout).contains("refused"));
    let missing = with_settings(folder.path(), &["findings", &refused, "-C", "lap"]).code(2);
    assert!(text(&missing.get_output().stderr).contains("lab"));
    with_settings(folder.path(), &["findings", &refused, "-C", "../config"]).code(2);
}

/// Whatever is in the place of the settings, a command does its work and says so in one line.
#[test]
fn settings_that_are_wrong_are_named_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("wiretalk");
    fs::create_dir(&directory).unwrap();
    let file = directory.join("config.toml");
    let dns = sample("dns.pcap");
    let named = |words: &str| {
        let ran = with_settings(folder.path(), &["conversations", &dns]).success();
        let (out, err) = (
            text(&ran.get_output().stdout),
            text(&ran.get_output().stderr),
        );
        assert!(out.lines().count() > 1, "{out}");
        assert_eq!(err.lines().count(), 1, "{err}");
        assert!(err.contains(words), "{err}");
    };
    fs::write(&file, "threads = 1\nkep = \"1h\"\nmemory = 5\n").unwrap();
    named("config.toml:2:1: 'kep' is unknown, did you mean 'keep'?");
    let all = with_settings(folder.path(), &["config"]).code(1);
    assert_eq!(text(&all.get_output().stderr).lines().count(), 2);
    fs::write(&file, [0xff; 1000]).unwrap();
    named("text");
    fs::File::create(&file).unwrap().set_len(100 << 20).unwrap();
    named("too large");
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &file).unwrap();
    named("symbolic link");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    named("no plain file");
    fs::remove_dir(&file).unwrap();
    nix::unistd::mkfifo(&file, nix::sys::stat::Mode::S_IRWXU).unwrap();
    named("no plain file");
}

/// Macros come from a file in the state directory.
#[test]
fn macros_are_read_from_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("wiretalk");
    fs::create_dir(&directory).unwrap();
    let path = directory.join("dmacros");
    let text = "# Own ones\n\"with_port\" tcp.port == $1 or udp.port == $1\n\"names\" $with_port(53)\n\
                \"again\" $again()\n\"twice\" ${again} or ${again}\n";
    fs::write(&path, text).unwrap();
    let run = |filter: &str| {
        let mut command = Command::cargo_bin("wiretalk").unwrap();
        command.env("LC_ALL", "C.UTF-8");
        command.env("XDG_STATE_HOME", folder.path());
        command.args(["packets", &sample("everyday.pcapng"), "-Y", filter]);
        command.assert()
    };
    let count = |filter: &str| {
        let run = run(filter).success();
        let text = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
        text.lines().count()
    };
    let refused = |filter: &str, why: &str| {
        let run = run(filter).code(2);
        let said = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(said.contains(why), "{filter}: {said}");
    };
    let dns = count("tcp.port == 53 or udp.port == 53");
    assert!(dns > 0);
    for filter in [
        "$with_port(53)",
        "${with_port:53}",
        "${with_port;53}",
        "$names()",
        "${names}",
        "${names:}",
    ] {
        assert_eq!(count(filter), dns, "{filter}");
    }
    refused("$with_port()", "takes one value");
    refused("$with_port(1,2)", "takes one value");
    refused("${with_port:;}", "is empty");
    refused("$none()", "no macro \"none\"");
    refused("$again()", "nested too deeply");
    refused("$twice()", "nested too deeply");
    // A link is not followed, which is said where a macro is missing.
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    refused("$with_port(53)", "symbolic link");
    assert!(count("$private_ethernet(eth.src)") > 0);
}
