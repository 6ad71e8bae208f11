//! Finds the passwords in the body of a message while it arrives, piece by piece.

use super::escape::unescaped;
use crate::{ByteRange, Layer};
use std::ops::Range;

/// The length of the part of a name that is compared, bytes.
const MAX_NAME: usize = 1024;

/// The format of names and values in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// WHATWG URL Standard, section 5.
    Form,
    /// RFC 8259. Text around it is ignored, such as the other parts of a multipart message.
    Json,
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
    /// The next byte follows a backslash.
    escaped: bool,
}

impl Passwords {
    /// Begins to search a body.
    pub fn new(format: Format) -> Passwords {
        Passwords {
            format,
            state: match format {
                Format::Form => State::Name,
                Format::Json => State::Between,
            },
            name: Vec::new(),
            escaped: false,
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
            let next = match self.state {
                State::Between => b'"',
                State::Value => b'&',
                _ => continue,
            };
            let rest = bytes.get(here..).unwrap_or_default();
            here += memchr::memchr(next, rest).unwrap_or(rest.len());
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
            }
            (State::Name, b'=') => {
                self.state = match is_password(&self.name) {
                    true => State::Secret,
                    false => State::Value,
                };
            }
            (State::Name, _) => self.more_of_name(byte),
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
            (State::Quoted, b'"') => self.state = State::Between,
            (State::Password, b'"') => {
                self.state = State::Quoted;
                return false;
            }
            (State::Password, b'0'..=b'9' | b'-' | b'*') => self.state = State::Secret,
            (State::Secret, byte) if byte.is_ascii_alphanumeric() || b"*+-.".contains(&byte) => {}
            (_, b'"') => {
                self.state = State::Name;
                self.name.clear();
            }
            (State::Named, b':') => {
                let name = [b"\"", self.name.as_slice(), b"\""].concat();
                self.state = match is_password(unescaped(&name).as_bytes()) {
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

    fn more_of_name(&mut self, byte: u8) {
        if self.name.len() < MAX_NAME {
            self.name.push(byte);
        }
    }
}

/// Returns whether a form's field of this name holds a password.
pub fn is_password(name: &[u8]) -> bool {
    let begins = |word: &[u8]| {
        let mut windows = name.windows(word.len());
        windows.any(|part| part.eq_ignore_ascii_case(word))
    };
    begins(b"passw") || begins(b"pwd") || name.eq_ignore_ascii_case(b"pass")
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
    fn passwords(format: Format, body: &str, length: usize) -> Vec<String> {
        let mut passwords = Passwords::new(format);
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
        let whole = passwords(format, body, body.len());
        for length in 1..body.len() {
            assert_eq!(passwords(format, body, length), whole, "{length}");
        }
        whole
    }

    #[test]
    fn forms() {
        let form = Format::Form;
        let body = "user=a=b&password=s%33=t&pwd=&x&PASS=two&passport=1&q=pwd";
        assert_eq!(all(form, body), ["s%33=t", "two"]);
        assert_eq!(all(form, "pwd=ab"), ["ab"]);
        assert_eq!(all(form, "pwd"), [""; 0]);
    }

    #[test]
    fn json() {
        let body = r#"{"user":"me","Password" : "hu\"sh\\","a":{"pwd":1234,"p":["password",
            "x"]},"password":null,"passwd":["no"],"\u0070assword":"yes","pass":-5}"#;
        let found = all(Format::Json, body);
        assert_eq!(found, [r#"hu\"sh\\"#, "1234", "yes", "-5"]);
        // It may be incomplete, with other text around it.
        assert_eq!(all(Format::Json, r#""pwd":"ab"#), ["ab"]);
        let parts =
            "--x\r\nContent-Disposition: form-data; name=\"a\r\n\r\n{\"pwd\":\"ab\"}\r\n--x--";
        assert_eq!(all(Format::Json, parts), ["ab"]);
        assert_eq!(all(Format::Json, r#"{"pwd":"***"}"#), ["***"]);
    }
}
