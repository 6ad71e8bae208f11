//! The programs that people learn with, captured from an interface: what is said of each, live and from the file.

use super::net::{Running, Wire, can_try, folder, wait_for};
use super::{lines, offline};
use rustix::process::Signal;
use serde_json::Value;
use std::{fs, path::Path, process::Command};

const PROGRAMS: &[&str] = &[
    "curl",
    "openssl",
    "ssh-keygen",
    "sshd",
    "dovecot",
    "python3-requests",
    "python3-paramiko",
    "python3-pyftpdlib",
    "python3-aiosmtpd",
];

/// The directory of this file.
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live");

fn run(words: &[&str]) {
    let output = Command::new(words[0]).args(&words[1..]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {errors}");
}

/// Starts the servers at the other end, with their files in a directory.
fn serve(wire: &Wire, folder: &Path) -> [Running; 3] {
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (key, certificate) = (at("key.pem"), at("cert.pem"));
    run(&[
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        &key,
        "-out",
        &certificate,
        "-days",
        "2",
        "-subj",
        "/CN=servers.example",
    ]);
    for name in ["id", "host"] {
        run(&[
            "ssh-keygen",
            "-q",
            "-t",
            "ed25519",
            "-N",
            "",
            "-f",
            &at(name),
        ]);
    }
    fs::create_dir_all("/run/sshd").unwrap();
    let ssh = format!(
        "ListenAddress 10.0.0.2\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nPermitRootLogin yes\nUsePAM no\n\
         PidFile none\nSubsystem sftp internal-sftp\n",
        at("host"),
        at("id.pub")
    );
    fs::write(at("sshd.conf"), ssh).unwrap();
    fs::write(at("users"), "kim:{PLAIN}s3cret-imap\n").unwrap();
    fs::create_dir(at("mail")).unwrap();
    std::os::unix::fs::chown(at("mail"), Some(65534), Some(65534)).unwrap();
    let mail = format!(
        "protocols = imap pop3\nlisten = 10.0.0.2\nbase_dir = {}\nstate_dir = {}\nlog_path = {}\nssl = no\n\
         disable_plaintext_auth = no\npassdb {{\n driver = passwd-file\n args = {}\n}}\n\
         userdb {{\n driver = static\n args = uid=65534 gid=65534 home={}\n}}\n\
         mail_location = maildir:{}\nfirst_valid_uid = 1\n",
        at("run"),
        at("state"),
        at("log"),
        at("users"),
        at("mail"),
        at("mail")
    );
    fs::write(at("dovecot.conf"), mail).unwrap();
    let servers = format!("{HERE}/servers.py");
    let folder = folder.to_str().unwrap();
    [
        wire.serve(&["/usr/bin/python3", &servers, folder, "10.0.0.2"], 7007),
        wire.serve(&["/usr/sbin/sshd", "-D", "-e", "-f", &at("sshd.conf")], 22),
        wire.serve(&["/usr/sbin/dovecot", "-F", "-c", &at("dovecot.conf")], 110),
    ]
}

#[test]
fn what_people_learn_with_is_understood() {
    if !can_try(PROGRAMS) {
        return;
    }
    let (_folder, path) = folder();
    // The user of the mail server reads it, too.
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&path, readable).unwrap();
    let wire = Wire::new();
    wire.give_ipv6();
    let _servers = serve(&wire, &path);
    let file = path.join("live.pcapng");
    let file = file.to_str().unwrap();
    let capture = wire.wiretalk(&["conversations", "-i", "wire", "-w", file, "--json", "tcp"]);
    let clients = format!("{HERE}/clients.py");
    let folder = path.to_str().unwrap();
    for client in [
        "requests", "socket", "ftp", "ftp_tls", "sftp", "smtp", "imap", "pop",
    ] {
        let said = wire.run(&["/usr/bin/python3", &clients, client, "10.0.0.2", folder]);
        let errors = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "{client}: {errors}");
    }
    let said = wire.run(&["curl", "-s", "http://[fd00::2]/hello"]);
    assert_eq!(String::from_utf8_lossy(&said.stdout), "안녕하세요\n");
    // Servers close connections a little later.
    let whole = || lines(&offline(&["conversations", file, "--json"]).stdout);
    wait_for("the end of every conversation", || {
        let all = whole();
        let ended = |one: &Value| ["SF", "RSTO", "RSTR"].contains(&one["state"].as_str().unwrap());
        all.len() == 13 && all.iter().all(ended)
    });
    capture.signal(Signal::INT);
    let live = lines(&capture.end().stdout);
    assert_eq!(live, whole());
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let found: Vec<(String, bool, String)> = live
        .iter()
        .map(|one| {
            let secret = one["credentials"].as_bool().unwrap();
            (text(one, "application"), secret, text(one, "summary"))
        })
        .collect();
    let expected = [
        (
            "http",
            true,
            "GET 10.0.0.2/hello → 200 OK, 16 bytes and 4 more",
        ),
        ("", false, "text: 김 → Hello, 김"),
        ("ftp", true, "kim: STOR up.txt ok and 4 more"),
        ("ftp-data", false, "STOR up.txt by tcp/2"),
        ("ftp-data", false, "RETR up.txt by tcp/2"),
        ("ftp-data", false, "LIST by tcp/2"),
        ("tls", false, "AUTH TLS, then TLS 1.3"),
        ("tls", false, "TLS 1.3"),
        ("ssh", false, "SSH OpenSSH"),
        ("tls", false, "STARTTLS, then TLS 1.3"),
        ("imap", true, "kim fetched 1 mail, 1 mail stored"),
        ("pop", true, "kim fetched 1 mail"),
        ("http", false, "GET [fd00::2]/hello → 200 OK, 16 bytes"),
    ];
    for (found, expected) in found.iter().zip(expected) {
        let (application, secret, summary) = found;
        assert_eq!(
            (application.as_str(), *secret),
            (expected.0, expected.1),
            "{found:?}"
        );
        assert!(summary.starts_with(expected.2), "{found:?}");
    }
    // No password is in any of it.
    let shown = offline(&["packets", file, "--json", "--detail"]).stdout;
    for secret in ["s3cret-web", "s3cret-ftp", "s3cret-imap", "s3cret-mail"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}
