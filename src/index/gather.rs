//! The first half of the index: packets are read and dissected, in blocks.

use super::{Appender, NO_CONTEXT, POLL, block::Block, messages, published::Published};
use crate::{capture::Reader, statistics::Paths, track::Fingerprints};
use dissectors::{Facts, LinkType, Output, Packet, dissect};
use std::{
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

/// The blocks that go round between the threads: enough for a thread to go on while another one reads a conversation
/// again or is not scheduled, and few enough to stay in the cache.
const BLOCKS: usize = 12;

/// This many blocks are handed over together: to wake a thread costs as much as to dissect ten packets.
pub(super) const TOGETHER: usize = 4;

/// Reads and dissects packets.
pub(super) struct Gatherer {
    reader: Reader,
    /// The offset in the capture at which the reader's file begins.
    base: u64,
    published: Published,
    facts: Facts,
    fingerprints: Fingerprints,
    paths: Paths,
    /// The maximum number of packets in a block: fewer in tests.
    pub(super) most: usize,
}

impl Gatherer {
    pub fn new(reader: Reader, fingerprints: Fingerprints) -> Self {
        Gatherer {
            reader,
            base: 0,
            published: Published::default(),
            facts: Facts::default(),
            fingerprints,
            paths: Paths::default(),
            most: usize::MAX,
        }
    }

    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    pub fn base(&self) -> u64 {
        self.base
    }

    /// Fills an empty block with the packets of one buffer. It may block on a pipe only before the first packet; the
    /// others came with it. Returns false if there is nothing: no packet, and nothing else.
    pub fn fill(&mut self, block: &mut Block) -> bool {
        self.fill_up_to(block, self.most)
    }

    /// Fills an empty block with at most `count` packets.
    pub fn fill_up_to(&mut self, block: &mut Block, count: usize) -> bool {
        let mut next = match count {
            0 => None,
            _ => self.reader.next_record(),
        };
        if next.is_none() && self.published.is_all_of(&self.reader) {
            return false;
        }
        let mut left = count;
        while let Some(mut record) = next {
            let packet = record.packet(self.reader.buffer());
            let bytes = Packet::new(LinkType(packet.link_type), packet.data, packet.original);
            dissect(bytes, &NO_CONTEXT, &mut self.facts, Output::default());
            record.offset += self.base;
            let path = self.paths.number(self.facts.layers());
            // The layers of a fragment are known once its datagram is reassembled.
            if self.facts.fragment.is_none() {
                self.paths.count(path, packet.original);
            }
            block.push(record, &self.facts, path, |flow| {
                self.fingerprints.of(flow, packet.data)
            });
            block.news.add_comments(&mut self.reader);
            left -= 1;
            if left == 0 {
                break;
            }
            next = self.reader.next_buffered();
        }
        self.published.gather(&mut self.reader, &mut block.news);
        self.paths.hand_over(&mut block.paths);
        self.reader.exchange_buffer(&mut block.buffer);
        true
    }

    /// Releases everything before `offset`, which is not read again.
    pub fn release(&mut self, offset: u64) {
        self.reader.release(offset);
    }

    /// Waits until there is something to read, for `timeout` at most; returns whether there may be more.
    pub fn wait(&self, timeout: Duration) -> bool {
        let more = !self.reader.has_ended();
        if more {
            self.reader.wait(timeout);
        }
        more
    }

    /// The file is no longer written.
    pub fn ends(&mut self) {
        self.reader.set_growing(false);
    }

    /// Goes on with another file, after all of the last one; returns the offset at which it begins.
    pub fn begin(&mut self, next: Reader) -> u64 {
        let end = self.reader.total();
        self.base += end.unwrap_or_else(|| self.reader.position());
        self.reader = next;
        self.published.begin();
        self.base
    }
}

/// On how many threads a capture is read.
pub(super) struct Threads(usize);

impl Default for Threads {
    fn default() -> Self {
        Threads::new(0)
    }
}

impl Threads {
    /// 0 chooses by the number of processors: on two of them three threads take less time than two, because one of the
    /// three has little to do.
    pub fn new(count: usize) -> Self {
        Threads(match count {
            0 if thread::available_parallelism().is_ok_and(|count| count.get() > 1) => 3,
            0 => 1,
            count => count,
        })
    }

    /// Reads with a thread that gathers, and perhaps one that reads messages, while this one appends; returns false if
    /// there is none.
    pub fn read(
        &self,
        gatherer: &mut Gatherer,
        appender: &mut Appender,
        stop: &AtomicBool,
    ) -> bool {
        if self.0 < 2 {
            return false;
        }
        let (back, spare) = channel();
        let (filled, blocks) = channel();
        let lowest = AtomicU64::new(0);
        thread::scope(|scope| {
            let gathering = Gathering {
                gatherer,
                spare,
                filled,
                lowest: &lowest,
                stop,
            };
            let named = thread::Builder::new().name("gather".to_owned());
            if named.spawn_scoped(scope, || gathering.run()).is_err() {
                return false;
            }
            for _ in 0..BLOCKS {
                let _ = back.send(Block::default());
            }
            // Where nothing is evicted, all of the capture may be read again.
            let messages = match self.0 > 2 && appender.pipeline.keeps_all() {
                true => messages::begin(scope, back.clone()),
                false => None,
            };
            let others = Others {
                blocks,
                back,
                lowest: &lowest,
                stop,
            };
            match messages {
                Some(messages) => appender.track_all(&others, &messages),
                None => appender.append_all(&others),
            }
            // The other threads end when they cannot send or receive.
            true
        })
    }
}

/// In tests, a thread waits here for a while that differs from time to time.
#[inline(always)]
pub(super) fn pause() {
    #[cfg(test)]
    tests::pause();
}

/// The thread that gathers.
struct Gathering<'a> {
    gatherer: &'a mut Gatherer,
    /// Empty blocks.
    spare: Receiver<Block>,
    filled: Sender<Block>,
    /// The offset before which the capture is not needed any more.
    lowest: &'a AtomicU64,
    stop: &'a AtomicBool,
}

impl Gathering<'_> {
    /// Gathers until the end of the capture, until `stop`, or until the other thread has ended and takes no more blocks.
    fn run(self) {
        // Blocks that wait here for a large one to come back.
        let mut waiting = Vec::new();
        while let Some(mut block) = waiting.pop().or_else(|| self.spare.recv().ok()) {
            pause();
            let some = self.gatherer.fill(&mut block);
            if !some {
                waiting.push(block);
                if self.stop.load(Ordering::Relaxed) || !self.gatherer.wait(POLL) {
                    return;
                }
                continue;
            }
            let is_large = block.is_large();
            if self.stop.load(Ordering::Relaxed) || self.filled.send(block).is_err() {
                return;
            }
            self.gatherer.release(self.lowest.load(Ordering::Relaxed));
            while is_large && waiting.len() < BLOCKS {
                match self.spare.recv() {
                    Ok(block) => waiting.push(block),
                    Err(_) => return,
                }
            }
        }
    }
}

/// What the thread that appends has of the thread that gathers.
pub(super) struct Others<'a> {
    /// The blocks that were gathered.
    pub blocks: Receiver<Block>,
    /// Where empty blocks are given back.
    back: Sender<Block>,
    /// The offset before which the capture is not needed any more.
    lowest: &'a AtomicU64,
    stop: &'a AtomicBool,
}

impl Others<'_> {
    /// Gives blocks back. `lowest` is the offset before which the capture is not needed any more.
    pub fn give_back(&self, blocks: &mut Vec<Block>, lowest: u64) {
        self.lowest.store(lowest, Ordering::Relaxed);
        for block in blocks.drain(..) {
            // It fails at the end of the capture.
            let _ = self.back.send(block);
        }
    }

    /// Whether to stop before the end of the capture.
    pub fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Appender {
    /// Appends blocks and gives them back, until no more come, or until it is to stop.
    fn append_all(&mut self, others: &Others) {
        let mut done = Vec::with_capacity(BLOCKS);
        let mut lowest = 0;
        while !others.stops() {
            self.carry_out_all();
            let next = others.blocks.try_recv();
            if next.is_err() || done.len() >= TOGETHER {
                others.give_back(&mut done, lowest);
            }
            let next = match next {
                Ok(block) => Ok(block),
                Err(_) => others.blocks.recv_timeout(self.patience(POLL)),
            };
            match next {
                Ok(mut block) => {
                    pause();
                    lowest = self.append(&mut block);
                    done.push(block);
                }
                Err(RecvTimeoutError::Timeout) => self.read_again(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
