//! JSON, written straight out: a tree of a packet has hundreds of small values.

use crate::format::is_invisible;
use std::fmt::Write;

/// One JSON object under construction.
pub struct Object<'t> {
    text: &'t mut String,
    first: bool,
}

impl<'t> Object<'t> {
    /// Opens an object.
    pub fn open(text: &'t mut String) -> Self {
        text.push('{');
        Object { text, first: true }
    }

    fn key(&mut self, name: &str) {
        if !std::mem::take(&mut self.first) {
            self.text.push_str(", ");
        }
        string(self.text, name);
        self.text.push_str(": ");
    }

    /// Adds a number, `true`, `false` or any other value that is written as it is.
    pub fn plain(&mut self, name: &str, value: impl std::fmt::Display) -> &mut Self {
        self.key(name);
        let _ = write!(self.text, "{value}");
        self
    }

    /// Adds a text.
    pub fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.key(name);
        string(self.text, value);
        self
    }

    /// Adds a number or `null`.
    pub fn maybe(&mut self, name: &str, value: Option<impl std::fmt::Display>) -> &mut Self {
        match value {
            Some(value) => self.plain(name, value),
            None => self.plain(name, "null"),
        }
    }

    /// Adds any value: its text is written by `write`.
    pub fn with(&mut self, name: &str, write: impl FnOnce(&mut String)) -> &mut Self {
        self.key(name);
        write(self.text);
        self
    }

    /// Closes the object.
    pub fn close(&mut self) {
        self.text.push('}');
    }
}

/// One JSON array under construction.
pub struct List<'t> {
    text: &'t mut String,
    first: bool,
}

impl<'t> List<'t> {
    /// Opens an array.
    pub fn open(text: &'t mut String) -> Self {
        text.push('[');
        List { text, first: true }
    }

    /// Returns where the next element is to be written.
    pub fn element(&mut self) -> &mut String {
        if !std::mem::take(&mut self.first) {
            self.text.push_str(", ");
        }
        self.text
    }

    /// Closes the array.
    pub fn close(self) {
        self.text.push(']');
    }
}

/// Writes text in quotes: RFC 8259, section 7. Control characters are escaped, including those of C1 and for text
/// direction, so that the output is safe in a terminal.
pub fn string(into: &mut String, value: &str) {
    into.push('"');
    let mut rest = value;
    while !rest.is_empty() {
        // Most of a text is written as it is.
        let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        let plain = rest.bytes().position(|byte| !is_plain(&byte));
        let (plain, behind) = rest.split_at(plain.unwrap_or(rest.len()));
        into.push_str(plain);
        let mut letters = behind.chars();
        if let Some(letter) = letters.next() {
            escape(into, letter);
        }
        rest = letters.as_str();
    }
    into.push('"');
}

fn escape(into: &mut String, letter: char) {
    match letter {
        '"' => into.push_str("\\\""),
        '\\' => into.push_str("\\\\"),
        '\n' => into.push_str("\\n"),
        '\r' => into.push_str("\\r"),
        '\t' => into.push_str("\\t"),
        _ if is_invisible(letter) => {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(into, "\\u{unit:04x}");
            }
        }
        _ => into.push(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let nasty = "a\"b\\c\n\u{1b}[2J\u{9b}\u{202e}회의록\0\u{3164}\u{e0041}";
        let mut text = String::new();
        Object::open(&mut text)
            .text("x", nasty)
            .maybe("y", None::<u8>)
            .plain("z", 1.5)
            .close();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["x"], nasty);
        assert!(
            text.starts_with("{\"x\": \"a\\\"b\\\\c\\n\\u001b[2J\\u009b\\u202e회의록\\u0000"),
            "{text}"
        );
        assert_eq!(read["y"], serde_json::Value::Null);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{9b}'));
    }
}
