//! What the index is asked to do, and who asks it.

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

/// What the index is asked to do.
pub enum Command {
    /// Conversations of this port, also those that were read, are of this protocol; without one they are recognised by
    /// what they look like.
    DecodeAs {
        /// TCP or UDP.
        protocol: Protocol,
        /// At either end.
        port: u16,
        /// The protocol.
        dissector: Option<&'static Dissector>,
    },
}

/// Sends commands to an index. Once it has read everything, the index ends with its last handle.
#[derive(Clone)]
pub struct Handle {
    commands: Sender<Command>,
    /// Commands that were sent and are not under way; gone with the index.
    pending: Weak<AtomicUsize>,
}

impl Handle {
    /// Sends a command; what is read again because of it is in `Contents::rereading`. False where the index has ended.
    pub fn send(&self, command: Command) -> bool {
        let Some(pending) = self.pending.upgrade() else {
            return false;
        };
        pending.fetch_add(1, Ordering::Relaxed);
        self.commands.send(command).is_ok()
    }

    /// Whether there are commands that the index has not taken up.
    pub fn is_pending(&self) -> bool {
        let pending = self.pending.upgrade();
        pending.is_some_and(|pending| pending.load(Ordering::Acquire) > 0)
    }
}

/// The commands that come to an index.
pub(super) struct Commands {
    receiver: Receiver<Command>,
    pending: Arc<AtomicUsize>,
}

/// A handle, and where its commands come.
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
    /// The next command, if there is one.
    pub fn next(&self) -> Option<Command> {
        self.receiver.try_recv().ok()
    }

    /// Waits for the next command.
    ///
    /// # Errors
    ///
    /// None has come in this time, or there are no handles any more.
    pub fn wait(&self, timeout: Duration) -> Result<Command, RecvTimeoutError> {
        self.receiver.recv_timeout(timeout)
    }

    /// What follows from a command stands in the store.
    pub fn took_up(&self) {
        self.pending.fetch_sub(1, Ordering::Release);
    }
}
