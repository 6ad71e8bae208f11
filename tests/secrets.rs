//! Passwords stay hidden in all packets that contain them: cut anywhere, repeated, out of order, quoted, in fragments.

use dissectors::Side;
use std::{fmt::Write as _, fs::File, path::Path, thread};
use wiretalk::{
    capture::{Reader, SavedPacket, Writer},
    explain, http,
    ladder::Listing,
    ports::Ports,
    report::{self, FollowOptions, Format, HarOptions, PacketOptions, Packets, Style},
    store::Store,
    track::{ConversationId, DecodeAs, Piece},
    view::Viewer,
};

/// The messages before a line that holds a secret, that line, and the next line of the same side. Lines of the server
/// begin with `<`.
struct Talk {
    port: u16,
    before: &'static [&'static str],
    line: &'static str,
    secret: &'static str,
    next: &'static str,
}

const TALKS: &[Talk] = &[
    Talk {
        port: 21,
        before: &[
            "<220 ready\r\n",
            "USER anna\r\n",
            "<331 password, please\r\n",
        ],
        line: "PASS Zq7%Kx9!\r\n",
        secret: "Zq7%Kx9!",
        next: "SYST\r\n",
    },
    Talk {
        port: 25,
        before: &[
            "<220 mail.example ESMTP\r\n",
            "EHLO client.example\r\n",
            "<250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n",
        ],
        line: "AUTH PLAIN AGFubmEAWnE3JUt4OSE=\r\n",
        secret: "WnE3JUt4OSE=",
        next: "MAIL FROM:<anna@client.example>\r\n",
    },
    Talk {
        port: 110,
        before: &["<+OK ready\r\n", "USER anna\r\n", "<+OK\r\n"],
        line: "PASS Zq7%Kx9!\r\n",
        secret: "Zq7%Kx9!",
        next: "STAT\r\n",
    },
    Talk {
        port: 143,
        before: &["<* OK IMAP4rev1 ready\r\n"],
        line: "a1 LOGIN anna Zq7%Kx9!\r\n",
        secret: "Zq7%Kx9!",
        next: "a2 SELECT INBOX\r\n",
    },
    Talk {
        port: 80,
        before: &[],
        line: "GET / HTTP/1.1\r\nAuthorization: Basic Ym9iOlpxNyVLeDkh\r\nHost: a.example\r\n\r\n",
        secret: "Ym9iOlpxNyVLeDkh",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    Talk {
        port: 23,
        before: &["<login: ", "anna\r\n", "<Password: "],
        line: "Zq7%Kx9!\r\n",
        secret: "Zq7%Kx9!",
        next: "ls\r\n",
    },
    Talk {
        port: 25,
        before: &[
            "<220 mail.example ESMTP\r\n",
            "EHLO client.example\r\n",
            "<250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n",
            "AUTH LOGIN\r\n",
            "<334 VXNlcm5hbWU6\r\n",
            "YW5uYQ==\r\n",
            "<334 UGFzc3dvcmQ6\r\n",
        ],
        line: "WnE3JUt4OSE=\r\n",
        secret: "WnE3JUt4OSE=",
        next: "MAIL FROM:<anna@client.example>\r\n",
    },
    Talk {
        port: 143,
        before: &[
            "<* OK IMAP4rev1 ready\r\n",
            "a1 LOGIN {4}\r\n",
            "<+ go on\r\n",
            "anna {8}\r\n",
            "<+ go on\r\n",
        ],
        line: "Zq7%Kx9!\r\n",
        secret: "Zq7%Kx9!",
        next: "a2 SELECT INBOX\r\n",
    },
    Talk {
        port: 80,
        before: &[],
        line: "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
            Content-Length: 16\r\n\r\nu=a&pwd=Zq7%Kx9!",
        secret: "Zq7%Kx9!",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    Talk {
        port: 80,
        before: &[],
        line: "POST / HTTP/1.1\r\nContent-Type: text/json\r\nTransfer-Encoding: chunked\r\n\r\n\
            8\r\n{\"pwd\":\"\r\n8\r\nZq7%Kx9!\r\n2\r\n\"}\r\n0\r\n\r\n",
        secret: "Zq7%Kx9!",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    Talk {
        port: 80,
        before: &[],
        line: "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n\
            Content-Length: 64\r\n\r\n--x\r\nContent-Disposition: form-data; name=pwd\r\n\r\n\
            Zq7%Kx9!\r\n--x--",
        secret: "Zq7%Kx9!",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    // The same URI in other fields.
    Talk {
        port: 80,
        before: &[],
        line: "GET /b HTTP/1.1\r\nReferer: http://a.example/?p%61ssWord=Zq7%25Kx9&b=c\r\n\r\n",
        secret: "Zq7%25Kx9",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    Talk {
        port: 80,
        before: &[],
        line: "GET ftp://bob:Zq7%25Kx9@a.example/b c?d=e HTTP/1.1\r\nHost: a.example\r\n\r\n",
        secret: "Zq7%25Kx9",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    Talk {
        port: 80,
        before: &[],
        line: "GET /b c?pwd=Zq7%25Kx9#d HTTP/1.1\r\nHost: a.example\r\n\r\n",
        secret: "Zq7%25Kx9",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    Talk {
        port: 80,
        before: &[],
        line: "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\
            A: b\r\nAuthorization: Basic\r\n Ym9iOlpxNyVLeDkh\r\n\r\n",
        secret: "Ym9iOlpxNyVLeDkh",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    Talk {
        port: 80,
        before: &[],
        line: "get / HTTP/1.1\r\r\nAuthorization: Basic Ym9iOlpxNyVLeDkh\r\r\n\r\r\n",
        secret: "Ym9iOlpxNyVLeDkh",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    Talk {
        port: 80,
        before: &[],
        line: "STEAL / HTTP/1.1\r\nAuthorization: Basic Ym9iOlpxNyVLeDkh\r\n\r\n",
        secret: "Ym9iOlpxNyVLeDkh",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    Talk {
        port: 7777,
        before: &[],
        line: "*3\r\n$4\r\nAUTH\r\n$4\r\nanna\r\n$8\r\nZq7%Kx9!\r\n",
        secret: "Zq7%Kx9!",
        next: "PING next\r\n",
    },
    Talk {
        port: 7777,
        before: &[],
        line: "GET /?pwd=Zq7%25Kx9 HTTP/1.1\r\n\r\n",
        secret: "Zq7%25Kx9",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    // The beginning was not captured.
    Talk {
        port: 80,
        before: &[],
        line: "cept: */*\r\nAuthorization: Basic Ym9iOlpxNyVLeDkh\r\n\r\n",
        secret: "Ym9iOlpxNyVLeDkh",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    Talk {
        port: 80,
        before: &["GET / HTTP/1.1\r\n\r\n"],
        line: "cept: */*\r\nAuthorization: Basic Ym9iOlpxNyVLeDkh\r\n\r\n",
        secret: "Ym9iOlpxNyVLeDkh",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    Talk {
        port: 6379,
        before: &["*1\r\n$4\r\nPING\r\n", "<+PONG\r\n"],
        line: "*3\r\n$4\r\nAUTH\r\n$4\r\nanna\r\n$8\r\nZq7%Kx9!\r\n",
        secret: "Zq7%Kx9!",
        next: "PING next\r\n",
    },
    // Protocols that are recognized later than the password comes, or not at all.
    Talk {
        port: 2121,
        before: &[
            "<220 ready\r\n",
            "USER anna\r\n",
            "<331 password, please\r\n",
        ],
        line: "PASS Zq7%Kx9!\r\n",
        secret: "Zq7%Kx9!",
        next: "SYST\r\n",
    },
    Talk {
        port: 2121,
        before: &[],
        line: "PASS Zq7%Kx9!\r\n",
        secret: "Zq7%Kx9!",
        next: "PASV\r\n",
    },
    Talk {
        port: 2110,
        before: &["<+OK ready\r\n", "USER anna\r\n", "<+OK\r\n"],
        line: "PASS Zq7%Kx9!\r\n",
        secret: "Zq7%Kx9!",
        next: "STAT\r\n",
    },
    Talk {
        port: 2143,
        before: &["<* OK ready\r\n"],
        line: "a1 LOGIN anna Zq7%Kx9!\r\n",
        secret: "Zq7%Kx9!",
        next: "a2 SELECT INBOX\r\n",
    },
    Talk {
        port: 2525,
        before: &[
            "<220 mail.example\r\n",
            "AUTH LOGIN\r\n",
            "<334 VXNlcm5hbWU6\r\n",
            "YW5uYQ==\r\n",
            "<334 UGFzc3dvcmQ6\r\n",
        ],
        line: "WnE3JUt4OSE=\r\n",
        secret: "WnE3JUt4OSE=",
        next: "EHLO next.example\r\n",
    },
    // The server names the protocol within the login.
    Talk {
        port: 2143,
        before: &[
            "<* OK ready\r\n",
            "a1 AUTHENTICATE LOGIN\r\n",
            "<* CAPABILITY IMAP4rev1\r\n+ VXNlcm5hbWU6\r\n",
            "YW5uYQ==\r\n",
            "<+ UGFzc3dvcmQ6\r\n",
        ],
        line: "WnE3JUt4OSE=\r\n",
        secret: "WnE3JUt4OSE=",
        next: "a2 SELECT INBOX\r\n",
    },
    // The answer to a challenge is in several turns, and the command in another one.
    Talk {
        port: 2526,
        before: &[
            "<220 mail.example\r\n",
            "AUTH",
            "<\r\n",
            " PLAIN\r\n",
            "<334 \r\n",
            "AGFubmEA",
            "<\r\n",
        ],
        line: "WnE3JUt4OSE=\r\n",
        secret: "WnE3JUt4OSE=",
        next: "EHLO next.example\r\n",
    },
    // HTTP/2 with prior knowledge: a header field, and a body.
    Talk {
        port: 80,
        before: &[
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
            "<\0\0\0\x04\0\0\0\0\0",
        ],
        line: "\0\0\x26\x01\x04\0\0\0\x01\x40\x0dauthorization\x16Basic Ym9iOlpxNyVLeDkh",
        secret: "Ym9iOlpxNyVLeDkh",
        next: "\0\0\x08\0\0\0\0\0\x01next=one",
    },
    Talk {
        port: 8080,
        before: &["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"],
        line: "\0\0\x12\0\0\0\0\0\x01u=me&pwd=Zq7%Kx9!&",
        secret: "Zq7%Kx9!",
        next: "\0\0\x08\0\0\0\0\0\x01next=one",
    },
    // In XML, in the extension of a chunk, and in a URI within a URI within a URI.
    Talk {
        port: 80,
        before: &[],
        line: "POST / HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: 32\r\n\r\n<a><password>Zq7%Kx9!</password>",
        secret: "Zq7%Kx9!",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    Talk {
        port: 80,
        before: &[],
        line: "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b;password=Zq7%Kx9!\r\nok\r\n0\r\n\r\n",
        secret: "Zq7%Kx9!",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
    Talk {
        port: 80,
        before: &[],
        line: "GET /?to=http%253A%252F%252Fa%252F%253Fpwd%253DZq7!Kx9-&b=c HTTP/1.1\r\n\r\n",
        secret: "Zq7!Kx9-",
        next: "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n",
    },
];

/// How the bytes of the secret's line and of the next one are sent: from, to before, and whether they differ.
type Plan = Vec<(usize, usize, bool)>;

/// Returns plans that cut the line everywhere within and close to its secret, and at every fifth place far from it:
/// most of a long head is alike.
fn plans(talk: &Talk) -> Vec<Plan> {
    let (line, all) = (talk.line.len(), talk.line.len() + talk.next.len());
    let secret = talk.line.find(talk.secret).unwrap();
    let near = secret.saturating_sub(20)..secret + talk.secret.len() + 5;
    let mut plans = Vec::new();
    let as_they_are = |parts: &[(usize, usize)]| -> Plan {
        let part = |(from, to): &(usize, usize)| (*from, *to, false);
        parts.iter().map(part).collect()
    };
    for cut in (1..line).filter(|cut| near.contains(cut) || cut % 5 == 0) {
        let half = cut / 2;
        for parts in [
            // In two parts, and again in one.
            &[(0, cut), (cut, line), (0, line), (line, all)][..],
            // In one part, and again in two.
            &[(0, line), (0, cut), (cut, line), (line, all)],
            // Again with new data: all of the line, or some.
            &[(0, cut), (0, line), (line, all)],
            &[(0, cut), (half, line), (line, all)],
            &[(0, line), (cut, all)],
            &[(0, cut), (half, all)],
            // The end before the beginning, and the end again.
            &[(cut, line), (0, cut), (line, all), (cut, line)],
            &[(cut, all), (half, line), (0, cut)],
            // In three parts, the middle last.
            &[(0, half.max(1)), (cut, all), (half, cut + 1)],
            // A keep-alive of one byte.
            &[(0, line), (cut - 1, cut), (line, all)],
            // The next line is in the same segment, and never ends.
            &[(0, cut), (cut, line + 2)],
        ] {
            plans.push(as_they_are(parts));
        }
        // Other bytes at the same offset.
        plans.push(vec![(0, line, false), (0, cut, true), (line, all, false)]);
        plans.push(vec![(0, line, false), (half, all, true)]);
    }
    plans
}

const ACK: u8 = 0x10;
const SYN: u8 = 0x02;

fn sum(parts: &[&[u8]]) -> [u8; 2] {
    let bytes: Vec<u8> = parts.concat();
    let words = bytes
        .chunks(2)
        .map(|word| u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0)));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

fn tcp(ports: [u16; 2], from_client: bool, seq: [u32; 2], flags: u8, data: &[u8]) -> Vec<u8> {
    let hosts = [[192, 0, 2, 10], [198, 51, 100, 20]];
    let [to, from] = match from_client {
        true => [1, 0],
        false => [0, 1],
    };
    let mut tcp = Vec::new();
    tcp.extend(ports[from].to_be_bytes());
    tcp.extend(ports[to].to_be_bytes());
    tcp.extend(seq[from].to_be_bytes());
    tcp.extend(if flags == SYN { 0 } else { seq[to] }.to_be_bytes());
    tcp.extend([0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0]);
    tcp.extend(data);
    let length = (tcp.len() as u16).to_be_bytes();
    let check = sum(&[&hosts[from], &hosts[to], &[0, 6], &length, &tcp]);
    tcp[16..18].copy_from_slice(&check);
    ip(6, hosts[from], hosts[to], 0x4000, &tcp)
}

fn ip(protocol: u8, from: [u8; 4], to: [u8; 4], fragment: u16, inner: &[u8]) -> Vec<u8> {
    let length = (20 + inner.len() as u16).to_be_bytes();
    let offset = fragment.to_be_bytes();
    let mut ip = vec![0x45, 0, length[0], length[1], 0x12, 0x34];
    ip.extend([offset[0], offset[1], 64, protocol, 0, 0]);
    ip.extend([from, to].concat());
    let check = sum(&[&ip]);
    ip[10..12].copy_from_slice(&check);
    ip.extend(inner);
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    frame.extend(ip);
    frame
}

/// A capture of conversations, and how many they are.
#[derive(Default)]
struct Made {
    packets: Vec<Vec<u8>>,
    conversations: u16,
}

impl Made {
    /// Adds a conversation up to the line that holds the secret; returns what is needed to continue it.
    fn begin(&mut self, talk: &Talk) -> ([u16; 2], [u32; 2]) {
        let ports = [10_000 + self.conversations, talk.port];
        self.conversations += 1;
        // Close to where sequence numbers wrap, each time a little further.
        let mut seq = [
            0_u32.wrapping_sub(8 + u32::from(self.conversations % 50)),
            0x7fff_fff0,
        ];
        self.packets.push(tcp(ports, true, seq, SYN, b""));
        seq[0] = seq[0].wrapping_add(1);
        self.packets.push(tcp(ports, false, seq, SYN | ACK, b""));
        seq[1] += 1;
        self.packets.push(tcp(ports, true, seq, ACK, b""));
        for line in talk.before {
            let server = line.strip_prefix('<');
            let text = server.unwrap_or(line).as_bytes();
            let from_client = server.is_none();
            self.packets.push(tcp(ports, from_client, seq, 0x18, text));
            let said = &mut seq[usize::from(!from_client)];
            *said = said.wrapping_add(text.len() as u32);
        }
        (ports, seq)
    }

    fn add(&mut self, talk: &Talk, plan: &Plan) {
        let (ports, seq) = self.begin(talk);
        let text = [talk.line, talk.next].concat().into_bytes();
        for (from, to, others) in plan {
            let mut data = text[*from..*to].to_vec();
            if *others {
                // Another attempt, which begins like the first one.
                let middle = data.len() / 2;
                data[middle] ^= 1;
            }
            let seq = [seq[0].wrapping_add(*from as u32), seq[1]];
            self.packets.push(tcp(ports, true, seq, 0x18, &data));
        }
    }

    fn load(&self) -> Store {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made.pcap");
        let mut writer = Writer::pcap(File::create(&path).unwrap(), 1).unwrap();
        for (number, data) in self.packets.iter().enumerate() {
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
}

/// Returns everything that is shown of a capture: its packets, their bytes, the content.
fn shown(store: &Store, show_secrets: bool) -> Vec<String> {
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
        show_secrets,
        columns: None,
        time: Default::default(),
    };
    let mut json = Vec::new();
    let mut packets = Packets::new(store, options);
    packets.go_on(store, &mut json).unwrap();
    let json = String::from_utf8(json).unwrap();
    let mut shown: Vec<String> = json.lines().map(str::to_owned).collect();

    let contents = store.read();
    let mut viewer = Viewer::new(store.clone());
    viewer.show_secrets = show_secrets;
    // Out of order, so that no earlier packet has been viewed.
    for number in (1..=contents.packets.len() as u32).rev() {
        let details = viewer.details(number).unwrap();
        for source in &details.sources {
            shown.push(format!(
                "packet {number}, bytes: {}",
                hex(&source.bytes, ":")
            ));
        }
        let explained = explain::packet(&mut viewer, number, &details);
        shown.extend(explained.iter().map(|paragraph| {
            let text = paragraph.text();
            format!("packet {number}, explained: {text}")
        }));
    }
    for number in 1..=contents.packets.len() as u32 {
        for message in http::messages(&mut viewer, number).unwrap() {
            shown.extend(http::curl(&message));
        }
    }
    let ids: Vec<_> = contents.tracker.conversations().map(|(id, _)| id).collect();
    drop(contents);
    let mut archive = Vec::new();
    let options = HarOptions { show_secrets };
    report::har(store, |_, _| true, options, &mut archive).unwrap();
    let archive = String::from_utf8(archive).unwrap();
    shown.extend(archive.lines().map(str::to_owned));
    for id in &ids {
        let listing = Listing::read(&mut viewer, *id, 1000).unwrap();
        shown.extend([listing.plain(), listing.markdown()]);
    }
    for id in ids {
        for style in [Style::Ascii, Style::Hex] {
            let options = FollowOptions {
                style,
                show_secrets,
                all: true,
                ..FollowOptions::default()
            };
            let mut out = Vec::new();
            report::follow(store, id, options, &mut out).unwrap();
            let text = String::from_utf8_lossy(&out).into_owned();
            shown.extend(text.lines().map(|line| format!("{id:?}: {line}")));
        }
    }
    shown
}

fn hex(bytes: &[u8], between: &str) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}{between}");
    }
    text
}

/// Returns what reveals a secret: three of its bytes in a row, as text or in hexadecimal.
fn traces(secret: &str) -> Vec<String> {
    let mut traces = Vec::new();
    for some in secret.as_bytes().windows(3) {
        traces.push(String::from_utf8_lossy(some).into_owned());
        for between in [":", " ", ""] {
            let text = hex(some, between);
            traces.push(text.trim_end_matches(between).to_owned());
        }
    }
    traces
}

/// Returns what reveals the secret, with its surroundings.
fn leaks(shown: &[String], secret: &str) -> Vec<String> {
    let traces = traces(secret);
    // The pairs of bytes that they begin with: what is shown is long, and is searched once for all of them.
    let pair = |text: &[u8]| usize::from(u16::from_be_bytes([text[0], text[1]]));
    let mut begins = vec![false; 1 << 16];
    for trace in &traces {
        begins[pair(trace.as_bytes())] = true;
    }
    let around = |line: &String| {
        let bytes = line.as_bytes();
        let begins = bytes.windows(2).map(|text| begins[pair(text)]).enumerate();
        let mut places = begins.filter_map(|(at, begins)| begins.then_some(at));
        let is_trace = |trace: &String, at| bytes[at..].starts_with(trace.as_bytes());
        let at = places.find(|at| traces.iter().any(|trace| is_trace(trace, *at)))?;
        let letters: Vec<char> = line.chars().collect();
        let at = line[..at].chars().count();
        let part = &letters[at.saturating_sub(150)..letters.len().min(at + 50)];
        let start: String = letters.iter().take(30).collect();
        Some(format!("{start} … {}", part.iter().collect::<String>()))
    };
    shown.iter().filter_map(around).collect()
}

/// Secrets are hidden, the conversations are marked, other data is shown, and everything is shown if requested.
fn check(made: &Made, talk: &Talk) {
    let store = made.load();
    for (id, conversation) in store.read().tracker.conversations() {
        assert!(conversation.credentials(), "{id:?}: {}", talk.line);
    }
    let hidden = shown(&store, false);
    let leaks = leaks(&hidden, talk.secret);
    assert_eq!(leaks.first(), None, "port {}: {}", talk.port, leaks.len());
    let next = talk.next.lines().next().unwrap();
    let next = next.rsplit(char::is_control).next().unwrap();
    assert!(hidden.iter().any(|line| line.contains(next)), "{next}");
    let all = shown(&store, true);
    for trace in [talk.secret.to_owned(), hex(talk.secret.as_bytes(), ":")] {
        assert!(all.iter().any(|line| line.contains(&trace)), "{trace}");
    }
}

#[test]
fn a_secret_is_hidden_however_it_was_cut_and_sent_again() {
    let checked = |talks: &[Talk]| {
        for talk in talks {
            let mut made = Made::default();
            for plan in plans(talk) {
                made.add(talk, &plan);
            }
            check(&made, talk);
        }
    };
    // This takes longer than all other tests of this file together.
    let (some, others) = TALKS.split_at(TALKS.len() / 2);
    thread::scope(|scope| {
        scope.spawn(|| checked(some));
        checked(others);
    });
}

/// Requests that hold the secret, and bodies that repeat it.
const REPEATED: &[(&str, &str)] = &[
    (
        "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
            Content-Length: 18\r\n\r\nu=a&pwd=Zq7%25Kx9!",
        "<p>No such password: Zq7%Kx9!</p>",
    ),
    (
        "POST / HTTP/1.1\r\nContent-Type: application/json\r\n\
            Content-Length: 27\r\n\r\n{\"access_token\":\"Zq7%Kx9!\"}",
        "{\"asked\":{\"t\":\"xZq7%Kx9!x\"}, \"Zq7%Kx9!\":1}",
    ),
    (
        "GET / HTTP/1.1\r\nAuthorization: Basic Ym9iOlpxNyVLeDkh\r\n\r\n",
        "user=bob&with=Zq7%Kx9!&next",
    ),
    (
        "GET / HTTP/1.1\r\nCookie: a=b; password=Zq7%Kx9!\r\n\r\n",
        "a=b; password=none, not Zq7%Kx9!",
    ),
    (
        "GET /a?password=Zq7%25Kx9%21 HTTP/1.1\r\n\r\n",
        "user=bob, password Zq7%Kx9! and more",
    ),
];

/// Servers of HTTP repeat what they were sent: in the clear, in chunks, cut anywhere, and compressed.
#[test]
fn a_secret_is_hidden_where_the_server_repeats_it() {
    let talk = Talk {
        port: 80,
        before: &[],
        line: "",
        secret: "Zq7%Kx9!",
        next: "GET /next HTTP/1.1\r\n\r\n",
    };
    for (request, body) in REPEATED {
        let length = body.len();
        let plain = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Told: Zq7%Kx9!\r\n\
            Content-Length: {length}\r\n\r\n{body}"
        );
        let chunked = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
            {length:x}\r\n{body}\r\n4\r\nmore\r\n0\r\n\r\n"
        );
        for answer in [plain, chunked] {
            let mut made = Made::default();
            let place = answer.rfind("Zq7").unwrap();
            for cut in place - 2..answer.len().min(place + 10) {
                let (ports, mut seq) = made.begin(&talk);
                let mut say = |from_client: bool, text: &str| {
                    let packet = tcp(ports, from_client, seq, 0x18, text.as_bytes());
                    made.packets.push(packet);
                    let said = &mut seq[usize::from(!from_client)];
                    *said = said.wrapping_add(text.len() as u32);
                };
                say(true, request);
                say(false, &answer[..cut]);
                say(false, &answer[cut..]);
                say(true, talk.next);
            }
            check(&made, &talk);
        }
    }
}

/// The capture ends before the line does.
#[test]
fn a_secret_that_never_ends_is_hidden() {
    for talk in TALKS {
        let mut made = Made::default();
        for cut in 1..talk.line.len() {
            made.add(talk, &vec![(0, cut, false)]);
            made.add(
                talk,
                &vec![(0, cut / 2, false), (cut / 2, cut, false), (0, cut, false)],
            );
        }
        let leaks = leaks(&shown(&made.load(), false), talk.secret);
        assert_eq!(leaks.first(), None, "port {}: {}", talk.port, leaks.len());
    }
}

/// A host that reports an undelivered packet quotes it.
#[test]
fn a_secret_that_is_quoted_is_hidden() {
    for talk in TALKS {
        let mut made = Made::default();
        made.add(talk, &vec![(0, talk.line.len(), false)]);
        let (sent, line) = (made.packets.last().unwrap().clone(), talk.line.len());
        let (_, quote) = sent.split_at(14);
        let mut icmp = vec![3, 1, 0, 0, 0, 0, 0, 0];
        icmp.extend(quote);
        let check_sum = sum(&[&icmp]);
        icmp[2..4].copy_from_slice(&check_sum);
        let report = ip(1, [203, 0, 113, 1], [192, 0, 2, 10], 0, &icmp);
        made.packets.push(report);
        made.add(
            talk,
            &vec![(0, line, false), (line, line + talk.next.len(), false)],
        );
        check(&made, talk);
    }
}

/// A reset may contain the data that was to be sent (RFC 9293, section 3.5.3): it is shown as its cause.
#[test]
fn a_secret_in_a_reset_is_hidden() {
    const RST: u8 = 0x04;
    for talk in TALKS {
        let mut made = Made::default();
        let (ports, seq) = made.begin(talk);
        let both = [talk.line, talk.next].concat();
        made.packets
            .push(tcp(ports, true, seq, ACK, both.as_bytes()));
        let line = talk.line.as_bytes();
        made.packets.push(tcp(ports, true, seq, RST | ACK, line));
        check(&made, talk);
    }
}

#[test]
fn a_secret_in_fragments_is_hidden() {
    for talk in TALKS {
        let mut made = Made::default();
        made.add(talk, &vec![(0, talk.line.len(), false)]);
        for cut in [24, 32] {
            let sent = made.packets.pop().unwrap();
            let (_, segment) = sent.split_at(34);
            let (first, last) = segment.split_at(cut);
            let hosts = [[192, 0, 2, 10], [198, 51, 100, 20]];
            let [from, to] = hosts;
            made.packets.push(ip(6, from, to, 0x2000, first));
            made.packets.push(ip(6, from, to, cut as u16 / 8, last));
            made.add(talk, &vec![(0, talk.line.len() + talk.next.len(), false)]);
        }
        check(&made, talk);
    }
}

/// Returns the secrets of a conversation, as its sessions found them, and the parts of packets that brought them.
fn secrets_of(viewer: &mut Viewer, id: ConversationId) -> Vec<(Vec<u8>, Vec<Piece>)> {
    let Some(messages) = viewer.messages(id).unwrap() else {
        panic!("there was time to read it");
    };
    let (mut all, mut secrets) = (Vec::new(), Vec::new());
    for side in Side::BOTH {
        let places: Vec<_> = messages.secrets_between(side, 0..u64::MAX).collect();
        all.extend(places.into_iter().map(|secret| (side, secret)));
    }
    for (side, secret) in all {
        let pieces = viewer.pages(id).pieces_between(side, secret.clone());
        let parts = pieces.iter().map(|piece| piece.between(secret.clone()));
        secrets.push(parts.collect::<Vec<_>>());
    }
    let with_bytes = secrets.into_iter().map(|pieces| {
        let mut bytes = Vec::new();
        for piece in &pieces {
            viewer.read_piece(piece, &mut bytes).unwrap();
        }
        (bytes, pieces)
    });
    with_bytes.collect()
}

/// Real programs: the secrets that their sessions find are not shown anywhere, neither as text nor as bytes.
#[test]
fn secrets_in_samples_are_hidden() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut with_secrets = Vec::new();
    for file in std::fs::read_dir(samples).unwrap() {
        let path = file.unwrap().path();
        let extension = path.extension().unwrap_or_default();
        if extension != "pcap" && extension != "pcapng" {
            continue;
        }
        let store = report::load(Reader::open(&path).unwrap(), DecodeAs::default());
        let contents = store.read();
        let ids: Vec<_> = contents.tracker.conversations().map(|(id, _)| id).collect();
        let last = contents.packets.len() as u32;
        drop(contents);
        let mut viewer = Viewer::new(store.clone());
        let mut secrets = Vec::new();
        for id in ids {
            secrets.extend(secrets_of(&mut viewer, id));
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if secrets.iter().any(|(secret, _)| !secret.is_empty()) {
            with_secrets.push(name.clone());
        }
        let mut shown = Vec::new();
        for number in 1..=last {
            let details = viewer.details(number).unwrap();
            for piece in secrets.iter().flat_map(|(_, pieces)| pieces) {
                if piece.packet == number {
                    let source = &details.sources[usize::from(piece.source)].bytes;
                    let bytes = &source[piece.start as usize..][..piece.length as usize];
                    assert!(bytes.iter().all(|byte| *byte == b'*'), "{name} {number}");
                }
            }
            shown.push(format!(
                "{number}: {} {}",
                details.summary.info, details.tree
            ));
            for source in &details.sources {
                shown.push(format!("{number}: {}", hex(&source.bytes, ":")));
                shown.push(format!("{number}: {}", hex(&source.bytes, "")));
            }
        }
        for (secret, _) in secrets.iter().filter(|(secret, _)| secret.len() >= 4) {
            let text = String::from_utf8_lossy(secret).into_owned();
            for trace in [text, hex(secret, ":"), hex(secret, "")] {
                let trace = trace.trim_end_matches(':');
                let leak = shown.iter().find(|shown| shown.contains(trace));
                assert_eq!(leak, None, "{name} {trace}");
            }
        }
    }
    with_secrets.sort();
    let expected = [
        "everyday.pcapng",
        "ftp-active.pcap",
        "ftp-passive.pcap",
        "redis.pcap",
        "smtp-plain.pcap",
        "smtp-starttls-unused.pcap",
    ];
    assert_eq!(with_secrets, expected);
}
