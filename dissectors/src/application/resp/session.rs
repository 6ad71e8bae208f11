//! A conversation with Redis: which reply answers which command, and which messages are pushed.

use super::{
    command::{Command, MAX_LINE, begins_known, is_known},
    item::{Fault, Item, Taking, What, keep},
    reply::{self, Reply},
};
use crate::{
    Class, Confidence, Event, Framing, HeapSize, MessageInfo, PerSide, Place, Purpose, Session,
    Setting, Side, Transmission, Undeclared,
    application::{line::is_plain, undeclared_text::UndeclaredText},
    exchange_log::ExchangeLog,
    session::{SHORT_TEXTS, is_waited_for},
    tail::Tail,
};
use std::{collections::VecDeque, ops::Range};

/// Recognizes a command by the client, as libraries send it, with a name that Redis knows. The port decides about
/// everything else: POP begins its answers alike, and a line may be of many protocols.
pub fn looks_like(bytes: &[u8], side: Side) -> Confidence {
    let likely = |fits: bool| match fits {
        true => Confidence::Possible,
        false => Confidence::Impossible,
    };
    if side == Side::Server {
        return likely(!matches!(Item::first(bytes), Err(Fault::Foreign)));
    }
    // A server ignores empty lines and commands without words, and blanks before a word.
    let mut bytes = bytes;
    while let Some(behind) = bytes
        .strip_prefix(b"*0\r\n")
        .or_else(|| bytes.strip_prefix(b"\r\n"))
        .or_else(|| bytes.strip_prefix(b"\n"))
    {
        bytes = behind;
    }
    if bytes.is_empty() {
        return Confidence::Possible;
    }
    if bytes.starts_with(b" ") || bytes.starts_with(b"\"") || bytes.starts_with(b"'") {
        return likely(is_plain(bytes));
    }
    let first = Item::first(bytes);
    let command = match first {
        Ok(item) if item.kind == b'*' => item,
        Ok(_) => return Confidence::Impossible,
        Err(Fault::Short) => return likely(bytes.starts_with(b"*")),
        Err(Fault::Foreign) => {
            let begins = bytes.first().is_some_and(u8::is_ascii_alphabetic);
            return likely(begins && is_plain(bytes));
        }
    };
    let behind = bytes.get(command.length..).unwrap_or_default();
    match (command.what, Item::first(behind)) {
        (What::Values(1..), Ok(name)) if name.kind == b'$' => match name.body(behind, 32) {
            Ok(Some(_)) => {
                let body = behind.get(name.length..).unwrap_or_default();
                let length = (name.whole() as usize).saturating_sub(name.length + 2);
                match is_known(body.get(..length).unwrap_or_default()) {
                    true => Confidence::Certain,
                    false => Confidence::Possible,
                }
            }
            Ok(None) => Confidence::Possible,
            // The name of a command as far as it has come.
            Err(Fault::Short) => match behind.get(name.length..) {
                Some(begins @ [_, ..]) if begins_known(begins.trim_ascii_end()) => {
                    Confidence::Certain
                }
                _ => Confidence::Possible,
            },
            Err(Fault::Foreign) => Confidence::Impossible,
        },
        (What::Values(1..), Err(Fault::Short)) => likely(matches!(behind, [] | [b'$', ..])),
        _ => Confidence::Impossible,
    }
}

/// Commands that wait for their replies, at most.
const MAX_WAITING: usize = 1000;

/// The length to which a name, a command or an answer is kept for the summary, bytes.
const MAX_WORDS: usize = 60;

/// In a longer inline command, everything may be secret until its line has ended: it is not searched again with each
/// segment.
const LONG_LINE: usize = 1024;

/// What the dissector of a message must know besides its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The packet of a command's reply, or of a reply's command.
    pub other: Option<u64>,
    /// The server sends it without a request.
    pub pushed: bool,
}

/// The kinds of commands, as far as they matter to what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Login,
    /// To subscribe or to unsubscribe: answered once for each of this many channels.
    Subscribe(u64),
    Exec,
    Monitor,
    /// To be a replica: no replies follow the answer.
    Replicate,
    Reset,
    /// A command that client libraries send first, and whose refusal they ignore.
    Prepare,
    Other,
}

impl Verb {
    fn of(command: &Command) -> Verb {
        match command.name.as_slice() {
            _ if command.is_login() => Verb::Login,
            b"SUBSCRIBE" | b"PSUBSCRIBE" | b"SSUBSCRIBE" | b"UNSUBSCRIBE" | b"PUNSUBSCRIBE"
            | b"SUNSUBSCRIBE" => Verb::Subscribe(command.arguments().max(1)),
            b"EXEC" => Verb::Exec,
            b"MONITOR" => Verb::Monitor,
            b"SYNC" | b"PSYNC" => Verb::Replicate,
            b"RESET" => Verb::Reset,
            b"HELLO" | b"COMMAND" | b"CLIENT" => Verb::Prepare,
            _ => Verb::Other,
        }
    }

    fn purpose(self) -> Purpose {
        match self {
            Verb::Login => Purpose::Login,
            _ => Purpose::Other,
        }
    }
}

/// A command without its reply.
#[derive(Clone)]
struct Waiting {
    /// Its number among all messages.
    message: usize,
    packet: u64,
    verb: Verb,
    /// Its number in the log.
    exchange: u32,
    /// It has a secret.
    secret: bool,
    /// The user who logs in with it.
    user: Option<Box<[u8]>>,
    /// The answers to a subscription so far.
    answered: Option<Transmission>,
}

/// Which commands the client wants no replies to: CLIENT REPLY.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quiet {
    No,
    Next,
    All,
}

impl Quiet {
    /// Returns whether no reply to this command is to come.
    fn covers(&mut self, command: &Command) -> bool {
        if command.are(b"CLIENT", b"REPLY") {
            let is = |word: &[u8]| {
                let text = command.text.as_slice();
                let end = text.len().saturating_sub(word.len());
                text.get(end..)
                    .unwrap_or_default()
                    .eq_ignore_ascii_case(word)
            };
            *self = match () {
                () if is(b"OFF") => Quiet::All,
                () if is(b"SKIP") && *self == Quiet::No => Quiet::Next,
                () if is(b"ON") => Quiet::No,
                () => *self,
            };
            return *self != Quiet::No;
        }
        match self {
            Quiet::No => false,
            Quiet::Next => {
                *self = Quiet::No;
                true
            }
            Quiet::All => true,
        }
    }
}

/// The command in the summary, and its answer.
#[derive(Clone)]
struct First {
    exchange: u32,
    request: Box<str>,
    answer: Option<Box<str>>,
}

/// A conversation.
#[derive(Clone)]
pub struct Conversation {
    keeps: bool,
    log: ExchangeLog,
    command: Command,
    reply: Reply,
    /// Bytes are missing: messages begin where they seem to.
    lost: PerSide<bool>,
    waiting: VecDeque<Waiting>,
    quiet: Quiet,
    subscribed: bool,
    monitors: bool,
    replicates: bool,
    user: Option<Box<str>>,
    /// The result of the last attempt to log in.
    login: Option<Class>,
    commands: u32,
    first: Option<First>,
    errors: u32,
    error: Option<Box<str>>,
    channel: Option<Box<str>>,
    pushed: u32,
    credentials: bool,
    undeclared: UndeclaredText,
    known: Tail<Known>,
}

/// The beginning of the reply to a command that the server does not know: it repeats its arguments.
const UNKNOWN: &[u8] = b"-ERR unknown ";

impl Conversation {
    pub fn new(setting: &Setting) -> Self {
        Conversation {
            keeps: setting.keeps,
            log: ExchangeLog::new(setting, "resp"),
            command: Command::default(),
            reply: Reply::default(),
            lost: PerSide::default(),
            waiting: VecDeque::new(),
            quiet: Quiet::No,
            subscribed: false,
            monitors: false,
            replicates: false,
            user: None,
            login: None,
            commands: 0,
            first: None,
            errors: 0,
            error: None,
            channel: None,
            pushed: 0,
            credentials: false,
            undeclared: UndeclaredText::new(setting),
            known: Tail::default(),
        }
    }

    /// Ends a command, or a part of one.
    fn request(&mut self, ended: &MessageInfo) {
        if !self.command.is_new() {
            self.requested(ended);
        }
        self.command.clear();
    }

    fn requested(&mut self, ended: &MessageInfo) {
        let command = &mut self.command;
        let verb = Verb::of(command);
        self.commands = self.commands.saturating_add(1);
        self.undeclared.note(&command.text);
        let charset = self.undeclared.charset();
        let words = || charset.read(&command.text).into_owned();
        let exchange = self.log.begin(verb.purpose(), words);
        self.log.asked(exchange, ended.into());
        if self.first.is_none() && verb == Verb::Other && !command.is(b"SELECT") {
            self.first = Some(First {
                exchange,
                request: bounded(command.short(), charset),
                answer: None,
            });
        }
        if let Verb::Subscribe(_) = verb {
            self.subscribed = true;
            let channel = command.short().splitn(2, |byte| *byte == b' ').nth(1);
            if let (Some(channel), None) = (channel, &self.channel) {
                self.channel = Some(bounded(channel, self.undeclared.charset()));
            }
        }
        if self.quiet.covers(command) || self.replicates || !ended.complete {
            self.log.give_up(exchange);
        } else if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(Waiting {
                message: ended.number,
                packet: ended.packet,
                verb,
                exchange,
                secret: command.secret,
                user: command.user.take(),
                answered: None,
            });
        }
    }

    /// Ends a message of the server, or a part of one.
    fn response(&mut self, ended: &MessageInfo) -> Known {
        let known = match self.reply.is_new() {
            true => Known {
                other: None,
                pushed: self.replicates,
            },
            false => self.responded(ended),
        };
        self.reply.clear();
        known
    }

    fn responded(&mut self, ended: &MessageInfo) -> Known {
        if self.is_pushed() {
            self.pushed = self.pushed.saturating_add(1);
            return Known {
                other: None,
                pushed: true,
            };
        }
        let Some(waiting) = self.waiting.front_mut() else {
            return Known::default();
        };
        let (verb, exchange) = (waiting.verb, waiting.exchange);
        let (packet, message) = (waiting.packet, waiting.message);
        let answer = Known {
            other: Some(packet),
            pushed: false,
        };
        let mut whole = Transmission::from(ended);
        let mut is_first = true;
        if let Some(before) = waiting.answered.take() {
            is_first = false;
            whole.first = before.first;
            whole.bytes = whole.bytes.saturating_add(before.bytes);
        }
        let is_last = match &mut waiting.verb {
            Verb::Subscribe(left) if self.reply.kind().is_some_and(reply::is_confirmation) => {
                *left = left.saturating_sub(1);
                *left == 0
            }
            _ => true,
        };
        if is_first {
            if let Some(command) = self.known.get_mut(message) {
                command.other = Some(ended.packet);
            }
            self.answer(exchange, verb);
        }
        if !is_last {
            if let Some(waiting) = self.waiting.front_mut() {
                waiting.answered = Some(whole);
            }
            return answer;
        }
        self.log.answered(exchange, whole);
        let ended = self.waiting.pop_front();
        if verb == Verb::Login
            && self.login == Some(Class::Ok)
            && let Some(user) = ended.and_then(|waiting| waiting.user)
        {
            self.user = Some(bounded(&user, self.undeclared.charset()));
        }
        answer
    }

    /// Notes the reply to a command.
    fn answer(&mut self, exchange: u32, verb: Verb) {
        let charset = self.undeclared.charset();
        let reply = &self.reply;
        let error = reply.error(verb == Verb::Exec);
        let class = reply::class(verb.purpose(), error);
        if let Some(error) = error
            && verb != Verb::Prepare
        {
            self.errors = self.errors.saturating_add(1);
            self.error.get_or_insert_with(|| bounded(error, charset));
        }
        match verb {
            Verb::Login => self.login = Some(class),
            Verb::Monitor => self.monitors = class == Class::Ok,
            Verb::Replicate => self.replicates = class == Class::Ok,
            Verb::Reset if class == Class::Ok => {
                (self.subscribed, self.monitors) = (false, false);
                self.user = None;
            }
            _ => {}
        }
        if let Some(first) = &mut self.first
            && first.exchange == exchange
        {
            first.answer = Some(bounded(reply.words(charset).as_bytes(), charset));
        }
        self.log
            .answer(exchange, class, None, || reply.words(charset));
    }

    /// Returns whether this is no reply to a command: a published message, or a line of MONITOR.
    fn is_pushed(&self) -> bool {
        let reply = &self.reply;
        let subscribes = self
            .waiting
            .front()
            .is_some_and(|waiting| matches!(waiting.verb, Verb::Subscribe(_)));
        match reply.kind() {
            Some(kind) if reply::is_confirmation(kind) && (reply.is_push() || self.subscribed) => {
                !subscribes
            }
            Some(kind) if reply::is_message(kind) && self.subscribed => true,
            _ if reply.is_push() => true,
            _ => {
                let text = reply.text();
                self.monitors && reply.is_status() && text.first().is_some_and(u8::is_ascii_digit)
            }
        }
    }

    /// Returns whether the command that waits for its reply has a secret that an error may repeat. Errors of a login do
    /// not, unless the server does not know its command.
    fn repeats_secret(&self, bytes: &[u8]) -> bool {
        let waiting = self.waiting.front();
        let is_login = |waiting: &Waiting| waiting.verb == Verb::Login;
        let repeats = |waiting: &Waiting| !is_login(waiting) || bytes.starts_with(UNKNOWN);
        waiting.is_some_and(|waiting| waiting.secret && repeats(waiting))
    }

    /// Returns whether these bytes are an inline command whose line has not ended, and whose beginning was read.
    fn is_inside_line(&self, place: &Place, bytes: &[u8]) -> bool {
        let new = bytes.get(place.seen..).unwrap_or_default();
        place.side == Side::Client
            && place.seen > 0
            && self.command.is_new()
            && !bytes.starts_with(b"*")
            && bytes.len() <= MAX_LINE
            && memchr::memchr(b'\n', new).is_none()
    }

    fn is_between(&self, side: Side) -> bool {
        match side {
            Side::Client => self.command.is_new(),
            Side::Server => self.reply.is_new(),
        }
    }
}

impl HeapSize for Known {}

impl Session for Conversation {
    type Context = Known;

    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        let side = place.side;
        let framing = match side {
            // An inline command whose line has not ended; its beginning was read.
            Side::Client if self.is_inside_line(place, bytes) => Framing::NeedMore,
            Side::Client => {
                let framing = self.command.read(bytes, self.lost.client, &mut |_| ());
                self.credentials |= self.command.secret;
                framing
            }
            Side::Server if self.replicates && self.is_between(side) => Framing::UntilEnd,
            Side::Server => {
                let repeats = self.repeats_secret(bytes);
                let framing = self.reply.read(bytes, repeats, &mut |_| ());
                self.credentials |= self.reply.secret;
                framing
            }
        };
        match framing {
            Framing::NotRecognized => self.lost(side),
            Framing::Complete(_) => self.lost[side] = false,
            _ => {}
        }
        framing
    }

    fn secrets_ahead_from(
        &mut self,
        place: &Place,
        bytes: &[u8],
        found: &mut Vec<Range<usize>>,
    ) -> usize {
        if self.is_inside_line(place, bytes) && bytes.len() > LONG_LINE {
            if Command::may_hold_secret(bytes.get(..LONG_LINE).unwrap_or_default()) {
                found.push(place.seen..bytes.len());
            }
            return place.seen;
        }
        self.secrets_ahead(place.side, bytes, found);
        0
    }

    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let found = &mut |secret| found.push(secret);
        match side {
            Side::Client => {
                self.command.clone().read(bytes, self.lost.client, found);
            }
            Side::Server if self.replicates => {}
            Side::Server => {
                let repeats = self.repeats_secret(bytes);
                self.reply.clone().read(bytes, repeats, found);
            }
        }
    }

    fn secrets_taken(&mut self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let taking: &mut Taking = match side {
            Side::Client => &mut self.command.taking,
            Side::Server => &mut self.reply.taking,
        };
        let secret = taking.take(bytes.len());
        if !secret.is_empty() {
            found.push(secret);
        }
    }

    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        let known = match ended.side {
            Side::Client => {
                self.request(ended);
                Known::default()
            }
            Side::Server => self.response(ended),
        };
        self.log.deliver(ended, events);
        if self.keeps {
            self.known.push(known);
        }
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        self.log.end(events);
    }

    /// Replies are assigned to commands only by their order: the waiting ones are not answered any more.
    fn lost(&mut self, side: Side) {
        self.log.lost();
        for waiting in self.waiting.drain(..) {
            self.log.give_up(waiting.exchange);
        }
        self.lost[side] = true;
        match side {
            Side::Client => self.command = Command::default(),
            Side::Server => self.reply = Reply::default(),
        }
    }

    fn context(&self, number: usize) -> Option<Known> {
        self.known.get(number).copied()
    }

    fn settled(&self, read: usize) -> usize {
        let waiting = self.waiting.iter().map(|waiting| waiting.message);
        let waiting = waiting.filter(|message| is_waited_for(*message, read));
        waiting.min().unwrap_or(read)
    }

    fn evict(&mut self, before: usize) {
        self.known.evict(before);
    }

    fn allocated(&self) -> usize {
        let users = self
            .waiting
            .iter()
            .filter_map(|waiting| waiting.user.as_ref());
        self.waiting.heap_size()
            + users.map(|user| user.len()).sum::<usize>()
            + self.log.heap_size()
            + self.known.heap_size()
            + 2 * SHORT_TEXTS
    }

    /// `student: 14 commands, SET 보고서 → OK, 1 error: WRONGTYPE …`
    fn summary(&self) -> String {
        let count = |count: u32, what: &str| match count {
            1 => format!("1 {what}"),
            _ => format!("{count} {what}s"),
        };
        let mut parts = vec![count(self.commands, "command")];
        if self.login.is_some_and(|class| class != Class::Ok) {
            parts.push("login refused".to_owned());
        }
        if let Some(First {
            request, answer, ..
        }) = &self.first
        {
            let answer = answer.as_deref().unwrap_or("no answer");
            parts.push(format!("{request} → {answer}"));
        }
        if let Some(channel) = &self.channel {
            parts.push(format!("subscribed to {channel}"));
        }
        if self.pushed > 0 {
            parts.push(count(self.pushed, "message") + " unasked");
        }
        if let Some(error) = &self.error {
            let first = if self.errors > 1 { ", first" } else { "" };
            parts.push(format!("{}{first}: {error}", count(self.errors, "error")));
        }
        let user = self.user.as_ref();
        let user = user.map_or(String::new(), |user| format!("{user}: "));
        user + &parts.join(", ")
    }

    fn undeclared(&self) -> Undeclared {
        self.undeclared.charset()
    }

    fn credentials(&self) -> bool {
        self.credentials
    }
}

/// Returns the beginning of a text, for the summary.
fn bounded(text: &[u8], charset: Undeclared) -> Box<str> {
    let mut kept = Vec::new();
    keep(&mut kept, text, MAX_WORDS);
    charset.read(&kept).into()
}

#[cfg(test)]
mod tests {
    use super::{Known, looks_like};
    use crate::{
        Confidence, Side,
        Side::{Client, Server},
        test_session::{Script, converse, secrets},
    };

    /// A command as libraries send it.
    fn command(words: &str) -> Vec<u8> {
        let words: Vec<_> = words.split(' ').collect();
        let mut bytes = format!("*{}\r\n", words.len());
        for word in words {
            bytes += &format!("${}\r\n{word}\r\n", word.len());
        }
        bytes.into_bytes()
    }

    fn commands(lines: &[&str]) -> Vec<u8> {
        lines.iter().flat_map(|line| command(line)).collect()
    }

    fn resp(rows: &[(Side, &[u8])]) -> Script {
        converse("resp", rows)
    }

    /// Redis repeats what it does not understand in its errors.
    #[test]
    fn an_error_may_repeat_the_secret() {
        let asked = command("ACL SETUSER student <apple-pie");
        let error = "-ERR Error in ACL SETUSER modifier '<apple-pie': Syntax error\r\n".as_bytes();
        for cut in 1..error.len() {
            let (front, back) = error.split_at(cut);
            let talked = resp(&[(Client, &asked), (Server, front), (Server, back)]);
            let secret = talked.secrets(Server).concat();
            assert!(secret.contains("apple-pie"), "{cut}: {secret}");
            let summary = talked.session.summary();
            assert!(
                summary.contains("ERR") && !summary.contains("apple"),
                "{summary}"
            );
        }
    }

    /// The secret may be anything behind a length that is wrong.
    #[test]
    fn a_secret_with_a_wrong_length() {
        for (asked, secret) in [
            ("*2\r\n$4\r\nAUTH\r\n$5\r\napple-pie\r\n", "apple-pie"),
            ("*2\r\n$4\r\nAUTH\r\n$x9\r\napple-pie\r\n", "apple-pie"),
            ("*2\r\n$4\r\nAUTH\r\napple-pie\r\n", "apple-pie"),
            ("*2\r\n$3\r\nAUTH\r\n$9\r\napple-pie\r\n", "apple-pie"),
            ("*x\r\n$4\r\nAUTH\r\n$9\r\napple-pie\r\n", "apple-pie"),
        ] {
            let before = command("PING");
            let after = command("GET x");
            for length in [1, 2, 3, 7, asked.len()] {
                let mut rows = vec![(Client, before.as_slice())];
                rows.extend(asked.as_bytes().chunks(length).map(|piece| (Client, piece)));
                rows.push((Client, &after));
                let talked = resp(&rows);
                let secrets = talked.secrets(Client).concat();
                if length == asked.len()
                    || asked.contains("$4\r\nAUTH\r\n") && !asked.contains("*x")
                {
                    assert!(secrets.contains(secret), "{asked:?} {length} {secrets:?}");
                    assert!(talked.session.credentials());
                }
                assert!(!secrets.contains("GET"), "{asked:?} {length} {secrets:?}");
            }
        }
    }

    /// A long line in small segments is not read again with each of them.
    #[test]
    fn a_long_line_in_small_segments() {
        let line = format!("AUTH {} apple-pie\r\n", "x".repeat(60_000));
        let pieces: Vec<_> = line
            .as_bytes()
            .chunks(1)
            .map(|piece| (Client, piece))
            .collect();
        let begun = std::time::Instant::now();
        let mut talked = Script::new(&crate::application::resp::DISSECTOR, 6379);
        let (begun_line, rest) = pieces.split_at(pieces.len() - 3);
        talked.segments(begun_line);
        assert!(talked.secrets(Client).concat().ends_with("apple-pi"));
        talked.segments(rest);
        assert_eq!(talked.secrets(Client), ["apple-pie"]);
        assert!(begun.elapsed().as_secs() < 20);
    }

    #[test]
    fn what_comes_before_the_first_command() {
        let asked = command("AUTH apple-pie");
        for before in ["\r\n", "\n\n", "*0\r\n", "*0\r\n\r\n"] {
            let bytes = [before.as_bytes(), &asked].concat();
            assert_eq!(
                looks_like(&bytes, Client),
                Confidence::Certain,
                "{before:?}"
            );
        }
        for typed in [" AUTH apple-pie\r\n", "\"AUTH\" apple-pie\r\n"] {
            assert_eq!(looks_like(typed.as_bytes(), Client), Confidence::Possible);
        }
        assert_eq!(looks_like(b"*2\r\n$4\r\nAU", Client), Confidence::Certain);
        assert_eq!(looks_like(b"*2\r\n$4\r\nQX", Client), Confidence::Possible);
    }

    #[test]
    fn a_pipeline() {
        let asked = commands(&[
            "AUTH student apple-pie",
            "SET 보고서 x",
            "LPUSH 보고서 y",
            "GET a",
        ]);
        let (front, back) = asked.split_at(60);
        let mut talked = resp(&[
            (Client, front),
            (Client, back),
            (Server, b"+OK\r\n+OK\r\n-WRONGTYPE Oper"),
            (Server, b"ation\r\n$-1\r\n"),
        ]);
        assert_eq!(
            talked.summary(),
            "student: 4 commands, SET 보고서 → OK, 1 error: WRONGTYPE Operation"
        );
        assert!(talked.session.credentials());
        let others: Vec<_> = talked.all_known::<Known>();
        let others: Vec<_> = others
            .into_iter()
            .map(|known| known.and_then(|known| known.other))
            .collect();
        let packets = [3, 3, 4, 4, 1, 2, 2, 2];
        assert_eq!(others, packets.map(Some));
        assert_eq!(
            talked.exchanges(),
            [
                "Login: ok: AUTH student → OK (1-1 42 → 3-3 5, 2 s)",
                "Other: ok: SET 보고서 x → OK (1-2 35 → 3-3 5, 1 s)",
                "Other: client error: LPUSH 보고서 y → WRONGTYPE Operation (2-2 37 → 3-4 22, 1 s)",
                "Other: ok: GET a → null (2-2 20 → 4-4 5, 2 s)",
            ]
        );
    }

    #[test]
    fn classes() {
        let asked = commands(&[
            "HELLO 3",
            "AUTH x",
            "GET a",
            "GET b",
            "CONFIG GET c",
            "INCR d",
            "GET e",
        ]);
        let mut talked = resp(&[
            (Client, &asked),
            (
                Server,
                b"-NOAUTH HELLO must\r\n-WRONGPASS invalid\r\n-MOVED 3999 127.0.0.1:6381\r\n",
            ),
            (
                Server,
                b"-LOADING Redis\r\n-NOPERM this\r\n!8\r\nERR oops\r\n",
            ),
        ]);
        assert_eq!(
            talked.summary(),
            "7 commands, login refused, GET a → MOVED 3999 127.0.0.1:6381, \
             5 errors, first: WRONGPASS invalid"
        );
        let classes: Vec<_> = talked.exchanges();
        let classes = classes.iter().filter_map(|line| line.split(": ").nth(1));
        assert_eq!(
            classes.collect::<Vec<_>>(),
            [
                "refused",
                "refused",
                "server error",
                "server error",
                "refused",
                "client error",
                "none"
            ]
        );
    }

    #[test]
    fn a_transaction() {
        let mut talked = resp(&[
            (Client, &commands(&["MULTI", "INCR a", "LPOP b", "EXEC"])),
            (
                Server,
                b"+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n-WRONGTYPE Operation\r\n",
            ),
        ]);
        assert_eq!(
            talked.summary(),
            "4 commands, MULTI → OK, 1 error: WRONGTYPE Operation"
        );
        assert_eq!(
            talked.exchanges().pop().unwrap_or_default(),
            "Other: client error: EXEC → 2 elements, one is WRONGTYPE Operation (1-1 14 → 2-2 30, 1 s)"
        );
    }

    /// A published message answers no command; the confirmation of a subscription does.
    #[test]
    fn published_messages() {
        let message = "*3\r\n$7\r\nmessage\r\n$6\r\n소식\r\n$2\r\nhi\r\n";
        let of = |kind: &str, text: &str, sign: char| {
            let (length, other) = (text.len(), kind.len());
            format!("{sign}3\r\n${other}\r\n{kind}\r\n${length}\r\n{text}\r\n:1\r\n")
        };
        let first = of("subscribe", "소식", '*') + message;
        let second = of("subscribe", "b", '*') + message;
        let mut talked = resp(&[
            (Client, &command("SUBSCRIBE 소식 b")),
            (Server, first.as_bytes()),
            (Client, &command("PING")),
            (Server, second.as_bytes()),
            (Server, b"*2\r\n$4\r\npong\r\n$0\r\n\r\n"),
        ]);
        assert_eq!(
            talked.summary(),
            "2 commands, PING → 2 elements, subscribed to 소식, 2 messages unasked"
        );
        assert_eq!(
            talked.exchanges(),
            [
                "Other: ok: SUBSCRIBE 소식 b → subscribe 소식 (1-1 38 → 2-4 65, 1 s)",
                "Other: ok: PING → 2 elements (3-3 14 → 5-5 20, 2 s)",
            ]
        );
        let mut talked = resp(&[
            (Client, &commands(&["HELLO 3", "GET a", "SUBSCRIBE b"])),
            (
                Server,
                b"%1\r\n+proto\r\n:3\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n+x\r\n",
            ),
            (Server, of("subscribe", "b", '>').as_bytes()),
            (Server, message.replace('*', ">").as_bytes()),
        ]);
        assert_eq!(
            talked.summary(),
            "3 commands, GET a → x, subscribed to b, 2 messages unasked"
        );
        assert_eq!(
            talked.exchanges(),
            [
                "Other: ok: HELLO 3 → 1 entry (1-1 22 → 2-2 16, 1 s)",
                "Other: ok: GET a → x (1-1 20 → 2-2 4, 1 s)",
                "Other: ok: SUBSCRIBE b → subscribe b (1-1 26 → 3-3 30, 2 s)",
            ]
        );
    }

    #[test]
    fn what_a_list_holds_is_no_message() {
        let list = b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n";
        let mut talked = resp(&[(Client, &command("LRANGE a 0 2")), (Server, list)]);
        let exchanges = talked.exchanges();
        let is_answer = |line: &String| line.starts_with("Other: ok: LRANGE a 0 2 → ");
        assert!(exchanges.iter().all(is_answer), "{exchanges:?}");
    }

    #[test]
    fn monitors_replicas_and_silent_clients() {
        let talked = resp(&[
            (Client, &command("MONITOR")),
            (
                Server,
                b"+OK\r\n+1339518083.107412 [0 127.0.0.1:60866] \"keys\" \"*\"\r\n",
            ),
        ]);
        assert_eq!(talked.summary(), "1 command, 1 message unasked");
        let talked = resp(&[
            (Client, &command("PSYNC ? -1")),
            (
                Server,
                b"+FULLRESYNC 8371 0\r\n$3\r\nRED*1\r\n$4\r\nPING\r\n",
            ),
            (Client, &command("REPLCONF ACK 1")),
            (Server, b"\0\xff"),
        ]);
        assert_eq!((talked.foreign, talked.lengths()), (0, vec![30, 20, 34]));
        let mut talked = resp(&[
            (
                Client,
                &commands(&["CLIENT REPLY SKIP", "SET a b", "GET a"]),
            ),
            (
                Client,
                &commands(&["CLIENT REPLY OFF", "SET c d", "CLIENT REPLY ON"]),
            ),
            (Server, b"$1\r\nb\r\n+OK\r\n"),
        ]);
        let answers: Vec<_> = talked.exchanges();
        let answers = answers
            .iter()
            .filter_map(|line| line.split(['→', '(']).nth(1).map(str::trim));
        assert_eq!(answers.collect::<Vec<_>>(), ["-", "-", "b", "-", "-", "OK"]);
    }

    /// Long strings are not waited for, and are not kept.
    #[test]
    fn a_long_string_is_passed_over() {
        let value = "x".repeat(5000);
        let set = command(&format!("SET big {value}"));
        let (front, back) = set.split_at(100);
        let (middle, back) = back.split_at(3000);
        let mut talked = resp(&[
            (Client, front),
            (Client, middle),
            (Client, back),
            (Server, b"+OK\r\n"),
        ]);
        assert_eq!(
            talked.exchanges(),
            ["Other: ok: SET big (5000 bytes) → OK (1-3 5031 → 4-4 5, 1 s)"]
        );
    }

    #[test]
    fn secrets_are_found() {
        for (line, found) in [
            ("AUTH apple-pie", "apple-pie"),
            ("auth student apple-pie", "apple-pie"),
            (
                "HELLO 3 AUTH student apple-pie SETNAME AUTH x y",
                "apple-pie",
            ),
            ("HELLO 3 SETNAME AUTH AUTH student apple-pie", "apple-pie"),
            ("CONFIG SET requirepass apple-pie", "apple-pie"),
            (
                "CONFIG SET save x masterauth apple-pie maxmemory 1",
                "apple-pie",
            ),
            ("SENTINEL SET main auth-pass apple-pie", "apple-pie"),
            ("SENTINEL CONFIG SET sentinel-pass apple-pie", "apple-pie"),
            ("ACL SETUSER kim on >apple-pie ~* +@all", "apple-pie"),
            (
                "MIGRATE 10.0.0.3 6379 a 0 9 COPY AUTH apple-pie",
                "apple-pie",
            ),
            ("MIGRATE h 1 a 0 9 AUTH2 kim apple-pie KEYS b", "apple-pie"),
            ("GET AUTH", ""),
            ("CONFIG SET save requirepass", ""),
            ("HELLO 3", ""),
        ] {
            let expected: Vec<_> = [found].into_iter().filter(|it| !it.is_empty()).collect();
            let asked = [command(line), command("PING")].concat();
            assert_eq!(secrets("resp", &[(Client, &asked)]), expected, "{line}");
            let typed = format!("{line}\r\nPING\r\n");
            assert_eq!(
                secrets("resp", &[(Client, typed.as_bytes())]),
                expected,
                "{line}"
            );
            let talked = resp(&[(Client, &asked)]);
            assert_eq!(talked.session.credentials(), !found.is_empty(), "{line}");
        }
        let typed = b"ACL setuser kim \">apple pie\"\r\n";
        assert_eq!(secrets("resp", &[(Client, typed)]), ["apple pie"]);
    }

    /// redis-cli ends a pipeline with an empty line and a command that holds any bytes.
    #[test]
    fn an_empty_line_is_no_command() {
        let mut talked = resp(&[
            (Client, b"SET a b\n"),
            (Client, b"\r\n*2\r\n$4\r\nECHO\r\n$3\r\n\x13\0\xff\r\n"),
            (Server, b"+OK\r\n$3\r\n\x13\0\xff\r\n"),
        ]);
        assert_eq!(
            (talked.foreign, talked.lengths()),
            (0, vec![8, 2, 23, 5, 9])
        );
        assert_eq!(talked.exchanges().len(), 2);
    }

    #[test]
    fn a_long_secret_is_found() {
        let secret = "s".repeat(1000);
        let asked = [command(&format!("AUTH {secret}")), command("PING")].concat();
        assert_eq!(secrets("resp", &[(Client, &asked)]), [secret]);
    }

    #[test]
    fn a_password_that_the_server_tells() {
        let reply = b"*4\r\n$4\r\nsave\r\n$0\r\n\r\n$11\r\nrequirepass\r\n$9\r\napple-pie\r\n";
        for at in 1..reply.len() {
            let (one, two) = reply.split_at(at);
            let talked = resp(&[
                (Client, &command("CONFIG GET *")),
                (Server, one),
                (Server, two),
            ]);
            assert_eq!(talked.secrets(Server), ["apple-pie"], "{at}");
            assert!(talked.session.credentials());
        }
    }

    #[test]
    fn recognised_by_a_command() {
        let surely = |bytes: &[u8]| looks_like(bytes, Client) == Confidence::Certain;
        assert!(surely(&command("get a")));
        assert!(surely(&command("SUBSCRIBE a")));
        assert_eq!(
            looks_like(&command("FT.SEARCH a"), Client),
            Confidence::Possible
        );
        assert_eq!(looks_like(b"PING\r\n", Client), Confidence::Possible);
        assert_eq!(looks_like(b"*3\r\n$", Client), Confidence::Possible);
        for foreign in [
            &b"* OK IMAP\r\n"[..],
            b"$4\r\n",
            b"\x16\x03\x01\0",
            b"*1\r\n+PING\r\n",
            b"*1\r\n:",
        ] {
            assert_eq!(
                looks_like(foreign, Client),
                Confidence::Impossible,
                "{foreign:?}"
            );
        }
        assert_eq!(looks_like(b"+OK POP3\r\n", Server), Confidence::Possible);
        assert_eq!(looks_like(b"220 ready\r\n", Server), Confidence::Impossible);
    }

    #[test]
    fn hostile_messages() {
        for text in [
            &b"*2147483647\r\n$2147483647\r\nx"[..],
            b"%2147483647\r\n%2147483647\r\n%2147483647\r\n",
            b"*-1\r\n*0\r\n\r\n\r\n",
            b"*1\r\n*1\r\n",
            b".\r\n;0\r\n",
            b"*?\r\n.\r\n.\r\n",
            b"$3\r\nabcd\r\n",
            b"*2\r\n$3\r\nACL\r\n$0\r\n\r\n*1\r\n$4\r\nAUTH\r\n",
            b"*4\r\n$3\r\nACL\r\n$7\r\nSETUSER\r\n$1\r\na\r\n$0\r\n\r\n",
            b"AUTH\r\nHELLO 3 AUTH\r\nACL SETUSER a >\r\n\"\r\n'",
            b"|1\r\n+a\r\n+b\r\n|0\r\n>0\r\n~0\r\n=2\r\nab\r\n_\r\n",
            b"SUBSCRIBE\r\nPSYNC\r\nMONITOR\r\nCLIENT REPLY\r\n",
        ] {
            for side in [Client, Server] {
                let mut talked = resp(&[(side, text), (side.other(), text), (side, text)]);
                talked.summary();
                talked.exchanges();
            }
        }
        let nested = b"*?\r\n".repeat(100);
        assert_eq!(resp(&[(Server, &nested)]).foreign, 1);
    }
}
