//! Decompresses a capture on a thread of its own, ahead of whoever reads it.

use super::decompress::Members;
use super::source::{Stream, WINDOW};
use std::cell::RefCell;
use std::io::{self, ErrorKind, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

/// How many chunks of [`WINDOW`] bytes are decompressed ahead.
const CHUNKS: usize = 8;

/// The decompressed bytes, in order.
pub(super) struct Ahead {
    chunks: Receiver<io::Result<Vec<u8>>>,
    /// Returns chunks, whose memory is used again.
    used: Sender<Vec<u8>>,
    next: RefCell<Next>,
}

/// What was received and not yet read.
#[derive(Default)]
struct Next {
    chunk: Vec<u8>,
    /// How much of the chunk was read.
    read: usize,
    /// The reason why no more follows.
    error: Option<io::Error>,
    ended: bool,
}

impl Next {
    fn is_there(&self) -> bool {
        self.read < self.chunk.len() || self.error.is_some() || self.ended
    }
}

/// Has another thread decompress; if there can be none, the bytes are decompressed when they are read.
pub(super) fn decompress_ahead(members: Members) -> Box<dyn Stream> {
    let (hand_over, taken_over) = channel::<Members>();
    let (send, chunks) = sync_channel(CHUNKS);
    let (used, spare) = channel();
    let named = thread::Builder::new().name("decompress".to_owned());
    let thread = named.spawn(move || {
        if let Ok(members) = taken_over.recv() {
            decompress(members, &send, &spare);
        }
    });
    match thread {
        Ok(_) => match hand_over.send(members) {
            Ok(()) => Box::new(Ahead {
                chunks,
                used,
                next: RefCell::default(),
            }),
            Err(members) => Box::new(members.0),
        },
        Err(_) => Box::new(members),
    }
}

/// Decompresses to the end of the capture, to an error, or until its reader is dropped. A chunk is sent as soon as it has
/// bytes: it is not waited for until it is full.
fn decompress(
    mut members: Members,
    chunks: &SyncSender<io::Result<Vec<u8>>>,
    spare: &Receiver<Vec<u8>>,
) {
    loop {
        let mut chunk = spare.try_recv().unwrap_or_default();
        chunk.resize(WINDOW, 0);
        let came = match members.read(&mut chunk) {
            Ok(0) => return,
            Ok(got) => {
                chunk.truncate(got);
                Ok(chunk)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let failed = came.is_err();
        if chunks.send(came).is_err() || failed {
            return;
        }
    }
}

impl Ahead {
    /// Takes the next chunk over, if all of the last one was read; none if the thread has ended.
    fn take_over(&self, came: Option<io::Result<Vec<u8>>>) {
        let mut next = self.next.borrow_mut();
        match came {
            Some(Ok(chunk)) => {
                // It fails at the end of the capture.
                let _ = self.used.send(std::mem::replace(&mut next.chunk, chunk));
                next.read = 0;
            }
            Some(Err(error)) => next.error = Some(error),
            None => next.ended = true,
        }
    }
}

impl Read for Ahead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if !self.next.get_mut().is_there() {
            self.take_over(self.chunks.recv().ok());
        }
        let next = self.next.get_mut();
        if let Some(error) = next.error.take() {
            next.ended = true;
            return Err(error);
        }
        let there = next.chunk.get(next.read..).unwrap_or_default();
        let count = there.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), there.get(..count)) {
            to.copy_from_slice(from);
        }
        next.read += count;
        Ok(count)
    }
}

impl Stream for Ahead {
    fn is_readable(&self, timeout: Duration) -> bool {
        if self.next.borrow().is_there() {
            return true;
        }
        match self.chunks.recv_timeout(timeout) {
            Ok(came) => self.take_over(Some(came)),
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => self.take_over(None),
        }
        true
    }
}
