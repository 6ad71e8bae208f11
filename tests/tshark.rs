//! The program compared with tshark on every sample: which packets belong to which conversation, and the header fields.
//! Needs tshark; without it the test is skipped with a message, which is a failure under WIRETALK_TEST_ALL=1.

use std::{collections::BTreeMap, fs, process::Command};

/// Fields of every layer below the applications, by their names for `-e`.
const FIELDS: [&str; 26] = [
    "eth.type",
    "vlan.id",
    "arp.opcode",
    "ip.len",
    "ip.id",
    "ip.ttl",
    "ip.proto",
    "ipv6.plen",
    "ipv6.hlim",
    "icmp.type",
    "icmp.code",
    "icmpv6.type",
    "udp.srcport",
    "udp.length",
    "udp.stream",
    "tcp.srcport",
    "tcp.stream",
    "tcp.seq",
    "tcp.ack",
    "tcp.len",
    "tcp.window_size",
    "tcp.options.mss_val",
    "tcp.options.timestamp.tsval",
    "tcp.analysis.acks_frame",
    "tcp.analysis.ack_rtt",
    "tcp.analysis.duplicate_ack_num",
];

/// The analysis marks of a segment.
const STRIKING: [&str; 15] = [
    "tcp.analysis.reused_ports",
    "tcp.analysis.retransmission",
    "tcp.analysis.fast_retransmission",
    "tcp.analysis.spurious_retransmission",
    "tcp.analysis.out_of_order",
    "tcp.analysis.lost_segment",
    "tcp.analysis.ack_lost_segment",
    "tcp.analysis.window_update",
    "tcp.analysis.window_full",
    "tcp.analysis.keep_alive",
    "tcp.analysis.keep_alive_ack",
    "tcp.analysis.duplicate_ack",
    "tcp.analysis.zero_window_probe",
    "tcp.analysis.zero_window",
    "tcp.analysis.zero_window_probe_ack",
];

/// Whether tshark is there; reports if not.
fn tshark_is_here() -> bool {
    let here = Command::new("tshark")
        .arg("--version")
        .output()
        .is_ok_and(|o| o.status.success());
    if !here {
        assert!(
            std::env::var_os("WIRETALK_TEST_ALL").is_none(),
            "tshark is not installed"
        );
        eprintln!("SKIPPED: tshark is not installed, nothing is compared with it");
    }
    here
}

/// A sample without the packets that were captured twice, which tshark takes for retransmissions.
struct Once {
    folder: tempfile::TempDir,
    /// The packets that remain.
    numbers: Vec<usize>,
}

impl Once {
    fn new(file: &str) -> Self {
        let output = Command::new(env!("CARGO_BIN_EXE_wiretalk"))
            .args(["packets", file, "--json"])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let packets = text.lines().map(|line| {
            let packet: serde_json::Value = serde_json::from_str(line).unwrap();
            packet["duplicate"] == true
        });
        let (twice, once): (Vec<_>, Vec<_>) = (1..).zip(packets).partition(|(_, twice)| *twice);
        let twice: Vec<String> = twice.iter().map(|(number, _)| number.to_string()).collect();
        let once = Once {
            folder: tempfile::tempdir().unwrap(),
            numbers: once.iter().map(|(number, _)| *number).collect(),
        };
        let filter = match twice.as_slice() {
            [] => "frame".to_owned(),
            _ => format!("!(frame.number in {{{}}})", twice.join(",")),
        };
        let saved = Command::new("tshark")
            .args(["-n", "-r", file, "-Y", &filter, "-w", &once.file()])
            .output()
            .unwrap();
        assert!(saved.status.success());
        once
    }

    fn file(&self) -> String {
        let path = self.folder.path().join("once.pcapng");
        path.to_str().unwrap().to_owned()
    }

    /// Returns the number that a packet has in the sample.
    fn number(&self, packet: &str) -> String {
        let packet: usize = packet.parse().unwrap();
        self.numbers[packet - 1].to_string()
    }
}

/// All values of each field, by packet.
type Values = Vec<BTreeMap<String, Vec<String>>>;

fn by_tshark(file: &str) -> Values {
    let mut command = Command::new("tshark");
    command.args([
        "-2",
        "-n",
        "-r",
        file,
        "-T",
        "fields",
        "-E",
        "separator=/t",
        "-E",
        "occurrence=a",
    ]);
    command.args(FIELDS.iter().flat_map(|field| ["-e", field]));
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| {
            let cells = line
                .split('\t')
                .map(|cell| cell.split(',').filter(|v| !v.is_empty()));
            FIELDS
                .iter()
                .zip(cells)
                .map(|(field, values)| (field.to_string(), values.map(str::to_owned).collect()))
                .collect()
        })
        .collect()
}

/// Returns the names of the layers of every packet, sorted, as in PDML.
fn layers_by_tshark(file: &str) -> Vec<Vec<String>> {
    let output = Command::new("tshark")
        .args(["-2", "-n", "-r", file, "-T", "pdml"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut packets: Vec<Vec<String>> = Vec::new();
    for line in text.lines().map(str::trim_start) {
        if line.starts_with("<packet>") {
            packets.push(Vec::new());
        } else if let Some(rest) = line.strip_prefix("<proto name=\"")
            && let Some((name, _)) = rest.split_once('"')
            && !matches!(name, "geninfo" | "frame")
            && !name.starts_with("_ws.")
        {
            packets.last_mut().unwrap().push(name.to_owned());
        }
    }
    packets.iter_mut().for_each(|layers| layers.sort());
    packets
}

fn layers_by_us(file: &str) -> Vec<Vec<String>> {
    let output = Command::new(env!("CARGO_BIN_EXE_wiretalk"))
        .args(["packets", file, "--json", "--detail"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let layers = text.lines().map(|line| {
        let packet: serde_json::Value = serde_json::from_str(line).unwrap();
        let layers = packet["layers"].as_array().unwrap().iter();
        let mut names: Vec<_> = layers
            .map(|layer| layer["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    });
    layers.collect()
}

/// Data inside ICMP and on its own, keep-alive bytes, a comment, joined segments, FTP's results, a tunnel.
#[test]
fn layers_are_those_of_pdml() {
    if !tshark_is_here() {
        return;
    }
    for file in [
        "arp-icmp.pcap",
        "keepalive-probes.pcap",
        "multi-interface.pcapng",
        "web-keepalive.pcap",
        "ftp-passive.pcap",
        "tunnel-gre.pcap",
    ] {
        let file = format!("samples/{file}");
        let (theirs, ours) = (layers_by_tshark(&file), layers_by_us(&file));
        assert!(theirs.len() > 5, "{file}");
        for (number, (theirs, ours)) in theirs.iter().zip(&ours).enumerate() {
            assert_eq!(theirs, ours, "{file}, packet {}", number + 1);
        }
        assert_eq!(theirs.len(), ours.len(), "{file}");
    }
}

fn gather(fields: &serde_json::Value, into: &mut BTreeMap<String, Vec<String>>) {
    for field in fields.as_array().into_iter().flatten() {
        if let (Some(name), Some(show)) = (field["name"].as_str(), field["show"].as_str())
            && let Some(values) = into.get_mut(name)
        {
            values.push(show.to_owned());
        }
        gather(&field["fields"], into);
    }
}

fn by_us(file: &str) -> Values {
    let program = env!("CARGO_BIN_EXE_wiretalk");
    let output = Command::new(program)
        .args(["packets", file, "--json", "--detail"])
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let packet: serde_json::Value = serde_json::from_str(line).unwrap();
            let mut values = FIELDS
                .iter()
                .map(|field| (field.to_string(), Vec::new()))
                .collect();
            gather(&packet["layers"], &mut values);
            values
        })
        .collect()
}

#[test]
fn headers_and_conversations_are_those_of_tshark() {
    if !tshark_is_here() {
        return;
    }
    let mut compared = 0;
    for entry in fs::read_dir("samples").unwrap() {
        let path = entry.unwrap().path();
        let file = path.to_str().unwrap();
        if !(file.ends_with(".pcap") || file.ends_with(".pcapng")) {
            continue;
        }
        let once = Once::new(file);
        let (mut theirs, ours) = (by_tshark(&once.file()), by_us(file));
        assert_eq!(theirs.len(), once.numbers.len(), "{file}");
        for (number, theirs) in once.numbers.iter().zip(&mut theirs) {
            let acks = theirs.get_mut("tcp.analysis.acks_frame").unwrap();
            *acks = acks.iter().map(|acked| once.number(acked)).collect();
            assert_eq!(*theirs, ours[number - 1], "{file}, packet {number}");
            compared += 1;
        }
    }
    assert!(compared > 2_000, "{compared}");
}

/// Returns tshark's data of the frames of a file: times, lengths, link types, comments, bytes.
fn frames(file: &std::path::Path) -> Vec<String> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "fields", "-E", "occurrence=a"]);
    for field in [
        "frame.time_epoch",
        "frame.len",
        "frame.cap_len",
        "frame.encap_type",
        "frame.interface_name",
        "frame.comment",
        "frame.protocols",
        "frame.md5_hash",
    ] {
        command.args(["-e", field]);
    }
    command.args(["-o", "frame.generate_md5_hash:TRUE", "-r"]);
    let output = command.arg(file).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn what_is_saved_is_the_same_to_tshark() {
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let save = |from: &std::path::Path, name: &str, words: &[&str]| {
        let to = folder.path().join(name);
        let program = env!("CARGO_BIN_EXE_wiretalk");
        let mut command = Command::new(program);
        command.arg("save").arg(from).arg(&to).arg("--force");
        let output = command.args(words).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        to
    };
    for entry in fs::read_dir("samples").unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_none_or(|ending| ending != "pcap" && ending != "pcapng")
        {
            continue;
        }
        let before = frames(&path);
        // A pcap file has no interface names, and the format has no room for them.
        let without_names = |frames: Vec<String>| -> Vec<String> {
            let cells = frames.into_iter().map(|frame| {
                let cells = frame.split('\t').map(str::to_owned);
                let cells = cells.enumerate().filter(|(at, _)| *at != 4);
                cells.map(|(_, cell)| cell + "\t").collect()
            });
            cells.collect()
        };
        let is_pcap = path.extension().is_some_and(|ending| ending == "pcap");
        let after = frames(&save(&path, "all.pcapng.gz", &[]));
        if is_pcap {
            let before = without_names(before);
            assert_eq!(without_names(after), before, "{path:?}");
            let classic = frames(&save(&path, "all.pcap", &[]));
            assert_eq!(without_names(classic), before, "{path:?}");
        } else {
            assert_eq!(after, before, "{path:?}");
        }
    }
    // The chosen part is the one that tshark chooses.
    let path = std::path::Path::new("samples/everyday.pcapng");
    let part = frames(&save(path, "part.pcapng", &["--conversation", "tcp/3"]));
    let output = Command::new("tshark")
        .args(["-n", "-r"])
        .arg(path)
        .args([
            "-Y",
            "tcp.stream==3",
            "-T",
            "fields",
            "-e",
            "frame.time_epoch",
        ])
        .output()
        .unwrap();
    let times = String::from_utf8(output.stdout).unwrap();
    let times: Vec<_> = times.lines().collect();
    let saved: Vec<_> = part
        .iter()
        .map(|frame| frame.split('\t').next().unwrap())
        .collect();
    assert_eq!(saved, times);
}

fn striking_by_tshark(file: &str) -> Vec<Vec<String>> {
    let output = Command::new("tshark")
        .args(["-n", "-r", file, "-T", "fields"])
        .args(STRIKING.iter().flat_map(|field| ["-e", field]))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| {
            let cells = STRIKING.iter().zip(line.split('\t'));
            let set = cells.filter(|(_, cell)| !cell.is_empty());
            set.map(|(field, _)| field.to_string()).collect()
        })
        .collect()
}

/// Retransmissions of all kinds, reordering, zero windows, keep-alives, reused ports; copies of frames, too.
#[test]
fn segments_are_judged_as_by_tshark() {
    if !tshark_is_here() {
        return;
    }
    let mut seen = BTreeMap::new();
    for entry in fs::read_dir("samples").unwrap() {
        let path = entry.unwrap().path();
        let file = path.to_str().unwrap();
        if !(file.ends_with(".pcap") || file.ends_with(".pcapng")) {
            continue;
        }
        let output = Command::new(env!("CARGO_BIN_EXE_wiretalk"))
            .args(["packets", file, "--json"])
            .output()
            .unwrap();
        let ours = String::from_utf8(output.stdout).unwrap();
        let ours: Vec<Vec<String>> = ours
            .lines()
            .map(|line| {
                let packet: serde_json::Value = serde_json::from_str(line).unwrap();
                let striking = packet["analysis"].as_array().unwrap().iter();
                let striking = striking.map(|field| field.as_str().unwrap().to_owned());
                striking.collect()
            })
            .collect();
        let theirs = striking_by_tshark(file);
        assert_eq!(ours.len(), theirs.len(), "{file}");
        for (before, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
            assert_eq!(*ours, theirs, "{file}, packet {}", before + 1);
            for field in ours {
                *seen.entry(field.clone()).or_insert(0) += 1;
            }
        }
    }
    assert!(seen.len() >= 11, "{seen:?}");
}

/// Display filters, one of each kind.
const FILTERS: [&str; 30] = [
    "tcp",
    "not tcp",
    "tcp or udp and ip.ttl == 64",
    "tcp.port == 80",
    "tcp.port != 80",
    "tcp.port !== 80",
    "tcp.port === 80",
    "all tcp.port > 1024",
    "tcp.port in {21, 25, 8000..8100}",
    "tcp.flags & 0x12 == 0x12",
    "tcp.flags.syn == 1 && tcp.flags.ack == 0",
    "tcp.len * 2 > 2000",
    "tcp[0:2] == 00:50",
    "frame[-4:] == frame[-4:4]",
    "eth.src[0:3] == 02:00:00",
    "ip.src == 10.0.0.0/8",
    "ip.src == ip.dst",
    "ipv6.dst == ff02::/16",
    "http.host contains \"example\"",
    "http.request.method in {\"GET\", \"POST\"}",
    "http.request.uri matches \"^/[a-z]+\"",
    "http.response.code >= 400",
    "dns.flags.rcode == \"No such name\"",
    "smtp.req.command == \"MAIL\"",
    "ftp.response.code == 226",
    "tcp.analysis.retransmission",
    "len(tcp.payload) > 100",
    "count(ip.addr) > 2",
    "string(frame.number) matches \"[13579]$\"",
    "frame.time_relative < 1",
];

/// Each filter keeps the packets that tshark keeps, of all samples together: 99.9 % of them both ways.
#[test]
fn filters_keep_what_tshark_keeps() {
    if !tshark_is_here() {
        return;
    }
    let (mut both, mut theirs, mut ours) = (0, 0, 0);
    for file in [
        "everyday.pcapng",
        "web-keepalive.pcap",
        "ipv6.pcap",
        "lossy-reordering.pcap",
    ] {
        let file = format!("samples/{file}");
        for filter in FILTERS {
            let tshark = Command::new("tshark")
                .args([
                    "-r",
                    &file,
                    "-Y",
                    filter,
                    "-T",
                    "fields",
                    "-e",
                    "frame.number",
                ])
                .output()
                .unwrap();
            assert!(tshark.status.success(), "{filter}: {tshark:?}");
            let tshark = String::from_utf8(tshark.stdout).unwrap();
            let tshark: Vec<&str> = tshark.split_whitespace().collect();
            let wiretalk = Command::new(env!("CARGO_BIN_EXE_wiretalk"))
                .args(["packets", &file, "--csv", "-Y", filter])
                .output()
                .unwrap();
            assert!(wiretalk.status.success(), "{filter}: {wiretalk:?}");
            let wiretalk = String::from_utf8(wiretalk.stdout).unwrap();
            let wiretalk = wiretalk.lines().skip(1);
            let wiretalk: Vec<&str> = wiretalk.filter_map(|it| it.split(',').next()).collect();
            let common = tshark.iter().filter(|it| wiretalk.contains(it)).count();
            if common < tshark.len().max(wiretalk.len()) {
                println!(
                    "{file}: {filter}: {} {} {common}",
                    tshark.len(),
                    wiretalk.len()
                );
            }
            both += common;
            theirs += tshark.len();
            ours += wiretalk.len();
        }
    }
    assert!(both > 5_000);
    assert!(both * 1_000 >= theirs * 999, "{both} of {theirs}");
    assert!(both * 1_000 >= ours * 999, "{both} of {ours}");
}

/// What is inside bodies is read only when it is shown.
const BODIES: [&str; 3] = ["ftp-data:", "imf:", "mime_multipart:"];

/// What tshark counts in another way, by sample and path.
const COUNTED_OTHERWISE: [(&str, &str); 16] = [
    // What an ICMP message carries is part of it.
    ("arp-icmp.pcap", "eth:ip:icmp:data"),
    // Segments of a few bytes are held back until it is clear that they begin no known protocol.
    ("half-close.pcap", "eth:ip:tcp:data"),
    // The datagram that an ICMP error quotes is part of the error.
    ("icmp-unreachable.pcap", "eth:ip:icmp:dns"),
    ("ipv6.pcap", "eth:ipv6:icmpv6:dns"),
    // tshark takes the payload of a port for the port's protocol, whatever it is.
    ("icmp-unreachable.pcap", "eth:ip:udp:dns"),
    ("icmp-unreachable.pcap", "eth:ip:udp:data"),
    // Within TLS, which tshark does not know to have begun.
    ("everyday.pcapng", "eth:ip:tcp:ftp"),
    // Data connections that tshark does not connect with their control connection.
    ("everyday.pcapng", "eth:ip:tcp:ftp-data"),
    ("everyday.pcapng", "eth:ip:tcp:data"),
    ("ftp-active.pcap", "eth:ip:tcp:ftp-data"),
    ("ftp-active.pcap", "eth:ip:tcp:data"),
    // Each segment in the middle of a value is one of Redis to tshark, as far as it has been read.
    ("redis.pcap", "eth:ip:tcp:resp"),
    // Segments that come after later ones: it depends on when the earlier are waited for no longer.
    ("lossy-reordering.pcap", "eth:ip:tcp:http"),
    ("lossy-reordering-at-sender.pcap", "eth:ip:tcp:http"),
    ("lossy-reordering.pcap", "eth:ip:tcp:http:data"),
    // tshark counts the list of segments as a protocol instead.
    ("web-uploads.pcap", "eth:ip:tcp:http:data"),
];

/// Packets and bytes of each path of protocols.
type Hierarchy = BTreeMap<String, (u64, u64)>;

/// Returns the path of protocols that both know, each application once; none if the last one adds nothing to it.
fn known_path(names: &[String]) -> Option<String> {
    let mut path: Vec<&str> = Vec::new();
    let mut is_last_known = false;
    for name in names {
        let found = dissectors::by_name(name);
        let again = path.contains(&name.as_str());
        is_last_known = found.is_some_and(|it| it.layer.carries() || !again);
        if is_last_known {
            path.push(name);
        }
    }
    is_last_known.then(|| path.join(":"))
}

fn hierarchy_by_tshark(file: &str) -> Hierarchy {
    let output = Command::new("tshark")
        .args(["-n", "-r", file, "-q", "-z", "io,phs"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let mut hierarchy = Hierarchy::new();
    let mut open: Vec<String> = Vec::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let Some((left, right)) = line.split_once("frames:") else {
            continue;
        };
        let depth = (left.len() - left.trim_start().len()) / 2;
        open.truncate(depth);
        open.push(left.trim().to_owned());
        let (frames, bytes) = right.split_once(" bytes:").unwrap();
        if let Some(path) = known_path(&open) {
            let counts = hierarchy.entry(path).or_default();
            counts.0 += frames.trim().parse::<u64>().unwrap();
            counts.1 += bytes.trim().parse::<u64>().unwrap();
        }
    }
    hierarchy
}

fn stats(file: &str) -> Vec<serde_json::Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_wiretalk"))
        .args(["stats", "--json", file])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn hierarchy_by_wiretalk(file: &str) -> Hierarchy {
    let rows = stats(file).into_iter();
    let rows = rows.filter(|row| row["section"] == "hierarchy" && row["depth"] != 0);
    rows.map(|row| {
        let path = row["path"].as_str().unwrap().to_owned();
        let counts = (row["packets"].as_u64(), row["bytes"].as_u64());
        (path, (counts.0.unwrap(), counts.1.unwrap()))
    })
    .collect()
}

fn samples() -> Vec<String> {
    let files = fs::read_dir("samples").unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.contains(".pcap")).collect();
    names.sort();
    assert!(names.len() > 40);
    names
}

/// The hierarchy of protocols is that of `-z io,phs`, as far as both know the layers.
#[test]
fn the_hierarchy_of_protocols() {
    if !tshark_is_here() {
        return;
    }
    let mut wrong = Vec::new();
    for name in samples() {
        let file = format!("samples/{name}");
        let (ours, theirs) = (hierarchy_by_wiretalk(&file), hierarchy_by_tshark(&file));
        for path in ours.keys().chain(theirs.keys()) {
            let is_body = BODIES.iter().any(|body| path.contains(body));
            let is_known = COUNTED_OTHERWISE.contains(&(name.as_str(), path.as_str()));
            let (one, other) = (ours.get(path), theirs.get(path));
            if one != other && !is_body && !is_known {
                wrong.push(format!("{name} {path}: {one:?}, tshark {other:?}"));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The endpoints are those of `-z endpoints,ip` and `-z endpoints,ipv6`. That leaves out fragments of IPv6 that complete
/// nothing.
#[test]
fn the_endpoints() {
    if !tshark_is_here() {
        return;
    }
    for name in samples() {
        if name == "fragments.pcap" {
            continue;
        }
        let file = format!("samples/{name}");
        let ours = stats(&file).into_iter();
        let ours = ours.filter(|row| row["section"] == "endpoint").map(|row| {
            let of = |name: &str| row[name].as_u64().unwrap();
            let counts = [
                of("packets"),
                of("bytes"),
                of("sent_packets"),
                of("sent_bytes"),
                of("received_packets"),
                of("received_bytes"),
            ];
            (row["address"].as_str().unwrap().to_owned(), counts)
        });
        let ours: BTreeMap<String, [u64; 6]> = ours.collect();
        let output = Command::new("tshark")
            .args(["-n", "-r", &file, "-q", "-z", "endpoints,ip"])
            .args(["-z", "endpoints,ipv6"])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let rows = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            let address: std::net::IpAddr = words.next()?.parse().ok()?;
            let counts: Vec<u64> = words.map(|word| word.parse().unwrap()).collect();
            Some((address.to_string(), counts.try_into().unwrap()))
        });
        let theirs: BTreeMap<String, [u64; 6]> = rows.collect();
        assert_eq!(ours, theirs, "{name}");
    }
}
