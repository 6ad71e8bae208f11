//! The text of a conversation that declares no character set.

use super::escape::percent;
use crate::{Setting, charset::Undeclared};
use std::borrow::Cow;

/// Bytes of a conversation that are examined for its character set: some dozens of names.
const MAX_KEPT: usize = 1024;

/// The text of a conversation that declares no character set and is not UTF-8. A name of two syllables alone does not
/// show its character set; with the other names of its conversation it does.
#[derive(Clone, Debug, Default)]
pub(crate) struct UndeclaredText {
    /// What is known from reading the conversation before.
    known: Undeclared,
    /// The first such texts. Nothing is kept where all is known, nor of UTF-8.
    kept: Vec<u8>,
    /// How much of it was there at the last guess, and what was guessed.
    examined: usize,
    guess: Undeclared,
}

impl UndeclaredText {
    /// Begins a conversation.
    pub fn new(setting: &Setting) -> Self {
        UndeclaredText {
            known: setting.undeclared,
            ..UndeclaredText::default()
        }
    }

    /// Notes a text.
    #[inline]
    pub fn note(&mut self, text: &[u8]) {
        if !text.is_ascii() {
            self.examine(text);
        }
    }

    /// Notes a text with its escaped bytes decoded.
    #[inline]
    pub fn note_escaped(&mut self, text: &[u8]) {
        if memchr::memchr(b'%', text).is_some() {
            self.note(&percent(text, false));
        } else {
            self.note(text);
        }
    }

    #[cold]
    fn examine(&mut self, text: &[u8]) {
        let room = MAX_KEPT.saturating_sub(self.kept.len());
        if self.known != Undeclared::default() || room == 0 || std::str::from_utf8(text).is_ok() {
            return;
        }
        self.kept
            .extend_from_slice(text.get(..room).unwrap_or(text));
        if self.kept.len() < MAX_KEPT {
            self.kept.push(b'\n');
        }
        // A guess takes time for all that was kept: it is made again when that has grown by a quarter.
        if self.kept.len() >= MAX_KEPT || self.kept.len() >= self.examined + self.examined / 4 {
            self.examined = self.kept.len();
            self.guess = Undeclared::seen_in(&self.kept);
        }
    }

    /// Returns the character set as far as it is known.
    pub fn charset(&self) -> Undeclared {
        self.known.or(self.guess)
    }

    /// Decodes a text.
    pub fn read<'a>(&self, bytes: &'a [u8]) -> Cow<'a, str> {
        self.charset().read(bytes)
    }

    /// Returns how many bytes it has allocated.
    pub fn allocated(&self) -> usize {
        self.kept.capacity()
    }
}

/// The longest line of a mail's head that is examined, bytes: RFC 5322, section 2.1.1.
const MAX_LINE: usize = 1000;

/// The head of a mail while it arrives.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeadText {
    line: Vec<u8>,
    ended: bool,
}

impl HeadText {
    /// Notes the fields among the next bytes of the mail.
    pub fn read(&mut self, bytes: &[u8], text: &mut UndeclaredText) {
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            if self.ended {
                return;
            }
            let room = MAX_LINE.saturating_sub(self.line.len());
            self.line
                .extend_from_slice(line.get(..room).unwrap_or(line));
            if line.ends_with(b"\n") {
                self.ended = line.trim_ascii().is_empty() && self.line.trim_ascii().is_empty();
                text.note(&self.line);
                self.line.clear();
            }
        }
        if self.ended {
            self.line = Vec::new();
        }
    }
}
