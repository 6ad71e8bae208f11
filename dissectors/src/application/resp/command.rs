//! Commands: their purpose, and their secrets.

use super::item::{Fault, Item, Taking, What, keep};
use crate::{
    Framing,
    application::line::{Line, is_plain},
    secrets::range_of,
};
use std::ops::Range;

/// Arguments up to this length are read once they are complete; longer ones are skipped.
pub const SMALL: u64 = 512;

/// A longer line is no inline command: this is Redis's limit.
pub const MAX_LINE: usize = 64 << 10;

/// The length to which a word is kept to recognize it.
const MAX_WORD: usize = 32;

/// The length of a command that is kept for people to read, bytes, and that of an argument.
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

/// Commands by which a conversation is recognized, whatever its port.
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

/// Returns whether this is a command of Redis.
pub fn is_known(name: &[u8]) -> bool {
    KNOWN.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Returns whether a command of Redis begins like this.
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
    kept.extend_from_slice(word);
    kept.make_ascii_uppercase();
}

/// Returns whether the value of this parameter is a password.
pub fn is_password(parameter: &[u8]) -> bool {
    let is = |known: &&[u8]| parameter.eq_ignore_ascii_case(known);
    PASSWORDS.iter().any(is)
}

/// A command, as far as it was read.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// The number of its words including the name, once that is known.
    count: u64,
    /// The number of words that were read.
    read: u64,
    /// Its name in capital letters.
    pub name: Vec<u8>,
    /// The second word in capital letters.
    pub second: Vec<u8>,
    /// The previous word, where it is a parameter or an option.
    parameter: Vec<u8>,
    /// The secret is this many words ahead: 1 is the next one.
    ahead: u8,
    /// Its words without secrets, for people to read.
    pub text: Vec<u8>,
    /// The length of the part of `text` with its name and its first arguments.
    short_length: usize,
    /// The user who logs in.
    pub user: Option<Box<[u8]>>,
    /// It has a secret.
    pub secret: bool,
    /// A command whose secret came with a wrong length: up to the next command everything may be part of the secret.
    hides: bool,
    /// The argument that is being skipped.
    pub taking: Taking,
}

impl Command {
    /// Returns the number of its arguments: words without the name.
    pub fn arguments(&self) -> u64 {
        self.count.saturating_sub(1)
    }

    /// Clears it. The buffers of its words are used again: a client sends millions of them.
    pub fn clear(&mut self) {
        let Command {
            count,
            read,
            name,
            second,
            parameter,
            ahead,
            text,
            short_length,
            user,
            secret,
            hides: _,
            taking,
        } = self;
        for words in [name, second, parameter, text] {
            words.clear();
        }
        (*count, *read, *ahead, *short_length) = (0, 0, 0, 0);
        (*user, *secret, *taking) = (None, false, Taking::default());
    }

    /// Returns whether nothing of it was read.
    pub fn is_new(&self) -> bool {
        self.count == 0
    }

    /// Returns whether this is the command.
    pub fn is(&self, name: &[u8]) -> bool {
        self.name == name
    }

    /// Returns whether these are the command and its second word.
    pub fn are(&self, name: &[u8], second: &[u8]) -> bool {
        self.name == name && self.second == second
    }

    /// Returns whether the client authenticates itself.
    pub fn is_login(&self) -> bool {
        self.is(b"AUTH") || (self.is(b"HELLO") && self.secret)
    }

    /// Continues reading in these bytes, and notes the secrets among them.
    pub fn read(
        &mut self,
        bytes: &[u8],
        known: bool,
        found: &mut dyn FnMut(Range<usize>),
    ) -> Framing {
        self.taking = Taking::default();
        if self.hides && !is_command(bytes) {
            return self.hide(0, bytes, found);
        }
        self.hides = false;
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
                Err(Fault::Foreign) => return self.foreign(at, bytes, unfinished, found),
            };
            if self.is_new() {
                at += item.length;
                match (item.kind, item.what) {
                    // The server ignores it.
                    (b'*', What::Values(0) | What::Null) => return Framing::Complete(at as u64),
                    (b'*', What::Values(count)) => self.count = count,
                    _ => return self.foreign(0, bytes, Framing::NeedMore, found),
                }
                continue;
            }
            let (b'$', What::Body(count)) = (item.kind, item.what) else {
                return self.foreign(at, bytes, unfinished, found);
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
                Err(Fault::Foreign) => return self.foreign(at, bytes, unfinished, found),
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

    /// Decides on bytes that are no command: what was read before them is part of one. A secret is hidden even if its
    /// length is wrong.
    fn foreign(
        &mut self,
        at: usize,
        bytes: &[u8],
        unfinished: Framing,
        found: &mut dyn FnMut(Range<usize>),
    ) -> Framing {
        const LOGIN: &[u8] = b"AUTH";
        let rest = bytes.get(at..).unwrap_or_default();
        let mut windows = rest.windows(LOGIN.len());
        let is_secret = self.secret_of(b"").is_some()
            || windows.any(|part| part.eq_ignore_ascii_case(LOGIN))
                && matches!(rest, [b'$' | b'*', ..]);
        match unfinished {
            _ if is_secret => self.hide(at, bytes, found),
            Framing::Partial(_) => unfinished,
            _ => Framing::NotRecognized,
        }
    }

    /// Takes all bytes from an offset as a secret.
    fn hide(&mut self, at: usize, bytes: &[u8], found: &mut dyn FnMut(Range<usize>)) -> Framing {
        (self.hides, self.secret) = (true, true);
        found(at..bytes.len());
        Framing::Complete(bytes.len() as u64)
    }

    /// Returns whether the words of this line may be secret, which need not have ended.
    pub fn may_hold_secret(line: &[u8]) -> bool {
        const COMMANDS: [&[u8]; 6] = [
            b"AUTH",
            b"ACL",
            b"HELLO",
            b"MIGRATE",
            b"CONFIG",
            b"SENTINEL",
        ];
        let name = Words(line).next().unwrap_or_default();
        COMMANDS
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    }

    /// Reads an inline command: words on a line.
    fn inline(
        &mut self,
        bytes: &[u8],
        known: bool,
        found: &mut dyn FnMut(Range<usize>),
    ) -> Framing {
        let line = Line::first(bytes);
        let mut words = Words(line.text);
        let first = words.next();
        let name = first.unwrap_or_default();
        let is_name = |name: &[u8]| {
            let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
            name.len() <= MAX_WORD && name.iter().all(letter)
        };
        let ended = line.is_ended(bytes);
        let mine = is_plain(line.text)
            && line.text.len() <= MAX_LINE
            && is_name(name)
            && (!known || name.is_empty() || !ended || is_known(name));
        if !mine {
            return Framing::NotRecognized;
        }
        // Which argument is the secret depends on their number.
        if name.eq_ignore_ascii_case(b"AUTH") {
            self.count = Words(line.text).count() as u64;
        }
        for word in first.into_iter().chain(words) {
            let secret = self.secret_of(word);
            if let Some(open) = secret {
                let range = range_of(word, bytes);
                self.secret |= range.len() > open;
                found(range.start + open..range.end);
            }
            self.word(Some(word), word.len() as u64, secret);
        }
        self.count = self.read;
        if !ended {
            self.clear();
            return Framing::NeedMore;
        }
        Framing::Complete(line.whole.len() as u64)
    }

    /// Returns the offset of the secret in the next word, where it has one. A skipped word is not seen.
    fn secret_of(&self, word: &[u8]) -> Option<usize> {
        let (read, last) = (self.read, self.count.saturating_sub(1));
        let is = |name: &[u8]| self.name == name;
        let sets = || self.second == b"SET" && (is(b"CONFIG") || is(b"SENTINEL"));
        let whole = match read {
            0 => false,
            _ if is(b"AUTH") => last != 2 || read == 2,
            _ if self.ahead == 1 => true,
            _ if sets() || (is(b"SENTINEL") && self.second == b"CONFIG") => {
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

    /// Adds a word. Only the length of a skipped one is known.
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

    /// Returns its name and its first arguments, without secrets.
    pub fn short(&self) -> &[u8] {
        self.text.get(..self.short_length).unwrap_or(&self.text)
    }

    /// Returns whether its words determine which later ones are secret.
    fn has_options(&self) -> bool {
        const COMMANDS: [&[u8]; 4] = [b"HELLO", b"MIGRATE", b"CONFIG", b"SENTINEL"];
        COMMANDS.contains(&self.name.as_slice())
    }

    /// Notes what a word means for those that follow it.
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

/// Returns whether a command begins here, as libraries send it.
fn is_command(bytes: &[u8]) -> bool {
    match Item::first(bytes) {
        Ok(item) => item.kind == b'*' && matches!(item.what, What::Values(1..)),
        Err(Fault::Short) => bytes.first() == Some(&b'*'),
        Err(Fault::Foreign) => false,
    }
}

/// The words of a line: separated by spaces, or in quotes.
struct Words<'a>(&'a [u8]);

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let text = self.0.trim_ascii_start();
        let is_sign = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'');
        // Few words are in quotes.
        let end = text.iter().position(is_sign).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        if rest.first().is_none_or(u8::is_ascii_whitespace) {
            self.0 = rest;
            return (!word.is_empty()).then_some(word);
        }
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
