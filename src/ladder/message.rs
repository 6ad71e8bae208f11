//! The message that the segments of a run are part of, as the conversation's protocol determines it.

use super::{Class, Ladder, PartOf, Run, Step};
use crate::view::Viewer;

/// A message that has segments in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The packet that completes it, which shows what it is.
    pub packet: u32,
    /// Its length in bytes.
    pub bytes: u64,
    /// How many segments it came in.
    pub segments: usize,
    /// How many bytes of it the capture lacks.
    pub missing: u32,
    /// Whether it is complete.
    pub complete: bool,
    /// Whether it begins in this run.
    pub begins: bool,
    /// Whether it ends in this run.
    pub ends: bool,
}

impl Message {
    /// Whether all of it is in the run.
    pub fn is_whole(&self) -> bool {
        self.begins && self.ends
    }
}

impl Ladder {
    /// Returns the message that a run is part of, once its end was read.
    pub fn message(&self, viewer: &mut Viewer, run: usize) -> Option<Message> {
        let run = self.runs.get(run)?;
        let (Class::Burst(from), Some(PartOf::Message(place))) = (run.class, run.part) else {
            return None;
        };
        let record = viewer.pages(self.id).at_place(from, place.into())?;
        if !record.is_known() {
            return None;
        }
        let [first, last] = self.ends(run)?;
        let within = |packet: u32| (first.packet..=last.packet).contains(&packet);
        Some(Message {
            packet: record.packet,
            bytes: record.length,
            segments: record.segments as usize,
            missing: record.missing,
            complete: record.complete,
            begins: within(record.first_packet),
            ends: within(record.packet),
        })
    }

    /// Returns the first and the last step of a run.
    pub(super) fn ends(&self, run: &Run) -> Option<[&Step; 2]> {
        let last = (run.first as usize + run.count as usize).checked_sub(1)?;
        Some([self.steps.get(run.first as usize)?, self.steps.get(last)?])
    }

    /// Returns what the data of a step is part of.
    pub(super) fn part(&self, viewer: &mut Viewer, step: &Step, class: Class) -> Option<PartOf> {
        let Class::Burst(from) = class else {
            return None;
        };
        if viewer.messages_of(self.id).is_none() {
            return Some(PartOf::Stream);
        }
        let mut pages = viewer.pages(self.id);
        // A retransmission brings nothing new, and the offset of data after a gap is not known so far.
        let pieces = pages.pieces_of(step.packet, from);
        let piece = pieces.first()?;
        let place = pages.place_at(from, piece.at);
        let message = pages.at_place(from, place);
        let messages = viewer.messages_of(self.id)?;
        let dissector = match message {
            Some(message) if message.is_known() => Some(messages.dissector_of(&message)),
            Some(_) => None,
            None => messages.dissector(),
        };
        Some(match dissector {
            Some(dissector) if dissector.has_messages() => PartOf::Message(place as u32),
            _ => PartOf::Stream,
        })
    }
}
