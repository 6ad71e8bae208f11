//! The third thread of the index: it reads the messages of packets, while those of the next blocks are tracked.
//!
//! Tracking does not depend on messages. So this thread follows the one that tracks, some blocks behind. Meanwhile it
//! owns the application layer of the conversations, and the store stays locked, so that no reader sees conversations
//! without it. Once a reader waits for the store, the application layer is given back after the current block.

use super::{
    Appender, POLL,
    block::Block,
    count_messages,
    gather::{Others, TOGETHER, pause},
};
use crate::{store::Contents, track::ApplicationTracker};
use parking_lot::RwLockWriteGuard;
use std::{
    collections::VecDeque,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::{self, Scope},
    time::Duration,
};

/// For this long the store stays locked while no block comes.
const SHORT: Duration = Duration::from_millis(1);

/// After this many blocks the messages that were read are counted, which wait in a list until then.
const COUNTED_EVERY: u32 = 64;

/// What the thread that tracks sends.
#[allow(
    clippy::large_enum_variant,
    reason = "nearly all requests are blocks, whose memory is used again"
)]
enum Request {
    /// The application layer of the conversations: messages may be read.
    Read(Box<ApplicationTracker>),
    /// A block that was tracked.
    Block(Block),
    /// The application layer is to be given back, as soon as may be.
    Pause,
    /// The application layer is to be given back once the messages of all blocks were read.
    Finish,
}

/// The thread that reads messages.
pub(super) struct Messages {
    requests: Sender<Request>,
    given_back: Receiver<Box<ApplicationTracker>>,
}

/// Begins the thread, which gives empty blocks back; none if there can be none.
pub(super) fn begin<'scope>(
    scope: &'scope Scope<'scope, '_>,
    back: Sender<Block>,
) -> Option<Messages> {
    let (requests, received) = channel();
    let (give_back, given_back) = channel();
    let reading = Reading {
        requests: received,
        give_back,
        application: None,
        blocks: VecDeque::new(),
        done: Vec::new(),
        back,
    };
    let named = thread::Builder::new().name("messages".to_owned());
    named.spawn_scoped(scope, || reading.run()).ok()?;
    Some(Messages {
        requests,
        given_back,
    })
}

impl Messages {
    /// Gives the application layer to the thread. None if that has ended.
    fn begin(&self, contents: &mut Contents) -> Option<()> {
        let application = std::mem::take(&mut contents.tracker.application);
        self.requests.send(Request::Read(application)).ok()
    }

    /// Takes the application layer back, and counts the messages that were read. None if the thread has ended.
    fn end(&self, contents: &mut Contents, request: Request) -> Option<()> {
        self.requests.send(request).ok()?;
        contents.tracker.application = self.given_back.recv().ok()?;
        count_messages(contents);
        Some(())
    }
}

/// The state of that thread.
struct Reading {
    requests: Receiver<Request>,
    give_back: Sender<Box<ApplicationTracker>>,
    application: Option<Box<ApplicationTracker>>,
    /// The blocks whose messages are to be read, in order.
    blocks: VecDeque<Block>,
    /// Empty blocks.
    done: Vec<Block>,
    back: Sender<Block>,
}

impl Reading {
    /// Reads until the other thread ends.
    fn run(mut self) {
        loop {
            let has_work = self.application.is_some() && !self.blocks.is_empty();
            let request = match has_work {
                true => self.requests.try_recv().ok(),
                false => {
                    self.return_blocks();
                    match self.requests.recv() {
                        Ok(request) => Some(request),
                        Err(_) => return,
                    }
                }
            };
            match request {
                Some(Request::Read(application)) => self.application = Some(application),
                Some(Request::Block(block)) => self.blocks.push_back(block),
                Some(Request::Pause) => self.stop(),
                Some(Request::Finish) => {
                    while self.read_block() {}
                    self.return_blocks();
                    self.stop();
                }
                None => {
                    self.read_block();
                }
            }
        }
    }

    /// Reads the messages of the next block; returns whether there is one.
    fn read_block(&mut self) -> bool {
        let Some(application) = &mut self.application else {
            return false;
        };
        let Some(mut block) = self.blocks.pop_front() else {
            return false;
        };
        pause();
        block.read_messages(application);
        block.clear();
        self.done.push(block);
        if self.done.len() >= TOGETHER {
            self.return_blocks();
        }
        true
    }

    fn return_blocks(&mut self) {
        for block in self.done.drain(..) {
            // It fails at the end of the capture.
            let _ = self.back.send(block);
        }
    }

    fn stop(&mut self) {
        if let Some(application) = self.application.take() {
            // It fails if the other thread has ended.
            let _ = self.give_back.send(application);
        }
    }
}

impl Appender {
    /// Tracks blocks, until no more come, or until it is to stop. The other thread reads their messages.
    pub(super) fn track_all(&mut self, others: &Others, messages: &Messages) {
        while !others.stops() {
            self.carry_out_all();
            match others.blocks.recv_timeout(self.patience(POLL)) {
                Ok(block) => {
                    if self.track_some(block, others, messages).is_none() {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.read_again(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Tracks this block and those that follow, until none come for a short time, or there is other work. None if the
    /// other thread has ended.
    fn track_some(&mut self, first: Block, others: &Others, messages: &Messages) -> Option<()> {
        let store = self.writer.store().clone();
        let mut contents = self.writer.write();
        messages.begin(&mut contents)?;
        let mut next = Some(first);
        let mut count: u32 = 0;
        while let Some(mut block) = next.take() {
            pause();
            block.track(&mut contents, &mut self.pipeline);
            messages.requests.send(Request::Block(block)).ok()?;
            count += 1;
            if store.is_awaited() || count.is_multiple_of(COUNTED_EVERY) {
                messages.end(&mut contents, Request::Pause)?;
                contents.tell();
                RwLockWriteGuard::bump(&mut contents);
                messages.begin(&mut contents)?;
            }
            if !others.stops() && !self.commands.is_waiting() && self.reread.left() == 0 {
                next = others.blocks.recv_timeout(SHORT).ok();
            }
        }
        messages.end(&mut contents, Request::Finish)?;
        contents.tell();
        RwLockWriteGuard::unlock_fair(contents);
        Some(())
    }
}
