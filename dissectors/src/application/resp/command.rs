//! Commands: what they ask for, and where their secrets stand.

use super::item::{Fault, Item, Taking, What, keep};
use crate::{
    Framing,
    application::line::{Line, is_plain},
    secrets::range_of,
};
use std::ops::Range;

/// Arguments up to this length are looked at once they are there as a whole; longer ones are passed over.
pub const SMALL: u64 = 512;

/// A longer line is no inline command: Redis takes as much.
pub const MAX_LINE: usize = 64 << 10;

/// How much of a word is kept to know it by.
const MAX_WORD: usize = 32;

/// How much of a command is kept for people to read, bytes, and how much of an argument.
const MAX_TEXT: usize = 200;
const MAX_ARGUMENT: usize = 60;

/// Parameters of CONFIG SET and SENTINEL SET whose values are passwords.
const PASSWORDS: &[&[u8]] = &[
    b"REQUIREPASS",
    b"MASTERAUTH",
    b"AUTH-PASS",
    b"SENTINEL-PASS",
    b"TLS-KEY-FILE-PASS",
    b"TLS-CLIENT-KEY-FILE-PASS",
    b"PRIMARYAUTH",
];

/// Commands that a conversation is known by, whatever its port.
const KNOWN: &[&[u8]] = &[
    b"ACL",
    b"APPEND",
    b"ASKING",
    b"AUTH",
    b"BGSAVE",
    b"BITCOUNT",
    b"BLMOVE",
    b"BLPOP",
    b"BRPOP",
    b"BZPOPMIN",
    b"CLIENT",
    b"CLUSTER",
    b"COMMAND",
    b"CONFIG",
    b"COPY",
    b"DBSIZE",
    b"DECR",
    b"DECRBY",
    b"DEL",
    b"DISCARD",
    b"DUMP",
    b"ECHO",
    b"EVAL",
    b"EVALSHA",
    b"EXEC",
    b"EXISTS",
    b"EXPIRE",
    b"EXPIREAT",
    b"FCALL",
    b"FLUSHALL",
    b"FLUSHDB",
    b"FUNCTION",
    b"GEOADD",
    b"GET",
    b"GETDEL",
    b"GETEX",
    b"GETRANGE",
    b"GETSET",
    b"HDEL",
    b"HELLO",
    b"HEXISTS",
    b"HGET",
    b"HGETALL",
    b"HINCRBY",
    b"HKEYS",
    b"HLEN",
    b"HMGET",
    b"HMSET",
    b"HSCAN",
    b"HSET",
    b"HSETNX",
    b"HVALS",
    b"INCR",
    b"INCRBY",
    b"INCRBYFLOAT",
    b"INFO",
    b"KEYS",
    b"LATENCY",
    b"LINDEX",
    b"LLEN",
    b"LMOVE",
    b"LPOP",
    b"LPUSH",
    b"LRANGE",
    b"LREM",
    b"LSET",
    b"LTRIM",
    b"MEMORY",
    b"MGET",
    b"MIGRATE",
    b"MONITOR",
    b"MSET",
    b"MULTI",
    b"PERSIST",
    b"PEXPIRE",
    b"PFADD",
    b"PFCOUNT",
    b"PING",
    b"PSETEX",
    b"PSUBSCRIBE",
    b"PSYNC",
    b"PTTL",
    b"PUBLISH",
    b"RENAME",
    b"REPLCONF",
    b"RESTORE",
    b"ROLE",
    b"RPOP",
    b"RPOPLPUSH",
    b"RPUSH",
    b"SADD",
    b"SCAN",
    b"SCARD",
    b"SCRIPT",
    b"SELECT",
    b"SENTINEL",
    b"SET",
    b"SETEX",
    b"SETNX",
    b"SISMEMBER",
    b"SLOWLOG",
    b"SMEMBERS",
    b"SPOP",
    b"SREM",
    b"SUBSCRIBE",
    b"SUNION",
    b"TTL",
    b"TYPE",
    b"UNLINK",
    b"UNSUBSCRIBE",
    b"UNWATCH",
    b"WATCH",
    b"XADD",
    b"XRANGE",
    b"XREAD",
    b"XREADGROUP",
    b"ZADD",
    b"ZRANGE",
];

/// Whether this is a command of Redis.
pub fn is_known(name: &[u8]) -> bool {
    KNOWN.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether a command of Redis begins like this.
pub fn begins_known(name: &[u8]) -> bool {
    let begins = |known: &&[u8]| {
        let part = known.get(..name.len());
        part.is_some_and(|part| part.eq_ignore_ascii_case(name))
    };
    KNOWN.iter().any(begins)
}

/// Keeps a word in capital letters.
fn capital(kept: &mut Vec<u8>, word: &[u8]) {
    kept.clear();
    kept.extend(word.iter().map(u8::to_ascii_uppercase));
}

/// Whether the value of this parameter is a password.
pub fn is_password(parameter: &[u8]) -> bool {
    let is = |known: &&[u8]| parameter.eq_ignore_ascii_case(known);
    PASSWORDS.iter().any(is)
}

/// A command, as far as it was read.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// How many words it has with its name, once that is known.
    count: u64,
    /// How many of them were read.
    read: u64,
    /// Its name in capital letters.
    pub name: Vec<u8>,
    /// The word behind it in capital letters.
    pub second: Vec<u8>,
    /// The word before the next one, where that is a parameter or an option.
    parameter: Vec<u8>,
    /// The secret is so many words ahead: 1 is the next one.
    ahead: u8,
    /// Its words without secrets, for people to read.
    pub text: Vec<u8>,
    /// How much of `text` its name and the first of its arguments are.
    short_length: usize,
    /// Who logs in.
    pub user: Option<Box<[u8]>>,
    /// It has a secret.
    pub secret: bool,
    /// What is passed over.
    pub taking: Taking,
}

impl Command {
    /// Its arguments: words without the name.
    pub fn arguments(&self) -> u64 {
        self.count.saturating_sub(1)
    }

    /// Forgets it. What its words were kept in is used again: a client sends millions of them.
    pub fn clear(&mut self) {
        let mut kept = std::mem::take(self);
        for words in [&mut kept.name, &mut kept.second, &mut kept.text] {
            words.clear();
        }
        self.name = kept.name;
        self.second = kept.second;
        self.text = kept.text;
    }

    /// Nothing of it was read.
    pub fn is_new(&self) -> bool {
        self.count == 0
    }

    /// Whether this is the command.
    pub fn is(&self, name: &[u8]) -> bool {
        self.name == name
    }

    /// Whether these are the command and the word behind it.
    pub fn are(&self, name: &[u8], second: &[u8]) -> bool {
        self.name == name && self.second == second
    }

    /// The client authenticates itself.
    pub fn is_login(&self) -> bool {
        self.is(b"AUTH") || (self.is(b"HELLO") && self.secret)
    }

    /// Reads on in these bytes, and says where secrets stand among them.
    pub fn read(
        &mut self,
        bytes: &[u8],
        known: bool,
        found: &mut dyn FnMut(Range<usize>),
    ) -> Framing {
        self.taking = Taking::default();
        if self.is_new() && bytes.first().is_some_and(|byte| *byte != b'*') {
            return self.inline(bytes, known, found);
        }
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let unfinished = match at {
                0 => Framing::NeedMore,
                _ => Framing::Partial(at as u64),
            };
            let item = match Item::first(rest) {
                Ok(item) => item,
                Err(Fault::Short) => return unfinished,
                Err(Fault::Foreign) => return self.foreign(unfinished),
            };
            if self.is_new() {
                at += item.length;
                match (item.kind, item.what) {
                    // The server passes over it.
                    (b'*', What::Values(0) | What::Null) => return Framing::Complete(at as u64),
                    (b'*', What::Values(count)) => self.count = count,
                    _ => return Framing::NotRecognized,
                }
                continue;
            }
            let (b'$', What::Body(count)) = (item.kind, item.what) else {
                return self.foreign(unfinished);
            };
            let body = match item.body(rest, SMALL) {
                Ok(body) => body,
                Err(Fault::Short) => {
                    let here = rest.get(item.length..).unwrap_or_default();
                    if let Some(open) = self.secret_of(here) {
                        let from = at + item.length;
                        found(from + open..(from + count as usize).min(bytes.len()));
                    }
                    return unfinished;
                }
                Err(Fault::Foreign) => return self.foreign(unfinished),
            };
            let secret = self.secret_of(body.unwrap_or_default());
            if let Some(open) = secret {
                let from = at + item.length + open;
                let length = count.saturating_sub(open as u64);
                found(from..from.saturating_add(length as usize));
                self.taking = Taking {
                    before: from as u64,
                    secret: length,
                };
                self.secret |= length > 0;
            }
            self.word(body, count, secret);
            let end = at as u64 + item.whole();
            if self.read == self.count {
                return Framing::Complete(end);
            }
            match usize::try_from(end) {
                Ok(end) if body.is_some() && secret.is_none() => at = end,
                _ => return Framing::Partial(end),
            }
        }
    }

    /// What comes is no command, but what was read before it is part of one.
    fn foreign(&self, unfinished: Framing) -> Framing {
        match unfinished {
            Framing::Partial(_) => unfinished,
            _ => Framing::NotRecognized,
        }
    }

    /// An inline command: words on a line.
    fn inline(
        &mut self,
        bytes: &[u8],
        known: bool,
        found: &mut dyn FnMut(Range<usize>),
    ) -> Framing {
        let line = Line::first(bytes);
        let words = || Words(line.text);
        let name = words().next().unwrap_or_default();
        let is_name = |name: &[u8]| {
            let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
            name.len() <= MAX_WORD && name.iter().all(letter)
        };
        let ended = Line::ended(bytes).is_some();
        let mine = is_plain(line.text)
            && line.text.len() <= MAX_LINE
            && is_name(name)
            && (!known || name.is_empty() || !ended || is_known(name));
        if !mine {
            return Framing::NotRecognized;
        }
        self.count = words().count() as u64;
        for word in words() {
            let secret = self.secret_of(word);
            if let Some(open) = secret {
                let range = range_of(word, bytes);
                self.secret |= range.len() > open;
                found(range.start + open..range.end);
            }
            self.word(Some(word), word.len() as u64, secret);
        }
        if !ended {
            self.clear();
            return Framing::NeedMore;
        }
        Framing::Complete(line.whole.len() as u64)
    }

    /// Where the secret begins in the next word, where it has one. Of a word that is passed over nothing is seen.
    fn secret_of(&self, word: &[u8]) -> Option<usize> {
        let (read, last) = (self.read, self.count.saturating_sub(1));
        let is = |name: &[u8]| self.name == name;
        let sets = self.second == b"SET" && (is(b"CONFIG") || is(b"SENTINEL"));
        let whole = match read {
            0 => false,
            _ if is(b"AUTH") => last != 2 || read == 2,
            _ if self.ahead == 1 => true,
            _ if sets || (is(b"SENTINEL") && self.second == b"CONFIG") => {
                is_password(&self.parameter)
            }
            3.. if is(b"ACL") && self.second == b"SETUSER" => {
                return match word.first() {
                    Some(b'>' | b'<' | b'#' | b'!') => Some(1),
                    None => Some(0),
                    Some(_) => None,
                };
            }
            _ => false,
        };
        whole.then_some(0)
    }

    /// A word comes. Of one that is passed over only its length is known.
    fn word(&mut self, word: Option<&[u8]>, length: u64, secret: Option<usize>) {
        let bytes = word.unwrap_or_default();
        let bytes = bytes.get(..MAX_WORD).unwrap_or(bytes);
        match self.read {
            0 => capital(&mut self.name, bytes),
            1 => capital(&mut self.second, bytes),
            _ if self.has_options() => self.options(self.read, &bytes.to_ascii_uppercase()),
            _ => {}
        }
        if self.read == 1 && self.is(b"AUTH") && self.count == 3
            || self.ahead == 1 && self.is(b"HELLO") && secret.is_none()
        {
            self.user = word.map(Box::from);
        }
        if secret.is_none() && self.text.len() < MAX_TEXT {
            if !self.text.is_empty() {
                self.text.push(b' ');
            }
            match word {
                Some(word) => keep(&mut self.text, word, MAX_ARGUMENT),
                None => self.text.extend(format!("({length} bytes)").bytes()),
            }
            if self.read < 2 {
                self.short_length = self.text.len();
            }
        }
        self.read += 1;
    }

    /// Its name and the first of its arguments, without secrets.
    pub fn short(&self) -> &[u8] {
        self.text.get(..self.short_length).unwrap_or(&self.text)
    }

    /// Its words say where others have a secret.
    fn has_options(&self) -> bool {
        const COMMANDS: [&[u8]; 4] = [b"HELLO", b"MIGRATE", b"CONFIG", b"SENTINEL"];
        COMMANDS.contains(&self.name.as_slice())
    }

    /// What a word says of those that follow it.
    fn options(&mut self, read: u64, word: &[u8]) {
        let is_behind_secret = self.ahead > 0;
        self.ahead = self.ahead.saturating_sub(1);
        let is_value = !std::mem::take(&mut self.parameter).is_empty();
        match self.name.as_slice() {
            b"HELLO" if read >= 2 && !is_behind_secret && !is_value => match word {
                b"AUTH" => self.ahead = 2,
                b"SETNAME" => self.parameter = word.to_vec(),
                _ => {}
            },
            // MIGRATE host port key db timeout [COPY] [REPLACE] [AUTH password | AUTH2 user password] [KEYS …]
            b"MIGRATE" if read >= 6 && !is_behind_secret => match word {
                b"AUTH" => self.ahead = 1,
                b"AUTH2" => self.ahead = 2,
                _ => {}
            },
            b"CONFIG" if read >= 2 && !is_value => self.parameter = word.to_vec(),
            // SENTINEL SET master option value …, SENTINEL CONFIG SET parameter value
            b"SENTINEL" if read >= 3 && !is_value => self.parameter = word.to_vec(),
            _ => {}
        }
    }
}

/// The words of a line: between spaces, or between quotes.
struct Words<'a>(&'a [u8]);

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let text = self.0.trim_ascii_start();
        let (mut quote, mut escaped) = (None, false);
        let end = text.iter().position(|&byte| {
            match (quote, byte) {
                _ if std::mem::take(&mut escaped) => {}
                (Some(_), b'\\') => escaped = true,
                (Some(open), _) if open == byte => quote = None,
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, _) => return byte.is_ascii_whitespace(),
                _ => {}
            }
            false
        });
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        self.0 = rest;
        (!word.is_empty()).then(|| unquoted(word))
    }
}

fn unquoted(word: &[u8]) -> &[u8] {
    match word.split_first() {
        Some((quote @ (b'"' | b'\''), behind)) => behind.strip_suffix(&[*quote]).unwrap_or(behind),
        _ => word,
    }
}
