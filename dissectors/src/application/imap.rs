//! Internet Message Access Protocol, RFC 9051 and RFC 3501.

use crate::{
    Dissector, Layer, Likeness, Next, OsiLayer, Outcome, Selector, Talk, Value,
    application::line::{Line, is_plain, is_request, readable, show, valued},
    application::message::{Framed, Length},
};

/// Internet Message Access Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "imap",
    label: "Internet Message Access Protocol",
    column: "IMAP",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(143)],
    dissect,
    talk: Some(Talk {
        looks_like: |_, _| Likeness::Perhaps,
        begin: |_| Box::new(Framed(message_length)),
    }),
};

/// A line, and the mail behind it where it announces one.
pub fn message_length(bytes: &[u8]) -> Length {
    match next(bytes) {
        _ if !is_plain(bytes) => Length::NotMine,
        Some((line, mail)) => Length::Complete(line.whole.len() + mail),
        None => Length::NeedMore,
    }
}

/// The next line and how many bytes of a mail follow it, if they are all there.
fn next(bytes: &[u8]) -> Option<(Line<'_>, usize)> {
    let line = Line::ended(bytes)?;
    let mail = fetched(line.text).unwrap_or(0);
    (bytes.len() - line.whole.len() >= mail).then_some((line, mail))
}

/// RFC 9051, section 4.3: how long the literal is that ends the line of a mail that was asked for.
fn fetched(text: &[u8]) -> Option<usize> {
    let text = text.strip_prefix(b"* ")?;
    let (_, rest) = token(text);
    let (response, _) = token(rest);
    let number = text
        .strip_suffix(b"}")?
        .rsplit(|&byte| byte == b'{')
        .next()?;
    match response.eq_ignore_ascii_case(b"FETCH") {
        true => str::from_utf8(number).ok()?.parse().ok(),
        false => None,
    }
}

fn dissect(imap: &mut Layer) -> Outcome {
    let bytes = imap.rest();
    let Some((first, _)) = next(bytes) else {
        return Ok(Next::Declined);
    };
    // What a server says begins in one of three ways, or is the rest of a mail.
    let request = is_request(imap);
    if !is_plain(bytes) || !(request || is_response(first.text)) {
        return Ok(Next::Declined);
    }
    if !imap.tells() {
        return Ok(Next::Nothing);
    }
    let side = if request { &CLIENT } else { &SERVER };
    let mut told: Option<&[u8]> = None;
    while let Some((line, mail)) = next(imap.rest()) {
        // The first line that answers to something says most.
        if told.is_none_or(|text| text.starts_with(b"*") && !line.text.starts_with(b"*")) {
            told = Some(line.text);
        }
        valued(imap, "imap.line", "Line", line, |imap| {
            tagged(imap, side, line.text)
        })?;
        if mail > 0 {
            imap.group("", "Mail", |imap| {
                imap.title(|| format!("{mail} bytes"));
                imap.skip(mail);
                Ok(())
            })?;
        }
    }
    let words = || format!("{}: {}", side.label, readable(told.unwrap_or_default()));
    imap.title(words);
    imap.info(words);
    // What is left is the beginning of a line that ends in a later segment.
    imap.skip(imap.rest().len());
    Ok(Next::Nothing)
}

/// RFC 9051, section 7: without a tag, to go on, or with a tag and how it went.
fn is_response(text: &[u8]) -> bool {
    const STATUS: [&[u8]; 5] = [b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"];
    let (tag, rest) = token(text);
    let status = token(rest).0;
    let went = STATUS
        .iter()
        .any(|known| status.eq_ignore_ascii_case(known));
    text.is_empty() || tag == b"*" || tag == b"+" || went
}

/// What the fields of one side are called.
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

/// RFC 9051, section 2.2: what begins with a tag. Lines with a star belong to no command.
fn tagged(imap: &mut Layer, side: &Side, text: &[u8]) {
    let (tag, rest) = token(text);
    if text.is_empty() || tag == b"*" {
        return;
    }
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
        password(imap, token(rest).0);
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

/// Commands whose first argument is shown as a folder. Searches are among them in Wireshark, whose fields these are.
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

/// A password without its quotation marks. One in a literal stands on the next line.
fn password(imap: &mut Layer, argument: &[u8]) {
    let inside = argument
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    let password = inside.unwrap_or(argument);
    if !argument.starts_with(b"{") && !argument.is_empty() {
        let place = imap.place(argument);
        let value = || Value::Text(crate::application::line::ascii(password));
        imap.over("imap.request.password", "Password", place, value);
    }
}

/// RFC 9051, section 9: up to the next space, unless within quotation marks, and what follows that space.
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
    use super::*;
    use crate::test_support::{info, layer, tcp};

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
             \x20   Password: se cret [53..62]\n"
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

    /// RFC 9051, section 7.5.2, in small.
    #[test]
    fn a_mail_stands_between_lines() {
        let text = "* 12 FETCH (BODY[HEADER] {9}\r\nDate: x\r\n)\r\na4 OK done\r\n";
        assert_eq!(
            server(text),
            "\
             Internet Message Access Protocol: Response: ) [40..94]\n\
             \x20 Line: * 12 FETCH (BODY[HEADER] {9} [40..70]\n\
             \x20 Mail: 9 bytes [70..79]\n\
             \x20 Line: ) [79..82]\n\
             \x20   Response: ) [79..80]\n\
             \x20   Tag: ) [79..80]\n\
             \x20 Line: a4 OK done [82..94]\n\
             \x20   Response: a4 OK done [82..92]\n\
             \x20   Tag: a4 [82..84]\n\
             \x20   Status: OK [85..87]\n\
             \x20   Command: done [88..92]\n"
        );
        assert_eq!(message_length(text.as_bytes()), Length::Complete(39));
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
        assert_eq!(client("a1 NO"), "");
        assert_eq!(server("* 1 FETCH (BODY[] {9}\r\nDate"), "");
        assert_eq!(server("Subject: the rest of a mail\r\n"), "");
        assert_eq!(
            message_length(b"* 1 FETCH (BODY[] {9}\r\nDate"),
            Length::NeedMore
        );
        assert_eq!(message_length(b"a1 NO"), Length::NeedMore);
    }
}
