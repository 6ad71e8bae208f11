//! File Transfer Protocol, RFC 959, with its extensions: RFC 2228, RFC 2389, RFC 2428, RFC 3659, RFC 4217.

pub mod session;
pub mod set_up;
mod verb;

mod address;
mod outcome;

use crate::{
    ByteRange, Carried, Confidence, Dissector, FieldDef, Layer, Next, OsiLayer, Outcome, Selector,
    Setting, Severity, Side, Value,
    application::{
        ascii,
        line::{Line, is_request, row, show, word},
    },
    dissector::Protocol,
    value::named,
};
use address::{Extended, HostPort, extended_passive, long};
use outcome::outcome;
use session::{Remembered, without_signals};
use set_up::Method;
use std::net::IpAddr;
use verb::verb;

/// File Transfer Protocol.
pub const DISSECTOR: Dissector = Dissector {
    name: "ftp",
    label: "File Transfer Protocol",
    column: "FTP",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(21)],
    fields: &[FIELDS],
    ..Dissector::of::<Ftp>()
};

const FIELDS: &[FieldDef] = &[
    FieldDef::string("ftp.current-working-directory"),
    FieldDef::string("ftp.command"),
    FieldDef::frame("ftp.command-frame"),
    FieldDef::frame("ftp.setup-frame"),
    FieldDef::u32("ftp.command-response.frames"),
    FieldDef::u32("ftp.command-response.bytes"),
    FieldDef::frame("ftp.command-response.first-frame-num"),
    FieldDef::frame("ftp.command-response.last-frame-num"),
    FieldDef::u32("ftp.command-response.duration"),
    FieldDef::u32("ftp.command-response.bitrate"),
    FieldDef::string("ftp.request.command"),
    FieldDef::string("ftp.request.arg"),
    FieldDef::ipv4("ftp.active.cip"),
    FieldDef::u16("ftp.active.port"),
    FieldDef::flag("ftp.active.nat").means("True", "False"),
    FieldDef::string("ftp.response.arg"),
    FieldDef::u32("ftp.response.code").names(&[ReplyCode::NAMES]),
    FieldDef::ipv4("ftp.passive.ip"),
    FieldDef::u16("ftp.passive.port"),
    FieldDef::flag("ftp.passive.nat").means("True", "False"),
    FieldDef::u8("ftp.eprt.af").names(&[Family::NAMES]),
    FieldDef::ipv4("ftp.eprt.ip"),
    FieldDef::ipv6("ftp.eprt.ipv6"),
    FieldDef::u16("ftp.eprt.port"),
    FieldDef::ipv4("ftp.epsv.ip"),
    FieldDef::ipv6("ftp.epsv.ipv6"),
    FieldDef::u16("ftp.epsv.port"),
];

struct Ftp;

impl Protocol for Ftp {
    type Session = session::Ftp;

    fn looks_like(bytes: &[u8], side: Side) -> Confidence {
        session::looks_like(bytes, side)
    }

    fn begin(setting: &Setting) -> session::Ftp {
        session::Ftp::new(setting)
    }

    fn dissect(ftp: &mut Layer, known: Option<&Remembered>) -> Outcome {
        lines(ftp, known)
    }
}

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
        LONG_PASSIVE = 228 => "Entering Long Passive Mode",
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

/// Reads commands, or the lines of replies.
fn lines(ftp: &mut Layer, known: Option<&Remembered>) -> Outcome {
    let request = is_request(ftp);
    let label = if request { "Request" } else { "Response" };
    let first = Line::first(ftp.rest());
    let charset = ftp.undeclared();
    ftp.title(|| format!("{label}: {}", charset.read(first.text)));
    ftp.info_listed(", ", || format!("{label}: {}", charset.read(first.text)));
    let code = first.reply().map(|(_, code, _)| code);
    // A reply that continues has a code only in its last line, which adds nothing.
    let mut open = known.and_then(|known| known.continues);
    let mut begins = true;
    while !ftp.rest().is_empty() {
        let line = Line::first(ftp.rest());
        let row_label = if begins { label } else { "Line" };
        row(ftp, row_label, line, |ftp| {
            ftp.title(|| charset.read(line.text).into_owned());
            if request {
                command(ftp, line.text);
            } else if begins || open.is_none() {
                reply(ftp, line);
            }
        })?;
        if !request {
            open = still_open(open, line);
        }
        begins = false;
    }
    if let Some(known) = known.filter(|_| !ftp.is_alone()) {
        remembered(ftp, known, code);
    }
    Ok(Next::Nothing)
}

/// Returns the code of the reply that continues after a line: RFC 959, section 4.2.
fn still_open(open: Option<u16>, line: Line) -> Option<u16> {
    let goes_on = line.text.get(3) == Some(&b'-');
    match (open, line.reply().map(|(_, code, _)| code)) {
        (Some(open), Some(code)) if code == open && !goes_on => None,
        (Some(open), _) => Some(open),
        (None, code) => code.filter(|_| goes_on),
    }
}

/// Shows what other messages add to this one.
fn remembered(ftp: &mut Layer, known: &Remembered, code: Option<u16>) {
    if let Some(asked) = &known.answers {
        ftp.computed("", "Answers", || {
            format!("{} in packet {}", asked.text, asked.packet)
        });
        let code = known.continues.or(code);
        if let Some(words) = code.and_then(|code| outcome(asked.verb, ReplyCode(code))) {
            ftp.computed("", "Outcome", || words);
        }
    }
    if let Some(packet) = known.answered_in {
        ftp.computed("", "Answered", || format!("in packet {packet}"));
    }
    let name = "ftp.current-working-directory";
    ftp.computed(name, "Working directory", || known.directory.to_string());
    if known.directory.is_empty() {
        ftp.text(|| "not known".to_owned());
    }
    if let Some((method, asked)) = &known.used_for {
        if method.has_fields() {
            ftp.computed("ftp.command", "Used for", || asked.text.clone());
            ftp.computed(
                "ftp.command-frame",
                "Used for the command in packet",
                || Value::from(asked.packet),
            );
        } else {
            ftp.computed("", "Used for", || {
                format!("{} in packet {}", asked.text, asked.packet)
            });
        }
    }
    let Some((method, packet)) = known.set_up_by else {
        return;
    };
    if let Some(carried) = ftp.carried() {
        show_carried(ftp, &carried, method);
    }
    if method.has_fields() {
        ftp.computed(
            "ftp.setup-frame",
            "Data connection set up in packet",
            || Value::from(packet),
        );
    } else {
        ftp.computed("", "Data connection", || {
            format!("set up by {} in packet {packet}", method.name())
        });
    }
}

/// Shows the length and duration of a transfer.
fn show_carried(ftp: &mut Layer, carried: &Carried, method: Method) {
    let [first, last] = carried.ends.unwrap_or_default();
    let (packets, bytes) = (carried.messages, carried.bytes);
    if !method.has_fields() {
        return ftp.computed("", "Carried", || match carried.ends {
            Some(_) if packets == 1 => format!("{} in packet {}", ascii::bytes(bytes), first.0),
            Some(_) => format!(
                "{bytes} bytes in {packets} packets, {} to {}",
                first.0, last.0
            ),
            None => "nothing".to_owned(),
        });
    }
    let mut show = |name, label, number: u64| ftp.computed(name, label, || number);
    show(
        "ftp.command-response.frames",
        "Packets that carried it",
        packets,
    );
    show("ftp.command-response.bytes", "Bytes carried", bytes);
    show(
        "ftp.command-response.first-frame-num",
        "First packet that carried it",
        first.0,
    );
    show(
        "ftp.command-response.last-frame-num",
        "Last packet that carried it",
        last.0,
    );
    const MILLISECOND: i64 = 1_000_000;
    if last.0 > first.0 {
        let took = (last.1.saturating_sub(first.1) / MILLISECOND).max(0) as u64;
        let rate = bytes.saturating_mul(8).checked_div(took).unwrap_or(0);
        show("ftp.command-response.duration", "Took", took);
        show("ftp.command-response.bitrate", "Rate", rate);
        ftp.text_of("ftp.command-response.duration", || format!("{took} ms"));
        ftp.text(|| format!("{rate} kbit/s"));
    }
}

/// RFC 959, section 4.1.
fn command(ftp: &mut Layer, text: &[u8]) {
    let (command, argument) = word(without_signals(text));
    show(ftp, "ftp.request.command", "Command", command);
    show_readable(ftp, "ftp.request.arg", "Argument", argument);
    match &verb(command) {
        b"PORT" => {
            if let Some(found) = HostPort::find(argument) {
                let names = ["ftp.active.cip", "ftp.active.port", "ftp.active.nat"];
                show_host_port(ftp, &found, names);
            }
        }
        b"EPRT" => extended_port(ftp, argument),
        b"LPRT" => show_long(ftp, argument),
        _ => {}
    }
}

/// RFC 959, section 4.2.
fn reply(ftp: &mut Layer, line: Line) {
    let Some((digits, code, argument)) = line.reply() else {
        return show_readable(ftp, "ftp.response.arg", "Argument", line.text);
    };
    let code = ReplyCode(code);
    let place = ftp.place(digits);
    ftp.over("ftp.response.code", "Reply code", place, || code.into());
    show_readable(ftp, "ftp.response.arg", "Argument", argument);
    match code {
        ReplyCode::PASSIVE => {
            if let Some(found) = HostPort::find(argument) {
                let names = ["ftp.passive.ip", "ftp.passive.port", "ftp.passive.nat"];
                show_host_port(ftp, &found, names);
            }
        }
        ReplyCode::LONG_PASSIVE => show_long(ftp, argument),
        ReplyCode::EXTENDED_PASSIVE => show_extended_passive(ftp, argument),
        _ => {}
    }
}

/// Shows text, which filters take as ASCII, in its character set.
fn show_readable(ftp: &mut Layer, name: &'static str, label: &'static str, text: &[u8]) {
    show(ftp, name, label, text);
    if !text.is_ascii() {
        let charset = ftp.undeclared();
        ftp.text(|| charset.read(text).into_owned());
    }
}

fn show_host_port(ftp: &mut Layer, found: &HostPort, [address, port, nat]: [&'static str; 3]) {
    let place = ftp.place(found.address.1);
    ftp.over(address, "Data connection's address", place, || {
        found.address.0.into()
    });
    let place = ftp.place(found.port.1);
    ftp.over(port, "Data connection's port", place, || {
        found.port.0.into()
    });
    let source = ftp.network().map(|(source, _)| source);
    if source.is_some_and(|source| source != found.address.0) {
        ftp.computed(nat, "Address is not the sender's", || true);
    }
}

/// RFC 1639.
fn show_long(ftp: &mut Layer, argument: &[u8]) {
    if let Some((address, port)) = long(argument) {
        let place = ftp.place(argument);
        ftp.over("", "Data connection's address and port", place, || {
            Value::Text(format!("{address}, {port}"))
        });
    }
}

/// RFC 2428, section 2.
fn extended_port(ftp: &mut Layer, argument: &[u8]) {
    let Some(found) = Extended::read(argument) else {
        ftp.note(Severity::Warning, || {
            "not of the form |family|address|port|".to_owned()
        });
        return;
    };
    let place = ftp.place(found.family.1);
    ftp.over("ftp.eprt.af", "Address family", place, || {
        found.family.0.into()
    });
    let place = ftp.place(found.address.1);
    let names = ["ftp.eprt.ip", "ftp.eprt.ipv6"];
    show_address(ftp, names, place, found.address.0);
    let place = ftp.place(found.port.1);
    ftp.over("ftp.eprt.port", "Data connection's port", place, || {
        found.port.0.into()
    });
}

/// RFC 2428, section 3.
fn show_extended_passive(ftp: &mut Layer, argument: &[u8]) {
    let Some((port, text)) = extended_passive(argument) else {
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

fn show_address(ftp: &mut Layer, [v4, v6]: [&'static str; 2], place: ByteRange, address: IpAddr) {
    let label = "Data connection's address";
    match address {
        IpAddr::V4(address) => ftp.over(v4, label, place, || Value::Ipv4(address)),
        IpAddr::V6(address) => ftp.over(v6, label, place, || Value::Ipv6(address)),
    }
}

#[cfg(test)]
mod tests {
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
             \x20   Argument: 22 [40..42]\n\
             \x20 Note: unfinished: its end is not in this packet\n"
        );
        assert_eq!(response("\x16\x03\x01\0\x05hello"), "");
    }
}
