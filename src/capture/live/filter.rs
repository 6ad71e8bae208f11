//! Capture filters in libpcap's language: checked before anything is opened, with the position of the error.

use super::FilterError;
use pcap::{Capture, Dead, Linktype};
use std::{net::Ipv4Addr, ops::Range};

/// libpcap's message for a filter that it cannot parse; it does not contain the position.
const SYNTAX: &str = "syntax error";

/// Endings that complete the beginning of a valid filter. A beginning that none of these completes is wrong in its last
/// word.
const ENDINGS: [&str; 12] = [
    "",
    " 80",
    " ip",
    " 1.2.3.4",
    " host 1.2.3.4",
    " port 80",
    " 00:00:00:00:00:00",
    " = 0",
    " 0 = 0",
    "] = 0",
    " 0] = 0",
    " 80-90",
];

/// A longer filter is not searched for its error: each attempt compiles its beginning anew.
const MAX_SEARCHED: usize = 4096;

/// Checks a filter without an interface. Conditions on the interface (Ethernet addresses, a direction) are checked when
/// it is opened.
///
/// # Errors
///
/// The error and its position.
pub fn check(filter: &str) -> Result<(), FilterError> {
    let Ok(dead) = Capture::dead(Linktype::ETHERNET) else {
        return Ok(());
    };
    match reason(&dead, filter) {
        None => Ok(()),
        // For example `inbound`, which only a live capture has.
        Some(reason) if reason.contains("support") || reason.contains("live") => Ok(()),
        Some(reason) => Err(explain(&dead, filter, reason)),
    }
}

/// Returns the error of a filter that libpcap has refused on an interface, for this reason.
pub(super) fn refused(filter: &str, reason: String) -> FilterError {
    match Capture::dead(Linktype::ETHERNET) {
        Ok(dead) => explain(&dead, filter, reason),
        Err(_) => FilterError {
            filter: filter.to_owned(),
            place: None,
            reason,
        },
    }
}

/// Replaces `ip broadcast` by its meaning according to pcap-filter(7). It depends on the netmask of the interface,
/// which the crate does not pass to libpcap.
pub(super) fn with_netmask(filter: &str, netmask: Ipv4Addr) -> String {
    let host = !netmask.to_bits();
    let mut whole = String::new();
    let mut done = 0;
    let mut before: Option<Range<usize>> = None;
    for word in words(filter) {
        let is = |place: &Range<usize>, text: &str| filter.get(place.clone()) == Some(text);
        if let Some(ip) = before.take_if(|ip| is(ip, "ip") && is(&word, "broadcast")) {
            whole += filter.get(done..ip.start).unwrap_or_default();
            whole += &format!("(ip[16:4] & {host:#x} = 0 or ip[16:4] & {host:#x} = {host:#x})");
            done = word.end;
        }
        before = Some(word);
    }
    whole + filter.get(done..).unwrap_or_default()
}

/// Returns why a filter cannot be compiled.
fn reason(dead: &Capture<Dead>, filter: &str) -> Option<String> {
    let error = dead.compile(filter, false).err()?;
    let text = match error {
        pcap::Error::PcapError(text) => text,
        error => error.to_string(),
    };
    let text = text.trim_start_matches("can't parse filter expression: ");
    Some(text.to_owned())
}

fn explain(dead: &Capture<Dead>, filter: &str, reason: String) -> FilterError {
    let place = if reason.contains(SYNTAX) {
        (filter.len() <= MAX_SEARCHED).then(|| wrong_word(dead, filter))
    } else {
        // libpcap's message contains the word, in some cases in quotes.
        let named = |said: &[&str]| {
            // `port 99999`: the value follows its kind.
            let words = words(filter);
            words
                .filter(|word| said.contains(&filter.get(word.clone()).unwrap_or_default()))
                .last()
        };
        let quoted: Vec<&str> = reason.split(['\'', '"']).skip(1).step_by(2).collect();
        let said: Vec<&str> = reason.split([' ', '\'', '"', ',']).collect();
        named(&quoted).or_else(|| named(&said))
    };
    FilterError {
        filter: filter.to_owned(),
        place,
        reason,
    }
}

/// Returns the first word that makes the filter invalid.
fn wrong_word(dead: &Capture<Dead>, filter: &str) -> Range<usize> {
    let mut open = 0_usize;
    for word in words(filter) {
        match filter.get(word.clone()) {
            Some("(") => open += 1,
            Some(")") => open = open.saturating_sub(1),
            _ => {}
        }
        let beginning = filter.get(..word.end).unwrap_or_default();
        let closing = ")".repeat(open);
        let may_go_on = ENDINGS.iter().any(|ending| {
            let whole = format!("{beginning}{ending}{closing}");
            reason(dead, &whole).is_none_or(|reason| !reason.contains(SYNTAX))
        });
        if !may_go_on {
            return word;
        }
    }
    filter.len()..filter.len()
}

/// Returns the words of a filter; each operator and each bracket is a separate word.
fn words(filter: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = filter.get(at..)?;
        at += rest.len() - rest.trim_start().len();
        let rest = filter.get(at..)?;
        let first = rest.chars().next()?;
        let in_word = |c: char| c.is_alphanumeric() || "._:/-\\".contains(c);
        let length = match in_word(first) {
            true => rest.find(|c| !in_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let from = at;
        at += length;
        Some(from..at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(filter: &str) -> String {
        let error = check(filter).unwrap_err();
        let place = error.place.unwrap();
        filter[place].to_owned()
    }

    #[test]
    fn right_filters_pass() {
        for filter in [
            "",
            "tcp port 80",
            "not (host 10.0.0.1 and udp)",
            "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
            "inbound",
            "vlan 5 and ip6",
        ] {
            assert_eq!(check(filter), Ok(()), "{filter}");
        }
    }

    #[test]
    fn the_wrong_word_is_found() {
        assert_eq!(wrong("tcp prot 80"), "prot");
        assert_eq!(wrong("port 80 adn port 90"), "adn");
        assert_eq!(wrong("port 80)"), ")");
        assert_eq!(wrong("foo"), "foo");
        assert_eq!(wrong("tcp port 80 or udp prt 53"), "prt");
        assert_eq!(wrong("(tcp prt 53)"), "prt");
        assert_eq!(wrong("tcp and port htttp"), "htttp");
        assert_eq!(wrong("port 99999"), "99999");
        assert_eq!(wrong("vlan 5000"), "5000");
        assert_eq!(wrong("len > abc"), "abc");
    }

    #[test]
    fn what_is_missing_is_missing_at_the_end() {
        for filter in ["port 80 and", "host", "(port 80", "tcp[13", "tcp[13] &"] {
            let place = check(filter).unwrap_err().place;
            assert_eq!(place, Some(filter.len()..filter.len()), "{filter}");
        }
    }

    #[test]
    fn a_broadcast_is_that_of_the_interface() {
        let netmask = Ipv4Addr::new(255, 255, 255, 0);
        let known = |filter| with_netmask(filter, netmask);
        for filter in [
            "tcp port 80",
            "ether broadcast",
            "broadcast",
            "ip",
            "ip6 or broadcast",
        ] {
            assert_eq!(known(filter), filter);
        }
        let dead = Capture::dead(Linktype::ETHERNET).unwrap();
        let passes = |filter: &str, to: [u8; 4]| {
            let program = dead.compile(filter, true).unwrap();
            let mut packet = [0; 34];
            packet[12..15].copy_from_slice(&[8, 0, 0x45]);
            packet[30..].copy_from_slice(&to);
            program.filter(&packet)
        };
        let filter = known("udp or ( ip broadcast and not port 68 )");
        assert!(passes(&filter, [10, 0, 0, 255]) && passes(&filter, [255; 4]));
        assert!(!passes(&filter, [10, 0, 0, 1]));
        let filter = known("not ip broadcast");
        assert!(!passes(&filter, [10, 0, 0, 255]) && passes(&filter, [10, 0, 0, 1]));
    }

    #[test]
    fn it_is_marked() {
        let error = check("tcp prot 80").unwrap_err();
        let marked =
            "the capture filter is wrong at \"prot\": syntax error\n  tcp prot 80\n      ^^^^";
        assert_eq!(error.to_string(), marked);
        let error = check("port 80 and").unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("\n  port 80 and\n             ^")
        );
    }
}
