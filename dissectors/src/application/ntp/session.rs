//! A conversation in NTP: which server's packet answers which client's.

use super::Mode;
use crate::{Event, Framing, HeapSize, MessageInfo, Place, Session, Setting, tail::Tail};
use std::collections::VecDeque;

/// The role of a packet in its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A client's, and the packet that answers it.
    Request(Option<u64>),
    /// A server's, the packet that it answers, and when that was captured, nanoseconds since the epoch.
    Response(u64, i64),
}

/// Requests whose responses are waited for, at most.
const MAX_WAITING: usize = 256;

/// A request.
#[derive(Clone)]
struct Request {
    /// The client's transmit time.
    time: u64,
    /// The number of its message.
    number: usize,
    /// Its packet, and when that was captured, nanoseconds since the epoch.
    packet: (u64, i64),
    answered: bool,
}

/// A conversation in NTP.
#[derive(Clone, Default)]
pub struct Ntp {
    keeps: bool,
    /// The mode of the latest packet, and the time by which requests and responses are paired.
    looked_at: Option<(Mode, u64)>,
    asked: bool,
    /// The distance of the first answering server from a clock.
    stratum: Option<u8>,
    /// The latest requests, in order.
    requests: VecDeque<Request>,
    messages: Tail<Option<Role>>,
}

/// The offset of the time that an answer is to repeat, and its offset in the answer: RFC 5905, section 7.3.
const TRANSMIT: usize = 40;
const ORIGIN: usize = 24;

impl Ntp {
    /// Begins a conversation.
    pub fn new(setting: &Setting) -> Self {
        Ntp {
            keeps: setting.keeps,
            ..Ntp::default()
        }
    }
}

impl HeapSize for Role {}

impl Session for Ntp {
    type Context = Role;

    fn frame(&mut self, _: &Place, bytes: &[u8]) -> Framing {
        let mode = bytes.first().map(|first| Mode(first & 7));
        let at = match mode {
            Some(Mode::CLIENT) => Some(TRANSMIT),
            Some(Mode::SERVER) => Some(ORIGIN),
            _ => None,
        };
        let time = at.and_then(|at| bytes.get(at..)?.first_chunk());
        let time = time.map(|time| u64::from_be_bytes(*time));
        self.looked_at = mode.zip(time);
        self.asked |= mode == Some(Mode::CLIENT);
        if mode == Some(Mode::SERVER) && self.stratum.is_none() {
            self.stratum = bytes.get(1).copied();
        }
        Framing::Complete(bytes.len() as u64)
    }

    fn on_message(&mut self, ended: &MessageInfo, _: &mut Vec<Event>) {
        if !self.keeps {
            return;
        }
        let message = self.looked_at.take().and_then(|(mode, time)| {
            if mode == Mode::CLIENT {
                if self.requests.len() >= MAX_WAITING {
                    self.requests.pop_front();
                }
                self.requests.push_back(Request {
                    time,
                    number: ended.number,
                    packet: (ended.packet, ended.time_ns),
                    answered: false,
                });
                return Some(Role::Request(None));
            }
            let mut requests = self.requests.iter_mut().rev();
            let request = requests.find(|request| request.time == time)?;
            if !std::mem::replace(&mut request.answered, true)
                && let Some(role) = self.messages.get_mut(request.number)
            {
                *role = Some(Role::Request(Some(ended.packet)));
            }
            let (packet, time_ns) = request.packet;
            Some(Role::Response(packet, time_ns))
        });
        self.messages.push(message);
    }

    fn context(&self, number: usize) -> Option<Role> {
        *self.messages.get(number)?
    }

    fn settled(&self, read: usize) -> usize {
        let mut requests = self.requests.iter();
        let waiting = requests.find(|request| !request.answered);
        waiting.map_or(read, |request| request.number)
    }

    fn evict(&mut self, before: usize) {
        self.messages.evict(before);
    }

    fn allocated(&self) -> usize {
        self.requests.heap_size() + self.messages.heap_size()
    }

    fn summary(&self) -> String {
        match self.stratum {
            Some(0) => "NTP: the server does not tell the time".to_owned(),
            Some(stratum) => format!("NTP, stratum {stratum}"),
            None if self.asked => "NTP, no answer".to_owned(),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::ntp::DISSECTOR;
    use crate::{Side, test_session::Script};

    fn packet(mode: u8, time: u8) -> Vec<u8> {
        let mut packet = vec![4 << 3 | mode, 2];
        packet.resize(48, time);
        packet
    }

    #[test]
    fn requests_and_responses() {
        let mut ntp = Script::new(&DISSECTOR, 123);
        ntp.datagram(Side::Client, 0, &packet(3, 1));
        assert_eq!(ntp.summary(), "NTP, no answer");
        ntp.datagram(Side::Client, 10, &packet(3, 2));
        ntp.datagram(Side::Server, 20, &packet(4, 2));
        ntp.datagram(Side::Server, 30, &packet(4, 9));
        ntp.datagram(Side::Server, 40, &[4]);
        ntp.datagram(Side::Client, 50, b"");
        assert_eq!(ntp.summary(), "NTP, stratum 2");
        assert_eq!(
            ntp.all_known::<Role>(),
            [
                Some(Role::Request(None)),
                Some(Role::Request(Some(3))),
                Some(Role::Response(2, 10)),
                None,
                None,
                None,
            ]
        );
    }
}
