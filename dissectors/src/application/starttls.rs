//! How a conversation in the clear goes over to TLS: RFC 3207 for SMTP, RFC 2595 for POP and IMAP.

use crate::{Event, application::tls};

/// How it went with encryption.
#[derive(Clone, Debug, Default)]
pub struct StartTls {
    offered: bool,
    state: State,
    /// It was accepted just now: what follows the present message is TLS.
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
    /// The server can do it.
    pub fn offer(&mut self) {
        self.offered = true;
    }

    /// The client wants it.
    pub fn ask(&mut self) {
        self.state = State::Asked;
    }

    /// The server has answered.
    pub fn answer(&mut self, accepted: bool) {
        self.begins = accepted;
        self.state = match accepted {
            true => State::Accepted,
            false => State::Refused,
        };
    }

    /// Whether what follows the present message is TLS.
    pub fn begins(&self) -> bool {
        self.begins
    }

    /// A message has ended: hands the conversation over where TLS begins behind it.
    pub fn hand_over(&mut self, events: &mut Vec<Event>) {
        if std::mem::take(&mut self.begins) {
            events.push(Event::HandOver(&tls::DISSECTOR));
        }
    }

    /// It in a few words, by what the command is called; whether the client said in the clear what it should not have.
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
