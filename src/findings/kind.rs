//! The kinds of findings and their severities.

use crate::lang::TextId;
use std::str::FromStr;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; happens on healthy connections, or limits what can be said.
    Note,
    /// It made something slow or unsafe.
    Warning,
    /// Something failed.
    Error,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Severity; 3] = [Severity::Note, Severity::Warning, Severity::Error];

    /// Returns its name: `note`, `warning`, `error`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    /// Returns a sign for it, so that colour is not its only carrier.
    pub fn sign(self) -> char {
        match self {
            Severity::Note => '·',
            Severity::Warning => '!',
            Severity::Error => '✗',
        }
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Severity::ALL.into_iter().find(|known| known.name() == text);
        found.ok_or_else(|| crate::lang::text!("finding-no-severity", text))
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $words:expr;)*) => {
        /// The kind of a finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// All kinds, in the order in which they are listed.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];

            /// Returns its name for the command line and in JSON: `no-answer`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$kind => $name,)*
                }
            }

            /// Returns its name in words, at most 16 columns: `no answer`.
            pub fn words(self) -> &'static str {
                match self {
                    $(Kind::$kind => $words.text(),)*
                }
            }
        }
    };
}

kinds! {
    /// The SYN was answered with RST.
    Refused = "refused", TextId("finding-refused");
    /// Nothing came back.
    NoAnswer = "no-answer", TextId("finding-no-answer");
    /// A router or the host answered with an ICMP error.
    Unreachable = "unreachable", TextId("finding-unreachable");
    /// The handshake was begun and not completed.
    HandshakeIncomplete = "handshake-incomplete", TextId("finding-handshake-incomplete");
    /// Opening took long, or several SYNs.
    SlowHandshake = "slow-handshake", TextId("finding-slow-handshake");
    /// A RST ended an established connection.
    Reset = "reset", TextId("finding-reset");
    /// What came after a long pause was not answered, or answered with RST.
    IdleTimeout = "idle-timeout", TextId("finding-idle-timeout");
    /// One side never closed it.
    NotClosed = "not-closed", TextId("finding-not-closed");
    /// Segments were lost.
    PacketLoss = "packet-loss", TextId("finding-packet-loss");
    /// A receiver had no room.
    ZeroWindow = "zero-window", TextId("finding-zero-window");
    /// The receiver's window limited the speed.
    WindowLimited = "window-limited", TextId("finding-window-limited");
    /// The server took long to answer.
    SlowServer = "slow-server", TextId("finding-slow-server");
    /// The client paused.
    SlowClient = "slow-client", TextId("finding-slow-client");
    /// Large segments do not get through.
    MtuBlackHole = "mtu-black-hole", TextId("finding-mtu-black-hole");
    /// Large segments did not get through until a router reported the path's MTU.
    PathMtu = "path-mtu", TextId("finding-path-mtu");
    /// Small writes waited for delayed acknowledgments.
    DelayedAck = "delayed-ack", TextId("finding-delayed-ack");
    /// Segments overtook each other.
    Reordering = "reordering", TextId("finding-reordering");
    /// TLS ended with an alert.
    TlsAlert = "tls-alert", TextId("finding-tls-alert");
    /// A log-in was refused.
    LoginFailed = "login-failed", TextId("finding-login-failed");
    /// A mail was refused.
    MailRejected = "mail-rejected", TextId("finding-mail-rejected");
    /// An HTTP request failed.
    HttpError = "http-error", TextId("finding-http-error");
    /// A name was not resolved.
    DnsFailure = "dns-failure", TextId("finding-dns-failure");
    /// Encryption was offered and not used.
    StarttlsUnused = "starttls-unused", TextId("finding-starttls-unused");
    /// Encryption was requested and refused.
    StarttlsRefused = "starttls-refused", TextId("finding-starttls-refused");
    /// A transfer of FTP failed, or its connection was never used.
    FtpDataFailed = "ftp-data-failed", TextId("finding-ftp-data-failed");
    /// A password was readable on the path.
    CredentialsInClear = "credentials-in-clear", TextId("finding-credentials-in-clear");
    /// Many SYNs to one port that never became connections.
    SynFlood = "syn-flood", TextId("finding-syn-flood");
    /// One host tried many ports of another.
    PortScan = "port-scan", TextId("finding-port-scan");
    /// One host tried one port of many others.
    HostScan = "host-scan", TextId("finding-host-scan");
    /// Two MAC addresses claim one IP address.
    ArpConflict = "arp-conflict", TextId("finding-arp-conflict");
    /// Many log-ins failed.
    BruteForce = "brute-force", TextId("finding-brute-force");
    /// A version of TLS that must not be used any more.
    TlsOutdated = "tls-outdated", TextId("finding-tls-outdated");
    /// The capture began after the connection.
    BeganBefore = "began-before", TextId("finding-began-before");
    /// Only one direction was captured.
    OneDirection = "one-direction", TextId("finding-one-direction");
    /// Packets were cut short.
    CutShort = "cut-short", TextId("finding-cut-short");
    /// The capture lacks packets.
    CaptureDrops = "capture-drops", TextId("finding-capture-drops");
    /// Checksums are computed by the network card later.
    ChecksumOffload = "checksum-offload", TextId("finding-checksum-offload");
    /// Frames were captured twice.
    DuplicatedFrames = "duplicated-frames", TextId("finding-duplicated-frames");
    /// Fragments are missing.
    FragmentsMissing = "fragments-missing", TextId("finding-fragments-missing");
}

impl Kind {
    /// Whether it says how a conversation went, and not how safe it was or what the capture lacks.
    pub fn is_outcome(self) -> bool {
        self < Kind::StarttlsUnused || matches!(self, Kind::StarttlsRefused | Kind::FtpDataFailed)
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // On the screen the kinds have blanks.
        let name = text.trim().to_ascii_lowercase().replace(' ', "-");
        let found = Kind::ALL.iter().find(|known| known.name() == name);
        found.copied().ok_or_else(|| {
            let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            crate::lang::text!("finding-no-kind", text, names = names.join(", "))
        })
    }
}
