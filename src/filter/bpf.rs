//! The display filter that means the same as a simple capture filter: pcap-filter(7).

use super::Filter;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A longer expression is not simple.
const MAX_WORDS: usize = 40;

/// Protocols that may come before a qualifier, or alone.
const PROTOCOLS: [&str; 6] = ["tcp", "udp", "sctp", "ip", "ip6", "ether"];

/// What comes before a value: `tcp src port`. A value without any has those of the value before.
#[derive(Clone, Copy, Default)]
struct Qualifiers<'a> {
    protocol: Option<&'a str>,
    direction: Option<&'a str>,
    kind: Option<&'a str>,
}

/// Returns the display filter for a capture filter; nothing if it is none, or not a simple one.
pub(super) fn display_filter(text: &str) -> Option<String> {
    let spaced = text.replace("&&", " and ").replace("||", " or ");
    let spaced = spaced.replace('!', " not ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    if words.is_empty() || words.len() > MAX_WORDS {
        return None;
    }
    let mut words = words.into_iter().peekable();
    let mut before = Qualifiers::default();
    let mut made = String::new();
    let mut joined_by = None;
    loop {
        let mut negative = false;
        while words.next_if_eq(&"not").is_some() {
            negative = !negative;
        }
        let mut term = term(&mut words, &mut before)?;
        let is_several = term.contains(" or ");
        if negative {
            term = format!("not ({term})");
        } else if is_several && (words.peek().is_some() || joined_by.is_some()) {
            term = format!("({term})");
        }
        match joined_by {
            None => made = term,
            Some(operator) => made = format!("{made} {operator} {term}"),
        }
        let operator = match words.next() {
            None => break,
            Some(operator @ ("and" | "or")) => operator,
            Some(_) => return None,
        };
        // There, both operators have the same precedence.
        if joined_by.is_some_and(|before| before != operator) {
            made = format!("({made})");
        }
        joined_by = Some(operator);
    }
    Filter::parse(&made).ok()?;
    Some(made)
}

/// Returns the display filter of a term: `tcp port 80`, or a value for the qualifiers of the term before.
fn term<'a>(
    words: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
    before: &mut Qualifiers<'a>,
) -> Option<String> {
    let mut own = Qualifiers {
        protocol: words.next_if(|word| PROTOCOLS.contains(word)),
        ..Qualifiers::default()
    };
    own.direction = words.next_if(|word| ["src", "dst"].contains(word));
    own.kind = words.next_if(|word| ["host", "net", "port", "portrange"].contains(word));
    if own.protocol.is_none() && own.direction.is_none() && own.kind.is_none() {
        match *words.peek()? {
            word @ ("icmp" | "icmp6" | "arp") => {
                words.next();
                let name = if word == "icmp6" { "icmpv6" } else { word };
                return Some(name.to_owned());
            }
            word @ ("less" | "greater" | "vlan") => {
                words.next();
                let number: u32 = words.next()?.parse().ok()?;
                return Some(match word {
                    "less" => format!("frame.len <= {number}"),
                    "greater" => format!("frame.len >= {number}"),
                    _ => format!("vlan.id == {number}"),
                });
            }
            _ => own = *before,
        }
    } else if own.direction.is_none() && own.kind.is_none() {
        let is_last = words
            .peek()
            .is_none_or(|word| matches!(*word, "and" | "or"));
        if is_last {
            let protocol = own.protocol?;
            let name = if protocol == "ip6" { "ipv6" } else { protocol };
            return (protocol != "ether").then(|| name.to_owned());
        }
    }
    *before = own;
    let value = words.next()?;
    match own.kind {
        Some("port" | "portrange") => ports(own, value),
        Some("host" | "net") => host(own, value),
        // The kind of an address alone is host.
        None if own.direction.is_some() || own.protocol.is_some() => host(own, value),
        _ => None,
    }
}

fn ports(of: Qualifiers, value: &str) -> Option<String> {
    let port = |text: &str| text.parse::<u16>().ok();
    let test = match (of.kind, value.split_once('-')) {
        (Some("portrange"), Some((low, high))) => {
            format!(" in {{{}..{}}}", port(low)?, port(high)?)
        }
        (_, None) => format!(" == {}", port(value)?),
        _ => return None,
    };
    let side = match of.direction {
        Some("src") => "srcport",
        Some(_) => "dstport",
        None => "port",
    };
    let protocols: &[&str] = match of.protocol {
        Some("tcp") => &["tcp"],
        Some("udp") => &["udp"],
        Some("sctp") => &["sctp"],
        None => &["tcp", "udp"],
        Some(_) => return None,
    };
    let tests = protocols.iter();
    let tests: Vec<String> = tests.map(|name| format!("{name}.{side}{test}")).collect();
    Some(tests.join(" or "))
}

fn host(of: Qualifiers, value: &str) -> Option<String> {
    let side = match of.direction {
        Some("src") => "src",
        Some(_) => "dst",
        None => "addr",
    };
    let (address, _) = value.split_once('/').unwrap_or((value, ""));
    let is_name = || {
        let mut letters = value.chars();
        letters.all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-'))
    };
    match of.protocol {
        Some("ether") if value.contains(':') => Some(format!("eth.{side} == {value}")),
        Some("ether") => None,
        Some("tcp" | "udp" | "sctp") => None,
        _ if address.parse::<Ipv4Addr>().is_ok() => Some(format!("ip.{side} == {value}")),
        _ if address.parse::<Ipv6Addr>().is_ok() => Some(format!("ipv6.{side} == {value}")),
        _ if of.kind == Some("host") && is_name() => {
            let side = match of.direction {
                Some(side) => format!("{side}_host"),
                None => "host".to_owned(),
            };
            Some(format!("ip.{side} == \"{value}\""))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_capture_filters_have_display_filters() {
        for (capture, display) in [
            ("port 80", "tcp.port == 80 or udp.port == 80"),
            ("tcp port 80", "tcp.port == 80"),
            ("udp dst port 53", "udp.dstport == 53"),
            ("tcp portrange 8000-8100", "tcp.port in {8000..8100}"),
            ("host 10.0.0.1", "ip.addr == 10.0.0.1"),
            ("src host 2001:db8::1", "ipv6.src == 2001:db8::1"),
            ("dst 10.0.0.1", "ip.dst == 10.0.0.1"),
            ("net 10.0.0.0/8", "ip.addr == 10.0.0.0/8"),
            ("host www.example.kr", "ip.host == \"www.example.kr\""),
            (
                "ether host 00:11:22:33:44:55",
                "eth.addr == 00:11:22:33:44:55",
            ),
            ("not tcp port 22", "not (tcp.port == 22)"),
            ("tcp port 80 or 443", "tcp.port == 80 or tcp.port == 443"),
            ("icmp6 or vlan 7", "icmpv6 or vlan.id == 7"),
            (
                "host 10.0.0.1 && port 53",
                "ip.addr == 10.0.0.1 and (tcp.port == 53 or udp.port == 53)",
            ),
            (
                "icmp or arp and greater 100",
                "(icmp or arp) and frame.len >= 100",
            ),
        ] {
            assert_eq!(
                display_filter(capture).as_deref(),
                Some(display),
                "{capture}"
            );
            let error = capture.parse::<Filter>().err();
            let error = error.unwrap_or_else(|| panic!("{capture} is a display filter"));
            assert!(error.reason.contains(display), "{}", error.reason);
        }
    }

    #[test]
    fn others_have_none() {
        for text in [
            "",
            "port",
            "port http",
            "tcp port",
            "tcp.port",
            "ether tcp",
            "tcp[13] & 2 != 0",
            "net ten",
            "portrange 5-",
            "not",
            "port 80 and",
            "80",
        ] {
            assert_eq!(display_filter(text), None, "{text}");
        }
    }
}
