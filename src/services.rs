//! The usual service of a port: IANA "Service Name and Transport Protocol Port Number Registry".

use crate::{
    lang::text,
    track::{Conversation, Protocol},
};
use dissectors::{ALL, DATA, Dissector, by_name};
use std::borrow::Cow;

/// Returns the protocols that a port's conversations can be set to, by name.
pub fn speakable() -> Vec<&'static str> {
    let all = ALL.iter().filter(|dissector| !dissector.layer.carries());
    let mut names: Vec<_> = all.map(|dissector| dissector.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns the protocol of this name, which a port's conversations can be set to.
///
/// # Errors
///
/// Fails if there is none; the error lists the existing names, the likely ones first.
pub fn spoken(name: &str) -> Result<&'static Dissector, String> {
    let name = name.trim().to_lowercase();
    if let Some(found) = by_name(&name).filter(|found| !found.layer.carries()) {
        return Ok(found);
    }
    let mut names = speakable();
    let alike = |known: &str| {
        let same = known.bytes().zip(name.bytes()).take_while(|(a, b)| a == b);
        std::cmp::Reverse(same.count())
    };
    names.sort_by_key(|known| alike(known));
    let known = names.join(", ");
    Err(text!("decode-as-no-protocol", name, known))
}

/// Returns the application, or else the service of the server's port with a question mark, as it is a guess; empty if
/// there is none, and if the bytes show that it is not this service.
pub fn name(conversation: Conversation) -> Cow<'static, str> {
    match spoken_by(conversation) {
        Some(dissector) => of_dissector(conversation, dissector).into(),
        None => guessed(conversation).map_or("".into(), |service| format!("{service}?").into()),
    }
}

/// Returns the same name without a question mark, for sorting.
pub fn sort_name(conversation: Conversation) -> &'static str {
    match spoken_by(conversation) {
        Some(dissector) => of_dissector(conversation, dissector),
        None => guessed(conversation).unwrap_or_default(),
    }
}

/// Returns the application by its name in filters, or else the same guess in small letters.
pub fn filter_name(conversation: Conversation) -> String {
    match spoken_by(conversation) {
        Some(dissector) => dissector.name.to_owned(),
        None => name(conversation).to_lowercase(),
    }
}

/// The encrypted protocol is more informative than the encrypting one.
fn of_dissector(conversation: Conversation, dissector: &'static Dissector) -> &'static str {
    match dissector.properties().encrypts {
        true => of_ports(conversation, encrypted).unwrap_or(dissector.column),
        false => dissector.column,
    }
}

/// Returns the service of the ports, unless there are bytes that are not of it.
fn guessed(conversation: Conversation) -> Option<&'static str> {
    let service = of_ports(conversation, of_port)?;
    (conversation.is_silent() || !would_be_recognized(service)).then_some(service)
}

/// Whether the first bytes of a service would have shown what they are. A transferred file may be anything.
fn would_be_recognized(service: &str) -> bool {
    let begins = |column: &str| {
        let start = service.get(..column.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(column))
    };
    service != FTP_DATA && ALL.iter().any(|dissector| begins(dissector.column))
}

fn spoken_by(conversation: Conversation) -> Option<&'static Dissector> {
    conversation.application().filter(|found| *found != DATA)
}

/// Returns the service that a port is registered for.
pub fn of_port(protocol: Protocol, port: u16) -> Option<&'static str> {
    encrypted(protocol, port).or_else(|| by_port(protocol, port))
}

/// Returns the service of the server's port, else of the client's.
fn of_ports(
    conversation: Conversation,
    name: impl Fn(Protocol, u16) -> Option<&'static str>,
) -> Option<&'static str> {
    let name = |port| name(conversation.protocol, port);
    name(conversation.server.port).or_else(|| name(conversation.client.port))
}

/// Returns the service of a port that is encrypted from its first byte on.
fn encrypted(protocol: Protocol, port: u16) -> Option<&'static str> {
    Some(match (protocol, port) {
        (Protocol::Tcp, 465) => "SMTPS",
        (Protocol::Tcp, 636) => "LDAPS",
        (Protocol::Tcp, 853) => "DNS/TLS",
        (Protocol::Tcp, 990) => "FTPS",
        (Protocol::Tcp, 993) => "IMAPS",
        (Protocol::Tcp, 995) => "POP3S",
        _ => return None,
    })
}

const FTP_DATA: &str = "FTP data";

fn by_port(protocol: Protocol, port: u16) -> Option<&'static str> {
    Some(match (protocol, port) {
        (Protocol::Tcp, 20) => FTP_DATA,
        (Protocol::Tcp, 21) => "FTP",
        (Protocol::Tcp, 22) => "SSH",
        (Protocol::Tcp, 23) => "Telnet",
        (Protocol::Tcp, 25 | 587) => "SMTP",
        (_, 53) => "DNS",
        (Protocol::Udp, 67 | 68) => "DHCP",
        (Protocol::Udp, 69) => "TFTP",
        (Protocol::Tcp, 80 | 8000 | 8008 | 8080) => "HTTP",
        (_, 88) => "Kerberos",
        (Protocol::Tcp, 110) => "POP3",
        (_, 111) => "RPC",
        (Protocol::Udp, 123) => "NTP",
        (Protocol::Tcp, 135) => "DCE/RPC",
        (Protocol::Udp, 137) => "NBNS",
        (Protocol::Udp, 138) => "NBDS",
        (Protocol::Tcp, 139) => "NBSS",
        (Protocol::Tcp, 143) => "IMAP",
        (Protocol::Udp, 161 | 162) => "SNMP",
        (Protocol::Tcp, 179) => "BGP",
        (_, 389) => "LDAP",
        (Protocol::Tcp, 443 | 8443) => "TLS",
        (Protocol::Udp, 443) => "QUIC",
        (Protocol::Tcp, 445) => "SMB",
        (Protocol::Udp, 500 | 4500) => "IKE",
        (Protocol::Udp, 514) => "Syslog",
        (Protocol::Udp, 520) => "RIP",
        (Protocol::Udp, 521) => "RIPng",
        (Protocol::Udp, 546 | 547) => "DHCPv6",
        (Protocol::Tcp, 873) => "rsync",
        (Protocol::Tcp, 1433) => "MS SQL",
        (Protocol::Tcp, 1521) => "Oracle",
        (_, 1812 | 1813) => "RADIUS",
        (Protocol::Tcp, 1883) => "MQTT",
        (Protocol::Udp, 1900) => "SSDP",
        (_, 2049) => "NFS",
        (Protocol::Tcp, 3128) => "HTTP proxy",
        (Protocol::Tcp, 3306) => "MySQL",
        (_, 3389) => "RDP",
        (_, 3478) => "STUN",
        (Protocol::Udp, 4789) => "VXLAN",
        (_, 5060) => "SIP",
        (Protocol::Udp, 5353) => "mDNS",
        (Protocol::Udp, 5355) => "LLMNR",
        (Protocol::Tcp, 5432) => "PostgreSQL",
        (Protocol::Tcp, 5672) => "AMQP",
        (Protocol::Tcp, 6379) => "Redis",
        (Protocol::Tcp, 6667) => "IRC",
        (Protocol::Tcp, 9092) => "Kafka",
        (Protocol::Tcp, 11211) => "memcached",
        (Protocol::Tcp, 27017) => "MongoDB",
        (Protocol::Udp, 51820) => "WireGuard",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_name_is_answered_with_what_there_is() {
        assert_eq!(spoken(" HTTP ").unwrap().name, "http");
        let words = spoken("htp").unwrap_err();
        assert!(
            words.starts_with("no protocol is called htp; known: http, "),
            "{words}"
        );
        // Protocols that carry others do not run on a port.
        assert!(spoken("tcp").is_err());
    }
}
