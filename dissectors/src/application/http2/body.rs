//! The passwords in the DATA frames of a side's streams: RFC 9113, section 6.1.

use crate::{
    HeapSize,
    application::passwords::{Format, Passwords},
};
use std::{collections::VecDeque, ops::Range};

/// At most this many streams of a side are searched side by side, the latest ones.
const MAX_STREAMS: usize = 32;

/// A side's bodies while they arrive.
#[derive(Clone, Default)]
pub struct Bodies {
    streams: VecDeque<Body>,
    /// In the current frame: the bytes that precede the data, and those of the data that follow them.
    before: usize,
    length: usize,
}

/// The body of a stream.
#[derive(Clone)]
struct Body {
    stream: u32,
    /// None before its first byte.
    search: Option<Search>,
    /// The frame that arrives is its last one.
    ends: bool,
}

#[derive(Clone)]
enum Search {
    Passwords(Box<Passwords>),
    /// It does not begin like a format that is searched.
    Nothing,
}

impl Search {
    /// Begins with the first byte of a body. Its media type is in a header block, which is not decompressed.
    fn of(first: u8) -> Search {
        let format = match first {
            b'{' | b'[' => Format::Json,
            b'<' => Format::Xml,
            b'%' | b'_' => Format::Form,
            _ if first.is_ascii_alphanumeric() => Format::Form,
            _ => return Search::Nothing,
        };
        Search::Passwords(Box::new(Passwords::new(format)))
    }
}

impl Bodies {
    /// Begins a frame with data of a stream: how many bytes precede the data, and how long it is.
    pub fn begin(&mut self, stream: u32, (before, length): (usize, usize), ends: bool) {
        (self.before, self.length) = (before, length);
        self.streams.retain(|body| !body.ends);
        let known = self.streams.iter().position(|body| body.stream == stream);
        let body = match known.and_then(|at| self.streams.remove(at)) {
            Some(body) => Body { ends, ..body },
            None => Body {
                stream,
                search: None,
                ends,
            },
        };
        if self.streams.len() >= MAX_STREAMS {
            self.streams.pop_front();
        }
        self.streams.push_back(body);
    }

    /// Searches the next bytes of the current frame.
    pub fn find(&mut self, bytes: &[u8], found: &mut Vec<Range<usize>>) {
        let before = bytes.len().min(self.before);
        let data = self.length.min(bytes.len() - before);
        self.before -= before;
        self.length -= data;
        let data = bytes.get(before..before + data).unwrap_or_default();
        let (Some(first), Some(body)) = (data.first(), self.streams.back_mut()) else {
            return;
        };
        let search = body.search.get_or_insert_with(|| Search::of(*first));
        if let Search::Passwords(passwords) = search {
            passwords.find(before, data, found);
        }
    }

    /// Returns whether the next bytes are searched.
    pub fn is_searched(&self) -> bool {
        self.length > 0
    }

    /// Returns how many bytes it has allocated.
    pub fn allocated(&self) -> usize {
        let search = |body: &Body| match body.search {
            Some(Search::Passwords(_)) => Passwords::MAX_SIZE,
            Some(Search::Nothing) | None => 0,
        };
        self.streams.heap_size() + self.streams.iter().map(search).sum::<usize>()
    }
}
