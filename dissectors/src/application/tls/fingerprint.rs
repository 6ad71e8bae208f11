//! Fingerprints of clients and servers by their hellos: JA3 and JA3S, a line of text and its MD5 hash, and JA4, which
//! does not depend on the shuffled order of a client's offers.

use super::{names::is_grease, summary::HelloSummary};
use crate::{Layer, Value};
use md5::{Digest, Md5};
use sha2::Sha256;
use std::fmt::Write;

/// The offers of a hello, in its own order.
#[derive(Default)]
pub struct Fingerprint {
    pub version: u16,
    pub suites: Vec<u16>,
    pub extensions: Vec<u16>,
    pub groups: Vec<u16>,
    pub formats: Vec<u16>,
}

impl Fingerprint {
    /// Shows the rows of a client's hello.
    pub fn show_client(&self, tls: &mut Layer) {
        let lists = [&self.suites, &self.extensions, &self.groups, &self.formats];
        let mut text = self.version.to_string();
        for list in lists {
            let _ = write!(text, ",{}", joined(list));
        }
        tls.computed("tls.handshake.ja3_full", "JA3 text", || text.clone());
        tls.computed("tls.handshake.ja3", "JA3", || hash(&text));
    }

    /// Shows the rows of a server's hello.
    pub fn show_server(&self, tls: &mut Layer) {
        let (suites, extensions) = (joined(&self.suites), joined(&self.extensions));
        let text = format!("{},{suites},{extensions}", self.version);
        tls.computed("tls.handshake.ja3s_full", "JA3S text", || text.clone());
        tls.computed("tls.handshake.ja3s", "JA3S", || hash(&text));
    }
}

impl Fingerprint {
    /// Shows the JA4 of a client's hello: its offers, then hashes of its cipher suites and of its extensions.
    pub fn show_ja4(&self, tls: &mut Layer, summary: &HelloSummary, in_quic: bool) {
        if !tls.shows() {
            return;
        }
        let [head, suites, extensions] = self.ja4(summary, in_quic);
        let raw = format!("{head}_{suites}_{extensions}");
        let hashed = format!("{head}_{}_{}", beginning(&suites), beginning(&extensions));
        tls.computed("tls.handshake.ja4_r", "JA4 text", || raw);
        tls.computed("tls.handshake.ja4", "JA4", || hashed);
    }

    fn ja4(&self, summary: &HelloSummary, in_quic: bool) -> [String; 3] {
        const SERVER_NAME: u16 = 0;
        const PROTOCOLS: u16 = 16;
        /// The counts have two digits.
        const MOST: usize = 99;
        let version = match summary.version {
            0x0304 => "13",
            0x0303 => "12",
            0x0302 => "11",
            0x0301 => "10",
            0x0300 => "s3",
            0x0002 => "s2",
            _ => "00",
        };
        let meant = |numbers: &[u16]| -> Vec<u16> {
            let meant = numbers.iter().copied().filter(|number| !is_grease(*number));
            meant.collect()
        };
        let (mut suites, mut extensions) = (meant(&self.suites), meant(&self.extensions));
        let named = if extensions.contains(&SERVER_NAME) {
            'd'
        } else {
            'i'
        };
        let counts = [suites.len().min(MOST), extensions.len().min(MOST)];
        let [many_suites, many_extensions] = counts;
        let protocol = ends(summary.protocol.unwrap_or_default());
        let transport = if in_quic { 'q' } else { 't' };
        let head =
            format!("{transport}{version}{named}{many_suites:02}{many_extensions:02}{protocol}");
        suites.sort_unstable();
        extensions.retain(|number| !matches!(*number, SERVER_NAME | PROTOCOLS));
        extensions.sort_unstable();
        let list = summary.algorithms.get(2..).unwrap_or_default();
        let (pairs, _) = list.as_chunks::<2>();
        let algorithms: Vec<_> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
        let algorithms = in_hex(&meant(&algorithms));
        let mut extensions = in_hex(&extensions);
        if !algorithms.is_empty() && !extensions.is_empty() {
            extensions = format!("{extensions}_{algorithms}");
        }
        [head, in_hex(&suites), extensions]
    }
}

/// Returns the first and the last letter of a protocol's name, in hexadecimal where they are not letters.
fn ends(name: &[u8]) -> String {
    let (Some(first), Some(last)) = (name.first(), name.last()) else {
        return "00".to_owned();
    };
    match first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        true => [char::from(*first), char::from(*last)].iter().collect(),
        false => format!("{:x}{:x}", first >> 4, last & 15),
    }
}

fn in_hex(numbers: &[u16]) -> String {
    let numbers = numbers.iter().map(|number| format!("{number:04x}"));
    numbers.collect::<Vec<_>>().join(",")
}

/// Returns the first 12 digits of the SHA-256 hash of a list; zeros for an empty one.
fn beginning(list: &str) -> String {
    const BYTES: usize = 6;
    if list.is_empty() {
        return "0".repeat(2 * BYTES);
    }
    let mut shown = String::with_capacity(2 * BYTES);
    for byte in Sha256::digest(list.as_bytes()).iter().take(BYTES) {
        let _ = write!(shown, "{byte:02x}");
    }
    shown
}

/// Joins numbers by dashes, without those that RFC 8701 reserves.
fn joined(numbers: &[u16]) -> String {
    let meant = numbers.iter().filter(|&&number| !is_grease(number));
    meant.map(u16::to_string).collect::<Vec<_>>().join("-")
}

/// Returns the MD5 hash of a text in hexadecimal.
pub fn hash(text: &str) -> Value {
    let mut shown = String::with_capacity(32);
    for byte in Md5::digest(text.as_bytes()) {
        let _ = write!(shown, "{byte:02x}");
    }
    Value::Text(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in JA4's description.
    #[test]
    fn ja4_of_a_browser() {
        let print = Fingerprint {
            version: 0x0303,
            suites: [
                0x5a5a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
                0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
            ]
            .into(),
            extensions: [
                0x1a1a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015,
            ]
            .into(),
            ..Fingerprint::default()
        };
        let summary = HelloSummary {
            version: 0x0304,
            protocol: Some(b"h2"),
            algorithms: &[0, 16, 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8, 6, 6, 1],
            ..HelloSummary::default()
        };
        let [head, suites, extensions] = print.ja4(&summary, false);
        assert_eq!(head, "t13d1516h2");
        assert_eq!(beginning(&suites), "8daaf6152771");
        assert_eq!(beginning(&extensions), "e5627efa2ab1");
        let none = Fingerprint::default().ja4(&HelloSummary::default(), false);
        assert_eq!(none, ["t00i000000", "", ""].map(str::to_owned));
        assert_eq!(beginning(""), "000000000000");
        assert_eq!(ends(b"\xab\xcd"), "ad");
    }
}
