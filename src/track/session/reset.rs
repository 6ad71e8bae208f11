//! Segments after a RST. Usually there are none, or those that were under way; but the RST may not have been received,
//! or may have been forged. Then the conversation goes on: RFC 9293, section 3.10.7.4, RFC 5961.

use super::Messages;
use crate::track::{Payload, reassembly::Early};
use dissectors::{Event, Segment, Side};

/// The maximum size of the segments that are kept, bytes: enough for those that were under way, and some more.
const MAX_BYTES: usize = 32 << 10;

/// Segments that came after a RST.
#[derive(Clone, Default)]
pub struct AfterReset {
    segments: Vec<(Side, Segment, Early)>,
    bytes: usize,
}

impl AfterReset {
    /// Returns how much memory it takes.
    pub fn weight(&self) -> usize {
        self.segments.capacity() * size_of::<(Side, Segment, Early)>() + self.bytes
    }
}

impl Messages {
    /// Records that a RST seems to have ended the conversation. Segments after it are kept aside.
    pub fn reset(&mut self) {
        self.after_reset.get_or_insert_default();
    }

    /// Whether a RST has ended the conversation.
    #[inline]
    pub fn is_reset(&self) -> bool {
        self.after_reset.is_some()
    }

    /// Keeps a segment that came after the RST.
    pub(in crate::track) fn set_aside(&mut self, side: Side, segment: &Segment, payload: &Payload) {
        let bytes = size_of::<(Side, Segment, Early)>() + payload.bytes.len();
        if let Some(behind) = self.after_reset.as_deref_mut()
            && behind.bytes + bytes <= MAX_BYTES
        {
            behind.bytes += bytes;
            behind.segments.push((side, *segment, Early::new(payload)));
        }
    }

    /// Goes on with the conversation: the segments after the RST count.
    pub(in crate::track) fn go_on(&mut self, emit: &mut dyn FnMut(Event)) {
        let behind = self.after_reset.take().unwrap_or_default();
        for (side, segment, early) in behind.segments {
            self.segment(side, &segment, &early.payload(), emit);
        }
    }

    /// Closes the conversation, which does not go on: its messages are final.
    pub(in crate::track) fn close_reset(&mut self, emit: &mut dyn FnMut(Event)) {
        self.after_reset = None;
        self.stop_holding(emit);
        self.close(Side::Client, emit);
        self.close(Side::Server, emit);
    }
}
