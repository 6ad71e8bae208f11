//! Parley, an imaginary protocol: the example of CONTRIBUTING.md for a protocol with everything that one over TCP may
//! need. Only the tests use it.
//!
//! The client sends a command on a line, the server answers each in turn with a line that begins with `OK` or `NO`:
//!
//! ```text
//! LOGIN secret
//! OK
//! SAY hello
//! NO, too loud
//! ```

use crate::{
    Class, Confidence, Dissector, Event, FieldDef, Framing, HeapSize, Layer, MessageInfo, Next,
    OsiLayer, Outcome, Place, Purpose, Selector, Session, Setting, Severity, Side,
    application::line::{Line, is_plain, is_request, readable, show, valued, word},
    dissector::Protocol,
    exchange_log::ExchangeLog,
    secrets::range_of,
    session::is_waited_for,
    tail::Tail,
};
use std::{collections::VecDeque, mem, ops::Range};

/// Parley.
pub const DISSECTOR: Dissector = Dissector {
    name: "parley",
    label: "Parley Protocol",
    column: "PARLEY",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(4242)],
    fields: &[FIELDS],
    ..Dissector::of::<Parley>()
};

const FIELDS: &[FieldDef] = &[
    FieldDef::string("parley.request"),
    FieldDef::string("parley.request.command"),
    FieldDef::string("parley.request.argument"),
    FieldDef::frame("parley.response_in"),
    FieldDef::string("parley.response"),
    FieldDef::frame("parley.response_to"),
];

struct Parley;

impl Protocol for Parley {
    type Session = Conversation;

    /// Recognizes text, and from the server `OK` or `NO`. Other protocols of lines begin alike, so only the port
    /// decides.
    fn looks_like(bytes: &[u8], side: Side) -> Confidence {
        let answers = bytes.starts_with(b"OK") || bytes.starts_with(b"NO");
        match is_plain(bytes) && (side == Side::Client || answers) {
            true => Confidence::Possible,
            false => Confidence::Impossible,
        }
    }

    fn begin(setting: &Setting) -> Conversation {
        Conversation {
            keeps: setting.keeps,
            log: ExchangeLog::new(setting, DISSECTOR.name),
            waiting: VecDeque::new(),
            present: Known::default(),
            known: Tail::default(),
            commands: 0,
            refused: 0,
            credentials: false,
        }
    }

    fn dissect(parley: &mut Layer, known: Option<&Known>) -> Outcome {
        let other = known.and_then(|known| known.other);
        let line = Line::first(parley.rest());
        let charset = parley.undeclared();
        parley.title(|| charset.read(line.text).into_owned());
        parley.info(|| charset.read(line.text).into_owned());
        if is_request(parley) {
            valued(parley, "parley.request", "Request", line, |parley| {
                let (command, argument) = word(line.text);
                show(parley, "parley.request.command", "Command", command);
                show(parley, "parley.request.argument", "Argument", argument);
                if is_login(command) {
                    parley.note(Severity::Warning, || {
                        "anyone who sees this packet can log in".to_owned()
                    });
                }
            })?;
            if let Some(packet) = other {
                parley.computed("parley.response_in", "Answered in packet", || packet);
            }
        } else {
            valued(parley, "parley.response", "Response", line, |_| ())?;
            if let Some(packet) = other {
                parley.computed("parley.response_to", "Answers packet", || packet);
            }
        }
        Ok(Next::Nothing)
    }
}

fn is_login(command: &[u8]) -> bool {
    command.eq_ignore_ascii_case(b"LOGIN")
}

/// Commands that wait for their answer, at most.
const MAX_WAITING: usize = 1000;

/// A longer line is not of this protocol.
const MAX_LINE: usize = 4096;

/// What the dissector of a message must know besides its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// The packet of a command's answer, or of an answer's command.
    pub other: Option<u64>,
}

#[derive(Clone, Copy)]
struct Waiting {
    /// The command's number among all messages.
    message: usize,
    packet: u64,
    purpose: Purpose,
    /// Its number in the log.
    exchange: u32,
}

/// A conversation.
#[derive(Clone)]
pub struct Conversation {
    keeps: bool,
    log: ExchangeLog,
    waiting: VecDeque<Waiting>,
    /// The state of the message that ends next, then of all messages.
    present: Known,
    known: Tail<Known>,
    commands: u32,
    refused: u32,
    credentials: bool,
}

impl Conversation {
    fn request(&mut self, place: &Place, line: Line) {
        let (command, argument) = word(line.text);
        let is_login = is_login(command);
        self.commands = self.commands.saturating_add(1);
        self.credentials |= is_login && !argument.is_empty();
        let (purpose, shown) = match is_login {
            true => (Purpose::Login, command),
            false => (Purpose::Other, line.text),
        };
        let words = || readable(shown).into_owned();
        let exchange = self.log.ask(place, line.whole.len(), purpose, words);
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(Waiting {
                // The message ends with this line, so it gets the next number.
                message: self.known.len(),
                packet: place.packet,
                purpose,
                exchange,
            });
        }
    }

    fn response(&mut self, place: &Place, line: Line) {
        let Some(waiting) = self.waiting.pop_front() else {
            return;
        };
        if let Some(command) = self.known.get_mut(waiting.message) {
            command.other = Some(place.packet);
        }
        self.present.other = Some(waiting.packet);
        let class = match waiting.purpose {
            _ if line.text.starts_with(b"OK") => Class::Ok,
            Purpose::Login => Class::Refused,
            _ => Class::ClientError,
        };
        self.refused += u32::from(class != Class::Ok);
        let Waiting { exchange, .. } = waiting;
        let words = || readable(line.text).into_owned();
        self.log.response(exchange, place, line.whole.len());
        self.log.answer(exchange, class, None, words);
        self.log.ended(exchange);
    }
}

impl HeapSize for Known {}

impl Session for Conversation {
    type Context = Known;

    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        if !is_plain(bytes) || Line::first(bytes).text.len() > MAX_LINE {
            return Framing::NotRecognized;
        }
        let Some(line) = Line::ended(bytes) else {
            return Framing::NeedMore;
        };
        match place.side {
            Side::Client => self.request(place, line),
            Side::Server => self.response(place, line),
        }
        Framing::Complete(line.whole.len() as u64)
    }

    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        // `frame` takes one line.
        let (command, argument) = word(Line::first(bytes).text);
        if side == Side::Client && is_login(command) {
            found.push(range_of(argument, bytes));
        }
    }

    fn on_message(&mut self, ended: &MessageInfo, events: &mut Vec<Event>) {
        self.log.deliver(ended, events);
        let present = mem::take(&mut self.present);
        if self.keeps {
            self.known.push(present);
        }
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        self.log.end(events);
    }

    fn lost(&mut self, _: Side) {
        self.log.lost();
        self.present = Known::default();
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
        self.waiting.heap_size() + self.log.heap_size() + self.known.heap_size()
    }

    fn summary(&self) -> String {
        format!("{} commands, {} refused", self.commands, self.refused)
    }

    fn credentials(&self) -> bool {
        self.credentials
    }
}

#[cfg(test)]
mod tests {
    use super::Known;
    use crate::{
        Side::{Client, Server},
        test_session::{converse, secrets},
        test_support::{info, layer, masked, tcp, words},
    };

    #[test]
    fn a_command() {
        assert_eq!(
            layer("parley", 228, &tcp(50000, 4242, b"SAY hi\r\n")),
            "\
             Parley Protocol: SAY hi [40..48]\n\
             \x20 Request: SAY hi [40..48]\n\
             \x20   Command: SAY [40..43]\n\
             \x20   Argument: hi [44..46]\n"
        );
    }

    #[test]
    fn cut_short() {
        let hex = tcp(50000, 4242, b"SA");
        assert_eq!(info(228, &hex), "PARLEY: SA (unfinished)");
    }

    #[test]
    fn commands_and_their_answers() {
        let mut talked = converse(
            "parley",
            &[
                (Client, b"LOGIN kim secret\r\nSA"),
                (Client, b"Y hi\r\n"),
                (Server, b"NO\r\nOK hi\r\n"),
            ],
        );
        assert_eq!(talked.session.summary(), "2 commands, 1 refused");
        assert!(talked.session.credentials());
        let answered = talked.known::<Known>(1).and_then(|known| known.other);
        assert_eq!(answered, Some(3));
        assert_eq!(
            talked.exchanges(),
            [
                "Login: refused: LOGIN → NO (1-1 18 → 3-3 4, 2 s)",
                "Other: ok: SAY hi → OK hi (1-2 8 → 3-3 7, 1 s)",
            ]
        );
    }

    #[test]
    fn secrets_are_found() {
        let found = secrets(
            "parley",
            &[(Client, b"login kim secret\r\nSAY LOGIN x\r\n")],
        );
        assert_eq!(found, ["kim secret"]);
        let (tree, info) = masked(4242, b"LOGIN secret\r\n");
        assert_eq!(info, "LOGIN ******");
        assert!(words(&tree, "Argument: ******"), "{tree}");
    }
}
