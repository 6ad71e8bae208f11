//! Finds the passwords in XML, byte by byte: the content of elements and the values of attributes that are named as
//! passwords.

use super::MAX_NAME;
use crate::header_secrets::is_password;

/// The part of the text that the next byte belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    /// Character data.
    #[default]
    Text,
    /// The name of a tag, from its first byte after `<`.
    Tag,
    /// A comment, a declaration or an instruction, as far as the next `>` or `<`.
    Other,
    /// A CDATA section.
    Section,
    /// What follows the name of a tag: white space and names of attributes.
    Attributes,
    /// What follows the equals sign of an attribute.
    Equals,
    /// The value of an attribute, up to this quotation mark.
    Value(u8),
}

/// XML that is being searched.
#[derive(Clone, Debug, Default)]
pub struct Xml {
    part: Part,
    /// The latest name.
    name: Vec<u8>,
    /// The value of an attribute that may name what the element holds.
    value: Vec<u8>,
    /// How many elements are open, from one that holds a password.
    depth: u32,
    /// The tag ends an element.
    is_end: bool,
    /// The tag is that of a password.
    is_secret: bool,
    /// The last byte of the tag before this one is a slash: the element has no content.
    slash: bool,
    /// The text has begun: white space before it stands between tags.
    begun: bool,
    /// How many brackets have come that may end a section.
    brackets: u8,
}

/// What a CDATA section begins with, after `<`.
const SECTION: &[u8] = b"![CDATA[";

impl Xml {
    /// Returns whether it is in a text that holds no password.
    pub fn is_in_text(&self) -> bool {
        self.part == Part::Text && self.depth == 0
    }

    /// Returns whether the next byte belongs to a password.
    pub fn next(&mut self, byte: u8) -> bool {
        match (self.part, byte) {
            (Part::Section, b'>') if self.brackets >= 2 => self.text(),
            (Part::Section, b']') => self.brackets = self.brackets.saturating_add(1),
            (Part::Section, _) => {
                self.brackets = 0;
                return self.depth > 0;
            }
            (Part::Value(quote), _) => return self.value(byte, quote),
            (_, b'<') => {
                self.part = Part::Tag;
                (self.is_end, self.is_secret, self.slash) = (false, false, false);
                self.name.clear();
            }
            (Part::Text, _) => {
                self.begun |= !byte.is_ascii_whitespace();
                return self.depth > 0 && self.begun;
            }
            (Part::Other, b'>') => self.text(),
            (Part::Other, _) => {}
            (_, b'>') => self.end_of_tag(),
            (Part::Tag, b'/') if self.name.is_empty() => self.is_end = true,
            (Part::Tag, _) if self.name.first().is_some_and(|first| b"!?".contains(first)) => {
                self.declaration(byte)
            }
            (Part::Tag, b'/') => self.end_of_name(true),
            (Part::Tag, _) if byte.is_ascii_whitespace() => self.end_of_name(false),
            (Part::Equals, b'"' | b'\'') => {
                self.part = Part::Value(byte);
                self.value.clear();
            }
            (Part::Equals, _) if byte.is_ascii_whitespace() => {}
            (Part::Equals, _) => self.part = Part::Attributes,
            (Part::Attributes, b'=') => self.part = Part::Equals,
            (Part::Attributes, b'/') => self.slash = true,
            (Part::Attributes, _) if byte.is_ascii_whitespace() => self.begun = false,
            (Part::Attributes, _) => {
                if !self.begun {
                    self.name.clear();
                }
                (self.begun, self.slash) = (true, false);
                self.more_of_name(byte);
            }
            (Part::Tag, _) => self.more_of_name(byte),
        }
        false
    }

    fn more_of_name(&mut self, byte: u8) {
        if self.name.len() < MAX_NAME {
            self.name.push(byte);
        }
    }

    fn text(&mut self) {
        (self.part, self.begun) = (Part::Text, false);
    }

    /// Reads a byte behind `<!` or `<?`.
    fn declaration(&mut self, byte: u8) {
        self.more_of_name(byte);
        if self.name == SECTION {
            (self.part, self.brackets) = (Part::Section, 0);
        } else if !SECTION.starts_with(&self.name) {
            self.part = Part::Other;
        }
    }

    fn end_of_name(&mut self, slash: bool) {
        self.is_secret = is_password(local(&self.name));
        (self.part, self.begun, self.slash) = (Part::Attributes, false, slash);
        self.name.clear();
    }

    fn end_of_tag(&mut self) {
        if self.part == Part::Tag {
            self.end_of_name(false);
        }
        if self.is_end {
            self.depth = self.depth.saturating_sub(1);
        } else if !self.slash && (self.is_secret || self.depth > 0) {
            self.depth = self.depth.saturating_add(1);
        }
        self.text();
    }

    /// Reads a byte of the value of an attribute.
    fn value(&mut self, byte: u8, quote: u8) -> bool {
        let name = local(&self.name);
        if byte != quote {
            if self.value.len() < MAX_NAME {
                self.value.push(byte);
            }
            // <add key="password" value="…"/>
            return is_password(name) || self.is_secret && name.eq_ignore_ascii_case(b"value");
        }
        let names_content = [b"name".as_slice(), b"key", b"id"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known));
        self.is_secret |= names_content && is_password(&self.value);
        (self.part, self.begun, self.slash) = (Part::Attributes, false, false);
        false
    }
}

/// Returns a name without the prefix of its namespace.
fn local(name: &[u8]) -> &[u8] {
    name.rsplit(|&byte| byte == b':').next().unwrap_or_default()
}
