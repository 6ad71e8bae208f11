//! What is searched for.

use crate::{
    format::{grouped, printable},
    lang::text,
};
use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use std::ops::Range;

/// The maximum length of a pattern, bytes. A longer one was pasted by mistake.
pub const MAX_LENGTH: usize = 1024;

/// The most memory of a regular expression, bytes: one that takes more is refused, and a smaller one is fast enough.
const MAX_REGEX: usize = 1 << 18;

/// How a pattern is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Text in upper or lower case.
    #[default]
    Text,
    /// Text as it is written.
    ExactText,
    /// Bytes in hexadecimal.
    Hex,
    /// A regular expression.
    Regex,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Text, Kind::ExactText, Kind::Hex, Kind::Regex];

    /// Returns the next one.
    pub fn next(self) -> Self {
        Kind::ALL[(self as usize + 1) % Kind::ALL.len()]
    }
}

/// Something to be found.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As it was typed.
    pub words: String,
    /// How it is written.
    pub kind: Kind,
    matcher: Matcher,
}

#[derive(Clone, Debug)]
enum Matcher {
    /// These bytes.
    Bytes(Box<Finder<'static>>),
    /// A text that may be written in several ways, all short: a match is a few bytes longer than the text at most.
    Text(Regex),
    /// A regular expression.
    Regex(Regex),
}

impl Pattern {
    /// Returns a pattern, or why there is none.
    ///
    /// # Errors
    ///
    /// Fails if it is too long, or not written as its kind demands.
    pub fn new(words: &str, kind: Kind) -> Result<Self, String> {
        if words.len() > MAX_LENGTH {
            return Err(text!("find-too-long", most = grouped(MAX_LENGTH as u64)));
        }
        if words.is_empty() {
            return Err(text!("find-matches-nothing").to_owned());
        }
        let matcher = match kind {
            Kind::Hex => {
                let bytes = bytes_of(words).ok_or_else(|| text!("find-not-hex").to_owned())?;
                exactly(&bytes)
            }
            Kind::Regex => {
                // A pattern in ASCII is about bytes: `\xff` is one.
                let is_unicode = !words.is_ascii();
                let regex = compile(words, true, is_unicode)?;
                if regex.is_match(b"") {
                    return Err(text!("find-matches-nothing").to_owned());
                }
                Matcher::Regex(regex)
            }
            Kind::Text | Kind::ExactText => of_text(words, kind == Kind::Text)?,
        };
        Ok(Pattern {
            words: words.to_owned(),
            kind,
            matcher,
        })
    }

    /// Returns the first match in some bytes that begins at `from` or later.
    pub fn find(&self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        let rest = bytes.get(from..)?;
        match &self.matcher {
            Matcher::Bytes(finder) => {
                let at = from + finder.find(rest)?;
                Some(at..at + finder.needle().len())
            }
            Matcher::Text(regex) | Matcher::Regex(regex) => {
                let found = regex.find_at(bytes, from)?;
                Some(found.range())
            }
        }
    }

    /// Returns the bytes that it consists of; none if they may be written in several ways.
    pub fn bytes(&self) -> &[u8] {
        match &self.matcher {
            Matcher::Bytes(finder) => finder.needle(),
            Matcher::Text(_) | Matcher::Regex(_) => &[],
        }
    }

    /// Whether bytes hold a match.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        match &self.matcher {
            Matcher::Bytes(finder) => finder.find(bytes).is_some(),
            Matcher::Text(regex) | Matcher::Regex(regex) => regex.is_match(bytes),
        }
    }

    /// Whether a match may be of any length, and depend on the bytes around it: packets that were read together are
    /// searched one by one then.
    pub fn is_regex(&self) -> bool {
        matches!(self.matcher, Matcher::Regex(_))
    }
}

/// Returns what finds a text: in UTF-8, and in EUC-KR (CP949) where it is written otherwise there.
fn of_text(words: &str, ignores_case: bool) -> Result<Matcher, String> {
    let has_case = words
        .chars()
        .any(|letter| letter.is_lowercase() || letter.is_uppercase());
    let (korean, _, is_lost) = encoding_rs::EUC_KR.encode(words);
    let korean = (!is_lost && !words.is_ascii()).then_some(korean);
    if korean.is_none() && !(has_case && ignores_case) {
        return Ok(exactly(words.as_bytes()));
    }
    let mut pattern = regex::escape(words);
    if let Some(korean) = korean {
        pattern.push_str("|(?-iu:");
        for byte in korean.iter() {
            pattern.push_str(&format!("\\x{byte:02x}"));
        }
        pattern.push(')');
    }
    let regex = compile(&pattern, ignores_case, !words.is_ascii())?;
    Ok(Matcher::Text(regex))
}

fn exactly(bytes: &[u8]) -> Matcher {
    Matcher::Bytes(Box::new(Finder::new(bytes).into_owned()))
}

fn compile(pattern: &str, ignores_case: bool, is_unicode: bool) -> Result<Regex, String> {
    let regex = RegexBuilder::new(pattern)
        .case_insensitive(ignores_case)
        .unicode(is_unicode)
        .size_limit(MAX_REGEX)
        .dfa_size_limit(4 * MAX_REGEX)
        .build();
    regex.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => text!("find-regex-too-large").to_owned(),
        error => {
            let error = error.to_string();
            let error = error.lines().last().unwrap_or_default();
            text!(
                "find-bad-regex",
                error = printable(error.trim_start_matches("error: "))
            )
        }
    })
}

/// Parses `ff d8`, `ffd8`, `FF:D8`, `0xff 0xd8`.
fn bytes_of(words: &str) -> Option<Vec<u8>> {
    let digits: String = words
        .split([' ', ':', ','])
        .map(|part| part.strip_prefix("0x").unwrap_or(part))
        .collect();
    let digits: Option<Vec<u32>> = digits.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| !digits.is_empty() && digits.len().is_multiple_of(2))?;
    let pairs = digits.chunks_exact(2);
    Some(pairs.map(|pair| (pair[0] << 4 | pair[1]) as u8).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &str, kind: Kind, bytes: &[u8]) -> Option<Range<usize>> {
        Pattern::new(words, kind).unwrap().find(bytes, 0)
    }

    #[test]
    fn each_kind_finds_what_it_should() {
        assert_eq!(found("get", Kind::Text, b"\0GET /"), Some(1..4));
        assert_eq!(found("get", Kind::ExactText, b"\0GET /"), None);
        assert_eq!(found("GET", Kind::ExactText, b"\0GET /"), Some(1..4));
        assert_eq!(found("a.c", Kind::Text, b"abc a.C"), Some(4..7));
        assert_eq!(found("a.c", Kind::Regex, b"xABC"), Some(1..4));
        assert_eq!(found("(?-i)a.c", Kind::Regex, b"ABC"), None);
        assert_eq!(found(r"\xff\xd8", Kind::Regex, b"\0\xff\xd8"), Some(1..3));
        for words in ["ff d8", "FFD8", "ff:d8", "0xff 0xd8", "ff,d8"] {
            assert_eq!(
                found(words, Kind::Hex, b"\0\xff\xd8"),
                Some(1..3),
                "{words}"
            );
        }
    }

    #[test]
    fn korean_is_found_in_both_encodings() {
        let korean = encoding_rs::EUC_KR.encode("회의록 A").0.into_owned();
        for kind in [Kind::Text, Kind::ExactText] {
            assert_eq!(found("회의록 A", kind, "a회의록 A".as_bytes()), Some(1..12));
            assert_eq!(found("회의록 A", kind, &korean), Some(0..8));
        }
        assert_eq!(found("É", Kind::Text, "é".as_bytes()), Some(0..2));
        assert_eq!(
            found("[가-힣]+", Kind::Regex, "a회의".as_bytes()),
            Some(1..7)
        );
    }

    #[test]
    fn what_cannot_be_searched_for_is_refused() {
        let refused = |words: &str, kind| Pattern::new(words, kind).unwrap_err();
        for (words, kind) in [("", Kind::Text), ("a*", Kind::Regex), ("$", Kind::Regex)] {
            assert_eq!(refused(words, kind), text!("find-matches-nothing"));
        }
        for words in ["f", "GET", "ff d"] {
            assert_eq!(refused(words, Kind::Hex), text!("find-not-hex"), "{words}");
        }
        for words in ["(a{1000}){1000}", r"\w{9999}{9999}"] {
            assert_eq!(refused(words, Kind::Regex), text!("find-regex-too-large"));
        }
        let unclosed = refused("a(\u{1b}[31m", Kind::Regex);
        assert!(
            unclosed.starts_with("not a regular expression"),
            "{unclosed}"
        );
        assert!(!unclosed.contains('\u{1b}'));
        for kind in Kind::ALL {
            let long = refused(&"ab".repeat(1 << 20), kind);
            assert!(long.contains("1,024"), "{long}");
        }
    }
}
