//! The contents of suboptions, after each doubled 255 is reduced to one.

use super::TelnetOption;
use crate::{Base, ByteRange, Layer, Severity, Value, application::line::ascii, value::named};

named! {
    /// RFC 1091 and those of the same form.
    Inquiry(u8, Dec) {
        IS = 0 => "IS",
        SEND = 1 => "SEND",
    }
    /// RFC 1372, section 2.
    FlowControl(u8, Dec) {
        OFF = 0 => "OFF",
        ON = 1 => "ON",
        RESTART_ANY = 2 => "RESTART-ANY",
        RESTART_XON = 3 => "RESTART-XON",
    }
    /// RFC 2941, section 2.
    AuthenticationCommand(u8, Dec) {
        IS = 0 => "IS",
        SEND = 1 => "SEND",
        REPLY = 2 => "REPLY",
        NAME = 3 => "NAME",
    }
    /// IANA "Telnet Authentication Types".
    AuthenticationType(u8, Dec) {
        NULL = 0 => "NULL",
        KERBEROS_4 = 1 => "Kerberos v4",
        KERBEROS_5 = 2 => "Kerberos v5",
        SPX = 3 => "SPX",
        MINK = 4 => "MINK",
        SRP = 5 => "SRP",
        RSA = 6 => "RSA",
        SSL = 7 => "SSL",
        LOKI = 10 => "LOKI",
        SSA = 11 => "SSA",
        KEA_SJ = 12 => "KEA_SJ",
        KEA_SJ_INTEG = 13 => "KEA_SJ_INTEG",
        DSS = 14 => "DSS",
        NTLM = 15 => "NTLM",
    }
    /// RFC 2941, section 2: bits 2 and 4 of the modifiers.
    EncryptionUse(u8, Dec) {
        OFF = 0 => "Off",
        TELNET_OPTIONS = 1 => "Telnet Options",
        AFTER_EXCHANGE = 2 => "After Exchange",
        RESERVED = 4 => "Reserved",
    }
    /// RFC 2942, section 2.
    Kerberos5(u8, Dec) {
        AUTH = 0 => "Auth",
        REJECT = 1 => "Reject",
        ACCEPT = 2 => "Accept",
        RESPONSE = 3 => "Response",
        FORWARD = 4 => "Forward",
        FORWARD_ACCEPT = 5 => "Forward Accept",
        FORWARD_REJECT = 6 => "Forward Reject",
    }
    /// RFC 2946, section 2.
    EncryptionCommand(u8, Dec) {
        IS = 0 => "IS",
        SUPPORT = 1 => "SUPPORT",
        REPLY = 2 => "REPLY",
        START = 3 => "START",
        END = 4 => "END",
        REQUEST_START = 5 => "REQUEST-START",
        REQUEST_END = 6 => "REQUEST-END",
        ENC_KEYID = 7 => "ENC_KEYID",
        DEC_KEYID = 8 => "DEC_KEYID",
    }
    /// IANA "Telnet Encryption Types".
    EncryptionType(u8, Dec) {
        NULL = 0 => "NULL",
        DES_CFB64 = 1 => "DES_CFB64",
        DES_OFB64 = 2 => "DES_OFB64",
        DES3_CFB64 = 3 => "DES3_CFB64",
        DES3_OFB64 = 4 => "DES3_OFB64",
        CAST5_40_CFB64 = 8 => "CAST5_40_CFB64",
        CAST5_40_OFB64 = 9 => "CAST5_40_OFB64",
        CAST128_CFB64 = 10 => "CAST128_CFB64",
        CAST128_OFB64 = 11 => "CAST128_OFB64",
    }
    /// RFC 2355, section 7.
    Tn3270(u8, Dec) {
        ASSOCIATE = 0 => "ASSOCIATE",
        CONNECT = 1 => "CONNECT",
        DEVICE_TYPE = 2 => "DEVICE-TYPE",
        FUNCTIONS = 3 => "FUNCTIONS",
        IS = 4 => "IS",
        REASON = 5 => "REASON",
        REJECT = 6 => "REJECT",
        REQUEST = 7 => "REQUEST",
        SEND = 8 => "SEND",
    }
    /// RFC 2355, section 7.1.
    Reason(u8, Dec) {
        CONN_PARTNER = 0 => "CONN-PARTNER",
        DEVICE_IN_USE = 1 => "DEVICE-IN-USE",
        INV_ASSOCIATE = 2 => "INV-ASSOCIATE",
        INV_DEVICE_NAME = 3 => "INV-DEVICE-NAME",
        INV_DEVICE_TYPE = 4 => "INV-DEVICE-TYPE",
        TYPE_NAME_ERROR = 5 => "TYPE-NAME-ERROR",
        UNKNOWN_ERROR = 6 => "UNKNOWN-ERROR",
        UNSUPPORTED_REQ = 7 => "UNSUPPORTED-REQ",
    }
    /// RFC 2355, section 7.2.
    Function(u8, Dec) {
        BIND_IMAGE = 0 => "BIND-IMAGE",
        DATA_STREAM_CTL = 1 => "DATA-STREAM-CTL",
        RESPONSES = 2 => "RESPONSES",
        SCS_CTL_CODES = 3 => "SCS-CTL-CODES",
        SYSREQ = 4 => "SYSREQ",
    }
    /// RFC 1041.
    Regime(u8, Dec) {
        IS = 0 => "IS",
        ARE = 1 => "ARE",
    }
    /// RFC 2217, section 3.
    DataSize(u8, Dec) {
        REQUEST = 0 => "asked for",
        FIVE = 5 => "5",
        SIX = 6 => "6",
        SEVEN = 7 => "7",
        EIGHT = 8 => "8",
    }
    Parity(u8, Dec) {
        REQUEST = 0 => "asked for",
        NONE = 1 => "none",
        ODD = 2 => "odd",
        EVEN = 3 => "even",
        MARK = 4 => "mark",
        SPACE = 5 => "space",
    }
    StopSize(u8, Dec) {
        REQUEST = 0 => "asked for",
        ONE = 1 => "1",
        TWO = 2 => "2",
        ONE_AND_HALF = 3 => "1.5",
    }
    Control(u8, Dec) {
        OUTPUT_REQUEST = 0 => "output flow control asked for",
        OUTPUT_NONE = 1 => "no output flow control",
        OUTPUT_XON = 2 => "output flow control XON/XOFF",
        OUTPUT_RTS = 3 => "output flow control CTS/RTS",
        BREAK_REQUEST = 4 => "break asked for",
        BREAK_ON = 5 => "break on",
        BREAK_OFF = 6 => "break off",
        DTR_REQUEST = 7 => "DTR asked for",
        DTR_ON = 8 => "DTR on",
        DTR_OFF = 9 => "DTR off",
        RTS_REQUEST = 10 => "RTS asked for",
        RTS_ON = 11 => "RTS on",
        RTS_OFF = 12 => "RTS off",
        INPUT_REQUEST = 13 => "input flow control asked for",
        INPUT_NONE = 14 => "no input flow control",
        INPUT_XON = 15 => "input flow control XON/XOFF",
        INPUT_RTS = 16 => "input flow control CTS/RTS",
        OUTPUT_DCD = 17 => "output flow control DCD",
        INPUT_DTR = 18 => "input flow control DTR",
        OUTPUT_DSR = 19 => "output flow control DSR",
    }
    Purge(u8, Dec) {
        NOTHING = 0 => "nothing",
        RECEIVE = 1 => "what was received",
        TRANSMIT = 2 => "what is to be sent",
        BOTH = 3 => "both",
    }
}

/// A suboption's parameters while they are read.
struct Parameters<'b> {
    rest: &'b [u8],
    /// The range of all parameters. It is also that of each one where a 255 was removed.
    whole: ByteRange,
}

impl<'b> Parameters<'b> {
    fn place(&self, telnet: &Layer, part: &[u8]) -> ByteRange {
        let place = telnet.place(part);
        if place.len() == part.len()
            && place.start >= self.whole.start
            && place.end <= self.whole.end
        {
            place
        } else {
            self.whole
        }
    }

    /// Shows the next bytes, if there are that many.
    fn next(
        &mut self,
        telnet: &mut Layer,
        name: &'static str,
        label: &'static str,
        length: usize,
        value: impl FnOnce(&[u8]) -> Value,
    ) -> Option<&'b [u8]> {
        let (part, rest) = self.rest.split_at_checked(length)?;
        let place = self.place(telnet, part);
        telnet.over(name, label, place, || value(part));
        self.rest = rest;
        Some(part)
    }

    fn byte<T: Into<Value>>(
        &mut self,
        telnet: &mut Layer,
        name: &'static str,
        label: &'static str,
        value: impl FnOnce(u8) -> T,
    ) -> Option<u8> {
        let number = *self.rest.first()?;
        self.next(telnet, name, label, 1, |_| value(number).into())?;
        Some(number)
    }

    /// Shows the next bytes as text, also if there are none.
    fn text(&mut self, telnet: &mut Layer, name: &'static str, label: &'static str, length: usize) {
        self.next(telnet, name, label, length, |bytes| {
            Value::Text(ascii(bytes))
        });
    }

    /// Shows the rest as text, also if it is empty.
    fn rest_as_text(&mut self, telnet: &mut Layer, name: &'static str, label: &'static str) {
        self.text(telnet, name, label, self.rest.len());
    }

    /// Shows the rest as bytes.
    fn rest_as_bytes(&mut self, telnet: &mut Layer, name: &'static str, label: &'static str) {
        if !self.rest.is_empty() {
            self.next(telnet, name, label, self.rest.len(), |bytes| bytes.into());
        }
    }

    /// Shows the parameters of an unknown command.
    fn unknown(&mut self, telnet: &mut Layer, command: u8) {
        telnet.note(Severity::Warning, || format!("unknown command {command}"));
        self.rest_as_bytes(telnet, "telnet.subcommand_data", "Data");
    }
}

/// Shows a suboption's parameters.
pub fn show(telnet: &mut Layer, option: TelnetOption, bytes: &[u8], whole: ByteRange) {
    if bytes.is_empty() {
        return;
    }
    let mut left = Parameters { rest: bytes, whole };
    let fits = match option {
        TelnetOption::WINDOW_SIZE => bytes.len() == 4,
        TelnetOption::FLOW_CONTROL | TelnetOption::START_TLS => bytes.len() == 1,
        _ => true,
    };
    if !fits {
        let length = bytes.len();
        return telnet.note(Severity::Warning, || {
            format!("{length} bytes are not what it has")
        });
    }
    let parameters = &mut left;
    // Each stops where the bytes end.
    let _ = match option {
        TelnetOption::TERMINAL_TYPE | TelnetOption::X_DISPLAY => inquiry(telnet, parameters),
        TelnetOption::TAB_STOPS => tab_stops(telnet, parameters),
        TelnetOption::OUTPUT_MARKING => output_marking(telnet, parameters),
        TelnetOption::REGIME => parameters
            .byte(telnet, "telnet.regime_cmd", "Command", Regime)
            .map(|_| {
                parameters.rest_as_text(telnet, "telnet.tn3270.regime_subopt.value", "Value");
            }),
        TelnetOption::WINDOW_SIZE => window_size(telnet, parameters),
        TelnetOption::FLOW_CONTROL => parameters
            .byte(telnet, "telnet.rfc_subopt.cmd", "Command", FlowControl)
            .map(drop),
        TelnetOption::AUTHENTICATION => authentication(telnet, parameters),
        TelnetOption::ENCRYPTION => encryption(telnet, parameters),
        TelnetOption::TN3270E => tn3270(telnet, parameters),
        TelnetOption::COM_PORT => com_port(telnet, parameters),
        TelnetOption::START_TLS => parameters
            .byte(telnet, "telnet.starttls", "Follows", |number| number)
            .map(drop),
        _ => {
            parameters.rest_as_bytes(telnet, "telnet.option_data", "Data");
            None
        }
    };
}

fn number(bytes: &[u8]) -> Value {
    let number = bytes
        .iter()
        .fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
    Value::Number(number, Base::Dec)
}

/// RFC 1091 and RFC 1096: asks for a text or gives it.
fn inquiry(telnet: &mut Layer, parameters: &mut Parameters) -> Option<()> {
    match *parameters.rest.first()? {
        0 => {
            parameters.byte(telnet, "telnet.subcmd", "Says its own", Inquiry)?;
            if !parameters.rest.is_empty() {
                parameters.rest_as_text(telnet, "telnet.string_subopt.value", "Value");
            }
        }
        1 => {
            parameters.byte(telnet, "telnet.subcmd", "Asks for it", Inquiry)?;
            parameters.rest_as_bytes(telnet, "telnet.subcommand_data", "Data");
        }
        other => {
            parameters.rest = parameters.rest.get(1..)?;
            parameters.unknown(telnet, other);
        }
    }
    Some(())
}

/// RFC 653.
fn tab_stops(telnet: &mut Layer, parameters: &mut Parameters) -> Option<()> {
    let command = *parameters.rest.first()?;
    if command > 1 {
        parameters.rest = parameters.rest.get(1..)?;
        parameters.unknown(telnet, command);
        return Some(());
    }
    parameters.byte(telnet, "telnet.subcmd", "Command", Inquiry)?;
    loop {
        let stop = parameters.byte(telnet, "telnet.tabstop", "Tab stop", |number| number)?;
        telnet.text(|| match stop {
            0 => "the sender handles tab stops".to_owned(),
            251..=254 => format!("{stop}, which means nothing"),
            255 => "the receiver handles tab stops".to_owned(),
            stop => format!("at {stop}, handled by the receiver"),
        });
    }
}

/// RFC 933: a command and a text, until the next separator.
fn output_marking(telnet: &mut Layer, parameters: &mut Parameters) -> Option<()> {
    const SEPARATOR: u8 = 29;
    loop {
        let name = "telnet.outmark_subopt.cmd";
        let command = parameters.byte(telnet, name, "Command", |letter| {
            Value::Text(quoted(letter))
        })?;
        telnet.text(|| {
            let meaning = match command {
                6 => "ACK",
                21 => "NAK",
                b'D' => "Default",
                b'T' => "Top",
                b'B' => "Bottom",
                b'L' => "Left",
                b'R' => "Right",
                _ => "unknown",
            };
            format!("{meaning} ({})", quoted(command))
        });
        let end = parameters.rest.iter().position(|&byte| byte == SEPARATOR);
        let length = end.unwrap_or(parameters.rest.len());
        if length > 0 {
            parameters.text(telnet, "telnet.outmark_subopt.banner", "Banner", length);
        }
    }
}

/// A byte as C writes a character.
fn quoted(letter: u8) -> String {
    match letter {
        7 => r"'\a'".to_owned(),
        8 => r"'\b'".to_owned(),
        9 => r"'\t'".to_owned(),
        10 => r"'\n'".to_owned(),
        11 => r"'\v'".to_owned(),
        12 => r"'\f'".to_owned(),
        13 => r"'\r'".to_owned(),
        b'\'' => r"'\''".to_owned(),
        b'\\' => r"'\\'".to_owned(),
        0x20..=0x7e => format!("'{}'", char::from(letter)),
        _ => format!("'\\x{letter:02x}'"),
    }
}

/// RFC 1073.
fn window_size(telnet: &mut Layer, parameters: &mut Parameters) -> Option<()> {
    parameters.next(telnet, "telnet.naws_subopt.width", "Width", 2, number)?;
    parameters
        .next(telnet, "telnet.naws_subopt.height", "Height", 2, number)
        .map(drop)
}

/// RFC 2941.
fn authentication(telnet: &mut Layer, parameters: &mut Parameters) -> Option<()> {
    let command = parameters.byte(telnet, "telnet.auth.cmd", "Command", AuthenticationCommand)?;
    match AuthenticationCommand(command) {
        AuthenticationCommand::IS | AuthenticationCommand::REPLY => {
            authentication_type(telnet, parameters)?;
            parameters
                .byte(
                    telnet,
                    "telnet.auth.krb5.cmd",
                    "Kerberos command",
                    Kerberos5,
                )
                .map(drop)
        }
        AuthenticationCommand::SEND => {
            while !parameters.rest.is_empty() {
                authentication_type(telnet, parameters)?;
            }
            Some(())
        }
        AuthenticationCommand::NAME => {
            parameters.rest_as_text(telnet, "telnet.auth.name", "Name");
            Some(())
        }
        _ => None,
    }
}

fn authentication_type(telnet: &mut Layer, parameters: &mut Parameters) -> Option<()> {
    const ENCRYPTION: u64 = 0x14;
    parameters.byte(telnet, "telnet.auth.type", "Type", AuthenticationType)?;
    let (modifiers, rest) = parameters.rest.split_at_checked(1)?;
    let place = parameters.place(telnet, modifiers);
    let modifiers = u64::from(*modifiers.first()?);
    parameters.rest = rest;
    telnet.bits_at(place, modifiers, |bits| {
        let value = |number| EncryptionUse(number as u8);
        bits.value("telnet.auth.mod.enc", "Encryption", ENCRYPTION, value);
        bits.flag_meaning(
            "telnet.auth.mod.cred_fwd",
            "Credentials",
            0x08,
            "forwarded",
            "not forwarded",
        );
        bits.flag_meaning("telnet.auth.mod.how", "How", 0x02, "mutual", "one way");
        let (yes, no) = ("server to client", "client to server");
        bits.flag_meaning("telnet.auth.mod.who", "Who", 0x01, yes, no);
    });
    Some(())
}

/// RFC 2946.
fn encryption(telnet: &mut Layer, parameters: &mut Parameters) -> Option<()> {
    let command = parameters.byte(telnet, "telnet.enc.cmd", "Command", EncryptionCommand)?;
    let name = "telnet.enc.type";
    match EncryptionCommand(command) {
        EncryptionCommand::IS | EncryptionCommand::REPLY => {
            parameters.byte(telnet, name, "Type", EncryptionType)?;
            parameters.rest_as_bytes(telnet, "telnet.enc.type_data", "Data of this type");
        }
        EncryptionCommand::SUPPORT => loop {
            parameters.byte(telnet, name, "Type", EncryptionType)?;
        },
        EncryptionCommand::START
        | EncryptionCommand::REQUEST_START
        | EncryptionCommand::ENC_KEYID
        | EncryptionCommand::DEC_KEYID => {
            parameters.rest_as_bytes(telnet, "telnet.enc.key_id", "Key identifier");
        }
        EncryptionCommand::END | EncryptionCommand::REQUEST_END => {}
        _ => telnet.note(Severity::Warning, || {
            "unknown encryption command".to_owned()
        }),
    }
    Some(())
}

/// RFC 2355, section 7.
fn tn3270(telnet: &mut Layer, parameters: &mut Parameters) -> Option<()> {
    const NAME: &str = "telnet.tn3270.subopt";
    let command = Tn3270(parameters.byte(telnet, NAME, "Command", Tn3270)?);
    let action = parameters.rest.first().copied().map(Tn3270);
    parameters.byte(telnet, NAME, "Action", Tn3270)?;
    match (command, action?) {
        (Tn3270::DEVICE_TYPE, Tn3270::REQUEST) => {
            parameters.rest_as_text(telnet, "telnet.tn3270.request_string", "Asked for");
            return Some(());
        }
        (Tn3270::DEVICE_TYPE, Tn3270::IS) => {
            let end = parameters
                .rest
                .iter()
                .position(|&byte| byte == Tn3270::CONNECT.0);
            let length = end.unwrap_or(parameters.rest.len());
            parameters.text(telnet, "telnet.tn3270.is", "Device type", length);
            parameters.byte(telnet, NAME, "Action", Tn3270)?;
            parameters.rest_as_text(telnet, "telnet.tn3270.connect", "Connect");
            return Some(());
        }
        (Tn3270::DEVICE_TYPE, Tn3270::REJECT) => {
            parameters.byte(telnet, NAME, "Why", Tn3270)?;
            parameters.byte(telnet, "telnet.tn3270.reason", "Reason", Reason)?;
        }
        (Tn3270::FUNCTIONS, action) => {
            if action == Tn3270::REQUEST {
                let place = telnet.ahead(0);
                telnet.over("telnet.tn3270.request", "Request", place, || {
                    action.0.into()
                });
            }
            loop {
                let function = parameters.byte(telnet, NAME, "Function", Function)?;
                telnet.text(|| Value::from(Function(function)).to_string());
            }
        }
        _ => {}
    }
    loop {
        parameters.byte(telnet, NAME, "Action", Tn3270)?;
    }
}

/// RFC 2217, section 3.
fn com_port(telnet: &mut Layer, parameters: &mut Parameters) -> Option<()> {
    /// The server's commands are the client's plus this.
    const SERVER: u8 = 100;
    let (&number_of_command, arguments) = parameters.rest.split_first()?;
    let all = parameters.rest;
    let command = match number_of_command {
        SERVER.. => number_of_command - SERVER,
        client => client,
    };
    if let Some((name, label)) = COM_PORT.get(usize::from(command))
        && let Some((length, value)) = com_port_value(command, arguments)
    {
        let part = all.get(..length).unwrap_or(all);
        let place = parameters.place(telnet, part);
        telnet.over(name, label, place, || value);
        return Some(());
    }
    match command {
        1 => telnet.note(Severity::Warning, || "no baud rate in it".to_owned()),
        2..=7 | 10..=12 => telnet.note(Severity::Warning, || "its value is missing".to_owned()),
        _ => {
            parameters.rest = arguments;
            parameters.unknown(telnet, number_of_command);
        }
    }
    Some(())
}

/// The field of each command and its label.
const COM_PORT: [(&str, &str); 13] = [
    ("telnet.comport_subopt.signature", "Signature"),
    ("telnet.comport_subopt.baud_rate", "Baud rate"),
    ("telnet.comport_subopt.data_size", "Data size"),
    ("telnet.comport_subopt.parity", "Parity"),
    ("telnet.comport_subopt.stop", "Stop bits"),
    ("telnet.comport_subopt.control", "Control"),
    ("telnet.comport_subopt.linestate", "Line state"),
    ("telnet.comport_subopt.modemstate", "Modem state"),
    ("telnet.comport_subopt.flow_control_suspend", "Suspend"),
    ("telnet.comport_subopt.flow_control_resume", "Resume"),
    (
        "telnet.comport_subopt.set_linestate_mask",
        "Line state mask",
    ),
    (
        "telnet.comport_subopt.set_modemstate_mask",
        "Modem state mask",
    ),
    ("telnet.comport_subopt.purge", "Purge"),
];

/// Returns the length of a command's value, including the command, and the value.
fn com_port_value(command: u8, arguments: &[u8]) -> Option<(usize, Value)> {
    const LINE_STATE: [&str; 8] = [
        "Data Ready",
        "Overrun Error",
        "Parity Error",
        "Framing Error",
        "Break Detected",
        "Transfer Holding Register Empty",
        "Transfer Shift Register Empty",
        "Timeout Error",
    ];
    const MODEM_STATE: [&str; 8] = ["DCTS", "DDSR", "TERI", "DDCD", "CTS", "DSR", "RI", "DCD"];
    Some(match (command, arguments.first().copied()) {
        (0, _) => (1 + arguments.len(), Value::Text(ascii(arguments))),
        (1, _) => (5, number(arguments.get(..4)?)),
        (2, Some(size)) => (2, DataSize(size).into()),
        (3, Some(parity)) => (2, Parity(parity).into()),
        (4, Some(stop)) => (2, StopSize(stop).into()),
        (5, Some(control)) => (2, Control(control).into()),
        (6 | 10, Some(state)) => (2, set(state, LINE_STATE).into()),
        (7 | 11, Some(state)) => (2, set(state, MODEM_STATE).into()),
        (8 | 9, _) => (1, Value::Static("")),
        (12, Some(purge)) => (2, Purge(purge).into()),
        _ => return None,
    })
}

/// The names of the bits that are set, lowest first.
fn set(bits: u8, names: [&str; 8]) -> String {
    let mut words = String::new();
    for (bit, name) in names.iter().enumerate() {
        if bits >> bit & 1 != 0 {
            if !words.is_empty() {
                words.push_str(", ");
            }
            words.push_str(name);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use crate::test_support::{layer, tcp};

    /// Returns the rows below the option, without those around them.
    fn inside(parameters: &[u8]) -> String {
        let bytes = [b"\xff\xfa", parameters, b"\xff\xf0"].concat();
        let tree = layer("telnet", 228, &tcp(50000, 23, &bytes));
        let rows = tree.lines().filter_map(|row| row.strip_prefix("      "));
        rows.map(|row| row.to_owned() + "\n").collect()
    }

    #[test]
    fn terminal_types() {
        assert_eq!(inside(b"\x18\x01"), "Asks for it: SEND (1) [43..44]\n");
        assert_eq!(
            inside(b"\x18\0xterm"),
            "Says its own: IS (0) [43..44]\nValue: xterm [44..49]\n"
        );
        assert_eq!(
            inside(b"\x18\x05ab"),
            "Note: unknown command 5\nData: 6162 [44..46]\n"
        );
    }

    /// RFC 2941, section 7, where the server offers Kerberos both ways.
    #[test]
    fn authentication_is_offered() {
        assert_eq!(
            inside(b"\x25\x01\x02\x1f"),
            "\
             Command: SEND (1) [43..44]\n\
             Type: Kerberos v5 (2) [44..45]\n\
             Encryption: 5 [45..46]\n\
             Credentials: forwarded [45..46]\n\
             How: mutual [45..46]\n\
             Who: server to client [45..46]\n"
        );
    }

    #[test]
    fn encryption_is_offered() {
        assert_eq!(
            inside(b"\x26\x01\x01\x02"),
            "\
             Command: SUPPORT (1) [43..44]\n\
             Type: DES_CFB64 (1) [44..45]\n\
             Type: DES_OFB64 (2) [45..46]\n"
        );
    }

    /// RFC 2355, section 7.1.
    #[test]
    fn a_mainframe_assigns_a_device() {
        assert_eq!(
            inside(b"\x28\x02\x04IBM-3278-2\x01TERM"),
            "\
             Command: DEVICE-TYPE (2) [43..44]\n\
             Action: IS (4) [44..45]\n\
             Device type: IBM-3278-2 [45..55]\n\
             Action: CONNECT (1) [55..56]\n\
             Connect: TERM [56..60]\n"
        );
    }

    #[test]
    fn a_serial_port_is_set() {
        assert_eq!(
            inside(b"\x2c\x01\0\0\x25\x80"),
            "Baud rate: 9600 [43..48]\n"
        );
        assert_eq!(inside(b"\x2c\x6b\x30"), "Modem state: CTS, DSR [43..45]\n");
        assert_eq!(inside(b"\x2c\x02"), "Note: its value is missing\n");
    }
}
