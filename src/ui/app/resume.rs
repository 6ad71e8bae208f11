//! Where the screen was left, and going there again.

use super::App;
use crate::ui::{Scope, finding::Match, recent::Session};

impl App {
    /// Returns where the screen is, of a capture that was opened.
    pub fn session(&self, mut session: Session) -> Session {
        let list = self.panes.lists().find(|(_, is_shown)| *is_shown);
        session.set_list(list.map_or(Scope::Conversations, |(list, _)| list.scope()));
        if let Some(order) = self.panes.lists().find_map(|(list, _)| list.order()) {
            session.set_sort(order);
        }
        let shared = &self.shared;
        session.set_filter(shared.display.filter(), &shared.ports);
        let open = self.panes.main().conversation();
        session.is_open = open.is_some();
        let contents = shared.store.read();
        let conversation = open.or_else(|| self.panes.main().selected());
        session.conversation = conversation.and_then(|id| contents.first_of(id));
        drop(contents);
        session.packet = self.chosen_packet();
        session
    }

    /// Goes where a capture was left, as far as it is read.
    pub fn resume(&mut self, session: Session) {
        if let Some((column, reverse)) = session.sort() {
            for list in self.panes.all_mut() {
                list.set_order(column, reverse);
            }
        }
        if let Some(list) = session.list() {
            self.show(list);
        }
        self.resumed = Some(session);
    }

    /// Goes to the packet where a capture was left, once it has been read; returns whether it did.
    pub(super) fn sync_resumed(&mut self) -> bool {
        let Some(session) = &self.resumed else {
            return false;
        };
        let wanted = session.packet.max(session.conversation).unwrap_or(0);
        let is_there = {
            let contents = self.shared.store.read();
            contents.finished || contents.packets.len() > wanted as usize
        };
        // A list goes to the nearest row that a filter has found so far.
        if !is_there || !self.matched_by_now().1 {
            return false;
        }
        let Some(session) = self.resumed.take() else {
            return false;
        };
        let id = session
            .conversation
            .and_then(|first| self.conversation_of(first));
        match (id, session.packet) {
            (Some(id), packet) if session.is_open => self.open_conversation(id, packet),
            (_, Some(packet)) => self.panes.main_mut().go_to(packet),
            (Some(id), None) => self.panes.main_mut().found(&Match::Conversation(id)),
            (None, None) => {}
        }
        true
    }
}
