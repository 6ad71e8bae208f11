//! A conversation in DNS: which response answers which query.

use super::{
    message::{HEADER, Opcode, flag},
    name::name,
    named,
    record_type::RecordType,
};
use crate::{
    Class, Event, Framing, HeapSize, MessageInfo, NameSource, PerSide, Place, Purpose, Session,
    Setting, Side, exchange_log::ExchangeLog, session::SHORT_TEXTS, tail::Tail,
};
use nom::{
    Parser,
    error::Error,
    number::{be_u16, be_u32},
};
use std::{
    collections::HashMap,
    fmt::{self, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// The size of the length before a message in a stream: RFC 1035, section 4.2.2.
pub const LENGTH: usize = 2;

/// A query with the same id within this time, nanoseconds, is a repetition; later it is a new one.
const REPEATS_NS: i64 = 5_000_000_000;

/// The longest wait for a response, nanoseconds: resolvers give up long before. It applies only where there are many
/// queries.
const ANSWERS_NS: i64 = 60_000_000_000;

/// At least this many queries are known by their ids, whatever their age.
const MIN_KNOWN: usize = 128;

/// The role of a message in its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A query, and the packet that answers it.
    Query(Option<u64>),
    /// A repetition of an earlier packet's query.
    QueryAgain(u64),
    /// The response to the query of this packet, this many nanoseconds after it.
    Response(u64, i64),
    /// A repetition of an earlier packet's response.
    ResponseAgain(u64),
    /// A response without a query in this conversation.
    Unsolicited,
}

/// A query and its response.
#[derive(Clone)]
struct Exchange {
    /// The number of the query's message.
    message: usize,
    query: (u64, i64),
    response: Option<u64>,
    /// When the later of both was captured.
    latest_ns: i64,
    /// Its number in the log, and whether it is answered there: a response with the same id may be about another name.
    number: u32,
    is_answered: bool,
}

impl Exchange {
    /// Returns whether a response, or its repetition, may still come.
    fn is_current(&self, time_ns: i64) -> bool {
        let time = match self.response {
            Some(_) => REPEATS_NS,
            None => ANSWERS_NS,
        };
        time_ns.saturating_sub(self.latest_ns) <= time
    }
}

/// The role of a message, and whether it may still change.
#[derive(Clone)]
struct Kept {
    role: Option<Role>,
    open: bool,
}

/// A message that is being read.
#[derive(Clone)]
struct Saying {
    id: u16,
    flags: u16,
    /// The question that it asks or answers; empty where it is not needed.
    question: String,
    answer: Option<Answer>,
}

/// The contents of the first exchange.
#[derive(Clone, Default)]
struct First {
    /// The beginning of a message: its header, and its first name and type.
    about: Box<[u8]>,
    id: u16,
    answer: Option<Answer>,
}

impl First {
    /// Whether a response repeats the question, or none.
    fn is_asked_in(&self, response: &[u8]) -> bool {
        let Some(about) = about(response) else {
            return true;
        };
        let question = |about: &[u8]| about.get(HEADER..).map(<[u8]>::to_ascii_lowercase);
        question(&about) == question(&self.about)
    }
}

/// The result of the first question.
#[derive(Clone)]
enum Answer {
    Address(IpAddr),
    Name(String),
    Records(u16),
    Error(u16),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Answer::Address(address) => address.fmt(f),
            Answer::Name(name) => f.write_str(name),
            Answer::Records(0) => f.write_str("no such record"),
            Answer::Records(1) => f.write_str("1 record"),
            Answer::Records(count) => write!(f, "{count} records"),
            Answer::Error(code) => match mnemonic(*code) {
                Some(code) => f.write_str(code),
                None => write!(f, "error {code}"),
            },
        }
    }
}

/// The class of an exchange with this response code: RFC 1035, section 4.1.1, and RFC 2136, section 2.2.
fn class(code: u16) -> Class {
    match code {
        0 => Class::Ok,
        1 | 3 | 6..=10 => Class::ClientError,
        5 => Class::Refused,
        _ => Class::ServerError,
    }
}

/// Pairs queries with their responses.
#[derive(Clone)]
struct Pairs {
    /// Whether the roles of messages are kept.
    keeps: bool,
    /// The message that each side is sending.
    saying: PerSide<Option<Saying>>,
    /// The latest exchange of each id.
    latest: HashMap<u16, Exchange>,
    /// How many exchanges there may be before old ones are dropped.
    room: usize,
    log: ExchangeLog,
    messages: Tail<Kept>,
}

/// A conversation in DNS.
#[derive(Clone)]
pub struct Dns {
    framed: bool,
    /// A responder answers in a conversation of its own.
    multicast: bool,
    /// The source of the names.
    by: NameSource,
    /// The names in the answers of the present message.
    named: Vec<Event>,
    pairs: Option<Box<Pairs>>,
    first: Option<First>,
    /// Queries after the first one, and the id of the latest.
    more: (u32, u16),
}

impl Dns {
    /// Begins a conversation.
    pub fn new(setting: &Setting, framed: bool) -> Self {
        let ports = [setting.client.1, setting.server.1];
        let (by, protocol) = match () {
            () if ports.contains(&5353) => (NameSource::MulticastDns, "mdns"),
            () if ports.contains(&5355) => (NameSource::Llmnr, "llmnr"),
            () => (NameSource::Dns, "dns"),
        };
        Dns {
            framed,
            multicast: matches!(setting.server.1, 5353 | 5355),
            by,
            named: Vec::new(),
            pairs: (setting.keeps || setting.exchanges != crate::Exchanges::None).then(|| {
                Box::new(Pairs {
                    keeps: setting.keeps,
                    saying: PerSide::default(),
                    latest: HashMap::new(),
                    room: MIN_KNOWN,
                    log: ExchangeLog::new(setting, protocol),
                    messages: Tail::default(),
                })
            }),
            first: None,
            more: (0, 0),
        }
    }

    /// Reads a message's header, and more of it while the first exchange is not summarized.
    fn look(&mut self, side: Side, message: &[u8]) {
        let header = (be_u16::<_, Error<&[u8]>>(), be_u16());
        let header = { header }.parse_complete(message).ok();
        let Some((_, (id, flags))) = header else {
            return;
        };
        let response = flags & flag::RESPONSE != 0;
        if response {
            let (by, told) = (self.by, &mut self.named);
            named::names(message, |address, name| {
                told.push(Event::Named { address, name, by });
            });
        }
        if let Some(pairs) = &mut self.pairs {
            pairs.saying[side] = Some(Saying {
                id,
                flags,
                question: about(message).map_or_else(String::new, |it| question(&it, flags)),
                answer: response.then(|| answer(message)).flatten(),
            });
        }
        match &mut self.first {
            None => {
                self.first = about(message).map(|about| First {
                    about,
                    id,
                    answer: response.then(|| answer(message)).flatten(),
                });
                self.more = (0, id);
            }
            Some(first) if response => {
                if first.answer.is_none() && first.id == id && first.is_asked_in(message) {
                    first.answer = answer(message);
                }
            }
            Some(_) => {
                self.more.0 += u32::from(self.more.1 != id);
                self.more.1 = id;
            }
        }
    }
}

impl Pairs {
    fn role(&mut self, saying: Saying, ended: &MessageInfo) -> Role {
        let Saying { id, flags, .. } = saying;
        let exchange = self.latest.get_mut(&id);
        if flags & flag::RESPONSE != 0 {
            let (role, number) = match exchange {
                None => {
                    let question = || saying.question.clone();
                    let number = self.log.begin(Purpose::Query, question);
                    (Role::Unsolicited, number)
                }
                Some(exchange) => {
                    // Wireshark goes by the id alone. What is asked must be repeated: RFC 5452, section 9.1.
                    let asked = &saying.question;
                    let number = exchange.number;
                    let fits = asked.is_empty() || self.log.is_request(number, asked);
                    let is_answer = fits && !exchange.is_answered;
                    exchange.is_answered |= fits;
                    let role = match exchange.response {
                        Some(packet) => Role::ResponseAgain(packet),
                        None => {
                            exchange.response = Some(ended.packet);
                            exchange.latest_ns = ended.time_ns;
                            let (packet, time_ns) = exchange.query;
                            let message = exchange.message;
                            self.close(message, Some(ended.packet));
                            Role::Response(packet, time_ns)
                        }
                    };
                    if !is_answer {
                        return role;
                    }
                    (role, number)
                }
            };
            let code = flags & flag::CODE;
            let words = || {
                let answer = saying.answer.as_ref();
                answer.map_or_else(String::new, Answer::to_string)
            };
            self.log
                .answer(number, class(code), Some(code.into()), words);
            self.log.answered(number, ended.into());
            return role;
        }
        if let Some(exchange) = &exchange
            && exchange.response.is_none()
            && ended.time_ns.saturating_sub(exchange.query.1) <= REPEATS_NS
        {
            self.log.repeated(exchange.number);
            return Role::QueryAgain(exchange.query.0);
        }
        // To Wireshark it is a new query after this time.
        let asked_before = match exchange {
            Some(exchange) if exchange.is_current(ended.time_ns) && !exchange.is_answered => {
                let number = exchange.number;
                let is_same = self.log.is_request(number, &saying.question);
                exchange.is_answered = is_same;
                is_same.then_some(number)
            }
            _ => None,
        };
        if self.latest.len() >= self.room {
            self.forget(ended.time_ns);
        }
        let number = match asked_before {
            Some(number) => {
                self.log.repeated(number);
                number
            }
            None => {
                let number = self.log.begin(Purpose::Query, || saying.question);
                self.log.asked(number, ended.into());
                number
            }
        };
        let exchange = Exchange {
            message: ended.number,
            query: (ended.packet, ended.time_ns),
            response: None,
            latest_ns: ended.time_ns,
            number,
            is_answered: false,
        };
        if let Some(earlier) = self.latest.insert(id, exchange) {
            self.give_up(&earlier);
        }
        Role::Query(None)
    }

    /// Gives up waiting for the answer to a query, if there was none.
    fn give_up(&mut self, exchange: &Exchange) {
        if exchange.response.is_none() {
            self.close(exchange.message, None);
        }
        if !exchange.is_answered {
            self.log.give_up(exchange.number);
        }
    }

    /// Fixes the result of a query.
    fn close(&mut self, message: usize, response: Option<u64>) {
        if let Some(kept) = self.messages.get_mut(message) {
            kept.role = Some(Role::Query(response));
            kept.open = false;
        }
    }

    /// Drops exchanges that are over. There is room for twice as many as remain.
    fn forget(&mut self, time_ns: i64) {
        let over = |_: &u16, exchange: &mut Exchange| !exchange.is_current(time_ns);
        let mut over: Vec<_> = self.latest.extract_if(over).collect();
        over.sort_unstable_by_key(|(_, exchange)| exchange.number);
        for (_, exchange) in over {
            self.give_up(&exchange);
        }
        self.room = MIN_KNOWN.max(2 * self.latest.len());
    }
}

/// Returns the subject of a message: the type and name of its question, and the operation unless it is a query.
fn question(about: &[u8], flags: u16) -> String {
    let Some(words) = type_and_name(about) else {
        return String::new();
    };
    match Opcode(((flags & flag::OPCODE) >> flag::OPCODE.trailing_zeros()) as u8) {
        Opcode::QUERY => words,
        other => format!("{} {words}", other.name().unwrap_or("Unknown operation")),
    }
}

fn type_and_name(about: &[u8]) -> Option<String> {
    let mut asked = (name(about), be_u16::<_, Error<&[u8]>>());
    let (_, (name, kind)) = asked.parse_complete(about.get(HEADER..)?).ok()?;
    Some(format!("{} {}", RecordType(kind).brief(), name.text()))
}

/// Returns the header of a message with the first name and type after it.
fn about(message: &[u8]) -> Option<Box<[u8]>> {
    let rest = message.get(HEADER..)?;
    let mut whole = (name(message), be_u16::<_, Error<&[u8]>>());
    let (behind, _) = whole.parse_complete(rest).ok()?;
    Some(message.get(..message.len() - behind.len())?.into())
}

/// Returns the first answer of the requested type, or else the result of a response.
fn answer(message: &[u8]) -> Option<Answer> {
    /// Aliases before the answer that are passed, at most.
    const MAX_RECORDS: u16 = 32;
    let header = message.first_chunk::<HEADER>()?;
    let [_, _, high, low, a, b, c, d, ..] = *header;
    let code = u16::from_be_bytes([high, low]) & flag::CODE;
    if code != 0 {
        return Some(Answer::Error(code));
    }
    let (questions, answers) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    let mut rest = message.get(HEADER..)?;
    let mut asked = None;
    for _ in 0..questions.min(MAX_RECORDS) {
        let mut question = (name(message), be_u16::<_, Error<&[u8]>>(), be_u16());
        let (behind, (_, kind, _)) = question.parse_complete(rest).ok()?;
        asked.get_or_insert(kind);
        rest = behind;
    }
    let mut first = None;
    for _ in 0..answers.min(MAX_RECORDS) {
        let mut record = (
            name(message),
            be_u16::<_, Error<&[u8]>>(),
            be_u16(),
            be_u32(),
            be_u16(),
        );
        let Ok((data, (_, kind, _, _, length))) = record.parse_complete(rest) else {
            break;
        };
        let Some((data, behind)) = data.split_at_checked(length.into()) else {
            break;
        };
        // Aliases precede the requested record.
        match RecordType(kind) {
            _ if asked.is_some_and(|asked| asked != kind) => {}
            RecordType::A => {
                let address = <[u8; 4]>::try_from(data).ok()?;
                return Some(Answer::Address(Ipv4Addr::from(address).into()));
            }
            RecordType::AAAA => {
                let address = <[u8; 16]>::try_from(data).ok()?;
                return Some(Answer::Address(Ipv6Addr::from(address).into()));
            }
            RecordType::CNAME | RecordType::PTR | RecordType::NS if first.is_none() => {
                first = name(message).parse_complete(data).ok();
            }
            _ => {}
        }
        rest = behind;
    }
    Some(match first {
        Some((_, name)) => Answer::Name(name.text()),
        None => Answer::Records(answers),
    })
}

/// Returns the usual abbreviation of a response code: RFC 1035, section 4.1.1, and RFC 2136, section 2.2.
fn mnemonic(code: u16) -> Option<&'static str> {
    Some(match code {
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        _ => return None,
    })
}

impl HeapSize for Role {}

impl HeapSize for Kept {}

impl Session for Dns {
    type Context = Role;

    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        if !self.framed {
            self.look(place.side, bytes);
            return Framing::Complete(bytes.len() as u64);
        }
        let Some((length, message)) = bytes.split_first_chunk::<LENGTH>() else {
            return Framing::NeedMore;
        };
        let length = usize::from(u16::from_be_bytes(*length));
        if length < HEADER {
            return Framing::NotRecognized;
        }
        // The whole message is read for exchanges, of which the index keeps the first, and where it may name addresses;
        // else the header is enough.
        let told = self
            .first
            .as_ref()
            .is_some_and(|first| first.answer.is_some());
        let names = message.first_chunk().is_some_and(named::may_name);
        let needed = match told && !names && self.pairs.is_none() {
            true => HEADER,
            false => length,
        };
        if message.len() < needed {
            return Framing::NeedMore;
        }
        let (message, _) = message.split_at(length.min(message.len()));
        self.look(place.side, message);
        Framing::Complete((LENGTH + length) as u64)
    }

    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        // Most conversations have one response: the list is not kept for more.
        events.extend(std::mem::take(&mut self.named));
        if let Some(pairs) = &mut self.pairs {
            let saying = pairs.saying[ended.side].take();
            let role = saying.map(|saying| pairs.role(saying, ended));
            let open = role == Some(Role::Query(None));
            if pairs.keeps {
                pairs.messages.push(Kept { role, open });
            }
            pairs.log.deliver(ended, events);
        }
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        if let Some(pairs) = &mut self.pairs {
            pairs.log.end(events);
        }
    }

    fn lost(&mut self, _: Side) {
        if let Some(pairs) = &mut self.pairs {
            pairs.log.lost();
        }
    }

    fn context(&self, number: usize) -> Option<Role> {
        self.pairs.as_ref()?.messages.get(number)?.role
    }

    fn settled(&self, read: usize) -> usize {
        let messages = self.pairs.as_ref().map(|pairs| &pairs.messages);
        let open = messages.and_then(|messages| messages.find(|kept| kept.open));
        open.unwrap_or(read)
    }

    fn evict(&mut self, before: usize) {
        if let Some(pairs) = &mut self.pairs {
            pairs.messages.evict(before);
        }
    }

    fn allocated(&self) -> usize {
        let pairs = self.pairs.as_ref().map_or(0, |pairs| {
            let latest = pairs.latest.capacity() * size_of::<(u16, Exchange)>();
            size_of::<Pairs>() + latest + pairs.log.heap_size() + pairs.messages.heap_size()
        });
        self.named.heap_size() + pairs + SHORT_TEXTS
    }

    fn summary(&self) -> String {
        let Some(first) = &self.first else {
            return String::new();
        };
        let Some(mut words) = type_and_name(&first.about) else {
            return String::new();
        };
        match &first.answer {
            None if self.multicast => {}
            None => words += ", no answer",
            Some(answer) => {
                let _ = write!(words, " → {answer}");
            }
        }
        match self.more.0 {
            0 => words,
            more => format!("{words} and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::{dns, dns_stream};
    use crate::{AnySession, test_session::Script, test_support::bytes};

    const ASKED: &str = "0001 0100 0001 0000 0000 0000 0377777707657861 6d706c65 00 0001 0001";
    const ANSWERED: &str = "0001 8180 0001 0002 0000 0000 0377777707657861 6d706c65 00 0001 0001 \
        c00c 0005 0001 0000003c 0004 01 61 c010 c02d 0001 0001 0000003c 0004 cb00710a";
    const NOBODY: &str = "0002 8183 0001 0000 0000 0000 0161 00 001c 0001";

    fn datagrams() -> Script {
        Script::new(&dns::DISSECTOR, 53)
    }

    #[test]
    fn a_question_and_its_answer() {
        let mut dns = datagrams();
        dns.datagram(Side::Client, 0, &bytes(ASKED));
        assert_eq!(dns.summary(), "A www.example, no answer");
        dns.datagram(Side::Client, 1_000, &bytes(ASKED));
        dns.datagram(Side::Server, 2_000, &bytes(ANSWERED));
        dns.datagram(Side::Server, 3_000, &bytes(ANSWERED));
        dns.datagram(Side::Server, 4_000, &bytes(NOBODY));
        dns.datagram(Side::Client, 4_500, b"\x00");
        assert_eq!(dns.summary(), "A www.example → 203.0.113.10");
        assert_eq!(
            dns.all_known::<Role>(),
            [
                Some(Role::Query(Some(3))),
                Some(Role::QueryAgain(1)),
                Some(Role::Response(1, 0)),
                Some(Role::ResponseAgain(3)),
                Some(Role::Unsolicited),
                None,
            ]
        );
    }

    /// Queries without a response are kept for a minute, or as many as there are ids.
    #[test]
    fn queries_are_forgotten() {
        for (every_ns, limit) in [
            (1_000_000_000, 2 * MIN_KNOWN),
            (10_000_000, 2 * 6_001),
            (1, 1 << 16),
        ] {
            let mut dns = Dns::new(&crate::test_session::setting(53), false);
            let (mut events, mut given_up) = (Vec::new(), 0);
            for number in 0..200_000_usize {
                let time_ns = number as i64 * every_ns;
                let mut query = bytes(ASKED);
                if let Some(id) = query.first_chunk_mut() {
                    *id = (number as u16).to_be_bytes();
                }
                let place = Place {
                    side: Side::Client,
                    packet: number as u64,
                    time_ns,
                    seen: 0,
                };
                Session::frame(&mut dns, &place, &query);
                let ended = MessageInfo {
                    number,
                    side: Side::Client,
                    first_packet: number as u64,
                    first_ns: time_ns,
                    packet: number as u64,
                    time_ns,
                    length: query.len() as u64,
                    missing: 0,
                    complete: true,
                };
                Session::on_message(&mut dns, &ended, &mut events);
                given_up += events.drain(..).count();
                let settled = AnySession::settled(&dns, number + 1);
                Session::evict(&mut dns, settled);
                let known = dns.pairs.as_ref().map_or(0, |pairs| pairs.latest.len());
                assert!(known <= limit, "{known} of {limit}");
                assert!(number + 1 - settled <= limit.max(1 << 16));
            }
            assert!(given_up >= 60_000, "{given_up}");
        }
    }

    /// A later query with the same id is a new one.
    #[test]
    fn a_question_that_is_asked_later() {
        let mut dns = datagrams();
        for time in [0, REPEATS_NS, REPEATS_NS + 1] {
            dns.datagram(Side::Client, time, &bytes(ASKED));
        }
        assert_eq!(
            dns.all_known::<Role>(),
            [
                Some(Role::Query(None)),
                Some(Role::QueryAgain(1)),
                Some(Role::Query(None)),
            ]
        );
    }

    #[test]
    fn exchanges() {
        let query = |id: &str| bytes(&ASKED.replacen("0001", id, 1));
        let failure = |id: &str, code: u8| {
            let mut response = query(id);
            if let Some(flags) = response.get_mut(2..4) {
                flags.copy_from_slice(&[0x81, 0x80 | code]);
            }
            response
        };
        let mut dns = datagrams();
        let mut time = 0;
        let mut say = |side, bytes: &[u8]| {
            dns.datagram(side, time, bytes);
            time += 1_000_000_000;
        };
        for id in ["0001", "0001", "0005", "0006", "0007"] {
            say(Side::Client, &query(id));
        }
        say(Side::Server, &failure("0006", 5));
        say(Side::Server, &bytes(ANSWERED));
        say(Side::Server, &failure("0005", 2));
        say(Side::Server, &bytes(NOBODY));
        assert_eq!(
            dns.exchanges(),
            [
                "Query: ok 0: A www.example → 203.0.113.10 (1-1 29 → 7-7 61, 6 s)",
                "Query: server error 2: A www.example → SERVFAIL (3-3 29 → 8-8 29, 5 s)",
                "Query: refused 5: A www.example → REFUSED (4-4 29 → 6-6 29, 2 s)",
                "Query: none: A www.example → - (5-5 29 → -)",
                "Query: client error 3: AAAA a → NXDOMAIN (- → 9-9 19)",
            ]
        );
    }

    /// A response about another name does not answer the query, although Wireshark pairs both by their id.
    #[test]
    fn a_response_about_another_name() {
        let mut dns = datagrams();
        let query = bytes(ASKED);
        let other = ASKED.replacen("0100", "8183", 1);
        let other = bytes(&other.replacen("77777707", "78777707", 1));
        dns.datagram(Side::Client, 0, &query);
        dns.datagram(Side::Server, 1_000_000_000, &other);
        assert_eq!(dns.summary(), "A www.example, no answer");
        let capitals = bytes(&ANSWERED.replacen("0377777707657861", "0357575707457841", 1));
        dns.datagram(Side::Server, 2_000_000_000, &capitals);
        assert_eq!(dns.summary(), "A www.example → 203.0.113.10");
        assert_eq!(
            dns.all_known::<Role>(),
            [
                Some(Role::Query(Some(2))),
                Some(Role::Response(1, 0)),
                Some(Role::ResponseAgain(2)),
            ]
        );
        assert_eq!(
            dns.exchanges(),
            ["Query: ok 0: A www.example → 203.0.113.10 (1-1 29 → 3-3 61, 2 s)"]
        );
        // It is never answered.
        let mut dns = datagrams();
        dns.datagram(Side::Client, 0, &query);
        dns.datagram(Side::Server, 1_000_000_000, &other);
        assert_eq!(
            dns.exchanges(),
            ["Query: none: A www.example → - (1-1 29 → -)"]
        );
        // A response without a question, as some servers send with an error.
        let mut dns = datagrams();
        dns.datagram(Side::Client, 0, &query);
        let refused = bytes("0001 8185 0000 0000 0000 0000");
        dns.datagram(Side::Server, 1_000_000_000, &refused);
        assert_eq!(
            dns.exchanges(),
            ["Query: refused 5: A www.example → REFUSED (1-1 29 → 2-2 12, 1 s)"]
        );
    }

    /// A query that is sent again and then answered is one exchange, however late it is sent again.
    #[test]
    fn a_question_that_is_repeated() {
        for wait_ns in [2_000_000_000, 7_000_000_000] {
            let mut dns = datagrams();
            dns.datagram(Side::Client, 0, &bytes(ASKED));
            dns.datagram(Side::Client, wait_ns, &bytes(ASKED));
            dns.datagram(Side::Server, wait_ns + 1_000_000, &bytes(ANSWERED));
            let line = format!(
                "Query: ok 0: A www.example → 203.0.113.10 (1-1 29 → 3-3 61, {} s)",
                wait_ns / 1_000_000_000
            );
            assert_eq!(dns.exchanges(), [line]);
        }
    }

    #[test]
    fn an_error_and_nonsense() {
        let mut dns = datagrams();
        dns.datagram(Side::Server, 0, &bytes(NOBODY));
        assert_eq!(dns.summary(), "AAAA a → NXDOMAIN");
        for hex in [
            "",
            "0001",
            "0001 0100 0001 0000 0000 0000",
            // Records that are not there, and a name that points at itself.
            "0001 8180 ffff ffff ffff ffff c00c 0001 0001",
        ] {
            let mut dns = datagrams();
            dns.datagram(Side::Client, 0, &bytes(hex));
            assert!(!dns.summary().contains('→'), "{hex}");
        }
    }

    /// The messages of a stream are the same wherever its segments end.
    #[test]
    fn a_stream_cut_anywhere() {
        let framed = |hex: &str| {
            let message = bytes(hex);
            [&(message.len() as u16).to_be_bytes()[..], &message].concat()
        };
        let said = [framed(ANSWERED), framed(NOBODY)].concat();
        for at in 1..said.len() {
            let mut dns = Script::new(&dns_stream::DISSECTOR, 53);
            dns.segment(Side::Client, &framed(ASKED));
            let (first, second) = said.split_at(at);
            dns.segment(Side::Server, first);
            dns.segment(Side::Server, second);
            let lengths = [ASKED, ANSWERED, NOBODY].map(|hex| framed(hex).len());
            assert_eq!(dns.lengths(), lengths, "{at}");
            assert_eq!(dns.summary(), "A www.example → 203.0.113.10");
            let known = dns.all_known::<Role>();
            assert!(matches!(known.get(1), Some(Some(Role::Response(1, _)))));
        }
    }
}
