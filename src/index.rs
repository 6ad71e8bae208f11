//! The one loop that reads a capture: read, dissect, track, append.

use crate::{
    capture::{Reader, Severity, live::Segment},
    store::{About, Contents, Store},
};
use parking_lot::RwLockWriteGuard;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{
    collections::VecDeque,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

/// Readers are let in after this many packets: a fraction of a millisecond.
const BATCH: usize = 512;

/// Fills the store from a capture, until its end or until `stop`.
///
/// A file is read in batches during which readers wait; of a pipe as much as is there at once, since waiting for it
/// must not make anybody else wait.
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
            reader.release(contents.lowest_offset());
            RwLockWriteGuard::bump(&mut contents);
        }
        known.tell(&reader, &mut contents);
    } else {
        while !stop.load(Ordering::Relaxed) {
            let Some(packet) = reader.next() else { break };
            let mut contents = store.write();
            contents.append(&packet);
            for _ in 1..BATCH {
                if !reader.is_ready() {
                    break;
                }
                let Some(packet) = reader.next() else { break };
                contents.append(&packet);
            }
            known.tell(&reader, &mut contents);
            reader.release(contents.lowest_offset());
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
    // Where the files begin that are still there.
    let mut begins = VecDeque::from([base]);
    reader.set_growing(true);
    loop {
        let mut contents = store.write();
        while append_some(&mut reader, base, &mut contents) {
            known.tell(&reader, &mut contents);
            RwLockWriteGuard::bump(&mut contents);
        }
        known.tell(&reader, &mut contents);
        store.bytes().let_go(contents.lowest_offset());
        drop(contents);
        let next = match segments.recv_timeout(GROWTH) {
            Err(RecvTimeoutError::Timeout) => continue,
            Ok(Segment::Removed) => {
                // Its packets go with it, or it would take room as long as somebody might read it.
                begins.pop_front();
                let mut contents = store.write();
                contents.let_go_before(begins.front().copied().unwrap_or(base));
                store.bytes().let_go(contents.lowest_offset());
                continue;
            }
            Ok(Segment::Begun(next)) => Some(next),
            Err(RecvTimeoutError::Disconnected) => None,
        };
        // Nobody writes this file any more.
        reader.set_growing(false);
        let mut contents = store.write();
        while append_some(&mut reader, base, &mut contents) {
            RwLockWriteGuard::bump(&mut contents);
        }
        known.tell(&reader, &mut contents);
        let Some(next) = next else {
            known.end(&reader, &mut contents);
            return;
        };
        base += reader.total().unwrap_or_else(|| reader.position());
        begins.push_back(base);
        store.bytes().join(base, &next.bytes());
        reader = *next;
        reader.set_growing(true);
        known = Known::default();
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
        contents.interfaces = reader.interfaces().to_vec();
        contents.about = About {
            sections: reader.sections().to_vec(),
            names: reader.names().clone(),
            secrets: reader.secrets().to_vec(),
        };
        if reader.more_diagnostics() > 0 {
            let more = reader.more_diagnostics();
            contents
                .problems
                .push(format!("and {more} more problems of this kind"));
        }
        contents.tracker.finish();
        contents.finished = true;
    }
}

/// How much of what a reader finds beside packets the store has been told.
#[derive(Default)]
struct Known {
    diagnostics: usize,
    comments: usize,
    names: usize,
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
            let comments = contents.comments.entry(*number as u32).or_default();
            comments.push(text.clone());
        }
        for address in reader.named().iter().skip(self.names) {
            self.names += 1;
            if let Some(name) = reader.names().get(address) {
                contents.tracker.names.in_file(*address, name);
            }
        }
    }
}
