//! The one loop that reads a capture: read, dissect, track, append.

use crate::{
    capture::{Reader, Severity, live::Segment},
    store::{Contents, Store},
};
use parking_lot::RwLockWriteGuard;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

/// Readers are let in after this many packets: a fraction of a millisecond.
const BATCH: usize = 512;

/// Fills the store from a capture, until its end or until `stop`.
///
/// A file is read in batches during which readers wait; a pipe packet by packet, since waiting for it must not make
/// anybody else wait.
pub fn fill(mut reader: Reader, store: &Store, stop: &AtomicBool) {
    let is_file = reader.total().is_some();
    store.write().size = reader.total();
    let mut known = Known::default();
    if is_file {
        let mut contents = store.write();
        'reading: while !stop.load(Ordering::Relaxed) {
            for _ in 0..BATCH {
                let Some(packet) = reader.next() else {
                    break 'reading;
                };
                contents.append(&packet);
            }
            known.tell(&reader, &mut contents);
            RwLockWriteGuard::bump(&mut contents);
        }
        known.tell(&reader, &mut contents);
    } else {
        while !stop.load(Ordering::Relaxed) {
            let Some(packet) = reader.next() else { break };
            store.write().append(&packet);
            known.tell(&reader, &mut store.write());
        }
        known.tell(&reader, &mut store.write());
    }
    known.end(&reader, &mut store.write());
}

/// How often a live capture is looked at for more packets.
const GROWTH: Duration = Duration::from_millis(20);

/// Fills the store from a live capture, file by file while they grow, until capturing ends. The first file is the one
/// that the store was made of.
pub fn follow(mut reader: Reader, segments: &Receiver<Segment>, store: &Store) {
    let mut known = Known::default();
    let mut base = 0;
    reader.set_growing(true);
    loop {
        let mut contents = store.write();
        while append_some(&mut reader, base, &mut contents) {
            known.tell(&reader, &mut contents);
            RwLockWriteGuard::bump(&mut contents);
        }
        known.tell(&reader, &mut contents);
        drop(contents);
        let segment = segments.recv_timeout(GROWTH);
        if matches!(segment, Err(RecvTimeoutError::Timeout)) {
            continue;
        }
        // Nobody writes this file any more.
        reader.set_growing(false);
        let mut contents = store.write();
        while append_some(&mut reader, base, &mut contents) {
            RwLockWriteGuard::bump(&mut contents);
        }
        known.tell(&reader, &mut contents);
        match segment {
            Ok(Segment::Begun(next)) => {
                base += reader.total().unwrap_or_else(|| reader.position());
                store.bytes().join(base, &next.bytes());
                reader = *next;
                known = Known::default();
            }
            Ok(Segment::Removed) => {}
            Err(_) => {
                known.end(&reader, &mut contents);
                return;
            }
        }
        reader.set_growing(true);
    }
}

/// Adds what there is of a file that begins at the offset `base` of the capture, a batch at most; whether there may be
/// more.
fn append_some(reader: &mut Reader, base: u64, contents: &mut Contents) -> bool {
    for _ in 0..BATCH {
        let Some(mut packet) = reader.next() else {
            return false;
        };
        packet.offset += base;
        contents.append(&packet);
    }
    true
}

impl Known {
    /// Everything was read.
    fn end(&self, reader: &Reader, contents: &mut Contents) {
        contents.damaged = reader.damaged();
        if reader.more_diagnostics() > 0 {
            let more = reader.more_diagnostics();
            contents
                .problems
                .push(format!("and {more} more problems of this kind"));
        }
        contents.finished = true;
    }
}

/// How much of what a reader finds beside packets the store has been told.
#[derive(Default)]
struct Known {
    diagnostics: usize,
    comments: usize,
}

impl Known {
    fn tell(&mut self, reader: &Reader, contents: &mut Contents) {
        contents.read = reader.position();
        if contents.interfaces.len() != reader.interfaces().len() {
            contents.interfaces = reader.interfaces().to_vec();
        }
        for diagnostic in reader.diagnostics().iter().skip(self.diagnostics) {
            self.diagnostics += 1;
            let information = diagnostic.severity() == Severity::Information;
            contents.problems.push(match information {
                true => format!("{diagnostic} (nothing is lost)"),
                false => diagnostic.to_string(),
            });
        }
        for (number, text) in reader.packet_comments().iter().skip(self.comments) {
            self.comments += 1;
            contents.comments.insert(*number as u32, text.clone());
        }
    }
}
