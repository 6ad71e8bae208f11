//! Post Office Protocol, RFC 1939, with its extensions: RFC 2449, RFC 2595, RFC 5034.

pub mod session;

use crate::{
    Confidence, Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Properties, Selector, Setting,
    Severity, Stop,
    application::{
        ascii::bytes,
        line::{Line, is_request, row, show, word},
        smtp::{
            auth::{self, Mechanism},
            mail::{self, Fields},
        },
    },
    dissector::Protocol,
};
use session::{PopMessage, Verb};

/// Post Office Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "pop",
    label: "Post Office Protocol",
    column: "POP",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(110)],
    fields: &[FIELDS],
    ..Dissector::of::<Pop>()
};

const FIELDS: &[FieldDef] = &[
    FieldDef::frame("pop.data.reassembled.in"),
    FieldDef::none("pop.data.fragments"),
    FieldDef::frame("pop.data.fragment"),
    FieldDef::u32("pop.data.fragment.count"),
    FieldDef::u32("pop.data.reassembled.length"),
    FieldDef::string("pop.request"),
    FieldDef::string("pop.request.command"),
    FieldDef::string("pop.request.parameter"),
    FieldDef::string("pop.request.data"),
    FieldDef::string("pop.response"),
    FieldDef::string("pop.response.indicator"),
    FieldDef::string("pop.response.description"),
    FieldDef::string("pop.response.data"),
];

struct Pop;

impl Protocol for Pop {
    type Session = session::Pop;

    const PROPERTIES: Properties = Properties {
        holds_files: true,
        ..Properties::NONE
    };

    fn looks_like(bytes: &[u8], side: crate::Side) -> Confidence {
        session::looks_like(bytes, side)
    }

    fn begin(setting: &Setting) -> session::Pop {
        session::Pop::new(setting)
    }

    fn dissect(pop: &mut Layer, said: Option<&PopMessage>) -> Outcome {
        let nothing = PopMessage::default();
        let said = said.unwrap_or(&nothing);
        match is_request(pop) {
            true => requests(pop, said),
            false => response(pop, said),
        }
    }
}

/// Shows the first line of a message.
fn first_line(pop: &mut Layer, side: &Side) -> Result<(), Stop> {
    let first = Line::first(pop.rest());
    let text = first.text;
    let charset = pop.undeclared();
    let words = || format!("{}: {}", side.letter, charset.read(text));
    pop.title(words);
    pop.info_listed(" | ", words);
    line(pop, side.line, side.label, first, |pop| {
        let (command, argument) = word(text);
        show(pop, side.word.0, side.word.1, command);
        let argument = if command.is_empty() { text } else { argument };
        show(pop, side.rest.0, side.rest.1, argument);
        if side.letter == 'C' {
            login(pop, text);
        }
    })
}

/// Shows the login data in a command.
fn login(pop: &mut Layer, text: &[u8]) {
    let (_, argument) = word(text);
    match Verb::of(text) {
        Verb::Password if !argument.is_empty() => {
            pop.note(Severity::Warning, || {
                "anyone who sees this packet can log in".to_owned()
            });
        }
        Verb::Auth => {
            let (mechanism, response) = word(argument);
            auth::show(pop, Mechanism::by_name(mechanism).secret(0), response);
        }
        _ => {}
    }
}

/// Reads commands, or an answer to a challenge.
fn requests(pop: &mut Layer, said: &PopMessage) -> Outcome {
    let charset = pop.undeclared();
    let mut others = said.other.iter();
    while !pop.rest().is_empty() {
        let text = Line::first(pop.rest()).text;
        match said.answer {
            Some(secret) => {
                let first = Line::first(pop.rest());
                let words = || format!("C: {}", charset.read(text));
                pop.title(words);
                pop.info(words);
                line(pop, CLIENT.line, "Answer to a challenge", first, |pop| {
                    show(pop, CLIENT.word.0, CLIENT.word.1, text);
                    auth::show(pop, secret, text);
                })?;
            }
            None => first_line(pop, &CLIENT)?,
        }
        pop.follows = true;
        if let Some(packet) = others.next().copied().flatten() {
            pop.computed("", "Answered in packet", || packet);
        }
    }
    Ok(Next::Nothing)
}

/// Reads a response, or lines that continue one.
fn response(pop: &mut Layer, said: &PopMessage) -> Outcome {
    let length = pop.reported();
    if said.goes_on {
        let Some(part) = said.mail else {
            return goes_on(pop);
        };
        pop.title(|| format!("{} of a mail", bytes(length as u64)));
        pop.info(|| format!("S: DATA fragment, {}", bytes(length as u64)));
        if pop.gathered().is_none() {
            mail::lines(pop)?;
            if let Some(packet) = part.completed_in {
                let name = if part.counted {
                    "pop.data.reassembled.in"
                } else {
                    ""
                };
                pop.computed(name, "The mail is complete in packet", || packet);
            }
            return Ok(Next::Nothing);
        }
    } else if pop.rest().starts_with(b"+ ") {
        let first = Line::first(pop.rest());
        let charset = pop.undeclared();
        let words = || format!("S: {}", charset.read(first.text));
        pop.title(words);
        pop.info(words);
        line(pop, "", "Challenge", first, |_| ())?;
    } else {
        first_line(pop, &SERVER)?;
        if let Some(packet) = said.other.first().copied().flatten() {
            pop.computed("", "Answers packet", || packet);
        }
        while !pop.rest().is_empty() {
            line(pop, SERVER.data, "Data", Line::first(pop.rest()), |_| ())?;
        }
    }
    let (Some(part), Some(gathered)) = (said.mail, pop.gathered()) else {
        return Ok(Next::Nothing);
    };
    let length = gathered.bytes.len().saturating_sub(part.beyond);
    pop.column("POP/IMF");
    if gathered.parts.len() > 1 {
        let fields = if part.counted { &PART_FIELDS } else { &UNNAMED };
        mail::fragments(pop, fields, gathered.parts, gathered.bytes.len());
    }
    mail::open(pop, part.before, length, true)
}

const PART_FIELDS: Fields = Fields {
    whole: "pop.data.fragments",
    part: "pop.data.fragment",
    count: "pop.data.fragment.count",
    length: "pop.data.reassembled.length",
};

/// Fields without names, where the reference does not put the mail together.
const UNNAMED: Fields = Fields {
    whole: "",
    part: "",
    count: "",
    length: "",
};

/// Reads lines that continue an earlier segment.
fn goes_on(pop: &mut Layer) -> Outcome {
    let length = pop.reported();
    pop.title(|| format!("{} of data", bytes(length as u64)));
    pop.info(|| format!("S: DATA fragment, {}", bytes(length as u64)));
    while !pop.rest().is_empty() {
        row(pop, "Line", Line::first(pop.rest()), |_| ())?;
    }
    Ok(Next::Nothing)
}

/// The names of one side's fields.
struct Side {
    letter: char,
    line: &'static str,
    label: &'static str,
    word: (&'static str, &'static str),
    rest: (&'static str, &'static str),
    data: &'static str,
}

const CLIENT: Side = Side {
    letter: 'C',
    line: "pop.request",
    label: "Request",
    word: ("pop.request.command", "Command"),
    rest: ("pop.request.parameter", "Argument"),
    data: "pop.request.data",
};

const SERVER: Side = Side {
    letter: 'S',
    line: "pop.response",
    label: "Response",
    word: ("pop.response.indicator", "Status"),
    rest: ("pop.response.description", "Description"),
    data: "pop.response.data",
};

/// A row with a name, whose line is only in its text.
fn line<'a>(
    pop: &mut Layer<'a, '_>,
    name: &'static str,
    label: &'static str,
    line: Line<'a>,
    fill: impl FnOnce(&mut Layer<'a, '_>),
) -> Result<(), crate::Stop> {
    pop.group(name, label, |pop| {
        let charset = pop.undeclared();
        pop.title(|| charset.read(line.text).into_owned());
        fill(pop);
        pop.skip(line.whole.len());
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::{PopMessage, auth, session};
    use crate::test_support::{info, layer, tcp};

    /// RFC 1939, section 10.
    #[test]
    fn a_command_and_a_listing() {
        assert_eq!(
            layer(
                "pop",
                228,
                &tcp(
                    50000,
                    110,
                    b"APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n"
                )
            ),
            "\
             Post Office Protocol: C: APOP mrose c4c9334bac560ecc979e58001b3e22fb [40..85]\n\
             \x20 Request: APOP mrose c4c9334bac560ecc979e58001b3e22fb [40..85]\n\
             \x20   Command: APOP [40..44]\n\
             \x20   Argument: mrose c4c9334bac560ecc979e58001b3e22fb [45..83]\n"
        );
        assert_eq!(
            layer(
                "pop",
                228,
                &tcp(110, 50000, b"+OK 2 messages\r\n1 120\r\n.\r\n")
            ),
            "\
             Post Office Protocol: S: +OK 2 messages [40..56]\n\
             \x20 Response: +OK 2 messages [40..56]\n\
             \x20   Status: +OK [40..43]\n\
             \x20   Description: 2 messages [44..54]\n\
             Post Office Protocol: 10 bytes of a mail [56..66]\n"
        );
    }

    /// It cannot be recognized without the request for it.
    #[test]
    fn the_rest_of_a_mail() {
        let hex = tcp(110, 50000, b"body\r\n.\r\n");
        assert_eq!(layer("pop", 228, &hex), "");
    }

    #[test]
    fn cut_short() {
        let hex = tcp(50000, 110, b"US");
        assert_eq!(info(228, &hex), "POP: C: US (unfinished)");
        assert_eq!(
            layer("pop", 228, &tcp(50000, 110, b"\x16\x03\x01\0\x02ab")),
            ""
        );
    }

    use crate::Side::{Client, Server};
    use crate::{
        Confidence,
        test_session::{Script, converse, secrets},
        test_support::{masked, words},
    };

    fn pop(said: &[(crate::Side, &[u8])]) -> Script {
        converse("pop", said)
    }

    const MAIL: &[u8] = b"From: a@b\r\nSubject: x\r\n\r\nhi\r\n..\r\n.\r\n";

    #[test]
    fn fetching() {
        let talked = pop(&[
            (Server, b"+OK POP3 ready\r\n"),
            (Client, b"USER kim\r\n"),
            (Server, b"+OK\r\n"),
            (Client, b"PASS secret\r\n"),
            (Server, b"+OK 2 messages\r\n"),
            (Client, b"LIST\r\n"),
            (Server, b"+OK\r\n1 2\r\n"),
            (Server, b"2 3\r\n.\r\n"),
            (Client, b"RETR 1\r\n"),
            (Server, b"+OK 30 octets\r\nFrom: a@b\r\n"),
            (Server, b"\r\nhi\r\n."),
            (Server, b"\r\n"),
            (Client, b"QUIT\r\n"),
            (Server, b"+OK bye\r\n"),
        ]);
        assert_eq!(talked.session.summary(), "kim fetched 1 mail");
        assert!(talked.session.credentials());
        assert_eq!(
            talked.whole(),
            b"+OK 30 octets\r\nFrom: a@b\r\n\r\nhi\r\n.\r\n"
        );
        let last = talked.known::<PopMessage>(11);
        let part = last.and_then(|said| said.mail);
        assert_eq!(
            part,
            Some(session::Part {
                completed_in: Some(12),
                before: 15,
                beyond: 3,
                counted: true,
            })
        );
        let list = talked.known::<PopMessage>(5);
        assert_eq!(list.map(|said| said.other), Some(vec![Some(7)]));
    }

    /// RFC 1939, section 3: the lines up to the one with a dot are one response. The reference reads every segment of a
    /// mail as a separate mail where the server does not give its length.
    #[test]
    fn a_mail_cut_anywhere_is_the_same_mail() {
        let answer = [b"+OK\r\n", MAIL].concat();
        for at in 1..answer.len() {
            let (one, two) = answer.split_at(at);
            let talked = pop(&[
                (Server, b"+OK\r\n"),
                (Client, b"RETR 1\r\n"),
                (Server, one),
                (Server, two),
            ]);
            let whole = talked.whole();
            assert!(whole.ends_with(MAIL), "cut at {at}: {whole:?}");
            assert_eq!(talked.session.summary(), "1 mail fetched", "cut at {at}");
        }
    }

    #[test]
    fn encryption_and_refusals() {
        let talked = pop(&[
            (Server, b"+OK POP3\r\n"),
            (Client, b"STLS\r\n"),
            (Server, b"+OK go\r\n"),
        ]);
        assert_eq!(
            (talked.then, talked.session.summary().as_str()),
            (Some("tls"), "STLS")
        );
        let talked = pop(&[
            (Client, b"STLS\r\n"),
            (Server, b"-ERR no\r\n"),
            (Client, b"APOP kim 0123456789abcdef\r\n"),
            (Server, b"-ERR no\r\n"),
        ]);
        assert_eq!(talked.then, None);
        assert_eq!(
            talked.session.summary(),
            "login as kim refused, STLS refused"
        );
        assert!(!talked.session.credentials());
    }

    #[test]
    fn challenges() {
        let talked = pop(&[
            (Server, b"+OK\r\n"),
            (Client, b"AUTH PLAIN\r\n"),
            (Server, b"+ \r\n"),
            (Client, b"AGtpbQBzZWNyZXQ=\r\n"),
            (Server, b"+OK\r\n"),
        ]);
        assert!(talked.session.credentials());
        assert_eq!(talked.session.summary(), "kim logged in, fetched nothing");
        let answer = talked.known::<PopMessage>(3).and_then(|said| said.answer);
        assert_eq!(answer, Some(auth::Secret::NameAndPassword));
    }

    #[test]
    fn secrets_are_found() {
        let greeting: &[(crate::Side, &[u8])] = &[(Server, b"+OK POP3\r\n")];
        let found = |rows: &[(crate::Side, &[u8])]| secrets("pop", &[greeting, rows].concat());
        let commands = b"USER kim\r\npass se cret\r\nAPOP kim c4c933\r\nPASS\r\nRETR 1\r\n";
        assert_eq!(found(&[(Client, commands)]), ["se cret", "c4c933"]);
        let plain = b"AUTH PLAIN AGtpbQBzZWNyZXQ=\r\nSTAT\r\n";
        assert_eq!(found(&[(Client, plain)]), ["BzZWNyZXQ="]);
        let challenge: &[(crate::Side, &[u8])] = &[
            (Client, b"AUTH PLAIN\r\n"),
            (Server, b"+ \r\n"),
            (Client, b"AGtpbQBzZWNyZXQ=\r\n"),
            (Server, b"+OK\r\n"),
            (Client, b"STAT AGtpbQBzZWNyZXQ=\r\n"),
        ];
        assert_eq!(found(challenge), ["BzZWNyZXQ="]);
    }

    #[test]
    fn secrets_are_masked_without_the_conversation() {
        let (tree, info) = masked(110, b"USER kim\r\nPASS se cret\r\n");
        assert_eq!(info, "C: USER kim | C: PASS *******");
        assert!(words(&tree, "Argument: *******"), "{tree}");
        // Not in the bytes of the segment either.
        assert!(!tree.contains("7365"), "{tree}");
    }

    #[test]
    fn recognised_by_the_greeting() {
        let like = session::looks_like;
        assert_eq!(
            like(b"+OK Dovecot POP3 ready\r\n", Server),
            Confidence::Certain
        );
        assert_eq!(like(b"+OK hello\r\n", Server), Confidence::Possible);
        assert_eq!(like(b"* OK IMAP\r\n", Server), Confidence::Impossible);
        assert_eq!(like(b"\x16\x03\x01", Client), Confidence::Impossible);
    }

    #[test]
    fn hostile_lines() {
        for text in [
            &b"\0\0"[..],
            b"\r\n",
            b"+OK",
            b"+OK\r\n+OK\r\n-ERR\r\n.\r\n",
            b"RETR\r\nPASS\r\nAUTH \x1b[2J\0\r\n",
            b".\r\n.\r\n",
        ] {
            for side in [Client, Server] {
                let talked = pop(&[(side, text), (side.other(), text), (side, text)]);
                talked.session.summary();
            }
        }
    }

    /// Where there is no room for a masked copy, it is not read.
    #[test]
    fn a_password_that_cannot_be_masked_is_not_shown() {
        let packet = crate::test_support::bytes(&tcp(50000, 110, b"PASS secret\r\n"));
        let (mut tree, mut summary) = (crate::Tree::default(), crate::Summary::default());
        let output = crate::Output {
            tree: Some(&mut tree),
            summary: Some(&mut summary),
            objects: None,
        };
        let packet = crate::Packet::new(crate::LinkType::IPV4, &packet, packet.len() as u32);
        let context = crate::Context::default();
        crate::dissect(packet, &context, &mut crate::Facts::default(), output);
        let shown = format!("{tree}{}", summary.info);
        assert!(
            !shown.contains("secret") && !shown.contains("736563"),
            "{shown}"
        );
        assert!(shown.contains("Transmission Control Protocol"), "{shown}");
    }
}
