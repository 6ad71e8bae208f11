//! A conversation in FTP: which reply answers which command (RFC 959, section 5.4), the client's working directory, and
//! which data connections are set up for what.

use super::{
    ReplyCode,
    address::{Extended, HostPort, directory, extended_passive, long, quoted_path},
    set_up::{Asked, MAX_NAME, Method, SetUp, bounded},
    verb::{Verb, changes, is_secret, moves_data, moves_file, verb},
};
use crate::{
    Class, Confidence, Event, Framing, HeapSize, MessageContext, MessageInfo, Place, Purpose,
    Session, Setting, Side, Transfer, Undeclared,
    application::{
        ascii::bytes,
        ftp_data,
        line::{Line, goes_on, is_plain, word},
        tls,
        undeclared_text::UndeclaredText,
    },
    exchange_log::ExchangeLog,
    secrets::{SentSecrets, range_of},
    session::{SHORT_TEXTS, is_waited_for},
    tail::{Shared, Tail},
};
use std::{collections::VecDeque, net::IpAddr, ops::Range, sync::Arc};

/// Commands that wait for their replies, at most: RFC 959, section 4, wants the client to wait after each.
const MAX_WAITING: usize = 256;

/// The longest line, bytes; anything longer is no line.
const MAX_LINE: usize = 16 << 10;

/// A reply's code and the byte after it.
const CODE: usize = 4;

/// Data connections whose setup is kept, at most.
const MAX_OFFERS: usize = 1 << 16;

/// Returns a command without the Telnet signals before it: RFC 959, section 4.1.3, has ABOR sent with them.
pub fn without_signals(mut text: &[u8]) -> &[u8] {
    const IAC: u8 = 255;
    while let [IAC, _, rest @ ..] | [242, rest @ ..] = text {
        text = rest;
    }
    text
}

pub fn looks_like(bytes: &[u8], side: Side) -> Confidence {
    if !is_plain(bytes) {
        return Confidence::Impossible;
    }
    let line = Line::first(bytes).text;
    let has = |word: &[u8]| {
        line.windows(word.len())
            .any(|part| part.eq_ignore_ascii_case(word))
    };
    let (command, argument) = word(without_signals(line));
    let surely = match side {
        // Mail servers greet with the same number, and may have "ftp" in their names.
        Side::Server => line.starts_with(b"220") && has(b"FTP") && !has(b"SMTP"),
        Side::Client => match &verb(command) {
            b"AUTH" => matches!(argument, b"TLS" | b"SSL" | b"TLS-C" | b"TLS-P"),
            b"FEAT" | b"PASV" | b"EPSV" | b"SYST" | b"PWD\0" | b"CDUP" => {
                line.len() == command.len()
            }
            b"TYPE" => matches!(argument, b"A" | b"I" | b"A N" | b"L 8"),
            b"PROT" => matches!(argument, b"C" | b"P"),
            b"PBSZ" => argument == b"0",
            b"PORT" => HostPort::find(argument).is_some(),
            b"EPRT" => Extended::read(argument).is_some(),
            _ => false,
        },
    };
    match surely {
        true => Confidence::Certain,
        false => Confidence::Possible,
    }
}

/// What the dissector must know of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// The working directory after this message.
    pub directory: Arc<str>,
    /// The message continues a reply of several lines with this code.
    pub continues: Option<u16>,
    /// The command that a reply answers.
    pub answers: Option<Asked>,
    /// The packet of a command's final reply.
    pub answered_in: Option<u64>,
    /// How this message set up a data connection, and the command that used it.
    pub used_for: Option<(Method, Asked)>,
    /// How the data connection that this command used was set up, and the packet that set it up.
    pub set_up_by: Option<(Method, u64)>,
}

/// A command whose final reply has not come.
#[derive(Clone)]
struct Waiting {
    verb: Verb,
    /// Its argument, where that is needed.
    argument: Box<[u8]>,
    /// What its reply answers.
    answers: Answers,
    /// The data connection that it sets up or uses.
    connection: Option<Connection>,
    /// The server began the transfer: RFC 959, section 4.2.1.
    begun: bool,
}

/// What a reply answers.
#[derive(Clone)]
struct Answers {
    /// The command that it answers, where that is kept. None for a greeting or a farewell.
    asked: Option<Arc<Asked>>,
    /// The number of its message, where it is the first command of that.
    message: Option<usize>,
    exchange: u32,
}

/// A data connection that was announced.
#[derive(Clone, Copy)]
struct Connection {
    number: u32,
    /// The message that announced it.
    message: usize,
}

/// A reply of several lines whose last one has not come.
#[derive(Clone)]
struct Open {
    code: u16,
    answers: Answers,
    /// One of its lines gave the address where the server waits for a data connection.
    offers: bool,
}

/// What is kept of a message.
#[derive(Clone, Default)]
struct FtpMessage {
    directory: Arc<str>,
    continues: Option<u16>,
    answers: Option<Arc<Asked>>,
    /// It holds a command.
    asks: bool,
    answered_in: Option<u64>,
    sets_up: Option<u32>,
    uses: Option<u32>,
}

/// The first command that transferred a file or changed one, and its result.
#[derive(Clone)]
struct First {
    request: Box<[u8]>,
    outcome: Option<(Class, u16)>,
    size: Option<u64>,
}

/// A conversation in FTP.
#[derive(Clone)]
pub struct Ftp {
    setting: Setting,
    user: Box<[u8]>,
    /// A password or an account name was sent.
    secret: bool,
    sent: SentSecrets,
    logged_in: bool,
    /// The code of the last refusal.
    refused: Option<u16>,
    undeclared: UndeclaredText,
    /// TLS was negotiated.
    secured: bool,
    /// Data connections use TLS: RFC 4217, section 9.
    protected: bool,
    /// Data is sent in MODE Z: draft-preston-ftpext-deflate.
    compressed: bool,
    directory: Arc<str>,
    open: Option<Open>,
    log: ExchangeLog,
    waiting: VecDeque<Waiting>,
    /// The number of data connections that were announced.
    announced: u32,
    /// The data connection that waits for its command.
    ready: Option<Connection>,
    set_up: Shared<SetUp>,
    events: Vec<Event>,
    /// The message that is being read.
    saying: FtpMessage,
    messages: Tail<FtpMessage>,
    first: Option<First>,
    deeds: u32,
}

impl Ftp {
    /// Begins a conversation.
    pub fn new(setting: &Setting) -> Self {
        Ftp {
            setting: *setting,
            user: Box::default(),
            secret: false,
            sent: SentSecrets::default(),
            logged_in: false,
            refused: None,
            undeclared: UndeclaredText::new(setting),
            secured: false,
            protected: false,
            compressed: false,
            directory: Arc::from(""),
            open: None,
            log: ExchangeLog::new(setting, "ftp"),
            waiting: VecDeque::new(),
            announced: 0,
            ready: None,
            set_up: Shared::default(),
            events: Vec::new(),
            saying: FtpMessage::default(),
            messages: Tail::default(),
            first: None,
            deeds: 0,
        }
    }

    fn read(&mut self, place: &Place, bytes: &[u8]) {
        let mut rest = bytes;
        self.saying = FtpMessage {
            continues: match place.side {
                Side::Server => self.open.as_ref().map(|open| open.code),
                Side::Client => None,
            },
            ..FtpMessage::default()
        };
        while !rest.is_empty() {
            let line = Line::first(rest);
            rest = rest.get(line.whole.len()..).unwrap_or_default();
            self.undeclared.note(without_signals(line.text));
            match place.side {
                Side::Client => self.command(place, line),
                Side::Server => self.reply(place, line),
            }
        }
        self.saying.directory = self.directory.clone();
    }

    fn command(&mut self, place: &Place, line: Line) {
        let packet = place.packet;
        let text = without_signals(line.text);
        let (command, argument) = word(text);
        if command.is_empty() {
            return;
        }
        let verb = verb(command);
        let mut connection = None;
        match &verb {
            b"USER" => self.user = bounded(argument).into(),
            b"PASS" | b"ACCT" => {
                self.secret |= !argument.is_empty() && !self.is_anonymous();
                self.sent.note(argument);
            }
            b"PORT" => {
                if let Some(found) = HostPort::find(argument) {
                    let to = (found.address.0.into(), found.port.0);
                    connection = Some(self.announce(Method::Port, to, Side::Client, packet));
                }
            }
            b"EPRT" => {
                if let Some(found) = Extended::read(argument) {
                    let to = (found.address.0, found.port.0);
                    let method = Method::ExtendedPort;
                    connection = Some(self.announce(method, to, Side::Client, packet));
                }
            }
            b"LPRT" => {
                if let Some(to) = long(argument) {
                    connection = Some(self.announce(Method::LongPort, to, Side::Client, packet));
                }
            }
            _ if moves_data(verb) => {
                connection = self.ready.take();
                if let Some(connection) = connection {
                    self.carry(connection.number, verb, text, argument, packet);
                }
            }
            _ => {}
        }
        if moves_file(verb) || changes(verb) {
            self.deeds = self.deeds.saturating_add(1);
            self.first.get_or_insert_with(|| First {
                request: bounded(text).into(),
                outcome: None,
                size: None,
            });
        }
        let charset = self.undeclared.charset();
        let words = || Asked::words(verb, text, charset);
        let keeps = self.setting.keeps;
        let first = !std::mem::replace(&mut self.saying.asks, true);
        let answers = Answers {
            asked: keeps.then(|| Arc::new(Asked::new(verb, text, packet, charset))),
            // The lines of a step are one message, and it ends with the step.
            message: first.then(|| self.messages.len()),
            exchange: self.log.ask(place, line.whole.len(), purpose(verb), words),
        };
        if self.waiting.len() < MAX_WAITING {
            let argument = match &verb {
                b"CWD\0" | b"XCWD" | b"AUTH" | b"PROT" | b"MODE" => bounded(argument).into(),
                _ => Box::default(),
            };
            self.waiting.push_back(Waiting {
                verb,
                argument,
                answers,
                connection,
                begun: false,
            });
        }
    }

    /// RFC 1635, section 3, and other names that servers accept for the same.
    fn is_anonymous(&self) -> bool {
        self.user.eq_ignore_ascii_case(b"anonymous") || self.user.eq_ignore_ascii_case(b"ftp")
    }

    /// Announces a data connection to this address and port.
    fn announce(
        &mut self,
        method: Method,
        to: (IpAddr, u16),
        listener: Side,
        packet: u64,
    ) -> Connection {
        let number = self.announced;
        self.announced = self.announced.saturating_add(1);
        let connection = Connection {
            number,
            message: self.messages.len(),
        };
        self.ready = Some(connection);
        self.saying.sets_up.get_or_insert(number);
        let (address, port) = to;
        let dissector = match self.protected {
            true => &tls::DISSECTOR,
            false => &ftp_data::DISSECTOR,
        };
        // Behind a translator of addresses the named address may differ from the used one.
        let (own, _) = self.setting.end(listener);
        let other = Some(own).filter(|own| *own != address);
        for address in [Some(address), other].into_iter().flatten() {
            self.events.push(Event::Expect {
                number,
                address,
                port,
                dissector,
            });
        }
        if self.setting.keeps && self.set_up.len() < MAX_OFFERS {
            self.set_up.push(SetUp {
                method,
                packet,
                used_for: None,
                directory: self.directory.clone(),
                protected: self.protected,
                undeclared: self.undeclared.charset(),
            });
        }
        connection
    }

    /// Assigns a data connection to a command.
    fn carry(&mut self, number: u32, verb: Verb, text: &[u8], argument: &[u8], packet: u64) {
        self.saying.uses.get_or_insert(number);
        self.events.push(Event::Carries {
            number,
            transfer: Transfer {
                request: bounded(text).to_vec(),
                file: moves_file(verb).then(|| bounded(argument).to_vec()),
                compressed: self.compressed,
            },
        });
        if let Some(set_up) = self.set_up.get_mut(number as usize) {
            let charset = self.undeclared.charset();
            set_up.used_for = Some(Asked::new(verb, text, packet, charset));
            set_up.directory = self.directory.clone();
        }
    }

    /// RFC 959, section 4.2: a reply of several lines ends with one that has its code and no hyphen.
    fn reply(&mut self, place: &Place, line: Line) {
        let parts = line.reply();
        let goes_on = line.text.get(3) == Some(&b'-');
        let code = parts.map(|(_, code, _)| code);
        let mut open = match (self.open.take(), parts) {
            (Some(open), _) => open,
            (None, Some((_, code, argument))) => Open {
                code,
                answers: self.understand(place, code, argument),
                offers: false,
            },
            (None, None) => return,
        };
        // The address may be in any line of the reply.
        open.offers = open.offers || self.offer(place, open.code, line.text);
        let exchange = open.answers.exchange;
        self.answered(&open.answers, place.packet);
        let preliminary = open.code < 200;
        if !preliminary {
            self.log.response(exchange, place, line.whole.len());
        }
        if code != Some(open.code) || goes_on {
            self.open = Some(open);
        } else if !preliminary {
            self.log.ended(exchange);
        }
    }

    /// Reads the address where the server waits for a data connection, in a line of a reply with this code, and returns
    /// whether there is one.
    fn offer(&mut self, place: &Place, code: u16, text: &[u8]) -> bool {
        let (start, rest) = text.split_at(text.len().min(CODE));
        let argument = match start.iter().take(CODE - 1).all(u8::is_ascii_digit) {
            true => rest,
            false => text,
        };
        let to = match ReplyCode(code) {
            ReplyCode::PASSIVE => HostPort::find(argument)
                .map(|found| (Method::Passive, found.address.0.into(), found.port.0)),
            ReplyCode::LONG_PASSIVE => {
                long(argument).map(|(address, port)| (Method::LongPassive, address, port))
            }
            ReplyCode::EXTENDED_PASSIVE => extended_passive(argument).map(|(port, _)| {
                let (address, _) = self.setting.server;
                (Method::ExtendedPassive, address, port)
            }),
            _ => None,
        };
        if let Some((method, address, port)) = to {
            self.announce(method, (address, port), Side::Server, place.packet);
        }
        to.is_some()
    }

    /// Applies a reply, and returns what it answers.
    fn understand(&mut self, place: &Place, code: u16, argument: &[u8]) -> Answers {
        let charset = self.undeclared.charset();
        let words = || {
            let text = self.sent.masked(argument);
            format!("{code:03} {}", charset.read(bounded(&text)))
        };
        if code < 200 {
            let Some(waiting) = self.waiting.front_mut() else {
                return Answers::NOTHING;
            };
            waiting.begun = true;
            self.log.preliminary(waiting.answers.exchange, place.into());
            if let Some(first) = self.first.as_mut().filter(|it| it.outcome.is_none())
                && moves_file(waiting.verb)
            {
                first.size = size(argument);
            }
            let answers = waiting.answers.clone();
            self.named(argument);
            return answers;
        }
        let Some(waiting) = self.waiting.pop_front() else {
            let purpose = match code {
                220 | 421 if self.log.is_new() => Purpose::Greeting,
                _ => Purpose::Other,
            };
            let exchange = self.log.begin(purpose, String::new);
            let class = class(purpose, code);
            self.log.answer(exchange, class, Some(code.into()), words);
            return Answers {
                exchange,
                ..Answers::NOTHING
            };
        };
        let class = class(purpose(waiting.verb), code);
        let exchange = waiting.answers.exchange;
        self.log.answer(exchange, class, Some(code.into()), words);
        let good = class == Class::Ok;
        match &waiting.verb {
            b"USER" | b"PASS" | b"ACCT" => match code {
                230 | 232 | 202 => self.logged_in = true,
                _ if !good => self.refused = Some(code),
                _ => {}
            },
            b"CWD\0" | b"XCWD" if good => self.go(&charset.read(&waiting.argument)),
            b"CDUP" | b"XCUP" if good => self.go(".."),
            b"PWD\0" | b"XPWD" if code == 257 => {
                if let Some(path) = quoted_path(argument) {
                    self.directory = Arc::from(&*charset.read(bounded(&path)));
                }
            }
            b"AUTH" if code == 234 => self.secure(&waiting.argument),
            b"MODE" if good => self.compressed = waiting.argument.eq_ignore_ascii_case(b"Z"),
            b"REIN" if good => self.compressed = false,
            b"PROT" if good => self.protected = waiting.argument.eq_ignore_ascii_case(b"P"),
            b"PORT" | b"EPRT" | b"LPRT" if !good => {
                if let Some(Connection { number, .. }) = waiting.connection {
                    self.events.push(Event::Withdraw { number });
                    self.ready = self.ready.filter(|ready| ready.number != number);
                }
            }
            // The data connection was not needed, and remains for the next command.
            verb if moves_data(*verb) && !good && !waiting.begun => {
                self.ready = self.ready.or(waiting.connection);
            }
            _ => {}
        }
        if (moves_file(waiting.verb) || changes(waiting.verb))
            && let Some(first) = &mut self.first
        {
            first.outcome.get_or_insert((class, code));
        }
        waiting.answers
    }

    /// Takes the name that the server has chosen for a file: RFC 1123, section 4.1.2.9.
    fn named(&mut self, reply: &[u8]) {
        const NAMES: &[u8] = b"FILE:";
        let waiting = self.waiting.front().filter(|it| &it.verb == b"STOU");
        let connection = waiting.and_then(|waiting| waiting.connection);
        let Some((begin, name)) = reply.split_at_checked(NAMES.len()) else {
            return;
        };
        let name = bounded(name.trim_ascii());
        if let Some(Connection { number, .. }) = connection
            && begin.eq_ignore_ascii_case(NAMES)
            && !name.is_empty()
        {
            self.events.push(Event::Carries {
                number,
                transfer: Transfer {
                    request: b"STOU".to_vec(),
                    file: Some(name.to_vec()),
                    compressed: self.compressed,
                },
            });
        }
    }

    fn go(&mut self, to: &str) {
        let there = directory(&self.directory, to);
        if there.len() <= MAX_NAME {
            self.directory = there.into();
        }
    }

    /// RFC 4217, section 4, and RFC 2228, section 3: with other mechanisms the lines are still readable.
    fn secure(&mut self, mechanism: &[u8]) {
        let mechanism = mechanism.to_ascii_uppercase();
        if matches!(&*mechanism, b"TLS" | b"SSL" | b"TLS-C" | b"TLS-P") {
            self.secured = true;
            self.events.push(Event::HandOver(&tls::DISSECTOR));
        }
    }

    fn answered(&mut self, answers: &Answers, packet: u64) {
        if self.saying.answers.is_none() {
            self.saying.answers = answers.asked.clone();
        }
        let message = answers.message;
        if let Some(command) = message.and_then(|message| self.messages.get_mut(message)) {
            command.answered_in = Some(packet);
        }
    }
}

impl Answers {
    const NOTHING: Answers = Answers {
        asked: None,
        message: None,
        exchange: u32::MAX,
    };
}

fn purpose(verb: Verb) -> Purpose {
    match &verb {
        b"USER" | b"PASS" | b"ACCT" => Purpose::Login,
        b"AUTH" | b"ADAT" => Purpose::Handshake,
        _ if moves_data(verb) => Purpose::Transfer,
        _ => Purpose::Other,
    }
}

/// The class of an exchange with this reply code: RFC 959, section 4.2, RFC 2228, section 3, and 430, which servers use
/// for a wrong password.
fn class(purpose: Purpose, code: u16) -> Class {
    match code {
        430 | 530 | 532..=535 => Class::Refused,
        505..600 if purpose == Purpose::Login => Class::Refused,
        _ => Class::of_reply(code),
    }
}

/// The size in `Opening data connection for x (405 bytes)`.
fn size(text: &[u8]) -> Option<u64> {
    let open = text.iter().rposition(|&byte| byte == b'(')?;
    let inside = text.get(open + 1..)?;
    let digits = inside.iter().take_while(|byte| byte.is_ascii_digit());
    let digits = inside.get(..digits.count())?;
    let rest = inside.get(digits.len()..)?;
    let digits = str::from_utf8(digits).ok()?;
    rest.starts_with(b" bytes").then(|| digits.parse().ok())?
}

impl HeapSize for Asked {
    fn heap_size(&self) -> usize {
        self.text.heap_size()
    }
}

impl HeapSize for Remembered {
    fn heap_size(&self) -> usize {
        let used_for = self.used_for.as_ref().map(|(_, asked)| asked);
        let asked = self.answers.iter().chain(used_for);
        asked.map(Asked::heap_size).sum()
    }
}

impl HeapSize for FtpMessage {
    fn heap_size(&self) -> usize {
        // A command and its replies share it.
        let asked = self.answers.as_ref();
        asked.map_or(0, |asked| size_of::<Asked>() + asked.heap_size())
    }
}

impl Session for Ftp {
    type Context = Remembered;

    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        if !is_plain(bytes) {
            return Framing::NotRecognized;
        }
        if goes_on(place, bytes) && bytes.len() < MAX_LINE {
            return Framing::NeedMore;
        }
        match memchr::memrchr(b'\n', bytes) {
            Some(end) => {
                let (lines, _) = bytes.split_at(end + 1);
                self.read(place, lines);
                Framing::Complete(lines.len() as u64)
            }
            None if bytes.len() < MAX_LINE => Framing::NeedMore,
            None => Framing::NotRecognized,
        }
    }

    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        if side == Side::Server {
            self.sent.find(bytes, found);
        }
        let mut rest = bytes;
        while side == Side::Client && !rest.is_empty() {
            let line = Line::first(rest);
            let (command, argument) = word(without_signals(line.text));
            if is_secret(verb(command)) {
                found.push(range_of(argument, bytes));
            }
            rest = rest.get(line.whole.len()..).unwrap_or_default();
        }
    }

    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        self.log.deliver(ended, events);
        events.append(&mut self.events);
        let said = std::mem::take(&mut self.saying);
        if self.setting.keeps {
            self.messages.push(said);
        }
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        self.log.end(events);
    }

    fn lost(&mut self, side: Side) {
        self.log.lost();
        // It is not known how many commands or replies are missing.
        self.waiting.clear();
        if side == Side::Server {
            self.open = None;
        }
    }

    fn context(&self, number: usize) -> Option<Remembered> {
        let said = self.messages.get(number)?;
        let set_up = |number: Option<u32>| self.set_up.get(number? as usize);
        Some(Remembered {
            directory: said.directory.clone(),
            continues: said.continues,
            answers: said.answers.as_deref().cloned(),
            answered_in: said.answered_in,
            used_for: set_up(said.sets_up)
                .and_then(|set_up| Some((set_up.method, set_up.used_for.clone()?))),
            set_up_by: set_up(said.uses).map(|set_up| (set_up.method, set_up.packet)),
        })
    }

    fn asked_for(&self, number: usize) -> Option<u32> {
        self.messages.get(number)?.uses
    }

    fn settled(&self, read: usize) -> usize {
        let waiting = self.waiting.iter().flat_map(|waiting| {
            let connection = waiting.connection.map(|connection| connection.message);
            [waiting.answers.message, connection]
        });
        let open = self.open.as_ref().and_then(|open| open.answers.message);
        let ready = self.ready.map(|connection| connection.message);
        let messages = waiting.chain([open, ready]).flatten();
        let messages = messages.filter(|message| is_waited_for(*message, read));
        messages.min().unwrap_or(read)
    }

    fn evict(&mut self, before: usize) {
        self.messages.evict(before);
    }

    fn expected(&self, number: u32) -> Option<MessageContext> {
        let set_up = self.set_up.get(number as usize)?;
        (!set_up.protected).then(|| MessageContext::new(set_up.clone()))
    }

    fn allocated(&self) -> usize {
        let arguments = self.waiting.iter().map(|waiting| waiting.argument.len());
        self.waiting.heap_size()
            + arguments.sum::<usize>()
            + self.directory.len()
            + self.events.heap_size()
            + self.log.heap_size()
            + self.messages.heap_size()
            + self.set_up.heap_size()
            + self.sent.allocated()
            + self.undeclared.allocated()
            + 4 * SHORT_TEXTS
    }

    fn summary(&self) -> String {
        let mut words = String::new();
        if !self.user.is_empty() {
            words = self.undeclared.read(&self.user).into_owned();
        }
        let mut say = |more: &str| {
            if !words.is_empty() {
                words += ": ";
            }
            words += more;
        };
        match (&self.first, self.refused) {
            (Some(first), _) => say(&first.words(self.deeds, self.undeclared.charset())),
            (None, Some(code)) if !self.logged_in => say(&format!("login failed ({code})")),
            _ if self.secured => say("AUTH TLS"),
            _ if self.logged_in => say("logged in"),
            _ => {}
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

impl First {
    fn words(&self, deeds: u32, charset: Undeclared) -> String {
        let mut words = charset.read(&self.request).into_owned();
        match (self.outcome, self.size) {
            (Some((class, code)), _) if class.is_failure() => {
                words += &format!(" failed ({code})");
            }
            (Some(_), Some(size)) => words += &format!(" ok ({})", bytes(size)),
            (Some(_), None) => words += " ok",
            (None, _) => {}
        }
        match deeds {
            0 | 1 => words,
            more => format!("{words} and {} more", more - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::ftp::DISSECTOR;
    use crate::test_session::{Script, secrets};
    use Side::{Client, Server};

    fn told(lines: &[(Side, &str)]) -> Script {
        let mut script = Script::new(&DISSECTOR, 21);
        for (side, line) in lines {
            script.segment(*side, format!("{line}\r\n").as_bytes());
        }
        script
    }

    /// Describes the command that a reply answers.
    fn answered(known: Remembered) -> String {
        known.answers.map_or(String::new(), |asked| asked.text)
    }

    #[test]
    fn secrets_are_found() {
        let rows: &[(Side, &[u8])] = &[
            (Server, b"220 hi\r\n"),
            (
                Client,
                b"USER kim\r\npass se cret\r\nACCT 1234\r\nPASS \r\n",
            ),
            (Client, b"RETR PASS x\r\n"),
        ];
        assert_eq!(secrets("ftp", rows), ["se cret", "1234"]);
    }

    /// Lists the expected connections: number, address, port, protocol.
    fn expected(script: &Script) -> Vec<String> {
        let words = |event: &Event| match event {
            Event::Expect {
                number,
                address,
                port,
                dissector,
            } => format!("{number} {address} {port} {}", dissector.name),
            Event::Carries { number, transfer } => {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let file = transfer.file.as_deref().map(text);
                format!("{number} {} {file:?}", text(&transfer.request))
            }
            Event::Withdraw { number } => format!("{number} withdrawn"),
            Event::HandOver(dissector) => format!("hand over to {}", dissector.name),
            other => format!("{other:?}"),
        };
        script.events.iter().map(words).collect()
    }

    #[test]
    fn a_file_is_asked_for_and_comes() {
        let script = told(&[
            (Server, "220 (vsFTPd 3.0.3)"),
            (Client, "USER kim"),
            (Server, "331 Please specify the password."),
            (Client, "PASS s3cret"),
            (Server, "230 Login successful."),
            (Client, "PWD"),
            (Server, "257 \"/home/kim\" is the current directory"),
            (Client, "cwd docs/"),
            (Server, "250 Directory successfully changed."),
            (Client, "PASV"),
            (Server, "227 Entering Passive Mode (10,0,0,9,100,85)."),
            (Client, "TYPE I"),
            (Server, "200 Switching to Binary mode."),
            (Client, "RETR 보고서.txt"),
            (
                Server,
                "150 Opening BINARY mode data connection for it (405 bytes).",
            ),
            (Server, "226 Transfer complete."),
        ]);
        assert_eq!(
            expected(&script),
            [
                "0 10.0.0.9 25685 ftp-data",
                "0 RETR 보고서.txt Some(\"보고서.txt\")"
            ]
        );
        let asked = Asked {
            verb: *b"RETR",
            text: "RETR 보고서.txt".to_owned(),
            packet: 14,
        };
        let known = script.session.expected(0);
        let set_up = SetUp {
            method: Method::Passive,
            packet: 11,
            used_for: Some(asked.clone()),
            directory: "/home/kim/docs".into(),
            protected: false,
            undeclared: Undeclared::default(),
        };
        assert_eq!(known.as_ref().and_then(MessageContext::get), Some(&set_up));
        let of = |number| script.known::<Remembered>(number).unwrap_or_default();
        assert_eq!(&*of(5).directory, "");
        assert_eq!(&*of(6).directory, "/home/kim");
        assert_eq!(&*of(15).directory, "/home/kim/docs");
        assert_eq!(answered(of(4)), "PASS");
        assert_eq!(of(9).answered_in, Some(11));
        assert_eq!(of(10).used_for, Some((Method::Passive, asked.clone())));
        assert_eq!(of(13).set_up_by, Some((Method::Passive, 11)));
        assert_eq!(of(13).answered_in, Some(16));
        assert_eq!(script.session.asked_for(13), Some(0));
        assert_eq!(of(14).answers, Some(asked.clone()));
        assert_eq!(of(15).answers, Some(asked));
        assert_eq!(
            script.session.summary(),
            "kim: RETR 보고서.txt ok (405 bytes)"
        );
        assert!(script.session.credentials());
    }

    #[test]
    fn what_is_refused_is_not_expected() {
        let script = told(&[
            (Client, "EPRT |2|2002:5183:4383::5183:4383|1031|"),
            (Server, "500 Invalid argument, rejected."),
            (
                Client,
                "LPRT 6,16,32,2,81,131,67,131,0,0,0,0,0,0,81,131,67,131,2,4,7",
            ),
            (Server, "200 LPRT command successful."),
            (Client, "STOR a"),
            (Server, "550 No"),
            (Client, "STOR b"),
            (Server, "226 Done"),
            (Client, "DELE a"),
            (Server, "250 Gone"),
        ]);
        assert_eq!(
            expected(&script),
            [
                "0 2002:5183:4383::5183:4383 1031 ftp-data",
                "0 10.0.0.1 1031 ftp-data",
                "0 withdrawn",
                "1 2002:5183:4383::5183:4383 1031 ftp-data",
                "1 10.0.0.1 1031 ftp-data",
                "1 STOR a Some(\"a\")",
                "1 STOR b Some(\"b\")",
            ]
        );
        assert_eq!(script.session.summary(), "STOR a failed (550) and 2 more");
    }

    #[test]
    fn exchanges() {
        let mut script = told(&[
            (Server, "220-Welcome\r\n220 ready"),
            (Client, "USER kim\r\nPASS s3cret"),
            (Server, "331 password?\r\n530 Login incorrect"),
            (Client, "PASV"),
            (Server, "227 ok (10,0,0,9,100,85)"),
            (Client, "RETR a"),
            (Server, "150 here it comes"),
            (Server, "226-sent"),
            (Server, "226 all of it"),
            (Client, "RETR b"),
            (Server, "550 no such file"),
            (Client, "STOR c"),
            (Server, "452 no room"),
            (Client, "NOOP"),
        ]);
        assert_eq!(
            script.exchanges(),
            [
                "Greeting: ok 220:  → 220 Welcome (- → 1-1 24)",
                "Login: ok 331: USER kim → 331 password? (2-2 10 → 3-3 15, 1 s)",
                "Login: refused 530: PASS → 530 Login incorrect (2-2 13 → 3-3 21, 1 s)",
                "Other: ok 227: PASV → 227 ok (10,0,0,9,100,85) (4-4 6 → 5-5 26, 1 s)",
                "Transfer: ok 226: RETR a → 226 sent (6-6 8 → 8-9 25, 1 s)",
                "Transfer: client error 550: RETR b → 550 no such file (10-10 8 → 11-11 18, 1 s)",
                "Transfer: server error 452: STOR c → 452 no room (12-12 8 → 13-13 13, 1 s)",
                "Other: none: NOOP → - (14-14 6 → -)",
            ]
        );
        let mut script = told(&[(Client, "USER a"), (Client, "LIST")]);
        script.session.lost(Server);
        script.segment(Server, b"421 Timeout\r\n");
        assert_eq!(
            script.exchanges(),
            [
                "Login: none: USER a → - (1-1 8 → -, lost)",
                "Transfer: none: LIST → - (2-2 6 → -, lost)",
                "Other: server error 421:  → 421 Timeout (- → 3-3 13)",
            ]
        );
    }

    /// Refused permission is distinguished from wrong syntax.
    #[test]
    fn refusals() {
        for (purpose, code, expected) in [
            (Purpose::Login, 230, Class::Ok),
            (Purpose::Login, 421, Class::ServerError),
            (Purpose::Login, 430, Class::Refused),
            (Purpose::Login, 500, Class::ClientError),
            (Purpose::Login, 550, Class::Refused),
            (Purpose::Transfer, 530, Class::Refused),
            (Purpose::Transfer, 532, Class::Refused),
            (Purpose::Transfer, 550, Class::ClientError),
            (Purpose::Transfer, 426, Class::ServerError),
            (Purpose::Handshake, 534, Class::Refused),
        ] {
            assert_eq!(class(purpose, code), expected, "{code}");
        }
    }

    #[test]
    fn tls_takes_over() {
        let script = told(&[
            (Server, "220 FTP"),
            (Client, "AUTH TLS"),
            (Server, "234 Proceed with negotiation."),
        ]);
        assert_eq!(expected(&script), ["hand over to tls"]);
        assert_eq!(script.session.summary(), "AUTH TLS");
        assert!(!script.session.credentials());
        let script = told(&[
            (Client, "PROT P"),
            (Server, "200 Protection set to Private"),
            (Client, "EPSV"),
            (Server, "229 Entering Extended Passive Mode (|||6446|)"),
            (Client, "LIST"),
            (Server, "150 Here it comes"),
        ]);
        assert_eq!(expected(&script), ["0 10.0.0.9 6446 tls", "0 LIST None"]);
    }

    #[test]
    fn several_at_once_and_one_in_several() {
        let mut script = told(&[
            (Server, "220-Welcome"),
            (Server, " 230 is no code here\r\n220-still\r\n220 now"),
            (Client, "USER anonymous\r\nPASS me@\r\nCWD pub"),
            (Server, "331 ok\r\n230-Hello\r\n"),
            (Server, "230 you\r\n250 ok"),
        ]);
        let of = |number| script.known::<Remembered>(number).unwrap_or_default();
        assert_eq!(of(0).continues, None);
        assert_eq!(of(1).continues, Some(220));
        assert_eq!(of(1).answers, None);
        assert_eq!(of(4).continues, Some(230));
        assert_eq!(answered(of(4)), "PASS");
        assert_eq!(&*of(4).directory, "pub");
        assert!(!script.session.credentials());
        assert_eq!(script.session.summary(), "anonymous: logged in");
        let before = script.messages.len();
        script.segment(Client, b"RE");
        assert_eq!(script.messages.len(), before);
        script.segment(Client, b"TR x\r\nQU");
        assert_eq!(script.lengths().last(), Some(&8));
        script.segment(Client, b"\x16\x03\x01\0\x05hello");
        assert_eq!(script.foreign, 1);
    }

    /// RFC 959, section 4.2: a reply may have several lines.
    #[test]
    fn where_the_server_waits_may_stand_in_any_line() {
        for lines in [
            "227-Entering passive mode\r\n (10,0,0,9,100,85)\r\n227 End",
            "227-Entering passive mode\r\n227 ok (10,0,0,9,100,85)",
            "227-Entering (10,0,0,9,100,85)\r\n227 so (10,0,0,9,9,9)",
        ] {
            let script = told(&[(Client, "PASV"), (Server, lines)]);
            assert_eq!(expected(&script), ["0 10.0.0.9 25685 ftp-data"], "{lines}");
        }
    }

    /// RFC 1123, section 4.1.2.9.
    #[test]
    fn the_server_chooses_a_name() {
        let script = told(&[
            (Client, "PASV"),
            (Server, "227 ok (10,0,0,9,100,85)"),
            (Client, "MODE Z"),
            (Server, "200 ok"),
            (Client, "STOU"),
            (Server, "150 FILE: stou.1"),
            (Server, "226 done"),
            (Client, "MODE S"),
            (Server, "200 ok"),
            (Client, "PASV"),
            (Server, "227 ok (10,0,0,9,100,86)"),
            (Client, "STOU"),
            (Server, "150 go"),
        ]);
        let transfers = script.events.iter().filter_map(|event| match event {
            Event::Carries { transfer, .. } => {
                Some((transfer.file.as_deref(), transfer.compressed))
            }
            _ => None,
        });
        assert_eq!(
            transfers.collect::<Vec<_>>(),
            [
                (Some(&b""[..]), true),
                (Some(b"stou.1"), true),
                (Some(b""), false)
            ]
        );
    }

    #[test]
    fn a_login_that_fails() {
        let script = told(&[
            (Client, "USER fred"),
            (Server, "331 ok"),
            (Client, "PASS kooger"),
            (Server, "530 Incorrect password - Not logged in."),
        ]);
        assert_eq!(script.session.summary(), "fred: login failed (530)");
    }

    #[test]
    fn names_of_other_times() {
        let mut script = Script::new(&DISSECTOR, 21);
        script.segment(Client, b"\xff\xf4\xff\xf2ABOR\r\n");
        script.segment(Server, b"226 ok\r\n");
        assert_eq!(answered(script.known(1).unwrap_or_default()), "ABOR");
        script.segment(Client, b"RETR \xba\xb8\xb0\xed.hwp\r\n");
        assert_eq!(script.session.summary(), "RETR 보고.hwp");
    }

    #[test]
    fn what_it_looks_like() {
        let server = |bytes: &[u8]| looks_like(bytes, Server);
        assert_eq!(server(b"220 ProFTPD Server\r\n"), Confidence::Certain);
        assert_eq!(
            server(b"220 ftp.example.kr ESMTP\r\n"),
            Confidence::Possible
        );
        assert_eq!(server(b"\x16\x03\x01\0\x05"), Confidence::Impossible);
        let client = |bytes: &[u8]| looks_like(bytes, Client);
        assert_eq!(client(b"AUTH TLS\r\n"), Confidence::Certain);
        assert_eq!(client(b"PORT 10,0,0,1,4,5\r\n"), Confidence::Certain);
        // POP3 begins with this command too.
        assert_eq!(client(b"USER kim\r\n"), Confidence::Possible);
    }

    #[test]
    fn sizes_that_servers_tell() {
        assert_eq!(size(b"Opening x (405 bytes)."), Some(405));
        assert_eq!(size(b"Opening x (ASCII)."), None);
        assert_eq!(size(b"(99999999999999999999999 bytes)"), None);
    }
}
