//! The output of `packets -T` compared with that of tshark on the samples. Needs tshark; without it the tests are
//! skipped with a message, which is a failure under WIRETALK_TEST_ALL=1.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

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

fn samples() -> Vec<String> {
    let files = fs::read_dir("samples").unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.contains(".pcap")).collect();
    names.sort();
    assert!(names.len() > 40);
    names
}

fn run(mut command: Command) -> String {
    let output = command.env("TZ", "KST-9").output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn by_tshark(file: &str, options: &[&str]) -> String {
    let mut command = Command::new("tshark");
    command.args(["-2", "-n", "-r", &format!("samples/{file}")]);
    command.args(options);
    run(command)
}

/// Runs the program in tshark's spelling, without a command.
fn by_us(file: &str, options: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiretalk"));
    command.args(["-2", "-n", "-r", &format!("samples/{file}")]);
    command.args(["--show-secrets"]).args(options);
    run(command)
}

const FIELDS: &str = "frame.number frame.time frame.time_epoch frame.time_delta frame.time_delta_displayed
    frame.time_relative frame.len frame.cap_len frame.encap_type frame.interface_id
    frame.interface_name frame.section_number frame.marked frame.comment eth.src eth.dst eth.addr eth.type eth.src.oui
    eth.ig eth.lg eth.dst.ig arp.opcode arp.src.hw_mac arp.src.proto_ipv4 arp.dst.hw_mac arp.dst.proto_ipv4 arp.hw.type
    arp.proto.type arp.hw.size ip.version ip.src ip.dst ip.addr ip.host ip.ttl ip.proto ip.id ip.len ip.flags
    ip.flags.df ip.dsfield ip.dsfield.dscp ip.checksum ip.frag_offset ip.hdr_len ipv6.src ipv6.dst ipv6.addr
    ipv6.plen ipv6.hlim ipv6.nxt ipv6.flow tcp.srcport tcp.dstport tcp.port tcp.seq tcp.ack tcp.seq_raw tcp.len
    tcp.flags tcp.flags.syn tcp.flags.str tcp.window_size tcp.window_size_value tcp.stream tcp.payload tcp.options
    tcp.options.mss_val tcp.options.timestamp.tsval tcp.time_delta tcp.time_relative tcp.analysis.retransmission
    tcp.analysis.flags tcp.checksum udp.srcport udp.dstport udp.port udp.length udp.stream udp.checksum udp.payload
    udp.time_delta dns.id dns.qry.name dns.qry.type dns.qry.class dns.resp.name dns.resp.type dns.resp.ttl dns.a
    dns.aaaa dns.cname dns.flags dns.flags.response dns.flags.rcode dns.count.answers dns.time http.request
    http.request.method http.request.uri http.request.full_uri http.request.version http.host http.user_agent
    http.response http.response.code http.response.phrase http.content_type http.content_length
    http.content_length_header http.cookie http.server http.date http.referer tls.record.content_type
    tls.record.version tls.record.length tls.handshake.type tls.handshake.version tls.handshake.ciphersuite
    tls.handshake.extensions_server_name tls.handshake.session_id tls.handshake.random tls.handshake.extension.type
    tls.handshake.ja3 tls.handshake.ja3_full icmp.type icmp.code icmp.seq icmp.ident icmp.checksum icmpv6.type
    _ws.col.Source _ws.col.Destination _ws.col.No. _ws.col.Time _ws.col.Length";

/// Packets in which some fields differ, with the reason.
const OTHERWISE: &[(&str, &[usize], &str)] = &[
    (
        "icmp-unreachable.pcap",
        &[13, 14],
        "what ICMP quotes of a DNS message is not dissected",
    ),
    (
        "lossy-reordering.pcap",
        &[153],
        "tshark does not see the response in which segments are missing",
    ),
];

/// Each line is the same, byte for byte.
#[test]
fn fields_are_those_of_tshark() {
    if !tshark_is_here() {
        return;
    }
    let names: Vec<&str> = FIELDS.split_whitespace().collect();
    let mut options = vec!["-T", "fields", "-E", "header=y", "-E", "quote=d"];
    options.extend(names.iter().flat_map(|name| ["-e", name]));
    let (mut wrong, mut compared) = (Vec::new(), 0);
    let mut found = BTreeSet::new();
    for file in samples() {
        let (ours, theirs) = (by_us(&file, &options), by_tshark(&file, &options));
        let (ours, theirs): (Vec<_>, Vec<_>) = (ours.lines().collect(), theirs.lines().collect());
        assert_eq!(ours.len(), theirs.len(), "{file}");
        assert_eq!(ours.first(), theirs.first(), "{file}");
        for (number, (one, other)) in ours.iter().zip(&theirs).enumerate().skip(1) {
            compared += 1;
            if one == other {
                continue;
            }
            let mut known = OTHERWISE.iter();
            if known.any(|(name, packets, _)| *name == file && packets.contains(&number)) {
                found.insert((file.clone(), number));
                continue;
            }
            for ((name, one), other) in names.iter().zip(one.split('\t')).zip(other.split('\t')) {
                if one != other {
                    wrong.push(format!("{file} {number} {name}: {one}, tshark {other}"));
                }
            }
        }
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 3000, "{compared}");
    let expected: usize = OTHERWISE.iter().map(|(_, packets, _)| packets.len()).sum();
    assert_eq!(found.len(), expected, "{found:?}");
}

#[test]
fn the_layout_of_fields_is_that_of_tshark() {
    if !tshark_is_here() {
        return;
    }
    let fields = [
        "-T",
        "fields",
        "-e",
        "ip.addr",
        "-e",
        "tcp.options.nop",
        "-e",
        "tcp",
    ];
    for rules in [
        &["header=y", "separator=,"][..],
        &["bom=y", "separator=/s", "quote=s", "occurrence=f"],
        &["occurrence=l", "aggregator=/s", "quote=n"],
        &["aggregator=;", "separator=|", "header=y", "quote=d"],
    ] {
        // The line of a protocol has words of its own.
        let mut options = fields[..6].to_vec();
        options.extend(rules.iter().flat_map(|rule| ["-E", rule]));
        let file = "vlan.pcap";
        assert_eq!(
            by_us(file, &options),
            by_tshark(file, &options),
            "{rules:?}"
        );
    }
}

/// The values of a protocol's fields, by their names.
type Layer = BTreeMap<String, Vec<Option<String>>>;

/// Adds the named fields in JSON.
fn gather(json: &Value, into: &mut Layer) {
    let Value::Object(members) = json else {
        return;
    };
    for (key, value) in members {
        let name = key.strip_suffix("_tree").unwrap_or(key);
        let values = match value {
            Value::Array(values) => values.iter().collect(),
            one => vec![one],
        };
        for value in values {
            gather(value, into);
            let is_heading = !name.contains('.') || name.contains([' ', ':', '/', '\\']);
            if is_heading || name != key {
                continue;
            }
            let shown = value.as_str().filter(|shown| !shown.is_empty());
            into.entry(name.to_owned())
                .or_default()
                .push(shown.map(str::to_owned));
        }
    }
}

fn layers_of_json(text: &str) -> Vec<BTreeMap<String, Vec<Layer>>> {
    let all: Vec<Value> = serde_json::from_str(text).unwrap();
    let packets = all.iter().map(|packet| {
        let layers = packet["_source"]["layers"].as_object().unwrap().iter();
        let layers = layers.map(|(name, layer)| {
            let all = match layer {
                Value::Array(layers) => layers.iter().collect(),
                one => vec![one],
            };
            let gathered = all.into_iter().map(|layer| {
                let mut fields = Layer::new();
                gather(layer, &mut fields);
                fields
            });
            (name.clone(), gathered.collect())
        });
        layers.collect()
    });
    packets.collect()
}

/// Returns an attribute of an element on a line of XML.
fn attribute(line: &str, name: &str) -> Option<String> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.to_owned())
}

fn layers_of_pdml(text: &str) -> Vec<BTreeMap<String, Vec<Layer>>> {
    let mut packets: Vec<BTreeMap<String, Vec<Layer>>> = Vec::new();
    let mut current = String::new();
    // A value may take several lines.
    let text = text
        .replace("\"\n", "\"\u{0}")
        .replace(">\n", ">\u{0}")
        .replace('\n', " ");
    for line in text.split('\u{0}') {
        if line.trim_start().starts_with("<packet>") {
            packets.push(BTreeMap::new());
        } else if line.starts_with("  <proto ") {
            current = attribute(line, "name").unwrap();
            let layers = packets.last_mut().unwrap().entry(current.clone());
            layers.or_default().push(Layer::new());
        } else if line.trim_start().starts_with("<field ")
            && let Some(name) = attribute(line, "name").filter(|name| name.contains('.'))
        {
            let layers = packets.last_mut().unwrap().get_mut(&current).unwrap();
            let shown = attribute(line, "show").filter(|shown| !shown.is_empty());
            let layer = layers.last_mut().unwrap();
            layer.entry(name).or_default().push(shown);
        }
    }
    packets
}

/// Fields whose values differ, or that only one of the two has, with the reason.
const DIFFERENT: &[(&str, &str)] = &[
    ("ber.", "certificates are not dissected"),
    ("eth.addr.oui_resolved", "a manufacturer's name"),
    ("eth.dst.oui_resolved", "a manufacturer's name"),
    ("eth.src.oui_resolved", "a manufacturer's name"),
    ("icmpv6.opt.src_linkaddr", "repeats icmpv6.opt.linkaddr"),
    ("icmpv6.opt.target_linkaddr", "repeats icmpv6.opt.linkaddr"),
    ("mime_multipart.", "a mail is dissected where it ends"),
    ("pkcs1.", "certificates are not dissected"),
    ("resp.", "types of RESP3, from newer versions"),
    ("smtp.req", "a line of a login is not a command"),
    ("tcp.pdu.size", "messages have lengths of their own"),
    ("urlencoded-form.", "a form is dissected where it ends"),
    ("www.", "a heading in JSON"),
    ("x509", "certificates are not dissected"),
    ("_ws.expert", "remarks are the program's own"),
    ("data.", "undissected bytes are those of the message"),
    ("frame.protocols", "HTTP's bodies"),
    ("ftp-data.", "results about a transfer stand beside it"),
    (
        "http.",
        "requests and responses are paired across lost segments; there are no raw lines",
    ),
    ("ip.checksum.status", "checksums are verified"),
    ("tcp.analysis", "copies of packets count once"),
    ("tcp.checksum.status", "checksums are verified"),
    ("tcp.completeness", "a RST behind the end counts"),
    ("tcp.reassembled_in", "tshark says it in newer versions"),
    (
        "tcp.segment",
        "segments of a message are counted without copies",
    ),
    ("tls.handshake.ja4", "from version 4.2 on"),
    ("udp.checksum.status", "checksums are verified"),
];

/// Layers that are not compared: what is in them differs, or their number.
const OWN: [&str; 9] = [
    "data",
    "data-text-lines",
    "fake-field-wrapper",
    "ftp-data",
    "http",
    "media",
    "pkt_comment",
    "ssh",
    "tcp.segments",
];

/// Compares the layers that both have; returns how many fields were the same.
fn compare(
    file: &str,
    ours: Vec<BTreeMap<String, Vec<Layer>>>,
    theirs: Vec<BTreeMap<String, Vec<Layer>>>,
    wrong: &mut Vec<String>,
) -> usize {
    assert_eq!(ours.len(), theirs.len(), "{file}");
    let mut same = 0;
    for (number, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        for (name, layers) in ours {
            let others = theirs.get(name).filter(|other| other.len() == layers.len());
            let Some(others) = others.filter(|_| !OWN.contains(&&**name)) else {
                continue;
            };
            for (one, other) in layers.iter().zip(others) {
                let fields: BTreeSet<_> = one.keys().chain(other.keys()).collect();
                for field in fields {
                    let (one, other) = (one.get(field), other.get(field));
                    // A remark of tshark, which has a name and no value.
                    let is_remark = one.is_none()
                        && other.is_some_and(|values| values.iter().all(Option::is_none));
                    let is_known =
                        is_remark || DIFFERENT.iter().any(|(name, _)| field.starts_with(name));
                    if one == other {
                        same += 1;
                    } else if !is_known {
                        let number = number + 1;
                        wrong.push(format!(
                            "{file} {number} {field}: {one:?}, tshark {other:?}"
                        ));
                    }
                }
            }
        }
    }
    same
}

/// The names and values in JSON, for the protocols that both dissect.
#[test]
fn json_is_that_of_tshark() {
    if !tshark_is_here() {
        return;
    }
    let (mut wrong, mut same) = (Vec::new(), 0);
    let options = ["-T", "json", "--no-duplicate-keys"];
    for file in samples() {
        let ours = layers_of_json(&by_us(&file, &options));
        let theirs = layers_of_json(&by_tshark(&file, &options));
        same += compare(&file, ours, theirs, &mut wrong);
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(same > 200_000, "{same}");
}

/// The names and `show` in PDML, for the protocols that both dissect.
#[test]
fn pdml_is_that_of_tshark() {
    if !tshark_is_here() {
        return;
    }
    let (mut wrong, mut same) = (Vec::new(), 0);
    for file in samples() {
        let ours = layers_of_pdml(&by_us(&file, &["-T", "pdml"]));
        let theirs = layers_of_pdml(&by_tshark(&file, &["-T", "pdml"]));
        same += compare(&file, ours, theirs, &mut wrong);
    }
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(same > 200_000, "{same}");
}

/// The documents for Elasticsearch, without the layers that differ elsewhere.
#[test]
fn documents_are_those_of_tshark() {
    if !tshark_is_here() {
        return;
    }
    for file in ["dns.pcap", "arp-icmp.pcap", "vlan.pcap"] {
        let (ours, theirs) = (by_us(file, &["-T", "ek"]), by_tshark(file, &["-T", "ek"]));
        assert_eq!(ours.lines().count(), theirs.lines().count());
        for (ours, theirs) in ours.lines().zip(theirs.lines()) {
            let [ours, theirs] =
                [ours, theirs].map(|line| serde_json::from_str::<Value>(line).unwrap());
            assert_eq!(ours["index"], theirs["index"]);
            assert_eq!(ours["timestamp"], theirs["timestamp"]);
            for layer in ["frame", "eth", "vlan", "arp", "ip", "udp"] {
                let [mut ours, mut theirs] =
                    [&ours, &theirs].map(|document| document["layers"][layer].clone());
                for layer in [&mut ours, &mut theirs] {
                    if let Value::Object(fields) = layer {
                        let differs = ["checksum_status", "_ws_expert"];
                        fields.retain(|name, _| !differs.iter().any(|it| name.ends_with(it)));
                    }
                }
                assert_eq!(ours, theirs, "{file} {layer}");
            }
        }
    }
}

/// The lines of the list, without the words of Info.
#[test]
fn lines_are_those_of_tshark() {
    if !tshark_is_here() {
        return;
    }
    let without_info = |text: String| -> Vec<String> {
        let cells = text.lines().map(|line| {
            let cells: Vec<_> = line.split('\t').collect();
            cells[..cells.len().min(7)].join("\t")
        });
        cells.collect()
    };
    let file = "dns.pcap";
    let tabs = |text: String| without_info(text);
    assert_eq!(
        tabs(by_us(file, &["-T", "tabs"])),
        tabs(by_tshark(file, &["-T", "tabs"]))
    );
    let sections = |text: String| -> Vec<String> {
        let lines = text.lines().skip(2).map(str::to_owned);
        let lines = lines.filter(|line| !line.contains("Standard query"));
        lines.collect()
    };
    let ours = sections(by_us(file, &["-T", "psml", "-c", "5"]));
    assert_eq!(ours, sections(by_tshark(file, &["-T", "psml", "-c", "5"])));
    assert!(ours.len() > 40);
}
