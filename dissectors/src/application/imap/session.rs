//! A conversation in IMAP: lines with literals in them, and which response answers which command.

use super::{argument, password, token};
use crate::{
    Class, Confidence, Event, Framing, HeapSize, MessageInfo, PerSide, Place, Purpose, Remarks,
    Session, Setting, Side, Undeclared,
    application::{
        line::{Line, goes_on, is_plain, readable},
        smtp::auth::{self, Attempt, Mechanism, Secret},
        starttls::StartTls,
        undeclared_text::UndeclaredText,
    },
    exchange_log::ExchangeLog,
    secrets::{SentSecrets, range_of},
    session::{SHORT_TEXTS, is_waited_for},
    tail::Tail,
};
use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hasher},
    ops::Range,
};

/// The server's greeting begins with a star, and often names the protocol.
pub fn looks_like(bytes: &[u8], side: Side) -> Confidence {
    const OTHERS: [&[u8]; 4] = [b"+OK", b"-ERR", b"220", b"HTTP/"];
    let text = Line::first(bytes).text;
    let names = |part: &[u8]| part.eq_ignore_ascii_case(b"IMAP");
    match side {
        _ if !is_plain(bytes) || OTHERS.iter().any(|other| text.starts_with(other)) => {
            Confidence::Impossible
        }
        Side::Server if text.starts_with(b"* ") && text.windows(4).any(names) => {
            Confidence::Certain
        }
        _ => Confidence::Possible,
    }
}

/// The kinds of commands, as far as they matter to what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Login,
    Authenticate,
    StartTls,
    Append,
    Other,
}

impl Verb {
    fn of(word: &[u8]) -> Verb {
        let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
        match word {
            _ if is(b"LOGIN") => Verb::Login,
            _ if is(b"AUTHENTICATE") => Verb::Authenticate,
            _ if is(b"STARTTLS") => Verb::StartTls,
            _ if is(b"APPEND") => Verb::Append,
            _ => Verb::Other,
        }
    }

    fn purpose(self, word: &[u8]) -> Purpose {
        let is = |name: &&[u8]| word.eq_ignore_ascii_case(name);
        match self {
            Verb::Login | Verb::Authenticate => Purpose::Login,
            Verb::StartTls => Purpose::Handshake,
            Verb::Append => Purpose::Transfer,
            Verb::Other if [&b"FETCH"[..], b"UID"].iter().any(is) => Purpose::Transfer,
            Verb::Other => Purpose::Other,
        }
    }
}

/// Returns a command without its tag and its secrets: of a log-in only the user's name or the mechanism.
fn without_secrets(verb: Verb, text: &[u8], charset: Undeclared) -> String {
    let readable = |bytes| charset.read(bytes);
    let (_, rest) = token(text);
    let (word, arguments) = token(rest);
    let first = match verb {
        Verb::Login | Verb::Authenticate => token(arguments).0,
        _ => return readable(rest).into_owned(),
    };
    match announced(first) {
        Some(_) => readable(word).into_owned(),
        None => format!("{} {}", readable(word), readable(argument(first))),
    }
}

/// The class of an exchange with this response: RFC 9051, section 7.1, and its response codes, mainly of RFC 5530.
fn class(purpose: Purpose, text: &[u8]) -> Class {
    const SERVER: [&[u8]; 8] = [
        b"[UNAVAILABLE",
        b"[SERVERBUG",
        b"[INUSE",
        b"[LIMIT",
        b"[OVERQUOTA",
        b"[CONTACTADMIN",
        b"[CORRUPTION",
        b"[UNKNOWN-CTE",
    ];
    const REFUSED: [&[u8]; 5] = [
        b"[AUTHENTICATIONFAILED",
        b"[AUTHORIZATIONFAILED",
        b"[EXPIRED",
        b"[PRIVACYREQUIRED",
        b"[NOPERM",
    ];
    let (status, text) = token(text);
    let is = |known: &[u8]| status.eq_ignore_ascii_case(known);
    let begins = |code: &&[u8]| {
        let text = text.get(..code.len()).unwrap_or_default();
        text.eq_ignore_ascii_case(code)
    };
    match purpose {
        _ if is(b"OK") || is(b"PREAUTH") => Class::Ok,
        _ if is(b"BYE") && purpose != Purpose::Greeting => Class::ServerError,
        _ if SERVER.iter().any(begins) => Class::ServerError,
        _ if REFUSED.iter().any(begins) => Class::Refused,
        Purpose::Login if !is(b"BAD") => Class::Refused,
        Purpose::Greeting => Class::Refused,
        _ => Class::ClientError,
    }
}

/// The content of a client's literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A user's name.
    User,
    /// A password.
    Password,
    /// A mail to be stored.
    Mail,
    /// Anything else.
    Other,
}

/// The other half of an exchange: its packet, and how long it took in nanoseconds.
pub type Other = Option<(u64, i64)>;

/// What is known of a message besides its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImapMessage {
    /// One for each line with a tag.
    pub others: Vec<Other>,
    /// It is an answer to a challenge.
    pub answer: Option<Secret>,
    /// It is a literal of the client.
    pub literal: Option<Literal>,
    /// Its first line continues a command, with this as its next argument.
    pub goes_on: Option<Literal>,
}

/// Commands that wait for their responses, at most.
const MAX_WAITING: usize = 1000;

/// A longer line is no command and no response.
const MAX_LINE: usize = 64 << 10;

/// The length to which a user's name is kept for the summary, bytes.
const MAX_NAME: usize = 100;

/// A command without its response.
#[derive(Clone)]
struct Waiting {
    /// A hash of its tag.
    tag: u64,
    verb: Verb,
    /// The packet that it came in, and when that was captured.
    packet: (u64, i64),
    /// Its message, and its index among the commands of that.
    place: (usize, usize),
    /// Its number in the log.
    exchange: u32,
    purpose: Purpose,
}

/// What the client's next bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Lines,
    /// An answer to a challenge.
    Answer,
    /// A literal of this many bytes that belongs to a command, and the number of arguments before it.
    Literal(u64, Verb, u8),
    /// The rest of a command after a literal.
    GoesOn(Verb, u8),
}

/// A conversation in IMAP.
#[derive(Clone)]
pub struct Imap {
    keeps: bool,
    client: State,
    /// The server is in the middle of a response: a literal has just ended.
    in_response: bool,
    /// The client's last bytes are a password in a literal.
    in_password: bool,
    attempt: Attempt,
    waiting: VecDeque<Waiting>,
    log: ExchangeLog,
    /// The exchange of the latest command, which literals and answers to challenges continue.
    latest: u32,
    user: Option<Box<[u8]>>,
    login: Option<Class>,
    tls: StartTls,
    credentials: bool,
    sent: SentSecrets,
    undeclared: UndeclaredText,
    fetched: u32,
    kept_mails: u32,
    saying: PerSide<ImapMessage>,
    messages: Tail<ImapMessage>,
}

fn hash(tag: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(tag);
    hasher.finish()
}

/// Returns the length that the end of a line announces: RFC 9051, section 4.3, with RFC 7888.
pub fn announced(text: &[u8]) -> Option<u64> {
    let number = text.strip_suffix(b"}")?;
    let open = number.iter().rposition(|&byte| byte == b'{')?;
    let number = number.get(open + 1..)?;
    let number = number.strip_suffix(b"+").unwrap_or(number);
    let digits = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(number).ok().filter(|_| digits)?;
    // A length beyond that of any mail would only prevent reading the rest of the conversation.
    const MOST: u64 = 1 << 40;
    number.parse().ok().filter(|&length| length <= MOST)
}

/// The content of a literal in a server's response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// A whole mail.
    Mail,
    /// The head of one.
    Head,
    /// A part of its body, or nothing of a mail.
    Other,
}

/// Returns the content of the literal that a line announces, by the item before it: RFC 9051, section 7.5.2.
pub fn section(text: &[u8]) -> Section {
    let open = text.iter().rposition(|&byte| byte == b'{');
    let item = text.get(..open.unwrap_or(0)).unwrap_or_default();
    let item = item.trim_ascii_end();
    const BODY: &[u8] = b"BODY[";
    let body = item
        .windows(BODY.len())
        .rposition(|part| part.eq_ignore_ascii_case(BODY));
    let names = |part: &[u8], name: &[u8]| {
        part.windows(name.len())
            .any(|part| part.eq_ignore_ascii_case(name))
    };
    let ends = |name: &[u8]| {
        let from = item.len().saturating_sub(name.len());
        item.get(from..)
            .is_some_and(|end| end.eq_ignore_ascii_case(name))
    };
    match body.and_then(|at| item.get(at + BODY.len()..)) {
        Some([b']', ..]) => Section::Mail,
        Some(inside) if names(inside, b"HEADER") || names(inside, b"MIME") => Section::Head,
        Some(_) => Section::Other,
        None if ends(b"RFC822") => Section::Mail,
        None if ends(b"RFC822.HEADER") => Section::Head,
        None => Section::Other,
    }
}

impl Imap {
    /// Begins a conversation.
    pub fn new(setting: &Setting) -> Self {
        Imap {
            keeps: setting.keeps,
            client: State::Lines,
            in_response: false,
            in_password: false,
            attempt: Attempt::default(),
            waiting: VecDeque::new(),
            log: ExchangeLog::new(setting, "imap"),
            latest: 0,
            user: None,
            login: None,
            tls: StartTls::default(),
            credentials: false,
            sent: SentSecrets::default(),
            undeclared: UndeclaredText::new(setting),
            fetched: 0,
            kept_mails: 0,
            saying: PerSide::default(),
            messages: Tail::default(),
        }
    }

    fn saying(&mut self, side: Side) -> Option<&mut ImapMessage> {
        let keeps = self.keeps;
        keeps.then_some(&mut self.saying[side])
    }

    fn name(&mut self, name: &[u8]) {
        let (name, _) = name.split_at(name.len().min(MAX_NAME));
        self.user = Some(name.into());
    }

    fn client(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        self.in_password = false;
        if let State::Literal(length, verb, before) = self.client {
            // A user's name is needed as a whole.
            let is_user = argument_kind(verb, before) == Literal::User;
            if is_user && (bytes.len() as u64) < length.min(MAX_LINE as u64) {
                return Framing::NeedMore;
            }
            self.log.request(self.latest, place, length as usize, false);
            return self.literal(bytes, length, verb, before);
        }
        if goes_on(place, bytes) && bytes.len() <= MAX_LINE {
            return Framing::NeedMore;
        }
        // A tag and a command count more than odd letters after them.
        let (tag, rest) = token(Line::first(bytes).text);
        let (word, _) = token(rest);
        let letters = |word: &[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_alphanumeric);
        if !is_plain(bytes) && self.client == State::Lines && !(letters(tag) && letters(word)) {
            return Framing::NotRecognized;
        }
        let mut at = 0;
        while let Some(line) = Line::ended(bytes.get(at..).unwrap_or_default()) {
            if line.whole.is_empty() {
                break;
            }
            at += line.whole.len();
            match std::mem::replace(&mut self.client, State::Lines) {
                State::Answer => {
                    self.go_on(place, line);
                    self.answer_line(line.text);
                    break;
                }
                State::GoesOn(verb, before) => {
                    self.go_on(place, line);
                    let next = argument_kind(verb, before);
                    if let Some(kept) = self.saying(Side::Client) {
                        kept.goes_on = Some(next);
                    }
                    if next == Literal::Password && !line.text.trim_ascii().is_empty() {
                        self.credentials = true;
                        self.sent.note(argument(password(line.text.trim_ascii())));
                    }
                    self.announce(line.text, verb, before);
                    break;
                }
                _ => {}
            }
            if self.command(place, line) {
                break;
            }
            // An answer to a challenge and the rest of a command begin separate messages.
            if self.client != State::Lines {
                break;
            }
        }
        match at {
            0 if bytes.len() > MAX_LINE => Framing::NotRecognized,
            0 => Framing::NeedMore,
            _ => Framing::Complete(at as u64),
        }
    }

    fn literal(&mut self, bytes: &[u8], length: u64, verb: Verb, before: u8) -> Framing {
        let kind = argument_kind(verb, before);
        match kind {
            Literal::Password => {
                self.credentials = true;
                self.in_password = true;
                self.sent
                    .note(bytes.get(..length as usize).unwrap_or_default());
            }
            Literal::User => {
                let (name, _) = bytes.split_at(bytes.len().min(length as usize));
                self.name(name);
            }
            Literal::Mail => self.kept_mails += 1,
            Literal::Other => {}
        }
        if let Some(kept) = self.saying(Side::Client) {
            kept.literal = Some(kind);
        }
        self.client = State::GoesOn(verb, before.saturating_add(1));
        Framing::Complete(length)
    }

    /// Reads the announcement of a literal in a line.
    fn announce(&mut self, text: &[u8], verb: Verb, before: u8) {
        match announced(text) {
            Some(0) => self.client = State::GoesOn(verb, before.saturating_add(1)),
            Some(length) => self.client = State::Literal(length, verb, before),
            None => {}
        }
    }

    /// Adds a line that continues the latest command.
    fn go_on(&mut self, place: &Place, line: Line) {
        let ends = announced(line.text).is_none();
        let length = line.whole.len();
        self.log.request(self.latest, place, length, ends);
    }

    /// Reads a line with a tag and a command. Returns whether the message ends after it.
    fn command(&mut self, place: &Place, line: Line) -> bool {
        let text = line.text;
        let (tag, rest) = token(text);
        let (word, arguments) = token(rest);
        let verb = Verb::of(word);
        // The lines of a step are one message, and it ends with the step.
        let message = self.messages.len();
        let mut at = 0;
        if let Some(kept) = self.saying(Side::Client) {
            at = kept.others.len();
            kept.others.push(None);
        }
        if word.is_empty() {
            // Such as the end of IDLE: RFC 9051, section 6.3.13.
            self.go_on(place, line);
        } else {
            self.undeclared.note(text);
            let charset = self.undeclared.charset();
            let (purpose, words) = (verb.purpose(word), || without_secrets(verb, text, charset));
            self.latest = self.log.begin(purpose, words);
            self.go_on(place, line);
            if self.waiting.len() < MAX_WAITING {
                self.waiting.push_back(Waiting {
                    tag: hash(tag),
                    verb,
                    packet: (place.packet, place.time_ns),
                    place: (message, at),
                    exchange: self.latest,
                    purpose,
                });
            }
        }
        let mut before = 0;
        match verb {
            Verb::Login => {
                let (user, rest) = token(arguments);
                let password = token(rest).0;
                if announced(user).is_none() {
                    self.name(argument(user));
                    before = 1;
                    if announced(password).is_none() && !password.is_empty() {
                        self.credentials = true;
                        self.sent.note(argument(password));
                    }
                }
            }
            Verb::Authenticate => {
                let (mechanism, response) = token(arguments);
                self.attempt = Attempt::by(mechanism);
                if !response.is_empty() {
                    self.answer(response);
                }
            }
            Verb::StartTls => self.tls.ask(),
            Verb::Append | Verb::Other => {}
        }
        self.announce(text, verb, before);
        matches!(verb, Verb::StartTls | Verb::Authenticate)
    }

    fn answer(&mut self, text: &[u8]) -> Secret {
        let told = self.attempt.answer(text, &mut self.sent);
        self.credentials |= told.in_clear;
        if let Some(name) = told.user {
            self.name(&name);
        }
        told.secret
    }

    fn answer_line(&mut self, text: &[u8]) {
        let secret = self.answer(text);
        if let Some(kept) = self.saying(Side::Client) {
            kept.answer = Some(secret);
        }
    }

    /// Frames whole responses, with their literals.
    fn server(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        if goes_on(place, bytes) && bytes.len() <= MAX_LINE {
            return Framing::NeedMore;
        }
        let begins = bytes.starts_with(b"* ") || super::is_response(Line::first(bytes).text);
        if !self.in_response && !begins && !is_plain(bytes) {
            return Framing::NotRecognized;
        }
        let (mut at, mut whole) = (0, 0);
        let mut wanted = None;
        while let Some(line) = Line::ended(bytes.get(at..).unwrap_or_default()) {
            if line.whole.is_empty() {
                break;
            }
            at += line.whole.len();
            match announced(line.text) {
                Some(length) if length <= (bytes.len() - at) as u64 => at += length as usize,
                Some(length) => {
                    wanted = Some(at as u64 + length);
                    break;
                }
                None => {
                    whole = at;
                    // What follows is encrypted.
                    if self.ends_plain(line.text) {
                        break;
                    }
                }
            }
        }
        let step = match (whole, wanted) {
            (1.., _) => Framing::Complete(whole as u64),
            (_, Some(wanted)) => Framing::Partial(wanted),
            _ if at > 0 => Framing::Partial(at as u64),
            _ if bytes.len() > MAX_LINE => return Framing::NotRecognized,
            _ => return Framing::NeedMore,
        };
        let taken = match step {
            Framing::Complete(_) => whole,
            _ => at.min(bytes.len()),
        };
        let (taken, _) = bytes.split_at(taken);
        self.responses(place, taken);
        self.in_response = !matches!(step, Framing::Complete(_));
        step
    }

    /// Returns whether encryption begins after this response.
    fn ends_plain(&self, text: &[u8]) -> bool {
        let (tag, rest) = token(text);
        let asked = self
            .waiting
            .iter()
            .any(|waiting| waiting.verb == Verb::StartTls && waiting.tag == hash(tag));
        asked && token(rest).0.eq_ignore_ascii_case(b"OK")
    }

    /// Applies the lines of a server.
    fn responses(&mut self, place: &Place, bytes: &[u8]) {
        let mut at = 0;
        while let Some(line) = Line::ended(bytes.get(at..).unwrap_or_default()) {
            if line.whole.is_empty() {
                break;
            }
            at += line.whole.len();
            self.response(place, line);
            if let Some(length) = announced(line.text) {
                self.fetched += u32::from(section(line.text) == Section::Mail);
                at = at.saturating_add(length as usize);
            }
        }
    }

    fn response(&mut self, place: &Place, line: Line) {
        let text = line.text;
        let (tag, rest) = token(text);
        match tag {
            b"*" => {
                let (word, _) = token(rest);
                let lists = word.eq_ignore_ascii_case(b"CAPABILITY");
                let mut words = text.split(|&byte| matches!(byte, b' ' | b']'));
                if (lists || text.starts_with(b"* OK [CAPABILITY"))
                    && words.any(|word| word.eq_ignore_ascii_case(b"STARTTLS"))
                {
                    self.tls.offer();
                }
                let leaves = word.eq_ignore_ascii_case(b"BYE");
                match self.log.is_new() {
                    _ if !self.waiting.is_empty() => self.untagged(place, line),
                    true => self.unasked(place, line, Purpose::Greeting),
                    false if leaves => self.unasked(place, line, Purpose::Other),
                    false => {}
                }
                return;
            }
            b"+" => {
                if let Some(last) = self.waiting.back() {
                    self.log.preliminary(last.exchange, place.into());
                    if last.verb == Verb::Authenticate {
                        self.client = State::Answer;
                    }
                }
                return;
            }
            _ => {}
        }
        let tag = hash(tag);
        let found = self.waiting.iter().position(|waiting| waiting.tag == tag);
        let found = found.and_then(|at| self.waiting.remove(at));
        let (status, _) = token(rest);
        let ok = status.eq_ignore_ascii_case(b"OK");
        match &found {
            Some(waiting) => {
                let class = self.answered(place, line, waiting.exchange, waiting.purpose);
                if waiting.purpose == Purpose::Login {
                    self.login = Some(class);
                }
            }
            None if ok || status.eq_ignore_ascii_case(b"NO") => {
                self.unasked(place, line, Purpose::Other);
            }
            // The line continues after a literal.
            None => self.untagged(place, line),
        }
        let answers = found.is_some();
        let asked = found.as_ref().map(|waiting| {
            let (packet, asked_ns) = waiting.packet;
            let took = place.time_ns.saturating_sub(asked_ns);
            let (message, at) = waiting.place;
            let command = self.messages.get_mut(message);
            if let Some(answered) = command.and_then(|kept| kept.others.get_mut(at)) {
                *answered = Some((place.packet, took));
            }
            (packet, took)
        });
        if let Some(kept) = self.saying(Side::Server) {
            kept.others.push(asked);
        }
        match found.map(|waiting| waiting.verb) {
            Some(Verb::Authenticate) if self.client == State::Answer => {
                self.client = State::Lines;
            }
            Some(Verb::StartTls) => {
                self.tls.answer(ok);
            }
            _ => {}
        }
        // A client does not send what the server refused.
        if let (true, false, State::Literal(..)) = (answers, ok, self.client) {
            self.client = State::Lines;
        }
    }

    /// Untagged responses belong to a command: RFC 9051, section 2.2.2.
    fn untagged(&mut self, place: &Place, line: Line) {
        if let Some(waiting) = self.waiting.front() {
            let literal = announced(line.text).unwrap_or(0) as usize;
            let length = line.whole.len().saturating_add(literal);
            self.log.response(waiting.exchange, place, length);
        }
    }

    fn unasked(&mut self, place: &Place, line: Line, purpose: Purpose) {
        let exchange = self.log.begin(purpose, String::new);
        self.answered(place, line, exchange, purpose);
    }

    /// Applies a line with the result of an exchange.
    fn answered(&mut self, place: &Place, line: Line, exchange: u32, purpose: Purpose) -> Class {
        let (_, status) = token(line.text);
        let class = class(purpose, status);
        self.undeclared.note(status);
        let charset = self.undeclared.charset();
        let words = || charset.read(&self.sent.masked(status)).into_owned();
        self.log.response(exchange, place, line.whole.len());
        self.log.answer(exchange, class, None, words);
        self.log.ended(exchange);
        class
    }
}

/// Returns the secret part of a line with a tag and a command, and whether the message ends after it.
fn in_command(text: &[u8]) -> (&[u8], bool) {
    let (_, rest) = token(text);
    let (word, arguments) = token(rest);
    let (first, rest) = token(arguments);
    match Verb::of(word) {
        Verb::Login => (password(token(rest).0), announced(text).is_some()),
        Verb::Authenticate => {
            let hidden = auth::hidden(Mechanism::by_name(first).secret(0), rest);
            (hidden, true)
        }
        Verb::StartTls => (&[], true),
        Verb::Append | Verb::Other => (&[], announced(text).is_some()),
    }
}

/// Returns the content of a command's argument that is sent as a literal.
fn argument_kind(verb: Verb, before: u8) -> Literal {
    match (verb, before) {
        (Verb::Login, 0) => Literal::User,
        (Verb::Login, 1) => Literal::Password,
        (Verb::Append, _) => Literal::Mail,
        _ => Literal::Other,
    }
}

impl HeapSize for ImapMessage {
    fn heap_size(&self) -> usize {
        self.others.heap_size()
    }
}

impl Session for Imap {
    type Context = ImapMessage;

    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        match place.side {
            Side::Client => self.client(place, bytes),
            Side::Server => self.server(place, bytes),
        }
    }

    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        if side == Side::Server {
            self.sent.find(Line::first(bytes).whole, found);
        }
        let mut rest = bytes;
        while side == Side::Client && !rest.is_empty() {
            let line = Line::first(rest);
            let (hidden, ends) = match self.client {
                State::Literal(..) => return,
                State::Answer => (auth::hidden(self.attempt.expects(), line.text), true),
                State::GoesOn(verb, before) => match argument_kind(verb, before) {
                    Literal::Password => (password(line.text.trim_ascii()), true),
                    _ => return,
                },
                State::Lines => in_command(line.text),
            };
            found.push(range_of(hidden, bytes));
            if ends {
                return;
            }
            rest = rest.get(line.whole.len()..).unwrap_or_default();
        }
    }

    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        if side == Side::Client && self.in_password {
            found.push(0..bytes.len());
        }
    }

    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        self.log.deliver(ended, events);
        self.tls.hand_over(events);
        if ended.side == Side::Server {
            self.in_response = false;
        }
        if self.keeps {
            let kept = self.saying(ended.side).map(std::mem::take);
            let kept = kept.unwrap_or_default();
            match kept.others.is_empty() {
                true => self.messages.push_constant(kept),
                false => self.messages.push(kept),
            }
        }
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        self.log.end(events);
    }

    fn lost(&mut self, side: Side) {
        self.log.lost();
        self.saying[side] = ImapMessage::default();
        match side {
            Side::Client => self.client = State::Lines,
            Side::Server => self.in_response = false,
        }
    }

    fn context(&self, number: usize) -> Option<ImapMessage> {
        self.messages.get(number).cloned()
    }

    fn settled(&self, read: usize) -> usize {
        let waiting = self.waiting.iter().map(|waiting| waiting.place.0);
        let commands = waiting.filter(|message| is_waited_for(*message, read));
        commands.min().unwrap_or(read)
    }

    fn evict(&mut self, before: usize) {
        self.messages.evict(before);
    }

    fn allocated(&self) -> usize {
        let saying = self.saying.iter().map(ImapMessage::heap_size);
        self.waiting.heap_size()
            + self.log.heap_size()
            + self.messages.heap_size()
            + saying.sum::<usize>()
            + SHORT_TEXTS
    }

    fn summary(&self) -> String {
        let mut told = Vec::new();
        let user = self.user.as_deref().map(readable);
        let user = user.as_deref().filter(|user| !user.is_empty());
        let mails = |count| match count {
            1 => "1 mail".to_owned(),
            many => format!("{many} mails"),
        };
        told.extend(match (user, self.login, self.fetched) {
            (Some(user), _, 1..) => Some(format!("{user} fetched {}", mails(self.fetched))),
            (None, _, 1..) => Some(format!("{} fetched", mails(self.fetched))),
            (Some(user), Some(Class::Ok), 0) => Some(format!("{user} logged in")),
            (None, Some(Class::Ok), 0) => Some("logged in".to_owned()),
            (Some(user), Some(_), 0) => Some(format!("login as {user} refused")),
            (None, Some(_), 0) => Some("login refused".to_owned()),
            _ => None,
        });
        if self.kept_mails > 0 {
            told.push(format!("{} stored", mails(self.kept_mails)));
        }
        told.extend(self.tls.words("STARTTLS", self.login.is_some()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_session::converse;
    use Side::{Client, Server};

    #[test]
    fn exchanges() {
        let mut script = converse(
            "imap",
            &[
                (Server, b"* OK ready\r\n"),
                (Client, b"a1 LOGIN {3}\r\n"),
                (Server, b"+ go\r\n"),
                (Client, b"kim {6}\r\n"),
                (Server, b"+ go\r\n"),
                (Client, b"secret\r\n"),
                (Server, b"a1 NO [AUTHENTICATIONFAILED] no\r\n"),
                (
                    Client,
                    b"a2 LOGIN \"kim\" \"se cret\"\r\na3 SELECT x\r\na4 NOOP\r\n",
                ),
                (
                    Server,
                    b"a2 OK in\r\na4 BAD what\r\na3 NO [NONEXISTENT] x\r\n",
                ),
                (Client, b"a5 AUTHENTICATE PLAIN AGtpbQBzZWNyZXQ=\r\n"),
                (Server, b"a5 BAD again?\r\n"),
                (Client, b"a6 FETCH 1 BODY[]\r\n"),
                (Server, b"* 1 FETCH (BODY[] {4}\r\nab"),
                (Server, b"cd)\r\na6 OK\r\n"),
                (Client, b"a7 IDLE\r\n"),
                (Server, b"+ idling\r\n"),
                (Client, b"DONE\r\n"),
                (Server, b"a7 OK\r\n"),
                (Client, b"a8 LOGOUT\r\n"),
                (Server, b"* BYE\r\n"),
            ],
        );
        assert_eq!(
            script.exchanges(),
            [
                "Greeting: ok:  → OK ready (- → 1-1 12)",
                "Login: refused: LOGIN → NO [AUTHENTICATIONFAILED] no (2-6 31 → 7-7 33, 1 s)",
                "Login: ok: LOGIN kim → OK in (8-8 26 → 9-9 10, 1 s)",
                "Other: client error: SELECT x → NO [NONEXISTENT] x (8-8 13 → 9-9 23, 1 s)",
                "Other: client error: NOOP → BAD what (8-8 9 → 9-9 13, 1 s)",
                "Login: client error: AUTHENTICATE PLAIN → BAD again? (10-10 40 → 11-11 15, 1 s)",
                "Transfer: ok: FETCH 1 BODY[] → OK (12-12 19 → 13-14 37, 1 s)",
                "Other: ok: IDLE → OK (15-17 15 → 18-18 7, 1 s)",
                "Other: none: LOGOUT → - (19-19 11 → 20-20 7 cut, 1 s)",
            ]
        );
        let mut script = converse("imap", &[(Server, b"* BYE full\r\n")]);
        let line = "Greeting: refused:  → BYE full (- → 1-1 12)";
        assert_eq!(script.exchanges(), [line]);
    }

    /// RFC 5530.
    #[test]
    fn response_codes() {
        for (purpose, text, expected) in [
            (Purpose::Other, "NO [NOPERM] no", Class::Refused),
            (Purpose::Other, "NO [unavailable] later", Class::ServerError),
            (Purpose::Other, "NO no", Class::ClientError),
            (Purpose::Login, "NO no", Class::Refused),
            (Purpose::Greeting, "PREAUTH hi", Class::Ok),
            (Purpose::Other, "BYE idle for too long", Class::ServerError),
        ] {
            assert_eq!(class(purpose, text.as_bytes()), expected, "{text}");
        }
    }
}
