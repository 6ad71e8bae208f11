//! A conversation in SMTP: whether the client's bytes are commands, answers to challenges or mail, and which reply
//! answers what.

use super::auth::{self, Attempt, Mechanism, Secret};
use crate::{
    Class, Confidence, Event, Framing, HeapSize, MessageInfo, PerSide, Place, Purpose, Remarks,
    Session, Setting, Side, Undeclared,
    application::{
        imf,
        line::{Line, goes_on, is_plain, readable, word},
        starttls::StartTls,
        undeclared_text::{HeadText, UndeclaredText},
    },
    exchange_log::ExchangeLog,
    secrets::{SentSecrets, range_of},
    session::{SHORT_TEXTS, is_waited_for},
    tail::Tail,
};
use std::{collections::VecDeque, ops::Range};

/// The server's greeting names the protocol, as does the client's first command.
pub fn looks_like(bytes: &[u8], side: Side) -> Confidence {
    let line = Line::first(bytes);
    if !is_plain(bytes) {
        return Confidence::Impossible;
    }
    match side {
        Side::Server => match line.reply() {
            Some((_, 220, text)) if names_smtp(text) => Confidence::Certain,
            Some(_) => Confidence::Possible,
            None => Confidence::Impossible,
        },
        Side::Client => match Verb::of(line.text) {
            Verb::Hello if line.text.len() > VERB => Confidence::Certain,
            _ => Confidence::Possible,
        },
    }
}

fn names_smtp(text: &[u8]) -> bool {
    const NAMES: [&[u8]; 2] = [b"SMTP", b"LMTP"];
    let is = |part: &[u8]| NAMES.iter().any(|name| part.eq_ignore_ascii_case(name));
    text.windows(VERB).any(is)
}

/// The length of most commands; the others are recognized by this many letters.
const VERB: usize = 4;

/// The kind of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// EHLO, HELO, LHLO.
    Hello,
    /// MAIL.
    Mail,
    /// RCPT.
    Recipient,
    /// DATA.
    Data,
    /// BDAT.
    Chunk,
    /// AUTH.
    Auth,
    /// STARTTLS.
    StartTls,
    /// QUIT.
    Quit,
    /// RSET.
    Reset,
    /// NOOP.
    Nothing,
    /// VRFY and EXPN.
    Verify,
    /// HELP.
    Help,
    /// Another known command.
    Other,
    /// Not a known command.
    Unknown,
    /// Not a command: an answer to a challenge.
    Answer,
    /// Not a command: the end of a mail.
    End,
}

impl Verb {
    /// Returns the command that a line begins with.
    pub fn of(text: &[u8]) -> Verb {
        let (verb, _) = word(text);
        let Ok(mut letters) = <[u8; VERB]>::try_from(verb) else {
            return match verb {
                _ if verb.eq_ignore_ascii_case(b"STARTTLS") => Verb::StartTls,
                _ if super::is_command(text) => Verb::Other,
                _ => Verb::Unknown,
            };
        };
        letters.make_ascii_uppercase();
        match &letters {
            b"EHLO" | b"HELO" | b"LHLO" => Verb::Hello,
            b"MAIL" => Verb::Mail,
            b"RCPT" => Verb::Recipient,
            b"DATA" => Verb::Data,
            b"BDAT" => Verb::Chunk,
            b"AUTH" => Verb::Auth,
            b"QUIT" => Verb::Quit,
            b"RSET" => Verb::Reset,
            b"NOOP" => Verb::Nothing,
            b"VRFY" | b"EXPN" => Verb::Verify,
            b"HELP" => Verb::Help,
            _ if super::is_command(text) => Verb::Other,
            _ => Verb::Unknown,
        }
    }

    /// Returns its name for the replies that answer it.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Hello => "the client's name",
            Verb::Mail => "MAIL",
            Verb::Recipient => "RCPT",
            Verb::Data => "DATA",
            Verb::Chunk => "BDAT",
            Verb::Auth => "AUTH",
            Verb::StartTls => "STARTTLS",
            Verb::Quit => "QUIT",
            Verb::Reset => "RSET",
            Verb::Nothing => "NOOP",
            Verb::Verify => "VRFY or EXPN",
            Verb::Help => "HELP",
            Verb::Other | Verb::Unknown => "the command",
            Verb::Answer => "the answer to the challenge",
            Verb::End => "the mail",
        }
    }

    fn purpose(self) -> Purpose {
        match self {
            Verb::Mail | Verb::Recipient | Verb::Data | Verb::Chunk | Verb::End => Purpose::Mail,
            Verb::Auth | Verb::Answer => Purpose::Login,
            Verb::StartTls => Purpose::Handshake,
            _ => Purpose::Other,
        }
    }
}

/// Returns a command without its secrets. An unknown command may be one: an answer to a challenge that was not
/// captured.
fn without_secrets(verb: Verb, text: &[u8], charset: Undeclared) -> String {
    match verb {
        Verb::Auth => {
            let (mechanism, _) = word(word(text).1);
            format!("AUTH {}", charset.read(mechanism))
        }
        Verb::Unknown => "unknown command".to_owned(),
        _ => charset.read(text.trim_ascii_end()).into_owned(),
    }
}

/// The class of an exchange with this reply: RFC 5321, section 4.2; RFC 4954, section 6; RFC 3463, section 3.8, where
/// 5.7.x is about security and policy.
fn class(purpose: Purpose, code: u16, text: &[u8]) -> Class {
    let proves = matches!(purpose, Purpose::Login | Purpose::Greeting);
    match code {
        530 | 534 | 535 | 538 => Class::Refused,
        500..600 if text.starts_with(b"5.7.") => Class::Refused,
        505..600 if proves => Class::Refused,
        _ => Class::of_reply(code),
    }
}

/// What is known of a message besides its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SmtpMessage {
    /// Commands: the packet and the code of each one's reply.
    Commands(Vec<Option<(u64, u16)>>),
    /// An answer to a challenge.
    Answer(Secret),
    /// Part of a mail.
    Mail {
        /// The packet that completes it.
        completed_in: Option<u64>,
        /// How many bytes at its end do not belong to the mail.
        beyond: usize,
        /// The server requested it line by line, with a dot at the end.
        dots: bool,
    },
    /// Replies: the command that each answers, and its packet.
    Replies(Vec<Option<(u64, Verb)>>),
}

/// Commands that wait for their replies, at most: no client pipelines more.
const MAX_WAITING: usize = 1000;

/// A longer line is no command and no reply: RFC 5321, section 4.5.3.1, allows 512 letters, RFC 4954 12288.
const MAX_LINE: usize = 64 << 10;

/// The length to which a mail's head is kept for the summary, bytes.
const MAX_HEAD: usize = 8 << 10;

/// The length to which an address or a reply is kept for it, bytes.
const MAX_WORDS: usize = 200;

/// What the client's next bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Commands,
    /// AUTH was sent; the reply decides.
    AskedAuth,
    /// An answer to a challenge.
    Answer,
    /// DATA was sent; the reply decides.
    AskedData,
    /// Lines of a mail, and how much of its end was just seen.
    Data(Ending),
    /// Bytes of a chunk of a mail, and whether it is the last.
    Chunk(u64, bool),
}

/// How many bytes of CRLF, dot, CRLF the mail ends with so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending(u8);

impl Ending {
    /// A mail begins where a line does.
    pub const BEGIN: Ending = Ending(2);
    const DONE: u8 = 5;

    /// Advances to the end of these bytes, or to the end of the mail among them, whose offset it returns.
    pub fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        const END: &[u8] = b"\r\n.\r\n";
        // An end that began before these bytes is complete within this many, and the state after them depends on this
        // many.
        const NEAR: usize = END.len() - 1;
        let (begin, rest) = bytes.split_at(bytes.len().min(NEAR));
        let found = self.follow(begin);
        if found.is_some() || rest.is_empty() {
            return found;
        }
        if let Some(at) = memchr::memmem::find(bytes, END) {
            *self = Ending(Self::DONE);
            return Some(at + END.len());
        }
        *self = Ending(0);
        self.follow(bytes.last_chunk::<NEAR>()?)
    }

    /// As `find`, byte by byte.
    fn follow(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, &byte) in bytes.iter().enumerate() {
            self.0 = match (self.0, byte) {
                (4, b'\n') => Self::DONE,
                (3, b'\r') => 4,
                (_, b'\r') => 1,
                (1, b'\n') => 2,
                (2, b'.') => 3,
                _ => 0,
            };
            if self.0 == Self::DONE {
                return Some(at + 1);
            }
        }
        None
    }
}

/// A mail that is being sent.
#[derive(Clone, Default)]
struct Mail {
    /// The first of its messages, and their total length.
    first: Option<usize>,
    length: u64,
    completed_in: Option<u64>,
    /// The message that completes it.
    last: Option<usize>,
    dots: bool,
}

/// The kind of a message.
#[derive(Clone, Default, PartialEq)]
enum Kept {
    #[default]
    Nothing,
    /// The packet and the code of each command's reply.
    Commands(Vec<Option<(u64, u16)>>),
    Answer(Secret),
    /// Part of a mail, by its index in `mails`.
    Mail(usize),
    /// The command that each reply answers, and its packet.
    Replies(Vec<Option<(u64, Verb)>>),
}

/// A command without its reply.
#[derive(Clone)]
struct Waiting {
    verb: Verb,
    /// The packet that it came in.
    packet: u64,
    /// Its message, and its index among the commands of that. None where the message does not name the reply.
    place: Option<(usize, usize)>,
    /// Its number in the log: an answer to a challenge continues AUTH, a mail DATA.
    exchange: u32,
}

/// A reply of several lines that has not ended.
#[derive(Clone)]
struct Reply {
    exchange: u32,
    /// It is not the answer yet: a challenge, or the request for the mail.
    asks_for_more: bool,
    class: Class,
    /// Its first line, where that refuses something: the last one is often only an address for questions.
    text: Box<[u8]>,
}

/// The parts of the conversation's summary.
#[derive(Clone, Default)]
struct Words {
    from: Option<Box<[u8]>>,
    to: Option<Box<[u8]>>,
    recipients: u32,
    /// The next sender begins anew: RFC 5321, sections 3.3 and 4.1.1.5.
    void: bool,
    head: Vec<u8>,
    head_ended: bool,
    /// The result of the first mail.
    outcome: Option<Class>,
    /// The first refusal, and the refused command.
    refused: Option<(Verb, Box<[u8]>)>,
    login: Option<u16>,
    user: Option<Box<[u8]>>,
}

/// A conversation in SMTP.
#[derive(Clone)]
pub struct Smtp {
    keeps: bool,
    state: State,
    /// A message that only SMTP has was seen.
    begun: bool,
    attempt: Attempt,
    waiting: VecDeque<Waiting>,
    reply: Option<Reply>,
    log: ExchangeLog,
    /// The exchange of the latest command, which later messages may continue.
    latest: Option<u32>,
    tls: StartTls,
    /// A command that contains a secret was sent in the clear.
    in_clear: bool,
    credentials: bool,
    sent: SentSecrets,
    undeclared: UndeclaredText,
    head: HeadText,
    mails: u32,
    words: Words,
    /// The message that each side is sending.
    saying: PerSide<Kept>,
    kept_mails: Tail<Mail>,
    mail: Mail,
    messages: Tail<Kept>,
}

fn bounded(text: &[u8]) -> Box<[u8]> {
    let (text, _) = text.split_at(text.len().min(MAX_WORDS));
    text.into()
}

impl Smtp {
    /// Begins a conversation.
    pub fn new(setting: &Setting) -> Self {
        Smtp {
            keeps: setting.keeps,
            state: State::Commands,
            begun: false,
            attempt: Attempt::default(),
            waiting: VecDeque::new(),
            reply: None,
            log: ExchangeLog::new(setting, "smtp"),
            latest: None,
            tls: StartTls::default(),
            in_clear: false,
            credentials: false,
            sent: SentSecrets::default(),
            undeclared: UndeclaredText::new(setting),
            head: HeadText::default(),
            mails: 0,
            words: Words::default(),
            saying: PerSide::default(),
            kept_mails: Tail::default(),
            mail: Mail::default(),
            messages: Tail::default(),
        }
    }

    fn say(&mut self, side: Side, kept: Kept) {
        if self.keeps {
            self.saying[side] = kept;
        }
    }

    /// Begins an exchange with a command. What DATA and BDAT announce is the body of theirs.
    fn begin(&mut self, place: &Place, verb: Verb, line: Line) -> u32 {
        let bytes = match verb {
            Verb::Data | Verb::Chunk => 0,
            _ => line.whole.len(),
        };
        self.undeclared.note(line.text);
        let charset = self.undeclared.charset();
        let words = || without_secrets(verb, line.text, charset);
        let exchange = self.log.ask(place, bytes, verb.purpose(), words);
        self.latest = Some(exchange);
        exchange
    }

    /// Continues what the latest command began.
    fn go_on(&mut self, place: &Place, bytes: usize, ends: bool) -> u32 {
        let log = &mut self.log;
        // The capture began in the middle of the mail.
        let begin = || log.begin(Purpose::Mail, || "DATA".to_owned());
        let exchange = *self.latest.get_or_insert_with(begin);
        self.log.request(exchange, place, bytes, ends);
        exchange
    }

    /// Adds a message that is to be answered.
    fn ask(&mut self, now: &Place, verb: Verb, place: Option<(usize, usize)>, exchange: u32) {
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(Waiting {
                verb,
                packet: now.packet,
                place,
                exchange,
            });
        }
    }

    /// Reads the complete lines among these bytes, passing each to `take`, which returns whether to continue.
    fn lines<'a>(
        &mut self,
        bytes: &'a [u8],
        mut take: impl FnMut(&mut Self, Line<'a>) -> bool,
    ) -> Framing {
        let mut at = 0;
        while let Some(line) = Line::ended(bytes.get(at..).unwrap_or_default()) {
            if line.whole.is_empty() {
                break;
            }
            at += line.whole.len();
            if !take(self, line) {
                break;
            }
        }
        match at {
            0 if !is_plain(bytes) || bytes.len() > MAX_LINE => Framing::NotRecognized,
            0 => Framing::NeedMore,
            _ => Framing::Complete(at as u64),
        }
    }

    fn commands(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        if goes_on(place, bytes) && bytes.len() <= MAX_LINE {
            return Framing::NeedMore;
        }
        let first = Line::first(bytes).text;
        if !is_plain(bytes) && Verb::of(first) == Verb::Unknown {
            return Framing::NotRecognized;
        }
        if !self.begun && Verb::of(first) == Verb::Unknown && Line::ended(bytes).is_some() {
            // The capture began in the middle of a mail.
            self.state = State::Data(Ending::BEGIN);
            self.mail.dots = true;
            return self.data(place, bytes);
        }
        let mut asked = Vec::new();
        let keeps = self.keeps;
        // The lines of a step are one message, and it ends with the step.
        let message = self.messages.len();
        let step = self.lines(bytes, |smtp, line| {
            let verb = Verb::of(line.text);
            smtp.begun |= verb != Verb::Unknown;
            let exchange = smtp.begin(place, verb, line);
            smtp.ask(place, verb, Some((message, asked.len())), exchange);
            if keeps {
                asked.push(None);
            }
            smtp.command(verb, line.text);
            smtp.state == State::Commands && verb != Verb::StartTls
        });
        if step == Framing::NeedMore {
            return step;
        }
        self.say(Side::Client, Kept::Commands(asked));
        if let State::Chunk(0, last) = self.state {
            self.chunk_ended(place, last);
        }
        step
    }

    /// Applies a command.
    fn command(&mut self, verb: Verb, text: &[u8]) {
        let (_, parameter) = word(text);
        match verb {
            Verb::Mail => {
                self.in_clear = true;
                if std::mem::take(&mut self.words.void) && self.mails == 0 {
                    self.words.from = None;
                    self.words.to = None;
                    self.words.recipients = 0;
                }
                self.words
                    .from
                    .get_or_insert_with(|| bounded(address(parameter)));
            }
            Verb::Recipient if self.mails == 0 => {
                self.words.recipients += 1;
                self.words
                    .to
                    .get_or_insert_with(|| bounded(address(parameter)));
            }
            Verb::Data => {
                self.state = State::AskedData;
                self.mail.dots = true;
            }
            Verb::Chunk => {
                let (size, last) = word(parameter);
                let size = std::str::from_utf8(size).ok();
                let size: Option<u64> = size.and_then(|size| size.parse().ok());
                let last = last.trim_ascii().eq_ignore_ascii_case(b"LAST");
                if let Some(size) = size {
                    self.state = State::Chunk(size, last);
                }
            }
            Verb::Auth => {
                let (mechanism, response) = word(parameter);
                self.in_clear = true;
                self.attempt = Attempt::by(mechanism);
                if !response.is_empty() {
                    self.answer(response);
                }
                self.state = State::AskedAuth;
            }
            Verb::StartTls => self.tls.ask(),
            Verb::Hello => self.words.void = true,
            Verb::Reset => {
                self.words.void = true;
                let aborted = std::mem::take(&mut self.mail);
                if aborted.first.is_some() {
                    self.kept_mails.push(aborted);
                }
            }
            _ => {}
        }
    }

    /// Takes an answer to a challenge, or the response that came with the command.
    fn answer(&mut self, text: &[u8]) -> Secret {
        let told = self.attempt.answer(text, &mut self.sent);
        self.credentials |= told.in_clear;
        if let Some(name) = told.user {
            self.words.user = Some(bounded(&name));
        }
        told.secret
    }

    fn answer_line(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        if goes_on(place, bytes) && bytes.len() <= MAX_LINE {
            return Framing::NeedMore;
        }
        let Some(line) = Line::ended(bytes) else {
            return match bytes.len() > MAX_LINE || !is_plain(bytes) {
                true => Framing::NotRecognized,
                false => Framing::NeedMore,
            };
        };
        let secret = self.answer(line.text);
        let exchange = self.go_on(place, line.whole.len(), true);
        self.ask(place, Verb::Answer, None, exchange);
        self.state = State::AskedAuth;
        self.say(Side::Client, Kept::Answer(secret));
        Framing::Complete(line.whole.len() as u64)
    }

    fn data(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        let State::Data(mut ending) = self.state else {
            return Framing::NotRecognized;
        };
        let end = ending.find(bytes);
        self.state = State::Data(ending);
        let (part, _) = bytes.split_at(end.unwrap_or(bytes.len()));
        self.keep_head(part);
        self.head.read(part, &mut self.undeclared);
        self.say_mail();
        let exchange = self.go_on(place, part.len(), end.is_some());
        if end.is_some() {
            self.ask(place, Verb::End, None, exchange);
            self.mail_ended(place);
        }
        Framing::Complete(part.len() as u64)
    }

    fn chunk(&mut self, place: &Place, bytes: &[u8], left: u64, last: bool) -> Framing {
        let taken = (bytes.len() as u64).min(left);
        let (part, _) = bytes.split_at(taken as usize);
        self.keep_head(part);
        self.head.read(part, &mut self.undeclared);
        self.state = State::Chunk(left - taken, last);
        self.say_mail();
        self.go_on(place, part.len(), left == taken);
        if left == taken {
            self.chunk_ended(place, last);
        }
        Framing::Complete(taken)
    }

    fn chunk_ended(&mut self, place: &Place, last: bool) {
        self.state = State::Commands;
        if last {
            self.mail_ended(place);
        }
    }

    /// Keeps the head of the first mail for the summary.
    fn keep_head(&mut self, part: &[u8]) {
        let words = &mut self.words;
        if self.mails > 0 || words.head_ended {
            return;
        }
        const END: &[u8] = b"\r\n\r\n";
        let room = MAX_HEAD.saturating_sub(words.head.len()).min(part.len());
        // The end may begin in the bytes kept before.
        let from = words.head.len().saturating_sub(END.len() - 1);
        words.head.extend_from_slice(part.split_at(room).0);
        let new = words.head.get(from..).unwrap_or_default();
        let ended = memchr::memmem::find(new, END).is_some();
        words.head_ended = ended || words.head.len() >= MAX_HEAD;
    }

    /// Makes the client's message part of the mail.
    fn say_mail(&mut self) {
        self.say(Side::Client, Kept::Mail(self.kept_mails.len()));
    }

    fn mail_ended(&mut self, place: &Place) {
        self.mails += 1;
        self.words.head_ended = true;
        self.head = HeadText::default();
        self.mail.completed_in = Some(place.packet);
        self.state = State::Commands;
    }

    fn replies(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        if goes_on(place, bytes) && bytes.len() <= MAX_LINE {
            return Framing::NeedMore;
        }
        if !is_plain(bytes) && Line::first(bytes).reply().is_none() {
            return Framing::NotRecognized;
        }
        let mut answers = Vec::new();
        let keeps = self.keeps;
        let step = self.lines(bytes, |smtp, line| {
            let Some((_, code, text)) = line.reply() else {
                return true;
            };
            let begun = smtp.reply.take();
            let reply = begun.unwrap_or_else(|| smtp.reply(code, text));
            match reply.asks_for_more {
                true => smtp.log.preliminary(reply.exchange, place.into()),
                false => smtp.log.response(reply.exchange, place, line.whole.len()),
            }
            if line.text.get(3) == Some(&b'-') {
                smtp.capability(text);
                smtp.reply = Some(reply);
                return true;
            }
            let answered = smtp.answered(place, code, text, reply);
            if keeps {
                answers.push(answered);
            }
            !smtp.tls.begins()
        });
        if step != Framing::NeedMore {
            self.say(Side::Server, Kept::Replies(answers));
        }
        step
    }

    fn capability(&mut self, text: &[u8]) {
        let (name, _) = word(text);
        if name.eq_ignore_ascii_case(b"STARTTLS") {
            self.tls.offer();
        }
    }

    /// Reads the first line of a reply, which has its meaning.
    fn reply(&mut self, code: u16, text: &[u8]) -> Reply {
        let waiting = self.waiting.front();
        let purpose = match waiting {
            Some(waiting) => waiting.verb.purpose(),
            None if self.log.is_new() && matches!(code, 220 | 421 | 521 | 554) => Purpose::Greeting,
            None => Purpose::Other,
        };
        let exchange = match waiting {
            Some(waiting) => waiting.exchange,
            None => self.log.begin(purpose, String::new),
        };
        let asks_for_more = match waiting.map(|waiting| waiting.verb) {
            Some(Verb::Data) => code == 354,
            Some(Verb::Auth | Verb::Answer) => code == 334,
            _ => false,
        };
        let class = class(purpose, code, text);
        if !asks_for_more {
            self.undeclared.note(text);
            let charset = self.undeclared.charset();
            let words = || format!("{code:03} {}", charset.read(&self.sent.masked(text)));
            self.log.answer(exchange, class, Some(code.into()), words);
        }
        Reply {
            exchange,
            asks_for_more,
            class,
            text: match class.is_failure() {
                true => bounded(&self.sent.masked(text)),
                false => Box::default(),
            },
        }
    }

    /// Ends a reply. Returns what it answers, and the packet of that.
    fn answered(
        &mut self,
        place: &Place,
        code: u16,
        text: &[u8],
        reply: Reply,
    ) -> Option<(u64, Verb)> {
        if code == 220 && self.waiting.is_empty() {
            self.begun = true;
        }
        if !reply.asks_for_more {
            self.log.ended(reply.exchange);
        }
        let waiting = self.waiting.pop_front()?;
        let verb = waiting.verb;
        if let Some((message, at)) = waiting.place
            && let Some(Kept::Commands(replies)) = self.messages.get_mut(message)
            && let Some(slot) = replies.get_mut(at)
        {
            *slot = Some((place.packet, code));
        }
        if reply.class.is_failure()
            && !matches!(
                verb,
                Verb::Auth | Verb::Answer | Verb::StartTls | Verb::Hello
            )
        {
            let words = || {
                let mut words = code.to_string().into_bytes();
                words.push(b' ');
                words.extend_from_slice(&reply.text);
                (verb, words.into())
            };
            self.words.refused.get_or_insert_with(words);
        }
        match verb {
            Verb::Hello => self.capability(text),
            Verb::Mail => self.words.void |= reply.class.is_failure(),
            Verb::Data if self.state == State::AskedData => {
                self.state = match code {
                    354 => State::Data(Ending::BEGIN),
                    _ => State::Commands,
                };
            }
            Verb::Auth | Verb::Answer => {
                if self.state == State::AskedAuth {
                    self.state = match code {
                        334 => State::Answer,
                        _ => State::Commands,
                    };
                }
                if code != 334 {
                    self.words.login = Some(code);
                }
            }
            Verb::StartTls => {
                self.tls.answer(code == 220);
            }
            Verb::End | Verb::Chunk if self.words.outcome.is_none() && self.mails > 0 => {
                self.words.outcome = Some(reply.class);
            }
            _ => {}
        }
        Some((waiting.packet, verb))
    }
}

/// The address in `FROM:<a@b> SIZE=3`.
fn address(parameter: &[u8]) -> &[u8] {
    let colon = parameter.iter().position(|&byte| byte == b':');
    let behind = parameter.get(colon.map_or(0, |colon| colon + 1)..);
    let (path, _) = word(behind.unwrap_or_default().trim_ascii_start());
    let inside = path.strip_prefix(b"<").unwrap_or(path);
    inside.strip_suffix(b">").unwrap_or(inside)
}

impl HeapSize for SmtpMessage {
    fn heap_size(&self) -> usize {
        match self {
            SmtpMessage::Commands(replies) => replies.heap_size(),
            SmtpMessage::Replies(answers) => answers.heap_size(),
            SmtpMessage::Answer(_) | SmtpMessage::Mail { .. } => 0,
        }
    }
}

impl HeapSize for Kept {
    fn heap_size(&self) -> usize {
        match self {
            Kept::Commands(replies) => replies.heap_size(),
            Kept::Replies(answers) => answers.heap_size(),
            Kept::Nothing | Kept::Answer(_) | Kept::Mail(_) => 0,
        }
    }
}

impl HeapSize for Mail {}

impl Session for Smtp {
    type Context = SmtpMessage;

    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        if place.side == Side::Server {
            return self.replies(place, bytes);
        }
        if self.state == State::AskedData {
            // A client that does not wait for the reply sends the mail whatever the reply.
            self.state = State::Data(Ending::BEGIN);
        }
        if self.state == State::AskedAuth {
            self.state = match Verb::of(Line::first(bytes).text) {
                Verb::Unknown => State::Answer,
                _ => State::Commands,
            };
        }
        match self.state {
            State::Data(_) => self.data(place, bytes),
            State::Chunk(left, last) => self.chunk(place, bytes, left, last),
            State::Answer => self.answer_line(place, bytes),
            _ => self.commands(place, bytes),
        }
    }

    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let first = Line::first(bytes).text;
        let begins = Verb::of(first);
        let answers = match self.state {
            State::Data(_) | State::Chunk(..) | State::AskedData => return,
            _ if side == Side::Server => return self.sent.find(bytes, found),
            State::Answer => true,
            State::AskedAuth => begins == Verb::Unknown,
            State::Commands => false,
        };
        if answers {
            let hidden = auth::hidden(self.attempt.expects(), first);
            found.push(range_of(hidden, bytes));
            return;
        }
        let mut rest = bytes;
        // At the beginning of a conversation, bytes without a command are the middle of a mail.
        while !rest.is_empty() && (self.begun || begins != Verb::Unknown) {
            let line = Line::first(rest);
            match Verb::of(line.text) {
                Verb::Auth => {
                    let (mechanism, response) = word(word(line.text).1);
                    let hidden = auth::hidden(Mechanism::by_name(mechanism).secret(0), response);
                    found.push(range_of(hidden, bytes));
                    return;
                }
                Verb::Data | Verb::Chunk | Verb::StartTls => return,
                _ => rest = rest.get(line.whole.len()..).unwrap_or_default(),
            }
        }
    }

    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        self.log.deliver(ended, events);
        self.tls.hand_over(events);
        if self.mail.completed_in.is_some() && ended.side == Side::Client {
            events.push(Event::Body {
                side: ended.side,
                protocol: Some([imf::MEDIA; 4]),
            });
        }
        if !self.keeps {
            self.mail.completed_in = None;
            return;
        }
        let kept = std::mem::replace(&mut self.saying[ended.side], Kept::Nothing);
        if let Kept::Mail(_) = kept {
            let mail = &mut self.mail;
            mail.first.get_or_insert(ended.number);
            events.push(Event::Append {
                source: self.kept_mails.len() as u64,
                side: ended.side,
                at: mail.length,
                from: 0,
                to: ended.length,
            });
            mail.length += ended.length;
        }
        if self.mail.completed_in.is_some() && ended.side == Side::Client {
            self.mail.last = Some(ended.number);
            self.kept_mails.push(std::mem::take(&mut self.mail));
        }
        match kept {
            Kept::Mail(_) => self.messages.push_constant(kept),
            _ => self.messages.push(kept),
        }
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        self.log.end(events);
    }

    fn lost(&mut self, side: Side) {
        self.log.lost();
        if side == Side::Server {
            self.reply = None;
        }
        self.saying[side] = Kept::Nothing;
        // A client in the middle of a mail still is.
        if side == Side::Client && !matches!(self.state, State::Data(_)) {
            self.state = State::Commands;
        }
    }

    fn context(&self, number: usize) -> Option<SmtpMessage> {
        let said = match self.messages.get(number)? {
            Kept::Nothing => return None,
            Kept::Commands(replies) => SmtpMessage::Commands(replies.clone()),
            Kept::Answer(secret) => SmtpMessage::Answer(*secret),
            Kept::Mail(at) => {
                let mail = self.kept_mails.get(*at).unwrap_or(&self.mail);
                let last = mail.last == Some(number);
                SmtpMessage::Mail {
                    completed_in: mail.completed_in,
                    beyond: if last && mail.dots { END.len() } else { 0 },
                    dots: mail.dots,
                }
            }
            Kept::Replies(answers) => SmtpMessage::Replies(answers.clone()),
        };
        Some(said)
    }

    fn completes(&self, number: usize) -> Option<u64> {
        let mails = &self.kept_mails;
        let found = mails.find(|mail| mail.last == Some(number) && mail.first.is_some());
        found.map(|mail| mail as u64)
    }

    fn settled(&self, read: usize) -> usize {
        let waiting = self.waiting.iter().filter_map(|waiting| waiting.place);
        let waiting = waiting.map(|(message, _)| message);
        let commands = waiting.filter(|message| is_waited_for(*message, read));
        let mail = self.mail.first;
        commands.chain(mail).min().unwrap_or(read)
    }

    fn evict(&mut self, before: usize) {
        self.messages.evict(before);
        let mails = &mut self.kept_mails;
        let needed = mails.find(|mail| mail.last.max(mail.first) >= Some(before));
        mails.evict(needed.unwrap_or(mails.len()));
    }

    fn allocated(&self) -> usize {
        self.waiting.heap_size()
            + self.words.head.heap_size()
            + self.log.heap_size()
            + self.messages.heap_size()
            + self.kept_mails.heap_size()
            + self.saying.iter().map(Kept::heap_size).sum::<usize>()
            + 4 * SHORT_TEXTS
    }

    fn summary(&self) -> String {
        let words = &self.words;
        let mut told = Vec::new();
        if let Some(to) = &words.to {
            let from = words.from.as_deref().unwrap_or_default();
            let from = match self.undeclared.read(from) {
                empty if empty.is_empty() => "nobody".into(),
                from => from,
            };
            let mut mail = format!("{from} → {}", self.undeclared.read(to));
            if words.recipients > 1 {
                mail += &format!(" and {} more", words.recipients - 1);
            }
            if let Some(subject) = imf::subject(&words.head, self.undeclared.charset()) {
                mail += &format!(": {}", subject.trim());
            }
            told.push(mail);
        }
        let accepted = words.outcome == Some(Class::Ok);
        if accepted {
            told.push("accepted".to_owned());
        }
        match &words.refused {
            Some((verb, reply)) => {
                let reply = self.undeclared.read(reply);
                told.push(match verb {
                    Verb::Recipient if accepted => format!("one recipient refused: {reply}"),
                    Verb::Mail if accepted => format!("one sender refused: {reply}"),
                    Verb::End | Verb::Mail | Verb::Recipient | Verb::Data | Verb::Chunk => {
                        format!("refused: {reply}")
                    }
                    _ => format!("{} refused: {reply}", verb.name()),
                });
            }
            None if self.mails > 0 && words.outcome.is_none() => {
                told.push("no answer to the mail".to_owned());
            }
            None => {}
        }
        if self.mails > 1 {
            told.push(format!("{} mails in all", self.mails));
        }
        let user = words.user.as_deref().map(readable);
        match (words.login, user) {
            (Some(235), Some(user)) if words.to.is_none() => told.push(format!("{user} logged in")),
            (Some(235), None) if words.to.is_none() => told.push("logged in".to_owned()),
            (Some(code @ 400..), Some(user)) => {
                told.push(format!("login as {user} refused: {code}"))
            }
            (Some(code @ 400..), None) => told.push(format!("login refused: {code}")),
            _ => {}
        }
        told.extend(self.tls.words("STARTTLS", self.in_clear));
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
            tls_unused: self.tls.is_unused() && (self.in_clear || self.mails > 0),
            ..Remarks::default()
        }
    }
}

/// The end of a mail, after the end of its last line.
const END: &[u8] = b".\r\n";

#[cfg(test)]
mod tests;
