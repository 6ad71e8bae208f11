//! The quotes in ICMP and ICMPv6 errors: the beginning of the packet that caused them.

use crate::{Layer, Next, Quoted, Selector};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Extension headers of a quoted packet, at most; no real packet has more.
const MAX_HEADERS: usize = 8;

/// Notes the flow that an error is about, from the first bytes of the packet that it quotes. `mtu` is that of the error, or 0.
pub fn note(icmp: &mut Layer, kind: u8, code: u8, mtu: u32) {
    if icmp.is_quoted() {
        return;
    }
    let (Some((reporter, _)), Some(inside)) = (icmp.network(), inside(icmp.rest())) else {
        return;
    };
    icmp.facts.quoted = Some(Quoted {
        v6: reporter.is_ipv6(),
        kind,
        code,
        reporter,
        protocol: inside.protocol,
        source: inside.source,
        destination: inside.destination,
        ports: inside.ports,
        has_header: inside.has_header,
        mtu: Some(mtu).filter(|mtu| *mtu > 0),
    });
}

/// Continues in the quoted packet.
pub fn begin(icmp: &mut Layer, ether_type: u16) -> Next {
    icmp.begin_quote();
    Next::Select(Selector::EtherType(ether_type))
}

struct Inside {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    ports: Option<(u16, u16)>,
    has_header: bool,
}

fn inside(packet: &[u8]) -> Option<Inside> {
    match packet.first()? >> 4 {
        4 => inside_ipv4(packet),
        6 => inside_ipv6(packet),
        _ => None,
    }
}

fn inside_ipv4(packet: &[u8]) -> Option<Inside> {
    let header = 4 * usize::from(packet.first()? & 0x0f);
    let address = |at: usize| Some(Ipv4Addr::from(*packet.get(at..)?.first_chunk::<4>()?).into());
    let protocol = *packet.get(9)?;
    let fragment = u16::from_be_bytes(*packet.get(6..)?.first_chunk()?) & 0x1fff;
    let rest = match fragment {
        0 => packet.get(header.max(20)..),
        _ => None,
    };
    Some(Inside {
        source: address(12)?,
        destination: address(16)?,
        protocol,
        ports: ports(protocol, rest),
        has_header: has_header(protocol, rest),
    })
}

fn inside_ipv6(packet: &[u8]) -> Option<Inside> {
    let address = |at: usize| Some(Ipv6Addr::from(*packet.get(at..)?.first_chunk::<16>()?).into());
    let (source, destination) = (address(8)?, address(24)?);
    let mut protocol = *packet.get(6)?;
    let mut rest = packet.get(40..);
    for _ in 0..MAX_HEADERS {
        let Some([next, length, offset, low, ..]) = rest.and_then(|bytes| bytes.first_chunk::<4>())
        else {
            break;
        };
        let size = match protocol {
            0 | 43 | 60 => 8 * (usize::from(*length) + 1),
            44 if u16::from_be_bytes([*offset, *low]) & 0xfff8 != 0 => {
                protocol = *next;
                rest = None;
                break;
            }
            44 => 8,
            51 => 4 * (usize::from(*length) + 2),
            _ => break,
        };
        protocol = *next;
        rest = rest.and_then(|bytes| bytes.get(size..));
    }
    Some(Inside {
        source,
        destination,
        protocol,
        ports: ports(protocol, rest),
        has_header: has_header(protocol, rest),
    })
}

/// Whether the fixed part of a TCP header is there; true of other protocols.
fn has_header(protocol: u8, rest: Option<&[u8]>) -> bool {
    const TCP: u8 = 6;
    const FIXED: usize = 20;
    protocol != TCP || rest.is_some_and(|rest| rest.len() >= FIXED)
}

/// TCP, UDP, DCCP, SCTP and UDP-Lite all begin with the two ports.
fn ports(protocol: u8, header: Option<&[u8]>) -> Option<(u16, u16)> {
    let [a, b, c, d] = header?.first_chunk::<4>()?;
    let has_ports = matches!(protocol, 6 | 17 | 33 | 132 | 136);
    has_ports.then(|| (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::bytes;

    fn protocol_and_ports(hex: &str) -> Option<(u8, Option<(u16, u16)>)> {
        let inside = inside(&bytes(hex))?;
        Some((inside.protocol, inside.ports))
    }

    /// After an option of four bytes.
    #[test]
    fn ports_behind_ipv4_options() {
        let hex = "4600 0024 0000 0000 4011 0000 0a000001 0a000002 94040000 04d2 0035";
        assert_eq!(protocol_and_ports(hex), Some((17, Some((1234, 53)))));
    }

    #[test]
    fn no_ports_in_a_later_fragment() {
        let hex = "4500 0024 0000 0001 4011 0000 0a000001 0a000002 04d2 0035";
        assert_eq!(protocol_and_ports(hex), Some((17, None)));
    }

    #[test]
    fn ports_behind_extension_headers() {
        let hex =
            "6000 0000 0018 0040 20010db8000000000000000000000001 20010db8000000000000000000000002
            2c00 0502 0000 0100  0600 0001 0000 0009  0050 c001";
        assert_eq!(protocol_and_ports(hex), Some((6, Some((80, 49153)))));
    }

    #[test]
    fn cut_before_the_ports() {
        let header = "4500 0024 0000 0000 4006 0000 0a000001 0a000002";
        assert_eq!(protocol_and_ports(header), Some((6, None)));
        let cut = format!("{header} 04d2 00");
        assert_eq!(protocol_and_ports(&cut), Some((6, None)));
        let whole = format!("{header} 04d2 0050");
        assert_eq!(protocol_and_ports(&whole), Some((6, Some((1234, 80)))));
    }

    #[test]
    fn cut_before_the_addresses() {
        assert_eq!(protocol_and_ports("4500 0024 0000 0000 4011"), None);
        assert_eq!(protocol_and_ports("6000 0000 0018 1140 2001"), None);
        assert_eq!(protocol_and_ports(""), None);
    }
}
