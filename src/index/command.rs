//! The commands of an index, and the handles that send them.

use crate::track::Protocol;
use dissectors::Dissector;
use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::Duration,
};

/// A command for the index.
pub enum Command {
    /// Reads the conversations of this port, including those that were read before, as this protocol; without one they
    /// are recognised by their payload.
    DecodeAs {
        /// TCP or UDP.
        protocol: Protocol,
        /// The port at either end.
        port: u16,
        /// The protocol.
        dissector: Option<&'static Dissector>,
    },
    /// Adds, changes or removes a comment on a packet.
    Comment {
        /// The packet.
        number: u32,
        /// Its place among the packet's comments; a new one is behind them.
        at: usize,
        /// The comment; empty to remove the one that is there.
        text: String,
    },
}

/// Sends commands to an index. Once it has read everything, the index ends when its last handle is dropped.
#[derive(Clone)]
pub struct Handle {
    commands: Sender<Command>,
    /// Number of commands that were sent and wait; dropped with the index.
    pending: Weak<AtomicUsize>,
}

impl Handle {
    /// Sends a command; the conversations that are read again because of it are in `Contents::rereading`. Returns false
    /// if the index has ended.
    pub fn send(&self, command: Command) -> bool {
        let Some(pending) = self.pending.upgrade() else {
            return false;
        };
        pending.fetch_add(1, Ordering::Relaxed);
        self.commands.send(command).is_ok()
    }

    /// Whether there are commands that the index has not executed.
    pub fn is_pending(&self) -> bool {
        let pending = self.pending.upgrade();
        pending.is_some_and(|pending| pending.load(Ordering::Acquire) > 0)
    }
}

/// The receiving end of an index's commands.
pub(super) struct Commands {
    receiver: Receiver<Command>,
    pending: Arc<AtomicUsize>,
}

/// Returns a handle and the receiving end of its commands.
pub(super) fn channel() -> (Handle, Commands) {
    let (commands, receiver) = mpsc::channel();
    let pending = Arc::default();
    let handle = Handle {
        commands,
        pending: Arc::downgrade(&pending),
    };
    (handle, Commands { receiver, pending })
}

impl Commands {
    /// Returns the next command, if there is one.
    pub fn next(&self) -> Option<Command> {
        self.receiver.try_recv().ok()
    }

    /// Whether there is one.
    pub fn is_waiting(&self) -> bool {
        self.pending.load(Ordering::Acquire) > 0
    }

    /// Waits for the next command.
    ///
    /// # Errors
    ///
    /// Fails if none has come in this time, or if there are no handles any more.
    pub fn wait(&self, timeout: Duration) -> Result<Command, RecvTimeoutError> {
        self.receiver.recv_timeout(timeout)
    }

    /// Marks a command as executed, once its results are in the store.
    pub fn took_up(&self) {
        self.pending.fetch_sub(1, Ordering::Release);
    }
}
