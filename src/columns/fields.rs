//! Fields as columns of conversations: the first value in the first packets of each.

use crate::{
    filter::{Examined, Filter},
    format::printable,
    store::Contents,
    track::ConversationId,
    view::{Details, Viewer},
};
use std::{io, time::Instant};

/// As many packets of a conversation are examined: what opens it, and its first requests and answers.
pub const EXAMINED: u32 = 64;

/// The values of fields in a conversation, while they are searched.
pub struct FirstValues {
    id: ConversationId,
    next: Option<u32>,
    left: u32,
    /// The text of each field; empty while it is not found.
    pub texts: Vec<String>,
}

impl FirstValues {
    /// Begins at the first packet of a conversation.
    pub fn new(contents: &Contents, id: ConversationId, count: usize) -> Self {
        FirstValues {
            id,
            next: contents.first_of(id),
            left: EXAMINED,
            texts: vec![String::new(); count],
        }
    }

    /// Examines packets until all values are found, or until a time. Returns whether it has ended.
    ///
    /// # Errors
    ///
    /// Fails if a packet cannot be read.
    pub fn advance(
        &mut self,
        viewer: &mut Viewer,
        details: &mut Details,
        filters: &[Filter],
        until: Option<Instant>,
    ) -> io::Result<bool> {
        viewer.patience = until;
        while let Some(number) = self.next
            && self.left > 0
            && self.texts.iter().any(String::is_empty)
        {
            viewer.view(number, details, true)?;
            if viewer.is_unheard() {
                return Ok(false);
            }
            let store = viewer.store().clone();
            let contents = store.read();
            let packet = Examined::new(&contents, number, details, filters);
            for (text, filter) in self.texts.iter_mut().zip(filters) {
                if text.is_empty() {
                    *text = printable(&packet.text(filter));
                }
            }
            self.next = contents.next_in(self.id, number);
            self.left -= 1;
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
