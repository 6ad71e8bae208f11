//! What one segment's records tell of the connection.

use crate::Layer;

/// TLS 1.3.
pub const TLS13: u16 = 0x0304;

/// What is known so far, and what the packet list will say.
pub struct Session {
    /// The version that both agreed upon, or the client's wish.
    version: Option<u16>,
    /// What the first record says.
    record_version: Option<u16>,
    /// The cipher suite that the server chose.
    pub cipher: Option<u16>,
    /// What is carried inside.
    pub application: Option<&'static str>,
    words: Vec<String>,
    /// What the open record's title will say.
    title: Vec<String>,
}

impl Session {
    pub fn new(tls: &Layer) -> Self {
        let application = match tls.facts.flows().last() {
            Some(flow) => inside(flow.source_port).or_else(|| inside(flow.destination_port)),
            None => None,
        };
        Session {
            version: None,
            record_version: None,
            cipher: None,
            application,
            words: Vec::new(),
            title: Vec::new(),
        }
    }

    /// Hears of a record's version, which says little: it is frozen since TLS 1.3.
    pub fn saw_record(&mut self, version: u16) {
        self.record_version.get_or_insert(version);
    }

    /// Hears the version that a hello settles.
    pub fn agree(&mut self, version: u16) {
        self.version = Some(version);
    }

    /// The version, as far as it is known.
    pub fn version(&self) -> u16 {
        self.version.or(self.record_version).unwrap_or(0)
    }

    /// Whether this is TLS 1.3 or one of its drafts.
    pub fn is_13(&self) -> bool {
        is_13(self.version())
    }

    /// Hears which protocol the server chose.
    pub fn choose(&mut self, protocol: &[u8]) {
        self.application = match protocol {
            b"h2" => Some("HyperText Transfer Protocol 2"),
            b"http/1.1" | b"http/1.0" | b"http/0.9" => Some("Hypertext Transfer Protocol"),
            b"dot" => Some("Domain Name System"),
            b"imap" => Some("Internet Message Access Protocol"),
            b"pop3" => Some("Post Office Protocol"),
            protocol if protocol.starts_with(b"spdy/") => Some("SPDY"),
            b"ftp" => Some("File Transfer Protocol (FTP)"),
            _ => return,
        };
    }

    /// Adds a word to the packet list's line and to the record's title.
    pub fn say(&mut self, word: impl Into<String>) {
        let word = word.into();
        self.title.push(word.clone());
        self.words.push(word);
    }

    /// What the open record holds.
    pub fn take_title(&mut self) -> String {
        std::mem::take(&mut self.title).join(", ")
    }

    /// The packet list's line.
    pub fn info(&self) -> String {
        self.words.join(", ")
    }

    /// What the packet list's protocol column says.
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

/// TLS 1.3 and its drafts, whose numbers are 0x7f and the draft's.
pub fn is_13(version: u16) -> bool {
    matches!(version, TLS13 | 0x7f0e..=0x7f1c | 0xfb17 | 0xfb1a)
}

/// What a port's connections carry inside.
fn inside(port: u16) -> Option<&'static str> {
    Some(match port {
        443 => "Hypertext Transfer Protocol",
        465 => "Simple Mail Transfer Protocol",
        636 => "Lightweight Directory Access Protocol",
        853 => "Domain Name System",
        993 => "Internet Message Access Protocol",
        995 => "Post Office Protocol",
        5061 => "Session Initiation Protocol",
        5671 => "Advanced Message Queuing Protocol",
        8883 => "MQ Telemetry Transport Protocol",
        _ => return None,
    })
}
