//! Telnet, RFC 854 and RFC 855.

mod fields;
pub mod session;

mod suboption;

use crate::{
    Confidence, Dissector, Layer, Next, OsiLayer, Outcome, Selector, Setting, Severity, Side, Stop,
    Value, application::line::ascii, dissector::Protocol, value::named,
};
use nom::{Parser, bytes::take, number::be_u8};
use std::borrow::Cow;

/// Telnet.
pub const DISSECTOR: Dissector = Dissector {
    name: "telnet",
    label: "Telnet",
    column: "TELNET",
    layer: OsiLayer::Application,
    selectors: &[Selector::TcpPort(23)],
    fields: &[fields::FIELDS],
    ..Dissector::of::<Telnet>()
};

struct Telnet;

impl Protocol for Telnet {
    type Session = session::Telnet;

    fn looks_like(bytes: &[u8], _: Side) -> Confidence {
        session::looks_like(bytes)
    }

    fn begin(_: &Setting) -> session::Telnet {
        session::Telnet::default()
    }

    fn dissect(telnet: &mut Layer, _: Option<&()>) -> Outcome {
        telnet.info(|| "Telnet Data ...".to_owned());
        if telnet.shows() {
            data(telnet)?;
        }
        Ok(Next::Nothing)
    }
}

named! {
    /// RFC 854, page 14; RFC 885; RFC 1184, section 2.5.
    Command(u8, Dec) {
        END_OF_FILE = 236 => "End of File",
        SUSPEND = 237 => "Suspend Current Process",
        ABORT = 238 => "Abort Process",
        END_OF_RECORD = 239 => "End of Record",
        SUBOPTION_END = 240 => "Suboption End",
        NO_OPERATION = 241 => "No Operation",
        DATA_MARK = 242 => "Data Mark",
        BREAK = 243 => "Break",
        INTERRUPT = 244 => "Interrupt Process",
        ABORT_OUTPUT = 245 => "Abort Output",
        ARE_YOU_THERE = 246 => "Are You There?",
        ESCAPE = 247 => "Escape Character",
        ERASE_LINE = 248 => "Erase Line",
        GO_AHEAD = 249 => "Go Ahead",
        SUBOPTION = 250 => "Suboption",
        WILL = 251 => "Will",
        WONT = 252 => "Won't",
        DO = 253 => "Do",
        DONT = 254 => "Don't",
    }
    /// IANA "Telnet Options".
    TelnetOption(u8, Dec) {
        BINARY = 0 => "Binary Transmission",
        ECHO = 1 => "Echo",
        RECONNECTION = 2 => "Reconnection",
        SUPPRESS_GO_AHEAD = 3 => "Suppress Go Ahead",
        MESSAGE_SIZE = 4 => "Approx Message Size Negotiation",
        STATUS = 5 => "Status",
        TIMING_MARK = 6 => "Timing Mark",
        REMOTE_ECHO = 7 => "Remote Controlled Trans and Echo",
        LINE_WIDTH = 8 => "Output Line Width",
        PAGE_SIZE = 9 => "Output Page Size",
        CARRIAGE_RETURN = 10 => "Output Carriage-Return Disposition",
        TAB_STOPS = 11 => "Output Horizontal Tab Stops",
        TABS = 12 => "Output Horizontal Tab Disposition",
        FORM_FEED = 13 => "Output Formfeed Disposition",
        VERTICAL_TAB_STOPS = 14 => "Output Vertical Tabstops",
        VERTICAL_TABS = 15 => "Output Vertical Tab Disposition",
        LINE_FEED = 16 => "Output Linefeed Disposition",
        EXTENDED_ASCII = 17 => "Extended ASCII",
        LOGOUT = 18 => "Logout",
        BYTE_MACRO = 19 => "Byte Macro",
        DATA_ENTRY = 20 => "Data Entry Terminal",
        SUPDUP = 21 => "SUPDUP",
        SUPDUP_OUTPUT = 22 => "SUPDUP Output",
        SEND_LOCATION = 23 => "Send Location",
        TERMINAL_TYPE = 24 => "Terminal Type",
        END_OF_RECORD = 25 => "End of Record",
        TACACS = 26 => "TACACS User Identification",
        OUTPUT_MARKING = 27 => "Output Marking",
        LOCATION_NUMBER = 28 => "Terminal Location Number",
        REGIME = 29 => "Telnet 3270 Regime",
        X3_PAD = 30 => "X.3 PAD",
        WINDOW_SIZE = 31 => "Negotiate About Window Size",
        TERMINAL_SPEED = 32 => "Terminal Speed",
        FLOW_CONTROL = 33 => "Remote Flow Control",
        LINE_MODE = 34 => "Linemode",
        X_DISPLAY = 35 => "X Display Location",
        ENVIRONMENT = 36 => "Environment Option",
        AUTHENTICATION = 37 => "Authentication Option",
        ENCRYPTION = 38 => "Encryption Option",
        NEW_ENVIRONMENT = 39 => "New Environment Option",
        TN3270E = 40 => "TN3270E",
        XAUTH = 41 => "XAUTH",
        CHARSET = 42 => "CHARSET",
        SERIAL_PORT = 43 => "Remote Serial Port",
        COM_PORT = 44 => "COM Port Control",
        SUPPRESS_ECHO = 45 => "Suppress Local Echo",
        START_TLS = 46 => "Start TLS",
        KERMIT = 47 => "KERMIT",
        SEND_URL = 48 => "SEND-URL",
        FORWARD_X = 49 => "FORWARD_X",
    }
}

/// "Interpret as command".
const IAC: u8 = 255;

/// RFC 8446, section 5.1: a handshake, which follows the option to start TLS. No user types this.
fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x16, 3, 0..=4, ..])
}

/// Reads text and commands.
fn data(telnet: &mut Layer) -> Result<(), Stop> {
    while !telnet.rest().is_empty() {
        match text_length(telnet.rest()) {
            0 => command(telnet)?,
            length => {
                let text = |bytes: &[u8]| Value::Text(ascii(bytes));
                telnet.field_shown("telnet.data", "Data", take(length), text)?;
            }
        }
    }
    Ok(())
}

/// Returns the length of one line of text: up to a line's end or a command. RFC 854, page 11: a carriage return ends a
/// line before a line feed, and before a zero it is only itself. 255 twice is a byte of text.
fn text_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match bytes.get(at..).unwrap_or_default() {
            [IAC, IAC, ..] => at += 2,
            [] | [IAC, ..] => return at,
            [b'\r', b'\n' | 0, ..] => return at + 2,
            [b'\n', ..] => return at + 1,
            _ => at += 1,
        }
    }
}

fn command(telnet: &mut Layer) -> Result<(), Stop> {
    let (_, number) = telnet.peek("telnet.cmd", (be_u8(), be_u8()))?;
    let command = Command(number);
    telnet.group("", "Command", |telnet| {
        telnet.title(|| command.name().unwrap_or("unknown").to_owned());
        telnet.skip(1);
        telnet.field("telnet.cmd", "Command", be_u8().map(Command))?;
        if !matches!(command, Command(250..=254)) {
            return Ok(());
        }
        let option = telnet.field("telnet.subcmd", "Option", be_u8().map(TelnetOption))?;
        telnet.title_more(|| format!(" {}", option.name().unwrap_or("unknown option")));
        if command == Command::SUBOPTION {
            let length = suboption_length(telnet.rest());
            if length == telnet.rest().len() {
                telnet.note(Severity::Note, || {
                    "its end is not in this segment".to_owned()
                });
            }
            let parameters = telnet.rest().get(..length).unwrap_or_default();
            let plain = unescape(parameters);
            let whole = telnet.place(parameters);
            telnet.below(|telnet| suboption::show(telnet, option, &plain, whole));
            telnet.skip(length);
        }
        Ok(())
    })
}

/// RFC 855: the length up to a command; 255 is sent twice.
fn suboption_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match bytes.get(at..).unwrap_or_default() {
            [IAC, IAC, ..] => at += 2,
            [] | [IAC, ..] => return at,
            _ => at += 1,
        }
    }
}

/// Returns the bytes with each 255 once.
fn unescape(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&IAC) {
        return Cow::Borrowed(bytes);
    }
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, behind @ ..] = rest {
        plain.push(*first);
        rest = match behind {
            [IAC, behind @ ..] if *first == IAC => behind,
            behind => behind,
        };
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{cut, info, layer, tcp};

    fn telnet(bytes: &[u8]) -> String {
        layer("telnet", 228, &tcp(50000, 23, bytes))
    }

    #[test]
    fn options_are_negotiated() {
        assert_eq!(
            telnet(b"\xff\xfd\x18\xff\xfb\xc8\xff\xf9"),
            "\
             Telnet [40..48]\n\
             \x20 Command: Do Terminal Type [40..43]\n\
             \x20   Command: Do (253) [41..42]\n\
             \x20   Option: Terminal Type (24) [42..43]\n\
             \x20 Command: Will unknown option [43..46]\n\
             \x20   Command: Will (251) [44..45]\n\
             \x20   Option: 200 [45..46]\n\
             \x20 Command: Go Ahead [46..48]\n\
             \x20   Command: Go Ahead (249) [47..48]\n"
        );
        assert_eq!(info(228, &tcp(50000, 23, b"x")), "TELNET: Telnet Data ...");
    }

    #[test]
    fn lines_of_text() {
        assert_eq!(
            telnet(b"a\xff\xff\r\nb\r\0\xff\xf1c\rd"),
            "\
             Telnet [40..53]\n\
             \x20 Data: a\u{fffd}\u{fffd}\r\n [40..45]\n\
             \x20 Data: b\r [45..48]\n\
             \x20 Command: No Operation [48..50]\n\
             \x20   Command: No Operation (241) [49..50]\n\
             \x20 Data: c\rd [50..53]\n"
        );
    }

    #[test]
    fn a_window_wider_than_most() {
        assert_eq!(
            telnet(b"\xff\xfa\x1f\0\xff\xff\0\x18\xff\xf0"),
            "\
             Telnet [40..50]\n\
             \x20 Command: Suboption Negotiate About Window Size [40..48]\n\
             \x20   Command: Suboption (250) [41..42]\n\
             \x20   Option: Negotiate About Window Size (31) [42..43]\n\
             \x20     Width: 255 [43..48]\n\
             \x20     Height: 24 [43..48]\n\
             \x20 Command: Suboption End [48..50]\n\
             \x20   Command: Suboption End (240) [49..50]\n"
        );
    }

    #[test]
    fn cut_short() {
        let hex = tcp(50000, 23, b"\xff\xfa\x18\0xt");
        assert_eq!(
            layer("telnet", 228, &hex),
            "\
             Telnet [40..46]\n\
             \x20 Command: Suboption Terminal Type [40..46]\n\
             \x20   Command: Suboption (250) [41..42]\n\
             \x20   Option: Terminal Type (24) [42..43]\n\
             \x20     Note: its end is not in this segment\n\
             \x20     Says its own: IS (0) [43..44]\n\
             \x20     Value: xt [44..46]\n\
             \x20 Note: unfinished: its end is not in this packet\n"
        );
        let hex = tcp(50000, 23, b"\xff");
        let note = "unfinished: its end is not in this packet\n";
        assert!(cut("telnet", 228, &hex, 43).ends_with(note));
        assert_eq!(telnet(b"\x16\x03\x01\0\x01x"), "");
    }
}
