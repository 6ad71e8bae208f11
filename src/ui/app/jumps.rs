//! Jumps from packet to packet, and the way back: to a packet that a field names, to a request's answer, to a mark.

use super::App;
use crate::{
    lang::text,
    track::ConversationId,
    ui::{Scope, pane::Pane},
};
use std::collections::BTreeMap;

/// The way back has at most this many places.
const MAX_PLACES: usize = 100;

/// A packet, and the conversation that it was shown in, if it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    packet: u32,
    ladder: Option<ConversationId>,
}

/// Where one was, and where one wants to go.
#[derive(Default)]
pub(super) struct Jumps {
    /// The places that were left by a jump, the last one at the end.
    left: Vec<Place>,
    /// The places that have a letter.
    marks: BTreeMap<char, Place>,
    /// The packet whose counterpart is wanted, as soon as its fields were read.
    wanted: Option<u32>,
}

impl App {
    fn place(&self) -> Option<Place> {
        let main = self.panes.main();
        Some(Place {
            packet: self.chosen_packet()?,
            ladder: main
                .conversation()
                .filter(|_| main.scope() == Scope::Ladder),
        })
    }

    /// Returns the beginning of the conversation at the cursor.
    fn place_of_conversation(&self) -> Option<Place> {
        let id = self.panes.main().selected()?;
        Some(Place {
            packet: self.shared.store.read().first_of(id)?,
            ladder: Some(id),
        })
    }

    /// Remembers the packet at the cursor, for the way back.
    pub(super) fn leave_place(&mut self) {
        let Some(place) = self.place() else { return };
        let left = &mut self.jumps.left;
        if left.last() != Some(&place) {
            left.push(place);
        }
        if left.len() > MAX_PLACES {
            left.remove(0);
        }
    }

    /// Goes to a packet, from which one can go back.
    pub(super) fn jump(&mut self, number: u32) {
        self.leave_place();
        self.go_to(number);
    }

    /// Goes back to where the last jump began.
    pub(super) fn jump_back(&mut self) {
        let here = self.place();
        while let Some(place) = self.jumps.left.pop() {
            if Some(place) != here {
                self.return_to(place);
                return;
            }
        }
        self.message = Some(text!("message-no-jump").to_owned());
    }

    fn return_to(&mut self, place: Place) {
        let is_open = self.panes.main().conversation() == place.ladder;
        match place.ladder {
            Some(id) if !is_open => self.open_conversation(id, Some(place.packet)),
            None if self.panes.main().scope() != Scope::Packets => {
                self.show(Scope::Packets);
                self.go_to(place.packet);
            }
            _ => self.go_to(place.packet),
        }
    }

    /// Gives the packet at the cursor a letter.
    pub(super) fn set_mark(&mut self, letter: char) {
        self.message = Some(
            match self.place().or_else(|| self.place_of_conversation()) {
                Some(place) => {
                    self.jumps.marks.insert(letter, place);
                    text!("message-mark-set", letter, number = place.packet)
                }
                None => text!("message-no-packet-selected").to_owned(),
            },
        );
    }

    /// Goes to the packet that has a letter; for `'` back to where the last jump began.
    pub(super) fn go_to_mark(&mut self, letter: char) {
        if letter == '\'' {
            let here = self.place();
            self.jump_back();
            self.jumps.left.extend(here);
            return;
        }
        match self.jumps.marks.get(&letter).copied() {
            Some(place) => {
                self.leave_place();
                self.return_to(place);
            }
            None => self.message = Some(text!("message-no-mark", letter)),
        }
    }

    /// Goes from a request to its answer, or back, as soon as the fields of the packet were read.
    pub(super) fn ask_counterpart(&mut self) {
        self.jumps.wanted = self.chosen_packet();
        if self.jumps.wanted.is_none() {
            self.message = Some(text!("message-no-packet-selected").to_owned());
        }
    }

    /// Whether the fields of a packet are waited for.
    pub(super) fn is_jumping(&self) -> bool {
        self.jumps.wanted.is_some()
    }

    /// Goes to the counterpart that was asked for.
    pub(super) fn sync_jump(&mut self) {
        let Some(number) = self.jumps.wanted else {
            return;
        };
        if self.chosen_packet() != Some(number) {
            self.jumps.wanted = None;
            return;
        }
        let packet: &mut dyn Pane = self.panes.packet_mut();
        packet.go_to(number);
        packet.sync(&self.shared);
        let counterpart = packet.counterpart(number);
        let is_read = counterpart.is_some() && !self.shared.reader.is_busy();
        match counterpart.flatten() {
            Some(other) => {
                self.jumps.wanted = None;
                self.jump(other);
            }
            // What is shown first may lack what is known once the conversation was read.
            None if is_read => {
                self.jumps.wanted = None;
                self.message = Some(text!("message-no-counterpart", number));
            }
            None => {}
        }
    }
}
