//! Finds the passwords in the body of a message while it arrives, piece by piece.

mod xml;

use super::{
    escape::{percent, unescaped},
    undeclared_text::UndeclaredText,
};
use crate::{
    ByteRange, Layer,
    header_secrets::{Percent, is_password},
};
use std::ops::Range;
use xml::Xml;

/// The length of the part of a name that is compared, bytes.
const MAX_NAME: usize = 1024;

/// The format of names and values in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// WHATWG URL Standard, section 5.
    Form,
    /// RFC 8259. Text around it is ignored.
    Json,
    /// A form of several parts, RFC 7578, with this boundary. JSON may be in a part.
    Multipart(Vec<u8>),
    /// Extensible Markup Language 1.0.
    Xml,
}

/// The part of the format that the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In JSON, neither a name nor a password.
    Between,
    /// A name, or any string in JSON.
    Name,
    /// The text after such a string.
    Named,
    /// The text before the password of such a name.
    Password,
    /// In a form, the value of another field.
    Value,
    /// A password that ends where the next name may begin.
    Secret,
    /// A password that ends with a quotation mark.
    Quoted,
}

/// A body that is being searched.
#[derive(Clone, Debug)]
pub struct Passwords {
    format: Format,
    state: State,
    /// The latest name.
    name: Vec<u8>,
    /// The encoding of a name in a form.
    percent: Percent,
    /// In JSON, how many arrays and objects are open in the value of a password.
    nested: u32,
    /// The next byte follows a backslash.
    escaped: bool,
    /// The part that the next byte of a multipart message belongs to.
    part: Part,
    xml: Xml,
    /// The line end, the dashes and the boundary before each part, and how much of it has come.
    delimiter: Vec<u8>,
    matched: usize,
    /// The head of a part.
    head: Vec<u8>,
    /// Lines of heads beyond ASCII, which may have file names.
    raw: Vec<u8>,
}

/// The part of a multipart message that the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The text before the first boundary, or the content of a part that is no password.
    Content,
    /// A password.
    Password,
    /// The end of a boundary: letters would make it another one. The content before it was a password.
    Boundary {
        password: bool,
    },
    /// The rest of a boundary's line.
    BoundaryLine,
    Head,
}

impl Passwords {
    /// The memory that it takes in a form, in JSON or in XML, at most, bytes.
    pub const MAX_SIZE: usize = size_of::<Self>() + 3 * MAX_NAME;

    /// Begins to search a body.
    pub fn new(format: Format) -> Passwords {
        let state = match format {
            Format::Form => State::Name,
            Format::Json | Format::Multipart(_) | Format::Xml => State::Between,
        };
        let delimiter = match &format {
            Format::Multipart(boundary) => [LINE_END, b"--", boundary].concat(),
            Format::Form | Format::Json | Format::Xml => Vec::new(),
        };
        Passwords {
            format,
            state,
            name: Vec::new(),
            percent: Percent::default(),
            nested: 0,
            escaped: false,
            part: Part::Content,
            xml: Xml::default(),
            delimiter,
            matched: LINE_END.len(),
            head: Vec::new(),
            raw: Vec::new(),
        }
    }

    /// Searches the next bytes of the body: the first one is at offset `at`.
    pub fn find(&mut self, at: usize, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let mut here = 0;
        let mut begin = None;
        while let Some(&byte) = bytes.get(here) {
            let is_secret = match self.format {
                Format::Form => self.form(byte),
                Format::Json => self.json(byte),
                Format::Multipart(_) => self.multipart(byte),
                Format::Xml => self.xml.next(byte),
            };
            match (is_secret, begin) {
                (true, None) => begin = Some(here),
                (false, Some(from)) => {
                    found.push(at + from..at + here);
                    begin = None;
                }
                _ => {}
            }
            here += 1;
            // Most of a body is neither name nor password.
            let rest = bytes.get(here..).unwrap_or_default();
            let next = match (&self.format, self.state) {
                (Format::Json, State::Between) => memchr::memchr(b'"', rest),
                (Format::Form, State::Value) => memchr::memchr(b'&', rest),
                (Format::Multipart(_), State::Between) if self.is_in_content() => {
                    memchr::memchr3(b'"', b'\r', b'\n', rest)
                }
                (Format::Xml, _) if self.xml.is_in_text() => memchr::memchr(b'<', rest),
                _ => continue,
            };
            here += next.unwrap_or(rest.len());
        }
        if let Some(from) = begin {
            found.push(at + from..at + bytes.len());
        }
    }

    /// Returns whether this byte of a form belongs to a password.
    fn form(&mut self, byte: u8) -> bool {
        match (self.state, byte) {
            (_, b'&') => {
                self.state = State::Name;
                self.name.clear();
                self.percent = Percent::default();
            }
            (State::Name, b'=') => {
                self.state = match is_password(&self.name) {
                    true => State::Secret,
                    false => State::Value,
                };
            }
            (State::Name, _) => {
                if let Some((byte, _)) = self.percent.next(byte) {
                    self.more_of_name(byte);
                }
            }
            (state, _) => return state == State::Secret,
        }
        false
    }

    /// Returns whether this byte of JSON belongs to a password.
    fn json(&mut self, byte: u8) -> bool {
        let escaped = std::mem::replace(&mut self.escaped, false);
        let in_string = matches!(self.state, State::Name | State::Quoted);
        match (self.state, byte) {
            (state, _) if in_string && (escaped || byte == b'\\') => {
                self.escaped = !escaped;
                if state == State::Name {
                    self.more_of_name(byte);
                }
            }
            (State::Name, b'"') => self.state = State::Named,
            // A string does not continue on another line: this was no string.
            (State::Name, 0..b' ') => self.state = State::Between,
            (State::Name, _) => self.more_of_name(byte),
            (State::Quoted, b'"') => self.end_of_password(),
            (State::Password, b'"') => {
                self.state = State::Quoted;
                return false;
            }
            (State::Password, b'0'..=b'9' | b'-' | b'*') => self.state = State::Secret,
            (State::Secret, byte) if byte.is_ascii_alphanumeric() || b"*+-.".contains(&byte) => {}
            (State::Password, b'[' | b'{') => self.nested = self.nested.saturating_add(1),
            (State::Password | State::Secret, b']' | b'}') if self.nested > 0 => {
                self.nested -= 1;
                self.end_of_password();
            }
            // All strings and numbers in the value of a password are secret.
            (State::Password | State::Secret, _) if self.nested > 0 => self.state = State::Password,
            (_, b'"') => {
                self.state = State::Name;
                self.name.clear();
            }
            (State::Named, b':') => {
                let is_password = match self.name.contains(&b'\\') {
                    true => {
                        let name = [b"\"", self.name.as_slice(), b"\""].concat();
                        is_password(unescaped(&name).as_bytes())
                    }
                    false => is_password(&self.name),
                };
                self.state = match is_password {
                    true => State::Password,
                    false => State::Between,
                };
            }
            (State::Named | State::Password, b' ' | b'\t' | b'\r' | b'\n') => {}
            (State::Quoted, _) => {}
            _ => self.state = State::Between,
        }
        matches!(self.state, State::Secret | State::Quoted)
    }

    fn end_of_password(&mut self) {
        self.state = match self.nested {
            0 => State::Between,
            _ => State::Password,
        };
    }

    fn more_of_name(&mut self, byte: u8) {
        if self.name.len() < MAX_NAME {
            self.name.push(byte);
        }
    }
}

/// RFC 2046, section 5.1.1. The line end before a boundary belongs to it; some programs send only LF.
const LINE_END: &[u8] = b"\r\n";

/// A longer head of a part is not examined: its content is taken for a password.
const MAX_HEAD: usize = 4096;

impl Passwords {
    /// Returns whether it is between what matters in the content of a part.
    fn is_in_content(&self) -> bool {
        self.part == Part::Content && self.matched == 0
    }

    /// Returns whether this byte of a multipart message belongs to a password.
    fn multipart(&mut self, byte: u8) -> bool {
        match self.part {
            Part::Boundary { .. } if byte.is_ascii_whitespace() || byte == b'-' => {
                self.part = match byte {
                    b'\n' => Part::Head,
                    _ => Part::BoundaryLine,
                };
                self.head.clear();
                return false;
            }
            Part::Boundary { password } => {
                self.part = match password {
                    true => Part::Password,
                    false => Part::Content,
                };
            }
            Part::BoundaryLine => {
                if byte == b'\n' {
                    self.part = Part::Head;
                }
                return false;
            }
            Part::Head => {
                if self.head.len() < MAX_HEAD {
                    self.head.push(byte);
                } else if byte == b'\n' {
                    self.begin_content();
                    return false;
                }
                let is_end = matches!(
                    self.head.as_slice(),
                    [b'\n'] | [b'\r', b'\n'] | [.., b'\n', b'\n'] | [.., b'\n', b'\r', b'\n']
                );
                if is_end {
                    self.begin_content();
                }
                return false;
            }
            Part::Content | Part::Password => {}
        }
        let is_password = self.part == Part::Password;
        self.matched = match self.delimiter.get(self.matched) {
            Some(next) if *next == byte => self.matched + 1,
            _ if byte == b'\r' => 1,
            _ if byte == b'\n' => LINE_END.len(),
            _ => 0,
        };
        if self.matched == self.delimiter.len() {
            self.matched = 0;
            self.part = Part::Boundary {
                password: is_password,
            };
        }
        match is_password {
            // What a boundary begins with is not masked: masked boundaries would separate no parts.
            true => self.matched == 0 && self.part == Part::Password,
            false => self.json(byte),
        }
    }

    /// Notes the text in the heads of parts that ended since the last time, which declares no character set.
    pub fn take_heads(&mut self, text: &mut UndeclaredText) {
        if !self.raw.is_empty() {
            let lines = self.raw.split(|&byte| byte == b'\n');
            lines.for_each(|line| text.note(line));
            self.raw = Vec::new();
        }
    }

    fn begin_content(&mut self) {
        if !self.head.is_ascii() && self.raw.len() < MAX_HEAD {
            self.raw.extend_from_slice(&self.head);
        }
        self.part = match self.head.len() >= MAX_HEAD || is_of_password(&self.head) {
            true => Part::Password,
            false => Part::Content,
        };
        self.state = State::Between;
        (self.nested, self.escaped) = (0, false);
        self.head.clear();
        // The line end of the head may belong to the boundary.
        self.matched = LINE_END.len();
    }
}

/// Returns whether the head of a part names it as a password: RFC 7578, section 4.2.
fn is_of_password(head: &[u8]) -> bool {
    const NAME: &[u8] = b"name";
    let mut rest = head;
    let mut before = b' ';
    while let Some(at) = memchr::memchr2(b'n', b'N', rest) {
        before = match at.checked_sub(1).and_then(|at| rest.get(at)) {
            Some(byte) => *byte,
            None => before,
        };
        let (_, here) = rest.split_at(at);
        let (begin, behind) = here.split_at_checked(NAME.len()).unwrap_or((here, b""));
        let value = behind
            .strip_prefix(b"*")
            .unwrap_or(behind)
            .trim_ascii_start();
        if begin.eq_ignore_ascii_case(NAME)
            && !before.is_ascii_alphanumeric()
            && let Some(value) = value.strip_prefix(b"=")
        {
            let value = value.trim_ascii_start();
            let name = match value.strip_prefix(b"\"") {
                Some(quoted) => quoted.split(|&byte| byte == b'"').next(),
                None => value.split(|byte| b";\r\n".contains(byte)).next(),
            };
            if is_password(&percent(name.unwrap_or_default(), false)) {
                return true;
            }
        }
        before = here.first().copied().unwrap_or_default();
        rest = here.get(1..).unwrap_or_default();
    }
    false
}

/// Masks the passwords in the rest of the layer: sessions do not search decompressed bytes, nor mails.
pub fn mask(layer: &mut Layer, format: Format) {
    if layer.context.show_secrets {
        return;
    }
    let mut passwords = Passwords::new(format);
    let (rest, whole) = (layer.rest(), layer.ahead(usize::MAX));
    let mut found = Vec::new();
    passwords.find(0, rest, &mut found);
    let is_masked = |part: &Range<usize>| {
        let part = rest.get(part.clone()).unwrap_or_default();
        part.iter().all(|&byte| byte == b'*')
    };
    let open: Vec<ByteRange> = found
        .into_iter()
        .filter(|part| !is_masked(part))
        .map(|part| whole.part(part.start as u32, part.end as u32))
        .collect();
    layer.mask(&open);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the passwords in a body of this format, which arrives in pieces of `length` bytes.
    fn passwords(format: &Format, body: &str, length: usize) -> Vec<String> {
        let mut passwords = Passwords::new(format.clone());
        let mut letters = Vec::new();
        for piece in body.as_bytes().chunks(length) {
            let mut found = Vec::new();
            passwords.find(0, piece, &mut found);
            for (at, letter) in piece.iter().enumerate() {
                let is_secret = found.iter().any(|part| part.contains(&at));
                letters.push(if is_secret { *letter } else { b' ' });
            }
        }
        let letters = String::from_utf8_lossy(&letters);
        letters.split_whitespace().map(str::to_owned).collect()
    }

    fn all(format: Format, body: &str) -> Vec<String> {
        let whole = passwords(&format, body, body.len());
        for length in 1..body.len() {
            assert_eq!(passwords(&format, body, length), whole, "{length}");
        }
        whole
    }

    #[test]
    fn forms() {
        let of_form = |body| all(Format::Form, body);
        let body = "user=a=b&password=s%33=t&pwd=&x&PASS=two&passport=1&q=pwd&p%61ss=four";
        assert_eq!(of_form(body), ["s%33=t", "two", "four"]);
        assert_eq!(of_form("pwd=ab"), ["ab"]);
        assert_eq!(of_form("pwd"), [""; 0]);
    }

    #[test]
    fn json() {
        let body = r#"{"user":"me","Password" : "hu\"sh\\","a":{"pwd":1234,"p":["password",
            "x"]},"password":null,"passwd":["no"],"\u0070assword":"yes","pass":-5}"#;
        let found = all(Format::Json, body);
        assert_eq!(found, [r#"hu\"sh\\"#, "1234", "no", "yes", "-5"]);
        let nested = r#"{"pwd":{"a":[{"b":12},"]x"],"c":null},"user":["me"],"pass":[],"x":"y"}"#;
        assert_eq!(all(Format::Json, nested), ["a", "b", "12", "]x", "c"]);
        // It may be incomplete, with other text around it.
        assert_eq!(all(Format::Json, r#""pwd":"ab"#), ["ab"]);
        let parts =
            "--x\r\nContent-Disposition: form-data; name=\"a\r\n\r\n{\"pwd\":\"ab\"}\r\n--x--";
        assert_eq!(all(Format::Json, parts), ["ab"]);
        assert_eq!(all(Format::Json, r#"{"pwd":"***"}"#), ["***"]);
    }

    #[test]
    fn xml() {
        let of_xml = |body| all(Format::Xml, body);
        let body = "<?xml version='1.0'?><a:login password = 'one>' user='me'><Name>me</Name>\
            <w:Password Type=\"text\"> two </w:Password><password/>x<pass\n>th<b>re</b>e</pass>y\
            <!-- <pwd>four</pwd> --><pwd><![CDATA[five<>]]></pwd>z<add value='no' key='pwd'/>w\
            <add key='my.password' value='six'/><passport>no</passport><e name=\"pwd\">seven</e></a:login>";
        let found = [
            "one>", "two", "th", "re", "e", "four", "five<>", "six", "seven",
        ];
        assert_eq!(of_xml(body), found);
        assert_eq!(of_xml("<pwd>ab"), ["ab"]);
        assert_eq!(of_xml("</pwd></pwd>a<b>c<"), [""; 0]);
    }

    #[test]
    fn parts() {
        let format = || Format::Multipart(b"x".to_vec());
        let body = "\r\n--x\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nme\r\n--x \r\n\
            Content-Disposition: form-data;\r\n filename=\"a\"; name = \"pass\"\r\n\r\none\r\ntwo\r\n--xy\r\n\
            --x\r\nContent-Disposition: form-data; name*=utf-8''p%61ssword\r\n\r\n\r\n--x\r\n\
            content-disposition: form-data; name=Password\n\n--three\n--x\n\
            Content-Disposition: form-data; name=\"a\"; filename=\"password\"\r\n\r\n{\"pwd\":\"four\"}\r\n--x--\r\n\
            no";
        assert_eq!(all(format(), body), ["one", "two", "y", "three", "four"]);
        let long = "y".repeat(5000);
        let body = format!("--x\r\nA: {long}\r\n\r\nfive");
        assert_eq!(passwords(&format(), &body, 7), ["five"]);
    }
}
