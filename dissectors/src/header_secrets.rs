//! Finds the secrets in header lines, byte by byte, as HTTP has them: credentials, passwords in URIs and in pairs of
//! name and value. Also in lines of no known message, such as those of a head whose beginning was not captured.

use memchr::memmem::{self, Finder};
use std::{borrow::Cow, mem, ops::Range, sync::LazyLock};

/// The length to which a name is kept, bytes.
const MAX_NAME: usize = 1024;

/// Fields that hold URIs, or pairs of name and value.
const WITH_URIS: &[&[u8]] = &[
    b"content-location",
    b"cookie",
    b"location",
    b"origin",
    b"referer",
    b"set-cookie",
];

/// Fields that hold credentials: RFC 9110, sections 11.6.2 and 11.7.2.
const WITH_CREDENTIALS: [&[u8]; 2] = [b"authorization", b"proxy-authorization"];

/// Returns whether who sees the credentials of this scheme can use them: RFC 7617, RFC 6750, and tokens of other names.
pub fn is_bearing(scheme: &[u8]) -> bool {
    let schemes: [&[u8]; 4] = [b"basic", b"bearer", b"token", b"apikey"];
    schemes.iter().any(|it| scheme.eq_ignore_ascii_case(it))
}

/// Returns whether the value of this name is a password, or a token that serves as one: RFC 6749 and RFC 6750.
pub fn is_password(name: &[u8]) -> bool {
    let has = |word: &[u8]| contains(name, word);
    may_hold_secret(name)
        && (has(b"passw")
            || has(b"pwd")
            || name.eq_ignore_ascii_case(b"pass")
            || has(b"access_token")
            || has(b"refresh_token")
            || has(b"client_secret"))
}

/// Returns whether a word is in a text, in any case.
pub fn contains(text: &[u8], word: &[u8]) -> bool {
    let Some(&first) = word.first() else {
        return true;
    };
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    memchr::memchr2_iter(lower, upper, text).any(|at| {
        let part = text.get(at..at + word.len());
        part.is_some_and(|part| part.eq_ignore_ascii_case(word))
    })
}

/// Decodes percent-encoding as it comes: RFC 3986, section 2.1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Percent {
    /// How many bytes of an encoded byte have come, and the value of its first digit.
    seen: u8,
    high: u8,
}

impl Percent {
    /// Returns the byte that ends here, and whether it was encoded. None within an encoded byte.
    pub fn next(&mut self, byte: u8) -> Option<(u8, bool)> {
        let digit = char::from(byte).to_digit(16).map(|digit| digit as u8);
        match (mem::take(&mut self.seen), digit) {
            (0 | 1, _) if byte == b'%' => self.seen = 1,
            (1, Some(high)) => (self.seen, self.high) = (2, high),
            (2, Some(low)) => return Some((self.high << 4 | low, true)),
            (2, _) if byte == b'%' => self.seen = 1,
            _ => return Some((byte, false)),
        }
        None
    }
}

/// Decodes percent-encoding that may have been encoded again, as in a URI within another one within a third.
#[derive(Clone, Copy, Debug, Default)]
struct Nested {
    outer: Percent,
    inner: Percent,
    /// How many encoded bytes the byte that is being decoded has.
    length: usize,
}

impl Nested {
    /// Returns the byte that ends here, and the length of its encoding. None within an encoded byte.
    fn next(&mut self, byte: u8) -> Option<(u8, usize)> {
        self.length += 1;
        let (outer, _) = self.outer.next(byte)?;
        let (inner, is_encoded) = self.inner.next(outer)?;
        let length = mem::take(&mut self.length);
        // A byte that ends no encoding is not that of the incomplete one before it.
        let is_plain = outer == byte && !is_encoded;
        Some((inner, if is_plain { 1 } else { length }))
    }
}

/// What the lines belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The head of a message, which ends with an empty line.
    Head,
    /// Fields without a first line, which end with an empty line.
    Trailer,
    /// Any text: only fields that are known to hold secrets are searched.
    Other,
}

/// The part of a line that the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The name of a field, or the beginning of another line.
    FieldName,
    /// The scheme of credentials.
    Scheme,
    /// The spaces before a secret.
    Before,
    /// A secret that ends with the line.
    Credentials,
    /// Any text. A name may be in it.
    Text,
    /// A password in a query or a fragment.
    Query,
    /// A password in another pair of name and value.
    Pair,
    /// The part of a URI that may hold a password before its host: RFC 3986, section 3.2. Its signs may be encoded
    /// where it stands in another URI.
    Authority { encoded: bool },
    /// Nothing of interest.
    Rest,
    /// The empty line has come.
    Ended,
}

/// The part of a line end that has come. Some programs send CR twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineEnd {
    None,
    Cr,
    CrCr,
    Whole,
}

/// Lines that are being searched.
#[derive(Clone, Debug)]
pub struct HeaderSecrets {
    kind: Kind,
    part: Part,
    line_end: LineEnd,
    /// This is the first line. Of other text its beginning may be missing.
    first_line: bool,
    /// A name, without its encoding.
    name: Vec<u8>,
    percent: Nested,
    /// A name cannot begin here: this is a path.
    in_path: bool,
    /// The sign before the name is one of those of a query or a fragment.
    is_query: bool,
    /// The previous byte was a slash.
    slash: bool,
    /// The offset of the next byte.
    at: usize,
    /// The offset at which the secret begins.
    from: Option<usize>,
    /// The offset at which it ends, unless what follows is more of it.
    to: Option<usize>,
    /// The length of the part of [`VERSION`] that has come behind `to`.
    version: usize,
    /// How many of the following lines answer what the server asks for in a login, and may be secret.
    answers: u8,
    found: bool,
}

/// How many bytes are searched at once for the signs of a secret.
const WINDOW: usize = 4096;

/// Returns the length of the lines that these bytes begin with, with their ends, if it is certain that they hold no
/// secret: all of them up to an empty line or to the last one that has begun.
fn harmless_lines(bytes: &[u8]) -> Option<usize> {
    let last = match memmem::find(bytes, b"\n\r\n") {
        Some(last) => last,
        None => memchr::memrchr(b'\n', bytes)?,
    };
    let (lines, behind) = bytes.split_at(last + 1);
    // RFC 9112, section 5.2: a blank continues the line before.
    let is_ended = behind
        .first()
        .is_some_and(|next| !matches!(next, b' ' | b'\t'));
    let has_empty = || memmem::find(lines, b"\n\n").or_else(|| memmem::find(lines, b"\r\r"));
    (is_ended && has_empty().is_none() && !may_hold_secret(lines)).then_some(lines.len())
}

/// Returns the length of the line that these bytes begin with, without its end, under the same conditions.
fn harmless_line(bytes: &[u8]) -> Option<usize> {
    let length = memchr::memchr2(b'\r', b'\n', bytes)?;
    let (line, behind) = bytes.split_at(length);
    let next = match behind {
        [b'\r', b'\n', next, ..] | [b'\n', next, ..] => next,
        _ => return None,
    };
    (!matches!(next, b' ' | b'\t') && !may_hold_secret(line)).then_some(length)
}

/// Returns whether bytes begin with a whole head, and it is certain that no secret is in it.
pub fn is_harmless_head(bytes: &[u8]) -> bool {
    static END: LazyLock<Finder> = LazyLock::new(|| Finder::new(b"\r\n\r\n"));
    let bytes = bytes.get(..WINDOW).unwrap_or(bytes);
    let end = END.find(bytes);
    end.and_then(|end| bytes.get(..end))
        .is_some_and(|head| !may_hold_secret(head))
}

/// Returns false if none of the signs of a secret is in a text, and no part of a name that a secret has.
fn may_hold_secret(text: &[u8]) -> bool {
    const CASE: u8 = b'a' ^ b'A';
    let is = |byte: u8, letter: u8| u8::from(byte | CASE == letter);
    let mut signs = memchr::memchr3_iter(b'%', b'@', b'_', text);
    if signs.any(|at| match text.get(at..) {
        // Client_secret, access_token.
        Some([b'_', second, third, ..]) => {
            is(*second, b's') & is(*third, b'e') | is(*second, b't') & is(*third, b'o') != 0
        }
        Some([b'_', ..]) => false,
        _ => true,
    }) {
        return true;
    }
    let second = text.get(1..).unwrap_or_default();
    let third = text.get(2..).unwrap_or_default();
    let three = text.iter().zip(second).zip(third);
    // Without branches, so that many bytes are compared at once. Some other characters count as these letters, too.
    let any = three.fold(0, |any, ((&first, &second), &third)| {
        // Three letters of each other name that `is_password` and WITH_CREDENTIALS have.
        let p = is(second, b'a') & is(third, b's') | is(second, b'w') & is(third, b'd');
        let u = is(second, b't') & is(third, b'h');
        any | is(first, b'p') & p | is(first, b'u') & u
    });
    any != 0
}

/// Returns whether these are the words before the password in the command of a mail or file server: RFC 959, section
/// 4.1.1; RFC 1939, section 7; RFC 3501, section 6.2.3; RFC 4954, section 4; RFC 9051, section 6.2.2.
fn is_before_password(words: &[u8]) -> bool {
    let mut words = words.split(|&byte| byte == b' ');
    let mut next = || words.next().unwrap_or_default();
    match (next(), next(), next(), next()) {
        (pass, b"", b"", b"") => pass.eq_ignore_ascii_case(b"pass"),
        (auth, mechanism, b"", b"") if auth.eq_ignore_ascii_case(b"auth") => !mechanism.is_empty(),
        (tag, command, argument, b"") if is_tag(tag, command) => {
            let is = |known: &[u8]| command.eq_ignore_ascii_case(known);
            !argument.is_empty() && (is(b"login") || is(b"authenticate"))
        }
        _ => false,
    }
}

/// Returns whether a command of IMAP may have this tag: a text rarely has such a word before one in capital letters.
fn is_tag(tag: &[u8], command: &[u8]) -> bool {
    !tag.is_empty()
        && (tag.iter().any(u8::is_ascii_digit) || command.iter().all(u8::is_ascii_uppercase))
}

/// Returns how many lines of the same side answer what the server asks for after this line: the name and the password,
/// or both in one.
fn answers_to(line: &[u8]) -> u8 {
    let mut words = line.split(|&byte| byte == b' ');
    let mut next = || words.next().unwrap_or_default();
    let (first, second, third) = (next(), next(), next());
    let is = |word: &[u8], known: &[u8]| word.eq_ignore_ascii_case(known);
    let mechanism = match () {
        () if is(first, b"auth") && third.is_empty() => second,
        () if is(second, b"authenticate") && is_tag(first, second) => third,
        () => b"",
    };
    match () {
        () if is(mechanism, b"login") => 2,
        () if is(mechanism, b"plain") => 1,
        () => 0,
    }
}

/// Returns whether a text has no word that a login has and [`may_hold_secret`] does not know.
fn has_no_login(text: &[u8]) -> bool {
    !contains(text, b"login ")
}

/// Ends the target of a request: RFC 9112, section 3.
const VERSION: &[u8] = b" HTTP/";

impl HeaderSecrets {
    fn new(kind: Kind, part: Part) -> HeaderSecrets {
        HeaderSecrets {
            kind,
            part,
            line_end: LineEnd::None,
            first_line: kind != Kind::Trailer,
            name: Vec::new(),
            percent: Nested::default(),
            in_path: false,
            is_query: false,
            slash: false,
            at: 0,
            from: None,
            to: None,
            version: 0,
            answers: 0,
            found: false,
        }
    }

    /// Begins with the head of a message.
    pub fn head() -> HeaderSecrets {
        HeaderSecrets::new(Kind::Head, Part::FieldName)
    }

    /// Begins with fields that have no first line before them.
    pub fn trailer() -> HeaderSecrets {
        HeaderSecrets::new(Kind::Trailer, Part::FieldName)
    }

    /// Begins with pairs of name and value in one line.
    pub fn pairs() -> HeaderSecrets {
        HeaderSecrets::new(Kind::Trailer, Part::Text)
    }

    /// Begins with any text, which may be the middle of a line.
    pub fn other() -> HeaderSecrets {
        HeaderSecrets::new(Kind::Other, Part::FieldName)
    }

    /// Returns whether the lines are any text.
    pub fn is_other(&self) -> bool {
        self.kind == Kind::Other
    }

    /// Returns whether a secret was found.
    pub fn has_found(&self) -> bool {
        self.found
    }

    /// Returns whether what follows may be a secret that was announced before: the rest of one, or the answer to what
    /// the server asks for in a login.
    pub fn is_in_login(&self) -> bool {
        let is_secret = matches!(self.part, Part::Before | Part::Credentials);
        self.answers > 0 || is_secret && self.line_end == LineEnd::None
    }

    /// Passes over the first bytes: the next call is given those that follow them.
    pub fn shift(&mut self, by: usize) {
        self.at = self.at.saturating_sub(by);
        self.from = self.from.map(|from| from.saturating_sub(by));
        self.to = self.to.map(|to| to.saturating_sub(by));
    }

    /// Searches bytes, the first of which were searched before. Returns the offset from which earlier results no longer
    /// hold.
    pub fn find(&mut self, bytes: &[u8], found: &mut Vec<Range<usize>>) -> usize {
        let mut holds = self.at.min(bytes.len());
        if let (Part::Authority { .. }, Some(colon)) = (self.part, self.from) {
            holds = holds.min(colon);
        }
        // The lines before this offset may hold a secret, and are searched one by one.
        let mut doubtful = 0;
        while let Some(&byte) = bytes.get(self.at) {
            let is_text = self.line_end == LineEnd::None && !b"\r\n".contains(&byte);
            match self.part {
                Part::Ended => break,
                _ if self.line_end == LineEnd::Whole
                    && !matches!(byte, b'\r' | b'\n' | b' ' | b'\t') =>
                {
                    self.line_end = LineEnd::None;
                    self.begin_line();
                }
                // Most lines hold no secret, and are here as a whole.
                Part::FieldName if is_text && self.name.is_empty() && !self.may_be_cut() => {
                    let rest = bytes.get(self.at..).unwrap_or_default();
                    let window = rest.get(..WINDOW).unwrap_or(rest);
                    let is_harmless = |length: &usize| {
                        self.kind != Kind::Other
                            || has_no_login(rest.get(..*length).unwrap_or_default())
                    };
                    if self.at >= doubtful {
                        if let Some(length) = harmless_lines(window).filter(is_harmless) {
                            self.part = Part::Text;
                            self.line_end = LineEnd::Whole;
                            self.at += length;
                            continue;
                        }
                        doubtful = self.at + window.len();
                    }
                    if let Some(length) = harmless_line(rest).filter(is_harmless) {
                        self.part = Part::Text;
                        self.at += length;
                    } else {
                        self.byte(byte, found);
                        self.at += 1;
                    }
                }
                // Most of a text is neither a name nor a secret.
                Part::Rest if is_text => {
                    let rest = bytes.get(self.at..).unwrap_or_default();
                    self.at += memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                }
                _ => {
                    self.byte(byte, found);
                    self.at += 1;
                }
            }
        }
        // What follows may be more of the secret. A password before a host ends at the sign that is not there yet.
        if self.line_end == LineEnd::None
            && let Some(from) = self.from
        {
            let to = self.to.unwrap_or(self.at);
            self.found |= from < to && (self.to.is_some() || !self.in_authority());
            found.push(from..to);
        }
        holds
    }

    /// Returns whether the beginning of this line may be missing.
    fn may_be_cut(&self) -> bool {
        self.kind == Kind::Other && self.first_line
    }

    fn in_authority(&self) -> bool {
        matches!(self.part, Part::Authority { .. })
    }

    fn byte(&mut self, byte: u8, found: &mut Vec<Range<usize>>) {
        let is_end = matches!(byte, b'\r' | b'\n');
        let is_empty_line = match (self.line_end, byte) {
            (LineEnd::None, b'\r' | b'\n') if self.is_before_head() => return,
            (LineEnd::None, b'\r' | b'\n') => {
                self.pause(found);
                self.line_end = if byte == b'\r' {
                    LineEnd::Cr
                } else {
                    LineEnd::Whole
                };
                return;
            }
            (LineEnd::None, _) => return self.letter(byte, found),
            (LineEnd::Cr | LineEnd::CrCr, b'\n') => {
                self.line_end = LineEnd::Whole;
                return;
            }
            (LineEnd::Cr, b'\r') => {
                self.line_end = LineEnd::CrCr;
                return;
            }
            (LineEnd::CrCr, _) => true,
            (LineEnd::Whole, _) => is_end,
            (LineEnd::Cr, _) => false,
        };
        self.line_end = LineEnd::None;
        match byte {
            _ if is_empty_line && self.kind != Kind::Other => {
                self.part = Part::Ended;
                (self.from, self.to) = (None, None);
            }
            // RFC 9112, section 5.2: the line before goes on.
            b' ' | b'\t' if !is_empty_line => self.letter(byte, found),
            _ => {
                self.begin_line();
                match byte {
                    b'\r' => self.line_end = LineEnd::Cr,
                    b'\n' => self.line_end = LineEnd::Whole,
                    _ => self.letter(byte, found),
                }
            }
        }
    }

    /// Returns whether nothing but empty lines has come.
    fn is_before_head(&self) -> bool {
        self.kind == Kind::Head
            && self.first_line
            && self.part == Part::FieldName
            && self.name.is_empty()
    }

    fn begin_line(&mut self) {
        self.part = Part::FieldName;
        self.first_line = false;
        self.text_begins();
        (self.from, self.to) = (None, None);
        if self.answers > 0 {
            self.answers -= 1;
            self.part = Part::Before;
        }
    }

    fn text_begins(&mut self) {
        self.name.clear();
        self.percent = Nested::default();
        (self.in_path, self.is_query, self.slash) = (false, false, false);
    }

    /// Handles the end of a line, which may go on in the next one.
    fn pause(&mut self, found: &mut Vec<Range<usize>>) {
        match self.part {
            Part::Authority { .. } => self.end_secret(self.to, found),
            Part::Query | Part::Pair | Part::Credentials => {
                if let Some(from) = self.from {
                    self.push(from..self.at, found);
                }
                (self.to, self.version) = (None, 0);
            }
            Part::FieldName if self.kind == Kind::Other => self.answers = answers_to(&self.name),
            _ => {}
        }
    }

    fn push(&mut self, secret: Range<usize>, found: &mut Vec<Range<usize>>) {
        self.found |= !secret.is_empty();
        found.push(secret);
    }

    /// Ends the secret, if there is an end.
    fn end_secret(&mut self, to: Option<usize>, found: &mut Vec<Range<usize>>) {
        if let (Some(from), Some(to)) = (self.from, to) {
            self.push(from..to, found);
        }
        (self.from, self.to, self.version) = (None, None, 0);
        self.part = Part::Text;
        self.text_begins();
    }

    /// Handles a byte that ends no line.
    fn letter(&mut self, byte: u8, found: &mut Vec<Range<usize>>) {
        let is_blank = matches!(byte, b' ' | b'\t');
        match self.part {
            Part::FieldName => self.field_name(byte),
            Part::Scheme if !is_blank => self.add(byte),
            Part::Scheme if self.name.is_empty() => {}
            Part::Scheme => {
                self.part = match is_bearing(&self.name) {
                    true => Part::Before,
                    false => Part::Text,
                };
                self.text_begins();
            }
            Part::Before if is_blank => {}
            Part::Before => {
                self.part = Part::Credentials;
                self.from = Some(self.at);
            }
            Part::Text => {
                if let Some((sign, length)) = self.percent.next(byte) {
                    self.text(sign, length > 1);
                }
            }
            Part::Query | Part::Pair => self.password(byte, found),
            Part::Authority { encoded } => self.authority(byte, encoded, found),
            Part::Credentials | Part::Rest | Part::Ended => {}
        }
    }

    /// Adds to a name. Of a long one the end is kept.
    fn add(&mut self, byte: u8) {
        if self.name.len() >= MAX_NAME {
            self.name.drain(..MAX_NAME / 2);
        }
        self.name.push(byte);
    }

    fn field_name(&mut self, byte: u8) {
        match byte {
            b':' => {
                self.part = self.after_name();
                self.text_begins();
            }
            b' ' | b'\t' if self.kind == Kind::Head && self.first_line => {
                self.part = Part::Authority { encoded: false };
                self.text_begins();
            }
            b' ' if self.kind == Kind::Other && is_before_password(&self.name) => {
                self.part = Part::Before;
                self.text_begins();
            }
            // No field: a line of pairs.
            b'=' if self.kind != Kind::Other => {
                self.part = Part::Text;
                self.text(byte, false);
            }
            b' '..=b'~' | b'\t' => self.add(byte),
            _ => self.part = self.uninteresting(),
        }
    }

    fn uninteresting(&self) -> Part {
        match self.kind {
            Kind::Other => Part::Rest,
            Kind::Head | Kind::Trailer => Part::Text,
        }
    }

    /// Returns what a field of this name holds.
    fn after_name(&self) -> Part {
        let name = self.name.trim_ascii();
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        // The beginning of the name may not have been captured.
        let ends = |known: &&[u8]| {
            let end = known.len().checked_sub(name.len());
            end.and_then(|end| known.get(end..)).is_some_and(is)
        };
        let is_cut = self.kind == Kind::Other && self.first_line;
        if WITH_CREDENTIALS.iter().any(|known| is(known))
            || is_cut && WITH_CREDENTIALS.iter().any(ends)
        {
            Part::Scheme
        } else if is(b"host") {
            Part::Authority { encoded: false }
        } else if WITH_URIS.iter().any(|known| is(known)) {
            Part::Text
        } else if self.kind != Kind::Other && is_password(name) {
            Part::Before
        } else {
            self.uninteresting()
        }
    }

    /// Handles a byte of a text, which may have been encoded.
    fn text(&mut self, sign: u8, encoded: bool) {
        let after_slash = mem::take(&mut self.slash);
        match sign {
            b'=' => {
                if !self.in_path && is_password(&self.name) {
                    self.part = match self.is_query {
                        true => Part::Query,
                        false => Part::Pair,
                    };
                    self.from = Some(self.at + 1);
                }
                self.name.clear();
            }
            b'/' if after_slash => {
                self.part = Part::Authority { encoded };
                self.text_begins();
            }
            b'?' | b'&' | b'#' | b';' | b',' | b' ' | b'\t' | b'"' | b'\'' | b'<' | b'(' | b'['
            | b'{' | b'/' | b':' => {
                self.is_query = matches!(sign, b'?' | b'&' | b'#');
                self.slash = sign == b'/';
                self.in_path = sign == b'/';
                self.name.clear();
            }
            _ => self.add(sign),
        }
    }

    /// Handles a byte of a password. Only the signs that its URI or its field must encode end it.
    fn password(&mut self, byte: u8, found: &mut Vec<Range<usize>>) {
        let ends = match self.part {
            Part::Query => matches!(byte, b'&' | b'#'),
            _ => byte == b';',
        };
        if ends {
            self.end_secret(Some(self.at), found);
            return self.text(byte, false);
        }
        if VERSION.get(self.version) == Some(&byte) {
            self.to = self.to.or(Some(self.at));
            self.version += 1;
            if self.version == VERSION.len() {
                self.end_secret(self.to, found);
            }
            return;
        }
        (self.to, self.version) = match byte {
            b' ' => (Some(self.at), 1),
            _ => (None, 0),
        };
    }

    fn authority(&mut self, byte: u8, in_uri: bool, found: &mut Vec<Range<usize>>) {
        let (sign, length) = match in_uri {
            false => (byte, 1),
            true => match self.percent.next(byte) {
                Some(sign) => sign,
                None => return,
            },
        };
        // Spaces before it.
        if self.name.is_empty() && matches!(sign, b' ' | b'\t') {
            return;
        }
        if self.name.is_empty() {
            self.add(sign);
        }
        match sign {
            b':' => self.from = self.from.or(Some(self.at + 1)),
            b'@' => {
                self.to = self.from.map(|_| (self.at + 1).saturating_sub(length));
            }
            b'&' if !in_uri => {}
            b'/' | b'?' | b'#' | b'"' | b'<' | b'>' | b'&' => {
                self.end_secret(self.to, found);
                self.text(sign, length > 1);
            }
            _ => {}
        }
    }
}

/// Returns a URI with its passwords masked.
pub fn masked(uri: &str) -> Cow<'_, str> {
    if !may_hold_secret(uri.as_bytes()) {
        return Cow::Borrowed(uri);
    }
    let mut found = Vec::new();
    let begin = Part::Authority { encoded: false };
    HeaderSecrets::new(Kind::Head, begin).find(uri.as_bytes(), &mut found);
    if found.iter().all(Range::is_empty) {
        return Cow::Borrowed(uri);
    }
    let mut bytes = uri.as_bytes().to_vec();
    for secret in found {
        if let Some(secret) = bytes.get_mut(secret) {
            secret.fill(b'*');
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the secrets in a text that comes in pieces of `length` bytes.
    fn in_pieces(mut lines: HeaderSecrets, text: &str, length: usize) -> (Vec<String>, bool) {
        // Other bytes become zero bytes.
        let mut shown = vec![0; text.len()];
        let mut end = 0;
        for piece in text.as_bytes().chunks(length) {
            end += piece.len();
            let mut found = Vec::new();
            let bytes = text.as_bytes().get(..end).unwrap_or_default();
            let from = lines.find(bytes, &mut found);
            if let Some(later) = shown.get_mut(from..) {
                later.fill(0);
            }
            for part in found {
                if let (Some(into), Some(secret)) = (shown.get_mut(part.clone()), bytes.get(part)) {
                    into.copy_from_slice(secret);
                }
            }
        }
        let text = String::from_utf8_lossy(&shown).into_owned();
        let secrets = text.split('\0').filter(|secret| !secret.is_empty());
        (secrets.map(str::to_owned).collect(), lines.has_found())
    }

    fn all(lines: &HeaderSecrets, text: &str) -> Vec<String> {
        let whole = in_pieces(lines.clone(), text, text.len().max(1));
        for length in 1..text.len() {
            let pieces = in_pieces(lines.clone(), text, length);
            assert_eq!(pieces, whole, "{text:?} {length}");
        }
        assert_eq!(whole.1, !whole.0.is_empty(), "{text:?}");
        whole.0
    }

    fn in_head(text: &str) -> Vec<String> {
        all(&HeaderSecrets::head(), text)
    }

    #[test]
    fn targets() {
        for (target, secrets) in [
            ("/?user=me&pwd=hush&x", &["hush"][..]),
            ("/?p%61ssword=hush", &["hush"]),
            ("/?PassWord=hush#a", &["hush"]),
            ("/#access_token=hush&a=b", &["hush"]),
            ("/a b?password=hu sh&c", &["hu sh"]),
            ("/?password=a;b%26c", &["a;b%26c"]),
            ("/?a=b=c&pass=HTTP/1", &["HTTP/1"]),
            ("/;password=hush;b=c", &["hush"]),
            ("http://me:hush@a.kr/?pass=two", &["hush", "two"]),
            ("http://me:p@ss:w@a.kr:80/", &["p@ss:w"]),
            ("http://me@a.kr:80/?q=pwd", &[]),
            ("http://[fe80::1]:80/", &[]),
            ("a.kr:443", &[]),
            ("/pwd=no/?q=/pwd=no", &[]),
            ("me:hush@a.kr:443", &["hush"]),
            (
                "/?to=http%3A%2F%2Fme%3Ahush%40a.kr%2F%3Fpassword%3Dtwo&x=y",
                &["hush", "two"],
            ),
            (
                "/?to=http%253A%252f%252Fme%253Ahush%2540a.kr%252F%253Fpass%2577ord%253dtwo&x=y",
                &["hush", "two"],
            ),
            ("/?a=%25&pwd=hush&b=%2", &["hush"]),
            ("/?passport=1&compass=n&password=&pass", &[]),
        ] {
            assert_eq!(
                in_head(&format!("GET {target} HTTP/1.1\r\n\r\n")),
                secrets,
                "{target}"
            );
            assert_eq!(in_head(&format!("get {target}\n\n")), secrets, "{target}");
            let line = format!("A: b\r\nReferer: {target}\r\n");
            let of_a_uri = target.starts_with('/') || target.contains("//");
            if of_a_uri {
                assert_eq!(all(&HeaderSecrets::trailer(), &line), secrets, "{target}");
                assert_eq!(all(&HeaderSecrets::other(), &line), secrets, "{target}");
            }
        }
        assert_eq!(
            masked("ftp://me:hush@a.kr/?pass=two&b"),
            "ftp://me:****@a.kr/?pass=***&b"
        );
        assert_eq!(masked("a.kr:80/?a=b"), "a.kr:80/?a=b");
    }

    #[test]
    fn fields() {
        let head = "\r\n\nGET / HTTP/1.1\r\r\nAuthorization:\r\n Basic\tQWxh\r\n ZGRpbg==\r\r\n\
            X-Authorization: Basic no\nproxy-authorization :bearer mF_9\rHost: me:hush@a.kr:80\r\n\
            Cookie: a=b; password=x y; c=d\r\nX-Password: a;b\r\nA: http://a.kr:80\r\n\
            Authorization: Digest uri=\"/?pwd=z\r\n\r\nAuthorization: Basic no\r\n";
        assert_eq!(
            in_head(head),
            ["QWxh\r\n ZGRpbg==", "mF_9", "hush", "x y", "a;b", "z"]
        );
        for end in [
            "\n\n",
            "\r\r\r\n",
            "\r\r\n\r\r\n",
            "\r\n\n",
            "\n\r\n",
            "\r\r",
        ] {
            let text = format!("GET / HTTP/1.1{end}Authorization: Basic no");
            assert_eq!(in_head(&text), [""; 0], "{end:?}");
        }
    }

    #[test]
    fn text_of_no_message() {
        let text = "zation: Basic one\r\n\r\nbinary\x01: x?password=no\nauthorization: bearer two\r\n\
            A: password=no\r\nLocation: /#password=three\r\nX Authorization: Basic no";
        assert_eq!(all(&HeaderSecrets::other(), text), ["one", "two", "three"]);
        let mut lines = HeaderSecrets::other();
        let mut found = Vec::new();
        for piece in ["Author", "ization: Ba", "sic hu", "sh\r\nA: b"] {
            found.clear();
            lines.find(piece.as_bytes(), &mut found);
            lines.shift(piece.len());
        }
        let found: Vec<_> = found
            .into_iter()
            .map(|part| (part.start, part.end))
            .collect();
        assert_eq!(found, [(0, 2)]);
    }

    /// Commands of protocols that are recognized later, or not at all.
    #[test]
    fn logins_in_text_of_no_protocol() {
        let other = |text| all(&HeaderSecrets::other(), text);
        let text = "USER anna\r\nPASS hush a\r\npass two\nPASSIVE no\r\na1 LOGIN anna three\r\n. LOGIN b \"fo ur\"\r\n\
            I login every day\r\na3 authenticate PLAIN five\r\nAUTH PLAIN six\r\nAUTH TLS\r\nTHE PASS no\r\n";
        let found = ["hush a", "two", "three", "\"fo ur\"", "five", "six"];
        assert_eq!(other(text), found);
        let asked = "EHLO a\r\nAUTH LOGIN\r\nb25l\r\ndHdv\r\nMAIL FROM:<a@b>\r\na2 AUTHENTICATE PLAIN\r\ndGhyZWU=\r\nno";
        assert_eq!(other(asked), ["b25l", "dHdv", "dGhyZWU="]);
        assert_eq!(in_head("GET / HTTP/1.1\r\nPASS no\r\n\r\n"), [""; 0]);
    }

    #[test]
    fn pairs_in_a_line() {
        let text = "8;a=b;password=\"hush\";pwd=two";
        assert_eq!(all(&HeaderSecrets::pairs(), text), ["\"hush\"", "two"]);
    }

    #[test]
    fn names_of_any_length() {
        let long = "x".repeat(5000);
        let target = format!("GET /?{long}password=hush&a{long}=b HTTP/1.1\r\n");
        let mut found = Vec::new();
        HeaderSecrets::head().find(target.as_bytes(), &mut found);
        let found: Vec<_> = found
            .into_iter()
            .map(|part| (part.start, part.end))
            .collect();
        assert_eq!(found, [(5015, 5019)]);
    }
}
