//! What can be said of a conversation in no known protocol: from its first bytes.

use crate::lang::text;
use dissectors::{HeaderSecrets, PerSide, Side};

/// How many of the first bytes of a side are looked at.
const LOOKED_AT: usize = 256;

/// The maximum length of the text of a side that is shown, in characters.
const MAX_TEXT: usize = 40;

/// Fewer bytes do not show whether they are evenly distributed.
const ENOUGH: usize = 64;

/// The first bytes of each side.
#[derive(Clone, Debug, Default)]
pub struct FirstBytes {
    sides: PerSide<Vec<u8>>,
    /// The length of the first segment or datagram of each side.
    lengths: PerSide<usize>,
    speaks_first: Option<Side>,
}

impl FirstBytes {
    /// Adds bytes that a side has sent, at this offset of its stream. They replace what was there before.
    pub fn add(&mut self, side: Side, at: u64, bytes: &[u8]) {
        let kept = &mut self.sides[side];
        let Some(at) = usize::try_from(at).ok().filter(|at| *at <= kept.len()) else {
            return;
        };
        if bytes.is_empty() {
            return;
        }
        self.speaks_first.get_or_insert(side);
        if at == 0 {
            self.lengths[side] = bytes.len();
        }
        kept.truncate(at);
        kept.extend(bytes.iter().take(LOOKED_AT.saturating_sub(at)));
    }

    /// Returns the memory that they take, bytes.
    pub fn weight(&self) -> usize {
        let [client, server] = Side::BOTH.map(|side| self.sides[side].capacity());
        size_of::<Self>() + client + server
    }

    /// Returns what they look like; nothing if there are none.
    pub fn look(&self) -> Looks {
        let first = self.speaks_first.unwrap_or(Side::Client);
        let spoken = [first, first.other()].map(|side| self.sides[side].as_slice());
        let spoken = spoken.into_iter().filter(|bytes| !bytes.is_empty());
        let all: Vec<&[u8]> = spoken.collect();
        if all.is_empty() {
            return Looks::default();
        }
        let texts: Option<Vec<String>> = all.iter().map(|bytes| first_line(bytes)).collect();
        if let Some(texts) = texts {
            return Looks {
                kind: Kind::Text,
                lines: Some(Box::new(texts.join(" → ").into_boxed_str())),
            };
        }
        let prefix = |side: Side| Prefix::find(&self.sides[side], self.lengths[side]);
        let kind = match (prefix(first), prefix(first.other())) {
            (Some(prefix), other) if other == Some(prefix) || all.len() == 1 => {
                Kind::Prefixed(prefix)
            }
            _ if all.iter().any(|bytes| is_even(bytes)) => Kind::Encrypted,
            _ => Kind::Binary,
        };
        Looks { kind, lines: None }
    }
}

/// A protocol that is not dissected, and in which a client may request TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeforeTls {
    /// MySQL and MariaDB.
    MySql,
    /// PostgreSQL.
    PostgreSql,
}

impl BeforeTls {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            BeforeTls::MySql => "MySQL",
            BeforeTls::PostgreSql => "PostgreSQL",
        }
    }
}

/// The length of MySQL's SSLRequest, with its header, bytes.
const SSL_REQUEST: usize = 36;

/// MySQL's CLIENT_SSL, in the second byte of the capabilities.
const CLIENT_SSL: u8 = 0x08;

/// Whether a client's bytes begin with MySQL's SSLRequest, which ClientHello follows without an answer: a header with the
/// length and number 1, the capabilities, and 23 bytes, of which MariaDB uses the last four.
fn is_ssl_request(bytes: &[u8]) -> bool {
    let Some((request, _)) = bytes.split_at_checked(SSL_REQUEST) else {
        return false;
    };
    let (start, filler) = request.split_at(13);
    start.starts_with(&[32, 0, 0, 1])
        && start[5] & CLIENT_SSL != 0
        && filler[..19].iter().all(|byte| *byte == 0)
}

/// Whether a server's bytes begin with MySQL's greeting: a header with number 0, version 10 of the protocol, and that of
/// the server.
fn is_greeting(bytes: &[u8]) -> bool {
    matches!(bytes, [_, _, 0, 0, 10, version @ ..] if version.first().is_some_and(u8::is_ascii_digit))
}

/// PostgreSQL's SSLRequest, which the server answers with `S`: section 54.2.10 of its manual.
const POSTGRES_SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

impl FirstBytes {
    /// Returns the protocol in which TLS was requested.
    pub fn before_tls(&self) -> Option<BeforeTls> {
        let PerSide { client, server } = &self.sides;
        match () {
            () if client.starts_with(&POSTGRES_SSL_REQUEST) && server == b"S" => {
                Some(BeforeTls::PostgreSql)
            }
            () if is_greeting(server) && is_ssl_request(client) => Some(BeforeTls::MySql),
            () => None,
        }
    }

    /// Returns how many of a side's bytes, the first of its stream, are a request after which it goes on with TLS.
    pub fn request_of_tls(&self, side: Side, bytes: &[u8]) -> Option<usize> {
        let is_one =
            side == Side::Client && is_greeting(&self.sides.server) && is_ssl_request(bytes);
        is_one.then_some(SSL_REQUEST)
    }
}

/// What the bytes of no known protocol look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// There were none.
    #[default]
    Nothing,
    /// Text.
    Text,
    /// Messages with their length before them.
    Prefixed(Prefix),
    /// Every value is about as frequent.
    Encrypted,
    /// Anything else.
    Binary,
}

/// What the bytes look like, and the first lines of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    /// What they look like.
    pub kind: Kind,
    /// If they are text, the first line of each side.
    pub lines: Option<Box<Box<str>>>,
}

impl Kind {
    /// Returns it in words, with the `lines` of text; nothing if there were no bytes.
    pub fn words(self, lines: Option<&str>) -> String {
        match self {
            Kind::Nothing => String::new(),
            Kind::Text => text!("summary-text", lines = lines.unwrap_or_default()),
            Kind::Prefixed(Prefix {
                size,
                little_endian: false,
            }) => text!("summary-prefixed", size),
            Kind::Prefixed(Prefix { size, .. }) => text!("summary-prefixed-little-endian", size),
            Kind::Encrypted => text!("summary-encrypted").to_owned(),
            Kind::Binary => text!("summary-binary").to_owned(),
        }
    }
}

impl Looks {
    /// Returns it in words; nothing if there were no bytes.
    pub fn words(&self) -> String {
        self.kind.words(self.lines.as_deref().map(|lines| &**lines))
    }
}

/// A length before each message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// Its size, bytes.
    pub size: u8,
    /// The least significant byte comes first.
    pub little_endian: bool,
}

impl Prefix {
    /// Returns the prefix whose value is the length of what follows it, or of all, in a segment of this length.
    fn find(bytes: &[u8], length: usize) -> Option<Prefix> {
        [(4, false), (4, true), (2, false), (2, true)]
            .into_iter()
            .find_map(|(size, little_endian)| {
                let (prefix, _) = bytes.split_at_checked(size)?;
                let add = |value: usize, byte: &u8| value << 8 | usize::from(*byte);
                let value = match little_endian {
                    true => prefix.iter().rev().fold(0, add),
                    false => prefix.iter().fold(0, add),
                };
                // The first segment may be shorter than a prefix.
                let fits = length > size && (value == length || value == length - size);
                fits.then_some(Prefix {
                    size: size as u8,
                    little_endian,
                })
            })
    }
}

/// Masks the secrets in lines of a protocol that is not known.
fn masked(bytes: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    HeaderSecrets::other().find(bytes, &mut found);
    let mut bytes = bytes.to_vec();
    for secret in found {
        if let Some(secret) = bytes.get_mut(secret) {
            secret.fill(b'*');
        }
    }
    bytes
}

/// Returns the first line of a text, shortened and without secrets; nothing if the bytes are no text.
fn first_line(bytes: &[u8]) -> Option<String> {
    let bytes = &masked(bytes);
    // The last character may be cut off.
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
            String::from_utf8_lossy(bytes.get(..error.valid_up_to())?)
        }
        Err(_) if bytes.len() < LOOKED_AT => {
            encoding_rs::EUC_KR.decode_without_bom_handling_and_without_replacement(bytes)?
        }
        Err(_) => return None,
    };
    let is_text = |c: char| !c.is_control() || matches!(c, '\t' | '\r' | '\n' | '\x1b');
    if !text.chars().all(is_text) {
        return None;
    }
    let line = text.trim_start().lines().next()?.trim_end();
    let shown: String = line.chars().take(MAX_TEXT).collect();
    let more = if shown.len() < line.len() { "…" } else { "" };
    (!shown.is_empty()).then(|| shown + more)
}

/// Returns whether the values of bytes are distributed evenly, as those of encrypted and compressed data: of so many
/// random bytes about this share of the possible values occurs.
fn is_even(bytes: &[u8]) -> bool {
    if bytes.len() < ENOUGH {
        return false;
    }
    let mut seen = [false; 256];
    for byte in bytes {
        seen[usize::from(*byte)] = true;
    }
    let seen = seen.iter().filter(|seen| **seen).count();
    let expected = 256.0 * (1.0 - (-(bytes.len() as f64) / 256.0).exp());
    seen as f64 > 0.9 * expected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(said: &[(Side, &[u8])]) -> String {
        let mut first = FirstBytes::default();
        for (side, bytes) in said {
            first.add(*side, 0, bytes);
        }
        first.look().words()
    }

    /// The first segment may end within the prefix.
    #[test]
    fn a_segment_shorter_than_a_prefix_has_none() {
        let mut first = FirstBytes::default();
        first.add(Side::Client, 0, b"\0");
        first.add(Side::Client, 1, b"\0\0\x05\x01\x02\x03\x04\x05");
        assert_eq!(first.look().kind, Kind::Binary);
    }

    #[test]
    fn text_is_shown_as_text() {
        use Side::{Client, Server};
        assert_eq!(words(&[]), "");
        assert_eq!(
            words(&[
                (Client, b"Hello, server!\n"),
                (Server, b"Hello, client!\nMore\n")
            ]),
            "text: Hello, server! → Hello, client!"
        );
        assert_eq!(
            words(&[(Server, "김 선생님\n".as_bytes())]),
            "text: 김 선생님"
        );
        assert_eq!(words(&[(Server, b"\xb1\xe8\n")]), "text: 김");
        // A character that the end of the looked at bytes cuts.
        let long = "가".repeat(200);
        assert_eq!(
            words(&[(Client, long.as_bytes())]),
            format!("text: {}…", "가".repeat(MAX_TEXT))
        );
        // A header line whose beginning or end was not captured.
        assert_eq!(
            words(&[(Client, b"Authorization: Basic dXNlc")]),
            "text: Authorization: Basic *****"
        );
        assert_eq!(
            words(&[(Client, b"\0\x01text")]),
            "binary data in no known protocol"
        );
    }

    #[test]
    fn lengths_and_random_bytes_are_noticed() {
        use Side::{Client, Server};
        let request = b"\0\0\0\x05\x01\x02\x03\x04\x05";
        assert_eq!(
            words(&[(Client, request), (Server, b"\0\0\0\x02\x07\x08")]),
            "binary messages with their length (4 bytes) before them"
        );
        assert_eq!(
            words(&[(Client, b"\x07\0\x01\x02\x03\x04\x05")]),
            "binary messages with their length (2 bytes, little endian) before them"
        );
        let mut value = 1_u32;
        let random: Vec<u8> = std::iter::repeat_with(|| {
            value = value.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (value >> 24) as u8
        })
        .take(200)
        .collect();
        assert_eq!(words(&[(Client, &random)]), "encrypted or compressed data");
        let table: Vec<u8> = (0..200).map(|at| at % 16).collect();
        assert_eq!(
            words(&[(Client, &table)]),
            "binary data in no known protocol"
        );
    }
}
