//! Display filters on captures that are made here, packet by packet, for what no sample has: tunnels of HTTP, messages of
//! which some is missing, packets of which little was captured, several sections. The expected packets are tshark's, which
//! is asked as well if it is installed.

use std::{
    path::{Path, PathBuf},
    process::Command,
};
use wiretalk::{
    capture::Reader,
    filter::{Filter, Search},
    report,
    store::Store,
    track::{DecodeAs, Side},
};

/// A capture of frames, each cut after `snaplen` bytes.
struct Made {
    frames: Vec<Vec<u8>>,
    snaplen: usize,
}

impl Made {
    fn new() -> Self {
        Made {
            frames: Vec::new(),
            snaplen: 65_535,
        }
    }

    /// Adds an IPv4 packet in Ethernet.
    fn ipv4(&mut self, from: Side, protocol: u8, inside: &[u8]) {
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
        let length = (20 + inside.len()) as u16;
        frame.extend([0x45, 0]);
        frame.extend(length.to_be_bytes());
        frame.extend([0, 1, 0x40, 0, 64, protocol, 0, 0]);
        match from {
            Side::Client => frame.extend([10, 0, 0, 1, 10, 0, 0, 2]),
            Side::Server => frame.extend([10, 0, 0, 2, 10, 0, 0, 1]),
        }
        frame.extend(inside);
        self.frames.push(frame);
    }

    /// Adds a connection with this port of the server: what each side sends, and how many bytes before it are missing.
    fn connection(&mut self, port: u16, script: &[(Side, usize, &[u8])]) {
        let mut next = [1000_u32, 5000];
        let mut add = |from: Side, flags: u8, lost: usize, data: &[u8]| {
            let (own, other) = match from {
                Side::Client => (0, 1),
                Side::Server => (1, 0),
            };
            next[own] += lost as u32;
            let ports = [[40_000, port], [port, 40_000]][own];
            let mut tcp: Vec<u8> = ports.iter().flat_map(|port| port.to_be_bytes()).collect();
            tcp.extend(next[own].to_be_bytes());
            tcp.extend(if flags & 16 == 0 { 0 } else { next[other] }.to_be_bytes());
            tcp.extend([0x50, flags, 0x20, 0, 0, 0, 0, 0]);
            tcp.extend(data);
            next[own] += data.len() as u32 + u32::from(flags & 2 != 0);
            self.ipv4(from, 6, &tcp);
        };
        add(Side::Client, 2, 0, b"");
        add(Side::Server, 18, 0, b"");
        add(Side::Client, 16, 0, b"");
        for (from, lost, data) in script {
            add(*from, 24, *lost, data);
        }
    }

    fn write(&self, path: &Path) {
        let mut file = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
        file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
        for (at, frame) in self.frames.iter().enumerate() {
            let captured = frame.len().min(self.snaplen);
            for number in [1_700_000_000 + at, 0, captured, frame.len()] {
                file.extend((number as u32).to_le_bytes());
            }
            file.extend(&frame[..captured]);
        }
        std::fs::write(path, file).unwrap();
    }
}

fn ours(path: &Path, filter: &str) -> Vec<u32> {
    let store: Store = report::load(Reader::open(path).unwrap(), DecodeAs::default());
    let filter: Filter = filter.parse().unwrap_or_else(|error| panic!("{error}"));
    let numbers: Vec<_> = (1..=store.read().packets.len() as u32).collect();
    let holds = Search::new(&store, filter, 1).holds(&numbers);
    let kept = numbers.into_iter().zip(holds);
    kept.filter(|(_, holds)| *holds.as_ref().unwrap())
        .map(|(number, _)| number)
        .collect()
}

fn theirs(path: &Path, filter: &str) -> Option<Vec<u32>> {
    let output = Command::new("tshark")
        .args(["-2", "-n", "-T", "fields", "-e", "frame.number", "-r"])
        .arg(path)
        .args(["-Y", filter])
        .output();
    match output {
        Ok(output) => {
            let text = String::from_utf8(output.stdout).unwrap();
            Some(text.lines().map(|line| line.parse().unwrap()).collect())
        }
        Err(_) => {
            let is_needed = std::env::var_os("WIRETALK_TEST_ALL").is_some();
            assert!(!is_needed, "tshark is not installed");
            eprintln!("SKIPPED: tshark is not installed, nothing is compared with it");
            None
        }
    }
}

fn compare(path: &Path, filters: &[(&str, &[u32])]) {
    for (filter, expected) in filters {
        assert_eq!(ours(path, filter), *expected, "{filter}");
        if let Some(theirs) = theirs(path, filter) {
            assert_eq!(theirs, *expected, "tshark: {filter}");
        }
    }
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("made.pcap")
}

/// What is sent through a tunnel is also HTTP, whatever protocol it is in.
#[test]
fn tunnels() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    let mut made = Made::new();
    let (client, server) = (Side::Client, Side::Server);
    made.connection(
        8080,
        &[
            (
                client,
                0,
                b"CONNECT h.example:25 HTTP/1.1\r\nHost: h.example:25\r\n\r\n",
            ),
            (server, 0, b"HTTP/1.1 200 OK\r\n\r\n"),
            (server, 0, b"220 h ESMTP\r\n"),
            (client, 0, b"EHLO c\r\n"),
            (server, 0, b"250 h\r\n"),
        ],
    );
    made.write(&path);
    compare(
        &path,
        &[
            ("http", &[4, 5, 6, 7, 8]),
            ("smtp", &[6, 7, 8]),
            ("not http", &[1, 2, 3]),
            ("http and not smtp", &[4, 5]),
            ("http.request", &[4]),
            ("http.proxy_connect_host", &[6, 7, 8]),
            ("http.proxy_connect_host == \"h.example\"", &[6, 7, 8]),
            ("http.proxy_connect_port == 25", &[6, 7, 8]),
            ("frame.protocols contains \"tcp:http:smtp\"", &[6, 7, 8]),
        ],
    );
    let program = env!("CARGO_BIN_EXE_wiretalk");
    let arguments = ["stats".as_ref(), path.as_os_str(), "--json".as_ref()];
    let output = Command::new(program).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let rows = rows.filter(|row: &serde_json::Value| row["section"] == "hierarchy");
    let rows: Vec<_> = rows
        .map(|row| {
            (
                row["protocol"].as_str().unwrap().to_owned(),
                row["packets"].clone(),
            )
        })
        .collect();
    assert!(rows.contains(&("http".to_owned(), 5.into())), "{rows:?}");
    assert!(rows.contains(&("smtp".to_owned(), 3.into())), "{rows:?}");
}

/// Tunnels of SSH, of TLS that ends with an alert, and of what is not recognized.
#[test]
fn tunnels_of_other_protocols() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    let (client, server) = (Side::Client, Side::Server);
    let ok = (server, 0, &b"HTTP/1.1 200 OK\r\n\r\n"[..]);
    let connect = |port: u16| format!("CONNECT h.example:{port} HTTP/1.1\r\n\r\n").into_bytes();
    let (ssh, tls, other) = (connect(22), connect(443), connect(9999));
    let mut made = Made::new();
    made.connection(
        8080,
        &[
            (client, 0, &ssh),
            ok,
            (server, 0, b"SSH-2.0-a\r\n"),
            (client, 0, b"SSH-2.0-b\r\n"),
        ],
    );
    made.write(&path);
    compare(
        &path,
        &[
            ("http", &[4, 5, 6, 7]),
            ("ssh", &[6, 7]),
            ("http.proxy_connect_port == 22", &[6, 7]),
            ("ssh.protocol contains \"SSH-2.0\"", &[6, 7]),
        ],
    );
    let mut made = Made::new();
    let alert = &[21, 3, 3, 0, 2, 2, 40];
    made.connection(8080, &[(client, 0, &tls), ok, (client, 0, alert)]);
    made.write(&path);
    compare(
        &path,
        &[
            ("http and tls", &[6]),
            ("tls.alert_message.desc == 40", &[6]),
            ("http.proxy_connect_host == \"h.example\"", &[6]),
        ],
    );
    let mut made = Made::new();
    made.connection(
        8080,
        &[
            (client, 0, &other),
            ok,
            (client, 0, &[0xfe; 40]),
            (server, 0, &[0x81; 40]),
        ],
    );
    made.write(&path);
    compare(
        &path,
        &[
            ("http", &[4, 5, 6, 7]),
            ("data", &[6, 7]),
            ("http.proxy_connect_port == 9999", &[6, 7]),
        ],
    );
}

/// What the capture lacks a part of is no message of its protocol.
#[test]
fn partial_messages() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    let mut made = Made::new();
    let post = b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n";
    let get = b"GET /b HTTP/1.1\r\nHost: h\r\n\r\n";
    let cut = b"GET /c HTTP/1.1\r\nHost: h";
    let client = Side::Client;
    made.connection(
        80,
        &[(client, 0, post), (client, 100, get), (client, 0, cut)],
    );
    made.write(&path);
    compare(
        &path,
        &[
            ("http", &[5]),
            ("http.request", &[5]),
            ("frame.protocols contains \"http\"", &[5]),
            ("tcp.len > 0 and not http", &[4, 6]),
        ],
    );
}

/// What nothing was captured of is not there.
#[test]
fn packets_cut_by_the_capture() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    let mut made = Made::new();
    let mut query = vec![0x9c, 0x40, 0, 53, 0, 33, 0, 0];
    query.extend(b"\0\x07\x01\0\0\x01\0\0\0\0\0\0\x01a\x02kr\0\0\x01\0\x01");
    made.ipv4(Side::Client, 17, &query);
    made.connection(80, &[]);
    for (snaplen, layers) in [
        (14, [&[][..], &[], &[], &[]]),
        (36, [&[1, 2, 3, 4], &[], &[], &[]]),
        (42, [&[1, 2, 3, 4], &[1], &[2, 3, 4], &[]]),
        (54, [&[1, 2, 3, 4], &[1], &[2, 3, 4], &[1]]),
    ] {
        made.snaplen = snaplen;
        made.write(&path);
        let names = ["ip", "udp", "tcp", "dns"];
        let filters: Vec<_> = names.into_iter().zip(layers).collect();
        compare(&path, &filters);
        compare(&path, &[("tcp and not tcp.srcport", &[])]);
    }
}

/// Each section of a capture numbers its interfaces from 0.
#[test]
fn interfaces_of_sections() {
    let block = |kind: u32, body: &[u8]| {
        let length = (12 + body.len() as u32).to_le_bytes();
        [&kind.to_le_bytes(), &length[..], body, &length].concat()
    };
    let section = block(
        0x0a0d_0d0a,
        b"\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
    );
    let interface = block(1, b"\x01\0\0\0\0\0\0\0");
    let packet = |id: u32| {
        let head = [id, 0, 5, 16, 16].map(u32::to_le_bytes).concat();
        block(6, &[&head[..], &[0; 16]].concat())
    };
    let parts = [&section, &interface, &interface, &packet(1)[..], &section];
    let more = [&interface[..], &packet(0)];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.pcapng");
    std::fs::write(&path, [parts.concat(), more.concat()].concat()).unwrap();
    compare(
        &path,
        &[
            ("frame.interface_id == 0", &[2]),
            ("frame.interface_id == 1", &[1]),
            ("frame.section_number == 2", &[2]),
        ],
    );
}
