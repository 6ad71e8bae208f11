//! The method and the purpose of setting up a data connection.

use super::verb::{Verb, is_secret};
use crate::{Undeclared, application::line::word};
use std::sync::Arc;

/// The length to which a command or a path is cut, bytes: file systems allow names of 255.
pub const MAX_NAME: usize = 512;

/// The data that the dissector of a data connection needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetUp {
    /// How it was set up.
    pub method: Method,
    /// The packet that announced it.
    pub packet: u64,
    /// The command that used it.
    pub used_for: Option<Asked>,
    /// The client's working directory.
    pub directory: Arc<str>,
    /// It is protected by TLS, which has its own context.
    pub protected: bool,
    /// The character set of the control connection.
    pub undeclared: Undeclared,
}

/// How a data connection is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// RFC 959, section 4.1.2.
    Port,
    /// RFC 959, section 4.1.2.
    Passive,
    /// RFC 2428, section 2.
    ExtendedPort,
    /// RFC 2428, section 3.
    ExtendedPassive,
    /// RFC 1639, section 3.
    LongPort,
    /// RFC 1639, section 4.
    LongPassive,
}

impl Method {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Method::Port => "PORT",
            Method::Passive => "PASV",
            Method::ExtendedPort => "EPRT",
            Method::ExtendedPassive => "EPASV",
            Method::LongPort => "LPRT",
            Method::LongPassive => "LPSV",
        }
    }

    /// Returns whether there are fields for data connections that are set up this way: Wireshark follows no others, so
    /// that those are only described in words.
    pub fn has_fields(self) -> bool {
        matches!(
            self,
            Method::Port | Method::Passive | Method::ExtendedPassive
        )
    }
}

/// A command and its packet, without the argument if that is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The command.
    pub verb: Verb,
    /// The command with its argument.
    pub text: String,
    /// The packet.
    pub packet: u64,
}

impl Asked {
    pub fn new(verb: Verb, text: &[u8], packet: u64, charset: Undeclared) -> Self {
        Asked {
            verb,
            text: Asked::words(verb, text, charset),
            packet,
        }
    }

    /// Servers that do not implement RFC 2640 use the local character set.
    pub fn words(verb: Verb, text: &[u8], charset: Undeclared) -> String {
        let text = match is_secret(verb) {
            true => word(text).0,
            false => bounded(text),
        };
        charset.read(text).into_owned()
    }
}

pub fn bounded(text: &[u8]) -> &[u8] {
    text.split_at(text.len().min(MAX_NAME)).0
}
