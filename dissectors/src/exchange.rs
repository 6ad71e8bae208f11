//! The requests of a conversation, and their results.

use crate::{MessageInfo, Place, elapsed_ns};

/// A request and its answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// Its protocol's name in filters.
    pub protocol: &'static str,
    /// Its number in its session, from 0, in the order of beginning.
    pub number: u32,
    /// Its purpose.
    pub purpose: Purpose,
    /// The request as it was sent, cut short where it is long: `GET www.example/index.html`, `RETR a.txt`, `MAIL
    /// FROM:<a@b>`, `A www.example`, `ClientHello www.example`. It holds no secret: `PASS`. Empty where there was no
    /// request, or it was not captured. Like the answer it may hold any characters.
    pub request: Box<str>,
    /// The beginning of the answer: `200 OK`, `550 No such user`, `NXDOMAIN`, `alert handshake_failure`.
    pub answer: Option<Box<str>>,
    /// Its result.
    pub class: Class,
    /// HTTP's status code, a reply code of FTP or SMTP, DNS's response code, TLS's alert.
    pub code: Option<u32>,
    /// How the request was sent. None where there was no request or it was not captured.
    pub asked: Option<Transmission>,
    /// A reply before the answer (HTTP 1xx, FTP 1yz, a challenge to log in, 354 to DATA): the first after the request's
    /// end, else the last before it.
    pub preliminary: Option<PacketTime>,
    /// How the answer was sent.
    pub answered: Option<Transmission>,
    /// The capture lacks bytes of the conversation from while this waited, possibly an answer.
    pub lost: bool,
    /// Its answer ended before the length that it announced.
    pub falls_short: bool,
    /// How often the request was repeated before it was answered.
    pub repeats: u32,
    /// The stream inside the connection, where the protocol has streams.
    pub stream: Option<u32>,
}

/// An answer whose first byte takes this long is late, nanoseconds. Whether that matters is decided elsewhere.
const LATE_NS: i64 = 300_000_000;

/// A packet and when it was captured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PacketTime {
    /// The packet.
    pub packet: u64,
    /// Nanoseconds since the epoch.
    pub time_ns: i64,
}

/// How a request or an answer was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transmission {
    /// The packet with its first byte.
    pub first: PacketTime,
    /// The packet that completes it.
    pub last: PacketTime,
    /// The bytes of its body where the protocol separates one (HTTP, mails in SMTP and POP); else all its bytes.
    pub bytes: u64,
    /// It came to its end, with nothing missing.
    pub complete: bool,
}

/// The purpose of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// No request: a greeting, or an unexpected farewell.
    Greeting,
    /// To identify and authenticate the client.
    Login,
    /// To hand over a mail: SMTP's MAIL, RCPT, DATA and BDAT.
    Mail,
    /// To fetch, store or list something.
    Transfer,
    /// To look up a name.
    Query,
    /// To agree on encryption.
    Handshake,
    /// Anything else.
    Other,
}

/// The result of an exchange, by its protocol's RFC:
///
/// - HTTP, RFC 9110, section 15: 4xx is the client's error, 5xx and any number that is no code the server's. 401, 403,
///   407 and 511 (RFC 6585) refuse.
/// - FTP, RFC 959, section 4.2, and RFC 2228, section 3: 5yz, a permanent error, is the client's, 4yz, a transient one,
///   the server's. 530, 532 to 535 and 430 refuse, and to a log-in every 5yz that is not about syntax (50z).
/// - SMTP, RFC 5321, section 4.2: as FTP. 530, 534, 535 and 538 (RFC 4954) refuse, 5yz with 5.7.x (RFC 3463, section
///   3.8), and as a greeting or to AUTH every 5yz that is not about syntax.
/// - POP, RFC 1939: `-ERR` is the client's error, with `[SYS/…]` (RFC 3206) and `[IN-USE]` (RFC 2449) the server's.
///   With `[AUTH]` and `[LOGIN-DELAY]` it refuses, and to a log-in or as a greeting.
/// - IMAP, RFC 9051, section 7.1: `BAD` and `NO` are the client's error, `NO` with a code such as `[UNAVAILABLE]` or
///   `[OVERQUOTA]` (RFC 5530) and `BYE` the server's. `NO` to a log-in or with a code such as `[NOPERM]` refuses, and
///   so does `BYE` as a greeting.
/// - DNS, RFC 1035, section 4.1.1, and RFC 2136, section 2.2: SERVFAIL, NOTIMP and unknown codes are the server's
///   error, REFUSED refuses, all others are the client's.
/// - TLS, RFC 8446, section 6.2: a fatal alert blames the other side, except `internal_error`, which blames the sender.
///   Alerts about certificates and access refuse.
/// - Redis: an error is the client's, except those about the server's state (LOADING, BUSY, OOM, READONLY, …) or about
///   another server (MOVED, ASK). NOAUTH, WRONGPASS and NOPERM refuse, and so does every error to AUTH. An error inside
///   EXEC's result counts as its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Class {
    /// It succeeded, or is under way.
    Ok,
    /// The request is at fault: the same request will fail again.
    ClientError,
    /// The server is at fault, or cannot do it now.
    ServerError,
    /// Permission was refused, or the log-in.
    Refused,
    /// No answer was captured, or not to an end that is needed to know the result.
    #[default]
    None,
}

impl Class {
    /// Returns its name in small letters.
    pub fn name(self) -> &'static str {
        match self {
            Class::Ok => "ok",
            Class::ClientError => "client error",
            Class::ServerError => "server error",
            Class::Refused => "refused",
            Class::None => "none",
        }
    }

    /// Returns whether an answer reported a failure.
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            Class::ClientError | Class::ServerError | Class::Refused
        )
    }

    /// The class of a reply code by its first digit: RFC 959, section 4.2, and RFC 5321, section 4.2.1.
    pub(crate) fn of_reply(code: u16) -> Class {
        match code {
            200..400 => Class::Ok,
            400..500 => Class::ServerError,
            _ => Class::ClientError,
        }
    }
}

impl Exchange {
    /// Returns one of a protocol that has no request and no answer by now.
    pub fn new(protocol: &'static str) -> Self {
        Exchange {
            protocol,
            number: 0,
            purpose: Purpose::Other,
            request: "".into(),
            answer: None,
            class: Class::None,
            code: None,
            asked: None,
            preliminary: None,
            answered: None,
            lost: false,
            falls_short: false,
            repeats: 0,
            stream: None,
        }
    }

    /// Whether it failed, was not answered, or only in part or late.
    pub fn is_conspicuous(&self) -> bool {
        self.class.is_failure() || self.is_unanswered() || self.is_cut() || self.is_late()
    }

    /// Whether it was never answered, as far as the capture shows.
    pub fn is_unanswered(&self) -> bool {
        self.class == Class::None && self.asked.is_some() && !self.lost
    }

    /// Whether its answer was broken off.
    pub fn is_cut(&self) -> bool {
        self.class == Class::Ok
            && self.answered.is_some_and(|answered| !answered.complete)
            && !self.lost
    }

    /// Whether its answer began late.
    pub fn is_late(&self) -> bool {
        self.first_byte_ns().is_some_and(|ns| ns >= LATE_NS)
    }

    /// Returns the first packet of the exchange.
    pub fn first_packet(&self) -> u64 {
        let first = self.asked.or(self.answered);
        first.map_or(0, |transmission| transmission.first.packet)
    }

    /// Returns the time from the end of the request to the first byte after it: of the answer, or of a preliminary
    /// reply. 0 where the answer does not wait for that end. None where a clock was set in between.
    pub fn first_byte_ns(&self) -> Option<i64> {
        let asked = self.asked?.last;
        let preliminary = self.preliminary.filter(|it| it.packet > asked.packet);
        let first = preliminary.or(self.answered.map(|answered| answered.first))?;
        match first.packet <= asked.packet {
            true => Some(0),
            false => elapsed_ns(asked.time_ns, first.time_ns),
        }
    }

    /// Returns the time from the beginning of the request to the end of the answer, as far as that was captured.
    pub fn duration_ns(&self) -> Option<i64> {
        let (asked, answered) = (self.asked?.first, self.answered?.last);
        Some(answered.time_ns.saturating_sub(asked.time_ns).max(0))
    }
}

impl From<&Place> for PacketTime {
    fn from(place: &Place) -> Self {
        PacketTime {
            packet: place.packet,
            time_ns: place.time_ns,
        }
    }
}

impl From<&MessageInfo> for Transmission {
    fn from(ended: &MessageInfo) -> Self {
        Transmission {
            first: PacketTime {
                packet: ended.first_packet,
                time_ns: ended.first_ns,
            },
            last: PacketTime {
                packet: ended.packet,
                time_ns: ended.time_ns,
            },
            bytes: ended.length,
            complete: ended.complete && ended.missing == 0,
        }
    }
}

impl Transmission {
    /// Adds bytes, of which this packet brings the last.
    pub(crate) fn extend(slot: &mut Option<Transmission>, place: &Place, bytes: usize, ends: bool) {
        let now = PacketTime::from(place);
        let transmission = slot.get_or_insert(Transmission {
            first: now,
            ..Transmission::default()
        });
        transmission.last = now;
        transmission.bytes = transmission.bytes.saturating_add(bytes as u64);
        transmission.complete = ends;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let packet = |packet| PacketTime {
            packet,
            time_ns: packet as i64 * 10,
        };
        let from = |first, last| {
            Some(Transmission {
                first: packet(first),
                last: packet(last),
                ..Transmission::default()
            })
        };
        let exchange = |asked, preliminary: Option<u64>, answered| Exchange {
            protocol: "http",
            number: 0,
            purpose: Purpose::Other,
            request: "".into(),
            answer: None,
            class: Class::Ok,
            code: None,
            asked,
            preliminary: preliminary.map(packet),
            answered,
            lost: false,
            falls_short: false,
            repeats: 0,
            stream: None,
        };
        for (asked, preliminary, answered, first_byte, duration) in [
            (from(1, 2), None, from(4, 9), Some(20), Some(80)),
            (from(1, 2), Some(3), from(4, 9), Some(10), Some(80)),
            // A reply before the request's end does not show how long the answer took.
            (from(1, 3), Some(2), from(4, 9), Some(10), Some(80)),
            (from(1, 5), None, from(4, 4), Some(0), Some(30)),
            (from(1, 2), Some(3), None, Some(10), None),
            (from(1, 2), None, None, None, None),
            (None, None, from(4, 4), None, None),
        ] {
            let exchange = exchange(asked, preliminary, answered);
            assert_eq!(exchange.first_byte_ns(), first_byte);
            assert_eq!(exchange.duration_ns(), duration);
        }
        // A clock that was set in between.
        let mut late = exchange(from(1, 2), None, from(4, 9));
        for years in [-30, 30] {
            if let Some(answered) = &mut late.answered {
                answered.first.time_ns = years * 365 * crate::MAX_WAIT_NS;
            }
            assert_eq!((late.first_byte_ns(), late.is_late()), (None, false));
        }
    }
}
