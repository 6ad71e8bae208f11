//! How a client authenticates, in SMTP, POP and IMAP alike: the mechanisms of SASL (RFC 4422).

use crate::{Layer, Severity, application::transfer, secrets::SentSecrets};

/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 4616.
    Plain,
    /// In use without an RFC: the name, then the password.
    Login,
    /// RFC 2195.
    CramMd5,
    /// RFC 7628, and Google's predecessor: a token that lets its bearer in.
    Bearer,
    /// Another one: its answers are masked.
    Other,
}

impl Mechanism {
    /// Returns the mechanism with this name.
    pub fn by_name(name: &[u8]) -> Mechanism {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        match name {
            _ if is(b"PLAIN") => Mechanism::Plain,
            _ if is(b"LOGIN") => Mechanism::Login,
            _ if is(b"CRAM-MD5") => Mechanism::CramMd5,
            _ if is(b"XOAUTH2") || is(b"OAUTHBEARER") => Mechanism::Bearer,
            _ => Mechanism::Other,
        }
    }

    /// Returns the content of the client's answer with this number, from 0.
    pub fn secret(self, answer: u8) -> Secret {
        match (self, answer) {
            (Mechanism::Login, 0) => Secret::Name,
            (Mechanism::Login, _) => Secret::Password,
            (Mechanism::Plain, _) => Secret::NameAndPassword,
            (Mechanism::CramMd5, _) => Secret::NameAndDigest,
            (Mechanism::Bearer, _) => Secret::Token,
            (Mechanism::Other, _) => Secret::Unknown,
        }
    }
}

/// The content of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// A user's name: no secret.
    Name,
    /// A password.
    Password,
    /// Both, with zeros between them.
    NameAndPassword,
    /// A name and a digest of the password.
    NameAndDigest,
    /// A token that lets its bearer in.
    Token,
    /// Not known.
    Unknown,
}

impl Secret {
    /// Returns whether its reader can log in with it.
    pub fn is_in_clear(self) -> bool {
        matches!(
            self,
            Secret::Password | Secret::NameAndPassword | Secret::Token
        )
    }
}

/// The longest answer: RFC 4954, section 4, and RFC 5034, section 4.
const MAX_ANSWER: usize = 12288;

/// A client's attempt to log in, answer by answer.
#[derive(Clone, Debug)]
pub struct Attempt {
    mechanism: Mechanism,
    /// The number of answers so far.
    answers: u8,
}

/// What an answer revealed.
#[derive(Debug)]
pub struct Told {
    /// Its content.
    pub secret: Secret,
    /// Its reader can log in with it.
    pub in_clear: bool,
    /// The user's name.
    pub user: Option<Vec<u8>>,
}

/// Notes the secret of an answer, as it was sent and decoded.
fn note(sent: &mut SentSecrets, secret: Secret, text: &[u8], clear: &[u8]) {
    if secret != Secret::Name && is_given(text) {
        sent.note(text);
        let (_, clear) = clear.split_at(secret.begins(clear).min(clear.len()));
        sent.note(clear);
    }
}

impl Attempt {
    /// Begins an attempt with the mechanism of this name.
    pub fn by(mechanism: &[u8]) -> Self {
        Attempt {
            mechanism: Mechanism::by_name(mechanism),
            answers: 0,
        }
    }

    /// Returns the content of the next answer.
    pub fn expects(&self) -> Secret {
        self.mechanism.secret(self.answers)
    }

    /// Takes an answer to a challenge, or the response that came with the command.
    pub fn answer(&mut self, text: &[u8], sent: &mut SentSecrets) -> Told {
        let secret = self.expects();
        self.answers = self.answers.saturating_add(1);
        let (text, _) = text.split_at(text.len().min(MAX_ANSWER));
        let clear = transfer::base64(text).bytes;
        note(sent, secret, text, &clear);
        Told {
            secret,
            in_clear: is_given(text) && secret.is_in_clear(),
            user: secret.user(&clear),
        }
    }
}

impl Default for Attempt {
    /// An attempt whose beginning was not seen.
    fn default() -> Self {
        Attempt::by(b"")
    }
}

/// Returns whether an answer has content: a star gives up, and an equals sign is an empty answer.
fn is_given(text: &[u8]) -> bool {
    !text.is_empty() && text != b"*" && text != b"="
}

/// Returns the secret part of an answer in base64. Names are not secret.
pub fn hidden(secret: Secret, text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    if secret == Secret::Name || !is_given(text) {
        return &[];
    }
    let hidden = secret.begins(&transfer::base64(text).bytes);
    // Six bits a letter: the letter in which the secret begins is hidden too.
    let (_, hidden) = text.split_at((hidden * 8 / 6).min(text.len()));
    hidden
}

/// Decodes an answer in base64 that was just shown.
pub fn show(layer: &mut Layer, secret: Secret, text: &[u8]) {
    let text = text.trim_ascii();
    if !is_given(text) {
        return;
    }
    let clear = transfer::base64(text).bytes;
    let masked = text.contains(&b'*');
    layer.below(|layer| {
        let (before, rest) = clear.split_at(secret.begins(&clear).min(clear.len()));
        // Only the name remains in a masked answer.
        let name = secret.name(if masked { &clear } else { before });
        let charset = layer.undeclared();
        if !name.is_empty() {
            layer.computed("", "User name", || charset.read(name).into_owned());
        }
        if !masked && !rest.is_empty() {
            layer.computed("", secret.label(), || charset.read(rest).into_owned());
        }
        if secret.is_in_clear() {
            layer.note(Severity::Warning, || {
                "anyone who sees this packet can log in".to_owned()
            });
        }
    });
}

impl Secret {
    /// Returns the user's name in a decoded answer.
    pub fn user(self, clear: &[u8]) -> Option<Vec<u8>> {
        let (before, _) = clear.split_at(self.begins(clear).min(clear.len()));
        let name = self.name(before);
        (!name.is_empty()).then(|| name.to_vec())
    }

    /// Returns the offset of the secret in a decoded answer.
    fn begins(self, clear: &[u8]) -> usize {
        let behind = |found: Option<usize>| found.map(|at| at + 1);
        match self {
            Secret::Name => clear.len(),
            Secret::Password | Secret::Unknown => 0,
            // Whom to act as, the user, the password: RFC 4616, section 2.
            Secret::NameAndPassword => {
                let mut zeros = clear.iter().enumerate().filter(|(_, byte)| **byte == 0);
                let second = zeros.nth(1).map(|(at, _)| at);
                behind(second).unwrap_or(0)
            }
            Secret::NameAndDigest => {
                behind(clear.iter().rposition(|&byte| byte == b' ')).unwrap_or(0)
            }
            Secret::Token => {
                let token = clear.windows(5).position(|part| part == b"auth=");
                token.map_or(0, |at| at + 5)
            }
        }
    }

    /// Returns the user's name in the text before the secret.
    fn name(self, before: &[u8]) -> &[u8] {
        match self {
            Secret::Name => before,
            Secret::NameAndPassword => {
                let names = before.strip_suffix(b"\0").unwrap_or(before);
                names.rsplit(|&byte| byte == 0).next().unwrap_or_default()
            }
            Secret::NameAndDigest => before.trim_ascii_end(),
            Secret::Token => {
                let mut parts = before.split(|&byte| matches!(byte, 1 | b','));
                let user = parts.find_map(|part| {
                    part.strip_prefix(b"user=")
                        .or_else(|| part.strip_prefix(b"a="))
                });
                user.unwrap_or_default()
            }
            Secret::Password | Secret::Unknown => &[],
        }
    }

    fn label(self) -> &'static str {
        match self {
            Secret::Name | Secret::Password | Secret::NameAndPassword => "Password",
            Secret::NameAndDigest => "Digest",
            Secret::Token => "Token",
            Secret::Unknown => "Answer",
        }
    }
}
