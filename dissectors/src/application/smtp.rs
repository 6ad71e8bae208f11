//! Simple Mail Transfer Protocol, RFC 5321, with authentication by RFC 4954.

pub mod auth;
mod fields;
pub mod mail;
pub mod session;

use crate::{
    Confidence, Dissector, Layer, Next, OsiLayer, Outcome, Properties, Selector, Setting, Severity,
    Side, Stop, Value,
    application::line::{self, Line, ascii, is_request, row, show, valued},
    dissector::Protocol,
    value::named,
};
use auth::{Mechanism, Secret};
use session::{SmtpMessage, Verb};

/// Simple Mail Transfer Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "smtp",
    label: "Simple Mail Transfer Protocol",
    column: "SMTP",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(25), Selector::TcpPort(587)],
    fields: &[fields::FIELDS],
    ..Dissector::of::<Smtp>()
};

struct Smtp;

impl Protocol for Smtp {
    type Session = session::Smtp;

    const PROPERTIES: Properties = Properties {
        holds_files: true,
        ..Properties::NONE
    };

    fn looks_like(bytes: &[u8], side: Side) -> Confidence {
        session::looks_like(bytes, side)
    }

    fn begin(setting: &Setting) -> session::Smtp {
        session::Smtp::new(setting)
    }

    fn dissect(smtp: &mut Layer, said: Option<&SmtpMessage>) -> Outcome {
        let info = match said {
            Some(SmtpMessage::Mail {
                completed_in,
                beyond,
                dots,
            }) => return mail::read(smtp, *completed_in, *beyond, *dots),
            Some(SmtpMessage::Commands(answers)) => commands(smtp, answers)?,
            Some(SmtpMessage::Answer(secret)) => answer(smtp, *secret)?,
            Some(SmtpMessage::Replies(asked)) => replies(smtp, asked)?,
            None => match is_request(smtp) {
                true => commands(smtp, &[])?,
                false => replies(smtp, &[])?,
            },
        };
        smtp.title(|| info.clone());
        smtp.info_listed(" | ", || info);
        match smtp.gathered() {
            Some(_) => mail::whole(smtp, 0, false),
            None => Ok(Next::Nothing),
        }
    }
}

named! {
    /// RFC 5321, section 4.2.3; RFC 4954, section 6.
    ReplyCode(u16, Dec) {
        SYSTEM_STATUS = 211 => "System status, or system help reply",
        HELP = 214 => "Help message",
        READY = 220 => "<domain> Service ready",
        CLOSING = 221 => "<domain> Service closing transmission channel",
        AUTHENTICATED = 235 => "Authentication successful",
        COMPLETED = 250 => "Requested mail action okay, completed",
        FORWARDED = 251 => "User not local; will forward to <forward-path>",
        CANNOT_VERIFY = 252 => "Cannot VRFY user, but will accept message and attempt delivery",
        CHALLENGE = 334 => "AUTH input",
        START_MAIL = 354 => "Start mail input; end with <CRLF>.<CRLF>",
        NOT_AVAILABLE = 421 => "<domain> Service not available, closing transmission channel",
        TRANSITION = 432 => "A password transition is needed",
        MAILBOX_BUSY = 450 => "Requested mail action not taken: mailbox unavailable",
        LOCAL_ERROR = 451 => "Requested action aborted: local error in processing",
        NO_SPACE = 452 => "Requested action not taken: insufficient system storage",
        TEMPORARY = 454 => "Temporary authentication failed",
        UNRECOGNIZED = 500 => "Syntax error, command unrecognized",
        BAD_ARGUMENTS = 501 => "Syntax error in parameters or arguments",
        NOT_IMPLEMENTED = 502 => "Command not implemented",
        BAD_SEQUENCE = 503 => "Bad sequence of commands",
        BAD_PARAMETER = 504 => "Command parameter not implemented",
        NEED_AUTHENTICATION = 530 => "Authentication required",
        WEAK_MECHANISM = 534 => "Authentication mechanism is too weak",
        BAD_CREDENTIALS = 535 => "Authentication credentials invalid",
        NEED_ENCRYPTION = 538 => "Encryption required for requested authentication mechanism",
        UNAVAILABLE = 550 => "Requested action not taken: mailbox unavailable",
        NOT_LOCAL = 551 => "User not local; please try <forward-path>",
        EXCEEDED = 552 => "Requested mail action aborted: exceeded storage allocation",
        BAD_NAME = 553 => "Requested action not taken: mailbox name not allowed",
        FAILED = 554 => "Transaction failed",
    }
}

/// An answer to a challenge.
fn answer(smtp: &mut Layer, secret: Secret) -> Result<String, Stop> {
    let line = Line::first(smtp.rest());
    let (field, label) = match secret {
        Secret::Name => ("smtp.auth.username", "User name"),
        Secret::Password => ("smtp.auth.password", "Password"),
        Secret::NameAndPassword => ("smtp.auth.username_password", "User name and password"),
        _ => ("", "Answer to a challenge"),
    };
    show(smtp, field, label, line.text);
    auth::show(smtp, secret, line.text);
    smtp.skip(line.whole.len());
    let text = smtp.undeclared().read(line.text);
    Ok(match secret {
        Secret::Name => format!("C: User: {text}"),
        Secret::Password => format!("C: Pass: {text}"),
        _ => format!("C: {text}"),
    })
}

/// RFC 5321, section 4.1.1, with RFC 1985, 2645, 2920, 3030, 3207, 4468, 4954, and those in use without one. Only these
/// four letters distinguish a command from the mail that it may be in the middle of.
const COMMANDS: [&[u8; 4]; 31] = [
    b"ATRN", b"AUTH", b"BDAT", b"BURL", b"DATA", b"EHLO", b"ETRN", b"EXPN", b"HELO", b"HELP",
    b"LHLO", b"MAIL", b"NOOP", b"ONEX", b"QUIT", b"RCPT", b"RSET", b"SAML", b"SEND", b"SOML",
    b"STAR", b"TURN", b"VERB", b"VRFY", b"X-AN", b"X-EX", b"X-LI", b"XCLI", b"XEXC", b"XFOR",
    b"XSHA",
];

/// Commands longer than four letters.
const LONGER: [&[u8]; 8] = [
    b"STARTTLS",
    b"X-ANONYMOUSTLS",
    b"X-EXPS",
    b"X-LINK2STATE",
    b"XCLIENT",
    b"XEXCH50",
    b"XFORWARD",
    b"XSHADOW",
];

/// Returns whether a line begins with a known command.
fn is_command(text: &[u8]) -> bool {
    let (word, _) = line::word(text);
    let is = |command: &[u8]| word.eq_ignore_ascii_case(command);
    LONGER.iter().any(|command| is(command)) || COMMANDS.iter().any(|command| is(*command))
}

/// Reads commands; `answers` has the packet and the code of each one's reply.
fn commands(smtp: &mut Layer, answers: &[Option<(u64, u16)>]) -> Result<String, Stop> {
    let mut info = "C: ".to_owned();
    let mut answers = answers.iter();
    while !smtp.rest().is_empty() {
        let line = Line::first(smtp.rest());
        if !info.ends_with(": ") {
            info.push_str(" | ");
        }
        info.push_str(&smtp.undeclared().read(line.text));
        let answered = answers.next().copied().flatten();
        valued(smtp, "smtp.command_line", "Command line", line, |smtp| {
            command(smtp, line.text);
            if let Some((packet, code)) = answered {
                smtp.computed("", "Answered", || format!("{code}, in packet {packet}"));
            }
        })?;
    }
    Ok(info)
}

/// Reads a command: four letters, and its parameter after the next byte.
fn command(smtp: &mut Layer, text: &[u8]) {
    const LETTERS: usize = 4;
    let (command, rest) = text.split_at_checked(LETTERS).unwrap_or((text, &[]));
    let place = smtp.place(command);
    smtp.over("smtp.req.command", "Command", place, || {
        Value::Text(ascii(command))
    });
    let parameter = rest.get(1..).unwrap_or_default();
    show(smtp, "smtp.req.parameter", "Parameter", parameter);
    match Verb::of(text) {
        Verb::Auth => initial_response(smtp, parameter),
        Verb::Mail | Verb::Recipient => path(smtp, parameter),
        _ => {}
    }
}

/// RFC 4954, section 4: the text after the mechanism.
fn initial_response(smtp: &mut Layer, parameter: &[u8]) {
    let (mechanism, response) = line::word(parameter);
    if response.is_empty() {
        return;
    }
    let secret = Mechanism::by_name(mechanism).secret(0);
    let (field, label) = match secret {
        Secret::Name => ("smtp.auth.username", "User name"),
        Secret::NameAndPassword => ("smtp.auth.username_password", "User name and password"),
        _ => ("", "Response"),
    };
    show(smtp, field, label, response);
    auth::show(smtp, secret, response);
}

/// RFC 5321, section 4.1.2: an address, followed by parameters.
fn path(smtp: &mut Layer, parameter: &[u8]) {
    let mut words = parameter.split(|&byte| byte == b' ');
    // A space after the colon is wrong but common.
    let first = words.next().unwrap_or_default();
    let rest = match first.ends_with(b":") {
        true => words.skip(1).collect::<Vec<_>>(),
        false => words.collect(),
    };
    smtp.below(|smtp| {
        for word in rest.into_iter().take(MAX_PARAMETERS) {
            if !word.is_empty() {
                let place = smtp.place(word);
                let label = "Mail parameter";
                smtp.over("", label, place, || Value::Text(ascii(word)));
            }
        }
    });
}

/// No command has more parameters.
const MAX_PARAMETERS: usize = 32;

/// RFC 5321, section 4.2: replies of one or several lines.
fn replies(smtp: &mut Layer, asked: &[Option<(u64, Verb)>]) -> Result<String, Stop> {
    let mut info = "S: ".to_owned();
    let mut asked = asked.iter();
    let mut first = true;
    while !smtp.rest().is_empty() {
        let line = Line::first(smtp.rest());
        if !first {
            info.push_str(" | ");
        }
        first = false;
        if line.reply().is_some() {
            info.push_str(&smtp.undeclared().read(line.text));
            reply(smtp, line, &mut info, &mut asked)?;
        } else {
            row(smtp, "Line", line, |_| ())?;
        }
    }
    Ok(info)
}

fn reply<'a>(
    smtp: &mut Layer<'a, '_>,
    line: Line<'a>,
    info: &mut String,
    asked: &mut std::slice::Iter<Option<(u64, Verb)>>,
) -> Result<(), Stop> {
    let Some((digits, code, parameter)) = line.reply() else {
        return Ok(());
    };
    // The lines that continue it, as its parameters.
    let mut parameters = Vec::new();
    let mut last = line;
    let mut odd = None;
    let mut rest = smtp.rest();
    loop {
        rest = rest.get(last.whole.len()..).unwrap_or_default();
        if last.text.get(3) != Some(&b'-') || parameters.len() >= MAX_LINES {
            break;
        }
        let next = Line::first(rest);
        let Some((_, next_code, parameter)) = next.reply() else {
            break;
        };
        if next_code != code {
            odd = Some(next_code);
        }
        info.push_str(" | ");
        info.push_str(&smtp.undeclared().read(parameter));
        parameters.push((next, parameter));
        last = next;
    }
    valued(smtp, "smtp.response", "Reply", line, |smtp| {
        let place = smtp.place(digits);
        smtp.over("smtp.response.code", "Reply code", place, || {
            ReplyCode(code).into()
        });
        if let Some(odd) = odd {
            smtp.note(Severity::Warning, || {
                format!("a later line of the reply says {odd}")
            });
        }
        if line.text.len() > 3 {
            self::parameter(smtp, parameter);
        }
        for (line, parameter) in &parameters {
            if line.text.len() > 3 {
                self::parameter(smtp, parameter);
            }
        }
        // A reply that continues in another segment answers there.
        let ends = last.text.get(3) != Some(&b'-');
        if ends && let Some((packet, verb)) = asked.next().copied().flatten() {
            smtp.computed("", "Answers", || {
                format!("{}, in packet {packet}", verb.name())
            });
        }
    })?;
    for (line, _) in parameters {
        smtp.skip(line.whole.len());
    }
    Ok(())
}

/// No server sends a reply of more lines.
const MAX_LINES: usize = 1000;

/// Reads a parameter, also an empty one.
fn parameter(smtp: &mut Layer, text: &[u8]) {
    let place = smtp.place(text);
    smtp.over("smtp.rsp.parameter", "Parameter", place, || {
        Value::Text(ascii(text))
    });
    if let Some(meaning) = enhanced(text) {
        smtp.below(|smtp| smtp.computed("", "Status", || meaning));
    }
}

/// RFC 3463, section 2: three numbers, which describe the result more closely than the reply's code.
fn enhanced(text: &[u8]) -> Option<String> {
    let (code, _) = line::word(text);
    let mut numbers = code.split(|&byte| byte == b'.');
    let class = match numbers.next()? {
        b"2" => "success",
        b"4" => "try again later",
        b"5" => "failure for good",
        _ => return None,
    };
    let subject = match numbers.next()? {
        b"1" => "the address",
        b"2" => "the mailbox",
        b"3" => "the mail system",
        b"4" => "the network or the route",
        b"5" => "the commands",
        b"6" => "the message's content",
        b"7" => "security or policy",
        other => other
            .iter()
            .all(u8::is_ascii_digit)
            .then_some("nothing named")?,
    };
    let detail = numbers.next()?;
    let digits = !detail.is_empty() && detail.iter().all(u8::is_ascii_digit);
    (digits && numbers.next().is_none()).then(|| format!("{class}, about {subject}"))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{info, layer, tcp};

    fn request(text: &str) -> String {
        layer("smtp", 228, &tcp(50000, 25, text.as_bytes()))
    }

    fn response(text: &str) -> String {
        layer("smtp", 228, &tcp(25, 50000, text.as_bytes()))
    }

    /// RFC 5321, appendix D.1.
    #[test]
    fn pipelined_commands() {
        let text = "MAIL FROM:<Smith@bar.com>\r\nDATA\r\n";
        assert_eq!(
            request(text),
            "\
             Simple Mail Transfer Protocol: C: MAIL FROM:<Smith@bar.com> | DATA [40..73]\n\
             \x20 Command line: MAIL FROM:<Smith@bar.com> [40..67]\n\
             \x20   Command: MAIL [40..44]\n\
             \x20   Parameter: FROM:<Smith@bar.com> [45..65]\n\
             \x20 Command line: DATA [67..73]\n\
             \x20   Command: DATA [67..71]\n"
        );
        let hex = tcp(50000, 587, text.as_bytes());
        assert_eq!(info(228, &hex), "SMTP: C: MAIL FROM:<Smith@bar.com> | DATA");
    }

    #[test]
    fn a_reply_of_several_lines() {
        let text = "250-foo.com greets bar.com\r\n250-8BITMIME\r\n250 HELP\r\n";
        assert_eq!(
            response(text),
            "\
             Simple Mail Transfer Protocol: S: 250-foo.com greets bar.com | 8BITMIME | HELP [40..92]\n\
             \x20 Reply: 250-foo.com greets bar.com [40..68]\n\
             \x20   Reply code: Requested mail action okay, completed (250) [40..43]\n\
             \x20   Parameter: foo.com greets bar.com [44..66]\n\
             \x20   Parameter: 8BITMIME [72..80]\n\
             \x20   Parameter: HELP [86..90]\n"
        );
    }

    /// RFC 4954, section 4.1.
    #[test]
    fn authentication() {
        assert_eq!(
            request("AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ=\r\n"),
            "\
             Simple Mail Transfer Protocol: C: AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ= [40..73]\n\
             \x20 Command line: AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ= [40..73]\n\
             \x20   Command: AUTH [40..44]\n\
             \x20   Parameter: PLAIN dGVzdAB0ZXN0ADEyMzQ= [45..71]\n\
             \x20   User name and password: dGVzdAB0ZXN0ADEyMzQ= [51..71]\n\
             \x20     User name: test\n\
             \x20     Password: 1234\n\
             \x20       Note: anyone who sees this packet can log in\n"
        );
    }

    #[test]
    fn mail_is_not_commands() {
        let hex = tcp(50000, 25, b"Subject: hi\r\n\r\nMail me\r\n");
        assert_eq!(info(228, &hex), "SMTP: C: DATA fragment, 24 bytes");
    }

    #[test]
    fn cut_short() {
        assert_eq!(
            request("MAIL FROM:<Smi"),
            "\
             Simple Mail Transfer Protocol: C: MAIL FROM:<Smi [40..54]\n\
             \x20 Command line: MAIL FROM:<Smi [40..54]\n\
             \x20   Command: MAIL [40..44]\n\
             \x20   Parameter: FROM:<Smi [45..54]\n\
             \x20 Note: unfinished: its end is not in this packet\n"
        );
        assert_eq!(
            response("250-a\r\n250 "),
            "\
             Simple Mail Transfer Protocol: S: 250-a [40..47]\n\
             \x20 Reply: 250-a [40..47]\n\
             \x20   Reply code: Requested mail action okay, completed (250) [40..43]\n\
             \x20   Parameter: a [44..45]\n\
             Simple Mail Transfer Protocol: S: 250  [47..51]\n\
             \x20 Reply: 250  [47..51]\n\
             \x20   Reply code: Requested mail action okay, completed (250) [47..50]\n\
             \x20   Parameter [51..51]\n\
             \x20 Note: unfinished: its end is not in this packet\n"
        );
    }
}
