//! JA3 and JA3S: what tells clients and servers apart by how they greet, as a line of text and its MD5 hash.

use super::names::is_grease;
use crate::{Layer, Value};
use md5::{Digest, Md5};
use std::fmt::Write;

/// What a hello offers, in its own order.
#[derive(Default)]
pub struct Fingerprint {
    pub version: u16,
    pub suites: Vec<u16>,
    pub extensions: Vec<u16>,
    pub groups: Vec<u16>,
    pub formats: Vec<u16>,
}

impl Fingerprint {
    /// The rows of a client's hello.
    pub fn show_client(&self, tls: &mut Layer) {
        let lists = [&self.suites, &self.extensions, &self.groups, &self.formats];
        let mut text = self.version.to_string();
        for list in lists {
            let _ = write!(text, ",{}", joined(list));
        }
        tls.computed("tls.handshake.ja3_full", "JA3 text", || text.clone());
        tls.computed("tls.handshake.ja3", "JA3", || hash(&text));
    }

    /// The rows of a server's hello.
    pub fn show_server(&self, tls: &mut Layer) {
        let (suites, extensions) = (joined(&self.suites), joined(&self.extensions));
        let text = format!("{},{suites},{extensions}", self.version);
        tls.computed("tls.handshake.ja3s_full", "JA3S text", || text.clone());
        tls.computed("tls.handshake.ja3s", "JA3S", || hash(&text));
    }
}

/// Numbers between dashes, without those that mean nothing on purpose.
fn joined(numbers: &[u16]) -> String {
    let meant = numbers.iter().filter(|&&number| !is_grease(number));
    meant.map(u16::to_string).collect::<Vec<_>>().join("-")
}

/// The MD5 hash of a text in hexadecimal.
pub fn hash(text: &str) -> Value {
    let mut shown = String::with_capacity(32);
    for byte in Md5::digest(text.as_bytes()) {
        let _ = write!(shown, "{byte:02x}");
    }
    Value::Text(shown)
}
