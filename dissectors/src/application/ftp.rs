//! File Transfer Protocol, RFC 959, with its extensions: RFC 2228, RFC 2389, RFC 2428, RFC 3659, RFC 4217.

use crate::{
    ByteRange, Dissector, Layer, Likeness, Next, OsiLayer, Outcome, Selector, Severity, Talk,
    Value,
    application::line::{Line, is_plain, is_request, readable, row, show, word},
    application::message::{Framed, Length},
    field::named,
};
use std::net::{IpAddr, Ipv4Addr};

/// File Transfer Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "ftp",
    label: "File Transfer Protocol",
    column: "FTP",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(21)],
    dissect,
    talk: Some(Talk {
        looks_like: |_, _| Likeness::Perhaps,
        begin: |_| Box::new(Framed(message_length)),
    }),
};

named! {
    /// RFC 959, section 4.2.1; RFC 2228, section 5; RFC 2428.
    ReplyCode(u16, Dec) {
        RESTART_MARKER = 110 => "Restart marker reply",
        READY_SOON = 120 => "Service ready in nnn minutes",
        ALREADY_OPEN = 125 => "Data connection already open; transfer starting",
        OPENING = 150 => "File status okay; about to open data connection",
        OKAY = 200 => "Command okay",
        SUPERFLUOUS = 202 => "Command not implemented, superfluous at this site",
        SYSTEM_STATUS = 211 => "System status, or system help reply",
        DIRECTORY_STATUS = 212 => "Directory status",
        FILE_STATUS = 213 => "File status",
        HELP = 214 => "Help message",
        SYSTEM_TYPE = 215 => "NAME system type",
        READY = 220 => "Service ready for new user",
        CLOSING = 221 => "Service closing control connection",
        DATA_OPEN = 225 => "Data connection open; no transfer in progress",
        DATA_CLOSING = 226 => "Closing data connection",
        PASSIVE = 227 => "Entering Passive Mode",
        EXTENDED_PASSIVE = 229 => "Entering Extended Passive Mode",
        LOGGED_IN = 230 => "User logged in, proceed",
        AUTHORIZED = 232 => "User logged in, authorized by security data exchange",
        SECURITY_COMPLETE = 234 => "Security data exchange complete",
        SECURITY_SUCCESSFUL = 235 => "Security data exchange completed successfully",
        COMPLETED = 250 => "Requested file action okay, completed",
        PATHNAME = 257 => "PATHNAME created",
        NEED_PASSWORD = 331 => "User name okay, need password",
        NEED_ACCOUNT = 332 => "Need account for login",
        MECHANISM_OK = 334 => "Requested security mechanism is ok",
        MORE_SECURITY_DATA = 335 => "Security data is acceptable, more is required",
        CHALLENGE = 336 => "Username okay, need password. Challenge is ...",
        PENDING = 350 => "Requested file action pending further information",
        NOT_AVAILABLE = 421 => "Service not available, closing control connection",
        CANNOT_OPEN = 425 => "Can't open data connection",
        ABORTED = 426 => "Connection closed; transfer aborted",
        SECURITY_UNAVAILABLE = 431 => "Need some unavailable resource to process security",
        NOT_TAKEN = 450 => "Requested file action not taken",
        LOCAL_ERROR = 451 => "Requested action aborted: local error in processing",
        NO_SPACE = 452 => "Requested action not taken. Insufficient storage space in system",
        UNRECOGNIZED = 500 => "Syntax error, command unrecognized",
        BAD_ARGUMENTS = 501 => "Syntax error in parameters or arguments",
        NOT_IMPLEMENTED = 502 => "Command not implemented",
        BAD_SEQUENCE = 503 => "Bad sequence of commands",
        BAD_PARAMETER = 504 => "Command not implemented for that parameter",
        BAD_NETWORK = 522 => "Network protocol not supported",
        NOT_LOGGED_IN = 530 => "Not logged in",
        NEED_ACCOUNT_TO_STORE = 532 => "Need account for storing files",
        PROTECTION_DENIED = 533 => "Command protection level denied for policy reasons",
        DENIED = 534 => "Request denied for policy reasons",
        FAILED_CHECK = 535 => "Failed security check (hash, sequence, etc)",
        BAD_PROTECTION = 536 => "Requested PROT level not supported by mechanism",
        BAD_COMMAND_PROTECTION = 537 => "Command protection level not supported by security mechanism",
        UNAVAILABLE = 550 => "Requested action not taken: File unavailable",
        BAD_PAGE_TYPE = 551 => "Requested action aborted: page type unknown",
        EXCEEDED = 552 => "Requested file action aborted: Exceeded storage allocation",
        BAD_NAME = 553 => "Requested action not taken: File name not allowed",
        INTEGRITY = 631 => "Integrity protected reply",
        CONFIDENTIALITY_INTEGRITY = 632 => "Confidentiality and integrity protected reply",
        CONFIDENTIALITY = 633 => "Confidentiality protected reply",
    }
    /// IANA "Address Family Numbers", as far as RFC 2428 knows them.
    Family(u8, Dec) {
        IPV4 = 1 => "IPv4",
        IPV6 = 2 => "IPv6",
    }
}

/// Every segment stands for itself, whether or not its last line ends in it.
pub fn message_length(bytes: &[u8]) -> Length {
    match bytes {
        _ if !is_plain(bytes) => Length::NotMine,
        [] => Length::NeedMore,
        _ => Length::Complete(bytes.len()),
    }
}

fn dissect(ftp: &mut Layer) -> Outcome {
    if !is_plain(ftp.rest()) {
        return Ok(Next::Declined);
    }
    if !ftp.tells() {
        return Ok(Next::Nothing);
    }
    let request = is_request(ftp);
    let label = if request { "Request" } else { "Response" };
    let first = Line::first(ftp.rest());
    // Only the first line is taken apart: the others of a reply have no code, and who sends several commands at once
    // does not wait for the replies as RFC 959, section 4, wants it.
    ftp.title(|| format!("{label}: {}", readable(first.text)));
    ftp.info(|| format!("{label}: {}", readable(first.text)));
    row(ftp, label, first, |ftp| match request {
        true => command(ftp, first.text),
        false => reply(ftp, first),
    })?;
    while !ftp.rest().is_empty() {
        row(ftp, "Line", Line::first(ftp.rest()), |_| ())?;
    }
    Ok(Next::Nothing)
}

/// RFC 959, section 4.1.
fn command(ftp: &mut Layer, text: &[u8]) {
    let (command, argument) = word(text);
    show(ftp, "ftp.request.command", "Command", command);
    show(ftp, "ftp.request.arg", "Argument", argument);
    match command {
        b"PORT" => {
            if let Some(endpoint) = Endpoint::find(argument) {
                let names = ["ftp.active.cip", "ftp.active.port", "ftp.active.nat"];
                endpoint.show(ftp, names);
            }
        }
        b"EPRT" => extended_port(ftp, argument),
        _ => {}
    }
}

/// RFC 959, section 4.2.
fn reply(ftp: &mut Layer, line: Line) {
    let Some((digits, code, argument)) = line.reply() else {
        return show(ftp, "ftp.response.arg", "Argument", line.text);
    };
    let code = ReplyCode(code);
    let place = ftp.place(digits);
    ftp.over("ftp.response.code", "Reply code", place, || code.into());
    show(ftp, "ftp.response.arg", "Argument", argument);
    match code {
        ReplyCode::PASSIVE => {
            if let Some(endpoint) = Endpoint::find(argument) {
                let names = ["ftp.passive.ip", "ftp.passive.port", "ftp.passive.nat"];
                endpoint.show(ftp, names);
            }
        }
        ReplyCode::EXTENDED_PASSIVE => extended_passive(ftp, argument),
        _ => {}
    }
}

/// Where a data connection is to go: `h1,h2,h3,h4,p1,p2` of RFC 959, section 4.1.2.
struct Endpoint<'a> {
    address: Ipv4Addr,
    address_text: &'a [u8],
    port: u16,
    port_text: &'a [u8],
}

impl<'a> Endpoint<'a> {
    /// RFC 1123, section 4.1.2.6: the first six numbers with commas between them, wherever they stand.
    fn find(mut text: &'a [u8]) -> Option<Self> {
        loop {
            let at = text.iter().position(u8::is_ascii_digit)?;
            text = text.get(at..)?;
            if let Some(endpoint) = Self::read(text) {
                return Some(endpoint);
            }
            text = number(text)?.1;
        }
    }

    fn read(text: &'a [u8]) -> Option<Self> {
        let mut numbers = [0; 6];
        let mut starts = [text; 6];
        let mut rests = [text; 6];
        let mut rest = text;
        let places = numbers.iter_mut().zip(&mut starts).zip(&mut rests);
        for (at, ((slot, start), behind)) in places.enumerate() {
            if at > 0 {
                rest = rest.strip_prefix(b",")?.trim_ascii_start();
            }
            *start = rest;
            (*slot, rest) = number(rest)?;
            *behind = rest;
        }
        let [a, b, c, d, high, low] = numbers;
        let [first, _, _, _, fifth, _] = starts;
        let [_, _, _, fourth, _, sixth] = rests;
        Some(Endpoint {
            address: Ipv4Addr::new(a, b, c, d),
            address_text: first.get(..first.len() - fourth.len())?,
            port: u16::from_be_bytes([high, low]),
            port_text: fifth.get(..fifth.len() - sixth.len())?,
        })
    }

    fn show(&self, ftp: &mut Layer, [address, port, nat]: [&'static str; 3]) {
        let place = ftp.place(self.address_text);
        ftp.over(address, "Data connection's address", place, || {
            self.address.into()
        });
        let place = ftp.place(self.port_text);
        ftp.over(port, "Data connection's port", place, || self.port.into());
        let source = ftp.network().map(|(source, _)| source);
        if source.is_some_and(|source| source != self.address) {
            ftp.computed(nat, "Address is not the sender's", || true);
        }
    }
}

/// The number that text begins with, of which only eight bits count, and what follows it.
fn number(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = digits(text);
    (!digits.is_empty()).then(|| {
        let add = |sum: u8, digit: &u8| sum.wrapping_mul(10).wrapping_add(digit & 15);
        (digits.iter().fold(0, add), rest)
    })
}

/// The digits that text begins with, and what follows them.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

/// RFC 2428, section 2: `|family|address|port|`, where any character may stand for the bars.
fn extended_port(ftp: &mut Layer, argument: &[u8]) {
    let Some((family, address, port)) = extended_endpoint(argument) else {
        ftp.note(Severity::Warning, || {
            "not of the form |family|address|port|".to_owned()
        });
        return;
    };
    let place = ftp.place(family.1);
    ftp.over("ftp.eprt.af", "Address family", place, || family.0.into());
    let place = ftp.place(address.1);
    show_address(ftp, ["ftp.eprt.ip", "ftp.eprt.ipv6"], place, address.0);
    let place = ftp.place(port.1);
    ftp.over("ftp.eprt.port", "Data connection's port", place, || {
        port.0.into()
    });
}

/// Something read and the text it was read from.
type Read<'a, T> = (T, &'a [u8]);

fn extended_endpoint(
    argument: &[u8],
) -> Option<(Read<'_, Family>, Read<'_, IpAddr>, Read<'_, u16>)> {
    let (bar, rest) = argument.split_first()?;
    let mut parts = rest.split(|byte| byte == bar);
    let (family, address, port) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next()?;
    let text = str::from_utf8(address).ok()?;
    let (number, ip) = match family {
        b"1" => (Family::IPV4, IpAddr::V4(text.parse().ok()?)),
        b"2" => (Family::IPV6, IpAddr::V6(text.parse().ok()?)),
        _ => return None,
    };
    let number_of_port = str::from_utf8(port).ok()?.parse().ok()?;
    Some(((number, family), (ip, address), (number_of_port, port)))
}

/// RFC 2428, section 3: `(|||port|)`. The connection goes to where the answer came from.
fn extended_passive(ftp: &mut Layer, argument: &[u8]) {
    let Some((port, text)) = extended_passive_port(argument) else {
        ftp.note(Severity::Warning, || {
            "not of the form (|||port|)".to_owned()
        });
        return;
    };
    if let Some((source, _)) = ftp.network() {
        let here = ByteRange {
            end: ftp.layer_start(),
            start: ftp.layer_start(),
            ..ftp.ahead(0)
        };
        show_address(ftp, ["ftp.epsv.ip", "ftp.epsv.ipv6"], here, source);
    }
    let place = ftp.place(text);
    ftp.over("ftp.epsv.port", "Data connection's port", place, || {
        port.into()
    });
}

fn extended_passive_port(argument: &[u8]) -> Option<(u16, &[u8])> {
    const BARS: usize = 3;
    let open = argument.iter().position(|&byte| byte == b'(')?;
    let close = argument.iter().rposition(|&byte| byte == b')')?;
    let inside = argument.get(open + 1..close)?;
    let (bar, _) = inside.split_first()?;
    let bars = inside
        .iter()
        .take(BARS)
        .take_while(|byte| *byte == bar)
        .count();
    let end = inside.iter().rposition(|byte| byte == bar)?;
    let text = inside.get(bars..end.max(bars))?;
    let add = |sum: u16, digit: &u8| sum.wrapping_mul(10).wrapping_add(u16::from(digit & 15));
    Some((digits(text).0.iter().fold(0, add), text))
}

fn show_address(ftp: &mut Layer, [v4, v6]: [&'static str; 2], place: ByteRange, address: IpAddr) {
    let label = "Data connection's address";
    match address {
        IpAddr::V4(address) => ftp.over(v4, label, place, || Value::Ipv4(address)),
        IpAddr::V6(address) => ftp.over(v6, label, place, || Value::Ipv6(address)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{info, layer, tcp};

    fn request(text: &str) -> String {
        layer("ftp", 228, &tcp(50000, 21, text.as_bytes()))
    }

    fn response(text: &str) -> String {
        layer("ftp", 228, &tcp(21, 50000, text.as_bytes()))
    }

    #[test]
    fn a_command_and_its_argument() {
        assert_eq!(
            request("RETR index.html\r\n"),
            "\
             File Transfer Protocol: Request: RETR index.html [40..57]\n\
             \x20 Request: RETR index.html [40..57]\n\
             \x20   Command: RETR [40..44]\n\
             \x20   Argument: index.html [45..55]\n"
        );
        assert_eq!(
            info(228, &tcp(50000, 21, b"NOOP\r\n")),
            "FTP: Request: NOOP"
        );
    }

    #[test]
    fn a_reply_of_several_lines() {
        assert_eq!(
            response("211-Features:\r\n MDTM\r\n211 End\r\n"),
            "\
             File Transfer Protocol: Response: 211-Features: [40..71]\n\
             \x20 Response: 211-Features: [40..55]\n\
             \x20   Reply code: System status, or system help reply (211) [40..43]\n\
             \x20   Argument: Features: [44..53]\n\
             \x20 Line:  MDTM [55..62]\n\
             \x20 Line: 211 End [62..71]\n"
        );
        assert_eq!(
            info(228, &tcp(21, 50000, b"220 hi\r\n")),
            "FTP: Response: 220 hi"
        );
    }

    #[test]
    fn where_the_data_goes() {
        assert_eq!(
            request("PORT 10,0,0,1,174,127\r\n"),
            "\
             File Transfer Protocol: Request: PORT 10,0,0,1,174,127 [40..63]\n\
             \x20 Request: PORT 10,0,0,1,174,127 [40..63]\n\
             \x20   Command: PORT [40..44]\n\
             \x20   Argument: 10,0,0,1,174,127 [45..61]\n\
             \x20   Data connection's address: 10.0.0.1 [45..53]\n\
             \x20   Data connection's port: 44671 [54..61]\n"
        );
        let passive = response("227 Entering 3 Passive Mode (10,0,0,9,1,2).\r\n");
        assert!(
            passive.contains("address: 10.0.0.9 [69..77]\n"),
            "{passive}"
        );
        assert!(passive.contains("port: 258 [78..81]\n"), "{passive}");
        assert!(
            passive.contains("Address is not the sender's: True\n"),
            "{passive}"
        );
    }

    /// RFC 2428, sections 2 and 3.
    #[test]
    fn where_the_data_goes_over_either_ip() {
        let four = request("EPRT |1|132.235.1.2|6275|\r\n");
        assert!(
            four.contains("Address family: IPv4 (1) [46..47]\n"),
            "{four}"
        );
        assert!(four.contains("address: 132.235.1.2 [48..59]\n"), "{four}");
        assert!(four.contains("port: 6275 [60..64]\n"), "{four}");
        let six = request("EPRT |2|1080::8:800:200C:417A|5282|\r\n");
        assert!(six.contains("Address family: IPv6 (2) [46..47]\n"), "{six}");
        assert!(
            six.contains("address: 1080::8:800:200c:417a [48..69]\n"),
            "{six}"
        );
        let passive = response("229 Entering Extended Passive Mode (|||6446|)\r\n");
        assert!(passive.contains("address: 10.0.0.2"), "{passive}");
        assert!(passive.contains("port: 6446 [79..83]\n"), "{passive}");
        let wrong = request("EPRT |1|132.235.1.2|6275\r\n");
        assert!(
            wrong.ends_with("Note: not of the form |family|address|port|\n"),
            "{wrong}"
        );
    }

    #[test]
    fn cut_short() {
        assert_eq!(
            response("22"),
            "\
             File Transfer Protocol: Response: 22 [40..42]\n\
             \x20 Response: 22 [40..42]\n\
             \x20   Argument: 22 [40..42]\n"
        );
        assert_eq!(response("\x16\x03\x01\0\x05hello"), "");
        assert_eq!(message_length(b"22"), Length::Complete(2));
        assert_eq!(message_length(b"\x16\x03\x01\0\x05hello"), Length::NotMine);
    }
}
