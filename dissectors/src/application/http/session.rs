//! A conversation in HTTP: where its messages end (RFC 9112, section 6.3) and which response answers which request.

use super::length::{Framing, Line, Start, leading_empty_lines, never_has_body};
use crate::{Event, Heard, Known, Likeness, Place, Session, Setting, Side, Step, Talk};
use std::collections::VecDeque;

/// How HTTP talks.
pub const TALK: Talk = Talk {
    looks_like,
    begin: |setting| Box::new(Http::new(setting)),
};

/// A request line or a status line: both have the version in them.
fn looks_like(bytes: &[u8], _: Side) -> Likeness {
    let rest = bytes.get(leading_empty_lines(bytes)..).unwrap_or_default();
    let line = Line::first_or_rest(rest).text;
    match Start::of(line) {
        Some(Start::Response) => Likeness::Surely,
        Some(Start::Request) if is_request_line(line) => Likeness::Surely,
        Some(Start::Request) => Likeness::Perhaps,
        None => Likeness::No,
    }
}

fn is_request_line(line: &[u8]) -> bool {
    let version = line.rsplit(|&byte| byte == b' ').next();
    version.is_some_and(|version| version.starts_with(b"HTTP/"))
}

/// What a request asked and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// Its number in the conversation, from 1.
    pub number: u32,
    /// The request's method.
    pub method: String,
    /// What it asked for, with its host where it named one.
    pub uri: String,
    /// The packet that completed the request, and when, nanoseconds since the epoch.
    pub request: Option<(u64, i64)>,
    /// The packet that completed the response, and when.
    pub response: Option<(u64, i64)>,
}

/// Requests that wait for their responses, at most: nobody pipelines more.
const MAX_WAITING: usize = 1000;

/// How much of a URI is kept, bytes.
const MAX_URI: usize = 2048;

/// What stands next in one side's stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Head,
    /// The size of a chunk.
    Chunk,
    /// Trailer fields and the empty line behind them.
    Trailer,
    /// A body that ends with the connection.
    UntilEnd,
    /// The same, and nothing says that it is worth waiting for: each segment stands for itself.
    Loose,
}

#[derive(Default)]
struct Http {
    keeps: bool,
    states: [State; 2],
    /// The message that each side is saying.
    saying: [Option<Saying>; 2],
    /// Exchanges without a response, as places in `exchanges` where they are kept.
    waiting: VecDeque<(usize, Exchange)>,
    exchanges: Vec<Exchange>,
    /// The exchange of each message.
    messages: Vec<Option<usize>>,
    requests: u32,
    responses: u32,
    first: Option<Said>,
}

/// The head of a message.
#[derive(Clone, Debug, Default)]
struct Saying {
    start: Option<Start>,
    method: String,
    uri: String,
    status: String,
}

/// The first exchange, in words.
#[derive(Clone, Debug)]
struct Said {
    request: String,
    response: Option<(String, u64)>,
}

impl Http {
    fn new(setting: &Setting) -> Self {
        Http {
            keeps: setting.keeps,
            ..Http::default()
        }
    }

    fn head(&mut self, side: Side, bytes: &[u8]) -> Step {
        let mut at = leading_empty_lines(bytes);
        let rest = |at: usize| bytes.get(at..).unwrap_or_default();
        if rest(at).is_empty() {
            return Step::More;
        }
        let Some(first) = Line::first(rest(at)) else {
            return match Start::may_become(rest(at)) {
                true => Step::More,
                false => Step::NotMine,
            };
        };
        let Some(start) = Start::of(first.text) else {
            return Step::NotMine;
        };
        at += first.whole;
        let mut framing = Framing::default();
        let mut host = &b""[..];
        loop {
            let Some(line) = Line::first(rest(at)) else {
                return Step::More;
            };
            at += line.whole;
            if line.text.is_empty() {
                break;
            }
            if let Some((name, value)) = line.halves() {
                framing.note(name, value);
                if name.eq_ignore_ascii_case(b"host") {
                    host = value;
                }
            }
        }
        let saying = Saying::new(start, first.text, host);
        let answers_head = start == Start::Response
            && self
                .waiting
                .front()
                .is_some_and(|(_, exchange)| exchange.method == "HEAD");
        let no_body = start == Start::Response && (answers_head || never_has_body(first.text));
        if let Some(slot) = self.saying.get_mut(side as usize) {
            *slot = Some(saying);
        }
        let (state, step) = match (framing.content_length, start) {
            _ if no_body => (State::Head, Step::Message(at as u64)),
            _ if framing.chunked => (State::Chunk, Step::Take(at as u64)),
            (Some(length), _) if !framing.encoded => {
                let whole = (at as u64).saturating_add(length);
                (State::Head, Step::Message(whole))
            }
            (_, Start::Request) if !framing.encoded => (State::Head, Step::Message(at as u64)),
            _ if framing.worth_waiting() => (State::UntilEnd, Step::Take(at as u64)),
            _ => (State::Loose, Step::Message(rest(0).len() as u64)),
        };
        self.set(side, state);
        step
    }

    fn set(&mut self, side: Side, state: State) {
        if let Some(slot) = self.states.get_mut(side as usize) {
            *slot = state;
        }
    }

    fn chunk(&mut self, side: Side, bytes: &[u8]) -> Step {
        /// A longer line is no chunk size.
        const LONGEST: usize = 4096;
        let Some(line) = Line::first(bytes) else {
            return match bytes.len() < LONGEST {
                true => Step::More,
                false => Step::NotMine,
            };
        };
        let digits = line.text.split(|&byte| byte == b';').next();
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok()) {
            Some(0) => {
                self.set(side, State::Trailer);
                Step::Take(line.whole as u64)
            }
            Some(size) => {
                const LINE_END: u64 = 2;
                let behind = size.saturating_add(LINE_END);
                Step::Take((line.whole as u64).saturating_add(behind))
            }
            None => {
                self.set(side, State::Head);
                Step::NotMine
            }
        }
    }

    fn trailer(&mut self, side: Side, bytes: &[u8]) -> Step {
        let Some(line) = Line::first(bytes) else {
            return Step::More;
        };
        if line.text.is_empty() {
            self.set(side, State::Head);
            return Step::Message(line.whole as u64);
        }
        Step::Take(line.whole as u64)
    }

    fn request(&mut self, saying: Saying, heard: &Heard) -> usize {
        self.requests += 1;
        let exchange = Exchange {
            number: self.requests,
            method: saying.method,
            uri: saying.uri,
            request: Some((heard.packet, heard.time_ns)),
            response: None,
        };
        if self.first.is_none() {
            let request = format!("{} {}", exchange.method, exchange.uri);
            self.first = Some(Said {
                request,
                response: None,
            });
        }
        let place = self.exchanges.len();
        if self.keeps {
            self.exchanges.push(exchange.clone());
        }
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back((place, exchange));
        }
        place
    }

    fn response(
        &mut self,
        saying: &Saying,
        heard: &Heard,
        events: &mut Vec<Event>,
    ) -> Option<usize> {
        // 1xx is not the answer yet: RFC 9110, section 15.2.
        let interim = saying.status.starts_with('1') && !saying.status.starts_with("101");
        let answered = match interim {
            true => self.waiting.front().cloned(),
            false => self.waiting.pop_front(),
        };
        if interim {
            return answered.map(|(place, _)| place);
        }
        self.responses += 1;
        if let Some(Said { response, .. }) = &mut self.first {
            response.get_or_insert_with(|| (saying.status.clone(), heard.length));
        }
        let (place, exchange) = answered?;
        let opened = exchange.method == "CONNECT" && saying.status.starts_with('2');
        if opened {
            events.push(Event::Recognise);
        }
        if let Some(exchange) = self.exchanges.get_mut(place) {
            exchange.response = Some((heard.packet, heard.time_ns));
        }
        Some(place)
    }
}

impl Saying {
    fn new(start: Start, line: &[u8], host: &[u8]) -> Self {
        let text = |bytes: &[u8]| {
            let (bytes, _) = bytes.split_at(bytes.len().min(MAX_URI));
            String::from_utf8_lossy(bytes).into_owned()
        };
        let mut words = line.splitn(2, |&byte| byte == b' ');
        let first = words.next().unwrap_or_default();
        let behind = words.next().unwrap_or_default().trim_ascii();
        match start {
            Start::Request => {
                let uri = behind.rsplitn(2, |&byte| byte == b' ').last();
                let uri = uri.unwrap_or_default();
                let uri = match uri.first() {
                    Some(b'/') => [host, uri].concat(),
                    _ => uri.to_vec(),
                };
                Saying {
                    start: Some(start),
                    method: text(first),
                    uri: text(&uri),
                    status: String::new(),
                }
            }
            Start::Response => Saying {
                start: Some(start),
                status: text(behind),
                ..Saying::default()
            },
        }
    }
}

impl Session for Http {
    fn step(&mut self, place: &Place, bytes: &[u8]) -> Step {
        let side = place.side;
        match self.states.get(side as usize).copied().unwrap_or_default() {
            State::Head => self.head(side, bytes),
            State::Chunk => self.chunk(side, bytes),
            State::Trailer => self.trailer(side, bytes),
            State::UntilEnd => Step::UntilEnd,
            State::Loose => Step::Message(bytes.len() as u64),
        }
    }

    fn heard(&mut self, heard: &Heard, events: &mut Vec<Event>) {
        let saying = self
            .saying
            .get_mut(heard.side as usize)
            .and_then(Option::take);
        let exchange = match saying {
            Some(saying) => match saying.start {
                Some(Start::Request) => Some(self.request(saying, heard)),
                _ => self.response(&saying, heard, events),
            },
            None => None,
        };
        if !heard.complete {
            self.set(heard.side, State::Head);
        }
        if self.keeps {
            self.messages.push(exchange);
        }
    }

    fn lost(&mut self, side: Side) {
        self.set(side, State::Head);
        if let Some(saying) = self.saying.get_mut(side as usize) {
            *saying = None;
        }
    }

    fn known(&self, number: usize) -> Option<Known> {
        let exchange = self.exchanges.get((*self.messages.get(number)?)?)?;
        Some(Box::new(exchange.clone()))
    }

    fn summary(&self) -> String {
        let Some(first) = &self.first else {
            return String::new();
        };
        let mut words = first.request.clone();
        if let Some((status, length)) = &first.response {
            words += &format!(" → {status}, {length} bytes");
        }
        match self.requests.max(self.responses) {
            0 | 1 => words,
            more => format!("{words} and {} more", more - 1),
        }
    }
}
