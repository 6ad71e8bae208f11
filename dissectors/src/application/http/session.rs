//! A conversation in HTTP: where its messages end (RFC 9112, section 6.3) and which response answers which request.

use super::{
    header::folded,
    length::{BodyFraming, HeadLine, Start, leading_empty_lines, may_end_head, never_has_body},
    secret, status,
};
use crate::{
    Confidence, Event, Framing, HeaderSecrets, HeapSize, Media, MessageInfo, NameSource, PerSide,
    Place, Purpose, Selector, Session, Setting, Side, Transmission, Undeclared,
    application::{
        ascii::{request_of, size, string},
        coding::Coding,
        escape::readable_uri,
        http2,
        line::readable,
        passwords::Passwords,
        undeclared_text::UndeclaredText,
        websocket,
    },
    exchange_log::ExchangeLog,
    header_secrets::{contains, is_harmless_head, masked},
    secrets::{Echoes, SentSecrets},
    session::SHORT_TEXTS,
    tail::Tail,
};
use std::{collections::VecDeque, ops::Range, sync::Arc};

/// Recognizes a request line or a status line: both contain the version.
pub fn looks_like(bytes: &[u8]) -> Confidence {
    let rest = bytes.get(leading_empty_lines(bytes)..).unwrap_or_default();
    if http2::may_begin(rest) {
        return Confidence::Impossible;
    }
    // A segment may end inside the empty lines before a request.
    if rest.is_empty() && !bytes.is_empty() {
        return Confidence::Possible;
    }
    let line = HeadLine::first_or_rest(rest).text;
    match Start::of(line) {
        Some(Start::Response) => Confidence::Certain,
        Some(Start::Request) if is_request_line(line) => Confidence::Certain,
        Some(Start::Request) => Confidence::Possible,
        // A segment may end inside the first word.
        None if line.len() == rest.len() && Start::may_become(rest) => Confidence::Possible,
        None => Confidence::Impossible,
    }
}

/// Searches the extensions in the line of a chunk: RFC 9112, section 7.1.1. Returns whether there are secrets.
fn search_extensions(bytes: &[u8], found: &mut Vec<Range<usize>>) -> bool {
    let line = HeadLine::first_or_rest(bytes).text;
    let line = line.get(..LONGEST_CHUNK_LINE).unwrap_or(line);
    if !line.contains(&b';') {
        return false;
    }
    let mut pairs = HeaderSecrets::pairs();
    pairs.find(line, found);
    pairs.has_found()
}

fn is_request_line(line: &[u8]) -> bool {
    let version = line.rsplit(|&byte| byte == b' ').next();
    version.is_some_and(|version| version.starts_with(b"HTTP/"))
}

/// A longer line is no chunk size.
const LONGEST_CHUNK_LINE: usize = 4096;

/// A packet and when it was captured, nanoseconds since the epoch.
pub type PacketTime = (u64, i64);

/// A request and its result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// The request's method.
    pub method: String,
    /// The requested URI, with its host if the request named one. It may hold a password.
    pub uri: String,
    /// The packet that completed the request.
    pub request: Option<PacketTime>,
    /// The packet that completed the response.
    pub response: Option<PacketTime>,
}

/// What is known of a message besides its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// When it was complete, nanoseconds since the epoch.
    pub time_ns: i64,
    /// It was broken off, or bytes in its middle are missing.
    pub broken_off: bool,
    /// The number of its exchange in the conversation, from 1; 0 for none.
    pub number: usize,
    /// The request and its response, one of which is this message.
    pub exchange: Exchange,
    /// The packets of the previous request and response.
    pub before: [Option<u64>; 2],
    /// The packets of the next request and response.
    pub behind: [Option<u64>; 2],
    /// The secrets that were sent before: the message may repeat them where only its dissector sees them.
    pub sent: Arc<SentSecrets>,
    /// This is no message: the exchange opened the tunnel through which one of another protocol is sent.
    pub is_tunnel: bool,
}

/// The maximum number of requests that wait for their responses: no client pipelines more.
const MAX_WAITING: usize = 1000;

/// A request waits for its response until at most this many later exchanges have begun.
const MAX_BEHIND: usize = 4 * MAX_WAITING;

/// The length to which a secret in a body is kept, bytes.
const MAX_SECRET: usize = 4096;

/// The length to which a URI is cut, bytes.
const MAX_URI: usize = 2048;

/// The length to which a host is cut: a domain name of 255 bytes and a port.
const MAX_HOST: usize = 262;

/// The length of the longest line end: CR CR LF.
const LONGEST_LINE_END: usize = 3;

/// A longer head is taken to have no end: servers accept 8 to 64 KiB.
const MAX_HEAD: usize = 512 << 10;

/// What comes next in one side's stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Head,
    /// The size of a chunk.
    Chunk,
    /// Trailer fields and the empty line after them.
    Trailer,
    /// A body that ends with the connection.
    UntilEnd,
    /// A body of unknown length that is not worth waiting for, or whose beginning was not seen: each segment is
    /// independent until one begins a message.
    Loose,
}

/// The meaning of a request's method for the messages that follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Method {
    #[default]
    Other,
    /// The response has no body, whatever its head contains.
    Head,
    /// After a successful response another protocol follows.
    Connect,
}

/// The protocol that both sides are to use next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Upgrade {
    #[default]
    None,
    WebSocket,
    Http2,
    Unknown,
}

/// The head of the message that a side is sending.
#[derive(Clone, Copy, Debug)]
struct Saying {
    start: Start,
    method: Method,
    /// A response's status code.
    code: u16,
    upgrade: Upgrade,
    /// The length of the head so far, within the limit.
    head: u32,
    /// A message of this length has no body, bytes.
    bare: u32,
    /// What a body is, if that is stated.
    body: Option<[Selector; 4]>,
    /// The exchange that it belongs to, by its number in the log. None for an interim response without a request.
    exchange: Option<u32>,
}

/// A request without a response.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// Its number in the log.
    exchange: u32,
    /// The index of its exchange in the conversation, once the request is complete.
    place: Option<u32>,
    method: Method,
}

/// The first exchange, for the summary.
#[derive(Clone, Default)]
struct First {
    /// Its number in the log.
    exchange: u32,
    request: String,
    response: String,
    /// The length of the response's body, once it has arrived.
    length: Option<u64>,
}

/// Data that is kept for the dissector of the messages.
#[derive(Clone, Default)]
struct Kept {
    exchanges: Tail<Exchange>,
    /// Each message's exchange, its time and whether it was broken off, and the secrets that were sent before its end.
    messages: Tail<(Option<usize>, i64, bool, Arc<SentSecrets>)>,
    /// Method and URI of the request that is being sent.
    asking: (String, String),
    /// What opened the tunnel, once there is one.
    tunnel: Option<Exchange>,
}

/// The body of a message while it arrives.
#[derive(Clone)]
struct Body {
    passwords: Passwords,
    /// The bytes that precede the body.
    before: u64,
    /// The bytes of the body that follow them.
    length: u64,
}

/// The fields that determine whether a body may hold passwords.
#[derive(Default)]
struct BodyFields<'a> {
    content_type: Option<&'a [u8]>,
    /// It is compressed. Such bodies are searched where they are decompressed.
    compressed: bool,
    chunked: bool,
}

/// The length of a chunked body without contents: `0` and two ends of lines.
const EMPTY_CHUNKS: u32 = 5;

impl<'a> BodyFields<'a> {
    fn note(&mut self, name: &[u8], value: &'a [u8]) {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        if is(b"content-type") {
            self.content_type = Some(value);
        } else if is(b"content-encoding") || is(b"transfer-encoding") {
            self.compressed |= !Coding::list(&string(value)).is_empty();
        }
    }

    /// Returns what the body is, if that is stated.
    fn media(&self) -> Option<[Selector; 4]> {
        let media = Media::parse(&readable(self.content_type?));
        Some(Selector::of_media(&media.name))
    }

    /// Begins to search the body that these fields describe, if it may hold passwords.
    fn passwords(&self) -> Option<Passwords> {
        /// Words that are part of the names of all media types with passwords.
        const WORDS: [&[u8]; 4] = [b"json", b"form", b"multipart", b"xml"];
        let value = self.content_type.filter(|_| !self.compressed)?;
        let may_hold = WORDS.iter().any(|word| contains(value, word));
        let media = may_hold.then(|| Media::parse(&readable(value)))?;
        secret::format(&media).map(Passwords::new)
    }
}

impl Body {
    fn find(&mut self, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let length = bytes.len() as u64;
        let before = length.min(self.before);
        let data = (length - before).min(self.length);
        self.before -= before;
        self.length -= data;
        let (_, rest) = bytes.split_at(before as usize);
        let (data, _) = rest.split_at(data as usize);
        self.passwords.find(before as usize, data, found);
    }
}

/// A conversation in HTTP.
#[derive(Clone)]
pub struct Http {
    datagrams: bool,
    states: PerSide<State>,
    /// The offset at which the first line of the current head ends; 0 before it has arrived.
    first_lines: PerSide<usize>,
    saying: PerSide<Option<Saying>>,
    /// The length of the empty lines before each side's message.
    empty_lines: PerSide<u64>,
    /// Search each side's lines for secrets: heads, trailers, and text of no known message.
    lines: PerSide<HeaderSecrets>,
    /// The body of each side's message that may hold passwords.
    bodies: PerSide<Option<Box<Body>>>,
    waiting: VecDeque<Waiting>,
    /// The number of exchanges as Wireshark counts them: a response to an incomplete request is a separate exchange.
    exchanges: usize,
    log: ExchangeLog,
    requests: usize,
    responses: usize,
    messages: usize,
    /// The side that sends requests: where the beginning was not captured, it may be either.
    asks: Option<Side>,
    /// A response may have been missed.
    missed: bool,
    /// The client put two requests into one packet: it does not wait for answers.
    pipelines: bool,
    /// The packet that completed the last request.
    asked_in: u64,
    secret: bool,
    sent: Arc<SentSecrets>,
    /// The search for them in what each side sends.
    echoes: PerSide<Echoes>,
    /// The beginning of a secret in a body whose end has not come.
    secret_begun: PerSide<Vec<u8>>,
    undeclared: UndeclaredText,
    /// The host of the first request, until it is reported.
    host: Option<Box<str>>,
    first: Option<Box<First>>,
    kept: Option<Box<Kept>>,
}

impl Http {
    /// Begins a conversation.
    pub fn new(setting: &Setting, datagrams: bool) -> Self {
        Http {
            datagrams,
            states: PerSide::default(),
            first_lines: PerSide::default(),
            saying: PerSide::default(),
            empty_lines: PerSide::default(),
            lines: PerSide::from_fn(|_| HeaderSecrets::head()),
            bodies: PerSide::default(),
            waiting: VecDeque::new(),
            exchanges: 0,
            log: match datagrams {
                true => ExchangeLog::new(setting, "ssdp"),
                false => ExchangeLog::new(setting, "http"),
            },
            requests: 0,
            responses: 0,
            messages: 0,
            asks: None,
            missed: false,
            pipelines: false,
            asked_in: 0,
            secret: false,
            sent: Arc::default(),
            echoes: PerSide::default(),
            secret_begun: PerSide::default(),
            undeclared: UndeclaredText::new(setting),
            host: None,
            first: None,
            kept: setting.keeps.then(Box::default),
        }
    }

    /// Returns whether the new bytes are only more lines of a head: they are not read before the head is complete, so
    /// that a head in many small segments does not cost more.
    fn goes_on(&self, place: &Place, bytes: &[u8]) -> bool {
        let first_line = self.first_lines[place.side];
        let new = bytes
            .get(place.seen.saturating_sub(LONGEST_LINE_END)..)
            .unwrap_or_default();
        (1..=place.seen).contains(&first_line) && !may_end_head(new)
    }

    /// Returns whether it is clear by now, and was not before, that bytes begin no message.
    fn begins_none(&self, place: &Place, bytes: &[u8]) -> bool {
        if !has_line_end(place, bytes) || self.goes_on(place, bytes) {
            return false;
        }
        let rest = bytes.get(leading_empty_lines(bytes)..).unwrap_or_default();
        match HeadLine::ended(rest) {
            Some(line) => Start::of(line.text).is_none(),
            None => !rest.is_empty() && !Start::may_become(rest),
        }
    }

    fn head(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        let side = place.side;
        if place.seen == 0 {
            self.first_lines[side] = 0;
        }
        let mut at = leading_empty_lines(bytes);
        let rest = |at: usize| bytes.get(at..).unwrap_or_default();
        if at > 0 && !self.datagrams {
            // Any number of them may come in any number of segments.
            self.empty_lines[side] += at as u64;
            return Framing::Partial(at as u64);
        }
        // The result can only change where the new bytes end a line.
        if rest(at).is_empty() || !has_line_end(place, bytes) || self.goes_on(place, bytes) {
            return self.more(side, bytes);
        }
        let Some(first) = HeadLine::ended(rest(at)) else {
            return match Start::may_become(rest(at)) {
                true => self.more(side, bytes),
                false => self.loose(side, bytes),
            };
        };
        let Some(start) = Start::of(first.text) else {
            return self.loose(side, bytes);
        };
        at += first.whole;
        self.first_lines[side] = at;
        let mut framing = BodyFraming::default();
        let mut host = &b""[..];
        let mut upgrade = Upgrade::None;
        let mut fields = BodyFields::default();
        loop {
            let Some(line) = HeadLine::ended(rest(at)) else {
                return self.more(side, bytes);
            };
            let line = match rest(at + line.whole) {
                [b' ' | b'\t', ..] => folded(rest(at)),
                _ => line,
            };
            at += line.whole;
            if line.text.is_empty() {
                break;
            }
            let Some((name, value)) = line.halves() else {
                continue;
            };
            let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
            // Comparing the length first avoids most comparisons of names.
            match name.len() {
                4 if is(b"host") => host = value,
                7 if is(b"upgrade") => upgrade = Upgrade::of(value),
                12 | 14 | 16 | 17 => {
                    framing.note(name, value);
                    fields.note(name, value);
                }
                _ => {}
            }
        }
        let head = bytes.get(..at).unwrap_or_default();
        if start == Start::Request {
            self.undeclared.note_escaped(first.text);
        }
        if !head.is_ascii() {
            let lines = head.split(|&byte| byte == b'\n').skip(1);
            lines.for_each(|line| self.undeclared.note(line));
        }
        if start == Start::Request && self.secret {
            secret::note_head(Arc::make_mut(&mut self.sent), head);
        }
        fields.chunked = framing.chunked;
        self.begin(place, start, first.text, host, (upgrade, &fields), at);
        self.lines[side] = HeaderSecrets::head();
        self.bodies[side] = fields.passwords().map(|passwords| {
            Box::new(Body {
                passwords,
                before: at as u64,
                length: if framing.chunked { 0 } else { u64::MAX },
            })
        });
        match self.body(start, first.text, &framing) {
            _ if self.datagrams => Framing::Complete(bytes.len() as u64),
            (state, Some(length)) => {
                self.set(side, state);
                Framing::Complete((at as u64).saturating_add(length))
            }
            (State::Loose, None) => {
                self.set(side, State::Loose);
                Framing::Complete(bytes.len() as u64)
            }
            (state, None) => {
                self.set(side, state);
                Framing::Partial(at as u64)
            }
        }
    }

    /// Searches the lines among the bytes that are framed next. Returns the offset from which earlier results no
    /// longer hold.
    fn search_lines(
        &mut self,
        place: &Place,
        bytes: &[u8],
        found: &mut Vec<Range<usize>>,
    ) -> usize {
        let begins_none = self.states[place.side] == State::Head && self.begins_none(place, bytes);
        let lines = &mut self.lines[place.side];
        let searched = match self.states[place.side] {
            State::Head => {
                if begins_none {
                    *lines = HeaderSecrets::other();
                } else if place.seen == 0 {
                    *lines = HeaderSecrets::head();
                }
                bytes
            }
            // Each line of it is framed on its own.
            State::Trailer => match HeadLine::ended(bytes) {
                Some(line) => bytes.get(..line.whole).unwrap_or_default(),
                None => bytes,
            },
            State::Loose => {
                if begins_message(bytes) {
                    *lines = HeaderSecrets::head();
                }
                bytes
            }
            State::Chunk => {
                self.secret |= search_extensions(bytes, found);
                return 0;
            }
            State::UntilEnd => return 0,
        };
        let from = lines.find(searched, found);
        self.secret |= lines.has_found();
        from
    }

    /// Notes the secrets in a body, which may come in pieces, so that they are found where they are repeated.
    fn note_secrets_of_body(&mut self, side: Side, bytes: &[u8], found: &[Range<usize>]) {
        if found.first().is_none_or(|first| first.start > 0) {
            self.end_secret_of_body(side);
        }
        for part in found {
            let begun = &mut self.secret_begun[side];
            let room = MAX_SECRET.saturating_sub(begun.len());
            let secret = bytes.get(part.clone()).unwrap_or_default();
            begun.extend_from_slice(secret.get(..room).unwrap_or(secret));
            if part.end < bytes.len() {
                self.end_secret_of_body(side);
            }
        }
    }

    /// Notes the secret in a body that has ended.
    fn end_secret_of_body(&mut self, side: Side) {
        let secret = std::mem::take(&mut self.secret_begun[side]);
        if !secret.is_empty() {
            secret::note(Arc::make_mut(&mut self.sent), &secret);
        }
    }

    /// Returns the state after a head, and the length of the body if it is known beforehand.
    fn body(&self, start: Start, line: &[u8], framing: &BodyFraming) -> (State, Option<u64>) {
        let answers = self.waiting.front().map(|waiting| waiting.method);
        let response = start == Start::Response;
        let opens = answers == Some(Method::Connect) && status::of_line(line) / 100 == 2;
        if response && (answers == Some(Method::Head) || opens || never_has_body(line)) {
            return (State::Head, Some(0));
        }
        match framing.content_length {
            _ if framing.chunked => (State::Chunk, None),
            Some(length) if !framing.encoded => (State::Head, Some(length)),
            _ if !response && !framing.encoded => (State::Head, Some(0)),
            _ if framing.worth_waiting() || line.starts_with(b"HTTP/1.0") => {
                (State::UntilEnd, None)
            }
            _ => (State::Loose, None),
        }
    }

    /// Notes a message that begins.
    fn begin(
        &mut self,
        place: &Place,
        start: Start,
        line: &[u8],
        host: &[u8],
        (upgrade, fields): (Upgrade, &BodyFields),
        head: usize,
    ) {
        let (method, uri) = request_of(line);
        let head = (head as u64 + std::mem::take(&mut self.empty_lines[place.side])) as u32;
        let mut saying = Saying {
            start,
            method: match method {
                b"HEAD" => Method::Head,
                b"CONNECT" => Method::Connect,
                _ => Method::Other,
            },
            code: match start {
                Start::Response => status::of_line(line),
                Start::Request => 0,
            },
            upgrade,
            head,
            bare: match fields.chunked {
                true => head + EMPTY_CHUNKS,
                false => head,
            },
            body: fields.media(),
            exchange: None,
        };
        match start {
            Start::Request => {
                self.asks = Some(place.side);
                let exchange = self.begin_request(saying.method, method, uri, host);
                self.log.request(exchange, place, 0, false);
                saying.exchange = Some(exchange);
            }
            Start::Response => saying.exchange = self.begin_response(place, &saying, line),
        }
        self.saying[place.side] = Some(saying);
    }

    /// Begins an exchange with a request, which waits for its response even before it is complete: a server may refuse
    /// a body that it has not seen (RFC 9110, section 10.1.1).
    fn begin_request(&mut self, kind: Method, method: &[u8], uri: &[u8], host: &[u8]) -> u32 {
        let (charset, sent) = (self.undeclared.charset(), self.sent.clone());
        let words = || {
            let uri = whole_uri(method, uri, (host, b""), |it| readable_in(it, charset));
            let method = String::from_utf8_lossy(method);
            [
                method.as_ref(),
                " ",
                &readable_uri(&sent.masked_anywhere(&masked(&uri)), charset),
            ]
            .concat()
        };
        let exchange = self.log.begin(Purpose::Transfer, words);
        if self.first.is_none() {
            // A proxy receives requests for whole URIs and tunnels: their hosts are not its own name.
            if uri.first() == Some(&b'/') && !self.datagrams {
                self.host = name_of(host);
            }
            self.first = Some(Box::new(First {
                exchange,
                request: words(),
                ..First::default()
            }));
        }
        if let Some(kept) = &mut self.kept {
            let uri = whole_uri(method, uri, (host, b"http://"), |it| {
                readable_in(it, charset)
            });
            kept.asking = (String::from_utf8_lossy(method).into_owned(), uri);
        }
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(Waiting {
                exchange,
                place: None,
                method: kind,
            });
        }
        exchange
    }

    /// Assigns a response to the request that has waited longest.
    fn begin_response(&mut self, place: &Place, saying: &Saying, line: &[u8]) -> Option<u32> {
        if std::mem::take(&mut self.missed) && !self.pipelines {
            // A client that waits for each answer has those to all requests except the last.
            let open = self.waiting.len().saturating_sub(1);
            self.waiting.drain(..open);
        }
        let waiting = self.waiting.front().map(|waiting| waiting.exchange);
        // 1xx is not the final answer: RFC 9110, section 15.2.
        if saying.is_interim() {
            return waiting;
        }
        let unasked = || self.log.begin(Purpose::Transfer, String::new);
        let exchange = waiting.unwrap_or_else(unasked);
        let status = line.splitn(2, |&byte| byte == b' ').nth(1);
        let status = status.unwrap_or_default().trim_ascii();
        let status = status.get(..MAX_URI).unwrap_or(status);
        let words = || {
            let status = self.sent.masked(status);
            masked(&String::from_utf8_lossy(&status)).into_owned()
        };
        let first = self.first.get_or_insert_with(|| {
            Box::new(First {
                exchange,
                ..First::default()
            })
        });
        if first.exchange == exchange {
            first.response = words();
        }
        let (class, code) = (status::class(saying.code), saying.code);
        let code = (code > 0).then_some(code.into());
        self.log.response(exchange, place, 0);
        self.log.answer(exchange, class, code, words);
        Some(exchange)
    }

    fn set(&mut self, side: Side, state: State) {
        let lines = &mut self.lines[side];
        match state {
            State::Trailer => *lines = HeaderSecrets::trailer(),
            State::Loose if !lines.is_other() => *lines = HeaderSecrets::other(),
            _ => {}
        }
        self.states[side] = state;
    }

    /// Waits for the rest of a head.
    fn more(&mut self, side: Side, bytes: &[u8]) -> Framing {
        match bytes.len() < MAX_HEAD && !self.datagrams {
            true => Framing::NeedMore,
            false => self.loose(side, bytes),
        }
    }

    /// Frames bytes that begin no message. In a conversation that is known to be HTTP they belong to a message whose
    /// beginning was not seen.
    fn loose(&mut self, side: Side, bytes: &[u8]) -> Framing {
        if self.messages == 0 {
            return Framing::NotRecognized;
        }
        self.set(side, State::Loose);
        self.lines[side].shift(bytes.len());
        self.bodies[side] = None;
        self.missed |= self.asks != Some(side);
        Framing::Complete(bytes.len() as u64)
    }

    fn chunk(&mut self, side: Side, bytes: &[u8]) -> Framing {
        let Some(line) = HeadLine::ended(bytes) else {
            return match bytes.len() < LONGEST_CHUNK_LINE {
                true => Framing::NeedMore,
                false => self.loose(side, bytes),
            };
        };
        let digits = line.text.split(|&byte| byte == b';').next();
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok()) {
            Some(0) => {
                self.set(side, State::Trailer);
                Framing::Partial(line.whole as u64)
            }
            Some(size) => {
                const LINE_END: u64 = 2;
                if let Some(body) = &mut self.bodies[side] {
                    (body.before, body.length) = (line.whole as u64, size);
                }
                let behind = size.saturating_add(LINE_END);
                Framing::Partial((line.whole as u64).saturating_add(behind))
            }
            None => self.loose(side, bytes),
        }
    }

    fn trailer(&mut self, side: Side, bytes: &[u8]) -> Framing {
        let Some(line) = HeadLine::ended(bytes) else {
            return self.more(side, bytes);
        };
        self.lines[side].shift(line.whole);
        match line.text.is_empty() {
            true => {
                self.lines[side] = HeaderSecrets::head();
                self.set(side, State::Head);
                Framing::Complete(line.whole as u64)
            }
            false => Framing::Partial(line.whole as u64),
        }
    }

    /// Frames a body of no known message: it ends where a segment begins a new message.
    fn adrift(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        match begins_message(bytes) && place.seen == 0 {
            true => {
                self.set(place.side, State::Head);
                self.head(place, bytes)
            }
            false => {
                self.bodies[place.side] = None;
                self.lines[place.side].shift(bytes.len());
                Framing::Complete(bytes.len() as u64)
            }
        }
    }

    fn request(&mut self, saying: &Saying, ended: &MessageInfo) -> usize {
        let place = self.exchanges;
        self.exchanges += 1;
        self.requests += 1;
        self.pipelines |= self.asked_in == ended.packet;
        self.asked_in = ended.packet;
        if let Some(exchange) = saying.exchange {
            self.log.asked(exchange, body(ended, saying));
        }
        let number = |waiting: &Waiting| Some(waiting.exchange);
        let waiting = self.waiting.binary_search_by_key(&saying.exchange, number);
        if let Some(waiting) = waiting.ok().and_then(|at| self.waiting.get_mut(at)) {
            waiting.place = Some(place as u32);
        }
        if let Some(kept) = &mut self.kept {
            let (method, uri) = std::mem::take(&mut kept.asking);
            kept.exchanges.push(Exchange {
                method,
                uri,
                request: Some((ended.packet, ended.time_ns)),
                response: None,
            });
        }
        place
    }

    fn response(&mut self, saying: &Saying, ended: &MessageInfo, events: &mut Vec<Event>) -> usize {
        let interim = saying.is_interim();
        let answered = match interim {
            true => self.waiting.front().copied(),
            false => self
                .waiting
                .pop_front_if(|waiting| Some(waiting.exchange) == saying.exchange),
        };
        if let Some(exchange) = saying.exchange {
            let mut transmission = body(ended, saying);
            // A body of unknown length may continue.
            let state = self.states[ended.side];
            transmission.complete &= state != State::Loose;
            // The length of its body is known.
            if !ended.complete && state == State::Head {
                self.log.falls_short(exchange);
            }
            match interim {
                true => self.log.preliminary(exchange, transmission.first),
                false => self.log.answered(exchange, transmission),
            }
        }
        if !interim {
            if let Some(first) = &mut self.first
                && saying.exchange == Some(first.exchange)
            {
                first.length = Some(body(ended, saying).bytes);
            }
            self.responses += 1;
        }
        let now = (ended.packet, ended.time_ns);
        let place = match answered.and_then(|waiting| waiting.place) {
            Some(place) => place as usize,
            None => {
                let place = self.exchanges;
                self.exchanges += 1;
                if let Some(kept) = &mut self.kept {
                    let mut exchange = Exchange::default();
                    if answered.is_some() && !interim {
                        (exchange.method, exchange.uri) = kept.asking.clone();
                    }
                    kept.exchanges.push(exchange);
                }
                place
            }
        };
        let connects = answered.is_some_and(|waiting| waiting.method == Method::Connect)
            && saying.code / 100 == 2;
        if let Some(kept) = self.kept.as_mut()
            && let Some(exchange) = kept.exchanges.get_mut(place)
        {
            exchange.response = Some(now);
            if connects {
                kept.tunnel = Some(exchange.clone());
            }
        }
        if connects {
            events.push(Event::Recognise);
        } else if saying.code == 101 {
            events.push(match saying.upgrade {
                Upgrade::WebSocket => Event::HandOver(&websocket::DISSECTOR),
                Upgrade::Http2 => Event::HandOver(&http2::DISSECTOR),
                Upgrade::None | Upgrade::Unknown => Event::Recognise,
            });
        }
        place
    }
}

impl Http {
    /// Returns the index of the first exchange that may still get a response, or of the next one.
    fn first_open(&self) -> usize {
        let places = self.waiting.iter().filter_map(|waiting| waiting.place);
        let earliest = self.exchanges.saturating_sub(MAX_BEHIND);
        let recent = places
            .map(|place| place as usize)
            .filter(|place| *place >= earliest);
        recent.min().unwrap_or(self.exchanges)
    }
}

/// Returns how a message was sent, with the length of its body.
fn body(ended: &MessageInfo, saying: &Saying) -> Transmission {
    Transmission {
        bytes: ended.length.saturating_sub(saying.head.into()),
        ..Transmission::from(ended)
    }
}

impl Upgrade {
    /// RFC 9110, section 7.8.
    fn of(value: &[u8]) -> Upgrade {
        if value.eq_ignore_ascii_case(b"websocket") {
            Upgrade::WebSocket
        } else if value.eq_ignore_ascii_case(b"h2c") {
            Upgrade::Http2
        } else {
            Upgrade::Unknown
        }
    }
}

impl Saying {
    fn is_interim(&self) -> bool {
        self.start == Start::Response && self.code / 100 == 1 && self.code != 101
    }
}

/// Returns whether bytes are shown for the first time, or a line may end in the new ones.
fn has_line_end(place: &Place, bytes: &[u8]) -> bool {
    let new = place.seen.saturating_sub(LONGEST_LINE_END);
    let new = bytes.get(new..).unwrap_or_default();
    place.seen == 0 || memchr::memchr2(b'\r', b'\n', new).is_some()
}

/// Returns whether bytes begin a message, possibly after empty lines.
fn begins_message(bytes: &[u8]) -> bool {
    let bytes = bytes.get(leading_empty_lines(bytes)..).unwrap_or_default();
    Start::of(HeadLine::first_or_rest(bytes).text).is_some()
}

/// Returns the URI of a request with its host: RFC 9112, section 3.3. `scheme` is put before it if it has no scheme
/// of its own. `read` makes text of the bytes.
pub fn whole_uri(
    method: &[u8],
    uri: &[u8],
    (host, scheme): (&[u8], &[u8]),
    read: impl Fn(&[u8]) -> String,
) -> String {
    let has = |scheme: &[u8]| {
        let begins = uri.get(..scheme.len());
        begins.is_some_and(|begins| begins.eq_ignore_ascii_case(scheme))
    };
    let alone = host.is_empty() || method == b"CONNECT" || has(b"http://") || has(b"https://");
    let limited = uri.get(..MAX_URI).unwrap_or(uri);
    let host = host.get(..MAX_HOST).unwrap_or(host);
    match alone {
        true => read(limited),
        false => read(&[scheme, host, limited].concat()),
    }
}

/// Returns bytes up to the first zero as text. Bytes beyond ASCII, which a URI must not have, are in the character set of
/// the conversation.
pub fn readable_in(bytes: &[u8], charset: Undeclared) -> String {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    charset.read(bytes.split_at(end).0).into_owned()
}

/// Returns the name in a Host field, without the port: RFC 9110, section 7.2. An address is no name.
fn name_of(host: &[u8]) -> Option<Box<str>> {
    /// The length of the longest domain name.
    const MAX_NAME: usize = 255;
    // There is nothing before it, except by mistake.
    let host = host.rsplit(|&byte| byte == b'@').next()?;
    let name = host.split(|&byte| byte == b':').next()?;
    let is_name = (1..=MAX_NAME).contains(&name.len()) && name.first() != Some(&b'[');
    is_name.then(|| String::from_utf8_lossy(name).into())
}

/// The kept data of a message.
///
/// The secrets are those of the session.
impl HeapSize for (Option<usize>, i64, bool, Arc<SentSecrets>) {}

impl Message {
    /// Returns the URI of its exchange with secrets masked.
    pub fn shown_uri(&self) -> String {
        let uri = masked(&self.exchange.uri);
        self.sent.masked_anywhere(&uri).into_owned()
    }
}

impl HeapSize for Exchange {
    fn heap_size(&self) -> usize {
        self.method.heap_size() + self.uri.heap_size()
    }
}

impl HeapSize for Message {
    fn heap_size(&self) -> usize {
        self.exchange.heap_size()
    }
}

impl Session for Http {
    type Context = Message;

    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        let side = place.side;
        // The index needs to know only whether there is one.
        if self.kept.is_none() && !self.secret {
            let begins = place.seen == 0 && self.states[side] == State::Head;
            if !(begins && is_harmless_head(bytes) && !self.begins_none(place, bytes)) {
                self.search_lines(place, bytes, &mut Vec::new());
            }
        }
        match self.states[side] {
            State::Head => self.head(place, bytes),
            State::Chunk => self.chunk(side, bytes),
            State::Trailer => self.trailer(side, bytes),
            State::UntilEnd => Framing::UntilEnd,
            State::Loose => self.adrift(place, bytes),
        }
    }

    fn secrets_ahead_from(
        &mut self,
        place: &Place,
        bytes: &[u8],
        found: &mut Vec<Range<usize>>,
    ) -> usize {
        if place.side == Side::Server && self.states.server == State::Head {
            self.sent.find(HeadLine::first_or_rest(bytes).text, found);
        }
        self.search_lines(place, bytes, found)
    }

    fn secrets_before(&self, side: Side) -> usize {
        self.echoes[side].before()
    }

    fn searches(&self, side: Side) -> bool {
        self.bodies[side].is_some()
    }

    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let before = found.len();
        if let Some(body) = &mut self.bodies[side] {
            body.find(bytes, found);
            body.passwords.take_heads(&mut self.undeclared);
            let new = found.get(before..).unwrap_or_default();
            self.secret |= !new.is_empty();
            if self.asks == Some(side) {
                self.note_secrets_of_body(side, bytes, new);
            }
        }
        if self.kept.is_some() && self.secret {
            self.echoes[side].find(&self.sent, bytes, found);
        }
    }

    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        self.messages += 1;
        if self.asks == Some(ended.side)
            && let Some(name) = self.host.take()
        {
            events.push(Event::HostName {
                side: ended.side.other(),
                name,
                by: NameSource::Host,
            });
        }
        self.end_secret_of_body(ended.side);
        let saying = self.saying[ended.side].take();
        let exchange = saying.map(|saying| match saying.start {
            Start::Request => self.request(&saying, ended),
            Start::Response => self.response(&saying, ended, events),
        });
        self.log.deliver(ended, events);
        self.empty_lines[ended.side] = 0;
        if let Some(saying) = saying
            && ended.complete
            && ended.missing == 0
            && ended.length > u64::from(saying.bare)
        {
            events.push(Event::Body {
                side: ended.side,
                protocol: saying.body,
            });
        }
        if !ended.complete {
            self.set(ended.side, State::Head);
        }
        if let Some(kept) = &mut self.kept {
            let broken_off = !ended.complete || ended.missing > 0;
            let message = (exchange, ended.time_ns, broken_off, self.sent.clone());
            kept.messages.push(message);
        }
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        for side in Side::BOTH {
            // A response of which the body is missing.
            if let Some(saying) = &self.saying[side]
                && saying.code > 0
                && self.states[side] == State::Head
                && let Some(exchange) = saying.exchange
            {
                self.log.falls_short(exchange);
            }
        }
        self.log.end(events);
    }

    fn lost(&mut self, side: Side) {
        self.log.lost();
        self.set(side, State::Loose);
        // What was searched may have been no head.
        self.lines[side] = HeaderSecrets::other();
        self.missed |= self.asks != Some(side);
        self.saying[side] = None;
        self.echoes[side] = Echoes::default();
        self.secret_begun[side] = Vec::new();
    }

    fn context(&self, number: usize) -> Option<Message> {
        let kept = self.kept.as_ref()?;
        let (exchange, time_ns, broken_off, sent) = kept.messages.get(number)?;
        let mut message = Message {
            time_ns: *time_ns,
            broken_off: *broken_off,
            sent: sent.clone(),
            ..Message::default()
        };
        if let Some(at) = *exchange {
            let other = |at: Option<usize>| {
                let other = at.and_then(|at| kept.exchanges.get(at));
                let packet = |moment: Option<PacketTime>| moment.map(|(packet, _)| packet);
                other.map_or([None; 2], |other| {
                    [packet(other.request), packet(other.response)]
                })
            };
            message.number = at + 1;
            message.exchange = kept.exchanges.get(at)?.clone();
            message.before = other(at.checked_sub(1));
            message.behind = other(Some(at + 1));
        }
        Some(message)
    }

    fn tunnel(&self) -> Option<Message> {
        Some(Message {
            exchange: self.kept.as_ref()?.tunnel.clone()?,
            sent: self.sent.clone(),
            is_tunnel: true,
            ..Message::default()
        })
    }

    /// A message is final once the exchange after its own is final.
    fn settled(&self, read: usize) -> usize {
        let final_exchanges = self.first_open().saturating_sub(1);
        let open = |exchange: Option<usize>| exchange.is_some_and(|at| at >= final_exchanges);
        let messages = self.kept.as_ref().map(|kept| &kept.messages);
        let unsettled = messages.and_then(|it| it.find(|(exchange, ..)| open(*exchange)));
        unsettled.unwrap_or(read)
    }

    fn evict(&mut self, before: usize) {
        let open = self.first_open();
        if let Some(kept) = &mut self.kept {
            kept.messages.evict(before);
            let messages = kept.messages.iter();
            let referred = messages.filter_map(|(exchange, ..)| *exchange).min();
            // The exchange before each of them is referred to as well.
            let needed = referred.map_or(open, |referred| referred.min(open));
            let needed = needed.saturating_sub(1);
            kept.exchanges.evict(needed);
            // A request that waits keeps the exchanges after it in the list, but not their texts.
            let mut waiting = self
                .waiting
                .iter()
                .filter_map(|waiting| waiting.place)
                .peekable();
            for at in needed..referred.unwrap_or(self.exchanges) {
                while waiting.next_if(|place| (*place as usize) < at).is_some() {}
                let waits = waiting.peek().is_some_and(|place| *place as usize == at);
                if let Some(exchange) = kept.exchanges.get_mut(at).filter(|_| !waits) {
                    (exchange.method, exchange.uri) = Default::default();
                }
            }
        }
    }

    fn allocated(&self) -> usize {
        let first = self.first.as_ref().map_or(0, |first| {
            size_of::<First>() + first.request.heap_size() + first.response.heap_size()
        });
        let kept = self.kept.as_ref().map_or(0, |kept| {
            let lists = kept.exchanges.heap_size() + kept.messages.heap_size();
            size_of::<Kept>() + lists + kept.tunnel.as_ref().map_or(0, HeapSize::heap_size)
        });
        let echoes = self.echoes.iter().map(Echoes::allocated);
        let begun = self.secret_begun.iter().map(Vec::capacity);
        self.waiting.heap_size()
            + first
            + self.log.heap_size()
            + kept
            + self.sent.allocated()
            + echoes.chain(begun).sum::<usize>()
            + self.undeclared.allocated()
            + SHORT_TEXTS
    }

    fn summary(&self) -> String {
        let Some(first) = &self.first else {
            return String::new();
        };
        /// Room for the text between and after them.
        const MORE: usize = 32;
        let room = first.request.len() + first.response.len() + MORE;
        let mut words = String::with_capacity(room);
        words.push_str(&first.request);
        if !first.response.is_empty() {
            if !words.is_empty() {
                words.push_str(" → ");
            }
            words.push_str(&first.response);
        }
        if let Some(length @ 1..) = first.length {
            words.push_str(", ");
            words.push_str(&size(length));
        }
        if let more @ 2.. = self.requests.max(self.responses) {
            words.push_str(&format!(" and {} more", more - 1));
        }
        words
    }

    fn undeclared(&self) -> Undeclared {
        self.undeclared.charset()
    }

    fn credentials(&self) -> bool {
        self.secret
    }
}

#[cfg(test)]
mod tests;
