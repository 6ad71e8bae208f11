//! The positions of passwords and other secrets in the stream of one side of a conversation.
//!
//! Sessions find them while they frame, so that they are known before anything is dissected.

use crate::{AnySession, Framing, HeaderSecrets, Place, Side};
use std::{borrow::Cow, ops::Range};

/// Parts that are kept, at most: in a stream with more, everything from the last one to the next is secret.
const MAX_PLACES: usize = 1 << 16;

/// The secret parts of a side's stream, in order and apart from each other: from, and to before.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    places: Vec<Range<u64>>,
}

impl Secrets {
    /// Frames what comes next by a session, and notes the secrets among the bytes that it is shown, the first of which
    /// is at offset `at`. Secrets that were found among these bytes before are dropped: their end may not have been
    /// known.
    pub fn frame(
        &mut self,
        session: &mut dyn AnySession,
        place: &Place,
        at: u64,
        bytes: &[u8],
    ) -> Framing {
        let mut found = Vec::new();
        let from = session.secrets_ahead_from(place, bytes, &mut found);
        let framing = session.frame(place, bytes);
        let read = match framing {
            Framing::NeedMore => bytes.len(),
            // The bytes that follow are framed in another state.
            Framing::Partial(taken) | Framing::Complete(taken) => {
                usize::try_from(taken).unwrap_or(usize::MAX)
            }
            Framing::UntilEnd | Framing::NotRecognized => 0,
        };
        let from = from.min(bytes.len()) as u64;
        self.remove(at.saturating_add(from)..at.saturating_add(bytes.len() as u64));
        self.add(at, read.min(bytes.len()), &found);
        framing
    }

    /// Notes the secrets among bytes that belong to a message, as they come. The first of them is at offset `at`.
    pub fn take(&mut self, session: &mut dyn AnySession, side: Side, at: u64, bytes: &[u8]) {
        let mut found = Vec::new();
        session.secrets_taken(side, bytes, &mut found);
        self.add(at, bytes.len(), &found);
        let before = session.secrets_before(side);
        if before > 0 {
            let from = at.saturating_sub(before as u64);
            self.add(
                from,
                before,
                &[Range {
                    start: 0,
                    end: before,
                }],
            );
        }
    }

    /// Notes the secrets among bytes of no known protocol. The first of them is at offset `at`.
    pub fn search(&mut self, lines: &mut HeaderSecrets, at: u64, bytes: &[u8]) {
        self.search_held(lines, at, bytes);
        lines.shift(bytes.len());
    }

    /// Notes the secrets among bytes that are held back, the first of which is at offset `at`. The next call is given
    /// them again, with those that follow them; each is searched once.
    pub fn search_held(&mut self, lines: &mut HeaderSecrets, at: u64, bytes: &[u8]) {
        let mut found = Vec::new();
        lines.find(bytes, &mut found);
        self.add(at, bytes.len(), &found);
    }

    /// Returns the parts of secrets between two offsets: from, and to before.
    pub fn between(&self, between: Range<u64>) -> impl Iterator<Item = Range<u64>> {
        let first = self
            .places
            .partition_point(|place| place.end <= between.start);
        let places = self.places.get(first..).unwrap_or_default().iter();
        places
            .take_while(move |place| place.start < between.end)
            .map(move |place| place.start.max(between.start)..place.end.min(between.end))
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Returns the memory that it takes, bytes.
    pub fn weight(&self) -> usize {
        self.places.capacity() * size_of::<Range<u64>>()
    }

    /// Adds the secrets among `length` bytes, the first of which is at offset `at`.
    fn add(&mut self, at: u64, length: usize, found: &[Range<usize>]) {
        for part in found {
            let place = |within: usize| at.saturating_add(within.min(length) as u64);
            let mut new = place(part.start)..place(part.end);
            if new.is_empty() {
                continue;
            }
            let first = self.places.partition_point(|known| known.end < new.start);
            let behind = self.places.partition_point(|known| known.start <= new.end);
            for touched in self.places.get(first..behind).unwrap_or_default() {
                new.start = new.start.min(touched.start);
                new.end = new.end.max(touched.end);
            }
            self.places.splice(first..behind.max(first), [new]);
            if self.places.len() > MAX_PLACES
                && let Some(last) = self.places.pop()
                && let Some(before) = self.places.last_mut()
            {
                before.end = last.end;
            }
        }
    }

    /// Removes the secrets in this range.
    fn remove(&mut self, range: Range<u64>) {
        let first = self
            .places
            .partition_point(|known| known.end <= range.start);
        let behind = self.places.partition_point(|known| known.start < range.end);
        let touched = self.places.get(first..behind).unwrap_or_default();
        let (Some(begin), Some(end)) = (touched.first(), touched.last()) else {
            return;
        };
        let left = begin.start..range.start;
        let right = range.end..end.end;
        let kept = [left, right].into_iter().filter(|part| !part.is_empty());
        self.places.splice(first..behind, kept);
    }
}

/// How many secrets of a client are looked for in the answers, at most, in all of their spellings: the latest.
const MAX_SENT: usize = 16;

/// The lengths of the secrets that are looked for, bytes. One or two letters are in nearly every answer by chance, and
/// tokens are seldom longer.
const SENT_LENGTHS: std::ops::RangeInclusive<usize> = 3..=2048;

/// The length from which secrets are looked for within words and in other text than answers, bytes.
const LEAST_ANYWHERE: usize = 6;

/// The latest secrets that a client has sent. Servers repeat what they do not understand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SentSecrets(Vec<Box<[u8]>>);

impl SentSecrets {
    /// Notes a secret that the client sends.
    pub fn note(&mut self, secret: &[u8]) {
        let secret = secret.trim_ascii();
        if !SENT_LENGTHS.contains(&secret.len()) || self.0.iter().any(|known| **known == *secret) {
            return;
        }
        if self.0.len() >= MAX_SENT {
            self.0.remove(0);
        }
        self.0.push(secret.into());
    }

    /// Finds them among the bytes of an answer, as words of their own. The beginning of a line is its code.
    pub fn find(&self, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let is_end = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        for secret in &self.0 {
            for start in memchr::memmem::find_iter(bytes, secret) {
                let end = start.saturating_add(secret.len());
                let before = start.checked_sub(1).and_then(|at| bytes.get(at));
                let begins_line = before.is_none_or(|byte| *byte == b'\n');
                if !begins_line && is_end(before) && is_end(bytes.get(end)) {
                    found.push(start..end);
                }
            }
        }
    }

    /// Finds them anywhere among some bytes, if they are not too short for that.
    pub fn find_anywhere(&self, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        for secret in self.long() {
            let places = memchr::memmem::find_iter(bytes, secret);
            found.extend(places.map(|start| start..start.saturating_add(secret.len())));
        }
    }

    /// Returns a text with stars for them, wherever they are.
    pub fn masked_anywhere<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut found = Vec::new();
        self.find_anywhere(text.as_bytes(), &mut found);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut masked = text.as_bytes().to_vec();
        for secret in found {
            if let Some(secret) = masked.get_mut(secret) {
                secret.fill(b'*');
            }
        }
        Cow::Owned(String::from_utf8_lossy(&masked).into_owned())
    }

    /// Returns those that are not too short to be looked for anywhere.
    fn long(&self) -> impl Iterator<Item = &[u8]> {
        let all = self.0.iter().map(|secret| &**secret);
        all.filter(|secret| secret.len() >= LEAST_ANYWHERE)
    }

    /// Returns the text of an answer with stars for them.
    pub fn masked<'b>(&self, text: &'b [u8]) -> Cow<'b, [u8]> {
        let mut found = Vec::new();
        self.find(text, &mut found);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut text = text.to_vec();
        for secret in found {
            if let Some(secret) = text.get_mut(secret) {
                secret.fill(b'*');
            }
        }
        Cow::Owned(text)
    }

    /// Returns how many bytes it has allocated.
    pub fn allocated(&self) -> usize {
        let texts = self.0.iter().map(|secret| secret.len());
        self.0.capacity() * size_of::<Box<[u8]>>() + texts.sum::<usize>()
    }
}

/// Places at the end of a piece where a secret may begin that are examined, at most.
const MAX_BEGINNINGS: usize = 64;

/// Searches bytes that come piece by piece for the secrets that were sent before, whatever they are part of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Echoes {
    /// The last bytes: a secret may begin with them.
    tail: Vec<u8>,
    /// How many bytes directly before the latest ones belong to a secret that these end.
    before: usize,
}

impl Echoes {
    /// A beginning of a secret of this length at the end of a piece is masked before the rest has come, bytes.
    const BEGINNING: usize = 3;

    /// Searches the next bytes.
    pub fn find(&mut self, sent: &SentSecrets, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        self.before = 0;
        let Some(longest) = sent.long().map(<[u8]>::len).max() else {
            return self.tail.clear();
        };
        sent.find_anywhere(bytes, found);
        // Those that begin in the bytes before.
        let held = self.tail.len();
        let near = bytes.len().min(longest);
        self.tail.extend_from_slice(bytes.split_at(near).0);
        let mut across = Vec::new();
        sent.find_anywhere(&self.tail, &mut across);
        for secret in across {
            if secret.start < held && secret.end > held {
                self.before = self.before.max(held - secret.start);
                found.push(0..secret.end - held);
            }
        }
        let keep = longest - 1;
        if bytes.len() >= keep {
            self.tail.clear();
            let from = bytes.len() - keep;
            self.tail.extend_from_slice(bytes.split_at(from).1);
        } else {
            let surplus = self.tail.len().saturating_sub(keep);
            self.tail.drain(..surplus);
        }
        if let Some(length) = self.begun(sent).filter(|length| *length <= bytes.len()) {
            found.push(bytes.len() - length..bytes.len());
        }
    }

    /// Returns how many of the last bytes begin a secret.
    fn begun(&self, sent: &SentSecrets) -> Option<usize> {
        let begins = |secret: &[u8]| {
            let from = self.tail.len().saturating_sub(secret.len() - 1);
            let (_, near) = self.tail.split_at(from);
            let (beginning, _) = secret.split_at(Self::BEGINNING);
            let places = memchr::memmem::find_iter(near, beginning);
            let mut ends = places.take(MAX_BEGINNINGS).map(|at| near.split_at(at).1);
            ends.find(|end| secret.starts_with(end)).map(<[u8]>::len)
        };
        sent.long().filter_map(begins).max()
    }

    /// Returns how many bytes directly before the latest ones belong to a secret that these end.
    pub fn before(&self) -> usize {
        self.before
    }

    /// Returns how many bytes it has allocated.
    pub fn allocated(&self) -> usize {
        self.tail.capacity()
    }
}

/// Returns the range of a part within some bytes; an empty one at their end where it is not within them.
pub(crate) fn range_of(part: &[u8], bytes: &[u8]) -> Range<usize> {
    let within = bytes.as_ptr_range();
    let ends = part.as_ptr_range();
    match within.start <= ends.start && ends.end <= within.end {
        true => {
            let start = ends.start.addr() - within.start.addr();
            start..start + part.len()
        }
        false => bytes.len()..bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(secrets: &Secrets) -> Vec<(u64, u64)> {
        let places = secrets.between(0..u64::MAX);
        places.map(|place| (place.start, place.end)).collect()
    }

    #[test]
    fn parts_that_touch_are_one() {
        let mut secrets = Secrets::default();
        secrets.add(10, 100, &[5..7, 20..30]);
        secrets.add(17, 100, &[0..2, 3..3]);
        assert_eq!(all(&secrets), [(15, 19), (30, 40)]);
        secrets.add(0, 18, &[16..99, 0..0]);
        assert_eq!(all(&secrets), [(15, 19), (30, 40)]);
        secrets.add(0, 100, &[18..35, 1..2]);
        assert_eq!(all(&secrets), [(1, 2), (15, 40)]);
    }

    #[test]
    fn what_is_looked_at_anew_does_not_count() {
        let mut secrets = Secrets::default();
        secrets.add(0, 100, &[10..20, 30..40, 50..60]);
        secrets.remove(35..55);
        assert_eq!(all(&secrets), [(10, 20), (30, 35), (55, 60)]);
        secrets.remove(12..14);
        assert_eq!(all(&secrets), [(10, 12), (14, 20), (30, 35), (55, 60)]);
        secrets.remove(20..30);
        secrets.remove(0..14);
        assert_eq!(all(&secrets), [(14, 20), (30, 35), (55, 60)]);
        let between: Vec<_> = secrets.between(16..57).collect();
        assert_eq!(between, [16..20, 30..35, 55..57]);
        secrets.remove(0..100);
        assert_eq!(all(&secrets), []);
    }

    #[test]
    fn secrets_that_are_repeated() {
        let mut sent = SentSecrets::default();
        let shown = |sent: &SentSecrets, text: &str| {
            String::from_utf8_lossy(&sent.masked(text.as_bytes())).into_owned()
        };
        assert_eq!(shown(&sent, "530 no hush"), "530 no hush");
        for secret in ["hush", "no", "530", "", "hush"] {
            sent.note(secret.as_bytes());
        }
        for (text, expected) in [
            ("530 'PASS hush'", "530 'PASS ****'"),
            ("530-hush\r\n530 hush", "530-****\r\n530 ****"),
            ("331 hushed, unhush, no", "331 hushed, unhush, no"),
            ("hush", "hush"),
        ] {
            assert_eq!(shown(&sent, text), expected);
        }
        // The latest ones.
        for number in 0..MAX_SENT {
            sent.note(format!("secret{number}").as_bytes());
        }
        sent.note(&[b'x'; 3000]);
        assert_eq!(shown(&sent, "530 hush"), "530 hush");
        assert_eq!(shown(&sent, "530 secret0"), "530 *******");
        assert!(sent.allocated() < 1000);
    }

    /// What the exchanges hold, and what is masked in the bytes.
    #[test]
    fn answers_that_repeat_a_secret() {
        use Side::{Client, Server};
        let repeated = |name: &str, lines: &[(Side, &str)]| {
            let lines = lines.iter();
            let rows: Vec<_> = lines
                .map(|(side, line)| (*side, format!("{line}\r\n")))
                .collect();
            let rows: Vec<_> = rows
                .iter()
                .map(|(side, line)| (*side, line.as_bytes()))
                .collect();
            let mut script = crate::test_session::converse(name, &rows);
            let secrets = script.secrets(Server).join(" ");
            let exchanges = script.exchanges().join("\n");
            assert!(!exchanges.contains("hush"), "{exchanges}");
            assert!(!exchanges.contains("AGtpbQBodXNo"), "{exchanges}");
            assert!(!script.summary().contains("hush"));
            secrets
        };
        let ftp = [
            (Server, "220 hi"),
            (Client, "USER kim"),
            (Server, "331 Password required for kim"),
            (Client, "PASS hush-hush"),
            (Server, "530 'PASS hush-hush' is wrong for kim"),
        ];
        assert_eq!(repeated("ftp", &ftp), "hush-hush");
        let pop = [
            (Server, "+OK hi"),
            (Client, "USER kim"),
            (Server, "+OK"),
            (Client, "PASS hush"),
            (Server, "-ERR hush is wrong for kim"),
        ];
        assert_eq!(repeated("pop", &pop), "hush");
        let smtp = [
            (Server, "220 mail"),
            (Client, "EHLO x"),
            (Server, "250 mail"),
            (Client, "AUTH PLAIN AGtpbQBodXNo"),
            (Server, "535 AUTH PLAIN AGtpbQBodXNo: hush is wrong"),
        ];
        assert_eq!(repeated("smtp", &smtp), "AGtpbQBodXNo hush");
        let imap = [
            (Server, "* OK IMAP4rev1"),
            (Client, "a LOGIN kim \"hush\""),
            (Server, "a NO hush is wrong for kim"),
        ];
        assert_eq!(repeated("imap", &imap), "hush");
        let echo = "HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n<p>hush-hush, hush-hush</p";
        let form = "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
            Content-Length: 19\r\n\r\na=b&pwd=hush%2Dhush";
        let found = repeated("http", &[(Client, form), (Server, echo)]);
        assert_eq!(found, "hush-hush hush-hush");
        let json = "POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n\
            {\"access_token\":\"hush-hush\"}";
        let found = repeated("http", &[(Client, json), (Server, echo)]);
        assert_eq!(found, "hush-hush hush-hush");
        let http = [
            (
                Client,
                "GET / HTTP/1.1\r\nAuthorization: Basic a2ltOmh1c2g=\r\n",
            ),
            (
                Server,
                "HTTP/1.1 401 hush is wrong\r\nContent-Length: 0\r\n",
            ),
        ];
        assert_eq!(repeated("http", &http), "hush");
        let hello = "*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$3\r\nkim\r\n$4\r\nhush";
        let unknown =
            "ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `kim`, `hush`";
        let error = format!("-{unknown}");
        let resp = repeated("resp", &[(Client, hello), (Server, &error)]);
        assert!(resp.contains("hush"), "{resp}");
        // A refusal that repeats nothing stays as it is.
        let wrong = "-WRONGPASS invalid username-password pair";
        assert_eq!(repeated("resp", &[(Client, hello), (Server, wrong)]), "");
    }

    #[test]
    fn secrets_anywhere_in_bytes_in_pieces() {
        let mut sent = SentSecrets::default();
        for secret in ["s3cret-token", "tokens", "short"] {
            sent.note(secret.as_bytes());
        }
        let text = b"{\"a\":\"s3cret-tokens3cret-token\"} short xs3cret-tokenx tokens s3cret-toke";
        let masked = |length: usize| {
            let (mut echoes, mut secrets) = (Echoes::default(), Secrets::default());
            let mut at = 0;
            for piece in text.chunks(length) {
                let mut found = Vec::new();
                echoes.find(&sent, piece, &mut found);
                secrets.add(at, piece.len(), &found);
                let before = echoes.before();
                secrets.add(
                    at - before as u64,
                    before,
                    &[Range {
                        start: 0,
                        end: before,
                    }],
                );
                at += piece.len() as u64;
            }
            assert!(echoes.allocated() < 200);
            let mut text = text.to_vec();
            for place in secrets.between(0..at) {
                let place = place.start as usize..place.end as usize;
                text.get_mut(place).unwrap_or_default().fill(b'*');
            }
            String::from_utf8_lossy(&text).into_owned()
        };
        let whole = "{\"a\":\"************************\"} short x************x ****** ***********";
        assert_eq!(masked(text.len()), whole);
        let end = whole.len() - "s3cret-toke".len();
        for length in 1..text.len() {
            // What the capture ends with is masked as far as one piece shows what it is.
            let pieces = masked(length);
            assert_eq!(pieces.get(..end), whole.get(..end), "{length}");
        }
    }

    #[test]
    fn parts_of_bytes() {
        let bytes = b"abcdef";
        let (front, back) = bytes.split_at(2);
        assert_eq!(range_of(back, bytes), 2..6);
        assert_eq!(range_of(back.split_at(4).1, bytes), 6..6);
        assert_eq!(range_of(front, back), 4..4);
    }
}
