//! What is known of the connection while some of its records are read.

use super::known::{Known, Partial};
use crate::Layer;

/// TLS 1.3.
pub const TLS13: u16 = 0x0304;

/// What is known so far, and the texts for the packet list.
pub struct Reading {
    /// The negotiated version.
    version: Option<u16>,
    /// The client's highest offer.
    wish: Option<u16>,
    /// The version of the first record.
    record_version: Option<u16>,
    /// The cipher suite that the server chose.
    pub cipher: Option<u16>,
    /// The protocol inside.
    pub application: Option<&'static str>,
    /// The sender has changed to the negotiated parameters.
    pub changed: bool,
    /// The server resumes an earlier session.
    pub resumed: bool,
    /// The messages come in QUIC, not in records over TCP.
    pub in_quic: bool,
    /// The handshake message that is not complete yet.
    pub partial: Option<Partial>,
    /// The packets that complete the messages which span records, from that one or the next on.
    pub completed: std::vec::IntoIter<Option<u64>>,
    words: Vec<String>,
    /// The parts of the open record's title.
    title: Vec<String>,
}

impl Reading {
    pub fn new(tls: &Layer, known: Option<&Known>) -> Self {
        let by_port = || {
            let flow = tls.facts.flows().last()?;
            inside(flow.source_port).or_else(|| inside(flow.destination_port))
        };
        let known = match known {
            Some(known) => known.clone(),
            None => Known {
                application: by_port(),
                ..Known::default()
            },
        };
        Reading {
            version: known.version,
            wish: None,
            record_version: None,
            cipher: known.cipher,
            application: known.application,
            changed: known.changed,
            resumed: known.resumed,
            in_quic: false,
            partial: known.partial,
            completed: known.completed.into_iter(),
            words: Vec::new(),
            title: Vec::new(),
        }
    }

    /// Begins to read a message that comes in QUIC.
    pub fn of_quic(tls: &Layer) -> Self {
        Reading {
            in_quic: true,
            ..Reading::new(tls, None)
        }
    }

    /// Notes a record's version, which has little meaning: it is frozen since TLS 1.3.
    pub fn saw_record(&mut self, version: u16) {
        self.record_version.get_or_insert(version);
    }

    /// Notes the version that a client requests.
    pub fn wish(&mut self, version: u16) {
        self.wish = Some(version);
    }

    /// Notes the version that a server's hello selects.
    pub fn agree(&mut self, version: u16) {
        self.version = Some(version);
    }

    /// Returns the version, as far as it is known.
    pub fn version(&self) -> u16 {
        let version = self.version.or(self.wish);
        version.or(self.record_version).unwrap_or(0)
    }

    /// Returns whether this is TLS 1.3 or one of its drafts.
    pub fn is_13(&self) -> bool {
        is_13(self.version())
    }

    /// Notes the protocol that the server chose.
    pub fn choose(&mut self, protocol: &[u8]) {
        self.application = chosen(protocol).or(self.application);
    }

    /// Returns whether handshake messages are encrypted. In TLS 1.3 those are sent as application data.
    pub fn is_encrypted(&self) -> bool {
        self.changed && !self.is_13()
    }

    /// Adds a word to the packet list's line and to the record's title.
    pub fn say(&mut self, word: impl Into<String>) {
        let word = word.into();
        self.title.push(word.clone());
        self.words.push(word);
    }

    /// Returns the title of the open record.
    pub fn take_title(&mut self) -> String {
        std::mem::take(&mut self.title).join(", ")
    }

    /// Returns the packet list's line.
    pub fn info(&self) -> String {
        self.words.join(", ")
    }

    /// Returns the packet list's protocol column.
    pub fn column(&self) -> &'static str {
        match self.version() {
            0x0002 => "SSLv2",
            0x0300 => "SSLv3",
            0x0301 => "TLSv1",
            0x0302 => "TLSv1.1",
            0x0303 => "TLSv1.2",
            version if is_13(version) => "TLSv1.3",
            _ => "TLS",
        }
    }
}

/// Returns whether a version is TLS 1.3 or one of its drafts, whose numbers are 0x7f and the draft's.
pub fn is_13(version: u16) -> bool {
    matches!(version, TLS13 | 0x7f0e..=0x7f1c | 0xfb17 | 0xfb1a)
}

/// Returns the name of the protocol that a server chose: IANA "TLS ALPN Protocol IDs".
pub fn chosen(protocol: &[u8]) -> Option<&'static str> {
    Some(match protocol {
        b"h2" => "HyperText Transfer Protocol 2",
        b"http/1.1" | b"http/1.0" | b"http/0.9" => "Hypertext Transfer Protocol",
        b"dot" => "Domain Name System",
        b"imap" => "Internet Message Access Protocol",
        b"pop3" => "Post Office Protocol",
        protocol if protocol.starts_with(b"spdy/") => "SPDY",
        b"ftp" => "File Transfer Protocol (FTP)",
        _ => return None,
    })
}

/// Returns the protocol inside the connections of a port, whether they begin encrypted or change to it.
pub fn inside(port: u16) -> Option<&'static str> {
    Some(match port {
        21 => "File Transfer Protocol (FTP)",
        25 | 465 | 587 => "Simple Mail Transfer Protocol",
        110 | 995 => "Post Office Protocol",
        143 | 993 => "Internet Message Access Protocol",
        389 | 636 => "Lightweight Directory Access Protocol",
        443 => "Hypertext Transfer Protocol",
        853 => "Domain Name System",
        3306 => "MySQL Protocol",
        5061 => "Session Initiation Protocol",
        5222 => "XMPP Protocol",
        5432 => "PostgreSQL",
        5671 => "Advanced Message Queuing Protocol",
        8883 => "MQ Telemetry Transport Protocol",
        _ => return None,
    })
}
