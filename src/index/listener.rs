//! Tells others what has ended while a capture is read, which the store does not keep.

use super::Appender;
use crate::{store::Contents, track::ConversationId};
use dissectors::Exchange;

/// Is told of exchanges. The store is locked meanwhile.
pub trait Listener: Send {
    /// These exchanges have ended. They come in the same order on any number of threads.
    fn exchanges(&mut self, contents: &Contents, ended: Vec<(ConversationId, Exchange)>);
}

impl Appender {
    /// Tells a listener from now on.
    pub(super) fn listen(&mut self, listener: Box<dyn Listener>) {
        self.listener = Some(listener);
        let contents = &mut self.writer.write();
        contents.tracker.application.ended = Some(Vec::new());
    }
}

/// Tells the listener what has ended since the last time.
pub(super) fn tell(listener: &mut Option<Box<dyn Listener>>, contents: &mut Contents) {
    let Some(listener) = listener else { return };
    let ended = contents.tracker.application.ended.as_mut();
    let ended = ended.map(std::mem::take).unwrap_or_default();
    if !ended.is_empty() {
        listener.exchanges(contents, ended);
    }
}
