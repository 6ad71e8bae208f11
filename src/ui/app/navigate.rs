//! Moves the focus and the cursor: from pane to pane, from packet to packet.

use super::{App, Effect};
use crate::{
    format::grouped,
    lang::{Count, text},
    ports::Ports,
    track::ConversationId,
    ui::{Action, Scope, layout::Layout, pane::Pane},
};

impl App {
    /// Returns the packet that the cursor is on.
    pub(super) fn chosen_packet(&self) -> Option<u32> {
        self.panes.main().packet(&self.shared)
    }

    /// Returns the conversation that is open, or that of the chosen packet, or the chosen one.
    pub(super) fn chosen_conversation(&self) -> Option<ConversationId> {
        let main = self.panes.main();
        main.conversation()
            .or_else(|| self.conversation_of(self.chosen_packet()?))
            .or_else(|| main.selected())
    }

    pub(super) fn conversation_of(&self, packet: u32) -> Option<ConversationId> {
        let contents = self.shared.store.read();
        let (id, _) = contents.packets.get(packet)?.conversation()?;
        Some(id)
    }

    /// Shows a list.
    pub(super) fn show(&mut self, list: Scope) {
        self.panes.show(list);
        self.zoomed = false;
    }

    /// Opens a pane on the others.
    pub(super) fn push(&mut self, pane: Box<dyn Pane>) {
        self.zoomed &= pane.layout().is_overlay();
        self.panes.push(pane);
    }

    /// Closes the topmost pane.
    pub(super) fn close(&mut self) {
        self.zoomed &= self.panes.has_overlay();
        self.panes.pop();
    }

    /// Goes from a packet to its list, and from there to the pane below.
    pub(super) fn back(&mut self) {
        if !self.goes_back() {
            self.message = Some(text!("message-first-screen").to_owned());
        }
    }

    /// Goes back, or quits if this is the first screen, filtered or not.
    pub(super) fn back_or_quit(&mut self) -> Effect {
        if self.closes() {
            return Effect::None;
        }
        match self.panes.show_first_list() {
            true => {
                self.zoomed = false;
                Effect::None
            }
            false => self.leave(),
        }
    }

    /// Goes from a packet to its list, or from there to the pane below.
    fn closes(&mut self) -> bool {
        let is_in_packet = self.panes.is_in_packet();
        if is_in_packet {
            self.panes.focus_main();
        }
        let closes = is_in_packet || self.panes.pop();
        self.zoomed &= !closes;
        closes
    }

    /// Goes back, unless this is the first screen without a filter.
    fn goes_back(&mut self) -> bool {
        if self.closes() {
            return true;
        } else if !self.shared.filter().is_empty() {
            self.set_ports(Ports::default());
            self.set_tcp_only(false);
            self.set_with_findings(false);
            self.set_display_filter(None);
        } else if self.panes.show_first_list() {
            self.zoomed = false;
        } else {
            return false;
        }
        true
    }

    /// Whether an action does something now; hints about others are omitted.
    pub(super) fn is_useful(&self, action: Action) -> bool {
        match action {
            Action::Back => {
                let is_filtered = !self.shared.filter().is_empty();
                self.panes.has_opened() || self.panes.is_in_packet() || is_filtered
            }
            // Rows of the statistics are neither packets nor conversations.
            Action::Open if self.panes.main().scope() == Scope::Statistics => true,
            Action::Open | Action::Mark => {
                self.chosen_packet().is_some() || self.panes.main().selected().is_some()
            }
            Action::Follow | Action::SwitchLadder | Action::Charts => {
                self.chosen_conversation().is_some()
            }
            Action::NextInConversation => {
                self.chosen_packet().is_some() && self.chosen_conversation().is_some()
            }
            Action::NextSource => self.panes.has_several_sources(),
            Action::Explain => self.chosen_packet().is_some(),
            Action::SavePackets | Action::GoTo => !self.shared.store.read().packets.is_empty(),
            // From a list that fills the screen the tabs lead on.
            Action::NextPane => self.panes.main().layout() != Layout::Whole,
            Action::Zoom => self.panes.main().layout() != Layout::Whole,
            _ => self.panes.main().is_useful(action),
        }
    }

    /// Makes the focused part larger, or smaller.
    pub(super) fn resize(&mut self, by: i16) {
        let by = if self.panes.is_in_packet() { -by } else { by };
        self.split = self.split.saturating_add_signed(by).clamp(20, 85);
    }

    /// Moves the focus to the next part of the screen; from a list that fills it, to the next list.
    pub(super) fn next_pane(&mut self, step: isize) {
        match self.panes.main().layout() {
            Layout::Whole if self.panes.show_next_list() => self.zoomed = false,
            Layout::WithPacket { .. } => self.panes.next_part(step),
            Layout::Whole | Layout::Overlay { .. } => {}
        }
    }

    /// Goes to the next or previous packet of the conversation that the chosen packet belongs to.
    pub(super) fn walk(&mut self, forward: bool) {
        let Some(number) = self.chosen_packet() else {
            self.message = Some(text!("message-no-packet-selected").to_owned());
            return;
        };
        let open = self.panes.main().conversation();
        let Some(id) = open.or_else(|| self.conversation_of(number)) else {
            self.message = Some(text!("message-no-conversation", number));
            return;
        };
        let (to, evicted) = {
            let contents = self.shared.store.read();
            let to = match forward {
                true => contents.next_in(id, number),
                false => contents.previous_in(id, number),
            };
            (to, contents.tracker.get(id).map_or(0, |c| c.evicted))
        };
        if let Some(to) = to {
            self.panes.main_mut().go_to(to);
            return;
        }
        self.message = Some(match (forward, evicted) {
            (true, _) => text!("message-last-packet").to_owned(),
            (false, 0) => text!("message-first-packet").to_owned(),
            (false, more) => {
                text!("message-evicted-before", count = Count(more.into()))
            }
        });
    }

    /// Goes to a packet by its number: in the open conversation if that has it, else in the list of all packets.
    pub(super) fn go_to(&mut self, number: u32) {
        let (count, first) = {
            let packets = &self.shared.store.read().packets;
            (packets.len(), packets.first())
        };
        if number == 0 || number as usize > count {
            self.message = Some(text!("message-packets-up-to", last = grouped(count as u64)));
            return;
        }
        if number < first {
            let first = grouped(first.into());
            self.message = Some(text!("message-packet-evicted", number, first));
            return;
        }
        if self.is_in_open_conversation(number) {
            self.panes.main_mut().go_to(number);
            return;
        }
        self.show(Scope::Packets);
        self.panes.main_mut().go_to(number);
        let nearest = self.chosen_packet();
        if nearest.is_some_and(|nearest| nearest != number) {
            self.message = Some(text!("message-nearest-packet", number));
        }
    }

    fn is_in_open_conversation(&self, number: u32) -> bool {
        let contents = self.shared.store.read();
        let Some(id) = self.panes.main().conversation() else {
            return false;
        };
        let record = contents.packets.get(number);
        record.is_some_and(|record| contents.belongs(number, record, id))
    }
}
