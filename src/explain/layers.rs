//! The sentences about the layers below and above TCP, from the fields of a packet.

use super::{rows::LayerRows, segment::Sentences};
use crate::{
    format::{grouped, printable, size},
    lang::{Count, TextId, text},
};
use dissectors::{Field, Value};

/// Returns the sentences about a link.
pub fn link(layer: &LayerRows) -> Sentences {
    match layer.info.name {
        "eth" => ethernet(layer),
        "vlan" => vlan(layer, "vlan.id"),
        "ieee8021ad" => vlan(layer, "ieee8021ad.id"),
        name => purpose(name).into_iter().collect(),
    }
}

fn ethernet(eth: &LayerRows) -> Sentences {
    let (Some(source), Some(destination)) = (mac(eth, "eth.src"), mac(eth, "eth.dst")) else {
        return Vec::new();
    };
    let from = source.to_string();
    let to = destination.to_string();
    let sentence = match destination {
        Value::Mac([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) => {
            text!("explain-eth-broadcast", from, to)
        }
        Value::Mac([first, ..]) if first & 1 != 0 => text!("explain-eth-multicast", from, to),
        _ => text!("explain-eth", from, to),
    };
    vec![sentence]
}

fn mac<'a>(layer: &LayerRows<'a>, name: &str) -> Option<&'a Value> {
    Some(&layer.find(name)?.value).filter(|value| matches!(value, Value::Mac(_)))
}

fn vlan(layer: &LayerRows, name: &str) -> Sentences {
    let id = layer.number(name);
    id.map(|id| text!("explain-vlan", id)).into_iter().collect()
}

/// Returns the sentences about ARP: RFC 826, and RFC 5227.
pub fn arp(arp: &LayerRows) -> Sentences {
    let names = [
        "arp.src.proto_ipv4",
        "arp.src.hw_mac",
        "arp.dst.proto_ipv4",
        "arp.dst.hw_mac",
    ];
    let [Some(address), Some(mac), Some(target), asker] = names.map(|name| arp.shown(name)) else {
        return Vec::new();
    };
    let asker = asker.unwrap_or_default();
    vec![match arp.number("arp.opcode") {
        _ if address == target => text!("explain-arp-announcement", address, mac),
        Some(1) if address == "0.0.0.0" => text!("explain-arp-probe", target, mac),
        Some(1) => text!("explain-arp-request", address, mac, target),
        Some(2) => text!("explain-arp-reply", address, mac, target, asker),
        _ => return Vec::new(),
    }]
}

/// The fields of an IP header.
struct IpFields {
    source: &'static str,
    destination: &'static str,
    hops: &'static str,
    ecn: &'static str,
    dscp: &'static str,
}

const IPV4: IpFields = IpFields {
    source: "ip.src",
    destination: "ip.dst",
    hops: "ip.ttl",
    ecn: "ip.dsfield.ecn",
    dscp: "ip.dsfield.dscp",
};

const IPV6: IpFields = IpFields {
    source: "ipv6.src",
    destination: "ipv6.dst",
    hops: "ipv6.hlim",
    ecn: "ipv6.tclass.ecn",
    dscp: "ipv6.tclass.dscp",
};

/// Returns the sentences about IP: RFC 791 and RFC 8200.
pub fn ip(layer: &LayerRows) -> Sentences {
    let is_v6 = layer.info.name == "ipv6";
    let names = if is_v6 { &IPV6 } else { &IPV4 };
    let mut sentences = Vec::new();
    let ends = [names.source, names.destination].map(|name| layer.shown(name));
    if let [Some(from), Some(to)] = ends {
        sentences.push(match layer.find(names.destination).map(|row| &row.value) {
            Some(Value::Ipv4(address)) if address.is_broadcast() => {
                text!("explain-ip-broadcast", from, to)
            }
            Some(Value::Ipv4(address)) if address.is_multicast() => {
                text!("explain-ip-multicast", from, to)
            }
            Some(Value::Ipv6(address)) if address.is_multicast() => {
                text!("explain-ip-multicast", from, to)
            }
            _ => text!("explain-ip", from, to),
        });
    }
    sentences.extend(layer.number(names.hops).map(|hops| hops_left(hops, is_v6)));
    if !is_v6 {
        sentences.extend(fragment(layer));
    }
    sentences.extend(match layer.number(names.ecn) {
        Some(1 | 2) => {
            let mark = if layer.number(names.ecn) == Some(1) {
                "ECT(1)"
            } else {
                "ECT(0)"
            };
            Some(text!("explain-ect", mark))
        }
        Some(3) => Some(text!("explain-ip-ce").to_owned()),
        _ => None,
    });
    if layer
        .number(names.dscp)
        .is_some_and(|codepoint| codepoint > 0)
        && let Some(class) = layer.shown(names.dscp)
    {
        sentences.push(text!("explain-dscp", class));
    }
    sentences
}

/// Returns the sentences about a header with options of IPv6: RFC 8200, sections 4.2, 4.3 and 4.6.
pub fn ipv6_options(header: &LayerRows) -> Sentences {
    let reader = match header.info.name {
        "ipv6.hopopts" => text!("explain-hop-by-hop"),
        _ => text!("explain-destination-options"),
    };
    let mut sentences = vec![reader.to_owned()];
    let is_option = |row: &Field| row.name == "ipv6.opt";
    let mut rest = header.rows;
    while let Some(at) = rest.iter().position(is_option) {
        let rows = rest.get(at + 1..).unwrap_or_default();
        let end = rows.iter().position(is_option).unwrap_or(rows.len());
        let (option, behind) = rows.split_at(end);
        rest = behind;
        let option = LayerRows {
            rows: option,
            ..*header
        };
        sentences.extend(ipv6_option(&option));
        // Any number of them may follow.
        if sentences.len() > MAX_OPTIONS {
            break;
        }
    }
    // Much padding needs to be explained once.
    sentences.dedup();
    sentences
}

/// Options that are explained, at most.
const MAX_OPTIONS: usize = 16;

/// Explains an option of IPv6 by its rows.
fn ipv6_option(option: &LayerRows) -> Option<String> {
    let kind = option.find("ipv6.opt.type").and_then(super::rows::number);
    match kind? {
        0x00 => Some(text!("explain-ipv6-pad", size = size(1))),
        // Its type and its length are part of it.
        0x01 => {
            let length = option.number("ipv6.opt.length")?.saturating_add(2);
            Some(text!("explain-ipv6-pad", size = size(length)))
        }
        // RFC 2473, section 4.1.1.
        0x04 => Some(match option.number("ipv6.opt.tel")? {
            0 => text!("explain-ipv6-no-tunnel").to_owned(),
            limit => text!("explain-ipv6-tunnels", limit = Count(limit)),
        }),
        // RFC 2711, section 2.1.
        0x05 => Some(match option.number("ipv6.opt.router_alert")? {
            0 => text!("explain-ipv6-alert-mld").to_owned(),
            1 => text!("explain-ipv6-alert-rsvp").to_owned(),
            value => text!("explain-ipv6-alert", value),
        }),
        // RFC 2675, section 2.
        0xc2 => {
            let length = option.number("ipv6.opt.jumbo")?;
            Some(text!("explain-ipv6-jumbo", size = size(length)))
        }
        // RFC 6275, section 6.3.
        0xc9 => {
            let address = option.shown("ipv6.opt.mipv6.home_address")?;
            Some(text!("explain-ipv6-home", address))
        }
        kind => {
            let kind = format!("{kind:02x}");
            // RFC 8200, section 4.2.
            Some(match option.number("ipv6.opt.type.action")? {
                0 => text!("explain-ipv6-skipped", kind),
                1 => text!("explain-ipv6-dropped", kind),
                _ => text!("explain-ipv6-reported", kind),
            })
        }
    }
}

/// The numbers of hops that systems begin with: 64 is IANA's default, 128 that of Windows.
const FIRST_HOPS: [u64; 3] = [64, 128, 255];

/// Hardly any path has more routers.
const MOST_ROUTERS: u64 = 32;

/// Says how many routers passed a packet on, as far as the rest of its hops shows it.
fn hops_left(hops: u64, is_v6: bool) -> String {
    let name = if is_v6 { text!("hop-limit") } else { "TTL" };
    let first = FIRST_HOPS.into_iter().find(|first| hops <= *first);
    let first = first.unwrap_or(hops);
    match first - hops {
        0 => text!("explain-hops-fresh", name, hops),
        routers if routers <= MOST_ROUTERS => {
            let routers = Count(routers);
            text!("explain-hops", name, hops, first, routers)
        }
        _ => text!("explain-hops-few", name, hops),
    }
}

/// RFC 791, section 3.2.
fn fragment(ip: &LayerRows) -> Option<String> {
    let offset = 8 * ip.number("ip.frag_offset")?;
    let more = ip.is_set("ip.flags.mf");
    if offset == 0 && !more {
        return ip
            .is_set("ip.flags.df")
            .then(|| text!("explain-do-not-fragment").to_owned());
    }
    let length = ip.number("ip.len")?.checked_sub(ip.number("ip.hdr_len")?)?;
    let last = (offset + length).checked_sub(1)?;
    let mut sentence = match more {
        true => text!("explain-fragment", offset, last),
        false => text!("explain-fragment-last", offset, last),
    };
    if let Some(packet) = ip.number("ip.reassembled_in") {
        sentence.push(' ');
        sentence.push_str(&text!("explain-reassembled-in", packet));
    }
    Some(sentence)
}

/// Returns the sentences about ICMP: RFC 792 and RFC 4443. `quoted` are the layers that it quotes, `info` is its line.
pub fn icmp(
    layer: &LayerRows,
    ip: Option<&LayerRows>,
    quoted: &[LayerRows],
    info: &str,
) -> Sentences {
    let is_v6 = layer.info.name == "icmpv6";
    let name = |v4: &'static str, v6: &'static str| if is_v6 { v6 } else { v4 };
    let kind = layer.number(name("icmp.type", "icmpv6.type"));
    let end = |which: fn(&IpFields) -> &'static str| {
        let ip = ip?;
        let names = if ip.info.name == "ipv6" { &IPV6 } else { &IPV4 };
        ip.shown(which(names))
    };
    let from = end(|names| names.source).unwrap_or_default();
    let to = end(|names| names.destination).unwrap_or_default();
    let (request, reply) = match is_v6 {
        true => (128, 129),
        false => (8, 0),
    };
    let target = |name| layer.shown(name);
    if kind == Some(request) || kind == Some(reply) {
        return echo(layer, is_v6, kind == Some(request), [from, to]);
    }
    let mut sentences = Vec::new();
    if let Some(target) = target("icmpv6.nd.ns.target_address") {
        sentences.push(match from.as_str() {
            "::" => text!("explain-neighbor-probe", target),
            _ => text!("explain-neighbor-solicitation", from, target),
        });
    } else if let Some(target) = target("icmpv6.nd.na.target_address") {
        sentences.push(match target_mac(layer) {
            Some(mac) => text!("explain-neighbor-advertisement", target, mac),
            None => text!("explain-neighbor-advertisement-bare", target),
        });
    } else {
        sentences.extend(purpose(layer.info.name));
        if !info.is_empty() {
            sentences.push(text!("explain-icmp-says", from, info));
        }
    }
    let mtu = layer.number(name("icmp.mtu", "icmpv6.mtu"));
    if let Some(mtu) = mtu.filter(|mtu| *mtu > 0) {
        let mtu = grouped(mtu);
        sentences.push(text!("explain-mtu", mtu));
    }
    let inner = quoted
        .iter()
        .find(|layer| matches!(layer.info.name, "ip" | "ipv6"));
    if let Some(inner) = inner {
        let names = if inner.info.name == "ipv6" {
            &IPV6
        } else {
            &IPV4
        };
        let ends = [names.source, names.destination].map(|name| inner.shown(name));
        if let [Some(source), Some(destination)] = ends {
            sentences.push(text!("explain-icmp-quotes", source, destination));
        }
    }
    sentences
}

fn target_mac(layer: &LayerRows) -> Option<String> {
    layer.shown("icmpv6.opt.linkaddr")
}

fn echo(layer: &LayerRows, is_v6: bool, is_request: bool, [from, to]: [String; 2]) -> Sentences {
    let name = |v4: &'static str, v6: &'static str| if is_v6 { v6 } else { v4 };
    let number = layer.number(name("icmp.seq", "icmpv6.echo.sequence_number"));
    let number = number.unwrap_or_default();
    let mut sentences = vec![match is_request {
        true => text!("explain-echo-request", from, to, number),
        false => text!("explain-echo-reply", from, to, number),
    }];
    let answered = layer.number(name("icmp.resp_in", "icmpv6.resp_in"));
    let asked = layer.number(name("icmp.resp_to", "icmpv6.resp_to"));
    let took = layer.shown(name("icmp.resptime", "icmpv6.resptime"));
    match (answered, asked, took) {
        (Some(packet), ..) => sentences.push(text!("explain-echo-answered", packet)),
        (None, Some(packet), Some(took)) => {
            sentences.push(text!("explain-echo-answers", packet, took));
        }
        _ if is_request => sentences.push(text!("explain-echo-unanswered").to_owned()),
        _ => {}
    }
    sentences
}

/// Returns the sentences about a protocol above the transport layer; `info` is its line, if it is the innermost.
pub fn application(layers: &[LayerRows], info: Option<&str>) -> Sentences {
    let Some(first) = layers.first() else {
        return Vec::new();
    };
    if first.info.name == "data" {
        let size = first.number("data.len").map(size);
        let content = size.map(|size| text!("explain-content", size));
        return content.into_iter().collect();
    }
    let mut sentences: Sentences = purpose(first.info.name).into_iter().collect();
    if first.info.name == "tls" {
        sentences.extend(records(layers));
    }
    match (info, &first.heading.text) {
        (Some(info), _) if !info.is_empty() => sentences.push(text!("explain-says", info)),
        (None, Some(title)) if !title.is_empty() => {
            let info = printable(title);
            sentences.push(text!("explain-says", info));
        }
        _ => {}
    }
    sentences
}

/// Explains the kinds of TLS records: RFC 8446, section 5.1.
fn records(layers: &[LayerRows]) -> Sentences {
    let has = |kind: u64| {
        let names = ["tls.record.content_type", "tls.record.opaque_type"];
        let rows = layers.iter().flat_map(|layer| layer.rows);
        let mut kinds = rows.filter(|row| names.contains(&row.name));
        kinds.any(|row: &Field| super::rows::number(row) == Some(kind))
    };
    let kinds = [
        (22, TextId("explain-tls-handshake")),
        (20, TextId("explain-tls-change-cipher")),
        (21, TextId("explain-tls-alert")),
        (23, TextId("explain-tls-application")),
    ];
    let found = kinds.into_iter().filter(|(kind, _)| has(*kind));
    found.map(|(_, text)| text.text().to_owned()).collect()
}

/// Returns what a protocol is for.
pub fn purpose(name: &str) -> Option<String> {
    let (_, text) = PURPOSES.iter().find(|(known, _)| *known == name)?;
    Some(text.text().to_owned())
}

/// What each protocol is for, by its name in filters.
const PURPOSES: &[(&str, TextId)] = &[
    ("ah", TextId("purpose-ah")),
    ("bgp", TextId("purpose-bgp")),
    ("data-text-lines", TextId("purpose-text")),
    ("dhcp", TextId("purpose-dhcp")),
    ("dns", TextId("purpose-dns")),
    ("dtls", TextId("purpose-dtls")),
    ("esp", TextId("purpose-esp")),
    ("ftp", TextId("purpose-ftp")),
    ("ftp-data", TextId("purpose-ftp-data")),
    ("geneve", TextId("purpose-vxlan")),
    ("gre", TextId("purpose-gre")),
    ("http", TextId("purpose-http")),
    ("http2", TextId("purpose-http2")),
    ("icmp", TextId("purpose-icmp")),
    ("icmpv6", TextId("purpose-icmp")),
    ("igmp", TextId("purpose-igmp")),
    ("imap", TextId("purpose-imap")),
    ("imf", TextId("purpose-imf")),
    ("ipv6.fraghdr", TextId("purpose-fragment")),
    ("l2tp", TextId("purpose-l2tp")),
    ("llc", TextId("purpose-llc")),
    ("llmnr", TextId("purpose-mdns")),
    ("mdns", TextId("purpose-mdns")),
    ("mpls", TextId("purpose-mpls")),
    ("ntp", TextId("purpose-ntp")),
    ("null", TextId("purpose-null")),
    ("ospf", TextId("purpose-ospf")),
    ("pop", TextId("purpose-pop")),
    ("ppp", TextId("purpose-ppp")),
    ("pppoes", TextId("purpose-ppp")),
    ("quic", TextId("purpose-quic")),
    ("radiotap", TextId("purpose-radiotap")),
    ("raw", TextId("purpose-raw")),
    ("resp", TextId("purpose-resp")),
    ("rip", TextId("purpose-rip")),
    ("ripng", TextId("purpose-rip")),
    ("sctp", TextId("purpose-sctp")),
    ("sll", TextId("purpose-sll")),
    ("smtp", TextId("purpose-smtp")),
    ("ssdp", TextId("purpose-ssdp")),
    ("ssh", TextId("purpose-ssh")),
    ("stp", TextId("purpose-stp")),
    ("telnet", TextId("purpose-telnet")),
    ("tls", TextId("purpose-tls")),
    ("vxlan", TextId("purpose-vxlan")),
    ("websocket", TextId("purpose-websocket")),
    ("wlan", TextId("purpose-wlan")),
];
