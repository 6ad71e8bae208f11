//! The end of a message: RFC 9112, section 6.3.

/// The kind of a message, by its first word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// A method.
    Request,
    /// A version.
    Response,
}

/// IANA "HTTP Method Registry", and methods that Microsoft, UPnP (RFC 2774 among them) and others added.
const METHODS: &[&str] = &[
    "ACL",
    "BASELINE-CONTROL",
    "BCOPY",
    "BDELETE",
    "BIND",
    "BMOVE",
    "BPROPFIND",
    "BPROPPATCH",
    "CCM_POST",
    "CHECKIN",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LABEL",
    "LINK",
    "LOCK",
    "M-POST",
    "M-SEARCH",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "NOTIFY",
    "OPTIONS",
    "ORDERPATCH",
    "PATCH",
    "POLL",
    "POST",
    "PROPFIND",
    "PROPPATCH",
    "PUT",
    "REBIND",
    "REPORT",
    "RPC_IN_DATA",
    "RPC_OUT_DATA",
    "SEARCH",
    "SOURCE",
    "SUBSCRIBE",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UNSUBSCRIBE",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
];

impl Start {
    /// Returns whether more bytes may make this the beginning of a message.
    pub fn may_become(bytes: &[u8]) -> bool {
        let begins = |known: &&str| {
            let known = known.as_bytes();
            let length = known.len().min(bytes.len());
            let (known, bytes) = (known.get(..length), bytes.get(..length));
            known
                .zip(bytes)
                .is_some_and(|(known, bytes)| known.eq_ignore_ascii_case(bytes))
        };
        // The first two bytes exclude nearly everything else.
        let letters = bytes
            .iter()
            .take(2)
            .all(|byte| byte.is_ascii_alphabetic() || *byte == b'-');
        let any = || bytes.contains(&b' ') && is_of_any_method(bytes);
        letters && (begins(&"HTTP/") || METHODS.iter().any(begins) || any())
    }

    /// Returns the kind of message that this line begins, if it does.
    pub fn of(line: &[u8]) -> Option<Start> {
        if line.starts_with(b"HTTP/") {
            return Some(Start::Response);
        }
        let method = line.iter().take(LONGEST).position(|&byte| byte == b' ')?;
        let method = line.get(..method)?;
        let known = METHODS.binary_search_by(|known| known.as_bytes().cmp(method));
        let is_request = known.is_ok() || is_name(method) && has_version(line);
        is_request.then_some(Start::Request)
    }
}

/// The length of the longest method. RFC 9110, section 9.1, permits any name.
const LONGEST: usize = 18;

/// Returns whether a request line with a method that is not known may begin like this.
fn is_of_any_method(line: &[u8]) -> bool {
    let mut words = line.splitn(2, |&byte| byte == b' ');
    let method = words.next().unwrap_or_default();
    let target = words.next().and_then(|target| target.first());
    is_name(method) && target.is_none_or(|byte| b"/*h".contains(byte))
}

fn is_name(method: &[u8]) -> bool {
    let letter = |byte: &u8| byte.is_ascii_alphabetic() || b"-_".contains(byte);
    !method.is_empty() && method.iter().all(letter)
}

/// Returns whether a line ends with a version: RFC 9112, section 2.3.
fn has_version(line: &[u8]) -> bool {
    let version = line.get(line.len().saturating_sub(b" HTTP/1.1".len())..);
    matches!(
        version,
        Some([b' ', b'H', b'T', b'T', b'P', b'/', major, b'.', minor])
            if major.is_ascii_digit() && minor.is_ascii_digit()
    )
}

/// One line of the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadLine<'a> {
    /// Without its end.
    pub text: &'a [u8],
    /// Its length with its end.
    pub whole: usize,
}

impl<'a> HeadLine<'a> {
    /// Returns the first line, if it has an end: CRLF, LF or CR, and CR CR LF as some programs send it.
    pub fn first(bytes: &'a [u8]) -> Option<HeadLine<'a>> {
        let length = memchr::memchr2(b'\r', b'\n', bytes)?;
        let (text, end) = bytes.split_at(length);
        let end = match end {
            [b'\r', b'\r', b'\n', ..] => 3,
            [b'\r', b'\n', ..] => 2,
            _ => 1,
        };
        Some(HeadLine {
            text,
            whole: length + end,
        })
    }

    /// Returns the first line, if the bytes that follow cannot belong to its end: one or two carriage returns may be a
    /// part of one.
    pub fn ended(bytes: &'a [u8]) -> Option<HeadLine<'a>> {
        let line = HeadLine::first(bytes)?;
        let end = bytes.get(line.text.len()..);
        (!matches!(end, Some(b"\r" | b"\r\r"))).then_some(line)
    }

    /// Returns the first line; all bytes if it has no end.
    pub fn first_or_rest(bytes: &'a [u8]) -> HeadLine<'a> {
        HeadLine::first(bytes).unwrap_or(HeadLine {
            text: bytes,
            whole: bytes.len(),
        })
    }

    /// Returns the texts before and after the colon, without the spaces around the latter.
    pub fn halves(&self) -> Option<(&'a [u8], &'a [u8])> {
        let colon = memchr::memchr(b':', self.text)?;
        let (name, value) = self.text.split_at(colon);
        Some((name, value.get(1..).unwrap_or_default().trim_ascii()))
    }
}

/// Returns the length of the empty lines before a request, bytes. RFC 9112, section 2.2, has servers ignore one.
pub fn leading_empty_lines(bytes: &[u8]) -> usize {
    let length = bytes.iter().position(|byte| !b"\r\n".contains(byte));
    length.unwrap_or(bytes.len())
}

/// Returns whether these bytes may contain an empty line that ends the head; false only if they contain none.
pub fn may_end_head(bytes: &[u8]) -> bool {
    let is_text = |byte: &u8| !b"\r\n".contains(byte);
    // Two carriage returns at the end may be a part of one line end.
    let is_one_end = |ends: &[u8]| {
        matches!(ends, b"" | b"\r" | b"\n" | b"\r\n" | b"\r\r" | b"\r\r\n")
            && (ends != b"\r\r" || bytes.ends_with(b"\r\r"))
    };
    !bytes.split(is_text).all(is_one_end)
}

/// Returns whether the empty line that ends a head is there.
pub fn has_whole_head(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(leading_empty_lines(bytes)..).unwrap_or_default();
    while let Some(line) = HeadLine::first(rest) {
        if line.text.is_empty() {
            return true;
        }
        rest = rest.get(line.whole..).unwrap_or_default();
    }
    false
}

/// What the head of a message determines about its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BodyFraming {
    /// Content-Length.
    pub content_length: Option<u64>,
    /// Transfer-Encoding is present.
    pub encoded: bool,
    /// It ends in `chunked`.
    pub chunked: bool,
    /// Content-Length occurred before with another value, or has no valid one.
    pub contradicts: bool,
    content_type: bool,
}

impl BodyFraming {
    /// Returns whether a body that ends with the connection has a media type.
    pub fn worth_waiting(&self) -> bool {
        self.content_type || self.encoded
    }

    /// Notes a header.
    pub fn note(&mut self, name: &[u8], value: &[u8]) {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        if is(b"content-length") {
            let before = self.content_length;
            self.content_length = content_length(value);
            let differs = before.is_some() && before != self.content_length;
            self.contradicts |= differs || self.content_length.is_none();
        } else if is(b"transfer-encoding") {
            let last = value
                .rsplit(|&byte| byte == b',')
                .next()
                .unwrap_or_default();
            self.encoded = true;
            self.chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
        } else if is(b"content-type") {
            self.content_type = true;
        }
    }
}

/// Parses digits only, or a list of equal numbers: RFC 9110, section 8.6.
fn content_length(value: &[u8]) -> Option<u64> {
    let mut parts = value.split(|&byte| byte == b',').map(|part| {
        let digits = part.trim_ascii();
        let plain = digits.iter().all(u8::is_ascii_digit);
        let digits = std::str::from_utf8(digits).ok().filter(|_| plain);
        digits.and_then(|digits| digits.parse().ok())
    });
    let first = parts.next()?;
    parts.all(|part| part == first).then_some(first)?
}

/// Returns whether a response with this status line has no body: RFC 9112, section 6.3.
pub fn never_has_body(status_line: &[u8]) -> bool {
    let code = status_line.split(|&byte| byte == b' ').nth(1);
    matches!(code, Some([b'1', _, _] | b"204" | b"304"))
}

/// The chunks of a body, RFC 9112, section 7.1. The last one is of size 0, unless the bytes end before it.
pub struct Chunks<'a> {
    bytes: &'a [u8],
    at: usize,
    over: bool,
}

/// One chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The size of its data as the chunk gives it, bytes.
    pub size: usize,
    /// The offset at which it begins.
    pub start: usize,
    /// The offset of its data, or of the trailer of the last one.
    pub data: usize,
    /// The offset at which it ends with everything that belongs to it, if the bytes reach there.
    pub end: Option<usize>,
}

impl<'a> Chunks<'a> {
    /// The chunks at the beginning of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Chunks {
            bytes,
            at: 0,
            over: false,
        }
    }

    /// Returns the offset at which the empty line after the last chunk and its trailer ends.
    fn trailer_end(&self, mut at: usize) -> Option<usize> {
        loop {
            let line = HeadLine::first(self.bytes.get(at..)?)?;
            at += line.whole;
            if line.text.is_empty() {
                return Some(at);
            }
        }
    }
}

impl Iterator for Chunks<'_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        if self.over {
            return None;
        }
        self.over = true;
        let start = self.at;
        let line = HeadLine::first(self.bytes.get(start..)?)?;
        let digits = line.text.split(|&byte| byte == b';').next()?;
        let digits = std::str::from_utf8(digits).ok()?.trim();
        let size = usize::from_str_radix(digits, 16).ok()?;
        let data = start + line.whole;
        let end = match size {
            0 => self.trailer_end(data),
            _ => {
                let end = data.checked_add(size)?;
                let behind = self.bytes.get(end..);
                let line = behind
                    .and_then(HeadLine::first)
                    .filter(|line| line.text.is_empty());
                line.map(|line| end + line.whole)
            }
        };
        if let Some(end) = end
            && size > 0
        {
            self.at = end;
            self.over = false;
        }
        Some(Chunk {
            size,
            start,
            data,
            end,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_sorted() {
        assert!(METHODS.is_sorted());
        assert!(
            METHODS
                .iter()
                .all(|method| Start::of(format!("{method} / HTTP/1.1").as_bytes()).is_some())
        );
    }
}
