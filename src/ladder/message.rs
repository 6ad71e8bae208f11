//! What the conversation's protocol says of the segments of a run: the message that they are part of.

use super::{Class, Ladder, Of, Run, Step};
use crate::view::Viewer;

/// A message of which a run has segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The packet that completes it, which says what it is.
    pub packet: u32,
    /// Its length.
    pub bytes: u64,
    /// How many segments it came in.
    pub segments: usize,
    /// How many bytes of it the capture lacks.
    pub missing: u32,
    /// It was said to its end.
    pub complete: bool,
    /// It begins in this run.
    pub begins: bool,
    /// It ends in this run.
    pub ends: bool,
}

impl Message {
    /// All of it is in the run.
    pub fn is_whole(&self) -> bool {
        self.begins && self.ends
    }
}

impl Ladder {
    /// The message that a run is part of, once its end was heard.
    pub fn message(&self, viewer: &Viewer, run: usize) -> Option<Message> {
        let run = self.runs.get(run)?;
        let (Class::Burst(from), Some(Of::Message(place))) = (run.class, run.part) else {
            return None;
        };
        let messages = viewer.heard(self.id)?;
        let record = messages.at_place(from.into(), place as usize)?;
        if !record.is_known() {
            return None;
        }
        let pieces = messages.pieces_in(record);
        let [first, last] = self.ends(run)?;
        let within = |packet: u32| (first.packet..=last.packet).contains(&packet);
        Some(Message {
            packet: record.packet,
            bytes: record.length,
            segments: pieces.len(),
            missing: record.missing,
            complete: record.complete,
            begins: pieces.first().is_none_or(|piece| within(piece.packet)),
            ends: within(record.packet),
        })
    }

    /// The first and the last step of a run.
    pub(super) fn ends(&self, run: &Run) -> Option<[&Step; 2]> {
        let last = (run.first as usize + run.count as usize).checked_sub(1)?;
        Some([self.steps.get(run.first as usize)?, self.steps.get(last)?])
    }

    /// What the data of a step that was heard is part of.
    pub(super) fn part(&self, viewer: &Viewer, step: &Step, class: Class) -> Option<Of> {
        let Class::Burst(from) = class else {
            return None;
        };
        let Some(messages) = viewer.heard(self.id) else {
            return Some(Of::Stream);
        };
        // What was sent again brings nothing new, and what stands behind a gap has no place yet.
        let side = from.into();
        let piece = messages.pieces_of(step.packet, side).next()?;
        let place = messages.place_at(side, piece.at);
        let dissector = match messages.at_place(side, place) {
            Some(message) if message.is_known() => Some(messages.dissector_of(message)),
            Some(_) => None,
            None => messages.dissector(),
        };
        Some(match dissector {
            Some(dissector) if dissector.has_messages() => Of::Message(place as u32),
            _ => Of::Stream,
        })
    }
}
