//! Text that declares no character set is read in the one of its whole conversation: a name of two syllables alone does
//! not show whether it is Korean, Chinese or Western European.

use dissectors::Undeclared;
use encoding_rs::{EUC_KR, Encoding, GB18030, SHIFT_JIS, WINDOWS_1252};
use std::fs::File;
use wiretalk::{
    capture::{Reader, SavedPacket, Writer},
    ports::Ports,
    report::{self, FollowOptions, Format, PacketOptions, Packets},
    store::Store,
    track::DecodeAs,
    view::Viewer,
};

const ACK: u8 = 0x10;
const SYN: u8 = 0x02;

/// Returns a segment of TCP in IPv4 without checksums.
fn segment(port: u16, from_client: bool, seq: [u32; 2], flags: u8, data: &[u8]) -> Vec<u8> {
    let hosts = [[192, 0, 2, 10], [198, 51, 100, 20]];
    let ports = [40_000_u16, port];
    let [from, to] = if from_client { [0, 1] } else { [1, 0] };
    let length = (40 + data.len() as u16).to_be_bytes();
    let mut packet = vec![0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, 6, 0, 0];
    packet.extend([hosts[from], hosts[to]].concat());
    packet.extend(ports[from].to_be_bytes());
    packet.extend(ports[to].to_be_bytes());
    packet.extend(seq[from].to_be_bytes());
    packet.extend(if flags == SYN { 0 } else { seq[to] }.to_be_bytes());
    packet.extend([0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0]);
    packet.extend(data);
    packet
}

/// The port of data connections of FTP, and the reply that announces one.
const DATA: u16 = 50_021;
const PASSIVE: &[u8] = b"<227 Entering Passive Mode (198,51,100,20,195,101)\r\n";

/// Loads a capture of a conversation: what each side sends in turn, in segments of this length. Turns of the server begin
/// with `<`, and what it sends on a data connection with `#`.
fn load(port: u16, turns: &[Vec<u8>], length: usize) -> Store {
    const RAW_IP: u16 = 101;
    let mut seq = [1000, 5000];
    let mut packets = vec![segment(port, true, seq, SYN, b"")];
    seq[0] += 1;
    packets.push(segment(port, false, seq, SYN | ACK, b""));
    seq[1] += 1;
    packets.push(segment(port, true, seq, ACK, b""));
    for turn in turns {
        if let Some(list) = turn.strip_prefix(b"#") {
            const FIN: u8 = 0x01;
            packets.push(segment(DATA, true, [0, 0], SYN, b""));
            packets.push(segment(DATA, false, [1, 0], SYN | ACK, b""));
            packets.push(segment(DATA, true, [1, 1], ACK, b""));
            packets.push(segment(DATA, false, [1, 1], ACK | FIN, list));
            continue;
        }
        let server = turn.strip_prefix(b"<");
        let from = usize::from(server.is_some());
        for piece in server.unwrap_or(turn).chunks(length) {
            packets.push(segment(port, from == 0, seq, ACK, piece));
            seq[from] += piece.len() as u32;
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.pcap");
    let mut writer = Writer::pcap(File::create(&path).unwrap(), RAW_IP).unwrap();
    for (number, data) in packets.iter().enumerate() {
        writer
            .packet(&SavedPacket {
                time_ns: 1_700_000_000_000_000_000 + number as i64 * 1_000_000,
                interface: 0,
                original: data.len() as u32,
                data,
                is_timeless: false,
                comments: &[],
            })
            .unwrap();
    }
    drop(writer);
    report::load(Reader::open(&path).unwrap(), DecodeAs::default())
}

/// What is shown of a capture.
struct Shown {
    packets: String,
    /// The names of transferred files.
    files: String,
    followed: String,
    summary: String,
}

fn shown(store: &Store) -> Shown {
    let options = PacketOptions {
        format: Format::Json,
        detail: true,
        ports: Ports::default(),
        filters: Vec::new(),
        selected: None,
        threads: 0,
        count: None,
        tshark: None,
        absolute_seq: false,
        show_secrets: false,
        columns: None,
        time: Default::default(),
    };
    let mut json = Vec::new();
    let mut packets = Packets::new(store, options);
    packets.go_on(store, &mut json).unwrap();
    let mut viewer = Viewer::new(store.clone());
    let contents = store.read();
    let count = contents.packets.len() as u32;
    let ids = contents.tracker.conversations();
    let ids: Vec<_> = ids.map(|(id, _)| id).collect();
    let summaries = ids.iter().map(|id| contents.tracker.summary(*id));
    let summary = summaries.collect::<Vec<_>>().join("\n");
    drop(contents);
    let mut files = String::new();
    let mut packets = String::from_utf8(json).unwrap();
    for number in 1..=count {
        packets += &viewer.details(number).unwrap().tree.to_string();
        for object in viewer.objects(number).unwrap() {
            files += &object.name.unwrap_or_default();
            files.push('\n');
        }
    }
    let mut followed = Vec::new();
    for id in ids {
        report::follow(store, id, FollowOptions::default(), &mut followed).unwrap();
    }
    Shown {
        packets,
        files,
        followed: String::from_utf8(followed).unwrap(),
        summary,
    }
}

/// Character sets and short names of files in them.
fn names() -> [(&'static Encoding, [&'static str; 6]); 4] {
    [
        (EUC_KR, ["똠방", "강", "회의", "가나", "김장", "보고서"]),
        (
            SHIFT_JIS,
            ["会議", "日", "資料", "テスト", "報告", "予定表"],
        ),
        (GB18030, ["会议", "中", "记录", "文件", "报告", "我们"]),
        (
            WINDOWS_1252,
            ["Öä", "café", "naïve", "über", "mañana", "garçon"],
        ),
    ]
}

fn encoded(charset: &'static Encoding, text: &str) -> Vec<u8> {
    let (bytes, ..) = charset.encode(text);
    bytes.into_owned()
}

/// Everything is the same however the bytes are cut into segments.
const LENGTHS: [usize; 3] = [1400, 7, 1];

#[test]
fn names_of_files_in_ftp() {
    for (charset, names) in names() {
        let mut turns = vec![b"<220 FTP server ready\r\n".to_vec()];
        for name in names {
            turns.push(encoded(charset, &format!("RETR {name}\r\n")));
            turns.push(encoded(charset, &format!("<550 {name}: no such file\r\n")));
        }
        // Alone, some are read as something else.
        let alone = |name: &&str| Undeclared::UNKNOWN.read(&encoded(charset, name)) == **name;
        assert!(!names.iter().all(alone) || charset == WINDOWS_1252);
        for length in LENGTHS {
            let shown = shown(&load(21, &turns, length));
            for name in names {
                let request = format!("RETR {name}");
                assert!(shown.packets.contains(&request), "{name} {length}");
                assert!(shown.packets.contains(&format!("550 {name}: no")), "{name}");
                assert!(shown.followed.contains(&request), "{}", shown.followed);
            }
            let first = names[0];
            assert!(shown.summary.contains(first), "{first}: {}", shown.summary);
        }
    }
}

/// A list of one file is read as the names on the control connection are.
#[test]
fn lists_of_ftp() {
    for (charset, names) in names() {
        let row = |name| format!("-rw-r--r-- 1 a a 1 Jan 1 00:00 {name}\r\n");
        let mut turns = vec![
            b"<220 FTP server ready\r\n".to_vec(),
            b"PASV\r\n".to_vec(),
            PASSIVE.to_vec(),
            b"LIST\r\n".to_vec(),
            b"<150 here it comes\r\n".to_vec(),
            encoded(charset, &format!("#{}", row(names[0]))),
            b"<226 done\r\n".to_vec(),
        ];
        for name in names {
            turns.push(encoded(charset, &format!("DELE {name}\r\n")));
            turns.push(b"<250 ok\r\n".to_vec());
        }
        let shown = shown(&load(21, &turns, 1400));
        let row = row(names[0]);
        let row = row.trim_end();
        assert!(shown.packets.contains(row), "{row}: {}", shown.packets);
        assert!(shown.followed.contains(row), "{row}: {}", shown.followed);
    }
}

#[test]
fn names_of_uploads_in_http() {
    for (charset, names) in names() {
        let mut turns = Vec::new();
        for name in names {
            let body = format!(
                "--x\r\nContent-Disposition: form-data; name=f; filename=\"{name}\"\r\n\
                Content-Type: application/octet-stream\r\n\r\n\x01\x02\r\n--x--\r\n"
            );
            let body = encoded(charset, &body);
            let head = format!(
                "POST /up HTTP/1.1\r\nHost: a.example\r\nContent-Length: {}\r\n\
                Content-Type: multipart/form-data; boundary=x\r\n\r\n",
                body.len()
            );
            turns.push([head.into_bytes(), body].concat());
            turns.push(b"<HTTP/1.1 204 No Content\r\n\r\n".to_vec());
        }
        for length in LENGTHS {
            let shown = shown(&load(80, &turns, length));
            for name in names {
                let file = format!("{name}\n");
                assert!(shown.files.contains(&file), "{name}: {}", shown.files);
                let row = format!("filename=\"{name}\"");
                assert!(shown.packets.contains(&row), "{name} {length}");
            }
        }
    }
}

#[test]
fn escaped_names_in_uris() {
    for (charset, names) in names() {
        if charset == WINDOWS_1252 {
            // Escapes of a set in which every byte is a letter stay as they are.
            continue;
        }
        let mut turns = Vec::new();
        for name in names {
            let escaped = encoded(charset, name);
            let escaped: String = escaped.iter().map(|byte| format!("%{byte:02X}")).collect();
            let request = format!("GET /{escaped} HTTP/1.1\r\nHost: a.example\r\n\r\n");
            turns.push(request.into_bytes());
            turns.push(b"<HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx".to_vec());
        }
        for length in LENGTHS {
            let shown = shown(&load(80, &turns, length));
            for name in names {
                let file = format!("{name}\n");
                assert!(shown.files.contains(&file), "{name}: {}", shown.files);
                // Escaped ASCII stays as it is: the second bytes of some letters are ASCII.
                let is_ascii = encoded(charset, name).iter().any(u8::is_ascii);
                let row = format!("GET /{name} ");
                assert!(is_ascii || shown.packets.contains(&row), "{name}");
            }
        }
    }
}

/// A URI must not have such bytes; some clients send them all the same.
#[test]
fn names_in_uris_without_escapes() {
    for (charset, names) in names() {
        let names: Vec<&str> = names
            .into_iter()
            .filter(|name| !name.contains(' '))
            .collect();
        assert!(!names.is_empty());
        let mut turns = Vec::new();
        for name in &names {
            let name = encoded(charset, name);
            let end = b" HTTP/1.1\r\nHost: a.example\r\n\r\n";
            turns.push([&b"GET /"[..], &name, end].concat());
            turns.push(b"<HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx".to_vec());
        }
        for length in LENGTHS {
            let shown = shown(&load(80, &turns, length));
            for name in &names {
                assert!(shown.packets.contains(&format!("GET /{name} ")), "{name}");
                let file = format!("{name}\n");
                assert!(shown.files.contains(&file), "{name}: {}", shown.files);
            }
        }
    }
}

#[test]
fn fields_of_mails() {
    for (charset, names) in names() {
        let mut turns = vec![
            b"<220 mail.example ESMTP\r\n".to_vec(),
            b"EHLO a.example\r\n".to_vec(),
            b"<250 mail.example\r\n".to_vec(),
        ];
        for name in names {
            for line in ["MAIL FROM:<a@a.example>\r\n", "RCPT TO:<b@a.example>\r\n"] {
                turns.push(line.as_bytes().to_vec());
                turns.push(b"<250 ok\r\n".to_vec());
            }
            turns.push(b"DATA\r\n".to_vec());
            turns.push(b"<354 go on\r\n".to_vec());
            let mail = format!("From: a@a.example\r\nSubject: {name}\r\n\r\nhello\r\n.\r\n");
            turns.push(encoded(charset, &mail));
            turns.push(b"<250 ok\r\n".to_vec());
        }
        for length in LENGTHS {
            let shown = shown(&load(25, &turns, length));
            for name in names {
                let subject = format!("Subject: {name} ");
                assert!(shown.packets.contains(&subject), "{name} {length}");
            }
            assert!(shown.summary.contains(names[0]), "{}", shown.summary);
        }
    }
}

/// UTF-8 stays UTF-8 among names of another character set.
#[test]
fn some_names_in_utf_8() {
    let mut turns = vec![b"<220 FTP server ready\r\n".to_vec()];
    for name in ["회의", "보고서", "가나"] {
        for line in [
            encoded(EUC_KR, &format!("RETR {name}\r\n")),
            format!("RETR {name}.utf8\r\n").into_bytes(),
        ] {
            turns.push(line);
            turns.push(b"<550 no\r\n".to_vec());
        }
    }
    let shown = shown(&load(21, &turns, 1400));
    for name in ["회의", "보고서", "가나"] {
        assert!(shown.packets.contains(&format!("RETR {name}\"")), "{name}");
        assert!(shown.packets.contains(&format!("RETR {name}.utf8\"")));
    }
}
