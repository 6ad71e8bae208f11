//! How a conversation in the clear changes to TLS: RFC 3207 for SMTP, RFC 2595 for POP and IMAP.

use crate::{Event, application::tls};

/// The state of the change to TLS.
#[derive(Clone, Debug, Default)]
pub struct StartTls {
    offered: bool,
    state: State,
    /// It has just been accepted: TLS follows the present message.
    begins: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    NotAsked,
    Asked,
    Accepted,
    Refused,
}

impl StartTls {
    /// Notes that the server supports it.
    pub fn offer(&mut self) {
        self.offered = true;
    }

    /// Notes that the client requests it.
    pub fn ask(&mut self) {
        self.state = State::Asked;
    }

    /// Notes the server's answer.
    pub fn answer(&mut self, accepted: bool) {
        self.begins = accepted;
        self.state = match accepted {
            true => State::Accepted,
            false => State::Refused,
        };
    }

    /// Returns whether TLS follows the present message.
    pub fn begins(&self) -> bool {
        self.begins
    }

    /// Hands the conversation over after a message, where TLS follows it.
    pub fn hand_over(&mut self, events: &mut Vec<Event>) {
        if std::mem::take(&mut self.begins) {
            events.push(Event::HandOver(&tls::DISSECTOR));
        }
    }

    /// Returns whether the client did not request what the server offers.
    pub fn is_unused(&self) -> bool {
        self.offered && self.state == State::NotAsked
    }

    /// Summarizes it with the command's name, and whether the client sent a secret in the clear.
    pub fn words(&self, command: &str, in_clear: bool) -> Option<String> {
        let how = match self.state {
            State::NotAsked if self.offered && in_clear => " offered but not used",
            State::NotAsked if self.offered => " offered",
            State::NotAsked => return None,
            State::Asked => " asked but not answered",
            State::Accepted => "",
            State::Refused => " refused",
        };
        Some(format!("{command}{how}"))
    }
}
