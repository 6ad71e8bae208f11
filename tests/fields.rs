//! The fields that protocols declare, compared with what is shown of every sample, and with tshark: their names, their
//! types, and the names of their values. Without tshark the comparison is skipped with a message, which is a failure
//! under WIRETALK_TEST_ALL=1.

use dissectors::{Base, FieldDef, FieldType, Values, field_defs, invariants};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    process::Command,
};
use wiretalk::{capture::Reader, report, track::DecodeAs, view::Viewer};

/// Checks every row of every packet, in its conversation.
#[test]
fn what_is_shown_is_declared() {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir("samples").unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if !matches!(ending, Some("pcap" | "pcapng")) {
            continue;
        }
        let store = report::load(Reader::open(&path).unwrap(), DecodeAs::default());
        let mut viewer = Viewer::new(store.clone());
        let contents = store.read();
        for number in 1..=contents.packets.len() as u32 {
            let details = viewer.details(number).unwrap();
            let shown = invariants::check_fields(&details.tree);
            assert_eq!(shown, Ok(()), "{path:?}, packet {number}");
            names.extend(details.tree.fields.iter().map(|field| field.name));
        }
    }
    assert!(names.len() > 400, "{}", names.len());
}

/// Fields that Wireshark has in a newer version than most systems do: its release notes of 4.2, and for RESP3 its
/// packet-resp.c of 2025.
const NEWER: [&str; 21] = [
    "resp.attribute",
    "resp.attribute.length",
    "resp.big_number",
    "resp.boolean",
    "resp.bulk_error",
    "resp.bulk_error.length",
    "resp.bulk_error.value",
    "resp.double",
    "resp.map",
    "resp.map.length",
    "resp.null",
    "resp.push",
    "resp.push.length",
    "resp.set",
    "resp.set.length",
    "resp.verbatim_string",
    "resp.verbatim_string.encoding",
    "resp.verbatim_string.length",
    "resp.verbatim_string.value",
    "tls.handshake.ja4",
    "tls.handshake.ja4_r",
];

/// Fields of another type than in Wireshark, with the reason: most hold more than that type does, which Wireshark shows
/// nevertheless.
const OTHERWISE: [(&str, &str); 11] = [
    (
        "http2.continuation.header",
        "RFC 9113, 6.10: compressed, and so no text",
    ),
    ("frame.time_epoch", "a point in time from 4.2 on"),
    ("icmp.length.original_datagram", "a byte of words, in bytes"),
    (
        "icmpv6.mld.maximum_response_code",
        "RFC 9777, 5.1.3: a mantissa and an exponent",
    ),
    (
        "icmpv6.mld.qqi",
        "RFC 9777, 5.1.9: a mantissa and an exponent",
    ),
    (
        "igmp.max_resp",
        "RFC 9776, 4.1.1: a mantissa and an exponent",
    ),
    (
        "ip.len",
        "0 stands for the length of the frame, which segmentation offload makes longer than 65535",
    ),
    ("ntp.precision", "a byte with a sign from 4.2 on"),
    ("ospf.lls.data_length", "two bytes of words, in bytes"),
    ("ospf.lsa", "RFC 2328, A.3.4: four bytes in a request"),
    ("rip.metric", "RFC 2453, 3.6: four bytes"),
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

/// Returns the lines of one of tshark's glossaries, split into cells.
fn glossary(name: &str) -> Vec<Vec<String>> {
    let output = Command::new("tshark").args(["-G", name]).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

fn type_of(word: &str) -> Option<FieldType> {
    Some(match word {
        "FT_NONE" => FieldType::None,
        "FT_BOOLEAN" => FieldType::Boolean,
        "FT_CHAR" => FieldType::Char,
        "FT_UINT8" => FieldType::Uint8,
        "FT_UINT16" => FieldType::Uint16,
        "FT_UINT24" => FieldType::Uint24,
        "FT_UINT32" => FieldType::Uint32,
        "FT_UINT48" => FieldType::Uint48,
        "FT_UINT64" => FieldType::Uint64,
        "FT_INT8" => FieldType::Int8,
        "FT_INT16" => FieldType::Int16,
        "FT_INT32" => FieldType::Int32,
        "FT_INT64" => FieldType::Int64,
        "FT_FLOAT" => FieldType::Float,
        "FT_DOUBLE" => FieldType::Double,
        "FT_FRAMENUM" => FieldType::FrameNumber,
        "FT_ABSOLUTE_TIME" => FieldType::AbsoluteTime,
        "FT_RELATIVE_TIME" => FieldType::RelativeTime,
        "FT_STRING" | "FT_STRINGZ" | "FT_STRINGZPAD" | "FT_UINT_STRING" => FieldType::String,
        "FT_BYTES" | "FT_UINT_BYTES" => FieldType::Bytes,
        "FT_ETHER" => FieldType::Ether,
        "FT_EUI64" => FieldType::Eui64,
        "FT_IPv4" => FieldType::Ipv4,
        "FT_IPv6" => FieldType::Ipv6,
        "FT_GUID" => FieldType::Guid,
        _ => return None,
    })
}

#[test]
fn names_and_types_are_those_of_tshark() {
    if !tshark_is_here() {
        return;
    }
    let mut protocols = BTreeSet::new();
    let mut fields: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for line in glossary("fields") {
        match line.as_slice() {
            [kind, _, name, ..] if kind == "P" => _ = protocols.insert(name.clone()),
            [kind, _, name, of, _, base, ..] if kind == "F" => {
                let known = fields.entry(name.clone()).or_default();
                known.push((of.clone(), base.clone()));
            }
            _ => {}
        }
    }
    let mut wrong = Vec::new();
    for field in field_defs() {
        let name = field.name;
        let Some(known) = fields.get(name) else {
            // A part of a protocol may be a protocol in Wireshark, which has no further type.
            let part = matches!(field.kind, FieldType::Protocol | FieldType::Bytes);
            if !(NEWER.contains(&name) || part && protocols.contains(name)) {
                wrong.push(format!("{name} is not known"));
            }
            continue;
        };
        let same = known.iter().any(|(of, _)| type_of(of) == Some(field.kind));
        if !same && !OTHERWISE.iter().any(|(known, _)| *known == name) {
            wrong.push(format!("{name} is {:?}, not {known:?}", field.kind));
        }
        let base = known.iter().any(|(of, base)| match base.as_str() {
            "BASE_HEX" | "BASE_HEX_DEC" => of == "FT_CHAR" || field.base != Base::Dec,
            "BASE_DEC" | "BASE_DEC_HEX" => field.base == Base::Dec,
            _ => true,
        });
        if !base {
            wrong.push(format!(
                "{name} is shown as {:?}, not {known:?}",
                field.base
            ));
        }
    }
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
}

/// Fields whose values have other names here, with the reason.
const DIFFERS: [(&str, &[&str]); 9] = [
    (
        "the keywords of IANA, and numbers that are newer than Wireshark's list",
        &[
            "ah.next_header",
            "ip.proto",
            "ipv6.dstopts.nxt",
            "ipv6.fraghdr.nxt",
            "ipv6.hopopts.nxt",
            "ipv6.nxt",
            "ipv6.routing.nxt",
            "quic.supported_version",
            "quic.version",
            "tls.quic.parameter.google.quic_version",
            "tls.quic.parameter.vi.chosen_version",
            "tls.quic.parameter.vi.other_version",
        ],
    ),
    (
        "names that people know where Wireshark has those of a registry",
        &[
            "arp.proto.type",
            "cfp.etype",
            "dhcp.hw.type",
            "eth.type",
            "fr.snaptype",
            "gre.proto",
            "etag.etype",
            "geneve.proto_type",
            "ieee8021ah.etype",
            "igmp.type",
            "llc.type",
            "nflog.protocol",
            "null.type",
            "pwach.channel_type",
            "sll.etype",
            "sll.gretype",
            "vlan.etype",
            "vntag.etype",
        ],
    ),
    (
        "ARPHRD_ of Linux's if_arp.h, which is what stands there",
        &["sll.hatype"],
    ),
    (
        "IEEE 802.1Q-2018, table I-2; Wireshark's are older",
        &["vlan.priority"],
    ),
    (
        "RFC 5340, A.4.2.1: set, it is flooded. Wireshark has the two the other way round",
        &["ospf.v3.lsa.u"],
    ),
    (
        "Q.922, 3.3.7: set, it is for control. Wireshark has the two the other way round",
        &["fr.dc"],
    ),
    (
        "the abbreviation that the standard has, or what it stands for",
        &[
            "dns.cert.algorithm",
            "dns.cert.type",
            "dns.dnskey.algorithm",
            "dns.ds.algorithm",
            "dns.key.algorithm",
            "dns.opt.code",
            "dns.opt.dau",
            "dns.qry.type",
            "dns.resp.type",
            "dns.rrsig.algorithm",
            "dns.rrsig.type_covered",
            "dns.tlsa.matching_type",
            "fr.control.u_modifier_cmd",
            "ipcp.opt.compress_proto",
            "ipv6.opt.type",
            "lcp.opt.auth_protocol",
            "lcp.opt.quality_protocol",
            "lcp.rej_proto",
            "llc.control.s_ftype",
            "llc.control.u_modifier_cmd",
            "llc.control.u_modifier_resp",
            "ppp.protocol",
            "tcp.option_kind",
        ],
    ),
    (
        "a checksum was not looked at: nothing can be said of it",
        &[
            "eth.fcs.status",
            "gre.checksum.status",
            "icmp.checksum.status",
            "icmp.ext.checksum.status",
            "icmpv6.checksum.status",
            "igmp.checksum.status",
            "ip.checksum.status",
            "sctp.checksum.status",
            "tcp.checksum.status",
            "udp.checksum.status",
        ],
    ),
    (
        "the same in other words",
        &[
            "bgp.cap.ap.afi",
            "bgp.cap.ap.safi",
            "bgp.cap.dc",
            "bgp.cap.enh.afi",
            "bgp.cap.enh.nhafi",
            "bgp.cap.gr.afi",
            "bgp.cap.gr.safi",
            "bgp.cap.mp.afi",
            "bgp.cap.mp.safi",
            "bgp.cap.orf.afi",
            "bgp.cap.orf.safi",
            "bgp.cap.type",
            "bgp.ext_com.type.auth",
            "bgp.ext_com.type.tran",
            "bgp.notify.minor_error_cease",
            "bgp.route_refresh.afi",
            "bgp.route_refresh.safi",
            "bgp.route_refresh.subtype",
            "bgp.update.path_attribute.mp_reach_nlri.afi",
            "bgp.update.path_attribute.mp_reach_nlri.safi",
            "bgp.update.path_attribute.mp_unreach_nlri.afi",
            "bgp.update.path_attribute.mp_unreach_nlri.safi",
            "dhcp.client_id.duid_type",
            "dhcp.fqdn.n",
            "dhcp.option.agent_information_option.suboption",
            "dhcp.option.client_system_architecture",
            "dhcp.option.vendor.pxeclient.suboption",
            "dns.flags.authoritative",
            "dns.flags.checkdisable",
            "dns.flags.conflict",
            "dns.flags.truncated",
            "dns.ipseckey.gateway_type",
            "dns.key.flags.authentication",
            "dns.key.flags.confidentiality",
            "dns.key.flags.required",
            "dns.nsec3.flags.opt_out",
            "dns.resp.z.do",
            "fr.ea",
            "fr.nlpid",
            "icmp.int_info.role",
            "icmp.mip.type",
            "icmpv6.ni.qtype",
            "icmpv6.opt.type",
            "icmpv6.type",
            "igmp.s",
            "ip.dsfield.ecn",
            "ip.opt.flag",
            "ip.opt.ra",
            "ip.opt.sec_prot_auth_fti",
            "ipv6.opt.type.action",
            "ipv6.routing.type",
            "ipv6.tclass.ecn",
            "ntp.ctrl.flags2.opcode",
            "ntp.ctrl.sys_status.li",
            "ntp.ext.type",
            "ntp.flags.li",
            "ntp.priv.err",
            "ntp.priv.impl",
            "ntp.stratum",
            "ospf.dbd.ms",
            "ospf.lsa.asext.type",
            "ospf.tlv.adjsid.flags.v",
            "ospf.tlv.pfxsid.flags.l",
            "ospf.tlv.pfxsid.flags.v",
            "ospf.v3.as.external.flags.e",
            "ospf.v3.lsa.s12",
            "sctp.chunk_bit_1",
            "sctp.chunk_bit_2",
            "sctp.parameter_bit_1",
            "sctp.parameter_bit_2",
            "tcp.options.experimental.exid",
            "tcp.options.mptcp.rst_reason",
            "tcp.options.mptcp.subtype",
            "telnet.auth.mod.cred_fwd",
        ],
    ),
];

/// Returns the words of a name in lower case.
fn words(name: &str) -> BTreeSet<String> {
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Whether one name contains everything in the other, in any order and spelling.
fn alike(ours: &str, theirs: &str) -> bool {
    let letters = |name: &str| -> String {
        let letters = name.chars().filter(|letter| letter.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let (ours_short, theirs_short) = (letters(ours), letters(theirs));
    let (ours, theirs) = (words(ours), words(theirs));
    ours.is_subset(&theirs)
        || theirs.is_subset(&ours)
        || ours_short.contains(&theirs_short)
        || theirs_short.contains(&ours_short)
}

/// Wireshark's names of a field's values.
#[derive(Default)]
struct Known {
    /// From one number to another.
    numbers: Vec<(u64, u64, String)>,
    /// Set, and not set.
    flags: Vec<(String, String)>,
}

fn known_values() -> HashMap<String, Known> {
    let number = |text: &String| match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    let mut fields: HashMap<String, Known> = HashMap::new();
    for line in glossary("values") {
        let [kind, field, rest @ ..] = line.as_slice() else {
            continue;
        };
        let known = fields.entry(field.clone()).or_default();
        match (kind.as_str(), rest) {
            ("T", [set, not_set, ..]) => known.flags.push((set.clone(), not_set.clone())),
            ("V" | "V64", [at, name, ..]) => {
                let at = number(at).map(|at| (at, at, name.clone()));
                known.numbers.extend(at);
            }
            ("R", [first, last, name, ..]) => {
                let range = number(first).zip(number(last));
                let range = range.map(|(first, last)| (first, last, name.clone()));
                known.numbers.extend(range);
            }
            _ => {}
        }
    }
    fields
}

/// Returns the values of a field that have another name here.
fn differing(field: &FieldDef, known: &Known) -> Vec<String> {
    match field.values {
        Values::None => Vec::new(),
        Values::Flag(set, not_set) => {
            // These carry no more information than the label.
            let plain = [
                ("Set", "Not set"),
                ("True", "False"),
                ("Yes", "No"),
                ("yes", "no"),
            ];
            let same = known
                .flags
                .iter()
                .any(|(yes, no)| alike(set, yes) && alike(not_set, no));
            match same || known.flags.is_empty() || plain.contains(&(set, not_set)) {
                true => Vec::new(),
                false => vec![format!("{set:?} and {not_set:?}, not {:?}", known.flags)],
            }
        }
        Values::Names(tables) => {
            let named = tables.iter().flat_map(|table| table.iter());
            let numbers = named.filter(|name| name.first == name.last);
            let numbers: BTreeSet<u64> = numbers.map(|name| name.first).collect();
            let differing = numbers.iter().filter_map(|number| {
                let range = known.numbers.iter();
                let theirs = range.filter(|(first, last, _)| (first..=last).contains(&number));
                let theirs: Vec<_> = theirs.map(|(.., name)| name).collect();
                let ours: Vec<_> = field.names_of(*number).collect();
                let same = ours
                    .iter()
                    .any(|ours| theirs.iter().any(|theirs| alike(ours, theirs)));
                (!same && !theirs.is_empty()).then(|| format!("{number}: {ours:?}, not {theirs:?}"))
            });
            differing.collect()
        }
    }
}

#[test]
fn values_are_called_as_by_tshark() {
    if !tshark_is_here() {
        return;
    }
    let known = known_values();
    let excused: BTreeSet<_> = DIFFERS.iter().flat_map(|(_, fields)| *fields).collect();
    let (mut wrong, mut compared) = (BTreeMap::new(), 0);
    for field in field_defs() {
        let Some(known) = known.get(field.name) else {
            continue;
        };
        compared += 1;
        let differing = differing(field, known);
        if !differing.is_empty() && !excused.contains(&field.name) {
            wrong.insert(field.name, differing);
        }
    }
    assert!(compared > 400, "{compared}");
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
}
