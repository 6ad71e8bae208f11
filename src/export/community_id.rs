//! Community ID, version 1: the hash of a flow by which Zeek, Suricata and others name it, so that their logs can be
//! joined with these tables. Its seed is 0, which is the default of these programs.

use crate::track::{Endpoint, Ends};
use sha1::{Digest, Sha1};
use std::net::IpAddr;

/// Returns the Community ID of a conversation.
pub fn community_id(ends: Ends) -> String {
    const SEED: [u8; 2] = [0; 2];
    const PADDING: u8 = 0;
    // The endpoint with the lower address, or with equal ones the lower port, comes first: both directions are one flow.
    let (first, second) = match key(ends.client) <= key(ends.server) {
        true => (ends.client, ends.server),
        false => (ends.server, ends.client),
    };
    let mut hash = Sha1::new();
    hash.update(SEED);
    for end in [first, second] {
        match end.address {
            IpAddr::V4(address) => hash.update(address.octets()),
            IpAddr::V6(address) => hash.update(address.octets()),
        }
    }
    hash.update([ends.protocol as u8, PADDING]);
    hash.update(first.port.to_be_bytes());
    hash.update(second.port.to_be_bytes());
    base64("1:", &hash.finalize())
}

/// Returns what endpoints are ordered by: their addresses as bytes, then their ports.
fn key(end: Endpoint) -> (IpAddr, u16) {
    (end.address, end.port)
}

/// Returns bytes in Base64 with padding (RFC 4648, section 4) after a prefix.
fn base64(prefix: &str, bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(prefix.len() + bytes.len().div_ceil(3) * 4);
    text.push_str(prefix);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            text.push(match at <= group.len() {
                true => char::from(LETTERS[(bits >> shift & 63) as usize]),
                false => '=',
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::Protocol;

    fn id(protocol: Protocol, client: (&str, u16), server: (&str, u16)) -> String {
        let end = |(address, port): (&str, u16)| Endpoint {
            address: address.parse().unwrap(),
            port,
        };
        community_id(Ends {
            protocol,
            client: end(client),
            server: end(server),
        })
    }

    /// The values of TCP and UDP in the specification's own baseline, in both directions.
    #[test]
    fn ids_are_those_of_the_specification() {
        for (protocol, one, other, expected) in [
            (
                Protocol::Tcp,
                ("128.232.110.120", 34855),
                ("66.35.250.204", 80),
                "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
            ),
            (
                Protocol::Udp,
                ("192.168.1.52", 54585),
                ("8.8.8.8", 53),
                "1:d/FP5EW3wiY1vCndhwleRRKHowQ=",
            ),
            (
                Protocol::Tcp,
                ("2001:470:e5bf:dead:4957:2174:e82c:4887", 63943),
                ("2607:f8b0:400c:c03::1a", 25),
                "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
            ),
        ] {
            assert_eq!(id(protocol, one, other), expected);
            assert_eq!(id(protocol, other, one), expected);
        }
        // With one address at both ends the ports decide.
        let local = |from, to| id(Protocol::Tcp, ("127.0.0.1", from), ("127.0.0.1", to));
        assert_eq!(local(80, 50_000), local(50_000, 80));
    }

    /// RFC 4648, section 10.
    #[test]
    fn base64_is_padded() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64("", text.as_bytes()), expected);
        }
    }
}
