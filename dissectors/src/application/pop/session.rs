//! A conversation in POP: which response answers which command, and which of them continue until a line with a dot.

use crate::{
    Class, Confidence, Event, Framing, HeapSize, MessageInfo, PerSide, Place, Purpose, Remarks,
    Session, Setting, Side, Undeclared,
    application::{
        imf,
        line::{Line, goes_on, is_plain, readable, word},
        smtp::{
            auth::{self, Attempt, Mechanism, Secret},
            session::Ending,
        },
        starttls::StartTls,
        undeclared_text::UndeclaredText,
    },
    exchange_log::ExchangeLog,
    secrets::{SentSecrets, range_of},
    session::{SHORT_TEXTS, is_waited_for},
    tail::Tail,
};
use std::{collections::VecDeque, ops::Range};

/// The server's greeting begins with a plus sign, and often names the protocol.
pub fn looks_like(bytes: &[u8], side: Side) -> Confidence {
    let text = Line::first(bytes).text;
    let names = |name: &[u8]| {
        text.windows(name.len())
            .any(|part| part.eq_ignore_ascii_case(name))
    };
    match side {
        _ if !is_plain(bytes) => Confidence::Impossible,
        Side::Server if !text.starts_with(b"+OK") => match text.starts_with(b"-ERR") {
            true => Confidence::Possible,
            false => Confidence::Impossible,
        },
        Side::Server if names(b"POP") => Confidence::Certain,
        _ => Confidence::Possible,
    }
}

/// The kinds of commands, as far as they matter to what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// USER.
    User,
    /// PASS.
    Password,
    /// APOP.
    Digest,
    /// AUTH with a mechanism.
    Auth,
    /// RETR.
    Retrieve,
    /// TOP.
    Top,
    /// A command that is answered with a listing.
    List,
    /// STLS.
    StartTls,
    /// QUIT.
    Quit,
    /// Anything else.
    Other,
    /// An answer to a challenge.
    Answer,
}

impl Verb {
    /// Returns the command that a line begins with.
    pub fn of(text: &[u8]) -> Verb {
        let (verb, argument) = word(text);
        let is = |name: &[u8]| verb.eq_ignore_ascii_case(name);
        let alone = argument.trim_ascii().is_empty();
        match verb {
            _ if is(b"USER") => Verb::User,
            _ if is(b"PASS") => Verb::Password,
            _ if is(b"APOP") => Verb::Digest,
            _ if is(b"RETR") => Verb::Retrieve,
            _ if is(b"TOP") => Verb::Top,
            _ if is(b"CAPA") || (alone && (is(b"LIST") || is(b"UIDL") || is(b"AUTH"))) => {
                Verb::List
            }
            _ if is(b"AUTH") => Verb::Auth,
            _ if is(b"STLS") => Verb::StartTls,
            _ if is(b"QUIT") => Verb::Quit,
            _ => Verb::Other,
        }
    }

    fn purpose(self) -> Purpose {
        match self {
            Verb::User | Verb::Password | Verb::Digest | Verb::Auth | Verb::Answer => {
                Purpose::Login
            }
            Verb::Retrieve | Verb::Top => Purpose::Transfer,
            Verb::StartTls => Purpose::Handshake,
            Verb::List | Verb::Quit | Verb::Other => Purpose::Other,
        }
    }
}

/// Returns a command without its secrets. An unknown command may be one: an answer to a challenge that was not
/// captured.
fn without_secrets(verb: Verb, text: &[u8], charset: Undeclared) -> String {
    let readable = |bytes| charset.read(bytes);
    /// RFC 1939, RFC 2449 and RFC 6856, as far as they have no [`Verb`].
    const OTHERS: [&[u8]; 8] = [
        b"DELE", b"LANG", b"LIST", b"NOOP", b"RSET", b"STAT", b"UIDL", b"UTF8",
    ];
    let (command, argument) = word(text);
    let known = |other: &&[u8]| command.eq_ignore_ascii_case(other);
    match verb {
        Verb::Password => readable(command).into_owned(),
        Verb::Digest | Verb::Auth => {
            let (first, _) = word(argument);
            format!("{} {}", readable(command), readable(first))
        }
        Verb::Other if !OTHERS.iter().any(known) => "unknown command".to_owned(),
        _ => readable(text.trim_ascii_end()).into_owned(),
    }
}

/// The class of an exchange with this response: RFC 1939, section 3, and the response codes of RFC 2449, section 8.1,
/// and RFC 3206, section 4.
fn class(purpose: Purpose, text: &[u8]) -> Class {
    let (indicator, text) = word(text);
    let begins = |code: &[u8]| {
        let text = text.get(..code.len()).unwrap_or_default();
        text.eq_ignore_ascii_case(code)
    };
    match purpose {
        _ if indicator == b"+OK" => Class::Ok,
        _ if begins(b"[SYS/") || begins(b"[IN-USE]") => Class::ServerError,
        _ if begins(b"[AUTH]") || begins(b"[LOGIN-DELAY]") => Class::Refused,
        Purpose::Login | Purpose::Greeting => Class::Refused,
        _ => Class::ClientError,
    }
}

/// What is known of a message besides its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PopMessage {
    /// The packet of each command's response, or of a response's command.
    pub other: Vec<Option<u64>>,
    /// It is an answer to a challenge.
    pub answer: Option<Secret>,
    /// It continues an earlier message.
    pub goes_on: bool,
    /// It holds part of a mail.
    pub mail: Option<Part>,
}

/// Part of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The packet that completes it.
    pub completed_in: Option<u64>,
    /// How many bytes of the mail's first message precede the mail.
    pub before: usize,
    /// How many bytes of this message only end the mail.
    pub beyond: usize,
    /// The server gave its length, which the reference needs to put mails together.
    pub counted: bool,
}

/// Commands that wait for their responses, at most.
const MAX_WAITING: usize = 1000;

/// A longer line is no command and no response: RFC 2449, section 4, allows 512 letters, RFC 5034 12288.
const MAX_LINE: usize = 64 << 10;

/// The length to which a user's name is kept for the summary, bytes.
const MAX_WORDS: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    Status,
    /// Lines until one with a dot; whether they are a mail.
    Lines(Ending, bool),
}

/// A mail that was fetched.
#[derive(Clone, Default)]
struct Mail {
    /// The first of its messages, and their total length.
    first: Option<usize>,
    length: u64,
    before: usize,
    counted: bool,
    completed_in: Option<u64>,
    last: Option<usize>,
}

/// A message, as it is kept.
#[derive(Clone, Default, PartialEq)]
struct Kept {
    /// [`PopMessage::other`].
    other: Vec<Option<u64>>,
    answer: Option<Secret>,
    goes_on: bool,
    mail: Option<usize>,
}

/// A command without its response.
#[derive(Clone)]
struct Waiting {
    verb: Verb,
    /// The packet that it came in.
    packet: u64,
    /// Its message, and its index among the commands of that.
    place: (usize, usize),
    /// Its number in the log.
    exchange: u32,
}

/// A conversation in POP.
#[derive(Clone)]
pub struct Pop {
    keeps: bool,
    server: Server,
    /// The next line of the client answers a challenge.
    challenged: bool,
    attempt: Attempt,
    waiting: VecDeque<Waiting>,
    log: ExchangeLog,
    /// The exchange of the latest command, which an answer to a challenge continues.
    latest: u32,
    /// The exchange whose response continues in lines.
    responding: Option<u32>,
    greeted: bool,
    user: Option<Box<[u8]>>,
    /// The result of the last attempt to log in.
    login: Option<Class>,
    fetched: u32,
    tls: StartTls,
    credentials: bool,
    sent: SentSecrets,
    undeclared: UndeclaredText,
    saying: PerSide<Kept>,
    mail: Mail,
    mails: Tail<Mail>,
    messages: Tail<Kept>,
}

impl Pop {
    /// Begins a conversation.
    pub fn new(setting: &Setting) -> Self {
        Pop {
            keeps: setting.keeps,
            server: Server::Status,
            challenged: false,
            attempt: Attempt::default(),
            waiting: VecDeque::new(),
            log: ExchangeLog::new(setting, "pop"),
            latest: 0,
            responding: None,
            greeted: false,
            user: None,
            login: None,
            fetched: 0,
            tls: StartTls::default(),
            credentials: false,
            sent: SentSecrets::default(),
            undeclared: UndeclaredText::new(setting),
            saying: PerSide::default(),
            mail: Mail::default(),
            mails: Tail::default(),
            messages: Tail::default(),
        }
    }

    fn saying(&mut self, side: Side) -> Option<&mut Kept> {
        let keeps = self.keeps;
        keeps.then_some(&mut self.saying[side])
    }

    fn ask(&mut self, place: &Place, verb: Verb, line: Line) {
        self.undeclared.note(line.text);
        let length = line.whole.len();
        if verb == Verb::Answer {
            self.log.request(self.latest, place, length, true);
        } else {
            let charset = self.undeclared.charset();
            let words = || without_secrets(verb, line.text, charset);
            self.latest = self.log.ask(place, length, verb.purpose(), words);
        }
        // The lines of a step are one message, and it ends with the step.
        let message = self.messages.len();
        let mut at = 0;
        if let Some(kept) = self.saying(Side::Client) {
            at = kept.other.len();
            kept.other.push(None);
        }
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(Waiting {
                verb,
                packet: place.packet,
                place: (message, at),
                exchange: self.latest,
            });
        }
    }

    fn client(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        if goes_on(place, bytes) && bytes.len() <= MAX_LINE {
            return Framing::NeedMore;
        }
        let mut at = 0;
        let first = Line::first(bytes).text;
        if !is_plain(bytes) && Verb::of(first) == Verb::Other && !self.challenged {
            return Framing::NotRecognized;
        }
        while let Some(line) = Line::ended(bytes.get(at..).unwrap_or_default()) {
            if line.whole.is_empty() {
                break;
            }
            at += line.whole.len();
            if std::mem::take(&mut self.challenged) {
                let secret = self.answer(line.text);
                self.ask(place, Verb::Answer, line);
                if let Some(kept) = self.saying(Side::Client) {
                    kept.answer = Some(secret);
                }
                break;
            }
            let verb = Verb::of(line.text);
            self.ask(place, verb, line);
            self.command(verb, line.text);
            if matches!(verb, Verb::Auth | Verb::StartTls) {
                break;
            }
        }
        match at {
            0 if bytes.len() > MAX_LINE => Framing::NotRecognized,
            0 => Framing::NeedMore,
            _ => Framing::Complete(at as u64),
        }
    }

    fn command(&mut self, verb: Verb, text: &[u8]) {
        let (_, argument) = word(text);
        match verb {
            Verb::User => self.name(argument.trim_ascii()),
            Verb::Digest => {
                let (name, digest) = word(argument);
                self.name(name);
                self.sent.note(digest);
            }
            Verb::Password => {
                self.credentials |= !argument.is_empty();
                self.sent.note(argument);
            }
            Verb::Auth => {
                let (mechanism, response) = word(argument);
                self.attempt = Attempt::by(mechanism);
                if !response.is_empty() {
                    self.answer(response);
                }
            }
            Verb::StartTls => self.tls.ask(),
            _ => {}
        }
    }

    fn name(&mut self, name: &[u8]) {
        let (name, _) = name.split_at(name.len().min(MAX_WORDS));
        self.user = Some(name.into());
    }

    fn answer(&mut self, text: &[u8]) -> Secret {
        let told = self.attempt.answer(text, &mut self.sent);
        self.credentials |= told.in_clear;
        if let Some(name) = told.user {
            self.name(&name);
        }
        told.secret
    }

    fn server(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        if let Server::Lines(ending, mail) = self.server {
            if let Some(kept) = self.saying(Side::Server) {
                kept.goes_on = true;
            }
            return self.lines(place, bytes, 0, ending, mail);
        }
        if goes_on(place, bytes) && bytes.len() <= MAX_LINE {
            return Framing::NeedMore;
        }
        let Some(line) = Line::ended(bytes) else {
            return match is_plain(bytes) && bytes.len() <= MAX_LINE {
                true => Framing::NeedMore,
                false => Framing::NotRecognized,
            };
        };
        let status = line.whole.len();
        let (indicator, _) = word(line.text);
        let ok = match indicator {
            b"+OK" => true,
            b"-ERR" => false,
            b"+" => {
                self.respond(place, line, true);
                return Framing::Complete(status as u64);
            }
            _ if !is_plain(bytes) => return Framing::NotRecognized,
            _ => {
                // The capture began in the middle of a mail.
                if let Some(kept) = self.saying(Side::Server) {
                    kept.goes_on = true;
                }
                return self.lines(place, bytes, 0, Ending::BEGIN, true);
            }
        };
        let first = !std::mem::replace(&mut self.greeted, true) && self.waiting.is_empty();
        let verb = match first {
            true => {
                self.unasked(place, line, Purpose::Greeting);
                None
            }
            false => self.respond(place, line, false),
        };
        let behind = bytes.get(status..).unwrap_or_default();
        let mail = match verb {
            Some(Verb::Retrieve | Verb::Top) => true,
            Some(Verb::List) => false,
            // Without its command, the response is recognized only by what follows.
            None if !first && !behind.is_empty() => {
                if behind.starts_with(b"+OK") || behind.starts_with(b"-ERR") {
                    return Framing::Complete(status as u64);
                }
                true
            }
            _ => return Framing::Complete(status as u64),
        };
        match ok {
            true => {
                self.mail.before = status;
                let (count, _) = word(word(line.text).1);
                self.mail.counted = count.first().is_some_and(u8::is_ascii_digit);
                self.lines(place, bytes, status, Ending::BEGIN, mail)
            }
            false => Framing::Complete(status as u64),
        }
    }

    /// Reads lines up to one with a dot, which begin at offset `from`.
    fn lines(
        &mut self,
        place: &Place,
        bytes: &[u8],
        from: usize,
        mut ending: Ending,
        mail: bool,
    ) -> Framing {
        let lines = bytes.get(from..).unwrap_or_default();
        let end = ending.find(lines);
        if mail && !lines.is_empty() {
            let at = self.mails.len();
            if let Some(kept) = self.saying(Side::Server) {
                kept.mail = Some(at);
            }
        }
        if lines.is_empty() {
            self.mail.before = 0;
        }
        if let Some(exchange) = self.responding {
            let length = end.unwrap_or(lines.len());
            self.log.response(exchange, place, length);
        }
        self.server = match end {
            Some(_) => Server::Status,
            None => Server::Lines(ending, mail),
        };
        if end.is_some() && mail {
            self.fetched += 1;
            self.mail.completed_in = Some(place.packet);
        }
        let length = from + end.unwrap_or(lines.len());
        Framing::Complete(length as u64)
    }

    /// Notes a response without a command.
    fn unasked(&mut self, place: &Place, line: Line, purpose: Purpose) {
        let exchange = self.log.begin(purpose, String::new);
        self.status(place, line, exchange, purpose, line.whole.len());
    }

    /// Applies the first line of a response.
    fn status(
        &mut self,
        place: &Place,
        line: Line,
        exchange: u32,
        purpose: Purpose,
        bytes: usize,
    ) -> Class {
        let class = class(purpose, line.text);
        self.undeclared.note(line.text);
        let charset = self.undeclared.charset();
        let words = || charset.read(&self.sent.masked(line.text)).into_owned();
        self.log.response(exchange, place, bytes);
        self.log.answer(exchange, class, None, words);
        self.responding = Some(exchange);
        class
    }

    /// Assigns a response to its command. A `challenge` continues it.
    fn respond(&mut self, place: &Place, line: Line, challenge: bool) -> Option<Verb> {
        let Some(waiting) = self.waiting.pop_front() else {
            if !challenge {
                self.unasked(place, line, Purpose::Other);
            }
            return None;
        };
        let Waiting {
            verb,
            packet,
            place: (message, at),
            exchange,
        } = waiting;
        let command = self.messages.get_mut(message);
        if let Some(answered) = command.and_then(|kept| kept.other.get_mut(at)) {
            *answered = Some(place.packet);
        }
        if let Some(kept) = self.saying(Side::Server) {
            kept.other.push(Some(packet));
        }
        if challenge {
            self.challenged = matches!(verb, Verb::Auth | Verb::Answer);
            self.log.preliminary(exchange, place.into());
            return Some(verb);
        }
        // The answer to these is the body after the status.
        let bytes = match verb {
            Verb::Retrieve | Verb::Top | Verb::List if line.text.starts_with(b"+") => 0,
            _ => line.whole.len(),
        };
        let class = self.status(place, line, exchange, verb.purpose(), bytes);
        match verb {
            Verb::Password | Verb::Digest | Verb::Auth | Verb::Answer => self.login = Some(class),
            Verb::StartTls => self.tls.answer(class == Class::Ok),
            _ => {}
        }
        Some(verb)
    }
}

impl HeapSize for PopMessage {
    fn heap_size(&self) -> usize {
        self.other.heap_size()
    }
}

impl HeapSize for Kept {
    fn heap_size(&self) -> usize {
        self.other.heap_size()
    }
}

impl HeapSize for Mail {}

impl Session for Pop {
    type Context = PopMessage;

    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        match place.side {
            Side::Client => self.client(place, bytes),
            Side::Server => {
                let step = self.server(place, bytes);
                // A response that does not continue in lines is complete.
                if self.server == Server::Status
                    && let Some(exchange) = self.responding.take()
                {
                    self.log.ended(exchange);
                }
                step
            }
        }
    }

    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        if side == Side::Server && self.server == Server::Status {
            self.sent.find(bytes, found);
        }
        let mut rest = bytes;
        while side == Side::Client && !rest.is_empty() {
            let line = Line::first(rest);
            if self.challenged {
                let hidden = auth::hidden(self.attempt.expects(), line.text);
                found.push(range_of(hidden, bytes));
                return;
            }
            let (_, argument) = word(line.text);
            let verb = Verb::of(line.text);
            let hidden = match verb {
                Verb::Password => argument,
                Verb::Digest => word(argument).1,
                Verb::Auth => {
                    let (mechanism, response) = word(argument);
                    auth::hidden(Mechanism::by_name(mechanism).secret(0), response)
                }
                _ => &[],
            };
            found.push(range_of(hidden, bytes));
            if matches!(verb, Verb::Auth | Verb::StartTls) {
                return;
            }
            rest = rest.get(line.whole.len()..).unwrap_or_default();
        }
    }

    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        self.log.deliver(ended, events);
        self.tls.hand_over(events);
        if self.mail.completed_in.is_some() && ended.side == Side::Server {
            events.push(Event::Body {
                side: ended.side,
                protocol: Some([imf::MEDIA; 4]),
            });
        }
        if !self.keeps {
            self.mail.completed_in = None;
            return;
        }
        let kept = self.saying(ended.side).map(std::mem::take);
        let kept = kept.unwrap_or_default();
        if kept.mail.is_some() {
            let mail = &mut self.mail;
            mail.first.get_or_insert(ended.number);
            events.push(Event::Append {
                source: self.mails.len() as u64,
                side: ended.side,
                at: mail.length,
                from: 0,
                to: ended.length,
            });
            mail.length += ended.length;
            if self.mail.completed_in.is_some() {
                self.mail.last = Some(ended.number);
                self.mails.push(std::mem::take(&mut self.mail));
            }
        }
        match kept.other.is_empty() {
            true => self.messages.push_constant(kept),
            false => self.messages.push(kept),
        }
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        self.log.end(events);
    }

    fn lost(&mut self, side: Side) {
        self.log.lost();
        self.saying[side] = Kept::default();
        if side == Side::Client {
            self.challenged = false;
        }
    }

    fn context(&self, number: usize) -> Option<PopMessage> {
        let kept = self.messages.get(number)?;
        let mail = kept.mail.map(|at| {
            let mail = self.mails.get(at).unwrap_or(&self.mail);
            Part {
                completed_in: mail.completed_in,
                before: mail.before,
                beyond: if mail.last == Some(number) { END } else { 0 },
                counted: mail.counted,
            }
        });
        Some(PopMessage {
            other: kept.other.clone(),
            answer: kept.answer,
            goes_on: kept.goes_on,
            mail,
        })
    }

    fn completes(&self, number: usize) -> Option<u64> {
        let mail = self.messages.get(number)?.mail?;
        let last = self.mails.get(mail)?.last;
        (last == Some(number)).then_some(mail as u64)
    }

    fn settled(&self, read: usize) -> usize {
        let waiting = self.waiting.iter().map(|waiting| waiting.place.0);
        let commands = waiting.filter(|message| is_waited_for(*message, read));
        let mail = self.mail.first;
        commands.chain(mail).min().unwrap_or(read)
    }

    fn evict(&mut self, before: usize) {
        self.messages.evict(before);
        let needed = self.mails.find(|mail| mail.last >= Some(before));
        self.mails.evict(needed.unwrap_or(self.mails.len()));
    }

    fn allocated(&self) -> usize {
        self.waiting.heap_size()
            + self.log.heap_size()
            + self.messages.heap_size()
            + self.mails.heap_size()
            + self.saying.iter().map(Kept::heap_size).sum::<usize>()
            + SHORT_TEXTS
    }

    fn summary(&self) -> String {
        let mut told = Vec::new();
        let user = self.user.as_deref().map(readable);
        let user = user.as_deref().filter(|user| !user.is_empty());
        let mails = match self.fetched {
            1 => "1 mail".to_owned(),
            many => format!("{many} mails"),
        };
        told.extend(match (user, self.login, self.fetched) {
            (Some(user), _, 1..) => Some(format!("{user} fetched {mails}")),
            (None, _, 1..) => Some(format!("{mails} fetched")),
            (Some(user), Some(Class::Ok), 0) => Some(format!("{user} logged in, fetched nothing")),
            (Some(user), Some(_), 0) => Some(format!("login as {user} refused")),
            (None, Some(Class::Ok), 0) => None,
            (None, Some(_), 0) => Some("login refused".to_owned()),
            _ => None,
        });
        told.extend(self.tls.words("STLS", false));
        told.join(", ")
    }

    fn undeclared(&self) -> Undeclared {
        self.undeclared.charset()
    }

    fn credentials(&self) -> bool {
        self.credentials
    }

    fn remarks(&self) -> Remarks {
        Remarks {
            tls_unused: self.tls.is_unused() && self.login.is_some(),
            ..Remarks::default()
        }
    }
}

/// A line with a dot.
const END: usize = b".\r\n".len();

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_session::converse;
    use Side::{Client, Server};

    #[test]
    fn exchanges() {
        let mut script = converse(
            "pop",
            &[
                (Server, b"+OK POP3\r\n"),
                (Client, b"USER kim\r\nPASS secret\r\n"),
                (Server, b"+OK\r\n-ERR no\r\n"),
                (Client, b"APOP kim 0123456789abcdef\r\n"),
                (Server, b"-ERR [SYS/TEMP] later\r\n"),
                (Client, b"AUTH PLAIN\r\n"),
                (Server, b"+ \r\n"),
                (Client, b"AGtpbQBzZWNyZXQ=\r\n"),
                (Server, b"+OK in\r\n"),
                (Client, b"RETR 1\r\nRETR 9\r\nLIST\r\n"),
                (Server, b"+OK 9 octets\r\nab\r\n"),
                (Server, b"cd\r\n."),
                (Server, b"\r\n-ERR no such mail\r\n"),
                (Server, b"+OK\r\n.\r\n"),
                (Client, b"c2VjcmV0\r\nQUIT\r\n"),
            ],
        );
        assert_eq!(
            script.exchanges(),
            [
                "Greeting: ok:  → +OK POP3 (- → 1-1 10)",
                "Login: ok: USER kim → +OK (2-2 10 → 3-3 5, 1 s)",
                "Login: refused: PASS → -ERR no (2-2 13 → 3-3 9, 1 s)",
                "Login: server error: APOP kim → -ERR [SYS/TEMP] later (4-4 27 → 5-5 23, 1 s)",
                "Login: ok: AUTH PLAIN → +OK in (6-8 30 → 9-9 8, 1 s)",
                "Transfer: ok: RETR 1 → +OK 9 octets (10-10 8 → 11-13 11, 1 s)",
                "Transfer: client error: RETR 9 → -ERR no such mail (10-10 8 → 13-13 19, 3 s)",
                "Other: ok: LIST → +OK (10-10 6 → 14-14 3, 4 s)",
                "Other: none: unknown command → - (15-15 10 → -)",
                "Other: none: QUIT → - (15-15 6 → -)",
            ]
        );
    }

    /// RFC 3206 and RFC 2449.
    #[test]
    fn response_codes() {
        for (purpose, text, expected) in [
            (Purpose::Other, "-ERR [AUTH] no", Class::Refused),
            (Purpose::Login, "-ERR [sys/perm] broken", Class::ServerError),
            (Purpose::Login, "-ERR [IN-USE] open", Class::ServerError),
            (Purpose::Greeting, "-ERR", Class::Refused),
            (Purpose::Transfer, "-ERR", Class::ClientError),
            (Purpose::Transfer, "+OK [AUTH]", Class::Ok),
        ] {
            assert_eq!(class(purpose, text.as_bytes()), expected, "{text}");
        }
    }
}
