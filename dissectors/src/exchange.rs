//! What was asked in a conversation, and what came of it.

use crate::{Dissector, Event, Heard, PerSide, Place, Setting, Side};
use std::{collections::VecDeque, net::IpAddr};

/// How much of a request's or an answer's text is kept, bytes.
const MAX_TEXT: usize = 512;

/// Open exchanges of one session, at most; beyond that the oldest ends without an answer. Sessions let fewer requests than
/// this wait.
const MAX_OPEN: usize = 1024;

/// A request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its protocol.
    pub dissector: &'static Dissector,
    /// Its number in its session, from 0: exchanges count in the order in which they began.
    pub number: u32,
    /// What it is for.
    pub purpose: Purpose,
    /// The request as it was sent, cut short where it is long: `GET www.example/index.html`, `RETR a.txt`,
    /// `MAIL FROM:<a@b>`, `A www.example`, `ClientHello www.example`. It holds no secret: `PASS`. Empty where nobody asked,
    /// or the request was not captured. Like the answer it may hold any characters.
    pub request: Box<str>,
    /// What the answer says first: `200 OK`, `550 No such user`, `NXDOMAIN`, `alert handshake_failure`.
    pub answer: Option<Box<str>>,
    /// What came of it.
    pub class: Class,
    /// HTTP's status code, a reply code of FTP or SMTP, DNS's response code, TLS's alert.
    pub code: Option<u32>,
    /// How the request was sent. None where nobody asked or the request was not captured.
    pub asked: Option<Transmission>,
    /// A reply before the answer (HTTP 1xx, FTP 1yz, a challenge to log in, 354 to DATA): the first behind the request's
    /// end, else the last before it.
    pub preliminary: Option<PacketTime>,
    /// How the answer was sent.
    pub answered: Option<Transmission>,
    /// The capture lacks bytes of the conversation from while this waited: an answer may have been among them.
    pub lost: bool,
    /// The stream inside the connection, where the protocol has streams.
    pub stream: Option<u32>,
}

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
    /// Bytes of its body where the protocol tells one from what stands around it (HTTP, mails in SMTP and POP); else all
    /// of its bytes.
    pub bytes: u64,
    /// It came to its end, with nothing missing.
    pub complete: bool,
}

/// What an exchange is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Nobody asked: a greeting, or a farewell that nobody expected.
    Greeting,
    /// To say who the client is, and to prove it.
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

/// What came of an exchange, by its protocol's RFC:
///
/// - HTTP, RFC 9110, section 15: 4xx is the client's error, 5xx and what is no code the server's. 401, 403, 407 and 511
///   (RFC 6585) refuse.
/// - FTP, RFC 959, section 4.2, and RFC 2228, section 3: 5yz, a permanent error, is the client's, 4yz, a transient one,
///   the server's. 530, 532 to 535 and 430 refuse, and to a log-in every 5yz that is not about syntax (50z).
/// - SMTP, RFC 5321, section 4.2: the same. 530, 534, 535 and 538 (RFC 4954) refuse, 5yz with 5.7.x (RFC 3463, section
///   3.8), and as a greeting or to AUTH every 5yz that is not about syntax.
/// - POP, RFC 1939: `-ERR` is the client's error, with `[SYS/…]` (RFC 3206) and `[IN-USE]` (RFC 2449) the server's. With
///   `[AUTH]` and `[LOGIN-DELAY]` it refuses, and to a log-in or as a greeting.
/// - IMAP, RFC 9051, section 7.1: `BAD` and `NO` are the client's error, `NO` with a code such as `[UNAVAILABLE]` or
///   `[OVERQUOTA]` (RFC 5530) and `BYE` the server's. `NO` to a log-in or with a code such as `[NOPERM]` refuses, and so
///   does `BYE` as a greeting.
/// - DNS, RFC 1035, section 4.1.1, and RFC 2136, section 2.2: SERVFAIL, NOTIMP and unknown codes are the server's error,
///   REFUSED refuses, all others are the client's.
/// - TLS, RFC 8446, section 6.2: a fatal alert blames the other side, but for `internal_error`, which blames the sender.
///   Alerts about certificates and access refuse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Class {
    /// It was done, or is under way.
    Ok,
    /// The request is at fault: asked the same way it will fail again.
    ClientError,
    /// The server is at fault, or cannot do it now.
    ServerError,
    /// Permission was refused, or the log-in.
    Refused,
    /// No answer was captured, or not to its end where only that tells.
    #[default]
    None,
}

impl Class {
    /// In small letters.
    pub fn name(self) -> &'static str {
        match self {
            Class::Ok => "ok",
            Class::ClientError => "client error",
            Class::ServerError => "server error",
            Class::Refused => "refused",
            Class::None => "none",
        }
    }

    /// An answer came, and a bad one.
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            Class::ClientError | Class::ServerError | Class::Refused
        )
    }

    /// The first digit of a reply code: RFC 959, section 4.2, and RFC 5321, section 4.2.1.
    pub(crate) fn of_reply(code: u16) -> Class {
        match code {
            200..400 => Class::Ok,
            400..500 => Class::ServerError,
            _ => Class::ClientError,
        }
    }
}

impl Exchange {
    /// The packet that it begins with.
    pub fn first_packet(&self) -> u64 {
        let first = self.asked.or(self.answered);
        first.map_or(0, |transmission| transmission.first.packet)
    }

    /// From the end of the request to the first byte that comes back: of the answer, or of a preliminary reply behind
    /// that end. 0 where the answer does not wait for it.
    pub fn first_byte_ns(&self) -> Option<i64> {
        let asked = self.asked?.last;
        let preliminary = self.preliminary.filter(|it| it.packet > asked.packet);
        let first = preliminary.or(self.answered.map(|answered| answered.first))?;
        Some(first.time_ns.saturating_sub(asked.time_ns).max(0))
    }

    /// From the beginning of the request to the end of the answer, as far as that came.
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

impl From<&Heard> for Transmission {
    fn from(heard: &Heard) -> Self {
        Transmission {
            first: PacketTime {
                packet: heard.first_packet,
                time_ns: heard.first_ns,
            },
            last: PacketTime {
                packet: heard.packet,
                time_ns: heard.time_ns,
            },
            bytes: heard.length,
            complete: heard.complete && heard.missing == 0,
        }
    }
}

impl Transmission {
    /// More bytes of it, which this packet completes.
    fn extend(slot: &mut Option<Transmission>, place: &Place, bytes: usize, ends: bool) {
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

/// The open exchanges of a session. The session gets a number for each and names it with every part of the request and of
/// the answer.
///
/// Without [`Setting::keeps`] only numbers are given out: texts are closures, so that the index makes no string. What a
/// summary needs the session keeps itself, made from the same codes and texts. Requests to a multicast address are
/// answered in other conversations, if at all; of those nothing is kept either.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExchangeLog {
    /// How many have begun.
    begun: u32,
    kept: Option<Box<Kept>>,
}

#[derive(Clone, Debug)]
struct Kept {
    dissector: &'static Dissector,
    /// In the order of their numbers.
    open: VecDeque<Open>,
    /// Ended in the present message.
    ended: Vec<Exchange>,
    /// Which exchanges each side's present message is part of.
    present: PerSide<Option<Present>>,
}

/// An exchange that has not ended.
#[derive(Clone, Debug)]
struct Open {
    exchange: Exchange,
    /// More of its request is to come.
    asking: bool,
    /// All of its answer came.
    answered: bool,
}

/// A message that has not ended.
#[derive(Clone, Copy, Debug)]
struct Present {
    /// It is part of answers, not of requests.
    answers: bool,
    /// The number of the exchange that its first line belongs to.
    first: u32,
    /// The same of its last line.
    last: u32,
}

impl ExchangeLog {
    pub fn new(setting: &Setting, dissector: &'static Dissector) -> Self {
        let multicast = match setting.server.0 {
            IpAddr::V4(address) => address.is_multicast() || address.is_broadcast(),
            IpAddr::V6(address) => address.is_multicast(),
        };
        let kept = (setting.keeps && !multicast).then(|| {
            Box::new(Kept {
                dissector,
                open: VecDeque::new(),
                ended: Vec::new(),
                present: PerSide::default(),
            })
        });
        ExchangeLog { begun: 0, kept }
    }

    /// No exchange has begun.
    pub fn is_new(&self) -> bool {
        self.begun == 0
    }

    /// Begins an exchange and returns its number.
    pub fn begin(&mut self, purpose: Purpose, request: impl FnOnce() -> String) -> u32 {
        let number = self.begun;
        self.begun = self.begun.saturating_add(1);
        if let Some(kept) = &mut self.kept {
            if kept.open.len() >= MAX_OPEN {
                let oldest = kept.open.pop_front();
                kept.ended.extend(oldest.map(|open| open.exchange));
            }
            let exchange = Exchange {
                dissector: kept.dissector,
                number,
                purpose,
                request: bounded(request()),
                answer: None,
                class: Class::None,
                code: None,
                asked: None,
                preliminary: None,
                answered: None,
                lost: false,
                stream: None,
            };
            kept.open.push_back(Open {
                exchange,
                asking: false,
                answered: false,
            });
        }
        number
    }

    /// Begins an exchange with a whole request.
    pub fn ask(
        &mut self,
        place: &Place,
        bytes: usize,
        purpose: Purpose,
        request: impl FnOnce() -> String,
    ) -> u32 {
        let number = self.begin(purpose, request);
        self.request(number, place, bytes, true);
        number
    }

    /// Bytes of the request, and whether it ends behind them.
    pub fn request(&mut self, number: u32, place: &Place, bytes: usize, ends: bool) {
        if let Some(open) = self.part(number, place.side, false) {
            Transmission::extend(&mut open.exchange.asked, place, bytes, ends);
            open.asking = !ends;
        }
    }

    /// Bytes of the answer.
    pub fn response(&mut self, number: u32, place: &Place, bytes: usize) {
        if let Some(open) = self.part(number, place.side, true) {
            Transmission::extend(&mut open.exchange.answered, place, bytes, false);
        }
    }

    /// A reply that is not the answer yet.
    pub fn preliminary(&mut self, number: u32, now: PacketTime) {
        if let Some(Open { exchange, .. }) = self.open(number) {
            let asked = exchange.asked.map_or(0, |asked| asked.last.packet);
            if exchange
                .preliminary
                .is_none_or(|known| known.packet <= asked)
            {
                exchange.preliminary = Some(now);
            }
        }
    }

    /// What the answer says.
    pub fn answer(
        &mut self,
        number: u32,
        class: Class,
        code: Option<u32>,
        text: impl FnOnce() -> String,
    ) {
        if let Some(Open { exchange, .. }) = self.open(number) {
            exchange.class = class;
            exchange.code = code;
            exchange.answer = Some(bounded(text()));
        }
    }

    /// How the whole request was sent.
    pub fn asked(&mut self, number: u32, transmission: Transmission) {
        if let Some(open) = self.open(number) {
            open.exchange.asked = Some(transmission);
            open.asking = false;
            if open.answered {
                self.move_to_ended(number);
            }
        }
    }

    /// How the whole answer was sent. The exchange ends with it, or with its request where that goes on.
    pub fn answered(&mut self, number: u32, transmission: Transmission) {
        if let Some(open) = self.open(number) {
            open.exchange.answered = Some(transmission);
            open.answered = true;
            if !open.asking {
                self.move_to_ended(number);
            }
        }
    }

    /// The answer is at its end.
    pub fn ended(&mut self, number: u32) {
        if let Some(Open { exchange, .. }) = self.open(number) {
            if let Some(answered) = &mut exchange.answered {
                answered.complete = true;
            }
            self.move_to_ended(number);
        }
    }

    /// No answer is waited for any more.
    pub fn give_up(&mut self, number: u32) {
        self.move_to_ended(number);
    }

    /// Bytes of the conversation are missing.
    pub fn lost(&mut self) {
        for open in self.kept.iter_mut().flat_map(|kept| &mut kept.open) {
            open.exchange.lost = true;
        }
    }

    /// A message has ended: the exchanges that ended in it go into `events`.
    #[inline]
    pub fn deliver(&mut self, heard: &Heard, events: &mut Vec<Event>) {
        if let Some(kept) = &mut self.kept {
            kept.deliver(heard, events);
        }
    }

    /// The conversation is over: open exchanges go into `events` as they are.
    pub fn end(&mut self, events: &mut Vec<Event>) {
        if let Some(kept) = &mut self.kept {
            let open = kept.open.drain(..).map(|open| open.exchange);
            let ended = kept.ended.drain(..).chain(open);
            events.extend(ended.map(|exchange| Event::Exchange(Box::new(exchange))));
        }
    }

    fn open(&mut self, number: u32) -> Option<&mut Open> {
        let kept = self.kept.as_mut()?;
        let place = kept.place(number)?;
        kept.open.get_mut(place)
    }

    /// The same where a side's present message is part of it.
    fn part(&mut self, number: u32, side: Side, answers: bool) -> Option<&mut Open> {
        let present = &mut self.kept.as_mut()?.present[side];
        let present = present.get_or_insert(Present {
            answers,
            first: number,
            last: number,
        });
        present.last = number;
        self.open(number)
    }

    fn move_to_ended(&mut self, number: u32) {
        if let Some(kept) = &mut self.kept
            && let Some(place) = kept.place(number)
        {
            let open = kept.open.remove(place);
            kept.ended.extend(open.map(|open| open.exchange));
        }
    }
}

impl Kept {
    fn deliver(&mut self, heard: &Heard, events: &mut Vec<Event>) {
        if let Some(present) = self.present[heard.side].take() {
            // A message may come in several packets; what stands behind its first line came in the last one.
            let whole = Transmission::from(heard);
            if let Some(part) = self.part(present.first, present.answers)
                && whole.first.packet < part.first.packet
            {
                part.first = whole.first;
            }
            if let Some(part) = self.part(present.last, present.answers)
                && whole.last.packet > part.last.packet
            {
                part.last = whole.last;
            }
        }
        let ended = self.ended.drain(..);
        events.extend(ended.map(|exchange| Event::Exchange(Box::new(exchange))));
    }

    fn place(&self, number: u32) -> Option<usize> {
        let known = |open: &Open| open.exchange.number;
        self.open.binary_search_by_key(&number, known).ok()
    }

    /// The request or the answer of an exchange that is open or ended in the present message.
    fn part(&mut self, number: u32, answer: bool) -> Option<&mut Transmission> {
        let exchange = match self.place(number) {
            Some(place) => self.open.get_mut(place).map(|open| &mut open.exchange),
            None => self.ended.iter_mut().find(|known| known.number == number),
        }?;
        match answer {
            true => exchange.answered.as_mut(),
            false => exchange.asked.as_mut(),
        }
    }
}

fn bounded(mut text: String) -> Box<str> {
    text.truncate(text.floor_char_boundary(MAX_TEXT));
    text.into_boxed_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::{data::DISSECTOR, http};

    fn log(server: [u8; 4], keeps: bool) -> ExchangeLog {
        let setting = Setting {
            client: ([10, 0, 0, 1].into(), 50000),
            server: (server.into(), 80),
            keeps,
        };
        ExchangeLog::new(&setting, &DISSECTOR)
    }

    const PLACE: Place = Place {
        side: Side::Client,
        packet: 1,
        time_ns: 1,
        seen: 0,
    };

    fn requests(log: &mut ExchangeLog, count: usize) -> Vec<Exchange> {
        for _ in 0..count {
            log.ask(&PLACE, 1, Purpose::Other, || "한".repeat(MAX_TEXT));
        }
        let mut events = Vec::new();
        log.end(&mut events);
        let exchanges = events.into_iter().map(|event| match event {
            Event::Exchange(exchange) => *exchange,
            other => unreachable!("{other:?}"),
        });
        exchanges.collect()
    }

    /// Neither does the index keep exchanges, nor has a multicast address any.
    #[test]
    fn what_is_kept_is_bounded() {
        let mut kept = log([10, 0, 0, 2], true);
        let all = requests(&mut kept, 2 * MAX_OPEN);
        let numbers: Vec<_> = all.iter().map(|exchange| exchange.number).collect();
        assert_eq!(numbers, (0..2 * MAX_OPEN as u32).collect::<Vec<_>>());
        let bound = |exchange: &Exchange| exchange.request.len() <= MAX_TEXT;
        assert!(all.iter().all(bound));
        for (server, keeps) in [
            ([10, 0, 0, 2], false),
            ([224, 0, 0, 251], true),
            ([255; 4], true),
        ] {
            let mut log = log(server, keeps);
            assert_eq!(requests(&mut log, 3).len(), 0);
            assert!(!log.is_new());
        }
    }

    /// No number that a session makes up does harm.
    #[test]
    fn exchanges_that_are_not_open() {
        let mut log = log([10, 0, 0, 2], true);
        log.request(7, &PLACE, 1, true);
        log.response(7, &PLACE, 1);
        log.answer(u32::MAX, Class::Ok, None, String::new);
        log.preliminary(7, PacketTime::default());
        log.answered(7, Transmission::default());
        log.ended(7);
        assert_eq!(requests(&mut log, 0).len(), 0);
    }

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
            dissector: &http::DISSECTOR,
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
            stream: None,
        };
        for (asked, preliminary, answered, first_byte, duration) in [
            (from(1, 2), None, from(4, 9), Some(20), Some(80)),
            (from(1, 2), Some(3), from(4, 9), Some(10), Some(80)),
            // Before the request's end it says nothing of how long the answer took.
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
    }
}
