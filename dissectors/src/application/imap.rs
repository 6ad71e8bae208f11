//! Internet Message Access Protocol, RFC 9051 and RFC 3501.

pub mod session;

use crate::{
    Confidence, Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Properties, Selector, Setting,
    Severity, Value,
    application::{
        ascii, imf,
        line::{Line, is_request, show, valued},
        smtp::{
            auth::{self, Mechanism, Secret},
            mail,
        },
    },
    dissector::Protocol,
};
use session::{ImapMessage, Literal, Other, Section};

/// Internet Message Access Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "imap",
    label: "Internet Message Access Protocol",
    column: "IMAP",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(143)],
    fields: &[FIELDS],
    ..Dissector::of::<Imap>()
};

const FIELDS: &[FieldDef] = &[
    FieldDef::string("imap.line"),
    FieldDef::string("imap.request.username"),
    FieldDef::string("imap.request.password"),
    FieldDef::string("imap.request"),
    FieldDef::string("imap.request_tag"),
    FieldDef::string("imap.response"),
    FieldDef::string("imap.response_tag"),
    FieldDef::string("imap.response.status"),
    FieldDef::string("imap.response.command"),
    FieldDef::frame("imap.response_in"),
    FieldDef::frame("imap.response_to"),
    FieldDef::duration("imap.time"),
    FieldDef::flag("imap.request.command.uid").means("True", "False"),
    FieldDef::string("imap.request.command"),
    FieldDef::string("imap.request.folder"),
];

struct Imap;

impl Protocol for Imap {
    type Session = session::Imap;

    const PROPERTIES: Properties = Properties {
        holds_files: true,
        ..Properties::NONE
    };

    fn looks_like(bytes: &[u8], side: crate::Side) -> Confidence {
        session::looks_like(bytes, side)
    }

    fn begin(setting: &Setting) -> session::Imap {
        session::Imap::new(setting)
    }

    fn dissect(imap: &mut Layer, said: Option<&ImapMessage>) -> Outcome {
        message(imap, said)
    }
}

/// Notes the line that describes a message best: the first one with a tag.
fn tell<'a>(told: &mut Option<&'a [u8]>, text: &'a [u8]) {
    let untagged = |text: &[u8]| text.starts_with(b"*");
    if told.is_none_or(|known| untagged(known) && !untagged(text)) {
        *told = Some(text);
    }
}

fn say(imap: &mut Layer, side: &Side, told: Option<&[u8]>) {
    let charset = imap.undeclared();
    let words = || format!("{}: {}", side.label, charset.read(told.unwrap_or_default()));
    imap.title(words);
    imap.info_listed(" | ", words);
}

/// Mails of one response that are read, at most.
const MAX_MAILS: usize = 1000;

/// Reads a message of a conversation, of the kind that its session knows.
fn message(imap: &mut Layer, said: Option<&ImapMessage>) -> Outcome {
    if let Some(kind) = said.and_then(|said| said.literal) {
        return argument_literal(imap, kind);
    }
    let side = if is_request(imap) { &CLIENT } else { &SERVER };
    let mut others = said.map_or(&[][..], |said| &said.others).iter();
    let mut special = said.map(|said| (said.answer, said.goes_on));
    let mut told: Option<&[u8]> = None;
    let mut mails = Vec::new();
    while !imap.rest().is_empty() {
        let line = Line::first(imap.rest());
        tell(&mut told, line.text);
        let (answer, goes_on) = special.take().unwrap_or_default();
        valued(imap, "imap.line", "Line", line, |imap| {
            match (answer, goes_on) {
                (_, Some(next)) => rest_of_command(imap, line.text, next),
                (Some(secret), _) => {
                    show(imap, side.line, "Answer to a challenge", line.text);
                    auth::show(imap, secret, line.text);
                    show(imap, side.tag, "Tag", token(line.text).0);
                }
                _ => tagged(imap, side, line.text, &mut others),
            }
        })?;
        if side.tag == CLIENT.tag {
            continue;
        }
        if let Some(length) = session::announced(line.text).filter(|length| *length > 0) {
            let start = imap.offset();
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let length = length.min(imap.rest().len());
            let section = session::section(line.text);
            if section != Section::Other && mails.len() < MAX_MAILS {
                mails.push((start, length));
                imap.skip(length);
            } else {
                imap.group("", "Literal", |imap| {
                    imap.within(length, mail::lines)?;
                    Ok(())
                })?;
            }
        }
    }
    say(imap, side, told);
    for (at, (start, length)) in mails.into_iter().enumerate() {
        imap.elsewhere(start, length, |imap| {
            if at == 0 {
                imap.column("IMAP/IMF");
                if let Some(words) = imf::words(imap.rest(), imap.undeclared()) {
                    imap.info(|| words);
                }
            }
            imap.embed(imf::NEXT);
            Ok(())
        })?;
    }
    Ok(Next::Nothing)
}

/// Reads a literal of a client.
fn argument_literal(imap: &mut Layer, kind: Literal) -> Outcome {
    let bytes = imap.rest();
    let length = imap.reported();
    let label = match kind {
        Literal::Mail => {
            imap.title(|| format!("{} of a mail", ascii::bytes(length as u64)));
            imap.column("IMAP/IMF");
            return Ok(imf::NEXT);
        }
        Literal::User => "User name",
        Literal::Password => "Password",
        Literal::Other => "Argument",
    };
    let charset = imap.undeclared();
    let words = || format!("Request: {}", charset.read(bytes));
    imap.title(words);
    imap.info_listed(" | ", words);
    let field = match kind {
        Literal::User => "imap.request.username",
        Literal::Password => "imap.request.password",
        _ => "",
    };
    show(imap, field, label, bytes);
    if kind == Literal::Password {
        warn(imap);
    }
    imap.skip(bytes.len());
    Ok(Next::Nothing)
}

/// Reads what follows a literal in a command.
fn rest_of_command(imap: &mut Layer, text: &[u8], next: Literal) {
    let argument = text.trim_ascii();
    if argument.is_empty() || argument.starts_with(b"{") {
        return;
    }
    match next {
        Literal::Password => show_password(imap, argument),
        _ => show(imap, "", "Argument", argument),
    }
}

/// Warns that a password can be read.
fn warn(imap: &mut Layer) {
    imap.note(Severity::Warning, || {
        "anyone who sees this packet can log in".to_owned()
    });
}

/// RFC 9051, section 7: without a tag, to continue, or with a tag and a result.
fn is_response(text: &[u8]) -> bool {
    const STATUS: [&[u8]; 5] = [b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"];
    let (tag, rest) = token(text);
    let status = token(rest).0;
    let went = STATUS
        .iter()
        .any(|known| status.eq_ignore_ascii_case(known));
    text.is_empty() || tag == b"*" || tag == b"+" || went
}

/// The names of one side's fields.
struct Side {
    label: &'static str,
    line: &'static str,
    tag: &'static str,
}

const CLIENT: Side = Side {
    label: "Request",
    line: "imap.request",
    tag: "imap.request_tag",
};
const SERVER: Side = Side {
    label: "Response",
    line: "imap.response",
    tag: "imap.response_tag",
};

/// RFC 9051, section 2.2: reads a line that begins with a tag. Lines with a star belong to no command.
fn tagged(imap: &mut Layer, side: &Side, text: &[u8], others: &mut std::slice::Iter<Other>) {
    let (tag, rest) = token(text);
    if text.is_empty() || tag == b"*" {
        return;
    }
    // A line with a plus sign only requests more data.
    let other = match tag {
        b"+" => None,
        _ => others.next().copied().flatten(),
    };
    show(imap, side.line, side.label, text);
    show(imap, side.tag, "Tag", tag);
    if tag.is_empty() {
        return;
    }
    match side.tag == CLIENT.tag {
        true => request(imap, rest),
        false => {
            let (status, rest) = token(rest);
            show(imap, "imap.response.status", "Status", status);
            show(imap, "imap.response.command", "Command", token(rest).0);
        }
    }
    let Some((packet, took)) = other else { return };
    match side.tag == CLIENT.tag {
        true => imap.computed("imap.response_in", "Answered in packet", || packet),
        false => {
            imap.computed("imap.response_to", "Answers packet", || packet);
            imap.computed("imap.time", "Time taken", || Value::Duration(took));
        }
    }
}

fn request(imap: &mut Layer, text: &[u8]) {
    let (mut command, mut rest) = token(text);
    if command.eq_ignore_ascii_case(b"UID") {
        let place = imap.place(command);
        imap.over(
            "imap.request.command.uid",
            "With unique identifiers",
            place,
            || Value::from(true),
        );
        (command, rest) = token(rest);
    }
    show(imap, "imap.request.command", "Command", command);
    let is = |names: &[&[u8]]| names.iter().any(|name| command.eq_ignore_ascii_case(name));
    if is(&[b"LOGIN"]) {
        let (user, rest) = token(rest);
        show(imap, "imap.request.username", "User name", user);
        show_password(imap, token(rest).0);
    } else if is(&[b"AUTHENTICATE"]) {
        let (mechanism, response) = token(rest);
        let secret: Secret = Mechanism::by_name(mechanism).secret(0);
        auth::show(imap, secret, response);
    } else if is(&[b"COPY"]) {
        show(
            imap,
            "imap.request.folder",
            "Folder",
            token(token(rest).1).0,
        );
    } else if is(&FOLDER) {
        show(imap, "imap.request.folder", "Folder", token(rest).0);
    }
}

/// Commands whose first argument is shown as a folder. Wireshark, whose fields these are, counts searches among them.
const FOLDER: [&[u8]; 10] = [
    b"SELECT",
    b"EXAMINE",
    b"CREATE",
    b"DELETE",
    b"RENAME",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
    b"STATUS",
    b"APPEND",
    b"SEARCH",
];

/// Returns a password without its quotation marks. One in a literal is on the next line.
fn password(argument: &[u8]) -> &[u8] {
    match argument.starts_with(b"{") {
        true => &[],
        false => self::argument(argument),
    }
}

fn show_password(imap: &mut Layer, argument: &[u8]) {
    if !argument.starts_with(b"{") && !argument.is_empty() {
        let place = imap.place(argument);
        let value = || Value::Text(crate::application::line::ascii(password(argument)));
        imap.over("imap.request.password", "Password", place, value);
        warn(imap);
    }
}

/// Returns an argument without its quotation marks.
fn argument(argument: &[u8]) -> &[u8] {
    let inside = argument
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    inside.unwrap_or(argument)
}

/// RFC 9051, section 9: splits a text at the next space, unless within quotation marks.
fn token(text: &[u8]) -> (&[u8], &[u8]) {
    let (mut quoted, mut escaped) = (false, false);
    let end = text.iter().position(|&byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b' ' if !quoted => return true,
            _ => {}
        }
        false
    });
    let (token, rest) = text.split_at(end.unwrap_or(text.len()));
    (token, rest.get(1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{session, *};
    use crate::{
        Confidence, MessageContext,
        Side::{Client, Server},
        test_session::{Script, converse, secrets},
        test_support::{info, layer, masked, said, tcp, words},
    };

    fn client(text: &str) -> String {
        layer("imap", 228, &tcp(50000, 143, text.as_bytes()))
    }

    fn server(text: &str) -> String {
        layer("imap", 228, &tcp(143, 50000, text.as_bytes()))
    }

    #[test]
    fn a_login() {
        assert_eq!(
            client("a1 LOGIN joe \"se cret\"\r\n"),
            "\
             Internet Message Access Protocol: Request: a1 LOGIN joe \"se cret\" [40..64]\n\
             \x20 Line: a1 LOGIN joe \"se cret\" [40..64]\n\
             \x20   Request: a1 LOGIN joe \"se cret\" [40..62]\n\
             \x20   Tag: a1 [40..42]\n\
             \x20   Command: LOGIN [43..48]\n\
             \x20   User name: joe [49..52]\n\
             \x20   Password: se cret [53..62]\n\
             \x20     Note: anyone who sees this packet can log in\n"
        );
        assert!(!client("a1 LOGIN joe {6}\r\n").contains("Password"));
    }

    #[test]
    fn folders() {
        assert!(client("a2 uid copy 1:* Sent\r\n").ends_with(
            "\
             \x20   With unique identifiers: True [43..46]\n\
             \x20   Command: copy [47..51]\n\
             \x20   Folder: Sent [56..60]\n"
        ));
        assert!(client("a3 SELECT \"INBOX\"\r\n").ends_with("Folder: \"INBOX\" [50..57]\n"));
    }

    /// A small version of RFC 9051, section 7.5.2.
    #[test]
    fn a_mail_stands_between_lines() {
        let text = "* 12 FETCH (BODY[HEADER] {9}\r\nDate: x\r\n)\r\na4 OK done\r\n";
        assert_eq!(
            server(text),
            "\
             Internet Message Access Protocol: Response: ) [40..94]\n\
             \x20 Line: * 12 FETCH (BODY[HEADER] {9} [40..70]\n\
             \x20 Line: ) [79..82]\n\
             \x20   Response: ) [79..80]\n\
             \x20   Tag: ) [79..80]\n\
             \x20 Line: a4 OK done [82..94]\n\
             \x20   Response: a4 OK done [82..92]\n\
             \x20   Tag: a4 [82..84]\n\
             \x20   Status: OK [85..87]\n\
             \x20   Command: done [88..92]\n"
        );
    }

    #[test]
    fn the_packet_list_tells_of_the_answer() {
        let hex = tcp(143, 50000, b"* 3 EXISTS\r\na2 OK ok\r\n");
        assert_eq!(info(228, &hex), "IMAP: Response: a2 OK ok");
        assert_eq!(
            info(228, &tcp(143, 50000, b"* OK hi\r\n")),
            "IMAP: Response: * OK hi"
        );
    }

    #[test]
    fn cut_short() {
        assert_eq!(
            client("a1 NO"),
            "\
             Internet Message Access Protocol: Request: a1 NO [40..45]\n\
             \x20 Line: a1 NO [40..45]\n\
             \x20   Request: a1 NO [40..45]\n\
             \x20   Tag: a1 [40..42]\n\
             \x20   Command: NO [43..45]\n\
             \x20 Note: unfinished: its end is not in this packet\n"
        );
        let begun = server("* 1 FETCH (BODY[] {9}\r\nDate");
        assert!(begun.starts_with("Internet Message Access Protocol: Response: * 1 FETCH"));
    }

    fn imap(said: &[(crate::Side, &[u8])]) -> Script {
        converse("imap", said)
    }

    fn others(talked: &Script, number: usize) -> Vec<Other> {
        let said = talked.known::<ImapMessage>(number);
        said.map(|said| said.others).unwrap_or_default()
    }

    #[test]
    fn responses_belong_to_commands() {
        const SECOND: i64 = 1_000_000_000;
        let talked = imap(&[
            (Server, b"* OK IMAP4rev1 ready\r\n"),
            (Client, b"a1 CAPABILITY\r\na2 LOGIN kim \"se cret\"\r\n"),
            (Server, b"* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\n"),
            (Server, b"a2 OK in\r\n"),
            (Client, b"a3 IDLE\r\n"),
            (Server, b"+ idling\r\n"),
            (Client, b"DONE\r\n"),
            (Server, b"a3 OK\r\n"),
        ]);
        assert_eq!(
            others(&talked, 1),
            [Some((3, SECOND)), Some((4, 2 * SECOND))]
        );
        assert_eq!(others(&talked, 2), [Some((2, SECOND))]);
        assert_eq!(others(&talked, 6), [None]);
        assert_eq!(others(&talked, 7), [Some((5, 3 * SECOND))]);
        assert!(talked.session.credentials());
        assert_eq!(
            talked.session.summary(),
            "kim logged in, STARTTLS offered but not used"
        );
    }

    const FETCHED: &[u8] = b"* 1 FETCH (FLAGS () BODY[HEADER] {12}\r\nSubject: x\r\n BODY[] {20}\r\nSubject: x\r\n\r\na\r\nb\r\n)\r\na2 OK done\r\n";

    /// Literals may hold anything, also what looks like lines.
    #[test]
    fn a_mail_cut_anywhere_is_the_same_mail() {
        for at in 1..FETCHED.len() {
            let (one, two) = FETCHED.split_at(at);
            let talked = imap(&[
                (Client, b"a2 FETCH 1 (BODY[HEADER] BODY[])\r\n"),
                (Server, one),
                (Server, two),
            ]);
            let said: Vec<u8> = talked
                .messages
                .iter()
                .filter(|(side, _)| *side == Server)
                .flat_map(|(_, said)| said.clone())
                .collect();
            assert_eq!(said, FETCHED, "cut at {at}");
            assert_eq!(talked.foreign, 0, "cut at {at}");
            assert_eq!(talked.session.summary(), "1 mail fetched", "cut at {at}");
        }
    }

    #[test]
    fn mails_are_read() {
        let known = Some(MessageContext::new(ImapMessage::default()));
        let said = said("imap", Server, FETCHED, known);
        assert!(words(&said.tree, "Subject: x"), "{}", said.tree);
        assert_eq!(said.info, "subject: x, ");
        assert_eq!(said.files(), [("x.eml", 20)]);
    }

    #[test]
    fn what_a_literal_holds() {
        for (item, holds) in [
            ("* 1 FETCH (RFC822 {3}", Section::Mail),
            ("* 1 FETCH (UID 2 body[] {3}", Section::Mail),
            ("* 1 FETCH (BODY[]<0> {3}", Section::Mail),
            (
                "* 1 FETCH (BODY[HEADER.FIELDS (DATE {x})] {3}",
                Section::Head,
            ),
            ("* 1 FETCH (RFC822.HEADER {3}", Section::Head),
            ("* 1 FETCH (BODY[1.MIME] {3}", Section::Head),
            ("* 1 FETCH (BODY[TEXT] {3}", Section::Other),
            ("* LIST () \"/\" {3}", Section::Other),
            ("{3}", Section::Other),
            ("", Section::Other),
        ] {
            assert_eq!(session::section(item.as_bytes()), holds, "{item}");
        }
        assert_eq!(session::announced(b"x {12+}"), Some(12));
        for odd in [
            &b"{}"[..],
            b"{-1}",
            b"{99999999999999999999}",
            b"12}",
            b"{1} ",
        ] {
            assert_eq!(session::announced(odd), None);
        }
    }

    #[test]
    fn a_login_in_literals() {
        let talked = imap(&[
            (Client, b"a1 LOGIN {3}\r\n"),
            (Server, b"+ go\r\n"),
            (Client, b"kim {6}\r\n"),
            (Server, b"+ go\r\n"),
            (Client, b"secret\r\n"),
            (Server, b"a1 OK in\r\n"),
        ]);
        let literals: Vec<_> = (0..talked.messages.len())
            .filter_map(|number| talked.known::<ImapMessage>(number)?.literal)
            .collect();
        assert_eq!(literals, [Literal::User, Literal::Password]);
        assert!(talked.session.credentials());
        assert_eq!(talked.session.summary(), "kim logged in");
    }

    #[test]
    fn a_literal_that_is_refused_does_not_come() {
        let talked = imap(&[
            (Client, b"a1 APPEND x {999}\r\n"),
            (Server, b"a1 NO full\r\n"),
            (Client, b"a2 NOOP\r\n"),
            (Server, b"a2 OK\r\n"),
        ]);
        assert_eq!(others(&talked, 2), [Some((4, 1_000_000_000))]);
        let talked = imap(&[(Client, b"a1 APPEND x {2+}\r\nhi\r\na2 NOOP\r\n")]);
        assert_eq!(talked.messages.len(), 4);
        assert_eq!(talked.session.summary(), "1 mail stored");
    }

    #[test]
    fn encryption_and_challenges() {
        let talked = imap(&[
            (Client, b"a1 STARTTLS\r\n"),
            (Server, b"a1 OK go\r\n"),
            (Client, b"\x16\x03\x01\0\x05"),
        ]);
        assert_eq!(
            (talked.then, talked.session.summary().as_str()),
            (Some("tls"), "STARTTLS")
        );
        let talked = imap(&[
            (Client, b"a1 STARTTLS\r\n"),
            (Server, b"a1 BAD no\r\n"),
            (Client, b"a2 AUTHENTICATE CRAM-MD5\r\n"),
            (Server, b"+ PDE+\r\n"),
            (Client, b"dGltIGI5MTNhNjAy\r\n"),
            (Server, b"a2 NO\r\n"),
        ]);
        assert_eq!(talked.then, None);
        assert!(!talked.session.credentials());
        assert_eq!(
            talked.session.summary(),
            "login as tim refused, STARTTLS refused"
        );
        let answer = talked.known::<ImapMessage>(4).and_then(|said| said.answer);
        assert_eq!(answer, Some(Secret::NameAndDigest));
    }

    #[test]
    fn secrets_are_found() {
        let greeting: &[(crate::Side, &[u8])] = &[(Server, b"* OK IMAP4rev1\r\n")];
        let found = |rows: &[(crate::Side, &[u8])]| secrets("imap", &[greeting, rows].concat());
        let login = b"a1 LOGIN kim \"se cret\"\r\na2 login kim 1234\r\na3 NOOP kim 1234\r\n";
        assert_eq!(found(&[(Client, login)]), ["se cret", "1234"]);
        let plain = b"a1 AUTHENTICATE PLAIN AGtpbQBzZWNyZXQ=\r\na2 NOOP\r\n";
        assert_eq!(found(&[(Client, plain)]), ["BzZWNyZXQ="]);
        let literals: &[(crate::Side, &[u8])] = &[
            (Client, b"a1 LOGIN {3}\r\n"),
            (Server, b"+ go\r\n"),
            (Client, b"kim {6}\r\n"),
            (Server, b"+ go\r\n"),
            (Client, b"secret\r\n"),
            (Server, b"a1 OK in\r\n"),
            (Client, b"a2 SELECT secret\r\n"),
        ];
        assert_eq!(found(literals), ["secret"]);
        let goes_on = b"a1 LOGIN {3+}\r\nkim \"secret\"\r\na2 NOOP\r\n";
        assert_eq!(found(&[(Client, goes_on)]), ["secret"]);
        let challenge: &[(crate::Side, &[u8])] = &[
            (Client, b"a2 AUTHENTICATE CRAM-MD5\r\n"),
            (Server, b"+ PDE+\r\n"),
            (Client, b"dGltIGI5MTNhNjAy\r\n"),
            (Server, b"a2 OK\r\n"),
            (Client, b"a3 NOOP dGltIGI5MTNhNjAy\r\n"),
        ];
        assert_eq!(found(challenge), ["GI5MTNhNjAy"]);
    }

    #[test]
    fn secrets_are_masked_without_the_conversation() {
        let (tree, info) = masked(143, b"a1 LOGIN kim \"se cret\"\r\n");
        assert_eq!(info, "Request: a1 LOGIN kim \"*******\"");
        assert!(words(&tree, "User name: kim"), "{tree}");
        assert!(words(&tree, "Password: *******"), "{tree}");
    }

    #[test]
    fn recognised_by_the_greeting() {
        let like = session::looks_like;
        assert_eq!(
            like(b"* OK [CAPABILITY IMAP4rev1] hi\r\n", Server),
            Confidence::Certain
        );
        assert_eq!(like(b"* OK hi\r\n", Server), Confidence::Possible);
        assert_eq!(like(b"+OK POP3\r\n", Server), Confidence::Impossible);
        assert_eq!(like(b"\x16\x03\x01", Client), Confidence::Impossible);
    }

    #[test]
    fn hostile_lines() {
        for text in [
            &b"\0\0"[..],
            b"\r\n",
            b"* 1 FETCH (BODY[] {1099511627776}\r\n",
            b"a LOGIN {0}\r\n {0}\r\n\r\n",
            b"a LOGIN \"\r\n* {1}\r\n",
            b"+\r\n* \x1b[2J\r\na OK\r\n",
        ] {
            for side in [Client, Server] {
                let talked = imap(&[(side, text), (side.other(), text), (side, text)]);
                talked.session.summary();
                let known = Some(MessageContext::new(ImapMessage::default()));
                said("imap", side, text, known);
            }
        }
    }
}
