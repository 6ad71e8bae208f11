//! What comes behind a RST. Most often that is nothing, or what was under way; but the RST may not have reached anybody, or
//! not have come from who it seems to come from. Then the conversation goes on: RFC 9293, section 3.10.7.4, RFC 5961.

use super::Messages;
use crate::track::{Payload, reassembly::Early};
use dissectors::{Event, Segment, Side};

/// Bytes of segments that are kept, at most: of those that were under way, and a few more.
const MAX_BYTES: usize = 32 << 10;

/// Segments that came behind a RST.
#[derive(Clone, Default)]
pub struct AfterReset {
    segments: Vec<(Side, Segment, Early)>,
    bytes: usize,
}

impl Messages {
    /// A RST has ended the conversation, as far as can be told by now. What comes behind it is kept aside.
    pub fn reset(&mut self) {
        self.after_reset.get_or_insert_default();
    }

    /// Whether a RST has ended it.
    #[inline]
    pub fn is_reset(&self) -> bool {
        self.after_reset.is_some()
    }

    /// A segment came behind the RST.
    pub(in crate::track) fn set_aside(&mut self, side: Side, segment: &Segment, payload: &Payload) {
        let bytes = size_of::<(Side, Segment, Early)>() + payload.bytes.len();
        if let Some(behind) = self.after_reset.as_deref_mut()
            && behind.bytes + bytes <= MAX_BYTES
        {
            behind.bytes += bytes;
            behind.segments.push((side, *segment, Early::new(payload)));
        }
    }

    /// The conversation goes on: what came behind the RST counts.
    pub(in crate::track) fn go_on(&mut self, emit: &mut dyn FnMut(Event)) {
        let behind = self.after_reset.take().unwrap_or_default();
        for (side, segment, early) in behind.segments {
            self.segment(side, &segment, &early.payload(), emit);
        }
    }

    /// The conversation does not go on: what there is of its messages is all there will be.
    pub(in crate::track) fn close_reset(&mut self, emit: &mut dyn FnMut(Event)) {
        self.after_reset = None;
        self.close(Side::Client, emit);
        self.close(Side::Server, emit);
    }
}
