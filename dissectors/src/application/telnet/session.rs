//! A conversation in Telnet: the negotiated options, the user, and the bytes of the password.

use super::{Command, IAC, TelnetOption, is_tls, suboption_length, text_length, unescape};
use crate::{
    Confidence, Event, Framing, MessageInfo, PerSide, Place, Session, Side, application::tls,
    charset,
};
use std::ops::Range;

/// The part of the server's output that is searched for a prompt, bytes.
const PROMPT: usize = 96;

/// The longest name, bytes.
const MAX_NAME: usize = 64;

/// The longest suboption, bytes; a longer one is none.
const MAX_SUBOPTION: usize = 16 << 10;

/// The part of the server's output that decides whether it let a user in, bytes.
const MAX_VERDICT: usize = 2048;

/// The side that begins negotiates options: RFC 854, page 2.
pub fn looks_like(bytes: &[u8]) -> Confidence {
    const HIGHEST: u8 = 64;
    match bytes {
        _ if is_tls(bytes) => Confidence::Impossible,
        [IAC, 251..=254, option, rest @ ..]
            if *option < HIGHEST && rest.first().is_none_or(|next| *next == IAC) =>
        {
            Confidence::Certain
        }
        _ => Confidence::Possible,
    }
}

/// The kind of the client's next line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum NextLine {
    #[default]
    Text,
    Name,
    Secret,
}

/// A conversation in Telnet.
#[derive(Clone, Default)]
pub struct Telnet {
    /// The end of the server's last line.
    prompt: Vec<u8>,
    line: NextLine,
    name: Vec<u8>,
    /// Bytes of secrets that were sent.
    secrets: u32,
    /// The length of the server's output since a secret was sent, while it is not clear whether it let the client in.
    judging: Option<usize>,
    refused: bool,
    /// The options that each side sent WILL and DO for, a bit for each of the first 64.
    will: PerSide<u64>,
    asked: PerSide<u64>,
    terminal: Vec<u8>,
    window: Option<[u16; 2]>,
    /// The sides that announced TLS.
    tls: PerSide<bool>,
}

impl Telnet {
    fn commands(&mut self, side: Side, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|&byte| byte == IAC) {
            rest = rest.get(at..).unwrap_or_default();
            let length = command_length(rest).unwrap_or(rest.len());
            let (whole, behind) = rest.split_at(length.min(rest.len()));
            match whole {
                [_, command, option] => self.negotiated(side, Command(*command), *option),
                [_, 250, option, parameters @ ..] => {
                    let parameters = parameters.strip_suffix(&[IAC, 240]).unwrap_or(parameters);
                    self.suboption(side, TelnetOption(*option), &unescape(parameters));
                }
                _ => {}
            }
            rest = behind;
        }
    }

    /// RFC 855.
    fn negotiated(&mut self, side: Side, command: Command, option: u8) {
        let Some(bit) = 1_u64.checked_shl(option.into()) else {
            return;
        };
        let (set, on) = match command {
            Command::WILL => (&mut self.will, true),
            Command::WONT => (&mut self.will, false),
            Command::DO => (&mut self.asked, true),
            Command::DONT => (&mut self.asked, false),
            _ => return,
        };
        let bits = &mut set[side];
        *bits = if on { *bits | bit } else { *bits & !bit };
    }

    fn suboption(&mut self, side: Side, option: TelnetOption, parameters: &[u8]) {
        match (option, parameters) {
            // RFC 1091: IS.
            (TelnetOption::TERMINAL_TYPE, [0, name @ ..]) => {
                let (name, _) = name.split_at(name.len().min(MAX_NAME));
                self.terminal = name.to_vec();
            }
            // RFC 1073.
            (TelnetOption::WINDOW_SIZE, [a, b, c, d]) => {
                self.window = Some([u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])]);
            }
            (TelnetOption::START_TLS, [1]) => {
                self.tls[side] = true;
            }
            _ => {}
        }
    }

    /// Reads output of the server, whose last line asks for the client's next one.
    fn server(&mut self, bytes: &[u8]) {
        let (_, end) = bytes.split_at(bytes.len().saturating_sub(PROMPT));
        let line_end = end.iter().rposition(|byte| matches!(byte, b'\r' | b'\n'));
        let line = end.get(line_end.map_or(0, |at| at + 1)..);
        if line_end.is_some() || bytes.len() > PROMPT {
            self.prompt.clear();
        }
        if self.prompt.len() < PROMPT {
            add_text(&mut self.prompt, line.unwrap_or_default());
        }
        let asks = asks_for(&self.prompt);
        if let Some(so_far) = self.judging {
            self.refused |= refuses(bytes) || asks == NextLine::Name;
            let so_far = so_far.saturating_add(bytes.len());
            self.judging = (so_far < MAX_VERDICT && !self.refused).then_some(so_far);
        }
        match asks {
            NextLine::Text if line_end.is_some() => self.line = NextLine::Text,
            NextLine::Text => {}
            asks => {
                if asks == NextLine::Name {
                    self.name.clear();
                }
                self.line = asks;
                self.prompt.clear();
            }
        }
    }

    fn client(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let [first, behind @ ..] = rest {
            if *first == IAC && behind.first() != Some(&IAC) {
                let length = command_length(rest).unwrap_or(rest.len());
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            rest = behind;
            match (self.line, first) {
                (NextLine::Text, _) => return,
                (line, b'\r' | b'\n') => {
                    if line == NextLine::Secret {
                        self.judging = Some(0);
                        self.refused = false;
                    }
                    self.line = NextLine::Text;
                }
                (NextLine::Secret, _) => self.secrets = self.secrets.saturating_add(1),
                // Wrong letters are deleted.
                (NextLine::Name, 8 | 127) => _ = self.name.pop(),
                (NextLine::Name, byte) if *byte >= b' ' && self.name.len() < MAX_NAME => {
                    self.name.push(*byte);
                }
                (NextLine::Name, _) => {}
            }
        }
    }

    /// Describes the negotiated options.
    fn agreed(&self) -> Vec<String> {
        let PerSide { client, server } = self.will;
        let PerSide {
            client: client_asked,
            server: server_asked,
        } = self.asked;
        let both = (client & server_asked) | (server & client_asked);
        let has =
            |option: TelnetOption| both & 1_u64.checked_shl(option.0.into()).unwrap_or(0) != 0;
        let mut words = Vec::new();
        for (option, name) in [
            (TelnetOption::ECHO, "echo"),
            (TelnetOption::SUPPRESS_GO_AHEAD, "no go-ahead"),
            (TelnetOption::BINARY, "binary"),
            (TelnetOption::LINE_MODE, "line mode"),
            (TelnetOption::ENCRYPTION, "encryption"),
            (TelnetOption::TN3270E, "TN3270E"),
            (TelnetOption::COM_PORT, "serial port"),
        ] {
            if has(option) {
                words.push(name.to_owned());
            }
        }
        if !self.terminal.is_empty() {
            words.push(charset::guess(&self.terminal).to_lowercase());
        }
        if let Some([width, height]) = self.window {
            words.push(format!("{width}×{height}"));
        }
        words
    }
}

/// Returns the length of the command that these bytes begin with. None where its end is not among them.
fn command_length(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [IAC, 250, _, parameters @ ..] => {
            let length = suboption_length(parameters);
            let end = parameters.get(length..)?;
            // Another command ends it as well.
            match end {
                [IAC, 240, ..] => Some(3 + length + 2),
                [IAC, _, ..] => Some(3 + length),
                _ => None,
            }
        }
        [IAC, 250..=254] | [IAC] => None,
        [IAC, 251..=254, _, ..] => Some(3),
        [_, ..] => Some(2),
        [] => None,
    }
}

/// Adds the text among bytes.
fn add_text(text: &mut Vec<u8>, bytes: &[u8]) {
    let mut rest = bytes;
    while let [first, behind @ ..] = rest {
        if *first == IAC {
            let length = command_length(rest).unwrap_or(rest.len());
            rest = rest.get(length..).unwrap_or_default();
        } else {
            text.push(*first);
            rest = behind;
        }
    }
}

/// Returns the number of bytes before a command whose end is not among them.
fn whole_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match rest.iter().position(|&byte| byte == IAC) {
            None => return bytes.len(),
            Some(next) => {
                let command = rest.get(next..).unwrap_or_default();
                match command_length(command) {
                    Some(length) => at += next + length,
                    None => return at + next,
                }
            }
        }
    }
}

/// Determines what a line without an end asks the client for. Programs have no other way to ask: RFC 854 defines no
/// log-in.
fn asks_for(line: &[u8]) -> NextLine {
    /// In EUC-KR: password, secret number; name, identity.
    const KOREAN_SECRETS: [&[u8]; 2] = [b"\xbe\xcf\xc8\xa3", b"\xba\xf1\xb9\xd0\xb9\xf8\xc8\xa3"];
    const KOREAN_NAMES: [&[u8]; 2] = [b"\xbb\xe7\xbf\xeb\xc0\xda", b"\xbe\xc6\xc0\xcc\xb5\xf0"];
    const SECRETS: [&str; 6] = [
        "password",
        "passwd",
        "passcode",
        "passphrase",
        "암호",
        "비밀번호",
    ];
    const NAMES: [&str; 7] = [
        "login",
        "username",
        "user name",
        "user",
        "사용자",
        "아이디",
        "로그인",
    ];
    let line = line.trim_ascii_end();
    let asks =
        line.ends_with(b":") || line.ends_with("：".as_bytes()) || line.ends_with(b"\xa3\xba");
    if !asks {
        return NextLine::Text;
    }
    let has = |words: &[&str], korean: &[&[u8]]| {
        let plain = words.iter().map(|word| word.as_bytes());
        plain
            .chain(korean.iter().copied())
            .any(|word| contains(line, word))
    };
    if has(&SECRETS, &KOREAN_SECRETS) {
        NextLine::Secret
    } else if has(&NAMES, &KOREAN_NAMES) && !contains(line, b"last login") {
        NextLine::Name
    } else {
        NextLine::Text
    }
}

/// Returns whether a server refuses a log-in with this text.
fn refuses(text: &[u8]) -> bool {
    let words = [
        "incorrect",
        "invalid",
        "failed",
        "failure",
        "denied",
        "틀렸",
        "잘못",
    ];
    words.iter().any(|word| contains(text, word.as_bytes()))
}

/// Returns whether a text contains a word, in small or capital letters.
fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len())
        .any(|part| part.eq_ignore_ascii_case(word))
}

impl Session for Telnet {
    type Context = ();

    fn frame(&mut self, place: &Place, bytes: &[u8]) -> Framing {
        if is_tls(bytes) {
            return Framing::NotRecognized;
        }
        let mut message = bytes;
        if bytes.contains(&IAC) {
            let whole = whole_length(bytes);
            if whole == 0 && bytes.len() < MAX_SUBOPTION {
                return Framing::NeedMore;
            }
            if whole > 0 {
                (message, _) = bytes.split_at(whole);
            }
            self.commands(place.side, message);
        }
        match place.side {
            Side::Client if self.line != NextLine::Text => self.client(message),
            Side::Client => {}
            Side::Server => self.server(message),
        }
        Framing::Complete(message.len() as u64)
    }

    fn secrets_ahead(&self, side: Side, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let mut at = 0;
        while side == Side::Client && self.line == NextLine::Secret && at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let length = text_length(rest);
            let (text, _) = rest.split_at(length);
            let end = text.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            found.push(at..at + end.unwrap_or(length));
            at += match length {
                _ if end.is_some() => return,
                0 => command_length(rest).unwrap_or(rest.len()),
                length => length,
            };
        }
    }

    fn on_message(&mut self, _: &MessageInfo, events: &mut Vec<Event>) {
        if self.tls == PerSide::both(true) {
            self.tls = PerSide::default();
            events.push(Event::HandOver(&tls::DISSECTOR));
        }
    }

    fn lost(&mut self, _: Side) {
        self.prompt.clear();
    }

    fn summary(&self) -> String {
        let mut words = String::new();
        if self.secrets > 0 || !self.name.is_empty() {
            let name = charset::guess(&self.name);
            words = format!("login {name}").trim_end().to_owned();
            if self.refused {
                words += " failed";
            }
        }
        let agreed = self.agreed();
        if !agreed.is_empty() {
            let agreed = agreed.join(", ");
            words = match words.is_empty() {
                true => agreed,
                false => format!("{words} ({agreed})"),
            };
        }
        words
    }

    fn credentials(&self) -> bool {
        self.secrets > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::telnet::DISSECTOR;
    use crate::test_session::Script;

    struct Told(Script);

    impl Told {
        fn new() -> Self {
            Told(Script::new(&DISSECTOR, 23))
        }

        /// Sends something, and returns whether some of it was a secret.
        fn say(&mut self, side: Side, bytes: &[u8]) -> bool {
            let before = self.0.secrets(side);
            self.0.segment(side, bytes);
            self.0.secrets(side) != before
        }
    }

    use Side::{Client, Server};

    #[test]
    fn a_password_is_known_letter_by_letter() {
        let mut told = Told::new();
        assert!(!told.say(Server, b"\xff\xfd\x18\xff\xfd\x1f"));
        assert!(!told.say(Client, b"\xff\xfb\x18\xff\xfb\x1f\xff\xfd\x01"));
        told.say(Client, b"\xff\xfa\x1f\0\x50\0\x18\xff\xf0");
        told.say(Client, b"\xff\xfa\x18\0XTERM\xff\xf0");
        told.say(Server, b"\xff\xfb\x01\r\nhost lo");
        told.say(Server, b"gin: ");
        for (typed, echo) in [
            (b"k", b"k"),
            (b"u", b"u"),
            (b"\x7f", b"\x08"),
            (b"i", b"i"),
            (b"m", b"m"),
        ] {
            assert!(!told.say(Client, typed));
            told.say(Server, echo);
        }
        told.say(Client, b"\r\0");
        assert!(!told.0.session.credentials());
        told.say(Server, b"\r\n\xff\xfc\x01Password:\xff\xf9 ");
        assert!(told.say(Client, b"s"));
        assert!(!told.say(Client, b"\xff\xf1"));
        assert!(told.say(Client, b"3\xff\xf1\xff\xff4\r\0s"));
        told.say(Server, b"\r\n");
        assert!(!told.say(Client, b"ls\r\0"));
        assert!(told.0.session.credentials());
        assert_eq!(told.0.session.summary(), "login kim (xterm, 80×24)");
        assert_eq!(told.0.secrets(Client), ["s", "3", "\u{fffd}\u{fffd}4"]);
    }

    #[test]
    fn a_login_that_fails() {
        let mut told = Told::new();
        told.say(Server, b"Username: ");
        told.say(Client, b"lee\r\n");
        told.say(Server, "\r\n비밀번호: ".as_bytes());
        assert!(told.say(Client, b"x\r\n"));
        told.say(Server, b"\r\nLogin incorrect\r\nlogin:");
        assert_eq!(told.0.session.summary(), "login failed");
        told.say(Client, b"kim\r\n");
        told.say(Server, b"\xbe\xcf\xc8\xa3:");
        assert!(told.say(Client, b"y\r\n"));
        told.say(Server, b"\r\nLast login: Mon Nov 2 on pts/1\r\n$ ");
        assert_eq!(told.0.session.summary(), "login kim");
    }

    #[test]
    fn tls_follows_once_both_say_so() {
        let mut told = Told::new();
        told.say(Client, b"\xff\xfa\x2e\x01\xff\xf0");
        assert!(told.0.events.is_empty());
        told.say(Server, b"\xff\xfa\x2e\x01\xff\xf0");
        assert!(matches!(told.0.events.as_slice(), [Event::HandOver(tls)] if tls.name == "tls"));
    }

    #[test]
    fn commands_are_not_torn() {
        for (bytes, whole) in [
            (&b"ab\xff"[..], 2),
            (b"ab\xff\xfb", 2),
            (b"\xff\xfa\x18\0xt", 0),
            (b"\xff\xfa\x18\0xt\xff", 0),
            (b"\xff\xfa\x18\0xt\xff\xf0a", 9),
            (b"a\xff\xffb", 4),
            (b"\xff\xfb\x01\xff\xf9", 5),
        ] {
            assert_eq!(whole_length(bytes), whole, "{bytes:?}");
        }
        assert_eq!(looks_like(b"\xff\xfd\x18\xff"), Confidence::Certain);
        assert_eq!(looks_like(b"\xff\xd8\xff\xe0"), Confidence::Possible);
    }
}
