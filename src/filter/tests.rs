//! The language, held against what Wireshark accepts and finds; tests/tshark.rs compares the samples with tshark.

use super::*;
use crate::{capture::Reader, index, report, store::Store, track::DecodeAs};
use dissectors::{LinkType, Packet};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn store(sample: &str) -> Store {
    index::tests::sample(sample).0.store().clone()
}

/// Returns the packets of a sample for which a filter holds.
fn found(store: &Store, filter: &str) -> Vec<u32> {
    let filter = filter.parse().unwrap_or_else(|error| panic!("{error}"));
    let mut matcher = Matcher::new(store, filter);
    let last = store.read().packets.len() as u32;
    (1..=last)
        .filter(|number| matcher.holds(*number).unwrap())
        .collect()
}

/// Returns how many packets of `web-keepalive.pcap` there are with a filter. The numbers are tshark's.
#[test]
fn counts() {
    let store = store("web-keepalive.pcap");
    for (filter, count) in [
        ("", 103),
        ("frame", 103),
        ("tcp", 101),
        ("not tcp", 2),
        ("tcp or udp and ip.ttl == 1", 101),
        ("(tcp or udp) and ip.ttl == 1", 0),
        ("tcp.flags.syn", 101),
        ("!!tcp", 101),
        ("-tcp.port < 0", 101),
        ("tcp.port == 80", 101),
        ("tcp.port != 80", 0),
        ("tcp.port !== 80", 101),
        ("tcp.port === 80", 0),
        ("80 == tcp.port", 101),
        ("any tcp.port in {80}", 101),
        ("all tcp.port in {80}", 0),
        ("tcp.port not in {80}", 2),
        ("tcp.port == 0b1010000", 101),
        ("tcp.port == 0120", 101),
        ("tcp.port == 'P'", 101),
        ("tcp.len - 1", 101),
        ("len(tcp.port) == 2", 101),
        ("len(frame) == 74", 8),
        ("frame.len == 10 + 64", 8),
        ("frame.len == {10 + 64}", 8),
        ("eth.type == IPv4", 101),
        ("eth.type == \"ipv4\"", 101),
        ("ip.ttl == -1", 0),
        ("ip.flags.df == \"Set\"", 101),
        ("ip.addr == 10.0.0.1/24", 101),
        ("ip.addr in {10.0.0.0/8}", 101),
        ("ip.src[0] == 0a", 101),
        ("ip.src#2", 0),
        ("ip.src#[1] == 10.0.0.1", 46),
        ("ip.src#[1-3] == 10.0.0.1", 46),
        ("ip.src#[-2:] == 10.0.0.1", 46),
        ("ip.src#0 or ip.src#[0:1] or ip.src#[2:]", 0),
        ("ip.version == 4", 101),
        ("frame.interface_id or frame.interface_name", 0),
        ("eth.src contains 02", 103),
        ("tcp.flags & tcp.flags", 101),
        ("tcp.payload matches \"get\"", 9),
        ("http matches \"get\"", 9),
        ("http.request == 1", 11),
        ("http.host contains example", 11),
        ("count(udp.port) == 0", 0),
        ("count(tcp.port) == 2", 101),
        ("frame[9999]", 0),
        ("frame.time > \"2020-01-01\"", 103),
        ("frame.time_relative + 1 > 2", 0),
        ("tcp xor arp", 103),
        ("$private_ipv4(ip.src)", 101),
        ("${private_ipv4:ip.src} and tcp", 101),
        ("tcp and ${private_ipv4;ip.dst}", 101),
        ("$private_ethernet(eth.src) or udp", 103),
        ("eth.src[1:1] == 000", 103),
        ("eth.src[5] == 002", 56),
        ("frame[0] == fc or frame contains .fc", 0),
        ("frame[0] == fc: or frame[0] == :fc", 0),
        (
            "frame.time_epoch in {frame.time_epoch - 5 .. frame.time_epoch + 0.5}",
            103,
        ),
        ("frame.time - 1 > \"2020-01-01\"", 103),
        ("_ws.expert.group == \"Checksum\"", 0),
    ] {
        assert_eq!(found(&store, filter).len(), count, "{filter}");
    }
}

/// Two packets with a time around one without, in pcapng: as in Wireshark, that has none of the fields of time, and
/// the next one counts from 1970.
#[test]
fn a_packet_without_a_time() {
    let block = |kind: u32, body: &[u8]| {
        let length = (12 + body.len() as u32).to_le_bytes();
        [&kind.to_le_bytes()[..], &length, body, &length].concat()
    };
    let timed = |low: u8| {
        let times = [0, 0, 0, 0, 1, 0, 0, 0, low, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0];
        block(6, &[&times[..], b"abcd"].concat())
    };
    let section = [0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0];
    let file = [
        block(0x0a0d_0d0a, &[&section[..], &[0xff; 8]].concat()),
        block(1, &[1, 0, 0, 0, 0, 0, 0, 0]),
        timed(1),
        block(3, b"\x04\0\0\0abcd"),
        timed(2),
    ]
    .concat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.pcapng");
    std::fs::write(&path, file).unwrap();
    let store = report::load(Reader::open(&path).unwrap(), DecodeAs::default());
    for (filter, packets) in [
        ("frame", &[1, 2, 3][..]),
        ("frame.time or frame.time_epoch", &[1, 3]),
        ("frame.time_relative < 1 or frame.time_delta < 1", &[1, 3]),
        ("frame.time_delta > 4000", &[3]),
        ("frame.time_delta_displayed", &[1, 3]),
    ] {
        assert_eq!(found(&store, filter), packets, "{filter}");
        assert_eq!(found_thoroughly(&store, filter), packets, "{filter}");
    }
}

#[test]
fn the_conversation_of_a_packet() {
    let store = store("everyday.pcapng");
    for filter in [
        "conversation.application == \"smtp\"",
        "conversation.credentials == True",
        "conversation.finding == \"credentials-in-clear\"",
        "conversation.server contains \":80\" and conversation.packets > 3",
    ] {
        let some = found(&store, filter);
        let others = found(&store, &format!("conversation and not ({filter})"));
        assert!(!some.is_empty() && !others.is_empty(), "{filter}");
    }
    assert!(found(&store, "conversation.packets > 100000").is_empty());
}

/// Returns the packets for which a filter holds when each of them is dissected.
fn found_thoroughly(store: &Store, filter: &str) -> Vec<u32> {
    let mut matcher = Matcher::new(store, filter.parse().unwrap());
    matcher.is_thorough = true;
    let last = store.read().packets.len() as u32;
    (1..=last)
        .filter(|number| matcher.holds(*number).unwrap())
        .collect()
}

/// Filters that are decided without dissection for some packets.
const DECIDED: &[&str] = &[
    "http",
    "tls",
    "dns",
    "smtp",
    "imf",
    "ftp-data",
    "ssh",
    "data",
    "ip.ttl < 64",
    "tcp.flags & 0x12 == 0x12",
    "tcp.len > 0 and not http",
    "udp contains \"www\"",
    "eth.src[0:3] == 02:00:00",
    "ip.hdr_len == 20",
    "ipv6.hlim == 64",
    "ip.version == 6",
    "not ip.version",
    "udp.length > 60",
    "frame.len > 100 and frame.cap_len == frame.len",
    "dns or tcp.len == 0",
    "ip.dsfield.ecn",
    "frame.time_relative < 0.5 xor http.request",
    "frame.time_delta_displayed > 0.01",
    "tcp.analysis.ack_rtt > 0.001 or http.response.code == 200",
    "tcp.analysis.initial_rtt and not tls",
    "tcp.segment_data or tcp.reassembled_in",
    "tcp.stream == 1 and tcp.options.timestamp",
    "count(ip.addr) > 2",
    "ip.src#2 or tcp.port#1",
    "json or xml or data-text-lines or media",
    "x509ce.dNSName contains \"a\"",
    "dns.qry.name contains \"a\" or http.host",
    "frame.protocols contains \"http\"",
    "conversation.application == \"http\" and tcp.len > 10",
    "_ws.expert",
    "_ws.expert.severity == Note or _ws.expert.group == Checksum",
    "len(tcp.payload) > 100",
    "@ip.src[0] == 0a",
];

/// Those of fields below the application that need more than a part of a header.
const DECIDED_BELOW: &[&str] = &[
    "tcp.seq % 7 == 1",
    "tcp.ack % 7 == 1",
    "tcp.nxtseq % 5 == 1",
    "tcp.window_size > 2000",
    "tcp.window_size_scalefactor > 1",
    "tcp.window_size_scalefactor < 0",
    "tcp.completeness == 31",
    "tcp.stream % 2 == 0",
    "udp.stream % 2 == 0",
    "tcp.time_relative > 0.01",
    "tcp.time_delta > 0.01",
    "udp.time_relative > 0.01",
    "tcp.flags.ace or tcp.flags.res",
    "tcp.flags.ece == 0",
    "tcp.flags.ae == 1",
    "tcp.flags.syn == 1 or tcp.flags.str contains \"F\"",
    "tcp.urgent_pointer",
    "udp.payload contains \"www\" or len(udp.payload) > 100",
    "udp.checksum.status == 1",
    "ipv6.dst_embed_ipv4 or ip.checksum.status == 1",
    "tcp.checksum.status == 1 or ip.checksum.status == 0",
    "tcp.payload[0] > 40",
    "tcp.options",
    "tcp.options[0:2] == 01:01",
    "tcp.options.mss_val == 1460",
    "len(tcp.options.mss_val) == 2",
    "tcp.options.mss",
    "tcp.options.timestamp.tsval % 2 == 1",
    "tcp.options.timestamp.tsecr > 0",
    "tcp.options.wscale.shift > 6",
    "tcp.options.wscale.multiplier > 64",
    "tcp.options.sack_perm",
    "tcp.options.sack_le % 2 == 0 or tcp.options.sack.count",
    "count(tcp.options.nop) == 2",
    "tcp.options.eol",
    "tcp.option_kind == 4",
    "tcp.options.tfo or tcp.options.unknown or mptcp",
    "eth.ig == 1",
    "eth.src.lg == 0 or eth.dst.lg == 1",
    "eth.trailer or eth.padding or eth.fcs",
    "eth.len",
    "ip.frag_offset > 0",
    "ip.fragment or ip.reassembled.length or ip.reassembled_in",
    "ip.opt.len or ip.cur_rt",
    "ipv6.tclass.dscp or ipv6.tclass.ecn",
    "ipv6.flow > 5 and ipv6.tclass < 200",
    "tcp.analysis.flags",
    "tcp.analysis.flags and not tcp.analysis.window_update",
    "tcp.analysis.retransmission",
    "tcp.analysis.fast_retransmission or tcp.analysis.spurious_retransmission",
    "tcp.analysis.out_of_order or tcp.analysis.lost_segment or tcp.analysis.ack_lost_segment",
    "tcp.analysis.keep_alive or tcp.analysis.keep_alive_ack",
    "tcp.analysis.zero_window or tcp.analysis.window_full or tcp.analysis.zero_window_probe",
    "tcp.analysis.window_update or tcp.analysis.zero_window_probe_ack",
    "tcp.analysis.reused_ports",
    "count(tcp.analysis.duplicate_ack) == 2",
    "tcp.analysis.duplicate_ack_num > 1",
    "tcp.analysis.rto > 0.2",
    "tcp.analysis",
];

/// What is decided without dissecting a packet is what dissection decides: headers, protocols that a conversation cannot
/// show, packets that complete no message, analysis. `WIRETALK_CAPTURES` names a folder with more captures.
#[test]
fn nothing_is_decided_otherwise_without_dissection() {
    let samples = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
    let more = std::env::var_os("WIRETALK_CAPTURES").map(PathBuf::from);
    for folder in [Some(samples), more].into_iter().flatten() {
        for file in std::fs::read_dir(folder).unwrap() {
            let file = file.unwrap().path();
            let is_capture = file.to_string_lossy().contains(".pcap");
            let Some(reader) = Reader::open(&file).ok().filter(|_| is_capture) else {
                continue;
            };
            let store = report::load(reader, DecodeAs::default());
            for filter in DECIDED.iter().chain(DECIDED_BELOW) {
                is_decided_alike(&store, filter, &file);
            }
        }
    }
}

fn is_decided_alike(store: &Store, filter: &str, file: &Path) {
    let file = file.display();
    let all = found(store, filter);
    assert_eq!(all, found_thoroughly(store, filter), "{file}: {filter}");
    for threads in [1, 3] {
        let mut search = Search::new(store, filter.parse().unwrap(), threads);
        let last = store.read().packets.len() as u32;
        let numbers: Vec<_> = (1..=last).collect();
        let holds = search.holds(&numbers);
        let held = numbers
            .iter()
            .zip(holds)
            .filter(|(_, holds)| *holds.as_ref().unwrap());
        let held: Vec<_> = held.map(|(number, _)| *number).collect();
        assert_eq!(all, held, "{file}: {filter}: {threads} threads");
    }
}

/// Each error, and the text that it is about.
#[test]
fn errors() {
    for (filter, place, reason) in [
        (
            "tcp.port == 70000",
            "70000",
            "too large for tcp.port: at most 65535",
        ),
        ("tcp.port == foo", "foo", "is no number"),
        ("tcp.port == \"80\"", "\"80\"", "is no value of tcp.port"),
        (
            "tcp.port == tcp",
            "tcp",
            "tcp.port and tcp are of types that cannot be compared",
        ),
        ("ip.src == tcp.port", "tcp.port", "cannot be compared"),
        ("http.host + 1 == 2", "http.host", "is no number"),
        ("(tcp.port + 1) == 81", "==", "not expected here"),
        ("ip.ttl matches \"6\"", "ip.ttl", "string(ip.ttl)"),
        ("ip.src contains 0a", "ip.src", "contains nothing"),
        ("80 in {tcp.port}", "80", "only a field"),
        (
            "tcp.port[0] == 0",
            "tcp.port",
            "no bytes that could be sliced",
        ),
        (
            "string(tcp.payload) == \"x\"",
            "string(tcp.payload)",
            "cannot be made text",
        ),
        (
            "max(tcp.srcport, ip.src) == 80",
            "ip.src",
            "cannot be compared",
        ),
        ("1 == 1", "1", "one side of a comparison must be a field"),
        ("foo.bar", "foo.bar", "neither a field nor a protocol"),
        ("tcp.prot == 1", "tcp.prot", "did you mean \"tcp.port\"?"),
        ("tcp tcp", "tcp", "\"tcp\" was not expected here"),
        (
            "ip.addr == 10.0.0.0/33",
            "10.0.0.0/33",
            "no length of a prefix: at most 32",
        ),
        ("ip.addr == 10.0.0", "10.0.0", "is no IPv4 address"),
        ("frame matches 'a'", "'a'", "double quotes"),
        (
            "frame matches \"(\"",
            "\"(\"",
            "regular expression is wrong",
        ),
        ("tcp.port in {}", "}", "not expected here"),
        ("lower(tcp.port) == \"a\"", "lower(tcp.port)", "needs text"),
        (
            "frobnicate(tcp.port) == 1",
            "frobnicate(tcp.port)",
            "no function \"frobnicate\"",
        ),
        ("ip.version = 4", "=", "use == to compare"),
        (
            "conversation.finding == \"password in clear\"",
            "\"password in clear\"",
            "did you mean \"credentials-in-clear\"?",
        ),
        (
            "conversation.finding in {\"reset\", \"packetloss\"}",
            "\"packetloss\"",
            "did you mean \"packet-loss\"?",
        ),
        ("HTTP", "HTTP", "did you mean \"http\"?"),
        ("TCP.Port == 80", "TCP.Port", "did you mean \"tcp.port\"?"),
        ("10.0.0.1", "10.0.0.1", "ip.addr == 10.0.0.1"),
        ("tcp and 10.0.0.0/8", "10.0.0.0/8", "ip.addr == 10.0.0.0/8"),
        ("fe80::1", "fe80::1", "ipv6.addr == fe80::1"),
        (
            "00:11:22:33:44:55",
            "00:11:22:33:44:55",
            "eth.addr == 00:11:22:33:44:55",
        ),
        ("443", "443", "tcp.port == 443"),
        ("(tcp) or (udp", "(", "the closing bracket is missing"),
        ("frame[a] == 1", "[a]", "no slice"),
        ("http.host == \"\\H\"", "\\H", "no escape sequence"),
        ("ip.proto == '\\Z'", "'\\Z'", "no character"),
        (
            "ip.flags.df == \"Foo\"",
            "\"Foo\"",
            "no value of ip.flags.df",
        ),
        ("frame.time == \"soon\"", "\"soon\"", "is no time"),
        (
            "frame.time > 2*min(2, 3)",
            "2*min(2, 3)",
            "frame.time is no number",
        ),
        ("ip.dst#ip", "ip", "a layer is a number"),
        (
            "tcp or $nothing_like_it(ip.src)",
            "$nothing_like_it(ip.src)",
            "no macro \"nothing_like_it\"",
        ),
        (
            "$private_ipv4(ip.src, ip.dst) or udp",
            "$private_ipv4(ip.src, ip.dst)",
            "takes one value",
        ),
        (
            "${private_ipv4:;ip.dst}",
            "${private_ipv4:;ip.dst}",
            "is empty",
        ),
        ("${private_ipv6}", "${private_ipv6}", "takes one value"),
        (
            "udp and $private_ipv4(tcp.port)",
            "$private_ipv4(tcp.port)",
            "is no number",
        ),
        ("fc", "fc", "does not dissect it"),
        (".fc", ".fc", "does not dissect it"),
    ] {
        let error = filter.parse::<Filter>().unwrap_err();
        assert!(error.reason.contains(reason), "{filter}: {}", error.reason);
        assert_eq!(filter.get(error.place.clone()), Some(place), "{filter}");
        let may_go_on = ["tcp.prot", "("].contains(&place);
        assert!(!error.is_incomplete || may_go_on, "{filter}");
    }
    for filter in [
        "tcp &&",
        "tcp.port ==",
        "tcp.port =",
        "tcp.port in {80",
        "(tcp",
        "frame contains \"a",
        "frame[1",
        "tcp.fla",
        "not",
        "$private_ipv4(ip.src",
        "${private_ipv4:ip.src",
    ] {
        let error = filter.parse::<Filter>().unwrap_err();
        assert!(error.is_incomplete, "{filter}: {}", error.reason);
    }
    let error = "ip.adr == 1".parse::<Filter>().unwrap_err();
    assert_eq!(error.marked(), "ip.adr == 1\n^^^^^^");
}

/// The remarks on packets: their text, how grave they are, and what they are about.
#[test]
fn remarks() {
    let store = store("lossy-reordering.pcap");
    let all = found(&store, "_ws.expert");
    let sent_again = found(&store, "tcp.analysis.retransmission");
    assert!(!sent_again.is_empty());
    for filter in [
        "_ws.expert.group == \"Sequence\"",
        "_ws.expert.group == 0x02000000",
        "_ws.expert.severity >= 0x00200000",
        "_ws.expert.severity in {\"Chat\", \"Note\", \"Warning\", \"Error\"}",
        "len(_ws.expert.message) > 0",
    ] {
        assert_eq!(found(&store, filter), all, "{filter}");
    }
    let notes = found(&store, "_ws.expert.severity == Note");
    assert!(sent_again.iter().all(|number| notes.contains(number)));
    let named = found(&store, "_ws.expert.message matches \"retransmission\"");
    assert!(sent_again.iter().all(|number| named.contains(number)));
    assert!(found(&store, "_ws.expert.group == Malformed").is_empty());
}

/// A packet that is chosen on the command line.
#[test]
fn fields_of_a_chosen_packet() {
    let store = store("web-keepalive.pcap");
    for (filter, chosen, count) in [
        ("frame.number < ${frame.number}", 3, 2),
        ("frame.number == $frame.number", 7, 1),
        (
            "frame.number in {${frame.number}-1..${frame.number}+1}",
            7,
            3,
        ),
        (
            "frame.time_epoch in {${frame.time_epoch}-9..${frame.time_epoch}}",
            1,
            1,
        ),
        ("ip.src == ${ip.src}", 3, 46),
        ("frame[26-29] == ${@ip.src}[0-3]", 3, 46),
    ] {
        let mut search = Search::new(&store, filter.parse().unwrap(), 1);
        search.refer_to(Some(chosen));
        let last = store.read().packets.len() as u32;
        let numbers: Vec<_> = (1..=last).collect();
        let held = search.holds(&numbers).into_iter();
        let held = held.filter(|holds| matches!(holds, Ok(true)));
        assert_eq!(held.count(), count, "{filter}");
    }
}

/// The precision of a clock has a sign, and may be given as its bits.
#[test]
fn a_signed_byte() {
    let known = fields::known("ntp.precision").unwrap();
    let value = |word: &str| {
        let written = literal::Written::Word(word.to_owned());
        literal::value(&written, &known, &(0..0)).ok()
    };
    let number = |number| Some(value::Datum::Integer(number));
    assert_eq!(value("-12"), number(-12));
    assert_eq!(value("244"), number(-12));
    assert_eq!((value("256"), value("-129")), (None, None));
}

/// No filter takes long or exhausts the stack.
#[test]
fn absurd_filters_are_refused() {
    let deep = 100_000;
    for filter in [
        "(".repeat(deep),
        "!".repeat(deep),
        "{".repeat(deep),
        "-".repeat(deep),
        "tcp[0]".to_owned() + &"[0]".repeat(deep),
        "len(".repeat(deep),
        "tcp && ".repeat(1 << 20),
        "frame.len == 1".to_owned() + &"+1".repeat(deep),
        "frame matches \"(a{1000}){1000}\"".to_owned(),
    ] {
        assert!(
            filter.parse::<Filter>().is_err(),
            "{}",
            filter.get(..20).unwrap()
        );
    }
}

/// A request: Ethernet, IP, TCP, HTTP.
const WEB: &[u8] = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0\x45\0\0\x4d\0\x01\x40\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02\
    \xc0\0\0\x50\0\0\0\x01\0\0\0\x01\x50\x18\x20\0\0\0\0\0GET /a HTTP/1.1\r\nHost: example.org\r\n\r\n";

/// A filter that is accepted takes no long time either.
#[test]
fn sums_of_many_fields_end() {
    let ports = "tcp.port + ".repeat(60) + "tcp.port == 1";
    let set = format!("tcp.port in {{{}}}", "1, ".repeat(15_000) + "2");
    let calls = "abs(".repeat(40) + "tcp.len" + &")".repeat(40) + " > 1";
    for filter in [
        calls,
        ports,
        set,
        "all frame.len < tcp.port".to_owned() + &" < tcp.port".repeat(2000),
    ] {
        let packet = Packet::new(LinkType(1), WEB, WEB.len() as u32);
        assert_eq!(crate::harness::filter(&filter, packet), Ok(()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever is typed is a filter or an error within the text.
    #[test]
    fn nothing_that_is_typed_panics(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "tcp", "tcp.port", "ip.src", "http.host", "frame", "==", "!=", "===", "in", "{", "}", "(", ")", "[0:2]", "[-1]", "80", "10.0.0.1/8",
            "\"a\"", "'b'", "contains", "matches", "and", "or", "not", "xor", "any", "all", "&", "+", "-", "*", "/", "%", "#2", "@", "$", "${", "len(",
            "max(", ",", "..", "::1", "00:11", "-5", "0x1f", "frame.time", "\"2020-01-01\"", "한글", "\\", "\"", ".",
        ]), 0..12),
        joined in any::<bool>(),
        packet in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let text = words.join(if joined { "" } else { " " });
        // A segment of HTTP, as far as it is not overwritten.
        let mut bytes = WEB.to_vec();
        let from = bytes.len().saturating_sub(packet.len());
        bytes.truncate(from);
        bytes.extend(packet);
        for bytes in [WEB, &bytes] {
            let packet = Packet::new(LinkType(1), bytes, bytes.len() as u32);
            prop_assert_eq!(crate::harness::filter(&text, packet), Ok(()));
        }
    }
}
