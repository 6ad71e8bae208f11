//! The messages of a server: replies, and pushed messages.

use super::{
    command::{SMALL, is_password},
    item::{Fault, Item, Nest, Taking, What, keep},
};
use crate::{Class, Framing, Purpose, Undeclared, application::line::word, secrets::range_of};
use std::ops::Range;

/// The length to which a text is kept for people to read, bytes.
const MAX_TEXT: usize = 100;

/// A message of a server, as far as it was read.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    nest: Nest,
    /// Some of it was read.
    begun: bool,
    /// Its type: the line that begins it, after any attributes.
    top: Option<(u8, What)>,
    /// Its text, or the length of that.
    text: Vec<u8>,
    /// The first texts inside it.
    parts: Vec<Vec<u8>>,
    /// The first error inside it.
    error: Option<Vec<u8>>,
    /// The previous value is the name of a parameter whose value is a password.
    password: bool,
    /// It has a secret.
    pub secret: bool,
    /// The body that is being skipped.
    pub taking: Taking,
}

/// Returns the length of an error's code, with the blank after it.
fn code_of(error: &[u8]) -> usize {
    let blank = error.iter().position(|byte| *byte == b' ');
    blank.map_or(error.len(), |blank| blank + 1)
}

impl Reply {
    /// Continues reading in these bytes, and notes the secrets among them. `repeats` is set where it answers a command
    /// with a secret: the text after an error's code may repeat that.
    pub fn read(
        &mut self,
        bytes: &[u8],
        repeats: bool,
        found: &mut dyn FnMut(Range<usize>),
    ) -> Framing {
        self.taking = Taking::default();
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let unfinished = match at {
                0 => Framing::NeedMore,
                _ => Framing::Partial(at as u64),
            };
            let foreign = match at {
                0 => Framing::NotRecognized,
                _ => unfinished,
            };
            let item = match Item::first(rest) {
                Ok(item) => item,
                Err(Fault::Short) => {
                    if repeats && rest.first() == Some(&b'-') {
                        found(at + code_of(rest)..bytes.len());
                    }
                    return unfinished;
                }
                Err(Fault::Foreign) => return foreign,
            };
            let repeats = repeats && matches!(item.kind, b'-' | b'!');
            let from = at + item.length;
            let secret = self.password && matches!(item.what, What::Body(1..));
            let body = match item.body(rest, SMALL) {
                Ok(body) => body,
                Err(Fault::Short) => {
                    if secret || repeats {
                        let end = at as u64 + item.whole() - 2;
                        found(from..(end as usize).min(bytes.len()));
                    }
                    return unfinished;
                }
                Err(Fault::Foreign) => return foreign,
            };
            if let (true, What::Body(count)) = (secret, item.what) {
                found(from..from.saturating_add(count as usize));
                self.taking = Taking {
                    before: from as u64,
                    secret: count,
                };
                self.secret = true;
            }
            let body = match body {
                Some(text) if repeats => {
                    let (code, more) = text.split_at(code_of(text));
                    found(range_of(more, bytes));
                    Some(code)
                }
                _ => body,
            };
            let is_top = self.top.is_none() && self.nest.is_last();
            let Some(ends) = self.nest.add(item.what) else {
                return foreign;
            };
            self.begun = true;
            self.item(&item, body, is_top, secret);
            let end = at as u64 + item.whole();
            if ends {
                return Framing::Complete(end);
            }
            match usize::try_from(end) {
                Ok(end) if body.is_some() && !secret => at = end,
                _ => return Framing::Partial(end),
            }
        }
    }

    fn item(&mut self, item: &Item, body: Option<&[u8]>, is_top: bool, secret: bool) {
        let is_error = matches!(item.kind, b'-' | b'!');
        let text = |mut kept: Vec<u8>| {
            match (body, item.what) {
                (None, What::Body(count)) => kept.extend(format!("({count} bytes)").bytes()),
                (Some(_), _) if secret => {}
                (Some(body), What::Body(_)) if item.kind == b'=' => {
                    // Three letters and a colon give the kind of text.
                    keep(&mut kept, body.get(4..).unwrap_or(body), MAX_TEXT);
                }
                (Some(body), _) => keep(&mut kept, body, MAX_TEXT),
                _ => {}
            }
            kept
        };
        let is_text = matches!(item.what, What::Line | What::Body(_));
        self.password = is_text && body.is_some_and(is_password) && !secret;
        if is_top && !matches!(item.what, What::Attribute(_)) {
            self.top = Some((item.kind, item.what));
            self.text.clear();
            self.text = text(std::mem::take(&mut self.text));
        } else if self.top.is_some() {
            if is_error && self.error.is_none() {
                self.error = Some(text(Vec::new()));
            }
            if is_text && self.parts.len() < 2 {
                self.parts.push(text(Vec::new()));
            }
        }
    }

    /// Clears it. The buffers of its text are used again.
    pub fn clear(&mut self) {
        let Reply {
            nest,
            begun,
            top,
            text,
            parts,
            error,
            password,
            secret,
            taking,
        } = self;
        text.clear();
        parts.clear();
        (*nest, *taking) = (Nest::default(), Taking::default());
        (*begun, *password, *secret) = (false, false, false);
        (*top, *error) = (None, None);
    }

    /// Returns whether nothing of it was read.
    pub fn is_new(&self) -> bool {
        !self.begun
    }

    /// Returns whether it is a simple string.
    pub fn is_status(&self) -> bool {
        matches!(self.top, Some((b'+', _)))
    }

    /// Returns the kind of a published message, or of the answer to a subscription.
    pub fn kind(&self) -> Option<&[u8]> {
        match self.top? {
            (b'>', _) | (b'*', What::Values(3 | 4)) => self.parts.first().map(Vec::as_slice),
            _ => None,
        }
    }

    /// Returns whether RESP3 marks it as pushed: it answers at most a subscription.
    pub fn is_push(&self) -> bool {
        matches!(self.top, Some((b'>', _)))
    }

    /// Returns the text of a simple string or of an error.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Returns the error that it is. With `inside` one of its values counts as well.
    pub fn error(&self, inside: bool) -> Option<&[u8]> {
        match self.top? {
            (b'-' | b'!', _) => Some(&self.text),
            _ => self.error.as_deref().filter(|_| inside),
        }
    }

    /// Returns its content, for people to read.
    pub fn words(&self, charset: Undeclared) -> String {
        let Some((kind, what)) = self.top else {
            return String::new();
        };
        let text = |text: &[u8]| charset.read(text).into_owned();
        let count = |count: u64, one: &str, more: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {more}"),
        };
        let words = match (kind, what) {
            (b'_', _) | (_, What::Null) => "null".to_owned(),
            (b'#', _) => match self.text.as_slice() {
                b"t" => "true".to_owned(),
                _ => "false".to_owned(),
            },
            (b'>', _) => {
                let parts: Vec<_> = self.parts.iter().map(|part| text(part)).collect();
                parts.join(" ")
            }
            (b'*', _) if self.is_published() => {
                let parts: Vec<_> = self.parts.iter().map(|part| text(part)).collect();
                parts.join(" ")
            }
            (b'%', What::Values(values)) => count(values / 2, "entry", "entries"),
            (_, What::Values(values)) => count(values, "element", "elements"),
            (_, What::Open) => "streamed".to_owned(),
            _ => text(&self.text),
        };
        match (self.error.as_deref(), self.error(false)) {
            (Some(inside), None) => format!("{words}, one is {}", text(inside)),
            _ => words,
        }
    }

    /// Returns whether it looks like a message to subscribers.
    pub fn is_published(&self) -> bool {
        self.kind()
            .is_some_and(|kind| is_message(kind) || is_confirmation(kind))
    }
}

/// Returns whether it is a message to subscribers.
pub fn is_message(kind: &[u8]) -> bool {
    matches!(kind, b"message" | b"pmessage" | b"smessage")
}

/// Returns whether it is the answer to a subscription, or to its end.
pub fn is_confirmation(kind: &[u8]) -> bool {
    matches!(
        kind,
        b"subscribe"
            | b"psubscribe"
            | b"ssubscribe"
            | b"unsubscribe"
            | b"punsubscribe"
            | b"sunsubscribe"
    )
}

/// The class of an exchange with this error, by its first word.
pub fn class(purpose: Purpose, error: Option<&[u8]>) -> Class {
    let Some(error) = error else {
        return Class::Ok;
    };
    match word(error).0 {
        b"NOAUTH" | b"WRONGPASS" | b"NOPERM" | b"DENIED" => Class::Refused,
        _ if purpose == Purpose::Login => Class::Refused,
        b"ASK" | b"BUSY" | b"CLUSTERDOWN" | b"INPROG" | b"IOERR" | b"LOADING" | b"MASTERDOWN"
        | b"MISCONF" | b"MOVED" | b"NOGOODSLAVE" | b"NOMASTERLINK" | b"NOREPLICAS"
        | b"NOTREADY" | b"OOM" | b"READONLY" | b"TRYAGAIN" | b"UNBLOCKED" => Class::ServerError,
        _ => Class::ClientError,
    }
}
